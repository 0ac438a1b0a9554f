//! Conditions in words, where an expression is made of simple parts; any other stands in quotes.

use jiebang_domain::application::PARTNERS;
use jiebang_domain::call::{Call, Field, FieldKind, ListItem};
use jiebang_domain::shared::Text;

/// List of what an organisation can be.
const KINDS: &str = "organisation_kinds";

/// When something applies, or what must hold, in words.
pub(super) fn condition_words(call: &Call, source: &str) -> Text {
    let source = source.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = Words { call, row: None }.of(&source);
    words.unwrap_or_else(|| Text::new(format!("“{source}”"), format!("“{source}”")))
}

/// What the names of an expression are called.
struct Words<'c> {
    call: &'c Call,
    /// Inside a table: the name of its row, and its columns.
    row: Option<(&'c str, &'c [Field])>,
}

impl<'c> Words<'c> {
    /// Parts joined by `||` or by `&&`, or one part.
    fn of(&self, source: &'c str) -> Option<Text> {
        if split(source, " ? ").len() > 1 {
            return None;
        }
        for (operator, zh, en) in [(" || ", "，或", ", or "), (" && ", "，且", ", and ")] {
            let parts = split(source, operator);
            if parts.len() > 1 {
                // “a or b and c” can be read in two ways.
                let plain = parts.iter().all(|part| split(part, " && ").len() == 1);
                let parts = parts.into_iter().map(|part| self.part(part)).collect::<Option<Vec<_>>>();
                return parts.filter(|_| plain).map(|parts| joined(&parts, zh, en));
            }
        }
        self.part(source)
    }

    fn part(&self, source: &'c str) -> Option<Text> {
        match source.strip_prefix('!') {
            Some(rest) => {
                let inside = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
                self.atom(inside.unwrap_or(rest), false)
            }
            None => self.atom(source, true),
        }
    }

    /// One part, or that it does not hold.
    fn atom(&self, source: &'c str, yes: bool) -> Option<Text> {
        self.fact(source, yes)
            .or_else(|| self.answer(source, yes))
            .or_else(|| self.chosen(source, yes))
            .or_else(|| self.partners(source).filter(|_| yes))
    }

    fn fact(&self, source: &str, yes: bool) -> Option<Text> {
        let (zh, en) = match (source, yes) {
            ("partners.exists(p, true)", true) => ("有联合单位", "there are partners"),
            ("partners.exists(p, true)", false) => ("没有联合单位", "there is no partner"),
            ("task.free_text", true) => {
                ("所选任务由申报单位写明内容", "the applicant says what the chosen task is")
            }
            ("applicant.mainland", true) => {
                ("牵头单位在境内注册", "the lead is registered in mainland China")
            }
            ("applicant.mainland", false) => {
                ("牵头单位不在境内注册", "the lead is not registered in mainland China")
            }
            ("applicant.legal_person", true) => {
                ("牵头单位是独立法人", "the lead is an independent legal person")
            }
            ("applicant.legal_person", false) => {
                ("牵头单位不是独立法人", "the lead is not an independent legal person")
            }
            _ => return None,
        };
        Some(Text::new(zh, en))
    }

    /// A question of yes or no.
    fn answer(&self, source: &str, yes: bool) -> Option<Text> {
        let field = self.field(source).filter(|field| matches!(field.kind, FieldKind::Boolean))?;
        let (zh, en) = if yes { ("是", "yes") } else { ("否", "no") };
        Some(Text::new(
            format!("“{}”为{zh}", field.label.zh),
            format!("“{}” is answered {en}", field.label.en),
        ))
    }

    /// A field of the form, or a column of the row.
    fn field(&self, path: &str) -> Option<&'c Field> {
        match self.row {
            Some((row, columns)) => {
                let id = path.strip_prefix(row)?.strip_prefix('.')?;
                columns.iter().find(|column| column.id == id)
            }
            None => self.call.field(path.strip_prefix("form.")?),
        }
    }

    /// Something chosen out of a list: a level of the task, the kind of an organisation.
    fn chosen(&self, source: &str, yes: bool) -> Option<Text> {
        let (path, ids) = choice(source)?;
        if let Some(level) = path.strip_prefix("task.") {
            return self.task(level, &ids, yes);
        }
        let (list, subject) = match path {
            "applicant.kind" => (KINDS, Text::new("牵头单位", "the lead")),
            path => {
                let field = self.field(path)?;
                let FieldKind::Choice(list) = &field.kind else { return None };
                let label = &field.label;
                (list.as_str(), Text::new(format!("“{}”", label.zh), format!("“{}”", label.en)))
            }
        };
        let items = &self.call.lists.get(list)?.items;
        let name =
            |id: &&str| items.iter().find(|item: &&ListItem| item.id == **id).map(|item| item.name.clone());
        let names = joined(&ids.iter().map(name).collect::<Option<Vec<_>>>()?, "或", " or ");
        let (zh, en) = if yes { ("是", "is") } else { ("不是", "is not") };
        Some(Text::new(
            format!("{}{zh}{}", subject.zh, names.zh),
            format!("{} {en}: {}", subject.en, names.en),
        ))
    }

    fn task(&self, level: &str, ids: &[&str], yes: bool) -> Option<Text> {
        let level = self.call.levels.get(level)?;
        // The empty id stands for nothing chosen yet; it has no name.
        let names = ids.iter().filter(|id| !id.is_empty()).map(|id| Some(self.call.node(id)?.name.clone()));
        let names = names.collect::<Option<Vec<_>>>().filter(|names| !names.is_empty())?;
        let names = joined(&names, "、", ", ");
        let (zh, en) = if yes { ("是", "is") } else { ("不是", "is not") };
        Some(Text::new(
            format!("{}{zh}{}", level.zh, names.zh),
            format!("the {} {en}: {}", level.en.to_lowercase(), names.en),
        ))
    }

    /// What holds of every partner, or of one.
    fn partners(&self, source: &'c str) -> Option<Text> {
        let (every, rest) = match source.strip_prefix("partners.all(") {
            Some(rest) => (true, rest),
            None => (false, source.strip_prefix("partners.exists(")?),
        };
        let (row, inside) = rest.strip_suffix(')')?.split_once(", ")?;
        let FieldKind::Table(columns) = &self.call.field(PARTNERS)?.kind else { return None };
        let inside = Self { call: self.call, row: Some((row, columns)) }.of(inside)?;
        let (zh, en) = if every {
            ("每个联合单位的", "for each partner: ")
        } else {
            ("有一个联合单位的", "for one of the partners: ")
        };
        Some(Text::new(format!("{zh}{}", inside.zh), format!("{en}{}", inside.en)))
    }
}

fn joined(parts: &[Text], zh: &str, en: &str) -> Text {
    let join = |of: fn(&Text) -> &str, between: &str| parts.iter().map(of).collect::<Vec<_>>().join(between);
    Text::new(join(|part| part.zh.as_str(), zh), join(|part| part.en.as_str(), en))
}

/// The parts around an operator that stands in no brackets and no quotes.
fn split<'s>(source: &'s str, operator: &str) -> Vec<&'s str> {
    let (mut depth, mut quoted, mut start) = (0_i32, None, 0);
    let mut parts = Vec::new();
    for (at, character) in source.char_indices() {
        match (quoted, character) {
            (Some(quote), _) => quoted = Some(quote).filter(|quote| *quote != character),
            (None, '"' | '\'') => quoted = Some(character),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            (None, _) if depth == 0 && at >= start && source[at..].starts_with(operator) => {
                parts.push(&source[start..at]);
                start = at + operator.len();
            }
            _ => {}
        }
    }
    parts.push(&source[start..]);
    parts
}

/// Path and ids of `path in ["a", "b"]` or `path == "a"`.
fn choice(source: &str) -> Option<(&str, Vec<&str>)> {
    let (path, ids) = match source.split_once(" in [") {
        Some((path, rest)) => (path, rest.strip_suffix(']')?),
        None => source.split_once(" == ")?,
    };
    let ids = ids.split(',').map(|id| id.trim().strip_prefix('"')?.strip_suffix('"'));
    Some((path, ids.collect::<Option<Vec<&str>>>()?))
}
