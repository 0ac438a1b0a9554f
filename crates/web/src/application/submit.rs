//! Check before submitting, and submit.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::application::Refusal;
use jiebang_domain::call::Declaration;
use jiebang_domain::shared::{Finding, Language, Severity, Text};
use jiebang_service::{ApplicationView, ServiceError, StoreError, Submit};

use super::evidence::{declared, signer};
use super::findings::{blocking, finding_view};
use super::{Address, Lock, address, address_of, clock, counted, forms, lock, name_of, named, review_parts};
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::{ClauseView, ClockView, ErrorLink, Refused, ReviewPart, Wording};
use crate::words::{self, pick};

/// The field that makes a repeated request the same request.
pub(super) const KEY: &str = "idempotency_key";
/// Longest key.
pub(super) const KEY_BYTES_MAX: usize = 200;

#[derive(Template)]
#[template(path = "pages/submit.html")]
struct SubmitPage {
    page: Page,
    submit: SubmitView,
}

/// What the page before submitting shows.
#[derive(Debug)]
struct SubmitView {
    application_href: String,
    application: String,
    /// Why it was not submitted, besides the findings.
    refused: Refused,
    errors: Vec<ErrorLink>,
    explanation: String,
    lock: Option<Lock>,
    parts: Vec<ReviewPart>,
    may_submit: bool,
    action: String,
    idempotency_key: String,
    seen: String,
    declarations: Vec<Declared>,
    effects: Vec<String>,
    check_href: String,
    clock: Option<ClockView>,
}

/// A declaration with its signature.
#[derive(Debug)]
struct Declared {
    title: String,
    clause: ClauseView,
    wording: Wording,
    signed: String,
}

/// Why something was not submitted: findings with links, and whatever else.
#[derive(Debug, Default)]
struct Told {
    refused: Refused,
    errors: Vec<ErrorLink>,
}

/// What exactly will be submitted.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let view = named(&site, &visitor, parts).await?;
    let told = Told { errors: findings_links(&view, &view.findings, visitor.language), ..Told::default() };
    Ok(shown(&site, &visitor, &view, StatusCode::OK, told))
}

/// Submits. What counts is the moment at which the request has been received whole.
pub(super) async fn submit(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    request: Request,
) -> Result<Response, Failure> {
    let id = address(parts, &visitor)?;
    if !form::is_form(request.headers()) {
        return Ok(form::unsupported());
    }
    let pairs = forms::pairs(request, &site).await;
    let received_at = site.service.clock().now();
    let actor = visitor.actor()?;
    let pairs = pairs.map_err(|error| visitor.fail(error))?;
    let language = visitor.language;
    let submitted = match read(&pairs) {
        Ok((key, seen)) => {
            let submit = Submit { application: id.clone(), seen, key: Some(key), received_at };
            site.service.submit(actor, submit).await
        }
        Err(findings) => {
            site.service.check_submit(actor, &id).await.and(Err(ServiceError::Invalid(findings)))
        }
    };
    let error = match submitted {
        Ok(receipt) => return Ok(Redirect::to(&format!("/receipts/{}", receipt.number)).into_response()),
        // The page that says that it was not submitted is for what is known not to be.
        Err(
            error @ (ServiceError::NotFound
            | ServiceError::Forbidden
            | ServiceError::LoginRequired
            | ServiceError::Store(StoreError::Unsure(_))),
        ) => return Err(visitor.fail(error)),
        Err(error) => error,
    };
    let view = site.service.application(Some(actor), &id).await.map_err(|error| visitor.fail(error))?;
    let (status, told) = match error {
        ServiceError::Refused(Refusal::Findings(findings)) => {
            let errors = findings_links(&view, &findings, language);
            (StatusCode::UNPROCESSABLE_ENTITY, Told { errors, ..Told::default() })
        }
        ServiceError::Store(StoreError::Stale) => {
            let changed = pick(
                language,
                "核对之后，内容有改动，没有提交。请重新核对下列内容。",
                "The application has changed since you checked it, and was not submitted. Check it again.",
            );
            (StatusCode::CONFLICT, Told { refused: Refused::said(changed), ..Told::default() })
        }
        error => {
            let refused = Refused::of(&error, language);
            (status_of(&error), Told { refused, ..Told::default() })
        }
    };
    Ok(shown(&site, &visitor, &view, status, told))
}

/// Key of the request, and what was looked at: a program may leave the latter out.
fn read(pairs: &[(String, String)]) -> Result<(String, Option<String>), Vec<Finding>> {
    let mut faults = Vec::new();
    let mut add = |code: &str, field: &str, message: Text| {
        faults.push(Finding {
            code: code.to_owned(),
            severity: Severity::Refusal,
            clause: None,
            field: Some(field.to_owned()),
            message,
            remedy: Text::new("刷新页面后重新提交", "Reload the page and submit again"),
        });
    };
    let mut sent: BTreeMap<&str, &str> = BTreeMap::new();
    for (name, value) in pairs {
        let shown: String = name.chars().take(80).collect();
        if ![KEY, "seen"].contains(&name.as_str()) {
            let message = Text::new(format!("没有栏目 {shown}"), format!("There is no field {shown}"));
            add("field_unknown", &shown, message);
        } else if sent.insert(name, value.trim()).is_some() {
            let message = Text::new(format!("栏目 {shown} 出现两次"), format!("Field {shown} stands twice"));
            add("field_repeated", &shown, message);
        }
    }
    let key = sent.get(KEY).copied().unwrap_or_default();
    if key.is_empty() {
        add("key_missing", KEY, Text::new("请求没有标识", "The request has no key"));
    } else if key.len() > KEY_BYTES_MAX {
        let message = Text::new(
            format!("请求的标识超过{KEY_BYTES_MAX}个字节"),
            format!("The key of the request is longer than {KEY_BYTES_MAX} bytes"),
        );
        add("key_too_long", KEY, message);
    }
    let seen = sent.get("seen").filter(|seen| !seen.is_empty()).map(|seen| (*seen).to_owned());
    let key = key.to_owned();
    if faults.is_empty() { Ok((key, seen)) } else { Err(faults) }
}

fn findings_links(view: &ApplicationView, findings: &[Finding], language: Language) -> Vec<ErrorLink> {
    if !view.may_edit {
        return Vec::new();
    }
    let blocking = findings.iter().enumerate().filter(|(_, finding)| finding.severity != Severity::Warning);
    blocking
        .map(|(nth, finding)| {
            let shown = finding_view(view, finding, nth, language);
            let href = if shown.href.is_empty() { address_of(&view.summary.id, "check") } else { shown.href };
            let clause = shown.clause.map(|clause| clause.label).unwrap_or_default();
            let message = match (clause.is_empty(), language) {
                (true, _) => shown.message,
                (false, Language::Zh) => format!("{}（{clause}）", shown.message),
                (false, Language::En) => format!("{} ({clause})", shown.message),
            };
            ErrorLink { href, message }
        })
        .collect()
}

fn shown(site: &Site, visitor: &Visitor, view: &ApplicationView, status: StatusCode, told: Told) -> Response {
    let language = visitor.language;
    let now = site.service.clock().now();
    let call = &view.summary.call.call;
    let id = &view.summary.id;
    let submit = SubmitView {
        application_href: address_of(id, ""),
        application: name_of(&view.summary, language),
        refused: told.refused,
        errors: told.errors,
        explanation: explanation(view, language),
        lock: lock(view, now, language),
        parts: review_parts(view, view.may_edit, language),
        may_submit: view.may_edit && !view.blocked,
        action: address_of(id, "submit"),
        idempotency_key: site.service.new_key(),
        seen: view.digest.clone(),
        declarations: call
            .declarations
            .iter()
            .map(|declaration| declaration_view(view, declaration, language))
            .collect(),
        effects: effects(view, language),
        check_href: address_of(id, "check"),
        clock: clock(call, now, language),
    };
    let page = visitor.page(visitor.page("").t("submit-title"));
    render(status, &SubmitPage { page, submit })
}

fn explanation(view: &ApplicationView, language: Language) -> String {
    let version = view.summary.version + 1;
    match (view.may_edit, blocking(&view.findings)) {
        (true, 0) => pick(
            language,
            &format!("以下是将要提交的全部内容，为第 {version} 版。"),
            &format!("This is everything that will be submitted: version {version}."),
        ),
        (true, faults) => pick(
            language,
            &format!("还有 {faults} 项须改正或补填，改好后才能提交。以下是目前的全部内容。"),
            &format!(
                "{} to complete or correct first. This is everything as it stands.",
                counted(faults, "point", "points")
            ),
        ),
        (false, _) => pick(language, "以下是目前的全部内容。", "This is everything as it stands."),
    }
}

fn declaration_view(view: &ApplicationView, declaration: &Declaration, language: Language) -> Declared {
    let call = &view.summary.call.call;
    let (who, _) = signer(view, declaration);
    let by = view.content.text(&format!("declaration.{}.signer", declaration.id)).trim();
    Declared {
        title: declaration.title.get(language).to_owned(),
        clause: declaration.source.clause().map(|id| words::clause(call, id, language)).unwrap_or_else(
            || ClauseView { label: String::new(), href: format!("/calls/{}", call.id), text: String::new() },
        ),
        wording: declared(view, declaration, language),
        signed: pick(language, &format!("{}：{by}", who.zh), &format!("Signed by {by}, {}", who.en)),
    }
}

fn effects(view: &ApplicationView, language: Language) -> Vec<String> {
    let call = &view.summary.call.call;
    let mut effects = vec![pick(
        language,
        "系统出具回执，写明编号、收到时间和内容摘要。",
        "A receipt states number, time of receipt and content digest.",
    )];
    if call.recommendation.is_some() {
        effects.push(pick(
            language,
            "所在地的推荐单位和主办单位可以看到本件。",
            "The recommending authorities of your region and the programme office can read it.",
        ));
    }
    effects.push(pick(
        language,
        "截止前可以重新打开、修改后再次提交，以最后一次提交为准。",
        "Until the deadline you may reopen, change and submit again; the last submission counts.",
    ));
    effects
}
