//! From the tree that a client sent to an object of a kind, as Go's decoder makes one: nulls and empty optional fields
//! go, unknown fields are noted, a value of a wrong type is refused.

use super::quantity::Quantity;
use super::schema::{Field, Shape, TypeId};
use super::{Fields, Map, Object, ResourceId, Status, Value};
use crate::value::base64;

/// The object of kind `resource` that `value` is, and what is odd about it.
///
/// Values of wrong types are refused with 400 and the words of Go's JSON decoder. Unknown fields are dropped; with
/// `strict` (`fieldValidation=Strict`, kubectl's default) they are refused, else the list holds their messages
/// (`unknown field "spec.selecter"`), which the server sends as warnings when it is asked to warn.
pub fn decode(resource: ResourceId, value: &Value, strict: bool) -> Result<(Object, Vec<String>), Status> {
    let refuse = |why: &str| {
        let group_version = value.text("apiVersion");
        let version = group_version.rsplit('/').next().unwrap_or(group_version);
        let (kind, expected) = (value.text("kind"), resource.info().kind);
        Status::bad_request(format!("{kind} in version \"{version}\" cannot be handled as a {expected}: {why}"))
    };
    let (object, unknown) = decode_value(resource, value, None).map_err(|why| refuse(&why))?;
    if strict && !unknown.is_empty() {
        return Err(refuse(&strict_error(&unknown)));
    }
    Ok((object, unknown))
}

/// The words for unknown fields: `strict decoding error: unknown field "spec.a", unknown field "spec.b"`.
pub fn strict_error(unknown: &[String]) -> String {
    format!("strict decoding error: {}", unknown.join(", "))
}

/// [`decode`] without the server's frame around the words, as patches need it: the object and its unknown fields, or
/// why it is none. What `value` shares with `known`, which was decoded before, is taken as it is.
pub fn decode_value(
    resource: ResourceId,
    value: &Value,
    known: Option<&Value>,
) -> Result<(Object, Vec<String>), String> {
    let info = resource.info();
    let (api_version, kind) = (value.text("apiVersion"), value.text("kind"));
    if kind != info.kind || api_version != info.api_version() {
        let scheme = "scheme \"pkg/api/legacyscheme/scheme.go:30\"";
        return Err(format!("no kind \"{kind}\" is registered for version \"{api_version}\" in {scheme}"));
    }
    let Some(map) = value.as_object() else { return Err("unexpected end of JSON input".to_owned()) };
    let mut decoder = Decoder::default();
    let decoded = match TypeId::of(resource) {
        Some(root) => decoder.fields(root, map, known.and_then(Value::as_object)),
        None => decoder.stored(info.kind, map),
    };
    if let Some(wrong) = decoder.wrong {
        return Err(wrong);
    }
    let object = Object::new(Value::Object(decoded)).map_err(|_| "unexpected end of JSON input".to_owned())?;
    Ok((object, decoder.unknown))
}

/// The metadata check that kubectl does itself before it sends anything: the words for values of wrong types.
pub fn check_metadata(value: &Value) -> Result<(), String> {
    let mut decoder = Decoder { owner: "metadataOnlyObject", ..Decoder::default() };
    if let Some(metadata) = value.get("metadata") {
        decoder.metadata(metadata);
    }
    decoder.wrong.map_or(Ok(()), Err)
}

#[derive(Default)]
struct Decoder {
    /// The Go struct that we are in.
    owner: &'static str,
    /// The names of the fields that lead here, as Go's messages have them: without indices.
    names: Vec<&'static str>,
    /// The path that leads here, as strict errors have it: with indices.
    path: String,
    unknown: Vec<String>,
    /// The first wrong type: Go goes on decoding after it, and tells it at the end.
    wrong: Option<String>,
}

/// How Go names the kind of a JSON value.
fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

impl Decoder {
    fn say(&mut self, words: String) {
        self.wrong.get_or_insert(words);
    }

    fn mismatch(&mut self, value: &str, go_type: &str) -> Option<Value> {
        let place = match self.names.as_slice() {
            [] => "Go value".to_owned(),
            names => format!("Go struct field {}.{}", self.owner, names.join(".")),
        };
        self.say(format!("json: cannot unmarshal {value} into {place} of type {go_type}"));
        None
    }

    /// The fields of a struct; `known` is what stood in its place before.
    fn fields(&mut self, id: TypeId, map: &Map, known: Option<&Map>) -> Map {
        let outer = std::mem::replace(&mut self.owner, id.go_name());
        let mut decoded = Map::new();
        for (name, value) in map {
            let length = self.path.len();
            if !self.path.is_empty() {
                self.path.push('.');
            }
            self.path.push_str(name);
            match id.field(name) {
                Some(field) => {
                    self.names.push(field.name);
                    let known = known.and_then(|known| known.get(name));
                    if let Some(value) = self.value(&field.shape, value, known) {
                        decoded.insert(field.name, value);
                    }
                    self.names.pop();
                }
                None => self.unknown.push(format!("unknown field \"{}\"", self.path)),
            }
            self.path.truncate(length);
        }
        self.owner = outer;
        for field in &id.get().fields {
            match decoded.get(field.name) {
                Some(value) if !field.always && !field.pointer && is_empty(&field.shape, value) => {
                    decoded.remove(field.name);
                }
                None if field.always => {
                    decoded.insert(field.name.to_owned(), zero(field));
                }
                _ => {}
            }
        }
        decoded
    }

    /// One value; `None` where there is none to keep.
    fn value(&mut self, shape: &Shape, value: &Value, known: Option<&Value>) -> Option<Value> {
        if value.is_null() {
            return None;
        }
        match (shape, value) {
            (Shape::Any, _)
            | (Shape::Text(_) | Shape::IntOrString, Value::String(_))
            | (Shape::Bool, Value::Bool(_)) => Some(value.clone()),
            (Shape::Int32, Value::Number(number)) => match number.as_i64().map(i32::try_from) {
                Some(Ok(_)) => Some(value.clone()),
                _ => self.mismatch(&format!("number {}", go_number(value)), "int32"),
            },
            (Shape::Int64, Value::Number(number)) => match number.as_i64() {
                Some(_) => Some(value.clone()),
                None => self.mismatch(&format!("number {}", go_number(value)), "int64"),
            },
            (Shape::IntOrString, _) => self.value(&Shape::Int32, value, None),
            (Shape::Quantity, _) => self.quantity(value),
            (Shape::Time, Value::String(text)) => self.time(text),
            (Shape::Time, other) => self.mismatch(json_kind(other), "string"),
            (Shape::Bytes, Value::String(text)) => self.bytes(text),
            (Shape::Struct(id), Value::Object(map)) => {
                let known = known.and_then(Value::as_object);
                let decoded = match known.filter(|known| known.is_same(map)) {
                    Some(same) => same.clone(),
                    None => self.fields(*id, map, known),
                };
                Some(Value::Object(decoded))
            }
            (Shape::List(inner), Value::Array(items)) => {
                let known = known.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                Some(Value::Array(self.items(inner, items, known)))
            }
            (Shape::Map(inner), Value::Object(map)) => {
                let length = self.path.len();
                let mut decoded = Map::new();
                for (key, item) in map {
                    self.path.push('.');
                    self.path.push_str(key);
                    if let Some(item) = self.value(inner, item, None) {
                        decoded.insert(key.clone(), item);
                    }
                    self.path.truncate(length);
                }
                Some(Value::Object(decoded))
            }
            (_, other) => self.mismatch(json_kind(other), &shape.go_name()),
        }
    }

    fn items(&mut self, inner: &Shape, items: &[Value], known: &[Value]) -> Vec<Value> {
        let length = self.path.len();
        let mut decoded = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            self.path.push_str(&format!("[{place}]"));
            // A null item is the type's zero value.
            let item = match (item, inner) {
                (Value::Null, Shape::Struct(id)) => Some(Value::Object(self.fields(*id, &Map::new(), None))),
                (Value::Null, Shape::Text(_)) => Some(Value::from("")),
                (Value::Null, Shape::Int32 | Shape::Int64) => Some(Value::from(0)),
                _ => self.value(inner, item, known.get(place)),
            };
            decoded.extend(item);
            self.path.truncate(length);
        }
        decoded
    }

    fn quantity(&mut self, value: &Value) -> Option<Value> {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(_) => go_number(value),
            _ => String::from("{}"),
        };
        match Quantity::parse(&text) {
            Ok(quantity) => Some(Value::String(quantity.to_string())),
            Err(words) => {
                self.say(words.to_owned());
                None
            }
        }
    }

    fn time(&mut self, text: &str) -> Option<Value> {
        if let Some(wrong) = time_error(text) {
            let layout = "2006-01-02T15:04:05Z07:00";
            self.say(format!("parsing time \"{text}\" as \"{layout}\": {wrong}"));
            return None;
        }
        Some(Value::from(text))
    }

    fn bytes(&mut self, text: &str) -> Option<Value> {
        match base64::decode(text) {
            Err(at) => {
                self.say(format!("illegal base64 data at input byte {at}"));
                None
            }
            Ok(_) => Some(Value::from(text)),
        }
    }

    /// The metadata of any object.
    fn metadata(&mut self, value: &Value) -> Option<Value> {
        let Some(id) = TypeId::named("meta.ObjectMeta") else { return Some(value.clone()) };
        self.names.push("metadata");
        "metadata".clone_into(&mut self.path);
        let decoded = self.value(&Shape::Struct(id), value, None);
        self.path.clear();
        self.names.pop();
        decoded
    }

    /// An object of a kind without a table: its metadata is decoded, the rest is kept as it is.
    fn stored(&mut self, kind: &'static str, map: &Map) -> Map {
        self.owner = kind;
        let mut decoded = Map::new();
        for (name, value) in map {
            let value = if name == "metadata" { self.metadata(value) } else { Some(value.clone()) };
            if let Some(value) = value.filter(|value| !value.is_null()) {
                decoded.insert(name.clone(), value);
            }
        }
        decoded.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
        decoded
    }
}

/// A number as Go's JSON encoder wrote it.
fn go_number(value: &Value) -> String {
    crate::yaml::print_json_compact(value)
}

/// Whether Go leaves an optional field of this type out (`omitempty`).
fn is_empty(shape: &Shape, value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => !matches!(shape, Shape::IntOrString) && number.as_i64() == Some(0),
        Value::String(text) => text.is_empty() && matches!(shape, Shape::Text(_)),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty() && matches!(shape, Shape::Map(_)),
    }
}

/// What Go prints for an unset field that it always prints.
fn zero(field: &Field) -> Value {
    match &field.shape {
        Shape::Text(_) => Value::from(""),
        Shape::Bool => Value::from(false),
        Shape::Int32 | Shape::Int64 => Value::from(0),
        Shape::Struct(id) => Value::Object(
            id.get()
                .fields
                .iter()
                .filter(|field| field.always)
                .map(|field| (field.name.to_owned(), zero(field)))
                .collect(),
        ),
        _ => Value::Null,
    }
}

/// What Go's RFC 3339 parser says of a text; `None` where it is a time.
pub fn time_error(text: &str) -> Option<String> {
    let layout = [
        ("2006", 4),
        ("-", 1),
        ("01", 2),
        ("-", 1),
        ("02", 2),
        ("T", 1),
        ("15", 2),
        (":", 1),
        ("04", 2),
        (":", 1),
        ("05", 2),
    ];
    let mut rest = text;
    for (element, length) in layout {
        let part = rest.get(..length).unwrap_or("");
        let fits = if length == 1 {
            part == element
        } else {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !fits {
            return Some(format!("cannot parse \"{rest}\" as \"{element}\""));
        }
        rest = rest.get(length..).unwrap_or("");
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|character: char| character.is_ascii_digit());
    }
    let zone: Vec<char> = rest.chars().collect();
    let offset = matches!(zone.as_slice(), ['+' | '-', a, b, ':', c, d]
        if [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()));
    if rest == "Z" || offset { None } else { Some(format!("cannot parse \"{rest}\" as \"Z07:00\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;
    use crate::yaml;

    fn refusal(resource: ResourceId, text: &str) -> String {
        let value = yaml::read_yaml(text).unwrap();
        decode(resource, &value, true).map_or_else(|status| status.message, |(object, _)| object.value().to_string())
    }

    #[test]
    fn wrong_types_are_told_in_gos_words() {
        let service =
            |spec: &str| refusal(ResourceId::SERVICES, &format!("{{apiVersion: v1, kind: Service, spec: {spec}}}"));
        let frame = "Service in version \"v1\" cannot be handled as a Service: ";
        for (spec, words) in [
            (
                "{ports: [{port: http}]}",
                "json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32",
            ),
            (
                "{ports: {port: 80}}",
                "json: cannot unmarshal object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort",
            ),
            (
                "{ports: [80]}",
                "json: cannot unmarshal number into Go struct field ServiceSpec.spec.ports of type v1.ServicePort",
            ),
            (
                "{ports: [{port: 80.5}]}",
                "json: cannot unmarshal number 80.5 into Go struct field ServicePort.spec.ports.port of type int32",
            ),
            (
                "{selector: {a: yes}}",
                "json: cannot unmarshal bool into Go struct field ServiceSpec.spec.selector of type string",
            ),
            (
                "{selector: [a]}",
                "json: cannot unmarshal array into Go struct field ServiceSpec.spec.selector of type map[string]string",
            ),
            (
                "{type: 1}",
                "json: cannot unmarshal number into Go struct field ServiceSpec.spec.type of type v1.ServiceType",
            ),
            (
                "{ports: [{targetPort: true}]}",
                "json: cannot unmarshal bool into Go struct field ServicePort.spec.ports.targetPort of type int32",
            ),
            ("[]", "json: cannot unmarshal array into Go struct field Service.spec of type v1.ServiceSpec"),
            (
                "{selecter: {}, ports: [{port: 80, portt: 1}]}",
                "strict decoding error: unknown field \"spec.ports[0].portt\", unknown field \"spec.selecter\"",
            ),
        ] {
            assert_eq!(service(spec), format!("{frame}{words}"), "{spec}");
        }
        assert_eq!(
            refusal(
                ResourceId::PODS,
                "{apiVersion: v1, kind: Pod, spec: {containers: [{resources: {limits: {cpu: lots}}}]}}"
            ),
            format!("Pod in version \"v1\" cannot be handled as a Pod: {}", crate::api::quantity::WRONG)
        );
        assert_eq!(
            refusal(ResourceId::SERVICES, "{apiVersion: v1, kind: service}"),
            "service in version \"v1\" cannot be handled as a Service: no kind \"service\" is registered for version \"v1\" in scheme \"pkg/api/legacyscheme/scheme.go:30\""
        );
    }

    #[test]
    fn empty_optional_fields_go_and_what_go_always_prints_stays() {
        let text = "{apiVersion: v1, kind: Service, metadata: {name: a, labels: {}, annotations: ~}, spec: {selector: {a: ~, b: c}, ports: [{port: 80, name: '', nodePort: 0}], externalIPs: [], publishNotReadyAddresses: false, allocateLoadBalancerNodePorts: false}}";
        let (object, unknown) = decode(ResourceId::SERVICES, &yaml::read_yaml(text).unwrap(), true).unwrap();
        let expected = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "status": {"loadBalancer": {}},
            "spec": {"selector": {"b": "c"}, "allocateLoadBalancerNodePorts": false, "ports": [{"port": 80}]},
        });
        assert_eq!(object.value(), &expected);
        assert_eq!(unknown, Vec::<String>::new());
    }

    #[test]
    fn amounts_are_rewritten_and_bytes_checked() {
        let text = "{apiVersion: v1, kind: Pod, spec: {containers: [{name: c, resources: {requests: {cpu: 0.5, memory: 1024Mi}}}]}}";
        let (pod, _) = decode(ResourceId::PODS, &yaml::read_yaml(text).unwrap(), true).unwrap();
        let requests = pod.items("spec.containers")[0].at("resources.requests").unwrap();
        assert_eq!(requests, &json!({"cpu": "500m", "memory": "1Gi"}));
        let words = refusal(ResourceId::SECRETS, "{apiVersion: v1, kind: Secret, data: {a: '????'}}");
        assert_eq!(
            words,
            "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte 0"
        );
    }

    #[test]
    fn kubectl_checks_metadata_itself() {
        let wrong = |text: &str| check_metadata(&yaml::read_yaml(text).unwrap()).unwrap_err();
        assert_eq!(
            wrong("metadata: name:web"),
            "json: cannot unmarshal string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta"
        );
        assert_eq!(
            wrong("metadata: {labels: {on: yes}}"),
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string"
        );
    }
}
