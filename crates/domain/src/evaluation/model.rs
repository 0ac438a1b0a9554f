//! Measurements and verdicts.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::shared::{Digest, Number, PromiseValue, Text};

/// A measurement of one indicator (测量结果); it is never changed, at most voided with a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// Number among the measurements of the indicator, from 1.
    pub number: u32,
    /// What was measured.
    pub value: PromiseValue,
    /// Unit of the value; `None` for pure numbers, names, yes or no.
    pub unit: Option<String>,
    /// How many samples or runs it rests on, from 1.
    pub samples: u32,
    /// Expanded uncertainty (扩展不确定度, k = 2) in the unit of the value; `None` where none was stated.
    pub uncertainty: Option<Number>,
    /// Day of the measurement, in the call's zone.
    pub measured_on: Date,
    /// Who measured.
    pub laboratory: String,
    /// SHA-256 of the report.
    pub evidence: Digest,
    /// Why it counts no more; `None` while it counts.
    pub voided: Option<String>,
}

impl Measurement {
    /// Whether it counts.
    pub fn counts(&self) -> bool {
        self.voided.is_none()
    }
}

/// What is found on an indicator (测评结论).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "id")]
pub enum Verdict {
    /// 达到.
    Met,
    /// 部分达到: some axes or measurements of a tuple, not all.
    Partly,
    /// 未达到.
    NotMet,
    /// 未测.
    NotTested,
    /// 不适用, as somebody approved.
    NotApplicable {
        /// Who approved.
        approver: String,
        /// Why.
        reason: String,
    },
    /// 待确认: something that the notice or the measurement leaves out must be confirmed first.
    Unconfirmed,
}

impl Verdict {
    /// Ids in the order of the verdicts.
    pub const IDS: [&'static str; 6] =
        ["met", "partly", "not_met", "not_tested", "not_applicable", "unconfirmed"];

    /// Stable id.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Partly => "partly",
            Self::NotMet => "not_met",
            Self::NotTested => "not_tested",
            Self::NotApplicable { .. } => "not_applicable",
            Self::Unconfirmed => "unconfirmed",
        }
    }

    /// The verdict that a person rules, who approves it with a reason; `None` for an id that no ruling has: what was not tested is
    /// tested, and what is unconfirmed is confirmed.
    pub fn ruled(id: &str, approver: &str, reason: &str) -> Option<Self> {
        Some(match id {
            "met" => Self::Met,
            "partly" => Self::Partly,
            "not_met" => Self::NotMet,
            "not_applicable" => {
                Self::NotApplicable { approver: approver.to_owned(), reason: reason.to_owned() }
            }
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(&self) -> Text {
        match self {
            Self::Met => Text::new("达到", "Met"),
            Self::Partly => Text::new("部分达到", "Partly met"),
            Self::NotMet => Text::new("未达到", "Not met"),
            Self::NotTested => Text::new("未测", "Not tested"),
            Self::NotApplicable { .. } => Text::new("不适用", "Not applicable"),
            Self::Unconfirmed => Text::new("待确认", "To be confirmed"),
        }
    }
}

/// How many indicators of a team have which verdict (总体结论).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overall {
    /// 达到.
    pub met: u32,
    /// 部分达到.
    pub partly: u32,
    /// 未达到.
    pub not_met: u32,
    /// 未测.
    pub not_tested: u32,
    /// 不适用.
    pub not_applicable: u32,
    /// 待确认.
    pub unconfirmed: u32,
}

/// Counts verdicts.
pub fn overall<'v>(verdicts: impl IntoIterator<Item = &'v Verdict>) -> Overall {
    let mut all = Overall::default();
    for verdict in verdicts {
        let count = match verdict {
            Verdict::Met => &mut all.met,
            Verdict::Partly => &mut all.partly,
            Verdict::NotMet => &mut all.not_met,
            Verdict::NotTested => &mut all.not_tested,
            Verdict::NotApplicable { .. } => &mut all.not_applicable,
            Verdict::Unconfirmed => &mut all.unconfirmed,
        };
        *count = count.saturating_add(1);
    }
    all
}

impl Overall {
    /// Number of indicators.
    pub fn total(self) -> u32 {
        [self.met, self.partly, self.not_met, self.not_tested, self.not_applicable, self.unconfirmed]
            .into_iter()
            .fold(0, u32::saturating_add)
    }

    /// The counts in words; those of none are left out.
    pub fn words(self) -> Text {
        let counts = [
            (self.met, "达到", "met"),
            (self.partly, "部分达到", "partly met"),
            (self.not_met, "未达到", "not met"),
            (self.not_tested, "未测", "not tested"),
            (self.not_applicable, "不适用", "not applicable"),
            (self.unconfirmed, "待确认", "to be confirmed"),
        ];
        let there = || counts.iter().filter(|(count, ..)| *count > 0);
        let zh: Vec<String> = there().map(|(count, zh, _)| format!("{zh} {count} 项")).collect();
        let en: Vec<String> = there().map(|(count, _, en)| format!("{count} {en}")).collect();
        Text::new(
            format!("共 {} 项：{}", self.total(), zh.join("，")),
            format!("{} in all: {}", self.total(), en.join(", ")),
        )
    }
}
