//! Applications by hour toward the deadline (截止前各小时提交数).

use askama::Template;
use jiebang_domain::shared::{Language, grouped};

use super::{drawn, percent, share};
use crate::words::pick;

/// Most hours that are drawn: a week.
pub const HOURS_MAX: usize = 168;

/// What came in hour by hour.
#[derive(Clone, Debug)]
pub struct Hours {
    /// What it shows.
    pub title: String,
    /// The deadline in words.
    pub deadline: String,
    /// Counts, the oldest first; the last is of the hour before the deadline. Of more than a week the last is drawn.
    pub counts: Vec<u32>,
}

#[derive(Template)]
#[template(path = "figures/hours.html")]
struct View {
    title: String,
    summary: String,
    bars: Vec<Bar>,
    levels: Vec<Mark>,
    ticks: Vec<Mark>,
    peak: Peak,
    deadline: String,
    table: String,
    head: [String; 2],
    rows: Vec<(String, String)>,
    empty: String,
}

struct Bar {
    at: String,
    width: String,
    top: String,
    height: String,
}

struct Peak {
    at: String,
    top: String,
    label: String,
    anchor: &'static str,
}

struct Mark {
    at: String,
    label: String,
    anchor: &'static str,
}

/// Draws it.
pub fn hours(figure: &Hours, language: Language) -> String {
    let from = figure.counts.len().saturating_sub(HOURS_MAX);
    let counts = &figure.counts[from..];
    let most = counts.iter().copied().max().unwrap_or(0);
    let total: u64 = counts.iter().copied().map(u64::from).sum();
    let top = rounded_up(most);
    let width = if counts.is_empty() { 0.0 } else { 1.0 / wide(counts.len()) };
    let before = |nth: usize| counts.len() - nth;
    let bars = counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(nth, count)| {
        let height = share(*count, top);
        Bar {
            at: percent((wide(nth) + 0.1) * width),
            width: percent(0.8 * width),
            top: percent(1.0 - height),
            height: percent(height),
        }
    });
    let busiest = counts.iter().rposition(|count| *count == most).unwrap_or(0);
    let hour = |nth: usize| match before(nth) {
        1 => pick(language, "截止前最后 1 小时", "the last hour"),
        hours => {
            pick(language, &format!("截止前第 {hours} 小时"), &format!("hour {hours} before the deadline"))
        }
    };
    let shown = |count: u64| grouped(&count.to_string());
    let hours = counts.len();
    let summary = pick(
        language,
        &format!(
            "截止前 {hours} 小时共收到 {} 项；最多的一小时收到 {} 项（{}）。",
            shown(total),
            shown(most.into()),
            hour(busiest)
        ),
        &format!(
            "{} in the last {hours} hours; {} in the busiest ({}).",
            shown(total),
            shown(most.into()),
            hour(busiest)
        ),
    );
    let rows = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    drawn(&View {
        title: figure.title.clone(),
        summary,
        bars: if most > 0 { bars.collect() } else { Vec::new() },
        levels: levels(top),
        ticks: ticks(counts.len(), language),
        peak: peak(busiest, counts.len(), share(most, top), most),
        deadline: pick(
            language,
            &format!("截止：{}", figure.deadline),
            &format!("Deadline: {}", figure.deadline),
        ),
        table: pick(language, "各小时的数", "The numbers hour by hour"),
        head: [pick(language, "时间", "Hour"), pick(language, "收到", "Received")],
        rows: rows.map(|(nth, count)| (hour(nth), shown((*count).into()))).collect(),
        empty: pick(language, "这段时间没有收到申报。", "Nothing was received in this time."),
    })
}

/// A number of hours as a width; at most a week of them.
fn wide(hours: usize) -> f64 {
    u32::try_from(hours).map_or(f64::from(u32::MAX), f64::from)
}

/// The next number of the form 1, 2 or 5 with zeros, at least 2, so that its half is whole or read at once.
fn rounded_up(most: u32) -> u32 {
    let tens = std::iter::successors(Some(1_u32), |ten| ten.checked_mul(10));
    tens.flat_map(|ten| [1, 2, 5].map(|one: u32| one.saturating_mul(ten)))
        .find(|round| *round >= most.max(2))
        .unwrap_or(u32::MAX)
}

fn levels(top: u32) -> Vec<Mark> {
    let level = |count: u32| Mark {
        at: percent(1.0 - share(count, top)),
        label: grouped(&count.to_string()),
        anchor: "start",
    };
    let half = top.is_multiple_of(2).then(|| level(top / 2));
    std::iter::once(level(top)).chain(half).collect()
}

fn ticks(hours: usize, language: Language) -> Vec<Mark> {
    let step = match hours {
        0..=12 => 3,
        13..=30 => 6,
        31..=80 => 24,
        _ => 48,
    };
    (1..)
        .map(|nth| nth * step)
        .take_while(|before| *before <= hours)
        .map(|before| Mark {
            at: percent(1.0 - wide(before) / wide(hours)),
            label: pick(language, &format!("{before} 小时前"), &format!("{before} h before")),
            anchor: if before == hours { "start" } else { "middle" },
        })
        .collect()
}

/// The number above the highest bar, turned inwards near an edge.
fn peak(busiest: usize, hours: usize, height: f64, most: u32) -> Peak {
    let at = if hours == 0 { 0.0 } else { (wide(busiest) + 0.5) / wide(hours) };
    let anchor = match at {
        at if at > 0.85 => "end",
        at if at < 0.15 => "start",
        _ => "middle",
    };
    let top = percent(1.0 - height);
    Peak { at: percent(at), top, label: grouped(&most.to_string()), anchor }
}

#[cfg(test)]
mod tests {
    use jiebang_domain::shared::Language;

    use super::{HOURS_MAX, Hours, hours, rounded_up};

    fn of(counts: Vec<u32>) -> String {
        let deadline = "2025-03-28 24:00 <".to_owned();
        hours(&Hours { title: "提交".to_owned(), deadline, counts }, Language::Zh)
    }

    #[test]
    fn bars_stand_on_their_hours() {
        let html = of(vec![0, 5, 0, 10]);
        assert!(html.contains("x=\"27.5%\" width=\"20%\" y=\"50%\" height=\"50%\""), "{html}");
        assert!(html.contains("x=\"77.5%\" width=\"20%\" y=\"0%\" height=\"100%\""), "{html}");
        assert!(html.contains("共收到 15 项") && html.contains("截止前最后 1 小时"));
        assert!(html.contains("24:00 &#60;") && html.contains("<title>提交</title>"));
        assert_eq!(html.matches("<tr>").count(), 3);
    }

    #[test]
    fn nothing_and_too_much_are_drawn() {
        for counts in [Vec::new(), vec![0; 72]] {
            let html = of(counts);
            assert!(html.contains("这段时间没有收到申报") && !html.contains("<svg"), "{html}");
        }
        let html = of(vec![u32::MAX; 1_000]);
        assert_eq!(html.matches("class=\"chart__bar\"").count(), HOURS_MAX);
        assert!(!html.contains("NaN"));
    }

    #[test]
    fn scales_end_on_round_numbers() {
        for (most, round) in [(0, 2), (1, 2), (3, 5), (5, 5), (11, 20), (201, 500), (u32::MAX, u32::MAX)] {
            assert_eq!(rounded_up(most), round);
        }
    }
}
