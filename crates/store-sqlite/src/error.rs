//! What the database's errors mean to the floors above.

use jiebang_store::StoreError;

/// Primary result codes of SQLite, the low byte of each extended code.
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const READ_ONLY: i32 = 8;
const FULL: i32 = 13;

/// Extended codes of writes that the system refused. SQLite says `FULL` only when the system said that no space is left; a
/// quota, a limit on the size of files or a failed `fsync` arrive as these.
const WRITE_FAILURES: [i32; 5] = [
    10 | (3 << 8),  // SQLITE_IOERR_WRITE
    10 | (4 << 8),  // SQLITE_IOERR_FSYNC
    10 | (5 << 8),  // SQLITE_IOERR_DIR_FSYNC
    10 | (6 << 8),  // SQLITE_IOERR_TRUNCATE
    10 | (19 << 8), // SQLITE_IOERR_SHMSIZE
];

/// Translates an error of the driver.
pub(crate) fn store_error(error: &sqlx::Error) -> StoreError {
    let sqlx::Error::Database(database) = error else {
        return StoreError::Unavailable(error.to_string());
    };
    if database.is_unique_violation() {
        return StoreError::Duplicate(constraint(database.message()));
    }
    let code: i32 = database.code().and_then(|code| code.parse().ok()).unwrap_or_default();
    match code & 0xff {
        BUSY | LOCKED => StoreError::Busy,
        FULL | READ_ONLY => StoreError::Full(database.to_string()),
        _ if WRITE_FAILURES.contains(&code) => StoreError::Full(database.to_string()),
        _ => StoreError::Unavailable(database.to_string()),
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
