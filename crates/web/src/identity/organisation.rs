//! The own organisation: particulars, people, invitations, applications led against the limits.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::call::{Bound, Call, Counted};
use jiebang_domain::shared::{Finding, Language, Region, Severity, Text};
use jiebang_service::{Actor, ChangeOrganisation, Conflict, ServiceError};

use super::register::{ORGANISATION_FIELDS, organisation_fields};
use super::set_cookie;
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::{Visitor, cookie};
use crate::views::{ClauseView, ErrorLink, Field, SummaryRow, error_links};
use crate::words::{self, pick};

/// Carries the token of a new invitation to the page that shows it once.
const INVITATION_COOKIE: &str = "invitation";

#[derive(Debug)]
struct OrganisationView {
    name: String,
    standing: String,
    rows: Vec<SummaryRow>,
    people: Vec<Person>,
    invitation: String,
    limits: Vec<LeadLimit>,
}

#[derive(Debug)]
struct Person {
    name: String,
    username: String,
    role: String,
    since: String,
}

/// How many applications of a call the organisation leads.
#[derive(Debug)]
struct LeadLimit {
    call: String,
    href: String,
    count: String,
    limit: String,
    clause: Option<ClauseView>,
}

#[derive(Template)]
#[template(path = "pages/organisation.html")]
struct OrganisationPage {
    page: Page,
    done: String,
    organisation: OrganisationView,
}

#[derive(Template)]
#[template(path = "pages/organisation_change.html")]
struct ChangePage {
    page: Page,
    errors: Vec<ErrorLink>,
    code: String,
    /// The facts as this page found them, sent along: what a colleague changes meanwhile is not undone.
    seen: String,
    form: Vec<Field>,
}

/// Name of the input that holds what was seen.
const SEEN: &str = "seen";

pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let invited = cookie(&headers, INVITATION_COOKIE)
        .filter(|token| token.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let language = visitor.language;
    let invitation = invited.as_ref().map(|token| link(&site, &headers, token)).unwrap_or_default();
    let page = OrganisationPage {
        page: visitor.page(pick(language, "本单位", "Organisation")),
        done: if invited.is_some() {
            pick(language, "邀请已生成", "The invitation is ready")
        } else {
            String::new()
        },
        organisation: view(&site, actor, invitation, language).await.map_err(|error| visitor.fail(error))?,
    };
    let mut response = render(StatusCode::OK, &page);
    if invited.is_some() {
        set_cookie(&mut response, &invitation_cookie(&site, "", 0));
    }
    Ok(response)
}

async fn view(
    site: &Site,
    actor: &Actor,
    invitation: String,
    language: Language,
) -> Result<OrganisationView, ServiceError> {
    let organisation = site.service.organisation(actor).await?;
    let colleagues = site.service.colleagues(actor).await?;
    let applications = site.service.own_applications(actor, None, 200).await?;
    let mut led: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for application in applications.iter().filter(|application| application.state != "withdrawn") {
        let (all, submitted) = led.entry(application.call.call.id.clone()).or_default();
        *all += 1;
        *submitted += usize::from(application.version > 0);
    }
    let role = actor.role.name().get(language).to_owned();
    let count: usize = led.values().map(|(all, _)| all).sum();
    Ok(OrganisationView {
        name: organisation.name.clone(),
        standing: match (language, count) {
            (Language::Zh, 0) => "还没有申报。".to_owned(),
            (Language::Zh, _) => format!("牵头 {count} 件申报。"),
            (Language::En, 0) => "No applications yet.".to_owned(),
            (Language::En, 1) => "Leads 1 application.".to_owned(),
            (Language::En, _) => format!("Leads {count} applications."),
        },
        rows: rows(site, &organisation, language),
        people: colleagues
            .into_iter()
            .map(|colleague| Person {
                role: if colleague.disabled { pick(language, "已停用", "closed") } else { role.clone() },
                since: words::day(colleague.created_at, language),
                name: colleague.name,
                username: colleague.username,
            })
            .collect(),
        invitation,
        limits: limits(site, &led, language),
    })
}

fn rows(site: &Site, organisation: &jiebang_service::OrganisationRow, language: Language) -> Vec<SummaryRow> {
    let kinds = site.service.organisation_kinds();
    let kind =
        kinds.iter().find(|(id, _)| *id == organisation.kind).map(|(_, name)| name.get(language).to_owned());
    let region = Region::parse(&organisation.region).map(|region| region.name().get(language).to_owned());
    let yes_no = |yes: bool| if yes { pick(language, "是", "Yes") } else { pick(language, "否", "No") };
    let row = |zh: &str, en: &str, value: String, field: &str| SummaryRow {
        key: pick(language, zh, en),
        missing: value.is_empty(),
        value: if value.is_empty() { pick(language, "未填写", "Not given") } else { value },
        href: if field.is_empty() { String::new() } else { format!("/organisation/change#{field}") },
        change: pick(language, "修改", "Change"),
    };
    vec![
        row("统一社会信用代码", "Credit code", organisation.code.clone(), ""),
        row("单位名称", "Name", organisation.name.clone(), "name"),
        row("单位性质", "Kind", kind.unwrap_or_else(|| organisation.kind.clone()), "kind"),
        row("注册地", "Region", region.unwrap_or_else(|| organisation.region.clone()), "region"),
        row(
            "法定代表人",
            "Legal representative",
            organisation.legal_representative.clone(),
            "legal_representative",
        ),
        row("单位地址", "Address", organisation.address.clone(), "address"),
        row("在境内注册", "Registered in mainland China", yes_no(organisation.mainland), "mainland"),
        row("独立法人", "Legal person", yes_no(organisation.legal_person), "legal_person"),
    ]
}

/// Calls that limit how many applications one organisation leads, and calls that it applies under.
fn limits(site: &Site, led: &BTreeMap<String, (usize, usize)>, language: Language) -> Vec<LeadLimit> {
    let cards = site.service.board();
    let concerned = cards.iter().filter(|card| {
        led.contains_key(&card.call.call.id)
            || card.call.call.limits_on(Counted::ApplicationsLed).next().is_some()
    });
    concerned
        .map(|card| {
            let call = &card.call.call;
            let (all, submitted) = led.get(&call.id).copied().unwrap_or_default();
            let limit = call.limits_on(Counted::ApplicationsLed).next();
            LeadLimit {
                call: call.title.get(language).to_owned(),
                href: format!("/calls/{}", call.id),
                count: match language {
                    Language::Zh if all == 0 => "0 件".to_owned(),
                    Language::En if all == 0 => "None".to_owned(),
                    Language::Zh => format!("{all} 件，其中已提交 {submitted} 件"),
                    Language::En => format!("{all}, of which {submitted} submitted"),
                },
                limit: limit.map_or_else(
                    || pick(language, "不限", "No limit"),
                    |limit| bound(limit.bound).get(language).to_owned(),
                ),
                clause: limit.and_then(|limit| clause(call, limit.source.clause(), language)),
            }
        })
        .collect()
}

fn clause(
    call: &Call,
    id: Option<&jiebang_domain::shared::ClauseId>,
    language: Language,
) -> Option<ClauseView> {
    id.map(|id| words::clause(call, id, language))
}

fn bound(bound: Bound) -> Text {
    match bound {
        Bound::Max(most) => Text::new(format!("不超过 {most} 件"), format!("At most {most}")),
        Bound::Min(least) => Text::new(format!("不少于 {least} 件"), format!("At least {least}")),
        Bound::Percent(share) => Text::new(format!("不超过 {share}%"), format!("At most {share} %")),
    }
}

pub(super) async fn change_page(State(site): State<Site>, visitor: Visitor) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let organisation = site.service.organisation(actor).await.map_err(|error| visitor.fail(error))?;
    let facts = ChangeOrganisation::from(&organisation);
    let yes_no = |yes: Option<bool>| if yes == Some(true) { "yes" } else { "no" }.to_owned();
    let typed = [
        ("name", facts.name.clone()),
        ("kind", facts.kind.clone()),
        ("region", facts.region.clone()),
        ("legal_representative", facts.legal_representative.clone()),
        ("address", facts.address.clone()),
        ("mainland", yes_no(facts.mainland)),
        ("legal_person", yes_no(facts.legal_person)),
        (SEEN, serde_json::to_string(&facts).unwrap_or_default()),
    ];
    let form = Form(typed.map(|(name, value)| (name.to_owned(), value)).to_vec());
    Ok(change_form(&site, &visitor, StatusCode::OK, &form, &[]))
}

pub(super) async fn change(
    State(site): State<Site>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    // Who may not see it is told so, whatever was sent.
    site.service.organisation(actor).await.map_err(|error| visitor.fail(error))?;
    let known: Vec<&str> = ORGANISATION_FIELDS.into_iter().chain([SEEN]).collect();
    let invalid = status_of(&ServiceError::Invalid(Vec::new()));
    let strange = form.strange(&known);
    if !strange.is_empty() {
        return Ok(change_form(&site, &visitor, invalid, &form, &strange));
    }
    let Ok(seen) = serde_json::from_str(form.get(SEEN)) else {
        let fault =
            [crate::form::reload(SEEN, "field_missing", Text::new("页面不完整", "The page is not complete"))];
        return Ok(change_form(&site, &visitor, invalid, &form, &fault));
    };
    match site.service.change_organisation(actor, seen, facts_of(&form)).await {
        Ok(()) => Ok(Redirect::to("/organisation").into_response()),
        Err(ServiceError::Invalid(findings)) => Ok(change_form(&site, &visitor, invalid, &form, &findings)),
        Err(ServiceError::Conflict(conflict)) => {
            let now = site.service.organisation(actor).await.map_err(|error| visitor.fail(error))?;
            let findings = changed_meanwhile(&site, &conflict, &now);
            // Whoever saves again has seen what the colleague wrote.
            let now = serde_json::to_string(&ChangeOrganisation::from(&now)).unwrap_or_default();
            let form = Form(
                form.0
                    .into_iter()
                    .map(|(name, value)| if name == SEEN { (name, now.clone()) } else { (name, value) })
                    .collect(),
            );
            let status = status_of(&ServiceError::Conflict(conflict));
            Ok(change_form(&site, &visitor, status, &form, &findings))
        }
        Err(error) => Err(visitor.fail(error)),
    }
}

fn facts_of(form: &Form) -> ChangeOrganisation {
    let text = |name: &str| form.get(name).to_owned();
    ChangeOrganisation {
        name: text("name"),
        kind: text("kind"),
        region: text("region"),
        legal_representative: text("legal_representative"),
        address: text("address"),
        mainland: form.yes_or_no("mainland"),
        legal_person: form.yes_or_no("legal_person"),
    }
}

/// What a colleague wrote meanwhile into fields that were changed here as well.
fn changed_meanwhile(
    site: &Site,
    conflict: &Conflict,
    now: &jiebang_service::OrganisationRow,
) -> Vec<Finding> {
    let fields = conflict.stored.as_object().into_iter().flatten().map(|(field, _)| field);
    fields
        .map(|field| {
            let shown = |language| {
                let end = format!("#{field}");
                let row = rows(site, now, language).into_iter().find(|row| row.href.ends_with(&end));
                row.map(|row| row.value).unwrap_or_default()
            };
            Finding {
                code: "changed_meanwhile".to_owned(),
                severity: Severity::Refusal,
                clause: None,
                field: Some(field.clone()),
                message: Text::new(
                    format!("同事刚把此项改为：{}", shown(Language::Zh)),
                    format!("A colleague has just changed this to: {}", shown(Language::En)),
                ),
                remedy: Text::new("核对后保存，以本页为准", "Check it and save again; this page then counts"),
            }
        })
        .collect()
}

fn change_form(
    site: &Site,
    visitor: &Visitor,
    status: StatusCode,
    form: &Form,
    findings: &[Finding],
) -> Response {
    let language = visitor.language;
    let organisation = visitor.actor.as_ref().and_then(|actor| actor.organisation.as_ref());
    let page = ChangePage {
        page: visitor.page(pick(language, "修改登记信息", "Change the particulars")),
        errors: error_links(findings, language),
        code: organisation.map(|organisation| organisation.code.clone()).unwrap_or_default(),
        seen: form.get(SEEN).to_owned(),
        form: organisation_fields(site, form, findings, language),
    };
    render(status, &page)
}

pub(super) async fn invite(State(site): State<Site>, visitor: Visitor) -> Result<Response, Failure> {
    let invitation = site.service.invite(visitor.actor()?).await.map_err(|error| visitor.fail(error))?;
    let mut response = Redirect::to("/organisation#invitation").into_response();
    set_cookie(&mut response, &invitation_cookie(&site, &invitation.token, 120));
    Ok(response)
}

fn invitation_cookie(site: &Site, token: &str, seconds: u32) -> String {
    let secure = if site.secure_cookies { "; Secure" } else { "" };
    format!(
        "{INVITATION_COOKIE}={token}; HttpOnly; SameSite=Strict; Path=/organisation; Max-Age={seconds}{secure}"
    )
}

/// The whole address, to be sent to the colleague.
fn link(site: &Site, headers: &HeaderMap, token: &str) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let scheme = if site.secure_cookies { "https" } else { "http" };
    if host.is_empty() { format!("/join/{token}") } else { format!("{scheme}://{host}/join/{token}") }
}
