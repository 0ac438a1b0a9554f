//! Organisations: registration, change, colleagues, invitations.

use jiebang_domain::shared::Text;
use jiebang_store::{
    AccountRow, Connection, InvitationRow, NewEvent, OrganisationRow, SessionRow, StoreError,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::checks::{Checks, Person, Typed};
use super::requests::{
    AcceptInvitation, ChangeOrganisation, Colleague, Invitation, InvitationView, RegisterOrganisation,
    Session,
};
use super::sessions::whole_microseconds;
use super::{actor_of, language_id};
use crate::access::{Action, Actor, Resource, Role};
use crate::{Conflict, Service, ServiceError, ledger};

/// How long an invitation stands.
const INVITATION_LENGTH: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Service {
    /// Registers an organisation with its first person, who is logged in.
    ///
    /// # Errors
    /// `Invalid` with all findings at once, at the names of the fields of [`RegisterOrganisation`].
    pub async fn register(&self, sent: RegisterOrganisation) -> Result<Session, ServiceError> {
        let mut checks = Checks::default();
        let code = checks.code("code", &sent.code);
        let data = checks.organisation(&ChangeOrganisation::from(&sent), self.calls.organisation_kinds());
        let person = checks.person(&Typed {
            person_name: &sent.person_name,
            username: &sent.username,
            password: &sent.password,
            email: &sent.email,
        });
        let unit = code.as_ref().map(|code| code.organisation_part().to_owned());
        let (registered, taken) = self.taken(unit, person.username.clone()).await?;
        if registered {
            add_registered(&mut checks);
        }
        if taken {
            add_taken(&mut checks);
        }
        checks.finish()?;
        let hash = self.hash_password(&person.password).await?;
        let now = self.clock.now();
        let organisation = OrganisationRow {
            id: self.random.id(now),
            code: code.map(String::from).unwrap_or_default(),
            name: data.name,
            kind: data.kind,
            region: data.region,
            legal_representative: data.legal_representative,
            mainland: data.mainland.unwrap_or_default(),
            legal_person: data.legal_person.unwrap_or_default(),
            address: data.address,
            created_at: now.as_microsecond(),
        };
        let account = AccountRow {
            id: self.random.id(now),
            username: person.username,
            password_hash: hash,
            name: person.name,
            role: Role::Applicant.id().to_owned(),
            organisation_id: Some(organisation.id.clone()),
            region: None,
            email: person.email,
            language: language_id(sent.language).to_owned(),
            created_at: now.as_microsecond(),
            disabled_at: None,
        };
        self.store_registration(organisation, account, now).await
    }

    async fn store_registration(
        &self,
        organisation: OrganisationRow,
        account: AccountRow,
        now: Timestamp,
    ) -> Result<Session, ServiceError> {
        let new = self.new_session(&account.id, now);
        let actor = actor_of(&account, Some(organisation.clone()))?;
        let by = Some(account.id.clone());
        let data = json!({ "kind": organisation.kind, "region": organisation.region });
        let registered =
            ledger::event("organisation_registered", &organisation.id, by, &data, now.as_microsecond());
        let row = new.row.clone();
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    rows.add_organisation(&organisation).await?;
                    add_member(rows, &account, &row).await?;
                    rows.add_event(&registered).await?;
                    Ok(())
                })
            }))
            .await
            .map_err(duplicate)?;
        Ok(new.session(actor))
    }

    /// Whether a unit is registered and whether a username is taken.
    async fn taken(&self, unit: Option<String>, username: String) -> Result<(bool, bool), ServiceError> {
        self.store
            .read::<(bool, bool), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let registered = match &unit {
                        Some(unit) => rows.organisation_by_unit(unit).await?.is_some(),
                        None => false,
                    };
                    Ok((registered, rows.account_by_username(&username).await?.is_some()))
                })
            }))
            .await
    }

    /// The own organisation, as it stands in the store.
    ///
    /// # Errors
    /// `Forbidden` for an actor without an organisation.
    pub async fn organisation(&self, actor: &Actor) -> Result<OrganisationRow, ServiceError> {
        let id = self.may(actor, Action::ReadOrganisation)?;
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { rows.organisation(&id).await?.ok_or(ServiceError::NotFound) })
            }))
            .await
    }

    /// Changes the own organisation. Its code stays, and so does what a colleague has changed since it was `seen`.
    ///
    /// # Errors
    /// `Invalid` with all findings at once, `Conflict` with the facts that both have changed, `Forbidden` for an actor without an
    /// organisation.
    pub async fn change_organisation(
        &self,
        actor: &Actor,
        seen: ChangeOrganisation,
        sent: ChangeOrganisation,
    ) -> Result<(), ServiceError> {
        let id = self.may(actor, Action::ChangeOrganisation)?;
        let mut checks = Checks::default();
        let data = checks.organisation(&sent, self.calls.organisation_kinds());
        checks.finish()?;
        let at = self.clock.now().as_microsecond();
        let (wanted, account_id) = (id.clone(), actor.account_id.clone());
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let before = rows.organisation(&wanted).await?.ok_or(ServiceError::NotFound)?;
                    let after = changed_row(&before, merged(&before, &seen, &data)?);
                    if after != before {
                        rows.change_organisation(&after).await?;
                        rows.add_event(&change_event(&before, &after, account_id, at)).await?;
                    }
                    Ok(())
                })
            }))
            .await?;
        let own =
            |actor: &Actor| actor.organisation.as_ref().is_some_and(|organisation| organisation.id == id);
        self.attempts.sessions.forget(|_, actor| own(actor));
        Ok(())
    }

    /// Everybody with an account for the own organisation, at most 200.
    ///
    /// # Errors
    /// `Forbidden` for an actor without an organisation.
    pub async fn colleagues(&self, actor: &Actor) -> Result<Vec<Colleague>, ServiceError> {
        let id = self.may(actor, Action::ReadColleagues)?;
        let rows = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.accounts_of_organisation(&id).await?) })
            }))
            .await?;
        let colleague = |row: AccountRow| Colleague {
            account_id: row.id,
            name: row.name,
            username: row.username,
            email: row.email,
            created_at: Timestamp::from_microsecond(row.created_at).unwrap_or(Timestamp::UNIX_EPOCH),
            disabled: row.disabled_at.is_some(),
        };
        Ok(rows.into_iter().map(colleague).collect())
    }

    /// Makes an invitation to the own organisation, for one person and seven days.
    ///
    /// # Errors
    /// `Forbidden` for an actor without an organisation.
    pub async fn invite(&self, actor: &Actor) -> Result<Invitation, ServiceError> {
        let organisation_id = self.may(actor, Action::InviteColleague)?;
        let now = self.clock.now();
        let at = now.as_microsecond();
        let expires_at = whole_microseconds(now.saturating_add(INVITATION_LENGTH).unwrap_or(Timestamp::MAX));
        let token = self.random.token();
        let row = InvitationRow {
            token_sha256: ledger::sha256(token.as_bytes()),
            organisation_id: organisation_id.clone(),
            created_by: actor.account_id.clone(),
            created_at: at,
            expires_at: expires_at.as_microsecond(),
            used_at: None,
        };
        let data = json!({ "invitation": row.token_sha256 });
        let event =
            ledger::event("colleague_invited", &organisation_id, Some(actor.account_id.clone()), &data, at);
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    rows.add_invitation(&row).await?;
                    rows.add_event(&event).await?;
                    Ok(())
                })
            }))
            .await?;
        Ok(Invitation { token, expires_at })
    }

    /// An invitation that still stands.
    ///
    /// # Errors
    /// `NotFound` for an unknown one, `Invalid` for one that was used or has ended.
    pub async fn invitation(&self, token: &str) -> Result<InvitationView, ServiceError> {
        let (key, now) = (ledger::sha256(token.as_bytes()), self.clock.now().as_microsecond());
        let (invitation, organisation) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let (invitation, _) = standing(rows, &key, now).await?;
                    let organisation = rows.organisation(&invitation.organisation_id).await?;
                    Ok((invitation, organisation.ok_or(ServiceError::NotFound)?))
                })
            }))
            .await?;
        let expires_at = Timestamp::from_microsecond(invitation.expires_at).unwrap_or(Timestamp::MAX);
        Ok(InvitationView { organisation: organisation.name, expires_at })
    }

    /// Takes up an invitation: makes the account, which joins the organisation in the role of whoever invited, and logs in.
    ///
    /// # Errors
    /// `NotFound` for an unknown invitation, `Invalid` for one that was used or has ended, and with all findings about the
    /// person at the names of the fields of [`AcceptInvitation`].
    pub async fn accept_invitation(
        &self,
        token: &str,
        sent: AcceptInvitation,
    ) -> Result<Session, ServiceError> {
        self.invitation(token).await?;
        let mut checks = Checks::default();
        let person = checks.person(&Typed {
            person_name: &sent.person_name,
            username: &sent.username,
            password: &sent.password,
            email: &sent.email,
        });
        if self.taken(None, person.username.clone()).await?.1 {
            add_taken(&mut checks);
        }
        checks.finish()?;
        let hash = self.hash_password(&person.password).await?;
        let now = self.clock.now();
        let account = new_account(self.random.id(now), person, hash, language_id(sent.language), now);
        let new = self.new_session(&account.id, now);
        let (key, session) = (ledger::sha256(token.as_bytes()), new.row.clone());
        let (account, organisation) = self
            .store
            .act::<(AccountRow, OrganisationRow), ServiceError>(Box::new(move |rows| {
                Box::pin(async move { join(rows, &key, account, &session, now.as_microsecond()).await })
            }))
            .await
            .map_err(duplicate)?;
        Ok(new.session(actor_of(&account, Some(organisation))?))
    }

    /// The own organisation's id, if the actor may do this to it.
    fn may(&self, actor: &Actor, action: Action) -> Result<String, ServiceError> {
        let id = Self::own_organisation(actor)?.id.clone();
        self.access.require(Some(actor), action, &Resource::Organisation { id: id.clone() })?;
        Ok(id)
    }
}

/// Adds an account with its first session.
async fn add_member(
    rows: &mut dyn Connection,
    account: &AccountRow,
    session: &SessionRow,
) -> Result<(), ServiceError> {
    rows.add_account(account).await?;
    rows.add_session(session).await?;
    rows.add_event(&account_added(account, Some(account.id.clone()))).await?;
    let (id, at) = (account.id.clone(), session.created_at);
    rows.add_event(&ledger::event("logged_in", &account.id, Some(id), &json!({}), at)).await?;
    Ok(())
}

/// That an account was added.
pub(super) fn account_added(account: &AccountRow, by: Option<String>) -> NewEvent {
    let data = json!({
        "role": account.role,
        "organisation": account.organisation_id,
        "region": account.region,
    });
    ledger::event("account_added", &account.id, by, &data, account.created_at)
}

/// An account that belongs nowhere yet.
pub(super) fn new_account(
    id: String,
    person: Person,
    hash: String,
    language: &str,
    now: Timestamp,
) -> AccountRow {
    AccountRow {
        id,
        username: person.username,
        password_hash: hash,
        name: person.name,
        role: String::new(),
        organisation_id: None,
        region: None,
        email: person.email,
        language: language.to_owned(),
        created_at: now.as_microsecond(),
        disabled_at: None,
    }
}

/// The invitation of a token and who made it, if it still stands.
async fn standing(
    rows: &mut dyn Connection,
    key: &str,
    now: i64,
) -> Result<(InvitationRow, AccountRow), ServiceError> {
    let invitation = rows.invitation(key).await?.ok_or(ServiceError::NotFound)?;
    let by = rows.account(&invitation.created_by).await?.ok_or(ServiceError::NotFound)?;
    if invitation.used_at.is_some() || invitation.expires_at <= now || by.disabled_at.is_some() {
        return Err(invitation_ended());
    }
    Ok((invitation, by))
}

async fn join(
    rows: &mut dyn Connection,
    key: &str,
    mut account: AccountRow,
    session: &SessionRow,
    now: i64,
) -> Result<(AccountRow, OrganisationRow), ServiceError> {
    let (invitation, by) = standing(rows, key, now).await?;
    account.role = by.role;
    account.organisation_id = Some(invitation.organisation_id.clone());
    rows.use_invitation(key, now).await?;
    add_member(rows, &account, session).await?;
    let data = json!({ "account": account.id, "invitation": key });
    let by = Some(account.id.clone());
    rows.add_event(&ledger::event("colleague_joined", &invitation.organisation_id, by, &data, now)).await?;
    let organisation = rows.organisation(&invitation.organisation_id).await?.ok_or(ServiceError::NotFound)?;
    Ok((account, organisation))
}

fn changed_row(before: &OrganisationRow, data: ChangeOrganisation) -> OrganisationRow {
    OrganisationRow {
        name: data.name,
        kind: data.kind,
        region: data.region,
        legal_representative: data.legal_representative,
        mainland: data.mainland.unwrap_or_default(),
        legal_person: data.legal_person.unwrap_or_default(),
        address: data.address,
        ..before.clone()
    }
}

/// What was sent, but what the sender left as it was `seen` as it stands now.
fn merged(
    stored: &OrganisationRow,
    seen: &ChangeOrganisation,
    sent: &ChangeOrganisation,
) -> Result<ChangeOrganisation, ServiceError> {
    let json = |facts: &ChangeOrganisation| {
        serde_json::to_value(facts).map_err(|error| ServiceError::Internal(error.to_string()))
    };
    let (stored, seen, sent) = (json(&ChangeOrganisation::from(stored))?, json(seen)?, json(sent)?);
    let (mut merged, mut ours, mut theirs) = (stored.clone(), Map::new(), Map::new());
    for (name, value) in sent.as_object().into_iter().flatten() {
        if *value == seen[name] || *value == stored[name] {
            continue;
        }
        if stored[name] != seen[name] {
            ours.insert(name.clone(), value.clone());
            theirs.insert(name.clone(), stored[name].clone());
        }
        merged[name] = value.clone();
    }
    if !theirs.is_empty() {
        let (stored, sent) = (Value::Object(theirs), Value::Object(ours));
        return Err(ServiceError::Conflict(Box::new(Conflict {
            revision: 0,
            by: String::new(),
            stored,
            sent,
        })));
    }
    serde_json::from_value(merged).map_err(|error| ServiceError::Internal(error.to_string()))
}

/// Names what changed; the kind and the region, on which rules depend, with their new values.
fn change_event(before: &OrganisationRow, after: &OrganisationRow, account_id: String, at: i64) -> NewEvent {
    let changed: Vec<&str> = [
        ("name", before.name != after.name),
        ("kind", before.kind != after.kind),
        ("region", before.region != after.region),
        ("legal_representative", before.legal_representative != after.legal_representative),
        ("mainland", before.mainland != after.mainland),
        ("legal_person", before.legal_person != after.legal_person),
        ("address", before.address != after.address),
    ]
    .into_iter()
    .filter_map(|(name, changed)| changed.then_some(name))
    .collect();
    let data = json!({ "changed": changed, "kind": after.kind, "region": after.region });
    ledger::event("organisation_changed", &after.id, Some(account_id), &data, at)
}

/// Somebody was quicker: the same findings as if it had been known before.
pub(super) fn duplicate(error: ServiceError) -> ServiceError {
    let mut checks = Checks::default();
    match &error {
        ServiceError::Store(StoreError::Duplicate(key)) if key == "organisation.code" => {
            add_registered(&mut checks)
        }
        ServiceError::Store(StoreError::Duplicate(key)) if key == "account.username" => {
            add_taken(&mut checks)
        }
        _ => return error,
    }
    checks.finish().err().unwrap_or(error)
}

fn add_registered(checks: &mut Checks) {
    checks.add(
        "organisation_registered",
        "code",
        Text::new("该代码的单位已经注册", "The organisation with this code is registered already"),
        Text::new(
            "请本单位已有账号的同事发送邀请；不知道是谁时，请联系支撑单位",
            "Ask a colleague who has an account for an invitation; if you do not know who, ask the secretariat",
        ),
    );
}

pub(super) fn add_taken(checks: &mut Checks) {
    checks.add(
        "username_taken",
        "username",
        Text::new("该用户名已被使用", "This username is taken"),
        Text::new("换一个用户名", "Choose another one"),
    );
}

fn invitation_ended() -> ServiceError {
    ServiceError::field(
        "invitation_ended",
        "invitation",
        Text::new("邀请已使用或已过期", "The invitation was used or has ended"),
        Text::new("请同事重新发送邀请", "Ask your colleague for a new one"),
    )
}
