//! Views that the templates of several rooms read. Text that is not there is empty; structures that are not there are `None`.

use jiebang_domain::shared::{Finding, Language};
use jiebang_service::{ServiceError, StoreError};

pub use crate::error::Link;
use crate::error::explain;
pub use crate::words::{ClauseView, ClockView};

/// A label and its value.
#[derive(Clone, Debug, Default)]
pub struct Fact {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
    /// Address behind the value; may be empty.
    pub href: String,
}

/// A document to open or to download.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Address.
    pub href: String,
    /// Name.
    pub name: String,
    /// Type and size; may be empty.
    pub facts: String,
}

/// A step of a calendar.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// `done`, `now` or `todo`.
    pub state: &'static str,
    /// Machine time; may be empty.
    pub at: String,
    /// When, as people say it.
    pub when: String,
    /// What happens.
    pub what: String,
    /// More about it; may be empty.
    pub note: String,
    /// Clause behind it.
    pub clause: Option<ClauseView>,
}

/// A fault in the summary above a form.
#[derive(Clone, Debug)]
pub struct ErrorLink {
    /// Address of the field; `#main` where there is none.
    pub href: String,
    /// What is wrong.
    pub message: String,
}

/// Why something was not done, said above a page besides the findings (未办理的原因).
#[derive(Clone, Debug, Default)]
pub struct Refused {
    /// Key of the heading, where the page's own would say more than is known.
    heading: Option<&'static str>,
    /// A paragraph each.
    pub lines: Vec<String>,
}

impl Refused {
    /// Why, in the words of an error.
    pub fn of(error: &ServiceError, language: Language) -> Self {
        let heading = match error {
            ServiceError::Store(StoreError::Unsure(_)) => Some("not-known"),
            ServiceError::Files(_) => Some("file-not-kept"),
            _ => None,
        };
        Self { heading, lines: vec![explain(error, language)] }
    }

    /// Why, in words of the page.
    pub fn said(words: String) -> Self {
        Self { heading: None, lines: vec![words] }
    }

    /// Key of the heading; `own` is the page's.
    pub fn heading<'k>(&self, own: &'k str) -> &'k str {
        self.heading.unwrap_or(own)
    }

    /// Whether it was done is not known.
    pub fn is_unsure(&self) -> bool {
        self.heading == Some("not-known")
    }
}

/// A row of a summary list.
#[derive(Clone, Debug, Default)]
pub struct SummaryRow {
    /// Label.
    pub key: String,
    /// Value.
    pub value: String,
    /// Where it is changed; may be empty.
    pub href: String,
    /// Word of the link.
    pub change: String,
    /// Nothing was filled in.
    pub missing: bool,
}

/// What is wrong with a field.
#[derive(Clone, Debug)]
pub struct FieldError {
    /// What is wrong, with the value.
    pub message: String,
    /// By which clause.
    pub clause: Option<ClauseView>,
    /// What to do.
    pub remedy: String,
}

/// A limit in 字.
#[derive(Clone, Debug)]
pub struct Limit {
    /// Most.
    pub count: u32,
    /// Written so far.
    pub written: u32,
    /// How many are left, in words.
    pub word: String,
}

/// One of the things to choose from.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Id in the page; the first of a group has the field's own.
    pub id: String,
    /// Value that is sent.
    pub value: String,
    /// Label.
    pub label: String,
    /// Help; may be empty.
    pub hint: String,
    /// It is chosen.
    pub chosen: bool,
    /// Words that the filter of a long list finds it by; may be empty.
    pub words: String,
}

/// Choices under a heading.
#[derive(Clone, Debug, Default)]
pub struct ChoiceGroup {
    /// Heading.
    pub heading: String,
    /// Choices.
    pub options: Vec<Choice>,
}

/// One of the boxes of a date.
#[derive(Clone, Debug, Default)]
pub struct DatePart {
    /// Id in the page.
    pub id: String,
    /// Name that is sent.
    pub name: String,
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
    /// Width in digits.
    pub digits: u32,
}

/// A form control (`components/fields.html`).
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// Id in the page.
    pub id: String,
    /// Name that is sent.
    pub name: String,
    /// `text`, `email`, `tel`, `password`, `number`, `textarea`, `select`, `radios`, `checkboxes`, `date`
    /// (several boxes: a date, the ends of an interval), `day` (the browser's own box for a date), `choices` or `readonly`.
    pub kind: &'static str,
    /// Label.
    pub label: String,
    /// Help; may be empty.
    pub hint: String,
    /// What is wrong with the value.
    pub error: Option<FieldError>,
    /// Value.
    pub value: String,
    /// May stay empty.
    pub optional: bool,
    /// Limit in 字.
    pub limit: Option<Limit>,
    /// Choices of a list.
    pub options: Vec<Choice>,
    /// Choices of a long list, by heading.
    pub groups: Vec<ChoiceGroup>,
    /// Boxes of a date.
    pub parts: Vec<DatePart>,
    /// Unit behind the value; may be empty.
    pub unit: String,
    /// Width in characters; empty for all of it.
    pub width: &'static str,
    /// What browsers may fill in; may be empty.
    pub autocomplete: &'static str,
    /// Keyboard of a phone; may be empty.
    pub input_mode: &'static str,
}

impl Field {
    /// A control with its name as id, dots as hyphens.
    pub fn new(kind: &'static str, name: &str, label: impl Into<String>) -> Self {
        Self {
            id: name.replace('.', "-"),
            name: name.to_owned(),
            kind,
            label: label.into(),
            ..Self::default()
        }
    }

    /// The control with a value.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// The control with help.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The control, which may stay empty.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// The control, which may stay empty in this case.
    #[must_use]
    pub fn optional_if(mut self, optional: bool) -> Self {
        self.optional = optional;
        self
    }

    /// The control with a width in characters.
    #[must_use]
    pub fn width(mut self, width: &'static str) -> Self {
        self.width = width;
        self
    }

    /// The control with what browsers may fill in.
    #[must_use]
    pub fn autocomplete(mut self, autocomplete: &'static str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    /// The control with things to choose from (value and label); the one with the control's value is chosen.
    #[must_use]
    pub fn choices(mut self, choices: impl IntoIterator<Item = (String, String)>) -> Self {
        for (nth, (value, label)) in choices.into_iter().enumerate() {
            let id = if nth == 0 { self.id.clone() } else { format!("{}-{}", self.id, nth + 1) };
            let chosen = value == self.value;
            self.options.push(Choice { id, value, label, chosen, ..Choice::default() });
        }
        self
    }

    /// The control with the first of these findings that names it.
    #[must_use]
    pub fn judged(mut self, findings: &[Finding], language: Language) -> Self {
        let own = findings.iter().find(|finding| finding.field.as_deref() == Some(self.name.as_str()));
        if let Some(finding) = own {
            self.error = Some(FieldError {
                message: finding.message.get(language).to_owned(),
                clause: None,
                remedy: finding.remedy.get(language).to_owned(),
            });
        }
        self
    }
}

/// The summary of findings above a form, each with a link to its field.
pub fn error_links(findings: &[Finding], language: Language) -> Vec<ErrorLink> {
    findings
        .iter()
        .map(|finding| ErrorLink {
            href: format!("#{}", finding.field.as_deref().unwrap_or("main").replace('.', "-")),
            message: finding.message.get(language).to_owned(),
        })
        .collect()
}

/// One of repeated rows.
#[derive(Clone, Debug, Default)]
pub struct RowItem {
    /// Name of the row.
    pub legend: String,
    /// Name and value that the page sends back unseen.
    pub unseen: Option<(String, String)>,
    /// Controls.
    pub fields: Vec<Field>,
    /// Value of the button that removes it.
    pub remove_value: String,
}

/// Repeated rows, such as partners.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Id in the page.
    pub id: String,
    /// Rows.
    pub items: Vec<RowItem>,
    /// Value of the button that adds one.
    pub add_value: String,
    /// Word of that button.
    pub add_word: String,
    /// Word of the button that removes one.
    pub remove_word: String,
    /// What is wrong with the rows as a whole.
    pub errors: Vec<FieldError>,
    /// What the clause says on their number; may be empty.
    pub note: String,
    /// No more can be added.
    pub full: bool,
}

/// A file that is attached.
#[derive(Clone, Debug, Default)]
pub struct FileLink {
    /// Address.
    pub href: String,
    /// Name.
    pub name: String,
    /// Type and size.
    pub facts: String,
    /// Value of the button that removes it.
    pub remove_value: String,
}

/// Evidence to attach.
#[derive(Clone, Debug, Default)]
pub struct EvidenceItem {
    /// Id in the page.
    pub id: String,
    /// Printed number.
    pub number: String,
    /// What it proves.
    pub name: String,
    /// Help; may be empty.
    pub note: String,
    /// 如有.
    pub optional: bool,
    /// What is wrong.
    pub error: Option<FieldError>,
    /// Where files are put: one slot, or one for each member.
    pub slots: Vec<EvidenceSlot>,
}

/// Where the files of one member are put.
#[derive(Clone, Debug, Default)]
pub struct EvidenceSlot {
    /// Id of the file control; empty where nothing can be added.
    pub id: String,
    /// Name of the member; empty where the item is attached once.
    pub member: String,
    /// Files attached so far.
    pub files: Vec<FileLink>,
    /// Value of the button that uploads.
    pub upload_value: String,
}

/// What a declaration says: paragraphs, items, paragraphs.
#[derive(Clone, Debug, Default)]
pub struct Wording {
    /// Before the items.
    pub opening: Vec<String>,
    /// Items.
    pub items: Vec<String>,
    /// After them.
    pub closing: Vec<String>,
}

/// A part of a form under a heading.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Heading.
    pub title: String,
    /// Help; may be empty.
    pub note: String,
    /// What is declared.
    pub wording: Wording,
    /// Two controls in a row.
    pub paired: bool,
    /// Controls.
    pub fields: Vec<Field>,
    /// Repeated rows.
    pub rows: Option<Rows>,
    /// Evidence.
    pub evidence: Vec<EvidenceItem>,
}

/// A row of what an application says, with the files that it names.
#[derive(Clone, Debug, Default)]
pub struct ReviewRow {
    /// Label.
    pub key: String,
    /// How long it is of how much; may be empty.
    pub note: String,
    /// Value; its lines are kept.
    pub value: String,
    /// Files; the value is empty where there are any.
    pub links: Vec<Link>,
    /// Where it is changed; may be empty.
    pub href: String,
    /// Word of the link.
    pub change: String,
    /// Nothing was filled in.
    pub missing: bool,
    /// The value needs the whole width.
    pub long: bool,
}

/// A part of what an application says.
#[derive(Clone, Debug, Default)]
pub struct ReviewPart {
    /// Heading.
    pub title: String,
    /// Rows.
    pub rows: Vec<ReviewRow>,
}

/// A finding in a list.
#[derive(Clone, Debug, Default)]
pub struct FindingView {
    /// Id in the page.
    pub id: String,
    /// `wrong`, `principle` or `hint`.
    pub severity: &'static str,
    /// The severity in words.
    pub word: String,
    /// Clause.
    pub clause: Option<ClauseView>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
    /// Where to mend it; may be empty.
    pub href: String,
    /// Name of that place.
    pub place: String,
}

/// Findings under a heading.
#[derive(Clone, Debug, Default)]
pub struct FindingGroup {
    /// Id in the page.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Help; may be empty.
    pub note: String,
    /// Findings.
    pub findings: Vec<FindingView>,
}

/// A number with its word.
#[derive(Clone, Debug, Default)]
pub struct Count {
    /// Number.
    pub number: usize,
    /// What is counted.
    pub word: String,
    /// It stops something.
    pub wrong: bool,
}
