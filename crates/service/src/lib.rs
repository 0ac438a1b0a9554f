//! Use cases: load → authorize → decide → save.
//!
//! Each public method of [`Service`] is one thing that somebody comes to do. It asks [`access`] whether the actor may, lets the
//! domain decide, and saves rows, event and outbox in one act of the store. Clock and randomness enter the product here and
//! nowhere else.

pub mod access;
mod application;
mod backup;
mod call;
mod characters;
mod clock;
mod demo;
mod doctor;
mod error;
mod evaluation;
mod files;
mod idempotency;
mod identity;
mod ledger;
mod papers;
mod publication;
mod race;
mod random;
mod recommendation;
mod selection;
mod store;

use std::sync::Arc;

pub use access::{Action, Actor, Role, Scope, Scopes};
pub use application::{
    ApplicationSummary, ApplicationView, ChangeFields, EvidenceView, FileView, Locator, MemberView, Receipt,
    ReceiptView, SaveSection, SavedSection, SectionState, SectionSummary, SubmissionSummary, Submit, Upload,
    decode_section,
};
pub use backup::copy_files;
pub use call::{CallCard, CallVersion, LoadedCall, Stage};
pub use clock::Clock;
pub use doctor::{Health, health};
pub use error::{Conflict, ServiceError};
pub use evaluation::{
    EnterMeasurement, EvaluationLine, EvaluationView, RuleVerdict, RulingView, SaveEvaluationPlan,
    VoidMeasurement,
};
pub use files::{
    BucketLimits, FILE_BYTES_MAX, FILE_PAGES_MAX, FILE_PIXELS_MAX, FileStore, Stored, clean_name,
};
pub use identity::{
    AcceptInvitation, AddUser, ChangeOrganisation, Colleague, Invitation, InvitationView, Login, NewToken,
    RegisterOrganisation, Session, TOKEN_SECONDS_MAX, Token, TokenFacts,
};
pub use jiebang_callfile::explain::FieldEntry;
pub use jiebang_documents::Fault as DocumentFault;
pub use jiebang_ledger::{SecretKey, VerifierKey};
pub use jiebang_store::StoreError;
pub use jiebang_store::{CheckpointRow, DeskCounts, OrganisationRow};
pub use ledger::{
    Audience, ExportCheck, ExportCounts, ExportHead, Exported, Lifted, Piece, Recompute, Recomputed, export,
};
pub use ledger::{Erasure, refutation_words, unreadable_words};
pub use ledger::{adopt_ledger_key, claim_ledger_key, recorded_ledger_key};
pub use papers::Paper;
pub use publication::{
    CertificateView, FileObjection, GiveAnswer, LiftCap, ListSummary, ListVersionView, ObjectionView,
    PublishList, StandingView,
};
pub use race::{
    AskChange, Asked, BoardTask, BoardTeam, ChangeView, DecideTeamChange, DueReport, Opened, RaceBoard,
    SaveReport, TEAM_TEXT_MAX, TeamView,
};
pub use random::Random;
pub use recommendation::{
    Assess, AssessmentView, ConfirmedView, DESK_TEXT_MAX, DeskApplication, DeskEntry, DeskPage, DeskSummary,
    DeskView, ListView, Neighbours, OpinionView, OverrunView, QuotaView, Recorded, ReturnedView, Sign,
    SignatureView, TableForm, WhichList,
};
pub use selection::{
    AssignView, Assigned, Candidate, CandidateCounts, CandidatesPage, CandidatesView, Choosable,
    EXPERT_COLUMNS, EXPERTS_BYTES_MAX, ExpertView, ExpertsPage, FormCheckView, ImportPlan, ImportRow, InTurn,
    PlanView, PublishPlan, RowKind, SaveFormCheck, SaveSheet, SeatKey, SheetContent, SheetEntry,
    SheetStanding, SheetView, StageName, score_sheet,
};
pub use store::Store;

/// Settings of the service.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name under which the installation signs and shows itself.
    pub name: String,
    /// Cost of password hashing: memory in KiB, passes. Tests lower it.
    pub password_cost: (u32, u32),
    /// Limits on attempts and requests are enforced. Load tests of one address switch them off.
    pub rate_limits: bool,
    /// Address that others reach the installation by, for links and codes in documents; without a slash at its end.
    pub public_url: String,
    /// Key that receipts and heads of the ledger are signed with.
    pub ledger_key: SecretKey,
}

impl Settings {
    /// Usual settings with this key.
    pub fn new(ledger_key: SecretKey) -> Self {
        Self {
            name: "揭榜".to_owned(),
            password_cost: (19 * 1024, 2),
            rate_limits: true,
            public_url: "http://127.0.0.1:8080".to_owned(),
            ledger_key,
        }
    }
}

/// All use cases.
pub struct Service {
    store: Store,
    files: FileStore,
    clock: Clock,
    random: Random,
    access: Arc<access::Access>,
    calls: Arc<call::Calls>,
    attempts: identity::Attempts,
    papers: Arc<papers::Papers>,
    settings: Settings,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Service").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Service {
    /// Starts the service on a store: checks the access policies and loads the calls that are published.
    ///
    /// # Errors
    /// When the policies do not fit their schema, or a published call can no longer be read.
    pub async fn start(
        store: impl Into<Store>,
        files: FileStore,
        clock: Clock,
        random: Random,
        library: jiebang_callfile::Library,
        settings: Settings,
    ) -> Result<Arc<Self>, ServiceError> {
        let store = store.into();
        let access = Arc::new(access::Access::new()?);
        let calls = Arc::new(call::Calls::load(&library, &store).await?);
        let attempts = identity::Attempts::default();
        let papers = Arc::default();
        Ok(Arc::new(Self { store, files, clock, random, access, calls, attempts, papers, settings }))
    }

    /// The clock that every act is measured by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The store, for the operator's commands and for checks of health.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The files.
    pub fn files(&self) -> &FileStore {
        &self.files
    }

    /// Settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Answers when an act can be made durable.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn ready(&self) -> Result<(), ServiceError> {
        Ok(self.store.ping().await?)
    }
}
