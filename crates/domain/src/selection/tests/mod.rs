//! Tests of the whole room, with one small plan.

mod amendment;
mod people;
mod placing;
mod properties;
mod sheets;

use super::{
    Aggregation, Cap, Class, Criterion, Entrant, GroupKey, Inputs, Override, Points, Rubric, ScoreSheet,
    Selection, Stage, Tie, Veto, select,
};
use crate::call::{Bound, Counted, Limit, Source, Strength};
use crate::shared::{ClauseId, Finding, Number, Text};

fn text(name: &str) -> Text {
    Text::new(name, name)
}

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

fn criterion(id: &str, weight: u32, max: &str, step: &str) -> Criterion {
    Criterion {
        id: id.to_owned(),
        name: text(id),
        text: text(id),
        weight,
        max: number(max),
        step: number(step),
        comment: false,
        source: Source::Operator,
    }
}

/// Two criteria, 60 and 40, on a scale of ten; one veto that two sheets must tick.
fn rubric() -> Rubric {
    let veto = Veto {
        id: "copied".to_owned(),
        text: Text::new("抄袭", "copied"),
        sheets: 2,
        source: Source::Operator,
    };
    Rubric::new(vec![criterion("new", 60, "10", "1"), criterion("team", 40, "10", "1")], vec![veto]).unwrap()
}

fn class(id: &str, cap: Option<(u32, Strength)>) -> Class {
    Class {
        id: id.to_owned(),
        name: text(id),
        cap: cap.map(|(most, strength)| Cap { most, strength }),
        least: None,
        counted: false,
        listed: cap.is_some(),
        source: Source::Operator,
    }
}

/// Two of the first class and one of the second in each group, in principle; ties by the first criterion, then by lot.
fn stage() -> Stage {
    let soft = |most| Some((most, Strength::InPrinciple));
    Stage {
        id: "shortlist".to_owned(),
        name: text("入围"),
        counts: Counted::Shortlisted,
        per: GroupKey::Level("direction".to_owned()),
        from: Vec::new(),
        rubric: rubric(),
        aggregation: Aggregation {
            scores_min: 1,
            dispute_gap: Points::new(30, 1),
            ties: vec![Tie::Criterion("new".to_owned()), Tie::Scores, Tie::Lot],
        },
        classes: vec![class("揭榜", soft(2)), class("潜力", soft(1)), class("未入围", None)],
        source: Source::Operator,
    }
}

fn limit(most: u32, strength: Strength) -> Limit {
    Limit {
        code: "shortlist_cap_exceeded".to_owned(),
        counts: Counted::Shortlisted,
        per: "direction".to_owned(),
        regions: Vec::new(),
        bound: Bound::Max(most),
        unit: None,
        field: None,
        strength,
        row: None,
        source: Source::Clauses(vec![ClauseId::new("三(三)")]),
    }
}

/// An application in a group, with the scores of each sheet for the two criteria.
fn entrant(application: &str, group: &str, scores: &[(u32, u32)]) -> Entrant {
    let sheets = scores.iter().enumerate().map(|(nth, (new, team))| {
        let mut sheet = ScoreSheet::new(format!("e{nth}"), application);
        sheet.scores.insert("new".to_owned(), Number::from(i64::from(*new)));
        sheet.scores.insert("team".to_owned(), Number::from(i64::from(*team)));
        rubric().mark(&sheet).unwrap()
    });
    Entrant { application: application.to_owned(), group: group.to_owned(), sheets: sheets.collect() }
}

fn lifted(group: &str, class: &str, cap: u32) -> Override {
    Override {
        group: group.to_owned(),
        class: class.to_owned(),
        cap,
        reason: "本方向水平普遍较高".to_owned(),
        approver: "主办单位".to_owned(),
    }
}

fn run(
    stage: &Stage,
    limits: &[Limit],
    entrants: &[Entrant],
    overrides: &[Override],
) -> Result<Selection, Vec<Finding>> {
    select(stage, limits, &Inputs { entrants, overrides, seed: Some("2021-12-30") })
}

/// Codes of all findings.
fn codes(result: &Result<Selection, Vec<Finding>>) -> Vec<&str> {
    result.as_ref().map_or_else(|all| all.iter().map(|one| one.code.as_str()).collect(), |_| Vec::new())
}

/// `application rank class` of every placement.
fn placed(selection: &Selection) -> Vec<String> {
    let one = |of: &super::Placement| {
        let rank = of.rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string());
        format!("{} {rank} {}", of.application, of.class)
    };
    selection.placements.iter().map(one).collect()
}
