//! Checks the shape of a file against the language's own JSON Schema, and reports every fault at once.
//!
//! The schema is the one that [`crate::schema`] exports, so editors and this check can never disagree.

use jiebang_domain::shared::{Text, character_count};
use serde_json::Value as Json;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::diagnostic::{Fault, Place, Step, nearest};
use crate::source::overflows;

/// Deepest nesting that is looked into.
const DEPTH_MAX: usize = 24;

/// What is wrong with the shape of a file.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Unknown, missing and misspelt keys, wrong types, unknown names: what has one cannot be read.
    pub(crate) faults: Vec<Fault>,
    /// Texts in which nothing stands: they are read, but say nothing.
    pub(crate) empty: Vec<Fault>,
    /// Pairs whose halves seem to be swapped.
    pub(crate) swapped: Vec<Fault>,
}

/// All faults of shape.
pub(crate) fn check(schema: &Json, table: &DeTable<'_>) -> Shape {
    let mut check = Check { root: schema, faults: Vec::new(), empty: Vec::new(), swapped: Vec::new() };
    check.table(schema, table, &Place::root(), 0);
    Shape { faults: check.faults, empty: check.empty, swapped: check.swapped }
}

struct Check<'s> {
    root: &'s Json,
    faults: Vec<Fault>,
    empty: Vec<Fault>,
    swapped: Vec<Fault>,
}

impl<'s> Check<'s> {
    /// Follows `$ref` and drops the `null` branch that an optional key has.
    fn resolve(&self, schema: &'s Json) -> &'s Json {
        let mut schema = schema;
        for _ in 0..DEPTH_MAX {
            if let Some(name) = schema["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/")) {
                schema = &self.root["$defs"][name];
                continue;
            }
            let branches = schema["anyOf"].as_array().map(|branches| {
                branches.iter().filter(|branch| branch["type"] != "null").collect::<Vec<_>>()
            });
            match branches.as_deref() {
                Some([only]) => schema = only,
                _ => break,
            }
        }
        schema
    }

    fn value(&mut self, schema: &'s Json, value: &DeValue<'_>, place: &Place, depth: usize) {
        if depth > DEPTH_MAX {
            return;
        }
        let schema = self.resolve(schema);
        if let Some(names) = names_of(schema) {
            return self.name(&names, value, place);
        }
        if let Some(branches) = schema["anyOf"].as_array() {
            return self.branches(branches, value, place, depth);
        }
        if !fits(schema, value) {
            return self.wrong_type(schema, value, place);
        }
        match value {
            DeValue::Table(table) => self.table(schema, table, place, depth + 1),
            DeValue::Array(array) => self.array(schema, array, place, depth + 1),
            DeValue::Integer(integer) => self.integer(schema, integer, place),
            DeValue::Float(float) if overflows(float) => {
                let help = Text::new("核对这个数", "Check the number");
                self.out_of_range(&float.to_string(), help, place);
            }
            DeValue::String(text) if says_nothing(text) => self.empty(place, None),
            _ => {}
        }
    }

    /// A text without a visible character; `half` is its place in a pair.
    fn empty(&mut self, place: &Place, half: Option<usize>) {
        let keys = place.steps.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Place(_) => None,
        });
        let name = keys.collect::<Vec<_>>().join(".");
        let (message, help) = match half {
            None => (
                Text::new(format!("{name} 是空的"), format!("{name} is empty")),
                Text::new(
                    "填上内容；没有内容的，删去这个键",
                    "Fill it in, or take the key out where there is nothing to say",
                ),
            ),
            Some(half) => (
                match half {
                    0 => Text::new(format!("{name} 没有中文"), format!("{name} has no Chinese text")),
                    _ => Text::new(format!("{name} 没有英文"), format!("{name} has no English text")),
                },
                Text::new(
                    "两种语言都要写：[\"中文\", \"English\"]",
                    "Write both languages: [\"中文\", \"English\"]",
                ),
            ),
        };
        self.empty.push(Fault::new("text_empty", place.clone(), message, help));
    }

    fn out_of_range(&mut self, number: &str, help: Text, place: &Place) {
        let shown: String = number.chars().take(40).collect();
        let message = Text::new(format!("{shown} 超出范围"), format!("{shown} is out of range"));
        self.faults.push(Fault::new("number_too_large", place.clone(), message, help));
    }

    /// Whole numbers within what the schema allows.
    fn integer(&mut self, schema: &Json, integer: &DeInteger<'_>, place: &Place) {
        let (least, most) = bounds(schema);
        match i128::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if number < least && least == 0 => self.faults.push(Fault::new(
                "number_negative",
                place.clone(),
                Text::new(format!("{integer} 不能为负数"), format!("{integer} may not be negative")),
                Text::new("写零或正整数", "Write zero or a positive whole number"),
            )),
            Ok(number) if (least..=most).contains(&number) => {}
            _ => {
                let help = Text::new(
                    format!("写{least}至{most}之间的整数"),
                    format!("Write a whole number from {least} to {most}"),
                );
                self.out_of_range(&integer.to_string(), help, place);
            }
        }
    }

    /// One of several shapes: the first that fits the kind of value is checked.
    fn branches(&mut self, branches: &'s [Json], value: &DeValue<'_>, place: &Place, depth: usize) {
        let fitting = branches.iter().map(|branch| self.resolve(branch)).find(|branch| fits(branch, value));
        match fitting {
            Some(branch) => self.value(branch, value, place, depth + 1),
            None => {
                let kinds: Vec<&Json> = branches.iter().map(|branch| self.resolve(branch)).collect();
                let zh = kinds.iter().map(|kind| kind_words(kind).zh).collect::<Vec<_>>().join("或");
                let en = kinds.iter().map(|kind| kind_words(kind).en).collect::<Vec<_>>().join(" or ");
                self.wrong(value, place, &Text::new(zh, en));
            }
        }
    }

    fn name(&mut self, names: &[&str], value: &DeValue<'_>, place: &Place) {
        let Some(written) = value.as_str() else {
            return self.wrong(value, place, &Text::new("字符串", "a string"));
        };
        if names.contains(&written) {
            return;
        }
        let all = names.join("、");
        let meant = plain(written).filter(|plain| names.contains(plain));
        let near = meant.or_else(|| nearest(written, names.iter().copied()));
        let help = match near {
            Some(near) => Text::new(
                format!("是否指 {near}？可用：{all}"),
                format!("Did you mean {near}? Known: {}", names.join(", ")),
            ),
            None => Text::new(format!("可用：{all}"), format!("Known: {}", names.join(", "))),
        };
        self.faults.push(Fault::new(
            "name_unknown",
            place.clone(),
            Text::new(
                format!("“{written}”不是可用的取值"),
                format!("“{written}” is not one of the known names"),
            ),
            help,
        ));
    }

    fn wrong_type(&mut self, schema: &Json, value: &DeValue<'_>, place: &Place) {
        let expected = kind_words(schema);
        self.wrong(value, place, &expected);
    }

    fn wrong(&mut self, value: &DeValue<'_>, place: &Place, expected: &Text) {
        let found = found_words(value);
        self.faults.push(Fault::new(
            "type_wrong",
            place.clone(),
            Text::new(
                format!("此处应为{}，写的是{}", expected.zh, found.zh),
                format!("Expected {} here, found {}", expected.en, found.en),
            ),
            Text::new(format!("改成{}", expected.zh), format!("Write {}", expected.en)),
        ));
    }

    fn array(&mut self, schema: &'s Json, array: &[toml::Spanned<DeValue<'_>>], place: &Place, depth: usize) {
        let fixed = schema["prefixItems"].as_array();
        let (least, most) = (schema["minItems"].as_u64(), schema["maxItems"].as_u64());
        let length = array.len() as u64;
        if least.is_some_and(|least| length < least) || most.is_some_and(|most| length > most) {
            let wanted = least.unwrap_or(0);
            self.faults.push(Fault::new(
                "length_wrong",
                place.clone(),
                Text::new(
                    format!("此处应有{wanted}项，写了{length}项"),
                    format!("Expected {wanted} elements here, found {length}"),
                ),
                Text::new(
                    "文本写成 [\"中文\", \"English\"]，区间写成 [下限, 上限]",
                    "Write a text as [\"中文\", \"English\"], an interval as [low, high]",
                ),
            ));
            return;
        }
        if let (Some(_), [zh, en]) = (fixed, array)
            && let (Some(zh), Some(en)) = (zh.get_ref().as_str(), en.get_ref().as_str())
            && !zh.contains(is_han)
            && en.contains(is_han)
        {
            self.swapped.push(swapped(place.clone()));
        }
        for (nth, element) in array.iter().enumerate() {
            let schema = match fixed {
                Some(fixed) => fixed.get(nth),
                None => schema.get("items"),
            };
            let here = place.nth(nth).fixed(least.is_some());
            match (schema, element.get_ref()) {
                (Some(_), DeValue::String(text)) if fixed.is_some() && says_nothing(text) => {
                    self.empty(&here, Some(nth));
                }
                (Some(schema), value) => self.value(schema, value, &here, depth),
                (None, _) => {}
            }
        }
    }

    fn table(&mut self, schema: &'s Json, table: &DeTable<'_>, place: &Place, depth: usize) {
        let properties = schema["properties"].as_object();
        let others = &schema["additionalProperties"];
        for (key, value) in table.iter() {
            let name: &str = key.get_ref();
            let here = place.key(name);
            match properties.and_then(|properties| properties.get(name)) {
                Some(schema) => self.value(schema, value.get_ref(), &here, depth),
                None if others.is_object() => self.value(others, value.get_ref(), &here, depth),
                None => self.unknown_key(name, properties, here),
            }
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if !table.contains_key(required) {
                self.missing_key(required, place);
            }
        }
    }

    fn unknown_key(&mut self, name: &str, known: Option<&'s serde_json::Map<String, Json>>, place: Place) {
        let keys: Vec<&str> = known.into_iter().flat_map(|known| known.keys().map(String::as_str)).collect();
        let help = match nearest(name, keys.iter().copied()) {
            Some(near) => Text::new(format!("是否指 {near}？"), format!("Did you mean {near}?")),
            None => Text::new(
                format!("此处可用的键：{}", keys.join("、")),
                format!("Keys known here: {}", keys.join(", ")),
            ),
        };
        self.faults.push(Fault::new(
            "key_unknown",
            place.key_itself(),
            Text::new(format!("没有名为 {name} 的键"), format!("There is no key {name}")),
            help,
        ));
    }

    fn missing_key(&mut self, name: &str, place: &Place) {
        self.faults.push(Fault::new(
            "key_missing",
            place.clone(),
            Text::new(format!("缺少键 {name}"), format!("The key {name} is missing")),
            Text::new(format!("加上 {name} = …"), format!("Add {name} = …")),
        ));
    }
}

/// The fault of a pair that has its Chinese in the second half only.
fn swapped(place: Place) -> Fault {
    Fault::new(
        "pair_swapped",
        place,
        Text::new(
            "前一半没有汉字，后一半却有：两种语言似乎颠倒了",
            "The first half has no Chinese character and the second has some: the languages seem to be swapped",
        ),
        Text::new(
            "中文写在前，英文写在后：[\"中文\", \"English\"]",
            "Write the Chinese first and the English second: [\"中文\", \"English\"]",
        ),
    )
}

/// Whether a character is Chinese.
fn is_han(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The name that a sign stands for which no keyboard of plain Latin has, such as `≥` for `>=`.
fn plain(sign: &str) -> Option<&'static str> {
    Some(match sign.trim() {
        "≥" | "⩾" | "≧" | "＞＝" | "=>" => ">=",
        "≤" | "⩽" | "≦" | "＜＝" | "=<" => "<=",
        "＞" => ">",
        "＜" => "<",
        "＝" | "==" => "=",
        _ => return None,
    })
}

/// Whether a text has nothing that can be read: no character, or white space and the like only.
fn says_nothing(text: &str) -> bool {
    !text.contains(char::is_alphanumeric) && character_count(text) == 0
}

/// Least and largest whole number that the schema allows.
fn bounds(schema: &Json) -> (i128, i128) {
    let of_format = match schema["format"].as_str() {
        Some("uint8") => u8::MAX.into(),
        Some("uint16") => u16::MAX.into(),
        Some("uint32") => u32::MAX.into(),
        _ => i64::MAX.into(),
    };
    let written = |key: &str| schema[key].as_i64().map(i128::from);
    (written("minimum").unwrap_or(i64::MIN.into()), written("maximum").unwrap_or(of_format))
}

/// The names of an enumeration.
fn names_of(schema: &Json) -> Option<Vec<&str>> {
    if let Some(names) = schema["enum"].as_array() {
        return Some(names.iter().filter_map(Json::as_str).collect());
    }
    let branches = schema["oneOf"].as_array()?;
    branches.iter().map(|branch| branch["const"].as_str()).collect()
}

/// Whether a value is of the kind that the schema asks for.
fn fits(schema: &Json, value: &DeValue<'_>) -> bool {
    let kinds: Vec<&str> = match &schema["type"] {
        Json::String(kind) => vec![kind.as_str()],
        Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).collect(),
        _ => return true,
    };
    kinds.iter().any(|kind| match *kind {
        "string" => {
            value.is_str() != (schema["format"] == "toml-datetime") && (value.is_str() || value.is_datetime())
        }
        "integer" => value.is_integer(),
        "number" => value.is_integer() || value.is_float(),
        "boolean" => value.is_bool(),
        "array" => value.is_array(),
        "object" => value.is_table(),
        _ => false,
    })
}

fn kind_words(schema: &Json) -> Text {
    let kind = match &schema["type"] {
        Json::String(kind) => kind.as_str(),
        Json::Array(kinds) => {
            kinds.iter().filter_map(Json::as_str).find(|kind| *kind != "null").unwrap_or("")
        }
        _ => "",
    };
    let (zh, en) = match kind {
        "string" if schema["format"] == "toml-datetime" => {
            ("日期（如 2025-03-28，不加引号）", "a date such as 2025-03-28, without quotes")
        }
        "string" => ("字符串", "a string"),
        "integer" => ("整数", "a whole number"),
        "number" => ("数", "a number"),
        "boolean" => ("true 或 false", "true or false"),
        "array" if schema.get("prefixItems").is_some() => ("两项的数组", "an array of two elements"),
        "array" => ("数组", "an array"),
        "object" => ("表", "a table"),
        _ => ("其他类型的值", "another kind of value"),
    };
    Text::new(zh, en)
}

fn found_words(value: &DeValue<'_>) -> Text {
    let (zh, en) = match value {
        DeValue::String(_) => ("字符串", "a string"),
        DeValue::Integer(_) => ("整数", "a whole number"),
        DeValue::Float(_) => ("小数", "a decimal number"),
        DeValue::Boolean(_) => ("true 或 false", "true or false"),
        DeValue::Datetime(_) => ("日期", "a date"),
        DeValue::Array(_) => ("数组", "an array"),
        DeValue::Table(_) => ("表", "a table"),
    };
    Text::new(zh, en)
}
