//! The programme office's list of calls: which are published, what the others lack.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{LoadedCall, ServiceError};

use crate::Site;
use crate::error::{Failure, status_of};
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, error_links};
use crate::words::{self, pick};

/// A call of the library.
#[derive(Debug)]
struct Row {
    id: String,
    href: String,
    title: String,
    number: String,
    version: String,
    state: &'static str,
    word: String,
    published: String,
    blanks: Vec<String>,
    publish: String,
    act: String,
}

#[derive(Template)]
#[template(path = "pages/office_calls.html")]
struct OfficePage {
    page: Page,
    errors: Vec<ErrorLink>,
    calls: Vec<Row>,
}

/// The list.
pub(super) async fn list(State(site): State<Site>, visitor: Visitor) -> Result<Response, Failure> {
    shown(&site, &visitor, StatusCode::OK, &[])
}

/// Publishes a call, or says what it lacks.
pub(super) async fn publish(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let id = visitor.address(address)?;
    match site.service.publish(visitor.actor()?, &id).await {
        Ok(()) => Ok(Redirect::to("/office/calls").into_response()),
        Err(ServiceError::Invalid(findings)) => {
            let findings: Vec<Finding> =
                findings.into_iter().map(|finding| Finding { field: Some(id.clone()), ..finding }).collect();
            let status = status_of(&ServiceError::Invalid(Vec::new()));
            shown(&site, &visitor, status, &findings)
        }
        Err(error) => Err(visitor.fail(error)),
    }
}

fn shown(
    site: &Site,
    visitor: &Visitor,
    status: StatusCode,
    findings: &[Finding],
) -> Result<Response, Failure> {
    let known = site.service.known_calls(visitor.actor()?).map_err(|error| visitor.fail(error))?;
    let language = visitor.language;
    let page = OfficePage {
        page: visitor.page(pick(language, "榜单发布", "Publication of calls")),
        errors: error_links(findings, language),
        calls: known.iter().map(|(call, current)| row(site, call, *current, language)).collect(),
    };
    Ok(render(status, &page))
}

fn row(site: &Site, loaded: &Arc<LoadedCall>, current: bool, language: Language) -> Row {
    let call = &loaded.call;
    let published = site.service.call(&call.id).ok();
    let (state, word) = match (&published, current) {
        (_, true) => ("done", pick(language, "已发布", "Published")),
        (_, _) if !call.is_publishable() => ("wrong", pick(language, "有待补项", "Has blanks")),
        (Some(_), false) => ("partial", pick(language, "有新版本待发布", "New version not published")),
        (None, false) => ("todo", pick(language, "未发布", "Not published")),
    };
    let may = !current && call.is_publishable();
    Row {
        id: call.id.clone(),
        href: published.as_ref().map(|_| format!("/calls/{}", call.id)).unwrap_or_default(),
        title: call.title.get(language).to_owned(),
        number: call.document_number.clone().unwrap_or_default(),
        version: loaded.version.chars().take(12).collect(),
        state,
        word,
        published: published.map(|card| words::minute(card.published_at, language)).unwrap_or_default(),
        blanks: call.blanks.iter().map(|(_, why)| why.get(language).to_owned()).collect(),
        publish: if may { format!("/office/calls/{}/publish", call.id) } else { String::new() },
        act: if state == "partial" {
            pick(language, "发布新版本", "Publish the new version")
        } else {
            pick(language, "发布", "Publish")
        },
    }
}
