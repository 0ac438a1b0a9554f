//! A list of recommendations with what the departments say, and the acts on it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::obstacles::obstacles;
use crate::application::ApplicationState;
use crate::call::{Actor, Call, Check, Decider, Rule, Strength, deadline_finding};
use crate::shared::{Finding, Region, Severity, Text};

/// One of the departments that recommend together (推荐单位). The first two of a call, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Department {
    /// Industry department (工业和信息化主管部门).
    IndustryAuthority,
    /// Drug regulator (药品监督管理部门).
    DrugRegulator,
}

impl Department {
    /// Both, in the order of the calls.
    pub const ALL: [Self; 2] = [Self::IndustryAuthority, Self::DrugRegulator];

    /// Stable id, which is also the role of its people.
    pub fn id(self) -> &'static str {
        match self {
            Self::IndustryAuthority => "industry_authority",
            Self::DrugRegulator => "drug_regulator",
        }
    }

    /// The department of an id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|department| department.id() == id)
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::IndustryAuthority => Self::DrugRegulator,
            Self::DrugRegulator => Self::IndustryAuthority,
        }
    }

    /// Its name in a call.
    pub fn name(self, call: &Call) -> Text {
        let named = call.recommendation.as_ref().map(|recommendation| recommendation.departments.as_slice());
        let place = Self::ALL.iter().position(|department| *department == self).unwrap_or_default();
        let fallback = match self {
            Self::IndustryAuthority => Text::new("工业和信息化主管部门", "Industry department"),
            Self::DrugRegulator => Text::new("药品监督管理部门", "Drug regulator"),
        };
        named.and_then(|names| names.get(place)).cloned().unwrap_or(fallback)
    }
}

/// The answer to a question of verification (核实结论).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// 符合.
    Met,
    /// 不符合.
    NotMet,
    /// 不适用.
    NotApplicable,
}

impl Answer {
    /// All answers.
    pub const ALL: [Self; 3] = [Self::Met, Self::NotMet, Self::NotApplicable];

    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::Met => Text::new("符合", "Met"),
            Self::NotMet => Text::new("不符合", "Not met"),
            Self::NotApplicable => Text::new("不适用", "Does not apply"),
        }
    }

    /// The answer of an id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.id() == id)
    }
}

/// What the desk has found out about one version of an application (核实意见); both departments write on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Version of the application that was looked at.
    pub version: u32,
    /// Answers to [`questions`] by code.
    pub answers: BTreeMap<String, Answer>,
    /// Places of the call's criteria of preference that are met, from 0.
    pub preferences: Vec<usize>,
    /// Note of verification.
    pub note: String,
    /// Why it is recommended (推荐理由).
    pub reason: String,
    /// Note of the table (备注).
    pub remark: String,
}

/// Where a department stands on an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// 同意推荐.
    Agrees,
    /// 不同意推荐.
    Objects,
}

impl Stance {
    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Objects => "objects",
        }
    }

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::Agrees => Text::new("同意推荐", "Agrees"),
            Self::Objects => Text::new("不同意推荐", "Objects"),
        }
    }

    /// The stance of an id.
    pub fn parse(id: &str) -> Option<Self> {
        [Self::Agrees, Self::Objects].into_iter().find(|stance| stance.id() == id)
    }
}

/// What one department says of an application (部门意见).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// Version of the application that it is about.
    pub version: u32,
    /// Its stance.
    pub stance: Stance,
    /// Why; not empty where it objects.
    pub note: String,
}

/// An application on the list, or that could be (推荐项目).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Application.
    pub application: String,
    /// Its number.
    pub number: String,
    /// Name of task or product.
    pub title: String,
    /// Task applied under.
    pub task: String,
    /// Lead organisation as submitted.
    pub lead: String,
    /// Its state.
    pub state: ApplicationState,
    /// What the desk has found out.
    pub assessment: Option<Assessment>,
    /// Opinions of the departments, in the order of [`Department::ALL`].
    pub opinions: [Option<Opinion>; 2],
    /// Another region whose confirmed list holds the same project.
    pub elsewhere: Option<Region>,
}

impl Candidate {
    /// Version that counts, 0 where there is none.
    pub fn version(&self) -> u32 {
        self.state.submission().map_or(0, |submission| submission.version)
    }

    /// What a department says of the version that counts.
    pub fn opinion(&self, department: Department) -> Option<&Opinion> {
        let found = self.opinions.iter().zip(Department::ALL).find(|(_, of)| *of == department);
        found.and_then(|(opinion, _)| opinion.as_ref()).filter(|opinion| opinion.version == self.version())
    }

    /// What the desk has found out about the version that counts.
    pub fn assessed(&self) -> Option<&Assessment> {
        self.assessment.as_ref().filter(|assessment| assessment.version == self.version())
    }
}

/// More recommendations than the quota has places for, with leave (超额推荐).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overrun {
    /// Why, by the recommending authority.
    pub reason: String,
    /// Places that the programme office has approved in all.
    pub approved: Option<u32>,
}

/// State of a list (名单状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListState {
    /// Being made.
    Open,
    /// Signed by both; this version counts.
    Confirmed {
        /// Version from 1.
        version: u32,
    },
}

/// The recommendations of one region under one call (推荐名单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecommendationList {
    /// Who recommends.
    pub region: Region,
    /// State.
    pub state: ListState,
    /// Recommended applications by priority.
    pub ranked: Vec<Candidate>,
    /// Applications submitted under the region and not withdrawn.
    pub received: u32,
    /// More places than the quota has.
    pub overrun: Option<Overrun>,
    /// Departments whose signature stands for the list as it is.
    pub signed: Vec<Department>,
}

/// Why an act on a list is refused (拒绝).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The recommenders' deadline has passed.
    Late(Box<Finding>),
    /// What stands in the way, all of it.
    Obstacles(Vec<Finding>),
    /// The list is confirmed; what changes it is reopening, with a reason.
    Confirmed {
        /// Version that counts.
        version: u32,
    },
    /// The list is open; there is nothing to reopen.
    NotConfirmed,
}

/// What came of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// One department has signed; the other one has not.
    HalfSigned,
    /// Both have; the list is confirmed as this version.
    Confirmed {
        /// Version from 1.
        version: u32,
    },
}

impl RecommendationList {
    /// Whether anything of the list may change now.
    ///
    /// # Errors
    /// `Late`, `Confirmed`.
    pub fn may_change(&self, call: &Call, at: Timestamp) -> Result<(), Refusal> {
        in_time(call, at)?;
        match self.state {
            ListState::Open => Ok(()),
            ListState::Confirmed { version } => Err(Refusal::Confirmed { version }),
        }
    }

    /// Signs the list as it stands. `versions` is how many versions of it have been confirmed so far.
    ///
    /// # Errors
    /// `Late`, `Confirmed`, or `Obstacles` with every finding when one of them refuses.
    pub fn sign(
        &self,
        call: &Call,
        department: Department,
        versions: u32,
        at: Timestamp,
    ) -> Result<Change, Refusal> {
        self.may_change(call, at)?;
        let all = obstacles(call, self, at);
        if all.iter().any(|finding| finding.severity != Severity::Warning) {
            return Err(Refusal::Obstacles(all));
        }
        if self.signed.contains(&department.other()) {
            Ok(Change::Confirmed { version: versions.saturating_add(1) })
        } else {
            Ok(Change::HalfSigned)
        }
    }

    /// Opens a confirmed list again.
    ///
    /// # Errors
    /// `Late`, `NotConfirmed`.
    pub fn reopen(&self, call: &Call, at: Timestamp) -> Result<(), Refusal> {
        in_time(call, at)?;
        match self.state {
            ListState::Confirmed { .. } => Ok(()),
            ListState::Open => Err(Refusal::NotConfirmed),
        }
    }
}

fn in_time(call: &Call, at: Timestamp) -> Result<(), Refusal> {
    match deadline_finding(call, Actor::Recommender, None, at) {
        Some(finding) => Err(Refusal::Late(Box::new(finding))),
        None => Ok(()),
    }
}

/// What the authorities of a call answer for each application: the rules that bind and are theirs to judge.
pub fn questions(call: &Call) -> impl Iterator<Item = &Rule> {
    call.rules.iter().filter(|rule| {
        rule.strength == Strength::Must
            && matches!(rule.check, Check::Decided(Decider::RecommendingAuthority))
    })
}
