//! Lists, nodes and indicators.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Clauses, Pair};

/// A list that fields choose from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTable {
    /// Id that fields name in `list`.
    pub id: String,
    /// Name of the list.
    pub name: Pair,
    /// Level of the task tree that the items form; the items are then tasks below their `parent` nodes.
    pub level: Option<String>,
    /// Clause; a shared list may leave it out.
    pub clause: Option<Clauses>,
    /// The items, in printed order.
    pub items: Vec<ListItemTable>,
}

/// One item of a list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListItemTable {
    /// Id that is stored.
    pub id: String,
    /// Name as printed, and in English.
    pub name: Pair,
    /// Node of the task tree that the item stands under.
    pub parent: Option<String>,
    /// Other names that mean the same item.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// A requirement that several tasks share.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementTable {
    /// Id that `node.requires` names.
    pub id: String,
    /// What is required.
    pub text: Pair,
}

/// A node of the task tree. Leaves are tasks that one can apply under, unless the call takes no applications.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeTable {
    /// Stable id; numbers restart, ids do not.
    pub id: String,
    /// Level, a key of `levels`.
    pub level: String,
    /// Node above.
    pub parent: Option<String>,
    /// Printed number.
    pub number: String,
    /// Name.
    pub name: Pair,
    /// Clause.
    pub clause: Clauses,
    /// What is to be achieved, in short.
    pub text: Option<Pair>,
    /// Host or lead that the clause names.
    pub host: Option<Pair>,
    /// Requirements, by id.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Named lists of the clause: fields, techniques, components, products.
    #[serde(default)]
    pub lists: Vec<NodeListTable>,
    /// Indicators that are words, not numbers.
    #[serde(default)]
    pub qualities: Vec<Pair>,
    /// Typed indicators.
    #[serde(default)]
    pub items: Vec<ItemTable>,
    /// The node is 其他: the applicant writes what it is.
    #[serde(default)]
    pub free_text: bool,
}

/// A list that a clause names, for reading.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeListTable {
    /// What is listed: 领域, 关键技术, 关键部件, 重点产品 …
    pub name: Pair,
    /// The list ends in 等.
    #[serde(default)]
    pub open: bool,
    /// The entries.
    pub items: Vec<Pair>,
}

/// A 考核指标 of a task: one or several checkable items.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorTable {
    /// Id, such as `P1.K1`.
    pub id: String,
    /// Node that it belongs to.
    pub node: String,
    /// What it asks, in short.
    pub text: Pair,
    /// Clause.
    pub clause: Clauses,
    /// What is checked, one by one.
    pub items: Vec<ItemTable>,
}

/// Something measured or established: comparator, value, unit, condition.
///
/// Exactly one of `value`, `range`, `axes`, `label`, `one_of` gives the threshold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemTable {
    /// Id, unique in the call.
    pub id: String,
    /// The quantity.
    pub name: Pair,
    /// Comparator of the verdict.
    pub comparator: Option<ComparatorName>,
    /// A number, or `true` with `is`.
    pub value: Option<ValueName>,
    /// Interval to be covered, lowest first; only with `covers`. A printed range of which one end counts is a `value`.
    pub range: Option<[f64; 2]>,
    /// One value for each axis, such as 2560 × 2560.
    pub axes: Option<Vec<f64>>,
    /// Threshold among `labels`.
    pub label: Option<String>,
    /// Ordered labels, lowest first.
    #[serde(default)]
    pub labels: Vec<LabelName>,
    /// Any of these is enough, with `is`.
    #[serde(default)]
    pub one_of: Vec<LabelName>,
    /// UCUM code, or a counted thing in braces such as `{个}`; `1` for a pure number.
    pub unit: Option<String>,
    /// What the notice leaves out or prints oddly and the evaluator must confirm: `unit`, `comparator`, `value`.
    #[serde(default)]
    pub as_printed: Vec<PrintedName>,
    /// The printed wording, where it matters.
    pub printed: Option<String>,
    /// Under which condition.
    pub condition: Option<Pair>,
    /// Counted among the things of this other item (granted of filed).
    pub of: Option<String>,
    /// Relative to this baseline.
    pub baseline: Option<Pair>,
    /// Summed over this window.
    pub window: Option<Pair>,
    /// Clause; the node's or the indicator's when absent.
    pub clause: Option<Clauses>,
}

/// A label: as printed, or as printed and in English.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum LabelName {
    /// The same in both languages, such as `720P`.
    Printed(String),
    /// As printed, and in English.
    Named(Pair),
}

impl LabelName {
    /// As printed.
    pub fn printed(&self) -> &str {
        match self {
            Self::Printed(printed) | Self::Named(Pair(printed, _)) => printed,
        }
    }

    /// As printed and in English, where there is an English name.
    pub fn named(&self) -> Option<(String, String)> {
        match self {
            Self::Printed(_) => None,
            Self::Named(Pair(printed, english)) => Some((printed.trim().to_owned(), english.clone())),
        }
    }
}

/// A number or a truth value.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ValueName {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Decimal(f64),
}

/// Comparator of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ComparatorName {
    /// At least.
    #[serde(rename = ">=")]
    Ge,
    /// More than.
    #[serde(rename = ">")]
    Gt,
    /// At most.
    #[serde(rename = "<=")]
    Le,
    /// Less than.
    #[serde(rename = "<")]
    Lt,
    /// Exactly.
    #[serde(rename = "=")]
    Eq,
    /// The achieved interval covers `range`.
    #[serde(rename = "covers")]
    Covers,
    /// Deviation from `baseline` within ± `value`.
    #[serde(rename = "within")]
    Within,
    /// Is true, or is one of `one_of`.
    #[serde(rename = "is")]
    Is,
}

/// What is not printed, or printed oddly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrintedName {
    /// The unit is not printed.
    Unit,
    /// The comparator is not printed.
    Comparator,
    /// The value is printed in a way that leaves room, such as a range.
    Value,
}
