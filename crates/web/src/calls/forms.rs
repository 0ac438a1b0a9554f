//! The forms for reading: sections, fields, limits, evidence, declarations, cover and recommendation table.

use jiebang_domain::call::{Call, Declaration, Entry, Evidence, Field, FieldKind, Section, Signer};
use jiebang_domain::shared::{Language, Text};

use super::{all, cites, list};
use crate::views::ClauseView;
use crate::words::pick;

/// A part of the form.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) holds: String,
    pub(super) clauses: Vec<ClauseView>,
    pub(super) fields: Vec<Row>,
}

/// A field, an item of evidence or a declaration.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) demand: String,
    pub(super) hint: String,
}

/// All parts in order.
pub(super) fn parts(call: &Call, language: Language) -> Vec<Part> {
    let cover = call.cover.as_ref().map(|cover| {
        let sealed = pick(language, "（公章）", " (seal)");
        let lines = cover.lines.iter().map(|(label, _, seal)| {
            format!("{}{}", label.get(language), if *seal { sealed.as_str() } else { "" })
        });
        Part {
            name: pick(language, "封面", "Cover"),
            holds: list(&lines.collect::<Vec<_>>(), language),
            clauses: cites(call, cover.source.clauses(), language),
            fields: Vec::new(),
        }
    });
    let sections = call.sections.iter().map(|section| part(call, section, language));
    cover.into_iter().chain(sections).chain(recommendation(call, language)).collect()
}

fn part(call: &Call, section: &Section, language: Language) -> Part {
    let mut holds = Vec::new();
    let mut fields = Vec::new();
    for entry in &section.entries {
        match entry {
            Entry::Field(field) => {
                holds.push(short(field, language));
                fields.push(row(call, field, language));
            }
            Entry::Evidence => {
                holds.extend(call.evidence.iter().map(|evidence| evidence.name.get(language).to_owned()));
                fields.extend(call.evidence.iter().map(|evidence| evidence_row(evidence, language)));
            }
            Entry::Declarations => {
                holds.extend(
                    call.declarations.iter().map(|declaration| declaration.title.get(language).to_owned()),
                );
                fields.extend(
                    call.declarations.iter().map(|declaration| declaration_row(call, declaration, language)),
                );
            }
        }
    }
    Part {
        name: section.title.get(language).to_owned(),
        holds: list(&holds, language),
        clauses: cites(call, section.source.clauses(), language),
        fields,
    }
}

/// The label with its limit.
fn short(field: &Field, language: Language) -> String {
    let label = field.label.get(language);
    match (&field.limit, language) {
        (Some(limit), Language::Zh) => format!("{label}（{} 字）", limit.max),
        (Some(limit), Language::En) => format!("{label} ({} characters)", limit.max),
        (None, _) => label.to_owned(),
    }
}

fn row(call: &Call, field: &Field, language: Language) -> Row {
    let mut demands = vec![if field.required {
        pick(language, "必填", "required")
    } else {
        pick(language, "选填", "optional")
    }];
    if field.when.is_some() {
        demands.push(pick(language, "符合条件时填写", "only where it applies"));
    }
    demands.extend(kind_words(call, field, language));
    if let Some(limit) = &field.limit {
        demands.push(limit_words(limit.max, language));
    }
    if let Some(token) = &field.token {
        demands.push(match language {
            Language::Zh => format!("没有的填“{token}”"),
            Language::En => format!("where there is none: “{token}”"),
        });
    }
    Row {
        label: field.label.get(language).to_owned(),
        demand: join(&demands, language),
        hint: field.hint.as_ref().map(|hint| filled(call, hint).get(language).to_owned()).unwrap_or_default(),
    }
}

/// A text with the target year of the forms.
fn filled(call: &Call, text: &Text) -> Text {
    let year = call.target_year.as_ref().map(|target| target.year.to_string()).unwrap_or_default();
    text.fill(&[("target_year", year)])
}

fn limit_words(max: u32, language: Language) -> String {
    match language {
        Language::Zh => format!("不超过 {max} 字"),
        Language::En => format!("at most {max} characters"),
    }
}

fn join(parts: &[String], language: Language) -> String {
    parts.join(pick(language, "，", ", ").as_str())
}

fn kind_words(call: &Call, field: &Field, language: Language) -> Option<String> {
    Some(match &field.kind {
        FieldKind::Text | FieldKind::LongText => return None,
        FieldKind::Choice(id) => {
            let items =
                call.lists.get(id).map(|list| list.items.iter().map(|item| item.name.clone()).collect());
            let items: Vec<Text> = items.unwrap_or_default();
            let names = list(&all(&items, language), language);
            format!("{}{names}", pick(language, "选一项：", "one of: "))
        }
        FieldKind::Task => pick(language, "从揭榜任务中选一项", "one of the tasks"),
        FieldKind::Boolean => pick(language, "是或否", "yes or no"),
        FieldKind::Number => pick(language, "数值", "a number"),
        FieldKind::Date => pick(language, "日期", "a date"),
        FieldKind::Phone => pick(language, "电话号码", "a telephone number"),
        FieldKind::Mobile => pick(language, "手机号码", "a mobile number"),
        FieldKind::Email => pick(language, "电子邮箱", "an e-mail address"),
        FieldKind::PostalCode => pick(language, "6 位邮政编码", "a postal code of six digits"),
        FieldKind::OrganisationCode => {
            pick(language, "18 位或 9 位代码，校验末位", "a code of 18 or 9 characters with its check digit")
        }
        FieldKind::Table(columns) => {
            let columns: Vec<String> = columns.iter().map(|column| short(column, language)).collect();
            format!("{}{}", pick(language, "每行填：", "each row: "), list(&columns, language))
        }
        FieldKind::WorkPlan(_) => {
            pick(language, "甘特图：阶段任务和起止日期", "a plan: phases with their dates")
        }
        FieldKind::Indicators => {
            pick(language, "对所选任务的每项指标作出承诺", "a promise for each indicator of the chosen task")
        }
    })
}

fn evidence_row(evidence: &Evidence, language: Language) -> Row {
    let mut demands = vec![if evidence.if_any {
        pick(language, "如有", "if any")
    } else if evidence.when.is_some() {
        pick(language, "符合条件时提交", "only where it applies")
    } else {
        pick(language, "必须提交", "required")
    }];
    if evidence.per_member {
        demands.push(pick(language, "每个成员一份", "one for each member"));
    }
    if let Some(by) = &evidence.sealed_by {
        demands.push(match language {
            Language::Zh => format!("{}盖章", by.zh),
            Language::En => format!("sealed by: {}", by.get(language).to_lowercase()),
        });
    }
    Row {
        label: format!("{}{}{}", evidence.number, pick(language, " ", ". "), evidence.name.get(language)),
        demand: join(&demands, language),
        hint: evidence.hint.as_ref().map(|hint| hint.get(language).to_owned()).unwrap_or_default(),
    }
}

fn declaration_row(call: &Call, declaration: &Declaration, language: Language) -> Row {
    let mut demands = vec![match declaration.signer {
        Signer::Principal => pick(language, "负责人签字", "signed by the person in charge"),
        Signer::LegalRepresentative => pick(language, "法定代表人签字", "signed by the legal representative"),
    }];
    if declaration.sealed {
        demands.push(pick(language, "单位盖章", "sealed"));
    }
    let items: Vec<String> = declaration
        .items
        .iter()
        .filter(|item| !item.zh.contains("{task}"))
        .map(|item| filled(call, item).get(language).to_owned())
        .collect();
    Row {
        label: declaration.title.get(language).to_owned(),
        demand: join(&demands, language),
        hint: items.join(pick(language, "；", "; ").as_str()),
    }
}

fn recommendation(call: &Call, language: Language) -> Option<Part> {
    let recommendation = call.recommendation.as_ref()?;
    let columns: Vec<String> =
        recommendation.columns.iter().map(|(label, _)| label.get(language).to_owned()).collect();
    Some(Part {
        name: pick(language, "推荐表（由推荐单位填报）", "Recommendation table (by the authorities)"),
        holds: list(&columns, language),
        clauses: cites(call, recommendation.source.clauses(), language),
        fields: Vec::new(),
    })
}
