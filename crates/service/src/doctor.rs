//! Checks that what was acknowledged is still whole: every submission event has its frozen copy with the same hash, and every
//! attached file is there.

use jiebang_domain::shared::Text;
use jiebang_store::EventRow;

use crate::files::FileState;
use crate::{FileStore, Service, ServiceError, Store, ledger};

/// Events that are looked at in one reading.
const PAGE: i64 = 500;

/// What the doctor found (体检结果).
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// Events looked at.
    pub events: u64,
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
    let mut position = 0;
    loop {
        let page = store
            .read::<Vec<EventRow>, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.events_after(position, PAGE).await?) })
            }))
            .await?;
        let Some(last) = page.last() else { return Ok(health) };
        if last.position != position + i64::try_from(page.len()).unwrap_or(0) {
            health.faults.push(Text::new(
                format!("第 {position} 号之后的事件不连续"),
                format!("The events after {position} are not without gaps"),
            ));
        }
        position = last.position;
        for row in &page {
            examine(store, files, row, &mut health).await?;
        }
    }
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
        "application_submitted" => {
            health.submissions += 1;
            let number = data["number"].as_str().unwrap_or_default().to_owned();
            let wanted = number.clone();
            let found = store
                .read::<_, ServiceError>(Box::new(move |rows| {
                    Box::pin(async move { Ok(rows.submission_by_receipt(&wanted).await?) })
                }))
                .await?;
            let whole = found.is_some_and(|submission| {
                let hash = ledger::sha256(submission.content.as_bytes());
                hash == submission.content_sha256 && Some(hash.as_str()) == data["content_sha256"].as_str()
            });
            if !whole {
                health.faults.push(Text::new(
                    format!("回执 {number} 的冻结副本缺失或与事件不符"),
                    format!("The frozen copy of receipt {number} is missing or differs from its event"),
                ));
            }
        }
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
