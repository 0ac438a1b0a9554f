//! What the law asks to erase goes for good; the ledger and everything else stand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::statement::{Verdict, verify};
use jiebang_ledger::{VerifierKey, hash_from_base64, tree};
use jiebang_service::{Role, ServiceError, Submit};
use jiebang_store::{EventRow, NewEvent, SubmissionRow};
use jiebang_testkit::{Applicant, Client, Ready, TestApp, add_user, ready_draft};

const CALL: &str = "miit-2025-ai-devices";
const NOW: &str = "2025-03-20T09:00:00+08:00";
const REASON: &str = "个人信息保护法第四十七条";

/// A server with somebody who submits.
struct House {
    app: TestApp,
    key: VerifierKey,
    client: Client,
    ready: Ready,
}

impl House {
    async fn build() -> Self {
        let app = TestApp::start(NOW).await;
        let ready = ready_draft(&app.service, &app.sample(CALL), "applicant").await;
        let mut client = app.client();
        client.set_cookie("session", &ready.token);
        let key = app.client().get("/.well-known/jiebang-ledger").await.expect(200).body;
        Self { key: VerifierKey::parse(&key).unwrap(), app, client, ready }
    }

    /// Submits an application; number of its receipt and its place in the ledger.
    async fn submit(&self, application: &str) -> (String, i64) {
        let received_at = self.app.service.clock().now();
        let submit = Submit { application: application.to_owned(), seen: None, key: None, received_at };
        let number = self.app.service.submit(&self.ready.actor, submit).await.unwrap().number;
        let position = self.kept(&number).await.position;
        (number, position)
    }

    async fn extend(&self) {
        while self.app.service.extend_ledger().await.unwrap() {}
    }

    async fn head(&self) -> Checkpoint {
        let note = self.app.client().get("/ledger/checkpoint").await.expect(200).body;
        Checkpoint::open(&note, &self.key).unwrap()
    }

    async fn receipt(&mut self, number: &str) -> String {
        self.client.get(&format!("/receipts/{number}.json")).await.expect(200).body
    }

    async fn kept(&self, number: &str) -> SubmissionRow {
        let number = number.to_owned();
        let read = self.app.service.store().read::<_, ServiceError>(Box::new(move |rows| {
            Box::pin(async move { Ok(rows.submission_by_receipt(&number).await?) })
        }));
        read.await.unwrap().unwrap()
    }

    async fn event(&self, position: i64) -> EventRow {
        let read = self.app.service.store().read::<_, ServiceError>(Box::new(move |rows| {
            Box::pin(async move { Ok(rows.event_at(position).await?) })
        }));
        read.await.unwrap().unwrap()
    }

    fn included(&self, receipt: &str) -> bool {
        matches!(verify(receipt, &self.key), Ok(Verdict::Included(..)))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_are_erased_and_the_ledger_stands() {
    let mut house = House::build().await;
    let sample = house.app.sample(CALL);
    let (erased, position) = house.submit(&house.ready.application.clone()).await;
    let other = house.ready.another(&house.app.service, &sample).await.application;
    let (standing, _) = house.submit(&other).await;
    house.extend().await;
    let (old, copy) = (house.head().await, house.receipt(&erased).await);
    assert!(house.included(&copy));

    house.app.service.erase_event(position, REASON).await.unwrap();
    house.extend().await;
    // Nothing of what was erased is left, except that it was there.
    let (event, kept) = (house.event(position).await, house.kept(&erased).await);
    assert_eq!((event.salt.as_str(), event.event.data.as_str()), ("", ""));
    assert_eq!(event.digest.as_deref().map(str::len), Some(64));
    assert_eq!([kept.content, kept.content_sha256, kept.receipt], ["", "", ""]);
    for rest in ["", ".json", "/content", "/application", "/book.pdf"] {
        let page = house.client.get(&format!("/receipts/{erased}{rest}")).await.expect(410);
        assert!(page.says("本回执的内容已依法删除") && page.says(REASON), "{}", page.words());
        assert!(page.says("2025年3月20日") && page.says(&format!("第 {position} 条")), "{}", page.words());
    }
    let page = house.client.get(&format!("/receipts/{erased}?lang=en")).await.expect(410);
    assert!(page.says("erased by law") && page.says("20 March 2025"), "{}", page.words());
    // Who could not see the receipt does not learn of it either.
    house.app.client().get(&format!("/receipts/{erased}")).await.expect(303);
    // Its writers keep what they wrote; nobody else is shown a draft in its place.
    house.client.get(&format!("/applications/{}", house.ready.application)).await.expect(200);
    add_user(&house.app.service, "office", Role::ProgrammeOffice, None, None).await;
    let mut office = house.app.client();
    Applicant::login(&mut office, "office").await.expect(303);
    let page = office.get(&format!("/applications/{}", house.ready.application)).await.expect(410);
    assert!(page.says("已依法删除") && page.says(REASON), "{}", page.words());

    // The tree is the same and grows on; all other receipts verify, and so does a copy of the one that was erased.
    let new = house.head().await;
    assert_eq!(new.size, old.size + 1, "the erasure is an event itself");
    let path = format!("/ledger/consistency/{}", old.size);
    let proof = house.app.client().get(&path).await.expect(200).body;
    let proof: Vec<_> = proof.lines().map(|line| hash_from_base64(line).unwrap()).collect();
    assert!(tree::extends(&proof, new.size, new.root, old.size, old.root));
    let receipt = house.receipt(&standing).await;
    assert!(house.included(&receipt) && house.included(&copy));
    house.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_are_erased_before_the_tree_has_taken_the_event_in() {
    let mut house = House::build().await;
    let (erased, position) = house.submit(&house.ready.application.clone()).await;
    let early = house.receipt(&erased).await;
    house.app.service.erase_event(position, REASON).await.unwrap();
    house.extend().await;
    house.app.assert_whole().await;
    // The place that was promised is covered, by the entry that was promised.
    let Ok(Verdict::Promised(promised)) = verify(&early, &house.key) else { panic!("{early}") };
    let facts = serde_jcs::to_string(&promised.facts).unwrap();
    let row = house.event(position).await;
    let NewEvent { at, account_id: by, kind, subject, .. } = row.event;
    let event = jiebang_ledger::Event { at, by, kind, subject };
    assert_eq!(row.digest, Some(event.digest(&facts, &promised.promise.salt)));
    assert!(house.head().await.size > promised.promise.position);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_needs_a_reason_and_is_made_once() {
    let house = House::build().await;
    let (_, position) = house.submit(&house.ready.application.clone()).await;
    let code = |erased: Result<(), ServiceError>| match erased {
        Err(ServiceError::Invalid(findings)) => findings[0].code.clone(),
        other => panic!("{other:?}"),
    };
    let service = &house.app.service;
    assert_eq!(code(service.erase_event(position, "  ").await), "reason_missing");
    assert!(matches!(service.erase_event(position + 100, REASON).await, Err(ServiceError::NotFound)));
    assert_eq!(house.event(position).await.digest, None);
    service.erase_event(position, REASON).await.unwrap();
    assert_eq!(code(service.erase_event(position, REASON).await), "erased_before");
    assert_eq!(code(service.erase_event(position + 1, REASON).await), "erasure_stays");
    house.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_is_erased_whole_and_others_stand() {
    let mut house = House::build().await;
    let sample = house.app.sample(CALL);
    let id = house.ready.application.clone();
    let (erased, _) = house.submit(&id).await;
    // The other one has the same files.
    let other = house.ready.another(&house.app.service, &sample).await.application;
    let (standing, _) = house.submit(&other).await;
    house.extend().await;
    house.app.service.erase_application(&id, REASON).await.unwrap();
    house.extend().await;
    house.app.assert_whole().await;
    house.client.get(&format!("/receipts/{erased}")).await.expect(410);
    for gone in [
        format!("/applications/{id}"),
        format!("/applications/{id}/book.pdf"),
        format!("/receipts/{erased}/book.pdf"),
    ] {
        let page = house.client.get(&gone).await.expect(410);
        assert!(page.says("已依法删除") && page.says(REASON), "{gone}: {}", page.words());
    }
    house.client.get(&format!("/receipts/{standing}")).await.expect(200);
    let receipt = house.receipt(&standing).await;
    assert!(house.included(&receipt));
    let asked = id.clone();
    let left = house.app.service.store().read::<_, ServiceError>(Box::new(move |rows| {
        Box::pin(async move {
            let row = rows.application(&asked).await?.unwrap();
            let (sections, files) = (rows.sections(&asked).await?, rows.files(&asked).await?);
            let events = rows.unerased_events_of(&asked).await?;
            Ok((row.title, row.lead, sections, files, events))
        })
    }));
    assert_eq!(left.await.unwrap(), (String::new(), Some(String::new()), vec![], vec![], vec![]));
    let stored = files_below(&house.app.data.path().join("files"));
    assert!(!stored.is_empty());
    // With the last application that has them the files go as well.
    house.app.service.erase_application(&other, REASON).await.unwrap();
    assert_eq!(files_below(&house.app.data.path().join("files")), Vec::<PathBuf>::new());
    house.app.assert_whole().await;
    let nobody = house.app.service.erase_application("none", REASON).await;
    assert!(matches!(nobody, Err(ServiceError::NotFound)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_an_account_is_goes_and_what_it_did_stays() {
    let mut house = House::build().await;
    let (number, _) = house.submit(&house.ready.application.clone()).await;
    let (service, id) = (&house.app.service, house.ready.actor.account_id.clone());
    service.erase_user("applicant", REASON).await.unwrap();
    let read = service.store().read::<_, ServiceError>(Box::new(move |rows| {
        Box::pin(async move { Ok(rows.account(&id).await?.unwrap()) })
    }));
    let account = read.await.unwrap();
    assert_eq!([account.name, account.email, account.password_hash], ["", "", ""]);
    assert_eq!((account.username, account.disabled_at.is_some()), (format!("erased-{}", account.id), true));
    house.client.get(&format!("/receipts/{number}")).await.expect(303);
    assert!(matches!(service.erase_user("applicant", REASON).await, Err(ServiceError::NotFound)));
    house.app.assert_whole().await;
}

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
