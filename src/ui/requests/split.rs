//! How requests were shared out over pods, against what the rules give each.

use crate::session::{Fit, Split};
use yew::prelude::*;

/// What the view gets.
#[derive(Properties, PartialEq)]
pub struct SplitProps {
    /// The counts.
    pub split: Split,
}

/// The counts as bars and numbers.
#[component]
pub fn SplitView(props: &SplitProps) -> Html {
    let split = &props.split;
    html! {
        <div data-testid="split">
            if !split.shares.is_empty() {
                <table class="split">
                    <thead><tr><th>{ "pod" }</th><th class="bar-cell"></th><th class="n">{ "count" }</th><th class="n">{ "share" }</th><th class="n">{ "expected" }</th></tr></thead>
                    <tbody>{ for split.shares.iter().map(|share| html! {
                        <tr key={share.pod.name.clone()} data-testid="share" data-pod={share.pod.name.clone()} data-count={share.count.to_string()}>
                            <td class="cut" title={share.pod.name.clone()}>{ &share.short }</td>
                            <td class="bar-cell"><span class="meter"><i style={format!("width:{}%", share.share / 10)}/>
                                if let Some(expected) = share.expected { <b style={format!("left:{}%", expected / 10)}/> }</span></td>
                            <td class="n">{ share.count }</td>
                            <td class="n">{ percent(share.share) }</td>
                            <td class="n">{ share.expected.map_or("–".to_owned(), percent) }</td>
                        </tr>
                    }) }</tbody>
                </table>
            }
            { for split.failures.iter().map(|(why, count)| html! {
                <p class="is-failing" data-testid="failure">{ format!("{count} × {why}") }</p>
            }) }
            <p class="soft" data-testid="fit">{ split.fit.map_or(split.caveat.to_owned(), say_fit) }</p>
        </div>
    }
}

fn percent(thousandths: u32) -> String {
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

fn say_fit(fit: Fit) -> String {
    if fit.chi_square == u64::MAX {
        return "A pod answered that the rules give nothing.".to_owned();
    }
    let (whole, rest) = (fit.chi_square / 100, fit.chi_square % 100);
    let verdict = if fit.likely { "as chance has it" } else { "more than chance explains" };
    format!("χ² = {whole}.{rest:02} with {} degrees of freedom: {verdict}.", fit.freedom)
}
