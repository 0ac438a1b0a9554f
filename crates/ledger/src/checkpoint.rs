//! Heads of the tree (检查点) as C2SP checkpoints in signed notes.

use tlog_tiles::Checkpoint as Format;

use crate::{Hash, KeyError, SecretKey, VerifierKey};

/// A head: how many entries, and the root over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Entries.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
}

impl Checkpoint {
    /// The signed note of this head; its origin is the name of the key.
    ///
    /// # Errors
    /// As the key is malformed.
    pub fn sign(&self, key: &SecretKey) -> Result<String, KeyError> {
        let format = Format::new(key.verifier().name(), self.size, tlog_tiles::Hash(self.root), "");
        let text = format.map_err(|_| KeyError::Name)?.to_bytes();
        key.sign(&String::from_utf8(text).map_err(|_| KeyError::Malformed)?)
    }

    /// The head that a note states, whoever has signed it.
    pub fn read(note: &str) -> Option<Self> {
        let text = note.split_once("\n\n")?.0;
        let format = Format::from_bytes(format!("{text}\n").as_bytes()).ok()?;
        Some(Self { size: format.size(), root: format.hash().0 })
    }

    /// The head in a signed note, if this key has signed it for its own log.
    pub fn open(note: &str, key: &VerifierKey) -> Option<Self> {
        let format = Format::from_bytes(key.open(note)?.as_bytes()).ok()?;
        let own = format.origin() == key.name() && format.extension().is_empty();
        own.then(|| Self { size: format.size(), root: format.hash().0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_signed_and_opened() {
        let key = SecretKey::from_seed("example.org/ledger", &[3; 32]).unwrap();
        let head = Checkpoint { size: 12, root: [9; 32] };
        let note = head.sign(&key).unwrap();
        let lines: Vec<&str> = note.lines().collect();
        assert_eq!(lines[..3], ["example.org/ledger", "12", "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk="]);
        assert!(lines[4].starts_with("— example.org/ledger "), "{note}");
        assert_eq!(Checkpoint::open(&note, key.verifier()), Some(head));
        assert_eq!(Checkpoint::read(&note), Some(head));
        assert_eq!(Checkpoint::read("example.org/ledger\n12\n"), None);
        assert_eq!(Checkpoint::open(&note.replacen("12", "13", 1), key.verifier()), None);
        // Another log of the same key would be another origin.
        let elsewhere = key.sign("elsewhere\n12\nCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n").unwrap();
        assert_eq!(Checkpoint::open(&elsewhere, key.verifier()), None);
    }
}
