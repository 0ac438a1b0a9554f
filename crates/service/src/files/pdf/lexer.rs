//! Words and values of PDF (ISO 32000-1, 7.2 and 7.3), read where they stand.
//!
//! Only what the way to the pages needs is kept: of a dictionary the keys in [`KEYS`]. Everything else is stepped over with its
//! brackets counted, so that a value of any size or depth costs neither memory nor stack.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};

use super::super::inspect::{Fault, Kind};

/// Bytes read from the disk at once.
const WINDOW_BYTES: usize = 8 * 1024;
/// The longest part of a name or word that is kept; all that are compared are shorter.
const WORD_BYTES: usize = 32;
/// How deep values that are kept may lie in each other; what lies deeper is stepped over.
const KEPT_DEPTH: usize = 3;
/// How deep brackets may lie in each other at all.
const DEPTH_MAX: usize = 1_000;
/// Most values of one object that are kept.
const VALUES_MAX: usize = 100_000;
/// Keys of dictionaries that are kept.
const KEYS: [&[u8]; 21] = [
    b"BitsPerComponent",
    b"Colors",
    b"Columns",
    b"Count",
    b"DecodeParms",
    b"Encrypt",
    b"F",
    b"Filter",
    b"First",
    b"Index",
    b"Kids",
    b"Length",
    b"N",
    b"Pages",
    b"Predictor",
    b"Prev",
    b"Root",
    b"Size",
    b"Type",
    b"W",
    b"XRefStm",
];

/// Why reading ends before the pages are known.
pub(super) enum Stop {
    Fault(Fault),
    Disk(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// The file does not hold together.
pub(super) const DAMAGED: Stop = Stop::Fault(Fault::Damaged(Kind::Pdf));
/// The file is beyond a bound, says two things at once, or is packed in a way that is not read here.
pub(super) const UNKNOWN: Stop = Stop::Fault(Fault::PagesUnknown);

/// The work that one file may cause, in bytes looked at, unpacked or made by unpacking.
pub(super) struct Work(Cell<u64>);

impl Work {
    pub(super) fn new(bytes: u64) -> Self {
        Self(Cell::new(bytes))
    }

    /// Takes this many bytes of work; `PagesUnknown` when there is not so much left.
    pub(super) fn spend(&self, bytes: u64) -> Result<(), Stop> {
        self.0.set(self.0.get().checked_sub(bytes).ok_or(UNKNOWN)?);
        Ok(())
    }
}

/// Bytes by their place.
pub(super) trait Source {
    /// The byte at this place; `None` behind the last.
    fn byte(&mut self, place: u64) -> io::Result<Option<u8>>;
}

impl Source for &[u8] {
    fn byte(&mut self, place: u64) -> io::Result<Option<u8>> {
        Ok(usize::try_from(place).ok().and_then(|place| self.get(place)).copied())
    }
}

/// A file of which a small piece is in memory.
pub(super) struct Windowed<R> {
    reader: R,
    size: u64,
    window: Vec<u8>,
    start: u64,
}

impl<R: Read + Seek> Windowed<R> {
    pub(super) fn new(reader: R, size: u64) -> Self {
        Self { reader, size, window: Vec::new(), start: 0 }
    }

    /// Bytes from this place on: at least one, or none at the end of the file.
    pub(super) fn piece(&mut self, place: u64) -> io::Result<&[u8]> {
        // The system takes a place far behind the end for an error.
        if place >= self.size {
            return Ok(&[]);
        }
        let held = self.start..self.start + self.window.len() as u64;
        if !held.contains(&place) {
            self.window.clear();
            self.start = place;
            self.reader.seek(SeekFrom::Start(place))?;
            self.reader.by_ref().take(WINDOW_BYTES as u64).read_to_end(&mut self.window)?;
        }
        Ok(self.window.get((place - self.start) as usize..).unwrap_or_default())
    }
}

impl<R: Read + Seek> Source for Windowed<R> {
    fn byte(&mut self, place: u64) -> io::Result<Option<u8>> {
        match place.checked_sub(self.start).and_then(|place| self.window.get(place as usize)) {
            Some(byte) => Ok(Some(*byte)),
            None => Ok(self.piece(place)?.first().copied()),
        }
    }
}

/// A number with its generation, `5 0 R`.
pub(super) type Reference = (u32, u32);

/// A value, as far as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Name(Vec<u8>),
    Reference(Reference),
    List(Vec<Self>),
    Dictionary(Dictionary),
    /// Something that is not kept.
    Other,
}

/// The keys of a dictionary that are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Dictionary(Vec<(Vec<u8>, Value)>);

impl Dictionary {
    /// The value of a key; `Null` where it is not there, which PDF does not tell apart.
    pub(super) fn get(&self, key: &str) -> &Value {
        debug_assert!(KEYS.contains(&key.as_bytes()), "{key} is not kept");
        let found = self.0.iter().find(|(name, _)| name == key.as_bytes());
        found.map_or(&Value::Null, |(_, value)| value)
    }

    /// Whether the value of a key is this name.
    pub(super) fn is(&self, key: &str, name: &str) -> bool {
        matches!(self.get(key), Value::Name(found) if found == name.as_bytes())
    }

    /// A number that is not negative.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        match self.get(key) {
            Value::Integer(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }
}

#[derive(Debug, PartialEq)]
pub(super) enum Token {
    Integer(i64),
    /// A number that is no integer, or a string.
    Scalar,
    Name(Vec<u8>),
    Word(Vec<u8>),
    ListOpen,
    ListClose,
    DictionaryOpen,
    DictionaryClose,
    End,
}

impl Token {
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found == word.as_bytes())
    }
}

/// Reads words and values from a place on (词法).
pub(super) struct Lexer<'a, S> {
    source: &'a mut S,
    work: &'a Work,
    pub(super) place: u64,
    values: usize,
}

impl<'a, S: Source> Lexer<'a, S> {
    pub(super) fn new(source: &'a mut S, work: &'a Work, place: u64) -> Self {
        Self { source, work, place, values: 0 }
    }

    fn peek(&mut self) -> Result<Option<u8>, Stop> {
        Ok(self.source.byte(self.place)?)
    }

    fn next(&mut self) -> Result<Option<u8>, Stop> {
        let byte = self.peek()?;
        self.work.spend(1)?;
        self.place += u64::from(byte.is_some());
        Ok(byte)
    }

    /// Takes the next byte if it is this one.
    fn takes(&mut self, wanted: u8) -> Result<bool, Stop> {
        let is = self.peek()? == Some(wanted);
        if is {
            self.next()?;
        }
        Ok(is)
    }

    /// The next word, behind white space and comments.
    pub(super) fn token(&mut self) -> Result<Token, Stop> {
        loop {
            let Some(byte) = self.next()? else { return Ok(Token::End) };
            return Ok(match byte {
                b'%' => {
                    while !matches!(self.peek()?, None | Some(b'\r' | b'\n')) {
                        self.next()?;
                    }
                    continue;
                }
                byte if is_space(byte) => continue,
                b'[' => Token::ListOpen,
                b']' => Token::ListClose,
                b'<' if self.takes(b'<')? => Token::DictionaryOpen,
                b'>' if self.takes(b'>')? => Token::DictionaryClose,
                b'<' => self.hexadecimal()?,
                b'(' => self.string()?,
                b'/' => self.name()?,
                b'>' | b')' => return Err(DAMAGED),
                b'{' | b'}' => Token::Word(vec![byte]),
                first => self.word(first)?,
            });
        }
    }

    fn hexadecimal(&mut self) -> Result<Token, Stop> {
        while self.next()?.ok_or(DAMAGED)? != b'>' {}
        Ok(Token::Scalar)
    }

    fn string(&mut self) -> Result<Token, Stop> {
        let mut open = 1_u64;
        while open > 0 {
            match self.next()?.ok_or(DAMAGED)? {
                b'(' => open += 1,
                b')' => open -= 1,
                b'\\' => drop(self.next()?),
                _ => {}
            }
        }
        Ok(Token::Scalar)
    }

    /// A name, with `#61` read as the letter that it stands for.
    fn name(&mut self) -> Result<Token, Stop> {
        let mut name = Vec::new();
        while let Some(byte) = self.peek()?.filter(|byte| is_regular(*byte)) {
            self.next()?;
            let byte = if byte == b'#' { self.escaped()? } else { byte };
            if name.len() < WORD_BYTES {
                name.push(byte);
            }
        }
        Ok(Token::Name(name))
    }

    /// The byte behind a `#`; the sign itself where no two digits follow, as readers take it.
    fn escaped(&mut self) -> Result<u8, Stop> {
        let start = self.place;
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit(self.next()?), digit(self.next()?));
        if let (Some(high), Some(low)) = (high, low) {
            return Ok((high * 16 + low) as u8);
        }
        self.place = start;
        Ok(b'#')
    }

    fn word(&mut self, first: u8) -> Result<Token, Stop> {
        let mut word = vec![first];
        while let Some(byte) = self.peek()?.filter(|byte| is_regular(*byte)) {
            self.next()?;
            if word.len() <= WORD_BYTES {
                word.push(byte);
            }
        }
        let number = std::str::from_utf8(&word).ok().and_then(|text| text.parse().ok());
        if let Some(number) = number.filter(|_| word.len() <= WORD_BYTES) {
            return Ok(Token::Integer(number));
        }
        let numeric = word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.'));
        Ok(if numeric { Token::Scalar } else { Token::Word(word) })
    }

    /// The value that begins with the next word.
    pub(super) fn value(&mut self) -> Result<Value, Stop> {
        let first = self.token()?;
        self.value_from(first, KEPT_DEPTH)
    }

    fn value_from(&mut self, first: Token, depth: usize) -> Result<Value, Stop> {
        Ok(match first {
            Token::Integer(number) => {
                self.reference(number)?.map_or(Value::Integer(number), Value::Reference)
            }
            Token::Name(name) => Value::Name(name),
            Token::DictionaryOpen if depth > 0 => Value::Dictionary(self.dictionary(depth - 1)?),
            Token::ListOpen if depth > 0 => Value::List(self.list(depth - 1)?),
            Token::DictionaryOpen | Token::ListOpen => {
                self.step_over(first)?;
                Value::Other
            }
            Token::Word(word) if word == b"null" => Value::Null,
            Token::Word(word) if is_structure(&word) => return Err(DAMAGED),
            Token::Scalar | Token::Word(_) => Value::Other,
            Token::ListClose | Token::DictionaryClose | Token::End => return Err(DAMAGED),
        })
    }

    /// `0 R` behind the number of an object.
    fn reference(&mut self, number: i64) -> Result<Option<Reference>, Stop> {
        let start = self.place;
        if let (Ok(number), Token::Integer(generation)) = (u32::try_from(number), self.token()?)
            && let Ok(generation) = u32::try_from(generation)
            && self.token()?.is_word("R")
        {
            return Ok(Some((number, generation)));
        }
        self.place = start;
        Ok(None)
    }

    /// Makes sure that one more value may be kept.
    fn keep(&mut self) -> Result<(), Stop> {
        self.values += 1;
        if self.values > VALUES_MAX { Err(UNKNOWN) } else { Ok(()) }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Value>, Stop> {
        let mut items = Vec::new();
        loop {
            let first = self.token()?;
            if first == Token::ListClose {
                return Ok(items);
            }
            self.keep()?;
            items.push(self.value_from(first, depth)?);
        }
    }

    fn dictionary(&mut self, depth: usize) -> Result<Dictionary, Stop> {
        let mut kept = Dictionary::default();
        loop {
            let key = match self.token()? {
                Token::Name(key) => key,
                Token::DictionaryClose => return Ok(kept),
                _ => return Err(DAMAGED),
            };
            let first = self.token()?;
            let wanted = KEYS.contains(&key.as_slice());
            if wanted {
                self.keep()?;
            }
            let value = self.value_from(first, if wanted { depth } else { 0 })?;
            match kept.0.iter().find(|(name, _)| wanted && *name == key) {
                // Readers differ in which of two counts.
                Some((_, before)) if *before != value => return Err(UNKNOWN),
                None if wanted => kept.0.push((key, value)),
                _ => {}
            }
        }
    }

    /// Goes behind the bracket that closes this one.
    fn step_over(&mut self, first: Token) -> Result<(), Stop> {
        let mut open = vec![first == Token::ListOpen];
        while let Some(list) = open.last() {
            match self.token()? {
                Token::ListClose if *list => drop(open.pop()),
                Token::DictionaryClose if !*list => drop(open.pop()),
                Token::ListClose | Token::DictionaryClose | Token::End => return Err(DAMAGED),
                Token::Word(word) if is_structure(&word) => return Err(DAMAGED),
                Token::ListOpen | Token::DictionaryOpen if open.len() >= DEPTH_MAX => return Err(UNKNOWN),
                Token::ListOpen => open.push(true),
                Token::DictionaryOpen => open.push(false),
                _ => {}
            }
        }
        Ok(())
    }

    /// Where the data of a stream begin, if a stream follows.
    pub(super) fn data(&mut self) -> Result<Option<u64>, Stop> {
        if !self.token()?.is_word("stream") {
            return Ok(None);
        }
        let behind = self.place;
        while self.takes(b' ')? {}
        let (carriage, line) = (self.takes(b'\r')?, self.takes(b'\n')?);
        Ok(Some(if carriage || line { self.place } else { behind }))
    }

    /// `5 0 obj`: number and generation of the object that begins here.
    pub(super) fn object(&mut self) -> Result<Option<Reference>, Stop> {
        let (Token::Integer(number), Token::Integer(generation)) = (self.token()?, self.token()?) else {
            return Ok(None);
        };
        let is_object = self.token()?.is_word("obj");
        Ok(u32::try_from(number).ok().zip(u32::try_from(generation).ok()).filter(|_| is_object))
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_regular(byte: u8) -> bool {
    !is_space(byte) && !b"()<>[]{}/%".contains(&byte)
}

/// Words that stand between objects and never in one.
fn is_structure(word: &[u8]) -> bool {
    [&b"obj"[..], b"endobj", b"stream", b"endstream", b"xref", b"trailer", b"startxref"].contains(&word)
}
