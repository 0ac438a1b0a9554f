use proptest::prelude::*;
use std::collections::BTreeMap;
use std::thread;

use super::*;

/// The names that the tests speak of.
fn scope() -> Scope {
    let partner = Kind::Record(BTreeMap::from([
        ("name".to_owned(), Kind::Text),
        ("kind".to_owned(), Kind::choice(["enterprise", "university", "institute"])),
        ("staff".to_owned(), Kind::Integer),
        ("share".to_owned(), Kind::Number),
        ("mainland".to_owned(), Kind::Boolean),
        ("fields".to_owned(), Kind::list(Kind::Text)),
    ]));
    let mut scope = Scope::new();
    scope.insert("form.lead.name", Kind::Text);
    scope.insert("form.lead.kind", Kind::choice(["enterprise", "university", "institute"]));
    scope.insert("form.lead.legal-person", Kind::Boolean);
    scope.insert("form.years", Kind::Integer);
    scope.insert("form.budget", Kind::Number);
    scope.insert("form.own", Kind::Number);
    scope.insert("form.joint", Kind::Boolean);
    scope.insert("form.areas", Kind::list(Kind::choice(["medical", "industry"])));
    scope.insert("form.amounts", Kind::list(Kind::Number));
    scope.insert("form.counts", Kind::list(Kind::Integer));
    scope.insert("partners", Kind::list(partner));
    scope
}

fn partner(name: &str, kind: &str, staff: i64, share: f64) -> Fact<'static> {
    Fact::record([
        ("name", name.to_owned().into()),
        ("kind", kind.to_owned().into()),
        ("staff", staff.into()),
        ("share", share.into()),
        ("mainland", true.into()),
        ("fields", vec!["光学".into(), "算法".into()].into()),
    ])
}

fn facts() -> Facts<'static> {
    let names: Vec<(&str, Fact)> = vec![
        ("form.lead.name", "甲大学".into()),
        ("form.lead.kind", "university".into()),
        ("form.lead.legal-person", true.into()),
        ("form.years", 3.into()),
        ("form.budget", 33.3.into()),
        ("form.own", 9.99.into()),
        ("form.joint", true.into()),
        ("form.areas", vec!["medical".into()].into()),
        ("form.amounts", vec![0.1.into(), 0.2.into()].into()),
        ("form.counts", vec![2.into(), 5.into()].into()),
        (
            "partners",
            vec![partner("乙公司", "enterprise", 12, 33.3), partner("丙所", "institute", 0, 66.7)].into(),
        ),
    ];
    names.into_iter().collect()
}

fn compile(source: &str) -> Result<Expression, Vec<ExpressionFault>> {
    Expression::compile(source, &scope(), &Kind::Boolean)
}

#[track_caller]
fn judged(source: &str, facts: &Facts) -> bool {
    let expression = compile(source).unwrap_or_else(|faults| panic!("{source}: {faults:#?}"));
    assert_eq!(expression.source(), source);
    expression.holds(facts).unwrap_or_else(|error| panic!("{source}: {error:?}"))
}

#[test]
fn an_answer_that_is_not_there_leaves_open_only_what_depends_on_it() {
    let partner = |mainland: Fact<'static>| Fact::record([("name", "乙".into()), ("mainland", mainland)]);
    let with = |joint: Fact<'static>, mainland: [Fact<'static>; 2]| {
        Facts::from_iter([
            ("form.joint", joint),
            ("form.years", 3.into()),
            ("form.lead.legal-person", true.into()),
            ("partners", Fact::List(mainland.map(partner).to_vec())),
        ])
    };
    let open = || with(Fact::Unanswered, [Fact::Unanswered, true.into()]);
    let no = || with(Fact::Unanswered, [Fact::Unanswered, false.into()]);
    for (source, facts, wanted) in [
        ("form.joint", open(), None),
        ("!form.joint", open(), None),
        ("form.joint == false", open(), None),
        ("form.joint ? true : false", open(), None),
        ("form.joint || form.years > 2", open(), Some(true)),
        ("form.years > 2 || form.joint", open(), Some(true)),
        ("form.joint || form.years > 3", open(), None),
        ("form.joint && form.years > 3", open(), Some(false)),
        ("form.joint && form.years > 2", open(), None),
        ("form.lead[\"legal-person\"]", open(), Some(true)),
        ("partners.all(p, p.mainland)", open(), None),
        ("partners.all(p, p.mainland)", no(), Some(false)),
        ("partners.exists(p, p.mainland)", open(), Some(true)),
        ("partners.exists(p, p.mainland)", no(), None),
        ("partners.exists_one(p, p.mainland)", open(), None),
        ("size(partners.filter(p, p.mainland)) > 0", open(), None),
        ("true in partners.map(p, p.mainland)", open(), None),
        ("partners.all(p, p.name == \"乙\")", open(), Some(true)),
    ] {
        let expression = compile(source).unwrap_or_else(|faults| panic!("{source}: {faults:#?}"));
        assert_eq!(expression.holds(&facts), wanted.ok_or(Undecided::Unanswered), "{source}");
    }
}

#[test]
fn expressions_hold_as_they_read() {
    let facts = facts();
    for source in [
        "true",
        "form.lead.kind == \"university\"",
        "form.lead.kind != 'enterprise' && form.joint",
        "form.lead[\"legal-person\"]",
        "form.lead.kind in [\"university\", \"institute\"]",
        "!(form.lead.kind in [\"\", \"enterprise\"])",
        "form.lead.kind != \"\" || form.lead.name == \"乙\"",
        "form.lead.name.startsWith(\"甲\") && form.lead.name.endsWith(\"大学\")",
        "size(form.lead.name) == 3 && form.lead.name.size() == 3",
        "form.lead.name + \"（甲）\" == \"甲大学（甲）\"",
        "size(partners) <= 4",
        "size(partners) + 1 == form.years",
        "\"medical\" in form.areas",
        "form.joint == (size(partners) > 0)",
        "form.years < 3.5 && form.years == 3.0 && 2.9 < form.years",
        "form.own <= 0.3 * form.budget",
        "form.own >= 0.3 * form.budget",
        "form.budget / 100.0 == 0.333",
        "sum(form.amounts) == 0.3",
        "sum(form.counts) == 7",
        "sum(form.counts.filter(n, n > 100)) == 0",
        "sum(form.amounts.filter(n, n > 100.0)) + 0.5 == 0.5",
        "sum(partners.map(p, p.share)) == 100.0",
        "sum([form.budget, form.own, 0.01]) == 43.3",
        "double(form.years) * 1.5 == 4.5",
        "form.years % 2 == 1 && form.years / 2 == 1 && -form.years == -3",
        "partners.all(p, p.kind != \"\" && p.name != form.lead.name)",
        "partners.exists(p, p.kind == \"institute\" && p.staff == 0)",
        "partners.exists_one(p, p.kind == \"enterprise\")",
        "partners.filter(p, p.staff > 0).size() == 1",
        "partners.map(p, p.staff > 0, p.name)\n  .exists(name, name == \"乙公司\")",
        "partners.all(p, p.fields.exists(f, f == \"光学\"))",
        "partners.all(p, partners.exists_one(q, q.name == p.name))",
        "[1, 2, 3].exists(n, n == form.years)",
        "form.joint ? size(partners) > 0 : size(partners) == 0",
        "(form.joint ? form.lead.kind : \"enterprise\") == \"university\"",
        "(form.joint ? form.counts : [1]).exists(n, n == 5)",
    ] {
        assert!(judged(source, &facts), "{source}");
    }
    for source in ["false", "!form.joint", "form.years > 3", "partners.all(p, p.staff > 0)"] {
        assert!(!judged(source, &facts), "{source}");
    }
}

#[test]
fn other_kinds_can_be_expected() {
    let scope = scope();
    let choice = Kind::choice(["enterprise", "university", "institute", "other"]);
    for (source, expected) in [
        ("form.years", Kind::Integer),
        ("form.lead.kind", Kind::Text),
        ("form.lead.kind", choice.clone()),
        ("form.joint ? \"other\" : \"\"", choice.clone()),
        ("partners.map(p, p.kind)", Kind::list(Kind::Text)),
    ] {
        assert!(Expression::compile(source, &scope, &expected).is_ok(), "{source}");
    }
    let faults = Expression::compile("form.joint ? \"otter\" : \"\"", &scope, &choice).expect_err("a fault");
    assert_eq!((faults.len(), faults[0].offset), (1, 13));
    assert!(faults[0].help.en.starts_with("did you mean 'other'?"), "{faults:?}");
    let number = Expression::compile("form.years", &scope, &Kind::Integer).expect("an expression");
    assert_eq!(number.holds(&facts()), Err(Undecided::Failed("int is no condition".to_owned())));
}

/// Source, then place and a part of the Chinese message or help of each fault.
const BAD: &[(&str, &[(usize, &str)])] = &[
    // Names.
    ("forn.years > 1", &[(0, "是否应为「form」")]),
    ("form.yeers > 1 && partner.size() > 0", &[(5, "是否应为「years」"), (18, "是否应为「partners」")]),
    ("form . leed.name == \"\"", &[(7, "「form」里没有「leed」")]),
    ("form.lead.name.text == \"\"", &[(15, "是文字，没有下一级")]),
    ("partners.kind == \"\"", &[(9, "用 all、exists 或 map")]),
    ("partners[0].kind == \"\"", &[(8, "列表可能更短")]),
    ("form[form.lead.name]", &[(5, "方括号里只能写名字")]),
    ("form.lead[\"legal-persn\"]", &[(10, "legal-person")]),
    (".form.joint", &[(1, "是否应为「form」")]),
    ("partners.all(p, q.staff > 0)", &[(16, "没有名为「q」")]),
    ("partners.all(p, true) && p.staff > 0", &[(25, "没有名为「p」")]),
    ("partners.all(form, true)", &[(9, "「form」已另有所指")]),
    ("partners.all(p, p.fields.all(p, true))", &[(25, "「p」已另有所指")]),
    ("partners.all(p.name, true)", &[(14, "第一个参数应为循环用的名字")]),
    ("int", &[(0, "没有名为「int」")]),
    // Choices.
    ("form.lead.kind == \"univercity\"", &[(18, "是否应为「university」")]),
    ("\"university\" == form.lead.kind || \"x\" != form.lead.kind", &[(34, "没有「x」这个选项")]),
    ("form.lead.kind in [\"university\", \"高校\", \"firm\"]", &[(33, "「高校」"), (39, "「firm」")]),
    ("form.lead.kind == (form.joint ? \"university\" : \"firm\")", &[(47, "「firm」")]),
    ("\"medicine\" in form.areas", &[(0, "没有「medicine」这个选项")]),
    ("partners.exists(p, p.kind == \"firm\")", &[(29, "「firm」")]),
    // Kinds.
    ("form.years", &[(0, "此处应为是非值，却是整数")]),
    ("form.lead.name && form.joint", &[(0, "与某个文字比较")]),
    ("!size(partners)", &[(5, "与某个数比较")]),
    ("!partners", &[(1, "size(…) > 0")]),
    ("form.joint ? 1 : 2", &[(0, "此处应为是非值，却是整数")]),
    ("(form.joint ? 1 : \"a\") == 1", &[(18, "此处应与前一项同为整数")]),
    ("form.joint ? form.years : form.joint", &[(26, "此处应与前一项同为整数，却是是非值")]),
    ("form.years == \"3\"", &[(11, "整数不能与选项比较")]),
    ("form.lead.name > 3", &[(15, "文字不能与整数比较")]),
    ("form.lead.kind < \"university\"", &[(15, "没有大小先后")]),
    ("form.lead.name > \"\"", &[(15, "没有大小先后")]),
    ("form.joint < true", &[(11, "是非值不能与是非值比较")]),
    ("form.areas == [\"medical\"]", &[(11, "比较 size(…)")]),
    ("form.areas == \"medical\"", &[(11, "用 in")]),
    ("form.lead == form.lead", &[(10, "一组内容不能与一组内容比较")]),
    ("form.lead in partners", &[(10, "一组内容不能与一组内容比较")]),
    ("\"a\" in form.lead.name", &[(7, "contains")]),
    ("1 in form.areas", &[(2, "整数不能与选项比较")]),
    ("form.years in [1, \"2\"]", &[(18, "此处应与前一项同为整数")]),
    ("form.years in []", &[(14, "列表是空的")]),
    ("form.lead.name == null", &[(18, "没有 null")]),
    (
        "form.years == 1u || b == 1u",
        &[(14, "不支持这种数字写法"), (20, "没有名为「b」"), (25, "不支持这种数字写法")],
    ),
    ("has(form.lead)", &[(0, "不需要 has()")]),
    ("has(partners)", &[(4, "不需要 has()")]),
    // Numbers.
    ("form.years * 0.5 > 1.0", &[(11, "double(…)")]),
    ("form.lead.name - \"a\" == \"\"", &[(15, "不能做这种运算")]),
    ("size(partners + partners) > 0", &[(14, "项数用 size(…)")]),
    ("-form.lead.name == 1", &[(1, "此处应为整数，却是文字")]),
    ("form.own / form.budget > 0.5", &[(11, "只能除以不为零的数字")]),
    ("form.years / 0 == 1 || form.years % -0 == 1", &[(13, "只能除以"), (37, "只能除以")]),
    ("form.own % 2.0 == 1.0", &[(9, "不能做这种运算")]),
    ("form.years * form.years > 1", &[(11, "结果可能大到无法计算")]),
    ("sum(form.counts.map(n, n * 1000)) > 1", &[(0, "结果可能大到无法计算")]),
    ("form.budget * form.budget * form.budget * form.budget > 1.0", &[(40, "结果可能大到")]),
    ("form.years == 9223372036854775808", &[(14, "这个数太大")]),
    ("form.budget > 1e999", &[(14, "这个数太大")]),
    // Functions.
    ("sizeof(partners) > 0", &[(0, "没有名为「sizeof」的函数")]),
    ("form.lead.name.startWith (\"a\")", &[(15, "是否应为「startsWith」")]),
    ("form.lead.name.matches(\"a\")", &[(15, "没有名为「matches」")]),
    ("contains(form.lead.name, \"a\")", &[(0, "值.contains(…)")]),
    ("form.counts.sum() > 1", &[(12, "写作 sum(…)")]),
    ("size(partners, partners) > 1", &[(0, "参数个数不对")]),
    ("partners.all(p)", &[(9, "写作 ….all(x, …)")]),
    ("form.lead.name.contains()", &[(15, "写作 ….contains(\"…\")")]),
    ("form.lead.name.contains(1)", &[(24, "只用于文字")]),
    ("form.years.contains(\"1\")", &[(0, "只用于文字")]),
    ("size(form.years) > 1", &[(5, "只用于列表或文字")]),
    ("sum(partners) > 1", &[(4, "只用于数字的列表")]),
    ("sum(form.years) > 1", &[(4, "此处是整数")]),
    ("double(form.lead.name) > 1.0", &[(7, "只用于数字")]),
    ("form.lead.all(f, true)", &[(0, "此处应为列表")]),
    ("partners.all(p, p.fields.all(f, form.counts.all(n, n > 0)))", &[(44, "嵌套超过2层")]),
    ("partners.all(p, p.staff) && partners.exists(p, p.nam == \"\")", &[(16, "却是整数"), (49, "「name」")]),
    // Grammar.
    ("form.years > ", &[(13, "没有写完")]),
    ("form.lead.name == \"甲乙\" form.joint", &[(23, "不应出现「form」")]),
    ("form.joint\n  && form.joint form", &[(27, "不应出现「form」")]),
    ("(form.joint ? true)", &[(18, "不应出现「)」")]),
    ("form.years > > 1", &[(13, "不应出现「>」")]),
    ("if == 1", &[(0, "「if」是保留字")]),
    ("form.?joint", &[(4, "不支持这种写法")]),
    // Characters.
    ("", &[(0, "表达式是空的")]),
    (" \n\t", &[(0, "表达式是空的")]),
    ("form.years = 3", &[(11, "写作「==」")]),
    ("form.joint & form.joint | true", &[(11, "写作「&&」"), (24, "写作「||」")]),
    ("form.joint and not form.joint", &[(11, "写作「&&」"), (15, "写作「!」")]),
    ("form.lead.name == “甲”", &[(18, "写作 \"甲\"")]),
    ("form.lead.name ＝= 高校", &[(15, "写作「=」"), (16, "不能只写一个「=」"), (18, "「高校」没有加引号")]),
    ("size（partners) >= 3", &[(4, "写作「(」"), (13, "没有对应的左括号")]),
    ("form.years ≥ 3", &[(11, "写作「>=」")]),
    ("(form.joint", &[(0, "补上「)」")]),
    ("form.joint)", &[(10, "没有对应的左括号")]),
    ("(form.joint]", &[(11, "不配对")]),
    ("form.lead.name == \"甲", &[(18, "引号没有成对")]),
    ("form.lead.name == (\"a\nb\"", &[(19, "引号没有成对")]),
    ("form.lead.name == \"\\q\"", &[(19, "无法识别的转义")]),
    ("form.lead.name == r\"a\"", &[(18, "引号前不能写「r」")]),
    ("form.lead.name == \"\"\"a\"\"\"", &[(18, "不支持三个引号")]),
    ("form.joint // 注释", &[(11, "不能写注释")]),
    ("{\"a\": 1}", &[(0, "不支持花括号"), (7, "不支持花括号")]),
    ("form.joint\u{0}", &[(10, "U+0000")]),
    ("form.lead.name == \"\u{7}\"", &[(19, "U+0007")]),
    ("form.\u{200b}joint", &[(5, "此处不能用")]),
    ("`form`", &[(0, "此处不能用"), (5, "此处不能用")]),
    ("!!!form.joint", &[(2, "连续的「!」过多")]),
    ("- - -1 == form.years", &[(4, "连续的「-」过多")]),
];

#[test]
fn faults_have_a_place_and_help() {
    for (source, expected) in BAD {
        let faults = compile(source).expect_err(source);
        let places: Vec<usize> = faults.iter().map(|fault| fault.offset).collect();
        let wanted: Vec<usize> = expected.iter().map(|(offset, _)| *offset).collect();
        assert_eq!(places, wanted, "{source}: {faults:#?}");
        for (fault, (_, part)) in faults.iter().zip(*expected) {
            let said = format!("{}；{}", fault.message.zh, fault.help.zh);
            assert!(said.contains(part), "{source}: {said}");
            let english = format!("{}{}", fault.message.en, fault.help.en);
            assert!(!fault.message.en.is_empty() && !fault.help.en.is_empty(), "{source}");
            assert!(
                english.is_ascii() || !source.is_ascii() || english.contains(['…', '甲']),
                "{source}: {english}"
            );
        }
    }
}

#[test]
fn limits_are_faults() {
    let at_limit = format!("form.lead.name != \"{}\"", "甲".repeat(scan::LENGTH_MAX - 19 - 1));
    assert_eq!(at_limit.chars().count(), scan::LENGTH_MAX);
    assert!(compile(&at_limit).is_ok());
    let nested = |depth: usize| format!("{}form.joint{}", "(".repeat(depth), ")".repeat(depth));
    assert!(compile(&nested(scan::BRACKETS_MAX)).is_ok());
    let chain = |terms: usize| format!("{} > 0", vec!["1"; terms].join("+"));
    assert!(compile(&chain(20)).is_ok());
    let ternaries = |count: usize| format!("{}true", "true ? true : ".repeat(count));
    assert!(compile(&ternaries(scan::TERNARIES_MAX)).is_ok());
    for (source, offset, part) in [
        (format!("{at_limit} "), scan::LENGTH_MAX, "超过1000个字符"),
        (nested(scan::BRACKETS_MAX + 1), scan::BRACKETS_MAX, "嵌套超过16层"),
        (chain(40), 34, "超过24层"),
        (ternaries(scan::TERNARIES_MAX + 1), 229, "超过16处"),
        (vec!["true"; 160].join("&&"), 0, "超过300个部分"),
        (format!("true{}", ".b".repeat(100)), 154, "超过24层"),
        ("(".repeat(100_000), scan::LENGTH_MAX, "超过1000个字符"),
        ("(".repeat(1_000), scan::BRACKETS_MAX, "嵌套超过16层"),
        ("[".repeat(1_000), scan::BRACKETS_MAX, "嵌套超过16层"),
        ("!".repeat(1_000), 2, "过多"),
        ("-".repeat(1_000), 2, "过多"),
        ("\"".repeat(1_000), 0, "三个引号"),
        ("true?".repeat(200), 84, "超过16处"),
    ] {
        let faults = compile(&source).expect_err("a fault");
        assert_eq!(faults[0].offset, offset, "{source}: {:?}", faults[0]);
        assert!(faults[0].message.zh.contains(part), "{source}: {:?}", faults[0]);
    }
}

#[test]
fn facts_out_of_range_are_an_error_and_no_panic() {
    let sum = compile("sum(form.counts) > 0 && form.years + 1 > 0").expect("an expression");
    let extreme = |years: i64, counts: Vec<Fact<'static>>| {
        Facts::from_iter([("form.years", years.into()), ("form.counts", counts.into())])
    };
    assert_eq!(sum.holds(&extreme(1, vec![1.into()])), Ok(true));
    assert!(sum.holds(&extreme(i64::MAX, vec![1.into()])).is_err());
    assert!(sum.holds(&extreme(1, vec![i64::MAX.into(), 1.into()])).is_err());
    let order = compile("form.budget > 1.0").expect("an expression");
    assert!(order.holds(&Facts::from_iter([("form.budget", f64::NAN.into())])).is_err());
    assert!(order.holds(&Facts::default()).is_err());
    assert!(order.holds(&Facts::from_iter([("form.budget", "1".into())])).is_err());
}

#[test]
fn expressions_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Expression>();
    shared::<Facts>();
}

const WORDS: &[&str] = &[
    "form",
    "partners",
    "form.lead",
    "form.lead.name",
    "form.lead.kind",
    "form.years",
    "form.budget",
    "form.joint",
    "form.areas",
    "form.amounts",
    "form.counts",
    ".",
    "lead",
    "kind",
    "name",
    "p",
    "q",
    "p.staff",
    "p.share",
    "p.name",
    "p.kind",
    "p.fields",
    ".size()",
    "size(",
    "sum(",
    "double(",
    "has(",
    ".all(p,",
    ".exists(q,",
    ".exists_one(p,",
    ".map(p,",
    ".filter(p,",
    ".contains(",
    ".startsWith(",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "?",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "&&",
    "||",
    " in ",
    "true",
    "false",
    "null",
    "0",
    "1",
    "2",
    "7u",
    "0.5",
    "1e300",
    "9223372036854775807",
    "\"\"",
    "\"甲\"",
    "\"university\"",
    "'\\u4e2d'",
    "b\"a\"",
    "\"",
    "'",
    "//",
    "\n",
    " ",
    "=",
    "&",
    "|",
    "@",
    "`",
    "\\",
    "（",
    "高校",
    "“",
    "”",
    "if",
    "and",
    "\u{0}",
    "\u{202e}",
    "😀",
    "1.",
    ".5",
    "0x",
    "?.",
    "[?",
    "type(",
    "optional.none()",
];

fn tokens() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), 0..60).prop_map(|words| words.concat())
}

/// What a random expression is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Want {
    Condition,
    Integer,
    Number,
    Text,
    Partner,
    List(Item),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    Integer,
    Number,
    Text,
    Partner,
}

impl Item {
    fn want(self) -> Want {
        match self {
            Self::Integer => Want::Integer,
            Self::Number => Want::Number,
            Self::Text => Want::Text,
            Self::Partner => Want::Partner,
        }
    }
}

/// Writes mostly well-typed expressions, led by random bytes.
struct Writer {
    bytes: std::vec::IntoIter<u8>,
    locals: Vec<(String, Want)>,
}

impl Writer {
    fn pick(&mut self, among: usize) -> usize {
        usize::from(self.bytes.next().unwrap_or(0)) % among
    }

    fn one(&mut self, among: &[&str]) -> String {
        let index = self.pick(among.len());
        among[index].to_owned()
    }

    fn write(&mut self, want: Want, depth: usize) -> String {
        // Now and then something else than what fits.
        let want = if self.pick(64) == 63 {
            [Want::Condition, Want::Integer, Want::Number, Want::Text][self.pick(4)]
        } else {
            want
        };
        if depth == 0 || self.pick(4) == 0 {
            return self.leaf(want);
        }
        let depth = depth - 1;
        match want {
            Want::Condition => self.condition(depth),
            Want::Integer | Want::Number if self.pick(2) == 0 => {
                let (left, right) = (self.write(want, depth), self.write(want, depth));
                let sign = self.one(&["+", "-", "*"]);
                format!("({left} {sign} {right})")
            }
            Want::Integer => match self.pick(4) {
                0 => format!("size({})", self.any_list(depth).0),
                1 => format!("sum({})", self.write(Want::List(Item::Integer), depth)),
                2 => format!("-({})", self.write(want, depth)),
                _ => format!("{} % 7", self.write(want, depth)),
            },
            Want::Number => match self.pick(4) {
                0 => format!("double({})", self.write(Want::Integer, depth)),
                1 => format!("sum({})", self.write(Want::List(Item::Number), depth)),
                2 => format!("-({})", self.write(want, depth)),
                _ => format!("{} / 3.0", self.write(want, depth)),
            },
            Want::Text => format!("({} + {})", self.write(want, depth), self.write(want, depth)),
            Want::Partner => self.leaf(want),
            Want::List(item) => self.list(item, depth),
        }
    }

    fn condition(&mut self, depth: usize) -> String {
        let kind = [Want::Integer, Want::Number, Want::Text, Want::Condition][self.pick(4)];
        match self.pick(8) {
            0 => {
                format!("({} && {})", self.write(Want::Condition, depth), self.write(Want::Condition, depth))
            }
            1 => format!("({} || !{})", self.write(Want::Condition, depth), self.leaf(Want::Condition)),
            2 => {
                let test = self.write(Want::Condition, depth);
                format!(
                    "({test} ? {} : {}) == {}",
                    self.write(kind, depth),
                    self.write(kind, depth),
                    self.write(kind, depth)
                )
            }
            3 => {
                let method = self.one(&["contains", "startsWith", "endsWith"]);
                format!("{}.{method}({})", self.write(Want::Text, depth), self.write(Want::Text, depth))
            }
            4 | 5 => {
                let (list, item) = self.any_list(depth);
                let walk = self.one(&["all", "exists", "exists_one"]);
                self.walk(&list, item, &walk, |writer| writer.write(Want::Condition, depth))
            }
            6 => {
                let item = [Item::Integer, Item::Number, Item::Text][self.pick(3)];
                format!("{} in {}", self.write(item.want(), depth), self.write(Want::List(item), depth))
            }
            _ => {
                let sign = self.one(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {sign} {})", self.write(kind, depth), self.write(kind, depth))
            }
        }
    }

    fn any_list(&mut self, depth: usize) -> (String, Item) {
        let item = [Item::Integer, Item::Number, Item::Text, Item::Partner, Item::Partner][self.pick(5)];
        (self.write(Want::List(item), depth), item)
    }

    fn list(&mut self, item: Item, depth: usize) -> String {
        match self.pick(4) {
            0 => {
                let items: Vec<String> = (0..=self.pick(3)).map(|_| self.write(item.want(), depth)).collect();
                format!("[{}]", items.join(", "))
            }
            1 => {
                let list = self.write(Want::List(item), depth);
                self.walk(&list, item, "filter", |writer| writer.write(Want::Condition, depth))
            }
            2 => {
                let (list, from) = self.any_list(depth);
                self.walk(&list, from, "map", |writer| writer.write(item.want(), depth))
            }
            _ => {
                let (list, from) = self.any_list(depth);
                self.walk(&list, from, "map", |writer| {
                    format!("{}, {}", writer.write(Want::Condition, depth), writer.write(item.want(), depth))
                })
            }
        }
    }

    fn walk(&mut self, list: &str, item: Item, walk: &str, body: impl FnOnce(&mut Self) -> String) -> String {
        let name = format!("x{}", self.locals.len());
        self.locals.push((name.clone(), item.want()));
        let body = body(self);
        self.locals.pop();
        format!("{list}.{walk}({name}, {body})")
    }

    fn leaf(&mut self, want: Want) -> String {
        let locals: Vec<(String, Want)> = self.locals.clone();
        for (name, kind) in locals.iter().rev() {
            let field = match (kind, want) {
                (kind, want) if *kind == want => "",
                (Want::Partner, Want::Condition) => ".mainland",
                (Want::Partner, Want::Integer) => ".staff",
                (Want::Partner, Want::Number) => ".share",
                (Want::Partner, Want::Text) => ".name",
                (Want::Partner, Want::List(Item::Text)) => ".fields",
                _ => continue,
            };
            if self.pick(3) > 0 {
                return format!("{name}{field}");
            }
        }
        self.one(match want {
            Want::Condition => {
                &["form.joint", "true", "form.lead[\"legal-person\"]", "form.lead.kind == \"institute\""]
            }
            Want::Integer => &["form.years", "0", "3", "-2", "1000000", "size(form.lead.kind)"],
            Want::Number => &["form.budget", "form.own", "0.0", "0.5", "1e90", "-1e-300"],
            Want::Text => &["form.lead.name", "form.lead.kind", "\"\"", "\"甲\"", "'\\u4e2d\\n'"],
            Want::Partner => &["partners"],
            Want::List(Item::Integer) => &["form.counts", "[1, form.years]"],
            Want::List(Item::Number) => &["form.amounts", "[0.1, form.own]"],
            Want::List(Item::Text) => &["form.areas", "[form.lead.name, \"甲\"]"],
            Want::List(Item::Partner) => &["partners", "partners"],
        })
    }
}

fn expressions() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<u8>(), 0..120).prop_map(|bytes| {
        let mut writer = Writer { bytes: bytes.into_iter(), locals: Vec::new() };
        writer.write(Want::Condition, 5)
    })
}

fn any_integer() -> impl Strategy<Value = i64> {
    prop_oneof![
        -3i64..20,
        Just(Kind::INTEGER_MAX),
        Just(-Kind::INTEGER_MAX),
        -Kind::INTEGER_MAX..Kind::INTEGER_MAX
    ]
}

fn any_number() -> impl Strategy<Value = f64> {
    let extremes = [0.0, -0.0, 0.1, 1e-300, 5e-324, Kind::NUMBER_MAX, -Kind::NUMBER_MAX];
    prop_oneof![-1000.0..1000.0, prop::sample::select(extremes.to_vec())]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("甲大学".to_owned()),
        "[a-z甲\"\\\\\u{0}]{0,6}",
        Just("长".repeat(3_000))
    ]
}

fn any_kind() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["", "enterprise", "university", "institute"][..])
}

prop_compose! {
    fn any_partner()(
        name in any_text(), kind in any_kind(), staff in any_integer(), share in any_number(), mainland: bool,
        fields in prop::collection::vec(any_text(), 0..3),
    ) -> Fact<'static> {
        let fields: Vec<Fact> = fields.into_iter().map(Fact::from).collect();
        Fact::record([
            ("name", name.into()), ("kind", kind.into()), ("staff", staff.into()), ("share", share.into()),
            ("mainland", mainland.into()), ("fields", fields.into()),
        ])
    }
}

prop_compose! {
    fn any_facts()(
        name in any_text(), kind in any_kind(), years in any_integer(), budget in any_number(), own in any_number(),
        flags in any::<(bool, bool)>(),
        areas in prop::collection::vec(prop::sample::select(&["medical", "industry"][..]), 0..3),
        amounts in prop::collection::vec(any_number(), 0..4),
        counts in prop::collection::vec(any_integer(), 0..4),
        partners in prop::collection::vec(any_partner(), 0..4),
    ) -> Facts<'static> {
        let names: Vec<(&str, Fact)> = vec![
            ("form.lead.name", name.into()),
            ("form.lead.kind", kind.into()),
            ("form.lead.legal-person", flags.0.into()),
            ("form.years", years.into()),
            ("form.budget", budget.into()),
            ("form.own", own.into()),
            ("form.joint", flags.1.into()),
            ("form.areas", areas.into_iter().map(Fact::from).collect::<Vec<_>>().into()),
            ("form.amounts", amounts.into_iter().map(Fact::from).collect::<Vec<_>>().into()),
            ("form.counts", counts.into_iter().map(Fact::from).collect::<Vec<_>>().into()),
            ("partners", partners.into()),
        ];
        names.into_iter().collect()
    }
}

/// Runs on a stack of this size: the one that a thread has by default, less what a server has used up before.
fn on_small_stack<T: Send>(test: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(1_500 * 1024).spawn_scoped(scope, test);
        thread.expect("a thread").join().expect("no panic")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is typed: an answer, no panic, and only places inside the source.
    #[test]
    fn any_tokens_are_judged(source in tokens()) {
        on_small_stack(|| {
            if let Err(faults) = compile(&source) {
                assert!(!faults.is_empty());
                let length = source.chars().count();
                assert!(faults.iter().all(|fault| fault.offset <= length), "{source:?}: {faults:?}");
            }
        });
    }

    /// Whatever is accepted never fails, however odd the facts.
    #[test]
    fn accepted_expressions_never_fail(
        source in prop_oneof![4 => expressions(), 1 => tokens()],
        facts in prop::collection::vec(any_facts(), 3),
    ) {
        on_small_stack(|| {
            if let Ok(expression) = compile(&source) {
                for facts in &facts {
                    assert!(expression.holds(facts).is_ok(), "{}: {:?} {facts:?}", expression.source(), expression.holds(facts));
                }
            }
        });
    }
}

/// The tests above would pass if nothing were accepted.
#[test]
fn many_random_expressions_are_accepted() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let sources = (0..300).map(|_| expressions().new_tree(&mut runner).expect("a tree").current());
    let accepted: Vec<Expression> = sources.filter_map(|source| compile(&source).ok()).collect();
    let long = accepted.iter().filter(|expression| expression.source().len() > 40).count();
    assert!(accepted.len() > 60 && long > 15, "{} accepted, {long} long", accepted.len());
}

/// The deepest tree that is accepted, evaluated on a small stack.
#[test]
fn the_deepest_expression_fits_a_small_stack() {
    let mut inner = "1".to_owned();
    for _ in 0..10 {
        inner = format!("(1 - {inner})");
    }
    let sources = [
        format!("{} > 0", vec!["1"; 23].join("+")),
        format!("partners.all(p, form.counts.all(n, {inner} != n))"),
        format!("size(partners.map(p, form.counts.map(n, {inner}))) >= 0"),
    ];
    on_small_stack(|| {
        for source in &sources {
            let expression = compile(source).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
            assert!(expression.holds(&facts()).is_ok());
        }
    });
}
