//! The application book of what is written, or of a submitted version.

use bytes::Bytes;
use jiebang_documents::{Book, book};
use jiebang_domain::application::Draft;
use jiebang_domain::recommendation::Department;
use jiebang_domain::shared::{Language, Region};
use jiff::Timestamp;
use serde_json::json;

use super::loaded::Loaded;
use crate::access::{Action, Actor};
use crate::papers::{Paper, Stamp};
use crate::{Service, ServiceError, ledger, papers};

impl Service {
    /// The application book as PDF: of what the actor sees of the application.
    ///
    /// # Errors
    /// `NotFound` when it is not there or not the actor's business, `TooMany` when too many documents wait, `Document`.
    pub async fn application_book(
        &self,
        actor: &Actor,
        id: &str,
        language: Language,
    ) -> Result<Paper, ServiceError> {
        let loaded = self.loaded_for(Some(actor), Action::ReadApplication, id).await?;
        self.book_of(&loaded, language).await
    }

    /// The application book of a submitted version, by the number of its receipt.
    ///
    /// # Errors
    /// As [`Service::application_book`].
    pub async fn submitted_book(
        &self,
        actor: Option<&Actor>,
        receipt: &str,
        language: Language,
    ) -> Result<Paper, ServiceError> {
        let row = self.submission(actor, receipt).await?;
        let loaded =
            self.loaded_version(actor, Action::ReadReceipt, &row.application_id, row.version).await?;
        self.book_of(&loaded, language).await
    }

    async fn book_of(&self, loaded: &Loaded, language: Language) -> Result<Paper, ServiceError> {
        let draft = loaded.draft()?;
        let stamp = loaded.frozen().map(|frozen| Stamp {
            address: self.verification(&frozen.receipt_number, &frozen.sha256),
            number: frozen.receipt_number.clone(),
            sha256: frozen.sha256.clone(),
        });
        let changed = loaded.frozen().map_or(loaded.rows.application.updated_at, |of| of.received_at);
        let at = Timestamp::from_microsecond(changed)
            .map_err(|error| ServiceError::Internal(format!("book: {error}")))?;
        let recommended_by = recommenders(loaded, language);
        let fonts = self.papers.fonts().await?;
        let key = ledger::canonical(&json!({
            "kind": "book",
            "fonts": fonts.digest(),
            "call": [loaded.call.call.id, loaded.call.version],
            "language": language.tag(),
            "at": changed,
            "content": content(&draft)?,
            "recommended_by": recommended_by,
            "stamp": stamp.as_ref().map(|of| [&of.number, &of.sha256, &of.address]),
        }));
        let call = loaded.call.clone();
        let work = papers::set(move || {
            let names: Vec<&str> = recommended_by.iter().map(String::as_str).collect();
            let frozen = stamp.as_ref().map(Stamp::frozen);
            let made = book(
                &fonts,
                &Book { call: &call.call, draft: &draft, language, frozen, at, recommended_by: &names },
            )?;
            Ok(Bytes::from(made.bytes))
        });
        self.papers.get(&key, work).await
    }

    /// Where anybody can hold a document against the record.
    pub(crate) fn verification(&self, number: &str, sha256: &str) -> String {
        format!("{}/verify?number={number}&sha256={sha256}", self.settings.public_url)
    }
}

/// A digest of everything in a draft that a book shows.
fn content(draft: &Draft) -> Result<String, ServiceError> {
    let applicant = &draft.applicant;
    let whole = (
        &draft.content,
        &draft.evidence,
        &applicant.name,
        applicant.code.to_string(),
        applicant.region.code(),
        &applicant.legal_representative,
    );
    let json = serde_json::to_vec(&whole).map_err(|error| ServiceError::Internal(error.to_string()))?;
    Ok(ledger::sha256(&json))
}

/// The departments that recommend the application, by name.
fn recommenders(loaded: &Loaded, language: Language) -> Vec<String> {
    let call = &loaded.call.call;
    let (Some(_), Some(region)) = (&call.recommendation, loaded.recommender()) else { return Vec::new() };
    Department::ALL.iter().map(|department| named(call, region, *department, language)).collect()
}

fn named(
    call: &jiebang_domain::call::Call,
    region: Region,
    department: Department,
    language: Language,
) -> String {
    let (region, department) = (region.name(), department.name(call));
    match language {
        Language::Zh => format!("{}{}", region.zh, department.zh),
        Language::En => format!("{}, {}", department.en, region.en),
    }
}
