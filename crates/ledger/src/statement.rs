//! Statements (凭据): what was put into the log, signed by its keeper, with the proof once there is one.
//!
//! ```json
//! {"number": "…", "…": "…",
//!  "promise": {"note": "…", "position": 7, "salt": "…"},
//!  "proof": {"checkpoint": "…", "entry": {…}, "hashes": ["…"]}}
//! ```
//! Everything but `promise` and `proof` is a fact. The note of the promise is a signed note over the origin, the word
//! `statement`, and the canonical JSON of facts, position and salt. The file itself is canonical JSON, so that not one bit of it
//! can be changed without being noticed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::checkpoint::Checkpoint;
use crate::{
    Entry, Hash, KeyError, SecretKey, VerifierKey, base64_of_hash, hash_from_base64, salted_digest, tree,
};

/// Facts by name.
pub type Facts = Map<String, Value>;

/// The keeper's word that the facts stand at a place of the log (承诺).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Signature lines of the note.
    pub note: String,
    /// Place in the log, from 1.
    pub position: u64,
    /// Salt of the facts' digest.
    pub salt: String,
}

/// The proof that they do (包含证明).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// A signed head that covers the place.
    pub checkpoint: String,
    /// The entry.
    pub entry: Entry,
    /// Hashes from the leaf to the root, base64.
    pub hashes: Vec<String>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What is stated.
    pub facts: Facts,
    /// The keeper's word.
    pub promise: Promise,
    /// The proof, once there is one.
    pub proof: Option<Proof>,
}

/// What a statement proves.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The log holds the facts: the head of this size covers them.
    Included(Statement, u64),
    /// The keeper has promised it; this copy was made before a head covered the place.
    Promised(Statement),
    /// It does not hold.
    Refuted(Refutation),
}

/// Why a statement does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refutation {
    /// The file is not in canonical form: it was changed, if only in its spaces.
    NotCanonical,
    /// The key has not signed these facts at this place.
    Signature,
    /// The key has not signed this head.
    Checkpoint,
    /// The entry is of another place or of other facts.
    Entry,
    /// The hashes do not lead from the entry to the head.
    Proof,
}

/// The file is no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(pub String);

impl Promise {
    /// Signs the promise for facts at a position.
    ///
    /// # Errors
    /// As the key is malformed, or the facts have no canonical form.
    pub fn sign(key: &SecretKey, facts: &Facts, position: u64, salt: &str) -> Result<Self, KeyError> {
        let text = text(key.verifier().name(), facts, position, salt).ok_or(KeyError::Malformed)?;
        let note = key.sign(&text)?;
        let note = note.strip_prefix(&text).ok_or(KeyError::Malformed)?.trim_start_matches('\n').to_owned();
        Ok(Self { note, position, salt: salt.to_owned() })
    }
}

impl Proof {
    /// A proof as text.
    pub fn new(checkpoint: String, entry: Entry, hashes: &[Hash]) -> Self {
        Self { checkpoint, entry, hashes: hashes.iter().map(base64_of_hash).collect() }
    }
}

impl Statement {
    /// The statement as canonical JSON.
    ///
    /// # Errors
    /// `Unreadable` when the facts have no canonical form.
    pub fn to_json(&self) -> Result<String, Unreadable> {
        let fault = |error: serde_json::Error| Unreadable(error.to_string());
        let mut all = self.facts.clone();
        all.insert("promise".to_owned(), serde_json::to_value(&self.promise).map_err(fault)?);
        if let Some(proof) = &self.proof {
            all.insert("proof".to_owned(), serde_json::to_value(proof).map_err(fault)?);
        }
        serde_jcs::to_string(&all).map_err(fault)
    }

    /// Reads a statement.
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let fault = |error: serde_json::Error| Unreadable(error.to_string());
        let mut facts: Facts = serde_json::from_str(text).map_err(fault)?;
        let promise = facts.remove("promise").ok_or_else(|| Unreadable("there is no promise".to_owned()))?;
        let proof = facts.remove("proof").map(serde_json::from_value).transpose().map_err(fault)?;
        Ok(Self { facts, promise: serde_json::from_value(promise).map_err(fault)?, proof })
    }
}

/// Checks a statement offline.
///
/// # Errors
/// `Unreadable` for what is no statement.
pub fn verify(text: &str, key: &VerifierKey) -> Result<Verdict, Unreadable> {
    let statement = Statement::parse(text)?;
    let refuted = match (&statement.proof, statement.to_json()? == text) {
        (_, false) => Some(Refutation::NotCanonical),
        _ if !signed(&statement, key) => Some(Refutation::Signature),
        (None, _) => None,
        (Some(proof), _) => return Ok(included(&statement, proof, key)),
    };
    Ok(refuted.map_or(Verdict::Promised(statement), Verdict::Refuted))
}

fn included(statement: &Statement, proof: &Proof, key: &VerifierKey) -> Verdict {
    let Some(head) = Checkpoint::open(&proof.checkpoint, key) else {
        return Verdict::Refuted(Refutation::Checkpoint);
    };
    let facts = serde_jcs::to_string(&statement.facts).unwrap_or_default();
    let (promise, entry) = (&statement.promise, &proof.entry);
    if entry.position != promise.position || entry.facts != salted_digest(&promise.salt, &facts) {
        return Verdict::Refuted(Refutation::Entry);
    }
    let decoded: Option<Vec<Hash>> = proof.hashes.iter().map(|hash| hash_from_base64(hash)).collect();
    let index = entry.position.checked_sub(1);
    match (decoded, index) {
        (Some(hashes), Some(index)) if tree::includes(&hashes, head.size, head.root, index, entry.hash()) => {
            Verdict::Included(statement.clone(), head.size)
        }
        _ => Verdict::Refuted(Refutation::Proof),
    }
}

fn signed(statement: &Statement, key: &VerifierKey) -> bool {
    let Promise { note, position, salt } = &statement.promise;
    text(key.name(), &statement.facts, *position, salt)
        .is_some_and(|text| key.open(&format!("{text}\n{note}")).is_some_and(|signed| signed == text))
}

/// What the promise signs.
fn text(origin: &str, facts: &Facts, position: u64, salt: &str) -> Option<String> {
    let facts = serde_jcs::to_string(facts).ok()?;
    let salt = Value::from(salt);
    Some(format!("{origin}\nstatement\n{facts}\n{position}\n{salt}\n"))
}
