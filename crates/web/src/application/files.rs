//! Files to take away.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use jiebang_service::{Actor, ServiceError};
use tokio_util::io::ReaderStream;

use super::{Address, address, attachment};
use crate::Site;
use crate::error::{Failure, encode};
use crate::request::Visitor;

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 64 << 10;

/// An attached file.
pub(super) async fn download(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, String)>,
) -> Result<Response, Failure> {
    let (id, file) = address(parts, &visitor)?;
    download_of(&site, visitor.actor.as_ref(), &id, &file).await.map_err(|error| visitor.fail(error))
}

/// An attached file, to whoever may read it.
pub(crate) async fn download_of(
    site: &Site,
    actor: Option<&Actor>,
    application: &str,
    file: &str,
) -> Result<Response, ServiceError> {
    let found = site.service.attached_file(actor, application, file).await?;
    let opened = site.service.files().open(&found.sha256).await?;
    let mut response = attachment(
        &found.media_type,
        &found.name,
        Body::from_stream(ReaderStream::with_capacity(opened, CHUNK_BYTES)),
    );
    if let Ok(length) = HeaderValue::from_str(&found.size_bytes.to_string()) {
        response.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{}\"", found.sha256)) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// `Content-Disposition` for a download: the name in UTF-8, and a plain one for programs that read no other.
pub(super) fn disposition(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "._- ".contains(letter) { letter } else { '_' })
        .collect();
    let encoded = encode(name).replace('/', "%2F");
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn names_cannot_leave_their_header() {
        assert_eq!(
            disposition("审计 \"报告\"\r\n../x.pdf"),
            "attachment; filename=\"__ ______.._x.pdf\"; filename*=UTF-8''%E5%AE%A1%E8%AE%A1%20%22%E6%8A%A5%E5%91%8A%22%0D%0A..%2Fx.pdf"
        );
    }
}
