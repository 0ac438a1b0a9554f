//! Words that the glossary refuses, and words that work leaves behind.

use super::{Fault, House};

/// Word of an identifier, and the word of the glossary that stands for it.
const SYNONYMS: [(&str, &str); 4] = [
    ("proposal", "application"),
    ("proposals", "application"),
    ("bid", "application"),
    ("bids", "application"),
];

/// File names that say nothing.
const VAGUE: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "manager", "misc"];

/// Macros that only stand in for code.
const UNFINISHED: [&str; 3] = ["dbg!", "todo!", "unimplemented!"];

/// Words of comments that put something off. Written in two parts, or this file would hold them.
const PUT_OFF: [&str; 5] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("HA", "CK"),
    concat!("//! Place", "holder"),
];

/// Identifiers that use a synonym of a word of the glossary.
pub(crate) fn synonyms(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in house.files.iter().filter(|file| file.is_rust() || file.path.ends_with(".sql")) {
        for (nth, line) in file.code.lines().enumerate() {
            for (word, better) in
                parts(line).iter().filter_map(|part| SYNONYMS.iter().find(|(word, _)| word == part))
            {
                faults.push(file.fault(nth + 1, format!("“{word}” is not in the glossary; say “{better}”")));
            }
        }
    }
    faults
}

/// Words of the identifiers of a line, in lower case: `BidState` and `bid_state` both hold `bid`.
fn parts(line: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut before = ' ';
    for character in line.chars() {
        let begins = character.is_uppercase() && before.is_lowercase();
        if begins || !character.is_alphanumeric() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut().filter(|_| character.is_alphanumeric()) {
            part.extend(character.to_lowercase());
        }
        before = character;
    }
    parts
}

/// Files whose name does not say what is in them.
pub(crate) fn vague_files(house: &House) -> Vec<Fault> {
    let vague = house.files.iter().filter(|file| {
        let stem = file.path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
        VAGUE.contains(&stem)
    });
    vague.map(|file| file.fault(1, "name the file after the concept in it")).collect()
}

/// What stands in for something that is still to be written.
pub(crate) fn leftovers(house: &House) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &house.files {
        for (nth, (line, code)) in file.text.lines().zip(file.code.lines()).enumerate() {
            let unfinished = UNFINISHED.iter().filter(|name| file.is_rust() && calls(code, name));
            let put_off = PUT_OFF.iter().filter(|word| line.contains(**word));
            faults.extend(
                unfinished.chain(put_off).map(|word| file.fault(nth + 1, format!("{word} is left over"))),
            );
        }
    }
    faults
}

fn calls(code: &str, name: &str) -> bool {
    code.match_indices(name)
        .any(|(at, _)| !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_fall_into_words() {
        let words = parts("let forbidden = BidState::of(bid_id, proposalText);");
        assert_eq!(words.iter().filter(|word| *word == "bid").count(), 2);
        assert!(words.contains(&"proposal".to_owned()) && words.contains(&"forbidden".to_owned()));
    }
}
