//! Registration of an organisation by its first person.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::shared::{Finding, Language, Region};
use jiebang_service::{RegisterOrganisation, ServiceError};

use super::{begin, start};
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::{ErrorLink, Field, Part, error_links};
use crate::words::pick;

#[derive(Template)]
#[template(path = "pages/register.html")]
struct RegisterPage {
    page: Page,
    errors: Vec<ErrorLink>,
    parts: Vec<Part>,
}

pub(super) async fn page(State(site): State<Site>, visitor: Visitor) -> Response {
    if visitor.actor.is_some() {
        return Redirect::to("/organisation").into_response();
    }
    shown(&site, &visitor, StatusCode::OK, &Form::default(), &[])
}

pub(super) async fn register(
    State(site): State<Site>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let known: Vec<&str> = ["code"].into_iter().chain(ORGANISATION_FIELDS).chain(PERSON_FIELDS).collect();
    let strange = form.strange(&known);
    if !strange.is_empty() {
        let status = status_of(&ServiceError::Invalid(Vec::new()));
        return Ok(shown(&site, &visitor, status, &form, &strange));
    }
    let text = |name: &str| form.get(name).to_owned();
    let sent = RegisterOrganisation {
        code: text("code"),
        name: text("name"),
        kind: text("kind"),
        region: text("region"),
        legal_representative: text("legal_representative"),
        address: text("address"),
        mainland: form.yes_or_no("mainland"),
        legal_person: form.yes_or_no("legal_person"),
        person_name: text("person_name"),
        username: text("username"),
        password: text("password"),
        email: text("email"),
        language: visitor.language,
    };
    match site.service.register(sent).await {
        Ok(session) => Ok(begin(&site, &session, &start(&session.actor, ""))),
        Err(ServiceError::Invalid(findings)) => {
            let status = status_of(&ServiceError::Invalid(Vec::new()));
            Ok(shown(&site, &visitor, status, &form, &findings))
        }
        Err(error) => Err(visitor.fail(error)),
    }
}

fn shown(site: &Site, visitor: &Visitor, status: StatusCode, form: &Form, findings: &[Finding]) -> Response {
    let language = visitor.language;
    let code = Field::new("text", "code", pick(language, "统一社会信用代码", "Unified social credit code"))
        .hint(pick(
            language,
            "18 位；没有的填 9 位组织机构代码。",
            "18 characters; without one, the 9 characters of the organisation code.",
        ))
        .value(form.get("code"))
        .width("22")
        .judged(findings, language);
    let mut organisation = vec![code];
    organisation.extend(organisation_fields(site, form, findings, language));
    let page = RegisterPage {
        page: visitor.page(pick(language, "注册单位", "Register an organisation")),
        errors: error_links(findings, language),
        parts: vec![
            Part {
                title: pick(language, "单位", "Organisation"),
                note: pick(
                    language,
                    "申报表中的单位信息取自这里，注册后可以修改。",
                    "Application forms take their particulars from here; they can be changed later.",
                ),
                fields: organisation,
                ..Part::default()
            },
            Part {
                title: pick(language, "经办人和登录", "You and your login"),
                fields: person_fields(form, findings, language),
                ..Part::default()
            },
        ],
    };
    render(status, &page)
}

/// Names of the fields of an organisation but its code.
pub(super) const ORGANISATION_FIELDS: [&str; 7] =
    ["name", "kind", "region", "legal_representative", "address", "mainland", "legal_person"];
/// Names of the fields of a person.
pub(super) const PERSON_FIELDS: [&str; 4] = ["person_name", "username", "password", "email"];

/// Fields of an organisation but its code.
pub(super) fn organisation_fields(
    site: &Site,
    form: &Form,
    findings: &[Finding],
    language: Language,
) -> Vec<Field> {
    let choose = || (String::new(), pick(language, "请选择", "Choose"));
    let kinds = site
        .service
        .organisation_kinds()
        .iter()
        .map(|(id, name)| (id.clone(), name.get(language).to_owned()));
    let regions =
        Region::all().map(|region| (region.code().to_owned(), region.name().get(language).to_owned()));
    let field = |kind, name: &str, zh: &str, en: &str| {
        Field::new(kind, name, pick(language, zh, en)).value(form.get(name))
    };
    let yes_no = || [("yes", pick(language, "是", "Yes")), ("no", pick(language, "否", "No"))];
    let yes_no = || yes_no().map(|(value, label)| (value.to_owned(), label));
    let fields = [
        field("text", "name", "单位名称", "Name of the organisation")
            .hint(pick(language, "与登记证照一致。", "As on the registration certificate."))
            .autocomplete("organization"),
        field("select", "kind", "单位性质", "Kind").choices([choose()].into_iter().chain(kinds)),
        field("select", "region", "注册地", "Region of registration")
            .choices([choose()].into_iter().chain(regions)),
        field("text", "legal_representative", "法定代表人", "Legal representative").width("22"),
        field("text", "address", "单位地址", "Address").optional().autocomplete("street-address"),
        field("radios", "mainland", "在中华人民共和国境内注册", "Registered in mainland China")
            .choices(yes_no()),
        field("radios", "legal_person", "具有独立法人资格", "An independent legal person").choices(yes_no()),
    ];
    fields.into_iter().map(|field| field.judged(findings, language)).collect()
}

/// Fields of a person who gets an account. The password is never sent back.
pub(super) fn person_fields(form: &Form, findings: &[Finding], language: Language) -> Vec<Field> {
    let field = |kind, name: &str, zh: &str, en: &str| {
        Field::new(kind, name, pick(language, zh, en)).value(form.get(name))
    };
    let fields = [
        field("text", "person_name", "姓名", "Your name").width("22").autocomplete("name"),
        field("text", "username", "用户名", "Username")
            .hint(pick(
                language,
                "3 至 64 位半角字母、数字和 . _ - @。",
                "3 to 64 half-width letters, digits and . _ - @.",
            ))
            .width("22")
            .autocomplete("username"),
        new_password_field("password", pick(language, "密码", "Password"), language),
        field("email", "email", "电子邮箱", "E-mail address").optional().width("22").autocomplete("email"),
    ];
    fields.into_iter().map(|field| field.judged(findings, language)).collect()
}

/// A password that is chosen now.
pub(super) fn new_password_field(name: &str, label: String, language: Language) -> Field {
    Field::new("password", name, label)
        .hint(pick(
            language,
            "不少于 10 位，不含用户名；几个不相干的词最好记。",
            "At least 10 characters without the username; a few unrelated words are easy to remember.",
        ))
        .width("22")
        .autocomplete("new-password")
}
