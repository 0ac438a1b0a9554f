//! Who may do what: the one decision point for page, file, export and API.
//!
//! ```text
//! (actor or nobody, action, resource) ──▶ policies.cedar, checked against schema.cedarschema ──▶ Decision
//! ```
//!
//! What no policy permits is refused. Whether a refusal admits that the thing exists is decided here as well: who may see it is
//! told that the act is forbidden, who may not is told that there is no such thing, and who is not logged in is asked to log in
//! whether it exists or not. Callers that find no row therefore answer with [`Decision::absent`].
//!
//! Permission does not depend on the clock or on a state's own rules: that a submitted application cannot be edited, or that
//! nothing changes after the deadline, is decided by the domain, which says why.

mod engine;
mod matrix;
mod role;
mod scope;

use jiebang_domain::shared::{Language, Region};
use jiebang_store::OrganisationRow;

use crate::ServiceError;

pub use engine::Access;
pub use role::Role;
pub use scope::{Scope, Scopes};

/// Somebody who is logged in (操作人).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Account.
    pub account_id: String,
    /// Name of the person.
    pub name: String,
    /// Login name.
    pub username: String,
    /// Role.
    pub role: Role,
    /// Organisation, for applicants and partners.
    pub organisation: Option<OrganisationRow>,
    /// Region, for recommending authorities.
    pub region: Option<Region>,
    /// Language of the account.
    pub language: Language,
    /// What may be done in the actor's name, where a program asks with a token; `None` where the person is logged in.
    pub scopes: Option<Scopes>,
}

impl Actor {
    /// Whether the token, if there is one, is made for this.
    pub fn may_use(&self, scope: Scope) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.holds(scope))
    }
}

/// What somebody wants to do (操作).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Read a call. On [`Resource::Call`], as the next one.
    ReadCall,
    /// Begin an application under a call.
    BeginApplication,
    /// Read an application with its findings: the version that counts, or the draft before there is one. On
    /// [`Resource::Application`], as the next ten.
    ReadApplication,
    /// Read what is being changed after a submission.
    ReadDraft,
    /// Change its sections.
    EditApplication,
    /// Submit it.
    SubmitApplication,
    /// Reopen it for changes.
    ReopenApplication,
    /// Withdraw it.
    WithdrawApplication,
    /// Attach a file to it, or take one off.
    AttachFile,
    /// Read a file attached to it.
    ReadFile,
    /// Read a receipt of it and the frozen copy behind the receipt.
    ReadReceipt,
    /// Write down what the desk has found out, and where the own department stands.
    AssessApplication,
    /// Return it for correction.
    ReturnApplication,
    /// Read a desk and its list. On [`Resource::Desk`], as the next three.
    ReadDesk,
    /// Put applications on its list, in order; give the reason for more than the quota has places for.
    RankApplications,
    /// Sign its list, or open a confirmed one again.
    SignList,
    /// Approve more places than the quota has.
    ApproveOverrun,
    /// See how its selection goes: candidates, checks of form, who scores, scores, objections. On [`Resource::Call`], as the next
    /// seven.
    ReadSelection,
    /// Check the form of applications.
    CheckForms,
    /// Give applications to experts, and declare conflicts.
    AssignExperts,
    /// Lift a cap that holds in principle.
    LiftCap,
    /// Publish a list, and correct a published one.
    PublishList,
    /// Object to a published list.
    FileObjection,
    /// Answer an objection.
    AnswerObjection,
    /// See all teams of its race side by side.
    ReadRace,
    /// Read a score sheet. On [`Resource::Sheet`], as the next one.
    ReadSheet,
    /// Fill in and submit a score sheet, or declare a conflict instead.
    WriteSheet,
    /// Read what a team has promised, reported and reached. On [`Resource::Team`], as the next five.
    ReadTeam,
    /// Report on its progress, and ask for changes of its task statement.
    ReportProgress,
    /// Decide on a change of its task statement.
    DecideChange,
    /// Plan its evaluation and lock the plan.
    PlanEvaluation,
    /// Enter measurements.
    EnterMeasurement,
    /// Rule otherwise than the computed verdict, with a reason.
    RuleVerdict,
    /// See the library of experts. On [`Resource::System`], as the next one.
    ReadExperts,
    /// Import experts.
    ImportExperts,
    /// Read an organisation's data. On [`Resource::Organisation`], as the next three.
    ReadOrganisation,
    /// Change them.
    ChangeOrganisation,
    /// See who else has an account for it.
    ReadColleagues,
    /// Invite somebody to it.
    InviteColleague,
    /// Read an account. On [`Resource::Account`], as the next one.
    ReadAccount,
    /// Change its language and the like.
    ChangeAccount,
    /// Read what happened. On [`Resource::Application`], [`Resource::Organisation`] and [`Resource::System`].
    ReadEvents,
    /// Publish a call. On [`Resource::System`], as the next two.
    PublishCall,
    /// See how the installation runs.
    ReadStatus,
    /// Move the clock of a demo.
    MoveDemoClock,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 45] = [
        Self::ReadCall,
        Self::BeginApplication,
        Self::ReadApplication,
        Self::ReadDraft,
        Self::EditApplication,
        Self::SubmitApplication,
        Self::ReopenApplication,
        Self::WithdrawApplication,
        Self::AttachFile,
        Self::ReadFile,
        Self::ReadReceipt,
        Self::AssessApplication,
        Self::ReturnApplication,
        Self::ReadDesk,
        Self::RankApplications,
        Self::SignList,
        Self::ApproveOverrun,
        Self::ReadSelection,
        Self::CheckForms,
        Self::AssignExperts,
        Self::LiftCap,
        Self::PublishList,
        Self::FileObjection,
        Self::AnswerObjection,
        Self::ReadRace,
        Self::ReadSheet,
        Self::WriteSheet,
        Self::ReadTeam,
        Self::ReportProgress,
        Self::DecideChange,
        Self::PlanEvaluation,
        Self::EnterMeasurement,
        Self::RuleVerdict,
        Self::ReadExperts,
        Self::ImportExperts,
        Self::ReadOrganisation,
        Self::ChangeOrganisation,
        Self::ReadColleagues,
        Self::InviteColleague,
        Self::ReadAccount,
        Self::ChangeAccount,
        Self::ReadEvents,
        Self::PublishCall,
        Self::ReadStatus,
        Self::MoveDemoClock,
    ];

    /// Its name in the policies.
    pub fn id(self) -> &'static str {
        match self {
            Self::ReadCall => "ReadCall",
            Self::BeginApplication => "BeginApplication",
            Self::ReadApplication => "ReadApplication",
            Self::ReadDraft => "ReadDraft",
            Self::EditApplication => "EditApplication",
            Self::SubmitApplication => "SubmitApplication",
            Self::ReopenApplication => "ReopenApplication",
            Self::WithdrawApplication => "WithdrawApplication",
            Self::AttachFile => "AttachFile",
            Self::ReadFile => "ReadFile",
            Self::ReadReceipt => "ReadReceipt",
            Self::AssessApplication => "AssessApplication",
            Self::ReturnApplication => "ReturnApplication",
            Self::ReadDesk => "ReadDesk",
            Self::RankApplications => "RankApplications",
            Self::SignList => "SignList",
            Self::ApproveOverrun => "ApproveOverrun",
            Self::ReadSelection => "ReadSelection",
            Self::CheckForms => "CheckForms",
            Self::AssignExperts => "AssignExperts",
            Self::LiftCap => "LiftCap",
            Self::PublishList => "PublishList",
            Self::FileObjection => "FileObjection",
            Self::AnswerObjection => "AnswerObjection",
            Self::ReadRace => "ReadRace",
            Self::ReadSheet => "ReadSheet",
            Self::WriteSheet => "WriteSheet",
            Self::ReadTeam => "ReadTeam",
            Self::ReportProgress => "ReportProgress",
            Self::DecideChange => "DecideChange",
            Self::PlanEvaluation => "PlanEvaluation",
            Self::EnterMeasurement => "EnterMeasurement",
            Self::RuleVerdict => "RuleVerdict",
            Self::ReadExperts => "ReadExperts",
            Self::ImportExperts => "ImportExperts",
            Self::ReadOrganisation => "ReadOrganisation",
            Self::ChangeOrganisation => "ChangeOrganisation",
            Self::ReadColleagues => "ReadColleagues",
            Self::InviteColleague => "InviteColleague",
            Self::ReadAccount => "ReadAccount",
            Self::ChangeAccount => "ChangeAccount",
            Self::ReadEvents => "ReadEvents",
            Self::PublishCall => "PublishCall",
            Self::ReadStatus => "ReadStatus",
            Self::MoveDemoClock => "MoveDemoClock",
        }
    }
}

/// What it is to be done to (对象).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A call.
    Call {
        /// Id.
        id: String,
        /// A version of it is published.
        published: bool,
    },
    /// An application.
    Application {
        /// Id.
        id: String,
        /// Lead organisation.
        organisation_id: String,
        /// Call.
        call_id: String,
        /// Id of its state.
        state: String,
        /// Region whose authorities recommend it, after the call's own mapping.
        region: Option<Region>,
        /// Account of the expert who asks, where the application is given to that expert and no conflict stands between them.
        reviewer: Option<String>,
    },
    /// The desk of a region under a call.
    Desk {
        /// Call.
        call_id: String,
        /// Region that recommends.
        region: Region,
    },
    /// The score sheet of an expert for an application.
    Sheet {
        /// Application.
        application_id: String,
        /// Account of the expert while the application is given to that expert and no conflict stands between them.
        owner: Option<String>,
        /// It is submitted; until then it is sealed.
        submitted: bool,
    },
    /// A team in the race.
    Team {
        /// Application.
        application_id: String,
        /// Lead organisation.
        organisation_id: String,
        /// Region whose authorities recommended it.
        region: Option<Region>,
    },
    /// An organisation.
    Organisation {
        /// Id.
        id: String,
    },
    /// An account.
    Account {
        /// Id.
        id: String,
    },
    /// The installation.
    System,
}

/// The answer to who may do what (裁定).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Yes.
    Allow,
    /// As far as the actor is concerned there is no such thing.
    NotFound,
    /// The actor may see it but not do this.
    Forbidden,
    /// Nobody is logged in; somebody might be allowed to.
    LoginRequired,
}

impl Decision {
    /// The answer where an application, organisation, account or receipt is not there: the same as where it is there and not
    /// the actor's business.
    pub fn absent(actor: Option<&Actor>) -> Self {
        if actor.is_some() { Self::NotFound } else { Self::LoginRequired }
    }

    /// The decision as a result.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden` or `LoginRequired`.
    pub fn result(self) -> Result<(), ServiceError> {
        match self {
            Self::Allow => Ok(()),
            Self::NotFound => Err(ServiceError::NotFound),
            Self::Forbidden => Err(ServiceError::Forbidden),
            Self::LoginRequired => Err(ServiceError::LoginRequired),
        }
    }
}
