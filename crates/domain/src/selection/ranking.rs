//! The order of applications: mean, then the chain of ties.

use std::cmp::Ordering;

use sha2::{Digest, Sha256};

use super::placement::Entrant;
use super::plan::{Stage, Tie};
use super::points::Points;

/// An application with its sums, ready to be compared.
#[derive(Debug)]
pub(super) struct Summed<'a> {
    pub(super) entrant: &'a Entrant,
    /// Sum over its sheets, in parts of a point.
    total: u64,
    /// Number of sheets.
    pub(super) sheets: u32,
    /// Sums over its sheets, in steps, by criterion.
    criteria: Vec<u64>,
    /// Lowest and highest sheet, in parts of a point.
    range: (u64, u64),
    lot: Option<[u8; 32]>,
}

impl<'a> Summed<'a> {
    pub(super) fn of(stage: &Stage, entrant: &'a Entrant, seed: Option<&str>) -> Self {
        let rubric = &stage.rubric;
        let mut criteria = vec![0; rubric.criteria().len()];
        let (mut total, mut low, mut high) = (0, u64::MAX, 0);
        for sheet in &entrant.sheets {
            let points = rubric.total(sheet);
            total += points;
            (low, high) = (low.min(points), high.max(points));
            for (sum, steps) in criteria.iter_mut().zip(&sheet.steps) {
                *sum += u64::from(*steps);
            }
        }
        let sheets = u32::try_from(entrant.sheets.len()).unwrap_or(u32::MAX);
        let lot = seed.map(|seed| lot(seed, &entrant.application));
        Self { entrant, total, sheets, criteria, range: (low.min(high), high), lot }
    }

    /// Mean of its sheets.
    pub(super) fn mean(&self, stage: &Stage) -> Points {
        parts(self.total, u64::from(self.sheets) * stage.rubric.whole())
    }

    /// How far its sheets are apart.
    pub(super) fn gap(&self, stage: &Stage) -> Points {
        parts(self.range.1 - self.range.0, stage.rubric.whole())
    }

    /// Whether so many sheets tick a veto: its place in the rubric.
    pub(super) fn veto(&self, stage: &Stage) -> Option<usize> {
        let ticked =
            |nth: usize| self.entrant.sheets.iter().filter(|sheet| sheet.vetoes.contains(&nth)).count();
        let holds = |(nth, veto): (usize, &super::Veto)| {
            (ticked(nth) as u64 >= u64::from(veto.sheets)).then_some(nth)
        };
        stage.rubric.vetoes().iter().enumerate().find_map(holds)
    }

    /// Who comes first by means alone.
    fn by_mean(&self, other: &Self) -> Ordering {
        higher(self, other, self.total, other.total)
    }

    /// Who comes first by one step of the chain.
    fn by_tie(&self, other: &Self, stage: &Stage, tie: &Tie) -> Ordering {
        match tie {
            Tie::Criterion(id) => {
                let nth = stage.rubric.criteria().iter().position(|criterion| criterion.id == *id);
                let sum = |of: &Self| nth.and_then(|nth| of.criteria.get(nth)).copied().unwrap_or(0);
                higher(self, other, sum(self), sum(other))
            }
            Tie::Scores => other.sheets.cmp(&self.sheets),
            // Two seeds never give one lot to two numbers; if they did, the numbers would part them.
            Tie::Lot => self
                .lot
                .cmp(&other.lot)
                .then_with(|| self.entrant.application.cmp(&other.entrant.application)),
            Tie::AllTied => Ordering::Equal,
        }
    }

    /// Who comes first by means and ties, and the step of the chain that parted them, where means did not.
    pub(super) fn before(&self, other: &Self, stage: &Stage) -> (Ordering, Option<usize>) {
        let by_mean = self.by_mean(other);
        if by_mean.is_ne() {
            return (by_mean, None);
        }
        for (nth, tie) in stage.aggregation.ties.iter().enumerate() {
            let by_tie = self.by_tie(other, stage, tie);
            if by_tie.is_ne() {
                return (by_tie, Some(nth));
            }
        }
        (Ordering::Equal, None)
    }
}

/// Compares sums over different numbers of sheets without dividing; the higher mean comes first.
fn higher(one: &Summed<'_>, other: &Summed<'_>, of_one: u64, of_other: u64) -> Ordering {
    let scaled = |sum: u64, by: u32| u128::from(sum) * u128::from(by);
    scaled(of_other, one.sheets).cmp(&scaled(of_one, other.sheets))
}

fn parts(of: u64, whole: u64) -> Points {
    Points::new(i128::from(of), i128::from(whole)).unwrap_or(Points::ZERO)
}

/// The lot of an application (抽签): the SHA-256 of the published seed, a zero byte and the application's number; the smallest
/// comes first. Whoever knows the seed can draw it again.
pub fn lot(seed: &str, application: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(seed.as_bytes());
    hash.update([0]);
    hash.update(application.as_bytes());
    hash.finalize().into()
}
