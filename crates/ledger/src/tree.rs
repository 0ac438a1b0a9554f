//! The Merkle tree over stored hashes.
//!
//! Every complete subtree has one stored hash under a running number ([`tlog_tiles::stored_hash_index`]): appending adds one to a
//! few, nothing stored ever changes. Each question below reads hashes of known numbers in one go, so that whoever stores them can
//! fetch them all at once: [`needed`] says which.

use std::cell::RefCell;
use std::collections::BTreeMap;

use tlog_tiles::{Error, HashReader};

use crate::Hash;

/// Stored hashes by number.
pub type Stored = BTreeMap<u64, Hash>;

/// A question to the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// The hashes to store for the entry after `size` entries.
    Append {
        /// Entries before.
        size: u64,
        /// Hash of the new leaf.
        leaf: Hash,
    },
    /// The root over the first `size` entries.
    Root {
        /// Entries.
        size: u64,
    },
    /// That the entry at `index`, from 0, is among the first `size`.
    Inclusion {
        /// Entries.
        size: u64,
        /// Place from 0.
        index: u64,
    },
    /// That the first `old` entries are the beginning of the first `size`.
    Consistency {
        /// Entries.
        size: u64,
        /// Entries of the older head.
        old: u64,
    },
}

/// Why a question has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A hash is not stored.
    #[error("hash {0} is not stored")]
    Missing(u64),
    /// The place or size is outside the tree.
    #[error("no such place in the tree")]
    Outside,
}

/// Numbers of the stored hashes that the answer needs.
///
/// # Errors
/// `Outside`.
pub fn needed(question: Question) -> Result<Vec<u64>, TreeError> {
    let asked = Asked(RefCell::default());
    match run(question, &asked) {
        Ok(_) => Ok(Vec::new()),
        Err(Error::IndexesNotInTree) => Ok(asked.0.into_inner()),
        Err(_) => Err(TreeError::Outside),
    }
}

/// The answer: hashes to store, the root alone, or the hashes of a proof.
///
/// # Errors
/// `Missing`, `Outside`.
pub fn answer(question: Question, stored: &Stored) -> Result<Vec<Hash>, TreeError> {
    if let Some(missing) = needed(question)?.into_iter().find(|index| !stored.contains_key(index)) {
        return Err(TreeError::Missing(missing));
    }
    let hashes = run(question, &Known(stored)).map_err(|_| TreeError::Outside)?;
    Ok(hashes.into_iter().map(|hash| hash.0).collect())
}

/// Number of the first hash that the entry at `index`, from 0, adds; the others follow it.
pub fn first_number(index: u64) -> u64 {
    tlog_tiles::stored_hash_index(0, index)
}

/// Number of the hash of the `nth` complete subtree of `2^level` entries.
pub fn number(level: u8, nth: u64) -> u64 {
    tlog_tiles::stored_hash_index(level, nth)
}

/// Whether a proof shows that the leaf stands at `index`, from 0, of the tree with this root.
pub fn includes(proof: &[Hash], size: u64, root: Hash, index: u64, leaf: Hash) -> bool {
    index < size && {
        let proof = proof.iter().map(|hash| tlog_tiles::Hash(*hash)).collect();
        tlog_tiles::check_record(&proof, size, tlog_tiles::Hash(root), index, tlog_tiles::Hash(leaf)).is_ok()
    }
}

/// Whether a proof shows that the older tree is the beginning of the newer.
pub fn extends(proof: &[Hash], size: u64, root: Hash, old: u64, old_root: Hash) -> bool {
    if old == 0 {
        return proof.is_empty() && old_root == tlog_tiles::EMPTY_HASH.0;
    }
    old <= size && {
        let proof = proof.iter().map(|hash| tlog_tiles::Hash(*hash)).collect();
        tlog_tiles::check_tree(&proof, size, tlog_tiles::Hash(root), old, tlog_tiles::Hash(old_root)).is_ok()
    }
}

fn run(question: Question, reader: &impl HashReader) -> Result<Vec<tlog_tiles::Hash>, Error> {
    match question {
        Question::Append { size, leaf } => {
            tlog_tiles::stored_hashes_for_record_hash(size, tlog_tiles::Hash(leaf), reader)
        }
        Question::Root { size } => tlog_tiles::tree_hash(size, reader).map(|root| vec![root]),
        Question::Inclusion { size, index } => tlog_tiles::prove_record(size, index, reader),
        Question::Consistency { old: 0, .. } => Ok(Vec::new()),
        Question::Consistency { size, old } => tlog_tiles::prove_tree(size, old, reader),
    }
}

/// Takes down what is asked for, and has nothing.
struct Asked(RefCell<Vec<u64>>);

impl HashReader for Asked {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, Error> {
        if indexes.is_empty() {
            return Ok(Vec::new());
        }
        self.0.borrow_mut().extend_from_slice(indexes);
        Err(Error::IndexesNotInTree)
    }
}

/// Has what is stored; asked only for that.
struct Known<'a>(&'a Stored);

impl HashReader for Known<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, Error> {
        let hash =
            |index| self.0.get(index).map(|hash| tlog_tiles::Hash(*hash)).ok_or(Error::IndexesNotInTree);
        indexes.iter().map(hash).collect()
    }
}
