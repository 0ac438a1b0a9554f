//! Recommendation, rules, statements, choices.

use jiebang_domain::call::{
    Check, Choice, Decider, Kind, Note, Recommendation, Rule, Scope, Source, Statement,
};
use std::collections::BTreeSet;

use super::limits::region_kind;
use super::{Lowering, strength, text};
use crate::diagnostic::Place;
use crate::document::{DeciderName, RuleTable};

/// What may fill a column of the recommendation table besides a field of the form.
const COLUMN_SOURCES: [&str; 3] = ["order", "reason", "note"];

impl Lowering<'_> {
    pub(super) fn recommendation(&mut self) -> Option<Recommendation> {
        let table = self.document.recommendation.as_ref()?;
        let place = Place::root().key("recommendation");
        if table.admits.is_empty() {
            self.error(
                "regions_missing",
                place.key("admits"),
                ("没有写哪类地区推荐", "No kind of region recommends"),
                ("写 admits = [\"province\", …]", "Write admits = [\"province\", …]"),
            );
        }
        for (nth, column) in table.columns.iter().enumerate() {
            let here = place.key("columns").nth(nth).key("from");
            let level = column
                .from
                .strip_prefix("task.")
                .is_some_and(|level| self.document.levels.contains_key(level));
            if !COLUMN_SOURCES.contains(&column.from.as_str()) && !level {
                self.field_exists(&column.from, here);
            }
        }
        let notes = table.notes.iter().enumerate().map(|(nth, note)| Note {
            text: text(&note.text),
            row: note.row.clone(),
            source: self.source(Some(&note.clause), None, &place.key("notes").nth(nth)),
        });
        let notes = notes.collect();
        Some(Recommendation {
            admits: table.admits.iter().map(|kind| region_kind(*kind)).collect(),
            departments: table.departments.iter().map(text).collect(),
            preselects: table.preselects,
            columns: table.columns.iter().map(|column| (text(&column.label), column.from.clone())).collect(),
            notes,
            preferences: table.preferences.iter().map(text).collect(),
            source: self.source(Some(&table.clause), None, &place),
        })
    }

    pub(super) fn rules(&mut self, names: &Scope) -> Vec<Rule> {
        let document = self.document;
        let mut codes = BTreeSet::new();
        let mut rules = Vec::new();
        for (nth, table) in document.rule.iter().enumerate() {
            let place = Place::root().key("rule").nth(nth);
            if !codes.insert(&table.code) {
                self.twice(place.key("code"), &table.code);
            }
            let source = self.source(table.clause.as_ref(), table.source, &place);
            if let Some(field) = &table.field {
                self.field_exists(field, place.key("field"));
            }
            let Some(check) = self.check(table, names, &place) else { continue };
            rules.push(Rule {
                code: table.code.clone(),
                row: table.row.clone(),
                text: text(&table.text),
                strength: strength(table.strength),
                check,
                step: self.step(table, &place),
                source,
            });
        }
        rules
    }

    /// Whether a rule is a step of the calendar; somebody must decide it.
    fn step(&mut self, table: &RuleTable, place: &Place) -> bool {
        if table.step && table.decided_by.is_none() {
            self.error(
                "step_undecided",
                place.key("step"),
                (
                    format!("{} 是日程中的一步，却没有写由谁决定", table.code),
                    format!("{} is a step of the calendar, but nobody decides it", table.code),
                ),
                ("写上 decided_by，或去掉 step", "Say decided_by, or leave out step"),
            );
        }
        table.step
    }

    fn check(&mut self, table: &RuleTable, names: &Scope, place: &Place) -> Option<Check> {
        let when =
            table.when.as_ref().map(|when| self.expression(when, names, &Kind::Boolean, &place.key("when")));
        let Some(require) = &table.require else {
            return Some(
                table.decided_by.map_or(Check::BuiltIn, |decider| Check::Decided(decider_of(decider))),
            );
        };
        let require = self.expression(require, names, &Kind::Boolean, &place.key("require"));
        let (Some(message), Some(remedy)) = (&table.message, &table.remedy) else {
            self.error(
                "message_missing",
                place.clone(),
                (
                    format!("规则 {} 没有写 message 和 remedy", table.code),
                    format!("Rule {} gives no message and remedy", table.code),
                ),
                (
                    "写上错在哪里（message）和怎样改（remedy）",
                    "Say what is wrong (message) and what puts it right (remedy)",
                ),
            );
            return None;
        };
        if when.as_ref().is_some_and(Option::is_none) {
            return None;
        }
        Some(Check::Expression {
            when: when.flatten(),
            require: require?,
            message: text(message),
            remedy: text(remedy),
            field: table.field.clone(),
        })
    }

    pub(super) fn statements(&mut self) -> Vec<Statement> {
        let document = self.document;
        let place = Place::root().key("statement");
        let mut ids = BTreeSet::new();
        let mut statements = Vec::new();
        for (nth, table) in document.statement.iter().enumerate() {
            let here = place.nth(nth);
            if !ids.insert(&table.id) {
                self.twice(here.key("id"), &table.id);
            }
            statements.push(Statement {
                id: table.id.clone(),
                row: table.row.clone(),
                text: text(&table.text),
                strength: strength(table.strength),
                source: self.source(Some(&table.clause), None, &here),
            });
        }
        statements
    }

    pub(super) fn choices(&mut self) -> Vec<Choice> {
        let document = self.document;
        let place = Place::root().key("choice");
        let mut ids = BTreeSet::new();
        let mut choices = Vec::new();
        for (nth, table) in document.choice.iter().enumerate() {
            let here = place.nth(nth);
            if !ids.insert(&table.id) {
                self.twice(here.key("id"), &table.id);
            }
            let source: Source = self.source(Some(&table.clause), None, &here);
            choices.push(Choice {
                id: table.id.clone(),
                source,
                printed: text(&table.printed),
                chosen: text(&table.chosen),
            });
        }
        choices
    }
}

fn decider_of(name: DeciderName) -> Decider {
    match name {
        DeciderName::Applicant => Decider::Applicant,
        DeciderName::RecommendingAuthority => Decider::RecommendingAuthority,
        DeciderName::SelectionBody => Decider::SelectionBody,
        DeciderName::EvaluationBody => Decider::EvaluationBody,
        DeciderName::ProgrammeOffice => Decider::ProgrammeOffice,
    }
}
