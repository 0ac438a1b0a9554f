//! Checks that what was acknowledged is still whole: every event is the one that the ledger holds, every submission event has its
//! frozen copy with the same hash and its receipt, and every attached file is there.

use jiebang_domain::shared::Text;
use jiebang_store::{EventRow, SubmissionRow};

use crate::application::submission_by;
use crate::files::FileState;
use crate::ledger::audit::{Audit, hashes_after};
use crate::{FileStore, Service, ServiceError, Store, ledger};

/// Events that are looked at in one reading.
const PAGE: i64 = 500;

/// What the doctor found (体检结果).
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// Events looked at.
    pub events: u64,
    /// Entries of the ledger that they were compared with.
    pub entries: u64,
    /// Submissions looked at.
    pub submissions: u64,
    /// Files looked at.
    pub files: u64,
    /// What is wrong.
    pub faults: Vec<Text>,
}

impl Service {
    /// Looks at every event; see [`health`].
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn health(&self) -> Result<Health, ServiceError> {
        health(&self.store, &self.files).await
    }
}

/// Looks at every event of a store. It needs neither calls nor policies, so that it works where the service cannot start.
///
/// # Errors
/// When the store does not answer.
pub async fn health(store: &Store, files: &FileStore) -> Result<Health, ServiceError> {
    let mut health = Health::default();
    let head = store
        .read::<_, ServiceError>(Box::new(|rows| Box::pin(async move { Ok(rows.checkpoint().await?) })))
        .await?;
    let mut audit = Audit::new(head.as_ref());
    let mut position = 0;
    loop {
        let (page, hashes) = store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let page: Vec<EventRow> = rows.events_after(position, PAGE).await?;
                    Ok((page, hashes_after(rows, position, PAGE).await?))
                })
            }))
            .await?;
        let Some(last) = page.last() else { break };
        if last.position != position + i64::try_from(page.len()).unwrap_or(0) {
            health.faults.push(Text::new(
                format!("第 {position} 号之后的事件不连续"),
                format!("The events after {position} are not without gaps"),
            ));
        }
        position = last.position;
        audit.take(&page, &hashes)?;
        for row in &page {
            examine(store, files, row, &mut health).await?;
        }
    }
    audit.end()?;
    health.entries = audit.compared();
    health.faults.extend(audit.found);
    Ok(health)
}

async fn examine(
    store: &Store,
    files: &FileStore,
    row: &EventRow,
    health: &mut Health,
) -> Result<(), ServiceError> {
    health.events += 1;
    let data: serde_json::Value = serde_json::from_str(&row.event.data).unwrap_or_default();
    match row.event.kind.as_str() {
        ledger::SUBMITTED => {
            health.submissions += 1;
            let fault = if row.digest.is_some() {
                remains(store, row).await?
            } else {
                broken(store, row, &data).await?
            };
            health.faults.extend(fault);
        }
        // Of which file it was is not known any more.
        "file_attached" if row.digest.is_some() => {}
        "file_attached" => {
            health.files += 1;
            let hash = data["sha256"].as_str().unwrap_or_default();
            let (zh, en) = match files.state(hash).await {
                FileState::Whole => return Ok(()),
                FileState::Missing => ("缺失", "missing"),
                FileState::Damaged => ("内容与存入时不同", "not what was stored"),
            };
            health.faults.push(Text::new(format!("文件 {hash} {zh}"), format!("The file {hash} is {en}")));
        }
        _ => {}
    }
    Ok(())
}

/// What is wrong with what was submitted by an event: the frozen copy has the digest that the event states, and the receipt states
/// what the event does, at its place.
async fn broken(
    store: &Store,
    row: &EventRow,
    data: &serde_json::Value,
) -> Result<Option<Text>, ServiceError> {
    let number = data["number"].as_str().unwrap_or_default().to_owned();
    let Some(submission) = submission_by(store, &number).await? else {
        return Ok(Some(Text::new(
            format!("回执 {number} 的冻结副本缺失"),
            format!("The frozen copy of receipt {number} is missing"),
        )));
    };
    let hash = ledger::sha256(submission.content.as_bytes());
    if hash != submission.content_sha256 || Some(hash.as_str()) != data["content_sha256"].as_str() {
        return Ok(Some(Text::new(
            format!("回执 {number} 的冻结副本与事件不符"),
            format!("The frozen copy of receipt {number} differs from its event"),
        )));
    }
    let same = submission.receipt == row.event.data && submission.position == row.position;
    Ok((!same).then(|| {
        Text::new(
            format!("回执 {number} 的内容与事件不符"),
            format!("Receipt {number} states something else than its event"),
        )
    }))
}

/// What should have been erased with an event and was not.
async fn remains(store: &Store, row: &EventRow) -> Result<Option<Text>, ServiceError> {
    let (application, position) = (row.event.subject.clone(), row.position);
    let all = store
        .read::<_, ServiceError>(Box::new(move |rows| {
            Box::pin(async move { Ok(rows.submissions(&application).await?) })
        }))
        .await?;
    let erased =
        |submission: &SubmissionRow| submission.receipt.is_empty() && submission.content_sha256.is_empty();
    let left = all.into_iter().find(|submission| submission.position == position && !erased(submission));
    Ok(left.map(|submission| {
        let number = submission.receipt_number;
        Text::new(
            format!("回执 {number} 应已删除而仍在"),
            format!("Receipt {number} should have been erased and is still there"),
        )
    }))
}
