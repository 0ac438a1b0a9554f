//! Exports (导出): entries that are opened one by one under one head.
//!
//! A line is canonical JSON: what happened with its facts and salt, or the digest alone where the law had them erased, and the
//! hashes that lead from the entry to the head.
//!
//! ```json
//! {"event": {"at": 0, "by": "…", "kind": "…", "subject": "…"}, "facts": {}, "hashes": ["…"], "position": 7, "salt": "…"}
//! {"digest": "…", "hashes": ["…"], "position": 8}
//! ```

use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::statement::{Facts, Refutation, Unreadable, leads_to};
use crate::{Entry, Event};

/// An entry as it is handed over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Opened {
    /// With all that is behind it.
    Whole(Whole),
    /// What is behind it was erased.
    Erased(Erased),
}

/// An entry with what opens it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whole {
    /// What happened when to what.
    pub event: Event,
    /// Its facts.
    pub facts: Facts,
    /// Hashes from the leaf to the root, base64.
    pub hashes: Vec<String>,
    /// Place in the log, from 1.
    pub position: u64,
    /// Salt of the digest.
    pub salt: String,
}

/// An entry that nothing opens any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// The digest in the log.
    pub digest: String,
    /// Hashes from the leaf to the root, base64.
    pub hashes: Vec<String>,
    /// Place in the log, from 1.
    pub position: u64,
}

impl Opened {
    /// Place in the log, from 1.
    pub fn position(&self) -> u64 {
        match self {
            Self::Whole(whole) => whole.position,
            Self::Erased(erased) => erased.position,
        }
    }

    /// The line.
    ///
    /// # Errors
    /// When the facts have no canonical form.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_jcs::to_string(self)
    }

    /// Reads a line and holds it against a head.
    ///
    /// # Errors
    /// `Unreadable` for what is no such line; inside, why it does not hold.
    pub fn check(line: &str, head: &Checkpoint) -> Result<Result<Self, Refutation>, Unreadable> {
        let opened: Self = serde_json::from_str(line).map_err(|error| Unreadable::new(&error, line))?;
        if !opened.to_json().is_ok_and(|canonical| canonical == line) {
            return Ok(Err(Refutation::NotCanonical));
        }
        let (entry, hashes) = match &opened {
            Self::Whole(Whole { event, facts, hashes, position, salt }) => {
                let facts = serde_jcs::to_string(facts).unwrap_or_default();
                (Entry { digest: event.digest(&facts, salt), position: *position }, hashes)
            }
            Self::Erased(Erased { digest, hashes, position }) => {
                (Entry { digest: digest.clone(), position: *position }, hashes)
            }
        };
        Ok(if leads_to(head, &entry, hashes) { Ok(opened) } else { Err(Refutation::Proof) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Question, Stored, answer, first_number};
    use crate::{Hash, base64_of_hash};
    use serde_json::json;

    /// Five entries and the head over them; the third is erased.
    fn lines() -> (Vec<String>, Checkpoint) {
        let event = |nth: u64| Event { at: 7, by: None, kind: "done".to_owned(), subject: format!("s{nth}") };
        let facts = |nth: u64| json!({ "n": nth, "榜": "é" }).as_object().cloned().unwrap();
        let entry = |nth: u64| Entry {
            digest: event(nth).digest(&serde_jcs::to_string(&facts(nth)).unwrap(), "salt"),
            position: nth + 1,
        };
        let mut stored = Stored::new();
        for nth in 0..5 {
            let leaf: Hash = entry(nth).hash();
            let hashes = answer(Question::Append { size: nth, leaf }, &stored).unwrap();
            stored.extend((first_number(nth)..).zip(hashes));
        }
        let root = answer(Question::Root { size: 5 }, &stored).unwrap()[0];
        let opened = |nth: u64| {
            let hashes = answer(Question::Inclusion { size: 5, index: nth }, &stored).unwrap();
            let (hashes, position) = (hashes.iter().map(base64_of_hash).collect(), nth + 1);
            match nth {
                2 => Opened::Erased(Erased { digest: entry(nth).digest, hashes, position }),
                _ => Opened::Whole(Whole {
                    event: event(nth),
                    facts: facts(nth),
                    hashes,
                    position,
                    salt: "salt".to_owned(),
                }),
            }
        };
        ((0..5).map(|nth| opened(nth).to_json().unwrap()).collect(), Checkpoint { size: 5, root })
    }

    #[test]
    fn each_line_leads_to_the_head() {
        let (lines, head) = lines();
        for (line, position) in lines.iter().zip(1..) {
            assert_eq!(Opened::check(line, &head).unwrap().unwrap().position(), position);
        }
    }

    #[test]
    fn no_bit_of_a_line_can_be_flipped() {
        let (lines, head) = lines();
        for line in &lines {
            for place in 0..line.len() * 8 {
                let mut bytes = line.clone().into_bytes();
                bytes[place / 8] ^= 1 << (place % 8);
                let Ok(flipped) = String::from_utf8(bytes) else { continue };
                assert!(!matches!(Opened::check(&flipped, &head), Ok(Ok(_))), "bit {place} of {line}");
            }
        }
    }
}
