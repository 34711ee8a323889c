//! How large an element is, now and whenever that changes.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Watches an element's size until it is dropped.
pub struct Watch {
    observer: web_sys::ResizeObserver,
    _closure: Closure<dyn Fn(js_sys::Array)>,
}

/// Calls back with width and height (whole CSS pixels), at once and after each change.
pub fn watch(element: &web_sys::Element, changed: impl Fn(i32, i32) + 'static) -> Option<Watch> {
    let closure: Closure<dyn Fn(js_sys::Array)> = Closure::new(move |entries: js_sys::Array| {
        let entry: web_sys::ResizeObserverEntry = entries.get(0).unchecked_into();
        let area = entry.content_rect();
        changed(area.width() as i32, area.height() as i32);
    });
    let observer = web_sys::ResizeObserver::new(closure.as_ref().unchecked_ref()).ok()?;
    observer.observe(element);
    Some(Watch { observer, _closure: closure })
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
