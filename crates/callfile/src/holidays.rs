//! The holiday table: `shared/holidays.toml`, which an operator may keep beside its own calls.

use std::collections::BTreeSet;

use jiebang_domain::shared::{HolidayYear, Holidays, Text};
use jiff::civil::Date;
use serde::Deserialize;

use crate::Library;

/// Most days of one holiday.
const HOLIDAY_DAYS_MAX: usize = 31;

/// The table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    year: Vec<YearTable>,
}

/// One year: its notice, holidays from their first to their last day, make-up working days.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct YearTable {
    year: i16,
    notice: String,
    off: Vec<[toml::value::Datetime; 2]>,
    working: Vec<toml::value::Datetime>,
}

/// What is wrong with a holiday table (节假日表有误).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolidayFault {
    /// The year that it is about; `None` where the file cannot be read at all.
    pub year: Option<i16>,
    /// What is wrong.
    pub message: Text,
    /// What would put it right.
    pub remedy: Text,
}

/// The table that counts: the operator's own where there is one, else the one in the binary.
///
/// # Errors
/// Every fault of the file, or that there is none.
pub fn holidays(library: &Library) -> Result<Holidays, Vec<HolidayFault>> {
    match library.shared("holidays", None) {
        Some(text) => read_holidays(&text),
        None => Err(vec![fault(
            None,
            ("没有找到节假日表", "There is no holiday table"),
            ("放入 shared/holidays.toml", "Put shared/holidays.toml beside the calls"),
        )]),
    }
}

/// Reads a holiday table.
///
/// # Errors
/// Every fault, one a year at most.
pub fn read_holidays(text: &str) -> Result<Holidays, Vec<HolidayFault>> {
    let table: Table = toml::from_str(text).map_err(|error| {
        let remedy = ("按示例改正文件", "Correct the file after the one that comes with the product");
        vec![fault(
            None,
            (format!("节假日表无法读取：{error}"), format!("It cannot be read: {error}")),
            remedy,
        )]
    })?;
    let mut holidays = Holidays::default();
    let mut faults = Vec::new();
    for table in table.year {
        let year = table.year;
        let read = year_of(table).and_then(|of| {
            holidays.insert(year, of).map_err(|error| {
                fault(
                    Some(year),
                    (format!("{year}年的数据有误：{error}"), format!("{year}: {error}")),
                    ("对照该年的通知改正", "Correct it after the notice of that year"),
                )
            })
        });
        faults.extend(read.err());
    }
    if faults.is_empty() { Ok(holidays) } else { Err(faults) }
}

fn year_of(table: YearTable) -> Result<HolidayYear, HolidayFault> {
    let year = table.year;
    let mut of = HolidayYear { notice: table.notice, ..HolidayYear::default() };
    if of.notice.trim().is_empty() {
        return Err(fault(
            Some(year),
            (format!("{year}年没有写通知文号"), format!("{year} does not name its notice")),
            ("在 notice 写文号", "Give the number of the notice"),
        ));
    }
    for [first, last] in table.off {
        of.days_off.extend(days(year, first, last)?);
    }
    for day in table.working {
        of.working.extend(days(year, day, day)?);
    }
    Ok(of)
}

/// Days from the first to the last.
fn days(
    year: i16,
    first: toml::value::Datetime,
    last: toml::value::Datetime,
) -> Result<BTreeSet<Date>, HolidayFault> {
    let (from, to) = (date(year, first)?, date(year, last)?);
    let all: BTreeSet<Date> = from
        .series(jiff::Span::new().days(1))
        .take(HOLIDAY_DAYS_MAX + 1)
        .take_while(|day| *day <= to)
        .collect();
    if all.is_empty() || all.len() > HOLIDAY_DAYS_MAX {
        return Err(fault(
            Some(year),
            (
                format!("{from}至{to}不是一个假期（1至{HOLIDAY_DAYS_MAX}天）"),
                format!("{from} to {to} is no holiday of 1 to {HOLIDAY_DAYS_MAX} days"),
            ),
            ("核对首日和末日", "Check the first and the last day"),
        ));
    }
    Ok(all)
}

/// A plain date; with an hour it is none.
fn date(year: i16, written: toml::value::Datetime) -> Result<Date, HolidayFault> {
    let plain = written.date.filter(|_| written.time.is_none());
    let date = plain.and_then(|date| {
        let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
        Date::new(i16::try_from(date.year).ok()?, month, day).ok()
    });
    date.ok_or_else(|| {
        fault(
            Some(year),
            (format!("{written} 不是日期"), format!("{written} is not a date")),
            ("按 2025-10-01 的形式填写", "Write it like 2025-10-01"),
        )
    })
}

fn fault(
    year: Option<i16>,
    message: (impl Into<String>, impl Into<String>),
    remedy: (&str, &str),
) -> HolidayFault {
    HolidayFault { year, message: Text::new(message.0, message.1), remedy: Text::new(remedy.0, remedy.1) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, Weekday};

    use super::{holidays, read_holidays};
    use crate::Library;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_table_in_the_binary_holds_the_notices() {
        let holidays = holidays(&Library::default()).unwrap();
        let years: Vec<_> = holidays.years().map(|(year, of)| (year, of.notice.clone())).collect();
        assert_eq!(years.first().unwrap().0, 2021);
        assert!(
            years.iter().all(|(year, notice)| notice.contains(&format!("〔{}〕", year - 1))),
            "{years:?}"
        );
        // A make-up day pays for a weekday off; what is left over are the statutory days, 11 a year and 13 as of 2025.
        for (year, of) in holidays.years() {
            let weekend = |day: &&Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            let weekdays_off = of.days_off.iter().filter(|day| !weekend(day)).count();
            let statutory = if year < 2025 { 11 } else { 13 };
            assert_eq!(weekdays_off - of.working.len(), statutory, "{year}");
        }
    }

    /// Public notices that were really held, each of five working days.
    #[test]
    fn real_public_notices_are_five_working_days() {
        let holidays = holidays(&Library::default()).unwrap();
        for (first, last) in [
            ("2022-08-05", "2022-08-11"),
            ("2023-07-19", "2023-07-25"),
            ("2024-06-28", "2024-07-04"),
            ("2026-01-12", "2026-01-16"),
        ] {
            assert_eq!(holidays.last_of(date(first), 5), Ok(date(last)), "{first}");
        }
        assert_eq!(holidays.after(date("2025-09-26"), 5), Ok(date("2025-10-10")));
        assert_eq!(holidays.after(date("2026-02-13"), 2), Ok(date("2026-02-24")));
        assert!(holidays.after(date("2026-12-20"), 5).is_err());
    }

    #[test]
    fn faulty_tables_are_told() {
        let year = |rest: &str| format!("[[year]]\nyear = 2030\nnotice = \"x\"\n{rest}");
        for (text, says) in [
            ("year = 1".to_owned(), "cannot be read"),
            (year("off = []\nworking = []\nextra = 1"), "cannot be read"),
            (year("off = [[2030-01-03, 2030-01-01]]\nworking = []"), "no holiday"),
            (year("off = [[2030-01-01, 2030-03-01]]\nworking = []"), "no holiday"),
            (year("off = [[2030-01-01T08:00:00, 2030-01-01]]\nworking = []"), "is not a date"),
            (year("off = [[2031-01-01, 2031-01-01]]\nworking = []"), "outside the year"),
            (year("off = []\nworking = [2030-01-01]"), "working day anyway"),
            ("[[year]]\nyear = 2030\nnotice = \" \"\noff = []\nworking = []".to_owned(), "name its notice"),
        ] {
            let faults = read_holidays(&text).unwrap_err();
            assert!(faults[0].message.en.contains(says), "{text}: {:?}", faults[0]);
        }
    }
}
