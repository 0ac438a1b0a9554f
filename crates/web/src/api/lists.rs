//! Acts on the list of a region: ranking, signing, opening again, leave for more places.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::{get, post, put};
use jiebang_domain::recommendation::Change;
use jiebang_domain::shared::Text;
use jiebang_service::{Scope, ServiceError, Sign, StoreError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::body::{Key, Place, Sent, seen};
use super::caller::Caller;
use super::calls::json as written;
use super::desks::{DeskShape, ListStateShape, region_of, shown};
use super::operation::Operation;
use super::shapes::{created, tagged};
use super::submissions::no_digest;
use super::{Answer, Problem};
use crate::Site;

/// Most applications of a ranking; no region is sent so many.
const RANKED_MAX: usize = 5_000;

/// A ranking.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Ranking")]
pub(super) struct Ranking {
    /// The version of the list that was seen; or `If-Match`.
    #[schemars(range(min = 0, max = 1_000_000_000_000_000_i64))]
    version: Option<i64>,
    /// Applications in order, in the place of those that stood there.
    #[schemars(length(max = 5_000))]
    applications: Vec<String>,
}

/// A signature to give.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewConfirmation")]
pub(super) struct NewConfirmation {
    /// `digest` of the list that was looked at: nothing else is signed.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    digest: String,
}

/// What a signature has led to.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Confirmation")]
pub(super) struct ConfirmationShape {
    /// Both departments have signed the same list.
    confirmed: bool,
    /// The version that counts from now on.
    version: Option<u32>,
}

/// A reason.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Reason")]
pub(super) struct Reason {
    /// Why.
    #[schemars(length(max = 2_000))]
    reason: String,
}

/// A request for more places.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewOverrun")]
pub(super) struct NewOverrun {
    /// The version of the list that was seen; or `If-Match`.
    #[schemars(range(min = 0, max = 1_000_000_000_000_000_i64))]
    version: Option<i64>,
    /// Why; an empty one takes the request back.
    #[schemars(length(max = 2_000))]
    reason: String,
}

/// What is decided on it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OverrunDecision")]
pub(super) struct Decision {
    /// Places in all; null declines.
    #[schemars(range(max = 100_000))]
    places: Option<u32>,
    /// Why.
    #[schemars(length(max = 2_000))]
    note: String,
}

/// Version of a list after a change.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ListVersion")]
pub(super) struct ListVersionShape {
    /// Version.
    version: i64,
}

/// A confirmed list, canonical JSON.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ConfirmedList")]
pub(super) struct ConfirmedShape {
    /// Call.
    call: String,
    /// Region.
    region: String,
    /// Version, from 1.
    version: u32,
    /// Recommended applications by rank.
    entries: Vec<serde_json::Map<String, serde_json::Value>>,
    /// Signatures.
    signatures: Vec<serde_json::Map<String, serde_json::Value>>,
    /// When it was confirmed.
    confirmed_at: String,
}

/// Routes of the room.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/api/v1/desks/{call}/{region}/ranking", put(rank))
        .route("/api/v1/desks/{call}/{region}/confirmations", post(sign))
        .route("/api/v1/desks/{call}/{region}/reopenings", post(reopen))
        .route("/api/v1/desks/{call}/{region}/overrun", put(ask_overrun))
        .route("/api/v1/desks/{call}/{region}/overrun/decision", put(decide_overrun))
        .route("/api/v1/desks/{call}/{region}/lists/{version}", get(confirmed))
}

/// What they are.
pub(super) fn operations() -> Vec<Operation> {
    let (read, desk) = (Some(Scope::Read), Some(Scope::Desk));
    vec![
        Operation::new(
            ("put", "/api/v1/desks/{call}/{region}/ranking"),
            "rank",
            "Put applications in order",
            desk,
        )
        .takes::<Ranking>()
        .versioned()
        .answers::<DeskShape>(200, "The desk as it is now.")
        .or(&[422]),
        Operation::new(
            ("post", "/api/v1/desks/{call}/{region}/confirmations"),
            "sign_list",
            "Sign the list for the own department",
            desk,
        )
        .takes::<NewConfirmation>()
        .once()
        .answers::<ConfirmationShape>(201, "It is signed; with the second signature it is confirmed.")
        .or(&[409]),
        Operation::new(
            ("post", "/api/v1/desks/{call}/{region}/reopenings"),
            "reopen_list",
            "Open a confirmed list again",
            desk,
        )
        .takes::<Reason>()
        .once()
        .answers::<ListStateShape>(201, "It is open; what was confirmed stays as it was.")
        .or(&[409]),
        Operation::new(
            ("put", "/api/v1/desks/{call}/{region}/overrun"),
            "ask_overrun",
            "Say why the list holds more than the quota",
            desk,
        )
        .takes::<NewOverrun>()
        .versioned()
        .answers::<ListVersionShape>(200, "It is asked.")
        .or(&[422]),
        Operation::new(
            ("put", "/api/v1/desks/{call}/{region}/overrun/decision"),
            "decide_overrun",
            "Approve more places, or decline",
            desk,
        )
        .takes::<Decision>()
        .answers::<ListVersionShape>(200, "It is decided.")
        .or(&[409, 422]),
        Operation::new(
            ("get", "/api/v1/desks/{call}/{region}/lists/{version}"),
            "read_confirmed_list",
            "A confirmed list",
            read,
        )
        .answers::<ConfirmedShape>(200, "Canonical JSON, as it was frozen."),
    ]
}

async fn rank(
    State(site): State<Site>,
    caller: Caller,
    Place((call, region)): Place<(String, String)>,
    headers: HeaderMap,
    Sent(ranking): Sent<Ranking>,
) -> Answer {
    let (actor, region) = (caller.with(Scope::Desk)?, region_of(&region)?);
    let revision = seen(&headers, ranking.version)?;
    if ranking.applications.len() > RANKED_MAX || ranking.applications.iter().any(|id| id.contains('\0')) {
        return Err(too_many());
    }
    let ranks: Vec<(String, u32)> = ranking.applications.iter().cloned().zip(1..).collect();
    match site.service.rank(actor, &call, region, revision, &ranks).await {
        Ok(_) => shown(&site, actor, &call, region).await,
        Err(ServiceError::Store(StoreError::Stale)) => {
            let list = site.service.recommendation_list(actor, &call, region).await?;
            let stored = list.entries.iter().map(|entry| entry.candidate.application.as_str());
            Err(Problem::conflict(
                json!({ "version": list.revision, "applications": stored.collect::<Vec<_>>() }),
                json!({ "version": revision, "applications": ranking.applications }),
            ))
        }
        Err(error) => Err(error.into()),
    }
}

fn too_many() -> Problem {
    ServiceError::field(
        "ranking_unreadable",
        "applications",
        Text::new(
            format!("排序最多 {RANKED_MAX} 件，且标识不能含零字符"),
            format!("A ranking has at most {RANKED_MAX} applications, and no id holds a zero character"),
        ),
        Text::new("只排推荐的申报", "Rank those that are recommended"),
    )
    .into()
}

async fn sign(
    State(site): State<Site>,
    caller: Caller,
    Place((call, region)): Place<(String, String)>,
    Key(key): Key,
    Sent(NewConfirmation { digest }): Sent<NewConfirmation>,
) -> Answer {
    let (actor, region) = (caller.with(Scope::Desk)?, region_of(&region)?);
    if digest.len() != 64 {
        return Err(no_digest());
    }
    let sign = Sign { call: call.clone(), region, seen: Some(digest.clone()), key };
    match site.service.sign_list(actor, sign).await {
        Ok(change) => {
            let version = match change {
                Change::HalfSigned => None,
                Change::Confirmed { version } => Some(version),
            };
            let place = format!("/api/v1/desks/{call}/{}", region.code());
            Ok(created(&place, &ConfirmationShape { confirmed: version.is_some(), version }))
        }
        Err(ServiceError::Store(StoreError::Stale)) => {
            let list = site.service.recommendation_list(actor, &call, region).await?;
            let stored = json!({ "version": list.revision, "digest": list.digest });
            Err(Problem::conflict(stored, json!({ "digest": digest })))
        }
        Err(error) => Err(error.into()),
    }
}

async fn reopen(
    State(site): State<Site>,
    caller: Caller,
    Place((call, region)): Place<(String, String)>,
    Key(key): Key,
    Sent(Reason { reason }): Sent<Reason>,
) -> Answer {
    let (actor, region) = (caller.with(Scope::Desk)?, region_of(&region)?);
    site.service.reopen_list(actor, &call, region, &reason, key).await?;
    let place = format!("/api/v1/desks/{call}/{}", region.code());
    Ok(created(&place, &ListStateShape::open()))
}

async fn ask_overrun(
    State(site): State<Site>,
    caller: Caller,
    Place((call, region)): Place<(String, String)>,
    headers: HeaderMap,
    Sent(overrun): Sent<NewOverrun>,
) -> Answer {
    let (actor, region) = (caller.with(Scope::Desk)?, region_of(&region)?);
    let revision = seen(&headers, overrun.version)?;
    match site.service.ask_overrun(actor, &call, region, revision, &overrun.reason).await {
        Ok(version) => Ok(tagged(version, &ListVersionShape { version })),
        Err(ServiceError::Store(StoreError::Stale)) => {
            let list = site.service.recommendation_list(actor, &call, region).await?;
            let reason = list.overrun.as_ref().map(|overrun| overrun.reason.as_str());
            Err(Problem::conflict(
                json!({ "version": list.revision, "reason": reason }),
                json!({ "version": revision, "reason": overrun.reason }),
            ))
        }
        Err(error) => Err(error.into()),
    }
}

async fn decide_overrun(
    State(site): State<Site>,
    caller: Caller,
    Place((call, region)): Place<(String, String)>,
    Sent(decision): Sent<Decision>,
) -> Answer {
    let (actor, region) = (caller.with(Scope::Desk)?, region_of(&region)?);
    let Decision { places, note } = decision;
    let version = site.service.approve_overrun(actor, &call, region, places, &note).await?;
    Ok(tagged(version, &ListVersionShape { version }))
}

async fn confirmed(
    State(site): State<Site>,
    caller: Caller,
    Place((call, region, version)): Place<(String, String, u32)>,
) -> Answer {
    let region = region_of(&region)?;
    Ok(written(site.service.confirmed_list(caller.actor()?, &call, region, version).await?.content))
}
