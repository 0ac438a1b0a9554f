//! Selecting (遴选): the operator's plan, for everybody to read and for the programme office to publish.

mod plan;

use axum::Router;
use axum::routing::get;

use crate::Site;

/// Routes of the room.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/calls/{id}/plan", get(plan::page).post(plan::publish))
        .route("/calls/{id}/plan.toml", get(plan::file))
}
