//! Form pairs → content of one section. Hostile until checked: unknown, repeated, oversized and malformed pairs are refused with
//! one finding each; nothing is dropped silently.

use std::collections::{BTreeMap, BTreeSet};

use jiebang_domain::application::{
    Content, MEMBER, PARTNERS, PLAN_COLUMNS, ROWS_MAX, Row, VALUE_CHARACTERS_MAX, Value,
};
use jiebang_domain::call::{Call, Entry, Field, FieldKind, Item, Section};
use jiebang_domain::shared::{Finding, Number, OrganisationCode, Promise, Severity, Target, Text};

use crate::ServiceError;

/// Most pairs of one form.
const PAIRS_MAX: usize = 4_000;

/// Greatest number of a member: no application comes to so many partners, taken out ones counted.
const MEMBER_MAX: u32 = 1_000_000;

/// The content of a section after a form was sent: what it held before, changed by the pairs. A field that was not sent keeps
/// its value; a table that was sent is replaced whole.
///
/// # Errors
/// `Invalid` with one finding for each pair that cannot be read.
pub fn decode_section(
    call: &Call,
    section: &Section,
    task: &str,
    before: Content,
    pairs: &[(String, String)],
) -> Result<Content, ServiceError> {
    if pairs.len() > PAIRS_MAX {
        return Err(ServiceError::Invalid(vec![fault(
            "form_too_large",
            "",
            Text::new(
                format!("表单有{}个值，上限{PAIRS_MAX}", pairs.len()),
                format!("The form has {} values; the limit is {PAIRS_MAX}", pairs.len()),
            ),
            Text::new("分几次保存", "Save it in several steps"),
        )]));
    }
    let mut decode = Decode { call, section, content: before, faults: Vec::new(), tables: BTreeMap::new() };
    decode.pairs(pairs, task);
    decode.finish()
}

struct Decode<'c> {
    call: &'c Call,
    section: &'c Section,
    content: Content,
    faults: Vec<Finding>,
    tables: BTreeMap<String, BTreeMap<usize, Row>>,
}

fn fault(code: &str, field: &str, message: Text, remedy: Text) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: None,
        field: Some(field.to_owned()),
        message,
        remedy,
    }
}

impl<'c> Decode<'c> {
    fn pairs(&mut self, pairs: &[(String, String)], task: &str) {
        let mut seen = BTreeSet::new();
        let mut promises: BTreeMap<(&str, &str), BTreeMap<&str, &str>> = BTreeMap::new();
        let task = pairs.iter().find(|(path, _)| path == "task").map_or(task, |(_, value)| value.as_str());
        let items = self.call.items_of(task);
        for (path, value) in pairs {
            if !seen.insert(path.as_str()) {
                self.repeated(path);
                continue;
            }
            if !self.readable(path, value) {
                continue;
            }
            if let Some((field, item, part)) = self.promise_part(path, &items) {
                promises.entry((field, item)).or_default().insert(part, value);
            } else if !self.declaration(path, value) && !self.field(path, value) {
                self.unknown(path);
            }
        }
        self.promises(&items, &promises);
    }

    /// Size and characters of a value.
    fn readable(&mut self, path: &str, value: &str) -> bool {
        let length = value.chars().count();
        if length > VALUE_CHARACTERS_MAX {
            self.faults.push(fault(
                "value_too_large",
                path,
                Text::new(
                    format!("内容有{length}个字符，上限{VALUE_CHARACTERS_MAX}"),
                    format!("The value has {length} characters; the limit is {VALUE_CHARACTERS_MAX}"),
                ),
                Text::new("缩短后再保存", "Shorten it and save again"),
            ));
            return false;
        }
        let control = |character: &char| {
            character.is_control() && !matches!(character, '\n' | '\r' | '\t')
                || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        if let Some(place) = value.chars().position(|character| control(&character)) {
            self.faults.push(fault(
                "control_character",
                path,
                Text::new(
                    format!("第{}个字符是不可见的控制符", place + 1),
                    format!("Character {} is an invisible control character", place + 1),
                ),
                Text::new(
                    "删去该字符；从其他软件粘贴时先粘贴为纯文本",
                    "Delete it; paste as plain text first",
                ),
            ));
            return false;
        }
        true
    }

    fn repeated(&mut self, path: &str) {
        self.faults.push(fault(
            "field_repeated",
            path,
            Text::new(format!("栏目 {} 出现两次", cut(path)), format!("Field {} stands twice", cut(path))),
            Text::new("刷新页面后重新填写", "Reload the page and fill it in again"),
        ));
    }

    fn unknown(&mut self, path: &str) {
        self.faults.push(fault(
            "field_unknown",
            path,
            Text::new(
                format!("本节没有栏目 {}", cut(path)),
                format!("This section has no field {}", cut(path)),
            ),
            Text::new("刷新页面后重新填写", "Reload the page and fill it in again"),
        ));
    }

    fn declaration(&mut self, path: &str, value: &str) -> bool {
        let placed = self.section.entries.iter().any(|entry| matches!(entry, Entry::Declarations));
        let Some(rest) = path.strip_prefix("declaration.").filter(|_| placed) else { return false };
        let Some((id, part)) = rest.rsplit_once('.') else { return false };
        if !self.call.declarations.iter().any(|declaration| declaration.id == id) {
            return false;
        }
        let taken = match part {
            "accepted" => yes_or_no(value),
            "signer" => Some(Value::Text(value.trim().to_owned())),
            _ => return false,
        };
        match taken {
            Some(taken) => drop(self.content.0.insert(path.to_owned(), taken)),
            None => self.not_a_choice(path, value),
        }
        true
    }

    fn not_a_choice(&mut self, path: &str, value: &str) {
        let shown = cut(value);
        self.faults.push(fault(
            "choice_unknown",
            path,
            Text::new(format!("“{shown}”不是可选的值"), format!("“{shown}” cannot be chosen here")),
            Text::new("刷新页面后从所列各项中选择", "Reload the page and choose one of the list"),
        ));
    }

    /// Takes a value of a field or of a cell; whether the path is one of this section.
    fn field(&mut self, path: &str, value: &str) -> bool {
        let section = self.section;
        let fields = section.entries.iter().filter_map(|entry| match entry {
            Entry::Field(field) => Some(field),
            Entry::Evidence | Entry::Declarations => None,
        });
        for field in fields {
            let inside = path.strip_prefix(&field.id).and_then(|rest| rest.strip_prefix('.'));
            match (&field.kind, inside) {
                (FieldKind::Table(_) | FieldKind::WorkPlan(_), Some(rest)) => {
                    return self.cell(field, path, rest, value);
                }
                (FieldKind::Table(_) | FieldKind::WorkPlan(_) | FieldKind::Indicators, _) => {}
                (kind, _) if field.id == path => {
                    match value_of(self.call, kind, value) {
                        Some(value) => drop(self.content.0.insert(field.id.clone(), value)),
                        None => self.not_a_choice(path, value),
                    }
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// `rows` marks that the table was on the page; `<row>.<column>` is a cell.
    fn cell(&mut self, field: &Field, path: &str, rest: &str, value: &str) -> bool {
        if rest == "rows" {
            if !value.parse::<usize>().is_ok_and(|rows| rows <= ROWS_MAX) {
                self.faults.push(fault(
                    "rows_unreadable",
                    path,
                    Text::new("表的行数不能识别", "The number of rows cannot be read"),
                    Text::new("刷新页面后重新填写", "Reload the page and fill it in again"),
                ));
            }
            self.tables.entry(field.id.clone()).or_default();
            return true;
        }
        let Some((row, column)) = rest.split_once('.') else { return false };
        // `01` and `+1` would be the cell of `1`, and one of the two values would be lost.
        let nth = row.parse::<usize>().ok().filter(|nth| nth.to_string() == row);
        let (Some(taken), Some(row)) = (cell_of(self.call, field, column, value), nth) else { return false };
        if row == 0 || row > ROWS_MAX {
            self.faults.push(fault(
                "rows_too_many",
                path,
                Text::new(format!("一张表最多{ROWS_MAX}行"), format!("A table has at most {ROWS_MAX} rows")),
                Text::new("删去多余的行", "Take rows out"),
            ));
            return true;
        }
        match taken {
            Some(value) => {
                let table = self.tables.entry(field.id.clone()).or_default();
                table.entry(row).or_default().insert(column.to_owned(), value);
            }
            None => self.not_a_choice(path, value),
        }
        true
    }

    /// Splits `<field>.<item>.<part>`; ids of items may hold dots.
    fn promise_part<'p>(&self, path: &'p str, items: &[&Item]) -> Option<(&'c str, &'p str, &'p str)> {
        let section = self.section;
        section.entries.iter().find_map(|entry| {
            let Entry::Field(field) = entry else { return None };
            if !matches!(field.kind, FieldKind::Indicators) {
                return None;
            }
            let rest = path.strip_prefix(&field.id)?.strip_prefix('.')?;
            let (item, part) = rest.rsplit_once('.')?;
            let known = items.iter().any(|known| known.id == item) && PARTS.contains(&part);
            known.then_some((field.id.as_str(), item, part))
        })
    }

    fn promises(&mut self, items: &[&Item], parts: &BTreeMap<(&str, &str), BTreeMap<&str, &str>>) {
        for ((field, id), parts) in parts {
            let Some(item) = items.iter().find(|item| item.id == *id) else { continue };
            let path = format!("{field}.{id}");
            let mut promises = self.content.promises(field).cloned().unwrap_or_default();
            if !is_choice_of(item, parts) {
                self.not_a_choice(&path, parts.get("value").copied().unwrap_or_default());
                continue;
            }
            match Promise::read(&item.threshold, parts) {
                Some(promise) => promises.insert((*id).to_owned(), promise),
                None => promises.remove(*id),
            };
            self.content.0.insert((*field).to_owned(), Value::Promises(promises));
        }
    }

    fn finish(mut self) -> Result<Content, ServiceError> {
        if !self.faults.is_empty() {
            return Err(ServiceError::Invalid(self.faults));
        }
        for (field, rows) in std::mem::take(&mut self.tables) {
            let filled = |row: &Row| {
                row.iter().any(|(column, value)| {
                    column != MEMBER && !matches!(value, Value::Boolean(_)) && !value.is_blank()
                })
            };
            let mut rows: Vec<Row> = rows.into_values().filter(filled).collect();
            if field == PARTNERS {
                // Two rows of one number would share their files: the second is a new member.
                let mut seen = BTreeSet::new();
                for row in &mut rows {
                    if row.get(MEMBER).is_some_and(|number| !seen.insert(format!("{number:?}"))) {
                        row.remove(MEMBER);
                    }
                }
            }
            self.content.0.insert(field, Value::Rows(rows));
        }
        Ok(self.content)
    }
}

/// A number as the page sends it back.
fn is_member(value: &str) -> bool {
    value.parse::<u32>().is_ok_and(|number| (1..=MEMBER_MAX).contains(&number) && number.to_string() == value)
}

/// Parts of a promise on the page.
const PARTS: [&str; 5] = ["value", "low", "high", "axes", "unit"];

fn cut(path: &str) -> String {
    path.chars().take(80).collect()
}

/// A value in its one form: a code without hyphen and in capitals, a number in half-width digits. What cannot be read so stays as it
/// was typed and has its finding. `None` where a page sends no such value: neither yes nor no, or what is not in the list.
fn value_of(call: &Call, kind: &FieldKind, value: &str) -> Option<Value> {
    let text = value.trim();
    let chosen = |known: bool| (known || text.is_empty()).then(|| Value::Text(text.to_owned()));
    match kind {
        FieldKind::Boolean => yes_or_no(value),
        FieldKind::Choice(list) => {
            chosen(call.lists.get(list).is_some_and(|list| list.items.iter().any(|item| item.id == text)))
        }
        FieldKind::Task => chosen(call.node(text).is_some_and(|node| node.leaf)),
        FieldKind::OrganisationCode => {
            Some(Value::Text(OrganisationCode::parse(text).map_or_else(|_| text.to_owned(), String::from)))
        }
        FieldKind::Number => Some(Value::Text(
            Number::parse(text).map_or_else(|_| text.to_owned(), |number| number.to_string()),
        )),
        FieldKind::LongText => Some(Value::Text(value.replace("\r\n", "\n"))),
        // One line is one line: it stands in lists, on covers and in tables.
        _ => Some(Value::Text(text.lines().map(str::trim).collect::<Vec<_>>().join(" "))),
    }
}

/// The value of a cell; the outer `None` where the table has no such column.
fn cell_of(call: &Call, field: &Field, column: &str, value: &str) -> Option<Option<Value>> {
    let text = || Some(Value::Text(value.trim().to_owned()));
    match &field.kind {
        FieldKind::Table(_) if field.id == PARTNERS && column == MEMBER => is_member(value).then(text),
        FieldKind::Table(columns) => {
            let known = columns.iter().find(|known| known.id == column)?;
            Some(value_of(call, &known.kind, value))
        }
        FieldKind::WorkPlan(Some(lanes)) if column == "lane" => {
            Some(value_of(call, &FieldKind::Choice(lanes.clone()), value))
        }
        _ => PLAN_COLUMNS.contains(&column).then(text),
    }
}

fn yes_or_no(value: &str) -> Option<Value> {
    match value {
        "yes" => Some(Value::Boolean(true)),
        "no" => Some(Value::Boolean(false)),
        // Not answered.
        "" => Some(Value::Text(String::new())),
        _ => None,
    }
}

/// Whether the page could send these inputs of an item.
fn is_choice_of(item: &Item, parts: &BTreeMap<&str, &str>) -> bool {
    let value = parts.get("value").map_or("", |value| value.trim());
    match item.threshold.target() {
        Target::Label { order: names, .. } | Target::OneOf(names) => {
            value.is_empty() || names.iter().any(|name| name == value)
        }
        Target::Boolean(_) => matches!(value, "" | "yes" | "no"),
        Target::Number(_) | Target::Pair { .. } | Target::Tuple(_) => true,
    }
}
