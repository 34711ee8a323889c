//! Node ports and ports for health checks: asked for or drawn from the same range.

use super::{Allocation, internal};

impl Allocation<'_> {
    /// Takes a port that is asked for, or says why not.
    ///
    /// Models pkg/registry/core/service/portallocator Allocate.
    pub(super) fn take_port(&mut self, asked: i64) -> Result<u16, String> {
        let (first, last) = self.allocated.node_ports;
        let port = u16::try_from(asked).ok().filter(|port| (first..=last).contains(port));
        let Some(port) = port else {
            return Err(format!("provided port is not in the valid range. The range of valid ports is {first}-{last}"));
        };
        if self.is_taken(port) {
            return Err("provided port is already allocated".to_owned());
        }
        self.given_ports.insert(port);
        Ok(port)
    }

    /// A free port: from the upper band, from the lower one where that is full. Dry runs show one past the range.
    ///
    /// Models pkg/registry/core/service/portallocator AllocateNext (KEP-3668).
    pub(super) fn draw_port(&mut self) -> Option<u16> {
        let (first, last) = self.allocated.node_ports;
        if self.dry_run {
            let shown = self.given_ports.iter().next_back().map_or(32768, |&port| port).saturating_add(1);
            self.given_ports.insert(shown);
            return Some(shown);
        }
        let size = last.saturating_sub(first).saturating_add(1);
        // Bands of at most 16 ports are not cut; otherwise 16 to 128 ports at the start are for those who ask.
        let band = if size <= 16 { 0 } else { (size / 32).clamp(16, 128) };
        for (from, size) in [(first.saturating_add(band), size - band), (first, band)] {
            let start = self.random.below(u32::from(size)) as u16;
            let free = (0..size)
                .map(|step| from + ((u32::from(start) + u32::from(step)) % u32::from(size)) as u16)
                .find(|&port| !self.is_taken(port));
            if let Some(port) = free {
                self.given_ports.insert(port);
                return Some(port);
            }
        }
        None
    }

    /// The same, or 500 in the server's words.
    pub(super) fn draw_node_port(&mut self) -> Result<u16, crate::api::Status> {
        self.draw_port().ok_or_else(|| internal("failed to allocate a nodePort: range is full"))
    }

    fn is_taken(&self, port: u16) -> bool {
        self.allocated.ports.contains(&port) || self.given_ports.contains(&port)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Allocated, Allocation};
    use crate::clock::Random;

    #[test]
    fn automatic_ports_come_from_the_upper_band_until_that_is_full() {
        let allocated = Allocated { node_ports: (30000, 30049), ..Allocated::default() };
        let mut random = Random::new(3);
        let mut way = Allocation::new(&allocated, &mut random, false);
        let drawn: Vec<u16> = std::iter::from_fn(|| way.draw_port()).collect();
        assert_eq!(drawn.len(), 50);
        assert!(drawn[..34].iter().all(|port| *port >= 30016), "{drawn:?}");
        assert!(drawn[34..].iter().all(|port| *port < 30016), "{drawn:?}");
    }
}
