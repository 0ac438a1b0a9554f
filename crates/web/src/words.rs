//! Instants, sizes and clauses as people read them, and the views that many pages share.

use jiebang_domain::call::{Call, Deadline, Strength, english_date, instant_words};
use jiebang_domain::shared::{ClauseId, Language};
use jiff::{Timestamp, tz::TimeZone};

/// A clause with its address on the call's page.
#[derive(Clone, Debug)]
pub struct ClauseView {
    /// Number as printed.
    pub label: String,
    /// Address.
    pub href: String,
    /// What it says in short.
    pub text: String,
}

/// The clock that binds.
#[derive(Clone, Debug)]
pub struct ClockView {
    /// Whose clock.
    pub label: String,
    /// Machine time.
    pub at: String,
    /// Date as people say it.
    pub date: String,
    /// Hour and zone.
    pub hour: String,
    /// How much is left.
    pub left: String,
    /// What happens then; may be empty.
    pub note: String,
    /// Less than three days are left.
    pub near: bool,
    /// It has run out.
    pub past: bool,
}

/// One of two words.
pub fn pick(language: Language, zh: &str, en: &str) -> String {
    match language {
        Language::Zh => zh.to_owned(),
        Language::En => en.to_owned(),
    }
}

/// Beijing, whose time every page shows.
pub fn beijing() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

/// A minute in Beijing: `2025-03-20 09:00`.
pub fn minute(at: Timestamp, language: Language) -> String {
    let zoned = at.to_zoned(beijing());
    match language {
        Language::Zh => format!(
            "{}年{}月{}日 {:02}:{:02}",
            zoned.year(),
            zoned.month(),
            zoned.day(),
            zoned.hour(),
            zoned.minute()
        ),
        Language::En => format!("{:02}:{:02}, {}", zoned.hour(), zoned.minute(), english_date(zoned.date())),
    }
}

/// A second in Beijing.
pub fn second(at: Timestamp, language: Language) -> String {
    let zoned = at.to_zoned(beijing());
    match language {
        Language::Zh => format!("{}:{:02}（北京时间）", minute(at, language), zoned.second()),
        Language::En => format!(
            "{:02}:{:02}:{:02} (Beijing time), {}",
            zoned.hour(),
            zoned.minute(),
            zoned.second(),
            english_date(zoned.date())
        ),
    }
}

/// An instant to the millisecond, as a receipt states it.
pub fn precise(at: Timestamp, language: Language) -> String {
    let zoned = at.to_zoned(beijing());
    let clock =
        format!("{:02}:{:02}:{:02}.{:03}", zoned.hour(), zoned.minute(), zoned.second(), zoned.millisecond());
    match language {
        Language::Zh => format!("{} {clock}（北京时间）", day(at, language)),
        Language::En => format!("{}, {clock} (Beijing time)", day(at, language)),
    }
}

/// A digest in groups of eight digits.
pub fn grouped(digest: &str) -> String {
    let bytes = digest.as_bytes().chunks(8);
    bytes.map(|chunk| String::from_utf8_lossy(chunk)).collect::<Vec<_>>().join(" ")
}

/// A day in Beijing.
pub fn day(at: Timestamp, language: Language) -> String {
    day_words(at.to_zoned(beijing()).date(), language)
}

/// A calendar day.
fn day_words(date: jiff::civil::Date, language: Language) -> String {
    match language {
        Language::Zh => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Language::En => english_date(date),
    }
}

/// Machine time.
pub fn machine(at: Timestamp) -> String {
    at.to_zoned(beijing()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// A size in bytes as people read it.
pub fn size(bytes: i64) -> String {
    match bytes {
        0..=1023 => format!("{bytes} B"),
        1024..=1_048_575 => format!("{} KB", (bytes + 512) / 1024),
        _ => format!("{}.{} MB", bytes >> 20, ((bytes & 0xf_ffff) * 10) >> 20),
    }
}

/// A clause of a call with its address.
pub fn clause(call: &Call, id: &ClauseId, language: Language) -> ClauseView {
    let text = call.clauses.iter().find(|clause| clause.id == *id);
    ClauseView {
        label: id.to_string(),
        href: format!("/calls/{}#{}", call.id, id.anchor()),
        text: text.map(|clause| clause.text.get(language).to_owned()).unwrap_or_default(),
    }
}

/// How much time is left, in days and hours.
pub fn left(until: Timestamp, now: Timestamp, language: Language) -> String {
    let seconds = until.as_second() - now.as_second();
    if seconds <= 0 {
        return pick(language, "已截止", "Closed");
    }
    let (days, hours, minutes) = (seconds / 86_400, seconds % 86_400 / 3_600, seconds % 3_600 / 60);
    match language {
        Language::Zh if days > 0 => format!("还有 {days} 天 {hours} 小时"),
        Language::Zh if hours > 0 => format!("还有 {hours} 小时 {minutes} 分"),
        Language::Zh => format!("还有 {minutes} 分钟"),
        Language::En if days > 0 => format!("{} {} left", units(days, "day"), units(hours, "hour")),
        Language::En if hours > 0 => format!("{} {} min left", units(hours, "hour"), minutes),
        Language::En => format!("{minutes} min left"),
    }
}

fn units(count: i64, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// A deadline as a clock.
pub fn clock(
    call: &Call,
    deadline: &Deadline,
    label: String,
    now: Timestamp,
    language: Language,
) -> ClockView {
    let words = instant_words(call, deadline).get(language).to_owned();
    let (date, hour) = match (deadline.on, language) {
        (Some(_), Language::Zh) => {
            (words.trim_end_matches(" 24:00").to_owned(), "24:00（北京时间）".to_owned())
        }
        (Some(on), Language::En) => (english_date(on), "24:00 (Beijing time)".to_owned()),
        (None, _) => {
            let at = deadline.at.to_zoned(call.zone.clone());
            let zone = call.zone.iana_name().unwrap_or("UTC");
            let hour = format!("{:02}:{:02}", at.hour(), at.minute());
            match language {
                Language::Zh => (day_words(at.date(), language), format!("{hour}（{zone}）之前")),
                Language::En => (day_words(at.date(), language), format!("before {hour} ({zone})")),
            }
        }
    };
    let seconds = deadline.at.as_second() - now.as_second();
    ClockView {
        label,
        at: machine(deadline.at),
        date,
        hour,
        left: left(deadline.at, now, language),
        note: String::new(),
        near: (0..3 * 86_400).contains(&seconds),
        past: seconds <= 0,
    }
}

/// How strictly a rule binds: word and style of its tag.
pub fn strength(strength: Strength, language: Language) -> (String, &'static str) {
    match strength {
        Strength::Must => (pick(language, "必须", "must"), "solid"),
        Strength::InPrinciple => (pick(language, "原则上", "in principle"), ""),
        Strength::Encouraged => (pick(language, "鼓励", "encouraged"), "soft"),
    }
}

/// A phrase as it begins a line: in English with a capital.
pub fn capital(phrase: &str) -> String {
    let mut characters = phrase.chars();
    match characters.next() {
        Some(first) => format!("{}{}", first.to_ascii_uppercase(), characters.as_str()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{grouped, precise};
    use jiebang_domain::shared::Language;

    #[test]
    fn instants_are_stated_to_the_millisecond() {
        let at = "2025-03-28T15:59:59.999Z".parse().unwrap();
        assert_eq!(precise(at, Language::Zh), "2025年3月28日 23:59:59.999（北京时间）");
        assert_eq!(precise(at, Language::En), "28 March 2025, 23:59:59.999 (Beijing time)");
    }

    #[test]
    fn digests_are_read_in_groups() {
        assert_eq!(grouped("0123456789abcdef0"), "01234567 89abcdef 0");
    }
}
