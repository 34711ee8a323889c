//! Readiness, liveness and startup probes.
//!
//! What a look finds follows from the ports that listen, so looks that would find the same again are skipped: a probe
//! asks to be called only while it is on its way to another result. Models pkg/kubelet/prober/worker.go.

use super::ports;
use crate::api::{Fields, Value};
use crate::clock::Time;
use std::time::Duration;

/// A probe of a running container.
#[derive(Clone, Debug)]
pub struct Probe {
    /// `initialDelaySeconds`.
    pub initial: Duration,
    period: Duration,
    successes: u32,
    failures: u32,
    port: Option<u16>,
    asks_port: bool,
    /// What it says when it fails, with `HOST` for the pod's address.
    complaint: String,
    next: Time,
    /// What the latest look found, and how often in a row.
    found: Option<bool>,
    streak: u32,
    /// What a look would have found up to now.
    held: bool,
    /// The result so far.
    pub result: bool,
}

impl Probe {
    /// The probe `kind` (`readinessProbe`, ...) of a container.
    pub fn of(container: &Value, kind: &str) -> Option<Probe> {
        let spec = container.at(kind).filter(|probe| probe.is_object())?;
        let number = |field: &str, unset: i64| spec.int(field).filter(|&number| number > 0).unwrap_or(unset) as u64;
        let port = ports::probed(spec, container);
        Some(Probe {
            initial: Duration::from_secs(number("initialDelaySeconds", 0)),
            period: Duration::from_secs(number("periodSeconds", 10)),
            successes: number("successThreshold", 1) as u32,
            failures: number("failureThreshold", 3) as u32,
            port,
            asks_port: ports::asks_port(spec),
            complaint: complaint(spec, port.unwrap_or(0)),
            next: Time::ZERO,
            found: None,
            streak: 0,
            held: false,
            result: false,
        })
    }

    /// Whether a look finds all well while these TCP ports listen. A program that runs in the container always does
    /// well.
    pub fn passes(&self, listens: impl Fn(u16) -> bool) -> bool {
        !self.asks_port || self.port.is_some_and(listens)
    }

    /// Begins anew: the first look is at `first`, and until enough looks say otherwise the result is `result`.
    pub fn begin(&mut self, first: Time, result: bool) {
        (self.next, self.result, self.found, self.streak) = (first + self.initial, result, None, 0);
        self.held = result;
    }

    /// Does the looks that are due by `now`; a look at `now` finds `passes`. Gives how many of them failed.
    pub fn advance(&mut self, passes: bool, now: Time) -> u32 {
        // Looks that found again what they found before went unnoticed.
        if self.is_steady(self.held) && self.next < now {
            let missed = now.since(self.next).as_micros().div_ceil(self.period.as_micros().max(1));
            self.next = self.next + self.period.saturating_mul(missed as u32);
        }
        let mut failed = 0;
        while self.next <= now {
            let finds = if self.next == now { passes } else { self.held };
            failed += u32::from(!finds);
            self.streak = if self.found == Some(finds) { self.streak.saturating_add(1) } else { 1 };
            self.found = Some(finds);
            if self.streak >= if finds { self.successes } else { self.failures } {
                self.result = finds;
            }
            self.next = self.next + self.period;
        }
        self.held = passes;
        failed
    }

    /// When its next look matters, if a look finds `passes` from now on.
    pub fn next(&self, passes: bool) -> Option<Time> {
        (!self.is_steady(passes)).then_some(self.next)
    }

    /// Whether enough looks in a row have failed.
    pub fn has_failed(&self) -> bool {
        self.found == Some(false) && self.streak >= self.failures
    }

    fn is_steady(&self, passes: bool) -> bool {
        self.found == Some(passes) && self.result == passes
    }

    /// What a failed look of a pod with this address says.
    pub fn complaint(&self, address: &str) -> String {
        self.complaint.replace("HOST", address)
    }
}

fn complaint(spec: &Value, port: u16) -> String {
    let refused = format!("dial tcp HOST:{port}: connect: connection refused");
    if let Some(get) = spec.at("httpGet") {
        let scheme = if get.text("scheme") == "HTTPS" { "https" } else { "http" };
        let path = if get.text("path").is_empty() { "/" } else { get.text("path") };
        return format!("Get \"{scheme}://HOST:{port}{path}\": {refused}");
    }
    if spec.at("grpc").is_some() {
        return format!("timeout: failed to connect service \"HOST:{port}\" within 1s: context deadline exceeded");
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    fn seconds(seconds: u64) -> Time {
        Time(seconds * 1_000_000)
    }

    #[test]
    fn results_turn_after_enough_looks() {
        let container = json!({"readinessProbe": {"tcpSocket": {"port": 80}, "initialDelaySeconds": 5, "periodSeconds": 4, "failureThreshold": 2}});
        let mut probe = Probe::of(&container, "readinessProbe").unwrap();
        probe.begin(seconds(100), false);
        assert_eq!((probe.advance(true, seconds(104)), probe.next(true)), (0, Some(seconds(105))));
        assert_eq!((probe.advance(true, seconds(105)), probe.result, probe.next(true)), (0, true, None));
        // At 150 the port closes: the looks at 153 and 157 fail, those before did not.
        assert_eq!((probe.advance(false, seconds(150)), probe.next(false)), (0, Some(seconds(153))));
        assert_eq!(
            (probe.advance(false, seconds(153)), probe.result, probe.next(false)),
            (1, true, Some(seconds(157)))
        );
        assert_eq!((probe.advance(false, seconds(157)), probe.result, probe.next(false)), (1, false, None));
    }

    #[test]
    fn failures_say_what_was_tried() {
        let container = json!({"livenessProbe": {"httpGet": {"port": 8080, "path": "/demo/hello"}}});
        let probe = Probe::of(&container, "livenessProbe").unwrap();
        assert_eq!(
            probe.complaint("10.244.0.5"),
            "Get \"http://10.244.0.5:8080/demo/hello\": dial tcp 10.244.0.5:8080: connect: connection refused"
        );
    }
}
