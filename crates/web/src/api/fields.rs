//! Values of the form as JSON by path: read as the service keeps them, taken as text, yes or no, numbers, rows, promises.

use std::fmt;

use jiebang_domain::application::{Content, Value};
use jiebang_domain::shared::{Finding, Severity, Text};
use jiebang_service::ServiceError;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, json};

use crate::application::promised;

/// Most values of one request.
const VALUES_MAX: usize = 4_000;

/// Fields by path in the order in which they were sent, doubles kept.
#[derive(Debug, Default)]
pub(super) struct Fields(pub(super) Vec<(String, Given)>);

/// A value as sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// Nothing: the field is emptied.
    Nothing,
    /// Text.
    Text(String),
    /// Yes or no.
    Boolean(bool),
    /// A number, in the shortest form that is the same number.
    Number(String),
    /// Rows of a table.
    List(Vec<Given>),
    /// A row, promises, or the parts of one.
    Object(Vec<(String, Given)>),
}

struct GivenVisitor;

impl<'de> Visitor<'de> for GivenVisitor {
    type Value = Given;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, true or false, a number, null, a list or an object")
    }

    fn visit_unit<E>(self) -> Result<Given, E> {
        Ok(Given::Nothing)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Given, E> {
        Ok(Given::Boolean(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Given, E> {
        Ok(Given::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Given, E> {
        Ok(Given::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Given, E> {
        Ok(Given::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Given, E> {
        Ok(Given::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Given, E> {
        Ok(Given::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Given, A::Error> {
        let mut given = Vec::new();
        while let Some(value) = list.next_element()? {
            given.push(value);
        }
        Ok(Given::List(given))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
        let mut given = Vec::new();
        while let Some(entry) = map.next_entry()? {
            given.push(entry);
        }
        Ok(Given::Object(given))
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GivenVisitor)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_map(GivenVisitor)? {
            Given::Object(fields) => Ok(Self(fields)),
            _ => Err(serde::de::Error::custom("fields stand in an object by path")),
        }
    }
}

impl JsonSchema for Fields {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FieldValues".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "Values by field path: text, true or false, a number, null for nothing; a table as a list of rows by column, \
                            promises as objects by item with the parts value, low, high, axes, unit. A cell alone is \
                            `<table>.<row from 1>.<column>`.",
            "maxProperties": VALUES_MAX,
            "additionalProperties": { "type": ["string", "boolean", "number", "null", "array", "object"] },
        })
    }
}

impl Fields {
    /// The pairs that a form would send.
    ///
    /// # Errors
    /// `Invalid` with one finding for each value that no field can hold.
    pub(super) fn pairs(&self) -> Result<Vec<(String, String)>, ServiceError> {
        let mut pairs = Pairs::default();
        for (path, given) in &self.0 {
            pairs.field(path, given);
        }
        if pairs.sent.len() > VALUES_MAX {
            pairs.faults = vec![fault(
                "form_too_large",
                "fields",
                Text::new(
                    format!("请求有 {} 个值，上限 {VALUES_MAX}", pairs.sent.len()),
                    format!("The request has {} values; the limit is {VALUES_MAX}", pairs.sent.len()),
                ),
                Text::new("分几次修改", "Send it in several requests"),
            )];
        }
        if pairs.faults.is_empty() { Ok(pairs.sent) } else { Err(ServiceError::Invalid(pairs.faults)) }
    }

    /// The same as JSON, to be shown beside what is stored.
    pub(super) fn json(&self) -> serde_json::Value {
        object(&self.0)
    }
}

#[derive(Default)]
struct Pairs {
    sent: Vec<(String, String)>,
    faults: Vec<Finding>,
}

impl Pairs {
    fn field(&mut self, path: &str, given: &Given) {
        match given {
            Given::List(rows) => {
                self.sent.push((format!("{path}.rows"), rows.len().to_string()));
                for (nth, row) in (1..).zip(rows) {
                    match row {
                        Given::Object(cells) => {
                            for (column, cell) in cells {
                                self.plain(format!("{path}.{nth}.{column}"), cell);
                            }
                        }
                        _ => self.faults.push(unreadable(&format!("{path}.{nth}"))),
                    }
                }
            }
            Given::Object(items) => {
                for (item, promise) in items {
                    match promise {
                        Given::Object(parts) => {
                            for (part, value) in parts {
                                self.plain(format!("{path}.{item}.{part}"), value);
                            }
                        }
                        Given::Nothing => self.sent.push((format!("{path}.{item}.value"), String::new())),
                        _ => self.faults.push(unreadable(&format!("{path}.{item}"))),
                    }
                }
            }
            plain => self.plain(path.to_owned(), plain),
        }
    }

    fn plain(&mut self, path: String, given: &Given) {
        let value = match given {
            Given::Nothing => String::new(),
            Given::Text(text) | Given::Number(text) => text.clone(),
            Given::Boolean(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            Given::List(_) | Given::Object(_) => return self.faults.push(unreadable(&path)),
        };
        self.sent.push((path, value));
    }
}

fn unreadable(path: &str) -> Finding {
    fault(
        "value_unreadable",
        path,
        Text::new("这里不能是这样的值", "A value of this kind cannot stand here"),
        Text::new(
            "表格用行的列表，指标按条目填写，其余用文本、是否或数",
            "A table is a list of rows, promises stand by item, all else is text, true or false, or a number",
        ),
    )
}

fn fault(code: &str, path: &str, message: Text, remedy: Text) -> Finding {
    let field = Some(path.chars().take(80).collect());
    let severity = Severity::Refusal;
    Finding { code: code.to_owned(), severity, clause: None, field, message, remedy }
}

fn object(fields: &[(String, Given)]) -> serde_json::Value {
    fields.iter().map(|(path, given)| (path.clone(), given_json(given))).collect::<Map<_, _>>().into()
}

fn given_json(given: &Given) -> serde_json::Value {
    match given {
        Given::Nothing => serde_json::Value::Null,
        Given::Text(text) | Given::Number(text) => json!(text),
        Given::Boolean(yes) => json!(yes),
        Given::List(list) => list.iter().map(given_json).collect(),
        Given::Object(map) => object(map),
    }
}

/// Values of the form by path, as a request may send them back.
pub(super) fn values(content: &Content) -> Map<String, serde_json::Value> {
    content.0.iter().map(|(path, value)| (path.clone(), value_json(path, value))).collect()
}

fn value_json(path: &str, value: &Value) -> serde_json::Value {
    match value {
        Value::Text(text) => json!(text),
        Value::Boolean(yes) => json!(yes),
        Value::Rows(rows) => {
            let row = |row: &jiebang_domain::application::Row| {
                row.iter()
                    .map(|(column, cell)| (column.clone(), value_json(column, cell)))
                    .collect::<Map<_, _>>()
            };
            rows.iter().map(row).collect::<Vec<_>>().into()
        }
        Value::Promises(promises) => {
            let parts = |(item, promise): (&String, &jiebang_domain::shared::Promise)| {
                let start = format!("{path}.{item}.");
                let typed = promised(path, item, promise);
                let mut parts: Map<String, serde_json::Value> = typed
                    .into_iter()
                    .map(|(name, value)| {
                        (name.strip_prefix(&start).unwrap_or(&name).to_owned(), json!(value))
                    })
                    .collect();
                if let Some(unit) = &promise.unit {
                    parts.insert("unit".to_owned(), json!(unit));
                }
                (item.clone(), parts.into())
            };
            promises.iter().map(parts).collect::<Map<_, _>>().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(json: &str) -> Result<Vec<(String, String)>, ServiceError> {
        serde_json::from_str::<Fields>(json).unwrap().pairs()
    }

    fn sent(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn json_becomes_what_a_form_would_send() {
        let json = r#"{"a":"x","b":true,"n":3.50,"m":-2,"e":null,"t":[{"c":"1"},{"c":false}],"p":{"i.1":{"low":1}},"t.1.c":"y"}"#;
        let expected = [
            ("a", "x"),
            ("b", "yes"),
            ("n", "3.5"),
            ("m", "-2"),
            ("e", ""),
            ("t.rows", "2"),
            ("t.1.c", "1"),
            ("t.2.c", "no"),
            ("p.i.1.low", "1"),
            ("t.1.c", "y"),
        ];
        assert_eq!(pairs(json).unwrap(), sent(&expected));
    }

    #[test]
    fn what_no_field_can_hold_is_told_place_by_place() {
        let Err(ServiceError::Invalid(faults)) = pairs(r#"{"t":[1,{"c":[]}],"p":{"i":"x","j":{"low":{}}}}"#)
        else {
            panic!("it was taken");
        };
        let places: Vec<_> = faults.iter().map(|fault| fault.field.as_deref().unwrap()).collect();
        assert_eq!(places, ["t.1", "t.2.c", "p.i", "p.j.low"]);
        assert!(serde_json::from_str::<Fields>("[]").is_err());
    }

    #[test]
    fn doubles_are_kept_to_be_refused() {
        assert_eq!(pairs(r#"{"a":"x","a":"y"}"#).unwrap(), sent(&[("a", "x"), ("a", "y")]));
    }

    #[test]
    fn what_is_shown_can_be_sent_back() {
        let stored: Content = serde_json::from_str(
            r#"{"a":"x","b":false,"p":{"a.b":{"value":{"pair":{"low":"1","high":"2.5"}},"unit":"mm"}},"t":[{"c":"1","m":true}]}"#,
        )
        .unwrap();
        let shown = serde_json::Value::from(values(&stored)).to_string();
        let back = pairs(&shown).unwrap();
        let expected = [
            ("a", "x"),
            ("b", "no"),
            ("p.a.b.low", "1"),
            ("p.a.b.high", "2.5"),
            ("p.a.b.unit", "mm"),
            ("t.rows", "1"),
            ("t.1.c", "1"),
            ("t.1.m", "yes"),
        ];
        assert_eq!(back, sent(&expected));
    }
}
