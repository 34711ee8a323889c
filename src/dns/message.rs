//! Questions, answers and records, and how dig prints them.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The type of a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the types are named as in the protocol")]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Soa,
    Srv,
    Txt,
    /// Any other, by its name.
    Other(String),
}

impl RecordType {
    /// The type of this name, in any case.
    pub fn of(name: &str) -> RecordType {
        match name.to_ascii_uppercase().as_str() {
            "A" => RecordType::A,
            "AAAA" => RecordType::Aaaa,
            "CNAME" => RecordType::Cname,
            "MX" => RecordType::Mx,
            "NS" => RecordType::Ns,
            "PTR" => RecordType::Ptr,
            "SOA" => RecordType::Soa,
            "SRV" => RecordType::Srv,
            "TXT" => RecordType::Txt,
            other => RecordType::Other(other.to_owned()),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            RecordType::A => "A",
            RecordType::Aaaa => "AAAA",
            RecordType::Cname => "CNAME",
            RecordType::Mx => "MX",
            RecordType::Ns => "NS",
            RecordType::Ptr => "PTR",
            RecordType::Soa => "SOA",
            RecordType::Srv => "SRV",
            RecordType::Txt => "TXT",
            RecordType::Other(name) => name,
        }
    }
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The name, with the dot at its end, in the asker's case.
    pub name: String,
    /// What kind of record is asked for.
    pub kind: RecordType,
}

impl Question {
    /// A question; a missing dot at the end of the name is added.
    pub fn new(name: &str, kind: RecordType) -> Question {
        let dot = if name.ends_with('.') { "" } else { "." };
        Question { name: format!("{name}{dot}"), kind }
    }
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Data {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// The name that this one is an alias of.
    Cname(String),
    /// A name server.
    Ns(String),
    /// The name of an address.
    Ptr(String),
    /// The start of a zone: its serial and the seconds for which a "no" may be kept.
    Soa {
        /// The zone, as it was asked for.
        zone: String,
        /// Seconds since 1970 of the last change.
        serial: i64,
        /// Seconds for which a "no" may be kept.
        minimum: u32,
    },
    /// Where a port is served.
    Srv {
        /// Of 100, shared by all records.
        weight: u16,
        /// The port.
        port: u16,
        /// The name of the host.
        target: String,
    },
    /// Text.
    Txt(String),
}

impl Data {
    /// The type of record that says it.
    pub fn kind(&self) -> RecordType {
        match self {
            Data::A(_) => RecordType::A,
            Data::Aaaa(_) => RecordType::Aaaa,
            Data::Cname(_) => RecordType::Cname,
            Data::Ns(_) => RecordType::Ns,
            Data::Ptr(_) => RecordType::Ptr,
            Data::Soa { .. } => RecordType::Soa,
            Data::Srv { .. } => RecordType::Srv,
            Data::Txt(_) => RecordType::Txt,
        }
    }
}

impl fmt::Display for Data {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Data::A(address) => address.fmt(out),
            Data::Aaaa(address) => address.fmt(out),
            Data::Cname(name) | Data::Ns(name) | Data::Ptr(name) => out.write_str(name),
            Data::Soa { zone, serial, minimum } => {
                write!(out, "ns.dns.{zone} hostmaster.{zone} {serial} 7200 1800 86400 {minimum}")
            }
            Data::Srv { weight, port, target } => write!(out, "0 {weight} {port} {target}"),
            Data::Txt(text) => write!(out, "\"{text}\""),
        }
    }
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// Whose it is, with the dot at its end.
    pub name: String,
    /// Seconds for which it may be kept.
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

impl fmt::Display for Record {
    /// `web.default.svc.cluster.local. 30 IN A 10.96.0.50`
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} IN {} {}", self.name, self.ttl, self.data.kind().name(), self.data)
    }
}

/// How a question went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rcode {
    /// The name exists, with or without records of the type.
    NoError,
    /// The name does not exist.
    NxDomain,
    /// The server could not tell.
    ServFail,
    /// The server does not answer for the name.
    Refused,
}

impl Rcode {
    /// `NOERROR`, `NXDOMAIN`, ...
    pub fn name(self) -> &'static str {
        match self {
            Rcode::NoError => "NOERROR",
            Rcode::NxDomain => "NXDOMAIN",
            Rcode::ServFail => "SERVFAIL",
            Rcode::Refused => "REFUSED",
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How the question went.
    pub rcode: Rcode,
    /// What was asked for; an alias stands before what it leads to.
    pub answers: Vec<Record>,
    /// The zone's start, where there is nothing to answer.
    pub authority: Vec<Record>,
    /// Addresses of names in the answers.
    pub additional: Vec<Record>,
}

impl Answer {
    /// An answer without records.
    pub fn empty(rcode: Rcode) -> Answer {
        Answer { rcode, answers: Vec::new(), authority: Vec::new(), additional: Vec::new() }
    }
}
