//! Every rule of a call in words, and the judgement of numbers against its limits.

use jiff::{Timestamp, civil::Date};

use super::{Actor, Anchor, Bound, Call, Counted, Deadline, Item, Limit, Period, Source, Span, Strength};
use crate::shared::{
    Finding, Number, Promise, Region, Severity, Text, Verdict, explain, period_end, verdict,
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

/// A deadline in words: who, until when.
pub fn deadline_words(call: &Call, deadline: &Deadline) -> Text {
    let (zh, en) = match deadline.actor {
        Actor::Applicant => ("申报单位", "Applicants"),
        Actor::Recommender => ("推荐单位", "Recommending authorities"),
    };
    let until = instant_words(call, deadline);
    Text::new(
        format!("{zh}截止时间：{}", until.zh),
        format!("Deadline for {}: {}", en.to_lowercase(), until.en),
    )
}

/// The end of a deadline as people say it: `2025年3月28日 24:00`.
pub fn instant_words(call: &Call, deadline: &Deadline) -> Text {
    match deadline.on {
        Some(on) => Text::new(
            format!("{}年{}月{}日 24:00", on.year(), on.month(), on.day()),
            format!("24:00 on {}", english_date(on)),
        ),
        None => {
            let at = deadline.at.to_zoned(call.zone.clone());
            let zone = call.zone.iana_name().unwrap_or("UTC").to_owned();
            let clock = format!("{:02}:{:02}", at.hour(), at.minute());
            Text::new(
                format!("{}年{}月{}日 {clock}（{zone}）之前", at.year(), at.month(), at.day()),
                format!("before {clock} ({zone}) on {}", english_date(at.date())),
            )
        }
    }
}

/// A date in English: `28 March 2025`.
pub fn english_date(date: Date) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = usize::try_from(date.month() - 1).ok().and_then(|nth| MONTHS.get(nth)).copied().unwrap_or("");
    format!("{} {month} {}", date.day(), date.year())
}

/// A limit in words.
pub fn limit_words(call: &Call, limit: &Limit) -> Text {
    let counted = counted_words(limit.counts);
    let group = match limit.per.as_str() {
        "application" => Text::new("每项申报", "per application"),
        "organisation" => Text::new("每个单位", "per organisation"),
        "recommender" => Text::new("每个推荐单位", "per recommending authority"),
        "call" => Text::new("全部", "in all"),
        level => {
            let name = call.levels.get(level).cloned().unwrap_or_else(|| Text::new(level, level));
            Text::new(format!("每个{}", name.zh), format!("per {}", name.en.to_lowercase()))
        }
    };
    let regions = regions_words(limit);
    let (lead_zh, lead_en) = match limit.strength {
        Strength::InPrinciple => ("原则上", "in principle "),
        Strength::Must | Strength::Encouraged => ("", ""),
    };
    let unit = limit.unit.as_deref().unwrap_or(measure(limit.counts));
    let unit_en = limit.unit.as_deref().unwrap_or("");
    let (bound_zh, bound_en) = match limit.bound {
        Bound::Max(most) => (format!("不超过{most}{unit}"), format!("at most {most} {unit_en}")),
        Bound::Min(least) => (format!("不少于{least}{unit}"), format!("at least {least} {unit_en}")),
        Bound::Percent(share) => (
            format!("不超过申报数量的{share}%（向下取整；基数为申报截止时已提交且未撤回的申报）"),
            format!(
                "at most {share} % (rounded down) of the applications submitted and not withdrawn when applicants close,"
            ),
        ),
    };
    Text::new(
        format!("{}{}{}{lead_zh}{bound_zh}", regions.zh, group.zh, counted.zh),
        format!("{lead_en}{} {} {}{}", bound_en.trim(), counted.en, group.en, regions.en),
    )
}

/// What a limit counts, in words.
fn counted_words(counts: Counted) -> Text {
    match counts {
        Counted::Partners => Text::new("联合单位", "partners"),
        Counted::Members => Text::new("联合体成员", "members of the consortium"),
        Counted::ApplicationsLed => Text::new("牵头申报的项目", "applications led"),
        Counted::Recommendations => Text::new("推荐项目", "recommended projects"),
        Counted::Shortlisted => Text::new("入围团队", "shortlisted teams"),
        Counted::Winners => Text::new("优胜团队", "winning teams"),
        Counted::Funding => Text::new("申请的财政经费", "public funding asked for"),
    }
}

/// The Chinese measure word of what is counted.
fn measure(counts: Counted) -> &'static str {
    match counts {
        Counted::Partners | Counted::Members | Counted::Shortlisted | Counted::Winners => "家",
        Counted::ApplicationsLed | Counted::Recommendations => "项",
        Counted::Funding => "",
    }
}

fn regions_words(limit: &Limit) -> Text {
    if limit.regions.is_empty() {
        return Text::default();
    }
    let names: Vec<Text> = limit.regions.iter().map(|kind| kind.name()).collect();
    let zh = names.iter().map(|name| name.zh.as_str()).collect::<Vec<_>>().join("、");
    let en = names.iter().map(|name| name.en.as_str()).collect::<Vec<_>>().join(", ");
    Text::new(format!("{zh}："), format!(" ({en})"))
}

/// A period in words: how long at most or exactly, and from when.
pub fn period_words(period: &Period) -> Text {
    let (lead_zh, lead_en) =
        if period.strength == Strength::InPrinciple { ("原则上", "in principle ") } else { ("", "") };
    let (name, run, anchor) = (&period.name, period_run(period), anchor_words(period.from));
    let mut text = match &period.from_source {
        None => Text::new(
            format!("{}{lead_zh}为{}起{}", name.zh, anchor.zh, run.zh),
            format!("The {} is {lead_en}{} from {}", name.en, run.en, anchor.en),
        ),
        Some(_) => Text::new(
            format!("{}{lead_zh}{}", name.zh, run.zh),
            format!("The {} is {lead_en}{}", name.en, run.en),
        ),
    };
    if let Some(source) = &period.from_source {
        let (by_zh, by_en) = match source.clause() {
            Some(clause) => (format!("依{clause}"), format!("by {clause}")),
            None => ("运营方案定".to_owned(), "by the operator's plan".to_owned()),
        };
        text.zh += &format!("（起算日{by_zh}为{}）", anchor.zh);
        text.en += &format!(" (counted, {by_en}, from {})", anchor.en);
    }
    text
}

/// The length of a period as it binds: `2年`, `不超过2年`, `3年内`.
pub fn period_run(period: &Period) -> Text {
    let counted = |count: i16, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let (mut zh, mut en) = (String::new(), Vec::new());
    if period.length.years > 0 {
        zh += &format!("{}年", period.length.years);
        en.push(counted(period.length.years, "year"));
    }
    if period.length.months > 0 {
        zh += &format!("{}个月", period.length.months);
        en.push(counted(period.length.months, "month"));
    }
    let en = en.join(" and ");
    match period.span {
        Span::Exactly => Text::new(zh, en),
        Span::AtMost => Text::new(format!("不超过{zh}"), format!("at most {en}")),
        Span::Within => Text::new(format!("{zh}内"), format!("within {en}")),
    }
}

/// What starts a period, in words.
pub fn anchor_words(anchor: Anchor) -> Text {
    match anchor {
        Anchor::ListPublished => Text::new("名单公布之日", "publication of the list"),
        Anchor::ContractSigned => Text::new("合同签订之日", "signature of the contract"),
    }
}

fn character_words(label: &Text, max: u32, each: bool) -> Text {
    let (zh, en) = if each { ("每个成员的", " of each member") } else { ("", "") };
    Text::new(
        format!("{zh}“{}”不超过{max}字", label.zh),
        format!("“{}”{en}: at most {max} characters (字)", label.en),
    )
}

/// An indicator in words: quantity, comparator, value, unit, condition, baseline, window.
pub fn item_words(item: &Item) -> Text {
    let threshold = item.threshold.words();
    let join = |name: &str, condition: Option<&str>, rest: &str, open: &str, close: &str| match condition {
        Some(condition) => format!("{name}{open}{condition}{close} {rest}"),
        None => format!("{name} {rest}"),
    };
    let condition = item.condition.as_ref();
    let mut text = Text::new(
        join(&item.name.zh, condition.map(|text| text.zh.as_str()), &threshold.zh, "（", "）"),
        join(&item.name.en, condition.map(|text| text.en.as_str()), &threshold.en, " (", ")"),
    );
    if let Some(baseline) = &item.baseline {
        text.zh += &format!("（相对于{}）", baseline.zh.trim_start_matches('较'));
        text.en += &format!(" (relative to: {})", baseline.en);
    }
    if let Some(window) = &item.window {
        text.zh += &format!("（{}合计）", window.zh);
        text.en += &format!(" (summed over: {})", window.en);
    }
    if let Some(of) = &item.of {
        text.zh += &format!("（{of}之中）");
        text.en += &format!(" (among {of})");
    }
    if !item.as_printed.is_empty() {
        text.zh += "（原文未印全，须由测评机构确认）";
        text.en += " (not fully printed in the notice; the evaluator confirms)";
    }
    text
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

/// Findings on public money asked for: the cap, and the unit that it is stated in. There is no conversion.
pub fn funding_findings(call: &Call, amount: &Number, unit: &str) -> Vec<Finding> {
    call.limits_on(Counted::Funding)
        .filter_map(|limit| {
            let expected = limit.unit.as_deref().unwrap_or_default();
            if unit.trim() != expected.trim() {
                return Some(funding_unit_wrong(limit, unit, expected));
            }
            funding_finding(call, limit, amount)
        })
        .collect()
}

/// The finding on money asked for in the unit of a limit on it.
pub fn funding_finding(call: &Call, limit: &Limit, amount: &Number) -> Option<Finding> {
    let kept = match limit.bound {
        Bound::Max(most) => *amount <= Number::from(i64::from(most)),
        Bound::Min(least) => *amount >= Number::from(i64::from(least)),
        // The call-file reader admits shares of recommendations only.
        Bound::Percent(_) => true,
    };
    let (Bound::Max(bound) | Bound::Min(bound) | Bound::Percent(bound)) = limit.bound;
    (!kept).then(|| limit_not_kept(call, limit, &amount.to_string(), bound, None, limit.field.as_deref()))
}

fn funding_unit_wrong(limit: &Limit, unit: &str, expected: &str) -> Finding {
    Finding {
        code: "funding_unit_wrong".to_owned(),
        severity: severity(limit.strength),
        clause: limit.source.clause().cloned(),
        field: limit.field.clone(),
        message: Text::new(
            format!("经费的单位是“{unit}”，应为“{expected}”"),
            format!("The money is stated in “{unit}”, not in “{expected}”"),
        ),
        remedy: Text::new(format!("换算成{expected}"), format!("Convert it to {expected}")),
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
    let counted = counted_words(limit.counts);
    let unit = limit.unit.as_deref().unwrap_or(measure(limit.counts));
    Finding {
        code: limit.code.clone(),
        severity: severity(limit.strength),
        clause: limit.source.clause().cloned(),
        field: field.map(str::to_owned),
        message: Text::new(
            format!("{}现有{now}{unit}；{}{}", counted.zh, rule.zh, arithmetic.zh),
            format!("Now {now} {}; {}{}", counted.en, rule.en, arithmetic.en),
        ),
        remedy,
    }
}

/// What puts a number right: by how many to change it, and what to change.
fn limit_remedy(limit: &Limit, now: &str, bound: u32) -> Text {
    let counted = counted_words(limit.counts);
    let measure = measure(limit.counts);
    let beyond = now.parse::<u32>().unwrap_or(bound).abs_diff(bound);
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
            "已提交的版本有效，内容仍可查阅；如有系统故障，请联系主办单位",
            "What was submitted before counts and stays readable; if the system failed, ask the programme office",
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
