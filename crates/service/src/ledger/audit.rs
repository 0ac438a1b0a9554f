//! Holds the events against the tree: the tree is made again from the events, page by page, and every hash, and at the end the root,
//! has to be the one that is stored.

use std::collections::BTreeMap;

use jiebang_domain::shared::Text;
use jiebang_ledger::checkpoint::Checkpoint;
use jiebang_ledger::tree::{self, Question, Stored};
use jiebang_store::{CheckpointRow, Connection, EventRow};

use super::log::{decoded, entry_of, fault, signed, unsigned};
use crate::ServiceError;

/// The comparison as far as it has come.
pub(crate) struct Audit {
    /// Entries of the newest head, and the root that it states.
    head: Option<Checkpoint>,
    /// Entries compared so far.
    size: u64,
    /// Of the tree over them, what the next entries need.
    edge: Stored,
    /// What is wrong. After the first difference everything above it differs too, so that one is named.
    pub(crate) found: Option<Text>,
}

impl Audit {
    /// Begins with the newest head; events after it are not in the tree yet.
    pub(crate) fn new(head: Option<&CheckpointRow>) -> Self {
        let stated = head.and_then(|row| Checkpoint::read(&row.note));
        let right =
            head.is_none_or(|row| stated.is_some_and(|stated| i64::try_from(stated.size) == Ok(row.size)));
        let found = (!right)
            .then(|| Text::new("账本最新的检查点不能识别", "The newest head of the ledger cannot be read"));
        Self { head: stated, size: 0, edge: Stored::new(), found }
    }

    /// Entries that were compared.
    pub(crate) fn compared(&self) -> u64 {
        self.size
    }

    /// Takes the next events, which `kept` has the stored hashes of.
    pub(crate) fn take(
        &mut self,
        events: &[EventRow],
        kept: &BTreeMap<u64, String>,
    ) -> Result<(), ServiceError> {
        for event in events {
            if self.found.is_some() || self.size >= self.covered() {
                return Ok(());
            }
            self.found = self.compare(event, kept)?;
        }
        // Every subtree that a later one is made of is on the way to the root of what stands.
        let needed = tree::needed(Question::Root { size: self.size }).map_err(fault)?;
        self.edge.retain(|number, _| needed.contains(number));
        Ok(())
    }

    /// Compares the root once all events were taken.
    pub(crate) fn end(&mut self) -> Result<(), ServiceError> {
        let Some(head) = self.head.filter(|_| self.found.is_none()) else { return Ok(()) };
        let (covered, there) = (head.size, self.size);
        if there < covered {
            self.found = Some(Text::new(
                format!("检查点覆盖 {covered} 条，事件只到第 {there} 条"),
                format!("The head covers {covered} entries; the events end at {there}"),
            ));
        } else if tree::answer(Question::Root { size: covered }, &self.edge).map_err(fault)? != [head.root] {
            self.found = Some(Text::new(
                format!("检查点（{covered} 条）的根与事件不符"),
                format!("The root of the head of {covered} entries differs from the events"),
            ));
        }
        Ok(())
    }

    fn covered(&self) -> u64 {
        self.head.map_or(0, |head| head.size)
    }

    /// What is wrong with one event, if anything.
    fn compare(
        &mut self,
        event: &EventRow,
        kept: &BTreeMap<u64, String>,
    ) -> Result<Option<Text>, ServiceError> {
        let position = self.size + 1;
        if unsigned(event.position)? != position {
            return Ok(Some(Text::new(
                format!("账本第 {position} 条没有事件"),
                format!("Entry {position} of the ledger has no event"),
            )));
        }
        let leaf = entry_of(event)?.hash();
        let question = Question::Append { size: self.size, leaf };
        let hashes = tree::answer(question, &self.edge).map_err(fault)?;
        for (number, hash) in (tree::first_number(self.size)..).zip(hashes) {
            let stored = kept.get(&number).and_then(|hash| decoded(hash).ok());
            if stored != Some(hash) {
                return Ok(Some(Text::new(
                    format!("第 {position} 条事件与账本不符"),
                    format!("Event {position} differs from the ledger"),
                )));
            }
            self.edge.insert(number, hash);
        }
        self.size = position;
        Ok(None)
    }
}

/// Stored hashes of the entries after a position, at most `limit` entries, by number.
pub(crate) async fn hashes_after(
    rows: &mut dyn Connection,
    position: i64,
    limit: i64,
) -> Result<BTreeMap<u64, String>, ServiceError> {
    let number = |position: i64| signed(tree::first_number(unsigned(position)?));
    let hashes = rows.ledger_hashes(number(position)?, number(position.saturating_add(limit))?).await?;
    hashes.into_iter().map(|(number, hash)| Ok((unsigned(number)?, hash))).collect()
}
