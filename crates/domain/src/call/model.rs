//! The nouns of a call.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::collections::BTreeMap;

use super::Expression;
use crate::shared::{ClauseId, PeriodLength, Region, RegionKind, Text, Threshold};

/// A challenge call (揭榜挂帅工作通知) as published.
#[derive(Debug)]
pub struct Call {
    /// Stable id.
    pub id: String,
    /// Kind of notice.
    pub kind: CallKind,
    /// Title.
    pub title: Text,
    /// Document number (文号).
    pub document_number: Option<String>,
    /// Other numbers that copies carry.
    pub document_number_history: Vec<(String, Text)>,
    /// Year.
    pub year: u16,
    /// Batch.
    pub batch: Option<u16>,
    /// Issuers in order.
    pub issuers: Vec<Text>,
    /// To whom it is addressed.
    pub addressees: Option<Text>,
    /// The issuer's own portal.
    pub portal: Option<String>,
    /// Stated basis.
    pub basis: Option<Text>,
    /// Disclosure attribute.
    pub disclosure: Option<Text>,
    /// Zone of printed dates.
    pub zone: TimeZone,
    /// What must be set before publication: key and why.
    pub blanks: Vec<(String, Text)>,
    /// Names of the levels of the task tree.
    pub levels: BTreeMap<String, Text>,
    /// Clause registry in the order of the file.
    pub clauses: Vec<Clause>,
    /// Definitions of terms.
    pub terms: Vec<Term>,
    /// Lists to choose from, by id.
    pub lists: BTreeMap<String, List>,
    /// Nodes of the task tree, parents before children.
    pub nodes: Vec<Node>,
    /// Indicators by group.
    pub indicators: Vec<Indicator>,
    /// Targets of the whole programme.
    pub programme_targets: Vec<Item>,
    /// The application form; without sections the call takes no applications.
    pub sections: Vec<Section>,
    /// Evidence to attach.
    pub evidence: Vec<Evidence>,
    /// Declarations to sign.
    pub declarations: Vec<Declaration>,
    /// Cover.
    pub cover: Option<Cover>,
    /// Recommendation.
    pub recommendation: Option<Recommendation>,
    /// Caps and quotas.
    pub limits: Vec<Limit>,
    /// Deadlines in order of time.
    pub deadlines: Vec<Deadline>,
    /// Periods.
    pub periods: Vec<Period>,
    /// Target year of the forms.
    pub target_year: Option<TargetYear>,
    /// Rules in words, some of them checked.
    pub rules: Vec<Rule>,
    /// Statements without a check.
    pub statements: Vec<Statement>,
    /// Contradictions and gaps, settled.
    pub choices: Vec<Choice>,
    /// Number of limits in 字.
    pub character_limits: usize,
}

/// Kind of notice (通知类别).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// 揭榜挂帅.
    Challenge,
    /// 申报指南.
    Guideline,
    /// 实施方案.
    ActionPlan,
    /// Prize.
    Prize,
}

/// Where a rule comes from (依据).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Clauses of the notice, the leading one first; never empty.
    Clauses(Vec<ClauseId>),
    /// The operator's published plan.
    Operator,
}

impl Source {
    /// The leading clause.
    pub fn clause(&self) -> Option<&ClauseId> {
        match self {
            Self::Clauses(clauses) => clauses.first(),
            Self::Operator => None,
        }
    }

    /// All clauses.
    pub fn clauses(&self) -> &[ClauseId] {
        match self {
            Self::Clauses(clauses) => clauses,
            Self::Operator => &[],
        }
    }
}

/// How strictly a rule binds (约束强度).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// 必须.
    Must,
    /// 原则上.
    InPrinciple,
    /// 鼓励.
    Encouraged,
}

/// A clause of the notice (条款).
#[derive(Clone, Debug)]
pub struct Clause {
    /// Id.
    pub id: ClauseId,
    /// What it says, in short.
    pub text: Text,
    /// Why no rule follows from it.
    pub uncovered: Option<Text>,
}

/// A defined term (术语).
#[derive(Clone, Debug)]
pub struct Term {
    /// Term.
    pub name: Text,
    /// Meaning.
    pub text: Text,
    /// Source.
    pub source: Source,
}

/// A list to choose from (名单).
#[derive(Clone, Debug)]
pub struct List {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Items in printed order.
    pub items: Vec<ListItem>,
    /// Source; a shared list may have none.
    pub source: Option<Source>,
    /// Level of the task tree that its items form.
    pub level: Option<String>,
}

/// An item of a list.
#[derive(Clone, Debug)]
pub struct ListItem {
    /// Id that is stored.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Node above.
    pub parent: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
}

/// A node of the task tree (任务树节点).
#[derive(Clone, Debug)]
pub struct Node {
    /// Stable id.
    pub id: String,
    /// Level.
    pub level: String,
    /// Node above.
    pub parent: Option<String>,
    /// Printed number; may be empty.
    pub number: String,
    /// Name.
    pub name: Text,
    /// Other names.
    pub aliases: Vec<String>,
    /// What is to be achieved.
    pub text: Option<Text>,
    /// Host that the clause names.
    pub host: Option<Text>,
    /// Requirements.
    pub requires: Vec<Text>,
    /// Lists for reading.
    pub lists: Vec<NodeList>,
    /// Indicators in words.
    pub qualities: Vec<Text>,
    /// Typed indicators.
    pub items: Vec<Item>,
    /// The applicant says what it is.
    pub free_text: bool,
    /// One can apply under it.
    pub leaf: bool,
    /// Source.
    pub source: Source,
}

/// A named list of a node, for reading.
#[derive(Clone, Debug)]
pub struct NodeList {
    /// What is listed.
    pub name: Text,
    /// Ends in 等.
    pub open: bool,
    /// Entries.
    pub items: Vec<Text>,
}

/// A group of items under a task (考核指标).
#[derive(Clone, Debug)]
pub struct Indicator {
    /// Id.
    pub id: String,
    /// Node.
    pub node: String,
    /// What it asks.
    pub text: Text,
    /// Items.
    pub items: Vec<Item>,
    /// Source.
    pub source: Source,
}

/// Something measured or established (指标).
#[derive(Clone, Debug)]
pub struct Item {
    /// Id, unique in the call.
    pub id: String,
    /// Quantity.
    pub name: Text,
    /// Threshold.
    pub threshold: Threshold,
    /// What the evaluator must confirm because the notice leaves it out.
    pub as_printed: Vec<Printed>,
    /// Printed wording.
    pub printed: Option<String>,
    /// Condition.
    pub condition: Option<Text>,
    /// Counted among the things of this item.
    pub of: Option<String>,
    /// Relative to this baseline.
    pub baseline: Option<Text>,
    /// Summed over this window.
    pub window: Option<Text>,
    /// Source.
    pub source: Source,
}

impl Item {
    /// Whether its threshold is a number, an interval or a tuple of numbers.
    pub fn is_numeric(&self) -> bool {
        self.threshold.is_numeric()
    }
}

/// What a notice leaves out of an indicator (印制情况).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Printed {
    /// Unit.
    Unit,
    /// Comparator.
    Comparator,
    /// Value.
    Value,
}

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
    /// Printed number.
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
    /// What is declared.
    pub items: Vec<Text>,
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

/// A cap or quota (数量限制).
#[derive(Clone, Debug)]
pub struct Limit {
    /// Name of the fault.
    pub code: String,
    /// What is counted.
    pub counts: Counted,
    /// Group key.
    pub per: String,
    /// Kinds of region; all when empty.
    pub regions: Vec<RegionKind>,
    /// The bound.
    pub bound: Bound,
    /// Unit of money.
    pub unit: Option<String>,
    /// Strength.
    pub strength: Strength,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Source.
    pub source: Source,
}

/// Bound of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// At most.
    Max(u32),
    /// At least.
    Min(u32),
    /// At most this share of the base, in percent, rounded down.
    Percent(u32),
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// 联合单位.
    Partners,
    /// Members, the lead included.
    Members,
    /// Applications led.
    ApplicationsLed,
    /// Recommendations.
    Recommendations,
    /// Shortlisted teams.
    Shortlisted,
    /// Winners.
    Winners,
    /// Public money.
    Funding,
}

/// An instant that closes an act (截止时间).
#[derive(Clone, Debug)]
pub struct Deadline {
    /// Whose clock.
    pub actor: Actor,
    /// What closes.
    pub event: String,
    /// Exclusive instant.
    pub at: Timestamp,
    /// Last day in the call's zone, where a date without an hour is printed.
    pub on: Option<Date>,
    /// As printed.
    pub printed: String,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Source.
    pub source: Source,
}

/// Whose clock a deadline is (主体).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// Applicant.
    Applicant,
    /// Recommending authority.
    Recommender,
}

impl Actor {
    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Applicant => "applicant",
            Self::Recommender => "recommender",
        }
    }
}

/// A period that runs from an event (期间).
#[derive(Clone, Debug)]
pub struct Period {
    /// Id.
    pub id: String,
    /// Length.
    pub length: PeriodLength,
    /// What starts it.
    pub from: Anchor,
    /// Strength.
    pub strength: Strength,
    /// Row of the rule catalogue.
    pub row: Option<String>,
    /// Source.
    pub source: Source,
}

/// What starts a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Publication of the shortlist.
    ListPublished,
    /// Signature of the contract.
    ContractSigned,
}

/// Target year of the forms (目标年).
#[derive(Clone, Debug)]
pub struct TargetYear {
    /// Year.
    pub year: u16,
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

impl Call {
    /// A node by id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// Leaves of the tree that one can apply under, in order; none where the call has no form.
    pub fn tasks(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| node.leaf)
    }

    /// Nodes from the root down to `id`.
    pub fn path(&self, id: &str) -> Vec<&Node> {
        let mut path: Vec<&Node> = std::iter::successors(self.node(id), |node| {
            node.parent.as_deref().and_then(|above| self.node(above))
        })
        .take(self.nodes.len())
        .collect();
        path.reverse();
        path
    }

    /// Fields of the form with their section, columns of tables not counted.
    pub fn fields(&self) -> impl Iterator<Item = (&Section, &Field)> {
        self.sections.iter().flat_map(|section| {
            section.entries.iter().filter_map(move |entry| match entry {
                Entry::Field(field) => Some((section, field)),
                Entry::Evidence | Entry::Declarations => None,
            })
        })
    }

    /// A field by path.
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields().find_map(|(_, field)| (field.id == id).then_some(field))
    }

    /// The section in which a field, `@evidence` or `@declarations` stands.
    pub fn section_of(&self, path: &str) -> Option<&Section> {
        self.sections.iter().find(|section| {
            section.entries.iter().any(|entry| match entry {
                Entry::Field(field) => {
                    path == field.id || path.strip_prefix(&field.id).is_some_and(|rest| rest.starts_with('.'))
                }
                Entry::Evidence => path.starts_with("evidence."),
                Entry::Declarations => path.starts_with("declaration."),
            })
        })
    }

    /// All checkable items: of nodes, of indicators, of the programme.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.nodes
            .iter()
            .flat_map(|node| node.items.iter())
            .chain(self.indicators.iter().flat_map(|indicator| indicator.items.iter()))
            .chain(self.programme_targets.iter())
    }

    /// Items that an application under `task` may promise: of the task, of the nodes above and of its indicators.
    pub fn items_of(&self, task: &str) -> Vec<&Item> {
        let path = self.path(task);
        let of_nodes = path.iter().flat_map(|node| node.items.iter());
        let of_indicators = self
            .indicators
            .iter()
            .filter(|indicator| path.iter().any(|node| node.id == indicator.node))
            .flat_map(|indicator| indicator.items.iter());
        of_nodes.chain(of_indicators).collect()
    }

    /// The deadline that closes for an actor; the last one where there are several.
    pub fn deadline(&self, actor: Actor) -> Option<&Deadline> {
        self.deadlines.iter().filter(|deadline| deadline.actor == actor).max_by_key(|deadline| deadline.at)
    }

    /// Whether nothing is left blank.
    pub fn is_publishable(&self) -> bool {
        self.blanks.is_empty()
    }

    /// The rule with this code.
    pub fn rule(&self, code: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.code == code)
    }

    /// The limit on what is counted.
    pub fn limits_on(&self, counted: Counted) -> impl Iterator<Item = &Limit> {
        self.limits.iter().filter(move |limit| limit.counts == counted)
    }
}
