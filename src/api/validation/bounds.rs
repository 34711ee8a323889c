//! LimitRanges and ResourceQuotas: which resources they may bound, and that their bounds fit together.
//!
//! Models ValidateLimitRange and ValidateResourceQuotaSpec.

use super::super::quantity::Quantity;
use super::super::{Cause, Fields, Map, Object, Value};
use super::resources::{COUNTED, any_resource, container_resource, is_extended, is_huge_pages, is_native};
use super::{NEGATIVE, invalid_each, name};

const NO_LIMIT_TYPE: &str = "must be a standard limit type or fully qualified";
const NOT_OF_PODS: &str = "may not be specified when `type` is 'Pod'";

/// Checks the limits of a LimitRange.
pub fn limit_range(object: &Object, causes: &mut Vec<Cause>) {
    let limits = object.items("spec.limits");
    for (place, limit) in limits.iter().enumerate() {
        let path = format!("spec.limits[{place}]");
        let kind = limit.text("type");
        let (field, value) = (format!("{path}.type"), Value::from(kind));
        let wrong = name::check_label_key(kind);
        if !wrong.is_empty() {
            invalid_each(&field, kind, wrong, causes);
        } else if !kind.contains('/') && !matches!(kind, "Pod" | "Container" | "PersistentVolumeClaim") {
            causes.push(Cause::invalid(&field, &value, NO_LIMIT_TYPE));
        }
        if limits.iter().take(place).any(|earlier| earlier.text("type") == kind) {
            causes.push(Cause::duplicate(&field, &value));
        }
        let bounds = Bounds::of(limit, kind, &path, causes);
        bounds.fit(causes);
    }
}

/// The lists of a limit, as far as they count for its kind.
struct Bounds<'l> {
    path: &'l str,
    min: Option<&'l Map>,
    max: Option<&'l Map>,
    default: Option<&'l Map>,
    default_request: Option<&'l Map>,
    ratio: Option<&'l Map>,
}

/// An amount as it is written and what it is.
type Amount<'l> = (&'l Value, Quantity);

impl<'l> Bounds<'l> {
    fn of(limit: &'l Value, kind: &str, path: &'l str, causes: &mut Vec<Cause>) -> Bounds<'l> {
        let mut named = |list: &str| {
            let found = limit.map(list).filter(|amounts| !amounts.is_empty());
            if kind == "Pod" && list.starts_with("default") {
                if found.is_some() {
                    causes.push(Cause::forbidden(&format!("{path}.{list}"), NOT_OF_PODS));
                }
                return None;
            }
            if kind == "PersistentVolumeClaim" && list == "maxLimitRequestRatio" {
                let has_storage = |list: &str| limit.map(list).is_some_and(|amounts| amounts.get("storage").is_some());
                if !has_storage("min") && !has_storage("max") {
                    let words = "either minimum or maximum storage value is required, but neither was provided";
                    causes.push(Cause::required(&format!("{path}.limits"), words));
                }
            }
            let rule = if matches!(kind, "Pod" | "Container") { container_resource } else { any_resource };
            for (resource, _) in found.into_iter().flatten() {
                rule(resource, &format!("{path}.{list}[{resource}]"), causes);
            }
            found
        };
        let (max, min) = (named("max"), named("min"));
        let (default, default_request) = (named("default"), named("defaultRequest"));
        Bounds { path, min, max, default, default_request, ratio: named("maxLimitRequestRatio") }
    }

    /// Refuses bounds that no amount keeps.
    fn fit(&self, causes: &mut Vec<Cause>) {
        let lists = [self.min, self.max, self.default, self.default_request, self.ratio];
        let mut resources: Vec<&str> = lists.into_iter().flatten().flatten().map(|(resource, _)| &**resource).collect();
        resources.sort_unstable();
        resources.dedup();
        for resource in resources {
            let of = |list: Option<&'l Map>| -> Option<Amount<'l>> {
                let value = list?.get(resource)?;
                Some((value, Quantity::read(value)?))
            };
            let (min, max, default) = (of(self.min), of(self.max), of(self.default));
            let (request, ratio) = (of(self.default_request), of(self.ratio));
            // Two amounts of which the first may not be larger, how both are called, and the list and value to blame.
            for (low, low_name, high, high_name, list, shown) in [
                (min, "min", max, "max", "min", min),
                (min, "min", request, "default request", "defaultRequest", request),
                (request, "default request", max, "max", "defaultRequest", request),
                (request, "default request", default, "default limit", "defaultRequest", request),
                (min, "min", default, "default", "default", min),
                (default, "default", max, "max", "default", max),
            ] {
                let (Some(low), Some(high), Some((shown, _))) = (low, high, shown) else { continue };
                if low.1.billionths() > high.1.billionths() {
                    let words = format!("{low_name} value {} is greater than {high_name} value {}", low.1, high.1);
                    causes.push(Cause::invalid(&format!("{}.{list}[{resource}]", self.path), shown, &words));
                }
            }
            if let Some(ratio) = ratio {
                self.ratio_fits(resource, ratio, min, max, causes);
            }
            let exclusive = !is_native(resource) || is_huge_pages(resource);
            if let (Some(default), Some(request)) = (default, request)
                && exclusive
                && default.1.billionths() != request.1.billionths()
            {
                let (default, shown) = (default.1, request.1);
                let words = format!("default value {default} must equal to defaultRequest value {shown} in {resource}");
                causes.push(Cause::invalid(&format!("{}.defaultRequest[{resource}]", self.path), request.0, &words));
            }
        }
    }

    #[allow(clippy::cast_precision_loss)] // Upstream divides floats.
    fn ratio_fits(
        &self,
        resource: &str,
        (shown, ratio): Amount<'_>,
        min: Option<Amount<'_>>,
        max: Option<Amount<'_>>,
        causes: &mut Vec<Cause>,
    ) {
        let field = format!("{}.maxLimitRequestRatio[{resource}]", self.path);
        if ratio.thousandths() < 1000 {
            causes.push(Cause::invalid(&field, shown, &format!("ratio {ratio} is less than 1")));
        }
        if let (Some((_, min)), Some((_, max))) = (min, max) {
            let most = max.thousandths() as f64 / min.thousandths() as f64;
            if ratio.thousandths() as f64 / 1000.0 > most {
                let words = format!("ratio {ratio} is greater than max/min = {most:.6}");
                causes.push(Cause::invalid(&field, shown, &words));
            }
        }
    }
}

const SCOPES: &[&str] = &[
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
];

/// Checks the spec of a ResourceQuota.
pub fn quota(object: &Object, causes: &mut Vec<Cause>) {
    let hard = object.map("spec.hard");
    for (resource, value) in hard.into_iter().flatten() {
        let path = format!("spec.hard[{resource}]");
        any_resource(resource, &path, causes);
        let huge = is_huge_pages(resource.strip_prefix("requests.").unwrap_or(resource));
        if !resource.contains('/') && (resource == "storage" || !is_standard(resource)) && !huge {
            causes.push(Cause::invalid(&path, &Value::from(&**resource), "must be a standard resource for quota"));
        }
        let Some(amount) = Quantity::read(value) else { continue };
        if amount.billionths() < 0 {
            causes.push(Cause::invalid(&path, value, NEGATIVE));
        }
        let counted = COUNTED.contains(&&**resource) || is_extended(resource);
        if counted && amount.thousandths() % 1000 != 0 {
            causes.push(Cause::invalid(&path, value, "must be an integer"));
        }
    }
    scopes(object, causes);
}

fn is_standard(resource: &str) -> bool {
    let mut wrong = Vec::new();
    any_resource(resource, "", &mut wrong);
    wrong.is_empty()
}

/// Models validateResourceQuotaScopes.
fn scopes(object: &Object, causes: &mut Vec<Cause>) {
    let given = object.items("spec.scopes");
    let shown = Value::from(given.to_vec());
    let mut refuse = |words: &str| causes.push(Cause::invalid("spec.scopes", &shown, words));
    for scope in given.iter().map(|scope| scope.as_str().unwrap_or("")) {
        if !SCOPES.contains(&scope) {
            refuse("unsupported scope");
            continue;
        }
        for (resource, _) in object.map("spec.hard").into_iter().flatten().filter(|(name, _)| is_standard(name)) {
            let computes = matches!(
                &**resource,
                "cpu" | "memory" | "limits.cpu" | "limits.memory" | "requests.cpu" | "requests.memory"
            );
            let stores = matches!(&**resource, "persistentvolumeclaims" | "requests.storage");
            let fits = match scope {
                "BestEffort" => &**resource == "pods",
                "VolumeAttributesClass" => stores,
                _ => &**resource == "pods" || computes,
            };
            if !fits {
                refuse("unsupported scope applied to resource");
            }
        }
    }
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| given.iter().any(|one| one == scope)) {
            refuse("conflicting scopes");
        }
    }
}

/// The scopes of a quota stay. Models ValidateResourceQuotaUpdate.
pub fn update_quota(new: &Object, old: &Object, causes: &mut Vec<Cause>) {
    let (after, before) = (new.items("spec.scopes"), old.items("spec.scopes"));
    if after.iter().any(|scope| !before.contains(scope)) || before.iter().any(|scope| !after.contains(scope)) {
        let shown = if after.is_empty() { Value::Null } else { Value::from(after.to_vec()) };
        causes.push(Cause::invalid("spec.scopes", &shown, "field is immutable"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    type Check = fn(&Object, &mut Vec<Cause>);

    #[test]
    fn bounds_fit_together() {
        let limit: fn(Value) -> Value = |limit| json!({"limits": [limit]});
        let (range, quota): (Check, Check) = (limit_range, quota);
        for (check, spec, wanted) in [
            (range, limit(json!({"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "500m"}})), ""),
            (
                range,
                limit(
                    json!({"type": "Container", "max": {"cpu": "100m"}, "min": {"cpu": "150m"}, "default": {"cpu": "1"}}),
                ),
                "spec.limits[0].min[cpu]: Invalid value: \"150m\": min value 150m is greater than max value 100m\n\
                 spec.limits[0].default[cpu]: Invalid value: \"100m\": default value 1 is greater than max value 100m",
            ),
            (
                range,
                limit(json!({"type": "Pod", "default": {"cpu": "1"}})),
                "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
            ),
            (
                range,
                limit(json!({"type": "Foo"})),
                "spec.limits[0].type: Invalid value: \"Foo\": must be a standard limit type or fully qualified",
            ),
            (
                range,
                limit(json!({"type": "PersistentVolumeClaim"})),
                "spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but \
                 neither was provided",
            ),
            (
                range,
                limit(
                    json!({"type": "Container", "max": {"cpu": "1"}, "min": {"cpu": "500m"}, "maxLimitRequestRatio": {"cpu": "3"}}),
                ),
                "spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: \"3\": ratio 3 is greater than max/min = \
                 2.000000",
            ),
            (
                range,
                json!({"limits": [{"type": "Pod"}, {"type": "Pod"}]}),
                "spec.limits[1].type: Duplicate value: \"Pod\"",
            ),
            (quota, json!({"hard": {"pods": "3", "requests.cpu": "1", "count/configmaps": "1"}}), ""),
            (
                quota,
                json!({"hard": {"pods": "1500m"}}),
                "spec.hard[pods]: Invalid value: \"1500m\": must be an integer",
            ),
            (
                quota,
                json!({"hard": {"foo": "1"}}),
                "spec.hard[foo]: Invalid value: \"foo\": must be a standard resource type or fully qualified\n\
                 spec.hard[foo]: Invalid value: \"foo\": must be a standard resource for quota",
            ),
            (
                quota,
                json!({"hard": {"services": "1"}, "scopes": ["BestEffort"]}),
                "spec.scopes: Invalid value: [\"BestEffort\"]: unsupported scope applied to resource",
            ),
            (quota, json!({"scopes": ["Foo"]}), "spec.scopes: Invalid value: [\"Foo\"]: unsupported scope"),
        ] {
            let object = Object::new(json!({"spec": spec})).unwrap();
            let mut causes = Vec::new();
            check(&object, &mut causes);
            let said: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
            assert_eq!(said.join("\n"), wanted, "{spec}");
        }
    }
}
