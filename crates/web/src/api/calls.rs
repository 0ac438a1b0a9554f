//! Calls: what is published, and the form of each.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiebang_domain::call::Call;
use jiebang_service::{CallCard, LoadedCall};
use schemars::JsonSchema;
use serde::Serialize;

use super::Answer;
use super::body::Place;
use super::operation::Operation;
use super::shapes::{TextShape, clauses, instant};
use crate::Site;

/// Published calls.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Calls")]
pub(super) struct CallsShape {
    /// Open ones first, then newest first.
    calls: Vec<CallSummaryShape>,
}

/// A call in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CallSummary")]
pub(super) struct CallSummaryShape {
    /// Id.
    id: String,
    /// Version: SHA-256 of its sources.
    version: String,
    /// Title.
    title: TextShape,
    /// Document number; null where the notice has none.
    document_number: Option<String>,
    /// Issuers in order.
    issuers: Vec<TextShape>,
    /// `open`, `recommending`, `closed` or `timeless`.
    stage: &'static str,
    /// When this version was published.
    published_at: String,
    /// Deadlines.
    calendar: Vec<DeadlineShape>,
}

/// A deadline.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Deadline")]
pub(super) struct DeadlineShape {
    /// `applicant` or `recommender`.
    actor: &'static str,
    /// What closes.
    event: String,
    /// Exclusive instant, RFC 3339 in the call's zone.
    at: String,
    /// As printed.
    printed: String,
    /// Clause.
    clause: Option<String>,
}

/// A call with its form.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Call")]
pub(super) struct CallShape {
    /// What lists show of it.
    #[serde(flatten)]
    summary: CallSummaryShape,
    /// Sections of the form in order.
    sections: Vec<SectionShape>,
    /// Fields of the form in order; without any the call takes no applications.
    fields: Vec<FieldShape>,
    /// Nodes of the task tree, parents before children.
    tasks: Vec<TaskShape>,
    /// Lists that fields choose from.
    lists: Vec<ListShape>,
    /// Evidence to attach.
    evidence: Vec<EvidenceItemShape>,
    /// Declarations to sign, as the fields `declaration.<id>.accepted` and `declaration.<id>.signer`.
    declarations: Vec<DeclarationShape>,
    /// Rules in words.
    rules: Vec<RuleShape>,
}

/// A section of the form.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Section")]
pub(super) struct SectionShape {
    /// Id.
    id: String,
    /// Heading.
    title: TextShape,
}

/// A field of the form.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Field")]
pub(super) struct FieldShape {
    /// Path; cells of a table are `<path>.<row from 1>.<column>`.
    path: String,
    /// Section that it stands in; empty for a column.
    section: String,
    /// `text`, `long_text`, `choice`, `boolean`, `number`, `date`, `phone`, `mobile`, `email`, `postal_code`, `organisation_code`,
    /// `table`, `work_plan` or `indicators`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// May not stay empty.
    required: bool,
    /// Limit in 字.
    limit: Option<u32>,
    /// Leading clause; null where the rule is the operator's.
    clause: Option<String>,
    /// Label.
    label: TextShape,
    /// Help.
    hint: Option<TextShape>,
    /// Applies only where this expression holds.
    when: Option<String>,
    /// List to choose from; `@tasks` for the leaves of the task tree.
    list: Option<String>,
    /// Filled from the account or the registration.
    prefill: Option<String>,
    /// Columns of a table.
    columns: Vec<FieldShape>,
}

/// A node of the task tree.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Task")]
pub(super) struct TaskShape {
    /// Id.
    id: String,
    /// Node above.
    parent: Option<String>,
    /// Printed number.
    number: String,
    /// Name.
    name: TextShape,
    /// One can apply under it.
    leaf: bool,
    /// Ids of the items that an application under it may promise, for fields of type `indicators`.
    items: Vec<String>,
}

/// A list that fields choose from.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "List")]
pub(super) struct ListShape {
    /// Id.
    id: String,
    /// Entries.
    items: Vec<ListItemShape>,
}

/// An entry of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListItem")]
pub(super) struct ListItemShape {
    /// Id: what a field holds.
    id: String,
    /// Name.
    name: TextShape,
}

/// An item of evidence.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EvidenceItem")]
pub(super) struct EvidenceItemShape {
    /// Id.
    id: String,
    /// Printed number.
    number: String,
    /// What it proves.
    name: TextShape,
    /// Attached by each member.
    per_member: bool,
    /// Only where there is such a thing.
    if_any: bool,
    /// Needed only where this expression holds.
    when: Option<String>,
    /// Clauses.
    clauses: Vec<String>,
}

/// A declaration.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Declaration")]
pub(super) struct DeclarationShape {
    /// Id.
    id: String,
    /// Heading.
    title: TextShape,
    /// Paragraphs before the items.
    opening: Vec<TextShape>,
    /// What is declared.
    items: Vec<TextShape>,
    /// Paragraphs after them.
    closing: Vec<TextShape>,
    /// `principal` or `legal_representative`.
    signer: &'static str,
    /// Clauses.
    clauses: Vec<String>,
}

/// A rule in words.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Rule")]
pub(super) struct RuleShape {
    /// Name of the fault.
    code: String,
    /// Leading clause.
    clause: Option<String>,
    /// `notice` or `operator`.
    source: &'static str,
    /// `must`, `in_principle` or `encouraged`.
    strength: &'static str,
    /// The rule.
    text: TextShape,
}

/// The whole call in plain words, as `jiebang call explain` prints it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Explanation")]
pub(super) struct ExplanationShape {
    /// Id.
    id: String,
    /// Title.
    title: TextShape,
    /// Document number.
    document_number: Option<String>,
    /// Nothing is left blank.
    publishable: bool,
    /// Counts of what the call holds.
    counts: std::collections::BTreeMap<String, u64>,
}

/// Routes of the room.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/api/v1/calls", get(list))
        .route("/api/v1/calls/{id}", get(one))
        .route("/api/v1/calls/{id}/explanation", get(explanation))
}

/// What they are.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(("get", "/api/v1/calls"), "list_calls", "Published calls", None)
            .answers::<CallsShape>(200, "All of them."),
        Operation::new(("get", "/api/v1/calls/{id}"), "read_call", "A call with its form", None)
            .answers::<CallShape>(200, "The latest version."),
        Operation::new(
            ("get", "/api/v1/calls/{id}/explanation"),
            "explain_call",
            "A call whole, in plain words",
            None,
        )
        .answers::<ExplanationShape>(200, "As `jiebang call explain --format json` prints it."),
    ]
}

async fn list(State(site): State<Site>) -> Answer {
    site.service.follow_publications().await?;
    let calls = site.service.board().iter().map(summary).collect();
    Ok(Json(CallsShape { calls }).into_response())
}

async fn one(State(site): State<Site>, Place(id): Place<String>) -> Answer {
    site.service.follow_publications().await?;
    let card = site.service.call(&id)?;
    Ok(Json(shape(&card)).into_response())
}

async fn explanation(State(site): State<Site>, Place(id): Place<String>) -> Answer {
    site.service.follow_publications().await?;
    let card = site.service.call(&id)?;
    let explained = serde_json::to_vec(&card.call.explanation).unwrap_or_default();
    Ok(json(explained))
}

/// JSON that is written already.
pub(super) fn json(written: impl Into<axum::body::Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], written.into()).into_response()
}

fn summary(card: &CallCard) -> CallSummaryShape {
    let LoadedCall { call, explanation, version, .. } = &*card.call;
    CallSummaryShape {
        id: call.id.clone(),
        version: version.clone(),
        title: (&call.title).into(),
        document_number: call.document_number.clone(),
        issuers: call.issuers.iter().map(TextShape::from).collect(),
        stage: card.stage.id(),
        published_at: instant(card.published_at),
        calendar: explanation
            .calendar
            .iter()
            .map(|entry| DeadlineShape {
                actor: entry.actor,
                event: entry.event.clone(),
                at: entry.at.clone(),
                printed: entry.printed.clone(),
                clause: entry.clause.as_ref().map(ToString::to_string),
            })
            .collect(),
    }
}

fn shape(card: &CallCard) -> CallShape {
    let LoadedCall { call, explanation, .. } = &*card.call;
    CallShape {
        summary: summary(card),
        sections: call
            .sections
            .iter()
            .map(|section| SectionShape { id: section.id.clone(), title: (&section.title).into() })
            .collect(),
        fields: fields(card),
        tasks: tasks(call),
        lists: lists(call),
        evidence: explanation
            .evidence
            .iter()
            .map(|item| EvidenceItemShape {
                id: item.id.clone(),
                number: item.number.clone(),
                name: (&item.name).into(),
                per_member: item.per_member,
                if_any: item.if_any,
                when: item.when.clone(),
                clauses: clauses(&item.clauses),
            })
            .collect(),
        declarations: explanation
            .declarations
            .iter()
            .map(|declaration| DeclarationShape {
                id: declaration.id.clone(),
                title: (&declaration.title).into(),
                opening: declaration.opening.iter().map(TextShape::from).collect(),
                items: declaration.items.iter().map(TextShape::from).collect(),
                closing: declaration.closing.iter().map(TextShape::from).collect(),
                signer: declaration.signer,
                clauses: clauses(&declaration.clauses),
            })
            .collect(),
        rules: explanation
            .rules
            .iter()
            .map(|rule| RuleShape {
                code: rule.code.clone(),
                clause: rule.clause.as_ref().map(ToString::to_string),
                source: rule.source,
                strength: rule.strength,
                text: (&rule.text).into(),
            })
            .collect(),
    }
}

fn fields(card: &CallCard) -> Vec<FieldShape> {
    let sections = card.call.explanation.form.iter();
    let of_section = sections.flat_map(|section| section.fields.iter().map(|field| (&section.id, field)));
    of_section.map(|(section, field)| field_shape(section, field)).collect()
}

fn field_shape(section: &str, field: &jiebang_service::FieldEntry) -> FieldShape {
    FieldShape {
        path: field.path.clone(),
        section: section.to_owned(),
        kind: field.kind,
        required: field.required,
        limit: field.limit,
        clause: field.clauses.first().map(ToString::to_string),
        label: (&field.label).into(),
        hint: field.hint.as_ref().map(TextShape::from),
        when: field.when.clone(),
        list: field.list.clone(),
        prefill: field.prefill.clone(),
        columns: field.columns.iter().map(|column| field_shape("", column)).collect(),
    }
}

fn tasks(call: &Call) -> Vec<TaskShape> {
    let shape = |node: &jiebang_domain::call::Node| TaskShape {
        id: node.id.clone(),
        parent: node.parent.clone(),
        number: node.number.clone(),
        name: (&node.name).into(),
        leaf: node.leaf,
        items: match node.leaf {
            true => call.items_of(&node.id).iter().map(|item| item.id.clone()).collect(),
            false => Vec::new(),
        },
    };
    call.nodes.iter().map(shape).collect()
}

fn lists(call: &Call) -> Vec<ListShape> {
    let shape = |(id, list): (&String, &jiebang_domain::call::List)| ListShape {
        id: id.clone(),
        items: list
            .items
            .iter()
            .map(|item| ListItemShape { id: item.id.clone(), name: (&item.name).into() })
            .collect(),
    };
    call.lists.iter().map(shape).collect()
}
