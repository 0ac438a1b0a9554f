//! Numbers and units as people read them, in both languages.

use super::{MoneyUnit, Number, Text};

/// Least number of digits before the point that are shown in groups: four can be read at a glance.
const GROUPED_DIGITS: usize = 5;

/// English names of counters, for one and for many. A counter that is not among them has none: the name of the quantity says what
/// is counted.
const COUNTERS: [(&str, &str, &str); 6] = [
    ("周次", "cycle", "cycles"),
    ("次", "time", "times"),
    ("通道", "channel", "channels"),
    ("种", "kind", "kinds"),
    ("例", "case", "cases"),
    ("轴", "axis", "axes"),
];

/// A decimal with a comma between the thousands: `10,000,000`. What is no decimal stays as it is.
pub fn grouped(decimal: &str) -> String {
    let unsigned = decimal.trim_start_matches('-');
    let (whole, rest) = unsigned.split_at(unsigned.find('.').unwrap_or(unsigned.len()));
    if whole.len() < GROUPED_DIGITS || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return decimal.to_owned();
    }
    let mut shown = decimal[..decimal.len() - unsigned.len()].to_owned();
    for (nth, digit) in whole.chars().enumerate() {
        if nth > 0 && (whole.len() - nth) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown + rest
}

/// A number with its thousands apart, in a unit of money in English as so many of the currency: `20` 亿元 is `2,000,000,000`.
pub(super) fn number(number: &Number, unit: Option<&str>) -> Text {
    let zh = grouped(&number.to_string());
    match unit.and_then(money) {
        Some((money, _)) => Text::new(zh, grouped(&money.of_currency(number).to_string())),
        None => Text::new(zh.clone(), zh),
    }
}

/// A unit of money, and whether it is one for each year.
fn money(unit: &str) -> Option<(MoneyUnit, bool)> {
    let (measure, yearly) = unit.strip_suffix("/a").map_or((unit, false), |measure| (measure, true));
    MoneyUnit::parse(measure).map(|money| (money, yearly))
}

/// Puts the unit behind numbers made by [`number`]; `one` where the number is one.
pub(super) fn with_unit(words: Text, unit: &str, one: bool) -> Text {
    let mut shown = unit_words(unit);
    if let Some((money, yearly)) = money(unit) {
        shown.en = format!("{}{}", money.currency(), if yearly { " a year" } else { "" });
    } else if one && let Some((_, name, _)) = counter(unit) {
        shown.en = (*name).to_owned();
    }
    let en = format!("{} {}", words.en, shown.en);
    Text::new(format!("{} {}", words.zh, shown.zh), en.trim())
}

fn counter(factor: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let name = factor.trim().strip_prefix('{')?.strip_suffix('}')?;
    COUNTERS.iter().find(|(known, _, _)| *known == name)
}

/// A unit as people read it: counted things lose the braces that UCUM puts around them (`{个}`), units that UCUM names in ASCII
/// get their sign. In
/// English a counter has its name where it has one.
pub fn unit_words(unit: &str) -> Text {
    let unit = unit.replace("{count}/s", "cps");
    let (measure, each) = match unit.strip_suffix("/a") {
        Some(measure) => (measure, ("/年", " a year")),
        None => (unit.as_str(), ("", "")),
    };
    if measure == "mo" {
        return Text::new("个月", "months");
    }
    let chinese = |character: &char| ('\u{4e00}'..='\u{9fff}').contains(character);
    let plain = measure.split('/').map(sign).collect::<Vec<_>>().join("/");
    let in_english = |factor: &str| match (MoneyUnit::parse(factor), counter(factor)) {
        (Some(money), _) => money.english(),
        (None, Some((_, _, many))) => (*many).to_owned(),
        (None, None) => sign(factor).chars().filter(|character| !chinese(character)).collect(),
    };
    let english = measure.split('/').map(in_english).collect::<Vec<String>>().join("/");
    Text::new(format!("{plain}{}", each.0), format!("{english}{}", each.1).trim())
}

/// The sign of one factor of a unit.
fn sign(factor: &str) -> String {
    match factor {
        "deg" => "°".to_owned(),
        "[Ch]" => "Fr".to_owned(),
        "(100.L)" => "100 L".to_owned(),
        _ => {
            let plain = factor.replace(['{', '}', '[', ']'], "").replace('.', "·").replace("H2O", "H₂O");
            match plain.strip_prefix('u') {
                Some(rest) if !rest.is_empty() && !factor.starts_with('{') => format!("μ{rest}"),
                _ => plain,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Number, Text, grouped, number, unit_words, with_unit};

    #[test]
    fn units_are_shown_as_people_read_them() {
        for (unit, zh, en) in [
            ("mm", "mm", "mm"),
            ("{个}", "个", ""),
            ("{周次}", "周次", "cycles"),
            ("{通道}", "通道", "channels"),
            ("{个}/mL", "个/mL", "/mL"),
            ("{count}/s/kBq", "cps/kBq", "cps/kBq"),
            ("{r}/min", "r/min", "r/min"),
            ("um", "μm", "μm"),
            ("[ppm]/h", "ppm/h", "ppm/h"),
            ("cm[H2O]", "cmH₂O", "cmH₂O"),
            ("g/(100.L)", "g/100 L", "g/100 L"),
            ("deg/s", "°/s", "°/s"),
            ("mo", "个月", "months"),
            ("{亿元}/a", "亿元/年", "× 100 million yuan a year"),
            ("万元", "万元", "× 10,000 yuan"),
            ("元", "元", "yuan"),
            ("{亿美元}", "亿美元", "× 100 million US dollars"),
        ] {
            assert_eq!(unit_words(unit), Text::new(zh, en), "{unit}");
        }
    }

    #[test]
    fn thousands_stand_apart_in_long_numbers() {
        for (plain, shown) in [
            ("0", "0"),
            ("2560", "2560"),
            ("10000", "10,000"),
            ("-10000000", "-10,000,000"),
            ("400000000", "400,000,000"),
            ("12345.6789", "12,345.6789"),
            ("0.000001", "0.000001"),
            ("100000/3", "100000/3"),
            ("六", "六"),
        ] {
            assert_eq!(grouped(plain), shown);
        }
    }

    #[test]
    fn amounts_of_money_are_multiplied_in_english() {
        for (plain, unit, zh, en) in [
            ("20", "{亿元}", "20 亿元", "2,000,000,000 yuan"),
            ("50", "{亿元}/a", "50 亿元/年", "5,000,000,000 yuan a year"),
            ("0.5", "万元", "0.5 万元", "5000 yuan"),
            ("1", "{种}", "1 种", "1 kind"),
            ("2", "{种}", "2 种", "2 kinds"),
            ("10000000", "{周次}", "10,000,000 周次", "10,000,000 cycles"),
            ("1", "{个}/mL", "1 个/mL", "1 /mL"),
        ] {
            let value = Number::parse(plain).unwrap();
            let shown = with_unit(number(&value, Some(unit)), unit, value == Number::from(1));
            assert_eq!(shown, Text::new(zh, en), "{plain} {unit}");
        }
    }
}
