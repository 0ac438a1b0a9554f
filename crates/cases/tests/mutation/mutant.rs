//! Mutants of a call file: one changed value each, found by walking the values with their places.

use std::fmt;
use std::ops::Range;

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::expression;

/// One change of the text of a file.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Bytes that are replaced.
    span: Range<usize>,
    /// By what.
    by: String,
    /// What stood there.
    was: String,
    /// Path of the value.
    path: String,
    /// Line from 1.
    pub line: usize,
    /// Indicator item that it stands in.
    pub item: Option<String>,
}

impl Mutant {
    /// The file with the change.
    pub fn applied(&self, text: &str) -> String {
        format!("{}{}{}", &text[..self.span.start], self.by, &text[self.span.end..])
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "line {} {}: {} → {}",
            self.line,
            self.path,
            self.was,
            if self.by.is_empty() { "nothing" } else { &self.by }
        )
    }
}

/// Tables that identify or describe the notice: nothing is judged by them.
const DESCRIBING: [&str; 11] = [
    "language",
    "call",
    "blanks",
    "levels",
    "clauses",
    "uncovered",
    "term",
    "statement",
    "choice",
    "cover",
    "requirement",
];

/// Truth values that only documents and pages show: a list is open, a seal is put, authorities preselect, a step of the calendar.
const SHOWN: [&str; 4] = ["open", "sealed", "preselects", "step"];

const COMPARATORS: [&str; 8] = [">=", ">", "<=", "<", "=", "covers", "within", "is"];
const STRENGTHS: [&str; 3] = ["must", "in_principle", "encouraged"];
const REGIONS: [&str; 3] = ["province", "separately_planned_city", "corps"];

/// All mutants of a file.
pub fn mutants(text: &str) -> Vec<Mutant> {
    let table = DeTable::parse(text).expect("a file that was read");
    let mut walk = Walk { text, found: Vec::new(), item: None };
    for (key, value) in table.get_ref().iter() {
        if !DESCRIBING.contains(&key.get_ref().as_ref()) {
            walk.entry("", key.get_ref(), key.span(), value, table.get_ref());
        }
    }
    walk.found
}

struct Walk<'t> {
    text: &'t str,
    found: Vec<Mutant>,
    item: Option<String>,
}

impl Walk<'_> {
    fn add(&mut self, path: &str, span: Range<usize>, by: impl Into<String>) {
        let (by, was) = (by.into(), self.text[span.clone()].to_owned());
        if by != was {
            let line = self.text[..span.start].matches('\n').count() + 1;
            self.found.push(Mutant { span, by, was, path: path.to_owned(), line, item: self.item.clone() });
        }
    }

    fn entry(
        &mut self,
        above: &str,
        key: &str,
        at: Range<usize>,
        value: &Spanned<DeValue<'_>>,
        around: &DeTable<'_>,
    ) {
        let path = if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") };
        if SHOWN.contains(&key) {
            return;
        }
        match value.get_ref() {
            DeValue::String(string) => self.string(&path, key, at, value.span(), string, around),
            DeValue::Table(table) => self.table(&path, table),
            DeValue::Array(array) => self.array(&path, key, array),
            _ => self.scalar(&path, value),
        }
    }

    fn table(&mut self, path: &str, table: &DeTable<'_>) {
        let text_of = |key: &str| table.get(key).and_then(|value| value.get_ref().as_str());
        let is_item = table.contains_key("comparator");
        let before = self.item.clone();
        if is_item {
            self.item = text_of("id").map(str::to_owned);
        }
        let name = text_of("id").or(text_of("code")).or(text_of("field"));
        let path = name.map_or(path.to_owned(), |name| format!("{path}[{name}]"));
        for (key, value) in table.iter() {
            self.entry(&path, key.get_ref(), key.span(), value, table);
        }
        self.item = before;
    }

    fn array(&mut self, path: &str, key: &str, array: &[Spanned<DeValue<'_>>]) {
        for element in array {
            match (element.get_ref(), key) {
                (DeValue::Table(table), _) => self.table(path, table),
                (DeValue::String(name), "admits" | "regions") => {
                    for other in REGIONS.iter().filter(|other| **other != name.as_ref()) {
                        self.add(path, element.span(), format!("\"{other}\""));
                    }
                }
                (DeValue::String(name), "one_of") => self.add(path, element.span(), format!("\"{name}×\"")),
                (DeValue::String(_) | DeValue::Array(_), _) => {}
                _ => self.scalar(path, element),
            }
        }
    }

    /// Numbers, dates and truth values.
    fn scalar(&mut self, path: &str, value: &Spanned<DeValue<'_>>) {
        let span = value.span();
        let raw = &self.text[span.clone()];
        match value.get_ref() {
            DeValue::Integer(_) | DeValue::Float(_) => {
                for by in neighbours(raw) {
                    self.add(path, span.clone(), by);
                }
            }
            DeValue::Boolean(truth) => self.add(path, span, (!truth).to_string()),
            DeValue::Datetime(_) => {
                for by in other_instants(raw) {
                    self.add(path, span.clone(), by);
                }
            }
            _ => {}
        }
    }

    fn string(
        &mut self,
        path: &str,
        key: &str,
        at: Range<usize>,
        span: Range<usize>,
        string: &str,
        around: &DeTable<'_>,
    ) {
        let has = |key: &str| around.contains_key(key);
        let others: Vec<String> = match key {
            "comparator" => names(&COMPARATORS, string),
            "unit" => {
                self.add(path, without(self.text, &at, &span), "");
                let counted = if string == "{台}" { "{件}" } else { "{台}" };
                vec![counted.to_owned(), "1".to_owned(), format!("k{string}")]
            }
            "label" => {
                let labels = around.get("labels").and_then(|labels| labels.get_ref().as_array());
                let labels = labels.into_iter().flat_map(|labels| labels.iter());
                labels
                    .filter_map(|label| label.get_ref().as_str())
                    .filter(|label| *label != string)
                    .map(str::to_owned)
                    .collect()
            }
            // 以内 and 不超过 are one limit in two wordings.
            "span" => vec![if string == "exactly" { "at_most" } else { "exactly" }.to_owned()],
            "from" if has("span") => names(&["list_published", "contract_signed"], string),
            // A rule that people decide has no finding whose weight could change.
            "strength" if has("span") || has("require") || has("max") || has("min") || has("percent") => {
                names(&STRENGTHS, string)
            }
            "need" => names(&["required", "if_any"], string),
            "per" => {
                names(&["application", "member"], string).into_iter().filter(|_| has("number")).collect()
            }
            "signer" => names(&["principal", "legal_representative"], string),
            "when" | "require" => {
                for (place, by) in expression::mutants(&self.text[span.clone()]) {
                    self.add(path, span.start + place.start..span.start + place.end, by);
                }
                Vec::new()
            }
            _ => Vec::new(),
        };
        for other in others.into_iter().filter(|other| other != string) {
            self.add(path, span.clone(), format!("\"{other}\""));
        }
    }
}

fn names(all: &[&str], written: &str) -> Vec<String> {
    all.iter().filter(|name| **name != written).map(|name| (*name).to_owned()).collect()
}

/// The bytes of an entry, with the comma before it where one stands on the way to the entry before.
fn without(text: &str, key: &Range<usize>, value: &Range<usize>) -> Range<usize> {
    let before = text[..key.start].trim_end();
    let start = if before.ends_with(',') { before.len() - 1 } else { key.start };
    start..value.end
}

/// Numbers next to a written one: ±1 and ×2 for whole numbers, the last digit ±1 for decimals.
pub fn neighbours(written: &str) -> Vec<String> {
    let plain = written.replace('_', "");
    if let Ok(whole) = plain.parse::<i64>() {
        return [whole - 1, whole + 1, whole * 2]
            .iter()
            .filter(|other| **other != whole)
            .map(i64::to_string)
            .collect();
    }
    let places = plain.split_once('.').map_or(0, |(_, places)| places.len());
    let digits: i64 = plain.replace('.', "").parse().expect("a decimal number without exponent");
    let decimal = |digits: i64| {
        let sign = if digits < 0 { "-" } else { "" };
        let padded = format!("{:0>width$}", digits.abs(), width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        format!("{sign}{whole}.{fraction}")
    };
    vec![decimal(digits - 1), decimal(digits + 1)]
}

/// Dates a day away; instants also a second and, by another offset, an hour away.
fn other_instants(written: &str) -> Vec<String> {
    let (day, rest) = written.split_at(10);
    let date: Date = day.parse().expect("a date");
    let mut others: Vec<String> = [date.yesterday(), date.tomorrow()]
        .into_iter()
        .map(|day| format!("{}{rest}", day.expect("a day")))
        .collect();
    if !rest.is_empty() {
        let at: jiff::Timestamp = written.parse().expect("an instant");
        let seconds = [-1, 1, -3600, 3600].map(|seconds| at + jiff::SignedDuration::from_secs(seconds));
        others.extend(seconds.iter().map(ToString::to_string));
    }
    others
}

#[test]
fn neighbours_stand_on_both_sides() {
    assert_eq!(neighbours("4"), ["3", "5", "8"]);
    assert_eq!(neighbours("0"), ["-1", "1"]);
    assert_eq!(neighbours("0.5"), ["0.4", "0.6"]);
    assert_eq!(neighbours("10.0"), ["9.9", "10.1"]);
    assert_eq!(neighbours("0.0"), ["-0.1", "0.1"]);
}
