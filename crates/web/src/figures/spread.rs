//! How scores are spread in each group: every score as a dot, a box over the middle half, the median (分数分布).

use askama::Template;
use jiebang_domain::shared::Language;

use super::{drawn, percent, shortened};
use crate::words::pick;

/// Most groups that are drawn.
pub const SPREAD_GROUPS_MAX: usize = 200;
/// Most dots of a group; above that the box says more than they do.
pub const SPREAD_DOTS_MAX: usize = 300;

/// Scores of groups on one scale.
#[derive(Clone, Debug)]
pub struct Spread {
    /// What it shows.
    pub title: String,
    /// Lowest score there is.
    pub lowest: f64,
    /// Highest score there is.
    pub highest: f64,
    /// Groups in order.
    pub groups: Vec<SpreadGroup>,
}

/// Scores of one group. They are only drawn: nothing is decided by them.
#[derive(Clone, Debug)]
pub struct SpreadGroup {
    /// Name.
    pub name: String,
    /// Scores in any order; what is no number is left out.
    pub scores: Vec<f64>,
}

#[derive(Template)]
#[template(path = "figures/spread.html")]
struct View {
    title: String,
    summary: String,
    legend: String,
    head: [String; 6],
    ticks: Vec<(String, String, &'static str)>,
    rows: Vec<Row>,
    more: String,
    empty: String,
}

struct Row {
    name: String,
    count: usize,
    figures: [String; 3],
    shape: Option<Shape>,
    dots: Vec<String>,
}

struct Shape {
    least: String,
    lower: String,
    box_width: String,
    median: String,
    most: String,
}

/// Draws it.
pub fn spread(figure: &Spread, language: Language) -> String {
    let range = figure.highest - figure.lowest;
    let at = |score: f64| if range > 0.0 { (score - figure.lowest) / range } else { 0.0 };
    let rows: Vec<Row> = figure.groups.iter().take(SPREAD_GROUPS_MAX).map(|group| row(group, &at)).collect();
    let scores: usize = rows.iter().map(|row| row.count).sum();
    let hidden = figure.groups.len().saturating_sub(SPREAD_GROUPS_MAX);
    let tick = |(nth, anchor): (u8, &'static str)| {
        let share = f64::from(nth) / 4.0;
        (percent(share), number(figure.lowest + range * share), anchor)
    };
    let anchors = ["start", "middle", "middle", "middle", "end"];
    drawn(&View {
        title: figure.title.clone(),
        summary: pick(
            language,
            &format!("{} 组，共 {scores} 个分数。", figure.groups.len()),
            &format!("{} groups, {scores} scores in all.", figure.groups.len()),
        ),
        legend: pick(
            language,
            "圆点为每个分数，方框为中间一半，粗线为中位数，细线从最低到最高。",
            " A dot is a score, the box holds the middle half, the thick line is the median, the thin one runs from the lowest to the highest.",
        ),
        head: [
            ("组", "Group"),
            ("个数", "Scores"),
            ("最低", "Lowest"),
            ("中位", "Median"),
            ("最高", "Highest"),
            ("分布", "Spread"),
        ]
        .map(|(zh, en)| pick(language, zh, en)),
        ticks: (0..).zip(anchors).map(tick).collect(),
        rows: if scores > 0 { rows } else { Vec::new() },
        more: match hidden {
            0 => String::new(),
            _ => pick(
                language,
                &format!("另有 {hidden} 组没有画出。"),
                &format!("{hidden} more are not drawn."),
            ),
        },
        empty: pick(language, "还没有分数。", "There are no scores yet."),
    })
}

fn row(group: &SpreadGroup, at: &dyn Fn(f64) -> f64) -> Row {
    let mut scores: Vec<f64> = group.scores.iter().copied().filter(|score| score.is_finite()).collect();
    scores.sort_by(f64::total_cmp);
    let figures = [0, 2, 4].map(|nth| quartile(&scores, nth).map_or_else(String::new, number));
    let place = |nth| quartile(&scores, nth).map(at);
    let shape = match [0, 1, 2, 3, 4].map(place) {
        [Some(least), Some(lower), Some(median), Some(upper), Some(most)] => Some(Shape {
            least: percent(least),
            lower: percent(lower),
            box_width: percent(upper - lower),
            median: percent(median),
            most: percent(most),
        }),
        _ => None,
    };
    let few = scores.len() <= SPREAD_DOTS_MAX;
    let dots = if few { scores.iter().map(|score| percent(at(*score))).collect() } else { Vec::new() };
    Row { name: shortened(&group.name), count: scores.len(), figures, shape, dots }
}

/// A quartile from 0 to 4 of ordered scores, between two of them by proportion.
fn quartile(scores: &[f64], nth: usize) -> Option<f64> {
    let place = scores.len().checked_sub(1)? * nth;
    let (whole, quarters) = (place / 4, place % 4);
    let lower = *scores.get(whole)?;
    let upper = *scores.get(whole + usize::from(quarters > 0))?;
    let part = [0.0, 0.25, 0.5, 0.75].get(quarters).copied().unwrap_or_default();
    Some(lower + (upper - lower) * part)
}

/// A score to two places, without zeros behind.
fn number(score: f64) -> String {
    let rounded = (score * 100.0).round() / 100.0;
    format!("{rounded}")
}

#[cfg(test)]
mod tests {
    use jiebang_domain::shared::Language;

    use super::{SPREAD_DOTS_MAX, SPREAD_GROUPS_MAX, Spread, SpreadGroup, quartile, spread};

    fn of(groups: Vec<Vec<f64>>) -> String {
        let groups =
            groups.into_iter().map(|scores| SpreadGroup { name: "<i>组".to_owned(), scores }).collect();
        let figure = Spread { title: "分数".to_owned(), lowest: 0.0, highest: 100.0, groups };
        spread(&figure, Language::Zh)
    }

    #[test]
    fn quartiles_lie_between_scores() {
        let scores = [1.0, 2.0, 3.0, 4.0];
        let found = [0, 1, 2, 3, 4].map(|nth| quartile(&scores, nth).unwrap());
        for (found, expected) in found.into_iter().zip([1.0, 1.75, 2.5, 3.25, 4.0]) {
            assert!((found - expected).abs() < 1e-9);
        }
        assert_eq!(quartile(&[], 2), None);
        assert_eq!(quartile(&[7.0], 3), Some(7.0));
    }

    #[test]
    fn groups_are_drawn_with_their_figures() {
        let html = of(vec![vec![80.0, 60.0, 70.5], Vec::new()]);
        assert!(html.contains("x1=\"60%\" x2=\"80%\"") && html.contains("cx=\"70.5%\""), "{html}");
        assert!(html.contains("2 组，共 3 个分数") && html.contains(">70.5<"));
        assert!(!html.contains("<i>") && html.contains("&#60;i&#62;"));
    }

    #[test]
    fn nothing_strange_and_too_much_are_drawn() {
        assert!(of(Vec::new()).contains("还没有分数") && of(vec![Vec::new()]).contains("还没有分数"));
        let strange = of(vec![vec![f64::NAN, f64::INFINITY, -5.0, 500.0]]);
        assert!(strange.contains("cx=\"0%\"") && strange.contains("cx=\"100%\"") && !strange.contains("NaN"));
        assert!(!of(vec![vec![1.0; SPREAD_DOTS_MAX + 1]]).contains("<circle"));
        let many = of(vec![vec![1.0]; SPREAD_GROUPS_MAX + 3]);
        assert!(many.contains("另有 3 组没有画出"));
    }
}
