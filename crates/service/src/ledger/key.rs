//! Which key signs the ledger of a database. Its public half is recorded there, so that of several servers none signs with
//! another, and a server that has lost its key does not go on with a new one unnoticed.

use jiebang_ledger::VerifierKey;
use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_store::{Connection, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::event;
use crate::{ServiceError, Store};

/// Name of the setting that holds the public half.
pub(super) const KEY: &str = "ledger_key";

/// The public half of the key that signs the ledger of this database; of heads that were signed before it was recorded, the name
/// alone. `None` when nothing was signed yet.
///
/// # Errors
/// When the store does not answer.
pub async fn recorded_ledger_key(store: &Store) -> Result<Option<String>, ServiceError> {
    let read = store.read::<_, StoreError>(Box::new(|rows| Box::pin(async move { recorded(rows).await })));
    Ok(read.await?)
}

async fn recorded(rows: &mut dyn Connection) -> Result<Option<String>, StoreError> {
    if let Some(key) = rows.setting(KEY).await? {
        return Ok(Some(key));
    }
    // The first line of a head is the name of its key.
    let head = rows.checkpoint().await?;
    Ok(head.map(|head| head.note.lines().next().unwrap_or_default().to_owned()))
}

/// Records this key as the one that signs the ledger, unless one is recorded. Returns whether it is this one now.
///
/// # Errors
/// When the store does not answer.
pub async fn claim_ledger_key(store: &Store, key: &VerifierKey) -> Result<bool, ServiceError> {
    let key = key.clone();
    store
        .act::<bool, ServiceError>(Box::new(move |rows| {
            Box::pin(async move {
                if let Some(recorded) = rows.setting(KEY).await? {
                    return Ok(recorded == key.as_str());
                }
                let head = rows.checkpoint().await?;
                if head.is_some_and(|head| Checkpoint::open(&head.note, &key).is_none()) {
                    return Ok(false);
                }
                rows.set_setting(KEY, key.as_str()).await?;
                Ok(true)
            })
        }))
        .await
}

/// Records this key as the one that signs from now on, after the old one was lost or became known, with an event that says so.
/// Returns whether it was another before.
///
/// # Errors
/// When the store does not answer.
pub async fn adopt_ledger_key(store: &Store, key: &VerifierKey, at: Timestamp) -> Result<bool, ServiceError> {
    let key = key.as_str().to_owned();
    store
        .act::<bool, ServiceError>(Box::new(move |rows| {
            Box::pin(async move {
                let before = recorded(rows).await?;
                if before.as_ref() == Some(&key) {
                    return Ok(false);
                }
                rows.set_setting(KEY, &key).await?;
                let data = json!({ "from": before, "to": key });
                rows.add_event(&event("ledger_key_changed", "ledger", None, &data, at.as_microsecond()))
                    .await?;
                Ok(true)
            })
        }))
        .await
}
