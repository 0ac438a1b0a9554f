//! The own account: who one is, and the language.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::shared::{Finding, Language, Text};
use jiebang_service::ServiceError;

use super::register::new_password_field;
use super::{begin, set_cookie};
use crate::Site;
use crate::error::Failure;
use crate::form::{self, Form, reload};
use crate::page::{Page, render};
use crate::request::{Visitor, language_cookie};
use crate::views::{ErrorLink, Field, SummaryRow, error_links};
use crate::words::pick;

#[derive(Template)]
#[template(path = "pages/account.html")]
struct AccountPage {
    page: Page,
    done: String,
    errors: Vec<ErrorLink>,
    rows: Vec<SummaryRow>,
    form: Vec<Field>,
    password_form: Vec<Field>,
}

pub(super) async fn page(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Failure> {
    let saved = query.as_deref().and_then(|query| form::query(query, "saved"));
    let done = match saved.as_deref() {
        Some("language") => pick(visitor.language, "语言已保存", "The language was saved"),
        Some("password") => pick(
            visitor.language,
            "密码已更改，其他设备上的登录已失效",
            "The password was changed; you are logged out everywhere else",
        ),
        _ => String::new(),
    };
    shown(&visitor, StatusCode::OK, done, &[])
}

fn shown(
    visitor: &Visitor,
    status: StatusCode,
    done: String,
    findings: &[Finding],
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let language = visitor.language;
    let row = |zh: &str, en: &str, value: &str| SummaryRow {
        key: pick(language, zh, en),
        value: value.to_owned(),
        ..SummaryRow::default()
    };
    let mut rows = vec![
        row("姓名", "Name", &actor.name),
        row("用户名", "Username", &actor.username),
        row("身份", "Role", actor.role.name().get(language)),
    ];
    if let Some(organisation) = &actor.organisation {
        rows.push(row("单位", "Organisation", &organisation.name));
    }
    if let Some(region) = actor.region {
        rows.push(row("地区", "Region", region.name().get(language)));
    }
    let chosen = match actor.language {
        Language::Zh => "zh",
        Language::En => "en",
    };
    let page = AccountPage {
        page: visitor.page(pick(language, "账户", "Account")),
        done,
        errors: error_links(findings, language),
        rows,
        form: vec![
            Field::new("radios", "language", pick(language, "页面语言", "Language of the pages"))
                .hint(pick(
                    language,
                    "每次登录后用此语言；页首的切换只对本浏览器有效。",
                    "Used wherever you log in; the switch above holds for this browser only.",
                ))
                .value(chosen)
                .choices(
                    [("zh", "中文"), ("en", "English")]
                        .map(|(value, label)| (value.to_owned(), label.to_owned())),
                ),
        ],
        password_form: vec![
            Field::new("password", "password", pick(language, "现密码", "Present password"))
                .width("22")
                .autocomplete("current-password")
                .judged(findings, language),
            new_password_field("new_password", pick(language, "新密码", "New password"), language)
                .judged(findings, language),
        ],
    };
    Ok(render(status, &page))
}

pub(super) async fn change_password(
    State(site): State<Site>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    form.only(&["password", "new_password"]).map_err(|error| visitor.fail(error))?;
    let (password, new_password) = (form.get("password").to_owned(), form.get("new_password"));
    match site.service.change_password(actor, password, new_password, visitor.address).await {
        Ok(session) => Ok(begin(&site, &session, "/account?saved=password")),
        Err(ServiceError::Invalid(findings)) => {
            shown(&visitor, StatusCode::UNPROCESSABLE_ENTITY, String::new(), &findings)
        }
        Err(error) => Err(visitor.fail(error)),
    }
}

pub(super) async fn change(
    State(site): State<Site>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    form.only(&["language"]).map_err(|error| visitor.fail(error))?;
    let language = match form.get("language") {
        "zh" => Language::Zh,
        "en" => Language::En,
        _ => {
            let message = Text::new("没有这种语言", "There is no such language");
            let fault = [reload("language", "choice_unknown", message)];
            return shown(&visitor, StatusCode::UNPROCESSABLE_ENTITY, String::new(), &fault);
        }
    };
    site.service.change_language(actor, language).await.map_err(|error| visitor.fail(error))?;
    let mut response = Redirect::to("/account?saved=language").into_response();
    set_cookie(&mut response, &language_cookie(language));
    Ok(response)
}
