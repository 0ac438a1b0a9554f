//! How an event is written down, and the ledger that it becomes an entry of.

pub(crate) mod audit;
mod erasing;
mod export;
mod key;
mod log;
mod words;

pub use key::{adopt_ledger_key, claim_ledger_key, recorded_ledger_key};

use jiebang_store::NewEvent;
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use erasing::Erasure;
pub(crate) use erasing::{erase_events_of, reason_of};
pub use export::{
    Audience, ExportCheck, ExportCounts, ExportHead, Exported, Lifted, Piece, Recompute, Recomputed, export,
};
pub use words::{refutation_words, unreadable_words};

/// Kind of the event of a submission, which holds what the receipt states.
pub(crate) const SUBMITTED: &str = "application_submitted";

/// An event (事件) of this kind about this subject, by this account or by the system, with its facts as canonical JSON
/// (RFC 8785). Facts name people by the ids of their accounts only.
pub(crate) fn event(
    kind: &str,
    subject: &str,
    account_id: Option<String>,
    data: &Value,
    at: i64,
) -> NewEvent {
    NewEvent { kind: kind.to_owned(), subject: subject.to_owned(), account_id, data: canonical(data), at }
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A JSON value always has a canonical form: its keys are strings and its numbers finite. Should the library not find it, the
/// plain form keeps the facts.
pub(crate) fn canonical(data: &Value) -> String {
    serde_jcs::to_string(data).unwrap_or_else(|error| {
        tracing::error!(%error, "facts of an event have no canonical form");
        data.to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::{event, sha256};
    use serde_json::json;

    #[test]
    fn facts_are_canonical() {
        let event = event(
            "call_published",
            "c",
            Some("a".to_owned()),
            &json!({ "é": 1.0, "b": "揭榜", "a": [1, null] }),
            7,
        );
        assert_eq!(event.data, r#"{"a":[1,null],"b":"揭榜","é":1}"#);
        assert_eq!((event.kind.as_str(), event.subject.as_str(), event.at), ("call_published", "c", 7));
    }

    #[test]
    fn digests_are_lower_case_hexadecimal() {
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
