//! How the entries of a section are laid out: runs of fields, people in pairs, tables, evidence, declarations.

use jiebang_domain::call::{Entry, Field as CallField, FieldKind, Section};
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{ApplicationView, FILE_BYTES_MAX};

use super::fields::Inputs;
use crate::views::{Field, Part};

/// Fewest fields that stand under a heading of their own.
const GROUP_MIN: usize = 3;

impl Inputs<'_> {
    /// The parts of a section's page: the fields that apply now, in the order of the form.
    pub(super) fn parts(&self, view: &ApplicationView, section: &Section) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut run: Vec<&CallField> = Vec::new();
        for entry in &section.entries {
            match entry {
                Entry::Field(field) if !view.applicable.contains(&field.id) => {}
                Entry::Field(field) => match self.own_part(field) {
                    None => run.push(field),
                    Some(part) => {
                        self.flush(&mut run, &mut parts);
                        parts.push(part);
                    }
                },
                Entry::Evidence => {
                    self.flush(&mut run, &mut parts);
                    let evidence = view.evidence.iter().map(|item| self.evidence(view, item)).collect();
                    let most = FILE_BYTES_MAX >> 20;
                    let note = self.pick(
                        &format!("可上传 PDF、JPEG、PNG 文件，每个不超过 {most} MB。"),
                        &format!("PDF, JPEG or PNG, at most {most} MB each."),
                    );
                    parts.push(Part { note, evidence, ..Part::default() });
                }
                Entry::Declarations => {
                    self.flush(&mut run, &mut parts);
                    parts.extend(
                        self.call.declarations.iter().map(|declaration| self.declaration(view, declaration)),
                    );
                }
            }
        }
        self.flush(&mut run, &mut parts);
        // A part that is named like its page needs no heading of its own.
        for part in parts.iter_mut().filter(|part| part.title == self.say(&section.title)) {
            part.title.clear();
        }
        parts
    }

    /// Tables and indicators stand by themselves.
    fn own_part(&self, field: &CallField) -> Option<Part> {
        let mut part = Part {
            title: self.say(&field.label),
            note: field.hint.as_ref().map(|hint| self.say(hint)).unwrap_or_default(),
            ..Part::default()
        };
        match &field.kind {
            FieldKind::Table(columns) => part.rows = Some(self.table(field, columns)),
            FieldKind::WorkPlan(lanes) => part.rows = Some(self.plan(field, lanes.as_deref())),
            FieldKind::Indicators => {
                part.fields = self.indicators(field);
                if part.fields.is_empty() {
                    part.note = self.pick(
                        "所选任务没有需要承诺的指标。",
                        "The task chosen has no indicators to promise.",
                    );
                }
            }
            _ => return None,
        }
        Some(part)
    }

    /// Turns a run of fields into parts: fields of one person or thing get its name as heading.
    fn flush(&self, run: &mut Vec<&CallField>, parts: &mut Vec<Part>) {
        let fields = std::mem::take(run);
        for group in
            fields.chunk_by(|one, next| one_line(one) && one_line(next) && prefix(one) == prefix(next))
        {
            let heading = if group.len() >= GROUP_MIN { heading(group) } else { None };
            match heading {
                Some(heading) => parts.push(Part {
                    title: tidy(heading.get(self.language)),
                    paired: true,
                    fields: group.iter().map(|field| self.short(field, &heading)).collect(),
                    ..Part::default()
                }),
                None => {
                    let made = group.iter().map(|field| self.field(field));
                    match parts.last_mut().filter(|part| plain(part)) {
                        Some(part) => part.fields.extend(made),
                        None => parts.push(Part { fields: made.collect(), ..Part::default() }),
                    }
                }
            }
        }
    }

    /// A field under a heading that says what it belongs to.
    fn short(&self, field: &CallField, heading: &Text) -> Field {
        let mut input = self.field(field);
        let rest =
            input.label.get(heading.get(self.language).len()..).unwrap_or(&input.label).trim().to_owned();
        let mut letters = rest.chars();
        input.label = match (letters.next(), self.language) {
            (Some(first), Language::En) => first.to_uppercase().chain(letters).collect(),
            _ => rest,
        };
        input
    }
}

/// A part that is nothing but a run of fields.
fn plain(part: &Part) -> bool {
    part.title.is_empty() && part.rows.is_none() && part.evidence.is_empty() && !part.paired
}

fn one_line(field: &CallField) -> bool {
    matches!(
        field.kind,
        FieldKind::Text
            | FieldKind::Number
            | FieldKind::Date
            | FieldKind::Phone
            | FieldKind::Mobile
            | FieldKind::Email
            | FieldKind::PostalCode
            | FieldKind::OrganisationCode
    )
}

/// What a path stands under: `principal` of `principal.name`.
fn prefix(field: &CallField) -> &str {
    field.id.rsplit_once('.').map_or("", |(prefix, _)| prefix)
}

/// What all labels of a group begin with, in both languages.
fn heading(group: &[&CallField]) -> Option<Text> {
    if prefix(group.first()?).is_empty() {
        return None;
    }
    let common = |of: fn(&Text) -> &str| {
        let mut labels = group.iter().map(|field| of(&field.label));
        let first = labels.next().unwrap_or_default();
        labels.fold(first, |common, label| {
            let same = common.chars().zip(label.chars()).take_while(|(one, other)| one == other);
            &common[..same.map(|(one, _)| one.len_utf8()).sum()]
        })
    };
    let (zh, en) = (common(|label| &label.zh), common(|label| &label.en));
    let en = &en[..en.rfind([':', ' ']).map_or(0, |end| end + 1)];
    let rest = |of: &Text| of.zh.len() > zh.len() && of.en.len() > en.len();
    let said = zh.chars().count() >= 2 && tidy(en).len() >= 2 && group.iter().all(|field| rest(&field.label));
    said.then(|| Text::new(zh, en))
}

fn tidy(heading: &str) -> String {
    heading.trim_end_matches([' ', ':', '：', '（', '(']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{heading, tidy};
    use jiebang_domain::call::{Field, FieldKind, Source};
    use jiebang_domain::shared::Text;

    fn field(id: &str, zh: &str, en: &str) -> Field {
        Field {
            id: id.to_owned(),
            kind: FieldKind::Text,
            label: Text::new(zh, en),
            hint: None,
            required: true,
            when: None,
            token: None,
            prefill: None,
            limit: None,
            source: Source::Operator,
        }
    }

    #[test]
    fn people_get_their_office_as_heading() {
        let fields = [
            field("principal.name", "负责人姓名", "Person in charge: name"),
            field("principal.phone", "负责人电话", "Person in charge: telephone"),
            field("principal.mail", "负责人邮箱", "Person in charge: e-mail"),
        ];
        let heading = heading(&fields.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!((heading.zh.as_str(), tidy(&heading.en).as_str()), ("负责人", "Person in charge"));
    }

    #[test]
    fn unlike_labels_have_no_heading() {
        let fields = [
            field("lead.name", "牵头单位名称", "Name of the lead"),
            field("lead.code", "组织机构代码", "Organisation code"),
            field("lead.address", "通讯地址", "Postal address"),
        ];
        assert!(heading(&fields.iter().collect::<Vec<_>>()).is_none());
    }
}
