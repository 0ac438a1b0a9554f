//! A document to take away, or the page that says how far it is and asks again by itself.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiebang_service::Paper;

use crate::application::attachment;
use crate::page::{Page, render};
use crate::words::pick;

/// Type of a file of pages.
pub(crate) const PDF: &str = "application/pdf";
/// Type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Seconds after which the page asks again.
const AGAIN_SECONDS: &str = "2";

#[derive(Template)]
#[template(path = "pages/paper.html")]
struct PaperPage {
    page: Page,
    standing: String,
    again_href: String,
}

/// The document as an attachment, or the page of the queue with 202, in this frame.
pub(crate) fn answer(page: Page, paper: Paper, kind: &str, name: &str) -> Response {
    let ahead = match paper {
        Paper::Ready(bytes) => return attachment(kind, name, Body::from(bytes)),
        Paper::Waiting(ahead) => ahead,
    };
    let language = page.language;
    let standing = match ahead {
        0 => pick(language, "正在排版，请稍候。", "It is being typeset; one moment."),
        ahead => pick(
            language,
            &format!("正在排队，前面还有 {ahead} 份文书。"),
            &format!("It waits in line; {ahead} before it."),
        ),
    };
    let title = page.t("paper-title");
    let again_href = match page.query.trim_end_matches('&') {
        "" => page.path.clone(),
        query => format!("{}?{query}", page.path),
    };
    let page = page.titled(title);
    let mut response = render(StatusCode::ACCEPTED, &PaperPage { page, standing, again_href });
    response.headers_mut().insert(header::REFRESH, HeaderValue::from_static(AGAIN_SECONDS));
    response
}
