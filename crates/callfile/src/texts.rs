//! What no text of a file may hold: placeholders that nobody fills in, and control characters.

use jiebang_domain::shared::Text;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Fault, Place, nearest};

/// Placeholders, and the keys (from the root, without places in arrays) of the texts in which each is filled in.
const PLACEHOLDERS: [(&str, &[&str]); 2] = [
    (
        "target_year",
        &[
            "field.label",
            "field.hint",
            "field.columns.label",
            "field.columns.hint",
            "declaration.opening",
            "declaration.items",
            "declaration.closing",
            "form.parts.title",
            "form.parts.chapters.title",
        ],
    ),
    ("task", &["declaration.opening", "declaration.items", "declaration.closing"]),
];
/// Keys whose values are no texts: braces mean something else in units and expressions.
const NO_TEXTS: [&str; 3] = ["unit", "when", "require"];

/// All such faults.
pub(crate) fn check(table: &DeTable<'_>) -> Vec<Fault> {
    // The year of a shared file is given by the call that extends it.
    let year = table.contains_key("target_year") || !table.contains_key("call");
    let mut walk = Walk { year, faults: Vec::new() };
    walk.table(table, "", &Place::root());
    walk.faults
}

struct Walk {
    /// There is a target year to fill in.
    year: bool,
    faults: Vec<Fault>,
}

impl Walk {
    fn table(&mut self, table: &DeTable<'_>, path: &str, place: &Place) {
        for (key, value) in table.iter() {
            let key: &str = key.get_ref();
            let here = place.key(key);
            if key.contains(is_control) {
                self.faults.push(control(here.clone().key_itself()));
            }
            let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            self.value(value.get_ref(), &path, &here);
        }
    }

    fn value(&mut self, value: &DeValue<'_>, path: &str, place: &Place) {
        match value {
            DeValue::String(text) => {
                if text.contains(is_control) {
                    self.faults.push(control(place.clone()));
                }
                if !NO_TEXTS.iter().any(|key| path.rsplit('.').next() == Some(key)) {
                    let year = self.year;
                    self.faults
                        .extend(placeholders(text).filter_map(|name| unfilled(name, path, place, year)));
                }
            }
            DeValue::Array(items) => {
                for (nth, item) in items.iter().enumerate() {
                    self.value(item.get_ref(), path, &place.nth(nth));
                }
            }
            DeValue::Table(table) => self.table(table, path, place),
            _ => {}
        }
    }
}

/// Whether a character controls a device instead of being read; line breaks and tabs are read.
fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\n' | '\r' | '\t')
}

fn control(place: Place) -> Fault {
    Fault::new(
        "character_control",
        place,
        Text::new("文字中有不可见的控制字符", "The text holds a control character, which nobody sees"),
        Text::new(
            "删去它：多为复制带入，写作 \\u0000 之类",
            "Take it out: it came in by copying, or is written like \\u0000",
        ),
    )
}

/// Names in braces: `{target_year}`.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| {
        let name = rest.split_once('}')?.0;
        let plain = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-' | '.');
        (!name.is_empty() && name.chars().all(plain)).then_some(name)
    })
}

/// The fault of a placeholder that is not filled in in the text at `path`.
fn unfilled(name: &str, path: &str, place: &Place, year: bool) -> Option<Fault> {
    let known = PLACEHOLDERS.iter().find(|(known, _)| *known == name);
    let here = known.is_some_and(|(_, paths)| paths.contains(&path));
    if here && (year || name != "target_year") {
        return None;
    }
    let all = PLACEHOLDERS.map(|(known, _)| format!("{{{known}}}"));
    let (zh, en) = (all.join("、"), all.join(", "));
    let help = match (known, nearest(name, PLACEHOLDERS.map(|(known, _)| known))) {
        _ if here => Text::new("加上 [target_year]，或写出年份", "Add [target_year], or write out the year"),
        (Some((_, paths)), _) => Text::new(
            format!("写出内容；{{{name}}} 只在这些键中填写：{}", paths.join("、")),
            format!(
                "Write out what is meant; {{{name}}} is filled in under these keys only: {}",
                paths.join(", ")
            ),
        ),
        (None, Some(near)) => Text::new(
            format!("是否指 {{{near}}}？可用：{zh}"),
            format!("Did you mean {{{near}}}? Known: {en}"),
        ),
        (None, None) => {
            Text::new(format!("写出内容；可用：{zh}"), format!("Write out what is meant; known: {en}"))
        }
    };
    Some(Fault::new(
        "placeholder_unknown",
        place.clone(),
        Text::new(format!("{{{name}}} 在此处无人填写"), format!("Nobody fills in {{{name}}} here")),
        help,
    ))
}
