//! The metadata that the server itself writes and guards: names, uids, times, versions.

use super::{Moment, strategy};
use crate::api::{Cause, Fields, Object, ResourceId, Status, Value};

/// Gives a new object its uid and times; what a client wrote there is gone. Models rest.FillObjectMetaSystemFields and
/// rest.BeforeCreate.
pub fn fill(object: &mut Object, moment: &mut Moment<'_>) {
    for field in ["resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields"] {
        object.remove(&format!("metadata.{field}"));
    }
    object.set("metadata.uid", Value::from(moment.random.uuid()));
    object.set("metadata.creationTimestamp", Value::from(moment.epoch.timestamp(moment.now)));
}

/// A name made of `generateName`. Models apiserver pkg/storage/names SimpleNameGenerator: 58 characters are left.
pub fn generate_name(prefix: &str, moment: &mut Moment<'_>) -> String {
    let kept: String = prefix.chars().take(58).collect();
    kept + &moment.random.name_suffix(5)
}

/// Whether `new` may take the place of `old` as far as versions go: 409 where a version is given and is another one.
pub fn check_version(resource: ResourceId, new: &Object, old: &Object) -> Result<(), Status> {
    let given = new.text("metadata.resourceVersion");
    if given.is_empty() || given == "0" {
        if strategy::updates_unconditionally(resource) {
            return Ok(());
        }
        let cause = Cause::invalid("metadata.resourceVersion", &Value::from(0), "must be specified for an update");
        return Err(Status::invalid(resource, old.name(), vec![cause]));
    }
    if given.parse::<u64>().is_err() {
        let message = format!("strconv.ParseUint: parsing \"{given}\": invalid syntax");
        return Err(Status::plain(500, "", message));
    }
    if given != old.text("metadata.resourceVersion") {
        return Err(modified(resource, old.name()));
    }
    let uid = new.uid();
    if !uid.is_empty() && uid != old.uid() {
        return Err(uid_conflict(resource, old, uid));
    }
    Ok(())
}

/// 409 in the words that every client knows.
pub fn modified(resource: ResourceId, name: &str) -> Status {
    let why = "the object has been modified; please apply your changes to the latest version and try again";
    Status::conflict(resource, name, why)
}

/// 409 where a uid was asked for that the object does not have. Models storage.NewInvalidObjError, whose words reach the
/// client with the object's key in etcd.
pub fn uid_conflict(resource: ResourceId, object: &Object, wanted: &str) -> Status {
    let info = resource.info();
    // Where the objects of a kind lie is older than some of their names.
    let folder = match resource {
        ResourceId::SERVICES => "services/specs",
        ResourceId::ENDPOINTS => "services/endpoints",
        ResourceId::NODES => "minions",
        ResourceId::REPLICATION_CONTROLLERS => "controllers",
        ResourceId::INGRESSES => "ingress",
        _ => info.plural,
    };
    let (name, found) = (object.name(), object.uid());
    let place = if info.namespaced { format!("{}/{name}", object.namespace()) } else { name.to_owned() };
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: /registry/{folder}/{place}, ResourceVersion: 0, \
         AdditionalErrorMsg: Precondition failed: UID in precondition: {wanted}, UID in object meta: {found}"
    );
    Status::conflict(resource, name, &why)
}

/// Puts the fields back that an update leaves out. Changes to those that stay for ever are left for validation to refuse.
/// Models rest.BeforeUpdate and the forgiving half of ValidateObjectMetaAccessorUpdate.
pub fn keep(new: &mut Object, old: &Object) {
    for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        let path = format!("metadata.{field}");
        if new.at(&path).is_none_or(Value::is_null) {
            strategy::put_back(new, old, &path);
        }
    }
    new.remove("metadata.managedFields");
    new.remove("metadata.selfLink");
    strategy::put_back(new, old, "metadata.resourceVersion");
}
