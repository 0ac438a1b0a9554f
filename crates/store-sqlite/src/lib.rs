//! The store on SQLite: one file, one writer, group commit.
//!
//! [`SqliteStore`] is the whole surface: [`open`](SqliteStore::open), [`act`](SqliteStore::act),
//! [`read`](SqliteStore::read), [`ping`](SqliteStore::ping), [`statistics`](SqliteStore::statistics),
//! [`limit_size`](SqliteStore::limit_size) and [`close`](SqliteStore::close). Nothing of SQLite shows in it, so that a second
//! store can stand beside it in an `enum` with the same functions; statements and rows are those of `jiebang_store`.
//!
//! ```text
//! act ──▶ queue (bounded) ──▶ writer: BEGIN, SAVEPOINT act SAVEPOINT act …, COMMIT ──▶ all answers at once
//! read ─▶ one of a few read-only connections: BEGIN … COMMIT, one snapshot ──▶ answer
//! ```
//!
//! # What an act may rely on
//!
//! - It is answered only after a `COMMIT` with `synchronous = FULL`: what was acknowledged survives a crash and a power cut.
//! - Acts run one after another. Each stands or falls by itself: its `Err` (or panic, or running out of time) undoes what it
//!   wrote and nothing else.
//! - An act answered with a `StoreError` after it ran did not stand, with one exception that no database can avoid: if the
//!   machine stops between writing and answering, or the disk fails while the `COMMIT` is made durable, the answer is unknown.
//!   Idempotency keys are for that.
//! - While it runs everything else that writes waits, so it does nothing slow: no file, no network, no password hash.
//! - An act whose caller no longer waits is not begun.
//!
//! # The cache of checked statements
//!
//! `.sqlx` holds what SQLite said about each statement when it was last checked; a build reads it and needs no database.
//! `scripts/with-postgres.sh cargo xtask statements` makes it anew after a statement or a migration has changed, and with `--check`
//! says whether it is up to date.

#[path = "../../store/batch/mod.rs"]
mod batch;
mod connection;
mod copy;
mod error;
mod file;
mod migration;
mod reader;
mod statement;
#[path = "../../store/statements/mod.rs"]
mod statements;
mod store;
mod writer;

pub use batch::StoreStatistics;
pub(crate) use connection::Conn;
pub use copy::copy_database;
pub(crate) use statement::{columns, execute, optional, rows};
pub use store::{SqliteOptions, SqliteStore};
