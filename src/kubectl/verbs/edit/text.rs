//! The text that is edited: its comment, its comparison, what is wrong with it.
//!
//! Models editHeader.writeTo, cmdutil.ManualStrip and cmdutil.StripComments.

use super::tree;
use crate::kubectl::builder::Info;
use crate::kubectl::manifest;
use crate::yaml;

const HEADER: &str = "\
# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

/// Why a text is opened again.
pub struct Reason {
    /// What was wrong.
    pub head: String,
    /// Each field that was, in the server's words.
    pub others: Vec<String>,
}

/// The text of the objects as it is first opened.
pub fn whole(infos: &[Info], json: bool) -> String {
    let value = tree(infos);
    if json { yaml::print_json(&value) + "\n" } else { header(&[]) + &yaml::print(&value) }
}

/// The comment above the text.
pub fn header(reasons: &[Reason]) -> String {
    let mut text = HEADER.to_owned();
    for Reason { head, others } in reasons {
        let colon = if others.is_empty() { "" } else { ":" };
        text += &format!("# {}{colon}\n", in_comment(head));
        for other in others {
            text += &format!("# * {}\n", in_comment(other));
        }
        text += "#\n";
    }
    text
}

/// A text of several lines inside of a comment.
fn in_comment(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join("\n# ")
}

/// The text without its comments.
pub fn without_comments(text: &str) -> String {
    let is_comment = |line: &&str| {
        let line = line.trim();
        line.starts_with('#') && !line.starts_with("#!")
    };
    text.split_inclusive('\n').filter(|line| !is_comment(line)).collect()
}

/// Whether two texts say the same: as trees, or letter by letter where one is none.
pub fn same(one: &str, other: &str) -> bool {
    match (yaml::read_one(one), yaml::read_one(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => without_comments(one) == without_comments(other),
    }
}

/// Whether anything but comments and empty lines is there.
pub fn has_lines(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Why the text is no object, in the words of kubectl's validation.
pub fn unreadable(text: &str) -> Option<String> {
    match yaml::read_one(text) {
        Ok(value) if value.is_null() => None,
        Ok(value) => manifest::unidentified(&value),
        Err(wrong) => Some(wrong),
    }
}
