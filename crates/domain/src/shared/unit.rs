//! Units of measure, and exact conversion between them.

mod parse;
mod table;
#[cfg(test)]
mod tests;

use num_rational::BigRational;
use num_traits::{One as _, Zero as _};
use std::collections::BTreeMap;
use thiserror::Error;

use super::{Number, Text, unit_words};
pub use parse::UnitError;

/// Unit of measure (计量单位), by the Unified Code for Units of Measure (UCUM): how many of its base units it is, as a fraction.
///
/// Money by its Chinese names, counted things in braces and some spellings of Chinese notices are units too. Each of the things
/// that are counted, each currency and each arbitrary unit is a kind of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Exponents of metre, second, gram, radian, kelvin, coulomb and candela, the base units of UCUM.
    dimension: [i8; 7],
    /// Exponents of kinds; none is zero.
    kinds: BTreeMap<String, i8>,
    /// Without the powers of π.
    factor: BigRational,
    /// Exponent of π, which is kept apart from the factor because no fraction is π.
    pi: i8,
    zero: Zero,
}

/// Where a unit has its zero, which matters for temperatures alone.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Zero {
    /// Where nothing is, as for kelvin and millimetres.
    Nothing,
    /// On a scale, at so many kelvin.
    At(BigRational),
    /// Nowhere: a product with a scale of temperature in it, such as `Cel/h`, measures differences.
    Nowhere,
}

/// How a temperature is meant (点温或温差).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitReading {
    /// A point on the scale: 20 °C are 293.15 K.
    Point,
    /// A difference between two points, or a tolerance: 20 °C are 20 K.
    Difference,
}

impl Unit {
    /// Reads a unit: `mm`, `10*9/L`, `m/s2`, `{个}/mL`, `g/(100.L)`, `万元`, `℃`.
    pub fn parse(code: &str) -> Result<Self, UnitError> {
        parse::unit(code)
    }

    /// The unit of pure numbers.
    fn one() -> Self {
        Self::number(BigRational::one())
    }

    fn number(factor: BigRational) -> Self {
        Self { dimension: [0; 7], kinds: BTreeMap::new(), factor, pi: 0, zero: Zero::Nothing }
    }

    /// A kind of its own.
    fn kind(name: String) -> Self {
        Self { kinds: BTreeMap::from([(name, 1)]), ..Self::one() }
    }

    /// This unit times a power of another.
    fn times(&self, other: &Self, power: i32) -> Result<Self, UnitError> {
        let add = |of: i8, other: i8| -> Result<i8, UnitError> {
            i8::try_from(i32::from(of) + i32::from(other) * power).map_err(|_| UnitError::TooLarge)
        };
        let mut unit = self.clone();
        for (of, other) in unit.dimension.iter_mut().zip(other.dimension) {
            *of = add(*of, other)?;
        }
        for (kind, exponent) in &other.kinds {
            let sum = add(unit.kinds.remove(kind).unwrap_or(0), *exponent)?;
            if sum != 0 {
                unit.kinds.insert(kind.clone(), sum);
            }
        }
        unit.factor *= other.factor.pow(power);
        unit.pi = add(unit.pi, other.pi)?;
        if self.zero != Zero::Nothing || other.zero != Zero::Nothing {
            unit.zero = Zero::Nowhere;
        }
        Ok(unit)
    }

    /// This unit of a certain kind of thing, which moves no zero.
    fn with(self, kind: &Self) -> Result<Self, UnitError> {
        let zero = self.zero.clone();
        Ok(Self { zero, ..self.times(kind, 1)? })
    }

    /// Whether two units measure the same: equal dimensions and equal kinds.
    pub fn same_dimension(&self, other: &Self) -> bool {
        self.dimension == other.dimension && self.kinds == other.kinds
    }

    /// Whether a conversion between two units depends on the reading: one of them is a scale with a zero of its own.
    pub fn reading_matters(&self, other: &Self) -> bool {
        self.zero != other.zero && [self, other].iter().any(|unit| matches!(unit.zero, Zero::At(_)))
    }

    /// So many of this unit in another, exactly.
    pub fn convert(
        &self,
        value: &Number,
        to: &Self,
        reading: UnitReading,
    ) -> Result<Number, ConversionRefusal> {
        if self.dimension != to.dimension {
            return Err(ConversionRefusal::Dimension);
        }
        if self.kinds != to.kinds {
            return Err(ConversionRefusal::Kind);
        }
        if self.pi != to.pi {
            // Zero alone would be zero in both; a rule that holds for one number only helps nobody.
            return Err(ConversionRefusal::Irrational);
        }
        let mut base = value.ratio() * &self.factor;
        if reading == UnitReading::Point && self.reading_matters(to) {
            base += self.zero.kelvin().ok_or(ConversionRefusal::Kind)?;
            base -= to.zero.kelvin().ok_or(ConversionRefusal::Kind)?;
        }
        Ok(Number(base / &to.factor))
    }
}

impl Zero {
    /// The zero in kelvin; `None` where there is none.
    fn kelvin(&self) -> Option<BigRational> {
        match self {
            Self::Nothing => Some(BigRational::zero()),
            Self::At(kelvin) => Some(kelvin.clone()),
            Self::Nowhere => None,
        }
    }
}

/// Why a quantity cannot be stated in another unit (不能换算的原因).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum ConversionRefusal {
    /// The units measure different things, such as a length and a mass.
    #[error("the units measure different quantities")]
    Dimension,
    /// The units count different things, or are arbitrary, or of different currencies; or a point of a scale meets a difference.
    #[error("the units are of different kinds")]
    Kind,
    /// One unit is a multiple of π of the other, such as a degree of a radian; it would have to be rounded.
    #[error("the conversion between the units is not exact")]
    Irrational,
}

impl ConversionRefusal {
    /// What is wrong, with the unit that is given and the one that is wanted.
    pub fn message(self, from: &str, to: &str) -> Text {
        let (from, to) = (named(from), named(to));
        match self {
            Self::Dimension => Text::new(
                format!("“{}”与“{}”不是同一种量的单位", from.zh, to.zh),
                format!("“{}” and “{}” measure different quantities", from.en, to.en),
            ),
            Self::Kind => Text::new(
                format!("“{}”与“{}”之间没有换算关系", from.zh, to.zh),
                format!("Nothing converts “{}” to “{}”", from.en, to.en),
            ),
            Self::Irrational => Text::new(
                format!("“{}”换算为“{}”要用π，得不到精确值", from.zh, to.zh),
                format!("From “{}” to “{}” takes π, so that no value is exact", from.en, to.en),
            ),
        }
    }

    /// What would put it right.
    pub fn remedy(self, to: &str) -> Text {
        let to = named(to);
        Text::new(format!("请以“{}”为单位填写", to.zh), format!("State it in “{}”", to.en))
    }
}

/// A unit as people read it; in English the Chinese word where it has no other.
fn named(unit: &str) -> Text {
    let words = unit_words(unit);
    let en = if words.en.is_empty() { words.zh.clone() } else { words.en };
    Text::new(words.zh, en)
}
