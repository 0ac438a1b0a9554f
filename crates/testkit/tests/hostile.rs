//! What nobody should send: every answer is clear, in both languages, with the right status; nothing is lost and nothing breaks.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use hyper::Method;
use hyper::body::Bytes;
use jiebang_domain::call::{Entry, Section};
use jiebang_testkit::{
    Answer, BOUNDARY, Client, PASSWORD, Ready, Sample, Setup, TestApp, Then, encode, files, multipart,
    multipart_kind, raw, ready_draft, registration,
};

const NOW: &str = "2025-03-20T09:00:00+08:00";
const CALL: &str = "miit-2025-ai-devices";
const FORM: &str = "application/x-www-form-urlencoded";
const FIELD: &str = "principal.phone";

/// A ready draft, and requests about it.
struct Desk {
    app: TestApp,
    sample: Sample,
    ready: Ready,
}

/// A request, to be sent once in each language.
#[derive(Clone, Debug)]
struct Sent {
    method: Method,
    path: String,
    kind: Option<String>,
    body: Bytes,
}

fn post(path: &str, kind: &str, body: impl Into<Bytes>) -> Sent {
    Sent { method: Method::POST, path: path.to_owned(), kind: Some(kind.to_owned()), body: body.into() }
}

fn get(path: &str) -> Sent {
    Sent { method: Method::GET, path: path.to_owned(), kind: None, body: Bytes::new() }
}

fn pairs(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

fn has_chinese(text: &str) -> bool {
    text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter))
}

/// The answer says something in each language: two pages, or one text in both.
fn assert_bilingual(zh: &Answer, en: &Answer) {
    if zh.header("content-type").starts_with("text/html") {
        assert!(zh.body.contains("<html lang=\"zh"), "{}: {}", zh.path, zh.words());
        assert!(en.body.contains("<html lang=\"en\">"), "{}: {}", en.path, en.words());
        assert!(has_chinese(&zh.words()) && zh.words() != en.words(), "{}: {}", zh.path, zh.words());
    } else {
        let english = zh
            .body
            .split_whitespace()
            .filter(|word| word.chars().all(|letter| letter.is_ascii_alphabetic()))
            .count();
        assert!(
            has_chinese(&zh.body) && english >= 3,
            "{} is not said in both languages: “{}”",
            zh.path,
            zh.body
        );
        assert_eq!(zh.body, en.body);
    }
}

impl Desk {
    async fn new() -> Self {
        let app = TestApp::with(Setup { now: NOW.to_owned(), demo: true, ..Setup::default() }).await;
        let sample = app.sample(CALL);
        let ready = ready_draft(&app.service, &sample, "applicant").await;
        Self { app, sample, ready }
    }

    fn browser(&self, language: &str) -> Client {
        let mut client = self.app.client();
        client.set_cookie("session", &self.ready.token);
        client.set_cookie("lang", language);
        client
    }

    fn path(&self, rest: &str) -> String {
        format!("/applications/{}/{rest}", self.ready.application)
    }

    fn section(&self, of: &str) -> String {
        self.path(&self.sample.call().section_of(of).unwrap().id)
    }

    fn evidence_section(&self) -> String {
        let holds = |section: &&Section| section.entries.iter().any(|entry| matches!(entry, Entry::Evidence));
        self.path(&self.sample.call().sections.iter().find(holds).unwrap().id)
    }

    async fn version(&self, path: &str) -> String {
        self.browser("zh").get(path).await.expect(200).form(path).value("version").unwrap().to_owned()
    }

    /// Everything that the application holds, to be compared with what it holds later.
    async fn held(&self) -> String {
        let view =
            self.app.service.application(Some(&self.ready.actor), &self.ready.application).await.unwrap();
        let files: Vec<_> = view
            .evidence
            .iter()
            .flat_map(|item| &item.files)
            .map(|file| (&file.name, &file.sha256, file.member))
            .collect();
        format!("{} {:?} {files:?} {}", view.summary.state, view.content, view.submissions.len())
    }

    /// Sends a request in both languages and returns the Chinese answer, which has this status.
    async fn told(&self, sent: &Sent, status: u16) -> Answer {
        let mut answers = Vec::new();
        for language in ["zh", "en"] {
            let Sent { method, path, kind, body } = sent.clone();
            answers.push(self.browser(language).send(method, &path, kind, body).await.expect(status));
        }
        assert_bilingual(&answers[0], &answers[1]);
        answers.remove(0)
    }

    /// The same, for a request that must change nothing.
    async fn refused(&self, sent: &Sent, status: u16, words: &str) -> Answer {
        let before = self.held().await;
        let answer = self.told(sent, status).await;
        assert!(answer.says(words), "“{words}” is not said by {}: {}", answer.path, answer.words());
        assert_eq!(self.held().await, before, "a refused request changed something");
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_that_are_unknown_repeated_unreadable_or_missing_are_told_one_by_one() {
    let desk = Desk::new().await;
    let path = desk.section(FIELD);
    let version = desk.version(&path).await;
    let form =
        |sent: &[(&str, &str)]| post(&path, FORM, pairs(&[&[("version", version.as_str())], sent].concat()));
    for (sent, words) in [
        (form(&[("no.such.field", "x")]), "本节没有栏目 no.such.field"),
        (form(&[("overview", "a field of another section")]), "本节没有栏目 overview"),
        (form(&[("state", "submitted"), ("application_id", "1")]), "本节没有栏目 state"),
        (form(&[(FIELD, "1"), (FIELD, "2")]), "出现两次"),
        (form(&[(FIELD, "010\u{0}1")]), "不可见的控制符"),
        (form(&[(FIELD, "010\u{202e}1")]), "不可见的控制符"),
        (form(&[(FIELD, "\u{1b}[31m")]), "不可见的控制符"),
        (form(&[(FIELD, &"字".repeat(20_001))]), "有20001个字符"),
        (form(&[("declaration.truth.accepted", "yes")]), "本节没有栏目"),
        (post(&path, FORM, format!("version={version}&{FIELD}=%FF%FE")), "UTF-8"),
        (post(&path, FORM, b"version=1&principal.phone=\xff\xfe".to_vec()), "UTF-8"),
        (post(&path, FORM, pairs(&[("version", "first"), (FIELD, "1")])), "版本号不能识别"),
        (post(&path, FORM, pairs(&[("version", "99999999999999999999"), (FIELD, "1")])), "版本号不能识别"),
    ] {
        desk.refused(&sent, 422, words).await;
    }
    // All faults at once, and what was typed stays on the page.
    let sent = form(&[
        ("no.such.field", "x"),
        ("nor.this", "y"),
        (FIELD, "010-7654321\u{7}"),
        ("contact.phone", "010-1234567"),
    ]);
    let answer = desk.refused(&sent, 422, "no.such.field").await;
    assert!(answer.says("nor.this") && answer.says("不可见的控制符"), "{}", answer.words());
    assert_eq!(answer.form(&path).value("contact.phone"), Some("010-1234567"));
    // Versions that the page cannot have come from meet a conflict; a form without fields changes nothing.
    for version in ["", "0", "-1", "999"] {
        desk.refused(
            &post(&path, FORM, pairs(&[("version", version), (FIELD, "010-9999999")])),
            409,
            "010-9999999",
        )
        .await;
    }
    let before = desk.held().await;
    desk.browser("zh").post(&path, &[("version", &version)]).await.expect(303);
    assert_eq!(desk.held().await, before, "fields that were not sent lost their values");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_out_of_bounds_are_refused() {
    let desk = Desk::new().await;
    let path = desk.section("partners");
    let version = desk.version(&path).await;
    for (name, words) in [
        ("partners.0.name", "最多100行"),
        ("partners.101.name", "最多100行"),
        ("partners.-1.name", "没有栏目"),
        ("partners.18446744073709551616.name", "没有栏目"),
        ("partners.1.no_such_column", "没有栏目"),
        ("partners.1", "没有栏目"),
        ("partners", "没有栏目"),
        ("partners.1.name.more", "没有栏目"),
        ("partners.1.kind", "不是可选的值"),
        ("partners.1.legal_person", "不是可选的值"),
    ] {
        let sent = pairs(&[("version", &version), ("partners.rows", "1"), (name, "x")]);
        desk.refused(&post(&path, FORM, sent), 422, words).await;
    }
    for rows in ["many", "-1", "1e9", "101", ""] {
        let sent = pairs(&[("version", &version), ("partners.rows", rows), ("partners.1.name", "x")]);
        desk.refused(&post(&path, FORM, sent), 422, "行数不能识别").await;
    }
    for act in ["evil", "add.task", "remove.partners.x", "upload."] {
        let sent = pairs(&[("version", &version), ("partners.rows", "0"), ("act", act)]);
        desk.refused(&post(&path, FORM, sent), 422, "操作不能识别").await;
    }
    // A gap between rows is no fault.
    let sent = [("version", version.as_str()), ("partners.rows", "1"), ("partners.7.name", "第七家")];
    desk.browser("zh").post(&path, &sent).await.expect(303);
    let view = desk.app.service.application(Some(&desk.ready.actor), &desk.ready.application).await.unwrap();
    assert_eq!(view.content.rows("partners").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_that_are_too_large_get_a_page_that_says_so() {
    let desk = Desk::new().await;
    let path = desk.section(FIELD);
    let large = "x".repeat(10 << 20);
    let many = |count: usize| (0..count).map(|nth| format!("f{nth}=1&")).collect::<String>();
    let parts = |count: usize| {
        let names: Vec<String> = (0..count).map(|nth| format!("f{nth}")).collect();
        multipart(&names.iter().map(|name| (name.as_str(), "1")).collect::<Vec<_>>(), &[])
    };
    let kind = multipart_kind();
    let submit = desk.path("submit");
    for sent in [
        post(&path, FORM, format!("{FIELD}={large}")),
        post(&path, &kind, multipart(&[(FIELD, &large)], &[])),
        post(&submit, FORM, format!("idempotency_key={large}")),
        post("/login", FORM, format!("username={large}")),
        post("/register", FORM, format!("name={large}")),
        post("/organisation", FORM, format!("name={large}")),
        post("/account", FORM, format!("language={large}")),
        post("/demo/clock", FORM, format!("to={large}")),
    ] {
        desk.refused(&sent, 413, "上限为 2 MB").await;
    }
    for (sent, words) in [
        (post(&path, FORM, many(10_101)), "超过上限10100个"),
        (post(&path, &kind, parts(10_101)), "超过上限10100个"),
        (post("/login", FORM, many(10_101)), "超过上限10100个"),
        (post(&path, FORM, many(10_100)), "上限4000"),
        (post(&path, &kind, parts(10_099)), "上限4000"),
    ] {
        desk.refused(&sent, 422, words).await;
    }
    // A browser sends everything before it reads: it must get the page, not a broken connection.
    for path in [path.as_str(), "/login"] {
        let body = format!("{FIELD}={large}");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nCookie: session={}\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n",
            desk.ready.token,
            body.len()
        );
        let answer = raw(desk.app.address, &[head.as_bytes(), body.as_bytes()].concat(), Then::Waits).await;
        assert!(
            answer.starts_with("HTTP/1.1 413") && answer.contains("上限为 2 MB"),
            "{path}: “{:.300}”",
            answer
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_another_type_or_broken_forms_are_not_carried_out() {
    let desk = Desk::new().await;
    let section = desk.section(FIELD);
    let version = desk.version(&section).await;
    let json = format!("{{\"version\":\"{version}\",\"{FIELD}\":\"010-9999999\"}}");
    let plain = pairs(&[("version", &version), (FIELD, "010-9999999")]);
    for path in [&section, &desk.path("submit"), "/login", "/register", "/account", "/organisation"] {
        for (kind, body) in [
            ("application/json", json.as_str()),
            ("text/plain", plain.as_str()),
            ("application/octet-stream", plain.as_str()),
            ("application/x-www-form-urlencoded-not", plain.as_str()),
        ] {
            desk.refused(&post(path, kind, body.to_owned()), 415, "").await;
        }
    }
    for path in [&desk.path("submit"), "/login", "/account"] {
        desk.refused(&post(path, &multipart_kind(), multipart(&[("idempotency_key", "k")], &[])), 415, "")
            .await;
    }
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{FIELD}\"\r\n\r\n");
    let kind = multipart_kind();
    for (kind, body) in [
        ("multipart/form-data", format!("{head}1\r\n--{BOUNDARY}--\r\n")),
        ("multipart/form-data; boundary=", format!("{head}1\r\n--{BOUNDARY}--\r\n")),
        ("multipart/form-data; boundary=other", format!("{head}1\r\n--{BOUNDARY}--\r\n")),
        (&kind, format!("{head}no end")),
        (&kind, format!("--{BOUNDARY}\r\nContent-Disp")),
        (&kind, format!("--{BOUNDARY}\r\n\r\nno name\r\n--{BOUNDARY}--\r\n")),
        (&kind, format!("--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\n1\r\n--{BOUNDARY}--\r\n")),
        (
            &kind,
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n1\r\n--{BOUNDARY}--\r\n",
                "n".repeat(600)
            ),
        ),
        (&kind, "garbage".to_owned()),
        (&kind, String::new()),
        (&kind, format!("--{BOUNDARY}")),
    ] {
        desk.refused(&post(&section, kind, body), 422, "表单没有收全或格式不对").await;
    }
    // Text that is not UTF-8 inside a sound form: located, and the rest of what was typed stays.
    let mut body = format!("{head}010-\n").into_bytes();
    body.extend(b"\xff\xfe");
    body.extend(format!("\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"contact.phone\"\r\n\r\n010-7777777\r\n--{BOUNDARY}--\r\n").into_bytes());
    let answer = desk.refused(&post(&section, &kind, body), 422, "UTF-8").await;
    assert_eq!(answer.form(&section).value("contact.phone"), Some("010-7777777"));
    // The form as it was meant is still taken.
    desk.browser("zh")
        .upload(&section, &[("version", &version), (FIELD, "010-8888888")], &[])
        .await
        .expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_that_are_not_what_they_say_are_refused_and_leave_nothing() {
    let desk = Desk::new().await;
    let path = desk.evidence_section();
    let input = format!("evidence.{}.0", desk.sample.call().evidence[0].id);
    let whole = files::pdf("whole", 3);
    let encrypted = String::from_utf8(whole.clone())
        .unwrap()
        .replace("/Root 1 0 R", "/Root 1 0 R /Encrypt 5 0 R")
        .into_bytes();
    let large = [files::pdf("large", 1), vec![b' '; 20 << 20], b"%%EOF".to_vec()].concat();
    for (name, content, words) in [
        ("执照.pdf", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".to_vec(), "只接受PDF、JPEG、PNG"),
        ("执照.pdf", b"#!/bin/sh\nrm -rf /\n".to_vec(), "PDF、JPEG"),
        ("执照.pdf", b"<html><script>alert(1)</script></html>".to_vec(), "PDF、JPEG"),
        ("图.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec(), "PDF、JPEG"),
        ("执照.pdf", files::zip_bomb(), "zip"),
        ("执照.zip", files::zip_bomb(), "zip"),
        ("执照.pdf", b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec(), "gz"),
        ("执照.pdf", files::png(800, 600), "内容却是PNG"),
        ("执照.png", whole.clone(), "内容却是PDF"),
        ("执照.exe", whole.clone(), "扩展名是 .exe"),
        ("执照.pdf", Vec::new(), "是空文件"),
        ("执照.pdf", whole[..whole.len() - 10].to_vec(), "不完整或损坏"),
        ("执照.pdf", b"%PDF-1.7\n".to_vec(), "不完整或损坏"),
        ("执照.pdf", encrypted, "已加密"),
        ("执照.pdf", files::pdf("long", 10_000), "页，上限"),
        ("照.png", files::png(40_000, 30_000), "1200000000像素"),
        ("照.png", files::png(u32::MAX, u32::MAX), "像素"),
        ("照.png", files::png(0, 10), "不完整或损坏"),
        ("照.jpg", files::jpeg(u16::MAX, u16::MAX), "像素"),
        ("照.jpg", files::jpeg(800, 600)[..20].to_vec(), "不完整或损坏"),
        ("大.pdf", large, "超过 20 MB"),
    ] {
        let sent =
            post(&path, &multipart_kind(), multipart(&[("version", "0")], &[(&input, name, &content)]));
        let answer = desk.refused(&sent, 422, words).await;
        let place = input.rsplit_once('.').unwrap().0;
        assert!(
            answer.links().iter().any(|link| link.href == format!("#{place}")),
            "{name}: {}",
            answer.words()
        );
    }
    for (input, words) in [
        ("evidence.no_such_item.0", "没有这一项"),
        (&format!("{input}9"), "没有这一项"),
        ("evidence..0", "没有这一项"),
        ("no_such_box", "没有这一项"),
    ] {
        desk.refused(
            &post(&path, &multipart_kind(), multipart(&[], &[(input, "a.pdf", &whole)])),
            422,
            words,
        )
        .await;
    }
    // A form without files cannot carry one.
    desk.refused(&post(&path, FORM, pairs(&[(&input, "执照.pdf")])), 422, "表单没有收全").await;
    assert_no_leftovers(&desk.app).await;
    // One that is refused takes no other with it.
    let sent = multipart(&[("version", "0")], &[(&input, "坏.pdf", b"no"), (&input, "好.pdf", &whole)]);
    let answer = desk.browser("zh").send(Method::POST, &path, Some(multipart_kind()), sent).await.expect(422);
    assert!(answer.says("“坏.pdf”") && answer.says("好.pdf"), "{}", answer.words());
    assert!(desk.held().await.contains("好.pdf"));
    desk.app.assert_whole().await;
}

/// No file is on its way in any more, and every file that is kept stands under its own hash.
async fn assert_no_leftovers(app: &TestApp) {
    use sha2::{Digest, Sha256};
    let folder = app.data.path().join("files");
    for _ in 0..1_000 {
        if std::fs::read_dir(folder.join("incoming")).unwrap().count() == 0 {
            break;
        }
        // Files that are given up are removed by other threads.
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
    let mut found = Vec::new();
    list(&folder, &mut found);
    for path in found {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(hex::encode(Sha256::digest(std::fs::read(&path).unwrap())), name, "{}", path.display());
    }
}

fn list(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { list(&path, found) } else { found.push(path) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_files_are_made_harmless() {
    let desk = Desk::new().await;
    let path = desk.evidence_section();
    let input = format!("evidence.{}.0", desk.sample.call().evidence[0].id);
    let long = format!("{}.pdf", "揭".repeat(400));
    for (nth, (sent, kept)) in [
        ("../../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\windows\\system32\\a.pdf", "a.pdf"),
        ("/etc/cron.d/a1.pdf", "a1.pdf"),
        ("photo\u{202e}fdp.pdf", "photofdp.pdf"),
        ("con.pdf", "_con.pdf"),
        ("<script>alert(1)<_script>.pdf", "_script_alert(1)__script_.pdf"),
        (".pdf", "pdf.pdf"),
        ("...", "file.pdf"),
        ("没有扩展名", "没有扩展名.pdf"),
        (long.as_str(), "揭揭.pdf"),
    ]
    .into_iter()
    .enumerate()
    {
        let content = files::pdf(&format!("file {nth}"), 1);
        desk.browser("zh").upload(&path, &[], &[(&input, sent, &content)]).await.expect(303);
        let view =
            desk.app.service.application(Some(&desk.ready.actor), &desk.ready.application).await.unwrap();
        let file = view.evidence.iter().flat_map(|item| &item.files).find(|file| file.name.ends_with(kept));
        let file = file.unwrap_or_else(|| panic!("{sent:?} is not kept as {kept:?}"));
        assert!(file.name.chars().count() <= 120);
        let answer = desk.browser("zh").get(&desk.path(&format!("files/{}", file.id))).await.expect(200);
        let disposition = answer.header("content-disposition");
        assert!(
            disposition.starts_with("attachment; filename=\"") && !disposition.contains('/'),
            "{disposition}"
        );
        assert_eq!(answer.bytes, content);
        assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    }
    assert_no_leftovers(&desk.app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_whose_name_cannot_be_read_is_told_and_takes_nothing_with_it() {
    let desk = Desk::new().await;
    let path = desk.evidence_section();
    let id = &desk.sample.call().evidence[0].id;
    let input = format!("evidence.{id}.0");
    let (bad, good) = (files::pdf("unreadable name", 1), files::pdf("good", 1));
    // 执照 as an old system writes it.
    let renamed = |body: Bytes| {
        let at = body.windows(8).position(|part| part == b"NAME.pdf").unwrap();
        Bytes::from([&body[..at], b"\xd6\xb4\xd5\xd5.pdf", &body[at + 8..]].concat())
    };
    let alone = renamed(multipart(&[("version", "0")], &[(&input, "NAME.pdf", &bad)]));
    let sent = post(&path, &multipart_kind(), alone);
    let answer = desk.refused(&sent, 422, "文件名读不出来：不是 UTF-8 编码").await;
    assert!(answer.links().iter().any(|link| link.href == format!("#evidence.{id}")), "{}", answer.words());
    assert!(!answer.says("没有栏目"), "{}", answer.words());
    let both = renamed(multipart(&[], &[(&input, "NAME.pdf", &bad), (&input, "好.pdf", &good)]));
    desk.browser("zh").send(Method::POST, &path, Some(multipart_kind()), both).await.expect(422);
    assert!(desk.held().await.contains("好.pdf"));
    assert_no_leftovers(&desk.app).await;
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_breaks_off_leaves_nothing_and_hurts_nobody() {
    let desk = Desk::new().await;
    let path = desk.evidence_section();
    let input = format!("evidence.{}.0", desk.sample.call().evidence[0].id);
    let before = desk.held().await;
    let whole = multipart(&[], &[(&input, "a.pdf", &files::pdf("broken off", 50))]);
    // Broken off in the head of the part, in the file, and just before its end.
    for sent in [10, whole.len() / 2, whole.len() - BOUNDARY.len() - 10] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nCookie: session={}\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            desk.ready.token,
            multipart_kind(),
            whole.len()
        );
        let answer = raw(desk.app.address, &[head.as_bytes(), &whole[..sent]].concat(), Then::HangsUp).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "“{answer}”");
        assert!(!answer.starts_with("HTTP/1.1 5"));
    }
    assert_eq!(desk.held().await, before, "a part of a file was attached");
    assert_no_leftovers(&desk.app).await;
    desk.browser("zh").send(Method::POST, &path, Some(multipart_kind()), whole).await.expect(303);
    assert_no_leftovers(&desk.app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_of_nothing_get_a_page_that_says_so() {
    let desk = Desk::new().await;
    let id = &desk.ready.application;
    let long = "x".repeat(5_000);
    for path in [
        "/nowhere",
        "/applications/none",
        "/applications/%FF",
        "/applications/%00",
        &format!("/applications/{long}"),
        &format!("/applications/{id}/no-such-section"),
        &format!("/applications/{id}/%FF"),
        &format!("/applications/{id}/files/none"),
        &format!("/applications/{id}/files/..%2F..%2Fjiebang.db"),
        &format!("/applications/{id}/check/more"),
        "/receipts/none",
        "/receipts/%FF",
        "/receipts/none.json",
        "/receipts/none/content",
        "/receipts/%2e%2e/content",
        "/calls/none",
        "/calls/%FF",
        "/calls/none/call.toml",
        &format!("/calls/{CALL}/shared/none"),
        &format!("/calls/{CALL}/shared/..%2F..%2FCargo"),
        &format!("/calls/{CALL}/shared/%FF"),
        "/rules/none",
        "/rules/%FF",
        "/join/none",
        "/join/%FF",
    ] {
        desk.told(&get(path), 404).await;
    }
    for path in [
        &format!("/applications/{id}/no-such-section"),
        &format!("/applications/{id}/%FF"),
        "/applications/none/submit",
        "/applications/%FF/submit",
        "/applications/%FF/reopen",
        "/calls/none/applications",
        "/calls/%FF/applications",
        "/join/%FF",
        "/join/none",
    ] {
        desk.told(&post(path, FORM, "a=b"), 404).await;
    }
    let mut client = desk.browser("zh");
    for path in ["/assets/none.css", "/assets/../src/lib.rs", "/assets/..%2F..%2FCargo.toml", "/assets/%FF"] {
        let answer = client.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.body.contains("[package]"));
    }
    let led = client.get("/calls/?lang=zh").await;
    assert_eq!((led.status.as_u16(), led.location()), (308, "/calls?lang=zh"));
    assert_eq!(client.get("//example.com/").await.status, 404, "another site");
    assert_eq!(client.get("/robots.txt").await.status, 200);
    for query in [
        "/?q=%FF",
        "/?lang=%FF",
        "/?q=%00%E2%80%AE%3Cscript%3E",
        &format!("/?q={long}"),
        "/?&&&=&=",
        "/applications?before=%FF",
    ] {
        let answer = client.get(query).await.expect(200);
        assert!(!answer.body.contains("<script>"), "{query}");
    }
    desk.browser("zh").get(&format!("{}?add=%FF&check", desk.section(FIELD))).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_requests_break_nothing() {
    let desk = Desk::new().await;
    let many: String = (0..200).map(|nth| format!("c{nth}={nth}; ")).collect();
    for cookie in [
        "session",
        "session=",
        "session=;;;==;",
        "=; =x",
        "session=\u{1f}",
        "lang=xx; lang=en",
        "session=\"quoted\"",
        many.as_str(),
    ] {
        let mut client = desk.app.client();
        client.header("cookie", &cookie.replace('\u{1f}', "%1F"));
        client.get("/").await.expect(200);
        client.get("/applications").await.expect(303);
    }
    let line = |rest: &str| format!("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{rest}\r\n");
    let mut bytes = line("").into_bytes();
    bytes
        .splice(bytes.len() - 2..bytes.len() - 2, b"Cookie: session=\xff\xfe; lang=\xff\r\n".iter().copied());
    let answer = raw(desk.app.address, &bytes, Then::Waits).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer:.300}");
    for request in [
        "GARBAGE\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "\0\0\0\0".to_owned(),
        String::new(),
        line("Cookie").to_string(),
        line(&format!("Cookie: session={}\r\n", "x".repeat(1 << 20))),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "x".repeat(1 << 20)),
        "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!".to_owned(),
        "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_owned(),
        "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nbad\r\n0\r\n\r\n"
            .to_owned(),
        "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"
            .to_owned(),
    ] {
        let answer = raw(desk.app.address, request.as_bytes(), Then::HangsUp).await;
        assert!(!answer.starts_with("HTTP/1.1 5"), "{request:.60}: {answer:.200}");
    }
    desk.browser("zh").get("/").await.expect(200);
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_write_is_never_part_of_a_page() {
    let app = TestApp::start(NOW).await;
    let script = "<script>alert('x')</script>\"><img src=x onerror=alert(1)>{{7*7}}";
    let pairs = registration(
        &jiebang_testkit::organisation_code(3),
        script,
        "device_manufacturer",
        "11",
        script,
        "applicant",
    );
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut client = app.client();
    client.post("/register", &pairs).await.expect(303);
    let begun = client.post(&format!("/calls/{CALL}/applications"), &[]).await.expect(303);
    let id = begun.location().to_owned();
    let call = app.service.call(CALL).unwrap().call;
    for section in &call.call.sections {
        let path = format!("{id}/{}", section.id);
        // A section without fields for what was chosen so far has no form.
        let page = client.get(&path).await.expect(200);
        let Some(mut form) = page.forms().into_iter().find(|form| form.action == path) else { continue };
        let names: Vec<String> = form
            .controls
            .iter()
            .filter(|control| control.kind == jiebang_testkit::ControlKind::Typed)
            .map(|control| control.name.clone())
            .collect();
        for name in names {
            form.set(&name, script);
        }
        let answer = client.submit(&form, ("act", "stay"), &[]).await;
        pages_are_clean(&answer);
    }
    let sections: Vec<String> =
        call.call.sections.iter().map(|section| format!("{id}/{}?check", section.id)).collect();
    let more = ["".to_owned(), "/check".to_owned(), "/submit".to_owned(), "/withdraw".to_owned()]
        .map(|rest| format!("{id}{rest}"));
    for path in sections.into_iter().chain(more).chain([
        "/applications".to_owned(),
        "/organisation".to_owned(),
        "/account".to_owned(),
    ]) {
        pages_are_clean(&client.get(&path).await.expect(200));
    }
    let query = encode(script);
    pages_are_clean(&client.get(&format!("/?q={query}")).await.expect(200));
    pages_are_clean(&client.get(&format!("/{query}")).await.expect(404));
    pages_are_clean(&app.client().get(&format!("/login?to=/{query}")).await.expect(200));
    pages_are_clean(
        &app.client().post("/login", &[("username", script), ("password", script)]).await.expect(422),
    );
}

fn pages_are_clean(answer: &Answer) {
    let dirty = answer.body.contains("<script>alert")
        || answer.body.contains("<img src=x")
        || answer.body.contains("onerror=alert(1)>");
    assert!(!dirty, "{} holds what somebody typed as it is", answer.path);
    assert!(!answer.words().contains("49 "), "{}", answer.path);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_acts_keeps_what_was_typed_and_passes() {
    let desk = Desk::new().await;
    let path = desk.section("overview");
    let submit = desk.path("submit");
    let before = desk.held().await;
    let mut form = desk.browser("zh").get(&path).await.expect(200).form(&path);
    let typed = "磁盘已满时填写的内容".repeat(40);
    form.set("overview", &typed);
    let submission = desk.browser("zh").get(&submit).await.expect(200).form(&submit);
    desk.app.database.fill().await;
    let mut refused = 0;
    // Pages that are free inside the file are used up first.
    for _ in 0..400 {
        let answer = desk.browser("zh").submit(&form, ("act", "stay"), &[]).await;
        if answer.status == 507 {
            refused += 1;
            let said = answer.says("存储空间不足") && answer.says("已保存的内容不受影响");
            assert!(said, "{}", answer.words());
            assert_eq!(answer.form(&path).value("overview"), Some(typed.as_str()), "what was typed is lost");
            break;
        }
        let page = desk.browser("zh").follow(answer.expect(303)).await.expect(200);
        form = page.form(&path);
        form.set("overview", &typed);
    }
    assert_eq!(refused, 1, "the disk never got full");
    let full = desk.held().await;
    assert!(full.contains(&typed) || full == before, "an acknowledged save is lost");
    for sent in [
        post(
            &path,
            FORM,
            pairs(&[("version", form.value("version").unwrap()), ("overview", "新"), ("task_name", "新")]),
        ),
        post(&format!("/calls/{CALL}/applications"), FORM, ""),
    ] {
        desk.told(&sent, 507).await;
    }
    for rest in ["", "check", "submit"] {
        desk.browser("zh").get(desk.path(rest).trim_end_matches('/')).await.expect(200);
    }
    assert_eq!(desk.held().await, full);
    desk.app.assert_whole().await;

    desk.app.database.make_room().await;
    desk.browser("zh").submit(&form, ("act", "stay"), &[]).await.expect(303);
    assert!(desk.held().await.contains(&typed));
    let again = desk.browser("zh").submit(&submission, ("", ""), &[]).await;
    let submission = if again.status == 409 { again.form(&submit) } else { submission };
    desk.browser("zh").submit(&submission, ("", ""), &[]).await.expect(303);
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_is_told_and_comes_back() {
    let desk = Desk::new().await;
    let path = desk.section(FIELD);
    let mut form = desk.browser("zh").get(&path).await.expect(200).form(&path);
    form.set(FIELD, "010-2468101");
    let before = desk.held().await;
    desk.app.database.take_away().await;
    assert_eq!(desk.app.client().get("/healthz").await.status, 503);
    let answer = desk.browser("zh").submit(&form, ("act", "stay"), &[]).await.expect(503);
    assert!(answer.says("已保存的内容不受影响"), "{}", answer.words());
    // What was typed is on the page, to be sent again.
    let kept = answer.form(&path);
    assert_eq!(kept.value(FIELD), Some("010-2468101"));
    for sent in [
        get(&path),
        get("/applications"),
        get(&desk.path("check")),
        post(&path, FORM, pairs(&[("version", "1"), (FIELD, "1")])),
        post(&desk.path("submit"), FORM, ""),
        post("/login", FORM, pairs(&[("username", "applicant"), ("password", PASSWORD)])),
        post("/register", FORM, pairs(&[("code", "1")])),
    ] {
        let answer = desk.told(&sent, 503).await;
        assert!(answer.says("系统暂时繁忙"), "{}", answer.words());
    }
    // Whoever was not seen lately is not taken for somebody who is not logged in.
    let mut stranger = desk.app.client();
    stranger.set_cookie("session", &"1".repeat(64));
    for sent in [
        get("/applications"),
        get(&path),
        post(&format!("/calls/{CALL}/applications"), FORM, ""),
        post(&path, FORM, ""),
    ] {
        let answer = stranger.send(sent.method, &sent.path, sent.kind, sent.body).await.expect(503);
        assert!(answer.says("系统暂时繁忙"), "{}", answer.words());
    }
    desk.app.client().get("/").await.expect(200);

    desk.app.database.give_back().await;
    assert_eq!(desk.app.client().get("/healthz").await.status, 200);
    assert_eq!(desk.held().await, before);
    desk.browser("zh").submit(&kept, ("act", "stay"), &[]).await.expect(303);
    assert!(desk.held().await.contains("010-2468101"));
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_vanishes_is_told_and_found_by_the_doctor() {
    let desk = Desk::new().await;
    let view = desk.app.service.application(Some(&desk.ready.actor), &desk.ready.application).await.unwrap();
    let file = view.evidence.iter().flat_map(|item| &item.files).next().unwrap();
    let (first, second, hash) = (&file.sha256[..2], &file.sha256[2..4], &file.sha256);
    let place = desk.app.data.path().join("files").join(first).join(second).join(hash);
    let content = std::fs::read(&place).unwrap();
    let mut flipped = content.clone();
    flipped[content.len() / 2] ^= 1;
    std::fs::write(&place, &flipped).unwrap();
    let health = desk.app.service.health().await.unwrap();
    assert!(
        health.faults.iter().any(|fault| fault.en.contains("not what was stored")),
        "{:?}",
        health.faults
    );
    std::fs::remove_file(&place).unwrap();
    let answer = desk.told(&get(&desk.path(&format!("files/{}", file.id))), 503).await;
    assert!(answer.header("content-disposition").is_empty(), "{:?}", answer.headers);
    let health = desk.app.service.health().await.unwrap();
    let [fault] = &health.faults[..] else { panic!("{:?}", health.faults) };
    assert!(fault.zh.contains(hash) && fault.en.contains(hash), "{fault:?}");
    // Uploaded once more, it is whole again.
    let input = format!("evidence.{}.{}", file.evidence, file.member);
    let same = desk.sample.files().into_iter().find(|sample| sample.input() == input).unwrap();
    let path = desk.evidence_section();
    desk.browser("zh").upload(&path, &[], &[(&input, &same.name, &same.content)]).await.expect(303);
    desk.browser("zh").get(&desk.path(&format!("files/{}", file.id))).await.expect(200);
    desk.app.assert_whole().await;
}
