//! The form check (形式审查): items answered with yes or no, and reasons for every no.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::faults::refusal;
use super::plan::CheckItem;
use crate::shared::Finding;

/// The answer to one item (审查结论).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAnswer {
    /// What the item asks for is so.
    pub met: bool,
    /// Why not; kept for a yes, and not empty for a no.
    pub reason: String,
}

/// What came of a form check (审查结果).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormCheck {
    /// Something is unanswered, or a no has no reason: one finding each.
    Open(Vec<Finding>),
    /// Every item is met: the application goes on to the experts.
    Passed,
    /// It drops out: one finding for each item that is not met, with clause and reason.
    Refused(Vec<Finding>),
}

/// Judges the answers to all items. Nothing is decided before every item is answered.
pub fn form_check(items: &[CheckItem], answers: &BTreeMap<String, CheckAnswer>) -> FormCheck {
    let mut open = Vec::new();
    let mut refused = Vec::new();
    for item in items {
        let clause = item.source.clause();
        let field = Some(item.id.as_str());
        match answers.get(&item.id) {
            Some(answer) if answer.met => {}
            Some(answer) if !answer.reason.trim().is_empty() => refused.push(refusal(
                &item.id,
                clause,
                field,
                (
                    format!("不符合“{}”：{}", item.text.zh, answer.reason.trim()),
                    format!("Not met: {}. {}", item.text.en, answer.reason.trim()),
                ),
                (
                    "形式审查不通过的，不进入专家评审；有异议的，在公示期内提出",
                    "It does not go on to the experts; object within the public notice",
                ),
            )),
            Some(_) => open.push(refusal(
                "check_reason_missing",
                clause,
                field,
                (
                    format!("“{}”不符合，没有写理由", item.text.zh),
                    format!("No reason why this is not met: {}", item.text.en),
                ),
                ("写明不符合的事实", "Write what is not so"),
            )),
            None => open.push(refusal(
                "check_unanswered",
                clause,
                field,
                (format!("还没有审查“{}”", item.text.zh), format!("Not answered yet: {}", item.text.en)),
                ("填写是或否", "Answer yes or no"),
            )),
        }
    }
    for unknown in answers.keys().filter(|id| !items.iter().any(|item| item.id == **id)) {
        open.push(refusal(
            "check_unknown",
            None,
            Some(unknown),
            (format!("方案中没有审查项 {unknown}"), format!("The plan has no item {unknown}")),
            ("只答方案中的审查项", "Answer the items of the plan only"),
        ));
    }
    match (open.is_empty(), refused.is_empty()) {
        (false, _) => FormCheck::Open(open),
        (true, true) => FormCheck::Passed,
        (true, false) => FormCheck::Refused(refused),
    }
}
