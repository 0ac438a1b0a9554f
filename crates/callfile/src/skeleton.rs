//! The skeleton of a new call file: valid, with its blanks marked.

/// A new call file. Its only warnings are its marked blanks.
pub fn skeleton(id: &str) -> String {
    TEMPLATE.replace("{id}", id)
}

const TEMPLATE: &str = include_str!("skeleton.toml");
