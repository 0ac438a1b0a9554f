//! The evaluation over HTTP: nothing is measured before the plan is locked, nothing measured is overwritten, and a ruling stands
//! beside what is computed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiebang_service::{Role, ServiceError, Submit};
use jiebang_store::{BaselineRow, TeamRow};
use jiebang_testkit::{Answer, Applicant, Client, Form, TestApp, add_user, ready_draft};

const CALL: &str = "miit-2025-ai-devices";
const NOW: &str = "2025-03-20T09:00:00+08:00";
const LABORATORY: &str = "甲检测中心";
/// Items of the task, the first of them a count, the others yes or no.
const ITEMS: [&str; 4] = ["database.products", "database.reports", "database.quality", "database.norms"];

struct Room {
    app: TestApp,
    team: Client,
    evaluator: Client,
    office: Client,
    path: String,
}

async fn login(app: &TestApp, name: &str, role: Option<Role>) -> Client {
    if let Some(role) = role {
        add_user(&app.service, name, role, None, None).await;
    }
    let mut client = app.client();
    Applicant::login(&mut client, name).await.expect(303);
    client
}

/// A team that promised four products where the call asks for three.
async fn enter_the_race(app: &TestApp, id: &str, by: &str) {
    let promise = r#"{"indicators":[{"item":"database.products","name":{"zh":"产品","en":"products"},"promised":{"zh":"4 款","en":"4"},"value":{"value":{"number":"4"},"unit":"{款}"}}],"milestones":[]}"#;
    let team = TeamRow {
        application_id: id.to_owned(),
        call_id: CALL.to_owned(),
        task: "database".to_owned(),
        class: "shortlisted".to_owned(),
        list_version: 1,
        starts_at: app.service.clock().now().as_microsecond(),
        ends_at: None,
        baseline_version: 1,
        revision: 1,
    };
    let baseline = BaselineRow {
        application_id: id.to_owned(),
        version: 1,
        content: promise.to_owned(),
        content_sha256: "0".repeat(64),
        request_id: None,
        frozen_at: team.starts_at,
        frozen_by: by.to_owned(),
        position: 1,
    };
    app.service
        .store()
        .act::<(), ServiceError>(Box::new(move |rows| {
            Box::pin(async move {
                rows.add_team(&team).await?;
                Ok(rows.add_baseline(&baseline).await?)
            })
        }))
        .await
        .unwrap();
}

impl Room {
    async fn build() -> Self {
        let app = TestApp::start(NOW).await;
        let ready = ready_draft(&app.service, &app.sample(CALL), "team").await;
        let received_at = app.service.clock().now();
        let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
        app.service.submit(&ready.actor, submit).await.unwrap();
        let path = format!("/teams/{}/evaluation", ready.application);
        let mut evaluator = login(&app, "evaluator", Some(Role::EvaluationBody)).await;
        evaluator.get(&path).await.expect(404);
        enter_the_race(&app, &ready.application, &ready.actor.account_id).await;
        let team = login(&app, "team", None).await;
        let office = login(&app, "office", Some(Role::ProgrammeOffice)).await;
        Self { app, team, evaluator, office, path }
    }

    /// The plan with every indicator, saved and locked.
    async fn lock(&mut self) {
        let mut form = act(&self.evaluator.get(&self.path).await.expect(200), "plan");
        for item in ITEMS {
            form.set(&format!("method.{item}"), "查验注册证").set(&format!("laboratory.{item}"), LABORATORY);
        }
        self.evaluator.submit(&form, ("", ""), &[]).await.expect(303);
        let lock = act(&self.evaluator.get(&self.path).await.expect(200), "lock");
        self.evaluator.submit(&lock, ("", ""), &[]).await.expect(303);
    }

    /// The form of a measurement, filled in.
    async fn measurement(&mut self, item: &str, value: &str) -> Form {
        let mut form = act(&self.evaluator.get(&self.path).await.expect(200), "measure");
        form.set("item", item).set("value", value).set("samples", "1").set("measured_on", "2025-03-20");
        form.set("laboratory", LABORATORY).set("evidence_name", "报告.pdf");
        form.set("evidence_sha256", &"ab".repeat(32));
        form
    }

    async fn send(&mut self, form: &Form) -> Answer {
        self.evaluator.submit(form, ("", ""), &[]).await
    }
}

/// The form of the page that asks for an act.
fn act(page: &Answer, act: &str) -> Form {
    let mut all = page.forms().into_iter().filter(|form| form.value("act") == Some(act));
    all.next().unwrap_or_else(|| panic!("no form {act}: {}", page.words()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_locked_before_anything_is_measured() {
    let mut room = Room::build().await;
    let path = room.path.clone();
    let page = room.evaluator.get(&path).await.expect(200);
    assert!(page.says("还没有测评方案") && page.says("4 项：未测 4 项"), "{}", page.words());
    assert!(page.forms().iter().all(|form| form.value("act") != Some("measure")));
    // Not by the team, which reads; and not before the lock.
    assert!(room.team.get(&path).await.expect(200).forms().iter().all(|form| form.value("act").is_none()));
    room.team.post(&path, &[("act", "plan"), ("revision", "0")]).await.expect(403);
    let early = [("act", "measure"), ("seen", "0"), ("item", ITEMS[0]), ("value", "5"), ("samples", "1")];
    let rest =
        [("measured_on", "2025-03-20"), ("laboratory", LABORATORY), ("evidence_sha256", &*"ab".repeat(32))];
    let all: Vec<_> = early.into_iter().chain(rest).collect();
    let refused = room.evaluator.post(&path, &all).await.expect(422);
    assert!(refused.says("测评方案还没有锁定"), "{}", refused.words());

    // A plan that lacks something is saved and not locked; what was typed stays.
    let mut form = act(&room.evaluator.get(&path).await, "plan");
    form.set("method.database.products", "查验注册证");
    let stale = form.clone();
    room.send(&form).await.expect(303);
    let lock = act(&room.evaluator.get(&path).await.expect(200), "lock");
    let refused = room.send(&lock).await.expect(422);
    assert!(refused.says("没有写明方法和检测机构") && refused.body.contains("查验注册证"));
    let mut other = stale;
    other.set("key", "another").set("method.database.products", "抽样");
    assert!(room.send(&other).await.expect(409).body.contains("抽样"));

    room.lock().await;
    let page = room.evaluator.get(&path).await.expect(200);
    assert!(page.says("锁定") && page.forms().iter().all(|form| form.value("act") != Some("plan")));
    let late = [("act", "plan"), ("revision", "3"), ("method.database.products", "换一种")];
    assert!(room.evaluator.post(&path, &late).await.expect(422).says("测评方案已锁定"));
    room.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn measurements_stand_beside_each_other_and_a_ruling_beside_the_verdict() {
    let mut room = Room::build().await;
    room.lock().await;
    let path = room.path.clone();
    for (field, value, words) in [
        ("measured_on", "2025-03-19", "早于方案锁定日"),
        ("laboratory", "乙检测中心", "方案定的是“甲检测中心”"),
        ("value", "三款", "不是"),
        ("evidence_sha256", "x", "不是 SHA-256 摘要"),
    ] {
        let mut form = room.measurement(ITEMS[0], "3").await;
        form.set(field, value);
        let refused = room.send(&form).await.expect(422);
        assert!(refused.says(words) && refused.body.contains(value), "{words}: {}", refused.words());
    }
    // Three reach the call and not the own promise of four; the second one does not take the place of the first.
    let first = room.measurement(ITEMS[0], "3").await;
    room.send(&first).await.expect(303);
    room.send(&first).await.expect(303);
    let page = room.team.get(&path).await.expect(200);
    assert!(page.says("未达到 1 项，未测 3 项"), "{}", page.words());
    assert!(page.says("通知指标：测得 3 款，要求 ≥ 3 款：达到，本队承诺：测得 3 款，要求 ≥ 4 款：未达到"));
    let second = room.measurement(ITEMS[0], "4").await;
    room.send(&second).await.expect(303);
    let page = room.team.get(&path).await.expect(200);
    assert!(page.says("第1次") && page.says("第2次") && page.says("未达到 1 项"), "{}", page.words());

    // One is voided with a reason and stays on the page.
    let mut void = act(&room.evaluator.get(&path).await, "void");
    void.set("void", "database.products#1");
    assert!(room.send(&void).await.expect(422).says("没有写明理由"));
    void.set("void_reason", "少算一款");
    room.send(&void).await.expect(303);
    let page = room.team.get(&path).await.expect(200);
    assert!(page.says("作废：少算一款") && page.says("达到 1 项，未测 3 项"), "{}", page.words());

    // A ruling differs, gives its reason, and hides nothing.
    let mut rule = act(&room.office.get(&path).await.expect(200), "rule");
    rule.set("ruled", ITEMS[0]).set("verdict", "met").set("reason", "复核");
    assert!(room.office.submit(&rule, ("", ""), &[]).await.expect(422).says("无需裁定"));
    rule.set("verdict", "not_met").set("reason", "第二款未注册");
    room.office.submit(&rule, ("", ""), &[]).await.expect(303);
    let page = room.team.get(&path).await.expect(200);
    assert!(page.says("裁定为“未达到”（计算结论“达到”）：第二款未注册"), "{}", page.words());
    assert!(page.says("未达到 1 项，未测 3 项"));
    room.evaluator.post(&path, &[("act", "rule"), ("seen", "4")]).await.expect(403);
    room.team.set_cookie("lang", "en");
    assert!(room.team.get(&path).await.expect(200).says("1 not met, 3 not tested"));
    room.app.assert_whole().await;
}
