//! What is asked of an object most, kept once it was read.
//!
//! Controllers ask a thousand pods the same four questions at each look, and each answer takes a walk through the pod's
//! tree. An object keeps its answers until it is changed.

use super::{Fields, Object, pod};
use std::sync::atomic::{AtomicU8, Ordering};

const KNOWN: u8 = 1;
const DELETED: u8 = 2;
const TERMINAL: u8 = 4;
const READY: u8 = 8;
const HAS_ADDRESS: u8 = 16;

/// The answers that an object keeps; nothing until it is asked. Says nothing about equality.
#[derive(Debug, Default)]
pub(super) struct Glance(AtomicU8);

/// The answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answers(u8);

impl Glance {
    /// The answers of `object`, read where they are not known yet.
    pub(super) fn of(&self, object: &Object) -> Answers {
        let known = self.0.load(Ordering::Relaxed);
        if known != 0 {
            return Answers(known);
        }
        let is_ready = || pod::condition(object, "Ready").is_some_and(|ready| ready.text("status") == "True");
        let answers = KNOWN
            | if object.at("metadata.deletionTimestamp").is_some_and(|at| !at.is_null()) { DELETED } else { 0 }
            | if matches!(object.text("status.phase"), "Succeeded" | "Failed") { TERMINAL } else { 0 }
            | if is_ready() { READY } else { 0 }
            | if pod::ips(object).is_empty() { 0 } else { HAS_ADDRESS };
        self.0.store(answers, Ordering::Relaxed);
        Answers(answers)
    }

    /// To be called with each change of the object.
    pub(super) fn forget(&mut self) {
        *self.0.get_mut() = 0;
    }
}

impl Answers {
    /// Whether `metadata.deletionTimestamp` is set.
    pub(super) fn is_being_deleted(self) -> bool {
        self.0 & DELETED != 0
    }

    /// Whether the phase is `Succeeded` or `Failed`.
    pub(super) fn is_terminal(self) -> bool {
        self.0 & TERMINAL != 0
    }

    /// Whether the condition `Ready` is true.
    pub(super) fn is_ready(self) -> bool {
        self.0 & READY != 0
    }

    /// Whether the status names an address.
    pub(super) fn has_address(self) -> bool {
        self.0 & HAS_ADDRESS != 0
    }
}

impl Clone for Glance {
    fn clone(&self) -> Glance {
        Glance(AtomicU8::new(self.0.load(Ordering::Relaxed)))
    }
}

impl PartialEq for Glance {
    fn eq(&self, _: &Glance) -> bool {
        true
    }
}
