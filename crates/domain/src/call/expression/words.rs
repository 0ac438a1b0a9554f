//! Every fault in two languages.

use super::scan::{BRACKETS_MAX, LENGTH_MAX, TERNARIES_MAX};
use super::{ExpressionFault, Kind};
use crate::shared::Text;

/// Most names that a help lists.
const LISTED_MAX: usize = 24;
/// Longest excerpt of a source in a message.
const EXCERPT_MAX: usize = 40;

fn fault(
    offset: usize,
    message: (impl Into<String>, impl Into<String>),
    help: (impl Into<String>, impl Into<String>),
) -> ExpressionFault {
    ExpressionFault { offset, message: Text::new(message.0, message.1), help: Text::new(help.0, help.1) }
}

fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The name among these that is nearest to what was written, where one is near.
fn nearest<'n>(written: &str, names: &[&'n str]) -> Option<&'n str> {
    let length = written.chars().count();
    if length > 64 {
        return None;
    }
    let limit = (length / 3).clamp(1, 3);
    let lowered = written.to_lowercase();
    let distance = |name: &str| strsim::osa_distance(&lowered, &name.to_lowercase());
    let near = names.iter().filter(|name| name.chars().count() <= 64).map(|name| (distance(name), *name));
    near.filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Names as a sentence lists them.
fn listed(names: &[&str]) -> (String, String) {
    let shown: Vec<&str> = names.iter().take(LISTED_MAX).copied().collect();
    let (mut zh, mut en) = (shown.join("、"), shown.join(", "));
    if names.len() > shown.len() {
        zh.push_str(&format!(" 等{}个", names.len()));
        en.push_str(&format!(" and {} more", names.len() - shown.len()));
    }
    (zh, en)
}

/// "Did you mean", and what there is.
fn known(written: &str, names: &[&str], label: (&str, &str)) -> (String, String) {
    if names.is_empty() {
        return (format!("此处没有任何{}", label.0), format!("there are no {} here", label.1));
    }
    let (zh, en) = listed(names);
    let (zh, en) = (format!("可用的{}：{zh}", label.0), format!("{}: {en}", label.1));
    match nearest(written, names) {
        Some(near) => (format!("是否应为「{near}」？{zh}"), format!("did you mean '{near}'? {en}")),
        None => (zh, en),
    }
}

/// A kind as people call it.
pub(super) fn kind(kind: &Kind) -> (String, String) {
    let (zh, en) = match kind {
        Kind::Boolean => ("是非值", "a condition"),
        Kind::Integer => ("整数", "a whole number"),
        Kind::Number => ("小数", "a decimal number"),
        Kind::Text => ("文字", "a text"),
        Kind::Choice(_) => ("选项", "a choice"),
        Kind::Record(_) => ("一组内容", "a group of names"),
        Kind::List(item) => {
            let (zh, en) = match &**item {
                Kind::Boolean => ("是非值", "conditions"),
                Kind::Integer => ("整数", "whole numbers"),
                Kind::Number => ("小数", "decimal numbers"),
                Kind::Text => ("文字", "texts"),
                Kind::Choice(_) => ("选项", "choices"),
                Kind::Record(_) => ("分组内容", "groups of names"),
                Kind::List(_) => ("列表", "lists"),
            };
            return (format!("{zh}的列表"), format!("a list of {en}"));
        }
    };
    (zh.to_owned(), en.to_owned())
}

// Lexical faults.

pub(super) fn too_long() -> ExpressionFault {
    fault(
        LENGTH_MAX,
        (
            format!("表达式超过{LENGTH_MAX}个字符"),
            format!("the expression is longer than {LENGTH_MAX} characters"),
        ),
        ("拆成几条规则", "split it into several rules"),
    )
}

pub(super) fn empty() -> ExpressionFault {
    fault(
        0,
        ("表达式是空的", "the expression is empty"),
        ("写一个条件，或删去这一行", "write a condition, or remove this line"),
    )
}

pub(super) fn brackets_too_deep(offset: usize) -> ExpressionFault {
    fault(
        offset,
        (
            format!("括号嵌套超过{BRACKETS_MAX}层"),
            format!("brackets are nested more than {BRACKETS_MAX} deep"),
        ),
        ("去掉多余的括号，或拆成几条规则", "remove needless brackets, or split it into several rules"),
    )
}

pub(super) fn bracket_crossed(offset: usize, close: char, open: char, opened: usize) -> ExpressionFault {
    fault(
        offset,
        (
            format!("「{close}」与第{}个字符的「{open}」不配对", opened + 1),
            format!("'{close}' does not close the '{open}' at character {}", opened + 1),
        ),
        ("检查括号是否成对", "check that brackets come in pairs"),
    )
}

pub(super) fn bracket_unopened(offset: usize, close: char) -> ExpressionFault {
    fault(
        offset,
        (format!("「{close}」没有对应的左括号"), format!("'{close}' closes nothing")),
        ("删去它，或补上左括号", "remove it, or add the bracket that opens"),
    )
}

pub(super) fn bracket_unclosed(offset: usize, open: char) -> ExpressionFault {
    let close = if open == '(' { ')' } else { ']' };
    fault(
        offset,
        (format!("「{open}」没有对应的右括号"), format!("'{open}' is never closed")),
        (format!("补上「{close}」"), format!("add '{close}'")),
    )
}

pub(super) fn too_many_ternaries(offset: usize) -> ExpressionFault {
    fault(
        offset,
        (format!("「? :」超过{TERNARIES_MAX}处"), format!("there are more than {TERNARIES_MAX} '? :'")),
        ("拆成几条规则", "split it into several rules"),
    )
}

pub(super) fn too_many_signs(offset: usize, sign: char) -> ExpressionFault {
    fault(
        offset,
        (format!("连续的「{sign}」过多"), format!("too many '{sign}' in a row")),
        (format!("写一个「{sign}」或不写"), format!("write one '{sign}' or none")),
    )
}

pub(super) fn character(offset: usize, character: char) -> ExpressionFault {
    let (zh, en) = match character {
        '{' | '}' => {
            return fault(
                offset,
                ("不支持花括号", "curly brackets are not supported"),
                ("列表写作 [\"甲\", \"乙\"]", "write a list as [\"a\", \"b\"]"),
            );
        }
        _ if character.is_control() || character.is_whitespace() => {
            let code = u32::from(character);
            (
                format!("含有不可见的字符 U+{code:04X}"),
                format!("there is an invisible character U+{code:04X}"),
            )
        }
        _ => (format!("此处不能用「{character}」"), format!("'{character}' has no meaning here")),
    };
    fault(offset, (zh, en), ("删去它", "remove it"))
}

pub(super) fn single_operator(offset: usize, operator: char) -> ExpressionFault {
    fault(
        offset,
        (format!("不能只写一个「{operator}」"), format!("a single '{operator}' has no meaning")),
        (format!("写作「{operator}{operator}」"), format!("write '{operator}{operator}'")),
    )
}

pub(super) fn word_operator(offset: usize, word: &str, operator: &str) -> ExpressionFault {
    fault(
        offset,
        (format!("不能用「{word}」连接条件"), format!("'{word}' is no operator")),
        (format!("写作「{operator}」"), format!("write '{operator}'")),
    )
}

pub(super) fn comment(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("表达式里不能写注释", "no comments inside an expression"),
        ("把注释写在表达式之外，以 # 开头", "put the comment outside the expression, after a #"),
    )
}

pub(super) fn text_prefix(offset: usize, prefix: &str) -> ExpressionFault {
    fault(
        offset,
        (format!("引号前不能写「{prefix}」"), format!("no '{prefix}' before a quote")),
        ("删去它", "remove it"),
    )
}

pub(super) fn triple_quotes(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("不支持三个引号", "triple quotes are not supported"),
        ("用一对引号", "use one pair of quotes"),
    )
}

pub(super) fn text_unclosed(offset: usize, quote: char) -> ExpressionFault {
    fault(
        offset,
        ("引号没有成对", "the text is never closed"),
        (format!("在文字末尾补上 {quote}"), format!("add {quote} at the end of the text")),
    )
}

pub(super) fn escape(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("无法识别的转义", "unknown escape"),
        ("反斜杠本身写作 \\\\，引号写作 \\\"", "write a backslash as \\\\ and a quote as \\\""),
    )
}

pub(super) fn curly_quotes(offset: usize, inner: &str) -> ExpressionFault {
    let inner = excerpt(inner);
    fault(
        offset,
        ("文字要用英文引号", "texts need straight quotes"),
        (format!("写作 \"{inner}\""), format!("write \"{inner}\"")),
    )
}

pub(super) fn full_width(offset: usize, character: char, plain: &str) -> ExpressionFault {
    fault(
        offset,
        (format!("「{character}」不是半角符号"), format!("'{character}' is not an ASCII sign")),
        (format!("写作「{plain}」"), format!("write '{plain}'")),
    )
}

pub(super) fn unquoted(offset: usize, word: &str) -> ExpressionFault {
    let word = excerpt(word);
    fault(
        offset,
        (format!("「{word}」没有加引号"), format!("'{word}' stands without quotes")),
        (format!("文字写作 \"{word}\""), format!("write a text as \"{word}\"")),
    )
}

// Faults of grammar.

pub(super) fn unreadable(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("此处无法理解", "this cannot be read"),
        ("检查运算符、括号和引号", "check operators, brackets and quotes"),
    )
}

pub(super) fn unfinished(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("表达式没有写完", "the expression is not finished"),
        ("补上末尾缺少的部分", "add what is missing at the end"),
    )
}

pub(super) fn unexpected(offset: usize, token: &str) -> ExpressionFault {
    let token = excerpt(token);
    fault(
        offset,
        (format!("此处不应出现「{token}」"), format!("'{token}' is not expected here")),
        (
            "检查它前面是否缺少运算符、逗号或括号",
            "check whether an operator, a comma or a bracket is missing before it",
        ),
    )
}

pub(super) fn reserved(offset: usize, word: &str) -> ExpressionFault {
    let word = excerpt(word);
    fault(
        offset,
        (format!("「{word}」是保留字，不能用作名字"), format!("'{word}' is reserved and cannot be a name")),
        ("条件写作「甲 ? 乙 : 丙」或用 &&、||、!", "write conditions as 'a ? b : c' or with &&, || and !"),
    )
}

pub(super) fn number_out_of_range(offset: usize) -> ExpressionFault {
    fault(offset, ("这个数太大", "this number is too large"), ("写一个较小的数", "write a smaller number"))
}

pub(super) fn unsupported(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("不支持这种写法", "this is not supported"),
        (
            "可用：比较、算术、&&、||、!、? :、in、列表和函数",
            "there are comparisons, arithmetic, &&, ||, !, ? :, in, lists and functions",
        ),
    )
}

pub(super) fn too_many_parts(offset: usize, limit: usize) -> ExpressionFault {
    fault(
        offset,
        (format!("表达式超过{limit}个部分"), format!("the expression has more than {limit} parts")),
        ("拆成几条规则", "split it into several rules"),
    )
}

pub(super) fn too_deep(offset: usize, limit: usize) -> ExpressionFault {
    fault(
        offset,
        (
            format!("运算嵌套或连续相连超过{limit}层"),
            format!("operations are nested or chained more than {limit} deep"),
        ),
        ("用 sum([…]) 或拆成几条规则", "use sum([…]), or split it into several rules"),
    )
}

// Faults of names and kinds.

pub(super) fn unknown_name(offset: usize, written: &str, names: &[&str]) -> ExpressionFault {
    let short = excerpt(written);
    let message = (format!("没有名为「{short}」的内容"), format!("there is no name '{short}'"));
    fault(offset, message, known(written, names, ("名字", "names")))
}

pub(super) fn unknown_field(offset: usize, owner: &str, written: &str, names: &[&str]) -> ExpressionFault {
    let (owner, short) = (excerpt(owner), excerpt(written));
    let message = (format!("「{owner}」里没有「{short}」"), format!("'{owner}' has no '{short}'"));
    fault(offset, message, known(written, names, ("名字", "names")))
}

pub(super) fn no_fields(offset: usize, owner: &str, found: &Kind) -> ExpressionFault {
    let (zh, en) = kind(found);
    let help = match found {
        Kind::List(_) => (
            "用 all、exists 或 map 逐项判断，如 partners.exists(p, p.kind == \"甲\")",
            "look at each item with all, exists or map, such as partners.exists(p, p.kind == \"a\")",
        ),
        _ => ("直接用这个名字，不写「.」", "use the name itself, without '.'"),
    };
    let owner = excerpt(owner);
    fault(
        offset,
        (format!("「{owner}」是{zh}，没有下一级"), format!("'{owner}' is {en}; there is nothing below it")),
        help,
    )
}

pub(super) fn unknown_choice(offset: usize, written: &str, values: &[&str]) -> ExpressionFault {
    let short = excerpt(written);
    let message = (format!("没有「{short}」这个选项"), format!("there is no choice '{short}'"));
    fault(offset, message, known(written, values, ("选项", "choices")))
}

pub(super) fn expected(offset: usize, wanted: &Kind, found: &Kind) -> ExpressionFault {
    let (wanted_zh, wanted_en) = kind(wanted);
    let (zh, en) = kind(found);
    let help = match (wanted, found) {
        (Kind::Boolean, Kind::Text | Kind::Choice(_)) => {
            ("与某个文字比较，如 != \"\"", "compare it with a text, such as != \"\"")
        }
        (Kind::Boolean, Kind::Integer | Kind::Number) => {
            ("与某个数比较，如 > 0", "compare it with a number, such as > 0")
        }
        (Kind::Boolean, Kind::List(_)) => {
            ("用 size(…) > 0，或 all、exists", "use size(…) > 0, or all, or exists")
        }
        (Kind::Boolean, Kind::Record(_)) => {
            ("写出其中一项，如 form.lead.kind == \"甲\"", "name one of them, such as form.lead.kind == \"a\"")
        }
        (Kind::Number, Kind::Integer) => {
            ("整数写作 double(…)，数字写作 2.0", "write double(…) around a whole number, and 2.0 for a digit")
        }
        _ => ("改用相应类型的内容", "use something of that kind"),
    };
    fault(
        offset,
        (format!("此处应为{wanted_zh}，却是{zh}"), format!("{wanted_en} is expected here, not {en}")),
        help,
    )
}

pub(super) fn no_order(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("名单中的编号和空文字没有大小先后", "names of a list and the empty text have no order"),
        ("用 ==、!= 或 in", "use ==, != or in"),
    )
}

pub(super) fn not_comparable(offset: usize, left: &Kind, right: &Kind) -> ExpressionFault {
    let ((left_zh, left_en), (right_zh, right_en)) = (kind(left), kind(right));
    let help = match (left, right) {
        (Kind::List(_), Kind::List(_)) => (
            "比较 size(…)，或用 all、exists 逐项判断",
            "compare size(…), or look at each item with all or exists",
        ),
        (Kind::List(_), other) | (other, Kind::List(_)) if !matches!(other, Kind::Record(_)) => {
            ("判断是否在列表中用 in", "use 'in' to ask whether it is in the list")
        }
        (Kind::Integer | Kind::Number, Kind::Text | Kind::Choice(_))
        | (Kind::Text | Kind::Choice(_), Kind::Integer | Kind::Number) => {
            ("数字不加引号，文字加引号", "numbers have no quotes, texts do")
        }
        _ => ("比较同类的内容", "compare things of one kind"),
    };
    fault(
        offset,
        (format!("{left_zh}不能与{right_zh}比较"), format!("{left_en} cannot be compared with {right_en}")),
        help,
    )
}

pub(super) fn no_arithmetic(offset: usize, left: &Kind, right: &Kind) -> ExpressionFault {
    let ((left_zh, left_en), (right_zh, right_en)) = (kind(left), kind(right));
    let help = match (left, right) {
        (Kind::Integer, Kind::Number) | (Kind::Number, Kind::Integer) => {
            ("整数写作 double(…)，数字写作 2.0", "write double(…) around a whole number, and 2.0 for a digit")
        }
        (Kind::List(_), _) | (_, Kind::List(_)) => {
            ("列表的总和用 sum(…)，项数用 size(…)", "use sum(…) or size(…) of a list")
        }
        _ => {
            ("只对数字做运算；文字只能用 + 相连", "compute with numbers only; texts can only be joined by +")
        }
    };
    fault(
        offset,
        (
            format!("{left_zh}与{right_zh}不能做这种运算"),
            format!("this cannot be computed from {left_en} and {right_en}"),
        ),
        help,
    )
}

pub(super) fn divisor(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("只能除以不为零的数字", "only a number other than zero can divide"),
        ("比例改用乘法，如 own >= 0.5 * total", "write a ratio as a product, such as own >= 0.5 * total"),
    )
}

pub(super) fn may_overflow(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("结果可能大到无法计算", "the result may be too large to compute"),
        ("减少相乘，或换用 double(…)", "multiply less, or use double(…)"),
    )
}

pub(super) fn mixed_kinds(offset: usize, first: &Kind, other: &Kind) -> ExpressionFault {
    let ((first_zh, first_en), (zh, en)) = (kind(first), kind(other));
    fault(
        offset,
        (
            format!("此处应与前一项同为{first_zh}，却是{zh}"),
            format!("this is {en}, unlike {first_en} before it"),
        ),
        ("各项用同一类内容", "use things of one kind"),
    )
}

pub(super) fn empty_list(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("列表是空的", "the list is empty"),
        ("写出各项；判断列表为空用 size(…) == 0", "name its items; ask for an empty list with size(…) == 0"),
    )
}

pub(super) fn not_a_list(offset: usize, found: &Kind) -> ExpressionFault {
    let (zh, en) = kind(found);
    let help = match found {
        Kind::Text | Kind::Choice(_) => {
            ("文字是否包含用 contains(…)", "ask for a part of a text with contains(…)")
        }
        _ => ("用列表，如 [\"甲\", \"乙\"]", "use a list, such as [\"a\", \"b\"]"),
    };
    fault(offset, (format!("此处应为列表，却是{zh}"), format!("a list is expected here, not {en}")), help)
}

pub(super) fn list_index(offset: usize) -> ExpressionFault {
    fault(
        offset,
        (
            "不能按序号取列表的某一项，列表可能更短",
            "no item of a list can be taken by its number, as the list may be shorter",
        ),
        ("用 all、exists 或 filter 逐项判断", "look at each item with all, exists or filter"),
    )
}

pub(super) fn computed_field(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("方括号里只能写名字", "square brackets can only hold a name"),
        ("写作 form[\"名字\"]，或 form.名字", "write form[\"name\"], or form.name"),
    )
}

pub(super) fn no_null(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("没有 null：每个名字都有值", "there is no null: every name has a value"),
        ("未填的文字是 \"\"，未填的列表是空列表", "a text that was not filled in is \"\", a list is empty"),
    )
}

pub(super) fn literal(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("不支持这种数字写法", "this kind of number is not supported"),
        ("整数写作 5，小数写作 0.5", "write 5 or 0.5"),
    )
}

pub(super) fn has_not_needed(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("不需要 has()：每个名字总是存在", "has() is not needed: every name always exists"),
        ("判断是否填写用 != \"\" 或 size(…) > 0", "ask whether it was filled in with != \"\" or size(…) > 0"),
    )
}

pub(super) fn variable_no_name(offset: usize) -> ExpressionFault {
    fault(
        offset,
        ("第一个参数应为循环用的名字", "the first argument must be a name for the item"),
        ("如 partners.all(p, p.kind != \"\")", "such as partners.all(p, p.kind != \"\")"),
    )
}

pub(super) fn variable_taken(offset: usize, name: &str) -> ExpressionFault {
    let name = excerpt(name);
    fault(
        offset,
        (format!("「{name}」已另有所指"), format!("'{name}' already stands for something else")),
        ("循环换一个名字", "choose another name for the item"),
    )
}

pub(super) fn nested_too_deep(offset: usize, limit: usize) -> ExpressionFault {
    fault(
        offset,
        (format!("逐项判断嵌套超过{limit}层"), format!("lists are walked more than {limit} deep")),
        ("拆成几条规则", "split it into several rules"),
    )
}

/// Functions before a bracket, and those after a value.
const FUNCTIONS: [&str; 3] = ["double", "size", "sum"];
const METHODS: [&str; 9] =
    ["all", "contains", "endsWith", "exists", "exists_one", "filter", "map", "size", "startsWith"];

pub(super) fn unknown_function(offset: usize, name: &str, is_method: bool) -> ExpressionFault {
    let short = excerpt(name);
    let message = (format!("没有名为「{short}」的函数"), format!("there is no function '{short}'"));
    let (zh, en) = known(name, if is_method { &METHODS } else { &FUNCTIONS }, ("函数", "functions"));
    if !is_method && METHODS.contains(&name) {
        let (zh, en) =
            (format!("写在值之后：值.{name}(…)"), format!("it stands after a value: value.{name}(…)"));
        return fault(offset, message, (zh, en));
    }
    if is_method && FUNCTIONS.contains(&name) {
        return fault(offset, message, (format!("写作 {name}(…)"), format!("write {name}(…)")));
    }
    fault(offset, message, (zh, en))
}

pub(super) fn arguments(offset: usize, name: &str, usage: &str) -> ExpressionFault {
    fault(
        offset,
        (format!("「{name}」的参数个数不对"), format!("'{name}' has the wrong number of arguments")),
        (format!("写作 {usage}"), format!("write {usage}")),
    )
}

pub(super) fn argument_kind(
    offset: usize,
    name: &str,
    wanted: (&str, &str),
    found: &Kind,
) -> ExpressionFault {
    let (zh, en) = kind(found);
    fault(
        offset,
        (
            format!("「{name}」只用于{}，此处是{zh}", wanted.0),
            format!("'{name}' takes {}, not {en}", wanted.1),
        ),
        (format!("改用{}", wanted.0), format!("use {}", wanted.1)),
    )
}
