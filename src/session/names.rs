//! What DNS knows: the names of Services, and questions of the reader's.

use super::Session;
use super::picture::is_system;
use crate::api::service;
use crate::api::{Fields, ResourceId, pod};
use crate::dns::{Question, RecordType};
use crate::kubelet::ResolvConf;
use crate::store::Key;

/// The names of one Service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceNames {
    /// The Service.
    pub service: Key,
    /// The forms that pods may use, the shortest first, and from where each works.
    pub forms: Vec<(String, &'static str)>,
    /// The records, as `dig` prints them.
    pub records: Vec<String>,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Asking {
    /// The questions in order, and what each brought.
    pub steps: Vec<(String, String)>,
    /// The resolv.conf that the asking pod has.
    pub resolv_conf: String,
}

const DOMAIN: &str = "cluster.local";

impl Session {
    /// The names of a Service and the records behind them.
    pub fn service_names(&self, key: &Key) -> Option<ServiceNames> {
        let object = self.cluster.store().get(key)?;
        let Key { namespace, name, .. } = key;
        let full = format!("{name}.{namespace}.svc.{DOMAIN}");
        let forms = vec![
            (name.clone(), "in its own namespace"),
            (format!("{name}.{namespace}"), "from any namespace"),
            (format!("{name}.{namespace}.svc"), "from any namespace"),
            (full.clone(), "in full"),
        ];
        let mut records = self.records(&full, &RecordType::A);
        for port in service::ports(object).filter(|port| !port.name().is_empty()) {
            let name = format!("_{}._{}.{full}", port.name(), port.protocol().to_lowercase());
            records.extend(self.records(&name, &RecordType::Srv));
        }
        Some(ServiceNames { service: key.clone(), forms, records })
    }

    /// The names of every Service of the reader's.
    pub fn all_names(&self) -> Vec<ServiceNames> {
        let services = self.cluster.store().list(ResourceId::SERVICES, None);
        services
            .filter(|one| !is_system(one))
            .filter_map(|one| self.service_names(&Key::of(ResourceId::SERVICES, one)))
            .collect()
    }

    fn records(&self, name: &str, kind: &RecordType) -> Vec<String> {
        let answer = self.cluster.ask_dns(&Question::new(name, kind.clone()));
        if answer.answers.is_empty() {
            return vec![format!("{name}. {}: {}", kind.name(), answer.rcode.name())];
        }
        answer.answers.iter().map(ToString::to_string).collect()
    }

    /// What a program in `from` gets when it asks for `name`: each question of the resolver's walk and its answer.
    pub fn look_up(&self, from: &Key, name: &str, kind: &RecordType) -> Option<Asking> {
        let object = self.cluster.store().get(from)?;
        let config = self.cluster.resolv_conf(object);
        let mut steps = Vec::new();
        for candidate in crate::dns::candidates(name.trim(), &config) {
            let answer = self.cluster.ask_dns(&Question::new(&candidate, kind.clone()));
            let said = match answer.answers.as_slice() {
                [] => answer.rcode.name().to_owned(),
                all => all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            };
            let found = !answer.answers.is_empty();
            steps.push((candidate, said));
            if found {
                break;
            }
        }
        Some(Asking { steps, resolv_conf: say_config(&config) })
    }

    /// The resolv.conf of a pod's containers.
    pub fn resolv_conf(&self, key: &Key) -> Option<String> {
        let object = self.cluster.store().get(key)?;
        (!pod::node(object).is_empty() && !object.text("status.podIP").is_empty())
            .then(|| say_config(&self.cluster.resolv_conf(object)))
    }
}

fn say_config(config: &ResolvConf) -> String {
    config.to_string()
}
