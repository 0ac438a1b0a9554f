//! Files under their hash: received in pieces, looked at, made durable, then put in place.
//!
//! ```text
//! pieces ──▶ incoming/<name> (hashed on the way) ──▶ type, size, pages ──▶ fsync ──▶ ab/cd/abcd…  (only if absent) ──▶ fsync
//! ```
//!
//! What must never happen: an acknowledged file that a power cut takes away; a file under a hash that is not its own; a type
//! that rests on the name; an upload that was broken off and stays.
//!
//! This is a plain folder. `object_store` gives no `fsync` of file and folder before its rename, which is the promise here; it
//! comes with the second store (S3), where a finished upload is durable by itself.

mod inspect;
mod name;
mod pdf;
mod spool;

use std::fmt::Display;
use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use jiebang_domain::shared::Text;
use jiebang_store::StoreError;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::ServiceError;
use inspect::{Content, Fault};
use spool::Spool;

pub use name::clean_name;

/// Greatest size of one file: 20 MiB.
pub const FILE_BYTES_MAX: u64 = 20 * 1024 * 1024;
/// Most pages of one file.
pub const FILE_PAGES_MAX: u32 = 2_000;
/// Most pixels of one picture; a small file can unpack to any number.
pub const FILE_PIXELS_MAX: u64 = 100_000_000;
/// Pieces are collected to this size before they are written.
const WRITE_BYTES: usize = 256 * 1024;
/// Files that are looked at in one moment. One that is made for it costs up to 32 MiB and a second of one core; others less than
/// 1 MiB and some milliseconds, whatever their size.
const LOOKS_MAX: usize = 4;

/// Files in a folder, each under the SHA-256 of its content (文件库). Clones share the folder.
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: Arc<Path>,
    looks: Arc<Semaphore>,
}

/// A file that is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// SHA-256 of the content, hexadecimal; the key to open it.
    pub sha256: String,
    /// Bytes.
    pub size_bytes: u64,
    /// Media type by content.
    pub media_type: String,
    /// Pages of a PDF; 1 for a picture.
    pub pages: u32,
    /// The name as sent, cleaned, with the ending of the type.
    pub name: String,
}

impl FileStore {
    /// Opens the store in this folder, making it if it is not there, and removes what a crash left of uploads. Uploads that
    /// another process is receiving stay. Blocks; for the start.
    ///
    /// # Errors
    /// When the folder cannot be made or read.
    pub fn new(folder: &Path) -> Result<Self, ServiceError> {
        spool::prepare(folder).map_err(|error| disk_error(&error))?;
        Ok(Self { folder: Arc::from(folder), looks: Arc::new(Semaphore::new(LOOKS_MAX)) })
    }

    /// Receives a file. `name` is the name as sent, `field` the field that findings point to. An upload that breaks off,
    /// by an error of the stream or because nobody waits any more, leaves nothing.
    ///
    /// # Errors
    /// `TooLarge` beyond `bytes_max`; `Invalid` with a finding for an empty, damaged, encrypted or too long file, for a type
    /// that is not PDF, JPEG or PNG, for a name that claims another type, for an upload that broke off; `Full` when the disk
    /// is full.
    pub async fn put<S, E>(
        &self,
        field: &str,
        name: &str,
        stream: S,
        bytes_max: u64,
    ) -> Result<Stored, ServiceError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: Display,
    {
        let folder = self.folder.clone();
        let mut spool = blocking(move || Spool::create(&folder)).await?;
        let mut stream = pin!(stream);
        let (mut pieces, mut waiting, mut total) = (Vec::new(), 0, 0);
        while let Some(piece) = poll_fn(|context| stream.as_mut().poll_next(context)).await {
            let piece = piece.map_err(|error| broken_off(field, &error))?;
            waiting += piece.len();
            total += piece.len() as u64;
            if total > bytes_max {
                return Err(ServiceError::TooLarge(bytes_max));
            }
            pieces.push(piece);
            if waiting >= WRITE_BYTES {
                let ready = std::mem::take(&mut pieces);
                waiting = 0;
                spool = blocking(move || spool.append(&ready)).await?;
            }
        }
        let (cleaned, folder) = (clean_name(name), self.folder.clone());
        let look = self.looks.clone().acquire_owned().await;
        let look = look.map_err(|error| ServiceError::Internal(format!("file: {error}")))?;
        let found = blocking(move || {
            let mut spool = spool.append(&pieces)?;
            let size_bytes = spool.size();
            let content = match inspect::inspect(spool.file(), size_bytes, &cleaned)? {
                Ok(content) => content,
                Err(fault) => return Ok(Err(fault)),
            };
            drop(look);
            let sha256 = spool.keep(&folder)?;
            Ok(Ok(stored(content, sha256, size_bytes, &cleaned)))
        })
        .await?;
        found.map_err(|fault: Fault| fault.error(field, &clean_name(name)))
    }

    /// Keeps a file that is in memory already and has no name of its own.
    ///
    /// # Errors
    /// As [`FileStore::put`].
    pub async fn put_bytes(&self, content: Vec<u8>) -> Result<Stored, ServiceError> {
        let mut content = Some(Ok::<_, std::convert::Infallible>(Bytes::from(content)));
        self.put("file", "", Pieces(move || content.take()), FILE_BYTES_MAX).await
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    /// `NotFound` for a key that is no SHA-256, `Unavailable` when the file is not there.
    pub async fn open(&self, sha256: &str) -> Result<tokio::fs::File, ServiceError> {
        let path = spool::place(&self.folder, sha256).ok_or(ServiceError::NotFound)?;
        tokio::fs::File::open(path).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::Unavailable(format!("file {sha256} is missing")).into(),
            _ => disk_error(&error),
        })
    }

    /// How the file with this hash stands.
    pub async fn state(&self, sha256: &str) -> FileState {
        let Some(path) = spool::place(&self.folder, sha256) else { return FileState::Missing };
        let hashed = tokio::task::spawn_blocking(move || {
            let mut hasher = Sha256::new();
            std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
            std::io::Result::Ok(hex::encode(hasher.finalize()))
        });
        match hashed.await {
            Ok(Ok(found)) if found == sha256 => FileState::Whole,
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => FileState::Missing,
            _ => FileState::Damaged,
        }
    }
}

/// How a stored file stands (文件状况).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// As it was stored.
    Whole,
    /// Not there.
    Missing,
    /// Its content is not what its name says, or cannot be read.
    Damaged,
}

/// A stream whose pieces are there already.
struct Pieces<F>(F);

impl<T, F: FnMut() -> Option<T> + Unpin> Stream for Pieces<F> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<T>> {
        Poll::Ready((self.0)())
    }
}

fn stored(content: Content, sha256: String, size_bytes: u64, name: &str) -> Stored {
    Stored {
        sha256,
        size_bytes,
        media_type: content.kind.media_type().to_owned(),
        pages: content.pages,
        name: name::with_ending(name, content.kind.endings()),
    }
}

/// Runs work that blocks on a thread for it.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, ServiceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| ServiceError::Internal(format!("file: {error}")))?
        .map_err(|error| disk_error(&error))
}

/// What an error of the disk means to the caller.
fn disk_error(error: &io::Error) -> ServiceError {
    match error.kind() {
        io::ErrorKind::StorageFull
        | io::ErrorKind::QuotaExceeded
        | io::ErrorKind::FileTooLarge
        | io::ErrorKind::ReadOnlyFilesystem => StoreError::Full(error.to_string()).into(),
        _ => StoreError::Unavailable(format!("file: {error}")).into(),
    }
}

fn broken_off(field: &str, error: &dyn Display) -> ServiceError {
    tracing::debug!(%error, "an upload broke off");
    ServiceError::field(
        "upload_broken_off",
        field,
        Text::new("上传中断，文件没有收全", "The upload broke off; the file did not arrive whole"),
        Text::new("重新上传", "Upload it again"),
    )
}

#[cfg(test)]
mod tests;
