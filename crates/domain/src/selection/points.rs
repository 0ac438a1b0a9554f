//! Points as exact fractions.

use num_rational::Ratio;
use num_traits::ToPrimitive;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

use crate::shared::Number;

/// Places after the point that people are shown where no decimal is exact.
const SHOWN_PLACES: u32 = 4;

/// Points (分), exact: the mean of three scores stays a third. Stored as a fraction: `260/3`, `86`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(Ratio<i128>);

impl Points {
    /// None.
    pub const ZERO: Self = Self(Ratio::new_raw(0, 1));

    /// So many parts of so many; `None` for parts of nothing.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        (denominator != 0).then(|| Self(Ratio::new(numerator, denominator)))
    }

    /// The number as points; `None` where it is finer or larger than points can be.
    pub fn of(number: &Number) -> Option<Self> {
        let ratio = number.ratio();
        Self::new(ratio.numer().to_i128()?, ratio.denom().to_i128()?)
    }

    /// From zero up to the next: how far two are apart.
    pub fn gap(self, other: Self) -> Self {
        Self(if self > other { self.0 - other.0 } else { other.0 - self.0 })
    }

    /// As people read it: a decimal of at most four places, rounded half up and marked `≈` where it is not exact.
    pub fn shown(self) -> String {
        let scale = 10_i128.pow(SHOWN_PLACES);
        let scaled = self.0 * Ratio::from_integer(scale);
        let rounded = scaled.round().to_integer();
        let sign = if rounded < 0 { "-" } else { "" };
        let (whole, rest) = (rounded.abs() / scale, rounded.abs() % scale);
        let decimals = format!("{rest:04}");
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        let about = if scaled.is_integer() { "" } else { "≈" };
        format!("{about}{sign}{whole}{point}{decimals}")
    }
}

/// The exact fraction.
impl fmt::Display for Points {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (numerator, denominator) = text.split_once('/').unwrap_or((&text, "1"));
        let parts = numerator.parse().ok().zip(denominator.parse().ok());
        let points = parts.and_then(|(numerator, denominator)| Self::new(numerator, denominator));
        points.ok_or_else(|| de::Error::custom(format!("{text} is no fraction")))
    }
}

#[cfg(test)]
mod tests {
    use super::Points;
    use crate::shared::Number;

    #[test]
    fn points_are_exact_and_say_when_they_are_shown_rounded() {
        for (numerator, denominator, exact, shown) in [
            (260, 3, "260/3", "≈86.6667"),
            (173, 2, "173/2", "86.5"),
            (86, 1, "86", "86"),
            (-1, 3, "-1/3", "≈-0.3333"),
            (1, 16, "1/16", "0.0625"),
            (1, 32, "1/32", "≈0.0313"),
            (0, 5, "0", "0"),
        ] {
            let points = Points::new(numerator, denominator).unwrap();
            assert_eq!((points.to_string().as_str(), points.shown().as_str()), (exact, shown));
            let stored = serde_json::to_string(&points).unwrap();
            assert_eq!(serde_json::from_str::<Points>(&stored).unwrap(), points);
        }
        assert_eq!(Points::new(1, 0), None);
        assert!(serde_json::from_str::<Points>("\"1/0\"").is_err());
        assert!(serde_json::from_str::<Points>("\"a\"").is_err());
        let number = Number::parse("86.50").unwrap();
        assert_eq!(Points::of(&number), Points::new(173, 2));
        assert_eq!(Points::of(&Number::parse("1e40").unwrap()), None);
        let (three, five) = (Points::new(3, 1).unwrap(), Points::new(5, 1).unwrap());
        assert_eq!(
            (three.gap(five), five.gap(three)),
            (Points::new(2, 1).unwrap(), Points::new(2, 1).unwrap())
        );
    }
}
