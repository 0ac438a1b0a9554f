//! What the law asks to erase of an application (依法删除): all that was written, attached, submitted and noted; that there was one stays.

use jiebang_store::ApplicationRow;

use crate::{Service, ServiceError, ledger};

impl Service {
    /// Erases an application for good, for the operator, by the reason that is given: its draft, its files unless another
    /// application has the same, every submitted version, the facts of all its events, and what the desk has written about it. It
    /// stands withdrawn, under its number; ledger, receipts of others and confirmed lists stand.
    ///
    /// No server may be running: somebody could be attaching a file that is being removed.
    ///
    /// # Errors
    /// `NotFound` when there is no such application; `Invalid` without a reason; when a file cannot be removed, after which the
    /// rows stand, and another run goes on.
    pub async fn erase_application(&self, id: &str, reason: &str) -> Result<(), ServiceError> {
        let (id, reason) = (id.to_owned(), ledger::reason_of(reason)?);
        let at = self.clock.now().as_microsecond();
        let store = self.files.clone();
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let row = rows.application(&id).await?.ok_or(ServiceError::NotFound)?;
                    rows.change_application(&ApplicationRow {
                        state: "withdrawn".to_owned(),
                        title: String::new(),
                        lead: row.lead.as_ref().map(|_| String::new()),
                        updated_at: at,
                        ..row
                    })
                    .await?;
                    let files = rows.erase_application(&id).await?;
                    ledger::erase_events_of(rows, &id, &reason, at).await?;
                    for sha256 in files {
                        store.remove(&sha256).await?;
                    }
                    Ok(())
                })
            }))
            .await
    }

    /// Erases what one receipt states and the version behind it, by the reason that is given.
    ///
    /// # Errors
    /// As [`Service::erase_event`]; `NotFound` when there is no such receipt.
    pub async fn erase_receipt(&self, number: &str, reason: &str) -> Result<(), ServiceError> {
        let submission = super::submission_by(&self.store, number).await?;
        self.erase_event(submission.ok_or(ServiceError::NotFound)?.position, reason).await
    }

    /// The application behind the number of one of its receipts, for the operator.
    ///
    /// # Errors
    /// `NotFound` when there is no such receipt.
    pub async fn application_of_receipt(&self, number: &str) -> Result<String, ServiceError> {
        let submission = super::submission_by(&self.store, number).await?;
        submission.map(|row| row.application_id).ok_or(ServiceError::NotFound)
    }
}
