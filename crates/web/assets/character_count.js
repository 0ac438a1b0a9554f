// The character count (字) behind every length limit of a form: the browser's twin of `character_count` in
// crates/domain/src/shared/character_count.rs. tests/character_count.json holds both to the same answers.

const LETTER = 0; // letter or digit of a run
const MARK = 1; // mark that may stand in a run
const SIGN = 2; // counts one by itself and ends a run
const BLANK = 3; // counts nothing and ends a run
const TRANSPARENT = 4; // counts nothing and leaves a run whole

const RUN_MARKS = ".,-'/%+";
const TRANSPARENT_PATTERN = /^[\p{M}\p{Cf}\u115F\u1160\u3164\uFFA0]$/u;
const BLANK_PATTERN = /^[\p{Z}\p{Cc}]$/u;
const LATIN_PATTERN = /^\p{Script=Latin}$/u;
const LETTER_PATTERN = /^\p{L}$/u;

function classOf(character) {
  const code = character.codePointAt(0);
  if (code < 0x80) {
    if ((code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) {
      return LETTER;
    }
    if (code <= 0x20 || code === 0x7f) return BLANK;
    return RUN_MARKS.includes(character) ? MARK : SIGN;
  }
  if ((code >= 0x4e00 && code <= 0x9fff) || (code >= 0x3400 && code <= 0x4dbf)) return SIGN;
  if ((code >= 0x3001 && code <= 0x3029) || (code >= 0xff01 && code <= 0xff9f)) return SIGN;
  if (TRANSPARENT_PATTERN.test(character)) return TRANSPARENT;
  if (BLANK_PATTERN.test(character)) return BLANK;
  return LATIN_PATTERN.test(character) && LETTER_PATTERN.test(character) ? LETTER : SIGN;
}

/**
 * Number of characters (字) of a text, over its code points after NFC.
 *
 * @param {string} text
 * @returns {number}
 */
export function characterCount(text) {
  let total = 0;
  let hasLetter = false;
  let marks = 0;
  for (const character of text.normalize("NFC")) {
    const kind = classOf(character);
    if (kind === LETTER) {
      hasLetter = true;
    } else if (kind === MARK) {
      marks += 1;
    } else if (kind !== TRANSPARENT) {
      total += hasLetter ? 1 : marks;
      hasLetter = false;
      marks = 0;
      if (kind === SIGN) total += 1;
    }
  }
  return total + (hasLetter ? 1 : marks);
}
