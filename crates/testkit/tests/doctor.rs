//! What the doctor finds when somebody with the database in hands has changed the past.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiebang_domain::shared::Language;
use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::tree;
use jiebang_service::{ServiceError, Submit};
use jiebang_testkit::{TestApp, ledger_key, ready_draft};

const CALL: &str = "miit-2025-ai-devices";
const NOW: &str = "2025-03-20T09:00:00+08:00";
/// More events than the doctor reads at once.
const EVENTS: usize = 620;

/// A server with a submission and many events, all in the tree; the number of the receipt and the entries of the head.
async fn house() -> (TestApp, String, u64) {
    let app = TestApp::start(NOW).await;
    let ready = ready_draft(&app.service, &app.sample(CALL), "applicant").await;
    let received_at = app.service.clock().now();
    let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
    let receipt = app.service.submit(&ready.actor, submit).await.unwrap();
    for nth in 0..EVENTS {
        let actor = app.service.session(&ready.token).await.unwrap().unwrap();
        app.service.change_language(&actor, [Language::En, Language::Zh][nth % 2]).await.unwrap();
    }
    while app.service.extend_ledger().await.unwrap() {}
    let head = app.service.ledger_head().await.unwrap().unwrap();
    (app, receipt.number, u64::try_from(head.size).unwrap())
}

/// What the doctor finds, in English, one line each.
async fn found(app: &TestApp) -> Vec<String> {
    app.service.health().await.unwrap().faults.into_iter().map(|fault| fault.en).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_event_that_differs_from_the_ledger_is_named() {
    let (app, _, size) = house().await;
    let health = app.service.health().await.unwrap();
    assert!(health.faults.is_empty(), "{:?}", health.faults);
    assert_eq!((health.entries, health.events), (size, size));
    assert!(size > 600, "{size}");
    // Each change by itself, and back.
    for (place, column) in [(1, "at"), (499, "at"), (500, "at"), (501, "at"), (600, "at"), (size, "at")] {
        app.database
            .meddle(&format!("update event set {column} = {column} + 1 where position >= {place}"))
            .await;
        assert_eq!(found(&app).await, [format!("Event {place} differs from the ledger")]);
        app.database
            .meddle(&format!("update event set {column} = {column} - 1 where position >= {place}"))
            .await;
    }
    for column in ["kind", "subject", "salt"] {
        app.database
            .meddle(&format!("update event set {column} = 'x' || {column} where position = 601"))
            .await;
        assert_eq!(found(&app).await, ["Event 601 differs from the ledger"], "{column}");
        app.database
            .meddle(&format!("update event set {column} = substr({column}, 2) where position = 601"))
            .await;
    }
    app.database
        .meddle(
            "update event set data = '{\\\"language\\\":\\\"fr\\\"}' where position = 602"
                .replace('\\', "")
                .as_str(),
        )
        .await;
    assert_eq!(found(&app).await, ["Event 602 differs from the ledger"]);
    // Who acted is covered as well.
    app.database.meddle("update event set account_id = null where position = 601").await;
    assert_eq!(found(&app).await, ["Event 601 differs from the ledger"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tree_that_was_changed_is_found_too() {
    let (app, _, size) = house().await;
    let flip = |number: u64| {
        format!(
            "update ledger_hash set hash = substr(hash, 33) || substr(hash, 1, 32) where number = {number}"
        )
    };
    // A leaf, and a subtree over the first 512.
    for (number, position) in [(tree::first_number(9), 10), (tree::number(9, 0), 512)] {
        app.database.meddle(&flip(number)).await;
        assert_eq!(found(&app).await, [format!("Event {position} differs from the ledger")]);
        app.database.meddle(&flip(number)).await;
    }
    assert_eq!(found(&app).await, Vec::<String>::new());
    let note = app.service.ledger_head().await.unwrap().unwrap().note;
    let set = |note: &str| format!("update ledger_checkpoint set note = '{note}' where size = {size}");
    let forged = Checkpoint { size, root: [7; 32] }.sign(&ledger_key()).unwrap();
    app.database.meddle(&set(&forged)).await;
    assert_eq!(
        found(&app).await,
        [format!("The root of the head of {size} entries differs from the events")]
    );
    for unread in ["no note".to_owned(), note.replacen(&size.to_string(), "5", 1)] {
        app.database.meddle(&set(&unread)).await;
        assert_eq!(found(&app).await, ["The newest head of the ledger cannot be read"]);
    }
    app.database.meddle(&set(&note)).await;
    app.database.meddle(&format!("delete from event where position > {}", size - 2)).await;
    let end = size - 2;
    assert_eq!(found(&app).await, [format!("The head covers {size} entries; the events end at {end}")]);
    app.database.meddle("delete from event where position = 400").await;
    assert!(found(&app).await.contains(&"Entry 400 of the ledger has no event".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_and_frozen_copies_are_held_against_their_events() {
    let (app, number, _) = house().await;
    let restore = |column: &str, value: &str| {
        format!("update submission set {column} = {value} where receipt_number = '{number}'")
    };
    for (column, change, back, wanted) in [
        (
            "content",
            "content || ' '",
            "substr(content, 1, length(content) - 1)",
            "The frozen copy of receipt # differs from its event",
        ),
        (
            "receipt",
            "receipt || ' '",
            "substr(receipt, 1, length(receipt) - 1)",
            "Receipt # states something else than its event",
        ),
        ("position", "position + 1", "position - 1", "Receipt # states something else than its event"),
        ("receipt_number", "'elsewhere'", "receipt_number", "The frozen copy of receipt # is missing"),
    ] {
        app.database.meddle(&restore(column, change)).await;
        assert_eq!(found(&app).await, [wanted.replace('#', &number)], "{column}");
        app.database.meddle(&restore(column, back)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_should_have_been_erased_and_is_still_there_is_found() {
    let (app, number, _) = house().await;
    let wanted = number.clone();
    let read = app.service.store().read::<_, ServiceError>(Box::new(move |rows| {
        Box::pin(async move { Ok(rows.submission_by_receipt(&wanted).await?) })
    }));
    let position = read.await.unwrap().unwrap().position;
    app.service.erase_event(position, "a reason").await.unwrap();
    assert_eq!(found(&app).await, Vec::<String>::new());
    app.database
        .meddle(&format!("update submission set receipt = '{{}}' where receipt_number = '{number}'"))
        .await;
    assert_eq!(found(&app).await, [format!("Receipt {number} should have been erased and is still there")]);
    // Another digest in the place of the facts is another event.
    app.database
        .meddle(&format!("update submission set receipt = '' where receipt_number = '{number}'"))
        .await;
    app.database.meddle(&format!("update event set digest = '00' where position = {position}")).await;
    assert_eq!(found(&app).await, [format!("Event {position} differs from the ledger")]);
}
