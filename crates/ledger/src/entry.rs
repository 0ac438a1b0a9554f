//! What stands in the log, and what opens it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Hash;

/// What an event (事件) is besides its facts: when who did what kind of thing to which subject. Facts and salt added, it opens an
/// entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Microseconds since the epoch.
    pub at: i64,
    /// Random id of who acted; `None` for the system.
    pub by: Option<String>,
    /// Past-tense name.
    pub kind: String,
    /// Id of what it is about.
    pub subject: String,
}

impl Event {
    /// SHA-256, hexadecimal, of the salt, a zero byte, and the event with its facts (canonical JSON) as canonical JSON. Without the
    /// salt none of it can be found by trying.
    pub fn digest(&self, facts: &str, salt: &str) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let Self { at, by, kind, subject } = self;
        // Keys in order, whole numbers, and strings as JSON writes them: this is the canonical form.
        let by = by.as_deref().map_or_else(|| "null".to_owned(), quoted);
        let (kind, subject) = (quoted(kind), quoted(subject));
        let event =
            format!("{{\"at\":{at},\"by\":{by},\"facts\":{facts},\"kind\":{kind},\"subject\":{subject}}}");
        let mut hash = Sha256::new();
        hash.update(salt.as_bytes());
        hash.update([0]);
        hash.update(event.as_bytes());
        hex::encode(hash.finalize())
    }
}

/// An entry (账目): a place in the log and the salted digest of the event there, nothing else. Its canonical JSON (RFC 8785) is the
/// leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Digest of the event; see [`Event::digest`].
    pub digest: String,
    /// Place in the log, from 1.
    pub position: u64,
}

impl Entry {
    /// The bytes of the leaf.
    pub fn leaf(&self) -> Vec<u8> {
        let digest = serde_json::Value::from(self.digest.as_str());
        format!("{{\"digest\":{digest},\"position\":{}}}", self.position).into_bytes()
    }

    /// The hash of the leaf.
    pub fn hash(&self) -> Hash {
        tlog_tiles::record_hash(&self.leaf()).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event() -> Event {
        Event { at: -7, by: Some("\"".to_owned()), kind: "a\"\u{1}揭".to_owned(), subject: "s".to_owned() }
    }

    #[test]
    fn a_leaf_is_canonical_json() {
        let entry = Entry { digest: "00ff".to_owned(), position: 3 };
        let leaf = String::from_utf8(entry.leaf()).unwrap();
        assert_eq!(leaf, r#"{"digest":"00ff","position":3}"#);
        assert_eq!(leaf, serde_jcs::to_string(&entry).unwrap());
        assert_eq!(serde_json::from_str::<Entry>(&leaf).unwrap(), entry);
    }

    #[test]
    fn a_digest_is_of_salt_and_canonical_json() {
        let Event { at, by, kind, subject } = event();
        let whole =
            json!({ "facts": { "b": 1, "a": "榜" }, "subject": subject, "kind": kind, "by": by, "at": at });
        let bytes = [b"salt\0".as_slice(), serde_jcs::to_string(&whole).unwrap().as_bytes()].concat();
        assert_eq!(event().digest(r#"{"a":"榜","b":1}"#, "salt"), hex::encode(Sha256::digest(bytes)));
    }

    #[test]
    fn a_digest_tells_every_part_from_the_others() {
        let digest = event().digest("{}", "ab");
        let other = |change: fn(&mut Event)| {
            let mut changed = event();
            change(&mut changed);
            changed.digest("{}", "ab")
        };
        assert_ne!(digest, other(|event| event.at = 7));
        assert_ne!(digest, other(|event| event.by = None));
        assert_ne!(digest, other(|event| event.kind.push('x')));
        assert_ne!(digest, other(|event| event.subject.push('x')));
        assert_ne!(digest, event().digest("[]", "ab"));
        assert_ne!(digest, event().digest("{}", "a"));
    }
}
