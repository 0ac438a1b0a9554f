//! Applying (申报): own applications, task list, sections, check, submission, receipts, files.
//!
//! ```text
//! request ──▶ forms (pairs, files) ──▶ use case ──▶ view of the service ──▶ fields, findings, summary ──▶ template
//! ```
//!
//! What an editor typed never gets lost on this floor: a save that is refused shows the page again with the typed values, and a
//! save that meets another one shows both.

mod applying;
mod book;
mod check;
mod conflict;
mod evidence;
mod fields;
mod files;
mod findings;
mod forms;
mod indicators;
mod list;
mod parts;
mod receipt;
mod saving;
mod section;
mod submit;
mod submitted;
mod summary;
mod task_list;
pub(crate) mod unsaved;
mod values;
mod withdraw;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use jiebang_domain::call::{Actor as Clocked, Call, deadline_finding};
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{ApplicationSummary, ApplicationView};
use jiff::Timestamp;

use crate::Site;
use crate::error::Failure;
use crate::request::{Address, Visitor};
use crate::views::{ClauseView, ClockView, ReviewPart};
use crate::words::{self, pick};

pub(crate) use evidence::{file_address, file_facts};
pub(crate) use files::download_of;
pub(crate) use findings::finding_view;
pub(crate) use forms::is_multipart;
pub(crate) use indicators::promise_input;
pub(crate) use values::promised;

/// Routes of the room. Sections cannot be named like the acts beside them.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/calls/{id}/applications", post(task_list::begin))
        .route("/applications", get(list::page))
        .route("/applications/{id}", get(task_list::page))
        .route("/applications/{id}/book.pdf", get(book::of_application))
        .route("/receipts/{number}/book.pdf", get(book::of_version))
        .route("/applications/{id}/draft", get(submitted::draft))
        .route("/applications/{id}/check", get(check::page))
        .route("/applications/{id}/submit", get(submit::page).post(submit::submit))
        .route("/applications/{id}/reopen", post(task_list::reopen))
        .route("/applications/{id}/withdraw", get(withdraw::page).post(withdraw::withdraw))
        .route("/applications/{id}/files/{file}", get(files::download))
        .route(
            "/applications/{id}/{section}",
            get(section::page).post(saving::save).layer(DefaultBodyLimit::max(forms::SECTION_BYTES_MAX)),
        )
        .route("/receipts/{number}", get(receipt::page))
        .route("/receipts/{number}/application", get(submitted::page))
        .route("/receipts/{number}/content", get(receipt::content))
}

fn address<T>(address: Address<T>, visitor: &Visitor) -> Result<T, Failure> {
    visitor.address(address)
}

/// The application that an address names, as this visitor may see it.
async fn named(site: &Site, visitor: &Visitor, parts: Address<String>) -> Result<ApplicationView, Failure> {
    let id = address(parts, visitor)?;
    site.service.application(visitor.actor.as_ref(), &id).await.map_err(|error| visitor.fail(error))
}

/// A download: an attachment that no browser opens as a page of this site.
pub(crate) fn attachment(kind: &str, name: &str, body: axum::body::Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let mut set = |name: axum::http::HeaderName, value: &str| {
        if let Ok(value) = axum::http::HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    use axum::http::header;
    set(header::CONTENT_TYPE, kind);
    set(header::CONTENT_DISPOSITION, &files::disposition(name));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    *response.status_mut() = StatusCode::OK;
    response
}

/// What an application is called before it has a name of its own.
pub(crate) fn name_of(summary: &ApplicationSummary, language: Language) -> String {
    let title = summary.title.trim();
    if !title.is_empty() {
        return title.to_owned();
    }
    match &summary.task {
        Some(task) => task.get(language).to_owned(),
        None => pick(language, "未命名的申报", "Application without a name"),
    }
}

fn address_of(id: &str, rest: &str) -> String {
    if rest.is_empty() { format!("/applications/{id}") } else { format!("/applications/{id}/{rest}") }
}

/// The applicants' clock; `None` where the call has none.
pub(crate) fn clock(call: &Call, now: Timestamp, language: Language) -> Option<ClockView> {
    let deadline = call.deadline(Clocked::Applicant)?;
    let mut clock =
        words::clock(call, deadline, pick(language, "申报截止", "Applications close"), now, language);
    if !clock.past {
        clock.note = pick(
            language,
            "以服务器收到完整提交的时间为准。",
            "What counts is the moment the server has received the whole submission.",
        );
    }
    Some(clock)
}

/// What an application says, section by section; sections of which nothing applies are left out.
pub(crate) fn review_parts(view: &ApplicationView, change: bool, language: Language) -> Vec<ReviewPart> {
    let sections = view.summary.call.call.sections.iter();
    let parts = sections.map(|section| ReviewPart {
        title: section.title.get(language).to_owned(),
        rows: summary::rows(view, section, change, language),
    });
    parts.filter(|part| !part.rows.is_empty()).collect()
}

/// Mark and word of a state.
fn state_mark(summary: &ApplicationSummary, language: Language) -> (&'static str, String) {
    let mark = match summary.state.as_str() {
        "submitted" => "done",
        "withdrawn" => "locked",
        _ => "partial",
    };
    (mark, summary.state_name.get(language).to_owned())
}

/// Why nothing can be changed now, with the clause that says so.
#[derive(Debug)]
struct Lock {
    text: String,
    clause: Option<ClauseView>,
}

fn late(call: &Call, now: Timestamp) -> Option<Finding> {
    deadline_finding(call, Clocked::Applicant, None, now)
}

/// Why the actor cannot change the application; `None` when nothing stands in the way.
fn lock(view: &ApplicationView, now: Timestamp, language: Language) -> Option<Lock> {
    if view.may_edit {
        return None;
    }
    let call = &view.summary.call.call;
    if let Some(finding) = late(call, now) {
        return Some(Lock {
            text: sentence(&[finding.message.get(language), finding.remedy.get(language)], language),
            clause: finding.clause.as_ref().map(|id| words::clause(call, id, language)),
        });
    }
    let text = match view.summary.state.as_str() {
        "submitted" if view.may_reopen => pick(
            language,
            "本件已提交。需要修改的，先重新打开。",
            "The application has been submitted. To change it, reopen it first.",
        ),
        "submitted" => pick(language, "本件已提交。", "The application has been submitted."),
        "withdrawn" => {
            pick(language, "本件已撤回，不能修改。", "The application was withdrawn and cannot be changed.")
        }
        _ => pick(language, "当前账号可以查阅，不能修改。", "Your account may read this, not change it."),
    };
    Some(Lock { text, clause: None })
}

/// Joins phrases that have no full stop of their own.
pub(crate) fn sentence(phrases: &[&str], language: Language) -> String {
    let (stop, gap) = match language {
        Language::Zh => ('。', ""),
        Language::En => ('.', " "),
    };
    let mut text = String::new();
    for phrase in phrases.iter().filter(|phrase| !phrase.is_empty()) {
        if !text.is_empty() {
            text.push_str(gap);
        }
        text.push_str(phrase);
        if !phrase.ends_with([stop, '.', '。']) {
            text.push(stop);
        }
    }
    text
}

/// A count with its noun in English.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("{count} {one}") } else { format!("{count} {many}") }
}
