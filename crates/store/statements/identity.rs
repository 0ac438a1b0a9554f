//! Statements of the identity room.

use super::{added, changed};
use crate::{Conn, columns, execute, optional, rows};
use async_trait::async_trait;
use jiebang_store::{
    AccountRow, ApiTokenRow, IdentityRows, InvitationRow, OrganisationRow, SessionRow, StoreError,
};

columns!(OrganisationRow {
    id,
    code,
    name,
    kind,
    region,
    legal_representative,
    mainland,
    legal_person,
    address,
    created_at
});
columns!(AccountRow {
    id,
    username,
    password_hash,
    name,
    role,
    organisation_id,
    region,
    email,
    language,
    created_at,
    disabled_at
});
columns!(ApiTokenRow { token_sha256, account_id, scopes, created_at, expires_at });
columns!(InvitationRow { token_sha256, organisation_id, created_by, created_at, expires_at, used_at });

/// When all attempts of a key are there again.
struct FullAt {
    full_at: i64,
}

columns!(FullAt { full_at });

/// A session with its account and, if there is one, the organisation (`o_…`).
struct SessionColumns {
    token_sha256: String,
    account_id: String,
    created_at: i64,
    expires_at: i64,
    username: String,
    password_hash: String,
    name: String,
    role: String,
    organisation_id: Option<String>,
    region: Option<String>,
    email: String,
    language: String,
    account_created_at: i64,
    disabled_at: Option<i64>,
    o_id: Option<String>,
    o_code: Option<String>,
    o_name: Option<String>,
    o_kind: Option<String>,
    o_region: Option<String>,
    o_legal_representative: Option<String>,
    o_mainland: Option<bool>,
    o_legal_person: Option<bool>,
    o_address: Option<String>,
    o_created_at: Option<i64>,
}

columns!(SessionColumns {
    token_sha256,
    account_id,
    created_at,
    expires_at,
    username,
    password_hash,
    name,
    role,
    organisation_id,
    region,
    email,
    language,
    account_created_at,
    disabled_at,
    o_id,
    o_code,
    o_name,
    o_kind,
    o_region,
    o_legal_representative,
    o_mainland,
    o_legal_person,
    o_address,
    o_created_at
});

impl SessionColumns {
    fn into_rows(self) -> (SessionRow, AccountRow, Option<OrganisationRow>) {
        let organisation = self.o_id.map(|id| OrganisationRow {
            id,
            code: self.o_code.unwrap_or_default(),
            name: self.o_name.unwrap_or_default(),
            kind: self.o_kind.unwrap_or_default(),
            region: self.o_region.unwrap_or_default(),
            legal_representative: self.o_legal_representative.unwrap_or_default(),
            mainland: self.o_mainland.unwrap_or_default(),
            legal_person: self.o_legal_person.unwrap_or_default(),
            address: self.o_address.unwrap_or_default(),
            created_at: self.o_created_at.unwrap_or_default(),
        });
        let account = AccountRow {
            id: self.account_id.clone(),
            username: self.username,
            password_hash: self.password_hash,
            name: self.name,
            role: self.role,
            organisation_id: self.organisation_id,
            region: self.region,
            email: self.email,
            language: self.language,
            created_at: self.account_created_at,
            disabled_at: self.disabled_at,
        };
        let session = SessionRow {
            token_sha256: self.token_sha256,
            account_id: self.account_id,
            created_at: self.created_at,
            expires_at: self.expires_at,
        };
        (session, account, organisation)
    }
}

/// Selects organisations, all or one or none; the literal says which.
macro_rules! select_organisation {
    ($run:ident, $connection:expr, $which:tt, $($argument:expr),*) => {
        $run!(
            $connection,
            OrganisationRow,
            r#"select id, code, name, kind, region, legal_representative, mainland as "mainland: bool",
            legal_person as "legal_person: bool", address, created_at from organisation "# + $which,
            $($argument),*
        )
    };
}

/// Selects accounts, all or one or none; the literal says which.
macro_rules! select_account {
    ($run:ident, $connection:expr, $which:tt, $($argument:expr),*) => {
        $run!(
            $connection,
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
        let count = execute!(
            self,
            "insert into organisation (id, code, name, kind, region, legal_representative, mainland, legal_person, \
             address, created_at, unit) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
             case length($2) when 18 then substr($2, 9, 9) else $2 end) on conflict do nothing",
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
        )?;
        added(count, "organisation.code")
    }

    async fn change_organisation(&mut self, row: &OrganisationRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
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
        )?;
        changed(count, || StoreError::Stale)
    }

    async fn organisation(&mut self, id: &str) -> Result<Option<OrganisationRow>, StoreError> {
        select_organisation!(optional, self, "where id = $1", id)
    }

    async fn organisation_by_unit(&mut self, unit: &str) -> Result<Option<OrganisationRow>, StoreError> {
        select_organisation!(optional, self, "where unit = $1", unit)
    }

    async fn add_account(&mut self, row: &AccountRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
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
        )?;
        added(count, "account.username")
    }

    async fn account(&mut self, id: &str) -> Result<Option<AccountRow>, StoreError> {
        select_account!(optional, self, "where id = $1", id)
    }

    async fn account_by_username(&mut self, username: &str) -> Result<Option<AccountRow>, StoreError> {
        select_account!(optional, self, "where username = $1", username)
    }

    async fn accounts_of_organisation(
        &mut self,
        organisation_id: &str,
    ) -> Result<Vec<AccountRow>, StoreError> {
        select_account!(
            rows,
            self,
            "where organisation_id = $1 order by created_at, id limit 200",
            organisation_id
        )
    }

    async fn change_account(&mut self, row: &AccountRow) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "update account set name = $2, email = $3, language = $4, password_hash = $5, disabled_at = $6, \
             username = $7 where id = $1",
            row.id,
            row.name,
            row.email,
            row.language,
            row.password_hash,
            row.disabled_at,
            row.username
        )?;
        changed(count, || StoreError::Stale)
    }

    async fn add_session(&mut self, row: &SessionRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into session (token_sha256, account_id, created_at, expires_at) values ($1, $2, $3, $4)",
            row.token_sha256,
            row.account_id,
            row.created_at,
            row.expires_at
        )?;
        Ok(())
    }

    async fn session(
        &mut self,
        token_sha256: &str,
        now: i64,
    ) -> Result<Option<(SessionRow, AccountRow, Option<OrganisationRow>)>, StoreError> {
        let found = optional!(
            self,
            SessionColumns,
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
        )?;
        Ok(found.map(SessionColumns::into_rows))
    }

    async fn end_session(&mut self, token_sha256: &str) -> Result<(), StoreError> {
        execute!(self, "delete from session where token_sha256 = $1", token_sha256)?;
        Ok(())
    }

    async fn end_sessions_of(&mut self, account_id: &str) -> Result<(), StoreError> {
        execute!(self, "delete from session where account_id = $1", account_id)?;
        Ok(())
    }

    async fn sweep_sessions(&mut self, now: i64) -> Result<u64, StoreError> {
        execute!(self, "delete from session where expires_at < $1", now)
    }

    async fn add_api_token(&mut self, row: &ApiTokenRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into api_token (token_sha256, account_id, scopes, created_at, expires_at) \
             values ($1, $2, $3, $4, $5)",
            row.token_sha256,
            row.account_id,
            row.scopes,
            row.created_at,
            row.expires_at
        )?;
        Ok(())
    }

    async fn api_token(&mut self, token_sha256: &str, now: i64) -> Result<Option<ApiTokenRow>, StoreError> {
        optional!(
            self,
            ApiTokenRow,
            "select token_sha256, account_id, scopes, created_at, expires_at from api_token \
             where token_sha256 = $1 and expires_at > $2",
            token_sha256,
            now
        )
    }

    async fn end_api_token(&mut self, token_sha256: &str) -> Result<(), StoreError> {
        execute!(self, "delete from api_token where token_sha256 = $1", token_sha256)?;
        Ok(())
    }

    async fn end_api_tokens_of(&mut self, account_id: &str) -> Result<(), StoreError> {
        execute!(self, "delete from api_token where account_id = $1", account_id)?;
        Ok(())
    }

    async fn end_older_api_tokens(&mut self, account_id: &str, keep: i64) -> Result<(), StoreError> {
        execute!(
            self,
            "delete from api_token where account_id = $1 and created_at <= (select created_at from api_token \
             where account_id = $1 order by created_at desc limit 1 offset $2)",
            account_id,
            keep
        )?;
        Ok(())
    }

    async fn sweep_api_tokens(&mut self, now: i64) -> Result<u64, StoreError> {
        execute!(self, "delete from api_token where expires_at < $1", now)
    }

    async fn login_attempts(&mut self, key: &str) -> Result<Option<i64>, StoreError> {
        let found = optional!(self, FullAt, "select full_at from login_attempt where key = $1", key)?;
        Ok(found.map(|found| found.full_at))
    }

    async fn save_login_attempts(&mut self, key: &str, full_at: i64) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into login_attempt (key, full_at) values ($1, $2) \
             on conflict (key) do update set full_at = excluded.full_at",
            key,
            full_at
        )?;
        Ok(())
    }

    async fn sweep_login_attempts(&mut self, now: i64) -> Result<u64, StoreError> {
        execute!(self, "delete from login_attempt where full_at < $1", now)
    }

    async fn add_invitation(&mut self, row: &InvitationRow) -> Result<(), StoreError> {
        execute!(
            self,
            "insert into invitation (token_sha256, organisation_id, created_by, created_at, expires_at, used_at) \
             values ($1, $2, $3, $4, $5, $6)",
            row.token_sha256,
            row.organisation_id,
            row.created_by,
            row.created_at,
            row.expires_at,
            row.used_at
        )?;
        Ok(())
    }

    async fn invitation(&mut self, token_sha256: &str) -> Result<Option<InvitationRow>, StoreError> {
        optional!(
            self,
            InvitationRow,
            "select token_sha256, organisation_id, created_by, created_at, expires_at, used_at from invitation \
             where token_sha256 = $1",
            token_sha256
        )
    }

    async fn use_invitation(&mut self, token_sha256: &str, at: i64) -> Result<(), StoreError> {
        let count = execute!(
            self,
            "update invitation set used_at = $2 where token_sha256 = $1 and used_at is null",
            token_sha256,
            at
        )?;
        changed(count, || StoreError::Stale)
    }
}
