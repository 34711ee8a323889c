//! `kubectl create role`, `clusterrole`, `rolebinding` and `clusterrolebinding`.
//!
//! Models create_role.go, create_clusterrole.go, create_rolebinding.go and create_clusterrolebinding.go.

use super::{finish, name};
use crate::api::{Map, ResourceId, Value, json};
use crate::kubectl::Failure;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;

const GROUP: &str = "rbac.authorization.k8s.io";

/// What can be done with kinds, and with paths.
const VERBS: [&str; 14] = [
    "*",
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
];
const PATH_VERBS: [&str; 8] = ["*", "get", "post", "put", "delete", "patch", "head", "options"];

/// What can be done with few kinds only: verb, kind, group.
const SPECIAL: [(&str, &str, &str); 10] = [
    ("use", "podsecuritypolicies", "policy"),
    ("use", "podsecuritypolicies", "extensions"),
    ("bind", "roles", GROUP),
    ("bind", "clusterroles", GROUP),
    ("escalate", "roles", GROUP),
    ("escalate", "clusterroles", GROUP),
    ("impersonate", "users", ""),
    ("impersonate", "serviceaccounts", ""),
    ("impersonate", "groups", ""),
    ("impersonate", "userextras", "authentication.k8s.io"),
];

/// Runs `kubectl create role`.
pub fn role(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create role")?;
    let verbs = verbs(flags);
    if verbs.is_empty() {
        return Err(Failure::from("at least one verb must be specified"));
    }
    warn_of_verbs(call, &verbs);
    if flags.list("resource").is_empty() {
        return Err(Failure::from("at least one resource must be specified"));
    }
    let rules = rules(flags, &verbs)?;
    let value = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": name}, "rules": rules});
    finish(call, flags, ResourceId::ROLES, value, |failure| failure)
}

/// Runs `kubectl create clusterrole`.
pub fn cluster_role(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create clusterrole")?;
    let mut value =
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}});
    let (verbs, paths) = (verbs(flags), flags.list("non-resource-url"));
    let kinds = flags.list("resource");
    if !flags.list("aggregation-rule").is_empty() {
        if !paths.is_empty() || !verbs.is_empty() || !kinds.is_empty() || !flags.list("resource-name").is_empty() {
            return Err(Failure::from(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
            ));
        }
        let mut labels = Map::new();
        for pair in flags.list("aggregation-rule") {
            let Some((key, label)) = pair.split_once('=') else {
                return Err(Failure::Error(format!(
                    "invalid argument {pair:?} for \"--aggregation-rule\" flag: malformed pair, expect string=string"
                )));
            };
            labels.insert(key.trim().to_owned(), Value::from(label.trim()));
        }
        put(&mut value, "aggregationRule", json!({"clusterRoleSelectors": [{"matchLabels": labels}]}));
        put(&mut value, "rules", Value::Null);
        return finish(call, flags, ResourceId::CLUSTER_ROLES, value, |failure| failure);
    }
    if verbs.is_empty() {
        return Err(Failure::from("at least one verb must be specified"));
    }
    if kinds.is_empty() && paths.is_empty() {
        return Err(Failure::from("one of resource or nonResourceURL must be specified"));
    }
    if !kinds.is_empty() {
        warn_of_verbs(call, &verbs);
    }
    let mut rules = rules(flags, &verbs)?;
    let unfit = verbs.iter().find(|verb| !PATH_VERBS.contains(&verb.as_str()));
    if let Some(verb) = unfit.filter(|_| !paths.is_empty()) {
        return Err(Failure::Error(format!("invalid verb for nonResourceURL: '{verb}'")));
    }
    for path in paths.iter().filter(|path| *path != "*") {
        if !path.starts_with('/') {
            return Err(Failure::from("nonResourceURL should start with /"));
        }
        if path.strip_suffix('*').unwrap_or(path).contains('*') {
            return Err(Failure::from("nonResourceURL only supports wildcard matches when '*' is at the end"));
        }
    }
    if !paths.is_empty() {
        rules.push(json!({"nonResourceURLs": paths, "verbs": verbs}));
    }
    put(&mut value, "rules", Value::Array(rules));
    finish(call, flags, ResourceId::CLUSTER_ROLES, value, |failure| failure)
}

/// The verbs, each once; `*` is all of them.
fn verbs(flags: &Flags) -> Vec<String> {
    let given = flags.list("verb");
    if given.iter().any(|verb| verb == "*") { vec!["*".to_owned()] } else { each_once(given) }
}

fn each_once(given: &[String]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for one in given {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
    all
}

fn warn_of_verbs(call: &mut Call<'_>, verbs: &[String]) {
    for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
        call.console.error_line(format!("Warning: '{verb}' is not a standard resource verb"));
    }
}

/// The rules about kinds, one for each group. Models validateResource and generateResourcePolicyRules.
fn rules(flags: &Flags, verbs: &[String]) -> Result<Vec<Value>, Failure> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    let given = flags.list("resource");
    let all = given.iter().find(|word| *word == "*");
    for word in all.map_or(given, std::slice::from_ref) {
        let (kind, subresource) = word.split_once('/').unwrap_or((word, ""));
        let (plural, group) = kind.split_once('.').unwrap_or((kind, ""));
        if plural.is_empty() {
            return Err(Failure::from("resource must be specified if apiGroup/subresource specified"));
        }
        let known = ResourceId::all().map(ResourceId::info).find(|info| {
            let named = info.plural == plural || info.singular() == plural || info.short.contains(&plural);
            named && (group.is_empty() || info.group == group)
        });
        let (plural, group) = known.map_or((plural, group), |info| (info.plural, info.group));
        let mut found = known.is_some() || plural == "*";
        for verb in verbs.iter().filter(|verb| plural != "*" && SPECIAL.iter().any(|(one, ..)| one == verb)) {
            if !SPECIAL.contains(&(verb.as_str(), plural, group)) {
                return Err(Failure::Error(format!("can not perform '{verb}' on '{plural}' in group '{group}'")));
            }
            found = true;
        }
        if !found {
            let place = if group.is_empty() { String::new() } else { format!(" in group {group:?}") };
            return Err(Failure::Error(format!("the server doesn't have a resource type {plural:?}{place}")));
        }
        let full = if subresource.is_empty() { plural.to_owned() } else { format!("{plural}/{subresource}") };
        match groups.binary_search_by(|(one, _)| one.as_str().cmp(group)) {
            Ok(at) => groups
                .get_mut(at)
                .into_iter()
                .filter(|(_, all)| !all.contains(&full))
                .for_each(|(_, all)| all.push(full.clone())),
            Err(at) => groups.insert(at, (group.to_owned(), vec![full])),
        }
    }
    let names = each_once(flags.list("resource-name"));
    let rule = |(group, kinds): (String, Vec<String>)| {
        let mut rule = json!({"apiGroups": [group], "resources": kinds, "verbs": verbs});
        if !names.is_empty() {
            put(&mut rule, "resourceNames", names.clone());
        }
        rule
    };
    Ok(groups.into_iter().map(rule).collect())
}

/// Runs `kubectl create rolebinding`.
pub fn role_binding(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create rolebinding")?;
    let (all, own) = (flags.text("clusterrole"), flags.text("role"));
    if all.is_empty() == own.is_empty() {
        return Err(Failure::from("exactly one of clusterrole or role must be specified"));
    }
    let role = if own.is_empty() { ("ClusterRole", all) } else { ("Role", own) };
    let value = binding(flags, "RoleBinding", name, role)?;
    finish(call, flags, ResourceId::ROLE_BINDINGS, value, |failure| {
        Failure::Error(format!("failed to create rolebinding: {}", failure.message()))
    })
}

/// Runs `kubectl create clusterrolebinding`.
pub fn cluster_role_binding(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create clusterrolebinding")?;
    let value = binding(flags, "ClusterRoleBinding", name, ("ClusterRole", flags.text("clusterrole")))?;
    finish(call, flags, ResourceId::CLUSTER_ROLE_BINDINGS, value, |failure| {
        Failure::Error(format!("failed to create clusterrolebinding: {}", failure.message()))
    })
}

fn binding(flags: &Flags, kind: &str, name: &str, role: (&str, &str)) -> Result<Value, Failure> {
    let mut subjects: Vec<Value> = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        subjects.extend(flags.list(flag).iter().map(|name| json!({"apiGroup": GROUP, "kind": kind, "name": name})));
    }
    for account in flags.list("serviceaccount") {
        match account.split(':').collect::<Vec<_>>().as_slice() {
            [namespace, name] if !namespace.is_empty() && !name.is_empty() => {
                subjects.push(json!({"kind": "ServiceAccount", "name": name, "namespace": namespace}));
            }
            _ => return Err(Failure::from("serviceaccount must be <namespace>:<name>")),
        }
    }
    let mut value = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": name},
        "roleRef": {"apiGroup": GROUP, "kind": role.0, "name": role.1},
    });
    if !subjects.is_empty() {
        put(&mut value, "subjects", Value::Array(subjects));
    }
    Ok(value)
}
