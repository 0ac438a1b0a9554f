//! What a browser sent: pairs in order, and files that go to the file store while they arrive.

use axum::body::Bytes;
use axum::extract::multipart::{Field as PartField, Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use jiebang_domain::shared::{Finding, Text};
use jiebang_service::{Actor, FILE_BYTES_MAX, ServiceError, Upload};

use crate::form::{self, FIELDS_MAX, Form, FormFault};
use crate::{FORM_BYTES_MAX, Site};

/// Most bytes of a section's form with its files; each file has its own limit.
pub(super) const SECTION_BYTES_MAX: usize = 128 << 20;
/// Most parts of one form.
const PARTS_MAX: usize = FIELDS_MAX;
/// Most bytes of the name of an input.
const NAME_BYTES_MAX: usize = 500;

/// A form as sent (提交的表单).
#[derive(Debug, Default)]
pub(super) struct Sent {
    /// Names and values in order, duplicates kept.
    pub(super) pairs: Vec<(String, String)>,
    /// Files that could not be taken, and pairs that cannot be read.
    pub(super) faults: Vec<Finding>,
    /// Why files could not be attached at all; what was typed goes on.
    pub(super) error: Option<ServiceError>,
    /// Files came that nobody could attach.
    pub(super) files_left: bool,
}

/// Where files of a form go (附件去处).
#[derive(Clone, Copy, Debug)]
pub(super) struct Attach<'a> {
    pub(super) site: &'a Site,
    /// Who attaches them to which application; `None` leaves files out.
    pub(super) to: Option<(&'a Actor, &'a str)>,
}

impl Sent {
    /// The last value of a name; empty where there is none.
    pub(super) fn last(&self, name: &str) -> &str {
        self.pairs.iter().rev().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Takes a pair that is not part of the content out of the form.
    pub(super) fn take(&mut self, name: &str) -> String {
        let value = self.last(name).to_owned();
        self.pairs.retain(|(key, _)| key != name);
        value
    }
}

/// Reads a form of either encoding. Files are attached as they arrive, so that no other fault loses them.
///
/// # Errors
/// `TooLarge`, `Invalid` for a form that cannot be read on; `sent` then holds what had arrived. `NotFound`, `Forbidden`.
pub(super) async fn read(request: Request, attach: Attach<'_>, sent: &mut Sent) -> Result<(), ServiceError> {
    if is_multipart(request.headers()) {
        let multipart =
            Multipart::from_request(request, attach.site).await.map_err(|_| unreadable("multipart"))?;
        return parts(multipart, attach, sent).await;
    }
    for (name, value) in pairs(request, attach.site).await? {
        // A form without files cannot carry one; an empty box for one is nothing.
        if name.starts_with("evidence.") {
            if !value.is_empty() {
                sent.faults.push(fault("upload_broken_off", &slot(&name).0, not_whole(), again()));
            }
            continue;
        }
        sent.pairs.push((name, value));
    }
    Ok(())
}

/// Reads what was typed and leaves files out.
///
/// # Errors
/// As [`read`].
pub(super) async fn typed(mut request: Request, site: &Site, sent: &mut Sent) -> Result<(), ServiceError> {
    DefaultBodyLimit::max(SECTION_BYTES_MAX).apply(&mut request);
    read(request, Attach { site, to: None }, sent).await
}

/// Whether a request says that it is a form with files.
pub(crate) fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

/// Reads `application/x-www-form-urlencoded`, or nothing at all.
///
/// # Errors
/// `TooLarge`, `Invalid` for a form that cannot be read.
pub(super) async fn pairs(request: Request, site: &Site) -> Result<Vec<(String, String)>, ServiceError> {
    let body = Bytes::from_request(request, site).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => unreadable("body"),
    })?;
    if body.len() > FORM_BYTES_MAX {
        return Err(too_large());
    }
    Ok(Form::parse(&body)?.0)
}

async fn parts(mut multipart: Multipart, attach: Attach<'_>, sent: &mut Sent) -> Result<(), ServiceError> {
    let mut left = FORM_BYTES_MAX;
    for nth in 0..PARTS_MAX {
        let Some(part) = multipart.next_field().await.map_err(|error| broken(&error))? else {
            // Every form of a page holds something.
            return if nth == 0 { Err(unreadable("nothing")) } else { Ok(()) };
        };
        let name = part.name().unwrap_or("").to_owned();
        if name.is_empty() || name.len() > NAME_BYTES_MAX {
            return Err(unreadable("name"));
        }
        match part.file_name().map(str::to_owned) {
            Some(file) => take_file(part, &name, &file, attach, sent).await?,
            None if is_file(part.headers()) => leave_file(&name, attach, sent),
            None => take_text(part, name, &mut left, sent).await?,
        }
    }
    Err(FormFault::TooMany.into())
}

/// Whether a part says that it is a file, though its name cannot be read: it is not UTF-8, or written as forms may not.
fn is_file(headers: &HeaderMap) -> bool {
    let disposition = headers.get(header::CONTENT_DISPOSITION).map_or(&b""[..], |value| value.as_bytes());
    disposition.split(|byte| *byte == b';').any(|part| {
        let part = part.trim_ascii_start().to_ascii_lowercase();
        part.starts_with(b"filename=") || part.starts_with(b"filename*=")
    })
}

/// Says of a file whose name cannot be read that it is not kept, and how to mend it.
fn leave_file(name: &str, attach: Attach<'_>, sent: &mut Sent) {
    if attach.to.is_none() {
        sent.files_left = true;
        return;
    }
    sent.faults.push(fault(
        "file_name_unreadable",
        &slot(name).0,
        Text::new(
            "文件名读不出来：不是 UTF-8 编码",
            "The name of a file cannot be read: it is not encoded in UTF-8",
        ),
        Text::new(
            "给文件改名，如 licence.pdf，再上传一次",
            "Rename the file, to licence.pdf for example, and upload it again",
        ),
    ));
}

async fn take_text(
    mut part: PartField<'_>,
    name: String,
    left: &mut usize,
    sent: &mut Sent,
) -> Result<(), ServiceError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
        *left = left.checked_sub(chunk.len()).ok_or_else(too_large)?;
        bytes.extend_from_slice(&chunk);
    }
    match String::from_utf8(bytes) {
        Ok(value) => sent.pairs.push((name, value)),
        Err(error) => {
            sent.faults.push(fault(
                "encoding_wrong",
                &name,
                Text::new("内容不是 UTF-8 编码", "The value is not encoded in UTF-8"),
                Text::new("重新填写此栏", "Fill the field in again"),
            ));
            sent.pairs.push((name, String::from_utf8_lossy(error.as_bytes()).into_owned()));
        }
    }
    Ok(())
}

/// Attaches a file, or says why it cannot be. A box without a file is sent with an empty name.
async fn take_file(
    mut part: PartField<'_>,
    name: &str,
    file: &str,
    attach: Attach<'_>,
    sent: &mut Sent,
) -> Result<(), ServiceError> {
    if file.is_empty() {
        let mut holds = false;
        while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
            // Browsers send an empty chunk for an empty box.
            holds |= !chunk.is_empty();
        }
        if holds {
            let (field, _) = slot(name);
            let without = Text::new("文件没有名称", "The file has no name");
            sent.faults.push(fault("file_name_missing", &field, without, again()));
        }
        return Ok(());
    }
    let Some((actor, application)) = attach.to else {
        sent.files_left = true;
        return Ok(());
    };
    let (field, member) = slot(name);
    let evidence = field.strip_prefix("evidence.").unwrap_or("").to_owned();
    let mut upload = Upload { evidence, member, name: file.to_owned(), key: None };
    let site = attach.site;
    let attached = async {
        site.service.check_upload(actor, application, &upload).await?;
        let stored = site.service.files().put(&field, file, part, FILE_BYTES_MAX).await?;
        upload.name.clone_from(&stored.name);
        site.service.attach_file(actor, application, upload, stored).await
    };
    match attached.await {
        Ok(_) => {}
        Err(ServiceError::Invalid(findings)) => sent.faults.extend(findings),
        Err(ServiceError::TooLarge(most)) => sent.faults.push(file_too_large(&field, file, most)),
        Err(error @ (ServiceError::NotFound | ServiceError::Forbidden | ServiceError::LoginRequired)) => {
            return Err(error);
        }
        Err(error) => sent.error = Some(error),
    }
    Ok(())
}

/// Field and member of the box for a file: `evidence.<id>` or `evidence.<id>.<member>`.
fn slot(name: &str) -> (String, u32) {
    match name.rsplit_once('.') {
        Some((field, member)) if field.contains('.') => match member.parse() {
            Ok(member) => (field.to_owned(), member),
            Err(_) => (name.to_owned(), 0),
        },
        _ => (name.to_owned(), 0),
    }
}

pub(super) fn fault(code: &str, field: &str, message: Text, remedy: Text) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: jiebang_domain::shared::Severity::Refusal,
        clause: None,
        field: Some(field.to_owned()),
        message,
        remedy,
    }
}

fn file_too_large(field: &str, name: &str, most: u64) -> Finding {
    let (name, most): (String, u64) = (name.chars().take(80).collect(), most >> 20);
    fault(
        "file_too_large",
        field,
        Text::new(
            format!("文件“{name}”超过 {most} MB"),
            format!("The file “{name}” is larger than {most} MB"),
        ),
        Text::new("压缩或拆分后再上传", "Compress or split it and upload again"),
    )
}

fn too_large() -> ServiceError {
    ServiceError::TooLarge(FORM_BYTES_MAX as u64)
}

fn broken(error: &MultipartError) -> ServiceError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return ServiceError::TooLarge(SECTION_BYTES_MAX as u64);
    }
    unreadable("multipart")
}

fn unreadable(what: &str) -> ServiceError {
    tracing::debug!(what, "a form cannot be read");
    form::unreadable()
}

fn not_whole() -> Text {
    Text::new("表单没有收全或格式不对", "The form did not arrive whole or is malformed")
}

fn again() -> Text {
    Text::new("返回该页，重新提交", "Go back and send it again")
}

#[cfg(test)]
mod tests {
    use super::{header, is_file, slot};
    use axum::http::{HeaderMap, HeaderValue};

    #[test]
    fn a_part_that_names_a_file_is_one_whether_its_name_can_be_read_or_not() {
        for (disposition, file) in [
            (&b"form-data; name=\"a\"; filename=\"\xd6\xb4.pdf\""[..], true),
            (b"form-data; name=\"a\"; filename*=UTF-8''a.pdf", true),
            (b"form-data; name=\"a\";FileName=\xff", true),
            (b"form-data; name=\"filename=\"", false),
            (b"form-data; name=\"a\"", false),
        ] {
            let value = HeaderValue::from_bytes(disposition).expect("a header");
            let headers = HeaderMap::from_iter([(header::CONTENT_DISPOSITION, value)]);
            assert_eq!(is_file(&headers), file, "{}", disposition.escape_ascii());
        }
    }

    #[test]
    fn boxes_for_files_name_evidence_and_member() {
        for (name, field, member) in [
            ("evidence.agreement", "evidence.agreement", 0),
            ("evidence.agreement.0", "evidence.agreement", 0),
            ("evidence.agreement.12", "evidence.agreement", 12),
            ("evidence.a.b.3", "evidence.a.b", 3),
            ("evidence.7", "evidence.7", 0),
            ("evidence.a.-1", "evidence.a.-1", 0),
            ("x", "x", 0),
        ] {
            assert_eq!(slot(name), (field.to_owned(), member), "{name}");
        }
    }
}
