//! Who may do what, over HTTP: every route by everybody, in every state of an application. Also what protects requests: same-site
//! acts, fixed headers, secrets that stay secret.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jiebang_domain::publication::{ListEntry, ListFile, VersionReason, VersionStage};
use jiebang_domain::recommendation::{Answer as Answered, questions};
use jiebang_domain::selection::CheckAnswer;
use jiebang_domain::shared::{Digest, Region};
use jiebang_service::{Assess, ChangeOrganisation, Opened, Role, SaveFormCheck, Sign, Submit};
use jiebang_store::{PublishedListRow, StoreError};
use jiebang_testkit::{
    Answer, Client, PASSWORD, Ready, Sample, Setup, TestApp, add_user, multipart_kind, ready_draft,
    registration,
};

const NOW: &str = "2025-03-20T09:00:00+08:00";
const CALL: &str = "miit-2025-ai-devices";
/// A call with a confirmed list.
const LISTED: &str = "miit-2025-biomaterials-2";
/// Number on its published list.
const LISTED_NUMBER: &str = "N-000001";
/// Region of the sample's organisation, and another one.
const OWN_REGION: &str = "35";
const OTHER_REGION: &str = "440300";

/// Whose a route is: what decides who may use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Everybody's.
    Public,
    /// Everybody's who is logged in.
    Account,
    /// An application as it stands.
    Application,
    /// What was changed after a submission, where something was.
    Draft,
    /// An act on an application.
    Act,
    /// Receipts and frozen copies.
    Receipt,
    /// Organisations of applicants and partners.
    Organisation,
    /// A new application.
    Begin,
    /// The programme office's.
    Office,
    /// An invitation, for whoever holds its secret.
    Invitation,
    /// The desks: the own one of an authority, all of them for who watches them.
    Desks,
    /// The desk of a region.
    Desk,
    /// An act on the list of a region.
    DeskAct,
    /// What the programme office decides on a list.
    DeskDecision,
    /// An application as its desk works on it.
    DeskApplication,
    /// What its desk writes about an application.
    DeskWork,
    /// Published lists and what is said against them: everybody's.
    Lists,
    /// What the office decides of lists and objections.
    ListAct,
    /// The library of experts.
    Experts,
    /// An import of experts.
    ExpertsAct,
    /// The selection of a call.
    Selection,
    /// An act on the selection.
    SelectionAct,
    /// What is typed in a check of form.
    SelectionWork,
    /// What an expert is to score.
    Sheets,
    /// The sheet of an expert who is to score.
    Sheet,
    /// What is typed on it.
    SheetWork,
    /// The board of a race.
    Race,
    /// A team in the race: the application that stands submitted.
    Team,
    /// What a team writes, and what the office decides on it.
    TeamAct,
    /// The evaluation of a team.
    Evaluation,
    /// An act on it.
    EvaluationAct,
}

impl Whose {
    /// It depends on the state of an application.
    fn of_application(self) -> bool {
        matches!(
            self,
            Self::Application
                | Self::Draft
                | Self::Act
                | Self::Receipt
                | Self::DeskApplication
                | Self::DeskWork
                | Self::Team
                | Self::TeamAct
        )
    }

    /// It is of the application that stands for a selection.
    fn of_selection(self) -> bool {
        matches!(
            self,
            Self::Lists
                | Self::ListAct
                | Self::Selection
                | Self::SelectionAct
                | Self::SelectionWork
                | Self::Sheet
                | Self::SheetWork
        )
    }

    /// What is sent there is carried over a login.
    fn carries(self) -> bool {
        matches!(
            self,
            Self::DeskAct
                | Self::DeskDecision
                | Self::DeskWork
                | Self::SelectionWork
                | Self::SheetWork
                | Self::TeamAct
        )
    }
}

/// Every route of the router. `{id}` and the like stand for what the test puts in.
const ROUTES: [(&str, &str, Whose); 146] = [
    ("GET", "/", Whose::Public),
    ("GET", "/healthz", Whose::Public),
    ("GET", "/assets/{*path}", Whose::Public),
    ("GET", "/favicon.ico", Whose::Public),
    ("GET", "/robots.txt", Whose::Public),
    ("GET", "/help", Whose::Public),
    ("GET", "/rules", Whose::Public),
    ("GET", "/rules/{code}", Whose::Public),
    ("GET", "/calls/{id}", Whose::Public),
    ("GET", "/calls/{id}/call.toml", Whose::Public),
    ("GET", "/calls/{id}/shared/{name}", Whose::Public),
    ("GET", "/calls/{id}/plan", Whose::Public),
    ("GET", "/calls/{id}/plan.toml", Whose::Public),
    ("POST", "/calls/{id}/plan", Whose::Office),
    ("GET", "/calls/{id}/race", Whose::Race),
    ("GET", "/calls/{id}/race.csv", Whose::Race),
    ("GET", "/teams/{id}", Whose::Team),
    ("POST", "/teams/{id}", Whose::TeamAct),
    ("GET", "/calls/{id}/lists", Whose::Lists),
    ("GET", "/calls/{id}/lists/{stage}", Whose::Lists),
    ("POST", "/calls/{id}/lists/{stage}", Whose::Lists),
    ("GET", "/calls/{id}/lists/{stage}/draft", Whose::Selection),
    ("POST", "/calls/{id}/lists/{stage}/draft", Whose::ListAct),
    ("GET", "/calls/{id}/lists/{stage}/{version}", Whose::Lists),
    ("GET", "/calls/{id}/lists/{stage}/{version}/list.json", Whose::Lists),
    ("GET", "/calls/{id}/lists/{stage}/{version}/list.csv", Whose::Lists),
    ("GET", "/calls/{id}/lists/{stage}/{version}/list.pdf", Whose::Lists),
    ("GET", "/calls/{id}/lists/{stage}/{version}/list.xlsx", Whose::Lists),
    ("GET", "/calls/{id}/lists/{stage}/{version}/certificates/{number}", Whose::Lists),
    ("GET", "/calls/{id}/lists/{stage}/{version}/certificates/{number}/certificate.pdf", Whose::Lists),
    ("GET", "/calls/{id}/objections", Whose::Selection),
    ("POST", "/calls/{id}/objections", Whose::ListAct),
    ("GET", "/.well-known/jiebang-ledger", Whose::Public),
    ("GET", "/ledger/checkpoint", Whose::Public),
    ("GET", "/ledger/consistency/{old}", Whose::Public),
    ("GET", "/ledger/tile/{*path}", Whose::Public),
    ("GET", "/verify", Whose::Public),
    ("POST", "/verify", Whose::Public),
    ("GET", "/demo/clock", Whose::Public),
    ("POST", "/demo/clock", Whose::Public),
    ("GET", "/login", Whose::Public),
    ("POST", "/login", Whose::Public),
    ("POST", "/logout", Whose::Public),
    ("GET", "/register", Whose::Public),
    ("POST", "/register", Whose::Public),
    ("GET", "/join/{token}", Whose::Invitation),
    ("POST", "/join/{token}", Whose::Invitation),
    ("GET", "/account", Whose::Account),
    ("POST", "/account", Whose::Account),
    ("POST", "/account/password", Whose::Account),
    ("GET", "/applications", Whose::Account),
    ("GET", "/organisation", Whose::Organisation),
    ("POST", "/organisation", Whose::Organisation),
    ("GET", "/organisation/change", Whose::Organisation),
    ("POST", "/organisation/invitations", Whose::Organisation),
    ("POST", "/calls/{id}/applications", Whose::Begin),
    ("GET", "/applications/{id}", Whose::Application),
    ("GET", "/applications/{id}/draft", Whose::Draft),
    ("GET", "/applications/{id}/book.pdf", Whose::Application),
    ("GET", "/applications/{id}/check", Whose::Application),
    ("GET", "/applications/{id}/submit", Whose::Application),
    ("GET", "/applications/{id}/withdraw", Whose::Application),
    ("GET", "/applications/{id}/{section}", Whose::Application),
    ("GET", "/applications/{id}/files/{file}", Whose::Application),
    ("POST", "/applications/{id}/{section}", Whose::Act),
    ("POST", "/applications/{id}/submit", Whose::Act),
    ("POST", "/applications/{id}/reopen", Whose::Act),
    ("POST", "/applications/{id}/withdraw", Whose::Act),
    ("GET", "/receipts/{number}", Whose::Receipt),
    ("GET", "/receipts/{number}.json", Whose::Receipt),
    ("GET", "/receipts/{number}/application", Whose::Receipt),
    ("GET", "/receipts/{number}/book.pdf", Whose::Receipt),
    ("GET", "/receipts/{number}/content", Whose::Receipt),
    ("GET", "/desk", Whose::Desks),
    ("GET", "/desk/{call}", Whose::Desk),
    ("POST", "/desk/{call}", Whose::DeskDecision),
    ("GET", "/desk/{call}/ranking", Whose::Desk),
    ("POST", "/desk/{call}/ranking", Whose::DeskAct),
    ("GET", "/desk/{call}/confirmation", Whose::Desk),
    ("POST", "/desk/{call}/confirmation", Whose::DeskAct),
    ("GET", "/desk/{call}/table.pdf", Whose::Desk),
    ("GET", "/desk/{call}/table.xlsx", Whose::Desk),
    ("GET", "/desk/{call}/lists/{version}", Whose::Desk),
    ("GET", "/desk/{call}/lists/{version}/table.pdf", Whose::Desk),
    ("GET", "/desk/{call}/lists/{version}/table.xlsx", Whose::Desk),
    ("GET", "/desk/{call}/lists/{version}/content", Whose::Desk),
    ("GET", "/desk/{call}/applications/{id}", Whose::DeskApplication),
    ("POST", "/desk/{call}/applications/{id}", Whose::DeskWork),
    ("GET", "/experts", Whose::Experts),
    ("POST", "/experts", Whose::ExpertsAct),
    ("POST", "/experts/import", Whose::ExpertsAct),
    ("GET", "/experts/template.xlsx", Whose::Experts),
    ("GET", "/calls/{id}/selection", Whose::Selection),
    ("POST", "/calls/{id}/selection", Whose::SelectionAct),
    ("GET", "/calls/{id}/selection/{application}", Whose::Selection),
    ("POST", "/calls/{id}/selection/{application}", Whose::SelectionWork),
    ("GET", "/calls/{id}/selection/{application}/experts", Whose::Selection),
    ("POST", "/calls/{id}/selection/{application}/experts", Whose::SelectionAct),
    ("GET", "/sheets", Whose::Sheets),
    ("GET", "/sheets/{application}/{stage}", Whose::Sheet),
    ("POST", "/sheets/{application}/{stage}", Whose::SheetWork),
    ("GET", "/teams/{id}/evaluation", Whose::Evaluation),
    ("POST", "/teams/{id}/evaluation", Whose::EvaluationAct),
    ("GET", "/office/calls", Whose::Office),
    ("POST", "/office/calls/{id}/publish", Whose::Office),
    ("GET", "/api/v1/openapi.json", Whose::Public),
    ("GET", "/api/{*path}", Whose::Public),
    ("POST", "/api/v1/tokens", Whose::Public),
    ("GET", "/api/v1/tokens/current", Whose::Account),
    ("DELETE", "/api/v1/tokens/current", Whose::Account),
    ("GET", "/api/v1/calls", Whose::Public),
    ("GET", "/api/v1/calls/{id}", Whose::Public),
    ("GET", "/api/v1/calls/{id}/explanation", Whose::Public),
    ("POST", "/api/v1/calls/{id}/applications", Whose::Begin),
    ("GET", "/api/v1/applications", Whose::Organisation),
    ("GET", "/api/v1/applications/{id}", Whose::Application),
    ("PATCH", "/api/v1/applications/{id}", Whose::Act),
    ("GET", "/api/v1/applications/{id}/findings", Whose::Application),
    ("POST", "/api/v1/applications/{id}/reopen", Whose::Act),
    ("POST", "/api/v1/applications/{id}/withdraw", Whose::Act),
    ("GET", "/api/v1/applications/{id}/partners", Whose::Application),
    ("POST", "/api/v1/applications/{id}/partners", Whose::Act),
    ("PATCH", "/api/v1/applications/{id}/partners/{member}", Whose::Act),
    ("DELETE", "/api/v1/applications/{id}/partners/{member}", Whose::Act),
    ("GET", "/api/v1/applications/{id}/files", Whose::Application),
    ("POST", "/api/v1/applications/{id}/files", Whose::Act),
    ("GET", "/api/v1/applications/{id}/files/{file}", Whose::Application),
    ("DELETE", "/api/v1/applications/{id}/files/{file}", Whose::Act),
    ("POST", "/api/v1/applications/{id}/submissions", Whose::Act),
    ("GET", "/api/v1/receipts/{number}", Whose::Receipt),
    ("GET", "/api/v1/receipts/{number}/content", Whose::Receipt),
    ("GET", "/api/v1/desks/{call}", Whose::Desks),
    ("GET", "/api/v1/desks/{call}/{region}", Whose::Desk),
    ("GET", "/api/v1/desks/{call}/{region}/applications", Whose::Desk),
    ("PUT", "/api/v1/desks/{call}/{region}/ranking", Whose::DeskAct),
    ("POST", "/api/v1/desks/{call}/{region}/confirmations", Whose::DeskAct),
    ("POST", "/api/v1/desks/{call}/{region}/reopenings", Whose::DeskAct),
    ("PUT", "/api/v1/desks/{call}/{region}/overrun", Whose::DeskAct),
    ("PUT", "/api/v1/desks/{call}/{region}/overrun/decision", Whose::DeskDecision),
    ("GET", "/api/v1/desks/{call}/{region}/lists/{version}", Whose::Desk),
    ("GET", "/api/v1/desks/{call}/{region}/applications/{id}", Whose::DeskApplication),
    ("PUT", "/api/v1/desks/{call}/{region}/applications/{id}/sheet", Whose::DeskWork),
    ("PUT", "/api/v1/desks/{call}/{region}/applications/{id}/opinion", Whose::DeskWork),
    ("POST", "/api/v1/desks/{call}/{region}/applications/{id}/returns", Whose::DeskWork),
    ("GET", "/no/such/page", Whose::Public),
    ("POST", "/no/such/page", Whose::Public),
];

/// Routes of the table that the router does not name: an ending of another one, and pages that are not there.
const UNNAMED: [&str; 2] = ["/receipts/{number}.json", "/no/such/page"];

#[test]
fn every_route_of_the_router_stands_in_the_table() {
    let mut sources = String::new();
    read_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/src"), &mut sources);
    let mut named = BTreeSet::new();
    for rest in sources.split(".route(").skip(1) {
        let path = rest.split('"').nth(1).expect("a path").to_owned();
        let end = rest.match_indices(['(', ')']).scan(1, |open, (place, sign)| {
            *open += if sign == "(" { 1 } else { -1 };
            Some((place, *open))
        });
        let end = end.into_iter().find(|(_, open)| *open == 0).expect("a closed call").0;
        let call: String = rest[..end].split_whitespace().collect();
        let mut methods = 0;
        for (word, method) in [
            ("get(", "GET"),
            ("post(", "POST"),
            ("put(", "PUT"),
            ("patch(", "PATCH"),
            ("delete(", "DELETE"),
            ("any(", "GET"),
        ] {
            let called = |place: usize| {
                !call[..place].ends_with(|letter: char| letter.is_alphanumeric() || "_:".contains(letter))
            };
            if call.match_indices(word).any(|(place, _)| called(place)) {
                named.insert((method.to_owned(), path.clone()));
                methods += 1;
            }
        }
        assert!(methods > 0, "{path} has no method that this test knows");
    }
    let table: BTreeSet<(String, String)> = ROUTES
        .iter()
        .filter(|(_, path, _)| !UNNAMED.contains(path))
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    let missing: Vec<_> = named.difference(&table).collect();
    let gone: Vec<_> = table.difference(&named).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not in the table: {missing:?}; not in the router: {gone:?}"
    );
    assert!(named.len() > 30, "{named:?}");
}

fn read_sources(folder: &Path, sources: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_sources(&path, sources);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

/// Somebody who asks.
#[derive(Clone, Debug)]
struct Who {
    name: String,
    /// `None` for anybody who is not logged in.
    role: Option<Role>,
    /// Own organisation or own region.
    own: bool,
    client: Client,
    /// A program that asks in the same name.
    program: Client,
}

/// An application in one state, with what belongs to it.
struct Case {
    state: &'static str,
    id: String,
    file: String,
    receipt: Option<String>,
}

/// A demo with everybody in it, and applications of one organisation in every state.
struct Town {
    app: TestApp,
    sample: Sample,
    owner: Ready,
    people: Vec<Who>,
    cases: Vec<Case>,
    /// The application that stands for the selection of the call with a list, which its expert is to score.
    scored: String,
}

impl Town {
    async fn build() -> Self {
        let app = TestApp::with(Setup { now: NOW.to_owned(), demo: true, ..Setup::default() }).await;
        let sample = app.sample(CALL);
        assert_eq!(sample.applicant("region"), OWN_REGION);
        let owner = ready_draft(&app.service, &sample, "owner").await;
        let other = sample.of_organisation(5);
        ready_draft(&app.service, &other, "other").await;
        let (own_code, other_code) =
            (sample.applicant("code").to_owned(), other.applicant("code").to_owned());
        let mut people = vec![Who {
            name: "nobody".to_owned(),
            role: None,
            own: false,
            client: app.client(),
            program: app.client(),
        }];
        for role in Role::ALL {
            for own in [true, false] {
                if !role.has_organisation() && !role.has_region() && !own {
                    continue;
                }
                let name = format!("{}-{}", role.id(), if own { "own" } else { "other" });
                let region = role.has_region().then_some(if own { OWN_REGION } else { OTHER_REGION });
                let organisation =
                    role.has_organisation().then_some(if own { &own_code } else { &other_code });
                add_user(&app.service, &name, role, region, organisation.map(String::as_str)).await;
                let mut client = app.client();
                let login = [("username", name.as_str()), ("password", PASSWORD)];
                client.post("/login", &login).await.expect(303);
                let program = app.program(&name).await;
                people.push(Who { name, role: Some(role), own, client, program });
            }
        }
        let scored = confirm_a_list(&app, &people).await;
        publish_a_plan(&people, CALL).await;
        publish_a_plan(&people, LISTED).await;
        assign_an_expert(&app, &people, &scored).await;
        publish_a_list(&app, &people).await;
        enter_the_race(&app, &scored).await;
        let mut town = Self { app, sample, owner, people, cases: Vec::new(), scored };
        for state in ["draft", "submitted", "reopened", "withdrawn"] {
            let case = town.case(state).await;
            town.cases.push(case);
        }
        town.race().await;
        town
    }

    async fn case(&self, state: &'static str) -> Case {
        let service = &self.app.service;
        let ready = self.owner.another(service, &self.sample).await;
        let id = ready.application;
        let view = service.application(Some(&ready.actor), &id).await.unwrap();
        let file = view.evidence.iter().flat_map(|item| &item.files).next().unwrap().id.clone();
        let mut receipt = None;
        if state != "draft" {
            let received_at = service.clock().now();
            let submit = Submit { application: id.clone(), seen: None, key: None, received_at };
            receipt = Some(service.submit(&ready.actor, submit).await.unwrap().number);
        }
        match state {
            "reopened" => service.reopen(&ready.actor, &id).await.unwrap(),
            "withdrawn" => service.withdraw(&ready.actor, &id).await.unwrap(),
            _ => {}
        }
        Case { state, id, file, receipt }
    }

    /// The application that stands submitted races.
    async fn race(&self) {
        let case = self.cases.iter().find(|case| case.state == "submitted").unwrap();
        let opened = Opened {
            version: 1,
            entries: vec![(case.id.clone(), "shortlisted".to_owned())],
            at: self.app.service.clock().now(),
            by: self.owner.actor.account_id.clone(),
        };
        assert_eq!(self.app.service.open_race_for_demo(CALL, opened).await.unwrap(), 1);
    }

    fn section(&self) -> String {
        self.sample.call().sections[0].id.clone()
    }
}

/// The plan that stands beside the call, so that there is one to read.
async fn publish_a_plan(people: &[Who], call: &str) {
    let office = people.iter().find(|who| who.role == Some(Role::ProgrammeOffice)).unwrap();
    let plan = jiebang_callfile::Library::default().plan(call).unwrap().0;
    let sent = [("seen", "0"), ("plan", plan.as_str())];
    office.client.clone().post(&format!("/calls/{call}/plan"), &sent).await.expect(303);
}

/// The listed application races, so that there is a team to evaluate.
async fn enter_the_race(app: &TestApp, application: &str) {
    let team = jiebang_store::TeamRow {
        application_id: application.to_owned(),
        call_id: LISTED.to_owned(),
        task: "upstream".to_owned(),
        class: "shortlisted".to_owned(),
        list_version: 1,
        starts_at: app.service.clock().now().as_microsecond(),
        ends_at: None,
        baseline_version: 1,
        revision: 1,
    };
    let enter = app.service.store().act::<(), jiebang_service::ServiceError>(Box::new(move |rows| {
        Box::pin(async move { Ok(rows.add_team(&team).await?) })
    }));
    enter.await.unwrap();
}

/// The expert of the town is to score an application whose form has passed.
async fn assign_an_expert(app: &TestApp, people: &[Who], application: &str) {
    let of = |role: Role| people.iter().find(|who| who.role == Some(role)).unwrap();
    let token = of(Role::Secretariat).client.cookie("session").unwrap().to_owned();
    let secretariat = app.service.session(&token).await.unwrap().unwrap();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let employer = format!("{}，别的单位", jiebang_testkit::organisation_code(77));
    let cells = [
        ("编号", "E1"),
        ("姓名", "专家"),
        ("专业领域", "材料"),
        ("任职单位", employer.as_str()),
        ("账号", of(Role::Expert).name.as_str()),
    ];
    for (column, (heading, cell)) in (0..).zip(cells) {
        sheet.write_string(0, column, heading).unwrap();
        sheet.write_string(1, column, cell).unwrap();
    }
    let file = book.save_to_buffer().unwrap();
    let shown = app.service.import_experts(&secretariat, &file, None).await.unwrap();
    app.service.import_experts(&secretariat, &file, Some(shown.digest)).await.unwrap();
    let check = app.service.form_check(&secretariat, application).await.unwrap();
    let met = || CheckAnswer { met: true, reason: String::new() };
    let answers = check.items.iter().map(|item| (item.id.clone(), met())).collect();
    let sent = SaveFormCheck { application: application.to_owned(), version: 1, revision: 0, answers };
    app.service.save_form_check(&secretariat, sent).await.unwrap();
    let done = app.service.assign_in_turn(&secretariat, LISTED, &check.stage, 1, None).await.unwrap();
    assert_eq!(done.given, 1, "{done:?}");
}

/// A final list with one entry, as a publication would leave it.
async fn publish_a_list(app: &TestApp, people: &[Who]) {
    let office = people.iter().find(|who| who.role == Some(Role::ProgrammeOffice)).unwrap();
    let office = app.service.session(office.client.cookie("session").unwrap()).await.unwrap().unwrap();
    let plan = app.service.plan(None, LISTED).await.unwrap().unwrap();
    let call = app.service.call(LISTED).unwrap().call;
    let digest = Digest::parse(&"a".repeat(64)).unwrap();
    let file = ListFile {
        call: LISTED.to_owned(),
        stage: "shortlist".to_owned(),
        version: 1,
        kind: VersionStage::Final,
        reason: VersionReason::First,
        note: String::new(),
        objection: None,
        record_sha256: digest.clone(),
        roster_sha256: digest,
        taken_out: Vec::new(),
        entries: vec![ListEntry {
            label: "0".repeat(12),
            application: "a".repeat(26),
            number: LISTED_NUMBER.to_owned(),
            unit: "示例单位".to_owned(),
            task: call.call.tasks().next().unwrap().id.clone(),
            class: plan.plan.stage("shortlist").unwrap().classes[0].id.clone(),
        }],
    };
    let row = PublishedListRow {
        call_id: LISTED.to_owned(),
        stage: file.stage.clone(),
        version: 1,
        reason_code: file.reason.id().to_owned(),
        reason: String::new(),
        content: serde_json::to_string(&file).unwrap(),
        content_sha256: "b".repeat(64),
        published_at: app.service.clock().now().as_microsecond(),
        published_by: office.account_id,
        position: 0,
    };
    let store = app.service.store();
    let done: Result<(), StoreError> =
        store.act(Box::new(move |rows| Box::pin(async move { rows.add_published_list(&row).await }))).await;
    done.unwrap();
}

/// A confirmed list of the own region, under the call that has one; returns the application on it.
async fn confirm_a_list(app: &TestApp, people: &[Who]) -> String {
    let sample = app.sample(LISTED).of_organisation(31).of_region(OWN_REGION, "示例材料");
    let ready = ready_draft(&app.service, &sample, "listed").await;
    let (service, id) = (&app.service, ready.application.clone());
    let submit =
        Submit { application: id.clone(), seen: None, key: None, received_at: service.clock().now() };
    service.submit(&ready.actor, submit).await.unwrap();
    let region = Region::parse(OWN_REGION).unwrap();
    let call = service.call(LISTED).unwrap().call;
    let mut officers = Vec::new();
    for who in people.iter().filter(|who| who.own && who.role.is_some_and(Role::has_region)) {
        let token = who.client.cookie("session").unwrap();
        officers.push(service.session(token).await.unwrap().unwrap());
    }
    let sheet = Assess {
        application: id.clone(),
        version: 1,
        answers: questions(&call.call).map(|question| (question.code.clone(), Answered::Met)).collect(),
        reason: "指标领先".to_owned(),
        ..Assess::default()
    };
    service.assess(&officers[0], sheet).await.unwrap();
    service.rank(&officers[0], LISTED, region, 0, &[(id.clone(), 1)]).await.unwrap();
    for officer in &officers {
        let sign = Sign { call: LISTED.to_owned(), region, seen: None, key: None };
        service.sign_list(officer, sign).await.unwrap();
    }
    id
}

/// What somebody is answered: permission as documented in `docs/access-matrix.txt`, before any rule of the act itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Login,
    Forbidden,
    Hidden,
}

fn verdict(whose: Whose, who: &Who, state: &str) -> Verdict {
    use Verdict::{Allowed, Forbidden, Hidden, Login};
    let Some(role) = who.role else {
        return if matches!(whose, Whose::Public | Whose::Lists | Whose::Invitation) {
            Allowed
        } else {
            Login
        };
    };
    let officer = matches!(role, Role::ProgrammeOffice | Role::Secretariat);
    let authority = role.has_region() && who.own;
    match whose {
        Whose::Public | Whose::Lists | Whose::Account | Whose::Invitation => Allowed,
        Whose::Organisation => {
            if role.has_organisation() {
                Allowed
            } else {
                Forbidden
            }
        }
        Whose::Begin => {
            if role == Role::Applicant {
                Allowed
            } else {
                Forbidden
            }
        }
        Whose::Office | Whose::ListAct => {
            if role == Role::ProgrammeOffice {
                Allowed
            } else {
                Forbidden
            }
        }
        Whose::Desks | Whose::Desk | Whose::DeskAct | Whose::DeskDecision => {
            let watches = officer || role == Role::Auditor;
            let reads = watches || authority;
            match whose {
                Whose::Desks if watches || role.has_region() => Allowed,
                Whose::Desks => Forbidden,
                Whose::Desk if reads => Allowed,
                Whose::DeskAct if authority => Allowed,
                Whose::DeskDecision if role == Role::ProgrammeOffice => Allowed,
                _ if reads => Forbidden,
                _ => Hidden,
            }
        }
        Whose::Experts | Whose::Selection if officer || role == Role::Auditor => Allowed,
        Whose::ExpertsAct | Whose::SelectionAct | Whose::SelectionWork if role == Role::Secretariat => {
            Allowed
        }
        Whose::Experts
        | Whose::ExpertsAct
        | Whose::Selection
        | Whose::SelectionAct
        | Whose::SelectionWork => Forbidden,
        Whose::Sheets | Whose::Sheet | Whose::SheetWork if role == Role::Expert => Allowed,
        Whose::Sheets => Forbidden,
        Whose::Sheet | Whose::SheetWork => Hidden,
        Whose::Race => {
            if officer || matches!(role, Role::Auditor | Role::EvaluationBody) {
                Allowed
            } else {
                Forbidden
            }
        }
        Whose::Team | Whose::TeamAct => {
            let led = role == Role::Applicant && who.own;
            let watches = officer || matches!(role, Role::Auditor | Role::EvaluationBody);
            match (state == "submitted" && (led || authority || watches), whose) {
                (false, _) => Hidden,
                (true, Whose::Team) => Allowed,
                (true, _) if led || role == Role::ProgrammeOffice => Allowed,
                (true, _) => Forbidden,
            }
        }
        Whose::Evaluation | Whose::EvaluationAct => {
            let plans = matches!(role, Role::ProgrammeOffice | Role::Secretariat | Role::EvaluationBody);
            match whose {
                Whose::Evaluation if plans || authority || role == Role::Auditor => Allowed,
                Whose::EvaluationAct if plans => Allowed,
                _ if authority || role == Role::Auditor => Forbidden,
                _ => Hidden,
            }
        }
        Whose::DeskApplication | Whose::DeskWork => {
            let was_submitted = matches!(state, "submitted" | "reopened");
            let reads = (officer || authority) && was_submitted || role == Role::Auditor && state != "draft";
            match (reads, whose) {
                (true, Whose::DeskWork) if !authority => Forbidden,
                (true, _) => Allowed,
                (false, _) => Hidden,
            }
        }
        Whose::Application | Whose::Draft | Whose::Act | Whose::Receipt => {
            let was_submitted = matches!(state, "submitted" | "reopened");
            let reads = match role {
                Role::Applicant => who.own,
                Role::Auditor => true,
                _ => (officer || authority) && was_submitted,
            };
            let may = match whose {
                Whose::Act => role == Role::Applicant && who.own,
                Whose::Draft => !(officer || authority) && reads,
                _ => reads,
            };
            match (may, reads) {
                (true, _) if whose == Whose::Draft && state != "reopened" => Hidden,
                (true, _) => Allowed,
                (false, true) => Forbidden,
                (false, false) => Hidden,
            }
        }
    }
}

fn assert_verdict(answer: &Answer, wanted: Verdict, what: &str) {
    let (status, to) = (answer.status.as_u16(), answer.location());
    let right = match wanted {
        // Rules of the act may refuse it; nobody is refused as such.
        Verdict::Allowed => !matches!(status, 401 | 403 | 500..) && !to.starts_with("/login"),
        // Where something was typed, the login stands on the page that keeps it.
        Verdict::Login => {
            status == 303 && to.starts_with("/login?to=/")
                || status == 401 && answer.forms().iter().any(|form| form.action == "/login")
        }
        Verdict::Forbidden => status == 403,
        Verdict::Hidden => status == 404,
    };
    assert!(right, "{what}: wanted {wanted:?}, got {status} {to}: {}", answer.words());
}

async fn ask(who: &Who, method: &str, route: &str, path: &str) -> Answer {
    let mut client = if of_program(route) { who.program.clone() } else { who.client.clone() };
    match (method, of_program(route)) {
        ("GET", _) => client.get(path).await,
        (_, false) => client.post(path, &[]).await,
        (_, true) => {
            client.header("if-match", "\"1\"");
            let (kind, body) = body_of(route);
            client.send(method.parse().unwrap(), path, kind, body.into()).await
        }
    }
}

fn of_program(route: &str) -> bool {
    route.starts_with("/api/")
}

/// A program is told by the status, and never by a page.
fn assert_told(answer: &Answer, wanted: Verdict, what: &str) {
    let status = answer.status.as_u16();
    let right = match wanted {
        Verdict::Allowed => !matches!(status, 300..=399 | 401 | 403 | 500..),
        Verdict::Login => status == 401 && answer.header("www-authenticate").starts_with("Bearer "),
        Verdict::Forbidden => status == 403,
        Verdict::Hidden => status == 404,
    };
    assert!(right, "{what}: wanted {wanted:?}, got {status}: {}", answer.body);
    let kind = if status < 400 { answer.header("content-type") } else { "application/problem+json" };
    assert_eq!(answer.header("content-type"), kind, "{what}");
    assert!(!kind.starts_with("text/") && answer.cookies.is_empty(), "{what}: {kind}");
}

/// Something that can be read, where an act of a program needs it.
fn body_of(route: &str) -> (Option<String>, String) {
    let version = if route.contains("{region}") { ",\"version\":1" } else { "" };
    let body = match route.rsplit('/').next().unwrap() {
        "files" => return (Some(multipart_kind()), String::new()),
        "{id}" | "partners" | "{member}" => "\"fields\":{}".to_owned(),
        "ranking" => format!("\"applications\":[]{version}"),
        "confirmations" => format!("\"digest\":\"{}\"", "0".repeat(64)),
        "reopenings" => "\"reason\":\"x\"".to_owned(),
        "overrun" => format!("\"reason\":\"x\"{version}"),
        "decision" | "returns" => "\"note\":\"x\"".to_owned(),
        "sheet" => format!("\"of_version\":1{version}"),
        "opinion" => "\"of_version\":1,\"stance\":\"agrees\"".to_owned(),
        _ => return (None, String::new()),
    };
    (Some("application/json".to_owned()), format!("{{{body}}}"))
}

/// What the API describes is what there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_of_programs_is_described_and_nothing_else() {
    let app = TestApp::with(Setup { publish: false, ..Setup::default() }).await;
    let document = app.client().get("/api/v1/openapi.json").await.expect(200).body;
    let document: serde_json::Value = serde_json::from_str(&document).unwrap();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        described.extend(
            operations.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone())),
        );
    }
    let unnamed = ["/api/v1/openapi.json", "/api/{*path}"];
    let routes: BTreeSet<(String, String)> = ROUTES
        .iter()
        .filter(|(_, path, _)| of_program(path) && !unnamed.contains(path))
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(described, routes);
}

/// Who presses a button after the login has ended learns that nothing was done, and comes back to the page with the button.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_without_a_login_leads_back_to_a_page() {
    let app = TestApp::with(Setup { publish: false, ..Setup::default() }).await;
    let filled = |route: &str| {
        let parts = route.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let pages: Vec<String> =
        ROUTES.iter().filter(|(method, ..)| *method == "GET").map(|(_, route, _)| filled(route)).collect();
    let public = [Whose::Public, Whose::Lists, Whose::Invitation];
    let of_people = |route: &str| !of_program(route);
    for (_, route, whose) in ROUTES
        .iter()
        .filter(|(method, route, whose)| *method == "POST" && of_people(route) && !public.contains(whose))
    {
        // What was typed in a section or at a desk is carried.
        if *route == "/applications/{id}/{section}" || whose.carries() {
            app.client().post(&filled(route), &[]).await.expect(401);
            continue;
        }
        let answer = app.client().post(&filled(route), &[]).await.expect(303);
        let to = answer.location().strip_prefix("/login?to=").and_then(|to| to.strip_suffix("&undone"));
        let to = to.unwrap_or_else(|| panic!("{route} leads to {}", answer.location()));
        assert!(pages.iter().any(|page| page == to), "{route} leads to {to}, which is no page");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_is_open_to_whom_the_matrix_says_and_to_nobody_else() {
    let town = Town::build().await;
    while town.app.service.extend_ledger().await.unwrap() {}
    let section = town.section();
    let mut asked = 0;
    for (method, route, whose) in ROUTES {
        for who in &town.people {
            let on_application = whose.of_application();
            for case in &town.cases {
                if !on_application && case.state != "draft" {
                    continue;
                }
                // Acts that are allowed are played elsewhere; here they would change the cases for the others.
                let wanted = verdict(whose, who, case.state);
                if method != "GET" && wanted == Verdict::Allowed {
                    continue;
                }
                let Some(receipt) = case.receipt.as_deref().or((whose != Whose::Receipt).then_some(""))
                else {
                    continue;
                };
                let id = match whose {
                    _ if on_application => case.id.as_str(),
                    Whose::Evaluation | Whose::EvaluationAct => town.scored.as_str(),
                    _ if whose.of_selection() => LISTED,
                    _ => CALL,
                };
                let listed = route.contains("/lists/") || route.contains("/table.");
                let path = route
                    .replace("{id}", id)
                    .replace("{application}", &town.scored)
                    .replace("{stage}", "shortlist")
                    .replace("{section}", &section)
                    .replace("{file}", &case.file)
                    .replace("{number}", if whose == Whose::Lists { LISTED_NUMBER } else { receipt })
                    .replace("{name}", "ai-device-application")
                    .replace("{code}", "field_blank")
                    .replace("{token}", &"0".repeat(64))
                    .replace("tile/{*path}", "tile/0/000.p/1")
                    .replace("{*path}", "app.css")
                    .replace("{old}", "1")
                    .replace("{call}", if listed { LISTED } else { CALL })
                    .replace("{version}", "1")
                    .replace("{region}", OWN_REGION)
                    .replace("{member}", "1");
                let of_region = matches!(whose, Whose::Desk | Whose::DeskAct | Whose::DeskDecision);
                let path = if of_region { format!("{path}?region={OWN_REGION}") } else { path };
                let answer = ask(who, method, route, &path).await;
                let what = format!("{method} {route} by {} on {}", who.name, case.state);
                if of_program(route) {
                    assert_told(&answer, wanted, &what);
                } else {
                    assert_verdict(&answer, wanted, &what);
                }
                if method == "GET"
                    && wanted == Verdict::Allowed
                    && whose != Whose::Invitation
                    && !route.starts_with("/no/")
                    && route != "/api/{*path}"
                {
                    let redirected = ["/login", "/register"].contains(&route) && who.role.is_some();
                    // A document that is still being made is answered as such.
                    let document = [".pdf", ".xlsx"].iter().any(|ending| route.ends_with(ending));
                    let waits = document && answer.status.as_u16() == 202;
                    let expected = if redirected { 303 } else { 200 };
                    assert!(waits || answer.status.as_u16() == expected, "{what}: {}", answer.status);
                }
                assert_protected(&answer, &what);
                asked += 1;
            }
        }
    }
    assert!(asked > 1_000, "{asked}");
    for case in &town.cases {
        let view = town.app.service.application(Some(&town.owner.actor), &case.id).await.unwrap();
        assert_eq!(view.summary.state, case.state, "a refused act was carried out");
    }
    town.app.assert_whole().await;
}

/// The fixed headers stand on every answer, refusals included.
fn assert_protected(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy");
    let strict =
        policy.contains("default-src 'none'") && !policy.contains("unsafe") && !policy.contains("http:");
    assert!(strict, "{what}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert!(answer.header("permissions-policy").contains("camera=()"), "{what}");
    let cache = answer.header("cache-control");
    let personal = answer.path.starts_with("/applications")
        || answer.path.starts_with("/receipts")
        || answer.path.starts_with("/desk")
        || answer.path.starts_with("/teams")
        || answer.path.starts_with("/account");
    assert!(!cache.is_empty() && (!personal || cache == "no-store"), "{what}: {cache}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_and_what_is_somebody_elses_look_alike() {
    let town = Town::build().await;
    let unknown = format!("{}0", &town.cases[0].id[..25]);
    assert!(town.cases.iter().all(|case| case.id != unknown));
    for who in &town.people {
        let mut client = who.client.clone();
        for case in &town.cases {
            for rest in [
                "",
                "/check",
                "/submit",
                "/withdraw",
                &format!("/{}", town.section()),
                &format!("/files/{}", case.file),
            ] {
                if verdict(Whose::Application, who, case.state) != Verdict::Hidden && who.role.is_some() {
                    continue;
                }
                let theirs = client.get(&format!("/applications/{}{rest}", case.id)).await;
                let none = client.get(&format!("/applications/{unknown}{rest}")).await;
                let same = |answer: &Answer, id: &str| {
                    (answer.status, answer.location().replace(id, ""), answer.body.replace(id, ""))
                };
                assert_eq!(same(&theirs, &case.id), same(&none, &unknown), "{} {rest}", who.name);
            }
            if verdict(Whose::DeskApplication, who, case.state) == Verdict::Hidden {
                let desk = |id: &str| format!("/desk/{CALL}/applications/{id}");
                let theirs = client.get(&desk(&case.id)).await;
                let none = client.get(&desk(&unknown)).await;
                let same = |answer: &Answer, id: &str| (answer.status, answer.body.replace(id, ""));
                assert_eq!(same(&theirs, &case.id), same(&none, &unknown), "{}", who.name);
            }
            let Some(receipt) = &case.receipt else { continue };
            if verdict(Whose::Receipt, who, case.state) == Verdict::Hidden || who.role.is_none() {
                for rest in ["", ".json", "/content"] {
                    let other = format!("{CALL}-999999-1");
                    let theirs = client.get(&format!("/receipts/{receipt}{rest}")).await;
                    let none = client.get(&format!("/receipts/{other}{rest}")).await;
                    assert_eq!(
                        (
                            theirs.status,
                            theirs.location().replace(receipt, ""),
                            theirs.body.replace(receipt, "")
                        ),
                        (none.status, none.location().replace(&other, ""), none.body.replace(&other, "")),
                        "{} {rest}",
                        who.name
                    );
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_act_may_not_act_with_ids_of_two_applications_either() {
    let town = Town::build().await;
    let mut other = town.app.client();
    other.post("/login", &[("username", "other"), ("password", PASSWORD)]).await.expect(303);
    let list = other.get("/applications").await.expect(200);
    let own = list
        .links()
        .into_iter()
        .find_map(|link| link.href.strip_prefix("/applications/").map(str::to_owned))
        .unwrap();
    // The own application's id with a file of somebody else's.
    let theirs = &town.cases[0].file;
    other.get(&format!("/applications/{own}/files/{theirs}")).await.expect(404);
    let section = town
        .sample
        .call()
        .sections
        .iter()
        .find(|section| section.id == "evidence")
        .map_or("evidence", |section| &section.id);
    other
        .post(&format!("/applications/{own}/{section}"), &[("act", &format!("detach.{theirs}"))])
        .await
        .expect(303);
    let view = town.app.service.application(Some(&town.owner.actor), &town.cases[0].id).await.unwrap();
    assert!(
        view.evidence.iter().flat_map(|item| &item.files).any(|file| file.id == *theirs),
        "somebody else's file was taken off"
    );
    // A partner reads nothing until it is invited; an applicant cannot publish.
    other.post(&format!("/office/calls/{CALL}/publish"), &[]).await.expect(403);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_from_other_sites_are_refused_and_reading_is_not() {
    let app = TestApp::start(NOW).await;
    let sample = app.sample(CALL);
    let ready = ready_draft(&app.service, &sample, "owner").await;
    let submit = format!("/applications/{}/submit", ready.application);
    let address = app.address.to_string();
    for (name, value, lets) in [
        ("origin", "https://evil.example", false),
        ("origin", "null", false),
        ("origin", "http://127.0.0.1", false),
        ("referer", "http://evil.example/x", false),
        ("referer", "http://127.0.0.1.evil.example/", false),
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "", false),
        ("sec-fetch-site", "same-origin", true),
        ("sec-fetch-site", "none", true),
    ] {
        let mut client = app.client();
        client.set_cookie("session", &ready.token);
        client.header(name, value);
        client.get(&submit).await.expect(200);
        let answer = client.post("/account", &[("language", "zh")]).await;
        if lets {
            answer.expect(303);
            continue;
        }
        for path in [submit.as_str(), "/account", "/logout", "/login", "/register"] {
            let answer = client.post(path, &[]).await.expect(403);
            let told =
                answer.body.contains("该请求来自其他网站") && answer.body.contains("came from another site");
            assert!(told, "{}", answer.body);
            assert_protected(&answer, path);
        }
    }
    let mut client = app.client();
    client.set_cookie("session", &ready.token);
    client.header("origin", &format!("http://{address}"));
    client.post(&submit, &[("idempotency_key", "here")]).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_methods_are_refused_in_both_languages() {
    let app = TestApp::start(NOW).await;
    for (language, words) in [("zh", "页面"), ("en", "page")] {
        let mut client = app.client();
        client.set_cookie("lang", language);
        for (method, path) in
            [("DELETE", "/"), ("PUT", "/login"), ("PATCH", "/account"), ("GET", "/logout"), ("POST", "/help")]
        {
            let method = hyper::Method::from_bytes(method.as_bytes()).unwrap();
            let answer = client.send(method, path, None, hyper::body::Bytes::new()).await.expect(405);
            assert!(answer.says(words), "{path}: {}", answer.words());
            assert_protected(&answer, path);
        }
    }
    let head = app.client().send(hyper::Method::HEAD, "/", None, hyper::body::Bytes::new()).await.expect(200);
    assert!(head.body.is_empty());
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_stand_in_no_log_page_event_or_file_of_the_database() {
    let log = Log::default();
    let writer = log.clone();
    // Other tests of this file log into it as well, which does no harm. What the test's own client logs is not the product's.
    let filter = tracing_subscriber::EnvFilter::new("trace,hyper=off,hyper_util=off");
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || writer.clone()).init();
    let app = TestApp::start(NOW).await;
    let sample = app.sample(CALL);
    let secret = "eleven grey herons wait";
    let mut pairs = sample.registration("secretive");
    pairs.iter_mut().filter(|(name, _)| *name == "password").for_each(|(_, value)| secret.clone_into(value));
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut client = app.client();
    let mut pages = vec![client.post("/register", &pairs).await.expect(303)];
    let token = client.cookie("session").unwrap().to_owned();
    pages.push(
        app.client().post("/login", &[("username", "secretive"), ("password", "a wrong secret guess")]).await,
    );
    pages.push(
        app.client().post("/login", &[("username", "secretive"), ("password", secret)]).await.expect(303),
    );
    pages.push(app.client().post("/register", &pairs).await.expect(422));
    let invited = client.post("/organisation/invitations", &[]).await.expect(303);
    let shown = client.follow(invited).await.expect(200);
    let place = shown.body.find("/join/").unwrap() + "/join/".len();
    let invitation = shown.body[place..place + 64].to_owned();
    for path in ["/", "/account", "/organisation", "/applications", "/nowhere"] {
        pages.push(client.get(path).await);
    }
    pages.push(app.client().get(&format!("/join/{invitation}?x")).await.expect(200));
    let wanted = serde_json::json!({ "username": "secretive", "password": secret });
    let made = app.client().json("POST", "/api/v1/tokens", &wanted).await.expect(201);
    let of_program = made.value()["token"].as_str().unwrap().strip_prefix("jbt_").unwrap().to_owned();
    let mut program = app.client();
    program.bearer(&format!("jbt_{of_program}"));
    pages.push(program.get("/api/v1/tokens/current").await.expect(200));
    pages.push(program.get("/api/v1/nowhere").await.expect(404));
    // A database that cannot be reached: faults are logged, with what they are about.
    app.service.store().close().await.unwrap();
    pages.push(client.get("/applications").await);
    pages.push(program.get("/api/v1/applications").await);
    pages.push(app.client().json("POST", "/api/v1/tokens", &wanted).await);
    let _ = app.client().get(&format!("/join/{invitation}")).await;
    pages.push(app.client().post("/login", &[("username", "secretive"), ("password", secret)]).await);

    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("jiebang"), "nothing was logged");
    for secret in [secret, "a wrong secret guess", token.as_str(), invitation.as_str(), of_program.as_str()] {
        let lines: Vec<&str> = logged.lines().filter(|line| line.contains(secret)).collect();
        assert!(lines.is_empty(), "“{secret}” stands in the log: {lines:?}");
    }
    for page in &pages {
        let whole = format!("{}\n{:?}", page.body, page.headers.get("location"));
        for secret in [secret, "a wrong secret guess", token.as_str(), of_program.as_str()] {
            assert!(!whole.contains(secret), "“{secret}” stands in {}", page.path);
        }
    }
    // What is kept: hashes only. The database holds neither passwords nor tokens.
    let kept = app.database.content().await;
    for secret in [secret, token.as_str(), invitation.as_str(), of_program.as_str()] {
        assert!(
            !kept.windows(secret.len()).any(|window| window == secret.as_bytes()),
            "“{secret}” is kept as it is"
        );
    }
    assert!(kept.windows(9).any(|window| window == b"secretive"), "the database was not looked at");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn officers_of_two_regions_see_their_own_and_a_call_moves_cities_to_their_province() {
    // The biomaterials call admits no separately planned cities: an organisation of Shenzhen is recommended by Guangdong.
    let app = TestApp::start(NOW).await;
    let call = "miit-2025-biomaterials-2";
    let sample = app.sample(call);
    let registered = registration(
        "91440300MA5F00229G",
        "深圳示例材料公司",
        sample.applicant("kind"),
        OTHER_REGION,
        sample.applicant("legal_representative"),
        "shenzhen",
    );
    let pairs: Vec<(&str, &str)> = registered.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut client = app.client();
    client.post("/register", &pairs).await.expect(303);
    let token = client.cookie("session").unwrap().to_owned();
    let actor = app.service.session(&token).await.unwrap().unwrap();
    let ready = Ready { username: "shenzhen".to_owned(), token, application: String::new(), actor };
    let renamed = sample.of_organisation(9);
    let id = ready.another(&app.service, &renamed).await.application;
    client.post(&format!("/applications/{id}/submit"), &[("idempotency_key", "once")]).await.expect(303);
    let mut seen = BTreeMap::new();
    for region in [OTHER_REGION, "44", "11"] {
        for role in [Role::IndustryAuthority, Role::DrugRegulator] {
            let name = format!("{}-{region}", role.id());
            add_user(&app.service, &name, role, Some(region), None).await;
            let mut desk = app.client();
            desk.post("/login", &[("username", &name), ("password", PASSWORD)]).await.expect(303);
            seen.insert(name, desk.get(&format!("/applications/{id}")).await.status.as_u16());
        }
    }
    let wanted = [
        ("drug_regulator-11", 404),
        ("drug_regulator-44", 200),
        ("drug_regulator-440300", 404),
        ("industry_authority-11", 404),
        ("industry_authority-44", 200),
        ("industry_authority-440300", 404),
    ];
    assert_eq!(seen.iter().map(|(name, status)| (name.as_str(), *status)).collect::<Vec<_>>(), wanted);
}

/// A change in the register does not move what was submitted before it, nor change what it says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_submitted_stands_under_the_organisation_as_it_was() {
    let app = TestApp::start(NOW).await;
    let call = "miit-2025-ai-devices";
    let sample = app.sample(call);
    let ready = jiebang_testkit::ready_draft(&app.service, &sample, "applicant").await;
    let id = ready.application.clone();
    let submit =
        Submit { application: id.clone(), seen: None, key: None, received_at: app.service.clock().now() };
    app.service.submit(&ready.actor, submit).await.unwrap();
    let before = ready.actor.organisation.clone().unwrap();
    let other = if before.region == "44" { "11" } else { "44" };
    let changed = ChangeOrganisation {
        name: "改了名的单位".to_owned(),
        kind: before.kind.clone(),
        region: other.to_owned(),
        legal_representative: "新法人".to_owned(),
        address: String::new(),
        mainland: Some(true),
        legal_person: Some(true),
    };
    app.service.change_organisation(&ready.actor, ChangeOrganisation::from(&before), changed).await.unwrap();
    let mut seen = Vec::new();
    for region in [before.region.as_str(), other] {
        let name = format!("desk-{region}");
        add_user(&app.service, &name, Role::IndustryAuthority, Some(region), None).await;
        let mut desk = app.client();
        desk.post("/login", &[("username", &name), ("password", PASSWORD)]).await.expect(303);
        seen.push(desk.get(&format!("/applications/{id}")).await.status.as_u16());
    }
    assert_eq!(seen, [200, 404]);
    let view = app.service.application(Some(&ready.actor), &id).await.unwrap();
    assert!(view.findings.is_empty(), "{:?}", view.findings);
    let said = format!("{:?}", view.content);
    assert!(said.contains(&before.name) && !said.contains("改了名的单位"), "{said}");
    // Reopened, it follows the register again.
    app.service.reopen(&ready.actor, &id).await.unwrap();
    let view = app.service.application(Some(&ready.actor), &id).await.unwrap();
    assert!(format!("{:?}", view.content).contains("改了名的单位"));
}
