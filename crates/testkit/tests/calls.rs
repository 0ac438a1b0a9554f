//! Pages of calls over HTTP: the board, a call with all its parts, its files, publication, the reference of rules, a demo's clock.

use std::collections::BTreeSet;

use jiebang_domain::call::{Actor as Clocked, provisions};
use jiebang_service::Role;
use jiebang_testkit::{Answer, Applicant, Client, Setup, TestApp, add_user, call_until_2099, ready_draft};

const NOW: &str = "2025-03-20T09:00:00+08:00";
const AI: &str = "miit-2025-ai-devices";
const MATERIALS: &str = "miit-2025-biomaterials-2";

async fn demo() -> TestApp {
    TestApp::with(Setup { demo: true, ..Setup::default() }).await
}

fn hrefs(page: &Answer) -> Vec<String> {
    page.links().into_iter().map(|link| link.href).collect()
}

/// A page without two elements of one id, without words that are missing, and with a target for each link into itself.
fn assert_sound(page: &Answer) {
    let ids = page.ids();
    let known: BTreeSet<&String> = ids.iter().collect();
    let twice: Vec<&String> =
        ids.iter().filter(|id| ids.iter().filter(|other| other == id).count() > 1).collect();
    assert!(twice.is_empty(), "{}: {twice:?} stand twice", page.path);
    let own = page.path.split(['?', '#']).next().unwrap_or("").to_owned() + "#";
    for href in hrefs(page) {
        let inside = href.strip_prefix('#').or_else(|| href.strip_prefix(own.as_str()));
        if let Some(target) = inside {
            assert!(known.contains(&target.to_owned()), "{}: nothing at #{target}", page.path);
        }
    }
    assert!(!page.body.contains("Unknown localization"), "{}", page.path);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_shows_open_calls_with_their_clock_and_the_others_below() {
    let app = TestApp::start(NOW).await;
    let page = app.client().get("/").await.expect(200);
    assert_sound(&page);
    for words in
        ["2项正在申报", "2025年3月28日", "9个揭榜方向", "39个攻关材料", "31个省级地区", "申报和推荐均已截止"]
    {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    let english = app.client().get("/?lang=en").await.expect(200);
    for words in ["2 calls are open", "28 March 2025", "9 directions", "Applications close"] {
        assert!(english.says(words), "{words}: {}", english.words());
    }
    app.jump("2025-03-29T00:00:00+08:00");
    let page = app.client().get("/").await.expect(200);
    assert!(page.says("当前没有正在申报的榜单") && page.says("推荐单位确认推荐名单"), "{}", page.words());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_finds_calls_by_title_number_issuer_task_and_alias() {
    let app = TestApp::start(NOW).await;
    let found = async |query: &str| {
        let page = app.client().get(&format!("/?q={}", jiebang_testkit::encode(query))).await.expect(200);
        assert_sound(&page);
        [AI, MATERIALS].map(|id| hrefs(&page).contains(&format!("/calls/{id}")))
    };
    assert_eq!(found("脑机").await, [true, false]);
    assert_eq!(found("brain–COMPUTER").await, [true, false]);
    assert_eq!(found("〔2025〕41号").await, [false, true]);
    assert_eq!(found("PEKK").await, [false, true], "an alias");
    assert_eq!(found("人工关节").await, [false, true], "a device of a list");
    assert_eq!(found("工业和信息化部").await, [true, true]);
    assert_eq!(found("2025 脑机").await, [true, false], "all words, wherever they stand");
    assert_eq!(found("月球").await, [false, false]);
    assert_eq!(found("<script>alert(1)</script>").await, [false, false]);
    assert_eq!(found("   ").await, [true, true]);
    let odd = app.client().get(&format!("/?q={}", "长".repeat(5_000))).await;
    assert!(odd.status.as_u16() == 200 || odd.status.as_u16() == 414, "{}", odd.status);
    let bad = app.client().get("/?q=%FF%FE").await.expect(200);
    assert!(hrefs(&bad).contains(&format!("/calls/{AI}")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_clause_of_a_call_is_an_anchor_and_every_rule_is_on_the_page() {
    let app = TestApp::start(NOW).await;
    for card in app.service.board() {
        let call = &card.call.call;
        for tag in ["zh", "en"] {
            let page = app.client().get(&format!("/calls/{}?lang={tag}", call.id)).await.expect(200);
            assert_sound(&page);
            let ids = page.ids();
            for clause in &call.clauses {
                assert!(ids.contains(&clause.id.anchor()), "{} {}", call.id, clause.id);
            }
            for node in &call.nodes {
                assert!(ids.contains(&format!("task-{}", node.id)), "{} {}", call.id, node.id);
            }
        }
        let page = app.client().get(&format!("/calls/{}", call.id)).await.expect(200);
        let indicator = |code: &str| code == "promise_below_threshold";
        for provision in provisions(call).iter().filter(|provision| !indicator(&provision.code)) {
            assert!(page.says(&provision.text.zh), "{}: {}", call.id, provision.text.zh);
        }
        for item in call.items() {
            assert!(page.says(&item.name.zh), "{}: {}", call.id, item.name.zh);
        }
        for choice in &call.choices {
            assert!(page.says(&choice.chosen.zh), "{}: {}", call.id, choice.chosen.zh);
        }
        for (_, field) in call.fields() {
            assert!(page.says(&field.label.zh), "{}: {}", call.id, field.label.zh);
        }
        for evidence in &call.evidence {
            assert!(page.says(&evidence.name.zh), "{}: {}", call.id, evidence.name.zh);
        }
        assert!(page.says(&card.call.version));
    }
}

/// The steps of the calendar on the page of a call: whether each is the one that is waited for, and its HTML.
fn steps(page: &Answer) -> Vec<(bool, &str)> {
    let calendar = page.body.split_once("id=\"calendar\"").expect("a calendar").1;
    let calendar = calendar.split_once("</section>").expect("its end").0;
    let steps = calendar.split("<li class=\"step").skip(1);
    steps.map(|step| (step.starts_with(" step--now"), step)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_calendar_tells_what_is_waited_for() {
    let app = TestApp::start(NOW).await;
    for (now, waited_for, left) in [
        (None, Some("申报单位：申报截止"), "还有 8 天 15 小时"),
        (Some("2025-03-29T00:00:00+08:00"), Some("推荐单位：确认推荐名单"), "还有 21 天"),
        (Some("2025-04-19T00:00:00+08:00"), None, "已截止"),
    ] {
        if let Some(now) = now {
            app.jump(now);
        }
        let page = app.client().get(&format!("/calls/{AI}")).await.expect(200);
        let steps = steps(&page);
        let waiting: Vec<&str> = steps.iter().filter(|(now, _)| *now).map(|(_, step)| *step).collect();
        assert_eq!(waiting.len(), usize::from(waited_for.is_some()), "{now:?}");
        assert!(waiting.iter().all(|step| step.contains(waited_for.unwrap_or_default())), "{waiting:?}");
        assert!(page.says(left), "{left}: {}", page.words());
        // Published, the two clocks, the selection, the work, the evaluation: the work stands between the decisions.
        let order = ["榜单在本系统发布", "申报截止", "确认推荐名单", "遴选", "攻关期", "测评"];
        assert_eq!(steps.len(), order.len(), "{steps:?}");
        for ((_, step), words) in steps.iter().zip(order) {
            assert!(step.contains(words), "{words}: {step}");
        }
        let instants = ["2025-03-29T00:00:00+08:00", "2025-04-19T00:00:00+08:00"];
        for ((_, step), instant) in steps.iter().skip(1).zip(instants) {
            assert!(step.contains(&format!("datetime=\"{instant}\"")), "{step}");
            assert!(step.contains("原文写作") && step.contains("没有钟点"), "{step}");
        }
        assert!(steps.iter().skip(5).all(|(_, step)| step.contains("日期未定")), "{steps:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_files_of_a_call_are_the_ones_it_was_read_from() {
    let app = TestApp::start(NOW).await;
    let card = app.service.call(AI).expect("published");
    let page = app.client().get(&format!("/calls/{AI}")).await.expect(200);
    for (name, text) in &card.call.sources {
        let path = match name.strip_prefix("shared/") {
            Some(shared) => format!("/calls/{AI}/shared/{shared}.toml"),
            None => format!("/calls/{AI}/call.toml"),
        };
        assert!(hrefs(&page).contains(&path), "{path}");
        let mut client = app.client();
        let file = client.get(&path).await.expect(200);
        assert_eq!((&file.body, file.header("content-type")), (text, "text/plain; charset=utf-8"));
        client.header("if-none-match", file.header("etag"));
        client.get(&path).await.expect(304);
    }
    for nothing in [
        "/calls/ndrc-2018-high-end-devices",
        "/calls/ndrc-2018-high-end-devices/call.toml",
        "/calls/none",
        "/calls/%FF",
        &format!("/calls/{AI}/shared/none.toml"),
        &format!("/calls/{AI}/shared/..%2Fcall"),
        &format!("/calls/{AI}/other"),
    ] {
        let answer = app.client().get(nothing).await.expect(404);
        assert!(answer.says("没有这个页面"), "{nothing}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_page_is_never_anybodys_own_page_nor_an_old_one() {
    let app = TestApp::start_empty(NOW).await;
    let mut client = app.client();
    let empty = client.get("/").await.expect(200);
    app.service.publish_for_demo(AI, app.service.clock().now()).await.expect("publishes");
    let page = client.get("/").await.expect(200);
    assert!(
        !hrefs(&empty).contains(&format!("/calls/{AI}")) && hrefs(&page).contains(&format!("/calls/{AI}"))
    );
    let path = format!("/calls/{AI}");
    let page = client.get(&path).await.expect(200);
    client.header("if-none-match", page.header("etag"));
    let again = client.get(&path).await;
    assert!(again.status == 304 || again.header("etag") != page.header("etag"), "{}", again.status);
    app.jump("2025-03-20T10:00:00+08:00");
    let later = client.get(&path).await.expect(200);
    assert!(later.says("10:00") && !page.says("10:00"));
    assert!(
        later.header("cache-control").contains("must-revalidate") && later.header("vary").contains("cookie")
    );
    client.drop_header("if-none-match");
    let english = client.get(&format!("{path}?lang=en")).await.expect(200);
    assert!(english.says("Applications close") && later.says("申报截止"));

    let mut applicant = Applicant::register(app.client(), app.sample(AI), "applicant").await;
    let own = applicant.client.get(&path).await.expect(200);
    assert_eq!((own.header("cache-control"), own.header("etag")), ("no-store", ""));
    assert!(own.forms().iter().any(|form| form.action == format!("{path}/applications")));
    let public = app.client().get(&path).await.expect(200);
    assert!(public.forms().iter().all(|form| !form.posts), "an anonymous page acts");
    assert!(hrefs(&public).contains(&format!("/login?to={path}")));
    app.jump("2025-03-28T23:59:59+08:00");
    assert!(!app.client().get(&path).await.says("申报已截止"));
    app.jump("2025-03-29T00:00:00+08:00");
    let closed = applicant.client.get(&path).await.expect(200);
    assert!(
        closed.says("申报已截止")
            && closed.forms().iter().all(|form| !form.action.ends_with("/applications"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_programme_office_publishes_and_nobody_else() {
    let app = TestApp::start_empty(NOW).await;
    let path = format!("/office/calls/{AI}/publish");
    app.client().get("/office/calls").await.expect(303);
    app.client().post(&path, &[]).await.expect(303);
    for (username, role) in
        [("auditor", Role::Auditor), ("secretariat", Role::Secretariat), ("operator", Role::Operator)]
    {
        add_user(&app.service, username, role, None, None).await;
        let mut client = app.client();
        Applicant::login(&mut client, username).await.expect(303);
        for answer in [client.get("/office/calls").await, client.post(&path, &[]).await] {
            assert!([403, 404].contains(&answer.status.as_u16()), "{username}: {}", answer.status);
        }
    }
    app.client().get(&format!("/calls/{AI}")).await.expect(404);

    add_user(&app.service, "office", Role::ProgrammeOffice, None, None).await;
    let mut office = app.client();
    Applicant::login(&mut office, "office").await.expect(303);
    let page = office.get("/office/calls").await.expect(200);
    assert_sound(&page);
    let form = page.form(&path);
    let answer = office.submit(&form, ("", ""), &[]).await.expect(303);
    let page = office.follow(answer).await.expect(200);
    assert!(page.forms().iter().all(|form| form.action != path), "it can be published twice");
    app.client().get(&format!("/calls/{AI}")).await.expect(200);
    office.post(&path, &[]).await.expect(303);
    assert_eq!(app.service.call_versions(AI).len(), 1, "published twice");

    let blank = "ndrc-2018-high-end-devices";
    let refused = office.post(&format!("/office/calls/{blank}/publish"), &[]).await.expect(422);
    assert!(refused.says("issuers") && hrefs(&refused).contains(&format!("#{blank}")), "{}", refused.words());
    assert_sound(&refused);
    office.post("/office/calls/none/publish", &[]).await.expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_code_of_every_call_is_in_the_reference() {
    let app = TestApp::start(NOW).await;
    let page = app.client().get("/rules").await.expect(200);
    assert_sound(&page);
    let links = hrefs(&page);
    for card in app.service.board() {
        let call = &card.call.call;
        for provision in provisions(call) {
            if call.statements.iter().any(|statement| statement.id == provision.code) {
                continue;
            }
            assert!(links.contains(&format!("/rules/{}", provision.code)), "{} {}", call.id, provision.code);
        }
    }
    let rules: BTreeSet<&String> = links.iter().filter(|link| link.starts_with("/rules/")).collect();
    for link in rules {
        for tag in ["zh", "en"] {
            let page = app.client().get(&format!("{link}?lang={tag}")).await.expect(200);
            assert_sound(&page);
        }
    }
    let cap = app.client().get("/rules/partner_cap_exceeded").await.expect(200);
    assert!(cap.says("每项申报联合单位不超过4家") && hrefs(&cap).contains(&format!("/calls/{AI}#2-2")));
    for nothing in ["/rules/none", "/rules/..%2F", "/rules/%FF"] {
        let answer = app.client().get(nothing).await.expect(404);
        assert!(answer.says("没有这个页面"), "{nothing}");
    }
    for tag in ["zh", "en"] {
        assert_sound(&app.client().get(&format!("/help?lang={tag}")).await.expect(200));
    }
}

async fn jump(client: &mut Client, to: &str) -> Answer {
    client.post("/demo/clock", &[("to", to)]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demos_clock_moves_forward_only() {
    let app = demo().await;
    let mut client = app.client();
    let page = client.get("/demo/clock").await.expect(200);
    assert_sound(&page);
    assert!(page.forms().iter().any(|form| form.offers("to")), "{}", page.words());
    let answer = jump(&mut client, "2025-03-21T09:00:00+08:00").await.expect(303);
    assert!(client.follow(answer).await.expect(200).says("2025年3月21日 09:00"));
    for back in
        ["2025-03-20T09:00:00+08:00", "2025-03-21T09:00:00+08:00", "miit-2021-ai-devices applicant close"]
    {
        let refused = jump(&mut client, back).await.expect(409);
        assert!(
            refused.says("时钟只能向前") && hrefs(&refused).contains(&"#to".to_owned()),
            "{}",
            refused.words()
        );
    }
    for odd in [
        "",
        "tomorrow",
        "2025-03-28",
        "none applicant close",
        &format!("{AI} nobody close"),
        "9".repeat(9_999).as_str(),
    ] {
        let refused = jump(&mut client, odd).await.expect(422);
        assert_sound(&refused);
    }
    jump(&mut client, &format!("{MATERIALS} recommender close")).await.expect(303);
    let closed = app
        .service
        .call(MATERIALS)
        .expect("published")
        .call
        .call
        .deadline(Clocked::Recommender)
        .expect("one")
        .at;
    assert!(app.service.clock().now() >= closed);

    client.header("accept", "application/json");
    let answer = jump(&mut client, "2025-05-01T00:00:00+08:00").await.expect(200);
    let now: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
    assert!(now["now"].as_str().is_some_and(|now| now.starts_with("2025-05-01T00:00:0")), "{now}");
    let refused = jump(&mut client, "2025-04-01T00:00:00+08:00").await.expect(409);
    let problem: serde_json::Value = serde_json::from_str(&refused.body).expect("JSON");
    assert_eq!(problem["findings"][0]["code"], "clock_moves_forward_only");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outside_a_demo_there_is_no_clock_to_move() {
    let app = TestApp::start(NOW).await;
    let mut client = app.client();
    client.get("/demo/clock").await.expect(404);
    let before = app.service.clock().now();
    jump(&mut client, "2025-05-01T00:00:00+08:00").await.expect(404);
    assert!(app.service.clock().now().as_second() - before.as_second() < 60);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_is_read_under_its_own_version_after_an_amendment_and_a_new_start() {
    let app = TestApp::start(NOW).await;
    let ready = ready_draft(&app.service, &app.sample(AI), "applicant").await;
    let amended = call_until_2099(AI);
    let publisher = app.beside(Some(amended.path().to_owned())).await;
    publisher.publish_for_demo(AI, publisher.clock().now()).await.expect("publishes");
    let restarted = app.beside(None).await;
    let versions = restarted.call_versions(AI);
    assert_eq!(versions.len(), 2);
    assert_eq!(restarted.call(AI).expect("published").call.version, versions[1].call.version);
    assert_ne!(versions[0].call.version, versions[1].call.version);
    let view = restarted.application(Some(&ready.actor), &ready.application).await.expect("an application");
    assert_eq!(view.summary.call.version, versions[0].call.version);
}
