//! The page's address: its fragment and query.

use wasm_bindgen::JsValue;

/// The fragment without its `#`; empty where there is none.
pub fn fragment() -> String {
    let hash = web_sys::window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    hash.strip_prefix('#').unwrap_or(&hash).to_owned()
}

/// The query without its `?`; empty where there is none.
pub fn query() -> String {
    let search = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    search.strip_prefix('?').unwrap_or(&search).to_owned()
}

/// Puts `fragment` into the address without a new entry in the history; gives the whole address.
pub fn set_fragment(fragment: &str) -> Option<String> {
    let window = web_sys::window()?;
    let address = with_fragment(fragment)?;
    // Denied in frames of another origin in some browsers: the address is still right to copy.
    let _ = window.history().ok()?.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    Some(address)
}

/// The whole address with this fragment.
pub fn with_fragment(fragment: &str) -> Option<String> {
    let href = web_sys::window()?.location().href().ok()?;
    let base = href.split('#').next().unwrap_or(&href);
    Some(if fragment.is_empty() { base.to_owned() } else { format!("{base}#{fragment}") })
}
