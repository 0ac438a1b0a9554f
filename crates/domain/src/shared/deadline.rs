//! Instants that close a day and days that end a period.

use jiff::{Span, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Text;

/// The instant that closes a printed date (截止日24:00): the start of the next day in `zone`, exclusive.
///
/// An act in the last millisecond of the day is in time, one at this instant is late.
pub fn close_of_day(date: Date, zone: &TimeZone) -> Result<Timestamp, DeadlineError> {
    let next = date.tomorrow().map_err(|_| DeadlineError::OutOfRange)?;
    let start = next.to_zoned(zone.clone()).map_err(|_| DeadlineError::OutOfRange)?;
    Ok(start.timestamp())
}

/// Length of a period (期间) in years, months and days; none of them negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeriodLength {
    /// Whole years.
    pub years: i16,
    /// Whole months, added to the years.
    pub months: i16,
    /// Calendar days, added after years and months.
    pub days: i32,
}

impl PeriodLength {
    /// A number of years.
    pub fn years(years: i16) -> Self {
        Self { years, ..Self::default() }
    }

    /// A number of months.
    pub fn months(months: i16) -> Self {
        Self { months, ..Self::default() }
    }

    /// A number of calendar days.
    pub fn days(days: i32) -> Self {
        Self { days, ..Self::default() }
    }
}

/// The last day of a period that a day sets off, by articles 200 to 203 of the Civil Code (民法典).
///
/// The day that sets it off is not counted. Years and months end on the day of the same number, or on the last day
/// of the month where it has no such day; the period ends with that day at 24:00 (see [`close_of_day`]). Public
/// holidays, on which article 203 moves the end, are data that the caller has to apply.
pub fn period_end(start: Date, length: PeriodLength) -> Result<Date, DeadlineError> {
    if length.years < 0 || length.months < 0 || length.days < 0 {
        return Err(DeadlineError::NegativeLength);
    }
    let end = || -> Result<Date, jiff::Error> {
        let months = Span::new().try_years(length.years)?.try_months(length.months)?;
        start.checked_add(months)?.checked_add(0.days().try_days(length.days)?)
    };
    end().map_err(|_| DeadlineError::OutOfRange)
}

/// Why a deadline cannot be reckoned (期限有误).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DeadlineError {
    /// The result lies outside the years that the calendar knows.
    #[error("the deadline lies outside the calendar")]
    OutOfRange,
    /// A period of a negative number of years, months or days.
    #[error("a period cannot have a negative length")]
    NegativeLength,
}

impl DeadlineError {
    /// What is wrong.
    pub fn message(&self) -> Text {
        match self {
            Self::OutOfRange => Text::new(
                "期限超出可计算的年份。",
                "The deadline lies outside the years that can be reckoned.",
            ),
            Self::NegativeLength => {
                Text::new("期间的长度不能为负。", "A period cannot have a negative length.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
    use proptest::prelude::*;

    use super::{DeadlineError, PeriodLength, close_of_day, period_end};

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_closes_at_the_start_of_the_next() {
        for (day, zone, instant) in [
            ("2025-03-28", "Asia/Shanghai", "2025-03-28T16:00:00Z"),
            ("2021-12-15", "Asia/Shanghai", "2021-12-15T16:00:00Z"),
            ("2024-02-29", "Asia/Shanghai", "2024-02-29T16:00:00Z"),
            ("2021-12-31", "Asia/Shanghai", "2021-12-31T16:00:00Z"),
            ("2025-03-28", "UTC", "2025-03-29T00:00:00Z"),
            // Summer time in Shanghai, 1988.
            ("1988-07-01", "Asia/Shanghai", "1988-07-01T15:00:00Z"),
            // The next day starts at 01:00, because clocks skip its first hour.
            ("2018-11-03", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
            // The next day has its first hour twice.
            ("2024-11-02", "America/Havana", "2024-11-03T04:00:00Z"),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!(close_of_day(date(day), &zone), Ok(instant.parse::<Timestamp>().unwrap()), "{day}");
        }
    }

    #[test]
    fn the_last_day_of_the_calendar_has_no_close() {
        assert_eq!(close_of_day(Date::MAX, &TimeZone::UTC), Err(DeadlineError::OutOfRange));
    }

    #[test]
    fn periods_end_by_the_civil_code() {
        let length = |years, months, days| PeriodLength { years, months, days };
        for (start, length, end) in [
            ("2025-06-10", PeriodLength::years(3), "2028-06-10"),
            ("2025-06-10", PeriodLength::years(2), "2027-06-10"),
            ("2024-02-29", PeriodLength::years(1), "2025-02-28"),
            ("2024-02-29", PeriodLength::years(4), "2028-02-29"),
            ("2023-02-28", PeriodLength::years(1), "2024-02-28"),
            ("2025-01-31", PeriodLength::months(1), "2025-02-28"),
            ("2024-01-31", PeriodLength::months(1), "2024-02-29"),
            ("2024-01-30", PeriodLength::months(1), "2024-02-29"),
            ("2025-02-28", PeriodLength::months(1), "2025-03-28"),
            ("2025-08-31", PeriodLength::months(6), "2026-02-28"),
            ("2025-12-31", PeriodLength::months(2), "2026-02-28"),
            ("2025-03-31", PeriodLength::months(3), "2025-06-30"),
            ("2025-11-15", PeriodLength::months(14), "2027-01-15"),
            ("2024-02-29", length(1, 12, 0), "2026-02-28"),
            ("2025-03-28", PeriodLength::days(5), "2025-04-02"),
            ("2024-02-28", PeriodLength::days(1), "2024-02-29"),
            ("2025-12-31", PeriodLength::days(1), "2026-01-01"),
            ("2025-01-31", length(0, 1, 1), "2025-03-01"),
            ("2025-06-10", PeriodLength::default(), "2025-06-10"),
        ] {
            assert_eq!(period_end(date(start), length), Ok(date(end)), "{start} {length:?}");
        }
    }

    #[test]
    fn impossible_periods_are_refused() {
        let start = date("2025-06-10");
        for length in [PeriodLength::years(-1), PeriodLength::months(-1), PeriodLength::days(-1)] {
            assert_eq!(period_end(start, length), Err(DeadlineError::NegativeLength));
        }
        for length in
            [PeriodLength::years(i16::MAX), PeriodLength::days(i32::MAX), PeriodLength::years(7_975)]
        {
            assert_eq!(period_end(start, length), Err(DeadlineError::OutOfRange));
        }
        assert!(!DeadlineError::OutOfRange.message().zh.is_empty());
    }

    #[test]
    fn lengths_are_read_by_name() {
        let length: PeriodLength = serde_json::from_str(r#"{"years":3}"#).unwrap();
        assert_eq!(length, PeriodLength::years(3));
        assert!(serde_json::from_str::<PeriodLength>(r#"{"weeks":3}"#).is_err());
    }

    proptest! {
        #[test]
        fn any_period_is_answered(years: i16, months: i16, days: i32, day in -4_000_000i32..3_000_000) {
            let start = date("1970-01-01").saturating_add(jiff::Span::new().days(day));
            let length = PeriodLength { years, months, days };
            if let Ok(end) = period_end(start, length) {
                prop_assert!(end >= start);
            }
        }

        #[test]
        fn a_day_closes_within_a_day_and_an_hour_of_its_noon(day in -20_000i32..40_000) {
            let zone = TimeZone::get("Asia/Shanghai").unwrap();
            let day = date("1970-01-01").saturating_add(jiff::Span::new().days(day));
            let noon = day.at(12, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
            let rest = close_of_day(day, &zone).unwrap().duration_since(noon);
            prop_assert!(rest >= SignedDuration::from_hours(11) && rest <= SignedDuration::from_hours(13));
        }
    }
}
