//! One section of an application: one page.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::application::{Content, PARTNERS, Value};
use jiebang_domain::call::{Entry, Section};
use jiebang_domain::shared::{ClauseId, Finding, Language, Severity};
use jiebang_service::{ApplicationView, SectionState, ServiceError};

use super::applying::NotApplying;
use super::fields::Inputs;
use super::findings::{Faults, field_behind, is_blank, name_of_input};
use super::values::Values;
use super::{Address, Lock, address, address_of, clock, conflict, lock, name_of, summary};
use crate::Site;
use crate::error::Failure;
use crate::form;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::{ClauseView, ClockView, ErrorLink, Link, Part, Refused, ReviewRow};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/section.html")]
struct SectionPage {
    page: Page,
    section: SectionView,
}

/// What the page of a section shows.
#[derive(Debug)]
struct SectionView {
    application_href: String,
    application: String,
    place: String,
    title: String,
    intro: String,
    /// Where it is decided whether anything here applies.
    decided: Option<Link>,
    action: String,
    key: String,
    version: i64,
    /// Digests of the values as they were when the page was made.
    seen: String,
    /// Why what was asked for was not done, besides the findings.
    refused: Refused,
    errors: Vec<ErrorLink>,
    parts: Vec<Part>,
    saved: String,
    previous: Option<Link>,
    next: Option<Link>,
    clock: Option<ClockView>,
    clauses: Vec<ClauseView>,
    lock: Option<Lock>,
    /// What was typed and not saved, where nothing can be changed any more.
    typed: Vec<ReviewRow>,
    rows: Vec<ReviewRow>,
    reopen_href: String,
}

/// Values, faults and revision that a page is made of.
pub(super) struct Shown<'s> {
    pub(super) status: StatusCode,
    pub(super) values: Values,
    pub(super) findings: Vec<Finding>,
    /// Said above the form besides the findings.
    pub(super) refused: Refused,
    pub(super) version: i64,
    pub(super) seen: String,
    pub(super) add: &'s str,
    /// What was typed and not saved.
    pub(super) typed: Vec<(String, String)>,
}

/// The page of a section.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let (id, section) = address(parts, &visitor)?;
    let view =
        site.service.application(visitor.actor.as_ref(), &id).await.map_err(|error| visitor.fail(error))?;
    let section = section_of(&view, &section).ok_or_else(|| visitor.fail(ServiceError::NotFound))?;
    let query = query.unwrap_or_default();
    let add = form::query(&query, "add").unwrap_or_default();
    let all = form::query(&query, "check").is_some();
    let shown = Shown { add: &add, ..stored(&view, section, all) };
    Ok(shown.page(&site, &visitor, &view, section))
}

/// The section of an id.
pub(super) fn section_of<'v>(view: &'v ApplicationView, id: &str) -> Option<&'v Section> {
    view.summary.call.call.sections.iter().find(|section| section.id == id)
}

/// What a section holds, as it is stored.
pub(super) fn own_content(view: &ApplicationView, section: &Section) -> Content {
    let call = &view.summary.call.call;
    let own = |path: &str| call.section_of(path).is_some_and(|of| of.id == section.id);
    Content(
        view.content
            .0
            .iter()
            .filter(|(path, _)| own(path))
            .map(|(path, value)| (path.clone(), value.clone()))
            .collect(),
    )
}

/// The page as stored. Blank fields are faults only where somebody asked for `all`, and a page that nobody has saved is calm.
pub(super) fn stored<'s>(view: &ApplicationView, section: &Section, all: bool) -> Shown<'s> {
    let call = &view.summary.call.call;
    let revision =
        view.sections.iter().find(|summary| summary.id == section.id).map_or(0, |summary| summary.revision);
    let inside = |finding: &&Finding| {
        finding.field.as_deref().and_then(|path| call.section_of(path)).is_some_and(|of| of.id == section.id)
            && finding.severity != Severity::Warning
            && (all || revision > 0 && !is_blank(finding))
    };
    let findings =
        if view.may_edit { view.findings.iter().filter(inside).cloned().collect() } else { Vec::new() };
    Shown {
        status: StatusCode::OK,
        values: Values::stored(&view.content),
        findings,
        refused: Refused::default(),
        version: revision,
        seen: conflict::seen(&own_content(view, section)),
        add: "",
        typed: Vec::new(),
    }
}

impl Shown<'_> {
    /// Renders the page.
    pub(super) fn page(
        self,
        site: &Site,
        visitor: &Visitor,
        view: &ApplicationView,
        section: &Section,
    ) -> Response {
        let language = visitor.language;
        let call = &view.summary.call.call;
        let now = site.service.clock().now();
        let id = &view.summary.id;
        let faults = Faults::new(call, &self.findings, language);
        let inputs = Inputs {
            call,
            values: &self.values,
            faults,
            language,
            add: self.add,
            registered: &view.registered,
        };
        let lock = lock(view, now, language);
        let editable = lock.is_none();
        // What was typed too late is shown again, so that nobody has to type it twice.
        let typed = if editable { Vec::new() } else { unsaved(view, &self.typed, language) };
        let idle = not_applicable(view, section).then(|| NotApplying::of(view, section, language));
        let place = call.sections.iter().position(|of| of.id == section.id).unwrap_or(0);
        let neighbour = |place: Option<usize>| {
            let section = place.and_then(|place| call.sections.get(place))?;
            Some(Link { href: address_of(id, &section.id), name: section.title.get(language).to_owned() })
        };
        let shown = SectionView {
            application_href: address_of(id, ""),
            application: name_of(&view.summary, language),
            place: place_words(place + 1, call.sections.len(), language),
            title: section.title.get(language).to_owned(),
            intro: idle.as_ref().map(|idle| idle.words.clone()).unwrap_or_default(),
            action: address_of(id, &section.id),
            key: format!("{id}/{}", section.id),
            version: self.version,
            seen: self.seen,
            refused: self.refused,
            errors: faults.links(),
            parts: if editable && idle.is_none() { inputs.parts(view, section) } else { Vec::new() },
            saved: saved_words(view, section, language),
            previous: neighbour(place.checked_sub(1)),
            next: neighbour(Some(place + 1)),
            clock: clock(call, now, language),
            clauses: clauses(view, section, language),
            typed,
            rows: if editable { Vec::new() } else { summary::rows(view, section, false, language) },
            decided: idle.and_then(|idle| idle.link),
            reopen_href: if view.may_reopen { address_of(id, "reopen") } else { String::new() },
            lock,
        };
        let page = visitor.page(format!("{} - {}", shown.title, shown.application));
        render(self.status, &SectionPage { page, section: shown })
    }
}

fn not_applicable(view: &ApplicationView, section: &Section) -> bool {
    let found = view.sections.iter().find(|summary| summary.id == section.id);
    found.is_some_and(|summary| summary.state == SectionState::NotApplicable)
}

/// What was typed and differs from what is stored.
pub(super) fn unsaved(
    view: &ApplicationView,
    pairs: &[(String, String)],
    language: Language,
) -> Vec<ReviewRow> {
    let call = &view.summary.call.call;
    let stored = Values::stored(&view.content);
    let differs = |(name, value): &&(String, String)| {
        !value.trim().is_empty() && stored.get(name).trim() != value.trim()
    };
    let row = |(name, value): &(String, String)| {
        let words = |field| summary::words(call, field, Some(&Value::Text(value.clone())), language);
        let value = field_behind(call, name).map_or_else(|| value.clone(), words);
        let key = name_of_input(call, name, language);
        ReviewRow { key, long: summary::is_long(&value), value, ..ReviewRow::default() }
    };
    let content = |(name, _): &&(String, String)| {
        !name.ends_with(".rows") && !matches!(name.as_str(), "act" | "version" | "seen")
    };
    pairs.iter().filter(content).filter(differs).map(row).collect()
}

fn place_words(place: usize, all: usize, language: Language) -> String {
    match language {
        Language::Zh => format!("第 {place} 节，共 {all} 节"),
        Language::En => format!("Section {place} of {all}"),
    }
}

fn saved_words(view: &ApplicationView, section: &Section, language: Language) -> String {
    let summary = view.sections.iter().find(|summary| summary.id == section.id);
    match summary.and_then(|summary| summary.saved_at) {
        Some(at) => {
            let at = words::minute(at, language);
            pick(language, &format!("已保存 {at}"), &format!("Saved {at}"))
        }
        None if section.entries.iter().all(|entry| matches!(entry, Entry::Evidence)) => {
            pick(language, "文件上传后即已保存", "Files are saved as soon as they are uploaded")
        }
        None => pick(language, "还没有保存", "Not saved yet"),
    }
}

/// The clauses behind a section and its fields, each once.
fn clauses(view: &ApplicationView, section: &Section, language: Language) -> Vec<ClauseView> {
    let call = &view.summary.call.call;
    let mut found: Vec<&ClauseId> = section.source.clauses().iter().collect();
    for entry in &section.entries {
        match entry {
            Entry::Field(field) if view.applicable.contains(&field.id) => {
                found.extend(field.source.clauses());
                found.extend(field.limit.iter().flat_map(|limit| limit.source.clauses()));
                if field.id == PARTNERS {
                    let limits = call.limits_on(jiebang_domain::call::Counted::Partners);
                    found.extend(limits.flat_map(|limit| limit.source.clauses()));
                }
            }
            Entry::Field(_) => {}
            Entry::Evidence => found.extend(call.evidence.iter().flat_map(|item| item.source.clauses())),
            Entry::Declarations => {
                found.extend(call.declarations.iter().flat_map(|declaration| declaration.source.clauses()));
            }
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|id| seen.insert(*id));
    found.into_iter().map(|id| words::clause(call, id, language)).collect()
}
