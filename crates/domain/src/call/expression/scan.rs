//! Limits and lexical faults, found before the parser sees a source: its recursion is bounded here.

use super::{ExpressionFault, words};

/// Longest expression, in characters.
pub(super) const LENGTH_MAX: usize = 1_000;
/// Deepest nesting of brackets.
pub(super) const BRACKETS_MAX: usize = 16;
/// Most `?:` of one expression.
pub(super) const TERNARIES_MAX: usize = 16;
/// Longest run of `!` or of `-`.
const SIGNS_MAX: usize = 2;

/// All faults that can be seen without the grammar; none means that the source may be parsed.
pub(super) fn scan(source: &str) -> Vec<ExpressionFault> {
    if source.chars().nth(LENGTH_MAX).is_some() {
        return vec![words::too_long()];
    }
    if source.chars().all(is_space) {
        return vec![words::empty()];
    }
    let mut scanner = Scanner::new(source);
    while let Some(character) = scanner.peek(0) {
        if !scanner.step(character) {
            break;
        }
    }
    scanner.finish()
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

struct Scanner {
    characters: Vec<char>,
    position: usize,
    open: Vec<(char, usize)>,
    ternaries: usize,
    /// Sign of the token before, and how often it was repeated.
    signs: Option<(char, usize)>,
    faults: Vec<ExpressionFault>,
}

impl Scanner {
    fn new(source: &str) -> Self {
        let characters = source.chars().collect();
        Self { characters, position: 0, open: Vec::new(), ternaries: 0, signs: None, faults: Vec::new() }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.position + ahead).copied()
    }

    fn fault(&mut self, fault: ExpressionFault) {
        self.faults.push(fault);
    }

    /// Passes one token; false where reading on makes no sense.
    fn step(&mut self, character: char) -> bool {
        if is_space(character) {
            self.position += 1;
            return true;
        }
        let next = self.peek(1);
        let is_sign = character == '-' || (character == '!' && next != Some('='));
        if !is_sign {
            self.signs = None;
        }
        match character {
            '!' | '-' if is_sign => self.sign(character),
            '"' | '\'' => self.text(character),
            '(' | '[' => {
                self.open.push((character, self.position));
                if self.open.len() > BRACKETS_MAX {
                    self.fault(words::brackets_too_deep(self.position));
                    return false;
                }
                self.position += 1;
            }
            ')' | ']' => self.close(character),
            '?' => {
                self.ternaries += 1;
                if self.ternaries == TERNARIES_MAX + 1 {
                    self.fault(words::too_many_ternaries(self.position));
                }
                self.position += 1;
            }
            '=' | '&' | '|' | '<' | '>' | '!' => self.operator(character),
            '/' if next == Some('/') => {
                self.fault(words::comment(self.position));
                while self.peek(0).is_some_and(|character| character != '\n') {
                    self.position += 1;
                }
            }
            '+' | '*' | '%' | '/' | ',' | '.' | ':' => self.position += 1,
            character if is_word(character) => self.word(),
            character if character.is_ascii() || character.is_control() => {
                self.fault(words::character(self.position, character));
                self.position += 1;
            }
            character => self.foreign(character),
        }
        true
    }

    fn sign(&mut self, character: char) {
        let run = match self.signs {
            Some((sign, run)) if sign == character => run + 1,
            _ => 1,
        };
        if run == SIGNS_MAX + 1 {
            self.fault(words::too_many_signs(self.position, character));
        }
        self.signs = Some((character, run));
        self.position += 1;
    }

    fn close(&mut self, character: char) {
        let opener = if character == ')' { '(' } else { '[' };
        match self.open.pop() {
            Some((open, _)) if open == opener => {}
            Some((open, offset)) => {
                self.fault(words::bracket_crossed(self.position, character, open, offset))
            }
            None => self.fault(words::bracket_unopened(self.position, character)),
        }
        self.position += 1;
    }

    /// `==`, `&&`, `||`, `!=`, `<`, `<=`, `>`, `>=`; a single `=`, `&` or `|` is a fault.
    fn operator(&mut self, character: char) {
        let next = self.peek(1);
        let double = match character {
            '<' | '>' | '!' => next == Some('='),
            _ => next == Some(character),
        };
        if !double && matches!(character, '=' | '&' | '|') {
            self.fault(words::single_operator(self.position, character));
        }
        self.position += if double { 2 } else { 1 };
    }

    fn word(&mut self) {
        let start = self.position;
        while self.peek(0).is_some_and(is_word) {
            self.position += 1;
        }
        let word: String = self.characters[start..self.position].iter().collect();
        let is_quoted = matches!(self.peek(0), Some('"' | '\''));
        if is_quoted && word.len() <= 2 && word.chars().all(|character| "rRbB".contains(character)) {
            self.fault(words::text_prefix(start, &word));
        }
        let after_dot =
            self.characters[..start].iter().rev().find(|character| !is_space(**character)) == Some(&'.');
        let operator = match word.to_ascii_lowercase().as_str() {
            "and" => "&&",
            "or" => "||",
            "not" => "!",
            _ => return,
        };
        if !after_dot && self.peek(0) != Some('.') {
            self.fault(words::word_operator(start, &word, operator));
        }
    }

    /// A quoted text.
    fn text(&mut self, quote: char) {
        let start = self.position;
        if self.peek(1) == Some(quote) && self.peek(2) == Some(quote) {
            self.fault(words::triple_quotes(start));
        }
        self.position += 1;
        while let Some(character) = self.peek(0) {
            match character {
                '\n' | '\r' => break,
                '\\' => {
                    let known =
                        self.peek(1).is_some_and(|escaped| "\\\"'`?abfnrtvxXuU0123".contains(escaped));
                    if !known {
                        self.fault(words::escape(self.position));
                    }
                    self.position += 1;
                    if matches!(self.peek(0), None | Some('\n' | '\r')) {
                        break;
                    }
                }
                character if character == quote => {
                    self.position += 1;
                    return;
                }
                character if character.is_control() => self.fault(words::character(self.position, character)),
                _ => {}
            }
            self.position += 1;
        }
        // What follows may be inside or outside of a text.
        self.position = self.characters.len();
        self.open.clear();
        self.fault(words::text_unclosed(start, quote));
    }

    /// A character that is not ASCII, outside a text.
    fn foreign(&mut self, character: char) {
        let start = self.position;
        self.position += 1;
        if let Some(closer) = match character {
            '“' => Some('”'),
            '‘' => Some('’'),
            '「' => Some('」'),
            _ => None,
        } {
            let rest = &self.characters[self.position..];
            if let Some(length) = rest.iter().position(|character| *character == closer) {
                let inner: String = rest[..length].iter().collect();
                self.position += length + 1;
                self.fault(words::curly_quotes(start, &inner));
                return;
            }
        }
        if let Some(plain) = plain(character) {
            self.fault(words::full_width(start, character, &plain));
            return;
        }
        if character.is_alphanumeric() {
            while self.peek(0).is_some_and(|character| !character.is_ascii() && character.is_alphanumeric()) {
                self.position += 1;
            }
            let word: String = self.characters[start..self.position].iter().collect();
            self.fault(words::unquoted(start, &word));
            return;
        }
        self.fault(words::character(start, character));
    }

    fn finish(mut self) -> Vec<ExpressionFault> {
        if self.open.len() <= BRACKETS_MAX {
            for (bracket, offset) in std::mem::take(&mut self.open) {
                self.fault(words::bracket_unclosed(offset, bracket));
            }
        }
        self.faults.sort_by_key(|fault| fault.offset);
        self.faults
    }
}

/// The ASCII that was meant by a full-width character or a mathematical sign.
fn plain(character: char) -> Option<String> {
    let plain = match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0)?.to_string(),
        '\u{3000}' | '\u{a0}' => " ".to_owned(),
        '、' => ",".to_owned(),
        '。' => ".".to_owned(),
        '“' | '”' | '‘' | '’' | '「' | '」' => "\"".to_owned(),
        '【' | '〔' => "[".to_owned(),
        '】' | '〕' => "]".to_owned(),
        '≥' | '⩾' => ">=".to_owned(),
        '≤' | '⩽' => "<=".to_owned(),
        '≠' => "!=".to_owned(),
        '×' => "*".to_owned(),
        '÷' => "/".to_owned(),
        '−' | '–' | '—' => "-".to_owned(),
        _ => return None,
    };
    Some(plain)
}
