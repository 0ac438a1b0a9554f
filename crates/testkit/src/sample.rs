//! Samples of the calls as applications that somebody types in.

use std::sync::Arc;

use jiebang_callfile::Library;
use jiebang_cases::form_pairs;
use jiebang_domain::call::{Actor as Clocked, Call};
use jiebang_domain::shared::OrganisationCode;
use jiebang_service::LoadedCall;
use jiff::{SignedDuration, Timestamp};
use toml::{Table, Value};

use crate::files::pdf;

/// Password of everybody in the tests.
pub const PASSWORD: &str = "correct horse battery";

/// A complete application as it would be typed in (样例申报).
#[derive(Clone, Debug)]
pub struct Sample {
    /// The call that it is for.
    pub call: Arc<LoadedCall>,
    /// Name of the sample.
    pub name: String,
    table: Table,
}

/// A file to attach.
#[derive(Clone, Debug)]
pub struct SampleFile {
    /// Evidence id.
    pub evidence: String,
    /// Member that it belongs to.
    pub member: u32,
    /// Name.
    pub name: String,
    /// Content.
    pub content: Vec<u8>,
}

impl SampleFile {
    /// Name of the input that it is uploaded by.
    pub fn input(&self) -> String {
        format!("evidence.{}.{}", self.evidence, self.member)
    }
}

impl Sample {
    /// All samples of a call.
    ///
    /// # Panics
    /// When one is no TOML: the cases exclude it.
    pub fn all(call: &Arc<LoadedCall>) -> Vec<Self> {
        let samples = Library::default().samples(&call.call.id);
        samples.into_iter().map(|(name, text)| Self::read(call, &name, &text)).collect()
    }

    /// A sample of a call that is not in the library.
    ///
    /// # Panics
    /// When it is no TOML.
    pub fn read(call: &Arc<LoadedCall>, name: &str, text: &str) -> Self {
        let table = toml::from_str(text).expect("a sample");
        Self { call: call.clone(), table, name: name.to_owned() }
    }

    /// The call in the domain's terms.
    pub fn call(&self) -> &Call {
        &self.call.call
    }

    /// A fact about the lead organisation.
    ///
    /// # Panics
    /// When the sample does not have it.
    pub fn applicant(&self, key: &str) -> &str {
        let applicant = self.table.get("applicant").and_then(Value::as_table);
        applicant
            .and_then(|applicant| applicant.get(key))
            .and_then(Value::as_str)
            .expect("a fact of the applicant")
    }

    /// The same application by another organisation, which is made up from a number.
    pub fn of_organisation(&self, number: u32) -> Self {
        let own = [
            (self.applicant("code").to_owned(), organisation_code(number)),
            (self.applicant("name").to_owned(), format!("{}{number}", self.applicant("name"))),
        ];
        let mut table = Value::Table(self.table.clone());
        rename(&mut table, &own);
        match table {
            Value::Table(table) => Self { table, ..self.clone() },
            _ => self.clone(),
        }
    }

    /// The same application by a lead that is registered in another region, for a project of another name.
    ///
    /// # Panics
    /// When the sample has no lead or no form.
    pub fn of_region(mut self, region: &str, title: &str) -> Self {
        for (table, key, value) in [("applicant", "region", region), ("form", "task_name", title)] {
            let table = self.table.get_mut(table).and_then(Value::as_table_mut).expect("a table");
            table.insert(key.to_owned(), Value::String(value.to_owned()));
        }
        self
    }

    /// Pairs that the form of a section is filled in with.
    ///
    /// # Panics
    /// When the call has no such section.
    pub fn pairs(&self, section: &str) -> Vec<(String, String)> {
        let section = self.call().sections.iter().find(|of| of.id == section).expect("a section");
        form_pairs(self.call(), section, &self.table)
    }

    /// Files to attach, as many of each evidence as the sample says.
    pub fn files(&self) -> Vec<SampleFile> {
        let counts = self.table.get("evidence").and_then(Value::as_table);
        let mut files = Vec::new();
        for evidence in &self.call().evidence {
            let count =
                counts.and_then(|counts| counts.get(&evidence.id)).and_then(Value::as_integer).unwrap_or(0);
            for nth in 0..u32::try_from(count).unwrap_or(0) {
                files.push(SampleFile {
                    evidence: evidence.id.clone(),
                    member: if evidence.per_member { nth } else { 0 },
                    name: format!("{}{}.pdf", evidence.name.zh, nth + 1),
                    content: pdf(&format!("{} {nth}", evidence.id), 2),
                });
            }
        }
        files
    }

    /// What the register form is filled in with.
    pub fn registration(&self, username: &str) -> Vec<(&'static str, String)> {
        registration(
            self.applicant("code"),
            self.applicant("name"),
            self.applicant("kind"),
            self.applicant("region"),
            self.applicant("legal_representative"),
            username,
        )
    }

    /// Some days before the applicants' deadline.
    ///
    /// # Panics
    /// When the call has no deadline.
    pub fn days_before(&self, days: i64) -> Timestamp {
        self.deadline() - SignedDuration::from_hours(24 * days)
    }

    /// The first instant that is too late for applicants.
    ///
    /// # Panics
    /// When the call has no deadline.
    pub fn deadline(&self) -> Timestamp {
        self.call().deadline(Clocked::Applicant).expect("a deadline").at
    }
}

/// What the register form is filled in with.
pub fn registration(
    code: &str,
    name: &str,
    kind: &str,
    region: &str,
    legal_representative: &str,
    username: &str,
) -> Vec<(&'static str, String)> {
    [
        ("code", code),
        ("name", name),
        ("kind", kind),
        ("region", region),
        ("legal_representative", legal_representative),
        ("address", "示例路1号"),
        ("mainland", "yes"),
        ("legal_person", "yes"),
        ("person_name", "经办人"),
        ("username", username),
        ("password", PASSWORD),
        ("email", "someone@example.com"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// A made-up code with its check character.
///
/// # Panics
/// When the number has more than seven digits.
pub fn organisation_code(number: u32) -> String {
    OrganisationCode::with_check(&format!("91110000MA{number:07}")).expect("17 characters").to_string()
}

fn rename(value: &mut Value, names: &[(String, String)]) {
    match value {
        Value::String(text) => {
            for (from, to) in names {
                *text = text.replace(from.as_str(), to);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rename(value, names)),
        Value::Table(table) => table.iter_mut().for_each(|(_, value)| rename(value, names)),
        _ => {}
    }
}
