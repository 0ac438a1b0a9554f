//! How many of each thing a call file holds.

use serde::Serialize;
use std::collections::BTreeSet;

use crate::document::{self, Document};

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

/// Counts what stands in the call's own file, entry by entry, whatever is wrong with it.
pub(super) fn counts(document: &Document) -> Counts {
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
