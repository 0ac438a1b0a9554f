//! What stands in the log.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Hash;

/// An entry (账目): when what kind of thing happened to which subject, and the salted digest of the facts. Its canonical JSON
/// (RFC 8785) is the leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Microseconds since the epoch.
    pub at: i64,
    /// Salted digest of the facts, hexadecimal; see [`salted_digest`].
    pub facts: String,
    /// Past-tense name.
    pub kind: String,
    /// Place in the log, from 1.
    pub position: u64,
    /// Random id of what it is about.
    pub subject: String,
}

impl Entry {
    /// The bytes of the leaf.
    pub fn leaf(&self) -> Vec<u8> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        // Keys in order, whole numbers, and strings as JSON writes them: this is the canonical form.
        format!(
            "{{\"at\":{},\"facts\":{},\"kind\":{},\"position\":{},\"subject\":{}}}",
            self.at,
            quoted(&self.facts),
            quoted(&self.kind),
            self.position,
            quoted(&self.subject)
        )
        .into_bytes()
    }

    /// The hash of the leaf.
    pub fn hash(&self) -> Hash {
        tlog_tiles::record_hash(&self.leaf()).0
    }
}

/// SHA-256 of the salt, a zero byte and the facts, hexadecimal. Without the salt the facts cannot be found by trying.
pub fn salted_digest(salt: &str, facts: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(salt.as_bytes());
    hash.update([0]);
    hash.update(facts.as_bytes());
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_canonical_json() {
        let entry = Entry {
            at: -7,
            facts: "00".to_owned(),
            kind: "a\"\u{1}揭".to_owned(),
            position: 3,
            subject: "s".to_owned(),
        };
        let leaf = String::from_utf8(entry.leaf()).unwrap();
        assert_eq!(leaf, serde_jcs::to_string(&entry).unwrap());
        assert_eq!(serde_json::from_str::<Entry>(&leaf).unwrap(), entry);
    }

    #[test]
    fn the_salt_is_told_from_the_facts() {
        assert_ne!(salted_digest("ab", "c"), salted_digest("a", "bc"));
    }
}
