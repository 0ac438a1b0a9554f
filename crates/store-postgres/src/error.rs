//! What the database's errors mean to the floors above.

use jiebang_store::StoreError;

/// Translates an error of the driver.
pub(crate) fn store_error(error: &sqlx::Error) -> StoreError {
    let sqlx::Error::Database(reported) = error else { return StoreError::Unavailable(error.to_string()) };
    let code = reported.code();
    match code.as_deref().unwrap_or_default() {
        "23505" => StoreError::Duplicate(reported.constraint().unwrap_or_default().to_owned()),
        // Serialization failure, deadlock, lock not available, statement or lock timeout.
        "40001" | "40P01" | "55P03" | "57014" => StoreError::Busy,
        // Disk full, out of memory, too many connections are no faults of the act; a read-only transaction takes no write.
        "53100" | "53200" | "25006" => StoreError::Full(reported.to_string()),
        "53300" => StoreError::Busy,
        _ => StoreError::Unavailable(reported.to_string()),
    }
}
