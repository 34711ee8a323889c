//! `kubectl logs`. Models kubectl pkg/cmd/logs, polymorphichelpers' logsforobject.go, and what the API server and the
//! kubelet say of a container that has no log (validateContainerLogStatus).

use super::pods;
use crate::api::{Fields, Object, ResourceId, Selector, Status, pod, time_error};
use crate::clock::{Epoch, Time};
use crate::cluster::Cluster;
use crate::kubectl::call::{Call, Next, Step, Task};
use crate::kubectl::flags::Flags;
use crate::kubectl::{Failure, resources};
use crate::kubelet::{Container, LogLine, State};
use crate::order::Order;
use crate::store::Key;
use std::sync::Arc;
use std::time::Duration;

/// What a call says of all its logs.
struct Wanted {
    since: Option<Time>,
    tail: Option<usize>,
    most: Option<usize>,
    previous: bool,
    timestamps: bool,
    prefix: bool,
    epoch: Epoch,
}

/// A container's log.
struct Source {
    pod: Arc<Object>,
    container: String,
}

impl Source {
    fn container<'c>(&self, cluster: &'c Cluster) -> Option<&'c Container> {
        let key = Key::of(ResourceId::PODS, &self.pod);
        let same = cluster.store().get(&key).is_some_and(|pod| pod.uid() == self.pod.uid());
        cluster.kubelets().iter().filter(|_| same).find_map(|kubelet| kubelet.container(&key, &self.container))
    }
}

/// Runs the verb.
pub fn logs(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let usage = |message: &str| Failure::usage("kubectl logs", message);
    let expected = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for \
                    the logs command";
    let labels = flags.get("selector").filter(|labels| !labels.is_empty());
    let (name, inline) = match (flags.args.as_slice(), labels) {
        ([], Some(_)) => (None, None),
        ([_], Some(_)) => return Err(usage("only a selector (-l) or a POD name is allowed")),
        ([name], None) => (Some(name), None),
        ([name, container], _) => (Some(name), Some(container.as_str())),
        _ => return Err(usage(expected)),
    };
    let wanted = wanted(call, flags, labels.is_some())?;
    let named = inline.or(flags.get("container")).filter(|name| !name.is_empty());
    let all_containers = flags.on("all-containers");
    if let (true, Some(name)) = (all_containers, named) {
        return Err(Failure::Error(format!(
            "--all-containers=true should not be specified with container name {name}"
        )));
    }
    if inline.is_some() && flags.given("container") {
        return Err(Failure::from("only one of -c or an inline [CONTAINER] arg is allowed"));
    }
    let pods = match (name, labels) {
        (Some(name), _) => of_name(call, flags, name)?,
        (None, labels) => of_labels(call, flags, labels.unwrap_or(""))?,
    };
    let mut sources = Vec::new();
    for pod in pods {
        if all_containers {
            let kinds = ["spec.initContainers", "spec.containers", "spec.ephemeralContainers"];
            let names = kinds.iter().flat_map(|kind| pod.items(kind)).map(|one| one.text("name").to_owned());
            sources.extend(names.map(|container| Source { pod: pod.clone(), container }));
            continue;
        }
        let container = match named {
            Some(name) => name.to_owned(),
            None => pods::default_container(call, &pod, !flags.on("all-pods")),
        };
        if pods::container(&pod, &container).is_none() {
            let (name, all) = (pod.name(), pods::all_names(&pod));
            return Err(Failure::Error(format!("container {container} is not valid for pod {name} out of: {all}")));
        }
        sources.push(Source { pod, container });
    }
    if !flags.on("follow") {
        for source in &sources {
            print(call, source, &wanted)?;
        }
        return Ok(None);
    }
    let most = flags.int("max-log-requests").unwrap_or(5);
    if sources.len() > 1 && i64::try_from(sources.len()).is_ok_and(|count| count > most) {
        return Err(Failure::Error(format!(
            "you are attempting to follow {} log streams, but maximum allowed concurrency is {most}, use --max-log-requests to \
             increase the limit",
            sources.len()
        )));
    }
    let mut streams = Vec::new();
    for source in sources {
        let printed = match print(call, &source, &wanted) {
            Ok(printed) => printed,
            Err(failure) if flags.on("ignore-errors") => {
                call.console.line(failure.text().trim_end());
                continue;
            }
            Err(failure) => return Err(failure),
        };
        let container = source.container(call.cluster);
        let running = container.and_then(Container::running_since);
        if let (Some(container), Some(started)) = (container, running) {
            streams.push(Stream { next: container.log_end(), started, printed, source });
        }
    }
    Ok(Some(Box::new(Follow { streams, wanted })))
}

/// Reads the flags. Models ToLogOptions and Validate.
fn wanted(call: &mut Call<'_>, flags: &Flags, by_labels: bool) -> Result<Wanted, Failure> {
    let epoch = call.cluster.epoch();
    let since_time = match flags.get("since-time").filter(|text| !text.is_empty()) {
        Some(text) => Some(time(epoch, text)?),
        None => None,
    };
    let since = flags.duration("since").filter(|since| !since.is_zero());
    if since.is_some() && since_time.is_some() {
        return Err(Failure::from("at most one of `sinceTime` or `sinceSeconds` may be specified"));
    }
    // Rounded to seconds, as the request carries it.
    let since = since.map(|since| Duration::from_secs(since.as_secs_f64().round() as u64));
    let most = flags.int("limit-bytes").filter(|most| *most != 0);
    if most.is_some_and(|most| most < 0) {
        return Err(Failure::from("--limit-bytes must be greater than 0"));
    }
    let tail = match flags.int("tail") {
        None if by_labels => Some(10),
        None | Some(-1) => None,
        Some(tail) => Some(usize::try_from(tail).map_err(|_| "--tail must be greater than or equal to -1")?),
    };
    Ok(Wanted {
        since: since.map(|since| call.cluster.now() - since).or(since_time),
        tail,
        most: most.and_then(|most| usize::try_from(most).ok()),
        previous: flags.on("previous"),
        timestamps: flags.on("timestamps"),
        prefix: flags.on("prefix") || flags.on("all-pods"),
        epoch,
    })
}

/// A time of RFC 3339, with any zone.
fn time(epoch: Epoch, text: &str) -> Result<Time, Failure> {
    let why = |why: &str| format!("parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": {why}");
    if let Some(wrong) = time_error(text) {
        return Err(Failure::Error(why(&wrong)));
    }
    let (local, zone) = text.split_at(text.len().saturating_sub(if text.ends_with('Z') { 1 } else { 6 }));
    let part = |range: std::ops::Range<usize>| zone.get(range).and_then(|digits| digits.parse::<u64>().ok());
    let offset = Duration::from_secs(part(1..3).unwrap_or(0) * 3600 + part(4..6).unwrap_or(0) * 60);
    let at = epoch.parse(&format!("{local}Z")).ok_or_else(|| why(": day out of range"))?;
    Ok(if zone.starts_with('-') { at + offset } else { at - offset })
}

fn of_labels(call: &mut Call<'_>, flags: &Flags, labels: &str) -> Result<Vec<Arc<Object>>, Failure> {
    let (namespace, _) = call.namespace(flags);
    let selector = Selector::parse(labels)?;
    let pods: Vec<Arc<Object>> =
        call.cluster.store().select(ResourceId::PODS, &namespace, &selector).into_iter().cloned().collect();
    if pods.is_empty() {
        call.console.error_line(format!("No resources found in {namespace} namespace."));
    }
    Ok(pods)
}

/// The pod of this name, or those of a workload or Service: the best for its log, or all.
fn of_name(call: &mut Call<'_>, flags: &Flags, word: &str) -> Result<Vec<Arc<Object>>, Failure> {
    let (namespace, _) = call.namespace(flags);
    let (resource, object) = match pods::object(call, flags, word) {
        Err(Failure::Refused(status)) if status.reason == "NotFound" => {
            let text = format!("error from server (NotFound): {} in namespace {namespace:?}", status.message);
            return Err(Failure::Error(text));
        }
        found => found?,
    };
    if resource == ResourceId::PODS {
        return Ok(vec![object]);
    }
    let Some(selector) = pods::selector(resource, &object) else {
        let what = resources::group_version_kind(resource);
        let text = format!("cannot get the logs from *{what}: selector for *{what} not implemented");
        return Err(Failure::Error(text));
    };
    let mut pods: Vec<Arc<Object>> =
        call.cluster.store().select(ResourceId::PODS, &namespace, &selector).into_iter().cloned().collect();
    pods.order_by_key(|pod| by_logging(pod));
    let Some(first) = pods.first() else { return Err(Failure::from("timed out waiting for the condition")) };
    if pods.len() > 1 && !flags.on("all-pods") {
        call.console.error_line(format!("Found {} pods, using pod/{}", pods.len(), first.name()));
        pods.truncate(1);
    }
    Ok(pods)
}

/// Which of several pods is looked at first. Models podutils.ByLogging.
fn by_logging(pod: &Object) -> (bool, u8, bool, String, i64, String) {
    let phase = match pod.text("status.phase") {
        "Pending" => 2,
        "Unknown" => 1,
        _ => 0,
    };
    let ready = pod::condition(pod, "Ready").filter(|one| one.text("status") == "True");
    let since = ready.map_or(String::new(), |ready| ready.text("lastTransitionTime").to_owned());
    let restarts = pod.items("status.containerStatuses").iter().filter_map(|one| one.int("restartCount")).max();
    let created = pod.text("metadata.creationTimestamp").to_owned();
    (pod.text("spec.nodeName").is_empty(), phase, ready.is_none(), since, -restarts.unwrap_or(0), created)
}

/// Prints what there is of a log; gives how many bytes.
fn print(call: &mut Call<'_>, source: &Source, wanted: &Wanted) -> Result<usize, Failure> {
    let (pod, name) = (&source.pod, &source.container);
    if pod.text("spec.nodeName").is_empty() {
        return Ok(0);
    }
    let refuse = |why: String| Err(Status::bad_request(why).into());
    let container = source.container(call.cluster);
    let Some(container) = container else {
        let text = format!("container {name:?} in pod {:?} is waiting to start: ContainerCreating", pod.name());
        return refuse(text);
    };
    let last = container.last.as_ref();
    let (from, to) = match (&container.state, last) {
        (_, None) if wanted.previous => {
            return refuse(format!("previous terminated container {name:?} in pod {:?} not found", pod.name()));
        }
        (_, Some(last)) if wanted.previous => (last.started, last.finished),
        (State::Running(since), _) => (*since, Time(u64::MAX)),
        (State::Ended(ending), _) => (ending.started, ending.finished),
        (State::Waiting { .. }, Some(last)) => (last.started, last.finished),
        (State::Waiting { reason, .. }, None) => {
            let reason = match *reason {
                "ErrImagePull" => "image can't be pulled",
                "ImagePullBackOff" => "trying and failing to pull image",
                reason => reason,
            };
            return refuse(format!("container {name:?} in pod {:?} is waiting to start: {reason}", pod.name()));
        }
    };
    let lines: Vec<&LogLine> = container.log().iter().filter(|line| (from..=to).contains(&line.at)).collect();
    let since = wanted.since.unwrap_or(Time::ZERO);
    let skipped = lines.len().saturating_sub(wanted.tail.unwrap_or(usize::MAX));
    let mut printed = 0;
    let mut out = String::new();
    for line in lines.into_iter().skip(skipped).filter(|line| line.at >= since) {
        out.push_str(&shown(source, wanted, line, &mut printed));
    }
    call.console.out(out);
    Ok(printed)
}

/// A line as it is printed, of as many bytes as may still be.
fn shown(source: &Source, wanted: &Wanted, line: &LogLine, printed: &mut usize) -> String {
    let time = if wanted.timestamps { format!("{} ", wanted.epoch.timestamp_micros(line.at)) } else { String::new() };
    let mut text = format!("{time}{}\n", line.text);
    if let Some(most) = wanted.most {
        let room = most.saturating_sub(*printed);
        let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    *printed += text.len();
    if wanted.prefix && !text.is_empty() {
        return format!("[pod/{}/{}] {text}", source.pod.name(), source.container);
    }
    text
}

/// A log that is followed.
struct Stream {
    source: Source,
    /// The first line that was not seen yet.
    next: usize,
    /// When the container's run began that it follows.
    started: Time,
    printed: usize,
}

/// `-f`: prints lines as they come, until the containers have ended.
struct Follow {
    streams: Vec<Stream>,
    wanted: Wanted,
}

impl Task for Follow {
    fn poll(&mut self, call: &mut Call<'_>) -> Result<Step, Failure> {
        let mut fresh: Vec<(Time, String)> = Vec::new();
        let wanted = &self.wanted;
        self.streams.retain_mut(|stream| {
            let Some(container) = stream.source.container(call.cluster) else { return false };
            let goes_on = container.running_since() == Some(stream.started);
            for line in container.log_since(stream.next) {
                // What the next run of the container prints is not followed.
                if goes_on || container.running_since().is_none_or(|since| line.at < since) {
                    let text = shown(&stream.source, wanted, line, &mut stream.printed);
                    fresh.push((line.at, text));
                }
            }
            stream.next = container.log_end();
            goes_on && wanted.most.is_none_or(|most| stream.printed < most)
        });
        fresh.order_by_key(|(at, _)| *at);
        for (_, text) in fresh {
            call.console.out(text);
        }
        Ok(if self.streams.is_empty() { Step::Done } else { Step::Wait(None) })
    }
}
