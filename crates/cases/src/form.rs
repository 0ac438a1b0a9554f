//! Samples as form pairs: what a person would type to make the sample application.

use jiebang_domain::application::PLAN_COLUMNS;
use jiebang_domain::call::{Call, Entry, Field, FieldKind, Section};
use toml::{Table, Value};

/// Pairs of field path and value that a form of this section would send for the sample.
pub fn form_pairs(call: &Call, section: &Section, sample: &Table) -> Vec<(String, String)> {
    let form = sample.get("form").and_then(Value::as_table);
    let mut pairs = Vec::new();
    for entry in &section.entries {
        match entry {
            // The registration fills these in; no page asks for them.
            Entry::Field(field)
                if field.prefill.as_deref().is_some_and(|from| from.starts_with("organisation.")) => {}
            Entry::Field(field) => {
                let value = form.and_then(|form| form.get(&field.id));
                field_pairs(field, value, sample, &mut pairs);
            }
            Entry::Declarations => declaration_pairs(call, sample, &mut pairs),
            Entry::Evidence => {}
        }
    }
    pairs
}

fn declaration_pairs(call: &Call, sample: &Table, pairs: &mut Vec<(String, String)>) {
    let signed = sample.get("declaration").and_then(Value::as_table);
    for declaration in &call.declarations {
        let Some(signature) = signed.and_then(|signed| signed.get(&declaration.id)) else { continue };
        for part in ["accepted", "signer"] {
            if let Some(value) = signature.get(part) {
                pairs.push((format!("declaration.{}.{part}", declaration.id), text_of(value)));
            }
        }
    }
}

fn field_pairs(field: &Field, value: Option<&Value>, sample: &Table, pairs: &mut Vec<(String, String)>) {
    match &field.kind {
        FieldKind::Indicators => promise_pairs(field, sample, pairs),
        FieldKind::Table(columns) => {
            let columns: Vec<&str> = columns.iter().map(|column| column.id.as_str()).collect();
            row_pairs(&field.id, &columns, value, pairs);
        }
        FieldKind::WorkPlan(_) => row_pairs(&field.id, &PLAN_COLUMNS, value, pairs),
        _ => {
            if let Some(value) = value {
                pairs.push((field.id.clone(), text_of(value)));
            }
        }
    }
}

fn row_pairs(id: &str, columns: &[&str], value: Option<&Value>, pairs: &mut Vec<(String, String)>) {
    let rows = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    pairs.push((format!("{id}.rows"), rows.len().to_string()));
    for (nth, row) in rows.iter().enumerate() {
        for column in columns {
            if let Some(cell) = row.get(column) {
                pairs.push((format!("{id}.{}.{column}", nth + 1), text_of(cell)));
            }
        }
    }
}

fn promise_pairs(field: &Field, sample: &Table, pairs: &mut Vec<(String, String)>) {
    for (item, promise) in sample.get("promise").and_then(Value::as_table).into_iter().flatten() {
        if let Some(value) = promise.get("value") {
            pairs.push((format!("{}.{item}.value", field.id), text_of(value)));
        }
        if let Some(unit) = promise.get("unit") {
            pairs.push((format!("{}.{item}.unit", field.id), text_of(unit)));
        }
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Boolean(true) => "yes".to_owned(),
        Value::Boolean(false) => "no".to_owned(),
        Value::Table(table) => {
            let characters = table.get("characters").and_then(Value::as_integer).unwrap_or(0);
            "本单位长期从事相关研究，基础扎实，"
                .chars()
                .cycle()
                .take(usize::try_from(characters).unwrap_or(0))
                .collect()
        }
        other => other.to_string(),
    }
}
