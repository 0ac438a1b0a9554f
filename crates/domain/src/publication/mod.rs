//! Publication (公布): lists in versions, public notice in working days with an objection desk, certificates that verify.
//!
//! ```text
//! no list ──first──▶ version 1 (public notice) ──correction, withdrawal, objection upheld──▶ version n (public notice)
//!                        └──notice over, objections answered──▶ version n+1 (final) ──correction …──▶ …
//! objection: Received ──answer──▶ Answered        Received ──taken back──▶ TakenBack
//! ```
//!
//! What must never happen: a published version that changes; a final list while its notice runs or an objection waits; an
//! anonymous objection; a deadline in working days that a holiday table does not cover.

mod certificate;
mod faults;
mod list;
mod notice;
mod objection;
mod record;

pub use certificate::{CERTIFICATE_NUMBER_MAX, Certificate, CertificateError};
pub use faults::{PublicationFault, Refusal};
pub use list::{
    Difference, ListEntry, ListStanding, ListVersion, NewVersion, PublishedList, VersionReason, VersionStage,
    differences,
};
pub use notice::{FirstDay, NoticePeriod, NoticeRule, NoticeStage, notice_period};
pub use objection::{
    AnswerObjection, LodgeObjection, OBJECTION_CHARACTERS_MAX, Objection, ObjectionState, Objector, Outcome,
};
pub use record::{
    Departure, ListFile, Record, RecordedEntrant, RecordedSheet, Roster, RosterLine, label_of, lot_seed,
};
