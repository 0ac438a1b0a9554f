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

//!
//! A statement that is about many rows at once is given them as one text in which each takes the same width (see [`fixed`]), and
//! takes it apart again by `with recursive part (at)`: neither an array nor a list of any length is known to both databases, and
//! asking for each row by itself is a way to the server and back for each.

mod application;
mod call;
mod evaluation;
mod identity;
mod ledger;
mod publication;
mod race;
mod recommendation;
mod selection;

use jiebang_store::StoreError;

/// Refuses when no row was changed.
fn changed(rows: u64, otherwise: impl FnOnce() -> StoreError) -> Result<(), StoreError> {
    if rows == 0 { Err(otherwise()) } else { Ok(()) }
}

/// Refuses when the row that would have been added stands already.
fn added(rows: u64, constraint: &str) -> Result<(), StoreError> {
    changed(rows, || StoreError::Duplicate(constraint.to_owned()))
}

/// Values that one statement is given at once. PostgreSQL looks for the place of each from the beginning of the text: 100 hashes take it
/// 5 ms, four times 25 take 1 ms.
const MANY: usize = 25;

/// Values beside each other, each filled up with blanks to a width in characters. One that is longer is left out: no column that is
/// compared with it holds such.
fn fixed(values: impl IntoIterator<Item = impl AsRef<str>>, width: usize) -> String {
    let values = values.into_iter().filter(|value| value.as_ref().chars().count() <= width);
    values.map(|value| format!("{:<width$}", value.as_ref())).collect()
}

/// A count.
struct Count {
    count: i64,
}

crate::columns!(Count { count });

#[cfg(test)]
mod tests {
    use super::fixed;

    #[test]
    fn values_of_one_width_stay_apart() {
        assert_eq!(fixed(["ab", "", "号c", "abcd"], 3), "ab    号c ");
    }
}
