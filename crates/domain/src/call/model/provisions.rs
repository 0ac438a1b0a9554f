//! Recommendation, rules, statements and choices.

use super::{Source, Strength};
use crate::call::Expression;
use crate::shared::{Region, RegionKind, Text};

/// Recommendation by regional authorities (推荐).
#[derive(Clone, Debug)]
pub struct Recommendation {
    /// Kinds of region that recommend.
    pub admits: Vec<RegionKind>,
    /// Departments that sign together.
    pub departments: Vec<Text>,
    /// They preselect.
    pub preselects: bool,
    /// Columns of the table: heading and what fills it.
    pub columns: Vec<(Text, String)>,
    /// Printed notes.
    pub notes: Vec<Note>,
    /// Criteria of preference.
    pub preferences: Vec<Text>,
    /// Source.
    pub source: Source,
}

impl Recommendation {
    /// The region whose authorities recommend for a unit of `region`.
    pub fn recommender_of(&self, region: Region) -> Region {
        region.admitted(&self.admits)
    }
}

/// A printed note.
#[derive(Clone, Debug)]
pub struct Note {
    /// Note.
    pub text: Text,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Source.
    pub source: Source,
}

/// A rule in words (规则).
#[derive(Debug)]
pub struct Rule {
    /// Name of the fault.
    pub code: String,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// The rule.
    pub text: Text,
    /// Strength.
    pub strength: Strength,
    /// How it is judged.
    pub check: Check,
    /// A step of the calendar, on a day that the notice leaves open.
    pub step: bool,
    /// Source.
    pub source: Source,
}

/// How a rule is judged.
#[expect(clippy::large_enum_variant, reason = "a call holds a few dozen, half of them expressions")]
#[derive(Debug)]
pub enum Check {
    /// By an expression.
    Expression {
        /// Speaks only where this holds.
        when: Option<Expression>,
        /// Must hold.
        require: Expression,
        /// What is wrong.
        message: Text,
        /// What would put it right.
        remedy: Text,
        /// Field to mend.
        field: Option<String>,
    },
    /// By people.
    Decided(Decider),
    /// By the product's own checks.
    BuiltIn,
}

/// Who decides a rule that no expression can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// The applicant declares it.
    Applicant,
    /// Recommending authority.
    RecommendingAuthority,
    /// Selection body.
    SelectionBody,
    /// Evaluation body.
    EvaluationBody,
    /// Programme office.
    ProgrammeOffice,
}

/// A statement without a check (说明).
#[derive(Clone, Debug)]
pub struct Statement {
    /// Id.
    pub id: String,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// What is said.
    pub text: Text,
    /// Strength.
    pub strength: Strength,
    /// Source.
    pub source: Source,
}

/// A contradiction or gap, settled (选择).
#[derive(Clone, Debug)]
pub struct Choice {
    /// Id.
    pub id: String,
    /// Source.
    pub source: Source,
    /// Printed.
    pub printed: Text,
    /// Chosen.
    pub chosen: Text,
}
