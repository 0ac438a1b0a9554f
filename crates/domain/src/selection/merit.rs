//! What sheets come to: exact means, of the whole and of each criterion.

use std::cmp::Ordering;

use super::plan::{Criterion, Plan, Tie};
use super::sheet::{HUNDREDTHS, Sheet};
use crate::shared::Text;

/// A mean (平均分): a sum of whole numbers and how many there were of them, compared without rounding.
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    sum: u128,
    /// Never 0.
    parts: u128,
}

impl Mean {
    /// A fraction; `None` where it is of nothing.
    pub fn new(sum: u64, parts: u64) -> Option<Self> {
        (parts > 0).then_some(Self { sum: u128::from(sum), parts: u128::from(parts) })
    }

    /// Rounded down to four places after the point.
    pub fn words(&self) -> Text {
        let whole = self.sum / self.parts;
        let part = self.sum % self.parts * 10_000 / self.parts;
        let exact = (self.sum % self.parts * 10_000).is_multiple_of(self.parts);
        let digits = format!("{part:04}");
        let digits = digits.trim_end_matches('0');
        let number = if digits.is_empty() { whole.to_string() } else { format!("{whole}.{digits}") };
        if exact {
            Text::new(number.clone(), number)
        } else {
            Text::new(format!("约 {number}"), format!("about {number}"))
        }
    }

    /// Whether it is at least so many hundredths.
    pub fn reaches(&self, hundredths: u32) -> bool {
        self.sum * u128::from(HUNDREDTHS) >= u128::from(hundredths) * self.parts
    }
}

impl PartialEq for Mean {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Mean {}

impl PartialOrd for Mean {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Mean {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.sum * other.parts).cmp(&(other.sum * self.parts))
    }
}

/// What the sheets of an application come to: the mean of the totals, in points of 100, and the mean of each criterion of the tie
/// chain; `None` where there are fewer sheets than the plan asks for. No sheet is made up for one that is missing.
pub fn merit(plan: &Plan, sheets: &[Sheet]) -> Option<Vec<Mean>> {
    let count = u64::try_from(sheets.len()).ok()?;
    if count < u64::from(plan.sheets_min.max(1)) {
        return None;
    }
    let mut all = vec![total(plan, sheets, count)?];
    for tie in &plan.ties {
        if let Tie::Criterion(id) = tie {
            let sum = sheets.iter().map(|sheet| u64::from(sheet.mark(id))).sum();
            all.push(Mean::new(sum, count * u64::from(HUNDREDTHS))?);
        }
    }
    Some(all)
}

/// Each criterion's marks, of its highest one, of its weight: over the common multiple of the scales, so that nothing is divided
/// before the end.
fn total(plan: &Plan, sheets: &[Sheet], count: u64) -> Option<Mean> {
    let common = common_scale(plan)?;
    let mut sum = 0_u128;
    for criterion in &plan.criteria {
        let marks: u128 = sheets.iter().map(|sheet| u128::from(sheet.mark(&criterion.id))).sum();
        let part = common.checked_div(scale(criterion))?.checked_mul(u128::from(criterion.weight))?;
        sum = sum.checked_add(part.checked_mul(marks)?)?;
    }
    let parts = common.checked_mul(u128::from(count))?;
    let shared = divisor(sum, parts).max(1);
    Some(Mean { sum: sum / shared, parts: parts / shared })
}

fn scale(criterion: &Criterion) -> u128 {
    u128::from(criterion.points) * u128::from(HUNDREDTHS)
}

/// The common multiple of all scales; `None` where it is beyond what sums can be made of.
pub(super) fn common_scale(plan: &Plan) -> Option<u128> {
    plan.criteria.iter().try_fold(1_u128, |all, of| multiple(all, scale(of)))
}

/// Least common multiple; `None` beyond what sums can be made of.
fn multiple(one: u128, other: u128) -> Option<u128> {
    if other == 0 {
        return None;
    }
    (one / divisor(one, other)).checked_mul(other).filter(|common| *common < 1 << 48)
}

/// Greatest common divisor.
fn divisor(mut one: u128, mut other: u128) -> u128 {
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one
}
