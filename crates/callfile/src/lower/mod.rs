//! Turns a document of the right shape into a [`Call`], and reports every fault of meaning at once.
//!
//! Lowering never stops at a fault: what can be made is made, so that `explain` can print a faulty call.

mod clocks;
mod form;
pub(crate) mod ids;
mod limits;
mod names;
mod printed;
mod provisions;
mod rows;
mod tree;

use jiebang_domain::call::{Call, CallKind, Clause, Source, Strength, Term};
use jiebang_domain::shared::{ClauseId, Text};
use jiff::tz::TimeZone;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(crate) use names::ORGANISATION_KINDS;

use crate::diagnostic::{Fault, Place, nearest};
use crate::document::{self, CallTable, Clauses, Document, FieldTable, KindName, Pair, StrengthName};
use crate::unfilled;

/// A call as far as it can be made, with what is wrong.
#[derive(Debug)]
pub struct Lowered {
    /// The call; `None` when the file has no `[call]`.
    pub call: Option<Call>,
    /// Faults that make the call unusable.
    pub errors: Vec<Fault>,
    /// Marked blanks and the like.
    pub warnings: Vec<Fault>,
}

/// Lowers a call with the shared files that it extends, nearest last.
pub fn lower(document: &Document, shared: &[Document]) -> Lowered {
    let mut lowering = Lowering {
        document,
        shared,
        errors: Vec::new(),
        warnings: Vec::new(),
        cited: BTreeSet::new(),
        registry: document.clauses.keys().map(ClauseId::new).collect(),
        placed: OnceCell::new(),
    };
    let call = document.call.as_ref().map(|table| lowering.call(table));
    lowering.errors.extend(ids::twice(document));
    Lowered { call, errors: lowering.errors, warnings: lowering.warnings }
}

pub(crate) struct Lowering<'d> {
    document: &'d Document,
    shared: &'d [Document],
    errors: Vec<Fault>,
    warnings: Vec<Fault>,
    cited: BTreeSet<ClauseId>,
    registry: BTreeSet<ClauseId>,
    /// Fields of the form, merged once: many entries name them.
    placed: OnceCell<Rc<[FieldTable]>>,
}

impl Lowering<'_> {
    fn call(&mut self, table: &CallTable) -> Call {
        let place = Place::root().key("call");
        self.identity(table, &place);
        let source = self.source(Some(&table.clause), None, &place);
        drop(source);
        let lists = self.lists();
        let nodes = self.nodes(&lists);
        let names = self.names(&lists, &nodes);
        let zone = self.zone(table, &place);
        let mut call = Call {
            id: table.id.clone(),
            kind: kind(table.kind),
            title: text(&table.title),
            document_number: table.document_number.clone(),
            document_number_history: table
                .document_number_history
                .iter()
                .map(|history| (history.number.clone(), text(&history.note)))
                .collect(),
            year: table.year,
            batch: table.batch,
            issuers: table.issuers.iter().map(text).collect(),
            addressees: table.addressees.as_ref().map(text),
            portal: table.portal.clone(),
            basis: table.basis.as_ref().map(text),
            disclosure: table.disclosure.as_ref().map(text),
            blanks: self.blanks(),
            levels: self.levels(),
            clauses: Vec::new(),
            terms: self.terms(),
            indicators: self.indicators(&nodes),
            programme_targets: self.programme_targets(),
            sections: self.sections(&lists, &names),
            evidence: self.evidence(&names),
            declarations: self.declarations(),
            cover: self.cover(),
            forms: Vec::new(),
            recommendation: self.recommendation(),
            limits: self.limits(),
            deadlines: self.deadlines(&zone),
            periods: self.periods(),
            target_year: self.target_year(),
            rules: self.rules(&names),
            statements: self.statements(),
            choices: self.choices(),
            character_limits: self.document.character_limit.len(),
            zone,
            lists,
            nodes,
        };
        call.forms = self.forms(&call);
        self.items_are_unique(&call);
        self.completeness(&call);
        self.rows_exist();
        call.clauses = self.clauses();
        call
    }

    fn identity(&mut self, table: &CallTable, place: &Place) {
        let plain = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-'
        };
        if table.id.is_empty() || table.id.len() > 64 || !table.id.chars().all(plain) {
            self.error(
                "id_malformed",
                place.key("id"),
                (
                    format!("编号 {} 只能用小写字母、数字和连字符，最长64个字符", table.id),
                    format!(
                        "The id {} may hold only lower-case letters, digits and hyphens, at most 64",
                        table.id
                    ),
                ),
                ("改成如 miit-2025-topic 的形式", "Write it like miit-2025-topic"),
            );
        }
        if let Some(portal) = &table.portal {
            self.portal(portal, place.key("portal"));
        }
        // The year 0 is a marked blank.
        if table.year != 0 {
            self.year_near(table.year, place.key("year"));
        }
        if self.document.language != 1 {
            self.error(
                "language_unknown",
                Place::root().key("language"),
                (
                    format!("没有第 {} 版语言", self.document.language),
                    format!("There is no version {} of the language", self.document.language),
                ),
                ("写 language = 1", "Write language = 1"),
            );
        }
    }

    fn zone(&mut self, table: &CallTable, place: &Place) -> TimeZone {
        let name = table.zone.as_deref().unwrap_or("Asia/Shanghai");
        TimeZone::get(name).unwrap_or_else(|_| {
            self.error(
                "zone_unknown",
                place.key("zone"),
                (format!("没有时区 {name}"), format!("There is no time zone {name}")),
                ("用 IANA 时区名，如 Asia/Shanghai", "Use an IANA name such as Asia/Shanghai"),
            );
            TimeZone::UTC
        })
    }

    /// Marked blanks warn; unmarked ones are errors.
    fn blanks(&mut self) -> Vec<(String, Text)> {
        let mut blanks = Vec::new();
        for (key, why) in &self.document.blanks {
            self.warnings.push(Fault::new(
                "blank",
                Place::root().key("blanks").key(key).key_itself(),
                Text::new(format!("{key} 留空：{}", why.0), format!("{key} is blank: {}", why.1)),
                Text::new(
                    "发布前补上，并从 blanks 中删除",
                    "Set it and take it out of blanks before publication",
                ),
            ));
            blanks.push((key.clone(), text(why)));
        }
        blanks
    }

    fn completeness(&mut self, call: &Call) {
        let blank = |key: &str| self.document.blanks.keys().any(|blank| blank.starts_with(key));
        let issuers_missing = call.issuers.is_empty() && !blank("issuer");
        let closes =
            call.deadlines.iter().any(|deadline| deadline.actor == jiebang_domain::call::Actor::Applicant);
        let deadline_missing = call.kind != CallKind::ActionPlan && !closes && !blank("deadline");
        if issuers_missing {
            self.error(
                "issuers_missing",
                Place::root().key("call"),
                ("没有发布单位", "No issuer is named"),
                (
                    "写上 issuers，或在 [blanks] 中说明为何留空",
                    "Add issuers, or say in [blanks] why they are left out",
                ),
            );
        }
        if deadline_missing {
            self.error(
                "deadline_missing",
                Place::root().key("call"),
                ("没有申报截止时间", "No deadline closes for the applicant"),
                (
                    "加上 [[deadline]]，或在 [blanks] 中以 deadlines 说明为何留空",
                    "Add a [[deadline]], or say in [blanks] under deadlines why it is left out",
                ),
            );
        }
    }

    fn levels(&self) -> BTreeMap<String, Text> {
        self.document.levels.iter().map(|(level, name)| (level.clone(), text(name))).collect()
    }

    fn terms(&mut self) -> Vec<Term> {
        let document = self.document;
        let place = Place::root().key("term");
        document
            .term
            .iter()
            .enumerate()
            .map(|(nth, table)| Term {
                name: text(&table.name),
                text: text(&table.text),
                source: self.source(Some(&table.clause), None, &place.nth(nth)),
            })
            .collect()
    }

    /// The registry, after everything has cited what it cites.
    fn clauses(&mut self) -> Vec<Clause> {
        let uncovered: BTreeMap<ClauseId, Text> =
            self.document.uncovered.iter().map(|(id, why)| (ClauseId::new(id), text(why))).collect();
        for id in self.document.uncovered.keys() {
            if !self.registry.contains(&ClauseId::new(id)) {
                self.clause_unknown(id, &Place::root().key("uncovered").key(id).key_itself());
            }
        }
        let mut clauses = Vec::new();
        for (written, summary) in &self.document.clauses {
            let id = ClauseId::new(written);
            if self.cited.contains(&id) && uncovered.contains_key(&id) {
                self.clause_covered(&id);
            }
            if !self.cited.contains(&id) && !uncovered.contains_key(&id) {
                self.error(
                    "clause_uncovered",
                    Place::root().key("clauses").key(written).key_itself(),
                    (format!("条款 {id} 没有任何规则引用"), format!("Nothing cites clause {id}")),
                    ("让相应的规则引用它；若它不含义务、数字或名单，在 [uncovered] 中写明理由", "Let its rule cite it; if it holds no duty, number or list, give the reason in [uncovered]"),
                );
            }
            clauses.push(Clause { uncovered: uncovered.get(&id).cloned(), text: text(summary), id });
        }
        clauses
    }

    /// A clause from which a rule follows, though it is said that none does.
    fn clause_covered(&mut self, id: &ClauseId) {
        let written = self.document.uncovered.keys().find(|written| ClauseId::new(*written) == *id);
        let place = Place::root().key("uncovered");
        self.error(
            "clause_covered",
            written.map_or(place.clone(), |written| place.key(written).key_itself()),
            (
                format!("条款 {id} 写在 [uncovered] 中，却又有规则引用"),
                format!("Clause {id} stands in [uncovered], and yet an entry cites it"),
            ),
            (
                "从 [uncovered] 中删去，或改正引用它的 clause",
                "Take it out of [uncovered], or correct the clause that cites it",
            ),
        );
    }

    /// The portal is a link for readers: nothing but a page on the web.
    fn portal(&mut self, portal: &str, place: Place) {
        let host = ["https://", "http://"].iter().find_map(|scheme| portal.strip_prefix(scheme));
        let sound = host.is_some_and(|host| {
            host.starts_with(char::is_alphanumeric) && !portal.contains(char::is_whitespace)
        });
        if !sound && !portal.starts_with(unfilled::MARK) {
            self.error(
                "portal_malformed",
                place,
                (format!("{portal} 不是网址"), format!("{portal} is no address of a page")),
                (
                    "写以 https:// 或 http:// 开头的完整网址",
                    "Write the whole address, from https:// or http:// on",
                ),
            );
        }
    }

    /// Clauses that an entry cites, each of which must be in the registry.
    pub(crate) fn source(
        &mut self,
        clause: Option<&Clauses>,
        operator: Option<document::Source>,
        place: &Place,
    ) -> Source {
        let at = place.key("clause");
        let cited: Vec<(&String, Place)> = match clause {
            None => Vec::new(),
            Some(Clauses::One(one)) => vec![(one, at)],
            Some(Clauses::Several(several)) => {
                several.iter().enumerate().map(|(nth, clause)| (clause, at.nth(nth))).collect()
            }
        };
        if cited.is_empty() && operator.is_none() {
            self.error(
                "source_missing",
                place.clone(),
                ("没有写依据", "No source is given"),
                (
                    "写 clause = \"…\"；通知没有规定的，写 source = \"operator\"",
                    "Write clause = \"…\", or source = \"operator\" where the notice is silent",
                ),
            );
        }
        let mut clauses = Vec::new();
        for (written, place) in cited {
            let id = ClauseId::new(written);
            if self.registry.contains(&id) {
                self.cited.insert(id.clone());
            } else {
                self.clause_unknown(written, &place);
            }
            clauses.push(id);
        }
        if clauses.is_empty() { Source::Operator } else { Source::Clauses(clauses) }
    }

    fn clause_unknown(&mut self, written: &str, place: &Place) {
        let near = nearest(written, self.registry.iter().map(ClauseId::as_str)).map(str::to_owned);
        let help = match near {
            Some(near) => (
                format!("是否指 {near}？否则在 [clauses] 中登记它"),
                format!("Did you mean {near}? Otherwise add it to [clauses]"),
            ),
            None => ("在 [clauses] 中登记它".to_owned(), "Add it to [clauses]".to_owned()),
        };
        self.error(
            "clause_unknown",
            place.clone(),
            (format!("条款 {written} 不在登记表中"), format!("Clause {written} is not in the registry")),
            help,
        );
    }

    pub(crate) fn error(
        &mut self,
        code: &'static str,
        place: Place,
        message: (impl Into<String>, impl Into<String>),
        help: (impl Into<String>, impl Into<String>),
    ) {
        self.errors.push(Fault::new(code, place, Text::new(message.0, message.1), Text::new(help.0, help.1)));
    }

    /// A reference to something that must exist.
    pub(crate) fn unknown<'n>(
        &mut self,
        code: &'static str,
        place: Place,
        written: &str,
        what: (&str, &str),
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let help = match nearest(written, known.iter().copied()) {
            Some(near) => (format!("是否指 {near}？"), format!("Did you mean {near}?")),
            None if known.is_empty() => (
                format!("还没有任何{}：先写一个", what.0),
                format!("There is no {} at all: write one first", what.1),
            ),
            None => {
                let some = known.iter().take(12).copied().collect::<Vec<_>>().join(", ");
                (format!("可用：{some}"), format!("Known: {some}"))
            }
        };
        self.error(
            code,
            place,
            (format!("没有{} {written}", what.0), format!("There is no {} {written}", what.1)),
            help,
        );
    }

    /// An id that stands twice.
    pub(crate) fn twice(&mut self, place: Place, id: &str) {
        self.errors.push(ids::id_twice(place, id));
    }
}

/// A pair as a text.
pub(crate) fn text(pair: &Pair) -> Text {
    Text::new(&*pair.0, &*pair.1)
}

pub(crate) fn strength(name: StrengthName) -> Strength {
    match name {
        StrengthName::Must => Strength::Must,
        StrengthName::InPrinciple => Strength::InPrinciple,
        StrengthName::Encouraged => Strength::Encouraged,
    }
}

fn kind(name: KindName) -> CallKind {
    match name {
        KindName::Challenge => CallKind::Challenge,
        KindName::Guideline => CallKind::Guideline,
        KindName::ActionPlan => CallKind::ActionPlan,
        KindName::Prize => CallKind::Prize,
    }
}
