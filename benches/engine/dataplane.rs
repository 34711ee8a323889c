//! How fast packets go through the rules, and how fast kube-proxy writes them.

use crate::requests::{Requests, kube_proxy, service, slice, tell};
use service_playground::api::ResourceId;
use service_playground::clock::Time;
use service_playground::proxy::Mode;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

/// A million requests of a pod to a Service with ten endpoints on two nodes, a connection each.
pub fn a_million_requests(mode: Mode) -> Vec<Duration> {
    let mut requests = Requests::new(mode);
    let round = |_| {
        let start = Instant::now();
        assert_eq!(requests.send(1_000_000), 1_000_000);
        start.elapsed()
    };
    (0..5).map(round).collect()
}

/// A sync after one endpoint changed, among a thousand Services with ten endpoints each.
pub fn one_endpoint_among_a_thousand_services(mode: Mode) -> Vec<Duration> {
    let (mut proxy, mut program) = kube_proxy(mode, 1);
    let pods = |number: u16, gone: u8| {
        let [high, low] = number.to_be_bytes();
        (0..10 - gone).map(move |pod| (pod + high * 10, 20 + low, low))
    };
    for number in 0..1000_u16 {
        let name = format!("web-{number}");
        let [high, low] = number.to_be_bytes();
        tell(&mut proxy, ResourceId::SERVICES, &name, &service(&name, Ipv4Addr::new(10, 96, 1 + high, low)));
        tell(&mut proxy, ResourceId::ENDPOINT_SLICES, &name, &slice(&name, pods(number, 0)));
    }
    proxy.sync(&mut program, Time::ZERO);
    (0..200_u16)
        .map(|round| {
            let number = round * 5 % 1000;
            let name = format!("web-{number}");
            tell(&mut proxy, ResourceId::ENDPOINT_SLICES, &name, &slice(&name, pods(number, 1)));
            let start = Instant::now();
            let update = proxy.sync(&mut program, Time::ZERO);
            let time = start.elapsed();
            assert_eq!(update.services.len(), 1);
            time
        })
        .collect()
}
