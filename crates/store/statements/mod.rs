//! Every statement, once: compiled into each store crate and checked there against that crate's own database.
//!
//! The crate that includes this module gives `Conn`, the connection of its driver, with two functions:
//!
//! - `ready()` lends the driver's connection, or refuses when an earlier statement of the same act has failed. After a failure
//!   PostgreSQL takes no further statement, and SQLite may already have rolled the whole transaction back, so that going on
//!   would write outside of it. An act that meets an error can only return it.
//! - `settle()` turns the driver's error into a `StoreError` and remembers that there was one.
//!
//! So that an act may go on after them, the refusals that a rule can meet (`Duplicate` of a code, `Stale`) are no errors of
//! the database here: they are rows that were not changed.
//!
//! Statements use `$1` parameters, `returning`, `on conflict` and nothing that only one database knows. What the databases
//! report differently says what it is: `as "name!"` is never null, `as "name?"` may be, `as "name: bool"` is a yes or no.

mod application;
mod call;
mod identity;
mod ledger;

use jiebang_store::StoreError;

/// Refuses when no row was changed.
fn changed(rows: u64, otherwise: impl FnOnce() -> StoreError) -> Result<(), StoreError> {
    if rows == 0 { Err(otherwise()) } else { Ok(()) }
}

/// Refuses when the row that would have been added stands already.
fn added(rows: u64, constraint: &str) -> Result<(), StoreError> {
    changed(rows, || StoreError::Duplicate(constraint.to_owned()))
}
