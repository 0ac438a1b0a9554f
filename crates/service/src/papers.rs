//! Official documents (文书): made apart from acts, one at a time, and kept for a while.
//!
//! What must never happen: an act that waits for a document; a queue or a store of documents without end; a document of another
//! content than the one that was asked for.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiebang_documents::{Fault, Fonts};
use tokio::sync::{Semaphore, watch};

use crate::ServiceError;

/// Most documents that wait to be made.
const WAITING_MAX: usize = 32;
/// Most bytes of finished documents that are kept.
const KEPT_BYTES_MAX: usize = 32 << 20;
/// How long somebody who asks waits before being told how far it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// Seconds after which it is worth asking again when too many wait.
const RETRY_SECONDS: u64 = 10;

/// A document, or how far it is (文书进度).
#[derive(Clone, Debug)]
pub enum Paper {
    /// It is there.
    Ready(Bytes),
    /// So many are made before it; ask again.
    Waiting(usize),
}

type Made = Option<Result<Bytes, Fault>>;

/// Makes documents and keeps them under a key that says everything that they are made from.
pub(crate) struct Papers {
    fonts: OnceLock<Result<Fonts, Fault>>,
    press: Semaphore,
    waiting: AtomicUsize,
    shelf: Mutex<Shelf>,
}

/// Documents that are made or being made, by key; the oldest go first.
#[derive(Default)]
struct Shelf {
    by_key: HashMap<String, watch::Receiver<Made>>,
    order: VecDeque<(String, usize)>,
    bytes: usize,
}

impl Default for Papers {
    fn default() -> Self {
        Self {
            fonts: OnceLock::new(),
            press: Semaphore::new(1),
            waiting: AtomicUsize::new(0),
            shelf: Mutex::default(),
        }
    }
}

impl Papers {
    /// The document of a key, made by `make` if it is not there. One who asks while it is being made waits for the same.
    pub(crate) async fn get(
        self: &Arc<Self>,
        key: String,
        make: impl FnOnce(&Fonts) -> Result<Bytes, Fault> + Send + 'static,
    ) -> Result<Paper, ServiceError> {
        let mut made = self.ordered(key, make)?;
        let waited = tokio::time::timeout(PATIENCE, made.wait_for(Option::is_some)).await;
        match waited {
            Ok(Ok(found)) => match found.as_ref() {
                Some(Ok(bytes)) => Ok(Paper::Ready(bytes.clone())),
                Some(Err(fault)) => Err(ServiceError::Document(fault.clone())),
                None => Ok(Paper::Waiting(0)),
            },
            Ok(Err(_)) => Err(ServiceError::Internal("a document was given up".to_owned())),
            Err(_) => Ok(Paper::Waiting(self.waiting.load(Ordering::Relaxed).saturating_sub(1))),
        }
    }

    /// Finds the document, or puts it into the queue.
    fn ordered(
        self: &Arc<Self>,
        key: String,
        make: impl FnOnce(&Fonts) -> Result<Bytes, Fault> + Send + 'static,
    ) -> Result<watch::Receiver<Made>, ServiceError> {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = shelf.by_key.get(&key) {
            return Ok(found.clone());
        }
        if self.waiting.load(Ordering::Relaxed) >= WAITING_MAX {
            return Err(ServiceError::TooMany(RETRY_SECONDS));
        }
        let (done, made) = watch::channel(None);
        shelf.by_key.insert(key.clone(), made.clone());
        drop(shelf);
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let papers = self.clone();
        tokio::spawn(async move {
            let result = papers.press(make).await;
            papers.waiting.fetch_sub(1, Ordering::Relaxed);
            papers.keep(key, &result);
            done.send_replace(Some(result));
        });
        Ok(made)
    }

    async fn press(
        self: &Arc<Self>,
        make: impl FnOnce(&Fonts) -> Result<Bytes, Fault> + Send + 'static,
    ) -> Result<Bytes, Fault> {
        let fault = |error: &dyn std::fmt::Display| Fault::Typesetting(error.to_string());
        let _turn = self.press.acquire().await.map_err(|error| fault(&error))?;
        let papers = self.clone();
        let made = tokio::task::spawn_blocking(move || {
            let fonts = papers.fonts.get_or_init(|| Fonts::find(None)).clone()?;
            make(&fonts)
        });
        made.await.map_err(|error| fault(&error))?
    }

    /// Keeps what was made, and lets the oldest go; what failed is tried again when it is asked for again.
    fn keep(&self, key: String, made: &Result<Bytes, Fault>) {
        let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        let Ok(bytes) = made else {
            shelf.by_key.remove(&key);
            return;
        };
        shelf.bytes += bytes.len();
        shelf.order.push_back((key, bytes.len()));
        while shelf.bytes > KEPT_BYTES_MAX && shelf.order.len() > 1 {
            let Some((oldest, length)) = shelf.order.pop_front() else { break };
            shelf.by_key.remove(&oldest);
            shelf.bytes -= length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    fn bytes(paper: Paper) -> Bytes {
        match paper {
            Paper::Ready(bytes) => bytes,
            Paper::Waiting(ahead) => panic!("{ahead} ahead"),
        }
    }

    /// Papers whose fonts are not asked for.
    fn papers() -> Arc<Papers> {
        Arc::new(Papers::default())
    }

    #[tokio::test]
    async fn what_many_ask_for_at_once_is_made_once() {
        let (papers, made) = (papers(), Arc::new(AtomicUsize::new(0)));
        let ask = |key: &'static str| {
            let (papers, made) = (papers.clone(), made.clone());
            async move {
                let make = move |_: &Fonts| {
                    made.fetch_add(1, Ordering::SeqCst);
                    Ok(Bytes::from(key))
                };
                bytes(papers.get(key.to_owned(), make).await.unwrap())
            }
        };
        let all = tokio::join!(ask("a"), ask("a"), ask("b"), ask("a"));
        assert_eq!([all.0, all.1, all.2, all.3], ["a", "a", "b", "a"]);
        assert_eq!(ask("b").await, "b");
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_failed_is_tried_again() {
        let papers = papers();
        let failed = papers.get("k".to_owned(), |_| Err(Fault::AddressTooLong)).await;
        assert!(matches!(failed, Err(ServiceError::Document(Fault::AddressTooLong))), "{failed:?}");
        assert_eq!(bytes(papers.get("k".to_owned(), |_| Ok(Bytes::from("whole"))).await.unwrap()), "whole");
    }

    #[tokio::test]
    async fn the_shelf_and_the_queue_have_an_end() {
        let papers = papers();
        for nth in 0..10 {
            let make = |_: &Fonts| Ok(Bytes::from(vec![0; 5 << 20]));
            papers.get(nth.to_string(), make).await.unwrap();
            let shelf = papers.shelf.lock().unwrap();
            assert!(shelf.bytes <= KEPT_BYTES_MAX && shelf.by_key.len() <= 6, "{}", shelf.bytes);
        }
        let turn = papers.press.acquire().await.unwrap();
        for nth in 0..WAITING_MAX {
            papers.ordered(format!("waits {nth}"), |_| Ok(Bytes::new())).unwrap();
        }
        let refused = papers.ordered("one too many".to_owned(), |_| Ok(Bytes::new()));
        assert!(matches!(refused, Err(ServiceError::TooMany(_))));
        drop(turn);
    }
}
