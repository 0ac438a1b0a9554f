//! Milestones in lanes on an axis of time, with the day and what has been reported (甘特图).

use askama::Template;
use jiebang_domain::shared::Language;
use jiff::{Span, civil::Date};

use super::{drawn, percent, shortened};
use crate::words::pick;

/// Most bars that are drawn; more than anyone reads.
pub const GANTT_BARS_MAX: usize = 1_000;
/// Most marks on the axis.
const TICKS_MAX: i32 = 9;
/// Share of the width behind which a mark has no label: a phone shows seven of them side by side.
const LABELS_TO: f64 = 0.86;
/// Months between marks.
const STEPS: [i32; 11] = [1, 2, 3, 6, 12, 24, 60, 120, 600, 6_000, 60_000];

/// A work plan, or the plans of several teams, as a picture.
#[derive(Clone, Debug)]
pub struct Gantt {
    /// What it shows.
    pub title: String,
    /// Lanes in order: upstream and downstream, or team by team.
    pub lanes: Vec<GanttLane>,
    /// First day of the axis.
    pub first: Date,
    /// Last day of the axis.
    pub last: Date,
    /// The day on which it is looked at.
    pub today: Date,
}

/// A lane with its milestones.
#[derive(Clone, Debug)]
pub struct GanttLane {
    /// Name; may be empty where there is one lane only.
    pub name: String,
    /// Milestones in order.
    pub bars: Vec<GanttBar>,
}

/// A milestone.
#[derive(Clone, Debug)]
pub struct GanttBar {
    /// What is to be done.
    pub name: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Progress reported last, in percent.
    pub percent: u8,
    /// Day on which it was complete.
    pub reached_on: Option<Date>,
    /// A word on it, such as a risk; may be empty.
    pub note: String,
}

#[derive(Template)]
#[template(path = "figures/gantt.html")]
struct View {
    title: String,
    summary: String,
    head: [String; 4],
    ticks: Vec<Tick>,
    today: Option<Today>,
    lanes: Vec<LaneView>,
    more: String,
    empty: String,
}

struct Tick {
    at: String,
    label: String,
    minor: bool,
}

struct Today {
    at: String,
    label: String,
    anchor: &'static str,
}

struct LaneView {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    note: String,
    dates: String,
    state: &'static str,
    word: String,
    done: String,
    from: String,
    width: String,
    filled: String,
    end: String,
}

/// Draws it.
pub fn gantt(figure: &Gantt, language: Language) -> String {
    let axis = Axis::new(figure.first, figure.last);
    let mut left = GANTT_BARS_MAX;
    let mut lanes = Vec::new();
    for lane in figure.lanes.iter().filter(|lane| !lane.bars.is_empty()) {
        let bars = lane.bars.iter().take(left);
        let rows: Vec<Row> = bars.map(|bar| row(bar, figure.today, &axis, language)).collect();
        left -= rows.len();
        if !rows.is_empty() {
            lanes.push(LaneView { name: shortened(&lane.name), rows });
        }
    }
    let all: usize = figure.lanes.iter().map(|lane| lane.bars.len()).sum();
    let hidden = all.saturating_sub(GANTT_BARS_MAX);
    let more = match hidden {
        0 => String::new(),
        _ => pick(
            language,
            &format!("另有 {hidden} 个节点没有画出。"),
            &format!("{hidden} more are not drawn."),
        ),
    };
    drawn(&View {
        title: figure.title.clone(),
        summary: summary(figure, all, language),
        head: [("节点", "Milestone"), ("起止", "From and to"), ("状态", "State"), ("时间轴", "Time")]
            .map(|(zh, en)| pick(language, zh, en)),
        ticks: axis.ticks(),
        today: axis.today(figure.today, language),
        lanes,
        more,
        empty: pick(language, "还没有节点。", "There are no milestones yet."),
    })
}

fn summary(figure: &Gantt, all: usize, language: Language) -> String {
    let bars = || figure.lanes.iter().flat_map(|lane| &lane.bars);
    let count = |wanted: &str| bars().filter(|bar| state(bar, figure.today) == wanted).count();
    let (done, late) = (count("done"), count("late"));
    let (first, last) = (figure.first, figure.last);
    pick(
        language,
        &format!("{first} 至 {last}，共 {all} 个节点：完成 {done} 个，逾期 {late} 个。"),
        &format!("{first} to {last}, {all} in all: {done} complete, {late} late."),
    )
}

/// Where a milestone stands on a day.
fn state(bar: &GanttBar, today: Date) -> &'static str {
    if bar.reached_on.is_some() {
        "done"
    } else if today > bar.to {
        "late"
    } else if today >= bar.from || bar.percent > 0 {
        "running"
    } else {
        "coming"
    }
}

fn row(bar: &GanttBar, today: Date, axis: &Axis, language: Language) -> Row {
    let state = state(bar, today);
    let (zh, en) = match state {
        "done" => ("完成", "Complete"),
        "late" => ("逾期", "Late"),
        "running" => ("进行中", "Under way"),
        _ => ("未开始", "Not begun"),
    };
    let from = axis.at(bar.from);
    let end = axis.at(bar.to.tomorrow().unwrap_or(bar.to)).max(from);
    let width = (end - from).max(0.004);
    let done = if state == "done" { 100 } else { bar.percent.min(100) };
    Row {
        name: shortened(&bar.name),
        note: shortened(&bar.note),
        dates: format!("{} – {}", bar.from, bar.to),
        state,
        word: pick(language, zh, en),
        done: if state == "coming" { String::new() } else { format!("{done} %") },
        from: percent(from),
        width: percent(width),
        filled: percent(width * f64::from(done) / 100.0),
        end: percent(end),
    }
}

/// Whole months from the first day to the last.
struct Axis {
    first: Date,
    end: Date,
    days: f64,
}

impl Axis {
    fn new(first: Date, last: Date) -> Self {
        let last = last.max(first);
        let (first, end) = (first.first_of_month(), last.last_of_month());
        Self { first, end, days: f64::from(days(first, end) + 1) }
    }

    /// Share of the width; days outside lie on the edge.
    fn at(&self, day: Date) -> f64 {
        (f64::from(days(self.first, day)) / self.days).clamp(0.0, 1.0)
    }

    fn ticks(&self) -> Vec<Tick> {
        let months = i32::from(self.end.year() - self.first.year()) * 12
            + i32::from(self.end.month() - self.first.month())
            + 1;
        let step = STEPS.into_iter().find(|step| months / step < TICKS_MAX).unwrap_or(STEPS[STEPS.len() - 1]);
        (0..=TICKS_MAX)
            .map_while(|nth| {
                let months = Span::new().try_months(nth * step).ok()?;
                let day = self.first.checked_add(months).ok()?;
                let at = self.at(day);
                // A label needs room behind its mark.
                let label = format!("{:04}-{:02}", day.year(), day.month());
                let label = if at > LABELS_TO { String::new() } else { label };
                (day <= self.end).then(|| Tick { at: percent(at), label, minor: nth % 2 == 1 })
            })
            .collect()
    }

    /// The mark of the day, where it lies on the axis; its label turns inwards near the right edge.
    fn today(&self, today: Date, language: Language) -> Option<Today> {
        if today < self.first || today > self.end {
            return None;
        }
        let at = self.at(today);
        let label = pick(language, &format!("今天 {today}"), &format!("Today {today}"));
        let anchor = match at {
            at if at > 0.7 => "end",
            at if at < 0.3 => "start",
            _ => "middle",
        };
        Some(Today { at: percent(at), label, anchor })
    }
}

fn days(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

#[cfg(test)]
mod tests {
    use jiebang_domain::shared::Language;
    use jiff::civil::date;

    use super::{GANTT_BARS_MAX, Gantt, GanttBar, GanttLane, gantt};

    fn bar(name: &str, percent: u8) -> GanttBar {
        GanttBar {
            name: name.to_owned(),
            from: date(2026, 1, 1),
            to: date(2026, 6, 30),
            percent,
            reached_on: None,
            note: String::new(),
        }
    }

    fn plan(bars: Vec<GanttBar>) -> Gantt {
        Gantt {
            title: "攻关计划".to_owned(),
            lanes: vec![GanttLane { name: "上游".to_owned(), bars }],
            first: date(2026, 1, 1),
            last: date(2026, 12, 31),
            today: date(2026, 7, 1),
        }
    }

    #[test]
    fn states_are_words_and_shapes() {
        let done = GanttBar { reached_on: Some(date(2026, 6, 1)), ..bar("a", 100) };
        let running = GanttBar { to: date(2026, 7, 1), ..bar("c", 40) };
        let coming = GanttBar { from: date(2026, 7, 2), to: date(2026, 8, 1), ..bar("d", 0) };
        let html = gantt(&plan(vec![done, bar("b", 90), running, coming]), Language::Zh);
        for (state, word) in [("done", "完成"), ("late", "逾期"), ("running", "进行中"), ("coming", "未开始")]
        {
            assert!(html.contains(&format!("chart__plan--{state}")), "{state}");
            assert!(html.contains(&format!("<span>{word}</span>")), "{word}");
        }
        assert!(html.contains("共 4 个节点：完成 1 个，逾期 1 个"), "{html}");
        assert!(html.contains("今天 2026-07-01"));
    }

    #[test]
    fn bars_lie_where_their_days_lie() {
        let html = gantt(&plan(vec![bar("a", 50)]), Language::En);
        // 181 of 365 days, half of it reported.
        assert!(html.contains("x=\"0%\" width=\"49.59%\""), "{html}");
        assert!(html.contains("width=\"24.79%\""), "{html}");
        assert!(html.contains("<title>攻关计划</title>") && html.contains("1 in all"));
    }

    #[test]
    fn what_people_wrote_is_escaped() {
        let html = gantt(&plan(vec![bar("<script>\"&'", 50)]), Language::Zh);
        assert!(!html.contains("<script") && html.contains("&#60;script&#62;"), "{html}");
    }

    #[test]
    fn empty_and_strange_plans_are_drawn() {
        let html = gantt(&plan(Vec::new()), Language::Zh);
        assert!(html.contains("还没有节点") && !html.contains("<svg"));
        let mut strange = plan(vec![bar("a", 255)]);
        (strange.first, strange.last) = (date(9999, 12, 31), date(-9999, 1, 1));
        strange.lanes[0].bars[0].from = date(-9999, 1, 1);
        assert!(!gantt(&strange, Language::En).contains("NaN"));
        (strange.first, strange.last) = (date(-9999, 1, 1), date(9999, 12, 31));
        assert!(gantt(&strange, Language::En).matches("chart__tick").count() < 40);
    }

    #[test]
    fn more_than_anyone_reads_is_counted() {
        let html = gantt(&plan(vec![bar("a", 1); GANTT_BARS_MAX + 5]), Language::Zh);
        assert!(html.contains("另有 5 个节点没有画出"));
        assert_eq!(html.matches("chart__row").count(), GANTT_BARS_MAX);
    }
}
