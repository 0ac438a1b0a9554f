//! The text of a file, and where its values stand.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeFloat, DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Fault, Place, Step};

/// The text of a TOML file, parsed with spans.
#[derive(Debug)]
pub struct Source<'a> {
    text: &'a str,
    table: Spanned<DeTable<'a>>,
}

/// A syntax error of the file: where, and the parser's words.
#[derive(Debug)]
pub struct SyntaxError {
    /// Bytes from the start.
    pub span: Range<usize>,
    /// The parser's words.
    pub message: String,
}

impl<'a> Source<'a> {
    /// Parses the text; with syntax errors, all of them.
    pub fn parse(text: &'a str) -> Result<Self, Vec<SyntaxError>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            return Ok(Self { text, table });
        }
        Err(errors
            .into_iter()
            .map(|error| SyntaxError {
                span: error.span().unwrap_or(0..0),
                message: error.message().to_owned(),
            })
            .collect())
    }

    /// The root table.
    pub fn table(&self) -> &DeTable<'a> {
        self.table.get_ref()
    }

    /// The values as any type.
    pub fn document<T: DeserializeOwned>(&self) -> Result<T, toml::de::Error> {
        T::deserialize(toml::Deserializer::from(self.table.clone()))
    }

    /// The values as a plain table. Numbers that no type holds, each of which has a fault of shape, are left as `false`.
    pub fn values(&self) -> Result<toml::Table, toml::de::Error> {
        let mut table = self.table.clone();
        table.get_mut().iter_mut().for_each(|(_, value)| put_aside(value.get_mut()));
        toml::Table::deserialize(toml::Deserializer::from(table))
    }

    /// The fault with line and column.
    pub fn locate(&self, fault: Fault) -> Diagnostic {
        let offset = self.offset(&fault.place);
        let (line, column) = position(self.text, offset);
        Diagnostic { code: fault.code, line, column, message: fault.message, help: fault.help }
    }

    /// Byte offset of a place; of the nearest enclosing value where the place itself is missing.
    fn offset(&self, place: &Place) -> usize {
        let mut span: Range<usize> = self.first_key();
        let mut key_span = span.clone();
        let mut value: Option<&DeValue<'a>> = None;
        for step in &place.steps {
            let next = match (step, value) {
                (Step::Key(key), None) => entry(self.table.get_ref(), key),
                (Step::Key(key), Some(DeValue::Table(table))) => entry(table, key),
                (Step::Place(index), Some(DeValue::Array(array))) => {
                    array.get(*index).map(|found| (found.span(), found))
                }
                _ => None,
            };
            let Some((key, found)) = next else { break };
            key_span = key;
            span = found.span();
            value = Some(found.get_ref());
        }
        if place.at_key {
            return key_span.start;
        }
        match (place.inside, value) {
            (Some(characters), Some(DeValue::String(_))) => self.inside(&span, characters),
            _ => span.start,
        }
    }

    /// Bytes of the given character of a string value, past its opening quotes.
    fn inside(&self, span: &Range<usize>, characters: usize) -> usize {
        let literal = &self.text[span.clone()];
        let quotes = if literal.starts_with("'''") || literal.starts_with("\"\"\"") {
            // The first line break of a literal of several lines is not part of its value.
            let newline = ["\r\n", "\n"].into_iter().find(|newline| literal[3..].starts_with(newline));
            3 + newline.map_or(0, str::len)
        } else {
            1
        };
        let content = &literal[quotes.min(literal.len())..];
        let bytes = content.char_indices().nth(characters).map_or(content.len(), |(bytes, _)| bytes);
        span.start + quotes + bytes
    }

    fn first_key(&self) -> Range<usize> {
        self.table.get_ref().keys().map(Spanned::span).min_by_key(|span| span.start).unwrap_or(0..0)
    }
}

/// Puts a neutral value in the place of every number that no type holds.
fn put_aside(value: &mut DeValue<'_>) {
    match value {
        DeValue::Integer(integer) if i64::from_str_radix(integer.as_str(), integer.radix()).is_err() => {
            *value = DeValue::Boolean(false);
        }
        DeValue::Float(float) if overflows(float) => *value = DeValue::Boolean(false),
        DeValue::Array(array) => array.iter_mut().for_each(|value| put_aside(value.get_mut())),
        DeValue::Table(table) => table.iter_mut().for_each(|(_, value)| put_aside(value.get_mut())),
        _ => {}
    }
}

/// Whether a decimal number is written that is larger than any that can be held.
pub(crate) fn overflows(float: &DeFloat<'_>) -> bool {
    let text = float.as_str();
    !text.contains("inf") && text.parse().is_ok_and(|number: f64| number.is_infinite())
}

fn entry<'t, 'a>(table: &'t DeTable<'a>, key: &str) -> Option<(Range<usize>, &'t Spanned<DeValue<'a>>)> {
    table.get_key_value(key).map(|(key, value)| (key.span(), value))
}

/// Line and column, both from 1, of a byte offset; the column counts characters.
pub fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}
