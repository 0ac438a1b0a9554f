//! Cases: what a call must answer, written as Markdown tables that an officer can read (`docs/cases.md`), and judged through
//! the public rules of the domain.
//!
//! ```text
//! cases/*.md ─ table ─ change, answer ─┐
//! cases/*.toml ─ sample ───────────────┴─ bind (against the call) ─▶ Question ─ judge ─▶ Given, held against Answer
//! ```
//!
//! What must never happen: a row that is skipped. A row that cannot be read is a [`CaseFault`] with file and line.

mod answer;
mod bind;
mod coverage;
mod form;
mod judge;
mod sample;
mod table;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use jiebang_callfile::{Library, read};
use jiebang_domain::application::Draft;
use jiebang_domain::call::Call;

pub use answer::{Answer, Expected};
pub use coverage::uncovered;
pub use form::form_pairs;
pub use judge::{Given, judge};

use bind::Binding;

/// Something in a folder of cases that cannot be read, or a row whose answer is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFault {
    /// Folder of the call and path within it.
    pub file: String,
    /// Line from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for CaseFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// One row of a table, ready to be judged.
#[derive(Debug)]
pub struct Case {
    /// Folder of the call and path of the file within it.
    pub file: String,
    /// Line from 1.
    pub line: usize,
    /// What happens, in words.
    pub words: String,
    /// What is asked of the call.
    pub question: Question,
    /// What the call must answer.
    pub answer: Answer,
}

/// What a case asks of a call.
#[derive(Debug)]
pub enum Question {
    /// Judges an application, and the instant at which it arrives.
    Application {
        /// The application.
        draft: Box<Draft>,
        /// Arrival and event, where they matter.
        at: Option<(jiff::Timestamp, Option<String>)>,
    },
    /// Judges a promise against its threshold.
    Promise {
        /// Id of the item.
        item: String,
        /// What is promised.
        promise: jiebang_domain::shared::Promise,
    },
    /// Judges a recommender's list, and the instant at which it arrives.
    List {
        /// Who recommends.
        region: jiebang_domain::shared::Region,
        /// Applications submitted under it.
        submitted: u32,
        /// Applications that it recommends.
        recommended: u32,
        /// Arrival, where it matters.
        at: Option<jiff::Timestamp>,
    },
    /// Judges how many stand on a list of one group.
    Selection {
        /// What is counted.
        counted: jiebang_domain::call::Counted,
        /// How many.
        count: u32,
    },
    /// Judges money asked for.
    Asked {
        /// Amount.
        amount: jiebang_domain::shared::Number,
        /// Unit.
        unit: String,
    },
    /// Counts the work period from the day of the event that starts it.
    Period(jiebang_domain::call::Anchor, jiff::civil::Date),
    /// Asks whether the form asks a field of an application.
    Applies {
        /// The application.
        draft: Box<Draft>,
        /// The field.
        field: String,
    },
    /// Shows label and hint of a field.
    Show(String),
}

/// A folder of a call: its file, and its cases bound to it.
#[derive(Debug)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// Text of the call file.
    pub text: String,
    /// The call.
    pub call: Call,
    /// Samples by name.
    pub samples: BTreeMap<String, Draft>,
    /// Cases in the order of files and rows.
    pub cases: Vec<Case>,
}

impl Folder {
    /// Reads a folder whole.
    ///
    /// # Errors
    /// Everything in it that cannot be read: the call with its errors, samples, rows.
    pub fn read(path: &Path) -> Result<Self, Vec<CaseFault>> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let files = Files::read(path, &name)?;
        let call = call(&files.call, path, &name)?;
        let binding = Binding::new(&call, files.samples(&name)?);
        let mut faults = Vec::new();
        let mut cases = Vec::new();
        for (file, text) in &files.tables {
            let file = format!("{name}/cases/{file}");
            let fault = |line, message| CaseFault { file: file.clone(), line, message };
            let (rows, broken) = table::rows(text);
            faults.extend(broken.into_iter().map(|broken| fault(broken.line, broken.message)));
            for row in rows {
                match binding
                    .question(&row.changes)
                    .and_then(|asked| Ok((asked, Answer::parse(&row.answer)?)))
                {
                    Ok((question, answer)) => {
                        cases.push(Case {
                            file: file.clone(),
                            line: row.line,
                            words: row.words,
                            question,
                            answer,
                        });
                    }
                    Err(message) => faults.push(fault(row.line, message)),
                }
            }
        }
        let samples = binding.into_samples().map_err(|(sample, message)| {
            vec![CaseFault { file: format!("{name}/cases/{sample}.toml"), line: 1, message }]
        })?;
        if cases.is_empty() && faults.is_empty() {
            faults.push(CaseFault {
                file: format!("{name}/cases"),
                line: 1,
                message: "no case stands here".to_owned(),
            });
        }
        if faults.is_empty() {
            Ok(Self { path: path.to_owned(), text: files.call, call, samples, cases })
        } else {
            Err(faults)
        }
    }

    /// Every case that `call` answers otherwise than its row says.
    pub fn failures(&self, call: &Call) -> Vec<CaseFault> {
        self.cases.iter().filter_map(|case| case.failure(call)).collect()
    }
}

impl Case {
    /// The answer that differs: words of the row, what it wants, what it gets.
    pub fn failure(&self, call: &Call) -> Option<CaseFault> {
        let given = judge(call, &self.question);
        (!self.answer.is_met_by(&given)).then(|| CaseFault {
            file: self.file.clone(),
            line: self.line,
            message: format!("{}\n    want {}\n    got  {given}", self.words, self.answer),
        })
    }
}

/// Texts of the files of a folder.
struct Files {
    call: String,
    tables: Vec<(String, String)>,
    samples: Vec<(String, String)>,
}

impl Files {
    fn read(path: &Path, name: &str) -> Result<Self, Vec<CaseFault>> {
        let unreadable = |file: &str, error: std::io::Error| {
            vec![CaseFault { file: format!("{name}/{file}"), line: 1, message: error.to_string() }]
        };
        let call = std::fs::read_to_string(path.join("call.toml"))
            .map_err(|error| unreadable("call.toml", error))?;
        let mut files = Self { call, tables: Vec::new(), samples: Vec::new() };
        let entries = std::fs::read_dir(path.join("cases")).map_err(|error| unreadable("cases", error))?;
        for entry in entries {
            let file = entry.map_err(|error| unreadable("cases", error))?.path();
            let own = file.file_name().map(|own| own.to_string_lossy().into_owned()).unwrap_or_default();
            let text =
                std::fs::read_to_string(&file).map_err(|error| unreadable(&format!("cases/{own}"), error))?;
            match own.rsplit_once('.') {
                Some((_, "md")) => files.tables.push((own, text)),
                Some((stem, "toml")) => files.samples.push((stem.to_owned(), text)),
                _ => {
                    let message = "neither a table (.md) nor a sample (.toml)".to_owned();
                    return Err(vec![CaseFault { file: format!("{name}/cases/{own}"), line: 1, message }]);
                }
            }
        }
        files.tables.sort();
        files.samples.sort();
        Ok(files)
    }

    fn samples(&self, name: &str) -> Result<BTreeMap<String, sample::Sample>, Vec<CaseFault>> {
        let mut samples = BTreeMap::new();
        let mut faults = Vec::new();
        for (stem, text) in &self.samples {
            match sample::Sample::parse(text) {
                Ok(sample) => {
                    samples.insert(stem.clone(), sample);
                }
                Err((line, message)) => {
                    faults.push(CaseFault { file: format!("{name}/cases/{stem}.toml"), line, message });
                }
            }
        }
        if faults.is_empty() { Ok(samples) } else { Err(faults) }
    }
}

fn call(text: &str, path: &Path, name: &str) -> Result<Call, Vec<CaseFault>> {
    read(text, Some(path), &Library::default()).sound().map_err(|errors| {
        errors
            .into_iter()
            .map(|error| CaseFault {
                file: format!("{name}/call.toml"),
                line: error.line,
                message: format!("{} ({})", error.message.en, error.code),
            })
            .collect()
    })
}
