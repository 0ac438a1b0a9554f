//! The page of a team: period, plan, promises, versions, reports, changes; and the acts on it.

use askama::Template;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::race::{RaceStage, differences};
use jiebang_domain::shared::{Finding, Language, counted};
use jiebang_service::{Actor, ServiceError, StoreError, TeamView};

use super::change::{self, AskForm, ChangeRow, DifferenceRow};
use super::report::{self, ReportForm, ReportRow, Versus};
use crate::Site;
use crate::error::{Failure, encode, status_of};
use crate::figures::{Gantt, GanttBar, GanttLane, gantt};
use crate::form::Form;
use crate::page::{Page, render};
use crate::recommendation::{asked, kept, refusal, sent, unknown_act};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Fact, Link, Refused, error_links};
use crate::words::{self, pick};

/// The name of the field that says what is to be done.
const ACT: &str = "act";

#[derive(Template)]
#[template(path = "pages/team.html")]
struct TeamPage {
    page: Page,
    team: Team,
}

/// What the page shows.
#[derive(Debug)]
struct Team {
    refused: Refused,
    errors: Vec<ErrorLink>,
    versus: Vec<Versus>,
    back: Vec<Link>,
    title: String,
    standing: String,
    facts: Vec<Fact>,
    gantt: String,
    indicators: Vec<Indicator>,
    milestones: Vec<Link>,
    versions: Vec<Version>,
    reports: Vec<ReportRow>,
    report: Option<ReportForm>,
    changes: Vec<ChangeRow>,
    ask: Option<AskForm>,
    action: String,
    revision: i64,
    key: String,
}

/// A promise.
#[derive(Debug)]
struct Indicator {
    name: String,
    required: String,
    promised: String,
    /// Where a change is asked for; empty where none can be.
    change: String,
}

/// A frozen version of the task statement.
#[derive(Debug)]
struct Version {
    name: String,
    at: String,
    digest: String,
    differences: Vec<DifferenceRow>,
}

/// What came of an act that was not done: the form as it was typed, and why.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) form: Form,
    refused: Refused,
    pub(super) findings: Vec<Finding>,
    /// Somebody else saved or decided first.
    pub(super) stale: bool,
}

impl Told {
    /// Whether the typed values belong to one of these acts.
    pub(super) fn of(&self, acts: &[&str]) -> bool {
        acts.contains(&self.form.get(ACT))
    }
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let id = visitor.address(parts)?;
    let actor = visitor.actor()?;
    let what = asked(query.as_deref(), "change").unwrap_or_default();
    let page = shown(&site, &visitor, actor, &id, (&what, StatusCode::OK, &Told::default())).await;
    page.map_err(|error| visitor.fail(error))
}

/// Saves or submits a report, asks for a change, or decides one.
pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    request: Request,
) -> Result<Response, Response> {
    let id = visitor.address(parts)?;
    let (actor, form) = sent(&site, &visitor, request).await?;
    let error = match done(&site, actor, &id, &form).await {
        Ok(anchor) => return Ok(Redirect::to(&format!("/teams/{id}#{anchor}")).into_response()),
        Err(error) => refusal(&visitor, error)?,
    };
    let what = form.get("what").to_owned();
    let (status, told) = told(form, error, visitor.language);
    match shown(&site, &visitor, actor, &id, (&what, status, &told)).await {
        Ok(response) => Ok(response),
        Err(error) => Ok(kept(&site, &visitor, told.form, &told.refused, error).await),
    }
}

/// Carries out what a form asks for; returns the part of the page to go back to.
async fn done(site: &Site, actor: &Actor, id: &str, form: &Form) -> Result<&'static str, ServiceError> {
    let view = site.service.team(Some(actor), id).await?;
    match form.get(ACT) {
        // Who may not write learns that before what is wrong with the form.
        report::SAVE | report::SUBMIT | change::ASK if !view.may_report => Err(ServiceError::Forbidden),
        change::DECIDE if !view.may_decide => Err(ServiceError::Forbidden),
        report::SAVE | report::SUBMIT => {
            let sent = report::read(form, &view).map_err(ServiceError::Invalid)?;
            site.service.save_report(actor, sent).await.map(|_| "reports")
        }
        change::ASK => {
            let sent = change::read_ask(form, &view)?;
            site.service.ask_change(actor, sent).await.map(|_| "changes")
        }
        change::DECIDE => {
            let sent = change::read_decision(form, &view)?;
            site.service.decide_change(actor, sent).await.map(|()| "changes")
        }
        _ if view.may_report || view.may_decide => Err(unknown_act()),
        _ => Err(ServiceError::Forbidden),
    }
}

fn told(form: Form, error: ServiceError, language: Language) -> (StatusCode, Told) {
    let status = status_of(&error);
    let told = match error {
        ServiceError::Invalid(findings) => Told { findings, form, ..Told::default() },
        ServiceError::Store(StoreError::Stale) => {
            let changed = pick(
                language,
                "您打开本页之后，另有人保存或提交了报告，或者任务书有了变更。没有覆盖任何内容；所填内容保留在表单里，核对后可以再次保存。",
                "After you opened this page somebody saved or handed in the report, or the task statement changed. Nothing was \
                 overwritten; what you filled in stands in the form. Compare it, then save again.",
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
    id: &str,
    (what, status, told): (&str, StatusCode, &Told),
) -> Result<Response, ServiceError> {
    let view = site.service.team(Some(actor), id).await?;
    let key = site.service.new_key();
    let team = team_of(&view, actor, what, told, key, visitor.language);
    let page = visitor.page(team.title.clone());
    Ok(render(status, &TeamPage { page, team }))
}

fn team_of(view: &TeamView, actor: &Actor, what: &str, told: &Told, key: String, language: Language) -> Team {
    let change = |kind: &str, id: &str| {
        let what = encode(&format!("{kind}.{id}"));
        if view.may_ask { format!("/teams/{}?change={what}#change", view.application) } else { String::new() }
    };
    let title = if view.title.trim().is_empty() { view.lead.clone() } else { view.title.clone() };
    let milestones = view.baselines.last().map_or(&[][..], |of| &of.statement.milestones);
    Team {
        refused: told.refused.clone(),
        errors: error_links(&told.findings, language),
        versus: report::versus(view, told, language),
        back: back(view, actor, language),
        standing: standing(view, language),
        facts: facts(view, language),
        gantt: gantt(&plan(view, language), language),
        indicators: indicators(view, language, &change),
        milestones: milestones
            .iter()
            .map(|of| Link { href: change("milestone", &of.id), name: of.name.clone() })
            .filter(|link| !link.href.is_empty())
            .collect(),
        versions: versions(view, language),
        reports: report::rows(view, language),
        report: report::form(view, told, language),
        changes: change::rows(view, told, language),
        ask: change::ask_form(view, what, told, language),
        action: format!("/teams/{}", view.application),
        revision: view.revision,
        title,
        key,
    }
}

/// Where one comes from: the board for who may see it, the own application for its writers.
fn back(view: &TeamView, actor: &Actor, language: Language) -> Vec<Link> {
    let id = &view.call.call.id;
    let own = Link {
        href: format!("/applications/{}", view.application),
        name: pick(language, "申报书", "Application"),
    };
    let board =
        Link { href: format!("/calls/{id}/race"), name: pick(language, "赛马看板", "Board of the race") };
    if actor.role.has_organisation() { vec![own] } else { vec![board, own] }
}

fn standing(view: &TeamView, language: Language) -> String {
    let period = &view.period;
    if !view.ends {
        return pick(
            language,
            &format!("{}，自{}起。通知没有规定攻关期。", view.stage.name().zh, period.published_on),
            &format!("{} since {}. The notice sets no period.", view.stage.name().en, period.published_on),
        );
    }
    let days = (period.last_on - view.today).get_days();
    let left = match (view.stage, u32::try_from(days)) {
        (RaceStage::Running, Ok(days)) => {
            pick(language, &format!("，还有{days}天"), &format!(", {} left", counted(days, "day", "days")))
        }
        _ => String::new(),
    };
    let (first, last, stage) = (period.published_on, period.last_on, view.stage.name());
    pick(
        language,
        &format!("{}：{first}至{last}{left}。", stage.zh),
        &format!("{}: {first} to {last}{left}.", stage.en),
    )
}

fn facts(view: &TeamView, language: Language) -> Vec<Fact> {
    let fact =
        |zh: &str, en: &str, value: String| Fact { label: pick(language, zh, en), value, ..Fact::default() };
    let task = view.call.call.node(&view.task);
    let task = task.map_or_else(|| view.task.clone(), |node| node.name.get(language).to_owned());
    let mut facts = vec![
        fact("牵头单位", "Lead", view.lead.clone()),
        fact("揭榜任务", "Task", task),
        fact("团队状态", "Team", view.state.name().get(language).to_owned()),
    ];
    facts.extend(view.number.clone().map(|number| fact("编号", "Number", number)));
    facts
}

/// The plan that counts, with the progress reported last.
fn plan(view: &TeamView, language: Language) -> Gantt {
    let milestones = view.baselines.last().map_or(&[][..], |of| &of.statement.milestones);
    let bar = |of: &jiebang_domain::race::Milestone| {
        let progress = view.progress.get(&of.id);
        GanttBar {
            name: of.name.clone(),
            from: of.from,
            to: of.to,
            percent: progress.map_or(0, |of| of.percent),
            reached_on: progress.and_then(|of| of.reached_on),
            note: progress
                .filter(|of| of.risk != jiebang_domain::race::Risk::None)
                .map(|_| pick(language, "有风险", "at risk"))
                .unwrap_or_default(),
        }
    };
    let lane = |name: String, id: Option<&str>| GanttLane {
        name,
        bars: milestones.iter().filter(|of| of.lane.as_deref() == id).map(bar).collect(),
    };
    let mut lanes: Vec<GanttLane> =
        view.lanes.iter().map(|(id, name)| lane(name.get(language).to_owned(), Some(id))).collect();
    lanes.push(lane(pick(language, "攻关计划", "Work plan"), None));
    let end = if view.ends { Some(view.period.last_on) } else { milestones.iter().map(|of| of.to).max() };
    Gantt {
        title: pick(language, "攻关计划", "Work plan"),
        lanes,
        first: view.period.published_on,
        last: end.unwrap_or(view.period.published_on),
        today: view.today,
    }
}

fn indicators(view: &TeamView, language: Language, change: &impl Fn(&str, &str) -> String) -> Vec<Indicator> {
    let items = view.call.call.items_of(&view.task);
    let lines = view.baselines.last().map_or(&[][..], |of| &of.statement.indicators);
    let row = |line: &jiebang_domain::race::IndicatorLine| {
        let item = items.iter().find(|item| item.id == line.item);
        Indicator {
            name: line.name.get(language).to_owned(),
            required: item.map(|item| item.threshold.words().get(language).to_owned()).unwrap_or_default(),
            promised: line.promised.get(language).to_owned(),
            change: change("promise", &line.item),
        }
    };
    lines.iter().map(row).collect()
}

/// The frozen versions, the newest first, each with what it changed of the one before.
fn versions(view: &TeamView, language: Language) -> Vec<Version> {
    let before = std::iter::once(None).chain(view.baselines.iter().map(Some));
    let row =
        |(baseline, before): (&jiebang_domain::race::Baseline, Option<&jiebang_domain::race::Baseline>)| {
            let version = baseline.version;
            let from = match baseline.change {
                Some(number) => pick(
                    language,
                    &format!("第{version}版，依据第{number}号变更"),
                    &format!("Version {version}, by change no. {number}"),
                ),
                None => pick(
                    language,
                    &format!("第{version}版，申报时提交的任务书"),
                    &format!("Version {version}, as submitted"),
                ),
            };
            let changed = before.map(|before| differences(&before.statement, &baseline.statement));
            Version {
                name: from,
                at: words::minute(baseline.frozen_at, language),
                digest: words::grouped(baseline.statement.digest.as_str()),
                differences: change::difference_rows(&changed.unwrap_or_default(), language),
            }
        };
    let mut all: Vec<Version> = view.baselines.iter().zip(before).map(row).collect();
    all.reverse();
    all
}

/// The name of a milestone in the newest version that has it, its id where none does.
pub(super) fn bars_name(view: &TeamView, id: &str) -> String {
    let mut all = view.baselines.iter().rev().flat_map(|of| &of.statement.milestones);
    all.find(|of| of.id == id).map_or_else(|| id.to_owned(), |of| of.name.clone())
}
