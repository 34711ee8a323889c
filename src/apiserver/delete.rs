//! DELETE: at once, after a grace period, or when the finalizers are gone.

use super::server::Done;
use super::update::may_go;
use super::{ApiServer, DeleteOptions, Moment, Request, metadata, strategy};
use crate::api::{self, Fields, Object, ResourceId, Status, Value};
use std::sync::Arc;
use std::time::Duration;

/// The finalizers by which the garbage collector is asked for something before an object goes.
const ORPHAN: &str = "orphan";
const FOREGROUND: &str = "foregroundDeletion";
/// Namespaces that are always there. Models plugin NamespaceLifecycle's immortal namespaces.
const IMMORTAL: &[&str] = &["default", "kube-system", "kube-public"];

impl ApiServer {
    pub(super) fn delete(
        &mut self,
        request: &Request,
        options: &DeleteOptions,
        moment: &mut Moment<'_>,
    ) -> Result<Done, Status> {
        let key = request.key();
        if key.resource == ResourceId::NAMESPACES && IMMORTAL.contains(&key.name.as_str()) {
            return Err(Status::forbidden(key.resource, &key.name, "this namespace may not be deleted"));
        }
        let old = self.store.get(&key).cloned().ok_or_else(|| Status::not_found(key.resource, &key.name))?;
        if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != old.uid()) {
            return Err(metadata::uid_conflict(key.resource, &old, uid));
        }
        let mut new = Object::clone(&old);
        set_finalizers(key.resource, &mut new, options);
        mark(key.resource, &mut new, options, moment);
        if request.options.dry_run {
            return Ok(Done::new(200, Arc::new(new)));
        }
        if may_go(&new) {
            // The last state that watchers see is the one before the deletion was asked for, unless it waited.
            return Ok(Done::new(200, self.remove(&key, moment)?));
        }
        self.store_change(request, new, &old, moment)
    }
}

/// Models registry store deletionFinalizersForGarbageCollection.
fn set_finalizers(resource: ResourceId, object: &mut Object, options: &DeleteOptions) {
    let propagation = if options.propagation.is_empty() { None } else { Some(options.propagation) };
    let before: Vec<&str> = object.items("metadata.finalizers").iter().filter_map(Value::as_str).collect();
    let (orphans, waits) = match propagation {
        Some(propagation) => (propagation == "Orphan", propagation == "Foreground"),
        // A finalizer that is there already says what was wanted.
        None if before.contains(&ORPHAN) || before.contains(&FOREGROUND) => {
            (before.contains(&ORPHAN), before.contains(&FOREGROUND))
        }
        None => (strategy::default_propagation(resource) == "Orphan", false),
    };
    let mut now: Vec<&str> = before.iter().copied().filter(|one| *one != ORPHAN && *one != FOREGROUND).collect();
    now.extend(orphans.then_some(ORPHAN));
    now.extend(waits.then_some(FOREGROUND));
    if now != before {
        let now = now.into_iter().map(Value::from).collect();
        object.set_items("metadata.finalizers", now);
    }
}

/// Notes that the deletion was asked for, and how long it may take. Models rest.BeforeDelete.
fn mark(resource: ResourceId, object: &mut Object, options: &DeleteOptions, moment: &Moment<'_>) {
    let grace = grace(resource, object, options);
    let pending = object.is_being_deleted();
    if pending {
        // A second wish can only shorten the time that is left.
        let left = object.int("metadata.deletionGracePeriodSeconds").unwrap_or(0);
        if grace >= left {
            return;
        }
    } else if let Some(generation) = object.int("metadata.generation") {
        object.set("metadata.generation", Value::from(generation + 1));
    }
    let at = moment.now + Duration::from_secs(u64::try_from(grace).unwrap_or(0));
    object.set("metadata.deletionTimestamp", Value::from(moment.epoch.timestamp(at)));
    if resource == ResourceId::NAMESPACES {
        // Its own storage notes the end and no grace.
        object.set("status.phase", Value::from("Terminating"));
    } else {
        object.set("metadata.deletionGracePeriodSeconds", Value::from(grace));
    }
}

/// Seconds that the object may take to go: only pods that run somewhere take any. Models pkg/registry/core/pod
/// podStrategy.CheckGracefulDelete.
fn grace(resource: ResourceId, object: &Object, options: &DeleteOptions) -> i64 {
    if resource != ResourceId::PODS {
        return 0;
    }
    if api::pod::node(object).is_empty() || api::pod::is_terminal(object) {
        return 0;
    }
    match options.grace.or_else(|| object.int("spec.terminationGracePeriodSeconds")) {
        Some(seconds) if seconds < 0 => 1,
        Some(seconds) => seconds,
        None => 30,
    }
}
