//! What needs this desk today, call by call; and for officers how far the desks of each call are.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::call::{Actor as Clocked, Call, instant_words};
use jiebang_domain::recommendation::{Department, ListState};
use jiebang_domain::shared::{Language, Region};
use jiebang_service::{Actor, DeskPage, DeskSummary, DeskView, LoadedCall, Role, ServiceError};
use jiff::Timestamp;

use super::wording::{self, Mark};
use super::{Place, overview};
use crate::Site;
use crate::application::counted;
use crate::error::Failure;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::ClockView;
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/desk.html")]
struct StartPage {
    page: Page,
    title: String,
    standing: String,
    calls: Vec<CallEntry>,
}

/// A call with what it asks of this desk.
#[derive(Debug)]
struct CallEntry {
    href: String,
    title: String,
    clocks: Vec<ClockView>,
    state: Mark,
    acts: Vec<Act>,
    note: String,
    waits: Option<Waits>,
}

/// What waits under a call, and until when (待办).
#[derive(Debug)]
struct Waits {
    at: Timestamp,
    until: String,
    count: u32,
}

impl Waits {
    /// Nothing waits when there is nothing to do, or it is too late.
    fn of(call: &Call, count: u32, now: Timestamp, language: Language) -> Option<Self> {
        let deadline = call.deadline(Clocked::Recommender).filter(|deadline| deadline.at > now)?;
        let until = instant_words(call, deadline).get(language).to_owned();
        (count > 0).then_some(Self { at: deadline.at, until, count })
    }
}

/// Something to be done (要办的事), as a row of a list of tasks.
#[derive(Debug)]
struct Act {
    name: String,
    href: String,
    state: &'static str,
    word: String,
    note: String,
    wrong: bool,
}

/// The start page.
pub(super) async fn page(State(site): State<Site>, visitor: Visitor) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let language = visitor.language;
    let mut calls = Vec::new();
    for card in site.service.board() {
        if card.call.call.recommendation.is_some() {
            let entry = entry(&site, actor, &card.call, language).await;
            calls.push(entry.map_err(|error| visitor.fail(error))?);
        }
    }
    if calls.is_empty() && !actor.role.has_desk() {
        return Err(visitor.fail(ServiceError::Forbidden));
    }
    // What closes first comes first; what needs nothing keeps its order behind.
    calls.sort_by_key(|call| call.waits.as_ref().map_or(Timestamp::MAX, |waits| waits.at));
    let title = match actor.region {
        Some(region) => region.name().get(language).to_owned(),
        None => pick(language, "各推荐单位", "The recommending authorities"),
    };
    let page = StartPage {
        page: visitor.page(pick(language, "推荐", "Recommendation")),
        standing: standing(&calls, actor, site.service.clock().now(), language),
        title,
        calls,
    };
    Ok(render(StatusCode::OK, &page))
}

async fn entry(
    site: &Site,
    actor: &Actor,
    call: &LoadedCall,
    language: Language,
) -> Result<CallEntry, ServiceError> {
    let now = site.service.clock().now();
    let open = call.call.deadline(Clocked::Recommender).is_none_or(|deadline| deadline.at > now);
    let base = CallEntry {
        href: format!("/desk/{}", call.call.id),
        title: call.call.title.get(language).to_owned(),
        clocks: wording::clocks(&call.call, now, language),
        state: Mark::default(),
        acts: Vec::new(),
        note: String::new(),
        waits: None,
    };
    let Some(region) = actor.region else {
        let desks = site.service.desks(actor, &call.call.id).await?;
        let waiting = u32::try_from(overview::waiting(&desks).count()).unwrap_or(u32::MAX);
        let note = overview::standing(&desks, language);
        return Ok(CallEntry { note, waits: Waits::of(&call.call, waiting, now, language), ..base });
    };
    if let Some(recommender) = other_recommender(&call.call, region) {
        let by = recommender.name();
        let own = region.name();
        let note = pick(
            language,
            &format!("本榜单由{}推荐{}的申报单位。", by.zh, own.zh),
            &format!("Under this call {} recommends the applicants of {}.", by.en, own.en),
        );
        return Ok(CallEntry { href: format!("/calls/{}", call.call.id), note, ..base });
    }
    let wanted = DeskPage {
        call: call.call.id.clone(),
        region,
        show: String::new(),
        find: String::new(),
        before: None,
        limit: 1,
    };
    let view = site.service.desk(Some(actor), wanted).await?;
    let (place, desk) = (Place::new(actor, call.call.id.clone(), region), &view.summary);
    let left = desk.unassessed + u32::from(to_confirm(desk, actor));
    Ok(CallEntry {
        state: wording::list_state(desk.state, &desk.signed, &call.call, language),
        acts: acts(&view, &place, actor, open, language),
        waits: Waits::of(&call.call, left, now, language),
        ..base
    })
}

/// Who recommends in the place of a region that the call does not admit.
fn other_recommender(call: &Call, region: Region) -> Option<Region> {
    let recommender = call.recommendation.as_ref()?.recommender_of(region);
    (recommender != region).then_some(recommender)
}

/// The own department could sign the list, as far as the page knows.
fn to_confirm(desk: &DeskSummary, actor: &Actor) -> bool {
    let provisional = desk.quota.as_ref().is_some_and(|quota| quota.provisional);
    desk.state == ListState::Open
        && desk.ranked > 0
        && !provisional
        && own_department(actor).is_none_or(|own| !desk.signed.contains(&own))
}

pub(super) fn own_department(actor: &Actor) -> Option<Department> {
    match actor.role {
        Role::IndustryAuthority => Some(Department::IndustryAuthority),
        Role::DrugRegulator => Some(Department::DrugRegulator),
        _ => None,
    }
}

fn acts(view: &DeskView, place: &Place, actor: &Actor, open: bool, language: Language) -> Vec<Act> {
    let desk = &view.summary;
    let act = |name: (&str, &str), href: String, mark: Mark| Act {
        name: pick(language, name.0, name.1),
        href,
        state: mark.kind,
        word: mark.word,
        note: String::new(),
        wrong: false,
    };
    let say = |kind, zh: &str, en: &str| wording::mark(kind, language, zh, en);
    let waiting = desk.unassessed;
    let verify = match (desk.received, waiting) {
        (0, _) => say("waiting", "还没有收到申报", "Nothing has come in"),
        (received, 0) => say(
            "done",
            &format!("{received} 件都已核实"),
            &format!("All of {} verified", counted(count(received), "application", "applications")),
        ),
        (received, waiting) if open => say(
            "todo",
            &format!("{received} 件中 {waiting} 件待核实"),
            &format!("{waiting} of {received} to be verified"),
        ),
        (received, waiting) => say(
            "locked",
            &format!("{received} 件中 {waiting} 件没有核实"),
            &format!("{waiting} of {received} not verified"),
        ),
    };
    let over = desk.quota.as_ref().is_some_and(|quota| desk.ranked > quota.places);
    let kind = match (desk.ranked, over) {
        (0, _) => "todo",
        (_, true) => "principle",
        (_, false) => "partial",
    };
    let kind = if matches!(desk.state, ListState::Confirmed { .. }) { "done" } else { kind };
    let filter = if waiting > 0 && place.query.is_empty() { "?show=open" } else { "" };
    let rank = Mark { kind, word: wording::taken(desk.ranked, desk.quota.as_ref(), language) };
    vec![
        act(("核实", "Verify"), format!("{}{filter}", place.address("")), verify),
        act(("排序", "Rank"), place.address("ranking"), rank),
        act(
            ("确认名单", "Confirm the list"),
            place.address("confirmation"),
            confirm(view, actor, open, language),
        ),
    ]
}

fn confirm(view: &DeskView, actor: &Actor, open: bool, language: Language) -> Mark {
    let desk = &view.summary;
    let say = |kind, zh: &str, en: &str| wording::mark(kind, language, zh, en);
    let provisional = desk.quota.as_ref().is_some_and(|quota| quota.provisional);
    let own = own_department(actor);
    match desk.state {
        ListState::Confirmed { .. } => {
            wording::list_state(desk.state, &desk.signed, &view.call.call, language)
        }
        ListState::Open if !open => say("locked", "已截止，没有确认", "Closed, not confirmed"),
        ListState::Open if own.is_some_and(|own| desk.signed.contains(&own)) => {
            say("waiting", "已签署，等待另一部门", "Signed; the other department has not")
        }
        ListState::Open if !desk.signed.is_empty() => {
            say("todo", "另一部门已签署，等待本部门", "The other department has signed; yours has not")
        }
        ListState::Open if provisional => say("waiting", "申报截止后签署", "When applicants have closed"),
        ListState::Open if desk.ranked == 0 => say("waiting", "名单还没有项目", "Nothing on the list yet"),
        ListState::Open => say("todo", "待签署", "To be signed"),
    }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// How much waits, and until when the first of it does.
fn standing(calls: &[CallEntry], actor: &Actor, now: Timestamp, language: Language) -> String {
    if calls.is_empty() {
        return pick(
            language,
            "目前没有由地方推荐的榜单。",
            "No call at present takes recommendations of the regions.",
        );
    }
    let waiting: Vec<&Waits> = calls.iter().filter_map(|call| call.waits.as_ref()).collect();
    let total: u32 = waiting.iter().map(|waits| waits.count).sum();
    let Some(first) = waiting.iter().min_by_key(|waits| waits.at) else {
        return pick(language, "今天没有需要办理的事项。", "Nothing needs you today.");
    };
    let (until, left) = (&first.until, words::left(first.at, now, language));
    let matters = counted(count(total), "matter", "matters");
    match (actor.region.is_some(), language) {
        (true, Language::Zh) => format!("{total} 项待办，最早在 {until} 截止，{left}。"),
        (true, Language::En) => format!("{matters} to attend to, the first until {until}: {left}."),
        (false, Language::Zh) => format!("{total} 项超额推荐等待批准，最早在 {until} 截止，{left}。"),
        (false, Language::En) => format!("{matters} to decide on, the first until {until}: {left}."),
    }
}
