//! Chinese words of comparison, and what the law says that they mean (数量用语).
//!
//! Civil Code, article 1259: 以上, 以下, 以内 and 届满 include the number itself; 不满, 超过 and 以外 do not. Words that the article
//! does not name are read by their plain meaning.

use super::{Comparator, Text};

/// Where a reading comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Article 1259 of the Civil Code names the word.
    CivilCode,
    /// The plain meaning of the word.
    Plain,
    /// A sign of mathematics.
    Sign,
}

impl Reading {
    /// The source in words.
    pub fn words(self) -> Text {
        match self {
            Self::CivilCode => Text::new("《民法典》第一千二百五十九条", "Civil Code, article 1259"),
            Self::Plain => Text::new("通常词义", "plain meaning"),
            Self::Sign => Text::new("数学符号", "sign of mathematics"),
        }
    }
}

/// A word of comparison (比较用语).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording {
    /// The word.
    pub word: &'static str,
    /// What it means; `None` where that depends on which way is better (达到, 优于) or on how far a value may be off (约, 左右): the
    /// evaluator confirms it.
    pub comparator: Option<Comparator>,
    /// Where the reading comes from.
    pub reading: Reading,
}

const fn means(word: &'static str, comparator: Comparator, reading: Reading) -> Wording {
    Wording { word, comparator: Some(comparator), reading }
}

const fn open(word: &'static str) -> Wording {
    Wording { word, comparator: None, reading: Reading::Plain }
}

/// Every word. One that holds another stands before it: 不超过 is no 超过.
pub const WORDINGS: [Wording; 42] = [
    means("不少于", Comparator::Ge, Reading::Plain),
    means("不低于", Comparator::Ge, Reading::Plain),
    means("不小于", Comparator::Ge, Reading::Plain),
    means("不短于", Comparator::Ge, Reading::Plain),
    means("大于等于", Comparator::Ge, Reading::Plain),
    means("大于或等于", Comparator::Ge, Reading::Plain),
    means("不超过", Comparator::Le, Reading::Plain),
    means("不大于", Comparator::Le, Reading::Plain),
    means("不高于", Comparator::Le, Reading::Plain),
    means("不多于", Comparator::Le, Reading::Plain),
    means("不长于", Comparator::Le, Reading::Plain),
    means("小于等于", Comparator::Le, Reading::Plain),
    means("小于或等于", Comparator::Le, Reading::Plain),
    means("以上", Comparator::Ge, Reading::CivilCode),
    means("届满", Comparator::Ge, Reading::CivilCode),
    means("以下", Comparator::Le, Reading::CivilCode),
    means("以内", Comparator::Le, Reading::CivilCode),
    means("超过", Comparator::Gt, Reading::CivilCode),
    means("以外", Comparator::Gt, Reading::CivilCode),
    means("不满", Comparator::Lt, Reading::CivilCode),
    means("不足", Comparator::Lt, Reading::Plain),
    means("至少", Comparator::Ge, Reading::Plain),
    means("至多", Comparator::Le, Reading::Plain),
    means("最多", Comparator::Le, Reading::Plain),
    means("大于", Comparator::Gt, Reading::Plain),
    means("高于", Comparator::Gt, Reading::Plain),
    means("多于", Comparator::Gt, Reading::Plain),
    means("小于", Comparator::Lt, Reading::Plain),
    means("低于", Comparator::Lt, Reading::Plain),
    means("少于", Comparator::Lt, Reading::Plain),
    means("等于", Comparator::Eq, Reading::Plain),
    means("覆盖", Comparator::Covers, Reading::Plain),
    means("≥", Comparator::Ge, Reading::Sign),
    means("≤", Comparator::Le, Reading::Sign),
    means("＞", Comparator::Gt, Reading::Sign),
    means(">", Comparator::Gt, Reading::Sign),
    means("<", Comparator::Lt, Reading::Sign),
    means("±", Comparator::Within, Reading::Sign),
    open("达到"),
    open("优于"),
    open("左右"),
    open("约"),
];

/// The words of comparison in a text, in its order; a word inside a longer one is not another.
pub fn wordings_in(text: &str) -> Vec<Wording> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        match WORDINGS.iter().find(|wording| rest.starts_with(wording.word)) {
            Some(wording) => {
                found.push(*wording);
                rest = &rest[wording.word.len()..];
            }
            None => rest = &rest[character.len_utf8()..],
        }
    }
    found
}

/// The one comparator that a text asks for; `None` where it says none, several different ones, or leaves it open.
pub fn comparator_in(text: &str) -> Option<Wording> {
    let mut found = wordings_in(text).into_iter().filter(|wording| wording.comparator.is_some());
    let first = found.next()?;
    found.all(|other| other.comparator == first.comparator).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::{Comparator, Reading, WORDINGS, comparator_in, wordings_in};

    #[test]
    fn words_are_read_by_the_law_or_their_meaning() {
        for (text, comparator) in [
            ("50MHz以上", Some(Comparator::Ge)),
            ("不低于230rpm", Some(Comparator::Ge)),
            ("误报不超过1次", Some(Comparator::Le)),
            ("超过3项", Some(Comparator::Gt)),
            ("30min以内", Some(Comparator::Le)),
            ("横向/轴向<5mm", Some(Comparator::Lt)),
            ("每毫升≥2×10⁸个", Some(Comparator::Ge)),
            ("灵敏度达到95%以上", Some(Comparator::Ge)),
            ("大于或等于3", Some(Comparator::Ge)),
            ("重复定位精度达到0.2mm", None),
            ("3万元左右", None),
            ("1-2种", None),
            ("大于3且不超过5", None),
        ] {
            assert_eq!(comparator_in(text).and_then(|of| of.comparator), comparator, "{text}");
        }
        assert_eq!(comparator_in("3个以上").unwrap().reading, Reading::CivilCode);
        assert_eq!(wordings_in("不超过5，超过3").len(), 2);
    }

    #[test]
    fn no_word_hides_behind_one_that_it_holds() {
        for (place, wording) in WORDINGS.iter().enumerate() {
            let hidden = WORDINGS[..place].iter().find(|before| wording.word.contains(before.word));
            assert!(hidden.is_none(), "{} stands behind {hidden:?}", wording.word);
        }
    }
}
