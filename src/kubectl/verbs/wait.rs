//! `kubectl wait`. Models kubectl pkg/cmd/wait.

use crate::api::{Fields, Object, Value};
use crate::clock::Time;
use crate::kubectl::Failure;
use crate::kubectl::builder::{Info, Query};
use crate::kubectl::call::{Call, DryRun, Next, Step, Task, done};
use crate::kubectl::flags::Flags;
use crate::kubectl::output::{Formats, Printer};
use crate::kubectl::print::JsonPath;
use std::sync::Arc;
use std::time::Duration;

/// How long is waited without `--timeout`.
const USUAL: Duration = Duration::from_secs(30);
/// What a negative `--timeout` means.
const WEEK: Duration = Duration::from_secs(168 * 3600);

/// What is waited for.
#[derive(Clone, Debug)]
enum Goal {
    Delete,
    Create,
    Condition(String, String),
    JsonPath(JsonPath, Option<String>),
}

/// Runs the verb.
pub fn wait(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let goals: Vec<Goal> = flags.list("for").iter().map(|text| Goal::parse(text)).collect::<Result<_, _>>()?;
    if goals.is_empty() {
        return Err(Failure::from("unrecognized condition: []"));
    }
    let printer = Printer::of(flags, &call.terminal.files, Formats::Objects)?;
    let timeout = flags.duration("timeout").unwrap_or(USUAL);
    let timeout = if flags.text("timeout").starts_with('-') { WEEK } else { timeout };
    let mut waiting = Wait {
        flags: flags.clone(),
        goals,
        found: None,
        next: 0,
        deadline: call.cluster.now() + timeout,
        failures: Vec::new(),
        printer,
    };
    waiting.find(call)?;
    Ok(Some(Box::new(waiting)))
}

impl Goal {
    /// Models conditionFuncFor.
    fn parse(text: &str) -> Result<Goal, Failure> {
        match text.to_lowercase().as_str() {
            "delete" => return Ok(Goal::Delete),
            "create" => return Ok(Goal::Create),
            _ => {}
        }
        if let Some(condition) = text.strip_prefix("condition=") {
            let (name, value) = condition.split_once('=').unwrap_or((condition, "true"));
            return Ok(Goal::Condition(name.to_owned(), value.to_owned()));
        }
        let Some(path) = text.strip_prefix("jsonpath=") else {
            return Err(Failure::Error(format!("unrecognized condition: {text:?}")));
        };
        let (path, value) = split_value(path);
        if value == Some("") {
            return Err(Failure::from("jsonpath wait value cannot be empty"));
        }
        let path = JsonPath::parse_relaxed(path.trim_matches(['\'', '"']))?;
        Ok(Goal::JsonPath(path, value.map(|value| value.trim_matches(['\'', '"']).to_owned())))
    }

    /// Whether `object` is as wanted.
    fn is_met(&self, object: &Object) -> Result<bool, Failure> {
        match self {
            Goal::Delete => Ok(false),
            Goal::Create => Ok(true),
            Goal::Condition(name, value) => {
                let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
                let generation = object.int("metadata.generation").unwrap_or(0);
                let stale = |holder: &Value, path: &str| holder.int(path).is_some_and(|seen| seen < generation);
                let condition =
                    object.items("status.conditions").iter().find(|condition| same(condition.text("type"), name));
                Ok(condition.is_some_and(|condition| {
                    same(condition.text("status"), value)
                        && !stale(condition, "observedGeneration")
                        && !stale(object.value(), "status.observedGeneration")
                }))
            }
            Goal::JsonPath(path, wanted) => {
                let found = path.find(object.value())?;
                match (found.as_slice(), wanted) {
                    ([], _) => Ok(false),
                    (_, None) => Ok(true),
                    ([one], Some(wanted)) => match one.as_ref() {
                        Value::Object(_) | Value::Array(_) => {
                            Err(Failure::from("jsonpath leads to a nested object or list which is not supported"))
                        }
                        Value::String(text) => Ok(text == wanted),
                        other => Ok(*wanted == format!("{other}")),
                    },
                    _ => Err(Failure::from("given jsonpath expression matches more than one value")),
                }
            }
        }
    }
}

/// A path and the value behind the last `=` that stands outside of brackets.
fn split_value(text: &str) -> (&str, Option<&str>) {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth -= 1,
            '=' if depth == 0 => return (text.get(..at).unwrap_or(""), text.get(at + 1..)),
            _ => {}
        }
    }
    (text, None)
}

/// The waiting.
struct Wait {
    flags: Flags,
    goals: Vec<Goal>,
    /// What is waited for; `None` where it has yet to be created.
    found: Option<Vec<Info>>,
    next: usize,
    deadline: Time,
    failures: Vec<Failure>,
    printer: Option<Printer>,
}

impl Wait {
    fn is_for(&self, wanted: fn(&Goal) -> bool) -> bool {
        self.goals.iter().any(wanted)
    }

    fn find(&mut self, call: &mut Call<'_>) -> Result<(), Failure> {
        let query = Query { latest: true, ..Query::of(call, &self.flags, &self.flags.args) };
        let found = query.find(call)?;
        self.failures = found.failures;
        if self.is_for(|goal| matches!(goal, Goal::Create))
            && (self.failures.iter().any(Failure::is_not_found) || self.failures.is_empty() && found.infos.is_empty())
        {
            self.failures.clear();
            return Ok(());
        }
        if self.is_for(|goal| matches!(goal, Goal::Delete)) {
            self.failures.retain(|failure| !failure.is_not_found());
        } else if found.infos.is_empty() && self.failures.is_empty() {
            return Err(Failure::from("no matching resources found"));
        }
        self.found = Some(found.infos);
        Ok(())
    }

    /// Whether the object that `info` names is as wanted, with its state.
    fn look(&self, call: &Call<'_>, info: &Info) -> Result<Option<Arc<Object>>, Failure> {
        let store = call.cluster.store();
        let there = store.find(info.resource, &info.namespace, &info.name);
        if self.is_for(|goal| matches!(goal, Goal::Delete)) {
            let gone = there.is_none_or(|object| object.uid() != info.object().uid());
            return Ok(gone.then(|| info.object()));
        }
        let Some(object) = there else {
            return Err(crate::api::Status::not_found(info.resource, &info.name).into());
        };
        for goal in &self.goals {
            if !goal.is_met(object)? {
                return Ok(None);
            }
        }
        Ok(Some(object.clone()))
    }
}

impl Task for Wait {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        let late = call.cluster.now() >= self.deadline;
        if self.found.is_none() {
            self.find(call)?;
        }
        let Some(found) = self.found.clone() else {
            return if late {
                Err(Failure::from("timed out waiting for the condition"))
            } else {
                Ok(Step::Wait(Some(self.deadline)))
            };
        };
        while let Some(info) = found.get(self.next) {
            match self.look(call, info) {
                Ok(Some(object)) => match &mut self.printer {
                    Some(printer) => printer.print(call.console, object.value())?,
                    None => call.console.line(done(&object, "condition met", DryRun::None)),
                },
                Ok(None) if !late => return Ok(Step::Wait(Some(self.deadline))),
                Ok(None) => return self.rest_is_late(&found),
                Err(failure) => self.failures.push(failure),
            }
            self.next += 1;
        }
        Failure::all(std::mem::take(&mut self.failures)).map(|()| Step::Done)
    }
}

impl Wait {
    /// Objects are waited for one after the other: when the time is over, the rest is not looked at any more.
    fn rest_is_late(&mut self, found: &[Info]) -> Result<Step, Failure> {
        let rest = found.get(self.next..).unwrap_or(&[]);
        self.failures.extend(
            rest.iter()
                .map(|info| Failure::Error(format!("timed out waiting for the condition on {}", info.plural_name()))),
        );
        Failure::all(std::mem::take(&mut self.failures)).map(|()| Step::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::split_value;

    #[test]
    fn the_value_stands_behind_the_brackets() {
        assert_eq!(split_value("{.status.phase}=Running"), ("{.status.phase}", Some("Running")));
        assert_eq!(split_value("{.a[?(@.b==\"c\")].d}=e"), ("{.a[?(@.b==\"c\")].d}", Some("e")));
        assert_eq!(split_value("{.a}"), ("{.a}", None));
    }
}
