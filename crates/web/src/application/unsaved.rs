//! What somebody typed and the server could not save, because their login had ended or too much came at once: the page that
//! says so carries it, and sends it again when its reader presses the button.
//!
//! What must never happen: something is sent by itself; a password is carried; a page grows without bound.

use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{ServiceError, Session, StoreError};

use super::{forms, section, sentence};
use crate::Site;
use crate::error::{explain, status_of, title};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::{ErrorLink, Field, ReviewRow, error_links};
use crate::words::pick;
use crate::{race, recommendation, selection};

/// Most bytes that a page carries; the form of a section in which every limit is reached is smaller.
const BYTES_MAX: usize = 512 << 10;
/// What the names of carried fields begin with while they pass through the login.
const CARRIED: &str = "kept.";
/// What stands beside the sections of an application, and holds nothing that anybody typed.
const NO_SECTIONS: [&str; 4] = ["check", "submit", "reopen", "withdraw"];

/// Fields that were sent and not saved (未保存的内容).
#[derive(Debug)]
pub(crate) struct Unsaved {
    /// Address of the section.
    action: String,
    pairs: Vec<(String, String)>,
    /// Files had been chosen; they are not carried.
    files: bool,
    /// Not everything that was sent arrived.
    partial: bool,
    /// Whether it was saved is not known.
    unsure: bool,
}

#[derive(Template)]
#[template(path = "pages/unsaved.html")]
struct UnsavedPage {
    page: Page,
    unsure: bool,
    said: Vec<String>,
    errors: Vec<ErrorLink>,
    /// Address of the section, to log in on the way to it.
    to: String,
    action: String,
    multipart: bool,
    kept: Vec<(String, String)>,
    login: Vec<Field>,
    act: String,
    /// What was filled in and is not saved, for who may see the application.
    typed: Vec<ReviewRow>,
}

/// Whether an address is that of a section, whose form may hold hours of work.
fn is_section(path: &str) -> bool {
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    matches!(parts[..], ["applications", _, section] if !section.is_empty() && !NO_SECTIONS.contains(&section))
}

/// Whether what is sent to an address is carried: the form of a section, of a desk, of a check or a sheet of the selection, of a team.
pub(crate) fn is_carried(path: &str) -> bool {
    is_section(path) || recommendation::is_desk(path) || selection::is_carried(path) || race::is_team(path)
}

/// Answers a form that cannot be taken now. It is carried, so that it can be sent again.
pub(crate) async fn refused(
    site: &Site,
    visitor: &Visitor,
    request: Request,
    error: ServiceError,
) -> Response {
    let mut sent = forms::Sent::default();
    let read = forms::typed(request, site, &mut sent).await;
    answer(site, visitor, sent, read.err(), error).await
}

/// The same for the pairs of a form that has been read.
pub(crate) async fn kept(
    site: &Site,
    visitor: &Visitor,
    pairs: Vec<(String, String)>,
    error: ServiceError,
) -> Response {
    answer(site, visitor, forms::Sent { pairs, ..forms::Sent::default() }, None, error).await
}

/// The same for a form that has been read, as far as it could be.
pub(super) async fn answer(
    site: &Site,
    visitor: &Visitor,
    sent: forms::Sent,
    unread: Option<ServiceError>,
    error: ServiceError,
) -> Response {
    let language = visitor.language;
    let mut said = match &error {
        ServiceError::LoginRequired => vec![pick(
            language,
            "登录已结束，刚才填写的内容没有保存。",
            "Your login has ended. What you filled in was not saved.",
        )],
        // The page is headed by its title.
        ServiceError::Store(StoreError::Unsure(_)) => vec![explain(&error, language)],
        error => vec![sentence(&[&title(error, language)], language), explain(error, language)],
    };
    let unsure = matches!(error, ServiceError::Store(StoreError::Unsure(_)));
    let partial = unread.is_some();
    said.extend(unread.map(|error| explain(&error, language)));
    let unsaved =
        Unsaved { action: visitor.path.clone(), pairs: sent.pairs, files: sent.files_left, partial, unsure };
    match error {
        ServiceError::LoginRequired => unsaved.login(visitor, StatusCode::UNAUTHORIZED, "", &[], said),
        error => {
            let mut response = unsaved.page(site, visitor, status_of(&error), said).await;
            if let ServiceError::TooMany(seconds) = error {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    }
}

impl Unsaved {
    /// What a login form carries; `None` where it is a plain one.
    pub(crate) fn carried_by(form: &Form) -> Option<Self> {
        let action = form.get("to").to_owned();
        let carried = |(name, value): &(String, String)| {
            name.strip_prefix(CARRIED).map(|name| (name.to_owned(), value.clone()))
        };
        let pairs: Vec<(String, String)> = form.0.iter().filter_map(carried).collect();
        (is_carried(&action) && !pairs.is_empty()).then_some(Self {
            action,
            pairs,
            files: false,
            partial: false,
            unsure: false,
        })
    }

    /// The page that asks to log in on the way.
    pub(crate) fn login(
        mut self,
        visitor: &Visitor,
        status: StatusCode,
        username: &str,
        findings: &[Finding],
        mut said: Vec<String>,
    ) -> Response {
        let language = visitor.language;
        let again = self.again(language);
        self.bound(
            visitor,
            &mut said,
            pick(
                language,
                &format!("所填内容保留在本页。登录后按“{again}”；此前不要关闭本页。"),
                &format!("What you filled in is kept on this page. Log in, then press “{again}”; do not close the page before."),
            ),
        );
        let kept = self.pairs.into_iter().map(|(name, value)| (format!("{CARRIED}{name}"), value)).collect();
        let page = UnsavedPage {
            page: frame(visitor, self.unsure),
            unsure: self.unsure,
            said,
            errors: error_links(findings, language),
            to: self.action,
            action: "/login".to_owned(),
            multipart: false,
            kept,
            login: crate::identity::login_fields(username, findings, language),
            act: pick(language, "登录", "Log in"),
            typed: Vec::new(),
        };
        render(status, &page)
    }

    /// The page on which who has just logged in sends it again.
    pub(crate) async fn after_login(self, site: &Site, mut visitor: Visitor, session: &Session) -> Response {
        visitor.actor = Some(session.actor.clone());
        let said = pick(
            visitor.language,
            "您已登录。刚才填写的内容还没有保存。",
            "You are logged in. What you filled in is not saved yet.",
        );
        self.page(site, &visitor, StatusCode::OK, vec![said]).await
    }

    async fn page(
        mut self,
        site: &Site,
        visitor: &Visitor,
        status: StatusCode,
        mut said: Vec<String>,
    ) -> Response {
        let language = visitor.language;
        self.bound(
            visitor,
            &mut said,
            pick(
                language,
                "所填内容保留在本页，按下面的按钮再次发送；此前不要关闭本页。",
                "What you filled in is kept on this page; send it with the button below, and do not close the page before.",
            ),
        );
        let typed = self.typed(site, visitor).await;
        let page = UnsavedPage {
            page: frame(visitor, self.unsure),
            unsure: self.unsure,
            said,
            errors: Vec::new(),
            to: String::new(),
            multipart: is_section(&self.action),
            act: self.again(language),
            action: self.action,
            kept: self.pairs,
            login: Vec::new(),
            typed,
        };
        render(status, &page)
    }

    /// The word of the button that sends it again. An act of a desk is more than saving.
    fn again(&self, language: Language) -> String {
        match is_section(&self.action) {
            true => pick(language, "保存所填内容", "Save what I filled in"),
            false => pick(language, "再次发送", "Send it again"),
        }
    }

    /// What differs from what is stored. Where that cannot be read, the page goes without.
    async fn typed(&self, site: &Site, visitor: &Visitor) -> Vec<ReviewRow> {
        if race::is_team(&self.action) {
            return race::typed_rows(&self.pairs, visitor.language);
        }
        if !is_section(&self.action) {
            if selection::is_carried(&self.action) {
                return selection::typed_rows(&self.pairs, visitor.language);
            }
            return recommendation::typed_rows(&self.pairs, visitor.language);
        }
        let id = self.action.split('/').nth(2).unwrap_or_default();
        match site.service.application(visitor.actor.as_ref(), id).await {
            Ok(view) => section::unsaved(&view, &self.pairs, visitor.language),
            Err(_) => Vec::new(),
        }
    }

    /// Says what is carried and what is not.
    fn bound(&mut self, visitor: &Visitor, said: &mut Vec<String>, kept: String) {
        let language = visitor.language;
        let bytes: usize = self.pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
        let too_large = bytes > BYTES_MAX;
        if too_large {
            self.pairs.clear();
        }
        said.push(if too_large {
            pick(
                language,
                "内容过多，本页不能代为保留。请用浏览器的“后退”返回，复制所填内容后重新填写。",
                "It is too much for this page to keep. Go back in your browser, copy what you filled in, and fill it in again.",
            )
        } else if self.partial {
            pick(
                language,
                "本页只保留了已经收到的内容，并不完整。请用浏览器的“后退”返回，复制所填内容后重新填写。",
                "This page keeps only what arrived, which is not all. Go back in your browser, copy what you filled in, and fill it in again.",
            )
        } else {
            kept
        });
        if self.files {
            said.push(pick(
                language,
                "所选的文件没有上传，保存后请重新选择。",
                "The files that you chose were not uploaded; choose them again afterwards.",
            ));
        }
    }
}

/// The frame of the page. It has no address at which it could be opened again, in another language or otherwise.
fn frame(visitor: &Visitor, unsure: bool) -> Page {
    let page = visitor.page("");
    let title = page.t(if unsure { "not-known" } else { "section-not-saved" });
    let page = page.titled(title);
    Page { path: String::new(), ..page }
}

#[cfg(test)]
mod tests {
    use super::{Unsaved, is_carried, is_section};
    use crate::form::Form;

    #[test]
    fn only_sections_are_carried() {
        for (path, section) in [
            ("/applications/1/summary", true),
            ("/applications/1/submit", false),
            ("/applications/1/", false),
            ("/applications/1", false),
            ("/applications/1/files/2", false),
            ("/account/password", false),
            ("//evil.example/applications/1/summary", false),
        ] {
            assert_eq!((is_section(path), is_carried(path)), (section, section), "{path}");
        }
    }

    #[test]
    fn the_login_form_gives_back_what_it_carries_and_no_password() {
        let form =
            Form::parse(b"to=/applications/1/summary&username=u&password=p&kept.a=1&kept.a=2").unwrap();
        let unsaved = Unsaved::carried_by(&form).unwrap();
        assert_eq!(unsaved.pairs, [("a".into(), "1".into()), ("a".into(), "2".into())]);
        for plain in ["to=/applications/1/summary&password=p", "to=/account&kept.a=1"] {
            assert!(Unsaved::carried_by(&Form::parse(plain.as_bytes()).unwrap()).is_none(), "{plain}");
        }
    }
}
