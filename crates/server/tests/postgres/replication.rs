//! A primary that is lost, and the standby that takes its place.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::Installation;
use crate::failover::{Storm, Told, assert_well, insist};

const CALL: &str = "miit-2025-ai-devices";
/// Submissions that have been acknowledged when the primary goes; others are under way.
const BEFORE: usize = 10;
/// How long something may take until it has happened.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks the database until it answers so.
async fn until(installation: &Installation, statement: &str, wanted: &str) {
    let started = Instant::now();
    while installation.ask(statement) != wanted {
        assert!(started.elapsed() < PATIENCE, "not yet: {statement}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_a_standby_takes_over() {
    let mut installation = Installation::new(CALL).await;
    let drafts = installation.drafts(3, 12).await;
    let standby = tokio::task::block_in_place(|| installation.postgres.standby());
    let address = installation.postgres.address_with(&standby, "jiebang");
    installation.reach(&address).await;
    let servers = [installation.serve("one", &address).await, installation.serve("two", &address).await];
    let addresses: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
    let storm = Storm::begin(addresses.clone(), &drafts);
    storm.lets.add_permits(drafts.len());
    let started = Instant::now();
    while storm.told.lock().unwrap().receipts.len() < BEFORE {
        assert!(started.elapsed() < PATIENCE, "nothing is acknowledged");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // It goes down in the middle, and what is on its disk with it.
    let primary = std::mem::replace(&mut installation.postgres, standby);
    tokio::task::block_in_place(|| primary.stop());
    let before = storm.told.lock().unwrap().receipts.clone();
    assert!(before.len() < drafts.len(), "the storm was over before");
    assert_eq!(installation.ask("select pg_is_in_recovery()"), "t");
    // What it has made durable it shows a moment later.
    until(&installation, "select pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()", "t").await;
    let held: usize = installation.ask("select count(*) from submission").parse().unwrap();
    assert!(held >= before.len(), "{} acknowledged, {held} on the standby", before.len());
    installation.postgres.administer("postgres", "alter system reset synchronous_standby_names");
    tokio::task::block_in_place(|| installation.postgres.promote());

    let told = storm.end().await;
    assert!(told.busy + told.unsure > 0, "nobody met a database that was away");
    assert_eq!(told.receipts.len(), drafts.len());
    assert!(before.iter().all(|(application, receipt)| told.receipts[application] == *receipt));
    installation.assert_whole(drafts.len()).await;
    for address in &addresses {
        assert_well(*address).await;
    }
    // What the old primary acknowledged is answered by the new one with the same receipt.
    let again = Mutex::new(Told::default());
    for ready in drafts.iter().filter(|ready| before.contains_key(&ready.application)) {
        insist(&addresses[1..], ready, &again).await;
    }
    assert_eq!(again.into_inner().unwrap().receipts, before);
    // The ledger goes on as well, and holds all of it.
    let behind = "select (select max(position) from event) - (select max(size) from ledger_checkpoint)";
    until(&installation, behind, "0").await;
    installation.assert_whole(drafts.len()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_standby_nothing_is_acknowledged_and_nobody_waits_for_ever() {
    let installation = Installation::new(CALL).await;
    let drafts = installation.drafts(1, 2).await;
    let standby = tokio::task::block_in_place(|| installation.postgres.standby());
    let address = installation.postgres.address_with(&standby, "jiebang");
    let server = installation.serve("one", &address).await;
    tokio::task::block_in_place(|| standby.stop());
    let storm = Storm::begin(vec![server.address], &drafts);
    storm.lets.add_permits(drafts.len());
    let started = Instant::now();
    // Either its own commit is not answered, or the commit of an act before it that holds the lock.
    loop {
        let refused = {
            let told = storm.told.lock().unwrap();
            assert!(told.receipts.is_empty(), "acknowledged without the standby");
            told.busy + told.unsure
        };
        if refused > 0 {
            break;
        }
        assert!(started.elapsed() < PATIENCE, "nobody is told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::task::block_in_place(|| standby.resume());
    let told = storm.end().await;
    assert_eq!(told.receipts.len(), drafts.len());
    installation.assert_whole(drafts.len()).await;
}
