//! The calls of the house: their counts, their copies, the schema and the skeleton.

use jiebang_callfile::explain::{Counts, explain};
use jiebang_callfile::{Library, plan_schema, read, schema, skeleton};
use jiebang_domain::call::{PrintedEntry, PrintedForm};
use jiebang_domain::shared::Language;
use serde_json::Value as Json;

use crate::place;

fn counts(text: &str) -> Counts {
    let reading = read(text, None, &Library::default());
    let document = reading.document.expect("a document");
    let call = reading.call.expect("a call, sound or not");
    explain(&document, &call).counts
}

fn counts_json(text: &str) -> Json {
    serde_json::to_value(counts(text)).expect("counts")
}

/// What is counted under a key: elements of arrays, by their path in the file.
fn counted(key: &str, text: &str) -> Vec<Vec<(String, usize)>> {
    let table: toml::Table = text.parse().expect("a call");
    let array = |name: &str| table.get(name).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let of = |name: &str, keep: &dyn Fn(&toml::Value) -> bool| {
        let all = array(name);
        let kept = all.iter().enumerate().filter(|(_, value)| keep(value));
        kept.map(|(nth, _)| vec![(name.to_owned(), nth)]).collect::<Vec<_>>()
    };
    let below = |name: &str, within: &str, keep: &dyn Fn(&toml::Value, &toml::Value) -> bool| {
        let mut found = Vec::new();
        for (nth, value) in array(name).iter().enumerate() {
            let items = value.get(within).and_then(toml::Value::as_array).cloned().unwrap_or_default();
            let kept = items.iter().enumerate().filter(|(_, item)| keep(value, item));
            found.extend(kept.map(|(item, _)| vec![(name.to_owned(), nth), (within.to_owned(), item)]));
        }
        found
    };
    let is = |value: &toml::Value, key: &str, wanted: &str| {
        value.get(key).and_then(toml::Value::as_str) == Some(wanted)
    };
    let has_level = array("list").iter().any(|list| list.get("level").is_some());
    match key {
        "directions" => of("node", &|node| is(node, "level", "direction")),
        "tasks" if table["call"]["kind"].as_str() == Some("action_plan") => Vec::new(),
        "tasks" if has_level => below("list", "items", &|list, _| list.get("level").is_some()),
        "tasks" => {
            let parents: Vec<toml::Value> =
                array("node").iter().filter_map(|node| node.get("parent").cloned()).collect();
            of("node", &|node| node.get("id").is_some_and(|id| !parents.contains(id)))
        }
        "list_items" => below("list", "items", &|list, _| list.get("level").is_some()),
        "product_rows" => of("node", &|node| is(node, "level", "product")),
        "numeric_indicators" => below("node", "items", &|node, item| {
            let words = item.get("one_of").is_some() || item.get("value").is_some_and(toml::Value::is_bool);
            is(node, "level", "product") && !words
        }),
        "indicators" => of("indicator", &|_| true),
        "checkable_items" => below("indicator", "items", &|_, _| true),
        "evidence_items" => of("evidence", &|_| true),
        "character_limits" => of("character_limit", &|_| true),
        "limits" => of("limit", &|limit| limit.get("source").is_none()),
        "deadlines" => of("deadline", &|_| true),
        "recommendation_columns" => {
            let columns = table.get("recommendation").and_then(|desk| desk.get("columns")?.as_array());
            (0..columns.map_or(0, Vec::len))
                .map(|nth| vec![("recommendation.columns".to_owned(), nth)])
                .collect()
        }
        _ => panic!("nothing is known of {key}"),
    }
}

/// The call without one element.
fn without(text: &str, path: &[(String, usize)]) -> String {
    let mut table: toml::Table = text.parse().expect("a call");
    let ((last, nth), above) = path.split_last().expect("a path");
    let mut at = &mut table;
    for (key, place) in above {
        at = at[key][*place].as_table_mut().expect("an entry");
    }
    let array = match last.split_once('.') {
        Some((key, rest)) => &mut at[key][rest],
        None => &mut at[last],
    };
    array.as_array_mut().expect("an array").remove(*nth);
    table.to_string()
}

#[test]
fn deleting_one_counted_item_changes_its_count_by_one() {
    let library = Library::default();
    let (mut deleted, mut wrong) = (0, Vec::new());
    for id in library.ids() {
        let text = library.call(&id).expect("a call").0;
        let before = counts_json(&text);
        for (key, count) in before.as_object().expect("an object") {
            let all = counted(key, &text);
            if all.len() as u64 != count.as_u64().expect("a count") {
                wrong.push(format!("{id} {key}: {count} in explain, {} in the file", all.len()));
            }
            for path in all {
                deleted += 1;
                let after = counts_json(&without(&text, &path));
                if after[key].as_u64().map(|after| after + 1) != count.as_u64() {
                    wrong.push(format!("{id} {key} {path:?}: {count} before, {} after", after[key]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{deleted} items deleted");
    assert!(deleted > 300, "only {deleted} items were deleted");
}

/// What the notices themselves count; `None` where a count says nothing.
#[test]
fn the_counts_are_those_of_the_notices() {
    let rows: [(&str, [Option<usize>; 5]); 12] = [
        ("directions", [Some(3), Some(9), None, None, Some(8)]),
        ("tasks", [Some(39), Some(9), None, Some(7), Some(8)]),
        ("list_items", [Some(39), None, None, None, None]),
        ("product_rows", [None, None, Some(27), None, None]),
        ("numeric_indicators", [None, None, Some(36), None, None]),
        ("indicators", [None, None, None, Some(30), None]),
        ("checkable_items", [None, None, None, Some(73), None]),
        ("evidence_items", [Some(7), Some(5), None, None, Some(5)]),
        ("recommendation_columns", [Some(8), Some(7), None, None, Some(7)]),
        ("character_limits", [Some(3), Some(3), None, None, Some(3)]),
        ("limits", [Some(3), Some(2), None, None, Some(5)]),
        ("deadlines", [Some(2), Some(2), Some(0), Some(0), Some(2)]),
    ];
    let ids = [
        "miit-2025-biomaterials-2",
        "miit-2025-ai-devices",
        "ndrc-2018-high-end-devices",
        "sichuan-2025-3-medical-chain",
        "miit-2021-ai-devices",
    ];
    let library = Library::default();
    for (nth, id) in ids.iter().enumerate() {
        let found = counts_json(&library.call(id).expect("a call").0);
        for (key, wanted) in &rows {
            if let Some(wanted) = wanted[nth] {
                assert_eq!(found[*key], wanted, "{id} {key}");
            }
        }
    }
}

/// What explain says of a call: as JSON and in the words of both languages.
fn explained(id: &str) -> (Json, String, String) {
    let reading = read(&Library::default().call(id).expect("a call").0, None, &Library::default());
    let (document, call) = (reading.document.expect("a document"), reading.call.expect("a call"));
    let explanation = explain(&document, &call);
    let words = |language| explanation.words(&call, language);
    (serde_json::to_value(&explanation).expect("JSON"), words(Language::Zh), words(Language::En))
}

#[test]
fn explain_tells_periods_blanks_deciders_and_forms() {
    let (json, zh, en) = explained("sichuan-2025-3-medical-chain");
    let rule = |json: &Json, code: &str| {
        let rules = json["rules"].as_array().expect("rules");
        rules.iter().find(|rule| rule["code"] == code).unwrap_or_else(|| panic!("no {code}")).clone()
    };
    // A period says how it binds, what starts it, and that the notice leaves the start open.
    let work = rule(&json, "work")["text"].clone();
    for (found, parts) in [
        (work["zh"].as_str(), ["实施周期", "不超过3年", "运营方案"]),
        (work["en"].as_str(), ["project period", "at most 3 years", "operator"]),
    ] {
        assert!(parts.iter().all(|part| found.is_some_and(|found| found.contains(part))), "{found:?}");
    }
    assert!(
        zh.contains(work["zh"].as_str().expect("words")) && en.contains(work["en"].as_str().expect("words"))
    );
    // What the notice leaves blank keeps it from being published, and no heading stands over nothing.
    assert_eq!(
        (&json["publishable"], &json["blanks"]),
        (&Json::from(false), &Json::from(vec!["issuers", "deadlines"]))
    );
    assert!(
        zh.contains("不能发布，留空：issuers, deadlines") && en.contains("Not publishable, blank: issuers")
    );
    assert!(!zh.contains("\n时间\n"), "{zh}");

    let (json, zh, en) = explained("miit-2025-ai-devices");
    assert_eq!(rule(&json, "not_selected_by_institution")["decided_by"], "selection_body");
    assert_eq!(rule(&json, "result_not_evaluated")["decided_by"], "evaluation_body");
    assert!(zh.contains("判定：遴选机构") && en.contains("Decided by: selection body"), "{en}");
    for key in ["require", "when"] {
        let rules = json["rules"].as_array().expect("rules");
        assert!(rules.iter().any(|rule| rule[key].is_string()), "no rule has {key}");
    }
    for key in
        ["identity", "definitions", "form", "evidence", "declarations", "cover", "calendar", "recommendation"]
    {
        assert!(
            !json[key].is_null(),
            "explain has no {key}: {:?}",
            json.as_object().map(|all| all.keys().collect::<Vec<_>>())
        );
    }
}

#[test]
fn english_words_of_indicators_are_english() {
    let (mut items, mut chinese) = (0, Vec::new());
    for id in Library::default().ids() {
        let json = explained(&id).0;
        let nodes = json["tasks"].as_array().into_iter().flatten();
        let within = |node: &Json| node["items"].as_array().cloned().unwrap_or_default();
        let deeper = |node: &Json| node["indicators"].as_array().cloned().unwrap_or_default();
        for item in nodes
            .flat_map(|node| deeper(node).iter().flat_map(within).chain(within(node)).collect::<Vec<_>>())
        {
            items += 1;
            let words = item["text"]["en"].as_str().expect("words");
            if words.contains(|character| ('\u{4e00}'..='\u{9fff}').contains(&character)) {
                chinese.push(format!("{id} {}: {words}", item["id"]));
            }
        }
    }
    assert!(items > 100 && chinese.is_empty(), "{items} {chinese:#?}");
}

#[test]
fn numbers_units_and_lists_read_as_in_their_language() {
    let whole = |id: &str| {
        let (_, zh, en) = explained(id);
        for line in en.lines() {
            let listed = line.rsplit_once('[').is_some_and(|(_, clauses)| clauses.contains('、'));
            let named = line.contains("(also ") && line.contains('、');
            assert!(!listed && !named, "{line}");
        }
        (zh, en)
    };
    for (id, zh, en) in [
        ("ndrc-2018-high-end-devices", "> 10,000,000 周次", "> 10,000,000 cycles"),
        ("ndrc-2018-high-end-devices", "≥ 64 通道", "≥ 64 channels"),
        ("ndrc-2018-high-end-devices", "> 20 亿元", "> 2,000,000,000 yuan"),
        ("sichuan-2025-3-medical-chain", "≥ 400,000,000 次", "≥ 400,000,000 times"),
        ("sichuan-2025-3-medical-chain", "≥ 1 种", "≥ 1 kind"),
        ("miit-2025-ai-devices", "高校（又名高等院校、高等学校）", "University (also 高等院校, 高等学校)"),
    ] {
        let words = whole(id);
        assert!(words.0.contains(zh) && words.1.contains(en), "{id}: {zh} {en}");
    }
}

#[test]
fn conditions_and_letters_are_told_in_words() {
    let (_, zh, en) = explained("miit-2025-ai-devices");
    for (found, parts) in [
        (&zh, ["仅适用于：有联合单位", "不是支撑环境", "〔任务名称〕"]),
        (&en, ["Only where: there are partners", "is not: Support environment", "[name of the task]"]),
    ] {
        for part in parts {
            assert!(found.contains(part), "{part} is not in {found}");
        }
        for part in [
            (
                "须成立：“牵头单位拟作为产品注册申请人”为是",
                "Must hold: “The lead intends to be the registration applicant of the product” is answered yes",
            ),
            (
                "须成立：每个联合单位的“境内注册且具有独立法人资格”为是",
                "Must hold: for each partner: “Legal person registered in mainland China” is answered yes",
            ),
            (
                "须成立：牵头单位不是社会团体或机关",
                "Must hold: the lead is not: Association or Government body",
            ),
            (
                "有一个联合单位的“单位性质”是医疗卫生机构或高校或科研院所，或牵头单位是医疗卫生机构",
                "for one of the partners: “Kind” is: Medical institution or University or Research institute, or the lead is: Medical",
            ),
            (
                "须成立：“!(form.lead.code in partners.map(p, p.code))”",
                "Must hold: “!(form.lead.code in partners.map(p, p.code))”",
            ),
        ] {
            assert!(zh.contains(part.0) && en.contains(part.1), "{part:?}");
        }
        for line in found.lines().filter(|line| line.contains("仅适用于") || line.contains("Only where: !"))
        {
            assert!(!line.contains("task."), "{line}");
        }
        assert!(!found.contains("{task}"));
    }
}

#[test]
fn a_copy_in_an_empty_folder_is_explained_the_same() {
    let folder = std::env::temp_dir().join(format!("jiebang-copies-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let library = Library::default();
    for id in library.ids() {
        let text = library.call(&id).expect("a call").0;
        let explained = |folder: Option<&std::path::Path>| {
            let reading = read(&text, folder, &library);
            assert!(reading.errors.is_empty(), "{id}: {:?}", reading.errors);
            let (document, call) = (reading.document.expect("a document"), reading.call.expect("a call"));
            serde_json::to_string(&explain(&document, &call)).expect("an explanation")
        };
        let home = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../calls").join(&id);
        assert_eq!(explained(Some(&home)), explained(Some(&folder)), "{id}");
    }
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn the_skeleton_warns_of_its_blanks_alone() {
    let reading = read(&skeleton("example-2031"), None, &Library::default());
    assert!(reading.errors.is_empty(), "{:#?}", reading.errors);
    assert!(reading.warnings.iter().all(|warning| warning.code == "blank"), "{:#?}", reading.warnings);
    let blanks = reading.call.expect("a call").blanks;
    assert_eq!(blanks.len(), reading.warnings.len());
    let lines: Vec<_> = reading.warnings.iter().map(place).collect();
    let keys: Vec<&str> = blanks.iter().map(|(key, _)| key.as_str()).collect();
    for key in ["issuers", "deadlines", "call.title", "call.year", "node.name", "rule.text", "clauses.一"] {
        assert!(keys.contains(&key), "{key} is not among {keys:?}");
    }
    assert!(lines.windows(2).all(|pair| pair[0].1 < pair[1].1), "{lines:?}");
}

#[test]
fn the_schema_says_its_draft_and_closes_every_table() {
    for schema in [schema(), plan_schema()] {
        assert_closed(schema);
    }
}

fn assert_closed(schema: &Json) {
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["$id"].is_string() && schema["title"].is_string());
    let definitions = schema["$defs"].as_object().expect("definitions");
    let tables = definitions.iter().map(|(name, table)| (name.as_str(), table)).chain([("the file", schema)]);
    for (name, table) in tables.filter(|(_, table)| table["type"] == "object") {
        assert_eq!(table["additionalProperties"], false, "{name} takes unknown keys");
        for (key, property) in table["properties"].as_object().into_iter().flatten() {
            let described = property["description"].is_string() || property["$ref"].is_string();
            assert!(described, "{name}.{key} has no description for editors");
        }
    }
}

/// Fields, evidence and declarations that no form prints stand behind the forms; of these calls each has its place.
#[test]
fn the_forms_print_everything_that_is_asked() {
    let library = Library::default();
    let mut printed = 0;
    for id in library.ids() {
        let reading = read(&library.call(&id).expect("a call").0, None, &library);
        let call = reading.call.expect("a call");
        let entries: Vec<&PrintedEntry> = call.forms.iter().flat_map(PrintedForm::entries).collect();
        if call.forms.is_empty() {
            continue;
        }
        printed += 1;
        for (_, field) in call.fields() {
            assert!(entries.contains(&&PrintedEntry::Field(field.id.clone())), "{id}: {}", field.id);
        }
        for declaration in &call.declarations {
            assert!(entries.contains(&&PrintedEntry::Declaration(declaration.id.clone())), "{id}");
        }
        assert!(entries.contains(&&PrintedEntry::Evidence), "{id}");
        // What a notice of 2023 or 2027 prints names its year.
        let titles = call.forms.iter().flat_map(|form| &form.parts).flat_map(|part| &part.chapters);
        let titles: Vec<&str> =
            titles.filter_map(|chapter| Some(chapter.title.as_ref()?.zh.as_str())).collect();
        assert!(titles.iter().all(|title| !title.contains('{')), "{titles:?}");
    }
    assert_eq!(printed, 3);
}

#[test]
fn a_form_of_the_call_takes_the_place_of_the_shared_one() {
    let library = Library::default();
    let text = library.call("miit-2021-ai-devices").expect("a call").0;
    let own = "\n[[form]]\nid = \"application\"\ntitle = [\"另一张表\", \"Another form\"]\nparts = [{ fields = [\"task\"] }]\n";
    let call = read(&format!("{text}{own}"), None, &library).call.expect("a call");
    let place = call.forms.iter().position(|form| form.title.en == "Another form");
    assert_eq!((place, call.forms.len()), (Some(1), 5));
}
