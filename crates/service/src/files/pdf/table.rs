//! The table of a file: where each object is, by the newest state of the file (ISO 32000-1, 7.5.4 to 7.5.8).
//!
//! A file that was changed has several sections, newest first. Each is a table in text, a stream, or a table with a stream beside
//! it for newer readers.

use std::collections::HashSet;
use std::io::{Read, Seek};
use std::ops::Range;

use super::lexer::{DAMAGED, Dictionary, Lexer, Stop, Token, UNKNOWN, Value, Windowed, Work};
use super::stream;

/// Most sections of one file: how often it may have been changed.
const SECTIONS_MAX: usize = 1_000;
/// Most entries of all sections. The largest file has 40 bytes for each of so many objects.
const ENTRIES_MAX: usize = 1 << 19;
/// Most runs of entries of all sections.
const RUNS_MAX: usize = 1 << 17;

/// Where an object is (对象位置).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Nowhere.
    Free,
    /// At a place of the file, with its generation.
    At(u32, u32),
    /// In a stream of objects, by the number of the stream and the place in its list.
    In(u32, u32),
}

/// Entries of objects whose numbers follow each other.
struct Run {
    first: u32,
    /// Where its entries are among all.
    entries: Range<usize>,
}

struct Section {
    runs: Range<usize>,
    /// What is free here is looked up in the section that follows, which is the stream beside this table.
    hybrid: bool,
}

/// All sections, newest first (交叉引用表).
pub(super) struct Table {
    /// What places are counted from.
    pub(super) base: u64,
    sections: Vec<Section>,
    runs: Vec<Run>,
    entries: Vec<Entry>,
}

/// What the trailers say.
pub(super) struct Trailer {
    /// Where the document begins.
    pub(super) root: Value,
    pub(super) encrypted: bool,
}

impl Table {
    /// Reads all sections from the one at this place on. A section that is not there, is not whole, or leads back is `Damaged`.
    pub(super) fn read<R: Read + Seek>(
        file: &mut Windowed<R>,
        work: &Work,
        base: u64,
        start: u64,
    ) -> Result<(Self, Trailer), Stop> {
        let mut table = Self { base, sections: Vec::new(), runs: Vec::new(), entries: Vec::new() };
        let (mut next, mut seen) = (Some(start), HashSet::new());
        let (mut root, mut encrypted) = (None, false);
        while let Some(place) = next {
            if !seen.insert(place) {
                return Err(DAMAGED);
            }
            let dictionary = table.section(file, work, place)?;
            encrypted |= *dictionary.get("Encrypt") != Value::Null;
            if let Some(beside) = link(&dictionary, "XRefStm")? {
                table.sections.iter_mut().last().ok_or(DAMAGED)?.hybrid = true;
                let beside = table.section(file, work, beside)?;
                encrypted |= *beside.get("Encrypt") != Value::Null;
            }
            next = link(&dictionary, "Prev")?;
            // Only the newest is asked.
            root = root.or_else(|| Some(dictionary.get("Root").clone()));
        }
        Ok((table, Trailer { root: root.unwrap_or(Value::Null), encrypted }))
    }

    /// How many sections an object may have to be looked for in.
    pub(super) fn sections(&self) -> u64 {
        self.sections.len() as u64
    }

    /// Where an object is.
    pub(super) fn find(&self, number: u32) -> Entry {
        let mut hidden = false;
        for section in &self.sections {
            match self.find_in(section, number) {
                Some(Entry::Free) if section.hybrid => hidden = true,
                Some(entry) => return entry,
                None if hidden => return Entry::Free,
                None => {}
            }
        }
        Entry::Free
    }

    fn find_in(&self, section: &Section, number: u32) -> Option<Entry> {
        let runs = self.runs.get(section.runs.clone())?;
        let after = runs.partition_point(|run| run.first <= number);
        let run = runs.get(after.checked_sub(1)?)?;
        self.entries.get(run.entries.clone())?.get((number - run.first) as usize).copied()
    }

    /// Adds the section at this place and returns its dictionary.
    fn section<R: Read + Seek>(
        &mut self,
        file: &mut Windowed<R>,
        work: &Work,
        place: u64,
    ) -> Result<Dictionary, Stop> {
        if self.sections.len() >= SECTIONS_MAX {
            return Err(UNKNOWN);
        }
        let before = self.runs.len();
        let place = self.base.checked_add(place).ok_or(DAMAGED)?;
        let mut lexer = Lexer::new(file, work, place);
        let dictionary = if lexer.token()?.is_word("xref") {
            self.text(&mut lexer)?
        } else {
            lexer.place = place;
            lexer.object()?.ok_or(DAMAGED)?;
            let Value::Dictionary(dictionary) = lexer.value()? else { return Err(DAMAGED) };
            let data = lexer.data()?.filter(|_| dictionary.is("Type", "XRef")).ok_or(DAMAGED)?;
            let data = stream::unpack(file, work, &dictionary, data, dictionary.number("Length"))?;
            self.rows(&dictionary, &data)?;
            dictionary
        };
        let runs = before..self.runs.len();
        let added = self.runs.get_mut(runs.clone()).unwrap_or_default();
        added.sort_by_key(|run| run.first);
        // Readers differ in which of two entries counts.
        let ends = |run: &Run| u64::from(run.first) + run.entries.len() as u64;
        if added.windows(2).any(|pair| matches!(pair, [one, two] if ends(one) > u64::from(two.first))) {
            return Err(UNKNOWN);
        }
        self.sections.push(Section { runs, hybrid: false });
        Ok(dictionary)
    }

    /// A table in text, behind its first word, with the dictionary behind it.
    fn text<R: Read + Seek>(&mut self, lexer: &mut Lexer<'_, Windowed<R>>) -> Result<Dictionary, Stop> {
        loop {
            let first = match lexer.token()? {
                Token::Integer(first) => first,
                word if word.is_word("trailer") => break,
                _ => return Err(DAMAGED),
            };
            let Token::Integer(count) = lexer.token()? else { return Err(DAMAGED) };
            let (mut first, count) = (u32::try_from(first).or(Err(DAMAGED))?, self.room(count)?);
            let start = self.entries.len();
            for nth in 0..count {
                let (Token::Integer(place), Token::Integer(generation)) = (lexer.token()?, lexer.token()?)
                else {
                    return Err(DAMAGED);
                };
                let kind = lexer.token()?;
                // The head of the list of free objects has number 0. Some programs begin to count at 1.
                if nth == 0 && first == 1 && kind.is_word("f") && (place, generation) == (0, 65_535) {
                    first = 0;
                }
                let entry = match kind {
                    kind if kind.is_word("f") => Entry::Free,
                    // Some programs write so what they did not use.
                    kind if kind.is_word("n") && place == 0 => Entry::Free,
                    kind if kind.is_word("n") => Entry::At(
                        u32::try_from(place).or(Err(DAMAGED))?,
                        u32::try_from(generation).or(Err(DAMAGED))?,
                    ),
                    _ => return Err(DAMAGED),
                };
                self.entries.push(entry);
            }
            self.run(first, start)?;
        }
        match lexer.value()? {
            Value::Dictionary(dictionary) => Ok(dictionary),
            _ => Err(DAMAGED),
        }
    }

    /// A table as the data of a stream.
    fn rows(&mut self, dictionary: &Dictionary, mut data: &[u8]) -> Result<(), Stop> {
        let Value::List(widths) = dictionary.get("W") else { return Err(DAMAGED) };
        let width = |value: &Value| match value {
            Value::Integer(width @ 0..=8) => Ok(*width as usize),
            _ => Err(DAMAGED),
        };
        let [kind, second, third] = widths.as_slice() else { return Err(DAMAGED) };
        let widths = [width(kind)?, width(second)?, width(third)?];
        let row_bytes: usize = widths.iter().sum();
        let whole = [Value::Integer(0), dictionary.get("Size").clone()];
        let index = match dictionary.get("Index") {
            Value::Null => whole.as_slice(),
            Value::List(index) => index,
            _ => return Err(DAMAGED),
        };
        for pair in index.chunks(2) {
            let [Value::Integer(first), Value::Integer(count)] = pair else { return Err(DAMAGED) };
            let (first, count) = (u32::try_from(*first).or(Err(DAMAGED))?, self.room(*count)?);
            let start = self.entries.len();
            for _ in 0..count {
                let (row, rest) =
                    data.split_at_checked(row_bytes).filter(|(row, _)| !row.is_empty()).ok_or(DAMAGED)?;
                self.entries.push(entry(row, widths));
                data = rest;
            }
            self.run(first, start)?;
        }
        Ok(())
    }

    /// A count of entries for which there is room.
    fn room(&self, count: i64) -> Result<usize, Stop> {
        let count = usize::try_from(count).or(Err(DAMAGED))?;
        (count <= ENTRIES_MAX - self.entries.len()).then_some(count).ok_or(UNKNOWN)
    }

    /// Adds what was read since `start` as a run.
    fn run(&mut self, first: u32, start: usize) -> Result<(), Stop> {
        if self.runs.len() >= RUNS_MAX {
            return Err(UNKNOWN);
        }
        if start < self.entries.len() {
            self.runs.push(Run { first, entries: start..self.entries.len() });
        }
        Ok(())
    }
}

/// One row of a table that is a stream; what is of no known kind stands for nothing.
fn entry(row: &[u8], [kind, second, third]: [usize; 3]) -> Entry {
    let number = |from: usize, width: usize| {
        let bytes = row.get(from..from + width).unwrap_or_default();
        let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        // No place and no object is so far.
        u32::try_from(number).unwrap_or(u32::MAX)
    };
    let (one, two) = (number(kind, second), number(kind + second, third));
    match if kind == 0 { 1 } else { number(0, kind) } {
        1 => Entry::At(one, two),
        2 => Entry::In(one, two),
        _ => Entry::Free,
    }
}

/// The place of another section. At 0 is the head of the file: some programs write so that there is none.
fn link(dictionary: &Dictionary, key: &str) -> Result<Option<u64>, Stop> {
    match dictionary.get(key) {
        Value::Null | Value::Integer(0) => Ok(None),
        _ => dictionary.number(key).map(Some).ok_or(DAMAGED),
    }
}
