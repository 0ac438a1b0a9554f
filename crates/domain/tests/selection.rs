//! Scores become places by rules that anybody can follow again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use jiebang_domain::call::{Source, Strength};
use jiebang_domain::selection::{
    Criterion, Entry, GroupKey, Left, Mean, Override, Plan, ResultClass, Score, Sheet, Tie, merit, place,
    sheet_findings,
};
use jiebang_domain::shared::Text;
use proptest::prelude::*;

fn criterion(id: &str, weight: u32, points: u32) -> Criterion {
    Criterion {
        id: id.to_owned(),
        name: Text::new(id, id),
        weight,
        points,
        step: 50,
        comment: false,
        source: Source::Operator,
    }
}

fn class(id: &str, cap: Option<u32>, floor: u32) -> ResultClass {
    let (id, name) = (id.to_owned(), Text::new(id, id));
    ResultClass { id, name, cap, strength: Strength::InPrinciple, floor, source: Source::Operator }
}

fn plan() -> Plan {
    Plan {
        checks: Vec::new(),
        criteria: vec![criterion("need", 40, 10), criterion("route", 60, 30)],
        sheets_min: 2,
        ties: vec![Tie::Criterion("route".to_owned()), Tie::Lot],
        group: GroupKey::Direction,
        classes: vec![class("listed", Some(2), 6_000), class("potential", Some(1), 0)],
    }
}

fn sheet(need: u32, route: u32) -> Sheet {
    let score = |mark| Score { mark: Some(mark), comment: String::new() };
    Sheet(BTreeMap::from([("need".to_owned(), score(need)), ("route".to_owned(), score(route))]))
}

fn entry(nth: usize, group: &str, sheets: &[Sheet]) -> Entry {
    Entry {
        id: format!("id{nth:04}"),
        number: format!("no-{nth:04}"),
        group: group.to_owned(),
        merit: merit(&plan(), sheets).ok_or(Left::TooFewSheets),
        lot: format!("{:08x}", nth.wrapping_mul(2_654_435_761) % 4_294_967_291),
    }
}

/// Classes by application, in the order of the applications.
fn classes(entries: &[Entry], overrides: &[Override]) -> Vec<Option<String>> {
    let placing = place(&plan().classes, entries, overrides).unwrap();
    let of: BTreeMap<_, _> = placing.placements.into_iter().map(|of| (of.id, of.class)).collect();
    entries.iter().map(|entry| of[&entry.id].clone()).collect()
}

#[test]
fn totals_are_exact_and_weighted() {
    assert_eq!(plan().faults(), []);
    // 8 of 10 at 40 and 20.5 of 30 at 60 make 32 + 41; the other sheet makes 40 + 60.
    let means = merit(&plan(), &[sheet(800, 2_050), sheet(1_000, 3_000)]).unwrap();
    assert_eq!(means[0].words().zh, "86.5");
    assert_eq!(means[1].words().zh, "25.25");
    let thirds = merit(&plan(), &[sheet(0, 50), sheet(0, 0), sheet(0, 0)]).unwrap();
    assert_eq!(thirds[0].words(), Text::new("约 0.3333", "about 0.3333"));
    assert_eq!(thirds[0], Mean::new(1, 3).unwrap());
    assert!(merit(&plan(), &[sheet(1_000, 3_000)]).is_none(), "one sheet is too few");
}

#[test]
fn what_is_wrong_with_a_sheet_is_told_at_once() {
    let mut wrong = sheet(1_050, 75);
    wrong.0.insert("luck".to_owned(), Score::default());
    let codes: Vec<_> =
        sheet_findings(&plan(), &wrong).into_iter().map(|of| (of.code, of.field.unwrap())).collect();
    let expected = [
        ("score_out_of_scale", "score.need"),
        ("score_out_of_scale", "score.route"),
        ("criterion_unknown", "score.luck"),
    ];
    assert_eq!(codes, expected.map(|(code, field)| (code.to_owned(), field.to_owned())));
    let blank = sheet_findings(&plan(), &Sheet::default());
    assert!(blank.iter().all(|of| of.code == "score_missing") && blank.len() == 2);
    assert_eq!(sheet_findings(&plan(), &sheet(1_000, 0)), []);
}

#[test]
fn faults_of_a_plan_are_told_at_once() {
    let mut faulty = plan();
    faulty.criteria.push(criterion("need", 10, 7));
    faulty.criteria[1].step = 0;
    faulty.ties = vec![Tie::Criterion("luck".to_owned())];
    faulty.sheets_min = 0;
    let places: Vec<_> = faulty.faults().into_iter().map(|fault| fault.place).collect();
    assert_eq!(places, ["criterion", "criterion.route", "criterion.need", "ties.luck", "ties", "sheets_min"]);
}

#[test]
fn places_go_to_the_best_class_by_class() {
    let two = |need, route| [sheet(need, route), sheet(need, route)];
    let mut entries: Vec<Entry> = [(1_000, 3_000), (900, 3_000), (800, 3_000), (700, 3_000), (0, 0)]
        .iter()
        .enumerate()
        .map(|(nth, (need, route))| entry(nth, "a", &two(*need, *route)))
        .collect();
    entries.push(entry(5, "b", &two(100, 100)));
    entries.push(entry(6, "b", &[sheet(1_000, 3_000)]));
    let named = |names: &[&str]| {
        names.iter().map(|name| (!name.is_empty()).then(|| (*name).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(classes(&entries, &[]), named(&["listed", "listed", "potential", "", "", "potential", ""]));
    // A lifted cap is of a group and a class; the other group stays as it was.
    let lifted = |cap, reason: &str| Override {
        group: "a".to_owned(),
        class: "listed".to_owned(),
        cap,
        reason: reason.to_owned(),
        approver: "office".to_owned(),
    };
    assert_eq!(
        classes(&entries, &[lifted(4, "领域重要")]),
        named(&["listed", "listed", "listed", "listed", "potential", "potential", ""])
    );
    let placing = place(&plan().classes, &entries, &[lifted(4, "领域重要")]).unwrap();
    let words = |nth: usize| {
        placing.placements.iter().find(|of| of.id == format!("id{nth:04}")).unwrap().words.clone()
    };
    assert_eq!(words(3).zh, "本组第 4 名，平均分 88；listed第 4 项，上限由 2 项放宽为 4 项（领域重要）");
    assert_eq!(words(4).zh, "本组第 5 名，平均分 0；potential第 1 项，上限 1 项");
    assert_eq!(words(6).en, "Too few sheets; not ordered");
    for (over, code) in [
        (lifted(2, "理由"), "cap_not_lifted"),
        (lifted(4, " "), "override_unfounded"),
        (Override { class: "none".to_owned(), ..lifted(4, "理由") }, "class_unknown"),
    ] {
        let findings = place(&plan().classes, &entries, &[over]).unwrap_err();
        assert_eq!(findings.iter().map(|of| of.code.as_str()).collect::<Vec<_>>(), [code]);
    }
    let mut strict = plan().classes;
    strict[0].strength = Strength::Must;
    assert_eq!(place(&strict, &entries, &[lifted(4, "理由")]).unwrap_err()[0].code, "cap_is_strict");
    entries.push(entries[0].clone());
    assert_eq!(place(&plan().classes, &entries, &[]).unwrap_err()[0].code, "entry_repeated");
}

#[test]
fn equal_means_are_told_apart_by_the_chain() {
    // 40 + 30 and 10 + 60 make the same; the route decides, then the lot.
    let mut entries = [
        entry(0, "a", &[sheet(1_000, 1_500), sheet(1_000, 1_500)]),
        entry(1, "a", &[sheet(250, 3_000), sheet(250, 3_000)]),
        entry(2, "a", &[sheet(250, 3_000), sheet(250, 3_000)]),
    ];
    entries[1].lot = "b".to_owned();
    entries[2].lot = "a".to_owned();
    let placing = place(&plan().classes, &entries, &[]).unwrap();
    let order: Vec<_> = placing.placements.iter().map(|of| (of.id.as_str(), of.decided_by)).collect();
    assert_eq!(order, [("id0002", 2), ("id0001", 2), ("id0000", 1)]);
}

/// An application: its group, and the marks of each sheet.
type Marked = (u8, Vec<(u32, u32)>);

fn scored() -> impl Strategy<Value = Vec<Marked>> {
    let marks = (0_u32..=20, 0_u32..=60).prop_map(|(need, route)| (need * 50, route * 50));
    prop::collection::vec((0_u8..3, prop::collection::vec(marks, 0..4)), 1..40)
}

fn entries(scored: &[Marked]) -> Vec<Entry> {
    let made = |(nth, (group, sheets)): (usize, &Marked)| {
        let sheets: Vec<Sheet> = sheets.iter().map(|(need, route)| sheet(*need, *route)).collect();
        entry(nth, &group.to_string(), &sheets)
    };
    scored.iter().enumerate().map(made).collect()
}

proptest! {
    #[test]
    fn the_order_of_the_inputs_does_not_matter(scored in scored(), by in any::<prop::sample::Index>()) {
        let all = entries(&scored);
        let mut turned = all.clone();
        turned.rotate_left(by.index(all.len()));
        prop_assert_eq!(place(&plan().classes, &all, &[]), place(&plan().classes, &turned, &[]));
        turned.reverse();
        prop_assert_eq!(place(&plan().classes, &all, &[]), place(&plan().classes, &turned, &[]));
    }

    #[test]
    fn everybody_stands_once_and_no_cap_is_passed(scored in scored()) {
        let all = entries(&scored);
        let placing = place(&plan().classes, &all, &[]).unwrap();
        prop_assert_eq!(placing.placements.len(), all.len());
        for group in ["0", "1", "2"] {
            let of: Vec<_> = placing.placements.iter().filter(|of| of.group == group).collect();
            let ranks: Vec<_> = of.iter().filter_map(|of| of.rank).collect();
            prop_assert_eq!(&ranks, &(1..=u32::try_from(ranks.len()).unwrap()).collect::<Vec<_>>());
            let count = |class: &str| of.iter().filter(|of| of.class.as_deref() == Some(class)).count();
            prop_assert!(count("listed") <= 2 && count("potential") <= 1);
        }
    }

    #[test]
    fn a_higher_score_never_lowers_a_place(scored in scored(), which in any::<prop::sample::Index>()) {
        let all = entries(&scored);
        let chosen = which.index(all.len());
        let rank = |all: &[Entry]| {
            let placing = place(&plan().classes, all, &[]).unwrap();
            let found = placing.placements.into_iter().find(|of| of.id == format!("id{chosen:04}"));
            found.unwrap().rank.unwrap_or(u32::MAX)
        };
        let mut raised = scored.clone();
        for (need, route) in &mut raised[chosen].1 {
            (*need, *route) = ((*need + 50).min(1_000), (*route + 50).min(3_000));
        }
        prop_assert!(rank(&entries(&raised)) <= rank(&all));
    }

    #[test]
    fn a_common_factor_changes_no_order(scored in scored()) {
        let halves: Vec<_> = scored.iter().map(|(group, sheets)| {
            (*group, sheets.iter().map(|(need, route)| (need / 2 / 50 * 50, route / 2 / 50 * 50)).collect::<Vec<_>>())
        }).collect();
        let doubled: Vec<_> = halves.iter().map(|(group, sheets): &Marked| {
            (*group, sheets.iter().map(|(need, route)| (need * 2, route * 2)).collect::<Vec<_>>())
        }).collect();
        let order = |scored: &[Marked]| {
            let placing = place(&[], &entries(scored), &[]).unwrap();
            placing.placements.into_iter().map(|of| (of.id, of.rank)).collect::<Vec<_>>()
        };
        prop_assert_eq!(order(&halves), order(&doubled));
    }
}
