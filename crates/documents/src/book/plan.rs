//! The work plan: its phases as a table, and on an axis of time.

use jiebang_domain::application::Row;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::Scene;
use super::value::column;
use super::view::{Bar, Block, Cell, Column, Lane, Tick};

/// Most marks on the axis.
const TICKS_MAX: usize = 12;
/// Months between marks.
const STEPS: [i32; 8] = [1, 3, 6, 12, 24, 60, 120, 1_200];
/// Most half-widths of a label beside its bar; the whole of it stands in the table.
const LABEL_WIDTH_MAX: usize = 44;

/// A table of the phases, and the chart where any of them has dates.
pub(super) fn plan(scene: &Scene<'_>, lanes: Option<&str>, rows: &[Row]) -> Vec<Block> {
    let mut blocks = vec![table(scene, lanes, rows)];
    let dated: Vec<(&Row, Date, Date)> = rows
        .iter()
        .filter_map(|row| {
            let from: Date = column(row, "from").parse().ok()?;
            let to: Date = column(row, "to").parse().ok()?;
            (from <= to).then_some((row, from, to))
        })
        .collect();
    let first = dated.iter().map(|(_, from, _)| *from).min();
    let last = dated.iter().map(|(_, _, to)| *to).max();
    if let (Some(first), Some(last)) = (first, last) {
        let axis = Axis::new(first, last);
        blocks.push(Block::Gantt { ticks: axis.ticks(), lanes: bars(scene, lanes, &dated, &axis) });
    }
    blocks
}

fn table(scene: &Scene<'_>, lanes: Option<&str>, rows: &[Row]) -> Block {
    let head = |zh, en, share| Column::new(scene.word(zh, en), share);
    let mut columns = vec![head("序号", "No.", None), head("阶段任务", "Phase", Some(8))];
    if let Some(list) = lanes.and_then(|lanes| scene.book.call.lists.get(lanes)) {
        columns.push(Column::new(scene.text(&list.name), Some(3)));
    }
    columns.push(head("开始", "From", Some(3)));
    columns.push(head("结束", "To", Some(3)));
    let line = |(nth, row): (usize, &Row)| {
        let mut cells = vec![Cell::text(&(nth + 1).to_string()), Cell::text(column(row, "what"))];
        if lanes.is_some() {
            cells.push(Cell::text(&lane_name(scene, lanes, column(row, "lane"))));
        }
        cells.extend(["from", "to"].map(|end| Cell::text(column(row, end))));
        cells
    };
    let mut rows: Vec<Vec<Cell>> = rows.iter().enumerate().map(line).collect();
    if rows.is_empty() {
        rows.push((0..columns.len()).map(|_| Cell::text("")).collect());
    }
    Block::Table { columns, rows }
}

fn lane_name(scene: &Scene<'_>, lanes: Option<&str>, id: &str) -> String {
    let list = lanes.and_then(|lanes| scene.book.call.lists.get(lanes));
    let item = list.and_then(|list| list.items.iter().find(|item| item.id == id));
    item.map_or_else(|| id.to_owned(), |item| scene.text(&item.name))
}

/// Lanes in the call's order, then what stands in none of them.
fn bars(scene: &Scene<'_>, lanes: Option<&str>, dated: &[(&Row, Date, Date)], axis: &Axis) -> Vec<Lane> {
    let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<Bar> {
        let rows = dated.iter().filter(|(row, _, _)| wanted(column(row, "lane")));
        rows.map(|(row, from, to)| axis.bar(column(row, "what"), *from, *to)).collect()
    };
    let Some(list) = lanes.and_then(|lanes| scene.book.call.lists.get(lanes)) else {
        return vec![Lane { label: String::new(), bars: of(&|_| true) }];
    };
    let mut all: Vec<Lane> = list
        .items
        .iter()
        .map(|item| Lane { label: scene.text(&item.name), bars: of(&|lane| lane == item.id) })
        .collect();
    let known = |lane: &str| list.items.iter().any(|item| item.id == lane);
    all.push(Lane { label: scene.word("未分类", "Other").to_owned(), bars: of(&|lane| !known(lane)) });
    all.retain(|lane| !lane.bars.is_empty());
    all
}

/// Whole months from the first day to the last.
struct Axis {
    first: Date,
    days: f64,
    end: Date,
}

impl Axis {
    fn new(first: Date, last: Date) -> Self {
        let first = first.first_of_month();
        let end = last.last_of_month();
        Self { first, days: f64::from(days(first, end) + 1), end }
    }

    fn at(&self, date: Date) -> f64 {
        // Four digits are finer than any printer, and the same on every machine.
        (f64::from(days(self.first, date)) / self.days * 1e4).round() / 1e4
    }

    fn bar(&self, label: &str, from: Date, to: Date) -> Bar {
        let start = self.at(from);
        let end = to.tomorrow().map_or(1.0, |next| self.at(next)).min(1.0);
        Bar { label: shortened(label), from: start, width: (end - start).max(0.002) }
    }

    /// Marks at equal steps, few enough to be read.
    fn ticks(&self) -> Vec<Tick> {
        let months = i32::from(self.end.year() - self.first.year()) * 12
            + i32::from(self.end.month() - self.first.month())
            + 1;
        let step = STEPS
            .into_iter()
            .find(|step| usize::try_from(months / step).is_ok_and(|count| count < TICKS_MAX))
            .unwrap_or(STEPS[STEPS.len() - 1]);
        let mut ticks = Vec::new();
        let mut date = self.first;
        while date <= self.end && ticks.len() <= TICKS_MAX {
            ticks.push(Tick { at: self.at(date), label: format!("{:04}-{:02}", date.year(), date.month()) });
            let Ok(next) = date.checked_add(step.months()) else { break };
            date = next;
        }
        ticks
    }
}

fn days(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

/// As much of a label as fits into two lines.
fn shortened(label: &str) -> String {
    let mut width = 0;
    let mut short = String::new();
    for character in label.chars() {
        width += if character.is_ascii() { 1 } else { 2 };
        if width > LABEL_WIDTH_MAX {
            short.push('…');
            break;
        }
        short.push(character);
    }
    short
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Axis, shortened};

    #[test]
    fn an_axis_holds_whole_months() {
        let axis = Axis::new(date(2025, 7, 15), date(2027, 6, 30));
        assert!(axis.at(date(2025, 7, 1)).abs() < 1e-9);
        let bar = axis.bar("x", date(2025, 7, 1), date(2027, 6, 30));
        assert!((bar.width - 1.0).abs() < 1e-9);
        assert_eq!(
            axis.ticks().iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>()[..2],
            ["2025-07", "2025-10"]
        );
    }

    #[test]
    fn marks_stay_few() {
        for (first, last) in [
            (date(2025, 1, 1), date(2025, 1, 1)),
            (date(1, 1, 1), date(9999, 12, 31)),
            (date(-9999, 1, 1), date(9999, 12, 31)),
        ] {
            let axis = Axis::new(first, last);
            assert!((1..=14).contains(&axis.ticks().len()), "{first} {last}");
            assert!(axis.bar("x", last, last).width > 0.0);
        }
    }

    #[test]
    fn labels_fit_beside_their_bars() {
        assert_eq!(shortened("算法优化"), "算法优化");
        assert!(shortened(&"长".repeat(100)).chars().count() <= 23);
    }
}
