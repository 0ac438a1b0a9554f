//! A call that is handed over proves itself: to this product's check and to an independent verifier, and what was changed is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use jiebang_domain::shared::Text;
use jiebang_ledger::VerifierKey;
use jiebang_service::{
    Audience, ExportCheck, ExportCounts, ExportHead, Exported, Piece, ServiceError, Submit, export,
};
use jiebang_testkit::{TestApp, ready_draft};
use serde_json::Value;
use tokio::sync::mpsc;

const CALL: &str = "miit-2025-ai-devices";
const OTHER: &str = "miit-2025-biomaterials-2";
const NOW: &str = "2025-03-20T09:00:00+08:00";

/// An export in memory.
#[derive(Clone)]
struct Handed {
    head: ExportHead,
    events: Vec<String>,
    contents: BTreeMap<String, String>,
}

async fn submitted(app: &TestApp, call: &str, organisation: u32, username: &str) -> String {
    let sample = app.sample(call).of_organisation(organisation);
    let ready = ready_draft(&app.service, &sample, username).await;
    let received_at = app.service.clock().now();
    let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
    app.service.submit(&ready.actor, submit).await.unwrap();
    ready.application
}

async fn exported(app: &TestApp, call: &str) -> Result<(Handed, u64), ServiceError> {
    let (sender, mut pieces) = mpsc::channel(4);
    let taking = tokio::spawn(async move {
        let (mut events, mut contents) = (Vec::new(), BTreeMap::new());
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Event(line) => events.push(line),
                Piece::Content { sha256, text } => assert!(contents.insert(sha256, text).is_none()),
                Piece::Listed(_) => panic!("a full export has the rosters"),
            }
        }
        (events, contents)
    });
    let done = export(app.service.store(), call, Audience::Full, sender).await;
    let (events, contents) = taking.await.unwrap();
    let Exported { head, later } = done?;
    Ok((Handed { head, events, contents }, later))
}

/// What somebody does to an export, with that of another call at hand.
type Change = fn(&mut Handed, &Handed);

impl Handed {
    /// What the check says: what there is, and what does not hold.
    fn check(&self, key: &VerifierKey) -> (ExportCounts, Vec<Text>) {
        let mut check = match ExportCheck::begin(&self.head.to_json().unwrap(), key).unwrap() {
            Ok(check) => check,
            Err(why) => return (ExportCounts::default(), vec![why]),
        };
        let mut found = Vec::new();
        for line in &self.events {
            found.extend(check.event(line).unwrap().err());
        }
        found.extend(
            self.contents
                .keys()
                .filter(|sha256| !check.content(sha256))
                .map(|sha256| Text::new("没有指明", format!("nothing names {sha256}"))),
        );
        let (counts, missing) = check.end();
        found.extend(missing);
        (counts, found)
    }

    /// What the verifier in Python says.
    fn python(&self, key: &VerifierKey) -> Option<i32> {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(place("export/content")).unwrap();
        std::fs::write(place("key"), key.as_str()).unwrap();
        std::fs::write(place("export/export.json"), self.head.to_json().unwrap()).unwrap();
        let events: String = self.events.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(place("export/events.jsonl"), events).unwrap();
        for (sha256, text) in &self.contents {
            std::fs::write(place("export/content").join(format!("{sha256}.json")), text).unwrap();
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/verifier/verify.py");
        let interpreter =
            if Path::new("/usr/bin/python3").is_file() { "/usr/bin/python3" } else { "python3" };
        let mut command = Command::new(interpreter);
        command.arg(script).arg("--key").arg(place("key")).arg(place("export"));
        command.output().unwrap().status.code()
    }

    /// Place of the line that holds these words.
    fn line(&self, words: &str) -> usize {
        self.events.iter().position(|line| line.contains(words)).unwrap()
    }
}

/// A server on which three have submitted, one under another call, and the submission of one was erased.
async fn season() -> (TestApp, VerifierKey, i64) {
    let app = TestApp::start(NOW).await;
    submitted(&app, CALL, 0, "first").await;
    let second = submitted(&app, CALL, 1, "second").await;
    submitted(&app, OTHER, 2, "third").await;
    let asked = second.clone();
    let position = app
        .service
        .store()
        .read::<_, ServiceError>(Box::new(move |rows| {
            Box::pin(async move { Ok(rows.submissions(&asked).await?[0].position) })
        }))
        .await
        .unwrap();
    app.service.erase_event(position, "个人信息保护法第四十七条").await.unwrap();
    while app.service.extend_ledger().await.unwrap() {}
    let key = app.client().get("/.well-known/jiebang-ledger").await.expect(200).body;
    (app, VerifierKey::parse(&key).unwrap(), position)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_holds_one_call_and_proves_itself() {
    let (app, key, erased) = season().await;
    let (handed, later) = exported(&app, CALL).await.unwrap();
    let (counts, found) = handed.check(&key);
    assert_eq!((found, later, handed.python(&key)), (Vec::new(), 0, Some(0)));
    assert_eq!((counts.erased, counts.contents), (1, 2), "the call and the copy that is left");
    let entries: Vec<Value> = handed.events.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["event"]["kind"].as_str()).collect();
    for kind in
        ["call_published", "application_begun", "section_saved", "application_submitted", "facts_erased"]
    {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    let whole: Vec<i64> = entries
        .iter()
        .filter(|entry| entry["digest"].is_string())
        .filter_map(|entry| entry["position"].as_i64())
        .collect();
    assert_eq!(whole, [erased]);
    assert!(!handed.events.iter().any(|line| line.contains(OTHER)));
    // What no head covers yet is left out and counted, and so is its copy.
    submitted(&app, CALL, 3, "fourth").await;
    let (again, later) = exported(&app, CALL).await.unwrap();
    assert_eq!((again.events.len(), again.contents.len()), (handed.events.len(), 2));
    assert!(later > 0);
    assert!(matches!(exported(&app, "no-such-call").await, Err(ServiceError::NotFound)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_in_an_export_is_told() {
    let (app, key, _) = season().await;
    let (whole, _) = exported(&app, CALL).await.unwrap();
    let (other, _) = exported(&app, OTHER).await.unwrap();
    let changes: [(&str, Change, &str); 8] = [
        (
            "a fact",
            |handed, _| {
                let nth = handed.line("\"application_submitted\"");
                handed.events[nth] = handed.events[nth].replace("\"version\":1", "\"version\":2");
            },
            "the ledger holds something else",
        ),
        (
            "spaces",
            |handed, _| handed.events[3] = handed.events[3].replacen(':', ": ", 1),
            "not in canonical form",
        ),
        ("an event is missing", |handed, _| drop(handed.events.remove(4)), "events; "),
        ("an event twice", |handed, _| handed.events.push(handed.events[4].clone()), "a second time"),
        (
            "an event of another call",
            |handed, other| handed.events.push(other.events[0].clone()),
            "of the call",
        ),
        (
            "a copy is missing",
            |handed, _| {
                let nth = handed.line("\"application_submitted\"");
                let entry: Value = serde_json::from_str(&handed.events[nth]).unwrap();
                handed.contents.remove(entry["facts"]["content_sha256"].as_str().unwrap()).unwrap();
            },
            "is not in the export",
        ),
        ("a copy too many", |handed, other| handed.contents.extend(other.contents.clone()), "nothing names"),
        ("another head", |handed, _| handed.head.call.push('x'), "of the call"),
    ];
    for (what, change, words) in changes {
        let mut changed = whole.clone();
        change(&mut changed, &other);
        let (_, found) = changed.check(&key);
        assert!(found.iter().any(|text| text.en.contains(words)), "{what}: {found:#?}");
        assert_eq!(changed.python(&key), Some(1), "{what}");
    }
    let stranger = jiebang_service::SecretKey::from_seed("stranger", &[1; 32]).unwrap();
    assert_eq!(whole.check(stranger.verifier()).1.len(), 1);
    assert_eq!(whole.python(stranger.verifier()), Some(1));
}
