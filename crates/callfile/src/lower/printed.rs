//! The forms as they are printed: what stands where in the application book.

use jiebang_domain::call::{Call, Field, FieldKind, PrintedEntry, PrintedForm, PrintedPart};
use std::collections::BTreeSet;

use super::{Lowering, text};
use crate::diagnostic::{Place, Step};
use crate::document::{LayoutName, PrintedFormTable, PrintedPartTable};

impl<'d> Lowering<'d> {
    pub(super) fn forms(&mut self, call: &Call) -> Vec<PrintedForm> {
        let mut forms = Vec::new();
        for (table, place) in self.form_tables() {
            let part = |(nth, part): (usize, &PrintedPartTable)| {
                self.printed_part(call, part, &place.key("parts").nth(nth))
            };
            forms.push(PrintedForm {
                id: table.id.clone(),
                title: text(&table.title),
                boxes: table.layout == LayoutName::Boxes,
                text: table.text.iter().map(text).collect(),
                parts: table.parts.iter().enumerate().map(part).collect(),
                notes: table.notes.iter().map(text).collect(),
            });
        }
        forms
    }

    /// Forms of the shared files, then the call's own; a form takes the place of one of the same id in a file before.
    fn form_tables(&mut self) -> Vec<(&'d PrintedFormTable, Place)> {
        let extends = Place::root().key("extends");
        let mut tables: Vec<(&PrintedFormTable, Place)> = Vec::new();
        let mut put = |table: &'d PrintedFormTable, place: Place| match tables
            .iter_mut()
            .find(|(known, _)| known.id == table.id)
        {
            Some(known) => *known = (table, place),
            None => tables.push((table, place)),
        };
        for (nth, shared) in self.shared.iter().enumerate() {
            shared.form.iter().for_each(|form| put(form, extends.nth(nth)));
        }
        let mut own = BTreeSet::new();
        for (nth, form) in self.document.form.iter().enumerate() {
            let place = Place::root().key("form").nth(nth);
            match own.insert(&form.id) {
                true => put(form, place),
                false => self.twice(place.key("id"), &form.id),
            }
        }
        tables
    }

    fn printed_part(&mut self, call: &Call, table: &PrintedPartTable, place: &Place) -> PrintedPart {
        let chapters = table.chapters.iter().enumerate().map(|(nth, chapter)| PrintedPart {
            title: Some(self.filled(&chapter.title)),
            entries: self.printed(call, &chapter.fields, &place.key("chapters").nth(nth)),
            chapters: Vec::new(),
        });
        let chapters = chapters.collect();
        PrintedPart {
            title: table.title.as_ref().map(|title| self.filled(title)),
            entries: self.printed(call, &table.fields, place),
            chapters,
        }
    }

    /// What the ids name; one that names nothing is a fault, except in a shared file: calls leave out some of its fields.
    fn printed(&mut self, call: &Call, names: &[String], place: &Place) -> Vec<PrintedEntry> {
        let mut entries = Vec::new();
        let shared = place.steps.first() == Some(&Step::Key("extends".to_owned()));
        for (nth, name) in names.iter().enumerate() {
            match printed(call, name) {
                Some(entry) => entries.push(entry),
                None if shared => {}
                None => {
                    let known = known(call);
                    let known = known.iter().map(String::as_str);
                    self.unknown(
                        "printed_unknown",
                        place.key("fields").nth(nth),
                        name,
                        ("可印的栏目", "entry to print"),
                        known,
                    );
                }
            }
        }
        entries
    }
}

fn printed(call: &Call, name: &str) -> Option<PrintedEntry> {
    if name == "@evidence" {
        return Some(PrintedEntry::Evidence);
    }
    if let Some(id) = name.strip_prefix('@') {
        let known = call.declarations.iter().any(|declaration| declaration.id == id);
        return known.then(|| PrintedEntry::Declaration(id.to_owned()));
    }
    if let Some(level) = name.strip_prefix("task.")
        && call.levels.contains_key(level)
    {
        return Some(PrintedEntry::Level(level.to_owned()));
    }
    let column = || {
        let (table, column) = name.rsplit_once('.')?;
        columns(call.field(table)?).iter().find(|known| known.id == column)
    };
    call.field(name).or_else(column).map(|_| PrintedEntry::Field(name.to_owned()))
}

fn columns(field: &Field) -> &[Field] {
    match &field.kind {
        FieldKind::Table(columns) => columns,
        _ => &[],
    }
}

/// All that could have been meant.
fn known(call: &Call) -> Vec<String> {
    let mut known = vec!["@evidence".to_owned()];
    known.extend(call.declarations.iter().map(|declaration| format!("@{}", declaration.id)));
    known.extend(call.levels.keys().map(|level| format!("task.{level}")));
    for (_, field) in call.fields() {
        known.extend(columns(field).iter().map(|column| format!("{}.{}", field.id, column.id)));
        known.push(field.id.clone());
    }
    known
}
