//! What several rooms answer with, as JSON.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiebang_domain::shared::{ClauseId, Finding, Severity, Text};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// A text in both languages.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Text")]
pub(super) struct TextShape {
    /// Chinese.
    zh: String,
    /// English.
    en: String,
}

impl From<&Text> for TextShape {
    fn from(text: &Text) -> Self {
        Self { zh: text.zh.clone(), en: text.en.clone() }
    }
}

/// One fault, with the clause behind it and what would put it right.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub(super) struct FindingShape {
    /// Stable name of the fault.
    code: String,
    /// `refusal`, `in_principle` or `warning`.
    severity: &'static str,
    /// Clause of the notice that is not met; null where the rule is the operator's.
    clause: Option<String>,
    /// Path of the field to mend.
    field: Option<String>,
    /// What is wrong, with the value.
    message: TextShape,
    /// What would put it right.
    remedy: TextShape,
}

impl From<&Finding> for FindingShape {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code.clone(),
            severity: match finding.severity {
                Severity::Refusal => "refusal",
                Severity::InPrinciple => "in_principle",
                Severity::Warning => "warning",
            },
            clause: finding.clause.as_ref().map(ToString::to_string),
            field: finding.field.clone(),
            message: (&finding.message).into(),
            remedy: (&finding.remedy).into(),
        }
    }
}

/// All of them.
pub(super) fn findings(findings: &[Finding]) -> Vec<FindingShape> {
    findings.iter().map(FindingShape::from).collect()
}

/// Clauses as they are written.
pub(super) fn clauses(clauses: &[ClauseId]) -> Vec<String> {
    clauses.iter().map(ToString::to_string).collect()
}

/// An instant as RFC 3339 in UTC.
pub(super) fn instant(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// An instant, if there is one.
pub(super) fn instant_of(at: Option<Timestamp>) -> Option<String> {
    at.map(instant)
}

/// JSON with a version as its tag.
pub(super) fn tagged(version: i64, shape: &impl Serialize) -> Response {
    let mut response = Json(shape).into_response();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// JSON of something new, and where it is.
pub(super) fn created(place: &str, shape: &impl Serialize) -> Response {
    let mut response = (StatusCode::CREATED, Json(shape)).into_response();
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}
