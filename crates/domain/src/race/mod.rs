//! Race (赛马攻关): several teams work on one task from the day on which the list is published, each under its own frozen task statement.
//!
//! ```text
//! list published ──▶ Running ──the period ends──▶ Ended
//! track:             Running ──withdraw, terminate, with reason──▶ Withdrawn, Terminated
//!                    Running ──change asked for──▶ decided ──approved──▶ Running under the next version of the baseline
//! ```
//!
//! What must never happen: a baseline that changes after it was frozen; a decision on a change that was asked for under an older
//! baseline than the one that counts; a period that ends on a day which nobody can reckon, because a holiday table is silent.

mod board;
mod changes;
mod difference;
mod faults;
mod model;
mod period;
mod plan;
mod reports;
mod track;

pub use board::{Board, BoardRow, board};
pub use changes::{ChangeKind, ChangeRequest, DecideChange, Decision, RequestChange, Ruling};
pub use difference::{Difference, differences};
pub use faults::{RaceFault, Refusal};
pub use model::{Baseline, IndicatorLine, Milestone, Race, RaceStage, Statement};
pub use period::{ExecutionPeriod, LastDay, execution_period};
pub use plan::{MILESTONE_CHARACTERS_MAX, MILESTONES_MAX, milestone_faults};
pub use reports::{
    MilestoneProgress, ProgressReport, REPORTS_MAX, Reminder, ReminderKind, ReportDue, ReportSchedule,
    ReportState, Risk, reminders, report_faults, reports_due,
};
pub use track::{Track, TrackEvent, TrackState};
