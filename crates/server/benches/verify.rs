//! A receipt verified: in this process, and as `jiebang verify` from its start to its end, beside a program that does nothing. Run:
//! `cargo bench -p jiebang-server --bench verify`.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use jiebang_ledger::statement::{Verdict, verify};
use jiebang_service::Submit;
use jiebang_testkit::{TestApp, ready_draft};

/// How often each is done.
const TIMES: usize = 200;
const CALL: &str = "miit-2025-ai-devices";
/// Events in the ledger, so that its proofs are as long as they are in a season.
const EVENTS: usize = 20_000;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    let (app, receipt) = runtime.block_on(receipt())?;
    let key = app.service.ledger_key().clone();
    let folder = app.data.path();
    let (key_file, receipt_file) = (folder.join("key.txt"), folder.join("receipt.json"));
    std::fs::write(&key_file, key.as_str())?;
    std::fs::write(&receipt_file, &receipt)?;
    let mut inside = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let begun = Instant::now();
        let verdict = verify(receipt.as_bytes(), &key);
        inside.push(begun.elapsed());
        if !matches!(verdict, Ok(Verdict::Included(..))) {
            return Err("the receipt is not proved".into());
        }
    }
    print("a receipt verified, in-process", &mut inside);
    // One after the other, so that whatever else runs meets both.
    let binary = std::env::var("JIEBANG_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_jiebang").to_owned());
    let (mut nothing, mut verified) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        nothing.push(run(&mut Command::new("/bin/true"))?);
        let mut command = Command::new(&binary);
        command.arg("verify").arg("--key").arg(&key_file).arg(&receipt_file);
        verified.push(run(&mut command)?);
    }
    print("/bin/true, from start to end", &mut nothing);
    print("jiebang verify, from start to end", &mut verified);
    Ok(())
}

fn run(command: &mut Command) -> Result<Duration, Failure> {
    let begun = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
    let took = begun.elapsed();
    if status.success() { Ok(took) } else { Err(format!("{command:?}: {status}").into()) }
}

/// A receipt with its proof, in a ledger of some size.
async fn receipt() -> Result<(TestApp, String), Failure> {
    let app = TestApp::start("2025-03-20T09:00:00+08:00").await;
    let ready = ready_draft(&app.service, &app.sample(CALL), "applicant").await;
    let received_at = app.service.clock().now();
    let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
    let number = app.service.submit(&ready.actor, submit).await?.number;
    app.service
        .store()
        .act::<(), jiebang_service::StoreError>(Box::new(|rows| {
            Box::pin(async move {
                let event = jiebang_store::NewEvent {
                    kind: "bench".to_owned(),
                    subject: "bench".to_owned(),
                    account_id: None,
                    data: "{}".to_owned(),
                    at: 1,
                };
                for _ in 0..EVENTS {
                    rows.add_event(&event).await?;
                }
                Ok(())
            })
        }))
        .await?;
    while app.service.extend_ledger().await? {}
    let receipt = app.service.receipt(Some(&ready.actor), &number).await?.canonical;
    Ok((app, receipt))
}

fn print(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |hundredths: usize| times[times.len() * hundredths / 100].as_secs_f64() * 1e3;
    println!("{what:<40} median {:>7.3} ms  p95 {:>7.3} ms", at(50), at(95));
}
