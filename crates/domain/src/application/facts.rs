//! The facts that expressions of a call may speak of, from a draft.

use super::{Draft, PARTNERS, Row, Value, applicable};
use crate::call::{Call, Fact, Facts, Field, FieldKind, Kind};
use crate::shared::OrganisationCode;

/// Columns of a work plan.
pub const PLAN_COLUMNS: [&str; 4] = ["what", "lane", "from", "to"];

/// Facts of a draft under a call: `applicant`, `partners`, `form`, `task`, `evidence`. A question of yes or no without an answer
/// reads as no.
pub fn facts<'v>(call: &'v Call, draft: &'v Draft) -> Facts<'v> {
    facts_with(call, draft, &|_| false)
}

/// The same for the rules: no answer is [`Fact::Unanswered`] where an answer is required of the draft, so that the blank is itself
/// a finding. `facts` are those of [`facts`].
pub(super) fn facts_of_rules<'v>(call: &'v Call, draft: &'v Draft, facts: &Facts<'v>) -> Facts<'v> {
    facts_with(call, draft, &|field| applicable(field, facts))
}

/// Facts in which the questions of the fields that are `asked` may stay open.
fn facts_with<'v>(call: &'v Call, draft: &'v Draft, asked: &dyn Fn(&Field) -> bool) -> Facts<'v> {
    let filled = |field: &'v Field| fact_of(field, draft.content.0.get(&field.id), asked(field));
    let form = Fact::record(call.fields().map(|(_, field)| (field.id.as_str(), filled(field))));
    let partners = call.fields().find(|(_, field)| field.id == PARTNERS);
    let partners = partners.map(|(_, field)| ("partners", filled(field)));
    let evidence = call.evidence.iter().map(|evidence| {
        let count = draft.evidence.iter().filter(|file| file.evidence == evidence.id).count();
        (evidence.id.as_str(), i64::try_from(count).unwrap_or(i64::MAX).into())
    });
    let all = [
        ("applicant", applicant(draft)),
        ("form", form),
        ("task", task(call, draft)),
        ("evidence", Fact::record(evidence)),
    ];
    all.into_iter().chain(partners).collect()
}

fn applicant(draft: &Draft) -> Fact<'_> {
    let applicant = &draft.applicant;
    Fact::record([
        ("kind", Fact::from(applicant.kind.as_str())),
        ("region", applicant.region.code().into()),
        ("region_kind", applicant.region.kind().id().into()),
        ("legal_person", applicant.legal_person.into()),
        ("mainland", applicant.mainland.into()),
        ("led_before", i64::from(draft.led_before).into()),
    ])
}

/// The chosen task: its id, whether it is free text, and the id of its ancestor at each level.
fn task<'v>(call: &'v Call, draft: &'v Draft) -> Fact<'v> {
    let path = call.path(draft.content.text("task"));
    let leaf = path.last();
    let levels = call.levels.keys().map(|level| {
        let ancestor = path.iter().find(|node| node.level == *level).map_or("", |node| node.id.as_str());
        (level.as_str(), Fact::from(ancestor))
    });
    let own = [
        ("id", Fact::from(leaf.map_or("", |node| node.id.as_str()))),
        ("free_text", leaf.is_some_and(|node| node.free_text).into()),
    ];
    Fact::record(own.into_iter().chain(levels))
}

/// A value as its field's kind says, with an empty value where there is none. Where the field is `asked`, a required answer that is
/// not there is none.
fn fact_of<'v>(field: &'v Field, value: Option<&'v Value>, asked: bool) -> Fact<'v> {
    match (&field.kind, value) {
        (FieldKind::Boolean, Some(Value::Boolean(yes))) => (*yes).into(),
        // As the finding on a blank field has it: what is not blank has no such finding.
        (FieldKind::Boolean, value) if asked && field.required && value.is_none_or(Value::is_blank) => {
            Fact::Unanswered
        }
        (FieldKind::Boolean, _) => false.into(),
        (FieldKind::Number, value) => match value {
            Some(Value::Text(text)) => finite(text).into(),
            _ => 0.0.into(),
        },
        (FieldKind::Table(columns), value) => {
            let record = |row: &'v Row| {
                Fact::record(
                    columns
                        .iter()
                        .map(|column| (column.id.as_str(), fact_of(column, row.get(&column.id), asked))),
                )
            };
            Fact::List(rows(value).iter().map(record).collect())
        }
        (FieldKind::WorkPlan(_), value) => {
            let record =
                |row: &'v Row| Fact::record(PLAN_COLUMNS.map(|column| (column, cell(row, column).into())));
            Fact::List(rows(value).iter().map(record).collect())
        }
        (FieldKind::Indicators, _) => Fact::List(Vec::new()),
        (FieldKind::OrganisationCode, Some(Value::Text(text))) => unit(text).into(),
        (_, Some(Value::Text(text))) => text.as_str().into(),
        _ => "".into(),
    }
}

/// The nine characters that name a unit in both forms of its code, so that rules compare units and not ways of writing; what is
/// no code stays as it is and has its own finding.
fn unit(text: &str) -> String {
    OrganisationCode::parse(text).map_or_else(|_| text.to_owned(), |code| code.organisation_part().to_owned())
}

/// Facts hold finite numbers only; what is no number counts as zero here and has its own finding.
fn finite(text: &str) -> f64 {
    let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite()).unwrap_or(0.0);
    number.clamp(-Kind::NUMBER_MAX, Kind::NUMBER_MAX)
}

fn rows(value: Option<&Value>) -> &[Row] {
    match value {
        Some(Value::Rows(rows)) => rows,
        _ => &[],
    }
}

fn cell<'v>(row: &'v Row, column: &str) -> &'v str {
    match row.get(column) {
        Some(Value::Text(text)) => text,
        _ => "",
    }
}
