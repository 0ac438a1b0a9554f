//! Where results and messages go: results to stdout or a file, messages to stderr.

use std::io::Write;

use jiebang_domain::shared::{Language, Text};

/// Done, and the answer is yes.
pub const WELL: u8 = 0;
/// Done, and the answer is no.
pub const NO: u8 = 1;
/// The request cannot be read.
pub const UNREADABLE: u8 = 2;
/// A fault of ours.
pub const FAULT: u8 = 3;

/// Prints a result; a reader that went away is no fault of ours.
pub fn result(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(
        out.write_all(text.as_bytes())
            .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") }),
    );
}

/// Prints a message.
pub fn message(text: &Text, language: Language) {
    let mut out = std::io::stderr().lock();
    drop(writeln!(out, "{}", text.get(language)));
}
