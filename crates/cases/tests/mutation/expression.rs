//! Mutants of an expression: numbers, comparators, truth values, connectives and names of a list.

use std::ops::Range;

use crate::mutant::neighbours;

const COMPARATORS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];

/// Changes within a string literal of a call file: bytes and what stands there instead.
pub fn mutants(literal: &str) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let open = if literal.starts_with("'''") || literal.starts_with("\"\"\"") { 3 } else { 1 };
    let end = literal.len() - open;
    let mut at = open;
    while at < end {
        let rest = &literal[at..end];
        let length = token(rest);
        let word = &rest[..length];
        let is_name_part = literal[..at]
            .ends_with(|before: char| before == '.' || before == '_' || before.is_alphanumeric());
        found.extend(others(word, is_name_part).into_iter().map(|other| (at..at + length, other)));
        at += length;
    }
    found
}

/// Bytes of the token that `rest` begins with.
fn token(rest: &str) -> usize {
    if let Some(comparator) = COMPARATORS.into_iter().chain(["&&", "||"]).find(|sign| rest.starts_with(sign))
    {
        return comparator.len();
    }
    let first = rest.chars().next().expect("not at the end");
    let run = |part: fn(char) -> bool| rest.find(|character| !part(character)).unwrap_or(rest.len());
    match first {
        '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
        '0'..='9' => run(|character| character.is_ascii_digit() || character == '.'),
        _ if first.is_alphabetic() || first == '_' => {
            run(|character| character.is_alphanumeric() || character == '_')
        }
        _ => first.len_utf8(),
    }
}

fn others(word: &str, is_name_part: bool) -> Vec<String> {
    let one = |other: &str| vec![other.to_owned()];
    match word {
        _ if COMPARATORS.contains(&word) => {
            COMPARATORS.iter().filter(|other| **other != word).map(|other| (*other).to_owned()).collect()
        }
        "&&" => one("||"),
        "||" => one("&&"),
        "true" if !is_name_part => one("false"),
        "false" if !is_name_part => one("true"),
        "exists" => one("all"),
        "all" => one("exists"),
        "!" => one(""),
        "\"\"" => Vec::new(),
        _ if word.starts_with('"') => one("\"\""),
        _ if word.starts_with(|first: char| first.is_ascii_digit()) && !is_name_part => neighbours(word),
        _ => Vec::new(),
    }
}

#[test]
fn an_expression_is_changed_one_word_at_a_time() {
    let changed: Vec<String> =
        mutants("'!(a.b1 >= 2) || true'").into_iter().map(|(place, by)| format!("{place:?}{by}")).collect();
    assert_eq!(
        changed,
        [
            "1..2",
            "8..10==",
            "8..10!=",
            "8..10<=",
            "8..10<",
            "8..10>",
            "11..121",
            "11..123",
            "11..124",
            "14..16&&",
            "17..21false"
        ]
    );
    assert_eq!(mutants("'''\nx in [\"a\", \"\"]'''"), [(10..13, "\"\"".to_owned())]);
}
