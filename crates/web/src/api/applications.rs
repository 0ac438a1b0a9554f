//! Applications: begin, list, read, change, check, reopen, withdraw.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiebang_domain::shared::Text;
use jiebang_service::{
    ApplicationSummary, ApplicationView, ChangeFields, Scope, SectionState, SectionSummary, ServiceError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::body::{Key, Perhaps, Place, Sent, asked, seen};
use super::caller::Caller;
use super::fields::{Fields, values};
use super::files::FileShape;
use super::operation::Operation;
use super::shapes::{FindingShape, TextShape, created, findings, instant_of, tagged};
use super::{Answer, Problem};
use crate::Site;
use crate::recommendation::is_id;

/// Entries of a page where nothing is said, and the most.
pub(super) const PAGE: (i64, i64) = (50, 200);

/// Nothing to say: an empty object.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Nothing")]
pub(super) struct Nothing {}

/// An application that was begun.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Begun")]
pub(super) struct BegunShape {
    /// Id.
    id: String,
    /// Call.
    call: String,
}

/// A page of applications.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Applications")]
pub(super) struct ApplicationsShape {
    /// Newest first.
    applications: Vec<SummaryShape>,
    /// What to give as `before` for the next page; null on the last one.
    next: Option<String>,
}

/// An application in a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ApplicationSummary")]
pub(super) struct SummaryShape {
    /// Id.
    id: String,
    /// Call.
    call: String,
    /// Version of the call that it is bound to.
    call_version: String,
    /// Name of the task or product; may be empty.
    title: String,
    /// Name of the chosen task.
    task: Option<TextShape>,
    /// `draft`, `submitted`, `reopened` or `withdrawn`.
    state: String,
    /// The state in words.
    state_name: TextShape,
    /// Number given at the first submission.
    number: Option<String>,
    /// Submissions so far.
    submissions_count: i64,
    /// When the last submission was received.
    submitted_at: Option<String>,
    /// When it was begun.
    begun_at: Option<String>,
    /// Last change.
    updated_at: Option<String>,
    /// Stage of the call now.
    stage: &'static str,
}

/// An application.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Application")]
pub(super) struct ApplicationShape {
    /// What lists show of it.
    #[serde(flatten)]
    summary: SummaryShape,
    /// Grows with every change; the ETag, and what an edit says that it goes out from.
    version: i64,
    /// The submitted version that is shown; null for the draft.
    shown: Option<i64>,
    /// Digest of everything put in: what a submission may say that it goes out from.
    digest: String,
    /// Name of the lead organisation.
    organisation: String,
    /// Values of the form by path.
    fields: Map<String, Value>,
    /// Paths of the fields that apply now.
    applicable: Vec<String>,
    /// Paths of the fields that the registration fills in.
    registered: Vec<String>,
    /// Sections in order.
    sections: Vec<SectionStateShape>,
    /// Evidence in order.
    evidence: Vec<EvidenceShape>,
    /// Submitted versions, newest first.
    submissions: Vec<SubmissionShape>,
    /// Returned for correction by its desk, and not submitted again since.
    returned: Option<ReturnedShape>,
    /// Something refuses a submission; see its findings.
    blocked: bool,
    /// What this account may do with it now.
    may: MayShape,
}

/// A section of an application.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SectionState")]
pub(super) struct SectionStateShape {
    /// Id.
    id: String,
    /// Heading.
    title: TextShape,
    /// `not_started`, `incomplete`, `complete` or `not_applicable`.
    state: &'static str,
    /// How many findings refuse a submission.
    findings: usize,
}

/// An item of evidence with its files.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Evidence")]
pub(super) struct EvidenceShape {
    /// Id.
    id: String,
    /// What it proves.
    name: TextShape,
    /// It must be attached now.
    needed: bool,
    /// Numbers of the members that it is needed of, the lead being 0.
    members: Vec<i64>,
    /// Files.
    files: Vec<FileShape>,
}

/// A submitted version.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Submission")]
pub(super) struct SubmissionShape {
    /// Version, from 1.
    version: i64,
    /// Number of its receipt.
    receipt: String,
    /// When it was received.
    received_at: Option<String>,
}

/// A return for correction.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Returned")]
pub(super) struct ReturnedShape {
    /// Department.
    by: TextShape,
    /// What is to be corrected.
    note: String,
    /// When.
    at: Option<String>,
}

impl From<&jiebang_service::ReturnedView> for ReturnedShape {
    fn from(returned: &jiebang_service::ReturnedView) -> Self {
        Self { by: (&returned.by).into(), note: returned.note.clone(), at: instant_of(returned.at) }
    }
}

/// What may be done now.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "May")]
pub(super) struct MayShape {
    /// Change it.
    edit: bool,
    /// Reopen it.
    reopen: bool,
    /// Withdraw it.
    withdraw: bool,
}

/// Fields to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Change")]
pub(super) struct Change {
    /// The version that was seen; or `If-Match`.
    #[schemars(range(min = 0, max = 1_000_000_000_000_000_i64))]
    version: Option<i64>,
    /// Values by path. What is not named stays.
    fields: Fields,
}

/// What rules say of an application.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Findings")]
pub(super) struct FindingsShape {
    /// Version that they are of.
    version: i64,
    /// Something refuses a submission.
    blocked: bool,
    /// All of them.
    findings: Vec<FindingShape>,
}

/// What an act has led to.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "State")]
pub(super) struct StateShape {
    /// State of the application after the act.
    pub(super) state: &'static str,
}

/// Routes of the room.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/api/v1/calls/{id}/applications", post(begin))
        .route("/api/v1/applications", get(list))
        .route("/api/v1/applications/{id}", get(one).patch(change))
        .route("/api/v1/applications/{id}/findings", get(check))
        .route("/api/v1/applications/{id}/reopen", post(reopen))
        .route("/api/v1/applications/{id}/withdraw", post(withdraw))
}

/// What they are.
pub(super) fn operations() -> Vec<Operation> {
    let read = Some(Scope::Read);
    let page = json!({ "type": "integer", "minimum": 1, "maximum": PAGE.1 });
    let id = json!({ "type": "string", "minLength": 1, "maxLength": 100 });
    vec![
        Operation::new(
            ("post", "/api/v1/calls/{id}/applications"),
            "begin_application",
            "Begin an application",
            Some(Scope::Write),
        )
        .may_take::<Nothing>()
        .once()
        .answers::<BegunShape>(201, "It has begun.")
        .or(&[409]),
        Operation::new(
            ("get", "/api/v1/applications"),
            "list_applications",
            "The own organisation's applications",
            read,
        )
        .query("before", "Only what comes before this id.", id)
        .query("limit", "Most entries.", page)
        .answers::<ApplicationsShape>(200, "A page of them."),
        Operation::new(("get", "/api/v1/applications/{id}"), "read_application", "An application", read)
            .answers::<ApplicationShape>(200, "The draft, or the submitted version that counts."),
        Operation::new(
            ("patch", "/api/v1/applications/{id}"),
            "change_application",
            "Change fields of a draft",
            Some(Scope::Write),
        )
        .takes::<Change>()
        .versioned()
        .answers::<ApplicationShape>(200, "As it is now. Values may break rules; findings say so.")
        .or(&[422]),
        Operation::new(
            ("get", "/api/v1/applications/{id}/findings"),
            "check_application",
            "What rules say of an application",
            read,
        )
        .answers::<FindingsShape>(200, "All findings at once."),
        Operation::new(
            ("post", "/api/v1/applications/{id}/reopen"),
            "reopen_application",
            "Reopen a submitted application; the submitted version counts until the next one",
            Some(Scope::Submit),
        )
        .may_take::<Nothing>()
        .once()
        .answers::<StateShape>(200, "It is open.")
        .or(&[409]),
        Operation::new(
            ("post", "/api/v1/applications/{id}/withdraw"),
            "withdraw_application",
            "Withdraw an application",
            Some(Scope::Submit),
        )
        .may_take::<Nothing>()
        .once()
        .answers::<StateShape>(200, "It is withdrawn.")
        .or(&[409]),
    ]
}

async fn begin(
    State(site): State<Site>,
    caller: Caller,
    Place(call): Place<String>,
    Key(key): Key,
    Perhaps(Nothing {}): Perhaps<Nothing>,
) -> Answer {
    let id = site.service.begin_application(caller.with(Scope::Write)?, &call, key).await?;
    let place = format!("/api/v1/applications/{id}");
    Ok(created(&place, &BegunShape { id, call }))
}

async fn list(State(site): State<Site>, caller: Caller, uri: Uri) -> Answer {
    let actor = caller.actor()?;
    let limit = page_size(&uri)?;
    let found = site.service.own_applications(actor, cursor(&uri)?, limit).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count == limit);
    let next = found.last().map(|last| last.id.clone()).filter(|_| full);
    let applications = found.iter().map(SummaryShape::from).collect();
    Ok(Json(ApplicationsShape { applications, next }).into_response())
}

/// How many entries a page has.
pub(super) fn page_size(uri: &Uri) -> Result<i64, Problem> {
    match asked::<i64>(uri, "limit")?.unwrap_or(PAGE.0) {
        size if (1..=PAGE.1).contains(&size) => Ok(size),
        _ => Err(Problem::unreadable(Text::new(
            format!("查询参数 limit 应为 1 至 {}。", PAGE.1),
            format!("The query parameter limit is from 1 to {}.", PAGE.1),
        ))),
    }
}

/// Where the page begins: what comes before this id.
pub(super) fn cursor(uri: &Uri) -> Result<Option<String>, Problem> {
    let before: Option<String> = asked(uri, "before")?;
    // From anything else a program would read the first page again and again.
    match before.filter(|before| !before.is_empty()) {
        Some(before) if !is_id(&before) => Err(Problem::unreadable(Text::new(
            "查询参数 before 应为上一页给出的 next。",
            "The query parameter before is the next of the page before.",
        ))),
        before => Ok(before),
    }
}

async fn one(State(site): State<Site>, caller: Caller, Place(id): Place<String>) -> Answer {
    caller.actor()?;
    let view = site.service.application(caller.known(), &id).await?;
    Ok(tagged(view.revision, &ApplicationShape::from(&view)))
}

async fn change(
    State(site): State<Site>,
    caller: Caller,
    Place(id): Place<String>,
    headers: HeaderMap,
    Sent(change): Sent<Change>,
) -> Answer {
    let actor = caller.with(Scope::Write)?;
    let revision = seen(&headers, change.version)?;
    let pairs = change.fields.pairs()?;
    let asked = ChangeFields { application: id.clone(), revision, pairs };
    if let Err(error) = site.service.change_fields(actor, asked).await {
        return Err(both_states(error, revision, &change.fields));
    }
    let view = site.service.application(Some(actor), &id).await?;
    Ok(tagged(view.revision, &ApplicationShape::from(&view)))
}

/// A conflict with what is stored and what was sent, each with its version.
pub(super) fn both_states(error: ServiceError, revision: i64, sent: &Fields) -> Problem {
    let ServiceError::Conflict(conflict) = error else { return error.into() };
    let stored = serde_json::from_value(conflict.stored).map(|content| values(&content)).unwrap_or_default();
    Problem::conflict(
        json!({ "version": conflict.revision, "by": conflict.by, "fields": stored }),
        json!({ "version": revision, "fields": sent.json() }),
    )
}

async fn check(State(site): State<Site>, caller: Caller, Place(id): Place<String>) -> Answer {
    caller.actor()?;
    let view = site.service.application(caller.known(), &id).await?;
    let shape =
        FindingsShape { version: view.revision, blocked: view.blocked, findings: findings(&view.findings) };
    Ok(tagged(view.revision, &shape))
}

async fn reopen(
    State(site): State<Site>,
    caller: Caller,
    Place(id): Place<String>,
    Key(key): Key,
    Perhaps(Nothing {}): Perhaps<Nothing>,
) -> Answer {
    site.service.reopen_once(caller.with(Scope::Submit)?, &id, key).await?;
    Ok(Json(StateShape { state: "reopened" }).into_response())
}

async fn withdraw(
    State(site): State<Site>,
    caller: Caller,
    Place(id): Place<String>,
    Key(key): Key,
    Perhaps(Nothing {}): Perhaps<Nothing>,
) -> Answer {
    site.service.withdraw_once(caller.with(Scope::Submit)?, &id, key).await?;
    Ok(Json(StateShape { state: "withdrawn" }).into_response())
}

impl From<&ApplicationSummary> for SummaryShape {
    fn from(summary: &ApplicationSummary) -> Self {
        Self {
            id: summary.id.clone(),
            call: summary.call.call.id.clone(),
            call_version: summary.call.version.clone(),
            title: summary.title.clone(),
            task: summary.task.as_ref().map(TextShape::from),
            state: summary.state.clone(),
            state_name: (&summary.state_name).into(),
            number: summary.number.clone(),
            submissions_count: summary.version,
            submitted_at: instant_of(summary.submitted_at),
            begun_at: instant_of(summary.begun_at),
            updated_at: instant_of(summary.updated_at),
            stage: summary.stage.id(),
        }
    }
}

fn section_shape(section: &SectionSummary) -> SectionStateShape {
    SectionStateShape {
        id: section.id.clone(),
        title: (&section.title).into(),
        state: match section.state {
            SectionState::NotStarted => "not_started",
            SectionState::Incomplete => "incomplete",
            SectionState::Complete => "complete",
            SectionState::NotApplicable => "not_applicable",
        },
        findings: section.findings,
    }
}

impl From<&ApplicationView> for ApplicationShape {
    fn from(view: &ApplicationView) -> Self {
        let evidence = view.evidence.iter().map(|item| EvidenceShape {
            id: item.id.clone(),
            name: (&item.name).into(),
            needed: item.needed,
            members: item.members.iter().map(|member| member.number).collect(),
            files: item.files.iter().map(FileShape::from).collect(),
        });
        let submissions = view.submissions.iter().map(|submission| SubmissionShape {
            version: submission.version,
            receipt: submission.receipt_number.clone(),
            received_at: instant_of(submission.received_at),
        });
        Self {
            summary: (&view.summary).into(),
            version: view.revision,
            shown: view.version,
            digest: view.digest.clone(),
            organisation: view.organisation.clone(),
            fields: values(&view.content),
            applicable: view.applicable.clone(),
            registered: view.registered.clone(),
            sections: view.sections.iter().map(section_shape).collect(),
            evidence: evidence.collect(),
            submissions: submissions.collect(),
            returned: view.returned.as_ref().map(ReturnedShape::from),
            blocked: view.blocked,
            may: MayShape { edit: view.may_edit, reopen: view.may_reopen, withdraw: view.may_withdraw },
        }
    }
}
