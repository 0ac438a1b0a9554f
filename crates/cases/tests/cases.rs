//! Every call of the house and of the documentation answers its cases as their rows say.

use jiebang_cases::{Folder, uncovered};
use jiebang_domain::application::{Draft, Value, findings};
use jiebang_domain::call::Call;
use std::path::{Path, PathBuf};

/// Folders of calls: those of the product, and those of the documentation.
fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = Vec::new();
    for above in ["calls", "docs/examples"] {
        for entry in std::fs::read_dir(root.join(above)).expect("a folder of calls") {
            let path = entry.expect("an entry").path();
            if path.join("call.toml").is_file() {
                folders.push(path);
            }
        }
    }
    folders.sort();
    folders
}

/// Every folder, or all that cannot be read.
fn read() -> Vec<Folder> {
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for path in folders() {
        match Folder::read(&path) {
            Ok(folder) => read.push(folder),
            Err(found) => faults.extend(found),
        }
    }
    assert!(faults.is_empty(), "{}", lines(&faults));
    assert!(read.len() >= 6, "the five calls and the example of the documentation");
    read
}

fn lines<T: ToString>(faults: &[T]) -> String {
    let lines: Vec<String> = faults.iter().map(T::to_string).collect();
    format!("{} in all\n{}", lines.len(), lines.join("\n"))
}

#[test]
fn every_case_is_answered_as_its_row_says() {
    let folders = read();
    let faults: Vec<_> = folders.iter().flat_map(|folder| folder.failures(&folder.call)).collect();
    for folder in &folders {
        println!("{}: {} cases", folder.call.id, folder.cases.len());
    }
    assert!(faults.is_empty(), "{}", lines(&faults));
}

#[test]
fn no_sample_has_a_finding() {
    let mut faults = Vec::new();
    for folder in read() {
        for (name, draft) in &folder.samples {
            for finding in findings(&folder.call, draft) {
                let field = finding.field.unwrap_or_default();
                faults.push(format!(
                    "{} {name}.toml: {} {field}: {}",
                    folder.call.id, finding.code, finding.message.en
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", lines(&faults));
}

#[test]
fn every_rule_speaks_in_one_case_and_is_silent_in_another() {
    let mut faults = Vec::new();
    for folder in read() {
        faults.extend(uncovered(&folder).into_iter().map(|what| format!("{}: {what}", folder.call.id)));
    }
    assert!(faults.is_empty(), "{}", lines(&faults));
}

/// The example with more limits, and its sample that asks for `asked`.
fn example_with(limits: &str, asked: &str) -> (Result<Call, Vec<&'static str>>, Draft) {
    let read = read();
    let example = read.iter().find(|folder| folder.call.field("money.asked").is_some()).expect("the example");
    let mut draft = example.samples.values().next().expect("a sample").clone();
    draft.content.0.insert("money.asked".to_owned(), Value::Text(asked.to_owned()));
    let text = format!("{}\n{limits}", example.text);
    let reading = jiebang_callfile::read(&text, Some(&example.path), &jiebang_callfile::Library::default());
    let call = reading.sound().map_err(|errors| errors.iter().map(|error| error.code).collect());
    (call, draft)
}

/// A limit on the money that the example's form asks for.
fn money(code: &str, bound: &str, unit: &str) -> String {
    format!(
        "[[limit]]\ncode = \"{code}\"\ncounts = \"funding\"\nper = \"application\"\n{bound}\n\
         unit = \"{unit}\"\nfield = \"money.asked\"\nclause = \"5.1\"\n"
    )
}

#[test]
fn a_cap_on_money_points_to_the_field_that_asks_for_it() {
    let cap = money("money_cap_exceeded", "max = 1000", "欧元");
    for (asked, found) in [("1000", None), ("1000.01", Some("money.asked"))] {
        let (call, draft) = example_with(&cap, asked);
        let findings = findings(&call.expect("a call"), &draft);
        let cap = findings.iter().find(|finding| finding.code == "money_cap_exceeded");
        assert_eq!(cap.map(|cap| cap.field.as_deref()), found.map(Some), "{asked}: {findings:?}");
    }
    // Where the form does not ask for it there is nothing to judge.
    let (silent, draft) = example_with(&cap.replace("field = \"money.asked\"\n", ""), "1001");
    assert!(!findings(&silent.expect("a call"), &draft).iter().any(|one| one.code == "money_cap_exceeded"));
}

#[test]
fn money_below_zero_is_told_once_and_every_amount_has_its_unit() {
    let limits = money("too_little", "min = 5", "万元") + &money("too_much", "max = 10", "万元");
    for (asked, code, zh, en) in [
        ("-1", "funding_negative", "申请的财政经费是负数：-1万元", "is below zero: -1 × 10,000 yuan"),
        ("−0.01", "funding_negative", "-0.01万元", "-0.01 × 10,000 yuan"),
        ("0", "too_little", "现有0万元；每项申报申请的财政经费不少于5万元", "at least 5 × 10,000 yuan of"),
        (
            "11",
            "too_much",
            "现有11万元；每项申报申请的财政经费不超过10万元",
            "Now 11 × 10,000 yuan of public funding asked for; at most 10 × 10,000 yuan of public funding",
        ),
    ] {
        let (call, draft) = example_with(&limits, asked);
        let found = findings(&call.expect("a call"), &draft);
        let [found] = found.as_slice() else { panic!("{asked}: {found:?}") };
        assert_eq!((found.code.as_str(), found.field.as_deref()), (code, Some("money.asked")), "{asked}");
        assert!(found.message.zh.contains(zh) && found.message.en.contains(en), "{:?}", found.message);
        assert!(found.clause.is_some(), "{asked}");
    }
}

/// A folder in which only the rows under test can be wrong.
fn folder_with(rows: &str) -> Result<Folder, Vec<String>> {
    let source =
        folders().into_iter().find(|path| path.join("prize-form.toml").is_file()).expect("the example");
    let folder = std::env::temp_dir().join(format!("jiebang-cases-{}-{}", std::process::id(), rows.len()));
    std::fs::create_dir_all(folder.join("cases")).expect("a folder");
    for file in ["call.toml", "prize-form.toml", "cases/sample.toml"] {
        std::fs::copy(source.join(file), folder.join(file)).expect("a copy");
    }
    std::fs::write(folder.join("cases/rows.md"), format!("| a | b | c |\n|---|---|---|\n{rows}"))
        .expect("written");
    let read = Folder::read(&folder);
    std::fs::remove_dir_all(&folder).expect("removed");
    read.map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

#[test]
fn what_a_row_cannot_mean_is_refused_with_its_line() {
    for (change, fault) in [
        ("partner = 3", "partner is a table"),
        ("colour = 1", "a case has no key colour"),
        ("form.overwiew = \"x\"", "no field overwiew"),
        ("form.money.asked = true", "money.asked is a number"),
        ("partner.2.kind = \"enterprise\"", "there is no partner 2"),
        ("partner.1.kinds = \"enterprise\"", "partners has no column kinds"),
        ("applicant.age = 3", "applicant has no key age"),
        ("evidence.receipt = 1", "the call has no evidence receipt"),
        ("evidence.agreement = -1", "agreement is a whole number"),
        ("declaration.oath.accepted = true", "the call has no declaration oath"),
        ("declaration.truth.signed = true", "truth has no key signed"),
        ("sample = \"none\"", "there is no sample none"),
        ("promise.M9 = { value = 1 }", "the call has no item M9"),
        ("promise.M1 = { value = [1, 2, 3] }", "an interval has two numbers"),
        ("show = \"none\"", "the form has no field none"),
        ("asked = 100", "asked is a table"),
        ("selection = { shortlisted = 1, winners = 1 }", "selection gives one of"),
        ("list = { region = \"99\", submitted = 1, recommended = 1 }", "there is no region 99"),
        ("published = 3", "published is a date"),
        ("at = 2027-06-15", "at is an instant with its offset"),
        ("event = \"intent\"", "event needs at"),
        ("show = \"overview\"` `partners = 1", "show stands alone"),
        ("partners = 1` `partners = 2", "the changes are not TOML"),
    ] {
        let row = format!("| in order | `partners = 1` | 通过 |\n| {fault} | `{change}` | 通过 |\n");
        let faults = folder_with(&row).expect_err(change);
        assert!(faults.len() == 1, "{change}: {faults:?}");
        assert!(faults[0].contains("cases/rows.md:4: ") && faults[0].contains(fault), "{change}: {faults:?}");
    }
}

#[test]
fn a_wrong_answer_is_reported_with_line_words_want_and_got() {
    let folder = folder_with("| Alone | `partners = 0` | 通过 |\n").expect("readable");
    let faults = folder.failures(&folder.call);
    assert_eq!(faults.len(), 1);
    let fault = faults[0].to_string();
    for part in ["cases/rows.md:3: Alone", "want 通过", "`team_too_small` 3.1"] {
        assert!(fault.contains(part), "{fault}");
    }
}

/// A sample of a call of the house, changed, and the first finding with a code.
fn finding_of(id: &str, code: &str, change: impl FnOnce(&mut Draft)) -> jiebang_domain::shared::Finding {
    let read = read();
    let folder = read.iter().find(|folder| folder.call.id == id).expect("a call of the house");
    let mut draft = folder.samples["sample"].clone();
    change(&mut draft);
    let found = findings(&folder.call, &draft);
    found.iter().find(|finding| finding.code == code).unwrap_or_else(|| panic!("{found:?}")).clone()
}

#[test]
fn the_cap_on_applications_led_counts_those_submitted_and_the_one_at_hand() {
    for (before, zh, en) in [
        (
            3,
            "牵头申报的项目：已提交3项，连同本项共4项；",
            "3 applications led are submitted, 4 with this one; ",
        ),
        (
            4,
            "牵头申报的项目：已提交4项，连同本项共5项；",
            "4 applications led are submitted, 5 with this one; ",
        ),
    ] {
        let finding = finding_of("miit-2025-biomaterials-2", "lead_cap_exceeded", |draft| {
            draft.led_before = before;
            draft.led = (1..=before).map(|nth| format!("第{nth}项")).collect();
        });
        assert!(finding.message.zh.starts_with(zh), "{}", finding.message.zh);
        assert!(finding.message.en.starts_with(en), "{}", finding.message.en);
    }
}

#[test]
fn one_thing_has_the_singular_in_english() {
    let long = |length: usize| {
        move |draft: &mut Draft| {
            draft.content.0.insert("overview".to_owned(), Value::Text("字".repeat(length)));
        }
    };
    let cut = |length| finding_of("miit-2025-ai-devices", "text_too_long", long(length)).remedy.en;
    assert_eq!((cut(1001), cut(1002)), ("Cut 1 character".to_owned(), "Cut 2 characters".to_owned()));
    let partners = |count: usize| {
        finding_of("miit-2025-ai-devices", "partner_cap_exceeded", move |draft| {
            let Some(Value::Rows(rows)) = draft.content.0.get_mut("partners") else { panic!("partners") };
            *rows = vec![rows[0].clone(); count];
        })
    };
    assert_eq!(partners(5).remedy.en, "Take out 1 partner");
    assert_eq!(partners(6).remedy.en, "Take out 2 partners");
    let lacking = |files: usize| {
        finding_of("miit-2025-biomaterials-2", "evidence_missing", move |draft| {
            let credit = |evidence: &str| evidence == "credit";
            let kept: Vec<_> =
                draft.evidence.iter().filter(|file| credit(&file.evidence)).take(files).cloned().collect();
            draft.evidence.retain(|file| !credit(&file.evidence));
            draft.evidence.extend(kept);
        })
        .message
        .en
    };
    assert!(lacking(1).ends_with(": 1 of 2 units lacks it"), "{}", lacking(1));
    assert!(lacking(0).ends_with(": 2 of 2 units lack it"), "{}", lacking(0));
}
