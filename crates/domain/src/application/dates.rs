//! Dates as they are typed, and what is wrong with those that are none.

use jiff::civil::Date;
use std::ops::RangeInclusive;

use crate::shared::Text;

/// Years that a form can mean: people born before the first are gone, and nobody plans beyond the last. What lies outside is a slip.
const YEARS: RangeInclusive<i16> = 1900..=2200;

/// The day that a text means; `None` where something is wrong with it.
pub fn date(text: &str) -> Option<Date> {
    text.trim().parse::<Date>().ok().filter(|date| YEARS.contains(&date.year()))
}

/// What is wrong with a text that should be a date, and what would put it right; `None` for a date.
pub fn date_fault(text: &str) -> Option<(Text, Text)> {
    let text = text.trim();
    if let Ok(date) = text.parse::<Date>() {
        return (!YEARS.contains(&date.year())).then(|| far_off(date.year()));
    }
    let like = Text::new("按 2025-03-28 的形式填写", "Write it like 2025-03-28");
    if text.is_empty() {
        return Some((Text::new("没有填写日期", "A date is missing"), like));
    }
    let Some((year, month, day)) = parts(text) else {
        return Some((Text::new(format!("“{text}”不是日期"), format!("“{text}” is not a date")), like));
    };
    let message = Text::new(
        format!("没有{year}年{month}月{day}日这一天"),
        format!("There is no day {year:04}-{month:02}-{day:02}"),
    );
    let first = i8::try_from(month).ok().and_then(|month| Date::new(year, month, 1).ok());
    let remedy = match first.map(Date::days_in_month) {
        Some(days) => Text::new(
            format!("该月有{days}天，改正日期"),
            format!("That month has {days} days: correct the date"),
        ),
        None => Text::new("月份从1到12，改正日期", "Months run from 1 to 12: correct the date"),
    };
    Some((message, remedy))
}

/// The fault of a year that nobody can mean.
fn far_off(year: i16) -> (Text, Text) {
    let (first, last) = (YEARS.start(), YEARS.end());
    (
        Text::new(
            format!("年份{year:04}不在{first}至{last}年之间"),
            format!("The year {year:04} is not between {first} and {last}"),
        ),
        Text::new("核对年份的四位数字", "Check the four digits of the year"),
    )
}

/// Year, month and day of a text of the form `2025-02-30`.
fn parts(text: &str) -> Option<(i16, u8, u8)> {
    let digits =
        |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => {
            Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::date_fault;

    #[test]
    fn a_day_that_does_not_exist_is_told_as_such() {
        for (text, zh, en) in [
            ("2025-02-30", "没有2025年2月30日这一天", "There is no day 2025-02-30"),
            ("2025-13-01", "没有2025年13月1日这一天", "There is no day 2025-13-01"),
            ("2025-04-00", "没有2025年4月0日这一天", "There is no day 2025-04-00"),
            ("2025年2月3日", "“2025年2月3日”不是日期", "is not a date"),
            ("2025-2-3", "不是日期", "is not a date"),
            (" ", "没有填写日期", "A date is missing"),
        ] {
            let (message, _) = date_fault(text).unwrap();
            assert!(message.zh.contains(zh) && message.en.contains(en), "{text}: {message:?}");
        }
        assert!(date_fault("2025-02-30").unwrap().1.zh.contains("28天"));
        assert!(date_fault("2025-13-01").unwrap().1.en.contains("1 to 12"));
        assert_eq!(date_fault("2024-02-29"), None);
    }

    #[test]
    fn a_year_that_nobody_can_mean_is_told() {
        for (text, zh, en) in [
            ("0001-01-01", "年份0001不在1900至2200年之间", "The year 0001 is not between 1900 and 2200"),
            ("1899-12-31", "年份1899", "1899"),
            ("2201-01-01", "年份2201", "2201"),
        ] {
            let (message, _) = date_fault(text).unwrap();
            assert!(message.zh.contains(zh) && message.en.contains(en), "{text}: {message:?}");
        }
        for text in ["1900-01-01", "2200-12-31"] {
            assert_eq!(date_fault(text), None, "{text}");
        }
    }
}
