//! Any pairs as a form of any section of any call: content of that section, or findings.
//!
//! The first line chooses the section, each following line is a pair `path=value`.
#![no_main]

use std::sync::OnceLock;

use jiebang_callfile::{Library, read};
use jiebang_domain::application::Content;
use jiebang_domain::call::{Call, Entry};
use jiebang_service::{ServiceError, decode_section};
use libfuzzer_sys::fuzz_target;

fn calls() -> &'static [Call] {
    static CALLS: OnceLock<Vec<Call>> = OnceLock::new();
    CALLS.get_or_init(|| {
        let library = Library::default();
        let texts = library.ids().into_iter().filter_map(|id| library.call(&id));
        texts.filter_map(|(text, _)| read(&text, None, &library).sound().ok()).collect()
    })
}

fuzz_target!(|text: &str| {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let sections: Vec<_> =
        calls().iter().flat_map(|call| call.sections.iter().map(move |section| (call, section))).collect();
    let choice = first.bytes().fold(0_usize, |sum, byte| sum * 31 % 65_521 + usize::from(byte));
    let Some((call, section)) = sections.get(choice % sections.len().max(1)) else { return };
    let pairs: Vec<(String, String)> = rest
        .lines()
        .map(|line| line.split_once('=').unwrap_or((line, "")))
        .map(|(path, value)| (path.to_owned(), value.to_owned()))
        .collect();
    match decode_section(call, section, first, Content::default(), &pairs) {
        Ok(content) => {
            let own = |key: &str| {
                section.entries.iter().any(|entry| match entry {
                    Entry::Field(field) => field.id == key,
                    Entry::Declarations => key.starts_with("declaration."),
                    Entry::Evidence => false,
                })
            };
            assert!(content.0.keys().all(|key| own(key)));
        }
        Err(ServiceError::Invalid(findings)) => assert!(!findings.is_empty()),
        Err(error) => panic!("{error}"),
    }
});
