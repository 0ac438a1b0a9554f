//! What the database's errors mean to the floors above.

use jiebang_store::StoreError;
use rusqlite::{ErrorCode, ffi};

/// Writes that the system refused. SQLite says "full" only when the system said that no space is left; a quota, a limit on
/// the size of files or a failed `fsync` arrive as these.
const WRITE_FAILURES: [i32; 5] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_FSYNC,
    ffi::SQLITE_IOERR_DIR_FSYNC,
    ffi::SQLITE_IOERR_TRUNCATE,
    ffi::SQLITE_IOERR_SHMSIZE,
];

/// Translates an error of the driver.
pub(crate) fn store_error(error: &rusqlite::Error) -> StoreError {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return StoreError::Unavailable(error.to_string());
    };
    let extended = failure.extended_code;
    match failure.code {
        ErrorCode::ConstraintViolation
            if [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY].contains(&extended) =>
        {
            StoreError::Duplicate(constraint(message.as_deref().unwrap_or_default()))
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => StoreError::Busy,
        ErrorCode::DiskFull | ErrorCode::ReadOnly => StoreError::Full(error.to_string()),
        ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => StoreError::Foreign(error.to_string()),
        _ if WRITE_FAILURES.contains(&extended) => StoreError::Full(error.to_string()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// The columns of a violated constraint, as in `submission.receipt_number`. SQLite gives constraints no names but lists their
/// columns after a colon.
fn constraint(message: &str) -> String {
    message.rsplit_once(": ").map_or(message, |(_, columns)| columns).to_owned()
}

#[cfg(test)]
mod tests {
    use super::constraint;

    #[test]
    fn a_constraint_is_named_by_its_columns() {
        assert_eq!(constraint("UNIQUE constraint failed: account.username"), "account.username");
        assert_eq!(
            constraint("UNIQUE constraint failed: section.application_id, section.section"),
            "section.application_id, section.section"
        );
        assert_eq!(constraint("something else"), "something else");
    }
}
