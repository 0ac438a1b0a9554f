//! Candidates of a stage: how far each is, how far all of them are; assigning in turn.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{Candidate, CandidatesPage, CandidatesView, InTurn, ServiceError};

use super::{Told, told};
use crate::Site;
use crate::error::{Failure, encode};
use crate::form::Form;
use crate::page::{Page, render};
use crate::recommendation::{Mark, asked, is_id, mark};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Fact, Field, Link, Refused, error_links};
use crate::words::pick;

/// Applications on one page.
const PAGE_SIZE: usize = 50;
/// What candidates can be narrowed to, and its words.
const FILTERS: [(&str, &str, &str); 5] = [
    ("", "全部", "All"),
    ("open", "待形式审查", "To be checked"),
    ("passed", "形式审查通过", "Passed"),
    ("refused", "形式审查不通过", "Refused"),
    ("short", "专家不足", "Experts lacking"),
];

#[derive(Template)]
#[template(path = "pages/selection.html")]
struct ListPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    back: Link,
    tabs: Vec<Tab>,
    told: String,
    facts: Vec<Fact>,
    filters: Vec<Filter>,
    rows: Vec<Row>,
    next: String,
    turn: Option<Turn>,
}

/// A stage among the others.
#[derive(Debug)]
struct Tab {
    href: String,
    word: String,
    current: bool,
}

#[derive(Debug)]
struct Filter {
    tab: Tab,
    count: usize,
}

/// A candidate.
#[derive(Debug)]
struct Row {
    href: String,
    title: String,
    number: String,
    lead: String,
    form: Mark,
    experts_href: String,
    assigned: Mark,
    submitted: String,
}

/// The form that assigns in turn.
#[derive(Debug)]
struct Turn {
    action: String,
    stage: String,
    key: String,
    field: Field,
}

/// What a query asks for.
struct Asked {
    stage: String,
    show: &'static str,
    after: String,
    told: String,
}

impl Asked {
    fn of(query: Option<&str>, language: Language) -> Self {
        let show = asked(query, "show").unwrap_or_default();
        let given = asked(query, "given").and_then(|given| given.parse::<u32>().ok());
        let short = asked(query, "short").and_then(|short| short.parse::<u32>().ok()).unwrap_or(0);
        Self {
            stage: asked(query, "stage").filter(|stage| !stage.contains('\0')).unwrap_or_default(),
            show: FILTERS.iter().find(|(id, ..)| *id == show).map_or("", |(id, ..)| id),
            after: asked(query, "after").filter(|after| is_id(after)).unwrap_or_default(),
            told: given.map(|given| in_turn(given, short, language)).unwrap_or_default(),
        }
    }
}

fn in_turn(given: u32, short: u32, language: Language) -> String {
    let done = pick(language, &format!("分派了 {given} 人次。"), &format!("{given} assignments were made."));
    let lacking = pick(
        language,
        &format!("{short} 项申报的专家仍然不足：没有更多无回避关系的专家。"),
        &format!(" For {short} applications experts are lacking: nobody else is without a conflict."),
    );
    if short == 0 { done } else { done + &lacking }
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let id = visitor.address(address)?;
    let asked = Asked::of(query.as_deref(), visitor.language);
    shown(&site, &visitor, &id, asked, StatusCode::OK, Told::default()).await
}

/// Assigns in turn.
pub(super) async fn act(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let id = visitor.address(address)?;
    match turn(&site, &visitor, &id, &form).await? {
        Ok(InTurn { given, short }) => {
            let stage = encode(form.get("stage"));
            let to = format!("/calls/{id}/selection?stage={stage}&given={given}&short={}", short.len());
            Ok(Redirect::to(&to).into_response())
        }
        Err(error @ (ServiceError::Forbidden | ServiceError::NotFound)) => Err(visitor.fail(error)),
        Err(error) => {
            let stage = form.get("stage").to_owned();
            let (status, told) = told(form, error, visitor.language);
            let asked = Asked { stage, show: "", after: String::new(), told: String::new() };
            shown(&site, &visitor, &id, asked, status, told).await
        }
    }
}

async fn turn(
    site: &Site,
    visitor: &Visitor,
    id: &str,
    form: &Form,
) -> Result<Result<InTurn, ServiceError>, Failure> {
    let actor = visitor.actor()?;
    let each = form.get("each").trim().parse().unwrap_or(0);
    let key = form.some("idempotency_key").map(str::to_owned);
    let known = form.only(&["stage", "each", "idempotency_key"]);
    let done = site.service.assign_in_turn(actor, id, form.get("stage"), each, key).await;
    // Who may not is told so whatever was sent.
    Ok(match (known, done) {
        (Err(strange), Err(ServiceError::Invalid(_))) => Err(strange),
        (_, done) => done,
    })
}

async fn shown(
    site: &Site,
    visitor: &Visitor,
    id: &str,
    asked: Asked,
    status: StatusCode,
    told: Told,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let language = visitor.language;
    let wanted = CandidatesPage {
        call: id.to_owned(),
        stage: asked.stage.clone(),
        show: asked.show.to_owned(),
        after: asked.after.clone(),
        limit: PAGE_SIZE,
    };
    let view = match site.service.candidates(actor, wanted).await {
        // Before there is a plan, the page of the plan says so.
        Err(ServiceError::NotFound)
            if asked.stage.is_empty()
                && matches!(site.service.plan(visitor.actor.as_ref(), id).await, Ok(None)) =>
        {
            return Ok(Redirect::to(&format!("/calls/{id}/plan")).into_response());
        }
        found => found.map_err(|error| visitor.fail(error))?,
    };
    let frame = visitor.page("").keeping(&[("stage", &view.stage.id), ("show", asked.show)]);
    let title = frame.t("selection-title");
    let address = |show: &str, after: &str| {
        let after = if after.is_empty() { String::new() } else { format!("&after={after}") };
        let show = if show.is_empty() { String::new() } else { format!("&show={show}") };
        format!("/calls/{id}/selection?stage={}{show}{after}", encode(&view.stage.id))
    };
    let page = ListPage {
        page: frame.titled(title),
        refused: told.refused,
        errors: error_links(&told.findings, language),
        back: Link { href: format!("/calls/{id}"), name: view.call.call.title.get(language).to_owned() },
        tabs: view
            .stages
            .iter()
            .map(|stage| Tab {
                href: format!("/calls/{id}/selection?stage={}", encode(&stage.id)),
                word: stage.name.get(language).to_owned(),
                current: stage.id == view.stage.id,
            })
            .collect(),
        told: asked.told,
        facts: facts(&view, language),
        filters: filters(&view, asked.show, &address, language),
        rows: view.entries.iter().map(|one| row(id, &view, one, language)).collect(),
        next: view.next.as_ref().map(|next| address(asked.show, next)).unwrap_or_default(),
        turn: view.may_assign.then(|| Turn {
            action: format!("/calls/{id}/selection"),
            stage: view.stage.id.clone(),
            key: site.service.new_key(),
            field: Field::new("text", "each", pick(language, "每项专家数", "Experts of each"))
                .value(told.form.some("each").map_or_else(|| view.scores_min.to_string(), str::to_owned))
                .width("5")
                .judged(&told.findings, language),
        }),
    };
    Ok(render(status, &page))
}

fn facts(view: &CandidatesView, language: Language) -> Vec<Fact> {
    let counts = view.counts;
    let fact =
        |label: Text, value: String| Fact { label: label.get(language).to_owned(), value, ..Fact::default() };
    vec![
        fact(Text::new("参评申报", "Applications"), counts.all.to_string()),
        fact(
            Text::new("形式审查", "Check of form"),
            pick(
                language,
                &format!("待审 {}，通过 {}，不通过 {}", counts.open, counts.passed, counts.refused),
                &format!("{} open, {} passed, {} refused", counts.open, counts.passed, counts.refused),
            ),
        ),
        fact(Text::new("已分派", "Assigned"), counts.assigned.to_string()),
        fact(Text::new("已提交评分表", "Sheets submitted"), counts.submitted.to_string()),
    ]
}

fn filters(
    view: &CandidatesView,
    show: &str,
    address: &dyn Fn(&str, &str) -> String,
    language: Language,
) -> Vec<Filter> {
    let counts = view.counts;
    let filter = |(id, zh, en): &(&'static str, &str, &str)| Filter {
        tab: Tab { href: address(id, ""), word: pick(language, zh, en), current: *id == show },
        count: match *id {
            "open" => counts.open,
            "passed" => counts.passed,
            "refused" => counts.refused,
            "short" => counts.short,
            _ => counts.all,
        },
    };
    FILTERS.iter().map(filter).collect()
}

/// How the form of a candidate stands.
pub(super) fn outcome(outcome: &str, language: Language) -> Mark {
    match outcome {
        "passed" => mark("done", language, "通过", "Passed"),
        "refused" => mark("wrong", language, "不通过", "Refused"),
        _ => mark("todo", language, "待审", "To be checked"),
    }
}

fn row(call: &str, view: &CandidatesView, one: &Candidate, language: Language) -> Row {
    let href = format!("/calls/{call}/selection/{}", one.id);
    let enough = one.assigned >= i64::from(view.scores_min);
    let word = format!("{} / {}", one.assigned, view.scores_min);
    Row {
        experts_href: format!("{href}/experts?stage={}", encode(&view.stage.id)),
        href,
        title: one.title.clone(),
        number: one.number.clone(),
        lead: one.lead.clone(),
        form: outcome(&one.outcome, language),
        assigned: mark(if enough { "done" } else { "todo" }, language, &word, &word),
        submitted: format!("{} / {}", one.submitted, one.assigned),
    }
}
