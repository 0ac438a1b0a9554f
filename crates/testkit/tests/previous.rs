//! A data folder that the version before has left: today's server takes it over with everything in it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;

use jiebang_ledger::VerifierKey;
use jiebang_ledger::statement::{Verdict, verify};
use jiebang_testkit::{Applicant, Setup, TestApp};

const CALL: &str = "miit-2025-ai-devices";
const SUBMITTED: &str = "01jprh0wm9bmqxwyq0c6qd3vv8";
const DRAFT: &str = "01jprh0wvn9gxjn6f7a31kxr5h";
const NUMBER: &str = "miit-2025-ai-devices-000001-1";
const CONTENT_SHA256: &str = "2403b8b47572f4b06103d54f0530cf07454e263f8dd7667ba5b40c6f7d469ad5";

/// Lays the old folder out: its database as it was dumped, its files.
fn lay_out(data: &Path) {
    let before = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/previous");
    let database = rusqlite::Connection::open(data.join("jiebang.db")).unwrap();
    database.execute_batch(&fs::read_to_string(before.join("season.sql")).unwrap()).unwrap();
    copy(&before.join("files"), &data.join("files"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

async fn start() -> TestApp {
    let now = "2025-03-21T09:00:00+08:00".to_owned();
    TestApp::with(Setup { now, publish: false, before: Some(lay_out), ..Setup::default() }).await
}

async fn applicant(app: &TestApp) -> Applicant {
    let mut client = app.client();
    Applicant::login(&mut client, "applicant").await;
    Applicant { client, sample: app.sample(CALL), username: "applicant".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_published_before_is_read_as_it_was_meant() {
    let app = start().await;
    let call = app.service.call(CALL).unwrap().call;
    assert!(
        call.sources.get("call").is_some_and(|text| !text.contains("span =")),
        "the call has today's keys"
    );
    let page = app.client().get(&format!("/calls/{CALL}")).await.expect(200);
    assert!(page.says("攻关期") && page.says("2年"), "{}", page.words());
    assert!(!page.says("不超过2年") && !page.says("2年内"), "{}", page.words());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_submitted_before_stands_and_proves_itself() {
    let app = start().await;
    let mut applicant = applicant(&app).await;
    let list = applicant.client.get("/applications").await.expect(200);
    for id in [SUBMITTED, DRAFT] {
        assert!(
            list.links().iter().any(|link| link.href == format!("/applications/{id}")),
            "{}",
            list.words()
        );
    }
    let page = applicant.client.get(&format!("/applications/{SUBMITTED}")).await.expect(200);
    assert!(page.says("已提交") && page.says("结肠息肉内镜图像辅助检测软件"), "{}", page.words());

    let receipt = applicant.receipt(&format!("/receipts/{NUMBER}")).await;
    assert_eq!(receipt.value("content_sha256"), CONTENT_SHA256);
    let key =
        VerifierKey::parse(&app.client().get("/.well-known/jiebang-ledger").await.expect(200).body).unwrap();
    assert!(matches!(verify(&receipt.json, &key), Ok(Verdict::Promised(_))), "{}", receipt.json);
    while app.service.extend_ledger().await.unwrap() {}
    let receipt = applicant.receipt(&format!("/receipts/{NUMBER}")).await;
    let Ok(Verdict::Included(included, _)) = verify(&receipt.json, &key) else { panic!("{}", receipt.json) };
    assert_eq!(included.facts.get("content_sha256").and_then(|hash| hash.as_str()), Some(CONTENT_SHA256));
    app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_goes_on_where_the_version_before_left_it() {
    let app = start().await;
    let mut applicant = applicant(&app).await;
    // A draft of the version before is submitted; what was submitted before is reopened and submitted again.
    let receipt = applicant.submit(DRAFT).await;
    assert_eq!(receipt.value("number"), "miit-2025-ai-devices-000002-1");
    applicant.reopen(SUBMITTED).await;
    // A file that was submitted before can be taken off, and stays in the version that it was submitted with.
    let token = applicant.client.cookie("session").unwrap().to_owned();
    let actor = app.service.session(&token).await.unwrap().unwrap();
    let view = app.service.application(Some(&actor), SUBMITTED).await.unwrap();
    let file = view.evidence.iter().flat_map(|item| &item.files).next().unwrap().id.clone();
    app.service.remove_file(&actor, SUBMITTED, &file).await.unwrap();
    let before = applicant.client.get(&format!("/receipts/{NUMBER}/application")).await.expect(200);
    let address = format!("/applications/{SUBMITTED}/files/{file}");
    assert!(before.links().iter().any(|link| link.href == address), "{}", before.words());
    applicant.client.get(&address).await.expect(200);
    applicant.attach_all(SUBMITTED).await;
    applicant.fill(SUBMITTED, "partners").await;
    let receipt = applicant.submit(SUBMITTED).await;
    assert_eq!(receipt.value("number"), "miit-2025-ai-devices-000001-2");
    // Another begins under the call as it was published then.
    let id = applicant.begin().await;
    applicant.fill_all(&id).await;
    applicant.attach_all(&id).await;
    let receipt = applicant.submit(&id).await;
    assert_eq!(receipt.value("number"), "miit-2025-ai-devices-000003-1");
    app.assert_whole().await;
}
