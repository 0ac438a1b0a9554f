//! Applicants who save, upload and submit while one desk downloads everything there is. Run: `cargo bench -p jiebang-server --bench
//! mixed`, for PostgreSQL under `scripts/with-postgres.sh` with `JIEBANG_TEST_FSYNC=on`.
//!
//! First the applicants alone, then the same with the desk: over several connections it goes through the queue page by page, and of
//! each application takes the page, every evidence file and the book, and now and then the tables. Times are of the applicants.

#[path = "driver/desk.rs"]
mod big;
#[path = "driver/mod.rs"]
mod driver;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use big::{CALL, Desk, NOW, OFFICER};
use driver::{Connection, Failure, Server, milliseconds, session, share};
use jiebang_testkit::{Applicant, Client, Ready, files::pdf, ready_draft};

/// Applicants at a time, and drafts that each submits in one part of the run.
const APPLICANTS: usize = 16;
const DRAFTS: usize = 6;
/// What somebody does between two requests takes at least this long.
const PAUSE: Duration = Duration::from_millis(150);
/// Connections of the desk.
const CONNECTIONS: usize = 4;
/// Bytes of what is uploaded.
const UPLOAD_BYTES: usize = 1 << 20;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let (mut desk, officer, ready) = runtime.block_on(async {
        let desk = Desk::build().await?;
        let officer = session(&desk.session(OFFICER).await?);
        let ready = drafts(&desk).await;
        Ok::<_, Failure>((desk, officer, ready))
    })?;
    let evidence = evidence(&desk);
    runtime.block_on(desk.close())?;
    let server = Server::start(desk.app.data.path(), &desk.app.database, NOW)?;
    let (first, second) = ready.split_at(ready.len() / 2);
    println!("{APPLICANTS} applicants, alone");
    applicants(server.address, first, &evidence)?;
    println!("{APPLICANTS} applicants, while a desk downloads everything over {CONNECTIONS} connections");
    let stop = Arc::new(AtomicBool::new(false));
    let next = Arc::new(AtomicUsize::new(0));
    let all: Arc<[Application]> = desk.applications.clone().into();
    let downloads: Vec<_> = (0..CONNECTIONS)
        .map(|nth| {
            let (stop, next, all, who) = (stop.clone(), next.clone(), all.clone(), officer.clone());
            let address = server.address;
            // One of them waits for books, which are made one after the other.
            let books = nth == 0;
            std::thread::spawn(move || everything(address, &who, &all, &next, &stop, books))
        })
        .collect();
    let begun = Instant::now();
    applicants(server.address, second, &evidence)?;
    stop.store(true, Ordering::Relaxed);
    let mut all = Downloaded::default();
    for worker in downloads {
        all.add(worker.join().map_err(|_| "a download failed")??);
    }
    all.print(begun.elapsed());
    Ok(())
}

/// Ready drafts of units of another region, one for each submission.
async fn drafts(desk: &Desk) -> Vec<Ready> {
    let mut ready = Vec::new();
    for nth in 0..2 * APPLICANTS * DRAFTS {
        let number = u32::try_from(nth).unwrap_or(0) + 1_000;
        let sample = desk.app.sample(CALL).of_organisation(number).of_region("33", &format!("产品{number}"));
        ready.push(ready_draft(&desk.app.service, &sample, &format!("mixed-{number}")).await);
    }
    ready
}

/// The section that files are attached in.
fn evidence(desk: &Desk) -> String {
    Applicant { client: desk.app.client(), sample: desk.app.sample(CALL), username: String::new() }
        .evidence_section()
}

/// Times by what was asked for.
type Times = BTreeMap<&'static str, Vec<f64>>;

/// Applicants, each with drafts of its own and a thread of its own; prints their times.
fn applicants(address: SocketAddr, ready: &[Ready], evidence: &str) -> Result<(), Failure> {
    let file: Arc<[u8]> = pdf(&"a".repeat(UPLOAD_BYTES), 2).into();
    let workers: Vec<_> = ready
        .chunks(DRAFTS)
        .enumerate()
        .map(|(nth, drafts)| {
            let (drafts, evidence, file) = (drafts.to_vec(), evidence.to_owned(), file.clone());
            std::thread::spawn(move || -> Result<Times, Failure> {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                // Not all at the same moment.
                std::thread::sleep(PAUSE * u32::try_from(nth)? / APPLICANTS as u32);
                runtime.block_on(async {
                    let mut times = Times::new();
                    for draft in drafts {
                        applies(address, &draft, (&evidence, &file), &mut times).await?;
                    }
                    Ok(times)
                })
            })
        })
        .collect();
    let mut times = Times::new();
    for worker in workers {
        for (what, some) in worker.join().map_err(|_| "an applicant failed")?? {
            times.entry(what).or_default().extend(some);
        }
    }
    let mut all: Vec<f64> = times.values().flatten().copied().collect();
    for (what, some) in times.iter_mut().chain([(&"all", &mut all)]) {
        let (median, most, longest) = (share(some, 50), share(some, 99), some.last().copied().unwrap_or(0.0));
        let count = some.len();
        println!(
            "{what:<24} {count:>6}  p50 {median:>6.1} ms  p99 {most:>6.1} ms  longest {longest:>6.1} ms"
        );
    }
    Ok(())
}

/// One draft: a section is opened and saved twice, evidence is added, all is submitted.
async fn applies(
    address: SocketAddr,
    draft: &Ready,
    (evidence, file): (&str, &[u8]),
    times: &mut Times,
) -> Result<(), Failure> {
    let mut client = Client::new(address);
    client.set_cookie("session", &draft.token);
    let page = format!("/applications/{}", draft.application);
    let list = client.get(&page).await.expect(200);
    let inside = format!("{page}/");
    let sections: Vec<String> = list
        .links()
        .into_iter()
        .map(|link| link.href)
        .filter(|href| href.starts_with(&inside) && !href[inside.len()..].contains(['/', '#', '.']))
        .filter(|href| !matches!(&href[inside.len()..], "check" | "submit" | "withdraw"))
        .collect();
    let note = |times: &mut Times, what: &'static str, since: Instant| {
        times.entry(what).or_default().push(milliseconds(since));
    };
    for path in sections.iter().take(3) {
        tokio::time::sleep(PAUSE).await;
        let asked = Instant::now();
        let section = client.get(path).await.expect(200);
        note(times, "a section is opened", asked);
        let path = path.split('?').next().unwrap_or_default();
        let Some(form) = section.forms().into_iter().find(|form| form.action == path) else { continue };
        tokio::time::sleep(PAUSE).await;
        let asked = Instant::now();
        client.submit(&form, ("act", "stay"), &[]).await.expect(303);
        note(times, "a section is saved", asked);
    }
    let path = format!("{page}/{evidence}");
    let form = client.get(&path).await.expect(200).form(&path);
    if let Some(input) = form.files().first() {
        tokio::time::sleep(PAUSE).await;
        let asked = Instant::now();
        let answer = client.submit(&form, ("act", "stay"), &[(input, "mixed.pdf", file)]).await;
        note(times, if answer.status == 303 { "a file is uploaded" } else { "an upload is refused" }, asked);
    }
    tokio::time::sleep(PAUSE).await;
    let asked = Instant::now();
    let path = format!("{page}/submit");
    client.post(&path, &[("idempotency_key", &draft.application)]).await.expect(303);
    note(times, "all is submitted", asked);
    Ok(())
}

/// An application with its files.
type Application = (String, Vec<String>);

/// What a desk got.
#[derive(Default)]
struct Downloaded {
    pages: usize,
    files: usize,
    books: usize,
    waits: usize,
    bytes: usize,
}

impl Downloaded {
    fn add(&mut self, other: Self) {
        self.pages += other.pages;
        self.files += other.files;
        self.books += other.books;
        self.waits += other.waits;
        self.bytes += other.bytes;
    }

    fn print(&self, took: Duration) {
        let Self { pages, files, books, waits, bytes } = self;
        println!(
            "the desk took {pages} pages, {files} evidence files and {books} books (waiting {waits} times), {} MiB in {took:.0?}",
            bytes >> 20
        );
    }
}

/// Downloads what one application after another has, until it is told to stop.
fn everything(
    address: SocketAddr,
    who: &str,
    all: &[Application],
    next: &AtomicUsize,
    stop: &AtomicBool,
    books: bool,
) -> Result<Downloaded, Failure> {
    let mut connection = Connection::open(address)?;
    let mut got = Downloaded::default();
    while !stop.load(Ordering::Relaxed) {
        let nth = next.fetch_add(1, Ordering::Relaxed);
        let (id, files) = &all[all.len() - 1 - nth % all.len()];
        if books {
            let answer = connection.try_get(&format!("/applications/{id}/book.pdf"), who)?;
            got.bytes += answer.bytes;
            if answer.head.contains("application/pdf") {
                got.books += 1
            } else {
                got.waits += 1
            }
            continue;
        }
        let mut pages = vec![format!("/desk/{CALL}/applications/{id}")];
        if nth.is_multiple_of(10) {
            pages.push(format!("/desk/{CALL}?before={id}"));
            pages.push(format!("/desk/{CALL}/ranking"));
        }
        if nth.is_multiple_of(100) {
            pages.push(format!("/desk/{CALL}/table.pdf"));
            pages.push(format!("/desk/{CALL}/table.xlsx"));
        }
        for page in pages {
            got.bytes += connection.try_get(&page, who)?.bytes;
            got.pages += 1;
        }
        for file in files {
            got.bytes += connection.get(&format!("/applications/{id}/files/{file}"), who)?.bytes;
            got.files += 1;
        }
    }
    Ok(got)
}
