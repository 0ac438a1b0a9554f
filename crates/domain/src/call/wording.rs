//! Deadlines, limits, periods and indicators in words.

use jiff::civil::Date;

use super::{Actor, Anchor, Bound, Call, Counted, Deadline, Item, Limit, Period, Span, Strength};
use crate::shared::{MoneyUnit, Text, counted, grouped};

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
    let counted = match limit.bound {
        Bound::Max(bound) | Bound::Min(bound) => counted_of(limit.counts, bound),
        Bound::Percent(_) => counted_words(limit.counts),
    };
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
    let (unit, of) = match limit.unit {
        Some(_) => (money_unit(limit), " of"),
        None => (Text::new(measure(limit.counts), ""), ""),
    };
    let (bound_zh, bound_en) = match limit.bound {
        Bound::Max(most) => {
            let most = grouped(&most.to_string());
            (format!("不超过{most}{}", unit.zh), format!("at most {most} {}{of}", unit.en))
        }
        Bound::Min(least) => {
            let least = grouped(&least.to_string());
            (format!("不少于{least}{}", unit.zh), format!("at least {least} {}{of}", unit.en))
        }
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
pub(super) fn counted_words(counts: Counted) -> Text {
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

/// What a limit counts, in words that go with a number: in English one thing has the singular.
pub(super) fn counted_of(counts: Counted, count: u32) -> Text {
    let many = counted_words(counts);
    let one = match counts {
        _ if count != 1 => return many,
        Counted::Partners => "partner",
        Counted::Members => "member of the consortium",
        Counted::ApplicationsLed => "application led",
        Counted::Recommendations => "recommended project",
        Counted::Shortlisted => "shortlisted team",
        Counted::Winners => "winning team",
        Counted::Funding => return many,
    };
    Text::new(many.zh, one)
}

/// The Chinese measure word of what is counted.
pub(super) fn measure(counts: Counted) -> &'static str {
    match counts {
        Counted::Partners | Counted::Members | Counted::Shortlisted | Counted::Winners => "家",
        Counted::ApplicationsLed | Counted::Recommendations => "项",
        Counted::Funding => "",
    }
}

/// The unit of a limit on money: as the call writes it, and in English where it is known.
pub(super) fn money_unit(limit: &Limit) -> Text {
    let unit = limit.unit.as_deref().unwrap_or_default().trim();
    Text::new(unit, MoneyUnit::parse(unit).map_or_else(|| unit.to_owned(), MoneyUnit::english))
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
    let (mut zh, mut en) = (String::new(), Vec::new());
    if period.length.years > 0 {
        zh += &format!("{}年", period.length.years);
        en.push(counted(period.length.years, "year", "years"));
    }
    if period.length.months > 0 {
        zh += &format!("{}个月", period.length.months);
        en.push(counted(period.length.months, "month", "months"));
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

pub(super) fn character_words(label: &Text, max: u32, each: bool) -> Text {
    let (zh, en) = if each { ("每个成员的", " of each member") } else { ("", "") };
    Text::new(
        format!("{zh}“{}”不超过{max}字", label.zh),
        format!("“{}”{en}: at most {} (字)", label.en, counted(max, "character", "characters")),
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
