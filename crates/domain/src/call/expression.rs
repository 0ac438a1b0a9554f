//! Rules of a call written as CEL expressions: names and kinds are checked when the call file is read, never at the
//! first applicant.
//!
//! What an expression may do is a small part of CEL, chosen so that nothing can fail at the hour of the deadline: no
//! index into a list, no division by a value that may be zero, no arithmetic that may overflow, no null. Decimals are
//! added and multiplied as the decimals that people read, so that `0.1 + 0.2` is `0.3` at every limit.
//!
//! What must never happen: an accepted expression that fails for facts of its scope; an input that overflows the stack.

mod check;
mod decimal;
mod facts;
mod parse;
mod scan;
#[cfg(test)]
mod tests;
mod words;

use cel::common::types::CelBool;
use cel::{Context, IdedExpr, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::shared::Text;
pub use facts::{Fact, Facts};
pub use parse::with_room_for_expressions;

/// What a name of an expression stands for (类型).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Boolean,
    /// Whole number, at most [`Kind::INTEGER_MAX`] either side of zero.
    Integer,
    /// Decimal number: finite, at most [`Kind::NUMBER_MAX`] either side of zero.
    Number,
    /// Text; empty where nothing was filled in.
    Text,
    /// Text out of a closed list; empty where nothing was chosen.
    Choice(Arc<BTreeSet<String>>),
    /// List of at most [`Kind::LIST_MAX`] things of one kind.
    List(Box<Kind>),
    /// Things with names.
    Record(BTreeMap<String, Kind>),
}

impl Kind {
    /// Largest whole number of a fact; larger ones may make an expression fail.
    pub const INTEGER_MAX: i64 = 1_000_000_000_000_000;
    /// Largest decimal number of a fact; larger ones may make an expression fail.
    pub const NUMBER_MAX: f64 = 1e100;
    /// Longest list of a fact; longer ones may make a sum fail.
    pub const LIST_MAX: usize = 1_000;

    /// A text out of these.
    pub fn choice<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Choice(Arc::new(values.into_iter().map(Into::into).collect()))
    }

    /// A list of these.
    pub fn list(item: Kind) -> Self {
        Self::List(Box::new(item))
    }

    fn is_textual(&self) -> bool {
        matches!(self, Self::Text | Self::Choice(_))
    }
}

/// What an expression may speak of: every name with its kind (可用的名字).
#[derive(Clone, Debug, Default)]
pub struct Scope {
    names: BTreeMap<String, Kind>,
}

impl Scope {
    /// No names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a name; each dot of the path opens a record, so that `form.lead.kind` stands in the record `lead` of the
    /// record `form`. What stood at the same path is replaced.
    pub fn insert(&mut self, path: &str, kind: Kind) {
        let mut parts = path.split('.').peekable();
        let mut record = &mut self.names;
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                record.insert(part.to_owned(), kind);
                return;
            }
            let group = record.entry(part.to_owned()).or_insert_with(|| Kind::Record(BTreeMap::new()));
            if !matches!(group, Kind::Record(_)) {
                *group = Kind::Record(BTreeMap::new());
            }
            let Kind::Record(fields) = group else { return };
            record = fields;
        }
    }
}

impl<K: AsRef<str>> FromIterator<(K, Kind)> for Scope {
    fn from_iter<I: IntoIterator<Item = (K, Kind)>>(names: I) -> Self {
        let mut scope = Self::new();
        for (path, kind) in names {
            scope.insert(path.as_ref(), kind);
        }
        scope
    }
}

/// One fault of an expression, with its place and what would put it right (表达式的问题).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionFault {
    /// Place in the source, in characters from 0.
    pub offset: usize,
    /// What is wrong.
    pub message: Text,
    /// What would put it right.
    pub help: Text,
}

/// A checked expression of a call (表达式), ready to be judged against the facts of any application.
#[derive(Clone, Debug)]
pub struct Expression {
    source: String,
    root: IdedExpr,
}

impl Expression {
    /// Reads and checks an expression; the error holds every fault that was found.
    pub fn compile(source: &str, scope: &Scope, expected: &Kind) -> Result<Self, Vec<ExpressionFault>> {
        let faults = scan::scan(source);
        if !faults.is_empty() {
            return Err(faults);
        }
        let program = parse::parse(source).map_err(|fault| vec![fault])?;
        let root = check::check(source, &program, scope, expected)?;
        Ok(Self { source: source.to_owned(), root })
    }

    /// The expression as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it speaks of a name, or of anything that stands in the record of that name.
    pub fn mentions(&self, name: &str) -> bool {
        let part = |character: char| character.is_alphanumeric() || character == '_';
        self.source.match_indices(name).any(|(place, _)| {
            let (before, rest) = self.source.split_at(place);
            let after = rest.get(name.len()..).unwrap_or_default();
            !before.ends_with(|last: char| part(last) || last == '.') && !after.starts_with(part)
        })
    }

    /// True where a condition holds. An answer that is not there is an error only where the outcome depends on it.
    pub fn holds(&self, facts: &Facts) -> Result<bool, Undecided> {
        let mut context = Context::with_env(facts::environment().map_err(Undecided::Failed)?);
        context.set_variable_resolver(facts);
        let value = Value::resolve_val(&self.root, &context).map_err(|error| {
            if facts::is_unanswered(&error) {
                Undecided::Unanswered
            } else {
                Undecided::Failed(error.to_string())
            }
        })?;
        let truth = value.downcast_ref::<CelBool>().map(|truth| *truth.inner());
        truth.ok_or_else(|| Undecided::Failed(format!("{} is no condition", value.get_type().name())))
    }
}

/// Why a condition neither holds nor fails to hold (未定).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecided {
    /// It depends on a question of yes or no that nobody has answered: [`Fact::Unanswered`].
    Unanswered,
    /// It could not be evaluated; the message may quote facts. Never for facts that match the scope of [`Expression::compile`].
    Failed(String),
}
