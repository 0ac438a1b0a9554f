//! Tokens: how a program asks in the name of a person.

use std::fmt;

use jiebang_domain::shared::Text;
use jiebang_store::{AccountRow, ApiTokenRow, Connection, OrganisationRow, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::actor_of;
use super::requests::Login;
use super::sessions::{DEMO_SESSION_LENGTH, SESSION_LENGTH, credentials_wrong, whole_microseconds};
use crate::access::{Action, Actor, Resource, Scopes};
use crate::{Service, ServiceError, ledger};

/// Longest life of a token, in seconds: ninety days.
pub const TOKEN_SECONDS_MAX: i64 = 90 * 24 * 3_600;
/// Shortest life of a token, in seconds.
const TOKEN_SECONDS_MIN: i64 = 60;
/// Most tokens of one account; a further one ends the oldest.
const TOKENS_MAX: i64 = 100;
/// What every token begins with, so that searches for leaked secrets know it, and nobody takes it for a session.
const PREFIX: &str = "jbt_";

/// A token as asked for (申请令牌).
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Who asks, and proves it.
    pub login: Login,
    /// What it may be used for.
    pub scopes: Scopes,
    /// Seconds until it ends; `None` for as long as a session lasts.
    pub seconds: Option<i64>,
}

/// A token that has just been made (访问令牌). Its secret is shown once.
#[derive(Clone)]
pub struct Token {
    /// What the program sends from now on.
    pub secret: String,
    /// What is known of it.
    pub facts: TokenFacts,
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Token").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// What is known of a token.
#[derive(Clone, Debug)]
pub struct TokenFacts {
    /// In whose name it asks, within its scopes.
    pub actor: Actor,
    /// What it may be used for.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Service {
    /// Makes a token for whoever knows the password.
    ///
    /// # Errors
    /// As [`Service::login`], with whose attempts these are counted; `Invalid` for a life that is too short or too long.
    pub async fn new_token(&self, new: NewToken) -> Result<Token, ServiceError> {
        let length = self.token_length(new.seconds)?;
        let account = self.account_of(new.login).await?;
        let now = whole_microseconds(self.clock.now());
        let expires_at = whole_microseconds(now.saturating_add(length).unwrap_or(Timestamp::MAX));
        let secret = format!("{PREFIX}{}", self.random.token());
        let row = ApiTokenRow {
            token_sha256: ledger::sha256(secret.as_bytes()),
            account_id: account.id.clone(),
            scopes: new.scopes.written(),
            created_at: now.as_microsecond(),
            expires_at: expires_at.as_microsecond(),
        };
        let data = json!({ "scopes": row.scopes, "expires_at": format!("{expires_at:.6}") });
        let by = Some(account.id.clone());
        let event = ledger::event("token_made", &account.id, by, &data, row.created_at);
        let (account, organisation) = self
            .store
            .act::<(AccountRow, Option<OrganisationRow>), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    // The password was compared a while ago; the account may have been closed or changed since.
                    let (now, organisation) =
                        holder(rows, &row.account_id).await?.ok_or_else(credentials_wrong)?;
                    if now.password_hash != account.password_hash {
                        return Err(credentials_wrong());
                    }
                    rows.end_older_api_tokens(&row.account_id, TOKENS_MAX - 1).await?;
                    rows.add_api_token(&row).await?;
                    rows.add_event(&event).await?;
                    Ok((now, organisation))
                })
            }))
            .await?;
        let actor = Actor { scopes: Some(new.scopes.clone()), ..actor_of(&account, organisation)? };
        Ok(Token { secret, facts: TokenFacts { actor, scopes: new.scopes, created_at: now, expires_at } })
    }

    /// How long a token lives.
    fn token_length(&self, seconds: Option<i64>) -> Result<SignedDuration, ServiceError> {
        match seconds {
            None if self.clock.is_demo() => Ok(DEMO_SESSION_LENGTH),
            None => Ok(SESSION_LENGTH),
            Some(seconds) if (TOKEN_SECONDS_MIN..=TOKEN_SECONDS_MAX).contains(&seconds) => {
                Ok(SignedDuration::from_secs(seconds))
            }
            Some(seconds) => Err(ServiceError::field(
                "token_life",
                "expires_in",
                Text::new(
                    format!("令牌的有效期不能是 {seconds} 秒"),
                    format!("A token cannot live for {seconds} seconds"),
                ),
                Text::new(
                    format!("填写 {TOKEN_SECONDS_MIN} 到 {TOKEN_SECONDS_MAX} 之间的秒数，或不填"),
                    format!("Give {TOKEN_SECONDS_MIN} to {TOKEN_SECONDS_MAX} seconds, or leave it out"),
                ),
            )),
        }
    }

    /// In whose name a token asks; `None` when it is nobody's, has expired or was ended.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn token(&self, secret: &str) -> Result<Option<Actor>, ServiceError> {
        let Some(key) = digest(secret) else { return Ok(None) };
        let now = self.clock.now();
        // Where servers share the database, another one may have ended it.
        let remembers = !self.store.is_shared();
        if remembers && let Some(actor) = self.attempts.sessions.get(&key, now) {
            return Ok(Some(actor));
        }
        let forgotten = self.attempts.sessions.forgotten();
        let Some(facts) = self.facts_of(&key, now).await? else { return Ok(None) };
        if remembers {
            self.attempts.sessions.put(key, facts.actor.clone(), facts.expires_at, now, forgotten);
        } else {
            self.follow_publications().await?;
        }
        Ok(Some(facts.actor))
    }

    /// What is known of a token.
    ///
    /// # Errors
    /// `LoginRequired` when it is nobody's, has expired or was ended.
    pub async fn token_facts(&self, secret: &str) -> Result<TokenFacts, ServiceError> {
        let key = digest(secret).ok_or(ServiceError::LoginRequired)?;
        let facts = self.facts_of(&key, self.clock.now()).await?.ok_or(ServiceError::LoginRequired)?;
        let resource = Resource::Account { id: facts.actor.account_id.clone() };
        self.access.require(Some(&facts.actor), Action::ReadAccount, &resource)?;
        Ok(facts)
    }

    /// Ends a token. One that is nobody's is no error.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn end_token(&self, actor: &Actor, secret: &str) -> Result<(), ServiceError> {
        let account = actor.account_id.clone();
        self.access.require(
            Some(actor),
            Action::ChangeAccount,
            &Resource::Account { id: account.clone() },
        )?;
        let Some(key) = digest(secret) else { return Ok(()) };
        let (wanted, at) = (key.clone(), self.clock.now().as_microsecond());
        let event = ledger::event("token_ended", &account, Some(account.clone()), &json!({}), at);
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let found = rows.api_token(&wanted, at).await?;
                    if found.is_some_and(|row| row.account_id == account) {
                        rows.end_api_token(&wanted).await?;
                        rows.add_event(&event).await?;
                    }
                    Ok(())
                })
            }))
            .await?;
        self.attempts.sessions.forget(|remembered, _| remembered == key);
        Ok(())
    }

    async fn facts_of(&self, key: &str, now: Timestamp) -> Result<Option<TokenFacts>, ServiceError> {
        let (wanted, at) = (key.to_owned(), now.as_microsecond());
        let found = self
            .store
            .read::<_, StoreError>(Box::new(move |rows| {
                Box::pin(async move {
                    let Some(row) = rows.api_token(&wanted, at).await? else { return Ok(None) };
                    let holder = holder(rows, &row.account_id).await?;
                    Ok(holder.map(|(account, organisation)| (row, account, organisation)))
                })
            }))
            .await?;
        let Some((row, account, organisation)) = found else { return Ok(None) };
        let instant = |at: i64| Timestamp::from_microsecond(at).unwrap_or(Timestamp::MAX);
        let scopes = Scopes::read(&row.scopes);
        let actor = Actor { scopes: Some(scopes.clone()), ..actor_of(&account, organisation)? };
        let (created_at, expires_at) = (instant(row.created_at), instant(row.expires_at));
        Ok(Some(TokenFacts { actor, scopes, created_at, expires_at }))
    }
}

/// An account that is not closed, with its organisation.
async fn holder(
    rows: &mut dyn Connection,
    account: &str,
) -> Result<Option<(AccountRow, Option<OrganisationRow>)>, StoreError> {
    let Some(account) = rows.account(account).await?.filter(|account| account.disabled_at.is_none()) else {
        return Ok(None);
    };
    let organisation = match &account.organisation_id {
        Some(id) => rows.organisation(id).await?,
        None => None,
    };
    Ok(Some((account, organisation)))
}

/// What the store knows a token by; `None` for what never was one.
fn digest(secret: &str) -> Option<String> {
    let digits = secret.strip_prefix(PREFIX)?;
    let whole = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then(|| ledger::sha256(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn only_what_can_be_a_token_is_looked_for() {
        let token = format!("jbt_{}", "0a".repeat(32));
        assert_eq!(digest(&token).map(|digest| digest.len()), Some(64));
        for other in ["", "jbt_", &token[4..], &token[..67], &format!("{token}0"), &token.replace('a', "g")] {
            assert_eq!(digest(other), None, "{other}");
        }
    }
}
