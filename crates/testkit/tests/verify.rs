//! The page that says what a receipt proves.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::statement::{Facts, Promise, Proof, Statement, Verdict, verify};
use jiebang_ledger::{Entry, Event, SecretKey, VerifierKey};
use jiebang_service::Submit;
use jiebang_testkit::{Answer, Setup, TestApp, ledger_key, multipart_kind, ready_draft};

const CALL: &str = "miit-2025-ai-devices";
const NOW: &str = "2025-03-20T09:00:00+08:00";

/// A receipt before and after a head covers it.
async fn receipts(app: &TestApp) -> (String, String) {
    let ready = ready_draft(&app.service, &app.sample(CALL), "applicant").await;
    let received_at = app.service.clock().now();
    let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
    let number = app.service.submit(&ready.actor, submit).await.unwrap().number;
    let mut client = app.client();
    client.set_cookie("session", &ready.token);
    let page = client.get(&format!("/receipts/{number}")).await.expect(200);
    assert!(page.links().iter().any(|link| link.href == "/verify"), "{}", page.words());
    let path = format!("/receipts/{number}.json");
    let early = client.get(&path).await.expect(200).body;
    while app.service.extend_ledger().await.unwrap() {}
    (early, client.get(&path).await.expect(200).body)
}

/// What anybody is answered who sends a file.
async fn sent(app: &TestApp, file: &[u8], language: &str) -> Answer {
    app.client().upload(&format!("/verify?lang={language}"), &[], &[("receipt", "r.json", file)]).await
}

/// A receipt with these facts of a ledger that holds nothing else.
fn issued(key: &SecretKey, facts: &Facts) -> Statement {
    let promise = Promise::sign(key, facts, 1, "salt").unwrap();
    let event = Event { at: 1, by: None, kind: "thing_done".to_owned(), subject: "s".to_owned() };
    let digest = event.digest(&serde_jcs::to_string(facts).unwrap(), "salt");
    let head = Checkpoint { size: 1, root: Entry { digest, position: 1 }.hash() };
    let proof = Some(Proof::new(head.sign(key).unwrap(), event, &[]));
    let statement = Statement { facts: facts.clone(), promise, proof };
    let own = verify(statement.to_json().unwrap(), key.verifier());
    assert!(matches!(own, Ok(Verdict::Included(..))), "it does not hold where it was issued");
    statement
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_sees_what_a_receipt_proves() {
    let app = TestApp::start(NOW).await;
    let (early, late) = receipts(&app).await;
    let key = app.client().get("/.well-known/jiebang-ledger").await.expect(200).body;
    let key = VerifierKey::parse(&key).unwrap();
    let Ok(Verdict::Included(statement, size)) = verify(&late, &key) else { panic!("{late}") };
    let (position, number) = (statement.promise.position, statement.facts["number"].as_str().unwrap());
    let digest = statement.facts["content_sha256"].as_str().unwrap();

    let form = app.client().get("/verify").await.expect(200);
    assert!(form.says("核验回执") && form.says("jiebang verify --key"), "{}", form.words());
    let page =
        app.client().submit(&form.form("/verify"), ("", ""), &[("receipt", "r.json", late.as_bytes())]).await;
    let page = page.expect(200);
    for words in [
        "核验通过",
        &format!("第 {position} 条"),
        &format!("共 {size} 条"),
        "2025年3月20日 09:00:",
        number,
        &digest[..8],
        &digest[56..],
    ] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    let page = sent(&app, late.as_bytes(), "en").await.expect(200);
    assert!(page.says("Verified") && page.says(&format!("Entry {position}")), "{}", page.words());
    assert!(page.says(&format!("head of {size} entries")), "{}", page.words());

    let page = sent(&app, early.as_bytes(), "zh").await.expect(200);
    assert!(page.says("还没有包含证明") && page.says(&format!("第 {position} 条")), "{}", page.words());
    assert!(page.says(number) && !page.says("核验通过"), "{}", page.words());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_hold_is_refused_with_its_reason() {
    let app = TestApp::start(NOW).await;
    let (early, late) = receipts(&app).await;
    let version = late.replacen("\"version\":1", "\"version\":2", 1);
    assert_ne!(version, late);
    let spaced = format!("{late}\n");
    // A receipt of another installation, with its own promise and proof; one of it under our name; our promise with its proof.
    let statement = Statement::parse(&early).unwrap();
    let elsewhere = |name: &str| {
        let key = SecretKey::from_seed(name, &[9; 32]).unwrap();
        issued(&key, &statement.facts)
    };
    let ours = ledger_key();
    let mixed = Statement { proof: elsewhere(ours.verifier().name()).proof, ..statement.clone() };
    let [away, alike, mixed] =
        [elsewhere("elsewhere.example/ledger"), elsewhere(ours.verifier().name()), mixed]
            .map(|statement| statement.to_json().unwrap());
    let mut proof = Statement::parse(&late).unwrap();
    proof.proof.as_mut().unwrap().event.at += 1;
    for (file, zh, en) in [
        (version, "没有签过这些内容", "has not signed these facts"),
        (spaced, "不是规范格式", "not in canonical form"),
        (away, "由另一把密钥签署", "key has signed this receipt: it is from another installation"),
        (alike, "由另一把密钥签署", "key has signed this receipt: it is from another installation"),
        (mixed, "没有签过这个检查点", "has not signed this head"),
        (proof.to_json().unwrap(), "记的不是这些内容", "holds something else"),
    ] {
        let page = sent(&app, file.as_bytes(), "zh").await.expect(200);
        assert!(page.says("核验不通过") && page.says(zh), "{}", page.words());
        // Nothing of what it states is shown as if it held.
        assert!(!page.says("回执写明"), "{}", page.words());
        let page = sent(&app, file.as_bytes(), "en").await.expect(200);
        assert!(page.says("does not hold") && page.says(en), "{}", page.words());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_receipt_is_told_with_its_place_and_kept_nowhere() {
    let app = TestApp::start(NOW).await;
    for (file, zh, en) in [
        (&b"%PDF-1.7"[..], "第 1 行第 1 列：不是 JSON", "line 1, column 1: not JSON"),
        (b"{\n \"number\": \"<script>", "第 2 行", "line 2"),
        (b"{}", "promise", "promise"),
        (b"\xff", "第 1 行第 1 列：不是 UTF-8", "line 1, column 1: not UTF-8"),
        (b"", "文件不完整", "ends too early"),
    ] {
        let page = sent(&app, file, "zh").await.expect(422);
        assert!(page.says("这个文件不是回执") && page.says(zh), "{}", page.words());
        assert!(!page.body.contains("<script>"), "{}", page.body);
        let page = sent(&app, file, "en").await.expect(422);
        assert!(page.says("no receipt") && page.says(en), "{}", page.words());
    }
    let deep = "[".repeat(200_000);
    sent(&app, deep.as_bytes(), "zh").await.expect(422);
    let large = vec![b' '; (1 << 20) + 1];
    assert!(sent(&app, &large, "zh").await.expect(413).says("1 MB"));
    sent(&app, &vec![b' '; 3 << 20], "zh").await.expect(413);
    for (pairs, files) in
        [(&[][..], &[("receipt", "", &b""[..])][..]), (&[("receipt", "{}")], &[]), (&[("x", "y")], &[])]
    {
        let page = app.client().upload("/verify", pairs, files).await.expect(422);
        assert!(page.says("没有选择文件"), "{}", page.words());
    }
    app.client().post("/verify", &[]).await.expect(422);
    let send = async |kind: &str, body: &'static str| {
        let mut client = app.client();
        client.send(hyper::Method::POST, "/verify", Some(kind.to_owned()), body.into()).await.status.as_u16()
    };
    assert_eq!(send("application/json", "{}").await, 415);
    assert_eq!(send(&multipart_kind(), "broken off").await, 422);
    app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_verifies_without_end_waits() {
    let app = TestApp::with(Setup { rate_limits: true, publish: false, ..Setup::default() }).await;
    let mut allowed = 0;
    // While these are sent, a few more become allowed.
    while sent(&app, b"{}", "zh").await.status.as_u16() == 422 {
        allowed += 1;
        assert!(allowed < 2_000, "nobody is told to wait");
    }
    assert!(allowed >= 240, "{allowed}");
    sent(&app, b"{}", "zh").await.expect(429);
    app.client().get("/verify").await.expect(200);
}
