//! `jiebang call …`: check, explain, schema, new.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use jiebang_callfile::explain::explain;
use jiebang_callfile::{Diagnostic, FILE_BYTES_MAX, Library, Reading};
use jiebang_domain::shared::{Language, Text};
use serde::Serialize;

use crate::output::{self, NO, UNREADABLE, WELL};

/// Form of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Plain words.
    #[default]
    Text,
    /// JSON.
    Json,
}

/// Commands on call files.
#[derive(Debug, Subcommand)]
pub enum CallCommand {
    /// Check call files and plans: every fault with its place and a way to mend it.
    Check {
        /// Call files, plans, shared files, or folders of them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Marked blanks count as errors.
        #[arg(long)]
        publishable: bool,
        /// Form of the result.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Folder with further calls and shared files.
        #[arg(long, env = "JIEBANG_CALLS")]
        calls: Option<PathBuf>,
    },
    /// Print a whole call in plain words, to read against the notice.
    Explain {
        /// Id of a call, or path of a call file.
        call: String,
        /// Form of the result.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// Folder with further calls and shared files.
        #[arg(long, env = "JIEBANG_CALLS")]
        calls: Option<PathBuf>,
    },
    /// Print the JSON Schema of the call language, for editors.
    Schema {
        /// The language of plans instead.
        #[arg(long)]
        plan: bool,
    },
    /// Begin a new call file with its blanks marked.
    New {
        /// Id of the call.
        id: String,
        /// File to write; stdout when absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

/// Name of the holiday table.
const HOLIDAYS: &str = "holidays.toml";

/// A file of this size is refused, with a byte order mark as without.
const MORE_THAN_ALLOWED: u64 = FILE_BYTES_MAX + 4;

#[derive(Serialize)]
struct Checked {
    files: Vec<CheckedFile>,
}

#[derive(Serialize)]
struct CheckedFile {
    path: String,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    #[serde(skip)]
    exit: u8,
}

/// Runs a command; returns the exit code.
pub fn run(command: CallCommand, language: Language) -> u8 {
    match command {
        CallCommand::Check { paths, publishable, format, calls } => {
            check(&paths, publishable, format, &library(calls), language)
        }
        CallCommand::Explain { call, format, calls } => {
            explain_call(&call, format, &library(calls), language)
        }
        CallCommand::Schema { plan } => {
            let schema = if plan { jiebang_callfile::plan_schema() } else { jiebang_callfile::schema() };
            output::result(&serde_json::to_string_pretty(schema).unwrap_or_default());
            WELL
        }
        CallCommand::New { id, out } => new(&id, out.as_deref(), language),
    }
}

fn library(calls: Option<PathBuf>) -> Library {
    Library { calls, ..Library::default() }
}

fn check(paths: &[PathBuf], publishable: bool, format: Format, library: &Library, language: Language) -> u8 {
    let mut files = Vec::new();
    for path in paths {
        let found = files_below(path);
        if found.is_empty() {
            let fault = Text::new("文件夹中没有榜单文件", "There is no call file in this folder");
            files.push(unopened(path, "no_files", fault));
        }
        files.extend(found.iter().map(|file| check_file(file, publishable, library)));
    }
    let exit = files.iter().map(|file| file.exit).max().unwrap_or(WELL);
    match format {
        Format::Json => output::result(&serde_json::to_string_pretty(&Checked { files }).unwrap_or_default()),
        Format::Text => output::result(&words(&files, language)),
    }
    exit
}

/// Tells what is wrong with the calls of an operator's folder before they are served; false where the folder cannot be read.
pub fn tell_faults(folder: &Path, language: Language) -> bool {
    if let Err(error) = std::fs::read_dir(folder) {
        let error = output::os(&error);
        let shown = folder.display();
        let text = Text::new(
            format!("打不开榜单文件夹 {shown}：{}", error.zh),
            format!("The folder of calls {shown} cannot be opened: {}", error.en),
        );
        output::message(&text, language);
        return false;
    }
    let library = library(Some(folder.to_owned()));
    let files = files_below(folder);
    let faulty = files.iter().map(|file| check_file(file, false, &library)).filter(|file| file.exit != WELL);
    let faulty: Vec<CheckedFile> = faulty.collect();
    if !faulty.is_empty() {
        let told = words(&faulty, language);
        let zh = format!("下列榜单文件有错误，没有载入：\n{told}");
        let en = format!("These call files have errors and were left out:\n{told}");
        output::message(&Text::new(zh, en), language);
    }
    true
}

/// A file itself; below a folder every `call.toml`, plan and shared file, but not the samples of cases.
fn files_below(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let mut found = Vec::new();
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() && name != "cases" && depth < 4 {
                folders.push((path, depth + 1));
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn check_file(path: &Path, publishable: bool, library: &Library) -> CheckedFile {
    let shown = path.display().to_string();
    let reading = match bounded(path) {
        Ok(bytes) if path.file_name().is_some_and(|name| name == HOLIDAYS) => {
            return checked_holidays(shown, &bytes);
        }
        Ok(bytes) => jiebang_callfile::read_bytes(&bytes, Some(folder_of(path)), library),
        Err(error) => {
            let fault = Text::new(
                format!("打不开文件：{}", error.zh),
                format!("The file cannot be opened: {}", error.en),
            );
            return unopened(path, "cannot_open", fault);
        }
    };
    let blank = reading.warnings.iter().any(|warning| warning.code == "blank");
    let exit = match &reading {
        Reading { unreadable: true, .. } => UNREADABLE,
        Reading { errors, .. } if !errors.is_empty() => NO,
        _ if publishable && blank => NO,
        _ => WELL,
    };
    CheckedFile { path: shown, errors: reading.errors, warnings: reading.warnings, exit }
}

/// The holiday table stands among the shared files and is none.
fn checked_holidays(path: String, bytes: &[u8]) -> CheckedFile {
    let at_start = |code, message, help| Diagnostic { code, line: 1, column: 1, message, help };
    let Ok(text) = std::str::from_utf8(bytes) else {
        let message = Text::new("文件不是 UTF-8 编码", "The file is not UTF-8");
        let help = Text::new("另存为 UTF-8（不是 GBK）", "Save it as UTF-8, not GBK");
        let errors = vec![at_start("not_utf8", message, help)];
        return CheckedFile { path, errors, warnings: Vec::new(), exit: UNREADABLE };
    };
    let syntax = jiebang_callfile::syntax_faults(text);
    if !syntax.is_empty() {
        return CheckedFile { path, errors: syntax, warnings: Vec::new(), exit: UNREADABLE };
    }
    let faults = jiebang_callfile::read_holidays(text).err().unwrap_or_default();
    let errors: Vec<_> =
        faults.into_iter().map(|fault| at_start("holidays_faulty", fault.message, fault.remedy)).collect();
    let exit = if errors.is_empty() { WELL } else { NO };
    CheckedFile { path, errors, warnings: Vec::new(), exit }
}

fn unopened(path: &Path, code: &'static str, message: Text) -> CheckedFile {
    CheckedFile {
        path: path.display().to_string(),
        errors: vec![Diagnostic {
            code,
            line: 1,
            column: 1,
            message,
            help: Text::new("检查路径和权限", "Check the path and the permissions"),
        }],
        warnings: Vec::new(),
        exit: UNREADABLE,
    }
}

/// The bytes of a file, but not many more than are allowed: the reader then says that it is too large. What is no file, such as
/// a pipe or a device, may have no end and is not opened.
fn bounded(path: &Path) -> Result<Vec<u8>, Text> {
    let metadata = std::fs::metadata(path).map_err(|error| output::os(&error))?;
    if !metadata.is_file() {
        return Err(Text::new("这不是普通文件", "this is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MORE_THAN_ALLOWED).read_to_end(&mut bytes))
        .map_err(|error| output::os(&error))?;
    Ok(bytes)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn words(files: &[CheckedFile], language: Language) -> String {
    let zh = language == Language::Zh;
    let mut out = String::new();
    for file in files {
        for (kind, all) in [
            (if zh { "错误" } else { "error" }, &file.errors),
            (if zh { "提示" } else { "warning" }, &file.warnings),
        ] {
            for found in all {
                out += &format!(
                    "{}:{}:{} {kind} [{}] {}\n    {}\n",
                    file.path,
                    found.line,
                    found.column,
                    found.code,
                    found.message.get(language),
                    found.help.get(language)
                );
            }
        }
    }
    let errors: usize = files.iter().map(|file| file.errors.len()).sum();
    let warnings: usize = files.iter().map(|file| file.warnings.len()).sum();
    out += &if zh {
        format!("{} 个文件，{errors} 处错误，{warnings} 处提示\n", files.len())
    } else {
        format!("{} files, {errors} errors, {warnings} warnings\n", files.len())
    };
    out
}

fn explain_call(call: &str, format: Format, library: &Library, language: Language) -> u8 {
    let path = Path::new(call);
    let (bytes, folder) = match library.call(call) {
        Some((text, folder)) if !path.is_file() => (text.into_bytes(), folder),
        _ => match bounded(path) {
            Ok(bytes) => (bytes, Some(folder_of(path).to_owned())),
            Err(error) => {
                output::message(
                    &Text::new(
                        format!("没有榜单 {call}，也打不开这个文件：{}", error.zh),
                        format!("There is no call {call}, and no such file can be opened: {}", error.en),
                    ),
                    language,
                );
                return UNREADABLE;
            }
        },
    };
    let reading = jiebang_callfile::read_bytes(&bytes, folder.as_deref(), library);
    for error in &reading.errors {
        let place = format!("{call}:{}:{} [{}] ", error.line, error.column, error.code);
        let text = Text::new(format!("{place}{}", error.message.zh), format!("{place}{}", error.message.en));
        output::message(&text, language);
    }
    let (Some(document), Some(made)) = (&reading.document, &reading.call) else {
        if !reading.unreadable {
            output::message(
                &Text::new("文件中没有 [call]，无可说明", "The file has no [call] to explain"),
                language,
            );
        }
        return if reading.unreadable { UNREADABLE } else { NO };
    };
    let explanation = explain(document, made);
    match format {
        Format::Json => output::result(&serde_json::to_string_pretty(&explanation).unwrap_or_default()),
        Format::Text => output::result(&explanation.words(made, language)),
    }
    if reading.errors.is_empty() { WELL } else { NO }
}

fn new(id: &str, out: Option<&Path>, language: Language) -> u8 {
    let plain =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
        output::message(
            &Text::new(
                "编号只能用小写字母、数字和连字符",
                "The id may hold only lower-case letters, digits and hyphens",
            ),
            language,
        );
        return UNREADABLE;
    }
    let text = jiebang_callfile::skeleton(id);
    let Some(path) = out else {
        output::result(&text);
        return WELL;
    };
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    match written {
        Ok(()) => WELL,
        Err(error) => {
            let error = output::os(&error);
            output::message(
                &Text::new(
                    format!("写不了 {}：{}", path.display(), error.zh),
                    format!("{} cannot be written: {}", path.display(), error.en),
                ),
                language,
            );
            UNREADABLE
        }
    }
}
