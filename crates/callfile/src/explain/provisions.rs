//! Deadlines, rules, choices, and clauses from which no rule follows.

use jiebang_domain::call::{
    Call, Check, Choice, Decider, Provision, Source, Strength, deadline_words, provisions,
};
use jiebang_domain::shared::{ClauseId, Text};
use serde::Serialize;

use super::conditions::condition_words;
use super::writer::Writer;

/// A deadline.
#[derive(Debug, Serialize)]
pub struct CalendarEntry {
    /// `applicant` or `recommender`.
    pub actor: &'static str,
    /// What closes.
    pub event: String,
    /// Exclusive instant, RFC 3339 in the call's zone.
    pub at: String,
    /// As printed.
    pub printed: String,
    /// Clause.
    pub clause: Option<ClauseId>,
}

/// A rule in words.
#[derive(Debug, Serialize)]
pub struct RuleEntry {
    /// Name of the fault.
    pub code: String,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Leading clause.
    pub clause: Option<ClauseId>,
    /// All clauses.
    pub clauses: Vec<ClauseId>,
    /// `notice` or `operator`.
    pub source: &'static str,
    /// `must`, `in_principle` or `encouraged`.
    pub strength: &'static str,
    /// The rule.
    pub text: Text,
    /// Who decides it, where no expression can: `applicant`, `recommending_authority`, `selection_body`, `evaluation_body`,
    /// `programme_office`.
    pub decided_by: Option<&'static str>,
    /// The rule speaks only where this expression holds.
    pub when: Option<String>,
    /// The same in words.
    #[serde(skip)]
    condition: Option<Text>,
    /// The expression that must hold.
    pub require: Option<String>,
    /// The same in words.
    #[serde(skip)]
    requirement: Option<Text>,
}

/// A contradiction or gap, settled.
#[derive(Debug, Serialize)]
pub struct ChoiceEntry {
    /// Id.
    pub code: String,
    /// Leading clause.
    pub clause: Option<ClauseId>,
    /// All clauses.
    pub clauses: Vec<ClauseId>,
    /// What is printed.
    pub printed: Text,
    /// What the file does.
    pub chosen: Text,
}

/// A clause without a rule.
#[derive(Debug, Serialize)]
pub struct UncoveredClause {
    /// Clause.
    pub clause: ClauseId,
    /// Reason.
    pub reason: Text,
}

pub(super) fn calendar(call: &Call) -> Vec<CalendarEntry> {
    let of = |deadline: &jiebang_domain::call::Deadline| CalendarEntry {
        actor: deadline.actor.id(),
        event: deadline.event.clone(),
        at: deadline.at.to_zoned(call.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        printed: deadline.printed.clone(),
        clause: deadline.source.clause().cloned(),
    };
    call.deadlines.iter().map(of).collect()
}

pub(super) fn rules(call: &Call) -> Vec<RuleEntry> {
    provisions(call).into_iter().map(|provision| rule_entry(call, provision)).collect()
}

pub(super) fn choices(call: &Call) -> Vec<ChoiceEntry> {
    call.choices.iter().map(choice_entry).collect()
}

pub(super) fn uncovered_clauses(call: &Call) -> Vec<UncoveredClause> {
    let of = |clause: &jiebang_domain::call::Clause| {
        let reason = clause.uncovered.clone()?;
        Some(UncoveredClause { clause: clause.id.clone(), reason })
    };
    call.clauses.iter().filter_map(of).collect()
}

fn rule_entry(call: &Call, provision: Provision) -> RuleEntry {
    let check = call.rule(&provision.code).map(|rule| &rule.check);
    let (when, require) = match check {
        Some(Check::Expression { when, require, .. }) => (when.as_ref(), Some(require)),
        _ => (None, None),
    };
    RuleEntry {
        code: provision.code,
        row: provision.row,
        clause: provision.source.clause().cloned(),
        clauses: provision.source.clauses().to_vec(),
        source: match provision.source {
            Source::Clauses(_) => "notice",
            Source::Operator => "operator",
        },
        strength: match provision.strength {
            Strength::Must => "must",
            Strength::InPrinciple => "in_principle",
            Strength::Encouraged => "encouraged",
        },
        text: provision.text,
        decided_by: match check {
            Some(Check::Decided(decider)) => Some(decider_id(*decider)),
            _ => None,
        },
        condition: when.map(|when| condition_words(call, when.source())),
        when: when.map(|when| when.source().to_owned()),
        requirement: require.map(|require| condition_words(call, require.source())),
        require: require.map(|require| require.source().to_owned()),
    }
}

fn choice_entry(choice: &Choice) -> ChoiceEntry {
    ChoiceEntry {
        code: choice.id.clone(),
        clause: choice.source.clause().cloned(),
        clauses: choice.source.clauses().to_vec(),
        printed: choice.printed.clone(),
        chosen: choice.chosen.clone(),
    }
}

fn decider_id(decider: Decider) -> &'static str {
    match decider {
        Decider::Applicant => "applicant",
        Decider::RecommendingAuthority => "recommending_authority",
        Decider::SelectionBody => "selection_body",
        Decider::EvaluationBody => "evaluation_body",
        Decider::ProgrammeOffice => "programme_office",
    }
}

pub(super) fn write_calendar(call: &Call, out: &mut Writer) {
    if !call.deadlines.is_empty() {
        out.heading("时间", "Calendar");
    }
    for deadline in &call.deadlines {
        let clauses = out.clauses(deadline.source.clauses());
        let until = deadline_words(call, deadline);
        let printed = format!("{}“{}”", out.pick("原文", "printed "), deadline.printed);
        let line = format!("{} ({printed})  {clauses}", out.say(&until));
        out.line(1, &line);
    }
}

pub(super) fn write_rules(rules: &[RuleEntry], out: &mut Writer) {
    out.heading("规则", "Rules");
    for rule in rules {
        let strength = match rule.strength {
            "in_principle" => out.pick("（原则上）", " (in principle)"),
            "encouraged" => out.pick("（鼓励）", " (encouraged)"),
            _ => "",
        };
        let row = rule.row.as_deref().map(|row| format!("{row} ")).unwrap_or_default();
        let clauses = out.clauses(&rule.clauses);
        let line = format!("{row}{}{strength}  {clauses}  {}", out.say(&rule.text), rule.code);
        out.line(1, &line);
        let decided = match rule.decided_by {
            Some("applicant") => out.pick("申报单位承诺", "declared by the applicant"),
            Some("recommending_authority") => out.pick("推荐单位", "recommending authority"),
            Some("selection_body") => out.pick("遴选机构", "selection body"),
            Some("evaluation_body") => out.pick("测评机构", "evaluation body"),
            Some("programme_office") => out.pick("主办单位", "programme office"),
            _ => "",
        };
        out.fact(2, ("判定", "Decided by"), decided);
        let condition = rule.condition.as_ref().map_or("", |words| out.say(words)).to_owned();
        out.fact(2, ("前提", "Only where"), &condition);
        let requirement = rule.requirement.as_ref().map_or("", |words| out.say(words)).to_owned();
        out.fact(2, ("须成立", "Must hold"), &requirement);
    }
}

pub(super) fn write_choices(choices: &[ChoiceEntry], out: &mut Writer) {
    out.heading("选择", "Choices");
    for choice in choices {
        let clauses = out.clauses(&choice.clauses);
        let line = format!("{} {clauses} {}", choice.code, out.say(&choice.printed));
        out.line(1, &line);
        out.line(3, &format!("→ {}", out.say(&choice.chosen)));
    }
}

pub(super) fn write_uncovered(uncovered: &[UncoveredClause], out: &mut Writer) {
    out.heading("没有规则的条款", "Clauses without a rule");
    for one in uncovered {
        let line = format!("{}  {}", one.clause, out.say(&one.reason));
        out.line(1, &line);
    }
}
