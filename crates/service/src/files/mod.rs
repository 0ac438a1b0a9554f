//! Files under their hash: received in pieces, looked at, made durable, then put in place.
//!
//! ```text
//! pieces ──▶ incoming/<name> (hashed on the way) ──▶ type, size, pages ──▶ fsync ──▶ ab/cd/abcd…  (only if absent) ──▶ fsync
//! ```
//!
//! What must never happen: an acknowledged file that a power cut takes away; a file under a hash that is not its own; a type
//! that rests on the name; an upload that was broken off and stays.
//!
//! The shelf is a plain folder, or a bucket of an S3 store, to which a file is sent from its place on the way in. From a bucket a
//! file is fetched whole and held against its hash before its first byte is given out: half of one is an error, not a file.

mod inspect;
mod name;
mod objects;
mod pdf;
mod spool;

use std::fmt::Display;
use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use jiebang_domain::shared::Text;
use jiebang_store::StoreError;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::Semaphore;
use tokio_util::io::StreamReader;

use crate::ServiceError;
use inspect::{Content, Fault};
use objects::Objects;
use spool::Spool;

pub use name::clean_name;
pub use objects::BucketLimits;

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

/// Files, each under the SHA-256 of its content (文件库). Clones share the place.
#[derive(Clone, Debug)]
pub struct FileStore {
    /// Where files arrive, and where they stay unless there is a bucket.
    folder: Arc<Path>,
    looks: Arc<Semaphore>,
    objects: Option<Objects>,
}

/// The bytes of a file as they are read.
pub type FileReader = Pin<Box<dyn AsyncRead + Send>>;

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
        Ok(Self { folder: Arc::from(folder), looks: Arc::new(Semaphore::new(LOOKS_MAX)), objects: None })
    }

    /// Opens the store in the part of a bucket that an address names (`s3://bucket/prefix`); files arrive in this folder.
    /// `environment` names endpoint, region and credentials (`AWS_ENDPOINT`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY`; `AWS_ALLOW_HTTP` without TLS).
    ///
    /// # Errors
    /// When the address is none, the bucket does not answer, or the folder cannot be made.
    pub async fn in_bucket(
        address: &str,
        folder: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
        limits: BucketLimits,
    ) -> Result<Self, ServiceError> {
        let objects = Objects::open(address, environment, limits).await?;
        Ok(Self { objects: Some(objects), ..Self::new(folder)? })
    }

    /// Receives a file. `name` is the name as sent, `field` the field that findings point to. An upload that breaks off,
    /// by an error of the stream or because nobody waits any more, leaves nothing.
    ///
    /// # Errors
    /// `TooLarge` beyond `bytes_max`; `Invalid` with a finding for an empty, damaged, encrypted or too long file, for a type
    /// that is not PDF, JPEG or PNG, for a name that claims another type, for an upload that broke off; `Full` when the disk
    /// is full; `Files` when the bucket does not take it in time.
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
        let cleaned = clean_name(name);
        let look = self.looks.clone().acquire_owned().await;
        let look = look.map_err(|error| ServiceError::Internal(format!("file: {error}")))?;
        let looked_at = blocking(move || {
            let mut spool = spool.append(&pieces)?;
            let size_bytes = spool.size();
            let content = inspect::inspect(spool.file(), size_bytes, &cleaned)?;
            drop(look);
            Ok(content.map(|content| (spool, stored(content, String::new(), size_bytes, &cleaned))))
        })
        .await?;
        let (spool, found) = looked_at.map_err(|fault: Fault| fault.error(field, &clean_name(name)))?;
        Ok(Stored { sha256: self.keep(spool).await?, ..found })
    }

    /// Makes a file durable under its hash and returns the hash.
    async fn keep(&self, spool: Spool) -> Result<String, ServiceError> {
        let Some(objects) = &self.objects else {
            let folder = self.folder.clone();
            return blocking(move || spool.keep(&folder)).await;
        };
        // The copy on the way in goes with the spool, once the file is there.
        let (_spool, sha256, content) = blocking(move || spool.content()).await?;
        objects.keep(&sha256, content).await?;
        Ok(sha256)
    }

    /// Copies a file to another store, if it is whole, and says how it stands here.
    ///
    /// # Errors
    /// When the other store cannot keep it.
    pub async fn copy_to(&self, other: &Self, sha256: &str) -> Result<FileState, ServiceError> {
        let mut reader = match self.read(sha256).await {
            Ok(reader) => reader,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FileState::Missing),
            Err(_) => return Ok(FileState::Damaged),
        };
        let Ok(spool) = spooled(other.folder.clone(), &mut reader).await? else {
            return Ok(FileState::Damaged);
        };
        if spool.sha256() != sha256 {
            return Ok(FileState::Damaged);
        }
        other.keep(spool).await?;
        Ok(FileState::Whole)
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
    /// `NotFound` for a key that is no SHA-256; `Files` when the file is not there, or does not come whole and in time from the
    /// bucket; `Full` when there is no room to fetch it.
    pub async fn open(&self, sha256: &str) -> Result<FileReader, ServiceError> {
        if spool::place(&self.folder, sha256).is_none() {
            return Err(ServiceError::NotFound);
        }
        let Some(objects) = &self.objects else { return self.read(sha256).await.map_err(absent(sha256)) };
        objects.in_time(self.fetch(sha256)).await
    }

    /// Brings a file from the bucket here and looks at it.
    async fn fetch(&self, sha256: &str) -> Result<FileReader, ServiceError> {
        let mut reader = self.read(sha256).await.map_err(absent(sha256))?;
        let spool = spooled(self.folder.clone(), &mut reader).await?;
        let spool = spool.map_err(|error| ServiceError::Files(format!("{sha256}: {error}")))?;
        if spool.sha256() != sha256 {
            return Err(ServiceError::Files(format!("{sha256} is damaged")));
        }
        let file = blocking(move || spool.into_file()).await?;
        Ok(Box::pin(tokio::fs::File::from_std(file)))
    }

    async fn read(&self, sha256: &str) -> io::Result<FileReader> {
        let path = spool::place(&self.folder, sha256).ok_or(io::ErrorKind::NotFound)?;
        match &self.objects {
            None => Ok(Box::pin(tokio::fs::File::open(path).await?)),
            Some(objects) => Ok(Box::pin(StreamReader::new(objects.open_file(sha256).await?))),
        }
    }

    /// Removes a file for good, if it is there. Nobody may be storing it meanwhile.
    ///
    /// # Errors
    /// `NotFound` for a key that is no SHA-256; when it cannot be removed.
    pub(crate) async fn remove(&self, sha256: &str) -> Result<(), ServiceError> {
        let path = spool::place(&self.folder, sha256).ok_or(ServiceError::NotFound)?;
        if let Some(objects) = &self.objects {
            return objects.remove(sha256).await;
        }
        match tokio::fs::remove_file(path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk_error(&error)),
            _ => Ok(()),
        }
    }

    /// How the file with this hash stands.
    pub async fn state(&self, sha256: &str) -> FileState {
        match self.hash(sha256).await {
            Ok(found) if found == sha256 => FileState::Whole,
            Err(error) if error.kind() == io::ErrorKind::NotFound => FileState::Missing,
            _ => FileState::Damaged,
        }
    }

    async fn hash(&self, sha256: &str) -> io::Result<String> {
        let mut reader = self.read(sha256).await?;
        let (mut hasher, mut piece) = (Sha256::new(), BytesMut::with_capacity(WRITE_BYTES));
        while reader.read_buf(&mut piece).await? > 0 {
            hasher.update(&piece);
            piece.clear();
        }
        Ok(hex::encode(hasher.finalize()))
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

/// Takes down what a reader gives, in a file on its way in. The inner error is the reader's.
async fn spooled(
    folder: Arc<Path>,
    reader: &mut FileReader,
) -> Result<Result<Spool, io::Error>, ServiceError> {
    let mut spool = blocking(move || Spool::create(&folder)).await?;
    loop {
        let mut piece = BytesMut::with_capacity(WRITE_BYTES);
        match reader.read_buf(&mut piece).await {
            Ok(0) => return Ok(Ok(spool)),
            Ok(_) => spool = blocking(move || spool.append(&[piece.freeze()])).await?,
            Err(error) => return Ok(Err(error)),
        }
    }
}

/// What it means that a file cannot be opened.
fn absent(sha256: &str) -> impl Fn(io::Error) -> ServiceError {
    move |error| match error.kind() {
        io::ErrorKind::NotFound => ServiceError::Files(format!("{sha256} is missing")),
        _ => disk_error(&error),
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
        _ => ServiceError::Files(error.to_string()),
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
