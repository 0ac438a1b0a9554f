//! The race: a list opens it, teams report and ask for changes, the office decides, the board sets them side by side.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use jiebang_callfile::Library;
use jiebang_service::{Actor, Opened, Role, Submit};
use jiebang_testkit::{
    Answer, Applicant, Client, PASSWORD, Ready, Sample, Setup, TestApp, add_user, ready_draft,
};

const CALL: &str = "miit-2025-biomaterials-2";
const NOW: &str = "2025-03-20T09:00:00+08:00";
/// The shortlist is published on this day; the work lasts three years from it.
const PUBLISHED: &str = "2025-11-04T15:00:00+08:00";

/// A race of some teams on one task.
struct Track {
    app: TestApp,
    office: Client,
    officer: Actor,
    teams: Vec<Ready>,
}

async fn login(app: &TestApp, name: &str) -> Client {
    let mut client = app.client();
    Applicant::login(&mut client, name).await.expect(303);
    client
}

impl Track {
    async fn build(count: u32) -> Self {
        let app = TestApp::start(NOW).await;
        add_user(&app.service, "office", Role::ProgrammeOffice, None, None).await;
        let mut office = login(&app, "office").await;
        let officer = app.service.actor_for_demo("office").await.unwrap();
        let plan = Library::default().plan(CALL).unwrap().0;
        let sent = [("seen", "0"), ("plan", plan.as_str())];
        office.post(&format!("/calls/{CALL}/plan"), &sent).await.expect(303);
        let mut teams = Vec::new();
        for nth in 1..=count {
            let sample = app.sample(CALL).of_organisation(nth).of_region("44", &format!("示例材料{nth}号"));
            let ready = ready_draft(&app.service, &sample, &format!("team-{nth}")).await;
            let received_at = app.service.clock().now();
            let submit =
                Submit { application: ready.application.clone(), seen: None, key: None, received_at };
            app.service.submit(&ready.actor, submit).await.unwrap();
            teams.push(ready);
        }
        app.jump(PUBLISHED);
        Self { app, office, officer, teams }
    }

    async fn open(&self, version: i64, places: &[usize], class: &str) -> usize {
        let entry = |nth: &usize| (self.teams[*nth].application.clone(), class.to_owned());
        let opened = Opened {
            version,
            entries: places.iter().map(entry).collect(),
            at: self.app.service.clock().now(),
            by: self.officer.account_id.clone(),
        };
        self.app.service.open_race_for_demo(CALL, opened).await.unwrap()
    }

    /// The page of a team, and who leads it.
    async fn team(&self, nth: usize) -> (Client, String) {
        let client = login(&self.app, &format!("team-{}", nth + 1)).await;
        (client, format!("/teams/{}", self.teams[nth].application))
    }

    /// What waits in the outbox about an event.
    async fn notices(&self, event: &str) -> Vec<serde_json::Value> {
        let all = self
            .app
            .service
            .store()
            .read::<_, jiebang_service::ServiceError>(Box::new(|rows| {
                Box::pin(async move { Ok(rows.outbox(1_000).await?) })
            }))
            .await
            .unwrap();
        let all = all.into_iter().map(|row| serde_json::from_str::<serde_json::Value>(&row.payload).unwrap());
        all.filter(|notice| notice["event"] == event).collect()
    }
}

/// The form of a page that has this act.
fn form_of(answer: &Answer, path: &str, field: &str) -> jiebang_testkit::Form {
    let mut all = answer.forms().into_iter().filter(|form| form.action == path && form.offers(field));
    all.next().unwrap_or_else(|| panic!("no form with {field} on {path}: {}", answer.words()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_opens_the_race_once_and_a_later_one_adds_who_joined() {
    let mut race = Track::build(3).await;
    let board = format!("/calls/{CALL}/race");
    assert!(race.office.get(&board).await.expect(200).says("还没有团队进入攻关"));
    let (mut first, path) = race.team(0).await;
    first.get(&path).await.expect(404);
    assert_eq!(race.open(1, &[0, 1], "shortlisted").await, 2);
    assert_eq!(race.open(1, &[0, 1], "shortlisted").await, 0);
    let page = first.get(&path).await.expect(200);
    // From the day after the publication, three years; plan in lanes; promises as they were submitted.
    for words in [
        "2025-11-04至2028-11-04",
        "上游材料",
        "树脂定型和中试",
        "锑残留量",
        "不高于5 mg/kg",
        "第1版，申报时提交的任务书",
    ] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    assert!(page.body.contains("<svg") && page.says("2025-11-04 至 2028-11-04，共 3 个节点"));
    assert!(page.says("2026-05-19"), "the first report is due 15 days after half a year: {}", page.words());

    // A corrected list: one joins, one is left out and keeps its track, one changes its class.
    race.app.jump("2025-11-10T09:00:00+08:00");
    assert_eq!(race.open(2, &[0, 2], "potential").await, 1);
    assert!(first.get(&path).await.expect(200).says("2025-11-04至2028-11-04"));
    let (mut second, left) = race.team(1).await;
    second.get(&left).await.expect(200);
    let (mut third, joined) = race.team(2).await;
    assert!(third.get(&joined).await.expect(200).says("2025-11-10至2028-11-10"));
    let csv = race.office.get(&format!("{board}.csv")).await.expect(200).body;
    let classes: Vec<bool> = ["\"potential\"", "\"shortlisted\""].map(|class| csv.contains(class)).to_vec();
    assert_eq!(classes, [true, true], "{csv}");
    // Two own indicators of three teams, under the head.
    assert_eq!(csv.trim_end().lines().count(), 1 + 3 * 2, "{csv}");

    let page = race.office.get(&board).await.expect(200);
    for words in ["1 项任务，3 个团队", "示例材料1号", "示例材料3号", "锑残留量", "还没有报告"]
    {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    first.get(&board).await.expect(403);
    // Both pages are found: the team from its application, the board from the call.
    let leads = |page: &Answer, to: &str| page.links().iter().any(|link| link.href == to);
    let application = format!("/applications/{}", race.teams[0].application);
    assert!(leads(&first.get(&application).await.expect(200), &path));
    let call = format!("/calls/{CALL}");
    assert!(leads(&race.office.get(&call).await.expect(200), &board));
    assert!(!leads(&first.get(&call).await.expect(200), &board));
    assert_eq!(race.notices("race_opened").await.len(), 3);
    race.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_team_drafts_and_hands_in_its_reports() {
    let mut race = Track::build(1).await;
    race.open(1, &[0], "shortlisted").await;
    let (mut team, path) = race.team(0).await;
    let mut form = form_of(&team.get(&path).await.expect(200), &path, "summary");
    form.set("summary", "聚合批间差仍偏大")
        .set("progress.m1.percent", "30")
        .set("progress.m1.note", "已完成三批");
    let mut stale = form.clone();
    stale.set("key", &"k".repeat(32));
    team.submit(&form, ("act", "save"), &[]).await.expect(303);
    // Nobody else reads a draft, and a draft is no report.
    let seen = race.office.get(&path).await.expect(200);
    assert!(!seen.says("聚合批间差仍偏大") && seen.says("未到期"), "{}", seen.words());
    let refused = team.submit(stale.set("summary", "另一份"), ("act", "save"), &[]).await.expect(409);
    assert_eq!(form_of(&refused, &path, "summary").value("summary").unwrap().trim(), "另一份");
    // Both are shown, and nothing was overwritten.
    assert!(refused.says("聚合批间差仍偏大"), "{}", refused.words());

    // What it covers has not passed; what is wrong is told at its milestone, and what was typed stays.
    let page = team.get(&path).await.expect(200);
    let mut form = form_of(&page, &path, "summary");
    assert_eq!(form.value("summary").unwrap().trim(), "聚合批间差仍偏大");
    assert!(team.submit(&form, ("act", "submit"), &[]).await.expect(422).says("到2026-05-04才结束"));
    race.app.jump("2026-05-10T09:00:00+08:00");
    form.set("progress.m2.percent", "100").set("progress.m3.risk", "high").set("progress.m1.percent", "x");
    let refused = team.submit(&form, ("act", "submit"), &[]).await.expect(422);
    assert!(refused.says("不是0至100的整数"), "{}", refused.words());
    form.set("progress.m1.percent", "40");
    let refused = team.submit(&form, ("act", "submit"), &[]).await.expect(422);
    for words in ["节点m2的进度100%与完成日期不一致", "节点m3有风险，没有说明"] {
        assert!(refused.says(words), "{words}: {}", refused.words());
    }
    form.set("progress.m2.percent", "0").set("progress.m3.note", "动物实验资源未锁定");
    team.submit(&form, ("act", "submit"), &[]).await.expect(303);
    // The same request again is the same report, another one with its key is none.
    team.submit(&form, ("act", "submit"), &[]).await.expect(303);
    team.submit(form.set("summary", "其他"), ("act", "submit"), &[]).await.expect(422);
    let seen = race.office.get(&path).await.expect(200);
    for words in
        ["按期提交", "聚合批间差仍偏大", "树脂定型和中试 40 %：已完成三批", "高风险", "动物实验资源未锁定"]
    {
        assert!(seen.says(words), "{words}: {}", seen.words());
    }
    assert!(seen.says("40 %"), "the plan shows the progress: {}", seen.words());
    let board = race.office.get(&format!("/calls/{CALL}/race")).await.expect(200);
    assert!(board.says("进度 13 %") && board.says("1 个节点有风险"), "{}", board.words());

    // The second report comes too late, and less than before needs a word.
    race.app.jump("2026-12-01T09:00:00+08:00");
    let page = team.get(&path).await.expect(200);
    assert!(page.says("已经逾期"), "{}", page.words());
    let mut form = form_of(&page, &path, "summary");
    form.set("summary", "第二期").set("progress.m1.percent", "20").set("progress.m1.note", "");
    form.set("progress.m3.risk", "none");
    assert!(team.submit(&form, ("act", "submit"), &[]).await.expect(422).says("从40%退到20%"));
    form.set("progress.m1.note", "返工");
    team.submit(&form, ("act", "submit"), &[]).await.expect(303);
    assert!(team.get(&path).await.expect(200).says("逾期提交"));
    assert_eq!(race.notices("report_submitted").await.len(), 2);
    race.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_asked_for_and_decided_and_makes_a_version() {
    let mut race = Track::build(1).await;
    race.open(1, &[0], "shortlisted").await;
    let (mut team, path) = race.team(0).await;
    let page = team.get(&path).await.expect(200);
    let link = page.links().into_iter().find(|link| link.words.contains("申请变更锑残留量"));
    let link = link.unwrap_or_else(|| panic!("{:?}", page.links())).href;
    let page = team.get(link.split('#').next().unwrap()).await.expect(200);
    let mut form = form_of(&page, &path, "reason");
    assert_eq!(form.value("promise.value"), Some("不高于5 mg/kg"));
    // Neither nothing new nor nothing said.
    form.set("reason", "检测方法改进");
    assert!(team.submit(&form, ("", ""), &[]).await.expect(422).says("与现行版本相同"));
    form.set("promise.value", "不高于3 mg/kg").set("reason", " ");
    let refused = team.submit(&form, ("", ""), &[]).await.expect(422);
    assert!(refused.says("没有填写理由"), "{}", refused.words());
    assert_eq!(form_of(&refused, &path, "reason").value("promise.value"), Some("不高于3 mg/kg"));
    form.set("reason", "检测方法改进");
    let again = form.clone();
    team.submit(&form, ("", ""), &[]).await.expect(303);
    team.submit(&again, ("", ""), &[]).await.expect(303);
    let page = team.get(&path).await.expect(200);
    assert!(page.says("待决定") && page.says("第1号：考核指标") && !page.says("第2号"), "{}", page.words());
    // The team does not decide, and asks for nothing else till then.
    assert!(page.forms().iter().all(|form| !form.offers("ruling")));
    let sent = [("act", "decide"), ("number", "1"), ("revision", "2"), ("ruling", "approved"), ("note", "")];
    team.post(&path, &sent).await.expect(403);
    assert!(page.links().iter().all(|link| !link.href.contains("change=")));

    // The office sees before and after; who refuses says why; who approves freezes the next version.
    let page = race.office.get(&path).await.expect(200);
    for words in ["不高于5 mg/kg", "不高于3 mg/kg", "检测方法改进"] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    let mut form = form_of(&page, &path, "ruling");
    assert!(race.office.submit(&form, ("", ""), &[]).await.expect(422).says("没有选择同意或不同意"));
    form.set("ruling", "refused");
    assert!(race.office.submit(&form, ("", ""), &[]).await.expect(422).says("没有填写理由"));
    form.set("ruling", "approved").set("note", "同意调整");
    let mut stale = form.clone();
    race.office.submit(&form, ("", ""), &[]).await.expect(303);
    let stale = race.office.submit(stale.set("key", &"k".repeat(32)), ("", ""), &[]).await.expect(409);
    assert!(stale.says("没有覆盖任何内容"), "{}", stale.words());
    let page = team.get(&path).await.expect(200);
    for words in ["第2版，依据第1号变更", "第1版，申报时提交的任务书", "同意调整", "同意"]
    {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    let digests = page.body.matches("<p class=\"mono\">").count();
    assert_eq!(digests, 2);

    // A milestone moves inside the period only.
    let page = team.get(&format!("{path}?change=milestone.m1")).await.expect(200);
    let mut form = form_of(&page, &path, "reason");
    form.set("to", "2029-01-01").set("reason", "设备到货推迟");
    assert!(team.submit(&form, ("", ""), &[]).await.expect(422).says("不在攻关期2025-11-04至2028-11-04之内"));
    form.set("to", "2026-12-31");
    team.submit(&form, ("", ""), &[]).await.expect(303);
    let page = race.office.get(&path).await.expect(200);
    assert!(page.says("2025-11-04 至 2026-12-31"), "{}", page.words());
    let mut form = form_of(&page, &path, "ruling");
    form.set("ruling", "refused").set("note", "理由不充分");
    race.office.submit(&form, ("", ""), &[]).await.expect(303);
    let english = team.get(&format!("{path}?lang=en")).await.expect(200);
    assert!(english.says("Refused") && !english.says("Version 3"), "{}", english.words());
    race.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn teams_are_reminded_once_of_each_report() {
    let race = Track::build(2).await;
    race.open(1, &[0, 1], "shortlisted").await;
    let service = &race.app.service;
    assert_eq!(service.remind_of_reports().await.unwrap(), 0);
    // Due on the 19th; reminded fifteen days before, and once it is overdue.
    race.app.jump("2026-05-03T23:00:00+08:00");
    assert_eq!(service.remind_of_reports().await.unwrap(), 0);
    race.app.jump("2026-05-04T01:00:00+08:00");
    assert_eq!(service.remind_of_reports().await.unwrap(), 2);
    assert_eq!(service.remind_of_reports().await.unwrap(), 0);
    race.app.jump("2026-05-10T09:00:00+08:00");
    let (mut team, path) = race.team(0).await;
    let mut form = form_of(&team.get(&path).await.expect(200), &path, "summary");
    form.set("summary", "按计划进行");
    team.submit(&form, ("act", "submit"), &[]).await.expect(303);
    race.app.jump("2026-05-20T09:00:00+08:00");
    assert_eq!(service.remind_of_reports().await.unwrap(), 1);
    let last = race.notices("report_due").await.pop().unwrap();
    assert_eq!(last["key"], "report-1-overdue");
    assert_eq!(last["application"], race.teams[1].application.as_str());
}

/// Who is logged out while a report is written finds it on the page that asks for the login.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_team_typed_is_carried_over_a_login() {
    let race = Track::build(1).await;
    race.open(1, &[0], "shortlisted").await;
    let (mut team, path) = race.team(0).await;
    let mut form = form_of(&team.get(&path).await.expect(200), &path, "summary");
    form.set("summary", "写了很久的报告");
    let mut client = race.app.client();
    let kept = client.submit(&form, ("act", "save"), &[]).await.expect(401);
    let mut login = kept.form("/login");
    login.set("username", "team-1").set("password", PASSWORD);
    let page = client.submit(&login, ("", ""), &[]).await.expect(200);
    assert!(page.says("还没有保存") && page.says("写了很久的报告"), "{}", page.words());
    client.submit(&page.form(&path), ("", ""), &[]).await.expect(303);
    let form = form_of(&team.get(&path).await.expect(200), &path, "summary");
    assert_eq!(form.value("summary").unwrap().trim(), "写了很久的报告");
}

/// A call whose items have thresholds; it has no plan, so that nobody reports.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promise_never_falls_below_what_the_call_requires() {
    const PRIZE: &str = "pathways-prize-2027";
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples");
    let text = std::fs::read_to_string(folder.join(PRIZE).join("cases/sample.toml")).unwrap();
    let typed = "\n[promise]\nM1 = { value = 95, unit = \"%\" }\nM2 = { value = 0.2, unit = \"/d\" }\n";
    let (text, calls) = (text + typed, Some(folder));
    let now = "2027-06-01T09:00:00+02:00".to_owned();
    let app = TestApp::with(Setup { now, calls, ..Setup::default() }).await;
    add_user(&app.service, "office", Role::ProgrammeOffice, None, None).await;
    let mut office = login(&app, "office").await;
    let sample = Sample::read(&app.service.call(PRIZE).unwrap().call, "sample", &text);
    let ready = ready_draft(&app.service, &sample, "team-1").await;
    let received_at = app.service.clock().now();
    let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
    app.service.submit(&ready.actor, submit).await.unwrap();
    app.jump("2027-12-01T09:00:00+01:00");
    let opened = Opened {
        version: 1,
        entries: vec![(ready.application.clone(), "shortlisted".to_owned())],
        at: app.service.clock().now(),
        by: ready.actor.account_id.clone(),
    };
    app.service.open_race_for_demo(PRIZE, opened).await.unwrap();

    let (mut team, path) = (login(&app, "team-1").await, format!("/teams/{}", ready.application));
    let page = team.get(&format!("{path}?change=promise.M1")).await.expect(200);
    for words in ["95%", "2027-12-01至2029-06-01", "没有应交的进展报告"] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    let mut form = form_of(&page, &path, "reason");
    assert_eq!(form.value("promise.value"), Some("95"));
    form.set("promise.value", "89.9").set("reason", "样本不足");
    let refused = team.submit(&form, ("", ""), &[]).await.expect(422);
    assert!(refused.says("承诺值不得低于指标要求"), "{}", refused.words());
    assert_eq!(form_of(&refused, &path, "reason").value("promise.value"), Some("89.9"));
    form.set("promise.value", "90");
    team.submit(&form, ("", ""), &[]).await.expect(303);
    let mut decision = form_of(&office.get(&path).await.expect(200), &path, "ruling");
    office.submit(decision.set("ruling", "approved"), ("", ""), &[]).await.expect(303);
    let board = office.get(&format!("/calls/{PRIZE}/race")).await.expect(200);
    assert!(board.says("90%") && !board.says("95%") && board.says("任务书第 2 版"), "{}", board.words());
    for unknown in ["promise.M9", "milestone.m9", "x", "own:%00"] {
        team.get(&format!("{path}?change={unknown}")).await.expect(200);
    }
    form.set("what", "promise.M9").set("key", "another");
    form.set("based_on", "2").set("revision", "3");
    assert!(team.submit(&form, ("", ""), &[]).await.expect(422).says("任务书中没有这一项"));
    app.assert_whole().await;
}

/// What is erased by law is gone from the race too; the others race on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_application_races_no_more() {
    let mut race = Track::build(2).await;
    race.open(1, &[0, 1], "shortlisted").await;
    let (mut team, path) = race.team(0).await;
    let mut form = form_of(&team.get(&path).await.expect(200), &path, "summary");
    team.submit(form.set("summary", "草稿"), ("act", "save"), &[]).await.expect(303);
    race.app.service.erase_application(&race.teams[0].application, "个人信息保护法第四十七条").await.unwrap();
    race.office.get(&path).await.expect(404);
    let board = race.office.get(&format!("/calls/{CALL}/race")).await.expect(200);
    assert!(board.says("1 项任务，1 个团队") && !board.says("示例材料1号"), "{}", board.words());
    let (_, other) = race.team(1).await;
    race.office.get(&other).await.expect(200);
    race.app.assert_whole().await;
}
