//! Confirming a list: what stands in its way, leave for more places, the signatures of both departments, opening it again.

use askama::Template;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::recommendation::{Department, ListState, Refusal};
use jiebang_domain::shared::{Finding, Language, Severity};
use jiebang_service::{Actor, ListView, ServiceError, Sign, SignatureView, StoreError};

use super::start::own_department;
use super::table::{self, Downloads};
use super::wording::{self, Mark, Meter};
use super::{ACT, Head, Place, kept, refusal, reload, unknown_act};
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Fact, Field, FindingView, Link, Refused, error_links};
use crate::words::{self, pick};

/// Acts of the page.
pub(super) const SIGN: &str = "sign";
pub(super) const OVERRUN: &str = "overrun";
pub(super) const REOPEN: &str = "reopen";

#[derive(Template)]
#[template(path = "pages/desk_confirmation.html")]
struct ConfirmationPage {
    page: Page,
    head: Head,
    title: String,
    refused: Refused,
    errors: Vec<ErrorLink>,
    state: Mark,
    standing: String,
    meter: Option<Meter>,
    confirmed: bool,
    obstacles: Vec<FindingView>,
    obstacles_word: String,
    action: String,
    entries: Vec<Ranked>,
    table: Option<Downloads>,
    overrun: Overrun,
    signatures: Vec<SignatureRow>,
    sign: Option<SignForm>,
    reopen: Option<Field>,
    versions: Vec<Link>,
}

/// A line of the list that is signed.
#[derive(Debug)]
struct Ranked {
    href: String,
    title: String,
    number: String,
    lead: String,
}

/// A request for more places.
#[derive(Debug)]
struct Overrun {
    standing: Mark,
    facts: Vec<Fact>,
    field: Option<Field>,
    revision: String,
}

/// Where a department stands.
#[derive(Debug)]
pub(super) struct SignatureRow {
    pub(super) department: String,
    pub(super) mark: Mark,
    pub(super) by: String,
}

/// The form that signs.
#[derive(Debug)]
struct SignForm {
    seen: String,
    word: String,
    effects: Vec<String>,
}

/// What was typed, and why it was not done.
#[derive(Debug, Default)]
struct Told {
    form: Form,
    refused: Refused,
    findings: Vec<Finding>,
}

impl Told {
    fn of(&self, act: &str) -> bool {
        self.form.get(ACT) == act
    }

    /// A value as it was typed, where it belongs to this act.
    fn typed(&self, act: &str, name: &str) -> Option<String> {
        self.of(act).then(|| self.form.get(name).to_owned())
    }
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let (actor, place) = Place::of(&site, &visitor, parts, query.as_deref())?;
    let page = shown(&site, &visitor, actor, &place, StatusCode::OK, &Told::default()).await;
    page.map_err(|error| visitor.fail(error))
}

/// Signs, asks for more places, or opens the confirmed list again.
pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Response> {
    let (actor, place, form) = Place::of_act(&site, &visitor, parts, query.as_deref(), request).await?;
    let error = match done(&site, actor, &place, &form).await {
        Ok(()) => return Ok(Redirect::to(&place.address("confirmation")).into_response()),
        Err(error) => refusal(&visitor, error)?,
    };
    let status = status_of(&error);
    let language = visitor.language;
    let mut told = Told { form, ..Told::default() };
    match error {
        ServiceError::Invalid(findings) => told.findings = findings,
        // The page lists them all.
        ServiceError::List(Refusal::Obstacles(_)) => {
            told.refused = Refused::said(pick(
                language,
                "名单还不能签署，原因如下。",
                "The list cannot be signed yet; what stands in its way is listed below.",
            ))
        }
        ServiceError::Store(StoreError::Stale) => {
            told.refused = Refused::said(pick(
                language,
                "您打开本页之后，名单已有改动，没有办理。请核对下面的名单后再办理。",
                "The list changed after you opened this page, and nothing was done. Check the list below, then do it again.",
            ))
        }
        error => told.refused = Refused::of(&error, language),
    }
    match shown(&site, &visitor, actor, &place, status, &told).await {
        Ok(response) => Ok(response),
        Err(error) => Ok(kept(&site, &visitor, told.form, &told.refused, error).await),
    }
}

async fn done(site: &Site, actor: &Actor, place: &Place, form: &Form) -> Result<(), ServiceError> {
    let view = site.service.recommendation_list(actor, &place.call, place.region).await?;
    if !view.writes {
        return Err(ServiceError::Forbidden);
    }
    let known: &[&str] = match form.get(ACT) {
        SIGN => &[ACT, "seen"],
        OVERRUN => &[ACT, "revision", "overrun_reason"],
        REOPEN => &[ACT, "reopen_reason"],
        _ => return Err(unknown_act()),
    };
    let strange = form.strange(known);
    if !strange.is_empty() {
        return Err(ServiceError::Invalid(strange));
    }
    let (service, call, region) = (&site.service, place.call.as_str(), place.region);
    match form.get(ACT) {
        SIGN => {
            // Nobody signs what was not seen: a form without it signs nothing.
            let seen = Some(form.get("seen").to_owned());
            service.sign_list(actor, Sign { call: call.to_owned(), region, seen, key: None }).await.map(drop)
        }
        OVERRUN => {
            let revision = form.get("revision").parse::<i64>().map_err(|_| reload("revision"))?;
            let reason = form.get("overrun_reason");
            service.ask_overrun(actor, call, region, revision, reason).await.map(drop)
        }
        _ => {
            let reopened = service.reopen_list(actor, call, region, form.get("reopen_reason"), None).await;
            reopened.map_err(|error| renamed(error, "reason", "reopen_reason"))
        }
    }
}

/// Findings with the name that a field bears on this page.
fn renamed(error: ServiceError, from: &str, to: &str) -> ServiceError {
    let ServiceError::Invalid(mut findings) = error else { return error };
    for finding in findings.iter_mut().filter(|finding| finding.field.as_deref() == Some(from)) {
        finding.field = Some(to.to_owned());
    }
    ServiceError::Invalid(findings)
}

async fn shown(
    site: &Site,
    visitor: &Visitor,
    actor: &Actor,
    place: &Place,
    status: StatusCode,
    told: &Told,
) -> Result<Response, ServiceError> {
    let view = site.service.recommendation_list(actor, &place.call, place.region).await?;
    let language = visitor.language;
    let call = &view.call.call;
    let region = place.region.name();
    let title =
        pick(language, &format!("{}：确认名单", region.zh), &format!("{}: confirming the list", region.en));
    let ranked = u32::try_from(view.entries.len()).unwrap_or(u32::MAX);
    let version = match view.state {
        ListState::Confirmed { version } => Some(version),
        ListState::Open => None,
    };
    let confirmed = version.is_some();
    let standing_by: Vec<Department> =
        view.signatures.iter().filter(|of| of.stands).map(|of| of.department).collect();
    // What stood in the way of a list that is confirmed is history, except what has become of its applications since.
    let counts = |found: &&Finding| !confirmed || found.field.is_some();
    let obstacles: Vec<&Finding> = view.obstacles.iter().filter(counts).collect();
    let page = ConfirmationPage {
        page: place.page(visitor, title.clone()),
        head: Head::of(place, "confirmation", &view.call, site.service.clock().now(), language),
        title,
        refused: told.refused.clone(),
        errors: error_links(&told.findings, language),
        state: wording::list_state(view.state, &standing_by, call, language),
        standing: standing(&view, language),
        meter: wording::meter(call, view.quota.as_ref(), ranked, language),
        confirmed,
        obstacles: (1..)
            .zip(&obstacles)
            .map(|(nth, found)| wording::finding(call, found, nth, place, language))
            .collect(),
        obstacles_word: obstacles_word(&obstacles, confirmed, language),
        action: place.address("confirmation"),
        entries: entries(&view, language),
        table: (ranked > 0).then(|| table::downloads(place, version, language)),
        overrun: overrun(&view, told, language),
        signatures: signatures(call, &view.signatures, language),
        sign: sign_form(&view, actor, language),
        reopen: view.may_reopen.then(|| reopen_field(told, language)),
        versions: versions(&view, place, language),
    };
    Ok(render(status, &page))
}

fn standing(view: &ListView, language: Language) -> String {
    match (view.state, view.writes) {
        (ListState::Confirmed { version }, _) => pick(
            language,
            &format!("两部门已签署，第 {version} 版推荐名单已确认。"),
            &format!("Both departments have signed; version {version} of the list is confirmed."),
        ),
        (ListState::Open, true) => pick(
            language,
            "两部门签署同一份名单后，名单即确认。名单有任何改动，已有的签署即失效。",
            "The list is confirmed when both departments have signed the same list. Any change of it voids the signatures given.",
        ),
        (ListState::Open, false) => pick(language, "名单在编制中。", "The list is in preparation."),
    }
}

fn obstacles_word(obstacles: &[&Finding], confirmed: bool, language: Language) -> String {
    let blocking = obstacles.iter().filter(|finding| finding.severity != Severity::Warning).count();
    match (confirmed, blocking, language) {
        (true, 0, _) => String::new(),
        (true, count, Language::Zh) => {
            format!("确认之后有 {count} 处变化。已确认的一版不变；需要改动名单的，在下面重新打开。")
        }
        (true, 1, Language::En) => {
            "One thing has changed since it was confirmed. The confirmed version stands; open the list again below to change it.".to_owned()
        }
        (true, count, Language::En) => format!(
            "{count} things have changed since it was confirmed. The confirmed version stands; open the list again below to change it."
        ),
        (false, 0, Language::Zh) => "没有妨碍签署的事项。".to_owned(),
        (false, 0, Language::En) => "Nothing stands in the way of signing.".to_owned(),
        (false, count, Language::Zh) => format!("{count} 项妨碍签署，一次列全。"),
        (false, 1, Language::En) => "1 thing stands in the way of signing.".to_owned(),
        (false, count, Language::En) => format!("{count} things stand in the way of signing, all at once."),
    }
}

fn entries(view: &ListView, language: Language) -> Vec<Ranked> {
    let made = view.entries.iter().map(|entry| {
        let row = wording::row(&view.call.call, entry, "", language);
        Ranked { href: row.href, title: row.title, number: row.number, lead: row.lead }
    });
    made.collect()
}

fn overrun(view: &ListView, told: &Told, language: Language) -> Overrun {
    let ranked = u32::try_from(view.entries.len()).unwrap_or(u32::MAX);
    let over = view.quota.as_ref().is_some_and(|quota| quota.in_principle && ranked > quota.places);
    let fact = |zh: &str, en: &str, value: &str| Fact {
        label: pick(language, zh, en),
        value: value.to_owned(),
        ..Fact::default()
    };
    let (standing, facts) = match &view.overrun {
        None => (Mark::default(), Vec::new()),
        Some(asked) => {
            let mut facts = vec![fact("理由", "Reason", &asked.reason)];
            let standing = match (asked.note.is_empty(), asked.places) {
                (true, _) => {
                    wording::mark("waiting", language, "等待主办单位批准", "Waits for the programme office")
                }
                (false, Some(places)) => {
                    let (zh, en) = (format!("已批准，共 {places} 项"), format!("Approved: {places} in all"));
                    wording::mark("done", language, &zh, &en)
                }
                (false, None) => wording::mark("wrong", language, "没有批准", "Declined"),
            };
            if !asked.note.is_empty() {
                facts.push(fact("主办单位意见", "The programme office says", &asked.note));
            }
            (standing, facts)
        }
    };
    let stored = view.overrun.as_ref().map(|asked| asked.reason.clone()).unwrap_or_default();
    let typed = told.typed(OVERRUN, "overrun_reason");
    let needed = over || view.overrun.is_some() || typed.is_some();
    let field = (view.may_rank && needed).then(|| {
        Field::new("textarea", "overrun_reason", pick(language, "超额推荐的理由", "Why there are more"))
            .value(typed.unwrap_or(stored))
            .hint(pick(
                language,
                "主办单位据此决定。改动理由后，须重新批准；留空即撤回请求。",
                "The programme office decides on it. A changed reason needs a new approval; left blank, the request is taken back.",
            ))
            .judged(if told.of(OVERRUN) { &told.findings } else { &[] }, language)
    });
    // Where the reason stands in the form, it need not be said twice.
    let facts = facts.into_iter().skip(usize::from(field.is_some() && view.overrun.is_some())).collect();
    Overrun { standing, facts, field, revision: view.revision.to_string() }
}

/// Where each department stands, with who signed and when.
pub(super) fn signatures(
    call: &jiebang_domain::call::Call,
    signatures: &[SignatureView],
    language: Language,
) -> Vec<SignatureRow> {
    let row = |department: Department| {
        let signed = signatures.iter().find(|of| of.department == department);
        let at = signed.and_then(|of| of.at).map(|at| words::second(at, language)).unwrap_or_default();
        SignatureRow {
            department: department.name(call).get(language).to_owned(),
            mark: match signed {
                Some(of) if of.stands => wording::mark("done", language, "已签署", "Signed"),
                Some(_) => wording::mark(
                    "partial",
                    language,
                    "名单已改动，须重新签署",
                    "The list has changed: sign again",
                ),
                None => wording::mark("todo", language, "未签署", "Not signed"),
            },
            by: signed
                .map(|of| pick(language, &format!("{}，{at}", of.by), &format!("{}, {at}", of.by)))
                .unwrap_or_default(),
        }
    };
    Department::ALL.map(row).into()
}

/// The button that signs, where nothing stands in its way.
fn sign_form(view: &ListView, actor: &Actor, language: Language) -> Option<SignForm> {
    let own = own_department(actor).filter(|_| view.may_sign)?;
    let blocked = view.obstacles.iter().any(|finding| finding.severity != Severity::Warning);
    let signed = |department| view.signatures.iter().any(|of| of.stands && of.department == department);
    if blocked || signed(own) {
        return None;
    }
    let name = own.name(&view.call.call);
    let last = signed(own.other());
    let count = view.entries.len();
    let effect = if last {
        pick(
            language,
            "另一部门已签署。签署之后，名单即确认、固定，并记入存证。",
            "The other department has signed. With your signature the list is confirmed, frozen and entered in the ledger.",
        )
    } else {
        let other = own.other().name(&view.call.call);
        pick(
            language,
            &format!("签署之后，等待{}签署同一份名单。", other.zh),
            &format!("After your signature the other department signs the same list: {}.", other.en),
        )
    };
    Some(SignForm {
        seen: view.digest.clone(),
        word: pick(
            language,
            &format!("以{}名义签署 {count} 项名单", name.zh),
            &format!("Sign the list of {count} for: {}", name.en),
        ),
        effects: vec![effect],
    })
}

fn reopen_field(told: &Told, language: Language) -> Field {
    Field::new("textarea", "reopen_reason", pick(language, "重新打开的理由", "Why it is opened again"))
        .value(told.typed(REOPEN, "reopen_reason").unwrap_or_default())
        .hint(pick(
            language,
            "已确认的一版原样保留。重新打开后，两部门须重新签署。",
            "The confirmed version stays as it was. Both departments sign anew.",
        ))
        .judged(if told.of(REOPEN) { &told.findings } else { &[] }, language)
}

/// Versions that were confirmed, newest first.
fn versions(view: &ListView, place: &Place, language: Language) -> Vec<Link> {
    let counts = |version| view.state == ListState::Confirmed { version };
    let link = |version: u32| {
        let word = pick(language, &format!("第 {version} 版"), &format!("Version {version}"));
        let fate = match (counts(version), language) {
            (true, Language::Zh) => "（有效）",
            (true, Language::En) => " (counts)",
            (false, Language::Zh) => "（已重新打开）",
            (false, Language::En) => " (opened again)",
        };
        Link { href: place.address(&format!("lists/{version}")), name: format!("{word}{fate}") }
    };
    (1..=view.versions).rev().map(link).collect()
}
