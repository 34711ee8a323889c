//! What the reader's screen and settings ask for.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Whether a media query holds now.
pub fn matches(query: &str) -> bool {
    list(query).is_some_and(|list| list.matches())
}

/// Calls back with whether `query` holds, each time that changes, for as long as the page lives.
pub fn watch(query: &str, changed: impl Fn(bool) + 'static) {
    let Some(list) = list(query) else { return };
    let closure: Closure<dyn Fn(web_sys::MediaQueryListEvent)> =
        Closure::new(move |event: web_sys::MediaQueryListEvent| changed(event.matches()));
    let _ = list.add_event_listener_with_callback("change", closure.as_ref().unchecked_ref());
    // The list must outlive this call: both live as long as the page.
    closure.forget();
    std::mem::forget(list);
}

/// Sets an attribute of the root element; takes it away where there is no value.
pub fn set_root_attribute(name: &str, value: Option<&str>) {
    let Some(root) = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element())
    else {
        return;
    };
    let _ = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
}

/// The value of an attribute of the root element.
pub fn root_attribute(name: &str) -> Option<String> {
    web_sys::window()?.document()?.document_element()?.get_attribute(name)
}

fn list(query: &str) -> Option<web_sys::MediaQueryList> {
    web_sys::window()?.match_media(query).ok().flatten()
}
