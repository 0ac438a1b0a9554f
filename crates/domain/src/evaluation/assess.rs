//! The verdict on an indicator (测评结论), computed from plan, promise and measurements alone.

use super::judge::{judged, marks};
use super::{Measurement, PlanItem, Rule, Verdict};
use crate::call::{Item, Printed};
use crate::shared::{
    Comparator, Promise, PromiseValue, Target, Text, Threshold, Verdict as Reached, explain_as,
    promise_words, verdict,
};

/// What an indicator is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Case<'c> {
    /// The call's item.
    pub item: &'c Item,
    /// What the team promised, frozen.
    pub promise: Option<&'c Promise>,
    /// How it is evaluated; `None` where the plan does not say.
    pub planned: Option<&'c PlanItem>,
    /// How uncertainty enters.
    pub rule: &'c Rule,
}

/// A computed verdict with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The verdict.
    pub verdict: Verdict,
    /// What was compared with what.
    pub arithmetic: Text,
}

/// A threshold that the team is held to, and whose it is.
struct Bar {
    whose: Text,
    threshold: Threshold,
}

/// Words that are put together from parts in both languages.
#[derive(Default)]
struct Words(Vec<Text>);

impl Words {
    fn add(&mut self, zh: impl Into<String>, en: impl Into<String>) {
        self.0.push(Text::new(zh, en));
    }

    fn done(self, verdict: Verdict) -> Assessment {
        let join =
            |of: fn(&Text) -> &str, between: &str| self.0.iter().map(of).collect::<Vec<_>>().join(between);
        Assessment {
            verdict,
            arithmetic: Text::new(join(|text| &text.zh, "；"), join(|text| &text.en, "; ")),
        }
    }
}

/// Judges an indicator. Every measurement that counts has to meet both the call's threshold and the team's own promise, which is to
/// meet the stricter of them.
pub fn assess(case: &Case<'_>, measurements: &[Measurement]) -> Assessment {
    let mut words = Words::default();
    if let Some(done) = before_measuring(case, measurements, &mut words) {
        return words.done(done);
    }
    let bars = bars(case, &mut words);
    let mut all = Vec::new();
    let mut comparable = true;
    for measurement in measurements.iter().filter(|measurement| measurement.counts()) {
        match one(&bars, case, measurement, &mut words) {
            Some(marks) => all.extend(marks),
            None => comparable = false,
        }
    }
    let tuple = matches!(case.item.threshold.target(), Target::Tuple(_));
    let verdict = if !comparable {
        Verdict::Unconfirmed
    } else if all.iter().all(|met| *met) {
        Verdict::Met
    } else if tuple && all.iter().any(|met| *met) {
        Verdict::Partly
    } else {
        Verdict::NotMet
    };
    words.done(verdict)
}

/// Judges an indicator that a team named itself in words: nothing can be compared, so that a person has to rule.
pub fn assess_own(promised: &Text, planned: Option<&PlanItem>, measurements: &[Measurement]) -> Assessment {
    let mut words = Words::default();
    if let Some(verdict) = waived(planned, &mut words) {
        return words.done(verdict);
    }
    if let Some(verdict) = untested(measurements, &mut words) {
        return words.done(verdict);
    }
    words.add(
        format!("自定指标以文字承诺（{}），由测评机构确认后人工裁定", promised.zh),
        format!("The team promised it in words ({}); it is ruled by a person", promised.en),
    );
    for measurement in measurements.iter().filter(|measurement| measurement.counts()) {
        let value = value_words(measurement);
        let place = place(measurement);
        words.add(format!("{}测得 {}", place.zh, value.zh), format!("{}measured {}", place.en, value.en));
    }
    words.done(Verdict::Unconfirmed)
}

/// The verdict that needs no measurement, if there is one.
fn before_measuring(case: &Case<'_>, measurements: &[Measurement], words: &mut Words) -> Option<Verdict> {
    if let Some(verdict) = waived(case.planned, words) {
        return Some(verdict);
    }
    let confirmed = case.planned.map_or("", |planned| planned.confirmed.trim());
    if !case.item.as_printed.is_empty() {
        let missing: Vec<Text> = case.item.as_printed.iter().map(|part| printed(*part)).collect();
        let join =
            |of: fn(&Text) -> &str, between: &str| missing.iter().map(of).collect::<Vec<_>>().join(between);
        let (zh, en) = (join(|text| &text.zh, "、"), join(|text| &text.en, ", "));
        if confirmed.is_empty() {
            words.add(
                format!("通知没有写明{zh}，测评机构须先在方案中确认"),
                format!("The notice leaves out: {en}; the evaluator has to confirm it in the plan first"),
            );
            return Some(Verdict::Unconfirmed);
        }
        words.add(
            format!("通知没有写明{zh}，测评机构确认为：{confirmed}"),
            format!("The notice leaves out: {en}; the evaluator confirmed: {confirmed}"),
        );
    }
    untested(measurements, words)
}

fn waived(planned: Option<&PlanItem>, words: &mut Words) -> Option<Verdict> {
    let waiver = planned?.waiver.as_ref()?;
    let (approver, reason) = (waiver.approver.clone(), waiver.reason.clone());
    words.add(
        format!("不适用，{approver}批准：{reason}"),
        format!("Not applicable, approved by {approver}: {reason}"),
    );
    Some(Verdict::NotApplicable { approver, reason })
}

/// Tells which measurements are void; not tested where none is left.
fn untested(measurements: &[Measurement], words: &mut Words) -> Option<Verdict> {
    for measurement in measurements {
        if let Some(reason) = &measurement.voided {
            let place = place(measurement);
            words.add(format!("{}作废：{reason}", place.zh), format!("{}void: {reason}", place.en));
        }
    }
    if measurements.iter().any(Measurement::counts) {
        return None;
    }
    words.add("还没有有效的测量结果", "Nothing has been measured that counts");
    Some(Verdict::NotTested)
}

fn printed(part: Printed) -> Text {
    match part {
        Printed::Unit => Text::new("单位", "the unit"),
        Printed::Comparator => Text::new("比较方式", "the comparator"),
        Printed::Value => Text::new("确定的数值", "a definite value"),
    }
}

/// What the team is held to: the call's threshold, and its own promise where the two can be compared.
fn bars(case: &Case<'_>, words: &mut Words) -> Vec<Bar> {
    let call = &case.item.threshold;
    let mut bars = vec![Bar { whose: Text::new("通知指标", "call"), threshold: call.clone() }];
    let Some(promise) = case.promise else {
        words.add("本队没有承诺值，只按通知判", "The team promised no value; the call alone counts");
        return bars;
    };
    match own(call, promise) {
        Some(threshold) => bars.push(Bar { whose: Text::new("本队承诺", "own promise"), threshold }),
        None => {
            let own = promise_words(call, promise);
            words.add(
                format!("承诺值 {} 不能与通知比较或不严于通知，只按通知判", own.zh),
                format!(
                    "The promised {} cannot be compared with the call or is no stricter; the call alone counts",
                    own.en
                ),
            );
        }
    }
    bars
}

/// The promise as a threshold: who promises 4.9 where less than 5 is asked for has to reach 4.9.
fn own(call: &Threshold, promise: &Promise) -> Option<Threshold> {
    let reached = verdict(call, promise);
    let ordered = match call.comparator() {
        Comparator::Gt | Comparator::Ge => Comparator::Ge,
        Comparator::Lt | Comparator::Le => Comparator::Le,
        other => other,
    };
    // What is asked for exactly has no stricter form: a promise of something else than the call asks binds nobody.
    let exact = matches!(ordered, Comparator::Eq | Comparator::Is);
    match reached {
        Reached::Met => {}
        Reached::NotMet if !exact => {}
        _ => return None,
    }
    let target = match (&promise.value, call.target()) {
        (PromiseValue::Number(number), _) if ordered == Comparator::Within => Target::Number(number.abs()),
        (PromiseValue::Number(number), _) => Target::Number(number.clone()),
        (PromiseValue::Pair { low, high }, _) => Target::Pair { low: low.clone(), high: high.clone() },
        (PromiseValue::Tuple(axes), _) => Target::Tuple(axes.clone()),
        (PromiseValue::Label(label), Target::Label { order, .. }) => {
            let at = order.iter().position(|name| name.trim() == label.trim())?;
            Target::Label { order: order.clone(), at }
        }
        (PromiseValue::Label(label), _) => Target::OneOf(vec![label.clone()]),
        (PromiseValue::Boolean(yes), _) => Target::Boolean(*yes),
        (PromiseValue::Unread(_), _) => return None,
    };
    Threshold::new(ordered, target, promise.unit.clone()).ok()
}

/// Holds one measurement against all bars: axis by axis whether it meets every one; `None` where it cannot be compared.
fn one(bars: &[Bar], case: &Case<'_>, measurement: &Measurement, words: &mut Words) -> Option<Vec<bool>> {
    let place = place(measurement);
    let judged = match judged(&case.item.threshold, measurement, case.rule) {
        Ok(judged) => judged,
        Err(why) => {
            words.add(format!("{}{}", place.zh, why.zh), format!("{}{}", place.en, why.en));
            return None;
        }
    };
    let mut said = Vec::new();
    let subject = match &judged.how {
        Some(how) => {
            said.push(how.clone());
            ("按", "judged as")
        }
        None => ("测得", "measured"),
    };
    let mut all: Option<Vec<bool>> = None;
    let mut comparable = true;
    for bar in bars {
        let told = explain_as(&bar.threshold, &judged.value, subject);
        said.push(Text::new(
            format!("{}：{}", bar.whose.zh, told.zh),
            format!("{}: {}", bar.whose.en, told.en),
        ));
        match (marks(&bar.threshold, &judged.value), &mut all) {
            (None, _) => comparable = false,
            (Some(marks), None) => all = Some(marks),
            (Some(marks), Some(all)) => {
                all.iter_mut().zip(marks).for_each(|(all, met)| *all = *all && met);
            }
        }
    }
    let all = all.filter(|_| comparable);
    if let Some(marks) = all.as_ref().filter(|marks| marks.len() > 1 && marks.contains(&false)) {
        said.push(axes(marks));
    }
    let join = |of: fn(&Text) -> &str, between: &str| said.iter().map(of).collect::<Vec<_>>().join(between);
    words.add(
        format!("{}{}", place.zh, join(|text| &text.zh, "，")),
        format!("{}{}", place.en, join(|text| &text.en, ", ")),
    );
    all
}

fn axes(marks: &[bool]) -> Text {
    let told = |met: &str, not: &str| {
        let one = |(nth, mark): (usize, &bool)| format!("{} {}", nth + 1, if *mark { met } else { not });
        marks.iter().enumerate().map(one).collect::<Vec<_>>()
    };
    Text::new(
        format!("各轴：{}", told("达到", "未达到").join("、")),
        format!("axes: {}", told("met", "not met").join(", ")),
    )
}

/// Which measurement is spoken of.
fn place(measurement: &Measurement) -> Text {
    let Measurement { number, samples, measured_on, laboratory, .. } = measurement;
    Text::new(
        format!("第{number}次（{measured_on}，{laboratory}，n={samples}）："),
        format!("No. {number} ({measured_on}, {laboratory}, n = {samples}): "),
    )
}

/// A measured value without a threshold to say how it reads.
fn value_words(measurement: &Measurement) -> Text {
    let plain = Threshold::new(Comparator::Is, Target::Boolean(true), None).ok();
    let value = Promise { value: measurement.value.clone(), unit: measurement.unit.clone() };
    plain.map(|plain| promise_words(&plain, &value)).unwrap_or_default()
}
