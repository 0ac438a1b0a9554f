//! Who asks, in which language, from where.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use jiebang_domain::shared::Language;
use jiebang_service::{Actor, ServiceError, StoreError};

use crate::Site;
use crate::error::Failure;
use crate::page::{AccountView, Page};
use crate::{proxies, words};

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "session";
/// Name of the language cookie.
pub const LANGUAGE_COOKIE: &str = "lang";

/// Parts of the address of a request.
pub type Address<T> = Result<Path<T>, PathRejection>;

/// Who asks (访问者): person or nobody, language, address, path.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who is logged in.
    pub actor: Option<Actor>,
    /// Token of the session, for logging out.
    pub token: Option<String>,
    /// Language of the answer.
    pub language: Language,
    /// Address of the client.
    pub address: IpAddr,
    /// Path of the request.
    pub path: String,
    /// The request changes something.
    pub acts: bool,
    /// Why nobody knows who asks: a session was sent, and the store could not say whose it is.
    pub unknown: Option<StoreError>,
    /// The demo's clock in words.
    pub clock: Option<String>,
}

impl Visitor {
    /// The actor, or the page that asks to log in.
    ///
    /// # Errors
    /// `LoginRequired` as a failure.
    pub fn actor(&self) -> Result<&Actor, Failure> {
        self.known().map_err(|error| self.fail(error))
    }

    /// The actor, or why there is none. Who may be logged in is not asked to log in.
    ///
    /// # Errors
    /// `LoginRequired`, or that the session could not be read.
    pub fn known(&self) -> Result<&Actor, ServiceError> {
        self.actor.as_ref().ok_or_else(|| self.unread(ServiceError::LoginRequired))
    }

    fn unread(&self, error: ServiceError) -> ServiceError {
        match (error, &self.unknown) {
            (ServiceError::LoginRequired, Some(why)) => ServiceError::Store(why.clone()),
            (error, _) => error,
        }
    }

    /// The frame of a page for this visitor.
    pub fn page(&self, title: impl Into<String>) -> Page {
        Page {
            language: self.language,
            lang_tag: self.language.tag(),
            title: title.into(),
            account: self.actor.as_ref().map(|actor| AccountView {
                name: actor.name.clone(),
                organisation: match (&actor.organisation, actor.region) {
                    (Some(organisation), _) => organisation.name.clone(),
                    (None, Some(region)) => region.name().get(self.language).to_owned(),
                    (None, None) => String::new(),
                },
                role_label: actor.role.name().get(self.language).to_owned(),
                role: actor.role,
            }),
            clock: self.clock.clone(),
            path: self.path.clone(),
            query: String::new(),
        }
    }

    /// Parts of the address; an address that cannot be read belongs to nothing.
    ///
    /// # Errors
    /// `NotFound` as a failure.
    pub fn address<T>(&self, address: Address<T>) -> Result<T, Failure> {
        // No database keeps a text with a zero in it, and not every one can be asked for it.
        let known = address.ok().filter(|_| !self.path.contains("%00"));
        known.map(|Path(parts)| parts).ok_or_else(|| self.fail(ServiceError::NotFound))
    }

    /// A page that says why something was not done. Who may be logged in is not asked to log in.
    pub fn fail(&self, error: ServiceError) -> Failure {
        Failure::new(self.unread(error), self.page(""), self.acts)
    }
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Self::Rejection> {
        if let Some(known) = parts.extensions.remove::<Self>() {
            return Ok(known);
        }
        let token = cookie(&parts.headers, SESSION_COOKIE);
        let (actor, unknown) = match &token {
            Some(token) => match site.service.session(token).await {
                Ok(actor) => (actor, None),
                Err(error) => {
                    tracing::warn!(%error, "a session could not be read");
                    (None, Some(StoreError::Unavailable("the session could not be read".to_owned())))
                }
            },
            None => (None, None),
        };
        let asked = query_language(parts.uri.query().unwrap_or(""));
        let kept = cookie(&parts.headers, LANGUAGE_COOKIE).as_deref().and_then(language_of);
        let language = asked
            .or(kept)
            .or(actor.as_ref().map(|actor| actor.language))
            .or_else(|| accepted(&parts.headers))
            .unwrap_or_default();
        let address = proxies::client(&parts.extensions, &parts.headers, &site.trusted_proxies)
            .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let clock = site.service.clock();
        let clock = clock.is_demo().then(|| words::minute(clock.now(), language));
        let (path, acts) = (parts.uri.path().to_owned(), !parts.method.is_safe());
        Ok(Self { actor, token, language, address, path, acts, clock, unknown })
    }
}

/// The language that `?lang=` asks for.
pub(crate) fn query_language(query: &str) -> Option<Language> {
    query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(language_of)
}

fn language_of(tag: &str) -> Option<Language> {
    let tag = tag.trim().to_ascii_lowercase();
    if tag.starts_with("zh") {
        Some(Language::Zh)
    } else if tag.starts_with("en") {
        Some(Language::En)
    } else {
        None
    }
}

/// The cookie that keeps a chosen language for a year.
pub fn language_cookie(language: Language) -> String {
    let id = match language {
        Language::Zh => "zh",
        Language::En => "en",
    };
    format!("{LANGUAGE_COOKIE}={id}; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000")
}

/// Keeps the language that `?lang=` chooses.
pub async fn keep_language(request: Request, next: Next) -> Response {
    let asked = query_language(request.uri().query().unwrap_or(""));
    let mut response = next.run(request).await;
    if let Some(cookie) = asked.and_then(|language| HeaderValue::from_str(&language_cookie(language)).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The first language of `Accept-Language` that the product speaks.
pub(crate) fn accepted(headers: &HeaderMap) -> Option<Language> {
    headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?.split(',').find_map(language_of)
}

/// A cookie by name.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
        .filter(|value| !value.is_empty() && value.len() <= 256)
}
