//! Progress reports: the schedule with what came in, and the form of the next one.

use jiebang_domain::application::date;
use jiebang_domain::race::{MilestoneProgress, ProgressReport, ReportState, Risk};
use jiebang_domain::shared::{Finding, Language, Text};
use jiebang_service::{DueReport, SaveReport, TeamView};

use super::key;
use super::team::{Told, bars_name};
use crate::form::Form;
use crate::recommendation::reload;
use crate::views::Field;
use crate::words::{self, pick};

/// Act of the form that saves a draft.
pub(super) const SAVE: &str = "save";
/// Act of the form that hands the report in.
pub(super) const SUBMIT: &str = "submit";

/// A report of the schedule.
#[derive(Debug)]
pub(super) struct ReportRow {
    pub(super) name: String,
    pub(super) covers: String,
    pub(super) due: String,
    pub(super) kind: &'static str,
    pub(super) word: String,
    pub(super) submitted: String,
    /// What it says; empty until it is handed in.
    pub(super) summary: String,
    pub(super) lines: Vec<String>,
}

/// The form of a report.
#[derive(Debug)]
pub(super) struct ReportForm {
    pub(super) heading: String,
    pub(super) note: String,
    pub(super) number: u32,
    pub(super) baseline: u32,
    pub(super) revision: i64,
    pub(super) summary: Field,
    pub(super) milestones: Vec<MilestoneForm>,
}

/// What is told of one milestone.
#[derive(Debug)]
pub(super) struct MilestoneForm {
    pub(super) legend: String,
    pub(super) fields: Vec<Field>,
}

/// The schedule.
pub(super) fn rows(view: &TeamView, language: Language) -> Vec<ReportRow> {
    let row = |of: &DueReport| {
        let (due, number) = (&of.due, of.due.number);
        let kind = match of.state {
            ReportState::Received => "done",
            ReportState::ReceivedLate => "principle",
            ReportState::Overdue => "wrong",
            ReportState::Open => "partial",
            ReportState::NotYet => "todo",
        };
        let said = of.report.as_ref().filter(|_| of.submitted_at.is_some());
        ReportRow {
            name: pick(language, &format!("第{number}期"), &format!("No. {number}")),
            covers: format!("{} – {}", due.from, due.to),
            due: due.due_on.to_string(),
            kind,
            word: of.state.name().get(language).to_owned(),
            submitted: of.submitted_at.map(|at| words::minute(at, language)).unwrap_or_default(),
            summary: said.map(|report| report.summary.clone()).unwrap_or_default(),
            lines: said.map(|report| lines(view, report, language)).unwrap_or_default(),
        }
    };
    view.reports.iter().map(row).collect()
}

/// What a report says of each milestone.
fn lines(view: &TeamView, report: &ProgressReport, language: Language) -> Vec<String> {
    let line = |of: &MilestoneProgress| {
        let name = bars_name(view, &of.milestone);
        let mut line = format!("{name} {} %", of.percent);
        if of.risk != Risk::None {
            line += &pick(language, "，", ", ");
            line += risk(of.risk).get(language);
        }
        if !of.note.is_empty() {
            line += &pick(language, "：", ": ");
            line += &of.note;
        }
        line
    };
    report.milestones.iter().map(line).collect()
}

fn risk(of: Risk) -> Text {
    match of {
        Risk::None => Text::new("无风险", "No risk"),
        Risk::Watch => Text::new("有风险", "At risk"),
        Risk::High => Text::new("高风险", "High risk"),
    }
}

fn risk_id(of: Risk) -> &'static str {
    match of {
        Risk::None => "none",
        Risk::Watch => "watch",
        Risk::High => "high",
    }
}

/// The form of the first report that was not handed in; `None` where the actor may not write it or there is none.
pub(super) fn form(view: &TeamView, told: &Told, language: Language) -> Option<ReportForm> {
    let next = view.reports.iter().find(|of| of.submitted_at.is_none()).filter(|_| view.may_report)?;
    let baseline = view.baselines.last()?;
    let typed = told.of(&[SAVE, SUBMIT]);
    let findings = if typed { told.findings.as_slice() } else { &[] };
    let stored = next.report.as_ref();
    let summary = match (typed, stored) {
        (true, _) => told.form.get("summary").to_owned(),
        (false, stored) => stored.map(|of| of.summary.clone()).unwrap_or_default(),
    };
    let (number, due) = (next.due.number, next.due.due_on);
    let late = next.state == ReportState::Overdue;
    let milestone = |of: &jiebang_domain::race::Milestone| {
        let draft = stored.and_then(|report| report.milestones.iter().find(|told| told.milestone == of.id));
        let known = draft.or_else(|| view.progress.get(&of.id).filter(|_| stored.is_none()));
        MilestoneForm {
            legend: format!("{}（{} – {}）", of.name, of.from, of.to),
            fields: fields(&of.id, known, typed.then_some(&told.form), findings, language),
        }
    };
    Some(ReportForm {
        heading: pick(language, &format!("第{number}期进展报告"), &format!("Progress report no. {number}")),
        note: if late {
            pick(
                language,
                &format!("应于{due} 24:00前提交，已经逾期；仍可提交，将记为逾期提交。"),
                &format!("It was due by 24:00 on {due}. It can still be handed in, and counts as late."),
            )
        } else {
            pick(
                language,
                &format!("所报期间为{}至{}，应于{due} 24:00前提交。", next.due.from, next.due.to),
                &format!("It covers {} to {} and is due by 24:00 on {due}.", next.due.from, next.due.to),
            )
        },
        number,
        baseline: baseline.version,
        revision: next.revision,
        summary: Field::new(
            "textarea",
            "summary",
            pick(language, "总体进展与存在的问题", "Progress and problems"),
        )
        .value(summary)
        .judged(findings, language),
        milestones: baseline.statement.milestones.iter().map(milestone).collect(),
    })
}

/// Two texts of one report: the one that is stored and the one that was typed.
#[derive(Debug)]
pub(super) struct Versus {
    pub(super) label: String,
    pub(super) theirs: String,
    pub(super) yours: String,
}

/// Where the draft that somebody else saved and what was typed differ.
pub(super) fn versus(view: &TeamView, told: &Told, language: Language) -> Vec<Versus> {
    let open = view.reports.iter().find(|of| of.submitted_at.is_none());
    let Some(stored) = open.and_then(|of| of.report.as_ref()) else { return Vec::new() };
    if !told.stale || !told.of(&[SAVE, SUBMIT]) {
        return Vec::new();
    }
    let row = |label: String, theirs: &str, yours: &str| Versus {
        label,
        theirs: theirs.to_owned(),
        yours: yours.replace("\r\n", "\n").trim().to_owned(),
    };
    let label = pick(language, "总体进展与存在的问题", "Progress and problems");
    let mut all = vec![row(label, &stored.summary, told.form.get("summary"))];
    for milestone in view.baselines.last().map_or(&[][..], |of| &of.statement.milestones) {
        let theirs = stored.milestones.iter().find(|of| of.milestone == milestone.id);
        let percent = theirs.map_or(0, |of| of.percent).to_string();
        let typed = |part: &str| told.form.get(&format!("progress.{}.{part}", milestone.id)).to_owned();
        let shares = (percent + " %", typed("percent") + " %");
        all.push(row(milestone.name.clone(), &shares.0, &shares.1));
        let note = theirs.map_or("", |of| of.note.as_str());
        all.push(row(milestone.name.clone(), note, &typed("note")));
    }
    all.retain(|row| row.theirs != row.yours);
    all
}

/// The inputs of one milestone. Faults of the milestone as a whole stand at its percentage.
fn fields(
    id: &str,
    known: Option<&MilestoneProgress>,
    typed: Option<&Form>,
    findings: &[Finding],
    language: Language,
) -> Vec<Field> {
    let name = |part: &str| format!("progress.{id}.{part}");
    let value = |part: &str, stored: Option<String>| match typed {
        Some(form) => form.get(&name(part)).to_owned(),
        None => stored.unwrap_or_default(),
    };
    let percent = value("percent", known.map(|of| of.percent.to_string()));
    let reached = value("reached_on", known.and_then(|of| of.reached_on).map(|on| on.to_string()));
    let risk_value = value("risk", Some(risk_id(known.map_or(Risk::None, |of| of.risk)).to_owned()));
    let risks = [Risk::None, Risk::Watch, Risk::High];
    let risks = risks.map(|of| (risk_id(of).to_owned(), risk(of).get(language).to_owned()));
    let own = |finding: &&Finding| finding.field.as_deref() == Some(&format!("progress.{id}"));
    let whole: Vec<Finding> = findings
        .iter()
        .filter(own)
        .map(|finding| Finding { field: Some(name("percent")), ..finding.clone() })
        .collect();
    let mut share = Field::new("text", &name("percent"), pick(language, "完成比例", "Done"))
        .value(percent)
        .width("8")
        .judged(findings, language)
        .judged(&whole, language);
    (share.unit, share.input_mode) = ("%".to_owned(), "numeric");
    vec![
        share,
        Field::new("day", &name("reached_on"), pick(language, "完成日期", "Complete on"))
            .value(reached)
            .hint(pick(language, "完成100%的填写。", "Only where it is done."))
            .optional()
            .judged(findings, language),
        Field::new("select", &name("risk"), pick(language, "风险", "Risk"))
            .value(risk_value)
            .choices(risks)
            .judged(findings, language),
        Field::new(
            "textarea",
            &name("note"),
            pick(language, "进展、问题和对策", "Progress, problems, what is done"),
        )
        .value(value("note", known.filter(|_| typed.is_none()).map(|of| of.note.clone())))
        .optional()
        .judged(findings, language),
    ]
}

/// What a form sends.
///
/// # Errors
/// Findings on what cannot be read, and on fields that the form has not.
pub(super) fn read(form: &Form, view: &TeamView) -> Result<SaveReport, Vec<Finding>> {
    let milestones = view.baselines.last().map_or(&[][..], |of| &of.statement.milestones);
    let parts = ["percent", "reached_on", "risk", "note"];
    let names: Vec<String> =
        milestones.iter().flat_map(|of| parts.map(|part| format!("progress.{}.{part}", of.id))).collect();
    let hidden = ["act", "key", "number", "baseline", "revision", "summary"];
    let known: Vec<&str> = hidden.into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut faults = form.strange(&known);
    let mut told = Vec::new();
    for of in milestones {
        match read_one(form, &of.id) {
            Ok(one) => told.push(one),
            Err(found) => faults.extend(found),
        }
    }
    let number = |name: &str| form.get(name).parse::<u32>().map_err(|_| name.to_owned());
    let carried = (number("number"), number("baseline"), form.get("revision").parse::<i64>());
    let (Ok(number), Ok(baseline), Ok(revision)) = carried else {
        faults.extend(invalid(reload("revision")));
        return Err(faults);
    };
    let key = key(form).map_err(invalid)?;
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(SaveReport {
        application: view.application.clone(),
        number,
        baseline,
        revision,
        summary: form.get("summary").to_owned(),
        milestones: told,
        submit: form.get("act") == SUBMIT,
        key,
    })
}

fn read_one(form: &Form, id: &str) -> Result<MilestoneProgress, Vec<Finding>> {
    let name = |part: &str| format!("progress.{id}.{part}");
    let mut faults = Vec::new();
    let mut wrong = |part: &str, code: &str, message: (&str, &str), remedy: (&str, &str)| {
        let (message, remedy) = (Text::new(message.0, message.1), Text::new(remedy.0, remedy.1));
        faults.extend(invalid(jiebang_service::ServiceError::field(code, &name(part), message, remedy)));
    };
    let percent_name = name("percent");
    let percent = form.some(&percent_name).map_or(Ok(0), |text| text.trim().parse::<u8>());
    if percent.is_err() {
        wrong(
            "number_invalid",
            "percent",
            ("完成比例不是0至100的整数", "The share is no whole number from 0 to 100"),
            ("填写0至100的整数，不带百分号", "Write a whole number from 0 to 100, without a sign"),
        );
    }
    let reached_name = name("reached_on");
    let reached_on = form.some(&reached_name).map(date);
    if reached_on == Some(None) {
        wrong(
            "date_invalid",
            "reached_on",
            ("完成日期不是日期", "The day is no date"),
            ("按 2026-03-28 的形式填写", "Write it like 2026-03-28"),
        );
    }
    let risks = [Risk::None, Risk::Watch, Risk::High];
    let chosen = form.get(&name("risk"));
    let risk = risks.into_iter().find(|of| risk_id(*of) == chosen);
    if risk.is_none() && !chosen.is_empty() {
        wrong(
            "choice_unknown",
            "risk",
            ("没有这一风险等级", "There is no such risk"),
            ("从列表中选择", "Choose one of the list"),
        );
    }
    match (percent, faults.is_empty()) {
        (Ok(percent), true) => Ok(MilestoneProgress {
            milestone: id.to_owned(),
            percent,
            reached_on: reached_on.flatten(),
            risk: risk.unwrap_or_default(),
            note: form.get(&name("note")).to_owned(),
        }),
        _ => Err(faults),
    }
}

fn invalid(error: jiebang_service::ServiceError) -> Vec<Finding> {
    match error {
        jiebang_service::ServiceError::Invalid(findings) => findings,
        _ => Vec::new(),
    }
}
