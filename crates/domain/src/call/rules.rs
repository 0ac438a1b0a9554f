//! The list of all rules of a call, and the judgement of numbers against its limits.

use jiff::{Timestamp, civil::Date};

use super::wording::{
    character_words, counted_of, counted_words, deadline_words, instant_words, item_words, limit_words,
    measure, money_unit, period_words,
};
use super::{Actor, Bound, Call, Counted, Item, Limit, Period, Source, Strength};
use crate::shared::{
    Finding, MoneyUnit, Number, Promise, Region, Severity, Text, Verdict, explain, grouped, money_in,
    period_end, verdict,
};

/// One rule in words, whatever table of the call file it comes from (规定).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provision {
    /// Name of the fault or of the fact.
    pub code: String,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Strength; `None` for a mere statement of fact.
    pub strength: Strength,
    /// The rule.
    pub text: Text,
    /// Source.
    pub source: Source,
}

/// All rules of a call in words: what a lawyer reads against the notice.
pub fn provisions(call: &Call) -> Vec<Provision> {
    let mut all = Vec::new();
    for deadline in &call.deadlines {
        add(
            &mut all,
            "deadline_passed",
            &deadline.row,
            Strength::Must,
            deadline_words(call, deadline),
            &deadline.source,
        );
    }
    for limit in &call.limits {
        add(&mut all, &limit.code, &limit.row, limit.strength, limit_words(call, limit), &limit.source);
    }
    for period in &call.periods {
        add(&mut all, &period.id, &period.row, period.strength, period_words(period), &period.source);
    }
    if let Some(target) = &call.target_year {
        let text = Text::new(
            format!("表格中的目标年份为{}年", target.year),
            format!("The forms name {} as the target year", target.year),
        );
        add(&mut all, "target_year", &target.row, Strength::Must, text, &target.source);
    }
    for rule in &call.rules {
        add(&mut all, &rule.code, &rule.row, rule.strength, rule.text.clone(), &rule.source);
    }
    if let Some(recommendation) = &call.recommendation {
        for note in &recommendation.notes {
            add(&mut all, "recommendation_table", &note.row, Strength::Must, note.text.clone(), &note.source);
        }
    }
    all.extend(form_provisions(call));
    for item in call.items() {
        add(&mut all, "promise_below_threshold", &None, Strength::Must, item_words(item), &item.source);
    }
    for statement in &call.statements {
        add(
            &mut all,
            &statement.id,
            &statement.row,
            statement.strength,
            statement.text.clone(),
            &statement.source,
        );
    }
    all
}

/// What the form asks: limits in 字, evidence, declarations.
fn form_provisions(call: &Call) -> Vec<Provision> {
    let mut all = Vec::new();
    for (_, field) in call.fields() {
        if let Some(limit) = &field.limit {
            add(
                &mut all,
                "text_too_long",
                &None,
                Strength::Must,
                character_words(&field.label, limit.max, false),
                &limit.source,
            );
        }
        if let super::FieldKind::Table(columns) = &field.kind {
            for column in columns {
                if let Some(limit) = &column.limit {
                    let text = character_words(&column.label, limit.max, true);
                    add(&mut all, "text_too_long", &None, Strength::Must, text, &limit.source);
                }
            }
        }
    }
    for evidence in &call.evidence {
        let strength = if evidence.if_any { Strength::Encouraged } else { Strength::Must };
        let text = Text::new(
            format!("提交{}{}", evidence.name.zh, if evidence.if_any { "（如有）" } else { "" }),
            format!("Attach: {}{}", evidence.name.en, if evidence.if_any { " (if any)" } else { "" }),
        );
        add(&mut all, "evidence_missing", &None, strength, text, &evidence.source);
    }
    for declaration in &call.declarations {
        let text =
            Text::new(format!("签署{}", declaration.title.zh), format!("Sign: {}", declaration.title.en));
        add(&mut all, "declaration_missing", &None, Strength::Must, text, &declaration.source);
    }
    all
}

/// Appends a provision.
fn add(
    all: &mut Vec<Provision>,
    code: &str,
    row: &Option<String>,
    strength: Strength,
    text: Text,
    source: &Source,
) {
    all.push(Provision { code: code.to_owned(), row: row.clone(), strength, text, source: source.clone() });
}

/// Findings on a number counted for one group: at most one for each limit.
pub fn count_findings(call: &Call, counted: Counted, count: u32, field: Option<&str>) -> Vec<Finding> {
    call.limits_on(counted).filter_map(|limit| limit_finding(call, limit, count, None, field)).collect()
}

/// Findings on the size of a recommender's list: whether the region recommends at all, and its quota.
pub fn list_findings(call: &Call, region: Region, submitted: u32, recommended: u32) -> Vec<Finding> {
    let Some(recommendation) = &call.recommendation else {
        return Vec::new();
    };
    if !recommendation.admits.contains(&region.kind()) {
        let name = region.name();
        return vec![Finding {
            code: "region_not_admitted".to_owned(),
            severity: Severity::Refusal,
            clause: recommendation.source.clause().cloned(),
            field: None,
            message: Text::new(
                format!("{}不是本次通知的推荐单位", name.zh),
                format!("{} does not recommend under this call", name.en),
            ),
            remedy: Text::new(
                "由注册地所在的省级部门推荐",
                "Let the authorities of the province of registration recommend",
            ),
        }];
    }
    call.limits_on(Counted::Recommendations)
        .filter(|limit| limit.regions.is_empty() || limit.regions.contains(&region.kind()))
        .filter_map(|limit| limit_finding(call, limit, recommended, Some(submitted), None))
        .collect()
}

/// Findings on public money asked for, stated in `unit`: below zero, in a unit that a limit cannot be compared with, or beyond
/// a limit.
pub fn funding_findings(call: &Call, amount: &Number, unit: &str) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for limit in call.limits_on(Counted::Funding) {
        let expected = limit.unit.as_deref().unwrap_or_default();
        let found = match money_in(amount, unit, expected) {
            Some(amount) => funding_finding(call, limit, &amount),
            None => Some(funding_unit_wrong(limit, unit, expected)),
        };
        add_money(&mut all, found);
    }
    all
}

/// Adds a finding on money; several limits on one amount say the same only once, such as that it is below zero.
pub fn add_money(all: &mut Vec<Finding>, found: Option<Finding>) {
    let told = |one: &Finding| all.iter().any(|known| known.code == one.code && known.field == one.field);
    if let Some(found) = found.filter(|found| !told(found)) {
        all.push(found);
    }
}

/// The finding on money asked for in the unit of a limit on it. Nobody asks for less than nothing, whatever the limit.
pub fn funding_finding(call: &Call, limit: &Limit, amount: &Number) -> Option<Finding> {
    if amount.is_negative() {
        return Some(funding_negative(limit, amount));
    }
    let kept = match limit.bound {
        Bound::Max(most) => *amount <= Number::from(i64::from(most)),
        Bound::Min(least) => *amount >= Number::from(i64::from(least)),
        // The call-file reader admits shares of recommendations only.
        Bound::Percent(_) => true,
    };
    let (Bound::Max(bound) | Bound::Min(bound) | Bound::Percent(bound)) = limit.bound;
    (!kept).then(|| limit_not_kept(call, limit, &amount.to_string(), bound, None, limit.field.as_deref()))
}

fn funding_negative(limit: &Limit, amount: &Number) -> Finding {
    let counted = counted_words(limit.counts);
    Finding {
        code: "funding_negative".to_owned(),
        severity: Severity::Refusal,
        clause: limit.source.clause().cloned(),
        field: limit.field.clone(),
        message: Text::new(
            format!("{}是负数：{amount}{}", counted.zh, money_unit(limit).zh),
            format!("The {} is below zero: {amount} {}", counted.en, money_unit(limit).en),
        ),
        remedy: Text::new("填写零或正数；不申请的填0", "Enter zero or more; 0 where nothing is asked for"),
    }
}

fn funding_unit_wrong(limit: &Limit, unit: &str, expected: &str) -> Finding {
    let named = |unit: &str| match MoneyUnit::parse(unit).map(MoneyUnit::english) {
        Some(english) if english != unit.trim() => format!("“{unit}” ({english})"),
        _ => format!("“{unit}”"),
    };
    Finding {
        code: "funding_unit_wrong".to_owned(),
        severity: severity(limit.strength),
        clause: limit.source.clause().cloned(),
        field: limit.field.clone(),
        message: Text::new(
            format!("经费的单位是“{unit}”，不能与“{expected}”相比"),
            format!(
                "The money is stated in {}, which cannot be compared with {}",
                named(unit),
                named(expected)
            ),
        ),
        remedy: Text::new(format!("用{expected}填写"), format!("State it in {}", named(expected))),
    }
}

fn limit_finding(
    call: &Call,
    limit: &Limit,
    count: u32,
    base: Option<u32>,
    field: Option<&str>,
) -> Option<Finding> {
    let (bound, kept) = match limit.bound {
        Bound::Max(most) => (most, count <= most),
        Bound::Min(least) => (least, count >= least),
        Bound::Percent(share) => {
            let most =
                u32::try_from(u64::from(base.unwrap_or(0)) * u64::from(share) / 100).unwrap_or(u32::MAX);
            (most, count <= most)
        }
    };
    (!kept).then(|| limit_not_kept(call, limit, &count.to_string(), bound, base, field))
}

/// The finding on a number that breaks its limit. `bound` is the limit as it works out for `base`.
fn limit_not_kept(
    call: &Call,
    limit: &Limit,
    now: &str,
    bound: u32,
    base: Option<u32>,
    field: Option<&str>,
) -> Finding {
    let rule = limit_words(call, limit);
    let arithmetic = match (limit.bound, base) {
        (Bound::Percent(share), Some(base)) => Text::new(
            format!("（{base} 项的 {share}% 向下取整为 {bound} 项）"),
            format!(" ({share} % of {base}, rounded down, is {bound})"),
        ),
        _ => Text::default(),
    };
    let change = limit_remedy(limit, now, bound);
    let remedy = match limit.strength {
        Strength::InPrinciple => Text::new(
            format!("{}，或写明理由并经主办单位批准", change.zh),
            format!("{}, or give a reason and have the programme office approve it", change.en),
        ),
        Strength::Must | Strength::Encouraged => change,
    };
    let now = now_words(limit, now);
    Finding {
        code: limit.code.clone(),
        severity: severity(limit.strength),
        clause: limit.source.clause().cloned(),
        field: field.map(str::to_owned),
        message: Text::new(
            format!("{}；{}{}", now.zh, rule.zh, arithmetic.zh),
            format!("{}; {}{}", now.en, rule.en, arithmetic.en),
        ),
        remedy,
    }
}

/// How many there are now; of applications led, how many are submitted and how many that makes with the one at hand.
fn now_words(limit: &Limit, now: &str) -> Text {
    let whole = now.parse::<u32>().unwrap_or(0);
    let now = grouped(now);
    let counted = counted_of(limit.counts, whole);
    if limit.counts == Counted::ApplicationsLed {
        let before = whole.saturating_sub(1);
        let (measure, be) = (measure(limit.counts), if before == 1 { "is" } else { "are" });
        return Text::new(
            format!("{}：已提交{before}{measure}，连同本项共{whole}{measure}", counted.zh),
            format!("{before} {} {be} submitted, {whole} with this one", counted_of(limit.counts, before).en),
        );
    }
    match limit.unit {
        Some(_) => {
            let unit = money_unit(limit);
            Text::new(
                format!("{}现有{now}{}", counted.zh, unit.zh),
                format!("Now {now} {} of {}", unit.en, counted.en),
            )
        }
        None => Text::new(
            format!("{}现有{now}{}", counted.zh, measure(limit.counts)),
            format!("Now {now} {}", counted.en),
        ),
    }
}

/// What puts a number right: by how many to change it, and what to change.
fn limit_remedy(limit: &Limit, now: &str, bound: u32) -> Text {
    let measure = measure(limit.counts);
    let beyond = now.parse::<u32>().unwrap_or(bound).abs_diff(bound);
    let counted = counted_of(limit.counts, beyond);
    match (limit.bound, limit.counts) {
        (Bound::Min(_), Counted::Funding) => Text::new("提高申请的金额", "Ask for more money"),
        (_, Counted::Funding) => Text::new("减少申请的金额", "Ask for less money"),
        (Bound::Min(_), _) => {
            Text::new(format!("增加{beyond}{measure}{}", counted.zh), format!("Add {beyond} {}", counted.en))
        }
        (_, Counted::ApplicationsLed) => Text::new(
            format!("从已提交的申报中撤回{beyond}{measure}，或不提交本项"),
            format!("Withdraw {beyond} of those submitted, or do not submit this one"),
        ),
        _ => Text::new(
            format!("减少{beyond}{measure}{}", counted.zh),
            format!("Take out {beyond} {}", counted.en),
        ),
    }
}

/// How a rule's strength weighs as a finding.
pub fn severity(strength: Strength) -> Severity {
    match strength {
        Strength::Must => Severity::Refusal,
        Strength::InPrinciple => Severity::InPrinciple,
        Strength::Encouraged => Severity::Warning,
    }
}

/// The finding on an act that arrives at or after the deadline; an instant before it has none.
pub fn deadline_finding(call: &Call, actor: Actor, event: Option<&str>, at: Timestamp) -> Option<Finding> {
    let deadline = call
        .deadlines
        .iter()
        .filter(|deadline| deadline.actor == actor && event.is_none_or(|event| deadline.event == event))
        .max_by_key(|deadline| deadline.at)?;
    if at < deadline.at {
        return None;
    }
    let until = instant_words(call, deadline);
    Some(Finding {
        code: "deadline_passed".to_owned(),
        severity: Severity::Refusal,
        clause: deadline.source.clause().cloned(),
        field: None,
        message: Text::new(
            format!("已过截止时间 {}", until.zh),
            format!("The deadline has passed: {}", until.en),
        ),
        remedy: Text::new(
            "截止前已提交的，以提交的版本为准；如有系统故障，请联系主办单位",
            "What was submitted in time counts as it was submitted; if the system failed, ask the programme office",
        ),
    })
}

/// The finding on a promise that does not reach its threshold, or cannot be compared with it.
pub fn promise_finding(item: &Item, promise: &Promise) -> Option<Finding> {
    let verdict = verdict(&item.threshold, promise);
    let (code, words, remedy) = match (verdict, promise.fault()) {
        // What is no value at all is said first; what is too low anyway needs no second finding.
        (Verdict::Met | Verdict::WrongKind { .. }, Some(fault)) => fault,
        (Verdict::Met, None) => return None,
        (Verdict::NotMet, _) => (
            "promise_below_threshold",
            explain(&item.threshold, promise),
            Text::new("承诺值不得低于指标要求", "Promise at least what the indicator requires"),
        ),
        (Verdict::WrongUnit { expected }, _) => {
            let unit = expected.unwrap_or_default();
            (
                "promise_unit_wrong",
                explain(&item.threshold, promise),
                Text::new(format!("单位应为“{unit}”"), format!("The unit is “{unit}”")),
            )
        }
        (Verdict::WrongKind { expected }, None) => (
            "promise_kind_wrong",
            explain(&item.threshold, promise),
            Text::new(format!("应填{}", expected.zh), format!("Give {}", expected.en)),
        ),
    };
    Some(Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: item.source.clause().cloned(),
        field: Some(format!("indicators.{}", item.id)),
        message: Text::new(
            format!("{}：{}", item.name.zh, words.zh),
            format!("{}: {}", item.name.en, words.en),
        ),
        remedy,
    })
}

/// The last day of a period that starts on `on`.
pub fn period_ends(period: &Period, on: Date) -> Option<Date> {
    period_end(on, period.length).ok()
}
