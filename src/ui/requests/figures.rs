//! How long answers took, and what came of requests over time.

use crate::session::{Moment, Split, duration};
use yew::prelude::*;

/// What the figures get.
#[derive(Properties, PartialEq)]
pub struct FiguresProps {
    /// The counts.
    pub split: Split,
}

/// The figures.
#[component]
pub fn Figures(props: &FiguresProps) -> Html {
    let Split { answered, failures, latencies, over_time, stretch, .. } = &props.split;
    let failed: u64 = failures.iter().map(|(_, count)| count).sum();
    let total = answered + props.split.failed;
    let most = over_time.iter().map(|one| one.good + one.failed).max().unwrap_or(0).max(1);
    let height = |count: u32| format!("height:{}%", u64::from(count) * 100 / u64::from(most));
    let label = format!("{total} requests over time, {failed} of them failed");
    let bar = |(at, one): (usize, &Moment)| {
        let title = format!("{} good, {} failed", one.good, one.failed);
        html! { <span key={at} {title}><i class="failed" style={height(one.failed)}/><i style={height(one.good)}/></span> }
    };
    html! {
        <div data-testid="figures">
            if let Some(took) = latencies {
                <p class="soft" data-testid="latencies">
                    { format!("Answers took {} (p50), {} (p95), {} at most.", duration(took.p50), duration(took.p95), duration(took.max)) }
                </p>
            }
            if over_time.len() > 1 {
                <div class="over-time" role="img" aria-label={label} data-testid="over-time">{ for over_time.iter().enumerate().map(bar) }</div>
                <p class="soft over-time-note">{ format!("{total} requests, {failed} failed; a bar is {}", duration(*stretch)) }</p>
            }
        </div>
    }
}
