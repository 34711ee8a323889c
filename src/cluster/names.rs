//! DNS as the cluster runs it: records that follow the API server after a short while.

use super::Settings;
use crate::api::ResourceId;
use crate::clock::Epoch;
use crate::dns::{Answer, Question, Records, Settings as DnsServerSettings, answer};
use crate::store::Change;

/// What the CoreDNS pods know; all of them know the same.
#[derive(Default)]
pub(super) struct Names {
    records: Records,
    settings: DnsServerSettings,
}

impl Names {
    /// DNS for a cluster of these settings. The bare one forwards nothing.
    pub fn new(settings: &Settings) -> Names {
        let outside = if settings.bare { crate::dns::Outside::NotForwarded } else { crate::dns::Outside::Unknown };
        Names { records: Records::default(), settings: DnsServerSettings { outside, ..DnsServerSettings::default() } }
    }

    /// Whether DNS looks at objects of this kind.
    pub fn watches(resource: ResourceId) -> bool {
        matches!(
            resource,
            ResourceId::SERVICES | ResourceId::ENDPOINT_SLICES | ResourceId::NAMESPACES | ResourceId::PODS
        )
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
