//! What stands in the way of placing applications, in words.

use super::placement::{Entrant, Override};
use super::plan::{Class, Stage};
use super::words::class_words;
use crate::call::{Limit, Source};
use crate::shared::{ClauseId, Finding, Severity, Text, counted};

/// A finding that refuses.
pub(super) fn refusal(
    code: &str,
    clause: Option<&ClauseId>,
    field: Option<&str>,
    (message_zh, message_en): (impl Into<String>, impl Into<String>),
    (remedy_zh, remedy_en): (impl Into<String>, impl Into<String>),
) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: clause.cloned(),
        field: field.map(str::to_owned),
        message: Text::new(message_zh, message_en),
        remedy: Text::new(remedy_zh, remedy_en),
    }
}

fn clause(source: &Source) -> Option<&ClauseId> {
    source.clause()
}

pub(super) fn group_key_differs(stage: &Stage, limit: &Limit) -> Finding {
    let (per, own) = (&limit.per, stage.per.id());
    refusal(
        "group_key_differs",
        limit.source.clause(),
        None,
        (
            format!("通知按 {per} 限制名额，方案却按 {own} 分组"),
            format!("The notice limits places per {per}, but the plan groups by {own}"),
        ),
        (format!("方案改为按 {per} 分组"), format!("Let the plan group by {per}")),
    )
}

pub(super) fn lot_seed_missing() -> Finding {
    refusal(
        "lot_seed_missing",
        None,
        Some("seed"),
        ("同分按抽签处理，还没有公布抽签种子", "Ties are parted by lot, and no seed has been published"),
        ("先公布种子，再排序", "Publish the seed, then make the ranking"),
    )
}

pub(super) fn application_twice(entrant: &Entrant) -> Finding {
    let number = &entrant.application;
    refusal(
        "application_twice",
        None,
        Some(number),
        (format!("{number} 出现两次"), format!("{number} comes twice")),
        ("每项申报只列一次", "Give each application once"),
    )
}

pub(super) fn expert_twice(entrant: &Entrant, expert: &str) -> Finding {
    let number = &entrant.application;
    refusal(
        "expert_twice",
        None,
        Some(number),
        (
            format!("{number} 有同一位专家（{expert}）的两份评分"),
            format!("{number} has two sheets of one expert ({expert})"),
        ),
        ("只计最新提交的一版", "Count the version submitted last"),
    )
}

pub(super) fn scores_too_few(stage: &Stage, entrant: &Entrant, least: u32) -> Finding {
    let (number, sheets) = (&entrant.application, entrant.sheets.len());
    let missing = u64::from(least).saturating_sub(sheets as u64);
    refusal(
        "scores_too_few",
        clause(&stage.source),
        Some(number),
        (
            format!("{number} 只有{sheets}份有效评分，至少要{least}份"),
            format!(
                "{number} has {}; at least {least} are needed",
                counted(sheets as u64, "submitted sheet", "submitted sheets")
            ),
        ),
        (
            format!("再由{missing}位无回避关系的专家评分"),
            format!(
                "Have it scored by {} without a conflict",
                counted(missing, "more expert", "more experts")
            ),
        ),
    )
}

pub(super) fn tie_at_cap(
    stage: &Stage,
    class: &Class,
    group: &str,
    (places, needed): (u32, u32),
    tied: u32,
) -> Finding {
    refusal(
        "tie_at_cap",
        clause(&class.source),
        Some(group),
        (
            format!("{group}：{tied}项并列跨过{}的上限{places}项", class.name.zh),
            format!(
                "{group}: {tied} tied applications straddle the cap of {} for {} ({})",
                counted(places, "place", "places"),
                class.name.en,
                stage.name.en
            ),
        ),
        (
            format!("写明理由并经批准，把该组该类的上限提高到{needed}项；或在方案中改用抽签处理同分"),
            format!(
                "Lift the cap of this class in this group to {needed}, with reason and approval; or let the plan part \
                 ties by lot"
            ),
        ),
    )
}

/// The field of a finding on an override: group and class.
fn of(given: &Override) -> String {
    format!("{}.{}", given.group, given.class)
}

pub(super) fn override_twice(stage: &Stage, given: &Override) -> Finding {
    let class = class_words(stage, &given.class);
    refusal(
        "override_twice",
        None,
        Some(&of(given)),
        (
            format!("{} {}有两次突破名额", given.group, class.zh),
            format!("{}: the cap for {} is lifted twice", given.group, class.en),
        ),
        ("只留最后批准的一次", "Keep the one approved last"),
    )
}

pub(super) fn override_group_unknown<'g>(
    stage: &Stage,
    given: &Override,
    known: impl Iterator<Item = &'g str>,
) -> Finding {
    let all = known.take(12).collect::<Vec<_>>().join(", ");
    let per = stage.per.id();
    refusal(
        "override_group_unknown",
        None,
        Some(&of(given)),
        (
            format!("没有参评项目属于分组 {}（按 {per} 分组）", given.group),
            format!("No application here is in the group {} (grouped by {per})", given.group),
        ),
        (format!("可用：{all}"), format!("Known: {all}")),
    )
}

pub(super) fn override_class_unknown(stage: &Stage, given: &Override) -> Finding {
    let all = stage.classes.iter().map(|class| class.id.as_str()).collect::<Vec<_>>().join(", ");
    refusal(
        "override_class_unknown",
        None,
        Some(&of(given)),
        (format!("没有类别 {}", given.class), format!("There is no class {}", given.class)),
        (format!("可用：{all}"), format!("Known: {all}")),
    )
}

pub(super) fn override_without_reason(stage: &Stage, given: &Override) -> Finding {
    let class = class_words(stage, &given.class);
    let (zh, en) = match given.reason.trim().is_empty() {
        true => ("没有理由", "has no reason"),
        false => ("没有批准人", "has no approver"),
    };
    refusal(
        "override_without_reason",
        None,
        Some(&of(given)),
        (
            format!("{} {}突破名额{zh}", given.group, class.zh),
            format!("{}: lifting the cap for {} {en}", given.group, class.en),
        ),
        ("写明理由和批准人", "Give a reason and who approved it"),
    )
}

pub(super) fn override_names_application(stage: &Stage, given: &Override, entrant: &Entrant) -> Finding {
    let class = class_words(stage, &given.class);
    let number = &entrant.application;
    refusal(
        "override_names_application",
        None,
        Some(&of(given)),
        (
            format!("{} {}突破名额的理由中点了 {number} 的名", given.group, class.zh),
            format!("{}: the reason for lifting the cap for {} names {number}", given.group, class.en),
        ),
        (
            "理由只说分组和类别；由谁列入，只看分数",
            "Speak of the group and the class; who takes the places follows from the scores alone",
        ),
    )
}

pub(super) fn override_without_cap(stage: &Stage, class: &Class, given: &Override) -> Finding {
    refusal(
        "override_without_cap",
        clause(&class.source),
        Some(&of(given)),
        (
            format!("{}没有名额上限，无需突破", class.name.zh),
            format!("{} has no cap in {} to lift", class.name.en, stage.name.en),
        ),
        ("删去这一项", "Take it out"),
    )
}

pub(super) fn override_lifts_nothing(stage: &Stage, class: &Class, given: &Override, most: u32) -> Finding {
    refusal(
        "override_lifts_nothing",
        clause(&class.source),
        Some(&of(given)),
        (
            format!("{}{}上限已是{most}项，{}项不是突破", stage.name.zh, class.name.zh, given.cap),
            format!(
                "{} has {most} anyway; {} lifts nothing",
                class.name.en,
                counted(given.cap, "place", "places")
            ),
        ),
        (format!("写大于{most}的数，或删去这一项"), format!("Write more than {most}, or take it out")),
    )
}

pub(super) fn override_against_must(stage: &Stage, class: &Class, given: &Override, most: u32) -> Finding {
    refusal(
        "override_against_must",
        clause(&class.source),
        Some(&of(given)),
        (
            format!("{}{}上限{most}项不是“原则上”，不能突破", stage.name.zh, class.name.zh),
            format!(
                "At most {most} of {} binds; it is not “in principle” and cannot be lifted",
                class.name.en
            ),
        ),
        (format!("不超过{most}项"), format!("Keep to {most}")),
    )
}
