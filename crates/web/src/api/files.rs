//! Files attached as evidence.

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use jiebang_domain::shared::Text;
use jiebang_service::{FILE_BYTES_MAX, FileView, Scope, ServiceError, Stored, Upload};
use schemars::JsonSchema;
use serde::Serialize;

use super::body::{Key, Place, wrong_kind};
use super::caller::Caller;
use super::operation::Operation;
use super::shapes::created;
use super::{Answer, Problem};
use crate::Site;
use crate::application::{download_of, is_multipart};

/// Most bytes of a request with a file: the file, and what stands around it.
const REQUEST_BYTES_MAX: usize = FILE_BYTES_MAX as usize + (1 << 20);
/// Most bytes of the text of a part.
const TEXT_BYTES_MAX: usize = 1_000;
/// Most parts of a request.
const PARTS_MAX: usize = 8;

/// An attached file.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "File")]
pub(super) struct FileShape {
    /// Id.
    id: String,
    /// Evidence that it is.
    evidence: String,
    /// Member that it belongs to, the lead being 0.
    member: i64,
    /// Name.
    name: String,
    /// Media type by content.
    media_type: String,
    /// Bytes.
    size_bytes: i64,
    /// Pages.
    pages: Option<i64>,
    /// SHA-256, hexadecimal.
    sha256: String,
}

/// Files of an application.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Files")]
pub(super) struct FilesShape {
    /// By evidence, then as they were attached.
    files: Vec<FileShape>,
}

/// A file to attach.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "NewFile")]
#[expect(dead_code, reason = "describes the parts of a form")]
pub(super) struct NewFile {
    /// Id of the evidence.
    #[schemars(length(min = 1, max = 200))]
    evidence: String,
    /// Number of the member, the lead being 0; 0 where nothing is said.
    #[schemars(range(min = 0, max = 1_000_000))]
    member: Option<u32>,
    /// PDF, JPEG or PNG, with its name.
    #[schemars(extend("format" = "binary"))]
    file: String,
}

impl From<&FileView> for FileShape {
    fn from(file: &FileView) -> Self {
        Self {
            id: file.id.clone(),
            evidence: file.evidence.clone(),
            member: file.member,
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size_bytes: file.size_bytes,
            pages: file.pages,
            sha256: file.sha256.clone(),
        }
    }
}

/// Routes of the room.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route(
            "/api/v1/applications/{id}/files",
            get(list).post(attach).layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX)),
        )
        .route("/api/v1/applications/{id}/files/{file}", get(download).delete(remove))
}

/// What they are.
pub(super) fn operations() -> Vec<Operation> {
    let (all, one) = ("/api/v1/applications/{id}/files", "/api/v1/applications/{id}/files/{file}");
    vec![
        Operation::new(("get", all), "list_files", "Files of an application", Some(Scope::Read))
            .answers::<FilesShape>(200, "All of them."),
        Operation::new(("post", all), "attach_file", "Attach a file", Some(Scope::Write))
            .takes_file::<NewFile>()
            .once()
            .answers::<FileShape>(201, "It is attached.")
            .or(&[409, 507]),
        Operation::new(("get", one), "download_file", "A file", Some(Scope::Read))
            .answers_file(["application/pdf", "image/jpeg", "image/png"], "The file as an attachment."),
        Operation::new(("delete", one), "remove_file", "Take a file off the draft", Some(Scope::Write))
            .done("It is off; submitted versions keep theirs.")
            .or(&[409]),
    ]
}

async fn list(State(site): State<Site>, caller: Caller, Place(id): Place<String>) -> Answer {
    caller.actor()?;
    let view = site.service.application(caller.known(), &id).await?;
    let files = view.evidence.iter().flat_map(|item| item.files.iter().map(FileShape::from)).collect();
    Ok(Json(FilesShape { files }).into_response())
}

async fn download(
    State(site): State<Site>,
    caller: Caller,
    Place((id, file)): Place<(String, String)>,
) -> Answer {
    caller.actor()?;
    Ok(download_of(&site, caller.known(), &id, &file).await?)
}

async fn remove(
    State(site): State<Site>,
    caller: Caller,
    Place((id, file)): Place<(String, String)>,
) -> Answer {
    site.service.remove_file(caller.with(Scope::Write)?, &id, &file).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn attach(
    State(site): State<Site>,
    caller: Caller,
    Place(id): Place<String>,
    Key(key): Key,
    request: Request,
) -> Answer {
    let actor = caller.with(Scope::Write)?;
    if !is_multipart(request.headers()) {
        return Err(wrong_kind("multipart/form-data"));
    }
    site.service.may_upload(actor, &id).await?;
    let multipart = Multipart::from_request(request, &site).await.map_err(|_| unreadable())?;
    let (upload, stored) = parts(&site, multipart, key).await?;
    let file = site.service.attach_file(actor, &id, upload, stored).await?;
    let place = format!("/api/v1/applications/{id}/files/{}", file.id);
    Ok(created(&place, &FileShape::from(&file)))
}

/// Reads the parts, in whatever order they come; the file goes to the store while it arrives.
async fn parts(
    site: &Site,
    mut multipart: Multipart,
    key: Option<String>,
) -> Result<(Upload, Stored), Problem> {
    let (mut evidence, mut member, mut stored) = (None, None, None);
    for _ in 0..PARTS_MAX {
        let Some(part) = multipart.next_field().await.map_err(|error| broken(&error))? else {
            let evidence = evidence.ok_or_else(|| missing("evidence"))?;
            let stored: Stored = stored.ok_or_else(|| missing("file"))?;
            let (member, name) = (member.unwrap_or(0), stored.name.clone());
            return Ok((Upload { evidence, member, name, key }, stored));
        };
        let name = part.name().unwrap_or("").to_owned();
        match name.as_str() {
            "evidence" if evidence.is_none() => evidence = Some(text(part).await?),
            "member" if member.is_none() => {
                let sent = text(part).await?;
                member = Some(sent.trim().parse::<u32>().map_err(|_| missing("member"))?);
            }
            "file" if stored.is_none() => {
                let file = part.file_name().unwrap_or("").to_owned();
                stored = Some(site.service.files().put("file", &file, part, FILE_BYTES_MAX).await?);
            }
            other => return Err(strange(other)),
        }
    }
    Err(strange("…"))
}

async fn text(mut part: Field<'_>) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > TEXT_BYTES_MAX {
            return Err(ServiceError::TooLarge(TEXT_BYTES_MAX as u64).into());
        }
    }
    // No database keeps a text with a zero in it.
    String::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).ok_or_else(unreadable)
}

fn broken(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ServiceError::TooLarge(FILE_BYTES_MAX).into();
    }
    unreadable()
}

fn unreadable() -> Problem {
    Problem::unreadable(Text::new(
        "表单没有收全或格式不对。",
        "The form did not arrive whole or is malformed.",
    ))
}

fn missing(part: &str) -> Problem {
    ServiceError::field(
        "part_missing",
        part,
        Text::new(format!("{part} 没有填写或不能识别"), format!("{part} is missing or cannot be read")),
        Text::new("按接口说明发送 evidence、member、file", "Send evidence, member and file as described"),
    )
    .into()
}

fn strange(part: &str) -> Problem {
    let shown: String = part.chars().take(80).collect();
    ServiceError::field(
        "field_unknown",
        &shown,
        Text::new(
            format!("没有栏目 {shown}，或它出现两次"),
            format!("There is no field {shown}, or it stands twice"),
        ),
        Text::new("只发送 evidence、member、file", "Send evidence, member and file only"),
    )
    .into()
}
