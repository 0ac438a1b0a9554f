//! Rules in words, clause by clause: every clause of the notice is an anchor of the call's page.

use std::collections::{BTreeMap, BTreeSet};

use jiebang_domain::call::{Call, Check, Decider, Provision, Source, Strength, provisions};
use jiebang_domain::shared::{ClauseId, Language};

use super::{cites, tasks};
use crate::views::{ClauseView, Link};
use crate::words::{self, pick};

/// Name of the provisions that tasks show as indicators.
const INDICATOR_CODE: &str = "promise_below_threshold";

/// A clause with the rules that follow from it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) anchor: String,
    pub(super) label: String,
    pub(super) text: String,
    pub(super) lines: Vec<Line>,
    /// Tasks and indicators that it sets.
    pub(super) tasks: Vec<Link>,
    pub(super) indicators: String,
    /// Clauses under which rules that also rest on it stand.
    pub(super) see: Vec<ClauseView>,
    /// Why no rule follows; may be empty.
    pub(super) uncovered: String,
}

/// A rule in words.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) tag: String,
    pub(super) style: &'static str,
    pub(super) text: String,
    pub(super) note: String,
    pub(super) also: Vec<ClauseView>,
}

/// A contradiction or gap, and what was chosen.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) clauses: Vec<ClauseView>,
    pub(super) printed: String,
    pub(super) chosen: String,
}

/// All clauses in the order of the notice.
pub(super) fn entries(call: &Call, language: Language) -> Vec<Entry> {
    let mut lines: BTreeMap<&ClauseId, Vec<Line>> = BTreeMap::new();
    let mut see: BTreeMap<&ClauseId, BTreeSet<&ClauseId>> = BTreeMap::new();
    let provisions: Vec<Provision> =
        provisions(call).into_iter().filter(|provision| provision.code != INDICATOR_CODE).collect();
    for provision in &provisions {
        let Some((clause, others)) = provision.source.clauses().split_first() else { continue };
        lines.entry(clause).or_default().push(line(call, provision, language));
        for other in others {
            see.entry(other).or_default().insert(clause);
        }
    }
    for (source, extra) in extras(call, language) {
        if let Some(clause) = source.clause() {
            lines.entry(clause).or_default().push(extra);
        }
    }
    let indicators = indicators(call);
    let mut nodes = nodes(call, language);
    call.clauses
        .iter()
        .map(|clause| {
            let elsewhere: Vec<ClauseId> =
                see.remove(&clause.id).unwrap_or_default().into_iter().cloned().collect();
            Entry {
                anchor: clause.id.anchor(),
                label: clause.id.to_string(),
                text: clause.text.get(language).to_owned(),
                lines: lines.remove(&clause.id).unwrap_or_default(),
                tasks: nodes.remove(&clause.id).unwrap_or_default(),
                indicators: indicators_words(indicators.get(&clause.id).copied().unwrap_or(0), language),
                see: cites(call, &elsewhere, language),
                uncovered: clause
                    .uncovered
                    .as_ref()
                    .map(|why| why.get(language).to_owned())
                    .unwrap_or_default(),
            }
        })
        .collect()
}

/// What the letters of clause numbers stand for, as far as the call uses them.
pub(super) fn legend(call: &Call, language: Language) -> String {
    let used = |prefix: &str| {
        call.clauses.iter().any(|clause| {
            let rest = clause.id.as_str().strip_prefix(prefix);
            rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphabetic()))
        })
    };
    let letters = [
        ("首", "首指开头一段", "首 is the opening paragraph"),
        ("G", "G 指所附任务榜单", "G the annexed list of tasks"),
        ("F", "F 指所附表格", "F the annexed forms"),
        ("App", "App 指附录", "App the appendix"),
        ("P", "P 指项目", "P a project"),
    ];
    let named: Vec<String> = letters
        .iter()
        .filter(|(prefix, _, _)| used(prefix))
        .map(|(_, zh, en)| pick(language, zh, en))
        .collect();
    if named.is_empty() {
        return String::new();
    }
    match language {
        Language::Zh => format!("条款号依通知原文，其中{}。", named.join("，")),
        Language::En => format!("Clauses are numbered as in the notice; {}.", named.join(", ")),
    }
}

/// Rules that rest on the operator's published plan.
pub(super) fn operator(call: &Call, language: Language) -> Vec<Line> {
    provisions(call)
        .iter()
        .filter(|provision| provision.source == Source::Operator && provision.code != INDICATOR_CODE)
        .map(|provision| line(call, provision, language))
        .collect()
}

/// Contradictions and gaps, settled.
pub(super) fn settled(call: &Call, language: Language) -> Vec<Settled> {
    call.choices
        .iter()
        .map(|choice| Settled {
            clauses: cites(call, choice.source.clauses(), language),
            printed: choice.printed.get(language).to_owned(),
            chosen: choice.chosen.get(language).to_owned(),
        })
        .collect()
}

fn line(call: &Call, provision: &Provision, language: Language) -> Line {
    let stated = call.statements.iter().any(|statement| statement.id == provision.code);
    let (tag, style) = if stated && provision.strength == Strength::Must {
        (pick(language, "说明", "stated"), "soft")
    } else {
        words::strength(provision.strength, language)
    };
    let others: Vec<ClauseId> = provision.source.clauses().iter().skip(1).cloned().collect();
    Line {
        tag,
        style,
        text: words::capital(provision.text.get(language)),
        note: judged(call, &provision.code, language),
        also: cites(call, &others, language),
    }
}

/// Who judges a rule that is not checked when an application is submitted.
fn judged(call: &Call, code: &str, language: Language) -> String {
    let Some(rule) = call.rule(code) else { return String::new() };
    let Check::Decided(decider) = rule.check else { return String::new() };
    match decider {
        Decider::Applicant => pick(language, "由申报单位承诺", "Declared by the applicant"),
        Decider::RecommendingAuthority => {
            pick(language, "由推荐单位审核", "Verified by the recommending authority")
        }
        Decider::SelectionBody => pick(language, "由遴选机构判定", "Judged by the selection body"),
        Decider::EvaluationBody => pick(language, "由测评机构判定", "Judged by the evaluation body"),
        Decider::ProgrammeOffice => pick(language, "由主办单位判定", "Judged by the programme office"),
    }
}

/// Definitions and criteria of preference, which are no provisions.
fn extras(call: &Call, language: Language) -> Vec<(&Source, Line)> {
    let soft =
        |tag: String, text: String| Line { tag, style: "soft", text, note: String::new(), also: Vec::new() };
    let terms = call.terms.iter().map(|term| {
        let text = match language {
            Language::Zh => format!("“{}”：{}", term.name.zh, term.text.zh),
            Language::En => format!("“{}”: {}", term.name.get(language), term.text.get(language)),
        };
        (&term.source, soft(pick(language, "定义", "definition"), text))
    });
    let preferences =
        call.recommendation.iter().filter(|recommendation| !recommendation.preferences.is_empty());
    let preferences = preferences.map(|recommendation| {
        let criteria =
            super::all(&recommendation.preferences, language).join(pick(language, "；", "; ").as_str());
        (&recommendation.source, soft(pick(language, "优先", "preferred"), criteria))
    });
    terms.chain(preferences).collect()
}

/// Nodes of the task tree by the clause that sets them.
fn nodes(call: &Call, language: Language) -> BTreeMap<&ClauseId, Vec<Link>> {
    let mut nodes: BTreeMap<&ClauseId, Vec<Link>> = BTreeMap::new();
    for node in &call.nodes {
        if let Some(clause) = node.source.clause() {
            let link =
                Link { href: format!("#{}", tasks::anchor(node)), name: node.name.get(language).to_owned() };
            nodes.entry(clause).or_default().push(link);
        }
    }
    nodes
}

/// How many indicators a clause sets.
fn indicators(call: &Call) -> BTreeMap<&ClauseId, usize> {
    let mut counts = BTreeMap::new();
    for clause in call.items().filter_map(|item| item.source.clause()) {
        *counts.entry(clause).or_insert(0) += 1;
    }
    counts
}

fn indicators_words(count: usize, language: Language) -> String {
    match (count, language) {
        (0, _) => String::new(),
        (_, Language::Zh) => format!("{count} 项可检验指标，列在任务之下"),
        (1, Language::En) => "1 checkable indicator, listed with its task".to_owned(),
        (_, Language::En) => format!("{count} checkable indicators, listed with their tasks"),
    }
}
