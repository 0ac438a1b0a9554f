//! Caps, quotas, deadlines and periods.

use jiff::{Timestamp, civil::Date};

use super::{Source, Strength};
use crate::shared::{PeriodLength, RegionKind, Text};

/// A cap or quota (数量限制).
#[derive(Clone, Debug)]
pub struct Limit {
    /// Name of the fault.
    pub code: String,
    /// What is counted.
    pub counts: Counted,
    /// Group key.
    pub per: String,
    /// Kinds of region; all when empty.
    pub regions: Vec<RegionKind>,
    /// The bound.
    pub bound: Bound,
    /// Unit of money.
    pub unit: Option<String>,
    /// Field of the form that money is asked for in; `None` where the form does not ask.
    pub field: Option<String>,
    /// Strength.
    pub strength: Strength,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Source.
    pub source: Source,
}

/// Bound of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// At most.
    Max(u32),
    /// At least.
    Min(u32),
    /// At most this share of the base, in percent, rounded down.
    Percent(u32),
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// 联合单位.
    Partners,
    /// Members, the lead included.
    Members,
    /// Applications led.
    ApplicationsLed,
    /// Recommendations.
    Recommendations,
    /// Shortlisted teams.
    Shortlisted,
    /// Winners.
    Winners,
    /// Public money.
    Funding,
}

/// An instant that closes an act (截止时间).
#[derive(Clone, Debug)]
pub struct Deadline {
    /// Whose clock.
    pub actor: Actor,
    /// What closes.
    pub event: String,
    /// Exclusive instant.
    pub at: Timestamp,
    /// Last day in the call's zone, where a date without an hour is printed.
    pub on: Option<Date>,
    /// As printed.
    pub printed: String,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Source.
    pub source: Source,
}

/// Whose clock a deadline is (主体).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// Applicant.
    Applicant,
    /// Recommending authority.
    Recommender,
}

impl Actor {
    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Recommender => "recommender",
        }
    }
}

/// A period that runs from an event (期间).
#[derive(Clone, Debug)]
pub struct Period {
    /// Id.
    pub id: String,
    /// What runs: 攻关期, 实施周期.
    pub name: Text,
    /// Length.
    pub length: PeriodLength,
    /// How the length binds.
    pub span: Span,
    /// What starts it.
    pub from: Anchor,
    /// Where its start comes from, if not from the source of the length.
    pub from_source: Option<Source>,
    /// Strength.
    pub strength: Strength,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Source.
    pub source: Source,
}

/// How the length of a period binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// 为期n年: this long.
    Exactly,
    /// 不超过n年: this long or shorter.
    AtMost,
    /// n年内: the same limit, as printed.
    Within,
}

/// What starts a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Publication of the shortlist.
    ListPublished,
    /// Signature of the contract.
    ContractSigned,
}

/// Target year of the forms (目标年).
#[derive(Clone, Debug)]
pub struct TargetYear {
    /// Year.
    pub year: u16,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Source.
    pub source: Source,
}
