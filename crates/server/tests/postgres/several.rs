//! Several servers on one database answer as one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiebang_domain::recommendation::questions;
use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::statement::{Verdict, verify};
use jiebang_ledger::{Hash, VerifierKey, hash_from_base64, tree};
use jiebang_service::Role;
use jiebang_testkit::{Answer, Applicant, Client, PASSWORD, Ready, add_user};
use serde_json::{Value, json};

use crate::Installation;
use crate::binary::{self, Server};

const CALL: &str = "miit-2025-ai-devices";
/// The call that lets an organisation lead three applications.
const CAPPED: &str = "miit-2025-biomaterials-2";
const SERVERS: usize = 3;
/// How long it may take until a server has followed the others.
const FOLLOWED_IN: Duration = Duration::from_secs(20);

async fn three(installation: &Installation) -> Vec<Server> {
    let mut servers = Vec::new();
    for number in 0..SERVERS {
        let database = installation.postgres.address("jiebang");
        servers.push(installation.serve(&format!("server-{number}"), &database).await);
    }
    servers
}

fn browser(server: &Server, ready: &Ready) -> Client {
    let mut client = Client::new(server.address);
    client.set_cookie("session", &ready.token);
    client
}

/// Submits with the application's id as key.
async fn submit(mut client: Client, ready: Ready) -> Answer {
    let path = format!("/applications/{}/submit", ready.application);
    client.post(&path, &[("idempotency_key", &ready.application)]).await
}

/// Asks until the answer is as wished.
async fn until(mut client: Client, path: &str, wished: impl Fn(&Answer) -> bool) -> Answer {
    let started = Instant::now();
    loop {
        let answer = client.get(path).await;
        if wished(&answer) {
            return answer;
        }
        assert!(started.elapsed() < FOLLOWED_IN, "{path} still says {}: {}", answer.status, answer.words());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn submissions_through_three_servers_are_numbered_once_and_proved_by_each() {
    let installation = Installation::new(CALL).await;
    let drafts = installation.drafts(4, 9).await;
    let servers = three(&installation).await;
    let mut keys = BTreeSet::new();
    for server in &servers {
        let mut client = Client::new(server.address);
        keys.insert(client.get("/.well-known/jiebang-ledger").await.expect(200).body);
    }
    assert_eq!(keys.len(), 1, "{keys:?}");
    let key = VerifierKey::parse(keys.first().unwrap()).unwrap();

    // Each draft through one server and then through the others at once, by one key: one submission, one receipt.
    let receipts = Arc::new(Mutex::new(BTreeMap::new()));
    let clients: Vec<_> = (0..SERVERS)
        .map(|number| {
            let own: Vec<Ready> = drafts.iter().skip(number).step_by(SERVERS).cloned().collect();
            let mut addresses: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
            addresses.rotate_left(number);
            let receipts = receipts.clone();
            tokio::spawn(async move {
                for ready in own {
                    let send = |address: &SocketAddr| {
                        let mut client = Client::new(*address);
                        client.set_cookie("session", &ready.token);
                        tokio::spawn(submit(client, ready.clone()))
                    };
                    let first = send(&addresses[0]).await.unwrap().expect(303);
                    let mut led = BTreeSet::from([first.location().to_owned()]);
                    for answer in addresses[1..].iter().map(send).collect::<Vec<_>>() {
                        led.insert(answer.await.unwrap().expect(303).location().to_owned());
                    }
                    assert_eq!(led.len(), 1, "{led:?}");
                    receipts.lock().unwrap().insert(ready.application, led.pop_first().unwrap());
                }
            })
        })
        .collect();
    // Heads that others keep, from whichever server.
    let mut heads = Vec::new();
    while clients.iter().any(|client| !client.is_finished()) {
        for server in &servers {
            let head = Client::new(server.address).get("/ledger/checkpoint").await;
            if head.status == 200 {
                heads.push(Checkpoint::open(&head.body, &key).expect("a head by the one key"));
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for client in clients {
        client.await.unwrap();
    }
    let receipts = receipts.lock().unwrap().clone();
    assert_eq!(receipts.len(), drafts.len());
    installation.assert_whole(drafts.len()).await;
    // Later, and on the third server, the same key has the same answer.
    for (number, ready) in drafts.iter().enumerate() {
        let answer =
            submit(browser(&servers[(number + 2) % SERVERS], ready), ready.clone()).await.expect(303);
        assert_eq!(answer.location(), receipts[&ready.application]);
    }
    installation.assert_whole(drafts.len()).await;

    for server in &servers {
        for ready in drafts.iter().step_by(7) {
            let path = format!("{}.json", receipts[&ready.application]);
            let proved = |answer: &Answer| matches!(verify(&answer.body, &key), Ok(Verdict::Included(..)));
            until(browser(server, ready), &path, proved).await;
        }
        let mut client = Client::new(server.address);
        for old in &heads {
            let note = client.get("/ledger/checkpoint").await.expect(200).body;
            let new = Checkpoint::open(&note, &key).unwrap();
            if new.size == old.size {
                assert_eq!(new.root, old.root);
                continue;
            }
            let proof = client.get(&format!("/ledger/consistency/{}", old.size)).await.expect(200).body;
            let proof: Vec<Hash> = proof.lines().map(|line| hash_from_base64(line).unwrap()).collect();
            assert!(
                tree::extends(&proof, new.size, new.root, old.size, old.root),
                "{} {}",
                new.size,
                old.size
            );
        }
    }
    assert!(heads.len() > SERVERS, "no heads were seen on the way");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_sent_to_three_servers_at_once_gives_one_receipt() {
    let installation = Installation::new(CALL).await;
    let drafts = installation.drafts(1, 10).await;
    let servers = three(&installation).await;
    for ready in &drafts {
        let sent: Vec<_> = servers
            .iter()
            .map(|server| tokio::spawn(submit(browser(server, ready), ready.clone())))
            .collect();
        let mut receipts = BTreeSet::new();
        for answer in sent {
            receipts.insert(answer.await.unwrap().expect(303).location().to_owned());
        }
        assert_eq!(receipts.len(), 1, "{receipts:?}");
    }
    assert_eq!(installation.ask("select count(*) from submission"), "10");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_does_the_others_know_at_once() {
    let installation = Installation::new(CALL).await;
    let ready = installation.drafts(1, 1).await.remove(0);
    add_user(&installation.service, "office", Role::ProgrammeOffice, None, None).await;
    let servers = three(&installation).await;
    let on = |server: usize, session: &str| {
        let mut client = Client::new(servers[server].address);
        client.set_cookie("session", session);
        client
    };

    // Logged in on one, known on all; logged out on another, nowhere known.
    let mut client = Client::new(servers[0].address);
    Applicant::login(&mut client, &ready.username).await;
    let session = client.cookie("session").unwrap().to_owned();
    let own = format!("/applications/{}", ready.application);
    for server in 0..SERVERS {
        on(server, &session).get(&own).await.expect(200);
    }
    on(1, &session).post("/logout", &[]).await.expect(303);
    for server in 0..SERVERS {
        on(server, &session).get(&own).await.expect(303);
    }

    // Published by the office on one: there for who is logged in on another, and a moment later for everybody.
    let mut office = Client::new(servers[0].address);
    Applicant::login(&mut office, "office").await;
    let office_session = office.cookie("session").unwrap().to_owned();
    office.post(&format!("/office/calls/{CAPPED}/publish"), &[]).await.expect(303);
    let page = format!("/calls/{CAPPED}");
    for (number, server) in servers.iter().enumerate().skip(1) {
        on(number, &office_session).get(&page).await.expect(200);
        until(Client::new(server.address), "/", |answer| answer.body.contains(&page)).await;
    }

    // A password that is set anew ends the sessions on all servers.
    installation.service.set_password("office", "another-pass-2099").await.unwrap();
    for server in 0..SERVERS {
        on(server, &office_session).get("/office/calls").await.expect(303);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_place_under_a_cap_is_given_once_by_two_servers() {
    let installation = Installation::new(CAPPED).await;
    // Three may be led; each organisation has four drafts.
    let drafts = installation.drafts(6, 4).await;
    let servers = three(&installation).await;
    for own in drafts.chunks(4) {
        for ready in &own[..2] {
            submit(browser(&servers[2], ready), ready.clone()).await.expect(303);
        }
        let race = [0, 1].map(|server| {
            let ready = own[2 + server].clone();
            tokio::spawn(submit(browser(&servers[server], &ready), ready))
        });
        let mut statuses = Vec::new();
        for answer in race {
            let answer = answer.await.unwrap();
            assert!(answer.status == 303 || answer.says("3"), "{}", answer.words());
            statuses.push(answer.status.as_u16());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422]);
    }
    installation.assert_whole(18).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_signed_list_is_confirmed_once_by_three_servers() {
    const REGION: &str = "35";
    let mut installation = Installation::new(CAPPED).await;
    installation.sample = installation.sample.clone().of_region(REGION, "示例产品");
    let service = installation.service.clone();
    let drafts = installation.drafts(3, 1).await;
    let servers = three(&installation).await;
    for (server, ready) in servers.iter().zip(&drafts) {
        submit(browser(server, ready), ready.clone()).await.expect(303);
    }
    let mut departments = Vec::new();
    for role in [Role::IndustryAuthority, Role::DrugRegulator] {
        add_user(&service, role.id(), role, Some(REGION), None).await;
        let mut client = Client::new(servers[0].address);
        let login = json!({ "username": role.id(), "password": PASSWORD });
        let made = client.json("POST", "/api/v1/tokens", &login).await.expect(201).value();
        departments.push(made["token"].as_str().unwrap().to_owned());
    }
    let program = |server: usize, department: usize| {
        let mut client = Client::new(servers[server].address);
        client.bearer(&departments[department]);
        client
    };
    let desk = format!("/api/v1/desks/{CAPPED}/{REGION}");
    let call = service.call(CAPPED).unwrap().call;
    let answers: serde_json::Map<String, Value> =
        questions(&call.call).map(|question| (question.code.clone(), json!("met"))).collect();
    let sheet = json!({ "version": 0, "of_version": 1, "answers": answers, "reason": "指标领先" });
    let chosen = &drafts[0].application;
    program(1, 0).json("PUT", &format!("{desk}/applications/{chosen}/sheet"), &sheet).await.expect(200);
    let ranking = json!({ "version": 0, "applications": [chosen] });
    program(2, 1).json("PUT", &format!("{desk}/ranking"), &ranking).await.expect(200);
    let shown = program(0, 1).get(&desk).await.expect(200).value();
    let seen = json!({ "digest": shown["digest"] });
    let path = format!("{desk}/confirmations");
    program(0, 0).json("POST", &path, &seen).await.expect(201);

    // The second department by all servers, and the first one again, at once.
    let all = [(0, 1), (1, 1), (2, 1), (1, 0), (2, 0)].map(|(server, department)| {
        let (mut client, path, seen) = (program(server, department), path.clone(), seen.clone());
        tokio::spawn(async move { (department, client.json("POST", &path, &seen).await) })
    });
    let mut confirmed = 0;
    for answer in all {
        let (department, answer) = answer.await.unwrap();
        match (answer.status.as_u16(), department) {
            (201, 1) => {
                assert_eq!(answer.value(), json!({ "confirmed": true, "version": 1 }));
                confirmed += 1;
            }
            // It came before the second department.
            (201, _) => assert_eq!(answer.value()["confirmed"], false),
            (status, _) => assert_eq!(status, 409, "{}", answer.body),
        }
    }
    assert_eq!(confirmed, 1);
    assert_eq!(installation.ask("select count(*) from confirmed_list"), "1");
    assert_eq!(installation.ask("select count(*) from event where kind = 'list_confirmed'"), "1");
    for server in 0..SERVERS {
        let list = program(server, 1).get(&format!("{desk}/lists/1")).await.expect(200).value();
        assert_eq!(list["signatures"].as_array().map(Vec::len), Some(2), "{list}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_to_log_in_are_counted_by_all_servers_together() {
    let installation = Installation::new(CALL).await;
    for name in ["office", "auditor"] {
        add_user(&installation.service, name, Role::Auditor, None, None).await;
    }
    let database = installation.postgres.address("jiebang");
    let mut servers = Vec::new();
    for number in 0..SERVERS {
        let mut limited = binary::command();
        limited.args(["serve", "--listen", "127.0.0.1:0", "--database", &database, "--data"]);
        limited
            .arg(installation.folder.path().join(format!("limited-{number}")))
            .args(installation.arguments());
        servers.push(tokio::task::block_in_place(|| Server::of(limited)));
    }
    let login = async |server: usize, name: &str, password: &str| {
        let mut client = Client::new(servers[server % SERVERS].address);
        client.post("/login", &[("username", name), ("password", password)]).await
    };
    // Right passwords do not count, wherever they come.
    for number in 0..12 {
        login(number, "auditor", PASSWORD).await.expect(303);
    }
    for number in 0..10 {
        login(number, "office", "a wrong password").await.expect(422);
    }
    // Ten were allowed in all; each server by itself has seen four at the most.
    for number in 0..SERVERS {
        let refused = login(number, "office", PASSWORD).await.expect(429);
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    login(0, "auditor", PASSWORD).await.expect(303);
    // What is kept of it tells nobody who tried from where.
    let kept = installation.ask("select string_agg(key, ' ') from login_attempt");
    assert!(kept.split(' ').all(|key| key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit())));
    // A clock that was set back keeps nobody out for longer than that: the row is bounded by who is refused by it.
    installation.ask("update login_attempt set full_at = full_at + 1000000000000");
    login(1, "auditor", PASSWORD).await.expect(429);
    let bounded = "select count(*) from login_attempt where full_at < extract(epoch from now() + interval '1 hour') * 1000000";
    assert_eq!(installation.ask(bounded), "1", "the network, which was refused first");
    // What says nothing any more is let go.
    installation.ask("update login_attempt set full_at = 0");
    installation.service.sweep().await.unwrap();
    assert_eq!(installation.ask("select count(*) from login_attempt"), "0");
    login(1, "office", PASSWORD).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_database_has_set_for_others_does_not_let_two_servers_meet() {
    let installation = Installation::new(CALL).await;
    // An act that looked before it got the lock would count what others have changed since.
    installation.ask("alter database jiebang set default_transaction_isolation = 'repeatable read'");
    let drafts = installation.drafts(2, 15).await;
    let servers = three(&installation).await;
    let sent: Vec<_> = drafts
        .iter()
        .zip(servers.iter().cycle())
        .map(|(ready, server)| tokio::spawn(submit(browser(server, ready), ready.clone())))
        .collect();
    for answer in sent {
        answer.await.unwrap().expect(303);
    }
    installation.assert_whole(drafts.len()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_another_ledger_key_is_refused_until_the_key_is_changed() {
    let installation = Installation::new(CALL).await;
    let database = installation.postgres.address("jiebang");
    drop(installation.serve("first", &database).await);
    let (data, file) = (tempfile::tempdir().unwrap(), installation.folder.path().join("ledger.key"));
    let run = |command: &str, language: &str| {
        let mut run = binary::command();
        run.args(["--lang", language, command, "--database", &database, "--data"]).arg(data.path());
        let output =
            if command == "serve" { run.args(["--listen", "127.0.0.1:0"]).output() } else { run.output() };
        let output = output.unwrap();
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    // Neither without the key, nor with another: and no key is made on the way.
    let (code, said) = run("serve", "zh");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("的账本由密钥 jiebang-") || said.contains("本数据库的账本由密钥"), "{said}");
    assert!(said.contains("--ledger-key") && !data.path().join("ledger.key").exists(), "{said}");
    let own = std::fs::read_to_string(&file).unwrap();
    let other = jiebang_testkit::ledger_key();
    std::fs::write(data.path().join("ledger.key"), other.reveal()).unwrap();
    let (code, said) = run("serve", "en");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("holds another key") && said.contains("jiebang adopt-key"), "{said}");
    assert!(!said.contains(other.reveal()) && !said.contains(&own), "{said}");

    // The doctor and commands on accounts need no key.
    assert_eq!(run("doctor", "en").0, Some(0));
    let (code, said) = run("adopt-key", "en");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(other.verifier().as_str()), "{said}");
    let kept = installation.ask("select data from event where kind = 'ledger_key_changed'");
    assert!(kept.contains(other.verifier().as_str()) && kept.contains("\"from\":\"jiebang-"), "{kept}");
    let (code, said) = run("adopt-key", "zh");
    assert_eq!((code, said.contains("已由密钥")), (Some(0), true), "{said}");
}
