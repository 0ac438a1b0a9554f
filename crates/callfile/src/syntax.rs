//! What is wrong with the syntax of a file, in words of our own: the parser knows English only, and none of our remedies.

use jiebang_domain::shared::Text;
use jiff::civil::Date;

use crate::diagnostic::Diagnostic;
use crate::source::{SyntaxError, position};

/// Parts of what the parser says, then what is wrong and how to mend it, each in Chinese and in English. The first that fits
/// counts.
type Row = (&'static [&'static str], [&'static str; 2], [&'static str; 2]);

const ROWS: [Row; 15] = [
    (
        &["duplicate key"],
        ["这个键在同一个表中出现两次", "This key stands twice in one table"],
        [
            "删去其中一个；要写几条同类内容，用 [[…]] 各写一段",
            "Take out one of them; for several entries of a kind, write each under its own [[…]]",
        ],
    ),
    (
        &["cannot extend"],
        ["这个键已有值，不能又当作表", "This key has a value already and cannot be a table as well"],
        ["给其中一处换一个键名", "Give one of the two another key"],
    ),
    (
        &["expected non-", ", characters", "comment character"],
        ["此处有不能直接写的控制字符", "A control character stands here"],
        ["删去它；换行和制表写成 \\n、\\t", "Take it out; write a line break as \\n and a tab as \\t"],
    ),
    (
        &["string, expected `", "missing opening quote"],
        ["字符串缺少引号", "A quote of this string is missing"],
        ["在字符串末尾补上与开头相同的引号", "Close the string with the same quote that it begins with"],
    ),
    (
        &["escaped value", "unicode", "string, expected newline"],
        ["反斜杠后面的写法不对", "What follows the backslash is no escape"],
        [
            "反斜杠本身写成两个 \\\\，或整个字符串改用单引号",
            "Write a backslash itself as \\\\, or put the whole string in single quotes",
        ],
    ),
    (
        &["invalid boolean"],
        ["true 和 false 要全部小写", "true and false are written in lower case"],
        ["写成 true 或 false", "Write true or false"],
    ),
    (
        &[
            "between digits",
            "leading zero",
            " sign",
            "radix",
            "number prefix",
            "mantissa",
            "fraction",
            "exponent",
            "float",
            "integer",
        ],
        ["数的写法不对", "This is not how a number is written"],
        [
            "只写数字和小数点，如 4 或 0.5；不写前导零、逗号和单位",
            "Write digits and a point only, such as 4 or 0.5: no leading zero, no comma, no unit",
        ],
    ),
    (
        &["key with no value", "missing value"],
        ["这个键没有值", "This key has no value"],
        ["写成 键 = 值，等号用半角", "Write key = value, with a half-width equals sign"],
    ),
    (
        &["unquoted key", "keys cannot be", "missing key", "invalid key"],
        ["此处不是键名", "This is no key"],
        [
            "键名用半角字母、数字、- 和 _；别的键名加引号",
            "A key has half-width letters, digits, - and _; any other key stands in quotes",
        ],
    ),
    (
        &["`=`", "assignment"],
        ["等号多了或少了", "There is an equals sign too many or too few"],
        ["每一项写成 键 = 值", "Write each entry as key = value"],
    ),
    (
        &["comma"],
        ["逗号多了或少了", "There is a comma too many or too few"],
        ["各项之间用一个半角逗号隔开", "Put one half-width comma between two elements"],
    ),
    (
        &["unclosed", "opening", "table open"],
        ["括号不成对", "A bracket has no partner"],
        ["补上缺少的括号", "Add the bracket that is missing"],
    ),
    (
        &["unexpected key or value", "unexpected content", "invalid inline table"],
        ["这一项后面多出了内容", "Something stands behind this entry"],
        [
            "一行只写一项；字符串里面有引号的，外面换另一种引号；数里不写逗号",
            "Write one entry a line; around a text with quotes use the other kind of quotes; no comma inside a number",
        ],
    ),
    (
        &["carriage return"],
        ["换行不完整", "A line break is not whole"],
        ["另存为纯文本，换行用 LF 或 CRLF", "Save it as plain text with LF or CRLF at the ends of lines"],
    ),
    (&["recurs"], ["嵌套太深", "The nesting is too deep"], ["减少括号的层数", "Nest fewer brackets"]),
];

const OTHER: [[&str; 2]; 2] = [
    ["此处不是 TOML 的写法", "This is not how TOML is written"],
    [
        "检查引号、括号、等号和逗号是否成对、齐全",
        "Check that quotes, brackets, equals signs and commas are complete",
    ],
];

/// Most faults of syntax that are told of one file: one slip makes the parser stumble many times.
const TOLD_MAX: usize = 20;

/// The faults with line and column, each told once; behind [`TOLD_MAX`] of them, how many more there are.
pub(crate) fn diagnostics(text: &str, errors: &[SyntaxError]) -> Vec<Diagnostic> {
    let mut told: Vec<Diagnostic> = errors.iter().map(|error| diagnostic(text, error)).collect();
    told.sort_by(|one, other| {
        (one.line, one.column, &one.message.en).cmp(&(other.line, other.column, &other.message.en))
    });
    told.dedup();
    let more = told.len().saturating_sub(TOLD_MAX);
    if let Some(next) = told.get(TOLD_MAX) {
        let last = Diagnostic {
            code: "errors_more",
            line: next.line,
            column: next.column,
            message: Text::new(
                format!("从这里起还有{more}处语法错误没有列出"),
                format!("From here on, faults of syntax that are not listed: {more} more"),
            ),
            help: Text::new(
                "先改正前面的错误，再检查一次：后面的往往随之消失",
                "Mend those above and check again: the rest often go with them",
            ),
        };
        told.truncate(TOLD_MAX);
        told.push(last);
    }
    told
}

/// The fault with line and column.
fn diagnostic(text: &str, error: &SyntaxError) -> Diagnostic {
    let (line, column) = position(text, error.span.start);
    let written = text.get(error.span.clone()).unwrap_or_default();
    let (message, help) = words(&error.message, written);
    Diagnostic { code: "not_toml", line, column, message, help }
}

fn words(parser: &str, written: &str) -> (Text, Text) {
    if parser.starts_with("string values must be quoted") {
        return no_value(written);
    }
    if ["invalid date", "invalid time", "invalid offset"].iter().any(|start| parser.starts_with(start)) {
        return no_instant(written);
    }
    let row = ROWS.iter().find(|(parts, ..)| parts.iter().any(|part| parser.contains(part)));
    let [message, help] = row.map_or(OTHER, |(_, message, help)| [*message, *help]);
    (Text::new(message[0], message[1]), Text::new(help[0], help[1]))
}

/// Bare words where a value must stand.
fn no_value(written: &str) -> (Text, Text) {
    let shown: String = written.chars().take(40).collect();
    let message = match shown.as_str() {
        "" => Text::new("等号后面没有值", "No value stands behind the equals sign"),
        _ => Text::new(format!("{shown} 没有加引号"), format!("{shown} is not in quotes")),
    };
    let help = Text::new(
        "文字放在半角引号里，如 \"文字\"；数只写数字，日期写成 2025-03-28",
        "Put text in half-width quotes, \"like this\"; write a number in digits only, a date like 2025-03-28",
    );
    (message, help)
}

/// A date or time that is none: a day that does not exist, an hour that no clock shows, or half a date.
fn no_instant(written: &str) -> (Text, Text) {
    let day = written.get(..10).unwrap_or(written);
    let parts: Vec<&str> = day.split('-').collect();
    let number = |part: &str, length: usize| {
        let plain = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i16>().ok().filter(|_| plain)
    };
    let date = match parts.as_slice() {
        [year, month, day] => number(year, 4).zip(number(month, 2)).zip(number(day, 2)),
        _ => None,
    };
    let Some(((year, month), day)) = date else {
        return (
            Text::new(
                format!("{written} 不是完整的日期或时间"),
                format!("{written} is no whole date or time"),
            ),
            Text::new(
                "写成 2025-03-28：年4位，月、日各2位；有钟点的写成 2025-03-28T17:00:00+08:00",
                "Write it like 2025-03-28, the year in 4 digits, month and day in 2; with an hour, 2025-03-28T17:00:00+08:00",
            ),
        );
    };
    let check = Text::new("核对通知中的日期", "Check the date in the notice");
    let Some(first) = i8::try_from(month).ok().and_then(|month| Date::new(year, month, 1).ok()) else {
        return (Text::new(format!("没有{month}月"), format!("There is no month {month}")), check);
    };
    let days = i16::from(first.days_in_month());
    if !(1..=days).contains(&day) {
        return (
            Text::new(
                format!("没有{year}年{month}月{day}日这一天：该月有{days}天"),
                format!("There is no day {year:04}-{month:02}-{day:02}: that month has {days} days"),
            ),
            check,
        );
    }
    (
        Text::new(
            format!("{written} 的钟点或时差不对"),
            format!("The hour or the offset of {written} is wrong"),
        ),
        Text::new(
            "小时写00至23，分、秒写00至59；到当日24:00为止的，只写日期",
            "Hours run from 00 to 23, minutes and seconds to 59; for “until 24:00 of that day” write the date alone",
        ),
    )
}
