//! `/verify`: what the file of a receipt proves, for anybody who has one. Nothing of it is kept.

use askama::Template;
use axum::extract::multipart::MultipartError;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequest, Multipart, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::shared::{Finding, Language, Severity, Text};
use jiebang_ledger::statement::{Facts, Refutation, Statement, Verdict, verify};
use jiebang_service::{Recorded, ServiceError, refutation_words, unreadable_words};
use jiff::Timestamp;
use serde::Deserialize;

use crate::Site;
use crate::error::Failure;
use crate::form;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::{ErrorLink, Fact, Field, error_links};
use crate::words::{self, pick};

/// Most bytes of the file of a receipt; a real one has about two thousand.
const FILE_BYTES_MAX: usize = 1 << 20;
/// Most bytes of the form around it.
pub(super) const FORM_BYTES_MAX: usize = FILE_BYTES_MAX + (64 << 10);
/// Most parts of the form.
const PARTS_MAX: usize = 16;
/// Name of the input.
const RECEIPT: &str = "receipt";

#[derive(Template)]
#[template(path = "pages/verify.html")]
struct VerifyPage {
    page: Page,
    errors: Vec<ErrorLink>,
    field: Field,
    found: Option<Found>,
}

/// What the page says of a receipt.
#[derive(Debug, Default)]
struct Found {
    /// `wrong` where it does not hold.
    tone: &'static str,
    heading: String,
    words: String,
    remedy: String,
    /// What the receipt states, where it holds.
    facts: Vec<Fact>,
    /// Digest of what was submitted; may be empty.
    digest: String,
}

/// What the code on a document leads here with.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Code {
    number: Option<String>,
    sha256: Option<String>,
}

/// The form; with what the record says of a document, where its code leads here.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    code: Result<Query<Code>, QueryRejection>,
) -> Result<Response, Failure> {
    let Code { number, sha256 } = code.map_or_else(|_| Code::default(), |Query(code)| code);
    let (Some(number), Some(sha256)) = (number, sha256) else {
        return Ok(answer(&visitor, StatusCode::OK, &[], None));
    };
    let recorded = site.service.recorded(&number, &sha256).await.map_err(|error| visitor.fail(error))?;
    let found = document_found(&number, recorded, visitor.language);
    Ok(answer(&visitor, StatusCode::OK, &[], Some(found)))
}

/// Whether a document shows what was submitted or confirmed. Nothing is said of a number that another content stands under.
fn document_found(number: &str, recorded: Option<Recorded>, language: Language) -> Found {
    match recorded {
        Some(recorded) => Found {
            heading: pick(language, "文书与记录一致", "The document is as recorded"),
            words: recorded_words(number, recorded, language),
            remedy: pick(
                language,
                "请核对文书每页页脚的摘要是否都与本页地址中的相同。",
                "See that the digest at the foot of each page is the one in the address of this page.",
            ),
            ..Found::default()
        },
        None => Found {
            tone: "wrong",
            heading: pick(language, "没有这样的记录", "There is no such record"),
            words: pick(
                language,
                "没有以这个编号和摘要提交或确认过的内容：文书可能是草稿，或者被改动过。",
                "Nothing was submitted or confirmed under this number with this digest: the document may be a draft, or was changed.",
            ),
            remedy: pick(
                language,
                "请向出具单位索取回执核验。",
                "Ask who gave it to you for the receipt, and verify that.",
            ),
            ..Found::default()
        },
    }
}

fn recorded_words(number: &str, recorded: Recorded, language: Language) -> String {
    let minute = |at| words::minute(at, language);
    match recorded {
        Recorded::Submission(at) => pick(
            language,
            &format!("回执 {number} 所载内容于 {} 收到，摘要与文书页脚所印一致。", minute(at)),
            &format!(
                "The content behind receipt {number} was received at {}; its digest is the one printed on the document.",
                minute(at)
            ),
        ),
        Recorded::List(at) => pick(
            language,
            &format!("推荐名单 {number} 于 {} 经两部门确认，摘要与文书页脚所印一致。", minute(at)),
            &format!(
                "The list {number} was confirmed by both departments at {}; its digest is the one printed on the document.",
                minute(at)
            ),
        ),
    }
}

/// Verifies the file that was sent.
pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, Failure> {
    let refused = |finding| Ok(answer(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &[finding], None));
    if form::is_form(request.headers()) {
        return refused(none_chosen());
    }
    let Ok(multipart) = Multipart::from_request(request, &site).await else {
        return Ok(form::unsupported());
    };
    let Some(file) = file_of(multipart).await.map_err(|error| visitor.fail(error))? else {
        return refused(none_chosen());
    };
    let key = site.service.ledger_key();
    match verify(&file, key) {
        Ok(verdict) => {
            let found = found(&site, verdict, key.name(), visitor.language);
            Ok(answer(&visitor, StatusCode::OK, &[], Some(found)))
        }
        Err(unreadable) => {
            let why = unreadable_words(&unreadable);
            refused(finding(
                "receipt_unreadable",
                Text::new(
                    format!("这个文件不是回执：{}", why.zh),
                    format!("This file is no receipt: {}", why.en),
                ),
                Text::new(
                    "选择从回执页下载的 JSON 文件",
                    "Choose the JSON file that was downloaded from the page of a receipt",
                ),
            ))
        }
    }
}

/// The bytes of the file; `None` where none was chosen.
async fn file_of(mut multipart: Multipart) -> Result<Option<Vec<u8>>, ServiceError> {
    for _ in 0..PARTS_MAX {
        let Some(mut part) = multipart.next_field().await.map_err(|error| broken(&error))? else {
            return Ok(None);
        };
        // A box without a file is sent with an empty name.
        if part.name() != Some(RECEIPT) || part.file_name().is_none_or(str::is_empty) {
            continue;
        }
        let mut file = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
            if file.len() + chunk.len() > FILE_BYTES_MAX {
                return Err(too_large());
            }
            file.extend_from_slice(&chunk);
        }
        return Ok(Some(file));
    }
    Err(form::unreadable())
}

fn broken(error: &MultipartError) -> ServiceError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { too_large() } else { form::unreadable() }
}

fn too_large() -> ServiceError {
    ServiceError::TooLarge(FILE_BYTES_MAX as u64)
}

fn none_chosen() -> Finding {
    finding(
        "receipt_missing",
        Text::new("没有选择文件", "No file was chosen"),
        Text::new("选择回执文件后再核验", "Choose the file of a receipt and verify it"),
    )
}

fn finding(code: &str, message: Text, remedy: Text) -> Finding {
    let (code, field) = (code.to_owned(), Some(RECEIPT.to_owned()));
    Finding { code, severity: Severity::Refusal, clause: None, field, message, remedy }
}

fn answer(visitor: &Visitor, status: StatusCode, findings: &[Finding], found: Option<Found>) -> Response {
    let page = visitor.page("");
    let title = page.t("verify-title");
    let field = Field::new("file", RECEIPT, page.t("verify-file")).hint(page.t("verify-file-hint"));
    let field = field.judged(findings, visitor.language);
    let errors = error_links(findings, visitor.language);
    render(status, &VerifyPage { page: page.titled(title), errors, field, found })
}

fn found(site: &Site, verdict: Verdict, ledger: &str, language: Language) -> Found {
    match verdict {
        Verdict::Included(statement, size) => {
            let position = statement.promise.position;
            let at = statement.proof.as_ref().map(|proof| proof.event.at);
            let at = at.and_then(|at| Timestamp::from_microsecond(at).ok());
            let at = at.map(|at| words::precise(at, language)).unwrap_or_default();
            Found {
                heading: pick(
                    language,
                    "核验通过：账本记有这份回执",
                    "Verified: the ledger holds this receipt",
                ),
                words: pick(
                    language,
                    &format!(
                        "账本 {ledger} 第 {position} 条于{at}记下了以下内容；共 {size} 条的签名检查点已覆盖这一条，此后的任何改动都会被发现。"
                    ),
                    &format!(
                        "Entry {position} of the ledger {ledger} holds what is stated below, recorded {at}. The signed head of {size} entries covers it: from then on no change goes unnoticed."
                    ),
                ),
                ..stated(site, &statement, language)
            }
        }
        Verdict::Promised(statement) => {
            let position = statement.promise.position;
            Found {
                heading: pick(
                    language,
                    "签名有效，还没有包含证明",
                    "The signature is valid; there is no proof yet",
                ),
                words: pick(
                    language,
                    &format!(
                        "账本 {ledger} 以签名承诺把以下内容记在第 {position} 条。这份文件是在记入之前下载的。"
                    ),
                    &format!(
                        "The ledger {ledger} has promised under its signature to hold what is stated below as entry {position}. This copy is from before that was done."
                    ),
                ),
                remedy: pick(
                    language,
                    "到回执页重新下载，新文件带有包含证明。",
                    "Download the receipt again from its page: the new file carries the proof.",
                ),
                ..stated(site, &statement, language)
            }
        }
        Verdict::Refuted(why) => refuted(why, language),
    }
}

fn refuted(why: Refutation, language: Language) -> Found {
    let reason = refutation_words(why);
    Found {
        tone: "wrong",
        heading: pick(language, "核验不通过", "This receipt does not hold"),
        words: pick(
            language,
            &format!("{}。文件里写的内容不能采信。", reason.zh),
            &format!("{}. What the file states cannot be relied upon.", words::capital(&reason.en)),
        ),
        remedy: pick(
            language,
            "请用下载的原文件，不要打开后另存。其他系统出具的回执，请到出具它的系统核验。",
            "Use the file as it was downloaded, not one that was opened and saved again. A receipt of another system is verified there.",
        ),
        ..Found::default()
    }
}

/// What a receipt states, in the order in which people ask.
fn stated(site: &Site, statement: &Statement, language: Language) -> Found {
    let mut facts = statement.facts.clone();
    let mut rows = Vec::new();
    let mut row = |zh: &str, en: &str, value: String, href: String| {
        if !value.is_empty() {
            rows.push(Fact { label: pick(language, zh, en), value, href });
        }
    };
    let none = String::new;
    let id = taken(&mut facts, "call");
    let call = site.service.call(&id).ok();
    let title = call.map_or_else(|| id.clone(), |card| card.call.call.title.get(language).to_owned());
    let href = if title == id { none() } else { format!("/calls/{id}") };
    row("回执编号", "Number", taken(&mut facts, "number"), none());
    row("榜单", "Call", title, href);
    let received = taken(&mut facts, "received_at");
    let at = received.parse::<Timestamp>().map_or(received, |at| words::precise(at, language));
    row("收到时间", "Received", at, none());
    let version = taken(&mut facts, "version");
    let nth = pick(language, &format!("第 {version} 版"), &version);
    row("版本", "Version", if version.is_empty() { none() } else { nth }, none());
    row("申报", "Application", taken(&mut facts, "application"), none());
    let digest = words::grouped(&taken(&mut facts, "content_sha256"));
    // The digest of the call's version says nothing to people.
    facts.remove("call_version");
    for name in facts.keys().cloned().collect::<Vec<_>>() {
        let value = taken(&mut facts, &name);
        row(&name, &name, value, none());
    }
    Found { facts: rows, digest, ..Found::default() }
}

/// A fact as text; empty where it is not there.
fn taken(facts: &mut Facts, name: &str) -> String {
    match facts.remove(name) {
        Some(serde_json::Value::String(text)) => text,
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
