//! Being called before each frame that the browser draws.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// The callback, which must live while the browser may call it.
type Slot = Rc<RefCell<Option<Closure<dyn FnMut(f64)>>>>;

/// Calls back before each frame until it is dropped.
pub struct Frames {
    running: Rc<Cell<bool>>,
}

impl Frames {
    /// Starts: `each` gets the milliseconds since the page began.
    pub fn start(mut each: impl FnMut(f64) + 'static) -> Frames {
        let running = Rc::new(Cell::new(true));
        let slot: Slot = Rc::new(RefCell::new(None));
        let (again, goes_on) = (slot.clone(), running.clone());
        let closure = Closure::new(move |at: f64| {
            if goes_on.get() {
                each(at);
                request(&again);
            } else {
                again.borrow_mut().take();
            }
        });
        *slot.borrow_mut() = Some(closure);
        request(&slot);
        Frames { running }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        self.running.set(false);
    }
}

fn request(slot: &Slot) {
    if let (Some(window), Some(closure)) = (web_sys::window(), slot.borrow().as_ref()) {
        let _ = window.request_animation_frame(closure.as_ref().unchecked_ref());
    }
}
