//! Evaluation (测评): the plan of a team is locked, laboratories measure, verdicts are computed, the office may rule otherwise.
//!
//! ```text
//! plan ──save…──▶ lock, by SHA-256 ──▶ measure … ──▶ verdict, computed when it is read ──▶ rule, beside it
//!                                        └──▶ void, with reason
//! ```
//!
//! What must never happen: a measurement under a plan that was changed after it; a measurement or a ruling that takes the place of
//! another one.

mod loaded;
mod measure;
mod plan;
mod rule;
mod view;

use jiebang_domain::evaluation::EvaluationFault;
use jiebang_store::StoreError;

use crate::ServiceError;

pub use measure::{EnterMeasurement, VoidMeasurement};
pub use plan::SaveEvaluationPlan;
pub use rule::RuleVerdict;
pub use view::{EvaluationLine, EvaluationView, RulingView};

/// Longest text of this room, in Unicode characters.
const WORDS_MAX: usize = 2_000;

/// What the rules of the evaluation refuse.
fn refused(faults: &[EvaluationFault]) -> Result<(), ServiceError> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(ServiceError::Invalid(faults.iter().map(EvaluationFault::finding).collect()))
}

/// Refuses an act on what somebody else has changed meanwhile.
fn fresh(seen: i64, stands: i64) -> Result<(), ServiceError> {
    if seen == stands { Ok(()) } else { Err(StoreError::Stale.into()) }
}

fn internal(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::Internal(format!("evaluation: {error}"))
}
