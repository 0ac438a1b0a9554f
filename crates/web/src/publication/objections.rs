//! Objections: lodged by anybody under a name, answered by the office.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::publication::{ObjectionState, Objector, Outcome};
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{FileObjection, GiveAnswer, ObjectionView, ServiceError};

use super::list::{self, Typed};
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Fact, Field, Link, Refused, error_links};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/objections.html")]
struct DeskPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    back: Link,
    title: String,
    objections: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    id: String,
    number: String,
    state: String,
    overdue: bool,
    facts: Vec<Fact>,
    text: String,
    answer: String,
    form: Option<Answering>,
}

#[derive(Debug)]
struct Answering {
    action: String,
    number: String,
    fields: Vec<Field>,
}

/// What was typed into an answer.
#[derive(Debug, Default)]
struct Answered {
    number: String,
    fields: Vec<(String, String)>,
    findings: Vec<Finding>,
    refused: Refused,
}

/// Lodges an objection.
pub(super) async fn file(
    State(site): State<Site>,
    address: Address<(String, String)>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let (id, stage) = visitor.address(address)?;
    let sent = form.only(&["name", "contact", "number", "text"]).map(|()| FileObjection {
        call: id.clone(),
        stage: stage.clone(),
        name: form.get("name").to_owned(),
        contact: form.get("contact").to_owned(),
        number: form.some("number").map(|number| number.trim().to_owned()),
        text: form.get("text").to_owned(),
    });
    let done = match sent {
        Ok(sent) => site.service.file_objection(visitor.actor.as_ref(), sent).await,
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(number) => {
            let to = format!("/calls/{id}/lists/{stage}?lodged={number}");
            return Ok(Redirect::to(&to).into_response());
        }
        Err(error) => error,
    };
    let status = status_of(&error);
    let mut typed = Typed { fields: form.0, ..Typed::default() };
    match error {
        ServiceError::Invalid(mut findings) => {
            for finding in &mut findings {
                // The form has its own names for two of them.
                finding.field = finding.field.take().map(|field| match field.as_str() {
                    "objector" => "name".to_owned(),
                    "application" => "number".to_owned(),
                    _ => field,
                });
            }
            typed.refused = unplaced(&findings, visitor.language);
            typed.findings = findings;
        }
        error @ (ServiceError::NotFound | ServiceError::Forbidden) => return Err(visitor.fail(error)),
        error => typed.refused = Refused::of(&error, visitor.language),
    }
    list::again(&site, &visitor, (&id, &stage), status, typed).await.map_err(|error| visitor.fail(error))
}

/// Findings that belong to no field are said above the page.
fn unplaced(findings: &[Finding], language: Language) -> Refused {
    let mut refused = Refused::default();
    refused.lines = findings
        .iter()
        .filter(|finding| finding.field.is_none())
        .map(|finding| finding.message.get(language).to_owned())
        .collect();
    refused
}

/// The desk.
pub(super) async fn desk(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let id = visitor.address(address)?;
    let page = desk_of(&site, &visitor, &id, Answered::default()).await;
    Ok(render(StatusCode::OK, &page.map_err(|error| visitor.fail(error))?))
}

/// Answers an objection, or shows the desk again with what was typed.
pub(super) async fn answer(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let id = visitor.address(address)?;
    let actor = visitor.actor()?;
    let number = form.get("number").to_owned();
    let sent = form.only(&["number", "outcome", "answer"]).map(|()| Outcome::parse(form.get("outcome")));
    let done = match sent {
        Ok(outcome) => {
            // What is no outcome is told only to those who may answer.
            let given = GiveAnswer {
                call: id.clone(),
                number: number.clone(),
                outcome: outcome.unwrap_or(Outcome::Dismissed),
                answer: if outcome.is_some() { form.get("answer").to_owned() } else { String::new() },
            };
            site.service.answer_objection(actor, given).await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/calls/{id}/objections#o{number}")).into_response()),
        Err(error) => error,
    };
    let status = status_of(&error);
    let mut answered = Answered { number, fields: form.0, ..Answered::default() };
    match error {
        ServiceError::Invalid(findings) => {
            answered.refused = unplaced(&findings, visitor.language);
            answered.findings = findings;
        }
        error @ (ServiceError::NotFound | ServiceError::Forbidden) => return Err(visitor.fail(error)),
        error => answered.refused = Refused::of(&error, visitor.language),
    }
    let page = desk_of(&site, &visitor, &id, answered).await.map_err(|error| visitor.fail(error))?;
    Ok(render(status, &page))
}

async fn desk_of(
    site: &Site,
    visitor: &Visitor,
    id: &str,
    answered: Answered,
) -> Result<DeskPage, ServiceError> {
    let language = visitor.language;
    let actor = visitor.known()?;
    let call = site.service.call(id)?.call;
    let views = site.service.objections(actor, id).await?;
    let answers = site.service.answers_objections(actor, id);
    let title = pick(language, "异议受理", "Objections");
    Ok(DeskPage {
        page: visitor.page(title.clone()),
        errors: error_links(&answered.findings, language),
        back: Link { href: format!("/calls/{id}/lists"), name: call.call.title.get(language).to_owned() },
        title,
        objections: views.iter().map(|view| row(id, view, answers, &answered, language)).collect(),
        refused: answered.refused,
    })
}

fn row(id: &str, view: &ObjectionView, answers: bool, typed: &Answered, language: Language) -> Row {
    let of = &view.objection;
    let fact =
        |zh: &str, en: &str, value: String| Fact { label: pick(language, zh, en), value, ..Fact::default() };
    let (name, contact) = match &of.objector {
        Objector::Named { name, contact } => (name.clone(), contact.clone()),
        Objector::Sealed { organisation, contact, .. } => (organisation.clone(), contact.clone()),
        Objector::Anonymous => (String::new(), String::new()),
    };
    let list = pick(
        language,
        &format!("{} 第 {} 版", view.stage, of.version),
        &format!("{}, version {}", view.stage, of.version),
    );
    let mut facts = vec![
        fact("异议人", "By", name),
        fact("联系方式", "Contact", contact),
        fact("名单", "List", list),
        fact("收到时间", "Received", words::minute(of.received_at, language)),
        fact("答复期限", "Answer due", of.answer_on.to_string()),
    ];
    facts.extend(view.about.clone().map(|about| fact("针对", "About", about)));
    let (open, answer) = match &of.state {
        ObjectionState::Answered { answer, .. } => (false, answer.clone()),
        state => (matches!(state, ObjectionState::Received), String::new()),
    };
    Row {
        id: format!("o{}", of.number),
        number: of.number.clone(),
        state: of.state.name().get(language).to_owned(),
        overdue: view.overdue,
        facts,
        text: of.text.clone(),
        answer,
        form: (open && answers).then(|| answering(id, &of.number, typed, language)),
    }
}

fn answering(id: &str, number: &str, typed: &Answered, language: Language) -> Answering {
    let own = typed.number == number;
    let value = |name: &str| {
        let found = typed.fields.iter().find(|(field, _)| own && field == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let outcomes = Outcome::ALL.map(|one| (one.id().to_owned(), one.name().get(language).to_owned()));
    let mut fields = vec![
        Field::new("radios", "outcome", pick(language, "处理结果", "Outcome"))
            .value(value("outcome"))
            .choices(outcomes),
        Field::new("textarea", "answer", pick(language, "答复", "Answer")).value(value("answer")),
    ];
    for field in &mut fields {
        // Several forms stand on the page.
        if own {
            *field = std::mem::take(field).judged(&typed.findings, language);
        } else {
            let suffix = format!("-{number}");
            field.id.push_str(&suffix);
            for option in &mut field.options {
                option.id.push_str(&suffix);
            }
        }
    }
    Answering { action: format!("/calls/{id}/objections"), number: number.to_owned(), fields }
}
