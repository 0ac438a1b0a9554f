//! The API: tokens, keys, versions, what is refused and how, and the same answers as the pages give.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiebang_domain::recommendation::questions;
use jiebang_ledger::VerifierKey;
use jiebang_ledger::statement::{Verdict, verify};
use jiebang_service::{Role, Submit};
use jiebang_testkit::{
    Answer, Client, PASSWORD, Ready, Sample, Setup, TestApp, add_user, multipart, multipart_kind, ready_draft,
};
use serde_json::{Value, json};

const NOW: &str = "2025-03-20T09:00:00+08:00";
const CALL: &str = "miit-2025-ai-devices";
/// A call whose lists can be signed while applicants may still submit.
const LISTED: &str = "miit-2025-biomaterials-2";
const REGION: &str = "35";

/// The problem of an answer, which says in both languages what a finding is about.
fn problem(answer: &Answer, status: u16, kind: &str) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}: {}", answer.path, answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.body);
    let problem = answer.value();
    assert_eq!(problem["type"], format!("urn:jiebang:problem:{kind}"), "{}", answer.body);
    assert_eq!(problem["status"], status);
    for text in ["title", "detail"] {
        assert!(!problem[text].as_str().unwrap().is_empty(), "{problem}");
    }
    for finding in problem["findings"].as_array().unwrap() {
        for (part, language) in [("message", "zh"), ("message", "en"), ("remedy", "zh"), ("remedy", "en")] {
            assert!(!finding[part][language].as_str().unwrap().is_empty(), "{finding}");
        }
    }
    problem
}

fn codes(problem: &Value) -> Vec<&str> {
    problem["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

async fn act(client: &mut Client, path: &str, key: &str, body: &Value) -> Answer {
    client.header("idempotency-key", key);
    let answer = client.json("POST", path, body).await;
    client.drop_header("idempotency-key");
    answer
}

async fn upload(client: &mut Client, path: &str, pairs: &[(&str, &str)], file: (&str, &[u8])) -> Answer {
    let body = multipart(pairs, &[("file", file.0, file.1)]);
    client.send("POST".parse().unwrap(), path, Some(multipart_kind()), body).await
}

/// An organisation with a draft that can be submitted, and its program.
async fn ready(app: &TestApp) -> (Ready, Client, String) {
    let ready = ready_draft(&app.service, &app.sample(CALL), "applicant").await;
    let program = app.program("applicant").await;
    let path = format!("/api/v1/applications/{}", ready.application);
    (ready, program, path)
}

async fn token(app: &TestApp, wanted: Value) -> Answer {
    app.client().json("POST", "/api/v1/tokens", &wanted).await
}

fn login(username: &str) -> Value {
    json!({ "username": username, "password": PASSWORD })
}

fn with(mut value: Value, key: &str, other: Value) -> Value {
    value[key] = other;
    value
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_lives_as_long_as_it_was_made_for_and_shows_once() {
    let app = TestApp::start(NOW).await;
    add_user(&app.service, "office", Role::ProgrammeOffice, None, None).await;
    let made = token(&app, with(login("office"), "expires_in", json!(3600))).await.expect(201);
    let made = made.value();
    let instant = |name: &str| made[name].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let (begins, ends) = (instant("created_at"), instant("expires_at"));
    assert_eq!(ends.duration_since(begins).as_secs(), 3600);
    assert_eq!(made["scopes"], json!(["read", "write", "submit", "desk"]));
    let secret = made["token"].as_str().unwrap();
    assert_eq!(secret.len(), 68);
    let mut program = app.client();
    program.bearer(secret);
    let shown = program.get("/api/v1/tokens/current").await.expect(200);
    assert_eq!(shown.value()["account"]["role"], "programme_office");
    assert!(!shown.body.contains(secret), "{}", shown.body);
    // The clock ticks.
    app.jump_to(ends - jiff::SignedDuration::from_secs(20));
    program.get("/api/v1/tokens/current").await.expect(200);
    app.jump_to(ends);
    let answer = program.get("/api/v1/tokens/current").await;
    problem(&answer, 401, "token-invalid");
    assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
    // Nor does what is public take a token that is none.
    problem(&program.get("/api/v1/calls").await, 401, "token-invalid");
    for (seconds, right) in [(59, false), (60, true), (90 * 86_400, true), (90 * 86_400 + 1, false)] {
        let answer = token(&app, with(login("office"), "expires_in", json!(seconds))).await;
        assert_eq!(answer.status.as_u16(), if right { 201 } else { 422 }, "{seconds}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_ends_with_its_account_its_password_and_when_it_is_told_to() {
    let app = TestApp::start(NOW).await;
    for name in ["one", "two", "three"] {
        add_user(&app.service, name, Role::ProgrammeOffice, None, None).await;
    }
    let (mut one, mut again) = (app.program("one").await, app.program("one").await);
    one.send("DELETE".parse().unwrap(), "/api/v1/tokens/current", None, Vec::new().into()).await.expect(204);
    problem(&one.get("/api/v1/tokens/current").await, 401, "token-invalid");
    again.get("/api/v1/tokens/current").await.expect(200);
    let (mut two, mut three) = (app.program("two").await, app.program("three").await);
    two.get("/api/v1/calls").await.expect(200);
    three.get("/api/v1/calls").await.expect(200);
    app.service.disable_user("two").await.unwrap();
    app.service.set_password("three", "another-password").await.unwrap();
    problem(&two.get("/api/v1/calls").await, 401, "token-invalid");
    problem(&three.get("/api/v1/calls").await, 401, "token-invalid");
    problem(&token(&app, login("two")).await, 422, "invalid");
    let wrong = problem(&token(&app, login("three")).await, 422, "invalid");
    assert_eq!(codes(&wrong), ["credentials_wrong"]);
    assert_eq!(codes(&problem(&token(&app, login("nobody")).await, 422, "invalid")), ["credentials_wrong"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_for_programs_and_cookies_for_people() {
    let app = TestApp::start(NOW).await;
    add_user(&app.service, "office", Role::ProgrammeOffice, None, None).await;
    let mut person = app.client();
    person.post("/login", &[("username", "office"), ("password", PASSWORD)]).await.expect(303);
    person.get("/office/calls").await.expect(200);
    let answer = person.get("/api/v1/tokens/current").await;
    problem(&answer, 401, "token-missing");
    assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"jiebang\"");
    let session = person.cookie("session").unwrap().to_owned();
    let secret = token(&app, login("office")).await.expect(201).value()["token"].as_str().unwrap().to_owned();
    for wrong in [session.as_str(), "", "jbt_", &secret[4..], &secret[..67]] {
        let mut program = app.client();
        program.bearer(wrong);
        problem(&program.get("/api/v1/tokens/current").await, 401, "token-invalid");
    }
    let mut program = app.client();
    program.bearer(&secret);
    program.get("/office/calls").await.expect(303);
    program.drop_header("authorization");
    for wrong in [secret.as_str(), &secret[4..]] {
        program.set_cookie("session", wrong);
        program.get("/office/calls").await.expect(303);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_does_only_what_it_was_made_for() {
    let app = TestApp::start(NOW).await;
    let (_, _, path) = ready(&app).await;
    let begin = format!("/api/v1/calls/{CALL}/applications");
    for (scopes, fields, submit) in [
        (json!([]), 403, 403),
        (json!(["read"]), 403, 403),
        (json!(["write"]), 200, 403),
        (json!(["submit"]), 403, 201),
    ] {
        let made = token(&app, with(login("applicant"), "scopes", scopes.clone())).await.expect(201).value();
        let mut program = app.client();
        program.bearer(made["token"].as_str().unwrap());
        let seen = program.get(&path).await.expect(200).value();
        assert_eq!(seen["may"]["edit"], fields == 200, "{scopes}");
        let body = json!({ "version": seen["version"], "fields": {} });
        let changed = program.json("PATCH", &path, &body).await;
        let submitted = program.json("POST", &format!("{path}/submissions"), &json!({})).await;
        for (answer, status, scope) in [(&changed, fields, "write"), (&submitted, submit, "submit")] {
            assert_eq!(answer.status.as_u16(), status, "{scopes}: {}", answer.body);
            if status == 403 {
                problem(answer, 403, "scope-missing");
                let asks = format!("error=\"insufficient_scope\", scope=\"{scope}\"");
                assert!(answer.header("www-authenticate").ends_with(&asks), "{scopes}");
            }
        }
        let begun = program.json("POST", &begin, &json!({})).await;
        assert_eq!(begun.status.as_u16(), if fields == 200 { 201 } else { 403 }, "{scopes}");
    }
    let unknown = token(&app, with(login("applicant"), "scopes", json!(["sign"]))).await;
    assert_eq!(codes(&problem(&unknown, 422, "invalid")), ["scope_unknown"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_and_acts_of_programs_are_limited() {
    let app = TestApp::with(Setup { now: NOW.to_owned(), rate_limits: true, ..Setup::default() }).await;
    for name in ["office", "auditor"] {
        add_user(&app.service, name, Role::Auditor, None, None).await;
    }
    let (mut office, mut auditor) = (app.program("office").await, app.program("auditor").await);
    for _ in 0..10 {
        problem(&token(&app, with(login("office"), "password", json!("wrong"))).await, 422, "invalid");
    }
    let answer = token(&app, login("office")).await;
    problem(&answer, 429, "too-many");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((30..=60).contains(&seconds), "{seconds}");
    let begin = format!("/api/v1/calls/{CALL}/applications");
    let mut acts = 0;
    let last = loop {
        let answer = office.json("POST", &begin, &json!({})).await;
        if answer.status.as_u16() != 403 {
            break answer;
        }
        acts += 1;
    };
    problem(&last, 429, "too-many");
    // The limit fills up while they are counted.
    assert!((240..2_000).contains(&acts), "{acts}");
    auditor.json("POST", &begin, &json!({})).await.expect(403);
    office.get("/api/v1/calls").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_again_with_its_key_is_done_once() {
    let app = TestApp::start(NOW).await;
    let (_, mut program, path) = ready(&app).await;
    let begin = |call: &str| format!("/api/v1/calls/{call}/applications");
    let first = act(&mut program, &begin(CALL), "begin", &json!({})).await.expect(201);
    let again = act(&mut program, &begin(CALL), "begin", &json!({})).await.expect(201);
    assert_eq!((&first.body, first.location()), (&again.body, again.location()));
    problem(&act(&mut program, &begin(LISTED), "begin", &json!({})).await, 422, "key-reused");
    let other = program.json("POST", &begin(CALL), &json!({})).await.expect(201);
    assert_ne!(first.body, other.body);
    let all = program.get("/api/v1/applications").await.expect(200).value();
    assert_eq!(all["applications"].as_array().unwrap().len(), 3);

    let begun = first.location().to_owned();
    let partner = json!({ "fields": { "name": "示例大学" } });
    let added = act(&mut program, &format!("{begun}/partners"), "partner", &partner).await.expect(201);
    let again = act(&mut program, &format!("{begun}/partners"), "partner", &partner).await.expect(201);
    assert_eq!((added.value(), again.body), (json!({ "member": 1 }), added.body.clone()));
    let another = json!({ "fields": { "name": "示例医院" } });
    let reused = act(&mut program, &format!("{begun}/partners"), "partner", &another).await;
    problem(&reused, 422, "key-reused");
    let partners = program.get(&format!("{begun}/partners")).await.expect(200).value();
    assert_eq!(partners["partners"], json!([{ "member": 1, "fields": { "name": "示例大学" } }]));

    let receipt = act(&mut program, &format!("{path}/submissions"), "submit", &json!({})).await.expect(201);
    while app.service.extend_ledger().await.unwrap() {}
    let again = act(&mut program, &format!("{path}/submissions"), "submit", &json!({})).await.expect(201);
    assert_eq!(receipt.body, again.body, "the answer has changed");
    let other = json!({ "digest": "0".repeat(64) });
    problem(&act(&mut program, &format!("{path}/submissions"), "submit", &other).await, 422, "key-reused");
    for (name, state) in [("reopen", "reopened"), ("withdraw", "withdrawn"), ("reopen", "reopened")] {
        let answer = act(&mut program, &format!("{path}/{name}"), name, &json!({})).await.expect(200);
        assert_eq!(answer.value(), json!({ "state": state }), "{name}");
    }
    assert_eq!(program.get(&path).await.expect(200).value()["state"], "withdrawn");
    problem(&act(&mut program, &format!("{path}/withdraw"), "reopen", &json!({})).await, 422, "key-reused");
    problem(&act(&mut program, &format!("{path}/reopen"), "new", &json!({})).await, 409, "wrong-state");
    problem(
        &act(&mut program, &format!("{path}/reopen"), &"x".repeat(201), &json!({})).await,
        400,
        "unreadable",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_answers_only_who_may_still_ask() {
    let app = TestApp::start(NOW).await;
    let (_, mut program, path) = ready(&app).await;
    let submissions = format!("{path}/submissions");
    let receipt = act(&mut program, &submissions, "key", &json!({})).await.expect(201);
    // A token for less, one that was ended, one that has expired: none is given the answer that the key stands for.
    let made = |wanted: Value| async { token(&app, wanted).await.expect(201).value() };
    let bearing = |made: &Value| {
        let mut client = app.client();
        client.bearer(made["token"].as_str().unwrap());
        client
    };
    let less = made(with(login("applicant"), "scopes", json!(["read", "write"]))).await;
    problem(&act(&mut bearing(&less), &submissions, "key", &json!({})).await, 403, "scope-missing");
    let short = made(with(login("applicant"), "expires_in", json!(60))).await;
    program
        .send("DELETE".parse().unwrap(), "/api/v1/tokens/current", None, Vec::new().into())
        .await
        .expect(204);
    problem(&act(&mut program, &submissions, "key", &json!({})).await, 401, "token-invalid");
    let again = act(&mut bearing(&short), &submissions, "key", &json!({})).await.expect(201);
    assert_eq!(again.body, receipt.body);
    app.jump_to(short["expires_at"].as_str().unwrap().parse().unwrap());
    problem(&act(&mut bearing(&short), &submissions, "key", &json!({})).await, 401, "token-invalid");
    // The same key in another name is another key.
    ready_draft(&app.service, &app.sample(CALL).of_organisation(2), "other").await;
    let mut other = app.program("other").await;
    problem(&act(&mut other, &submissions, "key", &json!({})).await, 404, "not-found");
    let begin = format!("/api/v1/calls/{CALL}/applications");
    act(&mut other, &begin, "key", &json!({})).await.expect(201);
    app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_is_filled_in_by_path_and_submitted() {
    let app = TestApp::start(NOW).await;
    let (other, _, _) = ready(&app).await;
    let sample = app.sample(CALL).of_organisation(7);
    ready_draft(&app.service, &sample, "writer").await;
    let mut program = app.program("writer").await;
    let path = program
        .json("POST", &format!("/api/v1/calls/{CALL}/applications"), &json!({}))
        .await
        .expect(201)
        .location()
        .to_owned();
    // What the call lists is what can be changed.
    let call = program.get(&format!("/api/v1/calls/{CALL}")).await.expect(200).value();
    let listed: Vec<&str> =
        call["fields"].as_array().unwrap().iter().map(|field| field["path"].as_str().unwrap()).collect();
    let mut fields = serde_json::Map::new();
    for section in &sample.call().sections {
        for (name, value) in sample.pairs(&section.id) {
            let known = listed.iter().any(|path| name.starts_with(path)) || name.starts_with("declaration.");
            assert!(known, "{name} is not listed");
            fields.insert(name, json!(value));
        }
    }
    let before = program.get(&path).await.expect(200);
    assert_eq!(before.header("etag"), "\"1\"");
    program.header("if-match", "\"1\"");
    let changed = program.json("PATCH", &path, &json!({ "fields": fields })).await.expect(200);
    program.drop_header("if-match");
    assert_eq!((changed.header("etag"), &changed.value()["version"]), ("\"2\"", &json!(2)));
    for file in sample.files() {
        let member = file.member.to_string();
        let pairs = [("evidence", file.evidence.as_str()), ("member", member.as_str())];
        let answer =
            upload(&mut program, &format!("{path}/files"), &pairs, (&file.name, &file.content)).await;
        let answer = answer.expect(201);
        let back = program.get(answer.location()).await.expect(200);
        assert_eq!((back.header("content-type"), &back.bytes[..]), ("application/pdf", &file.content[..]));
    }
    let found = program.get(&format!("{path}/findings")).await.expect(200).value();
    assert_eq!((&found["blocked"], codes(&found)), (&json!(false), Vec::new()), "{found}");
    // A whole form goes back as it came.
    let shown = program.get(&path).await.expect(200).value();
    let body = json!({ "version": shown["version"], "fields": shown["fields"] });
    let back = program.json("PATCH", &path, &body).await.expect(200).value();
    assert_eq!((&back["fields"], &back["digest"]), (&shown["fields"], &shown["digest"]));

    let digest = json!({ "digest": "0".repeat(64) });
    let stale =
        problem(&program.json("POST", &format!("{path}/submissions"), &digest).await, 409, "conflict");
    assert_eq!((&stale["stored"]["digest"], &stale["sent"]), (&back["digest"], &digest));
    let seen = json!({ "digest": back["digest"] });
    let receipt = program.json("POST", &format!("{path}/submissions"), &seen).await.expect(201);
    let place = receipt.location().to_owned();
    let key = app.client().get("/.well-known/jiebang-ledger").await.expect(200).body;
    let key = VerifierKey::parse(key.trim()).unwrap();
    assert!(matches!(verify(&receipt.body, &key).unwrap(), Verdict::Promised(_)), "{}", receipt.body);
    while app.service.extend_ledger().await.unwrap() {}
    let proved = program.get(&place).await.expect(200).body;
    assert!(matches!(verify(&proved, &key).unwrap(), Verdict::Included(..)), "{proved}");
    let content = program.get(&format!("{place}/content")).await.expect(200).value();
    assert_eq!(content["fields"]["task_name"], back["fields"]["task_name"]);
    assert_eq!(program.get(&path).await.expect(200).value()["submissions"][0]["version"], 1);
    let late = program.json("PATCH", &path, &json!({ "version": 1, "fields": {} })).await;
    problem(&late, 409, "wrong-state");
    assert_ne!(other.application, path);
    app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_of_an_old_version_gets_both_states() {
    let app = TestApp::start(NOW).await;
    let (_, mut program, path) = ready(&app).await;
    let before = program.get(&path).await.expect(200).value();
    let version = before["version"].as_i64().unwrap();
    let change = |version: i64, name: &str| json!({ "version": version, "fields": { "task_name": name } });
    program.json("PATCH", &path, &change(version, "先到")).await.expect(200);
    let answer = program.json("PATCH", &path, &change(version, "后到")).await;
    let conflict = problem(&answer, 409, "conflict");
    assert_eq!(
        (&conflict["stored"]["version"], &conflict["sent"]["version"]),
        (&json!(version + 1), &json!(version))
    );
    assert_eq!(conflict["stored"]["fields"]["task_name"], "先到");
    assert_eq!(conflict["sent"]["fields"], json!({ "task_name": "后到" }));
    program.header("if-match", &format!("\"{version}\""));
    problem(&program.json("PATCH", &path, &json!({ "fields": {} })).await, 409, "conflict");
    problem(&program.json("PATCH", &path, &change(version + 1, "x")).await, 400, "unreadable");
    program.header("if-match", "\"x\"");
    problem(&program.json("PATCH", &path, &json!({ "fields": {} })).await, 400, "unreadable");
    program.drop_header("if-match");
    problem(&program.json("PATCH", &path, &json!({ "fields": {} })).await, 428, "version-missing");
    let now = program.get(&path).await.expect(200).value();
    assert_eq!((&now["version"], &now["fields"]["task_name"]), (&json!(version + 1), &json!("先到")));

    // All faults at once, and then nothing is saved.
    let wrong = json!({ "version": version + 1, "fields": {
        "nope": 1, "task_name": "改", "task": "no-such-task", "partners": [{ "name": ["x"] }], "lead.name": "别家",
    } });
    let refused = problem(&program.json("PATCH", &path, &wrong).await, 422, "invalid");
    assert_eq!(codes(&refused), ["value_unreadable"]);
    let wrong = json!({ "version": version + 1, "fields": {
        "nope": 1, "task_name": "改", "task": "no-such-task", "lead.name": "别家", "partners.x.name": "y",
    } });
    let refused = problem(&program.json("PATCH", &path, &wrong).await, 422, "invalid");
    let mut found = codes(&refused);
    found.sort_unstable();
    assert_eq!(found, ["choice_unknown", "field_unknown", "field_unknown", "registered_differs"]);
    assert_eq!(program.get(&path).await.expect(200).value()["fields"]["task_name"], "先到");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partners_and_cells_are_changed_by_themselves() {
    let app = TestApp::start(NOW).await;
    let (_, mut program, _) = ready(&app).await;
    let begin = format!("/api/v1/calls/{CALL}/applications");
    let path = program.json("POST", &begin, &json!({})).await.expect(201).location().to_owned();
    let partners = format!("{path}/partners");
    for name in ["甲大学", "乙医院", "丙公司"] {
        let fields = json!({ "fields": { "name": name } });
        program.json("POST", &partners, &fields).await.expect(201);
    }
    let cell = json!({ "version": 4, "fields": { "partners.2.name": "乙医院改名" } });
    program.json("PATCH", &path, &cell).await.expect(200);
    let change = json!({ "version": 5, "fields": { "name": "丙公司改名" } });
    let changed = program.json("PATCH", &format!("{partners}/3"), &change).await.expect(200).value();
    let names = |value: &Value| -> Vec<(i64, String)> {
        let all = value["partners"].as_array().unwrap().iter();
        all.map(|one| (one["member"].as_i64().unwrap(), one["fields"]["name"].as_str().unwrap().to_owned()))
            .collect()
    };
    let (a, b, c) = ("甲大学".to_owned(), "乙医院改名".to_owned(), "丙公司改名".to_owned());
    assert_eq!(names(&changed), [(1, a), (2, b.clone()), (3, c.clone())]);
    let delete = || "DELETE".parse().unwrap();
    problem(
        &program.send(delete(), &format!("{partners}/1"), None, Vec::new().into()).await,
        428,
        "version-missing",
    );
    program.header("if-match", "\"6\"");
    problem(
        &program.send(delete(), &format!("{partners}/4"), None, Vec::new().into()).await,
        404,
        "not-found",
    );
    program.send(delete(), &format!("{partners}/1"), None, Vec::new().into()).await.expect(204);
    problem(
        &program.send(delete(), &format!("{partners}/2"), None, Vec::new().into()).await,
        409,
        "conflict",
    );
    program.drop_header("if-match");
    assert_eq!(names(&program.get(&partners).await.expect(200).value()), [(2, b), (3, c)]);
    let blank = program.json("POST", &partners, &json!({ "fields": {} })).await;
    assert_eq!(codes(&problem(&blank, 422, "invalid")), ["field_blank"]);
    let strange = program.json("POST", &partners, &json!({ "fields": { "colour": "red" } })).await;
    assert_eq!(codes(&problem(&strange, 422, "invalid")), ["field_unknown"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn programs_and_people_are_told_the_same() {
    let app = TestApp::start(NOW).await;
    let (_, mut program, _) = ready(&app).await;
    let begin = format!("/api/v1/calls/{CALL}/applications");
    let path = program.json("POST", &begin, &json!({})).await.expect(201).location().to_owned();
    let mut person = app.client();
    person.post("/login", &[("username", "applicant"), ("password", PASSWORD)]).await.expect(303);
    let page = person.get(&format!("{}/check", path.strip_prefix("/api/v1").unwrap())).await.expect(200);
    let found = program.get(&format!("{path}/findings")).await.expect(200).value();
    let findings = found["findings"].as_array().unwrap();
    assert!(findings.len() > 20 && found["blocked"] == true, "{found}");
    for finding in findings {
        assert!(page.says(finding["message"]["zh"].as_str().unwrap()), "{finding}");
        let clause = finding["clause"].as_str();
        assert!(clause.is_none_or(|clause| page.says(clause)), "{finding}");
    }
    let refused =
        problem(&program.json("POST", &format!("{path}/submissions"), &json!({})).await, 422, "findings");
    assert_eq!(refused["findings"], found["findings"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_secret_is_not_there() {
    let app = TestApp::start(NOW).await;
    let (owner, mut program, path) = ready(&app).await;
    let sample = app.sample(CALL).of_organisation(9);
    ready_draft(&app.service, &sample, "stranger").await;
    let receipt = program.json("POST", &format!("{path}/submissions"), &json!({})).await.expect(201);
    let place = receipt.location().to_owned();
    let mut stranger = app.program("stranger").await;
    let nothing = format!("/api/v1/applications/{}", "0".repeat(26));
    let fields = json!({ "version": 1, "fields": {} });
    for (method, rest, body) in [
        ("GET", "", None),
        ("GET", "/findings", None),
        ("GET", "/partners", None),
        ("GET", "/files", None),
        ("PATCH", "", Some(&fields)),
        ("POST", "/submissions", None),
        ("POST", "/reopen", None),
        ("POST", "/withdraw", None),
        ("DELETE", "/files/x", None),
    ] {
        let mut told = Vec::new();
        for path in [&path, &nothing] {
            let kind = body.map(|_| "application/json".to_owned());
            let sent = body.map(Value::to_string).unwrap_or_default();
            let answer =
                stranger.send(method.parse().unwrap(), &format!("{path}{rest}"), kind, sent.into()).await;
            told.push(problem(&answer, 404, "not-found").to_string());
        }
        assert_eq!(told[0], told[1], "{method} {rest}");
    }
    problem(&stranger.get(&place).await, 404, "not-found");
    problem(&stranger.get(&format!("{place}/content")).await, 404, "not-found");
    problem(&app.client().get(&path).await, 401, "token-missing");
    problem(&app.client().get(&nothing).await, 401, "token-missing");
    let view = app.service.application(Some(&owner.actor), &owner.application).await.unwrap();
    assert_eq!(view.summary.state, "submitted");
}

/// A region with submitted applications, and programs of its departments.
async fn region(app: &TestApp) -> (Vec<String>, Client, Client) {
    let mut ids = Vec::new();
    for nth in 1..=3 {
        let sample: Sample =
            app.sample(LISTED).of_organisation(40 + nth).of_region(REGION, &format!("示例材料{nth}号"));
        let ready = ready_draft(&app.service, &sample, &format!("lead-{nth}")).await;
        let received_at = app.service.clock().now();
        let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
        app.service.submit(&ready.actor, submit).await.unwrap();
        ids.push(ready.application);
    }
    add_user(&app.service, "industry", Role::IndustryAuthority, Some(REGION), None).await;
    add_user(&app.service, "drug", Role::DrugRegulator, Some(REGION), None).await;
    (ids, app.program("industry").await, app.program("drug").await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_assesses_ranks_and_signs() {
    let app = TestApp::start(NOW).await;
    let (ids, mut industry, mut drug) = region(&app).await;
    let desk = format!("/api/v1/desks/{LISTED}/{REGION}");
    let queue = industry.get(&format!("{desk}/applications?limit=2")).await.expect(200).value();
    assert_eq!(queue["applications"].as_array().unwrap().len(), 2);
    let next = queue["next"].as_str().unwrap();
    let rest =
        industry.get(&format!("{desk}/applications?before={next}&show=open")).await.expect(200).value();
    assert_eq!(
        (rest["applications"][0]["application"].as_str(), &rest["next"]),
        (Some(ids[0].as_str()), &Value::Null)
    );
    let call = app.service.call(LISTED).unwrap().call;
    let answers: serde_json::Map<String, Value> =
        questions(&call.call).map(|question| (question.code.clone(), json!("met"))).collect();
    for id in &ids[..2] {
        let one = format!("{desk}/applications/{id}");
        let asked = industry.get(&one).await.expect(200).value();
        assert_eq!(asked["questions"].as_array().unwrap().len(), answers.len());
        let sheet = json!({ "version": 0, "of_version": 1, "answers": answers, "reason": "指标领先" });
        industry.json("PUT", &format!("{one}/sheet"), &sheet).await.expect(200);
        let stale = problem(&drug.json("PUT", &format!("{one}/sheet"), &sheet).await, 409, "conflict");
        assert_eq!(
            (&stale["stored"]["sheet"]["version"], &stale["sent"]["reason"]),
            (&json!(1), &json!("指标领先"))
        );
        for department in [&mut industry, &mut drug] {
            let opinion = json!({ "of_version": 1, "stance": "agrees" });
            department.json("PUT", &format!("{one}/opinion"), &opinion).await.expect(204);
        }
        assert_eq!(drug.get(&one).await.expect(200).value()["opinions"].as_array().unwrap().len(), 2);
    }
    let back = json!({ "note": "缺少检验报告" });
    let returns = format!("{desk}/applications/{}/returns", ids[2]);
    act(&mut drug, &returns, "return", &back).await.expect(201);
    act(&mut drug, &returns, "return", &back).await.expect(201);
    problem(&act(&mut drug, &returns, "again", &back).await, 409, "wrong-state");

    let ranking = json!({ "version": 0, "applications": [ids[1], ids[0]] });
    let ranked = drug.json("PUT", &format!("{desk}/ranking"), &ranking).await.expect(200);
    assert_eq!(
        (ranked.header("etag"), &ranked.value()["ranking"][0]["application"]),
        ("\"1\"", &json!(ids[1]))
    );
    let other = json!({ "version": 0, "applications": [ids[0]] });
    let stale = problem(&industry.json("PUT", &format!("{desk}/ranking"), &other).await, 409, "conflict");
    assert_eq!(
        (&stale["stored"]["applications"], &stale["sent"]["applications"]),
        (&json!([ids[1], ids[0]]), &json!([ids[0]]))
    );
    let many: Vec<String> = (0..10_000).map(|nth| format!("{nth:026}")).collect();
    for (applications, code) in [
        (json!([ids[0], ids[0]]), "ranking_repeats"),
        (json!([ids[0], many[1]]), "application_of_another_desk"),
        (json!(many[..5_000]), "application_of_another_desk"),
        (json!(many), "ranking_unreadable"),
    ] {
        let wrong = json!({ "version": 1, "applications": applications });
        let answer = drug.json("PUT", &format!("{desk}/ranking"), &wrong).await;
        assert_eq!(codes(&problem(&answer, 422, "invalid")), [code]);
    }

    let shown = industry.get(&desk).await.expect(200).value();
    assert_eq!(shown["obstacles"], json!([]), "{shown}");
    let wrong = json!({ "digest": "0".repeat(64) });
    let confirmations = format!("{desk}/confirmations");
    problem(&industry.json("POST", &confirmations, &wrong).await, 409, "conflict");
    let seen = json!({ "digest": shown["digest"] });
    let first = act(&mut industry, &confirmations, "sign", &seen).await.expect(201);
    assert_eq!(first.value(), json!({ "confirmed": false, "version": null }));
    let second = act(&mut drug, &confirmations, "sign", &seen).await.expect(201);
    assert_eq!(second.value(), json!({ "confirmed": true, "version": 1 }));
    for (department, before) in [(&mut industry, first), (&mut drug, second)] {
        let again = act(department, &confirmations, "sign", &seen).await.expect(201);
        assert_eq!(again.body, before.body);
    }
    let list = drug.get(&format!("{desk}/lists/1")).await.expect(200).value();
    assert_eq!(
        (&list["entries"][0]["application"], list["signatures"].as_array().unwrap().len()),
        (&json!(ids[1]), 2)
    );
    act(&mut drug, &format!("{desk}/reopenings"), "open", &json!({ "reason": "更正" })).await.expect(201);
    assert_eq!(
        drug.get(&desk).await.expect(200).value()["state"],
        json!({ "state": "open", "version": null })
    );
    app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_is_no_business_of_another_region() {
    let app = TestApp::start(NOW).await;
    let (ids, mut industry, _) = region(&app).await;
    add_user(&app.service, "elsewhere", Role::IndustryAuthority, Some("440300"), None).await;
    let mut elsewhere = app.program("elsewhere").await;
    let desk = format!("/api/v1/desks/{LISTED}/{REGION}");
    let one = format!("{desk}/applications/{}", ids[0]);
    for path in [desk.clone(), format!("{desk}/applications"), one.clone(), format!("{desk}/lists/1")] {
        problem(&elsewhere.get(&path).await, 404, "not-found");
    }
    for (method, rest, body) in [
        ("PUT", "ranking", json!({ "version": 0, "applications": [ids[0]] })),
        ("POST", "confirmations", json!({ "digest": "0".repeat(64) })),
        ("POST", "reopenings", json!({ "reason": "x" })),
        ("PUT", "overrun", json!({ "version": 0, "reason": "x" })),
    ] {
        problem(&elsewhere.json(method, &format!("{desk}/{rest}"), &body).await, 404, "not-found");
    }
    let sheet = json!({ "version": 0, "of_version": 1 });
    problem(&elsewhere.json("PUT", &format!("{one}/sheet"), &sheet).await, 404, "not-found");
    // Nor does one's own desk lead to what stands at another one.
    let own = format!("/api/v1/desks/{LISTED}/440300/applications/{}", ids[0]);
    problem(&elsewhere.get(&own).await, 404, "not-found");
    problem(&industry.get(&own).await, 404, "not-found");
    problem(
        &industry.get(&format!("/api/v1/desks/{CALL}/{REGION}/applications/{}", ids[0])).await,
        404,
        "not-found",
    );
    problem(&industry.get(&format!("/api/v1/desks/{LISTED}/99")).await, 404, "not-found");
    assert!(app.service.call(LISTED).is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_refused_is_told_as_a_problem_in_the_language_asked_for() {
    let app = TestApp::start(NOW).await;
    let (_, mut program, path) = ready(&app).await;
    problem(&program.get("/api/v1/nowhere").await, 404, "unknown-path");
    problem(&program.get("/api/v1").await, 404, "unknown-path");
    problem(&program.get("/api/v1/calls/").await, 404, "unknown-path");
    problem(&program.get("/api/v1/calls/a%00b").await, 404, "not-found");
    problem(&program.get("/api/v1/calls/%ff").await, 404, "not-found");
    let answer = program.json("DELETE", "/api/v1/calls", &json!({})).await;
    problem(&answer, 405, "unknown-method");
    assert_eq!(answer.header("allow"), "GET,HEAD");
    for query in ["limit=many", "limit=0", "limit=-1", "limit=201", "before=bogus"] {
        problem(&program.get(&format!("/api/v1/applications?{query}")).await, 400, "unreadable");
    }
    let mut sent = async |kind: Option<&str>, body: String| {
        program.send("PATCH".parse().unwrap(), &path, kind.map(str::to_owned), body.into()).await
    };
    problem(&sent(None, "{}".to_owned()).await, 415, "wrong-content-type");
    problem(&sent(Some("text/plain"), "{}".to_owned()).await, 415, "wrong-content-type");
    let json = Some("application/json; charset=utf-8");
    let broken = problem(&sent(json, "{\n \"version\": 1,,}".to_owned()).await, 400, "unreadable");
    assert!(broken["detail"].as_str().unwrap().contains("第 2 行第 15 列"), "{broken}");
    let typed = problem(&sent(json, "{\"version\":\"1\",\"fields\":{}}".to_owned()).await, 422, "unreadable");
    assert_eq!(typed["findings"][0]["field"], "version");
    let deep =
        format!("{{\"version\":1,\"fields\":{{\"a\":{}1{}}}}}", "[".repeat(10_000), "]".repeat(10_000));
    problem(&sent(json, deep).await, 400, "unreadable");
    let large = format!("{{\"version\":1,\"fields\":{{\"a\":\"{}\"}}}}", "x".repeat(2 << 20));
    problem(&sent(json, large).await, 413, "too-large");
    let many: Vec<String> = (0..4_001).map(|nth| format!("\"f{nth}\":1")).collect();
    let many = format!("{{\"version\":1,\"fields\":{{{}}}}}", many.join(","));
    assert_eq!(codes(&problem(&sent(json, many).await, 422, "invalid")), ["form_too_large"]);
    let twice = "{\"version\":1,\"version\":2,\"fields\":{}}".to_owned();
    problem(&sent(json, twice).await, 422, "unreadable");

    let title = |answer: &Answer| answer.value()["title"].as_str().unwrap().to_owned();
    let (zh, en) = ("没有这个对象".to_owned(), "There is no such thing".to_owned());
    let missing = "/api/v1/calls/none";
    assert_eq!(title(&program.get(missing).await), zh);
    assert_eq!(title(&program.get(&format!("{missing}?lang=en")).await), en);
    program.header("accept-language", "en-GB,zh;q=0.5");
    assert_eq!(title(&program.get(missing).await), en);
    assert_eq!(title(&program.get(&format!("{missing}?lang=zh")).await), zh);
    let answer = program.get(missing).await;
    assert_eq!(answer.header("content-language"), "en");
    assert!(answer.cookies.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_cannot_be_taken_are_told() {
    let app = TestApp::start(NOW).await;
    let (_, mut program, path) = ready(&app).await;
    let files = format!("{path}/files");
    let sample = app.sample(CALL);
    let file = sample.files().remove(0);
    let good = [("evidence", file.evidence.as_str())];
    let exe = b"MZ not a document".as_slice();
    let cases = [
        (vec![("evidence", "nope")], file.content.as_slice(), "evidence_unknown"),
        (vec![], &file.content, "part_missing"),
        (vec![good[0], ("colour", "red")], &file.content, "field_unknown"),
        (vec![good[0], ("member", "x")], &file.content, "part_missing"),
        (good.to_vec(), exe, "file_type_refused"),
    ];
    for (pairs, content, code) in cases {
        let answer = upload(&mut program, &files, &pairs, ("a.pdf", content)).await;
        assert_eq!(codes(&problem(&answer, 422, "invalid")), [code]);
    }
    problem(&program.json("POST", &files, &json!({})).await, 415, "wrong-content-type");
    let before = program.get(&files).await.expect(200).value()["files"].as_array().unwrap().len();
    program.header("idempotency-key", "file");
    let first = upload(&mut program, &files, &good, ("a.pdf", &file.content)).await.expect(201);
    let again = upload(&mut program, &files, &good, ("a.pdf", &file.content)).await.expect(201);
    assert_eq!(first.body, again.body);
    problem(&upload(&mut program, &files, &good, ("b.pdf", &file.content)).await, 422, "key-reused");
    program.drop_header("idempotency-key");
    let delete = "DELETE".parse().unwrap();
    program.send(delete, first.location(), None, Vec::new().into()).await.expect(204);
    let after = program.get(&files).await.expect(200).value()["files"].as_array().unwrap().len();
    assert_eq!(before, after);
}
