//! Small parts that several panels use: tabs, chips, icons, facts in two columns.

mod chip;
mod icon;
mod tabs;

pub use chip::{chip_view, shape};
pub use icon::draw_icon;
pub use tabs::{Tab, Tabs};
