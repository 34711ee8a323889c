//! What pods ask for and what nodes have.

use crate::api::quantity::Quantity;
use crate::api::{Fields, Object, Value, pod};
use crate::order::SortedMap;

/// Amounts of what is shared out on a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Thousandths of a CPU.
    pub cpu: i64,
    /// Bytes.
    pub memory: i64,
}

/// What counts for the score of a container that asks for nothing. Models pkg/scheduler/util GetNonzeroRequests.
const NOTHING_ASKED: Resources = Resources { cpu: 100, memory: 200 * 1024 * 1024 };

impl Resources {
    /// Both together.
    pub fn plus(self, other: Resources) -> Resources {
        Resources { cpu: self.cpu.saturating_add(other.cpu), memory: self.memory.saturating_add(other.memory) }
    }

    /// What is left without `other`.
    pub fn minus(self, other: Resources) -> Resources {
        Resources { cpu: self.cpu.saturating_sub(other.cpu), memory: self.memory.saturating_sub(other.memory) }
    }

    fn most(self, other: Resources) -> Resources {
        Resources { cpu: self.cpu.max(other.cpu), memory: self.memory.max(other.memory) }
    }
}

/// What the containers of a pod ask for together.
pub fn requests(pod: &Object) -> Resources {
    sum(pod, Resources::default())
}

/// The same with a small amount in place of nothing, so that many pods that ask for nothing spread too.
pub fn scored_requests(pod: &Object) -> Resources {
    sum(pod, NOTHING_ASKED)
}

fn sum(pod: &Object, unset: Resources) -> Resources {
    let total = pod::total(pod, |container| of_container(container, unset), Resources::plus, Resources::most);
    let whole = |name: &str, scale: i64| pod::level(pod, "requests", name).and_then(|one| quantity(one, scale));
    Resources { cpu: whole("cpu", 1000).unwrap_or(total.cpu), memory: whole("memory", 1).unwrap_or(total.memory) }
}

fn of_container(container: &Value, unset: Resources) -> Resources {
    let amount = |name: &str, unset: i64, scale: i64| {
        let of = |path: &str| container.at(path).and_then(|all| all.get(name)).and_then(|one| quantity(one, scale));
        // A limit without a request is the request.
        of("resources.requests").or_else(|| of("resources.limits")).unwrap_or(unset)
    };
    Resources { cpu: amount("cpu", unset.cpu, 1000), memory: amount("memory", unset.memory, 1) }
}

/// What the containers of a pod ask for besides CPU and memory: storage, huge pages, devices.
pub fn others(pod: &Object) -> SortedMap<String, i64> {
    let mut others = SortedMap::new();
    for container in pod::containers(pod) {
        for (name, amount) in container.at("resources.requests").and_then(Value::as_object).into_iter().flatten() {
            if !matches!(&**name, "cpu" | "memory") {
                *others.entry(name.to_string()).or_insert(0) += quantity(amount, 1).unwrap_or(0);
            }
        }
    }
    others.retain(|_, amount| *amount > 0);
    others
}

/// How much of such a thing a node has. Disks that nothing is said of are large; devices that nobody registered are not
/// there.
pub fn other(node: &Object, name: &str) -> i64 {
    let of = |path: &str| node.at(path).and_then(|all| all.get(name)).and_then(|one| quantity(one, 1));
    let unsaid = if name == "ephemeral-storage" { i64::MAX } else { 0 };
    of("status.allocatable").or_else(|| of("status.capacity")).unwrap_or(unsaid)
}

/// What pods may use of a node, and how many of them it takes.
pub fn allocatable(node: &Object) -> (Resources, i64) {
    let amount = |name: &str, scale: i64| {
        let of = |path: &str| node.at(path).and_then(|all| all.get(name)).and_then(|one| quantity(one, scale));
        of("status.allocatable").or_else(|| of("status.capacity"))
    };
    let resources =
        Resources { cpu: amount("cpu", 1000).unwrap_or(i64::MAX), memory: amount("memory", 1).unwrap_or(i64::MAX) };
    (resources, amount("pods", 1).unwrap_or(110))
}

/// The amount in thousandths or in whole units, rounded up. Models Quantity.MilliValue and Value.
fn quantity(value: &Value, scale: i64) -> Option<i64> {
    let amount = Quantity::read(value)?;
    let counted = if scale == 1000 { amount.thousandths() } else { amount.units() };
    Some(i64::try_from(counted).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn quantities_have_units() {
        for (value, scale, wanted) in [
            (json!("250m"), 1000, Some(250)),
            (json!("1"), 1000, Some(1000)),
            (json!(2), 1000, Some(2000)),
            (json!("0.1"), 1000, Some(100)),
            (json!("64Mi"), 1, Some(64 << 20)),
            (json!("1G"), 1, Some(1_000_000_000)),
            (json!("1e3"), 1, Some(1000)),
            (json!("much"), 1, None),
        ] {
            assert_eq!(quantity(&value, scale), wanted, "{value}");
        }
    }

    #[test]
    fn devices_that_no_node_has_are_missing() {
        let asks = json!({"resources": {"requests": {"cpu": "1", "example.com/gpu": "2", "ephemeral-storage": "1Gi"}}});
        let pod = Object::new(json!({"spec": {"containers": [asks, asks]}})).unwrap();
        let wanted = [("ephemeral-storage".to_owned(), 2 << 30), ("example.com/gpu".to_owned(), 4)];
        assert_eq!(others(&pod), SortedMap::from(wanted));
        let node = Object::new(json!({"status": {"allocatable": {"example.com/gpu": "1"}}})).unwrap();
        for (name, there) in [("example.com/gpu", 1), ("example.com/fpga", 0), ("ephemeral-storage", i64::MAX)] {
            assert_eq!(other(&node, name), there, "{name}");
        }
    }

    #[test]
    fn a_pod_needs_what_its_busiest_moment_needs() {
        let asks = |cpu: &str| json!({"resources": {"requests": {"cpu": cpu}}});
        let pod = |spec: Value| Object::new(json!({"spec": spec})).unwrap();
        assert_eq!(requests(&pod(json!({"containers": [asks("100m"), asks("1")]}))).cpu, 1100);
        assert_eq!(requests(&pod(json!({"containers": [asks("1")], "initContainers": [asks("3")]}))).cpu, 3000);
        assert_eq!(scored_requests(&pod(json!({"containers": [{}, {}]}))).cpu, 200);
    }
}
