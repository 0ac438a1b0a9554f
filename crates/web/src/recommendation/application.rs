//! One application as its desk works on it: what it says beside what was found out; opinions; the return for correction.

use askama::Template;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::call::{Actor as Clocked, Call, Entry, deadline_finding, instant_words};
use jiebang_domain::recommendation::{Department, Stance};
use jiebang_domain::shared::{Finding, Language, Text};
use jiebang_service::{Actor, DeskApplication, DeskPage, Neighbours, ServiceError, StoreError};
use jiff::Timestamp;

use super::sheet::{self, Difference, Sheet, Values};
use super::start::own_department;
use super::wording::{self, Mark};
use super::{ACT, Place, application_address, kept, queue, refusal, sent};
use crate::Site;
use crate::application::{self as applying, file_address, file_facts, finding_view, review_parts};
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{
    ErrorLink, Fact, Field, FileLink, FindingView, Link, Refused, ReviewPart, ReviewRow, error_links,
};
use crate::words::{self, pick};

/// Acts of the page.
pub(super) const ASSESS: &str = "assess";
pub(super) const OPINION: &str = "opinion";
pub(super) const RETURN: &str = "return";

#[derive(Template)]
#[template(path = "pages/desk_application.html")]
struct ApplicationPage {
    page: Page,
    application: AtDesk,
}

/// What the page shows.
#[derive(Debug)]
struct AtDesk {
    back: Link,
    refused: Refused,
    errors: Vec<ErrorLink>,
    differences: Vec<Difference>,
    name: String,
    standing: String,
    facts: Vec<Fact>,
    action: String,
    newer: String,
    older: String,
    findings: Vec<FindingView>,
    parts: Vec<ReviewPart>,
    evidence: Vec<Evidence>,
    book_href: String,
    verified: Mark,
    verified_by: String,
    /// The sheet; `None` where it cannot be written on.
    sheet: Option<Sheet>,
    said: Vec<ReviewRow>,
    opinions: Vec<OpinionRow>,
    /// The form for the own department's opinion.
    opinion: Option<OpinionForm>,
    returning: Returning,
}

/// An item of evidence with its files.
#[derive(Debug)]
struct Evidence {
    number: String,
    name: String,
    files: Vec<FileLink>,
    missing: String,
}

/// What a department says.
#[derive(Debug)]
struct OpinionRow {
    department: String,
    mark: Mark,
    note: String,
    by: String,
}

/// The form for an opinion.
#[derive(Debug)]
struct OpinionForm {
    version: String,
    fields: Vec<Field>,
}

/// A return for correction, or why there cannot be one.
#[derive(Debug)]
struct Returning {
    /// Who returned it, why and when.
    facts: Vec<Fact>,
    explanation: Vec<String>,
    field: Option<Field>,
    open: bool,
}

/// What came of an act that was not done: the form as it was typed, and why.
#[derive(Debug, Default)]
struct Told {
    form: Form,
    refused: Refused,
    findings: Vec<Finding>,
    /// Somebody else saved first, or the applicant submitted again.
    stale: bool,
}

impl Told {
    /// Whether the typed values belong to this act.
    fn of(&self, act: &str) -> bool {
        self.form.get(ACT) == act
    }

    /// What is wrong with the values of this act.
    fn findings(&self, act: &str) -> &[Finding] {
        if self.of(act) { &self.findings } else { &[] }
    }
}

/// What is asked for: an application of a call, as one comes to it from a filtered queue.
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    call: &'a str,
    id: &'a str,
    show: &'static str,
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let (call, id) = visitor.address(parts)?;
    let actor = visitor.actor()?;
    let asked = Asked { call: &call, id: &id, show: queue::filter(query.as_deref()) };
    let page = shown(&site, &visitor, actor, asked, StatusCode::OK, &Told::default()).await;
    page.map_err(|error| visitor.fail(error))
}

/// Writes on the sheet, says where the department stands, or returns the application.
pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, String)>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Response> {
    let (call, id) = visitor.address(parts)?;
    let (actor, form) = sent(&site, &visitor, request).await?;
    let asked = Asked { call: &call, id: &id, show: queue::filter(query.as_deref()) };
    let error = match done(&site, actor, asked, &form).await {
        Ok(anchor) => {
            let to = format!("{}#{anchor}", application_address(&call, &id, asked.show));
            return Ok(Redirect::to(&to).into_response());
        }
        Err(error) => refusal(&visitor, error)?,
    };
    let (status, told) = told(form, error, visitor.language);
    match shown(&site, &visitor, actor, asked, status, &told).await {
        Ok(response) => Ok(response),
        Err(error) => Ok(kept(&site, &visitor, told.form, &told.refused, error).await),
    }
}

/// Carries out what a form asks for; returns the part of the page to go back to.
async fn done(
    site: &Site,
    actor: &Actor,
    asked: Asked<'_>,
    form: &Form,
) -> Result<&'static str, ServiceError> {
    if !at_desk(site, actor, asked).await?.writes {
        return Err(ServiceError::Forbidden);
    }
    let known: &[&str] = match form.get(ACT) {
        ASSESS => {
            let sent = sheet::read(form, asked.id).map_err(ServiceError::Invalid)?;
            return site.service.assess(actor, sent).await.map(|_| "sheet");
        }
        OPINION => &[ACT, "version", "stance", "opinion_note"],
        RETURN => &[ACT, "return_note"],
        _ => return Err(super::unknown_act()),
    };
    let strange = form.strange(known);
    if !strange.is_empty() {
        return Err(ServiceError::Invalid(strange));
    }
    if form.get(ACT) == RETURN {
        let note = form.get("return_note");
        return site.service.return_application(actor, asked.id, note, None).await.map(|()| "return");
    }
    let version = form.get("version").parse::<u32>().map_err(|_| super::reload("version"))?;
    let stance = Stance::parse(form.get("stance")).ok_or_else(|| {
        ServiceError::field(
            "field_blank",
            "stance",
            Text::new("没有选择同意或不同意", "Neither agreement nor objection is chosen"),
            Text::new("选择本部门的意见", "Choose where your department stands"),
        )
    })?;
    let note = form.get("opinion_note");
    site.service.give_opinion(actor, asked.id, version, stance, note).await.map(|()| "opinions")
}

/// The application at the desk of a call.
async fn at_desk(site: &Site, actor: &Actor, asked: Asked<'_>) -> Result<DeskApplication, ServiceError> {
    let found = site.service.desk_application(actor, asked.id).await?;
    let belongs = found.view.summary.call.call.id == asked.call;
    if belongs { Ok(found) } else { Err(ServiceError::NotFound) }
}

fn told(form: Form, error: ServiceError, language: Language) -> (StatusCode, Told) {
    let status = status_of(&error);
    let told = match error {
        ServiceError::Invalid(findings) => Told { findings, form, ..Told::default() },
        ServiceError::Store(StoreError::Stale) => {
            let changed = pick(
                language,
                "您打开本页之后，另有人保存了核实意见，或者申报单位又提交了一版。没有覆盖任何内容；所填内容保留在表单里，核对后可以再次保存。",
                "After you opened this page somebody saved the sheet, or the applicant submitted again. Nothing was overwritten; \
                 what you filled in stands in the form. Compare it, then save again.",
            );
            Told { refused: Refused::said(changed), stale: true, form, ..Told::default() }
        }
        error => Told { refused: Refused::of(&error, language), form, ..Told::default() },
    };
    (status, told)
}

async fn shown(
    site: &Site,
    visitor: &Visitor,
    actor: &Actor,
    asked: Asked<'_>,
    status: StatusCode,
    told: &Told,
) -> Result<Response, ServiceError> {
    let found = at_desk(site, actor, asked).await?;
    let beside = DeskPage {
        call: asked.call.to_owned(),
        region: found.region,
        show: asked.show.to_owned(),
        find: String::new(),
        before: None,
        limit: 1,
    };
    let neighbours = site.service.desk_neighbours(actor, beside, asked.id).await?;
    let now = site.service.clock().now();
    let application =
        Shown { found: &found, actor, asked, now, language: visitor.language }.application(&neighbours, told);
    let page = visitor.page(application.name.clone()).keeping(&[("show", asked.show)]);
    Ok(render(status, &ApplicationPage { page, application }))
}

/// What the parts of the page are made from.
struct Shown<'a> {
    found: &'a DeskApplication,
    actor: &'a Actor,
    asked: Asked<'a>,
    now: Timestamp,
    language: Language,
}

impl Shown<'_> {
    fn call(&self) -> &Call {
        &self.found.view.summary.call.call
    }

    fn say(&self, zh: &str, en: &str) -> String {
        pick(self.language, zh, en)
    }

    fn application(&self, neighbours: &Neighbours, told: &Told) -> AtDesk {
        let (found, language) = (self.found, self.language);
        let (call, view) = (self.call(), &found.view);
        let place = Place::new(self.actor, call.id.clone(), found.region);
        let beside = |id: &Option<String>| {
            id.as_ref().map(|id| application_address(&call.id, id, self.asked.show)).unwrap_or_default()
        };
        let stored = Values::stored(found.assessment.as_ref());
        let typed = told.of(ASSESS).then(|| Values::typed(&told.form));
        let differences = match &typed {
            Some(typed) if told.stale => sheet::differences(call, &stored, typed, language),
            _ => Vec::new(),
        };
        let revision = found.assessment.as_ref().map_or(0, |of| of.revision);
        let values = typed.as_ref().unwrap_or(&stored);
        let findings = told.findings(ASSESS);
        let sheet = found
            .may_assess
            .then(|| sheet::sheet(call, values, view.summary.version, revision, findings, language));
        let filter =
            if self.asked.show.is_empty() { String::new() } else { format!("?show={}", self.asked.show) };
        let back =
            if place.query.is_empty() { format!("/desk/{}{filter}", call.id) } else { place.address("") };
        let (verified, verified_by) = self.verified();
        AtDesk {
            back: Link { href: back, name: self.say("收到的申报", "Applications") },
            refused: told.refused.clone(),
            errors: error_links(&told.findings, language),
            differences,
            name: applying::name_of(&view.summary, language),
            standing: self.standing(),
            facts: self.facts(),
            action: application_address(&call.id, self.asked.id, self.asked.show),
            newer: beside(&neighbours.newer),
            older: beside(&neighbours.older),
            findings: self.findings(),
            parts: self.parts(),
            evidence: view.evidence.iter().map(|item| self.evidence(item)).collect(),
            book_href: format!("/applications/{}/book.pdf", self.asked.id),
            verified,
            verified_by,
            sheet,
            said: sheet::read_only(call, &stored, language),
            opinions: self.opinions(),
            opinion: self.opinion(told),
            returning: self.returning(told),
        }
    }

    /// Which version is shown, and whether it is being changed.
    fn standing(&self) -> String {
        let summary = &self.found.view.summary;
        let at = summary.submitted_at.map(|at| words::minute(at, self.language)).unwrap_or_default();
        let (version, lead) = (summary.version, &self.found.view.organisation);
        let said = self.say(
            &format!("{lead}于 {at} 提交的第 {version} 版。"),
            &format!("Version {version}, submitted by {lead} at {at}."),
        );
        let fate = match summary.state.as_str() {
            "withdrawn" => self.say("本件已撤回。", "It has been withdrawn."),
            "reopened" => self.say(
                "申报单位正在修改；再次提交之前，以此版为准。",
                "The applicant is changing it; until the next submission this version counts.",
            ),
            _ => String::new(),
        };
        let gap = if fate.is_empty() { String::new() } else { self.say("", " ") };
        format!("{said}{gap}{fate}")
    }

    fn facts(&self) -> Vec<Fact> {
        let summary = &self.found.view.summary;
        let fact =
            |zh: &str, en: &str, value: String| Fact { label: self.say(zh, en), value, ..Fact::default() };
        let mut facts = Vec::new();
        facts.extend(summary.number.clone().map(|number| fact("编号", "Number", number)));
        let task = summary.task.as_ref().map(|task| task.get(self.language).to_owned());
        facts.extend(task.map(|task| fact("揭榜任务", "Task", task)));
        let region = self.found.region.name();
        facts.push(fact("推荐单位", "Recommended by", region.get(self.language).to_owned()));
        facts
    }

    fn findings(&self) -> Vec<FindingView> {
        let view = &self.found.view;
        let numbered = view.findings.iter().enumerate();
        numbered
            .map(|(nth, finding)| FindingView {
                // The form stands on this page.
                href: String::new(),
                ..finding_view(view, finding, nth, self.language)
            })
            .collect()
    }

    /// The form, without the sections that hold nothing but files: these stand beside it.
    fn parts(&self) -> Vec<ReviewPart> {
        let only_files = |title: &str| {
            let own = |section: &&jiebang_domain::call::Section| section.title.get(self.language) == title;
            let section = self.call().sections.iter().find(own);
            section.is_some_and(|of| of.entries.iter().all(|entry| matches!(entry, Entry::Evidence)))
        };
        let parts = review_parts(&self.found.view, false, self.language);
        parts.into_iter().filter(|part| !only_files(&part.title)).collect()
    }

    fn evidence(&self, item: &jiebang_service::EvidenceView) -> Evidence {
        let named = item.members.len() > 1;
        let file = |file: &jiebang_service::FileView| {
            let member = item.members.iter().find(|member| member.number == file.member && named);
            let facts = file_facts(file, self.language);
            FileLink {
                href: file_address(&self.found.view, file),
                name: file.name.clone(),
                facts: match member {
                    Some(member) => {
                        self.say(&format!("{}，{facts}", member.name), &format!("{}, {facts}", member.name))
                    }
                    None => facts,
                },
                remove_value: String::new(),
            }
        };
        let files: Vec<FileLink> = item.files.iter().map(file).collect();
        let missing = match (files.is_empty(), item.needed) {
            (false, _) => String::new(),
            (true, true) => self.say("没有上传", "Nothing attached"),
            (true, false) => self.say("没有上传（如有）", "Nothing attached (if any)"),
        };
        Evidence {
            number: item.number.clone(),
            name: item.name.get(self.language).to_owned(),
            files,
            missing,
        }
    }

    /// How far the sheet is, and who wrote on it last.
    fn verified(&self) -> (Mark, String) {
        let Some(stored) = &self.found.assessment else {
            return (wording::mark("todo", self.language, "待核实", "To be verified"), String::new());
        };
        let version = stored.assessment.version;
        let at = stored.at.map(|at| words::minute(at, self.language)).unwrap_or_default();
        let by = self.say(
            &format!("第 {version} 版，{}于 {at} 保存。", stored.by),
            &format!("Version {version}, saved by {} at {at}.", stored.by),
        );
        let current = i64::from(version) == self.found.view.summary.version;
        if current {
            return (wording::found(self.call(), &stored.assessment, self.language), by);
        }
        let outdated = self.say(
            "此后申报单位又提交了一版；核对后保存，即为对新一版的意见。",
            "The applicant has submitted again since; compare, then save it for the new version.",
        );
        let gap = self.say("", " ");
        (
            wording::mark("partial", self.language, "须重新核实", "Verify again"),
            format!("{by}{gap}{outdated}"),
        )
    }

    fn opinions(&self) -> Vec<OpinionRow> {
        let row = |department: Department| {
            let said = self.found.opinions.iter().find(|of| of.department == department);
            let name = department.name(self.call()).get(self.language).to_owned();
            let Some(said) = said else {
                let mark = wording::mark("todo", self.language, "未表示意见", "Nothing said");
                return OpinionRow { department: name, mark, note: String::new(), by: String::new() };
            };
            let at = said.at.map(|at| words::minute(at, self.language)).unwrap_or_default();
            let kind = if said.stance == Stance::Objects { "wrong" } else { "done" };
            OpinionRow {
                department: name,
                mark: Mark { kind, word: said.stance.name().get(self.language).to_owned() },
                note: said.note.clone(),
                by: self.say(&format!("{}，{at}", said.by), &format!("{}, {at}", said.by)),
            }
        };
        Department::ALL.map(row).into()
    }

    /// The form for the own department's opinion, as it is stored or typed.
    fn opinion(&self, told: &Told) -> Option<OpinionForm> {
        let own = own_department(self.actor).filter(|_| self.found.may_assess)?;
        let stored = self.found.opinions.iter().find(|of| of.department == own);
        let typed = told.of(OPINION);
        let stance = match (typed, stored) {
            (true, _) => told.form.get("stance").to_owned(),
            (false, Some(stored)) => stored.stance.id().to_owned(),
            (false, None) => String::new(),
        };
        let note = match (typed, stored) {
            (true, _) => told.form.get("opinion_note").to_owned(),
            (false, stored) => stored.map(|of| of.note.clone()).unwrap_or_default(),
        };
        let findings = told.findings(OPINION);
        let name = own.name(self.call());
        let stances = [Stance::Agrees, Stance::Objects];
        let stances = stances.map(|of| (of.id().to_owned(), of.name().get(self.language).to_owned()));
        let label = self.say(&format!("{}的意见", name.zh), &format!("Opinion: {}", name.en));
        Some(OpinionForm {
            version: self.found.view.summary.version.to_string(),
            fields: vec![
                Field::new("radios", "stance", label)
                    .value(stance)
                    .choices(stances)
                    .judged(findings, self.language),
                Field::new("textarea", "opinion_note", self.say("理由", "Reason"))
                    .value(note)
                    .hint(self.say("不同意的，必须写明理由。", "Who objects must say why."))
                    .judged(findings, self.language),
            ],
        })
    }

    /// What has been returned, and whether it can be returned now.
    fn returning(&self, told: &Told) -> Returning {
        let found = self.found;
        let fact =
            |zh: &str, en: &str, value: String| Fact { label: self.say(zh, en), value, ..Fact::default() };
        let facts = match &found.returned {
            Some(returned) => vec![
                fact("退回单位", "Returned by", returned.by.get(self.language).to_owned()),
                fact(
                    "时间",
                    "At",
                    returned.at.map(|at| words::minute(at, self.language)).unwrap_or_default(),
                ),
                fact("须补正的内容", "To be corrected", returned.note.clone()),
            ],
            None => Vec::new(),
        };
        let typed = told.of(RETURN);
        let field = || {
            Field::new("textarea", "return_note", self.say("须补正的内容", "What is to be corrected"))
                .value(if typed { told.form.get("return_note") } else { "" })
                .hint(self.say(
                    "逐项写明，申报单位将看到原文。",
                    "Point by point; the applicant reads it as it stands.",
                ))
                .judged(told.findings(RETURN), self.language)
        };
        Returning {
            facts,
            explanation: self.return_words(),
            field: found.may_return.then(field),
            open: typed,
        }
    }

    fn return_words(&self) -> Vec<String> {
        let version = self.found.view.summary.version;
        let closed = deadline_finding(self.call(), Clocked::Applicant, None, self.now).is_some();
        if self.found.may_return {
            let until = self.call().deadline(Clocked::Applicant);
            let until = until.map(|deadline| instant_words(self.call(), deadline));
            let (zh, en) = until.map_or_else(
                || ("申报单位改正后可以再次提交".to_owned(), "The applicant can submit again".to_owned()),
                |until| {
                    (
                        format!("申报单位改正后，可在 {} 前再次提交", until.zh),
                        format!("The applicant can submit again until {}", until.en),
                    )
                },
            );
            vec![
                self.say(
                    "通知没有规定退回；退回补正按本系统运营方公布的办理方案进行。",
                    "The notice says nothing of returns; they follow the published plan of the operator.",
                ),
                self.say(
                    &format!("{zh}；在此之前，已提交的第 {version} 版仍然有效。"),
                    &format!("{en}; until then the submitted version {version} stays valid."),
                ),
            ]
        } else if closed && self.found.writes {
            vec![self.say(
                "申报已经截止，申报单位不能再次提交，所以不能再退回。",
                "Applicants have closed and could not submit again; nothing can be returned any more.",
            )]
        } else {
            Vec::new()
        }
    }
}
