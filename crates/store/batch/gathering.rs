//! A batch while it is gathered: what is taken from the queue, run, refused, counted. The same for every database.

use crate::{
    act::{Done, Waiting},
    statistics::{Counters, count},
    writer::Message,
};
use jiebang_store::StoreError;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::mpsc;

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

    /// Takes the next act that waits, if the next message is one.
    pub(crate) fn take_next(&mut self, queue: &mut mpsc::Receiver<Message>, counters: &Counters) {
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
