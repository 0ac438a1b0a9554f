//! The check of form of one application.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::selection::{CheckAnswer, CheckItem, FormCheck};
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{Actor, FormCheckView, SaveFormCheck, ServiceError};

use super::candidates::outcome;
use super::{Told, told};
use crate::Site;
use crate::error::{Failure, encode};
use crate::form::Form;
use crate::page::{Page, render};
use crate::recommendation::{Mark, kept, refusal, reload, sent};
use crate::request::{Address, Visitor};
use crate::views::{ClauseView, ErrorLink, Fact, Field, Link, Refused, error_links};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/form_check.html")]
struct CheckPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    back: Link,
    facts: Vec<Fact>,
    standing: Mark,
    note: String,
    open: Vec<String>,
    application_href: String,
    experts_href: String,
    action: String,
    version: String,
    revision: String,
    writes: bool,
    items: Vec<Item>,
    said: Vec<Said>,
}

/// An item to be answered.
#[derive(Debug)]
struct Item {
    field: Field,
    clause: Option<ClauseView>,
    reason: Field,
}

/// An item for who only reads.
#[derive(Debug)]
struct Said {
    text: String,
    answer: Mark,
    reason: String,
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, String)>,
) -> Result<Response, Failure> {
    let (call, id) = visitor.address(parts)?;
    let actor = visitor.actor()?;
    let page = shown(&site, &visitor, actor, (&call, &id), StatusCode::OK, &Told::default()).await;
    page.map_err(|error| visitor.fail(error))
}

/// Saves it, or says why not and keeps what was sent.
pub(super) async fn save(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, String)>,
    request: Request,
) -> Result<Response, Response> {
    let (call, id) = visitor.address(parts)?;
    let (actor, form) = sent(&site, &visitor, request).await?;
    let error = match done(&site, actor, (&call, &id), &form).await {
        Ok(()) => return Ok(Redirect::to(&format!("/calls/{call}/selection/{id}")).into_response()),
        Err(error) => refusal(&visitor, error)?,
    };
    let (status, told) = told(form, error, visitor.language);
    match shown(&site, &visitor, actor, (&call, &id), status, &told).await {
        Ok(response) => Ok(response),
        Err(error) => Ok(kept(&site, &visitor, told.form, &told.refused, error).await),
    }
}

async fn done(site: &Site, actor: &Actor, (call, id): (&str, &str), form: &Form) -> Result<(), ServiceError> {
    let view = checked(site, actor, call, id).await?;
    if !view.writes {
        return Err(ServiceError::Forbidden);
    }
    let names: Vec<String> = view
        .items
        .iter()
        .flat_map(|item| [format!("met.{}", item.id), format!("reason.{}", item.id)])
        .collect();
    let mut known: Vec<&str> = names.iter().map(String::as_str).collect();
    known.extend(["version", "revision"]);
    form.only(&known)?;
    let number = |name: &str| form.get(name).parse::<i64>().map_err(|_| reload(name));
    let sent = SaveFormCheck {
        application: id.to_owned(),
        version: number("version")?,
        revision: number("revision")?,
        answers: typed(&view.items, form),
    };
    site.service.save_form_check(actor, sent).await.map(|_| ())
}

/// The check of an application under a call.
async fn checked(site: &Site, actor: &Actor, call: &str, id: &str) -> Result<FormCheckView, ServiceError> {
    let view = site.service.form_check(actor, id).await?;
    if view.call.call.id == call { Ok(view) } else { Err(ServiceError::NotFound) }
}

/// The answers that a form holds; a reason alone is no answer.
fn typed(items: &[CheckItem], form: &Form) -> BTreeMap<String, CheckAnswer> {
    let answer = |item: &CheckItem| {
        let met = form.yes_or_no(&format!("met.{}", item.id))?;
        let reason = form.get(&format!("reason.{}", item.id)).trim().replace("\r\n", "\n");
        Some((item.id.clone(), CheckAnswer { met, reason }))
    };
    items.iter().filter_map(answer).collect()
}

async fn shown(
    site: &Site,
    visitor: &Visitor,
    actor: &Actor,
    (call, id): (&str, &str),
    status: StatusCode,
    told: &Told,
) -> Result<Response, ServiceError> {
    let view = checked(site, actor, call, id).await?;
    let language = visitor.language;
    let failed = status != StatusCode::OK;
    let answers = if failed { typed(&view.items, &told.form) } else { view.answers.clone() };
    let one = &view.candidate;
    let (mark, open) = match &view.judged {
        _ if view.outdated => (outcome("open", language), Vec::new()),
        FormCheck::Passed => (outcome("passed", language), Vec::new()),
        FormCheck::Refused(why) => (outcome("refused", language), messages(why, language)),
        FormCheck::Open(what) if view.revision > 0 => (outcome("open", language), messages(what, language)),
        FormCheck::Open(_) => (outcome("open", language), Vec::new()),
    };
    let note = if view.outdated {
        pick(
            language,
            "下面的结论是对以前一版作出的；申报单位又提交了新版，请重新审查。",
            "The answers are of an earlier version. The applicant has submitted again: check it anew.",
        )
    } else {
        view.at.map(|at| words::minute(at, language)).unwrap_or_default()
    };
    let page = CheckPage {
        page: visitor.page(one.title.clone()),
        refused: told.refused.clone(),
        errors: error_links(&told.findings, language),
        back: Link {
            href: format!("/calls/{call}/selection?stage={}", encode(&view.stage)),
            name: pick(language, "遴选", "Selection"),
        },
        facts: facts(&view, language),
        standing: mark,
        note,
        open,
        application_href: format!("/applications/{id}"),
        experts_href: format!("/calls/{call}/selection/{id}/experts?stage={}", encode(&view.stage)),
        action: format!("/calls/{call}/selection/{id}"),
        version: one.version.to_string(),
        revision: view.revision.to_string(),
        writes: view.writes,
        items: view.items.iter().map(|item| field(&view, item, &answers, told, language)).collect(),
        said: view.items.iter().map(|item| said(item, &answers, language)).collect(),
    };
    Ok(render(status, &page))
}

fn messages(findings: &[Finding], language: Language) -> Vec<String> {
    findings.iter().map(|finding| finding.message.get(language).to_owned()).collect()
}

fn facts(view: &FormCheckView, language: Language) -> Vec<Fact> {
    let fact = |zh: &str, en: &str, value: &str| Fact {
        label: pick(language, zh, en),
        value: value.to_owned(),
        ..Fact::default()
    };
    vec![
        fact("编号", "Number", &view.candidate.number),
        fact("牵头单位", "Lead", &view.candidate.lead),
        fact("版本", "Version", &view.candidate.version.to_string()),
    ]
}

fn field(
    view: &FormCheckView,
    item: &CheckItem,
    answers: &BTreeMap<String, CheckAnswer>,
    told: &Told,
    language: Language,
) -> Item {
    let answer = answers.get(&item.id);
    let value = match answer.map(|answer| answer.met) {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let choices = [("yes", pick(language, "是", "Yes")), ("no", pick(language, "否", "No"))];
    let reason = format!("reason.{}", item.id);
    let written = answer.map_or_else(|| told.form.get(&reason).to_owned(), |answer| answer.reason.clone());
    Item {
        field: Field::new("radios", &format!("met.{}", item.id), item.text.get(language))
            .value(value)
            .choices(choices.map(|(value, word)| (value.to_owned(), word)))
            .judged(&told.findings, language),
        clause: item.source.clause().map(|clause| words::clause(&view.call.call, clause, language)),
        reason: Field::new("text", &reason, pick(language, "不符合的理由", "Why it is not so"))
            .value(written)
            .optional()
            .judged(&told.findings, language),
    }
}

fn said(item: &CheckItem, answers: &BTreeMap<String, CheckAnswer>, language: Language) -> Said {
    let answer = answers.get(&item.id);
    Said {
        text: item.text.get(language).to_owned(),
        answer: match answer.map(|answer| answer.met) {
            Some(true) => outcome("passed", language),
            Some(false) => outcome("refused", language),
            None => outcome("open", language),
        },
        reason: answer.map(|answer| answer.reason.clone()).unwrap_or_default(),
    }
}
