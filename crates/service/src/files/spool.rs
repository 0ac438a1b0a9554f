//! A file on its way in. Everything here blocks.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sha2::{Digest, Sha256};

const INCOMING: &str = "incoming";

/// A file that is being received.
pub(super) struct Spool {
    file: File,
    temporary: Temporary,
    hash: Sha256,
    size: u64,
}

/// A path that is removed when it is dropped, off the async threads.
struct Temporary(Option<PathBuf>);

impl Drop for Temporary {
    fn drop(&mut self) {
        let Some(path) = self.0.take() else { return };
        let remove = move || drop(fs::remove_file(path));
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(remove)),
            Err(_) => remove(),
        }
    }
}

impl Spool {
    /// Begins a file beside the ones that are kept, so that it can be moved there in one step.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let incoming = folder.join(INCOMING);
        make_folder(&incoming)?;
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = incoming.join(format!("{}-{number}", std::process::id()));
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            match options.open(&path) {
                // Left by a process that had this number before.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(file) => {
                    // The lock says that somebody is at work on it, until the file is closed. If a process that is starting
                    // was quicker, the file is on its way out, and another name is taken.
                    if file.try_lock().is_ok() && path.try_exists()? {
                        return Ok(Self {
                            file,
                            temporary: Temporary(Some(path)),
                            hash: Sha256::new(),
                            size: 0,
                        });
                    }
                }
            }
        }
    }

    /// Adds pieces.
    pub(super) fn append(mut self, pieces: &[Bytes]) -> io::Result<Self> {
        for piece in pieces {
            self.file.write_all(piece)?;
            self.hash.update(piece);
            self.size += piece.len() as u64;
        }
        Ok(self)
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The hash of what has arrived, hexadecimal.
    pub(super) fn sha256(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }

    /// The hash and the whole content, for a place that is not this disk. The file goes with the spool.
    pub(super) fn content(mut self) -> io::Result<(Self, String, Bytes)> {
        let mut content = Vec::new();
        self.file.rewind()?;
        self.file.read_to_end(&mut content)?;
        let sha256 = self.sha256();
        Ok((self, sha256, content.into()))
    }

    /// The file itself, from its beginning, without a name: it goes when it is closed.
    pub(super) fn into_file(mut self) -> io::Result<File> {
        self.file.rewind()?;
        Ok(self.file)
    }

    /// Makes the file durable under its hash and returns the hash.
    pub(super) fn keep(mut self, folder: &Path) -> io::Result<String> {
        let sha256 = self.sha256();
        let place = place(folder, &sha256).ok_or_else(|| io::Error::other("no place for this hash"))?;
        let parent = place.parent().unwrap_or(folder);
        make_folder(parent)?;
        let there = fs::metadata(&place).is_ok_and(|found| found.is_file() && found.len() == self.size);
        if !there {
            self.file.sync_all()?;
            let Some(path) = &self.temporary.0 else { return Err(io::Error::other("no temporary file")) };
            fs::rename(path, &place)?;
            self.temporary.0 = None;
        }
        // Also when it was there: whoever put it there may not have come this far.
        let outer = parent.parent().unwrap_or(folder);
        for part in [parent, outer, folder] {
            sync_folder(part)?;
        }
        Ok(sha256)
    }
}

/// Where the file with this hash is; `None` for what is no hash.
pub(super) fn place(folder: &Path, sha256: &str) -> Option<PathBuf> {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if sha256.len() != 64 || !sha256.bytes().all(digit) {
        return None;
    }
    Some(folder.join(sha256.get(..2)?).join(sha256.get(2..4)?).join(sha256))
}

/// Makes the folder and removes files on their way in that nobody is at work on.
pub(super) fn prepare(folder: &Path) -> io::Result<()> {
    let incoming = folder.join(INCOMING);
    make_folder(&incoming)?;
    for entry in fs::read_dir(incoming)? {
        let path = entry?.path();
        match File::open(&path) {
            Ok(file) if file.try_lock().is_ok() => fs::remove_file(path)?,
            Ok(_) => {}
            // It was finished in the meantime.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes the names in a folder durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
