//! Just enough of Rust's lexis to tell code from comments and literals, and to find functions.

/// The text with comments, string and character literals blanked; every line and column stays where it is.
pub(crate) fn blanked(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let end = at + hidden(&characters[at..], at.checked_sub(1).map(|before| characters[before]));
        if end == at {
            out.push(characters[at]);
            at += 1;
        }
        while at < end {
            out.push(if characters[at] == '\n' { '\n' } else { ' ' });
            at += 1;
        }
    }
    out
}

/// Characters of the comment or literal that begins here; 0 where none does.
fn hidden(rest: &[char], before: Option<char>) -> usize {
    let starts = |with: &str| {
        with.chars().zip(rest).filter(|(one, other)| one == *other).count() == with.chars().count()
    };
    if starts("//") {
        return rest.iter().position(|character| *character == '\n').unwrap_or(rest.len());
    }
    if starts("/*") {
        return block_comment(rest);
    }
    let in_word = before.is_some_and(|character| character.is_alphanumeric() || character == '_');
    let prefix = if in_word {
        0
    } else {
        rest.iter().take_while(|character| matches!(character, 'b' | 'c' | 'r')).count().min(2)
    };
    let hashes = rest.iter().skip(prefix).take_while(|character| **character == '#').count();
    let raw = rest[..prefix].contains(&'r');
    match rest.get(prefix + hashes) {
        Some('"') if raw => raw_string(rest, prefix + hashes + 1, hashes),
        Some('"') if hashes == 0 => quoted(rest, prefix + 1, '"'),
        Some('\'') if hashes == 0 && !raw => character_literal(rest, prefix),
        _ => 0,
    }
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match (rest[at], rest.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth.saturating_sub(1), at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(rest.len())
}

fn raw_string(rest: &[char], from: usize, hashes: usize) -> usize {
    let closes = |at: &usize| {
        rest[*at] == '"' && rest[at + 1..].iter().take(hashes).filter(|sign| **sign == '#').count() == hashes
    };
    (from..rest.len()).find(closes).map_or(rest.len(), |at| at + 1 + hashes)
}

fn quoted(rest: &[char], from: usize, quote: char) -> usize {
    let mut at = from;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// A character literal, not a lifetime.
fn character_literal(rest: &[char], prefix: usize) -> usize {
    match (rest.get(prefix + 1), rest.get(prefix + 2)) {
        (Some('\\'), _) => quoted(rest, prefix + 1, '\''),
        (Some(_), Some('\'')) => prefix + 3,
        _ => 0,
    }
}

/// Blanks modules under `#[cfg(test)]` in a text that was blanked already.
pub(crate) fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    let mut from = 0;
    while let Some(found) = out[from..].find("#[cfg(test)]") {
        let start = from + found;
        let end = out[start..].find('{').and_then(|open| closing(&out, start + open)).unwrap_or(out.len());
        let semicolon = out[start..].find(';').map(|at| start + at);
        let end = semicolon.filter(|at| !out[start..*at].contains('{')).unwrap_or(end);
        let end = (end + 1).min(out.len());
        let blank: String =
            out[start..end].chars().map(|character| if character == '\n' { '\n' } else { ' ' }).collect();
        let length = blank.len();
        out.replace_range(start..end, &blank);
        from = start + length;
    }
    out
}

/// Byte of the brace that closes the one at `open`.
fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in code[open..].char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth <= 1 => return Some(open + at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A function: its name, its first line and how many lines it has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

/// Functions with a body in a blanked text.
pub(crate) fn functions(code: &str) -> Vec<Function> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|character| character.is_alphanumeric() || character == '_') {
            continue;
        }
        let name: String = code[at + 3..]
            .chars()
            .take_while(|character| character.is_alphanumeric() || *character == '_')
            .collect();
        let Some(open) = body(code, at).filter(|_| !name.is_empty()) else { continue };
        let end = closing(code, open).unwrap_or(code.len());
        let line = code[..at].matches('\n').count() + 1;
        found.push(Function { name, line, lines: code[at..end].matches('\n').count() + 1 });
    }
    found
}

/// Byte of the brace that opens the body of the function at `at`; none for a declaration.
fn body(code: &str, at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (offset, character) in code[at..].char_indices() {
        match character {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '{' if depth == 0 => return Some(at + offset),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_line_for_line() {
        let text = "let a = \"fn x() {\\\" }\"; // fn y() {\nlet b = r#\"\"}\"#; /* { /* } */\n*/ let c = '{'; let d: &'static str = b\"}\";";
        let code = blanked(text);
        assert_eq!(code.matches('\n').count(), text.matches('\n').count());
        assert!(!code.contains('{') && !code.contains('}') && !code.contains('x'), "{code}");
        for word in ["let a", "let b", "let c", "&'static str"] {
            assert!(code.contains(word), "{word}: {code}");
        }
        assert_eq!(blanked("for x in bar\"a\""), "for x in bar   ");
    }

    #[test]
    fn functions_are_found_with_their_lines() {
        let code = "trait T {\n    fn a(&self);\n}\nfn b(x: [u8; 2]) -> u8 {\n    let f = |fn_: u8| {\n        fn_\n    };\n    1\n}\n";
        assert_eq!(functions(code), [Function { name: "b".to_owned(), line: 4, lines: 6 }]);
    }

    #[test]
    fn test_modules_are_blanked() {
        let code = without_tests(
            "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { { } }\n}\nfn c() {}\n#[cfg(test)]\nmod tests;\nfn d() {}\n",
        );
        let names: Vec<String> = functions(&code).into_iter().map(|function| function.name).collect();
        assert_eq!(names, ["a", "c", "d"]);
    }
}
