//! The pages of the regional desk: verified, returned, ranked, signed by forms without scripts; what is refused keeps what was typed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiebang_domain::recommendation::questions;
use jiebang_service::{Role, Submit};
use jiebang_testkit::{Answer, Client, Form, PASSWORD, Ready, Setup, TestApp, add_user, encode, ready_draft};

/// A share of what came in, with criteria of preference or without.
const SHARE: &str = "miit-2025-ai-devices";
/// A fixed number of places, so that lists can be confirmed before applicants close.
const FIXED: &str = "miit-2021-ai-devices";
/// A table with a column for notes, and criteria of preference.
const NOTED: &str = "miit-2025-biomaterials-2";
const IN_2021: &str = "2021-12-01T09:00:00+08:00";
const IN_2025: &str = "2025-03-20T09:00:00+08:00";

/// A desk with submitted applications and the people who work there.
struct Desk {
    app: TestApp,
    call: &'static str,
    submitted: Vec<Ready>,
    industry: Client,
    drug: Client,
    office: Client,
}

async fn login(app: &TestApp, name: &str) -> Client {
    let mut client = app.client();
    client.post("/login", &[("username", name), ("password", PASSWORD)]).await.expect(303);
    client
}

async fn officer(app: &TestApp, role: Role, region: Option<&str>) -> Client {
    let name = format!("{}-{}", role.id(), region.unwrap_or("all")).replace('_', "-");
    add_user(&app.service, &name, role, region, None).await;
    login(app, &name).await
}

impl Desk {
    async fn build(call: &'static str, now: &str, count: u32) -> Self {
        Self::with(call, Setup { now: now.to_owned(), ..Setup::default() }, count).await
    }

    async fn with(call: &'static str, setup: Setup, count: u32) -> Self {
        let app = TestApp::with(setup).await;
        let mut submitted = Vec::new();
        for nth in 1..=count {
            let sample = app.sample(call).of_organisation(nth).of_region("44", &format!("示例产品{nth}号"));
            let ready = ready_draft(&app.service, &sample, &format!("applicant-{nth}")).await;
            submit(&app, &ready).await;
            submitted.push(ready);
        }
        let industry = officer(&app, Role::IndustryAuthority, Some("44")).await;
        let drug = officer(&app, Role::DrugRegulator, Some("44")).await;
        let office = officer(&app, Role::ProgrammeOffice, None).await;
        Self { app, call, submitted, industry, drug, office }
    }

    fn at(&self, page: &str) -> String {
        if page.is_empty() { format!("/desk/{}", self.call) } else { format!("/desk/{}/{page}", self.call) }
    }

    fn id(&self, nth: usize) -> &str {
        &self.submitted[nth].application
    }

    fn application(&self, nth: usize) -> String {
        self.at(&format!("applications/{}", self.id(nth)))
    }

    fn rank(&self, nth: usize) -> String {
        format!("rank.{}", self.id(nth))
    }

    /// The form of an application's page that does this.
    async fn form(&mut self, nth: usize, act: &str) -> Form {
        let path = self.application(nth);
        form(&self.industry.get(&path).await.expect(200), &path, act)
    }

    /// Fills in the sheet of an application: everything is met.
    async fn verify(&mut self, nth: usize) {
        let mut sheet = self.form(nth, "assess").await;
        let call = self.app.service.call(self.call).unwrap().call;
        for question in questions(&call.call) {
            sheet.set(&format!("answers.{}", question.code), "met");
        }
        sheet.set("note", "已核对材料").set("reason", "指标领先");
        let saved = self.industry.submit(&sheet, ("", ""), &[]).await.expect(303);
        let page = self.industry.follow(saved).await.expect(200);
        assert!(page.says("已核实") && page.says("指标领先"), "{}", page.words());
    }

    /// Types numbers into the ranking and saves it.
    async fn typed(&mut self, numbers: &[(usize, &str)]) -> Answer {
        let path = self.at("ranking");
        let mut form = self.drug.get(&path).await.expect(200).form(&path);
        for (nth, number) in numbers {
            form.set(&self.rank(*nth), number);
        }
        self.drug.submit(&form, ("", ""), &[]).await
    }

    async fn sign(&self, mut by: Client) -> Answer {
        let path = self.at("confirmation");
        let sign = form(&by.get(&path).await.expect(200), &path, "sign");
        let answer = by.submit(&sign, ("", ""), &[]).await.expect(303);
        by.follow(answer).await.expect(200)
    }
}

async fn submit(app: &TestApp, ready: &Ready) {
    let received_at = app.service.clock().now();
    let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
    app.service.submit(&ready.actor, submit).await.unwrap();
}

/// The form that does this, among several that are sent to one address.
#[track_caller]
fn form(page: &Answer, action: &str, act: &str) -> Form {
    let found = page.forms().into_iter().find(|form| form.action == action && form.value("act") == Some(act));
    found.unwrap_or_else(|| panic!("{} has no form that does {act}: {}", page.path, page.words()))
}

/// Both languages of a page say something, and not the same.
async fn assert_bilingual(client: &Client, path: &str) {
    let mut words = Vec::new();
    for (language, tag) in [("zh", "<html lang=\"zh"), ("en", "<html lang=\"en\">")] {
        let mut client = client.clone();
        client.set_cookie("lang", language);
        let page = client.get(path).await.expect(200);
        assert!(page.body.contains(tag), "{path}");
        assert!(!page.body.contains("Unknown localization"), "{path}: {}", page.words());
        words.push(page.words());
    }
    assert_ne!(words[0], words[1], "{path}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_verified_ranked_signed_and_confirmed_by_forms() {
    let mut desk = Desk::build(FIXED, IN_2021, 3).await;
    let start = desk.industry.get("/desk").await.expect(200);
    assert!(start.says("3 项待办") && start.says("3 件中 3 件待核实"), "{}", start.words());
    desk.verify(0).await;
    desk.verify(2).await;
    let queue = desk.drug.get(&desk.at("")).await.expect(200);
    assert!(queue.says("收到 3 件，其中 1 件待核实"), "{}", queue.words());
    assert!(queue.says("全部 3") && queue.says("待核实 1") && queue.says("已核实 2"), "{}", queue.words());
    assert_eq!(
        desk.typed(&[(2, "1"), (0, "2")]).await.expect(303).location(),
        desk.at("ranking"),
        "saving leads back"
    );
    let ranking = desk.drug.get(&desk.at("ranking")).await.expect(200).form(&desk.at("ranking"));
    assert_eq!((ranking.value(&desk.rank(2)), ranking.value(&desk.rank(0))), (Some("1"), Some("2")));
    assert!(!ranking.offers(&desk.rank(1)), "what is not verified cannot be put on the list");

    let half = desk.sign(desk.industry.clone()).await;
    assert!(half.says("工业和信息化主管部门已签署"), "{}", half.words());
    let path = desk.at("confirmation");
    assert!(!half.forms().iter().any(|form| form.value("act") == Some("sign")), "it was signed already");
    let whole = desk.sign(desk.drug.clone()).await;
    assert!(whole.says("第 1 版推荐名单已确认"), "{}", whole.words());
    let list = desk.at("lists/1");
    assert!(whole.links().iter().any(|link| link.href == list));
    let shown = desk.drug.get(&list).await.expect(200);
    assert!(shown.says("示例产品3号") && shown.says("指标领先"), "{}", shown.words());
    let content = desk.drug.get(&format!("{list}/content")).await.expect(200);
    let json: serde_json::Value = serde_json::from_str(&content.body).unwrap();
    assert_eq!(json["entries"][0]["application"], desk.id(2));
    let person = actor(&desk, "drug-regulator-44").await;
    let region = jiebang_domain::shared::Region::parse("44").unwrap();
    let digest = desk.app.service.confirmed_list(&person, FIXED, region, 1).await.unwrap().content_sha256;
    assert!(shown.body.contains(&digest), "the page does not show the digest");

    // Confirmed, nothing can be changed until it is opened again with a reason.
    let page = desk.drug.get(&desk.at("ranking")).await.expect(200);
    assert!(page.forms().iter().all(|form| form.action != desk.at("ranking")));
    // What becomes of its applications afterwards is told; the list stands.
    let confirmed = desk.drug.get(&path).await.expect(200);
    assert!(!confirmed.says("处变化"), "{}", confirmed.words());
    let mut objection = desk.form(2, "opinion").await;
    objection.set("stance", "objects").set("opinion_note", "样机有变");
    desk.industry.submit(&objection, ("", ""), &[]).await.expect(303);
    let changed = desk.drug.get(&path).await.expect(200);
    assert!(changed.says("确认之后有 1 处变化") && changed.says("样机有变"), "{}", changed.words());
    assert!(changed.says("第 1 版推荐名单已确认"), "{}", changed.words());
    let mut reopen = form(&desk.drug.get(&path).await.expect(200), &path, "reopen");
    let refused = desk.drug.submit(&reopen, ("", ""), &[]).await.expect(422);
    assert!(refused.ids().contains(&"reopen_reason-error".to_owned()), "{}", refused.words());
    reopen.set("reopen_reason", "更正排序");
    desk.drug.submit(&reopen, ("", ""), &[]).await.expect(303);
    let open = desk.drug.get(&path).await.expect(200);
    assert!(open.says("编制中") && open.says("第 1 版（已重新打开）"), "{}", open.words());
    for page in ["", "ranking", "confirmation", "lists/1"] {
        assert_bilingual(&desk.industry, &desk.at(page)).await;
    }
    assert_bilingual(&desk.industry, "/desk").await;
    assert_bilingual(&desk.industry, &desk.application(0)).await;
    desk.app.assert_whole().await;
}

async fn actor(desk: &Desk, name: &str) -> jiebang_service::Actor {
    let client = login(&desk.app, name).await;
    desk.app.service.session(client.cookie("session").unwrap()).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_numbers_are_all_told_and_kept_as_typed() {
    let mut desk = Desk::build(FIXED, IN_2021, 3).await;
    for nth in 0..3 {
        desk.verify(nth).await;
    }
    let refused = desk.typed(&[(0, "1"), (1, "1"), (2, "4")]).await.expect(422);
    assert!(
        refused.says("序号 1 出现两次") && refused.says("缺少序号 2") && refused.says("缺少序号 3"),
        "{}",
        refused.words()
    );
    let form = refused.form(&desk.at("ranking"));
    let typed: Vec<_> = (0..3).map(|nth| form.value(&desk.rank(nth)).unwrap().to_owned()).collect();
    assert_eq!(typed, ["1", "1", "4"]);
    let refused = desk.typed(&[(0, "甲"), (1, "0")]).await.expect(422);
    assert!(refused.says("“甲”不能作序号"), "{}", refused.words());
    assert_eq!(refused.form(&desk.at("ranking")).value(&desk.rank(0)), Some("甲"));
    assert!(desk.drug.get(&desk.at("confirmation")).await.expect(200).says("名单上还没有项目"));

    // Ten thousand numbers arrive, and are more than a list holds; twenty thousand are more than a form does.
    let path = desk.at("ranking");
    for (count, words) in [(10_000, "名单有10000项，上限5000项"), (20_000, "超过上限")] {
        let many: String = (0..count).map(|nth| format!("&rank.{nth:026}={}", nth + 1)).collect();
        let kind = Some("application/x-www-form-urlencoded".to_owned());
        let body = format!("revision=0{many}");
        let refused = desk.drug.send(hyper::Method::POST, &path, kind, body.into()).await.expect(422);
        assert!(refused.says(words), "{}", refused.words());
    }
    // As many as a list holds, with every number the same but the last: told in a few words.
    let alike: String =
        (0..5_000).map(|nth| format!("&rank.{nth:026}={}", if nth == 0 { 5_000 } else { 1 })).collect();
    let kind = Some("application/x-www-form-urlencoded".to_owned());
    let refused = desk.drug.send(hyper::Method::POST, &path, kind, format!("revision=0{alike}").into()).await;
    let refused = refused.expect(422);
    assert!(refused.says("序号 1 出现 4999 次") && refused.says("缺少序号 2 至 4999"), "{}", refused.words());
    assert!(refused.body.len() < 100_000, "{} bytes", refused.body.len());
    // What was submitted elsewhere, or nowhere, is on no list.
    let strange = format!("rank.{}", "0".repeat(26));
    let refused = desk.drug.post(&path, &[("revision", "0"), (&strange, "1")]).await.expect(422);
    assert!(refused.says("不是本推荐单位收到的有效申报"), "{}", refused.words());
    for pairs in [vec![("rank.\0", "1")], vec![("odd", "1")], vec![("revision", "x")]] {
        desk.drug.post(&path, &pairs).await.expect(422);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_looked_for_is_ranked_and_no_number_is_lost() {
    let mut desk = Desk::build(FIXED, IN_2021, 3).await;
    for nth in 0..3 {
        desk.verify(nth).await;
    }
    desk.typed(&[(0, "1")]).await.expect(303);
    let queue = desk.drug.get(&format!("{}?find={}", desk.at(""), encode("产品2号"))).await.expect(200);
    assert!(queue.says("示例产品2号") && !queue.says("示例产品3号"), "{}", queue.words());
    let none = desk.drug.get(&format!("{}?find=%25&show=open", desk.at(""))).await.expect(200);
    assert!(none.says("没有找到“%”") && none.says("显示全部"), "{}", none.words());

    // Beside what is on the list, one page of what is looked for.
    let path = format!("{}?find={}", desk.at("ranking"), encode("产品2号"));
    let mut form = desk.drug.get(&path).await.expect(200).form(&path);
    let offered: Vec<bool> = (0..3).map(|nth| form.offers(&desk.rank(nth))).collect();
    assert_eq!(offered, [true, true, false]);
    form.set(&desk.rank(1), "2");
    assert_eq!(desk.drug.submit(&form, ("", ""), &[]).await.expect(303).location(), path);
    let whole = desk.drug.get(&desk.at("ranking")).await.expect(200).form(&desk.at("ranking"));
    let numbers: Vec<_> = (0..3).map(|nth| whole.value(&desk.rank(nth))).collect();
    assert_eq!(numbers, [Some("1"), Some("2"), Some("")]);

    // Somebody takes it off the list; whoever still has its number sees it again, although the search does not find it.
    let path = format!("{}?find={}", desk.at("ranking"), encode("产品3号"));
    let mut late = desk.industry.get(&path).await.expect(200).form(&path);
    desk.typed(&[(0, "1"), (1, "")]).await.expect(303);
    late.set(&desk.rank(2), "3");
    let stale = desk.industry.submit(&late, ("", ""), &[]).await.expect(409);
    let again = stale.form(&path);
    let numbers: Vec<_> = (0..3).map(|nth| again.value(&desk.rank(nth))).collect();
    assert_eq!(numbers, [Some("1"), Some("2"), Some("3")]);
    assert!(stale.says("2. miit-2021-ai-devices-000002 示例产品2号"), "{}", stale.words());
    desk.industry.submit(&again, ("", ""), &[]).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ranking_that_comes_second_shows_both_and_keeps_its_numbers() {
    let mut desk = Desk::build(FIXED, IN_2021, 2).await;
    desk.verify(0).await;
    desk.verify(1).await;
    let path = desk.at("ranking");
    let mut late = desk.industry.get(&path).await.expect(200).form(&path);
    desk.typed(&[(0, "1")]).await.expect(303);
    late.set(&desk.rank(1), "1").set(&desk.rank(0), "2");
    let stale = desk.industry.submit(&late, ("", ""), &[]).await.expect(409);
    assert!(stale.says("已保存的一版") && stale.says("本次填写的一版"), "{}", stale.words());
    assert!(stale.says("1. miit-2021-ai-devices-000001 示例产品1号"), "{}", stale.words());
    assert!(stale.says("2. miit-2021-ai-devices-000001 示例产品1号"), "{}", stale.words());
    let again = stale.form(&path);
    assert_eq!((again.value(&desk.rank(1)), again.value(&desk.rank(0))), (Some("1"), Some("2")));
    desk.industry.submit(&again, ("", ""), &[]).await.expect(303);
    // Once it is confirmed, numbers can only be read.
    desk.sign(desk.industry.clone()).await;
    desk.sign(desk.drug.clone()).await;
    let refused = desk.industry.submit(&again, ("", ""), &[]).await.expect(409);
    assert!(refused.says("第 1 版有效") && refused.says("本次填写的内容，没有保存"), "{}", refused.words());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_signed_is_what_was_seen() {
    let mut desk = Desk::build(FIXED, IN_2021, 2).await;
    desk.verify(0).await;
    desk.typed(&[(0, "1")]).await.expect(303);
    let path = desk.at("confirmation");
    let sign = form(&desk.industry.get(&path).await.expect(200), &path, "sign");
    desk.verify(1).await;
    desk.typed(&[(1, "1"), (0, "2")]).await.expect(303);
    let stale = desk.industry.submit(&sign, ("", ""), &[]).await.expect(409);
    assert!(stale.says("名单已有改动，没有办理"), "{}", stale.words());
    desk.industry.post(&path, &[("act", "sign")]).await.expect(409);

    // What stands in the way is listed whole, each with a way to mend it.
    let mut opinion = desk.form(1, "opinion").await;
    opinion.set("stance", "objects");
    let refused = desk.industry.submit(&opinion, ("", ""), &[]).await.expect(422);
    let kept = form(&refused, &desk.application(1), "opinion");
    assert_eq!(kept.value("stance"), Some("objects"));
    opinion.set("opinion_note", "样机未完成");
    desk.industry.submit(&opinion, ("", ""), &[]).await.expect(303);
    let blocked = desk.drug.get(&path).await.expect(200);
    assert!(blocked.says("样机未完成") && blocked.says("1 项妨碍签署"), "{}", blocked.words());
    assert!(blocked.links().iter().any(|link| link.href == desk.application(1)));
    assert!(blocked.forms().iter().all(|form| form.value("act") != Some("sign")));
    let refused = desk.drug.post(&path, &[("act", "sign"), ("seen", "x")]).await.expect(422);
    assert!(refused.says("名单还不能签署") && refused.says("样机未完成"), "{}", refused.words());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_people_on_one_sheet_lose_nothing() {
    let mut desk = Desk::build(NOTED, IN_2025, 1).await;
    let mut late = desk.form(0, "assess").await;
    assert!(late.offers("remark") && late.offers("preferences"), "{late:?}");
    let path = desk.application(0);
    let mut first = form(&desk.drug.get(&path).await.expect(200), &path, "assess");
    first.set("note", "药监先写").set("reason", "同样的理由").set("remark", "备注一");
    desk.drug.submit(&first, ("", ""), &[]).await.expect(303);
    late.set("note", "工信后写").set("reason", "同样的理由").set("remark", "备注一").set("preferences", "2");
    let stale = desk.industry.submit(&late, ("", ""), &[]).await.expect(409);
    assert!(stale.says("药监先写") && stale.says("工信后写"), "{}", stale.words());
    let again = form(&stale, &path, "assess");
    assert_eq!((again.value("note"), again.value("preferences")), (Some("工信后写"), Some("2")));
    desk.industry.submit(&again, ("", ""), &[]).await.expect(303);
    let held = form(&desk.drug.get(&path).await.expect(200), &path, "assess");
    assert_eq!(held.value("note"), Some("工信后写"));

    // All faults at once, and what was typed stands in the form.
    let mut wrong = held.clone();
    wrong.set("note", &"长".repeat(2_001)).set("reason", "看不见的\u{202e}字");
    let refused = desk.drug.submit(&wrong, ("", ""), &[]).await.expect(422);
    assert!(refused.says("上限 2000 个") && refused.says("不可见的控制符"), "{}", refused.words());
    assert_eq!(form(&refused, &path, "assess").value("reason"), Some("看不见的\u{202e}字"));
    for pairs in [
        vec![("act", "assess"), ("version", "1"), ("revision", "2"), ("answers.no_such", "met")],
        vec![("act", "assess"), ("version", "1"), ("revision", "2"), ("preferences", "99")],
        vec![("act", "assess"), ("version", "1"), ("revision", "2"), ("note", "a\0b")],
        vec![("act", "opinion"), ("version", "1"), ("stance", "maybe")],
        vec![("act", "opinion"), ("version", "x"), ("stance", "agrees")],
        vec![("act", "dance")],
        vec![],
    ] {
        desk.drug.post(&path, &pairs).await.expect(422);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_applicant_reads_why_it_was_returned_and_until_when() {
    let mut desk = Desk::build(FIXED, IN_2021, 1).await;
    let mut back = desk.form(0, "return").await;
    let page = desk.industry.get(&desk.application(0)).await.expect(200);
    assert!(page.says("通知没有规定退回") && page.says("2021年12月15日"), "{}", page.words());
    let refused = desk.industry.submit(&back, ("", ""), &[]).await.expect(422);
    assert!(refused.ids().contains(&"return_note-error".to_owned()), "{}", refused.words());
    back.set("return_note", "缺少盖章页 <b>&");
    desk.industry.submit(&back, ("", ""), &[]).await.expect(303);
    let ready = desk.submitted[0].clone();
    let mut applicant = desk.app.client();
    applicant.set_cookie("session", &ready.token);
    let tasks = format!("/applications/{}", ready.application);
    for (language, by, until) in [
        ("zh", "工业和信息化主管部门", "2021年12月15日 24:00"),
        ("en", "Industry department", "15 December 2021"),
    ] {
        applicant.set_cookie("lang", language);
        let page = applicant.get(&tasks).await.expect(200);
        assert!(page.says(by) && page.says("缺少盖章页 <b>&") && page.says(until), "{}", page.words());
    }
    let page = desk.industry.get(&desk.application(0)).await.expect(200);
    assert!(page.says("缺少盖章页") && page.forms().iter().all(|form| form.value("act") != Some("return")));
    let again = desk.industry.submit(&back, ("", ""), &[]).await.expect(409);
    assert!(again.says("缺少盖章页"), "what was typed is lost: {}", again.words());
    submit(&desk.app, &ready).await;
    assert!(!applicant.get(&tasks).await.expect(200).says("缺少盖章页"));
    // After the applicants' deadline nothing can be returned, and the page says why.
    desk.app.jump_to(desk.app.sample(FIXED).deadline());
    let page = desk.industry.get(&desk.application(0)).await.expect(200);
    assert!(page.says("不能再退回"), "{}", page.words());
    desk.industry.submit(&back, ("", ""), &[]).await.expect(409);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_office_decides_on_requests_for_more_places() {
    let mut desk = Desk::build(SHARE, IN_2025, 1).await;
    desk.verify(0).await;
    desk.typed(&[(0, "1")]).await.expect(303);
    let path = desk.at("confirmation");
    let page = desk.industry.get(&path).await.expect(200);
    assert!(page.says("名单 1 项，名额 0 项，超出 1 项") && page.says("暂计"), "{}", page.words());
    desk.app.jump_to(desk.app.sample(SHARE).deadline());
    let mut ask = form(&desk.industry.get(&path).await.expect(200), &path, "overrun");
    ask.set("overrun_reason", "本地仅此一项，质量突出");
    desk.industry.submit(&ask, ("", ""), &[]).await.expect(303);
    assert!(desk.industry.get(&path).await.expect(200).says("等待主办单位批准"));

    let overview = desk.office.get(&desk.at("")).await.expect(200);
    assert!(overview.says("本地仅此一项") && overview.says("1 个超额推荐等待批准"), "{}", overview.words());
    let start = desk.office.get("/desk").await.expect(200);
    assert!(start.says("1 项超额推荐等待批准"), "{}", start.words());
    assert_bilingual(&desk.office, &desk.at("")).await;
    assert_bilingual(&desk.office, "/desk").await;
    let mut decide = overview.form(&desk.at(""));
    decide.set("overrun_places", "一").set("overrun_note", "拟同意");
    let refused = desk.office.submit(&decide, ("act", "approve"), &[]).await.expect(422);
    assert!(refused.says("不是 1 以上的整数"), "{}", refused.words());
    let mut decide = refused.form(&desk.at(""));
    assert_eq!((decide.value("overrun_places"), decide.value("overrun_note")), (Some("一"), Some("拟同意")));
    decide.set("overrun_places", "1").set("overrun_note", "");
    let refused = desk.office.submit(&decide, ("act", "approve"), &[]).await.expect(422);
    assert!(refused.ids().contains(&"overrun_note-44-error".to_owned()), "{}", refused.words());
    decide.set("overrun_note", "情况属实");
    desk.office.submit(&decide, ("act", "decline"), &[]).await.expect(303);
    assert!(desk.industry.get(&path).await.expect(200).says("没有批准"));
    desk.office.submit(&decide, ("act", "approve"), &[]).await.expect(303);
    let page = desk.industry.get(&path).await.expect(200);
    assert!(page.says("已批准，共 1 项") && page.says("情况属实"), "{}", page.words());
    desk.sign(desk.industry.clone()).await;
    let whole = desk.sign(desk.drug.clone()).await;
    assert!(whole.says("已确认"), "{}", whole.words());
    // The office reads every desk by its region, and keeps the region from page to page.
    let list = desk.office.get(&format!("{}?region=44", desk.at("lists/1"))).await.expect(200);
    assert!(list.says("本地仅此一项"), "{}", list.words());
    let read = desk.office.get(&format!("{path}?region=44")).await.expect(200);
    assert!(read.forms().iter().all(|form| form.value("act").is_none()), "the office signs nothing");
    assert!(read.links().iter().any(|link| link.href == format!("{}?region=44", desk.at("ranking"))));
    assert!(read.links().iter().any(|link| link.href == format!("{path}?region=44&lang=en")));
    desk.office.post(&format!("{path}?region=44"), &[("act", "sign"), ("seen", "x")]).await.expect(403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_is_narrowed_paged_and_walked() {
    let mut desk = Desk::build(FIXED, IN_2021, 3).await;
    desk.verify(1).await;
    desk.typed(&[(1, "1")]).await.expect(303);
    let own = |page: &Answer, desk: &Desk| -> Vec<usize> {
        let hrefs: Vec<String> = page.links().into_iter().map(|link| link.href).collect();
        (0..3).filter(|nth| hrefs.iter().any(|href| href.contains(desk.id(*nth)))).collect()
    };
    for (show, wanted) in [
        ("open", vec![0, 2]),
        ("assessed", vec![1]),
        ("ranked", vec![1]),
        ("unranked", vec![0, 2]),
        ("objected", vec![]),
        ("returned", vec![]),
        ("nonsense", vec![0, 1, 2]),
    ] {
        let page = desk.drug.get(&format!("{}?show={show}", desk.at(""))).await.expect(200);
        assert_eq!(own(&page, &desk), wanted, "{show}: {}", page.words());
    }
    let before = |id: &str| format!("{}?before={id}", desk.at(""));
    let older = desk.drug.clone().get(&before(desk.id(2))).await.expect(200);
    assert_eq!(own(&older, &desk), [0, 1]);
    for odd in ["%00", "x", &encode("榜'--")] {
        let page = desk.drug.clone().get(&before(odd)).await.expect(200);
        assert_eq!(own(&page, &desk), [0, 1, 2], "{odd}");
    }
    // Newer and older among what the queue shows.
    let middle = desk.drug.get(&format!("{}?show=open", desk.application(1))).await.expect(200);
    let (newer, older) =
        (format!("{}?show=open", desk.application(2)), format!("{}?show=open", desk.application(0)));
    let hrefs: Vec<String> = middle.links().into_iter().map(|link| link.href).collect();
    assert!(hrefs.contains(&newer) && hrefs.contains(&older), "{hrefs:?}");
    assert!(hrefs.contains(&format!("/applications/{}/book.pdf", desk.id(1))), "{hrefs:?}");
    let last = desk.drug.get(&older).await.expect(200);
    assert!(last.links().iter().any(|link| link.href == newer), "{:?}", last.links());
    // An application stands under its own call only.
    desk.drug.get(&format!("/desk/{SHARE}/applications/{}", desk.id(0))).await.expect(404);
    desk.drug.get("/desk/no-such-call").await.expect(404);
    desk.drug.get(&format!("{}?region=99", desk.at(""))).await.expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_typed_at_a_desk_passes_through_the_login() {
    let mut desk = Desk::build(FIXED, IN_2021, 1).await;
    let mut sheet = desk.form(0, "assess").await;
    sheet.set("note", "写了很久的核实说明");
    let token = desk.industry.cookie("session").unwrap().to_owned();
    desk.app.service.logout(&token).await.unwrap();
    let page = desk.industry.submit(&sheet, ("", ""), &[]).await.expect(401);
    assert!(page.says("没有保存"), "{}", page.words());
    let mut again = page.form("/login");
    again.set("username", "industry-authority-44").set("password", PASSWORD);
    let page = desk.industry.submit(&again, ("", ""), &[]).await.expect(200);
    assert!(page.says("保存核实意见") && page.says("写了很久的核实说明"), "{}", page.words());
    let path = desk.application(0);
    let kept = page.form(&path);
    assert!(!kept.multipart);
    assert_eq!(kept.value("note"), Some("写了很久的核实说明"));
    desk.industry.submit(&kept, ("", ""), &[]).await.expect(303);
    assert!(desk.drug.get(&path).await.expect(200).says("写了很久的核实说明"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_acts_and_a_database_that_is_gone_keep_what_was_typed() {
    let setup = Setup { now: IN_2021.to_owned(), rate_limits: true, ..Setup::default() };
    let mut desk = Desk::with(FIXED, setup, 1).await;
    let mut sheet = desk.form(0, "assess").await;
    sheet.set("note", "不能丢的说明");
    let mut refused = None;
    for _ in 0..2_000 {
        let answer = desk.industry.post("/account", &[]).await;
        if answer.status == 429 {
            let answer = desk.industry.submit(&sheet, ("", ""), &[]).await;
            if answer.status == 429 {
                refused = Some(answer);
                break;
            }
        }
    }
    let refused = refused.expect("a limit on requests");
    assert_eq!(refused.form(&desk.application(0)).value("note"), Some("不能丢的说明"));

    desk.app.service.store().close().await.unwrap();
    let mut sheet = sheet.clone();
    sheet.set("note", "数据库断开时的说明");
    let page = desk.drug.submit(&sheet, ("", ""), &[]).await;
    assert!(page.status.is_server_error(), "{}", page.status);
    assert!(page.body.contains("数据库断开时的说明"), "{}", page.words());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_page_says_what_waits_and_who_recommends_elsewhere() {
    let app = TestApp::start(IN_2025).await;
    let mut city = officer(&app, Role::DrugRegulator, Some("440300")).await;
    let page = city.get("/desk").await.expect(200);
    assert!(page.says("由广东省推荐深圳市的申报单位"), "{}", page.words());
    assert!(page.says("还没有收到申报") && page.says("今天没有需要办理的事项"), "{}", page.words());
    let queue = city.get(&format!("/desk/{SHARE}")).await.expect(200);
    assert!(queue.says("还没有收到申报"), "{}", queue.words());
    for (page, words) in [("ranking", "还没有已核实的申报"), ("confirmation", "名单上还没有项目")]
    {
        let page = city.get(&format!("/desk/{SHARE}/{page}")).await.expect(200);
        assert!(page.says(words), "{}", page.words());
    }
    // Who has logged in is led there.
    let mut fresh = app.client();
    let answer = fresh.post("/login", &[("username", "drug-regulator-440300"), ("password", PASSWORD)]).await;
    assert_eq!(answer.expect(303).location(), "/desk");
    let empty = TestApp::start_empty(IN_2025).await;
    let mut officer = officer(&empty, Role::Secretariat, None).await;
    assert!(officer.get("/desk").await.expect(200).says("目前没有由地方推荐的榜单"));
    let mut expert = self::officer(&empty, Role::Expert, None).await;
    expert.get("/desk").await.expect(403);
}
