//! Public notice (公示) in working days.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::PublicationFault;
use crate::call::Source;
use crate::shared::{DeadlineError, Holidays, Text, close_of_day};

/// Whether the day of publication is counted. Notices of the ministries count it, the Civil Code (art. 201) does not; who declares the
/// notice says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstDay {
    /// The day of publication is the first working day, where it is one.
    Counted,
    /// The first working day is the one after.
    NotCounted,
}

/// How a list is shown to the public before it is final (公示规则).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeRule {
    /// Working days of the notice, at least one.
    pub working_days: u16,
    /// Whether the day of publication is one of them.
    pub first_day: FirstDay,
    /// Working days after receipt in which an objection is answered.
    pub answer_working_days: u16,
    /// Clause or operator's plan.
    pub source: Source,
}

/// A public notice (公示期).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticePeriod {
    /// Day of publication; objections are taken from then on.
    pub published_on: Date,
    /// Last working day.
    pub last_on: Date,
    /// Start of the day of publication.
    pub opens_at: Timestamp,
    /// Exclusive instant of the end of the last day.
    pub closes_at: Timestamp,
}

/// Where a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeStage {
    /// Not begun.
    NotBegun,
    /// Objections are taken (公示中).
    Running,
    /// Over (公示结束).
    Over,
}

impl NoticeStage {
    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::NotBegun => "not_begun",
            Self::Running => "running",
            Self::Over => "over",
        }
    }

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::NotBegun => Text::new("未开始公示", "Notice not begun"),
            Self::Running => Text::new("公示中", "Public notice"),
            Self::Over => Text::new("公示结束", "Notice over"),
        }
    }
}

impl NoticePeriod {
    /// Where the notice stands at an instant.
    pub fn stage(&self, at: Timestamp) -> NoticeStage {
        if at < self.opens_at {
            NoticeStage::NotBegun
        } else if at < self.closes_at {
            NoticeStage::Running
        } else {
            NoticeStage::Over
        }
    }
}

/// The notice of a list that is published on a day.
///
/// # Errors
/// A notice without a day, a holiday table that is silent, a day outside the calendar.
pub fn notice_period(
    rule: &NoticeRule,
    published_on: Date,
    holidays: &Holidays,
    zone: &TimeZone,
) -> Result<NoticePeriod, PublicationFault> {
    if rule.working_days == 0 {
        return Err(PublicationFault::NoticeEmpty);
    }
    let last_on = match rule.first_day {
        FirstDay::Counted => holidays.last_of(published_on, rule.working_days),
        FirstDay::NotCounted => holidays.after(published_on, rule.working_days),
    };
    let last_on = last_on.map_err(PublicationFault::HolidaysMissing)?;
    let before = published_on.yesterday().map_err(|_| DeadlineError::OutOfRange);
    let opens_at = before.and_then(|before| close_of_day(before, zone));
    Ok(NoticePeriod {
        published_on,
        last_on,
        opens_at: opens_at.map_err(PublicationFault::Unreckonable)?,
        closes_at: close_of_day(last_on, zone).map_err(PublicationFault::Unreckonable)?,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::{civil::Date, tz::TimeZone};

    use super::{FirstDay, NoticePeriod, NoticeRule, NoticeStage, notice_period};
    use crate::call::Source;
    use crate::publication::PublicationFault;
    use crate::shared::{HolidayYear, Holidays, MissingYear};

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    pub(in crate::publication) fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    /// The national holiday of a year, for the tests of the room.
    pub(in crate::publication) fn holidays() -> Holidays {
        let days_off = (1..=7).map(|day| Date::new(2026, 10, day).unwrap()).collect();
        let working = [date("2026-09-20"), date("2026-10-10")].into();
        let mut holidays = Holidays::default();
        holidays.insert(2026, HolidayYear { notice: "x".to_owned(), days_off, working }).unwrap();
        holidays
    }

    pub(in crate::publication) fn rule(first_day: FirstDay) -> NoticeRule {
        NoticeRule { working_days: 5, first_day, answer_working_days: 10, source: Source::Operator }
    }

    /// The notice from Monday 12 January 2026 to Friday.
    pub(in crate::publication) fn january() -> NoticePeriod {
        notice_period(&rule(FirstDay::Counted), date("2026-01-12"), &holidays(), &zone()).unwrap()
    }

    #[test]
    fn notices_end_with_their_last_working_day() {
        for (on, first_day, last) in [
            ("2026-01-12", FirstDay::Counted, "2026-01-16"),
            ("2026-01-12", FirstDay::NotCounted, "2026-01-19"),
            ("2026-01-10", FirstDay::Counted, "2026-01-16"),
            ("2026-09-28", FirstDay::Counted, "2026-10-09"),
            ("2026-09-28", FirstDay::NotCounted, "2026-10-10"),
            ("2026-10-01", FirstDay::Counted, "2026-10-13"),
        ] {
            let found = notice_period(&rule(first_day), date(on), &holidays(), &zone()).unwrap();
            assert_eq!(found.last_on, date(last), "{on} {first_day:?}");
            assert_eq!(found.closes_at.to_string(), format!("{last}T16:00:00Z"));
        }
    }

    #[test]
    fn a_notice_runs_from_the_first_instant_to_the_last() {
        for (at, stage) in [
            ("2026-01-11T15:59:59.999Z", NoticeStage::NotBegun),
            ("2026-01-11T16:00:00Z", NoticeStage::Running),
            ("2026-01-16T15:59:59.999Z", NoticeStage::Running),
            ("2026-01-16T16:00:00Z", NoticeStage::Over),
        ] {
            assert_eq!(january().stage(at.parse().unwrap()), stage, "{at}");
        }
    }

    #[test]
    fn what_cannot_be_counted_is_refused() {
        let empty = NoticeRule { working_days: 0, ..rule(FirstDay::Counted) };
        let of = |rule: &NoticeRule, on| notice_period(rule, date(on), &holidays(), &zone());
        assert_eq!(of(&empty, "2026-01-12"), Err(PublicationFault::NoticeEmpty));
        let missing = PublicationFault::HolidaysMissing(MissingYear { year: 2027 });
        assert_eq!(of(&rule(FirstDay::Counted), "2026-12-22"), Err(missing.clone()));
        assert!(missing.finding(&Source::Operator).message.zh.contains("2027年"));
    }
}
