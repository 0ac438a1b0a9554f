//! Recommendation tables over HTTP: of the list as it is and of what was confirmed, as pages and as a workbook, and what the code on
//! them leads to.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use jiebang_domain::recommendation::{Answer as Answered, questions};
use jiebang_domain::shared::{Language, Region};
use jiebang_service::{Actor, Assess, Paper, Role, ServiceError, Sign, Submit, TableForm, WhichList};
use jiebang_testkit::{Answer, Client, PASSWORD, TestApp, add_user, ready_draft};

/// Eight columns, one of them for notes; a fixed number of places, so that lists can be confirmed before applicants close.
const CALL: &str = "miit-2025-biomaterials-2";
const NOW: &str = "2025-03-20T09:00:00+08:00";
const REGION: &str = "44";
const FORMULA: &str = "=HYPERLINK(\"http://x\",\"y\")";

/// A desk with two verified applications on its list.
struct Desk {
    app: TestApp,
    region: Region,
    officers: [(Actor, Client); 2],
    applications: Vec<String>,
}

async fn person(app: &TestApp, role: Role, region: Option<&str>) -> (Actor, Client) {
    let name = format!("{}-{}", role.id(), region.unwrap_or("all")).replace('_', "-");
    add_user(&app.service, &name, role, region, None).await;
    login(app, &name).await
}

async fn login(app: &TestApp, name: &str) -> (Actor, Client) {
    let mut client = app.client();
    client.post("/login", &[("username", name), ("password", PASSWORD)]).await.expect(303);
    let session = client.cookie("session").unwrap().to_owned();
    (app.service.session(&session).await.unwrap().unwrap(), client)
}

impl Desk {
    async fn build() -> Self {
        let app = TestApp::start(NOW).await;
        let mut applications = Vec::new();
        for (nth, title) in [(1, "示例产品1号"), (2, FORMULA)] {
            let sample = app.sample(CALL).of_organisation(nth).of_region(REGION, title);
            let ready = ready_draft(&app.service, &sample, &format!("applicant-{nth}")).await;
            let received_at = app.service.clock().now();
            let application = ready.application.clone();
            let submit = Submit { application: application.clone(), seen: None, key: None, received_at };
            app.service.submit(&ready.actor, submit).await.unwrap();
            applications.push(application);
        }
        let officers = [
            person(&app, Role::IndustryAuthority, Some(REGION)).await,
            person(&app, Role::DrugRegulator, Some(REGION)).await,
        ];
        let desk = Self { app, region: Region::parse(REGION).unwrap(), officers, applications };
        for nth in 0..2 {
            desk.assess(nth).await;
        }
        desk.rank(&[1, 0]).await;
        desk
    }

    async fn assess(&self, nth: usize) {
        let call = self.app.service.call(CALL).unwrap().call;
        let sheet = Assess {
            application: self.applications[nth].clone(),
            version: 1,
            answers: questions(&call.call).map(|of| (of.code.clone(), Answered::Met)).collect(),
            reason: format!("指标领先{nth}"),
            remark: "+1".to_owned(),
            ..Assess::default()
        };
        self.app.service.assess(&self.officers[0].0, sheet).await.unwrap();
    }

    async fn rank(&self, order: &[usize]) {
        let (service, by) = (&self.app.service, &self.officers[0].0);
        let revision = service.recommendation_list(by, CALL, self.region).await.unwrap().revision;
        let ranks: Vec<_> = order.iter().map(|nth| self.applications[*nth].clone()).zip(1..).collect();
        service.rank(by, CALL, self.region, revision, &ranks).await.unwrap();
    }

    async fn confirm(&self) {
        for (officer, _) in &self.officers {
            let sign = Sign { call: CALL.to_owned(), region: self.region, seen: None, key: None };
            self.app.service.sign_list(officer, sign).await.unwrap();
        }
    }

    async fn reopen(&self) {
        let by = &self.officers[1].0;
        self.app.service.reopen_list(by, CALL, self.region, "更正排序", None).await.unwrap();
    }

    /// The document at an address under the desk, asked for until it is there.
    async fn table(&self, path: &str) -> Vec<u8> {
        let mut client = self.officers[0].1.clone();
        made(&mut client, &format!("/desk/{CALL}/{path}")).await.expect(200).bytes.to_vec()
    }
}

async fn made(client: &mut Client, path: &str) -> Answer {
    for _ in 0..30 {
        let answer = client.get(path).await;
        if answer.status.as_u16() != 202 {
            return answer;
        }
        // The page leads back to the very same document.
        assert!(answer.links().iter().any(|link| link.href == path), "{path}: {}", answer.words());
    }
    panic!("{path} is not made")
}

/// The cells of a workbook by row; the test ends where one of them is a formula.
fn cells(file: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).unwrap();
    let name = book.sheet_names()[0].clone();
    assert!(book.worksheet_formula(&name).unwrap().is_empty());
    let sheet = book.worksheet_range(&name).unwrap();
    assert_eq!(sheet.start(), Some((0, 0)));
    sheet.rows().map(<[Data]>::to_vec).collect()
}

fn texts(row: &[Data]) -> Vec<String> {
    row.iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workbook_has_the_columns_of_the_call_and_its_types() {
    let desk = Desk::build().await;
    let rows = cells(desk.table("table.xlsx").await);
    assert!(rows[1][0].to_string().contains("广东"), "{:?}", rows[1]);
    assert!(rows[2][0].to_string().contains("暂定"), "{:?}", rows[2]);
    let call = desk.app.service.call(CALL).unwrap().call;
    let columns = &call.call.recommendation.as_ref().unwrap().columns;
    let labels: Vec<&str> = columns.iter().map(|(label, _)| label.zh.as_str()).collect();
    assert_eq!(texts(&rows[3]), labels);
    let sample = desk.app.sample(CALL);
    let (first, second) = (&rows[4], &rows[5]);
    assert_eq!((&first[0], &second[0]), (&Data::Float(1.0), &Data::Float(2.0)));
    // What begins like a formula is a text, and so is a number that nobody counts with.
    assert_eq!(first[3], Data::String(FORMULA.to_owned()));
    assert_eq!(
        first[4..],
        ["指标领先1", "王芳", "13800000002", "+1"].map(|text| Data::String(text.to_owned()))
    );
    assert_eq!(second[3], Data::String("示例产品1号".to_owned()));
    assert!(second[1].to_string().starts_with(sample.applicant("name")), "{second:?}");
    assert_eq!(rows.len(), 6);
    // In English the columns are the call's as well.
    let english = cells(desk.table("table.xlsx?lang=en").await);
    let labels: Vec<&str> = columns.iter().map(|(label, _)| label.en.as_str()).collect();
    assert_eq!(texts(&english[3]), labels);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmed_version_is_the_same_file_for_ever() {
    let desk = Desk::build().await;
    let provisional = [desk.table("table.pdf").await, desk.table("table.xlsx").await];
    assert!(provisional[0].starts_with(b"%PDF-1.7"));
    desk.confirm().await;
    let confirmed = [desk.table("lists/1/table.pdf").await, desk.table("lists/1/table.xlsx").await];
    assert!(confirmed[0] != provisional[0] && confirmed[1] != provisional[1]);
    // The list as it is, is the confirmed one.
    assert!([desk.table("table.pdf").await, desk.table("table.xlsx").await] == confirmed);

    desk.reopen().await;
    desk.rank(&[0]).await;
    let again = [desk.table("table.pdf").await, desk.table("table.xlsx").await];
    assert!(again != confirmed && again != provisional);
    assert!(cells(again[1].clone())[2][0].to_string().contains("暂定"));
    desk.confirm().await;
    assert!(desk.table("lists/2/table.pdf").await != confirmed[0]);
    // Made anew, by a server that remembers nothing, it is the same.
    let beside = desk.app.beside(None).await;
    for (form, wanted) in [(TableForm::Pages, &confirmed[0]), (TableForm::Workbook, &confirmed[1])] {
        let file = loop {
            let which = WhichList { call: CALL.to_owned(), region: desk.region, version: Some(1) };
            match beside.recommendation_table(&desk.officers[1].0, which, form, Language::Zh).await.unwrap() {
                Paper::Ready(file) => break file,
                Paper::Waiting(_) => {}
            }
        };
        assert!(file == wanted.as_slice(), "{form:?}");
    }
    let mut client = desk.officers[0].1.clone();
    client.get(&format!("/desk/{CALL}/lists/3/table.pdf")).await.expect(404);
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_are_for_the_desk_and_for_who_watches_it() {
    let desk = Desk::build().await;
    desk.confirm().await;
    let (_, mut stranger) = person(&desk.app, Role::DrugRegulator, Some("440300")).await;
    let (_, mut applicant) = login(&desk.app, "applicant-1").await;
    let (_, mut office) = person(&desk.app, Role::ProgrammeOffice, None).await;
    let (_, mut auditor) = person(&desk.app, Role::Auditor, None).await;
    let mut nobody = desk.app.client();
    for (file, kind) in [
        ("table.pdf", "application/pdf"),
        ("table.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ] {
        for at in [format!("/desk/{CALL}/{file}"), format!("/desk/{CALL}/lists/1/{file}")] {
            let path = format!("{at}?region={REGION}");
            for client in [&mut stranger, &mut applicant] {
                client.get(&path).await.expect(404);
            }
            nobody.get(&path).await.expect(303);
            for client in [&mut office, &mut auditor] {
                let answer = made(client, &path).await.expect(200);
                assert_eq!(answer.header("content-type"), kind);
                let named = answer.header("content-disposition");
                assert!(named.starts_with("attachment") && named.contains(&file[5..]), "{named}");
            }
            // A desk whose list nobody has begun has no table.
            stranger.get(&at).await.expect(404);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_offer_the_table_and_its_code_leads_to_the_record() {
    let desk = Desk::build().await;
    let mut client = desk.officers[1].1.clone();
    let at = |rest: &str| format!("/desk/{CALL}/{rest}");
    let offers = |page: &Answer, path: String| page.links().iter().any(|link| link.href == path);
    let page = client.get(&at("confirmation")).await.expect(200);
    assert!(page.says("暂定") && offers(&page, at("table.pdf")) && offers(&page, at("table.xlsx")));
    desk.confirm().await;
    let page = client.get(&at("confirmation")).await.expect(200);
    assert!(!page.says("暂定") && offers(&page, at("lists/1/table.pdf")), "{}", page.words());
    let page = client.get(&at("lists/1")).await.expect(200);
    assert!(offers(&page, at("lists/1/table.pdf")) && offers(&page, at("lists/1/table.xlsx")));

    let rows = cells(desk.table("lists/1/table.xlsx").await);
    let standing = rows[2][0].to_string();
    let (number, sha256) = standing.split_once('　').unwrap();
    let number = number.strip_prefix("名单编号：").unwrap();
    let sha256 = sha256.strip_prefix("SHA-256：").unwrap();
    let view = desk.app.service.confirmed_list(&desk.officers[0].0, CALL, desk.region, 1).await.unwrap();
    assert_eq!(view.content_sha256, sha256);
    let mut anyone = desk.app.client();
    let code = |number: &str, sha256: &str| format!("/verify?number={number}&sha256={sha256}");
    let right = anyone.get(&code(number, sha256)).await.expect(200);
    assert!(right.says("文书与记录一致") && right.says("经两部门确认"), "{}", right.words());
    let other = number.replace("-44-", "-11-");
    for (number, sha256) in [
        (number, "0".repeat(64)),
        (&other, sha256.to_owned()),
        (number, String::new()),
        ("%00", "x".to_owned()),
    ] {
        let wrong = anyone.get(&code(number, &sha256)).await.expect(200);
        assert!(wrong.says("没有这样的记录") && !wrong.says("一致"), "{}", wrong.words());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_erased_by_law_is_in_no_table() {
    let desk = Desk::build().await;
    desk.confirm().await;
    let before = cells(desk.table("lists/1/table.xlsx").await);
    let id = desk.applications[0].clone();
    let position = desk
        .app
        .service
        .store()
        .read::<_, ServiceError>(Box::new(move |rows| {
            Box::pin(async move { Ok(rows.submissions(&id).await?[0].position) })
        }))
        .await
        .unwrap();
    desk.app.service.erase_event(position, "依据某条例删除").await.unwrap();
    let after = cells(desk.table("lists/1/table.xlsx").await);
    assert_eq!(before[4], after[4], "another application");
    assert_eq!(texts(&before[5])[5..7], ["王芳", "13800000002"]);
    assert_eq!(texts(&after[5])[5..7], ["", ""]);
    // What the list itself says stays.
    assert_eq!(before[5][..5], after[5][..5]);
}
