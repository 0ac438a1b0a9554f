//! The notice as data (榜单): what a call says, and how each of its rules is judged.
//!
//! A [`Call`] is made by the call-file reader, which has checked names, types, clauses and limits; nothing here can be out of
//! place any more. What must never happen: a rule without a clause or the operator as its source.

mod expression;
mod model;
mod rules;
mod wording;

pub use expression::{
    Expression, ExpressionFault, Fact, Facts, Kind, Scope, Undecided, with_room_for_expressions,
};
pub use model::*;
pub use rules::*;
pub use wording::{
    anchor_words, deadline_words, english_date, instant_words, item_words, limit_words, period_run,
    period_words,
};
