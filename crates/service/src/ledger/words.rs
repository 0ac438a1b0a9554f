//! What a verification found, in words.

use jiebang_domain::shared::Text;
use jiebang_ledger::statement::{Refutation, Unread, Unreadable};

/// Why a receipt does not hold.
pub fn refutation_words(why: Refutation) -> Text {
    match why {
        Refutation::NotCanonical => Text::new(
            "文件被改动过，哪怕只是空格：不是规范格式",
            "the file was changed, if only in its spaces: it is not in canonical form",
        ),
        Refutation::Signature => {
            Text::new("这把公钥没有签过这些内容", "the key has not signed these facts at this place")
        }
        Refutation::Checkpoint => Text::new("这把公钥没有签过这个检查点", "the key has not signed this head"),
        Refutation::Proof => Text::new(
            "包含证明不成立：账本在这个位置记的不是这些内容",
            "the hashes do not lead from these facts to the head: the ledger holds something else at this place",
        ),
    }
}

/// Why a file is no receipt, with the place.
pub fn unreadable_words(found: &Unreadable) -> Text {
    let Unreadable { line, column, why } = found;
    let zh = match why {
        Unread::Encoding => "不是 UTF-8 编码".to_owned(),
        Unread::End => "文件不完整，到此为止".to_owned(),
        Unread::Syntax(said) => format!("不是 JSON（{said}）"),
        Unread::Shape(said) => format!("不是回执的内容（{said}）"),
    };
    Text::new(format!("第 {line} 行第 {column} 列：{zh}"), found.to_string())
}
