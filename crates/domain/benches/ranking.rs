//! Time to place 10,000 applications with five sheets each, in eight groups. Run: `cargo bench -p jiebang-domain`.

use std::time::Instant;

use jiebang_domain::call::{Counted, Source, Strength};
use jiebang_domain::selection::{
    Aggregation, Cap, Class, Criterion, Entrant, GroupKey, Inputs, Points, Rubric, ScoreSheet, Stage, Tie,
    placement_words, select,
};
use jiebang_domain::shared::{Number, Text};

const APPLICATIONS: u64 = 10_000;
const SHEETS: u64 = 5;
const CRITERIA: u64 = 6;

fn main() {
    let stage = stage();
    let entrants: Vec<Entrant> = (0..APPLICATIONS).map(|nth| entrant(&stage.rubric, nth)).collect();
    let inputs = Inputs { entrants: &entrants, overrides: &[], seed: Some("published") };
    println!("{:<52} {:>10} {:>10}", "10,000 applications × 5 sheets", "median", "p95");
    report("placed", || {
        let selection = select(&stage, &[], &inputs).expect("a selection");
        assert_eq!(selection.placements.len() as u64, APPLICATIONS);
    });
    let selection = select(&stage, &[], &inputs).expect("a selection");
    let noun = Text::new("方向", "direction");
    report("reasons in both languages", || {
        let words =
            selection.placements.iter().map(|placement| placement_words(&stage, &noun, placement).zh.len());
        assert!(words.sum::<usize>() > 0);
    });
}

fn report(what: &str, run: impl Fn()) {
    let mut times: Vec<f64> = (0..60)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{what:<52} {:>7.2} ms {:>7.2} ms", times[times.len() / 2], times[times.len() * 95 / 100]);
}

fn stage() -> Stage {
    let name = |id: &str| Text::new(id, id);
    let criterion = |nth: u64| Criterion {
        id: format!("c{nth}"),
        name: name("criterion"),
        text: name("criterion"),
        weight: if nth == 0 { 25 } else { 15 },
        max: Number::from(100),
        step: Number::from(1),
        comment: false,
        source: Source::Operator,
    };
    let class = |id: &str, cap: Option<u32>| Class {
        id: id.to_owned(),
        name: name(id),
        cap: cap.map(|most| Cap { most, strength: Strength::InPrinciple }),
        least: Points::new(if cap.is_some() { 40 } else { 0 }, 1),
        counted: false,
        listed: cap.is_some(),
        source: Source::Operator,
    };
    Stage {
        id: "shortlist".to_owned(),
        name: name("shortlist"),
        counts: Counted::Shortlisted,
        per: GroupKey::Call,
        from: Vec::new(),
        rubric: Rubric::new((0..CRITERIA).map(criterion).collect(), Vec::new()).expect("a rubric"),
        aggregation: Aggregation {
            scores_min: 5,
            dispute_gap: Points::new(30, 1),
            ties: vec![Tie::Criterion("c0".to_owned()), Tie::Lot],
        },
        classes: vec![class("first", Some(100)), class("second", Some(300)), class("out", None)],
        source: Source::Operator,
    }
}

/// An application whose scores follow from its place alone.
fn entrant(rubric: &Rubric, nth: u64) -> Entrant {
    let application = format!("2021-{nth:05}");
    let sheets = (0..SHEETS).map(|expert| {
        let mut sheet = ScoreSheet::new(format!("e{}", (nth * 7 + expert) % 400), &*application);
        for criterion in 0..CRITERIA {
            // The mixing step of splitmix64.
            let mixed = (nth * 64 + expert * 8 + criterion).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let score = (mixed ^ (mixed >> 31)) % 101;
            sheet.scores.insert(format!("c{criterion}"), Number::from(score as i64));
        }
        rubric.mark(&sheet).expect("scores on the scale")
    });
    Entrant { group: format!("g{}", nth % 8), sheets: sheets.collect(), application }
}
