//! The desk's list judged by the real calls: quotas, strengths, obstacles, signatures.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use jiebang_cases::Folder;
use jiebang_domain::application::{ApplicationState, Submission};
use jiebang_domain::call::{Actor, Call};
use jiebang_domain::recommendation::{
    Answer, Assessment, Candidate, Change, Department, ListState, Opinion, Overrun, RecommendationList,
    Refusal, Stance, obstacles, questions, quota,
};
use jiebang_domain::shared::Region;
use jiff::{SignedDuration, Timestamp};

const AI_2021: &str = "miit-2021-ai-devices";
const AI_2025: &str = "miit-2025-ai-devices";
const MATERIALS: &str = "miit-2025-biomaterials-2";

fn call(id: &str) -> Call {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../calls").join(id);
    Folder::read(&folder).unwrap().call
}

fn closes(call: &Call, actor: Actor) -> Timestamp {
    call.deadline(actor).unwrap().at
}

/// After applicants have closed, before the recommenders have.
fn between(call: &Call) -> Timestamp {
    closes(call, Actor::Applicant) + SignedDuration::from_hours(1)
}

fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

fn submitted(version: u32) -> ApplicationState {
    ApplicationState::Submitted(Submission { version, received_at: Timestamp::UNIX_EPOCH })
}

/// A candidate that nothing stands against.
fn sound(call: &Call, nth: u32) -> Candidate {
    let answers = questions(call).map(|question| (question.code.clone(), Answer::Met)).collect();
    let reason = "指标领先".to_owned();
    Candidate {
        application: format!("application-{nth}"),
        number: format!("{}-{nth:06}", call.id),
        title: format!("产品{nth}"),
        task: String::new(),
        lead: "牵头单位".to_owned(),
        state: submitted(1),
        assessment: Some(Assessment { version: 1, answers, reason, ..Assessment::default() }),
        opinions: [None, None],
        elsewhere: None,
    }
}

fn list(call: &Call, code: &str, received: u32, ranked: u32) -> RecommendationList {
    RecommendationList {
        region: region(code),
        state: ListState::Open,
        ranked: (1..=ranked).map(|nth| sound(call, nth)).collect(),
        received,
        overrun: None,
        signed: Vec::new(),
    }
}

fn codes(call: &Call, list: &RecommendationList, at: Timestamp) -> Vec<String> {
    obstacles(call, list, at).into_iter().map(|finding| finding.code).collect()
}

#[test]
fn places_follow_the_call_and_the_kind_of_region() {
    for (id, code, received, places) in [
        (AI_2021, "44", 100, Some(25)),
        (AI_2021, "440300", 100, Some(8)),
        (AI_2025, "44", 7, Some(2)),
        (AI_2025, "440300", 1, Some(0)),
        (AI_2025, "66", 0, Some(0)),
        (AI_2025, "11", 41, Some(16)),
        (MATERIALS, "44", 100, None),
    ] {
        let call = call(id);
        let found = quota(&call, region(code), received, between(&call)).map(|quota| quota.places);
        assert_eq!(found, places, "{id} {code} {received}");
    }
}

#[test]
fn a_share_explains_its_arithmetic_and_is_provisional_until_applicants_close() {
    let call = call(AI_2025);
    let close = closes(&call, Actor::Applicant);
    let at = |at| quota(&call, region("44"), 41, at).unwrap();
    let last = at(close - SignedDuration::from_millis(1));
    assert!(last.provisional && !at(close).provisional);
    assert_eq!(last.arithmetic().zh, "41 项的 40%，向下取整为 16 项");
    let list = list(&call, "44", 41, 16);
    assert_eq!(codes(&call, &list, close - SignedDuration::from_millis(1)), ["quota_provisional"]);
    assert!(codes(&call, &list, close).is_empty());
    // A fixed number is known from the first day.
    let call = self::call(AI_2021);
    let early = closes(&call, Actor::Applicant) - SignedDuration::from_hours(1);
    assert!(codes(&call, &self::list(&call, "44", 3, 3), early).is_empty());
}

#[test]
fn beyond_the_places_a_list_needs_a_reason_and_an_approval_of_that_many() {
    for (id, code, received, places) in
        [(AI_2021, "44", 300, 25), (AI_2021, "440300", 300, 8), (AI_2025, "44", 7, 2), (AI_2025, "44", 1, 0)]
    {
        let call = call(id);
        let at = between(&call);
        let mut over = list(&call, code, received, places + 1);
        let within = RecommendationList { ranked: over.ranked[1..].to_vec(), ..over.clone() };
        assert!(places == 0 || codes(&call, &within, at).is_empty(), "{id} {code}");
        assert_eq!(codes(&call, &over, at), ["quota_exceeded"], "{id} {code}");
        let leave = |reason: &str, approved| Some(Overrun { reason: reason.to_owned(), approved });
        over.overrun = leave("  ", None);
        assert_eq!(codes(&call, &over, at), ["quota_exceeded"]);
        over.overrun = leave("本地产业集中", None);
        assert_eq!(codes(&call, &over, at), ["overrun_not_approved"]);
        over.overrun = leave("本地产业集中", Some(places));
        assert_eq!(codes(&call, &over, at), ["overrun_not_approved"]);
        over.overrun = leave("本地产业集中", Some(places + 1));
        assert!(codes(&call, &over, at).is_empty(), "{id} {code}");
    }
}

#[test]
fn what_stands_against_a_candidate_is_told_with_its_clause() {
    let call = call(AI_2025);
    let at = between(&call);
    let first_question = questions(&call).next().unwrap().code.clone();
    let with = |change: &dyn Fn(&mut Candidate)| {
        let mut list = list(&call, "44", 10, 2);
        change(&mut list.ranked[1]);
        let found = obstacles(&call, &list, at);
        assert!(found.iter().all(|finding| finding.field.as_deref() == Some("application-2")));
        found.into_iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert!(with(&|_| {}).is_empty());
    assert_eq!(with(&|of| of.state = ApplicationState::Draft), ["application_not_submitted"]);
    assert_eq!(with(&|of| of.state = ApplicationState::Withdrawn(None)), ["application_withdrawn"]);
    assert_eq!(with(&|of| of.state = submitted(2)), ["assessment_outdated"]);
    assert_eq!(with(&|of| of.assessment = None), ["assessment_missing"]);
    assert_eq!(with(&|of| of.elsewhere = Some(region("11"))), ["recommended_elsewhere"]);
    assert_eq!(with(&|of| of.assessment.as_mut().unwrap().reason.clear()), ["reason_missing"]);
    assert_eq!(with(&|of| of.title = "产品 １".to_owned()), ["project_repeated"]);
    let answer = |of: &mut Candidate, answer| {
        of.assessment.as_mut().unwrap().answers.insert(first_question.clone(), answer);
    };
    assert!(with(&|of| answer(of, Answer::NotApplicable)).is_empty());
    assert_eq!(with(&|of| answer(of, Answer::NotMet)), [first_question.as_str()]);
    assert_eq!(
        with(&|of| {
            of.assessment.as_mut().unwrap().answers.remove(&first_question);
        }),
        ["assessment_incomplete"]
    );
    let objects =
        |version| Some(Opinion { version, stance: Stance::Objects, note: "样机未完成".to_owned() });
    assert_eq!(with(&|of| of.opinions[1] = objects(1)), ["department_objects"]);
    // An objection against an earlier version is not one against this.
    assert!(with(&|of| of.opinions[1] = objects(0)).is_empty());
    let reopened = Submission { version: 1, received_at: Timestamp::UNIX_EPOCH };
    assert!(with(&|of| of.state = ApplicationState::Reopened(reopened.clone())).is_empty());
}

#[test]
fn only_regions_that_the_call_admits_recommend() {
    let call = call(MATERIALS);
    assert_eq!(codes(&call, &list(&call, "440300", 1, 1), between(&call)), ["region_not_admitted"]);
    assert!(codes(&call, &list(&call, "66", 1, 1), between(&call)).is_empty());
    assert_eq!(codes(&call, &list(&call, "44", 1, 0), between(&call)), ["list_empty"]);
}

#[test]
fn a_list_is_confirmed_when_both_have_signed_it() {
    use Department::{DrugRegulator, IndustryAuthority};
    let call = call(AI_2025);
    let at = between(&call);
    let mut list = list(&call, "44", 10, 4);
    assert_eq!(list.sign(&call, IndustryAuthority, 0, at), Ok(Change::HalfSigned));
    list.signed = vec![IndustryAuthority];
    // Signing again changes nothing; the other one confirms.
    assert_eq!(list.sign(&call, IndustryAuthority, 0, at), Ok(Change::HalfSigned));
    assert_eq!(list.sign(&call, DrugRegulator, 0, at), Ok(Change::Confirmed { version: 1 }));
    assert_eq!(list.reopen(&call, at), Err(Refusal::NotConfirmed));
    list.state = ListState::Confirmed { version: 1 };
    assert_eq!(list.sign(&call, DrugRegulator, 1, at), Err(Refusal::Confirmed { version: 1 }));
    assert_eq!(list.may_change(&call, at), Err(Refusal::Confirmed { version: 1 }));
    assert_eq!(list.reopen(&call, at), Ok(()));
    // Nothing at the deadline or after it.
    let close = closes(&call, Actor::Recommender);
    assert!(list.reopen(&call, close - SignedDuration::from_millis(1)).is_ok());
    assert!(matches!(list.reopen(&call, close), Err(Refusal::Late(_))));
    list.state = ListState::Open;
    assert!(matches!(list.sign(&call, DrugRegulator, 1, close), Err(Refusal::Late(_))));
}

#[test]
fn a_list_with_obstacles_is_not_signed_and_all_are_told() {
    let call = call(AI_2025);
    let mut list = list(&call, "44", 1, 3);
    list.ranked[0].assessment = None;
    list.ranked[2].state = ApplicationState::Withdrawn(None);
    let Err(Refusal::Obstacles(found)) = list.sign(&call, Department::DrugRegulator, 0, between(&call))
    else {
        panic!("signed")
    };
    let codes: Vec<&str> = found.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["quota_exceeded", "assessment_missing", "application_withdrawn"]);
}

#[test]
fn the_desk_answers_what_the_notice_leaves_to_it() {
    let asked = |id| questions(&call(id)).map(|question| question.code.clone()).collect::<Vec<_>>();
    assert_eq!(asked(AI_2021), ["product_not_mature", "environment_not_built"]);
    assert_eq!(asked(AI_2025), ["product_not_mature", "environment_not_built"]);
    assert_eq!(asked(MATERIALS), ["task_name_incomplete"]);
}
