//! What every component gets: the session, and the way to change what is shown.

use super::state::{Action, State};
use crate::session::{ByHand, Session};
use crate::store::Key;
use std::cell::{Ref, RefCell};
use std::rc::Rc;
use yew::{Callback, UseReducerDispatcher};

/// The session and the state's dispatcher. Cheap to clone; equal to its clones only.
#[derive(Clone)]
pub struct Page {
    session: Rc<RefCell<Session>>,
    dispatch: UseReducerDispatcher<State>,
}

impl PartialEq for Page {
    fn eq(&self, other: &Page) -> bool {
        Rc::ptr_eq(&self.session, &other.session)
    }
}

impl Page {
    /// The page of this session.
    pub fn new(session: Rc<RefCell<Session>>, dispatch: UseReducerDispatcher<State>) -> Page {
        Page { session, dispatch }
    }

    /// The session, to read.
    pub fn session(&self) -> Ref<'_, Session> {
        self.session.borrow()
    }

    /// Does something with the session and shows what came of it.
    pub fn with<T>(&self, what: impl FnOnce(&mut Session) -> T) -> T {
        let result = what(&mut self.session.borrow_mut());
        self.refresh();
        result
    }

    /// The session, for snapshots that keep something of their own. Shows nothing new.
    pub fn look<T>(&self, what: impl FnOnce(&mut Session) -> T) -> T {
        what(&mut self.session.borrow_mut())
    }

    /// Shows the session as it is now.
    pub fn refresh(&self) {
        let (version, now) = {
            let session = self.session.borrow();
            (session.version(), session.cluster().now())
        };
        self.dispatch.dispatch(Action::Refresh(version, now));
    }

    /// Changes what is shown.
    pub fn show(&self, action: Action) {
        self.dispatch.dispatch(action);
    }

    /// A callback that changes what is shown.
    pub fn on<E: 'static>(&self, action: impl Fn() -> Action + 'static) -> Callback<E> {
        let dispatch = self.dispatch.clone();
        Callback::from(move |_: E| dispatch.dispatch(action()))
    }

    /// A callback that selects an object.
    pub fn on_select<E: 'static>(&self, key: &Key) -> Callback<E> {
        let key = key.clone();
        self.on(move || Action::Select(Some(key.clone())))
    }

    /// Changes the cluster by hand and says which kubectl line that was, or why it was refused.
    pub fn act(&self, action: &ByHand) {
        let said = match self.with(|session| session.act(action)) {
            Ok(()) => action.command(),
            Err(refusal) => refusal,
        };
        self.show(Action::Notice(said));
    }
}
