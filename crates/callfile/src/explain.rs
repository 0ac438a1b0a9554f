//! A call in plain words and as JSON, for a lawyer to read against the notice.

use jiebang_domain::call::{
    Call, Choice, Entry, FieldKind, Provision, Source, Strength, item_words, provisions,
};
use jiebang_domain::shared::{ClauseId, Language, Text};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;

use crate::document::{self, Document};

/// `call explain` as JSON.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// Id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// Document number.
    pub document_number: Option<String>,
    /// Issuers.
    pub issuers: Vec<Text>,
    /// Nothing is left blank.
    pub publishable: bool,
    /// Keys left blank.
    pub blanks: Vec<String>,
    /// Deadlines.
    pub calendar: Vec<CalendarEntry>,
    /// Rules in words.
    pub rules: Vec<RuleEntry>,
    /// Contradictions and gaps, settled.
    pub choices: Vec<ChoiceEntry>,
    /// Counts of what the file holds.
    pub counts: Counts,
    /// Clauses without a rule, with the reason.
    pub uncovered_clauses: Vec<UncoveredClause>,
}

/// A deadline.
#[derive(Debug, Serialize)]
pub struct CalendarEntry {
    /// `applicant` or `recommender`.
    pub actor: &'static str,
    /// What closes.
    pub event: String,
    /// Exclusive instant, RFC 3339 in the call's zone.
    pub at: String,
    /// As printed.
    pub printed: String,
    /// Clause.
    pub clause: Option<ClauseId>,
}

/// A rule in words.
#[derive(Debug, Serialize)]
pub struct RuleEntry {
    /// Name of the fault.
    pub code: String,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Leading clause.
    pub clause: Option<ClauseId>,
    /// All clauses.
    pub clauses: Vec<ClauseId>,
    /// `notice` or `operator`.
    pub source: &'static str,
    /// `must`, `in_principle` or `encouraged`.
    pub strength: &'static str,
    /// The rule.
    pub text: Text,
}

/// A contradiction or gap, settled.
#[derive(Debug, Serialize)]
pub struct ChoiceEntry {
    /// Id.
    pub code: String,
    /// Leading clause.
    pub clause: Option<ClauseId>,
    /// All clauses.
    pub clauses: Vec<ClauseId>,
    /// What is printed.
    pub printed: Text,
    /// What the file does.
    pub chosen: Text,
}

/// A clause without a rule.
#[derive(Debug, Serialize)]
pub struct UncoveredClause {
    /// Clause.
    pub clause: ClauseId,
    /// Reason.
    pub reason: Text,
}

/// How many of each a call's own file holds.
#[derive(Debug, Default, Serialize)]
pub struct Counts {
    /// Nodes that the notice calls 方向.
    pub directions: usize,
    /// Leaves that one can apply under.
    pub tasks: usize,
    /// Items of closed lists that a field chooses from.
    pub list_items: usize,
    /// Rows of a product appendix.
    pub product_rows: usize,
    /// Items with a numeric threshold in product rows.
    pub numeric_indicators: usize,
    /// 考核指标.
    pub indicators: usize,
    /// Items of the 考核指标.
    pub checkable_items: usize,
    /// Evidence items.
    pub evidence_items: usize,
    /// Columns of the recommendation table.
    pub recommendation_columns: usize,
    /// Limits in 字.
    pub character_limits: usize,
    /// Caps and quotas.
    pub limits: usize,
    /// Instants set by the notice.
    pub deadlines: usize,
}

/// Explains a call as far as it could be made.
pub fn explain(document: &Document, call: &Call) -> Explanation {
    Explanation {
        id: call.id.clone(),
        title: call.title.clone(),
        document_number: call.document_number.clone(),
        issuers: call.issuers.clone(),
        publishable: call.is_publishable(),
        blanks: call.blanks.iter().map(|(key, _)| key.clone()).collect(),
        calendar: call
            .deadlines
            .iter()
            .map(|deadline| CalendarEntry {
                actor: deadline.actor.id(),
                event: deadline.event.clone(),
                at: deadline.at.to_zoned(call.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
                printed: deadline.printed.clone(),
                clause: deadline.source.clause().cloned(),
            })
            .collect(),
        rules: provisions(call).into_iter().map(rule_entry).collect(),
        choices: call.choices.iter().map(choice_entry).collect(),
        counts: counts(document),
        uncovered_clauses: call
            .clauses
            .iter()
            .filter_map(|clause| {
                let reason = clause.uncovered.clone()?;
                Some(UncoveredClause { clause: clause.id.clone(), reason })
            })
            .collect(),
    }
}

fn rule_entry(provision: Provision) -> RuleEntry {
    RuleEntry {
        code: provision.code,
        row: provision.row,
        clause: provision.source.clause().cloned(),
        clauses: provision.source.clauses().to_vec(),
        source: match provision.source {
            Source::Clauses(_) => "notice",
            Source::Operator => "operator",
        },
        strength: match provision.strength {
            Strength::Must => "must",
            Strength::InPrinciple => "in_principle",
            Strength::Encouraged => "encouraged",
        },
        text: provision.text,
    }
}

fn choice_entry(choice: &Choice) -> ChoiceEntry {
    ChoiceEntry {
        code: choice.id.clone(),
        clause: choice.source.clause().cloned(),
        clauses: choice.source.clauses().to_vec(),
        printed: choice.printed.clone(),
        chosen: choice.chosen.clone(),
    }
}

/// Counts what stands in the call's own file, entry by entry, whatever is wrong with it.
fn counts(document: &Document) -> Counts {
    let parents: BTreeSet<&str> = document
        .node
        .iter()
        .filter_map(|node| node.parent.as_deref())
        .chain(
            document
                .list
                .iter()
                .filter(|list| list.level.is_some())
                .flat_map(|list| list.items.iter().filter_map(|item| item.parent.as_deref())),
        )
        .collect();
    let nodes_at = |level: &str| document.node.iter().filter(|node| node.level == level).count();
    let leaves = document.node.iter().filter(|node| !parents.contains(node.id.as_str())).count();
    let of_levels: usize =
        document.list.iter().filter(|list| list.level.is_some()).map(|list| list.items.len()).sum();
    let chosen: BTreeSet<&str> = document
        .field
        .iter()
        .filter(|field| field.kind == Some(document::FieldKindName::Choice))
        .filter_map(|field| field.list.as_deref())
        .collect();
    Counts {
        directions: nodes_at("direction"),
        tasks: match (document.call.as_ref().map(|call| call.kind), of_levels) {
            // Nobody applies under a plan.
            (Some(document::KindName::ActionPlan), _) => 0,
            (_, 0) => leaves,
            (_, of_levels) => of_levels,
        },
        list_items: document
            .list
            .iter()
            .filter(|list| list.level.is_some() || chosen.contains(list.id.as_str()))
            .map(|list| list.items.len())
            .sum(),
        product_rows: nodes_at("product"),
        numeric_indicators: document
            .node
            .iter()
            .filter(|node| node.level == "product")
            .flat_map(|node| &node.items)
            .filter(|item| {
                let boolean = matches!(item.value, Some(document::ValueName::Boolean(_)));
                !boolean && item.one_of.is_empty()
            })
            .count(),
        indicators: document.indicator.len(),
        checkable_items: document.indicator.iter().map(|indicator| indicator.items.len()).sum(),
        evidence_items: document.evidence.len(),
        recommendation_columns: document.recommendation.as_ref().map_or(0, |table| table.columns.len()),
        character_limits: document.character_limit.len(),
        limits: document.limit.iter().filter(|limit| limit.source.is_none()).count(),
        deadlines: document.deadline.len(),
    }
}

impl Explanation {
    /// The same in plain words.
    pub fn words(&self, call: &Call, language: Language) -> String {
        let mut out = String::new();
        let zh = language == Language::Zh;
        let pick = |zh_words: &'static str, en_words: &'static str| if zh { zh_words } else { en_words };
        let clause = |clauses: &[ClauseId]| {
            if clauses.is_empty() {
                pick("运营方案", "operator").to_owned()
            } else {
                clauses.iter().map(ClauseId::as_str).collect::<Vec<_>>().join("、")
            }
        };
        let _ = writeln!(out, "{}\n{}", self.title.get(language), self.id);
        if let Some(number) = &self.document_number {
            let _ = writeln!(out, "{number}");
        }
        for issuer in &self.issuers {
            let _ = writeln!(out, "{}", issuer.get(language));
        }
        if !self.publishable {
            let _ = writeln!(
                out,
                "{}：{}",
                pick("不能发布，留空", "Not publishable, blank"),
                self.blanks.join(", ")
            );
        }
        let _ = writeln!(out, "\n{}", pick("时间", "Calendar"));
        for deadline in &call.deadlines {
            let until = jiebang_domain::call::deadline_words(call, deadline);
            let _ = writeln!(out, "  {}  [{}]", until.get(language), clause(deadline.source.clauses()));
        }
        tasks_in_words(&mut out, call, language);
        form_in_words(&mut out, call, language);
        let _ = writeln!(out, "\n{}", pick("规则", "Rules"));
        for rule in &self.rules {
            let strength = match rule.strength {
                "in_principle" => pick("（原则上）", " (in principle)"),
                "encouraged" => pick("（鼓励）", " (encouraged)"),
                _ => "",
            };
            let row = rule.row.as_deref().map(|row| format!("{row} ")).unwrap_or_default();
            let _ = writeln!(
                out,
                "  {row}{}{strength}  [{}]  {}",
                rule.text.get(language),
                clause(&rule.clauses),
                rule.code
            );
        }
        let _ = writeln!(out, "\n{}", pick("选择", "Choices"));
        for choice in &self.choices {
            let _ = writeln!(
                out,
                "  {} [{}] {}\n      → {}",
                choice.code,
                clause(&choice.clauses),
                choice.printed.get(language),
                choice.chosen.get(language)
            );
        }
        let _ = writeln!(out, "\n{}", pick("没有规则的条款", "Clauses without a rule"));
        for uncovered in &self.uncovered_clauses {
            let _ = writeln!(out, "  {}  {}", uncovered.clause, uncovered.reason.get(language));
        }
        out
    }
}

fn pick(language: Language, zh: &'static str, en: &'static str) -> &'static str {
    if language == Language::Zh { zh } else { en }
}

fn clauses_in_words(source: &Source, language: Language) -> String {
    match source {
        Source::Operator => pick(language, "运营方案", "operator").to_owned(),
        Source::Clauses(clauses) => clauses.iter().map(ClauseId::as_str).collect::<Vec<_>>().join("、"),
    }
}

/// The task tree with everything that its clauses list.
fn tasks_in_words(out: &mut String, call: &Call, language: Language) {
    let _ = writeln!(out, "\n{}", pick(language, "任务", "Tasks"));
    for node in &call.nodes {
        let depth = call.path(&node.id).len();
        let indent = "  ".repeat(depth);
        let clause = clauses_in_words(&node.source, language);
        let _ = writeln!(out, "{indent}{} {}  [{clause}]", node.number, node.name.get(language));
        if let Some(text) = &node.text {
            let _ = writeln!(out, "{indent}  {}", text.get(language));
        }
        for required in node.requires.iter().chain(&node.qualities) {
            let _ = writeln!(out, "{indent}  · {}", required.get(language));
        }
        for list in &node.lists {
            let items: Vec<&str> = list.items.iter().map(|item| item.get(language)).collect();
            let open = if list.open { pick(language, "等", " and others") } else { "" };
            let _ = writeln!(
                out,
                "{indent}  {}: {}{open}",
                list.name.get(language),
                items.join(pick(language, "、", ", "))
            );
        }
        let of_indicators = call.indicators.iter().filter(|indicator| indicator.node == node.id);
        for item in node.items.iter().chain(of_indicators.flat_map(|indicator| &indicator.items)) {
            let _ = writeln!(out, "{indent}  {} {}", item.id, item_words(item).get(language));
        }
    }
}

/// Sections and fields of the form.
fn form_in_words(out: &mut String, call: &Call, language: Language) {
    if call.sections.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}", pick(language, "申报表", "Application form"));
    for section in &call.sections {
        let clause = clauses_in_words(&section.source, language);
        let _ = writeln!(out, "  {}  [{clause}]", section.title.get(language));
        for entry in &section.entries {
            let Entry::Field(field) = entry else { continue };
            let optional = if field.required { "" } else { pick(language, "（可不填）", " (optional)") };
            let columns = match &field.kind {
                FieldKind::Table(columns) => {
                    let labels: Vec<&str> = columns.iter().map(|column| column.label.get(language)).collect();
                    format!(": {}", labels.join(pick(language, "、", ", ")))
                }
                _ => String::new(),
            };
            let _ = writeln!(out, "    {}{columns}{optional}", field.label.get(language));
        }
    }
}
