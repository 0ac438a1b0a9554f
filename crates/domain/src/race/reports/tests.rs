use std::collections::{BTreeMap, BTreeSet};

use jiff::{civil::Date, tz::TimeZone};
use proptest::prelude::*;

use super::{
    MilestoneProgress, ProgressReport, ReminderKind, ReportSchedule, ReportState, Risk, reminders,
    report_faults, reports_due,
};
use crate::call::Source;
use crate::race::period::tests::two_years;
use crate::race::plan::tests::milestone;
use crate::race::{Baseline, RaceFault, Statement};
use crate::shared::Digest;

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

fn every(months: u8) -> ReportSchedule {
    ReportSchedule {
        every_months: months,
        due_days: 15,
        remind_days_before: vec![30, 7, 1],
        source: Source::Operator,
    }
}

#[test]
fn reports_cover_the_period_without_a_gap() {
    let due = reports_due(&every(6), &two_years(), &zone()).unwrap();
    let covered: Vec<_> = due.iter().map(|due| (due.from, due.to, due.due_on)).collect();
    let day = |from, to, due| (date(from), date(to), date(due));
    assert_eq!(
        covered,
        [
            day("2025-11-05", "2026-05-04", "2026-05-19"),
            day("2026-05-05", "2026-11-04", "2026-11-19"),
            day("2026-11-05", "2027-05-04", "2027-05-19"),
            day("2027-05-05", "2027-11-04", "2027-11-19"),
        ]
    );
    let last = reports_due(&every(9), &two_years(), &zone()).unwrap().pop().unwrap();
    assert_eq!((last.number, last.from, last.to), (3, date("2027-05-05"), date("2027-11-04")));
}

#[test]
fn impossible_schedules_are_refused() {
    for schedule in [every(0), every(61), ReportSchedule { due_days: 367, ..every(6) }] {
        assert_eq!(reports_due(&schedule, &two_years(), &zone()), Err(RaceFault::ScheduleImpossible));
    }
}

#[test]
fn a_report_is_in_time_until_the_end_of_its_day() {
    let due = reports_due(&every(6), &two_years(), &zone()).unwrap();
    let first = &due[0];
    let at = |text: &str| text.parse().unwrap();
    for (received, now, state) in [
        (None, "2026-05-04T15:59:59.999Z", ReportState::NotYet),
        (None, "2026-05-04T16:00:00Z", ReportState::Open),
        (None, "2026-05-19T15:59:59.999Z", ReportState::Open),
        (None, "2026-05-19T16:00:00Z", ReportState::Overdue),
        (Some("2026-05-19T15:59:59.999Z"), "2026-06-01T00:00:00Z", ReportState::Received),
        (Some("2026-05-19T16:00:00Z"), "2026-06-01T00:00:00Z", ReportState::ReceivedLate),
    ] {
        assert_eq!(first.state(received.map(at), at(now), &zone()), state, "{received:?} {now}");
    }
}

#[test]
fn the_nearest_reminder_is_sent_and_none_after_the_report() {
    let due = reports_due(&every(6), &two_years(), &zone()).unwrap();
    for (today, expected) in [
        ("2026-04-18", None),
        ("2026-04-19", Some(ReminderKind::Before(30))),
        ("2026-05-11", Some(ReminderKind::Before(30))),
        ("2026-05-12", Some(ReminderKind::Before(7))),
        ("2026-05-18", Some(ReminderKind::Before(1))),
        ("2026-05-19", Some(ReminderKind::Before(1))),
        ("2026-05-20", Some(ReminderKind::Overdue)),
    ] {
        let sent = reminders(&every(6), &due, &BTreeSet::new(), date(today));
        assert_eq!(sent.first().map(|reminder| reminder.kind), expected, "{today}");
    }
    assert_eq!(reminders(&every(6), &due, &BTreeSet::from([1]), date("2026-05-20")), []);
    let late = reminders(&every(6), &due, &BTreeSet::new(), date("2030-01-01"));
    let keys: BTreeSet<_> = late.iter().map(super::Reminder::key).collect();
    assert_eq!((late.len(), keys.len()), (4, 4));
}

fn baseline() -> Baseline {
    let milestones = vec![milestone("a", None, "2026-01-01", "2026-06-30")];
    let digest = Digest::parse(&"a".repeat(64)).unwrap();
    let statement = Statement { digest, indicators: Vec::new(), milestones };
    Baseline { version: 1, statement, frozen_at: "2025-11-04T00:00:00Z".parse().unwrap(), change: None }
}

fn progress(percent: u8, reached_on: Option<&str>, risk: Risk, note: &str) -> MilestoneProgress {
    let (milestone, note) = ("a".to_owned(), note.to_owned());
    MilestoneProgress { milestone, percent, reached_on: reached_on.map(date), risk, note }
}

fn codes(report: &ProgressReport, before: u8, today: &str) -> Vec<&'static str> {
    let due = reports_due(&every(6), &two_years(), &zone()).unwrap();
    let before = BTreeMap::from([("a".to_owned(), before)]);
    report_faults(report, &due, &baseline(), &before, date(today)).iter().map(RaceFault::code).collect()
}

#[test]
fn reports_are_checked_milestone_by_milestone() {
    let report = |progress| ProgressReport {
        number: 1,
        baseline: 1,
        summary: String::new(),
        milestones: vec![progress],
    };
    for (told, codes_expected) in [
        (progress(40, None, Risk::None, ""), vec![]),
        (progress(39, None, Risk::None, ""), vec!["progress_shrinks"]),
        (progress(39, None, Risk::None, "返工"), vec![]),
        (progress(100, Some("2026-05-05"), Risk::None, ""), vec![]),
        (progress(100, None, Risk::None, ""), vec!["milestone_reached_disagrees"]),
        (progress(99, Some("2026-05-05"), Risk::None, ""), vec!["milestone_reached_disagrees"]),
        (progress(101, None, Risk::None, ""), vec!["progress_beyond_whole"]),
        (progress(100, Some("2026-05-06"), Risk::None, ""), vec!["milestone_reached_impossible"]),
        (progress(100, Some("2025-11-04"), Risk::None, ""), vec![]),
        (progress(100, Some("2025-11-03"), Risk::None, ""), vec!["milestone_reached_impossible"]),
        (progress(40, None, Risk::High, " "), vec!["risk_unexplained"]),
        (progress(40, None, Risk::Watch, "原料紧张"), vec![]),
    ] {
        assert_eq!(codes(&report(told.clone()), 40, "2026-05-05"), codes_expected, "{told:?}");
    }
}

#[test]
fn all_that_is_wrong_with_a_report_is_told_at_once() {
    let unknown = MilestoneProgress { milestone: "z".to_owned(), ..progress(10, None, Risk::None, "") };
    let twice = progress(50, None, Risk::None, "");
    let report = ProgressReport {
        number: 9,
        baseline: 2,
        summary: String::new(),
        milestones: vec![unknown, twice.clone(), twice],
    };
    assert_eq!(
        codes(&report, 0, "2026-05-05"),
        ["report_unknown", "baseline_outdated", "progress_of_unknown_milestone", "progress_repeats"]
    );
    let empty = ProgressReport { number: 1, baseline: 1, summary: " ".to_owned(), milestones: Vec::new() };
    assert_eq!(codes(&empty, 0, "2026-05-04"), ["report_early", "report_empty"]);
}

proptest! {
    #[test]
    fn reports_follow_each_other_day_by_day(months in 1u8..=60, due_days in 0u16..=366) {
        let period = two_years();
        let due = reports_due(&ReportSchedule { due_days, ..every(months) }, &period, &zone()).unwrap();
        prop_assert_eq!(due.first().unwrap().from, period.published_on.tomorrow().unwrap());
        prop_assert_eq!(due.last().unwrap().to, period.last_on);
        for pair in due.windows(2) {
            prop_assert_eq!(pair[1].from, pair[0].to.tomorrow().unwrap());
            prop_assert_eq!(pair[1].number, pair[0].number + 1);
        }
        for report in &due {
            prop_assert!(report.from <= report.to && report.due_on >= report.to);
        }
    }
}
