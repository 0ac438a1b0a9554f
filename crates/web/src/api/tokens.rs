//! Tokens: made for a password, looked at, ended.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiebang_domain::shared::Text;
use jiebang_service::{Login, NewToken, Scope, Scopes, ServiceError, TOKEN_SECONDS_MAX, TokenFacts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::Sent;
use super::caller::Caller;
use super::operation::Operation;
use super::shapes::{created, instant};
use super::{Answer, Problem};
use crate::Site;

/// Most scopes of a request; there are not so many.
const SCOPES_MAX: usize = 16;

/// Who asks for a token, and what for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Login name.
    #[schemars(length(max = 200))]
    username: String,
    /// Password.
    #[schemars(length(max = 1_000))]
    password: String,
    /// What it may be used for: `read` (every token), `write` (drafts), `submit` (submit, reopen, withdraw), `desk` (work on a desk and
    /// its list). All of them where nothing is said.
    #[schemars(length(max = 16))]
    scopes: Option<Vec<String>>,
    /// Seconds until it ends; 12 hours where nothing is said.
    #[schemars(range(min = 60, max = TOKEN_SECONDS_MAX))]
    expires_in: Option<i64>,
}

/// What is known of a token.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Token")]
pub(super) struct TokenShape {
    /// What it may be used for.
    scopes: Vec<&'static str>,
    /// When it was made.
    created_at: String,
    /// When it ends.
    expires_at: String,
    /// In whose name it asks.
    account: AccountShape,
}

/// An account.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Account")]
pub(super) struct AccountShape {
    /// Login name.
    username: String,
    /// Name of the person.
    name: String,
    /// Role.
    role: &'static str,
    /// Organisation, for applicants and partners.
    organisation: Option<String>,
    /// Region, for recommending authorities.
    region: Option<String>,
}

/// A token that was just made; its secret is shown once.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewToken")]
pub(super) struct NewTokenShape {
    /// What to send as `Authorization: Bearer`.
    token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// The rest.
    #[serde(flatten)]
    facts: TokenShape,
}

impl From<&TokenFacts> for TokenShape {
    fn from(facts: &TokenFacts) -> Self {
        let actor = &facts.actor;
        Self {
            scopes: facts.scopes.ids().collect(),
            created_at: instant(facts.created_at),
            expires_at: instant(facts.expires_at),
            account: AccountShape {
                username: actor.username.clone(),
                name: actor.name.clone(),
                role: actor.role.id(),
                organisation: actor.organisation.as_ref().map(|organisation| organisation.name.clone()),
                region: actor.region.map(|region| region.code().to_owned()),
            },
        }
    }
}

/// Routes of the room.
pub(super) fn routes() -> Router<Site> {
    Router::new()
        .route("/api/v1/tokens", post(make))
        .route("/api/v1/tokens/current", get(current).delete(end))
}

/// What they are.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(("post", "/api/v1/tokens"), "make_token", "Make a token for a password", None)
            .takes::<Wanted>()
            .answers::<NewTokenShape>(201, "The token; it is shown this once.")
            .or(&[422]),
        Operation::new(
            ("get", "/api/v1/tokens/current"),
            "read_token",
            "What the token in use is",
            Some(Scope::Read),
        )
        .answers::<TokenShape>(200, "The token without its secret."),
        Operation::new(
            ("delete", "/api/v1/tokens/current"),
            "end_token",
            "End the token in use",
            Some(Scope::Read),
        )
        .done("It has ended."),
    ]
}

async fn make(State(site): State<Site>, caller: Caller, Sent(wanted): Sent<Wanted>) -> Answer {
    let scopes = scopes_of(wanted.scopes)?;
    let login = Login { username: wanted.username, password: wanted.password, address: caller.address };
    let made = site.service.new_token(NewToken { login, scopes, seconds: wanted.expires_in }).await?;
    let facts = TokenShape::from(&made.facts);
    let shape = NewTokenShape { token: made.secret, token_type: "Bearer", facts };
    Ok(created("/api/v1/tokens/current", &shape))
}

fn scopes_of(wanted: Option<Vec<String>>) -> Result<Scopes, Problem> {
    let Some(wanted) = wanted else { return Ok(Scopes::new(Scope::ALL)) };
    let unknown = |shown: &str| {
        let known = Scope::ALL.map(Scope::id).join(", ");
        let shown: String = shown.chars().take(40).collect();
        Problem::from(ServiceError::field(
            "scope_unknown",
            "scopes",
            Text::new(format!("没有权限“{shown}”"), format!("There is no scope “{shown}”")),
            Text::new(format!("可选：{known}"), format!("Choose from {known}")),
        ))
    };
    if wanted.len() > SCOPES_MAX {
        return Err(unknown("…"));
    }
    let scopes: Result<Vec<Scope>, Problem> =
        wanted.iter().map(|id| Scope::parse(id).ok_or_else(|| unknown(id))).collect();
    Ok(Scopes::new(scopes?))
}

async fn current(State(site): State<Site>, caller: Caller) -> Answer {
    caller.actor()?;
    let facts = site.service.token_facts(caller.secret()).await?;
    Ok(Json(TokenShape::from(&facts)).into_response())
}

async fn end(State(site): State<Site>, caller: Caller) -> Answer {
    site.service.end_token(caller.actor()?, caller.secret()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
