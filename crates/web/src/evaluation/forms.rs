//! The forms of the page: plan, measurement, voiding, ruling.

use jiebang_domain::evaluation::{PlanItem, Verdict};
use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{EvaluationLine, EvaluationView};

use super::Told;
use super::acts::planned;
use crate::recommendation::ACT;
use crate::views::Field;
use crate::words::pick;

/// Act of the form of the plan.
pub(super) const PLAN: &str = "plan";
/// Act that locks it.
pub(super) const LOCK: &str = "lock";
/// Act of the form of a measurement.
pub(super) const MEASURE: &str = "measure";
/// Act of the form that voids one.
pub(super) const VOID: &str = "void";
/// Act of the form of a ruling.
pub(super) const RULE: &str = "rule";

/// A group of inputs under a heading.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) legend: String,
    pub(super) note: String,
    pub(super) fields: Vec<Field>,
}

/// Inputs with what was typed into them and what is wrong.
struct Inputs<'t> {
    told: &'t Told,
    typed: bool,
    language: Language,
}

impl<'t> Inputs<'t> {
    fn of(told: &'t Told, act: &str, language: Language) -> Self {
        Self { told, typed: told.form.get(ACT) == act, language }
    }

    fn field(&self, kind: &'static str, name: &str, zh: &str, en: &str) -> Field {
        let field = Field::new(kind, name, pick(self.language, zh, en));
        if !self.typed {
            return field;
        }
        field.value(self.told.form.get(name)).judged(&self.told.findings, self.language)
    }

    /// A list to choose from, first of all nothing.
    fn select(&self, name: &str, label: (&str, &str), options: Vec<(String, String)>) -> Field {
        let none = (String::new(), pick(self.language, "请选择", "Choose"));
        self.field("select", name, label.0, label.1).choices(std::iter::once(none).chain(options))
    }
}

/// The plan by indicator.
pub(super) fn plan(view: &EvaluationView, told: &Told, language: Language) -> Vec<Group> {
    let inputs = Inputs::of(told, PLAN, language);
    let judged: &[Finding] = if inputs.typed || told.form.get(ACT) == LOCK { &told.findings } else { &[] };
    let group = |line: &EvaluationLine| {
        let stored = if inputs.typed { planned(&told.form, &line.id) } else { line.planned.clone() };
        Group {
            legend: line.name.get(language).to_owned(),
            note: super::page::required(line, language),
            fields: plan_fields(line, &stored, judged, language),
        }
    };
    view.lines.iter().map(group).collect()
}

fn plan_fields(
    line: &EvaluationLine,
    stored: &PlanItem,
    judged: &[Finding],
    language: Language,
) -> Vec<Field> {
    let field = |name: &str, zh: &str, en: &str, value: &str| {
        Field::new("text", &format!("{name}.{}", line.id), pick(language, zh, en))
            .value(value)
            .judged(judged, language)
    };
    let waiver = stored.waiver.clone();
    let (approver, reason) = waiver.map(|of| (of.approver, of.reason)).unwrap_or_default();
    let mut fields = vec![
        field("method", "测评方法", "Method", &stored.method),
        field("laboratory", "检测机构", "Laboratory", &stored.laboratory),
    ];
    if line.item.as_ref().is_some_and(|item| !item.as_printed.is_empty()) {
        let confirmed =
            field("confirmed", "通知未写明之处的确认", "What the notice leaves out", &stored.confirmed);
        fields.push(confirmed.optional());
    }
    fields.push(field("approver", "不适用的批准人", "Not applicable: approved by", &approver).optional());
    fields.push(field("waiver", "不适用的理由", "Not applicable: why", &reason).optional());
    fields
}

/// A measurement.
pub(super) fn measure(view: &EvaluationView, told: &Told, language: Language) -> Vec<Field> {
    let inputs = Inputs::of(told, MEASURE, language);
    let hint = |field: Field, zh: &str, en: &str| field.hint(pick(language, zh, en));
    vec![
        inputs.select("item", ("指标", "Indicator"), items(view, language)),
        hint(
            inputs.field("text", "value", "测量值", "Value").optional(),
            "多轴用“×”隔开；是否类填“是”或“否”；测得区间的填下面两栏",
            "Separate axes by “×”; write yes or no where that is asked for; an interval goes into the two boxes below",
        ),
        inputs.field("text", "low", "下限", "Lower bound").optional(),
        inputs.field("text", "high", "上限", "Upper bound").optional(),
        hint(
            inputs.field("text", "unit", "单位", "Unit").optional(),
            "不填即指标的单位",
            "The indicator's where it stays empty",
        ),
        inputs.field("text", "samples", "样本数", "Number of samples"),
        hint(
            inputs
                .field("text", "uncertainty", "扩展不确定度（k=2）", "Expanded uncertainty (k = 2)")
                .optional(),
            "单位同测量值",
            "In the unit of the value",
        ),
        inputs.field("day", "measured_on", "测量日期", "Day of the measurement"),
        inputs.field("text", "laboratory", "检测机构", "Laboratory"),
        inputs.field("text", "evidence_name", "检测报告文件名", "Name of the report"),
        inputs.field("text", "evidence_sha256", "检测报告的 SHA-256", "SHA-256 of the report"),
    ]
}

/// Voiding; `None` where nothing can be voided.
pub(super) fn void(view: &EvaluationView, told: &Told, language: Language) -> Option<Vec<Field>> {
    let inputs = Inputs::of(told, VOID, language);
    let options: Vec<(String, String)> = view
        .lines
        .iter()
        .flat_map(|line| line.measurements.iter().map(move |one| (line, one)))
        .filter(|(_, one)| one.counts())
        .map(|(line, one)| {
            let name = line.name.get(language);
            let label = pick(
                language,
                &format!("{name}，第{}次（{}）", one.number, one.measured_on),
                &format!("{name}, No. {} ({})", one.number, one.measured_on),
            );
            (format!("{}#{}", line.id, one.number), label)
        })
        .collect();
    if options.is_empty() {
        return None;
    }
    Some(vec![
        inputs.select("void", ("作废哪一次测量", "Which measurement"), options),
        inputs.field("textarea", "void_reason", "作废理由", "Why it is void"),
    ])
}

/// A ruling.
pub(super) fn rule(view: &EvaluationView, told: &Told, language: Language) -> Vec<Field> {
    let inputs = Inputs::of(told, RULE, language);
    let verdicts = Verdict::IDS.iter().filter_map(|id| {
        let verdict = Verdict::ruled(id, "", "")?;
        Some(((*id).to_owned(), verdict.name().get(language).to_owned()))
    });
    vec![
        inputs.select("ruled", ("裁定哪项指标", "Indicator to rule on"), items(view, language)),
        inputs.select("verdict", ("裁定结论", "Verdict"), verdicts.collect()),
        inputs.field("textarea", "reason", "裁定理由", "Why"),
    ]
}

fn items(view: &EvaluationView, language: Language) -> Vec<(String, String)> {
    view.lines.iter().map(|line| (line.id.clone(), line.name.get(language).to_owned())).collect()
}
