//! What stands against an act in a race, typed, and how it is told.

use jiff::civil::Date;

use crate::call::Source;
use crate::shared::{DeadlineError, Finding, MissingYear, Severity, Text};

/// One fault that a rule of the race found (问题).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RaceFault {
    /// The day of the last working day cannot be told.
    HolidaysMissing(MissingYear),
    /// The end of a period lies outside the calendar, or a length is negative.
    Unreckonable(DeadlineError),
    /// The list that was published opens no race.
    ListOpensNoRace,
    /// The period has another anchor than the publication of a list.
    PeriodFromContract,
    /// No milestone at all.
    PlanEmpty,
    /// More milestones than a plan may hold.
    PlanTooLong {
        /// Milestones given.
        count: usize,
        /// Most that are allowed.
        max: usize,
    },
    /// A milestone without a name, or with one that is too long.
    MilestoneName {
        /// Place from 1.
        nth: usize,
        /// Characters of the name.
        characters: usize,
        /// Most characters.
        max: usize,
    },
    /// An id that stands twice.
    MilestoneRepeats {
        /// Place from 1.
        nth: usize,
        /// Its id.
        id: String,
    },
    /// A lane that the call does not have, or none where it has lanes.
    LaneUnknown {
        /// Place from 1.
        nth: usize,
        /// Lane given; empty where there is none.
        lane: String,
    },
    /// A milestone that ends before it begins.
    MilestoneBackwards {
        /// Place from 1.
        nth: usize,
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
    /// A milestone outside the execution period.
    MilestoneOutside {
        /// Place from 1.
        nth: usize,
        /// The day that lies outside.
        on: Date,
        /// First day of the period.
        first: Date,
        /// Last day of the period.
        last: Date,
    },
    /// Reports are asked for at no interval, or more often than a race can hold.
    ScheduleImpossible,
    /// Progress on a milestone that the baseline does not have.
    ProgressOfUnknown {
        /// Its id.
        milestone: String,
    },
    /// Progress told twice in one report.
    ProgressRepeats {
        /// Id of the milestone.
        milestone: String,
    },
    /// More than the whole.
    ProgressBeyond {
        /// Id of the milestone.
        milestone: String,
        /// Percent given.
        percent: u8,
    },
    /// Reached and not whole, or whole and no day on which it was reached.
    ReachedDisagrees {
        /// Id of the milestone.
        milestone: String,
        /// Percent given.
        percent: u8,
    },
    /// Reached on a day that has not come, or before the race began.
    ReachedImpossible {
        /// Id of the milestone.
        milestone: String,
        /// The day given.
        on: Date,
    },
    /// Less than the last report said, without a word why.
    ProgressShrinks {
        /// Id of the milestone.
        milestone: String,
        /// Percent of the last report.
        before: u8,
        /// Percent given.
        percent: u8,
    },
    /// A flagged risk without a word.
    RiskUnexplained {
        /// Id of the milestone.
        milestone: String,
    },
    /// The report says nothing.
    ReportEmpty,
    /// The report of this number is not asked for.
    ReportUnknown {
        /// Its number.
        number: u32,
    },
    /// What the report covers has not passed.
    ReportEarly {
        /// Its number.
        number: u32,
        /// Last day that it covers.
        to: Date,
    },
    /// A reason is missing.
    ReasonMissing,
    /// A change is still to be decided.
    ChangePending {
        /// Its number.
        number: u32,
    },
    /// The change starts from another version than the one that counts.
    BaselineOutdated {
        /// Version that it starts from.
        based_on: u32,
        /// Version that counts.
        current: u32,
    },
    /// The change changes nothing.
    ChangeEmpty,
    /// Indicators that were promised and would no longer be.
    IndicatorsDropped {
        /// Ids of their items.
        items: Vec<String>,
    },
    /// There is no such change request.
    ChangeUnknown {
        /// Its number.
        number: u32,
    },
    /// The change was decided before.
    ChangeDecided {
        /// Its number.
        number: u32,
    },
    /// The team races no longer.
    TrackEnded {
        /// Name of its state.
        state: Text,
    },
    /// The execution period has ended.
    RaceEnded {
        /// Its last day.
        last: Date,
    },
    /// The race has not begun.
    RaceNotBegun {
        /// Its first day.
        first: Date,
    },
}

/// Why an act is refused (拒绝): everything that stands against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// All faults.
    pub faults: Vec<RaceFault>,
}

impl Refusal {
    /// A refusal where anything refuses; faults that only need attention stop nothing.
    pub(super) fn of(faults: Vec<RaceFault>) -> Result<(), Self> {
        if faults.iter().any(|fault| fault.severity() == Severity::Refusal) {
            Err(Self { faults })
        } else {
            Ok(())
        }
    }

    /// All faults as findings with the source of the rule.
    pub fn findings(&self, source: &Source) -> Vec<Finding> {
        self.faults.iter().map(|fault| fault.finding(source)).collect()
    }
}

impl From<RaceFault> for Refusal {
    fn from(fault: RaceFault) -> Self {
        Self { faults: vec![fault] }
    }
}

impl RaceFault {
    /// Stable name of the fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::HolidaysMissing(_) => "holiday_year_missing",
            Self::Unreckonable(_) => "period_unreckonable",
            Self::ListOpensNoRace => "list_opens_no_race",
            Self::PeriodFromContract => "period_from_contract",
            Self::PlanEmpty => "plan_empty",
            Self::PlanTooLong { .. } => "plan_too_long",
            Self::MilestoneName { .. } => "milestone_name",
            Self::MilestoneRepeats { .. } => "milestone_repeats",
            Self::LaneUnknown { .. } => "lane_unknown",
            Self::MilestoneBackwards { .. } => "milestone_backwards",
            Self::MilestoneOutside { .. } => "milestone_outside_period",
            Self::ScheduleImpossible => "report_schedule_impossible",
            Self::ProgressOfUnknown { .. } => "progress_of_unknown_milestone",
            Self::ProgressRepeats { .. } => "progress_repeats",
            Self::ProgressBeyond { .. } => "progress_beyond_whole",
            Self::ReachedDisagrees { .. } => "milestone_reached_disagrees",
            Self::ReachedImpossible { .. } => "milestone_reached_impossible",
            Self::ProgressShrinks { .. } => "progress_shrinks",
            Self::RiskUnexplained { .. } => "risk_unexplained",
            Self::ReportEmpty => "report_empty",
            Self::ReportUnknown { .. } => "report_unknown",
            Self::ReportEarly { .. } => "report_early",
            Self::ReasonMissing => "reason_missing",
            Self::ChangePending { .. } => "change_pending",
            Self::BaselineOutdated { .. } => "baseline_outdated",
            Self::ChangeEmpty => "change_empty",
            Self::IndicatorsDropped { .. } => "indicators_dropped",
            Self::ChangeUnknown { .. } => "change_unknown",
            Self::ChangeDecided { .. } => "change_decided",
            Self::TrackEnded { .. } => "track_ended",
            Self::RaceEnded { .. } => "race_ended",
            Self::RaceNotBegun { .. } => "race_not_begun",
        }
    }

    /// How much it weighs: a promise that is dropped is for the programme office to weigh, everything else refuses.
    pub fn severity(&self) -> Severity {
        match self {
            Self::IndicatorsDropped { .. } => Severity::InPrinciple,
            _ => Severity::Refusal,
        }
    }

    /// The fault as a finding, with the clause or the operator's plan that the rule comes from.
    pub fn finding(&self, source: &Source) -> Finding {
        let (message, remedy) = self.words();
        let field = match self {
            Self::MilestoneName { nth, .. } => Some(format!("plan.{nth}.what")),
            Self::MilestoneRepeats { nth, .. } => Some(format!("plan.{nth}")),
            Self::LaneUnknown { nth, .. } => Some(format!("plan.{nth}.lane")),
            Self::MilestoneBackwards { nth, .. } | Self::MilestoneOutside { nth, .. } => {
                Some(format!("plan.{nth}.to"))
            }
            Self::ProgressOfUnknown { milestone }
            | Self::ProgressRepeats { milestone }
            | Self::ProgressBeyond { milestone, .. }
            | Self::ReachedDisagrees { milestone, .. }
            | Self::ReachedImpossible { milestone, .. }
            | Self::ProgressShrinks { milestone, .. }
            | Self::RiskUnexplained { milestone } => Some(format!("progress.{milestone}")),
            Self::ReasonMissing => Some("reason".to_owned()),
            _ => None,
        };
        Finding {
            code: self.code().to_owned(),
            severity: self.severity(),
            clause: source.clause().cloned(),
            field,
            message,
            remedy,
        }
    }

    /// What is wrong, with the value, and what would put it right.
    fn words(&self) -> (Text, Text) {
        match self {
            Self::HolidaysMissing(missing) => {
                let finding = missing.finding();
                (finding.message, finding.remedy)
            }
            Self::Unreckonable(error) => (
                error.message(),
                Text::new(
                    "核对公布日期和期间长度",
                    "Check the day of publication and the length of the period",
                ),
            ),
            Self::ListOpensNoRace => (
                Text::new(
                    "公布的不是入围名单，攻关不由此开始",
                    "The published list is not the shortlist: no race begins",
                ),
                Text::new("公布入围名单", "Publish the shortlist"),
            ),
            Self::PeriodFromContract => (
                Text::new("攻关期自合同签订之日起算", "The period runs from the signature of the contract"),
                Text::new("录入合同签订日期", "Enter the day of the signature"),
            ),
            Self::ScheduleImpossible => (
                Text::new("进展报告的间隔不能计算", "Progress reports cannot be scheduled like this"),
                Text::new("间隔取1至60个月", "Ask for one every 1 to 60 months"),
            ),
            Self::PlanEmpty | Self::PlanTooLong { .. } | Self::MilestoneName { .. } => self.plan_words(),
            Self::MilestoneRepeats { .. } | Self::LaneUnknown { .. } => self.plan_words(),
            Self::MilestoneBackwards { .. } | Self::MilestoneOutside { .. } => self.plan_words(),
            Self::ReasonMissing
            | Self::ChangePending { .. }
            | Self::BaselineOutdated { .. }
            | Self::ChangeEmpty
            | Self::IndicatorsDropped { .. }
            | Self::ChangeUnknown { .. }
            | Self::ChangeDecided { .. } => self.change_words(),
            Self::TrackEnded { state } => (
                Text::new(
                    format!("该团队已{}，不能再办理", state.zh),
                    format!("The team races no longer: {}", state.en),
                ),
                Text::new("联系主办单位", "Ask the programme office"),
            ),
            Self::RaceEnded { last } => (
                Text::new(
                    format!("攻关期已于{last} 24:00结束"),
                    format!("The period ended at 24:00 on {last}"),
                ),
                Text::new(
                    "已冻结的内容可以查看，不再修改",
                    "What was frozen can be read; it no longer changes",
                ),
            ),
            Self::RaceNotBegun { first } => (
                Text::new(format!("攻关自{first}开始"), format!("The race begins on {first}")),
                Text::new("届时再办理", "Come back then"),
            ),
            _ => self.report_words(),
        }
    }

    fn plan_words(&self) -> (Text, Text) {
        match self {
            Self::PlanTooLong { count, max } => (
                Text::new(
                    format!("计划有{count}个节点，上限为{max}个"),
                    format!("The plan has {count} milestones, at most {max}"),
                ),
                Text::new(
                    format!("合并或减少{}个节点", count - max),
                    format!("Merge or take out {}", count - max),
                ),
            ),
            Self::MilestoneName { nth, characters: 0, .. } => (
                Text::new(format!("第{nth}个节点没有名称"), format!("Milestone {nth} has no name")),
                Text::new("填写阶段任务", "Write what is to be done"),
            ),
            Self::MilestoneName { nth, characters, max } => (
                Text::new(
                    format!("第{nth}个节点的名称有{characters}个字，上限为{max}个字"),
                    format!("The name of milestone {nth} has {characters} characters, at most {max}"),
                ),
                Text::new("写得短些，细节写入任务书", "Write less; details belong in the task statement"),
            ),
            Self::MilestoneRepeats { nth, id } => (
                Text::new(
                    format!("第{nth}个节点的编号{id}重复"),
                    format!("Milestone {nth} repeats the id {id}"),
                ),
                Text::new("每个节点用自己的编号", "Give each milestone an id of its own"),
            ),
            Self::LaneUnknown { nth, lane } => (
                Text::new(
                    format!("第{nth}个节点所属的链条“{lane}”不在榜单之中"),
                    format!("Milestone {nth} lies in the lane “{lane}”, which the call does not have"),
                ),
                Text::new("选择榜单列出的链条", "Choose a lane of the call"),
            ),
            Self::MilestoneBackwards { nth, from, to } => (
                Text::new(
                    format!("第{nth}个节点的结束日{to}早于开始日{from}"),
                    format!("Milestone {nth} ends on {to}, before it begins on {from}"),
                ),
                Text::new("改正开始日或结束日", "Correct the first or the last day"),
            ),
            Self::MilestoneOutside { nth, on, first, last } => (
                Text::new(
                    format!("第{nth}个节点的{on}不在攻关期{first}至{last}之内"),
                    format!("{on} of milestone {nth} lies outside the period from {first} to {last}"),
                ),
                Text::new("把节点放在攻关期之内", "Move the milestone into the period"),
            ),
            _ => (
                Text::new("攻关计划没有节点", "The work plan has no milestone"),
                Text::new("至少填写一个节点", "Enter one at least"),
            ),
        }
    }

    fn change_words(&self) -> (Text, Text) {
        match self {
            Self::ChangePending { number } => (
                Text::new(
                    format!("第{number}号变更还没有决定"),
                    format!("Change no. {number} is not decided yet"),
                ),
                Text::new("等待决定后再申请", "Wait for the decision, then ask again"),
            ),
            Self::BaselineOutdated { based_on, current } => (
                Text::new(
                    format!("变更依据任务书第{based_on}版，现行为第{current}版"),
                    format!("The change starts from version {based_on}; version {current} counts"),
                ),
                Text::new("在现行版本上重新申请", "Ask for it again on the version that counts"),
            ),
            Self::ChangeEmpty => (
                Text::new(
                    "变更后的任务书与现行版本相同",
                    "The changed task statement equals the one that counts",
                ),
                Text::new("改动任务书，或不申请变更", "Change something, or ask for nothing"),
            ),
            Self::IndicatorsDropped { items } => (
                Text::new(
                    format!("变更将取消已承诺的指标：{}", items.join("、")),
                    format!("The change would drop promised indicators: {}", items.join(", ")),
                ),
                Text::new(
                    "保留指标，或由主办单位写明理由批准",
                    "Keep them, or the programme office approves with a reason",
                ),
            ),
            Self::ChangeUnknown { number } => (
                Text::new(format!("没有第{number}号变更"), format!("There is no change no. {number}")),
                Text::new("从变更清单中选择", "Choose one of the list"),
            ),
            Self::ChangeDecided { number } => (
                Text::new(
                    format!("第{number}号变更已有决定"),
                    format!("Change no. {number} has been decided"),
                ),
                Text::new("如需再改，另行申请", "Ask for another change"),
            ),
            _ => (
                Text::new("没有填写理由", "The reason is missing"),
                Text::new("写明理由", "Write the reason"),
            ),
        }
    }

    fn report_words(&self) -> (Text, Text) {
        match self {
            Self::ProgressOfUnknown { milestone } => (
                Text::new(
                    format!("节点{milestone}不在现行任务书之中"),
                    format!("Milestone {milestone} is not in the task statement that counts"),
                ),
                Text::new("只报告现行任务书的节点", "Report on its milestones only"),
            ),
            Self::ProgressRepeats { milestone } => (
                Text::new(
                    format!("节点{milestone}报告了两次"),
                    format!("Milestone {milestone} is reported twice"),
                ),
                Text::new("每个节点报告一次", "Report each milestone once"),
            ),
            Self::ProgressBeyond { milestone, percent } => (
                Text::new(
                    format!("节点{milestone}的进度{percent}%超过100%"),
                    format!("The progress of milestone {milestone} is {percent} %, more than 100 %"),
                ),
                Text::new("填写0至100", "Enter 0 to 100"),
            ),
            Self::ReachedDisagrees { milestone, percent } => (
                Text::new(
                    format!("节点{milestone}的进度{percent}%与完成日期不一致"),
                    format!(
                        "The progress {percent} % of milestone {milestone} and its day of completion disagree"
                    ),
                ),
                Text::new(
                    "完成的填100%和完成日期，未完成的不填日期",
                    "Give 100 % and the day where it is complete, no day where it is not",
                ),
            ),
            Self::ReachedImpossible { milestone, on } => (
                Text::new(
                    format!("节点{milestone}的完成日期{on}不在攻关开始与今天之间"),
                    format!(
                        "{on}, when milestone {milestone} was complete, lies not between the start and today"
                    ),
                ),
                Text::new("核对完成日期", "Check the day"),
            ),
            Self::ProgressShrinks { milestone, before, percent } => (
                Text::new(
                    format!("节点{milestone}的进度从{before}%退到{percent}%，没有说明"),
                    format!(
                        "The progress of milestone {milestone} falls from {before} % to {percent} % without a word"
                    ),
                ),
                Text::new("写明原因", "Say why"),
            ),
            Self::RiskUnexplained { milestone } => (
                Text::new(
                    format!("节点{milestone}有风险，没有说明"),
                    format!("Milestone {milestone} is at risk, without a word"),
                ),
                Text::new("写明风险和对策", "Say what the risk is and what is done"),
            ),
            _ => self.schedule_words(),
        }
    }

    fn schedule_words(&self) -> (Text, Text) {
        match self {
            Self::ReportUnknown { number } => (
                Text::new(
                    format!("没有要求第{number}期报告"),
                    format!("Report no. {number} is not asked for"),
                ),
                Text::new("从报告清单中选择", "Choose one of the schedule"),
            ),
            Self::ReportEarly { number, to } => (
                Text::new(
                    format!("第{number}期报告所报期间到{to}才结束"),
                    format!("What report no. {number} covers ends on {to}"),
                ),
                Text::new(
                    "期间结束后再提交，之前可保存草稿",
                    "Hand it in afterwards; a draft can be kept till then",
                ),
            ),
            _ => (
                Text::new("报告没有内容", "The report says nothing"),
                Text::new(
                    "填写总体进展，或至少一个节点的进度",
                    "Describe the progress in all, or that of one milestone at least",
                ),
            ),
        }
    }
}
