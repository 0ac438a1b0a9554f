//! Official documents (文书): made apart from acts, and kept for a while. Short ones are made one at a time, and long ones beside
//! them one at a time, so that a table of thousands of rows keeps nobody from his book.
//!
//! What must never happen: an act that waits for a document; a queue or a store of documents without end; a document of another
//! content than the one that was asked for; a place in the queue for nobody; a short document behind a long one.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use jiebang_documents::{Fault, Fonts, Frozen};
use jiebang_store::StoreError;
use tokio::sync::{OnceCell, Semaphore, oneshot, watch};
use tokio::time::Instant;

use crate::{ServiceError, ledger};

/// Most documents that wait to be made, of either length.
const WAITING_MAX: usize = 32;
/// Most bytes of what a short document is made from: a book of a hundred pages, a table of some four hundred rows. The typesetter is
/// done with either in less than a second.
const SHORT_BYTES_MAX: usize = 256 << 10;
/// Most bytes of finished documents that are kept.
const KEPT_BYTES_MAX: usize = 32 << 20;
/// How long somebody who asks waits before being told how far it is.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long after it was last asked for a document is still wanted: the page of the queue asks every two seconds.
const WANTED: Duration = Duration::from_secs(30);
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

/// What a document says of the record that it shows.
pub(crate) struct Stamp {
    pub(crate) number: String,
    /// SHA-256 of the frozen content, hexadecimal.
    pub(crate) sha256: String,
    /// Where anybody can hold the document against the record.
    pub(crate) address: String,
}

impl Stamp {
    pub(crate) fn frozen(&self) -> Frozen<'_> {
        Frozen { number: &self.number, sha256: &self.sha256, address: &self.address }
    }
}

/// Why there is no document, told to all who wait for it.
#[derive(Clone, Debug)]
enum Failed {
    Document(Fault),
    Store(StoreError),
    Internal(String),
}

impl From<ServiceError> for Failed {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Document(fault) => Self::Document(fault),
            ServiceError::Store(error) => Self::Store(error),
            error => Self::Internal(error.to_string()),
        }
    }
}

impl From<Failed> for ServiceError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Document(fault) => Self::Document(fault),
            Failed::Store(error) => Self::Store(error),
            Failed::Internal(words) => Self::Internal(words),
        }
    }
}

type Made = Option<Result<Bytes, Failed>>;

/// What is ordered: a key that says everything that the document is made from, and whether that is much.
#[derive(Clone, Debug)]
struct Order {
    key: String,
    length: Length,
}

/// Which queue a document waits in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Length {
    Short,
    Long,
}

impl Order {
    /// The order of a document that is made from `from`.
    fn of(from: &str) -> Self {
        let length = if from.len() > SHORT_BYTES_MAX { Length::Long } else { Length::Short };
        Self { key: ledger::sha256(from.as_bytes()), length }
    }
}

/// A queue, and the press at its end.
struct Queue {
    press: Semaphore,
    waiting: AtomicUsize,
}

impl Default for Queue {
    fn default() -> Self {
        Self { press: Semaphore::new(1), waiting: AtomicUsize::new(0) }
    }
}

/// Makes documents and keeps them under a key that says everything that they are made from, fonts included.
#[derive(Default)]
pub(crate) struct Papers {
    fonts: OnceCell<Fonts>,
    short: Queue,
    long: Queue,
    shelf: Mutex<Shelf>,
}

/// Documents that are made or being made, by key; the oldest go first.
#[derive(Default)]
struct Shelf {
    by_key: HashMap<String, Sheet>,
    order: VecDeque<(String, usize)>,
    bytes: usize,
}

/// A document, there or to come.
struct Sheet {
    made: watch::Receiver<Made>,
    asked: Instant,
}

/// How much a thread that makes documents gives way to the others, from 0 to 19: people who type wait for answers of milliseconds, those
/// who asked for a document are told that it takes a moment.
#[cfg(target_os = "linux")]
const GIVES_WAY: i32 = 15;

/// Makes a document where it stands in nobody's way: on a thread of its own that runs when the others leave room.
///
/// # Errors
/// `Document`.
pub(crate) async fn set<T: Send + 'static>(
    make: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, ServiceError> {
    let (done, made) = oneshot::channel();
    let work = move || {
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::process::setpriority_process(None, GIVES_WAY) {
            tracing::debug!(%error, "a document is made as fast as everything else");
        }
        drop(done.send(make()));
    };
    let thread = std::thread::Builder::new().name("papers".to_owned()).spawn(work);
    thread.map_err(|error| ServiceError::Document(Fault::Typesetting(error.to_string())))?;
    let made = made.await.unwrap_or_else(|_| Err(Fault::Typesetting("the typesetter panicked".to_owned())));
    made.map_err(ServiceError::Document)
}

/// A place in the queue. However its work ends, the place is free again, and what was not made can be asked for anew.
struct Place {
    papers: Arc<Papers>,
    order: Order,
    /// What stands under its key is still to come.
    open: bool,
}

impl Place {
    /// Whether nobody waits for the document any more, nor asked for it of late; then it is out of the queue.
    fn gave_up(&mut self, done: &watch::Sender<Made>) -> bool {
        let mut shelf = self.papers.shelf();
        // One of those who wait is the shelf itself.
        let wanted = done.receiver_count() > 1
            || shelf.by_key.get(&self.order.key).is_some_and(|sheet| sheet.asked.elapsed() < WANTED);
        if !wanted {
            shelf.by_key.remove(&self.order.key);
            self.open = false;
        }
        !wanted
    }

    /// Keeps what was made, and lets the oldest go; what failed is tried again when it is asked for again.
    fn end(&mut self, made: &Result<Bytes, Failed>) {
        let mut shelf = self.papers.shelf();
        self.open = false;
        let Ok(bytes) = made else {
            shelf.by_key.remove(&self.order.key);
            return;
        };
        shelf.bytes += bytes.len();
        shelf.order.push_back((self.order.key.clone(), bytes.len()));
        while shelf.bytes > KEPT_BYTES_MAX && shelf.order.len() > 1 {
            let Some((oldest, length)) = shelf.order.pop_front() else { break };
            shelf.by_key.remove(&oldest);
            shelf.bytes -= length;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.papers.queue(self.order.length).waiting.fetch_sub(1, Ordering::Relaxed);
        if self.open {
            self.papers.shelf().by_key.remove(&self.order.key);
        }
    }
}

impl Papers {
    /// The fonts of this machine, looked for until they are found: an operator may install them meanwhile.
    ///
    /// # Errors
    /// `Document`.
    pub(crate) async fn fonts(&self) -> Result<Fonts, ServiceError> {
        self.fonts.get_or_try_init(|| set(|| Fonts::find(None))).await.cloned()
    }

    /// The document that is made from `from`, by `work` if it is not there. One who asks while it is being made waits for the same;
    /// who stops waiting leaves the others undisturbed.
    ///
    /// # Errors
    /// `TooMany` when too many wait; those of `work`.
    pub(crate) async fn get(
        self: &Arc<Self>,
        from: &str,
        work: impl Future<Output = Result<Bytes, ServiceError>> + Send + 'static,
    ) -> Result<Paper, ServiceError> {
        let order = Order::of(from);
        let waiting = &self.queue(order.length).waiting;
        let mut made = self.ordered(order, work)?;
        let waited = tokio::time::timeout(PATIENCE, made.wait_for(Option::is_some)).await;
        match waited {
            Ok(Ok(found)) => match found.as_ref() {
                Some(Ok(bytes)) => Ok(Paper::Ready(bytes.clone())),
                Some(Err(failed)) => Err(failed.clone().into()),
                None => Ok(Paper::Waiting(0)),
            },
            Ok(Err(_)) => Err(ServiceError::Internal("a document was given up".to_owned())),
            Err(_) => Ok(Paper::Waiting(waiting.load(Ordering::Relaxed).saturating_sub(1))),
        }
    }

    fn queue(&self, length: Length) -> &Queue {
        match length {
            Length::Short => &self.short,
            Length::Long => &self.long,
        }
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds the document, or puts it into the queue.
    fn ordered(
        self: &Arc<Self>,
        order: Order,
        work: impl Future<Output = Result<Bytes, ServiceError>> + Send + 'static,
    ) -> Result<watch::Receiver<Made>, ServiceError> {
        let mut shelf = self.shelf();
        let asked = Instant::now();
        let queue = self.queue(order.length);
        if let Some(found) = shelf.by_key.get_mut(&order.key) {
            found.asked = asked;
            return Ok(found.made.clone());
        }
        if queue.waiting.load(Ordering::Relaxed) >= WAITING_MAX {
            return Err(ServiceError::TooMany(RETRY_SECONDS));
        }
        let (done, made) = watch::channel(None);
        shelf.by_key.insert(order.key.clone(), Sheet { made: made.clone(), asked });
        queue.waiting.fetch_add(1, Ordering::Relaxed);
        drop(shelf);
        let papers = self.clone();
        let length = order.length;
        let mut place = Place { papers: self.clone(), order, open: true };
        tokio::spawn(async move {
            // The semaphore is never closed.
            let Ok(_turn) = papers.queue(length).press.acquire().await else { return };
            if place.gave_up(&done) {
                return;
            }
            let made = work.await.map_err(Failed::from);
            place.end(&made);
            done.send_replace(Some(made));
        });
        Ok(made)
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

    fn papers() -> Arc<Papers> {
        Arc::new(Papers::default())
    }

    #[tokio::test]
    async fn what_many_ask_for_at_once_is_made_once() {
        let (papers, made) = (papers(), Arc::new(AtomicUsize::new(0)));
        let ask = |key: &'static str| {
            let (papers, made) = (papers.clone(), made.clone());
            async move {
                let work = async move {
                    made.fetch_add(1, Ordering::SeqCst);
                    Ok(Bytes::from(key))
                };
                bytes(papers.get(key, work).await.unwrap())
            }
        };
        let all = tokio::join!(ask("a"), ask("a"), ask("b"), ask("a"));
        assert_eq!([all.0, all.1, all.2, all.3], ["a", "a", "b", "a"]);
        assert_eq!(ask("b").await, "b");
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_failed_is_tried_again_and_leaves_its_place() {
        let papers = papers();
        let failed = papers.get("k", set(|| Err(Fault::AddressTooLong))).await;
        assert!(matches!(failed, Err(ServiceError::Document(Fault::AddressTooLong))), "{failed:?}");
        let full = async { Err(ServiceError::Store(StoreError::Busy)) };
        let failed = papers.get("k", full).await;
        assert!(matches!(failed, Err(ServiceError::Store(StoreError::Busy))), "{failed:?}");
        let failed = papers.get("k", async { panic!("a fault of ours") }).await;
        assert!(matches!(failed, Err(ServiceError::Internal(_))), "{failed:?}");
        let failed = papers.get("k", set(|| panic!("a fault of the typesetter"))).await;
        assert!(matches!(failed, Err(ServiceError::Document(Fault::Typesetting(_)))), "{failed:?}");
        let whole = papers.get("k", set(|| Ok(Bytes::from("whole")))).await;
        assert_eq!(bytes(whole.unwrap()), "whole");
        assert_eq!(papers.short.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn the_shelf_and_the_queue_have_an_end() {
        let papers = papers();
        for nth in 0..10 {
            papers.get(&nth.to_string(), async { Ok(Bytes::from(vec![0; 5 << 20])) }).await.unwrap();
            let shelf = papers.shelf.lock().unwrap();
            assert!(shelf.bytes <= KEPT_BYTES_MAX && shelf.by_key.len() <= 6, "{}", shelf.bytes);
        }
        let turn = papers.short.press.acquire().await.unwrap();
        for nth in 0..WAITING_MAX {
            papers.ordered(Order::of(&format!("waits {nth}")), async { Ok(Bytes::new()) }).unwrap();
        }
        let refused = papers.ordered(Order::of("one too many"), async { Ok(Bytes::new()) });
        assert!(matches!(refused, Err(ServiceError::TooMany(_))));
        drop(turn);
    }

    #[tokio::test]
    async fn who_stops_waiting_takes_nothing_from_others() {
        let papers = papers();
        let turn = papers.short.press.acquire().await.unwrap();
        let gone = {
            let papers = papers.clone();
            tokio::spawn(async move { papers.get("k", async { Ok(Bytes::from("made")) }).await })
        };
        while papers.short.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        drop(turn);
        // It was asked for a moment ago: whoever reloads the page finds it, and does not make it anew.
        let again = papers.get("k", async { Ok(Bytes::from("made anew")) }).await.unwrap();
        assert_eq!(bytes(again), "made");
    }

    #[tokio::test]
    async fn what_nobody_wants_any_more_is_not_made() {
        let papers = papers();
        let turn = papers.short.press.acquire().await.unwrap();
        let made = Arc::new(AtomicUsize::new(0));
        let work = |made: &Arc<AtomicUsize>| {
            let made = made.clone();
            async move { Ok(Bytes::from(made.fetch_add(1, Ordering::SeqCst).to_string())) }
        };
        drop(papers.ordered(Order::of("forgotten"), work(&made)).unwrap());
        let waited_for = papers.ordered(Order::of("waited for"), work(&made)).unwrap();
        drop(papers.ordered(Order::of("asked again"), work(&made)).unwrap());
        for key in ["forgotten", "waited for", "asked again"] {
            papers.shelf().by_key.get_mut(&Order::of(key).key).unwrap().asked -= WANTED;
        }
        drop(papers.ordered(Order::of("asked again"), work(&made)).unwrap());
        drop(turn);
        while papers.short.waiting.load(Ordering::Relaxed) > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(made.load(Ordering::SeqCst), 2);
        assert!(waited_for.borrow().is_some());
        assert!(!papers.shelf().by_key.contains_key(&Order::of("forgotten").key));
        papers.get("forgotten", work(&made)).await.unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_long_document_keeps_no_short_one_waiting() {
        let papers = papers();
        let made_from = |nth: usize| format!("{nth} {}", "x".repeat(SHORT_BYTES_MAX));
        let (done, finished) = tokio::sync::oneshot::channel::<()>();
        let long = papers.ordered(Order::of(&made_from(0)), async {
            finished.await.map_err(|_| ServiceError::Internal("given up".to_owned()))?;
            Ok(Bytes::from("long"))
        });
        let long = long.unwrap();
        let second = papers.ordered(Order::of(&made_from(1)), async { Ok(Bytes::from("second")) }).unwrap();
        // Whatever is short is made meanwhile, and finds its queue empty.
        for nth in 0..3 {
            let short = papers.get(&nth.to_string(), async { Ok(Bytes::from("short")) }).await.unwrap();
            assert_eq!(bytes(short), "short");
        }
        // Long ones wait for each other.
        assert!(long.borrow().is_none() && second.borrow().is_none());
        assert_eq!(papers.long.waiting.load(Ordering::Relaxed), 2);
        done.send(()).unwrap();
        for mut made in [long, second] {
            made.wait_for(Option::is_some).await.unwrap();
        }
        let kept = papers.get(&made_from(0), async { Ok(Bytes::from("made anew")) }).await.unwrap();
        assert_eq!(bytes(kept), "long");
    }
}
