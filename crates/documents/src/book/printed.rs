//! The forms as the notice annexes them: its headings, its order, its boxes.

use std::collections::BTreeSet;

use jiebang_domain::application::applicable;
use jiebang_domain::call::{Declaration, Entry, Field, FieldKind, PrintedEntry, PrintedForm, PrintedPart};
use jiebang_domain::shared::Text;

use super::view::{Block, Cell, Choice, GridRow, Group, Part};
use super::{Scene, form, letters, value};

/// Form after form, then what none of them prints: nothing that was written is left out.
pub(super) fn forms(scene: &Scene<'_>) -> Vec<Part> {
    let forms = &scene.book.call.forms;
    let mut parts: Vec<Part> = forms.iter().map(|form| part(scene, form)).collect();
    parts.extend(rest(scene));
    parts
}

fn part(scene: &Scene<'_>, form: &PrintedForm) -> Part {
    let title = scene.text(&form.title);
    let letter = match form.entries().collect::<Vec<_>>()[..] {
        [PrintedEntry::Declaration(id)] if !form.boxes => declaration(scene, id),
        _ => None,
    };
    let texts = |texts: &[Text]| texts.iter().map(|text| scene.text(text)).collect();
    let made = match letter {
        Some(declaration) => letters::letter(scene, declaration, title),
        None if form.boxes => Part::new(title, true, boxes(scene, form)),
        None => {
            let blocks = form.parts.iter().flat_map(|part| chapter(scene, part, 2)).collect();
            Part::new(title, true, blocks)
        }
    };
    Part { text: texts(&form.text), notes: texts(&form.notes), ..made }
}

fn declaration<'c>(scene: &Scene<'c>, id: &str) -> Option<&'c Declaration> {
    scene.book.call.declarations.iter().find(|declaration| declaration.id == id)
}

/// What stands in one place, where the application has it.
enum Found<'c> {
    Field(&'c Field),
    /// A column that has a box of its own, and its table.
    Column(&'c Field, &'c Field),
    Other(&'c PrintedEntry),
}

fn found<'c>(scene: &Scene<'c>, entries: &'c [PrintedEntry]) -> Vec<Found<'c>> {
    let call = scene.book.call;
    let find = |entry: &'c PrintedEntry| {
        let PrintedEntry::Field(path) = entry else { return Some(Found::Other(entry)) };
        if let Some(field) = call.field(path) {
            return applicable(field, &scene.facts).then_some(Found::Field(field));
        }
        let table = path.rsplit_once('.').and_then(|(table, _)| call.field(table))?;
        let column = columns(table).iter().find(|column| path.ends_with(&format!(".{}", column.id)))?;
        applicable(table, &scene.facts).then_some(Found::Column(table, column))
    };
    entries.iter().filter_map(find).collect()
}

fn columns(table: &Field) -> &[Field] {
    match &table.kind {
        FieldKind::Table(columns) => columns,
        _ => &[],
    }
}

/// One table for the whole form; a plan or indicators, which have no room in a box, stand between.
fn boxes(scene: &Scene<'_>, form: &PrintedForm) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut rows = Vec::new();
    let parts = form.parts.iter().flat_map(|part| std::iter::once(part).chain(&part.chapters));
    for part in parts {
        rows.extend(part.title.as_ref().map(|title| GridRow::Head { text: scene.text(title) }));
        let mut run: Vec<&Field> = Vec::new();
        for entry in found(scene, &part.entries) {
            match entry {
                Found::Field(field) if !matches!(field.kind, FieldKind::Table(_)) => {
                    run.push(field);
                    continue;
                }
                _ => flush(scene, &mut run, &mut rows, &mut blocks),
            }
            rows.push(match entry {
                Found::Field(field) => table(scene, form, field),
                Found::Column(table, field) => column(scene, table, field),
                Found::Other(PrintedEntry::Level(level)) => levelled(scene, level),
                Found::Other(PrintedEntry::Declaration(id)) => match declaration(scene, id) {
                    Some(declaration) => letters::boxed(scene, declaration),
                    None => continue,
                },
                Found::Other(PrintedEntry::Evidence | PrintedEntry::Field(_)) => {
                    blocks.push(Block::Grid { rows: std::mem::take(&mut rows) });
                    blocks.push(letters::evidence(scene));
                    continue;
                }
            });
        }
        flush(scene, &mut run, &mut rows, &mut blocks);
    }
    blocks.push(Block::Grid { rows });
    blocks.retain(|block| !matches!(block, Block::Grid { rows } if rows.is_empty()));
    blocks
}

/// Boxes of a run of fields go on the table; where something stands between them, the table ends before it.
fn flush(scene: &Scene<'_>, run: &mut Vec<&Field>, rows: &mut Vec<GridRow>, blocks: &mut Vec<Block>) {
    for block in form::boxes(scene, &std::mem::take(run)) {
        match block {
            Block::Grid { rows: more } => rows.extend(more),
            other => {
                if !rows.is_empty() {
                    blocks.push(Block::Grid { rows: std::mem::take(rows) });
                }
                blocks.push(other);
            }
        }
    }
}

/// A table in its box, without the columns that have boxes of their own.
fn table(scene: &Scene<'_>, form: &PrintedForm, field: &Field) -> GridRow {
    let own = |column: &&Field| {
        let path = format!("{}.{}", field.id, column.id);
        !form.entries().any(|entry| matches!(entry, PrintedEntry::Field(printed) if *printed == path))
    };
    let columns: Vec<&Field> = columns(field).iter().filter(own).collect();
    let (mut columns, mut rows) = form::table(scene, &columns, scene.book.draft.content.rows(&field.id));
    // In a box, rows are not numbered.
    columns.remove(0);
    rows.iter_mut().for_each(|row| drop(row.remove(0)));
    GridRow::Rows { label: scene.text(&field.label), columns, rows }
}

/// A column in a box: a line for each row, with the name that stands first in the row.
fn column(scene: &Scene<'_>, table: &Field, column: &Field) -> GridRow {
    let rows = scene.book.draft.content.rows(&table.id);
    let first = columns(table).first();
    let say = |field: &Field, row| value::line(scene.book.call, scene.book.language, field, row);
    let lines = rows.iter().map(|row| {
        let name = first.map(|first| say(first, row.get(&first.id))).unwrap_or_default();
        format!("{name}{}{}", scene.word("：", ": "), say(column, row.get(&column.id)))
    });
    let lines: Vec<String> = lines.collect();
    GridRow::Full { label: scene.text(&column.label), value: Cell::text(&lines.join("\n")) }
}

/// The nodes of a level, the one chosen ticked.
fn levelled(scene: &Scene<'_>, level: &str) -> GridRow {
    let call = scene.book.call;
    let path = call.path(scene.book.draft.content.text("task"));
    let nodes = call.nodes.iter().filter(|node| node.level == level);
    let options = nodes.map(|node| Choice {
        on: path.iter().any(|chosen| chosen.id == node.id),
        label: value::numbered(node, scene.book.language),
    });
    let group = Group { label: String::new(), options: options.collect() };
    let label = call.levels.get(level).map(|name| scene.text(name)).unwrap_or_default();
    GridRow::Full { label, value: Cell::Choices { groups: vec![group] } }
}

/// A heading with what stands under it; nothing where nothing of it applies.
fn chapter(scene: &Scene<'_>, part: &PrintedPart, level: u8) -> Vec<Block> {
    let entries = found(scene, &part.entries);
    let several = entries.len() > 1;
    let mut blocks = Vec::new();
    for entry in entries {
        let (label, own) = match entry {
            Found::Field(field) => (&field.label, form::wide(scene, field)),
            Found::Column(table, field) => match column(scene, table, field) {
                GridRow::Full { value, .. } => (&field.label, vec![Block::Prose { value }]),
                _ => continue,
            },
            Found::Other(PrintedEntry::Evidence) => {
                blocks.push(letters::evidence(scene));
                continue;
            }
            Found::Other(PrintedEntry::Declaration(id)) => {
                let letter = declaration(scene, id).map(|one| letters::letter(scene, one, String::new()));
                blocks.extend(letter.into_iter().flat_map(|letter| letter.blocks));
                continue;
            }
            Found::Other(PrintedEntry::Level(level)) => {
                if let GridRow::Full { value, .. } = levelled(scene, level) {
                    blocks.push(Block::Prose { value });
                }
                continue;
            }
            Found::Other(PrintedEntry::Field(_)) => continue,
        };
        if several {
            blocks.push(Block::Label { text: below(part, scene, label) });
        }
        blocks.extend(own);
    }
    for below in &part.chapters {
        blocks.extend(chapter(scene, below, level + 1));
    }
    if let Some(title) = part.title.as_ref().filter(|_| !blocks.is_empty()) {
        blocks.insert(0, Block::Heading { text: scene.text(title), level });
    }
    blocks
}

/// A label under a heading, without what the heading already says: `预期目标：工作原理` under `1.预期目标` is `工作原理`.
fn below(part: &PrintedPart, scene: &Scene<'_>, label: &Text) -> String {
    let label = scene.text(label);
    let heading = part.title.as_ref().map(|title| scene.text(title)).unwrap_or_default();
    match label.split_once(scene.word("：", ": ")) {
        Some((head, rest)) if heading.contains(head) => form::capitalised(rest.trim()),
        _ => label,
    }
}

/// Fields, evidence and declarations that no form prints.
fn rest(scene: &Scene<'_>) -> Vec<Part> {
    let call = scene.book.call;
    let printed: Vec<&PrintedEntry> = call.forms.iter().flat_map(PrintedForm::entries).collect();
    let fields: BTreeSet<&str> = printed
        .iter()
        .filter_map(|entry| match entry {
            PrintedEntry::Field(path) => Some(path.as_str()),
            _ => None,
        })
        .collect();
    let mut parts = Vec::new();
    for section in &call.sections {
        let left = form::asked(scene, section);
        let left: Vec<&Field> =
            left.into_iter().filter(|field| !fields.contains(field.id.as_str())).collect();
        if !left.is_empty() {
            parts.push(Part::new(scene.text(&section.title), parts.is_empty(), form::chapters(scene, &left)));
        }
        let evidence = section.entries.iter().any(|entry| matches!(entry, Entry::Evidence));
        if evidence && !printed.iter().any(|entry| matches!(entry, PrintedEntry::Evidence)) {
            parts.push(Part::new(scene.text(&section.title), true, vec![letters::evidence(scene)]));
        }
    }
    let signed = |one: &&Declaration| {
        printed.iter().any(|entry| matches!(entry, PrintedEntry::Declaration(id) if *id == one.id))
    };
    let left = call.declarations.iter().filter(|one| !signed(one));
    parts.extend(left.map(|one| letters::letter(scene, one, scene.text(&one.title))));
    parts
}
