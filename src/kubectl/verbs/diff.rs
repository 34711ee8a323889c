//! `kubectl diff`. Models kubectl pkg/cmd/diff.

use super::apply::{self, three_way, without_record};
use crate::api::{Object, Value};
use crate::apiserver::{Options, Patch, Request, Verb};
use crate::clock::Random;
use crate::kubectl::Failure;
use crate::kubectl::builder::Info;
use crate::kubectl::call::{Call, Next, key};
use crate::kubectl::flags::Flags;
use crate::yaml;

/// Lines around a change.
const CONTEXT: usize = 3;

/// Runs the verb; a difference is exit code 1.
pub fn diff(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    if !flags.args.is_empty() {
        return Err(Failure::usage("kubectl diff", &format!("Unexpected args: [{}]", flags.args.join(" "))));
    }
    if flags.list("filename").is_empty() {
        return Err(Failure::from("must specify one of -f and -k"));
    }
    let found = apply::find(call, flags)?;
    Failure::all(found.failures)?;
    let mut random = Random::new(call.cluster.settings().seed ^ call.cluster.now().0);
    let (live_folder, merged_folder) = (folder("LIVE", &mut random), folder("MERGED", &mut random));
    let mut differs = false;
    for info in &found.infos {
        let (live, merged) = both(call, flags, info)?;
        let (live, merged) = (live.map(|value| shown(&value)).unwrap_or_default(), shown(&merged));
        if live == merged {
            continue;
        }
        differs = true;
        let now = call.cluster.epoch().timestamp_micros(call.cluster.now());
        let time = format!("{} +0000", now.replace('T', " ").replace('Z', "000"));
        let name = file_name(info);
        call.console.line(format!("diff -u -N {live_folder}/{name} {merged_folder}/{name}"));
        call.console.line(format!("--- {live_folder}/{name}\t{time}"));
        call.console.line(format!("+++ {merged_folder}/{name}\t{time}"));
        call.console.out(unified(&live, &merged));
    }
    if differs { Err(Failure::Exit(1)) } else { Ok(None) }
}

fn folder(name: &str, random: &mut Random) -> String {
    format!("/tmp/{name}-{}", random.bits())
}

/// `v1.Service.default.web`, `apps.v1.Deployment.default.web`.
fn file_name(info: &Info) -> String {
    let resource = info.resource.info();
    let group = if resource.group.is_empty() { String::new() } else { format!("{}.", resource.group) };
    format!("{group}{}.{}.{}.{}", resource.version, resource.kind, info.namespace, info.name)
}

/// The object as it is, and as applying the file would make it.
fn both(call: &mut Call<'_>, flags: &Flags, info: &Info) -> Result<(Option<Value>, Value), Failure> {
    let manager = if flags.on("server-side") { "kubectl" } else { "kubectl-client-side-apply" };
    let trial = Options { dry_run: true, manager: manager.to_owned(), ..Options::default() };
    // Unlike apply, diff leaves the record of what was applied as it is. Models GetModifiedConfiguration without annotate.
    let modified = without_record(&info.object());
    let live = match call.get(info.resource, &info.namespace, &info.name) {
        Ok(live) => live,
        Err(failure) if failure.is_not_found() => {
            let mut request = Request::new(key(info.resource, &info.namespace, ""), Verb::Create(modified));
            request.options = trial;
            return Ok((None, call.write(&request)?.value().clone()));
        }
        Err(failure) => return Err(failure),
    };
    let patch = if flags.on("server-side") {
        Patch::Apply { body: info.object().value().clone(), force: flags.on("force-conflicts") }
    } else {
        Patch::Strategic(three_way(info.resource, &modified, &live)?)
    };
    let mut request = Request::new(key(info.resource, &info.namespace, &info.name), Verb::Patch(patch));
    request.options = trial;
    let merged = call.write(&request)?.value().clone();
    Ok((Some(live.value().clone()), merged))
}

/// The text that is compared: without managed fields.
fn shown(value: &Value) -> String {
    let Ok(mut object) = Object::new(value.clone()) else { return String::new() };
    object.remove("metadata.managedFields");
    yaml::print(object.value())
}

/// What happens to a line on the way from the old text to the new.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit {
    Keep,
    Delete,
    Insert,
}

/// The hunks of `diff -u`.
fn unified(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let edits = edits(&old, &new);
    // Where a hunk begins and ends among the edits: changes with their context, joined where contexts meet.
    let mut hunks: Vec<(usize, usize)> = Vec::new();
    for (at, edit) in edits.iter().enumerate().filter(|(_, edit)| **edit != Edit::Keep) {
        let _ = edit;
        let (from, to) = (at.saturating_sub(CONTEXT), (at + 1 + CONTEXT).min(edits.len()));
        match hunks.last_mut() {
            Some((_, end)) if from <= *end => *end = to,
            _ => hunks.push((from, to)),
        }
    }
    let mut text = String::new();
    for (from, to) in hunks {
        let count = |range: &[Edit], not: Edit| range.iter().filter(|edit| **edit != not).count();
        let before = edits.get(..from).unwrap_or(&[]);
        let inside = edits.get(from..to).unwrap_or(&[]);
        let (mut old_at, mut new_at) = (count(before, Edit::Insert), count(before, Edit::Delete));
        let range = |start: usize, length: usize| match length {
            0 => format!("{start},0"),
            1 => format!("{}", start + 1),
            _ => format!("{},{length}", start + 1),
        };
        let (old_range, new_range) =
            (range(old_at, count(inside, Edit::Insert)), range(new_at, count(inside, Edit::Delete)));
        text += &format!("@@ -{old_range} +{new_range} @@\n");
        for edit in inside {
            let (sign, line) = match edit {
                Edit::Insert => ('+', new.get(new_at)),
                Edit::Delete => ('-', old.get(old_at)),
                Edit::Keep => (' ', old.get(old_at)),
            };
            text += &format!("{sign}{}\n", line.unwrap_or(&""));
            old_at += usize::from(*edit != Edit::Insert);
            new_at += usize::from(*edit != Edit::Delete);
        }
    }
    text
}

/// The shortest way from the old lines to the new, by their longest common subsequence; deletions come first.
fn edits(old: &[&str], new: &[&str]) -> Vec<Edit> {
    let width = new.len() + 1;
    let mut common = vec![0_u32; (old.len() + 1) * width];
    let at = |row: usize, column: usize| row * width + column;
    let read = |common: &[u32], place: usize| common.get(place).copied().unwrap_or(0);
    for row in (0..old.len()).rev() {
        for column in (0..new.len()).rev() {
            let value = if old.get(row) == new.get(column) {
                read(&common, at(row + 1, column + 1)) + 1
            } else {
                read(&common, at(row + 1, column)).max(read(&common, at(row, column + 1)))
            };
            if let Some(slot) = common.get_mut(at(row, column)) {
                *slot = value;
            }
        }
    }
    let (mut row, mut column, mut edits) = (0, 0, Vec::new());
    while row < old.len() || column < new.len() {
        if row < old.len() && column < new.len() && old.get(row) == new.get(column) {
            edits.push(Edit::Keep);
            (row, column) = (row + 1, column + 1);
        } else if column >= new.len()
            || row < old.len() && read(&common, at(row + 1, column)) >= read(&common, at(row, column + 1))
        {
            edits.push(Edit::Delete);
            row += 1;
        } else {
            edits.push(Edit::Insert);
            column += 1;
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::unified;
    use expect_test::expect;

    #[test]
    fn hunks_are_those_of_diff_u() {
        let old = (1..=12).map(|n| n.to_string() + "\n").collect::<String>();
        let new = old.replace("5\n", "five\n").replace("12\n", "12\n13\n");
        expect![[r"
            @@ -2,7 +2,7 @@
             2
             3
             4
            -5
            +five
             6
             7
             8
            @@ -10,3 +10,4 @@
             10
             11
             12
            +13
        "]]
        .assert_eq(&unified(&old, &new));
        assert_eq!(unified("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
    }
}
