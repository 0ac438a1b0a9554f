//! The operator's plan: read by everybody, published by the programme office, never over what was not seen.

use jiebang_callfile::Library;
use jiebang_service::Role;
use jiebang_testkit::{Applicant, Client, TestApp, add_user};

const CALL: &str = "miit-2025-ai-devices";
const NOW: &str = "2025-03-20T09:00:00+08:00";
const PATH: &str = "/calls/miit-2025-ai-devices/plan";

async fn login(app: &TestApp, name: &str, role: Role) -> Client {
    add_user(&app.service, name, role, None, None).await;
    let mut client = app.client();
    Applicant::login(&mut client, name).await.expect(303);
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plan_is_published_by_the_office_and_read_by_everybody() {
    let app = TestApp::start(NOW).await;
    let plan = Library::default().plan(CALL).unwrap().0;
    let none = app.client().get(PATH).await.expect(200);
    assert!(
        none.says("还没有发布") && none.forms().iter().all(|form| form.action != PATH),
        "{}",
        none.words()
    );
    app.client().get(&format!("{PATH}.toml")).await.expect(404);
    app.client().get("/calls/no-such-call/plan").await.expect(404);

    // The form holds the plan that stands beside the call.
    let mut office = login(&app, "office", Role::ProgrammeOffice).await;
    let form = office.get(PATH).await.expect(200).form(PATH);
    assert_eq!(form.value("plan").unwrap().trim(), plan.trim());
    assert_eq!(office.submit(&form, ("", ""), &[]).await.expect(303).location(), PATH);
    let shown = app.client().get(PATH).await.expect(200);
    for words in ["第 1 版", "创新性", "平均分不低于 75", "5 个工作日，发布当日计入", "每 6 个月一次"]
    {
        assert!(shown.says(words), "{words}: {}", shown.words());
    }
    let english = app.client().get(&format!("{PATH}?lang=en")).await.expect(200);
    assert!(english.says("Version 1") && english.says("mean at least 75"), "{}", english.words());
    let file = app.client().get(&format!("{PATH}.toml")).await.expect(200);
    assert_eq!(file.body.trim(), plan.trim());

    // What is faulty is told with its line, and what was sent is kept.
    let mut faulty = office.get(PATH).await.expect(200).form(PATH);
    faulty.set("plan", &plan.replacen("weight = 25", "weight = 26", 1));
    let refused = office.submit(&faulty, ("", ""), &[]).await.expect(422);
    assert!(refused.says("行第") && refused.says("101"), "{}", refused.words());
    assert!(refused.form(PATH).value("plan").unwrap().contains("weight = 26"));
    for (name, text) in [("plan", "plan = ["), ("plan", ""), ("plan", "language = 1\n"), ("seen", "x")] {
        let mut form = faulty.clone();
        form.set("plan", &plan);
        let sent = office.submit(form.set(name, text), ("", ""), &[]).await;
        assert!([409, 422].contains(&sent.status.as_u16()), "{name}={text}: {}", sent.words());
    }

    // A second version replaces the first, and nobody publishes over what was not seen.
    let mut first = office.get(PATH).await.expect(200).form(PATH);
    let mut second = first.clone();
    first.set("plan", &plan.replacen("least = 75", "least = 76", 1));
    office.submit(&first, ("", ""), &[]).await.expect(303);
    second.set("plan", &plan.replacen("least = 75", "least = 77", 1));
    let stale = office.submit(&second, ("", ""), &[]).await.expect(409);
    assert!(stale.says("平均分不低于 76") && stale.says("方案已有新版"), "{}", stale.words());
    assert!(stale.form(PATH).value("plan").unwrap().contains("least = 77"));
    let again = stale.form(PATH);
    office.submit(&again, ("", ""), &[]).await.expect(303);
    assert!(app.client().get(PATH).await.expect(200).says("第 3 版"));
    app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_publishes_a_plan() {
    let app = TestApp::start(NOW).await;
    let plan = Library::default().plan(CALL).unwrap().0;
    let sent = [("seen", "0"), ("plan", plan.as_str())];
    app.client().post(PATH, &sent).await.expect(303);
    for role in [Role::Secretariat, Role::Auditor, Role::Expert] {
        let mut client = login(&app, role.id(), role).await;
        client.post(PATH, &sent).await.expect(403);
        let page = client.get(PATH).await.expect(200);
        assert!(page.forms().iter().all(|form| form.action != PATH), "{}", role.id());
    }
    assert!(app.client().get(PATH).await.expect(200).says("还没有发布"));
}
