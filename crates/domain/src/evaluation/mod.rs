//! Evaluation (测评): what a team promised is measured by a plan that was locked before, and held against the call and the promise.
//!
//! ```text
//! plan: indicator → method, laboratory ──lock, by hash──▶ measurements, each beside the others ──▶ verdict, computed
//!                                                              │ void, with reason                     │
//!                                                              ▼                                       ▼
//!                                                         it counts no more            ruling of a person, with reason, beside it
//! ```
//!
//! What must never happen: a method that is chosen after its result is known; a measurement that disappears; a verdict that nobody
//! can recompute; a ruling that hides what was computed.

mod assess;
mod faults;
mod judge;
mod model;
mod nested;
mod plan;
#[cfg(test)]
mod tests;

pub use assess::{Assessment, Case, assess, assess_own};
pub use faults::EvaluationFault;
pub use model::{Measurement, Overall, Verdict, overall};
pub use nested::nested_faults;
pub use plan::{EvaluationPlan, Lock, PlanItem, Rule, Waiver};
