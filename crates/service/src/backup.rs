//! Copies of the files that events name.

use std::collections::BTreeSet;

use jiebang_store::EventRow;

use crate::{FileStore, ServiceError, Store};

/// Events that are looked at in one reading.
const PAGE: i64 = 500;

/// Copies every file that an event of this store names to another place for files. Files are there before the events that name
/// them and are never taken away, so a copy of the database that was made first finds all of its own. What is missing or damaged
/// is left out: [`health`](crate::health) of the copy says so.
///
/// # Errors
/// When the store does not answer, or nothing can be kept at the other place.
pub async fn copy_files(store: &Store, files: &FileStore, to: &FileStore) -> Result<(), ServiceError> {
    let (mut seen, mut position) = (BTreeSet::new(), 0);
    loop {
        let page = store
            .read::<Vec<EventRow>, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.events_after(position, PAGE).await?) })
            }))
            .await?;
        let Some(last) = page.last() else { return Ok(()) };
        position = last.position;
        for row in page.iter().filter(|row| row.event.kind == "file_attached") {
            let data: serde_json::Value = serde_json::from_str(&row.event.data).unwrap_or_default();
            let hash = data["sha256"].as_str().unwrap_or_default();
            if seen.insert(hash.to_owned()) {
                files.copy_to(to, hash).await?;
            }
        }
    }
}
