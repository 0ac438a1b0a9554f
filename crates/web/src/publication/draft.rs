//! What a list would be now, what is missing until then, caps to lift, and publishing: for those who run the selection.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::publication::{VersionReason, VersionStage};
use jiebang_domain::selection::{Placement, Stage, placement_words};
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{Actor, LiftCap, ListSummary, PublishList, ServiceError, StandingView, StoreError};

use super::{group_name, task_name};
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Field, Link, Refused, error_links};
use crate::words::pick;

/// Most placements that the page shows; the rest is in the list and in exports.
const SHOWN_MAX: usize = 300;
/// The act that lifts a cap; the other one publishes.
const LIFT: &str = "lift";

#[derive(Template)]
#[template(path = "pages/list_draft.html")]
struct DraftPage {
    page: Page,
    refused: Refused,
    errors: Vec<ErrorLink>,
    back: Link,
    title: String,
    standing: String,
    missing: Vec<String>,
    tallies: Vec<Tally>,
    rows: Vec<Row>,
    more: String,
    lift: Option<Act>,
    publish: Option<Act>,
}

/// Places of a class in a group.
#[derive(Debug)]
struct Tally {
    group: String,
    class: String,
    placed: String,
    places: String,
    lifted: bool,
}

/// A placement in words.
#[derive(Debug)]
struct Row {
    number: String,
    unit: String,
    task: String,
    class: String,
    words: String,
}

/// A form with its hidden fields.
#[derive(Debug)]
struct Act {
    action: String,
    hidden: Vec<(&'static str, String)>,
    fields: Vec<Field>,
    note: String,
    word: String,
}

/// What was typed, and why it was not done.
#[derive(Debug, Default)]
struct Typed {
    fields: Vec<(String, String)>,
    findings: Vec<Finding>,
    refused: Refused,
}

impl Typed {
    fn value(&self, name: &str) -> String {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn of(error: ServiceError, form: Form, visitor: &Visitor) -> Result<(StatusCode, Self), Failure> {
        let status = status_of(&error);
        let mut typed = Self { fields: form.0, ..Self::default() };
        match error {
            error @ (ServiceError::Forbidden | ServiceError::NotFound) => return Err(visitor.fail(error)),
            ServiceError::Invalid(findings) => typed.findings = findings,
            ServiceError::Store(StoreError::Stale) => {
                typed.refused = Refused::said(pick(
                    visitor.language,
                    "您打开本页之后，评分、审查或名单有了变动，没有办理。请看过下面的现状后再办。",
                    "Scores, checks or the list changed after you opened this page, and nothing was done. Look at what stands below, then try again.",
                ));
            }
            error => typed.refused = Refused::of(&error, visitor.language),
        }
        Ok((status, typed))
    }
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    address: Address<(String, String)>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let (id, stage) = visitor.address(address)?;
    visitor.actor()?;
    let page = page_of(&site, &visitor, &id, &stage, Typed::default()).await;
    Ok(render(StatusCode::OK, &page.map_err(|error| visitor.fail(error))?))
}

/// Publishes a version, or lifts a cap.
pub(super) async fn act(
    State(site): State<Site>,
    address: Address<(String, String)>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Failure> {
    let (id, stage) = visitor.address(address)?;
    let actor = visitor.actor()?;
    let done = match form.get("act") {
        LIFT => lift(&site, actor, (&id, &stage), &form).await,
        _ => publish(&site, actor, (&id, &stage), &form).await,
    };
    match done {
        Ok(to) => Ok(Redirect::to(&to).into_response()),
        Err(error) => {
            let (status, typed) = Typed::of(error, form, &visitor)?;
            let page = page_of(&site, &visitor, &id, &stage, typed).await;
            Ok(render(status, &page.map_err(|error| visitor.fail(error))?))
        }
    }
}

/// Publishes a version; returns its address.
async fn publish(
    site: &Site,
    actor: &Actor,
    (id, stage): (&str, &str),
    form: &Form,
) -> Result<String, ServiceError> {
    form.only(&["act", "seen", "record", "kind", "reason", "note", "objection", "take_out"])?;
    let sent = PublishList {
        call: id.to_owned(),
        stage: stage.to_owned(),
        // What is no version is one that nobody has seen.
        seen: form.get("seen").parse().unwrap_or(u32::MAX),
        record_sha256: form.some("record").map(str::to_owned),
        kind: match form.get("kind") {
            "notice" => Some(VersionStage::Notice),
            "final" => Some(VersionStage::Final),
            _ => None,
        },
        reason: VersionReason::parse(form.get("reason")).unwrap_or(VersionReason::First),
        note: form.get("note").to_owned(),
        objection: form.some("objection").map(|number| number.trim().to_owned()),
        take_out: form.get("take_out").lines().map(str::to_owned).collect(),
        key: None,
    };
    let version = site.service.publish_list(actor, sent).await?;
    Ok(format!("/calls/{id}/lists/{stage}/{version}"))
}

/// Lifts a cap; returns the address of the page that shows it.
async fn lift(
    site: &Site,
    actor: &Actor,
    (id, stage): (&str, &str),
    form: &Form,
) -> Result<String, ServiceError> {
    form.only(&["act", "group", "class", "cap", "reason"])?;
    let sent = LiftCap {
        call: id.to_owned(),
        stage: stage.to_owned(),
        group: form.get("group").to_owned(),
        class: form.get("class").to_owned(),
        // No cap lifts nothing, and is told so.
        cap: form.get("cap").trim().parse().unwrap_or(0),
        reason: form.get("reason").to_owned(),
        key: None,
    };
    site.service.lift_cap(actor, sent).await?;
    Ok(format!("/calls/{id}/lists/{stage}/draft"))
}

async fn page_of(
    site: &Site,
    visitor: &Visitor,
    id: &str,
    stage_id: &str,
    typed: Typed,
) -> Result<DraftPage, ServiceError> {
    let language = visitor.language;
    let actor = visitor.known()?;
    let view = site.service.stage_standing(actor, id, stage_id).await?;
    let versions = site.service.list_versions(Some(actor), id).await?;
    let latest = versions.iter().find(|version| version.stage == stage_id);
    let current = match latest {
        Some(latest) => {
            let list = site.service.list_version(Some(actor), id, stage_id, Some(latest.version)).await?;
            Some(list.file.kind)
        }
        None => None,
    };
    let stage = view.plan.plan.stage(stage_id).ok_or(ServiceError::NotFound)?;
    let decides = site.service.decides_lists(actor, id);
    let name = stage.name.get(language);
    let title = pick(language, &format!("{name}：名单试算"), &format!("{name}: the list as it would be"));
    let errors = error_links(&typed.findings, language);
    Ok(DraftPage {
        page: visitor.page(title.clone()),
        errors,
        back: Link {
            href: format!("/calls/{id}/lists"),
            name: view.call.call.title.get(language).to_owned(),
        },
        title,
        standing: standing(&view, language),
        missing: view.findings.iter().map(|finding| finding.message.get(language).to_owned()).collect(),
        tallies: tallies(&view, stage, language),
        rows: rows(&view, stage, language),
        more: more(&view, language),
        lift: decides.then(|| lifting(&view, stage, &typed, language)),
        publish: (decides && (view.selection.is_some() || latest.is_some()))
            .then(|| publishing(&view, latest, current, &typed, language)),
        refused: typed.refused,
    })
}

fn standing(view: &StandingView, language: Language) -> String {
    let (count, refused) = (view.record.entrants.len(), view.record.refused.len());
    let missing = view.findings_total;
    match &view.selection {
        Some(_) => pick(
            language,
            &format!("参评 {count} 项，形式审查不通过 {refused} 项。以下由评分、方案和名额算出，尚未公布。"),
            &format!(
                "{count} take part, {refused} were refused by the form check. What follows is computed from scores, plan and caps, and not published."
            ),
        ),
        None => pick(
            language,
            &format!(
                "参评 {count} 项，形式审查不通过 {refused} 项；还有 {missing} 处没有办完，暂不能排出名单。"
            ),
            &format!(
                "{count} take part, {refused} were refused by the form check; {missing} things are still to be done before there is a list."
            ),
        ),
    }
}

fn more(view: &StandingView, language: Language) -> String {
    let placed = view.selection.as_ref().map_or(0, |selection| selection.placements.len());
    if placed > SHOWN_MAX {
        return pick(
            language,
            &format!("以上只列前 {SHOWN_MAX} 项，共 {placed} 项。"),
            &format!("The first {SHOWN_MAX} of {placed}."),
        );
    }
    let untold = view.findings_total - view.findings.len();
    match untold {
        0 => String::new(),
        untold => pick(language, &format!("另有 {untold} 处。"), &format!("And {untold} more.")),
    }
}

fn tallies(view: &StandingView, stage: &Stage, language: Language) -> Vec<Tally> {
    let selection = view.selection.iter().flat_map(|selection| &selection.tallies);
    selection
        .filter(|tally| stage.class(&tally.class).is_some_and(|class| class.listed))
        .map(|tally| Tally {
            group: group_name(&view.call.call, &tally.group, language),
            class: stage
                .class(&tally.class)
                .map(|class| class.name.get(language).to_owned())
                .unwrap_or_default(),
            placed: tally.placed.to_string(),
            places: tally.places.map(|places| places.to_string()).unwrap_or_default(),
            lifted: tally.lifted_from.is_some(),
        })
        .collect()
}

fn rows(view: &StandingView, stage: &Stage, language: Language) -> Vec<Row> {
    let noun = stage.per.noun(&view.call.call);
    let row = |placement: &Placement| {
        let line = view.roster.0.get(&placement.application)?;
        let class = stage.class(&placement.class).map(|class| class.name.get(language).to_owned());
        Some(Row {
            number: line.number.clone(),
            unit: line.unit.clone(),
            task: task_name(&view.call.call, &line.task, language),
            class: class.unwrap_or_default(),
            words: placement_words(stage, &noun, placement).get(language).to_owned(),
        })
    };
    let placements = view.selection.iter().flat_map(|selection| &selection.placements);
    placements.take(SHOWN_MAX).filter_map(row).collect()
}

fn lifting(view: &StandingView, stage: &Stage, typed: &Typed, language: Language) -> Act {
    let mut groups: BTreeMap<&str, String> = BTreeMap::new();
    for entrant in &view.record.entrants {
        groups.entry(&entrant.group).or_insert_with(|| group_name(&view.call.call, &entrant.group, language));
    }
    let groups = groups.into_iter().map(|(id, name)| (id.to_owned(), name));
    let classes = stage.classes.iter().filter(|class| class.listed);
    let classes = classes.map(|class| (class.id.clone(), class.name.get(language).to_owned()));
    let field = |kind, name: &str, zh: &str, en: &str| {
        Field::new(kind, name, pick(language, zh, en)).value(typed.value(name))
    };
    let fields = vec![
        field("select", "group", "分组", "Group").choices(groups),
        field("select", "class", "类别", "Class").choices(classes),
        field("text", "cap", "改为多少项", "Places instead").width("8"),
        field("textarea", "reason", "理由（不得写具体项目）", "Reason, naming no application"),
    ];
    Act {
        action: format!("/calls/{}/lists/{}/draft", view.call.call.id, stage.id),
        hidden: vec![("act", LIFT.to_owned())],
        fields: fields.into_iter().map(|field| field.judged(&typed.findings, language)).collect(),
        note: pick(
            language,
            "只有“原则上”的名额可以突破，针对分组和类别；谁进入名单仍由评分决定。",
            "Caps in principle only, for a group and a class; scores still decide who is on the list.",
        ),
        word: pick(language, "突破名额", "Lift the cap"),
    }
}

fn publishing(
    view: &StandingView,
    latest: Option<&ListSummary>,
    current: Option<VersionStage>,
    typed: &Typed,
    language: Language,
) -> Act {
    let next = latest.map_or(1, |latest| latest.version.saturating_add(1));
    let mut hidden = vec![
        ("act", "publish".to_owned()),
        ("seen", (next - 1).to_string()),
        ("record", view.record_sha256.clone()),
    ];
    let mut fields = Vec::new();
    if latest.is_none() {
        hidden.push(("reason", VersionReason::First.id().to_owned()));
    } else {
        let reasons = VersionReason::ALL.into_iter().filter(|reason| *reason != VersionReason::First);
        let reasons = reasons.map(|reason| (reason.id().to_owned(), reason.name().get(language).to_owned()));
        let kinds = [VersionStage::Notice, VersionStage::Final];
        let kinds = kinds.map(|kind| (kind.id().to_owned(), kind.name().get(language).to_owned()));
        let chosen = |name: &str, usual: &str| match typed.value(name) {
            value if value.is_empty() => usual.to_owned(),
            value => value,
        };
        let final_next = current == Some(VersionStage::Notice);
        let field = |kind, name: &str, zh: &str, en: &str| {
            Field::new(kind, name, pick(language, zh, en)).value(typed.value(name))
        };
        fields.extend([
            field("select", "reason", "本版原因", "Why")
                .value(chosen("reason", if final_next { "notice_over" } else { "correction" }))
                .choices(reasons),
            field("select", "kind", "性质", "Kind").value(chosen("kind", "final")).choices(kinds),
            field("textarea", "note", "说明", "Note").optional(),
            field("text", "objection", "成立的异议编号", "Number of the upheld objection").optional(),
            field("textarea", "take_out", "移出的受理编号（每行一个）", "Numbers to take out, one a line")
                .optional(),
        ]);
    }
    Act {
        action: format!("/calls/{}/lists/{}/draft", view.call.call.id, view.stage),
        hidden,
        fields: fields.into_iter().map(|field| field.judged(&typed.findings, language)).collect(),
        note: pick(
            language,
            "发布后任何人都能看到，各版都保留，不能撤回；更正另发新版。",
            "Everybody sees it from then on. Every version stays; a correction is another version.",
        ),
        word: pick(language, &format!("发布第 {next} 版"), &format!("Publish version {next}")),
    }
}
