//! What protects every request: same-site posts only, fixed headers, limits on requests.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::Site;
use crate::application::unsaved;
use crate::request::Visitor;

/// The content security policy of every page: nothing inline, nothing from elsewhere.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Adds the fixed headers to every answer.
pub async fn headers(request: Request, next: Next) -> Response {
    let public = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut fixed = |name: header::HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    fixed(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    fixed(header::REFERRER_POLICY, "same-origin");
    fixed(header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    fixed(header::HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if !public {
        fixed(header::CACHE_CONTROL, "no-store");
    }
    response
}

/// Refuses acts that a page of another site sends.
pub async fn same_site(request: Request, next: Next) -> Response {
    if request.method().is_safe() || from_same_site(request.headers()) {
        return next.run(request).await;
    }
    (
        StatusCode::FORBIDDEN,
        "该请求来自其他网站，未执行。请回到本站页面操作。\nThis request came from another site and was not carried out. Act from a page of this site.",
    )
        .into_response()
}

/// Browsers say where a request comes from; programs without a browser say nothing and carry no cookie by themselves.
fn from_same_site(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    // Old browsers name the page alone; its path is of no interest.
    let from = text("origin").or_else(|| text("referer"));
    match (from, text("host")) {
        (Some(from), Some(host)) => from
            .split_once("://")
            .and_then(|(_, rest)| rest.split('/').next())
            .is_some_and(|from| from.eq_ignore_ascii_case(host)),
        (None, _) => true,
        (Some(_), None) => false,
    }
}

/// Limits requests that change something: by account, or by network for those who are not logged in.
pub async fn limit_requests(State(site): State<Site>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let visitor = match Visitor::from_request_parts(&mut parts, &site).await {
        Ok(visitor) => visitor,
        Err(never) => match never {},
    };
    let mut request = Request::from_parts(parts, body);
    match site.service.count_request(visitor.actor.as_ref(), visitor.address) {
        Ok(()) => {
            // The handler need not ask again.
            request.extensions_mut().insert(visitor);
            next.run(request).await
        }
        Err(error) if unsaved::is_carried(&visitor.path) => {
            unsaved::refused(&site, &visitor, request, error).await
        }
        Err(error) => visitor.fail(error).into_response(),
    }
}
