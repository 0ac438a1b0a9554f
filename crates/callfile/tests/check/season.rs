//! A plan at the size of a real season: the lists follow from scores, caps and overrides alone.

use jiebang_callfile::{Library, read};
use jiebang_domain::call::Call;
use jiebang_domain::selection::{Entrant, Inputs, Override, Plan, ScoreSheet, Selection, Stage, select};
use jiebang_domain::shared::Number;

const ID: &str = "miit-2021-ai-devices";
const APPLICATIONS: u64 = 1_035;

fn call_and_plan() -> (Call, Plan) {
    let library = Library::default();
    let call = read(&library.call(ID).expect("a call").0, None, &library).sound().expect("a sound call");
    let plan = read(&library.plan(ID).expect("a plan").0, None, &library).sound_plan().expect("a sound plan");
    (call, plan)
}

/// An application under the nth task, with three sheets whose scores follow from its place alone.
fn entrant(call: &Call, stage: &Stage, nth: u64) -> Entrant {
    let tasks: Vec<&str> = call.tasks().map(|task| task.id.as_str()).collect();
    let task = tasks[(nth % tasks.len() as u64) as usize];
    let group = stage.per.group(call, task, "11", "11", "").expect("a group");
    let application = format!("2021-{nth:04}");
    let sheets = (0..3).map(|expert| {
        let mut sheet = ScoreSheet::new(format!("e{expert}"), &*application);
        for (place, criterion) in stage.rubric.criteria().iter().enumerate() {
            // The mixing step of splitmix64; from 6 to 10 points in halves.
            let mixed = (nth * 64 + expert * 8 + place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let halves = 12 + (mixed ^ (mixed >> 31)) % 9;
            sheet.scores.insert(
                criterion.id.clone(),
                Number::parse(&format!("{}.{}", halves / 2, halves % 2 * 5)).expect("a score"),
            );
            sheet.comments.insert(criterion.id.clone(), "见评语".to_owned());
        }
        stage.rubric.mark(&sheet).expect("scores on the scale")
    });
    let sheets = sheets.collect();
    Entrant { application, group, sheets }
}

fn lifted(group: &str, class: &str, cap: u32) -> Override {
    Override {
        group: group.to_owned(),
        class: class.to_owned(),
        cap,
        reason: "本方向申报数量多、水平整齐".to_owned(),
        approver: "主办单位".to_owned(),
    }
}

fn placed(call: &Call, stage: &Stage, entrants: &[Entrant], overrides: &[Override]) -> Selection {
    let inputs = Inputs { entrants, overrides, seed: Some("20220805") };
    select(stage, &call.limits, &inputs).expect("a selection")
}

#[test]
fn the_lists_of_a_season_follow_from_scores_caps_and_overrides() {
    let (call, plan) = call_and_plan();
    let [shortlist, winners] = plan.stages.as_slice() else { panic!("two stages") };
    let entrants: Vec<Entrant> = (0..APPLICATIONS).map(|nth| entrant(&call, shortlist, nth)).collect();
    let groups: std::collections::BTreeSet<&str> = entrants.iter().map(|of| of.group.as_str()).collect();
    assert_eq!(groups.len(), 8);
    let counts = |of: &Selection, stage: &Stage| {
        stage.classes.iter().map(|class| of.of_class(&class.id).count()).collect::<Vec<_>>()
    };
    let plain = placed(&call, shortlist, &entrants, &[]);
    assert_eq!(counts(&plain, shortlist), [72, 144, 819]);
    let one = [lifted(groups.first().expect("a group"), "potential", 23)];
    let selection = placed(&call, shortlist, &entrants, &one);
    assert_eq!(counts(&selection, shortlist), [72, 149, 814]);
    let on = selection.placements.iter().filter(|placement| winners.from.contains(&placement.class));
    let racing: Vec<Entrant> = on
        .map(|placement| entrant(&call, winners, placement.application[5..].parse().expect("a number")))
        .collect();
    // The notice's own six for each direction, and thirteen with leave.
    assert_eq!(counts(&placed(&call, winners, &racing, &[]), winners), [48, 173]);
    let all: Vec<Override> = groups.iter().map(|group| lifted(group, "winner", 13)).collect();
    assert_eq!(counts(&placed(&call, winners, &racing, &all), winners), [104, 117]);
}
