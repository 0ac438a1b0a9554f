//! The task tree: lists, nodes, indicators.

use super::Source;
use crate::shared::{Text, Threshold};

/// A list to choose from (名单).
#[derive(Clone, Debug)]
pub struct List {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Items in printed order.
    pub items: Vec<ListItem>,
    /// Source; a shared list may have none.
    pub source: Option<Source>,
    /// Level of the task tree that its items form.
    pub level: Option<String>,
}

/// An item of a list.
#[derive(Clone, Debug)]
pub struct ListItem {
    /// Id that is stored.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Node above.
    pub parent: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
}

/// A node of the task tree (任务树节点).
#[derive(Clone, Debug)]
pub struct Node {
    /// Stable id.
    pub id: String,
    /// Level.
    pub level: String,
    /// Node above.
    pub parent: Option<String>,
    /// Printed number; may be empty.
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
    /// Lists for reading.
    pub lists: Vec<NodeList>,
    /// Indicators in words.
    pub qualities: Vec<Text>,
    /// Typed indicators.
    pub items: Vec<Item>,
    /// The applicant says what it is.
    pub free_text: bool,
    /// One can apply under it.
    pub leaf: bool,
    /// Source.
    pub source: Source,
}

/// A named list of a node, for reading.
#[derive(Clone, Debug)]
pub struct NodeList {
    /// What is listed.
    pub name: Text,
    /// Ends in 等.
    pub open: bool,
    /// Entries.
    pub items: Vec<Text>,
}

/// A group of items under a task (考核指标).
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Id.
    pub id: String,
    /// Node.
    pub node: String,
    /// What it asks.
    pub text: Text,
    /// Items.
    pub items: Vec<Item>,
    /// Source.
    pub source: Source,
}

/// Something measured or established (指标).
#[derive(Clone, Debug)]
pub struct Item {
    /// Id, unique in the call.
    pub id: String,
    /// Quantity.
    pub name: Text,
    /// Threshold.
    pub threshold: Threshold,
    /// What the evaluator must confirm because the notice leaves it out.
    pub as_printed: Vec<Printed>,
    /// Printed wording.
    pub printed: Option<String>,
    /// Condition.
    pub condition: Option<Text>,
    /// Counted among the things of this item.
    pub of: Option<String>,
    /// Relative to this baseline.
    pub baseline: Option<Text>,
    /// Summed over this window.
    pub window: Option<Text>,
    /// Source.
    pub source: Source,
}

impl Item {
    /// Whether its threshold is a number, an interval or a tuple of numbers.
    pub fn is_numeric(&self) -> bool {
        self.threshold.is_numeric()
    }
}

/// What a notice leaves out of an indicator (印制情况).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printed {
    /// Unit.
    Unit,
    /// Comparator.
    Comparator,
    /// Value.
    Value,
}
