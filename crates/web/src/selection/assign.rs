//! Who scores one application: experts with their conflicts, to assign and to take back.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::shared::Language;
use jiebang_service::{Actor, AssignView, Assigned, Choosable, SeatKey, ServiceError};

use super::candidates::outcome;
use super::{Told, evidence, told};
use crate::Site;
use crate::error::{Failure, encode};
use crate::form::Form;
use crate::page::{Page, render};
use crate::recommendation::{ACT, Mark, asked, is_id, mark, reload, unknown_act};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Fact, Field, Link, Refused, error_links};
use crate::words::{self, pick};

/// Experts on one page.
const PAGE_SIZE: i64 = 50;

#[derive(Template)]
#[template(path = "pages/assign.html")]
struct AssignPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    back: Link,
    facts: Vec<Fact>,
    form: Mark,
    form_href: String,
    action: String,
    stage: String,
    key: String,
    writes: bool,
    seats: Vec<SeatRow>,
    experts: Vec<ExpertRow>,
    next: String,
    withdraw: Field,
    declare: Field,
}

/// An expert who has it, or had it.
#[derive(Debug)]
struct SeatRow {
    id: String,
    name: String,
    code: String,
    standing: Mark,
    note: String,
    stands: bool,
}

/// An expert who could have it.
#[derive(Debug)]
struct ExpertRow {
    id: String,
    name: String,
    code: String,
    fields: String,
    load: String,
    /// Why the expert cannot be chosen; empty where nothing is known.
    conflict: String,
}

/// The application of a call at a stage, and from which expert on.
struct At {
    call: String,
    id: String,
    stage: String,
    after: String,
}

impl At {
    fn path(&self) -> String {
        format!("/calls/{}/selection/{}/experts", self.call, self.id)
    }

    fn address(&self) -> String {
        format!("{}?stage={}", self.path(), encode(&self.stage))
    }
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
    let query = query.as_deref();
    let plain = |name: &str| asked(query, name).filter(|of| !of.contains('\0')).unwrap_or_default();
    let at = At { call, id, stage: plain("stage"), after: plain("after") };
    let page = shown(&site, &visitor, actor, &at, StatusCode::OK, Told::default()).await;
    page.map_err(|error| visitor.fail(error))
}

/// Assigns, takes back, or declares a conflict.
pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, String)>,
    form: Form,
) -> Result<Response, Failure> {
    let (call, id) = visitor.address(parts)?;
    let actor = visitor.actor()?;
    let at = At { call, id, stage: form.get("stage").to_owned(), after: String::new() };
    match done(&site, actor, &at, &form).await {
        Ok(()) => Ok(Redirect::to(&at.address()).into_response()),
        Err(error @ (ServiceError::Forbidden | ServiceError::NotFound)) => Err(visitor.fail(error)),
        Err(error) => {
            let (status, told) = told(form, error, visitor.language);
            let page = shown(&site, &visitor, actor, &at, status, told).await;
            page.map_err(|error| visitor.fail(error))
        }
    }
}

async fn done(site: &Site, actor: &Actor, at: &At, form: &Form) -> Result<(), ServiceError> {
    if !found(site, actor, at).await?.writes {
        return Err(ServiceError::Forbidden);
    }
    if !is_id(form.get("expert")) {
        return Err(reload("expert"));
    }
    let seat = SeatKey {
        application: at.id.clone(),
        stage: at.stage.clone(),
        expert: form.get("expert").to_owned(),
    };
    match form.get(ACT) {
        "assign" => {
            form.only(&[ACT, "stage", "expert", "idempotency_key"])?;
            let key = form.some("idempotency_key").map(|key| format!("{key}.{}", seat.expert));
            site.service.assign(actor, seat, key).await
        }
        "withdraw" => {
            form.only(&[ACT, "stage", "expert", "withdraw_reason"])?;
            site.service.withdraw_assignment(actor, seat, form.get("withdraw_reason")).await
        }
        "declare" => {
            form.only(&[ACT, "stage", "expert", "conflict_words"])?;
            let words = form.get("conflict_words");
            site.service.declare_conflict_of(actor, &at.id, &seat.expert, words).await
        }
        _ => Err(unknown_act()),
    }
}

/// What is asked for, under its call; a stage that is not named is the first one.
async fn found(site: &Site, actor: &Actor, at: &At) -> Result<AssignView, ServiceError> {
    let stage = match at.stage.as_str() {
        "" => site.service.form_check(actor, &at.id).await?.stage,
        stage => stage.to_owned(),
    };
    let view = site.service.assignments(actor, &at.id, &stage, &at.after, PAGE_SIZE).await?;
    if view.call.call.id == at.call { Ok(view) } else { Err(ServiceError::NotFound) }
}

async fn shown(
    site: &Site,
    visitor: &Visitor,
    actor: &Actor,
    at: &At,
    status: StatusCode,
    told: Told,
) -> Result<Response, ServiceError> {
    let view = found(site, actor, at).await?;
    let language = visitor.language;
    let at =
        At { call: at.call.clone(), id: at.id.clone(), stage: view.stage.id.clone(), after: String::new() };
    let text = |name: &str, zh: &str, en: &str| {
        Field::new("text", name, pick(language, zh, en))
            .value(told.form.get(name))
            .judged(&told.findings, language)
    };
    let page = AssignPage {
        page: visitor.page(view.candidate.title.clone()).keeping(&[("stage", &view.stage.id)]),
        refused: told.refused.clone(),
        errors: error_links(&told.findings, language),
        back: Link {
            href: format!("/calls/{}/selection?stage={}", at.call, encode(&at.stage)),
            name: pick(language, "遴选", "Selection"),
        },
        facts: facts(&view, language),
        form: outcome(&view.candidate.outcome, language),
        form_href: format!("/calls/{}/selection/{}", at.call, at.id),
        action: at.path(),
        stage: at.stage.clone(),
        key: site.service.new_key(),
        writes: view.writes,
        seats: view.assigned.iter().map(|one| seat(one, language)).collect(),
        experts: view.experts.iter().map(|one| expert(one, language)).collect(),
        next: view
            .next
            .as_ref()
            .map(|next| format!("{}&after={}", at.address(), encode(next)))
            .unwrap_or_default(),
        withdraw: text("withdraw_reason", "撤回的理由", "Why it is taken back"),
        declare: text("conflict_words", "何种关系", "Which relation"),
    };
    Ok(render(status, &page))
}

fn facts(view: &AssignView, language: Language) -> Vec<Fact> {
    let fact =
        |zh: &str, en: &str, value: String| Fact { label: pick(language, zh, en), value, ..Fact::default() };
    vec![
        fact("编号", "Number", view.candidate.number.clone()),
        fact("阶段", "Stage", view.stage.name.get(language).to_owned()),
        fact("单位", "Units", view.members.join(&pick(language, "、", ", "))),
        fact("至少评分份数", "Sheets at least", view.scores_min.to_string()),
    ]
}

fn seat(one: &Assigned, language: Language) -> SeatRow {
    let conflict = evidence(&one.conflicts, language);
    let at = one.at.map(|at| words::minute(at, language)).unwrap_or_default();
    let (standing, note) = match &one.withdrawn {
        Some(reason) if reason == "conflict" => {
            (mark("locked", language, "因回避撤回", "Taken back: conflict"), conflict)
        }
        Some(reason) => (mark("locked", language, "已撤回", "Taken back"), reason.clone()),
        None if !one.conflicts.is_empty() => (mark("wrong", language, "须回避", "Conflict"), conflict),
        None if one.submitted => (mark("done", language, "已提交", "Submitted"), at),
        None => (mark("waiting", language, "评审中", "Scoring"), at),
    };
    SeatRow {
        id: one.expert.id.clone(),
        name: one.expert.name.clone(),
        code: one.expert.code.clone(),
        standing,
        note,
        stands: one.withdrawn.is_none(),
    }
}

fn expert(one: &Choosable, language: Language) -> ExpertRow {
    ExpertRow {
        id: one.expert.id.clone(),
        name: one.expert.name.clone(),
        code: one.expert.code.clone(),
        fields: one.expert.fields.join(&pick(language, "、", ", ")),
        load: one.load.to_string(),
        conflict: match evidence(&one.conflicts, language) {
            none if none.is_empty() && one.expert.username.is_none() => {
                pick(language, "没有账号", "No account")
            }
            found => found,
        },
    }
}
