//! What a desk writes about an application: its sheet, where a department stands, what is to be corrected.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, post, put};
use jiebang_domain::recommendation::{Answer as Answered, Stance, questions};
use jiebang_domain::shared::Text;
use jiebang_service::{
    Actor, Assess, AssessmentView, DeskApplication, OpinionView, Scope, ServiceError, StoreError,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::applications::{ApplicationShape, ReturnedShape, StateShape};
use super::body::{Key, Place, Sent, seen};
use super::caller::Caller;
use super::desks::region_of;
use super::operation::Operation;
use super::shapes::{TextShape, created, instant_of, tagged};
use super::{Answer, Problem};
use crate::Site;

/// Most answers of a sheet, and most criteria of preference; no call asks so much.
const ANSWERS_MAX: usize = 1_000;

/// An application as its desk works on it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DeskApplication")]
pub(super) struct DeskApplicationShape {
    /// Code of the region that recommends.
    region: String,
    /// Version that counts, and that is written on.
    version: i64,
    /// The version that counts.
    application: ApplicationShape,
    /// What is asked of the desk.
    questions: Vec<QuestionShape>,
    /// What the desk has found out; of this version or of an earlier one. Null while nothing is written.
    sheet: Option<SheetShape>,
    /// Opinions of this version.
    opinions: Vec<OpinionShape>,
    /// Its return for correction.
    returned: Option<ReturnedShape>,
    /// What this account may do now.
    may: SheetMayShape,
}

/// What may be done now.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SheetMay")]
pub(super) struct SheetMayShape {
    /// Write on it.
    assess: bool,
    /// Return it.
    return_it: bool,
}

/// Something that a desk looks into.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Question")]
pub(super) struct QuestionShape {
    /// Code.
    code: String,
    /// The question.
    text: TextShape,
}

/// A sheet.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Sheet")]
pub(super) struct SheetShape {
    /// Grows with every change; the ETag, and what an edit says that it goes out from.
    version: i64,
    /// Version of the application that it is about.
    of_version: u32,
    /// Answers by code: `met`, `not_met` or `not_applicable`.
    answers: BTreeMap<String, &'static str>,
    /// Places of the criteria of preference that are met, from 0.
    preferences: Vec<usize>,
    /// Note of verification.
    note: String,
    /// Why it is recommended.
    reason: String,
    /// Note of the table.
    remark: String,
    /// Who saved it last.
    by: String,
    /// When.
    at: Option<String>,
}

/// An opinion.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Opinion")]
pub(super) struct OpinionShape {
    /// `industry_authority` or `drug_regulator`.
    department: &'static str,
    /// `agrees` or `objects`.
    stance: &'static str,
    /// Why.
    note: String,
    /// Who said it.
    by: String,
    /// When.
    at: Option<String>,
}

/// A sheet to save.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSheet")]
pub(super) struct NewSheet {
    /// The version of the sheet that was seen, 0 for none; or `If-Match`.
    #[schemars(range(min = 0, max = 1_000_000_000_000_000_i64))]
    version: Option<i64>,
    /// Version of the application that was looked at.
    of_version: u32,
    /// Answers by code: `met`, `not_met` or `not_applicable`.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 1000))]
    answers: BTreeMap<String, String>,
    /// Places of the criteria of preference that are met, from 0.
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    preferences: Vec<usize>,
    /// Note of verification.
    #[serde(default)]
    #[schemars(length(max = 2_000))]
    note: String,
    /// Why it is recommended.
    #[serde(default)]
    #[schemars(length(max = 2_000))]
    reason: String,
    /// Note of the table.
    #[serde(default)]
    #[schemars(length(max = 2_000))]
    remark: String,
}

/// Where the own department stands.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewOpinion")]
pub(super) struct NewOpinion {
    /// Version of the application that was looked at.
    of_version: u32,
    /// `agrees` or `objects`.
    #[schemars(extend("enum" = ["agrees", "objects"]))]
    stance: String,
    /// Why; an objection needs it.
    #[serde(default)]
    #[schemars(length(max = 2_000))]
    note: String,
}

/// What is to be corrected.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewReturn")]
pub(super) struct NewReturn {
    /// What is to be corrected.
    #[schemars(length(max = 2_000))]
    note: String,
}

/// Routes of the room.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/api/v1/desks/{call}/{region}/applications/{id}", get(one))
        .route("/api/v1/desks/{call}/{region}/applications/{id}/sheet", put(assess))
        .route("/api/v1/desks/{call}/{region}/applications/{id}/opinion", put(opine))
        .route("/api/v1/desks/{call}/{region}/applications/{id}/returns", post(give_back))
}

/// What they are.
pub(super) fn operations() -> Vec<Operation> {
    let desk = Some(Scope::Desk);
    vec![
        Operation::new(
            ("get", "/api/v1/desks/{call}/{region}/applications/{id}"),
            "read_desk_application",
            "An application as its desk works on it",
            Some(Scope::Read),
        )
        .answers::<DeskApplicationShape>(200, "The version that counts, with what was found out."),
        Operation::new(
            ("put", "/api/v1/desks/{call}/{region}/applications/{id}/sheet"),
            "save_sheet",
            "Write down what the desk has found out",
            desk,
        )
        .takes::<NewSheet>()
        .versioned()
        .answers::<DeskApplicationShape>(200, "As it is now.")
        .or(&[422]),
        Operation::new(
            ("put", "/api/v1/desks/{call}/{region}/applications/{id}/opinion"),
            "give_opinion",
            "Say where the own department stands",
            desk,
        )
        .takes::<NewOpinion>()
        .done("It is said.")
        .or(&[409, 422]),
        Operation::new(
            ("post", "/api/v1/desks/{call}/{region}/applications/{id}/returns"),
            "return_application",
            "Return an application for correction",
            desk,
        )
        .takes::<NewReturn>()
        .once()
        .answers::<StateShape>(201, "It is open for correction; the submitted version goes on counting.")
        .or(&[409]),
    ]
}

/// Where an application is worked on: call, region, id.
type Desk = (String, String, String);

/// The application at the desk of a call and a region.
async fn at_desk(site: &Site, actor: &Actor, desk: &Desk) -> Result<DeskApplication, Problem> {
    let (call, region, id) = desk;
    let region = region_of(region)?;
    let found = site.service.desk_application(actor, id).await?;
    let belongs = found.view.summary.call.call.id == *call && found.region == region;
    if belongs { Ok(found) } else { Err(ServiceError::NotFound.into()) }
}

async fn one(State(site): State<Site>, caller: Caller, Place(desk): Place<Desk>) -> Answer {
    let found = at_desk(&site, caller.actor()?, &desk).await?;
    Ok(shown(&found))
}

fn shown(found: &DeskApplication) -> axum::response::Response {
    let version = found.assessment.as_ref().map_or(0, |sheet| sheet.revision);
    tagged(version, &DeskApplicationShape::from(found))
}

async fn assess(
    State(site): State<Site>,
    caller: Caller,
    Place(desk): Place<Desk>,
    headers: HeaderMap,
    Sent(sheet): Sent<NewSheet>,
) -> Answer {
    let actor = caller.with(Scope::Desk)?;
    at_desk(&site, actor, &desk).await?;
    let revision = seen(&headers, sheet.version)?;
    let sent = json!({
        "version": revision, "of_version": sheet.of_version, "answers": sheet.answers, "preferences": sheet.preferences,
        "note": sheet.note, "reason": sheet.reason, "remark": sheet.remark,
    });
    let answers = answers_of(&sheet)?;
    let asked = Assess {
        application: desk.2.clone(),
        version: sheet.of_version,
        revision,
        answers,
        preferences: sheet.preferences,
        note: sheet.note,
        reason: sheet.reason,
        remark: sheet.remark,
    };
    match site.service.assess(actor, asked).await {
        Ok(_) => Ok(shown(&at_desk(&site, actor, &desk).await?)),
        Err(ServiceError::Store(StoreError::Stale)) => {
            let now = at_desk(&site, actor, &desk).await?;
            let stored = now.assessment.as_ref().map(SheetShape::from);
            Err(Problem::conflict(json!({ "sheet": stored, "of_version": now.view.summary.version }), sent))
        }
        Err(error) => Err(error.into()),
    }
}

fn answers_of(sheet: &NewSheet) -> Result<BTreeMap<String, Answered>, Problem> {
    if sheet.answers.len() > ANSWERS_MAX || sheet.preferences.len() > ANSWERS_MAX {
        return Err(not_a_choice("answers", "…"));
    }
    let read = |(code, answer): (&String, &String)| {
        let known = Answered::ALL.into_iter().find(|known| known.id() == answer);
        known
            .map(|known| (code.clone(), known))
            .ok_or_else(|| not_a_choice(&format!("answers.{code}"), answer))
    };
    sheet.answers.iter().map(read).collect()
}

async fn opine(
    State(site): State<Site>,
    caller: Caller,
    Place(desk): Place<Desk>,
    Sent(opinion): Sent<NewOpinion>,
) -> Answer {
    let actor = caller.with(Scope::Desk)?;
    at_desk(&site, actor, &desk).await?;
    let stance = Stance::parse(&opinion.stance).ok_or_else(|| not_a_choice("stance", &opinion.stance))?;
    let (version, note) = (opinion.of_version, opinion.note.as_str());
    match site.service.give_opinion(actor, &desk.2, version, stance, note).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(ServiceError::Store(StoreError::Stale)) => {
            let now = at_desk(&site, actor, &desk).await?;
            let sent = json!({ "of_version": version, "stance": opinion.stance, "note": note });
            Err(Problem::conflict(json!({ "of_version": now.view.summary.version }), sent))
        }
        Err(error) => Err(error.into()),
    }
}

async fn give_back(
    State(site): State<Site>,
    caller: Caller,
    Place(desk): Place<Desk>,
    Key(key): Key,
    Sent(NewReturn { note }): Sent<NewReturn>,
) -> Answer {
    let actor = caller.with(Scope::Desk)?;
    at_desk(&site, actor, &desk).await?;
    site.service.return_application(actor, &desk.2, &note, key).await?;
    let place = format!("/api/v1/desks/{}/{}/applications/{}", desk.0, desk.1, desk.2);
    Ok(created(&place, &StateShape { state: "reopened" }))
}

fn not_a_choice(field: &str, value: &str) -> Problem {
    let (field, shown): (String, String) =
        (field.chars().take(80).collect(), value.chars().take(80).collect());
    ServiceError::field(
        "choice_unknown",
        &field,
        Text::new(format!("“{shown}”不是可选的值"), format!("“{shown}” cannot be chosen here")),
        Text::new("按接口说明选择", "Choose as the API describes"),
    )
    .into()
}

impl From<&AssessmentView> for SheetShape {
    fn from(sheet: &AssessmentView) -> Self {
        let assessment = &sheet.assessment;
        Self {
            version: sheet.revision,
            of_version: assessment.version,
            answers: assessment.answers.iter().map(|(code, answer)| (code.clone(), answer.id())).collect(),
            preferences: assessment.preferences.to_vec(),
            note: assessment.note.clone(),
            reason: assessment.reason.clone(),
            remark: assessment.remark.clone(),
            by: sheet.by.clone(),
            at: instant_of(sheet.at),
        }
    }
}

impl From<&OpinionView> for OpinionShape {
    fn from(opinion: &OpinionView) -> Self {
        Self {
            department: opinion.department.id(),
            stance: opinion.stance.id(),
            note: opinion.note.clone(),
            by: opinion.by.clone(),
            at: instant_of(opinion.at),
        }
    }
}

impl From<&DeskApplication> for DeskApplicationShape {
    fn from(found: &DeskApplication) -> Self {
        let asked = questions(&found.view.summary.call.call)
            .map(|question| QuestionShape { code: question.code.clone(), text: (&question.text).into() });
        Self {
            region: found.region.code().to_owned(),
            version: found.view.summary.version,
            application: (&found.view).into(),
            questions: asked.collect(),
            sheet: found.assessment.as_ref().map(SheetShape::from),
            opinions: found.opinions.iter().map(OpinionShape::from).collect(),
            returned: found.returned.as_ref().map(ReturnedShape::from),
            may: SheetMayShape { assess: found.may_assess, return_it: found.may_return },
        }
    }
}
