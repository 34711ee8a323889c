//! What the API server answers when it refuses: `metav1.Status`.

use super::{ResourceId, Value};

/// One reason why an object is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldValueRequired`, ...
    pub reason: &'static str,
    /// The text without the field's path.
    pub message: String,
    /// The field's path, such as `spec.ports[0].port`.
    pub field: String,
}

impl Cause {
    fn new(reason: &'static str, field: &str, message: String) -> Cause {
        Cause { reason, message, field: field.to_owned() }
    }

    /// `Invalid value: "x": detail`. Models apimachinery pkg/util/validation/field Invalid, as the others here.
    pub fn invalid(field: &str, value: &Value, detail: &str) -> Cause {
        Cause::new("FieldValueInvalid", field, format!("Invalid value: {value}: {detail}"))
    }

    /// The same for a value that is no JSON of ours: how Go prints a type of its own.
    pub fn invalid_shown(field: &str, shown: &str, detail: &str) -> Cause {
        Cause::new("FieldValueInvalid", field, format!("Invalid value: {shown}: {detail}"))
    }

    /// `Required value: detail`; without a detail, `Required value`.
    pub fn required(field: &str, detail: &str) -> Cause {
        let colon = if detail.is_empty() { "" } else { ": " };
        Cause::new("FieldValueRequired", field, format!("Required value{colon}{detail}"))
    }

    /// `Duplicate value: "x"`.
    pub fn duplicate(field: &str, value: &Value) -> Cause {
        Cause::new("FieldValueDuplicate", field, format!("Duplicate value: {value}"))
    }

    /// The same for a value that is no JSON of ours: how Go prints a type of its own.
    pub fn duplicate_shown(field: &str, shown: &str) -> Cause {
        Cause::new("FieldValueDuplicate", field, format!("Duplicate value: {shown}"))
    }

    /// `Not found: "x"`.
    pub fn not_found(field: &str, value: &Value) -> Cause {
        Cause::new("FieldValueNotFound", field, format!("Not found: {value}"))
    }

    /// `Too long: may not be more than 63 bytes`.
    pub fn too_long(field: &str, most: usize) -> Cause {
        Cause::new("FieldValueTooLong", field, format!("Too long: may not be more than {most} bytes"))
    }

    /// `Too many: 101: must have at most 100 items`.
    pub fn too_many(field: &str, found: usize, most: usize) -> Cause {
        Cause::new("FieldValueTooMany", field, format!("Too many: {found}: must have at most {most} items"))
    }

    /// `Forbidden: detail`.
    pub fn forbidden(field: &str, detail: &str) -> Cause {
        Cause::new("FieldValueForbidden", field, format!("Forbidden: {detail}"))
    }

    /// `Unsupported value: "x": supported values: "A", "B"`, in the order given.
    pub fn not_supported(field: &str, value: &Value, supported: &[&str]) -> Cause {
        let list: Vec<String> = supported.iter().map(|one| format!("\"{one}\"")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", list.join(", "));
        Cause::new("FieldValueNotSupported", field, message)
    }
}

/// A refusal, as the API server words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The HTTP code.
    pub code: u16,
    /// `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`, `BadRequest`, ...
    pub reason: &'static str,
    /// The whole message.
    pub message: String,
    /// `details.kind`: for NotFound and the like the plural, for Invalid the kind.
    pub kind: String,
    /// `details.group`.
    pub group: String,
    /// `details.name`.
    pub name: String,
    /// `details.causes`, for Invalid.
    pub causes: Vec<Cause>,
    /// `Warning:` headers that came with the refusal, in order.
    pub warnings: Vec<String>,
}

impl Status {
    /// A refusal without details.
    pub fn plain(code: u16, reason: &'static str, message: impl Into<String>) -> Status {
        Status {
            code,
            reason,
            message: message.into(),
            kind: String::new(),
            group: String::new(),
            name: String::new(),
            causes: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn of_resource(code: u16, reason: &'static str, message: String, resource: ResourceId, name: &str) -> Status {
        let info = resource.info();
        Status {
            kind: info.plural.to_owned(),
            group: info.group.to_owned(),
            name: name.to_owned(),
            ..Status::plain(code, reason, message)
        }
    }

    /// 404: `services "web" not found`.
    pub fn not_found(resource: ResourceId, name: &str) -> Status {
        let message = format!("{} \"{name}\" not found", resource.info().qualified());
        Status::of_resource(404, "NotFound", message, resource, name)
    }

    /// 409: `services "web" already exists`.
    pub fn already_exists(resource: ResourceId, name: &str) -> Status {
        let message = format!("{} \"{name}\" already exists", resource.info().qualified());
        Status::of_resource(409, "AlreadyExists", message, resource, name)
    }

    /// 409: `Operation cannot be fulfilled on services "web": why`.
    pub fn conflict(resource: ResourceId, name: &str, why: &str) -> Status {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.info().qualified());
        Status::of_resource(409, "Conflict", message, resource, name)
    }

    /// 403: `pods "web" is forbidden: why`.
    pub fn forbidden(resource: ResourceId, name: &str, why: &str) -> Status {
        let message = format!("{} \"{name}\" is forbidden: {why}", resource.info().qualified());
        Status::of_resource(403, "Forbidden", message, resource, name)
    }

    /// 400 with the server's words.
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status::plain(400, "BadRequest", message)
    }

    /// 422: `Service "web" is invalid: spec.ports: Required value`, or a bracketed list of several.
    ///
    /// Models apimachinery pkg/api/errors NewInvalid. An update looks at some fields twice; what was found twice is told
    /// once.
    pub fn invalid(resource: ResourceId, name: &str, found: Vec<Cause>) -> Status {
        let mut causes: Vec<Cause> = Vec::with_capacity(found.len());
        for cause in found {
            if !causes.contains(&cause) {
                causes.push(cause);
            }
        }
        let info = resource.info();
        let kind = if info.group.is_empty() { info.kind.to_owned() } else { format!("{}.{}", info.kind, info.group) };
        let lines: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let list = match lines.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        Status {
            kind: info.kind.to_owned(),
            group: info.group.to_owned(),
            name: name.to_owned(),
            causes,
            ..Status::plain(422, "Invalid", format!("{kind} \"{name}\" is invalid: {list}"))
        }
    }
}
