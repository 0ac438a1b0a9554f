//! Holds an export against the ledger's key, part by part.

use std::collections::{BTreeMap, BTreeSet};

use jiebang_domain::shared::Text;
use jiebang_ledger::VerifierKey;
use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::export::{Opened, Whole};
use jiebang_ledger::statement::Refutation;

use super::{ExportHead, FORMAT, named_contents};
use crate::ledger::words::{refutation_words, unreadable_words};

/// What an export holds (导出的数目).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportCounts {
    /// Events that the head covers.
    pub events: u64,
    /// Of these, erased ones.
    pub erased: u64,
    /// Contents that events name.
    pub contents: u64,
    /// Entries that the head covers, of this call and of all else.
    pub size: u64,
}

/// The comparison as far as it has come (导出核验).
pub struct ExportCheck {
    stated: ExportHead,
    head: Checkpoint,
    counts: ExportCounts,
    positions: BTreeSet<u64>,
    /// Contents that events name, with the place of the first event that does.
    named: BTreeMap<String, u64>,
    contents: BTreeSet<String>,
    published: bool,
}

impl ExportCheck {
    /// Begins with the text of `export.json`.
    ///
    /// # Errors
    /// Outside, why it cannot be read; inside, why it does not hold.
    pub fn begin(text: &str, key: &VerifierKey) -> Result<Result<Self, Text>, Text> {
        let stated: ExportHead = serde_json::from_str(text).map_err(|error| {
            Text::new(
                format!("不是导出说明（{error}）"),
                format!("this is not the head of an export ({error})"),
            )
        })?;
        if stated.format != FORMAT {
            let format = stated.format;
            return Err(Text::new(
                format!("导出格式 {format} 是别的版本写的；本版本读格式 {FORMAT}"),
                format!("another version wrote this form ({format}); this one reads form {FORMAT}"),
            ));
        }
        if !stated.to_json().is_ok_and(|canonical| canonical == text) {
            return Ok(Err(refutation_words(Refutation::NotCanonical)));
        }
        let Some(head) = Checkpoint::open(&stated.checkpoint, key) else {
            return Ok(Err(refutation_words(Refutation::Checkpoint)));
        };
        Ok(Ok(Self {
            stated,
            head,
            counts: ExportCounts { size: head.size, ..ExportCounts::default() },
            positions: BTreeSet::new(),
            named: BTreeMap::new(),
            contents: BTreeSet::new(),
            published: false,
        }))
    }

    /// Takes a line of the events.
    ///
    /// # Errors
    /// Outside, why it cannot be read; inside, why it does not hold.
    pub fn event(&mut self, line: &str) -> Result<Result<(), Text>, Text> {
        let opened = match Opened::check(line, &self.head).map_err(|found| unreadable_words(&found))? {
            Ok(opened) => opened,
            Err(why) => return Ok(Err(refutation_words(why))),
        };
        let position = opened.position();
        if !self.positions.insert(position) {
            return Ok(Err(Text::new(
                format!("账本第 {position} 条在前面已经有了"),
                format!("entry {position} of the ledger stands here a second time"),
            )));
        }
        self.counts.events += 1;
        let Opened::Whole(Whole { event, facts, .. }) = opened else {
            self.counts.erased += 1;
            return Ok(Ok(()));
        };
        let fact = |name: &str| facts.get(name).and_then(|fact| fact.as_str());
        for sha256 in named_contents(&event.kind, self.stated.public, fact) {
            self.named.entry(sha256.to_owned()).or_insert(position);
        }
        let call = match event.kind.as_str() {
            "call_published" => Some(event.subject.as_str()),
            _ => fact("call"),
        };
        self.published |= event.kind == "call_published";
        Ok(match call {
            Some(call) if call != self.stated.call => Err(Text::new(
                format!("这是榜单 {call} 的事件，不是 {} 的", self.stated.call),
                format!("this event is of the call {call}, not of {}", self.stated.call),
            )),
            _ => Ok(()),
        })
    }

    /// Takes a content by the digest of its bytes; whether some event names it.
    pub fn content(&mut self, sha256: &str) -> bool {
        let named = self.named.contains_key(sha256);
        if named && self.contents.insert(sha256.to_owned()) {
            self.counts.contents += 1;
        }
        named
    }

    /// What is missing once all was taken, and what was there.
    pub fn end(self) -> (ExportCounts, Vec<Text>) {
        let Self { stated, counts, named, contents, published, .. } = self;
        let mut missing = Vec::new();
        if !published {
            let call = &stated.call;
            missing.push(Text::new(
                format!("没有榜单 {call} 的发布事件"),
                format!("there is no event that publishes the call {call}"),
            ));
        }
        for (zh, en, there, should) in [
            ("事件", "events", counts.events, stated.events),
            ("内容", "contents", counts.contents, stated.contents),
        ] {
            if there != should {
                missing.push(Text::new(
                    format!("导出说明写明有 {should} 个{zh}，成立的有 {there} 个"),
                    format!("the head of the export states {should} {en}; {there} hold"),
                ));
            }
        }
        for (sha256, position) in named.iter().filter(|(sha256, _)| !contents.contains(*sha256)) {
            missing.push(Text::new(
                format!("账本第 {position} 条指明的内容 {sha256} 不在导出中"),
                format!("the content {sha256}, which entry {position} names, is not in the export"),
            ));
        }
        (counts, missing)
    }
}
