//! Keeps the house as `ARCHITECTURE.md` says: arrows between floors and rooms, words, sizes, names of notices, licences.
//!
//! Each rule is one function from the house to what is wrong with it; all of it is reported at once.

mod floors;
mod licences;
mod names;
mod rust;
mod sizes;
mod words;

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::Path;

/// Something that is out of order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// Path from the root.
    pub file: String,
    /// Line from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// A file of the house.
#[derive(Debug)]
pub(crate) struct File {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// For Rust: the text with comments, literals and test modules blanked, line for line; else the text.
    pub code: String,
}

impl File {
    fn fault(&self, line: usize, message: impl Into<String>) -> Fault {
        Fault { file: self.path.clone(), line, message: message.into() }
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether it is a test, a bench or an example.
    fn is_test(&self) -> bool {
        let parts: Vec<&str> = self.path.split('/').collect();
        let (name, folders) = parts.split_last().unwrap_or((&"", &[]));
        folders.iter().any(|folder| ["tests", "benches", "examples"].contains(folder)) || *name == "tests.rs"
    }
}

/// All that is looked at.
#[derive(Debug)]
pub(crate) struct House {
    /// Files of `crates/` and `xtask/`.
    pub files: Vec<File>,
    /// Call files of `calls/`: path and table.
    pub calls: Vec<(String, toml::Table)>,
}

/// Kinds of file that are looked at.
const KINDS: [&str; 9] = ["rs", "toml", "html", "ftl", "js", "css", "sql", "cedar", "md"];

impl House {
    fn read(root: &Path) -> Result<Self, Box<dyn Error>> {
        let mut house = Self { files: Vec::new(), calls: Vec::new() };
        for folder in ["crates", "xtask"] {
            house.add(root, &root.join(folder))?;
        }
        house.files.sort_by(|one, other| one.path.cmp(&other.path));
        for entry in fs::read_dir(root.join("calls"))? {
            let path = entry?.path().join("call.toml");
            if path.is_file() {
                house.calls.push((relative(root, &path), fs::read_to_string(&path)?.parse()?));
            }
        }
        house.calls.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(house)
    }

    fn add(&mut self, root: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules" {
                self.add(root, &path)?;
            } else if path.extension().is_some_and(|kind| KINDS.iter().any(|known| kind == *known)) {
                let text = fs::read_to_string(&path)?;
                let is_rust = name.ends_with(".rs");
                let code = if is_rust { rust::without_tests(&rust::blanked(&text)) } else { text.clone() };
                self.files.push(File { path: relative(root, &path), text, code });
            }
        }
        Ok(())
    }
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Prints what is worth a look, and fails with all that is out of order.
pub(crate) fn run(root: &Path) -> Result<(), Box<dyn Error>> {
    let house = House::read(root)?;
    for warning in sizes::long_files(&house) {
        println!("worth a look: {warning}");
    }
    let mut faults = Vec::new();
    faults.extend(names::of_notices(&house));
    faults.extend(floors::dependencies(&house));
    faults.extend(floors::forbidden_below(&house));
    faults.extend(floors::rooms(&house));
    faults.extend(words::synonyms(&house));
    faults.extend(words::vague_files(&house));
    faults.extend(words::leftovers(&house));
    faults.extend(sizes::long_functions(&house));
    faults.extend(licences::refused(root).unwrap_or_else(|error| {
        vec![Fault { file: "Cargo.lock".to_owned(), line: 1, message: error.to_string() }]
    }));
    faults.sort();
    faults.dedup();
    if faults.is_empty() {
        println!("tidy: {} files", house.files.len());
        return Ok(());
    }
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    Err(format!("{}\n{} things are out of order", lines.join("\n"), faults.len()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root");
        if let Err(faults) = run(root) {
            panic!("{faults}");
        }
    }

    #[test]
    fn tests_benches_and_examples_are_told_from_the_rest() {
        let file = |path: &str| File { path: path.to_owned(), text: String::new(), code: String::new() };
        for path in ["crates/a/tests/b/c.rs", "crates/a/benches/b.rs", "crates/a/src/b/tests.rs"] {
            assert!(file(path).is_test(), "{path}");
        }
        assert!(!file("crates/testkit/src/lib.rs").is_test());
    }
}
