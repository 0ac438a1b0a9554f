//! The states of an application and the acts between them.

use jiff::Timestamp;

use crate::call::{Actor, Call, deadline_finding};
use crate::shared::{Finding, Severity, Text};

/// A submission that was received (提交).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Version from 1.
    pub version: u32,
    /// When the request had been received whole.
    pub received_at: Timestamp,
}

/// State of an application (申报状态).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationState {
    /// Being written, never submitted (草稿).
    Draft,
    /// Submitted; the frozen copy counts (已提交).
    Submitted(Submission),
    /// Being changed after a submission, which counts until the next one (修改中).
    Reopened(Submission),
    /// Withdrawn by the applicant (已撤回).
    Withdrawn(Option<Submission>),
}

/// An application with its state (申报).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// State.
    pub state: ApplicationState,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationEvent {
    /// A version was submitted.
    Submitted(Submission),
    /// It was reopened for changes.
    Reopened,
    /// It was withdrawn.
    Withdrawn,
}

/// Why an act is refused (拒绝).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The applicant's deadline has passed.
    Late(Box<Finding>),
    /// Something in the application stops it: all findings, refusals among them.
    Findings(Vec<Finding>),
    /// The state does not allow the act.
    WrongState {
        /// What was asked for.
        act: Text,
        /// The state that it is in.
        state: Text,
    },
}

impl ApplicationState {
    /// Stable id.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted(_) => "submitted",
            Self::Reopened(_) => "reopened",
            Self::Withdrawn(_) => "withdrawn",
        }
    }

    /// Name of the state.
    pub fn name(&self) -> Text {
        match self {
            Self::Draft => Text::new("草稿", "Draft"),
            Self::Submitted(_) => Text::new("已提交", "Submitted"),
            Self::Reopened(_) => Text::new("修改中", "Reopened"),
            Self::Withdrawn(_) => Text::new("已撤回", "Withdrawn"),
        }
    }

    /// The submission that counts.
    pub fn submission(&self) -> Option<&Submission> {
        match self {
            Self::Draft => None,
            Self::Submitted(submission) | Self::Reopened(submission) => Some(submission),
            Self::Withdrawn(submission) => submission.as_ref(),
        }
    }
}

impl Application {
    /// Submits: not late, nothing that refuses, not withdrawn, not submitted unchanged.
    ///
    /// # Errors
    /// `Late`, `WrongState`, or `Findings` with every finding when one of them refuses or needs a reason.
    pub fn submit(
        self,
        call: &Call,
        at: Timestamp,
        findings: Vec<Finding>,
    ) -> Result<(Self, ApplicationEvent), Refusal> {
        in_time(call, at)?;
        let version = match &self.state {
            ApplicationState::Draft => 1,
            ApplicationState::Reopened(last) => last.version.saturating_add(1),
            ApplicationState::Submitted(_) | ApplicationState::Withdrawn(_) => {
                return Err(self.wrong_state("提交", "submit"));
            }
        };
        if findings.iter().any(|finding| finding.severity != Severity::Warning) {
            return Err(Refusal::Findings(findings));
        }
        let submission = Submission { version, received_at: at };
        let state = ApplicationState::Submitted(submission.clone());
        Ok((Self { state }, ApplicationEvent::Submitted(submission)))
    }

    /// Reopens a submitted application for changes.
    ///
    /// # Errors
    /// `Late` or `WrongState`.
    pub fn reopen(self, call: &Call, at: Timestamp) -> Result<(Self, ApplicationEvent), Refusal> {
        in_time(call, at)?;
        match self.state {
            ApplicationState::Submitted(submission) => {
                Ok((Self { state: ApplicationState::Reopened(submission) }, ApplicationEvent::Reopened))
            }
            _ => Err(self.wrong_state("重新打开", "reopen")),
        }
    }

    /// Withdraws.
    ///
    /// # Errors
    /// `Late` or `WrongState`.
    pub fn withdraw(self, call: &Call, at: Timestamp) -> Result<(Self, ApplicationEvent), Refusal> {
        in_time(call, at)?;
        let submission = match &self.state {
            ApplicationState::Withdrawn(_) => return Err(self.wrong_state("撤回", "withdraw")),
            state => state.submission().cloned(),
        };
        Ok((Self { state: ApplicationState::Withdrawn(submission) }, ApplicationEvent::Withdrawn))
    }

    /// Whether its content may change now.
    ///
    /// # Errors
    /// `Late` or `WrongState`.
    pub fn may_change(&self, call: &Call, at: Timestamp) -> Result<(), Refusal> {
        in_time(call, at)?;
        match self.state {
            ApplicationState::Draft | ApplicationState::Reopened(_) => Ok(()),
            _ => Err(self.wrong_state("修改", "change")),
        }
    }

    fn wrong_state(&self, zh: &str, en: &str) -> Refusal {
        Refusal::WrongState { act: Text::new(zh, en), state: self.state.name() }
    }
}

fn in_time(call: &Call, at: Timestamp) -> Result<(), Refusal> {
    match deadline_finding(call, Actor::Applicant, None, at) {
        Some(finding) => Err(Refusal::Late(Box::new(finding))),
        None => Ok(()),
    }
}
