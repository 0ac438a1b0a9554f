//! Rows of organisations, people and sessions.

use crate::StoreError;
use async_trait::async_trait;

/// An organisation (单位).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationRow {
    /// Id.
    pub id: String,
    /// Unified social credit code or organisation code; no two name the same unit.
    pub code: String,
    /// Name.
    pub name: String,
    /// Kind, an id of the list of organisation kinds.
    pub kind: String,
    /// Region code.
    pub region: String,
    /// Legal representative.
    pub legal_representative: String,
    /// Registered in mainland China.
    pub mainland: bool,
    /// Has independent legal personality.
    pub legal_person: bool,
    /// Address.
    pub address: String,
    /// Microseconds since the epoch.
    pub created_at: i64,
}

/// A person's account (账号).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Id.
    pub id: String,
    /// Login name; unique.
    pub username: String,
    /// Encoded argon2id hash.
    pub password_hash: String,
    /// Name of the person.
    pub name: String,
    /// Role, one of the ids of `service::access::Role`.
    pub role: String,
    /// Organisation, for applicants.
    pub organisation_id: Option<String>,
    /// Region, for recommending authorities.
    pub region: Option<String>,
    /// E-mail address; may be empty.
    pub email: String,
    /// `zh` or `en`.
    pub language: String,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Set when the account is closed.
    pub disabled_at: Option<i64>,
}

/// A session of a browser or program (会话).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the token, hexadecimal.
    pub token_sha256: String,
    /// Account.
    pub account_id: String,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Microseconds since the epoch.
    pub expires_at: i64,
}

/// A token of a program (访问令牌).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiTokenRow {
    /// SHA-256 of the token, hexadecimal.
    pub token_sha256: String,
    /// Account.
    pub account_id: String,
    /// What it may be used for: ids of `service::access::Scope` with a blank between.
    pub scopes: String,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Microseconds since the epoch.
    pub expires_at: i64,
}

/// An invitation of a colleague (邀请).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationRow {
    /// SHA-256 of the token, hexadecimal.
    pub token_sha256: String,
    /// Organisation to join.
    pub organisation_id: String,
    /// Who invites.
    pub created_by: String,
    /// Microseconds since the epoch.
    pub created_at: i64,
    /// Microseconds since the epoch.
    pub expires_at: i64,
    /// Set once it is used.
    pub used_at: Option<i64>,
}

/// Statements of the identity room.
#[async_trait]
pub trait IdentityRows {
    /// Adds an organisation; `Duplicate` when its unit is registered under either form of its code.
    async fn add_organisation(&mut self, row: &OrganisationRow) -> Result<(), StoreError>;
    /// Changes name, kind, region, legal representative, flags and address.
    async fn change_organisation(&mut self, row: &OrganisationRow) -> Result<(), StoreError>;
    /// One organisation.
    async fn organisation(&mut self, id: &str) -> Result<Option<OrganisationRow>, StoreError>;
    /// The organisation of a unit: the nine characters that its code has in both forms.
    async fn organisation_by_unit(&mut self, unit: &str) -> Result<Option<OrganisationRow>, StoreError>;
    /// Adds an account; `Duplicate` when the username is taken.
    async fn add_account(&mut self, row: &AccountRow) -> Result<(), StoreError>;
    /// One account.
    async fn account(&mut self, id: &str) -> Result<Option<AccountRow>, StoreError>;
    /// The account with this username.
    async fn account_by_username(&mut self, username: &str) -> Result<Option<AccountRow>, StoreError>;
    /// Accounts of an organisation by creation, at most 200.
    async fn accounts_of_organisation(
        &mut self,
        organisation_id: &str,
    ) -> Result<Vec<AccountRow>, StoreError>;
    /// Changes name, e-mail, language, password hash and `disabled_at`.
    async fn change_account(&mut self, row: &AccountRow) -> Result<(), StoreError>;
    /// Adds a session.
    async fn add_session(&mut self, row: &SessionRow) -> Result<(), StoreError>;
    /// The account and organisation behind a session that has not expired at `now`; the account is not disabled.
    async fn session(
        &mut self,
        token_sha256: &str,
        now: i64,
    ) -> Result<Option<(SessionRow, AccountRow, Option<OrganisationRow>)>, StoreError>;
    /// Ends one session.
    async fn end_session(&mut self, token_sha256: &str) -> Result<(), StoreError>;
    /// Ends all sessions of an account.
    async fn end_sessions_of(&mut self, account_id: &str) -> Result<(), StoreError>;
    /// Deletes sessions that expired before `now`.
    async fn sweep_sessions(&mut self, now: i64) -> Result<u64, StoreError>;
    /// Adds a token of a program.
    async fn add_api_token(&mut self, row: &ApiTokenRow) -> Result<(), StoreError>;
    /// A token that has not expired at `now`.
    async fn api_token(&mut self, token_sha256: &str, now: i64) -> Result<Option<ApiTokenRow>, StoreError>;
    /// Ends one token.
    async fn end_api_token(&mut self, token_sha256: &str) -> Result<(), StoreError>;
    /// Ends all tokens of an account.
    async fn end_api_tokens_of(&mut self, account_id: &str) -> Result<(), StoreError>;
    /// Ends the tokens of an account that are older than its `keep` newest ones.
    async fn end_older_api_tokens(&mut self, account_id: &str, keep: i64) -> Result<(), StoreError>;
    /// Deletes tokens that expired before `now`.
    async fn sweep_api_tokens(&mut self, now: i64) -> Result<u64, StoreError>;
    /// When all attempts to log in that a key stands for are there again, if some are gone.
    async fn login_attempts(&mut self, key: &str) -> Result<Option<i64>, StoreError>;
    /// Keeps when they are.
    async fn save_login_attempts(&mut self, key: &str, full_at: i64) -> Result<(), StoreError>;
    /// Deletes what was there again before `now`.
    async fn sweep_login_attempts(&mut self, now: i64) -> Result<u64, StoreError>;
    /// Adds an invitation.
    async fn add_invitation(&mut self, row: &InvitationRow) -> Result<(), StoreError>;
    /// An invitation by its token.
    async fn invitation(&mut self, token_sha256: &str) -> Result<Option<InvitationRow>, StoreError>;
    /// Marks an invitation as used; `Stale` when it was used before.
    async fn use_invitation(&mut self, token_sha256: &str, at: i64) -> Result<(), StoreError>;
}
