//! Importing experts from a workbook: shown row by row first, then done exactly as it was shown.

use std::collections::{BTreeMap, BTreeSet};

use jiebang_documents::read_workbook;
use jiebang_domain::shared::{Finding, Text};
use jiebang_store::{Connection, ExpertRow, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::ground::close_conflicted;
use super::rows::{Columns, Read};
use super::written;
use crate::access::{Action, Actor, Resource, Role};
use crate::{Service, ServiceError, ledger};

/// Largest workbook of experts, in bytes: the page that shows it carries it.
pub const EXPERTS_BYTES_MAX: usize = 1 << 20;
/// Most experts of one import.
const EXPERTS_MAX: usize = 5_000;
/// Experts that are read at once.
const BATCH: i64 = 1_000;

/// What an import does with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// The expert is not in the library yet.
    New,
    /// Something is other than in the library.
    Changed,
    /// Everything is as in the library.
    Unchanged,
    /// It cannot be taken.
    Faulty,
}

impl RowKind {
    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Faulty => "faulty",
        }
    }
}

/// A row of a workbook and what is done with it.
#[derive(Clone, Debug)]
pub struct ImportRow {
    /// Its number as the workbook counts.
    pub number: u32,
    /// Number of the expert; empty where it cannot be read.
    pub code: String,
    /// Name of the expert.
    pub name: String,
    /// What is done.
    pub kind: RowKind,
    /// Names of the columns that change.
    pub changes: Vec<Text>,
    /// What is wrong with it.
    pub faults: Vec<Finding>,
}

/// What an import does (导入预览).
#[derive(Clone, Debug)]
pub struct ImportPlan {
    /// Rows of the workbook.
    pub rows: Vec<ImportRow>,
    /// Digest of file, library and what is done; an import is asked for with it.
    pub digest: String,
}

impl ImportPlan {
    /// How many rows there are of a kind.
    pub fn count(&self, kind: RowKind) -> usize {
        self.rows.iter().filter(|row| row.kind == kind).count()
    }
}

/// A row that was read, or what is wrong with it.
struct Line {
    number: u32,
    read: Result<Read, Vec<Finding>>,
    /// A fault of the account, should it be found to be no expert's.
    stranger: Finding,
}

impl Service {
    /// Shows what an import of a workbook does; with the digest of what was shown, does it. The library stays as it is where one
    /// row is faulty.
    ///
    /// # Errors
    /// `Forbidden`; `TooLarge`; `Invalid` for a workbook that cannot be read or, when it is to be done, has faulty rows; `Stale`
    /// where the library has moved on since it was shown.
    pub async fn import_experts(
        &self,
        actor: &Actor,
        file: &[u8],
        seen: Option<String>,
    ) -> Result<ImportPlan, ServiceError> {
        self.access.require(Some(actor), Action::ImportExperts, &Resource::System)?;
        let file_sha256 = ledger::sha256(file);
        // Unpacking takes a while and must not hold up other requests.
        let file = file.to_vec();
        let lines = tokio::task::spawn_blocking(move || lines_of(&file)).await;
        let lines = lines.map_err(|error| ServiceError::Internal(error.to_string()))??;
        let Some(seen) = seen else {
            return self
                .store
                .read::<_, ServiceError>(Box::new(move |rows| {
                    Box::pin(async move { Ok(compare(rows, lines, &file_sha256).await?.0) })
                }))
                .await;
        };
        let now = self.clock.now();
        let by = actor.account_id.clone();
        let ids: Vec<String> = lines.iter().map(|_| self.random.id(now)).collect();
        let calls = self.calls.clone();
        self.store
            .act::<ImportPlan, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let (plan, changes) = compare(rows, lines, &file_sha256).await?;
                    if plan.digest != seen {
                        return Err(StoreError::Stale.into());
                    }
                    let faults: Vec<Finding> =
                        plan.rows.iter().flat_map(|row| row.faults.iter().cloned()).collect();
                    if !faults.is_empty() {
                        return Err(ServiceError::Invalid(faults));
                    }
                    let fresh = changes.into_iter().zip(ids).map(|(row, id)| fresh(row, id, &by, now));
                    let changed: Vec<ExpertRow> = fresh.collect();
                    for row in &changed {
                        rows.save_expert(row).await?;
                        close_conflicted(rows, &calls, row, &by, now).await?;
                    }
                    let facts = json!({
                        "file_sha256": file_sha256,
                        "new": plan.count(RowKind::New),
                        "changed": plan.count(RowKind::Changed),
                    });
                    let at = now.as_microsecond();
                    rows.add_event(&ledger::event("experts_imported", "experts", Some(by), &facts, at))
                        .await?;
                    Ok(plan)
                })
            }))
            .await
    }
}

fn fresh(mut row: ExpertRow, id: String, by: &str, now: Timestamp) -> ExpertRow {
    if row.revision == 0 {
        row.id = id;
    }
    row.updated_at = now.as_microsecond();
    by.clone_into(&mut row.updated_by);
    row
}

fn lines_of(file: &[u8]) -> Result<Vec<Line>, ServiceError> {
    if file.len() > EXPERTS_BYTES_MAX {
        return Err(ServiceError::TooLarge(EXPERTS_BYTES_MAX as u64));
    }
    let sheet = read_workbook(file).map_err(|fault| {
        ServiceError::field(
            "workbook_unreadable",
            "file",
            fault.message(),
            Text::new("按模板填写后上传", "Fill in the template and upload it"),
        )
    })?;
    let count = sheet.rows.len();
    if count == 0 || count > EXPERTS_MAX {
        return Err(ServiceError::field(
            "rows_count",
            "file",
            Text::new(
                format!("表中有 {count} 位专家，应为 1 至 {EXPERTS_MAX} 位"),
                format!("The sheet has {count} experts; 1 to {EXPERTS_MAX} can be imported at once"),
            ),
            Text::new("分次导入", "Import them in parts"),
        ));
    }
    let columns = Columns::of(&sheet).map_err(ServiceError::Invalid)?;
    let mut seen = BTreeSet::new();
    let lines = sheet.rows.iter().map(|row| Line {
        number: row.number,
        read: columns.read(row, &mut seen),
        stranger: columns.fault(
            row,
            4,
            ("没有这个专家账号，或它属于另一位专家", "no expert has this account, or it is another's"),
            (
                "先开设角色为评审专家的账号，每人一个",
                "Open an account with the role of an expert first, one for each",
            ),
        ),
    });
    Ok(lines.collect())
}

/// What is to be done with each row, and the rows of the library as they are to be.
async fn compare(
    rows: &mut dyn Connection,
    lines: Vec<Line>,
    file_sha256: &str,
) -> Result<(ImportPlan, Vec<ExpertRow>), ServiceError> {
    let library = library(rows).await?;
    let mut owners: BTreeMap<String, String> =
        library.values().filter_map(|row| Some((row.account_id.clone()?, row.code.clone()))).collect();
    let (mut shown, mut changes, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    for Line { number, read, stranger } in lines {
        let mut row = ImportRow {
            number,
            code: String::new(),
            name: String::new(),
            kind: RowKind::Faulty,
            changes: Vec::new(),
            faults: Vec::new(),
        };
        match read {
            Err(faults) => row.faults = faults,
            Ok(read) => {
                row.code.clone_from(&read.code);
                row.name.clone_from(&read.name);
                match account(rows, &read, &mut owners).await? {
                    None => row.faults.push(stranger),
                    Some(account) => {
                        let before = library.get(&read.code);
                        let next = next(before, &read, account)?;
                        row.changes = before.map(|before| differences(before, &next)).unwrap_or_default();
                        row.kind = match before {
                            None => RowKind::New,
                            Some(_) if row.changes.is_empty() => RowKind::Unchanged,
                            Some(_) => RowKind::Changed,
                        };
                        marks.push(json!([
                            next.code,
                            next.id,
                            next.revision,
                            next.account_id,
                            row.kind.id()
                        ]));
                        if row.kind != RowKind::Unchanged {
                            changes.push(next);
                        }
                    }
                }
            }
        }
        shown.push(row);
    }
    let digest = ledger::sha256(json!([file_sha256, marks]).to_string().as_bytes());
    Ok((ImportPlan { rows: shown, digest }, changes))
}

/// All experts by number.
async fn library(rows: &mut dyn Connection) -> Result<BTreeMap<String, ExpertRow>, ServiceError> {
    let mut library = BTreeMap::new();
    let mut after = String::new();
    loop {
        let batch = rows.experts(&after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(library) };
        after.clone_from(&last.code);
        library.extend(batch.into_iter().map(|row| (row.code.clone(), row)));
    }
}

/// The account that a row names, `Some(None)` where it names none; `None` where that is no expert's, or another expert's.
async fn account(
    rows: &mut dyn Connection,
    read: &Read,
    owners: &mut BTreeMap<String, String>,
) -> Result<Option<Option<String>>, ServiceError> {
    if read.username.is_empty() {
        return Ok(Some(None));
    }
    let found = rows.account_by_username(&read.username).await?;
    let expert = |role: &str| Role::parse(role) == Some(Role::Expert);
    let Some(found) = found.filter(|found| expert(&found.role) && found.disabled_at.is_none()) else {
        return Ok(None);
    };
    let owner = owners.entry(found.id.clone()).or_insert_with(|| read.code.clone());
    Ok((*owner == read.code).then_some(Some(found.id)))
}

/// The row of an expert as it is to be. A row that names no account leaves it as it is.
fn next(before: Option<&ExpertRow>, read: &Read, account: Option<String>) -> Result<ExpertRow, ServiceError> {
    Ok(ExpertRow {
        id: before.map(|row| row.id.clone()).unwrap_or_default(),
        code: read.code.clone(),
        name: read.name.clone(),
        fields: written(&read.fields)?,
        employers: written(&read.employers)?,
        account_id: account.or_else(|| before.and_then(|row| row.account_id.clone())),
        active: before.map_or(1, |row| row.active),
        revision: before.map_or(0, |row| row.revision),
        updated_at: 0,
        updated_by: String::new(),
    })
}

/// Names of the columns that are other than before.
fn differences(before: &ExpertRow, next: &ExpertRow) -> Vec<Text> {
    let other = [
        false,
        before.name != next.name,
        before.fields != next.fields,
        before.employers != next.employers,
        before.account_id != next.account_id,
    ];
    let columns = super::EXPERT_COLUMNS.into_iter().zip(other);
    columns.filter(|(_, other)| *other).map(|((zh, en), _)| Text::new(zh, en)).collect()
}
