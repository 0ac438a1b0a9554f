//! The recommendation table, as pages and as a workbook: of the list as it is, or of a confirmed version; and what the code on a
//! document leads to.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use jiebang_documents::{
    RecommendationTable, Recommended, RecommendedRow, recommendation_table, recommendation_workbook,
};
use jiebang_domain::application::{Content, Value};
use jiebang_domain::recommendation::ListState;
use jiebang_domain::shared::{Language, Region};
use jiebang_store::{Connection, StoreError, SubmissionRow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::candidates::{self, Read};
use super::{recommendation_of, resource};
use crate::access::{Action, Actor};
use crate::application::{frozen_fields, submission_by};
use crate::papers::{self, Paper, Stamp};
use crate::{LoadedCall, Service, ServiceError, Store, ledger};

/// Frozen copies that are read in one snapshot.
const READ_AT_ONCE: usize = 100;

/// What a table is made as (文件格式).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableForm {
    /// Pages to sign and seal, PDF.
    Pages,
    /// A workbook, XLSX.
    Workbook,
}

/// Which list of a region (名单版本).
#[derive(Clone, Debug)]
pub struct WhichList {
    /// Call.
    pub call: String,
    /// Who recommends.
    pub region: Region,
    /// A confirmed version; `None` for the list as it is.
    pub version: Option<u32>,
}

/// What a document shows, as the record has it (记录).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// What was submitted under the number of a receipt, received then.
    Submission(Timestamp),
    /// A list, confirmed by both departments then.
    List(Timestamp),
}

/// A line of a list, as it is frozen.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    rank: u32,
    application: String,
    number: String,
    version: i64,
    lead: String,
    task: String,
    title: String,
    reason: String,
    remark: String,
}

/// A frozen list, as far as a table shows it.
#[derive(Deserialize)]
struct Frozen {
    call_version: String,
    entries: Vec<Entry>,
}

/// A list with what a table is made from.
struct Listed {
    call: Arc<LoadedCall>,
    region: Region,
    entries: Vec<Entry>,
    /// SHA-256 of each frozen copy; empty where it was erased by law.
    copies: Vec<String>,
    stamp: Option<Stamp>,
    /// Microseconds since the epoch.
    changed: i64,
}

impl Service {
    /// The recommendation table of a list.
    ///
    /// # Errors
    /// `NotFound` where there is no such list, or it is not the actor's business; `TooMany` when too many documents wait;
    /// `Document`.
    pub async fn recommendation_table(
        &self,
        actor: &Actor,
        which: WhichList,
        form: TableForm,
        language: Language,
    ) -> Result<Paper, ServiceError> {
        let call = self.call(&which.call)?.call;
        recommendation_of(&call.call)?;
        self.access.require(Some(actor), Action::ReadDesk, &resource(&which.call, which.region))?;
        let listed = Arc::new(self.listed(call, which.region, which.version).await?);
        let at = Timestamp::from_microsecond(listed.changed)
            .map_err(|error| ServiceError::Internal(format!("table: {error}")))?;
        let fonts = match form {
            TableForm::Pages => Some(self.papers.fonts().await?),
            TableForm::Workbook => None,
        };
        let key = ledger::canonical(&json!({
            "kind": "recommendation_table",
            // A workbook brings no fonts.
            "fonts": fonts.as_ref().map(jiebang_documents::Fonts::digest),
            "call": [listed.call.call.id, listed.call.version],
            "region": listed.region.code(),
            "language": language.tag(),
            "at": listed.changed,
            "entries": listed.entries,
            "copies": listed.copies,
            "stamp": listed.stamp.as_ref().map(|of| [&of.number, &of.sha256, &of.address]),
        }));
        let store = self.store.clone();
        let work = async move {
            let rows = rows_of(&store, &listed, language).await?;
            papers::set(move || {
                let table = RecommendationTable {
                    call: &listed.call.call,
                    region: listed.region,
                    rows: &rows,
                    language,
                    frozen: listed.stamp.as_ref().map(Stamp::frozen),
                    at,
                };
                match fonts {
                    Some(fonts) => Ok(Bytes::from(recommendation_table(&fonts, &table)?.bytes)),
                    None => recommendation_workbook(&table).map(Bytes::from),
                }
            })
            .await
        };
        self.papers.get(&key, work).await
    }

    /// A confirmed list, or the list as it is; where that one is confirmed, it is the same.
    async fn listed(
        &self,
        call: Arc<LoadedCall>,
        region: Region,
        version: Option<u32>,
    ) -> Result<Listed, ServiceError> {
        let loaded = call.clone();
        let (confirmed, now, copies) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let id = loaded.call.id.as_str();
                    let (version, now) = match version {
                        Some(version) => (Some(version), None),
                        None => match candidates::read(rows, &loaded, region).await? {
                            Read { list, .. } if let ListState::Confirmed { version } = list.state => {
                                (Some(version), None)
                            }
                            // Nobody has begun a list.
                            read if read.row.updated_at == 0 => return Err(ServiceError::NotFound),
                            read => (None, Some((entries_of(&read), read.row.updated_at))),
                        },
                    };
                    let confirmed = match version {
                        None => None,
                        Some(version) => {
                            let row = rows.confirmed_list(id, region.code(), i64::from(version)).await?;
                            let row = row.ok_or(ServiceError::NotFound)?;
                            Some((frozen(&row.content)?, row, version))
                        }
                    };
                    let entries = confirmed
                        .as_ref()
                        .map(|(frozen, ..)| &frozen.entries)
                        .or(now.as_ref().map(|(entries, _)| entries));
                    let copies = copies_of(rows, entries.map(Vec::as_slice).unwrap_or_default()).await?;
                    Ok((confirmed, now, copies))
                })
            }))
            .await?;
        match (confirmed, now) {
            (Some((frozen, row, version)), _) => {
                let number = list_number(&row.call_id, region, version);
                Ok(Listed {
                    call: self.bound_call(&row.call_id, &frozen.call_version)?,
                    region,
                    entries: frozen.entries,
                    copies,
                    changed: row.confirmed_at,
                    stamp: Some(Stamp {
                        address: self.verification(&number, &row.content_sha256),
                        number,
                        sha256: row.content_sha256,
                    }),
                })
            }
            (None, Some((entries, changed))) => {
                Ok(Listed { call, region, entries, copies, stamp: None, changed })
            }
            (None, None) => Err(ServiceError::NotFound),
        }
    }

    /// What a document with this number and digest shows; `None` where there is no such record. Who has both has the document.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn recorded(&self, number: &str, sha256: &str) -> Result<Option<Recorded>, ServiceError> {
        // No database can be asked for a text with a zero in it. What was erased has no digest.
        if sha256.is_empty() || number.contains('\0') {
            return Ok(None);
        }
        let instant = |at| Timestamp::from_microsecond(at).ok();
        if let Some((call, region, version)) = list_of_number(number)
            && self.call(call).is_ok()
        {
            let call = call.to_owned();
            let found = self
                .store
                .read::<_, ServiceError>(Box::new(move |rows| {
                    Box::pin(async move {
                        Ok(rows.confirmed_list(&call, region.code(), i64::from(version)).await?)
                    })
                }))
                .await?;
            if let Some(row) = found.filter(|row| row.content_sha256 == sha256) {
                return Ok(instant(row.confirmed_at).map(Recorded::List));
            }
        }
        let found = submission_by(&self.store, number).await?;
        let row = found.filter(|row| row.content_sha256 == sha256);
        Ok(row.and_then(|row| instant(row.received_at)).map(Recorded::Submission))
    }
}

/// The number that a table bears of a confirmed list.
fn list_number(call: &str, region: Region, version: u32) -> String {
    format!("{call}-list-{}-{version}", region.code())
}

/// The list that such a number is of.
fn list_of_number(number: &str) -> Option<(&str, Region, u32)> {
    let mut parts = number.rsplitn(3, '-');
    let version = parts.next()?.parse().ok()?;
    let region = Region::parse(parts.next()?)?;
    let call = parts.next()?.strip_suffix("-list")?;
    (list_number(call, region, version) == number).then_some((call, region, version))
}

fn frozen(content: &str) -> Result<Frozen, ServiceError> {
    serde_json::from_str(content).map_err(|error| ServiceError::Internal(format!("list: {error}")))
}

fn entries_of(read: &Read) -> Vec<Entry> {
    let entry = |(rank, candidate): (u32, &jiebang_domain::recommendation::Candidate)| {
        let assessment = candidate.assessed();
        Entry {
            rank,
            application: candidate.application.clone(),
            number: candidate.number.clone(),
            version: i64::from(candidate.version()),
            lead: candidate.lead.clone(),
            task: candidate.task.clone(),
            title: candidate.title.clone(),
            reason: assessment.map(|of| of.reason.clone()).unwrap_or_default(),
            remark: assessment.map(|of| of.remark.clone()).unwrap_or_default(),
        }
    };
    (1..).zip(&read.list.ranked).map(entry).collect()
}

/// Applications of a list with the versions that stand there.
fn versions_of<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Vec<(String, i64)> {
    entries.into_iter().map(|entry| (entry.application.clone(), entry.version)).collect()
}

/// The digests of the frozen copies behind a list.
async fn copies_of(rows: &mut dyn Connection, entries: &[Entry]) -> Result<Vec<String>, StoreError> {
    let mut found: HashMap<String, String> = rows.digests(&versions_of(entries)).await?.into_iter().collect();
    Ok(entries.iter().map(|entry| found.remove(&entry.application).unwrap_or_default()).collect())
}

/// The rows of a table, from what was frozen.
async fn rows_of(
    store: &Store,
    listed: &Arc<Listed>,
    language: Language,
) -> Result<Vec<RecommendedRow>, ServiceError> {
    let mut all = Vec::with_capacity(listed.entries.len());
    while all.len() < listed.entries.len() {
        let (listed, from) = (listed.clone(), all.len());
        let some = store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let entries = || listed.entries.iter().skip(from).take(READ_AT_ONCE);
                    let copies = rows.copies(&versions_of(entries())).await?;
                    let copies: HashMap<&str, &SubmissionRow> =
                        copies.iter().map(|copy| (copy.application_id.as_str(), copy)).collect();
                    let mut some = Vec::new();
                    for entry in entries() {
                        let copy = copies.get(entry.application.as_str());
                        let content = copy.map(|copy| frozen_fields(copy)).transpose()?.flatten();
                        some.push(row_of(&listed.call, language, entry, content));
                    }
                    Ok(some)
                })
            }))
            .await?;
        all.extend(some);
    }
    Ok(all)
}

/// A row; of what was erased by law, only what the list itself says.
fn row_of(call: &LoadedCall, language: Language, entry: &Entry, content: Option<Content>) -> RecommendedRow {
    let content = content.unwrap_or_else(|| {
        let said = [("task", &entry.task), ("task_name", &entry.title), ("lead.name", &entry.lead)];
        let said = said.map(|(field, text)| (field.to_owned(), Value::Text(text.clone())));
        Content(BTreeMap::from(said))
    });
    let recommended =
        Recommended { place: entry.rank, content: &content, reason: &entry.reason, note: &entry.remark };
    RecommendedRow::of(&call.call, language, recommended)
}

#[cfg(test)]
mod tests {
    use super::{list_number, list_of_number};
    use jiebang_domain::shared::Region;

    #[test]
    fn numbers_of_lists_lead_back_to_them() {
        let region = Region::parse("440300").unwrap();
        let number = list_number("miit-2025-ai-devices", region, 12);
        assert_eq!(list_of_number(&number), Some(("miit-2025-ai-devices", region, 12)));
        for other in ["", "list-44-1", "a-list-44-01", "a-list-44-+1", "a-list-99-1", "a-000044-1", "a-44-1"]
        {
            assert_eq!(list_of_number(other), None, "{other}");
        }
    }
}
