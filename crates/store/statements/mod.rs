//! Every statement, once: compiled into each store crate and checked there against that crate's own database.
//!
//! The crate that includes this module gives `Conn`, the connection of its driver, and four macros around `sqlx`'s own:
//!
//! - `execute!(connection, "…", argument, …)` is the number of rows that were changed,
//! - `rows!(connection, Row, "…", argument, …)` is all rows, `optional!(…)` the only one or none,
//! - `columns!(Row { field, … })` lists the fields of a row, for drivers that cannot learn them from `sqlx`.
//!
//! An error of the database ends the act: every later statement of the act is refused with the same error. PostgreSQL takes
//! no further statement after an error, and SQLite may already have rolled the whole transaction back, so that going on would
//! write outside of it. So that an act may go on after them, the refusals that a rule can meet (`Duplicate` of a code,
//! `Stale`) are no errors of the database here: they are rows that were not changed.
//!
//! Statements use `$1` parameters, `returning`, `on conflict` and nothing that only one database knows. What the databases
//! report differently says what it is: `as "name!"` is never null, `as "name?"` may be, `as "name: bool"` is a yes or no.

mod application;
mod call;
mod identity;
mod ledger;
mod recommendation;

use jiebang_store::StoreError;

/// Refuses when no row was changed.
fn changed(rows: u64, otherwise: impl FnOnce() -> StoreError) -> Result<(), StoreError> {
    if rows == 0 { Err(otherwise()) } else { Ok(()) }
}

/// Refuses when the row that would have been added stands already.
fn added(rows: u64, constraint: &str) -> Result<(), StoreError> {
    changed(rows, || StoreError::Duplicate(constraint.to_owned()))
}

/// A count.
struct Count {
    count: i64,
}

crate::columns!(Count { count });
