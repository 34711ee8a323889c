//! Drawn icons.

use yew::prelude::*;

/// An icon of 16 pixels in the colour of the text around it: `play`, `pause`, `step`, `link`, `light`, `dark`, `system`,
/// `plus`, `minus`, `close`, `table`, `picture`. What it means is said by its button.
pub fn draw_icon(name: &str) -> Html {
    let path = match name {
        "play" => "M5 3.2v9.6L12.5 8z",
        "pause" => "M4.5 3.5h2.2v9H4.5zM9.3 3.5h2.2v9H9.3z",
        "step" => "M4 3.2v9.6L10.5 8zM11 3.5h1.8v9H11z",
        "link" => "M6.5 9.5l3-3M7.4 4.6l1-1a2.8 2.8 0 0 1 4 4l-1 1M8.6 11.4l-1 1a2.8 2.8 0 0 1-4-4l1-1",
        "light" => {
            "M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1"
        }
        "dark" => "M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6z",
        "system" => "M2.2 3.2h11.6v7.6H2.2zM6 13.2h4M8 10.8v2.4",
        "plus" => "M8 3.5v9M3.5 8h9",
        "minus" => "M3.5 8h9",
        "close" => "M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6",
        "table" => "M2.2 3.2h11.6v9.6H2.2zM2.2 6.4h11.6M2.2 9.6h11.6M6.4 6.4v6.4",
        "picture" => {
            "M2.2 3.4h4v3h-4zM2.2 9.6h4v3h-4zM9.8 6.5h4v3h-4zM6.2 4.9c2 0 1.8 3.1 3.6 3.1M6.2 11.1c2 0 1.8-3.1 3.6-3.1"
        }
        _ => "",
    };
    let solid = matches!(name, "play" | "pause" | "step");
    html! {
        <svg class={classes!("icon", solid.then_some("solid"))} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d={path}/>
        </svg>
    }
}
