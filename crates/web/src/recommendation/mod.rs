//! Recommending (推荐): the start page of an authority, the queue of a desk, one application with its sheet, the list, its signing,
//! what was confirmed, the recommendation table; and for officers how far each desk is.
//!
//! ```text
//! request ──▶ form ──▶ use case ──▶ view of the service ──▶ rows, meters, findings ──▶ template
//! ```
//!
//! What somebody typed never gets lost on this floor: an act that is refused shows its page again with what was typed, and one
//! that meets the act of somebody else shows both.

mod application;
mod confirmation;
mod confirmed;
mod overview;
mod queue;
mod ranking;
mod sheet;
mod start;
mod table;
mod typed;
mod wording;

use axum::Router;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiebang_domain::shared::{Language, Region, Text};
use jiebang_service::{Actor, LoadedCall, ServiceError, StoreError, TableForm};
use jiff::Timestamp;

use crate::Site;
use crate::application::unsaved;
use crate::error::{Failure, encode};
use crate::form::{self, Form};
use crate::page::Page;
use crate::request::{Address, Visitor};
use crate::views::{ClockView, Link, Refused};
use crate::words::pick;

pub(crate) use typed::typed_rows;

/// Routes of the room. Acts are sent to the page that they are begun from.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/desk", get(start::page))
        .route("/desk/{call}", get(queue::page).post(overview::approve))
        .route("/desk/{call}/applications/{id}", get(application::page).post(application::act))
        .route("/desk/{call}/ranking", get(ranking::page).post(ranking::rank))
        .route("/desk/{call}/confirmation", get(confirmation::page).post(confirmation::act))
        .route(
            "/desk/{call}/table.pdf",
            get(|site, visitor, call, query| table::now(site, visitor, call, query, TableForm::Pages)),
        )
        .route(
            "/desk/{call}/table.xlsx",
            get(|site, visitor, call, query| table::now(site, visitor, call, query, TableForm::Workbook)),
        )
        .route("/desk/{call}/lists/{version}", get(confirmed::page))
        .route(
            "/desk/{call}/lists/{version}/table.pdf",
            get(|site, visitor, list, query| table::of_version(site, visitor, list, query, TableForm::Pages)),
        )
        .route(
            "/desk/{call}/lists/{version}/table.xlsx",
            get(|site, visitor, list, query| {
                table::of_version(site, visitor, list, query, TableForm::Workbook)
            }),
        )
        .route("/desk/{call}/lists/{version}/content", get(confirmed::content))
}

/// The name of the field that says what is to be done, on pages with several forms.
const ACT: &str = "act";

/// Whether an address takes what is typed at a desk.
pub(crate) fn is_desk(path: &str) -> bool {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts[..] {
        ["desk", call] => !call.is_empty(),
        ["desk", _, "ranking" | "confirmation"] => true,
        ["desk", _, "applications", id] => !id.is_empty(),
        _ => false,
    }
}

/// A value of a query; `None` where it is missing or empty.
pub(crate) fn asked(query: Option<&str>, name: &str) -> Option<String> {
    form::query(query?, name).filter(|value| !value.is_empty())
}

/// Whether a text can be the id of an application, so that a store can be asked for it.
pub(crate) fn is_id(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The desk that a page is about, and who looks at it.
#[derive(Debug)]
struct Place {
    call: String,
    region: Region,
    /// `?region=…` where it is not the actor's own one.
    query: String,
}

impl Place {
    /// The desk that is asked for.
    fn find(
        site: &Site,
        visitor: &Visitor,
        actor: &Actor,
        call: String,
        query: Option<&str>,
    ) -> Result<Self, Failure> {
        let region = asked(query, "region");
        let region =
            site.service.desk_region(actor, region.as_deref()).map_err(|error| visitor.fail(error))?;
        Ok(Self::new(actor, call, region))
    }

    fn new(actor: &Actor, call: String, region: Region) -> Self {
        let own = actor.region == Some(region);
        let query = if own { String::new() } else { format!("?region={}", region.code()) };
        Self { call, region, query }
    }

    /// Who looks at a page, and of which desk.
    fn of<'v>(
        site: &Site,
        visitor: &'v Visitor,
        parts: Address<String>,
        query: Option<&str>,
    ) -> Result<(&'v Actor, Self), Failure> {
        let call = visitor.address(parts)?;
        let actor = visitor.actor()?;
        Ok((actor, Self::find(site, visitor, actor, call, query)?))
    }

    /// Who acts on a page, of which desk, with the form that they sent.
    async fn of_act<'v>(
        site: &Site,
        visitor: &'v Visitor,
        parts: Address<String>,
        query: Option<&str>,
        request: Request,
    ) -> Result<(&'v Actor, Self, Form), Response> {
        let call = visitor.address(parts)?;
        let (actor, form) = sent(site, visitor, request).await?;
        Ok((actor, Self::find(site, visitor, actor, call, query)?, form))
    }

    /// Address of a page of the desk; empty for the queue.
    fn address(&self, page: &str) -> String {
        format!("{}{}", self.path(page), self.query)
    }

    /// The same without its query.
    fn path(&self, page: &str) -> String {
        let slash = if page.is_empty() { "" } else { "/" };
        format!("/desk/{}{slash}{page}", self.call)
    }

    /// The frame of a page of the desk.
    fn page(&self, visitor: &Visitor, title: impl Into<String>) -> Page {
        let region = if self.query.is_empty() { "" } else { self.region.code() };
        visitor.page(title).keeping(&[("region", region)])
    }
}

/// Address of an application as one comes to it from a filtered queue.
fn application_address(call: &str, id: &str, show: &str) -> String {
    let filter = if show.is_empty() { String::new() } else { format!("?show={show}") };
    format!("/desk/{call}/applications/{id}{filter}")
}

/// What narrows a list of a desk, and where its page begins.
#[derive(Debug, Default, PartialEq, Eq)]
struct Narrowed {
    /// Empty for all.
    show: &'static str,
    /// What is looked for; empty for everything.
    find: String,
    /// The page is what comes before this id; empty for the newest.
    before: String,
}

impl Narrowed {
    /// What a query asks for; what is not known narrows nothing.
    fn of(query: Option<&str>) -> Self {
        // A text with a zero in it is nowhere, and no database can be asked for it.
        let find = asked(query, "find").filter(|find| !find.contains('\0')).unwrap_or_default();
        Self {
            show: queue::filter(query),
            find: find.trim().chars().take(FIND_MAX).collect(),
            before: asked(query, "before").filter(|id| is_id(id)).unwrap_or_default(),
        }
    }

    /// Names and values of a query, without those that are empty.
    fn pairs<'n>(&'n self, place: &'n Place) -> Vec<(&'static str, &'n str)> {
        let region = if place.query.is_empty() { "" } else { place.region.code() };
        let pairs =
            [("region", region), ("show", self.show), ("find", &*self.find), ("before", &*self.before)];
        pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    /// Address of a page of the desk that is narrowed like this.
    fn address(&self, place: &Place, page: &str) -> String {
        let pairs = self.pairs(place).into_iter().map(|(name, value)| format!("{name}={}", encode(value)));
        let pairs: Vec<String> = pairs.collect();
        let (path, query) = (place.path(page), pairs.join("&"));
        if query.is_empty() { path } else { format!("{path}?{query}") }
    }

    /// The same from another place on; empty where there is none.
    fn paged(&self, before: Option<String>, place: &Place, page: &str) -> String {
        let Some(before) = before else { return String::new() };
        Self { show: self.show, find: self.find.clone(), before }.address(place, page)
    }

    /// The same from the newest on; empty where that is shown.
    fn newest(&self, place: &Place, page: &str) -> String {
        if self.before.is_empty() { String::new() } else { self.paged(Some(String::new()), place, page) }
    }

    /// What the language switch keeps of a query: a page begins anew.
    fn kept<'n>(&'n self, place: &'n Place) -> Vec<(&'static str, &'n str)> {
        self.pairs(place).into_iter().filter(|(name, _)| *name != "before").collect()
    }

    /// The form that looks for something.
    fn search(&self, place: &Place, page: &str) -> Search {
        let kept = self.kept(place).into_iter().filter(|(name, _)| *name != "find");
        Search {
            action: place.path(page),
            kept: kept.map(|(name, value)| (name, value.to_owned())).collect(),
            find: self.find.clone(),
            all: if self.find.is_empty() {
                String::new()
            } else {
                Self { show: self.show, ..Self::default() }.address(place, page)
            },
        }
    }
}

/// Characters of what is looked for.
const FIND_MAX: usize = 100;

/// A form that looks for something in a list (查找).
#[derive(Debug)]
struct Search {
    action: String,
    /// What else narrows the list.
    kept: Vec<(&'static str, String)>,
    find: String,
    /// Where everything is shown again; empty where everything is shown.
    all: String,
}

/// A page among its neighbours.
#[derive(Debug)]
struct Tab {
    href: String,
    word: String,
    current: bool,
}

/// What stands above every page of a desk.
#[derive(Debug)]
struct Head {
    /// Where all desks are, for who watches them; the own start page for others.
    back: Link,
    call_href: String,
    call: String,
    tabs: Vec<Tab>,
    clocks: Vec<ClockView>,
}

impl Head {
    fn of(place: &Place, current: &str, call: &LoadedCall, now: Timestamp, language: Language) -> Self {
        let tabs = [
            ("", ("收到的申报", "Applications")),
            ("ranking", ("推荐排序", "Ranking")),
            ("confirmation", ("确认名单", "Confirmation")),
        ];
        let back = if place.query.is_empty() {
            Link { href: "/desk".to_owned(), name: pick(language, "推荐", "Recommendation") }
        } else {
            let name = pick(language, "各推荐单位", "All desks");
            Link { href: format!("/desk/{}", place.call), name }
        };
        Self {
            back,
            call_href: format!("/calls/{}", call.call.id),
            call: call.call.title.get(language).to_owned(),
            tabs: tabs
                .into_iter()
                .map(|(page, (zh, en))| Tab {
                    href: place.address(page),
                    word: pick(language, zh, en),
                    current: page == current,
                })
                .collect(),
            clocks: wording::clocks(&call.call, now, language),
        }
    }
}

/// The refusal of an act that no button asks for.
pub(crate) fn unknown_act() -> ServiceError {
    ServiceError::field(
        "act_unknown",
        ACT,
        Text::new("这一操作不能识别", "What was asked for is not known here"),
        Text::new("刷新页面后重新操作", "Reload the page and try again"),
    )
}

/// The refusal of an unseen value that no page sends.
pub(crate) fn reload(field: &str) -> ServiceError {
    ServiceError::field(
        "value_unreadable",
        field,
        Text::new("页面带来的值不能识别", "A value that the page carries cannot be read"),
        Text::new("刷新页面后重新操作", "Reload the page and try again"),
    )
}

/// Who acts, with the form that they sent; or the page that keeps it where nobody is logged in.
pub(crate) async fn sent<'v>(
    site: &Site,
    visitor: &'v Visitor,
    request: Request,
) -> Result<(&'v Actor, Form), Response> {
    if !form::is_form(request.headers()) {
        return Err(form::unsupported());
    }
    match visitor.known() {
        Ok(actor) => Ok((actor, Form::from_request(request, site).await?)),
        Err(error) => Err(unsaved::refused(site, visitor, request, error).await),
    }
}

/// Why an act was not done, where its own page says so; what is nobody's business has a page of its own.
pub(crate) fn refusal(visitor: &Visitor, error: ServiceError) -> Result<ServiceError, Failure> {
    match error {
        error @ (ServiceError::NotFound | ServiceError::Forbidden) => Err(visitor.fail(error)),
        error => Ok(error),
    }
}

/// The answer where not even the page can be shown again: what was typed is kept, unless it is nobody's business.
pub(crate) async fn kept(
    site: &Site,
    visitor: &Visitor,
    form: Form,
    refused: &Refused,
    error: ServiceError,
) -> Response {
    match error {
        // That it is not known whether it was done is more than that the page cannot be read.
        ServiceError::Store(read) if refused.is_unsure() => {
            let unsure = StoreError::Unsure(read.to_string()).into();
            unsaved::kept(site, visitor, form.0, unsure).await
        }
        error @ ServiceError::Store(_) => unsaved::kept(site, visitor, form.0, error).await,
        error => visitor.fail(error).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_desk, is_id};

    #[test]
    fn addresses_that_take_what_is_typed() {
        for (path, desk) in [
            ("/desk", false),
            ("/desk/", false),
            ("/desk/a", true),
            ("/desk/a/ranking", true),
            ("/desk/a/confirmation", true),
            ("/desk/a/applications/1", true),
            ("/desk/a/applications/", false),
            ("/desk/a/lists/1", false),
            ("/applications/1/summary", false),
        ] {
            assert_eq!(is_desk(path), desk, "{path}");
        }
    }

    #[test]
    fn ids_hold_nothing_that_a_store_cannot_be_asked_for() {
        assert!(is_id("01JPMB4E7V0000000000000000"));
        for other in ["", "1", "01JPMB4E7V000000000000000\0", "01JPMB4E7V00000000000000号"] {
            assert!(!is_id(other), "{other}");
        }
    }
}
