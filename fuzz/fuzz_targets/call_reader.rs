//! Any bytes as a call file: never a panic, every fault inside the file.
#![no_main]

use std::sync::OnceLock;

use jiebang_callfile::{Library, read_bytes};
use libfuzzer_sys::fuzz_target;

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(Library::default)
}

fuzz_target!(|bytes: &[u8]| {
    let reading = read_bytes(bytes, None, library());
    assert!(reading.call.is_some() || reading.document.is_some() || !reading.errors.is_empty());
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    for fault in reading.errors.iter().chain(&reading.warnings) {
        assert!((1..=lines).contains(&fault.line) && fault.column >= 1, "{fault:?}");
    }
});
