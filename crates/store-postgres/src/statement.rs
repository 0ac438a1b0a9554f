//! How a statement of `statements` is checked and run: `sqlx` does both.
//!
//! An error of the database ends the act (see `statements`): PostgreSQL itself takes no further statement after one.

/// Runs a statement that returns nothing: `execute!(connection, "…", argument, …)` is the number of rows that it changed.
macro_rules! execute {
    ($connection:expr, $first:tt $(+ $more:tt)* $(, $argument:expr)* $(,)?) => {
        match $connection.ready() {
            Err(failure) => Err(failure),
            Ok(driver) => {
                let done = sqlx::query!($first $(+ $more)* $(, $argument)*).execute(driver).await;
                $connection.noted(done.map(|done| done.rows_affected()))
            }
        }
    };
}

/// Runs a statement that returns rows: `rows!(connection, Row, "…", argument, …)` is all of them.
macro_rules! rows {
    ($connection:expr, $row:ident, $first:tt $(+ $more:tt)* $(, $argument:expr)* $(,)?) => {
        match $connection.ready() {
            Err(failure) => Err(failure),
            Ok(driver) => {
                let found = sqlx::query_as!($row, $first $(+ $more)* $(, $argument)*).fetch_all(driver).await;
                $connection.noted(found)
            }
        }
    };
}

/// Runs a statement that returns a row or none: `optional!(connection, Row, "…", argument, …)`.
macro_rules! optional {
    ($connection:expr, $row:ident, $first:tt $(+ $more:tt)* $(, $argument:expr)* $(,)?) => {
        match $connection.ready() {
            Err(failure) => Err(failure),
            Ok(driver) => {
                let found = sqlx::query_as!($row, $first $(+ $more)* $(, $argument)*).fetch_optional(driver).await;
                $connection.noted(found)
            }
        }
    };
}

/// Lists the fields of a row; `sqlx` learns them by itself.
macro_rules! columns {
    ($row:ident { $($field:ident),* $(,)? }) => {};
}

pub(crate) use {columns, execute, optional, rows};
