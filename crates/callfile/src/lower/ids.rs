//! Ids of entries that other entries find by id: where two are alike, the second would be merged into the first or never be read.

use jiebang_domain::shared::Text;
use std::collections::BTreeSet;

use crate::diagnostic::{Fault, Place};
use crate::document::{Document, FieldTable};

/// Ids that stand twice in one list of a file. Lists and sections of a call, and what becomes one list of the call, such as nodes
/// and rules, are looked through where they are read.
pub(crate) fn twice(document: &Document) -> Vec<Fault> {
    let mut all = repeated(document);
    if document.call.is_none() {
        all.extend(repeated_in_shared(document));
    }
    all.into_iter().map(|(id, place)| id_twice(place, &id)).collect()
}

/// The fault of an id that stands twice, at the second.
pub(crate) fn id_twice(place: Place, id: &str) -> Fault {
    Fault::new(
        "id_twice",
        place,
        Text::new(format!("编号 {id} 出现两次"), format!("The id {id} stands twice")),
        Text::new("给其中一个换一个编号", "Give one of them another id"),
    )
}

/// What stands twice: the id, and the place of the second entry.
type Repeated = (String, Place);

/// Fields, their columns, requirements and periods that stand twice in a file.
fn repeated(document: &Document) -> Vec<Repeated> {
    let root = Place::root();
    let mut all = second(document.field.iter().map(|field| &field.id), &root.key("field"));
    for (nth, field) in document.field.iter().enumerate() {
        all.extend(columns(field, &root.key("field").nth(nth).key("columns")));
    }
    all.extend(second(document.requirement.iter().map(|one| &one.id), &root.key("requirement")));
    all.extend(second(document.period.iter().map(|one| &one.id), &root.key("period")));
    all
}

fn columns(field: &FieldTable, place: &Place) -> Vec<Repeated> {
    second(field.columns.iter().flatten().map(|column| &column.id), place)
}

/// Lists, items of one list, and sections that stand twice in a shared file.
fn repeated_in_shared(document: &Document) -> Vec<Repeated> {
    let root = Place::root();
    let mut all = second(document.list.iter().map(|list| &list.id), &root.key("list"));
    for (nth, list) in document.list.iter().enumerate() {
        let items = root.key("list").nth(nth).key("items");
        all.extend(second(list.items.iter().map(|item| &item.id), &items));
    }
    all.extend(second(document.section.iter().map(|section| &section.id), &root.key("section")));
    all.extend(second(document.form.iter().map(|form| &form.id), &root.key("form")));
    all
}

/// Every id that stood before in the list at `place`.
fn second<'i>(ids: impl Iterator<Item = &'i String>, place: &Place) -> Vec<Repeated> {
    let mut known = BTreeSet::new();
    let mut all = Vec::new();
    for (nth, id) in ids.enumerate() {
        if !known.insert(id) {
            all.push((id.clone(), place.nth(nth).key("id")));
        }
    }
    all
}
