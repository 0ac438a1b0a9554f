//! Own applications: what needs me now, and until when.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::call::{Actor as Clocked, instant_words};
use jiebang_domain::shared::Language;
use jiebang_service::{Actor, ApplicationSummary, SectionState, ServiceError, Stage};
use jiff::Timestamp;

use super::findings::blocking;
use super::{address_of, counted, name_of, state_mark};
use crate::Site;
use crate::error::Failure;
use crate::form;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::words::{self, pick};

/// Applications on one page.
const PAGE_SIZE: usize = 40;

#[derive(Template)]
#[template(path = "pages/applications.html")]
struct ApplicationsPage {
    page: Page,
    standing: String,
    hint: String,
    applications: Vec<ApplicationRow>,
    older: String,
}

/// An application in the list.
#[derive(Debug)]
struct ApplicationRow {
    href: String,
    name: String,
    call: String,
    /// Number, or when it was begun: tells applications of one name apart.
    which: String,
    left: String,
    at: String,
    until: String,
    state: &'static str,
    word: String,
    /// When it closes, if something is left to do until then.
    waits: Option<Timestamp>,
}

/// The list of own applications.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let actor = visitor.actor()?;
    let language = visitor.language;
    let before = form::query(&query.unwrap_or_default(), "before").filter(|before| !before.is_empty());
    let limit = i64::try_from(PAGE_SIZE).unwrap_or(i64::MAX);
    let found = match site.service.own_applications(actor, before, limit).await {
        Ok(found) => found,
        // Officers come here by the same link; they have none.
        Err(ServiceError::Forbidden) => Vec::new(),
        Err(error) => return Err(visitor.fail(error)),
    };
    let now = site.service.clock().now();
    let older = match found.last() {
        Some(last) if found.len() == PAGE_SIZE => format!("/applications?before={}", last.id),
        _ => String::new(),
    };
    let mut applications = Vec::new();
    for summary in &found {
        applications
            .push(row(&site, actor, summary, now, language).await.map_err(|error| visitor.fail(error))?);
    }
    // What closes first comes first; what needs nothing keeps its order behind.
    applications.sort_by_key(|row| row.waits.unwrap_or(Timestamp::MAX));
    let title = visitor.page("").t("applications-title");
    let hint = if actor.organisation.is_some() {
        visitor.page("").t("applications-none-text")
    } else {
        pick(
            language,
            "当前账号不属于申报单位。",
            "Your account does not belong to an applicant organisation.",
        )
    };
    let standing = standing(&applications, now, language);
    Ok(render(
        StatusCode::OK,
        &ApplicationsPage { page: visitor.page(title), standing, hint, applications, older },
    ))
}

async fn row(
    site: &Site,
    actor: &Actor,
    summary: &ApplicationSummary,
    now: Timestamp,
    language: Language,
) -> Result<ApplicationRow, ServiceError> {
    let call = &summary.call.call;
    let deadline = call.deadline(Clocked::Applicant);
    let (state, word) = state_mark(summary, language);
    let unfinished = matches!(summary.state.as_str(), "draft" | "reopened");
    let open = summary.stage == Stage::Open || summary.stage == Stage::Timeless;
    let left = match (unfinished, open) {
        (true, true) => {
            let view = site.service.application(Some(actor), &summary.id).await?;
            let sections =
                view.sections.iter().filter(|section| section.state == SectionState::NotStarted).count();
            left_words(sections, blocking(&view.findings), language)
        }
        (true, false) if summary.version > 0 => pick(
            language,
            &format!("修改没有提交，以第 {} 版为准", summary.version),
            &format!("Changes not submitted; version {} counts", summary.version),
        ),
        (true, false) => pick(language, "没有提交，已经截止", "Not submitted; closed"),
        (false, _) => pick(language, "无", "Nothing"),
    };
    let until = deadline.map(|deadline| {
        let until = instant_words(call, deadline).get(language).to_owned();
        if deadline.at <= now {
            pick(language, &format!("{until}，已截止"), &format!("{until}, closed"))
        } else {
            until
        }
    });
    Ok(ApplicationRow {
        href: address_of(&summary.id, ""),
        name: name_of(summary, language),
        call: call.title.get(language).to_owned(),
        which: which(summary, language),
        left,
        at: deadline.map(|deadline| words::machine(deadline.at)).unwrap_or_default(),
        until: until.unwrap_or_else(|| pick(language, "没有截止时间", "No deadline")),
        state,
        word,
        waits: deadline.map(|deadline| deadline.at).filter(|_| unfinished && open),
    })
}

fn which(summary: &ApplicationSummary, language: Language) -> String {
    match (&summary.number, summary.begun_at) {
        (Some(number), _) => number.clone(),
        (None, Some(at)) => {
            let at = words::second(at, language);
            pick(language, &format!("{at} 开始填写"), &format!("Begun {at}"))
        }
        (None, None) => String::new(),
    }
}

fn left_words(sections: usize, faults: usize, language: Language) -> String {
    match (sections, faults, language) {
        (_, 0, Language::Zh) => "可以提交".to_owned(),
        (_, 0, Language::En) => "Ready to submit".to_owned(),
        (0, faults, Language::Zh) => format!("{faults} 项须改正或补填"),
        (0, faults, Language::En) => {
            counted(faults, "point to complete or correct", "points to complete or correct")
        }
        (sections, faults, Language::Zh) => format!("{sections} 节未填，共 {faults} 项须改正或补填"),
        (sections, faults, Language::En) => {
            let points = counted(faults, "point", "points");
            format!(
                "{} not started, {points} to complete or correct",
                counted(sections, "section", "sections")
            )
        }
    }
}

/// How many wait, and until when the first one does.
fn standing(applications: &[ApplicationRow], now: Timestamp, language: Language) -> String {
    let waiting: Vec<&ApplicationRow> = applications.iter().filter(|row| row.waits.is_some()).collect();
    let Some(first) = waiting.first() else {
        return pick(language, "目前没有需要办理的事项。", "Nothing needs you now.");
    };
    let count = waiting.iter().filter(|row| row.waits == first.waits).count();
    let left = first.waits.map(|at| words::left(at, now, language)).unwrap_or_default();
    match language {
        Language::Zh => format!("{count} 件需要在 {} 前提交，{left}。", first.until),
        Language::En => {
            format!(
                "{} must be submitted until {}: {left}.",
                counted(count, "application", "applications"),
                first.until
            )
        }
    }
}
