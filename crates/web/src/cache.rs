//! Pages that every anonymous visitor sees alike, kept until what they show may have changed.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use askama::Template;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiebang_domain::shared::Language;
use jiebang_service::ServiceError;
use sha2::{Digest, Sha256};

use crate::Site;
use crate::error::Failure;
use crate::request::Visitor;

/// Most pages that are kept. Should there be more, all are made anew: each is made again in a few milliseconds.
const PAGES_MAX: usize = 64;

/// What a public page depends on besides its address and language (版本): the calls that are published, and the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    /// Counts publications.
    publications: u64,
    /// Minutes of the clock since 1970. Deadlines fall on full minutes, and pages show no seconds.
    minute: i64,
}

#[derive(Clone, Debug)]
struct Kept {
    version: Version,
    body: Bytes,
    tag: HeaderValue,
}

/// Public pages by address and language (页面缓存).
#[derive(Debug, Default)]
pub struct Pages {
    kept: RwLock<HashMap<String, [Option<Kept>; 2]>>,
}

impl Pages {
    /// The page for a visitor who is not logged in: the one that was kept, or one that is made and kept. Its address is the
    /// path alone.
    ///
    /// # Errors
    /// When the template fails.
    pub fn page<T: Template>(
        &self,
        site: &Site,
        visitor: &Visitor,
        request: &HeaderMap,
        make: impl FnOnce() -> T,
    ) -> Result<Response, Failure> {
        let version = Version {
            publications: site.service.publications(),
            minute: site.service.clock().now().as_second().div_euclid(60),
        };
        self.get(request, &visitor.path, visitor.language, version, || {
            let failed = |error| ServiceError::Internal(format!("a template failed: {error}"));
            make().render().map_err(|error| visitor.fail(failed(error)))
        })
    }

    fn get<E>(
        &self,
        request: &HeaderMap,
        path: &str,
        language: Language,
        version: Version,
        make: impl FnOnce() -> Result<String, E>,
    ) -> Result<Response, E> {
        if let Some(kept) = self.find(path, language, version) {
            return Ok(answer(request, kept));
        }
        let body = Bytes::from(make()?);
        let digest = hex::encode(&Sha256::digest(&body)[..12]);
        let tag = HeaderValue::try_from(format!("\"{digest}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        let kept = Kept { version, body, tag };
        self.keep(path, language, kept.clone());
        Ok(answer(request, kept))
    }

    fn find(&self, path: &str, language: Language, version: Version) -> Option<Kept> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.get(path)?[place(language)].clone().filter(|kept| kept.version == version)
    }

    fn keep(&self, path: &str, language: Language, page: Kept) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= PAGES_MAX && !kept.contains_key(path) {
            kept.clear();
        }
        kept.entry(path.to_owned()).or_default()[place(language)] = Some(page);
    }
}

fn place(language: Language) -> usize {
    match language {
        Language::Zh => 0,
        Language::En => 1,
    }
}

/// Browsers ask again each time and are told briefly that nothing changed: a page that is a minute old would show a wrong
/// clock, and one from before a login would show nobody.
fn answer(request: &HeaderMap, kept: Kept) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::ETAG, kept.tag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=0, must-revalidate")),
        (header::VARY, HeaderValue::from_static("cookie, accept-language")),
    ];
    if request.get(header::IF_NONE_MATCH).is_some_and(|sent| *sent == kept.tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, kept.body).into_response()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use super::*;

    fn get(pages: &Pages, path: &str, language: Language, minute: i64, made: &Cell<u32>) -> Response {
        let version = Version { publications: 0, minute };
        let page = || {
            made.set(made.get() + 1);
            Ok::<_, Infallible>(format!("{path} {minute}"))
        };
        match pages.get(&HeaderMap::new(), path, language, version, page) {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }

    #[test]
    fn a_page_is_made_once_for_each_version_and_language() {
        let (pages, made) = (Pages::default(), Cell::new(0));
        for (language, minute, count) in [
            (Language::Zh, 1, 1),
            (Language::Zh, 1, 1),
            (Language::En, 1, 2),
            (Language::Zh, 2, 3),
            (Language::En, 1, 3),
        ] {
            get(&pages, "/", language, minute, &made);
            assert_eq!(made.get(), count);
        }
    }

    #[test]
    fn a_browser_that_has_it_is_told_so() {
        let (pages, made) = (Pages::default(), Cell::new(0));
        let first = get(&pages, "/", Language::Zh, 1, &made);
        let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone())]);
        let version = Version { publications: 0, minute: 1 };
        let again = pages.get(&headers, "/", Language::Zh, version, || Err("made again")).unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn memory_is_bounded() {
        let (pages, made) = (Pages::default(), Cell::new(0));
        for number in 0..3 * PAGES_MAX {
            get(&pages, &format!("/{number}"), Language::Zh, 1, &made);
        }
        assert!(pages.kept.read().unwrap().len() <= PAGES_MAX);
    }
}
