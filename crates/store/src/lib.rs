//! What is kept, and the one interface to it.
//!
//! A room has one file on this floor: its rows and its trait. The statements behind the traits are written once, in
//! `statements/`, and compiled into one crate for each database, where each is checked against that database when it is
//! built. Nothing here decides anything: rules live in `domain`, permission lives in `service`.
//!
//! - A **reading** sees one snapshot and changes nothing.
//! - An **act** is one closure that loads, decides and saves; it is acknowledged only when its rows, its event and its outbox
//!   entries are durable, all or none.

mod application;
mod call;
mod evaluation;
mod identity;
mod ledger;
mod publication;
mod race;
mod recommendation;
mod selection;

use std::{future::Future, pin::Pin};

pub use application::{
    ApplicationFilter, ApplicationRow, ApplicationRows, FileRow, SectionRow, SubmissionRow,
};
pub use call::{CallRow, CallRows};
pub use evaluation::{EvaluationPlanRow, EvaluationRows, MeasurementRow, RulingRow};
pub use identity::{AccountRow, ApiTokenRow, IdentityRows, InvitationRow, OrganisationRow, SessionRow};
pub use ledger::{CheckpointRow, EventRow, IdempotencyRow, LedgerRows, NewEvent, OutboxRow};
pub use publication::{ObjectionRow, PublicationRows, PublishedListRow, RecordRow};
pub use race::{BaselineRow, ChangeRow, RaceRows, ReportRow, TaskTeams, TeamName, TeamRow};
pub use recommendation::{
    AssessmentRow, ConfirmedListRow, DeskCounts, DeskFilter, DeskRow, DeskTally, OpinionRow, ProjectRow,
    RecommendationRow, RecommendationRows, ReturnRow, SignatureRow,
};
pub use selection::{
    AssignmentRow, CandidateRow, ConflictRow, ExpertRow, FormCheckRow, OverrideRow, PlanRow, Pool,
    SelectionRows, SheetKey, SheetRow,
};

/// A boxed future that borrows for `'a`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Why the store could not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A row with this key exists already; names the constraint.
    #[error("a row with this key exists already: {0}")]
    Duplicate(String),
    /// The row is not there, or has changed since it was read.
    #[error("the row changed since it was read")]
    Stale,
    /// The disk is full or the file cannot be written.
    #[error("nothing can be written: {0}")]
    Full(String),
    /// More acts wait than the limit allows; try again.
    #[error("too many acts wait")]
    Busy,
    /// What stands there is no database, a corrupt one, or one that a newer version wrote.
    #[error("this is no database that this version can use: {0}")]
    Foreign(String),
    /// The database does not answer or answers wrongly.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// The connection broke while the act was committed: it may stand or not.
    #[error("whether it was done is not known: {0}")]
    Unsure(String),
    /// The address of the database cannot be used as it is written; in Chinese and in English. Neither repeats it.
    #[error("{en}")]
    Address {
        /// In Chinese.
        zh: String,
        /// In English.
        en: String,
    },
    /// The connection to the database cannot be protected as its address asks.
    #[error("the connection to the database cannot be protected: {0}")]
    Insecure(String),
}

/// All statements of all rooms on one connection.
pub trait Connection:
    IdentityRows
    + CallRows
    + ApplicationRows
    + RecommendationRows
    + SelectionRows
    + RaceRows
    + EvaluationRows
    + PublicationRows
    + LedgerRows
    + Send
{
}

impl<T> Connection for T where
    T: IdentityRows
        + CallRows
        + ApplicationRows
        + RecommendationRows
        + SelectionRows
        + RaceRows
        + EvaluationRows
        + PublicationRows
        + LedgerRows
        + Send
{
}

/// An act: a closure over the connection; `Err` rolls back what it wrote, and only that.
pub type Act<T, E> = Box<dyn for<'a> FnOnce(&'a mut dyn Connection) -> BoxFuture<'a, Result<T, E>> + Send>;
