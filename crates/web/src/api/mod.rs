//! The same use cases for programs (接口), under `/api/v1`: JSON in, JSON out, described at `/api/v1/openapi.json`.
//!
//! ```text
//! request ──▶ guard (language, token, limits) ──▶ handler ──▶ use case ──▶ shape (JSON)
//!                 └── whatever is refused, on any way ──▶ problem details (RFC 9457) in the language that was asked for
//! ```
//!
//! Tokens and nothing else say who asks: a cookie does not count here, so no page of another site can act through a browser. What
//! may be done is decided by the use cases, which know what the token was made for.

mod applications;
mod body;
mod caller;
mod calls;
mod desks;
mod fields;
mod files;
mod lists;
mod openapi;
mod operation;
mod partners;
mod problem;
mod receipts;
mod shapes;
mod sheets;
mod submissions;
mod tokens;

use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{FORM_BYTES_MAX, Site, hearing};
use operation::Operation;
use problem::Problem;

/// What a handler answers.
type Answer = Result<Response, Problem>;

/// Routes of the room.
pub fn routes(site: &Site) -> Router<Site> {
    let guard = middleware::from_fn_with_state(site.clone(), caller::guard);
    Router::new()
        .route("/api/v1/openapi.json", get(openapi::document))
        .merge(tokens::routes())
        .merge(calls::routes())
        .merge(applications::routes())
        .merge(partners::routes())
        .merge(files::routes())
        .merge(submissions::routes())
        .merge(receipts::routes())
        .merge(desks::routes())
        .merge(lists::routes())
        .merge(sheets::routes())
        .route("/api/{*path}", any(problem::unknown_path))
        .method_not_allowed_fallback(problem::unknown_method)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(CatchPanicLayer::custom(problem::panicked))
        .layer(middleware::from_fn(hearing::hear_out))
        .layer(guard)
}

/// What the operations are, in the order of the document.
fn operations() -> Vec<Operation> {
    [
        tokens::operations(),
        calls::operations(),
        applications::operations(),
        partners::operations(),
        files::operations(),
        submissions::operations(),
        receipts::operations(),
        desks::operations(),
        lists::operations(),
        sheets::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
