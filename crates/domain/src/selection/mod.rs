//! Selection (遴选): form check, conflicts, score sheets, and the placing of applications into classes of result.
//!
//! ```text
//! form check ─refused─▶ out, with reasons
//!     │ passed
//! experts without conflict ─▶ sheets: Drafted ─submit─▶ Submitted(1) ─revise, with reason─▶ Submitted(2) …
//!     │ enough sheets
//! select: mean ─▶ ties ─▶ place in the group ─▶ class under its cap          (the same again for the winners)
//! ```
//!
//! What a notice is silent about is the operator's published [`Plan`]. All arithmetic is exact; nothing depends on the order of what
//! comes in. What must never happen: an expert who scores in spite of a conflict; a cap exceeded without an [`Override`]; an
//! override that names an application; two applications on one place unless the plan admits all that are tied.

mod amendment;
mod conflicts;
mod faults;
mod form_check;
mod placement;
mod plan;
mod points;
mod ranking;
mod rubric;
mod sheet;
mod words;

#[cfg(test)]
mod tests;

pub use amendment::{Progress, amendment_findings};
pub use conflicts::{
    Conflict, ConflictRule, Declaration, Declarer, Employment, Expert, Party, Refusal, Team, conflicts,
    may_assign,
};
pub use form_check::{CheckAnswer, FormCheck, form_check};
pub use placement::{Entrant, Inputs, Missed, Override, Placement, Selection, Tally, Why, select};
pub use plan::{
    Aggregation, Cap, CheckItem, Class, DecisionRule, EvaluationTerms, GroupKey, NoticeTerms, Plan,
    RaceTerms, Recusal, Stage, Tie,
};
pub use points::Points;
pub use ranking::lot;
pub use rubric::{Criterion, Marked, Rubric, RubricFault, Veto};
pub use sheet::{ScoreSheet, SheetRefusal, SheetState};
pub use words::{class_words, missed_words, placement_words};
