//! What curl is told on its command line.

use super::answers::Url;
use super::world::Ended;
use std::time::Duration;

/// What `--version` says: what is of use here.
const VERSION: &str = "curl 8.14.1 (x86_64-pc-linux-gnu) libcurl/8.14.1 OpenSSL/3.5.1 zlib/1.3.1\nRelease-Date: 2025-06-04\nProtocols: \
                       http https telnet\nFeatures: HTTPS-proxy IPv6 Largefile libz SSL threadsafe UnixSockets\n";

/// What curl was told.
#[derive(Default)]
pub struct Told<'a> {
    /// The URLs, in order.
    pub urls: Vec<&'a str>,
    silent: bool,
    show_error: bool,
    /// `-v`
    pub verbose: bool,
    /// `-I`
    pub head: bool,
    /// `-i`
    pub include: bool,
    /// `-f`
    pub fail: bool,
    /// `--fail-early`
    pub fail_early: bool,
    /// `-k`
    pub insecure: bool,
    /// `-o`
    pub output: Option<&'a str>,
    /// Whether `--cacert` names the cluster's own certificate.
    pub trusts_cluster: bool,
    /// `-D`
    pub headers_to: Option<&'a str>,
    /// `-w`
    pub write_out: Option<&'a str>,
    /// `-m`
    pub max_time: Option<Duration>,
    /// `--connect-timeout`
    pub connect_time: Option<Duration>,
    version: bool,
    method: Option<&'a str>,
    data: Option<&'a str>,
    headers: Vec<&'a str>,
    agent: Option<&'a str>,
    /// `--resolve`: host and port to address.
    pub resolve: Vec<(String, String)>,
}

/// The long names of options, with the short ones: those that take a value, then those that do not.
const WITH_VALUE: [(&str, char); 35] = [
    ("dump-header", 'D'),
    ("output", 'o'),
    ("write-out", 'w'),
    ("max-time", 'm'),
    ("request", 'X'),
    ("header", 'H'),
    ("data", 'd'),
    ("data-raw", 'd'),
    ("json", 'd'),
    ("user", 'u'),
    ("user-agent", 'A'),
    ("connect-timeout", '1'),
    ("resolve", '2'),
    ("url", '3'),
    ("retry", '4'),
    ("retry-delay", '4'),
    ("cacert", 'C'),
    ("cert", '4'),
    ("key", '4'),
    ("interface", '4'),
    ("local-port", '4'),
    ("retry-max-time", '4'),
    ("max-redirs", '4'),
    ("limit-rate", '4'),
    ("keepalive-time", '4'),
    ("noproxy", '4'),
    ("dns-servers", '4'),
    ("stderr", '4'),
    ("data-binary", 'd'),
    ("data-urlencode", 'd'),
    ("form", 'F'),
    ("cookie", 'b'),
    ("cookie-jar", 'c'),
    ("referer", 'e'),
    ("range", 'r'),
];
const WITHOUT: [(&str, char); 28] = [
    ("silent", 's'),
    ("show-error", 'S'),
    ("verbose", 'v'),
    ("head", 'I'),
    ("include", 'i'),
    ("fail", 'f'),
    ("fail-with-body", 'f'),
    ("fail-early", '5'),
    ("insecure", 'k'),
    ("location", 'L'),
    ("globoff", 'g'),
    ("ipv4", '6'),
    ("no-buffer", 'N'),
    ("http1.1", '6'),
    ("http1.0", '6'),
    ("no-keepalive", '6'),
    ("no-progress-meter", '6'),
    ("retry-connrefused", '6'),
    ("compressed", '6'),
    ("get", 'G'),
    ("progress-bar", '#'),
    ("version", 'V'),
    ("ipv6", '6'),
    ("http2", '6'),
    ("tcp-nodelay", '6'),
    ("retry-all-errors", '6'),
    ("create-dirs", '6'),
    ("path-as-is", '6'),
];

fn unknown(option: &str) -> Ended {
    let text =
        format!("curl: option {option}: is unknown\ncurl: try 'curl --help' or 'curl --manual' for more information");
    Ended::fail(2, text)
}

impl<'a> Told<'a> {
    /// Reads the command line; what curl says where it cannot.
    pub fn parse(args: &[&'a str]) -> Result<Told<'a>, Ended> {
        let mut told = Told::default();
        let mut words = args.iter().copied();
        while let Some(arg) = words.next() {
            if let Some(name) = arg.strip_prefix("--").filter(|name| !name.is_empty()) {
                let find = |table: &[(&str, char)]| table.iter().find(|(one, _)| *one == name).map(|(_, flag)| *flag);
                if let Some(flag) = find(&WITH_VALUE) {
                    let value = words.next().ok_or_else(|| needs_value(arg))?;
                    told.value(flag, value, arg)?;
                } else if let Some(flag) = find(&WITHOUT) {
                    told.switch(flag);
                } else {
                    return Err(unknown(arg));
                }
                continue;
            }
            let Some(flags) = arg.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
                told.urls.push(arg);
                continue;
            };
            for (at, flag) in flags.char_indices() {
                let rest = flags.get(at + flag.len_utf8()..).unwrap_or("");
                if "owmXHduAFbcerED".contains(flag) {
                    let option = format!("-{flag}");
                    let value = if rest.is_empty() { words.next().ok_or_else(|| needs_value(&option))? } else { rest };
                    told.value(flag, value, &option)?;
                    break;
                }
                if !"sSvIifkLg46N#G0V".contains(flag) {
                    return Err(unknown(&format!("-{flag}")));
                }
                told.switch(flag);
            }
        }
        if told.version {
            return Err(Ended::ok(VERSION));
        }
        if told.urls.is_empty() {
            return Err(Ended::fail(
                2,
                "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information",
            ));
        }
        Ok(told)
    }

    fn switch(&mut self, flag: char) {
        match flag {
            's' => self.silent = true,
            'S' => self.show_error = true,
            'v' => self.verbose = true,
            'I' => self.head = true,
            'i' => self.include = true,
            'f' => self.fail = true,
            'k' => self.insecure = true,
            '5' => self.fail_early = true,
            'V' => self.version = true,
            _ => {}
        }
    }

    fn value(&mut self, flag: char, value: &'a str, option: &str) -> Result<(), Ended> {
        let time = || {
            let time = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            time.ok_or_else(|| {
                let text = format!(
                    "curl: option {option}: expected a proper numerical parameter\ncurl: try 'curl --help' or 'curl --manual' \
                     for more information"
                );
                Ended::fail(2, text)
            })
        };
        match flag {
            'o' => self.output = Some(value),
            'C' => self.trusts_cluster = value.ends_with("/serviceaccount/ca.crt"),
            'D' => self.headers_to = Some(value),
            'w' => self.write_out = Some(value),
            'm' => self.max_time = Some(time()?).filter(|time| !time.is_zero()),
            '1' => self.connect_time = Some(time()?).filter(|time| !time.is_zero()),
            'X' => self.method = Some(value),
            'd' => self.data = Some(value),
            'H' => self.headers.push(value),
            'A' => self.agent = Some(value),
            '2' => {
                if let Some((host, address)) = value.rsplit_once(':') {
                    self.resolve.push((host.trim_start_matches('+').to_owned(), address.to_owned()));
                }
            }
            '3' => self.urls.push(value),
            _ => {}
        }
        Ok(())
    }

    /// Whether a failure is told.
    pub fn tells_errors(&self) -> bool {
        !self.silent || self.show_error
    }

    /// The method.
    pub fn method(&self) -> &'a str {
        self.method.unwrap_or(match self.data {
            _ if self.head => "HEAD",
            Some(_) => "POST",
            None => "GET",
        })
    }

    /// The headers that are sent, in order.
    pub fn headers(&self, url: &Url, agent: &str) -> Vec<(String, String)> {
        let mut headers = vec![
            ("Host".to_owned(), url.place()),
            ("User-Agent".to_owned(), self.agent.unwrap_or(agent).to_owned()),
            ("Accept".to_owned(), "*/*".to_owned()),
        ];
        for (name, value) in self.headers.iter().filter_map(|header| header.split_once(':')) {
            let value = value.trim().to_owned();
            match headers.iter_mut().find(|(one, _)| one.eq_ignore_ascii_case(name)) {
                Some((_, held)) => *held = value,
                None => headers.push((name.to_owned(), value)),
            }
        }
        if let Some(data) = self.data {
            headers.push(("Content-Length".to_owned(), data.len().to_string()));
            headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        }
        headers
    }
}

fn needs_value(option: &str) -> Ended {
    let text = format!(
        "curl: option {option}: requires parameter\ncurl: try 'curl --help' or 'curl --manual' for more information"
    );
    Ended::fail(2, text)
}

/// A `-w` format filled in; a variable that curl does not know stays away.
pub fn written_out(format: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or("");
        rest = after;
        match c {
            '%' => {
                if let Some((name, left)) = after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                    out += &variable(name).unwrap_or_default();
                    rest = left;
                } else {
                    out.push('%');
                    rest = after.strip_prefix('%').unwrap_or(after);
                }
            }
            '\\' => {
                let next = after.chars().next();
                match next {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('r') => out.push('\r'),
                    Some(other) => out.extend(['\\', other]),
                    None => out.push('\\'),
                }
                rest = next.and_then(|next| after.get(next.len_utf8()..)).unwrap_or("");
            }
            c => out.push(c),
        }
    }
    out
}
