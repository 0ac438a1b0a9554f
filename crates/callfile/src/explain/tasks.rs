//! The task tree with everything that its clauses list, lists to choose from, and targets of the programme.

use jiebang_domain::call::{Call, Item, List, Node, Printed, item_words};
use jiebang_domain::shared::{ClauseId, Text};
use serde::Serialize;

use super::writer::Writer;

/// A node of the task tree.
#[derive(Debug, Serialize)]
pub struct NodeEntry {
    /// Id.
    pub id: String,
    /// Node above.
    pub parent: Option<String>,
    /// Name of its level.
    pub level: Text,
    /// Printed number.
    pub number: String,
    /// Name.
    pub name: Text,
    /// Other names.
    pub aliases: Vec<String>,
    /// What is to be achieved.
    pub text: Option<Text>,
    /// Host that the clause names.
    pub host: Option<Text>,
    /// Requirements.
    pub requires: Vec<Text>,
    /// Indicators in words.
    pub qualities: Vec<Text>,
    /// Lists for reading.
    pub lists: Vec<NamedList>,
    /// The applicant says what it is.
    pub free_text: bool,
    /// Typed indicators of its own.
    pub items: Vec<ItemEntry>,
    /// 考核指标.
    pub indicators: Vec<IndicatorEntry>,
    /// Clauses.
    pub clauses: Vec<ClauseId>,
    #[serde(skip)]
    depth: usize,
}

/// A list of a clause.
#[derive(Debug, Serialize)]
pub struct NamedList {
    /// What is listed.
    pub name: Text,
    /// Ends in 等.
    pub open: bool,
    /// Entries.
    pub items: Vec<Text>,
}

/// A 考核指标.
#[derive(Debug, Serialize)]
pub struct IndicatorEntry {
    /// Id.
    pub id: String,
    /// What it asks.
    pub text: Text,
    /// What is checked.
    pub items: Vec<ItemEntry>,
    /// Clauses.
    pub clauses: Vec<ClauseId>,
}

/// Something measured or established.
#[derive(Debug, Serialize)]
pub struct ItemEntry {
    /// Id.
    pub id: String,
    /// In words, with its conditions.
    pub text: Text,
    /// Condition.
    pub condition: Option<Text>,
    /// Relative to this baseline.
    pub baseline: Option<Text>,
    /// Summed over this window.
    pub window: Option<Text>,
    /// Counted among the things of this item.
    pub of: Option<String>,
    /// Printed wording, where it matters.
    pub printed: Option<String>,
    /// What the notice leaves out: `unit`, `comparator`, `value`.
    pub left_out: Vec<&'static str>,
    /// Clauses.
    pub clauses: Vec<ClauseId>,
}

/// A list that fields choose from.
#[derive(Debug, Serialize)]
pub struct ListEntry {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Items with their other names.
    pub items: Vec<ListItemEntry>,
}

/// An item of a list.
#[derive(Debug, Serialize)]
pub struct ListItemEntry {
    /// Name.
    pub name: Text,
    /// Other names.
    pub aliases: Vec<String>,
}

pub(super) fn tasks(call: &Call) -> Vec<NodeEntry> {
    call.nodes.iter().map(|node| node_entry(call, node)).collect()
}

fn node_entry(call: &Call, node: &Node) -> NodeEntry {
    NodeEntry {
        id: node.id.clone(),
        parent: node.parent.clone(),
        level: call.levels.get(&node.level).cloned().unwrap_or_default(),
        number: node.number.clone(),
        name: node.name.clone(),
        aliases: node.aliases.clone(),
        text: node.text.clone(),
        host: node.host.clone(),
        requires: node.requires.clone(),
        qualities: node.qualities.clone(),
        lists: node
            .lists
            .iter()
            .map(|list| NamedList { name: list.name.clone(), open: list.open, items: list.items.clone() })
            .collect(),
        free_text: node.free_text,
        items: items(&node.items),
        indicators: call
            .indicators
            .iter()
            .filter(|indicator| indicator.node == node.id)
            .map(|indicator| IndicatorEntry {
                id: indicator.id.clone(),
                text: indicator.text.clone(),
                items: items(&indicator.items),
                clauses: indicator.source.clauses().to_vec(),
            })
            .collect(),
        clauses: node.source.clauses().to_vec(),
        depth: call.path(&node.id).len(),
    }
}

pub(super) fn items(items: &[Item]) -> Vec<ItemEntry> {
    let left_out = |printed: &Printed| match printed {
        Printed::Unit => "unit",
        Printed::Comparator => "comparator",
        Printed::Value => "value",
    };
    let of = |item: &Item| ItemEntry {
        id: item.id.clone(),
        text: item_words(item),
        condition: item.condition.clone(),
        baseline: item.baseline.clone(),
        window: item.window.clone(),
        of: item.of.clone(),
        printed: item.printed.clone(),
        left_out: item.as_printed.iter().map(left_out).collect(),
        clauses: item.source.clauses().to_vec(),
    };
    items.iter().map(of).collect()
}

/// Lists that are not the task tree itself.
pub(super) fn lists(call: &Call) -> Vec<ListEntry> {
    let of = |list: &List| ListEntry {
        id: list.id.clone(),
        name: list.name.clone(),
        items: list
            .items
            .iter()
            .map(|item| ListItemEntry { name: item.name.clone(), aliases: item.aliases.clone() })
            .collect(),
    };
    call.lists.values().filter(|list| list.level.is_none()).map(of).collect()
}

pub(super) fn write_tasks(tasks: &[NodeEntry], out: &mut Writer) {
    if !tasks.is_empty() {
        out.heading("任务", "Tasks");
    }
    for node in tasks {
        node.write(out);
    }
}

impl NodeEntry {
    fn write(&self, out: &mut Writer) {
        let (depth, inside) = (self.depth, self.depth + 1);
        let line = format!(
            "{} {}{}  {}",
            self.number,
            out.say(&self.name),
            also_called(&self.aliases, out),
            out.clauses(&self.clauses)
        );
        out.line(depth, line.trim_start());
        if let Some(text) = &self.text {
            out.line(inside, out.say(text).to_owned().as_str());
        }
        if let Some(host) = &self.host {
            let host = out.say(host).to_owned();
            out.fact(inside, ("承担单位", "Host"), &host);
        }
        for required in self.requires.iter().chain(&self.qualities) {
            out.line(inside, &format!("· {}", out.say(required)));
        }
        for list in &self.lists {
            let open = if list.open { out.pick("等", " and others") } else { "" };
            let line =
                format!("{}{}{}{open}", out.say(&list.name), out.pick("：", ": "), out.texts(&list.items));
            out.line(inside, &line);
        }
        if self.free_text {
            out.line(inside, out.pick("具体内容由申报单位写明", "The applicant says what it is"));
        }
        write_items(&self.items, inside, out);
        for indicator in &self.indicators {
            let clauses = out.clauses(&indicator.clauses);
            let line = format!("{} {}  {clauses}", indicator.id, out.say(&indicator.text));
            out.line(inside, &line);
            write_items(&indicator.items, inside + 1, out);
        }
    }
}

pub(super) fn write_items(items: &[ItemEntry], depth: usize, out: &mut Writer) {
    for item in items {
        let printed = item.printed.as_ref().map(|printed| match out.pick("zh", "en") {
            "zh" => format!("（原文“{printed}”）"),
            _ => format!(" (printed “{printed}”)"),
        });
        let line = format!("{} {}{}", item.id, out.say(&item.text), printed.unwrap_or_default());
        out.line(depth, &line);
    }
}

pub(super) fn write_lists(lists: &[ListEntry], out: &mut Writer) {
    if !lists.is_empty() {
        out.heading("供选择的名单", "Lists to choose from");
    }
    for list in lists {
        let items: Vec<String> = list
            .items
            .iter()
            .map(|item| format!("{}{}", out.say(&item.name), also_called(&item.aliases, out)))
            .collect();
        let line =
            format!("{}{}{}", out.say(&list.name), out.pick("：", ": "), items.join(out.pick("、", ", ")));
        out.line(1, &line);
    }
}

fn also_called(aliases: &[String], out: &Writer) -> String {
    if aliases.is_empty() {
        return String::new();
    }
    let names = aliases.join(out.pick("、", ", "));
    match out.pick("zh", "en") {
        "zh" => format!("（又名{names}）"),
        _ => format!(" (also {names})"),
    }
}
