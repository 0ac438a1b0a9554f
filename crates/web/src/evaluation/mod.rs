//! Evaluation (测评): the page of a team with its plan, measurements, verdicts with their arithmetic, and rulings.
//!
//! An act that is refused shows its page again with what was typed.

mod acts;
mod forms;
mod page;

use axum::Router;
use axum::routing::get;
use jiebang_domain::shared::Finding;

use crate::Site;
use crate::form::Form;
use crate::views::Refused;

/// Routes of the room. Acts are sent to the page that they are begun from.
pub fn routes() -> Router<Site> {
    Router::new().route("/teams/{id}/evaluation", get(page::page).post(page::act))
}

/// What came of an act that was not done: the form as it was typed, and why.
#[derive(Debug, Default)]
struct Told {
    form: Form,
    refused: Refused,
    findings: Vec<Finding>,
}

/// Address of the page of a team.
fn address(id: &str) -> String {
    format!("/teams/{id}/evaluation")
}
