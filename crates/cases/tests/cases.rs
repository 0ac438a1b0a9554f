//! Every call of the house and of the documentation answers its cases as their rows say.

use jiebang_cases::{Folder, uncovered};
use jiebang_domain::application::findings;
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

#[test]
fn a_cap_on_money_points_to_the_field_that_asks_for_it() {
    let read = read();
    let example = read.iter().find(|folder| folder.call.field("money.asked").is_some()).expect("the example");
    let (_, draft) = example.samples.iter().next().expect("a sample");
    let path = folders().into_iter().find(|path| path.join("prize-form.toml").is_file()).expect("its folder");
    let text = std::fs::read_to_string(path.join("call.toml")).expect("its text");
    let cap = "\n[[limit]]\ncode = \"money_cap_exceeded\"\ncounts = \"funding\"\nper = \"application\"\n\
               max = 1000\nunit = \"欧元\"\nfield = \"money.asked\"\nclause = \"5.1\"\n";
    let call = |text: &str| {
        let reading = jiebang_callfile::read(text, Some(&path), &jiebang_callfile::Library::default());
        assert!(reading.errors.is_empty(), "{:?}", reading.errors);
        reading.call.expect("a call")
    };
    for (most, field) in [("max = 1000", Some("money.asked")), ("max = 200000", None)] {
        let found = findings(&call(&(text.clone() + &cap.replace("max = 1000", most))), draft);
        let found: Vec<_> = found.into_iter().filter(|found| found.code == "money_cap_exceeded").collect();
        assert_eq!(found.first().map(|found| found.field.as_deref()), field.map(Some), "{most}");
    }
    // Where the form does not ask for it there is nothing to judge.
    let silent = call(&(text.clone() + &cap.replace("field = \"money.asked\"\n", "")));
    assert!(findings(&silent, draft).is_empty());
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
