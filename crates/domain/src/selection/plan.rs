//! What the operator settles where the notice is silent.

use serde::{Deserialize, Serialize};

use super::points::Points;
use super::rubric::Rubric;
use crate::call::{Call, Counted, Limit, Source, Strength};
use crate::shared::{Number, Text};

/// The operator's published plan for one call (组织实施方案). The reader of plans has checked it: ids are unique, each stage has
/// criteria, a chain of ties that ends, and classes of which only the last takes everybody.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Id of the call that it is for.
    pub call: String,
    /// Title.
    pub title: Text,
    /// Source of whatever names none of its own.
    pub source: Source,
    /// Items of the form check, in order.
    pub checks: Vec<CheckItem>,
    /// When an expert may not score.
    pub recusal: Recusal,
    /// Placings, in order: the shortlist, the winners.
    pub stages: Vec<Stage>,
    /// Public notice.
    pub notice: Option<NoticeTerms>,
    /// Race.
    pub race: Option<RaceTerms>,
    /// Evaluation.
    pub evaluation: Option<EvaluationTerms>,
}

impl Plan {
    /// A stage by id.
    pub fn stage(&self, id: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == id)
    }
}

/// A question of the form check that is answered with yes or no (形式审查项).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckItem {
    /// Name of the fault where the answer is no.
    pub id: String,
    /// What must be so.
    pub text: Text,
    /// Source.
    pub source: Source,
}

/// When an expert may not score (回避规则).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recusal {
    /// For so many years after leaving it, an expert does not score what a former employer takes part in.
    pub former_years: u8,
    /// Source.
    pub source: Source,
}

/// One placing of applications into classes (遴选阶段).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Id: `shortlist`, `winners`.
    pub id: String,
    /// Name.
    pub name: Text,
    /// What its places are counted as in the limits of the call.
    pub counts: Counted,
    /// What applications compete within.
    pub per: GroupKey,
    /// Classes of the stage before it that go on to this one; empty for the first.
    pub from: Vec<String>,
    /// What experts score.
    pub rubric: Rubric,
    /// How scores become an order.
    pub aggregation: Aggregation,
    /// Classes of result, the best one first; the last one takes everybody else.
    pub classes: Vec<Class>,
    /// Source.
    pub source: Source,
}

impl Stage {
    /// A class by id.
    pub fn class(&self, id: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.id == id)
    }

    /// The limit of the call on the places of this stage, the narrowest of several.
    pub fn limit<'l>(&self, limits: &'l [Limit]) -> Option<(&'l Limit, u32)> {
        let most = |limit: &'l Limit| match limit.bound {
            crate::call::Bound::Max(most) => Some((limit, most)),
            _ => None,
        };
        let own = limits.iter().filter(|limit| limit.counts == self.counts).filter_map(most);
        own.min_by_key(|(_, most)| *most)
    }
}

/// What applications compete within (分组).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKey {
    /// The whole call.
    Call,
    /// A level of the call's task tree, by id.
    Level(String),
    /// The region that recommends.
    Region,
    /// The organisation that leads.
    Lead,
    /// Who recommends.
    Recommender,
}

impl GroupKey {
    /// The key of an id as limits write it; any other id is a level.
    pub fn parse(id: &str) -> Self {
        match id {
            "call" => Self::Call,
            "region" => Self::Region,
            "lead" | "organisation" => Self::Lead,
            "recommender" => Self::Recommender,
            level => Self::Level(level.to_owned()),
        }
    }

    /// Stable id.
    pub fn id(&self) -> &str {
        match self {
            Self::Call => "call",
            Self::Region => "region",
            Self::Lead => "lead",
            Self::Recommender => "recommender",
            Self::Level(level) => level,
        }
    }

    /// The word for one group: `方向`.
    pub fn noun(&self, call: &Call) -> Text {
        match self {
            Self::Call => Text::new("榜单", "call"),
            Self::Region => Text::new("地区", "region"),
            Self::Lead => Text::new("牵头单位", "lead organisation"),
            Self::Recommender => Text::new("推荐单位", "recommending authority"),
            Self::Level(level) => {
                let name = call.levels.get(level).cloned().unwrap_or_else(|| Text::new(level, level));
                Text::new(name.zh, name.en.to_lowercase())
            }
        }
    }

    /// The group of an application under `task`, recommended by `recommender` in `region` and led by the organisation with the
    /// code `lead`; `None` where the task is in no node of the level.
    pub fn group(
        &self,
        call: &Call,
        task: &str,
        region: &str,
        recommender: &str,
        lead: &str,
    ) -> Option<String> {
        match self {
            Self::Call => Some(call.id.clone()),
            Self::Region => Some(region.to_owned()),
            Self::Lead => Some(lead.to_owned()),
            Self::Recommender => Some(recommender.to_owned()),
            Self::Level(level) => {
                call.path(task).into_iter().find(|node| node.level == *level).map(|node| node.id.clone())
            }
        }
    }
}

/// How scores become an order (计分规则): the mean of the sheets, then the chain of ties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregation {
    /// Fewest submitted sheets of one application.
    pub scores_min: u32,
    /// Sheets this far apart or further are pointed out as a dispute.
    pub dispute_gap: Option<Points>,
    /// What parts those with the same mean, in order. The last one is `Lot` or `AllTied`, and no other.
    pub ties: Vec<Tie>,
}

/// A step that parts applications with the same mean (同分处理).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tie {
    /// The higher mean of one criterion comes first.
    Criterion(String),
    /// More sheets come first.
    Scores,
    /// By lot, from a published seed.
    Lot,
    /// They share the place and are admitted together.
    AllTied,
}

/// A class of result (结果类别): 揭榜, 潜力, 未入围.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Most of it in one group; `None` for as many as there are.
    pub cap: Option<Cap>,
    /// Least mean.
    pub least: Option<Points>,
    /// Its places are counted against the limit of the call.
    pub counted: bool,
    /// Stands on the published list.
    pub listed: bool,
    /// Source.
    pub source: Source,
}

/// Most of a class in one group (名额上限).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Most.
    pub most: u32,
    /// In principle it is passed with an [`super::Override`]; otherwise never.
    pub strength: Strength,
}

/// Terms of the public notice of a list (公示).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeTerms {
    /// How long it stands, in working days.
    pub working_days: u8,
    /// The day of publication is the first of them, as the ministries' notices count; the Civil Code (art. 201) does not count it.
    pub first_day_counts: bool,
    /// Within how many working days an objection is answered.
    pub answer_days: u8,
    /// Source.
    pub source: Source,
}

/// Terms of the race (赛马攻关).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RaceTerms {
    /// A report of progress every so many months.
    pub report_months: u8,
    /// Days after the end of such a period within which the report is due.
    pub report_days: u8,
    /// Days before a report is due on which teams are reminded.
    pub remind_days: u8,
    /// Source.
    pub source: Source,
}

/// Terms of the evaluation (测评).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvaluationTerms {
    /// How uncertainty of measurement enters a verdict, where a plan of evaluation does not say.
    pub decision_rule: DecisionRule,
    /// Part of the expanded uncertainty that is the guard band, for guarded rules.
    pub guard_band: Option<Number>,
    /// Source.
    pub source: Source,
}

/// How uncertainty of measurement enters a verdict (判定规则; JCGM 106).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionRule {
    /// The measured value alone decides.
    Simple,
    /// Met only where the value less its guard band is (保护带接受).
    GuardedAcceptance,
    /// Not met only where the value with its guard band is not (保护带拒绝).
    GuardedRejection,
}
