//! What an application says, in rows to read: before submitting, and where nothing can be changed.

use jiebang_domain::application::{Row, Value};
use jiebang_domain::call::{Call, Entry, Field as CallField, FieldKind, Item, Section};
use jiebang_domain::shared::{Language, Promise, PromiseValue, Text, character_count, unit_words};
use jiebang_service::{ApplicationView, EvidenceView};

use super::address_of;
use super::evidence::{file_address, file_facts, signer};
use super::fields::numbered;
use crate::views::{Link, ReviewRow};
use crate::words::pick;

/// Values longer than this take the whole width.
const LONG_MIN: usize = 80;

/// The rows of a section. `change` makes links to the fields.
pub(super) fn rows(
    view: &ApplicationView,
    section: &Section,
    change: bool,
    language: Language,
) -> Vec<ReviewRow> {
    let call = &view.summary.call.call;
    let page = address_of(&view.summary.id, &section.id);
    let row = |path: &str, key: String, value: String| ReviewRow {
        key,
        missing: value.is_empty(),
        long: is_long(&value),
        value,
        href: if change { format!("{page}#{path}") } else { String::new() },
        change: pick(language, "修改", "Change"),
        ..ReviewRow::default()
    };
    let blank = |row: ReviewRow, optional: bool| {
        let word = if optional { ("未填（选填）", "Blank (optional)") } else { ("未填", "Blank") };
        if row.missing { ReviewRow { value: pick(language, word.0, word.1), ..row } } else { row }
    };
    let mut rows = Vec::new();
    for entry in &section.entries {
        match entry {
            Entry::Field(field) if !view.applicable.contains(&field.id) => {}
            Entry::Field(field) => {
                let value = words(call, field, view.content.0.get(&field.id), language);
                let note = if value.is_empty() { None } else { field.limit.as_ref() };
                let note = note.map(|limit| written(&value, limit.max, language)).unwrap_or_default();
                let row = row(&field.id, field.label.get(language).to_owned(), value);
                rows.push(blank(ReviewRow { note, ..row }, !field.required));
            }
            Entry::Evidence => rows.extend(view.evidence.iter().map(|item| {
                let key = format!("{} {}", item.number, item.name.get(language));
                let row = row(&format!("evidence.{}", item.id), key.trim().to_owned(), String::new());
                attached(view, item, row, language)
            })),
            Entry::Declarations => rows.extend(call.declarations.iter().map(|declaration| {
                let path = format!("declaration.{}.accepted", declaration.id);
                let by =
                    view.content.text(&format!("declaration.{}.signer", declaration.id)).trim().to_owned();
                let accepted =
                    matches!(view.content.0.get(&path), Some(Value::Boolean(true))) && !by.is_empty();
                let (who, _) = signer(view, declaration);
                let signed = match language {
                    Language::Zh => format!("{by}（{}）已签署", who.zh),
                    Language::En => format!("Signed by {by} ({})", who.en),
                };
                let value = if accepted { signed } else { String::new() };
                let row = row(&path, declaration.title.get(language).to_owned(), value);
                let none = pick(language, "未签署", "Not signed");
                if row.missing { ReviewRow { value: none, ..row } } else { row }
            })),
        }
    }
    rows
}

/// Whether a value needs the whole width.
pub(super) fn is_long(value: &str) -> bool {
    value.chars().count() > LONG_MIN
}

fn written(value: &str, max: u32, language: Language) -> String {
    let count = character_count(value);
    pick(language, &format!("{count} 字，上限 {max} 字"), &format!("{count} of {max} characters"))
}

/// A row of evidence with its files, or with the word that there are none.
fn attached(view: &ApplicationView, item: &EvidenceView, row: ReviewRow, language: Language) -> ReviewRow {
    let named = item.members.len() > 1;
    let link = |file: &jiebang_service::FileView| {
        let member = item.members.iter().find(|member| member.number == file.member);
        let facts = file_facts(file, language);
        let name = match (member.filter(|_| named), language) {
            (Some(member), Language::Zh) => format!("{}：{}（{facts}）", member.name, file.name),
            (Some(member), Language::En) => format!("{}: {} ({facts})", member.name, file.name),
            (None, Language::Zh) => format!("{}（{facts}）", file.name),
            (None, Language::En) => format!("{} ({facts})", file.name),
        };
        Link { href: file_address(view, file), name }
    };
    let links: Vec<Link> = item.files.iter().map(link).collect();
    let value = match (links.is_empty(), item.needed) {
        (false, _) => String::new(),
        (true, true) => pick(language, "未上传", "Nothing attached"),
        (true, false) => pick(language, "未上传（如有）", "Nothing attached (if any)"),
    };
    ReviewRow { missing: links.is_empty(), value, links, ..row }
}

/// A value as people read it; empty where there is none.
pub(super) fn words(call: &Call, field: &CallField, value: Option<&Value>, language: Language) -> String {
    match (&field.kind, value) {
        (_, None) => String::new(),
        (_, Some(Value::Boolean(yes))) => yes_no(*yes, language),
        (FieldKind::Table(columns), Some(Value::Rows(rows))) => lines(
            rows,
            |row| columns.iter().map(|column| cell(call, column, row, language)).collect(),
            language,
        ),
        (FieldKind::WorkPlan(lanes), Some(Value::Rows(rows))) => {
            lines(rows, |row| plan(call, lanes.as_deref(), row, language), language)
        }
        (_, Some(Value::Rows(_))) => String::new(),
        (_, Some(Value::Promises(promises))) => {
            let line = |item: &Item| {
                let words = promise_words(promises.get(&item.id)?, language);
                Some(format!("{}{}{words}", item.name.get(language), pick(language, "：", ": ")))
            };
            call.items().filter_map(line).collect::<Vec<_>>().join("\n")
        }
        (kind, Some(Value::Text(text))) => text_words(call, kind, text, language),
    }
}

/// A promise with its unit.
pub(super) fn promise_words(promise: &Promise, language: Language) -> String {
    let value = match &promise.value {
        PromiseValue::Number(number) => number.to_string(),
        PromiseValue::Pair { low, high } => match language {
            Language::Zh => format!("{low}～{high}"),
            Language::En => format!("{low} to {high}"),
        },
        PromiseValue::Tuple(axes) => axes.iter().map(ToString::to_string).collect::<Vec<_>>().join("×"),
        PromiseValue::Label(label) => label.clone(),
        PromiseValue::Boolean(yes) => yes_no(*yes, language),
        PromiseValue::Unread(parts) => parts.values().map(String::as_str).collect::<Vec<_>>().join("～"),
    };
    let unit = promise.unit.as_deref().filter(|unit| *unit != "1").map(unit_words);
    match unit.as_ref().map(|unit| unit.get(language)).filter(|unit| !unit.is_empty()) {
        Some(unit) => format!("{value} {unit}"),
        None => value,
    }
}

fn yes_no(yes: bool, language: Language) -> String {
    if yes { pick(language, "是", "Yes") } else { pick(language, "否", "No") }
}

fn text_words(call: &Call, kind: &FieldKind, text: &str, language: Language) -> String {
    match kind {
        FieldKind::Boolean => yes_no(text == "yes", language),
        FieldKind::Choice(list) => {
            let item = call.lists.get(list).and_then(|list| list.items.iter().find(|item| item.id == text));
            item.map_or_else(|| text.to_owned(), |item| item.name.get(language).to_owned())
        }
        FieldKind::Task if call.node(text).is_some() => {
            call.path(text).iter().map(|node| numbered(node, language)).collect::<Vec<_>>().join(" › ")
        }
        _ => text.to_owned(),
    }
}

/// A cell, and whether it stands on a line of its own.
type Cell = (String, bool);

/// Rows as numbered lines; long texts below.
fn lines(rows: &[Row], cells: impl Fn(&Row) -> Vec<Cell>, language: Language) -> String {
    let gap = pick(language, "；", "; ");
    let line = |(nth, row): (usize, &Row)| {
        let cells: Vec<Cell> = cells(row).into_iter().filter(|(cell, _)| !cell.is_empty()).collect();
        let of =
            |own: bool| cells.iter().filter(move |(_, long)| *long == own).map(|(cell, _)| cell.as_str());
        let mut text = format!("{}. {}", nth + 1, of(false).collect::<Vec<_>>().join(&gap));
        for long in of(true) {
            text.push('\n');
            text.push_str(long);
        }
        text
    };
    rows.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

fn cell(call: &Call, column: &CallField, row: &Row, language: Language) -> Cell {
    let words = words(call, column, row.get(&column.id), language);
    let own = matches!(column.kind, FieldKind::LongText);
    match row.get(&column.id) {
        Some(Value::Boolean(_)) => {
            let label = column.label.get(language);
            (pick(language, &format!("{label}：{words}"), &format!("{label}: {words}")), own)
        }
        _ => (words, own),
    }
}

fn plan(call: &Call, lanes: Option<&str>, row: &Row, language: Language) -> Vec<Cell> {
    let text = |column: &str| match row.get(column) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    };
    let lane = match lanes {
        Some(list) => text_words(call, &FieldKind::Choice(list.to_owned()), &text("lane"), language),
        None => String::new(),
    };
    let time =
        Text::new(format!("{}至{}", text("from"), text("to")), format!("{} to {}", text("from"), text("to")));
    let dated = !text("from").is_empty() || !text("to").is_empty();
    let time = if dated { time.get(language).to_owned() } else { String::new() };
    [text("what"), lane, time].map(|cell| (cell, false)).to_vec()
}
