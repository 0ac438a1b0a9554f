//! What comes in and what goes out. Passwords and tokens never show in debug output.

use std::fmt;
use std::net::IpAddr;

use jiebang_domain::shared::Language;
use jiebang_store::OrganisationRow;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::access::{Actor, Role};

/// Registration of an organisation by its first person (单位注册), as sent. Findings name these fields.
#[derive(Clone)]
pub struct RegisterOrganisation {
    /// Unified social credit code or organisation code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Kind, an id of the list of organisation kinds.
    pub kind: String,
    /// Region code.
    pub region: String,
    /// Legal representative.
    pub legal_representative: String,
    /// Address; may be empty.
    pub address: String,
    /// Registered in mainland China; `None` where it was not answered.
    pub mainland: Option<bool>,
    /// Has independent legal personality; `None` where it was not answered.
    pub legal_person: Option<bool>,
    /// Name of the person.
    pub person_name: String,
    /// Login name.
    pub username: String,
    /// Password.
    pub password: String,
    /// E-mail address; may be empty.
    pub email: String,
    /// Language of the account.
    pub language: Language,
}

/// Change of an organisation's data (单位信息变更), as sent. The code stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeOrganisation {
    /// Name.
    pub name: String,
    /// Kind, an id of the list of organisation kinds.
    pub kind: String,
    /// Region code.
    pub region: String,
    /// Legal representative.
    pub legal_representative: String,
    /// Address; may be empty.
    pub address: String,
    /// Registered in mainland China; `None` where it was not answered.
    pub mainland: Option<bool>,
    /// Has independent legal personality; `None` where it was not answered.
    pub legal_person: Option<bool>,
}

impl From<&OrganisationRow> for ChangeOrganisation {
    fn from(row: &OrganisationRow) -> Self {
        Self {
            name: row.name.clone(),
            kind: row.kind.clone(),
            region: row.region.clone(),
            legal_representative: row.legal_representative.clone(),
            address: row.address.clone(),
            mainland: Some(row.mainland),
            legal_person: Some(row.legal_person),
        }
    }
}

/// A login (登录), as sent.
#[derive(Clone)]
pub struct Login {
    /// Login name.
    pub username: String,
    /// Password.
    pub password: String,
    /// Where the request comes from.
    pub address: IpAddr,
}

/// A session that has begun (会话).
#[derive(Clone)]
pub struct Session {
    /// Secret that the browser or program sends from now on.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who is logged in.
    pub actor: Actor,
}

/// An invitation of a colleague (邀请).
#[derive(Clone)]
pub struct Invitation {
    /// Secret part of the link that the colleague opens.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// An invitation as the invited person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvitationView {
    /// Name of the organisation to join.
    pub organisation: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// The account that an invited person wants (接受邀请), as sent. Findings name these fields.
#[derive(Clone)]
pub struct AcceptInvitation {
    /// Name of the person.
    pub person_name: String,
    /// Login name.
    pub username: String,
    /// Password.
    pub password: String,
    /// E-mail address; may be empty.
    pub email: String,
    /// Language of the account.
    pub language: Language,
}

/// An account that the operator adds (添加用户). Findings name these fields.
#[derive(Clone)]
pub struct AddUser {
    /// Login name.
    pub username: String,
    /// Password.
    pub password: String,
    /// Name of the person.
    pub person_name: String,
    /// E-mail address; may be empty.
    pub email: String,
    /// Role.
    pub role: Role,
    /// Code of a registered organisation; for applicants and partners, and only for them.
    pub organisation_code: Option<String>,
    /// Region code; for recommending authorities, and only for them.
    pub region: Option<String>,
    /// Language of the account.
    pub language: Language,
}

/// Somebody with an account for the same organisation (同事).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague {
    /// Account.
    pub account_id: String,
    /// Name of the person.
    pub name: String,
    /// Login name.
    pub username: String,
    /// E-mail address; may be empty.
    pub email: String,
    /// Since when.
    pub created_at: Timestamp,
    /// The account is closed.
    pub disabled: bool,
}

/// Debug output that names the type and these fields only.
macro_rules! debug_without_secrets {
    ($($type:ident { $($field:ident),* })*) => {
        $(impl fmt::Debug for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        })*
    };
}

debug_without_secrets! {
    RegisterOrganisation { code, kind, region }
    Login { address }
    Session { expires_at }
    Invitation { expires_at }
    AcceptInvitation { language }
    AddUser { role, region }
}
