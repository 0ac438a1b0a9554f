//! The call language: what a `call.toml`, and a shared file that calls extend, may hold.
//!
//! These types are the only description of the language. `schema` exports them as JSON Schema, `shape` checks a
//! file against that schema and reports every fault at once, and `lower` turns them into a [`jiebang_domain::call::Call`].
//! Every text is a pair `["中文", "English"]`. Every entry cites its clause, or says `source = "operator"`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

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

/// A list that fields choose from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTable {
    /// Id that fields name in `list`.
    pub id: String,
    /// Name of the list.
    pub name: Pair,
    /// Level of the task tree that the items form; the items are then tasks below their `parent` nodes.
    pub level: Option<String>,
    /// Clause; a shared list may leave it out.
    pub clause: Option<Clauses>,
    /// The items, in printed order.
    pub items: Vec<ListItemTable>,
}

/// One item of a list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListItemTable {
    /// Id that is stored.
    pub id: String,
    /// Name as printed, and in English.
    pub name: Pair,
    /// Node of the task tree that the item stands under.
    pub parent: Option<String>,
    /// Other names that mean the same item.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// A requirement that several tasks share.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequirementTable {
    /// Id that `node.requires` names.
    pub id: String,
    /// What is required.
    pub text: Pair,
}

/// A node of the task tree. Leaves are tasks that one can apply under, unless the call takes no applications.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeTable {
    /// Stable id; numbers restart, ids do not.
    pub id: String,
    /// Level, a key of `levels`.
    pub level: String,
    /// Node above.
    pub parent: Option<String>,
    /// Printed number.
    pub number: String,
    /// Name.
    pub name: Pair,
    /// Clause.
    pub clause: Clauses,
    /// What is to be achieved, in short.
    pub text: Option<Pair>,
    /// Host or lead that the clause names.
    pub host: Option<Pair>,
    /// Requirements, by id.
    #[serde(default)]
    pub requires: Vec<String>,
    /// Named lists of the clause: fields, techniques, components, products.
    #[serde(default)]
    pub lists: Vec<NodeListTable>,
    /// Indicators that are words, not numbers.
    #[serde(default)]
    pub qualities: Vec<Pair>,
    /// Typed indicators.
    #[serde(default)]
    pub items: Vec<ItemTable>,
    /// The node is 其他: the applicant writes what it is.
    #[serde(default)]
    pub free_text: bool,
}

/// A list that a clause names, for reading.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NodeListTable {
    /// What is listed: 领域, 关键技术, 关键部件, 重点产品 …
    pub name: Pair,
    /// The list ends in 等.
    #[serde(default)]
    pub open: bool,
    /// The entries.
    pub items: Vec<Pair>,
}

/// A 考核指标 of a task: one or several checkable items.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IndicatorTable {
    /// Id, such as `P1.K1`.
    pub id: String,
    /// Node that it belongs to.
    pub node: String,
    /// What it asks, in short.
    pub text: Pair,
    /// Clause.
    pub clause: Clauses,
    /// What is checked, one by one.
    pub items: Vec<ItemTable>,
}

/// Something measured or established: comparator, value, unit, condition.
///
/// Exactly one of `value`, `range`, `axes`, `label`, `one_of` gives the threshold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemTable {
    /// Id, unique in the call.
    pub id: String,
    /// The quantity.
    pub name: Pair,
    /// Comparator of the verdict.
    pub comparator: Option<ComparatorName>,
    /// A number, or `true` with `is`.
    pub value: Option<ValueName>,
    /// Interval to be covered, lowest first; only with `covers`. A printed range of which one end counts is a `value`.
    pub range: Option<[f64; 2]>,
    /// One value for each axis, such as 2560 × 2560.
    pub axes: Option<Vec<f64>>,
    /// Threshold among `labels`.
    pub label: Option<String>,
    /// Ordered labels, lowest first.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Any of these is enough, with `is`.
    #[serde(default)]
    pub one_of: Vec<String>,
    /// UCUM code, or a counted thing in braces such as `{个}`; `1` for a pure number.
    pub unit: Option<String>,
    /// What the notice leaves out or prints oddly and the evaluator must confirm: `unit`, `comparator`, `value`.
    #[serde(default)]
    pub as_printed: Vec<PrintedName>,
    /// The printed wording, where it matters.
    pub printed: Option<String>,
    /// Under which condition.
    pub condition: Option<Pair>,
    /// Counted among the things of this other item (granted of filed).
    pub of: Option<String>,
    /// Relative to this baseline.
    pub baseline: Option<Pair>,
    /// Summed over this window.
    pub window: Option<Pair>,
    /// Clause; the node's or the indicator's when absent.
    pub clause: Option<Clauses>,
}

/// A number or a truth value.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ValueName {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Decimal(f64),
}

/// Comparator of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ComparatorName {
    /// At least.
    #[serde(rename = ">=")]
    Ge,
    /// More than.
    #[serde(rename = ">")]
    Gt,
    /// At most.
    #[serde(rename = "<=")]
    Le,
    /// Less than.
    #[serde(rename = "<")]
    Lt,
    /// Exactly.
    #[serde(rename = "=")]
    Eq,
    /// The achieved interval covers `range`.
    #[serde(rename = "covers")]
    Covers,
    /// Deviation from `baseline` within ± `value`.
    #[serde(rename = "within")]
    Within,
    /// Is true, or is one of `one_of`.
    #[serde(rename = "is")]
    Is,
}

/// What is not printed, or printed oddly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrintedName {
    /// The unit is not printed.
    Unit,
    /// The comparator is not printed.
    Comparator,
    /// The value is printed in a way that leaves room, such as a range.
    Value,
}

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
    /// What is declared, item by item; `{task}` and `{target_year}` are filled in.
    pub items: Vec<Pair>,
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

/// A cap or quota. Exactly one of `max`, `min` or `percent` is given.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitTable {
    /// Name of the fault, such as `partner_cap_exceeded`.
    pub code: String,
    /// What is counted.
    pub counts: CountsName,
    /// Group key: `application`, `organisation`, `recommender`, `call`, or a level of the task tree.
    pub per: String,
    /// Kinds of region that it holds for; all when absent.
    #[serde(default)]
    pub regions: Vec<RegionKindName>,
    /// Most.
    pub max: Option<u32>,
    /// Least.
    pub min: Option<u32>,
    /// Most, as a percentage of the base: applications submitted under the recommender and not withdrawn at applicant close.
    pub percent: Option<u32>,
    /// Money: the unit of `max`, such as `万元`.
    pub unit: Option<String>,
    /// How strictly it binds.
    #[serde(default)]
    pub strength: StrengthName,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
    /// Row of the rule catalogue.
    pub row: Option<String>,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountsName {
    /// 联合单位 of an application.
    Partners,
    /// Members of the consortium, the lead included.
    Members,
    /// Applications that one organisation leads.
    ApplicationsLed,
    /// Applications of one recommender's list.
    Recommendations,
    /// 入围 teams.
    Shortlisted,
    /// 优胜 teams.
    Winners,
    /// Public money asked for.
    Funding,
}

/// An instant that closes an act.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadlineTable {
    /// Whose clock it is.
    pub actor: ActorName,
    /// What closes; `close` unless a call has several for one actor.
    pub event: Option<String>,
    /// TOML date (until 24:00 of that day in the call's zone) or offset date-time (exclusive).
    #[schemars(with = "String", extend("format" = "toml-datetime"))]
    pub at: toml::value::Datetime,
    /// As printed.
    pub printed: String,
    /// Clause.
    pub clause: Clauses,
    /// Row of the rule catalogue.
    pub row: Option<String>,
}

/// Whose clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorName {
    /// The applicant.
    Applicant,
    /// The recommending authority.
    Recommender,
}

/// A period that runs from an event.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodTable {
    /// Name of the period, such as `work`.
    pub id: String,
    /// Years.
    #[serde(default)]
    pub years: u8,
    /// Months.
    #[serde(default)]
    pub months: u8,
    /// Event that starts it.
    pub from: AnchorName,
    /// How strictly it binds.
    #[serde(default)]
    pub strength: StrengthName,
    /// Clause.
    pub clause: Clauses,
    /// Row of the rule catalogue.
    pub row: Option<String>,
}

/// What starts a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnchorName {
    /// The day that the shortlist is published.
    ListPublished,
    /// The day that the contract is signed.
    ContractSigned,
}

/// Year that the forms name as target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetYearTable {
    /// The year.
    pub year: u16,
    /// Clause.
    pub clause: Clauses,
    /// Row of the rule catalogue.
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
