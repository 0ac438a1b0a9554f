use super::super::{GroupKey, Inputs, Missed, Points, Tie, Why, placement_words, select};
use super::{codes, entrant, lifted, limit, placed, run, stage};
use crate::call::Strength;
use crate::shared::Text;

fn five() -> Vec<super::Entrant> {
    [("a", 5), ("b", 9), ("c", 7), ("d", 8), ("e", 6)]
        .map(|(number, score)| entrant(number, "G", &[(score, score)]))
        .to_vec()
}

#[test]
fn classes_fill_from_the_top_in_each_group() {
    let mut entrants = five();
    entrants.push(entrant("f", "H", &[(1, 1)]));
    let selection = run(&stage(), &[], &entrants, &[]).unwrap();
    assert_eq!(
        placed(&selection),
        ["b 1 揭榜", "d 2 揭榜", "c 3 潜力", "e 4 未入围", "a 5 未入围", "f 1 揭榜"]
    );
    assert_eq!(selection.of_class("揭榜").count(), 3);
    let tallies: Vec<(&str, u32, Option<u32>)> =
        selection.tallies.iter().map(|of| (of.class.as_str(), of.placed, of.places)).collect();
    assert_eq!(tallies[..3], [("揭榜", 2, Some(2)), ("潜力", 1, Some(1)), ("未入围", 2, None)]);
}

#[test]
fn a_placement_says_why_in_and_why_out() {
    let mut entrants = five();
    entrants[3] = entrant("d", "G", &[(10, 10), (4, 5)]);
    let noun = Text::new("方向", "direction");
    let selection = run(&stage(), &[], &entrants, &[]).unwrap();
    let words = |application: &str| {
        let placement = selection.placements.iter().find(|of| of.application == application).unwrap();
        placement_words(&stage(), &noun, placement)
    };
    assert_eq!(words("b").zh, "第1名，平均90分（1份评分）；列入揭榜");
    assert_eq!(words("d").zh, "第2名，平均72分（2份评分）；列入揭榜（各专家评分相差56分，已标记为分歧）");
    let out = words("e");
    assert_eq!(
        out.zh,
        "第4名，平均60分（1份评分）；本方向揭榜上限2项，已满；本方向潜力上限1项，已满；列入未入围"
    );
    assert_eq!(
        out.en,
        "Place 4, mean 60 of 1 score sheet; 揭榜 has at most 2 places per direction, all taken; \
         潜力 has at most 1 place per direction, all taken; result: 未入围"
    );
}

#[test]
fn ties_are_parted_by_the_chain_and_say_by_which_step() {
    // All have 60 points: first by the criterion, then by the number of sheets, then by lot.
    let entrants = [
        entrant("a", "G", &[(6, 6)]),
        entrant("b", "G", &[(10, 0)]),
        entrant("c", "G", &[(6, 6), (6, 6)]),
        entrant("d", "G", &[(6, 6)]),
    ];
    let selection = run(&stage(), &[], &entrants, &[]).unwrap();
    let steps: Vec<(&str, Option<usize>)> =
        selection.placements.iter().map(|of| (of.application.as_str(), of.tie)).collect();
    assert_eq!(steps[..2], [("b", None), ("c", Some(0))]);
    assert_eq!((steps[2].1, steps[3].1), (Some(1), Some(2)));
    let draw = |seed: u32| {
        let inputs = Inputs { entrants: &entrants, overrides: &[], seed: Some(&seed.to_string()) };
        select(&stage(), &[], &inputs).unwrap().placements[2].application.clone()
    };
    let winners: std::collections::BTreeSet<String> = (0..16).map(draw).collect();
    assert_eq!(winners.len(), 2, "a lot that always falls the same way is none");
    let noun = Text::new("方向", "direction");
    let last = placement_words(&stage(), &noun, &selection.placements[3]);
    assert!(last.zh.contains("与上一名同分，按公布的种子抽签在后"), "{}", last.zh);
}

#[test]
fn tied_are_admitted_together_or_the_cap_is_lifted() {
    let mut stage = stage();
    stage.aggregation.ties = vec![Tie::AllTied];
    let entrants = ["a", "b", "c"].map(|number| entrant(number, "G", &[(6, 6)]));
    let refused = run(&stage, &[], &entrants, &[]);
    assert_eq!(codes(&refused), ["tie_at_cap"]);
    let finding = &refused.unwrap_err()[0];
    assert!(finding.remedy.zh.contains("提高到3项"), "{}", finding.remedy.zh);
    let selection = run(&stage, &[], &entrants, &[lifted("G", "揭榜", 3)]).unwrap();
    assert_eq!(placed(&selection), ["a 1 揭榜", "b 1 揭榜", "c 1 揭榜"]);
    assert_eq!((selection.tallies[0].places, selection.tallies[0].lifted_from), (Some(3), Some(2)));
}

#[test]
fn the_limit_of_the_call_holds_counted_classes_together() {
    let mut stage = stage();
    for class in &mut stage.classes[..2] {
        class.counted = true;
    }
    let soft = [limit(2, Strength::InPrinciple)];
    let selection = run(&stage, &soft, &five(), &[]).unwrap();
    assert_eq!(selection.of_class("潜力").count(), 0);
    let full = Missed { class: "潜力".to_owned(), why: Why::Full { places: 0 } };
    assert_eq!(selection.placements[2].missed[1], full);
    let lifts = [lifted("G", "潜力", 2)];
    assert_eq!(codes(&run(&stage, &soft, &five(), &lifts)), Vec::<&str>::new());
    assert_eq!(run(&stage, &soft, &five(), &lifts).unwrap().of_class("潜力").count(), 2);
    // What binds is not lifted, not even by two classes that each stay below it.
    let hard = [limit(3, Strength::Must)];
    assert_eq!(run(&stage, &hard, &five(), &lifts).unwrap().of_class("潜力").count(), 1);
    assert_eq!(codes(&run(&stage, &hard, &five(), &[lifted("G", "潜力", 4)])), ["override_against_must"]);
    stage.per = GroupKey::Call;
    assert_eq!(codes(&run(&stage, &soft, &five(), &[])), ["group_key_differs"]);
}

#[test]
fn an_override_lifts_one_cap_and_names_nobody() {
    for (given, code) in [
        (lifted("G", "揭榜", 2), "override_lifts_nothing"),
        (lifted("G", "揭榜", 0), "override_lifts_nothing"),
        (lifted("G", "未入围", 9), "override_without_cap"),
        (lifted("G", "优胜", 9), "override_class_unknown"),
        (lifted("H", "揭榜", 9), "override_group_unknown"),
        (super::Override { reason: " ".to_owned(), ..lifted("G", "揭榜", 3) }, "override_without_reason"),
        (super::Override { approver: String::new(), ..lifted("G", "揭榜", 3) }, "override_without_reason"),
        (
            super::Override { reason: "为 e 增加".to_owned(), ..lifted("G", "揭榜", 3) },
            "override_names_application",
        ),
    ] {
        let refused = run(&stage(), &[], &five(), &[given]);
        assert_eq!(codes(&refused), [code]);
        let finding = &refused.unwrap_err()[0];
        assert!(!finding.message.en.is_empty() && !finding.remedy.en.is_empty());
    }
    let twice = [lifted("G", "揭榜", 3), lifted("G", "揭榜", 4)];
    assert_eq!(codes(&run(&stage(), &[], &five(), &twice)), ["override_twice"]);
    let selection = run(&stage(), &[], &five(), &[lifted("G", "揭榜", 4)]).unwrap();
    assert_eq!(placed(&selection)[3..], ["e 4 揭榜", "a 5 潜力"]);
}

#[test]
fn a_least_mean_and_a_veto_keep_out() {
    let mut stage = stage();
    stage.classes[0].least = Points::new(85, 1);
    let mut entrants = five();
    for sheet in &mut entrants[1].sheets {
        sheet.vetoes.push(0);
    }
    // One tick of the two that the veto needs changes nothing.
    let selection = run(&stage, &[], &entrants, &[]).unwrap();
    assert_eq!(placed(&selection)[..2], ["b 1 揭榜", "d 2 潜力"]);
    let noun = Text::new("方向", "direction");
    let below = placement_words(&stage, &noun, &selection.placements[1]);
    assert!(below.zh.contains("低于揭榜最低分85分"), "{}", below.zh);
    let mut again = entrants[1].sheets[0].clone();
    again.expert = "e9".to_owned();
    entrants[1].sheets.push(again);
    let selection = run(&stage, &[], &entrants, &[]).unwrap();
    assert_eq!(placed(&selection), ["d 1 潜力", "c 2 未入围", "e 3 未入围", "a 4 未入围", "b - 未入围"]);
    let vetoed = placement_words(&stage, &noun, &selection.placements[4]);
    assert_eq!(vetoed.zh, "不排名，平均90分（2份评分）；否决：抄袭；列入未入围");
}

#[test]
fn what_is_missing_is_told_all_at_once() {
    let mut stage = stage();
    stage.aggregation.scores_min = 2;
    let mut twice = entrant("a", "G", &[(1, 1), (2, 2)]);
    twice.sheets[1].expert = "e0".to_owned();
    let entrants = [twice.clone(), entrant("b", "G", &[(1, 1)]), twice];
    let refused = select(&stage, &[], &Inputs { entrants: &entrants, overrides: &[], seed: None });
    assert_eq!(
        codes(&refused),
        ["lot_seed_missing", "expert_twice", "application_twice", "expert_twice", "scores_too_few"]
    );
    stage.aggregation.scores_min = 0;
    assert_eq!(codes(&run(&stage, &[], &[entrant("a", "G", &[])], &[])), ["scores_too_few"]);
    assert_eq!(placed(&run(&stage, &[], &[], &[]).unwrap()), Vec::<String>::new());
}
