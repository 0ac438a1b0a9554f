//! What an auditor or a court is handed of a call (导出): its events opened under a signed head, and every content that they name by
//! its digest. What is handed over is held against the ledger's key by [`ExportCheck`], without this server.

mod check;

use std::collections::BTreeSet;

use jiebang_domain::shared::Text;
use jiebang_ledger::export::{Erased, Opened, Whole};
use jiebang_ledger::tree::{self, Question, Stored};
use jiebang_ledger::{Hash, base64_of_hash};
use jiebang_store::{CheckpointRow, Connection, EventRow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use super::erasing::{ERASED, subject_of};
use super::log::{entry_of, fault, fetched, opening_of, unsigned};
use super::{canonical, sha256};
use crate::{ServiceError, Store};

pub use check::{ExportCheck, ExportCounts};

/// The form of an export that this version writes and reads.
const FORMAT: u32 = 1;
/// Events of one reading.
const EVENTS: i64 = 2_000;
/// Frozen copies of one reading: each may hold several hundred kilobytes.
const CONTENTS: i64 = 50;

/// What stands above an export (导出说明); canonical JSON in `export.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportHead {
    /// Id of the call.
    pub call: String,
    /// The signed head that every event is under.
    pub checkpoint: String,
    /// How many contents there are.
    pub contents: u64,
    /// How many events there are.
    pub events: u64,
    /// Form of the export.
    pub format: u32,
}

/// A part of an export, as it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// An event: a line of canonical JSON.
    Event(String),
    /// A content, under the SHA-256 of its bytes in hexadecimal.
    Content {
        /// The digest.
        sha256: String,
        /// The bytes.
        text: String,
    },
}

/// An export that is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// What stands above it.
    pub head: ExportHead,
    /// Events of the call that no signed head covers yet: they are left out. At most as many as one reading holds.
    pub later: u64,
}

impl ExportHead {
    /// The file.
    ///
    /// # Errors
    /// None that is known: it has a canonical form.
    pub fn to_json(&self) -> Result<String, ServiceError> {
        serde_jcs::to_string(self).map_err(fault)
    }
}

/// The digest of the content that an event names, if it names one: of a published call the canonical JSON of its files by name, of
/// an application that was submitted and of a list that was confirmed the frozen copy.
fn named_content<'a>(kind: &str, facts: impl Fn(&str) -> Option<&'a str>) -> Option<&'a str> {
    match kind {
        "call_published" => facts("version"),
        _ => facts("content_sha256"),
    }
}

/// Hands over a call piece by piece, from one snapshot.
///
/// # Errors
/// `NotFound` when no such call is published; `Invalid` when the ledger has no signed head yet; when the store does not answer.
pub async fn export(store: &Store, call: &str, pieces: Sender<Piece>) -> Result<Exported, ServiceError> {
    let call = call.to_owned();
    store
        .read::<_, ServiceError>(Box::new(move |rows| {
            Box::pin(async move {
                let checkpoint = rows.checkpoint().await?.ok_or_else(no_head)?;
                let mut making = Making { call, checkpoint, pieces, events: 0, contents: BTreeSet::new() };
                making.calls(rows).await?;
                making.events(rows).await?;
                making.submissions(rows).await?;
                making.lists(rows).await?;
                making.end(rows).await
            })
        }))
        .await
}

/// A database on which nothing was done yet, or no server has run since.
fn no_head() -> ServiceError {
    ServiceError::field(
        "head_missing",
        "call",
        Text::new(
            "账本还没有签名的树头，没有可以导出的内容",
            "The ledger has no signed head yet; there is nothing to export",
        ),
        Text::new("启动一次服务，几秒后再导出", "Run the server once, and export a few seconds later"),
    )
}

/// An export as far as it has come.
struct Making {
    call: String,
    checkpoint: CheckpointRow,
    pieces: Sender<Piece>,
    events: u64,
    /// Digests of what was handed over.
    contents: BTreeSet<String>,
}

impl Making {
    async fn calls(&mut self, rows: &mut dyn Connection) -> Result<(), ServiceError> {
        let versions = rows.calls().await?;
        let mut found = false;
        for row in versions {
            if row.id != self.call {
                continue;
            }
            let sources: Value = serde_json::from_str(&row.sources).map_err(fault)?;
            self.content(canonical(&sources)).await?;
            found = true;
        }
        if found { Ok(()) } else { Err(ServiceError::NotFound) }
    }

    async fn events(&mut self, rows: &mut dyn Connection) -> Result<(), ServiceError> {
        let (mut after, covered) = (0, self.checkpoint.size);
        loop {
            let page = rows.events_of_call(&self.call, after, covered, EVENTS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.position;
            // The call's own events do not say why their facts went.
            let mut all = Vec::with_capacity(page.len());
            for event in page {
                let erased = event.digest.is_some();
                let position = event.position;
                all.push(event);
                if erased {
                    let about = rows.events_of(&subject_of(position)).await?;
                    all.extend(
                        about.into_iter().filter(|row| row.event.kind == ERASED && row.position <= covered),
                    );
                }
            }
            self.opened(rows, &all).await?;
        }
    }

    /// Hands over events with their proofs.
    async fn opened(&mut self, rows: &mut dyn Connection, events: &[EventRow]) -> Result<(), ServiceError> {
        let size = unsigned(self.checkpoint.size)?;
        let indexes: Vec<u64> =
            events.iter().map(|event| unsigned(event.position - 1)).collect::<Result<_, _>>()?;
        let stored = hashes_for(rows, size, &indexes).await?;
        for (event, index) in events.iter().zip(indexes) {
            let hashes = tree::answer(Question::Inclusion { size, index }, &stored).map_err(fault)?;
            let line = opened(event, &hashes)?.to_json().map_err(fault)?;
            self.events += 1;
            self.hand(Piece::Event(line)).await?;
        }
        Ok(())
    }

    async fn submissions(&mut self, rows: &mut dyn Connection) -> Result<(), ServiceError> {
        let mut after = (String::new(), 0);
        loop {
            let page = rows.submissions_of_call(&self.call, (&after.0, after.1), CONTENTS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.application_id.clone(), last.version);
            for row in page {
                // Nothing is left of what was erased.
                if row.position <= self.checkpoint.size && !row.content_sha256.is_empty() {
                    self.content(row.content).await?;
                }
            }
        }
    }

    async fn lists(&mut self, rows: &mut dyn Connection) -> Result<(), ServiceError> {
        let mut after = (String::new(), 0);
        loop {
            let page = rows.confirmed_lists(&self.call, (&after.0, after.1), CONTENTS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.region.clone(), last.version);
            for row in page {
                if row.position <= self.checkpoint.size {
                    self.content(row.content).await?;
                }
            }
        }
    }

    async fn end(self, rows: &mut dyn Connection) -> Result<Exported, ServiceError> {
        let later = rows.events_of_call(&self.call, self.checkpoint.size, i64::MAX, EVENTS).await?;
        let head = ExportHead {
            call: self.call,
            checkpoint: self.checkpoint.note,
            contents: u64::try_from(self.contents.len()).map_err(fault)?,
            events: self.events,
            format: FORMAT,
        };
        Ok(Exported { head, later: u64::try_from(later.len()).unwrap_or(u64::MAX) })
    }

    async fn content(&mut self, text: String) -> Result<(), ServiceError> {
        let sha256 = sha256(text.as_bytes());
        if !self.contents.insert(sha256.clone()) {
            return Ok(());
        }
        self.hand(Piece::Content { sha256, text }).await
    }

    async fn hand(&self, piece: Piece) -> Result<(), ServiceError> {
        let gone = |_| ServiceError::Internal("nobody takes the export".to_owned());
        self.pieces.send(piece).await.map_err(gone)
    }
}

fn opened(event: &EventRow, hashes: &[Hash]) -> Result<Opened, ServiceError> {
    let (hashes, position) = (hashes.iter().map(base64_of_hash).collect(), unsigned(event.position)?);
    Ok(match event.digest {
        Some(_) => Opened::Erased(Erased { digest: entry_of(event)?.digest, hashes, position }),
        None => Opened::Whole(Whole {
            event: opening_of(event),
            facts: serde_json::from_str(&event.event.data).map_err(fault)?,
            hashes,
            position,
            salt: event.salt.clone(),
        }),
    })
}

/// The stored hashes that the proofs of these entries need.
async fn hashes_for(rows: &mut dyn Connection, size: u64, indexes: &[u64]) -> Result<Stored, ServiceError> {
    let mut wanted = BTreeSet::new();
    for &index in indexes {
        wanted.extend(tree::needed(Question::Inclusion { size, index }).map_err(fault)?);
    }
    fetched(rows, wanted.into_iter().collect()).await
}
