//! A range of addresses for cluster IPs.

use super::Family;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A service CIDR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cidr {
    family: Family,
    /// The network's address, as a number.
    network: u128,
    /// How many addresses it holds, the network's own and an IPv4 broadcast address included.
    size: u128,
    prefix: u8,
}

impl Cidr {
    /// Reads `10.96.0.0/12`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, prefix) = text.split_once('/')?;
        let (address, prefix) = (address.parse::<IpAddr>().ok()?, prefix.parse::<u8>().ok()?);
        let bits = if address.is_ipv4() { 32 } else { 128 };
        // A range that does not leave room in a u128 is no service CIDR anyway.
        let size = 1_u128.checked_shl(u32::from(bits - prefix.min(bits))).filter(|_| prefix <= bits && prefix > 0)?;
        Some(Cidr { family: Family::of(address), network: number(address) / size * size, size, prefix })
    }

    /// The family of its addresses.
    pub fn family(&self) -> Family {
        self.family
    }

    /// The network's own address, which dry runs show.
    pub fn network(&self) -> IpAddr {
        self.address(0)
    }

    /// How many addresses can be handed out: neither the network's nor an IPv4 broadcast address.
    pub fn usable(&self) -> u128 {
        self.size.saturating_sub(if self.family == Family::IPv4 { 2 } else { 1 })
    }

    /// The address that stands `place` after the network's.
    pub fn address(&self, place: u128) -> IpAddr {
        let number = self.network + place;
        match self.family {
            Family::IPv4 => IpAddr::V4(Ipv4Addr::from(number as u32)),
            Family::IPv6 => IpAddr::V6(Ipv6Addr::from(number)),
        }
    }

    /// Whether `address` can be handed out.
    pub fn holds(&self, address: IpAddr) -> bool {
        let number = number(address);
        Family::of(address) == self.family && number > self.network && number - self.network <= self.usable()
    }

    /// How many addresses at the start are left to those who ask for a certain one.
    ///
    /// Models pkg/registry/core/service/ipallocator calculateRangeOffset (KEP-3070).
    pub fn static_band(&self) -> u128 {
        let size = self.usable();
        if size <= 16 { 0 } else { (size / 16).clamp(16, 256) }
    }
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.network(), self.prefix)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_the_network_nor_the_broadcast_address_can_be_handed_out() {
        let cidr = Cidr::parse("10.96.0.0/12").unwrap();
        assert_eq!(cidr.to_string(), "10.96.0.0/12");
        let holds = |text: &str| cidr.holds(text.parse().unwrap());
        assert!(holds("10.96.0.1") && holds("10.111.255.254"));
        assert!(!holds("10.96.0.0") && !holds("10.111.255.255") && !holds("10.112.0.1") && !holds("2000::1"));
    }

    #[test]
    fn the_static_band_has_16_to_256_addresses() {
        let band = |text: &str| Cidr::parse(text).unwrap().static_band();
        assert_eq!(
            (band("10.96.0.0/12"), band("10.0.0.0/24"), band("10.0.0.0/28"), band("fd00::/108")),
            (256, 16, 0, 256)
        );
    }

    #[test]
    fn what_is_no_range_is_none() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/x", "/8", "::/0"] {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
    }
}
