//! A database that goes away in the middle of acts: what was acknowledged stands once, what was not is refused in words, and the
//! servers go on by themselves.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiebang_service::Role;
use jiebang_testkit::{Answer, Client, PASSWORD, PostgresServer, Ready, add_user, encode};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use tokio::sync::Semaphore;

use crate::Installation;
use crate::proxy::Proxy;

const CALL: &str = "miit-2025-ai-devices";
/// A call whose lists can be ranked while it is open.
const LISTED: &str = "miit-2025-biomaterials-2";
const FIELD: &str = "principal.phone";
const UNSURE_EN: &str = "Whether this was done is not known";
const BUSY: &str = "本次操作没有执行";
const UNSURE: &str = "不能确定是否已经保存";
/// Clients at a time.
const CLIENTS: usize = 6;
/// How long a client goes on asking.
const PATIENCE: Duration = Duration::from_secs(120);

/// What clients were told.
#[derive(Default)]
pub struct Told {
    /// Receipts by application.
    pub receipts: BTreeMap<String, String>,
    /// Pages that said that it was not done.
    pub busy: usize,
    /// Pages that said that it is not known.
    pub unsure: usize,
}

impl Told {
    /// Takes an answer down; whether it was the acknowledgement.
    fn hear(&mut self, ready: &Ready, answer: &Answer) -> bool {
        match answer.status.as_u16() {
            303 => {
                let receipt = answer.location().to_owned();
                assert!(receipt.starts_with("/receipts/"), "{receipt}");
                self.receipts.insert(ready.application.clone(), receipt);
                return true;
            }
            503 if answer.says(UNSURE) => self.unsure += 1,
            503 if answer.says(BUSY) => self.busy += 1,
            status => panic!("{status}: {}", answer.words()),
        }
        false
    }
}

/// Submits a draft, again and again until it is acknowledged; every other answer is a page that says so.
pub async fn insist(addresses: &[SocketAddr], ready: &Ready, told: &Mutex<Told>) {
    let path = format!("/applications/{}/submit", ready.application);
    let body = format!("idempotency_key={}", encode(&ready.application));
    let started = Instant::now();
    for address in addresses.iter().cycle() {
        let mut client = Client::new(*address);
        client.set_cookie("session", &ready.token);
        let kind = Some("application/x-www-form-urlencoded".to_owned());
        let answer = client.try_send(hyper::Method::POST, &path, kind, body.clone().into()).await;
        // Without an answer the server itself is gone: the next one is asked.
        if answer.is_ok_and(|answer| told.lock().unwrap().hear(ready, &answer)) {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "{} is still refused", ready.application);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Clients that submit drafts as they are let.
pub struct Storm {
    pub told: Arc<Mutex<Told>>,
    pub lets: Arc<Semaphore>,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Storm {
    /// Clients of these servers, who wait until they are let.
    pub fn begin(addresses: Vec<SocketAddr>, drafts: &[Ready]) -> Self {
        let (told, lets) = (Arc::<Mutex<Told>>::default(), Arc::new(Semaphore::new(0)));
        let queue = Arc::new(Mutex::new(VecDeque::from(drafts.to_vec())));
        let client = |number: usize| {
            let (told, lets, queue) = (told.clone(), lets.clone(), queue.clone());
            let mut addresses = addresses.clone();
            let first = number % addresses.len();
            addresses.rotate_left(first);
            tokio::spawn(async move {
                loop {
                    lets.acquire().await.unwrap().forget();
                    let Some(ready) = queue.lock().unwrap().pop_front() else { return };
                    insist(&addresses, &ready, &told).await;
                }
            })
        };
        let clients = (0..CLIENTS).map(client).collect();
        Self { told, lets, clients }
    }

    /// Lets all go on to the end, and says what they were told.
    pub async fn end(self) -> Told {
        self.lets.add_permits(1_000);
        for client in self.clients {
            client.await.unwrap();
        }
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

pub async fn assert_well(address: SocketAddr) {
    Client::new(address).get("/healthz").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_database_ends_connections_and_itself() {
    let installation = Installation::new(CALL).await;
    let drafts = installation.drafts(5, 20).await;
    let database = installation.postgres.address("jiebang");
    let mut servers =
        [installation.serve("one", &database).await, installation.serve("two", &database).await];
    let addresses: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
    let storm = Storm::begin(addresses.clone(), &drafts);
    let mut random = ChaCha20Rng::seed_from_u64(1);
    let installation = Arc::new(installation);
    for round in 0..14 {
        storm.lets.add_permits(6);
        // Not a wait for something to happen: the moment is drawn by lot.
        tokio::time::sleep(Duration::from_micros(random.next_u64() % 40_000)).await;
        if round == 10 {
            // It may hold the lock of all acts.
            servers[1].kill();
        }
        let installation = installation.clone();
        let disturb = move || {
            if round % 7 == 6 {
                installation.postgres.stop();
                installation.postgres.resume();
            } else {
                installation.ask(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'jiebang'",
                );
            }
        };
        tokio::task::spawn_blocking(disturb).await.unwrap();
    }
    let told = storm.end().await;
    assert_eq!(told.receipts.len(), drafts.len());
    assert!(told.busy > 0, "nobody met a database that was away");
    installation.assert_whole(drafts.len()).await;
    assert_well(addresses[0]).await;
    // The same key, later: the same receipt.
    let again = Mutex::new(Told::default());
    for ready in drafts.iter().step_by(9) {
        insist(&addresses[..1], ready, &again).await;
    }
    let again = again.into_inner().unwrap().receipts;
    assert!(again.iter().all(|(application, receipt)| told.receipts[application] == *receipt));
    installation.assert_whole(drafts.len()).await;
    let [one, _] = servers;
    let stopped = tokio::task::spawn_blocking(move || one.stop()).await.unwrap();
    assert_eq!(stopped, (Some(0), String::new()));
}

/// The address of the database by way of a network that can fail.
async fn through(proxy: &Proxy) -> String {
    format!("postgres://{}@{}/jiebang?sslmode=disable", PostgresServer::ROLE, proxy.address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_not_called_undone_and_stands_once() {
    let installation = Installation::new(CALL).await;
    let drafts = installation.drafts(1, 8).await;
    let proxy = Proxy::to(installation.postgres.socket()).await;
    let server = installation.serve("one", &through(&proxy).await).await;
    let told = Mutex::new(Told::default());
    for ready in &drafts {
        // An act of the ledger may meet it first.
        proxy.lose_next_answer();
        insist(&[server.address], ready, &told).await;
    }
    let told = told.into_inner().unwrap();
    assert!(told.unsure > 0, "no answer was lost");
    assert_eq!(told.receipts.len(), drafts.len());
    installation.assert_whole(drafts.len()).await;
}

/// Sends a form until the answer to its own commit is lost, and returns the page that says so.
async fn lost(
    proxy: &Proxy,
    client: &mut Client,
    path: &str,
    forever: bool,
    pairs: impl Fn(usize) -> Vec<(String, String)>,
) -> Answer {
    for attempt in 0..20 {
        // What was lost before it, or by an act of the ledger, may still be in the way.
        while client.get(path).await.status != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let pairs = pairs(attempt);
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if forever {
            proxy.lose_next_answer_and_all_after()
        } else {
            proxy.lose_next_answer()
        }
        let answer = client.post(path, &pairs).await;
        proxy.mend();
        if answer.status == 503 && (answer.says(UNSURE) || answer.says(UNSURE_EN)) {
            return answer;
        }
    }
    panic!("{path}: no answer was lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_says_not_saved_only_where_that_is_known() {
    let installation = Installation::new(LISTED).await;
    let ready = installation.drafts(1, 1).await.remove(0);
    add_user(&installation.service, "industry", Role::IndustryAuthority, Some("35"), None).await;
    let proxy = Proxy::to(installation.postgres.socket()).await;
    let server = installation.serve("one", &through(&proxy).await).await;
    let section = installation.sample.call().section_of(FIELD).unwrap().id.clone();
    let section = format!("/applications/{}/{section}", ready.application);
    let ranking = format!("/desk/{LISTED}/ranking");
    for (language, unsure, known) in
        [("zh", UNSURE, ["没有保存", "没有办理"]), ("en", UNSURE_EN, ["ot saved", "This was not done"])]
    {
        let mut applicant = Client::new(server.address);
        applicant.set_cookie("session", &ready.token);
        let mut officer = Client::new(server.address);
        officer.post("/login", &[("username", "industry"), ("password", PASSWORD)]).await.expect(303);
        for client in [&mut applicant, &mut officer] {
            client.set_cookie("lang", language);
        }
        // The page of the section, and the one that keeps what was typed where not even that can be read.
        for forever in [false, true] {
            let typed = |attempt: usize| format!("010-{language}{forever}{attempt}");
            let version = applicant.get(&section).await.expect(200).value_of("version").unwrap();
            let page = lost(&proxy, &mut applicant, &section, forever, |attempt| {
                let pairs =
                    [("version", version.clone()), (FIELD, typed(attempt)), ("act", "stay".to_owned())];
                pairs.map(|(name, value)| (name.to_owned(), value)).to_vec()
            })
            .await;
            let heading = if forever { format!(">{unsure}</h1>") } else { format!("<h2>{unsure}</h2>") };
            assert!(page.body.contains(&heading), "{}", page.body);
            assert!(!known.iter().any(|known| page.says(known)), "{}", page.words());
            assert!(page.value_of(FIELD).unwrap().starts_with("010-"), "{}", page.words());

            let revision = |_| vec![("revision".to_owned(), officer_revision(&installation))];
            let page = lost(&proxy, &mut officer, &ranking, forever, revision).await;
            assert!(page.body.contains(&heading), "{}", page.body);
            assert!(!known.iter().any(|known| page.says(known)), "{}", page.words());
        }
    }
}

/// The revision of the list of the region, as its page shows it.
fn officer_revision(installation: &Installation) -> String {
    installation.ask("select coalesce(max(revision), 0) from recommendation")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_network_that_swallows_everything_is_given_up() {
    let installation = Installation::new(CALL).await;
    let drafts = installation.drafts(2, 10).await;
    let proxy = Proxy::to(installation.postgres.socket()).await;
    let server = installation.serve("one", &through(&proxy).await).await;
    let storm = Storm::begin(vec![server.address], &drafts);
    storm.lets.add_permits(5);
    tokio::time::sleep(Duration::from_millis(30)).await;
    proxy.swallow();
    let told = storm.end().await;
    assert_eq!(told.receipts.len(), drafts.len());
    installation.assert_whole(drafts.len()).await;
    assert_well(server.address).await;
}
