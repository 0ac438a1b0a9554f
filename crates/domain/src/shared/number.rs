//! Exact decimal numbers, as people write them.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use thiserror::Error;

use super::Text;

/// Exact number (数值) as a fraction, so that no comparison is ever decided by rounding; stored as a decimal string.
///
/// Any number that was read can be written and read again: 40 significant digits, 80 places either side of the point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(pub(super) BigRational);

const DIGITS_MAX: usize = 40;
const EXPONENT_MAX: i32 = 40;
const PLACES_MAX: i32 = 80;
const LENGTH_MAX: usize = 160;

impl Number {
    /// Reads a decimal: `0.001`, `-3`, `1e-3`, `2×10^8`, `2×10⁸`. At most 40 significant digits, exponents from -40
    /// to 40; no unit, no percent sign, no separators of thousands. Full-width digits and signs, as a Chinese keyboard gives
    /// them, mean their half-width ones.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let narrow: String = text.trim().chars().map(half_width).collect();
        let text = narrow.as_str();
        if text.is_empty() {
            return Err(NumberError::Empty);
        }
        let malformed = || NumberError::Malformed { text: text.chars().take(DIGITS_MAX).collect() };
        if text.len() > LENGTH_MAX {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            return Err(if digits { NumberError::TooManyDigits } else { malformed() });
        }
        let (negative, unsigned) = strip_sign(text);
        let (mantissa, exponent) = split_exponent(unsigned).ok_or_else(malformed)?;
        let exponent = match exponent {
            None => 0,
            Some(digits) => read_exponent(&digits).ok_or_else(malformed)?,
        };
        let (whole, decimals) = match mantissa.split_once('.') {
            None => (mantissa, ""),
            Some((_, "")) => return Err(malformed()),
            Some(parts) => parts,
        };
        let digits = format!("{whole}{decimals}");
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        // No overflow: the text is short and the exponent has at most three digits.
        let number = Self::from_parts(&digits, exponent, decimals.len() as i32)?;
        Ok(if negative { Self(-number.0) } else { number })
    }

    /// The number that a float shows, not the binary fraction behind it: `0.1` is a tenth.
    pub fn from_f64_shortest(value: f64) -> Result<Self, NumberError> {
        if value.is_finite() { Self::parse(&format!("{value:e}")) } else { Err(NumberError::OutOfRange) }
    }

    /// True below zero.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// True for a whole number.
    pub fn is_whole(&self) -> bool {
        self.0.is_integer()
    }

    /// The number without its sign.
    pub fn abs(&self) -> Self {
        Self(self.0.abs())
    }

    /// This number and another one together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self(&self.0 + &other.0)
    }

    /// This number less another one.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        Self(&self.0 - &other.0)
    }

    /// This number so many times.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        Self(&self.0 * &other.0)
    }

    /// The fraction itself, for exact arithmetic.
    pub fn ratio(&self) -> &BigRational {
        &self.0
    }

    /// The nearest number with so many significant digits, or one more or fewer: to be read, not to be judged by.
    pub(super) fn to_significant(&self, digits: u32) -> Self {
        let length = |whole: &BigInt| whole.abs().to_string().len() as i64;
        let places = i64::from(digits) - (length(self.0.numer()) - length(self.0.denom()));
        // No overflow: no number has so many digits.
        let scale = BigRational::from_integer(BigInt::from(10)).pow(places as i32);
        Self((&self.0 * &scale).round() / scale)
    }

    fn from_parts(digits: &str, exponent: i32, decimals: i32) -> Result<Self, NumberError> {
        let digits = digits.trim_start_matches('0');
        let significant = digits.trim_end_matches('0');
        if significant.len() > DIGITS_MAX {
            return Err(NumberError::TooManyDigits);
        }
        let scale = exponent - decimals + (digits.len() - significant.len()) as i32;
        let past_limits = scale + significant.len() as i32 > PLACES_MAX || scale < -PLACES_MAX;
        if exponent.abs() > EXPONENT_MAX || (!significant.is_empty() && past_limits) {
            return Err(NumberError::OutOfRange);
        }
        let Ok(significant) = significant.parse::<BigInt>() else { return Ok(Self(BigRational::zero())) };
        let power = BigInt::from(10).pow(scale.unsigned_abs());
        Ok(Self(if scale < 0 {
            BigRational::new(significant, power)
        } else {
            BigRational::from_integer(significant * power)
        }))
    }
}

/// The half-width form of a digit, point, sign or letter.
fn half_width(character: char) -> char {
    let narrow = |character| u32::from(character).checked_sub(0xfee0).and_then(char::from_u32);
    match character {
        '０'..='９' | '．' | '－' | '＋' | 'ｅ' | 'Ｅ' => narrow(character).unwrap_or(character),
        other => other,
    }
}

/// Splits a leading sign off; true for minus.
fn strip_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Splits `1e-3` and `2×10^8` into mantissa and exponent; `None` where the part after `×` is no power of ten.
fn split_exponent(text: &str) -> Option<(&str, Option<String>)> {
    if let Some((mantissa, exponent)) = text.split_once(['e', 'E']) {
        return Some((mantissa, Some(exponent.to_owned())));
    }
    let Some((mantissa, power)) = text.split_once(['×', 'x', 'X', '*']) else { return Some((text, None)) };
    let power = power.trim_start().strip_prefix("10")?;
    let exponent = match power.strip_prefix('^') {
        Some(exponent) => exponent.to_owned(),
        None => power.chars().map(lowered).collect::<Option<String>>()?,
    };
    Some((mantissa.trim_end(), Some(exponent)))
}

/// The plain character of a superscript one.
fn lowered(superscript: char) -> Option<char> {
    let place = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺".chars().position(|character| character == superscript)?;
    "0123456789-+".chars().nth(place)
}

/// A signed integer of one to three digits.
fn read_exponent(text: &str) -> Option<i32> {
    let (negative, digits) = strip_sign(text);
    if digits.is_empty() || digits.len() > 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let value: i32 = digits.parse().ok()?;
    Some(if negative { -value } else { value })
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(BigRational::from_integer(value.into()))
    }
}

impl std::str::FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

/// A plain decimal; a fraction where no decimal is exact.
impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.denom().clone();
        let mut times = |factor: u32| {
            let mut times = 0;
            while !rest.is_zero() && (&rest % factor).is_zero() {
                rest /= factor;
                times += 1;
            }
            times
        };
        let places = times(2).max(times(5));
        if rest != BigInt::from(1) {
            return write!(formatter, "{}/{}", self.0.numer(), self.0.denom());
        }
        let scaled = self.0.numer().abs() * BigInt::from(10).pow(places) / self.0.denom();
        let places = places as usize;
        let digits = format!("{scaled:0>width$}", scaled = scaled.to_string(), width = places + 1);
        let (whole, decimals) = digits.split_at(digits.len() - places);
        let sign = if self.is_negative() { "-" } else { "" };
        let point = if decimals.is_empty() { "" } else { "." };
        write!(formatter, "{sign}{whole}{point}{decimals}")
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads a string, and also a bare number as call files and forms may have it.
impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = Number;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a decimal number or its text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                Number::parse(text).map_err(E::custom)
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Number, E> {
                Ok(value.into())
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Number, E> {
                Ok(Number(BigRational::from_integer(value.into())))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Number, E> {
                Number::from_f64_shortest(value).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

/// Why a text is not a number (数值有误).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NumberError {
    /// Nothing but white space.
    #[error("the number is empty")]
    Empty,
    /// Anything but one decimal number.
    #[error("{text:?} is not a decimal number")]
    Malformed {
        /// The text that was read, at most its first 40 characters.
        text: String,
    },
    /// More than 40 significant digits.
    #[error("the number has more than 40 digits")]
    TooManyDigits,
    /// An exponent beyond 40, or a number too large or too small for any quantity.
    #[error("the number is too large or too small")]
    OutOfRange,
}

impl NumberError {
    /// What is wrong.
    pub fn message(&self) -> Text {
        match self {
            Self::Empty => Text::new("未填写数值", "The number is missing"),
            Self::Malformed { text } => {
                Text::new(format!("“{text}”不是一个数值"), format!("“{text}” is not a number"))
            }
            Self::TooManyDigits => Text::new("数值超过40位", "The number has more than 40 digits"),
            Self::OutOfRange => Text::new("数值过大或过小", "The number is too large or too small"),
        }
    }

    /// What would put it right.
    pub fn remedy(&self) -> Text {
        Text::new(
            "请只填一个数，不带单位、百分号和千分位逗号，例如0.001、-3、2×10^8",
            "Enter one number without unit, percent sign or separators, such as 0.001, \
             -3 or 2×10^8",
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Number, NumberError};

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn decimals_are_read_exactly() {
        for (text, plain) in [
            ("0", "0"),
            ("-0", "0"),
            ("007", "7"),
            ("0.001", "0.001"),
            ("-3", "-3"),
            ("−3", "-3"),
            ("+3.50", "3.5"),
            (".5", "0.5"),
            ("-0.05", "-0.05"),
            ("1e-3", "0.001"),
            ("1E+3", "1000"),
            ("2×10^8", "200000000"),
            ("2 × 10^8", "200000000"),
            ("2x10^-3", "0.002"),
            ("4×10⁸", "400000000"),
            ("1.5×10⁻²", "0.015"),
            (" 3.33 ", "3.33"),
            ("10000000", "10000000"),
            ("－９５．５", "-95.5"),
            ("0e40", "0"),
            ("1e40", "10000000000000000000000000000000000000000"),
            ("1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"),
        ] {
            assert_eq!(number(text).to_string(), plain, "{text}");
            assert_eq!(number(plain), number(text));
        }
        assert_eq!(number("0.1"), Number::from_f64_shortest(0.1).unwrap());
        assert_eq!(number("1e-7"), Number::from_f64_shortest(1e-7).unwrap());
        assert_eq!(number("-42"), Number::from(-42));
    }

    #[test]
    fn fractions_are_rounded_to_be_read() {
        for (above, below, digits, rounded) in [
            ("1", "3", 4, "0.3333"),
            ("200", "3", 4, "66.67"),
            ("-2", "3", 3, "-0.667"),
            ("123456", "1", 3, "123500"),
            ("99999", "1", 4, "99999"),
            ("999999", "10", 4, "100000"),
            ("1", "70000000", 3, "0.0000000143"),
            ("0", "1", 3, "0"),
        ] {
            let value = Number(number(above).0 / number(below).0);
            assert_eq!(value.to_significant(digits).to_string(), rounded, "{above}/{below}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "abc", "-", ".", "5.", "1.2.3", "1,000", "95%", "5mm", "1e", "e3", "1e1.5", "1e1000", "2×8",
            "2×10^", "×10^8", "2×10", "--1", "1 000", "1，000", "1/3", "NaN", "inf", "1e5e5", "١",
        ] {
            assert_eq!(Number::parse(text), Err(NumberError::Malformed { text: text.to_owned() }), "{text}");
        }
        assert_eq!(Number::parse("  "), Err(NumberError::Empty));
        assert_eq!(Number::parse(&"1".repeat(41)), Err(NumberError::TooManyDigits));
        assert_eq!(Number::parse(&"1".repeat(100_000)), Err(NumberError::TooManyDigits));
        assert_eq!(Number::parse("1e41"), Err(NumberError::OutOfRange));
        assert_eq!(Number::parse("1e-41"), Err(NumberError::OutOfRange));
        assert_eq!(Number::from_f64_shortest(f64::NAN), Err(NumberError::OutOfRange));
        assert_eq!(Number::from_f64_shortest(f64::INFINITY), Err(NumberError::OutOfRange));
        assert_eq!(Number::from_f64_shortest(1e300), Err(NumberError::OutOfRange));
        assert!(
            NumberError::Empty.message().zh.contains("未填写")
                && NumberError::Empty.remedy().en.contains("2×10^8")
        );
    }

    #[test]
    fn numbers_are_stored_as_text_and_read_from_either() {
        assert_eq!(serde_json::to_string(&number("0.30")).unwrap(), "\"0.3\"");
        for json in ["\"0.3\"", "0.3", "3e-1"] {
            assert_eq!(serde_json::from_str::<Number>(json).unwrap(), number("0.3"), "{json}");
        }
        assert_eq!(serde_json::from_str::<Number>("-3").unwrap(), number("-3"));
        assert_eq!(
            serde_json::from_str::<Number>("18446744073709551615").unwrap(),
            number("18446744073709551615")
        );
        assert!(serde_json::from_str::<Number>("\"3 mm\"").is_err());
        assert!(serde_json::from_str::<Number>("true").is_err());
    }

    fn numbers() -> impl Strategy<Value = Number> {
        (any::<i64>(), -40i32..=40)
            .prop_map(|(mantissa, exponent)| number(&format!("{}e{exponent}", mantissa % 1_000_000)))
    }

    proptest! {
        #[test]
        fn numbers_come_back_from_their_text(value in numbers()) {
            prop_assert_eq!(number(&value.to_string()), value);
        }

        #[test]
        fn any_text_is_answered(text in "[-+−0-9.eE×x^⁸10 ]{0,60}|.{0,20}") {
            if let Ok(value) = Number::parse(&text) {
                prop_assert_eq!(number(&value.to_string()), value);
            }
        }

        #[test]
        fn floats_come_back(value in -1e15f64..1e15) {
            let read = Number::from_f64_shortest(value).unwrap();
            prop_assert_eq!(read.to_string().parse::<f64>().unwrap(), value);
        }
    }
}
