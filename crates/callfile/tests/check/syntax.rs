//! What the parser refuses, and what no value can hold, is told in words of our own: never in the parser's English.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{BASE, assert_whole, changed, check, marked};

/// What is written instead of `year = 2030` (the mark `¦` is the place of the fault), and a part of what is said in Chinese and
/// in English.
const ROWS: [(&str, &str, &str); 50] = [
    (
        "year = ¦2025-02-30",
        "没有2025年2月30日这一天：该月有28天",
        "no day 2025-02-30: that month has 28 days",
    ),
    ("year = ¦2024-02-30", "该月有29天", "that month has 29 days"),
    ("year = ¦2025-04-31", "该月有30天", "Check the date in the notice"),
    ("year = ¦2025-01-00", "没有2025年1月0日", "no day 2025-01-00"),
    ("year = ¦2025-13-01", "没有13月", "no month 13"),
    ("year = ¦2025-00-01", "没有0月", "no month 0"),
    ("year = ¦2025-3-8", "不是完整的日期", "month and day in 2"),
    ("year = ¦2025-03", "不是完整的日期", "no whole date"),
    ("year = ¦2025-03-28T24:00:00+08:00", "到当日24:00为止的，只写日期", "write the date alone"),
    ("year = ¦2025-03-28T17:60:00+08:00", "钟点或时差不对", "The hour or the offset"),
    ("year = ¦2025-03-28T17:00:00+25:00", "钟点或时差不对", "The hour or the offset"),
    ("year = \"x¦", "字符串缺少引号", "A quote of this string is missing"),
    ("year = 'x¦", "字符串缺少引号", "A quote of this string is missing"),
    ("year = \"a\\¦q\"", "反斜杠后面的写法不对", "Write a backslash itself as"),
    ("year = \"\\u12¦\"", "反斜杠后面的写法不对", "no escape"),
    ("year = \"\\u¦d800\"", "反斜杠后面的写法不对", "no escape"),
    ("year = \"x¦\u{1}\"", "控制字符", "A control character"),
    ("year = '''x¦\u{1}'''", "控制字符", "A control character"),
    ("year = \"\"\"x¦\u{1}\"\"\"", "控制字符", "A control character"),
    ("year = 1 # ¦\u{1}", "控制字符", "A control character"),
    ("year = ¦“二〇三〇”", "“二〇三〇” 没有加引号", "half-width quotes"),
    ("year = ¦5 mm", "5 mm 没有加引号", "5 mm is not in quotes"),
    ("year =¦", "等号后面没有值", "No value stands"),
    ("year = ¦True", "全部小写", "in lower case"),
    ("year = 1¦__0", "数的写法不对", "not how a number is written"),
    ("year = ¦02030", "不写前导零", "no leading zero"),
    ("year = +¦-3", "数的写法不对", "not how a number is written"),
    ("year = ¦0XFF", "数的写法不对", "not how a number is written"),
    ("year = 1.¦", "数的写法不对", "not how a number is written"),
    ("year = 1e¦", "数的写法不对", "not how a number is written"),
    ("year = 2¦,030", "数里不写逗号", "no comma inside a number"),
    ("year¦", "这个键没有值", "This key has no value"),
    ("¦= 2030", "此处不是键名", "This is no key"),
    ("¦年 = 2030", "此处不是键名", "any other key stands in quotes"),
    ("year =¦= 2030", "等号多了或少了", "equals sign too many or too few"),
    ("year = [1,¦,2]", "逗号多了或少了", "a comma too many or too few"),
    ("year = {a = 1,¦,b = 2}", "逗号多了或少了", "a comma too many or too few"),
    ("year = {a ¦1}", "等号多了或少了", "equals sign too many or too few"),
    ("[call2¦", "括号不成对", "A bracket has no partner"),
    ("[[call2]¦", "括号不成对", "A bracket has no partner"),
    ("[call2]¦]", "后面多出了内容", "Something stands behind"),
    ("year = 'it'¦s'", "外面换另一种引号", "the other kind of quotes"),
    ("year = 2030\n¦year = 2031", "出现两次", "stands twice"),
    ("¦id.a = 1", "不能又当作表", "cannot be a table as well"),
    ("¦\"\"\"year\"\"\" = 1", "此处不是键名", "This is no key"),
    ("year = 1\r¦x", "换行不完整", "A line break is not whole"),
    ("year = ¦99999999999999999999", "99999999999999999999 超出范围", "from 0 to 65535"),
    ("year = ¦0xffffffffffffffffffff", "超出范围", "is out of range"),
    ("year = 2030\nbatch = ¦-99999999999999999999", "不能为负数", "may not be negative"),
    ("year = 2030\n[[programme_target]]\nvalue = ¦1e999", "1e999 超出范围", "1e999 is out of range"),
];

/// Words of the parser or of the reader of values, which nobody should see.
const FOREIGN: [&str; 8] =
    ["expected `", "invalid ", "unexpected", "i128", "u16", "overflow", "unclosed", "TOML value"];

#[test]
fn every_fault_of_syntax_has_words_of_our_own_at_its_place() {
    let mut wrong = Vec::new();
    for (to, zh, en) in ROWS {
        let (text, line, column) = marked(&changed("year = 2030", to));
        let errors = check(&text).errors;
        let said: Vec<String> = errors
            .iter()
            .filter(|error| (error.line, error.column) == (line, column))
            .map(|error| format!("{:?} {:?}", error.message, error.help))
            .collect();
        if !said.iter().any(|said| said.contains(zh) && said.contains(en)) {
            wrong.push(format!("{to:?} at {line}:{column}: {errors:#?}"));
        }
        for error in &errors {
            assert_whole(&text, error);
            let said = format!("{:?} {:?}", error.message, error.help);
            assert!(!FOREIGN.iter().any(|foreign| said.contains(foreign)), "{to:?}: {said}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Bytes of every value of a file.
fn spans(table: &DeTable<'_>, found: &mut Vec<std::ops::Range<usize>>) {
    table.iter().for_each(|(_, value)| spans_of(value, found));
}

fn spans_of(value: &Spanned<DeValue<'_>>, found: &mut Vec<std::ops::Range<usize>>) {
    found.push(value.span());
    match value.get_ref() {
        DeValue::Array(array) => array.iter().for_each(|value| spans_of(value, found)),
        DeValue::Table(table) => spans(table, found),
        _ => {}
    }
}

#[test]
fn whatever_kind_of_value_stands_anywhere_the_rest_is_read() {
    let table = DeTable::parse(BASE).expect("the base");
    let mut found = Vec::new();
    spans(table.get_ref(), &mut found);
    // A table under a heading of its own cannot be replaced where it stands.
    found.retain(|span| !BASE[span.clone()].starts_with('[') || !BASE[..span.start].ends_with('\n'));
    assert!(found.len() > 100, "only {} values", found.len());
    let kinds = ["1", "-1", "1.5", "true", "\"x\"", "2030-01-01", "[]", "{}", "[[1]]"];
    for span in found {
        for value in kinds.into_iter().chain(["99999999999999999999", "-1e999"]) {
            let text = format!("{}{value}{}", &BASE[..span.start], &BASE[span.end..]);
            let reading = check(&text);
            let lost = reading.errors.iter().find(|error| error.code == "value_unreadable");
            assert!(lost.is_none() && !reading.unreadable, "{value} for {}: {lost:?}", &BASE[span]);
            reading.errors.iter().for_each(|error| assert_whole(&text, error));
        }
    }
}

#[test]
fn many_faults_of_syntax_are_cut_short_and_none_is_told_twice() {
    let faulty = "x = = 1\n".repeat(50);
    let reading = check(&faulty);
    assert_eq!(reading.errors.len(), 21, "{:#?}", reading.errors);
    for (nth, error) in reading.errors.iter().enumerate() {
        assert_whole(&faulty, error);
        assert!(!reading.errors[..nth].contains(error), "told twice: {error:?}");
    }
    let last = reading.errors.last().expect("an error");
    assert_eq!(last.code, "errors_more");
    assert!(last.message.zh.contains("还有") && last.message.en.contains("more"), "{last:?}");
}
