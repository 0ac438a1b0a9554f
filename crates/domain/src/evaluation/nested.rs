//! Counts within counts: of so many cases, so many of one kind.

use super::{EvaluationFault, Measurement};
use crate::call::Item;
use crate::shared::{Comparator, Promise, PromiseValue, Target, Threshold, Verdict, promise_words, verdict};

/// Items that are counted among others (`Item::of`) and were measured above them. The last measurement that counts stands for each.
pub fn nested_faults<'m>(
    items: &[&Item],
    measured: impl Fn(&str) -> &'m [Measurement],
) -> Vec<EvaluationFault> {
    let mut faults = Vec::new();
    for item in items {
        let Some(parent) = item.of.as_deref() else { continue };
        let whole = items.iter().find(|other| other.id == parent);
        let (part_value, whole_value) = (last(measured(&item.id)), last(measured(parent)));
        let (Some(whole), Some(part_value), Some(whole_value)) = (whole, part_value, whole_value) else {
            continue;
        };
        if above(&part_value, &whole_value) {
            faults.push(EvaluationFault::PartAboveWhole {
                part: item.name.clone(),
                whole: whole.name.clone(),
                part_value: promise_words(&item.threshold, &part_value),
                whole_value: promise_words(&whole.threshold, &whole_value),
            });
        }
    }
    faults
}

fn last(measurements: &[Measurement]) -> Option<Promise> {
    let last = measurements.iter().rev().find(|measurement| measurement.counts())?;
    Some(Promise { value: last.value.clone(), unit: last.unit.clone() })
}

/// Whether a number is above another one; not where the two cannot be compared.
fn above(part: &Promise, whole: &Promise) -> bool {
    let PromiseValue::Number(most) = &whole.value else { return false };
    Threshold::new(Comparator::Le, Target::Number(most.clone()), whole.unit.clone())
        .is_ok_and(|most| verdict(&most, part) == Verdict::NotMet)
}
