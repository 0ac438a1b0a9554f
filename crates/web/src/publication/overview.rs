//! All published lists of a call; for the office, the way to the next ones.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_service::{ListSummary, ServiceError};

use crate::Site;
use crate::error::Failure;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::Link;
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/lists.html")]
struct ListsPage {
    page: Page,
    back: Link,
    stages: Vec<StageRow>,
    desk: Option<Link>,
}

/// A stage with the versions of its list.
#[derive(Debug)]
struct StageRow {
    name: String,
    versions: Vec<VersionRow>,
    draft: Option<Link>,
}

#[derive(Debug)]
struct VersionRow {
    href: String,
    name: String,
    note: String,
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let id = visitor.address(address)?;
    let page = page_of(&site, &visitor, &id).await.map_err(|error| visitor.fail(error))?;
    Ok(render(StatusCode::OK, &page))
}

async fn page_of(site: &Site, visitor: &Visitor, id: &str) -> Result<ListsPage, ServiceError> {
    let language = visitor.language;
    let actor = visitor.actor.as_ref();
    let call = site.service.call(id)?.call;
    let versions = site.service.list_versions(actor, id).await?;
    let plan = site.service.plan(actor, id).await?;
    let follows = actor.is_some_and(|actor| site.service.follows_selection(actor, id));
    let stages = plan.iter().flat_map(|plan| &plan.plan.stages).map(|stage| StageRow {
        name: stage.name.get(language).to_owned(),
        versions: versions
            .iter()
            .filter(|version| version.stage == stage.id)
            .map(|version| row(id, version, language))
            .collect(),
        draft: follows.then(|| Link {
            href: format!("/calls/{id}/lists/{}/draft", stage.id),
            name: pick(language, "名单试算与发布", "What it would be now, and publishing"),
        }),
    });
    Ok(ListsPage {
        page: visitor.page(pick(language, "公布的名单", "Published lists")),
        back: Link { href: format!("/calls/{id}"), name: call.call.title.get(language).to_owned() },
        stages: stages.collect(),
        desk: follows.then(|| Link {
            href: format!("/calls/{id}/objections"),
            name: pick(language, "异议受理", "Objections"),
        }),
    })
}

fn row(id: &str, of: &ListSummary, language: jiebang_domain::shared::Language) -> VersionRow {
    let at = of.at.map(|at| words::minute(at, language)).unwrap_or_default();
    let reason = of.reason.name();
    VersionRow {
        href: format!("/calls/{id}/lists/{}/{}", of.stage, of.version),
        name: pick(
            language,
            &format!("第 {} 版　{at}　{}", of.version, reason.zh),
            &format!("Version {}, {at}: {}", of.version, reason.en),
        ),
        note: of.note.clone(),
    }
}
