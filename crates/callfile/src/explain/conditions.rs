//! Conditions in words, where an expression has one of the simple shapes; any other stands in quotes.

use jiebang_domain::call::Call;
use jiebang_domain::shared::Text;

/// When something applies, in words.
pub(super) fn condition_words(call: &Call, source: &str) -> Text {
    let source = source.split_whitespace().collect::<Vec<_>>().join(" ");
    simple(call, &source).unwrap_or_else(|| Text::new(format!("“{source}”"), format!("“{source}”")))
}

fn simple(call: &Call, source: &str) -> Option<Text> {
    match source {
        "partners.exists(p, true)" => return Some(Text::new("有联合单位", "there are partners")),
        "task.free_text" => {
            return Some(Text::new(
                "所选任务由申报单位写明内容",
                "the applicant says what the chosen task is",
            ));
        }
        _ => {}
    }
    let inside = source.strip_prefix("!(").and_then(|rest| rest.strip_suffix(')'));
    let (path, ids) = choice(inside.unwrap_or(source))?;
    let level = call.levels.get(path.strip_prefix("task.")?)?;
    // The empty id stands for nothing chosen yet; it has no name.
    let nodes: Option<Vec<&Text>> = ids
        .iter()
        .filter(|id| !id.is_empty())
        .map(|id| call.nodes.iter().find(|node| node.id == *id).map(|node| &node.name))
        .collect();
    let nodes = nodes.filter(|nodes| !nodes.is_empty())?;
    let zh = nodes.iter().map(|name| name.zh.as_str()).collect::<Vec<_>>().join("、");
    let en = nodes.iter().map(|name| name.en.as_str()).collect::<Vec<_>>().join(", ");
    Some(match inside {
        Some(_) => Text::new(
            format!("{}不是{zh}", level.zh),
            format!("the {} is not: {en}", level.en.to_lowercase()),
        ),
        None => Text::new(format!("{}是{zh}", level.zh), format!("the {} is: {en}", level.en.to_lowercase())),
    })
}

/// Path and ids of `path in ["a", "b"]` or `path == "a"`.
fn choice(source: &str) -> Option<(&str, Vec<&str>)> {
    let (path, ids) = match source.split_once(" in [") {
        Some((path, rest)) => (path, rest.strip_suffix(']')?),
        None => source.split_once(" == ")?,
    };
    let ids = ids.split(',').map(|id| id.trim().strip_prefix('"')?.strip_suffix('"'));
    Some((path, ids.collect::<Option<Vec<&str>>>()?))
}
