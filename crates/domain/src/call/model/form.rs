//! The form: sections, fields, evidence, declarations, cover, and the forms as they are printed.

use super::Source;
use crate::call::Expression;
use crate::shared::Text;

/// A section of the form: one page (栏目).
#[derive(Debug)]
pub struct Section {
    /// Id, part of the page's address.
    pub id: String,
    /// Heading.
    pub title: Text,
    /// Entries in order.
    pub entries: Vec<Entry>,
    /// Source.
    pub source: Source,
}

/// What stands in a section.
#[expect(clippy::large_enum_variant, reason = "a call holds a few dozen, nearly all of them fields")]
#[derive(Debug)]
pub enum Entry {
    /// A field.
    Field(Field),
    /// The evidence list.
    Evidence,
    /// The declarations.
    Declarations,
}

/// A field of the form (栏).
#[derive(Debug)]
pub struct Field {
    /// Path.
    pub id: String,
    /// Type.
    pub kind: FieldKind,
    /// Label.
    pub label: Text,
    /// Help.
    pub hint: Option<Text>,
    /// May not stay empty.
    pub required: bool,
    /// Applies only where this holds.
    pub when: Option<Expression>,
    /// Token that answers it.
    pub token: Option<String>,
    /// Filled from the account.
    pub prefill: Option<String>,
    /// Limit in 字.
    pub limit: Option<CharacterLimit>,
    /// Source.
    pub source: Source,
}

/// Limit in 字 (字数上限).
#[derive(Clone, Debug)]
pub struct CharacterLimit {
    /// Most.
    pub max: u32,
    /// Source.
    pub source: Source,
}

/// Type of a field.
#[derive(Debug)]
pub enum FieldKind {
    /// One line.
    Text,
    /// Several paragraphs.
    LongText,
    /// An item of a list, by list id.
    Choice(String),
    /// A leaf of the task tree.
    Task,
    /// Yes or no.
    Boolean,
    /// Decimal number.
    Number,
    /// Calendar date.
    Date,
    /// Telephone or fax.
    Phone,
    /// Mobile telephone.
    Mobile,
    /// E-mail.
    Email,
    /// Postal code.
    PostalCode,
    /// Organisation code.
    OrganisationCode,
    /// Rows with columns.
    Table(Vec<Field>),
    /// Phases of the work plan: `what`, `lane` (item of the list, if one is named), `from`, `to`.
    WorkPlan(Option<String>),
    /// Promises for the items of the chosen task.
    Indicators,
}

/// Evidence to attach (证明材料).
#[derive(Debug)]
pub struct Evidence {
    /// Id.
    pub id: String,
    /// PrintedEntry number.
    pub number: String,
    /// What it proves.
    pub name: Text,
    /// Help.
    pub hint: Option<Text>,
    /// 如有.
    pub if_any: bool,
    /// Needed only where this holds.
    pub when: Option<Expression>,
    /// Once for each member.
    pub per_member: bool,
    /// Who seals it.
    pub sealed_by: Option<Text>,
    /// Source.
    pub source: Source,
}

/// A declaration or letter (承诺).
#[derive(Clone, Debug)]
pub struct Declaration {
    /// Id.
    pub id: String,
    /// Heading.
    pub title: Text,
    /// Paragraphs before the items.
    pub opening: Vec<Text>,
    /// What is declared.
    pub items: Vec<Text>,
    /// Paragraphs after them.
    pub closing: Vec<Text>,
    /// Who signs.
    pub signer: Signer,
    /// The seal is added.
    pub sealed: bool,
    /// Source.
    pub source: Source,
}

/// Who signs (签署人).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// 负责人.
    Principal,
    /// 法定代表人.
    LegalRepresentative,
}

/// Cover (封面).
#[derive(Clone, Debug)]
pub struct Cover {
    /// Lines: label, field, sealed.
    pub lines: Vec<(Text, Option<String>, bool)>,
    /// Source.
    pub source: Source,
}

/// A form as the notice annexes it (表单版式): what of the application is printed where.
#[derive(Clone, Debug)]
pub struct PrintedForm {
    /// Id.
    pub id: String,
    /// Heading.
    pub title: Text,
    /// One table of boxes, otherwise text under headings.
    pub boxes: bool,
    /// Paragraphs that the form itself prints at its beginning.
    pub text: Vec<Text>,
    /// Parts in order.
    pub parts: Vec<PrintedPart>,
    /// Notes at its end.
    pub notes: Vec<Text>,
}

/// A part of a printed form, or a chapter of a part (版块).
#[derive(Clone, Debug)]
pub struct PrintedPart {
    /// Heading, with the number that the form prints.
    pub title: Option<Text>,
    /// What stands under it.
    pub entries: Vec<PrintedEntry>,
    /// Chapters; a chapter has none.
    pub chapters: Vec<PrintedPart>,
}

/// What is printed in one place (印制内容).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintedEntry {
    /// A field, or a column of a table with a line for each row.
    Field(String),
    /// The nodes of a level of the task tree, the one chosen ticked.
    Level(String),
    /// The evidence list.
    Evidence,
    /// A declaration with who signs it.
    Declaration(String),
}

impl PrintedForm {
    /// Everything that it prints.
    pub fn entries(&self) -> impl Iterator<Item = &PrintedEntry> {
        let parts = self.parts.iter().flat_map(|part| std::iter::once(part).chain(&part.chapters));
        parts.flat_map(|part| &part.entries)
    }
}
