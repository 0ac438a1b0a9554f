//! Arithmetic on decimals as people write them: `0.3 * 33.3` is `9.99`, not `9.989999999999998`.
//!
//! A float stands for the shortest decimal that reads back as it; the result is computed on those decimals and rounded
//! once. Where a result has more digits than fit, the floats themselves are used.

use std::ops::{Add, Div, Mul, Sub};

/// Widest difference of exponents that is aligned.
const SHIFT_MAX: u32 = 20;
/// Dividends are scaled up to this before a division.
const DIVIDEND_MIN: i128 = 1_000_000_000_000_000_000_000_000_000_000_000_000;

/// `digits × 10^exponent`.
#[derive(Clone, Copy)]
struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    fn of(value: f64) -> Option<Self> {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{decimals}").parse().ok()?;
        let places = i32::try_from(decimals.len()).ok()?;
        Some(Self { digits, exponent: exponent.parse::<i32>().ok()?.checked_sub(places)? })
    }

    fn rounded(self) -> Option<f64> {
        format!("{}e{}", self.digits, self.exponent).parse().ok()
    }

    /// The digits at a lower exponent.
    fn at(self, exponent: i32) -> Option<i128> {
        let shift = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        if self.digits == 0 {
            return Some(0);
        }
        if shift > SHIFT_MAX { None } else { self.digits.checked_mul(10i128.pow(shift)) }
    }

    fn plus(self, other: Self) -> Option<Self> {
        let exponent = match (self.digits, other.digits) {
            (0, _) => return Some(other),
            (_, 0) => return Some(self),
            _ => self.exponent.min(other.exponent),
        };
        Some(Self { digits: self.at(exponent)?.checked_add(other.at(exponent)?)?, exponent })
    }

    fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { digits: other.digits.checked_neg()?, ..other })
    }

    fn times(self, other: Self) -> Option<Self> {
        Some(Self {
            digits: self.digits.checked_mul(other.digits)?,
            exponent: self.exponent.checked_add(other.exponent)?,
        })
    }

    fn over(self, other: Self) -> Option<Self> {
        let (mut dividend, mut exponent) = (self.digits, self.exponent.checked_sub(other.exponent)?);
        while dividend != 0 && dividend.abs() < DIVIDEND_MIN {
            dividend *= 10;
            exponent -= 1;
        }
        let quotient = dividend.checked_div(other.digits)?;
        if dividend.checked_rem(other.digits)? == 0 {
            return Some(Self { digits: quotient, exponent });
        }
        // A digit beyond the last keeps the rounding on the right side of a tie.
        let sign = if (dividend < 0) == (other.digits < 0) { 1 } else { -1 };
        Some(Self { digits: quotient.checked_mul(10)?.checked_add(sign)?, exponent: exponent - 1 })
    }
}

fn exactly(
    left: f64,
    right: f64,
    decimals: fn(Decimal, Decimal) -> Option<Decimal>,
    floats: fn(f64, f64) -> f64,
) -> f64 {
    let result = || decimals(Decimal::of(left)?, Decimal::of(right)?)?.rounded();
    result().unwrap_or_else(|| floats(left, right))
}

/// The sum of two.
pub(super) fn add(left: f64, right: f64) -> f64 {
    exactly(left, right, Decimal::plus, f64::add)
}

/// The difference.
pub(super) fn subtract(left: f64, right: f64) -> f64 {
    exactly(left, right, Decimal::minus, f64::sub)
}

/// The product.
pub(super) fn multiply(left: f64, right: f64) -> f64 {
    exactly(left, right, Decimal::times, f64::mul)
}

/// The quotient.
pub(super) fn divide(left: f64, right: f64) -> f64 {
    exactly(left, right, Decimal::over, f64::div)
}

/// The sum of many, rounded once.
pub(super) fn sum(values: &[f64]) -> f64 {
    let zero = Decimal { digits: 0, exponent: 0 };
    let total = values.iter().try_fold(zero, |total, value| total.plus(Decimal::of(*value)?));
    total.and_then(Decimal::rounded).unwrap_or_else(|| values.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_those_that_people_read() {
        assert_eq!(add(0.1, 0.2), 0.3);
        assert_eq!(subtract(0.3, 0.1), 0.2);
        assert_eq!(multiply(0.3, 33.3), 9.99);
        assert_eq!(divide(30.3, 100.0), 0.303);
        assert_eq!(divide(1.0, 3.0), 1.0 / 3.0);
        assert_eq!(divide(-2.0, 3.0), -2.0 / 3.0);
        assert_eq!(divide(0.0, 3.0), 0.0);
        assert_eq!(sum(&[33.3, 33.3, 33.4]), 100.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[]), 0.0);
    }

    #[test]
    fn what_does_not_fit_falls_back_to_floats() {
        assert_eq!(add(1e100, 1.0), 1e100);
        assert_eq!(multiply(1e200, 1e200), f64::INFINITY);
        assert!(add(f64::INFINITY, f64::NEG_INFINITY).is_nan());
        assert_eq!(divide(1.0, 0.0), f64::INFINITY);
    }

    proptest! {
        /// Never further from the float result than its own rounding.
        #[test]
        fn results_stay_by_the_floats(left in -1e15f64..1e15, right in -1e15f64..1e15) {
            let near = |decimal: f64, float: f64, scale: f64| (decimal - float).abs() <= scale * 1e-15;
            let scale = left.abs() + right.abs();
            prop_assert!(near(add(left, right), left + right, scale));
            prop_assert!(near(subtract(left, right), left - right, scale));
            prop_assert!(near(multiply(left, right), left * right, (left * right).abs()));
            if right != 0.0 {
                prop_assert!(near(divide(left, right), left / right, (left / right).abs()));
            }
        }

        /// Amounts in cents add up to the cent.
        #[test]
        fn cents_add_up(cents in prop::collection::vec(-10_000_000_000i64..10_000_000_000, 0..50)) {
            let amounts: Vec<f64> = cents.iter().map(|cents| *cents as f64 / 100.0).collect();
            prop_assert_eq!(sum(&amounts), cents.iter().sum::<i64>() as f64 / 100.0);
        }
    }
}
