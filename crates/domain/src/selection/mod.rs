//! Selecting (遴选): form checks, conflicts of interest, scores, the order of what was scored, and who stands on a list.
//!
//! ```text
//! plan ─┬─▶ score sheet ─▶ total ─┐
//!       ├─▶ tie chain ────────────┼─▶ rank in its group ─▶ class, under caps ─▶ list
//!       └─▶ classes, caps ◀─ overrides, with reason and approver
//! ```
//!
//! A list is a function of published inputs: it depends neither on their order nor on anything else, and all arithmetic is of whole
//! numbers.
//!
//! What must never happen: an expert who scores what touches the expert; a missing score that counts; a place that an officer gives
//! to an application and not to its score.

mod conflict;
mod merit;
mod place;
mod plan;
mod sheet;

pub use conflict::{Conflict, Employer, Party, Relation, conflicts};
pub use merit::{Mean, merit};
pub use place::{Entry, Left, Override, Placement, Placing, place};
pub use plan::{CheckItem, Criterion, GroupKey, Plan, PlanFault, ResultClass, Tie};
pub use sheet::{HUNDREDTHS, Score, Sheet, sheet_findings};
