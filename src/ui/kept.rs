//! The reader's text between two visits. An embed keeps nothing: what it shows is its page's.

use crate::js::storage;
use crate::session::{Session, Shared};

const KEY: &str = "service-playground/files";
/// Browsers keep some megabytes for a site: more than this is not kept.
const MOST: usize = 1024 * 1024;

/// What was kept last.
pub fn read() -> Option<Shared> {
    Shared::of_plain(storage::get(KEY)?.as_bytes()).ok()
}

/// Keeps the session's text.
pub fn write(session: &Session) {
    let size: usize = session.files().all().iter().map(|file| file.text.len()).sum();
    if size < MOST {
        storage::set(KEY, &session.shared().plain());
    }
}

/// Forgets it: an example was loaded, and nothing of it has been changed yet.
pub fn forget() {
    storage::remove(KEY);
}
