//! Units of the calls of the house: each is read, and no verdict depends on the unit that a promise is given in.

use jiebang_callfile::{Library, read};
use jiebang_domain::call::{Call, Item};
use jiebang_domain::shared::{
    Comparator, Number, Promise, PromiseValue, Target, Unit, UnitReading, Verdict, verdict,
};
use std::path::Path;

fn calls() -> Vec<Call> {
    let library = Library::default();
    let read_call = |id: &String| {
        let text = library.call(id).expect("a call").0;
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../calls").join(id);
        read(&text, Some(&home), &library).call.expect("a call")
    };
    let calls: Vec<Call> = library.ids().iter().map(read_call).collect();
    assert!(calls.len() >= 5);
    calls
}

/// What stands in quotation marks after `unit =`, in all files of a folder.
fn written(folder: &Path, units: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            written(&path, units);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let behind = text.split("unit = \"").skip(1);
            units.extend(behind.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
        }
    }
}

#[test]
fn every_unit_of_the_calls_is_read() {
    let mut units = Vec::new();
    written(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../calls"), &mut units);
    for call in calls() {
        units.extend(call.items().filter_map(|item| item.threshold.unit().map(str::to_owned)));
    }
    assert!(units.len() > 400, "{}", units.len());
    for unit in units {
        if let Err(error) = Unit::parse(&unit) {
            panic!("{unit}: {error}");
        }
    }
}

/// The bound that a single number is held against, and whether it is the least or the most.
fn bound(item: &Item) -> Option<(Comparator, Number)> {
    let comparator = item.threshold.comparator();
    match item.threshold.target() {
        Target::Number(target) if comparator != Comparator::Within => Some((comparator, target.clone())),
        Target::Pair { low, high } => match comparator {
            Comparator::Ge | Comparator::Gt => Some((comparator, low.clone())),
            Comparator::Le | Comparator::Lt => Some((comparator, high.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// A number so many thousand-millionths from another, which has no more than nine decimals.
fn beside(target: &Number, steps: i128) -> Number {
    let text = target.to_string();
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let scaled: i128 = format!("{whole}{decimals:0<9}").parse().expect("a decimal");
    Number::parse(&format!("{}e-9", scaled + steps)).expect("a number")
}

#[test]
fn thresholds_are_decided_beside_them_in_any_unit() {
    let mut judged = 0;
    for call in calls() {
        for item in call.items() {
            let (Some((comparator, target)), Some(unit)) = (bound(item), item.threshold.unit()) else {
                continue;
            };
            let verdicts = [-1, 0, 1].map(|steps| {
                let value = beside(&target, steps);
                let own = Unit::parse(unit).expect("a unit");
                let given = [unit.to_owned(), format!("10*3.({unit})"), format!("({unit})/7")].map(|given| {
                    let other = Unit::parse(&given).expect("a unit");
                    let value =
                        own.convert(&value, &other, UnitReading::Difference).expect("the same dimension");
                    verdict(
                        &item.threshold,
                        &Promise { value: PromiseValue::Number(value), unit: Some(given) },
                    )
                });
                assert!(given.iter().all(|verdict| *verdict == given[0]), "{}: {given:?}", item.id);
                given[0] == Verdict::Met
            });
            let expected = match comparator {
                Comparator::Ge => [false, true, true],
                Comparator::Gt => [false, false, true],
                Comparator::Le => [true, true, false],
                Comparator::Lt => [true, false, false],
                _ => [false, true, false],
            };
            assert_eq!(verdicts, expected, "{}", item.id);
            judged += 1;
        }
    }
    assert!(judged > 100, "{judged}");
}
