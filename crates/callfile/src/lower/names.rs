//! What an expression of this call may speak of.

use jiebang_domain::application::PLAN_COLUMNS;
use jiebang_domain::call::{Expression, FieldKind, Kind, List, Node, Scope};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::Lowering;
use crate::diagnostic::{Fault, Place};
use crate::document::FieldTable;

impl Lowering<'_> {
    /// The scope of all expressions: `applicant`, `partners`, `form`, `task`, `evidence`.
    pub(super) fn names(&mut self, lists: &BTreeMap<String, List>, nodes: &[Node]) -> Scope {
        let mut scope = Scope::default();
        scope.insert("applicant.kind", choice(list_ids(lists, ORGANISATION_KINDS)));
        scope.insert("applicant.region", Kind::Text);
        let region_kinds = ["province", "separately_planned_city", "corps"];
        scope.insert("applicant.region_kind", choice(region_kinds.map(str::to_owned)));
        scope.insert("applicant.legal_person", Kind::Boolean);
        scope.insert("applicant.mainland", Kind::Boolean);
        scope.insert("applicant.led_before", Kind::Integer);
        scope.insert("task.id", choice(nodes.iter().map(|node| node.id.clone())));
        scope.insert("task.free_text", Kind::Boolean);
        for level in self.document.levels.keys() {
            let ids = nodes.iter().filter(|node| node.level == *level).map(|node| node.id.clone());
            scope.insert(&format!("task.{level}"), choice(ids));
        }
        for field in self.placed_fields().iter() {
            let Some(kind) = self.field_kind_of(field).map(|kind| self.kind_of(&kind, lists, nodes)) else {
                continue;
            };
            if field.id == "partners" {
                scope.insert("partners", kind.clone());
            }
            scope.insert(&format!("form.{}", field.id), kind);
        }
        for evidence in &self.document.evidence {
            scope.insert(&format!("evidence.{}", evidence.id), Kind::Integer);
        }
        scope
    }

    /// Own fields merged with shared ones, for each id that a section places.
    pub(super) fn placed_fields(&self) -> Rc<[FieldTable]> {
        let placed = || {
            self.section_tables()
                .into_iter()
                .flat_map(|(section, _)| &section.fields)
                .filter(|id| !id.starts_with('@'))
                .filter_map(|id| self.merged_field(id))
                .collect()
        };
        Rc::clone(self.placed.get_or_init(placed))
    }

    fn kind_of(&self, kind: &FieldKind, lists: &BTreeMap<String, List>, nodes: &[Node]) -> Kind {
        match kind {
            FieldKind::Boolean => Kind::Boolean,
            FieldKind::Number => Kind::Number,
            FieldKind::Choice(list) => choice(list_ids(lists, list)),
            FieldKind::Task => choice(nodes.iter().filter(|node| node.leaf).map(|node| node.id.clone())),
            FieldKind::Table(columns) => {
                let columns = columns.iter();
                let record =
                    columns.map(|column| (column.id.clone(), self.kind_of(&column.kind, lists, nodes)));
                Kind::List(Box::new(Kind::Record(record.collect())))
            }
            FieldKind::WorkPlan(lanes) => {
                let kind = |column: &str| match lanes {
                    Some(list) if column == "lane" => choice(list_ids(lists, list)),
                    _ => Kind::Text,
                };
                let record = PLAN_COLUMNS.map(|column| (column.to_owned(), kind(column)));
                Kind::List(Box::new(Kind::Record(record.into_iter().collect())))
            }
            FieldKind::Indicators => Kind::List(Box::new(Kind::Text)),
            _ => Kind::Text,
        }
    }

    /// Compiles an expression; its faults are reported at their characters.
    pub(super) fn expression(
        &mut self,
        source: &str,
        names: &Scope,
        expected: &Kind,
        place: &Place,
    ) -> Option<Expression> {
        match Expression::compile(source, names, expected) {
            Ok(expression) => Some(expression),
            Err(faults) => {
                for fault in faults {
                    let place = place.clone().inside(fault.offset);
                    self.errors.push(Fault::new("expression_faulty", place, fault.message, fault.help));
                }
                None
            }
        }
    }
}

/// Id of the list of organisation kinds.
pub(crate) const ORGANISATION_KINDS: &str = "organisation_kinds";

fn list_ids(lists: &BTreeMap<String, List>, id: &str) -> Vec<String> {
    lists.get(id).into_iter().flat_map(|list| list.items.iter().map(|item| item.id.clone())).collect()
}

/// A choice may also be empty: nothing chosen yet.
fn choice(ids: impl IntoIterator<Item = String>) -> Kind {
    let ids: BTreeSet<String> = ids.into_iter().chain(std::iter::once(String::new())).collect();
    Kind::Choice(Arc::new(ids))
}
