//! One broken file for each code.

use crate::{BASE, assert_whole, changed, check, marked, place};

/// Code, what is replaced in the base (appended where empty), by what (the mark `¦` is the place of the fault), and a part of
/// the English message or help.
type Row = (&'static str, &'static str, &'static str, &'static str);

const SHAPE: [Row; 14] = [
    ("key_unknown", "year = 2030", "year = 2030\n¦yaer = 2030", "Did you mean year?"),
    ("key_unknown", "[[deadline]]", "[[¦deadlin]]\nat = 1\n\n[[deadline]]", "Did you mean deadline?"),
    ("key_missing", "[[period]]\nid = \"work\"\n", "¦[[period]]\n", "The key id is missing"),
    ("key_missing", "language = 1\n", "¦", "The key language is missing"),
    ("key_missing", "[call]\nid = \"example-2030\"", "¦[call]", "The key id is missing"),
    ("name_unknown", "counts = \"partners\"", "counts = ¦\"partner\"", "Did you mean partners?"),
    ("name_unknown", "comparator = \"<\"", "comparator = ¦\"≤\"", "Did you mean <=?"),
    ("type_wrong", "max = 4", "max = ¦\"四\"", "Expected a whole number here, found a string"),
    ("type_wrong", "at = 2030-03-28", "at = ¦\"2030-03-28\"", "without quotes"),
    ("type_wrong", "value = 0.5", "value = ¦[1]", "true or false or"),
    (
        "length_wrong",
        "title = [\"示例通知\", \"Example notice\"]",
        "title = ¦[\"示例通知\"]",
        "Expected 2 elements",
    ),
    ("number_negative", "max = 4", "max = ¦-4", "may not be negative"),
    ("number_too_large", "max = 4", "max = ¦4294967296", "from 0 to 4294967295"),
    ("number_too_large", "years = 3", "years = ¦256", "from 0 to 255"),
];

const NAMES: [Row; 26] = [
    (
        "section_reserved",
        "[[section]]\nid = \"basics\"",
        "[[section]]\nid = ¦\"submit\"",
        "a page of each application is",
    ),
    (
        "label_missing",
        "[[field]]\nid = \"site\"\nlabel = [\"地点\", \"Site\"]",
        "¦[[field]]\nid = \"site\"",
        "Field site has no label",
    ),
    (
        "label_missing",
        "{ id = \"name\", type = \"text\", label = [\"名称\", \"Name\"] }",
        "¦{ id = \"name\", type = \"text\" }",
        "Field name has no label",
    ),
    (
        "column_reserved",
        "columns = [{ id = \"name\"",
        "columns = ¦[{ id = \"member\"",
        "units are numbered by the system",
    ),
    ("id_malformed", "id = \"example-2030\"", "id = ¦\"Example 2030\"", "only lower-case letters"),
    ("id_twice", "{ id = \"south\"", "{ id = ¦\"north\"", "stands twice"),
    (
        "id_twice",
        "",
        "[[evidence]]\nid = ¦\"licence\"\nnumber = \"2\"\nname = [\"甲\", \"A\"]\nclause = \"一\"\n",
        "stands twice",
    ),
    ("id_twice", "id = \"A2\"", "id = ¦\"A1\"", "The id A1"),
    ("language_unknown", "language = 1", "language = ¦2", "no version 2"),
    ("zone_unknown", "year = 2030", "year = 2030\nzone = ¦\"Asia/Beijing\"", "no time zone"),
    (
        "clause_unknown",
        "max = 4\nclause = \"二(一)\"",
        "max = 4\nclause = ¦\"二(二)\"",
        "Did you mean 二(一)?",
    ),
    ("clause_unknown", "", "[uncovered]\n¦\"九\" = [\"无\", \"None\"]\n", "add it to [clauses]"),
    (
        "clause_uncovered",
        "\"一\" = [",
        "¦\"三\" = [\"其他\", \"Other\"]\n\"一\" = [",
        "Nothing cites clause 三",
    ),
    ("source_missing", "max = 4\nclause = \"二(一)\"", "max = 4", "No source is given"),
    ("level_unknown", "level = \"direction\"", "level = ¦\"directon\"", "Did you mean direction?"),
    (
        "node_unknown",
        "number = \"1\"\nname = [\"影像\"",
        "parent = ¦\"none\"\nnumber = \"1\"\nname = [\"影像\"",
        "no earlier node none",
    ),
    ("requirement_unknown", "requires = [\"safe\"]", "requires = [¦\"save\"]", "Did you mean safe?"),
    ("list_unknown", "list = \"sites\"", "list = ¦\"site\"", "Did you mean sites?"),
    (
        "field_unknown",
        "\"overview\", \"partners\"",
        "\"overview\", ¦\"partner\", \"partners\"",
        "Did you mean partners?",
    ),
    ("field_unknown", "field = \"overview\"", "field = ¦\"overwiew\"", "Did you mean overview?"),
    ("field_unknown", "from = \"overview\"", "from = ¦\"overwiew\"", "Did you mean overview?"),
    ("field_unplaced", "\"partners\", \"site\",", "\"partners\",", "stands in no section"),
    ("printed_unknown", "", FORM_OF_NOTHING, "Did you mean overview?"),
    ("printed_unknown", "", FORM_OF_NO_COLUMN, "Did you mean partners.name?"),
    ("printed_unknown", "", FORM_OF_NO_LETTER, "Did you mean @truth?"),
    ("id_twice", "", FORM_TWICE, "stands twice"),
];

const FORM_OF_NOTHING: &str =
    "[[form]]\nid = \"a\"\ntitle = [\"表\", \"Form\"]\nparts = [{ fields = [\"task\", ¦\"overwiew\"] }]\n";
const FORM_OF_NO_COLUMN: &str = "[[form]]\nid = \"a\"\ntitle = [\"表\", \"Form\"]\nparts = [{ chapters = [{ title = [\"一\", \"1\"], fields = [¦\"partners.nane\"] }] }]\n";
const FORM_OF_NO_LETTER: &str =
    "[[form]]\nid = \"a\"\ntitle = [\"表\", \"Form\"]\nparts = [{ fields = [\"@evidence\", ¦\"@trut\"] }]\n";
const FORM_TWICE: &str =
    "[[form]]\nid = \"a\"\ntitle = [\"表\", \"Form\"]\n[[form]]\nid = ¦\"a\"\ntitle = [\"表\", \"Form\"]\n";

const MEANING: [Row; 29] = [
    ("task_field_missing", "fields = [\"task\", ", "fields = [", "no field task"),
    ("issuers_missing", "issuers = [[\"示例部门\", \"Example authority\"]]\n", "", "No issuer is named"),
    ("comparator_missing", "comparator = \"<\", ", "", "has no comparator"),
    ("unit_missing", ", unit = \"mm\"", "", "has no unit"),
    ("unit_missing", "counts = \"partners\"", "counts = \"funding\"", "no unit of money"),
    ("value_missing", "value = 0.5, ", "", "has no threshold"),
    ("value_twice", "value = 0.5, ", "value = 0.5, axes = [1, 2], ", "more than one threshold"),
    ("label_unknown", "label = \"中\"", "label = ¦\"中等\"", "no label 中等"),
    ("range_without_covers", "value = 0.5", "range = ¦[0.1, 0.5]", "its comparator is not covers"),
    (
        "range_reversed",
        "comparator = \"<\", value = 0.5",
        "comparator = \"covers\", range = ¦[5, 1]",
        "from high to low",
    ),
    ("baseline_missing", "comparator = \"<\"", "comparator = \"within\"", "does not say from what"),
    (
        "printed_differs",
        "value = 0.5",
        "printed = ¦\"不低于0.5mm\", value = 0.5",
        "“不低于” means at least (plain meaning), and comparator says less than",
    ),
    ("threshold_impossible", "comparator = \">=\", label", "comparator = \"is\", label", ""),
    ("number_malformed", "value = 0.5", "value = inf", ""),
    ("bound_missing", "max = 4\n", "", "exactly one of max, min, percent"),
    ("bound_missing", "max = 4", "max = 4\nmin = 1", "exactly one of max, min, percent"),
    ("percent_without_base", "max = 4", "percent = ¦40", "nothing else can be a percentage"),
    ("group_key_unknown", "per = \"application\"", "per = ¦\"applicant\"", "Did you mean application?"),
    (
        "limits_conflict",
        "",
        "¦[[limit]]\ncode = \"too_many\"\ncounts = \"partners\"\nper = \"application\"\nmax = 5\nclause = \"一\"\n",
        "limit the same count",
    ),
    (
        "group_keys_overlap",
        "",
        "[[limit]]\ncode = \"a\"\ncounts = \"winners\"\nper = \"direction\"\nmax = 1\nclause = \"一\"\n\
         [[limit]]\ncode = \"b\"\ncounts = \"winners\"\nper = ¦\"topic\"\nmax = 2\nclause = \"一\"\n",
        "grouped by direction and by topic",
    ),
    ("deadlines_out_of_order", "at = 2030-03-28", "at = ¦2030-04-18", "not before the recommender's"),
    ("instant_malformed", "at = 2030-03-28", "at = ¦2030-03-28T17:00:00", "cannot be a deadline"),
    (
        "deadline_missing",
        "actor = \"applicant\"\nat = 2030-03-28",
        "actor = \"recommender\"\nevent = \"early\"\nat = 2030-03-28",
        "No deadline closes",
    ),
    ("period_empty", "years = 3\n", "", "The period has no length"),
    (
        "step_undecided",
        "code = \"lead_not_legal_person\"",
        "code = \"lead_not_legal_person\"\nstep = ¦true",
        "nobody decides it",
    ),
    ("regions_missing", "admits = [\"province\"]", "admits = ¦[]", "No kind of region"),
    ("message_missing", "message = [\"不是法人\", \"Not a legal person\"]\n", "", "gives no message"),
    (
        "expression_faulty",
        "require = 'applicant.legal_person'",
        "require = 'applicant.¦legal_persons'",
        "did you mean 'legal_person'?",
    ),
    (
        "limits_conflict",
        "clause = \"一\"\n\n[[evidence]]",
        "clause = \"一\"\n\n[[character_limit]]\nfield = ¦\"overview\"\nmax = 400\nclause = \"一\"\n\n[[evidence]]",
        "two character limits",
    ),
];

/// What a limit counts, for whom, and in which unit.
const LIMITS: [Row; 10] = [
    (
        "field_unknown",
        "counts = \"partners\"",
        "counts = \"funding\"\nunit = \"万元\"\nfield = ¦\"overview\"",
        "The form has no field of type number",
    ),
    (
        "field_unknown",
        "counts = \"partners\"",
        "counts = \"partners\"\nfield = ¦\"partners\"",
        "Only a limit on funding names a field",
    ),
    ("limit_not_judged", "per = \"application\"", "per = ¦\"organisation\"", "Write per = \"application\""),
    ("limit_not_judged", "per = \"application\"", "per = ¦\"direction\"", "a [[rule]] with decided_by"),
    (
        "limit_not_judged",
        "counts = \"partners\"\nper = \"application\"",
        "counts = \"funding\"\nunit = \"万元\"\nper = ¦\"organisation\"",
        "funding is judged per application only, not per organisation",
    ),
    (
        "limit_not_judged",
        "counts = \"partners\"\nper = \"application\"",
        "counts = \"funding\"\nunit = \"万元\"\nper = ¦\"call\"",
        "not per call",
    ),
    (
        "limit_not_judged",
        "counts = \"partners\"\nper = \"application\"",
        "counts = \"applications_led\"\nper = ¦\"direction\"",
        "Write per = \"organisation\"",
    ),
    (
        "limit_not_judged",
        "counts = \"partners\"\nper = \"application\"",
        "counts = \"recommendations\"\nper = ¦\"topic\"",
        "Write per = \"recommender\"",
    ),
    (
        "limits_conflict",
        "counts = \"partners\"\nper = \"application\"\nmax = 4",
        "counts = \"funding\"\nper = \"application\"\nmax = 400_000\nunit = \"元\"\nclause = \"一\"\n\n\
         ¦[[limit]]\ncode = \"b\"\ncounts = \"funding\"\nper = \"application\"\nmin = 50\nunit = \"万元\"",
        "cannot both be met",
    ),
    (
        "units_differ",
        "counts = \"partners\"\nper = \"application\"\nmax = 4",
        "counts = \"funding\"\nper = \"application\"\nmax = 400\nunit = \"万欧元\"\nclause = \"一\"\n\n\
         [[limit]]\ncode = \"b\"\ncounts = \"funding\"\nper = \"application\"\nmin = 50\nunit = ¦\"万元\"",
        "cannot be compared",
    ),
];

/// What is written, but says nothing or cannot be meant.
const EMPTY: [Row; 20] = [
    ("text_empty", "[\"示例通知\", ", "[¦\"\", ", "call.title has no Chinese text"),
    ("text_empty", "\"Example notice\"]", "¦\"\"]", "call.title has no English text"),
    // An ideographic space and a character of no width are nothing either.
    ("text_empty", "[\"示例部门\", ", "[¦\"\u{3000}\u{200b}\", ", "call.issuers has no Chinese text"),
    ("text_empty", "year = 2030", "year = 2030\ndocument_number = ¦\"\"", "take the key out"),
    ("text_empty", "name = [\"影像\", ", "name = [¦\"\", ", "node.name has no Chinese text"),
    (
        "text_empty",
        "number = \"1\"\nname = [\"影像\"",
        "number = ¦\" \"\nname = [\"影像\"",
        "node.number is empty",
    ),
    (
        "text_empty",
        "label = [\"概述\", \"Overview\"]",
        "label = [¦\"\", \"Overview\"]",
        "field.label has no Chinese text",
    ),
    ("text_empty", "printed = \"3月28日\"", "printed = ¦\"\"", "deadline.printed is empty"),
    ("text_empty", "unit = \"mm\"", "unit = ¦\"\"", "node.items.unit is empty"),
    (
        "text_empty",
        "\"一\" = [\"总则\", \"General\"]",
        "\"一\" = [\"总则\", ¦\"\"]",
        "clauses.一 has no English text",
    ),
    ("text_empty", "[\"kinds\"]", "[\"kinds\", ¦\"blank\"]", "Run jiebang call check on blank.toml"),
    ("limit_zero", "max = 500", "max = ¦0", "not one character could be written"),
    ("limit_zero", "max = 4", "min = ¦0", "this limits nothing"),
    (
        "limit_zero",
        "counts = \"partners\"\nper = \"application\"\nmax = 4",
        "counts = \"applications_led\"\nper = \"organisation\"\nmax = ¦0",
        "nobody could take part",
    ),
    (
        "limit_zero",
        "counts = \"partners\"\nper = \"application\"\nmax = 4",
        "counts = \"recommendations\"\nper = \"recommender\"\npercent = ¦0",
        "nothing could be recommended",
    ),
    ("year_far_off", "year = 2030", "year = ¦203", "not between 1990 and 2100"),
    ("year_far_off", "year = 2030", "year = ¦20300", "Check the four digits"),
    ("year_far_off", "at = 2030-03-28", "at = ¦0001-01-01", "The year 1 is not"),
    ("year_far_off", "at = 2030-04-18", "at = ¦9999-12-31", "The year 9999 is not"),
    ("year_far_off", "", "[target_year]\nyear = ¦3033\nclause = \"一\"\n", "The year 3033 is not"),
];

const FILES: [Row; 8] = [
    ("not_toml", "id = \"example-2030\"", "id = ¦示例", "示例 is not in quotes"),
    ("not_toml", "year = 2030", "year = 2030\n¦year = 2031", "stands twice in one table"),
    ("not_toml", "language = 1", "language = ¦", "No value stands behind"),
    ("shared_file_missing", "[\"kinds\"]", "[\"kinds\", ¦\"nowhere\"]", "no shared file nowhere"),
    ("shared_file_missing", "[\"kinds\"]", "[\"kinds\", ¦\"../kinds\"]", "no shared file ../kinds"),
    (
        "shared_file_faulty",
        "[\"kinds\"]",
        "[\"kinds\", ¦\"faulty\"]",
        "Run jiebang call check on faulty.toml",
    ),
    (
        "extends_too_many",
        "[\"kinds\"]",
        "[\"kinds\", \"kinds\", \"kinds\", \"kinds\", \"kinds\", \"kinds\", \"kinds\", \"kinds\", ¦\"kinds\"]",
        "More than 8",
    ),
    (
        "line_too_long",
        "title = [\"示例通知\", \"Example notice\"]",
        "title = [\"示例通知\", \"Example notice\"] #",
        "the limit is 160",
    ),
];

/// What looks right and means something that nobody can mean.
const NONSENSE: [Row; 21] = [
    (
        "placeholder_unknown",
        "[\"属实\", \"True\"]",
        "[¦\"到{target_yea}年\", \"True\"]",
        "Did you mean {target_year}?",
    ),
    (
        "placeholder_unknown",
        "[\"属实\", \"True\"]",
        "[\"属实\", ¦\"By {when}\"]",
        "known: {target_year}, {task}",
    ),
    (
        "placeholder_unknown",
        "text = [\"须为法人\", ",
        "text = [¦\"须为{task}\", ",
        "under these keys only: declaration.opening, declaration.items",
    ),
    ("placeholder_unknown", "label = [\"概述\", ", "label = [¦\"{task}概述\", ", "declaration.items"),
    (
        "placeholder_unknown",
        "[\"kinds\"]",
        "[\"kinds\", ¦\"odd\"]",
        "Shared file odd: Nobody fills in {year}",
    ),
    (
        "placeholder_unknown",
        "[\"属实\", \"True\"]",
        "[¦\"到{target_year}年\", \"True\"]",
        "Add [target_year]",
    ),
    ("unit_unknown", "unit = \"mm\"", "unit = ¦\"foo\"", "Write a UCUM code"),
    ("unit_unknown", "unit = \"mm\"", "unit = ¦\"mmm\"", "Did you mean mm?"),
    ("unit_unknown", "unit = \"mm\"", "unit = ¦\"款\"", "Did you mean {款}?"),
    ("date_differs", "at = 2030-03-28", "at = ¦2030-03-27", "is not the day that is printed"),
    ("date_differs", "printed = \"3月28日\"", "printed = \"2031年3月28日\"", "Correct at or printed"),
    ("date_differs", "at = 2030-03-28", "at = ¦2030-03-29T17:00:00+08:00", "is not the day that is printed"),
    ("row_unknown", "max = 4", "max = 4\nrow = ¦\"R99\"", "no row R99"),
    (
        "row_unknown",
        "{ text = [\"注\", \"Note\"], ",
        "{ text = [\"注\", \"Note\"], row = ¦\"r6\", ",
        "R1 to R28",
    ),
    ("row_unknown", "", "[target_year]\nyear = 2030\nrow = ¦\"6\"\nclause = \"一\"\n", "no row 6"),
    ("portal_malformed", "year = 2030", "year = 2030\nportal = ¦\"javascript:alert(1)\"", "from https:// or"),
    ("portal_malformed", "year = 2030", "year = 2030\nportal = ¦\"https:// x\"", "no address of a page"),
    ("clause_covered", "", "[uncovered]\n¦\"一\" = [\"无\", \"None\"]\n", "and yet an entry cites it"),
    ("character_control", "[\"示例通知\", ", "[¦\"示例\\u0000通知\", ", "Take it out"),
    ("character_control", "id = \"work\"", "id = ¦\"wo\\u001Brk\"", "a control character"),
    (
        "character_control",
        "\"二(一)\" = [",
        "¦\"二\\u0007\" = [\"其他\", \"Other\"]\n\"二(一)\" = [",
        "a control character",
    ),
];

/// Checks one row: the fault is the only one, at the mark where there is one.
fn judge((code, from, to, says): &Row) -> Result<(), String> {
    let text = changed(from, to);
    let (text, wanted) = if text.contains('¦') {
        let (text, line, column) = marked(&text);
        (text, Some((line, column)))
    } else {
        (text, None)
    };
    let text =
        if *code == "line_too_long" { text.replace(" #", &format!(" #{}", "字".repeat(200))) } else { text };
    let errors = check(&text).errors;
    for error in &errors {
        assert_whole(&text, error);
    }
    let found: Vec<_> = errors.iter().map(place).collect();
    let Some(fault) = errors.iter().find(|error| error.code == *code) else {
        return Err(format!("{code} ({to}): found {found:?}"));
    };
    if wanted.is_some_and(|wanted| wanted != (fault.line, fault.column)) {
        return Err(format!("{code} ({to}): wanted at {wanted:?}, found {found:?}"));
    }
    if matches!(*code, "text_empty" | "limit_zero" | "year_far_off") && found.len() > 1 {
        return Err(format!("{code} ({to}): and not alone: {found:?}"));
    }
    let words = format!("{} {}", fault.message.en, fault.help.en);
    if words.contains(says) { Ok(()) } else { Err(format!("{code} ({to}): says {words}")) }
}

#[test]
fn every_fault_has_code_place_message_and_remedy() {
    let rows = SHAPE
        .iter()
        .chain(&NAMES)
        .chain(&MEANING)
        .chain(&LIMITS)
        .chain(&EMPTY)
        .chain(&NONSENSE)
        .chain(&FILES);
    let wrong: Vec<String> = rows.filter_map(|row| judge(row).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_code_of_the_reader_is_tried() {
    let tried: Vec<&str> = SHAPE
        .iter()
        .chain(&NAMES)
        .chain(&MEANING)
        .chain(&LIMITS)
        .chain(&EMPTY)
        .chain(&NONSENSE)
        .chain(&FILES)
        .map(|row| row.0)
        .collect();
    // Tried in tests of their own, or beyond reach: `value_unreadable` is a last resort.
    let elsewhere = [
        "blank",
        "call_differs",
        "errors_more",
        "extends_loop",
        "file_too_large",
        "file_too_long",
        "item_unknown",
        "not_a_plan",
        "not_utf8",
        "pair_swapped",
        "value_unreadable",
    ];
    let of_plans = ["call_faulty", "call_not_found"];
    let untried = untried(&["", "lower"], &[&tried[..], &elsewhere, &of_plans].concat());
    assert!(untried.is_empty(), "no test tries {untried:?}");
}

/// Codes in the sources of some folders that are not among those tried.
pub(crate) fn untried(folders: &[&str], tried: &[&str]) -> Vec<String> {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources: Vec<_> =
        folders.iter().flat_map(|below| std::fs::read_dir(source.join(below)).expect("sources")).collect();
    sources.retain(|entry| {
        entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|end| end == "rs"))
    });
    let mut untried = Vec::new();
    for entry in sources {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a source");
        for before in ["self.error(", "Fault::new(", "self.unknown(", "code: "] {
            for part in text.split(before).skip(1) {
                let code = part.trim_start().strip_prefix('"').and_then(|part| part.split('"').next());
                untried.extend(code.filter(|code| !tried.contains(code)).map(str::to_owned));
            }
        }
    }
    untried
}

#[test]
fn several_faults_are_told_at_once_each_at_its_place() {
    let text = BASE
        .replacen("year = 2030", "yaer = 2030", 1)
        .replacen("unit = \"mm\" ", "", 1)
        .replacen("max = 4", "max = \"4\"", 1)
        .replacen("actor = \"applicant\"", "actor = \"aplicant\"", 1)
        .replacen("years = 3", "years = 0", 1)
        .replacen("'applicant.legal_person'", "'applicant.legal_person && form.overwiew == \"\"'", 1);
    let reading = check(&text);
    let found: Vec<(&str, usize)> = reading.errors.iter().map(|error| (error.code, error.line)).collect();
    let line = |part: &str| text[..text.find(part).expect(part)].matches('\n').count() + 1;
    for wanted in [
        ("key_unknown", line("yaer")),
        ("key_missing", line("[call]")),
        ("type_wrong", line("max = \"4\"")),
        ("name_unknown", line("aplicant")),
        ("period_empty", line("[[period]]")),
        ("expression_faulty", line("form.overwiew")),
    ] {
        assert!(found.contains(&wanted), "{wanted:?} is not among {found:?}");
    }
    assert!(reading.call.is_some(), "what can be read is read");
}

#[test]
fn an_entry_left_out_does_not_move_the_faults_behind_it() {
    let limit = |code: &str, max: &str, clause: &str| {
        format!(
            "[[limit]]\ncode = \"{code}\"\ncounts = \"winners\"\nper = \"call\"\nmax = {max}\nclause = \"{clause}\"\n"
        )
    };
    let text = changed(
        "",
        &format!("{}{}{}", limit("a", "\"1\"", "一"), limit("b", "[2]", "一"), limit("c", "3", "九")),
    );
    let errors = check(&text).errors;
    let wanted = text[..text.find("\"九\"").expect("the clause")].matches('\n').count() + 1;
    let found: Vec<_> = errors.iter().map(place).collect();
    assert_eq!(found.iter().filter(|(code, _, _)| *code == "type_wrong").count(), 2, "{found:?}");
    assert!(found.contains(&("clause_unknown", wanted, 10)), "{found:?}, wanted in line {wanted}");
}

#[test]
fn two_faults_of_one_entry_take_only_that_entry_out() {
    let text = BASE.replacen("max = 4\n", "max = \"4\"\nper_what = 1\nstrength = \"soft\"\n", 1);
    let text = format!(
        "{text}\n[[limit]]\ncode = \"b\"\ncounts = \"winners\"\nper = \"calls\"\nmax = 3\nclause = \"二(一)\"\n"
    );
    let codes: Vec<&str> = check(&text).errors.iter().map(|error| error.code).collect();
    for code in ["type_wrong", "key_unknown", "name_unknown", "group_key_unknown"] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
}

#[test]
fn an_item_counted_among_an_unknown_one_is_told() {
    let (text, line, column) = marked(&changed("unit = \"mm\" }", "unit = \"mm\", of = ¦\"A9\" }"));
    assert_eq!(check(&text).errors.iter().map(place).collect::<Vec<_>>(), [("item_unknown", line, column)]);
}

/// The base with a number field, and limits on the money that is asked for there.
fn with_money(limits: &[(&str, &str, &str)]) -> String {
    let field = "[[field]]\nid = \"money\"\nlabel = [\"钱\", \"Money\"]\ntype = \"number\"\n\n[[field]]\nid = \"site\"";
    let text = changed("[[field]]\nid = \"site\"", field).replacen("\"site\",", "\"site\", \"money\",", 1);
    let limits = limits.iter().map(|(bound, unit, field)| {
        format!(
            "[[limit]]\ncode = \"money\"\ncounts = \"funding\"\nper = \"application\"\n{bound}\n\
             unit = {unit}\nfield = {field}\nclause = \"一\"\n"
        )
    });
    format!("{text}\n{}", limits.collect::<String>())
}

#[test]
fn limits_on_money_are_compared_by_what_they_are_worth() {
    for (limits, wanted) in [
        (&[("max = 10", "\"万元\"", "\"money\"")][..], None),
        (&[("max = 10", "\"万元\"", "\"money\""), ("min = 1", "\"万元\"", "\"money\"")], None),
        (
            &[("max = 10", "\"万元\"", "\"money\""), ("min = 11", "\"万元\"", "\"money\"")],
            Some("limits_conflict"),
        ),
        // One field is filled in in one unit.
        (
            &[("max = 10", "\"万元\"", "\"money\""), ("min = 1000", "¦\"元\"", "\"money\"")],
            Some("units_differ"),
        ),
        (&[("max = 10", "\"万元\"", "¦\"moneys\"")], Some("field_unknown")),
        (&[("max = 10", "\"万元\"", "¦\"overview\"")], Some("field_unknown")),
    ] {
        let text = with_money(limits);
        let marked = text.contains('¦').then(|| marked(&text));
        let text = text.replace('¦', "");
        let errors = check(&text).errors;
        let found: Vec<_> = errors.iter().map(place).collect();
        assert_eq!(found.first().map(|found| found.0), wanted, "{limits:?}: {errors:?}");
        assert!(found.len() <= 1, "{errors:?}");
        if let Some((_, line, column)) = marked {
            assert_eq!((found[0].1, found[0].2), (line, column), "{limits:?}");
        }
        errors.iter().for_each(|error| assert_whole(&text, error));
    }
    // By number 100 is more than 50, but 100 yuan is less than 500,000.
    let between = LIMITS.iter().find(|row| row.0 == "limits_conflict").expect("a row");
    let text = changed(between.1, &between.2.replace('¦', "").replace("min = 50", "min = 40"));
    assert!(check(&text).errors.is_empty(), "{:?}", check(&text).errors);
}

#[test]
fn columns_count_characters_also_behind_chinese_and_inside_expressions() {
    let (text, line, column) = marked(&changed(
        "clause = \"二(一)\"\n\n[[deadline]]",
        "unit = \"甲乙丙\" # 注\nclause = [\"二(一)\", ¦\"二二\"]\n\n[[deadline]]",
    ));
    assert_eq!(check(&text).errors.iter().map(place).collect::<Vec<_>>(), [("clause_unknown", line, column)]);
    let several = "require = '''\n  applicant.kind == \"enterprise\" ||\n  applicant.kind == ¦\"企业\"'''";
    for newline in ["\n", "\r\n"] {
        let (text, line, column) = marked(&changed("require = 'applicant.legal_person'", several));
        let text = text.replace('\n', newline);
        assert_eq!(
            check(&text).errors.iter().map(place).collect::<Vec<_>>(),
            [("expression_faulty", line, column)]
        );
    }
}

#[test]
fn what_only_looks_odd_passes() {
    for (from, to) in [
        ("unit = \"mm\"", "unit = \"foo\", as_printed = [\"unit\"]"),
        ("unit = \"mm\"", "unit = \"{款}/a\""),
        ("printed = \"3月28日\"", "printed = \"2030年2月1日至3月28日\""),
        ("printed = \"3月28日\"", "printed = \"2015年来\""),
        ("at = 2030-03-28", "at = 2030-03-29T00:00:00+08:00"),
        ("max = 4", "max = 4\nrow = \"R28\""),
        ("year = 2030", "year = 2030\nportal = \"http://example.org/a?b=1\""),
        ("[\"属实\", \"True\"]", "[\"{task}在{target_year}年属实\", \"{task} { x }\"]"),
        ("label = [\"概述\", ", "label = [\"{target_year}年概述\\t\\n\", "),
    ] {
        let year = "\n[target_year]\nyear = 2030\nclause = \"一\"\n";
        let errors = check(&(changed(from, to) + year)).errors;
        assert!(errors.is_empty(), "{to}: {errors:#?}");
    }
}
