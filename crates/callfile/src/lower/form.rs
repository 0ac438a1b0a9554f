//! The form: sections, fields, limits in 字, evidence, declarations, cover.

use jiebang_domain::application::{MEMBER, PARTNERS};
use jiebang_domain::call::{
    CharacterLimit, Cover, Declaration, Entry, Evidence, Field, FieldKind, Kind, List, Scope, Section,
    Signer, Source,
};
use std::collections::{BTreeMap, BTreeSet};

use super::{Lowering, text};
use crate::diagnostic::Place;
use crate::document::{FieldKindName, FieldTable, NeedName, Pair, PerName, SectionTable, SignerName};

/// Names of pages of an application that are no sections.
const RESERVED: [&str; 6] = ["check", "draft", "files", "reopen", "submit", "withdraw"];

impl<'d> Lowering<'d> {
    pub(super) fn sections(&mut self, lists: &BTreeMap<String, List>, names: &Scope) -> Vec<Section> {
        let document = self.document;
        let limits = self.character_limits();
        let mut placed = BTreeSet::new();
        let mut ids = BTreeSet::new();
        let mut sections = Vec::new();
        for (table, place) in self.section_tables() {
            if !ids.insert(&table.id) {
                self.twice(place.key("id"), &table.id);
            }
            self.reserved(&table.id, &place);
            let source = self.source(Some(&table.clause), None, &place);
            let mut entries = Vec::new();
            for (nth, id) in table.fields.iter().enumerate() {
                let here = place.key("fields").nth(nth);
                if !placed.insert(id.clone()) {
                    self.twice(here.clone(), id);
                    continue;
                }
                match id.as_str() {
                    "@evidence" => entries.push(Entry::Evidence),
                    "@declarations" => entries.push(Entry::Declarations),
                    _ => entries.extend(
                        self.placed_field(id, &source, lists, names, &limits, &here).map(Entry::Field),
                    ),
                }
            }
            sections.push(Section { id: table.id.clone(), title: text(&table.title), entries, source });
        }
        self.fields_are_placed(&placed);
        if !sections.is_empty() && !document.node.is_empty() && !placed.contains("task") {
            self.error(
                "task_field_missing",
                Place::root().key("section").nth(0),
                ("表单没有选择任务的栏目 task", "The form has no field task to choose the task with"),
                (
                    "加上 id = \"task\"、type = \"choice\"、list = \"@tasks\" 的栏目",
                    "Add a field with id = \"task\", type = \"choice\", list = \"@tasks\"",
                ),
            );
        }
        sections
    }

    /// Refuses the names of the pages that stand beside those of the sections.
    fn reserved(&mut self, id: &str, place: &Place) {
        if RESERVED.contains(&id) {
            self.error(
                "section_reserved",
                place.key("id"),
                (
                    format!("节不能叫 {id}：申报的页面已用这个名称"),
                    format!("A section cannot be called {id}: a page of each application is"),
                ),
                ("换一个名称", "Choose another id"),
            );
        }
    }

    /// Sections of the shared files, then the call's own; an own section replaces the shared one of the same id.
    pub(super) fn section_tables(&self) -> Vec<(&'d SectionTable, Place)> {
        let own = &self.document.section;
        let mut tables = Vec::new();
        for (nth, shared) in self.shared.iter().enumerate() {
            for table in &shared.section {
                let place = match own.iter().position(|section| section.id == table.id) {
                    Some(own) => Place::root().key("section").nth(own),
                    None => Place::root().key("extends").nth(nth),
                };
                let table = own.iter().find(|section| section.id == table.id).unwrap_or(table);
                tables.push((table, place));
            }
        }
        for (nth, table) in own.iter().enumerate() {
            if !tables.iter().any(|(placed, _)| placed.id == table.id) {
                tables.push((table, Place::root().key("section").nth(nth)));
            }
        }
        tables
    }

    /// Fields that the call declares itself must stand in a section.
    fn fields_are_placed(&mut self, placed: &BTreeSet<String>) {
        let document = self.document;
        for (nth, field) in document.field.iter().enumerate() {
            if !placed.contains(&field.id) {
                self.error(
                    "field_unplaced",
                    Place::root().key("field").nth(nth).key("id"),
                    (
                        format!("栏目 {} 不在任何一节中", field.id),
                        format!("Field {} stands in no section", field.id),
                    ),
                    ("写进某个 [[section]] 的 fields", "Name it in the fields of a [[section]]"),
                );
            }
        }
    }

    fn character_limits(&mut self) -> BTreeMap<String, CharacterLimit> {
        let document = self.document;
        let mut limits = BTreeMap::new();
        let known = self.text_paths();
        for (nth, table) in document.character_limit.iter().enumerate() {
            let place = Place::root().key("character_limit").nth(nth);
            let source = self.source(Some(&table.clause), None, &place);
            if !known.contains(&table.field) {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                self.unknown(
                    "field_unknown",
                    place.key("field"),
                    &table.field,
                    ("文字栏目", "text field"),
                    known,
                );
            }
            if table.max == 0 {
                self.limit_zero(place.key("max"), "一个字也不能写", "not one character could be written");
            }
            let limit = CharacterLimit { max: table.max, source };
            if limits.insert(table.field.clone(), limit).is_some() {
                self.error(
                    "limits_conflict",
                    place.key("field"),
                    (
                        format!("{} 有两个字数上限", table.field),
                        format!("{} has two character limits", table.field),
                    ),
                    ("只留一个", "Keep one of them"),
                );
            }
        }
        limits
    }

    /// Paths of all placed text fields and text columns.
    fn text_paths(&self) -> Vec<String> {
        let texts =
            |kind: Option<FieldKindName>| matches!(kind, Some(FieldKindName::Text | FieldKindName::LongText));
        let mut paths = Vec::new();
        for field in self.placed_fields().iter() {
            if texts(field.kind) {
                paths.push(field.id.clone());
            }
            for column in field.columns.iter().flatten().filter(|column| texts(column.kind)) {
                paths.push(format!("{}.{}", field.id, column.id));
            }
        }
        paths
    }

    /// A field by id: the call's own keys over those of the shared files, nearest last.
    pub(super) fn merged_field(&self, id: &str) -> Option<FieldTable> {
        let shared = self.shared.iter().flat_map(|shared| &shared.field);
        let mut found = shared.chain(&self.document.field).filter(|field| field.id == id);
        let mut merged = found.next()?.clone();
        for field in found {
            merged = overlay(merged, field);
        }
        Some(merged)
    }

    fn placed_field(
        &mut self,
        id: &str,
        section: &Source,
        lists: &BTreeMap<String, List>,
        names: &Scope,
        limits: &BTreeMap<String, CharacterLimit>,
        place: &Place,
    ) -> Option<Field> {
        let Some(table) = self.merged_field(id) else {
            let document = self.document;
            let shared = self.shared;
            let all = shared.iter().flat_map(|shared| &shared.field).chain(&document.field);
            let known: Vec<&str> = all.map(|field| field.id.as_str()).collect();
            self.unknown("field_unknown", place.clone(), id, ("栏目", "field"), known);
            return None;
        };
        let own = self.document.field.iter().position(|field| field.id == id);
        let place = own.map_or_else(|| place.clone(), |nth| Place::root().key("field").nth(nth));
        self.field(&table, section, lists, names, limits, &place)
    }

    fn field(
        &mut self,
        table: &FieldTable,
        section: &Source,
        lists: &BTreeMap<String, List>,
        names: &Scope,
        limits: &BTreeMap<String, CharacterLimit>,
        place: &Place,
    ) -> Option<Field> {
        let source = match (&table.clause, table.source) {
            (None, None) => section.clone(),
            (clause, operator) => self.source(clause.as_ref(), operator, place),
        };
        let mut kind = self.field_kind_of(table);
        if kind.is_none() {
            self.error(
                "key_missing",
                place.clone(),
                (format!("栏目 {} 没有 type", table.id), format!("Field {} has no type", table.id)),
                ("写上 type，选择类还要写 list", "Add type, and list for a choice"),
            );
        }
        if let Some(FieldKind::Choice(list) | FieldKind::WorkPlan(Some(list))) = &kind
            && !lists.contains_key(list)
        {
            let known: Vec<&str> =
                lists.keys().map(String::as_str).chain(std::iter::once("@tasks")).collect();
            self.unknown("list_unknown", place.key("list"), list, ("名单", "list"), known);
        }
        if let Some(FieldKind::Table(columns)) = &mut kind {
            if table.id == PARTNERS && columns.iter().any(|column| column.id == MEMBER) {
                self.error(
                    "column_reserved",
                    place.key("columns"),
                    (
                        format!("联合单位表的列不能叫 {MEMBER}：单位的序号由系统给出"),
                        format!("A column of the partners cannot be called {MEMBER}: units are numbered by the system"),
                    ),
                    ("给这一列换一个名称", "Give the column another id"),
                );
            }
            for (nth, column) in columns.iter_mut().enumerate() {
                let own = table.columns.iter().flatten().find(|own| own.id == column.id);
                let of = |own: &FieldTable| (own.clause.clone(), own.source);
                column.source = match own.map(of) {
                    Some((clause, operator)) if clause.is_some() || operator.is_some() => {
                        self.source(clause.as_ref(), operator, &place.key("columns").nth(nth))
                    }
                    _ => source.clone(),
                };
                column.limit = limits.get(&format!("{}.{}", table.id, column.id)).cloned();
            }
        }
        self.unlabelled(table, place);
        let when = table.when.as_ref();
        let when = when.and_then(|when| self.expression(when, names, &Kind::Boolean, &place.key("when")));
        Some(Field {
            id: table.id.clone(),
            kind: kind?,
            label: self.label(table.label.as_ref(), &table.id),
            hint: table.hint.as_ref().map(|hint| self.filled(hint)),
            required: table.required.unwrap_or(true),
            when,
            token: table.token.clone(),
            prefill: table.prefill.clone(),
            limit: limits.get(&table.id).cloned(),
            source,
        })
    }

    /// A field or a column that the form could only show by its id.
    fn unlabelled(&mut self, table: &FieldTable, place: &Place) {
        let columns = table.columns.iter().flatten().zip(0..);
        let columns = columns.map(|(column, nth)| (column, place.key("columns").nth(nth)));
        let bare = std::iter::once((table, place.clone())).chain(columns);
        for (bare, place) in bare.filter(|(of, _)| of.label.is_none()) {
            self.error(
                "label_missing",
                place,
                (format!("栏目 {} 没有 label", bare.id), format!("Field {} has no label", bare.id)),
                ("写上 label = [\"中文\", \"English\"]", "Add label = [\"中文\", \"English\"]"),
            );
        }
    }

    fn label(&self, label: Option<&Pair>, id: &str) -> jiebang_domain::shared::Text {
        label.map_or_else(|| jiebang_domain::shared::Text::new(id, id), |label| self.filled(label))
    }

    fn all_filled(&self, pairs: &[Pair]) -> Vec<jiebang_domain::shared::Text> {
        pairs.iter().map(|pair| self.filled(pair)).collect()
    }

    /// A text with `{target_year}` filled in.
    pub(super) fn filled(&self, pair: &Pair) -> jiebang_domain::shared::Text {
        let year =
            self.document.target_year.as_ref().map(|target| target.year.to_string()).unwrap_or_default();
        text(pair).fill(&[("target_year", year)])
    }

    /// The type of a field; `None` where it is not given. Columns carry no `when`; their source is set with their field's.
    pub(super) fn field_kind_of(&self, table: &FieldTable) -> Option<FieldKind> {
        Some(match table.kind? {
            FieldKindName::Text => FieldKind::Text,
            FieldKindName::LongText => FieldKind::LongText,
            FieldKindName::Choice if table.list.as_deref() == Some("@tasks") => FieldKind::Task,
            FieldKindName::Choice => FieldKind::Choice(table.list.clone()?),
            FieldKindName::Boolean => FieldKind::Boolean,
            FieldKindName::Number => FieldKind::Number,
            FieldKindName::Date => FieldKind::Date,
            FieldKindName::Phone => FieldKind::Phone,
            FieldKindName::Mobile => FieldKind::Mobile,
            FieldKindName::Email => FieldKind::Email,
            FieldKindName::PostalCode => FieldKind::PostalCode,
            FieldKindName::OrganisationCode => FieldKind::OrganisationCode,
            FieldKindName::WorkPlan => FieldKind::WorkPlan(table.list.clone()),
            FieldKindName::Indicators => FieldKind::Indicators,
            FieldKindName::Table => FieldKind::Table(
                table.columns.iter().flatten().filter_map(|column| self.column(column)).collect(),
            ),
        })
    }

    fn column(&self, table: &FieldTable) -> Option<Field> {
        Some(Field {
            id: table.id.clone(),
            kind: self.field_kind_of(table)?,
            label: self.label(table.label.as_ref(), &table.id),
            hint: table.hint.as_ref().map(|hint| self.filled(hint)),
            required: table.required.unwrap_or(true),
            when: None,
            token: table.token.clone(),
            prefill: None,
            limit: None,
            source: Source::Operator,
        })
    }

    pub(super) fn evidence(&mut self, names: &Scope) -> Vec<Evidence> {
        let document = self.document;
        let mut ids = BTreeSet::new();
        let mut all = Vec::new();
        for (nth, table) in document.evidence.iter().enumerate() {
            let place = Place::root().key("evidence").nth(nth);
            if !ids.insert(&table.id) {
                self.twice(place.key("id"), &table.id);
            }
            let when = table
                .when
                .as_ref()
                .and_then(|when| self.expression(when, names, &Kind::Boolean, &place.key("when")));
            all.push(Evidence {
                id: table.id.clone(),
                number: table.number.clone(),
                name: text(&table.name),
                hint: table.hint.as_ref().map(text),
                if_any: table.need == NeedName::IfAny,
                when,
                per_member: table.per == PerName::Member,
                sealed_by: table.sealed_by.as_ref().map(text),
                source: self.source(Some(&table.clause), None, &place),
            });
        }
        all
    }

    pub(super) fn declarations(&mut self) -> Vec<Declaration> {
        let document = self.document;
        let mut ids = BTreeSet::new();
        let mut all = Vec::new();
        for (nth, table) in document.declaration.iter().enumerate() {
            let place = Place::root().key("declaration").nth(nth);
            if !ids.insert(&table.id) {
                self.twice(place.key("id"), &table.id);
            }
            all.push(Declaration {
                id: table.id.clone(),
                title: text(&table.title),
                opening: self.all_filled(&table.opening),
                items: self.all_filled(&table.items),
                closing: self.all_filled(&table.closing),
                signer: match table.signer {
                    SignerName::Principal => Signer::Principal,
                    SignerName::LegalRepresentative => Signer::LegalRepresentative,
                },
                sealed: table.sealed,
                source: self.source(Some(&table.clause), None, &place),
            });
        }
        all
    }

    pub(super) fn cover(&mut self) -> Option<Cover> {
        let table = self.document.cover.as_ref()?;
        let place = Place::root().key("cover");
        for (nth, line) in table.lines.iter().enumerate() {
            if let Some(field) = &line.field {
                self.field_exists(field, place.key("lines").nth(nth).key("field"));
            }
        }
        Some(Cover {
            lines: table
                .lines
                .iter()
                .map(|line| (text(&line.label), line.field.clone(), line.sealed))
                .collect(),
            source: self.source(Some(&table.clause), None, &place),
        })
    }

    /// A field that something else names.
    pub(super) fn field_exists(&mut self, path: &str, place: Place) {
        let fields = self.placed_fields();
        let known: Vec<&str> = fields.iter().map(|field| field.id.as_str()).collect();
        let named =
            |id: &&&str| path == **id || path.strip_prefix(**id).is_some_and(|rest| rest.starts_with('.'));
        let elsewhere = path.starts_with("evidence.") || path.starts_with("declaration.");
        if !elsewhere && !known.iter().any(|id| named(&id)) {
            self.unknown("field_unknown", place, path, ("栏目", "field"), known);
        }
    }
}

/// The keys that `over` gives, over those of `under`.
fn overlay(under: FieldTable, over: &FieldTable) -> FieldTable {
    FieldTable {
        id: under.id,
        kind: over.kind.or(under.kind),
        label: over.label.clone().or(under.label),
        hint: over.hint.clone().or(under.hint),
        required: over.required.or(under.required),
        when: over.when.clone().or(under.when),
        token: over.token.clone().or(under.token),
        list: over.list.clone().or(under.list),
        columns: over.columns.clone().or(under.columns),
        prefill: over.prefill.clone().or(under.prefill),
        clause: over.clause.clone().or(under.clause),
        source: over.source.or(under.source),
    }
}
