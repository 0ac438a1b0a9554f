//! Promises as they are typed: what each input of an indicator held, read as far as it can be.

use std::collections::BTreeMap;

use super::{Comparator, Number, NumberError, Promise, PromiseValue, Target, Text, Threshold};

/// Most that anybody counts.
const COUNT_MAX: i64 = 1_000_000_000_000_000;
/// Units of things that are counted one by one; half a person-month or a tenth of a million exists, half a product does not.
pub const COUNTERS: [&str; 16] = [
    "{个}", "{件}", "{位}", "{例}", "{套}", "{家}", "{层}", "{条}", "{次}", "{款}", "{种}", "{轴}", "{通道}",
    "{项}", "{台}", "{px}",
];

impl Promise {
    /// Reads what was typed into the inputs of an indicator, by their names: `value`, `low` and `high`, `axes`, `unit`. `None`
    /// where nothing was. What cannot be read is kept as it was typed, so that one slip loses nothing else.
    pub fn read(threshold: &Threshold, parts: &BTreeMap<&str, &str>) -> Option<Self> {
        let part = |name: &str| parts.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
        let unit = part("unit").map(str::to_owned).or_else(|| threshold.unit().map(str::to_owned));
        let read = match threshold.target() {
            Target::Pair { .. } if threshold.comparator() == Comparator::Covers => {
                match (part("low"), part("high")) {
                    (None, None) => return None,
                    (low, high) => low
                        .zip(high)
                        .and_then(|(low, high)| Number::parse(low).ok().zip(Number::parse(high).ok()))
                        .map(|(low, high)| PromiseValue::Pair { low, high }),
                }
            }
            Target::Number(_) | Target::Pair { .. } => {
                Number::parse(part("value")?).ok().map(PromiseValue::Number)
            }
            Target::Tuple(_) => {
                axes(part("axes")?).map(Number::parse).collect::<Result<_, _>>().ok().map(PromiseValue::Tuple)
            }
            Target::Label { .. } | Target::OneOf(_) => Some(PromiseValue::Label(part("value")?.to_owned())),
            Target::Boolean(_) => Some(PromiseValue::Boolean(part("value")? == "yes")),
        };
        let value = read.unwrap_or_else(|| {
            let typed =
                ["value", "low", "high", "axes"].into_iter().filter_map(|name| Some((name, part(name)?)));
            PromiseValue::Unread(typed.map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
        });
        let measured = !matches!(value, PromiseValue::Label(_) | PromiseValue::Boolean(_));
        Some(Self { value, unit: unit.filter(|_| measured) })
    }

    /// Why a promise cannot be taken as a value at all, whatever its threshold asks: message and remedy.
    pub(crate) fn fault(&self) -> Option<(&'static str, Text, Text)> {
        match &self.value {
            PromiseValue::Unread(parts) => {
                let (code, message, remedy) = unread(parts);
                Some((code, message, if self.counts() { count_remedy() } else { remedy }))
            }
            PromiseValue::Number(number) if self.counts() && !is_count(number) => Some((
                "count_invalid",
                Text::new(format!("“{number}”不是可以计数的数"), format!("“{number}” is no count")),
                count_remedy(),
            )),
            _ => None,
        }
    }

    fn counts(&self) -> bool {
        self.unit.as_deref().is_some_and(|unit| COUNTERS.contains(&unit.trim()))
    }
}

/// What would put a count right, with examples that a count takes.
fn count_remedy() -> Text {
    Text::new(
        "按个数计的指标只填不小于0的整数，如3、120，不带单位和千分位逗号，不超过一千万亿",
        "What is counted takes a whole number from 0 to 10^15, such as 3 or 120, without unit or separators",
    )
}

fn is_count(number: &Number) -> bool {
    number.is_whole() && !number.is_negative() && *number <= Number::from(COUNT_MAX)
}

fn unread(parts: &BTreeMap<String, String>) -> (&'static str, Text, Text) {
    let fault = parts.iter().find_map(|(name, text)| match name.as_str() {
        "axes" => axes(text).find_map(|axis| Number::parse(axis).err()),
        _ => Number::parse(text).err(),
    });
    let (message, remedy) = match fault {
        Some(fault) => (NumberError::message(&fault), fault.remedy()),
        None => (
            Text::new("区间只填了一端", "Only one end of the interval is filled in"),
            Text::new("两端都要填", "Fill in both ends"),
        ),
    };
    ("number_invalid", message, remedy)
}

/// The axes of `2560×2048`.
fn axes(text: &str) -> impl Iterator<Item = &str> {
    text.split(['×', 'x', 'X', '*', ',', '，']).map(str::trim)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::shared::{Comparator, Number, Promise, PromiseValue, Target, Threshold, Verdict, verdict};

    fn at_least(unit: &str) -> Threshold {
        Threshold::new(Comparator::Ge, Target::Number(Number::from(3)), Some(unit.to_owned())).unwrap()
    }

    fn read(unit: &str, typed: &str) -> Promise {
        Promise::read(&at_least(unit), &BTreeMap::from([("value", typed)])).unwrap()
    }

    #[test]
    fn a_chinese_keyboard_writes_numbers_too() {
        assert_eq!(read("mm", "３．５").value, PromiseValue::Number(Number::parse("3.5").unwrap()));
        assert_eq!(read("mm", "－３").value, PromiseValue::Number(Number::from(-3)));
    }

    #[test]
    fn what_cannot_be_read_is_kept_and_told() {
        for typed in ["1,000", "三", "３个"] {
            let promise = read("mm", typed);
            let kept = BTreeMap::from([("value".to_owned(), typed.to_owned())]);
            assert_eq!(promise.value, PromiseValue::Unread(kept));
            assert_ne!(verdict(&at_least("mm"), &promise), Verdict::Met);
            assert_eq!(promise.fault().unwrap().0, "number_invalid", "{typed}");
        }
        assert_eq!(Promise::read(&at_least("mm"), &BTreeMap::from([("value", " ")])), None);
    }

    #[test]
    fn examples_for_counts_are_counts() {
        for typed in ["三", "3款", "3.5"] {
            let remedy = read("{款}", typed).fault().unwrap().2;
            assert!(remedy.zh.contains("如3、120") && remedy.en.contains("3 or 120"), "{typed}: {remedy:?}");
            assert!(!remedy.zh.contains("0.001") && !remedy.zh.contains("-3"), "{typed}: {remedy:?}");
        }
        assert!(read("mm", "三").fault().unwrap().2.zh.contains("0.001"));
        for example in ["3", "120"] {
            assert!(read("{款}", example).fault().is_none());
        }
    }

    #[test]
    fn half_an_interval_is_kept() {
        let pair = Target::Pair { low: Number::from(1), high: Number::from(5) };
        let threshold = Threshold::new(Comparator::Covers, pair, None).unwrap();
        let promise = Promise::read(&threshold, &BTreeMap::from([("low", "1")])).unwrap();
        assert!(promise.fault().unwrap().1.zh.contains("一端"));
    }

    #[test]
    fn counts_are_whole_and_sane() {
        for typed in ["3.5", "-1", "1e38", "1000000000000001"] {
            assert_eq!(read("{种}", typed).fault().unwrap().0, "count_invalid", "{typed}");
        }
        for (unit, typed) in
            [("{种}", "0"), ("{种}", "1e15"), ("mm", "3.5"), ("{万元}", "0.5"), ("{年}", "1.5")]
        {
            assert!(read(unit, typed).fault().is_none(), "{typed} {unit}");
        }
    }
}
