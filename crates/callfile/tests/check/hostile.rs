//! Files that are encoded wrongly, cut off, huge, deep or malicious.

use jiebang_callfile::{Library, Reading, read_bytes};
use proptest::collection;
use proptest::prelude::*;
use std::sync::OnceLock;

use crate::{BASE, assert_whole, changed, check, library, place};

fn read_raw(bytes: &[u8]) -> Reading {
    read_bytes(bytes, None, &library())
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_read() {
    let marked = format!("\u{feff}{BASE}");
    let windows = BASE.replace('\n', "\r\n");
    for text in [&marked, &windows] {
        let reading = check(text);
        assert!(reading.errors.is_empty() && reading.call.is_some(), "{:?}", reading.errors);
    }
    let faulty = windows.replacen("max = 4", "max = \"4\"", 1);
    let line = BASE[..BASE.find("max = 4").expect("a limit")].matches('\n').count() + 1;
    assert_eq!(check(&faulty).errors.iter().map(place).collect::<Vec<_>>(), [("type_wrong", line, 7)]);
}

#[test]
fn gbk_is_not_utf8_and_cannot_be_read() {
    // “揭榜” in GBK, behind a comment in ASCII.
    let mut bytes = b"language = 1\n# title: ".to_vec();
    bytes.extend([0xbd, 0xd2, 0xb0, 0xf1, b'\n']);
    let reading = read_raw(&bytes);
    assert!(reading.unreadable && reading.call.is_none());
    assert_eq!(reading.errors.iter().map(place).collect::<Vec<_>>(), [("not_utf8", 2, 10)]);
    let utf16: Vec<u8> = "language = 1".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(!read_raw(&utf16).errors.is_empty());
    assert_eq!(read_raw(&[0xff, 0xfe]).errors.iter().map(place).collect::<Vec<_>>(), [("not_utf8", 1, 1)]);
}

#[test]
fn a_file_cut_off_anywhere_is_told_or_sound() {
    for end in (0..BASE.len()).filter(|end| BASE.is_char_boundary(*end)) {
        let text = &BASE[..end];
        let reading = check(text);
        assert!(!reading.errors.is_empty() || reading.call.is_some() || !text.contains("[call]"), "{text}");
        reading.errors.iter().for_each(|error| assert_whole(text, error));
    }
}

#[test]
fn size_lines_and_depth_have_limits() {
    let huge = format!("{BASE}\n# {}", "x".repeat(2 << 20));
    assert_eq!(check(&huge).errors.iter().map(place).collect::<Vec<_>>(), [("file_too_large", 1, 1)]);
    let long = format!("{BASE}{}", "\n".repeat(400));
    assert_eq!(check(&long).errors.iter().map(place).collect::<Vec<_>>(), [("file_too_long", 401, 1)]);
    for depth in [10, 60, 1_000, 100_000] {
        let arrays = changed("", &format!("deep = {}{}\n", "[".repeat(depth), "]".repeat(depth)));
        let tables = changed("", &format!("deep = {}1{}\n", "{ a = ".repeat(depth), " }".repeat(depth)));
        let keys = changed("", &format!("{}a = 1\n", "a.".repeat(depth)));
        for text in [arrays, tables, keys] {
            let reading = check(&text);
            assert!(!reading.errors.is_empty(), "depth {depth}");
            reading.errors.iter().for_each(|error| assert_whole(&text, error));
        }
    }
}

#[test]
fn expressions_that_loop_or_explode_are_refused_where_they_stand() {
    let bomb = format!("{}true", "partners.all(a, partners.all(b, ".repeat(200));
    let regex = "form.overview.matches(\"(a+)+$\")".to_owned();
    let product = "partners.map(p, partners.map(q, partners.map(r, 1))) == []".to_owned();
    let deep = format!("{}true{}", "(".repeat(5_000), ")".repeat(5_000));
    for expression in
        [bomb, regex, product, deep, "\u{0}".to_owned(), "a b c".to_owned(), "1".to_owned(), String::new()]
    {
        let text = changed("require = 'applicant.legal_person'", &format!("require = '{expression}'"));
        let errors = check(&text).errors;
        assert!(!errors.is_empty(), "{expression:.80}");
        errors.iter().for_each(|error| assert_whole(&text, error));
    }
}

#[test]
fn numbers_beyond_every_type_are_told() {
    for number in ["99999999999999999999", "0xffffffffffffffffffff", "1e999", "nan", "-1", "4294967296"] {
        for from in ["max = 4", "value = 0.5", "years = 3", "year = 2030"] {
            let key = from.split(' ').next().expect("a key");
            let text = changed(from, &format!("{key} = {number}"));
            let errors = check(&text).errors;
            let refused = key != "value" || !matches!(number, "-1" | "4294967296");
            assert_eq!(!errors.is_empty(), refused, "{key} = {number}: {errors:?}");
            errors.iter().for_each(|error| assert_whole(&text, error));
        }
    }
}

/// One edit of a file: what is done, where (as a share of the length), how much, and the byte or snippet.
type Edit = (u8, u16, u8, u8);

fn edit(bytes: &mut Vec<u8>, (kind, place, length, byte): Edit) {
    const SNIPPETS: [&str; 12] =
        ["\"", "'''", "[", "]", "{", "}", "=", "\n", "\r", "甲", "\u{202e}", "[[limit]]\nmax = 1\n"];
    let at = bytes.len() * usize::from(place) / (usize::from(u16::MAX) + 1);
    let end = (at + usize::from(length)).min(bytes.len());
    match kind % 5 {
        0 if at < bytes.len() => bytes[at] = byte,
        1 if at < bytes.len() => drop(bytes.remove(at)),
        2 => drop(bytes.splice(at..at, SNIPPETS[usize::from(byte) % SNIPPETS.len()].bytes())),
        3 => drop(bytes.drain(at..end)),
        _ => {
            let copy = bytes[at..end].to_vec();
            let to = bytes.len() * usize::from(byte) / 256;
            drop(bytes.splice(to..to, copy));
        }
    }
}

/// The base and the calls of the house, with their libraries.
fn texts() -> &'static [(String, Library)] {
    static TEXTS: OnceLock<Vec<(String, Library)>> = OnceLock::new();
    TEXTS.get_or_init(|| {
        let house = Library::default();
        let calls = house.ids().into_iter().map(|id| (house.call(&id).expect("a call").0, house.clone()));
        std::iter::once((BASE.to_owned(), library())).chain(calls).collect()
    })
}

fn assert_sound(bytes: &[u8], library: &Library) {
    let reading = read_bytes(bytes, None, library);
    assert!(reading.call.is_some() || reading.document.is_some() || !reading.errors.is_empty(), "no answer");
    let text = String::from_utf8_lossy(bytes);
    reading.errors.iter().chain(&reading.warnings).for_each(|fault| assert_whole(&text, fault));
}

// The fuzz target `call_reader` asks the same of any bytes, without an end.
proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn edited_files_are_read_or_told(nth in 0..6_usize, edits in collection::vec(any::<Edit>(), 1..5)) {
        let (text, library) = &texts()[nth % texts().len()];
        let mut bytes = text.clone().into_bytes();
        for one in edits {
            edit(&mut bytes, one);
        }
        assert_sound(&bytes, library);
    }

    #[test]
    fn any_bytes_are_read_or_told(bytes in collection::vec(any::<u8>(), 0..400)) {
        assert_sound(&bytes, &library());
    }

    #[test]
    fn any_text_is_read_or_told(text in "[\\[\\]{}=\"'a-c甲0-9.,#\n -]{0,200}") {
        assert_sound(text.as_bytes(), &library());
    }
}
