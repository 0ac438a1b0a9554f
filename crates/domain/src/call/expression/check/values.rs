//! Comparison, membership, index and arithmetic.

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators};
use std::collections::BTreeSet;

use super::super::{Kind, facts, words};
use super::{
    Checker, Found, INTEGER_BOUND, NUMBER_BOUND, are_comparable, are_ordered, constant, has_no_order,
    is_constant, texts,
};

impl<'s> Checker<'s> {
    pub(super) fn equality(
        &mut self,
        id: u64,
        left: &mut IdedExpr,
        right: &mut IdedExpr,
    ) -> Option<Found<'s>> {
        let (first, second) = (self.walk(left), self.walk(right));
        let (first, second) = (first?.kind, second?.kind);
        if !are_comparable(&first, &second) {
            return self.fault(words::not_comparable(self.at(id), &first, &second));
        }
        self.match_choices(left, &second, right);
        self.match_choices(right, &first, left);
        Some(Found::of(Kind::Boolean))
    }

    pub(super) fn order(&mut self, id: u64, left: &mut IdedExpr, right: &mut IdedExpr) -> Option<Found<'s>> {
        let (first, second) = (self.walk(left), self.walk(right));
        let (first, second) = (first?.kind, second?.kind);
        if !are_ordered(&first, &second) {
            return self.fault(words::not_comparable(self.at(id), &first, &second));
        }
        if [(&*left, &first), (&*right, &second)].into_iter().any(|(node, kind)| has_no_order(node, kind)) {
            return self.fault(words::no_order(self.at(id)));
        }
        Some(Found::of(Kind::Boolean))
    }

    pub(super) fn membership(
        &mut self,
        id: u64,
        item: &mut IdedExpr,
        list: &mut IdedExpr,
    ) -> Option<Found<'s>> {
        let (first, second) = (self.walk(item), self.walk(list));
        let (first, second) = (first?, second?);
        let items = match second.item() {
            Ok(items) => items,
            Err(found) => return self.fault(words::not_a_list(self.start(list), &found.kind)),
        };
        if !are_comparable(&first.kind, &items.kind) {
            return self.fault(words::not_comparable(self.at(id), &first.kind, &items.kind));
        }
        self.match_choices(item, &items.kind, list);
        self.match_choices(list, &first.kind, item);
        Some(Found::of(Kind::Boolean))
    }

    /// Texts written on one side must be choices of the other side, unless that is written out as well.
    fn match_choices(&mut self, written: &IdedExpr, kind: &Kind, other: &IdedExpr) {
        let Kind::Choice(values) = kind else { return };
        if !is_constant(other) {
            self.choices(&texts(written), values);
        }
    }

    /// Only the empty text, for nothing chosen, need not be listed.
    pub(super) fn choices(&mut self, texts: &[(u64, &str)], values: &BTreeSet<String>) {
        for (id, text) in texts {
            if !text.is_empty() && !values.contains(*text) {
                let values: Vec<&str> =
                    values.iter().map(String::as_str).filter(|value| !value.is_empty()).collect();
                self.faults.push(words::unknown_choice(self.at(*id), text, &values));
            }
        }
    }

    pub(super) fn index(&mut self, id: u64, owner: &mut IdedExpr, index: &mut IdedExpr) -> Option<Found<'s>> {
        let found = self.walk(owner)?;
        if matches!(*found.kind, Kind::List(_)) {
            return self.fault(words::list_index(self.at(id)));
        }
        let Expr::Literal(LiteralValue::String(name)) = &index.expr else {
            return self.fault(words::computed_field(self.start(index)));
        };
        self.field(self.at(index.id), found, owner, name.inner())
    }

    pub(super) fn negation(&mut self, node: &mut IdedExpr) -> Option<Found<'s>> {
        let found = self.walk(node)?;
        match &*found.kind {
            Kind::Integer => self.grown(self.start(node), Kind::Integer, found.bound()),
            Kind::Number => Some(found),
            kind => self.fault(words::expected(self.start(node), &Kind::Integer, kind)),
        }
    }

    /// A number of at most this size, which must stay computable.
    pub(super) fn grown(&mut self, offset: usize, kind: Kind, bound: f64) -> Option<Found<'s>> {
        let limit = if kind == Kind::Integer { INTEGER_BOUND } else { NUMBER_BOUND };
        if bound > limit {
            return self.fault(words::may_overflow(offset));
        }
        Some(Found { bound: Some(bound), ..Found::of(kind) })
    }

    pub(super) fn arithmetic(
        &mut self,
        id: u64,
        operator: &mut String,
        left: &mut IdedExpr,
        right: &mut IdedExpr,
    ) -> Option<Found<'s>> {
        let (first, second) = (self.walk(left), self.walk(right));
        let (first, second) = (first?, second?);
        let is_addition = operator.as_str() == operators::ADD;
        let kind = match (&*first.kind, &*second.kind) {
            (Kind::Integer, Kind::Integer) => Kind::Integer,
            (Kind::Number, Kind::Number) if operator.as_str() != operators::MODULO => Kind::Number,
            (one, other) if is_addition && one.is_textual() && other.is_textual() => {
                return Some(Found::of(Kind::Text));
            }
            (one, other) => return self.fault(words::no_arithmetic(self.at(id), one, other)),
        };
        let (one, other) = (first.bound(), second.bound());
        let bound = match operator.as_str() {
            operators::MULTIPLY => one * other,
            operators::DIVIDE | operators::MODULO => match constant(right) {
                Some(divisor) if divisor != 0.0 && kind == Kind::Number => one / divisor.abs(),
                Some(divisor) if divisor != 0.0 => one,
                _ => return self.fault(words::divisor(self.start(right))),
            },
            _ => one + other,
        };
        if kind == Kind::Number {
            *operator = match operator.as_str() {
                operators::ADD => facts::NUMBER_ADD,
                operators::SUBSTRACT => facts::NUMBER_SUBTRACT,
                operators::MULTIPLY => facts::NUMBER_MULTIPLY,
                _ => facts::NUMBER_DIVIDE,
            }
            .to_owned();
        }
        self.grown(self.at(id), kind, bound)
    }
}
