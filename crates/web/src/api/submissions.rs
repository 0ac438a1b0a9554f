//! Submitting. What counts is the moment at which the request has been received whole.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::routing::post;
use jiebang_domain::shared::Text;
use jiebang_service::{Scope, ServiceError, StoreError, Submit};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::body::{Key, Perhaps, Place};
use super::caller::Caller;
use super::calls::json as written;
use super::operation::Operation;
use super::receipts::ReceiptShape;
use super::{Answer, Problem};
use crate::Site;

/// Characters of a digest.
const DIGEST_CHARACTERS: usize = 64;

/// What is to be submitted.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSubmission")]
pub(super) struct NewSubmission {
    /// `digest` of the application as it was looked at, so that nothing else is submitted.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    digest: Option<String>,
}

/// Routes of the room.
pub(super) fn routes() -> Router<Site> {
    Router::new().route("/api/v1/applications/{id}/submissions", post(submit))
}

/// What they are.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(
            ("post", "/api/v1/applications/{id}/submissions"),
            "submit_application",
            "Submit an application",
            Some(Scope::Submit),
        )
        .may_take::<NewSubmission>()
        .once()
        .answers::<ReceiptShape>(
            201,
            "The receipt with the ledger's promise; its address has the proof within a minute.",
        )
        .or(&[409, 507]),
    ]
}

async fn submit(
    State(site): State<Site>,
    caller: Caller,
    Place(application): Place<String>,
    Key(key): Key,
    Perhaps(sent): Perhaps<NewSubmission>,
) -> Answer {
    let received_at = site.service.clock().now();
    let actor = caller.with(Scope::Submit)?;
    if sent.digest.as_ref().is_some_and(|digest| digest.len() != DIGEST_CHARACTERS) {
        return Err(no_digest());
    }
    let submit = Submit { application: application.clone(), seen: sent.digest.clone(), key, received_at };
    let receipt = match site.service.submit(actor, submit).await {
        Ok(receipt) => receipt,
        Err(ServiceError::Store(StoreError::Stale)) => {
            let view = site.service.application(Some(actor), &application).await?;
            let stored = json!({ "version": view.revision, "digest": view.digest });
            return Err(Problem::conflict(stored, json!({ "digest": sent.digest })));
        }
        Err(error) => return Err(error.into()),
    };
    let view = site.service.receipt(Some(actor), &receipt.number).await?;
    let mut response = written(view.promised);
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/receipts/{}", receipt.number)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// What does not look like a digest is none, whatever is stored.
pub(super) fn no_digest() -> Problem {
    ServiceError::field(
        "digest_unreadable",
        "digest",
        Text::new("摘要不是 64 位十六进制数", "The digest is not 64 hexadecimal digits"),
        Text::new("使用读取时给出的 digest", "Use the digest that reading gives"),
    )
    .into()
}
