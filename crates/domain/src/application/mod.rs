//! The application (申报): what an organisation writes, what is wrong with it, and its way to a receipt.
//!
//! ```text
//! Draft ──submit──▶ Submitted ──reopen──▶ Reopened ──submit──▶ Submitted …
//!   └────withdraw────────┴────────────────────┴────▶ Withdrawn
//! ```
//!
//! What must never happen: an act after the applicant's deadline; a submission with a refusal among its findings; a submitted
//! version that changes.

mod content;
mod dates;
mod facts;
mod findings;
mod transitions;

pub use content::{Content, Draft, EvidenceFile, MEMBER, PARTNERS, Row, Signature, Value};
pub use dates::{date, date_fault};
pub use facts::{PLAN_COLUMNS, facts};
pub use findings::{ROWS_MAX, VALUE_CHARACTERS_MAX, applicable, field_findings, findings};
pub use transitions::{Application, ApplicationEvent, ApplicationState, Refusal, Submission};
