//! Statements of the identity room.

use super::{added, changed};
use crate::Conn;
use async_trait::async_trait;
use jiebang_store::{AccountRow, IdentityRows, InvitationRow, OrganisationRow, SessionRow, StoreError};

/// Selects organisations; the literal says which.
macro_rules! select_organisation {
    ($which:tt, $($argument:expr),*) => {
        sqlx::query_as!(
            OrganisationRow,
            r#"select id, code, name, kind, region, legal_representative, mainland as "mainland: bool",
            legal_person as "legal_person: bool", address, created_at from organisation "# + $which,
            $($argument),*
        )
    };
}

/// Selects accounts; the literal says which.
macro_rules! select_account {
    ($which:tt, $($argument:expr),*) => {
        sqlx::query_as!(
            AccountRow,
            "select id, username, password_hash, name, role, organisation_id, region, email, language, created_at, \
             disabled_at from account " + $which,
            $($argument),*
        )
    };
}

#[async_trait]
impl IdentityRows for Conn {
    async fn add_organisation(&mut self, row: &OrganisationRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into organisation (id, code, name, kind, region, legal_representative, mainland, legal_person, \
             address, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (code) do nothing",
            row.id,
            row.code,
            row.name,
            row.kind,
            row.region,
            row.legal_representative,
            row.mainland,
            row.legal_person,
            row.address,
            row.created_at
        )
        .execute(self.ready()?)
        .await;
        added(self.settle(done)?.rows_affected(), "organisation.code")
    }

    async fn change_organisation(&mut self, row: &OrganisationRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "update organisation set name = $2, kind = $3, region = $4, legal_representative = $5, mainland = $6, \
             legal_person = $7, address = $8 where id = $1",
            row.id,
            row.name,
            row.kind,
            row.region,
            row.legal_representative,
            row.mainland,
            row.legal_person,
            row.address
        )
        .execute(self.ready()?)
        .await;
        changed(self.settle(done)?.rows_affected(), || StoreError::Stale)
    }

    async fn organisation(&mut self, id: &str) -> Result<Option<OrganisationRow>, StoreError> {
        let row = select_organisation!("where id = $1", id).fetch_optional(self.ready()?).await;
        self.settle(row)
    }

    async fn organisation_by_code(&mut self, code: &str) -> Result<Option<OrganisationRow>, StoreError> {
        let row = select_organisation!("where code = $1", code).fetch_optional(self.ready()?).await;
        self.settle(row)
    }

    async fn add_account(&mut self, row: &AccountRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into account (id, username, password_hash, name, role, organisation_id, region, email, language, \
             created_at, disabled_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
             on conflict (username) do nothing",
            row.id,
            row.username,
            row.password_hash,
            row.name,
            row.role,
            row.organisation_id,
            row.region,
            row.email,
            row.language,
            row.created_at,
            row.disabled_at
        )
        .execute(self.ready()?)
        .await;
        added(self.settle(done)?.rows_affected(), "account.username")
    }

    async fn account(&mut self, id: &str) -> Result<Option<AccountRow>, StoreError> {
        let row = select_account!("where id = $1", id).fetch_optional(self.ready()?).await;
        self.settle(row)
    }

    async fn account_by_username(&mut self, username: &str) -> Result<Option<AccountRow>, StoreError> {
        let row = select_account!("where username = $1", username).fetch_optional(self.ready()?).await;
        self.settle(row)
    }

    async fn accounts_of_organisation(
        &mut self,
        organisation_id: &str,
    ) -> Result<Vec<AccountRow>, StoreError> {
        let rows =
            select_account!("where organisation_id = $1 order by created_at, id limit 200", organisation_id)
                .fetch_all(self.ready()?)
                .await;
        self.settle(rows)
    }

    async fn change_account(&mut self, row: &AccountRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "update account set name = $2, email = $3, language = $4, password_hash = $5, disabled_at = $6 \
             where id = $1",
            row.id,
            row.name,
            row.email,
            row.language,
            row.password_hash,
            row.disabled_at
        )
        .execute(self.ready()?)
        .await;
        changed(self.settle(done)?.rows_affected(), || StoreError::Stale)
    }

    async fn add_session(&mut self, row: &SessionRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into session (token_sha256, account_id, created_at, expires_at) values ($1, $2, $3, $4)",
            row.token_sha256,
            row.account_id,
            row.created_at,
            row.expires_at
        )
        .execute(self.ready()?)
        .await;
        self.settle(done).map(drop)
    }

    async fn session(
        &mut self,
        token_sha256: &str,
        now: i64,
    ) -> Result<Option<(SessionRow, AccountRow, Option<OrganisationRow>)>, StoreError> {
        // The macro makes a record of its own for each statement, so the three rows are taken out of it by name.
        let record = sqlx::query!(
            r#"select s.token_sha256, s.account_id, s.created_at, s.expires_at,
            a.username, a.password_hash, a.name, a.role, a.organisation_id, a.region, a.email, a.language,
            a.created_at as account_created_at, a.disabled_at,
            o.id as "o_id?", o.code as "o_code?", o.name as "o_name?", o.kind as "o_kind?", o.region as "o_region?",
            o.legal_representative as "o_legal_representative?", o.mainland as "o_mainland?: bool",
            o.legal_person as "o_legal_person?: bool", o.address as "o_address?", o.created_at as "o_created_at?"
            from session s
            join account a on a.id = s.account_id
            left join organisation o on o.id = a.organisation_id
            where s.token_sha256 = $1 and s.expires_at > $2 and a.disabled_at is null"#,
            token_sha256,
            now
        )
        .fetch_optional(self.ready()?)
        .await;
        let Some(record) = self.settle(record)? else { return Ok(None) };
        let organisation = record.o_id.map(|id| OrganisationRow {
            id,
            code: record.o_code.unwrap_or_default(),
            name: record.o_name.unwrap_or_default(),
            kind: record.o_kind.unwrap_or_default(),
            region: record.o_region.unwrap_or_default(),
            legal_representative: record.o_legal_representative.unwrap_or_default(),
            mainland: record.o_mainland.unwrap_or_default(),
            legal_person: record.o_legal_person.unwrap_or_default(),
            address: record.o_address.unwrap_or_default(),
            created_at: record.o_created_at.unwrap_or_default(),
        });
        let account = AccountRow {
            id: record.account_id.clone(),
            username: record.username,
            password_hash: record.password_hash,
            name: record.name,
            role: record.role,
            organisation_id: record.organisation_id,
            region: record.region,
            email: record.email,
            language: record.language,
            created_at: record.account_created_at,
            disabled_at: record.disabled_at,
        };
        let session = SessionRow {
            token_sha256: record.token_sha256,
            account_id: record.account_id,
            created_at: record.created_at,
            expires_at: record.expires_at,
        };
        Ok(Some((session, account, organisation)))
    }

    async fn end_session(&mut self, token_sha256: &str) -> Result<(), StoreError> {
        let done = sqlx::query!("delete from session where token_sha256 = $1", token_sha256)
            .execute(self.ready()?)
            .await;
        self.settle(done).map(drop)
    }

    async fn end_sessions_of(&mut self, account_id: &str) -> Result<(), StoreError> {
        let done = sqlx::query!("delete from session where account_id = $1", account_id)
            .execute(self.ready()?)
            .await;
        self.settle(done).map(drop)
    }

    async fn sweep_sessions(&mut self, now: i64) -> Result<u64, StoreError> {
        let done =
            sqlx::query!("delete from session where expires_at < $1", now).execute(self.ready()?).await;
        Ok(self.settle(done)?.rows_affected())
    }

    async fn add_invitation(&mut self, row: &InvitationRow) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "insert into invitation (token_sha256, organisation_id, created_by, created_at, expires_at, used_at) \
             values ($1, $2, $3, $4, $5, $6)",
            row.token_sha256,
            row.organisation_id,
            row.created_by,
            row.created_at,
            row.expires_at,
            row.used_at
        )
        .execute(self.ready()?)
        .await;
        self.settle(done).map(drop)
    }

    async fn invitation(&mut self, token_sha256: &str) -> Result<Option<InvitationRow>, StoreError> {
        let row = sqlx::query_as!(
            InvitationRow,
            "select token_sha256, organisation_id, created_by, created_at, expires_at, used_at from invitation \
             where token_sha256 = $1",
            token_sha256
        )
        .fetch_optional(self.ready()?)
        .await;
        self.settle(row)
    }

    async fn use_invitation(&mut self, token_sha256: &str, at: i64) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "update invitation set used_at = $2 where token_sha256 = $1 and used_at is null",
            token_sha256,
            at
        )
        .execute(self.ready()?)
        .await;
        changed(self.settle(done)?.rows_affected(), || StoreError::Stale)
    }
}
