//! What an expert gives (评分表): a mark for each criterion, and what is wrong with a sheet before it is submitted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::plan::{Criterion, Plan};
use crate::shared::{Finding, Severity, Text};

/// Parts of a point that marks are counted in.
pub const HUNDREDTHS: u32 = 100;
/// Longest comment, in Unicode characters.
pub const COMMENT_MAX: usize = 2_000;

/// A mark with its comment (得分).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// In hundredths of a point; `None` until it is given.
    pub mark: Option<u32>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub comment: String,
}

/// The scores of one expert for one application, by criterion (评分表).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet(pub BTreeMap<String, Score>);

impl Sheet {
    /// The mark of a criterion, in hundredths of a point; 0 where none was given.
    pub fn mark(&self, criterion: &str) -> u32 {
        self.0.get(criterion).and_then(|score| score.mark).unwrap_or(0)
    }
}

/// What keeps a sheet from being submitted: all findings at once, each at its field.
pub fn sheet_findings(plan: &Plan, sheet: &Sheet) -> Vec<Finding> {
    let mut all = Vec::new();
    for criterion in &plan.criteria {
        let score = sheet.0.get(&criterion.id).cloned().unwrap_or_default();
        all.extend(mark_finding(criterion, score.mark));
        all.extend(comment_finding(criterion, &score.comment));
    }
    for strange in sheet.0.keys().filter(|id| plan.criterion(id).is_none()) {
        all.push(Finding {
            code: "criterion_unknown".to_owned(),
            severity: Severity::Refusal,
            clause: None,
            field: Some(format!("score.{strange}")),
            message: Text::new(
                format!("没有评分指标“{strange}”"),
                format!("There is no criterion “{strange}”"),
            ),
            remedy: Text::new("刷新页面后重新打分", "Reload the page and score again"),
        });
    }
    all
}

fn finding(criterion: &Criterion, code: &str, message: Text, remedy: Text) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: criterion.source.clause().cloned(),
        field: Some(format!("score.{}", criterion.id)),
        message,
        remedy,
    }
}

fn mark_finding(criterion: &Criterion, mark: Option<u32>) -> Option<Finding> {
    let (name, highest) = (&criterion.name, criterion.points);
    let Some(mark) = mark else {
        return Some(finding(
            criterion,
            "score_missing",
            Text::new(format!("“{}”没有打分", name.zh), format!("“{}” has no mark", name.en)),
            Text::new(format!("打 0 至 {highest} 分"), format!("Give 0 to {highest}")),
        ));
    };
    if mark <= highest * HUNDREDTHS && mark.is_multiple_of(criterion.step) {
        return None;
    }
    let (shown, step) = (points(mark), points(criterion.step));
    Some(finding(
        criterion,
        "score_out_of_scale",
        Text::new(
            format!("“{}”打了 {shown} 分，满分 {highest} 分，步长 {step} 分", name.zh),
            format!("“{}” has {shown}; it goes from 0 to {highest} by {step}", name.en),
        ),
        Text::new("改为步长的整倍数，不超过满分", "Give a multiple of the step within the scale"),
    ))
}

fn comment_finding(criterion: &Criterion, comment: &str) -> Option<Finding> {
    let (name, length) = (&criterion.name, comment.trim().chars().count());
    if criterion.comment && length == 0 {
        return Some(finding(
            criterion,
            "comment_missing",
            Text::new(format!("“{}”没有写评语", name.zh), format!("“{}” has no comment", name.en)),
            Text::new("写明打分的理由", "Say why"),
        ));
    }
    (length > COMMENT_MAX).then(|| {
        finding(
            criterion,
            "comment_too_long",
            Text::new(
                format!("“{}”的评语有 {length} 个字符，上限 {COMMENT_MAX} 个", name.zh),
                format!("The comment on “{}” has {length} characters; the limit is {COMMENT_MAX}", name.en),
            ),
            Text::new("缩短评语", "Make it shorter"),
        )
    })
}

/// Hundredths of a point as people write them: `8`, `8.5`, `8.25`.
pub(super) fn points(hundredths: u32) -> String {
    let (whole, part) = (hundredths / HUNDREDTHS, hundredths % HUNDREDTHS);
    match (part, part % 10) {
        (0, _) => whole.to_string(),
        (_, 0) => format!("{whole}.{}", part / 10),
        _ => format!("{whole}.{part:02}"),
    }
}
