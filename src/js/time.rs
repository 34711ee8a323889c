//! Clocks, chance and timers.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Milliseconds since the page began.
pub fn now() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |performance| performance.now())
}

/// Seconds since 1970.
pub fn calendar() -> i64 {
    (js_sys::Date::now() / 1000.0) as i64
}

/// Any number: for the first seed only.
pub fn entropy() -> u32 {
    (js_sys::Math::random() * f64::from(u32::MAX)) as u32
}

/// A call that comes later, unless this is dropped before.
pub struct Later {
    id: i32,
    _closure: Closure<dyn FnMut()>,
}

/// Calls `then` after some milliseconds.
pub fn later(millis: i32, then: impl FnOnce() + 'static) -> Option<Later> {
    let closure = Closure::once(then);
    let window = web_sys::window()?;
    let id =
        window.set_timeout_with_callback_and_timeout_and_arguments_0(closure.as_ref().unchecked_ref(), millis).ok()?;
    Some(Later { id, _closure: closure })
}

impl Drop for Later {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_timeout_with_handle(self.id);
        }
    }
}
