//! From what was scored to a list: order within a group, classes, caps.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::merit::Mean;
use super::plan::ResultClass;
use crate::call::Strength;
use crate::shared::{Finding, Severity, Text};

/// An application that a place is asked for.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Application.
    pub id: String,
    /// Number.
    pub number: String,
    /// Group that it is ordered in.
    pub group: String,
    /// What decides, the first thing first; `None` where nothing can be decided, with why.
    pub merit: Result<Vec<Mean>, Left>,
    /// Its lot: a digest of the published seed and its number, that decides where nothing else does.
    pub lot: String,
}

/// Why an application is given no place whatever its score (不参加排序的原因).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Left {
    /// The check of form refused it.
    Refused,
    /// It was withdrawn.
    Withdrawn,
    /// Too few sheets.
    TooFewSheets,
}

/// A cap that is lifted for a group and a class (突破原则上限). It names no application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Group.
    pub group: String,
    /// Class.
    pub class: String,
    /// The cap instead.
    pub cap: u32,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approver: String,
}

/// Where an application stands, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Application.
    pub id: String,
    /// Group.
    pub group: String,
    /// Place in its group, from 1; `None` where it is not ordered.
    pub rank: Option<u32>,
    /// Class; `None` where it stands on no list.
    pub class: Option<String>,
    /// Which step of the tie chain told it from its neighbours: 0 the mean, 1 the first step.
    pub decided_by: usize,
    /// Why it stands where it stands.
    pub words: Text,
}

/// All placements, by group and rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placing {
    /// Who stands where.
    pub placements: Vec<Placement>,
}

/// Orders applications within their groups and gives them places in the classes, the best first, as far as the caps go.
///
/// # Errors
/// All findings: an override of a cap that must be kept or of a class that is not there, without a reason or an approver, one below
/// the cap; an application that stands twice.
pub fn place(
    classes: &[ResultClass],
    entries: &[Entry],
    overrides: &[Override],
) -> Result<Placing, Vec<Finding>> {
    let faults = faults(classes, entries, overrides);
    if !faults.is_empty() {
        return Err(faults);
    }
    let lifted: BTreeMap<(&str, &str), &Override> =
        overrides.iter().map(|of| ((of.group.as_str(), of.class.as_str()), of)).collect();
    let mut groups: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        groups.entry(&entry.group).or_default().push(entry);
    }
    let mut placements = Vec::with_capacity(entries.len());
    for (group, mut members) in groups {
        members.sort_by_cached_key(|entry| {
            (entry.merit.is_err(), Reverse(entry.merit.clone().ok()), entry.lot.clone(), entry.id.clone())
        });
        let mut taken = vec![0_u32; classes.len()];
        for (nth, entry) in members.iter().enumerate() {
            let rank = u32::try_from(nth + 1).unwrap_or(u32::MAX);
            let decided_by = [nth.checked_sub(1), Some(nth + 1)]
                .into_iter()
                .flatten()
                .filter_map(|other| members.get(other))
                .map(|other| told_apart(entry, other))
                .max()
                .unwrap_or(0);
            let given = match &entry.merit {
                Ok(merit) => given(classes, &lifted, group, merit, &mut taken),
                Err(left) => Given { class: None, why: left.words() },
            };
            let ranked = entry.merit.is_ok();
            let words = if ranked { placed_words(rank, entry, &given.why) } else { given.why };
            placements.push(Placement {
                id: entry.id.clone(),
                group: group.to_owned(),
                rank: ranked.then_some(rank),
                class: given.class,
                decided_by,
                words,
            });
        }
    }
    Ok(Placing { placements })
}

/// A class, or none, and why.
struct Given {
    class: Option<String>,
    why: Text,
}

/// The highest class that has a place left and whose floor is reached.
fn given(
    classes: &[ResultClass],
    lifted: &BTreeMap<(&str, &str), &Override>,
    group: &str,
    merit: &[Mean],
    taken: &mut [u32],
) -> Given {
    let mut full = Vec::new();
    for (class, taken) in classes.iter().zip(taken) {
        let reached = merit.first().is_some_and(|mean| mean.reaches(class.floor));
        if !reached {
            full.push(Text::new(
                format!("未达到{}的最低分", class.name.zh),
                format!("below the lowest score of {}", class.name.en),
            ));
            continue;
        }
        let over = lifted.get(&(group, class.id.as_str()));
        let cap = over.map(|of| of.cap).or(class.cap);
        if cap.is_some_and(|cap| *taken >= cap) {
            let cap = cap.unwrap_or_default();
            full.push(Text::new(
                format!("{}上限 {cap} 项已满", class.name.zh),
                format!("the {cap} places of {} are taken", class.name.en),
            ));
            continue;
        }
        *taken += 1;
        let nth = *taken;
        let why = match (cap, over) {
            (Some(cap), Some(over)) => Text::new(
                format!(
                    "{}第 {nth} 项，上限由 {} 项放宽为 {cap} 项（{}）",
                    class.name.zh,
                    class.cap.unwrap_or_default(),
                    over.reason
                ),
                format!(
                    "{nth} of {cap} in {} (lifted from {}: {})",
                    class.name.en,
                    class.cap.unwrap_or_default(),
                    over.reason
                ),
            ),
            (Some(cap), None) => Text::new(
                format!("{}第 {nth} 项，上限 {cap} 项", class.name.zh),
                format!("{nth} of {cap} in {}", class.name.en),
            ),
            (None, _) => Text::new(format!("列入{}", class.name.zh), format!("in {}", class.name.en)),
        };
        return Given { class: Some(class.id.clone()), why };
    }
    let join = |of: fn(&Text) -> &str, between: &str| full.iter().map(of).collect::<Vec<_>>().join(between);
    Given { class: None, why: Text::new(join(|text| &text.zh, "；"), join(|text| &text.en, "; ")) }
}

fn placed_words(rank: u32, entry: &Entry, why: &Text) -> Text {
    let mean = entry.merit.as_ref().ok().and_then(|merit| merit.first()).map(Mean::words);
    let mean = mean.unwrap_or_else(|| Text::new("", ""));
    Text::new(
        format!("本组第 {rank} 名，平均分 {}；{}", mean.zh, why.zh),
        format!("No. {rank} of its group, mean {}; {}", mean.en, why.en),
    )
}

/// The step that tells two neighbours apart; the lot is the one after the last.
fn told_apart(one: &Entry, other: &Entry) -> usize {
    let (Ok(one), Ok(other)) = (&one.merit, &other.merit) else { return 0 };
    one.iter().zip(other).position(|(one, other)| one != other).unwrap_or(one.len())
}

impl Left {
    /// Why it is given no place.
    pub fn words(self) -> Text {
        match self {
            Self::Refused => {
                Text::new("形式审查未通过，不参加排序", "Refused by the check of form; not ordered")
            }
            Self::Withdrawn => Text::new("已撤回，不参加排序", "Withdrawn; not ordered"),
            Self::TooFewSheets => Text::new("有效评分不足，不参加排序", "Too few sheets; not ordered"),
        }
    }
}

fn faults(classes: &[ResultClass], entries: &[Entry], overrides: &[Override]) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut add = |code: &str, field: String, message: Text, remedy: Text| {
        all.push(Finding {
            code: code.to_owned(),
            severity: Severity::Refusal,
            clause: None,
            field: Some(field),
            message,
            remedy,
        });
    };
    let mut seen = std::collections::BTreeSet::new();
    for entry in entries.iter().filter(|entry| !seen.insert(&entry.id)) {
        let message =
            Text::new(format!("{} 出现两次", entry.number), format!("{} stands twice", entry.number));
        add("entry_repeated", entry.id.clone(), message, Text::new("只保留一次", "Keep it once"));
    }
    for over in overrides {
        let field = format!("override.{}.{}", over.group, over.class);
        let Some(class) = classes.iter().find(|class| class.id == over.class) else {
            let message =
                Text::new(format!("没有类别 {}", over.class), format!("There is no class {}", over.class));
            add("class_unknown", field, message, Text::new("写已有类别的标识", "Write the id of a class"));
            continue;
        };
        match class.cap {
            Some(cap) if class.strength == Strength::InPrinciple && over.cap > cap => {}
            Some(_) if class.strength != Strength::InPrinciple => add(
                "cap_is_strict",
                field.clone(),
                Text::new(
                    format!("{}的上限必须遵守，不能放宽", class.name.zh),
                    format!("The cap of {} must be kept", class.name.en),
                ),
                Text::new("撤回放宽", "Take it back"),
            ),
            _ => add(
                "cap_not_lifted",
                field.clone(),
                Text::new("放宽后的上限不高于原上限", "The cap instead is not above the cap"),
                Text::new("写更高的上限，或撤回放宽", "Write a higher one, or take it back"),
            ),
        }
        if over.reason.trim().is_empty() || over.approver.trim().is_empty() {
            add(
                "override_unfounded",
                field,
                Text::new("放宽上限没有理由或批准人", "A cap is lifted without a reason or an approver"),
                Text::new("写明理由和批准人", "Say why, and who approves it"),
            );
        }
    }
    all
}
