//! A session as a short text that fits into a link: the files and the seed.

use super::{File, ProxyMode, Session};
use crate::api::{Fields, Value, json};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// A link may not make the page hold more than this.
const MOST: usize = 1024 * 1024;

/// What a link holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Where all chance comes from.
    pub seed: u64,
    /// The manifests.
    pub files: Vec<File>,
    /// How the kube-proxies work, by node.
    pub modes: Vec<ProxyMode>,
}

impl Shared {
    /// The text for a link; `a-z A-Z 0-9 - _` only.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(compress_to_vec(self.plain().as_bytes(), 9))
    }

    /// The text for the browser's own storage.
    pub fn plain(&self) -> String {
        let files: Vec<Value> = self.files.iter().map(|file| json!([file.name, file.text])).collect();
        // As text: JSON's numbers do not reach that far.
        let seed = self.seed.to_string();
        // Most readers leave the modes alone, and links are to be short.
        if self.modes.iter().all(|mode| *mode == ProxyMode::Iptables) {
            return json!({"seed": seed, "files": files}).to_string();
        }
        let modes: Vec<String> = self.modes.iter().map(|mode| mode.name()).collect();
        json!({"seed": seed, "files": files, "modes": modes}).to_string()
    }

    /// What the text of a link says, or why it cannot be read.
    pub fn decode(text: &str) -> Result<Shared, &'static str> {
        let packed =
            URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| "it holds characters that no link has, or is cut")?;
        let bytes = decompress_to_vec_with_limit(&packed, MOST).map_err(|_| "it is damaged, cut, or too large")?;
        Shared::of_plain(&bytes)
    }

    /// What [`Shared::plain`] wrote, or why it cannot be read.
    pub fn of_plain(text: &[u8]) -> Result<Shared, &'static str> {
        let value = std::str::from_utf8(text).ok().and_then(|text| crate::yaml::read_json(text).ok());
        let value = value.ok_or("it holds something else than a playground")?;
        let pair = |file: &Value| {
            let (name, text) = (file[0].as_str()?, file[1].as_str()?);
            Some(File { name: name.to_owned(), text: text.to_owned() })
        };
        let files: Vec<File> = value.items("files").iter().filter_map(pair).collect();
        let modes = value.items("modes").iter().map(|name| name.as_str().and_then(ProxyMode::named));
        let modes = modes.map(|mode| mode.unwrap_or(ProxyMode::Iptables)).collect();
        // Older links hold a number.
        let seed = value.at("seed").and_then(|seed| seed.as_u64().or_else(|| seed.as_str()?.parse().ok()));
        match seed {
            Some(seed) if !files.is_empty() => Ok(Shared { seed, files, modes }),
            _ => Err("it holds something else than a playground"),
        }
    }
}

impl Session {
    /// The session as the fragment of a link: `s=...`.
    pub fn share(&self) -> String {
        format!("s={}", self.shared().encode())
    }

    /// The session as it can be kept.
    pub fn shared(&self) -> Shared {
        Shared { seed: self.seed, files: self.files.all().to_vec(), modes: self.proxy_modes().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Scheduler;

    #[test]
    fn a_link_brings_back_what_went_in() {
        let files = vec![
            File { name: "a.yaml".to_owned(), text: "kind: Service\n# ünï ☃\n".repeat(50) },
            File { name: "b.yaml".to_owned(), text: String::new() },
        ];
        let modes = vec![ProxyMode::Iptables, ProxyMode::Ipvs(Scheduler::Sh)];
        let shared = Shared { seed: u64::MAX, files, modes };
        let text = shared.encode();
        assert!(
            text.len() < 200 && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter)),
            "{text}"
        );
        assert_eq!(Shared::decode(&text), Ok(shared));
    }

    #[test]
    fn garbage_is_refused_in_words() {
        let bomb = URL_SAFE_NO_PAD.encode(compress_to_vec(&vec![b' '; 50 * 1024 * 1024], 1));
        let other = URL_SAFE_NO_PAD.encode(compress_to_vec(b"[1,2]", 9));
        let none = URL_SAFE_NO_PAD.encode(compress_to_vec(br#"{"seed":1,"files":[[1,2],"x"]}"#, 9));
        for text in ["", "%%%", "AAAA", "e30", &bomb, &other, &none, "ß"] {
            assert!(Shared::decode(text).is_err(), "{}", text.len());
        }
    }
}
