//! How far each desk of a call is, for who watches them; and what the programme office decides on requests for more places.

use askama::Template;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::call::Call;
use jiebang_domain::recommendation::ListState;
use jiebang_domain::shared::{Finding, Language, Region, Text};
use jiebang_service::{Actor, DeskSummary, LoadedCall, ServiceError};

use super::wording::{self, Mark, Meter};
use super::{ACT, asked, kept, refusal, sent, unknown_act};
use crate::Site;
use crate::application::counted;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{ClockView, ErrorLink, Field, Refused, error_links};
use crate::words::pick;

/// The act that approves more places; the other one declines them.
pub(super) const APPROVE: &str = "approve";
pub(super) const DECLINE: &str = "decline";

#[derive(Template)]
#[template(path = "pages/desk_overview.html")]
struct OverviewPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    call_href: String,
    call: String,
    title: String,
    standing: String,
    clocks: Vec<ClockView>,
    requests: Vec<Asked>,
    rows: Vec<DeskRow>,
}

/// A request for more places, with the form that decides on it.
#[derive(Debug)]
struct Asked {
    region: String,
    name: String,
    href: String,
    meter: Option<Meter>,
    reason: String,
    standing: Mark,
    note: String,
    may_decide: bool,
    action: String,
    fields: Vec<Field>,
}

/// A desk in the table.
#[derive(Debug)]
struct DeskRow {
    name: String,
    href: String,
    received: String,
    waiting: String,
    list: String,
    state: Mark,
    list_href: String,
}

/// What somebody typed to decide, and what is wrong with it.
#[derive(Debug)]
struct Typed<'t> {
    form: &'t Form,
    region: Option<Region>,
    refused: Refused,
    findings: Vec<Finding>,
}

impl Typed<'_> {
    /// The findings with the ids of the fields, which stand once for each region.
    fn placed(&self) -> Vec<Finding> {
        let code = self.region.map_or("", Region::code);
        let placed = |finding: &Finding| {
            let field = finding.field.as_ref().map(|field| format!("{field}-{code}"));
            Finding { field, ..finding.clone() }
        };
        self.findings.iter().map(placed).collect()
    }
}

/// Desks whose request for more places nobody has decided on.
pub(super) fn waiting(desks: &[DeskSummary]) -> impl Iterator<Item = &DeskSummary> {
    desks.iter().filter(|desk| {
        desk.state == ListState::Open && desk.overrun.as_ref().is_some_and(|asked| asked.note.is_empty())
    })
}

/// How far the desks are, in one sentence.
pub(super) fn standing(desks: &[DeskSummary], language: Language) -> String {
    let received: u32 = desks.iter().map(|desk| desk.received).sum();
    let confirmed = desks.iter().filter(|desk| matches!(desk.state, ListState::Confirmed { .. })).count();
    let (count, waiting) = (desks.len(), waiting(desks).count());
    match language {
        Language::Zh if count == 0 => "还没有推荐单位收到申报。".to_owned(),
        Language::En if count == 0 => "No region has received an application yet.".to_owned(),
        Language::Zh => {
            let waits =
                if waiting > 0 { format!("，{waiting} 个超额推荐等待批准") } else { String::new() };
            format!("{count} 个推荐单位共收到 {received} 件，{confirmed} 个已确认名单{waits}。")
        }
        Language::En => {
            let asks = counted(waiting, "request waits", "requests wait");
            let waits = if waiting > 0 { format!("; {asks} for approval") } else { String::new() };
            let regions = counted(count, "region has", "regions have");
            format!("{regions} received {received}, {confirmed} confirmed the list{waits}.")
        }
    }
}

/// The table of all desks.
pub(super) async fn page(
    site: &Site,
    visitor: &Visitor,
    actor: &Actor,
    call: &str,
) -> Result<Response, Failure> {
    shown(site, visitor, actor, call, StatusCode::OK, None).await.map_err(|error| visitor.fail(error))
}

async fn shown(
    site: &Site,
    visitor: &Visitor,
    actor: &Actor,
    call: &str,
    status: StatusCode,
    typed: Option<Typed<'_>>,
) -> Result<Response, ServiceError> {
    let card = site.service.call(call)?;
    let desks = site.service.desks(actor, call).await?;
    let (language, now) = (visitor.language, site.service.clock().now());
    let loaded = &card.call;
    let (refused, errors) = match &typed {
        Some(typed) => (typed.refused.clone(), error_links(&typed.placed(), language)),
        None => (Refused::default(), Vec::new()),
    };
    let asking = desks.iter().filter(|desk| desk.overrun.is_some() && desk.state == ListState::Open);
    let title = pick(language, "各推荐单位", "The recommending authorities");
    let page = OverviewPage {
        page: visitor.page(title.clone()),
        refused,
        errors,
        call_href: format!("/calls/{}", loaded.call.id),
        call: loaded.call.title.get(language).to_owned(),
        title,
        standing: standing(&desks, language),
        clocks: wording::clocks(&loaded.call, now, language),
        requests: asking.map(|desk| asked_view(loaded, desk, typed.as_ref(), language)).collect(),
        rows: desks.iter().map(|desk| row(&loaded.call, desk, language)).collect(),
    };
    Ok(render(status, &page))
}

fn row(call: &Call, desk: &DeskSummary, language: Language) -> DeskRow {
    let code = desk.region.code();
    DeskRow {
        name: desk.region.name().get(language).to_owned(),
        href: format!("/desk/{}?region={code}", call.id),
        received: desk.received.to_string(),
        waiting: desk.unassessed.to_string(),
        list: match &desk.quota {
            Some(quota) => format!("{} / {}", desk.ranked, quota.places),
            None => desk.ranked.to_string(),
        },
        state: wording::list_state(desk.state, &desk.signed, call, language),
        list_href: match desk.state {
            ListState::Confirmed { version } => format!("/desk/{}/lists/{version}?region={code}", call.id),
            ListState::Open => format!("/desk/{}/confirmation?region={code}", call.id),
        },
    }
}

fn asked_view(
    loaded: &LoadedCall,
    desk: &DeskSummary,
    typed: Option<&Typed<'_>>,
    language: Language,
) -> Asked {
    let call = &loaded.call;
    let code = desk.region.code();
    let asked = desk.overrun.clone();
    let (reason, places, note) =
        asked.map(|asked| (asked.reason, asked.places, asked.note)).unwrap_or_default();
    let standing = match (note.is_empty(), places) {
        (true, _) => wording::mark("todo", language, "等待批准", "Waits for approval"),
        (false, Some(places)) => wording::mark(
            "done",
            language,
            &format!("已批准，共 {places} 项"),
            &format!("Approved: {places} in all"),
        ),
        (false, None) => wording::mark("locked", language, "没有批准", "Declined"),
    };
    let own = typed.filter(|typed| typed.region == Some(desk.region));
    let value = |name: &str, else_: String| own.map_or(else_, |typed| typed.form.get(name).to_owned());
    let none = Vec::new();
    let findings = own.map_or(&none, |typed| &typed.findings);
    let places = places.unwrap_or(desk.ranked).to_string();
    let labelled = |kind, name: &'static str, label: String, value: String| {
        let field = Field::new(kind, name, label).value(value).judged(findings, language);
        Field { id: format!("{name}-{code}"), ..field }
    };
    let fields = vec![
        Field {
            input_mode: "numeric",
            unit: pick(language, "项", ""),
            hint: pick(
                language,
                "连同名额以内的，合计批准多少项。",
                "How many in all, those within the quota included.",
            ),
            width: "8",
            ..labelled(
                "text",
                "overrun_places",
                pick(language, "合计", "In all"),
                value("overrun_places", places),
            )
        },
        labelled(
            "textarea",
            "overrun_note",
            pick(language, "意见", "What you say to it"),
            value("overrun_note", note.clone()),
        ),
    ];
    Asked {
        name: desk.region.name().get(language).to_owned(),
        href: format!("/desk/{}/confirmation?region={code}", call.id),
        meter: wording::meter(call, desk.quota.as_ref(), desk.ranked, language),
        reason,
        standing,
        note,
        may_decide: desk.may_approve,
        action: format!("/desk/{}", call.id),
        fields,
        region: code.to_owned(),
    }
}

/// Approves more places, or declines them.
pub(super) async fn approve(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Response> {
    let call = visitor.address(parts)?;
    let (actor, form) = sent(&site, &visitor, request).await?;
    let region = form.some("region").map(str::to_owned).or_else(|| asked(query.as_deref(), "region"));
    let region = site.service.desk_region(actor, region.as_deref()).map_err(|error| visitor.fail(error))?;
    let decided = match read(&form) {
        Ok(places) => {
            let note = form.get("overrun_note");
            site.service.approve_overrun(actor, &call, region, places, note).await.map(drop)
        }
        // Whether the actor may decide comes before what is wrong with the decision.
        Err(findings) => {
            let view = site.service.recommendation_list(actor, &call, region).await;
            view.and_then(|view| if view.decides { Ok(()) } else { Err(ServiceError::Forbidden) })
                .and(Err(ServiceError::Invalid(findings)))
        }
    };
    let error = match decided {
        Ok(()) => {
            return Ok(Redirect::to(&format!("/desk/{call}#region-{}", region.code())).into_response());
        }
        Err(error) => refusal(&visitor, error)?,
    };
    let status = status_of(&error);
    let language = visitor.language;
    let mut typed =
        Typed { form: &form, region: Some(region), refused: Refused::default(), findings: Vec::new() };
    match error {
        ServiceError::Invalid(findings) => {
            typed.findings = findings;
        }
        error => typed.refused = Refused::of(&error, language),
    }
    let refused = typed.refused.clone();
    match shown(&site, &visitor, actor, &call, status, Some(typed)).await {
        Ok(response) => Ok(response),
        Err(error) => Ok(kept(&site, &visitor, form, &refused, error).await),
    }
}

/// The places that a form approves; `None` where it declines.
fn read(form: &Form) -> Result<Option<u32>, Vec<Finding>> {
    let strange = form.strange(&["region", "overrun_places", "overrun_note", ACT]);
    if !strange.is_empty() {
        return Err(strange);
    }
    let wrong = |error| match error {
        ServiceError::Invalid(findings) => findings,
        _ => Vec::new(),
    };
    match form.get(ACT) {
        DECLINE => Ok(None),
        APPROVE => {
            let places = form.get("overrun_places").trim();
            let number = places.parse::<u32>().ok().filter(|number| (1..=100_000).contains(number));
            let shown: String = places.chars().take(20).collect();
            number.map(Some).ok_or_else(|| {
                wrong(ServiceError::field(
                    "number_unreadable",
                    "overrun_places",
                    Text::new(
                        format!("批准的项数“{shown}”不是 1 以上的整数"),
                        format!("“{shown}” is no whole number from 1"),
                    ),
                    Text::new("填写合计批准的项数", "Write how many are approved in all"),
                ))
            })
        }
        _ => Err(wrong(unknown_act())),
    }
}
