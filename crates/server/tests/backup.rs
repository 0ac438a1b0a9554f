//! Copies of an installation, and files in a bucket: what was acknowledged is there, whole, and can be served.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod binary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use binary::{Server, command};
use jiebang_callfile::Library;
use jiebang_service::{Clock, FileStore, Random, Service, Settings, Submit};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use jiebang_testkit::{
    Applicant, Client, PASSWORD, S3Server, Sample, Setup, TestApp, call_until_2099, ledger_key, ready_draft,
};

const CALL: &str = "miit-2025-ai-devices";

/// Runs a command to its end: exit code, and what it said.
async fn run(arguments: &[&str], environment: &[(&'static str, String)]) -> (Option<i32>, String) {
    let mut command = command();
    command.args(arguments).envs(environment.iter().cloned());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// All files below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_made_beside_a_running_server_is_whole_and_can_be_served() {
    let calls = call_until_2099(CALL);
    let app = TestApp::with(Setup { calls: Some(calls.path().to_owned()), ..Setup::default() }).await;
    let sample = app.sample(CALL);
    let first = ready_draft(&app.service, &sample, "applicant").await;
    let mut drafts = vec![first.clone()];
    for _ in 0..19 {
        drafts.push(first.another(&app.service, &sample).await);
    }
    let told = Arc::new(Mutex::new(BTreeMap::new()));
    let (service, noted) = (app.service.clone(), told.clone());
    let submitting = tokio::spawn(async move {
        for ready in drafts {
            let received_at = service.clock().now();
            let submit =
                Submit { application: ready.application.clone(), seen: None, key: None, received_at };
            let receipt = service.submit(&ready.actor, submit).await.unwrap();
            noted.lock().unwrap().insert(receipt.number, ready.token);
        }
    });
    while told.lock().unwrap().len() < 5 {
        tokio::task::yield_now().await;
    }
    let before = told.lock().unwrap().clone();
    let (place, data) = (tempfile::tempdir().unwrap(), text(app.data.path()).to_owned());
    let copy = place.path().join("copy");
    let (code, said) = run(&["--lang", "en", "backup", "--data", &data, "--out", text(&copy)], &[]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("0 faults; the ledger's key is not in it"), "{said}");
    submitting.await.unwrap();
    assert!(!copy.join("ledger.key").exists());
    assert_eq!(run(&["doctor", "--data", text(&copy)], &[]).await.0, Some(0));

    let (folder, more) = (copy.clone(), calls.path().display().to_string());
    let server = tokio::task::spawn_blocking(move || Server::start("serve", &folder, &["--calls", &more]));
    let server = server.await.unwrap();
    for (receipt, token) in &before {
        let mut client = Client::new(server.address);
        client.set_cookie("session", token);
        let page = client.get(&format!("/receipts/{receipt}")).await.expect(200);
        assert!(page.body.contains(receipt));
    }
    let stopped = tokio::task::spawn_blocking(move || server.stop()).await.unwrap();
    assert_eq!(stopped.0, Some(0));

    // What is wrong at the source is told, what cannot be done is refused.
    std::fs::remove_file(files_below(&app.data.path().join("files")).pop().unwrap()).unwrap();
    let second = place.path().join("second");
    let (code, said) = run(&["--lang", "zh", "backup", "--data", &data, "--out", text(&second)], &[]).await;
    assert_eq!((code, said.contains("缺失")), (Some(1), true), "{said}");
    for (arguments, words) in [
        (["--data", &data, "--out", text(&copy)], "不是空的"),
        (["--data", text(place.path()), "--out", text(&place.path().join("third"))], "中没有数据库"),
        (["--database=postgres://u:s3cret@h/d", "--out", text(&second), "--lang=zh"], "pg_dump"),
    ] {
        let (code, said) = run(&[&["--lang", "zh", "backup"][..], &arguments].concat(), &[]).await;
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(words) && !said.contains("s3cret"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_may_be_in_a_bucket() {
    let (place, calls) = (tempfile::tempdir().unwrap(), call_until_2099(CALL));
    let s3 = S3Server::start(&place.path().join("s3")).await;
    let (data, bucket) = (place.path().join("data"), format!("s3://{}/ours", S3Server::BUCKET));
    let at = ["--data", text(&data), "--files", &bucket];
    let office = ["--role", "programme_office", "--username", "office", "--name", "主办"];
    let password = [("JIEBANG_PASSWORD", PASSWORD.to_owned())];
    let environment = [s3.environment(), password.to_vec()].concat();
    let (code, said) = run(&[&["user", "add"][..], &at, &office].concat(), &environment).await;
    assert_eq!(code, Some(0), "{said}");

    let mut serve = command();
    serve.args(["serve", "--listen", "127.0.0.1:0", "--calls"]).arg(calls.path()).args(at);
    serve.envs(s3.environment());
    let mut server = tokio::task::spawn_blocking(move || Server::of(serve)).await.unwrap();
    let mut client = Client::new(server.address);
    Applicant::login(&mut client, "office").await;
    client.post(&format!("/office/calls/{CALL}/publish"), &[]).await.expect(303);
    let sample = sample(calls.path()).await;
    let mut applicant = Applicant::register(Client::new(server.address), sample, "applicant").await;
    let id = applicant.begin().await;
    applicant.fill_all(&id).await;
    applicant.attach_all(&id).await;
    let section = applicant.evidence_section();
    let page = applicant.client.get(&format!("/applications/{id}/{section}")).await.expect(200);
    let prefix = format!("/applications/{id}/files/");
    let links: Vec<String> =
        page.links().into_iter().map(|link| link.href).filter(|href| href.starts_with(&prefix)).collect();
    let sent = applicant.sample.files();
    assert_eq!(links.len(), sent.len());
    for link in links {
        let got = applicant.client.get(&link).await.expect(200).bytes;
        assert!(sent.iter().any(|file| file.content == got), "{link} is nothing that was sent");
    }

    // All are in the bucket, however the server ends, and none stayed where it arrived.
    server.kill();
    assert_eq!(files_below(&data.join("files")), Vec::<PathBuf>::new());
    let (code, said) = run(&[&["--lang", "en", "doctor"][..], &at].concat(), &environment).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("{} files, 0 faults", sent.len())), "{said}");
    let copy = place.path().join("copy");
    let to = ["--out", text(&copy)];
    let (code, said) = run(&[&["--lang", "en", "backup"][..], &at, &to].concat(), &environment).await;
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(run(&["doctor", "--data", text(&copy)], &[]).await.0, Some(0));

    let mut kept = files_below(&place.path().join("s3").join(S3Server::BUCKET).join("ours"));
    kept.retain(|path| path.file_name().unwrap().len() == 64);
    std::fs::write(&kept[0], "%PDF-1.7 another").unwrap();
    let (code, said) = run(&[&["--lang", "en", "doctor"][..], &at].concat(), &environment).await;
    assert_eq!((code, said.contains("is not what was stored")), (Some(1), true), "{said}");
    // A bucket that is not to be had stops the start, and no secret is told.
    let mut wrong = environment.clone();
    wrong.push(("AWS_SECRET_ACCESS_KEY", "wr0ng-secret".to_owned()));
    let (code, said) = run(&[&["serve", "--listen", "127.0.0.1:0"][..], &at].concat(), &wrong).await;
    assert_eq!(code, Some(3), "{said}");
    assert!(!said.contains("wr0ng-secret") && !said.contains(S3Server::SECRET), "{said}");
}

/// The sample of the call, loaded from its folder.
async fn sample(calls: &Path) -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("jiebang.db"), SqliteOptions::default()).await.unwrap();
    let files = FileStore::new(&folder.path().join("files")).unwrap();
    let library = Library { calls: Some(calls.to_owned()), ..Library::default() };
    let (clock, random) = (Clock::system(), Random::seeded(1));
    let service =
        Service::start(store, files, clock, random, library, Settings::new(ledger_key())).await.unwrap();
    service.publish_for_demo(CALL, service.clock().now()).await.unwrap();
    let call = service.call(CALL).unwrap().call;
    Sample::all(&call).into_iter().find(|sample| sample.name == "sample").unwrap()
}
