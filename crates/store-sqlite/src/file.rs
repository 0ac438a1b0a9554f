//! Whether the file that is open is still the file that stands at its path.
//!
//! An open file goes on taking writes after it has been deleted, moved away or replaced by another one (a restored backup, a
//! second installation in the same folder, a volume that was mounted anew). SQLite does not notice in the write-ahead mode:
//! commits succeed, `fsync` succeeds, and all of it vanishes with the last handle. So each batch is acknowledged only if the
//! path still leads to the same device and inode as when it was opened; the same holds for the log beside it, because commits
//! are there until they are moved into the file.
//!
//! The store never opens a file that has come to stand at the path instead: mixing two databases is worse than refusing. It
//! goes on by itself when the original is back. When only the log was deleted, what it held is moved into the file at once, and
//! the server has to be started anew.

use jiebang_store::StoreError;
use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    sync::Mutex,
};

/// Device and inode.
type Identity = (u64, u64);

/// The database file and its log as they were when they were opened.
#[derive(Debug)]
pub(crate) struct DatabaseFile {
    path: PathBuf,
    identity: Identity,
    log_path: PathBuf,
    /// Changes when the last connection is closed and a new one opened: SQLite then makes a new log.
    log_identity: Mutex<Option<Identity>>,
}

impl DatabaseFile {
    /// Takes the file that stands at `path`, or makes an empty one that only its owner can read: it will hold personal data.
    pub(crate) fn create_or_take(path: &Path) -> Result<Self, StoreError> {
        match create_private(path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(unavailable(path, &error));
            }
            _ => {}
        }
        // A relative path would lead elsewhere after a change of the working folder.
        let path = path.canonicalize().map_err(|error| unavailable(path, &error))?;
        let identity = identity(&path)?;
        let mut log_path = OsString::from(&path);
        log_path.push("-wal");
        Ok(Self { path, identity, log_path: log_path.into(), log_identity: Mutex::new(None) })
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Remembers the log that the writer has just opened.
    pub(crate) fn take_log(&self) -> Result<(), StoreError> {
        let identity = identity(&self.log_path)?;
        *self.log_identity.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(identity);
        Ok(())
    }

    /// Refuses when another file or none stands at the path.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        same(&self.path, self.identity)
    }

    /// Refuses when another file or none stands at the path, or at that of the log.
    pub(crate) fn check_with_log(&self) -> Result<(), StoreError> {
        self.check()?;
        match *self.log_identity.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) {
            Some(identity) => same(&self.log_path, identity),
            None => Ok(()),
        }
    }
}

fn same(path: &Path, expected: Identity) -> Result<(), StoreError> {
    if identity(path)? == expected {
        return Ok(());
    }
    Err(StoreError::Unavailable(format!("another file stands at {}", path.display())))
}

fn unavailable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

fn identity(path: &Path) -> Result<Identity, StoreError> {
    let metadata = fs::metadata(path).map_err(|error| unavailable(path, &error))?;
    Ok(identity_of(&metadata))
}

#[cfg(unix)]
fn identity_of(metadata: &fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// Where there are no inodes, only the absence of the file is noticed; open files cannot be replaced there anyway.
#[cfg(not(unix))]
fn identity_of(_: &fs::Metadata) -> Identity {
    (0, 0)
}

fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
