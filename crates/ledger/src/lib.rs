//! An append-only log (存证账本) that anyone can check without trusting who keeps it.
//!
//! - Entries are leaves of a Merkle tree as in RFC 6962. What is stored of the tree is the hash of every complete subtree, under
//!   one running number ([`tree`]).
//! - The head of the tree is a C2SP checkpoint, signed as a C2SP signed note ([`checkpoint`]). Each head extends the one before,
//!   which a consistency proof shows.
//! - A [`statement`] says what was put in, at which place, under the keeper's signature; once a head covers the place, it also
//!   carries the proof. [`statement::verify`] needs the keeper's public key and nothing else.
//! - An [`export`] opens many entries under one head.
//!
//! An entry holds its place and a salted digest, never an event: who reads the log learns how many events there are and nothing
//! about any of them, and when the law asks to delete facts and their salt, the log still stands.
//! The crate knows neither clock nor randomness nor IO.

pub mod checkpoint;
mod entry;
pub mod export;
mod key;
pub mod statement;
pub mod tree;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub use entry::{Entry, Event};
pub use key::{KeyError, SecretKey, VerifierKey};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// A hash as base64.
pub fn base64_of_hash(hash: &Hash) -> String {
    STANDARD.encode(hash)
}

/// A hash from its only form in base64.
pub fn hash_from_base64(text: &str) -> Option<Hash> {
    STANDARD.decode(text).ok()?.try_into().ok()
}
