//! What names may look like. Each check gives the words for all that is wrong; none where nothing is.
//!
//! Models apimachinery pkg/util/validation and pkg/api/validate/content.

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must \
     consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. \
     '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const SEARCH: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";
const KEY_CHARACTERS: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const ENV_NAME: &str =
    "a valid environment variable name must consist only of printable ASCII characters other than '='";
const PERCENT: &str = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| lower(*byte) || *byte == b'-')
        && bytes.first().is_some_and(|byte| lower(*byte))
        && bytes.last().is_some_and(|byte| lower(*byte))
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

/// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`
fn is_key_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}

fn too_long(text: &str, most: usize, unit: &str) -> Option<String> {
    (text.len() > most).then(|| format!("must be no more than {most} {unit}"))
}

/// A DNS label: names of namespaces, containers and ports.
pub fn dns_label(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, 63, "characters").into_iter().collect();
    if !is_label(text) {
        wrong.push(if is_subdomain(text) { "must not contain dots".to_owned() } else { LABEL.to_owned() });
    }
    wrong
}

/// A DNS label that begins with a letter: names of Services up to 1.35.
pub fn dns_1035_label(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, 63, "characters").into_iter().collect();
    if !is_label(text) || text.starts_with(|first: char| first.is_ascii_digit()) {
        wrong.push(LABEL_1035.to_owned());
    }
    wrong
}

/// DNS labels with dots between: the names of most kinds.
pub fn dns_subdomain(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, 253, "characters").into_iter().collect();
    if !is_subdomain(text) {
        wrong.push(SUBDOMAIN.to_owned());
    }
    wrong
}

/// `*.` and a domain. Models IsWildcardDNS1123Subdomain.
pub fn wildcard_domain(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, 253, "characters").into_iter().collect();
    if !text.strip_prefix("*.").is_some_and(is_subdomain) {
        wrong.push(WILDCARD.to_owned());
    }
    wrong
}

/// A domain of a resolver's search list, where labels may hold underscores. Models IsDNS1123SubdomainWithUnderScore.
pub fn search_domain(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, 253, "characters").into_iter().collect();
    // `_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?`
    let is_right = |label: &str| {
        let label = label.strip_prefix('_').unwrap_or(label).as_bytes();
        label.iter().all(|byte| lower(*byte) || b"-_".contains(byte))
            && label.first().is_some_and(|byte| lower(*byte))
            && label.last().is_some_and(|byte| lower(*byte))
    };
    if !text.split('.').all(is_right) {
        wrong.push(SEARCH.to_owned());
    }
    wrong
}

/// A name that can stand in a path: names of roles and bindings.
pub fn path_segment(text: &str) -> Vec<String> {
    if text == "." || text == ".." {
        return vec![format!("may not be '{text}'")];
    }
    let forbidden = ["/", "%"].into_iter().filter(|character| text.contains(character));
    forbidden.map(|character| format!("may not contain '{character}'")).collect()
}

/// A key of labels, annotations and the like: a name with an optional DNS subdomain and `/` before it.
pub fn check_label_key(key: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let parts: Vec<&str> = key.split('/').collect();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                wrong.push("prefix part must be non-empty".to_owned());
            } else {
                wrong.extend(dns_subdomain(prefix).into_iter().map(|words| format!("prefix part {words}")));
            }
            *name
        }
        _ => {
            let prefixed = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            return vec![format!("a valid label key {KEY_CHARACTERS} {prefixed}")];
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else {
        wrong.extend(too_long(name, 63, "bytes").map(|words| format!("name part {words}")));
    }
    if !is_key_name(name) {
        wrong.push(format!("name part {KEY_CHARACTERS}"));
    }
    wrong
}

/// The value of a label.
pub fn check_label_value(value: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(value, 63, "bytes").into_iter().collect();
    if !value.is_empty() && !is_key_name(value) {
        wrong.push(LABEL_VALUE.to_owned());
    }
    wrong
}

/// The name of a container's port.
pub fn port_name(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, 15, "characters").into_iter().collect();
    if text.is_empty() || !text.bytes().all(|byte| lower(byte) || byte == b'-') {
        wrong.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        wrong.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        wrong.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        wrong.push("must not begin or end with a hyphen".to_owned());
    }
    wrong
}

/// The name of an environment variable.
pub fn env_name(text: &str) -> Vec<String> {
    let fits = !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'=');
    if fits { Vec::new() } else { vec![ENV_NAME.to_owned()] }
}

/// A key of a ConfigMap or Secret.
pub fn config_key(text: &str) -> Vec<String> {
    let mut wrong: Vec<String> = too_long(text, 253, "characters").into_iter().collect();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        wrong.push(CONFIG_KEY.to_owned());
    }
    match text {
        "." => wrong.push("must not be '.'".to_owned()),
        ".." => wrong.push("must not be '..'".to_owned()),
        _ if text.starts_with("..") => wrong.push("must not start with '..'".to_owned()),
        _ => {}
    }
    wrong
}

/// The name of an HTTP header.
pub fn header_name(text: &str) -> Vec<String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Vec::new();
    }
    let words = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
    vec![words.to_owned()]
}

/// `25%`.
pub fn percent(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%').unwrap_or("");
    let fits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Vec::new() } else { vec![PERCENT.to_owned()] }
}

/// A fully qualified domain name; a dot at its end is left out.
pub fn qualified_domain(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    let wrong = dns_subdomain(name);
    if !wrong.is_empty() {
        return wrong;
    }
    if name.contains('.') {
        Vec::new()
    } else {
        vec!["should be a domain with at least two segments separated by dots".to_owned()]
    }
}

/// A prefix of generated names is checked as if something came after its dash. Models maskTrailingDash.
pub fn mask_trailing_dash(prefix: &str) -> String {
    match prefix.strip_suffix('-').and_then(|rest| rest.char_indices().last().map(|(at, _)| rest.get(..at))) {
        Some(Some(rest)) => format!("{rest}a"),
        _ => prefix.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_what_is_wrong_with_them() {
        assert_eq!(dns_label("web.v1"), ["must not contain dots"]);
        assert_eq!(dns_label("My_Service"), [LABEL]);
        assert!(dns_label("1-a").is_empty());
        assert_eq!(dns_1035_label("1-a"), [LABEL_1035]);
        assert_eq!(port_name("8080"), ["must contain at least one letter (a-z)"]);
        assert_eq!(check_label_key("example.com/").len(), 2);
        assert_eq!(check_label_value("my app"), [LABEL_VALUE]);
        assert_eq!(mask_trailing_dash("web-"), "wea");
        assert_eq!(mask_trailing_dash("-"), "-");
    }
}
