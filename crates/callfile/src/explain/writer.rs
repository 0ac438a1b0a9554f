//! Lines of plain words in one language.

use jiebang_domain::shared::{ClauseId, Language, Text};

/// What a reader sees.
#[derive(Debug)]
pub(super) struct Writer {
    out: String,
    language: Language,
}

impl Writer {
    pub(super) fn new(language: Language) -> Self {
        Self { out: String::new(), language }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// The words of the language.
    pub(super) fn pick<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.language == Language::Zh { zh } else { en }
    }

    /// A text in the language.
    pub(super) fn say<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.language)
    }

    /// A heading with an empty line before it.
    pub(super) fn heading(&mut self, zh: &str, en: &str) {
        self.out += "\n";
        self.line(0, self.pick(zh, en).to_owned().as_str());
    }

    pub(super) fn line(&mut self, depth: usize, words: &str) {
        self.out += &"  ".repeat(depth);
        self.out += words.trim_end();
        self.out.push('\n');
    }

    /// `label: value`, where there is a value.
    pub(super) fn fact(&mut self, depth: usize, label: (&str, &str), value: &str) {
        if !value.is_empty() {
            let colon = self.pick("：", ": ");
            let line = format!("{}{colon}{value}", self.pick(label.0, label.1));
            self.line(depth, &line);
        }
    }

    pub(super) fn texts<'t>(&self, texts: impl IntoIterator<Item = &'t Text>) -> String {
        let all: Vec<&str> = texts.into_iter().map(|text| self.say(text)).collect();
        all.join(self.pick("、", ", "))
    }

    /// Clauses in brackets; without one, the operator's plan.
    pub(super) fn clauses(&self, clauses: &[ClauseId]) -> String {
        if clauses.is_empty() {
            return format!("[{}]", self.pick("运营方案", "operator"));
        }
        let all: Vec<&str> = clauses.iter().map(ClauseId::as_str).collect();
        format!("[{}]", all.join(self.pick("、", ", ")))
    }
}
