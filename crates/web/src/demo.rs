//! The clock of a demo: shown on every page, moved forward here, never back.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use jiebang_domain::call::{Actor as Clocked, Call, Deadline, instant_words};
use jiebang_domain::shared::{Language, Text};
use jiebang_service::ServiceError;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::Site;
use crate::error::Failure;
use crate::form::{self, Form};
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::{ErrorLink, Field, FieldError};
use crate::words::{self, pick};

/// What moving the clock comes to.
pub type Advance = Pin<Box<dyn Future<Output = Result<(), ServiceError>> + Send>>;

/// What a demo does when its clock is moved (演示日程): loads the season up to the instant, then moves the clock.
pub struct DemoCalendar {
    /// Called with an instant that lies ahead.
    pub advance: Box<dyn Fn(Timestamp) -> Advance + Send + Sync>,
}

impl fmt::Debug for DemoCalendar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("DemoCalendar").finish_non_exhaustive()
    }
}

/// Routes of the room; 404 outside a demo.
pub fn routes() -> Router<Site> {
    Router::new().route("/demo/clock", get(page).post(jump))
}

/// An entry of the calendar.
#[derive(Debug)]
struct Entry {
    at: String,
    when: String,
    what: String,
    to: String,
    ahead: bool,
}

#[derive(Template)]
#[template(path = "pages/clock.html")]
struct ClockPage {
    page: Page,
    errors: Vec<ErrorLink>,
    entries: Vec<Entry>,
    instant: Field,
}

/// Why the clock did not move.
#[derive(Debug)]
struct Fault {
    status: StatusCode,
    code: &'static str,
    message: Text,
    remedy: Text,
}

async fn page(State(site): State<Site>, visitor: Visitor, headers: HeaderMap) -> Result<Response, Failure> {
    if site.demo.is_none() {
        return Err(visitor.fail(ServiceError::NotFound));
    }
    if wants_json(&headers) {
        return Ok(answer(&site));
    }
    Ok(shown(&site, &visitor, "", None))
}

async fn jump(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Failure> {
    let Some(demo) = site.demo.clone() else { return Err(visitor.fail(ServiceError::NotFound)) };
    let body = body.map_err(|rejection| {
        let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        let most = crate::FORM_BYTES_MAX as u64;
        visitor.fail(if too_large { ServiceError::TooLarge(most) } else { form::unreadable() })
    })?;
    let sent = read(&headers, &body).map_err(|error| visitor.fail(error))?;
    let fault = match target(&site, &sent) {
        Some(to) if to > site.service.clock().now() => {
            (demo.advance)(to).await.map_err(|error| visitor.fail(error))?;
            None
        }
        Some(to) => Some(past(&site, to)),
        None => Some(unreadable(&sent)),
    };
    Ok(match (fault, wants_json(&headers)) {
        (None, true) => answer(&site),
        (None, false) => Redirect::to("/demo/clock").into_response(),
        (Some(fault), true) => refusal(&site, &fault),
        (Some(fault), false) => shown(&site, &visitor, &sent, Some(fault)),
    })
}

/// What was sent as `to`, in a form or in JSON: an instant, or an entry of a calendar as words or as an object.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<String, ServiceError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if !kind.starts_with("application/json") {
        return Ok(Form::parse(body)?.get("to").trim().to_owned());
    }
    let sent: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let to = sent.get("to").unwrap_or(&Value::Null);
    let words = || Some([text(to, "call")?, text(to, "actor")?, text(to, "event")?].join(" "));
    Ok(to.as_str().map(str::to_owned).or_else(|| text(to, "at")).or_else(words).unwrap_or_default())
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"))
}

/// The instant that `to` names.
fn target(site: &Site, to: &str) -> Option<Timestamp> {
    // An unescaped `+` of a form arrives as a space.
    if let Ok(at) = Timestamp::from_str(to).or_else(|_| Timestamp::from_str(&to.replacen(' ', "+", 1))) {
        return Some(at);
    }
    let mut words = to.split_whitespace();
    let (call, actor, event) = (words.next()?, words.next()?, words.next()?);
    let library = site.service.known_calls_for_demo();
    let call = &library.iter().find(|known| known.call.id == call)?.call;
    let named = |deadline: &&Deadline| deadline.actor.id() == actor && deadline.event == event;
    call.deadlines.iter().find(named).map(|deadline| deadline.at)
}

fn past(site: &Site, to: Timestamp) -> Fault {
    let now = site.service.clock().now();
    let (now, to) = (
        Text::new(words::second(now, Language::Zh), words::second(now, Language::En)),
        Text::new(words::second(to, Language::Zh), words::second(to, Language::En)),
    );
    Fault {
        status: StatusCode::CONFLICT,
        code: "clock_moves_forward_only",
        message: Text::new(
            format!("现在是{}，{}已经过去。", now.zh, to.zh),
            format!("It is {}; {} has passed.", now.en, to.en),
        ),
        remedy: Text::new(
            "时钟只能向前，请填以后的时刻。",
            "The clock moves forward only; name a later instant.",
        ),
    }
}

fn unreadable(to: &str) -> Fault {
    let to: String = to.chars().take(80).collect();
    Fault {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        code: "instant_unreadable",
        message: if to.is_empty() {
            Text::new("没有填写时刻。", "No instant was named.")
        } else {
            Text::new(
                format!("“{to}”不是可用的时刻，也不是日程中的一项。"),
                format!("“{to}” is neither an instant that can be used nor an entry of a calendar."),
            )
        },
        remedy: Text::new(
            "按 2025-03-28T23:59:00+08:00 的形式填写，或从日程中选择。",
            "Write it like 2025-03-28T23:59:00+08:00, or choose from the calendar.",
        ),
    }
}

fn answer(site: &Site) -> Response {
    axum::Json(json!({ "now": words::machine(site.service.clock().now()) })).into_response()
}

fn refusal(site: &Site, fault: &Fault) -> Response {
    let body = json!({
        "type": "about:blank",
        "status": fault.status.as_u16(),
        "title": fault.message.en,
        "now": words::machine(site.service.clock().now()),
        "findings": [{ "code": fault.code, "field": "to", "message": fault.message, "remedy": fault.remedy }],
    });
    (fault.status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

fn shown(site: &Site, visitor: &Visitor, sent: &str, fault: Option<Fault>) -> Response {
    let (now, language) = (site.service.clock().now(), visitor.language);
    let status = fault.as_ref().map_or(StatusCode::OK, |fault| fault.status);
    let errors = fault
        .iter()
        .map(|fault| ErrorLink { href: "#to".to_owned(), message: fault.message.get(language).to_owned() });
    let mut instant = Field::new("text", "to", pick(language, "跳到指定时刻", "Jump to an instant"))
        .hint(pick(
            language,
            "如 2025-03-28T23:59:00+08:00（RFC 3339）",
            "Such as 2025-03-28T23:59:00+08:00 (RFC 3339)",
        ))
        .value(sent)
        .width("22");
    instant.error = fault.as_ref().map(|fault| FieldError {
        message: fault.message.get(language).to_owned(),
        clause: None,
        remedy: fault.remedy.get(language).to_owned(),
    });
    let page = ClockPage {
        page: visitor.page(pick(language, "演示时钟", "Demo clock")),
        errors: errors.collect(),
        entries: entries(site, now, language),
        instant,
    };
    render(status, &page)
}

/// Deadlines of all calls in order of time, published or not yet.
fn entries(site: &Site, now: Timestamp, language: Language) -> Vec<Entry> {
    let library = site.service.known_calls_for_demo();
    let mut deadlines: Vec<(&Call, &Deadline)> = library
        .iter()
        .flat_map(|known| known.call.deadlines.iter().map(|deadline| (&known.call, deadline)))
        .collect();
    deadlines.sort_by_key(|(call, deadline)| (deadline.at, &call.id));
    deadlines
        .into_iter()
        .map(|(call, deadline)| {
            let what = match deadline.actor {
                Clocked::Applicant => pick(language, "申报截止", "Applications close"),
                Clocked::Recommender => pick(language, "推荐截止", "Recommendations close"),
            };
            Entry {
                at: words::machine(deadline.at),
                when: instant_words(call, deadline).get(language).to_owned(),
                what: format!("{what}{}{}", pick(language, "：", ": "), call.title.get(language)),
                to: format!("{} {} {}", call.id, deadline.actor.id(), deadline.event),
                ahead: now < deadline.at,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(body: &str) -> String {
        let headers = HeaderMap::from_iter([(
            header::CONTENT_TYPE,
            header::HeaderValue::from_static("application/json"),
        )]);
        read(&headers, body.as_bytes()).unwrap()
    }

    #[test]
    fn an_instant_comes_in_many_ways() {
        let at = "2025-03-29T00:00:00+08:00";
        assert_eq!(read(&HeaderMap::new(), b"to=2025-03-29T00%3A00%3A00%2B08%3A00").unwrap(), at);
        assert_eq!(json(&format!(r#"{{"to":"{at}"}}"#)), at);
        assert_eq!(json(&format!(r#"{{"to":{{"actor":"applicant","event":"close","at":"{at}"}}}}"#)), at);
        assert_eq!(json(r#"{"to":{"call":"c","actor":"applicant","event":"close"}}"#), "c applicant close");
        for other in ["", "{}", "[", r#"{"to":7}"#] {
            assert_eq!(json(other), "");
        }
    }
}
