//! Changes of a row, held against the call and its samples → the question that the row asks.

use std::collections::BTreeMap;

use jiebang_domain::application::{Draft, Row, Value};
use jiebang_domain::call::{Actor, Anchor, Call, Counted, FieldKind};
use jiebang_domain::shared::OrganisationCode;
use jiff::Timestamp;
use toml::{Table, Value as Toml};

use crate::Question;
use crate::sample::{Sample, attach, region, sign};
use crate::value::{boolean, count, given, number, of_column, of_field, only, plain_text, promise, table};

/// Keys that change an application.
const APPLICATION: [&str; 10] = [
    "sample",
    "form",
    "partners",
    "partner",
    "applicant",
    "evidence",
    "declaration",
    "at",
    "event",
    "applies",
];
/// Keys that ask something else, each alone but for `at`.
const ALONE: [&str; 7] = ["promise", "list", "selection", "asked", "published", "signed", "show"];
/// Most partners that a case makes.
const PARTNERS_MAX: u32 = 200;

/// A call with its samples.
pub(crate) struct Binding<'c> {
    call: &'c Call,
    samples: BTreeMap<String, Result<Draft, String>>,
}

impl<'c> Binding<'c> {
    pub(crate) fn new(call: &'c Call, samples: BTreeMap<String, Sample>) -> Self {
        let samples = samples.into_iter().map(|(name, sample)| (name, sample.draft(call))).collect();
        Self { call, samples }
    }

    /// The samples; the first one that does not fit the call is the error.
    pub(crate) fn into_samples(self) -> Result<BTreeMap<String, Draft>, (String, String)> {
        self.samples
            .into_iter()
            .map(|(name, draft)| draft.map(|draft| (name.clone(), draft)).map_err(|message| (name, message)))
            .collect()
    }

    /// What a row asks, from its code spans.
    pub(crate) fn question(&self, spans: &[String]) -> Result<Question, String> {
        // One document of all spans, so that a key that is given twice is an error.
        let text = spans.join("\n");
        let changes: Table = text.parse().map_err(|error: toml::de::Error| {
            format!("the changes are not TOML: {} in {text}", error.message())
        })?;
        let known: Vec<&str> = APPLICATION.into_iter().chain(ALONE).collect();
        only(&changes, &known, "a case")?;
        let alone: Vec<&str> = ALONE.into_iter().filter(|key| changes.contains_key(*key)).collect();
        match alone.as_slice() {
            [] => self.application(&changes),
            ["list"] => self.list(&changes),
            [key] if changes.len() == 1 => self.asked_alone(key, &changes[*key]),
            _ => Err(format!("{} stands alone in a case", alone.join(", "))),
        }
    }

    fn asked_alone(&self, key: &str, value: &Toml) -> Result<Question, String> {
        match key {
            "promise" => {
                let mut promises = table(value, key)?.iter();
                match (promises.next(), promises.next()) {
                    (Some((item, value)), None) => Ok(Question::Promise {
                        item: item.clone(),
                        promise: promise(self.call, item, value)?,
                    }),
                    _ => Err("a case judges one promise".to_owned()),
                }
            }
            "selection" => selection(table(value, key)?),
            "asked" => {
                let asked = table(value, key)?;
                only(asked, &["value", "unit"], key)?;
                let unit = plain_text(given(asked, "unit", key)?, "unit")?;
                Ok(Question::Asked { amount: number(given(asked, "value", key)?, key)?, unit })
            }
            "published" => period(Anchor::ListPublished, key, value),
            "signed" => period(Anchor::ContractSigned, key, value),
            _ => self.field(value).map(Question::Show),
        }
    }

    /// A field that a case names.
    fn field(&self, value: &Toml) -> Result<String, String> {
        let field = plain_text(value, "a field")?;
        if self.call.field(&field).is_some() {
            Ok(field)
        } else {
            Err(format!("the form has no field {field}"))
        }
    }

    fn list(&self, changes: &Table) -> Result<Question, String> {
        only(changes, &["list", "at"], "a case on a list")?;
        let list = table(&changes["list"], "list")?;
        only(list, &["region", "submitted", "recommended"], "list")?;
        Ok(Question::List {
            region: region(&plain_text(given(list, "region", "list")?, "region")?)?,
            submitted: count(given(list, "submitted", "list")?, "submitted")?,
            recommended: count(given(list, "recommended", "list")?, "recommended")?,
            at: changes.get("at").map(instant).transpose()?,
        })
    }

    fn application(&self, changes: &Table) -> Result<Question, String> {
        let name =
            changes.get("sample").map_or(Ok("sample".to_owned()), |name| plain_text(name, "sample"))?;
        let sample = self.samples.get(&name).ok_or_else(|| format!("there is no sample {name}"))?;
        let mut draft = sample.clone().map_err(|message| format!("sample {name}: {message}"))?;
        let part = |key: &str| changes.get(key).map(|value| table(value, key)).transpose();
        for (key, value) in part("applicant")?.into_iter().flatten() {
            change_applicant(&mut draft, key, value)?;
        }
        if let Some(form) = part("form")? {
            self.change_form(&mut draft, "", form)?;
        }
        if let Some(partners) = changes.get("partners") {
            make_partners(&mut draft, count(partners, "partners")?)?;
        }
        for (nth, columns) in part("partner")?.into_iter().flatten() {
            self.change_partner(&mut draft, nth, table(columns, "partner")?)?;
        }
        for (id, value) in part("evidence")?.into_iter().flatten() {
            attach(self.call, &mut draft, id, value)?;
        }
        for (id, value) in part("declaration")?.into_iter().flatten() {
            sign(self.call, &mut draft, id, value)?;
        }
        let draft = Box::new(draft);
        if let Some(field) = changes.get("applies") {
            return Ok(Question::Applies { draft, field: self.field(field)? });
        }
        let at = changes.get("at").map(instant).transpose()?;
        let event = changes.get("event").map(|event| self.event(event)).transpose()?;
        match (at, event) {
            (None, Some(_)) => Err("event needs at".to_owned()),
            (at, event) => Ok(Question::Application { draft, at: at.map(|at| (at, event)) }),
        }
    }

    fn event(&self, value: &Toml) -> Result<String, String> {
        let event = plain_text(value, "event")?;
        let mut own = self.call.deadlines.iter().filter(|deadline| deadline.actor == Actor::Applicant);
        if own.any(|deadline| deadline.event == event) {
            Ok(event)
        } else {
            Err(format!("no deadline of the applicant is called {event}"))
        }
    }

    /// Sets every field below `path`; a key that is neither a field nor the beginning of one is an error.
    fn change_form(&self, draft: &mut Draft, path: &str, values: &Table) -> Result<(), String> {
        for (key, value) in values {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match (self.call.field(&path), value) {
                (Some(field), value) => {
                    draft.content.0.insert(path, of_field(self.call, field, value)?);
                }
                (None, Toml::Table(below)) if !below.contains_key("characters") => {
                    self.change_form(draft, &path, below)?;
                }
                (None, _) => return Err(format!("the form has no field {path}")),
            }
        }
        Ok(())
    }

    fn change_partner(&self, draft: &mut Draft, nth: &str, columns: &Table) -> Result<(), String> {
        let Some(FieldKind::Table(known)) = self.call.field("partners").map(|field| &field.kind) else {
            return Err("the form has no table of partners".to_owned());
        };
        let rows = partners(draft)?;
        let row = nth.parse::<usize>().ok().and_then(|nth| rows.get_mut(nth.checked_sub(1)?));
        let row = row.ok_or_else(|| format!("there is no partner {nth}"))?;
        for (id, cell) in columns {
            row.insert(id.clone(), of_column(self.call, known, "partners", id, cell)?);
        }
        Ok(())
    }
}

/// The period that starts with an event on a day.
fn period(anchor: Anchor, key: &str, value: &Toml) -> Result<Question, String> {
    let day = value.as_datetime().and_then(|day| day.to_string().parse().ok());
    day.map(|day| Question::Period(anchor, day)).ok_or_else(|| format!("{key} is a date, not {value}"))
}

fn selection(selection: &Table) -> Result<Question, String> {
    only(selection, &["shortlisted", "winners"], "selection")?;
    let mut counts = selection.iter();
    let (Some((key, value)), None) = (counts.next(), counts.next()) else {
        return Err("selection gives one of shortlisted, winners".to_owned());
    };
    let counted = if key == "winners" { Counted::Winners } else { Counted::Shortlisted };
    Ok(Question::Selection { counted, count: count(value, key)? })
}

fn change_applicant(draft: &mut Draft, key: &str, value: &Toml) -> Result<(), String> {
    let applicant = &mut draft.applicant;
    match key {
        "kind" => applicant.kind = plain_text(value, key)?,
        "region" => applicant.region = region(&plain_text(value, key)?)?,
        "legal_person" => applicant.legal_person = boolean(value, key)?,
        "mainland" => applicant.mainland = boolean(value, key)?,
        "legal_representative" => applicant.legal_representative = plain_text(value, key)?,
        "led_before" => draft.led_before = count(value, key)?,
        _ => return Err(format!("applicant has no key {key}")),
    }
    Ok(())
}

fn partners(draft: &mut Draft) -> Result<&mut Vec<Row>, String> {
    match draft.content.0.get_mut("partners") {
        Some(Value::Rows(rows)) => Ok(rows),
        _ => Err("the sample has no partners".to_owned()),
    }
}

/// So many partners, each made like the first one of the sample.
fn make_partners(draft: &mut Draft, count: u32) -> Result<(), String> {
    if count > PARTNERS_MAX {
        return Err(format!("a case makes at most {PARTNERS_MAX} partners"));
    }
    let rows = partners(draft)?;
    let first = rows.first().cloned().ok_or("the sample has no partner to copy")?;
    *rows = (0..count).map(|nth| copied(&first, nth)).collect();
    Ok(())
}

/// A row like the first one; a copy has a code of its own, since it is another organisation.
fn copied(first: &Row, nth: u32) -> Row {
    let mut row = first.clone();
    let code = OrganisationCode::with_check(&format!("91110000MAC0PY{nth:03}"));
    if let (Some(cell), Some(code), 1..) = (row.get_mut("code"), code, nth) {
        *cell = Value::Text(code.into());
    }
    row
}

fn instant(value: &Toml) -> Result<Timestamp, String> {
    let instant = value.as_datetime().and_then(|at| at.to_string().parse().ok());
    instant.ok_or_else(|| format!("at is an instant with its offset, not {value}"))
}
