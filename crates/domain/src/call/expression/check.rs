//! Names and kinds of a parsed expression, and proof that nothing in it can fail.

mod calls;
mod values;

use cel::common::ast::{CallExpr, Expr, ListExpr, LiteralValue, SelectExpr, SourceInfo, operators};
use cel::{IdedExpr, Program};
use std::borrow::Cow;
use std::sync::Arc;

use super::{ExpressionFault, Kind, Scope, words};

/// Most nodes of an expression, macros expanded.
const NODES_MAX: usize = 300;
/// Deepest tree: evaluation recurses, and takes some 50 KB for each step in a build without optimisation.
const DEPTH_MAX: usize = 24;
/// Deepest nesting of comprehensions.
const WALKS_MAX: usize = 2;
/// No whole number may grow past this; below 2^63 by more than a float rounds.
const INTEGER_BOUND: f64 = 9e18;
/// No decimal may grow past this.
const NUMBER_BOUND: f64 = 1e300;
/// Longest text, in characters.
const TEXT_BOUND: f64 = 1e9;

/// Checks a program; the tree that comes back has its arithmetic on decimals replaced by exact functions.
pub(super) fn check(
    source: &str,
    program: &Program,
    scope: &Scope,
    expected: &Kind,
) -> Result<IdedExpr, Vec<ExpressionFault>> {
    let mut checker = Checker {
        source,
        info: program.source_info(),
        scope,
        locals: Vec::new(),
        walks: 0,
        faults: Vec::new(),
    };
    checker.limits(program.expression());
    if !checker.faults.is_empty() {
        return Err(checker.faults);
    }
    let mut root = program.expression().clone();
    if let Some(found) = checker.walk(&mut root) {
        checker.result(&root, expected, &found);
    }
    checker.faults.sort_by_key(|fault| fault.offset);
    if checker.faults.is_empty() { Ok(root) } else { Err(checker.faults) }
}

/// What a part of the expression stands for.
#[derive(Clone)]
struct Found<'s> {
    kind: Cow<'s, Kind>,
    /// Largest number it can be or hold; none where it is a fact as it came.
    bound: Option<f64>,
}

impl<'s> Found<'s> {
    fn of(kind: Kind) -> Self {
        Self { kind: Cow::Owned(kind), bound: None }
    }

    fn bound(&self) -> f64 {
        let mut kind = &*self.kind;
        while let Kind::List(item) = kind {
            kind = item;
        }
        let natural = if *kind == Kind::Integer { Kind::INTEGER_MAX as f64 } else { Kind::NUMBER_MAX };
        self.bound.unwrap_or(natural)
    }

    /// An item of a list.
    fn item(self) -> Result<Self, Self> {
        let bound = self.bound;
        match self.kind {
            Cow::Borrowed(Kind::List(item)) => Ok(Self { kind: Cow::Borrowed(item), bound }),
            Cow::Owned(Kind::List(item)) => Ok(Self { kind: Cow::Owned(*item), bound }),
            kind => Err(Self { kind, bound }),
        }
    }
}

/// The kind of two alternatives; none where they have nothing in common.
fn joined(left: &Kind, right: &Kind) -> Option<Kind> {
    match (left, right) {
        (Kind::Choice(left), Kind::Choice(right)) => Some(Kind::Choice(Arc::new(&**left | &**right))),
        (left, right) if left.is_textual() && right.is_textual() => Some(Kind::Text),
        (Kind::List(left), Kind::List(right)) => Some(Kind::list(joined(left, right)?)),
        (left, right) => (left == right).then(|| left.clone()),
    }
}

/// True where every value of a kind is one of another.
fn fits(found: &Kind, wanted: &Kind) -> bool {
    match (found, wanted) {
        (Kind::Choice(found), Kind::Choice(wanted)) => {
            found.iter().all(|value| value.is_empty() || wanted.contains(value))
        }
        (Kind::Choice(_), Kind::Text) => true,
        (Kind::List(found), Kind::List(wanted)) => fits(found, wanted),
        (found, wanted) => found == wanted,
    }
}

/// Nodes right below one.
fn children(node: &IdedExpr) -> Vec<&IdedExpr> {
    match &node.expr {
        Expr::Call(call) => call.target.iter().map(|target| &**target).chain(&call.args).collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Comprehension(walk) => {
            vec![&walk.iter_range, &walk.accu_init, &walk.loop_cond, &walk.loop_step, &walk.result]
        }
        _ => Vec::new(),
    }
}

/// A number as it was written.
fn constant(node: &IdedExpr) -> Option<f64> {
    match &node.expr {
        Expr::Literal(LiteralValue::Int(number)) => Some(*number.inner() as f64),
        Expr::Literal(LiteralValue::Double(number)) => Some(*number.inner()),
        Expr::Call(call) if call.func_name == operators::NEGATE => Some(-constant(call.args.first()?)?),
        _ => None,
    }
}

/// True where no fact is asked for.
fn is_constant(node: &IdedExpr) -> bool {
    match &node.expr {
        Expr::Literal(_) => true,
        Expr::List(list) => list.elements.iter().all(is_constant),
        Expr::Call(call) => {
            call.func_name == operators::CONDITIONAL && call.args.iter().skip(1).all(is_constant)
        }
        _ => false,
    }
}

/// Texts as they were written, with their nodes.
fn texts(node: &IdedExpr) -> Vec<(u64, &str)> {
    match &node.expr {
        Expr::Literal(LiteralValue::String(text)) => vec![(node.id, text.inner())],
        Expr::List(list) => list.elements.iter().flat_map(texts).collect(),
        Expr::Call(call) if call.func_name == operators::CONDITIONAL => {
            call.args.iter().skip(1).flat_map(texts).collect()
        }
        _ => Vec::new(),
    }
}

/// Numbers with numbers, whole or not; texts with texts.
fn are_ordered(left: &Kind, right: &Kind) -> bool {
    let is_number = |kind: &Kind| matches!(kind, Kind::Integer | Kind::Number);
    (is_number(left) && is_number(right)) || (left.is_textual() && right.is_textual())
}

/// As above, and conditions with conditions.
fn are_comparable(left: &Kind, right: &Kind) -> bool {
    are_ordered(left, right) || (*left == Kind::Boolean && *right == Kind::Boolean)
}

/// Names chosen from a list stand in no order, and nothing comes before the empty text: `==` or `!=` is meant.
fn has_no_order(node: &IdedExpr, kind: &Kind) -> bool {
    let chosen = matches!(kind, Kind::Choice(_)) && !is_constant(node);
    chosen || texts(node).iter().any(|(_, text)| text.is_empty())
}

/// A path as it was written, for messages.
fn path(node: &IdedExpr) -> String {
    match &node.expr {
        Expr::Ident(name) => name.clone(),
        Expr::Select(select) => format!("{}.{}", path(&select.operand), select.field),
        Expr::Call(CallExpr { func_name, args, .. }) => match (func_name.as_str(), args.as_slice()) {
            (operators::INDEX, [owner, IdedExpr { expr: Expr::Literal(LiteralValue::String(name)), .. }]) => {
                format!("{}.{}", path(owner), name.inner())
            }
            _ => "…".to_owned(),
        },
        _ => "…".to_owned(),
    }
}

/// The field of a record by its name: the evaluator would look for variables whose names have dots.
fn indexed(id: u64, select: SelectExpr) -> Expr {
    let name = IdedExpr { id, expr: Expr::Literal(LiteralValue::String(select.field.into())) };
    Expr::Call(CallExpr {
        func_name: operators::INDEX.to_owned(),
        target: None,
        args: vec![*select.operand, name],
    })
}

struct Checker<'s> {
    source: &'s str,
    info: &'s SourceInfo,
    scope: &'s Scope,
    locals: Vec<(String, Found<'s>)>,
    /// Comprehensions around the place being checked.
    walks: usize,
    faults: Vec<ExpressionFault>,
}

impl<'s> Checker<'s> {
    fn fault<T>(&mut self, fault: ExpressionFault) -> Option<T> {
        self.faults.push(fault);
        None
    }

    /// Byte at which the token of a node starts.
    fn byte(&self, id: u64) -> usize {
        self.info.offset_for(id).map_or(0, |(start, _)| start as usize)
    }

    /// Characters before a byte.
    fn characters(&self, byte: usize) -> usize {
        self.source.char_indices().take_while(|(index, _)| *index < byte).count()
    }

    /// Place of the token of a node: of an operator, its sign.
    fn at(&self, id: u64) -> usize {
        self.characters(self.byte(id))
    }

    /// Place at which a node begins.
    fn start(&self, node: &IdedExpr) -> usize {
        let (mut first, mut rest) = (usize::MAX, vec![node]);
        while let Some(node) = rest.pop() {
            first = first.min(self.byte(node.id));
            rest.extend(children(node));
        }
        self.characters(first)
    }

    /// Place of a function's name, which stands before the bracket of its node.
    fn at_name(&self, id: u64) -> usize {
        let before = self.source.get(..self.byte(id)).unwrap_or_default().trim_end();
        let name =
            before.trim_end_matches(|character: char| character.is_ascii_alphanumeric() || character == '_');
        name.chars().count()
    }

    /// Place of a field's name, which stands after the dot of its node.
    fn at_field(&self, id: u64) -> usize {
        let dot = self.byte(id);
        let after = self.source.get(dot + 1..).unwrap_or_default();
        self.characters(dot + 1 + after.len() - after.trim_start().len())
    }

    /// Refuses trees that are too large or too deep, without recursion.
    fn limits(&mut self, root: &IdedExpr) {
        let (mut count, mut rest) = (0, vec![(root, 1)]);
        while let Some((node, depth)) = rest.pop() {
            count += 1;
            if count > NODES_MAX {
                self.faults.push(words::too_many_parts(self.start(root), NODES_MAX));
                return;
            }
            if depth > DEPTH_MAX {
                self.faults.push(words::too_deep(self.at(node.id), DEPTH_MAX));
                return;
            }
            rest.extend(children(node).into_iter().map(|child| (child, depth + 1)));
        }
    }

    fn result(&mut self, root: &IdedExpr, expected: &Kind, found: &Found<'s>) {
        if fits(&found.kind, expected) {
            return;
        }
        if let Kind::Choice(values) = expected
            && is_constant(root)
            && found.kind.is_textual()
        {
            return self.choices(&texts(root), values);
        }
        self.faults.push(words::expected(self.start(root), expected, &found.kind));
    }

    fn walk(&mut self, node: &mut IdedExpr) -> Option<Found<'s>> {
        let id = node.id;
        match &mut node.expr {
            Expr::Literal(literal) => self.literal(id, literal),
            Expr::Ident(name) => self.name(id, name),
            Expr::Select(select) => {
                let found = self.select(id, select)?;
                node.expr = indexed(id, std::mem::take(select));
                Some(found)
            }
            Expr::Call(call) => self.call(id, call),
            Expr::List(list) => self.list(id, list),
            Expr::Comprehension(walk) => self.comprehension(id, walk),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => self.fault(words::unsupported(self.at(id))),
        }
    }

    /// Walks a part that must be a condition.
    fn condition(&mut self, node: &mut IdedExpr) {
        if let Some(found) = self.walk(node)
            && *found.kind != Kind::Boolean
        {
            self.faults.push(words::expected(self.start(node), &Kind::Boolean, &found.kind));
        }
    }

    fn literal(&mut self, id: u64, literal: &LiteralValue) -> Option<Found<'s>> {
        match literal {
            LiteralValue::Boolean(_) => Some(Found::of(Kind::Boolean)),
            LiteralValue::Int(number) => {
                Some(Found { bound: Some((*number.inner() as f64).abs()), ..Found::of(Kind::Integer) })
            }
            LiteralValue::Double(number) => {
                Some(Found { bound: Some(number.inner().abs()), ..Found::of(Kind::Number) })
            }
            LiteralValue::String(text) => Some(Found::of(Kind::choice([text.inner()]))),
            LiteralValue::Null => self.fault(words::no_null(self.at(id))),
            LiteralValue::Bytes(_) | LiteralValue::UInt(_) => self.fault(words::literal(self.at(id))),
        }
    }

    fn name(&mut self, id: u64, name: &str) -> Option<Found<'s>> {
        if let Some((_, found)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return Some(found.clone());
        }
        if let Some(kind) = self.scope.names.get(name) {
            return Some(Found { kind: Cow::Borrowed(kind), bound: None });
        }
        let locals = self.locals.iter().map(|(local, _)| local.as_str());
        let names: Vec<&str> = locals.chain(self.scope.names.keys().map(String::as_str)).collect();
        let fault = words::unknown_name(self.at(id), name, &names);
        self.fault(fault)
    }

    fn select(&mut self, id: u64, select: &mut SelectExpr) -> Option<Found<'s>> {
        if select.test {
            return self.fault(words::has_not_needed(self.at_name(id)));
        }
        let owner = self.walk(&mut select.operand)?;
        self.field(self.at_field(id), owner, &select.operand, &select.field)
    }

    fn field(&mut self, offset: usize, owner: Found<'s>, node: &IdedExpr, name: &str) -> Option<Found<'s>> {
        let Kind::Record(fields) = &*owner.kind else {
            return self.fault(words::no_fields(offset, &path(node), &owner.kind));
        };
        if !fields.contains_key(name) {
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            return self.fault(words::unknown_field(offset, &path(node), name, &names));
        }
        let kind = match owner.kind {
            Cow::Borrowed(Kind::Record(fields)) => Cow::Borrowed(fields.get(name)?),
            Cow::Owned(Kind::Record(mut fields)) => Cow::Owned(fields.remove(name)?),
            _ => return None,
        };
        Some(Found { kind, bound: None })
    }

    fn call(&mut self, id: u64, call: &mut CallExpr) -> Option<Found<'s>> {
        let CallExpr { func_name: name, target, args } = call;
        if let Some(target) = target {
            return self.method(id, name, target, args);
        }
        match (name.as_str(), args.as_mut_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [left, right]) => {
                self.condition(left);
                self.condition(right);
                Some(Found::of(Kind::Boolean))
            }
            (operators::LOGICAL_NOT, [condition]) => {
                self.condition(condition);
                Some(Found::of(Kind::Boolean))
            }
            (operators::CONDITIONAL, [condition, left, right]) => {
                self.condition(condition);
                let (first, second) = (self.walk(left), self.walk(right));
                self.join(first?, right, second?)
            }
            (operators::EQUALS | operators::NOT_EQUALS, [left, right]) => self.equality(id, left, right),
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                [left, right],
            ) => self.order(id, left, right),
            (operators::IN, [item, list]) => self.membership(id, item, list),
            (operators::INDEX, [owner, index]) => self.index(id, owner, index),
            (operators::NEGATE, [number]) => self.negation(number),
            (
                operators::ADD
                | operators::SUBSTRACT
                | operators::MULTIPLY
                | operators::DIVIDE
                | operators::MODULO,
                [left, right],
            ) => self.arithmetic(id, name, left, right),
            _ => self.function(id, name, args),
        }
    }

    fn join(&mut self, first: Found<'s>, node: &IdedExpr, other: Found<'s>) -> Option<Found<'s>> {
        let Some(kind) = joined(&first.kind, &other.kind) else {
            return self.fault(words::mixed_kinds(self.start(node), &first.kind, &other.kind));
        };
        let is_fact = first.bound.is_none() && other.bound.is_none();
        let bound = if is_fact { None } else { Some(first.bound().max(other.bound())) };
        Some(Found { kind: Cow::Owned(kind), bound })
    }

    fn list(&mut self, id: u64, list: &mut ListExpr) -> Option<Found<'s>> {
        let found: Vec<Option<Found<'s>>> = list.elements.iter_mut().map(|item| self.walk(item)).collect();
        if found.is_empty() {
            return self.fault(words::empty_list(self.at(id)));
        }
        let mut joined = None;
        for (node, item) in list.elements.iter().zip(found) {
            joined = match (joined, item?) {
                (None, item) => Some(item),
                (Some(all), item) => Some(self.join(all, node, item)?),
            };
        }
        let Found { kind, bound } = joined?;
        Some(Found { bound, ..Found::of(Kind::list(kind.into_owned())) })
    }
}
