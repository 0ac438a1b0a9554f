//! Reads the text of a unit.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero as _;
use thiserror::Error;

use super::table::{COUNTED, METRIC, Meaning, OTHER, PREFIXES, SPELLINGS};
use super::{Unit, Zero};
use crate::shared::{MoneyUnit, Number, Text};

/// Longest text of a unit, in bytes; what is longer is no unit.
const LENGTH_MAX: usize = 120;
/// Most digits of an exponent.
const EXPONENT_DIGITS_MAX: usize = 2;

/// Reads a whole unit.
pub(super) fn unit(code: &str) -> Result<Unit, UnitError> {
    let code = code.trim();
    if code.is_empty() {
        return Err(UnitError::Empty);
    }
    if code.len() > LENGTH_MAX {
        return Err(UnitError::TooLong);
    }
    let mut reader = Reader { rest: code };
    let unit = reader.term()?;
    if reader.rest.is_empty() { Ok(unit) } else { Err(malformed(reader.rest)) }
}

fn malformed(rest: &str) -> UnitError {
    UnitError::Malformed { rest: rest.to_owned() }
}

/// What is left to be read.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn take(&mut self, sign: char) -> bool {
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Factors with `.` and `/` between them, from left to right; a slash may stand first.
    fn term(&mut self) -> Result<Unit, UnitError> {
        let mut unit = if self.take('/') {
            Unit::one().times(&self.component()?, -1)?
        } else {
            // Alone, a scale of temperature keeps its zero.
            self.component()?
        };
        loop {
            let sign = if self.take('.') {
                1
            } else if self.take('/') {
                -1
            } else {
                return Ok(unit);
            };
            unit = unit.times(&self.component()?, sign)?;
        }
    }

    /// A term in parentheses, a note, or a unit with an exponent and perhaps a note.
    fn component(&mut self) -> Result<Unit, UnitError> {
        let at = self.rest;
        if self.take('(') {
            let inside = self.term()?;
            return if self.take(')') { Ok(inside) } else { Err(malformed(at)) };
        }
        let text = self.bare();
        let read = if text.is_empty() { None } else { Some(simple(text)?) };
        match (read, self.note()?) {
            (Some(unit), None) => Ok(unit),
            (None, Some(note)) => noted(note),
            // What is noted of a unit is part of what is measured: dry weight is no wet weight.
            (Some(unit), Some(note)) => unit.with(&noted(note)?),
            (None, None) => Err(malformed(at)),
        }
    }

    /// Everything up to the next sign of the grammar; signs in brackets belong to a name.
    fn bare(&mut self) -> &'a str {
        let mut inside = false;
        let end = self.rest.find(|character| {
            match character {
                '[' => inside = true,
                ']' => inside = false,
                _ => {}
            }
            !inside && matches!(character, '.' | '/' | '(' | ')' | '{' | '}')
        });
        let (bare, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        bare
    }

    /// What stands in braces.
    fn note(&mut self) -> Result<Option<&'a str>, UnitError> {
        let at = self.rest;
        if !self.take('{') {
            return Ok(None);
        }
        let (note, rest) = self.rest.split_once('}').ok_or_else(|| malformed(at))?;
        self.rest = rest;
        let note = note.trim();
        if note.is_empty() || note.contains('{') { Err(malformed(at)) } else { Ok(Some(note)) }
    }
}

/// A note: money, or things of a kind that are counted.
fn noted(note: &str) -> Result<Unit, UnitError> {
    Ok(match MoneyUnit::parse(note) {
        Some(money) => of_money(money),
        None => Unit::kind(format!("{{{note}}}")),
    })
}

fn of_money(money: MoneyUnit) -> Unit {
    let factor = money.of_currency(&Number::from(1)).0;
    Unit { factor, ..Unit::kind(money.currency().to_owned()) }
}

/// A whole number, or a unit with an exponent.
fn simple(text: &str) -> Result<Unit, UnitError> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: BigInt = text.parse().map_err(|_| malformed(text))?;
        return if number.is_zero() { Err(malformed(text)) } else { Ok(Unit::number(number.into())) };
    }
    if let Some(unit) = named(text)? {
        return Ok(unit);
    }
    let bare = text.trim_end_matches(|character: char| character.is_ascii_digit());
    let digits = &text[bare.len()..];
    let (bare, sign) = match (bare.strip_suffix('-'), bare.strip_suffix('+')) {
        (Some(bare), _) => (bare, -1),
        (None, Some(bare)) => (bare, 1),
        (None, None) => (bare, 1),
    };
    let unknown = || UnitError::Unknown { code: text.to_owned() };
    if digits.is_empty() {
        return Err(unknown());
    }
    let unit = named(bare)?.ok_or_else(unknown)?;
    if digits.len() > EXPONENT_DIGITS_MAX {
        return Err(UnitError::TooLarge);
    }
    let exponent: i32 = digits.parse().map_err(|_| malformed(text))?;
    Unit::one().times(&unit, sign * exponent)
}

/// A unit by its code, with a prefix or without, or by another spelling; `None` where there is no such unit.
fn named(code: &str) -> Result<Option<Unit>, UnitError> {
    if let Some(found) = atom(code)? {
        return Ok(Some(found));
    }
    if let Some((_, spelt)) = SPELLINGS.iter().find(|(spelling, _)| *spelling == code) {
        return unit(spelt).map(Some);
    }
    if COUNTED.contains(&code) {
        return noted(code).map(Some);
    }
    if let Some(money) = MoneyUnit::parse(code) {
        return Ok(Some(of_money(money)));
    }
    // The micro sign and the Greek letter.
    match code.strip_prefix(['µ', 'μ']) {
        Some(rest) => atom(&format!("u{rest}")),
        None => Ok(None),
    }
}

/// A unit by its code in UCUM. No code reads in two ways.
fn atom(code: &str) -> Result<Option<Unit>, UnitError> {
    if let Some((name, meaning)) = METRIC.iter().chain(&OTHER).find(|(known, _)| *known == code) {
        return meant(name, *meaning).map(Some);
    }
    for (prefix, base, exponent) in PREFIXES {
        let Some(rest) = code.strip_prefix(prefix) else { continue };
        if let Some((name, meaning)) = METRIC.iter().find(|(known, _)| *known == rest) {
            let mut unit = meant(name, *meaning)?;
            unit.factor *= BigRational::from_integer(base.into()).pow(exponent);
            return Ok(Some(unit));
        }
    }
    Ok(None)
}

fn meant(name: &str, meaning: Meaning) -> Result<Unit, UnitError> {
    match meaning {
        Meaning::Base(place) => {
            let mut unit = Unit::one();
            unit.dimension[place] = 1;
            Ok(unit)
        }
        Meaning::Pi => Ok(Unit { pi: 1, ..Unit::one() }),
        Meaning::Is(times, of) => {
            let mut unit = unit(of)?;
            unit.factor *= Number::parse(times).map_err(|_| malformed(times))?.0;
            Ok(unit)
        }
        Meaning::Own(of) => unit(of)?.with(&Unit::kind(name.to_owned())),
        Meaning::Scale(degree, (above, below)) => {
            Ok(Unit { zero: Zero::At(BigRational::new(above.into(), below.into())), ..unit(degree)? })
        }
    }
}

/// Why a text is no unit (计量单位有误).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnitError {
    /// Nothing but white space.
    #[error("the unit is empty")]
    Empty,
    /// More than 120 bytes.
    #[error("the unit is too long")]
    TooLong,
    /// No unit has this code.
    #[error("there is no unit “{code}”")]
    Unknown {
        /// The code, with its exponent.
        code: String,
    },
    /// The signs between the units are wrong.
    #[error("the unit cannot be read from “{rest}”")]
    Malformed {
        /// What could not be read.
        rest: String,
    },
    /// An exponent that no quantity has.
    #[error("an exponent of the unit is too large")]
    TooLarge,
}

impl UnitError {
    /// What is wrong.
    pub fn message(&self) -> Text {
        match self {
            Self::Empty => Text::new("未填写单位", "The unit is missing"),
            Self::TooLong => Text::new("单位过长", "The unit is too long"),
            Self::Unknown { code } => {
                Text::new(format!("没有“{code}”这个单位"), format!("There is no unit “{code}”"))
            }
            Self::Malformed { rest } => Text::new(
                format!("单位从“{rest}”起无法读取"),
                format!("The unit cannot be read from “{rest}”"),
            ),
            Self::TooLarge => Text::new("单位的指数过大", "An exponent of the unit is too large"),
        }
    }

    /// What would put it right.
    pub fn remedy(&self) -> Text {
        Text::new(
            "请用UCUM代码，例如mm、mL/min、m/s2、Cel；按个数计的写在花括号里，例如{例}",
            "Use a code of UCUM, such as mm, mL/min, m/s2 or Cel; what is counted stands in braces, such as {例}",
        )
    }
}
