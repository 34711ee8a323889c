//! `cluster`, the page's handle for programs: the browser's console, tests, and pages that embed this one.

use crate::kubectl::Output;
use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

/// Puts `cluster` into the window: `cluster.kubectl(line)` gives what `kubectl` gives, `{stdout, stderr, exit}`. It stays
/// as long as the page.
pub fn offer(mut kubectl: impl FnMut(&str) -> Output + 'static) {
    let Some(window) = web_sys::window() else { return };
    let call = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |line: JsValue| {
        let output = kubectl(&line.as_string().unwrap_or_default());
        let given = [("stdout", output.stdout.into()), ("stderr", output.stderr.into()), ("exit", output.exit.into())];
        object(given)
    });
    let cluster = object([("kubectl", call.into_js_value())]);
    let _ = Reflect::set(&window, &"cluster".into(), &cluster);
}

fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // A fresh object takes any property.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}
