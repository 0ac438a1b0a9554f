//! Findings as pages show them: in lists, in the error summary, beside their fields.

use jiebang_domain::call::{Call, Field, FieldKind};
use jiebang_domain::shared::{Finding, Language, Severity};
use jiebang_service::ApplicationView;

use super::address_of;
use crate::views::{ErrorLink, FieldError, FindingView};
use crate::words::{self, pick};

/// A field that was left blank, evidence or a signature that is missing: not wrong, only not done yet.
pub(super) fn is_blank(finding: &Finding) -> bool {
    matches!(finding.code.as_str(), "field_blank" | "evidence_missing" | "declaration_missing")
}

/// A value that nobody can mean as it stands, whatever the other fields say.
pub(super) fn is_malformed(call: &Call, finding: &Finding) -> bool {
    finding.severity == Severity::Refusal
        && !is_blank(finding)
        && !call.limits.iter().any(|limit| limit.code == finding.code)
        && call
            .rule(&finding.code)
            .is_none_or(|rule| matches!(rule.check, jiebang_domain::call::Check::BuiltIn))
}

/// Findings that a page shows, by the paths of its fields (本页的问题).
#[derive(Clone, Copy, Debug)]
pub(super) struct Faults<'f> {
    call: &'f Call,
    findings: &'f [Finding],
    language: Language,
}

impl<'f> Faults<'f> {
    pub(super) fn new(call: &'f Call, findings: &'f [Finding], language: Language) -> Self {
        Self { call, findings, language }
    }

    /// What is wrong with the field of a path; the gravest fault where there are several.
    pub(super) fn of(&self, path: &str) -> Option<FieldError> {
        self.all_of(path).into_iter().next()
    }

    /// All that is wrong with the field of a path, the gravest first.
    pub(super) fn all_of(&self, path: &str) -> Vec<FieldError> {
        let mut own: Vec<&Finding> =
            self.findings.iter().filter(|finding| finding.field.as_deref() == Some(path)).collect();
        own.sort_by_key(|finding| finding.severity);
        own.into_iter().map(|finding| self.error(finding)).collect()
    }

    /// What is wrong with a group of inputs or any one of them.
    pub(super) fn within(&self, path: &str) -> Option<FieldError> {
        let inside = |finding: &&Finding| {
            finding
                .field
                .as_deref()
                .and_then(|field| field.strip_prefix(path))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.findings
            .iter()
            .filter(inside)
            .min_by_key(|finding| finding.severity)
            .map(|finding| self.error(finding))
    }

    /// Links to the fields, for the head of the page.
    pub(super) fn links(&self) -> Vec<ErrorLink> {
        self.findings
            .iter()
            .map(|finding| ErrorLink {
                href: finding.field.as_ref().map_or_else(|| "#main".to_owned(), |path| format!("#{path}")),
                message: named(self.call, finding, self.language),
            })
            .collect()
    }

    fn error(&self, finding: &Finding) -> FieldError {
        FieldError {
            message: finding.message.get(self.language).to_owned(),
            clause: finding.clause.as_ref().map(|id| words::clause(self.call, id, self.language)),
            remedy: super::sentence(&[finding.remedy.get(self.language)], self.language),
        }
    }
}

/// The row that a path is in: table and number.
fn row_of<'p>(call: &Call, path: &'p str) -> Option<(&'p str, usize)> {
    let (row, _) = path.rsplit_once('.')?;
    let (table, number) = row.rsplit_once('.')?;
    let rows = matches!(call.field(table)?.kind, FieldKind::Table(_) | FieldKind::WorkPlan(_));
    Some((table, number.parse().ok()?)).filter(|_| rows)
}

/// The field behind a path, or the column in a row of a table.
pub(super) fn field_behind<'c>(call: &'c Call, path: &str) -> Option<&'c Field> {
    if let Some(field) = call.field(path) {
        return Some(field);
    }
    let (table, _) = row_of(call, path)?;
    let column = path.rsplit('.').next()?;
    match &call.field(table)?.kind {
        FieldKind::Table(columns) => columns.iter().find(|known| known.id == column),
        _ => None,
    }
}

/// What an input is called away from its page: its label, with the row that it is in.
pub(super) fn name_of_input(call: &Call, path: &str, language: Language) -> String {
    let row = row_of(call, path).map(|(table, number)| legend(table, number, language));
    let item = || call.items().find(|item| path.contains(&format!(".{}.", item.id)));
    let name = match (field_behind(call, path), row.is_some()) {
        (Some(field), _) => field.label.get(language).to_owned(),
        (None, true) => plan_column(path.rsplit('.').next().unwrap_or(path), language),
        (None, false) => item().map_or_else(|| path.to_owned(), |item| item.name.get(language).to_owned()),
    };
    row.map_or_else(|| name.clone(), |row| joined(&row, &name, language))
}

/// The label of a column of a work plan.
pub(super) fn plan_column(column: &str, language: Language) -> String {
    match column {
        "what" => pick(language, "阶段任务和目标", "Work and goals of the phase"),
        "lane" => pick(language, "所属链条", "Lane"),
        "from" => pick(language, "开始日期", "From"),
        "to" => pick(language, "结束日期", "To"),
        other => other.to_owned(),
    }
}

/// A message that can be understood away from its field.
fn named(call: &Call, finding: &Finding, language: Language) -> String {
    let message = finding.message.get(language);
    let Some(path) = finding.field.as_deref() else { return message.to_owned() };
    let row = row_of(call, path);
    let said = row.is_some_and(|(_, number)| {
        [format!("第{number}行"), format!("row {number}"), format!("Row {number}")]
            .iter()
            .any(|row| message.contains(row))
    });
    let row = row.filter(|_| !said).map(|(table, number)| legend(table, number, language));
    // What a call says is a whole sentence; what only this product says may lack its subject.
    let own = finding.clause.is_none() && call.rule(&finding.code).is_none();
    let label = field_behind(call, path).filter(|_| own).map(|field| field.label.get(language));
    let label = label.filter(|label| !message.contains(label)).map(str::to_owned);
    let mut all = message.to_owned();
    for prefix in [label, row].into_iter().flatten() {
        all = joined(&prefix, &all, language);
    }
    all
}

fn joined(subject: &str, rest: &str, language: Language) -> String {
    pick(language, &format!("{subject}：{rest}"), &format!("{subject}: {rest}"))
}

/// What a row of a table is called.
pub(super) fn legend(table: &str, number: usize, language: Language) -> String {
    match (table == jiebang_domain::application::PARTNERS, language) {
        (true, Language::Zh) => format!("联合单位 {number}"),
        (true, Language::En) => format!("Partner {number}"),
        (false, Language::Zh) => format!("第 {number} 行"),
        (false, Language::En) => format!("Row {number}"),
    }
}

/// A finding in a list, with a link to its field.
pub(crate) fn finding_view(
    view: &ApplicationView,
    finding: &Finding,
    nth: usize,
    language: Language,
) -> FindingView {
    let call = &view.summary.call.call;
    let located = view.locate(finding);
    let section = located
        .as_ref()
        .and_then(|located| call.sections.iter().find(|section| section.id == located.section));
    let (severity, word) = match finding.severity {
        Severity::Refusal => ("wrong", pick(language, "必须", "Must")),
        Severity::InPrinciple => ("principle", pick(language, "原则上", "In principle")),
        Severity::Warning => ("hint", pick(language, "提示", "Advice")),
    };
    FindingView {
        id: format!("finding-{nth}"),
        severity,
        word,
        clause: finding.clause.as_ref().map(|id| words::clause(call, id, language)),
        message: named(call, finding, language),
        remedy: super::sentence(&[finding.remedy.get(language)], language),
        // Where nothing can be changed any more, nothing leads there.
        href: located
            .filter(|_| view.may_edit)
            .map(|located| {
                let page = address_of(&view.summary.id, &located.section);
                format!("{page}?check#{}", located.field)
            })
            .unwrap_or_default(),
        place: section.map(|section| section.title.get(language).to_owned()).unwrap_or_default(),
    }
}

/// How many findings stop a submission.
pub(super) fn blocking(findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| finding.severity != Severity::Warning).count()
}
