//! A request that is sent again with its key is answered as before and does nothing.

use jiebang_store::{Connection, IdempotencyRow};
use jiff::Timestamp;

use crate::access::Actor;
use crate::{ServiceError, ledger};

/// A request that must not be done twice (幂等键): by whom, its key, and what it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Once(Option<IdempotencyRow>);

impl Once {
    /// A request with its key, if it came with one. `asked` is all that the request asks for: the same key with another request is
    /// refused.
    pub(crate) fn new(actor: &Actor, key: Option<String>, asked: &str, now: Timestamp) -> Self {
        Self(key.map(|key| IdempotencyRow {
            account_id: actor.account_id.clone(),
            key,
            request_sha256: ledger::sha256(asked.as_bytes()),
            answer: String::new(),
            created_at: now.as_microsecond(),
        }))
    }

    /// What the request was answered before, if it was done.
    ///
    /// # Errors
    /// `KeyReused` when the key came with another request.
    pub(crate) async fn before(&self, rows: &mut dyn Connection) -> Result<Option<String>, ServiceError> {
        let Some(asked) = &self.0 else { return Ok(None) };
        match rows.idempotency(&asked.account_id, &asked.key).await? {
            Some(before) if before.request_sha256 == asked.request_sha256 => Ok(Some(before.answer)),
            Some(_) => Err(ServiceError::KeyReused),
            None => Ok(None),
        }
    }

    /// Keeps the answer, in the act that does what was asked.
    ///
    /// # Errors
    /// When the store does not keep it.
    pub(crate) async fn keep(&self, rows: &mut dyn Connection, answer: &str) -> Result<(), ServiceError> {
        let Some(asked) = &self.0 else { return Ok(()) };
        let row = IdempotencyRow { answer: answer.to_owned(), ..asked.clone() };
        Ok(rows.add_idempotency(&row).await?)
    }
}
