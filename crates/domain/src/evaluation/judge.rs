//! One measurement against one threshold, with the guard band of the rule.

use super::{Measurement, Rule};
use crate::selection::DecisionRule;
use crate::shared::{
    COUNTERS, Comparator, Number, Promise, PromiseValue, Target, Text, Threshold, Verdict, promise_words,
    verdict,
};

/// A measurement as it is held against thresholds with one comparator.
pub(super) struct Judged {
    /// The value that decides, in the unit of the measurement.
    pub(super) value: Promise,
    /// How it came from what was measured; `None` where it is that.
    pub(super) how: Option<Text>,
}

/// The value that decides; a message where none can be told.
pub(super) fn judged(threshold: &Threshold, measurement: &Measurement, rule: &Rule) -> Result<Judged, Text> {
    let comparator = threshold.comparator();
    let measured = Promise { value: measurement.value.clone(), unit: measurement.unit.clone() };
    let (value, bound) = decisive(comparator, &measured.value);
    let guard = guard(threshold, measurement, rule)?;
    let guarded = match &guard {
        Some(guard) => shifted(comparator, &value, guard, rule.decision == DecisionRule::GuardedAcceptance),
        None => value,
    };
    let judged = Promise { value: guarded, unit: measured.unit.clone() };
    let mut how = Vec::new();
    if let Some(bound) = bound {
        how.push(bound);
    }
    if let (Some(guard), Some(stated)) = (&guard, &measurement.uncertainty)
        && *guard != Number::from(0)
    {
        how.push(guard_words(threshold, &measured.unit, (stated, guard), rule.decision));
    }
    if how.is_empty() {
        return Ok(Judged { value: judged, how: None });
    }
    let words = promise_words(threshold, &measured);
    let join = |of: fn(&Text) -> &str, between: &str| how.iter().map(of).collect::<Vec<_>>().join(between);
    let how = Text::new(
        format!("测得 {}，{}", words.zh, join(|text| &text.zh, "，")),
        format!("measured {}, {}", words.en, join(|text| &text.en, ", ")),
    );
    Ok(Judged { value: judged, how: Some(how) })
}

/// Whether a value meets a threshold, axis by axis where it has axes; a message where it cannot be compared.
pub(super) fn marks(threshold: &Threshold, value: &Promise) -> Option<Vec<bool>> {
    if let (Target::Tuple(targets), PromiseValue::Tuple(values)) = (threshold.target(), &value.value)
        && targets.len() == values.len()
    {
        return targets
            .iter()
            .zip(values)
            .map(|(target, axis)| {
                let unit = threshold.unit().map(str::to_owned);
                let one =
                    Threshold::new(threshold.comparator(), Target::Number(target.clone()), unit).ok()?;
                let axis = Promise { value: PromiseValue::Number(axis.clone()), unit: value.unit.clone() };
                mark(&one, &axis)
            })
            .collect();
    }
    mark(threshold, value).map(|met| vec![met])
}

fn mark(threshold: &Threshold, value: &Promise) -> Option<bool> {
    match verdict(threshold, value) {
        Verdict::Met => Some(true),
        Verdict::NotMet => Some(false),
        Verdict::WrongUnit { .. } | Verdict::WrongKind { .. } => None,
    }
}

/// A measured value as it is compared, without any guard band.
pub(super) fn as_compared(threshold: &Threshold, value: &Promise) -> Promise {
    let (decisive, _) = decisive(threshold.comparator(), &value.value);
    Promise { value: decisive, unit: value.unit.clone() }
}

/// Of a measured interval the end that is harder to accept.
fn decisive(comparator: Comparator, value: &PromiseValue) -> (PromiseValue, Option<Text>) {
    let PromiseValue::Pair { low, high } = value else { return (value.clone(), None) };
    let (end, zh, en) = match comparator {
        Comparator::Ge | Comparator::Gt => (low, "取下限", "the lower bound counts"),
        Comparator::Le | Comparator::Lt => (high, "取上限", "the upper bound counts"),
        Comparator::Within if low.abs() > high.abs() => {
            (low, "取偏差较大的一端", "the larger deviation counts")
        }
        Comparator::Within => (high, "取偏差较大的一端", "the larger deviation counts"),
        Comparator::Eq | Comparator::Covers | Comparator::Is => return (value.clone(), None),
    };
    (PromiseValue::Number(end.clone()), Some(Text::new(zh, en)))
}

/// The guard band in the unit of the measurement; `None` where none applies. Names, yes or no have none, and an exact equality asks
/// for what is counted, not measured.
fn guard(threshold: &Threshold, measurement: &Measurement, rule: &Rule) -> Result<Option<Number>, Text> {
    if !rule.guarded() || !threshold.is_numeric() || threshold.comparator() == Comparator::Eq {
        return Ok(None);
    }
    let counted = measurement.unit.as_deref().is_some_and(|unit| COUNTERS.contains(&unit.trim()));
    match &measurement.uncertainty {
        Some(stated) => Ok(Some(stated.times(&rule.guard_band))),
        None if counted => Ok(None),
        None => Err(Text::new(
            "没有给出扩展不确定度，按保护带规则无法判定",
            "it has no expanded uncertainty, which the guarded rule needs",
        )),
    }
}

/// A value moved by the guard band: away from acceptance where `harder`, towards it otherwise.
fn shifted(comparator: Comparator, value: &PromiseValue, guard: &Number, harder: bool) -> PromiseValue {
    let up = |number: &Number| if harder { number.plus(guard) } else { number.less(guard) };
    let down = |number: &Number| if harder { number.less(guard) } else { number.plus(guard) };
    let one = |number: &Number| match comparator {
        Comparator::Ge | Comparator::Gt => down(number),
        Comparator::Le | Comparator::Lt => up(number),
        Comparator::Within => up(&number.abs()).max(Number::from(0)),
        Comparator::Eq | Comparator::Covers | Comparator::Is => number.clone(),
    };
    match value {
        PromiseValue::Number(number) => PromiseValue::Number(one(number)),
        PromiseValue::Tuple(axes) => PromiseValue::Tuple(axes.iter().map(one).collect()),
        // An interval that was shown to be covered is smaller by the guard band at both ends.
        PromiseValue::Pair { low, high } => PromiseValue::Pair { low: up(low), high: down(high) },
        PromiseValue::Label(_) | PromiseValue::Boolean(_) | PromiseValue::Unread(_) => value.clone(),
    }
}

fn guard_words(
    threshold: &Threshold,
    unit: &Option<String>,
    (stated, guard): (&Number, &Number),
    decision: DecisionRule,
) -> Text {
    let words = |number: &Number| {
        promise_words(threshold, &Promise { value: PromiseValue::Number(number.clone()), unit: unit.clone() })
    };
    let (stated, guard) = (words(stated), words(guard));
    let (zh, en) = match decision {
        DecisionRule::GuardedRejection => ("保护带拒绝", "guarded rejection"),
        DecisionRule::Simple | DecisionRule::GuardedAcceptance => ("保护带接受", "guarded acceptance"),
    };
    Text::new(
        format!("扩展不确定度 U = {}（k=2），{zh}，保护带 {}", stated.zh, guard.zh),
        format!("expanded uncertainty U = {} (k = 2), {en} with a guard band of {}", stated.en, guard.en),
    )
}
