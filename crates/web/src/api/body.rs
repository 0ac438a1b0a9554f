//! What a program sent: JSON with located faults, keys, versions, parts of addresses and queries.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use jiebang_domain::shared::Text;
use jiebang_service::ServiceError;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::problem::Problem;
use crate::form::query;
use crate::{FORM_BYTES_MAX, Site};

/// Header with the key that makes a repeated request the same request.
pub(super) const KEY: &str = "idempotency-key";
/// Longest key, in bytes.
pub(super) const KEY_BYTES_MAX: usize = 200;
/// Most characters of what was sent that are shown again.
const SHOWN_MAX: usize = 200;

/// Parts of the address. An address that cannot be read belongs to nothing.
pub(super) struct Place<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Site> for Place<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Problem> {
        // No database keeps a text with a zero in it, and not every one can be asked for it.
        let readable = !parts.uri.path().contains("%00");
        let found = Path::<T>::from_request_parts(parts, site).await.ok().filter(|_| readable);
        found.map(|Path(place)| Self(place)).ok_or_else(|| ServiceError::NotFound.into())
    }
}

/// The key of a request that acts, if it has one.
pub(super) struct Key(pub(super) Option<String>);

impl FromRequestParts<Site> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(KEY) else { return Ok(Self(None)) };
        let key = value.to_str().map(str::trim).unwrap_or_default();
        if (1..=KEY_BYTES_MAX).contains(&key.len()) {
            return Ok(Self(Some(key.to_owned())));
        }
        Err(Problem::unreadable(Text::new(
            format!("Idempotency-Key 应为 1 到 {KEY_BYTES_MAX} 个可见的 ASCII 字符。"),
            format!("Idempotency-Key is 1 to {KEY_BYTES_MAX} visible ASCII characters."),
        )))
    }
}

/// The version that an edit goes out from: of `If-Match`, or `version` of the body.
///
/// # Errors
/// Status 428 where neither says it, 400 where it cannot be read or both say another one.
pub(super) fn seen(headers: &HeaderMap, version: Option<i64>) -> Result<i64, Problem> {
    let Some(tag) = headers.get(header::IF_MATCH) else {
        return version.ok_or_else(|| {
            Problem::new(
                StatusCode::PRECONDITION_REQUIRED,
                "version-missing",
                ("没有说明所依据的版本", "The version that was seen is missing"),
                Text::new(
                    "在 If-Match 中给出 ETag，或在请求体中给出 version。",
                    "Give the ETag in If-Match, or version in the body.",
                ),
            )
        });
    };
    let tag = tag.to_str().unwrap_or_default().trim();
    let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).and_then(|tag| tag.parse().ok());
    match (number, version) {
        (Some(number), None) => Ok(number),
        (Some(number), Some(version)) if number == version => Ok(number),
        _ => Err(Problem::unreadable(Text::new(
            "If-Match 不是本接口给出的 ETag，或与 version 不一致。",
            "If-Match is no ETag of this API, or says another version than the body.",
        ))),
    }
}

/// A value of the query.
///
/// # Errors
/// Status 400 where it cannot be read.
pub(super) fn asked<T: FromStr>(uri: &axum::http::Uri, name: &str) -> Result<Option<T>, Problem> {
    let Some(value) = query(uri.query().unwrap_or(""), name) else { return Ok(None) };
    let faulty = |_| {
        let shown: String = value.chars().take(SHOWN_MAX).collect();
        Problem::unreadable(Text::new(
            format!("查询参数 {name} 不能是“{shown}”。"),
            format!("The query parameter {name} cannot be “{shown}”."),
        ))
    };
    if value.contains('\0') {
        return Err(Problem::unreadable(Text::new(
            format!("查询参数 {name} 含有零字符。"),
            format!("The query parameter {name} holds a zero character."),
        )));
    }
    value.parse().map(Some).map_err(faulty)
}

/// A JSON body.
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Site> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(wrong_kind("application/json"));
        }
        read(&whole(request, site).await?).map(Self)
    }
}

/// A JSON body that may be left out.
pub(super) struct Perhaps<T>(pub(super) T);

impl<T: DeserializeOwned + Default> FromRequest<Site> for Perhaps<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Problem> {
        let said = request.headers().contains_key(header::CONTENT_TYPE);
        if said && !is_json(request.headers()) {
            return Err(wrong_kind("application/json"));
        }
        let body = whole(request, site).await?;
        if body.is_empty() { Ok(Self(T::default())) } else { read(&body).map(Self) }
    }
}

/// All of a body.
async fn whole(request: Request, site: &Site) -> Result<Bytes, Problem> {
    Bytes::from_request(request, site).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ServiceError::TooLarge(FORM_BYTES_MAX as u64).into(),
        _ => Problem::unreadable(Text::new("请求体没有收全。", "The body did not arrive whole.")),
    })
}

/// Reads JSON and says where it cannot be read.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = Some(error.path().to_string()).filter(|path| path != ".").unwrap_or_default();
        (path, error.into_inner())
    });
    let whole = read.and_then(|value| reader.end().map(|()| value).map_err(|error| (String::new(), error)));
    whole.map_err(|(path, error)| {
        let path: String = path.chars().take(SHOWN_MAX).collect();
        let (line, column) = (error.line(), error.column());
        let (status, what) = match error.classify() {
            // It is JSON, and not what is asked for.
            Category::Data => (StatusCode::UNPROCESSABLE_ENTITY, "这里的类型或名称不对"),
            _ => (StatusCode::BAD_REQUEST, "这里不是完整的 JSON"),
        };
        let said = error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        let said: String = said.chars().take(SHOWN_MAX).collect();
        Problem::unreadable_as(
            status,
            Text::new(
                format!("请求体第 {line} 行第 {column} 列：{what}。"),
                format!("Line {line}, column {column} of the body: {said}."),
            ),
        )
        .about(
            "json_unreadable",
            &path,
            Text::new(
                format!("第 {line} 行第 {column} 列：{what}"),
                format!("Line {line}, column {column}: {said}"),
            ),
            Text::new("按 /api/v1/openapi.json 改正", "Mend it as /api/v1/openapi.json describes"),
        )
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    kind.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json")
}

/// The body is of another type than this one.
pub(super) fn wrong_kind(wanted: &str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "wrong-content-type",
        ("请求体的类型不对", "The body is of another type"),
        Text::new(format!("请用 Content-Type: {wanted}。"), format!("Send it as Content-Type: {wanted}.")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        #[expect(dead_code, reason = "only read")]
        note: String,
    }

    #[test]
    fn faults_of_json_say_where_they_are() {
        for (body, place) in [
            ("", "Line 1, column 0"),
            ("{\n  \"note\": 3}", "Line 2, column 11"),
            ("{\"note\":\"a\"} x", "Line 1, column 14"),
            ("{\"note\":\"a\",\"note\":\"b\"}", "duplicate field"),
            ("{\"other\":\"a\"}", "unknown field"),
            ("[\"\u{fffd}", "Line 1"),
        ] {
            let problem = format!("{:?}", read::<Asked>(body.as_bytes()).unwrap_err());
            assert!(problem.contains(place), "{body}: {problem}");
        }
        assert!(read::<Asked>(b" {\"note\":\"\"}\n").is_ok());
        assert!(format!("{:?}", read::<Asked>(b"{\"note\":\"\xff\"}").unwrap_err()).contains("column"));
    }

    #[test]
    fn the_version_that_was_seen_is_said_once_or_twice_alike() {
        let tagged = |tag: &str| HeaderMap::from_iter([(header::IF_MATCH, tag.parse().unwrap())]);
        assert_eq!(seen(&tagged("\"7\""), None).ok(), Some(7));
        assert_eq!(seen(&tagged("\"7\""), Some(7)).ok(), Some(7));
        assert_eq!(seen(&HeaderMap::new(), Some(3)).ok(), Some(3));
        for (headers, version) in [
            (tagged("\"7\""), Some(8)),
            (tagged("7"), None),
            (tagged("*"), None),
            (tagged("W/\"7\""), None),
            (HeaderMap::new(), None),
        ] {
            assert!(seen(&headers, version).is_err(), "{headers:?} {version:?}");
        }
    }
}
