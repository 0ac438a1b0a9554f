//! What the operator publishes for what a notice leaves open (组织实施方案).

use std::collections::BTreeSet;

use crate::call::{Source, Strength};
use crate::shared::Text;

/// Most criteria of a score sheet.
pub const CRITERIA_MAX: usize = 20;
/// Highest mark of a criterion, in points.
pub const POINTS_MAX: u32 = 1_000;

/// The plan of a call: who is scored how, and how scores become places.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Items of the check of form.
    pub checks: Vec<CheckItem>,
    /// Criteria of the score sheet; their weights make 100.
    pub criteria: Vec<Criterion>,
    /// Fewest sheets that make a mean; with fewer an application has no place.
    pub sheets_min: u32,
    /// How equal means are told apart, in this order.
    pub ties: Vec<Tie>,
    /// Within what applications are ordered.
    pub group: GroupKey,
    /// Classes in which a place is given, the highest first.
    pub classes: Vec<ResultClass>,
}

/// An item of the check of form (形式审查项), answered by yes or no.
#[derive(Clone, Debug)]
pub struct CheckItem {
    /// Id.
    pub id: String,
    /// What is asked.
    pub text: Text,
    /// Source.
    pub source: Source,
}

/// A criterion of the score sheet (评分指标).
#[derive(Clone, Debug)]
pub struct Criterion {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Its part of the total, in points of 100.
    pub weight: u32,
    /// Highest mark, in points.
    pub points: u32,
    /// Step between marks, in hundredths of a point.
    pub step: u32,
    /// A mark needs a comment.
    pub comment: bool,
    /// Source.
    pub source: Source,
}

/// How equal means are told apart (同分处理).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tie {
    /// The higher mean of a criterion first.
    Criterion(String),
    /// A lot that anybody can draw again: the smaller digest of seed and number first.
    Lot,
}

/// Within what applications are ordered and counted (分组).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKey {
    /// All together.
    Call,
    /// The direction that the task stands under.
    Direction,
    /// The task.
    Task,
}

/// A class of the result (结果类别), such as 揭榜单位 and 潜力单位.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultClass {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Most in one group; `None` where nothing limits them.
    pub cap: Option<u32>,
    /// Whether the cap can be lifted.
    pub strength: Strength,
    /// Lowest mean, in hundredths of a point of 100; 0 for any.
    pub floor: u32,
    /// Source.
    pub source: Source,
}

/// Why a plan cannot be followed (方案有误).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFault {
    /// Where: `criterion.innovation`, `class`.
    pub place: String,
    /// What is wrong.
    pub message: Text,
    /// What would put it right.
    pub remedy: Text,
}

impl Criterion {
    fn fits(&self) -> bool {
        (1..=POINTS_MAX).contains(&self.points)
            && self.step > 0
            && (self.points * 100).is_multiple_of(self.step)
    }
}

impl Plan {
    /// Everything that would keep the plan from being followed.
    pub fn faults(&self) -> Vec<PlanFault> {
        let mut all = self.criteria_faults();
        let mut add = |place: String, message: Text, remedy: Text| {
            all.push(PlanFault { place, message, remedy });
        };
        for place in self.repeated() {
            let message = Text::new("标识重复", "the id stands twice");
            add(place, message, Text::new("换一个标识", "Use another id"));
        }
        for tie in &self.ties {
            if let Tie::Criterion(id) = tie
                && self.criterion(id).is_none()
            {
                let message = Text::new(format!("没有评分指标 {id}"), format!("there is no criterion {id}"));
                let remedy = Text::new("写已有评分指标的标识，或 lot", "Write the id of a criterion, or lot");
                add(format!("ties.{id}"), message, remedy);
            }
        }
        if self.ties.last() != Some(&Tie::Lot) {
            let message = Text::new(
                "同分处理没有以抽签结束，可能分不出先后",
                "the tie chain does not end with a lot, so that it may not tell two apart",
            );
            add("ties".to_owned(), message, Text::new("末项写 lot", "Let it end with lot"));
        }
        if self.sheets_min == 0 {
            let message = Text::new("有效评分份数至少为 1", "at least 1 sheet is needed");
            add("sheets_min".to_owned(), message, Text::new("写 1 或更多", "Write 1 or more"));
        }
        all
    }

    /// The same of its criteria.
    fn criteria_faults(&self) -> Vec<PlanFault> {
        let mut all = Vec::new();
        let mut add = |place: &str, zh: String, en: String, remedy: Text| {
            all.push(PlanFault { place: place.to_owned(), message: Text::new(zh, en), remedy });
        };
        let weights: u64 = self.criteria.iter().map(|of| u64::from(of.weight)).sum();
        if weights != 100 {
            add(
                "criterion",
                format!("各项权重之和为 {weights}，不是 100"),
                format!("the weights make {weights}, not 100"),
                Text::new("调整 weight，使其和为 100", "Change weight so that they make 100"),
            );
        }
        let count = self.criteria.len();
        if count > CRITERIA_MAX {
            add(
                "criterion",
                format!("评分指标有 {count} 项，上限 {CRITERIA_MAX} 项"),
                format!("there are {count} criteria; the limit is {CRITERIA_MAX}"),
                Text::new("合并评分指标", "Put criteria together"),
            );
        }
        for criterion in self.criteria.iter().filter(|criterion| !criterion.fits()) {
            let (id, points) = (&criterion.id, criterion.points);
            add(
                &format!("criterion.{id}"),
                format!("满分 {points} 分不能按步长分尽"),
                format!("its {points} points are not a whole number of steps"),
                Text::new(
                    "满分为 1 至 1000 的整数，步长能整除满分",
                    "Use 1 to 1000 points, and a step that divides them",
                ),
            );
        }
        if super::merit::common_scale(self).is_none() {
            add(
                "criterion",
                "各项满分没有合理的公倍数，平均分无法精确计算".to_owned(),
                "the scales have no common multiple of reasonable size, so that means cannot be exact"
                    .to_owned(),
                Text::new("用相近的满分，如 10、20、100", "Use scales that are alike, such as 10, 20, 100"),
            );
        }
        all
    }

    /// A criterion by its id.
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|of| of.id == id)
    }

    /// Places of ids that stand twice.
    fn repeated(&self) -> Vec<String> {
        let named = |kind: &'static str| move |id: &String| format!("{kind}.{id}");
        let mut seen = BTreeSet::new();
        let checks = self.checks.iter().map(|of| &of.id).map(named("check"));
        let criteria = self.criteria.iter().map(|of| &of.id).map(named("criterion"));
        let classes = self.classes.iter().map(|of| &of.id).map(named("class"));
        checks.chain(criteria).chain(classes).filter(|place| !seen.insert(place.clone())).collect()
    }
}
