//! The nouns of a call.

mod form;
mod limits;
mod provisions;
mod tree;

use jiff::tz::TimeZone;
use std::collections::BTreeMap;

use crate::call::Expression;
use crate::shared::{ClauseId, Text};

pub use form::*;
pub use limits::*;
pub use provisions::*;
pub use tree::*;

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
    /// The forms as they are printed; without any, sections are printed one after the other.
    pub forms: Vec<PrintedForm>,
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

    /// Every expression: when fields and evidence apply, and what the rules ask.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let of_rules = self.rules.iter().flat_map(|rule| match &rule.check {
            Check::Expression { when, require, .. } => when.iter().chain(Some(require)),
            _ => None.iter().chain(None),
        });
        let of_fields = self.fields().filter_map(|(_, field)| field.when.as_ref());
        let of_evidence = self.evidence.iter().filter_map(|evidence| evidence.when.as_ref());
        of_fields.chain(of_evidence).chain(of_rules)
    }

    /// Whether anything depends on how many applications an organisation leads; where nothing does, they need not be counted.
    pub fn counts_led(&self) -> bool {
        self.limits_on(Counted::ApplicationsLed).next().is_some()
            || self.expressions().any(|expression| expression.mentions("applicant.led_before"))
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
