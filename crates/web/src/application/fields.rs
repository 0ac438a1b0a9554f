//! A field of the call as inputs of a page.

use jiebang_domain::application::{MEMBER, PARTNERS, ROWS_MAX};
use jiebang_domain::call::{Bound, Call, Counted, Field as CallField, FieldKind, Node};
use jiebang_domain::shared::{Language, Text, character_count};

use super::findings::{Faults, legend, plan_column};
use super::values::Values;
use crate::translations;
use crate::views::{Choice, ChoiceGroup, Field, Limit, RowItem, Rows};
use crate::words::pick;

/// Most options that stand as radios without a heading.
const RADIOS_MAX: usize = 8;

/// What the inputs of a page are made of: the call, the values, the faults (表单).
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs<'f> {
    pub(super) call: &'f Call,
    pub(super) values: &'f Values,
    pub(super) faults: Faults<'f>,
    pub(super) language: Language,
    /// Table that shows one more row than it holds.
    pub(super) add: &'f str,
    /// Fields that the registration fills in.
    pub(super) registered: &'f [String],
}

impl Inputs<'_> {
    pub(super) fn say(&self, text: &Text) -> String {
        text.get(self.language).to_owned()
    }

    pub(super) fn pick(&self, zh: &str, en: &str) -> String {
        pick(self.language, zh, en)
    }

    /// A field that is no table.
    pub(super) fn field(&self, field: &CallField) -> Field {
        self.input(field, &field.id)
    }

    /// A field or cell under a path.
    fn input(&self, field: &CallField, path: &str) -> Field {
        let value = self.values.get(path);
        let mut input = Field {
            id: path.to_owned(),
            hint: field.hint.as_ref().map(|hint| self.say(hint)).unwrap_or_default(),
            error: self.faults.of(path),
            optional: !field.required,
            limit: field.limit.as_ref().map(|limit| limit_of(limit.max, value, self.language)),
            value: value.to_owned(),
            ..Field::new("text", path, self.say(&field.label))
        };
        if self.registered.contains(&field.id) {
            input.kind = "readonly";
            input.hint = self.pick(
                "取自单位注册信息，在“本单位”页修改。",
                "From the registration; changed on the page of your organisation.",
            );
            return input;
        }
        match &field.kind {
            FieldKind::LongText => input.kind = "textarea",
            FieldKind::Choice(list) => self.choose(&mut input, list, path != field.id),
            FieldKind::Task => self.choose_task(&mut input),
            FieldKind::Boolean => {
                input.kind = "radios";
                let choices = [("yes", self.pick("是", "Yes")), ("no", self.pick("否", "No"))];
                input.options =
                    options(&input.id, value, choices.map(|(id, name)| (id.to_owned(), name, String::new())));
            }
            FieldKind::Date => dated(&mut input),
            FieldKind::Number => (input.input_mode, input.width) = ("decimal", "14"),
            FieldKind::Phone | FieldKind::Mobile => (input.kind, input.width) = ("tel", "14"),
            FieldKind::Email => (input.kind, input.width) = ("email", "22"),
            FieldKind::PostalCode => (input.input_mode, input.width) = ("numeric", "8"),
            FieldKind::OrganisationCode => input.width = "22",
            FieldKind::Text | FieldKind::Table(_) | FieldKind::WorkPlan(_) | FieldKind::Indicators => {}
        }
        input
    }

    fn choose(&self, input: &mut Field, list: &str, cell: bool) {
        let Some(list) = self.call.lists.get(list) else { return };
        let items = list.items.iter().map(|item| {
            let words = [&item.name.zh, &item.name.en].into_iter().chain(&item.aliases);
            (item.id.clone(), self.say(&item.name), words.map(String::as_str).collect::<Vec<_>>().join(" "))
        });
        if list.items.len() <= RADIOS_MAX && !cell {
            input.kind = "radios";
            input.options = options(&input.id, &input.value, items);
        } else {
            input.kind = "select";
            let none = (String::new(), self.pick("请选择", "Choose"), String::new());
            input.options = options(&input.id, &input.value, std::iter::once(none).chain(items));
        }
    }

    /// Tasks under the headings of their branches.
    fn choose_task(&self, input: &mut Field) {
        type Branch = (String, Vec<(String, String, String)>);
        let mut tasks: Vec<Branch> = Vec::new();
        for leaf in self.call.tasks() {
            let path = self.call.path(&leaf.id);
            let above: Vec<String> =
                path.iter().rev().skip(1).rev().map(|node| numbered(node, self.language)).collect();
            let heading = above.join(" › ");
            let words = [&leaf.name.zh, &leaf.name.en, &leaf.number].into_iter().chain(&leaf.aliases);
            let words = words.map(String::as_str).collect::<Vec<_>>().join(" ");
            let option = (leaf.id.clone(), numbered(leaf, self.language), words);
            match tasks.last_mut().filter(|(last, _)| *last == heading) {
                Some((_, options)) => options.push(option),
                None => tasks.push((heading, vec![option])),
            }
        }
        let count: usize = tasks.iter().map(|(_, options)| options.len()).sum();
        if tasks.len() <= 1 && count <= RADIOS_MAX {
            input.kind = "radios";
            let only = tasks.into_iter().flat_map(|(_, options)| options);
            input.options = options(&input.id, &input.value, only);
            return;
        }
        input.kind = "choices";
        let mut before = 0;
        for (heading, group) in tasks {
            let mut made = options(&input.id, &input.value, group);
            for (nth, option) in made.iter_mut().enumerate().filter(|(nth, _)| before + nth > 0) {
                option.id = format!("{}-{}", input.id, before + nth + 1);
            }
            before += made.len();
            input.groups.push(ChoiceGroup { heading, options: made });
        }
    }

    /// A table with the rows that it holds, and one more where one is asked for or none may be missing.
    pub(super) fn table(&self, field: &CallField, columns: &[CallField]) -> Rows {
        self.rows(field, |path| {
            columns.iter().map(|column| self.input(column, &format!("{path}.{}", column.id))).collect()
        })
    }

    /// Phases of a work plan.
    pub(super) fn plan(&self, field: &CallField, lanes: Option<&str>) -> Rows {
        self.rows(field, |path| {
            let cell = |column: &str| {
                let path = format!("{path}.{column}");
                let value = self.values.get(&path).to_owned();
                let error = self.faults.of(&path);
                Field {
                    id: path.clone(),
                    value,
                    error,
                    ..Field::new("text", &path, plan_column(column, self.language))
                }
            };
            let mut fields = vec![cell("what")];
            if let Some(list) = lanes {
                let mut lane = cell("lane");
                if let Some(list) = self.call.lists.get(list) {
                    lane.label = self.say(&list.name);
                }
                self.choose(&mut lane, list, true);
                fields.push(lane);
            }
            for column in ["from", "to"] {
                let mut date = cell(column);
                dated(&mut date);
                fields.push(date);
            }
            fields
        })
    }

    fn rows(&self, field: &CallField, cells: impl Fn(&str) -> Vec<Field>) -> Rows {
        let mut numbers = self.values.rows(&field.id);
        let held = numbers.len();
        let next = numbers.last().map_or(1, |last| last + 1);
        if (self.add == field.id || held == 0 && field.required) && next <= ROWS_MAX {
            numbers.push(next);
        }
        let partners = field.id == PARTNERS;
        let items = numbers.iter().map(|number| RowItem {
            legend: legend(&field.id, *number, self.language),
            unseen: self.numbered(field, *number),
            fields: cells(&format!("{}.{number}", field.id)),
            remove_value: format!("remove.{}.{number}", field.id),
        });
        Rows {
            id: field.id.clone(),
            items: items.collect(),
            errors: self.faults.all_of(&field.id),
            add_value: format!("add.{}", field.id),
            add_word: match (partners, numbers.is_empty()) {
                (true, true) => self.pick("添加一家", "Add a partner"),
                (true, false) => self.pick("再加一家", "Add another partner"),
                (false, true) => self.pick("添加一行", "Add a row"),
                (false, false) => self.pick("再加一行", "Add another row"),
            },
            remove_word: self.pick("移除", "Remove"),
            note: self.rows_note(held, partners),
            full: numbers.len() >= ROWS_MAX,
        }
    }

    /// The number that a partner keeps wherever its row stands.
    fn numbered(&self, field: &CallField, number: usize) -> Option<(String, String)> {
        let path = format!("{}.{number}.{MEMBER}", field.id);
        let value = self.values.get(&path);
        (field.id == PARTNERS && !value.is_empty()).then(|| (path.clone(), value.to_owned()))
    }

    fn rows_note(&self, held: usize, partners: bool) -> String {
        let most = self.call.limits_on(Counted::Partners).find_map(|limit| match limit.bound {
            Bound::Max(most) => Some(most),
            Bound::Min(_) | Bound::Percent(_) => None,
        });
        match (partners, most, self.language) {
            (true, Some(most), Language::Zh) => format!("已填 {held} 家，上限 {most} 家"),
            (true, Some(most), Language::En) => format!("{held} of at most {most}"),
            (true, None, Language::Zh) => format!("已填 {held} 家"),
            (false, _, Language::Zh) => format!("已填 {held} 行"),
            (_, _, Language::En) => super::counted(held, "row filled in", "rows filled in"),
        }
    }
}

/// A calendar date: the browser's own box, unless the value is no date and would be lost in it.
fn dated(input: &mut Field) {
    input.width = "14";
    input.kind = if input.value.is_empty() || input.value.parse::<jiff::civil::Date>().is_ok() {
        "day"
    } else {
        "text"
    };
}

/// Options with their ids; the first bears the field's own, so that links to the field land on it.
pub(super) fn options(
    id: &str,
    value: &str,
    items: impl IntoIterator<Item = (String, String, String)>,
) -> Vec<Choice> {
    let items = items.into_iter().enumerate();
    items
        .map(|(nth, (option, label, words))| Choice {
            id: if nth == 0 { id.to_owned() } else { format!("{id}-{}", nth + 1) },
            chosen: option == value,
            value: option,
            label,
            hint: String::new(),
            words,
        })
        .collect()
}

/// A node as printed: number and name.
pub(super) fn numbered(node: &Node, language: Language) -> String {
    let name = node.name.get(language);
    if node.number.is_empty() {
        return name.to_owned();
    }
    let closed = node.number.ends_with([')', '）', '、']);
    let gap = if closed && language == Language::Zh { "" } else { " " };
    format!("{}{gap}{name}", node.number)
}

fn limit_of(max: u32, value: &str, language: Language) -> Limit {
    let written = u32::try_from(character_count(value)).unwrap_or(u32::MAX);
    let key = if written > max { "count-over" } else { "count-left" };
    let word = translations::t(language, key).replace('#', &written.abs_diff(max).to_string());
    Limit { count: max, written, word }
}
