//! The call language: what a `call.toml`, and a shared file that calls extend, may hold.
//!
//! These types are the only description of the language. `schema` exports them as JSON Schema, `shape` checks a
//! file against that schema and reports every fault at once, and `lower` turns them into a [`jiebang_domain::call::Call`].
//! Every text is a pair `["中文", "English"]`. Every entry cites its clause, or says `source = "operator"`.

mod form;
mod limits;
mod provisions;
mod tree;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

pub use form::*;
pub use limits::*;
pub use provisions::*;
pub use tree::*;

/// A text in Chinese and in English: `["中文", "English"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Pair(pub String, pub String);

/// One clause or several: `clause = "三(二)"` or `clause = ["二(二)", "F-推荐表注3"]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Clauses {
    /// One clause.
    One(String),
    /// Several clauses, the leading one first.
    Several(Vec<String>),
}

/// Where a rule comes from when it is not a clause of the notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The operator's published plan (return for correction, form check, scoring, public notice).
    Operator,
}

/// How strictly a rule binds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StrengthName {
    /// 必须: refused when not met.
    #[default]
    Must,
    /// 原则上: passes only with a recorded reason and an approver.
    InPrinciple,
    /// 鼓励: never stops anything; shown as advice.
    Encouraged,
}

/// A whole file: a call, or a shared file that calls extend (then without `call`).
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of the language, 1.
    pub language: u32,
    /// Shared files that this file builds on, by id; entries of this file win over entries of the same id there.
    #[serde(default)]
    pub extends: Vec<String>,
    /// Identity of the call; absent in a shared file.
    pub call: Option<CallTable>,
    /// Values that the notice leaves open and that must be set before the call can be published: key → why.
    #[serde(default)]
    pub blanks: IndexMap<String, Pair>,
    /// Names of the levels of the task tree: `direction = ["揭榜方向", "Direction"]`.
    #[serde(default)]
    pub levels: IndexMap<String, Pair>,
    /// Clause registry: clause → what it says in short.
    #[serde(default)]
    pub clauses: IndexMap<String, Pair>,
    /// Clauses from which no rule follows, with the reason: only paragraphs without duty, number or list.
    #[serde(default)]
    pub uncovered: IndexMap<String, Pair>,
    /// Definitions of terms.
    #[serde(default)]
    pub term: Vec<TermTable>,
    /// Closed or open lists that fields choose from.
    #[serde(default)]
    pub list: Vec<ListTable>,
    /// Requirements that several tasks share, named in `node.requires`.
    #[serde(default)]
    pub requirement: Vec<RequirementTable>,
    /// Nodes of the task tree.
    #[serde(default)]
    pub node: Vec<NodeTable>,
    /// 考核指标: groups of checkable items under a task.
    #[serde(default)]
    pub indicator: Vec<IndicatorTable>,
    /// Targets of the whole programme.
    #[serde(default)]
    pub programme_target: Vec<ItemTable>,
    /// Sections of the form, in order.
    #[serde(default)]
    pub section: Vec<SectionTable>,
    /// Fields of the form. An entry with the id of a field of a shared file changes only the keys that it gives.
    #[serde(default)]
    pub field: Vec<FieldTable>,
    /// Limits in 字, one for each field.
    #[serde(default)]
    pub character_limit: Vec<CharacterLimitTable>,
    /// Evidence to attach.
    #[serde(default)]
    pub evidence: Vec<EvidenceTable>,
    /// Declarations and letters, and who signs them.
    #[serde(default)]
    pub declaration: Vec<DeclarationTable>,
    /// Cover of the application.
    pub cover: Option<CoverTable>,
    /// Forms as they are printed, in order.
    #[serde(default)]
    pub form: Vec<PrintedFormTable>,
    /// Recommendation by regional authorities; absent where a call has none.
    pub recommendation: Option<RecommendationTable>,
    /// Caps and quotas on numbers.
    #[serde(default)]
    pub limit: Vec<LimitTable>,
    /// Instants that close an act for an actor.
    #[serde(default)]
    pub deadline: Vec<DeadlineTable>,
    /// Periods that run from an event.
    #[serde(default)]
    pub period: Vec<PeriodTable>,
    /// Year that the forms name as target.
    pub target_year: Option<TargetYearTable>,
    /// Rules that are more than a typed limit.
    #[serde(default)]
    pub rule: Vec<RuleTable>,
    /// What participants may gain, and what bodies do in support: statements without a check.
    #[serde(default)]
    pub statement: Vec<StatementTable>,
    /// Contradictions and gaps of the notice, and how this file settles them.
    #[serde(default)]
    pub choice: Vec<ChoiceTable>,
}

/// `[call]`: identity of the notice.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallTable {
    /// Stable id, lower-case ASCII with hyphens.
    pub id: String,
    /// What kind of notice it is.
    pub kind: KindName,
    /// Title.
    pub title: Pair,
    /// 文号; absent where the notice has none.
    pub document_number: Option<String>,
    /// Other numbers that copies of the notice carry, with an explanation.
    #[serde(default)]
    pub document_number_history: Vec<NumberTable>,
    /// Year of the call.
    pub year: u16,
    /// Batch within the year or programme.
    pub batch: Option<u16>,
    /// Issuers in the order of the notice; absent and named in `blanks` where the text names none.
    #[serde(default)]
    pub issuers: Vec<Pair>,
    /// To whom the notice is addressed.
    pub addressees: Option<Pair>,
    /// Address of the issuer's own portal.
    pub portal: Option<String>,
    /// 依据: stated legal or policy basis.
    pub basis: Option<Pair>,
    /// 信息公开属性.
    pub disclosure: Option<Pair>,
    /// IANA name of the zone of printed dates; Asia/Shanghai when absent.
    pub zone: Option<String>,
    /// Clauses that these facts stand in.
    pub clause: Clauses,
}

/// Kind of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindName {
    /// 揭榜挂帅: tasks fixed by the issuer, teams race.
    Challenge,
    /// 申报指南: grants for listed projects.
    Guideline,
    /// 实施方案: plan with indicators that nobody applies to.
    ActionPlan,
    /// Prize competition.
    Prize,
}

/// Another document number under which the notice circulates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberTable {
    /// The number.
    pub number: String,
    /// Where it is seen.
    pub note: Pair,
}

/// Definition of a term.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TermTable {
    /// The term.
    pub name: Pair,
    /// Its meaning, in short.
    pub text: Pair,
    /// Clause.
    pub clause: Clauses,
}
