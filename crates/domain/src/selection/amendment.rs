//! What may still change of a plan while its call runs (方案修订).

use super::faults::refusal;
use super::plan::{Plan, Stage};
use crate::shared::Finding;

/// How far a stage has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// No sheet has been submitted: everything may change.
    Open,
    /// A sheet has been submitted: classes may be added and changed, nothing of what is scored, of ties and groups.
    Scored,
    /// A list has been published: nothing of the stage changes.
    Published,
}

/// What stands against putting the plan `new` in the place of `old`: one finding for each stage. `progress` tells by stage how far
/// it has come.
pub fn amendment_findings(old: &Plan, new: &Plan, progress: impl Fn(&str) -> Progress) -> Vec<Finding> {
    let mut all = Vec::new();
    if old.call != new.call {
        all.push(refusal(
            "amendment_other_call",
            None,
            Some("plan.for"),
            (
                format!("新方案属于另一个榜单 {}", new.call),
                format!("The new plan is for another call, {}", new.call),
            ),
            (format!("写 plan.for = \"{}\"", old.call), format!("Write plan.for = \"{}\"", old.call)),
        ));
    }
    for stage in &old.stages {
        let next = new.stage(&stage.id);
        let scored_alike = next.is_some_and(|next| scores_alike(stage, next));
        match progress(&stage.id) {
            Progress::Scored if !scored_alike => all.push(scored(stage)),
            Progress::Published if next != Some(stage) => all.push(published(stage)),
            Progress::Open | Progress::Scored | Progress::Published => {}
        }
    }
    all
}

/// Whether two stages score and rank alike, whatever their classes.
fn scores_alike(one: &Stage, other: &Stage) -> bool {
    let fixed = |stage: &Stage| (stage.counts, stage.per.clone(), stage.from.clone());
    fixed(one) == fixed(other) && one.rubric == other.rubric && one.aggregation == other.aggregation
}

fn scored(stage: &Stage) -> Finding {
    refusal(
        "amendment_scored",
        stage.source.clause(),
        Some(&stage.id),
        (
            format!("“{}”已有专家提交评分，评分指标、分组和同分处理不能再改", stage.name.zh),
            format!(
                "Sheets of “{}” are submitted: criteria, groups and ties cannot change any more",
                stage.name.en
            ),
        ),
        ("只增改结果类别和名额", "Add or change classes and caps only"),
    )
}

fn published(stage: &Stage) -> Finding {
    refusal(
        "amendment_published",
        stage.source.clause(),
        Some(&stage.id),
        (
            format!("“{}”的名单已公布，这一阶段不能再改", stage.name.zh),
            format!("The list of “{}” is published: nothing of the stage can change", stage.name.en),
        ),
        (
            "这一阶段保持原样；名单有误的，另发更正",
            "Leave the stage as it is; a wrong list is corrected by a new version",
        ),
    )
}
