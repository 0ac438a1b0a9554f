//! Who asks, by which token, in which language; and the words of what is refused.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use jiebang_service::{Actor, Scope};

use super::problem::Problem;
use crate::request::{accepted, query_language};
use crate::{Site, proxies};

/// Where new tokens are made: whoever asks there need not have one, and an old one does no harm.
const TOKENS: &str = "/api/v1/tokens";

/// A program that asks (调用方).
#[derive(Clone, Debug)]
pub(super) struct Caller {
    actor: Option<Actor>,
    /// The token that was sent.
    secret: Option<String>,
    /// Address of the client.
    pub(super) address: IpAddr,
}

impl Caller {
    /// In whose name it asks, if it says so.
    pub(super) fn known(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// In whose name it asks.
    ///
    /// # Errors
    /// A problem with status 401.
    pub(super) fn actor(&self) -> Result<&Actor, Problem> {
        self.actor.as_ref().ok_or_else(Problem::token_missing)
    }

    /// In whose name it asks, with a token that is made for this. The use case looks at the token again; here it is only told why.
    ///
    /// # Errors
    /// A problem with status 401 or 403.
    pub(super) fn with(&self, scope: Scope) -> Result<&Actor, Problem> {
        let actor = self.actor()?;
        if actor.may_use(scope) { Ok(actor) } else { Err(Problem::scope_missing(scope)) }
    }

    /// The token that was sent.
    pub(super) fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or_default()
    }
}

impl FromRequestParts<Site> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Self::Rejection> {
        let nobody = Self { actor: None, secret: None, address: IpAddr::V4(Ipv4Addr::UNSPECIFIED) };
        Ok(parts.extensions.remove::<Self>().unwrap_or(nobody))
    }
}

/// Finds out who asks, counts what would change something, and puts what is refused into words.
pub(super) async fn guard(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let asked = query_language(request.uri().query().unwrap_or("")).or_else(|| accepted(request.headers()));
    let address = proxies::client(request.extensions(), request.headers(), &site.trusted_proxies)
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let (mut language, acts) = (asked.unwrap_or_default(), !request.method().is_safe());
    // An old token does no harm where new ones are made.
    let secret = bearer(request.headers()).filter(|_| request.uri().path() != TOKENS);
    let caller = match caller(&site, secret, address).await {
        Ok(caller) => caller,
        Err(problem) => return problem.render(language),
    };
    if let Some(actor) = caller.known() {
        language = asked.unwrap_or(actor.language);
    }
    if acts && let Err(error) = site.service.count_request(caller.known(), address) {
        return Problem::from(error).render(language);
    }
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Problem>() {
        Some(problem) => {
            let mut answer = problem.render(language);
            // Allow, for one, is not the problem's own.
            for (name, value) in response.headers() {
                if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
                    answer.headers_mut().entry(name).or_insert(value.clone());
                }
            }
            answer
        }
        None => response,
    }
}

async fn caller(site: &Site, secret: Option<String>, address: IpAddr) -> Result<Caller, Problem> {
    let Some(secret) = secret else { return Ok(Caller { actor: None, secret: None, address }) };
    match site.service.token(&secret).await? {
        Some(actor) => Ok(Caller { actor: Some(actor), secret: Some(secret), address }),
        None => Err(Problem::token_invalid()),
    }
}

/// The token of `Authorization: Bearer`; other schemes are no business of ours.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let sent = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = sent.split_at(sent.iter().position(|byte| *byte == b' ').unwrap_or(sent.len()));
    scheme.eq_ignore_ascii_case(b"bearer").then(|| String::from_utf8_lossy(token).trim().to_owned())
}
