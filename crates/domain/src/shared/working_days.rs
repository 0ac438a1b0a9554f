//! Working days by the yearly notices of the State Council.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use thiserror::Error;

use super::{Finding, Severity, Text};

/// From this day of December on the next year's notice is needed too: its New Year holiday has moved days as early as the 29th.
const NEW_YEAR_FROM: i8 = 25;

/// What the notice of one year says (国务院办公厅节假日安排): what differs from the plain week.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HolidayYear {
    /// Number of the notice, such as `国办发明电〔2024〕12号`.
    pub notice: String,
    /// Days off (放假), weekends inside a holiday included or not.
    pub days_off: BTreeSet<Date>,
    /// Days at a weekend on which people work (调休上班).
    pub working: BTreeSet<Date>,
}

/// Holiday table (节假日表) as data. A year that it does not hold is unknown, never guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    years: BTreeMap<i16, HolidayYear>,
}

/// A day cannot be told to be a working day, because the notice of a year is missing (缺少节假日安排).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the holiday table has no year {year}")]
pub struct MissingYear {
    /// The year whose notice is needed.
    pub year: i16,
}

/// What is wrong with the data of a year (节假日数据有误).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HolidayError {
    /// The year stands in the table already.
    #[error("the year {0} stands in the table twice")]
    Twice(i16),
    /// A day that lies neither in the year nor in the December before it.
    #[error("{0} lies outside the year of its notice")]
    OutsideYear(Date),
    /// A day that is both a day off and a working day.
    #[error("{0} is both a day off and a working day")]
    Both(Date),
    /// A make-up working day that is no Saturday or Sunday.
    #[error("{0} is a working day anyway")]
    WorkingAnyway(Date),
}

impl Holidays {
    /// Adds the notice of a year.
    ///
    /// # Errors
    /// The first fault of its days; the table is unchanged then.
    pub fn insert(&mut self, year: i16, of: HolidayYear) -> Result<(), HolidayError> {
        if self.years.contains_key(&year) {
            return Err(HolidayError::Twice(year));
        }
        let before = |day: &Date| Some(day.year()) == year.checked_sub(1) && day.month() == 12;
        let mut all = of.days_off.iter().chain(&of.working);
        if let Some(day) = all.find(|day| day.year() != year && !before(day)) {
            return Err(HolidayError::OutsideYear(*day));
        }
        if let Some(day) = of.days_off.intersection(&of.working).next() {
            return Err(HolidayError::Both(*day));
        }
        if let Some(day) = of.working.iter().find(|day| !is_weekend(**day)) {
            return Err(HolidayError::WorkingAnyway(*day));
        }
        self.years.insert(year, of);
        Ok(())
    }

    /// Years that are known, with their notices.
    pub fn years(&self) -> impl Iterator<Item = (i16, &HolidayYear)> {
        self.years.iter().map(|(year, of)| (*year, of))
    }

    /// Whether people work on a day.
    ///
    /// # Errors
    /// The notice of its year is missing, or that of the next where the day is so late in December that it may decide.
    pub fn is_working(&self, day: Date) -> Result<bool, MissingYear> {
        let own = self.year(day.year())?;
        let next = day.year().saturating_add(1);
        let late = day.month() == 12 && day.day() >= NEW_YEAR_FROM;
        let of_next = if late { Some(self.year(next)?) } else { self.years.get(&next) };
        let says = |of: &HolidayYear| {
            let off = of.days_off.contains(&day).then_some(false);
            off.or_else(|| of.working.contains(&day).then_some(true))
        };
        Ok(of_next.and_then(says).or_else(|| says(own)).unwrap_or(!is_weekend(day)))
    }

    /// The day itself where people work on it, else the next on which they do.
    ///
    /// # Errors
    /// The search reaches a year without a notice.
    pub fn working_day_from(&self, day: Date) -> Result<Date, MissingYear> {
        let mut day = day;
        while !self.is_working(day)? {
            day = next(day)?;
        }
        Ok(day)
    }

    /// The last of so many working days, of which `first` is the earliest that may count. None at all end on `first`.
    ///
    /// # Errors
    /// The period reaches a year without a notice.
    pub fn last_of(&self, first: Date, working_days: u16) -> Result<Date, MissingYear> {
        let mut last = first;
        let mut day = first;
        for nth in 0..working_days {
            if nth > 0 {
                day = next(last)?;
            }
            last = self.working_day_from(day)?;
        }
        Ok(last)
    }

    /// The day that is so many working days after another, which is not counted (民法典第二百零一条).
    ///
    /// # Errors
    /// The period reaches a year without a notice.
    pub fn after(&self, day: Date, working_days: u16) -> Result<Date, MissingYear> {
        if working_days == 0 {
            return Ok(day);
        }
        self.last_of(next(day)?, working_days)
    }

    fn year(&self, year: i16) -> Result<&HolidayYear, MissingYear> {
        self.years.get(&year).ok_or(MissingYear { year })
    }
}

impl MissingYear {
    /// The finding: refuses, because a deadline may not be guessed.
    pub fn finding(self) -> Finding {
        let year = self.year;
        Finding {
            code: "holiday_year_missing".to_owned(),
            severity: Severity::Refusal,
            clause: None,
            field: None,
            message: Text::new(
                format!("节假日表没有{year}年，无法计算工作日"),
                format!("The holiday table has no year {year}: working days cannot be counted"),
            ),
            remedy: Text::new(
                format!("国务院办公厅公布{year}年节假日安排后，补入节假日表"),
                format!(
                    "Add the State Council's notice for {year} to the holiday table when it is published"
                ),
            ),
        }
    }
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The next day; the calendar ends in a year that no notice will name.
fn next(day: Date) -> Result<Date, MissingYear> {
    day.tomorrow().map_err(|_| MissingYear { year: day.year() })
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, civil::Date};
    use proptest::prelude::*;

    use super::{HolidayError, HolidayYear, Holidays, MissingYear};

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn year(days_off: &[&str], working: &[&str]) -> HolidayYear {
        let set = |days: &[&str]| days.iter().map(|day| date(day)).collect();
        HolidayYear { notice: String::new(), days_off: set(days_off), working: set(working) }
    }

    /// 2018 and 2019 around the New Year, where the notice of 2019 moved days of December 2018; a holiday of October 2018.
    fn table() -> Holidays {
        let mut holidays = Holidays::default();
        let golden = [
            "2018-10-01",
            "2018-10-02",
            "2018-10-03",
            "2018-10-04",
            "2018-10-05",
            "2018-10-06",
            "2018-10-07",
        ];
        holidays.insert(2018, year(&golden, &["2018-09-29", "2018-09-30"])).unwrap();
        let turn = ["2018-12-30", "2018-12-31", "2019-01-01"];
        holidays.insert(2019, year(&turn, &["2018-12-29"])).unwrap();
        holidays
    }

    #[test]
    fn days_are_told_by_the_notice_then_by_the_week() {
        for (day, works) in [
            ("2018-09-28", true),
            ("2018-09-29", true),
            ("2018-09-30", true),
            ("2018-10-01", false),
            ("2018-10-05", false),
            ("2018-10-08", true),
            ("2018-10-13", false),
            ("2018-12-29", true),
            ("2018-12-31", false),
            ("2019-01-01", false),
            ("2019-01-02", true),
        ] {
            assert_eq!(table().is_working(date(day)), Ok(works), "{day}");
        }
    }

    #[test]
    fn years_without_a_notice_are_not_guessed() {
        let holidays = table();
        for (day, year) in [("2017-12-31", 2017), ("2020-01-01", 2020), ("2019-12-25", 2020)] {
            assert_eq!(holidays.is_working(date(day)), Err(MissingYear { year }), "{day}");
        }
        assert_eq!(holidays.is_working(date("2019-12-24")), Ok(true));
        assert_eq!(holidays.after(date("2019-12-20"), 5), Err(MissingYear { year: 2020 }));
        assert_eq!(holidays.after(date("2019-12-20"), 2), Ok(date("2019-12-24")));
        let told = MissingYear { year: 2020 }.finding();
        assert!(told.message.zh.contains("2020年") && told.remedy.en.contains("2020"));
    }

    #[test]
    fn working_days_are_counted_over_holidays() {
        let holidays = table();
        for (day, count, end) in [
            ("2018-09-28", 0, "2018-09-28"),
            ("2018-09-28", 1, "2018-09-29"),
            ("2018-09-28", 2, "2018-09-30"),
            ("2018-09-28", 3, "2018-10-08"),
            ("2018-12-28", 1, "2018-12-29"),
            ("2018-12-28", 2, "2019-01-02"),
        ] {
            assert_eq!(holidays.after(date(day), count), Ok(date(end)), "{day} {count}");
        }
        assert_eq!(holidays.last_of(date("2018-10-01"), 1), Ok(date("2018-10-08")));
        assert_eq!(holidays.last_of(date("2018-10-08"), 1), Ok(date("2018-10-08")));
    }

    #[test]
    fn faulty_years_are_refused() {
        let mut holidays = table();
        let day = date("2021-05-01");
        for (number, of, error) in [
            (2018, year(&[], &[]), HolidayError::Twice(2018)),
            (2022, year(&["2021-05-01"], &[]), HolidayError::OutsideYear(day)),
            (2021, year(&["2021-05-01"], &["2021-05-01"]), HolidayError::Both(day)),
            (2021, year(&[], &["2021-05-07"]), HolidayError::WorkingAnyway(date("2021-05-07"))),
        ] {
            assert_eq!(holidays.insert(number, of), Err(error));
        }
        assert_eq!(holidays, table());
    }

    proptest! {
        #[test]
        fn periods_hold_exactly_their_working_days(start in 0i32..500, count in 0u16..60) {
            let holidays = table();
            let start = date("2018-01-01").saturating_add(start.days());
            if let Ok(end) = holidays.after(start, count) {
                let mut worked = 0;
                let mut day = start;
                while day < end {
                    day = day.tomorrow().unwrap();
                    worked += u16::from(holidays.is_working(day).unwrap());
                }
                prop_assert_eq!(worked, count);
                prop_assert!(count == 0 || holidays.is_working(end).unwrap());
            }
        }
    }
}
