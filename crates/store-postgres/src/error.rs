//! What the database's errors mean to the floors above.

use jiebang_store::StoreError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use std::io::ErrorKind;

/// Translates an error of the driver.
pub(crate) fn store_error(error: &sqlx::Error) -> StoreError {
    let sqlx::Error::Database(reported) = error else { return StoreError::Unavailable(error.to_string()) };
    let code = reported.code();
    match code.as_deref().unwrap_or_default() {
        "23505" => StoreError::Duplicate(reported.constraint().unwrap_or_default().to_owned()),
        // Serialization failure, deadlock, lock not available, statement or lock timeout.
        "40001" | "40P01" | "55P03" | "57014" => StoreError::Busy,
        // Disk full, out of memory, too many connections are no faults of the act; a read-only transaction takes no write.
        "53100" | "53200" | "25006" => StoreError::Full(reported.message().to_owned()),
        "53300" => StoreError::Busy,
        _ => StoreError::Unavailable(reported.message().to_owned()),
    }
}

/// Translates an error that ended the attempt to connect.
pub(crate) fn connect_error(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Tls(why) => StoreError::Insecure(why.to_string()),
        // What the handshake says of a certificate.
        sqlx::Error::Io(io) if io.kind() == ErrorKind::InvalidData => StoreError::Insecure(io.to_string()),
        other => store_error(other),
    }
}

/// Translates an error that a commit met. Only where the server itself goes on and says so is it sure that nothing stands.
pub(crate) fn commit_error(error: &sqlx::Error) -> StoreError {
    match error {
        sqlx::Error::Database(_) if !is_lost(error) => store_error(error),
        _ => StoreError::Unsure(error.to_string()),
    }
}

/// The connection is at its end: it broke, or the server does not go on with it after this error.
pub(crate) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(reported) => reported
            .try_downcast_ref::<PgDatabaseError>()
            .is_none_or(|reported| matches!(reported.severity(), PgSeverity::Fatal | PgSeverity::Panic)),
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        _ => false,
    }
}
