//! TOML values of changes and samples → values of the domain. Every error says what was expected.

use std::collections::BTreeMap;

use jiebang_domain::application::{PLAN_COLUMNS, Row, Value};
use jiebang_domain::call::{Call, Field, FieldKind};
use jiebang_domain::shared::{Number, Promise, PromiseValue, Target};
use toml::{Table, Value as Toml};

/// Most characters that `{ characters = n }` makes.
const CHARACTERS_MAX: i64 = 100_000;

/// The keys of `table` are among `known`.
pub(crate) fn only(table: &Table, known: &[&str], what: &str) -> Result<(), String> {
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("{what} has no key {key}; known: {}", known.join(", "))),
        None => Ok(()),
    }
}

pub(crate) fn table<'t>(value: &'t Toml, what: &str) -> Result<&'t Table, String> {
    value.as_table().ok_or_else(|| format!("{what} is a table, not {value}"))
}

pub(crate) fn given<'t>(table: &'t Table, key: &str, what: &str) -> Result<&'t Toml, String> {
    table.get(key).ok_or_else(|| format!("{what} lacks {key}"))
}

pub(crate) fn boolean(value: &Toml, what: &str) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("{what} is true or false, not {value}"))
}

pub(crate) fn count(value: &Toml, what: &str) -> Result<u32, String> {
    let count = value.as_integer().and_then(|count| u32::try_from(count).ok());
    count.ok_or_else(|| format!("{what} is a whole number, not {value}"))
}

pub(crate) fn number(value: &Toml, what: &str) -> Result<Number, String> {
    match value {
        Toml::Integer(integer) => Ok(Number::from(*integer)),
        Toml::Float(float) => {
            Number::from_f64_shortest(*float).map_err(|error| format!("{what}: {}", error.message().en))
        }
        _ => Err(format!("{what} is a number, not {value}")),
    }
}

pub(crate) fn plain_text(value: &Toml, what: &str) -> Result<String, String> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("{what} is a text, not {value}"))
}

/// A text, or `{ characters = n }`.
pub(crate) fn text(value: &Toml, what: &str) -> Result<String, String> {
    let Toml::Table(made) = value else { return plain_text(value, what) };
    only(made, &["characters"], what)?;
    let characters = made
        .get("characters")
        .and_then(Toml::as_integer)
        .filter(|count| (0..=CHARACTERS_MAX).contains(count));
    let characters = characters.and_then(|count| usize::try_from(count).ok());
    characters.map(|count| "字".repeat(count)).ok_or_else(|| format!("{what}: characters is a whole number"))
}

/// The value of a field, by its kind.
pub(crate) fn of_field(call: &Call, field: &Field, value: &Toml) -> Result<Value, String> {
    let what = field.id.as_str();
    match &field.kind {
        // As a page sends a question without an answer.
        FieldKind::Boolean if value.as_str() == Some("") => Ok(Value::Text(String::new())),
        FieldKind::Boolean => boolean(value, what).map(Value::Boolean),
        FieldKind::Number if !value.is_str() => {
            number(value, what).map(|number| Value::Text(number.to_string()))
        }
        FieldKind::Date if value.is_datetime() => Ok(Value::Text(value.to_string())),
        FieldKind::Indicators => promises(call, table(value, what)?).map(Value::Promises),
        FieldKind::Table(columns) => rows(value, what, |row| {
            row.iter().map(|(id, cell)| Ok((id.clone(), of_column(call, columns, what, id, cell)?))).collect()
        }),
        FieldKind::WorkPlan(_) => rows(value, what, |row| {
            only(row, &PLAN_COLUMNS, what)?;
            row.iter().map(|(id, cell)| Ok((id.clone(), Value::Text(text(cell, what)?)))).collect()
        }),
        _ => text(value, what).map(Value::Text),
    }
}

/// The value of one column of a table.
pub(crate) fn of_column(
    call: &Call,
    columns: &[Field],
    of: &str,
    id: &str,
    cell: &Toml,
) -> Result<Value, String> {
    let column = columns.iter().find(|column| column.id == id);
    let column = column.ok_or_else(|| {
        let known: Vec<&str> = columns.iter().map(|column| column.id.as_str()).collect();
        format!("{of} has no column {id}; known: {}", known.join(", "))
    })?;
    of_field(call, column, cell)
}

fn rows(value: &Toml, what: &str, row: impl Fn(&Table) -> Result<Row, String>) -> Result<Value, String> {
    let rows = value.as_array().ok_or_else(|| format!("{what} is an array of rows, not {value}"))?;
    rows.iter().map(|one| row(table(one, what)?)).collect::<Result<_, _>>().map(Value::Rows)
}

/// Promises by item id.
pub(crate) fn promises(call: &Call, table: &Table) -> Result<BTreeMap<String, Promise>, String> {
    table.iter().map(|(item, value)| Ok((item.clone(), promise(call, item, value)?))).collect()
}

/// A promise for an item: pairs of numbers are an interval or axes, as the item asks.
pub(crate) fn promise(call: &Call, id: &str, value: &Toml) -> Result<Promise, String> {
    let item = call.items().find(|item| item.id == id).ok_or_else(|| format!("the call has no item {id}"))?;
    let promised = table(value, id)?;
    only(promised, &["value", "unit"], id)?;
    let unit = promised.get("unit").map(|unit| plain_text(unit, "unit")).transpose()?;
    let value = match given(promised, "value", id)? {
        Toml::Boolean(value) => PromiseValue::Boolean(*value),
        Toml::String(label) => PromiseValue::Label(label.clone()),
        Toml::Array(array) => {
            let numbers: Vec<Number> = array.iter().map(|axis| number(axis, id)).collect::<Result<_, _>>()?;
            match (item.threshold.target(), numbers.as_slice()) {
                (Target::Tuple(_), _) => PromiseValue::Tuple(numbers),
                (_, [low, high]) => PromiseValue::Pair { low: low.clone(), high: high.clone() },
                _ => return Err(format!("{id}: an interval has two numbers")),
            }
        }
        other => PromiseValue::Number(number(other, id)?),
    };
    Ok(Promise { value, unit })
}
