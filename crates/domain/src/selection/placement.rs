//! Places and classes: every application exactly one, under the caps of its group.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::faults;
use super::plan::{Class, Stage, Tie};
use super::points::Points;
use super::ranking::Summed;
use super::rubric::Marked;
use crate::call::{Limit, Strength};
use crate::shared::Finding;

/// An application that takes part in a stage (参评项目).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrant {
    /// Its number.
    pub application: String,
    /// Its group, by [`super::GroupKey::group`].
    pub group: String,
    /// Its submitted sheets, each by another expert.
    pub sheets: Vec<Marked>,
}

/// More places of a class in a group than a cap in principle has (突破名额). It speaks of a group and a class, never of an
/// application: who takes the places follows from the scores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Group.
    pub group: String,
    /// Class.
    pub class: String,
    /// Places that it has instead.
    pub cap: u32,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approver: String,
}

/// What comes into a stage.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Applications, in any order.
    pub entrants: &'a [Entrant],
    /// Overrides, in any order.
    pub overrides: &'a [Override],
    /// Published seed of the lots; asked for where the chain of ties has a lot.
    pub seed: Option<&'a str>,
}

/// Where one application stands (排序与类别).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// Its number.
    pub application: String,
    /// Its group.
    pub group: String,
    /// Place in its group from 1; `None` where a veto keeps it out.
    pub rank: Option<u32>,
    /// Mean of its sheets, exact.
    pub mean: Points,
    /// Number of its sheets.
    pub sheets: u32,
    /// How far its sheets are apart.
    pub gap: Points,
    /// They are so far apart that the plan calls it a dispute.
    pub disputed: bool,
    /// Step of the chain of ties, from 0, that puts it behind the one above it with the same mean.
    pub tie: Option<usize>,
    /// Class.
    pub class: String,
    /// Place among those of its class and group from 1.
    pub nth: u32,
    /// Better classes that it is not in, and why.
    pub missed: Vec<Missed>,
}

/// Why an application is not in a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Class.
    pub class: String,
    /// Why.
    pub why: Why,
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// All places are taken.
    Full {
        /// Places.
        places: u32,
    },
    /// The mean is below the least of the class.
    Below {
        /// Least.
        least: Points,
    },
    /// A veto holds.
    Veto {
        /// Id of the veto.
        veto: String,
    },
}

/// How many of a class stand in a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Group.
    pub group: String,
    /// Class.
    pub class: String,
    /// Placed.
    pub placed: u32,
    /// Places; `None` where there is no cap.
    pub places: Option<u32>,
    /// Places before an override lifted them.
    pub lifted_from: Option<u32>,
}

/// What came of a stage (遴选结果): the same for the same inputs, in whatever order they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// Every application once, by group, then by place.
    pub placements: Vec<Placement>,
    /// Counts by group, then by class in the order of the stage.
    pub tallies: Vec<Tally>,
}

impl Selection {
    /// Placements of one class, by group, then by place.
    pub fn of_class<'s>(&'s self, class: &'s str) -> impl Iterator<Item = &'s Placement> {
        self.placements.iter().filter(move |placement| placement.class == class)
    }
}

/// Places every entrant of a stage. Limits of the call that count something else than the stage's places are left aside.
///
/// # Errors
/// All findings: an application or an expert that comes twice, too few sheets, no seed for the lots, an override that lifts
/// nothing, lifts what binds, has no reason or approver or names an application, a tie that a cap would cut.
pub fn select(stage: &Stage, limits: &[Limit], inputs: &Inputs<'_>) -> Result<Selection, Vec<Finding>> {
    let mut findings = input_findings(stage, limits, inputs);
    findings.extend(override_findings(stage, limits, inputs));
    if !findings.is_empty() {
        return Err(findings);
    }
    let lots = stage.aggregation.ties.contains(&Tie::Lot);
    let seed = inputs.seed.filter(|_| lots);
    let mut groups: BTreeMap<&str, Vec<Summed<'_>>> = BTreeMap::new();
    for entrant in inputs.entrants {
        groups.entry(&entrant.group).or_default().push(Summed::of(stage, entrant, seed));
    }
    let mut selection =
        Selection { placements: Vec::with_capacity(inputs.entrants.len()), tallies: Vec::new() };
    for (group, entrants) in groups {
        let mut filling = Filling::of(stage, limits, group, inputs.overrides);
        findings.extend(filling.place_all(entrants, &mut selection.placements));
        selection.tallies.extend(filling.tallies());
    }
    if findings.is_empty() { Ok(selection) } else { Err(findings) }
}

/// What is wrong with applications and sheets, by application.
fn input_findings(stage: &Stage, limits: &[Limit], inputs: &Inputs<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    if let Some((limit, _)) = stage.limit(limits).filter(|(limit, _)| limit.per != stage.per.id()) {
        all.push(faults::group_key_differs(stage, limit));
    }
    let seedless = inputs.seed.is_none_or(|seed| seed.trim().is_empty());
    if stage.aggregation.ties.contains(&Tie::Lot) && seedless {
        all.push(faults::lot_seed_missing());
    }
    let mut by_number: Vec<&Entrant> = inputs.entrants.iter().collect();
    by_number.sort_by(|one, other| one.application.cmp(&other.application));
    for (nth, entrant) in by_number.iter().enumerate() {
        if nth > 0 && by_number.get(nth - 1).is_some_and(|before| before.application == entrant.application) {
            all.push(faults::application_twice(entrant));
        }
        let sheets = entrant.sheets.len();
        let mut experts: Vec<&str> = entrant.sheets.iter().map(Marked::expert).collect();
        experts.sort_unstable();
        if let Some(pair) = experts.windows(2).find(|pair| pair.first() == pair.last()) {
            all.extend(pair.first().map(|expert| faults::expert_twice(entrant, expert)));
        }
        // A mean of nothing is no mean, whatever the plan says.
        let least = stage.aggregation.scores_min.max(1);
        if (sheets as u64) < u64::from(least) {
            all.push(faults::scores_too_few(stage, entrant, least));
        }
    }
    all
}

/// What is wrong with overrides, in the order of group and class.
fn override_findings(stage: &Stage, limits: &[Limit], inputs: &Inputs<'_>) -> Vec<Finding> {
    if inputs.overrides.is_empty() {
        return Vec::new();
    }
    let groups: BTreeSet<&str> = inputs.entrants.iter().map(|entrant| entrant.group.as_str()).collect();
    let mut sorted: Vec<&Override> = inputs.overrides.iter().collect();
    sorted.sort_by(|one, other| {
        (&one.group, &one.class, one.cap, &one.reason).cmp(&(
            &other.group,
            &other.class,
            other.cap,
            &other.reason,
        ))
    });
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for given in sorted {
        if !seen.insert((&given.group, &given.class)) {
            all.push(faults::override_twice(stage, given));
        }
        if !groups.contains(given.group.as_str()) {
            all.push(faults::override_group_unknown(stage, given, groups.iter().copied()));
        }
        if given.reason.trim().is_empty() || given.approver.trim().is_empty() {
            all.push(faults::override_without_reason(stage, given));
        }
        let named = inputs.entrants.iter().find(|entrant| given.reason.contains(&entrant.application));
        if let Some(entrant) = named.filter(|entrant| !entrant.application.is_empty()) {
            all.push(faults::override_names_application(stage, given, entrant));
        }
        let Some(class) = stage.class(&given.class) else {
            all.push(faults::override_class_unknown(stage, given));
            continue;
        };
        let bounds = bounds(stage, limits, class);
        let binding = |(most, strength): &(u32, Strength)| *strength == Strength::Must && *most < given.cap;
        match bounds.iter().map(|(most, _)| *most).min() {
            None => all.push(faults::override_without_cap(stage, class, given)),
            Some(most) if given.cap <= most => {
                all.push(faults::override_lifts_nothing(stage, class, given, most));
            }
            Some(_) => all.extend(
                bounds
                    .iter()
                    .find(|bound| binding(bound))
                    .map(|(most, _)| faults::override_against_must(stage, class, given, *most)),
            ),
        }
    }
    all
}

/// What bounds a class in a group, and how strictly: its own cap, the limit of the call.
fn bounds(stage: &Stage, limits: &[Limit], class: &Class) -> Vec<(u32, Strength)> {
    let own = class.cap.as_ref().map(|cap| (cap.most, cap.strength));
    let of_call = stage.limit(limits).filter(|_| class.counted).map(|(limit, most)| (most, limit.strength));
    own.into_iter().chain(of_call).collect()
}

/// The classes of a stage being filled for one group.
struct Filling<'a> {
    stage: &'a Stage,
    group: &'a str,
    /// Own places of each class, `None` for as many as there are; whether an override gave them.
    places: Vec<(Option<u32>, bool)>,
    /// Places that the limit of the call has for all counted classes together.
    shared: Option<(u32, Strength)>,
    placed: Vec<u32>,
}

impl<'a> Filling<'a> {
    fn of(stage: &'a Stage, limits: &[Limit], group: &'a str, overrides: &[Override]) -> Self {
        let places = |class: &Class| {
            let lifted = overrides.iter().find(|given| given.group == group && given.class == class.id);
            match lifted {
                Some(given) => (Some(given.cap), true),
                None => (class.cap.as_ref().map(|cap| cap.most), false),
            }
        };
        Self {
            stage,
            group,
            places: stage.classes.iter().map(places).collect(),
            shared: stage.limit(limits).map(|(limit, most)| (most, limit.strength)),
            placed: vec![0; stage.classes.len()],
        }
    }

    /// Places of a class in this group with all that came before it. An override lifts what the limit of the call leaves, if that
    /// is a limit in principle.
    fn places(&self, nth: usize) -> Option<u32> {
        let (own, lifted) = self.places.get(nth).copied()?;
        let class = self.stage.classes.get(nth)?;
        let shared =
            self.shared.filter(|(_, strength)| class.counted && (!lifted || *strength == Strength::Must));
        let left = shared.map(|(shared, _)| shared.saturating_sub(self.counted_before(nth)));
        own.into_iter().chain(left).min()
    }

    /// Places taken by counted classes before this one.
    fn counted_before(&self, nth: usize) -> u32 {
        let before = self.stage.classes.iter().zip(&self.placed).take(nth);
        before.filter(|(class, _)| class.counted).map(|(_, placed)| *placed).sum()
    }

    /// Places all applications of the group; says which ties a cap would cut.
    fn place_all(&mut self, mut entrants: Vec<Summed<'_>>, placements: &mut Vec<Placement>) -> Vec<Finding> {
        let stage = self.stage;
        entrants.sort_by(|one, other| {
            let numbers = || one.entrant.application.cmp(&other.entrant.application);
            one.before(other, stage).0.then_with(numbers)
        });
        let (vetoed, ranked): (Vec<_>, Vec<_>) = entrants
            .into_iter()
            .map(|entrant| (entrant.veto(stage), entrant))
            .partition(|(veto, _)| veto.is_some());
        let ranked: Vec<Summed<'_>> = ranked.into_iter().map(|(_, entrant)| entrant).collect();
        let mut findings = Vec::new();
        let mut place = 0;
        while let Some(first) = ranked.get(place) {
            let tied =
                ranked.iter().skip(place).take_while(|other| first.before(other, stage).0.is_eq()).count();
            let rank = u32::try_from(place + 1).unwrap_or(u32::MAX);
            let above = place.checked_sub(1).and_then(|above| ranked.get(above));
            let tie = above.and_then(|above| above.before(first, stage).1);
            let (class, missed, cut) = self.class_for(first, tied);
            findings.extend(cut);
            for entrant in ranked.iter().skip(place).take(tied) {
                placements.push(self.placement(entrant, Some(rank), tie, class, missed.clone()));
            }
            place += tied;
        }
        let last = stage.classes.len().saturating_sub(1);
        for (veto, entrant) in &vetoed {
            let id = veto.and_then(|nth| stage.rubric.vetoes().get(nth)).map(|veto| veto.id.clone());
            let why = Why::Veto { veto: id.unwrap_or_default() };
            let of = |class: &Class| Missed { class: class.id.clone(), why: why.clone() };
            let missed = stage.classes.iter().take(last).map(of).collect();
            placements.push(self.placement(entrant, None, None, last, missed));
        }
        findings
    }

    /// The class of those that are tied with `first`, why not a better one, and whether a cap would cut the tie.
    fn class_for(&self, first: &Summed<'_>, tied: usize) -> (usize, Vec<Missed>, Option<Finding>) {
        let mean = first.mean(self.stage);
        let tied = u32::try_from(tied).unwrap_or(u32::MAX);
        let mut missed = Vec::new();
        for (nth, class) in self.stage.classes.iter().enumerate() {
            let taken = self.placed.get(nth).copied().unwrap_or(0);
            let places = self.places(nth);
            if let Some(least) = class.least.filter(|least| mean < *least) {
                missed.push(Missed { class: class.id.clone(), why: Why::Below { least } });
            } else if let Some(places) = places.filter(|places| taken >= *places) {
                missed.push(Missed { class: class.id.clone(), why: Why::Full { places } });
            } else {
                let needed = taken.saturating_add(tied);
                let cut = places
                    .filter(|places| needed > *places)
                    .map(|places| faults::tie_at_cap(self.stage, class, self.group, (places, needed), tied));
                return (nth, missed, cut);
            }
        }
        (self.stage.classes.len().saturating_sub(1), missed, None)
    }

    fn placement(
        &mut self,
        entrant: &Summed<'_>,
        rank: Option<u32>,
        tie: Option<usize>,
        class: usize,
        missed: Vec<Missed>,
    ) -> Placement {
        let stage = self.stage;
        let mut nth = 0;
        if let Some(placed) = self.placed.get_mut(class) {
            *placed += 1;
            nth = *placed;
        }
        let gap = entrant.gap(stage);
        Placement {
            application: entrant.entrant.application.clone(),
            group: self.group.to_owned(),
            rank,
            mean: entrant.mean(stage),
            sheets: entrant.sheets,
            gap,
            disputed: stage.aggregation.dispute_gap.is_some_and(|limit| gap >= limit),
            tie,
            class: stage.classes.get(class).map(|class| class.id.clone()).unwrap_or_default(),
            nth,
            missed,
        }
    }

    fn tallies(&self) -> Vec<Tally> {
        let of = |(nth, class): (usize, &Class)| {
            let lifted = self.places.get(nth).is_some_and(|(_, lifted)| *lifted);
            let own = class.cap.as_ref().map(|cap| cap.most);
            let shared = self.shared.map(|(most, _)| most).filter(|_| class.counted);
            Tally {
                group: self.group.to_owned(),
                class: class.id.clone(),
                placed: self.placed.get(nth).copied().unwrap_or(0),
                places: self.places(nth),
                lifted_from: own.into_iter().chain(shared).min().filter(|_| lifted),
            }
        };
        self.stage.classes.iter().enumerate().map(of).collect()
    }
}
