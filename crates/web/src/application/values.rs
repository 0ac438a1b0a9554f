//! Values of the form by the names of its inputs, stored or just typed.

use std::collections::{BTreeMap, BTreeSet};

use jiebang_domain::application::{Content, ROWS_MAX, Value};
use jiebang_domain::shared::{Promise, PromiseValue};

/// Values by input name, such as `partners.2.code` (填写的值).
#[derive(Clone, Debug, Default)]
pub(super) struct Values(BTreeMap<String, String>);

impl Values {
    /// What is stored.
    pub(super) fn stored(content: &Content) -> Self {
        let mut values = BTreeMap::new();
        for (path, value) in &content.0 {
            match value {
                Value::Text(text) => {
                    values.insert(path.clone(), text.clone());
                }
                Value::Boolean(yes) => {
                    values.insert(path.clone(), yes_no(*yes));
                }
                Value::Rows(rows) => {
                    values.insert(format!("{path}.rows"), rows.len().to_string());
                    for (nth, row) in rows.iter().enumerate() {
                        for (column, cell) in row {
                            let cell = match cell {
                                Value::Text(text) => text.clone(),
                                Value::Boolean(yes) => yes_no(*yes),
                                Value::Rows(_) | Value::Promises(_) => continue,
                            };
                            values.insert(format!("{path}.{}.{column}", nth + 1), cell);
                        }
                    }
                }
                Value::Promises(promises) => {
                    for (item, promise) in promises {
                        values.extend(promised(path, item, promise));
                    }
                }
            }
        }
        Self(values)
    }

    /// What is stored, with what was just typed over it. A table that was sent replaces the stored one.
    pub(super) fn typed(content: &Content, pairs: &[(String, String)]) -> Self {
        let Self(mut values) = Self::stored(content);
        let tables = pairs.iter().filter_map(|(path, _)| path.strip_suffix(".rows"));
        for table in tables.collect::<BTreeSet<_>>() {
            values.retain(|path, _| !path.strip_prefix(table).is_some_and(|rest| rest.starts_with('.')));
        }
        values.extend(pairs.iter().cloned());
        Self(values)
    }

    /// The value of an input; empty where there is none.
    pub(super) fn get(&self, path: &str) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }

    /// Numbers of the rows of a table in order.
    pub(super) fn rows(&self, table: &str) -> Vec<usize> {
        let from = format!("{table}.");
        let rows = self.0.range(from.clone()..).take_while(|(path, _)| path.starts_with(&from));
        let numbers = rows.filter_map(|(path, _)| path[from.len()..].split_once('.')?.0.parse().ok());
        numbers.filter(|row| (1..=ROWS_MAX).contains(row)).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

fn yes_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

/// Inputs of a promise, by name.
pub(crate) fn promised(field: &str, item: &str, promise: &Promise) -> Vec<(String, String)> {
    let path = |part: &str| format!("{field}.{item}.{part}");
    match &promise.value {
        PromiseValue::Number(number) => vec![(path("value"), number.to_string())],
        PromiseValue::Pair { low, high } => {
            vec![(path("low"), low.to_string()), (path("high"), high.to_string())]
        }
        PromiseValue::Tuple(axes) => {
            let axes: Vec<String> = axes.iter().map(ToString::to_string).collect();
            vec![(path("axes"), axes.join("×"))]
        }
        PromiseValue::Label(label) => vec![(path("value"), label.clone())],
        PromiseValue::Boolean(yes) => vec![(path("value"), yes_no(*yes))],
        PromiseValue::Unread(parts) => {
            parts.iter().map(|(part, typed)| (path(part), typed.clone())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Values;
    use jiebang_domain::application::Content;

    fn content(json: &str) -> Content {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_table_that_was_typed_replaces_the_stored_one() {
        let stored = content(r#"{"a":"x","partners":[{"name":"one"},{"name":"two"}]}"#);
        let pairs = [("partners.rows", "1"), ("partners.3.name", "three")];
        let pairs = pairs.map(|(path, value)| (path.to_owned(), value.to_owned()));
        let values = Values::typed(&stored, &pairs);
        assert_eq!(values.rows("partners"), [3]);
        assert_eq!(
            (values.get("partners.1.name"), values.get("partners.3.name"), values.get("a")),
            ("", "three", "x")
        );
    }

    #[test]
    fn rows_are_numbered_within_bounds() {
        let pairs = ["t.2.a", "t.10.a", "t.0.a", "t.101.a", "t.x.a", "tt.4.a", "t.rows"]
            .map(|path| (path.to_owned(), String::new()));
        assert_eq!(Values::typed(&Content::default(), &pairs).rows("t"), [2, 10]);
    }

    #[test]
    fn promises_become_inputs() {
        let stored = content(r#"{"p":{"a.b":{"value":{"pair":{"low":"1","high":"2.5"}},"unit":"mm"}}}"#);
        let values = Values::stored(&stored);
        assert_eq!((values.get("p.a.b.low"), values.get("p.a.b.high")), ("1", "2.5"));
    }
}
