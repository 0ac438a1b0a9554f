//! `jiebang demo`: a season on a clock that is moved forward, never back, and goes on where it was.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod binary;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use binary::{Server, command};
use jiebang_domain::shared::{Region, RegionKind};
use jiebang_service::Role;
use jiebang_store::{ApplicationFilter, ApplicationRow, StoreError};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use jiebang_testkit::{Answer, Client};

const OLD: &str = "miit-2021-ai-devices";
const NEW: [&str; 2] = ["miit-2025-ai-devices", "miit-2025-biomaterials-2"];
/// Calls of a later issue: shown by nobody yet.
const LATER: [&str; 2] = ["ndrc-2018-high-end-devices", "sichuan-2025-3-medical-chain"];
const DECEMBER: &str = "2021-12-01T09:00:00+08:00";
const MARCH: &str = "2025-03-20T09:00:00+08:00";

/// Starts off the async threads: loading a season takes a while.
async fn demo(data: &Path, more: &'static [&'static str]) -> Server {
    let data = data.to_owned();
    tokio::task::spawn_blocking(move || Server::start("demo", &data, more)).await.unwrap()
}

/// One line of `logins.csv`.
#[derive(Debug)]
struct Login {
    role: String,
    region: String,
    organisation: String,
    username: String,
    password: String,
}

fn logins(data: &Path) -> Vec<Login> {
    let text = std::fs::read_to_string(data.join("logins.csv")).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("role,region,organisation,username,password"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let [role, region, organisation, username, password] = cells[..] else { panic!("{line}") };
            Login {
                role: role.to_owned(),
                region: region.to_owned(),
                organisation: organisation.to_owned(),
                username: username.to_owned(),
                password: password.to_owned(),
            }
        })
        .collect()
}

async fn logged_in(server: &Server, login: &Login) -> Client {
    let mut client = Client::new(server.address);
    let pairs = [("username", login.username.as_str()), ("password", login.password.as_str())];
    client.post("/login", &pairs).await.expect(303);
    client
}

/// Whether the page of a call offers to apply; `None` where the call is not published.
async fn is_open(server: &Server, call: &str) -> Option<bool> {
    let answer = Client::new(server.address).get(&format!("/calls/{call}")).await;
    if answer.status == 404 {
        return None;
    }
    let answer = answer.expect(200);
    let begin = format!("/calls/{call}/applications");
    let login = format!("/login?to=/calls/{call}");
    Some(
        answer.forms().iter().any(|form| form.action == begin)
            || answer.links().iter().any(|link| link.href == login),
    )
}

async fn jump(server: &Server, to: &str) -> Answer {
    Client::new(server.address).post("/demo/clock", &[("to", to)]).await
}

async fn clock_shows(server: &Server, words: &str) {
    for path in ["/", "/help", "/login", "/nowhere"] {
        let page = Client::new(server.address).get(path).await;
        assert!(page.says(words), "{path} does not show {words}: {}", page.words());
    }
}

fn doctor(data: &Path) {
    let out = command().args(["doctor", "--lang", "en", "--data"]).arg(data).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(0), "{said} {}", String::from_utf8_lossy(&out.stderr));
    assert!(said.contains("0 faults"), "{said}");
}

async fn applications(data: &Path) -> Vec<ApplicationRow> {
    let store = SqliteStore::open(&data.join("jiebang.db"), SqliteOptions::default()).await.unwrap();
    let filter = ApplicationFilter { limit: 10_000, ..ApplicationFilter::default() };
    let rows: Vec<ApplicationRow> = store
        .read::<_, StoreError>(Box::new(move |rows| {
            Box::pin(async move { rows.applications(&filter).await })
        }))
        .await
        .unwrap();
    store.close().await.unwrap();
    rows
}

async fn ids(data: &Path) -> Vec<String> {
    applications(data).await.into_iter().map(|row| row.id).collect()
}

/// States of the applications under each call.
async fn states(data: &Path) -> BTreeMap<String, BTreeMap<String, usize>> {
    let rows = applications(data).await;
    let mut states: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for row in rows {
        *states.entry(row.call_id).or_default().entry(row.state).or_default() += 1;
    }
    states
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_season_is_loaded_up_to_now_moves_forward_and_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = demo(folder.path(), &["--now", DECEMBER]).await;
    clock_shows(&server, "2021年12月1日 09:00").await;
    assert_eq!(is_open(&server, OLD).await, Some(true));
    for call in NEW.iter().chain(&LATER) {
        assert_eq!(is_open(&server, call).await, None, "{call} is shown before it was published");
    }
    everybody_can_log_in(&server, folder.path()).await;

    // Back is no way, neither by an instant nor by an entry of the calendar; nonsense is no instant.
    for (to, status) in [
        ("2021-11-30T09:00:00+08:00", 409),
        (DECEMBER, 409),
        ("yesterday", 422),
        ("", 422),
        ("9999999-01-01T00:00:00Z", 422),
        ("no-such-call applicant close", 422),
    ] {
        let refused = jump(&server, to).await.expect(status);
        assert!(refused.says("时钟只能向前") || refused.says("时刻"), "{to}: {}", refused.words());
    }
    // An entry of the calendar: the call closes, and those who recommend come next.
    let answer = jump(&server, &format!("{OLD} applicant close")).await.expect(303);
    assert_eq!(answer.location(), "/demo/clock");
    clock_shows(&server, "2021年12月16日 00:00").await;
    assert_eq!(is_open(&server, OLD).await, Some(false));
    jump(&server, &format!("{OLD} applicant close")).await.expect(409);

    // In JSON as well.
    let mut program = Client::new(server.address);
    program.header("accept", "application/json");
    let kind = Some("application/json".to_owned());
    let body = format!("{{\"to\":\"{MARCH}\"}}");
    let moved =
        program.send(hyper::Method::POST, "/demo/clock", kind.clone(), body.clone().into()).await.expect(200);
    assert!(moved.body.contains("2025-03-20T"), "{}", moved.body);
    let back = program.send(hyper::Method::POST, "/demo/clock", kind, body.into()).await.expect(409);
    assert!(
        back.body.contains("clock_moves_forward_only") && back.body.contains("时钟只能向前"),
        "{}",
        back.body
    );
    for call in NEW {
        assert_eq!(is_open(&server, call).await, Some(true), "{call}");
    }
    assert_eq!(is_open(&server, OLD).await, Some(false));
    desks_are_at_work(&server, folder.path()).await;

    // Asked to stop it ends well, also right after it has said that it is ready; nothing is printed after that line.
    assert_eq!(server.stop(), (Some(0), String::new()));
    let logins_before = std::fs::read(folder.path().join("logins.csv")).unwrap();
    let server = demo(folder.path(), &["--now", DECEMBER]).await;
    clock_shows(&server, "2025年3月20日 09:0").await;
    assert_eq!(is_open(&server, NEW[0]).await, Some(true));
    assert_eq!(server.stop().0, Some(0));
    assert_eq!(std::fs::read(folder.path().join("logins.csv")).unwrap(), logins_before);
    let server = demo(folder.path(), &["--now", "2025-03-29T00:00:00+08:00"]).await;
    for call in NEW {
        assert_eq!(is_open(&server, call).await, Some(false), "{call} is open after its deadline");
    }
    drop(server);

    doctor(folder.path());
    let states = states(folder.path()).await;
    for call in NEW {
        for state in ["submitted", "reopened", "withdrawn", "draft"] {
            assert!(states[call].contains_key(state), "no {state} application under {call}: {states:?}");
        }
    }
    assert!(states[OLD].contains_key("submitted"), "{states:?}");
}

/// Before applicants close, desks of three kinds have verified, returned and ranked; those of the finished call have signed.
async fn desks_are_at_work(server: &Server, data: &Path) {
    let logins = logins(data);
    let at = |role: &str, region: &str| {
        logins.iter().find(|login| login.role == role && login.region == region).unwrap()
    };
    for (region, calls) in [("11", &NEW[..]), ("440300", &NEW[..1]), ("66", &NEW[..])] {
        for role in ["industry_authority", "drug_regulator"] {
            let mut client = logged_in(server, at(role, region)).await;
            client.get("/desk").await.expect(200);
            for call in calls {
                let rows = |show: &str| format!("/desk/{call}?show={show}");
                let mut shown = Vec::new();
                for show in ["assessed", "ranked", "open"] {
                    let page = client.get(&rows(show)).await.expect(200);
                    let to = format!("/desk/{call}/applications/");
                    shown.push(page.links().iter().filter(|link| link.href.starts_with(&to)).count());
                }
                assert!(shown.iter().all(|count| *count > 0), "{call} in {region}: {shown:?}");
            }
        }
    }
    let mut beijing = logged_in(server, at("industry_authority", "11")).await;
    for call in NEW {
        let page = beijing.get(&format!("/desk/{call}?show=returned")).await.expect(200);
        assert!(page.says("已退回补正"), "{call}: {}", page.words());
    }
    let list = beijing.get(&format!("/desk/{OLD}/lists/1")).await.expect(200);
    assert!(list.says("已签署"), "{}", list.words());
}

async fn everybody_can_log_in(server: &Server, data: &Path) {
    let logins = logins(data);
    let roles: BTreeSet<&str> = logins.iter().map(|login| login.role.as_str()).collect();
    assert_eq!(roles, Role::ALL.iter().map(|role| role.id()).collect(), "not every role can log in");
    let usernames: BTreeSet<&str> = logins.iter().map(|login| login.username.as_str()).collect();
    assert_eq!(usernames.len(), logins.len());
    // At the desk both departments, of regions of every kind.
    let mut desks: BTreeMap<Region, BTreeSet<&str>> = BTreeMap::new();
    let mut tried = BTreeSet::new();
    for login in &logins {
        let role = Role::parse(&login.role).unwrap();
        assert_eq!(role.has_organisation(), !login.organisation.is_empty(), "{login:?}");
        if role.has_region() {
            let region = Region::parse(&login.region).unwrap();
            desks.entry(region).or_default().insert(&login.role);
        }
        // The accounts of one role are alike.
        if !tried.insert(&login.role) {
            continue;
        }
        let mut client = logged_in(server, login).await;
        let page = client.get("/account").await;
        if role == Role::Applicant && page.status == 303 {
            continue;
        }
        assert!(page.expect(200).says(&login.username));
    }
    let whole: Vec<Region> =
        desks.iter().filter(|(_, roles)| roles.len() == 2).map(|(region, _)| *region).collect();
    for kind in [RegionKind::Province, RegionKind::SeparatelyPlannedCity, RegionKind::Corps] {
        assert!(whole.iter().any(|region| region.kind() == kind), "no desk of {kind:?} among {whole:?}");
    }
}

/// An instant at which the first applications are being written.
const EARLY: &[&str] = &["--now", "2021-11-27T00:00:00+08:00", "--seed", "5"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_fixes_every_name_code_and_id_and_a_demo_that_is_killed_goes_on() {
    let (one, two, three) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let other: &[&str] = &["--now", "2021-11-27T00:00:00+08:00", "--seed", "6"];
    let (mut first, second, third) =
        tokio::join!(demo(one.path(), EARLY), demo(two.path(), EARLY), demo(three.path(), other));
    drop(second);
    drop(third);
    let read =
        |folder: &tempfile::TempDir| std::fs::read_to_string(folder.path().join("logins.csv")).unwrap();
    assert!(read(&one).matches("\napplicant,").count() > 3, "{}", read(&one));
    assert_eq!(read(&one), read(&two));
    assert_ne!(read(&one), read(&three));
    first.kill();
    let ids = ids(one.path()).await;
    assert!(ids.len() > 3);
    assert_eq!(ids, self::ids(two.path()).await);
    assert_ne!(ids, self::ids(three.path()).await);

    // As if it had been killed before it could note how far it had come.
    let store = SqliteStore::open(&one.path().join("jiebang.db"), SqliteOptions::default()).await.unwrap();
    store
        .act::<(), StoreError>(Box::new(|rows| {
            Box::pin(async move { rows.set_setting("demo_clock", "").await })
        }))
        .await
        .unwrap();
    store.close().await.unwrap();
    let again = demo(one.path(), EARLY).await;
    assert_eq!(self::ids(one.path()).await, ids);
    jump(&again, "2021-11-28T09:00:01+08:00").await.expect(303);
    assert_eq!(is_open(&again, OLD).await, Some(true));
    assert_eq!(again.stop().0, Some(0));
    doctor(one.path());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_no_demo_has_no_clock_to_move() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_owned();
    let server = tokio::task::spawn_blocking(move || Server::start("serve", &data, &[])).await.unwrap();
    jump(&server, "2099-01-01T00:00:00Z").await.expect(404);
    Client::new(server.address).get("/demo/clock").await.expect(404);
    Client::new(server.address).get("/healthz").await.expect(200);
    let page = Client::new(server.address).get("/").await.expect(200);
    assert!(!page.body.contains("demo-clock"));
    assert!(!folder.path().join("logins.csv").exists());
    assert_eq!(server.stop(), (Some(0), String::new()));
    // Also when it is told to stop as soon as it has said that it is ready.
    for _ in 0..3 {
        let data = folder.path().to_owned();
        let stopped =
            tokio::task::spawn_blocking(move || Server::start("serve", &data, &[]).stop()).await.unwrap();
        assert_eq!(stopped, (Some(0), String::new()));
    }
}
