//! What stands against an act of the evaluation, typed, and how it is told.

use jiff::civil::Date;

use super::{Measurement, Verdict};
use crate::call::Item;
use crate::shared::{Finding, Promise, Severity, Text, Verdict as Reached, verdict};

/// One fault that a rule of the evaluation found (问题).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvaluationFault {
    /// The team has no indicator.
    NothingToEvaluate,
    /// The plan names an indicator that the team does not have.
    ItemUnknown {
        /// Its id.
        item: String,
    },
    /// The plan does not say by which method or in which laboratory.
    PlanLacks {
        /// Id of the indicator.
        item: String,
    },
    /// An indicator is taken out without approver or reason.
    WaiverUnexplained {
        /// Its id.
        item: String,
    },
    /// Nothing is measured before the plan is locked.
    NotLocked,
    /// A locked plan does not change.
    Locked,
    /// The plan does not have the indicator, or takes it out.
    NotPlanned {
        /// Its id.
        item: String,
    },
    /// Measured before the plan was locked.
    BeforeLock {
        /// Day of the measurement.
        on: Date,
        /// Day of the lock.
        locked_on: Date,
    },
    /// Measured on a day that has not come.
    NotYet {
        /// Day of the measurement.
        on: Date,
    },
    /// Measured elsewhere than planned.
    OtherLaboratory {
        /// The laboratory of the plan.
        planned: String,
        /// The one given.
        given: String,
    },
    /// On no sample.
    NoSamples,
    /// An uncertainty below zero.
    UncertaintyNegative,
    /// The value cannot be compared with what the call asks for.
    Incomparable {
        /// Why.
        why: Text,
        /// What would put it right.
        remedy: Text,
    },
    /// More of a part than of the whole that it is counted in.
    PartAboveWhole {
        /// Name of the part.
        part: Text,
        /// Name of the whole.
        whole: Text,
        /// What was measured of the part.
        part_value: Text,
        /// What was measured of the whole.
        whole_value: Text,
    },
    /// No measurement that counts has this number.
    NothingToVoid {
        /// The number.
        number: u32,
    },
    /// Voided, or ruled, without a reason.
    NoReason,
    /// A verdict that nobody can rule.
    VerdictUnknown,
    /// A ruling that says what is computed anyway.
    RulingAgrees {
        /// The verdict.
        verdict: Text,
    },
}

impl EvaluationFault {
    /// Why the value of a measurement cannot be held against an item; `None` where it can.
    pub fn of_value(item: &Item, measurement: &Measurement) -> Option<Self> {
        let value = Promise { value: measurement.value.clone(), unit: measurement.unit.clone() };
        if let Some((_, why, remedy)) = value.fault() {
            return Some(Self::Incomparable { why, remedy });
        }
        // Of a measured interval one end counts, so that it goes where a number goes.
        let (why, remedy) =
            match verdict(&item.threshold, &super::judge::as_compared(&item.threshold, &value)) {
                Reached::Met | Reached::NotMet => return None,
                Reached::WrongUnit { expected: Some(unit) } => (
                    Text::new("单位不能换算为指标的单位", "Its unit does not convert to the indicator's"),
                    Text::new(format!("以 {unit} 为单位填写"), format!("State it in {unit}")),
                ),
                Reached::WrongUnit { expected: None } => (
                    Text::new("该指标没有单位", "The indicator has no unit"),
                    Text::new("删去单位", "Take the unit out"),
                ),
                Reached::WrongKind { expected } => (
                    Text::new("测量值的形式与指标不符", "The value is of another kind than the indicator's"),
                    Text::new(format!("填写{}", expected.zh), format!("Give {}", expected.en)),
                ),
            };
        Some(Self::Incomparable { why, remedy })
    }

    /// Refuses a ruling that does not differ from the computed verdict.
    pub fn of_ruling(computed: &Verdict, ruled: &Verdict) -> Option<Self> {
        (computed.id() == ruled.id()).then(|| Self::RulingAgrees { verdict: computed.name() })
    }

    /// Stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NothingToEvaluate => "nothing_to_evaluate",
            Self::ItemUnknown { .. } => "evaluation_item_unknown",
            Self::PlanLacks { .. } => "evaluation_plan_lacks_item",
            Self::WaiverUnexplained { .. } => "waiver_unexplained",
            Self::NotLocked => "evaluation_not_locked",
            Self::Locked => "evaluation_locked",
            Self::NotPlanned { .. } => "item_not_planned",
            Self::BeforeLock { .. } => "measured_before_lock",
            Self::NotYet { .. } => "measured_in_future",
            Self::OtherLaboratory { .. } => "laboratory_differs",
            Self::NoSamples => "samples_none",
            Self::UncertaintyNegative => "uncertainty_negative",
            Self::Incomparable { .. } => "measurement_incomparable",
            Self::PartAboveWhole { .. } => "part_above_whole",
            Self::NothingToVoid { .. } => "measurement_not_voidable",
            Self::NoReason => "reason_blank",
            Self::VerdictUnknown => "verdict_unknown",
            Self::RulingAgrees { .. } => "ruling_agrees",
        }
    }

    /// The field of the form that it is about.
    pub fn field(&self) -> String {
        match self {
            Self::ItemUnknown { item } | Self::PlanLacks { item } => format!("method.{item}"),
            Self::WaiverUnexplained { item } => format!("waiver.{item}"),
            Self::NotPlanned { .. } => "item".to_owned(),
            Self::BeforeLock { .. } | Self::NotYet { .. } => "measured_on".to_owned(),
            Self::OtherLaboratory { .. } => "laboratory".to_owned(),
            Self::NoSamples => "samples".to_owned(),
            Self::UncertaintyNegative => "uncertainty".to_owned(),
            Self::Incomparable { .. } | Self::PartAboveWhole { .. } => "value".to_owned(),
            Self::NothingToVoid { .. } => "number".to_owned(),
            Self::NoReason => "reason".to_owned(),
            Self::VerdictUnknown | Self::RulingAgrees { .. } => "verdict".to_owned(),
            Self::NothingToEvaluate | Self::NotLocked | Self::Locked => "main".to_owned(),
        }
    }

    /// As a finding that refuses.
    pub fn finding(&self) -> Finding {
        let (message, remedy) = self.words();
        Finding {
            code: self.code().to_owned(),
            severity: Severity::Refusal,
            clause: None,
            field: Some(self.field()),
            message,
            remedy,
        }
    }

    fn words(&self) -> (Text, Text) {
        match self {
            Self::NothingToEvaluate
            | Self::ItemUnknown { .. }
            | Self::PlanLacks { .. }
            | Self::WaiverUnexplained { .. }
            | Self::NotLocked
            | Self::Locked
            | Self::NotPlanned { .. } => self.plan_words(),
            Self::NothingToVoid { .. }
            | Self::NoReason
            | Self::VerdictUnknown
            | Self::RulingAgrees { .. } => self.decision_words(),
            _ => self.measurement_words(),
        }
    }

    fn plan_words(&self) -> (Text, Text) {
        match self {
            Self::NothingToEvaluate => (
                Text::new("该团队没有考核指标", "The team has no indicator"),
                Text::new("先冻结任务书", "Freeze its task statement first"),
            ),
            Self::ItemUnknown { item } => (
                Text::new(format!("该团队没有指标 {item}"), format!("The team has no indicator {item}")),
                Text::new("从方案中删去", "Take it out of the plan"),
            ),
            Self::PlanLacks { item } => (
                Text::new(
                    format!("指标 {item} 没有写明方法和检测机构"),
                    format!("The plan names no method or laboratory for {item}"),
                ),
                Text::new(
                    "两项都填写，或注明不适用",
                    "Fill in both, or take the indicator out with a reason",
                ),
            ),
            Self::WaiverUnexplained { item } => (
                Text::new(
                    format!("指标 {item} 注明不适用，但缺少批准人或理由"),
                    format!("{item} is taken out without approver or reason"),
                ),
                Text::new("批准人和理由都写明", "Name who approved and why"),
            ),
            Self::NotLocked => (
                Text::new(
                    "测评方案还没有锁定，不能录入",
                    "The plan is not locked; nothing is measured before",
                ),
                Text::new("先锁定方案，再测量", "Lock the plan, then measure"),
            ),
            Self::Locked => (
                Text::new("测评方案已锁定，不能再改", "The plan is locked and does not change"),
                Text::new(
                    "按锁定的方案测评；结论有异议的，人工裁定",
                    "Evaluate by it; a person may rule on the result",
                ),
            ),
            Self::NotPlanned { item } => (
                Text::new(
                    format!("锁定的方案不测指标 {item}"),
                    format!("The locked plan does not evaluate {item}"),
                ),
                Text::new("只录入方案所列的指标", "Enter indicators of the plan only"),
            ),
            _ => Default::default(),
        }
    }

    fn measurement_words(&self) -> (Text, Text) {
        match self {
            Self::BeforeLock { on, locked_on } => (
                Text::new(
                    format!("{on} 测量，早于方案锁定日 {locked_on}"),
                    format!("Measured on {on}, before the plan was locked on {locked_on}"),
                ),
                Text::new("按锁定的方案重新测量", "Measure again by the locked plan"),
            ),
            Self::NotYet { on } => (
                Text::new(format!("{on} 还没有到"), format!("{on} has not come yet")),
                Text::new("填写实际测量日期", "Give the day of the measurement"),
            ),
            Self::OtherLaboratory { planned, given } => (
                Text::new(
                    format!("检测机构为“{given}”，方案定的是“{planned}”"),
                    format!("Measured by “{given}”; the plan names “{planned}”"),
                ),
                Text::new("由方案所定的机构测量", "Have it measured by the planned laboratory"),
            ),
            Self::NoSamples => (
                Text::new("样本数为0", "It rests on no sample"),
                Text::new("填写不小于1的整数", "Write a whole number from 1"),
            ),
            Self::UncertaintyNegative => (
                Text::new("扩展不确定度为负数", "The expanded uncertainty is negative"),
                Text::new("填写不小于0的数，单位同测量值", "Write a number from 0, in the unit of the value"),
            ),
            Self::Incomparable { why, remedy } => (why.clone(), remedy.clone()),
            Self::PartAboveWhole { part, whole, part_value, whole_value } => (
                Text::new(
                    format!("{} {} 多于其所属的{} {}", part.zh, part_value.zh, whole.zh, whole_value.zh),
                    format!(
                        "{} ({}) is more than {} ({}), which it is counted in",
                        part.en, part_value.en, whole.en, whole_value.en
                    ),
                ),
                Text::new(
                    "核对两项的测量值；有误的注明理由作废",
                    "Check both; void the wrong one with a reason",
                ),
            ),
            _ => Default::default(),
        }
    }

    fn decision_words(&self) -> (Text, Text) {
        match self {
            Self::NothingToVoid { number } => (
                Text::new(
                    format!("没有第{number}次有效测量"),
                    format!("There is no measurement No. {number} that counts"),
                ),
                Text::new("刷新页面后重选", "Reload the page and choose again"),
            ),
            Self::NoReason => (
                Text::new("没有写明理由", "No reason is given"),
                Text::new("填写后再试", "Write it, then try again"),
            ),
            Self::VerdictUnknown => (
                Text::new("没有这种裁定", "No such ruling exists"),
                Text::new(
                    "选达到、部分达到、未达到或不适用",
                    "Choose met, partly met, not met or not applicable",
                ),
            ),
            Self::RulingAgrees { verdict } => (
                Text::new(
                    format!("计算结论就是“{}”，无需裁定", verdict.zh),
                    format!("“{}” is computed anyway; nothing is to be ruled", verdict.en),
                ),
                Text::new("只在结论不同时裁定", "Rule only where the verdict differs"),
            ),
            _ => Default::default(),
        }
    }
}
