//! Thresholds of indicators, and the verdict on a promise.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

use super::{Number, Text, counted, shown, unit_words};

/// How a promise is held against a target (比较方式).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparator {
    /// Not below (不低于、不少于、以上).
    #[serde(rename = ">=")]
    Ge,
    /// Above (大于、超过).
    #[serde(rename = ">")]
    Gt,
    /// Not above (不超过、以内).
    #[serde(rename = "<=")]
    Le,
    /// Below (小于、低于).
    #[serde(rename = "<")]
    Lt,
    /// Equal (等于).
    #[serde(rename = "=")]
    Eq,
    /// The promised interval holds the target interval (覆盖).
    #[serde(rename = "covers")]
    Covers,
    /// The deviation stays within a tolerance (误差不超过).
    #[serde(rename = "within")]
    Within,
    /// Yes, no, or one of several (是否、任一).
    #[serde(rename = "is")]
    Is,
}

impl Comparator {
    /// The comparator in words.
    pub fn words(self) -> Text {
        match self {
            Self::Ge => Text::new("不低于", "at least"),
            Self::Gt => Text::new("大于", "more than"),
            Self::Le => Text::new("不超过", "at most"),
            Self::Lt => Text::new("小于", "less than"),
            Self::Eq => Text::new("等于", "equal to"),
            Self::Covers => Text::new("覆盖", "covering"),
            Self::Within => Text::new("误差不超过±", "within ±"),
            Self::Is => Text::new("为", "is"),
        }
    }

    /// The sign as it stands before a target, in both languages.
    fn sign(self) -> Text {
        let sign = match self {
            Self::Ge => "≥ ",
            Self::Gt => "> ",
            Self::Le => "≤ ",
            Self::Lt => "< ",
            Self::Eq => "= ",
            Self::Within => "±",
            Self::Covers => return Text::new("覆盖 ", "covering "),
            Self::Is => "",
        };
        Text::new(sign, sign)
    }

    fn is_ordering(self) -> bool {
        matches!(self, Self::Ge | Self::Gt | Self::Le | Self::Lt | Self::Eq)
    }

    /// Whether `promised` stands to `target` as an ordering comparator asks.
    fn holds<T: Ord + ?Sized>(self, promised: &T, target: &T) -> bool {
        match self {
            Self::Ge => promised >= target,
            Self::Gt => promised > target,
            Self::Le => promised <= target,
            Self::Lt => promised < target,
            Self::Eq => promised == target,
            Self::Covers | Self::Within | Self::Is => false,
        }
    }
}

/// What an indicator asks for (指标值).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One number.
    Number(Number),
    /// An interval. Covered whole by `covers`; where an ordering comparator has a printed range (`1–2`), the bound
    /// that is easier to reach counts: the lower of `>=` and `>`, the upper of `<=` and `<`.
    Pair {
        /// Lower bound.
        low: Number,
        /// Upper bound.
        high: Number,
    },
    /// One number for each axis (`2560×2560`); each axis has to reach its own.
    Tuple(Vec<Number>),
    /// A named level among others (`720P`).
    Label {
        /// All levels, lowest first.
        order: Vec<String>,
        /// Place of the target level in `order`.
        at: usize,
    },
    /// Yes or no.
    Boolean(bool),
    /// Any one of several names.
    OneOf(Vec<String>),
}

/// A target with its comparator and unit (考核指标要求); only combinations that can be decided exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ThresholdParts")]
pub struct Threshold {
    comparator: Comparator,
    target: Target,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// English names of levels and choices, where the call gives them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThresholdParts {
    comparator: Comparator,
    target: Target,
    #[serde(default)]
    unit: Option<String>,
    #[serde(default)]
    names: BTreeMap<String, String>,
}

impl TryFrom<ThresholdParts> for Threshold {
    type Error = ThresholdError;

    fn try_from(parts: ThresholdParts) -> Result<Self, ThresholdError> {
        Ok(Self::new(parts.comparator, parts.target, parts.unit)?.named(parts.names))
    }
}

impl Threshold {
    /// Puts a threshold together, or says why it could never be decided. A blank unit and the unit `1` are none.
    pub fn new(comparator: Comparator, target: Target, unit: Option<String>) -> Result<Self, ThresholdError> {
        let unit = unit.as_deref().and_then(real_unit).map(str::to_owned);
        let fits = match &target {
            Target::Number(_) => comparator.is_ordering() || comparator == Comparator::Within,
            Target::Pair { .. } => {
                comparator != Comparator::Eq && comparator.is_ordering() || comparator == Comparator::Covers
            }
            Target::Tuple(_) | Target::Label { .. } => comparator.is_ordering(),
            Target::Boolean(_) | Target::OneOf(_) => comparator == Comparator::Is,
        };
        if !fits {
            return Err(ThresholdError::TargetDoesNotFit { comparator });
        }
        match &target {
            Target::Number(tolerance) if comparator == Comparator::Within && tolerance.is_negative() => {
                return Err(ThresholdError::NegativeTolerance);
            }
            Target::Pair { low, high } if low > high => return Err(ThresholdError::BoundsReversed),
            Target::Tuple(axes) if axes.is_empty() => return Err(ThresholdError::Empty),
            Target::Label { order, at } => {
                check_names(order)?;
                if *at >= order.len() {
                    return Err(ThresholdError::NoSuchLevel);
                }
            }
            Target::OneOf(names) => check_names(names)?,
            _ => {}
        }
        let threshold = Self { comparator, target, unit, names: BTreeMap::new() };
        if threshold.unit.is_some() && !threshold.is_numeric() {
            return Err(ThresholdError::UnitWithoutNumber);
        }
        Ok(threshold)
    }

    /// The same with English names of its levels or choices.
    #[must_use]
    pub fn named(self, names: BTreeMap<String, String>) -> Self {
        Self { names, ..self }
    }

    /// A level or choice in both languages; as the call writes it where it gives no English name.
    pub fn name(&self, label: &str) -> Text {
        Text::new(label, self.names.get(label.trim()).map_or(label, String::as_str))
    }

    /// Several of them, with a word between two.
    fn names_joined(&self, labels: &[String], zh: &str, en: &str) -> Text {
        let names: Vec<Text> = labels.iter().map(|label| self.name(label)).collect();
        let join =
            |of: fn(&Text) -> &str, between: &str| names.iter().map(of).collect::<Vec<_>>().join(between);
        Text::new(join(|name| name.zh.as_str(), zh), join(|name| name.en.as_str(), en))
    }

    /// How a promise is compared.
    pub fn comparator(&self) -> Comparator {
        self.comparator
    }

    /// What is asked for.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The unit of the target; `None` for names, yes or no, and pure numbers.
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// The requirement in words, such as `≥ 3 T`.
    pub fn words(&self) -> Text {
        required_words(self)
    }

    /// Whether the target is a number, an interval or a tuple of numbers.
    pub fn is_numeric(&self) -> bool {
        matches!(self.target, Target::Number(_) | Target::Pair { .. } | Target::Tuple(_))
    }
}

/// Names have to be there, not blank and different.
fn check_names(names: &[String]) -> Result<(), ThresholdError> {
    if names.is_empty() || names.iter().any(|name| name.trim().is_empty()) {
        return Err(ThresholdError::Empty);
    }
    let repeated =
        |(place, name): (usize, &String)| names[..place].iter().any(|other| other.trim() == name.trim());
    if names.iter().enumerate().any(repeated) { Err(ThresholdError::NameTwice) } else { Ok(()) }
}

/// Why a threshold could never be decided (指标定义有误).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ThresholdError {
    /// A comparator with a kind of target that it cannot compare.
    #[error("the comparator “{}” cannot be used with this kind of target", comparator.words().en)]
    TargetDoesNotFit {
        /// The comparator.
        comparator: Comparator,
    },
    /// A tolerance below zero.
    #[error("a tolerance cannot be negative")]
    NegativeTolerance,
    /// An interval whose lower bound is above its upper bound.
    #[error("the lower bound is above the upper bound")]
    BoundsReversed,
    /// No axis, no level, no name, or a blank one.
    #[error("the target is empty")]
    Empty,
    /// The target level is not among the levels.
    #[error("the target level is not among the levels")]
    NoSuchLevel,
    /// One level or name stands twice.
    #[error("a name stands twice in the target")]
    NameTwice,
    /// A unit for yes or no or for a name.
    #[error("only numbers have a unit")]
    UnitWithoutNumber,
}

impl ThresholdError {
    /// What is wrong.
    pub fn message(&self) -> Text {
        let zh = match self {
            Self::TargetDoesNotFit { comparator } => format!("“{}”不能用于这类门槛值", comparator.words().zh),
            Self::NegativeTolerance => "允差不能为负数".to_owned(),
            Self::BoundsReversed => "下限大于上限".to_owned(),
            Self::Empty => "门槛值为空".to_owned(),
            Self::NoSuchLevel => "门槛等级不在等级之中".to_owned(),
            Self::NameTwice => "等级或名称出现两次".to_owned(),
            Self::UnitWithoutNumber => "只有数才有单位".to_owned(),
        };
        let mut en = self.to_string();
        if let Some(first) = en.get(..1) {
            en = first.to_uppercase() + &en[1..];
        }
        Text::new(zh, en)
    }

    /// What would put it right.
    pub fn remedy(&self) -> Text {
        match self {
            Self::TargetDoesNotFit { .. } => {
                Text::new("换比较符，或换门槛值的写法", "Change the comparator or the kind of threshold")
            }
            Self::UnitWithoutNumber => Text::new("删去 unit", "Take unit out"),
            _ => Text::new("按通知原文改正", "Correct it after the notice"),
        }
    }
}

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

/// Holds a promise against a threshold. The kind of value is judged before the unit.
pub fn verdict(threshold: &Threshold, promise: &Promise) -> Verdict {
    let comparator = threshold.comparator;
    let met = match (&threshold.target, &promise.value) {
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
        (Target::Label { order, at }, PromiseValue::Label(label)) => match place_of(label, order) {
            Some(place) => comparator.holds(&place, at),
            None => return Verdict::WrongKind { expected: expected(threshold) },
        },
        (Target::Boolean(target), PromiseValue::Boolean(value)) => value == target,
        (Target::OneOf(names), PromiseValue::Label(label)) => place_of(label, names).is_some(),
        _ => return Verdict::WrongKind { expected: expected(threshold) },
    };
    if !same_unit(threshold.unit(), promise.unit.as_deref()) {
        return Verdict::WrongUnit { expected: threshold.unit.clone() };
    }
    if met { Verdict::Met } else { Verdict::NotMet }
}

/// The verdict and what it rests on, in words: `承诺 4.9 mm，要求 < 5 mm：达到`.
pub fn explain(threshold: &Threshold, promise: &Promise) -> Text {
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
    let promised = promise_words(threshold, promise);
    let required = required_words(threshold);
    Text::new(
        format!("承诺 {}，要求 {}：{}", promised.zh, required.zh, outcome.zh),
        format!("promised {}, required {}: {}", promised.en, required.en, outcome.en),
    )
}

/// The one place that decides whether two units are the same; there is no conversion.
fn same_unit(expected: Option<&str>, found: Option<&str>) -> bool {
    expected.and_then(real_unit) == found.and_then(real_unit)
}

/// The unit without white space around it; `None` where it is blank or `1`, the unit of pure numbers.
fn real_unit(unit: &str) -> Option<&str> {
    Some(unit.trim()).filter(|unit| !matches!(*unit, "" | "1"))
}

fn place_of(label: &str, names: &[String]) -> Option<usize> {
    names.iter().position(|name| name.trim() == label.trim())
}

/// The bound of a printed range that is easier to reach.
fn counting_bound<'a>(comparator: Comparator, low: &'a Number, high: &'a Number) -> &'a Number {
    if matches!(comparator, Comparator::Le | Comparator::Lt) { high } else { low }
}

/// The kind of value that a threshold can be compared with.
fn expected(threshold: &Threshold) -> Text {
    match &threshold.target {
        Target::Pair { .. } if threshold.comparator == Comparator::Covers => {
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

fn required_words(threshold: &Threshold) -> Text {
    let comparator = threshold.comparator;
    let target = match &threshold.target {
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
    let one = match &threshold.target {
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
    match &threshold.target {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Comparator::{Covers, Eq, Ge, Gt, Is, Le, Lt, Within};
    use super::{Comparator, Number, Promise, PromiseValue, Target, Threshold, ThresholdError, Verdict};
    use super::{Text, explain, verdict};

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    fn single(text: &str) -> Target {
        Target::Number(number(text))
    }

    fn pair(low: &str, high: &str) -> Target {
        Target::Pair { low: number(low), high: number(high) }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn levels(at: usize) -> Target {
        Target::Label { order: names(&["480P", "720P", "1080P"]), at }
    }

    fn axes(values: &[&str]) -> Vec<Number> {
        values.iter().map(|value| number(value)).collect()
    }

    fn threshold(comparator: Comparator, target: Target, unit: &str) -> Threshold {
        Threshold::new(comparator, target, Some(unit.to_owned())).unwrap()
    }

    fn promise(value: PromiseValue, unit: &str) -> Promise {
        Promise { value, unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()) }
    }

    fn promised(text: &str, unit: &str) -> Promise {
        promise(PromiseValue::Number(number(text)), unit)
    }

    fn promised_pair(low: &str, high: &str, unit: &str) -> Promise {
        promise(PromiseValue::Pair { low: number(low), high: number(high) }, unit)
    }

    #[test]
    fn levels_and_choices_have_english_names() {
        let names = std::collections::BTreeMap::from([("毫米级".to_owned(), "millimetre class".to_owned())]);
        let order = vec!["厘米级".to_owned(), "毫米级".to_owned()];
        let label = Threshold::new(Ge, Target::Label { order: order.clone(), at: 1 }, None).unwrap();
        let label = label.named(names.clone());
        assert_eq!(label.words(), Text::new("≥ 毫米级", "≥ millimetre class"));
        let promised = promise(PromiseValue::Label("毫米级".to_owned()), "");
        assert!(explain(&label, &promised).en.starts_with("promised millimetre class, required"));
        let choice = Threshold::new(Is, Target::OneOf(order), None).unwrap().named(names);
        assert_eq!(choice.words(), Text::new("厘米级或毫米级", "厘米级 or millimetre class"));
        let json = serde_json::to_string(&choice).unwrap();
        assert_eq!(serde_json::from_str::<Threshold>(&json).unwrap(), choice);
    }

    #[test]
    fn comparators_are_written_as_signs() {
        for (comparator, json) in [
            (Ge, "\">=\""),
            (Gt, "\">\""),
            (Le, "\"<=\""),
            (Lt, "\"<\""),
            (Eq, "\"=\""),
            (Covers, "\"covers\""),
            (Within, "\"within\""),
            (Is, "\"is\""),
        ] {
            assert_eq!(serde_json::to_string(&comparator).unwrap(), json);
            assert_eq!(serde_json::from_str::<Comparator>(json).unwrap(), comparator);
            assert!(!comparator.words().zh.is_empty() && !comparator.words().en.is_empty());
        }
    }

    #[test]
    fn only_decidable_thresholds_exist() {
        let misfit = |comparator| Err(ThresholdError::TargetDoesNotFit { comparator });
        for comparator in [Ge, Gt, Le, Lt, Eq, Covers, Within, Is] {
            let ordering = matches!(comparator, Ge | Gt | Le | Lt | Eq);
            for (target, fits) in [
                (single("5"), ordering || comparator == Within),
                (pair("1", "2"), (ordering && comparator != Eq) || comparator == Covers),
                (Target::Tuple(axes(&["1", "2"])), ordering),
                (levels(1), ordering),
                (Target::Boolean(true), comparator == Is),
                (Target::OneOf(names(&["NGS"])), comparator == Is),
            ] {
                let made = Threshold::new(comparator, target.clone(), None);
                if fits {
                    assert_eq!(made.unwrap().target(), &target);
                } else {
                    assert_eq!(made, misfit(comparator), "{comparator:?} {target:?}");
                }
            }
        }
        for (comparator, target, unit, fault) in [
            (Within, single("-1"), None, ThresholdError::NegativeTolerance),
            (Covers, pair("2", "1"), None, ThresholdError::BoundsReversed),
            (Ge, pair("2", "1"), None, ThresholdError::BoundsReversed),
            (Ge, Target::Tuple(vec![]), None, ThresholdError::Empty),
            (Ge, levels(3), None, ThresholdError::NoSuchLevel),
            (Ge, Target::Label { order: vec![], at: 0 }, None, ThresholdError::Empty),
            (Ge, Target::Label { order: names(&["a", "a "]), at: 0 }, None, ThresholdError::NameTwice),
            (Is, Target::OneOf(vec![]), None, ThresholdError::Empty),
            (Is, Target::OneOf(names(&["a", " "])), None, ThresholdError::Empty),
            (Is, Target::Boolean(true), Some("mm"), ThresholdError::UnitWithoutNumber),
            (Ge, levels(1), Some("P"), ThresholdError::UnitWithoutNumber),
        ] {
            assert_eq!(Threshold::new(comparator, target, unit.map(str::to_owned)), Err(fault));
        }
    }

    #[test]
    fn indicators_of_the_notices_are_decided() {
        let met = |threshold: Threshold, promise: Promise| match verdict(&threshold, &promise) {
            Verdict::Met => true,
            Verdict::NotMet => false,
            other => panic!("{threshold:?} {promise:?} {other:?}"),
        };
        for (comparator, target, unit, below, at, above) in [
            (Lt, "5", "mm", true, false, false),
            (Le, "160", "µm", true, true, false),
            (Ge, "2×10^8", "/mL", false, true, true),
            (Gt, "3.33", "h", false, false, true),
            (Eq, "100", "%", false, true, false),
            (Le, "0.001", "g/100L", true, true, false),
        ] {
            let threshold = threshold(comparator, single(target), unit);
            let step = number("1e-40").0;
            let beside = |value| promise(PromiseValue::Number(Number(value)), unit);
            assert_eq!(met(threshold.clone(), beside(number(target).0 - &step)), below, "{target}");
            assert_eq!(met(threshold.clone(), promised(target, unit)), at, "{target}");
            assert_eq!(met(threshold, beside(number(target).0 + &step)), above, "{target}");
        }
        let tidal = || threshold(Covers, pair("1", "3000"), "mL");
        assert!(met(tidal(), promised_pair("1", "3000", "mL")));
        assert!(met(tidal(), promised_pair("0.5", "3500", "mL")));
        assert!(!met(tidal(), promised_pair("2", "3500", "mL")));
        assert!(!met(tidal(), promised_pair("0", "2999.9", "mL")));
        assert!(!met(tidal(), promised_pair("3000", "1", "mL")));
        let accuracy = || threshold(Within, single("10"), "%");
        for (value, expected) in [("10", true), ("-10", true), ("0", true), ("10.1", false), ("-10.1", false)]
        {
            assert_eq!(met(accuracy(), promised(value, "%")), expected, "{value}");
        }
        let matrix = || threshold(Ge, Target::Tuple(axes(&["2560", "2560"])), "px");
        for (values, expected) in
            [(["2560", "2560"], true), (["3000", "2560"], true), (["9999", "2559"], false)]
        {
            assert_eq!(met(matrix(), promise(PromiseValue::Tuple(axes(&values)), "px")), expected);
        }
        let resolution = || threshold(Gt, levels(1), "");
        for (level, expected) in [("480P", false), ("720P", false), (" 1080P ", true)] {
            assert_eq!(
                met(resolution(), promise(PromiseValue::Label(level.to_owned()), "")),
                expected,
                "{level}"
            );
        }
        let kinds = || threshold(Ge, pair("1", "2"), "种");
        for (value, expected) in [("0", false), ("1", true), ("2", true), ("3", true)] {
            assert_eq!(met(kinds(), promised(value, "种")), expected, "{value}");
        }
        assert!(met(threshold(Le, pair("15", "20"), "%"), promised("20", "%")));
        assert!(!met(threshold(Le, pair("15", "20"), "%"), promised("21", "%")));
        let built = || threshold(Is, Target::Boolean(true), "");
        assert!(met(built(), promise(PromiseValue::Boolean(true), "")));
        assert!(!met(built(), promise(PromiseValue::Boolean(false), "")));
        let sequencing = || threshold(Is, Target::OneOf(names(&["NGS", "单分子测序"])), "");
        assert!(met(sequencing(), promise(PromiseValue::Label("单分子测序".to_owned()), "")));
        assert!(!met(sequencing(), promise(PromiseValue::Label("Sanger".to_owned()), "")));
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let resolution = threshold(Lt, single("5"), "mm");
        for unit in ["cm", "MM", ""] {
            let wrong = Verdict::WrongUnit { expected: Some("mm".to_owned()) };
            assert_eq!(verdict(&resolution, &promised("4", unit)), wrong, "{unit}");
        }
        assert_eq!(verdict(&resolution, &promised("4", " mm ")), Verdict::Met);
        for (unit, pure) in [("1", ""), ("", " 1 "), ("1", "1")] {
            assert_eq!(verdict(&threshold(Lt, single("5"), unit), &promised("4", pure)), Verdict::Met);
        }
        assert_eq!(
            verdict(&threshold(Le, single("20"), " "), &promised("4", "ppm")),
            Verdict::WrongUnit { expected: None }
        );
        for (threshold, promise, expected) in [
            (resolution.clone(), promise(PromiseValue::Boolean(true), "mm"), "一个数值"),
            (resolution, promised_pair("1", "4", "mm"), "一个数值"),
            (threshold(Covers, pair("0", "90"), "cmH2O"), promised("90", "cmH2O"), "一个区间的下限和上限"),
            (threshold(Ge, pair("1", "2"), "种"), promised_pair("1", "2", "种"), "一个数值"),
            (
                threshold(Ge, Target::Tuple(axes(&["1", "1"])), ""),
                promise(PromiseValue::Tuple(axes(&["1"])), ""),
                "2个数值",
            ),
            (
                threshold(Ge, levels(1), ""),
                promise(PromiseValue::Label("4K".to_owned()), ""),
                "480P、720P、1080P之一",
            ),
            (threshold(Is, Target::Boolean(true), ""), promised("1", ""), "是或否"),
        ] {
            match verdict(&threshold, &promise) {
                Verdict::WrongKind { expected: found } => assert_eq!(found.zh, expected),
                other => panic!("{threshold:?} {promise:?} {other:?}"),
            }
        }
    }

    fn assert_explained(threshold: Threshold, promise: Promise, zh: &str, en: &str) {
        let words = explain(&threshold, &promise);
        assert_eq!((words.zh.as_str(), words.en.as_str()), (zh, en));
    }

    #[test]
    fn verdicts_on_numbers_are_explained() {
        for (threshold, promise, zh, en) in [
            (
                threshold(Lt, single("5"), "mm"),
                promised("4.9", "mm"),
                "承诺 4.9 mm，要求 < 5 mm：达到",
                "promised 4.9 mm, required < 5 mm: met",
            ),
            (
                threshold(Covers, pair("1", "3000"), "mL"),
                promised_pair("5", "3000", "mL"),
                "承诺 5～3000 mL，要求 覆盖 1～3000 mL：未达到",
                "promised 5 to 3000 mL, required covering 1 to 3000 mL: not met",
            ),
            (
                threshold(Within, single("10"), "%"),
                promised("-8", "%"),
                "承诺 -8 %，要求 ±10 %：达到",
                "promised -8 %, required ±10 %: met",
            ),
            (
                threshold(Ge, pair("1", "2"), "{种}"),
                promised("3", "{种}"),
                "承诺 3 种，要求 ≥ 1 种（原文为 1～2）：达到",
                "promised 3 kinds, required ≥ 1 kind (printed as 1 to 2): met",
            ),
            (
                threshold(Ge, Target::Tuple(axes(&["2560", "2560"])), "px"),
                promise(PromiseValue::Tuple(axes(&["2560", "2048"])), "px"),
                "承诺 2560×2048 px，要求 ≥ 2560×2560 px：未达到",
                "promised 2560×2048 px, required ≥ 2560×2560 px: not met",
            ),
        ] {
            assert_explained(threshold, promise, zh, en);
        }
    }

    #[test]
    fn verdicts_on_names_and_misfits_are_explained() {
        let label = |label: &str| promise(PromiseValue::Label(label.to_owned()), "");
        for (threshold, promise, zh, en) in [
            (
                threshold(Gt, levels(1), ""),
                label("1080P"),
                "承诺 1080P，要求 > 720P：达到",
                "promised 1080P, required > 720P: met",
            ),
            (
                threshold(Is, Target::Boolean(true), ""),
                promise(PromiseValue::Boolean(false), ""),
                "承诺 否，要求 是：未达到",
                "promised no, required yes: not met",
            ),
            (
                threshold(Is, Target::OneOf(names(&["NGS", "纳米孔"])), ""),
                label("NGS"),
                "承诺 NGS，要求 NGS或纳米孔：达到",
                "promised NGS, required NGS or 纳米孔: met",
            ),
            (
                threshold(Lt, single("5"), "mm"),
                promised("0.4", "cm"),
                "承诺 0.4 cm，要求 < 5 mm：无法比较，单位应为 mm",
                "promised 0.4 cm, required < 5 mm: cannot be compared, the unit should be mm",
            ),
            (
                threshold(Is, Target::Boolean(true), ""),
                promised("1", ""),
                "承诺 1，要求 是：无法比较，应填是或否",
                "promised 1, required yes: cannot be compared, expected yes or no",
            ),
        ] {
            assert_explained(threshold, promise, zh, en);
        }
    }

    #[test]
    fn thresholds_and_promises_are_stored_as_json() {
        let range = threshold(Covers, pair("1", "3000"), "mL");
        let json = r#"{"comparator":"covers","target":{"pair":{"low":"1","high":"3000"}},"unit":"mL"}"#;
        assert_eq!(serde_json::to_string(&range).unwrap(), json);
        assert_eq!(serde_json::from_str::<Threshold>(json).unwrap(), range);
        let reversed = r#"{"comparator":"covers","target":{"pair":{"low":"2","high":"1"}}}"#;
        assert!(serde_json::from_str::<Threshold>(reversed).is_err());
        let promise = promised("2×10^8", "/mL");
        let json = r#"{"value":{"number":"200000000"},"unit":"/mL"}"#;
        assert_eq!(serde_json::to_string(&promise).unwrap(), json);
        assert_eq!(serde_json::from_str::<Promise>(json).unwrap(), promise);
    }

    fn numbers() -> impl Strategy<Value = Number> {
        (any::<i64>(), -40i32..=40)
            .prop_map(|(mantissa, exponent)| number(&format!("{}e{exponent}", mantissa % 1_000_000)))
    }

    fn any_targets() -> impl Strategy<Value = Target> {
        let words = || {
            prop::collection::vec(
                prop::sample::select(vec!["a".to_owned(), "b".to_owned(), String::new()]),
                0..3,
            )
        };
        prop_oneof![
            numbers().prop_map(Target::Number),
            (numbers(), numbers()).prop_map(|(low, high)| Target::Pair { low, high }),
            prop::collection::vec(numbers(), 0..3).prop_map(Target::Tuple),
            (words(), 0usize..4).prop_map(|(order, at)| Target::Label { order, at }),
            any::<bool>().prop_map(Target::Boolean),
            words().prop_map(Target::OneOf),
        ]
    }

    fn any_promises() -> impl Strategy<Value = Promise> {
        let value = prop_oneof![
            numbers().prop_map(PromiseValue::Number),
            (numbers(), numbers()).prop_map(|(low, high)| PromiseValue::Pair { low, high }),
            prop::collection::vec(numbers(), 0..3).prop_map(PromiseValue::Tuple),
            prop::sample::select(vec!["a", "b", "c"]).prop_map(|label| PromiseValue::Label(label.to_owned())),
            any::<bool>().prop_map(PromiseValue::Boolean),
        ];
        let unit = prop::sample::select(vec![None, Some("mm".to_owned())]);
        (value, unit).prop_map(|(value, unit)| Promise { value, unit })
    }

    fn comparators() -> impl Strategy<Value = Comparator> {
        prop::sample::select(vec![Ge, Gt, Le, Lt, Eq, Covers, Within, Is])
    }

    proptest! {
        #[test]
        fn one_sided_comparators_are_monotone(target in numbers(), a in numbers(), b in numbers()) {
            let (low, high) = if a <= b { (a, b) } else { (b, a) };
            let met = |comparator, value: &Number| {
                let threshold = Threshold::new(comparator, Target::Number(target.clone()), None).unwrap();
                let promise = Promise { value: PromiseValue::Number(value.clone()), unit: None };
                verdict(&threshold, &promise) == Verdict::Met
            };
            for comparator in [Ge, Gt] {
                prop_assert!(!met(comparator, &low) || met(comparator, &high));
            }
            for comparator in [Le, Lt] {
                prop_assert!(!met(comparator, &high) || met(comparator, &low));
            }
            for value in [&low, &high, &target] {
                prop_assert!(met(Ge, value) != met(Lt, value));
                prop_assert!(met(Le, value) != met(Gt, value));
                prop_assert_eq!(met(Eq, value), met(Ge, value) && met(Le, value));
            }
            prop_assert!(met(Ge, &target) && met(Le, &target) && !met(Gt, &target) && !met(Lt, &target));
        }

        #[test]
        fn every_threshold_answers_every_promise(
            comparator in comparators(), target in any_targets(), promise in any_promises(),
        ) {
            let threshold = Threshold::new(comparator, target.clone(), Some("mm".to_owned()))
                .or_else(|_| Threshold::new(comparator, target, None));
            if let Ok(threshold) = threshold {
                let words = explain(&threshold, &promise);
                prop_assert!(!words.zh.is_empty() && !words.en.is_empty());
                let stored = serde_json::to_string(&threshold).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Threshold>(&stored).unwrap(), &threshold);
                let stored = serde_json::to_string(&promise).unwrap();
                prop_assert_eq!(verdict(&threshold, &serde_json::from_str(&stored).unwrap()), verdict(&threshold, &promise));
            }
        }
    }
}
