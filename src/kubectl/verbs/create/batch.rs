//! `kubectl create job` and `kubectl create cronjob`. Models create_job.go and create_cronjob.go.

use super::{finish, name};
use crate::api::{Fields, Map, Object, ResourceId, Value, json};
use crate::kubectl::Failure;
use crate::kubectl::builder::Query;
use crate::kubectl::call::{Call, Next};
use crate::kubectl::flags::Flags;
use crate::kubectl::tree::put;

/// What follows the name: the container's command.
fn command(flags: &Flags) -> &[String] {
    flags.args.get(1..).unwrap_or(&[])
}

/// The spec of a Job that runs one container.
fn job_spec(flags: &Flags, name: &str, restart: &str) -> Value {
    let mut container = json!({"image": flags.text("image"), "name": name, "resources": {}});
    if !command(flags).is_empty() {
        put(&mut container, "command", command(flags).to_vec());
    }
    json!({"template": {"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}}})
}

/// Runs `kubectl create job`.
pub fn job(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create job")?.to_owned();
    let (image, from) = (flags.text("image"), flags.text("from"));
    if image.is_empty() == from.is_empty() {
        return Err(Failure::from("either --image or --from must be specified"));
    }
    if !from.is_empty() && !command(flags).is_empty() {
        return Err(Failure::from("cannot specify --from and command"));
    }
    let mut value = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "status": {}});
    if from.is_empty() {
        put(&mut value, "spec", job_spec(flags, &name, "Never"));
    } else {
        let (metadata, spec) = from_cron_job(call, flags, from, &name)?;
        put(&mut value, "metadata", metadata);
        put(&mut value, "spec", spec);
    }
    finish(call, flags, ResourceId::JOBS, value, |failure| {
        Failure::Error(format!("failed to create job: {}", failure.message()))
    })
}

/// The metadata and spec of a Job that a CronJob would make. Models createJobFromCronJob.
fn from_cron_job(call: &mut Call<'_>, flags: &Flags, from: &str, name: &str) -> Result<(Value, Value), Failure> {
    let (namespace, _) = call.namespace(flags);
    let args = [from.to_owned()];
    let found = Query { namespace, args: &args, latest: true, ..Query::default() }.find(call)?;
    Failure::all(found.failures)?;
    let [info] = found.infos.as_slice() else { return Err(Failure::from("from must be an existing cronjob")) };
    let object: &Object = &info.object();
    if info.resource != ResourceId::CRON_JOBS {
        let kind = info.resource.info();
        return Err(Failure::Error(format!("unknown object type *{}.{}", kind.version, kind.kind)));
    }
    let template = |path: &str| object.at(&format!("spec.jobTemplate.{path}"));
    let mut annotations = Map::new();
    annotations.insert("cronjob.kubernetes.io/instantiate".to_owned(), Value::from("manual"));
    for (key, value) in object.text_pairs("spec.jobTemplate.metadata.annotations") {
        annotations.insert(key.to_owned(), Value::from(value));
    }
    let mut metadata = json!({
        "annotations": annotations, "name": name,
        "ownerReferences": [{
            "apiVersion": "batch/v1", "kind": "CronJob", "name": object.name(), "uid": object.uid(), "controller": true,
        }],
    });
    if let Some(labels) = template("metadata.labels") {
        put(&mut metadata, "labels", labels.clone());
    }
    Ok((metadata, template("spec").cloned().unwrap_or_default()))
}

/// Runs `kubectl create cronjob`.
pub fn cron_job(call: &mut Call<'_>, flags: &Flags) -> Result<Next, Failure> {
    let name = name(flags, "kubectl create cronjob")?.to_owned();
    let restart = Some(flags.text("restart")).filter(|policy| !policy.is_empty()).unwrap_or("OnFailure");
    let value = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
        "spec": {
            "jobTemplate": {"metadata": {"name": name}, "spec": job_spec(flags, &name, restart)},
            "schedule": flags.text("schedule"),
        },
        "status": {},
    });
    finish(call, flags, ResourceId::CRON_JOBS, value, |failure| {
        Failure::Error(format!("failed to create cronjob: {}", failure.message()))
    })
}
