//! Puts a question to a call through the public rules of the domain.

use std::fmt;

use jiebang_domain::application::{applicable, facts, findings};
use jiebang_domain::call::{
    Actor, Call, count_findings, deadline_finding, funding_findings, list_findings, promise_finding,
};
use jiebang_domain::shared::Finding;

use crate::answer::End;
use crate::{Answer, Expected, Question};

/// What a call answers.
#[derive(Clone, Debug)]
pub enum Given {
    /// These findings.
    Findings(Vec<Finding>),
    /// The work period ends on this day, or by it at the latest; `None` where no period starts so.
    Ends(Option<End>),
    /// Label and hint in both languages; nothing where there is no such field.
    Shown(Vec<String>),
    /// Whether the form asks the field.
    Applies(bool),
    /// The call has no such item.
    NoItem(String),
}

/// What a call answers to a question.
pub fn judge(call: &Call, question: &Question) -> Given {
    match question {
        Question::Application { draft, at } => {
            let mut all = findings(call, draft);
            if let Some((at, event)) = at {
                all.extend(deadline_finding(call, Actor::Applicant, event.as_deref(), *at));
            }
            Given::Findings(all)
        }
        Question::Promise { item, promise } => match call.items().find(|known| known.id == *item) {
            Some(item) => Given::Findings(promise_finding(item, promise).into_iter().collect()),
            None => Given::NoItem(item.clone()),
        },
        Question::List { region, submitted, recommended, at } => {
            let mut all = list_findings(call, *region, *submitted, *recommended);
            if let Some(at) = at {
                all.extend(deadline_finding(call, Actor::Recommender, None, *at));
            }
            Given::Findings(all)
        }
        Question::Selection { counted, count } => {
            Given::Findings(count_findings(call, *counted, *count, None))
        }
        Question::Asked { amount, unit } => Given::Findings(funding_findings(call, amount, unit)),
        Question::Period(anchor, on) => {
            let period = call.periods.iter().find(|period| period.from == *anchor);
            Given::Ends(period.and_then(|period| End::of(period, *on)))
        }
        Question::Applies { draft, field } => {
            let facts = facts(call, draft);
            Given::Applies(call.field(field).is_some_and(|field| applicable(field, &facts)))
        }
        Question::Show(field) => {
            let field = call.field(field);
            let texts = field.into_iter().flat_map(|field| std::iter::once(&field.label).chain(&field.hint));
            let asked = field.map(|field| if field.required { "必填" } else { "选填" }.to_owned());
            Given::Shown(texts.flat_map(|text| [text.zh.clone(), text.en.clone()]).chain(asked).collect())
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Findings(found) => {
                let mut expected: Vec<Expected> = found.iter().map(Expected::of).collect();
                expected.sort();
                Answer::Findings(expected).fmt(formatter)
            }
            Self::Ends(Some(end)) => Answer::Ends(*end).fmt(formatter),
            Self::Ends(None) => formatter.write_str("no period of the call starts so"),
            Self::Shown(texts) => write!(formatter, "shown: {}", texts.join(" / ")),
            Self::Applies(applies) => Answer::Applies(*applies).fmt(formatter),
            Self::NoItem(item) => write!(formatter, "the call has no item {item}"),
        }
    }
}
