//! Requirements, promises and verdicts in words.

use super::stated::{Stated, each_number, stated};
use super::threshold::real_unit;
use super::{Comparator, Promise, PromiseValue, Target, Threshold, Verdict, counting_bound, verdict};
use crate::shared::{Number, Text, counted, shown, unit_words};

/// Longest decimal and longest fraction that are shown of a conversion; longer ones are shown rounded, though never judged so.
const DECIMAL_LENGTH_MAX: usize = 16;
const FRACTION_LENGTH_MAX: usize = 6;
/// Significant digits of a rounded one.
const SIGNIFICANT_DIGITS: u32 = 10;

/// The verdict and what it rests on, in words: `承诺 4.9 mm，要求 < 5 mm：达到`.
pub fn explain(threshold: &Threshold, promise: &Promise) -> Text {
    explain_as(threshold, promise, ("承诺", "promised"))
}

/// The same of a value that nobody promised, with the words for what it is: `测得 4.9 mm，要求 < 5 mm：达到`.
pub(crate) fn explain_as(threshold: &Threshold, promise: &Promise, (zh, en): (&str, &str)) -> Text {
    let outcome = match verdict(threshold, promise) {
        Verdict::Met => Text::new("达到", "met"),
        Verdict::NotMet => Text::new("未达到", "not met"),
        Verdict::WrongUnit { expected: Some(unit) } => {
            let words = unit_words(&unit);
            let en = if words.en.is_empty() { &words.zh } else { &words.en };
            Text::new(
                format!("无法比较，单位应为 {}", words.zh),
                format!("cannot be compared, the unit should be {en}"),
            )
        }
        Verdict::WrongUnit { expected: None } => {
            Text::new("无法比较，不应有单位", "cannot be compared, there should be no unit")
        }
        Verdict::WrongKind { expected } => Text::new(
            format!("无法比较，应填{}", expected.zh),
            format!("cannot be compared, expected {}", expected.en),
        ),
    };
    let promised = promised(threshold, promise);
    let required = required(threshold);
    Text::new(
        format!("{zh} {}，要求 {}：{}", promised.zh, required.zh, outcome.zh),
        format!("{en} {}, required {}: {}", promised.en, required.en, outcome.en),
    )
}

/// The words of a promise, and of what it is in the unit of the threshold: `0.49 cm（= 4.9 mm）`.
fn promised(threshold: &Threshold, promise: &Promise) -> Text {
    let given = promise_words(threshold, promise);
    let Stated::Converted(value) = stated(threshold, promise) else { return given };
    let long = |number: &Number| {
        let text = number.to_string();
        text.len() > if text.contains('/') { FRACTION_LENGTH_MAX } else { DECIMAL_LENGTH_MAX }
    };
    let short = |number: &Number| {
        Ok(if long(number) { number.to_significant(SIGNIFICANT_DIGITS) } else { number.clone() })
    };
    let Ok(shown) = each_number(&value, short) else { return given };
    let sign = if shown == value { "=" } else { "≈" };
    let shown = Promise { value: shown, unit: threshold.unit().map(str::to_owned) };
    let shown = promise_words(threshold, &shown);
    // Two spellings of one unit need no second number.
    if shown == given {
        return given;
    }
    Text::new(format!("{}（{sign} {}）", given.zh, shown.zh), format!("{} ({sign} {})", given.en, shown.en))
}

/// The kind of value that a threshold can be compared with.
pub(super) fn expected(threshold: &Threshold) -> Text {
    match threshold.target() {
        Target::Pair { .. } if threshold.comparator() == Comparator::Covers => {
            Text::new("一个区间的下限和上限", "the lower and upper bound of an interval")
        }
        Target::Number(_) | Target::Pair { .. } => Text::new("一个数值", "one number"),
        Target::Tuple(axes) => Text::new(
            format!("{}个数值", axes.len()),
            format!("numbers for {}", counted(axes.len(), "axis", "axes")),
        ),
        Target::Label { order: names, .. } | Target::OneOf(names) => {
            let names = threshold.names_joined(names, "、", ", ");
            Text::new(format!("{}之一", names.zh), format!("one of {}", names.en))
        }
        Target::Boolean(_) => Text::new("是或否", "yes or no"),
    }
}

pub(super) fn required(threshold: &Threshold) -> Text {
    let comparator = threshold.comparator();
    let target = match threshold.target() {
        Target::Number(number) => shown::number(number, threshold.unit()),
        Target::Pair { low, high } if comparator == Comparator::Covers => {
            interval(low, high, threshold.unit())
        }
        Target::Pair { low, high } => shown::number(counting_bound(comparator, low, high), threshold.unit()),
        Target::Tuple(axes) => axes_words(axes, threshold.unit()),
        Target::Label { order, at } => threshold.name(order.get(*at).map_or("", String::as_str)),
        Target::Boolean(value) => yes_or_no(*value),
        Target::OneOf(names) => threshold.names_joined(names, "或", " or "),
    };
    let one = match threshold.target() {
        Target::Number(number) => Some(number),
        Target::Pair { low, high } if comparator != Comparator::Covers => {
            Some(counting_bound(comparator, low, high))
        }
        _ => None,
    };
    let sign = comparator.sign();
    let words = with_unit(
        Text::new(format!("{}{}", sign.zh, target.zh), format!("{}{}", sign.en, target.en)),
        threshold.unit(),
        one.is_some_and(|number| *number == Number::from(1)),
    );
    match threshold.target() {
        Target::Pair { low, high } if comparator != Comparator::Covers => {
            let printed = interval(low, high, threshold.unit());
            Text::new(
                format!("{}（原文为 {}）", words.zh, printed.zh),
                format!("{} (printed as {})", words.en, printed.en),
            )
        }
        _ => words,
    }
}

/// The words of a promise with its unit.
pub fn promise_words(threshold: &Threshold, promise: &Promise) -> Text {
    let unit = promise.unit.as_deref();
    let words = match &promise.value {
        PromiseValue::Number(number) => shown::number(number, unit),
        PromiseValue::Pair { low, high } => interval(low, high, unit),
        PromiseValue::Tuple(axes) => axes_words(axes, unit),
        PromiseValue::Label(label) => threshold.name(label),
        PromiseValue::Boolean(value) => yes_or_no(*value),
        PromiseValue::Unread(parts) => {
            let typed = parts.values().map(String::as_str).collect::<Vec<_>>().join("～");
            return match unit.and_then(real_unit).map(unit_words) {
                Some(unit) => {
                    Text::new(format!("{typed} {}", unit.zh), format!("{typed} {}", unit.en).trim())
                }
                None => Text::new(typed.clone(), typed),
            };
        }
    };
    let one = matches!(&promise.value, PromiseValue::Number(number) if *number == Number::from(1));
    with_unit(words, unit, one)
}

fn with_unit(words: Text, unit: Option<&str>, one: bool) -> Text {
    match unit.and_then(real_unit) {
        Some(unit) => shown::with_unit(words, unit, one),
        None => words,
    }
}

fn interval(low: &Number, high: &Number, unit: Option<&str>) -> Text {
    let (low, high) = (shown::number(low, unit), shown::number(high, unit));
    Text::new(format!("{}～{}", low.zh, high.zh), format!("{} to {}", low.en, high.en))
}

fn axes_words(axes: &[Number], unit: Option<&str>) -> Text {
    let axes: Vec<Text> = axes.iter().map(|axis| shown::number(axis, unit)).collect();
    let join = |of: fn(&Text) -> &str| axes.iter().map(of).collect::<Vec<_>>().join("×");
    Text::new(join(|axis| axis.zh.as_str()), join(|axis| axis.en.as_str()))
}

fn yes_or_no(value: bool) -> Text {
    if value { Text::new("是", "yes") } else { Text::new("否", "no") }
}
