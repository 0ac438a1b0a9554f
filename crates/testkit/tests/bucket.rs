//! Files in a bucket that is slow, busy, or breaks off: people are told in their language and in time, acts that need no file go on,
//! and what was acknowledged is there afterwards.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::{Duration, Instant};

use jiebang_domain::call::Entry;
use jiebang_testkit::{
    Answer, BUCKET_LIMITS, Client, Ready, S3Fault, S3Server, Sample, SampleFile, Setup, TestApp, multipart,
    multipart_kind, ready_draft,
};

const NOW: &str = "2025-03-20T09:00:00+08:00";
const CALL: &str = "miit-2025-ai-devices";
const ZH: [&str; 2] = ["文件存放处没有正常应答", "稍后再试"];
const EN: [&str; 2] = ["The place for files does not answer as it should", "Try again"];

/// A ready draft whose files are in a bucket.
struct Desk {
    app: TestApp,
    sample: Sample,
    ready: Ready,
}

impl Desk {
    async fn new() -> Self {
        let app = TestApp::with(Setup { now: NOW.to_owned(), bucket: true, ..Setup::default() }).await;
        let sample = app.sample(CALL);
        let ready = ready_draft(&app.service, &sample, "applicant").await;
        Self { app, sample, ready }
    }

    fn bucket(&self) -> &S3Server {
        self.app.bucket.as_ref().unwrap()
    }

    fn browser(&self, language: &str) -> Client {
        let mut client = self.app.client();
        client.set_cookie("session", &self.ready.token);
        client.set_cookie("lang", language);
        client
    }

    /// Ids and names of the draft's files.
    async fn files(&self) -> Vec<(String, String)> {
        let view = self.app.service.application(Some(&self.ready.actor), &self.ready.application).await;
        let files = view.unwrap().evidence.into_iter().flat_map(|item| item.files);
        files.map(|file| (file.id, file.name)).collect()
    }

    fn path(&self, rest: &str) -> String {
        format!("/applications/{}/{rest}", self.ready.application)
    }

    /// Address of the section with the boxes for files, and a file for one of them.
    fn upload(&self) -> (String, SampleFile) {
        let sections = &self.sample.call().sections;
        let holds =
            sections.iter().find(|of| of.entries.iter().any(|entry| matches!(entry, Entry::Evidence)));
        (self.path(&holds.unwrap().id), self.sample.files().remove(0))
    }
}

/// Says so in its language, and nothing of the bucket.
fn told(answer: &Answer, words: [&str; 2]) {
    assert!(words.iter().all(|words| answer.says(words)), "{}: {}", answer.path, answer.words());
    assert!(!answer.body.contains(S3Server::KEY) && !answer.body.contains("127.0.0.1"), "{}", answer.body);
}

fn in_time(started: Instant) {
    let waited = started.elapsed();
    assert!(waited < BUCKET_LIMITS.whole + Duration::from_secs(2), "{waited:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_the_bucket_does_not_take_is_told_and_leaves_the_form_as_it_was() {
    let desk = Desk::new().await;
    let (path, file) = desk.upload();
    let before = desk.files().await;
    let mut other = jiebang_testkit::files::pdf("another", 9);
    other.extend_from_slice(b"\n");
    for (fault, language, words) in [
        (S3Fault::Busy, "zh", ZH),
        (S3Fault::HalfRequest, "en", EN),
        (S3Fault::NoAnswer, "zh", ZH),
        (S3Fault::Silent, "en", EN),
    ] {
        desk.bucket().fail(fault, u32::MAX);
        let started = Instant::now();
        let answer = desk.browser(language).upload(&path, &[], &[(&file.input(), "b.pdf", &other)]).await;
        told(&answer.expect(503), words);
        in_time(started);
        assert_eq!(desk.files().await, before, "{fault:?}");
        desk.bucket().mend();
    }
    // A bucket that is busy for a moment only makes it take longer.
    desk.bucket().fail(S3Fault::Busy, 2);
    desk.browser("zh").upload(&path, &[], &[(&file.input(), "b.pdf", &other)]).await.expect(303);
    assert_eq!(desk.files().await.len(), before.len() + 1);
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_is_told_the_same_and_can_send_it_again_with_its_key() {
    let desk = Desk::new().await;
    let (_, file) = desk.upload();
    let mut program = desk.app.program("applicant").await;
    let path = format!("/api/v1{}", desk.path("files"));
    let member = file.member.to_string();
    let pairs = [("evidence", file.evidence.as_str()), ("member", member.as_str())];
    let content = jiebang_testkit::files::pdf("program", 4);
    let body = multipart(&pairs, &[("file", "c.pdf", &content)]);
    program.header("idempotency-key", "one");
    desk.bucket().fail(S3Fault::NoAnswer, u32::MAX);
    let answer = program.send(hyper::Method::POST, &path, Some(multipart_kind()), body.clone()).await;
    let problem = answer.expect(503).value();
    assert_eq!(problem["type"], "urn:jiebang:problem:unavailable", "{problem}");
    desk.bucket().mend();
    let before = desk.files().await.len();
    for _ in 0..2 {
        program.send(hyper::Method::POST, &path, Some(multipart_kind()), body.clone()).await.expect(201);
    }
    assert_eq!(desk.files().await.len(), before + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_file_is_a_page_that_says_so_and_never_a_file() {
    let desk = Desk::new().await;
    let (file, _) = desk.files().await.remove(0);
    let path = desk.path(&format!("files/{file}"));
    let whole = desk.browser("zh").get(&path).await.expect(200).bytes;
    for (fault, language, words) in [
        (S3Fault::HalfAnswer, "zh", ZH),
        (S3Fault::HalfAnswer, "en", EN),
        (S3Fault::Drips, "zh", ZH),
        (S3Fault::Busy, "en", EN),
        (S3Fault::NoAnswer, "zh", ZH),
        (S3Fault::Silent, "en", EN),
    ] {
        desk.bucket().fail(fault, u32::MAX);
        let started = Instant::now();
        let answer = desk.browser(language).get(&path).await.expect(503);
        told(&answer, words);
        in_time(started);
        assert!(answer.header("content-disposition").is_empty(), "{:?}", answer.headers);
        desk.bucket().mend();
        assert_eq!(desk.browser(language).get(&path).await.expect(200).bytes, whole, "{fault:?}");
    }
    desk.bucket().fail(S3Fault::HalfAnswer, 1);
    assert_eq!(desk.browser("zh").get(&path).await.expect(200).bytes, whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_go_on_while_the_bucket_is_silent_and_files_that_were_acknowledged_stay() {
    let desk = Desk::new().await;
    let (path, file) = desk.upload();
    let kept = desk.files().await;
    desk.bucket().fail(S3Fault::Silent, u32::MAX);
    let (input, mut sender) = (file.input(), desk.browser("zh"));
    let content = jiebang_testkit::files::pdf("waiting", 5);
    let upload = tokio::spawn(async move { sender.upload(&path, &[], &[(&input, "d.pdf", &content)]).await });
    // A submission needs the rows of its files, not their bytes.
    let submit = desk.path("submit");
    let form = desk.browser("zh").get(&submit).await.expect(200).form(&submit);
    let receipt = desk.browser("zh").submit(&form, ("", ""), &[]).await.expect(303);
    assert!(!upload.is_finished(), "the upload did not wait for the bucket");
    desk.browser("zh").get(receipt.location()).await.expect(200);
    told(&upload.await.unwrap().expect(503), ZH);
    desk.bucket().mend();
    assert_eq!(desk.files().await, kept);
    desk.app.assert_whole().await;
}
