//! Who owns which fields of an object: found when it is asked for, from the object's history.
//!
//! A real server keeps `managedFields` in each object and works it out at each write. Few ever look at it, so here only
//! the writer of each change is noted, and the sets are made from the changes when an applier, or a reader, needs them.
//!
//! Models structured-merge-diff merge.Updater and apimachinery pkg/util/managedfields.

use super::fields::FieldSet;
use super::typed::compare;
use crate::api::patch::Rules;
use crate::api::{Fields, Object, ResourceId, Value, json};
use crate::clock::{Epoch, Time};
use crate::store::{Key, Store};
use std::sync::Arc;

/// Metadata that nobody owns. Models stripMeta.
const STRIPPED: &[&[&str]] = &[
    &["apiVersion"],
    &["kind"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
    &["metadata", "deletionTimestamp"],
    &["metadata", "deletionGracePeriodSeconds"],
];

/// Who wrote a change, and how.
#[derive(Clone, Debug)]
pub struct Writer {
    /// The revision of the change.
    pub revision: u64,
    /// `fieldManager`.
    pub manager: Arc<str>,
    /// `status`, `scale`; empty for the object itself.
    pub subresource: &'static str,
    /// What was claimed.
    pub claim: Claim,
}

/// What a writer claims.
#[derive(Clone, Debug)]
pub enum Claim {
    /// What the write changed, without what the server itself filled in.
    Changes(FieldSet),
    /// What an applied manifest names.
    Applied(FieldSet),
    /// The owners were written by hand.
    Owners(Vec<Owner>),
}

/// One entry of `managedFields`.
#[derive(Clone, Debug, PartialEq)]
pub struct Owner {
    /// The manager's name.
    pub manager: Arc<str>,
    /// It applied; it updated otherwise.
    pub applied: bool,
    /// The subresource that it wrote through.
    pub subresource: String,
    /// When it last changed its fields.
    pub at: Time,
    /// Its fields.
    pub fields: FieldSet,
}

/// The notes of who wrote what, by revision.
#[derive(Clone, Debug, Default)]
pub struct Writers {
    notes: Vec<Writer>,
}

impl Writers {
    /// Notes who wrote a change. Revisions come in order.
    pub fn note(&mut self, writer: Writer) {
        self.notes.push(writer);
    }

    fn of(&self, revision: u64) -> Option<&Writer> {
        let place = self.notes.partition_point(|writer| writer.revision < revision);
        self.notes.get(place).filter(|writer| writer.revision == revision)
    }

    /// The owners of the fields of the object at `key`, in the order of their first write.
    pub fn owners(&self, store: &Store, key: &Key) -> Vec<Owner> {
        let rules = Rules::of(key.resource);
        let mut owners: Vec<Owner> = Vec::new();
        for change in store.changes_since(0).iter().filter(|change| change.key == *key) {
            let Some(new) = &change.new else {
                owners.clear();
                continue;
            };
            let nothing = Value::Null;
            let old = change.old.as_ref().map_or(&nothing, |old| old.value());
            if change.old.is_none() {
                owners.clear();
            }
            let mut difference = compare(old, new.value(), rules);
            strip(&mut difference.written);
            strip(&mut difference.removed);
            let Some(writer) = self.of(change.revision) else { continue };
            if writer.subresource != "status" {
                // What the server itself wrote there is nobody's. Models the strategies' GetResetFields.
                difference.written.strip(&["status"]);
            }
            let mut lost = difference.written.clone();
            lost.extend(&difference.removed);
            match &writer.claim {
                Claim::Owners(written) => owners.clone_from(written),
                Claim::Applied(fields) => {
                    take(&mut owners, &lost, writer, true);
                    let owner = own(&mut owners, writer, true, change.at);
                    if owner.fields != *fields {
                        owner.at = change.at;
                    }
                    owner.fields = fields.clone();
                }
                Claim::Changes(unowned) => {
                    take(&mut owners, &lost, writer, false);
                    let written = difference.written.without(unowned);
                    if !written.is_empty() || !difference.removed.is_empty() {
                        let owner = own(&mut owners, writer, false, change.at);
                        owner.at = change.at;
                        owner.fields = owner.fields.without(&difference.removed);
                        owner.fields.extend(&written);
                    }
                }
            }
            owners.retain(|owner| !owner.fields.is_empty());
        }
        owners
    }
}

/// Takes the fields that nobody owns out.
pub fn strip(set: &mut FieldSet) {
    for path in STRIPPED {
        set.strip(path);
    }
}

/// What was written belongs to its writer alone, what was removed to nobody.
fn take(owners: &mut [Owner], lost: &FieldSet, writer: &Writer, applied: bool) {
    for owner in owners.iter_mut().filter(|owner| !is_same(owner, writer, applied)) {
        owner.fields = owner.fields.without(lost);
    }
}

fn is_same(owner: &Owner, writer: &Writer, applied: bool) -> bool {
    owner.manager == writer.manager && owner.applied == applied && owner.subresource == writer.subresource
}

fn own<'a>(owners: &'a mut Vec<Owner>, writer: &Writer, applied: bool, at: Time) -> &'a mut Owner {
    let place = owners.iter().position(|owner| is_same(owner, writer, applied)).unwrap_or_else(|| {
        owners.push(Owner {
            manager: writer.manager.clone(),
            applied,
            subresource: writer.subresource.to_owned(),
            at,
            fields: FieldSet::default(),
        });
        owners.len() - 1
    });
    // The place was found or made just now.
    #[allow(clippy::indexing_slicing)]
    &mut owners[place]
}

impl Owner {
    /// How messages name it. Models managedfields printManager.
    pub fn shown(&self, resource: ResourceId) -> String {
        let mut text = format!("\"{}\"", self.manager);
        if !self.subresource.is_empty() {
            text = format!("{text} with subresource \"{}\"", self.subresource);
        }
        if self.applied { text } else { format!("{text} using {}", resource.info().api_version()) }
    }

    /// As `metadata.managedFields` has it.
    pub fn to_json(&self, resource: ResourceId, epoch: Epoch) -> Value {
        let mut entry = json!({
            "apiVersion": resource.info().api_version(),
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields.to_json(),
            "manager": &*self.manager,
            "operation": if self.applied { "Apply" } else { "Update" },
            "time": epoch.timestamp(self.at),
        });
        if let (false, Value::Object(entry)) = (self.subresource.is_empty(), &mut entry) {
            entry.insert("subresource".to_owned(), Value::from(self.subresource.as_str()));
        }
        entry
    }

    /// Reads [`Owner::to_json`].
    pub fn of_json(entry: &Value, epoch: Epoch, now: Time) -> Owner {
        Owner {
            manager: Arc::from(entry.text("manager")),
            applied: entry.text("operation") == "Apply",
            subresource: entry.text("subresource").to_owned(),
            at: epoch.parse(entry.text("time")).unwrap_or(now),
            fields: entry.at("fieldsV1").map(FieldSet::of_json).unwrap_or_default(),
        }
    }
}

/// What the server filled in between two states of an object that is being written: nobody owns it.
pub fn filled_in(before: &Object, after: &Object, resource: ResourceId) -> FieldSet {
    compare(before.value(), after.value(), Rules::of(resource)).written
}
