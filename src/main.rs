//! The page's entry point.

use service_playground::js::panic;
use service_playground::ui::App;

fn main() {
    // The instance is dead after a panic: say what happened. The text was kept as it was typed.
    yew::set_custom_panic_hook(Box::new(|info| panic::show(&info.to_string())));
    let root =
        web_sys::window().and_then(|window| window.document()).and_then(|document| document.get_element_by_id("app"));
    if let Some(root) = root {
        yew::Renderer::<App>::with_root(root).render();
    }
}
