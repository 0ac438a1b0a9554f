//! How a statement of `statements` is checked and run.
//!
//! Each macro names a statement twice. `sqlx` sees it at build time only: it asks the database (or the cache) whether the
//! statement is right, how many parameters it has and what its columns are, and the compiler compares these with the
//! arguments and with the fields of the row. `rusqlite` runs it.
//!
//! `sqlx` would run it too, but its SQLite driver keeps each connection on a thread of its own and sends each statement there
//! and back. With two processors those hops cost several times what the statements cost: a submission of four statements
//! took about 330 µs of processor time through `sqlx` and takes about 80 µs here, where an act runs on the writer's thread from
//! its first statement to its last (`benches/acts.rs`: 3,500 and 14,000 acts a second).

/// Runs a statement that returns nothing: `execute!(connection, "…", argument, …)` is the number of rows that it changed.
macro_rules! execute {
    ($connection:expr, $first:tt $(+ $more:tt)* $(, $argument:expr)* $(,)?) => {{
        if false {
            let _ = sqlx::query!($first $(+ $more)* $(, $argument)*);
        }
        tokio::task::coop::consume_budget().await;
        $connection.execute(concat!($first $(, $more)*), &[$(&$argument as &dyn rusqlite::ToSql),*])
    }};
}

/// Runs a statement that returns rows: `rows!(connection, Row, "…", argument, …)` is all of them.
macro_rules! rows {
    ($connection:expr, $row:ident, $first:tt $(+ $more:tt)* $(, $argument:expr)* $(,)?) => {{
        if false {
            let _ = sqlx::query_as!($row, $first $(+ $more)* $(, $argument)*);
        }
        tokio::task::coop::consume_budget().await;
        $connection.rows::<$row>(concat!($first $(, $more)*), &[$(&$argument as &dyn rusqlite::ToSql),*])
    }};
}

/// Runs a statement that returns a row or none: `optional!(connection, Row, "…", argument, …)`.
macro_rules! optional {
    ($connection:expr, $row:ident, $first:tt $(+ $more:tt)* $(, $argument:expr)* $(,)?) => {{
        if false {
            let _ = sqlx::query_as!($row, $first $(+ $more)* $(, $argument)*);
        }
        tokio::task::coop::consume_budget().await;
        $connection.optional::<$row>(concat!($first $(, $more)*), &[$(&$argument as &dyn rusqlite::ToSql),*])
    }};
}

/// Lists the fields of a row, so that it can be made of columns of these names.
macro_rules! columns {
    ($row:ident { $($field:ident),* $(,)? }) => {
        impl crate::connection::FromColumns for $row {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn from_columns(row: &rusqlite::Row<'_>, places: &[usize]) -> rusqlite::Result<Self> {
                let mut places = places.iter().copied();
                // Fields are evaluated in the order in which they are written here, which is that of `FIELDS`.
                Ok(Self { $($field: row.get(places.next().unwrap_or(usize::MAX))?),* })
            }
        }
    };
}

pub(crate) use {columns, execute, optional, rows};
