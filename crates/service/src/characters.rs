//! Kinds of characters that names and other single lines are checked for.

/// Control characters, and those that nobody sees or that change the direction of what follows.
pub(crate) fn is_unseen(character: char) -> bool {
    character.is_control() || is_format(character)
}

/// Joiners, marks of direction, byte order marks, tags and non-characters: what copying leaves around a text.
pub(crate) fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{ffff}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Full-width letters, digits and signs.
pub(crate) fn is_full_width(character: char) -> bool {
    ('\u{ff01}'..='\u{ff5e}').contains(&character)
}
