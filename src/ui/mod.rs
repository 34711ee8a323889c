//! The page: Yew components that are pure views of the session.
