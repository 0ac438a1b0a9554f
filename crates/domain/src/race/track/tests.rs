use jiff::Timestamp;
use proptest::prelude::*;

use super::{Track, TrackEvent, TrackState};
use crate::call::Source;
use crate::race::period::tests::two_years;
use crate::race::plan::tests::milestone;
use crate::race::{
    ChangeKind, DecideChange, IndicatorLine, Race, RaceFault, RaceStage, Refusal, RequestChange, Ruling,
    Statement,
};
use crate::shared::{Digest, Text};

const START: &str = "2025-11-04T01:00:00Z";
const MIDDLE: &str = "2026-11-04T01:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn race() -> Race {
    Race { task: "t".to_owned(), period: two_years(), schedule: None, lanes: Vec::new() }
}

/// A statement for the tests of the room; the letter makes its digest.
pub(in crate::race) fn statement(letter: char, items: &[&str]) -> Statement {
    let line = |item: &&str| IndicatorLine {
        item: (*item).to_owned(),
        name: Text::new(format!("指标{item}"), format!("Indicator {item}")),
        promised: Text::new(format!("≥ {letter}"), format!("≥ {letter}")),
        value: serde_json::Value::Null,
    };
    Statement {
        digest: Digest::parse(&letter.to_string().repeat(64)).unwrap(),
        indicators: items.iter().map(line).collect(),
        milestones: vec![milestone("m", None, "2026-01-01", "2027-01-01")],
    }
}

fn track() -> Track {
    Track::begin("app".to_owned(), statement('a', &["x", "y"]), at(START)).0
}

fn asked(based_on: u32, letter: char, items: &[&str]) -> RequestChange {
    let reason = "供应商停产".to_owned();
    RequestChange { kind: ChangeKind::Plan, based_on, proposed: statement(letter, items), reason }
}

fn decided(number: u32, ruling: Ruling, reason: &str) -> DecideChange {
    DecideChange { number, ruling, reason: reason.to_owned(), by: "office".to_owned() }
}

fn codes(refused: Result<(Track, TrackEvent), Refusal>) -> Vec<&'static str> {
    refused.unwrap_err().faults.iter().map(RaceFault::code).collect()
}

#[test]
fn an_approved_change_makes_the_next_version_and_keeps_the_old_one() {
    let (track, event) = track().request_change(&race(), asked(1, 'b', &["x", "y"]), at(MIDDLE)).unwrap();
    assert_eq!(event, TrackEvent::ChangeRequested { number: 1 });
    let first = track.baselines()[0].clone();
    let (track, event) = track.decide_change(decided(1, Ruling::Approved, ""), at(MIDDLE)).unwrap();
    assert_eq!(event, TrackEvent::ChangeApproved { number: 1, version: 2 });
    assert_eq!(track.baselines()[0], first);
    let counts = track.baseline().unwrap();
    assert_eq!((counts.version, counts.change, counts.frozen_at), (2, Some(1), at(MIDDLE)));
    assert_eq!(counts.statement, statement('b', &["x", "y"]));
}

/// A plan is accepted as it was submitted, and applicants cannot know the day of publication.
#[test]
fn faults_of_the_submitted_plan_stop_no_other_change() {
    let outside = || milestone("m", None, "2025-07-01", "2026-03-01");
    let first = Statement { milestones: vec![outside()], ..statement('a', &["x"]) };
    let (track, _) = Track::begin("app".to_owned(), first, at(START));
    let ask = |milestones, letter| RequestChange {
        proposed: Statement { milestones, ..statement(letter, &["x"]) },
        ..asked(1, letter, &["x"])
    };
    assert!(track.clone().request_change(&race(), ask(vec![outside()], 'b'), at(MIDDLE)).is_ok());
    let moved = milestone("m", None, "2025-07-02", "2026-03-01");
    assert_eq!(
        codes(track.request_change(&race(), ask(vec![moved], 'c'), at(MIDDLE))),
        ["milestone_outside_period"]
    );
}

#[test]
fn a_refused_change_leaves_the_baseline() {
    let (track, _) = track().request_change(&race(), asked(1, 'b', &["x", "y"]), at(MIDDLE)).unwrap();
    assert_eq!(
        codes(track.clone().decide_change(decided(1, Ruling::Refused, " "), at(MIDDLE))),
        ["reason_missing"]
    );
    let (track, event) = track.decide_change(decided(1, Ruling::Refused, "理由不充分"), at(MIDDLE)).unwrap();
    assert_eq!(event, TrackEvent::ChangeRefused { number: 1 });
    assert_eq!((track.baselines().len(), track.pending()), (1, None));
    assert_eq!(
        codes(track.clone().decide_change(decided(1, Ruling::Approved, "x"), at(MIDDLE))),
        ["change_decided"]
    );
    assert_eq!(codes(track.decide_change(decided(2, Ruling::Approved, "x"), at(MIDDLE))), ["change_unknown"]);
}

#[test]
fn a_dropped_promise_needs_a_reason_of_the_one_who_approves() {
    let (track, _) = track().request_change(&race(), asked(1, 'b', &["x"]), at(MIDDLE)).unwrap();
    let refused = track.clone().decide_change(decided(1, Ruling::Approved, ""), at(MIDDLE));
    let refusal = refused.unwrap_err();
    assert!(refusal.faults.contains(&RaceFault::IndicatorsDropped { items: vec!["y".to_owned()] }));
    let findings = refusal.findings(&Source::Operator);
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|finding| !finding.message.en.is_empty() && !finding.remedy.zh.is_empty()));
    assert!(track.decide_change(decided(1, Ruling::Approved, "指标重复"), at(MIDDLE)).is_ok());
}

#[test]
fn all_that_stands_against_a_change_is_told_at_once() {
    let (track, _) = track().request_change(&race(), asked(1, 'b', &["x", "y"]), at(MIDDLE)).unwrap();
    let mut wrong = asked(7, 'a', &["x", "y"]);
    wrong.reason = "  ".to_owned();
    wrong.proposed.milestones.clear();
    assert_eq!(
        codes(track.request_change(&race(), wrong, at("2027-11-04T16:00:00Z"))),
        ["race_ended", "reason_missing", "change_pending", "baseline_outdated", "change_empty", "plan_empty"]
    );
}

#[test]
fn teams_act_from_the_day_of_publication_to_the_end_of_the_last_day() {
    let refused = |text: &str| track().may_act(&race(), at(text)).map_err(|refusal| refusal.faults);
    assert!(matches!(refused("2025-11-03T15:59:59Z").unwrap_err()[..], [RaceFault::RaceNotBegun { .. }]));
    assert_eq!(refused("2025-11-03T16:00:00Z"), Ok(()));
    assert_eq!(refused("2027-11-04T15:59:59.999Z"), Ok(()));
    assert!(matches!(refused("2027-11-04T16:00:00Z").unwrap_err()[..], [RaceFault::RaceEnded { .. }]));
    assert_eq!(race().stage(at("2027-11-04T16:00:00Z")), RaceStage::Ended);
}

#[test]
fn who_is_out_does_nothing_more() {
    assert_eq!(codes(track().withdraw(&race(), String::new(), at(MIDDLE))), ["reason_missing"]);
    let (out, event) = track().withdraw(&race(), "资金不足".to_owned(), at(MIDDLE)).unwrap();
    assert_eq!((event, out.state.id()), (TrackEvent::Withdrawn, "withdrawn"));
    assert_eq!(codes(out.clone().withdraw(&race(), "x".to_owned(), at(MIDDLE))), ["track_ended"]);
    assert_eq!(
        codes(out.clone().request_change(&race(), asked(1, 'b', &["x", "y"]), at(MIDDLE))),
        ["track_ended"]
    );
    assert_eq!(codes(out.terminate("x".to_owned(), "office".to_owned(), at(MIDDLE))), ["track_ended"]);
    let (ended, _) = track().terminate("失信".to_owned(), "office".to_owned(), at(MIDDLE)).unwrap();
    assert!(matches!(ended.state, TrackState::Terminated { .. }));
}

#[test]
fn a_track_is_stored_whole() {
    let (track, _) = track().request_change(&race(), asked(1, 'b', &["x", "y"]), at(MIDDLE)).unwrap();
    let (track, _) = track.decide_change(decided(1, Ruling::Approved, ""), at(MIDDLE)).unwrap();
    let restored = Track::restore(
        track.application.clone(),
        track.state.clone(),
        track.baselines().to_vec(),
        track.changes().to_vec(),
    );
    assert_eq!(restored, Some(track.clone()));
    let second = track.baselines()[1..].to_vec();
    assert_eq!(Track::restore("app".to_owned(), TrackState::Running, second, Vec::new()), None);
    assert_eq!(Track::restore("app".to_owned(), TrackState::Running, Vec::new(), Vec::new()), None);
}

proptest! {
    /// Whatever is asked for and decided, in any order: what was frozen stays as it was, and versions run from 1.
    #[test]
    fn what_was_frozen_never_changes(acts in prop::collection::vec((0u8..4, 0u32..4, 0u8..6), 0..40)) {
        let mut track = track();
        let mut frozen = track.baselines().to_vec();
        for (act, number, letter) in acts {
            let letter = char::from(b'a' + letter);
            let done = match act {
                0 => track.clone().request_change(&race(), asked(number, letter, &["x", "y"]), at(MIDDLE)),
                1 => track.clone().decide_change(decided(number, Ruling::Approved, ""), at(MIDDLE)),
                2 => track.clone().decide_change(decided(number, Ruling::Refused, "x"), at(MIDDLE)),
                _ => {
                    let current = track.baselines().len();
                    let asked = asked(u32::try_from(current).unwrap(), letter, &["x", "y"]);
                    track.clone().request_change(&race(), asked, at(MIDDLE))
                }
            };
            if let Ok((changed, _)) = done {
                track = changed;
            }
            prop_assert_eq!(&track.baselines()[..frozen.len()], &frozen[..]);
            frozen = track.baselines().to_vec();
            for (nth, baseline) in (1..).zip(&frozen) {
                prop_assert_eq!(baseline.version, nth);
            }
            let approved = track.changes().iter().filter(|change| {
                change.decision.as_ref().is_some_and(|decision| decision.ruling == Ruling::Approved)
            });
            prop_assert_eq!(approved.count() + 1, frozen.len());
        }
    }
}
