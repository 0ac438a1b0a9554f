//! The page of a team's evaluation.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::evaluation::{Measurement, Verdict};
use jiebang_domain::selection::DecisionRule;
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{Actor, EvaluationLine, EvaluationView, RulingView, ServiceError, StoreError};

use super::forms::{self, Group, VOID};
use super::{Told, acts, address};
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::recommendation::{ACT, Mark, mark, refusal};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Fact, Field, Link, Refused, error_links};
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/evaluation.html")]
struct EvaluationPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    back: Link,
    facts: Vec<Fact>,
    action: String,
    key: String,
    revision: String,
    seen: String,
    /// Where the plan stands, in words.
    standing: String,
    digest: String,
    overall: String,
    contradictions: Vec<String>,
    rows: Vec<Row>,
    plan: Vec<Group>,
    /// The plan was saved, so that it can be locked.
    locks: bool,
    measure: Vec<Field>,
    void: Vec<Field>,
    rule: Vec<Field>,
}

/// An indicator with its verdict.
#[derive(Debug)]
struct Row {
    name: String,
    required: String,
    promised: String,
    method: String,
    verdict: Mark,
    arithmetic: String,
    rulings: Vec<String>,
    evidence: Vec<String>,
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    id: Address<String>,
) -> Result<Response, Failure> {
    let id = visitor.address(id)?;
    let actor = visitor.actor()?;
    let page = shown(&site, &visitor, actor, &id, StatusCode::OK, &Told::default()).await;
    page.map_err(|error| visitor.fail(error))
}

/// Plans, locks, measures, voids or rules; or says why not and keeps what was sent.
pub(super) async fn act(
    State(site): State<Site>,
    visitor: Visitor,
    id: Address<String>,
    form: Form,
) -> Result<Response, Failure> {
    let id = visitor.address(id)?;
    let actor = visitor.actor()?;
    let error = match acts::done(&site, actor, &id, &form).await {
        Ok(()) => return Ok(Redirect::to(&address(&id)).into_response()),
        Err(error) => refusal(&visitor, error)?,
    };
    let (status, told) = told(form, error, visitor.language);
    let page = shown(&site, &visitor, actor, &id, status, &told).await;
    page.map_err(|error| visitor.fail(error))
}

/// What to say of an act that was not done.
fn told(form: Form, error: ServiceError, language: Language) -> (StatusCode, Told) {
    let status = status_of(&error);
    let told = match error {
        ServiceError::Invalid(findings) => {
            let voids = form.get(ACT) == VOID;
            let findings = findings.into_iter().map(|of| if voids { of_void(of) } else { of }).collect();
            Told { findings, form, refused: Refused::default() }
        }
        ServiceError::Store(StoreError::Stale) => {
            let changed = pick(
                language,
                "您打开本页之后，内容已被改动。没有覆盖任何内容；请核对后再次提交。",
                "It was changed after you opened this page. Nothing was overwritten; compare it, then send it again.",
            );
            Told { refused: Refused::said(changed), form, findings: Vec::new() }
        }
        error => Told { refused: Refused::of(&error, language), form, findings: Vec::new() },
    };
    (status, told)
}

/// A finding on the form that voids, whose boxes have names of their own.
fn of_void(finding: Finding) -> Finding {
    let field = match finding.field.as_deref() {
        Some("reason") => Some("void_reason".to_owned()),
        Some("number") => Some("void".to_owned()),
        _ => finding.field.clone(),
    };
    Finding { field, ..finding }
}

async fn shown(
    site: &Site,
    visitor: &Visitor,
    actor: &Actor,
    id: &str,
    status: StatusCode,
    told: &Told,
) -> Result<Response, ServiceError> {
    let view = site.service.evaluation(Some(actor), id).await?;
    let language = visitor.language;
    let title = pick(language, &format!("测评：{}", view.title), &format!("Evaluation: {}", view.title));
    let contradictions = view.findings.iter().map(|of| of.message.get(language).to_owned()).collect();
    let page = EvaluationPage {
        page: visitor.page(title),
        refused: told.refused.clone(),
        errors: error_links(&told.findings, language),
        back: Link {
            href: format!("/calls/{}", view.call.call.id),
            name: view.call.call.title.get(language).to_owned(),
        },
        facts: facts(&view, language),
        action: address(id),
        key: site.service.new_key(),
        revision: view.revision.to_string(),
        seen: view.stands.to_string(),
        standing: standing(&view, language),
        digest: view.sha256.clone(),
        overall: view.overall.words().get(language).to_owned(),
        contradictions,
        rows: view.lines.iter().map(|line| row(line, language)).collect(),
        plan: if view.may_plan { forms::plan(&view, told, language) } else { Vec::new() },
        locks: view.may_plan && view.revision > 0,
        measure: if view.may_measure { forms::measure(&view, told, language) } else { Vec::new() },
        void: forms::void(&view, told, language).filter(|_| view.may_measure).unwrap_or_default(),
        rule: if view.may_rule { forms::rule(&view, told, language) } else { Vec::new() },
    };
    Ok(render(status, &page))
}

fn facts(view: &EvaluationView, language: Language) -> Vec<Fact> {
    let fact =
        |zh: &str, en: &str, value: String| Fact { label: pick(language, zh, en), value, ..Fact::default() };
    let band = &view.rule.guard_band;
    let rule = match view.rule.decision {
        DecisionRule::Simple => pick(language, "以测量值判定", "The measured value decides"),
        DecisionRule::GuardedAcceptance => pick(
            language,
            &format!("保护带接受，保护带为扩展不确定度的 {band} 倍"),
            &format!("Guarded acceptance, the band being {band} of the expanded uncertainty"),
        ),
        DecisionRule::GuardedRejection => pick(
            language,
            &format!("保护带拒绝，保护带为扩展不确定度的 {band} 倍"),
            &format!("Guarded rejection, the band being {band} of the expanded uncertainty"),
        ),
    };
    vec![
        fact("编号", "Number", view.number.clone().unwrap_or_default()),
        fact("牵头单位", "Lead", view.lead.clone()),
        fact("判定规则", "Decision rule", rule),
    ]
}

fn standing(view: &EvaluationView, language: Language) -> String {
    match view.locked_at.map(|at| words::minute(at, language)) {
        Some(at) => pick(language, &format!("方案已于{at}锁定"), &format!("The plan was locked at {at}")),
        None if view.revision > 0 => pick(
            language,
            "方案已保存，尚未锁定；锁定前不能录入测量结果",
            "The plan is saved and not locked; nothing is measured before it is",
        ),
        None => pick(language, "还没有测评方案", "There is no plan yet"),
    }
}

/// What the call asks for.
pub(super) fn required(line: &EvaluationLine, language: Language) -> String {
    match &line.item {
        Some(item) => item.threshold.words().get(language).to_owned(),
        None => pick(language, "团队自定", "the team's own"),
    }
}

fn row(line: &EvaluationLine, language: Language) -> Row {
    let planned = &line.planned;
    let method = [planned.method.as_str(), planned.laboratory.as_str()];
    let method: Vec<&str> = method.into_iter().filter(|text| !text.is_empty()).collect();
    Row {
        name: line.name.get(language).to_owned(),
        required: required(line, language),
        promised: line.promised.get(language).to_owned(),
        method: method.join(&pick(language, "，", ", ")),
        verdict: verdict(line.verdict(), language),
        arithmetic: line.computed.arithmetic.get(language).to_owned(),
        rulings: line.rulings.iter().map(|of| ruling(line, of, language)).collect(),
        evidence: line.measurements.iter().map(|of| evidence(line, of, language)).collect(),
    }
}

fn verdict(of: &Verdict, language: Language) -> Mark {
    let kind = match of {
        Verdict::Met => "done",
        Verdict::Partly | Verdict::NotMet => "wrong",
        Verdict::NotTested | Verdict::Unconfirmed => "todo",
        Verdict::NotApplicable { .. } => "partial",
    };
    let name = of.name();
    mark(kind, language, &name.zh, &name.en)
}

/// A ruling beside what was computed.
fn ruling(line: &EvaluationLine, of: &RulingView, language: Language) -> String {
    let (ruled, computed) = (of.verdict.name(), line.computed.verdict.name());
    let at = words::minute(of.at, language);
    pick(
        language,
        &format!("{}于{at}裁定为“{}”（计算结论“{}”）：{}", of.by, ruled.zh, computed.zh, of.reason),
        &format!("{} ruled “{}” at {at} (computed: “{}”): {}", of.by, ruled.en, computed.en, of.reason),
    )
}

fn evidence(line: &EvaluationLine, of: &Measurement, language: Language) -> String {
    let name = line.evidence.iter().find(|(number, _)| *number == of.number);
    let name = name.map_or("", |(_, name)| name.as_str());
    pick(
        language,
        &format!("第{}次：{name} {}", of.number, of.evidence),
        &format!("No. {}: {name} {}", of.number, of.evidence),
    )
}
