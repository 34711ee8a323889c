//! When a kube-proxy writes.

use super::alone::Alone;
use super::generated::{Generated, kube_proxy};
use service_playground::api::{Object, ResourceId};
use service_playground::clock::{Random, Time};
use service_playground::net::{Memory, Program};
use service_playground::proxy::Mode;
use std::sync::Arc;

const fn ms(millis: u64) -> Time {
    Time(millis * 1000)
}

fn take(proxy: &mut Alone, resource: ResourceId, value: &service_playground::api::Value, at: Time) {
    let object = Object::new(value.clone()).unwrap();
    let named = (object.namespace().to_owned(), object.name().to_owned());
    proxy.take(resource, named, Some(Arc::new(object)), at);
}

/// Lets time pass up to `until`; gives when rules were written.
fn run(proxy: &mut Alone, program: &mut Arc<Program>, until: Time) -> Vec<u64> {
    let mut written = Vec::new();
    while let Some(due) = proxy.sync.due().filter(|due| *due <= until) {
        if proxy.sync.step(program, &mut proxy.watched, due).is_some() {
            written.push(due.millis());
        }
    }
    written
}

#[test]
fn a_new_service_is_refused_first_and_gets_its_endpoints_a_second_later() {
    // A Service with ready endpoints, whichever seed makes one.
    let generated = (0..100)
        .map(|seed| Generated::by_chance(&mut Random::new(seed), 0))
        .find(|one| one.slice["endpoints"].as_array().unwrap().iter().any(|one| one["conditions"]["ready"] == true))
        .unwrap();
    let (mut proxy, mut program) = kube_proxy(Mode::Iptables, 1);
    let text = |program: &Arc<Program>| program.text(&Memory::default(), Time::ZERO);
    take(&mut proxy, ResourceId::SERVICES, &generated.service, ms(0));
    assert_eq!(run(&mut proxy, &mut program, ms(45)), [35]);
    assert!(text(&program).contains("has no endpoints"), "the first sync knows no endpoint");
    take(&mut proxy, ResourceId::ENDPOINT_SLICES, &generated.slice, ms(50));
    assert_eq!(run(&mut proxy, &mut program, ms(5000)), [1035], "the next one waits out the minimum period");
    assert!(text(&program).contains("--to-destination"));

    // After a quiet time a change is there at once.
    let mut other = generated.slice.clone();
    other["endpoints"] = service_playground::json!([{"addresses": ["10.244.0.99"]}]);
    take(&mut proxy, ResourceId::ENDPOINT_SLICES, &other, ms(9000));
    assert_eq!(proxy.sync.due(), Some(ms(9003)));
    assert!(proxy.sync.step(&mut program, &mut proxy.watched, ms(9003)).is_none(), "it begins to write");
    assert_eq!(run(&mut proxy, &mut program, ms(9400)), [9035]);
    take(&mut proxy, ResourceId::ENDPOINT_SLICES, &other, ms(9400));
    assert_eq!(proxy.sync.due(), None, "the same again is no change");
    take(&mut proxy, ResourceId::ENDPOINT_SLICES, &generated.slice, ms(9500));
    assert_eq!(run(&mut proxy, &mut program, ms(20_000)), [10_035]);
}

#[test]
fn changes_that_kube_proxy_does_not_use_make_no_sync() {
    let generated = Generated::by_chance(&mut Random::new(1), 0);
    let (mut proxy, mut program) = kube_proxy(Mode::Nftables, 1);
    take(&mut proxy, ResourceId::SERVICES, &generated.service, ms(0));
    take(&mut proxy, ResourceId::ENDPOINT_SLICES, &generated.slice, ms(0));
    run(&mut proxy, &mut program, ms(5000));
    let mut labelled = generated.service.clone();
    labelled["metadata"]["labels"] = service_playground::json!({"team": "blue"});
    take(&mut proxy, ResourceId::SERVICES, &labelled, ms(6000));
    let mut annotated = generated.slice.clone();
    annotated["metadata"]["annotations"] = service_playground::json!({"changed": "yes"});
    take(&mut proxy, ResourceId::ENDPOINT_SLICES, &annotated, ms(6000));
    assert_eq!(proxy.sync.due(), None);
}
