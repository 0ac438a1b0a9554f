//! Codes of organisations: the unified social credit code and the organisation code that it took over.

use serde::{Deserialize, Serialize};
use std::fmt;
use thiserror::Error;

use super::Text;

/// Code of an organisation (组织机构代码／统一社会信用代码): 18 characters by GB 32100-2015 or 9 by GB 11714.
///
/// Held in upper case and without the hyphen of the 9-character form. The division in an 18-character code is where
/// the unit was first registered, not where it is now; it never decides who recommends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganisationCode(String);

impl OrganisationCode {
    /// Reads a code. White space and invisible characters around it fall away, lower case is accepted, and the
    /// 9-character form may have a hyphen before its check character.
    ///
    /// The check character of an 18-character code finds every single wrong character; that of a 9-character code
    /// misses some (its letters reach 35 and it counts modulo 11).
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let text = text.trim_matches(|character: char| character.is_whitespace() || is_invisible(character));
        if text.is_empty() {
            return Err(CodeError::Empty);
        }
        if text.chars().any(|character| ('\u{ff01}'..='\u{ff5e}').contains(&character)) {
            return Err(CodeError::FullWidth);
        }
        let mut characters: Vec<char> =
            text.chars().map(|character| character.to_ascii_uppercase()).collect();
        if characters.len() == 10 && characters[8] == '-' {
            characters.remove(8);
        }
        let (known, check): (fn(char) -> bool, _) = match characters.len() {
            18 => (is_credit_character, credit_check(&characters)),
            9 => (is_organisation_character, organisation_check(&characters)),
            found => return Err(CodeError::Length { found }),
        };
        if let Some(place) = characters.iter().position(|character| !known(*character)) {
            return Err(CodeError::Character { position: place + 1, character: characters[place] });
        }
        match characters.last() {
            Some(&found) if found != check => Err(CodeError::CheckDigit { expected: check, found }),
            _ => Ok(Self(characters.into_iter().collect())),
        }
    }

    /// Completes 17 characters by their check character; `None` where they are not 17 of the alphabet. Serves
    /// synthetic units.
    pub fn with_check(body17: &str) -> Option<Self> {
        let mut characters: Vec<char> =
            body17.chars().map(|character| character.to_ascii_uppercase()).collect();
        if characters.len() != 17 || !characters.iter().all(|character| is_credit_character(*character)) {
            return None;
        }
        characters.push(credit_check(&characters));
        Some(Self(characters.into_iter().collect()))
    }

    /// The code in upper case without hyphen.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for an 18-character unified social credit code.
    pub fn is_unified(&self) -> bool {
        self.0.len() == 18
    }

    /// The 9 characters that name the unit in both forms, so that one unit is known by either code.
    pub fn organisation_part(&self) -> &str {
        if self.is_unified() { self.0.get(8..17).unwrap_or(&self.0) } else { &self.0 }
    }
}

impl fmt::Display for OrganisationCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for OrganisationCode {
    type Error = CodeError;

    fn try_from(text: String) -> Result<Self, CodeError> {
        Self::parse(&text)
    }
}

impl From<OrganisationCode> for String {
    fn from(code: OrganisationCode) -> Self {
        code.0
    }
}

/// Why a text is not the code of an organisation (代码有误).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodeError {
    /// Nothing but white space.
    #[error("the code is empty")]
    Empty,
    /// Full-width letters, digits or signs.
    #[error("the code has full-width characters")]
    FullWidth,
    /// Neither 18 nor 9 characters.
    #[error("the code has {found} characters, not 18 or 9")]
    Length {
        /// Number of characters found.
        found: usize,
    },
    /// A character that such a code never has.
    #[error("character {position} of the code, {character:?}, does not occur in such codes")]
    Character {
        /// Place of the character, counted from 1 and without the hyphen.
        position: usize,
        /// The character, in upper case.
        character: char,
    },
    /// The last character does not agree with the others.
    #[error("the check character of the code is {found}, but the others ask for {expected}")]
    CheckDigit {
        /// The character that the others ask for.
        expected: char,
        /// The character that stands there.
        found: char,
    },
}

impl CodeError {
    /// What is wrong.
    pub fn message(&self) -> Text {
        match self {
            Self::Empty => Text::new("未填写代码", "The code is missing"),
            Self::FullWidth => Text::new("代码中有全角字符", "The code has full-width characters"),
            Self::Length { found } => Text::new(
                format!("代码应为18位或9位，现为{found}位"),
                format!("A code has 18 or 9 characters; this one has {found}"),
            ),
            Self::Character { position, character } => Text::new(
                format!("代码第{position}位“{character}”不是该代码可用的字符"),
                format!("Character {position} of the code, “{character}”, cannot occur there"),
            ),
            Self::CheckDigit { expected, found } => Text::new(
                format!("代码校验不通过：末位应为“{expected}”，现为“{found}”"),
                format!("The code fails its check: it should end in “{expected}”, not “{found}”."),
            ),
        }
    }

    /// What would put it right.
    pub fn remedy(&self) -> Text {
        match self {
            Self::Empty | Self::Length { .. } => Text::new(
                "请填写营业执照或法人证书上的18位统一社会信用代码；没有的，填写9位组织机构代码",
                "Enter the 18-character unified social credit code on the licence or certificate, or else the \
                 9-character organisation code",
            ),
            Self::FullWidth => Text::new(
                "请改用半角数字和大写字母重新填写",
                "Enter it again in half-width digits and capital letters",
            ),
            Self::Character { .. } => Text::new(
                "请只填数字和大写字母；18位代码不用字母I、O、S、V、Z，请核对是否应为数字1、0、5、2",
                "Use digits and capital letters only; 18-character codes never have I, O, S, V or Z: see whether \
                 1, 0, 5 or 2 is meant",
            ),
            Self::CheckDigit { .. } => Text::new(
                "请对照证照逐位核对：其中至少有一位填错",
                "Compare it with the certificate character by character: at least one is wrong",
            ),
        }
    }
}

/// The 31 characters of GB 32100-2015 in the order of their values.
const CREDIT_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Powers of 3 modulo 31.
const CREDIT_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// Characters that copying from documents leaves around a code: joiners, direction marks, byte order mark.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn is_credit_character(character: char) -> bool {
    CREDIT_ALPHABET.contains(character)
}

fn is_organisation_character(character: char) -> bool {
    character.is_ascii_digit() || character.is_ascii_uppercase()
}

/// Check character of the first 17 characters by GB 32100-2015.
fn credit_check(characters: &[char]) -> char {
    let value = |character: &char| CREDIT_ALPHABET.find(*character).unwrap_or(0);
    let sum: usize =
        characters.iter().map(value).zip(CREDIT_WEIGHTS).map(|(value, weight)| value * weight).sum();
    CREDIT_ALPHABET.chars().nth((31 - sum % 31) % 31).unwrap_or('0')
}

/// Check character of the first 8 characters by GB 11714.
fn organisation_check(characters: &[char]) -> char {
    let value = |character: &char| character.to_digit(36).unwrap_or(0);
    let weights = ORGANISATION_WEIGHTS.map(|weight| weight as u32);
    let sum: u32 = characters.iter().map(value).zip(weights).map(|(value, weight)| value * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).unwrap_or('0'),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CREDIT_ALPHABET, CodeError, OrganisationCode};

    #[test]
    fn public_codes_are_accepted() {
        for code in ["91350100M000100Y43", "914403001922038216", "91110000802100433B", "91000000000000000K"] {
            let parsed = OrganisationCode::parse(code).unwrap();
            assert_eq!(parsed.as_str(), code);
            assert!(parsed.is_unified());
            assert_eq!(parsed.organisation_part(), &code[8..17]);
            assert_eq!(OrganisationCode::with_check(&code[..17]), Some(parsed));
        }
    }

    #[test]
    fn organisation_codes_are_accepted_with_and_without_hyphen() {
        for code in ["M000100Y4", "M000100Y-4", " m000100y-4\n", "192203821", "19220382-1", "802100433"] {
            let parsed = OrganisationCode::parse(code).unwrap();
            assert_eq!(parsed.as_str(), code.trim().replace('-', "").to_uppercase());
            assert!(!parsed.is_unified());
            assert_eq!(parsed.organisation_part(), parsed.as_str());
        }
    }

    #[test]
    fn pasted_codes_are_cleaned_at_their_ends() {
        for text in [
            "\u{feff}91350100m000100y43\u{3000}",
            "\t91350100M000100Y43\r\n",
            "\u{202a}91350100M000100Y43\u{202c}",
        ] {
            assert_eq!(OrganisationCode::parse(text).unwrap().as_str(), "91350100M000100Y43");
        }
    }

    #[test]
    fn each_fault_is_named() {
        for (text, fault) in [
            ("", CodeError::Empty),
            (" \u{3000}\n", CodeError::Empty),
            ("９１350100M000100Y43", CodeError::FullWidth),
            ("91350100Ｍ000100Y43", CodeError::FullWidth),
            ("M000100Y－4", CodeError::FullWidth),
            ("91350100M000100Y4", CodeError::Length { found: 17 }),
            ("9135 0100 M000 100Y 43", CodeError::Length { found: 22 }),
            ("M00010-0Y4", CodeError::Length { found: 10 }),
            ("91350100M00010OY43", CodeError::Character { position: 15, character: 'O' }),
            ("91350100m00010iY43", CodeError::Character { position: 15, character: 'I' }),
            ("代1350100M000100Y43", CodeError::Character { position: 1, character: '代' }),
            ("M0001+0Y-4", CodeError::Character { position: 6, character: '+' }),
            ("91350100M000100Y44", CodeError::CheckDigit { expected: '3', found: '4' }),
            ("M000100Y-X", CodeError::CheckDigit { expected: '4', found: 'X' }),
        ] {
            assert_eq!(OrganisationCode::parse(text), Err(fault.clone()), "{text}");
            for wording in [fault.message(), fault.remedy()] {
                assert!(!wording.zh.is_empty() && !wording.en.is_empty());
            }
        }
    }

    #[test]
    fn check_character_of_an_organisation_code_may_be_x_or_zero() {
        for code in ["00000000-0", "00000006-X", "000000051"] {
            let check = code.chars().last().unwrap();
            let body: String = code.chars().take(8).collect();
            let accepted: Vec<char> = ('0'..='9')
                .chain('A'..='Z')
                .filter(|check| OrganisationCode::parse(&format!("{body}{check}")).is_ok())
                .collect();
            assert_eq!(accepted, [check], "{code}");
        }
    }

    #[test]
    fn only_seventeen_characters_of_the_alphabet_are_completed() {
        for body in ["", "9100000000000000", "910000000000000000", "9100000000000000O", "9100000000000000十"]
        {
            assert_eq!(OrganisationCode::with_check(body), None, "{body}");
        }
    }

    #[test]
    fn stored_codes_are_checked_again() {
        let code = OrganisationCode::parse("91350100m000100y43").unwrap();
        let stored = serde_json::to_string(&code).unwrap();
        assert_eq!(stored, "\"91350100M000100Y43\"");
        assert_eq!(serde_json::from_str::<OrganisationCode>(&stored).unwrap(), code);
        assert!(serde_json::from_str::<OrganisationCode>("\"91350100M000100Y44\"").is_err());
    }

    fn alphabet() -> Vec<char> {
        CREDIT_ALPHABET.chars().collect()
    }

    proptest! {
        #[test]
        fn completed_codes_are_accepted(body in prop::collection::vec(prop::sample::select(alphabet()), 17)) {
            let body: String = body.into_iter().collect();
            let code = OrganisationCode::with_check(&body).unwrap();
            prop_assert_eq!(OrganisationCode::parse(&code.as_str().to_lowercase()), Ok(code));
        }

        #[test]
        fn one_wrong_character_is_refused(
            body in prop::collection::vec(prop::sample::select(alphabet()), 17),
            place in 0usize..18,
            other in prop_oneof![prop::sample::select(alphabet()), any::<char>()],
        ) {
            let code = OrganisationCode::with_check(&String::from_iter(body)).unwrap();
            let mut characters: Vec<char> = code.as_str().chars().collect();
            prop_assume!(!characters[place].eq_ignore_ascii_case(&other));
            characters[place] = other;
            prop_assert!(OrganisationCode::parse(&String::from_iter(characters)).is_err());
        }

        #[test]
        fn one_wrong_digit_of_an_organisation_code_is_refused(number in 0u32..100_000_000, place in 0usize..8, by in 1u8..10) {
            let body = format!("{number:08}");
            let code = ('0'..='9').chain(['X'])
                .find_map(|check| OrganisationCode::parse(&format!("{body}{check}")).ok()).unwrap();
            let mut bytes = code.as_str().as_bytes().to_vec();
            bytes[place] = b'0' + (bytes[place] - b'0' + by) % 10;
            prop_assert!(OrganisationCode::parse(&String::from_utf8(bytes).unwrap()).is_err());
        }

        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            if let Err(fault) = OrganisationCode::parse(&text) {
                prop_assert!(!fault.message().zh.is_empty());
            }
        }
    }
}
