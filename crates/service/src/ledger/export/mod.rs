//! What an auditor or a court is handed of a call (导出): its events opened under a signed head, and every content that they name by
//! its digest. What is handed over is held against the ledger's key by [`ExportCheck`], without this server.

mod check;
mod recompute;

use std::collections::BTreeSet;

use jiebang_domain::publication::{ListEntry, ListFile, Roster, RosterLine};
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
pub use recompute::{Lifted, Recompute, Recomputed};

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
    /// It holds what anybody may have, and nothing else.
    #[serde(default, skip_serializing_if = "is_not")]
    pub public: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_not(public: &bool) -> bool {
    !*public
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
    /// Who is behind the labels that are listed, for a public export: canonical JSON.
    Listed(String),
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

/// Events of a public export: what was published, and what lists follow from.
const PUBLIC: [&str; 4] = ["call_published", "plan_published", "cap_lifted", "list_published"];

/// The digests of the contents that an event names: of a published call the canonical JSON of its files by name; of a plan the file; of
/// what was submitted, confirmed or frozen the copy; of a published list the list, the record that it follows from and, where the
/// export is not a public one, the roster of that record. A draft is named and not kept.
fn named_contents<'a>(
    kind: &str,
    public: bool,
    facts: impl Fn(&str) -> Option<&'a str>,
) -> impl Iterator<Item = &'a str> {
    let names: &[&str] = match kind {
        "call_published" => &["version"],
        "report_saved" => &[],
        "list_published" if public => &["content_sha256", "record_sha256"],
        "list_published" => &["content_sha256", "record_sha256", "roster_sha256"],
        _ => &["content_sha256"],
    };
    let found: Vec<&str> = names.iter().filter_map(|name| facts(name)).collect();
    found.into_iter()
}

/// Who may have an export (导出范围).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Auditor and court: everything.
    Full,
    /// Anybody: published calls, plans, lists and the records behind them, without a text of an applicant or an expert.
    Public,
}

/// Hands over a call piece by piece, from one snapshot.
///
/// # Errors
/// `NotFound` when no such call is published; `Invalid` when the ledger has no signed head yet; when the store does not answer.
pub async fn export(
    store: &Store,
    call: &str,
    audience: Audience,
    pieces: Sender<Piece>,
) -> Result<Exported, ServiceError> {
    let call = call.to_owned();
    let public = audience == Audience::Public;
    store
        .read::<_, ServiceError>(Box::new(move |rows| {
            Box::pin(async move {
                let checkpoint = rows.checkpoint().await?.ok_or_else(no_head)?;
                let (contents, named) = (BTreeSet::new(), BTreeSet::new());
                let mut making = Making { call, checkpoint, pieces, public, events: 0, contents, named };
                making.calls(rows).await?;
                making.events(rows).await?;
                making.publications(rows).await?;
                if !public {
                    making.submissions(rows).await?;
                    making.lists(rows).await?;
                    making.sheets(rows).await?;
                    making.teams(rows).await?;
                }
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
    public: bool,
    events: u64,
    /// Digests of what was handed over.
    contents: BTreeSet<String>,
    /// Digests that the events name.
    named: BTreeSet<String>,
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
            let wanted = |event: &EventRow| !self.public || PUBLIC.contains(&event.event.kind.as_str());
            let page: Vec<EventRow> = page.into_iter().filter(wanted).collect();
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
            let facts: Value = serde_json::from_str(&event.event.data).unwrap_or_default();
            let fact = |name: &str| facts.get(name).and_then(Value::as_str);
            self.named.extend(named_contents(&event.event.kind, self.public, fact).map(str::to_owned));
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

    /// Plans, published lists, and the records behind them.
    async fn publications(&mut self, rows: &mut dyn Connection) -> Result<(), ServiceError> {
        let call = self.call.clone();
        let latest = rows.plan(&call).await?.map_or(0, |row| row.version);
        for version in 1..=latest {
            if let Some(row) = rows.plan_version(&call, version).await? {
                self.content_if_named(row.content).await?;
            }
        }
        let mut listed = Roster::default();
        for row in rows.published_lists(&call).await? {
            if let Some(row) = rows.published_list(&call, &row.stage, row.version).await? {
                let file: ListFile = serde_json::from_str(&row.content).map_err(fault)?;
                listed.0.extend(file.entries.into_iter().map(line_of));
                self.content_if_named(row.content).await?;
            }
        }
        if self.public {
            self.hand(Piece::Listed(serde_jcs::to_string(&listed).map_err(fault)?)).await?;
        }
        let mut after = String::new();
        loop {
            let page = rows.selection_records(&call, &after, CONTENTS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.sha256);
            for row in page {
                self.content_if_named(row.content).await?;
            }
        }
    }

    async fn sheets(&mut self, rows: &mut dyn Connection) -> Result<(), ServiceError> {
        let mut after = (String::new(), String::new(), String::new(), 0);
        loop {
            let from = (after.0.as_str(), after.1.as_str(), after.2.as_str(), after.3);
            let page = rows.sheets_of_call(&self.call, from, EVENTS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.stage.clone(), last.application_id.clone(), last.expert_id.clone(), last.version);
            for row in page {
                self.content_if_named(row.content).await?;
            }
        }
    }

    /// What teams have promised, reported and asked for, and what was measured.
    async fn teams(&mut self, rows: &mut dyn Connection) -> Result<(), ServiceError> {
        let mut after = (String::new(), String::new());
        loop {
            let page = rows.teams_after(&self.call, (&after.0, &after.1), CONTENTS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = (last.task.clone(), last.application_id.clone());
            for team in page {
                let id = &team.application_id;
                let mut contents: Vec<String> = Vec::new();
                contents.extend(rows.baselines(id).await?.into_iter().map(|row| row.content));
                contents.extend(rows.reports(id).await?.into_iter().map(|row| row.content));
                contents.extend(rows.changes(id).await?.into_iter().map(|row| row.content));
                contents.extend(rows.evaluation_plan(id).await?.map(|row| row.content));
                contents.extend(rows.measurements(id).await?.into_iter().map(|row| row.content));
                for content in contents {
                    self.content_if_named(content).await?;
                }
            }
        }
    }

    /// Hands over what an event under the head names; anything later is left out with its event.
    async fn content_if_named(&mut self, text: String) -> Result<(), ServiceError> {
        if self.named.contains(&sha256(text.as_bytes())) { self.content(text).await } else { Ok(()) }
    }

    async fn end(self, rows: &mut dyn Connection) -> Result<Exported, ServiceError> {
        let later = rows.events_of_call(&self.call, self.checkpoint.size, i64::MAX, EVENTS).await?;
        let head = ExportHead {
            call: self.call,
            checkpoint: self.checkpoint.note,
            contents: u64::try_from(self.contents.len()).map_err(fault)?,
            events: self.events,
            format: FORMAT,
            public: self.public,
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

fn line_of(entry: ListEntry) -> (String, RosterLine) {
    let ListEntry { label, application, number, unit, task, .. } = entry;
    (label, RosterLine { application, number, unit, task })
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
