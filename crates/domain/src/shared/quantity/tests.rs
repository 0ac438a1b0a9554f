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
    for (value, expected) in [("10", true), ("-10", true), ("0", true), ("10.1", false), ("-10.1", false)] {
        assert_eq!(met(accuracy(), promised(value, "%")), expected, "{value}");
    }
    let matrix = || threshold(Ge, Target::Tuple(axes(&["2560", "2560"])), "px");
    for (values, expected) in [(["2560", "2560"], true), (["3000", "2560"], true), (["9999", "2559"], false)]
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
    for unit in ["mL", "MM", ""] {
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
            promised("0.4", "mL"),
            "承诺 0.4 mL，要求 < 5 mm：无法比较，单位应为 mm",
            "promised 0.4 mL, required < 5 mm: cannot be compared, the unit should be mm",
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
        prop::collection::vec(prop::sample::select(vec!["a".to_owned(), "b".to_owned(), String::new()]), 0..3)
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
