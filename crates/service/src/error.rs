//! Why a use case did not do what was asked.

use jiebang_domain::application::Refusal;
use jiebang_domain::shared::{Finding, Text};
use jiebang_store::StoreError;

use crate::ledger::Erasure;

/// Why a use case refused or failed (错误).
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// It is not there, or its existence is nobody else's business.
    #[error("not found")]
    NotFound,
    /// Nobody is logged in.
    #[error("nobody is logged in")]
    LoginRequired,
    /// The actor may see it but not do this.
    #[error("not allowed")]
    Forbidden,
    /// What was sent cannot be accepted: findings with fields.
    #[error("what was sent cannot be accepted")]
    Invalid(Vec<Finding>),
    /// It was there; what it said was erased by law.
    #[error("erased")]
    Erased(Erasure),
    /// The rules refuse the act.
    #[error("refused")]
    Refused(Refusal),
    /// The rules refuse an act on a list of recommendations.
    #[error("refused")]
    List(jiebang_domain::recommendation::Refusal),
    /// A document could not be made.
    #[error("document: {0}")]
    Document(jiebang_documents::Fault),
    /// Somebody else changed it in the meantime; nothing was overwritten.
    #[error("changed in the meantime")]
    Conflict(Box<Conflict>),
    /// The same idempotency key came with another request.
    #[error("idempotency key used for another request")]
    KeyReused,
    /// Too many attempts.
    #[error("too many attempts; wait {0} seconds")]
    TooMany(u64),
    /// Too large.
    #[error("too large; at most {0} bytes")]
    TooLarge(u64),
    /// The store cannot keep anything now.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be kept or fetched: the place for files does not answer as it should.
    #[error("the place for files does not answer as it should: {0}")]
    Files(String),
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(String),
}

/// Both states of something that two people changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Revision that the store holds.
    pub revision: i64,
    /// Who saved it, by name.
    pub by: String,
    /// Its content, JSON by field path.
    pub stored: serde_json::Value,
    /// What was sent, JSON by field path.
    pub sent: serde_json::Value,
}

impl From<Refusal> for ServiceError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<jiebang_domain::recommendation::Refusal> for ServiceError {
    fn from(refusal: jiebang_domain::recommendation::Refusal) -> Self {
        Self::List(refusal)
    }
}

impl ServiceError {
    /// One finding about a field that was sent.
    pub fn field(code: &str, field: &str, message: Text, remedy: Text) -> Self {
        Self::Invalid(vec![Finding {
            code: code.to_owned(),
            severity: jiebang_domain::shared::Severity::Refusal,
            clause: None,
            field: Some(field.to_owned()),
            message,
            remedy,
        }])
    }
}
