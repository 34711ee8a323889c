//! A kube-proxy that watches alone: shared by the tests and the benchmarks.

use service_playground::api::{Object, ResourceId};
use service_playground::clock::Time;
use service_playground::net::Program;
use service_playground::proxy::{Settings, Sync, Update, Watched};
use std::sync::Arc;

/// A kube-proxy, and what it has seen.
pub struct Alone {
    pub sync: Sync,
    pub watched: Watched,
}

impl Alone {
    /// One that has seen nothing, and the program that it starts with.
    pub fn new(settings: Settings) -> (Alone, Arc<Program>) {
        let mut watched = Watched::new(settings.family);
        let (sync, program) = Sync::new(settings, &mut watched);
        (Alone { sync, watched }, program)
    }

    /// Tells it an object; `None` where it is gone.
    pub fn take(&mut self, resource: ResourceId, named: (String, String), object: Option<Arc<Object>>, at: Time) {
        for service in self.watched.take(resource, named, object) {
            self.sync.mark(service, at);
        }
    }

    /// Brings the program in line with what it has seen.
    pub fn sync(&mut self, program: &mut Arc<Program>, now: Time) -> Update {
        self.sync.sync(program, &mut self.watched, now)
    }
}
