//! One sheet of an expert: whether there is a conflict, scores and comments, submission, another version.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::selection::{Criterion, Veto};
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{Actor, SaveSheet, ServiceError, SheetContent, SheetStanding, SheetView};

use super::sheets::{address, standing};
use super::{Told, told};
use crate::Site;
use crate::error::Failure;
use crate::form::Form;
use crate::page::{Page, render};
use crate::recommendation::{ACT, Mark, kept, refusal, reload, sent, unknown_act};
use crate::request::{Address, Visitor};
use crate::views::{Choice, ErrorLink, Fact, Field, Link, Refused, ReviewRow, error_links};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/sheet.html")]
struct SheetPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    back: Link,
    facts: Vec<Fact>,
    standing: Mark,
    saved: String,
    application_href: String,
    action: String,
    /// Whether there is a conflict has not been said yet.
    declares: bool,
    conflict: Field,
    sheet: Option<SheetForm>,
    said: Vec<ReviewRow>,
    /// A submitted sheet can be changed.
    revise: Option<Field>,
}

/// The form of a sheet that is written.
#[derive(Debug)]
struct SheetForm {
    revision: String,
    key: String,
    parts: Vec<Part>,
    vetoes: Vec<Part>,
    reason: Option<Field>,
}

/// A criterion or a veto with its comment.
#[derive(Debug)]
struct Part {
    title: String,
    text: String,
    fields: Vec<Field>,
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, String)>,
) -> Result<Response, Failure> {
    let (id, stage) = visitor.address(parts)?;
    let actor = visitor.actor()?;
    let page = shown(&site, &visitor, actor, (&id, &stage), StatusCode::OK, &Told::default()).await;
    page.map_err(|error| visitor.fail(error))
}

/// Declares, saves, submits, or opens a submitted sheet again.
pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, String)>,
    request: Request,
) -> Result<Response, Response> {
    let (id, stage) = visitor.address(parts)?;
    let (actor, form) = sent(&site, &visitor, request).await?;
    let error = match done(&site, actor, (&id, &stage), &form).await {
        Ok(to) => return Ok(Redirect::to(&to).into_response()),
        Err(error) => refusal(&visitor, error)?,
    };
    let (status, mut told) = told(form, error, visitor.language);
    // Findings name criteria and vetoes; the boxes are named after what is asked of them.
    told.findings = told.findings.into_iter().map(|finding| named(finding, &told.form)).collect();
    match shown(&site, &visitor, actor, (&id, &stage), status, &told).await {
        Ok(response) => Ok(response),
        Err(error) => Ok(kept(&site, &visitor, told.form, &told.refused, error).await),
    }
}

fn named(mut finding: Finding, form: &Form) -> Finding {
    if let Some(field) = finding.field.as_deref() {
        let comment = matches!(finding.code.as_str(), "comment_missing" | "comment_too_long");
        let score = format!("score.{field}");
        let has = |name: &str| form.0.iter().any(|(key, _)| key == name);
        finding.field = Some(if comment || !has(&score) && has(&format!("comment.{field}")) {
            format!("comment.{field}")
        } else if has(&score) {
            score
        } else {
            field.to_owned()
        });
    }
    finding
}

/// Carries out what a form asks for; returns where to go.
async fn done(
    site: &Site,
    actor: &Actor,
    (id, stage): (&str, &str),
    form: &Form,
) -> Result<String, ServiceError> {
    site.service.sheet(actor, id, stage).await?;
    let here = address(id, stage);
    match form.get(ACT) {
        "clear" => site.service.declare_no_conflict(actor, id, stage).await.map(|()| here),
        "conflict" => {
            form.only(&[ACT, "conflict_words"])?;
            let words = form.get("conflict_words");
            site.service.declare_conflict(actor, id, stage, words).await.map(|()| "/sheets".to_owned())
        }
        "revise" => {
            form.only(&[ACT, "reason"])?;
            site.service.revise_sheet(actor, id, stage, form.get("reason")).await.map(|()| here)
        }
        act @ ("save" | "submit") => {
            let submits = act == "submit";
            let sent = SaveSheet {
                application: id.to_owned(),
                stage: stage.to_owned(),
                revision: form.get("revision").parse().map_err(|_| reload("revision"))?,
                content: typed(form)?,
                reason: form.get("reason").replace("\r\n", "\n"),
            };
            // What cannot be submitted yet is not lost: it is a draft by then.
            let revision = site.service.save_sheet(actor, sent).await?;
            if submits {
                site.service.submit_sheet(actor, id, stage, revision).await?;
            }
            Ok(here)
        }
        _ => Err(unknown_act()),
    }
}

/// What stands on the sheet as it was typed; blanks are left out.
fn typed(form: &Form) -> Result<SheetContent, ServiceError> {
    let mut content = SheetContent::default();
    let mut seen = BTreeSet::new();
    for (name, value) in &form.0 {
        let value = value.trim().replace("\r\n", "\n");
        if name == "veto" {
            content.vetoes.insert(value);
            continue;
        }
        if !seen.insert(name) {
            return Err(reload(name));
        }
        match name.split_once('.') {
            _ if value.is_empty() => {}
            Some(("score", id)) => drop(content.scores.insert(id.to_owned(), value)),
            Some(("comment", id)) => drop(content.comments.insert(id.to_owned(), value)),
            _ if matches!(name.as_str(), ACT | "revision" | "reason") => {}
            _ => return Err(reload(&name.chars().take(80).collect::<String>())),
        }
    }
    Ok(content)
}

async fn shown(
    site: &Site,
    visitor: &Visitor,
    actor: &Actor,
    (id, stage): (&str, &str),
    status: StatusCode,
    told: &Told,
) -> Result<Response, ServiceError> {
    let view = site.service.sheet(actor, id, stage).await?;
    let language = visitor.language;
    let writes = matches!(told.form.get(ACT), "save" | "submit");
    let content = if writes { typed(&told.form)? } else { view.content.clone() };
    let open = matches!(view.entry.standing, SheetStanding::Drafted | SheetStanding::Revising(_));
    let submitted = matches!(view.entry.standing, SheetStanding::Submitted(_));
    let text = |name: &str, zh: &str, en: &str| {
        Field::new("textarea", name, pick(language, zh, en))
            .value(told.form.get(name))
            .judged(&told.findings, language)
    };
    let page = SheetPage {
        page: visitor.page(view.entry.title.clone()),
        refused: told.refused.clone(),
        errors: error_links(&told.findings, language),
        back: Link { href: "/sheets".to_owned(), name: pick(language, "评审打分", "Scoring") },
        facts: facts(&view, language),
        standing: standing(view.entry.standing, language),
        saved: view
            .at
            .filter(|_| !submitted)
            .map(|at| saved(&words::minute(at, language), language))
            .unwrap_or_default(),
        application_href: format!("/applications/{id}"),
        action: address(id, stage),
        declares: view.entry.standing == SheetStanding::Undeclared,
        conflict: text("conflict_words", "何种关系", "Which relation"),
        // Where something else was saved meanwhile, both stand on the page.
        said: if submitted || writes && !told.refused.lines.is_empty() {
            said(&view, language)
        } else {
            Vec::new()
        },
        revise: (submitted && !view.published).then(|| text("reason", "修改的理由", "Why it changes")),
        sheet: (open && !view.published).then(|| form(&view, &content, told, language)),
    };
    Ok(render(status, &page))
}

fn saved(at: &str, language: Language) -> String {
    pick(language, &format!("{at}保存"), &format!("Saved {at}"))
}

fn facts(view: &SheetView, language: Language) -> Vec<Fact> {
    let fact =
        |zh: &str, en: &str, value: String| Fact { label: pick(language, zh, en), value, ..Fact::default() };
    vec![
        fact("编号", "Number", view.entry.number.clone()),
        fact("阶段", "Stage", view.entry.stage_name.get(language).to_owned()),
        fact("单位", "Units", view.members.join(&pick(language, "、", ", "))),
    ]
}

fn form(view: &SheetView, content: &SheetContent, told: &Told, language: Language) -> SheetForm {
    let revising = matches!(view.entry.standing, SheetStanding::Revising(_));
    let typed = told.form.some("reason").unwrap_or(&view.reason);
    SheetForm {
        revision: view.revision.to_string(),
        key: format!("{}#{}", address(&view.entry.application, &view.entry.stage), revising),
        parts: view.rubric.criteria().iter().map(|of| criterion(of, content, told, language)).collect(),
        vetoes: view.rubric.vetoes().iter().map(|of| veto(of, content, told, language)).collect(),
        reason: revising.then(|| {
            Field::new("textarea", "reason", pick(language, "修改的理由", "Why it changes"))
                .value(typed)
                .judged(&told.findings, language)
        }),
    }
}

fn comment(id: &str, content: &SheetContent, needed: bool, told: &Told, language: Language) -> Field {
    Field::new("textarea", &format!("comment.{id}"), pick(language, "评语", "Comment"))
        .value(content.comments.get(id).map(String::as_str).unwrap_or_default())
        .optional_if(!needed)
        .judged(&told.findings, language)
}

fn criterion(of: &Criterion, content: &SheetContent, told: &Told, language: Language) -> Part {
    let (max, step) = (&of.max, &of.step);
    let score = Field {
        input_mode: "decimal",
        ..Field::new("text", &format!("score.{}", of.id), pick(language, "分数", "Score"))
    };
    let hint = pick(language, &format!("0–{max}，步长 {step}"), &format!("0–{max} in steps of {step}"));
    let score = score
        .value(content.scores.get(&of.id).map(String::as_str).unwrap_or_default())
        .hint(hint)
        .width("5")
        .judged(&told.findings, language);
    let weight = pick(
        language,
        &format!("{}（权重 {}）", of.name.zh, of.weight),
        &format!("{} (weight {})", of.name.en, of.weight),
    );
    Part {
        title: weight,
        text: of.text.get(language).to_owned(),
        fields: vec![score, comment(&of.id, content, of.comment, told, language)],
    }
}

fn veto(of: &Veto, content: &SheetContent, told: &Told, language: Language) -> Part {
    let mut tick = Field::new("checkboxes", "veto", of.text.get(language));
    tick.id = format!("veto-{}", of.id);
    tick.options.push(Choice {
        id: tick.id.clone(),
        value: of.id.clone(),
        label: pick(language, "认定", "It holds"),
        chosen: content.vetoes.contains(&of.id),
        ..Choice::default()
    });
    let text = String::new();
    Part { title: String::new(), text, fields: vec![tick, comment(&of.id, content, false, told, language)] }
}

/// A submitted sheet in rows.
fn said(view: &SheetView, language: Language) -> Vec<ReviewRow> {
    let content = &view.content;
    let comment = |id: &str| content.comments.get(id).map(|said| format!("\n{said}")).unwrap_or_default();
    let criteria = view.rubric.criteria().iter().map(|of| ReviewRow {
        key: of.name.get(language).to_owned(),
        value: format!(
            "{} / {}{}",
            content.scores.get(&of.id).map_or("", String::as_str),
            of.max,
            comment(&of.id)
        ),
        ..ReviewRow::default()
    });
    let ticked = view.rubric.vetoes().iter().filter(|of| content.vetoes.contains(&of.id));
    let vetoes = ticked.map(|of| ReviewRow {
        key: of.text.get(language).to_owned(),
        value: format!("{}{}", pick(language, "认定", "It holds"), comment(&of.id)),
        ..ReviewRow::default()
    });
    criteria.chain(vetoes).collect()
}
