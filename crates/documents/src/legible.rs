//! Text as it can be set: every string of a document passes here, so that none can stop or disguise it.

use serde_json::Value;

use crate::Fonts;

/// What printers set for a character that they have no type for (空铅).
const GETA: char = '〓';
/// Longest run that stays whole: an organisation code has 18 characters.
const RUN_MAX: usize = 18;
/// The same of one that has hyphens, where it breaks by itself: the number of an application.
const HYPHENED_MAX: usize = 40;
/// Most characters between two places where a longer one may break.
const STEP: usize = 10;
const BREAK: char = '\u{200b}';

/// Makes every string of a tree legible with these fonts; keys are the product's own.
pub(crate) fn legible(value: &mut Value, fonts: &Fonts) {
    match value {
        Value::String(text) => *text = clean(text, |character| fonts.has(character)),
        Value::Array(values) => values.iter_mut().for_each(|value| legible(value, fonts)),
        Value::Object(fields) => fields.values_mut().for_each(|value| legible(value, fonts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Leaves out what cannot be seen, replaces what cannot be shown, and lets long runs break.
fn clean(text: &str, has: impl Fn(char) -> bool) -> String {
    let shown = |character| character == ' ' || (!is_private(character) && has(character));
    let mut clean = String::with_capacity(text.len());
    let mut run = String::new();
    for character in text.chars().filter_map(visible) {
        let character = if shown(character) { character } else { GETA };
        if character != ' ' && is_run(character) {
            run.push(character);
        } else {
            end_run(&mut clean, &mut run);
            clean.push(character);
        }
    }
    end_run(&mut clean, &mut run);
    clean
}

/// Codes and words stay whole, so that they can be copied; what is longer may break after the marks of an address, and at
/// equal steps.
fn end_run(clean: &mut String, run: &mut String) {
    let parts = || run.split('-').map(|part| part.chars().count());
    let length: usize = parts().map(|part| part + 1).sum::<usize>() - 1;
    if length <= RUN_MAX || length <= HYPHENED_MAX && parts().all(|part| part <= RUN_MAX) && run.contains('-')
    {
        clean.push_str(run);
    } else {
        let mut since = 0;
        for character in run.chars() {
            if since == STEP {
                clean.push(BREAK);
                since = 0;
            }
            clean.push(character);
            since += 1;
            if matches!(character, '@' | '/' | '_' | '.') {
                clean.push(BREAK);
                since = 0;
            }
        }
    }
    run.clear();
}

/// The character, a space for white space, nothing for controls, direction marks and other invisible ones.
fn visible(character: char) -> Option<char> {
    match character {
        '\u{3000}' => Some(character),
        _ if character.is_whitespace() => Some(' '),
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' => None,
        '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        _ if character.is_control() => None,
        _ => Some(character),
    }
}

/// Characters that mean nothing by themselves; PDF/A does not admit them either.
fn is_private(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Whether a line may not break beside it: everything but Chinese and its punctuation.
fn is_run(character: char) -> bool {
    !matches!(character, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::clean;

    fn all(text: &str) -> String {
        clean(text, |_| true)
    }

    #[test]
    fn nothing_invisible_is_left() {
        assert_eq!(all("甲\u{202e}乙\u{2066}丙\u{0}\u{7}\u{200f}丁\u{feff}"), "甲乙丙丁");
        assert_eq!(all("a\tb\r\nc"), "a b  c");
    }

    #[test]
    fn what_has_no_glyph_is_told() {
        assert_eq!(clean("好😀", |character| character != '😀'), "好〓");
        assert_eq!(all("\u{e123}\u{10fffd}"), "〓〓");
    }

    #[test]
    fn long_runs_break_and_words_do_not() {
        for whole in
            ["organisation 联合", "91350100M000100Y43", "0591-60000001", "miit-2025-biomaterials-2-000019-1"]
        {
            assert_eq!(all(whole), whole);
        }
        let long = all(&"x".repeat(100_000));
        assert!(long.split('\u{200b}').all(|run| run.len() <= 10));
        assert_eq!(long.chars().filter(|character| *character == 'x').count(), 100_000);
        assert_eq!(all(&"长".repeat(50)), "长".repeat(50));
    }
}
