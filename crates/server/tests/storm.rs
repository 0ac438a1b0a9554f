//! `kill -9` in the middle of a submit storm, a hundred times: nothing that was acknowledged is lost, nothing happened twice, and
//! the doctor finds no fault.
//!
//! The real binary serves real drafts. Each chain begins on a copy of one prepared folder and goes on over several kills; after
//! each kill the store is opened again in this process and compared with what the clients were told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod binary;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use binary::Server;
use jiebang_service::{FileStore, health};
use jiebang_store::{ApplicationRow, StoreError, SubmissionRow};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use jiebang_testkit::{Client, Ready, Setup, TestApp, call_until_2099, encode, ready_draft};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

/// Kills in all.
const KILLS: usize = 100;
/// Kills of one copy of the folder.
const KILLS_OF_ONE: usize = 5;
/// Chains at a time.
const CHAINS: usize = 2;
/// Clients at a time.
const CLIENTS: usize = 8;
/// Most submissions that are acknowledged before a kill.
const ACKNOWLEDGED_MAX: u64 = 14;
/// Organisations, and drafts of each.
const ORGANISATIONS: u32 = 5;
const DRAFTS_EACH: usize = 20;
const CALL: &str = "miit-2025-ai-devices";

/// Receipts by application, as the server acknowledged them.
type Acknowledged = BTreeMap<String, String>;

/// The prepared folder and the drafts in it.
struct Prepared {
    folder: TestApp,
    drafts: Vec<Ready>,
    _calls: tempfile::TempDir,
}

/// Writes ready drafts under a call that stays open until 2099, since the binary's clock is the machine's.
async fn prepare() -> Prepared {
    let calls = call_until_2099(CALL);
    let app = TestApp::with(Setup { calls: Some(calls.path().to_owned()), ..Setup::default() }).await;
    let sample = app.sample(CALL);
    assert_eq!(sample.deadline().to_string(), "2099-03-28T16:00:00Z");
    let mut organisations = Vec::new();
    for number in 1..=ORGANISATIONS {
        let (service, sample) = (app.service.clone(), sample.of_organisation(number));
        organisations.push(tokio::spawn(async move {
            let first = ready_draft(&service, &sample, &format!("applicant-{number}")).await;
            let mut drafts = vec![first.clone()];
            while drafts.len() < DRAFTS_EACH {
                drafts.push(first.another(&service, &sample).await);
            }
            drafts
        }));
    }
    let mut drafts = Vec::new();
    for organisation in organisations {
        drafts.extend(organisation.await.unwrap());
    }
    // Moves the log into the file, so that the folder can be copied.
    app.service.store().close().await.unwrap();
    Prepared { folder: app, drafts, _calls: calls }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Submits drafts of a queue until the server is gone; notes each receipt as soon as it is acknowledged.
async fn submit(
    address: SocketAddr,
    queue: Arc<Mutex<VecDeque<Ready>>>,
    acknowledged: Arc<Mutex<Acknowledged>>,
    count: Arc<AtomicUsize>,
    heard: Arc<Notify>,
) {
    let mut client = Client::new(address);
    loop {
        let Some(ready) = queue.lock().unwrap().pop_front() else { return };
        client.set_cookie("session", &ready.token);
        let path = format!("/applications/{}/submit", ready.application);
        let body = format!("idempotency_key={}", encode(&ready.application));
        let kind = Some("application/x-www-form-urlencoded".to_owned());
        let Ok(answer) = client.try_send(hyper::Method::POST, &path, kind, body.into()).await else { return };
        let receipt = answer.expect(303).location().strip_prefix("/receipts/").expect("a receipt").to_owned();
        acknowledged.lock().unwrap().insert(ready.application, receipt);
        count.fetch_add(1, Ordering::SeqCst);
        heard.notify_one();
    }
}

/// One storm: clients submit until so many are acknowledged; then, at some moment within the next milliseconds, the kill.
async fn storm(
    data: &Path,
    drafts: &[Ready],
    acknowledged: &Arc<Mutex<Acknowledged>>,
    random: &mut ChaCha20Rng,
) {
    let folder = data.to_owned();
    let mut server = tokio::task::spawn_blocking(move || Server::start("serve", &folder, &[])).await.unwrap();
    let address = server.address;
    // Whoever was not answered asks again; whoever was answered asks again as well, and gets the same answer.
    let earlier = acknowledged.lock().unwrap().clone();
    if let Some((application, receipt)) = earlier.iter().next_back() {
        let ready = drafts.iter().find(|ready| ready.application == *application).unwrap();
        let (again, one) = (Arc::new(Mutex::new(Acknowledged::new())), VecDeque::from([ready.clone()]));
        submit(address, Arc::new(Mutex::new(one)), again.clone(), Arc::default(), Arc::default()).await;
        assert_eq!(
            again.lock().unwrap().get(application),
            Some(receipt),
            "a repeated request has another answer"
        );
    }
    let open = drafts.iter().filter(|ready| !earlier.contains_key(&ready.application)).cloned();
    let open: VecDeque<Ready> = open.collect();
    let wanted = usize::try_from(random.next_u64() % (ACKNOWLEDGED_MAX + 1)).unwrap().min(open.len());
    let queue = Arc::new(Mutex::new(open));
    let (count, heard) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            tokio::spawn(submit(address, queue.clone(), acknowledged.clone(), count.clone(), heard.clone()))
        })
        .collect();
    while count.load(Ordering::SeqCst) < wanted {
        heard.notified().await;
    }
    // Not a wait for something to happen: the moment of the kill is drawn by lot.
    tokio::time::sleep(Duration::from_micros(random.next_u64() % 12_000)).await;
    server.kill();
    for client in clients {
        client.await.unwrap();
    }
}

/// Opens the store again: every acknowledged receipt is there with its hash and state, and nothing is half done.
async fn verify(data: &Path, drafts: &[Ready], acknowledged: &Acknowledged) {
    let store = SqliteStore::open(&data.join("jiebang.db"), SqliteOptions::default()).await.unwrap();
    let files = FileStore::new(&data.join("files")).unwrap();
    let ids: Vec<String> = drafts.iter().map(|ready| ready.application.clone()).collect();
    type Found = Vec<(ApplicationRow, Vec<SubmissionRow>)>;
    let found: Found = store
        .read::<Found, StoreError>(Box::new(move |rows| {
            Box::pin(async move {
                let mut found = Vec::new();
                for id in &ids {
                    let application = rows.application(id).await?.expect("an application");
                    let mut submissions = Vec::new();
                    for listed in rows.submissions(id).await? {
                        let whole = rows.submission_by_receipt(&listed.receipt_number).await?;
                        submissions.push(whole.expect("a frozen copy"));
                    }
                    found.push((application, submissions));
                }
                Ok(found)
            })
        }))
        .await
        .unwrap();
    let mut submitted = 0;
    for (application, submissions) in &found {
        let receipt = acknowledged.get(&application.id);
        match (application.state.as_str(), submissions.as_slice()) {
            ("submitted", [only]) => {
                let hash = hex::encode(Sha256::digest(only.content.as_bytes()));
                assert_eq!(hash, only.content_sha256, "{}", application.id);
                assert!(only.receipt.contains(&hash), "{}", only.receipt);
                assert!(
                    receipt.is_none_or(|receipt| *receipt == only.receipt_number),
                    "{} is {receipt:?}",
                    only.receipt_number
                );
                assert_eq!((application.version, only.version), (1, 1));
                submitted += 1;
            }
            ("draft", []) => {
                assert_eq!(receipt, None, "an acknowledged submission of {} is lost", application.id)
            }
            (state, submissions) => {
                panic!("{} is {state} with {} versions", application.id, submissions.len())
            }
        }
    }
    let health = health(&store.clone().into(), &files).await.unwrap();
    assert!(health.faults.is_empty(), "{:?}", health.faults);
    assert_eq!(health.submissions, submitted, "events and frozen copies differ in number");
    store.close().await.unwrap();
}

async fn chain(prepared: Arc<Prepared>, seed: u64) -> usize {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    copy(prepared.folder.data.path(), folder.path());
    let acknowledged = Arc::new(Mutex::new(Acknowledged::new()));
    for _ in 0..KILLS_OF_ONE {
        storm(folder.path(), &prepared.drafts, &acknowledged, &mut random).await;
        let told = acknowledged.lock().unwrap().clone();
        verify(folder.path(), &prepared.drafts, &told).await;
    }
    if seed == 0 {
        // A server that was killed five times still stops well when it is asked to.
        let data = folder.path().to_owned();
        let stopped =
            tokio::task::spawn_blocking(move || Server::start("serve", &data, &[]).stop()).await.unwrap();
        assert_eq!(stopped, (Some(0), String::new()));
    }
    acknowledged.lock().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_submission_is_lost_by_a_hundred_kills() {
    let prepared = Arc::new(prepare().await);
    let next = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..CHAINS)
        .map(|_| {
            let (prepared, next) = (prepared.clone(), next.clone());
            tokio::spawn(async move {
                let mut told = 0;
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= KILLS / KILLS_OF_ONE {
                        return told;
                    }
                    told += chain(prepared.clone(), seed as u64).await;
                }
            })
        })
        .collect();
    let mut told = 0;
    for worker in workers {
        told += worker.await.unwrap();
    }
    assert!(told > 300, "only {told} submissions were acknowledged");
}
