//! DNS as the cluster runs it: records that follow the API server after a short while.

use super::Settings;
use super::boot::api_server;
use crate::api::{Fields, ResourceId};
use crate::clock::{Epoch, Time};
use crate::dns::{Answer, Outside, Question, Records, Settings as DnsServerSettings, answer};
use crate::order::SortedMap;
use crate::store::Change;

/// What the CoreDNS pods know; all of them know the same.
#[derive(Default)]
pub(super) struct Names {
    records: Records,
    settings: DnsServerSettings,
    /// When the latest change of each kind that it was told of arrives.
    arrivals: SortedMap<ResourceId, Time>,
}

impl Names {
    /// DNS for a cluster of these settings. The bare one forwards nothing.
    pub fn new(settings: &Settings) -> Names {
        let mut server = DnsServerSettings::default();
        if settings.bare {
            // It runs beside the API server, outside the cluster.
            server.own_addresses = vec![api_server(settings).address];
        } else {
            server.outside = Outside::Unknown;
        }
        Names { settings: server, ..Names::default() }
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
        let slice = change.new.as_deref();
        if slice.and_then(|slice| slice.label("kubernetes.io/service-name")) == Some("kube-dns")
            && change.key.resource == ResourceId::ENDPOINT_SLICES
            && change.key.namespace == "kube-system"
        {
            let addresses = slice.into_iter().flat_map(|slice| slice.items("endpoints"));
            let addresses = addresses.filter_map(|endpoint| endpoint.items("addresses").first()?.as_str());
            self.settings.own_addresses = addresses.map(str::to_owned).collect();
        }
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
