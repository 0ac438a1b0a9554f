//! The application book to take away, or how far it is.

use axum::extract::State;
use axum::response::Response;

use super::{Address, address};
use crate::Site;
use crate::error::Failure;
use crate::paper;
use crate::request::Visitor;

/// Of what the visitor sees of an application.
pub(super) async fn of_application(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let id = address(parts, &visitor)?;
    let actor = visitor.actor()?;
    let made = site.service.application_book(actor, &id, visitor.language).await;
    let made = made.map_err(|error| visitor.fail(error))?;
    Ok(paper::answer(visitor.page(""), made, paper::PDF, &format!("{id}.pdf")))
}

/// Of a submitted version.
pub(super) async fn of_version(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let number = address(parts, &visitor)?;
    let actor = visitor.actor.as_ref();
    let made = site.service.submitted_book(actor, &number, visitor.language).await;
    let made = made.map_err(|error| visitor.fail(error))?;
    Ok(paper::answer(visitor.page(""), made, paper::PDF, &format!("{number}.pdf")))
}
