//! Small things of the document: focus, scrolling.

use wasm_bindgen::JsCast;

/// Moves the focus to the element with this id.
pub fn focus(id: &str) {
    let element = web_sys::window().and_then(|window| window.document()).and_then(|page| page.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Scrolls an element to its end.
pub fn scroll_to_end(element: &web_sys::Element) {
    element.set_scroll_top(element.scroll_height());
}

/// Asks the reader; no in frames that may not ask.
pub fn confirm(question: &str) -> bool {
    web_sys::window().is_some_and(|window| window.confirm_with_message(question).unwrap_or(false))
}

/// Scrolls an element to its right end.
pub fn scroll_right(element: &web_sys::Element) {
    element.set_scroll_left(element.scroll_width());
}

/// Keeps a form from leaving the page.
pub fn stay(event: &web_sys::Event) {
    event.prevent_default();
}

/// Whether some text of the page is selected.
pub fn has_selection() -> bool {
    let selection = web_sys::window().and_then(|window| window.get_selection().ok().flatten());
    selection.is_some_and(|selection| !selection.is_collapsed())
}
