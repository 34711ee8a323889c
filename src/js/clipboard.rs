//! Copying text.

use wasm_bindgen_futures::JsFuture;

/// Copies `text` and then calls `done` with whether it worked.
pub fn copy(text: String, done: impl FnOnce(bool) + 'static) {
    wasm_bindgen_futures::spawn_local(async move {
        let Some(window) = web_sys::window() else { return done(false) };
        let navigator = window.navigator();
        // Not there in pages without a secure origin; asking for it through Reflect keeps that from throwing.
        let there = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| clipboard.is_object());
        let copied = there && JsFuture::from(navigator.clipboard().write_text(&text)).await.is_ok();
        done(copied);
    });
}
