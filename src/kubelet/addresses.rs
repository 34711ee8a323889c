//! The addresses that a node gives to its pods.

use crate::order::SortedSet;
use std::net::Ipv4Addr;

/// The pod range of a node. The first address is the gateway; the next free one is given out, round and round, so that
/// an address comes back as late as possible. Models the host-local address plugin.
#[derive(Clone, Debug)]
pub struct Range {
    network: u32,
    /// The last usable offset.
    last: u32,
    /// The offset that was given out last.
    given: u32,
    used: SortedSet<u32>,
}

impl Range {
    /// The range that a CIDR such as `10.244.0.0/24` means; `None` for anything else.
    pub fn parse(cidr: &str) -> Option<Range> {
        let (network, bits) = cidr.split_once('/')?;
        let network: Ipv4Addr = network.parse().ok()?;
        let bits: u32 = bits.parse().ok().filter(|bits| (8..=30).contains(bits))?;
        let size = 1_u32.checked_shl(32 - bits)?;
        Some(Range { network: u32::from(network) & !(size - 1), last: size - 2, given: 1, used: SortedSet::new() })
    }

    /// Gives the next free address out; `None` once all are in use.
    pub fn take(&mut self) -> Option<Ipv4Addr> {
        let free = (self.given + 1..=self.last).chain(2..=self.given).find(|offset| !self.used.contains(offset))?;
        self.given = free;
        self.used.insert(free);
        Some(Ipv4Addr::from(self.network + free))
    }

    /// Takes an address back.
    pub fn give_back(&mut self, address: Ipv4Addr) {
        self.used.remove(&u32::from(address).wrapping_sub(self.network));
    }

    /// The gateway's address: the first of the range.
    pub fn gateway(&self) -> Ipv4Addr {
        Ipv4Addr::from(self.network + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back_late() {
        let mut range = Range::parse("10.244.1.0/29").unwrap();
        let mut take = || range.take().map(|address| address.octets()[3]);
        assert_eq!(
            [take(), take(), take(), take(), take(), take()],
            [Some(2), Some(3), Some(4), Some(5), Some(6), None]
        );
        range.give_back(Ipv4Addr::new(10, 244, 1, 3));
        range.give_back(Ipv4Addr::new(10, 244, 1, 2));
        assert_eq!(range.take(), Some(Ipv4Addr::new(10, 244, 1, 2)));
        range.give_back(Ipv4Addr::new(10, 244, 1, 2));
        assert_eq!(range.take(), Some(Ipv4Addr::new(10, 244, 1, 3)));
        assert_eq!(range.gateway(), Ipv4Addr::new(10, 244, 1, 1));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["", "10.244.0.0", "10.244.0.0/99", "fd00::/64", "10.244.0.0/x"] {
            assert!(Range::parse(text).is_none(), "{text}");
        }
    }
}
