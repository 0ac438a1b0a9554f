//! The recommendation table to take away: of the list as it is, and of each confirmed version.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiebang_domain::shared::Language;
use jiebang_service::{TableForm, WhichList};

use super::Place;
use crate::Site;
use crate::error::Failure;
use crate::paper;
use crate::request::{Address, Visitor};
use crate::words::pick;

/// Where a table can be taken away (推荐表).
#[derive(Debug)]
pub(super) struct Downloads {
    pub(super) words: String,
    pub(super) pages_href: String,
    pub(super) workbook_href: String,
}

/// The table of a version, or of the list as it is.
pub(super) fn downloads(place: &Place, version: Option<u32>, language: Language) -> Downloads {
    let at = |file: &str| match version {
        Some(version) => place.address(&format!("lists/{version}/{file}")),
        None => place.address(file),
    };
    Downloads {
        words: match version {
            Some(version) => pick(
                language,
                &format!("第 {version} 版推荐表"),
                &format!("Recommendation table, version {version}"),
            ),
            None => pick(language, "推荐表（暂定）", "Recommendation table (provisional)"),
        },
        pages_href: at("table.pdf"),
        workbook_href: at("table.xlsx"),
    }
}

/// The list as it is.
pub(super) async fn now(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    RawQuery(query): RawQuery,
    form: TableForm,
) -> Result<Response, Failure> {
    let call = visitor.address(parts)?;
    table(&site, &visitor, call, None, query.as_deref(), form).await
}

/// A confirmed list.
pub(super) async fn of_version(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, u32)>,
    RawQuery(query): RawQuery,
    form: TableForm,
) -> Result<Response, Failure> {
    let (call, version) = visitor.address(parts)?;
    table(&site, &visitor, call, Some(version), query.as_deref(), form).await
}

async fn table(
    site: &Site,
    visitor: &Visitor,
    call: String,
    version: Option<u32>,
    query: Option<&str>,
    form: TableForm,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let place = Place::find(site, visitor, actor, call, query)?;
    let which = WhichList { call: place.call.clone(), region: place.region, version };
    let made = site.service.recommendation_table(actor, which, form, visitor.language).await;
    let made = made.map_err(|error| visitor.fail(error))?;
    let (kind, ending) = match form {
        TableForm::Pages => (paper::PDF, "pdf"),
        TableForm::Workbook => (paper::XLSX, "xlsx"),
    };
    let version = version.map(|version| format!("-{version}")).unwrap_or_default();
    let name = format!("{}-{}{version}.{ending}", place.call, place.region.code());
    Ok(paper::answer(place.page(visitor, ""), made, kind, &name))
}
