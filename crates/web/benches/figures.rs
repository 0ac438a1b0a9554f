//! Time to draw pictures at their size. Run: `cargo bench -p jiebang-web --bench figures`.

use std::time::Instant;

use jiebang_domain::shared::{Language, Region};
use jiebang_web::figures::{
    Gantt, GanttBar, GanttLane, Hours, Regions, Spread, SpreadGroup, gantt, hours, regions, spread,
};
use jiff::{ToSpan, civil::date};

/// Milestones of all teams of a race board.
const MILESTONES: i32 = 200;
/// How often each is drawn.
const TIMES: usize = 200;

fn main() {
    println!("{:<44} {:>10} {:>10} {:>10}", "picture", "median", "p95", "size");
    let board = board();
    report("race board, 200 milestones of 5 teams", &|| gantt(&board, Language::Zh));
    let week = Hours {
        title: "hours".to_owned(),
        deadline: "2025-03-28 24:00".to_owned(),
        counts: (1..=168).collect(),
    };
    report("applications by hour, a week", &|| hours(&week, Language::Zh));
    let all =
        Regions { title: "regions".to_owned(), counts: Region::all().zip(1..).collect(), kinds: Vec::new() };
    report("regions, all 37", &|| regions(&all, Language::Zh));
    let scores: Vec<f64> = (0..100).map(f64::from).collect();
    let group = |nth: i32| SpreadGroup { name: format!("group {nth}"), scores: scores.clone() };
    let groups = Spread {
        title: "scores".to_owned(),
        lowest: 0.0,
        highest: 100.0,
        groups: (0..40).map(group).collect(),
    };
    report("spread of 4,000 scores in 40 groups", &|| spread(&groups, Language::Zh));
}

fn board() -> Gantt {
    let first = date(2025, 11, 4);
    let bar = |nth: i32| {
        let from = first.saturating_add((nth * 3).days());
        let to = from.saturating_add(90.days());
        let percent = u8::try_from(nth % 101).unwrap_or(100);
        let name = format!("Milestone {nth} with a name of the usual length");
        GanttBar { name, from, to, percent, reached_on: (nth % 3 == 0).then_some(to), note: String::new() }
    };
    let team = |team: i32| GanttLane {
        name: format!("Team {team}"),
        bars: (0..MILESTONES / 5).map(|nth| bar(team * 40 + nth)).collect(),
    };
    Gantt {
        title: "Race board".to_owned(),
        lanes: (0..5).map(team).collect(),
        first,
        last: date(2027, 11, 4),
        today: date(2026, 11, 23),
    }
}

fn report(name: &str, draw: &dyn Fn() -> String) {
    let size = draw().len();
    let mut times: Vec<f64> = (0..TIMES)
        .map(|_| {
            let start = Instant::now();
            assert_eq!(std::hint::black_box(draw()).len(), size);
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (median, p95) = (times[TIMES / 2], times[TIMES * 95 / 100]);
    println!("{name:<44} {median:>7.2} ms {p95:>7.2} ms {:>7} KB", size / 1024);
}
