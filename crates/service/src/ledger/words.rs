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
        Refutation::OtherKey => Text::new(
            "回执由另一把密钥签署：可能出自另一个系统，或者本系统后来换过公钥；请用出具单位当时公布的公钥核验",
            "another key has signed this receipt: it is from another installation, or from before this one changed its key; verify \
             it with the key that its issuer published at the time",
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

/// Why a file is no receipt, with the place, in words of our own: the parser knows English only.
pub fn unreadable_words(found: &Unreadable) -> Text {
    let Unreadable { line, column, why } = found;
    let why = match why {
        Unread::Encoding => Text::new("不是 UTF-8 编码", "not UTF-8"),
        Unread::End => Text::new("文件不完整，到此为止", "the file ends too early"),
        Unread::Syntax(said) => {
            let said = syntax_words(said);
            Text::new(format!("不是 JSON（{}）", said.zh), format!("not JSON ({})", said.en))
        }
        Unread::Shape(said) => {
            let said = shape_words(said);
            Text::new(format!("不是回执的内容（{}）", said.zh), format!("not a receipt ({})", said.en))
        }
    };
    Text::new(
        format!("第 {line} 行第 {column} 列：{}", why.zh),
        format!("line {line}, column {column}: {}", why.en),
    )
}

/// What is wrong with the JSON, by a part of what the parser says.
const SYNTAX: [(&str, &str, &str); 13] = [
    ("expected value", "此处应有一个值", "a value must stand here"),
    ("expected ident", "此处的词应为 true、false 或 null", "the word here must be true, false or null"),
    ("key must be", "名称没有加双引号", "a name is not in double quotes"),
    ("expected `:`", "名称后面缺少冒号", "a colon is missing behind a name"),
    ("expected `,`", "缺少逗号或右括号", "a comma or a closing bracket is missing"),
    ("trailing comma", "最后一项后面多了逗号", "a comma stands behind the last entry"),
    ("trailing characters", "回执后面多出了内容", "something stands behind the receipt"),
    (
        "control character",
        "文字中有不能直接写的控制字符或换行",
        "a text holds a control character or a line break",
    ),
    ("recursion", "嵌套太深", "the nesting is too deep"),
    ("number", "数的写法不对", "this is not how a number is written"),
    ("escape", "反斜杠后面的写法不对", "what follows the backslash is no escape"),
    ("unicode", "反斜杠后面的写法不对", "what follows the backslash is no escape"),
    ("surrogate", "反斜杠后面的写法不对", "what follows the backslash is no escape"),
];

fn syntax_words(said: &str) -> Text {
    let row = SYNTAX.iter().find(|(part, ..)| said.contains(part));
    row.map_or_else(
        || Text::new("此处不是 JSON 的写法", "this is not how JSON is written"),
        |(_, zh, en)| Text::new(*zh, *en),
    )
}

/// What is wrong with the parts of the receipt.
fn shape_words(said: &str) -> Text {
    let name = said.split('`').nth(1).unwrap_or_default();
    if said.starts_with("missing field") {
        return Text::new(format!("缺少 {name}"), format!("{name} is missing"));
    }
    if said.starts_with("duplicate field") {
        return Text::new(format!("{name} 出现两次"), format!("{name} stands twice"));
    }
    if said.starts_with("unknown field") {
        return Text::new(format!("不应有 {name}"), format!("{name} has no place here"));
    }
    let kinds = said
        .strip_prefix("invalid type: ")
        .or_else(|| said.strip_prefix("invalid value: "))
        .and_then(|said| said.split_once(", expected "));
    match kinds {
        Some((found, expected)) => {
            let (found, expected) = (kind_words(found), kind_words(expected));
            Text::new(
                format!("此处应为{}，写的是{}", expected.zh, found.zh),
                format!("{} should stand here, not {}", expected.en, found.en),
            )
        }
        None => Text::new("此处的内容与回执不符", "what stands here is not what a receipt holds"),
    }
}

/// A kind of value in words, from the parser's: `sequence`, `string "7"`, `u64`, `struct Promise`.
fn kind_words(said: &str) -> Text {
    let (zh, en) = match said.split([' ', '`']).next().unwrap_or_default() {
        "string" => ("文字", "a text"),
        "u64" => ("不小于0的整数", "a whole number from 0 on"),
        "integer" => ("整数", "a whole number"),
        "floating" => ("小数", "a decimal number"),
        "boolean" => ("true 或 false", "true or false"),
        "null" | "unit" => ("空值", "nothing"),
        "sequence" => ("数组", "a list"),
        "map" | "struct" => ("一组带名称的值", "values with names"),
        "an" => ("带有 promise 的一组值", "values with names, and promise among them"),
        "a" if said.contains("string") => ("文字", "a text"),
        "a" if said.contains("sequence") => ("数组", "a list"),
        _ => ("另一种值", "another kind of value"),
    };
    Text::new(zh, en)
}

#[cfg(test)]
mod tests {
    use jiebang_ledger::statement::Statement;

    use super::unreadable_words;

    #[test]
    fn what_is_no_receipt_is_told_in_words_of_our_own() {
        let promise = r#"{"promise":{"note":"","position":7,"salt":""}"#;
        for (file, zh, en) in [
            (
                "{}",
                "第 1 行第 2 列：不是回执的内容（缺少 promise）",
                "line 1, column 2: not a receipt (promise is missing)",
            ),
            ("[]", "（此处应为带有 promise 的一组值，写的是数组）", "not a list"),
            ("7", "写的是整数）", "not a whole number"),
            ("x", "第 1 行第 1 列：不是 JSON（此处应有一个值）", "a value must stand here"),
            ("nul_", "应为 true、false 或 null", "true, false or null"),
            ("{a}", "没有加双引号", "double quotes"),
            ("{\"a\" 1}", "缺少冒号", "a colon is missing"),
            ("{\"a\":1 2}", "缺少逗号", "a comma or"),
            ("{\"a\":1,}", "多了逗号", "behind the last entry"),
            ("{\"a\":\"\u{1}\"}", "控制字符", "a control character"),
            ("{\"a\":\"\\q\"}", "反斜杠", "the backslash"),
            ("{\"a\":01}", "数的写法", "how a number"),
            (
                "{\"promise\":\"\"}",
                "应为一组带名称的值，写的是文字",
                "values with names should stand here, not a text",
            ),
            (
                &promise.replace('7', "\"7\""),
                "应为不小于0的整数，写的是文字",
                "a whole number from 0 on should stand here, not a text",
            ),
            (
                &promise.replace('7', "-7"),
                "应为不小于0的整数，写的是整数",
                "from 0 on should stand here, not a whole number",
            ),
            (&promise.replace('7', "null"), "写的是空值", "not nothing"),
            (&promise.replace("salt", "sald"), "不应有 sald", "sald has no place"),
            (&promise.replace("salt", "note"), "note 出现两次", "note stands twice"),
            (&format!("{promise}}} x"), "后面多出了内容", "behind the receipt"),
            (&format!("{promise},\"proof\":{{\"hashes\":1}}}}"), "应为数组", "a list should stand here"),
            (promise, "文件不完整", "ends too early"),
        ] {
            let words = unreadable_words(&Statement::parse(file).unwrap_err());
            assert!(words.zh.contains(zh) && words.en.contains(en), "{file}: {words:?}");
            for parsers in ["expected value", "invalid type", "field `", "sequence", "struct", "line 1 "] {
                assert!(!words.zh.contains(parsers) && !words.en.contains(parsers), "{file}: {words:?}");
            }
            assert!(!words.zh.contains("invalid") && !words.zh.contains("expected"), "{file}: {words:?}");
        }
    }
}
