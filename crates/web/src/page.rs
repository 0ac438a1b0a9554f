//! What every page shows around its content, and how pages are rendered.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiebang_domain::shared::Language;
use jiebang_service::Role;

use crate::translations;

/// The frame of a page (页面).
#[derive(Clone, Debug)]
pub struct Page {
    /// Language.
    pub language: Language,
    /// BCP 47 tag.
    pub lang_tag: &'static str,
    /// Title.
    pub title: String,
    /// Who is logged in.
    pub account: Option<AccountView>,
    /// The demo's clock, when it is one.
    pub clock: Option<String>,
    /// Path of the page, for the language switch; empty where the page cannot be opened again.
    pub path: String,
    /// What the language switch keeps of the query, ending in `&`; empty where there is nothing to keep.
    pub query: String,
}

/// Who is logged in.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// Name of the person.
    pub name: String,
    /// Organisation or authority.
    pub organisation: String,
    /// Role in words.
    pub role_label: String,
    /// Role.
    pub role: Role,
}

impl Page {
    /// A phrase in the page's language.
    pub fn t(&self, key: &str) -> String {
        translations::t(self.language, key)
    }

    /// The page with what the language switch keeps of the query; names and values without signs that mean something there.
    #[must_use]
    pub fn keeping(mut self, pairs: &[(&str, &str)]) -> Self {
        let kept = pairs.iter().filter(|(_, value)| !value.is_empty());
        self.query = kept.map(|(name, value)| format!("{name}={}&", crate::error::encode(value))).collect();
        self
    }

    /// The page with a title.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }
}

/// Renders a template. A template that fails is a fault of ours and says so.
pub fn render(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template failed");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "页面生成失败，内容没有丢失。The page could not be made; nothing is lost.",
            )
                .into_response()
        }
    }
}
