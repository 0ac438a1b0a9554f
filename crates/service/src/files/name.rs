//! Names of uploaded files, made safe to show, to send and to write to any disk.

use crate::characters::is_unseen;

/// Most characters of a name.
const CHARACTERS_MAX: usize = 120;
/// Most bytes of a name; file systems take 255, and copies get numbers appended.
const BYTES_MAX: usize = 240;
/// Names that Windows keeps for devices.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// The last part of the name as sent, without characters that deceive or that some disk refuses; never empty, at most 120
/// characters.
pub fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|character| !is_unseen(*character))
        .map(|character| if "<>:\"|?*".contains(character) { '_' } else { character })
        .collect();
    let trimmed = plain.trim_matches(|character: char| character.is_whitespace() || character == '.');
    if trimmed.is_empty() {
        return "file".to_owned();
    }
    let (stem, ending) = split(trimmed);
    let stem = if is_reserved(stem) { format!("_{stem}") } else { stem.to_owned() };
    let ending = ending.map(|ending| format!(".{ending}")).unwrap_or_default();
    format!("{}{ending}", shortened(&stem, ending.len()))
}

/// The name with one of the endings of its type: as it is, or with the first of them appended.
pub(super) fn with_ending(name: &str, endings: &[&str]) -> String {
    let first = endings.first().copied().unwrap_or_default();
    match ending(name) {
        Some(ending) if endings.contains(&ending.as_str()) => name.to_owned(),
        _ => format!("{}.{first}", shortened(name, first.len() + 1)),
    }
}

/// The ending that claims a type, in lower case: two to five Latin letters, or letters and digits beginning with a letter. A
/// version such as `v1.2` claims nothing.
pub(super) fn ending(name: &str) -> Option<String> {
    split(name).1.map(str::to_ascii_lowercase)
}

fn split(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((stem, ending))
            if !stem.is_empty()
                && (2..=5).contains(&ending.len())
                && ending.starts_with(|character: char| character.is_ascii_alphabetic())
                && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            (stem, Some(ending))
        }
        _ => (name, None),
    }
}

/// As much of a stem as leaves room for the ending.
fn shortened(stem: &str, ending_bytes: usize) -> String {
    let mut short = String::new();
    for character in stem.chars().take(CHARACTERS_MAX.saturating_sub(ending_bytes)) {
        if short.len() + character.len_utf8() + ending_bytes > BYTES_MAX {
            break;
        }
        short.push(character);
    }
    short.trim_end_matches(|character: char| character.is_whitespace() || character == '.').to_owned()
}

fn is_reserved(stem: &str) -> bool {
    let device = stem.split('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    let numbered = |prefix| {
        device
            .strip_prefix(prefix)
            .is_some_and(|rest: &str| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    RESERVED.contains(&device.as_str()) || numbered("com") || numbered("lpt")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_cleaned() {
        for (sent, clean) in [
            ("营业执照.pdf", "营业执照.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\li\\证明 材料.PDF", "证明 材料.PDF"),
            ("a/b/", "file"),
            ("", "file"),
            ("...", "file"),
            (".pdf", "pdf"),
            ("a\0b\r\n.pdf", "ab.pdf"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a<b>:\"|?*.png", "a_b______.png"),
            ("con.pdf", "_con.pdf"),
            ("Com1.x.pdf", "_Com1.x.pdf"),
            ("company.pdf", "company.pdf"),
            ("  报告 v1.2 . ", "报告 v1.2"),
        ] {
            assert_eq!(clean_name(sent), clean, "{sent:?}");
        }
    }

    #[test]
    fn long_names_keep_their_ending() {
        let clean = clean_name(&format!("{}.pdf", "a".repeat(500)));
        assert_eq!(clean.len(), 120);
        assert!(clean.ends_with("a.pdf"));
        let clean = clean_name(&format!("{}.pdf", "揭".repeat(500)));
        assert!(clean.len() <= 240 && clean.ends_with("揭.pdf"), "{clean}");
    }

    #[test]
    fn endings_claim_types() {
        for (name, found) in [
            ("a.PDF", Some("pdf")),
            ("a.tar.gz", Some("gz")),
            ("v1.2", None),
            ("a", None),
            ("a.扫描", None),
            ("a.mp4", Some("mp4")),
        ] {
            assert_eq!(ending(name).as_deref(), found, "{name}");
        }
        assert_eq!(with_ending("扫描", &["jpg", "jpeg"]), "扫描.jpg");
        assert_eq!(with_ending("a.JPEG", &["jpg", "jpeg"]), "a.JPEG");
        assert_eq!(with_ending("报告 v1.2", &["pdf"]), "报告 v1.2.pdf");
    }

    proptest! {
        #[test]
        fn any_name_becomes_a_safe_one(name in any::<String>()) {
            let clean = with_ending(&clean_name(&name), &["pdf"]);
            prop_assert!(clean.chars().count() <= CHARACTERS_MAX && clean.len() <= BYTES_MAX);
            prop_assert!(!clean.contains(['/', '\\', '\0']) && !clean.starts_with('.') && !clean.contains(is_unseen));
            let again = clean_name(&clean);
            prop_assert_eq!(&again, &clean);
        }
    }
}
