//! Login, session, logout.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiebang_domain::shared::{Finding, Language, Text};
use jiebang_store::{AccountRow, OrganisationRow, SessionRow, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::checks::{Checks, PASSWORD_CHARACTERS_MAX, USERNAME_CHARACTERS_MAX, username_form};
use super::requests::{Login, Session};
use super::{actor_of, language_id};
use crate::access::{Action, Actor, Resource};
use crate::{Service, ServiceError, ledger};

/// How long a session lasts.
pub(super) const SESSION_LENGTH: SignedDuration = SignedDuration::from_hours(12);
/// In a demo the clock leaps over months, and whoever watches stays logged in.
pub(super) const DEMO_SESSION_LENGTH: SignedDuration = SignedDuration::from_hours(24 * 365 * 20);
/// Most sessions that are remembered.
const REMEMBERED_MAX: usize = 10_000;
/// How long one is remembered; a command on accounts may have ended it in the meantime. On a database that servers share none is
/// remembered at all.
const REMEMBERED_MICROSECONDS: i64 = 5_000_000;

/// Sessions and tokens seen lately, so that a page need not ask the store who asks for it.
#[derive(Debug, Default)]
pub(super) struct SessionCache(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    sessions: HashMap<String, (Actor, Timestamp, Timestamp)>,
    /// Counts what was forgotten. What was read before something was forgotten is not remembered after it.
    forgotten: u64,
}

impl SessionCache {
    pub(super) fn get(&self, key: &str, now: Timestamp) -> Option<Actor> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (actor, expires_at, seen_at) = remembered.sessions.get(key)?;
        (fresh(*seen_at, now) && now < *expires_at).then(|| actor.clone())
    }

    pub(super) fn forgotten(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).forgotten
    }

    pub(super) fn put(
        &self,
        key: String,
        actor: Actor,
        expires_at: Timestamp,
        now: Timestamp,
        forgotten: u64,
    ) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.forgotten != forgotten {
            return;
        }
        if remembered.sessions.len() >= REMEMBERED_MAX {
            remembered.sessions.retain(|_, (_, _, seen_at)| fresh(*seen_at, now));
        }
        if remembered.sessions.len() >= REMEMBERED_MAX {
            remembered.sessions.clear();
        }
        remembered.sessions.insert(key, (actor, expires_at, now));
    }

    /// Forgets sessions, because what they say is no longer so.
    pub(super) fn forget(&self, gone: impl Fn(&str, &Actor) -> bool) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.forgotten += 1;
        remembered.sessions.retain(|key, (actor, _, _)| !gone(key, actor));
    }
}

/// Seen at most five seconds ago, and not in the future: the clock may have been set back.
fn fresh(seen_at: Timestamp, now: Timestamp) -> bool {
    (0..=REMEMBERED_MICROSECONDS).contains(&now.as_microsecond().saturating_sub(seen_at.as_microsecond()))
}

/// A session that has not been stored yet.
pub(super) struct NewSession {
    token: String,
    expires_at: Timestamp,
    pub(super) row: SessionRow,
}

impl NewSession {
    pub(super) fn session(self, actor: Actor) -> Session {
        Session { token: self.token, expires_at: self.expires_at, actor }
    }
}

impl Service {
    pub(super) fn new_session(&self, account_id: &str, now: Timestamp) -> NewSession {
        let length = if self.clock.is_demo() { DEMO_SESSION_LENGTH } else { SESSION_LENGTH };
        let expires_at = whole_microseconds(now.saturating_add(length).unwrap_or(Timestamp::MAX));
        let token = self.random.token();
        let row = SessionRow {
            token_sha256: ledger::sha256(token.as_bytes()),
            account_id: account_id.to_owned(),
            created_at: now.as_microsecond(),
            expires_at: expires_at.as_microsecond(),
        };
        NewSession { token, expires_at, row }
    }

    /// Logs in.
    ///
    /// # Errors
    /// `TooMany` attempts; `Invalid` with the one finding `credentials_wrong`, whatever is wrong; `Busy` when too many log in at
    /// this moment.
    pub async fn login(&self, login: Login) -> Result<Session, ServiceError> {
        let account = self.account_of(login).await?;
        self.begin_session(&account).await
    }

    /// Changes the own password, which the present one must be known for, ends all sessions of the account and begins another.
    ///
    /// # Errors
    /// As [`Service::login`], with the findings on `password` and `new_password`.
    pub async fn change_password(
        &self,
        actor: &Actor,
        password: String,
        new_password: &str,
        address: IpAddr,
    ) -> Result<Session, ServiceError> {
        let resource = Resource::Account { id: actor.account_id.clone() };
        self.access.require(Some(actor), Action::ChangeAccount, &resource)?;
        let named = |field: &'static str| {
            move |mut finding: Finding| {
                finding.field = Some(field.to_owned());
                finding
            }
        };
        let mut checks = Checks::default();
        checks.password(new_password, &actor.username);
        checks.finish().map_err(|error| renamed(error, named("new_password")))?;
        let login = Login { username: actor.username.clone(), password, address };
        let account = self.account_of(login).await.map_err(|error| renamed(error, named("password")))?;
        self.set_password(&account.username, new_password).await?;
        let account = self.account_by_username(&account.username).await?.ok_or(ServiceError::NotFound)?;
        self.begin_session(&account).await
    }

    /// The account that a name and a password belong to.
    pub(super) async fn account_of(&self, login: Login) -> Result<AccountRow, ServiceError> {
        let username = username_form(&login.username);
        if username.chars().count() > USERNAME_CHARACTERS_MAX
            || login.password.chars().count() > PASSWORD_CHARACTERS_MAX
        {
            return Err(credentials_wrong());
        }
        let limits = self.settings.rate_limits;
        if limits {
            self.attempts.begin(&username, login.address, self.clock.now())?;
        }
        // Before anything is written: no more attempts come that far than there are places.
        let place = self.attempts.passwords.place().await?;
        if limits && self.store.is_shared() {
            self.count_among_servers(&username, login.address).await?;
        }
        let account =
            self.account_by_username(&username).await?.filter(|account| account.disabled_at.is_none());
        let encoded = account.as_ref().map(|account| account.password_hash.clone());
        let (salt, cost) = (self.random.salt(), self.settings.password_cost);
        let right = place.verify(login.password, encoded, salt, cost).await?;
        let Some(account) = account.filter(|_| right) else { return Err(credentials_wrong()) };
        if limits {
            self.attempts.succeeded(&username, login.address);
            if self.store.is_shared() {
                self.succeeded_among_servers(&username, login.address).await?;
            }
        }
        Ok(account)
    }

    async fn begin_session(&self, account: &AccountRow) -> Result<Session, ServiceError> {
        let now = self.clock.now();
        let new = self.new_session(&account.id, now);
        let event = ledger::event(
            "logged_in",
            &account.id,
            Some(account.id.clone()),
            &json!({}),
            now.as_microsecond(),
        );
        let (row, hash) = (new.row.clone(), account.password_hash.clone());
        let (account, organisation) = self
            .store
            .act::<(AccountRow, Option<OrganisationRow>), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    // The password was compared a while ago; the account may have been closed or changed since.
                    let account = rows.account(&row.account_id).await?;
                    let same =
                        |account: &AccountRow| account.disabled_at.is_none() && account.password_hash == hash;
                    let account = account.filter(same).ok_or_else(credentials_wrong)?;
                    let organisation = match &account.organisation_id {
                        Some(id) => rows.organisation(id).await?,
                        None => None,
                    };
                    rows.add_session(&row).await?;
                    rows.add_event(&event).await?;
                    Ok((account, organisation))
                })
            }))
            .await?;
        Ok(new.session(actor_of(&account, organisation)?))
    }

    /// Who a token belongs to; `None` when it is nobody's or has expired.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn session(&self, token: &str) -> Result<Option<Actor>, ServiceError> {
        if token.len() != 64 || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let key = ledger::sha256(token.as_bytes());
        let now = self.clock.now();
        if self.store.is_shared() {
            return self.session_among_servers(key, now).await;
        }
        if let Some(actor) = self.attempts.sessions.get(&key, now) {
            return Ok(Some(actor));
        }
        let forgotten = self.attempts.sessions.forgotten();
        let wanted = key.clone();
        let found = self
            .store
            .read::<_, StoreError>(Box::new(move |rows| {
                Box::pin(async move { rows.session(&wanted, now.as_microsecond()).await })
            }))
            .await?;
        let Some((session, account, organisation)) = found else { return Ok(None) };
        let actor = actor_of(&account, organisation)?;
        let expires_at = Timestamp::from_microsecond(session.expires_at).unwrap_or(Timestamp::MAX);
        self.attempts.sessions.put(key, actor.clone(), expires_at, now, forgotten);
        Ok(Some(actor))
    }

    /// Who a token belongs to, asked of the store each time: another server may have ended the session. Whoever is logged in
    /// also finds the calls that other servers have published.
    async fn session_among_servers(
        &self,
        key: String,
        now: Timestamp,
    ) -> Result<Option<Actor>, ServiceError> {
        let (found, published) = self
            .store
            .read::<_, StoreError>(Box::new(move |rows| {
                Box::pin(async move {
                    let found = rows.session(&key, now.as_microsecond()).await?;
                    Ok((found, rows.count_calls().await?))
                })
            }))
            .await?;
        self.follow_to(published).await?;
        found.map(|(_, account, organisation)| actor_of(&account, organisation)).transpose()
    }

    /// Ends a session. A token that is nobody's is no error.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn logout(&self, token: &str) -> Result<(), ServiceError> {
        let key = ledger::sha256(token.as_bytes());
        let (wanted, at) = (key.clone(), self.clock.now().as_microsecond());
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let Some((_, account, _)) = rows.session(&wanted, at).await? else { return Ok(()) };
                    rows.end_session(&wanted).await?;
                    rows.add_event(&ledger::event(
                        "logged_out",
                        &account.id,
                        Some(account.id.clone()),
                        &json!({}),
                        at,
                    ))
                    .await?;
                    Ok(())
                })
            }))
            .await?;
        self.attempts.sessions.forget(|remembered, _| remembered == key);
        Ok(())
    }

    /// Changes the language of the own account.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn change_language(&self, actor: &Actor, language: Language) -> Result<(), ServiceError> {
        let account_id = actor.account_id.clone();
        self.access.require(
            Some(actor),
            Action::ChangeAccount,
            &Resource::Account { id: account_id.clone() },
        )?;
        let at = self.clock.now().as_microsecond();
        let data = json!({ "language": language_id(language) });
        let event = ledger::event("account_changed", &account_id, Some(account_id.clone()), &data, at);
        let wanted = account_id.clone();
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut account = rows.account(&wanted).await?.ok_or(ServiceError::NotFound)?;
                    if account.language == language_id(language) {
                        return Ok(());
                    }
                    language_id(language).clone_into(&mut account.language);
                    rows.change_account(&account).await?;
                    rows.add_event(&event).await?;
                    Ok(())
                })
            }))
            .await?;
        self.attempts.sessions.forget(|_, remembered| remembered.account_id == account_id);
        Ok(())
    }

    /// Deletes sessions and tokens that have expired, and attempts to log in that no longer count; returns how many.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn sweep(&self) -> Result<u64, ServiceError> {
        let now = self.clock.now().as_microsecond();
        self.store
            .act::<u64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let expired = rows.sweep_sessions(now).await? + rows.sweep_api_tokens(now).await?;
                    Ok(expired + rows.sweep_login_attempts(now).await?)
                })
            }))
            .await
    }
}

fn renamed(error: ServiceError, rename: impl Fn(Finding) -> Finding) -> ServiceError {
    match error {
        ServiceError::Invalid(findings) => ServiceError::Invalid(findings.into_iter().map(rename).collect()),
        other => other,
    }
}

/// The instant as the store keeps it.
pub(super) fn whole_microseconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

/// One answer for every reason, so that it does not tell which usernames exist.
pub(super) fn credentials_wrong() -> ServiceError {
    ServiceError::field(
        "credentials_wrong",
        "username",
        Text::new("用户名或密码不对", "The username or the password is wrong"),
        Text::new(
            "核对大小写和输入法后重试；忘记密码请联系支撑单位",
            "Check capitals and the input method and try again; if you forgot the password, ask the secretariat",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    fn actor(id: &str) -> Actor {
        Actor {
            account_id: id.to_owned(),
            name: String::new(),
            username: String::new(),
            role: Role::Applicant,
            organisation: None,
            region: None,
            language: Language::Zh,
            scopes: None,
        }
    }

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn sessions_are_remembered_for_five_seconds_and_not_beyond_their_end() {
        let cache = SessionCache::default();
        cache.put("long".to_owned(), actor("a"), at(60_000), at(1_000), 0);
        cache.put("short".to_owned(), actor("b"), at(2_000), at(1_000), 0);
        assert!(cache.get("long", at(6_000)).is_some());
        assert!(cache.get("long", at(6_001)).is_none());
        assert!(cache.get("long", at(999)).is_none());
        assert!(cache.get("short", at(1_999)).is_some());
        assert!(cache.get("short", at(2_000)).is_none());
        assert!(cache.get("none", at(1_000)).is_none());
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let cache = SessionCache::default();
        let before = cache.forgotten();
        cache.forget(|_, actor| actor.account_id == "a");
        cache.put("key".to_owned(), actor("a"), at(60_000), at(0), before);
        assert!(cache.get("key", at(0)).is_none());
        cache.put("key".to_owned(), actor("a"), at(60_000), at(0), cache.forgotten());
        assert!(cache.get("key", at(0)).is_some());
        cache.forget(|key, _| key == "key");
        assert!(cache.get("key", at(0)).is_none());
    }

    #[test]
    fn memory_is_bounded() {
        let cache = SessionCache::default();
        for number in 0..3 * REMEMBERED_MAX {
            cache.put(number.to_string(), actor("a"), at(60_000), at(0), 0);
        }
        assert!(cache.0.lock().unwrap().sessions.len() <= REMEMBERED_MAX);
    }
}
