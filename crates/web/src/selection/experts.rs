//! The library of experts: the list, the import that is shown before it is done, the template.

use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiebang_domain::selection::Employment;
use jiebang_domain::shared::{Finding, Language, Text};
use jiebang_service::{
    EXPERTS_BYTES_MAX, ExpertView, ExpertsPage, ImportPlan, ImportRow, RowKind, ServiceError,
};

use super::{Told, told};
use crate::Site;
use crate::application::attachment;
use crate::error::{Failure, encode};
use crate::form::{self, Form};
use crate::page::{Page, render};
use crate::paper::XLSX;
use crate::recommendation::{Mark, asked, mark, reload};
use crate::request::Visitor;
use crate::views::{ErrorLink, Refused, error_links};
use crate::words::pick;

/// Most bytes of an upload, with what stands around the file.
pub(super) const UPLOAD_BYTES_MAX: usize = EXPERTS_BYTES_MAX + (64 << 10);
/// Experts on one page.
const PAGE_SIZE: i64 = 50;
/// Most parts of the form that uploads.
const PARTS_MAX: usize = 8;
/// Name of the part that holds the workbook.
const FILE: &str = "file";

#[derive(Template)]
#[template(path = "pages/experts.html")]
struct ListPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    rows: Vec<Row>,
    first: String,
    next: String,
    may_import: bool,
}

/// An expert in the list.
#[derive(Debug)]
struct Row {
    code: String,
    name: String,
    fields: String,
    employers: Vec<String>,
    account: String,
}

#[derive(Template)]
#[template(path = "pages/experts_import.html")]
struct ImportPage {
    page: Page,
    refused: Refused,
    standing: String,
    rows: Vec<Shown>,
    /// What is sent to do it: file and digest; `None` where it cannot be done.
    sent: Option<(String, String)>,
    none: bool,
}

/// A row of the workbook.
#[derive(Debug)]
struct Shown {
    number: String,
    code: String,
    name: String,
    mark: Mark,
    notes: Vec<String>,
}

/// The list.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let after = asked(query.as_deref(), "after").filter(|after| !after.contains('\0')).unwrap_or_default();
    listed(&site, &visitor, StatusCode::OK, &after, Told::default()).await
}

async fn listed(
    site: &Site,
    visitor: &Visitor,
    status: StatusCode,
    after: &str,
    told: Told,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let found = site.service.experts(actor, after, PAGE_SIZE).await;
    let ExpertsPage { experts, next, may_import } = found.map_err(|error| visitor.fail(error))?;
    let language = visitor.language;
    let frame = visitor.page("");
    let title = frame.t("experts-title");
    let page = ListPage {
        page: frame.titled(title),
        refused: told.refused,
        errors: error_links(&told.findings, language),
        rows: experts.iter().map(|expert| row(expert, language)).collect(),
        first: if after.is_empty() { String::new() } else { "/experts".to_owned() },
        next: next.map(|next| format!("/experts?after={}", encode(&next))).unwrap_or_default(),
        may_import,
    };
    Ok(render(status, &page))
}

fn row(expert: &ExpertView, language: Language) -> Row {
    Row {
        code: expert.code.clone(),
        name: expert.name.clone(),
        fields: expert.fields.join(&pick(language, "、", ", ")),
        employers: expert.employers.iter().map(|of| employer(of, language)).collect(),
        account: expert.username.clone().unwrap_or_default(),
    }
}

fn employer(of: &Employment, language: Language) -> String {
    let name = &of.employer.name;
    match (of.from, of.until, language) {
        (_, None, Language::Zh) => format!("{name}（现任）"),
        (_, None, Language::En) => format!("{name} (now)"),
        (_, Some(until), Language::Zh) => format!("{name}（至 {until}）"),
        (_, Some(until), Language::En) => format!("{name} (until {until})"),
    }
}

/// Shows what a workbook would change.
pub(super) async fn show(
    State(site): State<Site>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let read = async {
        if form::is_form(request.headers()) {
            return Ok(None);
        }
        let multipart = Multipart::from_request(request, &site).await.map_err(|_| form::unreadable())?;
        file_of(multipart).await
    };
    let file = match read.await {
        Ok(file) => file.unwrap_or_default(),
        Err(error) => return refused(&site, &visitor, error).await,
    };
    match site.service.import_experts(actor, &file, None).await {
        Ok(_) if file.is_empty() => refused(&site, &visitor, none_chosen()).await,
        Ok(plan) => Ok(preview(&visitor, StatusCode::OK, Some(&file), &plan, Refused::default())),
        Err(ServiceError::Forbidden) => Err(visitor.fail(ServiceError::Forbidden)),
        Err(_) if file.is_empty() => refused(&site, &visitor, none_chosen()).await,
        Err(error) => refused(&site, &visitor, error).await,
    }
}

/// Does what was shown.
pub(super) async fn import(
    State(site): State<Site>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let sent = form.only(&["file", "seen"]).and_then(|()| {
        let file = STANDARD.decode(form.get("file")).map_err(|_| reload("file"))?;
        Ok((file, form.get("seen").to_owned()))
    });
    let (file, seen) = match sent {
        Ok(sent) => sent,
        Err(error) => return refused(&site, &visitor, error).await,
    };
    match site.service.import_experts(actor, &file, Some(seen)).await {
        Ok(_) => Ok(Redirect::to("/experts").into_response()),
        Err(error @ ServiceError::Store(jiebang_service::StoreError::Stale)) => {
            // What the workbook does now is shown anew.
            let (status, told) = told(Form::default(), error, visitor.language);
            let plan = site.service.import_experts(actor, &file, None).await;
            let plan = plan.map_err(|error| visitor.fail(error))?;
            Ok(preview(&visitor, status, Some(&file), &plan, told.refused))
        }
        Err(ServiceError::Forbidden) => Err(visitor.fail(ServiceError::Forbidden)),
        Err(error) => refused(&site, &visitor, error).await,
    }
}

/// The list again, with why nothing was done.
async fn refused(site: &Site, visitor: &Visitor, error: ServiceError) -> Result<Response, Failure> {
    let (status, told) = told(Form::default(), error, visitor.language);
    listed(site, visitor, status, "", told).await
}

fn preview(
    visitor: &Visitor,
    status: StatusCode,
    file: Option<&[u8]>,
    plan: &ImportPlan,
    refused: Refused,
) -> Response {
    let language = visitor.language;
    let count = |kind| plan.count(kind);
    let (new, changed, same, faulty) =
        (count(RowKind::New), count(RowKind::Changed), count(RowKind::Unchanged), count(RowKind::Faulty));
    let none = faulty == 0 && new + changed == 0;
    let frame = visitor.page("");
    let title = frame.t("experts-preview");
    let page = ImportPage {
        page: Page { path: String::new(), ..frame.titled(title) },
        refused,
        standing: pick(
            language,
            &format!("新增 {new} 位，变更 {changed} 位，不变 {same} 位，有误 {faulty} 行。"),
            &format!("{new} new, {changed} changed, {same} unchanged, {faulty} faulty."),
        ),
        rows: plan.rows.iter().map(|row| shown(row, language)).collect(),
        sent: file.filter(|_| faulty == 0 && !none).map(|file| (STANDARD.encode(file), plan.digest.clone())),
        none,
    };
    render(status, &page)
}

fn shown(row: &ImportRow, language: Language) -> Shown {
    let mark = match row.kind {
        RowKind::New => mark("partial", language, "新增", "New"),
        RowKind::Changed => mark("partial", language, "变更", "Changed"),
        RowKind::Unchanged => mark("done", language, "不变", "Unchanged"),
        RowKind::Faulty => mark("wrong", language, "有误", "Faulty"),
    };
    let say = |finding: &Finding| {
        let (message, remedy) = (finding.message.get(language), finding.remedy.get(language));
        pick(language, &format!("{message}。{remedy}"), &format!("{message}. {remedy}"))
    };
    let changes = row.changes.iter().map(|column| column.get(language).to_owned());
    Shown {
        number: row.number.to_string(),
        code: row.code.clone(),
        name: row.name.clone(),
        mark,
        notes: changes.chain(row.faults.iter().map(say)).collect(),
    }
}

/// The template.
pub(super) async fn template(State(site): State<Site>, visitor: Visitor) -> Result<Response, Failure> {
    let made = site.service.experts_template(visitor.actor()?, visitor.language);
    let bytes = made.map_err(|error| visitor.fail(error))?;
    Ok(attachment(XLSX, "experts.xlsx", Body::from(bytes)))
}

/// The bytes of the workbook; `None` where none was chosen.
async fn file_of(mut multipart: Multipart) -> Result<Option<Vec<u8>>, ServiceError> {
    for _ in 0..PARTS_MAX {
        let part = multipart.next_field().await.map_err(|error| broken(error.status()))?;
        let Some(mut part) = part else { return Ok(None) };
        if part.name() != Some(FILE) || part.file_name().is_none_or(str::is_empty) {
            continue;
        }
        let mut file = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|error| broken(error.status()))? {
            if file.len() + chunk.len() > EXPERTS_BYTES_MAX {
                return Err(ServiceError::TooLarge(EXPERTS_BYTES_MAX as u64));
            }
            file.extend_from_slice(&chunk);
        }
        return Ok(Some(file));
    }
    Err(form::unreadable())
}

fn broken(status: StatusCode) -> ServiceError {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        ServiceError::TooLarge(EXPERTS_BYTES_MAX as u64)
    } else {
        form::unreadable()
    }
}

fn none_chosen() -> ServiceError {
    ServiceError::field(
        "file_missing",
        FILE,
        Text::new("没有选择工作簿", "No workbook was chosen"),
        Text::new("选择 .xlsx 文件后再上传", "Choose an .xlsx file, then upload it"),
    )
}
