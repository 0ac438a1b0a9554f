//! Statements (凭据): what was put into the log, signed by its keeper, with the proof once there is one.
//!
//! ```json
//! {"number": "…", "…": "…",
//!  "promise": {"note": "…", "position": 7, "salt": "…"},
//!  "proof": {"checkpoint": "…", "event": {"at": 0, "by": "…", "kind": "…", "subject": "…"}, "hashes": ["…"]}}
//! ```
//! Everything but `promise` and `proof` is a fact. The note of the promise is a signed note over the origin, the word
//! `statement`, and the canonical JSON of facts, position and salt. The entry is not in the file: facts, salt and event make its
//! digest. The file itself is canonical JSON, so that not one bit of it can be changed without being noticed.

use std::fmt;

use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::checkpoint::Checkpoint;
use crate::{Entry, Event, Hash, KeyError, SecretKey, VerifierKey, base64_of_hash, hash_from_base64, tree};

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
    /// Salt of the entry's digest.
    pub salt: String,
}

/// The proof that they do (包含证明).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// A signed head that covers the place.
    pub checkpoint: String,
    /// What happened when to what: it opens the entry.
    pub event: Event,
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
    /// Another key has signed it: that of another log, or of this one at another time.
    OtherKey,
    /// The key has not signed these facts at this place.
    Signature,
    /// The key has not signed this head.
    Checkpoint,
    /// The log holds something else at the place: the hashes do not lead from the facts to the head.
    Proof,
}

/// The file is no statement: where it goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {why}")]
pub struct Unreadable {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub why: Unread,
}

/// Why a file cannot be read as a statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It is not encoded in UTF-8.
    #[error("not UTF-8")]
    Encoding,
    /// It ends before its JSON does.
    #[error("the file ends too early")]
    End,
    /// It is not JSON, in the words of the parser.
    #[error("not JSON ({0})")]
    Syntax(String),
    /// It is JSON and no statement, in the words of the parser.
    #[error("not a receipt ({0})")]
    Shape(String),
}

impl Unreadable {
    /// Where the parser stopped, and why.
    pub(crate) fn new(error: &serde_json::Error, text: &str) -> Self {
        let said = error.to_string();
        let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said).to_owned();
        let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or("");
        // The parser counts bytes.
        let before = line.char_indices().take_while(|(place, _)| *place < error.column()).count();
        let why = match error.classify() {
            serde_json::error::Category::Eof => Unread::End,
            serde_json::error::Category::Data => Unread::Shape(said),
            _ => Unread::Syntax(said),
        };
        Self { line: error.line().max(1), column: before.max(1), why }
    }

    fn encoding(valid: &[u8]) -> Self {
        let text = String::from_utf8_lossy(valid);
        let last = text.rsplit('\n').next().unwrap_or("");
        let line = text.matches('\n').count() + 1;
        Self { line, column: last.chars().count() + 1, why: Unread::Encoding }
    }
}

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
    pub fn new(checkpoint: String, event: Event, hashes: &[Hash]) -> Self {
        Self { checkpoint, event, hashes: hashes.iter().map(base64_of_hash).collect() }
    }
}

impl Statement {
    /// The statement as canonical JSON.
    ///
    /// # Errors
    /// When the facts have no canonical form.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut all = self.facts.clone();
        all.insert("promise".to_owned(), serde_json::to_value(&self.promise)?);
        if let Some(proof) = &self.proof {
            all.insert("proof".to_owned(), serde_json::to_value(proof)?);
        }
        serde_jcs::to_string(&all)
    }

    /// Reads a statement.
    ///
    /// # Errors
    /// `Unreadable`.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        serde_json::from_str(text).map_err(|error| Unreadable::new(&error, text))
    }
}

impl<'de> Deserialize<'de> for Statement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Parts)
    }
}

/// Reads the parts where they stand, so that a fault is told with its place.
struct Parts;

impl<'de> Visitor<'de> for Parts {
    type Value = Statement;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with facts and a promise")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Statement, A::Error> {
        let (mut facts, mut promise, mut proof) = (Facts::new(), None, None);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "promise" => promise = Some(map.next_value()?),
                "proof" => proof = Some(map.next_value()?),
                _ => {
                    facts.insert(name, map.next_value()?);
                }
            }
        }
        let promise = promise.ok_or_else(|| A::Error::missing_field("promise"))?;
        Ok(Statement { facts, promise, proof })
    }
}

/// Checks the file of a statement offline.
///
/// # Errors
/// `Unreadable` for what is no statement.
pub fn verify(file: impl AsRef<[u8]>, key: &VerifierKey) -> Result<Verdict, Unreadable> {
    let file = file.as_ref();
    let text = std::str::from_utf8(file)
        .map_err(|error| Unreadable::encoding(file.get(..error.valid_up_to()).unwrap_or_default()))?;
    let statement = Statement::parse(text)?;
    // A part that came twice was kept once: that is not the canonical form either.
    let canonical = statement.to_json().is_ok_and(|canonical| canonical == text);
    let refuted = match &statement.proof {
        _ if !canonical => Some(Refutation::NotCanonical),
        _ if !signed(&statement, key) && key.is_named_by(&statement.promise.note) => {
            Some(Refutation::Signature)
        }
        _ if !signed(&statement, key) => Some(Refutation::OtherKey),
        None => None,
        Some(proof) => return Ok(included(&statement, proof, key)),
    };
    Ok(refuted.map_or(Verdict::Promised(statement), Verdict::Refuted))
}

fn included(statement: &Statement, proof: &Proof, key: &VerifierKey) -> Verdict {
    let Some(head) = Checkpoint::open(&proof.checkpoint, key) else {
        return Verdict::Refuted(Refutation::Checkpoint);
    };
    let Promise { position, salt, .. } = &statement.promise;
    let facts = serde_jcs::to_string(&statement.facts).unwrap_or_default();
    let entry = Entry { digest: proof.event.digest(&facts, salt), position: *position };
    if leads_to(&head, &entry, &proof.hashes) {
        Verdict::Included(statement.clone(), head.size)
    } else {
        Verdict::Refuted(Refutation::Proof)
    }
}

/// Whether hashes, base64, lead from an entry to a head.
pub(crate) fn leads_to(head: &Checkpoint, entry: &Entry, hashes: &[String]) -> bool {
    let decoded: Option<Vec<Hash>> = hashes.iter().map(|hash| hash_from_base64(hash)).collect();
    match (decoded, entry.position.checked_sub(1)) {
        (Some(hashes), Some(index)) => tree::includes(&hashes, head.size, head.root, index, entry.hash()),
        _ => false,
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
