//! The own account: who one is, and the language.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::shared::Language;

use super::set_cookie;
use crate::Site;
use crate::error::Failure;
use crate::form::{self, Form};
use crate::page::{Page, render};
use crate::request::{Visitor, language_cookie};
use crate::views::{ErrorLink, Field, SummaryRow};
use crate::words::pick;

#[derive(Template)]
#[template(path = "pages/account.html")]
struct AccountPage {
    page: Page,
    done: String,
    errors: Vec<ErrorLink>,
    rows: Vec<SummaryRow>,
    form: Vec<Field>,
}

pub(super) async fn page(visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let language = visitor.language;
    let saved = query.as_deref().and_then(|query| form::query(query, "saved")).is_some();
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
        done: if saved { pick(language, "语言已保存", "The language was saved") } else { String::new() },
        errors: Vec::new(),
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
    };
    Ok(render(StatusCode::OK, &page))
}

pub(super) async fn change(
    State(site): State<Site>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let language = match form.get("language") {
        "zh" => Language::Zh,
        "en" => Language::En,
        _ => return Ok(Redirect::to("/account").into_response()),
    };
    site.service.change_language(actor, language).await.map_err(|error| visitor.fail(error))?;
    let mut response = Redirect::to("/account?saved=language").into_response();
    set_cookie(&mut response, &language_cookie(language));
    Ok(response)
}
