//! `status`, `scale`, `binding`, `ephemeralcontainers` and `finalize`: the narrow doors to an object.

use super::create::decode;
use super::patch::patched;
use super::server::Done;
use super::update::with_status;
use super::{ApiServer, Moment, Patch, Request, Verb, metadata};
use crate::api::{self, Cause, Fields, Object, ResourceId, Status, Value, json};
use std::sync::Arc;

impl ApiServer {
    pub(super) fn serve_subresource(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Done, Status> {
        let known = api::Subresource::named(request.resource, request.subresource);
        match known.map_or("", |known| known.name) {
            "status" => self.status(request, moment),
            "scale" => self.scale(request, moment),
            "binding" => self.bind(request, moment),
            "ephemeralcontainers" => self.ephemeral_containers(request, moment),
            "finalize" => self.finalize(request, moment),
            "resize" if request.verb == Verb::Get => Ok(Done::new(200, self.stored(&request.key())?)),
            _ => Err(Status::plain(404, "NotFound", "the server could not find the requested resource")),
        }
    }

    /// The object with another status; everything else stays as it is stored.
    fn status(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Done, Status> {
        let old = self.stored(&request.key())?;
        let (body, warnings) = match &request.verb {
            // The components of the cluster write a status as it should be: nothing is decoded.
            Verb::Update(body) => (body.clone(), Vec::new()),
            Verb::Patch(patch) => {
                let (object, warnings) =
                    patched(request.resource, patch, old.value())?.decode(request, Some(old.value()))?;
                (object.into_value(), warnings)
            }
            _ => return Ok(Done::new(200, old)),
        };
        check_version(request, &body, &old)?;
        let mut new = with_status(&old, body.at("status"));
        // The strategy of Deployments leaves annotations in: the controller writes the revision with the status.
        if request.resource == ResourceId::DEPLOYMENTS
            && let Some(annotations) = body.at("metadata.annotations")
        {
            new.set("metadata.annotations", annotations.clone());
        }
        if request.resource == ResourceId::SERVICES {
            api::default(request.resource, &mut new);
            let causes = api::validate_service_status(&new, &old, &self.settings.gates);
            if !causes.is_empty() {
                return Err(Status { warnings, ..Status::invalid(request.resource, new.name(), causes) });
            }
        }
        Ok(self.store_change(request, new, &old, moment)?.with(warnings))
    }

    /// How many replicas are wanted, as an object of its own. Models autoscaling/v1 Scale.
    fn scale(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Done, Status> {
        let old = self.stored(&request.key())?;
        let body = match &request.verb {
            Verb::Update(body) => body.clone(),
            Verb::Patch(Patch::Apply { .. }) => return Err(Status::bad_request("apply to a scale is not served")),
            Verb::Patch(patch) => patched(request.resource, patch, scale_of(&old).value())?.tree,
            _ => return Ok(Done::new(200, Arc::new(scale_of(&old)))),
        };
        check_version(request, &body, &old)?;
        let replicas = body.int("spec.replicas").unwrap_or(0);
        if replicas < 0 {
            let cause = Cause::invalid("spec.replicas", &replicas.into(), "must be greater than or equal to 0");
            let mut status = Status::invalid(request.resource, old.name(), vec![cause]);
            status.message = status.message.replacen(&kind_in_message(request.resource), "Scale.autoscaling", 1);
            (status.kind, status.group) = ("Scale".to_owned(), "autoscaling".to_owned());
            return Err(status);
        }
        let mut new = Object::clone(&old);
        new.set("spec.replicas", Value::from(replicas));
        super::strategy::prepare_for_update(request.resource, &mut new, &old);
        let done = self.store_change(request, new, &old, moment)?;
        Ok(Done { object: Arc::new(scale_of(&done.object)), ..done })
    }

    /// A pod gets its node, once. Models pkg/registry/core/pod/storage assignPod.
    fn bind(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Done, Status> {
        let Verb::Create(body) = &request.verb else {
            return Err(Status::plain(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            ));
        };
        let old = self.stored(&request.key())?;
        let conflict = |why: String| {
            let name = &request.name;
            Status::plain(409, "Conflict", format!("Operation cannot be fulfilled on pods/binding \"{name}\": {why}"))
        };
        if old.is_being_deleted() {
            return Err(conflict(format!("pod {} is being deleted, cannot be assigned to a host", request.name)));
        }
        let bound = api::pod::node(&old);
        if !bound.is_empty() {
            return Err(conflict(format!("pod {} is already assigned to node \"{bound}\"", request.name)));
        }
        let mut new = Object::clone(&old);
        new.set("spec.nodeName", Value::from(body.text("target.name")));
        let mut conditions: Vec<Value> =
            old.items("status.conditions").iter().filter(|one| one.text("type") != "PodScheduled").cloned().collect();
        let mut scheduled = json!({
            "type": "PodScheduled", "status": "True", "lastProbeTime": null,
            "lastTransitionTime": moment.epoch.timestamp(moment.now),
        });
        if let (Some(generation), Value::Object(scheduled)) = (old.at("metadata.generation"), &mut scheduled) {
            scheduled.insert("observedGeneration".to_owned(), generation.clone());
        }
        conditions.push(scheduled);
        new.set("status.conditions", Value::from(conditions));
        let done = self.store_change(request, new, &old, moment)?;
        Ok(Done { code: 201, ..done })
    }

    /// A pod gets more ephemeral containers; everything else of it stays. Models podEphemeralContainersStrategy.
    fn ephemeral_containers(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Done, Status> {
        let old = self.stored(&request.key())?;
        let (mut body, warnings) = match &request.verb {
            Verb::Update(body) => decode(request, body)?,
            Verb::Patch(patch) => patched(request.resource, patch, old.value())?.decode(request, Some(old.value()))?,
            _ => return Ok(Done::new(200, old)),
        };
        check_version(request, body.value(), &old)?;
        api::default(request.resource, &mut body);
        let path = "spec.ephemeralContainers";
        let mut new = Object::clone(&old);
        match body.items(path) {
            [] => drop(new.remove(path)),
            all => new.set(path, Value::from(all.to_vec())),
        }
        super::strategy::prepare_for_update(request.resource, &mut new, &old);
        let causes = api::validate_ephemeral_containers(&new, &old);
        if !causes.is_empty() {
            return Err(Status { warnings, ..Status::invalid(request.resource, new.name(), causes) });
        }
        Ok(self.store_change(request, new, &old, moment)?.with(warnings))
    }

    /// The namespace controller is done with a namespace: its finalizers change, and without any it goes.
    fn finalize(&mut self, request: &Request, moment: &mut Moment<'_>) -> Result<Done, Status> {
        let old = self.stored(&request.key())?;
        let Verb::Update(body) = &request.verb else { return Ok(Done::new(200, old)) };
        let mut new = Object::clone(&old);
        new.set("spec.finalizers", Value::from(body.items("spec.finalizers").to_vec()));
        self.store_change(request, new, &old, moment)
    }
}

/// 409 where the body is of another version than what is stored.
fn check_version(request: &Request, body: &Value, old: &Object) -> Result<(), Status> {
    let version = body.text("metadata.resourceVersion");
    if !version.is_empty() && version != old.text("metadata.resourceVersion") {
        return Err(metadata::modified(request.resource, old.name()));
    }
    Ok(())
}

fn kind_in_message(resource: ResourceId) -> String {
    let info = resource.info();
    if info.group.is_empty() { info.kind.to_owned() } else { format!("{}.{}", info.kind, info.group) }
}

fn scale_of(object: &Object) -> Object {
    let of = |field: &str| object.at(&format!("metadata.{field}")).cloned().unwrap_or_default();
    let selector = match object.at("spec.selector") {
        Some(selector) if selector.at("matchLabels").is_some() || selector.at("matchExpressions").is_some() => {
            api::Selector::of_label_selector(selector).to_string()
        }
        Some(Value::Object(labels)) => {
            let pairs = labels.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
            pairs.collect::<Vec<_>>().join(",")
        }
        _ => String::new(),
    };
    let scale = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {
            "name": of("name"), "namespace": of("namespace"), "uid": of("uid"),
            "resourceVersion": of("resourceVersion"), "creationTimestamp": of("creationTimestamp"),
        },
        "spec": {"replicas": object.int("spec.replicas").unwrap_or(0)},
        "status": {"replicas": object.int("status.replicas").unwrap_or(0), "selector": selector},
    });
    Object::new(scale).unwrap_or_else(|_| object.clone())
}
