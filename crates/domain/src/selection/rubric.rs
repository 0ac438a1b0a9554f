//! What experts score, and on which scale.

use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::points::Points;
use crate::call::Source;
use crate::shared::{Number, Text};

/// Sum of all weights, and most points of a sheet.
const WEIGHTS: u64 = 100;
/// Most steps of one scale.
const STEPS_MAX: u32 = 1_000;
/// Finest part of a point that all scales together may need.
const WHOLE_MAX: u64 = 1_000_000_000;

/// A criterion (评分指标).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// What to look at.
    pub text: Text,
    /// Its share of 100.
    pub weight: u32,
    /// Best score; the worst is 0.
    pub max: Number,
    /// Scores are whole multiples of this.
    pub step: Number,
    /// A score needs a comment.
    pub comment: bool,
    /// Source.
    pub source: Source,
}

/// What keeps an application out whatever its scores (否决项).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Veto {
    /// Id.
    pub id: String,
    /// What is wrong with such an application.
    pub text: Text,
    /// It holds when so many sheets tick it.
    pub sheets: u32,
    /// Source.
    pub source: Source,
}

/// Criteria and vetoes of a sheet (评分表).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rubric {
    criteria: Vec<Criterion>,
    vetoes: Vec<Veto>,
    /// Steps of each scale.
    steps: Vec<u32>,
    /// What one step of each criterion adds, in parts of a point.
    units: Vec<u64>,
    /// Parts of a point.
    whole: u64,
}

/// Why criteria make no rubric (评分表有误). Places are from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RubricFault {
    /// There is no criterion.
    Empty,
    /// The weights do not sum to 100.
    Weights {
        /// What they sum to.
        sum: u64,
    },
    /// A criterion of no weight.
    Weightless(usize),
    /// Best score or step is not above zero.
    Scale(usize),
    /// The best score is no whole number of steps.
    Step(usize),
    /// More than 1000 steps.
    Fine(usize),
    /// The scales together divide a point into more than 10⁹ parts.
    Apart,
    /// The id of a criterion stands twice.
    Twice(usize),
    /// The id of a veto stands twice.
    VetoTwice(usize),
    /// A veto that no sheet need tick.
    VetoAlways(usize),
}

/// One expert's scores of one application, checked against the rubric (有效评分).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    pub(super) expert: String,
    /// Steps of the scale by criterion.
    pub(super) steps: Vec<u32>,
    /// Places of vetoes that are ticked.
    pub(super) vetoes: Vec<usize>,
}

impl Marked {
    /// Who scored.
    pub fn expert(&self) -> &str {
        &self.expert
    }
}

impl Rubric {
    /// Takes criteria and vetoes.
    ///
    /// # Errors
    /// All faults.
    pub fn new(criteria: Vec<Criterion>, vetoes: Vec<Veto>) -> Result<Self, Vec<RubricFault>> {
        let mut faults = Vec::new();
        let sum: u64 = criteria.iter().map(|criterion| u64::from(criterion.weight)).sum();
        if criteria.is_empty() {
            faults.push(RubricFault::Empty);
        } else if sum != WEIGHTS {
            faults.push(RubricFault::Weights { sum });
        }
        let mut steps = Vec::new();
        for (nth, criterion) in criteria.iter().enumerate() {
            if criterion.weight == 0 {
                faults.push(RubricFault::Weightless(nth));
            }
            if criteria.iter().take(nth).any(|earlier| earlier.id == criterion.id) {
                faults.push(RubricFault::Twice(nth));
            }
            match scale(criterion, nth) {
                Ok(count) => steps.push(count),
                Err(fault) => faults.push(fault),
            }
        }
        for (nth, veto) in vetoes.iter().enumerate() {
            if vetoes.iter().take(nth).any(|earlier| earlier.id == veto.id) {
                faults.push(RubricFault::VetoTwice(nth));
            }
            if veto.sheets == 0 {
                faults.push(RubricFault::VetoAlways(nth));
            }
        }
        let whole = steps.iter().try_fold(1_u64, |whole, count| joint(whole, u64::from(*count)));
        match whole {
            Some(whole) if faults.is_empty() => {
                let of = |(criterion, count): (&Criterion, &u32)| {
                    u64::from(criterion.weight) * (whole / u64::from(*count))
                };
                let units = criteria.iter().zip(&steps).map(of).collect();
                Ok(Self { criteria, vetoes, steps, units, whole })
            }
            Some(_) => Err(faults),
            None => Err(faults.into_iter().chain([RubricFault::Apart]).collect()),
        }
    }

    /// Criteria in order.
    pub fn criteria(&self) -> &[Criterion] {
        &self.criteria
    }

    /// Vetoes in order.
    pub fn vetoes(&self) -> &[Veto] {
        &self.vetoes
    }

    /// How many steps a score of a criterion is; `None` off the scale or between steps.
    pub(super) fn steps_of(&self, nth: usize, score: &Number) -> Option<u32> {
        let step = self.criteria.get(nth)?.step.ratio();
        let steps = whole_steps(score.ratio(), step)?;
        self.steps.get(nth).is_some_and(|most| steps <= *most).then_some(steps)
    }

    /// What a sheet adds up to, in [`Rubric::whole`] parts of a point.
    pub(super) fn total(&self, marked: &Marked) -> u64 {
        marked.steps.iter().zip(&self.units).map(|(steps, unit)| u64::from(*steps) * unit).sum()
    }

    /// Parts of a point.
    pub(super) fn whole(&self) -> u64 {
        self.whole
    }

    /// What a sheet adds up to: 0 to 100 points.
    pub fn points(&self, marked: &Marked) -> Points {
        let total = i128::from(self.total(marked));
        // A rubric divides a point into at least one part.
        Points::new(total, i128::from(self.whole)).unwrap_or(Points::ZERO)
    }
}

/// Steps of the scale of a criterion.
fn scale(criterion: &Criterion, nth: usize) -> Result<u32, RubricFault> {
    let zero = Number::from(0);
    if criterion.max <= zero || criterion.step <= zero {
        return Err(RubricFault::Scale(nth));
    }
    let steps = criterion.max.ratio() / criterion.step.ratio();
    if !steps.is_integer() {
        return Err(RubricFault::Step(nth));
    }
    let steps = steps.to_integer().to_u32();
    steps.filter(|steps| *steps <= STEPS_MAX).ok_or(RubricFault::Fine(nth))
}

fn whole_steps(score: &BigRational, step: &BigRational) -> Option<u32> {
    let steps = score / step;
    steps.is_integer().then(|| steps.to_integer().to_u32()).flatten()
}

/// Least common multiple, within bounds.
fn joint(one: u64, other: u64) -> Option<u64> {
    let (mut divisor, mut rest) = (one, other);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    one.checked_mul(other / divisor).filter(|whole| *whole <= WHOLE_MAX)
}
