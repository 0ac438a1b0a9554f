//! What changed between two versions of a task statement.

use super::{IndicatorLine, Milestone, Statement};
use crate::shared::Text;

/// One thing that another version says otherwise (变更前后).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: an indicator or a milestone.
    pub what: Text,
    /// What the earlier version says; `None` where it says nothing of it.
    pub before: Option<Text>,
    /// What the later version says; `None` where it says nothing of it any more.
    pub after: Option<Text>,
}

/// Everything that two statements say differently: indicators, then milestones, in the order of the earlier one, then what the later
/// one adds.
pub fn differences(before: &Statement, after: &Statement) -> Vec<Difference> {
    let key = |line: &IndicatorLine| line.item.clone();
    let mut all = compared(
        &before.indicators,
        &after.indicators,
        key,
        |line| line.name.clone(),
        |line| line.promised.clone(),
    );
    let name = |milestone: &Milestone| Text::new(milestone.name.clone(), milestone.name.clone());
    all.extend(compared(&before.milestones, &after.milestones, |of| of.id.clone(), name, milestone_words));
    all
}

/// Compares what bears the same key.
fn compared<T: PartialEq>(
    before: &[T],
    after: &[T],
    key: impl Fn(&T) -> String,
    name: impl Fn(&T) -> Text,
    words: impl Fn(&T) -> Text,
) -> Vec<Difference> {
    let other = |all: &'_ [T], of: &T| all.iter().position(|one| key(one) == key(of));
    let mut found = Vec::new();
    for old in before {
        let new = other(after, old).and_then(|place| after.get(place));
        if new != Some(old) {
            found.push(Difference { what: name(old), before: Some(words(old)), after: new.map(&words) });
        }
    }
    let added = after.iter().filter(|new| other(before, new).is_none());
    found.extend(added.map(|new| Difference { what: name(new), before: None, after: Some(words(new)) }));
    found
}

/// A milestone with its lane and days.
fn milestone_words(milestone: &Milestone) -> Text {
    let Milestone { name, lane, from, to, .. } = milestone;
    let lane = lane.as_ref().map(|lane| format!("[{lane}] ")).unwrap_or_default();
    Text::new(format!("{lane}{name}（{from} 至 {to}）"), format!("{lane}{name} ({from} to {to})"))
}

#[cfg(test)]
mod tests {
    use super::differences;
    use crate::race::plan::tests::milestone;
    use crate::race::track::tests::statement;

    #[test]
    fn only_what_differs_is_told() {
        let before = statement('a', &["x", "y"]);
        assert_eq!(differences(&before, &before), []);
        let mut after = statement('a', &["x", "z"]);
        after.indicators[0].promised.zh = "≥ 9".to_owned();
        after.milestones.push(milestone("new", None, "2026-01-01", "2026-02-01"));
        let found = differences(&before, &after);
        let shown: Vec<(Option<&str>, Option<&str>)> = found
            .iter()
            .map(|of| {
                (
                    of.before.as_ref().map(|text| text.zh.as_str()),
                    of.after.as_ref().map(|text| text.zh.as_str()),
                )
            })
            .collect();
        assert_eq!(shown[0], (Some("≥ a"), Some("≥ 9")));
        assert_eq!(shown[1], (Some("≥ a"), None));
        assert_eq!(shown[2], (None, Some("≥ a")));
        assert!(
            shown[3].0.is_none()
                && shown[3].1.is_some_and(|words| words.contains("2026-01-01 至 2026-02-01"))
        );
        assert_eq!(shown.len(), 4);
    }
}
