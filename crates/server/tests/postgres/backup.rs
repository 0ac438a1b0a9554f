//! A copy of a PostgreSQL installation by PostgreSQL's own programs, made while acts go on, put back and served.

use std::path::Path;

use jiebang_ledger::VerifierKey;
use jiebang_ledger::statement::{Verdict, verify};
use jiebang_testkit::{Client, Ready};

use crate::Installation;
use crate::binary::{self, Server};

const CALL: &str = "miit-2025-ai-devices";

async fn submit(server: &Server, ready: &Ready) -> String {
    let mut client = Client::new(server.address);
    client.set_cookie("session", &ready.token);
    let path = format!("/applications/{}/submit", ready.application);
    let answer = client.post(&path, &[("idempotency_key", &ready.application)]).await.expect(303);
    answer.location().to_owned()
}

fn copy(from: &Path, to: &Path) {
    let mut copy = std::process::Command::new("cp");
    assert!(copy.arg("-r").arg(from).arg(to).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_made_while_acts_go_on_is_put_back_and_served() {
    let installation = Installation::new(CALL).await;
    let drafts = installation.drafts(2, 15).await;
    let server = installation.serve("one", &installation.postgres.address("jiebang")).await;
    let mut before = Vec::new();
    for ready in &drafts[..6] {
        before.push((ready, submit(&server, ready).await));
    }
    let dump = installation.postgres.folder().join("dump");
    let mut program = installation.postgres.client_program("pg_dump");
    program.args(["--format=custom", "--file"]).arg(&dump).arg("jiebang");
    let dumping = tokio::task::spawn_blocking(move || program.status().unwrap().success());
    for ready in &drafts[6..] {
        submit(&server, ready).await;
    }
    assert!(dumping.await.unwrap());
    // Files after the dump: they are there before the rows that name them, and are never taken away.
    let files = installation.folder.path().join("files-copied");
    copy(&installation.folder.path().join("files"), &files);

    installation.postgres.administer("postgres", "create database restored");
    let mut program = installation.postgres.client_program("pg_restore");
    program.args(["--exit-on-error", "--dbname=restored"]).arg(&dump);
    assert!(tokio::task::spawn_blocking(move || program.status().unwrap().success()).await.unwrap());
    let database = installation.postgres.address("restored");
    let data = tempfile::tempdir().unwrap();
    let mut doctor = binary::command();
    doctor.args(["--lang", "en", "doctor", "--database", &database, "--files"]).arg(&files);
    let output = doctor.arg("--data").arg(data.path()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(" 0 faults"), "{said}");

    let restored = installation.serve("restored", &database).await;
    let key = Client::new(restored.address).get("/.well-known/jiebang-ledger").await.expect(200).body;
    let key = VerifierKey::parse(&key).unwrap();
    for (ready, receipt) in before {
        let mut client = Client::new(restored.address);
        client.set_cookie("session", &ready.token);
        let json = client.get(&format!("{receipt}.json")).await.expect(200).body;
        assert!(matches!(verify(&json, &key), Ok(Verdict::Included(..) | Verdict::Promised(_))), "{json}");
    }
    // And it goes on, without a number or a position that was given before.
    let next = drafts.iter().rev().find(|ready| {
        let state = format!("select state from application where id = '{}'", ready.application);
        installation.postgres.administer("restored", &state).trim() == "draft"
    });
    if let Some(ready) = next {
        submit(&restored, ready).await;
    }
    let gaps = "select count(*) - max(position) from event";
    assert_eq!(installation.postgres.administer("restored", gaps).trim(), "0");
}
