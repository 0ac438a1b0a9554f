//! Desks: how far each region is, its queue, its list with everything that stands in its way.

use axum::extract::State;
use axum::http::Uri;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use jiebang_domain::recommendation::{Department, ListState};
use jiebang_domain::shared::{Region, Text};
use jiebang_service::{
    Actor, DeskEntry, DeskPage, DeskSummary, ListView, OverrunView, QuotaView, Scope, ServiceError,
    SignatureView,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::applications::{cursor, page_size};
use super::body::{Place, asked};
use super::caller::Caller;
use super::operation::Operation;
use super::shapes::{FindingShape, TextShape, findings, instant_of, tagged};
use super::{Answer, Problem};
use crate::Site;

/// Which applications a desk shows.
const SHOWS: [&str; 7] = ["", "open", "assessed", "objected", "returned", "ranked", "unranked"];

/// How far the desks of a call are.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Desks")]
pub(super) struct DesksShape {
    /// In official order; those that nothing was submitted under are left out.
    desks: Vec<DeskSummaryShape>,
}

/// How far a desk is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeskSummary")]
pub(super) struct DeskSummaryShape {
    /// Code of the region.
    region: String,
    /// Its name.
    name: TextShape,
    /// Applications submitted under it.
    received: u32,
    /// Those that wait to be verified.
    unassessed: u32,
    /// On the list.
    ranked: u32,
    /// Quota.
    quota: Option<QuotaShape>,
    /// State of the list.
    state: ListStateShape,
    /// Departments that have signed it as it is.
    signed: Vec<&'static str>,
    /// Its request for more places.
    overrun: Option<OverrunShape>,
}

/// State of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListState")]
pub(super) struct ListStateShape {
    /// `open` or `confirmed`.
    state: &'static str,
    /// The version that counts, where it is confirmed.
    version: Option<u32>,
}

/// A quota, explained.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Quota")]
pub(super) struct QuotaShape {
    /// Places.
    places: u32,
    /// How they come about.
    arithmetic: TextShape,
    /// The rule.
    rule: TextShape,
    /// Its clause.
    clause: Option<String>,
    /// Applicants may still submit or withdraw.
    provisional: bool,
    /// It can be passed with a reason and an approval.
    in_principle: bool,
}

/// A request for more places.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Overrun")]
pub(super) struct OverrunShape {
    /// Why.
    reason: String,
    /// Places approved in all; null while nothing is decided, or when it was declined.
    places: Option<u32>,
    /// What the programme office says to it; empty while nothing is decided.
    note: String,
}

/// A desk with its list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Desk")]
pub(super) struct DeskShape {
    /// Call.
    call: String,
    /// Code of the region.
    region: String,
    /// Its name.
    name: TextShape,
    /// Grows with every change of the list; the ETag, and what an edit says that it goes out from.
    version: i64,
    /// Digest of the list as it is: what is signed.
    digest: String,
    /// State of the list.
    state: ListStateShape,
    /// Versions confirmed so far.
    confirmed_versions: u32,
    /// Applications submitted under the region.
    received: u32,
    /// Quota.
    quota: Option<QuotaShape>,
    /// Request for more places.
    overrun: Option<OverrunShape>,
    /// Recommended applications by place.
    ranking: Vec<EntryShape>,
    /// What stands in the way of signing.
    obstacles: Vec<FindingShape>,
    /// Signatures.
    signatures: Vec<SignatureShape>,
    /// What this account may do now.
    may: DeskMayShape,
}

/// What may be done now.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeskMay")]
pub(super) struct DeskMayShape {
    /// Change the ranking.
    rank: bool,
    /// Sign.
    sign: bool,
    /// Open the confirmed list again.
    reopen: bool,
    /// Approve more places.
    approve: bool,
}

/// An application at a desk.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeskEntry")]
pub(super) struct EntryShape {
    /// Application.
    application: String,
    /// Its number.
    number: String,
    /// Version that counts.
    version: u32,
    /// Name of task or product.
    title: String,
    /// Name of its task.
    task: Option<TextShape>,
    /// Lead organisation as submitted.
    lead: String,
    /// Place on the list, from 1.
    place: Option<u32>,
    /// When its last version was received.
    submitted_at: Option<String>,
    /// The desk has looked at the version that counts.
    assessed: bool,
    /// Stances of the departments on the version that counts.
    opinions: Vec<StanceShape>,
    /// It was returned, and has not been submitted again.
    returned: bool,
}

/// Where a department stands.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DepartmentStance")]
pub(super) struct StanceShape {
    /// `industry_authority` or `drug_regulator`.
    department: &'static str,
    /// `agrees` or `objects`.
    stance: &'static str,
}

/// A page of applications at a desk.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeskApplications")]
pub(super) struct EntriesShape {
    /// Newest first.
    applications: Vec<EntryShape>,
    /// What to give as `before` for the next page; null on the last one.
    next: Option<String>,
}

/// A signature.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Signature")]
pub(super) struct SignatureShape {
    /// `industry_authority` or `drug_regulator`.
    department: &'static str,
    /// Who signed.
    by: String,
    /// When.
    at: Option<String>,
    /// It stands for the list as it is.
    stands: bool,
}

/// Routes of the room.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/api/v1/desks/{call}", get(all))
        .route("/api/v1/desks/{call}/{region}", get(one))
        .route("/api/v1/desks/{call}/{region}/applications", get(entries))
}

/// What they are.
pub(super) fn operations() -> Vec<Operation> {
    let read = Some(Scope::Read);
    let page = json!({ "type": "integer", "minimum": 1, "maximum": 200 });
    let id = json!({ "type": "string", "minLength": 1, "maxLength": 100 });
    let find = json!({ "type": "string", "maxLength": 100 });
    vec![
        Operation::new(
            ("get", "/api/v1/desks/{call}"),
            "list_desks",
            "How far the desks of a call are",
            read,
        )
        .answers::<DesksShape>(200, "Those that this account may see."),
        Operation::new(("get", "/api/v1/desks/{call}/{region}"), "read_desk", "A desk with its list", read)
            .answers::<DeskShape>(200, "As it is."),
        Operation::new(
            ("get", "/api/v1/desks/{call}/{region}/applications"),
            "list_desk_applications",
            "Applications at a desk",
            read,
        )
        .query("show", "Which ones.", json!({ "type": "string", "enum": SHOWS }))
        .query("find", "Only those with this in their title, number or lead.", find)
        .query("before", "Only what comes before this id.", id)
        .query("limit", "Most entries.", page)
        .answers::<EntriesShape>(200, "A page of them."),
    ]
}

/// A region by its code; one that is none has no desk.
pub(super) fn region_of(code: &str) -> Result<Region, Problem> {
    Region::parse(code).ok_or_else(|| ServiceError::NotFound.into())
}

async fn all(State(site): State<Site>, caller: Caller, Place(call): Place<String>) -> Answer {
    let desks = site.service.desks(caller.actor()?, &call).await?;
    let desks = desks.iter().map(DeskSummaryShape::from).collect();
    Ok(Json(DesksShape { desks }).into_response())
}

async fn one(
    State(site): State<Site>,
    caller: Caller,
    Place((call, region)): Place<(String, String)>,
) -> Answer {
    shown(&site, caller.actor()?, &call, region_of(&region)?).await
}

pub(super) async fn shown(site: &Site, actor: &Actor, call: &str, region: Region) -> Answer {
    let list = site.service.recommendation_list(actor, call, region).await?;
    Ok(tagged(list.revision, &DeskShape::from(&list)))
}

async fn entries(
    State(site): State<Site>,
    caller: Caller,
    Place((call, region)): Place<(String, String)>,
    uri: Uri,
) -> Answer {
    caller.actor()?;
    let show: String = asked(&uri, "show")?.unwrap_or_default();
    if !SHOWS.contains(&show.as_str()) {
        return Err(Problem::unreadable(Text::new(
            format!("查询参数 show 只能是 {}。", SHOWS[1..].join("、")),
            format!("The query parameter show is one of {}.", SHOWS[1..].join(", ")),
        )));
    }
    let (region, before, limit) = (region_of(&region)?, cursor(&uri)?, page_size(&uri)?);
    let find: String = asked(&uri, "find")?.unwrap_or_default();
    let page = DeskPage { call, region, show, find, before, limit };
    let desk = site.service.desk(caller.known(), page).await?;
    let applications = desk.entries.iter().map(EntryShape::from).collect();
    Ok(Json(EntriesShape { applications, next: desk.older }).into_response())
}

impl ListStateShape {
    /// A list that is being made.
    pub(super) fn open() -> Self {
        Self { state: "open", version: None }
    }
}

fn state_shape(state: ListState) -> ListStateShape {
    match state {
        ListState::Open => ListStateShape::open(),
        ListState::Confirmed { version } => ListStateShape { state: "confirmed", version: Some(version) },
    }
}

fn ids(departments: &[Department]) -> Vec<&'static str> {
    departments.iter().map(|department| department.id()).collect()
}

impl From<&QuotaView> for QuotaShape {
    fn from(quota: &QuotaView) -> Self {
        Self {
            places: quota.places,
            arithmetic: (&quota.arithmetic).into(),
            rule: (&quota.rule).into(),
            clause: quota.clause.as_ref().map(ToString::to_string),
            provisional: quota.provisional,
            in_principle: quota.in_principle,
        }
    }
}

impl From<&OverrunView> for OverrunShape {
    fn from(overrun: &OverrunView) -> Self {
        Self { reason: overrun.reason.clone(), places: overrun.places, note: overrun.note.clone() }
    }
}

impl From<&DeskSummary> for DeskSummaryShape {
    fn from(desk: &DeskSummary) -> Self {
        Self {
            region: desk.region.code().to_owned(),
            name: (&desk.region.name()).into(),
            received: desk.received,
            unassessed: desk.unassessed,
            ranked: desk.ranked,
            quota: desk.quota.as_ref().map(QuotaShape::from),
            state: state_shape(desk.state),
            signed: ids(&desk.signed),
            overrun: desk.overrun.as_ref().map(OverrunShape::from),
        }
    }
}

impl From<&DeskEntry> for EntryShape {
    fn from(entry: &DeskEntry) -> Self {
        let candidate = &entry.candidate;
        let stance = |department: Department| {
            let stance = candidate.opinion(department)?.stance.id();
            Some(StanceShape { department: department.id(), stance })
        };
        Self {
            application: candidate.application.clone(),
            number: candidate.number.clone(),
            version: candidate.version(),
            title: candidate.title.clone(),
            task: entry.task.as_ref().map(TextShape::from),
            lead: candidate.lead.clone(),
            place: entry.place,
            submitted_at: instant_of(entry.submitted_at),
            assessed: candidate.assessed().is_some(),
            opinions: Department::ALL.into_iter().filter_map(stance).collect(),
            returned: entry.returned,
        }
    }
}

impl From<&SignatureView> for SignatureShape {
    fn from(signature: &SignatureView) -> Self {
        Self {
            department: signature.department.id(),
            by: signature.by.clone(),
            at: instant_of(signature.at),
            stands: signature.stands,
        }
    }
}

impl From<&ListView> for DeskShape {
    fn from(list: &ListView) -> Self {
        Self {
            call: list.call.call.id.clone(),
            region: list.region.code().to_owned(),
            name: (&list.region.name()).into(),
            version: list.revision,
            digest: list.digest.clone(),
            state: state_shape(list.state),
            confirmed_versions: list.versions,
            received: list.received,
            quota: list.quota.as_ref().map(QuotaShape::from),
            overrun: list.overrun.as_ref().map(OverrunShape::from),
            ranking: list.entries.iter().map(EntryShape::from).collect(),
            obstacles: findings(&list.obstacles),
            signatures: list.signatures.iter().map(SignatureShape::from).collect(),
            may: DeskMayShape {
                rank: list.may_rank,
                sign: list.may_sign,
                reopen: list.may_reopen,
                approve: list.may_approve,
            },
        }
    }
}
