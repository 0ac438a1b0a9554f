//! Reads call files, and the plans beside them: text → shape → meaning → [`Call`], with every fault located and a way to mend it.
//!
//! ```text
//! call.toml ─ source (spans) ─ shape (against the schema) ─ lower (meaning) ─▶ domain::call::Call
//! ```

pub mod diagnostic;
pub mod document;
pub mod explain;
mod holidays;
pub mod library;
mod lower;
pub mod plan;
mod schema;
mod shape;
mod shared;
mod skeleton;
mod source;
mod syntax;
mod texts;
mod unfilled;
mod units;
mod without;

use jiebang_domain::call::{Call, with_room_for_expressions};
use jiebang_domain::selection::Plan;
use jiebang_domain::shared::Text;
use std::collections::BTreeSet;
use std::path::Path;

pub use diagnostic::Diagnostic;
pub use holidays::{HolidayFault, holidays, read_holidays};
pub use library::{FILE_BYTES_MAX, Library};
pub use plan::{plan_schema, read_plan};
pub use schema::schema;
pub use skeleton::skeleton;

use diagnostic::{Fault, Place};
use document::Document;
use shape::Shape;
use shared::Shared;
use source::Source;
use without::{LeftOut, mend_call};

/// Most lines of a file.
const LINES_MAX: usize = 400;
/// Bytes that some editors put before the text.
const BYTE_ORDER_MARK: u64 = 3;
/// Most characters of a line.
const LINE_CHARACTERS_MAX: usize = 160;
/// Most shared files that a call extends.
const EXTENDS_MAX: usize = 8;

/// Codes of faults that earlier versions of the check let pass and that leave nothing out of a call: what was published with
/// one is still read as it was.
pub const ONCE_PASSED: [&str; 18] = [
    "character_control",
    "clause_covered",
    "date_differs",
    "extends_loop",
    "id_twice",
    "label_missing",
    "limit_not_judged",
    "limit_zero",
    "limits_conflict",
    "placeholder_unknown",
    "portal_malformed",
    "printed_differs",
    "row_unknown",
    "section_reserved",
    "text_empty",
    "unit_unknown",
    "units_differ",
    "year_far_off",
];

/// What came of reading a file.
#[derive(Debug)]
pub struct Reading {
    /// The file could not be read as TOML; `errors` say why and nothing else is known.
    pub unreadable: bool,
    /// The document as far as its shape is right.
    pub document: Option<Document>,
    /// Shared files that it extends.
    pub shared: Vec<Document>,
    /// The call as far as it can be made; usable only when `errors` is empty. `None` for a shared file.
    pub call: Option<Call>,
    /// The plan as far as it can be made, of a file with a table `plan`; usable only when `errors` is empty.
    pub plan: Option<Plan>,
    /// What must be mended.
    pub errors: Vec<Diagnostic>,
    /// What an officer should look at.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a call, a shared file or a plan from its bytes. `folder` is where it stands, for the shared files beside it.
pub fn read_bytes(bytes: &[u8], folder: Option<&Path>, library: &Library) -> Reading {
    if bytes.len() as u64 > FILE_BYTES_MAX + BYTE_ORDER_MARK {
        return Reading::faulty(vec![too_large()]);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => read(text, folder, library),
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            let (line, column) = source::position(&valid, valid.len());
            let (message, help) = match error.error_len() {
                // The bytes end inside a character: the end of the file is missing.
                None => (
                    Text::new("文件在一个字符中间断了", "The file ends inside a character"),
                    Text::new("文件不完整，重新复制或下载", "It is not complete: copy or download it again"),
                ),
                Some(_) => (
                    Text::new("文件不是 UTF-8 编码", "The file is not UTF-8"),
                    Text::new("另存为 UTF-8（不是 GBK）", "Save it as UTF-8, not GBK"),
                ),
            };
            Reading::unreadable(vec![Diagnostic { code: "not_utf8", line, column, message, help }])
        }
    }
}

/// Reads a call, a shared file or a plan from its text; a plan is checked against its call where that is found.
pub fn read(text: &str, folder: Option<&Path>, library: &Library) -> Reading {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() as u64 > FILE_BYTES_MAX {
        return Reading::faulty(vec![too_large()]);
    }
    let source = match Source::parse(text) {
        Ok(source) => source,
        Err(errors) => return Reading::unreadable(syntax::diagnostics(text, &errors)),
    };
    if plan::is_plan(source.table()) {
        return plan::read(&source, text, folder, library);
    }
    read_call(&source, text, folder, library)
}

/// Reads a call or a shared file.
fn read_call(source: &Source<'_>, text: &str, folder: Option<&Path>, library: &Library) -> Reading {
    let mut errors = lines_too_long(text);
    let Shape { faults, empty, swapped } = shape::check(schema(), source.table());
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
    let (shared, faults) = extended(&document, folder, library);
    errors.extend(faults.into_iter().map(locate));
    let mut lowered = with_room_for_expressions(|| lower::lower(&document, &shared));
    errors.extend(lowered.errors.into_iter().map(locate));
    let mut warnings: Vec<Diagnostic> = lowered.warnings.into_iter().map(locate).collect();
    warnings.extend(swapped.into_iter().map(|fault| source.locate(fault)));
    for (key, blank) in unfilled::blanks(source.table()) {
        if let Some(call) = &mut lowered.call {
            call.blanks.push((key, blank.message.clone()));
        }
        warnings.push(source.locate(blank));
    }
    errors.sort_by_key(|error| (error.line, error.column));
    errors.dedup();
    warnings.sort_by_key(|warning| (warning.line, warning.column));
    Reading {
        unreadable: false,
        document: Some(document),
        shared,
        call: lowered.call,
        plan: None,
        errors,
        warnings,
    }
}

impl Reading {
    fn unreadable(errors: Vec<Diagnostic>) -> Self {
        Self { unreadable: true, ..Self::faulty(errors) }
    }

    fn faulty(errors: Vec<Diagnostic>) -> Self {
        Self {
            unreadable: false,
            document: None,
            shared: Vec::new(),
            call: None,
            plan: None,
            errors,
            warnings: Vec::new(),
        }
    }

    /// The plan, when nothing is wrong with it.
    pub fn sound_plan(self) -> Result<Plan, Vec<Diagnostic>> {
        match self.plan {
            Some(plan) if self.errors.is_empty() => Ok(plan),
            _ => Err(self.errors),
        }
    }

    /// The call, when nothing is wrong with it.
    pub fn sound(self) -> Result<Call, Vec<Diagnostic>> {
        match self.call {
            Some(call) if self.errors.is_empty() => Ok(call),
            _ => Err(self.errors),
        }
    }
}

/// The syntax errors of any TOML file, each with line, column and remedy; empty when there is none.
pub fn syntax_faults(text: &str) -> Vec<Diagnostic> {
    Source::parse(text).err().map(|errors| syntax::diagnostics(text, &errors)).unwrap_or_default()
}

/// What the TOML parser takes but no value can hold; the check of the shape knows every such case, so this is a last resort.
fn value_unreadable(text: &str, error: &toml::de::Error) -> Diagnostic {
    let (line, column) = source::position(text, error.span().map_or(0, |span| span.start));
    Diagnostic {
        code: "value_unreadable",
        line,
        column,
        message: Text::new("此处的值读不出来", "The value here cannot be read"),
        help: Text::new("对照语言说明核对此处的值", "Check it against the description of the language"),
    }
}

/// The document without the values that have a fault of shape, and what was left out.
fn document_without(source: &Source<'_>, faults: &[Fault]) -> Result<(Document, LeftOut), toml::de::Error> {
    if faults.is_empty() {
        return Ok((source.document()?, LeftOut::default()));
    }
    let table = source.values()?;
    let left_out = LeftOut::of("call", &table, faults);
    Ok((left_out.without("call", table, mend_call)?, left_out))
}

fn too_large() -> Diagnostic {
    Diagnostic {
        code: "file_too_large",
        line: 1,
        column: 1,
        message: Text::new(
            format!("文件超过上限 {FILE_BYTES_MAX} 字节"),
            format!("The file is larger than {FILE_BYTES_MAX} bytes"),
        ),
        help: Text::new("把共用内容移到共享文件", "Move what is shared into shared files"),
    }
}

fn lines_too_long(text: &str) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (nth, line) in text.lines().enumerate() {
        let characters = line.chars().count();
        if characters > LINE_CHARACTERS_MAX {
            faults.push(Diagnostic {
                code: "line_too_long",
                line: nth + 1,
                column: LINE_CHARACTERS_MAX + 1,
                message: Text::new(
                    format!("本行 {characters} 个字符，上限 {LINE_CHARACTERS_MAX}"),
                    format!("This line has {characters} characters; the limit is {LINE_CHARACTERS_MAX}"),
                ),
                help: Text::new("换行或缩短", "Break or shorten it"),
            });
        }
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        faults.push(Diagnostic {
            code: "file_too_long",
            line: LINES_MAX + 1,
            column: 1,
            message: Text::new(
                format!("文件有 {lines} 行，上限 {LINES_MAX}"),
                format!("The file has {lines} lines; the limit is {LINES_MAX}"),
            ),
            help: Text::new("把共用内容移到共享文件", "Move what is shared into shared files"),
        });
    }
    faults
}

/// The shared files, nearest last, and what is wrong with naming them.
fn extended(document: &Document, folder: Option<&Path>, library: &Library) -> (Vec<Document>, Vec<Fault>) {
    let mut shared = Vec::new();
    let mut faults = Vec::new();
    for (nth, name) in document.extends.iter().enumerate() {
        let place = Place::root().key("extends").nth(nth);
        if nth == EXTENDS_MAX {
            faults.push(Fault::new(
                "extends_too_many",
                place,
                Text::new(
                    format!("共享文件超过{EXTENDS_MAX}个"),
                    format!("More than {EXTENDS_MAX} shared files are extended"),
                ),
                Text::new("合并共享文件", "Join some of the shared files"),
            ));
            break;
        }
        let Some(text) = library.shared(name, folder) else {
            faults.push(Fault::new(
                "shared_file_missing",
                place,
                Text::new(format!("找不到共享文件 {name}"), format!("There is no shared file {name}")),
                Text::new(
                    format!("把 {name}.toml 放在本文件旁边，或放进 shared/"),
                    format!("Put {name}.toml beside this file or into shared/"),
                ),
            ));
            continue;
        };
        if let Some(path) = loop_through(name, folder, library) {
            faults.push(extends_loop(place.clone(), &path));
        }
        let help = Text::new(
            format!("先对 {name}.toml 运行 jiebang call check"),
            format!("Run jiebang call check on {name}.toml first"),
        );
        let Some(Shared { document, passed }) = shared::read(&text) else {
            let message =
                Text::new(format!("共享文件 {name} 有错"), format!("The shared file {name} is faulty"));
            faults.push(Fault::new("shared_file_faulty", place, message, help));
            continue;
        };
        for fault in passed {
            let message = Text::new(
                format!("共享文件 {name}：{}", fault.message.zh),
                format!("Shared file {name}: {}", fault.message.en),
            );
            faults.push(Fault::new(fault.code, place.clone(), message, help.clone()));
        }
        shared.push(document);
    }
    (shared, faults)
}

/// The names from a shared file down to one that extends a file before it, that file last; `None` where nothing goes round.
fn loop_through(name: &str, folder: Option<&Path>, library: &Library) -> Option<Vec<String>> {
    // Each file once: what leads nowhere need not be followed again.
    let mut done = BTreeSet::new();
    let mut path = vec![name.to_owned()];
    goes_round(&mut path, &mut done, folder, library).then_some(path)
}

fn goes_round(
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
    folder: Option<&Path>,
    library: &Library,
) -> bool {
    let Some(name) = path.last() else { return false };
    let shared = library.shared(name, folder).and_then(|text| shared::read(&text));
    done.insert(name.clone());
    for next in shared.into_iter().flat_map(|shared| shared.document.extends).take(EXTENDS_MAX) {
        let round = path.contains(&next);
        let known = done.contains(&next);
        if !round && (known || path.len() > EXTENDS_MAX) {
            continue;
        }
        path.push(next);
        if round || goes_round(path, done, folder, library) {
            return true;
        }
        path.pop();
    }
    false
}

fn extends_loop(place: Place, path: &[String]) -> Fault {
    let path = path.join(" → ");
    Fault::new(
        "extends_loop",
        place,
        Text::new(
            format!("共享文件互相引用，绕成一圈：{path}"),
            format!("The shared files extend each other in a circle: {path}"),
        ),
        Text::new("从其中一个文件的 extends 中删去引用", "Take the name out of the extends of one of them"),
    )
}

/// Kinds of organisation that the platform knows: id and name, from the shared list.
pub fn organisation_kinds(library: &Library) -> Vec<(String, Text)> {
    let shared = library.shared("organisation-kinds", None).and_then(|text| shared::read(&text));
    let list = shared.and_then(|shared| {
        shared.document.list.into_iter().find(|list| list.id == lower::ORGANISATION_KINDS)
    });
    list.into_iter().flat_map(|list| list.items).map(|item| (item.id, lower::text(&item.name))).collect()
}
