//! Load over HTTP on the binary, with the load generator on the same machine. Run: `cargo bench -p jiebang-server --bench load`, for
//! PostgreSQL under `scripts/with-postgres.sh` with `JIEBANG_TEST_FSYNC=on`.
//!
//! It prepares ready drafts in a fresh folder and a fresh database, starts the binary on them, and measures: start to first answer, idle memory,
//! the bulletin board and a call page, submissions of ready drafts. Bare inserts of the same rows, in-process through the same
//! writer by as many tasks as the driver has connections, run in the same minute for the ratio.
//!
//! What the ledger costs: while nothing else runs, the events of the drafts are taken into the tree as the server's job does it, with tiles and
//! signed heads. The time of one entry against the time between two submissions is the ledger's share of their rate.

#[path = "driver/mod.rs"]
mod driver;

use std::net::SocketAddr;
use std::path::Path;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiebang_callfile::Library;
use jiebang_cases::form_pairs;
use jiebang_domain::shared::{Language, OrganisationCode};
use jiebang_service::{
    Clock, FILE_BYTES_MAX, FileStore, Random, RegisterOrganisation, SaveSection, SecretKey, Service,
    ServiceError, Settings, Store, Submit, Upload,
};
use jiebang_store::{ApplicationRow, NewEvent, SubmissionRow};
use jiebang_testkit::Database;

use driver::{Connection, Failure, Server, milliseconds, session, share};

/// Connections of the driver.
const CONNECTIONS: usize = 32;
/// Connections of the rounds of submissions, from one for each core to the driver's own, and drafts of each. The last is the one that
/// is measured against its target, and long enough that its beginning does not count.
const ROUNDS: [(usize, usize); 3] = [(2, 800), (8, 1_200), (CONNECTIONS, 8_000)];
/// Ready drafts of all rounds.
const DRAFTS: usize = 10_000;
/// Drafts of one organisation.
const DRAFTS_EACH: usize = 20;
/// How long pages are asked for.
const SECONDS: u64 = 5;

/// As in the binary, so that both sides of the ratio stand on the same ground.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A draft that is ready: session of its applicant, id.
#[derive(Clone)]
struct Ready {
    token: String,
    id: String,
}

fn main() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let call = call_without_lead_cap()?;
    println!("call {call}, {CONNECTIONS} connections, {DRAFTS} ready drafts");
    let prepared = runtime.block_on(prepare(folder.path(), &call))?;
    let server = Server::start(folder.path(), &prepared.database, &now_of(&call)?)?;
    println!("{:<44} {:>10.0?}", "start to first answer", server.started);
    std::thread::sleep(Duration::from_secs(1));
    println!("{:<44} {:>10}", "idle memory", memory(&server.child));
    pages("bulletin board", server.address, "/");
    pages("call page", server.address, &format!("/calls/{call}"));
    let mut ready = prepared.ready.as_slice();
    for (round, count) in ROUNDS {
        let (drafts, rest) = ready.split_at(count.min(ready.len()));
        ready = rest;
        println!("{round} connections");
        let before = processor_time(&server.child);
        let submitted = submit(server.address, drafts, round)?;
        let each = (processor_time(&server.child) - before) / drafts.len() as f64;
        println!("{:<44} {:>8.0} µs", "processor time of one submission", each * 1e6);
        let bare_folder = folder.path().join(format!("bare-{round}"));
        let bare = runtime.block_on(bare_inserts(&bare_folder, &prepared.sample, round))?;
        println!("{:<44} {bare:>8.0}/s", "bare inserts of the same rows, in-process");
        println!("{:<44} {:>8.0} %", "submissions against bare inserts", submitted / bare * 100.0);
        let share = submitted / prepared.entries * 100.0;
        println!("{:<44} {share:>8.1} %", "the ledger's share of their rate");
    }
    println!("{:<44} {:>10}", "memory after", memory(&server.child));
    Ok(())
}

/// What the rounds go out from.
struct Prepared {
    database: Database,
    ready: Vec<Ready>,
    /// What one submission wrote.
    sample: SubmissionRow,
    /// Entries that were taken into the ledger in a second.
    entries: f64,
}

/// A published call with samples and a form, under which one organisation may lead many applications.
fn call_without_lead_cap() -> Result<String, Failure> {
    let library = Library::default();
    for id in library.ids() {
        let Some((text, _)) = library.call(&id) else { continue };
        let Some(call) = jiebang_callfile::read(&text, None, &library).call else { continue };
        let capped = call.limits_on(jiebang_domain::call::Counted::ApplicationsLed).next().is_some();
        if !capped && call.is_publishable() && !call.sections.is_empty() {
            return Ok(id);
        }
    }
    Err("no call fits".into())
}

/// A day before the call closes for applicants.
fn now_of(call: &str) -> Result<String, Failure> {
    let library = Library::default();
    let (text, _) = library.call(call).ok_or("no call")?;
    let call = jiebang_callfile::read(&text, None, &library).call.ok_or("no call")?;
    let deadline = call.deadline(jiebang_domain::call::Actor::Applicant).ok_or("no deadline")?.at;
    Ok((deadline - jiff::SignedDuration::from_hours(24)).to_string())
}

/// Drafts to submit.
async fn prepare(folder: &Path, call: &str) -> Result<Prepared, Failure> {
    let database = Database::open(folder).await;
    let files = FileStore::new(&folder.join("files"))?;
    let library = Library::default();
    let deadline = {
        let (text, _) = library.call(call).ok_or("no call")?;
        let call = jiebang_callfile::read(&text, None, &library).call.ok_or("no call")?;
        call.deadline(jiebang_domain::call::Actor::Applicant).ok_or("no deadline")?.at
    };
    let key = SecretKey::from_seed("bench", &[1; 32])?;
    // The server goes on with it.
    std::fs::write(folder.join("ledger.key"), key.reveal())?;
    let settings = Settings { password_cost: (8, 1), rate_limits: false, ..Settings::new(key) };
    let clock = Clock::demo(deadline - jiff::SignedDuration::from_hours(48));
    let service = Service::start(database.store(), files, clock, Random::system(), library, settings).await?;
    service.publish_for_demo(call, service.clock().now()).await?;
    let mut tasks = Vec::new();
    let next = Arc::new(AtomicUsize::new(0));
    for _ in 0..8 {
        let (service, call, next) = (service.clone(), call.to_owned(), next.clone());
        tasks.push(tokio::spawn(async move {
            let mut ready = Vec::new();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                if place >= DRAFTS / DRAFTS_EACH {
                    return Ok::<_, ServiceError>(ready);
                }
                ready.extend(organisation(&service, &call, place).await?);
            }
        }));
    }
    let mut ready: Vec<Ready> = Vec::new();
    for task in tasks {
        ready.extend(task.await??);
    }
    let sample = one_submission(&service, &ready.pop().ok_or("no draft")?).await?;
    let entries = taken_in(&service).await?;
    service.store().close().await?;
    let ready = in_order_of_submission(&ready);
    Ok(Prepared { database, ready, sample, entries })
}

/// Takes all events into the ledger; returns how many in a second.
async fn taken_in(service: &Service) -> Result<f64, Failure> {
    let begun = Instant::now();
    while service.extend_ledger().await? {}
    let size = service.ledger_head().await?.map_or(0, |head| head.size);
    let rate = size as f64 / begun.elapsed().as_secs_f64();
    println!("{:<44} {rate:>8.0}/s  of {size}", "events into the ledger, nothing beside");
    Ok(rate)
}

/// Neighbours in the queue come from different organisations, as they do before a deadline.
fn in_order_of_submission<T: Clone>(drafts: &[T]) -> Vec<T> {
    let organisations = DRAFTS / DRAFTS_EACH;
    let place = |nth: usize| nth % organisations * DRAFTS_EACH + nth / organisations;
    (0..DRAFTS).filter_map(|nth| drafts.get(place(nth)).cloned()).collect()
}

async fn one_submission(service: &Service, draft: &Ready) -> Result<SubmissionRow, Failure> {
    let actor = service.session(&draft.token).await?.ok_or("no session")?;
    let received_at = service.clock().now();
    let submit = Submit { application: draft.id.clone(), seen: None, key: None, received_at };
    let number = service.submit(&actor, submit).await?.number;
    let written = service
        .store()
        .read::<_, ServiceError>(Box::new(move |rows| {
            Box::pin(async move { Ok(rows.submission_by_receipt(&number).await?) })
        }))
        .await?;
    Ok(written.ok_or("no submission")?)
}

/// Registers one organisation and writes its drafts.
async fn organisation(service: &Service, call: &str, place: usize) -> Result<Vec<Ready>, ServiceError> {
    let internal = |error: &str| ServiceError::Internal(error.to_owned());
    let (_, text) = Library::default()
        .samples(call)
        .into_iter()
        .find(|(name, _)| name == "sample")
        .ok_or(internal("sample"))?;
    let sample: toml::Table = toml::from_str(&text).map_err(|error| internal(&error.to_string()))?;
    let representative = sample["applicant"]["legal_representative"].as_str().unwrap_or_default().to_owned();
    let code = OrganisationCode::with_check(&format!("91350100MA{place:07}")).ok_or(internal("code"))?;
    let session = service
        .register(RegisterOrganisation {
            code: code.to_string(),
            name: format!("负载测试单位{place}"),
            kind: sample["applicant"]["kind"].as_str().unwrap_or_default().to_owned(),
            region: "35".to_owned(),
            legal_representative: representative,
            address: "福州".to_owned(),
            mainland: Some(true),
            legal_person: Some(true),
            person_name: "测试".to_owned(),
            username: format!("load-{place}"),
            password: "load-test-password".to_owned(),
            email: String::new(),
            language: Language::Zh,
        })
        .await?;
    let actor = session.actor.clone();
    let mut ready = Vec::new();
    for _ in 0..DRAFTS_EACH {
        let id = service.begin_application(&actor, call, None).await?;
        let card = service.call(call)?;
        for section in &card.call.call.sections {
            let pairs = form_pairs(&card.call.call, section, &sample);
            let view = service.application(Some(&actor), &id).await?;
            let revision =
                view.sections.iter().find(|known| known.id == section.id).map_or(0, |known| known.revision);
            service
                .save_section(
                    &actor,
                    SaveSection { application: id.clone(), section: section.id.clone(), revision, pairs },
                )
                .await?;
        }
        for evidence in &card.call.call.evidence {
            let pdf = bytes::Bytes::from_static(PDF);
            let stream = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(pdf)]);
            let stored = service.files().put(&evidence.id, "evidence.pdf", stream, FILE_BYTES_MAX).await?;
            let upload =
                Upload { evidence: evidence.id.clone(), member: 0, name: stored.name.clone(), key: None };
            service.attach_file(&actor, &id, upload, stored).await?;
        }
        ready.push(Ready { token: session.token.clone(), id });
    }
    Ok(ready)
}

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \n0000000115 00000 n \ntrailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n186\n%%EOF\n";

/// Frozen copy, state, event, outbox: inserted by as many tasks as the driver has connections.
async fn bare_inserts(folder: &Path, sample: &SubmissionRow, connections: usize) -> Result<f64, Failure> {
    std::fs::create_dir_all(folder)?;
    let store = Database::open(folder).await.store();
    let seeds = seed_rows(&store).await?;
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (store, next, sample, seeds) = (store.clone(), next.clone(), sample.clone(), seeds.clone());
        tasks.push(tokio::spawn(async move {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(row) = seeds.get(place).cloned() else { return Ok::<_, ServiceError>(()) };
                insert(&store, row, sample.clone()).await?;
            }
        }));
    }
    for task in tasks {
        task.await??;
    }
    let rate = seeds.len() as f64 / start.elapsed().as_secs_f64();
    store.close().await?;
    Ok(rate)
}

/// Applications that the bare inserts change, with the organisation, account and call they point to.
async fn seed_rows(store: &Store) -> Result<Vec<ApplicationRow>, Failure> {
    let rows: Vec<ApplicationRow> = (0..DRAFTS)
        .map(|place| ApplicationRow {
            id: format!("{place:026}"),
            call_id: "bare".to_owned(),
            call_version: "bare".to_owned(),
            organisation_id: "bare".to_owned(),
            state: "draft".to_owned(),
            title: String::new(),
            task: String::new(),
            number: None,
            version: 0,
            submitted_at: None,
            created_at: 1,
            created_by: "bare".to_owned(),
            updated_at: 1,
            revision: 1,
            region: None,
            lead: None,
        })
        .collect();
    let added = rows.clone();
    store
        .act::<(), ServiceError>(Box::new(move |store| {
            Box::pin(async move {
                store
                    .add_organisation(&jiebang_store::OrganisationRow {
                        id: "bare".to_owned(),
                        code: "bare".to_owned(),
                        name: "bare".to_owned(),
                        kind: "enterprise".to_owned(),
                        region: "11".to_owned(),
                        legal_representative: String::new(),
                        mainland: true,
                        legal_person: true,
                        address: String::new(),
                        created_at: 1,
                    })
                    .await?;
                store
                    .add_account(&jiebang_store::AccountRow {
                        id: "bare".to_owned(),
                        username: "bare".to_owned(),
                        password_hash: String::new(),
                        name: "bare".to_owned(),
                        role: "applicant".to_owned(),
                        organisation_id: Some("bare".to_owned()),
                        region: None,
                        email: String::new(),
                        language: "zh".to_owned(),
                        created_at: 1,
                        disabled_at: None,
                    })
                    .await?;
                store
                    .add_call(&jiebang_store::CallRow {
                        id: "bare".to_owned(),
                        version: "bare".to_owned(),
                        sources: "{}".to_owned(),
                        published_at: 1,
                    })
                    .await?;
                for row in &added {
                    store.add_application(row).await?;
                }
                Ok(())
            })
        }))
        .await?;
    Ok(in_order_of_submission(&rows))
}

async fn insert(store: &Store, mut row: ApplicationRow, sample: SubmissionRow) -> Result<(), ServiceError> {
    store
        .act::<(), ServiceError>(Box::new(move |store| {
            Box::pin(async move {
                row.state = "submitted".to_owned();
                row.version = 1;
                row.submitted_at = Some(2);
                row.number = Some(row.id.clone());
                store.change_application(&row).await?;
                store
                    .add_submission(&SubmissionRow {
                        application_id: row.id.clone(),
                        receipt_number: row.id.clone(),
                        submitted_by: "bare".to_owned(),
                        ..sample
                    })
                    .await?;
                store
                    .add_event(&NewEvent {
                        kind: "application_submitted".to_owned(),
                        subject: row.id.clone(),
                        account_id: Some("bare".to_owned()),
                        data: "{}".repeat(80),
                        at: 2,
                    })
                    .await?;
                store.add_outbox("notify", &"{}".repeat(40), 2).await?;
                Ok(())
            })
        }))
        .await
}

fn memory(server: &Child) -> String {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("").trim();
    let kibibytes: f64 = resident.trim_end_matches(" kB").parse().unwrap_or(0.0);
    format!("{:.1} MiB", kibibytes / 1024.0)
}

/// Seconds that the server's threads have run.
fn processor_time(server: &Child) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{}/task", server.id())).into_iter().flatten().flatten();
    let nanoseconds = tasks.filter_map(|task| {
        let schedule = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        schedule.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}

fn pages(name: &str, address: SocketAddr, path: &str) {
    let stop = Instant::now() + Duration::from_secs(SECONDS);
    let begun = Instant::now();
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let path = path.to_owned();
            std::thread::spawn(move || {
                let mut times = Vec::new();
                let Ok(mut connection) = Connection::open(address) else { return times };
                while Instant::now() < stop {
                    let asked = Instant::now();
                    if connection.get(&path, "").is_err() {
                        return times;
                    }
                    times.push(milliseconds(asked));
                }
                times
            })
        })
        .collect();
    let times: Vec<f64> = workers.into_iter().filter_map(|worker| worker.join().ok()).flatten().collect();
    report(name, times, begun.elapsed());
}

fn report(name: &str, mut times: Vec<f64>, took: Duration) -> f64 {
    let rate = times.len() as f64 / took.as_secs_f64();
    let (median, most) = (share(&mut times, 50), share(&mut times, 99));
    println!("{name:<44} {rate:>8.0}/s  p50 {median:.1} ms  p99 {most:.1} ms");
    rate
}

fn submit(address: SocketAddr, ready: &[Ready], connections: usize) -> Result<f64, Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let ready: Arc<[Ready]> = ready.into();
    let begun = Instant::now();
    let workers: Vec<_> = (0..connections)
        .map(|_| {
            let (next, ready) = (next.clone(), ready.clone());
            std::thread::spawn(move || -> Result<Vec<f64>, Failure> {
                let mut connection = Connection::open(address)?;
                let mut times = Vec::new();
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(draft) = ready.get(place) else { return Ok(times) };
                    let asked = Instant::now();
                    let path = format!("/applications/{}/submit", draft.id);
                    let body = format!("idempotency_key={}", draft.id);
                    let answer = connection.ask("POST", &path, &session(&draft.token), &body)?;
                    if !answer.head.contains("location: /receipts/") {
                        return Err(format!("{path} was answered with {}", answer.status).into());
                    }
                    times.push(milliseconds(asked));
                }
            })
        })
        .collect();
    let mut times = Vec::new();
    for worker in workers {
        times.extend(worker.join().map_err(|_| "a worker failed")??);
    }
    Ok(report("submissions of ready drafts, durable", times, begun.elapsed()))
}
