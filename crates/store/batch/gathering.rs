//! A batch while it is gathered: what is taken from the queue, run, refused, counted.

use super::act::{Done, Waiting};
use super::queue::Message;
use super::statistics::{Counters, count};
use jiebang_store::StoreError;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// How far a batch may grow.
pub(crate) struct Growth {
    acts_max: usize,
    ends_at: Instant,
}

impl Growth {
    /// A batch that begins now takes so many acts, and none any more after this time.
    pub(crate) fn begin(acts_max: usize, time_max: Duration) -> Self {
        Self { acts_max, ends_at: Instant::now() + time_max }
    }
}

/// A batch while it is gathered.
pub(crate) struct Gathering {
    /// Taken from the queue and not begun.
    pub(crate) next: Option<Box<dyn Waiting>>,
    /// Taken from the queue and no act; ends the batch.
    pub(crate) other: Option<Message>,
    /// Run and not answered.
    pub(crate) done: Vec<Box<dyn Done>>,
}

impl Gathering {
    /// A batch that begins with this act.
    pub(crate) fn new(first: Box<dyn Waiting>) -> Self {
        Self { next: Some(first), other: None, done: Vec::new() }
    }

    /// Notes an act that has run, and takes the next one that waits while the batch may grow. Returns whether the act stands, and
    /// whether another follows.
    pub(crate) fn ran(
        &mut self,
        done: Box<dyn Done>,
        growth: &Growth,
        queue: &mut mpsc::Receiver<Message>,
        counters: &Counters,
    ) -> (bool, bool) {
        let stands = done.stands();
        self.done.push(done);
        if self.done.len() < growth.acts_max && Instant::now() < growth.ends_at {
            self.take_next(queue, counters);
        }
        (stands, self.next.is_some())
    }

    /// Takes the next act that waits, if the next message is one.
    fn take_next(&mut self, queue: &mut mpsc::Receiver<Message>, counters: &Counters) {
        while self.next.is_none() && self.other.is_none() {
            match queue.try_recv() {
                Ok(Message::Act(act)) if act.is_abandoned() => count(&counters.acts_abandoned, 1),
                Ok(Message::Act(act)) => self.next = Some(act),
                Ok(other) => self.other = Some(other),
                Err(_) => return,
            }
        }
    }

    /// Refuses the act that was taken and not begun. If none was begun, those that wait are refused too: they would meet the
    /// same, and each would have to wait for it again.
    pub(crate) fn refuse_waiting(
        &mut self,
        queue: &mut mpsc::Receiver<Message>,
        counters: &Counters,
        error: &StoreError,
    ) {
        let waiting = if self.done.is_empty() { queue.len() } else { 0 };
        for _ in 0..waiting {
            if let Some(act) = self.next.take() {
                act.refuse(error.clone());
            }
            self.take_next(queue, counters);
        }
        if let Some(act) = self.next.take() {
            act.refuse(error.clone());
        }
    }

    /// Answers all that was run, with its own result or with the failure of the batch, and returns the message that ended it.
    pub(crate) fn answer(self, failure: Option<&StoreError>, counters: &Counters) -> Option<Message> {
        if failure.is_some() {
            count(&counters.batches_failed, 1);
        } else {
            let stand = self.done.iter().filter(|act| act.stands()).count();
            count(&counters.batches, 1);
            count(&counters.acts, stand);
            count(&counters.acts_undone, self.done.len() - stand);
            counters.largest_batch.fetch_max(self.done.len() as u64, Relaxed);
        }
        for done in self.done {
            done.answer(failure);
        }
        self.other
    }
}
