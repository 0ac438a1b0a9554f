//! Taking up an invitation to an organisation.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{AcceptInvitation, InvitationView, ServiceError};

use super::register::{PERSON_FIELDS, person_fields};
use super::{begin, start};
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Field, error_links};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/join.html")]
struct JoinPage {
    page: Page,
    errors: Vec<ErrorLink>,
    organisation: String,
    until: String,
    action: String,
    form: Vec<Field>,
}

pub(super) async fn page(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let token = visitor.address(address)?;
    let invitation = site.service.invitation(&token).await.map_err(|error| visitor.fail(error))?;
    Ok(shown(&visitor, StatusCode::OK, &token, &invitation, &Form::default(), &[]))
}

pub(super) async fn join(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let token = visitor.address(address)?;
    let invitation = site.service.invitation(&token).await.map_err(|error| visitor.fail(error))?;
    let strange = form.strange(&PERSON_FIELDS);
    if !strange.is_empty() {
        let status = status_of(&ServiceError::Invalid(Vec::new()));
        return Ok(shown(&visitor, status, &token, &invitation, &form, &strange));
    }
    let text = |name: &str| form.get(name).to_owned();
    let sent = AcceptInvitation {
        person_name: text("person_name"),
        username: text("username"),
        password: text("password"),
        email: text("email"),
        language: visitor.language,
    };
    match site.service.accept_invitation(&token, sent).await {
        Ok(session) => Ok(begin(&site, &session, &start(&session.actor, ""))),
        Err(ServiceError::Invalid(findings)) => {
            let status = status_of(&ServiceError::Invalid(Vec::new()));
            Ok(shown(&visitor, status, &token, &invitation, &form, &findings))
        }
        Err(error) => Err(visitor.fail(error)),
    }
}

fn shown(
    visitor: &Visitor,
    status: StatusCode,
    token: &str,
    invitation: &InvitationView,
    form: &Form,
    findings: &[Finding],
) -> Response {
    let language = visitor.language;
    let until = words::minute(invitation.expires_at, language);
    let page = JoinPage {
        page: visitor.page(pick(language, "加入单位", "Join an organisation")),
        errors: error_links(findings, language),
        organisation: invitation.organisation.clone(),
        until: match language {
            Language::Zh => format!("邀请供一人使用，有效至{until}。"),
            Language::En => format!("The invitation is for one person and stands until {until}."),
        },
        action: format!("/join/{token}"),
        form: person_fields(form, findings, language),
    };
    render(status, &page)
}
