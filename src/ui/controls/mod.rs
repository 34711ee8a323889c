//! Small parts that several panels use: tabs, chips, icons, facts in two columns.

mod chip;
mod icon;
mod tabs;

pub use chip::{ChipView, PodShape};
pub use icon::Icon;
pub use tabs::{Tab, Tabs};
