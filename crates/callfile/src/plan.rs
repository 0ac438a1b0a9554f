//! Reads plans: what the operator settles where the notice is silent, as data beside the call.
//!
//! ```text
//! plan.toml ─ source (spans) ─ shape (against the schema) ─ lower (meaning, with its call) ─▶ domain::selection::Plan
//! ```

mod classes;
pub mod document;
mod lower;

use jiebang_domain::call::Call;
use jiebang_domain::selection::Plan;
use jiebang_domain::shared::Text;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::sync::OnceLock;
use toml::de::DeTable;

use crate::diagnostic::{Diagnostic, Fault, Place, nearest};
use crate::library::Library;
use crate::shape::{self, Shape};
use crate::source::Source;
use crate::without::LeftOut;
use crate::{Reading, lines_too_long, texts, unfilled, value_unreadable};
use document::PlanDocument;

/// Key of the table by which a plan is known.
pub(crate) const ROOT: &str = "plan";

/// The language of plans as JSON Schema, for editors and for the check of their shape.
pub fn plan_schema() -> &'static Json {
    static SCHEMA: OnceLock<Json> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = schemars::schema_for!(PlanDocument).to_value();
        schema["$id"] = json!("urn:jiebang:plan-language:1");
        schema["title"] = json!("Jiebang plan file");
        schema
    })
}

/// Whether a file is a plan: it has a table `plan`, and is no call.
pub(crate) fn is_plan(table: &DeTable<'_>) -> bool {
    table.contains_key(ROOT) && !table.contains_key("call")
}

/// Reads a plan from its text and checks it against the call that is given, whatever call stands beside it.
pub fn read_plan(text: &str, call: &Call) -> Reading {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = match Source::parse(text) {
        Ok(source) => source,
        Err(errors) => return Reading::unreadable(crate::syntax::diagnostics(text, &errors)),
    };
    if is_plan(source.table()) {
        return read_against(&source, text, |document| {
            let (plan, mut faults) = lower::lower(document, Some(call));
            faults.extend((plan.call != call.id).then(|| of_another_call(&plan, call)));
            ((plan, faults), None)
        });
    }
    Reading::unreadable(vec![Diagnostic {
        code: "not_a_plan",
        line: 1,
        column: 1,
        message: Text::new("这不是方案文件：没有 plan 表", "This is no plan: it has no table plan"),
        help: Text::new("方案以 plan.for 和 plan.title 开头", "A plan begins with plan.for and plan.title"),
    }])
}

fn of_another_call(plan: &Plan, call: &Call) -> Fault {
    Fault::new(
        "call_differs",
        Place::root().key(ROOT).key("for"),
        Text::new(
            format!("这是榜单 {} 的方案，不是 {} 的", plan.call, call.id),
            format!("This is the plan of the call {}, not of {}", plan.call, call.id),
        ),
        Text::new(format!("写 plan.for = \"{}\"", call.id), format!("Write plan.for = \"{}\"", call.id)),
    )
}

/// Reads a plan, and checks it against its call: the one beside it, or else one of the library.
pub(crate) fn read(source: &Source<'_>, text: &str, folder: Option<&Path>, library: &Library) -> Reading {
    read_against(source, text, |document| {
        let (call, told) = call_of(document, folder, library);
        (lower::lower(document, call.as_ref()), told)
    })
}

/// Reads a plan; `lower` takes its meaning with its call, and says why there is none.
fn read_against(
    source: &Source<'_>,
    text: &str,
    lower: impl FnOnce(&PlanDocument) -> ((Plan, Vec<Fault>), Option<Fault>),
) -> Reading {
    let mut errors = lines_too_long(text);
    let Shape { faults, empty, swapped } = shape::check(plan_schema(), source.table());
    let document = document_without(source, &faults);
    errors.extend(
        faults.into_iter().chain(empty).chain(texts::check(source.table())).map(|fault| source.locate(fault)),
    );
    let (document, left_out) = match document {
        Ok(document) => document,
        Err(error) => {
            errors.push(value_unreadable(text, &error));
            return Reading::faulty(errors);
        }
    };
    let locate = |fault: Fault| source.locate(Fault { place: left_out.in_file(fault.place), ..fault });
    let ((plan, faults), told) = lower(&document);
    errors.extend(faults.into_iter().map(locate));
    let mut warnings: Vec<_> = told.into_iter().map(locate).collect();
    let blanks = unfilled::blanks(source.table()).into_iter().map(|(_, blank)| blank);
    warnings.extend(swapped.into_iter().chain(blanks).map(|fault| source.locate(fault)));
    errors.sort_by_key(|error| (error.line, error.column));
    errors.dedup();
    warnings.sort_by_key(|warning| (warning.line, warning.column));
    Reading { plan: Some(plan), warnings, ..Reading::faulty(errors) }
}

/// The document without the values that have a fault of shape, and what was left out.
fn document_without(
    source: &Source<'_>,
    faults: &[Fault],
) -> Result<(PlanDocument, LeftOut), toml::de::Error> {
    if faults.is_empty() {
        return Ok((source.document()?, LeftOut::default()));
    }
    let table = source.values()?;
    let left_out = LeftOut::of(ROOT, &table, faults);
    Ok((left_out.without(ROOT, table, mend)?, left_out))
}

/// Neutral values for what a plan must have and what is missing or was left out; its absence is reported already.
fn mend(table: &mut toml::Table) {
    let Some(toml::Value::Table(plan)) = table.get_mut(ROOT) else { return };
    let empty = || toml::Value::String(String::new());
    plan.entry("for").or_insert_with(empty);
    plan.entry("title").or_insert_with(|| toml::Value::Array(vec![empty(), empty()]));
}

/// The call that a plan is for, when it is found and sound; what an officer should know where it is not.
fn call_of(
    document: &PlanDocument,
    folder: Option<&Path>,
    library: &Library,
) -> (Option<Call>, Option<Fault>) {
    let id = document.plan.call.as_str();
    let place = Place::root().key(ROOT).key("for");
    let beside = folder.and_then(|folder| library.beside(folder).map(|text| (text, Some(folder.to_owned()))));
    let readings = beside.into_iter().chain(library.call(id));
    // What stands in the place of a call is read as one, whatever it is.
    let mut found = readings.filter_map(|(text, folder)| {
        let source = Source::parse(&text).ok()?;
        Some(crate::read_call(&source, &text, folder.as_deref(), library))
    });
    let Some(reading) = found.find(|reading| reading.call.as_ref().is_some_and(|call| call.id == id)) else {
        let known = library.ids();
        let near = nearest(id, known.iter().map(String::as_str));
        let help = match near {
            Some(near) => Text::new(format!("是否指 {near}？"), format!("Did you mean {near}?")),
            None => Text::new(
                "把方案放在榜单旁边（同一文件夹），再检查一次",
                "Put the plan into the folder of its call and check it again",
            ),
        };
        let message = Text::new(
            format!("找不到榜单 {id}，条款和分组没有核对"),
            format!("There is no call {id}: clauses and groups are not checked"),
        );
        return (None, Some(Fault::new("call_not_found", place, message, help)));
    };
    if reading.errors.is_empty() {
        return (reading.call, None);
    }
    let message = Text::new(
        format!("榜单 {id} 有错，条款和分组没有核对"),
        format!("The call {id} is faulty: clauses and groups are not checked"),
    );
    let help = Text::new("先检查榜单文件", "Check the call file first");
    (None, Some(Fault::new("call_faulty", place, message, help)))
}
