//! Calls (榜单): the bulletin board, a call with all its parts, the files it is made of, publication.
//!
//! Pages that every anonymous visitor sees alike are kept ([`Pages`]); whoever is logged in gets a page of their own.

mod board;
mod calendar;
mod clauses;
mod first;
mod forms;
mod office;
mod tasks;

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use jiebang_domain::call::Call;
use jiebang_domain::shared::{ClauseId, Language, Text};
use jiebang_service::{CallCard, ServiceError, Stage};
use jiff::Timestamp;

use crate::Site;
use crate::cache::Pages;
use crate::error::Failure;
use crate::form;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{ClauseView, ClockView, Document, Step};
use crate::words::{self, pick};

/// Routes of the room.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/", get(board))
        .route("/calls/{id}", get(call))
        .route("/calls/{id}/call.toml", get(source))
        .route("/calls/{id}/shared/{name}", get(shared_source))
        .route("/office/calls", get(office::list))
        .route("/office/calls/{id}/publish", post(office::publish))
        .layer(Extension(Arc::new(Pages::default())))
}

/// Longest search that is looked for, in code points.
const QUERY_MAX: usize = 100;

#[derive(Template)]
#[template(path = "pages/calls.html")]
struct BoardPage {
    page: Page,
    standing: String,
    query: String,
    open: Vec<board::Entry>,
    under_way: Vec<board::Row>,
    lists: Vec<board::List>,
}

async fn board(
    State(site): State<Site>,
    Extension(pages): Extension<Arc<Pages>>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let query = query.as_deref().and_then(|query| form::query(query, "q")).unwrap_or_default();
    let query: String = query.trim().chars().take(QUERY_MAX).collect();
    if visitor.actor.is_some() || !query.is_empty() {
        return Ok(render(StatusCode::OK, &board_page(&site, &visitor, query)));
    }
    pages.page(&site, &visitor, &headers, || board_page(&site, &visitor, query))
}

fn board_page(site: &Site, visitor: &Visitor, query: String) -> BoardPage {
    let (now, language) = (site.service.clock().now(), visitor.language);
    let cards = site.service.board();
    let found: Vec<(&CallCard, Vec<String>)> = cards
        .iter()
        .filter_map(|card| Some((card, board::matches(&card.call.call, &query, language)?)))
        .collect();
    let (open, under_way): (Vec<_>, Vec<_>) = found.iter().partition(|(card, _)| card.stage == Stage::Open);
    BoardPage {
        page: visitor.page(pick(language, "榜单", "Calls")),
        standing: board::standing(&open, found.len(), &query, language),
        open: open.iter().map(|(card, tasks)| board::entry(card, tasks, now, language)).collect(),
        under_way: under_way.iter().map(|(card, tasks)| board::row(card, tasks, language)).collect(),
        lists: Vec::new(),
        query,
    }
}

/// A call as its page shows it.
#[derive(Debug)]
struct CallView {
    issuers: Vec<String>,
    number: String,
    number_notes: Vec<String>,
    title: String,
    answers: Vec<first::Answer>,
    clock: Option<ClockView>,
    start: first::Start,
    /// Makes a button that is pressed twice begin once.
    key: String,
    tasks_note: String,
    groups: Vec<tasks::Group>,
    targets: Option<tasks::IndicatorGroup>,
    calendar: Vec<Step>,
    clauses_note: String,
    clauses: Vec<clauses::Entry>,
    operator: Vec<clauses::Line>,
    forms: Vec<forms::Part>,
    choices: Vec<clauses::Settled>,
    documents: Vec<Document>,
    amendments: Vec<Step>,
    version: String,
    version_note: String,
}

#[derive(Template)]
#[template(path = "pages/call.html")]
struct CallPage {
    page: Page,
    call: CallView,
}

async fn call(
    State(site): State<Site>,
    Extension(pages): Extension<Arc<Pages>>,
    address: Address<String>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = visitor.address(address)?;
    let card = site.service.call(&id).map_err(|error| visitor.fail(error))?;
    let title = card.call.call.title.get(visitor.language).to_owned();
    if visitor.actor.is_some() {
        let mut call = view(&site, &visitor, &card);
        if site.service.may_read_race(visitor.actor.as_ref(), &id) {
            call.documents.push(Document {
                href: format!("/calls/{id}/race"),
                name: pick(visitor.language, "赛马看板", "Board of the race"),
                facts: String::new(),
            });
        }
        return Ok(render(StatusCode::OK, &CallPage { page: visitor.page(title), call }));
    }
    pages.page(&site, &visitor, &headers, || CallPage {
        page: visitor.page(title),
        call: view(&site, &visitor, &card),
    })
}

fn view(site: &Site, visitor: &Visitor, card: &CallCard) -> CallView {
    let (now, language) = (site.service.clock().now(), visitor.language);
    let call = &card.call.call;
    CallView {
        issuers: call.issuers.iter().map(|issuer| issuer.get(language).to_owned()).collect(),
        number: call.document_number.clone().unwrap_or_default(),
        number_notes: number_notes(call, language),
        title: call.title.get(language).to_owned(),
        answers: first::answers(call, language),
        clock: first::clock(call, now, language),
        start: first::start(card, visitor.actor.as_ref(), language),
        key: site.service.new_key(),
        tasks_note: first::counts(call, language).join(pick(language, "，", ", ").as_str()),
        groups: tasks::groups(call, language),
        targets: tasks::targets(call, language),
        calendar: calendar::steps(call, card.published_at, now, language),
        clauses_note: clauses::legend(call, language),
        clauses: clauses::entries(call, language),
        operator: clauses::operator(call, language),
        forms: forms::parts(call, language),
        choices: clauses::settled(call, language),
        documents: documents(card, language),
        amendments: amendments(site, call, language),
        version: card.call.version.clone(),
        version_note: version_note(card.published_at, language),
    }
}

fn number_notes(call: &Call, language: Language) -> Vec<String> {
    let history = call.document_number_history.iter();
    history
        .map(|(number, why)| match language {
            Language::Zh => format!("曾见文号 {number}：{}", why.zh),
            Language::En => format!("Also seen as {number}: {}", why.get(language)),
        })
        .collect()
}

fn version_note(at: Timestamp, language: Language) -> String {
    let day = words::day(at, language);
    match language {
        Language::Zh => format!("本版于{day}发布。每件申报按其建立时的版本办理。榜单版本（SHA-256）："),
        Language::En => format!(
            "This version was published on {day}. An application follows the version it began under. \
             Version of the call (SHA-256):"
        ),
    }
}

fn documents(card: &CallCard, language: Language) -> Vec<Document> {
    let call = &card.call.call;
    let size = |text: &str| words::size(i64::try_from(text.len()).unwrap_or(i64::MAX));
    let mut documents = Vec::new();
    for (name, text) in &card.call.sources {
        documents.push(match name.strip_prefix("shared/") {
            Some(shared) => Document {
                href: format!("/calls/{}/shared/{shared}.toml", call.id),
                name: format!(
                    "{}{shared}.toml",
                    pick(language, "榜单引用的共用文件 ", "Shared file of the call: ")
                ),
                facts: size(text),
            },
            None => Document {
                href: format!("/calls/{}/call.toml", call.id),
                name: pick(language, "榜单数据文件 call.toml", "The call as data: call.toml"),
                facts: size(text),
            },
        });
    }
    for (page, zh, en) in [
        (
            "plan",
            "组织实施方案（评审、名额、公示）",
            "How the competition is carried out: scoring, caps, public notice",
        ),
        ("lists", "公布的名单", "Published lists"),
    ] {
        documents.push(Document {
            href: format!("/calls/{}/{page}", call.id),
            name: pick(language, zh, en),
            facts: String::new(),
        });
    }
    if let Some(portal) = call.portal.as_deref().filter(|portal| portal.starts_with("https://")) {
        documents.push(Document {
            href: portal.to_owned(),
            name: pick(language, "通知所列申报系统", "Portal that the notice names"),
            facts: portal.to_owned(),
        });
    }
    documents
}

/// Versions after the first one.
fn amendments(site: &Site, call: &Call, language: Language) -> Vec<Step> {
    let versions = site.service.call_versions(&call.id);
    let count = versions.len();
    versions
        .into_iter()
        .enumerate()
        .skip(1)
        .map(|(nth, version)| Step {
            state: if nth + 1 == count { "now" } else { "done" },
            at: words::machine(version.published_at),
            when: words::minute(version.published_at, language),
            what: match language {
                Language::Zh => format!("发布第{}版", nth + 1),
                Language::En => format!("Version {} published", nth + 1),
            },
            note: format!("SHA-256 {}", version.call.version),
            clause: None,
        })
        .collect()
}

async fn source(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    file(&site, &visitor, &headers, &visitor.address(address)?, "call")
}

async fn shared_source(
    State(site): State<Site>,
    address: Address<(String, String)>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (id, name) = visitor.address(address)?;
    let name = name.strip_suffix(".toml").unwrap_or(&name);
    file(&site, &visitor, &headers, &id, &format!("shared/{name}"))
}

/// A file that the call was read from, as text.
fn file(site: &Site, visitor: &Visitor, sent: &HeaderMap, id: &str, name: &str) -> Result<Response, Failure> {
    let card = site.service.call(id).map_err(|error| visitor.fail(error))?;
    let text = card.call.sources.get(name).ok_or_else(|| visitor.fail(ServiceError::NotFound))?;
    let tag = format!("\"{}\"", card.call.version);
    let file = name.rsplit('/').next().unwrap_or(name);
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{file}.toml\"")),
        (header::CACHE_CONTROL, "public, max-age=0, must-revalidate".to_owned()),
        (header::ETAG, tag.clone()),
    ];
    let known = HeaderValue::try_from(tag).is_ok_and(|tag| sent.get(header::IF_NONE_MATCH) == Some(&tag));
    if known {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    Ok((headers, text.clone()).into_response())
}

/// Clauses with their addresses.
fn cites(call: &Call, clauses: &[ClauseId], language: Language) -> Vec<ClauseView> {
    clauses.iter().map(|id| words::clause(call, id, language)).collect()
}

/// Texts in one language.
fn all(texts: &[Text], language: Language) -> Vec<String> {
    texts.iter().map(|text| text.get(language).to_owned()).collect()
}

/// Several things in a row.
fn list(items: &[String], language: Language) -> String {
    items.join(pick(language, "、", ", ").as_str())
}
