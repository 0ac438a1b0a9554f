//! The parser of the `cel` crate, on a stack of its own, and its messages in two languages.

use cel::{ParseError, ParseErrors, Program};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use super::{ExpressionFault, words};

/// Room for the deepest source that passes the scan, also in a build without optimisation, where the generated parser
/// takes some 200 KB for each bracket.
const STACK_BYTES: usize = 16 * 1024 * 1024;

thread_local! {
    /// Whether this thread has room for the parser.
    static ROOMY: Cell<bool> = const { Cell::new(false) };
}

/// Does work that compiles many expressions on one stack with room for them all; otherwise each takes a thread of its own.
pub fn with_room_for_expressions<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if ROOMY.get() {
        return work();
    }
    let mut work = Some(work);
    let done = thread::scope(|scope| {
        let builder = thread::Builder::new().name("expressions".to_owned()).stack_size(STACK_BYTES);
        let work = &mut work;
        let worker = builder.spawn_scoped(scope, move || {
            ROOMY.set(true);
            work.take().map(|work| work())
        });
        worker.ok().and_then(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    });
    match (done, work) {
        (Some(done), _) => done,
        // Without a thread for all, the work goes on here and each expression tries one of its own.
        (None, Some(work)) => work(),
        (None, None) => unreachable!("work that was taken was done"),
    }
}

/// Parses a source that passed the scan.
pub(super) fn parse(source: &str) -> Result<Program, ExpressionFault> {
    let compile = || catch_unwind(AssertUnwindSafe(|| Program::compile(source))).ok();
    let parsed = if ROOMY.get() {
        compile()
    } else {
        thread::scope(|scope| {
            let builder = thread::Builder::new().name("expression".to_owned()).stack_size(STACK_BYTES);
            builder.spawn_scoped(scope, compile).ok().and_then(|parser| parser.join().ok()).flatten()
        })
    };
    match parsed {
        Some(Ok(program)) => Ok(program),
        Some(Err(errors)) => Err(translate(source, &errors)),
        None => Err(words::unreadable(0)),
    }
}

/// The first error; those after it follow from the parser's attempts to go on.
fn translate(source: &str, errors: &ParseErrors) -> ExpressionFault {
    let syntax = errors.errors.iter().find(|error| error.msg.starts_with("Syntax error: "));
    let Some(error) = syntax.or(errors.errors.first()) else { return words::unreadable(0) };
    let offset = offset(source, error);
    let message = error.msg.strip_prefix("Syntax error: ").unwrap_or(&error.msg);
    if let Some(word) = message.strip_prefix("reserved identifier: ") {
        return words::reserved(offset, word);
    }
    if message.starts_with("invalid ") && message.ends_with(" literal") {
        return words::number_out_of_range(offset);
    }
    if message.starts_with("invalid string literal") {
        return words::escape(offset);
    }
    match message {
        "argument must be a simple name" => return words::variable_no_name(offset),
        "invalid argument to has() macro" => return words::has_not_needed(offset),
        message if message.starts_with("unsupported syntax") => return words::unsupported(offset),
        _ => {}
    }
    match offending(message) {
        Some("<EOF>") => words::unfinished(offset),
        Some(token) => words::unexpected(offset, token),
        None => words::unreadable(offset),
    }
}

/// Characters before an error, from its line and column.
fn offset(source: &str, error: &ParseError) -> usize {
    let (line, column) = error.pos;
    let line = usize::try_from(line).unwrap_or(0).saturating_sub(1);
    let column = usize::try_from(column).unwrap_or(0).saturating_sub(1);
    let before: usize = source.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
    (before + column).min(source.chars().count())
}

/// The token in `mismatched input 'x' expecting …`, `extraneous input 'x' …` and `missing ')' at 'x'`.
fn offending(message: &str) -> Option<&str> {
    let rest =
        ["mismatched input '", "extraneous input '"].iter().find_map(|start| message.strip_prefix(start));
    let rest = match rest {
        Some(rest) => rest,
        None if message.starts_with("missing ") => message.split_once(" at '")?.1,
        None => return None,
    };
    let end = rest.find("' expecting ").or_else(|| rest.rfind('\''))?;
    rest.get(..end)
}
