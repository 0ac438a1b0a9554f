//! The execution period by articles 200 to 203 of the Civil Code (民法典).

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::RaceFault;
use crate::call::{Anchor, Period};
use crate::shared::{Holidays, ListKind, ListPublished, close_of_day, period_end};

/// Whether a last day on which nobody works is moved (民法典第二百零三条); call or operator's plan says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastDay<'a> {
    /// The period ends as it is counted.
    AsCounted,
    /// On a legal holiday or a weekend it ends on the next working day.
    NextWorkingDay(&'a Holidays),
}

/// When the teams of a race work (攻关期).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutionPeriod {
    /// Day on which the list was published; it is not counted.
    pub published_on: Date,
    /// Last day; the period ends with it at 24:00.
    pub last_on: Date,
    /// The day counted first, where a rule moved it.
    pub counted_to: Option<Date>,
    /// Start of the day of publication: from then on the teams may act.
    pub opens_at: Timestamp,
    /// Exclusive instant of the end.
    pub closes_at: Timestamp,
}

/// The period that the publication of a list sets off.
///
/// # Errors
/// Every reason why it cannot be reckoned: another list, another anchor, a holiday table that is silent, a year outside the calendar.
pub fn execution_period(
    published: ListPublished,
    period: &Period,
    last_day: LastDay<'_>,
    zone: &TimeZone,
) -> Result<ExecutionPeriod, Vec<RaceFault>> {
    let mut faults = Vec::new();
    if published.kind != ListKind::Shortlist {
        faults.push(RaceFault::ListOpensNoRace);
    }
    if period.from != Anchor::ListPublished {
        faults.push(RaceFault::PeriodFromContract);
    }
    match ends(published.on, period, last_day, zone) {
        Ok(ends) if faults.is_empty() => Ok(ends),
        Ok(_) => Err(faults),
        Err(fault) => {
            faults.push(fault);
            Err(faults)
        }
    }
}

fn ends(
    published_on: Date,
    period: &Period,
    last_day: LastDay<'_>,
    zone: &TimeZone,
) -> Result<ExecutionPeriod, RaceFault> {
    let counted = period_end(published_on, period.length).map_err(RaceFault::Unreckonable)?;
    let last_on = match last_day {
        LastDay::AsCounted => counted,
        LastDay::NextWorkingDay(holidays) => {
            holidays.working_day_from(counted).map_err(RaceFault::HolidaysMissing)?
        }
    };
    let before = published_on.yesterday();
    let opens_at = before.map_err(|_| crate::shared::DeadlineError::OutOfRange);
    let opens_at = opens_at.and_then(|before| close_of_day(before, zone)).map_err(RaceFault::Unreckonable)?;
    Ok(ExecutionPeriod {
        published_on,
        last_on,
        counted_to: (last_on != counted).then_some(counted),
        opens_at,
        closes_at: close_of_day(last_on, zone).map_err(RaceFault::Unreckonable)?,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::{civil::Date, tz::TimeZone};
    use proptest::prelude::*;

    use super::{ExecutionPeriod, LastDay, execution_period};
    use crate::call::{Anchor, Period, Source, Span, Strength};
    use crate::race::RaceFault;
    use crate::shared::{HolidayYear, Holidays, ListKind, ListPublished, MissingYear, PeriodLength, Text};

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn period(length: PeriodLength, from: Anchor) -> Period {
        Period {
            id: "work".to_owned(),
            name: Text::new("攻关期", "work period"),
            length,
            span: Span::Exactly,
            from,
            from_source: None,
            strength: Strength::Must,
            row: None,
            source: Source::Operator,
        }
    }

    /// The national holiday of 2027, as it might be.
    fn holidays() -> Holidays {
        let days_off = (1..=7).map(|day| Date::new(2027, 10, day).unwrap()).collect();
        let working = [date("2027-09-26"), date("2027-10-09")].into();
        let mut holidays = Holidays::default();
        holidays.insert(2027, HolidayYear { notice: "x".to_owned(), days_off, working }).unwrap();
        holidays
    }

    fn of(on: &str, length: PeriodLength, last_day: LastDay<'_>) -> Result<ExecutionPeriod, Vec<RaceFault>> {
        let published = ListPublished { kind: ListKind::Shortlist, on: date(on) };
        execution_period(published, &period(length, Anchor::ListPublished), last_day, &shanghai())
    }

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    /// A period of two years from 4 November 2025 for the tests of other modules.
    pub(in crate::race) fn two_years() -> ExecutionPeriod {
        of("2025-11-04", PeriodLength::years(2), LastDay::AsCounted).unwrap()
    }

    #[test]
    fn periods_end_by_the_civil_code() {
        let holidays = holidays();
        let moved = LastDay::NextWorkingDay(&holidays);
        let (two, month) = (PeriodLength::years(2), PeriodLength::months(1));
        for (on, length, last_day, last, counted_to) in [
            ("2025-11-04", two, LastDay::AsCounted, "2027-11-04", None),
            // The first day of the national holiday, and a Saturday before the working Sunday.
            ("2025-10-01", two, LastDay::AsCounted, "2027-10-01", None),
            ("2025-10-01", two, moved, "2027-10-08", Some("2027-10-01")),
            ("2025-09-25", two, moved, "2027-09-26", Some("2027-09-25")),
            ("2025-10-09", two, moved, "2027-10-09", None),
            ("2025-11-04", two, moved, "2027-11-04", None),
            ("2024-02-29", PeriodLength::years(3), moved, "2027-03-01", Some("2027-02-28")),
            ("2027-01-31", month, LastDay::AsCounted, "2027-02-28", None),
        ] {
            let found = of(on, length, last_day).unwrap();
            assert_eq!((found.last_on, found.counted_to), (date(last), counted_to.map(date)), "{on}");
            assert_eq!(found.closes_at.to_string(), format!("{last}T16:00:00Z"), "{on}");
        }
        let found = of("2025-11-04", two, LastDay::AsCounted).unwrap();
        assert_eq!(found.opens_at.to_string(), "2025-11-03T16:00:00Z");
    }

    #[test]
    fn what_cannot_be_reckoned_is_told_at_once() {
        let published = ListPublished { kind: ListKind::Winners, on: date("2025-11-04") };
        let faulty = period(PeriodLength::years(3), Anchor::ContractSigned);
        let found = execution_period(published, &faulty, LastDay::NextWorkingDay(&holidays()), &shanghai());
        let missing = RaceFault::HolidaysMissing(MissingYear { year: 2028 });
        assert_eq!(found, Err(vec![RaceFault::ListOpensNoRace, RaceFault::PeriodFromContract, missing]));
        let far = of("2025-11-04", PeriodLength::years(9_000), LastDay::AsCounted).unwrap_err();
        assert!(matches!(far[..], [RaceFault::Unreckonable(_)]));
    }

    proptest! {
        #[test]
        fn a_period_never_ends_before_it_is_counted(day in 0i32..20_000, months in 0i16..100) {
            let on = date("1990-01-01").saturating_add(jiff::Span::new().days(day));
            let published = ListPublished { kind: ListKind::Shortlist, on };
            let length = period(PeriodLength::months(months), Anchor::ListPublished);
            let counted = execution_period(published, &length, LastDay::AsCounted, &shanghai()).unwrap();
            prop_assert!(counted.opens_at < counted.closes_at && counted.last_on >= on);
            let holidays = holidays();
            match execution_period(published, &length, LastDay::NextWorkingDay(&holidays), &shanghai()) {
                Ok(moved) => {
                    prop_assert!(moved.last_on >= counted.last_on);
                    prop_assert_eq!(holidays.is_working(moved.last_on), Ok(true));
                }
                Err(faults) => prop_assert!(matches!(faults[..], [RaceFault::HolidaysMissing(_)])),
            }
        }
    }
}
