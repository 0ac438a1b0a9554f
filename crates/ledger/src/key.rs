//! Keys, in the text form of C2SP signed notes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;
use signed_note::{Note, Signature, StandardSigner, StandardVerifier, Verifier, VerifierList};

const ED25519: u8 = 1;

/// Why a key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text is not a key.
    #[error("not a key of a signed note")]
    Malformed,
    /// The name is empty or has spaces or a plus sign.
    #[error("a key's name has neither spaces nor plus signs")]
    Name,
}

/// The key that the keeper signs with (签名密钥).
#[derive(Clone)]
pub struct SecretKey {
    text: String,
    verifier: VerifierKey,
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SecretKey").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

impl SecretKey {
    /// A key of this name from 32 random bytes.
    ///
    /// # Errors
    /// `Name`.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if !signed_note::is_key_name_valid(name) {
            return Err(KeyError::Name);
        }
        let key = SigningKey::from_bytes(seed);
        let public = key.verifying_key();
        let verifier = VerifierKey::parse(&signed_note::new_ed25519_verifier_key(name, &public))?;
        let id = signed_note::key_id(name, &[&[ED25519], public.as_bytes().as_slice()].concat());
        let private = STANDARD.encode([&[ED25519], seed.as_slice()].concat());
        Ok(Self { text: format!("PRIVATE+KEY+{name}+{id:08x}+{private}"), verifier })
    }

    /// Reads the form that [`SecretKey::reveal`] writes.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        StandardSigner::new(text).map_err(|_| KeyError::Malformed)?;
        let mut parts = text.splitn(5, '+').skip(2);
        let (name, _, private) = (parts.next(), parts.next(), parts.next());
        let bytes = STANDARD.decode(private.ok_or(KeyError::Malformed)?).map_err(|_| KeyError::Malformed)?;
        let seed = bytes.get(1..).and_then(|seed| seed.try_into().ok()).ok_or(KeyError::Malformed)?;
        Self::from_seed(name.ok_or(KeyError::Malformed)?, &seed)
    }

    /// The secret as text, to be kept where nobody else reads it.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// The key that others check signatures with.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a text of whole lines as a signed note.
    ///
    /// # Errors
    /// `Malformed` when the text does not end a line or holds control characters.
    pub(crate) fn sign(&self, text: &str) -> Result<String, KeyError> {
        let signer = StandardSigner::new(&self.text).map_err(|_| KeyError::Malformed)?;
        let mut note = Note::new(text.as_bytes(), &[]).map_err(|_| KeyError::Malformed)?;
        note.add_sigs(&[&signer]).map_err(|_| KeyError::Malformed)?;
        String::from_utf8(note.to_bytes()).map_err(|_| KeyError::Malformed)
    }
}

/// A public key (验证公钥): `name+id+key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey(String);

impl VerifierKey {
    /// Reads a key; white space around it does not matter.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        StandardVerifier::new(text).map_err(|_| KeyError::Malformed)?;
        Ok(Self(text.to_owned()))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Name of the key, which is also the origin of the log.
    pub fn name(&self) -> &str {
        self.0.split('+').next().unwrap_or_default()
    }

    /// Whether lines of signatures name this key, be the signatures right or wrong. Lines that cannot be read name nobody else.
    pub(crate) fn is_named_by(&self, signatures: &str) -> bool {
        let Ok(key) = StandardVerifier::new(&self.0) else { return true };
        let other = |line: &str| {
            Signature::from_bytes(line.as_bytes())
                .is_ok_and(|of| of.name() != key.name() || of.id() != key.key_id())
        };
        !signatures.lines().any(other)
    }

    /// The text of a note, if this key alone has signed it. `None` for anything else.
    pub(crate) fn open(&self, note: &str) -> Option<String> {
        let verifier = StandardVerifier::new(&self.0).ok()?;
        let parsed = Note::from_bytes(note.as_bytes()).ok()?;
        let known = VerifierList::new(vec![Box::new(verifier)]);
        let (signed, others) = parsed.verify(&known).ok()?;
        // One signature in one form: nothing about the note can be changed without being noticed.
        let whole = signed.len() == 1 && others.is_empty() && parsed.to_bytes() == note.as_bytes();
        whole.then(|| String::from_utf8_lossy(parsed.text()).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_and_read() {
        let key = SecretKey::from_seed("example.org/ledger", &[7; 32]).unwrap();
        let again = SecretKey::parse(&format!(" {}\n", key.reveal())).unwrap();
        assert_eq!(again.verifier(), key.verifier());
        assert_eq!(key.verifier().name(), "example.org/ledger");
        assert!(!format!("{key:?}").contains("PRIVATE"));
        for name in ["", "a b", "a+b", "a\u{3000}b"] {
            assert_eq!(SecretKey::from_seed(name, &[7; 32]).unwrap_err(), KeyError::Name, "{name}");
        }
        for text in ["", "PRIVATE+KEY+a+00000000+AQ==", key.verifier().as_str()] {
            assert_eq!(SecretKey::parse(text).unwrap_err(), KeyError::Malformed, "{text}");
        }
        assert!(VerifierKey::parse(key.reveal()).is_err());
    }

    #[test]
    fn a_note_opens_with_its_key_only_and_whole() {
        let (key, other) =
            (SecretKey::from_seed("a", &[1; 32]).unwrap(), SecretKey::from_seed("a", &[2; 32]).unwrap());
        let note = key.sign("first\nsecond\n").unwrap();
        assert_eq!(key.verifier().open(&note).as_deref(), Some("first\nsecond\n"));
        assert_eq!(other.verifier().open(&note), None);
        let twice =
            format!("{note}{}", other.sign("first\nsecond\n").unwrap().rsplit_once("\n\n").unwrap().1);
        assert_eq!(key.verifier().open(&twice), None);
        assert!(key.sign("no end").is_err());
        assert!(key.sign("a\u{7}\n").is_err());
    }
}
