//! Every fault of a call file has a code, a place, a message and a remedy in both languages.

mod faults;
mod hostile;
mod house;
mod plan;
mod season;
mod signs;
mod syntax;
mod toml_1_0;
mod twice;
mod units;

use jiebang_callfile::{Diagnostic, Library, Reading, read};
use std::collections::BTreeMap;

/// A call without a fault.
const BASE: &str = include_str!("base.toml");

/// A library that knows the shared file of [`BASE`], one that is faulty, one with an empty text, and one with an odd one.
fn library() -> Library {
    let kinds = include_str!("kinds.toml").to_owned();
    let faulty = "language = 1\nlists = 3\n".to_owned();
    let blank = "language = 1\n[levels]\ntopic = [\"\", \"Topic\"]\n".to_owned();
    let odd = "language = 1\n[levels]\ntopic = [\"{year}\", \"Topic\"]\n".to_owned();
    Library {
        calls: None,
        kept: BTreeMap::from([
            ("kinds".to_owned(), kinds),
            ("faulty".to_owned(), faulty),
            ("blank".to_owned(), blank),
            ("odd".to_owned(), odd),
        ]),
    }
}

fn check(text: &str) -> Reading {
    read(text, None, &library())
}

/// [`BASE`] with `from` replaced by `to`, or `to` appended where `from` is empty.
fn changed(from: &str, to: &str) -> String {
    if from.is_empty() {
        return format!("{BASE}\n{to}");
    }
    assert!(BASE.contains(from), "{from} is not in the base");
    BASE.replacen(from, to, 1)
}

/// The text without its first mark `¦`, and line and column of the mark.
fn marked(text: &str) -> (String, usize, usize) {
    let before = text.split('¦').next().expect("a first part");
    assert!(before.len() < text.len(), "no mark in {text}");
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().expect("a last line").chars().count() + 1;
    (text.replacen('¦', "", 1), line, column)
}

/// Code, line and column.
fn place(fault: &Diagnostic) -> (&'static str, usize, usize) {
    (fault.code, fault.line, fault.column)
}

/// Message and help are there in both languages, and the place is in the file.
fn assert_whole(text: &str, fault: &Diagnostic) {
    for words in [&fault.message, &fault.help] {
        assert!(!words.zh.trim().is_empty() && !words.en.trim().is_empty(), "{fault:?}");
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let line = fault.line.checked_sub(1).and_then(|nth| lines.get(nth));
    let line = line.unwrap_or_else(|| panic!("outside the file: {fault:?}"));
    assert!((1..=line.chars().count() + 1).contains(&fault.column), "outside the line: {fault:?}");
}

#[test]
fn the_base_has_no_fault() {
    let reading = check(BASE);
    assert!(
        reading.errors.is_empty() && reading.warnings.is_empty(),
        "{:#?} {:#?}",
        reading.errors,
        reading.warnings
    );
}
