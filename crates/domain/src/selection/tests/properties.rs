use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::{Criterion, Entrant, Override, Rubric, ScoreSheet, Selection, Stage, Tie};
use super::{criterion, entrant, lifted, limit, run, stage};
use crate::call::Strength;
use crate::shared::Number;

type Scores = Vec<(u32, u32)>;

/// Scores from few values, so that ties are many.
fn scores() -> impl Strategy<Value = Scores> {
    prop::collection::vec((0..4_u32, 0..4_u32), 1..4)
}

fn field() -> impl Strategy<Value = Vec<(usize, Scores)>> {
    prop::collection::vec((0..3_usize, scores()), 1..24)
}

fn entrants(field: &[(usize, Scores)]) -> Vec<Entrant> {
    let groups = ["G", "H", "I"];
    field
        .iter()
        .enumerate()
        .map(|(nth, (group, scores))| entrant(&format!("A{nth:02}"), groups[*group], scores))
        .collect()
}

fn order(selection: &Selection) -> Vec<(String, Option<u32>, String)> {
    let one = |of: &super::super::Placement| (of.application.clone(), of.rank, of.class.clone());
    selection.placements.iter().map(one).collect()
}

/// The stage with its first class counted against a limit of two.
fn counted() -> Stage {
    let mut stage = stage();
    stage.classes[0].counted = true;
    stage
}

/// Overrides that fit the groups that are there.
fn overrides(entrants: &[Entrant], lift: bool) -> Vec<Override> {
    let there = lift && entrants.iter().any(|entrant| entrant.group == "G");
    if there { vec![lifted("G", "揭榜", 4)] } else { Vec::new() }
}

fn scaled(by: u32, scores: &Scores, application: &str, group: &str) -> (Rubric, Entrant) {
    let (max, step) = ((10 * by).to_string(), by.to_string());
    let of = |id: &str, weight| -> Criterion { criterion(id, weight, &max, &step) };
    let rubric = Rubric::new(vec![of("new", 60), of("team", 40)], Vec::new()).unwrap();
    let sheets = scores.iter().enumerate().map(|(nth, (new, team))| {
        let mut sheet = ScoreSheet::new(format!("e{nth}"), application);
        sheet.scores.insert("new".to_owned(), Number::from(i64::from(new * by)));
        sheet.scores.insert("team".to_owned(), Number::from(i64::from(team * by)));
        rubric.mark(&sheet).unwrap()
    });
    let entrant =
        Entrant { application: application.to_owned(), group: group.to_owned(), sheets: sheets.collect() };
    (rubric, entrant)
}

proptest! {
    #[test]
    fn the_order_of_what_comes_in_does_not_matter(field in field(), lift: bool, turn in 0..24_usize) {
        let mut all = entrants(&field);
        let lifts = overrides(&all, lift);
        let first = run(&stage(), &[], &all, &lifts).unwrap();
        all.reverse();
        let turn = turn % all.len();
        all.rotate_left(turn);
        for entrant in &mut all {
            entrant.sheets.reverse();
        }
        prop_assert_eq!(run(&stage(), &[], &all, &lifts).unwrap(), first);
    }

    #[test]
    fn higher_scores_never_lower_a_place(field in field(), of in 0..24_usize, which in 0..3_usize, by in 1..5_u32, new: bool) {
        let of = of % field.len();
        let before = run(&stage(), &[], &entrants(&field), &[]).unwrap();
        let mut raised = field.clone();
        let sheets = raised[of].1.len();
        let sheet = &mut raised[of].1[which % sheets];
        if new { sheet.0 += by } else { sheet.1 += by }
        let after = run(&stage(), &[], &entrants(&raised), &[]).unwrap();
        let place = |selection: &Selection| {
            let number = format!("A{of:02}");
            let found = selection.placements.iter().find(|placement| placement.application == number).unwrap();
            let class = stage().classes.iter().position(|class| class.id == found.class).unwrap();
            (found.rank.unwrap(), class)
        };
        prop_assert!(place(&after).0 <= place(&before).0);
        prop_assert!(place(&after).1 <= place(&before).1);
    }

    #[test]
    fn no_cap_is_exceeded_without_an_override(field in field(), lift: bool, most in 1..4_u32, hard: bool) {
        let all = entrants(&field);
        let strength = if hard { Strength::Must } else { Strength::InPrinciple };
        let limits = [limit(most, strength)];
        let lifts = overrides(&all, lift && !hard);
        let selection = run(&counted(), &limits, &all, &lifts).unwrap();
        for group in ["G", "H", "I"] {
            let count = |class: &str| {
                selection.of_class(class).filter(|placement| placement.group == group).count()
            };
            let most = if group == "G" && !lifts.is_empty() { 4 } else { most.min(2) as usize };
            prop_assert!(count("揭榜") <= most, "{group}");
            prop_assert!(count("潜力") <= 1, "{group}");
            // Nor is a place left free while somebody is out.
            prop_assert!(count("未入围") == 0 || (count("揭榜") == most && count("潜力") == 1), "{group}");
        }
    }

    #[test]
    fn everybody_is_placed_once_and_nobody_shares_a_place(field in field()) {
        let all = entrants(&field);
        let selection = run(&stage(), &[], &all, &[]).unwrap();
        let placed: BTreeSet<&str> = selection.placements.iter().map(|of| of.application.as_str()).collect();
        prop_assert_eq!((placed.len(), selection.placements.len()), (all.len(), all.len()));
        for group in ["G", "H", "I"] {
            let ranks: Vec<Option<u32>> =
                selection.placements.iter().filter(|of| of.group == group).map(|of| of.rank).collect();
            let all: Vec<Option<u32>> = (1..).map(Some).take(ranks.len()).collect();
            prop_assert_eq!(ranks, all);
        }
        let told: u32 = selection.tallies.iter().map(|tally| tally.placed).sum();
        prop_assert_eq!(told as usize, all.len());
    }

    #[test]
    fn who_is_tied_shares_a_place_and_a_class_where_the_plan_admits_all(field in field()) {
        let mut stage = stage();
        stage.aggregation.ties = vec![Tie::Scores, Tie::AllTied];
        for class in &mut stage.classes {
            class.cap = None;
        }
        stage.classes[0].least = super::Points::new(15, 1);
        let selection = run(&stage, &[], &entrants(&field), &[]).unwrap();
        for pair in selection.placements.windows(2).filter(|pair| pair[0].group == pair[1].group) {
            let same = (pair[0].mean, pair[0].sheets) == (pair[1].mean, pair[1].sheets);
            prop_assert_eq!(pair[0].rank == pair[1].rank, same);
            prop_assert!(!same || pair[0].class == pair[1].class);
        }
    }

    #[test]
    fn a_common_factor_changes_nothing(field in field(), by in 2..90_u32) {
        let groups = ["G", "H", "I"];
        let mut larger = stage();
        let all: Vec<Entrant> = field.iter().enumerate().map(|(nth, (group, scores))| {
            let (rubric, entrant) = scaled(by, scores, &format!("A{nth:02}"), groups[*group]);
            larger.rubric = rubric;
            entrant
        }).collect();
        let plain = run(&stage(), &[], &entrants(&field), &[]).unwrap();
        prop_assert_eq!(order(&run(&larger, &[], &all, &[]).unwrap()), order(&plain));
    }
}
