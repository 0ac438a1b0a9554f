//! All findings at once, without changing anything.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::shared::{Finding, Language, Severity};
use jiebang_service::ApplicationView;
use jiff::Timestamp;

use super::findings::{blocking, finding_view};
use super::{Address, address_of, clock, counted, late, name_of, named};
use crate::Site;
use crate::error::Failure;
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::views::{ClockView, Count, FindingGroup};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/check.html")]
struct CheckPage {
    page: Page,
    check: CheckView,
}

/// What the page of all findings shows.
#[derive(Debug)]
struct CheckView {
    application_href: String,
    application: String,
    verdict: String,
    explanation: String,
    counts: Vec<Count>,
    groups: Vec<FindingGroup>,
    may_submit: bool,
    may_edit: bool,
    submit_href: String,
    again_href: String,
    checked: String,
    clock: Option<ClockView>,
}

/// The page of all findings.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let view = named(&site, &visitor, parts).await?;
    let check = shown(&view, site.service.clock().now(), visitor.language);
    let page =
        visitor.page(format!("{} - {}", pick(visitor.language, "检查结果", "Findings"), check.application));
    Ok(render(StatusCode::OK, &CheckPage { page, check }))
}

fn shown(view: &ApplicationView, now: Timestamp, language: Language) -> CheckView {
    let id = &view.summary.id;
    let at = words::second(now, language);
    CheckView {
        application_href: address_of(id, ""),
        application: name_of(&view.summary, language),
        verdict: verdict(view, now, language),
        explanation: explanation(view, language),
        counts: counts(&view.findings, language),
        groups: groups(view, language),
        may_submit: !view.blocked && view.may_edit,
        may_edit: view.may_edit,
        submit_href: address_of(id, "submit"),
        again_href: address_of(id, "check"),
        checked: pick(language, &format!("检查于 {at}"), &format!("Checked {at}")),
        clock: clock(&view.summary.call.call, now, language),
    }
}

fn verdict(view: &ApplicationView, now: Timestamp, language: Language) -> String {
    let must = blocking(&view.findings);
    match (must, view.may_edit) {
        (0, true) => pick(language, "可以提交", "Ready to submit"),
        (0, false) => pick(language, "没有需要改正的内容", "Nothing needs correction"),
        (_, false) if late(&view.summary.call.call, now).is_some() => pick(
            language,
            &format!("已过截止时间，尚有 {must} 项不符"),
            &format!("Closed, with {} not met", counted(must, "point", "points")),
        ),
        (_, _) => pick(
            language,
            &format!("{must} 项改正后可以提交"),
            &format!("Submission needs {}", counted(must, "correction", "corrections")),
        ),
    }
}

fn explanation(view: &ApplicationView, language: Language) -> String {
    match view.findings.len() {
        0 => pick(language, "各节都已符合榜单的规定。", "Every section meets the rules of the call."),
        count => pick(
            language,
            &format!("共 {count} 项结果，一次列全。每项写明所依条款和改法。"),
            &format!(
                "{}, all at once, each with its clause and its remedy.",
                counted(count, "finding", "findings")
            ),
        ),
    }
}

fn counts(findings: &[Finding], language: Language) -> Vec<Count> {
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let count = |number, zh: &str, en: &str, wrong| Count { number, word: pick(language, zh, en), wrong };
    let must = of(Severity::Refusal);
    vec![
        count(must, "必须改正", "must be corrected", must > 0),
        count(of(Severity::InPrinciple), "原则上", "in principle", false),
        count(of(Severity::Warning), "提示，不影响提交", "advice, does not stop", false),
    ]
}

/// What must be corrected by section, then what is asked in principle, then advice.
fn groups(view: &ApplicationView, language: Language) -> Vec<FindingGroup> {
    let call = &view.summary.call.call;
    let numbered: Vec<(usize, &Finding)> = view.findings.iter().enumerate().collect();
    let place = |finding: &Finding| view.locate(finding).map(|located| located.section);
    let must = |section: Option<&str>| -> Vec<(usize, &Finding)> {
        let inside =
            |finding: &Finding| finding.severity == Severity::Refusal && place(finding).as_deref() == section;
        numbered.iter().filter(|(_, finding)| inside(finding)).copied().collect()
    };
    let of = |severity| -> Vec<(usize, &Finding)> {
        numbered.iter().filter(|(_, finding)| finding.severity == severity).copied().collect()
    };
    let group = |id: String, title: String, note: String, findings: Vec<(usize, &Finding)>| FindingGroup {
        id,
        title,
        note,
        findings: findings
            .into_iter()
            .map(|(nth, finding)| finding_view(view, finding, nth + 1, language))
            .collect(),
    };
    let none = String::new;
    let mut groups = vec![group(
        "whole".to_owned(),
        pick(language, "申报整体", "The application as a whole"),
        none(),
        must(None),
    )];
    groups.extend(call.sections.iter().map(|section| {
        let title = section.title.get(language).to_owned();
        group(format!("in-{}", section.id), title, none(), must(Some(&section.id)))
    }));
    groups.push(group(
        "in-principle".to_owned(),
        pick(language, "原则上", "In principle"),
        pick(
            language,
            "条款写明“原则上”。例外须有理由并经主办单位批准，批准之前不能提交。",
            "The clause says “in principle”. An exception needs a reason and approval; until then it cannot be submitted.",
        ),
        of(Severity::InPrinciple),
    ));
    groups.push(group(
        "advice".to_owned(),
        pick(language, "提示", "Advice"),
        pick(language, "供参考，不影响提交。", "For consideration; it does not stop a submission."),
        of(Severity::Warning),
    ));
    groups.retain(|group| !group.findings.is_empty());
    groups
}
