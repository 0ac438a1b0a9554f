//! The plan of a call (组织实施方案), in words; below it, for the programme office, the form that publishes another version.

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::call::{Call, Source, Strength};
use jiebang_domain::selection::{Cap, Class, Plan, Stage, Tie};
use jiebang_domain::shared::{Finding, Language, Text, counted};
use jiebang_service::{PlanView, PublishPlan, ServiceError, StoreError};

use crate::Site;
use crate::application::attachment;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Fact, Field, Link, Refused, error_links};
use crate::words::{self, ClauseView, pick};

#[derive(Template)]
#[template(path = "pages/plan.html")]
struct PlanPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    back: Link,
    title: String,
    shown: Option<Shown>,
    publish: Option<Publish>,
}

/// A plan in words.
#[derive(Debug)]
struct Shown {
    standing: String,
    checks: Vec<Row>,
    stages: Vec<StageShown>,
    others: Vec<Fact>,
    digest: String,
    file: String,
}

/// A line with its basis.
#[derive(Debug)]
struct Row {
    text: String,
    clause: Option<ClauseView>,
}

#[derive(Debug)]
struct Criterion {
    name: String,
    text: String,
    weight: String,
    scale: String,
    clause: Option<ClauseView>,
}

/// A stage: what is scored, and the classes of its list.
#[derive(Debug)]
struct StageShown {
    name: String,
    criteria: Vec<Criterion>,
    vetoes: Vec<Row>,
    scoring: Vec<Fact>,
    classes: Vec<Row>,
}

/// The form of the programme office.
#[derive(Debug)]
struct Publish {
    action: String,
    seen: String,
    field: Field,
    word: String,
}

/// What was sent, and why it was not published.
#[derive(Debug, Default)]
struct Told {
    text: Option<String>,
    refused: Refused,
    findings: Vec<Finding>,
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let id = visitor.address(address)?;
    let page = page_of(&site, &visitor, &id, StatusCode::OK, Told::default()).await;
    page.map_err(|error| visitor.fail(error))
}

/// The file as it was published.
pub(super) async fn file(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let id = visitor.address(address)?;
    let found = site
        .service
        .plan(visitor.actor.as_ref(), &id)
        .await
        .and_then(|plan| plan.ok_or(ServiceError::NotFound));
    let plan = found.map_err(|error| visitor.fail(error))?;
    Ok(attachment(
        "application/toml; charset=utf-8",
        &format!("{id}-plan-{}.toml", plan.version),
        Body::from(plan.text),
    ))
}

/// Publishes a plan, or says what is wrong with it and keeps what was sent.
pub(super) async fn publish(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let id = visitor.address(address)?;
    let actor = visitor.actor()?;
    let sent = form.only(&["seen", "plan"]).map(|()| {
        // What is no version is one that nobody has seen.
        let seen = form.get("seen").parse().unwrap_or(-1);
        PublishPlan { call: id.clone(), seen, text: form.get("plan").replace("\r\n", "\n"), key: None }
    });
    let error = match sent {
        Ok(sent) => match site.service.publish_plan(actor, sent).await {
            Ok(_) => return Ok(Redirect::to(&format!("/calls/{id}/plan")).into_response()),
            Err(error) => error,
        },
        Err(error) => error,
    };
    let status = status_of(&error);
    let language = visitor.language;
    let mut told = Told { text: Some(form.get("plan").to_owned()), ..Told::default() };
    match error {
        error @ (ServiceError::Forbidden | ServiceError::NotFound) => return Err(visitor.fail(error)),
        ServiceError::Invalid(findings) => told.findings = findings,
        ServiceError::Store(StoreError::Stale) => {
            told.refused = Refused::said(pick(
                language,
                "您打开本页之后，方案已有新版，没有发布。请对照上面的现行方案后再发布。",
                "Another version was published after you opened this page, and nothing was done. Compare it with the one above, then publish again.",
            ));
        }
        error => told.refused = Refused::of(&error, language),
    }
    page_of(&site, &visitor, &id, status, told).await.map_err(|error| visitor.fail(error))
}

async fn page_of(
    site: &Site,
    visitor: &Visitor,
    id: &str,
    status: StatusCode,
    told: Told,
) -> Result<Response, ServiceError> {
    let language = visitor.language;
    let actor = visitor.actor.as_ref();
    let call = site.service.call(id)?.call;
    let plan = site.service.plan(actor, id).await?;
    let title = match &plan {
        Some(plan) => plan.plan.title.get(language).to_owned(),
        None => pick(language, "遴选实施方案", "How the competition is carried out"),
    };
    let offered = actor.and_then(|actor| site.service.known_plan(actor, id).ok());
    let publish = offered.map(|beside| {
        let published = plan.as_ref().map(|plan| plan.text.clone());
        let text = told.text.clone().or(published).or(beside).unwrap_or_default();
        form(id, text, plan.as_ref().map_or(0, |plan| plan.version), &told.findings, language)
    });
    let page = PlanPage {
        page: visitor.page(title.clone()),
        refused: told.refused,
        errors: error_links(&told.findings, language),
        back: Link { href: format!("/calls/{id}"), name: call.call.title.get(language).to_owned() },
        title,
        shown: plan.map(|plan| shown(&plan, language)),
        publish,
    };
    Ok(render(status, &page))
}

fn form(id: &str, text: String, seen: i64, findings: &[Finding], language: Language) -> Publish {
    let hint = pick(
        language,
        "发布前逐项检查；有错误的，指出行和列。已发布的各版都保留。",
        "It is checked before it is published; faults are told with line and column. Every version stays.",
    );
    let next = seen + 1;
    Publish {
        action: format!("/calls/{id}/plan"),
        seen: seen.to_string(),
        field: Field::new(
            "textarea",
            "plan",
            pick(language, "方案文件（TOML）", "The plan as a file (TOML)"),
        )
        .value(text)
        .hint(hint)
        .judged(findings, language),
        word: pick(language, &format!("发布第 {next} 版"), &format!("Publish version {next}")),
    }
}

fn shown(view: &PlanView, language: Language) -> Shown {
    let (call, plan) = (&view.call.call, &view.plan);
    let at = view.at.map(|at| words::minute(at, language)).unwrap_or_default();
    let row = |text: &Text, source: &Source| Row {
        text: text.get(language).to_owned(),
        clause: basis(call, source, language),
    };
    Shown {
        standing: pick(
            language,
            &format!("第 {} 版，{at} 发布。通知没有写明的事项，按本方案办理。", view.version),
            &format!("Version {}, published {at}. It settles what the notice leaves open.", view.version),
        ),
        checks: plan.checks.iter().map(|of| row(&of.text, &of.source)).collect(),
        stages: plan.stages.iter().map(|stage| stage_of(call, stage, language)).collect(),
        others: others(plan, language),
        digest: view.sha256.clone(),
        file: format!("/calls/{}/plan.toml", call.id),
    }
}

fn stage_of(call: &Call, stage: &Stage, language: Language) -> StageShown {
    let criterion = |of: &jiebang_domain::selection::Criterion| {
        let mut scale = pick(
            language,
            &format!("0–{} 分，步长 {}", of.max, of.step),
            &format!("0–{} by {}", of.max, of.step),
        );
        if of.comment {
            scale += &pick(language, "，须写评语", ", with a comment");
        }
        Criterion {
            name: of.name.get(language).to_owned(),
            text: of.text.get(language).to_owned(),
            weight: of.weight.to_string(),
            scale,
            clause: basis(call, &of.source, language),
        }
    };
    let veto = |of: &jiebang_domain::selection::Veto| Row {
        text: pick(
            language,
            &format!("{}（{}份评分表认定即否决）", of.text.zh, of.sheets),
            &format!("{} (holds when ticked on {})", of.text.en, counted(of.sheets, "sheet", "sheets")),
        ),
        clause: basis(call, &of.source, language),
    };
    StageShown {
        name: stage.name.get(language).to_owned(),
        criteria: stage.rubric.criteria().iter().map(criterion).collect(),
        vetoes: stage.rubric.vetoes().iter().map(veto).collect(),
        scoring: scoring(call, stage, language),
        classes: stage
            .classes
            .iter()
            .map(|of| Row { text: class(of, language), clause: basis(call, &of.source, language) })
            .collect(),
    }
}

fn basis(call: &Call, source: &Source, language: Language) -> Option<ClauseView> {
    source.clause().map(|clause| words::clause(call, clause, language))
}

fn fact(language: Language, zh: &str, en: &str, value: String) -> Fact {
    Fact { label: pick(language, zh, en), value, ..Fact::default() }
}

fn scoring(call: &Call, stage: &Stage, language: Language) -> Vec<Fact> {
    let name = |id: &str| {
        let of = stage.rubric.criteria().iter().find(|of| of.id == id);
        of.map_or_else(|| id.to_owned(), |of| of.name.get(language).to_owned())
    };
    let tie = |tie: &Tie| match tie {
        Tie::Criterion(id) => name(id),
        Tie::Scores => pick(language, "评分份数", "number of sheets"),
        Tie::Lot => pick(
            language,
            "抽签（种子公开，任何人可以重算）",
            "a lot with a published seed that anybody can draw again",
        ),
        Tie::AllTied => pick(language, "并列者一并进入", "those tied are admitted together"),
    };
    let rule = &stage.aggregation;
    let ties: Vec<String> = rule.ties.iter().map(tie).collect();
    let noun = stage.per.noun(call);
    let mut facts = vec![
        fact(
            language,
            "有效评分",
            "Sheets",
            pick(
                language,
                &format!("不少于 {} 份", rule.scores_min),
                &format!("At least {}", rule.scores_min),
            ),
        ),
        fact(
            language,
            "得分",
            "Score",
            pick(language, "各份总分的平均，精确计算，不取整", "The mean of the totals, exact, not rounded"),
        ),
        fact(
            language,
            "排序范围",
            "Ranked within",
            pick(language, &format!("同一{}", noun.zh), &format!("each {}", noun.en)),
        ),
        fact(
            language,
            "同分时依次比较",
            "Equal means are told apart by",
            ties.join(&pick(language, "、", ", ")),
        ),
    ];
    if let Some(gap) = rule.dispute_gap {
        facts.push(fact(
            language,
            "评分分歧",
            "Dispute",
            pick(
                language,
                &format!("各份总分相差 {} 分以上的，标记为分歧", gap.shown()),
                &format!("Totals {} points apart or more are marked", gap.shown()),
            ),
        ));
    }
    facts
}

fn class(of: &Class, language: Language) -> String {
    let mut words = of.name.get(language).to_owned();
    if let Some(Cap { most, strength }) = &of.cap {
        words += &match strength {
            Strength::InPrinciple => pick(
                language,
                &format!("：每组原则上不超过 {most} 项，超出须有理由并经批准"),
                &format!(": in principle at most {most} of a group; more takes a reason and an approval"),
            ),
            _ => pick(language, &format!("：每组不超过 {most} 项"), &format!(": at most {most} of a group")),
        };
    }
    if let Some(least) = of.least {
        let least = least.shown();
        words += &pick(language, &format!("；平均分不低于 {least}"), &format!("; mean at least {least}"));
    }
    words
}

fn others(plan: &Plan, language: Language) -> Vec<Fact> {
    let mut all = vec![fact(
        language,
        "专家回避",
        "Conflicts of interest",
        pick(
            language,
            &format!("任职于申报单位，或离职未满 {} 年的，不评审该项目", plan.recusal.former_years),
            &format!(
                "Nobody scores an employer, or one left less than {} ago",
                counted(u32::from(plan.recusal.former_years), "year", "years")
            ),
        ),
    )];
    if let Some(notice) = &plan.notice {
        let first = match notice.first_day_counts {
            true => pick(language, "发布当日计入", "the day of publication counts"),
            false => pick(language, "自次日起算", "from the day after"),
        };
        let days = notice.working_days;
        all.push(fact(
            language,
            "名单公示",
            "Public notice",
            pick(language, &format!("{days} 个工作日，{first}"), &format!("{days} working days, {first}")),
        ));
        let days = notice.answer_days;
        all.push(fact(
            language,
            "答复异议",
            "Objections are answered",
            pick(language, &format!("收到后 {days} 个工作日内"), &format!("within {days} working days")),
        ));
    }
    if let Some(race) = &plan.race {
        let (months, days) = (race.report_months, race.report_days);
        all.push(fact(
            language,
            "进展报告",
            "Progress reports",
            pick(
                language,
                &format!("每 {months} 个月一次，期满后 {days} 日内提交"),
                &format!("every {months} months, within {days} days"),
            ),
        ));
    }
    all
}
