//! What blocks the confirmation of a list, as one list.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::list::{Candidate, Department, RecommendationList, Stance, questions};
use super::quota::{Quota, quota};
use super::ranking::project_key;
use super::{Answer, Overrun};
use crate::application::ApplicationState;
use crate::call::{Actor, Call, deadline_finding, limit_words, list_findings, severity};
use crate::shared::{ClauseId, Finding, Severity, Text};

/// Everything that stands against the list as it is: refusals block it, warnings do not.
pub fn obstacles(call: &Call, list: &RecommendationList, at: Timestamp) -> Vec<Finding> {
    let mut all: Vec<Finding> = deadline_finding(call, Actor::Recommender, None, at).into_iter().collect();
    let places = quota(call, list.region, list.received, at);
    let admitted = list_findings(call, list.region, list.received, 0);
    all.extend(admitted.into_iter().filter(|finding| finding.code == "region_not_admitted"));
    if list.ranked.is_empty() {
        all.push(list_empty());
    }
    if let Some(quota) = &places {
        all.extend(quota_findings(call, list, quota));
    }
    let mut projects = BTreeMap::new();
    for (place, candidate) in (1_usize..).zip(&list.ranked) {
        let mut told = Told { candidate, place, all: Vec::new() };
        candidate_findings(call, &mut told);
        if let Some(key) = project_key(&candidate.task, &candidate.title)
            && let Some(first) = projects.insert(key, place)
        {
            told.repeats(first);
        }
        all.extend(told.all);
    }
    all
}

fn refusal(code: &str, clause: Option<&ClauseId>, message: Text, remedy: Text) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: clause.cloned(),
        field: None,
        message,
        remedy,
    }
}

fn list_empty() -> Finding {
    refusal(
        "list_empty",
        None,
        Text::new("名单上还没有项目", "There is nothing on the list"),
        Text::new("在排序页选入推荐项目", "Put applications on the list on the page of the ranking"),
    )
}

/// A share is known when applicants have closed; beyond the places it takes a reason and an approval, or stops.
fn quota_findings(call: &Call, list: &RecommendationList, quota: &Quota<'_>) -> Vec<Finding> {
    let clause = quota.limit.source.clause();
    let mut all = Vec::new();
    if quota.provisional {
        all.push(refusal(
            "quota_provisional",
            clause,
            Text::new(
                format!("申报尚未截止，名额要到截止时才能确定；目前为{}", quota.arithmetic().zh),
                format!(
                    "Applicants have not closed; only then the number of places is known. For now: {}",
                    quota.arithmetic().en
                ),
            ),
            Text::new("申报截止后再签署", "Sign when applicants have closed"),
        ));
    }
    let count = u32::try_from(list.ranked.len()).unwrap_or(u32::MAX);
    if count <= quota.places {
        return all;
    }
    let rule = limit_words(call, quota.limit);
    let message = Text::new(
        format!("名单有 {count} 项，名额为{}；{}", quota.arithmetic().zh, rule.zh),
        format!("The list has {count}; places: {}; {}", quota.arithmetic().en, rule.en),
    );
    let beyond = count - quota.places;
    let code = quota.limit.code.as_str();
    match &list.overrun {
        _ if !quota.in_principle() => all.push(Finding {
            severity: severity(quota.limit.strength),
            ..refusal(
                code,
                clause,
                message,
                Text::new(format!("减少 {beyond} 项"), format!("Take out {beyond}")),
            )
        }),
        Some(Overrun { approved: Some(approved), .. }) if *approved >= count => {}
        Some(Overrun { reason, .. }) if !reason.trim().is_empty() => all.push(refusal(
            "overrun_not_approved",
            clause,
            message,
            Text::new(
                format!("等待主办单位批准 {count} 项，或减少 {beyond} 项"),
                format!("Wait until the programme office approves {count}, or take out {beyond}"),
            ),
        )),
        _ => all.push(refusal(
            code,
            clause,
            message,
            Text::new(
                format!("减少 {beyond} 项，或写明超额理由报主办单位批准"),
                format!("Take out {beyond}, or give a reason and ask the programme office to approve it"),
            ),
        )),
    }
    all
}

/// Findings of one candidate are told with its place and number.
struct Told<'a> {
    candidate: &'a Candidate,
    place: usize,
    all: Vec<Finding>,
}

impl Told<'_> {
    fn add(&mut self, code: &str, clause: Option<&ClauseId>, message: Text, remedy: Text) {
        let (place, number) = (self.place, &self.candidate.number);
        let message = Text::new(
            format!("第 {place} 项 {number}：{}", message.zh),
            format!("No. {place}, {number}: {}", message.en),
        );
        let field = Some(self.candidate.application.clone());
        self.all.push(Finding { field, ..refusal(code, clause, message, remedy) });
    }

    fn repeats(&mut self, first: usize) {
        let message = Text::new(
            format!("与第 {first} 项是同一任务的同名项目"),
            format!("it has the task and the name of No. {first}"),
        );
        self.add("project_repeated", None, message, Text::new("只推荐其中一项", "Recommend one of them"));
    }
}

fn candidate_findings(call: &Call, told: &mut Told<'_>) {
    let candidate = told.candidate;
    match &candidate.state {
        ApplicationState::Draft => {
            let message = Text::new("尚未提交", "it has not been submitted");
            told.add("application_not_submitted", None, message, take_out());
            return;
        }
        ApplicationState::Withdrawn(_) => {
            let message = Text::new("已撤回", "it was withdrawn");
            told.add("application_withdrawn", None, message, take_out());
            return;
        }
        // While it is being changed, the version submitted last counts.
        ApplicationState::Submitted(_) | ApplicationState::Reopened(_) => {}
    }
    if let Some(region) = candidate.elsewhere {
        let region = region.name();
        let message = Text::new(
            format!("同一项目已列入{}的推荐名单", region.zh),
            format!("the same project stands on the list of {}", region.en),
        );
        let remedy = Text::new("与对方核实，由一地推荐", "Settle with them who recommends it");
        told.add("recommended_elsewhere", None, message, remedy);
    }
    assessment_findings(call, told);
    for department in Department::ALL {
        if let Some(opinion) = candidate.opinion(department).filter(|of| of.stance == Stance::Objects) {
            let by = department.name(call);
            let message = Text::new(
                format!("{}不同意推荐：{}", by.zh, opinion.note),
                format!("{} objects: {}", by.en, opinion.note),
            );
            told.add("department_objects", None, message, take_out());
        }
    }
}

fn assessment_findings(call: &Call, told: &mut Told<'_>) {
    let candidate = told.candidate;
    let Some(assessment) = candidate.assessed() else {
        let version = candidate.version();
        match candidate.assessment {
            Some(_) => told.add(
                "assessment_outdated",
                None,
                Text::new(
                    format!("核实之后又提交了第 {version} 版"),
                    format!("version {version} was submitted after it was verified"),
                ),
                Text::new("重新核实", "Verify it again"),
            ),
            None => told.add(
                "assessment_missing",
                None,
                Text::new("还没有核实", "it has not been verified"),
                Text::new("填写核实意见", "Write the note of verification"),
            ),
        }
        return;
    };
    for question in questions(call) {
        let (clause, text) = (question.source.clause(), &question.text);
        match assessment.answers.get(&question.code) {
            Some(Answer::Met | Answer::NotApplicable) => {}
            Some(Answer::NotMet) => {
                let message = Text::new(
                    format!("核实为不符合：{}", text.zh),
                    format!("found not to be met: {}", text.en),
                );
                told.add(&question.code, clause, message, take_out());
            }
            None => {
                let message = Text::new(format!("未核实：{}", text.zh), format!("not verified: {}", text.en));
                told.add("assessment_incomplete", clause, message, Text::new("填写核实结论", "Answer it"));
            }
        }
    }
    if assessment.reason.trim().is_empty() && asks_for_reason(call) {
        let clause = call.recommendation.as_ref().and_then(|of| of.source.clauses().last());
        let message = Text::new("没有推荐理由", "there is no reason for recommending it");
        told.add("reason_missing", clause, message, Text::new("填写推荐理由", "Write the reason"));
    }
}

fn take_out() -> Text {
    Text::new("从名单中移出，或待其改正", "Take it off the list, or wait until it is mended")
}

/// The table of the call has a column for reasons.
fn asks_for_reason(call: &Call) -> bool {
    let columns = call.recommendation.iter().flat_map(|recommendation| &recommendation.columns);
    columns.into_iter().any(|(_, from)| from == "reason")
}
