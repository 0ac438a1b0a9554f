//! Promises for the items of the chosen task as inputs.

use jiebang_domain::application::Content;
use jiebang_domain::call::{Call, Field as CallField, Item};
use jiebang_domain::shared::{Comparator, Finding, Language, Target, unit_words};

use super::fields::{Inputs, options};
use super::findings::Faults;
use super::values::Values;
use crate::views::{DatePart, Field};

impl Inputs<'_> {
    /// One group of inputs for each item of the chosen task.
    pub(super) fn indicators(&self, field: &CallField) -> Vec<Field> {
        let items = self.call.items_of(self.values.get("task"));
        items.into_iter().map(|item| self.indicator(&format!("{}.{}", field.id, item.id), item)).collect()
    }

    /// The inputs of an item. The first bears the path as id, names have the part behind it.
    fn indicator(&self, path: &str, item: &Item) -> Field {
        let name = |part: &str| format!("{path}.{part}");
        let unit = item.threshold.unit().map(unit_words).map(|unit| self.say(&unit)).unwrap_or_default();
        let mut input = Field {
            id: path.to_owned(),
            hint: self.demand(item),
            error: self.faults.within(path),
            unit,
            ..Field::new("text", path, self.title(item))
        };
        input.name = name("value");
        input.value = self.values.get(&input.name).to_owned();
        match item.threshold.target() {
            Target::Pair { .. } if item.threshold.comparator() == Comparator::Covers => {
                let end = |part: &str, id: String, zh: &str, en: &str| DatePart {
                    id,
                    value: self.values.get(&name(part)).to_owned(),
                    name: name(part),
                    label: self.pick(zh, en),
                    digits: 5,
                };
                input.kind = "date";
                input.input_mode = "decimal";
                input.parts = vec![
                    end("low", path.to_owned(), "下限", "From"),
                    end("high", name("high"), "上限", "To"),
                ];
            }
            Target::Number(_) | Target::Pair { .. } => (input.input_mode, input.width) = ("decimal", "14"),
            Target::Tuple(axes) => {
                input.name = name("axes");
                input.value = self.values.get(&input.name).to_owned();
                input.width = "14";
                let example = vec!["…"; axes.len()].join("×");
                let how = self.pick(
                    &format!("各轴用“×”隔开：{example}。"),
                    &format!(" Separate the axes by “×”: {example}."),
                );
                input.hint.push_str(&how);
            }
            Target::Label { order: names, .. } | Target::OneOf(names) => {
                input.kind = "radios";
                let names = names
                    .iter()
                    .map(|label| (label.clone(), self.say(&item.threshold.name(label)), String::new()));
                input.options = options(path, &input.value, names);
            }
            Target::Boolean(_) => {
                input.kind = "radios";
                let choices = [("yes", self.pick("是", "Yes")), ("no", self.pick("否", "No"))];
                let choices = choices.map(|(id, label)| (id.to_owned(), label, String::new()));
                input.options = options(path, &input.value, choices);
            }
        }
        input
    }

    fn title(&self, item: &Item) -> String {
        let name = self.say(&item.name);
        match &item.condition {
            Some(condition) => {
                let condition = self.say(condition);
                self.pick(&format!("{name}（{condition}）"), &format!("{name} ({condition})"))
            }
            None => name,
        }
    }

    /// What is asked for, compared with what, over which time.
    fn demand(&self, item: &Item) -> String {
        let words = self.say(&item.threshold.words());
        let mut all = vec![self.pick(&format!("要求：{words}"), &format!("Required: {words}"))];
        if let Some(baseline) = &item.baseline {
            let baseline = self.say(baseline);
            all.push(self.pick(&format!("基准：{baseline}"), &format!("Baseline: {baseline}")));
        }
        if let Some(window) = &item.window {
            let window = self.say(window);
            all.push(self.pick(&format!("计算期间：{window}"), &format!("Period: {window}")));
        }
        super::sentence(&all.iter().map(String::as_str).collect::<Vec<_>>(), self.language)
    }
}

/// The inputs of one promise on a page of its own, named `promise.value` and so on: what stands in them, and what is wrong with it.
pub(crate) fn promise_input(
    call: &Call,
    item: &Item,
    pairs: &[(String, String)],
    findings: &[Finding],
    language: Language,
) -> Field {
    let values = Values::typed(&Content::default(), pairs);
    let faults = Faults::new(call, findings, language);
    Inputs { call, values: &values, faults, language, add: "", registered: &[] }.indicator("promise", item)
}
