//! CoreDNS: the records that Services, EndpointSlices and Namespaces make, the answers to questions about them, and the
//! walk that a resolver makes through its search list.
//!
//! [`Records`] is fed with the store's changes, at whatever moment `cluster` lets DNS see them; [`answer`] is a plain
//! function of it. [`resolve`] asks through a function that `cluster` gives, so that a question can be a packet. This
//! layer never asks anyone outside: names that are not the cluster's get what [`Outside`] says.

mod answer;
mod message;
mod records;
mod resolver;
mod reverse;

pub use answer::{Outside, PodNames, Settings, answer};
pub use message::{Answer, Data, Question, Rcode, Record, RecordType};
pub use records::Records;
pub use resolver::{Failure, Resolved, Step, candidates, resolve};
