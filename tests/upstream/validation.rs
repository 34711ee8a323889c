//! What the API server refuses, fills in and warns of: `api` against upstream's tables.

use crate::{table, trimmed, verdict};
use service_playground::api::{self, Cause, Fields, Object, ResourceId, Settings, Status};
use service_playground::api::{Value, json};
use service_playground::apiserver::allocation::drop_type_dependent_fields;

fn settings(case: &Value) -> Settings {
    let gate = |name: &str, otherwise: bool| case["featureGates"][name].as_bool().unwrap_or(otherwise);
    let defaults = Settings::default();
    Settings {
        strict_addresses: gate("StrictIPCIDRValidation", defaults.strict_addresses),
        relaxed_service_names: gate("RelaxedServiceNameValidation", defaults.relaxed_service_names),
        prefer_same: gate("PreferSameTrafficDistribution", defaults.prefer_same),
    }
}

fn lines(causes: &[Cause]) -> Vec<String> {
    causes.iter().map(|cause| format!("{} {}: {}", cause.reason, cause.field, cause.message)).collect()
}

fn expected(case: &Value) -> Vec<String> {
    case.items("errors").iter().map(|error| format!("{} {}", error.text("type"), error.text("message"))).collect()
}

fn play_services(file: &str, listed: &[(&str, &str)], causes: impl Fn(&Value, &Settings) -> Vec<Cause>) {
    let Some(table) = table(file) else { return };
    let mut wrong = Vec::new();
    for case in table.items("cases") {
        let got = lines(&causes(case, &settings(case)));
        let want = expected(case);
        if got != want {
            wrong.push((case.text("name").to_owned(), format!("want {want:#?}\n got {got:#?}")));
        }
    }
    verdict(file, table.items("cases").len(), &wrong, listed);
}

#[test]
fn services_are_refused_on_create_as_upstream_does() {
    play_services("validate_service_create", &[], |case, settings| {
        let service = Object::new(case["service"].clone()).unwrap();
        api::validate_create(ResourceId::SERVICES, &service, settings)
    });
}

#[test]
fn services_are_refused_on_update_as_upstream_does() {
    play_services("validate_service_update", &[], |case, settings| {
        let object = |field: &str| Object::new(case[field].clone()).unwrap();
        api::validate_update(ResourceId::SERVICES, &object("new"), &object("old"), settings)
    });
}

/// kubectl's words for a refusal. Models cmdutil checkErr and statusCausesToAggrError.
fn kubectl_says(status: &Status) -> String {
    let lines: Vec<String> = status.causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
    let head = format!("The {} \"{}\" is invalid: ", status.kind, status.name);
    match lines.as_slice() {
        [one] => format!("{head}{one}\n"),
        several => several.iter().fold(format!("{head}\n"), |text, line| format!("{text}* {line}\n")),
    }
}

/// The object after decoding, defaulting and what a strategy does before it validates; `old` is what it replaces.
fn prepared(resource: ResourceId, value: &Value, old: Option<&Object>) -> Object {
    let (mut object, _) = api::decode(resource, value, false).unwrap();
    if resource.info().namespaced {
        object.set("metadata.namespace", json!("default"));
    }
    object.set("metadata.uid", json!("u"));
    object.set("metadata.resourceVersion", json!("1"));
    api::default(resource, &mut object);
    if resource == ResourceId::NAMESPACES {
        object.set("spec.finalizers", json!(["kubernetes"]));
    }
    if resource == ResourceId::SERVICES {
        let ip = object.text("spec.clusterIP").to_owned();
        if !ip.is_empty() && object.items("spec.clusterIPs").is_empty() {
            object.set("spec.clusterIPs", json!([ip]));
        }
        if let Some(old) = old {
            drop_type_dependent_fields(&mut object, old);
        }
    }
    object
}

/// What the two sides are compared by: not what the server itself counts and fills in.
fn comparable(value: &Value) -> Value {
    let mut value = trimmed(value);
    value.as_object_mut().unwrap().remove("status");
    for field in ["generation", "uid", "resourceVersion"] {
        value["metadata"].as_object_mut().unwrap().remove(field);
    }
    value
}

fn check_authored(case: &Value) -> Result<(), String> {
    let same = |what: &str, got: &Value, want: &Value| {
        if got == want { Ok(()) } else { Err(format!("{what}\nwant {want}\n got {got}")) }
    };
    let value = &case["object"];
    let group = if matches!(value.text("kind"), "ReplicaSet" | "Deployment") { "apps" } else { "" };
    let resource = ResourceId::of_kind(group, value.text("kind")).unwrap_or(ResourceId::SERVICES);
    if let Some(words) = case.at("decodeError") {
        let got = api::decode_value(resource, value, None).err().unwrap_or_default();
        return same("decodeError", &json!(got), words);
    }
    let (_, unknown) = api::decode_value(resource, value, None)?;
    if let Some(words) = case.at("strictDecodingError") {
        same("strictDecodingError", &json!(api::strict_error(&unknown)), words)?;
        let status = api::decode(resource, value, true).unwrap_err();
        same("serverMessageWithStrict", &json!(status.message), &case["serverMessageWithStrict"])?;
    } else if !unknown.is_empty() {
        return Err(format!("unknown fields: {unknown:?}"));
    }
    let old = case.at("old").map(|old| prepared(resource, old, None));
    let object = prepared(resource, value, old.as_ref());
    same("defaulted", &comparable(object.value()), &comparable(&case["defaulted"]))?;
    let warnings = api::warnings(resource, &object, old.as_ref());
    same("warnings", &json!(warnings), case.at("warnings").unwrap_or(&json!([])))?;
    let gates = Settings::default();
    let causes = match &old {
        Some(old) => api::validate_update(resource, &object, old, &gates),
        None => api::validate_create(resource, &object, &gates),
    };
    if case.is_true("accepted") {
        return same("errors", &json!(lines(&causes)), &json!([]));
    }
    let status = Status::invalid(resource, object.name(), causes);
    same("statusMessage", &json!(status.message), &case["statusMessage"])?;
    same("code", &json!(status.code), &case["code"])?;
    same("kubectlStderr", &json!(kubectl_says(&status)), &case["kubectlStderr"])
}

#[test]
fn objects_are_decoded_defaulted_and_refused_as_upstream_does() {
    let file = "api_defaulting_and_validation_messages";
    let Some(table) = table(file) else { return };
    let mut wrong = Vec::new();
    for case in table.items("cases") {
        if let Err(why) = check_authored(case) {
            wrong.push((case.text("name").to_owned(), why));
        }
    }
    verdict(file, table.items("cases").len(), &wrong, &[]);
}
