//! A submitted version to read, whatever has become of the application since; and what was written after it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::shared::Language;
use jiebang_service::ApplicationView;

use super::{Address, address, address_of, name_of, review_parts};
use crate::Site;
use crate::error::Failure;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::ReviewPart;
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/submitted.html")]
struct SubmittedPage {
    page: Page,
    submitted: SubmittedView,
}

/// What the page of a submitted version shows.
#[derive(Debug)]
struct SubmittedView {
    back_href: String,
    back: String,
    name: String,
    standing: String,
    parts: Vec<ReviewPart>,
}

/// The form and the files as they were submitted.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let number = address(parts, &visitor)?;
    let actor = visitor.actor.as_ref();
    let view =
        site.service.submitted_application(actor, &number).await.map_err(|error| visitor.fail(error))?;
    let language = visitor.language;
    let submitted = SubmittedView {
        back_href: format!("/receipts/{number}"),
        back: pick(language, &format!("回执 {number}"), &format!("Receipt {number}")),
        name: name_of(&view.summary, language),
        standing: standing(&view, language),
        parts: review_parts(&view, false, language),
    };
    let page = visitor.page(submitted.name.clone());
    Ok(render(StatusCode::OK, &SubmittedPage { page, submitted }))
}

/// What was written after the last submission and has not been submitted.
pub(super) async fn draft(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let id = address(parts, &visitor)?;
    let actor = visitor.actor()?;
    let view = site.service.unsubmitted_draft(actor, &id).await.map_err(|error| visitor.fail(error))?;
    let language = visitor.language;
    let version = view.summary.version;
    let submitted = SubmittedView {
        back_href: address_of(&id, ""),
        back: pick(language, "返回申报", "Back to the application"),
        name: name_of(&view.summary, language),
        standing: pick(
            language,
            &format!("以下内容没有提交，以第 {version} 版为准。"),
            &format!("This has not been submitted; version {version} counts."),
        ),
        parts: review_parts(&view, false, language),
    };
    let page = visitor.page(submitted.name.clone());
    Ok(render(StatusCode::OK, &SubmittedPage { page, submitted }))
}

/// Whose version it is, and whether it counts.
fn standing(view: &ApplicationView, language: Language) -> String {
    let version = view.version.unwrap_or_default();
    let received = view.submissions.iter().find(|submission| submission.version == version);
    let at = received.and_then(|received| received.received_at);
    let at = at.map(|at| words::minute(at, language)).unwrap_or_default();
    let lead = &view.organisation;
    let said = match language {
        Language::Zh => format!("{lead}于 {at} 提交的第 {version} 版。"),
        Language::En => format!("Version {version}, submitted by {lead} at {at}."),
    };
    let last = view.submissions.first().map(|last| last.version);
    let fate = match (view.summary.state.as_str(), last) {
        ("withdrawn", _) => pick(language, "本件已撤回。", "The application has been withdrawn."),
        (_, Some(last)) if last != version => pick(
            language,
            &format!("已由第 {last} 版取代，以最后一次提交为准。"),
            &format!("It has been replaced by version {last}; the last submission counts."),
        ),
        _ => pick(language, "以此版为准。", "This is the version that counts."),
    };
    let gap = pick(language, "", " ");
    format!("{said}{gap}{fate}")
}
