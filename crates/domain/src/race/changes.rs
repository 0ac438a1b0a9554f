//! Change requests (变更申请): asked for with a reason, decided with one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Statement;
use crate::shared::Text;

/// What a change is about (变更类别).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The work plan (攻关计划).
    Plan,
    /// Indicators (考核指标).
    Indicators,
    /// The person in charge (负责人).
    Principal,
    /// Members of the consortium (联合体成员).
    Partners,
    /// Anything else.
    Other,
}

impl ChangeKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Plan, Self::Indicators, Self::Principal, Self::Partners, Self::Other];

    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Indicators => "indicators",
            Self::Principal => "principal",
            Self::Partners => "partners",
            Self::Other => "other",
        }
    }

    /// The kind of an id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::Plan => Text::new("攻关计划", "Work plan"),
            Self::Indicators => Text::new("考核指标", "Indicators"),
            Self::Principal => Text::new("负责人", "Person in charge"),
            Self::Partners => Text::new("联合体成员", "Members of the consortium"),
            Self::Other => Text::new("其他", "Other"),
        }
    }
}

/// Asks for a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestChange {
    /// What it is about.
    pub kind: ChangeKind,
    /// Version of the baseline that it starts from.
    pub based_on: u32,
    /// The whole statement as it would be.
    pub proposed: Statement,
    /// Why.
    pub reason: String,
}

/// What is decided on a change (变更决定).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// 同意.
    Approved,
    /// 不同意.
    Refused,
}

/// Decides a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecideChange {
    /// Number of the change.
    pub number: u32,
    /// The decision.
    pub ruling: Ruling,
    /// Why; needed where it is refused, and where a promise is dropped.
    pub reason: String,
    /// Who decides, as the record names them.
    pub by: String,
}

/// A decision as it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The decision.
    pub ruling: Ruling,
    /// Why; may be empty where it was approved.
    pub reason: String,
    /// Who took it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A change that was asked for (变更申请).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRequest {
    /// Number from 1, for each team.
    pub number: u32,
    /// What it is about.
    pub kind: ChangeKind,
    /// Version of the baseline that it starts from.
    pub based_on: u32,
    /// The statement as it would be.
    pub proposed: Statement,
    /// Why.
    pub reason: String,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// What was decided; `None` while it is open.
    pub decision: Option<Decision>,
}
