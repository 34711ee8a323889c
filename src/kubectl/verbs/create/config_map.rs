//! `kubectl create configmap` and `kubectl create secret generic|tls|docker-registry`.
//!
//! Models create_configmap.go, create_secret*.go, pkg/util's ParseLiteralSource and ParseFileSource, cmdutil's
//! AddFromEnvFile and pkg/util/hash.

use super::{finish, name};
use crate::api::{Map, ResourceId, Value, check_config_key, check_env_name, json};
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;
use crate::kubectl::{Failure, manifest};
use crate::value::base64;
use crate::yaml;
use sha2::{Digest, Sha256};

/// Where registries' passwords stand in a Secret.
const DOCKER_KEY: &str = ".dockerconfigjson";

/// Runs `kubectl create configmap`.
pub fn config_map(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let mut data = Data::new(name(flags, "kubectl create configmap")?, true);
    no_mixture(flags)?;
    data.files(call, flags.list("from-file"))?;
    data.literals(flags.list("from-literal"))?;
    data.env_files(call, flags.list("from-env-file"))?;
    let hashed = json!({"data": data.found, "kind": "ConfigMap", "name": data.name});
    let mut value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": data.named(flags, &hashed)}});
    if !data.found.is_empty() {
        put(&mut value, "data", Value::Object(data.found));
    }
    finish(call, flags, ResourceId::CONFIG_MAPS, value, |failure| {
        Failure::Error(format!("failed to create configmap: {}", failure.message()))
    })
}

/// Runs `kubectl create secret generic`.
pub fn secret(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let mut data = Data::new(name(flags, "kubectl create secret generic")?, false);
    no_mixture(flags)?;
    data.literals(flags.list("from-literal"))?;
    data.files(call, flags.list("from-file"))?;
    data.env_files(call, flags.list("from-env-file"))?;
    data.finish(call, flags, flags.text("type"), "failed to create secret: ")
}

/// Runs `kubectl create secret tls`.
pub fn tls(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let mut data = Data::new(name(flags, "kubectl create secret tls")?, false);
    if flags.text("key").is_empty() || flags.text("cert").is_empty() {
        return Err(Failure::from("key and cert must be specified"));
    }
    // The pair is not looked into, beyond whether it is one.
    for (flag, key, label, what) in
        [("cert", "tls.crt", "CERTIFICATE-----", "certificate"), ("key", "tls.key", "PRIVATE KEY-----", "key")]
    {
        let path = flags.text(flag);
        let text = manifest::file(&call.terminal.files, path)
            .ok_or_else(|| format!("Cannot read file {path}, open {path}: no such file or directory"))?;
        if !text.lines().any(|line| line.starts_with("-----BEGIN ") && line.ends_with(label)) {
            return Err(Failure::Error(format!("tls: failed to find any PEM data in {what} input")));
        }
        data.add(key, text)?;
    }
    data.finish(call, flags, "kubernetes.io/tls", "failed to create secret: ")
}

/// Runs `kubectl create secret docker-registry`.
pub fn docker_registry(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let mut data = Data::new(name(flags, "kubectl create secret docker-registry")?, false);
    let text = |flag: &str| flags.text(flag);
    let server = flags.get("docker-server").unwrap_or("https://index.docker.io/v1/");
    let (user, password, email) = (text("docker-username"), text("docker-password"), text("docker-email"));
    let files = flags.list("from-file");
    if files.is_empty() && (user.is_empty() || password.is_empty() || server.is_empty()) {
        return Err(Failure::from(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        ));
    }
    if files.is_empty() {
        let quoted = |text: &str| yaml::print_json(&Value::from(text));
        let auth = base64::encode(format!("{user}:{password}").as_bytes());
        let fields = [("username", user), ("password", password), ("email", email), ("auth", &auth)];
        let fields: Vec<String> = fields
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| format!("\"{name}\":{}", quoted(text)))
            .collect();
        data.add(DOCKER_KEY, &format!("{{\"auths\":{{{}:{{{}}}}}}}", quoted(server), fields.join(",")))?;
    } else {
        let keyed =
            |source: &String| if source.contains('=') { source.clone() } else { format!("{DOCKER_KEY}={source}") };
        data.files(call, &files.iter().map(keyed).collect::<Vec<_>>())?;
    }
    data.finish(call, flags, "kubernetes.io/dockerconfigjson", "failed to create secret ")
}

fn no_mixture(flags: &Flags) -> Result<(), Failure> {
    let given = |flag: &str| !flags.list(flag).is_empty();
    if given("from-env-file") && (given("from-file") || given("from-literal")) {
        return Err(Failure::from("from-env-file cannot be combined with from-file or from-literal"));
    }
    Ok(())
}

/// The keys and values of a ConfigMap or Secret.
struct Data {
    name: String,
    plain: bool,
    found: Map,
}

impl Data {
    fn new(name: &str, plain: bool) -> Data {
        Data { name: name.to_owned(), plain, found: Map::new() }
    }

    /// Models validateNewConfigMap and addKeyFromLiteralToSecret.
    fn add(&mut self, key: &str, text: &str) -> Result<(), Failure> {
        let (wrong, name) = (check_config_key(key), &self.name);
        let there = self.found.contains_key(key);
        let why = match (wrong.is_empty(), self.plain) {
            (false, true) => format!("{key:?} is not a valid key name for a ConfigMap: {}", wrong.join(",")),
            (false, false) => format!("{key:?} is not valid key name for a Secret {}", wrong.join(";")),
            (true, true) if there => {
                format!(
                    "cannot add key {key:?}, another key by that name already exists in Data for ConfigMap {name:?}"
                )
            }
            (true, false) if there => format!("cannot add key {key}, another key by that name already exists"),
            _ => {
                let text = if self.plain { text.to_owned() } else { base64::encode(text.as_bytes()) };
                self.found.insert(key.to_owned(), Value::String(text));
                return Ok(());
            }
        };
        Err(Failure::Error(why))
    }

    fn literals(&mut self, sources: &[String]) -> Result<(), Failure> {
        for literal in sources {
            match literal.split_once('=') {
                Some((key, value)) if !key.is_empty() => self.add(key, value.trim_matches(['"', '\'']))?,
                _ => return Err(Failure::Error(format!("invalid literal source {literal}, expected key=value"))),
            }
        }
        Ok(())
    }

    fn files(&mut self, call: &Call<'_>, sources: &[String]) -> Result<(), Failure> {
        for source in sources {
            let (key, path) = file_source(source)?;
            if let Some(text) = manifest::file(&call.terminal.files, path) {
                self.add(key, text)?;
                continue;
            }
            let inside: Vec<(&str, &str)> = manifest::folder(&call.terminal.files, path);
            if inside.is_empty() {
                return Err(Failure::Error(format!("error reading {path}: no such file or directory")));
            }
            if source.contains('=') {
                return Err(Failure::from("cannot give a key name for a directory path"));
            }
            for (name, text) in inside {
                self.add(name, text)?;
            }
        }
        Ok(())
    }

    fn env_files(&mut self, call: &Call<'_>, paths: &[String]) -> Result<(), Failure> {
        for path in paths {
            let Some(text) = manifest::file(&call.terminal.files, path) else {
                let what = if self.plain { "config" } else { "secret" };
                return Err(Failure::Error(if manifest::folder(&call.terminal.files, path).is_empty() {
                    format!("error reading {path}: no such file or directory")
                } else {
                    format!("env {what} file cannot be a directory")
                }));
            };
            for line in text.trim_start_matches('\u{feff}').lines().map(str::trim_start) {
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                // A name alone stands for a variable of the reader's machine.
                let (key, value) = match line.split_once('=') {
                    Some((key, value)) => (key, value),
                    None => (line, call.terminal.variable(line)),
                };
                let wrong = check_env_name(key);
                if !wrong.is_empty() {
                    return Err(Failure::Error(format!("{key:?} is not a valid key name: {}", wrong.join(";"))));
                }
                self.add(key, value)?;
            }
        }
        Ok(())
    }

    /// The name, with a hash of what is in it behind where `--append-hash` asks for one.
    fn named(&self, flags: &Flags, hashed: &Value) -> String {
        if !flags.on("append-hash") {
            return self.name.clone();
        }
        let digest = Sha256::digest(yaml::print_json_compact(hashed));
        let hex = format!("{digest:x}");
        let safe = |c: char| match c {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            other => other,
        };
        format!("{}-{}", self.name, hex.chars().take(10).map(safe).collect::<String>())
    }

    fn finish(self, call: &mut Call<'_>, flags: &Flags, kind: &str, failed: &str) -> Result<Next, Failure> {
        let hashed = json!({"data": self.found, "kind": "Secret", "name": self.name, "type": kind});
        let mut value = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": self.named(flags, &hashed)}});
        if !self.found.is_empty() {
            put(&mut value, "data", Value::Object(self.found));
        }
        if !kind.is_empty() {
            put(&mut value, "type", kind);
        }
        finish(call, flags, ResourceId::SECRETS, value, |failure| {
            Failure::Error(format!("{failed}{}", failure.message()))
        })
    }
}

/// The key and path of `[KEY=]PATH`.
fn file_source(source: &str) -> Result<(&str, &str), Failure> {
    let why = match (source.split_once('='), source.matches('=').count()) {
        (None, _) => return Ok((source.trim_end_matches('/').rsplit('/').next().unwrap_or(source), source)),
        (Some(("", path)), 1) => format!("key name for file path {path} missing"),
        (Some((key, "")), 1) => format!("file path for key name {key} missing"),
        (Some(pair), 1) => return Ok(pair),
        _ => "key names or file paths cannot contain '='".to_owned(),
    };
    Err(Failure::Error(why))
}
