//! A copy of a database that is in use.

use crate::error::store_error;
use jiebang_store::StoreError;
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::{File, OpenOptions},
    path::Path,
    time::Duration,
};

/// Copies the database to a file that is not there yet, as it was at one moment: everything that was acknowledged before is in
/// it, and no act half. Acts go on meanwhile, also those of other processes. Blocks.
///
/// # Errors
///
/// `Unavailable` when there is no database or the file is there already; `Full` when there is no room.
pub fn copy_database(database: &Path, to: &Path) -> Result<(), StoreError> {
    let file = |error: std::io::Error| StoreError::Unavailable(format!("{}: {error}", to.display()));
    // Only the owner reads it: it holds personal data.
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(to).map_err(file)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copied = Connection::open_with_flags(database, flags).and_then(|source| {
        source.busy_timeout(Duration::from_secs(5))?;
        // The name of a file in another encoding than UTF-8 is refused here.
        source.execute("vacuum into ?1", [to.to_str()]).map(drop)
    });
    copied.map_err(|error| store_error(&error))?;
    File::open(to).and_then(|file| file.sync_all()).map_err(file)
}
