//! References to clauses of a notice.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Identifier of a clause (条款), written as in the notice: `三(二)`, `F-表(二)`; half-width parentheses, no §.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClauseId(String);

impl ClauseId {
    /// Takes the identifier as it stands; full-width parentheses become half-width.
    pub fn new(id: impl AsRef<str>) -> Self {
        Self(id.as_ref().trim().replace('（', "(").replace('）', ")"))
    }

    /// The identifier as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The anchor of the clause on a page: Chinese numerals become digits, parentheses become hyphens, letters
    /// become lower case, so `三(二)` is `3-2` and `F-表(二)` is `f-表-2`.
    pub fn anchor(&self) -> String {
        let mut anchor = String::new();
        let mut numeral = String::new();
        for character in self.0.chars().chain(std::iter::once('\0')) {
            if DIGITS.contains(character) || character == '十' {
                if numeral.is_empty() && anchor.ends_with(|last: char| last.is_ascii_digit()) {
                    anchor.push('-');
                }
                numeral.push(character);
                continue;
            }
            if !numeral.is_empty() {
                anchor.push_str(&number_of(&numeral).to_string());
                numeral.clear();
            }
            match character {
                '\0' => break,
                '(' | '.' | '-' | '/' | ' ' => anchor.push('-'),
                ')' => anchor.push('-'),
                other => anchor.extend(other.to_lowercase()),
            }
        }
        let mut tidy = String::new();
        for part in anchor.split('-').filter(|part| !part.is_empty()) {
            if !tidy.is_empty() {
                tidy.push('-');
            }
            tidy.push_str(part);
        }
        tidy
    }
}

impl fmt::Display for ClauseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

const DIGITS: &str = "一二三四五六七八九";

/// Value of a Chinese numeral from one to ninety-nine.
fn number_of(numeral: &str) -> usize {
    let digit =
        |character: char| DIGITS.chars().position(|digit| digit == character).map_or(0, |place| place + 1);
    match numeral.split_once('十') {
        None => numeral.chars().fold(0, |total, character| total * 10 + digit(character)),
        Some((tens, units)) => {
            let tens = tens.chars().next().map_or(1, digit);
            tens * 10 + units.chars().next().map_or(0, digit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ClauseId;

    #[test]
    fn anchors_are_digits_and_hyphens() {
        for (id, anchor) in [
            ("三(二)", "3-2"),
            ("三（二）", "3-2"),
            ("F-表(二)", "f-表-2"),
            ("F-须知三", "f-须知3"),
            ("十二", "12"),
            ("G(一)1", "g-1-1"),
            ("P5.K2", "p5-k2"),
        ] {
            assert_eq!(ClauseId::new(id).anchor(), anchor, "{id}");
        }
    }
}
