//! Nothing outside tests names a call, a document, a task or a material: notices are data.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::{Fault, House};

/// Shortest Chinese name that says something of its own.
const HAN_MIN: usize = 3;

/// Names that are also words of the product, with the reason.
const WORDS: [(&str, &str); 0] = [];

/// Lines of `crates/` that name what stands in a notice.
pub(crate) fn of_notices(house: &House) -> Vec<Fault> {
    let names: BTreeSet<String> =
        house.calls.iter().flat_map(|(_, call)| names(call)).filter(|name| is_telling(name)).collect();
    let mut faults = Vec::new();
    let own = |path: &str| path.starts_with("crates/") && !path.ends_with("Cargo.toml");
    for file in house.files.iter().filter(|file| own(&file.path) && !file.is_test()) {
        let held: Vec<&String> = names.iter().filter(|name| file.text.contains(name.as_str())).collect();
        if held.is_empty() {
            continue;
        }
        let in_tests = if file.is_rust() { test_lines(&file.text) } else { Vec::new() };
        for (nth, line) in file.text.lines().enumerate().filter(|(nth, _)| in_tests.get(*nth) != Some(&true))
        {
            let named = held.iter().filter(|name| holds(line, name));
            faults.extend(named.map(|name| file.fault(nth + 1, format!("names “{name}” of a notice"))));
        }
    }
    faults
}

/// For each line whether it stands in a test module.
fn test_lines(text: &str) -> Vec<bool> {
    let blanked = super::rust::blanked(text);
    let without = super::rust::without_tests(&blanked);
    blanked
        .lines()
        .zip(without.lines())
        .map(|(all, rest)| !all.trim().is_empty() && rest.trim().is_empty())
        .collect()
}

/// Everything that a call names: itself, its document, its tasks, its lists.
fn names(call: &Table) -> Vec<String> {
    let mut found = Vec::new();
    let identity = call.get("call").and_then(Value::as_table);
    for key in ["id", "title", "document_number"] {
        found.extend(identity.and_then(|identity| identity.get(key)).map(texts).unwrap_or_default());
    }
    let history =
        identity.and_then(|identity| identity.get("document_number_history")).and_then(Value::as_array);
    found.extend(history.into_iter().flatten().filter_map(|old| old.get("number")).flat_map(texts));
    let entries = |key: &str| call.get(key).and_then(Value::as_array).into_iter().flatten();
    for node in entries("node") {
        found.extend(["id", "name"].iter().filter_map(|key| node.get(key)).flat_map(texts));
    }
    for item in entries("list").filter_map(|list| list.get("items")?.as_array()).flatten() {
        found.extend(["id", "name", "aliases"].iter().filter_map(|key| item.get(key)).flat_map(texts));
    }
    found
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Whether a name belongs to a notice alone: not a short word, not a single English word, not a word of the product.
fn is_telling(name: &str) -> bool {
    let joined = name.contains([' ', '-', '(', '–', '〔']);
    let telling = if name.is_ascii() { joined && name.len() > 3 } else { name.chars().count() >= HAN_MIN };
    telling && !WORDS.iter().any(|(word, _)| *word == name)
}

/// Whether a line holds a name as a whole word.
fn holds(line: &str, name: &str) -> bool {
    let is_part = |character: Option<char>| {
        character.is_some_and(|character| {
            character.is_ascii_alphanumeric() || character == '-' || character == '_'
        })
    };
    line.match_indices(name).any(|(at, _)| {
        let ascii = name.is_ascii();
        !(ascii
            && (is_part(line[..at].chars().next_back()) || is_part(line[at + name.len()..].chars().next())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::File;

    #[test]
    fn a_name_of_a_notice_is_found_in_code_and_not_in_tests() {
        let call: Table = "call.id = \"city-2030-prize\"\ncall.title = [\"城市大奖\", \"City prize\"]\nnode = [{ id = \"bridge\", name = [\"大桥\", \"Bridge\"] }]\n"
            .parse()
            .expect("a call");
        let text = "const A: &str = \"city-2030-prize\";\n// City prizes are many.\n// 城市大奖\n#[cfg(test)]\nmod tests {\n    const B: &str = \"城市大奖\";\n}\n// bridge 大桥\n";
        let file = |path: &str| File { path: path.to_owned(), text: text.to_owned(), code: text.to_owned() };
        let house = House {
            files: vec![file("crates/a/src/lib.rs"), file("crates/a/tests/b.rs")],
            calls: vec![(String::new(), call)],
        };
        assert_eq!(of_notices(&house).iter().map(|fault| fault.line).collect::<Vec<_>>(), [1, 3]);
    }
}
