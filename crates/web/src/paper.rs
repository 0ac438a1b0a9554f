//! A document to take away, or the page that says how far it is and asks again by itself.

use askama::Template;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiebang_service::Paper;

use crate::application::attachment;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::words::pick;

/// Seconds after which the page asks again.
const AGAIN_SECONDS: &str = "2";

#[derive(Template)]
#[template(path = "pages/paper.html")]
struct PaperPage {
    page: Page,
    standing: String,
    again_href: String,
}

/// The document as an attachment, or the page of the queue with 202.
pub(crate) fn answer(visitor: &Visitor, paper: Paper, kind: &str, name: &str) -> Response {
    let ahead = match paper {
        Paper::Ready(bytes) => return attachment(kind, name, Body::from(bytes)),
        Paper::Waiting(ahead) => ahead,
    };
    let standing = match ahead {
        0 => pick(visitor.language, "正在排版，请稍候。", "It is being typeset; one moment."),
        ahead => pick(
            visitor.language,
            &format!("正在排队，前面还有 {ahead} 份文书。"),
            &format!("It waits in line; {ahead} before it."),
        ),
    };
    let page = visitor.page(visitor.page("").t("paper-title"));
    let again_href = page.path.clone();
    let mut response = render(StatusCode::ACCEPTED, &PaperPage { page, standing, again_href });
    response.headers_mut().insert(header::REFRESH, HeaderValue::from_static(AGAIN_SECONDS));
    response
}
