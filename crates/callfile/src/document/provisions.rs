//! Recommendation, rules, statements and choices.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Clauses, Pair, Source, StrengthName};

/// Recommendation by regional authorities.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecommendationTable {
    /// Kinds of region that recommend under this call.
    pub admits: Vec<RegionKindName>,
    /// Departments that sign together.
    pub departments: Vec<Pair>,
    /// The authorities preselect, not only check.
    #[serde(default)]
    pub preselects: bool,
    /// Columns of the recommendation table.
    pub columns: Vec<ColumnTable>,
    /// Printed notes to the table.
    pub notes: Vec<NoteTable>,
    /// Criteria that the authorities give preference to.
    #[serde(default)]
    pub preferences: Vec<Pair>,
    /// Clause.
    pub clause: Clauses,
}

/// Kind of region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegionKindName {
    /// Province, autonomous region, municipality.
    Province,
    /// 计划单列市.
    SeparatelyPlannedCity,
    /// 新疆生产建设兵团.
    Corps,
}

/// Column of the recommendation table.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnTable {
    /// Heading as printed.
    pub label: Pair,
    /// What fills it: a field of the form, `order`, `task.direction`, `reason` or `note`.
    pub from: String,
}

/// Printed note.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteTable {
    /// The note.
    pub text: Pair,
    /// Clause.
    pub clause: Clauses,
    /// Row of the rule catalogue, such as `R14`.
    pub row: Option<String>,
}

/// A rule in words, with a CEL expression where the machine can check it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleTable {
    /// Name of the fault, such as `lead_is_not_hospital`.
    pub code: String,
    /// Row of the rule catalogue, such as `R6`.
    pub row: Option<String>,
    /// The rule in words.
    pub text: Pair,
    /// How strictly it binds.
    #[serde(default)]
    pub strength: StrengthName,
    /// The rule speaks only where this CEL expression holds.
    pub when: Option<String>,
    /// CEL expression that must hold; absent where people decide.
    pub require: Option<String>,
    /// What is wrong, when `require` does not hold.
    pub message: Option<Pair>,
    /// What would put it right.
    pub remedy: Option<Pair>,
    /// Field to mend.
    pub field: Option<String>,
    /// Who decides, where no expression can.
    pub decided_by: Option<DeciderName>,
    /// The decision is a step of the calendar, on a day that the notice leaves open: selection, evaluation.
    #[serde(default)]
    pub step: bool,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

/// Who decides a rule that no expression can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeciderName {
    /// The applicant declares it.
    Applicant,
    /// The recommending authority verifies it.
    RecommendingAuthority,
    /// The selection body and its experts.
    SelectionBody,
    /// The evaluation body.
    EvaluationBody,
    /// The programme office.
    ProgrammeOffice,
}

/// A statement without a check: benefit, support, mobilisation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatementTable {
    /// Id.
    pub id: String,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// What is said, in short.
    pub text: Pair,
    /// How strictly it binds.
    #[serde(default)]
    pub strength: StrengthName,
    /// Clause.
    pub clause: Clauses,
}

/// A contradiction or gap of the notice, and how this file settles it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceTable {
    /// Id, such as `C9`.
    pub id: String,
    /// Clauses concerned.
    pub clause: Clauses,
    /// What is printed.
    pub printed: Pair,
    /// What this file does.
    pub chosen: Pair,
}
