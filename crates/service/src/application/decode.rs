//! Form pairs → content of one section. Hostile until checked: unknown, repeated, oversized and malformed pairs are refused with
//! one finding each; nothing is dropped silently.

use std::collections::{BTreeMap, BTreeSet};

use jiebang_domain::application::{
    Content, MEMBER, PARTNERS, PLAN_COLUMNS, ROWS_MAX, Row, VALUE_CHARACTERS_MAX, Value,
};
use jiebang_domain::call::{Call, Entry, Field, FieldKind, Item, Section};
use jiebang_domain::shared::{Comparator, Finding, Number, Promise, PromiseValue, Severity, Target, Text};

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
        let value = match part {
            "accepted" => Value::Boolean(value == "yes"),
            "signer" => Value::Text(value.trim().to_owned()),
            _ => return false,
        };
        self.content.0.insert(path.to_owned(), value);
        true
    }

    /// Takes a value of a field or of a cell; whether the path is one of this section.
    fn field(&mut self, path: &str, value: &str) -> bool {
        let section = self.section;
        let fields = section.entries.iter().filter_map(|entry| match entry {
            Entry::Field(field) => Some(field),
            Entry::Evidence | Entry::Declarations => None,
        });
        for field in fields {
            match &field.kind {
                FieldKind::Table(columns) => {
                    if let Some(rest) = path.strip_prefix(&field.id).and_then(|rest| rest.strip_prefix('.')) {
                        return self.cell(field, Some(columns), path, rest, value);
                    }
                }
                FieldKind::WorkPlan(_) => {
                    if let Some(rest) = path.strip_prefix(&field.id).and_then(|rest| rest.strip_prefix('.')) {
                        return self.cell(field, None, path, rest, value);
                    }
                }
                FieldKind::Indicators => {}
                kind if field.id == path => {
                    self.content.0.insert(field.id.clone(), value_of(kind, value));
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// `rows` marks that the table was on the page; `<row>.<column>` is a cell.
    fn cell(
        &mut self,
        field: &Field,
        columns: Option<&[Field]>,
        path: &str,
        rest: &str,
        value: &str,
    ) -> bool {
        if rest == "rows" {
            self.tables.entry(field.id.clone()).or_default();
            return true;
        }
        let Some((row, column)) = rest.split_once('.') else { return false };
        let kind = match columns {
            Some(_) if field.id == PARTNERS && column == MEMBER => {
                is_member(value).then_some(&FieldKind::Text)
            }
            Some(columns) => columns.iter().find(|known| known.id == column).map(|known| &known.kind),
            None => PLAN_COLUMNS.contains(&column).then_some(&FieldKind::Text),
        };
        // `01` and `+1` would be the cell of `1`, and one of the two values would be lost.
        let nth = row.parse::<usize>().ok().filter(|nth| nth.to_string() == row);
        let (Some(kind), Some(row)) = (kind, nth) else { return false };
        if row == 0 || row > ROWS_MAX {
            self.faults.push(fault(
                "rows_too_many",
                path,
                Text::new(format!("一张表最多{ROWS_MAX}行"), format!("A table has at most {ROWS_MAX} rows")),
                Text::new("删去多余的行", "Take rows out"),
            ));
            return true;
        }
        let table = self.tables.entry(field.id.clone()).or_default();
        table.entry(row).or_default().insert(column.to_owned(), value_of(kind, value));
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
            match promise(item, parts) {
                Ok(Some(promise)) => {
                    promises.insert((*id).to_owned(), promise);
                }
                Ok(None) => {
                    promises.remove(*id);
                }
                Err((message, remedy)) => self.faults.push(fault("number_invalid", &path, message, remedy)),
            }
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

fn value_of(kind: &FieldKind, value: &str) -> Value {
    match kind {
        FieldKind::Boolean => Value::Boolean(value == "yes"),
        FieldKind::LongText => Value::Text(value.replace("\r\n", "\n")),
        _ => Value::Text(value.trim().to_owned()),
    }
}

/// The promise behind the inputs of an item; `None` when nothing was filled in.
fn promise(item: &Item, parts: &BTreeMap<&str, &str>) -> Result<Option<Promise>, (Text, Text)> {
    let part = |name: &str| parts.get(name).map(|value| value.trim()).filter(|value| !value.is_empty());
    let number = |text: &str| Number::parse(text).map_err(|error| (error.message(), error.remedy()));
    let unit = part("unit").map(str::to_owned).or_else(|| item.threshold.unit().map(str::to_owned));
    let value = match item.threshold.target() {
        Target::Pair { .. } if item.threshold.comparator() == Comparator::Covers => {
            match (part("low"), part("high")) {
                (Some(low), Some(high)) => {
                    Some(PromiseValue::Pair { low: number(low)?, high: number(high)? })
                }
                (None, None) => None,
                _ => {
                    return Err((
                        Text::new("区间只填了一端", "Only one end of the interval is filled in"),
                        Text::new("两端都要填", "Fill in both ends"),
                    ));
                }
            }
        }
        Target::Number(_) | Target::Pair { .. } => {
            part("value").map(number).transpose()?.map(PromiseValue::Number)
        }
        Target::Tuple(_) => match part("axes") {
            Some(axes) => {
                let split = axes.split(['×', 'x', 'X', '*', ',', '，']);
                Some(PromiseValue::Tuple(split.map(|axis| number(axis.trim())).collect::<Result<_, _>>()?))
            }
            None => None,
        },
        Target::Label { .. } | Target::OneOf(_) => {
            part("value").map(|label| PromiseValue::Label(label.to_owned()))
        }
        Target::Boolean(_) => part("value").map(|value| PromiseValue::Boolean(value == "yes")),
    };
    let measured =
        matches!(value, Some(PromiseValue::Number(_) | PromiseValue::Pair { .. } | PromiseValue::Tuple(_)));
    Ok(value.map(|value| Promise { value, unit: unit.filter(|_| measured) }))
}
