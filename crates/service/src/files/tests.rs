use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiebang_store::StoreError;
use tokio::io::AsyncReadExt;

use super::*;

mod made;
mod pdf;
#[path = "../../../testkit/src/s3.rs"]
mod s3;

use made::Made;

struct Shelf {
    folder: tempfile::TempDir,
    store: FileStore,
    server: Option<s3::S3Server>,
}

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(&folder.path().join("files")).unwrap();
        Self { folder, store, server: None }
    }

    /// On an S3 server of its own.
    async fn in_a_bucket() -> Self {
        let mut shelf = Self::new();
        shelf.server = Some(s3::S3Server::start(&shelf.folder.path().join("s3")).await);
        shelf.store = shelf.again().await;
        shelf
    }

    /// Another store on the same shelf.
    async fn again(&self) -> FileStore {
        let store = FileStore::new(&self.folder.path().join("files")).unwrap();
        let Some(server) = &self.server else { return store };
        let address = format!("s3://{}/ours/files", s3::S3Server::BUCKET);
        let objects = Objects::open(&address, environment(server), SHORT).await.unwrap();
        FileStore { objects: Some(objects), ..store }
    }

    /// Where the file with this hash is in the end.
    fn place(&self, sha256: &str) -> PathBuf {
        let folder = if self.server.is_some() { "s3/files/ours/files" } else { "files" };
        spool::place(&self.folder.path().join(folder), sha256).unwrap()
    }

    async fn put(&self, name: &str, content: &[u8]) -> Result<Stored, ServiceError> {
        let mut pieces: Vec<_> =
            content.chunks(10_000).map(|piece| Ok::<_, String>(Bytes::copy_from_slice(piece))).collect();
        pieces.reverse();
        self.store.put("evidence.a", name, Pieces(move || pieces.pop()), FILE_BYTES_MAX).await
    }

    async fn get(&self, sha256: &str) -> Result<Vec<u8>, ServiceError> {
        let mut content = Vec::new();
        self.store.open(sha256).await?.read_to_end(&mut content).await.unwrap();
        Ok(content)
    }

    /// Paths of all files, those on their way in included, once no work is left.
    async fn files(&self) -> Vec<PathBuf> {
        for _ in 0..200 {
            if fs::read_dir(self.folder.path().join("files/incoming")).unwrap().count() == 0 {
                break;
            }
            tokio::task::yield_now().await;
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(5))).await.unwrap();
        }
        let (mut folders, mut files) = (vec![self.folder.path().to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        // The server keeps notes of its own beside what it was given.
        let own = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy();
            self.server.is_none() || name.len() == 64 || path.parent().unwrap().ends_with("incoming")
        };
        files.retain(own);
        files
    }
}

/// Limits that a test can wait for.
const SHORT: BucketLimits = BucketLimits {
    answer: Duration::from_millis(400),
    repeated: Duration::from_millis(600),
    whole: Duration::from_millis(1_500),
};

fn environment(server: &s3::S3Server) -> impl Iterator<Item = (String, String)> + use<> {
    server.environment().into_iter().map(|(name, value)| (name.to_owned(), value))
}

/// Runs tests on a folder and on a bucket.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod in_a_folder {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Shelf::new()).await;
            })*
        }
        mod in_a_bucket {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::Shelf::in_a_bucket().await).await;
            })*
        }
    };
}

on_both!(
    files_are_kept_under_their_hash,
    what_is_refused_leaves_nothing,
    too_large_is_refused_while_it_arrives,
    an_upload_that_breaks_off_leaves_nothing,
    a_file_cut_by_the_disk_is_replaced,
    only_hashes_are_keys,
    what_is_damaged_is_seen_and_not_copied,
);

fn pdf(pages: u32, trailer: &str) -> Vec<u8> {
    Made::new().tree(pages).table(trailer).bytes()
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut all = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    all.extend(width.to_be_bytes());
    all.extend(height.to_be_bytes());
    all.extend(b"\x08\x02\0\0\0crc!\0\0\0\x04IDATdatacrc!\0\0\0\0IENDcrc!");
    all
}

fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let mut all =
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xff\xc4\0\x04\0\0\xff\xc2\0\x0b\x08"
            .to_vec();
    all.extend(height.to_be_bytes());
    all.extend(width.to_be_bytes());
    all.extend(b"\x01\x01\x11\0\xff\xda\0\x04\0\0scan\xff\0data\xff\xd9trailing");
    all
}

fn code(result: Result<Stored, ServiceError>) -> String {
    match result {
        Err(ServiceError::Invalid(findings)) => {
            let [finding] = &findings[..] else { panic!("{findings:?}") };
            assert_eq!(finding.field.as_deref(), Some("evidence.a"));
            assert!(!finding.message.zh.is_empty() && !finding.remedy.en.is_empty());
            finding.code.clone()
        }
        other => panic!("{other:?}"),
    }
}

async fn files_are_kept_under_their_hash(shelf: Shelf) {
    for (name, content, media_type, pages, kept_as) in [
        ("证明.PDF", pdf(3, ""), "application/pdf", 3, "证明.PDF"),
        ("../a/扫描", jpeg(800, 600), "image/jpeg", 1, "扫描.jpg"),
        ("图.jpeg", jpeg(1, 1), "image/jpeg", 1, "图.jpeg"),
        ("v1.2", png(30, 40), "image/png", 1, "v1.2.png"),
        (
            "big.pdf",
            Made::new().tree(3).stream(9, "", &[b' '; 3_000_000]).table("").bytes(),
            "application/pdf",
            3,
            "big.pdf",
        ),
    ] {
        let stored = shelf.put(name, &content).await.unwrap();
        let sha256 = crate::ledger::sha256(&content);
        assert_eq!(
            stored,
            Stored {
                sha256: sha256.clone(),
                size_bytes: content.len() as u64,
                media_type: media_type.to_owned(),
                pages,
                name: kept_as.to_owned(),
            }
        );
        assert_eq!(fs::read(shelf.place(&sha256)).unwrap(), content);
        let mut read = Vec::new();
        shelf.store.open(&sha256).await.unwrap().read_to_end(&mut read).await.unwrap();
        assert!(read == content && shelf.store.state(&sha256).await == FileState::Whole);
    }
    assert_eq!(shelf.files().await.len(), 5);
    // The same content again, at once and in another store of the same folder.
    let again = shelf.again().await;
    let content = pdf(3, "");
    let (one, two) = tokio::join!(shelf.put("b.pdf", &content), again.put_bytes(content.clone()));
    assert_eq!(one.unwrap().sha256, two.unwrap().sha256);
    assert_eq!(shelf.files().await.len(), 5);
}

async fn what_is_refused_leaves_nothing(shelf: Shelf) {
    let mut cut = pdf(1, "");
    cut.truncate(cut.len() - 8);
    let html = b"<html><script>alert(1)</script></html>".to_vec();
    let svg = b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec();
    let zip = [b"PK\x03\x04\x14\0\0\0\x08\0".to_vec(), vec![0; 300]].concat();
    for (name, content, expected) in [
        ("a.pdf", Vec::new(), "file_empty"),
        ("a.pdf", html.clone(), "file_type_refused"),
        ("a.html", html, "file_type_refused"),
        ("a.svg", svg, "file_type_refused"),
        ("a.docx", zip.clone(), "file_type_refused"),
        ("a.pdf", zip, "file_type_refused"),
        ("a.pdf", b"GIF89a\x01\0\x01\0".to_vec(), "file_type_refused"),
        ("a.pdf", vec![0; 10], "file_type_refused"),
        ("a.jpg", pdf(1, ""), "file_type_mismatch"),
        ("a.pdf.exe", pdf(1, ""), "file_type_mismatch"),
        ("a.pdf", png(1, 1), "file_type_mismatch"),
        ("a.png", jpeg(1, 1), "file_type_mismatch"),
        ("a.pdf", cut, "file_damaged"),
        ("a.pdf", b"%PDF-".to_vec(), "file_damaged"),
        ("a.pdf", pdf(1, "/Encrypt 12 0 R "), "file_encrypted"),
        ("a.pdf", pdf(1, "/Encrypt<</Filter/Standard>> "), "file_encrypted"),
        ("a.pdf", pdf(2001, ""), "file_pages_too_many"),
        ("a.pdf", pdf(1, "/Prev 9223372036854775807"), "file_damaged"),
        (
            "a.pdf",
            Made::new().tree(1).table("").changed("startxref\n", "startxref\n9000000000000000"),
            "file_damaged",
        ),
        ("a.pdf", pdf(0, ""), "file_pages_unknown"),
        ("a.pdf", Made::new().tree(1).object(2, "<</Kids[2 0 R]>>").table("").bytes(), "file_pages_unknown"),
        ("a.pdf", [b"<html><script>alert(1)</script>".to_vec(), pdf(1, "")].concat(), "file_type_refused"),
        ("a.pdf", [b"#!/bin/sh\nexit\n".to_vec(), pdf(1, "")].concat(), "file_type_refused"),
        ("a.pdf", [vec![b'x'; 1_024], pdf(1, "")].concat(), "file_type_refused"),
        ("a.png", png(20_000, 20_000), "image_too_large"),
        ("a.png", png(u32::MAX, u32::MAX), "image_too_large"),
        ("a.jpg", jpeg(65_535, 65_535), "image_too_large"),
        ("a.png", png(0, 600), "file_damaged"),
        ("a.jpg", jpeg(600, 0), "file_damaged"),
    ] {
        assert_eq!(code(shelf.put(name, &content).await), expected, "{name}");
    }
    // Cut anywhere, a picture is damaged (or no picture), and nothing panics.
    for whole in [png(8, 8), jpeg(8, 8)] {
        let end = whole.len() - if whole[0] == 0xff { "trailing".len() } else { 0 };
        for length in 1..end {
            let code = code(shelf.put("", &whole[..length]).await);
            assert!(["file_damaged", "file_type_refused"].contains(&code.as_str()), "{length} {code}");
        }
    }
    assert!(shelf.files().await.is_empty());
}

#[tokio::test]
async fn a_pdf_is_known_behind_what_mail_and_browsers_leave() {
    let shelf = Shelf::new();
    for before in ["\u{feff}", "\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", &"x".repeat(1_023)] {
        for base in [0, before.len()] {
            let content = Made::behind(before, base).tree(2).table("").bytes();
            assert_eq!(shelf.put("a.pdf", &content).await.unwrap().pages, 2, "{before} {base}");
        }
    }
}

#[tokio::test]
async fn a_pdf_may_be_followed_by_empty_lines() {
    let shelf = Shelf::new();
    let content = [Made::new().tree(2).table("").bytes(), vec![b'\n'; 3_000]].concat();
    assert_eq!(shelf.put("a.pdf", &content).await.unwrap().pages, 2);
}

#[tokio::test]
async fn more_uploads_than_are_looked_at_in_one_moment_all_end() {
    let shelf = Shelf::new();
    let uploads: Vec<_> = (1..=40)
        .map(|pages| {
            let store = shelf.store.clone();
            tokio::spawn(async move { store.put_bytes(pdf(pages, "")).await.unwrap().pages })
        })
        .collect();
    for (pages, upload) in (1..).zip(uploads) {
        assert_eq!(upload.await.unwrap(), pages);
    }
    assert_eq!(shelf.store.looks.available_permits(), LOOKS_MAX);
}

async fn too_large_is_refused_while_it_arrives(shelf: Shelf) {
    let mut sent = 0;
    let endless = Pieces(|| {
        sent += 1;
        Some(Ok::<_, String>(Bytes::from_static(&[b'x'; 1000])))
    });
    let result = shelf.store.put("f", "a.pdf", endless, 1_000_000).await;
    assert!(matches!(result, Err(ServiceError::TooLarge(1_000_000))));
    assert_eq!(sent, 1001);
    let whole = pdf(1, "");
    let limit = whole.len() as u64;
    for (limit, fits) in [(limit, true), (limit - 1, false)] {
        let mut piece = Some(Ok::<_, String>(Bytes::from(whole.clone())));
        let result = shelf.store.put("f", "a.pdf", Pieces(move || piece.take()), limit).await;
        assert_eq!(result.is_ok(), fits);
    }
    assert_eq!(shelf.files().await.len(), 1);
}

async fn an_upload_that_breaks_off_leaves_nothing(shelf: Shelf) {
    let mut pieces = vec![Err("reset"), Ok(Bytes::from(vec![b'x'; 600_000])), Ok(Bytes::from(pdf(1, "")))];
    let result = shelf.store.put("evidence.a", "a.pdf", Pieces(move || pieces.pop()), FILE_BYTES_MAX).await;
    assert_eq!(code(result), "upload_broken_off");

    struct Stalled(Arc<AtomicBool>, bool);
    impl Stream for Stalled {
        type Item = Result<Bytes, String>;
        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            if std::mem::replace(&mut self.1, true) {
                self.0.store(true, Ordering::SeqCst);
                Poll::Pending
            } else {
                Poll::Ready(Some(Ok(Bytes::from(vec![b'x'; 600_000]))))
            }
        }
    }
    let (store, stalled) = (shelf.store.clone(), Arc::new(AtomicBool::new(false)));
    let stream = Stalled(stalled.clone(), false);
    let upload = tokio::spawn(async move { store.put("f", "a.pdf", stream, FILE_BYTES_MAX).await });
    while !stalled.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    // Another process that starts now leaves it alone.
    FileStore::new(&shelf.folder.path().join("files")).unwrap();
    assert_eq!(fs::read_dir(shelf.folder.path().join("files/incoming")).unwrap().count(), 1);
    upload.abort();
    assert!(upload.await.is_err());
    assert!(shelf.files().await.is_empty());
}

#[tokio::test]
async fn what_a_crash_left_is_removed_at_the_start() {
    let shelf = Shelf::new();
    let left = shelf.folder.path().join("files/incoming/1-1");
    fs::write(&left, "half").unwrap();
    FileStore::new(&shelf.folder.path().join("files")).unwrap();
    assert!(!left.exists());
}

async fn a_file_cut_by_the_disk_is_replaced(shelf: Shelf) {
    let stored = shelf.put("a.pdf", &pdf(1, "")).await.unwrap();
    let path = shelf.place(&stored.sha256);
    fs::write(&path, "").unwrap();
    shelf.put("a.pdf", &pdf(1, "")).await.unwrap();
    let mut text = Vec::new();
    fs::File::open(path).unwrap().read_to_end(&mut text).unwrap();
    assert_eq!(text, pdf(1, ""));
}

async fn only_hashes_are_keys(shelf: Shelf) {
    let upper = "A".repeat(64);
    for key in ["", "..", "../../../../etc/passwd", upper.as_str(), "é".repeat(32).as_str()] {
        assert!(matches!(shelf.store.open(key).await, Err(ServiceError::NotFound)), "{key}");
        assert_eq!(shelf.store.state(key).await, FileState::Missing);
    }
    let missing = shelf.store.open(&"a".repeat(64)).await;
    assert!(matches!(missing, Err(ServiceError::Files(_))));
}

async fn what_is_damaged_is_seen_and_not_copied(shelf: Shelf) {
    let other = Shelf::new();
    let (whole, damaged, missing) = (pdf(1, ""), pdf(2, ""), pdf(3, ""));
    let mut hashes = Vec::new();
    for content in [&whole, &damaged, &missing] {
        hashes.push(shelf.put("a.pdf", content).await.unwrap().sha256);
    }
    fs::write(shelf.place(&hashes[1]), [&damaged[..10], b"!", &damaged[11..]].concat()).unwrap();
    fs::remove_file(shelf.place(&hashes[2])).unwrap();
    let states = [FileState::Whole, FileState::Damaged, FileState::Missing];
    for (hash, state) in hashes.iter().zip(states) {
        assert_eq!(shelf.store.state(hash).await, state);
        assert_eq!(shelf.store.copy_to(&other.store, hash).await.unwrap(), state);
    }
    assert_eq!(other.files().await, [other.place(&hashes[0])]);
    assert_eq!(fs::read(other.place(&hashes[0])).unwrap(), whole);
}

#[tokio::test]
async fn a_bucket_that_is_not_to_be_had_is_told_at_the_start() {
    let shelf = Shelf::in_a_bucket().await;
    let server = shelf.server.as_ref().unwrap();
    for (bucket, key, secret) in [
        ("none", s3::S3Server::KEY, s3::S3Server::SECRET),
        (s3::S3Server::BUCKET, s3::S3Server::KEY, "wr0ng-secret"),
        (s3::S3Server::BUCKET, "nobody", s3::S3Server::SECRET),
    ] {
        let named = [("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret)];
        let named = named.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let address = format!("s3://{bucket}");
        let refused = Objects::open(&address, environment(server).chain(named), SHORT).await;
        let refused = refused.expect_err(bucket).to_string();
        assert!(!refused.contains(secret), "{refused}");
    }
}

#[tokio::test]
async fn a_fault_of_the_bucket_that_passes_is_not_noticed() {
    use s3::S3Fault::{Busy, Drips, HalfAnswer, HalfRequest, NoAnswer, Silent};
    let shelf = Shelf::in_a_bucket().await;
    let server = shelf.server.as_ref().unwrap();
    for (pages, (fault, times)) in
        (1..).zip([(Busy, 2), (HalfRequest, 1), (NoAnswer, 1), (Silent, 1), (Drips, 1), (HalfAnswer, 1)])
    {
        let content = pdf(pages, "");
        server.fail(fault, times);
        let stored = shelf.put("a.pdf", &content).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(fs::read(shelf.place(&stored.sha256)).unwrap(), content, "{fault:?}");
        server.fail(fault, times);
        assert_eq!(shelf.get(&stored.sha256).await.ok(), Some(content), "{fault:?}");
        server.mend();
    }
}

#[tokio::test]
async fn a_fault_of_the_bucket_that_stays_is_told_in_time_and_nothing_is_lost() {
    use s3::S3Fault::{Busy, Drips, HalfAnswer, HalfRequest, NoAnswer, Silent};
    let shelf = Shelf::in_a_bucket().await;
    let server = shelf.server.as_ref().unwrap();
    let kept = shelf.put("a.pdf", &pdf(100, "")).await.unwrap().sha256;
    let told = |result: Result<(), ServiceError>, fault, started: Instant| {
        assert!(matches!(result, Err(ServiceError::Files(_))), "{fault:?}: {result:?}");
        let waited = started.elapsed();
        assert!(waited < SHORT.whole + Duration::from_millis(500), "{fault:?}: {waited:?}");
    };
    for (pages, fault) in (1..).zip([Busy, HalfRequest, NoAnswer, Silent, Drips, HalfAnswer]) {
        let content = pdf(pages, "");
        server.fail(fault, u32::MAX);
        let started = Instant::now();
        told(shelf.get(&kept).await.map(drop), fault, started);
        // What it says of a put is in the head of its answer.
        let put = shelf.put("a.pdf", &content).await;
        if !matches!(fault, Drips | HalfAnswer) {
            told(put.map(drop), fault, started + SHORT.whole);
        }
        server.mend();
        // Nothing is left on the way, and the same file is taken now, whatever the bucket has of it.
        let stored = shelf.put("a.pdf", &content).await.unwrap();
        assert_eq!(shelf.get(&stored.sha256).await.unwrap(), content, "{fault:?}");
        assert_eq!(shelf.get(&kept).await.unwrap(), pdf(100, ""), "{fault:?}");
        let incoming = shelf.folder.path().join("files/incoming");
        assert!(shelf.files().await.iter().all(|path| !path.starts_with(&incoming)), "{fault:?}");
    }
    // A bucket that is silent at the start is no reason to wait for ever either.
    server.fail(Silent, u32::MAX);
    let started = Instant::now();
    let address = format!("s3://{}", s3::S3Server::BUCKET);
    told(Objects::open(&address, environment(server), SHORT).await.map(drop), Silent, started);
}

#[tokio::test]
async fn other_bytes_than_were_kept_are_not_given_out_of_a_bucket() {
    let shelf = Shelf::in_a_bucket().await;
    let content = pdf(3, "");
    let stored = shelf.put("a.pdf", &content).await.unwrap();
    for other in [&content[..content.len() / 2], &[&content[..], b"!"].concat()[..], b""] {
        fs::write(shelf.place(&stored.sha256), other).unwrap();
        assert!(matches!(shelf.get(&stored.sha256).await, Err(ServiceError::Files(_))), "{}", other.len());
    }
}

#[test]
fn a_full_disk_is_said_to_be_full() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::ReadOnlyFilesystem]
    {
        assert!(matches!(disk_error(&kind.into()), ServiceError::Store(StoreError::Full(_))));
    }
    assert!(matches!(disk_error(&io::ErrorKind::NotFound.into()), ServiceError::Files(_)));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_an_error_and_no_panic() {
    let shelf = Shelf::new();
    fs::remove_dir_all(shelf.folder.path().join("files")).unwrap();
    fs::write(shelf.folder.path().join("files"), "not a folder").unwrap();
    assert!(matches!(shelf.put("a.pdf", &pdf(1, "")).await, Err(ServiceError::Files(_))));
    assert!(FileStore::new(&shelf.folder.path().join("files")).is_err());
}
