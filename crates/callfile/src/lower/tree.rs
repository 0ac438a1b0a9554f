//! Lists, the task tree and its indicators.

use jiebang_domain::call::{Indicator, Item, List, ListItem, Node, NodeList, Printed, Source};
use jiebang_domain::shared::{ClauseId, Comparator, Number, Target, Text, Threshold, comparator_in};
use std::collections::{BTreeMap, BTreeSet};

use super::{Lowering, text};
use crate::diagnostic::{Fault, Place};
use crate::document::{
    Clauses, ComparatorName, ItemTable, LabelName, ListTable, NodeTable, PrintedName, ValueName,
};
use crate::units;

impl Lowering<'_> {
    /// Lists by id; the call's own win over shared ones.
    pub(super) fn lists(&mut self) -> BTreeMap<String, List> {
        let document = self.document;
        let mut lists = BTreeMap::new();
        for table in self.shared.iter().flat_map(|shared| &shared.list) {
            lists.insert(table.id.clone(), list(table, None));
        }
        let mut own = BTreeSet::new();
        for (nth, table) in document.list.iter().enumerate() {
            let place = Place::root().key("list").nth(nth);
            if !own.insert(&table.id) {
                self.twice(place.key("id"), &table.id);
            }
            let source = table.clause.as_ref().map(|clause| self.source(Some(clause), None, &place));
            let mut ids = BTreeSet::new();
            for (item, row) in table.items.iter().enumerate() {
                if !ids.insert(&row.id) {
                    self.twice(place.key("items").nth(item).key("id"), &row.id);
                }
            }
            lists.insert(table.id.clone(), list(table, source));
        }
        lists
    }

    /// Nodes, parents first; items of lists with a level stand below their parents.
    pub(super) fn nodes(&mut self, lists: &BTreeMap<String, List>) -> Vec<Node> {
        let document = self.document;
        let place = Place::root().key("node");
        let mut nodes: Vec<Node> = Vec::new();
        for (nth, table) in document.node.iter().enumerate() {
            let here = place.nth(nth);
            if nodes.iter().any(|node| node.id == table.id) {
                self.twice(here.key("id"), &table.id);
            }
            self.level_known(&table.level, here.key("level"));
            if let Some(parent) = &table.parent
                && !nodes.iter().any(|node| node.id == *parent)
            {
                let known: Vec<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
                self.unknown(
                    "node_unknown",
                    here.key("parent"),
                    parent,
                    ("在前的节点", "earlier node"),
                    known,
                );
            }
            let node = self.node(table, &here);
            nodes.push(node);
        }
        for list in lists.values().filter(|list| list.level.is_some()) {
            self.list_nodes(list, &mut nodes);
        }
        let parents: BTreeSet<String> = nodes.iter().filter_map(|node| node.parent.clone()).collect();
        for node in &mut nodes {
            node.leaf = !parents.contains(&node.id);
        }
        in_tree_order(nodes)
    }

    fn list_nodes(&mut self, list: &List, nodes: &mut Vec<Node>) {
        let level = list.level.clone().unwrap_or_default();
        let at = self.document.list.iter().position(|table| table.id == list.id);
        let place = at.map_or(Place::root().key("extends"), |nth| Place::root().key("list").nth(nth));
        self.level_known(&level, place.key("level"));
        for (nth, item) in list.items.iter().enumerate() {
            let here = place.key("items").nth(nth);
            if nodes.iter().any(|node| node.id == item.id) {
                self.twice(here.key("id"), &item.id);
            }
            if let Some(parent) = &item.parent
                && !nodes.iter().any(|node| node.id == *parent)
            {
                let known: Vec<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
                self.unknown("node_unknown", here.key("parent"), parent, ("节点", "node"), known);
            }
            nodes.push(Node {
                id: item.id.clone(),
                level: level.clone(),
                parent: item.parent.clone(),
                number: (nth + 1).to_string(),
                name: item.name.clone(),
                aliases: item.aliases.clone(),
                text: None,
                host: None,
                requires: Vec::new(),
                lists: Vec::new(),
                qualities: Vec::new(),
                items: Vec::new(),
                free_text: false,
                leaf: true,
                source: item_source(list, item.parent.as_deref(), nodes),
            });
        }
    }

    fn level_known(&mut self, level: &str, place: Place) {
        if !self.document.levels.contains_key(level) {
            let known: Vec<&str> = self.document.levels.keys().map(String::as_str).collect();
            self.unknown("level_unknown", place, level, ("层级", "level"), known);
        }
    }

    fn node(&mut self, table: &NodeTable, place: &Place) -> Node {
        let mut requires = Vec::new();
        for (nth, id) in table.requires.iter().enumerate() {
            match self.requirement(id) {
                Some(requirement) => requires.push(requirement),
                None => {
                    let document = self.document;
                    let known: Vec<&str> =
                        document.requirement.iter().map(|requirement| requirement.id.as_str()).collect();
                    self.unknown(
                        "requirement_unknown",
                        place.key("requires").nth(nth),
                        id,
                        ("要求", "requirement"),
                        known,
                    );
                }
            }
        }
        let source = self.source(Some(&table.clause), None, place);
        Node {
            id: table.id.clone(),
            level: table.level.clone(),
            parent: table.parent.clone(),
            number: table.number.clone(),
            name: text(&table.name),
            aliases: Vec::new(),
            text: table.text.as_ref().map(text),
            host: table.host.as_ref().map(text),
            requires,
            lists: table
                .lists
                .iter()
                .map(|list| NodeList {
                    name: text(&list.name),
                    open: list.open,
                    items: list.items.iter().map(text).collect(),
                })
                .collect(),
            qualities: table.qualities.iter().map(text).collect(),
            items: self.items(&table.items, Some(&table.clause), &place.key("items")),
            free_text: table.free_text,
            leaf: false,
            source,
        }
    }

    fn requirement(&self, id: &str) -> Option<Text> {
        let own = self.document.requirement.iter();
        let shared = self.shared.iter().rev().flat_map(|shared| &shared.requirement);
        own.chain(shared).find(|requirement| requirement.id == id).map(|requirement| text(&requirement.text))
    }

    pub(super) fn indicators(&mut self, nodes: &[Node]) -> Vec<Indicator> {
        let document = self.document;
        let place = Place::root().key("indicator");
        let mut ids = BTreeSet::new();
        let mut indicators = Vec::new();
        for (nth, table) in document.indicator.iter().enumerate() {
            let here = place.nth(nth);
            if !ids.insert(&table.id) {
                self.twice(here.key("id"), &table.id);
            }
            if !nodes.iter().any(|node| node.id == table.node) {
                let known: Vec<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
                self.unknown("node_unknown", here.key("node"), &table.node, ("节点", "node"), known);
            }
            indicators.push(Indicator {
                id: table.id.clone(),
                node: table.node.clone(),
                text: text(&table.text),
                items: self.items(&table.items, Some(&table.clause), &here.key("items")),
                source: self.source(Some(&table.clause), None, &here),
            });
        }
        indicators
    }

    pub(super) fn programme_targets(&mut self) -> Vec<Item> {
        let document = self.document;
        self.items(&document.programme_target, None, &Place::root().key("programme_target"))
    }

    fn items(&mut self, tables: &[ItemTable], clause: Option<&Clauses>, place: &Place) -> Vec<Item> {
        tables
            .iter()
            .enumerate()
            .filter_map(|(nth, table)| self.item(table, clause, &place.nth(nth)))
            .collect()
    }

    fn item(&mut self, table: &ItemTable, clause: Option<&Clauses>, place: &Place) -> Option<Item> {
        let source = match &table.clause {
            Some(own) => self.source(Some(own), None, place),
            None => self.source(clause, None, place),
        };
        self.one_threshold(table, place);
        let comparator = self.comparator(table, place)?;
        let target = self.target(table, comparator, place)?;
        self.unit_given(table, &target, place);
        self.unit_known(table, place);
        self.deviation_from(table, comparator, place);
        self.printed_agrees(table, comparator, place);
        match Threshold::new(comparator, target, table.unit.clone()) {
            Ok(threshold) => Some(Item {
                id: table.id.clone(),
                name: text(&table.name),
                threshold: threshold
                    .named(table.labels.iter().chain(&table.one_of).filter_map(LabelName::named).collect()),
                as_printed: table.as_printed.iter().map(|printed| printed_of(*printed)).collect(),
                printed: table.printed.clone(),
                condition: table.condition.as_ref().map(text),
                of: table.of.clone(),
                baseline: table.baseline.as_ref().map(text),
                window: table.window.as_ref().map(text),
                source,
            }),
            Err(error) => {
                let (message, help) = (error.message(), error.remedy());
                self.errors.push(Fault::new("threshold_impossible", place.clone(), message, help));
                None
            }
        }
    }

    /// A second threshold beside the first would be read by nobody.
    fn one_threshold(&mut self, table: &ItemTable, place: &Place) {
        let given = [
            table.value.is_some(),
            table.range.is_some(),
            table.axes.is_some(),
            table.label.is_some(),
            !table.one_of.is_empty(),
        ];
        if given.into_iter().filter(|given| *given).count() > 1 {
            self.error(
                "value_twice",
                place.clone(),
                (
                    format!("指标 {} 写了不止一个门槛值", table.id),
                    format!("Indicator {} gives more than one threshold", table.id),
                ),
                (
                    "value、range、axes、label、one_of 只留一个；原文的写法写进 printed",
                    "Keep one of value, range, axes, label, one_of; put the printed wording into printed",
                ),
            );
        }
    }

    fn comparator(&mut self, table: &ItemTable, place: &Place) -> Option<Comparator> {
        if table.comparator.is_none() && !table.as_printed.contains(&PrintedName::Comparator) {
            self.error(
                "comparator_missing",
                place.clone(),
                (
                    format!("指标 {} 没有比较符", table.id),
                    format!("Indicator {} has no comparator", table.id),
                ),
                (
                    "写上 comparator；通知没有印出的，加 as_printed = [\"comparator\"]",
                    "Add comparator; where the notice prints none, add as_printed = [\"comparator\"]",
                ),
            );
            return None;
        }
        Some(table.comparator.map_or(Comparator::Ge, comparator_of))
    }

    fn unit_given(&mut self, table: &ItemTable, target: &Target, place: &Place) {
        let measured = matches!(target, Target::Number(_) | Target::Pair { .. } | Target::Tuple(_));
        if measured && table.unit.is_none() && !table.as_printed.contains(&PrintedName::Unit) {
            self.error(
                "unit_missing",
                place.clone(),
                (format!("指标 {} 没有单位", table.id), format!("Indicator {} has no unit", table.id)),
                (
                    "写上 unit（纯数写 1）；通知没有印出的，加 as_printed = [\"unit\"]",
                    "Add unit (1 for a pure number); where the notice prints none, add as_printed = [\"unit\"]",
                ),
            );
        }
    }

    /// A unit that nobody knows; where the notice prints it oddly or not at all, the file says so.
    fn unit_known(&mut self, table: &ItemTable, place: &Place) {
        let Some(unit) = &table.unit else { return };
        if unit.trim().is_empty() || units::known(unit) || table.as_printed.contains(&PrintedName::Unit) {
            return;
        }
        let (near_zh, near_en) = units::meant(unit)
            .map(|near| (format!("是否指 {near}？"), format!("Did you mean {near}? ")))
            .unwrap_or_default();
        self.error(
            "unit_unknown",
            place.key("unit"),
            (format!("没有单位 {unit}"), format!("There is no unit {unit}")),
            (
                format!("{near_zh}写 UCUM 代码，如 mm、%、h；计数的写在花括号里，如 {{个}}；原文如此的，加 as_printed = [\"unit\"]"),
                format!(
                    "{near_en}Write a UCUM code such as mm, % or h; what is counted stands in braces, like {{个}}; where the notice has it so, add as_printed = [\"unit\"]"
                ),
            ),
        );
    }

    /// The printed words ask for the same, as the law reads them.
    fn printed_agrees(&mut self, table: &ItemTable, comparator: Comparator, place: &Place) {
        let printed =
            table.printed.as_deref().filter(|_| !table.as_printed.contains(&PrintedName::Comparator));
        let Some(wording) = printed.and_then(comparator_in) else { return };
        let Some(asked) = wording.comparator.filter(|asked| *asked != comparator) else { return };
        let (reading, asked, written) = (wording.reading.words(), asked.words(), comparator.words());
        self.error(
            "printed_differs",
            place.key("printed"),
            (
                format!("原文“{}”意为“{}”（{}），comparator 写的是“{}”", wording.word, asked.zh, reading.zh, written.zh),
                format!("“{}” means {} ({}), and comparator says {}", wording.word, asked.en, reading.en, written.en),
            ),
            (
                "对照通知改正 comparator；原文另有所指的，加 as_printed = [\"comparator\"]",
                "Correct comparator after the notice; where it means something else, add as_printed = [\"comparator\"]",
            ),
        );
    }

    /// A deviation is one from something, or `<=` would say the same.
    fn deviation_from(&mut self, table: &ItemTable, comparator: Comparator, place: &Place) {
        if comparator == Comparator::Within && table.baseline.is_none() {
            self.error(
                "baseline_missing",
                place.clone(),
                (
                    format!("指标 {} 是误差，没有写与什么相比", table.id),
                    format!("Indicator {} is a deviation, but does not say from what", table.id),
                ),
                (
                    "写上 baseline，如 baseline = [\"设定值\", \"The set value\"]；不是误差的用 <=",
                    "Add baseline, such as baseline = [\"设定值\", \"The set value\"]; where it is no deviation, write <=",
                ),
            );
        }
    }

    /// The threshold value, from exactly one of the keys that can give it.
    fn target(&mut self, table: &ItemTable, comparator: Comparator, place: &Place) -> Option<Target> {
        if table.range.is_some() && comparator != Comparator::Covers {
            self.error(
                "range_without_covers",
                place.key("range"),
                (
                    format!("指标 {} 有区间，比较符却不是 covers", table.id),
                    format!("Indicator {} has an interval, but its comparator is not covers", table.id),
                ),
                (
                    "须覆盖区间的，写 comparator = \"covers\"；只判一端的，写 value，原文的区间写进 printed",
                    "To cover it, write comparator = \"covers\"; to judge one end, write value and put the range into printed",
                ),
            );
            return None;
        }
        if let Some(axes) = &table.axes {
            let axes: Option<Vec<Number>> = axes.iter().map(|axis| self.number(*axis, place)).collect();
            return axes.map(Target::Tuple);
        }
        if let Some(label) = &table.label {
            let at = table.labels.iter().position(|known| known.printed() == label);
            if at.is_none() {
                let known: Vec<&str> = table.labels.iter().map(LabelName::printed).collect();
                self.unknown("label_unknown", place.key("label"), label, ("等级", "label"), known);
            }
            return at.map(|at| Target::Label { order: printed(&table.labels), at });
        }
        if !table.one_of.is_empty() {
            return Some(Target::OneOf(printed(&table.one_of)));
        }
        match (table.range, table.value) {
            (Some([low, high]), None) if comparator == Comparator::Covers => {
                let (low, high) = (self.number(low, place)?, self.number(high, place)?);
                if low > high {
                    self.error(
                        "range_reversed",
                        place.key("range"),
                        ("区间下限大于上限", "The interval runs from high to low"),
                        ("把小的写在前面", "Write the smaller number first"),
                    );
                    return None;
                }
                Some(Target::Pair { low, high })
            }
            (_, Some(ValueName::Boolean(value))) => Some(Target::Boolean(value)),
            (_, Some(ValueName::Integer(value))) => Some(Target::Number(Number::from(value))),
            (_, Some(ValueName::Decimal(value))) => self.number(value, place).map(Target::Number),
            (_, None) => {
                self.error(
                    "value_missing",
                    place.clone(),
                    (
                        format!("指标 {} 没有门槛值", table.id),
                        format!("Indicator {} has no threshold", table.id),
                    ),
                    (
                        "写 value、range（配 covers）、axes、label 或 one_of 之一",
                        "Give one of value, range (with covers), axes, label or one_of",
                    ),
                );
                None
            }
        }
    }

    fn number(&mut self, value: f64, place: &Place) -> Option<Number> {
        match Number::from_f64_shortest(value) {
            Ok(number) => Some(number),
            Err(error) => {
                let (message, help) = (error.message(), error.remedy());
                self.errors.push(Fault::new("number_malformed", place.clone(), message, help));
                None
            }
        }
    }

    /// Item ids are unique in the whole call, and `of` names one of them.
    pub(super) fn items_are_unique(&mut self, call: &jiebang_domain::call::Call) {
        let mut ids = BTreeSet::new();
        for item in call.items() {
            if !ids.insert(item.id.as_str()) {
                let place = self.item_place(&item.id);
                self.twice(place.key("id"), &item.id);
            }
        }
        for item in call.items() {
            if let Some(of) = &item.of
                && !ids.contains(of.as_str())
            {
                let place = self.item_place(&item.id).key("of");
                self.unknown("item_unknown", place, of, ("指标", "item"), ids.iter().copied());
            }
        }
    }

    /// Where the last item with this id stands.
    fn item_place(&self, id: &str) -> Place {
        let mut found = Place::root();
        for (nth, node) in self.document.node.iter().enumerate() {
            if let Some(item) = node.items.iter().rposition(|item| item.id == id) {
                found = Place::root().key("node").nth(nth).key("items").nth(item);
            }
        }
        for (nth, indicator) in self.document.indicator.iter().enumerate() {
            if let Some(item) = indicator.items.iter().rposition(|item| item.id == id) {
                found = Place::root().key("indicator").nth(nth).key("items").nth(item);
            }
        }
        if let Some(item) = self.document.programme_target.iter().rposition(|item| item.id == id) {
            found = Place::root().key("programme_target").nth(item);
        }
        found
    }
}

/// Nodes depth first, children in the order in which they were declared. A node whose parent is missing stands last.
fn in_tree_order(nodes: Vec<Node>) -> Vec<Node> {
    fn take(parent: Option<&str>, rest: &mut Vec<Node>, ordered: &mut Vec<Node>) {
        while let Some(place) = rest.iter().position(|node| node.parent.as_deref() == parent) {
            let node = rest.remove(place);
            let id = node.id.clone();
            ordered.push(node);
            take(Some(&id), rest, ordered);
        }
    }
    let mut rest = nodes;
    let mut ordered = Vec::with_capacity(rest.len());
    take(None, &mut rest, &mut ordered);
    ordered.append(&mut rest);
    ordered
}

/// Clauses of an item of a list: those of the node above, then those of the list that speak of no other node.
fn item_source(list: &List, parent: Option<&str>, nodes: &[Node]) -> Source {
    let above = nodes.iter().find(|node| parent == Some(node.id.as_str()));
    let declared = || nodes.iter().filter(|node| list.level.as_deref() != Some(node.level.as_str()));
    let of_nodes = |clause: &ClauseId| declared().any(|node| node.source.clauses().contains(clause));
    let of_list = list.source.iter().flat_map(Source::clauses).filter(|clause| !of_nodes(clause)).cloned();
    let clauses: Vec<ClauseId> =
        above.iter().flat_map(|node| node.source.clauses()).cloned().chain(of_list).collect();
    match &list.source {
        _ if !clauses.is_empty() => Source::Clauses(clauses),
        Some(source) => source.clone(),
        None => Source::Operator,
    }
}

fn list(table: &ListTable, source: Option<Source>) -> List {
    List {
        id: table.id.clone(),
        name: text(&table.name),
        items: table
            .items
            .iter()
            .map(|item| ListItem {
                id: item.id.clone(),
                name: text(&item.name),
                parent: item.parent.clone(),
                aliases: item.aliases.clone(),
            })
            .collect(),
        source,
        level: table.level.clone(),
    }
}

fn printed(labels: &[LabelName]) -> Vec<String> {
    labels.iter().map(|label| label.printed().to_owned()).collect()
}

fn comparator_of(name: ComparatorName) -> Comparator {
    match name {
        ComparatorName::Ge => Comparator::Ge,
        ComparatorName::Gt => Comparator::Gt,
        ComparatorName::Le => Comparator::Le,
        ComparatorName::Lt => Comparator::Lt,
        ComparatorName::Eq => Comparator::Eq,
        ComparatorName::Covers => Comparator::Covers,
        ComparatorName::Within => Comparator::Within,
        ComparatorName::Is => Comparator::Is,
    }
}

fn printed_of(name: PrintedName) -> Printed {
    match name {
        PrintedName::Unit => Printed::Unit,
        PrintedName::Comparator => Printed::Comparator,
        PrintedName::Value => Printed::Value,
    }
}
