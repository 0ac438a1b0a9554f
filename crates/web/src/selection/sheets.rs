//! What an expert is to score, by call and stage.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::shared::Language;
use jiebang_service::{SheetEntry, SheetStanding};

use crate::Site;
use crate::error::{Failure, encode};
use crate::page::{Page, render};
use crate::recommendation::{Mark, mark};
use crate::request::Visitor;
use crate::words::pick;

#[derive(Template)]
#[template(path = "pages/sheets.html")]
struct ListPage {
    page: Page,
    standing: String,
    groups: Vec<Group>,
}

/// What is to be scored under a call at a stage.
#[derive(Debug)]
struct Group {
    call_href: String,
    call: String,
    stage: String,
    count: String,
    tasks: Vec<Task>,
}

/// An application as a row of a list of tasks.
#[derive(Debug)]
struct Task {
    name: String,
    href: String,
    state: &'static str,
    word: String,
    note: String,
    wrong: bool,
}

/// How far a sheet is, as a mark.
pub(super) fn standing(of: SheetStanding, language: Language) -> Mark {
    match of {
        SheetStanding::Undeclared => mark("todo", language, "待确认有无回避关系", "Declare conflicts first"),
        SheetStanding::Drafted => mark("partial", language, "草稿", "Draft"),
        SheetStanding::Submitted(version) => mark(
            "done",
            language,
            &format!("已提交，第 {version} 版"),
            &format!("Submitted, version {version}"),
        ),
        SheetStanding::Revising(version) => mark(
            "partial",
            language,
            &format!("修改中，第 {version} 版有效"),
            &format!("Being changed; version {version} counts"),
        ),
    }
}

/// Where a sheet is.
pub(super) fn address(application: &str, stage: &str) -> String {
    format!("/sheets/{application}/{}", encode(stage))
}

/// The list.
pub(super) async fn page(State(site): State<Site>, visitor: Visitor) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let entries = site.service.sheets_to(actor).await.map_err(|error| visitor.fail(error))?;
    let language = visitor.language;
    let done = |entry: &&SheetEntry| matches!(entry.standing, SheetStanding::Submitted(_));
    let (all, submitted) = (entries.len(), entries.iter().filter(done).count());
    let parts: Vec<&[SheetEntry]> = entries
        .chunk_by(|one, other| one.call.call.id == other.call.call.id && one.stage == other.stage)
        .collect();
    let frame = visitor.page("");
    let title = frame.t("nav-sheets");
    let page = ListPage {
        page: frame.titled(title),
        standing: pick(
            language,
            &format!("共 {all} 项，已提交 {submitted} 项。"),
            &format!("{all} in all, {submitted} submitted."),
        ),
        groups: parts.into_iter().filter_map(|part| group(part, language)).collect(),
    };
    Ok(render(StatusCode::OK, &page))
}

fn group(entries: &[SheetEntry], language: Language) -> Option<Group> {
    let first = entries.first()?;
    let done = |entry: &&SheetEntry| matches!(entry.standing, SheetStanding::Submitted(_));
    let task = |entry: &SheetEntry| {
        let Mark { kind, word } = standing(entry.standing, language);
        Task {
            name: entry.title.clone(),
            href: address(&entry.application, &entry.stage),
            state: kind,
            word,
            note: entry.number.clone(),
            wrong: false,
        }
    };
    Some(Group {
        call_href: format!("/calls/{}", first.call.call.id),
        call: first.call.call.title.get(language).to_owned(),
        stage: first.stage_name.get(language).to_owned(),
        count: format!("{} / {}", entries.iter().filter(done).count(), entries.len()),
        tasks: entries.iter().map(task).collect(),
    })
}
