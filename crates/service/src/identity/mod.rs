//! Organisations, people, logins.
//!
//! What must never happen: a password or token that is stored or written to an event as it is; an answer that tells an outsider
//! who has an account of an organisation; password hashing that blocks other requests or takes memory without bound.

mod attempts;
mod checks;
mod organisations;
mod passwords;
mod requests;
mod sessions;
mod tokens;
mod users;

use jiebang_domain::identity::Organisation;
use jiebang_domain::shared::{Language, Region};
use jiebang_store::{AccountRow, OrganisationRow};

use crate::access::{Actor, Role};
use crate::{Service, ServiceError};

pub(crate) use attempts::Attempts;
pub use requests::{
    AcceptInvitation, AddUser, ChangeOrganisation, Colleague, Invitation, InvitationView, Login,
    RegisterOrganisation, Session,
};
pub use tokens::{NewToken, TOKEN_SECONDS_MAX, Token, TokenFacts};

/// The organisation as the rules see it.
pub(crate) fn organisation_of(row: &OrganisationRow) -> Result<Organisation, ServiceError> {
    let region = Region::parse(&row.region)
        .ok_or_else(|| ServiceError::Internal(format!("organisation {} has an unknown region", row.id)))?;
    Ok(Organisation {
        name: row.name.clone(),
        code: row.code.clone(),
        kind: row.kind.clone(),
        region,
        legal_representative: row.legal_representative.clone(),
        mainland: row.mainland,
        legal_person: row.legal_person,
    })
}

/// The person behind an account.
pub(crate) fn actor_of(
    account: &AccountRow,
    organisation: Option<OrganisationRow>,
) -> Result<Actor, ServiceError> {
    let role = Role::parse(&account.role)
        .ok_or_else(|| ServiceError::Internal(format!("account {} has an unknown role", account.id)))?;
    Ok(Actor {
        account_id: account.id.clone(),
        name: account.name.clone(),
        username: account.username.clone(),
        role,
        organisation,
        region: account.region.as_deref().and_then(Region::parse),
        language: language_of(&account.language),
        scopes: None,
    })
}

fn language_of(id: &str) -> Language {
    if id == "en" { Language::En } else { Language::Zh }
}

fn language_id(language: Language) -> &'static str {
    match language {
        Language::Zh => "zh",
        Language::En => "en",
    }
}

impl Service {
    /// The organisation that somebody acts for.
    fn own_organisation(actor: &Actor) -> Result<&OrganisationRow, ServiceError> {
        actor.organisation.as_ref().ok_or(ServiceError::Forbidden)
    }
}
