use std::collections::BTreeMap;

use super::super::{
    CheckAnswer, CheckItem, FormCheck, Rubric, RubricFault, ScoreSheet, SheetRefusal, SheetState, form_check,
};
use super::{criterion, number, rubric, text};
use crate::call::Source;
use crate::shared::ClauseId;

fn full() -> ScoreSheet {
    let mut sheet = ScoreSheet::new("e1", "A1");
    sheet.scores = [("new", "7"), ("team", "10")].map(|(id, score)| (id.to_owned(), number(score))).into();
    sheet
}

fn codes(refusal: &SheetRefusal) -> Vec<(&str, &str)> {
    match refusal {
        SheetRefusal::Findings(all) => {
            all.iter().map(|one| (one.code.as_str(), one.field.as_deref().unwrap_or(""))).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn a_sheet_is_sealed_until_it_is_submitted_and_then_changed_with_a_reason() {
    let mut sheet = full();
    assert!(sheet.is_sealed() && sheet.counts().is_none());
    assert_eq!(sheet.revise(), Err(SheetRefusal::NotSubmitted));
    let (state, marked) = sheet.submit(&rubric(), "").unwrap();
    assert_eq!((state, marked.expert()), (SheetState::Submitted { version: 1 }, "e1"));
    assert_eq!(rubric().points(&marked).to_string(), "82");
    sheet.state = state;
    assert!(!sheet.is_sealed());
    assert_eq!(sheet.may_change(), Err(SheetRefusal::Submitted { version: 1 }));
    assert_eq!(sheet.submit(&rubric(), "x").unwrap_err(), SheetRefusal::Submitted { version: 1 });
    sheet.state = sheet.revise().unwrap();
    assert!(sheet.is_sealed() && sheet.counts() == Some(1));
    let refused = sheet.submit(&rubric(), " ").unwrap_err();
    assert_eq!(codes(&refused), [("change_without_reason", "reason")]);
    assert_eq!(sheet.submit(&rubric(), "误填").unwrap().0, SheetState::Submitted { version: 2 });
    let stored = serde_json::to_string(&sheet).unwrap();
    assert_eq!(serde_json::from_str::<ScoreSheet>(&stored).unwrap(), sheet);
}

#[test]
fn everything_wrong_on_a_sheet_is_told() {
    for score in ["-1", "11", "7.5", "1e30"] {
        let mut sheet = full();
        sheet.scores.insert("new".to_owned(), number(score));
        assert_eq!(codes(&sheet.submit(&rubric(), "").unwrap_err()), [("score_off_scale", "new")], "{score}");
    }
    for score in ["0", "10", "10.0"] {
        let mut sheet = full();
        sheet.scores.insert("new".to_owned(), number(score));
        assert!(sheet.submit(&rubric(), "").is_ok(), "{score}");
    }
    let mut sheet = full();
    sheet.scores.remove("team");
    sheet.scores.insert("old".to_owned(), number("1"));
    sheet.vetoes = ["copied".to_owned(), "late".to_owned()].into();
    sheet.comments.insert("new".to_owned(), "好".repeat(4_001));
    assert_eq!(
        codes(&sheet.submit(&rubric(), "").unwrap_err()),
        [
            ("score_missing", "team"),
            ("criterion_unknown", "late"),
            ("criterion_unknown", "old"),
            ("comment_missing", "copied"),
            ("comment_too_long", "new")
        ]
    );
    let mut asked = criterion("new", 100, "10", "0.5");
    asked.comment = true;
    let rubric = Rubric::new(vec![asked], Vec::new()).unwrap();
    let mut sheet = ScoreSheet::new("e1", "A1");
    sheet.scores.insert("new".to_owned(), number("7.5"));
    assert_eq!(codes(&sheet.submit(&rubric, "").unwrap_err()), [("comment_missing", "new")]);
    sheet.comments.insert("new".to_owned(), "扎实".to_owned());
    assert_eq!(rubric.points(&sheet.submit(&rubric, "").unwrap().1).to_string(), "75");
}

#[test]
fn faults_of_a_rubric_are_told() {
    let twice = vec![criterion("a", 50, "10", "1"), criterion("a", 50, "10", "1")];
    for (criteria, fault) in [
        (Vec::new(), RubricFault::Empty),
        (vec![criterion("a", 99, "10", "1")], RubricFault::Weights { sum: 99 }),
        (vec![criterion("a", 100, "10", "1"), criterion("b", 0, "10", "1")], RubricFault::Weightless(1)),
        (vec![criterion("a", 100, "0", "1")], RubricFault::Scale(0)),
        (vec![criterion("a", 100, "10", "-1")], RubricFault::Scale(0)),
        (vec![criterion("a", 100, "10", "3")], RubricFault::Step(0)),
        (vec![criterion("a", 100, "10", "0.001")], RubricFault::Fine(0)),
        (twice, RubricFault::Twice(1)),
    ] {
        assert_eq!(Rubric::new(criteria, Vec::new()), Err(vec![fault]));
    }
    let primes = ["997", "991", "983", "977"];
    let apart = primes.iter().map(|prime| criterion(prime, 25, prime, "1")).collect();
    assert_eq!(Rubric::new(apart, Vec::new()), Err(vec![RubricFault::Apart]));
    let mut vetoes = rubric().vetoes().to_vec();
    vetoes.push(super::Veto { sheets: 0, ..vetoes[0].clone() });
    let fault = Rubric::new(rubric().criteria().to_vec(), vetoes);
    assert_eq!(fault, Err(vec![RubricFault::VetoTwice(1), RubricFault::VetoAlways(1)]));
}

#[test]
fn a_form_check_decides_when_all_is_answered() {
    let item = |id: &str, clause: Option<&str>| CheckItem {
        id: id.to_owned(),
        text: text(id),
        source: clause.map_or(Source::Operator, |clause| Source::Clauses(vec![ClauseId::new(clause)])),
    };
    let items = [item("sealed", Some("三(一)")), item("complete", None)];
    let judge = |answers: &[(&str, bool, &str)]| {
        let answers: BTreeMap<String, CheckAnswer> = answers
            .iter()
            .map(|(id, met, reason)| {
                ((*id).to_owned(), CheckAnswer { met: *met, reason: (*reason).to_owned() })
            })
            .collect();
        form_check(&items, &answers)
    };
    assert_eq!(judge(&[("sealed", true, ""), ("complete", true, "")]), FormCheck::Passed);
    let FormCheck::Refused(why) = judge(&[("sealed", false, "缺公章"), ("complete", true, "")]) else {
        panic!()
    };
    assert_eq!((why.len(), why[0].code.as_str()), (1, "sealed"));
    assert_eq!(why[0].clause, Some(ClauseId::new("三(一)")));
    assert!(why[0].message.zh.contains("缺公章"));
    // One no with a reason does not decide while another item is open.
    let FormCheck::Open(open) = judge(&[("sealed", false, "缺公章"), ("other", true, "")]) else {
        panic!()
    };
    let codes: Vec<&str> = open.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["check_unanswered", "check_unknown"]);
    let FormCheck::Open(open) = judge(&[("sealed", false, " "), ("complete", true, "")]) else { panic!() };
    assert_eq!(open[0].code, "check_reason_missing");
}
