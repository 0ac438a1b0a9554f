//! The store on PostgreSQL: the same surface as the store on SQLite, the same statements, checked against this database.
//!
//! ```text
//! act ──▶ queue (bounded) ──▶ writer: BEGIN, lock, SAVEPOINT act …, COMMIT ──▶ all answers at once
//! read ─▶ one of a few connections: BEGIN REPEATABLE READ READ ONLY … COMMIT, one snapshot ──▶ answer
//! ```
//!
//! What an act may rely on is the same too, see `jiebang_store_sqlite`. Durability is the server's; where
//! `synchronous_commit` is off, the writer sets it on for itself.
//!
//! # The cache of checked statements
//!
//! `.sqlx` holds what PostgreSQL said about each statement when it was last checked; a build reads it and needs no database.

mod address;
#[path = "../../store/batch/mod.rs"]
mod batch;
mod connection;
mod error;
mod hosts;
mod migration;
mod reader;
mod statement;
#[path = "../../store/statements/mod.rs"]
mod statements;
mod store;
mod writer;

pub use batch::StoreStatistics;
pub(crate) use connection::Conn;
pub(crate) use statement::{columns, execute, optional, rows};
pub use store::{PostgresOptions, PostgresStore};
