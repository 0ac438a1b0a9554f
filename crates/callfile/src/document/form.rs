//! Sections, fields, limits in 字, evidence, declarations, cover, printed forms.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Clauses, Pair, Source};

/// A section of the application form: one page.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionTable {
    /// Id, part of the address of its page.
    pub id: String,
    /// Heading.
    pub title: Pair,
    /// Clause; its fields cite it unless they cite their own.
    pub clause: Clauses,
    /// Ids of the fields, in order. The ids `@evidence` and `@declarations` place the evidence and the declarations.
    pub fields: Vec<String>,
}

/// A field of the form. All keys but `id` are optional, so that a call can change one key of a shared field.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldTable {
    /// Path of the field, such as `lead.introduction`.
    pub id: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: Option<FieldKindName>,
    /// Label as printed; `{target_year}` is filled in.
    pub label: Option<Pair>,
    /// Help under the label.
    pub hint: Option<Pair>,
    /// Whether it may stay empty; required when absent.
    pub required: Option<bool>,
    /// The field applies only where this CEL expression holds.
    pub when: Option<String>,
    /// A token that answers the field instead of a value, such as 无.
    pub token: Option<String>,
    /// For `choice`: the list to choose from, or `@tasks` for the task tree.
    pub list: Option<String>,
    /// For `table`: its columns.
    pub columns: Option<Vec<FieldTable>>,
    /// Filled from the account when the application begins, such as `organisation.name`.
    pub prefill: Option<String>,
    /// Clause, where it is not the section's.
    pub clause: Option<Clauses>,
    /// `operator` where the notice has no such field.
    pub source: Option<Source>,
}

/// Type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKindName {
    /// One line.
    Text,
    /// Several paragraphs.
    LongText,
    /// One item of a list.
    Choice,
    /// Yes or no.
    Boolean,
    /// Whole or decimal number.
    Number,
    /// Calendar date.
    Date,
    /// Telephone or fax.
    Phone,
    /// Mobile telephone.
    Mobile,
    /// E-mail address.
    Email,
    /// Postal code.
    PostalCode,
    /// 18-character unified social credit code or 9-character organisation code.
    OrganisationCode,
    /// Rows with columns.
    Table,
    /// Phases of the work plan: what, lane, from, to.
    WorkPlan,
    /// Promised values for the items of the chosen task.
    Indicators,
}

/// Limit of a field in 字.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CharacterLimitTable {
    /// Path of the field; a column of a table as `table.column`, and then for each row.
    pub field: String,
    /// Most characters, counted as 字.
    pub max: u32,
    /// Clause.
    pub clause: Clauses,
}

/// Something to attach.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvidenceTable {
    /// Id.
    pub id: String,
    /// Printed number.
    pub number: String,
    /// What it proves.
    pub name: Pair,
    /// Examples and conditions.
    pub hint: Option<Pair>,
    /// Needed or not: `required` (the default), `if_any`.
    #[serde(default)]
    pub need: NeedName,
    /// It is needed only where this CEL expression holds.
    pub when: Option<String>,
    /// Once for the application or its lead, or once for each member of the consortium.
    #[serde(default)]
    pub per: PerName,
    /// Who seals it.
    pub sealed_by: Option<Pair>,
    /// Clause.
    pub clause: Clauses,
}

/// Whether evidence is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeedName {
    /// Always.
    #[default]
    Required,
    /// 如有.
    IfAny,
}

/// How often evidence is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PerName {
    /// Once.
    #[default]
    Application,
    /// Once for the lead and once for each partner.
    Member,
}

/// A declaration or letter.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclarationTable {
    /// Id.
    pub id: String,
    /// Heading.
    pub title: Pair,
    /// Paragraphs before the items; `{task}` and `{target_year}` are filled in, as in the next two.
    #[serde(default)]
    pub opening: Vec<Pair>,
    /// What is declared, item by item.
    pub items: Vec<Pair>,
    /// Paragraphs after the items.
    #[serde(default)]
    pub closing: Vec<Pair>,
    /// Who signs.
    pub signer: SignerName,
    /// The unit's seal is added.
    #[serde(default)]
    pub sealed: bool,
    /// Clause.
    pub clause: Clauses,
}

/// Who signs a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignerName {
    /// 负责人: the person in charge named in the form.
    Principal,
    /// 法定代表人 of the lead.
    LegalRepresentative,
}

/// Cover of the application.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoverTable {
    /// Lines of the cover.
    pub lines: Vec<CoverLineTable>,
    /// Clause.
    pub clause: Clauses,
}

/// A line of the cover.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CoverLineTable {
    /// Label.
    pub label: Pair,
    /// Field that fills it; absent where it is filled by hand or later.
    pub field: Option<String>,
    /// A seal is put here.
    #[serde(default)]
    pub sealed: bool,
}

/// A form as the notice annexes it: what of the application the book prints where. Without any, it prints the sections.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrintedFormTable {
    /// Id. An entry with the id of a form of a shared file takes its place.
    pub id: String,
    /// Heading as printed.
    pub title: Pair,
    /// `boxes` for one table with a box for each field; `text` (the default) for text under headings.
    #[serde(default)]
    pub layout: LayoutName,
    /// Paragraphs that the form itself prints at its beginning.
    #[serde(default)]
    pub text: Vec<Pair>,
    /// Parts in order.
    #[serde(default)]
    pub parts: Vec<PrintedPartTable>,
    /// Notes at its end.
    #[serde(default)]
    pub notes: Vec<Pair>,
}

/// How a printed form is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LayoutName {
    /// One table of boxes.
    Boxes,
    /// Text under headings.
    #[default]
    Text,
}

/// A part of a printed form.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrintedPartTable {
    /// Heading with its number, as printed; `{target_year}` is filled in.
    pub title: Option<Pair>,
    /// Ids of fields, `table.column` for a column that has a box of its own, `task.LEVEL` for the nodes of a level as boxes to
    /// tick, `@evidence`, and `@` with the id of a declaration.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Chapters, each with a heading of its own.
    #[serde(default)]
    pub chapters: Vec<PrintedChapterTable>,
}

/// A chapter of a part.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrintedChapterTable {
    /// Heading with its number, as printed; `{target_year}` is filled in.
    pub title: Pair,
    /// As in a part.
    pub fields: Vec<String>,
}
