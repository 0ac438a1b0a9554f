//! Which rules of a call no case proves: each needs a case in which it speaks and one in which it is silent.

use jiebang_domain::call::{Actor, Call, Check, Counted, Deadline, FieldKind, Limit, Source};
use jiebang_domain::shared::Finding;

use crate::{Folder, Given, Question, judge};

/// Something that must be proved.
struct Duty<'c> {
    /// The rule, in words.
    what: String,
    /// Code of its finding.
    code: &'c str,
    /// Its leading clause.
    source: &'c Source,
    /// Field that the finding names.
    field: Field<'c>,
    /// Questions that can prove it.
    asks: Box<dyn Fn(&Question) -> bool + 'c>,
}

/// What a finding must name.
enum Field<'c> {
    Any,
    Below(String),
    /// Column of a table.
    Column(&'c str, &'c str),
}

impl Field<'_> {
    fn is_named_by(&self, finding: &Finding) -> bool {
        let path = finding.field.as_deref().unwrap_or_default();
        match self {
            Self::Any => true,
            Self::Below(field) => {
                path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
            Self::Column(table, column) => path.starts_with(table) && path.ends_with(column),
        }
    }
}

impl Duty<'_> {
    fn speaks_in(&self, found: &[Finding]) -> bool {
        found.iter().any(|finding| {
            finding.code == self.code
                && finding.clause.as_ref() == self.source.clause()
                && self.field.is_named_by(finding)
        })
    }
}

/// Every rule, limit, deadline, evidence item, declaration, character limit, threshold, period and target year of the call that
/// lacks a case in which it speaks, or one in which it is silent.
pub fn uncovered(folder: &Folder) -> Vec<String> {
    let call = &folder.call;
    let answers: Vec<(&Question, Given)> =
        folder.cases.iter().map(|case| (&case.question, judge(call, &case.question))).collect();
    let mut all = Vec::new();
    for duty in duties(call) {
        let answered = answers.iter().filter(|(question, _)| (duty.asks)(question));
        let spoken: Vec<bool> = answered
            .filter_map(|(_, given)| match given {
                Given::Findings(found) => Some(duty.speaks_in(found)),
                _ => None,
            })
            .collect();
        if !spoken.contains(&true) {
            all.push(format!("{}: no case in which it answers `{}`", duty.what, duty.code));
        }
        if !spoken.contains(&false) {
            all.push(format!("{}: no case in which it has nothing to say", duty.what));
        }
    }
    let asked = |wanted: fn(&Question) -> bool| answers.iter().any(|(question, _)| wanted(question));
    if !call.periods.is_empty() && !asked(|question| matches!(question, Question::Period(..))) {
        all.push("period: no case counts it".to_owned());
    }
    if call.target_year.is_some() && !asked(|question| matches!(question, Question::Show(_))) {
        all.push("target year: no case shows it".to_owned());
    }
    all
}

fn duties(call: &Call) -> Vec<Duty<'_>> {
    let mut all = rules(call);
    all.extend(call.limits.iter().map(limit));
    all.extend(call.deadlines.iter().map(|one| deadline(call, one)));
    all.extend(papers(call));
    all.extend(character_limits(call));
    all.extend(call.items().map(|item| Duty {
        what: format!("item {}", item.id),
        code: "promise_below_threshold",
        source: &item.source,
        field: Field::Any,
        asks: Box::new(
            |question| matches!(question, Question::Promise { item: asked, .. } if *asked == item.id),
        ),
    }));
    all.extend(call.recommendation.iter().filter(|recommendation| recommendation.admits.len() < 3).map(
        |recommendation| Duty {
            what: "recommending regions".to_owned(),
            code: "region_not_admitted",
            source: &recommendation.source,
            field: Field::Any,
            asks: Box::new(|question| matches!(question, Question::List { .. })),
        },
    ));
    all
}

fn is_application(question: &Question) -> bool {
    matches!(question, Question::Application { .. })
}

fn rules(call: &Call) -> Vec<Duty<'_>> {
    let judged = |check: &Check| matches!(check, Check::Expression { .. });
    call.rules
        .iter()
        .filter(|rule| judged(&rule.check) || rule.code == "field_blank")
        .map(|rule| Duty {
            what: format!("rule {}", rule.code),
            code: &rule.code,
            source: &rule.source,
            field: Field::Any,
            asks: Box::new(is_application),
        })
        .collect()
}

fn limit(limit: &Limit) -> Duty<'_> {
    let asks: Box<dyn Fn(&Question) -> bool> = match limit.counts {
        Counted::Partners | Counted::Members | Counted::ApplicationsLed => Box::new(is_application),
        Counted::Recommendations => Box::new(|question| match question {
            Question::List { region, .. } => {
                limit.regions.is_empty() || limit.regions.contains(&region.kind())
            }
            _ => false,
        }),
        Counted::Shortlisted | Counted::Winners => Box::new(
            |question| matches!(question, Question::Selection { counted, .. } if *counted == limit.counts),
        ),
        Counted::Funding => Box::new(|question| matches!(question, Question::Asked { .. })),
    };
    let regions: Vec<&str> = limit.regions.iter().map(|kind| kind.id()).collect();
    let what = format!("limit {} {}", limit.code, regions.join(" "));
    Duty { what, code: &limit.code, source: &limit.source, field: Field::Any, asks }
}

fn deadline<'c>(call: &'c Call, deadline: &'c Deadline) -> Duty<'c> {
    let asks: Box<dyn Fn(&Question) -> bool> = match deadline.actor {
        Actor::Recommender => Box::new(|question| matches!(question, Question::List { at: Some(_), .. })),
        Actor::Applicant => Box::new(|question| match question {
            Question::Application { at: Some((_, event)), .. } => {
                let last = call.deadline(Actor::Applicant).map(|last| last.event.as_str());
                event.as_deref().or(last) == Some(deadline.event.as_str())
            }
            _ => false,
        }),
    };
    let what = format!("deadline {} {}", deadline.actor.id(), deadline.event);
    Duty { what, code: "deadline_passed", source: &deadline.source, field: Field::Any, asks }
}

/// Evidence and declarations.
fn papers(call: &Call) -> Vec<Duty<'_>> {
    let paper = |what: &str, id: &str, code, source| Duty {
        what: format!("{what} {id}"),
        code,
        source,
        field: Field::Below(format!("{what}.{id}")),
        asks: Box::new(is_application),
    };
    let needed = call.evidence.iter().filter(|evidence| !evidence.if_any);
    let mut all: Vec<Duty<'_>> = needed
        .map(|evidence| paper("evidence", &evidence.id, "evidence_missing", &evidence.source))
        .collect();
    for declaration in &call.declarations {
        for code in ["declaration_missing", "signer_differs"] {
            all.push(paper("declaration", &declaration.id, code, &declaration.source));
        }
    }
    all
}

fn character_limits(call: &Call) -> Vec<Duty<'_>> {
    let duty = |what: String, source, field| Duty {
        what: format!("character limit of {what}"),
        code: "text_too_long",
        source,
        field,
        asks: Box::new(is_application),
    };
    let mut all = Vec::new();
    for (_, field) in call.fields() {
        if let Some(limit) = &field.limit {
            all.push(duty(field.id.clone(), &limit.source, Field::Below(field.id.clone())));
        }
        let columns = match &field.kind {
            FieldKind::Table(columns) => columns.as_slice(),
            _ => &[],
        };
        for column in columns {
            if let Some(limit) = &column.limit {
                let what = format!("{}.{}", field.id, column.id);
                all.push(duty(what, &limit.source, Field::Column(&field.id, &column.id)));
            }
        }
    }
    all
}
