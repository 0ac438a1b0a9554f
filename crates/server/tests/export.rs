//! `jiebang export`, `jiebang verify` on what it wrote, and `jiebang erase`, as a shell runs them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use jiebang_service::Submit;
use jiebang_testkit::{TestApp, ready_draft};

const CALL: &str = "miit-2025-ai-devices";

/// Runs a command to its end: exit code, and what it said.
async fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiebang"));
    command.args(["--lang", "en"]).args(arguments);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_handed_over_beside_a_running_server_and_verified_offline() {
    let app = TestApp::start("2025-03-20T09:00:00+08:00").await;
    ready_draft(&app.service, &app.sample(CALL), "applicant").await;
    while app.service.extend_ledger().await.unwrap() {}
    let place = tempfile::tempdir().unwrap();
    let (data, out, key) = (app.data.path().to_owned(), place.path().join("out"), place.path().join("key"));
    std::fs::write(&key, app.client().get("/.well-known/jiebang-ledger").await.expect(200).body).unwrap();
    let (data, key) = (text(&data), text(&key));

    // What cannot be handed over leaves nothing behind.
    let (code, said) = run(&["export", "no-such-call", "--data", data, "--out", text(&out)]).await;
    assert_eq!((code, said.contains("No call no-such-call is published")), (Some(2), true), "{said}");
    assert!(!out.exists());
    let (code, said) = run(&["export", CALL, "--data", text(&out), "--out", text(&out)]).await;
    assert_eq!(code, Some(2), "{said}");

    let (code, said) = run(&["export", CALL, "--data", data, "--out", text(&out)]).await;
    assert_eq!((code, said.contains("personal data")), (Some(0), true), "{said}");
    for name in ["events.jsonl", "export.json"] {
        let mode = std::fs::metadata(out.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} can be read by others");
    }
    let (code, said) = run(&["verify", "--key", key, text(&out)]).await;
    assert_eq!((code, said.starts_with("Valid: ")), (Some(0), true), "{said}");
    let (code, said) = run(&["export", CALL, "--data", data, "--out", text(&out)]).await;
    assert_eq!((code, said.contains("is not empty")), (Some(2), true), "{said}");

    // What was changed is told with its place, what is no export is unreadable.
    let events = std::fs::read_to_string(out.join("events.jsonl")).unwrap();
    let changed = events.replacen("\"at\":1", "\"at\":2", 1);
    std::fs::write(out.join("events.jsonl"), &changed).unwrap();
    std::fs::write(out.join("content/more.json"), "{}").unwrap();
    let (code, said) = run(&["verify", "--key", key, text(&out)]).await;
    assert_eq!(code, Some(1), "{said}");
    for words in ["events.jsonl:1: ", "content/more.json: ", "export.json: ", "Not valid: the export differs"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    std::fs::write(out.join("events.jsonl"), events.trim_end()).unwrap();
    let (code, said) = run(&["verify", "--key", key, text(&out)]).await;
    assert_eq!((code, said.contains("not complete")), (Some(2), true), "{said}");
    let (code, _) = run(&["verify", "--key", key, text(place.path())]).await;
    assert_eq!(code, Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_law_asks_to_delete_goes_by_command() {
    let app = TestApp::start("2025-03-20T09:00:00+08:00").await;
    let ready = ready_draft(&app.service, &app.sample(CALL), "applicant").await;
    let received_at = app.service.clock().now();
    let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
    let number = app.service.submit(&ready.actor, submit).await.unwrap().number;
    let data = text(app.data.path()).to_owned();
    let at = ["--data", &data, "--reason"];
    for (what, name, reason, code, words) in [
        ("application", "S-none", "PIPL 47", 1, "There is no S-none"),
        ("application", &number, " ", 1, "There is no reason"),
        ("receipt", &number, "PIPL 47", 0, "is erased"),
        ("receipt", &number, "PIPL 47", 1, "erased before"),
        ("application", &number, "PIPL 47", 0, "is erased"),
        ("user", "applicant", "PIPL 47", 0, "is erased"),
        ("user", "applicant", "PIPL 47", 1, "There is no applicant"),
    ] {
        let (done, said) = run(&[&["erase", what, name][..], &at, &[reason]].concat()).await;
        assert_eq!((done, said.contains(words)), (Some(code), true), "{what} {name}: {said}");
    }
    app.assert_whole().await;
    // A running server keeps its folder: nothing is erased beside it.
    let held = std::fs::File::options().write(true).open(app.data.path().join("jiebang.lock"));
    held.as_ref().unwrap().try_lock().unwrap();
    let (done, said) = run(&[&["erase", "user", "office"][..], &at, &["PIPL 47"]].concat()).await;
    assert_eq!((done, said.contains("Another jiebang is using")), (Some(2), true), "{said}");
}
