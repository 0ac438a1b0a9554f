//! A certificate, for whoever follows its code.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::shared::Language;
use jiebang_service::{CertificateView, ServiceError};

use crate::Site;
use crate::error::Failure;
use crate::page::{Page, render};
use crate::paper;
use crate::request::{Address, Visitor};
use crate::views::{Fact, Link};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/certificate.html")]
struct CertificatePage {
    page: Page,
    title: String,
    number: String,
    stands: bool,
    verdict: String,
    facts: Vec<Fact>,
    string: String,
    pdf: Link,
}

type Parts = Address<(String, String, u32, String)>;

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    address: Parts,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let view = find(&site, &visitor, address).await?;
    let language = visitor.language;
    let stated = &view.certificate;
    let list = format!("/calls/{}/lists/{}/{}", view.call.call.id, view.file.stage, view.file.version);
    let page = CertificatePage {
        page: visitor.page(pick(language, "证书核验", "Certificate")),
        title: pick(language, "证书", "Certificate"),
        number: stated.number.clone(),
        stands: view.stands,
        verdict: match view.stands {
            true => pick(
                language,
                "核验一致：现行名单上有这一项。",
                "It is true: the list that counts says the same.",
            ),
            false => pick(
                language,
                "现行名单上已没有这一项，或内容已有变动。",
                "The list that counts does not say this any more.",
            ),
        },
        facts: facts(&view, &list, language),
        string: stated.to_string(),
        pdf: Link {
            href: format!("{list}/certificates/{}/certificate.pdf", view.number),
            name: pick(language, "下载证书（PDF）", "Download the certificate (PDF)"),
        },
    };
    Ok(render(StatusCode::OK, &page))
}

fn facts(view: &CertificateView, list: &str, language: Language) -> Vec<Fact> {
    let fact =
        |zh: &str, en: &str, value: String, href: String| Fact { label: pick(language, zh, en), value, href };
    let stated = &view.certificate;
    let task = view.file.entries.iter().find(|entry| entry.number == view.number);
    let task = task.map(|entry| super::task_name(&view.call.call, &entry.task, language));
    let version = pick(
        language,
        &format!("第 {} 版，{}", stated.version, words::minute(view.at, language)),
        &format!("version {}, {}", stated.version, words::minute(view.at, language)),
    );
    vec![
        fact("单位", "Organisation", stated.unit.clone(), String::new()),
        fact(
            "榜单",
            "Call",
            view.call.call.title.get(language).to_owned(),
            format!("/calls/{}", view.call.call.id),
        ),
        fact("任务", "Task", task.unwrap_or_else(|| stated.task.clone()), String::new()),
        fact("类别", "Class", view.class.get(language).to_owned(), String::new()),
        fact("名单", "List", version, list.to_owned()),
        fact("名单摘要", "Digest of the list", words::grouped(stated.digest.as_str()), String::new()),
    ]
}

/// The certificate as a page to print.
pub(super) async fn paper(
    State(site): State<Site>,
    address: Parts,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let view = find(&site, &visitor, address).await?;
    let name = format!("{}.pdf", view.certificate.number);
    let made = site.service.certificate_paper(view, visitor.language).await;
    let made = made.map_err(|error| visitor.fail(error))?;
    Ok(paper::answer(visitor.page(""), made, paper::PDF, &name))
}

async fn find(site: &Site, visitor: &Visitor, address: Parts) -> Result<CertificateView, Failure> {
    let (id, stage, version, number) = visitor.address(address)?;
    let actor = visitor.actor.as_ref();
    let found: Result<CertificateView, ServiceError> =
        site.service.certificate(actor, &id, &stage, Some(version), &number).await;
    found.map_err(|error| visitor.fail(error))
}
