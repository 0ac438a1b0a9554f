//! Progress reports: when they are due, who is reminded when, what they may say.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{Baseline, ExecutionPeriod, RaceFault};
use crate::call::Source;
use crate::shared::{DeadlineError, PeriodLength, Text, close_of_day, period_end};

/// Most reports of a race.
pub const REPORTS_MAX: u32 = 240;
/// Most months between two reports.
const MONTHS_MAX: u8 = 60;
/// Most days in which a report is written, and before which is reminded.
const DAYS_MAX: u16 = 366;

/// How often teams report (进展报告的周期).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSchedule {
    /// A report for every so many months, from 1 to 60.
    pub every_months: u8,
    /// Calendar days after the covered time in which it is due.
    pub due_days: u16,
    /// Days before the due day on which teams are reminded.
    pub remind_days_before: Vec<u16>,
    /// Clause or operator's plan.
    pub source: Source,
}

/// A report that is asked for (应交报告).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportDue {
    /// Number from 1.
    pub number: u32,
    /// First day that it covers.
    pub from: Date,
    /// Last day that it covers.
    pub to: Date,
    /// Last day on which it is in time.
    pub due_on: Date,
    /// Exclusive instant of the end of that day.
    pub closes_at: Timestamp,
}

/// Where a report stands (报告状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportState {
    /// What it covers has not passed.
    NotYet,
    /// It can be handed in.
    Open,
    /// Its due day has passed without it.
    Overdue,
    /// It was received in time.
    Received,
    /// It was received after the due day.
    ReceivedLate,
}

/// Why a team is reminded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReminderKind {
    /// So many days before the due day.
    Before(u16),
    /// The due day has passed.
    Overdue,
}

/// A message to a team (提醒).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reminder {
    /// Number of the report.
    pub report: u32,
    /// Why.
    pub kind: ReminderKind,
}

/// Risk of a milestone as the team sees it (风险标志).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// As planned.
    #[default]
    None,
    /// It may come late or fall short.
    Watch,
    /// It will, if nothing is done.
    High,
}

/// Progress of one milestone (节点进展).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MilestoneProgress {
    /// Its id in the baseline.
    pub milestone: String,
    /// Share that is done, in percent.
    pub percent: u8,
    /// Day on which it was complete; only with 100 %.
    pub reached_on: Option<Date>,
    /// Risk.
    pub risk: Risk,
    /// What there is to say.
    pub note: String,
}

/// A progress report (进展报告); it never changes once received, a further one of the same number stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressReport {
    /// Number in the schedule.
    pub number: u32,
    /// Version of the baseline that it is about.
    pub baseline: u32,
    /// The progress in all.
    pub summary: String,
    /// Milestone by milestone; what is left out stands as before.
    pub milestones: Vec<MilestoneProgress>,
}

impl ReportState {
    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::NotYet => "not_yet",
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::Received => "received",
            Self::ReceivedLate => "received_late",
        }
    }

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::NotYet => Text::new("未到期", "Not yet due"),
            Self::Open => Text::new("待提交", "To be handed in"),
            Self::Overdue => Text::new("逾期未交", "Overdue"),
            Self::Received => Text::new("按期提交", "Received"),
            Self::ReceivedLate => Text::new("逾期提交", "Received late"),
        }
    }
}

impl ReportDue {
    /// Where the report stands at an instant, given when it was first received.
    pub fn state(&self, received_at: Option<Timestamp>, at: Timestamp, zone: &TimeZone) -> ReportState {
        match received_at {
            Some(received) if received < self.closes_at => ReportState::Received,
            Some(_) => ReportState::ReceivedLate,
            None if at >= self.closes_at => ReportState::Overdue,
            None if at.to_zoned(zone.clone()).date() > self.to => ReportState::Open,
            None => ReportState::NotYet,
        }
    }
}

impl Reminder {
    /// What makes it one message, so that it is sent once.
    pub fn key(&self) -> String {
        match self.kind {
            ReminderKind::Before(days) => format!("report-{}-before-{days}", self.report),
            ReminderKind::Overdue => format!("report-{}-overdue", self.report),
        }
    }
}

/// The reports of a race. Months are counted from the day of publication, each from there, so that the 31st stays the 31st where
/// there is one; the last report covers what is left of the period.
///
/// # Errors
/// The schedule is impossible, or a due day lies outside the calendar.
pub fn reports_due(
    schedule: &ReportSchedule,
    period: &ExecutionPeriod,
    zone: &TimeZone,
) -> Result<Vec<ReportDue>, RaceFault> {
    let possible = (1..=MONTHS_MAX).contains(&schedule.every_months) && schedule.due_days <= DAYS_MAX;
    if !possible {
        return Err(RaceFault::ScheduleImpossible);
    }
    let mut all = Vec::new();
    let mut from = period.published_on.tomorrow().map_err(|_| out_of_range())?;
    for number in 1..=REPORTS_MAX {
        if from > period.last_on {
            return Ok(all);
        }
        // At most 240 times 60.
        let months = i16::try_from(number * u32::from(schedule.every_months)).unwrap_or(i16::MAX);
        let counted = period_end(period.published_on, PeriodLength::months(months));
        let to = counted.map_or(period.last_on, |to| to.min(period.last_on));
        let due_on = period_end(to, PeriodLength::days(i32::from(schedule.due_days)));
        let due_on = due_on.map_err(RaceFault::Unreckonable)?;
        let closes_at = close_of_day(due_on, zone).map_err(RaceFault::Unreckonable)?;
        all.push(ReportDue { number, from, to, due_on, closes_at });
        from = to.tomorrow().map_err(|_| out_of_range())?;
    }
    if from > period.last_on { Ok(all) } else { Err(RaceFault::ScheduleImpossible) }
}

fn out_of_range() -> RaceFault {
    RaceFault::Unreckonable(DeadlineError::OutOfRange)
}

/// Messages that are due on a day or were before: of reports not received, the nearest reminder, or that they are overdue.
///
/// Whoever sends keeps the keys of what was sent; asking late loses no message, and sends none that a later one has overtaken.
pub fn reminders(
    schedule: &ReportSchedule,
    due: &[ReportDue],
    received: &BTreeSet<u32>,
    today: Date,
) -> Vec<Reminder> {
    let open = due.iter().filter(|report| !received.contains(&report.number));
    let of = |report: &ReportDue| {
        let kind = if today > report.due_on {
            Some(ReminderKind::Overdue)
        } else {
            let days = schedule.remind_days_before.iter().filter(|days| **days <= DAYS_MAX);
            let reached = days.filter(|days| {
                report.due_on.checked_sub(i64::from(**days).days()).is_ok_and(|on| today >= on)
            });
            reached.min().map(|days| ReminderKind::Before(*days))
        };
        kind.map(|kind| Reminder { report: report.number, kind })
    };
    open.filter_map(of).collect()
}

/// Everything that stands against a report. `before` is the progress known so far, by milestone.
pub fn report_faults(
    report: &ProgressReport,
    due: &[ReportDue],
    baseline: &Baseline,
    before: &BTreeMap<String, u8>,
    today: Date,
) -> Vec<RaceFault> {
    let mut faults = Vec::new();
    match due.iter().find(|due| due.number == report.number) {
        None => faults.push(RaceFault::ReportUnknown { number: report.number }),
        Some(due) if today <= due.to => {
            faults.push(RaceFault::ReportEarly { number: due.number, to: due.to });
        }
        Some(_) => {}
    }
    if report.baseline != baseline.version {
        let (based_on, current) = (report.baseline, baseline.version);
        faults.push(RaceFault::BaselineOutdated { based_on, current });
    }
    if report.summary.trim().is_empty() && report.milestones.is_empty() {
        faults.push(RaceFault::ReportEmpty);
    }
    // The day of publication itself is not counted, but teams may work on it.
    let first = due.first().and_then(|due| due.from.yesterday().ok());
    let mut seen = BTreeSet::new();
    for progress in &report.milestones {
        let milestone = progress.milestone.clone();
        if !seen.insert(progress.milestone.as_str()) {
            faults.push(RaceFault::ProgressRepeats { milestone: milestone.clone() });
        }
        if !baseline.statement.milestones.iter().any(|known| known.id == milestone) {
            faults.push(RaceFault::ProgressOfUnknown { milestone });
            continue;
        }
        let before = before.get(&milestone).copied().unwrap_or(0);
        faults.extend(progress_faults(progress, before, first, today));
    }
    faults
}

fn progress_faults(
    progress: &MilestoneProgress,
    before: u8,
    first: Option<Date>,
    today: Date,
) -> Vec<RaceFault> {
    let milestone = || progress.milestone.clone();
    let percent = progress.percent;
    let silent = progress.note.trim().is_empty();
    let mut faults = Vec::new();
    if percent > 100 {
        faults.push(RaceFault::ProgressBeyond { milestone: milestone(), percent });
    } else if (percent == 100) != progress.reached_on.is_some() {
        faults.push(RaceFault::ReachedDisagrees { milestone: milestone(), percent });
    }
    if let Some(on) = progress.reached_on
        && (on > today || first.is_some_and(|first| on < first))
    {
        faults.push(RaceFault::ReachedImpossible { milestone: milestone(), on });
    }
    if percent < before && silent {
        faults.push(RaceFault::ProgressShrinks { milestone: milestone(), before, percent });
    }
    if progress.risk != Risk::None && silent {
        faults.push(RaceFault::RiskUnexplained { milestone: milestone() });
    }
    faults
}

#[cfg(test)]
mod tests;
