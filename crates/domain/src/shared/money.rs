//! Units of money, so that amounts in different units are compared by what they are worth.

use num_rational::BigRational;

use super::Number;

/// Unit of money (金额单位): so many of a currency, as `万元` is ten thousand yuan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyUnit {
    times: i64,
    /// English name of the currency.
    currency: &'static str,
}

/// Currencies by how their unit is written, with their English names. Between two of them nothing is converted.
const CURRENCIES: [(&str, &str); 10] = [
    ("元", "yuan"),
    ("人民币元", "yuan"),
    ("CNY", "yuan"),
    ("RMB", "yuan"),
    ("yuan", "yuan"),
    ("美元", "US dollars"),
    ("USD", "US dollars"),
    ("欧元", "euros"),
    ("EUR", "euros"),
    ("港元", "Hong Kong dollars"),
];

/// Most that a unit can stand for; more is a slip of the pen.
const TIMES_MAX: i64 = 1_000_000_000_000;

impl MoneyUnit {
    /// Reads `元`, `万元`, `百万元`, `亿美元`, `CNY`, in braces or not; `None` for what is no unit of money that is known.
    pub fn parse(unit: &str) -> Option<Self> {
        let mut rest = unit.trim().trim_start_matches('{').trim_end_matches('}').trim();
        let mut times = 1_i64;
        while let Some((first, behind)) = rest.chars().next().map(|first| rest.split_at(first.len_utf8())) {
            let factor = match first {
                "十" => 10,
                "百" => 100,
                "千" => 1_000,
                "万" => 10_000,
                "亿" => 100_000_000,
                _ => break,
            };
            times = times.checked_mul(factor).filter(|times| *times <= TIMES_MAX)?;
            rest = behind;
        }
        let (_, currency) = CURRENCIES.iter().find(|(written, _)| *written == rest)?;
        Some(Self { times, currency })
    }

    /// Its currency in English.
    pub(super) fn currency(self) -> &'static str {
        self.currency
    }

    /// So many of this unit as so many of the currency.
    pub(super) fn of_currency(self, amount: &Number) -> Number {
        Number(&amount.0 * BigRational::from_integer(self.times.into()))
    }

    /// Its English name: `yuan`, `× 10,000 yuan`, `× 100 million US dollars`.
    pub fn english(self) -> String {
        let many = match self.times {
            1 => return self.currency.to_owned(),
            1_000_000_000.. => format!("{} billion", self.times / 1_000_000_000),
            1_000_000.. => format!("{} million", self.times / 1_000_000),
            1_000.. => format!("{},000", self.times / 1_000),
            few => few.to_string(),
        };
        format!("× {many} {}", self.currency)
    }
}

/// An amount stated in the unit `from`, stated in `to`; `None` where the two cannot be compared. One spelling is one unit,
/// whether it is known or not.
pub fn money_in(amount: &Number, from: &str, to: &str) -> Option<Number> {
    if from.trim() == to.trim() {
        return Some(amount.clone());
    }
    let (from, to) = (MoneyUnit::parse(from)?, MoneyUnit::parse(to)?);
    let rate = BigRational::new(from.times.into(), to.times.into());
    (from.currency == to.currency).then(|| Number(&amount.0 * rate))
}

#[cfg(test)]
mod tests {
    use super::{MoneyUnit, money_in};
    use crate::shared::Number;

    fn english(unit: &str) -> Option<String> {
        MoneyUnit::parse(unit).map(MoneyUnit::english)
    }

    #[test]
    fn units_of_money_are_read_and_named() {
        for (unit, name) in [
            ("元", "yuan"),
            (" {万元} ", "× 10,000 yuan"),
            ("人民币元", "yuan"),
            ("CNY", "yuan"),
            ("百元", "× 100 yuan"),
            ("千元", "× 1,000 yuan"),
            ("十万元", "× 100,000 yuan"),
            ("百万元", "× 1 million yuan"),
            ("千万元", "× 10 million yuan"),
            ("亿元", "× 100 million yuan"),
            ("十亿美元", "× 1 billion US dollars"),
            ("万欧元", "× 10,000 euros"),
        ] {
            assert_eq!(english(unit).as_deref(), Some(name), "{unit}");
        }
        for unit in ["", "万", "人", "mm", "k万元", "万英镑", "元/年", "亿亿元", "{台}", "1"] {
            assert_eq!(english(unit), None, "{unit}");
        }
    }

    #[test]
    fn amounts_are_converted_within_one_currency_exactly() {
        let number = |text: &str| Number::parse(text).unwrap();
        for (amount, from, to, stated) in [
            ("1000000", "元", "万元", Some("100")),
            ("1000001", "元", "万元", Some("100.0001")),
            ("100", "万元", "元", Some("1000000")),
            ("0.5", "亿元", "万元", Some("5000")),
            ("-1", "万元", "CNY", Some("-10000")),
            ("7", "英镑", " 英镑 ", Some("7")),
            ("7", "万英镑", "英镑", None),
            ("7", "美元", "元", None),
            ("7", "", "万元", None),
        ] {
            let found = money_in(&number(amount), from, to);
            assert_eq!(found, stated.map(number), "{amount} {from} in {to}");
        }
    }
}
