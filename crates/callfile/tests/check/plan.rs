//! Plans: those beside the calls are sound, and every fault has a code and a place.

use jiebang_callfile::{Library, Reading, read};
use jiebang_domain::call::{Source, Strength};
use jiebang_domain::selection::{DecisionRule, GroupKey, Plan, Points, Tie};
use std::path::PathBuf;

use super::faults::untried;
use super::{assert_whole, marked, place};

/// A plan with two stages and three classes in the first.
const ID: &str = "miit-2021-ai-devices";

fn text(id: &str) -> String {
    Library::default().plan(id).unwrap_or_else(|| panic!("{id} has no plan")).0
}

fn check(text: &str) -> Reading {
    read(text, None, &Library::default())
}

fn plan(id: &str) -> Plan {
    check(&text(id)).sound_plan().unwrap_or_else(|errors| panic!("{id}: {errors:#?}"))
}

#[test]
fn every_call_has_a_sound_plan() {
    let library = Library::default();
    for id in library.ids() {
        let reading = check(&text(&id));
        assert!(reading.errors.is_empty() && reading.warnings.is_empty(), "{id}: {reading:#?}");
        let plan = reading.plan.expect("a plan");
        assert_eq!((plan.call.as_str(), plan.source), (id.as_str(), Source::Operator));
        assert!(plan.notice.is_some() && plan.race.is_some() && plan.evaluation.is_some(), "{id}");
        assert!(reading.call.is_none() && reading.document.is_none());
    }
    assert!(library.plan("no-such-call").is_none() && library.plan("../shared").is_none());
}

#[test]
fn a_plan_says_what_its_file_says() {
    let plan = plan(ID);
    let checks: Vec<&str> = plan.checks.iter().map(|check| check.id.as_str()).collect();
    assert_eq!((checks.len(), checks[0], plan.recusal.former_years), (7, "recommended", 3));
    assert_eq!(plan.checks[0].source.clause().unwrap().as_str(), "二(四)");
    let [shortlist, winners] = plan.stages.as_slice() else { panic!("{:#?}", plan.stages) };
    assert_eq!(shortlist.per, GroupKey::Level("direction".to_owned()));
    let caps: Vec<_> = shortlist
        .classes
        .iter()
        .map(|class| {
            let cap = class.cap.as_ref().map(|cap| (cap.most, cap.strength));
            (class.name.zh.as_str(), cap, class.counted, class.listed)
        })
        .collect();
    let soft = |most| Some((most, Strength::InPrinciple));
    assert_eq!(
        caps,
        [
            ("揭榜单位", soft(9), true, true),
            ("潜力单位", soft(18), false, true),
            ("未入围", None, false, false)
        ]
    );
    assert_eq!(shortlist.classes[0].least, Points::new(60, 1));
    assert_eq!((shortlist.from.len(), winners.from.len(), winners.rubric.criteria().len()), (0, 2, 2));
    // The veto stands in both stages, criteria in their own.
    assert_eq!((shortlist.rubric.vetoes().len(), winners.rubric.vetoes().len()), (1, 1));
    assert_eq!(shortlist.aggregation.ties[1], Tie::Criterion("indicators".to_owned()));
    assert_eq!(winners.aggregation.ties[0], Tie::Criterion("achievement".to_owned()));
    assert_eq!((winners.aggregation.scores_min, winners.aggregation.dispute_gap), (3, Points::new(20, 1)));
    let notice = plan.notice.unwrap();
    assert_eq!((notice.working_days, notice.answer_days), (5, 10));
    let race = plan.race.unwrap();
    assert_eq!((race.report_months, race.report_days, race.remind_days), (6, 15, 15));
    let evaluation = plan.evaluation.unwrap();
    assert_eq!((evaluation.decision_rule, evaluation.guard_band), (DecisionRule::Simple, None));
    assert_eq!(evaluation.source.clause().unwrap().as_str(), "三(三)");
}

/// What is replaced in the plan, by what (the mark `¦` stands where the fault is told), and the code of the only fault.
const FAULTS: [(&str, &str, &str); 50] = [
    ("language = 1", "language = ¦2", "language_unknown"),
    (
        "plan.for = \"miit-2021-ai-devices\"\nplan.source = \"operator\"",
        "¦plan.for = \"miit-2021-ai-devices\"",
        "source_missing",
    ),
    ("plan.source = \"operator\"", "plan.source = ¦\"ministry\"", "name_unknown"),
    ("clause = \"二(四)\"", "clause = ¦\"二(九)\"", "clause_unknown"),
    ("[\"F-封面\", \"F-诺\"]", "[\"F-封面\", ¦\"F-若\"]", "clause_unknown"),
    ("id = \"sealed\"", "id = ¦\"recommended\"", "id_twice"),
    ("recusal.former_years = 3", "recusal.former_years = ¦300", "number_too_large"),
    ("recusal.former_years = 3", "recusal.¦former_year = 3\nrecusal.former_years = 3", "key_unknown"),
    ("id = \"winners\"\nname", "id = ¦\"shortlist\"\nname", "id_twice"),
    ("counts = \"shortlisted\"", "counts = ¦\"funding\"", "name_unknown"),
    ("counts = \"winners\"", "counts = ¦\"shortlisted\"", "stage_repeats"),
    ("per = \"direction\"\nfrom", "per = ¦\"directions\"\nfrom", "group_key_unknown"),
    ("per = \"direction\"\nfrom", "per = ¦\"category\"\nfrom", "group_key_differs"),
    (
        "per = \"direction\"\nclause",
        "per = \"direction\"\nfrom = ¦[\"winner\"]\nclause",
        "from_without_stage",
    ),
    ("[\"challenger\", \"potential\"]", "[\"challenger\", ¦\"potentials\"]", "class_unknown"),
    ("from = [\"challenger\", \"potential\"]\n", "", "from_missing"),
    ("weight = 60\nmax = 10", "weight = 59\nmax = 10", "weights_differ"),
    ("weight = 60\nmax = 10", "weight = ¦0\nmax = 10", "limit_zero"),
    ("weight = 60\nmax = 10", "weight = 60\nmax = 0", "scale_wrong"),
    ("weight = 60\nmax = 10\nstep = 0.5", "weight = 60\nmax = 10\nstep = ¦0.3", "step_uneven"),
    ("weight = 60\nmax = 10\nstep = 0.5", "weight = 60\nmax = 10\nstep = ¦0.001", "scale_too_fine"),
    ("weight = 60\nmax = 10", "weight = ¦-60\nmax = 10", "number_negative"),
    ("sheets = 2", "sheets = ¦0", "limit_zero"),
    ("sheets = 2", "sheets = 2\nstages = [¦\"winner\"]", "stage_unknown"),
    ("method = \"mean\"", "method = ¦\"median\"", "name_unknown"),
    ("scores_min = 3", "scores_min = ¦0", "limit_zero"),
    ("dispute_gap = 20", "dispute_gap = ¦101", "points_off_scale"),
    ("dispute_gap = 20", "dispute_gap = ¦nan", "points_off_scale"),
    ("criterion = \"innovation\"", "criterion = ¦\"innovations\"", "criterion_unknown"),
    ("criterion = \"innovation\"", "criterion = ¦\"achievement\"", "criterion_unknown"),
    (", criterion = \"innovation\" }", " }", "criterion_missing"),
    ("\"indicators\" }, { by = \"lot\" }]", "\"indicators\" }]", "ties_open"),
    (
        "\"indicators\" }, { by = \"lot\" }]",
        "\"indicators\" }, { by = \"lot\" }, ¦{ by = \"scores\" }]",
        "tie_unreachable",
    ),
    ("criterion = \"indicators\" }", "criterion = \"innovation\" }", "tie_unreachable"),
    ("least = 60\ncounted", "least = ¦-1\ncounted", "points_off_scale"),
    ("cap = 9", "cap = ¦11", "limits_conflict"),
    ("cap = 9", "cap = ¦0", "limit_zero"),
    ("cap = 18", "cap = ¦\"18\"", "type_wrong"),
    ("cap = 18\nstrength = \"in_principle\"\nleast = 60\n", "", "class_unlimited"),
    (
        "id = \"potential\"\nstage = \"shortlist\"",
        "id = \"potential\"\nstage = ¦\"shortlists\"",
        "stage_unknown",
    ),
    ("id = \"potential\"\nstage = \"shortlist\"\n", "id = \"potential\"\n", "stage_missing"),
    ("id = \"not_shortlisted\"", "id = ¦\"potential\"", "id_twice"),
    (
        "name = [\"未入围\", \"Not shortlisted\"]",
        "name = [\"未入围\", \"Not shortlisted\"]\nleast = 5",
        "class_last_limited",
    ),
    ("name = [\"未入围\", \"Not shortlisted\"]", "name = [\"未入围\", ¦\"\"]", "text_empty"),
    ("working_days = 5", "working_days = ¦0", "limit_zero"),
    ("answer_days = 10", "answer_days = ¦0", "limit_zero"),
    ("report_months = 6", "report_months = ¦0", "limit_zero"),
    ("decision_rule = \"simple\"", "decision_rule = \"simple\"\nguard_band = ¦1.0", "guard_band_wrong"),
    (
        "decision_rule = \"simple\"",
        "decision_rule = \"guarded_acceptance\"\nguard_band = ¦1.5",
        "guard_band_wrong",
    ),
    ("decision_rule = \"simple\"", "decision_rule = ¦\"simples\"", "name_unknown"),
];

#[test]
fn every_fault_is_told_at_its_place() {
    let base = text(ID);
    for (from, to, code) in FAULTS {
        assert!(base.contains(from), "{from} is not in the plan");
        let changed = base.replacen(from, to, 1);
        let (changed, at) = match to.contains('¦') {
            true => {
                let (changed, line, column) = marked(&changed);
                (changed, Some((line, column)))
            }
            false => (changed, None),
        };
        let reading = check(&changed);
        let told: Vec<_> = reading.errors.iter().filter(|error| error.code == code).collect();
        assert!(!told.is_empty(), "{code} from {to}: {:#?}", reading.errors);
        if let Some((line, column)) = at {
            let places: Vec<_> = told.iter().map(|error| place(error)).collect();
            assert!(places.contains(&(code, line, column)), "{to}: {places:?} instead of {line}:{column}");
        }
        for error in &reading.errors {
            assert_whole(&changed, error);
        }
    }
}

/// Codes of faults that tests of their own try.
const ELSEWHERE: [&str; 5] =
    ["aggregation_missing", "classes_missing", "criteria_missing", "scales_apart", "tie_against_cap"];

#[test]
fn every_code_of_plans_is_tried() {
    let tried: Vec<&str> = FAULTS.iter().map(|row| row.2).chain(ELSEWHERE).collect();
    let untried = untried(&["plan"], &tried);
    assert!(untried.is_empty(), "no test tries {untried:?}");
}

#[test]
fn a_stage_alone_says_all_that_it_lacks() {
    let plan = text("ndrc-2018-high-end-devices");
    let stage = "[[stage]]\nid = \"a\"\nname = [\"甲\", \"A\"]\ncounts = \"winners\"\nper = \"product\"\n";
    let codes: Vec<&str> = check(&format!("{plan}\n{stage}")).errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, ["classes_missing", "aggregation_missing", "criteria_missing"]);
    let primes = ["997", "991", "983", "977"];
    let apart = primes.iter().fold(text(ID), |plan, prime| {
        plan.replacen("max = 10\nstep = 0.5", &format!("max = {prime}\nstep = 1"), 1)
    });
    assert_eq!(check(&apart).errors.iter().map(|error| error.code).collect::<Vec<_>>(), ["scales_apart"]);
}

#[test]
fn a_fault_leaves_the_rest_of_the_plan_to_be_read() {
    let wrong = text(ID).replace("working_days = 5", "working_days = true").replace("cap = 18", "cup = 18");
    let reading = check(&wrong);
    let codes: Vec<&str> = reading.errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, ["key_unknown", "type_wrong"]);
    assert!(reading.errors[0].help.en.contains("cap"), "{:?}", reading.errors[0]);
    let plan = reading.plan.expect("a plan");
    assert_eq!((plan.stages.len(), plan.notice, plan.checks.len()), (2, None, 7));
    let titleless = text(ID).replacen("plan.title", "plan.titel", 1);
    let codes: Vec<&str> = check(&titleless).errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, ["key_missing", "key_unknown"]);
    assert!(check("language = 1\nplan = 3\n").errors.iter().any(|error| error.code == "type_wrong"));
    let empty: Vec<&str> = check("plan = {}\n").errors.iter().map(|error| error.code).collect();
    assert_eq!(empty, ["key_missing", "key_missing", "key_missing", "source_missing"]);
}

#[test]
fn all_tied_go_with_caps_in_principle_only() {
    let tied = text(ID).replace("{ by = \"lot\" }", "{ by = \"all_tied_admitted\" }");
    assert!(check(&tied).errors.is_empty());
    let binding = tied.replacen("strength = \"in_principle\"\n", "", 1);
    let codes: Vec<&str> = check(&binding).errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, ["tie_against_cap"]);
}

/// A folder of its own for one test.
fn folder(name: &str) -> PathBuf {
    let folder =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("plan-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
fn a_plan_is_checked_against_the_call_beside_it() {
    let library = Library::default();
    let call = library.call(ID).expect("a call").0;
    let renamed = call.replace("call.id = \"miit-2021-ai-devices\"", "call.id = \"city-2030\"");
    let own = text(ID).replace(ID, "city-2030");
    let reading = check(&own);
    let told: Vec<&str> = reading.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!((told, reading.errors.len()), (vec!["call_not_found"], 0));
    let near = text(ID).replace(ID, "miit-2021-ai-device");
    assert!(check(&near).warnings[0].help.en.contains(ID));
    let here = folder("beside");
    std::fs::write(here.join("call.toml"), &renamed).expect("a file");
    let beside = |plan: &str| read(plan, Some(&here), &library);
    assert!(beside(&own).warnings.is_empty() && beside(&own).errors.is_empty());
    let codes = |reading: &Reading| reading.errors.iter().map(|error| error.code).collect::<Vec<_>>();
    let wrong = own.replace("cap = 9", "cap = 11");
    assert_eq!(codes(&beside(&wrong)), ["limits_conflict"]);
    assert_eq!(codes(&check(&wrong)), Vec::<&str>::new(), "without the call nobody knows its limit");
    std::fs::write(here.join("call.toml"), renamed.replace("year = 2021", "year = 20")).expect("a file");
    assert_eq!(beside(&own).warnings[0].code, "call_faulty");
    // A plan in the place of the call is no call, and is not looked for in itself.
    std::fs::write(here.join("call.toml"), &own).expect("a file");
    assert_eq!(beside(&own).warnings[0].code, "call_not_found");
    std::fs::remove_dir_all(here).expect("an end");
}

#[test]
fn the_plan_of_the_documentation_is_sound() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/call-language.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let part = page.split("`plan.toml`\n").nth(1).expect("the part on plans");
    let example =
        part.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let reading = check(example);
    assert_eq!(reading.errors, []);
    assert_eq!(reading.warnings.iter().map(|one| one.code).collect::<Vec<_>>(), ["call_not_found"]);
}

#[test]
fn a_file_with_a_call_and_a_plan_is_a_call() {
    let call = Library::default().call(ID).expect("a call").0;
    let reading = check(&format!("{call}\n[plan]\nfor = \"x\"\n"));
    assert_eq!(reading.errors.iter().map(|error| error.code).collect::<Vec<_>>(), ["key_unknown"]);
    assert!(reading.call.is_some() && reading.plan.is_none());
}

#[test]
fn a_plan_that_is_sent_is_checked_against_the_call_that_is_given() {
    let id = "miit-2021-ai-devices";
    let call = jiebang_callfile::read(&Library::default().call(id).unwrap().0, None, &Library::default());
    let call = call.sound().unwrap();
    assert!(jiebang_callfile::read_plan(&text(id), &call).sound_plan().is_ok());
    let other = jiebang_callfile::read_plan(&text("miit-2025-ai-devices"), &call);
    assert!(other.errors.iter().any(|error| error.code == "call_differs"), "{:#?}", other.errors);
    let faults = |text: &str| jiebang_callfile::read_plan(text, &call).sound_plan().unwrap_err();
    assert_eq!(faults("language = 1\n")[0].code, "not_a_plan");
    assert!(!faults("plan = [").is_empty());
}
