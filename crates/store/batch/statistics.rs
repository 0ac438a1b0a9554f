//! What the writer has done so far.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts since the store was opened, for metrics. All but `acts_waiting` only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStatistics {
    /// Acts that stand.
    pub acts: u64,
    /// Acts that ended in an error of their own and were undone.
    pub acts_undone: u64,
    /// Acts that no longer had anyone waiting when their turn came, and were not begun.
    pub acts_abandoned: u64,
    /// Transactions that were committed.
    pub batches: u64,
    /// Transactions that failed as a whole.
    pub batches_failed: u64,
    /// Most acts that shared one commit.
    pub largest_batch: u64,
    /// Acts in the queue now.
    pub acts_waiting: u64,
    /// Readings.
    pub readings: u64,
}

/// The same, while it is counted.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) acts: AtomicU64,
    pub(crate) acts_undone: AtomicU64,
    pub(crate) acts_abandoned: AtomicU64,
    pub(crate) batches: AtomicU64,
    pub(crate) batches_failed: AtomicU64,
    pub(crate) largest_batch: AtomicU64,
    pub(crate) readings: AtomicU64,
}

impl Counters {
    pub(crate) fn statistics(&self, acts_waiting: u64) -> StoreStatistics {
        StoreStatistics {
            acts: self.acts.load(Relaxed),
            acts_undone: self.acts_undone.load(Relaxed),
            acts_abandoned: self.acts_abandoned.load(Relaxed),
            batches: self.batches.load(Relaxed),
            batches_failed: self.batches_failed.load(Relaxed),
            largest_batch: self.largest_batch.load(Relaxed),
            acts_waiting,
            readings: self.readings.load(Relaxed),
        }
    }
}

/// Adds to a counter.
pub(crate) fn count(counter: &AtomicU64, by: usize) {
    counter.fetch_add(by as u64, Relaxed);
}
