//! Addresses and ranges, read as kube-proxy reads them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of `address`.
    pub fn of(address: IpAddr) -> Family {
        if address.is_ipv4() { Family::V4 } else { Family::V6 }
    }

    /// `IPv4`, `IPv6`: as `addressType` and `ipFamilies` name it.
    pub fn name(self) -> &'static str {
        match self {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        }
    }

    /// The length of a prefix that names one address.
    pub fn bits(self) -> u8 {
        match self {
            Family::V4 => 32,
            Family::V6 => 128,
        }
    }

    /// Every address.
    pub fn everything(self) -> Cidr {
        let network = match self {
            Family::V4 => IpAddr::from([0; 4]),
            Family::V6 => IpAddr::from([0_u16; 8]),
        };
        Cidr { network, prefix: 0 }
    }

    /// The loopback range: `127.0.0.0/8`, `::1/128`.
    pub fn loopback(self) -> Cidr {
        match self {
            Family::V4 => Cidr { network: IpAddr::from([127, 0, 0, 0]), prefix: 8 },
            Family::V6 => Cidr { network: IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1_u16]), prefix: 128 },
        }
    }
}

/// The address that `text` names. Leading zeros are decimal zeros, as for old objects in Kubernetes.
///
/// Models k8s.io/utils/net ParseIPSloppy.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse().ok();
    }
    let mut octets = [0_u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = part.trim_start_matches('0');
        *octet = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    }
    parts.next().is_none().then(|| IpAddr::V4(Ipv4Addr::from(octets)))
}

/// A range of addresses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    network: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// The range of one address.
    pub fn of(address: IpAddr) -> Cidr {
        Cidr { network: address, prefix: Family::of(address).bits() }
    }

    /// The range that `text` names, blanks around it ignored; the bits behind the prefix are cut off.
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, prefix) = text.trim().split_once('/')?;
        let address = parse_address(address)?;
        let prefix: u8 = prefix.parse().ok()?;
        let bits = Family::of(address).bits();
        if prefix > bits {
            return None;
        }
        let network = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(u32::from(32 - prefix)).unwrap_or(0);
                IpAddr::V4((u32::from(address) & mask).into())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(u32::from(128 - prefix)).unwrap_or(0);
                IpAddr::V6((u128::from(address) & mask).into())
            }
        };
        Some(Cidr { network, prefix })
    }

    /// Its lowest address.
    pub fn network(&self) -> IpAddr {
        self.network
    }

    /// The length of its prefix.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// Its family.
    pub fn family(&self) -> Family {
        Family::of(self.network)
    }

    /// Whether it holds every address of its family.
    pub fn is_everything(&self) -> bool {
        self.prefix == 0
    }

    /// Whether it is one address only.
    pub fn is_single(&self) -> bool {
        self.prefix == self.family().bits()
    }

    /// The address `number` places behind the lowest one: 1 is the pod network's gateway.
    pub fn nth(&self, number: u32) -> IpAddr {
        match self.network {
            IpAddr::V4(address) => IpAddr::V4(u32::from(address).wrapping_add(number).into()),
            IpAddr::V6(address) => IpAddr::V6(u128::from(address).wrapping_add(u128::from(number)).into()),
        }
    }

    /// Whether `address` lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => (u32::from(network) ^ u32::from(address))
                .checked_shr(u32::from(32 - self.prefix))
                .is_none_or(|difference| difference == 0),
            (IpAddr::V6(network), IpAddr::V6(address)) => (u128::from(network) ^ u128::from(address))
                .checked_shr(u32::from(128 - self.prefix))
                .is_none_or(|difference| difference == 0),
            _ => false,
        }
    }

    /// Its lowest and its highest address, as numbers.
    pub fn bounds(&self) -> (u128, u128) {
        let (first, bits) = match self.network {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let rest = u32::from(bits - self.prefix);
        (first, first | 1_u128.checked_shl(rest).map_or(u128::MAX, |size| size - 1))
    }

    /// What lies between two addresses, as text: a range where it is one, else `A-B`.
    pub fn span_text(family: Family, first: u128, last: u128) -> String {
        let address = |number: u128| match family {
            Family::V4 => IpAddr::V4((number as u32).into()),
            Family::V6 => IpAddr::V6(number.into()),
        };
        let count = (last - first).wrapping_add(1);
        let fits = |prefix: &u8| {
            let size = 1_u128.checked_shl(u32::from(family.bits() - prefix)).unwrap_or(0);
            size == count && first & size.wrapping_sub(1) == 0
        };
        match (0..=family.bits()).find(fits) {
            Some(prefix) => Cidr { network: address(first), prefix }.short(),
            None => format!("{}-{}", address(first), address(last)),
        }
    }

    /// `10.0.0.0/8`, a single address without its prefix.
    pub fn short(&self) -> String {
        if self.is_single() { self.network.to_string() } else { self.to_string() }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

impl fmt::Debug for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_spellings_are_read() {
        let read = |text| parse_address(text).map(|address| address.to_string());
        assert_eq!(read("172.30.0.041").as_deref(), Some("172.30.0.41"));
        assert_eq!(read("1.2.3.004").as_deref(), Some("1.2.3.4"));
        assert_eq!(read("fd00:10::2").as_deref(), Some("fd00:10::2"));
        for text in ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "a.b.c.d", "1.2.3.-4"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(Cidr::parse(" 203.0.113.000/025").unwrap().to_string(), "203.0.113.0/25");
    }

    #[test]
    fn spans_are_ranges_where_they_can_be() {
        let span = |first: &str, last: &str| {
            let number = |text| Cidr::of(parse_address(text).unwrap()).bounds().0;
            Cidr::span_text(Family::V4, number(first), number(last))
        };
        assert_eq!(span("10.244.0.0", "10.244.1.255"), "10.244.0.0/23");
        assert_eq!(span("10.244.1.0", "10.244.1.255"), "10.244.1.0/24");
        assert_eq!(span("10.0.0.1", "10.0.0.2"), "10.0.0.1-10.0.0.2");
        assert_eq!(span("10.0.0.1", "10.0.0.1"), "10.0.0.1");
        assert_eq!(span("0.0.0.0", "255.255.255.255"), "0.0.0.0/0");
        assert_eq!(Cidr::span_text(Family::V6, 0, u128::MAX), "::/0");
    }

    #[test]
    fn ranges_hold_their_addresses() {
        let holds = |range: &str, address: &str| Cidr::parse(range).unwrap().contains(parse_address(address).unwrap());
        assert!(holds("10.244.1.7/16", "10.244.255.1"));
        assert!(!holds("10.244.0.0/16", "10.245.0.0"));
        assert!(holds("0.0.0.0/0", "1.2.3.4") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("1.2.3.4/32", "1.2.3.4") && !holds("1.2.3.4/32", "1.2.3.5"));
        assert!(holds("2001:db8::/64", "2001:db8::1") && !holds("2001:db8::/64", "2001:db8:1::1"));
        assert_eq!(Cidr::parse("1.2.3.4/33"), None);
    }
}
