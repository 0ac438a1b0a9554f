use std::collections::BTreeMap;

use jiff::civil::date;
use proptest::prelude::*;

use super::{
    Case, EvaluationFault, EvaluationPlan, Lock, Measurement, Overall, PlanItem, Rule, Verdict, Waiver,
    assess, assess_own, nested_faults, overall,
};
use crate::call::{Item, Printed, Source};
use crate::selection::DecisionRule;
use crate::shared::Comparator::{Covers, Eq, Ge, Gt, Is, Le, Lt, Within};
use crate::shared::{Comparator, Digest, Number, Promise, PromiseValue, Target, Text, Threshold};

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

fn single(text: &str) -> PromiseValue {
    PromiseValue::Number(number(text))
}

fn pair(low: &str, high: &str) -> PromiseValue {
    PromiseValue::Pair { low: number(low), high: number(high) }
}

fn tuple(axes: &[&str]) -> PromiseValue {
    PromiseValue::Tuple(axes.iter().map(|axis| number(axis)).collect())
}

fn target(value: &PromiseValue) -> Target {
    match value {
        PromiseValue::Number(number) => Target::Number(number.clone()),
        PromiseValue::Pair { low, high } => Target::Pair { low: low.clone(), high: high.clone() },
        PromiseValue::Tuple(axes) => Target::Tuple(axes.clone()),
        PromiseValue::Boolean(yes) => Target::Boolean(*yes),
        PromiseValue::Label(name) => Target::OneOf(vec![name.clone()]),
        PromiseValue::Unread(_) => panic!("no target"),
    }
}

fn item(comparator: Comparator, value: &PromiseValue, unit: &str) -> Item {
    let unit = Some(unit.to_owned()).filter(|unit| !unit.is_empty());
    Item {
        id: "K1".to_owned(),
        name: Text::new("指标", "indicator"),
        threshold: Threshold::new(comparator, target(value), unit).unwrap(),
        as_printed: Vec::new(),
        printed: None,
        condition: None,
        of: None,
        baseline: None,
        window: None,
        source: Source::Operator,
    }
}

fn measured(value: PromiseValue, unit: &str) -> Measurement {
    Measurement {
        number: 1,
        value,
        unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
        samples: 3,
        uncertainty: None,
        measured_on: date(2026, 3, 2),
        laboratory: "甲检测中心".to_owned(),
        evidence: Digest::parse(&"a".repeat(64)).unwrap(),
        voided: None,
    }
}

fn promised(value: PromiseValue, unit: &str) -> Promise {
    Promise { value, unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()) }
}

fn rule(decision: DecisionRule, band: &str) -> Rule {
    Rule { decision, guard_band: number(band) }
}

fn simple() -> Rule {
    rule(DecisionRule::Simple, "0")
}

fn judged(item: &Item, promise: Option<&Promise>, rule: &Rule, all: &[Measurement]) -> super::Assessment {
    assess(&Case { item, promise, planned: None, rule }, all)
}

#[test]
fn the_stricter_of_call_and_promise_binds() {
    for (comparator, asked, own, value, expected) in [
        (Ge, "3", "4", "4", Verdict::Met),
        (Ge, "3", "4", "3.5", Verdict::NotMet),
        (Ge, "3", "2", "2.5", Verdict::NotMet),
        (Ge, "3", "2", "3", Verdict::Met),
        // Who promises 4.9 where less than 5 is asked for may reach 4.9 itself.
        (Lt, "5", "4.9", "4.9", Verdict::Met),
        (Lt, "5", "4.9", "4.95", Verdict::NotMet),
        (Lt, "5", "6", "5", Verdict::NotMet),
        (Gt, "5", "5.5", "5.5", Verdict::Met),
        (Within, "0.5", "-0.2", "-0.2", Verdict::Met),
        (Within, "0.5", "0.2", "0.3", Verdict::NotMet),
        // An equality has no stricter form.
        (Eq, "5", "6", "5", Verdict::Met),
    ] {
        let item = item(comparator, &single(asked), "mm");
        let promise = promised(single(own), "mm");
        let found = judged(&item, Some(&promise), &simple(), &[measured(single(value), "mm")]);
        assert_eq!(found.verdict, expected, "{comparator:?} {asked} {own} {value}: {:?}", found.arithmetic);
    }
    let item = item(Le, &single("5"), "mm");
    let promise = promised(single("0.45"), "cm");
    let found = judged(&item, Some(&promise), &simple(), &[measured(single("4.8"), "mm")]);
    assert_eq!(
        found.arithmetic,
        Text::new(
            "第1次（2026-03-02，甲检测中心，n=3）：通知指标：测得 4.8 mm，要求 ≤ 5 mm：达到，本队承诺：测得 4.8 mm（= 0.48 \
             cm），要求 ≤ 0.45 cm：未达到",
            "No. 1 (2026-03-02, 甲检测中心, n = 3): call: measured 4.8 mm, required ≤ 5 mm: met, own promise: measured 4.8 \
             mm (= 0.48 cm), required ≤ 0.45 cm: not met"
        )
    );
    assert_eq!(found.verdict, Verdict::NotMet);
}

#[test]
fn guard_bands_stand_between_value_and_limit() {
    let (accept, reject) = (DecisionRule::GuardedAcceptance, DecisionRule::GuardedRejection);
    for (comparator, decision, value, expected) in [
        (Ge, accept, "5.1", Verdict::Met),
        (Ge, accept, "5.09", Verdict::NotMet),
        (Ge, reject, "4.9", Verdict::Met),
        (Ge, reject, "4.89", Verdict::NotMet),
        (Le, accept, "4.9", Verdict::Met),
        (Le, accept, "4.91", Verdict::NotMet),
        (Le, reject, "5.1", Verdict::Met),
        (Le, reject, "5.11", Verdict::NotMet),
        (Within, accept, "-4.9", Verdict::Met),
        (Within, accept, "-4.91", Verdict::NotMet),
        (Within, reject, "5.1", Verdict::Met),
        (Within, reject, "5.11", Verdict::NotMet),
        (Ge, DecisionRule::Simple, "5", Verdict::Met),
    ] {
        let item = item(comparator, &single("5"), "mm");
        // Half of an uncertainty of 0.2 mm is the guard band.
        let one = Measurement { uncertainty: Some(number("0.2")), ..measured(single(value), "mm") };
        let found = judged(&item, None, &rule(decision, "0.5"), &[one]);
        assert_eq!(found.verdict, expected, "{comparator:?} {decision:?} {value}: {:?}", found.arithmetic);
        let guarded =
            found.arithmetic.zh.contains("U = 0.2 mm") && found.arithmetic.zh.contains("保护带 0.1 mm");
        assert_eq!(guarded, decision != DecisionRule::Simple);
    }
    let length = item(Ge, &single("5"), "mm");
    let bare = judged(&length, None, &rule(accept, "1"), &[measured(single("9"), "mm")]);
    assert_eq!(bare.verdict, Verdict::Unconfirmed);
    assert!(bare.arithmetic.zh.contains("没有给出扩展不确定度"), "{:?}", bare.arithmetic);
    let count = item(Ge, &single("5"), "{例}");
    assert_eq!(
        judged(&count, None, &rule(accept, "1"), &[measured(single("5"), "{例}")]).verdict,
        Verdict::Met
    );
}

#[test]
fn several_measurements_all_have_to_meet() {
    let item = item(Ge, &single("5"), "mm");
    let low = measured(single("4"), "mm");
    let high = Measurement { number: 2, ..measured(single("6"), "mm") };
    let both = judged(&item, None, &simple(), &[low.clone(), high.clone()]);
    assert_eq!(both.verdict, Verdict::NotMet);
    assert!(both.arithmetic.zh.contains("第1次") && both.arithmetic.zh.contains("第2次"));
    let void = Measurement { voided: Some("探头松动".to_owned()), ..low };
    let one = judged(&item, None, &simple(), &[void.clone(), high]);
    assert_eq!(one.verdict, Verdict::Met);
    assert!(one.arithmetic.zh.contains("作废：探头松动"), "{:?}", one.arithmetic);
    assert_eq!(judged(&item, None, &simple(), &[void]).verdict, Verdict::NotTested);
    assert_eq!(judged(&item, None, &simple(), &[]).verdict, Verdict::NotTested);
}

#[test]
fn tuples_are_partly_met_axis_by_axis() {
    let item = item(Ge, &tuple(&["2560", "2048"]), "{px}");
    for (axes, expected) in [
        (["2560", "2048"], Verdict::Met),
        (["2560", "2047"], Verdict::Partly),
        (["2559", "2047"], Verdict::NotMet),
    ] {
        let found = judged(&item, None, &simple(), &[measured(tuple(&axes), "{px}")]);
        assert_eq!(found.verdict, expected, "{:?}", found.arithmetic);
    }
    let some = judged(&item, None, &simple(), &[measured(tuple(&["2560", "2047"]), "{px}")]);
    assert!(some.arithmetic.zh.contains("各轴：1 达到、2 未达到"), "{:?}", some.arithmetic);
    // An axis on which the team promised more is held to that.
    let promise = promised(tuple(&["3000", "1"]), "{px}");
    let found = judged(&item, Some(&promise), &simple(), &[measured(tuple(&["2999", "2048"]), "{px}")]);
    assert_eq!(found.verdict, Verdict::Partly);
}

#[test]
fn intervals_and_ranges() {
    let covered = item(Covers, &pair("1", "3000"), "mg/L");
    for (low, high, expected) in
        [("1", "3000", Verdict::Met), ("5", "3000", Verdict::NotMet), ("0.5", "2999", Verdict::NotMet)]
    {
        let found = judged(&covered, None, &simple(), &[measured(pair(low, high), "mg/L")]);
        assert_eq!(found.verdict, expected, "{low} {high}");
    }
    let accept = rule(DecisionRule::GuardedAcceptance, "1");
    let unsure = Measurement { uncertainty: Some(number("0.1")), ..measured(pair("0.95", "3001"), "mg/L") };
    assert_eq!(judged(&covered, None, &accept, &[unsure]).verdict, Verdict::NotMet);
    // A printed range asks for its lower bound, and says so.
    let reduction = item(Ge, &pair("15", "20"), "%");
    let found = judged(&reduction, None, &simple(), &[measured(single("15"), "%")]);
    assert_eq!(found.verdict, Verdict::Met);
    assert!(found.arithmetic.zh.contains("≥ 15 %（原文为 15～20）"), "{:?}", found.arithmetic);
    // So does a measured one.
    let found = judged(&reduction, None, &simple(), &[measured(pair("14", "22"), "%")]);
    assert_eq!(found.verdict, Verdict::NotMet);
    assert!(found.arithmetic.zh.contains("取下限"), "{:?}", found.arithmetic);
}

#[test]
fn what_cannot_be_told_is_not_judged() {
    let mut item = item(Le, &single("0.3"), "mm");
    item.as_printed = vec![Printed::Unit];
    let all = [measured(single("0.2"), "mm")];
    let found = judged(&item, None, &simple(), &all);
    assert_eq!(found.verdict, Verdict::Unconfirmed);
    assert!(found.arithmetic.zh.contains("单位"));
    let planned = PlanItem { confirmed: "毫米".to_owned(), ..PlanItem::default() };
    let rule = simple();
    let case = Case { item: &item, promise: None, planned: Some(&planned), rule: &rule };
    let found = assess(&case, &all);
    assert_eq!(found.verdict, Verdict::Met);
    assert!(found.arithmetic.zh.contains("确认为：毫米"));
    assert_eq!(assess(&case, &[measured(single("0.2"), "s")]).verdict, Verdict::Unconfirmed);
    let waiver = Some(Waiver { approver: "王".to_owned(), reason: "无此模块".to_owned() });
    let planned = PlanItem { waiver, ..PlanItem::default() };
    let found = assess(&Case { planned: Some(&planned), ..case }, &all);
    let expected = Verdict::NotApplicable { approver: "王".to_owned(), reason: "无此模块".to_owned() };
    assert_eq!(found.verdict, expected);
    // Names, yes or no.
    let yes = super::tests::item(Is, &PromiseValue::Boolean(true), "");
    let no = measured(PromiseValue::Boolean(false), "");
    assert_eq!(judged(&yes, None, &rule, &[no]).verdict, Verdict::NotMet);
}

#[test]
fn own_indicators_are_ruled_by_a_person() {
    let promised = Text::new("不高于5 mg/kg", "at most 5 mg/kg");
    let one = measured(single("4"), "mg/kg");
    let found = assess_own(&promised, None, std::slice::from_ref(&one));
    assert_eq!(found.verdict, Verdict::Unconfirmed);
    assert!(found.arithmetic.zh.contains("不高于5 mg/kg") && found.arithmetic.zh.contains("测得 4 mg/kg"));
    assert_eq!(assess_own(&promised, None, &[]).verdict, Verdict::NotTested);
}

#[test]
fn parts_are_not_more_than_their_whole() {
    let whole = item(Ge, &single("1000"), "{例}");
    let part = Item { id: "K2".to_owned(), of: Some("K1".to_owned()), ..item(Ge, &single("100"), "{例}") };
    for (cases, of_which, faults) in [("1000", "1000", 0), ("1000", "1001", 1), ("100", "99", 0)] {
        let (cases, of_which) = ([measured(single(cases), "{例}")], [measured(single(of_which), "{例}")]);
        let found = nested_faults(&[&whole, &part], |id| if id == "K1" { &cases } else { &of_which });
        assert_eq!(found.len(), faults);
    }
    let void = Measurement { voided: Some("重复计数".to_owned()), ..measured(single("2000"), "{例}") };
    let (cases, of_which) = ([measured(single("1000"), "{例}")], [void]);
    assert!(nested_faults(&[&whole, &part], |id| if id == "K1" { &cases } else { &of_which }).is_empty());
}

fn plan() -> EvaluationPlan {
    let planned =
        PlanItem {
            method: "GB/T 1".to_owned(), laboratory: "甲检测中心".to_owned(), ..PlanItem::default()
        };
    EvaluationPlan { items: BTreeMap::from([("K1".to_owned(), planned)]), rule: simple() }
}

#[test]
fn a_plan_has_one_writing() {
    let written = plan().canonical().unwrap();
    assert_eq!(
        written,
        r#"{"items":{"K1":{"confirmed":"","laboratory":"甲检测中心","method":"GB/T 1","waiver":null}},"rule":{"decision":"simple","guard_band":"0"}}"#
    );
    assert_eq!(serde_json::from_str::<EvaluationPlan>(&written).unwrap(), plan());
}

#[test]
fn only_what_is_planned_and_locked_is_measured() {
    let lock = Lock { on: date(2026, 3, 1), today: date(2026, 3, 10) };
    let one = measured(single("5"), "mm");
    let codes = |lock: Option<Lock>, item: &str, one: &Measurement| -> Vec<&'static str> {
        plan().measurement_faults(lock, item, one).iter().map(EvaluationFault::code).collect()
    };
    assert!(codes(Some(lock), "K1", &one).is_empty());
    assert_eq!(codes(None, "K1", &one), ["evaluation_not_locked"]);
    assert_eq!(codes(Some(lock), "K9", &one), ["item_not_planned"]);
    let wrong = Measurement {
        measured_on: date(2026, 2, 28),
        laboratory: "乙".to_owned(),
        samples: 0,
        uncertainty: Some(number("-1")),
        ..one.clone()
    };
    assert_eq!(
        codes(Some(lock), "K1", &wrong),
        ["measured_before_lock", "laboratory_differs", "samples_none", "uncertainty_negative"]
    );
    let early = Measurement { measured_on: date(2026, 3, 1), ..one.clone() };
    assert!(codes(Some(lock), "K1", &early).is_empty(), "the day of the lock itself counts");
    let late = Measurement { measured_on: date(2026, 3, 11), ..one };
    assert_eq!(codes(Some(lock), "K1", &late), ["measured_in_future"]);
}

#[test]
fn a_plan_is_locked_when_it_is_whole() {
    assert!(plan().lock_faults(&["K1"]).is_empty());
    let codes = |plan: &EvaluationPlan, all: &[&str]| -> Vec<&'static str> {
        plan.lock_faults(all).iter().map(EvaluationFault::code).collect()
    };
    assert_eq!(codes(&plan(), &["K1", "K2"]), ["evaluation_plan_lacks_item"]);
    assert_eq!(codes(&plan(), &["K2"]), ["evaluation_item_unknown", "evaluation_plan_lacks_item"]);
    let mut plan = plan();
    let waiver = Waiver { approver: "王".to_owned(), reason: " ".to_owned() };
    plan.items.insert("K1".to_owned(), PlanItem { waiver: Some(waiver), ..PlanItem::default() });
    assert_eq!(codes(&plan, &["K1"]), ["waiver_unexplained"]);
    assert_eq!(codes(&EvaluationPlan { items: BTreeMap::new(), ..plan }, &[]), ["nothing_to_evaluate"]);
}

#[test]
fn values_and_rulings_are_checked() {
    let length = item(Ge, &single("5"), "mm");
    let fault = |one: &Measurement| EvaluationFault::of_value(&length, one).map(|fault| fault.code());
    assert_eq!(fault(&measured(single("1"), "cm")), None);
    assert_eq!(fault(&measured(pair("1", "2"), "cm")), None);
    assert_eq!(fault(&measured(single("1"), "s")), Some("measurement_incomparable"));
    assert_eq!(fault(&measured(PromiseValue::Boolean(true), "")), Some("measurement_incomparable"));
    let half = item(Ge, &single("5"), "{例}");
    assert!(EvaluationFault::of_value(&half, &measured(single("5.5"), "{例}")).is_some());
    assert_eq!(
        EvaluationFault::of_ruling(&Verdict::Met, &Verdict::Met).map(|fault| fault.code()),
        Some("ruling_agrees")
    );
    assert_eq!(EvaluationFault::of_ruling(&Verdict::NotMet, &Verdict::Met), None);
    assert_eq!(Verdict::ruled("not_tested", "a", "b"), None);
}

#[test]
fn verdicts_are_counted() {
    let all = [Verdict::Met, Verdict::NotMet, Verdict::Met, Verdict::Unconfirmed];
    let counts = overall(&all);
    assert_eq!(counts, Overall { met: 2, not_met: 1, unconfirmed: 1, ..Overall::default() });
    assert_eq!(counts.total(), 4);
    assert_eq!(counts.words().zh, "共 4 项：达到 2 项，未达到 1 项，待确认 1 项");
}

fn rules() -> impl Strategy<Value = Rule> {
    let decisions =
        vec![DecisionRule::Simple, DecisionRule::GuardedAcceptance, DecisionRule::GuardedRejection];
    (prop::sample::select(decisions), 1u8..=100)
        .prop_map(|(decision, percent)| rule(decision, &format!("{percent}e-2")))
}

proptest! {
    /// A better value never has a worse verdict, and the strict rule never accepts what the lenient one rejects.
    #[test]
    fn verdicts_are_monotone(limit in -10_000i64..10_000, own in -10_000i64..10_000, a in -10_000i64..10_000,
        step in 0i64..5_000, u in 0i64..2_000, rule in rules()) {
        let text = |value: i64| single(&format!("{value}e-2"));
        let met = |comparator, value: i64, rule: &Rule| {
            let promise = promised(text(own), "mm");
            let one = Measurement { uncertainty: Some(number(&format!("{u}e-2"))), ..measured(text(value), "mm") };
            let limit = if comparator == Within { limit.abs() } else { limit };
            judged(&item(comparator, &text(limit), "mm"), Some(&promise), rule, &[one]).verdict == Verdict::Met
        };
        for comparator in [Ge, Gt] {
            prop_assert!(!met(comparator, a, &rule) || met(comparator, a + step, &rule));
        }
        for comparator in [Le, Lt] {
            prop_assert!(!met(comparator, a, &rule) || met(comparator, a - step, &rule));
        }
        for comparator in [Ge, Gt, Le, Lt, Within] {
            let with = |decision| met(comparator, a, &Rule { decision, ..rule.clone() });
            prop_assert!(!with(DecisionRule::GuardedAcceptance) || with(DecisionRule::Simple));
            prop_assert!(!with(DecisionRule::Simple) || with(DecisionRule::GuardedRejection));
        }
    }

    /// Measured in another unit the verdict is the same.
    #[test]
    fn verdicts_do_not_depend_on_the_unit(limit in -10_000i64..10_000, a in -10_000i64..10_000, u in 0i64..2_000,
        rule in rules()) {
        for comparator in [Ge, Gt, Le, Lt, Within, Eq] {
            let limit = if comparator == Within { limit.abs() } else { limit };
            let item = item(comparator, &single(&limit.to_string()), "mm");
            let in_unit = |unit: &str, exponent: i32| {
                let uncertainty = Some(number(&format!("{u}e{exponent}")));
                let one = Measurement { uncertainty, ..measured(single(&format!("{a}e{exponent}")), unit) };
                judged(&item, None, &rule, &[one]).verdict
            };
            prop_assert_eq!(in_unit("mm", 0), in_unit("m", -3));
            prop_assert_eq!(in_unit("mm", 0), in_unit("um", 3));
        }
    }

    /// At, just below and just above the limit.
    #[test]
    fn limits_are_exact(limit in -10_000i64..10_000, step in 1u32..1_000_000) {
        let limit_number = Number::from(limit);
        let step = number(&format!("{step}e-20"));
        for (comparator, expected) in [
            (Ge, [false, true, true]),
            (Gt, [false, false, true]),
            (Le, [true, true, false]),
            (Lt, [true, false, false]),
            (Eq, [false, true, false]),
        ] {
            let item = item(comparator, &single(&limit.to_string()), "mm");
            let values = [limit_number.less(&step), limit_number.clone(), limit_number.plus(&step)];
            let met = values.map(|value| {
                let one = measured(PromiseValue::Number(value), "mm");
                judged(&item, None, &simple(), &[one]).verdict == Verdict::Met
            });
            prop_assert_eq!(met, expected, "{:?}", comparator);
        }
    }
}
