//! Refusals and failures as problem details (RFC 9457): what is wrong, by which clause, what to do, in both languages where a
//! finding says it and in the asked one for the rest.

use std::any::Any;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiebang_domain::application::Refusal;
use jiebang_domain::recommendation::Refusal as ListRefusal;
use jiebang_domain::shared::{Finding, Language, Severity, Text};
use jiebang_service::{Scope, ServiceError, StoreError};
use schemars::JsonSchema;
use serde::Serialize;

use super::shapes::FindingShape;
use crate::error::{self, status_of};

/// Media type of problem details.
pub(super) const KIND: &str = "application/problem+json";

/// Something that was not done (问题).
#[derive(Clone, Debug)]
pub(super) struct Problem(Box<Parts>);

/// What is told of it.
#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    /// End of its type.
    code: &'static str,
    title: Text,
    detail: Text,
    findings: Vec<Finding>,
    /// What is stored and what was sent, where two changed the same.
    states: Option<(serde_json::Value, serde_json::Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Problem details.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(super) struct ProblemShape {
    /// What kind of problem it is: `urn:jiebang:problem:` and a stable word.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: String,
    /// HTTP status.
    status: u16,
    /// What is wrong and what to do.
    detail: String,
    /// All that is wrong at once, each with its place and remedy; empty where the problem is one of the request as a whole.
    findings: Vec<FindingShape>,
    /// With status 409: what is stored now.
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<serde_json::Value>,
    /// With status 409: what was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<serde_json::Value>,
}

impl Problem {
    /// A problem of a request as a whole.
    pub(super) fn new(status: StatusCode, code: &'static str, title: (&str, &str), detail: Text) -> Self {
        Self(Box::new(Parts {
            status,
            code,
            title: Text::new(title.0, title.1),
            detail,
            findings: Vec::new(),
            states: None,
            headers: Vec::new(),
        }))
    }

    /// With one finding about a place of the request.
    pub(super) fn about(mut self, code: &str, field: &str, message: Text, remedy: Text) -> Self {
        let field = Some(field.to_owned()).filter(|field| !field.is_empty());
        let severity = Severity::Refusal;
        let finding = Finding { code: code.to_owned(), severity, clause: None, field, message, remedy };
        self.0.findings = vec![finding];
        self
    }

    /// A request that cannot be read.
    pub(super) fn unreadable(detail: Text) -> Self {
        Self::unreadable_as(StatusCode::BAD_REQUEST, detail)
    }

    /// A request that cannot be read, as this status says.
    pub(super) fn unreadable_as(status: StatusCode, detail: Text) -> Self {
        Self::new(status, "unreadable", ("请求不能识别", "The request cannot be read"), detail)
    }

    /// Two changed the same: what is stored now, and what was sent.
    pub(super) fn conflict(stored: serde_json::Value, sent: serde_json::Value) -> Self {
        let mut problem = Self::from(ServiceError::Store(StoreError::Stale));
        problem.0.states = Some((stored, sent));
        problem
    }

    /// Nobody knows who asks.
    pub(super) fn token_missing() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "token-missing",
            ("请求没有令牌", "The request has no token"),
            Text::new(
                "先用 POST /api/v1/tokens 取得令牌，放在 Authorization: Bearer 中。",
                "Get one by POST /api/v1/tokens and send it as Authorization: Bearer.",
            ),
        )
        .with(header::WWW_AUTHENTICATE, "Bearer realm=\"jiebang\"")
    }

    /// A token was sent that is nobody's any more.
    pub(super) fn token_invalid() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "token-invalid",
            ("令牌无效", "The token is not valid"),
            Text::new(
                "令牌写错、已过期、已撤销，或账号已停用、已改密码。请重新取得令牌。",
                "It is wrong, has expired or was revoked, or its account was closed or has a new password. Get another one.",
            ),
        )
        .with(header::WWW_AUTHENTICATE, "Bearer realm=\"jiebang\", error=\"invalid_token\"")
    }

    /// The token was not made for this.
    pub(super) fn scope_missing(scope: Scope) -> Self {
        let id = scope.id();
        Self::new(
            StatusCode::FORBIDDEN,
            "scope-missing",
            ("令牌没有此项权限", "The token does not allow this"),
            Text::new(
                format!("此操作需要权限 {id}。请取得带有它的令牌。"),
                format!("This takes the scope {id}. Get a token that has it."),
            ),
        )
        .with(
            header::WWW_AUTHENTICATE,
            &format!("Bearer realm=\"jiebang\", error=\"insufficient_scope\", scope=\"{id}\""),
        )
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    /// The answer in one language.
    pub(super) fn render(self, language: Language) -> Response {
        let Parts { status, code, title, detail, findings, states, headers: own } = *self.0;
        let (stored, sent) = states.unzip();
        let shape = ProblemShape {
            kind: format!("urn:jiebang:problem:{}", code),
            title: title.get(language).to_owned(),
            status: status.as_u16(),
            detail: detail.get(language).to_owned(),
            findings: findings.iter().map(FindingShape::from).collect(),
            stored,
            sent,
        };
        let mut response = Response::new(Body::from(serde_json::to_vec(&shape).unwrap_or_default()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(KIND));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.extend(own);
        response
    }
}

impl IntoResponse for Problem {
    /// The status, and the problem itself for the guard to put into words.
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let status = match &error {
            ServiceError::Refused(Refusal::Findings(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            other => status_of(other),
        };
        if status.is_server_error() {
            tracing::error!(%error, "a request of a program failed");
        }
        let (title, detail) = words_of(&error);
        let (code, seconds) = (code_of(&error), wait_of(&error));
        let findings = match error {
            ServiceError::Invalid(findings)
            | ServiceError::Refused(Refusal::Findings(findings))
            | ServiceError::List(ListRefusal::Obstacles(findings)) => findings,
            ServiceError::Refused(Refusal::Late(finding))
            | ServiceError::List(ListRefusal::Late(finding)) => {
                vec![*finding]
            }
            ServiceError::LoginRequired => return Self::token_missing(),
            _ => Vec::new(),
        };
        let headers = Vec::new();
        let problem = Self(Box::new(Parts { status, code, title, detail, findings, states: None, headers }));
        match seconds {
            Some(seconds) => problem.with(header::RETRY_AFTER, &seconds.to_string()),
            None => problem,
        }
    }
}

fn wait_of(error: &ServiceError) -> Option<u64> {
    match error {
        ServiceError::TooMany(seconds) => Some(*seconds),
        _ => None,
    }
}

fn code_of(error: &ServiceError) -> &'static str {
    match error {
        ServiceError::NotFound => "not-found",
        ServiceError::LoginRequired => "token-missing",
        ServiceError::Erased(_) => "erased",
        ServiceError::Forbidden => "forbidden",
        ServiceError::Invalid(_) => "invalid",
        ServiceError::Refused(Refusal::Findings(_)) | ServiceError::List(ListRefusal::Obstacles(_)) => {
            "findings"
        }
        ServiceError::Refused(Refusal::Late(_)) | ServiceError::List(ListRefusal::Late(_)) => "late",
        ServiceError::Refused(_) | ServiceError::List(_) => "wrong-state",
        ServiceError::Conflict(_) => "conflict",
        ServiceError::KeyReused => "key-reused",
        ServiceError::TooMany(_) => "too-many",
        ServiceError::TooLarge(_) => "too-large",
        ServiceError::Store(error) => match error {
            StoreError::Stale | StoreError::Duplicate(_) => "conflict",
            StoreError::Full(_) => "storage-full",
            StoreError::Unsure(_) => "unsure",
            _ => "unavailable",
        },
        ServiceError::Document(_) => "document",
        ServiceError::Files(_) => "unavailable",
        ServiceError::Internal(_) => "internal",
    }
}

/// What a program is told; the words of the pages where they speak of no page.
fn words_of(error: &ServiceError) -> (Text, Text) {
    let text =
        |(zh, en): (&str, &str), detail: (&str, &str)| (Text::new(zh, en), Text::new(detail.0, detail.1));
    match error {
        ServiceError::NotFound => text(
            ("没有这个对象", "There is no such thing"),
            (
                "标识可能写错，或者内容不对该账号开放。",
                "The identifier may be wrong, or it is not open to this account.",
            ),
        ),
        ServiceError::Conflict(_) | ServiceError::Store(StoreError::Stale | StoreError::Duplicate(_)) => {
            text(
                ("内容已被他人修改", "Somebody else changed this"),
                (
                    "所给版本之后另有修改，没有覆盖任何内容。比较 stored 和 sent，用新版本再试。",
                    "It was changed after the version that was given; nothing was overwritten. Compare stored and sent, and try again with the new version.",
                ),
            )
        }
        ServiceError::KeyReused => text(
            ("幂等键已用于其他请求", "The idempotency key belongs to another request"),
            (
                "同一 Idempotency-Key 已用于内容不同的请求，本次没有执行。换一个键。",
                "The same Idempotency-Key came with another request; nothing was done. Use another key.",
            ),
        ),
        ServiceError::Store(StoreError::Unsure(_)) => text(
            ("不能确定是否已经执行", "Whether this was done is not known"),
            (
                "与数据库的连接中断。用同一 Idempotency-Key 再发一次，不会执行两次。",
                "The connection to the database broke. Send it again with the same Idempotency-Key; it is not done twice.",
            ),
        ),
        other => (
            Text::new(error::title(other, Language::Zh), error::title(other, Language::En)),
            Text::new(error::explain(other, Language::Zh), error::explain(other, Language::En)),
        ),
    }
}

/// Addresses under `/api` that are none.
pub(super) async fn unknown_path() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown-path",
        ("没有这个地址", "There is no such address"),
        Text::new(
            "接口的地址见 /api/v1/openapi.json。",
            "The addresses of the API are listed at /api/v1/openapi.json.",
        ),
    )
}

/// Known addresses with another method.
pub(super) async fn unknown_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "unknown-method",
        ("这个地址不接受此方法", "This address does not take this method"),
        Text::new("可用的方法见 Allow。", "See Allow for those that it takes."),
    )
}

/// A panic is a fault of ours; the connection and all others go on.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the payload over")]
pub(super) fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let message = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    Problem::from(ServiceError::Internal(format!("a handler panicked: {message}"))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_problem_of_ours_and_shows_nothing_of_it() {
        for payload in [Box::new("secret") as Box<dyn Any + Send>, Box::new("secret".to_owned()), Box::new(7)]
        {
            let mut response = panicked(payload);
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let problem = response.extensions_mut().remove::<Problem>().unwrap();
            let said = format!("{}{}", problem.0.detail.zh, problem.0.detail.en);
            assert!(problem.0.code == "internal" && !said.contains("secret"), "{said}");
            assert_eq!(problem.render(Language::En).headers()[header::CONTENT_TYPE], KIND);
        }
    }
}
