//! DNS as the cluster runs it: records that follow the API server after a short while.

use super::Settings;
use crate::api::ResourceId;
use crate::clock::{Epoch, Time};
use crate::dns::{Answer, Question, Records, Settings as DnsServerSettings, answer};
use crate::store::Change;
use std::collections::BTreeMap;

/// What the CoreDNS pods know; all of them know the same.
#[derive(Default)]
pub(super) struct Names {
    records: Records,
    settings: DnsServerSettings,
    /// When the latest change of each kind that it was told of arrives.
    arrivals: BTreeMap<ResourceId, Time>,
}

impl Names {
    /// DNS for a cluster of these settings. The bare one forwards nothing.
    pub fn new(settings: &Settings) -> Names {
        let outside = if settings.bare { crate::dns::Outside::NotForwarded } else { crate::dns::Outside::Unknown };
        Names { settings: DnsServerSettings { outside, ..DnsServerSettings::default() }, ..Names::default() }
    }

    /// Whether DNS looks at objects of this kind.
    pub fn watches(resource: ResourceId) -> bool {
        matches!(
            resource,
            ResourceId::SERVICES | ResourceId::ENDPOINT_SLICES | ResourceId::NAMESPACES | ResourceId::PODS
        )
    }

    /// When a change of an object of this kind arrives that would take until `at`: a watch hands changes over in their
    /// order, so none overtakes an earlier one.
    pub fn arrival(&mut self, resource: ResourceId, at: Time) -> Time {
        let latest = self.arrivals.entry(resource).or_default();
        *latest = at.max(*latest);
        *latest
    }

    /// Takes a change in.
    pub fn observe(&mut self, change: &Change, epoch: Epoch) {
        self.records.observe(change, epoch);
    }

    /// The answer to a question.
    pub fn answer(&self, question: &Question) -> Answer {
        answer(&self.records, &self.settings, question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_a_kind_arrive_in_their_order() {
        let mut names = Names::default();
        let arrivals =
            [(ResourceId::ENDPOINT_SLICES, 40), (ResourceId::ENDPOINT_SLICES, 10), (ResourceId::SERVICES, 20)]
                .map(|(resource, at)| names.arrival(resource, Time(at)).0);
        assert_eq!(arrivals, [40, 40, 20]);
    }
}
