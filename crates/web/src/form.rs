//! Forms as they were sent: every field in order, duplicates kept, nothing guessed.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiebang_domain::recommendation::RANKED_MAX;
use jiebang_domain::shared::{Finding, Severity, Text};
use jiebang_service::ServiceError;

use crate::request::Visitor;
use crate::{FORM_BYTES_MAX, Site};

/// Most fields of one form. The largest is a ranking: a full list, and as many applications again that could stand on it.
pub const FIELDS_MAX: usize = 2 * RANKED_MAX + 100;

/// The fields of a form (表单).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(pub Vec<(String, String)>);

/// Why a form cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormFault {
    /// Not UTF-8 after decoding.
    Encoding,
    /// More fields than anybody fills in.
    TooMany,
}

impl Form {
    /// The first value of a field; empty where it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// The first value of a field that was sent and is not blank.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.trim().is_empty())
    }

    /// An answer by yes or no; `None` where there is none.
    pub fn yes_or_no(&self, name: &str) -> Option<bool> {
        match self.get(name) {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }

    /// Refuses fields that the form has not, and those that came twice.
    ///
    /// # Errors
    /// `Invalid` with a finding on each of them.
    pub fn only(&self, known: &[&str]) -> Result<(), ServiceError> {
        let strange = self.strange(known);
        if strange.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(strange)) }
    }

    /// Findings on fields that the form has not, and on those that came twice.
    pub fn strange(&self, known: &[&str]) -> Vec<Finding> {
        let mut seen = BTreeSet::new();
        let found = self.0.iter().filter_map(|(name, _)| {
            let (code, message) = if !known.contains(&name.as_str()) {
                ("field_unknown", Text::new("没有这个栏目", "There is no such field"))
            } else if !seen.insert(name) {
                ("field_repeated", Text::new("这个栏目出现两次", "This field stands twice"))
            } else {
                return None;
            };
            let shown: String = name.chars().take(80).collect();
            let message = Text::new(format!("{}：{shown}", message.zh), format!("{}: {shown}", message.en));
            Some(reload(&shown, code, message))
        });
        found.collect()
    }

    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// When it is not UTF-8 or has too many fields.
    pub fn parse(body: &[u8]) -> Result<Self, FormFault> {
        let mut fields = Vec::new();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if fields.len() == FIELDS_MAX {
                return Err(FormFault::TooMany);
            }
            let middle = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(middle);
            let value = value.strip_prefix(b"=").unwrap_or(value);
            fields.push((decode(name)?, decode(value)?));
        }
        Ok(Self(fields))
    }
}

/// Undoes percent encoding. A `%` without two digits stands for itself, as in browsers.
fn decode(bytes: &[u8]) -> Result<String, FormFault> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => decoded.push(b' '),
            b'%' => match after {
                [high, low, after @ ..] => match (digit(*high), digit(*low)) {
                    (Some(high), Some(low)) => {
                        decoded.push(high << 4 | low);
                        rest = after;
                    }
                    _ => decoded.push(b'%'),
                },
                _ => decoded.push(b'%'),
            },
            other => decoded.push(*other),
        }
    }
    String::from_utf8(decoded).map_err(|_| FormFault::Encoding)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// A value of a query.
pub fn query(query: &str, name: &str) -> Option<String> {
    let form = Form::parse(query.as_bytes()).ok()?;
    form.0.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

impl FromRequest<Site> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Self::Rejection> {
        let (mut parts, body) = request.into_parts();
        let visitor = match Visitor::from_request_parts(&mut parts, site).await {
            Ok(visitor) => visitor,
            Err(never) => match never {},
        };
        if !is_form(&parts.headers) {
            return Err(unsupported());
        }
        let request = Request::from_parts(parts, body);
        let body = Bytes::from_request(request, site).await.map_err(|rejection| {
            let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
            let error = if too_large { ServiceError::TooLarge(FORM_BYTES_MAX as u64) } else { unreadable() };
            visitor.fail(error).into_response()
        })?;
        Self::parse(&body).map_err(|fault| visitor.fail(fault.into()).into_response())
    }
}

/// Whether a request says that it is a form without files, or says nothing.
pub fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim();
    kind.is_empty() || kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The answer to what is no form.
pub fn unsupported() -> Response {
    let words = "表单的类型不能识别，未执行。\nThis is not a form that can be read; nothing was done.";
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, words).into_response()
}

/// What is said of a form that did not arrive whole or is malformed.
pub fn unreadable() -> ServiceError {
    ServiceError::field(
        "form_unreadable",
        "",
        Text::new("表单没有收全或格式不对", "The form did not arrive whole or is malformed"),
        Text::new("返回该页，重新提交", "Go back and send it again"),
    )
}

impl From<FormFault> for ServiceError {
    fn from(fault: FormFault) -> Self {
        match fault {
            FormFault::TooMany => Self::field(
                "form_too_large",
                "",
                Text::new(
                    format!("表单的值超过上限{FIELDS_MAX}个。"),
                    format!("The form has more than {FIELDS_MAX} values."),
                ),
                Text::new("分几次保存。", "Save it in several steps."),
            ),
            FormFault::Encoding => Self::field(
                "encoding_wrong",
                "",
                Text::new("提交的内容不是 UTF-8 编码。", "What was sent is not encoded in UTF-8."),
                Text::new("返回该页，重新填写后提交。", "Go back, fill it in again and send it."),
            ),
        }
    }
}

/// A finding on what no page of ours sends.
pub fn reload(field: &str, code: &str, message: Text) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: None,
        field: Some(field.to_owned()),
        message,
        remedy: Text::new("刷新页面后重新填写", "Reload the page and fill it in again"),
    }
}

#[cfg(test)]
mod tests {
    use super::{FIELDS_MAX, Form, FormFault, query};

    fn pairs(body: &str) -> Vec<(String, String)> {
        Form::parse(body.as_bytes()).unwrap().0
    }

    #[test]
    fn order_and_duplicates_are_kept() {
        let form = Form::parse(b"b=1&a=2&b=3&c&=4&&d=5=6").unwrap();
        let found: Vec<(&str, &str)> =
            form.0.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(found, [("b", "1"), ("a", "2"), ("b", "3"), ("c", ""), ("", "4"), ("d", "5=6")]);
        assert_eq!((form.get("b"), form.get("x"), form.some("c")), ("1", "", None));
    }

    #[test]
    fn percent_signs_are_read_as_browsers_do() {
        assert_eq!(pairs("q=%E6%8F%AD+%E6%A6%9C%2B")[0].1, "揭 榜+");
        for odd in ["%", "%z", "%zz", "%1", "100%"] {
            assert_eq!(pairs(&format!("q={odd}"))[0].1, odd);
        }
        assert_eq!(query("lang=en&q=%E8%84%91", "q").as_deref(), Some("脑"));
    }

    #[test]
    fn faults_are_told() {
        assert_eq!(Form::parse(b"q=%FF"), Err(FormFault::Encoding));
        assert_eq!(Form::parse(b"q=\xff"), Err(FormFault::Encoding));
        let many = "a=1&".repeat(FIELDS_MAX + 1);
        assert_eq!(Form::parse(many.as_bytes()), Err(FormFault::TooMany));
    }
}
