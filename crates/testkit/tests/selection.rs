//! The selection over HTTP: experts are imported as it was shown, forms are checked, applications go to experts without a
//! conflict, and a conflict that becomes known closes everything.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiebang_domain::recommendation::{Answer as Answered, questions};
use jiebang_domain::shared::Region;
use jiebang_service::{Actor, Assess, Role, Sign, Submit};
use jiebang_testkit::{
    Answer, Applicant, Client, PASSWORD, Ready, TestApp, add_user, organisation_code, ready_draft,
};
use rust_xlsxwriter::Workbook;

const CALL: &str = "miit-2025-ai-devices";
const NOW: &str = "2025-03-20T09:00:00+08:00";
const REGION: &str = "44";
/// Scores of a sheet of the first stage, all on the scale.
const SCORES: [(&str, &str); 6] = [
    ("score.innovation", "8.5"),
    ("comment.innovation", "算法新颖"),
    ("score.indicators", "9"),
    ("score.feasibility", "7"),
    ("score.team", "8"),
    ("score.value", "9.5"),
];

fn workbook(rows: &[[&str; 5]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let all = std::iter::once(&["编号", "姓名", "专业领域", "任职单位", "账号"]).chain(rows);
    for (row, cells) in (0..).zip(all) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(row, column, *cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

async fn login(app: &TestApp, name: &str, role: Role) -> Client {
    add_user(&app.service, name, role, None, None).await;
    let mut client = app.client();
    Applicant::login(&mut client, name).await.expect(303);
    client
}

async fn upload(client: &mut Client, file: &[u8]) -> Answer {
    let form = client.get("/experts").await.expect(200).form("/experts");
    client.submit(&form, ("", ""), &[("file", "experts.xlsx", file)]).await
}

async fn import(client: &mut Client, file: &[u8]) {
    let form = upload(client, file).await.expect(200).form("/experts/import");
    client.submit(&form, ("", ""), &[]).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_does_what_it_has_shown_and_nothing_else() {
    let app = TestApp::start(NOW).await;
    let mut office = login(&app, "secretariat", Role::Secretariat).await;
    add_user(&app.service, "expert-1", Role::Expert, None, None).await;
    let (one, two) = (organisation_code(71), organisation_code(72));
    let now = format!("{one}，甲大学，2015-01-01");
    let both = format!("{now}；{two}，乙医院，2010-01-01，2014-12-31");
    let first = workbook(&[["E1", "张三", "影像；算法", &now, "expert-1"], ["E2", "李四", "", &both, ""]]);

    // Shown, and nothing is done.
    let shown = upload(&mut office, &first).await.expect(200);
    assert!(shown.says("新增 2 位，变更 0 位，不变 0 位，有误 0 行"), "{}", shown.words());
    assert!(office.get("/experts").await.says("还没有专家"));
    let form = shown.form("/experts/import");
    office.submit(&form, ("", ""), &[]).await.expect(303);
    let list = office.get("/experts").await.expect(200);
    assert!(
        list.says("张三") && list.says("影像、算法") && list.says("乙医院（至 2014-12-31）"),
        "{}",
        list.words()
    );

    // The same file does nothing; what was shown before is refused where the library has moved on, and shown anew.
    assert!(upload(&mut office, &first).await.expect(200).says("无须导入"));
    let stale = office.submit(&form, ("", ""), &[]).await.expect(409);
    assert!(stale.says("不变 2 位") && stale.says("没有覆盖任何内容"), "{}", stale.words());
    let renamed = workbook(&[["E2", "李四光", "", &both, ""], ["E3", "王五", "药理", &now, ""]]);
    let shown = upload(&mut office, &renamed).await.expect(200);
    assert!(shown.says("新增 1 位，变更 1 位") && shown.says("变更姓名"), "{}", shown.words());
    let mut forged = shown.form("/experts/import");
    forged.set("seen", &"0".repeat(64));
    office.submit(&forged, ("", ""), &[]).await.expect(409);
    assert!(!office.get("/experts").await.says("李四光"));
    office.submit(&shown.form("/experts/import"), ("", ""), &[]).await.expect(303);
    assert!(office.get("/experts").await.says("李四光"));

    // Faulty rows are told with row and column, in both languages, and nothing can be imported.
    let faulty = workbook(&[
        ["E4", "赵六", "", "913，甲大学", ""],
        ["E5", "", "", &now, "nobody"],
        ["E5", "孙七", "", &now, "secretariat"],
        ["E6", "周八", "", &now, "expert-1"],
    ]);
    let told = upload(&mut office, &faulty).await.expect(200);
    for words in ["有误 4 行", "第 2 行“任职单位”（D2）", "第 3 行“姓名”（B3）", "（A4）", "（E5）"]
    {
        assert!(told.says(words), "{words}: {}", told.words());
    }
    assert!(told.forms().iter().all(|form| form.action != "/experts/import"));
    office.set_cookie("lang", "en");
    assert!(upload(&mut office, &faulty).await.says("Row 2, “Employers” (D2)"));
    office.set_cookie("lang", "zh");

    // What is no workbook, none at all, and one that lacks a column.
    upload(&mut office, b"PK").await.expect(422);
    upload(&mut office, &vec![0; (1 << 20) + 1]).await.expect(413);
    let form = office.get("/experts").await.form("/experts");
    assert!(office.submit(&form, ("", ""), &[]).await.expect(422).says("没有选择工作簿"));
    let template = office.get("/experts/template.xlsx").await.expect(200);
    let shown = upload(&mut office, &template.bytes).await.expect(200);
    assert!(shown.says("新增 1 位") && shown.says("示例专家"), "{}", shown.words());

    // Officers read; others do not, and nobody else imports.
    let mut auditor = login(&app, "auditor", Role::Auditor).await;
    auditor.get("/experts").await.expect(200);
    auditor.upload("/experts", &[], &[("file", "x.xlsx", &renamed)]).await.expect(403);
    let mut expert = app.client();
    Applicant::login(&mut expert, "expert-1").await.expect(303);
    expert.get("/experts").await.expect(403);
    app.assert_whole().await;
}

/// A call with two recommended applications, its plan published, and three experts.
struct Room {
    app: TestApp,
    office: Client,
    experts: Vec<Client>,
    applications: Vec<Ready>,
}

async fn actor(app: &TestApp, name: &str) -> Actor {
    let mut client = app.client();
    client.post("/login", &[("username", name), ("password", PASSWORD)]).await.expect(303);
    let token = client.cookie("session").unwrap().to_owned();
    app.service.session(&token).await.unwrap().unwrap()
}

/// Applications of invented organisations, of which the desk recommends the first two.
async fn recommended(app: &TestApp) -> Vec<Ready> {
    let mut all = Vec::new();
    for nth in 1..=5 {
        let sample = app.sample(CALL).of_organisation(nth).of_region(REGION, &format!("示例产品{nth}号"));
        let ready = ready_draft(&app.service, &sample, &format!("applicant-{nth}")).await;
        let received_at = app.service.clock().now();
        let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
        app.service.submit(&ready.actor, submit).await.unwrap();
        all.push(ready);
    }
    all.truncate(2);
    let mut officers = Vec::new();
    for role in [Role::IndustryAuthority, Role::DrugRegulator] {
        let name = role.id().replace('_', "-");
        add_user(&app.service, &name, role, Some(REGION), None).await;
        officers.push(actor(app, &name).await);
    }
    let call = app.service.call(CALL).unwrap().call;
    for ready in &all {
        let sheet = Assess {
            application: ready.application.clone(),
            version: 1,
            answers: questions(&call.call).map(|of| (of.code.clone(), Answered::Met)).collect(),
            reason: "指标领先".to_owned(),
            ..Assess::default()
        };
        app.service.assess(&officers[0], sheet).await.unwrap();
    }
    let region = Region::parse(REGION).unwrap();
    let ranks: Vec<(String, u32)> = all.iter().map(|ready| ready.application.clone()).zip(1..).collect();
    app.service.rank(&officers[0], CALL, region, 0, &ranks).await.unwrap();
    app.jump_to(app.sample(CALL).deadline());
    for officer in &officers {
        let sign = Sign { call: CALL.to_owned(), region, seen: None, key: None };
        app.service.sign_list(officer, sign).await.unwrap();
    }
    all
}

impl Room {
    async fn build() -> Self {
        let app = TestApp::start(NOW).await;
        let applications = recommended(&app).await;
        let mut programme = login(&app, "office", Role::ProgrammeOffice).await;
        let plan = format!("/calls/{CALL}/plan");
        let form = programme.get(&plan).await.expect(200).form(&plan);
        programme.submit(&form, ("", ""), &[]).await.expect(303);
        let mut office = login(&app, "secretariat", Role::Secretariat).await;
        let mut experts = Vec::new();
        for nth in 1..=4 {
            experts.push(login(&app, &format!("expert-{nth}"), Role::Expert).await);
        }
        // The second expert works for the lead of the second application, the third left it two years ago.
        let (own, lead) = (organisation_code(71), organisation_code(2));
        let works = format!("{lead}，示例单位，2015-01-01");
        let left = format!("{lead}，示例单位，2015-01-01，2023-06-30；{own}，甲大学，2023-07-01");
        let other = format!("{own}，甲大学，2015-01-01");
        let file = workbook(&[
            ["E1", "专家一", "影像", &other, "expert-1"],
            ["E2", "专家二", "影像", &works, "expert-2"],
            ["E3", "专家三", "影像", &left, "expert-3"],
            ["E4", "专家四", "影像", &other, "expert-4"],
        ]);
        import(&mut office, &file).await;
        Self { app, office, experts, applications }
    }

    fn id(&self, nth: usize) -> &str {
        &self.applications[nth].application
    }

    fn check(&self, nth: usize) -> String {
        format!("/calls/{CALL}/selection/{}", self.id(nth))
    }

    fn sheet(&self, nth: usize) -> String {
        format!("/sheets/{}/shortlist", self.id(nth))
    }

    /// Checks the form of an application with these answers to its items.
    async fn answer(&mut self, nth: usize, met: &str, reason: &str) -> Answer {
        let path = self.check(nth);
        let mut form = self.office.get(&path).await.expect(200).form(&path);
        let names: Vec<String> = form.pairs().into_iter().map(|(name, _)| name).collect();
        let reasons: Vec<&str> = names.iter().filter_map(|name| name.strip_prefix("reason.")).collect();
        assert_eq!(reasons.len(), 7, "{names:?}");
        for item in &reasons {
            form.set(&format!("met.{item}"), "yes");
        }
        form.set("met.sealed", met).set("reason.sealed", reason);
        self.office.submit(&form, ("", ""), &[]).await
    }

    async fn passes(&mut self, nth: usize) {
        self.answer(nth, "yes", "").await.expect(303);
    }

    /// The page of who scores an application, and the id of an expert on it.
    async fn expert(&mut self, nth: usize, name: &str) -> String {
        let actor = actor(&self.app, "secretariat").await;
        let page = self.app.service.assignments(&actor, self.id(nth), "shortlist", "", 100).await.unwrap();
        let all = page.experts.into_iter().map(|one| one.expert);
        let all = all.chain(page.assigned.into_iter().map(|one| one.expert));
        all.into_iter().find(|expert| expert.name == name).unwrap().id
    }

    async fn act(&mut self, nth: usize, act: &str, name: &str, words: (&str, &str)) -> Answer {
        let expert = self.expert(nth, name).await;
        let path = format!("{}/experts", self.check(nth));
        let mut pairs = vec![("act", act), ("stage", "shortlist"), ("expert", expert.as_str())];
        pairs.extend(Some(words).filter(|words| !words.0.is_empty()));
        self.office.post(&path, &pairs).await
    }

    async fn assign(&mut self, nth: usize, name: &str) -> Answer {
        self.act(nth, "assign", name, ("", "")).await
    }

    async fn save(&mut self, expert: usize, nth: usize, act: &str, pairs: &[(&str, &str)]) -> Answer {
        let path = self.sheet(nth);
        let mut form = self.experts[expert].get(&path).await.expect(200).form(&path);
        for (name, value) in pairs {
            form.set(name, value);
        }
        self.experts[expert].submit(&form, ("act", act), &[]).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_are_checked_and_experts_without_a_conflict_assigned() {
    let mut room = Room::build().await;
    let path = format!("/calls/{CALL}/selection");
    let list = room.office.get(&path).await.expect(200);
    assert!(list.says("待审 2，通过 0，不通过 0") && list.says("示例产品1号"), "{}", list.words());
    assert!(room.office.get(&format!("/calls/{CALL}")).await.links().iter().any(|link| link.href == path));

    // A no needs its reason, what is half done is kept, and nobody saves over what was not seen.
    let refused = room.office.get(&room.check(0)).await.form(&room.check(0));
    room.answer(0, "no", "").await.expect(303);
    let open = room.office.get(&room.check(0)).await.expect(200);
    assert!(open.says("没有写理由") && open.says("待审"), "{}", open.words());
    let stale = room.office.submit(&refused, ("", ""), &[]).await.expect(409);
    assert!(stale.says("没有覆盖任何内容"), "{}", stale.words());
    room.assign(0, "专家一").await.expect(422);
    room.answer(0, "no", "承诺书没有盖章").await.expect(303);
    assert!(room.office.get(&path).await.says("待审 1，通过 0，不通过 1"));
    assert!(room.assign(0, "专家一").await.expect(422).says("形式审查还没有通过"));
    room.passes(0).await;
    room.passes(1).await;
    assert!(room.office.get(&format!("{path}?show=open")).await.says("没有符合条件的申报"));

    // Computed conflicts stand on the page with their evidence; they cannot be chosen, and the act itself refuses them.
    let experts = format!("{}/experts?stage=shortlist", room.check(1));
    let page = room.office.get(&experts).await.expect(200);
    for words in ["任职于牵头单位示例单位", "2023-06-30前任职于牵头单位示例单位", "离职未满3年"]
    {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    let buttons = page.forms().iter().filter(|form| form.value("act") == Some("assign")).count();
    assert_eq!(buttons, 2);
    for (name, why) in [("专家二", "任职于牵头单位"), ("专家三", "离职未满3年")] {
        let told = room.assign(1, name).await.expect(422);
        assert!(told.says("须回避") && told.says(why), "{}", told.words());
    }
    room.assign(1, "专家一").await.expect(303);
    room.assign(1, "专家一").await.expect(303);
    let page = room.office.get(&path).await.expect(200);
    assert!(page.says("已分派1") && page.says("1 / 3"), "{}", page.words());

    // In turn: whoever has least first, never in spite of a conflict; where experts are lacking, that is said.
    let mut form = page.form(&path);
    form.set("each", "0");
    assert!(room.office.submit(&form, ("", ""), &[]).await.expect(422).says("1 至 15"));
    form.set("each", "3");
    let done = room.office.submit(&form, ("", ""), &[]).await.expect(303);
    let done = room.office.follow(done).await.expect(200);
    assert!(done.says("分派了 4 人次") && done.says("1 项申报的专家仍然不足"), "{}", done.words());
    let secretariat = actor(&room.app, "secretariat").await;
    let mut given = Vec::new();
    for nth in [0, 1] {
        let view = room.app.service.assignments(&secretariat, room.id(nth), "shortlist", "", 100).await;
        let mut codes: Vec<String> = view.unwrap().assigned.into_iter().map(|one| one.expert.code).collect();
        codes.sort();
        given.push(codes.join(" "));
    }
    assert_eq!(given, ["E2 E3 E4", "E1 E4"]);

    // Taking back needs a reason, and closes the application.
    assert!(
        room.act(1, "withdraw", "专家一", ("withdraw_reason", " ")).await.expect(422).says("没有写明理由")
    );
    let second = room.sheet(1);
    room.experts[0].get(&second).await.expect(200);
    room.act(1, "withdraw", "专家一", ("withdraw_reason", "出差")).await.expect(303);
    room.experts[0].get(&second).await.expect(404);
    assert!(room.office.get(&experts).await.says("出差"));
    // Others look on at most.
    let mut auditor = login(&room.app, "auditor", Role::Auditor).await;
    let looked = auditor.get(&room.check(0)).await.expect(200);
    assert!(looked.forms().iter().all(|form| form.action != room.check(0)));
    auditor.post(&room.check(0), &[("version", "1"), ("revision", "3")]).await.expect(403);
    auditor.post(&path, &[("stage", "shortlist"), ("each", "1")]).await.expect(403);
    room.experts[0].get(&path).await.expect(403);
    room.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sheet_is_sealed_until_it_is_submitted_and_then_has_versions() {
    let mut room = Room::build().await;
    room.passes(0).await;
    let application = format!("/applications/{}", room.id(0));
    room.experts[0].get(&application).await.expect(404);
    room.assign(0, "专家一").await.expect(303);
    room.experts[0].get(&application).await.expect(200);
    room.experts[0].get(&format!("{application}/book.pdf")).await;
    room.experts[1].get(&application).await.expect(404);
    let path = room.sheet(0);
    room.experts[1].get(&path).await.expect(404);

    // First the expert says that there is no conflict.
    let list = room.experts[0].get("/sheets").await.expect(200);
    assert!(list.says("共 1 项，已提交 0 项") && list.says("示例产品1号"), "{}", list.words());
    let page = room.experts[0].get(&path).await.expect(200);
    assert!(!page.says("提交评分表"), "{}", page.words());
    let mut clear = page.forms().into_iter().filter(|form| form.value("act") == Some("clear"));
    room.experts[0].submit(&clear.next().unwrap(), ("", ""), &[]).await.expect(303);

    // What was typed is kept, whatever it is; what is wrong with it is told when it is submitted.
    room.save(0, 0, "save", &[("score.innovation", "八分"), ("comment.team", "队伍稳定")]).await.expect(303);
    let draft = room.experts[0].get(&path).await.expect(200).form(&path);
    assert_eq!(
        (draft.value("score.innovation"), draft.value("comment.team")),
        (Some("八分"), Some("队伍稳定"))
    );
    let told = room.save(0, 0, "submit", &[]).await.expect(422);
    assert!(told.says("“八分”不是数"), "{}", told.words());
    let told = room.save(0, 0, "submit", &[("score.innovation", "8.3")]).await.expect(422);
    for words in ["8.3分不在评分刻度上", "“创新性”要写评语", "“团队和条件”还没有打分"]
    {
        assert!(told.says(words), "{words}: {}", told.words());
    }
    assert_eq!(told.form(&path).value("score.innovation"), Some("8.3"));
    let stale = room.experts[0].submit(&draft, ("act", "save"), &[]).await.expect(409);
    assert!(stale.says("没有覆盖任何内容") && stale.form(&path).value("score.innovation") == Some("八分"));

    // Nobody else sees it, nor any count of it, before it is submitted.
    let selection = format!("/calls/{CALL}/selection");
    assert!(room.office.get(&selection).await.says("已提交评分表0"));
    room.office.get(&path).await.expect(404);
    room.save(0, 0, "submit", &SCORES).await.expect(303);
    let sealed = room.experts[0].get(&path).await.expect(200);
    assert!(sealed.says("已提交，第 1 版") && sealed.says("8.5 / 10"), "{}", sealed.words());
    assert!(room.office.get(&selection).await.says("已提交评分表1"));
    let again = [("act", "save"), ("revision", "4"), ("score.innovation", "1")];
    room.experts[0].post(&path, &again).await.expect(409);

    // Another version takes a reason; the one before counts until it is submitted.
    let revise =
        |page: &Answer| page.forms().into_iter().find(|form| form.value("act") == Some("revise")).unwrap();
    let blank = room.experts[0].submit(&revise(&sealed), ("", ""), &[]).await.expect(422);
    assert!(blank.says("没有写明理由"), "{}", blank.words());
    let mut form = revise(&sealed);
    form.set("reason", "复核材料后调整");
    room.experts[0].submit(&form, ("", ""), &[]).await.expect(303);
    let changing = room.experts[0].get(&path).await.expect(200);
    assert!(changing.says("修改中，第 1 版有效"), "{}", changing.words());
    assert!(room.office.get(&selection).await.says("已提交评分表1"));
    room.save(0, 0, "submit", &[("score.team", "6")]).await.expect(303);
    assert!(room.experts[0].get(&path).await.says("已提交，第 2 版"));

    // What was taken back is void, and does not come to count again with another assignment.
    room.act(0, "withdraw", "专家一", ("withdraw_reason", "评分草率")).await.expect(303);
    assert!(room.office.get(&selection).await.says("已提交评分表0"));
    let void = room.assign(0, "专家一").await.expect(422);
    assert!(void.says("已经作废"), "{}", void.words());
    assert!(room.office.get(&selection).await.says("已提交评分表0"));
    room.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conflict_that_becomes_known_closes_everything_at_once() {
    let mut room = Room::build().await;
    room.passes(0).await;
    let (path, application) = (room.sheet(0), format!("/applications/{}", room.id(0)));
    let own = room.applications[0].actor.clone();
    let view = room.app.service.application(Some(&own), room.id(0)).await.unwrap();
    let file = view.evidence.iter().flat_map(|item| &item.files).next().unwrap().id.clone();
    let open = [path.clone(), application.clone(), format!("{application}/files/{file}")];
    for name in ["专家一", "专家二", "专家三"] {
        room.assign(0, name).await.expect(303);
    }
    for expert in 0..3 {
        for path in &open {
            room.experts[expert].get(path).await.expect(200);
        }
    }
    room.experts[1].post(&path, &[("act", "clear")]).await.expect(303);
    room.save(1, 0, "submit", &SCORES).await.expect(303);

    // The expert declares it; the secretariat does; an import shows it.
    let told = room.experts[0].post(&path, &[("act", "conflict"), ("conflict_words", "")]).await.expect(422);
    assert!(told.says("没有写明理由"), "{}", told.words());
    let declared = [("act", "conflict"), ("conflict_words", "师生关系")];
    assert_eq!(room.experts[0].post(&path, &declared).await.expect(303).location(), "/sheets");
    room.act(0, "declare", "专家二", ("conflict_words", "举报查实")).await.expect(303);
    let lead = organisation_code(1);
    let works = format!("{lead}，示例单位，2015-01-01");
    import(&mut room.office, &workbook(&[["E3", "专家三", "影像", &works, ""]])).await;
    for expert in 0..3 {
        for path in &open {
            room.experts[expert].get(path).await.expect(404);
        }
        assert!(room.experts[expert].get("/sheets").await.says("共 0 项"));
        room.experts[expert].post(&path, &[("act", "clear")]).await.expect(404);
    }
    let page = room.office.get(&format!("{}/experts?stage=shortlist", room.check(0))).await.expect(200);
    for words in ["师生关系", "举报查实", "任职于牵头单位示例单位"] {
        assert!(page.says(words), "{words}: {}", page.words());
    }
    // The sheet that was submitted does not count any more, and nobody gets the application back.
    assert!(room.office.get(&format!("/calls/{CALL}/selection")).await.says("已提交评分表0"));
    for name in ["专家一", "专家二", "专家三"] {
        room.assign(0, name).await.expect(422);
    }
    room.app.assert_whole().await;
}

/// An employer of a partner bars as one of the lead does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn partners_count_as_the_lead_does() {
    let mut room = Room::build().await;
    room.passes(0).await;
    let own = room.applications[0].actor.clone();
    let view = room.app.service.application(Some(&own), room.id(0)).await.unwrap();
    let partner = view.content.rows("partners").first().expect("the sample has a partner");
    let code = match partner.get("code") {
        Some(jiebang_domain::application::Value::Text(code)) => code.clone(),
        other => panic!("{other:?}"),
    };
    let works = format!("{code}，联合单位，2015-01-01");
    import(&mut room.office, &workbook(&[["E4", "专家四", "影像", &works, ""]])).await;
    let told = room.assign(0, "专家四").await.expect(422);
    assert!(told.says("任职于联合单位"), "{}", told.words());
}
