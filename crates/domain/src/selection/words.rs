//! Why an application stands where it stands, in words.

use super::placement::{Missed, Placement, Why};
use super::plan::{Stage, Tie};
use crate::shared::{Text, counted};

/// The arithmetic of one placement: why in, why not in a better class. `noun` is the word for a group, by
/// [`super::GroupKey::noun`].
pub fn placement_words(stage: &Stage, noun: &Text, placement: &Placement) -> Text {
    let sheets = placement.sheets;
    let mean = placement.mean.shown();
    let score = Text::new(
        format!("平均{mean}分（{sheets}份评分）"),
        format!("mean {mean} of {}", counted(sheets, "score sheet", "score sheets")),
    );
    let mut zh = match placement.rank {
        Some(rank) => format!("第{rank}名，{}", score.zh),
        None => format!("不排名，{}", score.zh),
    };
    let mut en = match placement.rank {
        Some(rank) => format!("Place {rank}, {}", score.en),
        None => format!("No place, {}", score.en),
    };
    if let Some(tie) = placement.tie.and_then(|nth| stage.aggregation.ties.get(nth)) {
        let words = tie_words(stage, tie);
        zh += &format!("；与上一名同分，{}", words.zh);
        en += &format!("; the one above has the same mean, {}", words.en);
    }
    let mut told: Vec<Text> = Vec::new();
    for missed in &placement.missed {
        let words = missed_words(stage, noun, missed);
        // A veto keeps out of every class alike and is said once.
        if !told.contains(&words) {
            zh += &format!("；{}", words.zh);
            en += &format!("; {}", words.en);
            told.push(words);
        }
    }
    let class = class_words(stage, &placement.class);
    zh += &format!("；列入{}", class.zh);
    en += &format!("; result: {}", class.en);
    if placement.disputed {
        let gap = placement.gap.shown();
        zh += &format!("（各专家评分相差{gap}分，已标记为分歧）");
        en += &format!(" (score sheets are {gap} points apart, which is marked as a dispute)");
    }
    Text::new(zh, en)
}

/// The name of a class.
pub fn class_words(stage: &Stage, class: &str) -> Text {
    stage.class(class).map_or_else(|| Text::new(class, class), |class| class.name.clone())
}

/// Why not in a class.
pub fn missed_words(stage: &Stage, noun: &Text, missed: &Missed) -> Text {
    let class = class_words(stage, &missed.class);
    match &missed.why {
        Why::Full { places } => Text::new(
            format!("本{}{}上限{places}项，已满", noun.zh, class.zh),
            format!(
                "{} has at most {} per {}, all taken",
                class.en,
                counted(*places, "place", "places"),
                noun.en
            ),
        ),
        Why::Below { least } => Text::new(
            format!("低于{}最低分{}分", class.zh, least.shown()),
            format!("below {} points, the least for {}", least.shown(), class.en),
        ),
        Why::Veto { veto } => {
            let of = |id: &str| {
                stage.rubric.vetoes().iter().find(|veto| veto.id == id).map(|veto| veto.text.clone())
            };
            let text = of(veto).unwrap_or_else(|| Text::new(veto, veto));
            Text::new(format!("否决：{}", text.zh), format!("vetoed: {}", text.en))
        }
    }
}

fn tie_words(stage: &Stage, tie: &Tie) -> Text {
    match tie {
        Tie::Criterion(id) => {
            let of = stage.rubric.criteria().iter().find(|criterion| criterion.id == *id);
            let name = of.map_or_else(|| Text::new(id, id), |criterion| criterion.name.clone());
            Text::new(format!("“{}”的平均分较低", name.zh), format!("its mean for “{}” is higher", name.en))
        }
        Tie::Scores => Text::new("评分份数较少", "and it has more score sheets"),
        Tie::Lot | Tie::AllTied => {
            Text::new("按公布的种子抽签在后", "and the lots from the published seed put it first")
        }
    }
}
