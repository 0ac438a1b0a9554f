//! What is wrong with a file, where, and how to mend it.

use jiebang_domain::shared::Text;
use serde::Serialize;

/// One thing that is wrong with a call file (诊断).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable name of the fault.
    pub code: &'static str,
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: Text,
    /// How to mend it.
    pub help: Text,
}

/// A step into a file: a key of a table or a place in an array.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Key.
    Key(String),
    /// Place from 0.
    Place(usize),
}

/// A place in a file as steps from the root, plus characters into the value found there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Steps from the root.
    pub steps: Vec<Step>,
    /// Characters into a string value, from 0; for faults inside an expression.
    pub inside: Option<usize>,
    /// Point at the key rather than at its value.
    pub at_key: bool,
    /// The last step leads into an array of a fixed length, which cannot do without the element.
    pub fixed: bool,
}

impl Place {
    /// The root of the file.
    pub fn root() -> Self {
        Self::default()
    }

    /// The value under `key`.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        let mut steps = self.steps.clone();
        steps.push(Step::Key(key.into()));
        Self { steps, ..Self::default() }
    }

    /// The element at `place`.
    #[must_use]
    pub fn nth(&self, place: usize) -> Self {
        let mut steps = self.steps.clone();
        steps.push(Step::Place(place));
        Self { steps, ..Self::default() }
    }

    /// The same place, in an array of a fixed length.
    #[must_use]
    pub fn fixed(mut self, fixed: bool) -> Self {
        self.fixed = fixed;
        self
    }

    /// The key itself, not its value.
    #[must_use]
    pub fn key_itself(mut self) -> Self {
        self.at_key = true;
        self
    }

    /// A character inside the string value.
    #[must_use]
    pub fn inside(mut self, offset: usize) -> Self {
        self.inside = Some(offset);
        self
    }
}

/// A fault with its place, before the place is turned into line and column.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Stable name.
    pub code: &'static str,
    /// Where.
    pub place: Place,
    /// What is wrong.
    pub message: Text,
    /// How to mend it.
    pub help: Text,
}

impl Fault {
    /// A fault at a place.
    pub fn new(code: &'static str, place: Place, message: Text, help: Text) -> Self {
        Self { code, place, message, help }
    }
}

/// The entry of `names` nearest to `word`, when it is near enough to be meant.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(word, name), name))
        .filter(|(distance, name)| *distance <= 2.max(name.chars().count() / 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
