//! The queue of a desk: what has come in, how far each application is, and the quota.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::recommendation::{Department, ListState};
use jiebang_domain::shared::Language;
use jiebang_service::{DeskPage, DeskView};

use super::wording::{self, EntryRow, Mark, Meter};
use super::{Head, Narrowed, Place, Search, Tab, asked, overview};
use crate::Site;
use crate::error::Failure;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::words::pick;

/// Applications on one page.
const PAGE_SIZE: i64 = 50;

/// What a queue can be narrowed to, and its words.
const FILTERS: [(&str, &str, &str); 7] = [
    ("", "全部", "All"),
    ("open", "待核实", "To be verified"),
    ("assessed", "已核实", "Verified"),
    ("objected", "有部门不同意", "Objected to"),
    ("returned", "已退回", "Returned"),
    ("ranked", "在名单上", "On the list"),
    ("unranked", "不在名单上", "Not on the list"),
];

#[derive(Template)]
#[template(path = "pages/desk_queue.html")]
struct QueuePage {
    page: Page,
    head: Head,
    title: String,
    standing: String,
    state: Mark,
    signed: Vec<Mark>,
    meter: Option<Meter>,
    filters: Vec<Filter>,
    search: Search,
    departments: Vec<String>,
    rows: Vec<EntryRow>,
    none: String,
    older: String,
    newest: String,
}

/// What a queue can be narrowed to, and how many there are of it.
#[derive(Debug)]
struct Filter {
    tab: Tab,
    count: i64,
}

fn filters(view: &DeskView, place: &Place, narrowed: &Narrowed, language: Language) -> Vec<Filter> {
    let counts = view.counts;
    let count = |id: &str| match id {
        "open" => counts.open,
        "assessed" => counts.assessed,
        "objected" => counts.objected,
        "returned" => counts.returned,
        "ranked" => counts.ranked,
        "unranked" => counts.received - counts.ranked,
        _ => counts.received,
    };
    let filter = |(id, zh, en): &(&'static str, &str, &str)| {
        let narrower = Narrowed { show: id, find: narrowed.find.clone(), before: String::new() };
        let (href, current) = (narrower.address(place, ""), *id == narrowed.show);
        Filter { tab: Tab { href, word: pick(language, zh, en), current }, count: count(id) }
    };
    FILTERS.iter().map(filter).collect()
}

/// What a query narrows a queue to; what is not known narrows nothing.
pub(super) fn filter(query: Option<&str>) -> &'static str {
    let show = asked(query, "show").unwrap_or_default();
    FILTERS.iter().find(|(id, ..)| *id == show).map_or("", |(id, ..)| id)
}

/// The queue of a region; for who watches all of them and names none, their table.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let call = visitor.address(parts)?;
    let actor = visitor.actor()?;
    let query = query.as_deref();
    if actor.region.is_none() && asked(query, "region").is_none() {
        return overview::page(&site, &visitor, actor, &call).await;
    }
    let place = Place::find(&site, &visitor, actor, call, query)?;
    let narrowed = Narrowed::of(query);
    let show = narrowed.show;
    let wanted = DeskPage {
        call: place.call.clone(),
        region: place.region,
        show: show.to_owned(),
        find: narrowed.find.clone(),
        before: Some(narrowed.before.clone()).filter(|before| !before.is_empty()),
        limit: PAGE_SIZE,
    };
    let view = site.service.desk(Some(actor), wanted).await.map_err(|error| visitor.fail(error))?;
    let language = visitor.language;
    let call = &view.call.call;
    let region = place.region.name();
    let title = pick(
        language,
        &format!("{}：收到的申报", region.zh),
        &format!("{}: applications received", region.en),
    );
    let page = QueuePage {
        page: place.page(&visitor, title.clone()).keeping(&narrowed.kept(&place)),
        head: Head::of(&place, "", &view.call, site.service.clock().now(), language),
        title,
        standing: standing(&view, language),
        state: wording::list_state(view.summary.state, &[], call, language),
        signed: signed(&view, language),
        meter: wording::meter(call, view.summary.quota.as_ref(), view.summary.ranked, language),
        filters: filters(&view, &place, &narrowed, language),
        search: narrowed.search(&place, ""),
        departments: wording::departments(call, language),
        rows: view.entries.iter().map(|entry| wording::row(call, entry, show, language)).collect(),
        none: none(&view, &narrowed, language),
        newest: narrowed.newest(&place, ""),
        older: narrowed.paged(view.older.clone(), &place, ""),
    };
    Ok(render(StatusCode::OK, &page))
}

fn standing(view: &DeskView, language: Language) -> String {
    let (received, waiting) = (view.summary.received, view.summary.unassessed);
    match (received, waiting, language) {
        (0, _, Language::Zh) => "还没有收到申报。".to_owned(),
        (0, _, Language::En) => "No application has come in yet.".to_owned(),
        (_, 0, Language::Zh) => format!("收到 {received} 件，都已核实。"),
        (_, 0, Language::En) => format!("{received} received, all verified."),
        (_, _, Language::Zh) => format!("收到 {received} 件，其中 {waiting} 件待核实。"),
        (_, _, Language::En) => format!("{received} received, {waiting} of them to be verified."),
    }
}

/// Where each department stands on the list as it is.
fn signed(view: &DeskView, language: Language) -> Vec<Mark> {
    Department::ALL
        .iter()
        .map(|department| {
            let name = department.name(&view.call.call);
            let confirmed = matches!(view.summary.state, ListState::Confirmed { .. });
            if confirmed || view.summary.signed.contains(department) {
                let (zh, en) = (format!("{}：已签署", name.zh), format!("{}: signed", name.en));
                wording::mark("done", language, &zh, &en)
            } else {
                let (zh, en) = (format!("{}：未签署", name.zh), format!("{}: not signed", name.en));
                wording::mark("todo", language, &zh, &en)
            }
        })
        .collect()
}

fn none(view: &DeskView, narrowed: &Narrowed, language: Language) -> String {
    if view.summary.received == 0 {
        return pick(
            language,
            "申报单位提交后，申报在这里出现，可以随即核实，不必等到截止。",
            "Applications appear here as they are submitted, and can be verified at once.",
        );
    }
    if !narrowed.find.is_empty() {
        return pick(
            language,
            &format!("没有找到“{}”。按名称、牵头单位和编号查找。", narrowed.find),
            &format!("“{}” was not found among titles, leads and numbers.", narrowed.find),
        );
    }
    match narrowed.show {
        "open" => pick(language, "没有待核实的申报。", "Nothing waits to be verified."),
        "ranked" => pick(
            language,
            "名单上还没有项目。核实后在“推荐排序”中列入。",
            "Nothing is on the list yet. Put it there on the page “Ranking” when it is verified.",
        ),
        _ => pick(language, "没有这样的申报。", "There are none."),
    }
}
