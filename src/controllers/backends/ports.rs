//! Which port of a pod a Service's port means, and the order of ports in what the controllers write.

use crate::api::{Fields, Map, Object, Value, pod, service};
use crate::order::Order;

/// A port of an endpoint. In an EndpointSlice every field can be missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointPort {
    /// The name of the Service's port; empty for one without a name.
    pub name: Option<String>,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: Option<String>,
    /// The number that the pod is reached at.
    pub port: Option<i64>,
    /// The Service port's `appProtocol`.
    pub app_protocol: Option<String>,
}

impl EndpointPort {
    /// The port that `value`, of a slice or of Endpoints, is.
    pub fn read(value: &Value) -> EndpointPort {
        let text = |field| value.at(field).and_then(Value::as_str).map(str::to_owned);
        EndpointPort {
            name: text("name"),
            protocol: text("protocol"),
            port: value.int("port"),
            app_protocol: text("appProtocol"),
        }
    }

    /// As it stands in an EndpointSlice.
    pub fn slice_value(&self) -> Value {
        self.value(self.name.as_deref())
    }

    /// As it stands in Endpoints, where an empty name is left out.
    pub fn endpoints_value(&self) -> Value {
        self.value(self.name.as_deref().filter(|name| !name.is_empty()))
    }

    fn value(&self, name: Option<&str>) -> Value {
        let mut map = Map::new();
        for (field, text) in
            [("name", name), ("protocol", self.protocol.as_deref()), ("appProtocol", self.app_protocol.as_deref())]
        {
            if let Some(text) = text {
                map.insert(field.to_owned(), text.into());
            }
        }
        if let Some(port) = self.port {
            map.insert("port".to_owned(), port.into());
        }
        Value::Object(map)
    }

    /// What the EndpointSlice controller hashes to order ports: Go's dump of a discovery/v1 EndpointPort.
    pub fn slice_dump(&self) -> String {
        let port = self.port.map_or("<nil>".to_owned(), |port| port.to_string());
        format!(
            "(v1.EndpointPort){{Name:(*string){} Protocol:(*v1.Protocol){} Port:(*int32){port} AppProtocol:(*string){}}}",
            or_nil(self.name.as_deref()),
            or_nil(self.protocol.as_deref()),
            or_nil(self.app_protocol.as_deref()),
        )
    }

    /// What the Endpoints controller hashes to order ports: Go's dump of a core/v1 EndpointPort.
    pub fn endpoints_dump(&self) -> String {
        format!(
            "(v1.EndpointPort){{Name:(string){} Port:(int32){} Protocol:(v1.Protocol){} AppProtocol:(*string){}}}",
            self.name.as_deref().unwrap_or(""),
            self.port.unwrap_or(0),
            self.protocol.as_deref().unwrap_or(""),
            or_nil(self.app_protocol.as_deref()),
        )
    }
}

fn or_nil(text: Option<&str>) -> &str {
    text.unwrap_or("<nil>")
}

/// FNV-1a of 128 bits, by which upstream orders ports.
pub fn fnv_1a(text: &str) -> u128 {
    const PRIME: u128 = (1 << 88) + 0x13b;
    text.bytes()
        .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

/// The ports in the order in which a slice lists them. Models endpointslice/util NewPortMapKey, which sorts in place.
pub fn sorted_for_slices(mut ports: Vec<EndpointPort>) -> Vec<EndpointPort> {
    ports.order_by_key(|port| fnv_1a(&port.slice_dump()));
    ports
}

/// Whether the Service's ports mean the same on every pod: none of them is looked up by name.
pub fn are_ports_fixed(service: &Object) -> bool {
    service::ports(service).all(|port| !port.target().is_string())
}

/// The endpoint ports that the Service's ports mean on the pod, in the Service's order. A port that the pod does not
/// have is left out.
pub fn endpoint_ports(service: &Object, pod: &Object) -> Vec<EndpointPort> {
    let one = |port: service::Port<'_>| {
        // As it is: a target of 0, which only an undefaulted Service has, means no port.
        let target = port.value().at("targetPort").cloned().unwrap_or_else(|| port.target());
        let number = pod::find_port(pod, &target, port.protocol())?;
        Some(EndpointPort {
            name: Some(port.name().to_owned()),
            protocol: port.value().at("protocol").and_then(Value::as_str).map(str::to_owned),
            port: Some(number.into()),
            app_protocol: port.app_protocol().map(str::to_owned),
        })
    };
    service::ports(service).filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_sort_as_a_real_cluster_sorted_them() {
        let port = |name: &str, number: i64| EndpointPort {
            name: Some(name.to_owned()),
            protocol: Some(if name == "d" { "UDP" } else { "TCP" }.to_owned()),
            port: Some(number),
            app_protocol: (name == "e").then(|| "http".to_owned()),
        };
        let ports = vec![port("a", 1), port("b", 2), port("c", 3), port("d", 4), port("e", 5)];
        let names = |ports: &[EndpointPort]| -> String { ports.iter().filter_map(|port| port.name.clone()).collect() };
        let mut in_endpoints = ports.clone();
        in_endpoints.sort_by_cached_key(|port| fnv_1a(&port.endpoints_dump()));
        assert_eq!((names(&sorted_for_slices(ports)).as_str(), names(&in_endpoints).as_str()), ("debca", "cdbae"));
    }
}
