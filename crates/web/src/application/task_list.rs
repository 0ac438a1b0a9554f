//! One application as a list of tasks: what is left to do, and until when. Begin, reopen.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::call::{Actor as Clocked, instant_words};
use jiebang_domain::shared::{Finding, Language, Severity, Text};
use jiebang_service::{Actor, ApplicationView, SectionState, SectionSummary, ServiceError};
use jiff::Timestamp;

use super::applying::NotApplying;
use super::findings::{blocking, is_blank};
use super::submit::{KEY, KEY_BYTES_MAX};
use super::{Address, address, address_of, clock, counted, forms, late, name_of, named};
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::{ClockView, Document, Fact, Refused};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/application.html")]
struct ApplicationPage {
    page: Page,
    application: TaskList,
}

/// What the task list shows.
#[derive(Debug)]
struct TaskList {
    refused: Refused,
    returned: Option<Returned>,
    call_href: String,
    call: String,
    name: String,
    standing: String,
    progress: String,
    sections: usize,
    done: usize,
    groups: Vec<RowGroup>,
    finish: Vec<TaskRow>,
    clock: Option<ClockView>,
    facts: Vec<Fact>,
    book_href: String,
    /// What was changed and not submitted, where it is not what this page shows.
    draft_href: String,
    documents: Vec<Document>,
    may_reopen: bool,
    reopen_href: String,
    may_withdraw: bool,
    withdraw_href: String,
}

/// A return for correction, as the applicant reads it.
#[derive(Debug)]
struct Returned {
    said: String,
    note: String,
    until: String,
}

/// Tasks under a heading.
#[derive(Debug)]
struct RowGroup {
    title: String,
    rows: Vec<TaskRow>,
}

/// A task.
#[derive(Debug)]
struct TaskRow {
    name: String,
    href: String,
    state: &'static str,
    word: String,
    note: String,
    wrong: bool,
}

/// Begins an application and shows its tasks. The form of the call's page has a key; a program may leave it out.
pub(super) async fn begin(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    request: Request,
) -> Result<Response, Failure> {
    let call = address(parts, &visitor)?;
    let pairs = forms::pairs(request, &site).await;
    let actor = visitor.actor()?;
    site.service.call(&call).map_err(|error| visitor.fail(error))?;
    let form = pairs.map(Form).and_then(|form| form.only(&[KEY]).map(|()| form));
    let key = form.and_then(|form| key_of(&form.0)).map_err(|error| visitor.fail(error))?;
    let id = site.service.begin_application(actor, &call, key).await.map_err(|error| visitor.fail(error))?;
    Ok(Redirect::to(&address_of(&id, "")).into_response())
}

fn key_of(pairs: &[(String, String)]) -> Result<Option<String>, ServiceError> {
    let key = pairs.iter().find(|(name, value)| name == KEY && !value.is_empty()).map(|(_, key)| key.clone());
    match key {
        Some(key) if key.len() > KEY_BYTES_MAX => Err(ServiceError::field(
            "key_too_long",
            KEY,
            Text::new(
                format!("请求的标识超过{KEY_BYTES_MAX}个字节"),
                format!("The key of the request is longer than {KEY_BYTES_MAX} bytes"),
            ),
            Text::new("刷新页面后重新操作", "Reload the page and try again"),
        )),
        key => Ok(key),
    }
}

/// The task list.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let view = named(&site, &visitor, parts).await?;
    let races = site.service.races(&view.summary.id).await.map_err(|error| visitor.fail(error))?;
    let mut application = task_list(&site, &visitor, &view);
    if races {
        application.documents.push(Document {
            href: format!("/teams/{}", view.summary.id),
            name: pick(visitor.language, "赛马攻关", "Race"),
            facts: String::new(),
        });
    }
    let page = visitor.page(application.name.clone());
    Ok(render(StatusCode::OK, &ApplicationPage { page, application }))
}

fn task_list(site: &Site, visitor: &Visitor, view: &ApplicationView) -> TaskList {
    shown(view, visitor.actor.as_ref(), site.service.clock().now(), visitor.language)
}

fn tasks(
    site: &Site,
    visitor: &Visitor,
    view: &ApplicationView,
    status: StatusCode,
    refused: Refused,
) -> Response {
    let application = TaskList { refused, ..task_list(site, visitor, view) };
    let page = visitor.page(application.name.clone());
    render(status, &ApplicationPage { page, application })
}

/// Reopens a submitted application.
pub(super) async fn reopen(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let id = address(parts, &visitor)?;
    let done = site.service.reopen(visitor.actor()?, &id).await;
    stepped(&site, &visitor, &id, done, tasks).await
}

/// The application after an act that needs no form; or the page of the act again, with why it was refused.
pub(super) async fn stepped(
    site: &Site,
    visitor: &Visitor,
    id: &str,
    done: Result<(), ServiceError>,
    again: fn(&Site, &Visitor, &ApplicationView, StatusCode, Refused) -> Response,
) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(Redirect::to(&address_of(id, "")).into_response()),
        Err(error @ ServiceError::Refused(_)) => {
            let view = site.service.application(visitor.actor.as_ref(), id).await;
            let view = view.map_err(|error| visitor.fail(error))?;
            let refused = Refused::of(&error, visitor.language);
            Ok(again(site, visitor, &view, status_of(&error), refused))
        }
        Err(error) => Err(visitor.fail(error)),
    }
}

/// What was submitted last, or that nothing was.
pub(super) fn submitted_words(view: &ApplicationView, language: Language) -> String {
    match view.submissions.first() {
        Some(last) => {
            let at = last.received_at.map(|at| words::minute(at, language)).unwrap_or_default();
            let (version, number) = (last.version, &last.receipt_number);
            match language {
                Language::Zh => format!("第 {version} 版已于 {at} 提交，回执 {number}。"),
                Language::En => format!("Version {version} was submitted at {at}, receipt {number}."),
            }
        }
        None => pick(language, "本件还没有提交过。", "It has not been submitted yet."),
    }
}

fn shown(view: &ApplicationView, actor: Option<&Actor>, now: Timestamp, language: Language) -> TaskList {
    let call = &view.summary.call.call;
    let id = &view.summary.id;
    let done = view.sections.iter().filter(|section| section.state == SectionState::Complete).count();
    let applies = |section: &&SectionSummary| section.state != SectionState::NotApplicable;
    let all = view.sections.iter().filter(applies).count();
    TaskList {
        refused: Refused::default(),
        returned: returned(view, now, language),
        call_href: format!("/calls/{}", call.id),
        call: call.title.get(language).to_owned(),
        name: name_of(&view.summary, language),
        standing: standing(view, now, language),
        progress: pick(
            language,
            &format!("{all} 节中已完成 {done} 节"),
            &format!("{done} of {all} sections complete"),
        ),
        sections: all,
        done,
        groups: vec![RowGroup {
            title: pick(language, "申报材料", "The application"),
            rows: view.sections.iter().map(|section| section_row(view, section, language)).collect(),
        }],
        finish: finish(view, now, language),
        clock: clock(call, now, language),
        facts: facts(view, actor, language),
        book_href: address_of(id, "book.pdf"),
        draft_href: if view.holds_draft { address_of(id, "draft") } else { String::new() },
        documents: documents(view, language),
        may_reopen: view.may_reopen,
        reopen_href: address_of(id, "reopen"),
        may_withdraw: view.may_withdraw,
        withdraw_href: address_of(id, "withdraw"),
    }
}

/// Who returned it, when, why, and until when it can be submitted again.
fn returned(view: &ApplicationView, now: Timestamp, language: Language) -> Option<Returned> {
    let returned = view.returned.as_ref()?;
    let call = &view.summary.call.call;
    let at = returned.at.map(|at| words::minute(at, language)).unwrap_or_default();
    let by = &returned.by;
    let until = call.deadline(Clocked::Applicant).map(|deadline| instant_words(call, deadline));
    let until = match (until, late(call, now)) {
        (_, Some(_)) => pick(
            language,
            "已过截止时间，不能再次提交；以已提交的版本为准。",
            "The deadline has passed and it cannot be submitted again; the submitted version counts.",
        ),
        (Some(until), None) => pick(
            language,
            &format!("请改正后在 {} 前再次提交；在此之前，已提交的一版仍然有效。", until.zh),
            &format!(
                "Correct it and submit again until {}; until then the submitted version stays valid.",
                until.en
            ),
        ),
        (None, None) => pick(language, "请改正后再次提交。", "Correct it and submit again."),
    };
    Some(Returned {
        said: pick(
            language,
            &format!("{}于 {at} 退回本件，须补正的内容如下：", by.zh),
            &format!("Returned at {at} ({}). To be corrected:", by.en),
        ),
        note: returned.note.clone(),
        until,
    })
}

fn standing(view: &ApplicationView, now: Timestamp, language: Language) -> String {
    let over = late(&view.summary.call.call, now).is_some();
    match view.summary.state.as_str() {
        "submitted" => submitted_words(view, language),
        "withdrawn" => {
            pick(language, "本件已撤回，内容仍可查阅。", "It was withdrawn; it can still be read.")
        }
        "reopened" if over => pick(
            language,
            "已过截止时间，修改没有提交，以已提交的版本为准。",
            "The deadline has passed. The changes were not submitted; the submitted version counts.",
        ),
        _ if over => {
            pick(language, "已过截止时间，本件没有提交。", "The deadline has passed; it was not submitted.")
        }
        "reopened" if view.version.is_some() => {
            let gap = pick(language, "", " ");
            let being = pick(
                language,
                "申报单位正在修改；再次提交之前，以此版为准。",
                "The applicant is changing it; until the next submission this version counts.",
            );
            format!("{}{gap}{being}", submitted_words(view, language))
        }
        "reopened" => super::sentence(
            &[
                &pick(
                    language,
                    "正在修改，改好后须再次提交；已提交的一版仍然有效",
                    "Being changed: submit again when done. The version already submitted stays valid",
                ),
                &left(view, language),
            ],
            language,
        ),
        _ => left(view, language),
    }
}

fn left(view: &ApplicationView, language: Language) -> String {
    let faults = blocking(&view.findings);
    let open = view.sections.iter().filter(|section| section.state == SectionState::NotStarted).count();
    match (open, faults, language) {
        (_, 0, Language::Zh) => "各节都已完成，可以提交。".to_owned(),
        (_, 0, Language::En) => "Every section is complete; it can be submitted.".to_owned(),
        (0, faults, Language::Zh) => format!("还有 {faults} 项须改正或补填。"),
        (0, faults, Language::En) => {
            format!("{} to complete or correct.", counted(faults, "point", "points"))
        }
        (open, faults, Language::Zh) => format!("还有 {open} 节未填，共 {faults} 项须改正或补填。"),
        (open, faults, Language::En) => {
            let points = counted(faults, "point", "points");
            format!("{} not started, {points} to complete or correct.", counted(open, "section", "sections"))
        }
    }
}

fn section_row(view: &ApplicationView, section: &SectionSummary, language: Language) -> TaskRow {
    let inside =
        |finding: &&Finding| view.locate(finding).is_some_and(|located| located.section == section.id);
    let blocking: Vec<&Finding> =
        view.findings.iter().filter(inside).filter(|finding| finding.severity != Severity::Warning).collect();
    let wrong = blocking.iter().find(|finding| !is_blank(finding));
    let blank = blocking.iter().filter(|finding| is_blank(finding)).count();
    let (state, word, note) = match (section.state, wrong) {
        (SectionState::Complete, _) if section.revision == 0 && optional(view, &section.id) => {
            ("optional", Text::new("选填", "Optional"), String::new())
        }
        (SectionState::Complete, _) => ("done", Text::new("已完成", "Complete"), String::new()),
        (SectionState::NotApplicable, _) => {
            let call = &view.summary.call.call;
            let found = call.sections.iter().find(|of| of.id == section.id);
            let idle = found.map(|found| NotApplying::of(view, found, language));
            let open = idle.as_ref().is_some_and(|idle| idle.open);
            let word = if open {
                Text::new("尚不适用", "Not yet applicable")
            } else {
                Text::new("不适用", "Not applicable")
            };
            ("waiting", word, idle.map(|idle| idle.words).unwrap_or_default())
        }
        (_, Some(finding)) => {
            ("wrong", Text::new("须改正", "To correct"), finding.message.get(language).to_owned())
        }
        (SectionState::NotStarted, None) => ("todo", Text::new("未开始", "Not started"), String::new()),
        (SectionState::Incomplete, None) => {
            let note = pick(
                language,
                &format!("还有 {blank} 项未填"),
                &format!("{} left", counted(blank, "field", "fields")),
            );
            ("partial", Text::new("填写中", "In progress"), note)
        }
    };
    TaskRow {
        name: section.title.get(language).to_owned(),
        href: address_of(&view.summary.id, &section.id),
        state,
        word: word.get(language).to_owned(),
        note,
        wrong: state == "wrong",
    }
}

/// Whether nothing in a section has to be filled in.
fn optional(view: &ApplicationView, section: &str) -> bool {
    use jiebang_domain::call::Entry;
    let call = &view.summary.call.call;
    let found = call.sections.iter().find(|of| of.id == section);
    found.is_some_and(|section| {
        section.entries.iter().all(|entry| match entry {
            Entry::Field(field) => !field.required || !view.applicable.contains(&field.id),
            Entry::Evidence => view.evidence.iter().all(|item| !item.needed),
            Entry::Declarations => call.declarations.is_empty(),
        })
    })
}

fn finish(view: &ApplicationView, now: Timestamp, language: Language) -> Vec<TaskRow> {
    let id = &view.summary.id;
    let faults = blocking(&view.findings);
    let say = |zh: &str, en: &str| pick(language, zh, en);
    let check = TaskRow {
        name: say("检查", "Check"),
        href: address_of(id, "check"),
        state: if faults > 0 { "wrong" } else { "done" },
        word: match faults {
            0 => say("没有须改正的内容", "Nothing to correct"),
            faults => say(&format!("{faults} 项"), &counted(faults, "point", "points")),
        },
        note: say("随时可以检查，不影响申报", "You may check at any time; it changes nothing"),
        wrong: false,
    };
    let (state, word) = match view.summary.state.as_str() {
        "submitted" => ("done", say("已提交", "Submitted")),
        "withdrawn" => ("locked", say("已撤回", "Withdrawn")),
        _ if late(&view.summary.call.call, now).is_some() => ("locked", say("已截止", "Closed")),
        _ if view.blocked => ("locked", say("改正后可提交", "After correction")),
        _ if view.may_edit => ("todo", say("可以提交", "Ready")),
        _ => ("locked", say("由申报单位提交", "By the applicant")),
    };
    let open = view.may_edit;
    let submit = TaskRow {
        name: say("核对并提交", "Review and submit"),
        href: if open { address_of(id, "submit") } else { String::new() },
        state,
        word,
        note: String::new(),
        wrong: false,
    };
    vec![check, submit]
}

fn facts(view: &ApplicationView, actor: Option<&Actor>, language: Language) -> Vec<Fact> {
    let fact =
        |zh: &str, en: &str, value: String| Fact { label: pick(language, zh, en), value, ..Fact::default() };
    let mut facts = Vec::new();
    if let Some(number) = &view.summary.number {
        facts.push(fact("编号", "Number", number.clone()));
    }
    facts.push(fact("牵头单位", "Lead", view.organisation.clone()));
    if let Some(task) = &view.summary.task {
        facts.push(fact("揭榜任务", "Task", task.get(language).to_owned()));
    }
    facts.extend(recommender(view, actor, language).map(|value| fact("推荐单位", "Recommended by", value)));
    // When a draft behind the version shown was changed is no matter of that version.
    if let Some(at) = view.summary.updated_at.filter(|_| view.version.is_none()) {
        facts.push(fact("最近修改", "Last change", words::minute(at, language)));
    }
    facts
}

/// The authorities of the own region, for the applicant.
fn recommender(view: &ApplicationView, actor: Option<&Actor>, language: Language) -> Option<String> {
    let recommendation = view.summary.call.call.recommendation.as_ref()?;
    let organisation = actor?.organisation.as_ref().filter(|own| own.name == view.organisation)?;
    let region = jiebang_domain::shared::Region::parse(&organisation.region)?;
    let region = recommendation.recommender_of(region).name();
    let departments: Vec<&str> = recommendation.departments.iter().map(|name| name.get(language)).collect();
    Some(match language {
        Language::Zh => format!("{}：{}", region.zh, departments.join("、")),
        Language::En => format!("{}: {}", region.en, departments.join(", ")),
    })
}

fn documents(view: &ApplicationView, language: Language) -> Vec<Document> {
    let receipts = view.submissions.iter().map(|submission| Document {
        href: format!("/receipts/{}", submission.receipt_number),
        name: pick(
            language,
            &format!("第 {} 版回执", submission.version),
            &format!("Receipt of version {}", submission.version),
        ),
        facts: submission.received_at.map(|at| words::minute(at, language)).unwrap_or_default(),
    });
    receipts.collect()
}
