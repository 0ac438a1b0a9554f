//! Conflicts of interest (回避): computed from legal entities, or declared.

use std::collections::BTreeMap;

use jiff::{Span, civil::Date};
use serde::{Deserialize, Serialize};

use super::faults::refusal;
use super::plan::Recusal;
use crate::shared::{ClauseId, Finding, OrganisationCode, Text};

/// Where an expert works or worked (任职经历).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Employment {
    /// The employer.
    pub employer: Party,
    /// First day; open where it is not known.
    pub from: Option<Date>,
    /// Last day; `None` while it lasts.
    pub until: Option<Date>,
}

/// An expert with employers (评审专家).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expert {
    /// Id.
    pub id: String,
    /// Where the expert works and worked.
    pub employers: Vec<Employment>,
}

/// An organisation that takes part, or that a relation is with (单位).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Code of the legal entity.
    pub code: OrganisationCode,
    /// Name.
    pub name: String,
}

/// An application with its organisations (参评团队).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Number of the application.
    pub application: String,
    /// Lead.
    pub lead: Party,
    /// Partners.
    pub partners: Vec<Party>,
}

/// A relation that somebody has declared (申明的关系).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// Expert.
    pub expert: String,
    /// Number of the application, or code of an organisation: then it holds for every application that this takes part in.
    pub with: String,
    /// Who declares it.
    pub by: Declarer,
    /// What the relation is, in the words of who declares it.
    pub words: String,
}

/// Who declares a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Declarer {
    /// The expert.
    Expert,
    /// The applicant, who names an expert as unsuitable.
    Applicant,
    /// The secretariat.
    Secretariat,
}

impl Declarer {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Expert => ("专家本人申明", "declared by the expert"),
            Self::Applicant => ("申报单位申请回避", "the applicant asks for it"),
            Self::Secretariat => ("评审组织方申明", "declared by the secretariat"),
        }
    }
}

/// What makes a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictRule {
    /// The expert works for a member of the team.
    SameEntity,
    /// The expert worked for a member of the team not long ago.
    FormerEntity,
    /// A declared relation.
    Declared,
}

impl ConflictRule {
    /// Stable id, the code of its finding.
    pub fn id(self) -> &'static str {
        match self {
            Self::SameEntity => "conflict_same_entity",
            Self::FormerEntity => "conflict_former_entity",
            Self::Declared => "conflict_declared",
        }
    }
}

/// One reason why an expert may not score an application (回避关系).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Conflict {
    /// Expert.
    pub expert: String,
    /// Number of the application.
    pub application: String,
    /// What makes it one.
    pub rule: ConflictRule,
    /// Clause that asks for it; `None` where it is the operator's plan.
    pub clause: Option<ClauseId>,
    /// What it rests on, in Chinese.
    pub evidence_zh: String,
    /// What it rests on, in English.
    pub evidence_en: String,
}

impl Conflict {
    /// What it rests on.
    pub fn evidence(&self) -> Text {
        Text::new(&*self.evidence_zh, &*self.evidence_en)
    }
}

/// Why an expert may not be given an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Conflicts, all of them.
    Conflicts(Vec<Finding>),
}

/// All conflicts between experts and teams on a day, by expert and application. An organisation is known by either of its codes.
pub fn conflicts(
    rule: &Recusal,
    experts: &[Expert],
    teams: &[Team],
    declared: &[Declaration],
    on: Date,
) -> Vec<Conflict> {
    let members = members(teams);
    let mut all = Vec::new();
    for expert in experts {
        for employment in &expert.employers {
            let Some(kind) = employed(rule, employment, on) else { continue };
            for (team, lead) in
                members.get(employment.employer.code.organisation_part()).into_iter().flatten()
            {
                all.push(by_employer(rule, expert, employment, kind, team, *lead));
            }
        }
    }
    for declaration in declared {
        all.extend(by_declaration(rule, declaration, teams, &members));
    }
    all.sort();
    all.dedup();
    all
}

/// Teams by the organisations in them, and whether as the lead.
type Members<'t> = BTreeMap<&'t str, Vec<(&'t Team, bool)>>;

fn members(teams: &[Team]) -> Members<'_> {
    let mut members: Members<'_> = BTreeMap::new();
    for team in teams {
        let all =
            std::iter::once((&team.lead, true)).chain(team.partners.iter().map(|partner| (partner, false)));
        for (party, lead) in all {
            members.entry(party.code.organisation_part()).or_default().push((team, lead));
        }
    }
    members
}

/// Whether an employment counts on a day: it lasts, or has ended less than so many years ago.
fn employed(rule: &Recusal, employment: &Employment, on: Date) -> Option<ConflictRule> {
    let Some(until) = employment.until.filter(|until| *until < on) else {
        return Some(ConflictRule::SameEntity);
    };
    let free = until.checked_add(Span::new().years(rule.former_years)).unwrap_or(Date::MAX);
    (on < free).then_some(ConflictRule::FormerEntity)
}

fn by_employer(
    rule: &Recusal,
    expert: &Expert,
    employment: &Employment,
    kind: ConflictRule,
    team: &Team,
    lead: bool,
) -> Conflict {
    let Party { code, name } = &employment.employer;
    let (part_zh, part_en) = if lead { ("牵头单位", "the lead") } else { ("联合单位", "a partner") };
    let (zh, en) = match employment.until {
        Some(until) if kind == ConflictRule::FormerEntity => (
            format!("{until}前任职于{part_zh}{name}（{code}），离职未满{}年", rule.former_years),
            format!(
                "worked until {until} for {part_en}, {name} ({code}), less than {} years ago",
                rule.former_years
            ),
        ),
        _ => (format!("任职于{part_zh}{name}（{code}）"), format!("works for {part_en}, {name} ({code})")),
    };
    Conflict {
        expert: expert.id.clone(),
        application: team.application.clone(),
        rule: kind,
        clause: rule.source.clause().cloned(),
        evidence_zh: zh,
        evidence_en: en,
    }
}

fn by_declaration(
    rule: &Recusal,
    declaration: &Declaration,
    teams: &[Team],
    members: &Members<'_>,
) -> Vec<Conflict> {
    let (by_zh, by_en) = declaration.by.words();
    let words = declaration.words.trim();
    let of = |team: &Team| Conflict {
        expert: declaration.expert.clone(),
        application: team.application.clone(),
        rule: ConflictRule::Declared,
        clause: rule.source.clause().cloned(),
        evidence_zh: format!("{by_zh}：{words}"),
        evidence_en: format!("{by_en}: {words}"),
    };
    let named = teams.iter().filter(|team| team.application == declaration.with);
    let mut all: Vec<Conflict> = named.map(of).collect();
    if let Ok(code) = OrganisationCode::parse(&declaration.with) {
        let of_organisation = members.get(code.organisation_part()).into_iter().flatten();
        all.extend(of_organisation.map(|(team, _)| of(team)));
    }
    all
}

/// Whether an expert may be given an application.
///
/// # Errors
/// `Conflicts` with one finding for each conflict between the two.
pub fn may_assign(conflicts: &[Conflict], expert: &str, application: &str) -> Result<(), Refusal> {
    let between = conflicts.iter().filter(|edge| edge.expert == expert && edge.application == application);
    let findings: Vec<Finding> = between.map(finding).collect();
    if findings.is_empty() { Ok(()) } else { Err(Refusal::Conflicts(findings)) }
}

fn finding(conflict: &Conflict) -> Finding {
    let Conflict { application, evidence_zh, evidence_en, .. } = conflict;
    refusal(
        conflict.rule.id(),
        conflict.clause.as_ref(),
        Some(application),
        (
            format!("该专家须回避 {application}：{evidence_zh}"),
            format!("This expert has a conflict with {application}: {evidence_en}"),
        ),
        ("另派无回避关系的专家", "Assign an expert without a conflict"),
    )
}
