//! Withdrawing an application: what comes of it, then the act.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_service::ApplicationView;

use super::task_list::{stepped, submitted_words};
use super::{Address, Lock, address, address_of, lock, name_of, named};
use crate::Site;
use crate::error::Failure;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::Refused;
use crate::words::pick;

#[derive(Template)]
#[template(path = "pages/withdraw.html")]
struct WithdrawPage {
    page: Page,
    withdraw: WithdrawView,
}

/// What the page of a withdrawal shows.
#[derive(Debug)]
struct WithdrawView {
    application_href: String,
    application: String,
    refused: Refused,
    explanation: String,
    action: String,
    effects: Vec<String>,
    lock: Option<Lock>,
}

/// Asks before withdrawing.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let view = named(&site, &visitor, parts).await?;
    Ok(withdrawal(&site, &visitor, &view, StatusCode::OK, Refused::default()))
}

/// Withdraws.
pub(super) async fn withdraw(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let id = address(parts, &visitor)?;
    let done = site.service.withdraw(visitor.actor()?, &id).await;
    stepped(&site, &visitor, &id, done, withdrawal).await
}

fn withdrawal(
    site: &Site,
    visitor: &Visitor,
    view: &ApplicationView,
    status: StatusCode,
    refused: Refused,
) -> Response {
    let language = visitor.language;
    let now = site.service.clock().now();
    let stuck = || lock(view, now, language).unwrap_or(Lock { text: String::new(), clause: None });
    let withdraw = WithdrawView {
        application_href: address_of(&view.summary.id, ""),
        application: name_of(&view.summary, language),
        refused,
        explanation: submitted_words(view, language),
        action: address_of(&view.summary.id, "withdraw"),
        effects: withdrawal_effects(!view.submissions.is_empty())
            .map(|(zh, en)| pick(language, zh, en))
            .collect(),
        lock: (!view.may_withdraw).then(stuck),
    };
    let page = visitor.page(visitor.page("").t("withdraw-title"));
    render(status, &WithdrawPage { page, withdraw })
}

fn withdrawal_effects(submitted: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    let first: &[(&str, &str)] = if submitted {
        &[
            (
                "本件不再计入当地申报数量，推荐单位不再办理。",
                "It no longer counts in the region; the recommending authorities stop handling it.",
            ),
            ("已出具的回执仍然可以查阅和核对。", "Receipts already given stay readable and can be checked."),
        ]
    } else {
        &[(
            "草稿不能再修改和提交，内容仍可查阅。",
            "The draft can no longer be changed or submitted; it can still be read.",
        )]
    };
    let last = (
        "撤回不能撤销；截止前可以另行申报。",
        "A withdrawal cannot be undone; until the deadline you may apply anew.",
    );
    first.iter().copied().chain(std::iter::once(last))
}
