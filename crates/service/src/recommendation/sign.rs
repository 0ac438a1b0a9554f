//! Signing: two departments, one list; and opening a confirmed one again.

use jiebang_domain::recommendation::{Candidate, Change, Department, project_key};
use jiebang_domain::shared::Region;
use jiebang_store::{ConfirmedListRow, Connection, ProjectRow, SignatureRow, StoreError};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::candidates::{self, Read, quota_view};
use super::list::subject;
use super::views::{ConfirmedView, SignatureView};
use super::{department_of, recommendation_of, resource, said};
use crate::access::{Action, Actor};
use crate::idempotency::Once;
use crate::{LoadedCall, Service, ServiceError, ledger};

/// A signature as asked for.
#[derive(Clone, Debug)]
pub struct Sign {
    /// Call.
    pub call: String,
    /// Who recommends.
    pub region: Region,
    /// [`ListView::digest`](super::ListView::digest) of what the person has looked at, so that nothing else is signed.
    pub seen: Option<String>,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

impl Service {
    /// Signs the list for the own department. When the other one has signed the same list, it is confirmed: frozen, and an entry of
    /// the ledger.
    ///
    /// # Errors
    /// `List` with everything in its way, when late or confirmed; `Stale` when it is not what was seen; `KeyReused`.
    pub async fn sign_list(&self, actor: &Actor, sign: Sign) -> Result<Change, ServiceError> {
        let call = self.call(&sign.call)?.call;
        recommendation_of(&call.call)?;
        self.access.require(Some(actor), Action::SignList, &resource(&sign.call, sign.region))?;
        let department = department_of(actor)?;
        let now = self.clock.now();
        let by = actor.account_id.clone();
        let seen = sign.seen.as_deref().unwrap_or_default();
        let asked = format!("sign {} {} {seen}", sign.call, sign.region.code());
        let once = Once::new(actor, sign.key.clone(), &asked, now);
        self.store
            .act::<Change, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if let Some(before) = once.before(rows).await? {
                        let version = before.parse().ok();
                        return Ok(
                            version.map_or(Change::HalfSigned, |version| Change::Confirmed { version })
                        );
                    }
                    let read = candidates::read(rows, &call, sign.region).await?;
                    let versions = u32::try_from(read.row.versions).unwrap_or(u32::MAX);
                    let change = read.list.sign(&call.call, department, versions, now)?;
                    if sign.seen.is_some_and(|seen| seen != read.digest) {
                        return Err(StoreError::Stale.into());
                    }
                    let at = now.as_microsecond();
                    let signature = SignatureRow {
                        call_id: call.call.id.clone(),
                        region: sign.region.code().to_owned(),
                        department: department.id().to_owned(),
                        list_sha256: read.digest.clone(),
                        signed_at: at,
                        signed_by: by.clone(),
                    };
                    rows.save_signature(&signature).await?;
                    let facts = json!({ "department": department.id(), "list_sha256": read.digest });
                    let about = subject(&call.call.id, sign.region);
                    rows.add_event(&ledger::event("list_signed", &about, Some(by.clone()), &facts, at))
                        .await?;
                    let mut kept = "half signed".to_owned();
                    if let Change::Confirmed { version } = change {
                        confirm(rows, &call, read, signature, version, now).await?;
                        kept = version.to_string();
                    }
                    once.keep(rows, &kept).await?;
                    Ok(change)
                })
            }))
            .await
    }

    /// Opens a confirmed list again, with a reason. What was confirmed stays as it was; signatures are given anew.
    ///
    /// # Errors
    /// `Invalid` without a reason, `List` when late or not confirmed, `KeyReused`.
    pub async fn reopen_list(
        &self,
        actor: &Actor,
        call: &str,
        region: Region,
        reason: &str,
        key: Option<String>,
    ) -> Result<(), ServiceError> {
        let call = self.call(call)?.call;
        recommendation_of(&call.call)?;
        self.access.require(Some(actor), Action::SignList, &resource(&call.call.id, region))?;
        let department = department_of(actor)?;
        let reason = said("reason", reason, true)?;
        let now = self.clock.now();
        let at = now.as_microsecond();
        let by = actor.account_id.clone();
        let asked = format!("reopen {} {} {reason}", call.call.id, region.code());
        let once = Once::new(actor, key, &asked, now);
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if once.before(rows).await?.is_some() {
                        return Ok(());
                    }
                    let read = candidates::read(rows, &call, region).await?;
                    read.list.reopen(&call.call, now)?;
                    let mut row = read.row;
                    let facts = json!({
                        "department": department.id(),
                        "version": row.confirmed_version,
                        "reason": reason,
                    });
                    row.confirmed_version = None;
                    row.updated_at = at;
                    rows.save_recommendation(&row).await?;
                    rows.remove_signatures(&row.call_id, &row.region).await?;
                    rows.remove_projects(&row.call_id, &row.region).await?;
                    let about = subject(&row.call_id, region);
                    rows.add_event(&ledger::event("list_reopened", &about, Some(by), &facts, at)).await?;
                    once.keep(rows, "reopened").await
                })
            }))
            .await
    }

    /// A confirmed version of a list.
    ///
    /// # Errors
    /// `NotFound` when it is not there or not the actor's business.
    pub async fn confirmed_list(
        &self,
        actor: &Actor,
        call: &str,
        region: Region,
        version: u32,
    ) -> Result<ConfirmedView, ServiceError> {
        let call = self.call(call)?.call;
        let id = call.call.id.clone();
        self.access.require(Some(actor), Action::ReadDesk, &resource(&id, region))?;
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(
                    async move { Ok(rows.confirmed_list(&id, region.code(), i64::from(version)).await?) },
                )
            }))
            .await?;
        let row = found.ok_or(ServiceError::NotFound)?;
        let frozen: Frozen = serde_json::from_str(&row.content)
            .map_err(|error| ServiceError::Internal(format!("list {}: {error}", row.content_sha256)))?;
        let mut signatures = Vec::new();
        for signature in frozen.signatures {
            signatures.push(SignatureView {
                department: signature.department,
                by: self.account_name(&signature.account).await?,
                at: Some(signature.at),
                stands: true,
            });
        }
        Ok(ConfirmedView {
            call,
            region,
            version,
            content: row.content,
            content_sha256: row.content_sha256,
            at: Timestamp::from_microsecond(row.confirmed_at).ok(),
            signatures,
        })
    }
}

/// The signatures of a frozen list.
#[derive(Deserialize)]
struct Frozen {
    signatures: Vec<FrozenSignature>,
}

#[derive(Deserialize)]
struct FrozenSignature {
    department: Department,
    account: String,
    at: Timestamp,
}

/// Freezes the list, keeps its projects from the lists of others, and writes the event.
async fn confirm(
    rows: &mut dyn Connection,
    call: &LoadedCall,
    read: Read,
    last: SignatureRow,
    version: u32,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let at = now.as_microsecond();
    let region = read.list.region;
    let content = frozen(call, &read, &last, version, now);
    let content_sha256 = ledger::sha256(content.as_bytes());
    let about = subject(&call.call.id, region);
    let facts = json!({
        "call": call.call.id,
        "region": region.code(),
        "version": version,
        "content_sha256": content_sha256,
    });
    let by = Some(last.signed_by);
    let position = rows.add_event(&ledger::event("list_confirmed", &about, by, &facts, at)).await?;
    let mut row = read.row;
    rows.add_confirmed_list(&ConfirmedListRow {
        call_id: row.call_id.clone(),
        region: row.region.clone(),
        version: i64::from(version),
        content,
        content_sha256,
        confirmed_at: at,
        position,
    })
    .await?;
    for candidate in &read.list.ranked {
        let own = format!("\u{1f}{}", candidate.application);
        let project = ProjectRow {
            call_id: row.call_id.clone(),
            project: project_key(&candidate.task, &candidate.title).unwrap_or(own),
            application_id: candidate.application.clone(),
            region: row.region.clone(),
        };
        rows.add_project(&project).await?;
    }
    row.versions = i64::from(version);
    row.confirmed_version = Some(i64::from(version));
    row.updated_at = at;
    rows.save_recommendation(&row).await?;
    let notice = json!({ "event": "list_confirmed", "call": row.call_id, "region": row.region });
    rows.add_outbox("notify", &notice.to_string(), at).await?;
    Ok(())
}

/// The confirmed list as canonical JSON. People stand in it by the ids of their accounts.
fn frozen(call: &LoadedCall, read: &Read, last: &SignatureRow, version: u32, now: Timestamp) -> String {
    let entry = |(rank, candidate): (usize, &Candidate)| {
        let assessment = candidate.assessed();
        json!({
            "rank": rank,
            "application": candidate.application,
            "number": candidate.number,
            "version": candidate.version(),
            "lead": candidate.lead,
            "task": candidate.task,
            "title": candidate.title,
            "reason": assessment.map(|of| of.reason.as_str()).unwrap_or_default(),
            "remark": assessment.map(|of| of.remark.as_str()).unwrap_or_default(),
        })
    };
    let signature = |row: &SignatureRow| {
        let at = Timestamp::from_microsecond(row.signed_at).unwrap_or(now);
        json!({ "department": row.department, "account": row.signed_by, "at": format!("{at:.6}") })
    };
    let others = read
        .signatures
        .iter()
        .filter(|row| row.list_sha256 == read.digest && row.department != last.department);
    let mut signatures: Vec<&SignatureRow> = others.chain([last]).collect();
    signatures.sort_by_key(|row| Department::parse(&row.department));
    let quota = quota_view(&call.call, read.list.region, read.list.received, now);
    ledger::canonical(&json!({
        "call": call.call.id,
        "call_version": call.version,
        "region": read.list.region.code(),
        "version": version,
        "received": read.list.received,
        "places": quota.map(|quota| quota.places),
        "overrun": { "reason": read.row.overrun_reason, "places": read.row.overrun_places },
        "entries": (1..).zip(&read.list.ranked).map(entry).collect::<Vec<_>>(),
        "signatures": signatures.into_iter().map(signature).collect::<Vec<_>>(),
        "confirmed_at": format!("{now:.6}"),
    }))
}
