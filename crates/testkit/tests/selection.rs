//! The selection over HTTP: experts are imported as it was shown, forms are checked, applications go to experts without a
//! conflict, and a conflict that becomes known closes everything.

mod room;

use jiebang_service::Role;
use jiebang_testkit::{Answer, Applicant, TestApp, add_user, organisation_code};

use room::{CALL, NOW, Room, SCORES, actor, import, login, upload, workbook};

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
