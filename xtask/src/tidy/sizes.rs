//! Files and functions that are too long to be read at once.

use super::{Fault, House, rust};

/// Most lines of a function.
const FUNCTION_LINES_MAX: usize = 70;
/// From here on a file is named; half a thousand lines is where to begin to think of parting it.
const FILE_LINES_WORTH_A_LOOK: usize = 700;

/// Functions over the cap, tests not counted.
pub(crate) fn long_functions(house: &House) -> Vec<Fault> {
    let files = house.files.iter().filter(|file| file.is_rust() && !file.is_test());
    let long = files.flat_map(|file| {
        let long =
            rust::functions(&file.code).into_iter().filter(|function| function.lines > FUNCTION_LINES_MAX);
        long.map(|function| {
            let message = format!(
                "function {} has {} lines, at most {FUNCTION_LINES_MAX}",
                function.name, function.lines
            );
            file.fault(function.line, message)
        })
    });
    long.collect()
}

/// Files that had better be parted: a warning.
pub(crate) fn long_files(house: &House) -> Vec<Fault> {
    let written = |file: &&super::File| file.is_rust() && !file.is_test();
    let long = house.files.iter().filter(written).filter_map(|file| {
        let lines = file.code.trim_end().lines().count();
        let message = format!("{lines} lines before the tests, soft cap 500");
        (lines > FILE_LINES_WORTH_A_LOOK).then(|| file.fault(1, message))
    });
    long.collect()
}
