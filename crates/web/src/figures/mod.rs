//! Pictures that pages are set with (图): HTML with SVG in it, as pure functions of their figures and the language.
//!
//! Places and widths are shares of the room that a picture has, letters keep their size: one picture reads well on a screen, at 390 px
//! and on paper, without scripts. Every figure stands in the text beside its mark, and a state is a shape and a word, never a colour
//! alone. What people wrote is escaped by the templates; what would not be seen any more is not drawn, and the picture says so.

mod funnel;
mod gantt;
mod hours;
mod regions;
mod spread;

use askama::Template;

pub use funnel::{FUNNEL_STEPS_MAX, Funnel, FunnelStep, funnel};
pub use gantt::{GANTT_BARS_MAX, Gantt, GanttBar, GanttLane, gantt};
pub use hours::{HOURS_MAX, Hours, hours};
pub use regions::{Regions, regions};
pub use spread::{SPREAD_DOTS_MAX, SPREAD_GROUPS_MAX, Spread, SpreadGroup, spread};

/// Most characters of a name in a picture; the page beside it has the whole.
const NAME_CHARACTERS_MAX: usize = 120;

/// A picture as HTML. Writing into memory does not fail; if it ever did, the page would stand without the picture.
fn drawn(template: &impl Template) -> String {
    template.render().inspect_err(|error| tracing::error!(%error, "a picture failed")).unwrap_or_default()
}

/// A share of the width, to the hundredth of a percent: `12.5%`. What is no number is nothing.
fn percent(share: f64) -> String {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let hundredths = (share * 10_000.0).round() / 100.0;
    format!("{hundredths}%")
}

/// A part of a whole, where there is any.
fn share(part: u32, whole: u32) -> f64 {
    if whole == 0 { 0.0 } else { f64::from(part) / f64::from(whole) }
}

/// As much of a name as a picture takes.
fn shortened(name: &str) -> String {
    let mut short: String = name.trim().chars().take(NAME_CHARACTERS_MAX).collect();
    if short.chars().count() < name.trim().chars().count() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::{NAME_CHARACTERS_MAX, percent, share, shortened};

    #[test]
    fn shares_are_percentages_of_the_width() {
        for (value, text) in [
            (0.0, "0%"),
            (0.125, "12.5%"),
            (1.0 / 3.0, "33.33%"),
            (1.0, "100%"),
            (-1.0, "0%"),
            (7.0, "100%"),
            (f64::NAN, "0%"),
            (f64::INFINITY, "0%"),
        ] {
            assert_eq!(percent(value), text);
        }
        assert_eq!(percent(share(1, 0)), "0%");
        assert_eq!(percent(share(u32::MAX, u32::MAX)), "100%");
    }

    #[test]
    fn names_are_bounded() {
        assert_eq!(shortened(" 材料 "), "材料");
        assert_eq!(shortened(&"长".repeat(10_000)).chars().count(), NAME_CHARACTERS_MAX + 1);
    }
}
