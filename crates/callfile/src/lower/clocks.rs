//! Deadlines, periods, years.

use jiebang_domain::call::{Actor, Anchor, Deadline, Period, Source, Span, TargetYear};
use jiebang_domain::shared::{PeriodLength, Text, close_of_day};
use jiff::{Timestamp, civil, tz::Offset, tz::TimeZone};
use std::ops::RangeInclusive;

use super::{Lowering, strength, text};
use crate::diagnostic::Place;
use crate::document::{ActorName, AnchorName, DeadlineTable, SpanName};

/// Years that a notice can mean.
const YEARS: RangeInclusive<u16> = 1990..=2100;

impl Lowering<'_> {
    pub(super) fn deadlines(&mut self, zone: &TimeZone) -> Vec<Deadline> {
        let document = self.document;
        let mut deadlines: Vec<Deadline> = Vec::new();
        for (nth, table) in document.deadline.iter().enumerate() {
            let place = Place::root().key("deadline").nth(nth);
            let source = self.source(Some(&table.clause), None, &place);
            let year = table.at.date.map(|date| date.year);
            let near = year.is_none_or(|year| self.year_near(year, place.key("at")));
            let Some((at, on)) = self.instant(table, zone, &place.key("at"), near) else { continue };
            // Of a year far off it is said already that it is wrong.
            if near {
                self.printed_date(table, at, on, zone, place.key("at"));
            }
            let deadline = Deadline {
                actor: match table.actor {
                    ActorName::Applicant => Actor::Applicant,
                    ActorName::Recommender => Actor::Recommender,
                },
                event: table.event.clone().unwrap_or_else(|| "close".to_owned()),
                at,
                on,
                printed: table.printed.clone(),
                row: table.row.clone(),
                source,
            };
            if deadlines.iter().any(|known| known.actor == deadline.actor && known.event == deadline.event) {
                self.twice(place.clone(), &format!("{} {}", deadline.actor.id(), deadline.event));
            }
            deadlines.push(deadline);
        }
        self.deadlines_in_order(&deadlines);
        deadlines.sort_by_key(|deadline| deadline.at);
        deadlines
    }

    /// The date that the notice prints in Chinese must be the one that closes; of several, one of them.
    fn printed_date(
        &mut self,
        table: &DeadlineTable,
        at: Timestamp,
        on: Option<civil::Date>,
        zone: &TimeZone,
        place: Place,
    ) {
        let local = at.to_zoned(zone.clone());
        // 00:00 may be printed as 24:00 of the day before.
        let midnight = local.time() == civil::Time::midnight();
        let before = local.date().yesterday().ok().filter(|_| midnight);
        let closes = on.unwrap_or_else(|| local.date());
        let dates = printed_dates(&table.printed);
        let is = |day: civil::Date, &(year, month, date): &(Option<i16>, i8, i8)| {
            year.is_none_or(|year| year == day.year()) && (month, date) == (day.month(), day.day())
        };
        let meant =
            |printed| is(closes, printed) || on.is_none() && before.is_some_and(|day| is(day, printed));
        if !dates.is_empty() && !dates.iter().any(meant) {
            self.error(
                "date_differs",
                place,
                (
                    format!("{closes} 与原文“{}”不是同一天", table.printed),
                    format!("{closes} is not the day that is printed: “{}”", table.printed),
                ),
                ("对照通知，改正 at 或 printed", "Correct at or printed after the notice"),
            );
        }
    }

    /// Whether a year is one that a notice can mean; another is told. Before 1990 nobody applied by a system like this one, and
    /// no notice plans beyond 2100: what lies outside is a digit too many, too few or exchanged.
    pub(super) fn year_near(&mut self, year: u16, place: Place) -> bool {
        let near = YEARS.contains(&year);
        if !near {
            let (first, last) = (YEARS.start(), YEARS.end());
            self.error(
                "year_far_off",
                place,
                (
                    format!("年份 {year} 不在{first}至{last}年之间"),
                    format!("The year {year} is not between {first} and {last}"),
                ),
                ("核对年份的四位数字", "Check the four digits of the year"),
            );
        }
        near
    }

    /// Applicants close before their recommenders do.
    fn deadlines_in_order(&mut self, deadlines: &[Deadline]) {
        for recommender in deadlines.iter().filter(|deadline| deadline.actor == Actor::Recommender) {
            let late = deadlines
                .iter()
                .position(|deadline| deadline.actor == Actor::Applicant && deadline.at >= recommender.at);
            if let Some(nth) = late {
                self.error(
                    "deadlines_out_of_order",
                    Place::root().key("deadline").nth(nth).key("at"),
                    ("申报截止不早于推荐截止", "The applicant's deadline is not before the recommender's"),
                    ("核对两个日期", "Check the two dates"),
                );
            }
        }
    }

    /// A local date ends at 24:00 in the call's zone; an offset date-time is the instant itself.
    fn instant(
        &mut self,
        table: &DeadlineTable,
        zone: &TimeZone,
        place: &Place,
        near: bool,
    ) -> Option<(Timestamp, Option<civil::Date>)> {
        let date = table.at.date.and_then(|date| {
            civil::Date::new(
                i16::try_from(date.year).ok()?,
                i8::try_from(date.month).ok()?,
                i8::try_from(date.day).ok()?,
            )
            .ok()
        });
        let instant = match (date, table.at.time, table.at.offset) {
            (Some(date), None, None) => close_of_day(date, zone).ok().map(|at| (at, Some(date))),
            (Some(date), Some(time), Some(offset)) => {
                let minutes = match offset {
                    toml::value::Offset::Z => 0,
                    toml::value::Offset::Custom { minutes } => i32::from(minutes),
                };
                let nanosecond = i32::try_from(time.nanosecond.unwrap_or(0)).ok();
                let time = nanosecond.and_then(|nanosecond| {
                    let (hour, minute) = (i8::try_from(time.hour).ok()?, i8::try_from(time.minute).ok()?);
                    let second = i8::try_from(time.second.unwrap_or(0)).ok()?;
                    civil::Time::new(hour, minute, second, nanosecond).ok()
                });
                time.zip(Offset::from_seconds(minutes * 60).ok())
                    .and_then(|(time, offset)| offset.to_timestamp(date.to_datetime(time)).ok())
                    .map(|at| (at, None))
            }
            _ => None,
        };
        // Of a year far off it is said already that it is wrong.
        if instant.is_none() && near {
            self.error(
                "instant_malformed",
                place.clone(),
                (format!("{} 不能作为截止时间", table.at), format!("{} cannot be a deadline", table.at)),
                (
                    "写日期（如 2025-03-28）；通知印出钟点的，写带时区的时间（如 2025-03-28T17:00:00+08:00）",
                    "Write a date such as 2025-03-28; where an hour is printed, a time with offset such as 2025-03-28T17:00:00+08:00",
                ),
            );
        }
        instant
    }

    pub(super) fn periods(&mut self) -> Vec<Period> {
        let document = self.document;
        let mut periods = Vec::new();
        for (nth, table) in document.period.iter().enumerate() {
            let place = Place::root().key("period").nth(nth);
            if table.years == 0 && table.months == 0 {
                self.error(
                    "period_empty",
                    place.clone(),
                    ("期间没有长度", "The period has no length"),
                    ("写 years 或 months", "Give years or months"),
                );
            }
            periods.push(Period {
                id: table.id.clone(),
                name: table.name.as_ref().map_or_else(|| Text::new("攻关期", "work period"), text),
                span: match table.span {
                    SpanName::Exactly => Span::Exactly,
                    SpanName::AtMost => Span::AtMost,
                    SpanName::Within => Span::Within,
                },
                length: PeriodLength {
                    years: i16::from(table.years),
                    months: i16::from(table.months),
                    days: 0,
                },
                from: match table.from {
                    AnchorName::ListPublished => Anchor::ListPublished,
                    AnchorName::ContractSigned => Anchor::ContractSigned,
                },
                from_source: table.from_source.map(|_| Source::Operator),
                strength: strength(table.strength),
                row: table.row.clone(),
                source: self.source(Some(&table.clause), None, &place),
            });
        }
        periods
    }

    pub(super) fn target_year(&mut self) -> Option<TargetYear> {
        let table = self.document.target_year.as_ref()?;
        let place = Place::root().key("target_year");
        self.year_near(table.year, place.key("year"));
        let source = self.source(Some(&table.clause), None, &place);
        Some(TargetYear { year: table.year, row: table.row.clone(), source })
    }
}

/// Dates in a printed text such as `2025年3月28日`: the year where it stands there, month, day.
fn printed_dates(printed: &str) -> Vec<(Option<i16>, i8, i8)> {
    let number = |text: &str| {
        let text = text.trim_end();
        let start = text.trim_end_matches(|character: char| character.is_ascii_digit()).len();
        (text[..start].trim_end().to_owned(), text[start..].to_owned())
    };
    let mut dates = Vec::new();
    for (at, _) in printed.match_indices('月') {
        let (before, month) = number(&printed[..at]);
        let after = printed[at + '月'.len_utf8()..].trim_start();
        let day = after.split_once('日').map_or("", |(day, _)| day.trim());
        let year = before.strip_suffix('年').map(|before| number(before).1);
        if let (Ok(month), Ok(day)) = (month.parse(), day.parse()) {
            dates.push((year.and_then(|year| year.parse().ok()), month, day));
        }
    }
    dates
}
