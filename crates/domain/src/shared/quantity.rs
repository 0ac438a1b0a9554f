//! Thresholds of indicators, and the verdict on a promise.

mod stated;
#[cfg(test)]
mod tests;
mod threshold;
mod words;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::{Number, Text};
use stated::{Stated, stated};
pub use threshold::{Comparator, Target, Threshold, ThresholdError};
pub(crate) use words::explain_as;
pub use words::{explain, promise_words};

/// What an applicant promises for an indicator (承诺值).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// The value.
    pub value: PromiseValue,
    /// Its unit, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// Value of a promise, of the same kind as the target (承诺值的内容).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseValue {
    /// One number.
    Number(Number),
    /// An interval.
    Pair {
        /// Lower bound.
        low: Number,
        /// Upper bound.
        high: Number,
    },
    /// One number for each axis.
    Tuple(Vec<Number>),
    /// A named level, or one of several names.
    Label(String),
    /// Yes or no.
    Boolean(bool),
    /// What cannot be read as a value yet, as it was typed into each input. It never meets a threshold.
    Unread(BTreeMap<String, String>),
}

/// Whether a promise reaches its threshold (是否达到).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does.
    Met,
    /// It does not.
    NotMet,
    /// It cannot be compared: its unit is another.
    WrongUnit {
        /// The unit of the threshold; `None` where it has none.
        expected: Option<String>,
    },
    /// It cannot be compared: its value is of another kind.
    WrongKind {
        /// What has to be given.
        expected: Text,
    },
}

/// Holds a promise against a threshold, in the threshold's unit. The kind of value is judged before the unit.
pub fn verdict(threshold: &Threshold, promise: &Promise) -> Verdict {
    let Some(met) = meets(threshold, &promise.value) else {
        return Verdict::WrongKind { expected: words::expected(threshold) };
    };
    let met = match stated(threshold, promise) {
        Stated::AsGiven => Some(met),
        Stated::Converted(value) => meets(threshold, &value),
        Stated::Otherwise => None,
    };
    match met {
        Some(true) => Verdict::Met,
        Some(false) => Verdict::NotMet,
        None => Verdict::WrongUnit { expected: threshold.unit().map(str::to_owned) },
    }
}

/// Whether a value in the unit of the threshold reaches it; `None` where it is of another kind.
fn meets(threshold: &Threshold, value: &PromiseValue) -> Option<bool> {
    let comparator = threshold.comparator();
    Some(match (threshold.target(), value) {
        (Target::Number(tolerance), PromiseValue::Number(value)) if comparator == Comparator::Within => {
            value.abs() <= *tolerance
        }
        (Target::Number(target), PromiseValue::Number(value)) => comparator.holds(value, target),
        (Target::Pair { low, high }, PromiseValue::Pair { low: from, high: to })
            if comparator == Comparator::Covers =>
        {
            from <= low && to >= high
        }
        (Target::Pair { low, high }, PromiseValue::Number(value)) if comparator != Comparator::Covers => {
            comparator.holds(value, counting_bound(comparator, low, high))
        }
        (Target::Tuple(targets), PromiseValue::Tuple(values)) if targets.len() == values.len() => {
            values.iter().zip(targets).all(|(value, target)| comparator.holds(value, target))
        }
        (Target::Label { order, at }, PromiseValue::Label(label)) => {
            comparator.holds(&place_of(label, order)?, at)
        }
        (Target::Boolean(target), PromiseValue::Boolean(value)) => value == target,
        (Target::OneOf(names), PromiseValue::Label(label)) => place_of(label, names).is_some(),
        _ => return None,
    })
}

fn place_of(label: &str, names: &[String]) -> Option<usize> {
    names.iter().position(|name| name.trim() == label.trim())
}

/// The bound of a printed range that is easier to reach.
fn counting_bound<'a>(comparator: Comparator, low: &'a Number, high: &'a Number) -> &'a Number {
    if matches!(comparator, Comparator::Le | Comparator::Lt) { high } else { low }
}
