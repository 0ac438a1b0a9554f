//! The nouns of a race.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use super::{ExecutionPeriod, ReportSchedule};
use crate::shared::{Digest, Text};

/// A stage of the work plan (阶段性任务、节点), in days of the call's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// Id, unique in the plan and kept through its versions.
    pub id: String,
    /// Lane of the call's list; `None` where the call has no lanes.
    pub lane: Option<String>,
    /// What is to be done.
    pub name: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// An indicator that a team has promised (承诺的指标).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndicatorLine {
    /// Id of the call's item, or of the team's own indicator.
    pub item: String,
    /// Its name.
    pub name: Text,
    /// The promise in words.
    pub promised: Text,
    /// The promise as it stands in the frozen content; what evaluation reads.
    pub value: serde_json::Value,
}

/// What a task statement (揭榜任务书) says, as far as the race reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// SHA-256 of the whole statement as canonical JSON.
    pub digest: Digest,
    /// What is promised.
    pub indicators: Vec<IndicatorLine>,
    /// The work plan.
    pub milestones: Vec<Milestone>,
}

/// A task statement as it was frozen (任务书基线); it never changes, a change makes the next version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Version from 1.
    pub version: u32,
    /// What it says.
    pub statement: Statement,
    /// From when on it counts.
    pub frozen_at: Timestamp,
    /// Number of the change request that it comes from; `None` for the first.
    pub change: Option<u32>,
}

/// A race (赛马): the teams of one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Race {
    /// Task of the call.
    pub task: String,
    /// When the teams work.
    pub period: ExecutionPeriod,
    /// When they report; `None` where neither call nor plan asks for reports.
    pub schedule: Option<ReportSchedule>,
    /// Lanes of the plan by id; empty where the call has none.
    pub lanes: Vec<String>,
}

/// Where a race stands (攻关阶段).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RaceStage {
    /// The list is published, its day has not come.
    NotBegun,
    /// Teams work.
    Running,
    /// The period has ended.
    Ended,
}

impl RaceStage {
    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::NotBegun => "not_begun",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::NotBegun => Text::new("未开始", "Not begun"),
            Self::Running => Text::new("攻关中", "Running"),
            Self::Ended => Text::new("攻关期结束", "Ended"),
        }
    }
}

impl Race {
    /// Where the race stands at an instant.
    pub fn stage(&self, at: Timestamp) -> RaceStage {
        if at < self.period.opens_at {
            RaceStage::NotBegun
        } else if at < self.period.closes_at {
            RaceStage::Running
        } else {
            RaceStage::Ended
        }
    }
}
