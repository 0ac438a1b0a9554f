//! A call on its way to a shortlist, for the tests of selection and publication.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiebang_domain::recommendation::{Answer as Answered, questions};
use jiebang_domain::shared::Region;
use jiebang_service::{Actor, Assess, Role, Sign, Submit};
use jiebang_testkit::{
    Answer, Applicant, Client, PASSWORD, Ready, TestApp, add_user, organisation_code, ready_draft,
};
use rust_xlsxwriter::Workbook;

pub const CALL: &str = "miit-2025-ai-devices";
pub const NOW: &str = "2025-03-20T09:00:00+08:00";
pub const REGION: &str = "44";
/// Scores of a sheet of the first stage, all on the scale.
pub const SCORES: [(&str, &str); 6] = [
    ("score.innovation", "8.5"),
    ("comment.innovation", "算法新颖"),
    ("score.indicators", "9"),
    ("score.feasibility", "7"),
    ("score.team", "8"),
    ("score.value", "9.5"),
];

pub fn workbook(rows: &[[&str; 5]]) -> Vec<u8> {
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

pub async fn login(app: &TestApp, name: &str, role: Role) -> Client {
    add_user(&app.service, name, role, None, None).await;
    let mut client = app.client();
    Applicant::login(&mut client, name).await.expect(303);
    client
}

pub async fn upload(client: &mut Client, file: &[u8]) -> Answer {
    let form = client.get("/experts").await.expect(200).form("/experts");
    client.submit(&form, ("", ""), &[("file", "experts.xlsx", file)]).await
}

pub async fn import(client: &mut Client, file: &[u8]) {
    let form = upload(client, file).await.expect(200).form("/experts/import");
    client.submit(&form, ("", ""), &[]).await.expect(303);
}

/// A call with two recommended applications, its plan published, and three experts.
pub struct Room {
    pub app: TestApp,
    pub office: Client,
    pub experts: Vec<Client>,
    pub applications: Vec<Ready>,
}

pub async fn actor(app: &TestApp, name: &str) -> Actor {
    let mut client = app.client();
    client.post("/login", &[("username", name), ("password", PASSWORD)]).await.expect(303);
    let token = client.cookie("session").unwrap().to_owned();
    app.service.session(&token).await.unwrap().unwrap()
}

/// Applications of invented organisations, of which the desk recommends the first two.
pub async fn recommended(app: &TestApp) -> Vec<Ready> {
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
    pub async fn build() -> Self {
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

    pub fn id(&self, nth: usize) -> &str {
        &self.applications[nth].application
    }

    pub fn check(&self, nth: usize) -> String {
        format!("/calls/{CALL}/selection/{}", self.id(nth))
    }

    pub fn sheet(&self, nth: usize) -> String {
        format!("/sheets/{}/shortlist", self.id(nth))
    }

    /// Checks the form of an application with these answers to its items.
    pub async fn answer(&mut self, nth: usize, met: &str, reason: &str) -> Answer {
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

    pub async fn passes(&mut self, nth: usize) {
        self.answer(nth, "yes", "").await.expect(303);
    }

    /// The page of who scores an application, and the id of an expert on it.
    pub async fn expert(&mut self, nth: usize, name: &str) -> String {
        let actor = actor(&self.app, "secretariat").await;
        let page = self.app.service.assignments(&actor, self.id(nth), "shortlist", "", 100).await.unwrap();
        let all = page.experts.into_iter().map(|one| one.expert);
        let all = all.chain(page.assigned.into_iter().map(|one| one.expert));
        all.into_iter().find(|expert| expert.name == name).unwrap().id
    }

    pub async fn act(&mut self, nth: usize, act: &str, name: &str, words: (&str, &str)) -> Answer {
        let expert = self.expert(nth, name).await;
        let path = format!("{}/experts", self.check(nth));
        let mut pairs = vec![("act", act), ("stage", "shortlist"), ("expert", expert.as_str())];
        pairs.extend(Some(words).filter(|words| !words.0.is_empty()));
        self.office.post(&path, &pairs).await
    }

    pub async fn assign(&mut self, nth: usize, name: &str) -> Answer {
        self.act(nth, "assign", name, ("", "")).await
    }

    pub async fn save(&mut self, expert: usize, nth: usize, act: &str, pairs: &[(&str, &str)]) -> Answer {
        let path = self.sheet(nth);
        let mut form = self.experts[expert].get(&path).await.expect(200).form(&path);
        for (name, value) in pairs {
            form.set(name, value);
        }
        self.experts[expert].submit(&form, ("act", act), &[]).await
    }
}
