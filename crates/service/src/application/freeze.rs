//! Submitting: the frozen copy, the receipt, and the act that makes them durable.

use std::collections::BTreeMap;

use jiebang_domain::application::{Draft, findings};
use jiebang_store::{ApplicationRow, IdempotencyRow, NewEvent, StoreError, SubmissionRow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::views::ReceiptView;
use super::{Loaded, TRIES_MAX, application_of};
use crate::access::{Action, Actor};
use crate::{Service, ServiceError, ledger};

/// A receipt (回执), canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Number of the receipt.
    pub number: String,
    /// Call.
    pub call: String,
    /// Version of the call.
    pub call_version: String,
    /// Application.
    pub application: String,
    /// Version of the application, from 1.
    pub version: i64,
    /// When the request had been received whole, RFC 3339 in UTC.
    pub received_at: String,
    /// SHA-256 of the frozen copy, hexadecimal.
    pub content_sha256: String,
}

/// What a submission writes, prepared outside the writer.
struct Prepared {
    row: ApplicationRow,
    content: BTreeMap<&'static str, Json>,
    first: bool,
    draft: Draft,
}

/// What came of one try.
enum Tried {
    Done(String),
    Changed,
}

impl Service {
    /// A new idempotency key for a form.
    pub fn new_key(&self) -> String {
        self.random.token()
    }

    /// Submits an application. `received_at` is when the request had been received whole; `key` makes a repeated request
    /// the same request.
    ///
    /// # Errors
    /// `Refused` with all findings, when late, or in the wrong state; `KeyReused`.
    pub async fn submit(
        &self,
        actor: &Actor,
        id: &str,
        key: Option<&str>,
        received_at: Timestamp,
    ) -> Result<ReceiptView, ServiceError> {
        self.submit_seen(actor, id, None, key, received_at).await
    }

    /// Submits an application only as it was at a revision, which is what the person who submits has looked at.
    ///
    /// # Errors
    /// As [`Service::submit`]; `Stale` when it has changed since.
    pub async fn submit_seen(
        &self,
        actor: &Actor,
        id: &str,
        revision: Option<i64>,
        key: Option<&str>,
        received_at: Timestamp,
    ) -> Result<ReceiptView, ServiceError> {
        for _ in 0..TRIES_MAX {
            let loaded = self.loaded_for(Some(actor), Action::SubmitApplication, id).await?;
            if let Some(number) = self.earlier_answer(actor, id, key).await? {
                return self.receipt(Some(actor), &number).await;
            }
            let prepared = prepare(&loaded, received_at)?;
            if revision.is_some_and(|revision| revision != loaded.row.revision) {
                return Err(ServiceError::Store(StoreError::Stale));
            }
            if let Tried::Done(number) = self.try_submit(actor, &loaded, prepared, key, received_at).await? {
                return self.receipt(Some(actor), &number).await;
            }
        }
        Err(ServiceError::Store(StoreError::Busy))
    }

    /// The receipt number that this key was answered with.
    async fn earlier_answer(
        &self,
        actor: &Actor,
        id: &str,
        key: Option<&str>,
    ) -> Result<Option<String>, ServiceError> {
        let Some(key) = key.map(str::to_owned) else { return Ok(None) };
        let account = actor.account_id.clone();
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.idempotency(&account, &key).await?) })
            }))
            .await?;
        match found {
            None => Ok(None),
            Some(row) if row.request_sha256 == request_sha256(id) => Ok(Some(row.answer)),
            Some(_) => Err(ServiceError::KeyReused),
        }
    }

    /// One act: the application may not have changed since the findings were made, and if the organisation leads more by now,
    /// they are made again; then number, frozen copy, state, event, outbox.
    async fn try_submit(
        &self,
        actor: &Actor,
        loaded: &Loaded,
        prepared: Prepared,
        key: Option<&str>,
        received_at: Timestamp,
    ) -> Result<Tried, ServiceError> {
        let at = received_at.as_microsecond();
        let account = actor.account_id.clone();
        let (led_before, call) = (loaded.led_before, loaded.call.clone());
        let idempotency = key.map(|key| IdempotencyRow {
            account_id: account.clone(),
            key: key.to_owned(),
            request_sha256: request_sha256(&prepared.row.id),
            answer: String::new(),
            created_at: at,
        });
        self.store
            .act::<Tried, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let Prepared { mut row, content, first, mut draft } = prepared;
                    let Some(now) = rows.application(&row.id).await? else {
                        return Err(ServiceError::NotFound);
                    };
                    if now.revision != row.revision {
                        return Ok(Tried::Changed);
                    }
                    let led = rows.count_led(&row.call_id, &row.organisation_id, &row.id).await?;
                    if led != led_before {
                        draft.led_before = u32::try_from(led).unwrap_or(u32::MAX);
                        application_of(&now).submit(&call.call, received_at, findings(&call.call, &draft))?;
                    }
                    if first {
                        let place = rows.next_number(&row.call_id).await?;
                        row.number = Some(format!("{}-{place:06}", row.call_id));
                    }
                    let submission = frozen(&row, content, &account, at)?;
                    let event = submitted_event(&submission, &account);
                    rows.change_application(&row).await?;
                    rows.add_submission(&submission).await?;
                    rows.add_event(&event).await?;
                    let notice =
                        json!({ "event": "application_submitted", "receipt": submission.receipt_number });
                    rows.add_outbox("notify", &notice.to_string(), at).await?;
                    if let Some(mut kept) = idempotency {
                        kept.answer.clone_from(&submission.receipt_number);
                        rows.add_idempotency(&kept).await?;
                    }
                    Ok(Tried::Done(submission.receipt_number))
                })
            }))
            .await
    }

    /// A receipt by its number.
    ///
    /// # Errors
    /// `NotFound` when it is not there or not the actor's business.
    pub async fn receipt(&self, actor: Option<&Actor>, number: &str) -> Result<ReceiptView, ServiceError> {
        let wanted = number.to_owned();
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.submission_by_receipt(&wanted).await?) })
            }))
            .await?;
        let Some(row) = found else {
            return Err(if actor.is_none() { ServiceError::LoginRequired } else { ServiceError::NotFound });
        };
        let loaded = self.loaded_for(actor, Action::ReadReceipt, &row.application_id).await?;
        let receipt = serde_json::from_str(&row.receipt)
            .map_err(|error| ServiceError::Internal(format!("receipt {number}: {error}")))?;
        Ok(ReceiptView {
            receipt,
            canonical: row.receipt,
            content: row.content,
            counts: application_of(&loaded.row)
                .state
                .submission()
                .is_some_and(|last| i64::from(last.version) == row.version),
            summary: self.summary(&loaded.row)?,
            call: loaded.call,
        })
    }
}

fn request_sha256(id: &str) -> String {
    ledger::sha256(format!("submit {id}").as_bytes())
}

/// Decides, and prepares what is frozen.
fn prepare(loaded: &Loaded, received_at: Timestamp) -> Result<Prepared, ServiceError> {
    let draft = loaded.draft()?;
    let all = findings(&loaded.call.call, &draft);
    let (application, _) = loaded.application().submit(&loaded.call.call, received_at, all)?;
    let first = loaded.row.number.is_none();
    let version = application.state.submission().map_or(0, |submission| i64::from(submission.version));
    let row = ApplicationRow {
        state: application.state.id().to_owned(),
        version,
        submitted_at: Some(received_at.as_microsecond()),
        updated_at: received_at.as_microsecond(),
        ..loaded.row.clone()
    };
    let organisation = &loaded.organisation;
    let content = BTreeMap::from([
        ("application", json!(row.id)),
        ("call", json!(row.call_id)),
        ("call_version", json!(row.call_version)),
        ("version", json!(version)),
        (
            "applicant",
            json!({
                "name": organisation.name, "code": organisation.code, "kind": organisation.kind,
                "region": organisation.region, "legal_representative": organisation.legal_representative,
            }),
        ),
        ("fields", serde_json::to_value(&draft.content).map_err(internal)?),
        ("evidence", serde_json::to_value(&draft.evidence).map_err(internal)?),
    ]);
    Ok(Prepared { row, content, first, draft })
}

fn internal(error: serde_json::Error) -> ServiceError {
    ServiceError::Internal(error.to_string())
}

/// The frozen copy with its receipt.
fn frozen(
    row: &ApplicationRow,
    mut content: BTreeMap<&'static str, Json>,
    account: &str,
    at: i64,
) -> Result<SubmissionRow, ServiceError> {
    let number = row.number.clone().unwrap_or_default();
    content.insert("number", json!(number));
    let content = serde_jcs::to_string(&content).map_err(internal)?;
    let content_sha256 = ledger::sha256(content.as_bytes());
    let received_at =
        Timestamp::from_microsecond(at).map_err(|error| ServiceError::Internal(error.to_string()))?;
    let receipt = Receipt {
        number: format!("{number}-{}", row.version),
        call: row.call_id.clone(),
        call_version: row.call_version.clone(),
        application: row.id.clone(),
        version: row.version,
        received_at: format!("{received_at:.6}"),
        content_sha256: content_sha256.clone(),
    };
    Ok(SubmissionRow {
        application_id: row.id.clone(),
        version: row.version,
        receipt_number: receipt.number.clone(),
        content,
        content_sha256,
        receipt: serde_jcs::to_string(&receipt).map_err(internal)?,
        received_at: at,
        submitted_by: account.to_owned(),
    })
}

fn submitted_event(submission: &SubmissionRow, account: &str) -> NewEvent {
    ledger::event(
        "application_submitted",
        &submission.application_id,
        Some(account.to_owned()),
        &json!({
            "receipt": submission.receipt_number,
            "version": submission.version,
            "content_sha256": submission.content_sha256,
        }),
        submission.received_at,
    )
}
