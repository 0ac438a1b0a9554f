//! What a new call file leaves to be filled in: texts that begin with `（填写`, and the year 0, are blanks.

use jiebang_domain::shared::Text;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Fault, Place};

/// How such a text begins.
pub(crate) const MARK: &str = "（填写";
/// Tables that say themselves why something is blank.
const BLANKS: &str = "blanks";

/// Every one of them: the key that it stands under, and the warning.
pub(crate) fn blanks(table: &DeTable<'_>) -> Vec<(String, Fault)> {
    let mut found = Vec::new();
    for (key, value) in table.iter().filter(|(key, _)| key.get_ref() != BLANKS) {
        let key: &str = key.get_ref();
        walk(value.get_ref(), key, &Place::root().key(key), &mut found);
    }
    found
}

fn walk(value: &DeValue<'_>, path: &str, place: &Place, found: &mut Vec<(String, Fault)>) {
    match value {
        DeValue::String(text) if text.starts_with(MARK) => found.push(blank(path, place, text)),
        DeValue::Integer(number) if path == "call.year" && number.as_str() == "0" => {
            found.push(blank(path, place, "（填写年份）"));
        }
        DeValue::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                walk(item.get_ref(), path, &place.nth(nth), found);
            }
        }
        DeValue::Table(table) => {
            for (key, value) in table.iter() {
                let key: &str = key.get_ref();
                walk(value.get_ref(), &format!("{path}.{key}"), &place.key(key), found);
            }
        }
        _ => {}
    }
}

fn blank(path: &str, place: &Place, text: &str) -> (String, Fault) {
    let fault = Fault::new(
        "blank",
        place.clone(),
        Text::new(format!("{path} 还没有填写：{text}"), format!("{path} is not filled in yet: {text}")),
        Text::new("换成通知中的内容", "Put in what the notice says"),
    );
    (path.to_owned(), fault)
}
