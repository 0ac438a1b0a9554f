//! SHA-256 digests as people and programs pass them on.

use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

/// A SHA-256 digest (摘要) in 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// A text that is no digest (摘要有误).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a digest has 64 lower-case hexadecimal digits")]
pub struct DigestError;

impl Digest {
    /// Takes 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// Anything else, upper-case digits too: one digest has one writing.
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let hexadecimal =
            text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if hexadecimal { Ok(Self(text.to_owned())) } else { Err(DigestError) }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        Self::parse(&text)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn a_digest_has_one_writing() {
        let digits = "0123456789abcdef".repeat(4);
        assert_eq!(Digest::parse(&digits).unwrap().as_str(), digits);
        for wrong in ["", &digits[1..], &digits.to_uppercase(), &format!("{digits}0"), &"g".repeat(64)] {
            assert!(Digest::parse(wrong).is_err(), "{wrong}");
        }
        assert!(serde_json::from_str::<Digest>("\"ab\"").is_err());
    }
}
