//! What the law asks to erase (依法删除): facts and salt of an event go, its digest stays in their place, and the tree over it stands.

use jiebang_domain::shared::Text;
use jiebang_store::{Connection, EventRow, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::{SUBMITTED, event, log};
use crate::{Service, ServiceError};

/// Kind of the event that says what was erased and why.
pub(super) const ERASED: &str = "facts_erased";

/// That the facts of an event were erased (删除记录).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Place of the event in the ledger, from 1.
    pub position: i64,
    /// When they were erased.
    pub at: Timestamp,
    /// Why, in the operator's words.
    pub reason: String,
}

impl Service {
    /// Erases facts and salt of the event at a position for good, for the operator, by the reason that is given; of a submission also
    /// the frozen copy, its digest, and what the receipt states. Tree, heads and all other receipts stand, and so does a copy of this
    /// receipt that somebody keeps. The erasure is an event itself; its reason is kept and shown, so it must name nobody.
    ///
    /// Drafts, files, accounts and organisations are no events: see [`Service::erase_application`] and [`Service::erase_user`].
    ///
    /// # Errors
    /// `NotFound` when there is no such event; `Invalid` without a reason, when it was erased before, or for the event of an erasure.
    pub async fn erase_event(&self, position: i64, reason: &str) -> Result<(), ServiceError> {
        let reason = reason_of(reason)?;
        let at = self.clock.now().as_microsecond();
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let found = rows.event_at(position).await?.ok_or(ServiceError::NotFound)?;
                    erasable(&found)?;
                    erase(rows, &found, &reason, at).await
                })
            }))
            .await
    }
}

/// The reason, without blanks around it.
///
/// # Errors
/// `Invalid` when there is none.
pub(crate) fn reason_of(reason: &str) -> Result<String, ServiceError> {
    let reason = reason.trim();
    if reason.is_empty() {
        let message = Text::new("没有写明删除的理由", "There is no reason for the erasure");
        let remedy = Text::new("写明依据的法律和条款", "Name the law and the article");
        return Err(ServiceError::field("reason_missing", "reason", message, remedy));
    }
    Ok(reason.to_owned())
}

/// Erases facts and salt of every event about a subject.
pub(crate) async fn erase_events_of(
    rows: &mut dyn Connection,
    subject: &str,
    reason: &str,
    at: i64,
) -> Result<(), ServiceError> {
    loop {
        let events = rows.unerased_events_of(subject).await?;
        if events.is_empty() {
            return Ok(());
        }
        for event in events {
            erase(rows, &event, reason, at).await?;
        }
    }
}

async fn erase(
    rows: &mut dyn Connection,
    found: &EventRow,
    reason: &str,
    at: i64,
) -> Result<(), ServiceError> {
    let position = found.position;
    rows.erase_event(position, &log::entry_of(found)?.digest).await?;
    if found.event.kind == SUBMITTED {
        rows.erase_submission(&found.event.subject, position).await?;
    }
    let data = json!({ "reason": reason });
    rows.add_event(&event(ERASED, &subject_of(position), None, &data, at)).await?;
    Ok(())
}

fn erasable(found: &EventRow) -> Result<(), ServiceError> {
    let refused = |code, message| {
        Err(ServiceError::field(code, "position", message, Text::new("核对账目编号", "Check the position")))
    };
    let position = found.position;
    if found.digest.is_some() {
        let (zh, en) = (
            format!("第 {position} 条的内容此前已删除"),
            format!("The facts of entry {position} were erased before"),
        );
        return refused("erased_before", Text::new(zh, en));
    }
    if found.event.kind == ERASED {
        let (zh, en) = (
            format!("第 {position} 条是删除记录，不能删除"),
            format!("Entry {position} records an erasure and stays"),
        );
        return refused("erasure_stays", Text::new(zh, en));
    }
    Ok(())
}

/// When and why the facts at a position were erased; `None` where nothing says so.
pub(super) async fn erasure_of(
    rows: &mut dyn Connection,
    position: i64,
) -> Result<Option<Erasure>, StoreError> {
    let events = rows.events_of(&subject_of(position)).await?;
    Ok(events.into_iter().find(|row| row.event.kind == ERASED).and_then(|row| {
        let data: serde_json::Value = serde_json::from_str(&row.event.data).unwrap_or_default();
        let reason = data["reason"].as_str().unwrap_or_default().to_owned();
        Some(Erasure { position, at: Timestamp::from_microsecond(row.event.at).ok()?, reason })
    }))
}

/// What an erasure is about: the event, not what the event was about.
pub(super) fn subject_of(position: i64) -> String {
    format!("event-{position}")
}
