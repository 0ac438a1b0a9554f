//! Partners of an application: the rows of its table of partners, each with the number that files refer to.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{get, patch};
use jiebang_domain::application::{MEMBER, PARTNERS, Row, Value};
use jiebang_service::{ApplicationView, ChangeFields, Scope, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::applications::both_states;
use super::body::{Key, Place, Sent, seen};
use super::caller::Caller;
use super::fields::{Fields, Given, values};
use super::operation::Operation;
use super::shapes::{created, tagged};
use super::{Answer, Problem};
use crate::Site;

/// Partners of an application.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Partners")]
pub(super) struct PartnersShape {
    /// Version of the application.
    version: i64,
    /// In the order of the form.
    partners: Vec<PartnerShape>,
}

/// A partner.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Partner")]
pub(super) struct PartnerShape {
    /// Number; given once, it stays.
    member: u32,
    /// Values by column.
    fields: Map<String, serde_json::Value>,
}

/// A partner that was added.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PartnerAdded")]
pub(super) struct AddedShape {
    /// Its number.
    member: u32,
}

/// A partner to add.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewPartner")]
pub(super) struct NewPartner {
    /// Values by column.
    fields: Fields,
}

/// Columns of a partner to change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PartnerChange")]
pub(super) struct PartnerChange {
    /// The version of the application that was seen; or `If-Match`.
    #[schemars(range(min = 0, max = 1_000_000_000_000_000_i64))]
    version: Option<i64>,
    /// Values by column. What is not named stays.
    fields: Fields,
}

/// Routes of the room.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/api/v1/applications/{id}/partners", get(list).post(add))
        .route("/api/v1/applications/{id}/partners/{member}", patch(change).delete(remove))
}

/// What they are.
pub(super) fn operations() -> Vec<Operation> {
    let write = Some(Scope::Write);
    let (all, one) = ("/api/v1/applications/{id}/partners", "/api/v1/applications/{id}/partners/{member}");
    vec![
        Operation::new(("get", all), "list_partners", "Partners of an application", Some(Scope::Read))
            .answers::<PartnersShape>(200, "All of them."),
        Operation::new(("post", all), "add_partner", "Add a partner", write)
            .takes::<NewPartner>()
            .once()
            .answers::<AddedShape>(201, "It is added at the end.")
            .or(&[409]),
        Operation::new(("patch", one), "change_partner", "Change columns of a partner", write)
            .takes::<PartnerChange>()
            .versioned()
            .answers::<PartnersShape>(200, "All partners as they are now.")
            .or(&[422]),
        Operation::new(("delete", one), "remove_partner", "Take a partner out", write)
            .versioned()
            .done("It is taken out; its files go no further.")
            .or(&[422]),
    ]
}

async fn list(State(site): State<Site>, caller: Caller, Place(id): Place<String>) -> Answer {
    caller.actor()?;
    let view = site.service.application(caller.known(), &id).await?;
    Ok(tagged(view.revision, &PartnersShape::from(&view)))
}

async fn add(
    State(site): State<Site>,
    caller: Caller,
    Place(id): Place<String>,
    Key(key): Key,
    Sent(partner): Sent<NewPartner>,
) -> Answer {
    let actor = caller.with(Scope::Write)?;
    let pairs = partner.fields.pairs()?;
    let member = site.service.add_partner(actor, &id, &pairs, key).await?;
    let place = format!("/api/v1/applications/{id}/partners/{member}");
    Ok(created(&place, &AddedShape { member }))
}

async fn change(
    State(site): State<Site>,
    caller: Caller,
    Place((id, member)): Place<(String, u32)>,
    headers: HeaderMap,
    Sent(change): Sent<PartnerChange>,
) -> Answer {
    let actor = caller.with(Scope::Write)?;
    let revision = seen(&headers, change.version)?;
    let view = site.service.application(Some(actor), &id).await?;
    let place = place_of(&view, member)?;
    let named = |(column, given): &(String, Given)| (format!("{PARTNERS}.{place}.{column}"), given.clone());
    let fields = Fields(change.fields.0.iter().map(named).collect());
    let asked = ChangeFields { application: id.clone(), revision, pairs: fields.pairs()? };
    if let Err(error) = site.service.change_fields(actor, asked).await {
        return Err(both_states(error, revision, &fields));
    }
    let view = site.service.application(Some(actor), &id).await?;
    Ok(tagged(view.revision, &PartnersShape::from(&view)))
}

async fn remove(
    State(site): State<Site>,
    caller: Caller,
    Place((id, member)): Place<(String, u32)>,
    headers: HeaderMap,
) -> Answer {
    let actor = caller.with(Scope::Write)?;
    let revision = seen(&headers, None)?;
    let view = site.service.application(Some(actor), &id).await?;
    let place = place_of(&view, member)?;
    let rows = view.content.rows(PARTNERS).iter().enumerate().filter(|(nth, _)| nth + 1 != place);
    let rows = rows.map(|(_, row)| given_row(row)).collect();
    let fields = Fields(vec![(PARTNERS.to_owned(), Given::List(rows))]);
    let asked = ChangeFields { application: id, revision, pairs: fields.pairs()? };
    match site.service.change_fields(actor, asked).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(both_states(error, revision, &fields)),
    }
}

/// Row of a partner, from 1.
fn place_of(view: &ApplicationView, member: u32) -> Result<usize, Problem> {
    let place = view.content.members().iter().position(|number| *number == member && member > 0);
    place.ok_or_else(|| ServiceError::NotFound.into())
}

fn given_row(row: &Row) -> Given {
    let cell = |(column, value): (&String, &Value)| match value {
        Value::Text(text) => Some((column.clone(), Given::Text(text.clone()))),
        Value::Boolean(yes) => Some((column.clone(), Given::Boolean(*yes))),
        Value::Rows(_) | Value::Promises(_) => None,
    };
    Given::Object(row.iter().filter_map(cell).collect())
}

impl From<&ApplicationView> for PartnersShape {
    fn from(view: &ApplicationView) -> Self {
        let members = view.content.members().into_iter().skip(1);
        let partner = |(member, row): (u32, &Row)| {
            let mut fields = row.clone();
            fields.remove(MEMBER);
            PartnerShape { member, fields: values(&jiebang_domain::application::Content(fields)) }
        };
        let partners = members.zip(view.content.rows(PARTNERS)).map(partner).collect();
        Self { version: view.revision, partners }
    }
}
