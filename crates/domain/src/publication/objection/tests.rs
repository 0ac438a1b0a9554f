use jiff::{Timestamp, civil::Date};
use proptest::prelude::*;

use super::{
    AnswerObjection, LodgeObjection, OBJECTION_CHARACTERS_MAX, Objection, ObjectionState, Objector, Outcome,
};
use crate::call::Source;
use crate::publication::list::tests::{entry, final_version};
use crate::publication::notice::tests::{holidays, january, rule, zone};
use crate::publication::{FirstDay, PublicationFault, Refusal};
use crate::shared::Digest;

const DURING: &str = "2026-01-14T02:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn named() -> Objector {
    Objector::Named { name: "张三".to_owned(), contact: "13800000000".to_owned() }
}

fn sealed() -> Objector {
    Objector::Sealed {
        organisation: "某公司".to_owned(),
        code: "91350100M000100Y43".to_owned(),
        contact: "a@b.cn".to_owned(),
        sealed: Some(Digest::parse(&"f".repeat(64)).unwrap()),
    }
}

fn asked(objector: Objector) -> LodgeObjection {
    LodgeObjection {
        number: "Y1".to_owned(),
        objector,
        application: Some("a".to_owned()),
        text: "业绩不实".to_owned(),
        evidence: Vec::new(),
    }
}

fn lodge(asked: LodgeObjection, on: &str) -> Result<Objection, Refusal> {
    let list = final_version(vec![entry("a", "listed")]);
    Objection::lodge(asked, &list, &january(), &rule(FirstDay::Counted), &holidays(), &zone(), at(on))
}

/// An objection for the tests of the room.
pub(in crate::publication) fn lodged(number: &str) -> Objection {
    lodge(LodgeObjection { number: number.to_owned(), ..asked(named()) }, DURING).unwrap()
}

/// An answered one.
pub(in crate::publication) fn answered(number: &str, outcome: Outcome) -> Objection {
    let answer = AnswerObjection { outcome, answer: "经核实".to_owned(), by: "office".to_owned() };
    lodged(number).answer(answer, at(DURING)).unwrap()
}

fn codes(refused: Result<Objection, Refusal>) -> Vec<&'static str> {
    match refused {
        Ok(_) => Vec::new(),
        Err(refusal) => refusal.faults.iter().map(PublicationFault::code).collect(),
    }
}

#[test]
fn objections_are_named_or_sealed() {
    let blank = |code: &str| Objector::Sealed {
        organisation: " ".to_owned(),
        code: code.to_owned(),
        contact: String::new(),
        sealed: None,
    };
    for (objector, expected) in [
        (named(), vec![]),
        (sealed(), vec![]),
        (Objector::Anonymous, vec!["objection_anonymous"]),
        (Objector::Named { name: " ".to_owned(), contact: "1".to_owned() }, vec!["objection_anonymous"]),
        (
            Objector::Named { name: "张三".to_owned(), contact: " ".to_owned() },
            vec!["objection_contact_missing"],
        ),
        (
            blank("91350100M000100Y44"),
            vec![
                "objection_organisation_missing",
                "objection_organisation_code",
                "objection_contact_missing",
                "objection_seal_missing",
            ],
        ),
    ] {
        assert_eq!(codes(lodge(asked(objector.clone()), DURING)), expected, "{objector:?}");
    }
}

#[test]
fn objections_are_taken_within_the_notice() {
    for (on, expected) in [
        ("2026-01-11T15:59:59.999Z", vec!["notice_not_begun"]),
        ("2026-01-11T16:00:00Z", vec![]),
        ("2026-01-16T15:59:59.999Z", vec![]),
        ("2026-01-16T16:00:00Z", vec!["notice_over"]),
    ] {
        assert_eq!(codes(lodge(asked(sealed()), on)), expected, "{on}");
    }
}

#[test]
fn everything_wrong_is_told_at_once() {
    let wrong = LodgeObjection {
        application: Some("z".to_owned()),
        text: " ".to_owned(),
        ..asked(Objector::Anonymous)
    };
    let refusal = lodge(wrong, "2026-12-24T00:00:00Z").unwrap_err();
    let findings = refusal.findings(&Source::Operator);
    let codes: Vec<_> = findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "notice_over",
            "objection_anonymous",
            "objection_text_missing",
            "objection_entry_unknown",
            "holiday_year_missing"
        ]
    );
    assert!(findings.iter().all(|finding| !finding.message.en.is_empty() && !finding.remedy.zh.is_empty()));
    let whole = LodgeObjection { application: None, ..asked(named()) };
    assert!(lodge(whole.clone(), DURING).is_ok());
    let long = |count| LodgeObjection { text: "长".repeat(count), ..whole.clone() };
    assert!(lodge(long(OBJECTION_CHARACTERS_MAX), DURING).is_ok());
    let refused = lodge(long(OBJECTION_CHARACTERS_MAX + 1), DURING);
    assert!(matches!(refused.unwrap_err().faults[..], [PublicationFault::TextTooLong { .. }]));
}

#[test]
fn answers_are_due_in_working_days() {
    let date = |text: &str| text.parse::<Date>().unwrap();
    let objection = lodged("Y1");
    assert_eq!(objection.answer_on, date("2026-01-28"));
    assert!(!objection.is_overdue(date("2026-01-28")) && objection.is_overdue(date("2026-01-29")));
    // Received at 00:00 of the 15th in Shanghai.
    assert_eq!(lodge(asked(named()), "2026-01-14T16:00:00Z").unwrap().answer_on, date("2026-01-29"));
    assert!(!answered("Y1", Outcome::Upheld).is_overdue(date("2027-01-01")));
}

#[test]
fn an_objection_is_answered_once() {
    let answer = |text: &str| AnswerObjection {
        outcome: Outcome::Upheld,
        answer: text.to_owned(),
        by: "office".to_owned(),
    };
    assert_eq!(codes(lodged("Y1").answer(answer(" "), at(DURING))), ["objection_answer_missing"]);
    let done = lodged("Y1").answer(answer("经核实"), at(DURING)).unwrap();
    assert!(done.is_upheld() && !done.is_open() && done.state.name().zh == "已答复：成立");
    assert_eq!(codes(done.clone().answer(answer("x"), at(DURING))), ["objection_closed"]);
    assert_eq!(codes(done.take_back(at(DURING))), ["objection_closed"]);
    let back = lodged("Y1").take_back(at(DURING)).unwrap();
    assert!(matches!(back.state, ObjectionState::TakenBack { .. }) && !back.is_upheld());
}

proptest! {
    /// Nothing of what a form can hold is taken without a name or a seal.
    #[test]
    fn nobody_objects_unknown(name in "[ 　a张]{0,3}", contact in "[ 1]{0,2}", text in "[ 字]{0,3}") {
        let objector = Objector::Named { name: name.clone(), contact: contact.clone() };
        let taken = lodge(LodgeObjection { text: text.clone(), ..asked(objector) }, DURING).is_ok();
        let filled = [&name, &contact, &text].iter().all(|field| !field.trim().is_empty());
        prop_assert_eq!(taken, filled);
    }
}
