//! The task tree for reading: groups, tasks, requirements, indicators.

use jiebang_domain::call::{Call, Item, Node, Printed};
use jiebang_domain::shared::{Language, Target, Text};

use super::{all, cites, list};
use crate::views::ClauseView;
use crate::words::pick;

/// Tasks under one node, in the order of the tree.
#[derive(Debug)]
pub(super) struct Group {
    /// Depth of the heading: 3 for the root, 4 below it; 0 without a heading.
    pub(super) level: usize,
    pub(super) anchor: String,
    pub(super) title: String,
    pub(super) clauses: Vec<ClauseView>,
    pub(super) text: String,
    pub(super) lines: Vec<Line>,
    pub(super) indicators: Vec<IndicatorGroup>,
    pub(super) tasks: Vec<Task>,
    /// The tasks are names only and stand in columns.
    pub(super) names_only: bool,
}

/// A task.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) anchor: String,
    pub(super) number: String,
    pub(super) name: String,
    pub(super) aliases: String,
    pub(super) text: String,
    pub(super) lines: Vec<Line>,
    pub(super) indicators: Vec<IndicatorGroup>,
    pub(super) clauses: Vec<ClauseView>,
}

/// Something named of a node: a list, requirements.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) label: String,
    pub(super) text: String,
}

/// Indicators under one heading.
#[derive(Debug)]
pub(super) struct IndicatorGroup {
    pub(super) text: String,
    pub(super) clauses: Vec<ClauseView>,
    pub(super) items: Vec<Indicator>,
    /// One of them has a note.
    pub(super) noted: bool,
}

impl IndicatorGroup {
    fn new(text: String, clauses: Vec<ClauseView>, items: Vec<Indicator>) -> Self {
        let noted = items.iter().any(|item| !item.note.is_empty());
        Self { text, clauses, items, noted }
    }
}

/// An indicator.
#[derive(Debug)]
pub(super) struct Indicator {
    pub(super) name: String,
    pub(super) threshold: String,
    pub(super) note: String,
}

/// The anchor of a node on the call's page.
pub(super) fn anchor(node: &Node) -> String {
    format!("task-{}", node.id)
}

/// The whole tree.
pub(super) fn groups(call: &Call, language: Language) -> Vec<Group> {
    let mut groups = Vec::new();
    let roots: Vec<&Node> = call.nodes.iter().filter(|node| node.parent.is_none()).collect();
    let alone: Vec<&Node> = roots.iter().copied().filter(|root| children(call, root).is_empty()).collect();
    if !alone.is_empty() {
        groups.push(with_tasks(
            call,
            Group { level: 0, ..heading(call, None, 0, language) },
            &alone,
            language,
        ));
    }
    for root in roots.into_iter().filter(|root| !children(call, root).is_empty()) {
        add_groups(call, root, 3, language, &mut groups);
    }
    groups
}

fn children<'a>(call: &'a Call, node: &Node) -> Vec<&'a Node> {
    call.nodes.iter().filter(|other| other.parent.as_deref() == Some(node.id.as_str())).collect()
}

/// A node that has nodes below it, and what stands below. The reader of call files bounds the depth of the tree.
fn add_groups(call: &Call, node: &Node, level: usize, language: Language, groups: &mut Vec<Group>) {
    let (leaves, inner): (Vec<&Node>, Vec<&Node>) =
        children(call, node).into_iter().partition(|child| children(call, child).is_empty());
    groups.push(with_tasks(call, heading(call, Some(node), level, language), &leaves, language));
    for child in inner {
        add_groups(call, child, (level + 1).min(4), language, groups);
    }
}

fn heading(call: &Call, node: Option<&Node>, level: usize, language: Language) -> Group {
    Group {
        level,
        anchor: node.map(anchor).unwrap_or_default(),
        title: node.map(|node| title(node, language)).unwrap_or_default(),
        clauses: node.map(|node| cites(call, node.source.clauses(), language)).unwrap_or_default(),
        text: node
            .and_then(|node| node.text.as_ref())
            .map(|text| text.get(language).to_owned())
            .unwrap_or_default(),
        lines: node.map(|node| lines(node, language)).unwrap_or_default(),
        indicators: node.map(|node| indicators(call, node, language)).unwrap_or_default(),
        tasks: Vec::new(),
        names_only: false,
    }
}

/// Number and name: `（一）…`.
fn title(node: &Node, language: Language) -> String {
    let name = node.name.get(language);
    match (node.number.as_str(), language) {
        ("", _) => name.to_owned(),
        (number, Language::Zh) if number.starts_with('(') => {
            format!("{}{name}", number.replace('(', "（").replace(')', "）"))
        }
        (number, Language::Zh) => format!("{number}　{name}"),
        (number, Language::En) => format!("{number} {name}"),
    }
}

fn with_tasks(call: &Call, group: Group, leaves: &[&Node], language: Language) -> Group {
    let tasks: Vec<Task> = leaves.iter().map(|leaf| task(call, leaf, language)).collect();
    let bare = |task: &Task| task.text.is_empty() && task.lines.is_empty() && task.indicators.is_empty();
    Group { names_only: tasks.len() > 1 && tasks.iter().all(bare), tasks, ..group }
}

fn task(call: &Call, node: &Node, language: Language) -> Task {
    Task {
        anchor: anchor(node),
        number: node.number.clone(),
        name: node.name.get(language).to_owned(),
        aliases: node.aliases.join(pick(language, "、", ", ").as_str()),
        text: node.text.as_ref().map(|text| text.get(language).to_owned()).unwrap_or_default(),
        lines: lines(node, language),
        indicators: indicators(call, node, language),
        clauses: cites(call, node.source.clauses(), language),
    }
}

fn lines(node: &Node, language: Language) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |label: String, text: String| lines.push(Line { label, text });
    for named in &node.lists {
        let items = list(&all(&named.items, language), language);
        let more = if named.open { pick(language, "等", " and others") } else { String::new() };
        add(named.name.get(language).to_owned(), format!("{items}{more}"));
    }
    let sentences = |texts: &[Text]| all(texts, language).join(pick(language, "；", "; ").as_str());
    if !node.requires.is_empty() {
        add(pick(language, "要求", "Requirements"), sentences(&node.requires));
    }
    if !node.qualities.is_empty() {
        add(pick(language, "定性指标", "Indicators in words"), sentences(&node.qualities));
    }
    if let Some(host) = &node.host {
        add(pick(language, "承担单位", "Host"), host.get(language).to_owned());
    }
    if node.free_text {
        let text = pick(language, "由申报单位写明", "The applicant says what it is");
        add(pick(language, "具体内容", "Content"), text);
    }
    lines
}

fn indicators(call: &Call, node: &Node, language: Language) -> Vec<IndicatorGroup> {
    let items = |items: &[Item]| items.iter().map(|item| indicator(item, language)).collect::<Vec<_>>();
    let own =
        (!node.items.is_empty()).then(|| IndicatorGroup::new(String::new(), Vec::new(), items(&node.items)));
    let named = call.indicators.iter().filter(|indicator| indicator.node == node.id).map(|indicator| {
        let clauses = cites(call, indicator.source.clauses(), language);
        IndicatorGroup::new(indicator.text.get(language).to_owned(), clauses, items(&indicator.items))
    });
    own.into_iter().chain(named).collect()
}

/// Targets of the whole programme; `None` where there are none.
pub(super) fn targets(call: &Call, language: Language) -> Option<IndicatorGroup> {
    let items: Vec<Indicator> =
        call.programme_targets.iter().map(|item| target(call, item, language)).collect();
    (!items.is_empty()).then(|| IndicatorGroup::new(String::new(), Vec::new(), items))
}

fn target(call: &Call, item: &Item, language: Language) -> Indicator {
    let mut target = indicator(item, language);
    let clauses: Vec<String> = item.source.clauses().iter().map(ToString::to_string).collect();
    if !clauses.is_empty() {
        let of = item.of.as_deref().and_then(|of| call.items().find(|other| other.id == of));
        let of = of.map(|of| match language {
            Language::Zh => format!("计入“{}”", of.name.zh),
            Language::En => format!("counted in “{}”", of.name.get(language)),
        });
        let note: Vec<String> =
            of.into_iter().chain([target.note]).chain([list(&clauses, language)]).collect();
        target.note = join(note, language);
    }
    target
}

fn indicator(item: &Item, language: Language) -> Indicator {
    let name = item.name.get(language);
    let name = match (&item.condition, language) {
        (Some(condition), Language::Zh) => format!("{name}（{}）", condition.zh),
        (Some(condition), Language::En) => format!("{name} ({})", condition.get(language)),
        (None, _) => name.to_owned(),
    };
    let threshold = match item.threshold.target() {
        Target::Boolean(true) => pick(language, "须做到", "required"),
        Target::Boolean(false) => pick(language, "不得有", "must not be"),
        _ => item.threshold.words().get(language).to_owned(),
    };
    let mut notes = Vec::new();
    if let Some(baseline) = &item.baseline {
        notes.push(format!("{}{}", pick(language, "与之相比：", "relative to: "), baseline.get(language)));
    }
    if let Some(window) = &item.window {
        notes.push(format!("{}{}", pick(language, "统计期：", "summed over: "), window.get(language)));
    }
    if let Some(printed) = &item.printed {
        notes.push(match language {
            Language::Zh => format!("原文“{printed}”"),
            Language::En => format!("printed as “{printed}”"),
        });
    }
    let missing: Vec<String> = item.as_printed.iter().map(|printed| left_out(*printed, language)).collect();
    if !missing.is_empty() {
        let missing = list(&missing, language);
        notes.push(match language {
            Language::Zh => format!("原文未写{missing}，由测评机构确认"),
            Language::En => format!("the notice leaves out the {missing}; the evaluator confirms"),
        });
    }
    Indicator { name, threshold, note: join(notes, language) }
}

fn join(notes: Vec<String>, language: Language) -> String {
    let notes: Vec<String> = notes.into_iter().filter(|note| !note.is_empty()).collect();
    notes.join(pick(language, "；", "; ").as_str())
}

fn left_out(printed: Printed, language: Language) -> String {
    match printed {
        Printed::Unit => pick(language, "单位", "unit"),
        Printed::Comparator => pick(language, "比较方式", "comparator"),
        Printed::Value => pick(language, "数值", "value"),
    }
}
