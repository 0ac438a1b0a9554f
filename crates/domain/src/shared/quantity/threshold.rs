//! Thresholds: a comparator, a target and a unit that can be decided together.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

use super::words;
use crate::shared::{Number, Text};

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
    pub(super) fn sign(self) -> Text {
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
    pub(super) fn holds<T: Ord + ?Sized>(self, promised: &T, target: &T) -> bool {
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
    pub(super) fn names_joined(&self, labels: &[String], zh: &str, en: &str) -> Text {
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
        words::required(self)
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

/// The unit without white space around it; `None` where it is blank or `1`, the unit of pure numbers.
pub(super) fn real_unit(unit: &str) -> Option<&str> {
    Some(unit.trim()).filter(|unit| !matches!(*unit, "" | "1"))
}
