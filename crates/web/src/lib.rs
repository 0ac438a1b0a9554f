//! Pages and forms over HTTP. This floor knows requests, forms, templates and words; it decides nothing.
//!
//! Every page is rendered on the server and works without scripts. One file or folder per room.

mod api;
pub mod application;
mod assets;
mod cache;
mod calls;
pub mod connections;
mod demo;
mod error;
mod evaluation;
pub mod figures;
pub mod form;
mod hearing;
mod identity;
mod ledger;
mod page;
mod paper;
mod proxies;
mod publication;
mod race;
mod recommendation;
mod reference;
mod request;
mod security;
mod selection;
mod translations;
mod views;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use jiebang_service::Service;
use tower_http::catch_panic::CatchPanicLayer;

pub use demo::DemoCalendar;
pub use proxies::Network;

/// Most bytes of a form without files.
const FORM_BYTES_MAX: usize = 2 << 20;

/// Calls, rules and help may be found by search engines; the rest is a matter between people and this house.
const ROBOTS: &str = "User-agent: *\nDisallow: /applications\nDisallow: /receipts\nDisallow: /desk\nDisallow: /teams\nDisallow: /login\nDisallow: /register\nDisallow: /join\nDisallow: /api\n";

/// What handlers share.
#[derive(Clone, Debug)]
pub struct Site {
    /// Use cases.
    pub service: Arc<Service>,
    /// What a demo's clock page can do; `None` outside a demo.
    pub demo: Option<Arc<DemoCalendar>>,
    /// Cookies are sent over TLS only.
    pub secure_cookies: bool,
    /// Proxies that are believed when they say for whom they ask.
    pub trusted_proxies: Arc<[Network]>,
}

/// All routes: of people, whom a cookie names, and of programs, whom a token names. Nothing of the one holds for the other.
pub fn router(site: Site) -> Router {
    Router::new()
        .merge(pages(&site))
        .merge(api::routes(&site))
        .layer(axum::middleware::from_fn(security::headers))
        .with_state(site)
}

fn pages(site: &Site) -> Router<Site> {
    let limit = axum::middleware::from_fn_with_state(site.clone(), security::limit_requests);
    Router::new()
        .merge(calls::routes())
        .merge(identity::routes())
        .merge(application::routes())
        .merge(recommendation::routes())
        .merge(selection::routes())
        .merge(evaluation::routes())
        .merge(publication::routes())
        .merge(race::routes())
        .merge(ledger::routes())
        .merge(reference::routes())
        .merge(demo::routes())
        .route("/healthz", get(health))
        .route("/favicon.ico", get(assets::icon))
        .route("/robots.txt", get(|| async { ROBOTS }))
        .route("/assets/{*path}", get(assets::asset))
        .fallback(error::not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(limit)
        .layer(axum::middleware::from_fn(security::same_site))
        .layer(axum::middleware::from_fn(hearing::hear_out))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(axum::middleware::from_fn(request::keep_language))
}

async fn health(axum::extract::State(site): axum::extract::State<Site>) -> impl IntoResponse {
    match site.service.ready().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}
