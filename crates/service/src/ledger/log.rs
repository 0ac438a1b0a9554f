//! The ledger (存证账本): all events in order as leaves of one tree, its signed heads, and what they prove.
//!
//! Events get their positions in the acts that write them. The tree follows a moment later: a job takes what is new into it and
//! signs the head, so that no act waits for hashes or signatures.

use std::collections::{BTreeMap, BTreeSet};

use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::statement::{Facts, Promise, Proof, Statement};
use jiebang_ledger::tree::{self, Question, Stored};
use jiebang_ledger::{Entry, Event, Hash, VerifierKey};
use jiebang_store::{CheckpointRow, Connection, EventRow, StoreError, SubmissionRow};

use super::erasing::{Erasure, erasure_of};
use super::key::KEY;
use crate::{Service, ServiceError};

/// Most events that one act takes into the tree: acts wait for it.
const EVENTS_MAX: i64 = 200;

/// A head of the ledger, and the hashes that a proof is made of.
struct Proved {
    checkpoint: CheckpointRow,
    hashes: Vec<Hash>,
}

impl Service {
    /// The key that receipts and heads are verified with.
    pub fn ledger_key(&self) -> &VerifierKey {
        self.settings.ledger_key.verifier()
    }

    /// Takes events that are not in the tree yet into it, a bounded number, and signs the new head. Returns whether more wait.
    ///
    /// # Errors
    /// When the store does not answer, or what it holds is no tree.
    pub async fn extend_ledger(&self) -> Result<bool, ServiceError> {
        let (head, events, mut stored) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| Box::pin(async move { news(rows).await })))
            .await?;
        let Some(last) = events.last().map(|event| event.position) else { return Ok(false) };
        let old = head.map_or(0, |head| head.size);
        let mut added = Vec::new();
        for event in &events {
            let index = unsigned(event.position - 1)?;
            let leaf = entry_of(event)?.hash();
            let hashes = tree::answer(Question::Append { size: index, leaf }, &stored).map_err(fault)?;
            for (number, hash) in (tree::first_number(index)..).zip(hashes) {
                stored.insert(number, hash);
                added.push((signed(number)?, hex::encode(hash)));
            }
        }
        let size = unsigned(last)?;
        let root = one(tree::answer(Question::Root { size }, &stored).map_err(fault)?)?;
        let note = Checkpoint { size, root }.sign(&self.settings.ledger_key).map_err(fault)?;
        let checkpoint = CheckpointRow { size: last, note, at: self.clock.now().as_microsecond() };
        let own = self.ledger_key().as_str().to_owned();
        let more = i64::try_from(events.len()).unwrap_or(EVENTS_MAX) == EVENTS_MAX;
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    // Another server may have been quicker.
                    if rows.checkpoint().await?.map_or(0, |head| head.size) != old {
                        return Ok(());
                    }
                    if rows.setting(KEY).await?.is_some_and(|recorded| recorded != own) {
                        return Err(fault("another key signs it by now; start this server with that key"));
                    }
                    rows.add_ledger_hashes(&added).await?;
                    rows.add_checkpoint(&checkpoint).await?;
                    Ok(())
                })
            }))
            .await?;
        Ok(more)
    }

    /// When and why an event was erased.
    pub(crate) async fn erasure(&self, position: i64) -> Result<Erasure, ServiceError> {
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { recorded_erasure(rows, position).await })
            }))
            .await
    }

    /// The newest signed head; `None` before the first event is in the tree.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn ledger_head(&self) -> Result<Option<CheckpointRow>, ServiceError> {
        self.store
            .read::<_, ServiceError>(Box::new(|rows| Box::pin(async move { Ok(rows.checkpoint().await?) })))
            .await
    }

    /// The proof that the head of `old` entries is the beginning of the newest, as hashes.
    ///
    /// # Errors
    /// `NotFound` when there is no such head.
    pub async fn ledger_consistency(&self, old: i64) -> Result<(CheckpointRow, Vec<Hash>), ServiceError> {
        let proved = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let old = u64::try_from(old).map_err(|_| ServiceError::NotFound)?;
                    prove(rows, |size| Question::Consistency { size, old }).await
                })
            }))
            .await?;
        let proved = proved.ok_or(ServiceError::NotFound)?;
        Ok((proved.checkpoint, proved.hashes))
    }

    /// Hashes of the complete subtrees of `256^level` entries, from the `nth` group of 256 of them, at most 256: a tile.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn ledger_tile(&self, level: u8, nth: u64) -> Result<Vec<Hash>, ServiceError> {
        let Some(first) = nth.checked_mul(256).filter(|_| level < 8) else { return Ok(Vec::new()) };
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    // Larger trees than the store can count have no tiles.
                    let places = first..first.saturating_add(256);
                    let numbers: Vec<i64> = places
                        .map_while(|place| i64::try_from(tree::number(8 * level, place)).ok())
                        .collect();
                    let stored: BTreeMap<i64, String> =
                        rows.ledger_hashes_at(&numbers).await?.into_iter().collect();
                    let complete = numbers.iter().map_while(|number| stored.get(number));
                    complete.map(|hash| decoded(hash)).collect()
                })
            }))
            .await
    }

    /// Entries from the `nth` group of 256 that are in the tree.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn ledger_entries(&self, nth: u64) -> Result<Vec<Entry>, ServiceError> {
        let first =
            i64::try_from(nth).ok().and_then(|nth| nth.checked_mul(256)).ok_or(ServiceError::NotFound)?;
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let size = rows.checkpoint().await?.map_or(0, |head| head.size);
                    let events = rows.events_after(first, 256).await?;
                    events.iter().filter(|event| event.position <= size).map(entry_of).collect()
                })
            }))
            .await
    }

    /// The receipt of a submission with the promise, and with the proof once a head covers it.
    ///
    /// # Errors
    /// `Erased` when its facts were erased.
    pub(crate) async fn statement(&self, submission: &SubmissionRow) -> Result<Statement, ServiceError> {
        let position = submission.position;
        let (event, proved) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let event = rows.event_at(position).await?;
                    let event = event.ok_or_else(|| fault(format!("event {position} is not there")))?;
                    if event.digest.is_some() {
                        return Err(ServiceError::Erased(recorded_erasure(rows, position).await?));
                    }
                    let index = unsigned(position - 1)?;
                    let proved = prove(rows, |size| Question::Inclusion { size, index }).await;
                    Ok((event, proved?))
                })
            }))
            .await?;
        let facts: Facts = serde_json::from_str(&submission.receipt).map_err(fault)?;
        let place = unsigned(position)?;
        let promise = Promise::sign(&self.settings.ledger_key, &facts, place, &event.salt).map_err(fault)?;
        let opening = opening_of(&event);
        let proof = proved.map(|proved| Proof::new(proved.checkpoint.note, opening, &proved.hashes));
        Ok(Statement { facts, promise, proof })
    }
}

/// What the ledger says of the erasure of an event that was erased.
async fn recorded_erasure(rows: &mut dyn Connection, position: i64) -> Result<Erasure, ServiceError> {
    let erasure = erasure_of(rows, position).await?;
    erasure.ok_or_else(|| fault(format!("nothing says why {position} was erased")))
}

/// The head, the events after it, and the stored hashes that taking them in needs.
async fn news(
    rows: &mut dyn Connection,
) -> Result<(Option<CheckpointRow>, Vec<EventRow>, Stored), ServiceError> {
    let head = rows.checkpoint().await?;
    let size = head.as_ref().map_or(0, |head| head.size);
    let events = rows.events_after(size, EVENTS_MAX).await?;
    // Every subtree that a later one is made of is on the way to the root of what stands.
    let wanted = tree::needed(Question::Root { size: unsigned(size)? }).map_err(fault)?;
    let stored = fetched(rows, wanted).await?;
    Ok((head, events, stored))
}

/// The newest head with the answer to a question about it; `None` where it is too small for the question.
async fn prove(
    rows: &mut dyn Connection,
    question: impl Fn(u64) -> Question + Send,
) -> Result<Option<Proved>, ServiceError> {
    let Some(checkpoint) = rows.checkpoint().await? else { return Ok(None) };
    let question = question(unsigned(checkpoint.size)?);
    let Ok(wanted) = tree::needed(question) else { return Ok(None) };
    let stored = fetched(rows, wanted).await?;
    let hashes = tree::answer(question, &stored).map_err(fault)?;
    Ok(Some(Proved { checkpoint, hashes }))
}

pub(super) async fn fetched(rows: &mut dyn Connection, wanted: Vec<u64>) -> Result<Stored, ServiceError> {
    let wanted: BTreeSet<u64> = wanted.into_iter().collect();
    let numbers: Vec<i64> = wanted.iter().map(|number| signed(*number)).collect::<Result<_, _>>()?;
    let mut stored = Stored::new();
    for (number, hash) in rows.ledger_hashes_at(&numbers).await? {
        stored.insert(unsigned(number)?, decoded(&hash)?);
    }
    match wanted.iter().find(|number| !stored.contains_key(number)) {
        None => Ok(stored),
        Some(number) => Err(fault(format!("hash {number} is not there"))),
    }
}

/// The entry that stands for an event.
pub(super) fn entry_of(event: &EventRow) -> Result<Entry, ServiceError> {
    let digest = event.digest.clone();
    let digest = digest.unwrap_or_else(|| opening_of(event).digest(&event.event.data, &event.salt));
    Ok(Entry { digest, position: unsigned(event.position)? })
}

/// What opens the entry of an event besides facts and salt.
pub(super) fn opening_of(event: &EventRow) -> Event {
    let event = &event.event;
    Event {
        at: event.at,
        by: event.account_id.clone(),
        kind: event.kind.clone(),
        subject: event.subject.clone(),
    }
}

pub(super) fn decoded(hash: &str) -> Result<Hash, ServiceError> {
    let bytes = hex::decode(hash).map_err(fault)?;
    bytes.try_into().map_err(|_| fault("a stored hash has another length"))
}

fn one(hashes: Vec<Hash>) -> Result<Hash, ServiceError> {
    hashes.into_iter().next().ok_or_else(|| fault("a tree without a root"))
}

pub(super) fn unsigned(number: i64) -> Result<u64, ServiceError> {
    u64::try_from(number).map_err(fault)
}

pub(super) fn signed(number: u64) -> Result<i64, ServiceError> {
    i64::try_from(number).map_err(fault)
}

pub(super) fn fault(error: impl std::fmt::Display) -> ServiceError {
    StoreError::Unavailable(format!("the ledger: {error}")).into()
}
