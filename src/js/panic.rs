//! When something went wrong that must not: say so, and keep the reader's text.

/// Shows what happened in place of the page. The reader's text is kept as it was typed, so a reload brings it back.
pub fn show(what: &str) {
    let Some(page) = web_sys::window().and_then(|window| window.document()) else { return };
    let (Some(body), Ok(note)) = (page.body(), page.create_element("div")) else { return };
    note.set_class_name("broken");
    let _ = note.set_attribute("role", "alert");
    let _ = note.set_attribute("data-testid", "broken");
    for (tag, text) in [
        ("h1", "Something in the playground broke."),
        ("p", "Your text is kept. Reload the page to go on; if it breaks again, start from an example."),
        ("pre", what),
    ] {
        if let Ok(part) = page.create_element(tag) {
            part.set_text_content(Some(text));
            let _ = note.append_child(&part);
        }
    }
    for (href, text) in [("", "Reload"), ("?example=go-demo-2", "Start from the first example")] {
        if let Ok(link) = page.create_element("a") {
            link.set_text_content(Some(text));
            let _ = link.set_attribute("href", href);
            let _ = note.append_child(&link);
        }
    }
    let _ = body.append_child(&note);
}
