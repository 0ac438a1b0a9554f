//! The character count (字) behind every length limit of a form.
//!
//! `crates/web/assets/character_count.js` counts the same way in the browser; `tests/character_count.json` holds both
//! to it.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};

/// Number of characters (字) of a text, over its code points after NFC.
///
/// - Each Han character and each CJK or full-width sign or letter counts one.
/// - Each maximal run of half-width Latin letters, ASCII digits and the marks `. , - ' / % +` that holds a letter or
///   a digit counts one (`95%`, `PET-CT`); in a run of marks alone each mark counts one.
/// - Every other visible code point counts one.
/// - White space and controls count nothing and end a run.
/// - Combining marks, variation selectors, joiners and other format characters count nothing and leave a run whole.
pub fn character_count(text: &str) -> usize {
    if text.chars().all(is_settled) || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        count(text.chars())
    } else {
        count(text.nfc())
    }
}

/// What one code point does to the count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A letter or digit of a run.
    Letter,
    /// A mark that may stand in a run.
    Mark,
    /// Counts one by itself and ends a run.
    Sign,
    /// Counts nothing and ends a run.
    Blank,
    /// Counts nothing and leaves a run whole.
    Transparent,
}

fn count(characters: impl Iterator<Item = char>) -> usize {
    let mut total = 0;
    let mut run = Run::default();
    for character in characters {
        match class(character) {
            Class::Letter => run.has_letter = true,
            Class::Mark => run.marks += 1,
            Class::Transparent => {}
            Class::Blank => total += run.end(),
            Class::Sign => total += run.end() + 1,
        }
    }
    total + run.end()
}

/// The run that is being read.
#[derive(Default)]
struct Run {
    has_letter: bool,
    marks: usize,
}

impl Run {
    /// Ends the run and tells what it counts.
    fn end(&mut self) -> usize {
        let run = std::mem::take(self);
        if run.has_letter { 1 } else { run.marks }
    }
}

/// True for code points that NFC neither changes nor composes; enough of them that most texts need no other test.
fn is_settled(character: char) -> bool {
    matches!(character,
        '\0'..='\u{2ff}'
        | '\u{2010}'..='\u{205e}'
        | '\u{3000}'..='\u{3029}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ff01}'..='\u{ff9d}')
}

/// Answers the common code points by comparison alone and looks up only the rest.
fn class(character: char) -> Class {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Class::Letter,
        '.' | ',' | '-' | '\'' | '/' | '%' | '+' => Class::Mark,
        '\0'..=' ' | '\u{7f}'..='\u{a0}' | '\u{3000}' => Class::Blank,
        '!'..='~' => Class::Sign,
        '\u{3001}'..='\u{3029}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ff01}'..='\u{ff9f}' => Class::Sign,
        // The fillers of Hangul are letters by category but show nothing.
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => Class::Transparent,
        _ => class_by_category(character),
    }
}

fn class_by_category(character: char) -> Class {
    match (character.general_category_group(), character.general_category()) {
        (GeneralCategoryGroup::Mark, _) | (_, GeneralCategory::Format) => Class::Transparent,
        (GeneralCategoryGroup::Separator, _) | (_, GeneralCategory::Control) => Class::Blank,
        (GeneralCategoryGroup::Letter, _) if character.script() == Script::Latin => Class::Letter,
        _ => Class::Sign,
    }
}

/// Emoji and their parts, which names and addresses never have.
pub fn is_picture(character: char) -> bool {
    matches!(character, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{fe0f}' | '\u{20e3}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use unicode_normalization::UnicodeNormalization;

    use super::{character_count, count, is_settled};

    #[derive(Deserialize)]
    struct Case {
        text: String,
        count: usize,
    }

    #[test]
    fn corpus_shared_with_the_browser_holds() {
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../../../../tests/character_count.json")).unwrap();
        assert!(cases.len() >= 60);
        for Case { text, count } in cases {
            assert_eq!(character_count(&text), count, "{text:?}");
        }
    }

    #[test]
    fn settled_code_points_are_their_own_nfc() {
        for character in ('\0'..=char::MAX).filter(|character| is_settled(*character)) {
            assert!(character.nfc().eq([character]), "{character:?}");
            assert_eq!(unicode_normalization::char::canonical_combining_class(character), 0, "{character:?}");
        }
    }

    #[test]
    fn long_texts_are_counted() {
        let text = "高质量图像处理软件，PET-CT 灵敏度≥95%；".repeat(4_000);
        assert_eq!(character_count(&text), 17 * 4_000);
    }

    /// Texts rich in the code points that the definition names.
    fn texts() -> impl Strategy<Value = String> {
        let pool: Vec<char> = concat!(
            "aZ09.,-'/%+ \t\n!~≥µμé\u{301}\u{302}\u{200b}\u{200d}\u{fe0f}\u{feff}\u{202a}\u{ad}",
            "中。　Ａ１％～カｶがハ\u{3099}한\u{1112}\u{1161}\u{11ab}\u{1160}³⁸Ⅳ\u{212a}\u{212b}👩\u{1f3fb}𠀀\u{300b}"
        )
        .chars()
        .collect();
        let character = prop_oneof![4 => prop::sample::select(pool), 1 => any::<char>()];
        prop::collection::vec(character, 0..24).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn a_space_parts_the_count(a in texts(), b in texts()) {
            prop_assert_eq!(character_count(&format!("{a} {b}")), character_count(&a) + character_count(&b));
        }

        #[test]
        fn normal_forms_count_alike(text in texts()) {
            let composed: String = text.nfc().collect();
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(character_count(&text), character_count(&composed));
            prop_assert_eq!(character_count(&text), character_count(&decomposed));
            prop_assert_eq!(character_count(&text), count(text.nfc()));
        }

        #[test]
        fn never_more_than_code_points(text in texts()) {
            prop_assert!(character_count(&text) <= text.nfc().count());
        }
    }
}
