//! How many are left from step to step of a call (漏斗).

use askama::Template;
use jiebang_domain::shared::{Language, grouped};

use super::{drawn, percent, share, shortened};
use crate::words::pick;

/// Most steps that are drawn.
pub const FUNNEL_STEPS_MAX: usize = 20;

/// The steps of a call as a picture.
#[derive(Clone, Debug)]
pub struct Funnel {
    /// What it shows.
    pub title: String,
    /// Steps in order.
    pub steps: Vec<FunnelStep>,
}

/// A step.
#[derive(Clone, Debug)]
pub struct FunnelStep {
    /// What it is: applications begun, submitted, recommended, shortlisted …
    pub name: String,
    /// How many came so far; `None` where the step is still to come.
    pub count: Option<u32>,
}

#[derive(Template)]
#[template(path = "figures/funnel.html")]
struct View {
    title: String,
    summary: String,
    head: [String; 4],
    rows: Vec<Row>,
    empty: String,
}

struct Row {
    name: String,
    count: String,
    kept: String,
    from: String,
    width: String,
    open: bool,
}

/// Draws it: bars about one middle, each against the widest step, so that a step which grows is seen to grow.
pub fn funnel(figure: &Funnel, language: Language) -> String {
    let steps: Vec<&FunnelStep> = figure.steps.iter().take(FUNNEL_STEPS_MAX).collect();
    let widest = steps.iter().filter_map(|step| step.count).max();
    let mut before: Option<u32> = None;
    let mut rows = Vec::new();
    for step in &steps {
        let width = share(step.count.unwrap_or(0), widest.unwrap_or(0));
        rows.push(Row {
            name: shortened(&step.name),
            count: step.count.map_or_else(
                || pick(language, "尚未进行", "Still to come"),
                |count| grouped(&count.to_string()),
            ),
            kept: match (step.count, before) {
                (Some(count), Some(before)) if before > 0 => format!("{:.1} %", share(count, before) * 100.0),
                _ => String::new(),
            },
            from: percent((1.0 - width) / 2.0),
            width: percent(width),
            open: step.count.is_none(),
        });
        before = step.count.or(before);
    }
    let known = || steps.iter().filter_map(|step| step.count.map(|count| (&step.name, count)));
    let summary = match (known().next(), known().next_back()) {
        (Some((first, begun)), Some((last, left))) => {
            let (first, last) = (shortened(first), shortened(last));
            pick(
                language,
                &format!("{first} {begun}，{last} {left}。"),
                &format!("{first}: {begun}; {last}: {left}."),
            )
        }
        _ => String::new(),
    };
    drawn(&View {
        title: figure.title.clone(),
        summary,
        head: [("步骤", "Step"), ("数量", "Count"), ("占上一步", "Of the step before"), ("比例", "Share")]
            .map(|(zh, en)| pick(language, zh, en)),
        rows: if widest.is_some() { rows } else { Vec::new() },
        empty: pick(language, "还没有数据。", "There is nothing to count yet."),
    })
}

#[cfg(test)]
mod tests {
    use jiebang_domain::shared::Language;

    use super::{FUNNEL_STEPS_MAX, Funnel, FunnelStep, funnel};

    fn of(counts: &[Option<u32>]) -> String {
        let steps = counts.iter().map(|count| FunnelStep { name: "<b>".to_owned(), count: *count }).collect();
        funnel(&Funnel { title: "漏斗".to_owned(), steps }, Language::Zh)
    }

    #[test]
    fn steps_are_drawn_about_the_middle() {
        let html = of(&[Some(1_000), Some(250), None]);
        assert!(
            html.contains("x=\"0%\" width=\"100%\"") && html.contains("x=\"37.5%\" width=\"25%\""),
            "{html}"
        );
        assert!(html.contains("25.0 %") && html.contains("尚未进行"));
        assert!(!html.contains("<b>") && html.contains("&#60;b&#62;"));
    }

    #[test]
    fn a_call_without_figures_says_so() {
        assert!(of(&[None, None]).contains("还没有数据") && of(&[]).contains("还没有数据"));
        assert!(!of(&[Some(0), Some(0)]).contains("NaN"));
        assert_eq!(of(&vec![Some(1); 500]).matches("<svg").count(), FUNNEL_STEPS_MAX);
    }
}
