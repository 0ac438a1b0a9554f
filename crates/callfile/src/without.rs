//! A file without what is wrong with its shape, so that all the rest can be read, and where the rest stood.

use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use toml::{Table, Value};

use crate::diagnostic::{Fault, Place, Step};

/// Tables whose keys the writer chooses.
const MAPS: [&str; 4] = ["blanks", "levels", "clauses", "uncovered"];

/// Values that are left out because of a fault of shape.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// Their places in the file, none inside another.
    places: BTreeSet<Vec<Step>>,
}

impl LeftOut {
    /// What must be left out: an unknown key alone, anything else with the array element or the table around it. The table `root`
    /// itself, such as `call`, is mended rather than left out, for without it nothing could be read.
    pub(crate) fn of(root: &str, table: &Table, faults: &[Fault]) -> Self {
        let root = table.get(root).is_some_and(Value::is_table).then_some(root);
        let all: BTreeSet<Vec<Step>> = faults
            .iter()
            .map(|fault| left_out(&fault.place, root))
            .filter(|steps| !steps.is_empty())
            .collect();
        let inside = |steps: &Vec<Step>| (1..steps.len()).any(|length| all.contains(&steps[..length]));
        Self { places: all.iter().filter(|steps| !inside(steps)).cloned().collect() }
    }

    /// The document without them; `mend` gives the table `root`, where there is one, what it must have.
    pub(crate) fn without<T: DeserializeOwned>(
        &self,
        root: &str,
        mut table: Table,
        mend: impl FnOnce(&mut Table),
    ) -> Result<T, toml::de::Error> {
        let whole = table.get(root).is_some_and(Value::is_table);
        // Later elements first, so that the places of earlier ones stay what they are.
        for steps in self.places.iter().rev() {
            remove(&mut table, steps);
        }
        if !table.contains_key("language") {
            table.insert("language".to_owned(), Value::Integer(1));
        }
        if whole {
            mend(&mut table);
        }
        T::deserialize(table)
    }

    /// Where in the file a place of the document stands.
    pub(crate) fn in_file(&self, mut place: Place) -> Place {
        for depth in 0..place.steps.len() {
            let (above, rest) = place.steps.split_at_mut(depth);
            let Some(Step::Place(nth)) = rest.first_mut() else { continue };
            for left_out in &self.places {
                if let Some((Step::Place(gone), around)) = left_out.split_last()
                    && around == above
                    && *gone <= *nth
                {
                    *nth += 1;
                }
            }
        }
        place
    }
}

fn left_out(place: &Place, root: Option<&str>) -> Vec<Step> {
    if place.at_key {
        return place.steps.clone();
    }
    // What is wrong in a pair takes the pair with it.
    let steps = &place.steps[..place.steps.len() - usize::from(place.fixed)];
    let element = steps.iter().rposition(|step| matches!(step, Step::Place(_)));
    match element {
        Some(nth) => steps[..=nth].to_vec(),
        None if root.is_some_and(|root| steps.first() == Some(&Step::Key(root.to_owned()))) => {
            // A key that is missing from the root takes nothing with it.
            if steps.len() == 1 { Vec::new() } else { steps[..2].to_vec() }
        }
        // An entry of a map goes alone; any other table may need the key.
        None if MAPS.iter().any(|map| steps.first() == Some(&Step::Key((*map).to_owned()))) => steps.to_vec(),
        None => steps.iter().take(1).cloned().collect(),
    }
}

fn remove(table: &mut Table, steps: &[Step]) {
    let Some((last, path)) = steps.split_last() else { return };
    let mut value = Value::Table(std::mem::take(table));
    let mut at = Some(&mut value);
    for step in path {
        at = at.and_then(|value| match (step, value) {
            (Step::Key(key), Value::Table(table)) => table.get_mut(key),
            (Step::Place(nth), Value::Array(array)) => array.get_mut(*nth),
            _ => None,
        });
    }
    match (last, at) {
        (Step::Key(key), Some(Value::Table(table))) => {
            table.remove(key);
        }
        (Step::Place(nth), Some(Value::Array(array))) if *nth < array.len() => {
            array.remove(*nth);
        }
        _ => {}
    }
    if let Value::Table(restored) = value {
        *table = restored;
    }
}

/// Neutral values for what the call must have and what is missing or was left out; its absence is reported already.
pub(crate) fn mend_call(table: &mut Table) {
    let clauses = table.get("clauses").and_then(Value::as_table);
    let clause = clauses.and_then(|clauses| clauses.keys().next()).cloned().unwrap_or_default();
    let Some(Value::Table(call)) = table.get_mut("call") else { return };
    let mut mend = |key: &str, value: Value| {
        call.entry(key).or_insert(value);
    };
    mend("id", Value::String("unnamed".to_owned()));
    mend("kind", Value::String("challenge".to_owned()));
    mend("title", Value::Array(vec![Value::String(String::new()), Value::String(String::new())]));
    mend("year", Value::Integer(0));
    mend("clause", Value::String(clause));
}
