//! Tables as `kubectl get` prints them.

use super::{Moment, align, rows, stored_rows};
use crate::api::{Object, ResourceId};
use std::sync::Arc;

/// What stands beside the kind's own columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// `-o wide`.
    pub wide: bool,
    /// `--no-headers`.
    pub no_headers: bool,
    /// `--show-labels`.
    pub show_labels: bool,
    /// `-L`: label keys, a column each.
    pub label_columns: Vec<String>,
    /// `-A`: a NAMESPACE column in front.
    pub with_namespace: bool,
    /// Names are written as `service/web`.
    pub with_kind: bool,
    /// The objects are what the kind's `scale` shows.
    pub scale: bool,
    /// An EVENT column in front: what happened to each object.
    pub events: Vec<&'static str>,
}

/// A column of a kind.
pub(super) struct Column {
    pub title: &'static str,
    /// Only with `-o wide`.
    pub wide: bool,
}

/// What gives an object's cells.
pub(super) type Cells = fn(&Object, &Moment) -> Vec<String>;

/// The columns of a kind, and what gives an object's cells for all of them.
pub(super) struct Layout {
    pub columns: Vec<Column>,
    pub cells: Cells,
}

/// The table of objects of one kind, in the order given, each line ended.
pub fn table(resource: ResourceId, objects: &[Arc<Object>], options: &TableOptions, moment: &Moment) -> String {
    let layout = options
        .scale
        .then(rows::scale)
        .or_else(|| rows::layout(resource))
        .unwrap_or_else(|| stored_rows::layout(resource));
    let shown: Vec<bool> = layout.columns.iter().map(|column| options.wide || !column.wide).collect();
    let mut text = String::new();
    if !options.no_headers {
        let own = layout.columns.iter().zip(&shown).filter(|(_, shown)| **shown).map(|(column, _)| column.title);
        let mut titles: Vec<String> = Vec::new();
        titles.extend((!options.events.is_empty()).then(|| "EVENT".to_owned()));
        titles.extend(options.with_namespace.then(|| "NAMESPACE".to_owned()));
        titles.extend(own.map(str::to_owned));
        titles.extend(options.label_columns.iter().map(|key| label_title(key)));
        titles.extend(options.show_labels.then(|| "LABELS".to_owned()));
        push_line(&mut text, &titles);
    }
    let info = resource.info();
    let prefix = if info.group.is_empty() { info.singular() } else { format!("{}.{}", info.singular(), info.group) };
    for (row, object) in objects.iter().enumerate() {
        let mut cells: Vec<String> = Vec::new();
        // Models formatEventType: each is as wide as the widest.
        cells.extend(options.events.get(row).map(|event| format!("{event:10}")));
        cells.extend(options.with_namespace.then(|| object.namespace().to_owned()));
        let own = (layout.cells)(object, moment).into_iter().zip(&shown).filter(|(_, shown)| **shown);
        for (place, (cell, _)) in own.enumerate() {
            let is_name = place == rows::name_place(resource);
            cells.push(if is_name && options.with_kind { format!("{prefix}/{cell}") } else { cell });
        }
        cells.extend(options.label_columns.iter().map(|key| object.label(key).unwrap_or("").to_owned()));
        cells.extend(options.show_labels.then(|| joined_labels(object)));
        push_line(&mut text, &cells);
    }
    // Models cli-runtime printers GetNewTabWriter: at least 6 characters a column, 3 between two.
    align(&text, 6, 3)
}

fn push_line(text: &mut String, cells: &[String]) {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            text.push('\t');
        }
        // A cell is one line: what follows a line break is cut.
        match cell.find(['\n', '\r', '\x0c']) {
            Some(end) => {
                text.push_str(cell.get(..end).unwrap_or(""));
                text.push_str("...");
            }
            None => text.push_str(cell),
        }
    }
    text.push('\n');
}

/// The title of a label's column: what follows the last slash, in capitals.
fn label_title(key: &str) -> String {
    key.rsplit('/').next().unwrap_or(key).to_uppercase()
}

/// `a=1,b=2`, or `<none>`.
fn joined_labels(object: &Object) -> String {
    joined(object.labels())
}

/// `a=1,b=2`, or `<none>`.
pub(super) fn joined<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let text: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
    if text.is_empty() { "<none>".to_owned() } else { text.join(",") }
}
