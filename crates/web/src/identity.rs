//! Organisations and people (单位与账户): login, registration, the own organisation, colleagues, the account.
//!
//! What must never happen: a redirect to another site after a login; a password or token in an address, a page or the log, the
//! link of an invitation excepted, which its maker sees once.

mod account;
mod join;
mod organisation;
mod register;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{Actor, Login, Role, ServiceError, Session};

use crate::Site;
use crate::application::unsaved::Unsaved;
use crate::error::{Failure, explain, status_of};
use crate::form::{self, Form};
use crate::page::{Page, render};
use crate::request::{SESSION_COOKIE, Visitor};
use crate::views::{ErrorLink, Field, error_links};
use crate::words::pick;

/// Routes of the room.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/login", get(login_page).post(login))
        .route("/logout", post(logout))
        .route("/register", get(register::page).post(register::register))
        .route("/organisation", get(organisation::page).post(organisation::change))
        .route("/organisation/change", get(organisation::change_page))
        .route("/organisation/invitations", post(organisation::invite))
        .route("/join/{token}", get(join::page).post(join::join))
        .route("/account", get(account::page).post(account::change))
        .route("/account/password", post(account::change_password))
}

#[derive(Template)]
#[template(path = "pages/login.html")]
struct LoginPage {
    page: Page,
    errors: Vec<ErrorLink>,
    reason: String,
    next: String,
    form: Vec<Field>,
}

async fn login_page(visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    let asked = |name: &str| query.as_deref().and_then(|query| form::query(query, name));
    let next = asked("to").map(|to| local(&to)).unwrap_or_default();
    match &visitor.actor {
        Some(actor) => Redirect::to(&start(actor, &next)).into_response(),
        None => login_form(&visitor, StatusCode::OK, "", &next, asked("undone").is_some(), &[]),
    }
}

async fn login(State(site): State<Site>, visitor: Visitor, form: Form) -> Result<Response, Failure> {
    let next = local(form.get("to"));
    let login = Login {
        username: form.get("username").to_owned(),
        password: form.get("password").to_owned(),
        address: visitor.address,
    };
    let username = form.get("username");
    match (site.service.login(login).await, Unsaved::carried_by(&form)) {
        (Ok(session), None) => Ok(begin(&site, &session, &start(&session.actor, &next))),
        (Ok(session), Some(unsaved)) => {
            let page = unsaved.after_login(&site, visitor, &session).await;
            Ok(with_session(page, &site, &session))
        }
        (Err(ServiceError::Invalid(mut findings)), unsaved) => {
            for finding in &mut findings {
                finding.field.get_or_insert("username".to_owned());
            }
            let status = status_of(&ServiceError::Invalid(Vec::new()));
            Ok(match unsaved {
                None => login_form(&visitor, status, username, &next, false, &findings),
                Some(unsaved) => unsaved.login(&visitor, status, username, &findings, Vec::new()),
            })
        }
        (Err(error), None) => Err(visitor.fail(error)),
        (Err(error), Some(unsaved)) => {
            let said = vec![explain(&error, visitor.language)];
            Ok(unsaved.login(&visitor, status_of(&error), username, &[], said))
        }
    }
}

/// The two fields of a login.
pub(crate) fn login_fields(username: &str, findings: &[Finding], language: Language) -> Vec<Field> {
    vec![
        Field::new("text", "username", pick(language, "用户名", "Username"))
            .value(username)
            .autocomplete("username")
            .judged(findings, language),
        Field::new("password", "password", pick(language, "密码", "Password"))
            .autocomplete("current-password")
            .judged(findings, language),
    ]
}

fn login_form(
    visitor: &Visitor,
    status: StatusCode,
    username: &str,
    next: &str,
    undone: bool,
    findings: &[Finding],
) -> Response {
    let language = visitor.language;
    let reason = match (undone, next.is_empty()) {
        (true, _) => pick(
            language,
            "登录已结束，刚才的操作没有执行。登录后请重新办理。",
            "Your login has ended, and what you just did was not carried out. Log in and do it again.",
        ),
        (false, true) => String::new(),
        (false, false) => pick(language, "登录后继续办理。", "Log in to go on."),
    };
    let page = LoginPage {
        page: visitor.page(pick(language, "登录", "Log in")),
        errors: error_links(findings, language),
        reason,
        next: next.to_owned(),
        form: login_fields(username, findings, language),
    };
    render(status, &page)
}

async fn logout(State(site): State<Site>, visitor: Visitor) -> Result<Response, Failure> {
    if let Some(token) = &visitor.token {
        site.service.logout(token).await.map_err(|error| visitor.fail(error))?;
    }
    let mut response = Redirect::to("/").into_response();
    set_cookie(&mut response, &session_cookie(&site, "", 0));
    Ok(response)
}

/// Begins a session in the browser and goes on.
fn begin(site: &Site, session: &Session, to: &str) -> Response {
    with_session(Redirect::to(to).into_response(), site, session)
}

fn with_session(mut response: Response, site: &Site, session: &Session) -> Response {
    let seconds = session.expires_at.as_second() - site.service.clock().now().as_second();
    set_cookie(&mut response, &session_cookie(site, &session.token, seconds.max(0)));
    response
}

fn session_cookie(site: &Site, token: &str, seconds: i64) -> String {
    let secure = if site.secure_cookies { "; Secure" } else { "" };
    format!("{SESSION_COOKIE}={token}; HttpOnly; SameSite=Lax; Path=/; Max-Age={seconds}{secure}")
}

fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// A path of this site; empty for anything else.
fn local(to: &str) -> String {
    let plain = to.starts_with('/')
        && !to.starts_with("//")
        && !to.contains('\\')
        && to.len() <= 500
        && to.chars().all(|character| character.is_ascii_graphic());
    let loops = ["/login", "/logout", "/register", "/join"].iter().any(|path| to.starts_with(path));
    if plain && !loops { to.to_owned() } else { String::new() }
}

/// Where somebody who has logged in goes: where they came from, else to what needs them.
fn start(actor: &Actor, next: &str) -> String {
    if !next.is_empty() {
        return next.to_owned();
    }
    match actor.role {
        Role::Applicant => "/applications",
        Role::ProgrammeOffice => "/office/calls",
        Role::Expert => "/sheets",
        role if role.has_desk() => "/desk",
        _ => "/",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_paths_of_this_site_are_gone_to() {
        for path in ["/", "/calls/x", "/applications/1?a=b#c"] {
            assert_eq!(local(path), path);
        }
        for other in [
            "",
            "x",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nb",
            "/login?to=/",
            "/揭",
        ] {
            assert_eq!(local(other), "", "{other}");
        }
    }
}
