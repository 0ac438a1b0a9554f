//! What protects every request: same-site posts only, fixed headers, limits on requests.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiebang_service::Service;

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
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, origin)| origin.eq_ignore_ascii_case(host))
        }
        (None, _) => true,
        (Some(_), None) => false,
    }
}

/// Requests that change something, counted by address: a bucket that refills with the service's clock.
#[derive(Debug, Default)]
pub struct Requests {
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: i64,
}

/// Most acts of one address at once.
const BURST: f64 = 240.0;
/// Acts that one address may do in a second, in the long run.
const PER_SECOND: f64 = 8.0;
/// Most addresses that are remembered.
const ADDRESSES_MAX: usize = 50_000;

impl Requests {
    /// Takes one request of an address; `false` when there have been too many.
    fn take(&self, address: IpAddr, now_microseconds: i64) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= ADDRESSES_MAX {
            buckets.clear();
        }
        let bucket = buckets.entry(address).or_insert(Bucket { tokens: BURST, at: now_microseconds });
        let seconds = (now_microseconds - bucket.at).max(0) as f64 / 1e6;
        bucket.tokens = (bucket.tokens + seconds * PER_SECOND).min(BURST);
        bucket.at = now_microseconds;
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }
}

/// Limits requests that change something by address.
pub async fn limit_requests(
    State((service, requests)): State<(Arc<Service>, Arc<Requests>)>,
    request: Request,
    next: Next,
) -> Response {
    let address =
        request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
    let counted =
        service.settings().rate_limits && !request.method().is_safe() && request.method() != Method::OPTIONS;
    if let Some(address) = address.filter(|_| counted)
        && !requests.take(address, service.clock().now().as_microsecond())
    {
        return (
            StatusCode::TOO_MANY_REQUESTS,
            [(header::RETRY_AFTER, "30")],
            "操作过于频繁，请半分钟后再试。已保存的内容不受影响。\nToo many requests; try again in half a minute. What is saved stays.",
        )
            .into_response();
    }
    next.run(request).await
}
