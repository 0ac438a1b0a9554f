//! Functions, methods, and walks through lists.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, operators};

use super::super::{Kind, facts, words};
use super::{Checker, Found, TEXT_BOUND, WALKS_MAX};

impl<'s> Checker<'s> {
    pub(super) fn function(
        &mut self,
        id: u64,
        name: &mut String,
        args: &mut [IdedExpr],
    ) -> Option<Found<'s>> {
        let found: Vec<Option<Found<'s>>> = args.iter_mut().map(|argument| self.walk(argument)).collect();
        let offset = self.at_name(id);
        let usage = match name.as_str() {
            "size" => "size(…)",
            facts::SUM => "sum(…)",
            "double" => "double(…)",
            name => return self.fault(words::unknown_function(offset, name, false)),
        };
        let ([argument], [found]) = (args, found.as_slice()) else {
            return self.fault(words::arguments(offset, name, usage));
        };
        let found = found.clone()?;
        match name.as_str() {
            "size" => self.size(argument, &found),
            facts::SUM => {
                let start = self.start(argument);
                let items = match found.item() {
                    Ok(items) if matches!(*items.kind, Kind::Integer | Kind::Number) => items,
                    Ok(Found { kind, .. }) => {
                        let found = Kind::list(kind.into_owned());
                        return self.fault(words::argument_kind(start, name, NUMBERS, &found));
                    }
                    Err(found) => return self.fault(words::argument_kind(start, name, NUMBERS, &found.kind)),
                };
                if *items.kind == Kind::Number {
                    *name = facts::NUMBER_SUM.to_owned();
                }
                let bound = items.bound() * Kind::LIST_MAX as f64;
                self.grown(offset, items.kind.into_owned(), bound)
            }
            _ => match &*found.kind {
                Kind::Integer | Kind::Number => {
                    Some(Found { bound: Some(found.bound()), ..Found::of(Kind::Number) })
                }
                kind => {
                    self.fault(words::argument_kind(self.start(argument), name, ("数字", "a number"), kind))
                }
            },
        }
    }

    fn size(&mut self, node: &IdedExpr, found: &Found<'s>) -> Option<Found<'s>> {
        match &*found.kind {
            Kind::Text | Kind::Choice(_) => {
                Some(Found { bound: Some(TEXT_BOUND), ..Found::of(Kind::Integer) })
            }
            Kind::List(_) => Some(Found { bound: Some(Kind::LIST_MAX as f64), ..Found::of(Kind::Integer) }),
            kind => {
                let wanted = ("列表或文字", "a list or a text");
                self.fault(words::argument_kind(self.start(node), "size", wanted, kind))
            }
        }
    }

    pub(super) fn method(
        &mut self,
        id: u64,
        name: &str,
        target: &mut IdedExpr,
        args: &mut [IdedExpr],
    ) -> Option<Found<'s>> {
        let offset = self.at_name(id);
        let found = self.walk(target);
        let usage = match name {
            "size" => "….size()",
            "contains" | "startsWith" | "endsWith" => &format!("….{name}(\"…\")"),
            // With the right arguments, these were expanded by the parser.
            operators::ALL
            | operators::EXISTS
            | operators::EXISTS_ONE
            | operators::FILTER
            | operators::MAP => {
                return self.fault(words::arguments(offset, name, &format!("….{name}(x, …)")));
            }
            name => return self.fault(words::unknown_function(offset, name, true)),
        };
        match args {
            [] if name == "size" => self.size(target, &found?),
            [argument] if name != "size" => {
                let part = self.walk(argument);
                for (node, found) in [(&*target, found), (&*argument, part)] {
                    let kind = found?.kind;
                    if !kind.is_textual() {
                        return self.fault(words::argument_kind(
                            self.start(node),
                            name,
                            ("文字", "a text"),
                            &kind,
                        ));
                    }
                }
                Some(Found::of(Kind::Boolean))
            }
            _ => self.fault(words::arguments(offset, name, usage)),
        }
    }

    /// `all`, `exists`, `exists_one`, `filter` and `map`, as the parser expanded them.
    pub(super) fn comprehension(&mut self, id: u64, walk: &mut ComprehensionExpr) -> Option<Found<'s>> {
        let offset = self.at_name(id);
        let range = self.walk(&mut walk.iter_range);
        if self.walks == WALKS_MAX {
            return self.fault(words::nested_too_deep(offset, WALKS_MAX));
        }
        let item = match range?.item() {
            Ok(item) => item,
            Err(found) => return self.fault(words::not_a_list(self.start(&walk.iter_range), &found.kind)),
        };
        let name = walk.iter_var.clone();
        if self.scope.names.contains_key(&name) || self.locals.iter().any(|(local, _)| *local == name) {
            return self.fault(words::variable_taken(offset, &name));
        }
        let Some(steps) = Steps::of(&mut walk.loop_step) else {
            return self.fault(words::unsupported(offset));
        };
        self.locals.push((name, item));
        self.walks += 1;
        if let Some(condition) = steps.condition {
            self.condition(condition);
        }
        let found = match steps.item {
            Some(item) => self
                .walk(item)
                .map(|Found { kind, bound }| Found { bound, ..Found::of(Kind::list(kind.into_owned())) }),
            None => Some(Found::of(Kind::Boolean)),
        };
        self.walks -= 1;
        self.locals.pop();
        found
    }
}

const NUMBERS: (&str, &str) = ("数字的列表", "a list of numbers");

/// What was written inside a comprehension, without what the parser put around it.
struct Steps<'e> {
    condition: Option<&'e mut IdedExpr>,
    item: Option<&'e mut IdedExpr>,
}

impl<'e> Steps<'e> {
    fn of(step: &'e mut IdedExpr) -> Option<Self> {
        let Expr::Call(CallExpr { func_name, args, .. }) = &mut step.expr else { return None };
        match (func_name.as_str(), args.as_mut_slice()) {
            // `result && condition` of `all`, `result || condition` of `exists`.
            (operators::LOGICAL_AND | operators::LOGICAL_OR, [_, condition]) => {
                Some(Self { condition: Some(condition), item: None })
            }
            // `result + [item]` of `map`.
            (operators::ADD, [_, list]) => Some(Self { condition: None, item: appended(list) }),
            // `condition ? result + [item] : result` of `filter` and `map`; `… result + 1 …` of `exists_one`.
            (operators::CONDITIONAL, [condition, next, _]) => {
                let Expr::Call(CallExpr { args, .. }) = &mut next.expr else { return None };
                let [_, list] = args.as_mut_slice() else { return None };
                Some(Self { condition: Some(condition), item: appended(list) })
            }
            _ => None,
        }
    }
}

fn appended(list: &mut IdedExpr) -> Option<&mut IdedExpr> {
    match &mut list.expr {
        Expr::List(list) => list.elements.first_mut(),
        _ => None,
    }
}
