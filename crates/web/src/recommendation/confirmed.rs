//! A confirmed list to read: what was frozen, its digest, its signatures.

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::call::Call;
use jiebang_domain::shared::Language;
use jiebang_service::{ConfirmedView, ServiceError};
use serde::Deserialize;

use super::Place;
use super::confirmation::{SignatureRow, signatures};
use super::table::{self, Downloads};
use crate::Site;
use crate::application::attachment;
use crate::error::Failure;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{Fact, Link};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/desk_list.html")]
struct ListPage {
    page: Page,
    back: Link,
    list: ListShown,
}

/// What the page shows.
#[derive(Debug)]
struct ListShown {
    call_href: String,
    call: String,
    title: String,
    version: String,
    facts: Vec<Fact>,
    remarked: bool,
    rows: Vec<Row>,
    signatures: Vec<SignatureRow>,
    digest: String,
    content_href: String,
    table: Downloads,
}

/// A line of the list.
#[derive(Debug)]
struct Row {
    rank: String,
    number: String,
    lead: String,
    task: String,
    title: String,
    reason: String,
    remark: String,
}

/// The frozen list, as far as the page reads it.
#[derive(Deserialize)]
struct Frozen {
    received: u32,
    places: Option<u32>,
    overrun: FrozenOverrun,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct FrozenOverrun {
    reason: String,
    places: Option<u32>,
}

#[derive(Deserialize)]
struct Entry {
    rank: u32,
    number: String,
    lead: String,
    task: String,
    title: String,
    reason: String,
    remark: String,
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, u32)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let (place, view) = find(&site, &visitor, parts, query.as_deref()).await?;
    let language = visitor.language;
    let list = shown(&view, &place, language).map_err(|error| visitor.fail(error))?;
    let back =
        Link { href: place.address("confirmation"), name: pick(language, "确认名单", "Confirmation") };
    let page = place.page(&visitor, list.title.clone());
    Ok(render(StatusCode::OK, &ListPage { page, back, list }))
}

/// The frozen list as canonical JSON, whose digest the page shows.
pub(super) async fn content(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, u32)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let (_, view) = find(&site, &visitor, parts, query.as_deref()).await?;
    let name = format!("{}-{}-{}.json", view.call.call.id, view.region.code(), view.version);
    Ok(attachment("application/json", &name, Body::from(view.content)))
}

async fn find(
    site: &Site,
    visitor: &Visitor,
    parts: Address<(String, u32)>,
    query: Option<&str>,
) -> Result<(Place, ConfirmedView), Failure> {
    let (call, version) = visitor.address(parts)?;
    let actor = visitor.actor()?;
    let place = Place::find(site, visitor, actor, call, query)?;
    let view = site.service.confirmed_list(actor, &place.call, place.region, version).await;
    Ok((place, view.map_err(|error| visitor.fail(error))?))
}

fn shown(view: &ConfirmedView, place: &Place, language: Language) -> Result<ListShown, ServiceError> {
    let call = &view.call.call;
    let frozen: Frozen = serde_json::from_str(&view.content)
        .map_err(|error| ServiceError::Internal(format!("list {}: {error}", view.content_sha256)))?;
    let region = view.region.name();
    Ok(ListShown {
        call_href: format!("/calls/{}", call.id),
        call: call.title.get(language).to_owned(),
        title: pick(
            language,
            &format!("{}推荐名单", region.zh),
            &format!("Recommendations of {}", region.en),
        ),
        version: pick(language, &format!("第 {} 版", view.version), &format!("Version {}", view.version)),
        facts: facts(view, &frozen, language),
        remarked: frozen.entries.iter().any(|entry| !entry.remark.is_empty()),
        rows: frozen.entries.into_iter().map(|entry| row(call, entry, language)).collect(),
        signatures: signatures(call, &view.signatures, language),
        digest: view.content_sha256.clone(),
        content_href: place.address(&format!("lists/{}/content", view.version)),
        table: table::downloads(place, Some(view.version), language),
    })
}

fn facts(view: &ConfirmedView, frozen: &Frozen, language: Language) -> Vec<Fact> {
    let fact =
        |zh: &str, en: &str, value: String| Fact { label: pick(language, zh, en), value, ..Fact::default() };
    let items = |count: u32| pick(language, &format!("{count} 项"), &count.to_string());
    let mut facts = Vec::new();
    facts.extend(view.at.map(|at| fact("确认时间", "Confirmed at", words::second(at, language))));
    facts.push(fact(
        "收到申报",
        "Received",
        pick(language, &format!("{} 件", frozen.received), &frozen.received.to_string()),
    ));
    facts.extend(frozen.places.map(|places| fact("名额", "Places", items(places))));
    if let Some(places) = frozen.overrun.places {
        facts.push(fact("经批准的合计", "Approved in all", items(places)));
        facts.push(fact("超额推荐的理由", "Why there are more", frozen.overrun.reason.clone()));
    }
    facts
}

fn row(call: &Call, entry: Entry, language: Language) -> Row {
    let task = call.node(&entry.task).map(|node| node.name.get(language).to_owned());
    Row {
        rank: entry.rank.to_string(),
        number: entry.number,
        lead: entry.lead,
        task: task.unwrap_or(entry.task),
        title: entry.title,
        reason: entry.reason,
        remark: entry.remark,
    }
}
