use super::super::{Plan, Points, Progress, Recusal, Tie, amendment_findings};
use super::{class, stage, text};
use crate::call::{Source, Strength};

fn plan() -> Plan {
    Plan {
        call: "city-2030".to_owned(),
        title: text("方案"),
        source: Source::Operator,
        checks: Vec::new(),
        recusal: Recusal { former_years: 3, source: Source::Operator },
        stages: vec![stage()],
        notice: None,
        race: None,
        evaluation: None,
    }
}

#[test]
fn classes_are_added_to_a_running_call_until_its_list_is_published() {
    let codes = |new: &Plan, progress| {
        let all = amendment_findings(&plan(), new, |_| progress);
        assert!(all.iter().all(|one| !one.message.en.is_empty() && !one.remedy.zh.is_empty()));
        all.into_iter().map(|one| one.code).collect::<Vec<_>>()
    };
    let mut class_added = plan();
    class_added.stages[0].classes.insert(2, class("储备", Some((5, Strength::InPrinciple))));
    let mut tie_changed = plan();
    tie_changed.stages[0].aggregation.ties = vec![Tie::Lot];
    let mut gap_changed = plan();
    gap_changed.stages[0].aggregation.dispute_gap = Points::new(5, 1);
    let stage_gone = Plan { stages: Vec::new(), ..plan() };
    for (new, scored, published) in
        [(plan(), 0, 0), (class_added, 0, 1), (tie_changed, 1, 1), (gap_changed, 1, 1), (stage_gone, 1, 1)]
    {
        assert_eq!(codes(&new, Progress::Open).len(), 0);
        assert_eq!(codes(&new, Progress::Scored), vec!["amendment_scored"; scored]);
        assert_eq!(codes(&new, Progress::Published), vec!["amendment_published"; published]);
    }
    let other = Plan { call: "city-2031".to_owned(), ..plan() };
    assert_eq!(codes(&other, Progress::Open), ["amendment_other_call"]);
}
