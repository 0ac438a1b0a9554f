//! Facts of one application, in the form that the evaluator reads without copying.

use cel::common::traits::{Container, Indexer, Iterable, Iterator as ValueIterator, Sizer};
use cel::common::types::{CelBool, CelDouble, CelInt, CelString, DOUBLE_TYPE, LIST_TYPE, MAP_TYPE, Type};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{DeclarationError, Env, ExecutionError};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::slice;
use std::sync::{Arc, LazyLock};

use super::decimal;

/// One fact of an application (事实), of one of the kinds of [`Kind`](super::Kind).
#[derive(Clone, Debug, PartialEq)]
pub enum Fact<'v> {
    /// True or false.
    Boolean(bool),
    /// Neither true nor false yet: a question of yes or no without an answer. It can only stand in a record.
    Unanswered,
    /// Whole number.
    Integer(i64),
    /// Decimal number, finite.
    Number(f64),
    /// Text, or one of a closed list; empty where nothing was filled in.
    Text(Cow<'v, str>),
    /// Things of one kind.
    List(Vec<Fact<'v>>),
    /// Things with names.
    Record(BTreeMap<Cow<'v, str>, Fact<'v>>),
}

impl<'v> Fact<'v> {
    /// A record of these; each dot of a path opens a record within.
    pub fn record<K: Into<Cow<'v, str>>>(fields: impl IntoIterator<Item = (K, Fact<'v>)>) -> Self {
        let mut record = BTreeMap::new();
        for (path, fact) in fields {
            insert(&mut record, path.into(), fact);
        }
        Self::Record(record)
    }

    fn into_value(self) -> Value<'v> {
        match self {
            Self::Boolean(truth) => Box::new(CelBool::from(truth)),
            // A record never gives this value out.
            Self::Unanswered => Box::new(CelBool::from(false)),
            Self::Integer(number) => Box::new(CelInt::from(number)),
            Self::Number(number) => Box::new(CelDouble::from(number)),
            Self::Text(text) => Box::new(CelString::from(text)),
            Self::List(items) => Box::new(ListValue(items.into_iter().map(Fact::into_value).collect())),
            Self::Record(fields) => Box::new(RecordValue(Arc::new(Values::of(fields)))),
        }
    }
}

impl From<bool> for Fact<'_> {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<i64> for Fact<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Fact<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl<'v> From<&'v str> for Fact<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Fact<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'v> From<Vec<Fact<'v>>> for Fact<'v> {
    fn from(items: Vec<Fact<'v>>) -> Self {
        Self::List(items)
    }
}

fn insert<'v>(record: &mut BTreeMap<Cow<'v, str>, Fact<'v>>, path: Cow<'v, str>, fact: Fact<'v>) {
    let (part, rest) = match &path {
        Cow::Borrowed(path) => match path.split_once('.') {
            Some((part, rest)) => (Cow::Borrowed(part), Cow::Borrowed(rest)),
            None => return drop(record.insert(Cow::Borrowed(path), fact)),
        },
        Cow::Owned(owned) => match owned.split_once('.') {
            Some((part, rest)) => (Cow::Owned(part.to_owned()), Cow::Owned(rest.to_owned())),
            None => return drop(record.insert(path, fact)),
        },
    };
    let group = record.entry(part).or_insert_with(|| Fact::Record(BTreeMap::new()));
    if !matches!(group, Fact::Record(_)) {
        *group = Fact::Record(BTreeMap::new());
    }
    if let Fact::Record(fields) = group {
        insert(fields, rest, fact);
    }
}

type Value<'v> = Box<dyn Val + 'v>;

/// Values with names, in the order of the names; none where a question has no answer.
#[derive(Debug, Default)]
struct Values<'v>(Box<[(Cow<'v, str>, Option<Value<'v>>)]>);

impl<'v> Values<'v> {
    fn of(facts: BTreeMap<Cow<'v, str>, Fact<'v>>) -> Self {
        let value = |fact: Fact<'v>| (fact != Fact::Unanswered).then(|| fact.into_value());
        Self(facts.into_iter().map(|(name, fact)| (name, value(fact))).collect())
    }

    /// The value of a name; the inner `None` where it is a question without an answer.
    fn get(&self, name: &str) -> Option<Option<&(dyn Val + 'v)>> {
        let index = self.0.binary_search_by(|(other, _)| (**other).cmp(name)).ok()?;
        self.0.get(index).map(|(_, value)| value.as_deref())
    }
}

/// Everything that the expressions of a call may ask of one application (申报事实): built once, used by all of them.
///
/// Collected from paths and facts; each dot of a path opens a record: `("form.lead.kind", "university".into())`.
#[derive(Debug, Default)]
pub struct Facts<'v> {
    names: Values<'v>,
}

impl<'v, K: Into<Cow<'v, str>>> FromIterator<(K, Fact<'v>)> for Facts<'v> {
    fn from_iter<I: IntoIterator<Item = (K, Fact<'v>)>>(facts: I) -> Self {
        let mut record = BTreeMap::new();
        for (path, fact) in facts {
            insert(&mut record, path.into(), fact);
        }
        Self { names: Values::of(record) }
    }
}

impl VariableResolver for Facts<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        self.names.get(name).flatten().map(|value| CowVal::Borrowed(value as &'b (dyn Val + 'b)))
    }
}

/// Cloned for every round of a comprehension, hence shared.
#[derive(Clone, Debug)]
struct RecordValue<'v>(Arc<Values<'v>>);

impl Val for RecordValue<'_> {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(self.clone())
    }
}

impl Indexer for RecordValue<'_> {
    fn get<'b, 'w>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        let name = key.downcast_ref::<CelString>().map(CelString::inner).unwrap_or_default();
        let value = self.0.get(name).ok_or_else(|| ExecutionError::no_such_key(name))?;
        value.map(CowVal::Borrowed).ok_or_else(|| ExecutionError::function_error(UNANSWERED, name))
    }

    fn steal<'w>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

/// Cloned where a list is an item or a branch, hence shared.
#[derive(Clone, Debug)]
struct ListValue<'v>(Arc<[Value<'v>]>);

impl Val for ListValue<'_> {
    fn get_type(&self) -> &Type {
        &LIST_TYPE
    }

    fn cel_type() -> &'static Type {
        &LIST_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_iterable<'b, 'w>(&'b self) -> Option<&'b (dyn Iterable + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(self.clone())
    }
}

impl Container for ListValue<'_> {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.0.iter().any(|item| item.equals(value)))
    }
}

impl Sizer for ListValue<'_> {
    fn size(&self) -> CelInt {
        CelInt::from(i64::try_from(self.0.len()).unwrap_or(i64::MAX))
    }
}

impl Iterable for ListValue<'_> {
    fn iter<'b, 'w>(&'b self) -> Box<dyn ValueIterator<'b, 'w> + 'b>
    where
        Self: 'w,
    {
        Box::new(Items(self.0.iter()))
    }
}

struct Items<'b, 'v>(slice::Iter<'b, Value<'v>>);

impl<'b, 'v: 'w, 'w> ValueIterator<'b, 'w> for Items<'b, 'v> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'w)> {
        self.0.next().map(|item| item.as_ref() as &'b (dyn Val + 'w))
    }
}

/// What fails where a question without an answer is read; no expression can call it.
const UNANSWERED: &str = "@unanswered";

/// Whether an evaluation failed because it needs an answer that is not there.
pub(super) fn is_unanswered(error: &ExecutionError) -> bool {
    matches!(error, ExecutionError::FunctionError { function, .. } if function == UNANSWERED)
}

/// Sum of whole numbers.
pub(super) const SUM: &str = "sum";
/// Sum of decimals; the checker puts it in place of [`SUM`], since an empty list does not tell its kind.
pub(super) const NUMBER_SUM: &str = "@number_sum";
/// `+` of decimals; the checker puts it and its siblings in place of the operators.
pub(super) const NUMBER_ADD: &str = "@number_add";
/// `-` of decimals.
pub(super) const NUMBER_SUBTRACT: &str = "@number_subtract";
/// `*` of decimals.
pub(super) const NUMBER_MULTIPLY: &str = "@number_multiply";
/// `/` of decimals.
pub(super) const NUMBER_DIVIDE: &str = "@number_divide";

/// The functions of CEL and those above, built once: building takes longer than judging an application.
pub(super) fn environment() -> Result<Arc<Env>, String> {
    static ENVIRONMENT: LazyLock<Result<Arc<Env>, DeclarationError>> = LazyLock::new(|| {
        let mut env = Env::default().with_optional_support(false).with_stdlib();
        env.add_overload(SUM, SUM, vec![LIST_TYPE], integer_sum)?;
        env.add_overload(NUMBER_SUM, NUMBER_SUM, vec![LIST_TYPE], number_sum)?;
        let numbers = || vec![DOUBLE_TYPE, DOUBLE_TYPE];
        env.add_overload(NUMBER_ADD, NUMBER_ADD, numbers(), |values| binary(&values, decimal::add))?;
        env.add_overload(NUMBER_SUBTRACT, NUMBER_SUBTRACT, numbers(), |values| {
            binary(&values, decimal::subtract)
        })?;
        env.add_overload(NUMBER_MULTIPLY, NUMBER_MULTIPLY, numbers(), |values| {
            binary(&values, decimal::multiply)
        })?;
        env.add_overload(NUMBER_DIVIDE, NUMBER_DIVIDE, numbers(), |values| binary(&values, decimal::divide))?;
        Ok(Arc::new(env))
    });
    ENVIRONMENT.as_ref().map(Arc::clone).map_err(ToString::to_string)
}

fn number(value: &dyn Val) -> Result<f64, ExecutionError> {
    let number = value.downcast_ref::<CelDouble>().map(|number| *number.inner());
    number.ok_or_else(|| ExecutionError::function_error(NUMBER_SUM, "not a decimal number"))
}

fn binary<'b, 'v>(
    values: &[CowVal<'b, 'v>],
    operation: fn(f64, f64) -> f64,
) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let [left, right] = values else { return Err(ExecutionError::invalid_argument_count(2, values.len())) };
    Ok(CowVal::owned(CelDouble::from(operation(number(left.as_ref())?, number(right.as_ref())?))))
}

/// Reads each item of the one argument, a list.
fn items<T>(
    values: &[CowVal<'_, '_>],
    read: impl Fn(&dyn Val) -> Result<T, ExecutionError>,
) -> Result<Vec<T>, ExecutionError> {
    let list = values.first().and_then(|list| list.as_iterable());
    let mut list = list.ok_or_else(|| ExecutionError::function_error(SUM, "not a list"))?.iter();
    let mut items = Vec::new();
    while let Some(item) = list.next() {
        items.push(read(item)?);
    }
    Ok(items)
}

fn integer_sum<'b, 'v>(values: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let numbers = items(&values, |item| {
        let number = item.downcast_ref::<CelInt>().map(|number| *number.inner());
        number.ok_or_else(|| ExecutionError::function_error(SUM, "not a whole number"))
    })?;
    let sum = numbers.into_iter().try_fold(0i64, i64::checked_add);
    let sum = sum.ok_or_else(|| ExecutionError::function_error(SUM, "out of range"))?;
    Ok(CowVal::owned(CelInt::from(sum)))
}

fn number_sum<'b, 'v>(values: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    Ok(CowVal::owned(CelDouble::from(decimal::sum(&items(&values, number)?))))
}
