//! The form decoder against anything that a browser, or somebody who is none, may send.

use std::sync::OnceLock;

use jiebang_callfile::{Library, read};
use jiebang_domain::application::Content;
use jiebang_domain::call::{Call, Entry, FieldKind, Section};
use jiebang_service::{ServiceError, decode_section};
use proptest::collection;
use proptest::prelude::*;

/// Sections of the embedded calls.
fn sections() -> &'static [(&'static Call, &'static Section)] {
    static CALLS: OnceLock<Vec<Call>> = OnceLock::new();
    static SECTIONS: OnceLock<Vec<(&'static Call, &'static Section)>> = OnceLock::new();
    let calls = CALLS.get_or_init(|| {
        let library = Library::default();
        let texts = library.ids().into_iter().map(|id| library.call(&id).expect("a call").0);
        texts.map(|text| read(&text, None, &library).sound().expect("a sound call")).collect()
    });
    SECTIONS.get_or_init(|| {
        calls.iter().flat_map(|call| call.sections.iter().map(move |section| (call, section))).collect()
    })
}

/// Paths that a form of the section has, and some like them.
fn paths(call: &Call, section: &Section) -> Vec<String> {
    let mut paths: Vec<String> =
        ["", ".", "..", "partners.0.name", "partners.101.name", "partners.01.name", "task.1"]
            .map(str::to_owned)
            .into();
    for entry in &section.entries {
        match entry {
            Entry::Field(field) => {
                paths.push(field.id.clone());
                paths.extend(
                    ["rows", "1.what", "2.lane", "1.none", "+1.what"]
                        .map(|rest| format!("{}.{rest}", field.id)),
                );
                if let FieldKind::Table(columns) = &field.kind {
                    let cells = ["1", "2", "02", "99999999999999999999"];
                    paths.extend(
                        columns
                            .iter()
                            .flat_map(|column| cells.map(|row| format!("{}.{row}.{}", field.id, column.id))),
                    );
                }
                let parts = ["value", "low", "high", "axes", "unit", "none"];
                paths.extend(
                    call.items()
                        .flat_map(|item| parts.map(|part| format!("{}.{}.{part}", field.id, item.id))),
                );
            }
            Entry::Declarations => paths.extend(call.declarations.iter().flat_map(|declaration| {
                ["accepted", "signer", "other"].map(|part| format!("declaration.{}.{part}", declaration.id))
            })),
            Entry::Evidence => paths.push("evidence.any.0".to_owned()),
        }
    }
    paths
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("yes".to_owned()),
        Just("1e9999999".to_owned()),
        Just("９８".to_owned()),
        Just("2560×2560".to_owned()),
        Just("×".repeat(50)),
        Just("\u{202e}\u{0}".to_owned()),
        Just("字".repeat(20_001)),
        "[0-9.eE+ -]{0,12}",
        ".{0,40}",
    ]
}

/// A field of the section, a table of it, or what its declarations hold.
fn belongs(section: &Section, key: &str) -> bool {
    section.entries.iter().any(|entry| match entry {
        Entry::Field(field) => field.id == key,
        Entry::Declarations => key.starts_with("declaration."),
        Entry::Evidence => false,
    })
}

fn assert_answered(call: &Call, section: &Section, task: &str, pairs: &[(String, String)]) {
    match decode_section(call, section, task, Content::default(), pairs) {
        Ok(content) => {
            for key in content.0.keys() {
                assert!(belongs(section, key), "{key} is no field of {}", section.id);
            }
        }
        Err(ServiceError::Invalid(findings)) => {
            assert!(!findings.is_empty());
            for finding in findings {
                let words = [&finding.message, &finding.remedy];
                assert!(words.iter().all(|text| !text.zh.is_empty() && !text.en.is_empty()), "{finding:?}");
                assert!(
                    finding.message.zh.chars().count() < 400,
                    "a value is repeated at length: {finding:?}"
                );
            }
        }
        Err(error) => panic!("{error}"),
    }
}

// The fuzz target `section_form` asks the same of any bytes, without an end.
proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_pairs_are_taken_or_told(
        nth in any::<prop::sample::Index>(),
        task in any::<prop::sample::Index>(),
        sent in collection::vec((any::<prop::sample::Index>(), value()), 0..12),
    ) {
        let (call, section) = sections()[nth.index(sections().len())];
        let paths = paths(call, section);
        let tasks: Vec<&str> = call.tasks().map(|node| node.id.as_str()).chain(["", "none"]).collect();
        let pairs: Vec<(String, String)> =
            sent.into_iter().map(|(path, value)| (paths[path.index(paths.len())].clone(), value)).collect();
        assert_answered(call, section, tasks[task.index(tasks.len())], &pairs);
    }

    #[test]
    fn any_texts_are_taken_or_told(nth in any::<prop::sample::Index>(), pairs in collection::vec((".{0,20}", ".{0,20}"), 0..6)) {
        let (call, section) = sections()[nth.index(sections().len())];
        assert_answered(call, section, "", &pairs);
    }
}

#[test]
fn two_ways_to_write_one_row_are_not_taken_for_one() {
    let with_partners = |section: &Section| belongs(section, "partners");
    let (call, section) =
        sections().iter().copied().find(|(_, section)| with_partners(section)).expect("partners");
    let pairs = |row: &str| {
        vec![
            ("partners.1.name".to_owned(), "甲".to_owned()),
            (format!("partners.{row}.name"), "乙".to_owned()),
        ]
    };
    assert!(decode_section(call, section, "", Content::default(), &pairs("2")).is_ok());
    for row in ["01", "+1"] {
        let refused = decode_section(call, section, "", Content::default(), &pairs(row));
        assert!(matches!(refused, Err(ServiceError::Invalid(_))), "row {row} is lost");
    }
}
