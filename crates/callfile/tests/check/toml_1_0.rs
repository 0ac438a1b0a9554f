//! The files of the house are TOML 1.0, so that any tool reads them. Our reader also takes TOML 1.1, which has line breaks and
//! a comma at the end in inline tables, `\e` and `\x` in strings, and times without seconds.

use std::path::{Path, PathBuf};

use jiebang_callfile::skeleton;

/// A bracket that is open.
#[derive(Clone, Copy, PartialEq)]
enum Open {
    Array,
    InlineTable,
}

/// The first thing that only TOML 1.1 knows, with its line from 1. The text is known to be TOML 1.1.
fn newer_than_1_0(text: &str) -> Option<(usize, &'static str)> {
    let mut open = Vec::new();
    let (mut at, mut comma) = (0, false);
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    while let Some(character) = text[at..].chars().next() {
        let inline = open.last() == Some(&Open::InlineTable);
        match character {
            '"' | '\'' => {
                let (length, newer) = string(&text[at..]);
                if newer {
                    return Some((line(at), "an escape"));
                }
                at += length;
                comma = false;
                continue;
            }
            '#' => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                continue;
            }
            '\n' if inline => return Some((line(at), "a line break in an inline table")),
            '}' if comma => return Some((line(at), "a comma at the end of an inline table")),
            '[' => open.push(Open::Array),
            '{' => open.push(Open::InlineTable),
            ']' | '}' => {
                open.pop();
            }
            _ => {}
        }
        comma = character == ',' || comma && character.is_whitespace();
        at += character.len_utf8();
    }
    let short = text.lines().position(|line| {
        let time = line.split_once("= ").and_then(|(_, value)| value.split_once(['T', ' ']));
        time.is_some_and(|(date, time)| {
            let digit = |at: usize| time.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
            date.len() == 10
                && date.starts_with("20")
                && digit(0)
                && digit(3)
                && time.as_bytes().get(5) != Some(&b':')
        })
    });
    short.map(|nth| (nth + 1, "a time without seconds"))
}

/// Bytes of the string that the text begins with, and whether it has an escape of TOML 1.1.
fn string(text: &str) -> (usize, bool) {
    let quotes = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| text.starts_with(quotes));
    let quotes = quotes.expect("a string");
    let (mut at, mut newer) = (quotes.len(), false);
    while !text[at..].starts_with(quotes) {
        if quotes.starts_with('"') && text[at..].starts_with('\\') {
            newer |= text[at + 1..].starts_with(['e', 'x']);
            at += 1;
        }
        at += text[at..].chars().next().expect("a closing quote").len_utf8();
    }
    at += quotes.len();
    // One or two quotes more belong to the text of a string in three quotes.
    if quotes.len() == 3 {
        at += text[at..].bytes().take(2).take_while(|byte| *byte == quotes.as_bytes()[0]).count();
    }
    (at, newer)
}

fn toml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            toml_files(&path, found);
        } else if path.extension().is_some_and(|end| end == "toml") {
            found.push(path);
        }
    }
}

#[test]
fn the_files_of_the_house_are_toml_1_0() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["calls", "demo", "docs", "tests"] {
        toml_files(&root.join(folder), &mut files);
    }
    assert!(files.len() > 15, "only {} files", files.len());
    let mut texts: Vec<(String, String)> = files
        .iter()
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).expect("a file")))
        .collect();
    texts.push(("call new".to_owned(), skeleton("example-2031")));
    let wrong: Vec<_> = texts.iter().filter_map(|(name, text)| Some((name, newer_than_1_0(text)?))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_only_toml_1_1_knows_is_found() {
    for (text, line) in [
        ("a = { b = 1,\n c = 2 }", 1),
        ("a = [\n { b = [\n 1 ], c = 2\n } ]", 3),
        ("a = { b = 1, }", 1),
        ("a = 1\nb = \"\\e\"", 2),
        ("a = \"\"\"\\x41\"\"\"", 1),
        ("a = 2030-01-01T17:00+08:00", 1),
    ] {
        assert_eq!(newer_than_1_0(text).map(|found| found.0), Some(line), "{text}");
        assert!(text.parse::<toml::Table>().is_ok(), "{text} is no TOML at all");
    }
    for text in [
        "a = [ { b = [\n 1,\n] },\n]",
        "a = { b = '''\n''' }",
        "a = { b = \"\"\"\n\"\"\"\" }",
        "a = '\\e' # { \n",
        "a = \"{\\\\e\"\nb = 2030-01-01T17:00:00+08:00\nc = 2030-01-01",
    ] {
        assert_eq!(newer_than_1_0(text), None, "{text}");
    }
}
