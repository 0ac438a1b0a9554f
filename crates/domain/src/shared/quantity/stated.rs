//! Promises in the unit of their threshold.

use super::threshold::real_unit;
use super::{Comparator, Promise, PromiseValue, Threshold};
use crate::shared::{ConversionRefusal, Number, Unit, UnitReading};

/// A promise in the unit of its threshold.
pub(super) enum Stated {
    /// The unit is the same.
    AsGiven,
    /// The value in the unit of the threshold, exactly.
    Converted(PromiseValue),
    /// The unit is another one, and nothing leads from it to the threshold's.
    Otherwise,
}

/// States a promise in the unit of its threshold.
///
/// A number without a unit is never converted: 95 without its percent sign is rather a slip than 9500 %.
pub(super) fn stated(threshold: &Threshold, promise: &Promise) -> Stated {
    let (wanted, given) = (threshold.unit(), promise.unit.as_deref().and_then(real_unit));
    if wanted == given {
        return Stated::AsGiven;
    }
    let units = wanted.zip(given).and_then(|(wanted, given)| {
        let (wanted, given) = (Unit::parse(wanted).ok()?, Unit::parse(given).ok()?);
        Some((reading(threshold.comparator(), &given, &wanted)?, given, wanted))
    });
    let Some((reading, given, wanted)) = units else { return Stated::Otherwise };
    let convert = |value: &Number| given.convert(value, &wanted, reading);
    each_number(&promise.value, convert).map_or(Stated::Otherwise, Stated::Converted)
}

/// How temperatures are meant; `None` where it matters and nothing tells: at most 2 ℃ may be how warm something is, or by how
/// much it warms.
fn reading(comparator: Comparator, given: &Unit, wanted: &Unit) -> Option<UnitReading> {
    match comparator {
        Comparator::Within => Some(UnitReading::Difference),
        Comparator::Covers => Some(UnitReading::Point),
        _ if given.reading_matters(wanted) => None,
        _ => Some(UnitReading::Point),
    }
}

/// The same value with other numbers; names, yes and no have none.
pub(super) fn each_number(
    value: &PromiseValue,
    of: impl Fn(&Number) -> Result<Number, ConversionRefusal>,
) -> Result<PromiseValue, ConversionRefusal> {
    Ok(match value {
        PromiseValue::Number(number) => PromiseValue::Number(of(number)?),
        PromiseValue::Pair { low, high } => PromiseValue::Pair { low: of(low)?, high: of(high)? },
        PromiseValue::Tuple(axes) => PromiseValue::Tuple(axes.iter().map(of).collect::<Result<_, _>>()?),
        PromiseValue::Label(_) | PromiseValue::Boolean(_) | PromiseValue::Unread(_) => value.clone(),
    })
}

#[cfg(test)]
mod tests {
    use num_rational::BigRational;
    use proptest::prelude::*;

    use super::super::Comparator::{Covers, Eq, Ge, Gt, Le, Lt, Within};
    use super::super::{Comparator, Promise, PromiseValue, Target, Threshold, Verdict, explain, verdict};
    use crate::shared::Number;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    fn threshold(comparator: Comparator, target: Target, unit: &str) -> Threshold {
        Threshold::new(comparator, target, Some(unit.to_owned())).unwrap()
    }

    fn single(comparator: Comparator, target: &str, unit: &str) -> Threshold {
        threshold(comparator, Target::Number(number(target)), unit)
    }

    fn promise(value: PromiseValue, unit: &str) -> Promise {
        Promise { value, unit: Some(unit.to_owned()) }
    }

    fn promised(text: &str, unit: &str) -> Promise {
        promise(PromiseValue::Number(number(text)), unit)
    }

    fn pair(low: &str, high: &str) -> (Number, Number) {
        (number(low), number(high))
    }

    #[test]
    fn promises_are_judged_in_any_unit_of_the_same_dimension() {
        for (comparator, target, unit, given, stated, met) in [
            (Lt, "5", "mm", "cm", "0.4999999999", true),
            (Lt, "5", "mm", "cm", "0.5", false),
            (Le, "100", "um", "mm", "0.1", true),
            (Ge, "3", "T", "G", "30000", true),
            (Ge, "3", "T", "G", "29999.999", false),
            (Ge, "0.2", "{亿元}", "万元", "2000", true),
            (Ge, "0.2", "{亿元}", "元", "19999999.99", false),
            (Lt, "20", "[Ch]", "mm", "6.6666666666", true),
            (Lt, "20", "[Ch]", "mm", "6.6666666667", false),
            (Le, "0.001", "g/(100.L)", "mg/L", "0.01", true),
            (Le, "20", "[ppm]", "%", "0.0021", false),
            (Gt, "6", "mo", "d", "182.625", false),
            (Gt, "6", "mo", "d", "182.626", true),
            (Eq, "1", "h", "min", "60", true),
            (Within, "0.5", "Cel", "K", "-0.5", true),
            (Within, "0.5", "Cel", "[degF]", "0.9", true),
            (Within, "0.5", "Cel", "[degF]", "0.91", false),
        ] {
            let expected = if met { Verdict::Met } else { Verdict::NotMet };
            let found = verdict(&single(comparator, target, unit), &promised(stated, given));
            assert_eq!(found, expected, "{target} {unit}, {stated} {given}");
        }
        let (low, high) = pair("0", "50");
        let range = threshold(Covers, Target::Pair { low, high }, "Cel");
        for (low, high, met) in [("32", "122", true), ("32", "121.9", false), ("32.1", "122", false)] {
            let (low, high) = pair(low, high);
            let found = verdict(&range, &promise(PromiseValue::Pair { low, high }, "[degF]"));
            assert_eq!(found, if met { Verdict::Met } else { Verdict::NotMet });
        }
        let sides = threshold(Ge, Target::Tuple(vec![number("35"), number("43")]), "cm");
        let axes = |values: [&str; 2]| promise(PromiseValue::Tuple(values.map(number).to_vec()), "mm");
        assert_eq!(verdict(&sides, &axes(["350", "430"])), Verdict::Met);
        assert_eq!(verdict(&sides, &axes(["350", "429"])), Verdict::NotMet);
    }

    #[test]
    fn what_has_no_exact_value_in_the_unit_is_not_judged() {
        for (unit, given) in [
            ("mm", "mL"),
            ("mm", "foo"),
            ("foo", "mm"),
            ("{例}", "{个}"),
            ("deg", "rad"),
            ("[IU]", "[CFU]"),
            ("{亿元}", "{亿美元}"),
            // Nothing tells whether a point or a difference is meant.
            ("Cel", "K"),
            ("Cel", "[degF]"),
            ("%", "1"),
        ] {
            let expected = Some(unit.to_owned());
            let found = verdict(&single(Le, "5", unit), &promised("1", given));
            assert_eq!(found, Verdict::WrongUnit { expected }, "{unit} {given}");
        }
        assert_eq!(
            verdict(&single(Le, "5", "1"), &promised("1", "%")),
            Verdict::WrongUnit { expected: None }
        );
    }

    #[test]
    fn both_numbers_are_explained() {
        for (threshold, promise, zh, en) in [
            (
                single(Lt, "5", "mm"),
                promised("0.49", "cm"),
                "承诺 0.49 cm（= 4.9 mm），要求 < 5 mm：达到",
                "promised 0.49 cm (= 4.9 mm), required < 5 mm: met",
            ),
            (
                single(Lt, "20", "[Ch]"),
                promised("7", "mm"),
                "承诺 7 mm（= 21 Fr），要求 < 20 Fr：未达到",
                "promised 7 mm (= 21 Fr), required < 20 Fr: not met",
            ),
            (
                single(Le, "5", "mm"),
                promised("1", "[Fr]"),
                "承诺 1 Fr（= 1/3 mm），要求 ≤ 5 mm：达到",
                "promised 1 Fr (= 1/3 mm), required ≤ 5 mm: met",
            ),
            (
                single(Ge, "750", "mm[Hg]"),
                promised("100.0000001", "kPa"),
                "承诺 100.0000001 kPa（≈ 750.0637562 mmHg），要求 ≥ 750 mmHg：达到",
                "promised 100.0000001 kPa (≈ 750.0637562 mmHg), required ≥ 750 mmHg: met",
            ),
            (
                single(Ge, "2", "{万元}"),
                promised("3", "万元"),
                "承诺 3 万元，要求 ≥ 2 万元：达到",
                "promised 30,000 yuan, required ≥ 20,000 yuan: met",
            ),
        ] {
            let words = explain(&threshold, &promise);
            assert_eq!((words.zh.as_str(), words.en.as_str()), (zh, en));
        }
    }

    fn numbers() -> impl Strategy<Value = Number> {
        (any::<i64>(), -12i32..=12).prop_map(|(mantissa, exponent)| number(&format!("{mantissa}e{exponent}")))
    }

    /// A unit, another one, and how many of the other it is.
    fn pairs() -> impl Strategy<Value = (&'static str, &'static str, BigRational)> {
        prop::sample::select(vec![
            ("mm", "cm", 1, 10),
            ("[Fr]", "mm", 1, 3),
            ("h", "min", 60, 1),
            ("mo", "a", 1, 12),
            ("%", "[ppm]", 10_000, 1),
            ("{个}/mL", "10*6{个}/L", 1, 1_000),
            ("{亿元}/a", "万元/a", 10_000, 1),
            ("[in_i]", "mm", 254, 10),
            ("kPa", "mm[Hg]", 1_000_000, 133_322),
            ("deg", "circ", 1, 360),
        ])
        .prop_map(|(unit, other, above, below)| {
            (unit, other, BigRational::new(i64::from(above).into(), i64::from(below).into()))
        })
    }

    proptest! {
        #[test]
        fn verdicts_do_not_depend_on_the_unit(
            (unit, other, factor) in pairs(), target in numbers(), a in numbers(), b in numbers(), step in 1u64..,
        ) {
            let step = BigRational::new(1.into(), step.into());
            let met = |comparator, value: &BigRational| {
                let threshold = single(comparator, &target.to_string(), unit);
                let promise = |value: BigRational, unit| promise(PromiseValue::Number(Number(value)), unit);
                let same = verdict(&threshold, &promise(value.clone(), unit));
                assert_eq!(&verdict(&threshold, &promise(value * &factor, other)), &same);
                assert!(matches!(same, Verdict::Met | Verdict::NotMet));
                same == Verdict::Met
            };
            for value in [&a.0, &b.0] {
                for comparator in [Ge, Gt, Le, Lt, Eq] {
                    met(comparator, value);
                }
            }
            let (low, high) = if a <= b { (&a.0, &b.0) } else { (&b.0, &a.0) };
            for (rising, falling) in [(Ge, Le), (Gt, Lt)] {
                prop_assert!(!met(rising, low) || met(rising, high));
                prop_assert!(!met(falling, high) || met(falling, low));
            }
            let (below, above) = (&target.0 - &step, &target.0 + &step);
            for (comparator, verdicts) in [
                (Ge, [false, true, true]),
                (Gt, [false, false, true]),
                (Le, [true, true, false]),
                (Lt, [true, false, false]),
                (Eq, [false, true, false]),
            ] {
                prop_assert_eq!([&below, &target.0, &above].map(|value| met(comparator, value)), verdicts);
            }
        }
    }
}
