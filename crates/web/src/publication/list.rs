//! A version of a list, as page and as files.

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::publication::{ListEntry, NoticeStage, VersionStage};
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{ListVersionView, ServiceError, TableForm};

use super::task_name;
use crate::Site;
use crate::application::attachment;
use crate::error::Failure;
use crate::form;
use crate::page::{Page, render};
use crate::paper;
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Fact, Field, Link, Refused, error_links};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/list.html")]
struct ListPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    back: Link,
    lodged: String,
    title: String,
    standing: String,
    newer: Option<Link>,
    facts: Vec<Fact>,
    groups: Vec<Group>,
    digest: String,
    files: Vec<Link>,
    objection: Option<Objecting>,
}

/// A class with its entries.
#[derive(Debug)]
struct Group {
    heading: String,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    nth: String,
    number: String,
    unit: String,
    task: String,
    certificate: String,
}

/// The form of an objection.
#[derive(Debug)]
struct Objecting {
    action: String,
    until: String,
    fields: Vec<Field>,
}

/// What was typed into the objection, and why it was not taken.
#[derive(Debug, Default)]
pub(super) struct Typed {
    pub(super) fields: Vec<(String, String)>,
    pub(super) findings: Vec<Finding>,
    pub(super) refused: Refused,
}

/// The version that counts.
pub(super) async fn latest(
    State(site): State<Site>,
    address: Address<(String, String)>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let (id, stage) = visitor.address(address)?;
    let lodged = query.as_deref().and_then(|query| form::query(query, "lodged")).unwrap_or_default();
    let page = page_of(&site, &visitor, (&id, &stage, None), &lodged, Typed::default()).await;
    Ok(render(StatusCode::OK, &page.map_err(|error| visitor.fail(error))?))
}

/// A version.
pub(super) async fn page(
    State(site): State<Site>,
    address: Address<(String, String, u32)>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let (id, stage, version) = visitor.address(address)?;
    let page = page_of(&site, &visitor, (&id, &stage, Some(version)), "", Typed::default()).await;
    Ok(render(StatusCode::OK, &page.map_err(|error| visitor.fail(error))?))
}

/// The page again, with what was typed.
pub(super) async fn again(
    site: &Site,
    visitor: &Visitor,
    (id, stage): (&str, &str),
    status: StatusCode,
    typed: Typed,
) -> Result<Response, ServiceError> {
    Ok(render(status, &page_of(site, visitor, (id, stage, None), "", typed).await?))
}

async fn page_of(
    site: &Site,
    visitor: &Visitor,
    (id, stage, version): (&str, &str, Option<u32>),
    lodged: &str,
    typed: Typed,
) -> Result<ListPage, ServiceError> {
    let language = visitor.language;
    let view = site.service.list_version(visitor.actor.as_ref(), id, stage, version).await?;
    let now = site.service.clock().now();
    let stage = view.plan.plan.stage(&view.file.stage).ok_or(ServiceError::NotFound)?;
    let (name, kind) = (stage.name.get(language), view.file.kind.name());
    let title =
        pick(language, &format!("{name}　{}", kind.zh), &format!("{name}: {}", kind.en.to_lowercase()));
    let newer = (view.latest > view.file.version).then(|| Link {
        href: format!("/calls/{id}/lists/{}", view.file.stage),
        name: pick(
            language,
            &format!("名单已有第 {} 版，以新版为准", view.latest),
            &format!("There is a version {}, which counts instead", view.latest),
        ),
    });
    let errors = error_links(&typed.findings, language);
    Ok(ListPage {
        page: visitor.page(title.clone()),
        errors,
        back: Link {
            href: format!("/calls/{id}/lists"),
            name: view.call.call.title.get(language).to_owned(),
        },
        lodged: lodged.chars().filter(char::is_ascii_alphanumeric).take(26).collect(),
        title,
        standing: standing(&view, language),
        newer,
        facts: facts(&view, now, language),
        groups: groups(&view, stage, language),
        digest: view.sha256.clone(),
        files: files(&view, language),
        objection: view.takes_objections(now).then(|| objecting(&view, &typed, language)),
        refused: typed.refused,
    })
}

fn standing(view: &ListVersionView, language: Language) -> String {
    let at = words::minute(view.at, language);
    let version = view.file.version;
    pick(language, &format!("第 {version} 版，{at} 发布"), &format!("Version {version}, published {at}"))
}

fn facts(view: &ListVersionView, now: jiff::Timestamp, language: Language) -> Vec<Fact> {
    let fact =
        |zh: &str, en: &str, value: String| Fact { label: pick(language, zh, en), value, ..Fact::default() };
    let mut facts = Vec::new();
    if let Some(notice) = &view.notice {
        let stage = notice.stage(now).name();
        let last = notice.last_on;
        facts.push(fact(
            "公示",
            "Public notice",
            pick(
                language,
                &format!("{}，至 {last} 24:00", stage.zh),
                &format!("{}, until the end of {last}", stage.en),
            ),
        ));
    }
    if view.file.version > 1 {
        let reason = view.file.reason.name();
        facts.push(fact("本版原因", "Why this version", reason.get(language).to_owned()));
    }
    if !view.file.note.is_empty() {
        facts.push(fact("说明", "Note", view.file.note.clone()));
    }
    facts.push(fact(
        "怎样得出",
        "How it came about",
        pick(
            language,
            "由评分、方案和名额按公开规则算出；持导出文件的任何人都可以用 jiebang recompute 重算。",
            "It follows from scores, plan and caps by published rules; whoever holds an export can compute it again with jiebang recompute.",
        ),
    ));
    facts
}

fn groups(
    view: &ListVersionView,
    stage: &jiebang_domain::selection::Stage,
    language: Language,
) -> Vec<Group> {
    let call = &view.call.call;
    let certified = view.file.kind == VersionStage::Final;
    let row = |(nth, entry): (usize, &ListEntry)| Row {
        nth: (nth + 1).to_string(),
        number: entry.number.clone(),
        unit: entry.unit.clone(),
        task: task_name(call, &entry.task, language),
        certificate: match certified {
            true => format!(
                "/calls/{}/lists/{}/{}/certificates/{}",
                call.id, view.file.stage, view.file.version, entry.number
            ),
            false => String::new(),
        },
    };
    let of = |class: &jiebang_domain::selection::Class| {
        let entries = view.file.entries.iter().filter(|entry| entry.class == class.id);
        let rows: Vec<Row> = entries.enumerate().map(row).collect();
        let name = class.name.get(language);
        let heading =
            pick(language, &format!("{name}（{} 项）", rows.len()), &format!("{name} ({})", rows.len()));
        Group { heading, rows }
    };
    stage.classes.iter().filter(|class| class.listed).map(of).collect()
}

fn files(view: &ListVersionView, language: Language) -> Vec<Link> {
    let base = format!("/calls/{}/lists/{}/{}", view.call.call.id, view.file.stage, view.file.version);
    [("list.pdf", "PDF"), ("list.xlsx", "XLSX"), ("list.csv", "CSV"), ("list.json", "JSON")]
        .into_iter()
        .map(|(file, name)| Link {
            href: format!("{base}/{file}"),
            name: pick(language, &format!("下载 {name}"), name),
        })
        .collect()
}

fn objecting(view: &ListVersionView, typed: &Typed, language: Language) -> Objecting {
    let value = |name: &str| {
        let found = typed.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let field = |kind, name: &str, zh: &str, en: &str| {
        Field::new(kind, name, pick(language, zh, en)).value(value(name))
    };
    let fields = vec![
        field("text", "name", "真实姓名", "Your real name").autocomplete("name"),
        field("text", "contact", "联系方式（电话或邮箱）", "Telephone or e-mail").hint(pick(
            language,
            "只有异议受理人员能看到，不公开。",
            "Seen by the desk only, never published.",
        )),
        field("text", "number", "针对的受理编号", "Number of the entry").optional(),
        field("textarea", "text", "异议的事实和理由", "Facts and reasons"),
    ];
    Objecting {
        action: format!("/calls/{}/lists/{}", view.call.call.id, view.file.stage),
        until: view
            .notice
            .as_ref()
            .filter(|notice| notice.last_on >= notice.published_on && notice.stage(view.at) != NoticeStage::Over)
            .map(|notice| {
                pick(
                    language,
                    &format!("对名单有异议的，请在 {} 24:00 前以真实姓名提出；匿名的不受理。单位提出的，加盖公章交受理部门。", notice.last_on),
                    &format!("Objections are taken until the end of {}, under a real name; anonymous ones are not. Organisations hand in a sealed paper.", notice.last_on),
                )
            })
            .unwrap_or_default(),
        fields: fields.into_iter().map(|field| field.judged(&typed.findings, language)).collect(),
    }
}

/// The list as it was published, whose digest the page shows.
pub(super) async fn json(
    State(site): State<Site>,
    address: Address<(String, String, u32)>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let view = find(&site, &visitor, address).await?;
    Ok(attachment("application/json", &name(&view, "json"), Body::from(view.content)))
}

/// The list as a table of text.
pub(super) async fn csv(
    State(site): State<Site>,
    address: Address<(String, String, u32)>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let view = find(&site, &visitor, address).await?;
    let bytes = table(&view, visitor.language).map_err(|error| visitor.fail(error))?;
    Ok(attachment("text/csv; charset=utf-8", &name(&view, "csv"), Body::from(bytes)))
}

/// Rows with a byte order mark, so that spreadsheets read the Chinese.
fn table(view: &ListVersionView, language: Language) -> Result<Vec<u8>, ServiceError> {
    let fault = |error: &dyn std::fmt::Display| ServiceError::Internal(format!("csv: {error}"));
    let stage = view.plan.plan.stage(&view.file.stage).ok_or(ServiceError::NotFound)?;
    let mut writer = ::csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let heads = [
        ("类别", "class"),
        ("受理编号", "number"),
        ("牵头单位", "lead"),
        ("揭榜任务", "task"),
        ("代号", "label"),
    ];
    writer.write_record(heads.map(|(zh, en)| pick(language, zh, en))).map_err(|error| fault(&error))?;
    for entry in &view.file.entries {
        let class = stage.class(&entry.class).map_or(entry.class.as_str(), |class| class.name.get(language));
        let task = task_name(&view.call.call, &entry.task, language);
        let row = [class, &entry.number, &entry.unit, &task, &entry.label].map(harmless);
        writer.write_record(row).map_err(|error| fault(&error))?;
    }
    writer.into_inner().map_err(|error| fault(&error))
}

/// What a spreadsheet would compute is text: an apostrophe before it.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// The list as pages or as a workbook.
pub(super) async fn paper(
    State(site): State<Site>,
    visitor: Visitor,
    address: Address<(String, String, u32)>,
    form: TableForm,
) -> Result<Response, Failure> {
    let (id, stage, version) = visitor.address(address)?;
    let made = site
        .service
        .list_paper(visitor.actor.as_ref(), (&id, &stage, version), form, visitor.language)
        .await
        .map_err(|error| visitor.fail(error))?;
    let (kind, ending) = match form {
        TableForm::Pages => (paper::PDF, "pdf"),
        TableForm::Workbook => (paper::XLSX, "xlsx"),
    };
    Ok(paper::answer(visitor.page(""), made, kind, &format!("{id}-{stage}-{version}.{ending}")))
}

async fn find(
    site: &Site,
    visitor: &Visitor,
    address: Address<(String, String, u32)>,
) -> Result<ListVersionView, Failure> {
    let (id, stage, version) = visitor.address(address)?;
    let view = site.service.list_version(visitor.actor.as_ref(), &id, &stage, Some(version)).await;
    view.map_err(|error| visitor.fail(error))
}

fn name(view: &ListVersionView, ending: &str) -> String {
    format!("{}-{}-{}.{ending}", view.call.call.id, view.file.stage, view.file.version)
}
