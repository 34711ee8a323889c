//! The text editor of `www/editor/editor.js`, fetched when it is first wanted.
//!
//! Offsets count UTF-16 code units, as CodeMirror does.

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = playgroundHost, js_name = loadEditor)]
    async fn load_module() -> Result<JsValue, JsValue>;

    type Module;
    #[wasm_bindgen(method, catch)]
    fn mount(this: &Module, parent: &JsValue, options: &Object) -> Result<Handle, JsValue>;

    type Handle;
    #[wasm_bindgen(method, catch, js_name = setText)]
    fn set_text(this: &Handle, text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = getText)]
    fn get_text(this: &Handle) -> Result<String, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setDiagnostics)]
    fn set_diagnostics(this: &Handle, list: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn focus(this: &Handle) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = goTo)]
    fn go_to(this: &Handle, offset: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = setDark)]
    fn set_dark(this: &Handle, dark: bool) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn destroy(this: &Handle) -> Result<(), JsValue>;
}

/// What an editor starts with.
pub struct Settings<'a> {
    /// The first text.
    pub text: &'a str,
    /// What a screen reader calls the editor.
    pub label: &'a str,
    /// Whether the page is in its dark colours.
    pub dark: bool,
}

/// A mark in the text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Mark {
    /// Where it begins.
    pub from: u32,
    /// Where it ends; not before `from`.
    pub to: u32,
    /// `error`, `warning`, `info` or `hint`.
    pub severity: &'static str,
    /// What is said there.
    pub message: String,
}

/// A word that could stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Completion {
    /// How it is listed.
    pub label: String,
    /// What is said beside it.
    pub detail: String,
    /// What is written.
    pub apply: String,
    /// Where the word begins that it replaces.
    pub from: u32,
}

/// An editor in the page. Dropping it takes it out again.
pub struct Editor {
    handle: Handle,
    // Called by the editor for as long as it lives.
    _on_change: Closure<dyn FnMut(String)>,
    _on_apply: Closure<dyn FnMut()>,
    _completions: Closure<dyn FnMut(String, u32) -> JsValue>,
}

impl Editor {
    /// Fetches the editor where it is not there yet and puts one into `parent`, an element of the page.
    ///
    /// `on_change` gets the text after each change of the reader's, `on_apply` is called on Ctrl/Cmd+Enter, `completions` gets
    /// text and offset.
    ///
    /// # Errors
    /// What JavaScript threw: the file could not be fetched, or `parent` is no element of the page any more.
    pub async fn open(
        parent: &JsValue,
        settings: Settings<'_>,
        on_change: impl FnMut(String) + 'static,
        on_apply: impl FnMut() + 'static,
        mut completions: impl FnMut(String, u32) -> Vec<Completion> + 'static,
    ) -> Result<Self, JsValue> {
        let options = Object::new();
        let on_change = Closure::new(on_change);
        let on_apply = Closure::new(on_apply);
        let completions = Closure::new(move |text: String, offset: u32| {
            serde_wasm_bindgen::to_value(&completions(text, offset)).unwrap_or(JsValue::UNDEFINED)
        });
        let functions: [(&str, &Function); 3] = [
            ("onChange", on_change.as_ref().unchecked_ref()),
            ("onApply", on_apply.as_ref().unchecked_ref()),
            ("completions", completions.as_ref().unchecked_ref()),
        ];
        for (name, function) in functions {
            Reflect::set(&options, &name.into(), function)?;
        }
        Reflect::set(&options, &"text".into(), &settings.text.into())?;
        Reflect::set(&options, &"label".into(), &settings.label.into())?;
        Reflect::set(&options, &"dark".into(), &settings.dark.into())?;

        let module: Module = load_module().await?.unchecked_into();
        // Another file may be shown by now, and the place for this one be gone.
        if !parent.unchecked_ref::<web_sys::Node>().is_connected() {
            return Err("the editor's place is gone".into());
        }
        let handle = module.mount(parent, &options)?;
        Ok(Self { handle, _on_change: on_change, _on_apply: on_apply, _completions: completions })
    }

    /// Replaces the text; cursor and scroll stay where they can. `on_change` is not called.
    pub fn set_text(&self, text: &str) -> Result<(), JsValue> {
        self.handle.set_text(text)
    }

    /// The text as it is now.
    pub fn text(&self) -> Result<String, JsValue> {
        self.handle.get_text()
    }

    /// Shows these marks and no others.
    pub fn set_marks(&self, marks: &[Mark]) -> Result<(), JsValue> {
        self.handle.set_diagnostics(&serde_wasm_bindgen::to_value(marks)?)
    }

    /// Gives the editor the keyboard.
    pub fn focus(&self) -> Result<(), JsValue> {
        self.handle.focus()
    }

    /// Puts the cursor at an offset, shows it, and gives the editor the keyboard.
    pub fn go_to(&self, offset: u32) -> Result<(), JsValue> {
        self.handle.go_to(offset)
    }

    /// Follows the page's colour scheme.
    pub fn set_dark(&self, dark: bool) -> Result<(), JsValue> {
        self.handle.set_dark(dark)
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // An editor whose element is gone already has nothing left to take out.
        let _ = self.handle.destroy();
    }
}
