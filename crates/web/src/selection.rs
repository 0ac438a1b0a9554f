//! Selecting (遴选): the operator's plan; the library of experts; candidates, checks of form and assignments of a call; the sheets
//! of an expert.
//!
//! What somebody typed is not lost: an act that is refused shows its page again with it.

mod assign;
mod candidates;
mod check;
mod experts;
mod plan;
mod sheet;
mod sheets;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};
use jiebang_domain::selection::Conflict;
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{ServiceError, StoreError};

use crate::Site;
use crate::error::status_of;
use crate::form::Form;
use crate::views::{Refused, ReviewRow};
use crate::words::pick;

/// Routes of the room. Acts are sent to the page that they are begun from.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/calls/{id}/plan", get(plan::page).post(plan::publish))
        .route("/calls/{id}/plan.toml", get(plan::file))
        .route(
            "/experts",
            get(experts::page).post(experts::show).layer(DefaultBodyLimit::max(experts::UPLOAD_BYTES_MAX)),
        )
        .route("/experts/import", post(experts::import))
        .route("/experts/template.xlsx", get(experts::template))
        .route("/calls/{id}/selection", get(candidates::page).post(candidates::act))
        .route("/calls/{id}/selection/{application}", get(check::page).post(check::save))
        .route("/calls/{id}/selection/{application}/experts", get(assign::page).post(assign::act))
        .route("/sheets", get(sheets::page))
        .route("/sheets/{application}/{stage}", get(sheet::page).post(sheet::act))
}

/// Whether an address takes what is typed in this room.
pub(crate) fn is_carried(path: &str) -> bool {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match parts[..] {
        ["sheets", application, stage] => !application.is_empty() && !stage.is_empty(),
        ["calls", _, "selection", application] => !application.is_empty(),
        _ => false,
    }
}

/// What was typed on a sheet or in a check, in rows to read; blanks are left out.
pub(crate) fn typed_rows(pairs: &[(String, String)], language: Language) -> Vec<ReviewRow> {
    let label = |name: &str| match name.split_once('.') {
        Some(("score", of)) => Some(pick(language, &format!("分数 {of}"), &format!("Score of {of}"))),
        Some(("comment", of)) => Some(pick(language, &format!("评语 {of}"), &format!("Comment on {of}"))),
        Some(("reason", of)) => Some(pick(language, &format!("理由 {of}"), &format!("Reason for {of}"))),
        None if matches!(name, "reason" | "conflict_words") => Some(pick(language, "理由", "Reason")),
        _ => None,
    };
    let typed = pairs.iter().filter(|(_, value)| !value.trim().is_empty());
    typed
        .filter_map(|(name, value)| {
            Some(ReviewRow { key: label(name)?, value: value.clone(), ..ReviewRow::default() })
        })
        .collect()
}

/// What came of an act that was not done: the form as it was typed, and why.
#[derive(Debug, Default)]
struct Told {
    form: Form,
    refused: Refused,
    findings: Vec<Finding>,
}

/// What to say of an act that was not done.
fn told(form: Form, error: ServiceError, language: Language) -> (StatusCode, Told) {
    let status = status_of(&error);
    let told = match error {
        ServiceError::Invalid(findings) => Told { findings, form, ..Told::default() },
        ServiceError::Store(StoreError::Stale) => {
            let changed = pick(
                language,
                "您打开本页之后，内容已被改动。没有覆盖任何内容；请核对后再次提交。",
                "It was changed after you opened this page. Nothing was overwritten; compare it, then send it again.",
            );
            Told { refused: Refused::said(changed), form, ..Told::default() }
        }
        error => Told { refused: Refused::of(&error, language), form, ..Told::default() },
    };
    (status, told)
}

/// What conflicts rest on, in one line.
fn evidence(conflicts: &[Conflict], language: Language) -> String {
    let words: Vec<String> =
        conflicts.iter().map(|conflict| conflict.evidence().get(language).to_owned()).collect();
    words.join(&pick(language, "；", "; "))
}
