//! The library of experts, to look at.

use jiebang_documents::template_workbook;
use jiebang_domain::selection::Employment;
use jiebang_domain::shared::Language;
use jiebang_store::ExpertRow;

use super::EXPERT_COLUMNS;
use super::ground::employers_of;
use crate::access::{Action, Actor, Resource};
use crate::{Service, ServiceError};

/// Most experts of one page.
const PAGE_MAX: i64 = 200;

/// An expert of the library.
#[derive(Clone, Debug)]
pub struct ExpertView {
    /// Id.
    pub id: String,
    /// Number in the library.
    pub code: String,
    /// Name.
    pub name: String,
    /// Fields of expertise.
    pub fields: Vec<String>,
    /// Where the expert works and worked.
    pub employers: Vec<Employment>,
    /// Login name; `None` until the expert has an account.
    pub username: Option<String>,
    /// May be asked.
    pub active: bool,
}

/// A page of the library.
#[derive(Clone, Debug)]
pub struct ExpertsPage {
    /// Experts by number.
    pub experts: Vec<ExpertView>,
    /// The next page begins after this number.
    pub next: Option<String>,
    /// The actor may import experts.
    pub may_import: bool,
}

pub(super) fn expert_view(row: &ExpertRow, username: Option<String>) -> Result<ExpertView, ServiceError> {
    Ok(ExpertView {
        id: row.id.clone(),
        code: row.code.clone(),
        name: row.name.clone(),
        fields: serde_json::from_str(&row.fields)
            .map_err(|error| ServiceError::Internal(format!("fields of expert {}: {error}", row.id)))?,
        employers: employers_of(row)?,
        username,
        active: row.active != 0,
    })
}

impl Service {
    /// The workbook that an import reads, with one row that shows how it is filled in.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn experts_template(&self, actor: &Actor, language: Language) -> Result<Vec<u8>, ServiceError> {
        self.access.require(Some(actor), Action::ReadExperts, &Resource::System)?;
        let rows = [
            ("E0001", "E0001"),
            ("示例专家", "Example Expert"),
            ("医学影像；人工智能", "Imaging; artificial intelligence"),
            (
                "91350100M000100Y43，示例单位，2019-01-01；91350100M000100Y43，示例前单位，2010-07-01，2018-12-31",
                "91350100M000100Y43, Example unit, 2019-01-01; 91350100M000100Y43, Former unit, 2010-07-01, 2018-12-31",
            ),
            ("", ""),
        ];
        let pick = |(zh, en): (&'static str, &'static str)| if language == Language::Zh { zh } else { en };
        let columns: Vec<(&str, &str)> =
            EXPERT_COLUMNS.into_iter().zip(rows).map(|(name, row)| (pick(name), pick(row))).collect();
        template_workbook(pick(("专家", "Experts")), &columns).map_err(ServiceError::Document)
    }

    /// Experts after a number, by number.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn experts(&self, actor: &Actor, after: &str, limit: i64) -> Result<ExpertsPage, ServiceError> {
        self.access.require(Some(actor), Action::ReadExperts, &Resource::System)?;
        let may_import = self.access.allows(Some(actor), Action::ImportExperts, &Resource::System);
        let (after, limit) = (after.to_owned(), limit.clamp(1, PAGE_MAX));
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut found = rows.experts(&after, limit.saturating_add(1)).await?;
                    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > limit;
                    if more {
                        found.pop();
                    }
                    let next = found.last().filter(|_| more).map(|row| row.code.clone());
                    let mut experts = Vec::new();
                    for row in &found {
                        let account = match &row.account_id {
                            Some(account) => rows.account(account).await?,
                            None => None,
                        };
                        experts.push(expert_view(row, account.map(|account| account.username))?);
                    }
                    Ok(ExpertsPage { experts, next, may_import })
                })
            }))
            .await
    }
}
