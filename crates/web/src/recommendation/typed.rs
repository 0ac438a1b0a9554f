//! What somebody typed at a desk, in rows to read, on the page that keeps it when it could not be saved.

use jiebang_domain::shared::Language;

use super::ACT;
use super::application::{ASSESS, OPINION, RETURN};
use super::confirmation::{OVERRUN, REOPEN, SIGN};
use super::overview::{APPROVE, DECLINE};
use crate::views::ReviewRow;
use crate::words::pick;

/// Texts and choices that people type at a desk: name and label.
const TYPED: [(&str, &str, &str); 8] = [
    ("note", "核实说明", "Note of verification"),
    ("reason", "推荐理由", "Reason"),
    ("remark", "备注", "Note"),
    ("opinion_note", "意见的理由", "Reason of the opinion"),
    ("return_note", "须补正的内容", "What is to be corrected"),
    ("overrun_reason", "超额推荐的理由", "Why there are more"),
    ("overrun_note", "对超额推荐的意见", "What is said to more places"),
    ("reopen_reason", "重新打开的理由", "Why it is opened again"),
];

/// The act that a form asks for, and what was typed in it; blanks are left out.
pub(crate) fn typed_rows(pairs: &[(String, String)], language: Language) -> Vec<ReviewRow> {
    let row = |key: String, value: String| ReviewRow { key, value, ..ReviewRow::default() };
    let last = |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map_or("", |(_, value)| value);
    let mut rows = Vec::new();
    let numbered = pairs.iter().any(|(name, _)| name.starts_with("rank."));
    let act = if numbered { Some(("保存排序", "Save the ranking")) } else { act_words(last(ACT)) };
    rows.extend(act.map(|(zh, en)| row(pick(language, "操作", "What you did"), pick(language, zh, en))));
    for (name, zh, en) in TYPED {
        let value = last(name).trim();
        if !value.is_empty() {
            rows.push(row(pick(language, zh, en), value.to_owned()));
        }
    }
    let ranks =
        pairs.iter().filter(|(name, value)| name.starts_with("rank.") && !value.trim().is_empty()).count();
    if numbered {
        rows.push(row(
            pick(language, "填写的序号", "Numbers filled in"),
            pick(language, &format!("{ranks} 项"), &ranks.to_string()),
        ));
    }
    rows
}

fn act_words(act: &str) -> Option<(&'static str, &'static str)> {
    Some(match act {
        ASSESS => ("保存核实意见", "Save the sheet"),
        OPINION => ("表示部门意见", "State the department's opinion"),
        RETURN => ("退回补正", "Return for correction"),
        SIGN => ("签署名单", "Sign the list"),
        OVERRUN => ("请求超额推荐", "Ask for more places"),
        REOPEN => ("重新打开名单", "Open the list again"),
        APPROVE => ("批准超额推荐", "Approve more places"),
        DECLINE => ("不批准超额推荐", "Decline more places"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::typed_rows;
    use jiebang_domain::shared::Language;

    #[test]
    fn the_act_is_named_and_blanks_are_left_out() {
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let sign = typed_rows(&pairs(&[("act", "sign"), ("seen", "ab")]), Language::Zh);
        assert_eq!(sign.iter().map(|row| row.value.as_str()).collect::<Vec<_>>(), ["签署名单"]);
        let ranks = typed_rows(&pairs(&[("rank.a", "1"), ("rank.b", " ")]), Language::En);
        assert_eq!(ranks.iter().map(|row| row.value.as_str()).collect::<Vec<_>>(), ["Save the ranking", "1"]);
        let sheet = typed_rows(&pairs(&[("act", "assess"), ("note", "x"), ("reason", "")]), Language::Zh);
        assert_eq!(sheet.len(), 2);
    }
}
