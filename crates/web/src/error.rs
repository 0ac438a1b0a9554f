//! Refusals and failures as pages: what is wrong, by which clause, what to do.

use std::any::Any;

use askama::Template;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::application::Refusal;
use jiebang_domain::recommendation::Refusal as ListRefusal;
use jiebang_domain::shared::{Finding, Language, Text};
use jiebang_service::DocumentFault as Fault;
use jiebang_service::{Erasure, ServiceError, StoreError};

use crate::page::{Page, render};
use crate::request::Visitor;
use crate::words;

/// Something that was not done, with the page to say so (未执行).
#[derive(Debug)]
pub struct Failure {
    error: ServiceError,
    page: Box<Page>,
    /// It was something to be done, not only to be seen.
    act: bool,
}

impl From<Failure> for Response {
    fn from(failure: Failure) -> Self {
        failure.into_response()
    }
}

/// What the error page shows.
#[derive(Debug)]
pub struct ErrorView {
    /// Status line in words.
    pub status: String,
    /// Heading.
    pub title: String,
    /// What is wrong.
    pub what: String,
    /// By which clause or why.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// Where to go.
    pub links: Vec<Link>,
    /// Number under which the log knows it; empty when nothing failed.
    pub trace: String,
}

/// A link.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// Address.
    pub href: String,
    /// Words.
    pub name: String,
}

#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage {
    page: Page,
    error: ErrorView,
}

impl Failure {
    /// A failure with the frame of its page.
    pub fn new(error: ServiceError, page: Page, act: bool) -> Self {
        Self { error, page: Box::new(page), act }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if matches!(self.error, ServiceError::LoginRequired) {
            let to = encode(if self.act { page_of_act(&self.page.path) } else { &self.page.path });
            let undone = if self.act { "&undone" } else { "" };
            return Redirect::to(&format!("/login?to={to}{undone}")).into_response();
        }
        let status = status_of(&self.error);
        if status.is_server_error() {
            tracing::error!(error = %self.error, path = without_secrets(&self.page.path), "a request failed");
        }
        let back = self.act && !matches!(self.error, ServiceError::NotFound | ServiceError::Forbidden);
        let mut response = page_of(status, &words_of(&self.error), *self.page, back);
        if let ServiceError::TooMany(seconds) = self.error
            && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
        {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

/// The page of an error; with a way back to where the act was begun.
fn page_of(status: StatusCode, words: &Words, page: Page, back: bool) -> Response {
    let language = page.language;
    let title = words.title.get(language).to_owned();
    let begun = Some(page_of_act(&page.path)).filter(|begun| back && *begun != "/");
    let begun = begun.map(|begun| Link { href: begun.to_owned(), name: page.t("error-back") });
    let calls = Link { href: "/".to_owned(), name: page.t("error-to-calls") };
    let error = ErrorView {
        status: status.as_u16().to_string(),
        what: words.what.get(language).to_owned(),
        why: words.why.get(language).to_owned(),
        remedy: words.remedy.get(language).to_owned(),
        links: begun.into_iter().chain([calls]).collect(),
        trace: String::new(),
        title: title.clone(),
    };
    render(status, &ErrorPage { page: page.titled(title), error })
}

/// The page that an act is begun from: most acts are sent to the page's own address, these to one of their own; every page has
/// the button to log out.
fn page_of_act(path: &str) -> &str {
    match path {
        "/logout" => return "/",
        "/organisation" => return "/organisation/change",
        "/experts/import" => return "/experts",
        path if path.starts_with("/office/calls/") => return "/office/calls",
        _ => {}
    }
    let own = path.rsplit_once('/').filter(|(page, act)| {
        matches!(*act, "reopen" | "invitations" | "password")
            || *act == "applications" && page.starts_with("/calls/")
    });
    own.map_or(path, |(page, _)| page)
}

/// A path for the log: the link of an invitation holds its secret.
fn without_secrets(path: &str) -> &str {
    if path.starts_with("/join/") { "/join/…" } else { path }
}

/// HTTP status of an error.
pub fn status_of(error: &ServiceError) -> StatusCode {
    match error {
        ServiceError::NotFound => StatusCode::NOT_FOUND,
        ServiceError::LoginRequired => StatusCode::UNAUTHORIZED,
        ServiceError::Erased(_) => StatusCode::GONE,
        ServiceError::Forbidden => StatusCode::FORBIDDEN,
        ServiceError::Invalid(_)
        | ServiceError::KeyReused
        | ServiceError::List(ListRefusal::Obstacles(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        ServiceError::Refused(_) | ServiceError::List(_) | ServiceError::Conflict(_) => StatusCode::CONFLICT,
        ServiceError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        ServiceError::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        ServiceError::Store(error) => match error {
            StoreError::Full(_) => StatusCode::INSUFFICIENT_STORAGE,
            StoreError::Stale | StoreError::Duplicate(_) => StatusCode::CONFLICT,
            StoreError::Busy
            | StoreError::Unavailable(_)
            | StoreError::Foreign(_)
            | StoreError::Unsure(_)
            | StoreError::Address { .. }
            | StoreError::Insecure(_) => StatusCode::SERVICE_UNAVAILABLE,
        },
        ServiceError::Document(Fault::FontMissing) | ServiceError::Files(_) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ServiceError::Document(_) | ServiceError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// What the page of an error is headed by.
pub fn title(error: &ServiceError, language: Language) -> String {
    words_of(error).title.get(language).to_owned()
}

/// What is wrong, by which clause, what to do, in one paragraph: for pages that show an error themselves.
pub fn explain(error: &ServiceError, language: Language) -> String {
    let words = words_of(error);
    let stop = if language == Language::Zh { '。' } else { '.' };
    let said = [&words.what, &words.why, &words.remedy].map(|text| text.get(language));
    let mut all = String::new();
    for part in said.into_iter().filter(|part| !part.is_empty()) {
        if language == Language::En && !all.is_empty() {
            all.push(' ');
        }
        all.push_str(part);
        if !part.ends_with(['。', '.']) {
            all.push(stop);
        }
    }
    all
}

struct Words {
    title: Text,
    what: Text,
    why: Text,
    remedy: Text,
}

fn simple(title: (&str, &str), what: (&str, &str), remedy: (&str, &str)) -> Words {
    let text = |(zh, en): (&str, &str)| Text::new(zh, en);
    Words { title: text(title), what: text(what), why: Text::default(), remedy: text(remedy) }
}

fn words_of(error: &ServiceError) -> Words {
    match error {
        ServiceError::NotFound | ServiceError::LoginRequired => simple(
            ("没有这个页面", "There is no such page"),
            (
                "地址可能写错，或者内容不对您开放。",
                "The address may be wrong, or what it shows is not open to you.",
            ),
            (
                "核对地址；如应能看到，请确认登录的账号。",
                "Check the address; if you should see it, check which account you use.",
            ),
        ),
        ServiceError::Erased(erasure) => erasure_words(erasure),
        ServiceError::Forbidden => simple(
            ("不能进行此操作", "This is not allowed"),
            ("当前账号没有进行此操作的权限。", "Your account may not do this."),
            ("请由有权限的账号操作。", "Use an account that may."),
        ),
        ServiceError::Invalid(findings) => {
            finding_words(("内容不能接受", "This cannot be accepted"), findings.first())
        }
        ServiceError::Refused(refusal) => refusal_words(refusal),
        ServiceError::List(refusal) => list_words(refusal),
        ServiceError::Conflict(_) | ServiceError::Store(StoreError::Stale) => simple(
            ("内容已被他人修改", "Somebody else changed this"),
            (
                "您打开之后，另有人保存了这一部分。没有覆盖任何内容。",
                "Somebody saved this part after you opened it. Nothing was overwritten.",
            ),
            ("返回该页，核对后重新保存。", "Go back, compare, and save again."),
        ),
        ServiceError::KeyReused => key_reused(),
        ServiceError::TooMany(seconds) => Words {
            title: Text::new("操作次数过多", "Too many attempts"),
            what: Text::new(
                format!("请在 {seconds} 秒后再试。"),
                format!("Try again in {seconds} second{}.", if *seconds == 1 { "" } else { "s" }),
            ),
            why: Text::default(),
            remedy: Text::new(
                "本次操作没有执行，已保存的内容不受影响。",
                "This was not done; what is saved stays.",
            ),
        },
        ServiceError::TooLarge(most) => Words {
            title: Text::new("内容过大", "Too large"),
            what: Text::new(
                format!("内容超过大小限制，没有接收；上限为 {} MB。", most >> 20),
                format!(
                    "This is larger than may be sent, and was not taken. The limit is {} MB.",
                    most >> 20
                ),
            ),
            why: Text::default(),
            remedy: Text::new(
                "删减所填内容，或把文件压缩、拆分后再提交。",
                "Shorten what you filled in, or compress or split the files, and send it again.",
            ),
        },
        ServiceError::Store(_)
        | ServiceError::Document(_)
        | ServiceError::Files(_)
        | ServiceError::Internal(_) => failure_words(error),
    }
}

fn erasure_words(erasure: &Erasure) -> Words {
    let Erasure { position, at, reason } = erasure;
    Words {
        title: Text::new("本回执的内容已依法删除", "What this receipt stated was erased by law"),
        what: Text::new(
            format!("{}，回执所记的内容和所提交的定稿已删除，不能恢复。", words::day(*at, Language::Zh)),
            format!(
                "What the receipt stated and the copy of what was submitted were erased on {}, for good.",
                words::day(*at, Language::En)
            ),
        ),
        why: Text::new(format!("理由：{reason}"), format!("Reason: {reason}")),
        remedy: Text::new(
            format!("账本第 {position} 条只留摘要，账本不受影响；此前下载的回执文件仍可核验。"),
            format!(
                "Entry {position} of the ledger keeps a digest, and the ledger stands; a receipt that was downloaded before can still be verified."
            ),
        ),
    }
}

fn key_reused() -> Words {
    simple(
        ("请求重复使用了标识", "The request reused a key"),
        ("同一标识已用于另一个请求，本次没有执行。", "The key belongs to another request; nothing was done."),
        ("刷新页面后重新操作。", "Reload the page and try again."),
    )
}

/// What to say when the product itself could not do it.
fn failure_words(error: &ServiceError) -> Words {
    match error {
        ServiceError::Document(fault) => Words {
            title: Text::new("文书无法生成", "The document cannot be made"),
            what: fault.message(),
            why: Text::default(),
            remedy: Text::default(),
        },
        ServiceError::Store(StoreError::Full(_)) => simple(
            ("暂时无法保存", "Nothing can be saved now"),
            (
                "服务器存储空间不足，本次操作没有执行，已保存的内容不受影响。",
                "The server's storage is full. This was not done; what is saved stays.",
            ),
            (
                "请保留本页内容，稍后再试；截止时间临近的，联系主办单位。",
                "Keep this page and try later; near a deadline, call the programme office.",
            ),
        ),
        ServiceError::Store(StoreError::Unsure(_)) => simple(
            ("不能确定是否已经保存", "Whether this was done is not known"),
            (
                "保存时与数据库的连接中断，本次操作可能已经执行，也可能没有；此前保存的内容不受影响。",
                "The connection to the database broke while this was saved. It may have been done or not; what was saved before \
                 stays.",
            ),
            (
                "请稍后在原页面再次提交：提交申报的会得到同一张回执，不会办理两次。其他操作先打开相应页面核对。",
                "Send the same page again in a moment: a submission then gets its one receipt and is not done twice. After \
                 anything else, first look at what is there.",
            ),
        ),
        ServiceError::Files(_) => simple(
            ("文件暂时不能存取", "Files cannot be kept or fetched now"),
            (
                "文件存放处没有正常应答，这个文件没有存入或取出，已保存的内容不受影响。",
                "The place for files does not answer as it should. This file was not kept or fetched; what is saved stays.",
            ),
            (
                "请稍后再试；仍不成功的，联系运维人员。",
                "Try again in a moment; if it goes on, tell the operator.",
            ),
        ),
        ServiceError::Store(_) => simple(
            ("系统暂时繁忙", "The system is busy"),
            ("本次操作没有执行，已保存的内容不受影响。", "This was not done; what is saved stays."),
            ("请稍后再试。", "Try again in a moment."),
        ),
        _ => simple(
            ("系统出现故障", "Something failed on our side"),
            (
                "本次操作可能没有完成，已保存的内容不受影响。",
                "This may not have been done; what is saved stays.",
            ),
            ("请稍后再试；仍不成功的，联系运维人员。", "Try again; if it goes on, tell the operator."),
        ),
    }
}

fn finding_words(title: (&str, &str), finding: Option<&Finding>) -> Words {
    let mut words = simple(title, ("", ""), ("", ""));
    if let Some(finding) = finding {
        words.what = finding.message.clone();
        words.remedy = finding.remedy.clone();
        if let Some(clause) = &finding.clause {
            words.why = Text::new(format!("依据：{clause}"), format!("Clause: {clause}"));
        }
    }
    words
}

fn refusal_words(refusal: &Refusal) -> Words {
    match refusal {
        Refusal::Late(finding) => finding_words(("已过截止时间", "The deadline has passed"), Some(finding)),
        Refusal::Findings(findings) => {
            finding_words(("申报还不能提交", "The application cannot be submitted yet"), findings.first())
        }
        Refusal::WrongState { act, state } => Words {
            title: Text::new("当前状态不能进行此操作", "The state does not allow this"),
            what: Text::new(
                format!("申报处于“{}”状态，不能{}。", state.zh, act.zh),
                format!(
                    "The application is in the state “{}”, which does not allow you to {} it.",
                    state.en, act.en
                ),
            ),
            why: Text::default(),
            remedy: Text::new(
                "返回申报页查看可以进行的操作。",
                "Go back to the application to see what can be done.",
            ),
        },
    }
}

fn list_words(refusal: &ListRefusal) -> Words {
    match refusal {
        ListRefusal::Late(finding) => {
            finding_words(("已过截止时间", "The deadline has passed"), Some(finding))
        }
        ListRefusal::Obstacles(findings) => {
            finding_words(("名单还不能签署", "The list cannot be signed yet"), findings.first())
        }
        ListRefusal::Confirmed { version } => Words {
            title: Text::new("名单已经确认", "The list is confirmed"),
            what: Text::new(
                format!("两部门已签署，第 {version} 版有效，不能再改动。"),
                format!("Both departments have signed it; version {version} counts and cannot be changed."),
            ),
            why: Text::default(),
            remedy: Text::new(
                "确需更正的，写明理由后重新打开名单。",
                "To correct it, open the list again and give the reason.",
            ),
        },
        ListRefusal::NotConfirmed => simple(
            ("名单还没有确认", "The list is not confirmed"),
            ("名单还在编制，可以直接修改。", "The list is open and can be changed as it is."),
            ("返回名单页。", "Go back to the list."),
        ),
    }
}

/// Unknown addresses. One that ends in a slash too many leads to the one without it.
pub async fn not_found(visitor: Visitor, method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_end_matches('/');
    // `//host` would lead to another site.
    let own = path.starts_with('/') && !path.starts_with("//") && path.len() < uri.path().len();
    if own && matches!(method, Method::GET | Method::HEAD) {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        return Redirect::permanent(&format!("{path}{query}")).into_response();
    }
    visitor.fail(ServiceError::NotFound).into_response()
}

/// Known addresses with another method.
pub async fn method_not_allowed(visitor: Visitor) -> Response {
    let words = simple(
        ("不能这样打开这个地址", "This address cannot be opened like this"),
        (
            "这个地址只接受页面上的按钮发出的操作，本次没有执行。",
            "This address takes only what a button of a page sends. Nothing was done.",
        ),
        ("请从页面上操作。", "Act from the page."),
    );
    let back = page_of_act(&visitor.path) != visitor.path;
    page_of(StatusCode::METHOD_NOT_ALLOWED, &words, visitor.page(""), back)
}

/// A panic is a fault of ours; the connection and all others go on.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the payload over")]
pub fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(message, "a handler panicked");
    let words = "系统出现故障，本次操作可能没有完成，已保存的内容不受影响。\nSomething failed on our side; what is saved stays.";
    (StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
}

/// Percent-encodes a path for a query.
pub fn encode(path: &str) -> String {
    let mut encoded = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}
