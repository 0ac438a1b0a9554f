//! One value as it stands in its box.

use jiebang_domain::application::{Row, Value};
use jiebang_domain::call::{Call, Field, FieldKind, Node, PrintedEntry, PrintedForm};
use jiebang_domain::shared::Language;
use jiff::civil::Date;

use super::view::{Cell, Choice, Group};
use super::{Scene, date_words, word};

/// Most tasks that are all printed with boxes to tick, as forms do.
const TICKED_MAX: usize = 12;

/// A value on one line.
pub(crate) fn line(call: &Call, language: Language, field: &Field, value: Option<&Value>) -> String {
    match (&field.kind, value) {
        (_, Some(Value::Boolean(yes))) => {
            (if *yes { word(language, "是", "Yes") } else { word(language, "否", "No") }).to_owned()
        }
        (FieldKind::Task, Some(Value::Text(id))) => {
            call.node(id).map_or_else(|| id.clone(), |node| numbered(node, language))
        }
        (FieldKind::Choice(list), Some(Value::Text(id))) => {
            let items = call.lists.get(list).map(|list| list.items.as_slice()).unwrap_or_default();
            items
                .iter()
                .find(|item| item.id == *id)
                .map_or(id.as_str(), |item| item.name.get(language))
                .to_owned()
        }
        (FieldKind::Date, Some(Value::Text(text))) => {
            text.trim().parse::<Date>().map_or_else(|_| text.clone(), |date| date_words(language, date))
        }
        (_, Some(Value::Text(text))) => text.clone(),
        _ => String::new(),
    }
}

/// A value in its box: tasks and yes or no with all that could be ticked.
pub(super) fn cell(scene: &Scene<'_>, field: &Field, value: Option<&Value>) -> Cell {
    match (&field.kind, value) {
        (FieldKind::Boolean, value) => {
            let yes = matches!(value, Some(Value::Boolean(true)));
            let no = matches!(value, Some(Value::Boolean(false)));
            Cell::choices([
                (yes, scene.word("是", "Yes").to_owned()),
                (no, scene.word("否", "No").to_owned()),
            ])
        }
        (FieldKind::Task, Some(Value::Text(id))) => task(scene.book.call, id, scene.book.language),
        (FieldKind::Task, _) => task(scene.book.call, "", scene.book.language),
        _ => Cell::text(&line(scene.book.call, scene.book.language, field, value)),
    }
}

/// The text of a column.
pub(super) fn column<'v>(row: &'v Row, column: &str) -> &'v str {
    match row.get(column) {
        Some(Value::Text(text)) => text.trim(),
        _ => "",
    }
}

pub(super) fn numbered(node: &Node, language: Language) -> String {
    let name = node.name.get(language);
    match node.number.as_str() {
        "" => name.to_owned(),
        number if language == Language::En && !number.is_ascii() => name.to_owned(),
        number if number.ends_with(['.', '、', '）', ')']) && language == Language::Zh => {
            format!("{number}{name}")
        }
        number if number.starts_with(|character: char| character.is_ascii_digit()) => {
            format!("{number}. {name}")
        }
        number => format!("{number} {name}"),
    }
}

/// All tasks where they are few; otherwise what stands above them, and the chosen one.
fn task(call: &Call, chosen: &str, language: Language) -> Cell {
    let all: Vec<&Node> = call.tasks().collect();
    let path = call.path(chosen);
    if all.len() <= TICKED_MAX {
        let mut groups: Vec<Group> = Vec::new();
        for leaf in all {
            let above = leaf.parent.as_deref().and_then(|id| call.node(id));
            let label = above.map(|node| numbered(node, language)).unwrap_or_default();
            let option = Choice { on: leaf.id == chosen, label: numbered(leaf, language) };
            match groups.last_mut().filter(|group| group.label == label) {
                Some(group) => group.options.push(option),
                None => groups.push(Group { label, options: vec![option] }),
            }
        }
        return Cell::Choices { groups };
    }
    let leaf = path.last().map_or_else(|| "—".to_owned(), |node| numbered(node, language));
    // Where the form ticks what stands above in a box of its own, this one names the task alone.
    if call.forms.iter().flat_map(PrintedForm::entries).any(|entry| matches!(entry, PrintedEntry::Level(_))) {
        let name = path.last().map(|node| node.name.get(language)).unwrap_or_default();
        return Cell::text(name);
    }
    let tops = call.nodes.iter().filter(|node| node.parent.is_none() && !node.leaf);
    let options: Vec<Choice> = tops
        .map(|node| Choice {
            on: path.first().is_some_and(|top| top.id == node.id),
            label: numbered(node, language),
        })
        .collect();
    Cell::Choices { groups: vec![Group { label: leaf, options }] }
}
