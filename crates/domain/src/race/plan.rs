//! The rules of a work plan: milestones in lanes, inside the period.

use std::collections::BTreeSet;

use super::{ExecutionPeriod, Milestone, RaceFault};
use crate::shared::character_count;

/// Most milestones of a plan.
pub const MILESTONES_MAX: usize = 200;
/// Most characters (字) of the name of one.
pub const MILESTONE_CHARACTERS_MAX: usize = 200;

/// Everything that stands against a plan. `lanes` are the call's; where it has none, a milestone needs none.
pub fn milestone_faults(
    milestones: &[Milestone],
    lanes: &[String],
    period: &ExecutionPeriod,
) -> Vec<RaceFault> {
    let mut faults = Vec::new();
    if milestones.is_empty() {
        faults.push(RaceFault::PlanEmpty);
    }
    if milestones.len() > MILESTONES_MAX {
        faults.push(RaceFault::PlanTooLong { count: milestones.len(), max: MILESTONES_MAX });
    }
    let mut ids = BTreeSet::new();
    for (nth, milestone) in (1..).zip(milestones.iter().take(MILESTONES_MAX)) {
        let characters = character_count(&milestone.name);
        let max = MILESTONE_CHARACTERS_MAX;
        if characters == 0 || characters > max {
            faults.push(RaceFault::MilestoneName { nth, characters, max });
        }
        if !ids.insert(milestone.id.as_str()) {
            faults.push(RaceFault::MilestoneRepeats { nth, id: milestone.id.clone() });
        }
        let lane = milestone.lane.as_deref().unwrap_or_default();
        let none_needed = lanes.is_empty() && lane.is_empty();
        if !none_needed && !lanes.iter().any(|known| known == lane) {
            faults.push(RaceFault::LaneUnknown { nth, lane: lane.to_owned() });
        }
        faults.extend(day_fault(nth, milestone, period));
    }
    faults
}

fn day_fault(nth: usize, milestone: &Milestone, period: &ExecutionPeriod) -> Option<RaceFault> {
    let (from, to) = (milestone.from, milestone.to);
    if to < from {
        return Some(RaceFault::MilestoneBackwards { nth, from, to });
    }
    let (first, last) = (period.published_on, period.last_on);
    let outside = if from < first { Some(from) } else { Some(to).filter(|to| *to > last) };
    outside.map(|on| RaceFault::MilestoneOutside { nth, on, first, last })
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::civil::Date;

    use super::{MILESTONES_MAX, milestone_faults};
    use crate::call::Source;
    use crate::race::period::tests::two_years;
    use crate::race::{Milestone, RaceFault};

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// A milestone for the tests of the room.
    pub(in crate::race) fn milestone(id: &str, lane: Option<&str>, from: &str, to: &str) -> Milestone {
        let lane = lane.map(str::to_owned);
        Milestone { id: id.to_owned(), lane, name: format!("节点{id}"), from: date(from), to: date(to) }
    }

    #[test]
    fn plans_are_checked_on_both_sides_of_each_bound() {
        let lanes = ["up".to_owned(), "down".to_owned()];
        let good = || milestone("a", Some("up"), "2025-11-04", "2027-11-04");
        let codes = |milestones: &[Milestone]| -> Vec<&str> {
            milestone_faults(milestones, &lanes, &two_years()).iter().map(RaceFault::code).collect()
        };
        assert_eq!(codes(&[good()]), Vec::<&str>::new());
        for (wrong, code) in [
            (milestone("a", Some("up"), "2025-11-03", "2027-11-04"), "milestone_outside_period"),
            (milestone("a", Some("up"), "2025-11-04", "2027-11-05"), "milestone_outside_period"),
            (milestone("a", Some("up"), "2026-02-02", "2026-02-01"), "milestone_backwards"),
            (milestone("a", Some("side"), "2026-02-01", "2026-02-01"), "lane_unknown"),
            (milestone("a", None, "2026-02-01", "2026-02-01"), "lane_unknown"),
            (Milestone { name: " ".to_owned(), ..good() }, "milestone_name"),
            (Milestone { name: "长".repeat(201), ..good() }, "milestone_name"),
        ] {
            assert_eq!(codes(std::slice::from_ref(&wrong)), [code], "{wrong:?}");
        }
        assert_eq!(codes(&[Milestone { name: "长".repeat(200), ..good() }]), Vec::<&str>::new());
        assert_eq!(codes(&[good(), good()]), ["milestone_repeats"]);
        assert_eq!(codes(&[]), ["plan_empty"]);
        let many = |count: usize| -> Vec<Milestone> {
            (0..count).map(|nth| Milestone { id: nth.to_string(), ..good() }).collect()
        };
        assert_eq!(codes(&many(MILESTONES_MAX)), Vec::<&str>::new());
        assert_eq!(codes(&many(MILESTONES_MAX + 1)), ["plan_too_long"]);
    }

    #[test]
    fn a_call_without_lanes_asks_for_none() {
        let none = milestone("a", None, "2026-02-01", "2026-03-01");
        assert_eq!(milestone_faults(&[none], &[], &two_years()), []);
        let some = milestone("a", Some("up"), "2026-02-01", "2026-03-01");
        let faults = milestone_faults(&[some], &[], &two_years());
        let finding = faults[0].finding(&Source::Operator);
        assert_eq!((finding.code.as_str(), finding.field.as_deref()), ("lane_unknown", Some("plan.1.lane")));
        assert!(finding.message.zh.contains("“up”") && !finding.remedy.en.is_empty());
    }
}
