//! Receipts: as a page, as canonical JSON, and the frozen copy that they stand for.

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::call::{Actor as Clocked, Deadline, instant_words};
use jiebang_domain::shared::Language;
use jiebang_service::{ApplicationView, ReceiptView as Received};
use jiff::Timestamp;

use super::{Address, address, address_of, attachment, clock, name_of};
use crate::Site;
use crate::error::Failure;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::{ClockView, Fact, Step};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/receipt.html")]
struct ReceiptPage {
    page: Page,
    receipt: ReceiptView,
}

/// What the page of a receipt shows.
#[derive(Debug)]
struct ReceiptView {
    superseded: String,
    newer_href: String,
    number: String,
    words: String,
    facts: Vec<Fact>,
    digest: String,
    json_href: String,
    content_href: String,
    submitted_href: String,
    book_href: String,
    application_href: String,
    steps: Vec<Step>,
    clock: Option<ClockView>,
    may_reopen: bool,
    reopen_href: String,
}

/// `/receipts/{number}` is the page, `/receipts/{number}.json` the receipt itself.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let asked = address(parts, &visitor)?;
    let (number, json) = match asked.strip_suffix(".json") {
        Some(number) => (number, true),
        None => (asked.as_str(), false),
    };
    let received = receipt(&site, &visitor, number).await?;
    if json {
        let name = format!("{number}.json");
        return Ok(attachment("application/json", &name, Body::from(received.canonical)));
    }
    let actor = visitor.actor.as_ref();
    let view = site.service.application(actor, &received.receipt.application).await;
    let view = view.map_err(|error| visitor.fail(error))?;
    let shown = shown(&received, &view, site.service.clock().now(), visitor.language);
    let page = visitor.page(visitor.page("").t("receipt-title"));
    Ok(render(StatusCode::OK, &ReceiptPage { page, receipt: shown }))
}

/// The frozen copy that was submitted, as it was hashed.
pub(super) async fn content(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let number = address(parts, &visitor)?;
    let received = receipt(&site, &visitor, &number).await?;
    Ok(attachment("application/json", &format!("{number}-content.json"), Body::from(received.content)))
}

async fn receipt(site: &Site, visitor: &Visitor, number: &str) -> Result<Received, Failure> {
    site.service.receipt(visitor.actor.as_ref(), number).await.map_err(|error| visitor.fail(error))
}

fn shown(received: &Received, view: &ApplicationView, now: Timestamp, language: Language) -> ReceiptView {
    let receipt = &received.receipt;
    let call = &received.call.call;
    let newest = view.submissions.first().filter(|last| last.version != receipt.version);
    let withdrawn = received.summary.state == "withdrawn";
    let superseded = match newest {
        Some(newest) => pick(
            language,
            &format!("本回执的版本已由第 {} 版取代，以最后一次提交为准。", newest.version),
            &format!(
                "This version has been replaced by version {}; the last submission counts.",
                newest.version
            ),
        ),
        None if withdrawn => pick(language, "本件已撤回。", "The application has been withdrawn."),
        None => String::new(),
    };
    let at = receipt.received_at.parse::<Timestamp>().ok();
    let applicant = applicant(received);
    ReceiptView {
        superseded,
        newer_href: newest.map(|newest| format!("/receipts/{}", newest.receipt_number)).unwrap_or_default(),
        number: receipt.number.clone(),
        words: pick(
            language,
            &format!("{applicant}提交的申报材料已于截止前完整收到。"),
            &format!("The application of {applicant} has been received whole and in time."),
        ),
        facts: facts(received, at, language),
        digest: words::grouped(&receipt.content_sha256),
        json_href: format!("/receipts/{}.json", receipt.number),
        content_href: format!("/receipts/{}/content", receipt.number),
        submitted_href: format!("/receipts/{}/application", receipt.number),
        book_href: format!("/receipts/{}/book.pdf", receipt.number),
        application_href: address_of(&view.summary.id, ""),
        steps: steps(received, at, now, language),
        clock: clock(call, now, language),
        may_reopen: newest.is_none() && view.may_reopen,
        reopen_href: address_of(&receipt.application, "reopen"),
    }
}

/// The applicant's name as it was frozen.
fn applicant(received: &Received) -> String {
    let frozen: serde_json::Value = serde_json::from_str(&received.content).unwrap_or_default();
    frozen.pointer("/applicant/name").and_then(|name| name.as_str()).unwrap_or_default().to_owned()
}

fn facts(received: &Received, at: Option<Timestamp>, language: Language) -> Vec<Fact> {
    let receipt = &received.receipt;
    let fact =
        |zh: &str, en: &str, value: String, href: String| Fact { label: pick(language, zh, en), value, href };
    let none = String::new;
    let frozen: serde_json::Value = serde_json::from_str(&received.content).unwrap_or_default();
    let files = frozen.get("evidence").and_then(|files| files.as_array()).cloned().unwrap_or_default();
    let bytes: i64 = files.iter().filter_map(|file| file.get("size_bytes")?.as_i64()).sum();
    let title = frozen.pointer("/fields/task_name").and_then(|name| name.as_str()).map(str::trim);
    let title = title.filter(|title| !title.is_empty()).map(str::to_owned);
    let (count, size) = (files.len(), words::size(bytes));
    vec![
        fact(
            "榜单",
            "Call",
            received.call.call.title.get(language).to_owned(),
            format!("/calls/{}", receipt.call),
        ),
        fact(
            "申报名称",
            "Application",
            title.unwrap_or_else(|| name_of(&received.summary, language)),
            none(),
        ),
        fact("收到时间", "Received", at.map(|at| words::precise(at, language)).unwrap_or_default(), none()),
        fact(
            "版本",
            "Version",
            pick(language, &format!("第 {} 版", receipt.version), &receipt.version.to_string()),
            none(),
        ),
        fact(
            "附件",
            "Files",
            pick(language, &format!("{count} 个，共 {size}"), &format!("{count}, {size} in all")),
            none(),
        ),
        fact("榜单版本", "Version of the call", short(&receipt.call_version), none()),
    ]
}

fn short(version: &str) -> String {
    format!("sha256:{}…", version.get(..16).unwrap_or(version))
}

/// What was done and what comes next, by the calendar of the call.
fn steps(received: &Received, at: Option<Timestamp>, now: Timestamp, language: Language) -> Vec<Step> {
    let call = &received.call.call;
    let mut steps = vec![Step {
        state: "done",
        at: at.map(words::machine).unwrap_or_default(),
        when: at.map(|at| words::minute(at, language)).unwrap_or_default(),
        what: pick(language, "收到本次提交", "This submission was received"),
        ..Step::default()
    }];
    let mut next = true;
    let mut step = |deadline: &Deadline, what: String, note: String| {
        let past = deadline.at <= now;
        let state = if past {
            "done"
        } else if std::mem::take(&mut next) {
            "now"
        } else {
            "todo"
        };
        Step {
            state,
            at: words::machine(deadline.at),
            when: instant_words(call, deadline).get(language).to_owned(),
            what,
            note,
            clause: deadline.source.clause().map(|id| words::clause(call, id, language)),
        }
    };
    if let Some(deadline) = call.deadline(Clocked::Applicant) {
        let what = pick(
            language,
            "申报截止，此前可以修改后再次提交",
            "Applications close; until then you may change and submit again",
        );
        steps.push(step(deadline, what, String::new()));
    }
    if let Some(deadline) = call.deadline(Clocked::Recommender) {
        let what = pick(language, "推荐单位审核、推荐", "The recommending authorities verify and recommend");
        let departments = call.recommendation.iter().flat_map(|recommendation| &recommendation.departments);
        let names: Vec<&str> = departments.map(|name| name.get(language)).collect();
        steps.push(step(deadline, what, names.join(&pick(language, "、", ", "))));
    }
    steps
}
