//! Submitting: the frozen copy, the receipt, and the act that makes them durable.

use jiebang_domain::application::{Content, Draft, EvidenceFile, findings};
use jiebang_ledger::statement::Statement;
use jiebang_store::{ApplicationRow, IdempotencyRow, NewEvent, StoreError, SubmissionRow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::loaded::{Loaded, application_of, receipt_number, rows_of};
use super::sections::named;
use super::views::{ReceiptView, digest};
use crate::access::{Action, Actor};
use crate::{Service, ServiceError, Store, ledger};

/// How often a submission is tried again when the application changes under it.
const TRIES_MAX: usize = 3;

/// A receipt (回执), canonical JSON: its fields stand in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Application.
    pub application: String,
    /// Call.
    pub call: String,
    /// Version of the call.
    pub call_version: String,
    /// SHA-256 of the frozen copy, hexadecimal.
    pub content_sha256: String,
    /// Number of the receipt.
    pub number: String,
    /// When the request had been received whole, RFC 3339 in UTC.
    pub received_at: String,
    /// Version of the application, from 1.
    pub version: i64,
}

/// A submission as asked for.
#[derive(Clone, Debug)]
pub struct Submit {
    /// Application.
    pub application: String,
    /// [`ApplicationView::digest`](super::ApplicationView::digest) of what the person who submits has looked at, so that nothing
    /// else is submitted.
    pub seen: Option<String>,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
    /// When the request had been received whole.
    pub received_at: Timestamp,
}

/// What a submission writes, prepared outside the writer.
struct Prepared {
    row: ApplicationRow,
    content: String,
    content_sha256: String,
    draft: Draft,
}

/// What came of one try.
enum Tried {
    Done(Receipt),
    Changed,
}

/// What a try came to, and what it was made of, given back so that the writer, which all wait for, need not free it.
type Answer = (Receipt, (SubmissionRow, Draft));

impl Service {
    /// A new idempotency key for a form.
    pub fn new_key(&self) -> String {
        self.random.token()
    }

    /// Submits an application.
    ///
    /// # Errors
    /// `Refused` with all findings, when late, or in the wrong state; `Stale` when it is not what was seen; `KeyReused`.
    pub async fn submit(&self, actor: &Actor, submit: Submit) -> Result<Receipt, ServiceError> {
        for _ in 0..TRIES_MAX {
            let (loaded, answer) = self.loaded_with_answer(actor, &submit).await?;
            self.access.require(Some(actor), Action::SubmitApplication, &loaded.resource())?;
            match answer {
                Some(row) if row.request_sha256 == request_sha256(&submit) => {
                    return Ok(self.receipt(Some(actor), &row.answer).await?.receipt);
                }
                Some(_) => return Err(ServiceError::KeyReused),
                None => {}
            }
            let prepared = prepare(&loaded, &submit)?;
            if let Tried::Done(receipt) = self.try_submit(actor, &loaded, prepared, &submit).await? {
                return Ok(receipt);
            }
        }
        Err(ServiceError::Store(StoreError::Busy))
    }

    /// Whether the actor may submit the application at all, before the request is looked at.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`.
    pub async fn check_submit(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        self.loaded_for(Some(actor), Action::SubmitApplication, id).await.map(|_| ())
    }

    /// The application, and what this key was answered with before.
    async fn loaded_with_answer(
        &self,
        actor: &Actor,
        submit: &Submit,
    ) -> Result<(Loaded, Option<IdempotencyRow>), ServiceError> {
        let (id, account, key) = (submit.application.clone(), actor.account_id.clone(), submit.key.clone());
        let calls = self.calls.clone();
        let (found, answer) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let found = rows_of(rows, &calls, &id, None).await?;
                    let answer = match key {
                        Some(key) => rows.idempotency(&account, &key).await?,
                        None => None,
                    };
                    Ok((found, answer))
                })
            }))
            .await?;
        Ok((self.with_call(found).await?, answer))
    }

    /// One act: number, state, frozen copy, event, outbox. The application may not have changed since the findings were made,
    /// and if the organisation leads more by now, they are made again.
    async fn try_submit(
        &self,
        actor: &Actor,
        loaded: &Loaded,
        prepared: Prepared,
        submit: &Submit,
    ) -> Result<Tried, ServiceError> {
        let received_at = submit.received_at;
        let at = received_at.as_microsecond();
        let account = actor.account_id.clone();
        let (led_before, call) = (loaded.rows.led_before, loaded.call.clone());
        let before = loaded.application();
        let idempotency = submit.key.as_ref().map(|key| IdempotencyRow {
            account_id: account.clone(),
            key: key.clone(),
            request_sha256: request_sha256(submit),
            answer: String::new(),
            created_at: at,
        });
        let tried = self
            .store
            .act::<Answer, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let Prepared { mut row, content, content_sha256, mut draft } = prepared;
                    if call.counts_led {
                        let led = rows.count_led(&row.call_id, &row.organisation_id, &row.id).await?;
                        if led != led_before {
                            draft.led_before = u32::try_from(led).unwrap_or(u32::MAX);
                            before.submit(&call.call, received_at, findings(&call.call, &draft))?;
                        }
                    }
                    if row.number.is_none() {
                        let place = rows.next_number(&row.call_id).await?;
                        row.number = Some(format!("{}-{place:06}", row.call_id));
                    }
                    rows.change_application(&row).await?;
                    let receipt = receipt_of(&row, content_sha256, received_at);
                    let mut submission = frozen(&receipt, content, &account, at)?;
                    submission.position = rows.add_event(&submitted_event(&submission)).await?;
                    rows.add_submission(&submission).await?;
                    let notice = json!({ "event": "application_submitted", "receipt": receipt.number });
                    rows.add_outbox("notify", &notice.to_string(), at).await?;
                    if let Some(mut kept) = idempotency {
                        kept.answer.clone_from(&receipt.number);
                        rows.add_idempotency(&kept).await?;
                    }
                    Ok((receipt, (submission, draft)))
                })
            }))
            .await;
        match tried {
            Ok((receipt, _)) => Ok(Tried::Done(receipt)),
            // The act is undone as a whole: no number is taken by what was not submitted.
            Err(ServiceError::Store(StoreError::Stale)) => Ok(Tried::Changed),
            Err(error) => Err(error),
        }
    }

    /// A receipt by its number.
    ///
    /// # Errors
    /// `NotFound` when it is not there or not the actor's business; `Erased` when what it stated was erased.
    pub async fn receipt(&self, actor: Option<&Actor>, number: &str) -> Result<ReceiptView, ServiceError> {
        let row = self.submission(actor, number).await?;
        let loaded = self.loaded_for(actor, Action::ReadReceipt, &row.application_id).await?;
        let statement = self.statement(&row).await?;
        let receipt = serde_json::from_str(&row.receipt)
            .map_err(|error| ServiceError::Internal(format!("receipt {number}: {error}")))?;
        Ok(ReceiptView {
            receipt,
            proved: statement.proof.is_some(),
            canonical: written(&statement)?,
            promised: written(&Statement { proof: None, ..statement })?,
            content: row.content,
            counts: application_of(&loaded.rows.application)
                .state
                .submission()
                .is_some_and(|last| i64::from(last.version) == row.version),
            summary: self.summary(&loaded.rows.application)?,
            call: loaded.call,
        })
    }
}

impl Service {
    /// The frozen copy behind a receipt; whether the actor may see it is not decided here.
    pub(super) async fn submission(
        &self,
        actor: Option<&Actor>,
        number: &str,
    ) -> Result<SubmissionRow, ServiceError> {
        let absent = || if actor.is_none() { ServiceError::LoginRequired } else { ServiceError::NotFound };
        submission_by(&self.store, number).await?.ok_or_else(absent)
    }
}

/// The frozen copy that bears this number of a receipt.
pub(crate) async fn submission_by(
    store: &Store,
    number: &str,
) -> Result<Option<SubmissionRow>, ServiceError> {
    let wanted = number.to_owned();
    store
        .read::<_, ServiceError>(Box::new(move |rows| {
            Box::pin(async move { Ok(rows.submission_by_receipt(&wanted).await?) })
        }))
        .await
}

fn written(statement: &Statement) -> Result<String, ServiceError> {
    statement.to_json().map_err(|error| ServiceError::Internal(error.to_string()))
}

fn request_sha256(submit: &Submit) -> String {
    let seen = submit.seen.as_deref().unwrap_or_default();
    ledger::sha256(format!("submit {} {seen}", submit.application).as_bytes())
}

/// Decides, and freezes what the applicant sends.
fn prepare(loaded: &Loaded, submit: &Submit) -> Result<Prepared, ServiceError> {
    let rows = &loaded.rows;
    let draft = loaded.draft()?;
    let before = loaded.application();
    let seen =
        submit.seen.as_ref().filter(|_| before.may_change(&loaded.call.call, submit.received_at).is_ok());
    if seen.is_some_and(|seen| *seen != digest(&draft.content, &rows.files)) {
        return Err(ServiceError::Store(StoreError::Stale));
    }
    let all = findings(&loaded.call.call, &draft);
    let (application, _) = before.submit(&loaded.call.call, submit.received_at, all)?;
    let version = application.state.submission().map_or(0, |submission| i64::from(submission.version));
    let at = submit.received_at.as_microsecond();
    let (title, task) = named(&draft.content);
    let row = ApplicationRow {
        title,
        task,
        state: application.state.id().to_owned(),
        version,
        submitted_at: Some(at),
        updated_at: at,
        region: Some(rows.organisation.region.clone()),
        lead: Some(rows.organisation.name.clone()),
        ..rows.application.clone()
    };
    let applicant = &rows.organisation;
    let content = Frozen {
        application: &row.id,
        call: &row.call_id,
        call_version: &row.call_version,
        version,
        applicant: FrozenApplicant {
            name: &applicant.name,
            code: &applicant.code,
            kind: &applicant.kind,
            region: &applicant.region,
            legal_representative: &applicant.legal_representative,
        },
        fields: &draft.content,
        evidence: &draft.evidence,
    };
    let content = canonical(&content)?;
    Ok(Prepared { row, content_sha256: ledger::sha256(content.as_bytes()), content, draft })
}

/// The frozen copy (定稿): all that the applicant sends. Canonical JSON, and what the receipt's digest is of.
#[derive(Serialize)]
struct Frozen<'a> {
    applicant: FrozenApplicant<'a>,
    application: &'a str,
    call: &'a str,
    call_version: &'a str,
    evidence: &'a [EvidenceFile],
    fields: &'a Content,
    version: i64,
}

/// The lead organisation as it was.
#[derive(Serialize)]
struct FrozenApplicant<'a> {
    code: &'a str,
    kind: &'a str,
    legal_representative: &'a str,
    name: &'a str,
    region: &'a str,
}

/// RFC 8785 of what holds neither fractions nor names beyond ASCII, and whose fields stand in the order of their names: there it is
/// what `serde_json` writes, at a fraction of the cost of sorting. A test compares.
fn canonical(value: &impl Serialize) -> Result<String, ServiceError> {
    serde_json::to_string(value).map_err(|error| ServiceError::Internal(error.to_string()))
}

fn receipt_of(row: &ApplicationRow, content_sha256: String, received_at: Timestamp) -> Receipt {
    Receipt {
        number: receipt_number(row.number.as_deref().unwrap_or_default(), row.version),
        call: row.call_id.clone(),
        call_version: row.call_version.clone(),
        application: row.id.clone(),
        version: row.version,
        received_at: format!("{received_at:.6}"),
        content_sha256,
    }
}

fn frozen(receipt: &Receipt, content: String, account: &str, at: i64) -> Result<SubmissionRow, ServiceError> {
    Ok(SubmissionRow {
        application_id: receipt.application.clone(),
        version: receipt.version,
        receipt_number: receipt.number.clone(),
        content,
        content_sha256: receipt.content_sha256.clone(),
        receipt: canonical(receipt)?,
        received_at: at,
        submitted_by: account.to_owned(),
        position: 0,
    })
}

/// The event holds what the receipt states.
fn submitted_event(submission: &SubmissionRow) -> NewEvent {
    NewEvent {
        kind: ledger::SUBMITTED.to_owned(),
        subject: submission.application_id.clone(),
        account_id: Some(submission.submitted_by.clone()),
        data: submission.receipt.clone(),
        at: submission.received_at,
    }
}
