//! What the API server answers to those who are no administrators: pods with their ServiceAccount's token, and
//! everybody else.
//!
//! Models apiserver's pkg/endpoints/request/requestinfo.go, pkg/endpoints/handlers/responsewriters/errors.go, and the
//! roles that system:unauthenticated and system:authenticated have.

use super::answers::{Answer, Asked, Page};
use crate::kubectl::verbs::raw_discovery as discovery;

/// What tokens of ServiceAccounts begin with; namespace and name follow, with a dot between them.
pub const TOKEN: &str = "playground-token-of-";

/// The API server's answer.
pub fn answer(asked: &Asked) -> Answer {
    let url = &asked.url;
    let page = |status, kind, body: String| Page { status, server: "", kind, more: String::new(), body };
    if !url.secure {
        let text = "Client sent an HTTP request to an HTTPS server.\n".to_owned();
        return Answer::Plain(page(400, "text/plain; charset=utf-8", text));
    }
    let path = url.path.split('?').next().unwrap_or("");
    let shown = asked.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let token = shown.and_then(|(_, value)| value.strip_prefix("Bearer "));
    let account = token.map(|token| token.trim().strip_prefix(TOKEN).and_then(|token| token.split_once('.')));
    let user = match account {
        None => "system:anonymous".to_owned(),
        Some(Some((namespace, name))) => format!("system:serviceaccount:{namespace}:{name}"),
        Some(None) => {
            let status = status("Unauthorized", "Unauthorized", "", 401);
            return Answer::Secure(page(401, "application/json", status));
        }
    };
    if matches!(path, "/healthz" | "/livez" | "/readyz") {
        return Answer::Secure(page(200, "text/plain; charset=utf-8", "ok".to_owned()));
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_open = token.is_some() || matches!(parts.as_slice(), ["version"]);
    if let Some(document) = discovery::answer(&parts).filter(|_| is_open && asked.method == "GET") {
        return Answer::Secure(page(200, "application/json", indented(&document)));
    }
    Answer::Secure(page(403, "application/json", forbidden(&user, path, &parts, asked)))
}

/// What is said to one who may not do what was asked.
fn forbidden(user: &str, path: &str, parts: &[&str], asked: &Asked) -> String {
    let (group, rest) = match parts {
        ["api", _, rest @ ..] => ("", rest),
        ["apis", group, _, rest @ ..] => (*group, rest),
        _ => ("", &[] as &[&str]),
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        ["namespaces", namespace] => (*namespace, rest),
        _ => ("", rest),
    };
    let Some((resource, rest)) = rest.split_first() else {
        let verb = asked.method.to_lowercase();
        let message = format!("forbidden: User {user:?} cannot {verb} path {path:?}");
        return status(&message, "Forbidden", "  \"details\": {},\n", 403);
    };
    let name = rest.first().copied().unwrap_or("");
    let watches = asked.url.path.contains("watch=1") || asked.url.path.contains("watch=true");
    let verb = match (asked.method.as_str(), name.is_empty()) {
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", true) => "deletecollection",
        ("DELETE", false) => "delete",
        _ if watches => "watch",
        (_, true) => "list",
        (_, false) => "get",
    };
    let full = rest.get(1).map_or((*resource).to_owned(), |sub| format!("{resource}/{sub}"));
    let place = if namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace {namespace:?}")
    };
    let what = format!("{resource}{}{group}", if group.is_empty() { "" } else { "." });
    let what = if name.is_empty() { what } else { format!("{what} {name:?}") };
    let why = format!("User {user:?} cannot {verb} resource {full:?} in API group {group:?} {place}");
    let details: Vec<String> = [("name", name), ("group", group), ("kind", resource)]
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| format!("    {field:?}: {value:?}"))
        .collect();
    let details = format!("  \"details\": {{\n{}\n  }},\n", details.join(",\n"));
    status(&format!("{what} is forbidden: {why}"), "Forbidden", &details, 403)
}

/// A failure as the API server writes it for curl.
fn status(message: &str, reason: &str, details: &str, code: u16) -> String {
    format!(
        "{{\n  \"kind\": \"Status\",\n  \"apiVersion\": \"v1\",\n  \"metadata\": {{}},\n  \"status\": \"Failure\",\n  \"message\": \
         {message:?},\n  \"reason\": {reason:?},\n{details}  \"code\": {code}\n}}"
    )
}

/// A document on many lines, as it is for curl and browsers. Models Go's `json.Indent`.
fn indented(document: &str) -> String {
    if document.contains('\n') && !document.ends_with('\n') {
        return document.to_owned();
    }
    let (mut text, mut depth) = (String::new(), 0_usize);
    let (mut quoted, mut escaped, mut opened) = (false, false, false);
    for letter in document.trim_end().chars() {
        if quoted {
            text.push(letter);
            quoted = letter != '"' || escaped;
            escaped = letter == '\\' && !escaped;
            continue;
        }
        let closes = matches!(letter, '}' | ']');
        depth -= usize::from(closes && depth > 0);
        if opened != closes {
            text += &format!("\n{}", "  ".repeat(depth));
        }
        text.push(letter);
        opened = matches!(letter, '{' | '[');
        depth += usize::from(opened);
        quoted = letter == '"';
        match letter {
            ',' => text += &format!("\n{}", "  ".repeat(depth)),
            ':' => text.push(' '),
            _ => {}
        }
    }
    text
}
