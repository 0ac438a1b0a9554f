//! The ledger over HTTP: receipts that prove themselves, heads that extend each other, tiles that a mirror can rebuild the tree
//! from, and an independent verifier that agrees.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::statement::{Verdict, verify};
use jiebang_ledger::tree::{Question, Stored, answer, first_number};
use jiebang_ledger::{Hash, VerifierKey, hash_from_base64, tree};
use jiebang_service::{ServiceError, Submit};
use jiebang_testkit::{Client, TestApp, ready_draft};
use sha2::{Digest, Sha256};

const CALL: &str = "miit-2025-ai-devices";
const NOW: &str = "2025-03-20T09:00:00+08:00";

/// An application that was submitted, and the address of its receipt.
async fn submitted(app: &TestApp) -> (Client, String) {
    let sample = app.sample(CALL);
    let ready = ready_draft(&app.service, &sample, "applicant").await;
    let received_at = app.service.clock().now();
    let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
    let receipt = app.service.submit(&ready.actor, submit).await.unwrap();
    let mut client = app.client();
    client.set_cookie("session", &ready.token);
    (client, format!("/receipts/{}.json", receipt.number))
}

async fn extend(app: &TestApp) {
    while app.service.extend_ledger().await.unwrap() {}
}

async fn key(app: &TestApp) -> VerifierKey {
    VerifierKey::parse(&app.client().get("/.well-known/jiebang-ledger").await.expect(200).body).unwrap()
}

/// What the verifier in Python says.
fn python(arguments: &[&Path]) -> Option<i32> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/verifier/verify.py");
    // Debian's own interpreter has Debian's packages; `python3` on the path may be another.
    let interpreter = if Path::new("/usr/bin/python3").is_file() { "/usr/bin/python3" } else { "python3" };
    Command::new(interpreter).arg(script).args(arguments).output().unwrap().status.code()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn keep(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_promises_at_once_and_proves_a_moment_later() {
    let app = TestApp::start(NOW).await;
    let (mut client, path) = submitted(&app).await;
    let key = key(&app).await;
    let early = client.get(&path).await.expect(200).body;
    let Verdict::Promised(promised) = verify(&early, &key).unwrap() else { panic!("{early}") };
    extend(&app).await;
    let late = client.get(&path).await.expect(200).body;
    let Verdict::Included(included, size) = verify(&late, &key).unwrap() else { panic!("{late}") };
    assert_eq!((&included.facts, &included.promise), (&promised.facts, &promised.promise));
    assert!(size >= included.promise.position);
    for name in ["number", "call", "application", "version", "received_at", "content_sha256"] {
        assert!(included.facts.contains_key(name), "{late}");
    }
    let folder = Folder::new();
    let key_file = folder.keep("key", key.as_str());
    let flag = Path::new("--key");
    for (name, receipt) in [("early", &early), ("late", &late)] {
        assert_eq!(python(&[flag, &key_file, &folder.keep(name, receipt)]), Some(0), "{name}");
    }
    // Whatever bit is flipped, the receipt does not hold; in many places the other verifier says so too.
    for place in 0..late.len() * 8 {
        let mut bytes = late.clone().into_bytes();
        bytes[place / 8] ^= 1 << (place % 8);
        assert!(matches!(verify(&bytes, &key), Err(_) | Ok(Verdict::Refuted(_))), "bit {place}");
        if place % 97 == 0 {
            let code = python(&[flag, &key_file, &folder.keep("flipped", &bytes)]);
            assert!(matches!(code, Some(1 | 2)), "bit {place}: {code:?}");
        }
    }
}

/// Leaves of the public entries, one of them partial.
async fn leaves(app: &TestApp, size: u64) -> Vec<Vec<u8>> {
    let mut leaves = Vec::new();
    for nth in 0..=size / 256 {
        let (whole, partial) = (size >= (nth + 1) * 256, size % 256);
        if !whole && partial == 0 {
            break;
        }
        let name = if whole { format!("{nth:03}") } else { format!("{nth:03}.p/{partial}") };
        let bundle = raw(app, &format!("/ledger/tile/entries/{name}")).await;
        let mut rest = bundle.as_slice();
        while let [high, low, after @ ..] = rest {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            leaves.push(after[..length].to_vec());
            rest = &after[length..];
        }
    }
    leaves
}

/// The root that a mirror comes to which has only the entries.
fn mirrored(leaves: &[Vec<u8>]) -> (Stored, Vec<Hash>) {
    let (mut stored, mut hashes) = (Stored::new(), Vec::new());
    for (index, leaf) in (0..).zip(leaves) {
        let leaf = <Hash>::from(Sha256::digest([&[0], leaf.as_slice()].concat()));
        let added = answer(Question::Append { size: index, leaf }, &stored).unwrap();
        stored.extend((first_number(index)..).zip(added));
        hashes.push(leaf);
    }
    (stored, hashes)
}

async fn head(app: &TestApp) -> (String, Checkpoint) {
    let note = app.client().get("/ledger/checkpoint").await.expect(200).body;
    let head = Checkpoint::open(&note, &key(app).await).unwrap();
    (note, head)
}

/// Somebody has worked on a draft, another application was submitted: the public entries tell neither from anything else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_entries_show_places_and_digests_and_nothing_else() {
    let app = TestApp::start(NOW).await;
    submitted(&app).await;
    ready_draft(&app.service, &app.sample(CALL).of_organisation(3), "drafting").await;
    extend(&app).await;
    let (_, head) = head(&app).await;
    let leaves = leaves(&app, head.size).await;
    assert_eq!(leaves.len(), usize::try_from(head.size).unwrap());
    let mut digests = BTreeSet::new();
    for (position, leaf) in (1..).zip(&leaves) {
        let entry: serde_json::Value = serde_json::from_slice(leaf).unwrap();
        let digest = entry["digest"].as_str().unwrap();
        assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{digest}");
        let only = serde_json::json!({ "digest": digest, "position": position });
        assert_eq!(String::from_utf8(leaf.clone()).unwrap(), serde_jcs::to_string(&only).unwrap());
        digests.insert(digest.to_owned());
    }
    assert_eq!(digests.len(), leaves.len(), "a digest is salted");
    // Without the salt nobody can try what an event was.
    let all = app.service.store().read::<_, ServiceError>(Box::new(|rows| {
        Box::pin(async move { Ok(rows.events_after(0, 500).await?) })
    }));
    let all = all.await.unwrap();
    assert!(all.iter().any(|row| row.event.kind == "section_saved"), "a draft was worked on");
    for row in &all {
        assert_eq!(row.salt.len(), 32, "{}", row.position);
        let opened = jiebang_ledger::Event {
            at: row.event.at,
            by: row.event.account_id.clone(),
            kind: row.event.kind.clone(),
            subject: row.event.subject.clone(),
        };
        let place = usize::try_from(row.position - 1).unwrap();
        let shown = String::from_utf8(leaves[place].clone()).unwrap();
        assert!(shown.contains(&opened.digest(&row.event.data, &row.salt)), "{shown}");
        assert!(!shown.contains(&opened.digest(&row.event.data, "")), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_extend_each_other_and_mirrors_rebuild_them() {
    let app = TestApp::start(NOW).await;
    let (mut client, _) = submitted(&app).await;
    extend(&app).await;
    let key = key(&app).await;
    let old_note = client.get("/ledger/checkpoint").await.expect(200).body;
    let old = Checkpoint::open(&old_note, &key).unwrap();
    for nth in 0..300 {
        let language = [jiebang_domain::shared::Language::Zh, jiebang_domain::shared::Language::En][nth % 2];
        let actor = app.service.session(client.cookie("session").unwrap()).await.unwrap().unwrap();
        app.service.change_language(&actor, language).await.unwrap();
    }
    extend(&app).await;
    let new_note = client.get("/ledger/checkpoint").await.expect(200).body;
    let new = Checkpoint::open(&new_note, &key).unwrap();
    assert!(new.size >= old.size + 299, "{} {}", old.size, new.size);
    let proof = client.get(&format!("/ledger/consistency/{}", old.size)).await.expect(200).body;
    let hashes: Vec<Hash> = proof.lines().map(|line| hash_from_base64(line).unwrap()).collect();
    assert!(tree::extends(&hashes, new.size, new.root, old.size, old.root));

    let folder = Folder::new();
    let (key_file, flag) = (folder.keep("key", key.as_str()), Path::new("--key"));
    let (older, newer, steps) =
        (folder.keep("old", &old_note), folder.keep("new", &new_note), folder.keep("proof", &proof));
    let how = Path::new("--consistency");
    assert_eq!(python(&[flag, &key_file, how, &older, &newer, &steps]), Some(0));
    assert_eq!(python(&[flag, &key_file, how, &newer, &older, &steps]), Some(1));
    assert_eq!(python(&[flag, &key_file, how, &older, &newer, &folder.keep("none", "")]), Some(1));

    // A mirror that has only the entries comes to the same root, and the tiles hold the same hashes.
    let (stored, leaves) = mirrored(&leaves(&app, new.size).await);
    assert_eq!(answer(Question::Root { size: new.size }, &stored).unwrap(), [new.root]);
    assert_eq!(raw(&app, "/ledger/tile/0/000").await, leaves[..256].concat());
    assert_eq!(raw(&app, "/ledger/tile/1/000.p/1").await, stored[&tree::number(8, 0)]);
    for path in ["0/002", "0/001", "1/000", "9/000", "x/000", "0/0", "entries/002", "entries/001"] {
        app.client().get(&format!("/ledger/tile/{path}")).await.expect(404);
    }
    for old in ["-1", "999999999", "x"] {
        app.client().get(&format!("/ledger/consistency/{old}")).await.expect(404);
    }
}

/// The bytes of an answer.
async fn raw(app: &TestApp, path: &str) -> Vec<u8> {
    let answer = app.client().get(path).await.expect(200);
    answer.bytes.to_vec()
}
