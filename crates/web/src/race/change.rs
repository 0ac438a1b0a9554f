//! Changes of a task statement: what was asked for with before and after, the form that asks, the form that decides.

use std::collections::BTreeMap;

use jiebang_domain::application::date;
use jiebang_domain::race::{Difference, IndicatorLine, Milestone, Ruling};
use jiebang_domain::shared::{Finding, Language, Promise, Text};
use jiebang_service::{AskChange, Asked, ChangeView, DecideTeamChange, ServiceError, TeamView};

use super::key;
use super::team::Told;
use crate::application::{promise_input, promised};
use crate::form::Form;
use crate::recommendation::reload;
use crate::views::Field;
use crate::words::{self, pick};

/// Act of the form that asks.
pub(super) const ASK: &str = "ask";
/// Act of the form that decides.
pub(super) const DECIDE: &str = "decide";

/// A line that two versions say differently.
#[derive(Debug)]
pub(super) struct DifferenceRow {
    pub(super) what: String,
    pub(super) before: String,
    pub(super) after: String,
}

/// A request.
#[derive(Debug)]
pub(super) struct ChangeRow {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) word: String,
    pub(super) asked: String,
    pub(super) reason: String,
    pub(super) note: String,
    pub(super) differences: Vec<DifferenceRow>,
    /// The form that decides it.
    pub(super) decide: Option<DecideForm>,
}

/// The form of the programme office.
#[derive(Debug)]
pub(super) struct DecideForm {
    pub(super) number: u32,
    pub(super) fields: Vec<Field>,
}

/// The form of the team.
#[derive(Debug)]
pub(super) struct AskForm {
    pub(super) heading: String,
    pub(super) what: String,
    pub(super) based_on: u32,
    pub(super) fields: Vec<Field>,
}

/// What differs, in words.
pub(super) fn difference_rows(all: &[Difference], language: Language) -> Vec<DifferenceRow> {
    let say = |text: &Option<Text>| {
        text.as_ref().map_or_else(|| pick(language, "（无）", "(none)"), |text| text.get(language).to_owned())
    };
    let row = |of: &Difference| DifferenceRow {
        what: of.what.get(language).to_owned(),
        before: say(&of.before),
        after: say(&of.after),
    };
    all.iter().map(row).collect()
}

/// The requests, the newest first.
pub(super) fn rows(view: &TeamView, told: &Told, language: Language) -> Vec<ChangeRow> {
    let row = |of: &ChangeView| {
        let request = &of.request;
        let number = request.number;
        let (kind, word) = match request.decision.as_ref().map(|decision| decision.ruling) {
            None => ("waiting", pick(language, "待决定", "To be decided")),
            Some(Ruling::Approved) => ("done", pick(language, "同意", "Approved")),
            Some(Ruling::Refused) => ("wrong", pick(language, "不同意", "Refused")),
        };
        let at = words::minute(request.requested_at, language);
        let (based_on, about) = (request.based_on, request.kind.name());
        ChangeRow {
            name: pick(
                language,
                &format!("第{number}号：{}", about.zh),
                &format!("No. {number}: {}", about.en),
            ),
            kind,
            word,
            asked: pick(
                language,
                &format!("{at}申请，依据第{based_on}版"),
                &format!("Asked for at {at}, from version {based_on}"),
            ),
            reason: request.reason.clone(),
            note: request.decision.as_ref().map(|decision| decision.reason.clone()).unwrap_or_default(),
            differences: difference_rows(&of.differences, language),
            decide: (request.decision.is_none() && view.may_decide)
                .then(|| decide_form(number, told, language)),
        }
    };
    view.changes.iter().rev().map(row).collect()
}

fn decide_form(number: u32, told: &Told, language: Language) -> DecideForm {
    let typed = told.of(&[DECIDE]);
    let value = |name: &str| if typed { told.form.get(name).to_owned() } else { String::new() };
    let findings = if typed { told.findings.as_slice() } else { &[] };
    // The rules name the reason of a decision as they name that of a request.
    let named = findings.iter().map(|finding| match finding.code.as_str() {
        "reason_missing" => Finding { field: Some("note".to_owned()), ..finding.clone() },
        _ => finding.clone(),
    });
    let findings: Vec<Finding> = named.collect();
    let rulings = [
        ("approved".to_owned(), pick(language, "同意", "Approve")),
        ("refused".to_owned(), pick(language, "不同意", "Refuse")),
    ];
    DecideForm {
        number,
        fields: vec![
            Field::new("radios", "ruling", pick(language, "决定", "Decision"))
                .value(value("ruling"))
                .choices(rulings)
                .judged(&findings, language),
            Field::new("textarea", "note", pick(language, "意见", "Note"))
                .value(value("note"))
                .hint(pick(language, "不同意的，必须写明理由。", "Who refuses must say why."))
                .judged(&findings, language),
        ],
    }
}

/// The form that asks for a change of one thing; `None` where the statement has no such thing or the team may not ask now.
pub(super) fn ask_form(view: &TeamView, what: &str, told: &Told, language: Language) -> Option<AskForm> {
    let baseline = view.baselines.last().filter(|_| view.may_ask)?;
    let typed = told.of(&[ASK]).then_some(&told.form);
    let findings = typed.map_or(&[][..], |_| &told.findings);
    let (kind, id) = what.split_once('.')?;
    let (name, mut fields) = match kind {
        "promise" => {
            let line = baseline.statement.indicators.iter().find(|line| line.item == id)?;
            (line.name.get(language).to_owned(), vec![promise_field(view, line, typed, findings, language)])
        }
        "milestone" => {
            let milestone = baseline.statement.milestones.iter().find(|of| of.id == id)?;
            (milestone.name.clone(), milestone_fields(milestone, typed, findings, language))
        }
        _ => return None,
    };
    let reason = typed.map(|form| form.get("reason").to_owned()).unwrap_or_default();
    let named = findings.iter().map(|finding| match finding.code.as_str() {
        "reason_missing" => Finding { field: Some("reason".to_owned()), ..finding.clone() },
        _ => finding.clone(),
    });
    let findings: Vec<Finding> = named.collect();
    let label = pick(language, "变更理由", "Why");
    fields.push(Field::new("textarea", "reason", label).value(reason).judged(&findings, language));
    Some(AskForm {
        heading: pick(language, &format!("申请变更：{name}"), &format!("Ask for a change: {name}")),
        what: what.to_owned(),
        based_on: baseline.version,
        fields,
    })
}

/// The inputs of a promise: of an item of the call by its threshold, in words of an indicator that the team named itself.
fn promise_field(
    view: &TeamView,
    line: &IndicatorLine,
    typed: Option<&Form>,
    findings: &[Finding],
    language: Language,
) -> Field {
    if let Some(item) = view.call.call.items_of(&view.task).into_iter().find(|item| item.id == line.item) {
        let pairs = typed.map_or_else(|| stored(&line.value), |form| form.0.clone());
        return promise_input(&view.call.call, item, &pairs, findings, language);
    }
    let name = line.name.get(language);
    let promised = line.promised.get(language);
    let mut field = Field::new("text", "promise", name)
        .value(typed.map_or(promised, |form| form.get("promise.value")))
        .judged(findings, language);
    field.name = "promise.value".to_owned();
    field
}

/// Inputs of the promise that counts.
fn stored(value: &serde_json::Value) -> Vec<(String, String)> {
    let promise = serde_json::from_value::<Promise>(value.clone());
    let pairs = promise.map(|promise| promised("x", "x", &promise)).unwrap_or_default();
    pairs.into_iter().map(|(name, value)| (name.replacen("x.x.", "promise.", 1), value)).collect()
}

fn milestone_fields(
    milestone: &Milestone,
    typed: Option<&Form>,
    findings: &[Finding],
    language: Language,
) -> Vec<Field> {
    let value = |name: &str, stored: String| typed.map_or(stored, |form| form.get(name).to_owned());
    vec![
        Field::new("text", "name", pick(language, "阶段任务", "What is to be done"))
            .value(value("name", milestone.name.clone()))
            .judged(findings, language),
        Field::new("day", "from", pick(language, "开始日期", "First day"))
            .value(value("from", milestone.from.to_string()))
            .judged(findings, language),
        Field::new("day", "to", pick(language, "结束日期", "Last day"))
            .value(value("to", milestone.to.to_string()))
            .judged(findings, language),
    ]
}

/// What the form of the team sends.
///
/// # Errors
/// `Invalid` for what cannot be read.
pub(super) fn read_ask(form: &Form, view: &TeamView) -> Result<AskChange, ServiceError> {
    let promise = ["promise.value", "promise.low", "promise.high", "promise.axes"];
    let hidden = ["act", "key", "what", "based_on", "revision", "reason", "name", "from", "to"];
    form.only(&hidden.into_iter().chain(promise).collect::<Vec<_>>())?;
    let what = form.get("what");
    let asked = match what.split_once('.') {
        Some(("promise", item)) => {
            let part = |name: &&str| {
                let value = form.some(name)?;
                Some((name.trim_start_matches("promise.").to_owned(), value.to_owned()))
            };
            let typed: BTreeMap<String, String> = promise.iter().filter_map(part).collect();
            Asked::Promise { item: item.to_owned(), typed }
        }
        Some(("milestone", id)) => Asked::Milestone {
            id: id.to_owned(),
            name: form.get("name").to_owned(),
            from: day(form, "from")?,
            to: day(form, "to")?,
        },
        _ => return Err(reload("what")),
    };
    Ok(AskChange {
        application: view.application.clone(),
        based_on: form.get("based_on").parse().map_err(|_| reload("based_on"))?,
        revision: form.get("revision").parse().map_err(|_| reload("revision"))?,
        asked,
        reason: form.get("reason").to_owned(),
        key: key(form)?,
    })
}

fn day(form: &Form, name: &str) -> Result<jiff::civil::Date, ServiceError> {
    date(form.get(name)).ok_or_else(|| {
        ServiceError::field(
            "date_invalid",
            name,
            Text::new("填写的不是日期", "This is no date"),
            Text::new("按 2026-03-28 的形式填写", "Write it like 2026-03-28"),
        )
    })
}

/// What the form of the programme office sends.
///
/// # Errors
/// `Invalid` for what cannot be read.
pub(super) fn read_decision(form: &Form, view: &TeamView) -> Result<DecideTeamChange, ServiceError> {
    form.only(&["act", "key", "number", "revision", "ruling", "note"])?;
    let ruling = match form.get("ruling") {
        "approved" => Ruling::Approved,
        "refused" => Ruling::Refused,
        _ => {
            return Err(ServiceError::field(
                "field_blank",
                "ruling",
                Text::new("没有选择同意或不同意", "Neither approval nor refusal is chosen"),
                Text::new("选择决定", "Choose the decision"),
            ));
        }
    };
    Ok(DecideTeamChange {
        application: view.application.clone(),
        number: form.get("number").parse().map_err(|_| reload("number"))?,
        revision: form.get("revision").parse().map_err(|_| reload("revision"))?,
        ruling,
        note: form.get("note").to_owned(),
        key: key(form)?,
    })
}
