//! Sections of the form: boxes where it asks for lines, chapters where it asks for text.

use jiebang_domain::application::{Row, applicable};
use jiebang_domain::call::{Entry, Field, FieldKind, Section, item_words};
use jiebang_domain::shared::{Promise, Verdict, explain, verdict};

use super::view::{Block, Cell, Column, GridRow, Labelled};
use super::{Scene, plan, value};

/// Fewest boxes that make a group.
const GROUP_MIN: usize = 3;

/// The fields that apply to this application.
pub(super) fn asked<'c>(scene: &Scene<'_>, section: &'c Section) -> Vec<&'c Field> {
    let fields = section.entries.iter().filter_map(|entry| match entry {
        Entry::Field(field) => Some(field),
        Entry::Evidence | Entry::Declarations => None,
    });
    fields.filter(|field| applicable(field, &scene.facts)).collect()
}

/// Whether a section is rather read than filled in: at least half of it is text or tables.
pub(super) fn is_prose(fields: &[&Field]) -> bool {
    fields.iter().filter(|field| is_long(field)).count() * 2 >= fields.len()
}

fn is_long(field: &Field) -> bool {
    matches!(
        field.kind,
        FieldKind::LongText | FieldKind::Table(_) | FieldKind::WorkPlan(_) | FieldKind::Indicators
    )
}

fn is_brief(field: &Field) -> bool {
    matches!(
        field.kind,
        FieldKind::Text
            | FieldKind::Phone
            | FieldKind::Mobile
            | FieldKind::Email
            | FieldKind::PostalCode
            | FieldKind::Date
            | FieldKind::Number
    )
}

/// A heading for each field, its value below it.
pub(super) fn chapters(scene: &Scene<'_>, fields: &[&Field]) -> Vec<Block> {
    let alone = fields.len() == 1;
    let mut blocks = Vec::new();
    for (nth, field) in fields.iter().enumerate() {
        let label = scene.text(&field.label);
        if !alone {
            blocks.push(Block::Heading { text: numbered(scene, nth + 1, &label), level: 2 });
        }
        blocks.extend(wide(scene, field));
    }
    blocks
}

/// `（一）` as official documents count, `1.` in English.
fn numbered(scene: &Scene<'_>, number: usize, label: &str) -> String {
    const DIGITS: [&str; 11] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"];
    let chinese = match number {
        0..=10 => DIGITS[number].to_owned(),
        11..=19 => format!("十{}", DIGITS[number - 10]),
        20..=99 => format!("{}十{}", DIGITS[number / 10], DIGITS[number % 10]),
        _ => number.to_string(),
    };
    let prefix = match scene.word("zh", "en") {
        "zh" => format!("（{chinese}）"),
        _ => format!("{number}. "),
    };
    prefix + label
}

/// The value of a field over the whole width.
pub(super) fn wide(scene: &Scene<'_>, field: &Field) -> Vec<Block> {
    let value = scene.book.draft.content.0.get(&field.id);
    match &field.kind {
        FieldKind::Table(columns) => {
            let columns: Vec<&Field> = columns.iter().collect();
            let (columns, rows) = table(scene, &columns, scene.book.draft.content.rows(&field.id));
            vec![Block::Table { columns, rows }]
        }
        FieldKind::WorkPlan(lanes) => {
            plan::plan(scene, lanes.as_deref(), scene.book.draft.content.rows(&field.id))
        }
        FieldKind::Indicators => vec![promises(scene, &field.id)],
        _ => vec![Block::Prose { value: value::cell(scene, field, value) }],
    }
}

/// Boxes, as far as possible beside each other; tables and plans between them.
pub(super) fn boxes(scene: &Scene<'_>, fields: &[&Field]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rows = Vec::new();
    let mut rest = fields;
    while let [field, after @ ..] = rest {
        if let Some((row, count)) = group(scene, rest) {
            rows.push(row);
            rest = &rest[count..];
            continue;
        }
        rest = after;
        if is_long(field) && !matches!(field.kind, FieldKind::LongText) {
            if !rows.is_empty() {
                blocks.push(Block::Grid { rows: std::mem::take(&mut rows) });
            }
            blocks.push(Block::Heading { text: scene.text(&field.label), level: 2 });
            blocks.extend(wide(scene, field));
            continue;
        }
        match after.first() {
            Some(next) if is_brief(field) && matches!(next.kind, FieldKind::PostalCode) => {
                rows.push(GridRow::Pair { left: labelled(scene, field), right: labelled(scene, next) });
                rest = &after[1..];
            }
            _ => {
                let Labelled { label, value } = labelled(scene, field);
                rows.push(GridRow::Full { label, value });
            }
        }
    }
    if !rows.is_empty() {
        blocks.push(Block::Grid { rows });
    }
    blocks
}

fn labelled(scene: &Scene<'_>, field: &Field) -> Labelled {
    let value = scene.book.draft.content.0.get(&field.id);
    Labelled { label: scene.text(&field.label), value: value::cell(scene, field, value) }
}

/// Brief fields that begin `fields`, have a path and the beginning of their labels in common: those of one person.
fn group(scene: &Scene<'_>, fields: &[&Field]) -> Option<(GridRow, usize)> {
    let (stem, _) = fields.first()?.id.split_once('.')?;
    let of_stem =
        |field: &&&Field| is_brief(field) && field.id.split_once('.').is_some_and(|(own, _)| own == stem);
    let members: Vec<&Field> = fields.iter().take_while(of_stem).copied().collect();
    if members.len() < GROUP_MIN {
        return None;
    }
    let labels: Vec<String> = members.iter().map(|field| scene.text(&field.label)).collect();
    let common = labels.iter().skip(1).fold(labels[0].as_str(), |common, label| shared(common, label));
    let head = common.trim_end_matches([' ', ':', '：']).to_owned();
    if head.chars().count() < 2 || labels.iter().any(|label| label.len() == common.len()) {
        return None;
    }
    let boxes = members
        .iter()
        .zip(&labels)
        .map(|(field, label)| Labelled {
            label: capitalised(label[common.len()..].trim()),
            value: labelled(scene, field).value,
        })
        .collect();
    Some((GridRow::Group { label: head, boxes }, members.len()))
}

/// What two labels begin with.
fn shared<'l>(one: &'l str, other: &str) -> &'l str {
    let end = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
    &one[..end.unwrap_or(one.len().min(other.len()))]
}

pub(super) fn capitalised(label: &str) -> String {
    let mut characters = label.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// Rows with columns, numbered.
pub(super) fn table(scene: &Scene<'_>, columns: &[&Field], rows: &[Row]) -> (Vec<Column>, Vec<Vec<Cell>>) {
    let head = |column: &&Field| {
        let (share, wide) = match column.kind {
            FieldKind::LongText => (4, None),
            FieldKind::OrganisationCode => (3, Some(42)),
            FieldKind::Phone | FieldKind::Mobile | FieldKind::Date => (2, Some(29)),
            FieldKind::Text | FieldKind::Email => (3, None),
            _ => (2, None),
        };
        Column { label: scene.text(&column.label), share: Some(share), wide }
    };
    let mut heads = vec![Column::new(scene.word("序号", "No."), None)];
    heads.extend(columns.iter().map(head));
    let row = |(nth, row): (usize, &Row)| {
        let number = Cell::text(&(nth + 1).to_string());
        let cells = columns.iter().map(|column| {
            Cell::text(&value::line(scene.book.call, scene.book.language, column, row.get(&column.id)))
        });
        std::iter::once(number).chain(cells).collect()
    };
    let mut rows: Vec<Vec<Cell>> = rows.iter().enumerate().map(row).collect();
    if rows.is_empty() {
        rows.push((0..=columns.len()).map(|_| Cell::text("")).collect());
    }
    (heads, rows)
}

/// What the task asks and what is promised for it.
fn promises(scene: &Scene<'_>, field: &str) -> Block {
    let language = scene.book.language;
    let content = &scene.book.draft.content;
    let promised = content.promises(field);
    let column = |zh, en, share| Column::new(scene.word(zh, en), share);
    let columns = vec![
        column("序号", "No.", None),
        column("考核指标", "Indicator", Some(4)),
        column("承诺与要求", "Promise and requirement", Some(4)),
        column("是否达到", "Met", None),
    ];
    let items = scene.book.call.items_of(content.text("task"));
    let rows = items.into_iter().enumerate().map(|(nth, item)| {
        let promise: Option<&Promise> = promised.and_then(|promises| promises.get(&item.id));
        let (words, met) = match promise {
            None => (String::new(), ""),
            Some(promise) => (
                explain(&item.threshold, promise).get(language).to_owned(),
                match verdict(&item.threshold, promise) {
                    Verdict::Met => scene.word("是", "Yes"),
                    _ => scene.word("否", "No"),
                },
            ),
        };
        let name = item_words(item);
        vec![
            Cell::text(&(nth + 1).to_string()),
            Cell::text(name.get(language)),
            Cell::text(&words),
            Cell::text(met),
        ]
    });
    let mut rows: Vec<Vec<Cell>> = rows.collect();
    if rows.is_empty() {
        rows.push((0..columns.len()).map(|_| Cell::text("")).collect());
    }
    Block::Table { columns, rows }
}
