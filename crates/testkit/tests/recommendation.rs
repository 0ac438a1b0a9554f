//! The desk of a region: verifying, returning, ranking, signing, and what it must refuse.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiebang_domain::recommendation::{Answer, Change, ListState, Refusal, Stance, questions};
use jiebang_domain::shared::Region;
use jiebang_service::{Actor, Assess, DeskEntry, DeskPage, Role, ServiceError, Sign, StoreError, Submit};
use jiebang_testkit::{PASSWORD, Ready, TestApp, add_user, ready_draft};
use jiff::SignedDuration;

const CALL: &str = "miit-2025-ai-devices";
const FIXED: &str = "miit-2021-ai-devices";
const NOW: &str = "2025-03-20T09:00:00+08:00";

/// A call with submitted applications, and the two departments of a region.
struct Desk {
    app: TestApp,
    call: &'static str,
    region: Region,
    industry: Actor,
    drug: Actor,
    submitted: Vec<Ready>,
}

fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

async fn actor(app: &TestApp, name: &str) -> Actor {
    let mut client = app.client();
    client.post("/login", &[("username", name), ("password", PASSWORD)]).await.expect(303);
    let token = client.cookie("session").unwrap().to_owned();
    app.service.session(&token).await.unwrap().unwrap()
}

async fn officer(app: &TestApp, role: Role, region: Option<&str>) -> Actor {
    let name = format!("{}-{}", role.id(), region.unwrap_or("0")).replace('_', "-");
    add_user(&app.service, &name, role, region, None).await;
    actor(app, &name).await
}

async fn submit(app: &TestApp, ready: &Ready) {
    let received_at = app.service.clock().now();
    let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at };
    app.service.submit(&ready.actor, submit).await.unwrap();
}

/// Submits an application of an invented organisation.
async fn applied(app: &TestApp, call: &str, code: &str, nth: u32, title: &str) -> Ready {
    let sample = app.sample(call).of_organisation(nth).of_region(code, title);
    let ready = ready_draft(&app.service, &sample, &format!("applicant-{nth}")).await;
    submit(app, &ready).await;
    ready
}

impl Desk {
    async fn build(call: &'static str, now: &str, code: &str, count: u32) -> Self {
        let app = TestApp::start(now).await;
        let mut submitted = Vec::new();
        for nth in 1..=count {
            submitted.push(applied(&app, call, code, nth, &format!("示例产品{nth}号")).await);
        }
        let industry = officer(&app, Role::IndustryAuthority, Some(code)).await;
        let drug = officer(&app, Role::DrugRegulator, Some(code)).await;
        Self { app, call, region: region(code), industry, drug, submitted }
    }

    fn page(&self, show: &str) -> DeskPage {
        DeskPage {
            call: self.call.to_owned(),
            region: self.region,
            show: show.to_owned(),
            find: String::new(),
            before: None,
            limit: 100,
        }
    }

    fn after_applicants(&self) {
        self.app.jump_to(self.app.sample(self.call).deadline());
    }

    async fn assess(&self, ready: &Ready) {
        let call = self.app.service.call(self.call).unwrap().call;
        let found = self.app.service.desk_application(&self.industry, &ready.application).await.unwrap();
        let sent = Assess {
            application: ready.application.clone(),
            version: u32::try_from(found.view.summary.version).unwrap(),
            revision: found.assessment.map_or(0, |of| of.revision),
            answers: questions(&call.call).map(|of| (of.code.clone(), Answer::Met)).collect(),
            note: "材料齐全，样机已核验".to_owned(),
            reason: "指标领先".to_owned(),
            ..Assess::default()
        };
        self.app.service.assess(&self.industry, sent).await.unwrap();
    }

    async fn rank(&self, places: &[usize]) -> Result<i64, ServiceError> {
        let revision = self.list().await.revision;
        let ranks: Vec<(String, u32)> = places
            .iter()
            .zip(1..)
            .map(|(nth, rank)| (self.submitted[*nth].application.clone(), rank))
            .collect();
        self.app.service.rank(&self.drug, self.call, self.region, revision, &ranks).await
    }

    async fn list(&self) -> jiebang_service::ListView {
        self.app.service.recommendation_list(&self.industry, self.call, self.region).await.unwrap()
    }

    async fn sign(&self, by: &Actor) -> Result<Change, ServiceError> {
        let seen = Some(self.list().await.digest);
        let sign = Sign { call: self.call.to_owned(), region: self.region, seen, key: None };
        self.app.service.sign_list(by, sign).await
    }

    async fn blocked(&self, by: &Actor) -> Vec<String> {
        match self.sign(by).await {
            Err(ServiceError::List(Refusal::Obstacles(found))) => {
                found.into_iter().map(|finding| finding.code).collect()
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_departments_verify_rank_and_sign_one_list() {
    let desk = Desk::build(CALL, NOW, "44", 5).await;
    let page = DeskPage { limit: 3, ..desk.page("") };
    let view = desk.app.service.desk(Some(&desk.industry), page.clone()).await.unwrap();
    let counted = (view.summary.received, view.summary.unassessed, view.entries.len());
    assert_eq!(counted, (5, 5, 3));
    let rest = DeskPage { before: view.older, ..page };
    let rest = desk.app.service.desk(Some(&desk.drug), rest).await.unwrap();
    assert_eq!((rest.entries.len(), rest.older), (2, None));

    desk.assess(&desk.submitted[0]).await;
    desk.assess(&desk.submitted[3]).await;
    desk.rank(&[3, 0]).await.unwrap();
    assert_eq!(desk.blocked(&desk.industry).await, ["quota_provisional"]);
    desk.after_applicants();
    let list = desk.list().await;
    assert_eq!(list.quota.as_ref().map(|quota| (quota.places, quota.provisional)), Some((2, false)));
    assert!(list.obstacles.is_empty() && list.may_sign, "{:?}", list.obstacles);
    assert_eq!(desk.sign(&desk.industry).await.unwrap(), Change::HalfSigned);

    // A change takes the signature off: it stood for the list that was signed.
    assert_eq!(desk.list().await.signatures.iter().filter(|of| of.stands).count(), 1);
    desk.rank(&[0, 3]).await.unwrap();
    assert_eq!(desk.list().await.signatures.iter().filter(|of| of.stands).count(), 0);
    assert_eq!(desk.sign(&desk.drug).await.unwrap(), Change::HalfSigned);
    assert_eq!(desk.sign(&desk.industry).await.unwrap(), Change::Confirmed { version: 1 });

    let confirmed = desk.app.service.confirmed_list(&desk.drug, CALL, desk.region, 1).await.unwrap();
    let content: serde_json::Value = serde_json::from_str(&confirmed.content).unwrap();
    assert_eq!(serde_jcs::to_string(&content).unwrap(), confirmed.content);
    let ranked: Vec<&str> =
        content["entries"].as_array().unwrap().iter().map(|of| of["application"].as_str().unwrap()).collect();
    assert_eq!(ranked, [&desk.submitted[0].application, &desk.submitted[3].application]);
    let signed: Vec<&str> = content["signatures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| of["department"].as_str().unwrap())
        .collect();
    assert_eq!(signed, ["industry_authority", "drug_regulator"]);
    assert_eq!((&content["received"], &content["places"]), (&5.into(), &2.into()));

    // Confirmed, it does not change, until it is opened again with a reason.
    for refused in [desk.rank(&[0]).await.map(|_| ()), desk.sign(&desk.drug).await.map(|_| ())] {
        assert!(matches!(refused, Err(ServiceError::List(Refusal::Confirmed { version: 1 }))), "{refused:?}");
    }
    let reopen = |reason| desk.app.service.reopen_list(&desk.drug, CALL, desk.region, reason, None);
    assert!(matches!(reopen(" ").await, Err(ServiceError::Invalid(_))));
    reopen("更正排序").await.unwrap();
    assert_eq!(desk.list().await.state, ListState::Open);
    desk.rank(&[3]).await.unwrap();
    desk.sign(&desk.industry).await.unwrap();
    assert_eq!(desk.sign(&desk.drug).await.unwrap(), Change::Confirmed { version: 2 });
    let first = desk.app.service.confirmed_list(&desk.drug, CALL, desk.region, 1).await.unwrap();
    assert_eq!(first.content, confirmed.content, "a confirmed version changed");
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_filter_counts_what_it_shows() {
    let desk = Desk::build(CALL, NOW, "44", 5).await;
    let service = &desk.app.service;
    for nth in [0, 1, 3] {
        desk.assess(&desk.submitted[nth]).await;
    }
    desk.rank(&[3]).await.unwrap();
    let objected = &desk.submitted[1].application;
    service.give_opinion(&desk.drug, objected, 1, Stance::Objects, "样机未完成").await.unwrap();
    service.return_application(&desk.drug, &desk.submitted[4].application, "补正", None).await.unwrap();
    let counts = service.desk(Some(&desk.drug), desk.page("")).await.unwrap().counts;
    for (show, count, wanted) in [
        ("", counts.received, 5),
        ("open", counts.open, 2),
        ("assessed", counts.assessed, 3),
        ("objected", counts.objected, 1),
        ("returned", counts.returned, 1),
        ("ranked", counts.ranked, 1),
        ("unranked", counts.received - counts.ranked, 4),
    ] {
        let shown = service.desk(Some(&desk.drug), desk.page(show)).await.unwrap().entries.len();
        assert_eq!((count, shown), (i64::from(wanted), usize::try_from(wanted).unwrap()), "{show}");
    }
    // What could still be put on the list, newest first, within a limit.
    let ids =
        |found: Vec<DeskEntry>| found.into_iter().map(|of| of.candidate.application).collect::<Vec<_>>();
    let page = |limit, before: Option<&str>, find: &str| DeskPage {
        before: before.map(str::to_owned),
        find: find.to_owned(),
        limit,
        ..desk.page("")
    };
    let first = desk.submitted[0].application.clone();
    let (both, older) = service.verified_unranked(&desk.drug, page(3, None, "")).await.unwrap();
    assert_eq!((ids(both), older), (vec![objected.clone(), first.clone()], None));
    let (one, older) = service.verified_unranked(&desk.drug, page(1, None, "")).await.unwrap();
    assert_eq!((ids(one), older.as_ref()), (vec![objected.clone()], Some(objected)));
    let (rest, _) = service.verified_unranked(&desk.drug, page(1, Some(objected), "")).await.unwrap();
    assert_eq!(ids(rest), [first]);
    // By number, title and lead; signs that mean something to a database are looked for as they are.
    let entry = service.desk(Some(&desk.drug), page(1, None, "")).await.unwrap().entries.remove(0).candidate;
    for (find, count) in [
        (entry.number.as_str(), 1),
        (&entry.number.to_uppercase(), 1),
        (&entry.title, 1),
        (&entry.lead, 1),
        ("%", 0),
        ("_", 0),
        ("\\", 0),
        ("'", 0),
    ] {
        let found = service.desk(Some(&desk.drug), page(9, None, find)).await.unwrap().entries;
        assert_eq!(found.len(), count, "{find}");
    }
    let found = service.desk(Some(&desk.drug), page(9, None, CALL)).await.unwrap().entries;
    assert_eq!(found.len(), 5);
}

/// Going from one application to the next meets each of a filter once, in the order of the queue.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neighbours_follow_the_queue() {
    let desk = Desk::build(CALL, NOW, "44", 5).await;
    for nth in [0, 2, 4] {
        desk.assess(&desk.submitted[nth]).await;
    }
    desk.rank(&[4, 0]).await.unwrap();
    let service = &desk.app.service;
    for show in ["", "open", "assessed", "ranked", "unranked", "objected"] {
        let entries = service.desk(Some(&desk.drug), desk.page(show)).await.unwrap().entries;
        let ids: Vec<&str> = entries.iter().map(|entry| entry.candidate.application.as_str()).collect();
        for (nth, id) in ids.iter().enumerate() {
            let beside = service.desk_neighbours(&desk.drug, desk.page(show), id).await.unwrap();
            let newer = nth.checked_sub(1).map(|nth| ids[nth].to_owned());
            let older = ids.get(nth + 1).map(|id| (*id).to_owned());
            assert_eq!((beside.newer, beside.older), (newer, older), "{show} {nth}");
        }
    }
    // One that the filter leaves out stands between those that it shows.
    let left_out = &desk.submitted[1].application;
    let beside = service.desk_neighbours(&desk.drug, desk.page("ranked"), left_out).await.unwrap();
    let around = [4, 0].map(|nth| Some(desk.submitted[nth].application.clone()));
    assert_eq!([beside.newer, beside.older], around);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_departments_confirm_at_once_and_it_is_confirmed_once() {
    let desk = Desk::build(CALL, NOW, "44", 5).await;
    desk.assess(&desk.submitted[0]).await;
    desk.rank(&[0]).await.unwrap();
    desk.after_applicants();
    let results = tokio::join!(desk.sign(&desk.industry), desk.sign(&desk.drug));
    let mut results = [results.0.unwrap(), results.1.unwrap()];
    results.sort_by_key(|change| matches!(change, Change::Confirmed { .. }));
    assert_eq!(results, [Change::HalfSigned, Change::Confirmed { version: 1 }]);
    let again = tokio::join!(desk.sign(&desk.industry), desk.sign(&desk.drug));
    for refused in [again.0, again.1] {
        assert!(matches!(refused, Err(ServiceError::List(Refusal::Confirmed { version: 1 }))), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_half_signed_list_is_confirmed_once_however_often_it_is_sent() {
    let desk = Desk::build(CALL, NOW, "44", 5).await;
    desk.assess(&desk.submitted[0]).await;
    desk.rank(&[0]).await.unwrap();
    desk.after_applicants();
    desk.sign(&desk.industry).await.unwrap();
    let seen = Some(desk.list().await.digest);
    add_user(&desk.app.service, "colleague", Role::DrugRegulator, Some("44"), None).await;
    let colleague = actor(&desk.app, "colleague").await;
    let sign = |by: &Actor, key: Option<&str>| {
        let (service, by) = (desk.app.service.clone(), by.clone());
        let key = key.map(str::to_owned);
        let sign = Sign { call: CALL.to_owned(), region: desk.region, seen: seen.clone(), key };
        tokio::spawn(async move { service.sign_list(&by, sign).await })
    };
    // The button pressed twice, a colleague, and the department that has signed already.
    let twice = [sign(&desk.drug, Some("one")), sign(&desk.drug, Some("one"))];
    let others = [sign(&colleague, Some("one")), sign(&desk.drug, Some("two")), sign(&desk.industry, None)];
    let mut told = Vec::new();
    for signed in twice.into_iter().chain(others) {
        told.push(signed.await.unwrap());
    }
    let [first, again, rest @ ..] = &told[..] else { panic!("{told:?}") };
    assert_eq!(format!("{first:?}"), format!("{again:?}"), "one key, two answers");
    let confirmed = |told: &&Result<Change, _>| matches!(told, Ok(Change::Confirmed { version: 1 }));
    let once = usize::from(confirmed(&first)) + rest.iter().filter(confirmed).count();
    assert_eq!(once, 1, "{told:?}");
    for other in told.iter().filter(|told| !confirmed(told)) {
        // The department that had signed may have come before the other one.
        let half = matches!(other, Ok(Change::HalfSigned));
        let late = matches!(other, Err(ServiceError::List(Refusal::Confirmed { version: 1 })));
        assert!(late || half, "{told:?}");
    }
    assert!(told[..4].iter().all(|told| !matches!(told, Ok(Change::HalfSigned))), "{told:?}");
    let second = desk.app.service.confirmed_list(&desk.drug, CALL, desk.region, 2).await;
    assert!(matches!(second, Err(ServiceError::NotFound)), "{second:?}");
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_acts_for_another_region_or_office() {
    let desk = Desk::build(CALL, NOW, "44", 1).await;
    let service = &desk.app.service;
    let stranger = officer(&desk.app, Role::IndustryAuthority, Some("440300")).await;
    let office = officer(&desk.app, Role::ProgrammeOffice, None).await;
    let id = &desk.submitted[0].application;
    let assess = || Assess { application: id.clone(), version: 1, ..Assess::default() };
    assert!(matches!(service.assess(&stranger, assess()).await, Err(ServiceError::NotFound)));
    assert!(matches!(service.assess(&office, assess()).await, Err(ServiceError::Forbidden)));
    let opinion = service.give_opinion(&stranger, id, 1, Stance::Agrees, "").await;
    assert!(matches!(opinion, Err(ServiceError::NotFound)));
    assert!(matches!(
        service.return_application(&stranger, id, "补正", None).await,
        Err(ServiceError::NotFound)
    ));
    let sign = || Sign { call: CALL.to_owned(), region: desk.region, seen: None, key: None };
    assert!(matches!(service.sign_list(&stranger, sign()).await, Err(ServiceError::NotFound)));
    assert!(matches!(service.sign_list(&office, sign()).await, Err(ServiceError::Forbidden)));
    let rank = service.rank(&stranger, CALL, desk.region, 0, &[(id.clone(), 1)]).await;
    assert!(matches!(rank, Err(ServiceError::NotFound)));
    let approve = service.approve_overrun(&desk.drug, CALL, desk.region, Some(9), "同意").await;
    assert!(matches!(approve, Err(ServiceError::Forbidden)));
    // On the own list nobody puts what was submitted elsewhere.
    let other = service.rank(&stranger, CALL, region("440300"), 0, &[(id.clone(), 1)]).await;
    assert!(matches!(other, Err(ServiceError::Invalid(_))), "{other:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overrun_is_passed_by_the_office_with_a_reason() {
    let desk = Desk::build(CALL, NOW, "11", 1).await;
    desk.assess(&desk.submitted[0]).await;
    desk.rank(&[0]).await.unwrap();
    desk.after_applicants();
    // 40 % of 1 is 0: the one place needs leave.
    assert_eq!(desk.blocked(&desk.drug).await, ["quota_exceeded"]);
    let office = officer(&desk.app, Role::ProgrammeOffice, None).await;
    let service = &desk.app.service;
    let approve = |places| service.approve_overrun(&office, CALL, desk.region, places, "情况属实");
    assert!(matches!(approve(Some(1)).await, Err(ServiceError::Invalid(_))), "nobody asked");
    let revision = desk.list().await.revision;
    service.ask_overrun(&desk.industry, CALL, desk.region, revision, "本地仅此一项").await.unwrap();
    assert_eq!(desk.blocked(&desk.drug).await, ["overrun_not_approved"]);
    approve(Some(1)).await.unwrap();
    desk.sign(&desk.drug).await.unwrap();
    assert_eq!(desk.sign(&desk.industry).await.unwrap(), Change::Confirmed { version: 1 });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_returned_is_mended_and_verified_again() {
    let desk = Desk::build(FIXED, "2021-12-01T09:00:00+08:00", "44", 1).await;
    let (service, ready) = (&desk.app.service, &desk.submitted[0]);
    desk.assess(ready).await;
    desk.rank(&[0]).await.unwrap();
    let id = &ready.application;
    let refused = service.return_application(&desk.drug, id, "  ", None).await;
    assert!(matches!(refused, Err(ServiceError::Invalid(_))));
    service.return_application(&desk.drug, id, "缺少检验报告", None).await.unwrap();
    let own = service.application(Some(&ready.actor), id).await.unwrap();
    assert_eq!(own.returned.as_ref().map(|of| of.note.as_str()), Some("缺少检验报告"));
    assert_eq!(own.summary.state, "reopened");
    // The version submitted last goes on counting; nobody returns it twice.
    assert!(desk.list().await.obstacles.is_empty());
    assert!(matches!(
        service.return_application(&desk.industry, id, "再退", None).await,
        Err(ServiceError::Refused(_))
    ));
    submit(&desk.app, ready).await;
    let codes: Vec<String> = desk.list().await.obstacles.into_iter().map(|of| of.code).collect();
    assert_eq!(codes, ["assessment_outdated"]);
    let stale = Assess { application: id.clone(), version: 1, revision: 1, ..Assess::default() };
    assert!(matches!(service.assess(&desk.drug, stale).await, Err(ServiceError::Store(StoreError::Stale))));
    desk.assess(ready).await;
    desk.sign(&desk.industry).await.unwrap();
    assert_eq!(desk.sign(&desk.drug).await.unwrap(), Change::Confirmed { version: 1 });
    // After the applicants' deadline nothing can be returned.
    desk.after_applicants();
    assert!(matches!(
        service.return_application(&desk.drug, id, "晚了", None).await,
        Err(ServiceError::Refused(_))
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_project_is_confirmed_by_one_region() {
    let desk = Desk::build(FIXED, "2021-12-01T09:00:00+08:00", "44", 1).await;
    desk.assess(&desk.submitted[0]).await;
    desk.rank(&[0]).await.unwrap();
    let same = applied(&desk.app, FIXED, "11", 77, "示例产品 １号").await;
    let beijing = Desk {
        industry: officer(&desk.app, Role::IndustryAuthority, Some("11")).await,
        drug: officer(&desk.app, Role::DrugRegulator, Some("11")).await,
        region: region("11"),
        submitted: vec![same],
        ..desk
    };
    beijing.assess(&beijing.submitted[0]).await;
    beijing.rank(&[0]).await.unwrap();
    beijing.sign(&beijing.industry).await.unwrap();
    assert_eq!(beijing.sign(&beijing.drug).await.unwrap(), Change::Confirmed { version: 1 });
    let guangdong = actor(&beijing.app, "drug-regulator-44").await;
    let sign = || Sign { call: FIXED.to_owned(), region: region("44"), seen: None, key: None };
    let Err(ServiceError::List(Refusal::Obstacles(found))) =
        beijing.app.service.sign_list(&guangdong, sign()).await
    else {
        panic!("signed")
    };
    assert_eq!(found[0].code, "recommended_elsewhere");
    assert!(found[0].message.zh.contains("北京"), "{}", found[0].message.zh);
    // When the other region opens its list again, the project is free.
    beijing.app.service.reopen_list(&beijing.drug, FIXED, region("11"), "与广东协商", None).await.unwrap();
    assert_eq!(beijing.app.service.sign_list(&guangdong, sign()).await.unwrap(), Change::HalfSigned);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_changed_since_it_was_seen_is_not_signed_or_overwritten() {
    let desk = Desk::build(FIXED, "2021-12-01T09:00:00+08:00", "44", 2).await;
    let service = &desk.app.service;
    for ready in &desk.submitted {
        desk.assess(ready).await;
    }
    desk.rank(&[0]).await.unwrap();
    let seen = Some(desk.list().await.digest);
    let revision = desk.list().await.revision;
    desk.rank(&[1, 0]).await.unwrap();
    let sign = Sign { call: FIXED.to_owned(), region: desk.region, seen, key: None };
    let stale = service.sign_list(&desk.drug, sign).await;
    assert!(matches!(stale, Err(ServiceError::Store(StoreError::Stale))), "{stale:?}");
    let ranks = [(desk.submitted[0].application.clone(), 1)];
    let stale = service.rank(&desk.industry, FIXED, desk.region, revision, &ranks).await;
    assert!(matches!(stale, Err(ServiceError::Store(StoreError::Stale))), "{stale:?}");
    // An objection of one department blocks both.
    let id = &desk.submitted[1].application;
    assert!(service.give_opinion(&desk.drug, id, 1, Stance::Objects, "").await.is_err());
    service.give_opinion(&desk.drug, id, 1, Stance::Objects, "样机未完成").await.unwrap();
    assert_eq!(desk.blocked(&desk.industry).await, ["department_objects"]);
    service.give_opinion(&desk.drug, id, 1, Stance::Agrees, "").await.unwrap();
    // Nothing at the recommenders' deadline.
    let call = service.call(FIXED).unwrap().call;
    let close = call.call.deadline(jiebang_domain::call::Actor::Recommender).unwrap().at;
    desk.app.jump_to(close - SignedDuration::from_secs(5));
    desk.sign(&desk.industry).await.unwrap();
    desk.app.jump_to(close);
    assert!(matches!(desk.sign(&desk.drug).await, Err(ServiceError::List(Refusal::Late(_)))));
    assert!(desk.rank(&[0]).await.is_err());
}
