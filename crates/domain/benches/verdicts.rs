//! Time to judge 10,000 teams on 20 indicators each, with guard band and own promise. Run: `cargo bench -p jiebang-domain`.

use std::time::Instant;

use jiebang_domain::call::{Item, Source};
use jiebang_domain::evaluation::{Case, Measurement, Rule, Verdict, assess, overall};
use jiebang_domain::selection::DecisionRule;
use jiebang_domain::shared::{
    Comparator, Digest, Number, Promise, PromiseValue, Target, Text, Threshold, counted,
};
use jiff::civil::date;

const TEAMS: i64 = 10_000;
const INDICATORS: i64 = 20;
const RUNS: usize = 12;

fn main() {
    let rule = Rule { decision: DecisionRule::GuardedAcceptance, guard_band: Number::from(1) };
    let items: Vec<Item> = (0..INDICATORS).map(item).collect();
    let digest = Digest::parse(&"a".repeat(64)).expect("a digest");
    let teams: Vec<Vec<Measurement>> =
        (0..TEAMS).map(|team| (0..INDICATORS).map(|nth| measurement(&digest, team, nth)).collect()).collect();
    let promise = Promise { value: PromiseValue::Number(Number::from(55)), unit: Some("mm".to_owned()) };
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            let total: u32 = teams.iter().map(|measured| judge(&items, &promise, &rule, measured)).sum();
            assert_eq!(i64::from(total), TEAMS * INDICATORS);
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let runs = counted(RUNS as u64, "run", "runs");
    println!("10,000 teams × 20 indicators, {runs}: median {:.0} ms", times[times.len() / 2]);
}

/// Verdicts of one team, counted.
fn judge(items: &[Item], promise: &Promise, rule: &Rule, measured: &[Measurement]) -> u32 {
    let verdicts: Vec<Verdict> = items
        .iter()
        .zip(measured)
        .map(|(item, one)| {
            let case = Case { item, promise: Some(promise), planned: None, rule };
            assess(&case, std::slice::from_ref(one)).verdict
        })
        .collect();
    overall(&verdicts).total()
}

fn item(nth: i64) -> Item {
    let unit = Some("mm".to_owned());
    let target = Target::Number(Number::from(40 + nth));
    Item {
        id: format!("K{nth}"),
        name: Text::new("指标", "indicator"),
        threshold: Threshold::new(Comparator::Ge, target, unit).expect("a threshold"),
        as_printed: Vec::new(),
        printed: None,
        condition: None,
        of: None,
        baseline: None,
        window: None,
        source: Source::Operator,
    }
}

/// A measurement whose value follows from its place alone, in another unit than the indicator's.
fn measurement(evidence: &Digest, team: i64, nth: i64) -> Measurement {
    Measurement {
        number: 1,
        value: PromiseValue::Number(Number::from((team * 7 + nth * 13) % 11)),
        unit: Some("cm".to_owned()),
        samples: 3,
        uncertainty: Some(Number::from(1)),
        measured_on: date(2026, 3, 2),
        laboratory: "laboratory".to_owned(),
        evidence: evidence.clone(),
        voided: None,
    }
}
