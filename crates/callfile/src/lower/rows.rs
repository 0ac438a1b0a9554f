//! Rows of the rule catalogue that entries name.

use std::ops::RangeInclusive;

use super::Lowering;
use crate::diagnostic::Place;

/// Numbers of the rows: R1 to R28.
const ROWS: RangeInclusive<u8> = 1..=28;

impl Lowering<'_> {
    /// Every row that the file names is in the catalogue.
    pub(super) fn rows_exist(&mut self) {
        let document = self.document;
        let at = |table: &str, nth: usize| Place::root().key(table).nth(nth);
        let mut named: Vec<(&Option<String>, Place)> = Vec::new();
        named.extend(document.limit.iter().zip(0..).map(|(entry, nth)| (&entry.row, at("limit", nth))));
        named.extend(document.deadline.iter().zip(0..).map(|(entry, nth)| (&entry.row, at("deadline", nth))));
        named.extend(document.period.iter().zip(0..).map(|(entry, nth)| (&entry.row, at("period", nth))));
        named.extend(document.rule.iter().zip(0..).map(|(entry, nth)| (&entry.row, at("rule", nth))));
        named.extend(
            document.statement.iter().zip(0..).map(|(entry, nth)| (&entry.row, at("statement", nth))),
        );
        named.extend(document.target_year.iter().map(|entry| (&entry.row, Place::root().key("target_year"))));
        let notes = document.recommendation.iter().flat_map(|table| &table.notes).zip(0..);
        named.extend(
            notes.map(|(note, nth)| (&note.row, Place::root().key("recommendation").key("notes").nth(nth))),
        );
        for (row, place) in named {
            let Some(row) = row else { continue };
            if !ROWS.map(|number| format!("R{number}")).any(|known| known == *row) {
                let (first, last) = (ROWS.start(), ROWS.end());
                self.error(
                    "row_unknown",
                    place.key("row"),
                    (format!("规则目录中没有 {row}"), format!("The rule catalogue has no row {row}")),
                    (format!("写 R{first} 至 R{last}"), format!("Write one of R{first} to R{last}")),
                );
            }
        }
    }
}
