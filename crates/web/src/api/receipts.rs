//! Receipts and the frozen copies behind them.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use jiebang_service::Scope;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Answer;
use super::body::Place;
use super::caller::Caller;
use super::calls::json as written;
use super::operation::Operation;
use crate::Site;

/// A receipt, canonical JSON (RFC 8785): as it is, `jiebang verify` takes it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Receipt")]
pub(super) struct ReceiptShape {
    /// Application.
    application: String,
    /// Call.
    call: String,
    /// Version of the call.
    call_version: String,
    /// SHA-256 of the frozen copy, hexadecimal.
    content_sha256: String,
    /// Number of the receipt.
    number: String,
    /// When the request had been received whole, RFC 3339 in UTC.
    received_at: String,
    /// Version of the application, from 1.
    version: i64,
    /// The ledger's promise.
    promise: PromiseShape,
    /// The proof that the ledger holds it, once there is one.
    proof: Option<ProofShape>,
}

/// The ledger's promise to hold an entry.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Promise")]
pub(super) struct PromiseShape {
    /// Signature lines of the note.
    note: String,
    /// Place in the ledger, from 1.
    position: u64,
    /// Salt of the entry's digest.
    salt: String,
}

/// The proof that it does.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Proof")]
pub(super) struct ProofShape {
    /// A signed head that covers the place.
    checkpoint: String,
    /// What opens the entry.
    event: Map<String, Value>,
    /// Hashes from the leaf to the root, base64.
    hashes: Vec<String>,
}

/// The frozen copy of a submission, canonical JSON: what the digest of the receipt is of.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Frozen")]
pub(super) struct FrozenShape {
    /// Lead organisation as it was.
    applicant: Map<String, Value>,
    /// Application.
    application: String,
    /// Call.
    call: String,
    /// Version of the call.
    call_version: String,
    /// Files.
    evidence: Vec<Map<String, Value>>,
    /// Values of the form.
    fields: Map<String, Value>,
    /// Version of the application, from 1.
    version: i64,
}

/// Routes of the room.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/api/v1/receipts/{number}", get(one))
        .route("/api/v1/receipts/{number}/content", get(content))
}

/// What they are.
pub(super) fn operations() -> Vec<Operation> {
    let read = Some(Scope::Read);
    vec![
        Operation::new(("get", "/api/v1/receipts/{number}"), "read_receipt", "A receipt", read)
            .answers::<ReceiptShape>(200, "The receipt, with its proof once there is one.")
            .or(&[410]),
        Operation::new(
            ("get", "/api/v1/receipts/{number}/content"),
            "read_receipt_content",
            "What was submitted",
            read,
        )
        .answers::<FrozenShape>(200, "The frozen copy.")
        .or(&[410]),
    ]
}

async fn one(State(site): State<Site>, caller: Caller, Place(number): Place<String>) -> Answer {
    caller.actor()?;
    Ok(written(site.service.receipt(caller.known(), &number).await?.canonical))
}

async fn content(State(site): State<Site>, caller: Caller, Place(number): Place<String>) -> Answer {
    caller.actor()?;
    Ok(written(site.service.receipt(caller.known(), &number).await?.content))
}
