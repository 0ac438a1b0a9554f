//! Accounts that the operator keeps.

use jiebang_domain::shared::Text;
use jiebang_store::{AccountRow, StoreError};
use serde_json::json;

use super::checks::{Checks, Typed, username_form};
use super::language_id;
use super::organisations::{account_added, add_taken, duplicate, new_account};
use super::requests::AddUser;
use crate::{Service, ServiceError, ledger};

impl Service {
    /// Adds an account in any role and returns its id. For the operator's command and for demos: whoever reaches the machine
    /// is the operator, so no actor is asked for.
    ///
    /// # Errors
    /// `Invalid` with all findings at once, at the names of the fields of [`AddUser`].
    pub async fn add_user(&self, sent: AddUser) -> Result<String, ServiceError> {
        let mut checks = Checks::default();
        let person = checks.person(&Typed {
            person_name: &sent.person_name,
            username: &sent.username,
            password: &sent.password,
            email: &sent.email,
        });
        if self.account_by_username(&person.username).await?.is_some() {
            add_taken(&mut checks);
        }
        let organisation_id = self.organisation_of_user(&mut checks, &sent).await?;
        let region = region_of_user(&mut checks, &sent);
        checks.finish()?;
        let hash = self.hash_password(&person.password).await?;
        let now = self.clock.now();
        let account = AccountRow {
            role: sent.role.id().to_owned(),
            organisation_id,
            region,
            ..new_account(self.random.id(now), person, hash, language_id(sent.language), now)
        };
        let id = account.id.clone();
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    rows.add_account(&account).await?;
                    rows.add_event(&account_added(&account, None)).await?;
                    Ok(())
                })
            }))
            .await
            .map_err(duplicate)?;
        Ok(id)
    }

    async fn organisation_of_user(
        &self,
        checks: &mut Checks,
        sent: &AddUser,
    ) -> Result<Option<String>, ServiceError> {
        let field = "organisation_code";
        let role = sent.role.name();
        match (&sent.organisation_code, sent.role.has_organisation()) {
            (None, false) => Ok(None),
            (Some(_), false) => {
                checks.add(
                    "organisation_unexpected",
                    field,
                    Text::new(
                        format!("{}不属于任何单位", role.zh),
                        format!("{} has no organisation", role.en),
                    ),
                    Text::new("不要填写单位代码", "Leave the organisation out"),
                );
                Ok(None)
            }
            (None, true) => {
                checks.add(
                    "field_blank",
                    field,
                    Text::new(
                        format!("{}必须属于一个单位", role.zh),
                        format!("{} needs an organisation", role.en),
                    ),
                    Text::new("填写已注册单位的代码", "Give the code of a registered organisation"),
                );
                Ok(None)
            }
            (Some(text), true) => {
                let Some(code) = checks.code(field, text) else { return Ok(None) };
                let shown = code.to_string();
                let found = self
                    .store
                    .read::<_, ServiceError>(Box::new(move |rows| {
                        Box::pin(
                            async move { Ok(rows.organisation_by_unit(code.organisation_part()).await?) },
                        )
                    }))
                    .await?;
                if found.is_none() {
                    checks.add(
                        "organisation_unknown",
                        field,
                        Text::new(
                            format!("没有代码为{shown}的单位"),
                            format!("No organisation has the code {shown}"),
                        ),
                        Text::new("先注册该单位", "Register the organisation first"),
                    );
                }
                Ok(found.map(|organisation| organisation.id))
            }
        }
    }

    /// Closes an account and ends its sessions and tokens.
    ///
    /// # Errors
    /// `NotFound` for an unknown username.
    pub async fn disable_user(&self, username: &str) -> Result<(), ServiceError> {
        let at = self.clock.now().as_microsecond();
        let end = move |account: &mut AccountRow| account.disabled_at = account.disabled_at.or(Some(at));
        self.change_user(username, "account_disabled", json!({}), end).await
    }

    /// Closes an account and erases who it was, for the operator: name, address, login name and password. What the account did stays
    /// under its id. Doing so twice is no error.
    ///
    /// # Errors
    /// `NotFound` for an unknown username; `Invalid` without a reason.
    pub async fn erase_user(&self, username: &str, reason: &str) -> Result<(), ServiceError> {
        let facts = json!({ "reason": ledger::reason_of(reason)? });
        let at = self.clock.now().as_microsecond();
        let erase = move |account: &mut AccountRow| {
            account.disabled_at = account.disabled_at.or(Some(at));
            account.username = format!("erased-{}", account.id);
            account.password_hash = String::new();
            account.name = String::new();
            account.email = String::new();
        };
        self.change_user(username, "account_erased", facts, erase).await
    }

    /// Sets a new password and ends all sessions and tokens of the account.
    ///
    /// # Errors
    /// `NotFound` for an unknown username, `Invalid` for a password that is too short or too long.
    pub async fn set_password(&self, username: &str, password: &str) -> Result<(), ServiceError> {
        let mut checks = Checks::default();
        checks.password(password, &username_form(username));
        checks.finish()?;
        let hash = self.hash_password(password).await?;
        self.change_user(username, "password_changed", json!({}), move |account| account.password_hash = hash)
            .await
    }

    async fn change_user(
        &self,
        username: &str,
        kind: &'static str,
        facts: serde_json::Value,
        change: impl FnOnce(&mut AccountRow) + Send + 'static,
    ) -> Result<(), ServiceError> {
        let (username, at) = (username_form(username), self.clock.now().as_microsecond());
        let id = self
            .store
            .act::<String, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut account =
                        rows.account_by_username(&username).await?.ok_or(ServiceError::NotFound)?;
                    change(&mut account);
                    rows.change_account(&account).await?;
                    rows.end_sessions_of(&account.id).await?;
                    rows.end_api_tokens_of(&account.id).await?;
                    rows.add_event(&ledger::event(kind, &account.id, None, &facts, at)).await?;
                    Ok(account.id)
                })
            }))
            .await?;
        self.attempts.sessions.forget(|_, actor| actor.account_id == id);
        Ok(())
    }

    /// The name of the person behind an account; empty when there is none.
    pub(crate) async fn account_name(&self, id: &str) -> Result<String, ServiceError> {
        let id = id.to_owned();
        let account = self
            .store
            .read::<_, StoreError>(Box::new(move |rows| Box::pin(async move { rows.account(&id).await })))
            .await?;
        Ok(account.map(|account| account.name).unwrap_or_default())
    }

    pub(super) async fn account_by_username(
        &self,
        username: &str,
    ) -> Result<Option<AccountRow>, ServiceError> {
        let username = username.to_owned();
        Ok(self
            .store
            .read::<_, StoreError>(Box::new(move |rows| {
                Box::pin(async move { rows.account_by_username(&username).await })
            }))
            .await?)
    }

    pub(super) async fn hash_password(&self, password: &str) -> Result<String, ServiceError> {
        let (salt, cost) = (self.random.salt(), self.settings.password_cost);
        self.attempts.passwords.hash(password.to_owned(), salt, cost).await
    }
}

fn region_of_user(checks: &mut Checks, sent: &AddUser) -> Option<String> {
    match (&sent.region, sent.role.has_region()) {
        (None, false) => None,
        (code, true) => {
            checks.region("region", code.as_deref().unwrap_or("")).map(|region| region.code().to_owned())
        }
        (Some(_), false) => {
            let role = sent.role.name();
            checks.add(
                "region_unexpected",
                "region",
                Text::new(format!("{}不属于任何地区", role.zh), format!("{} has no region", role.en)),
                Text::new("不要填写地区", "Leave the region out"),
            );
            None
        }
    }
}
