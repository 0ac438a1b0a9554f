//! Acts on their way into the database, the same for every one: put into a queue, gathered into a batch, answered after its commit.
//!
//! The crate that includes this module gives `Conn`, the connection of its driver.

mod act;
mod gathering;
mod queue;
mod statistics;
mod writing;

pub(crate) use gathering::{Gathering, Growth};
pub(crate) use queue::{Message, Queue};
pub use statistics::StoreStatistics;
pub(crate) use statistics::{Counters, count};
pub(crate) use writing::{Writing, write};
