//! Application books of the calls that come with the product.

mod common;

use std::collections::BTreeMap;

use common::{ADDRESS, at, codes_of, folder, fonts, frozen, page_text_of, text_of};
use jiebang_cases::Folder;
use jiebang_documents::{Book, Fault, Fonts, book};
use jiebang_domain::application::{Draft, Row, Value};
use jiebang_domain::shared::Language;

const CALLS: [&str; 3] = ["miit-2025-ai-devices", "miit-2025-biomaterials-2", "miit-2021-ai-devices"];

/// The book of a submitted version.
fn of<'a>(folder: &'a Folder, draft: &'a Draft, language: Language) -> Book<'a> {
    Book { call: &folder.call, draft, language, frozen: Some(frozen()), at: at(), recommended_by: &[] }
}

#[test]
fn every_sample_becomes_a_book_in_both_languages() {
    for call in CALLS {
        let folder = folder(call);
        for (name, draft) in &folder.samples {
            for language in [Language::Zh, Language::En] {
                let made = book(&fonts(), &of(&folder, draft, language)).unwrap();
                assert!(made.bytes.starts_with(b"%PDF-1.7"));
                assert!(made.pages > 5, "{call} {name}: {} pages", made.pages);
                common::keep(&format!("{call}-{name}-{}", language.tag()), &made.bytes);
            }
        }
    }
}

#[test]
fn what_was_written_can_be_read() {
    let folder = folder("miit-2025-biomaterials-2");
    let draft = &folder.samples["sample"];
    let text = text_of(&book(&fonts(), &of(&folder, draft, Language::Zh)).unwrap());
    for wanted in [
        "生物医用材料创新任务揭榜挂帅（第二批）",
        "工信厅联原函〔2025〕41号",
        "苏州示例高分子材料有限公司",
        "91320500MA0JB0012P",
        "上海示例血管器械有限公司",
        "上游材料",
        "下游器械",
        "树脂定型和中试",
        "2025-11-04",
        "进度甘特图",
        "锑残留量",
        "法定代表人（签字）：",
        "李华",
        "扫码核验",
        "JB-2025-000042",
        "0123456789abcdef",
        "证明材料",
    ] {
        assert!(text.contains(wanted), "{wanted}");
    }
}

/// Whether these stand in a text one after the other.
fn in_order(text: &str, wanted: &[&str]) {
    let mut rest = text;
    for word in wanted {
        let at = rest.find(word).unwrap_or_else(|| panic!("{word} is not where the form has it: {text}"));
        rest = &rest[at + word.len()..];
    }
}

/// Headings and boxes of the forms that the notices annex, in their order.
#[test]
fn forms_are_those_of_the_notice() {
    let folder = folder("miit-2025-biomaterials-2");
    let made = book(&fonts(), &of(&folder, &folder.samples["sample"], Language::Zh)).unwrap();
    in_order(&page_text_of(&made, 3), &["填报须知", "一、揭榜挂帅单位应如实", "三、揭榜挂帅主体"]);
    in_order(
        &text_of(&made),
        &[
            "一、揭榜挂帅单位申报表",
            "（一）申报单位情况",
            "牵头单位名称",
            "组织机构代码",
            "牵头单位地址",
            "通讯地址",
            "负责人",
            "联系人",
            "联合申报单位",
            "单位性质",
            "牵头单位简介",
            "联合申报的企业或机构简介",
            "上海示例血管器械有限公司：",
            "（二）揭榜挂帅任务基本信息",
            "揭榜挂帅任务名称",
            "无机非金属材料",
            "攻关材料名称",
            "攻关器械名称",
            "揭榜挂帅任务概述",
            "真实性承诺",
            "负责人（签字或盖章）",
            "二、揭榜挂帅任务书",
            "4.攻关材料在医疗器械领域的显著应用价值",
            "1.现有基础",
            "2.相关进展",
            "1.预期目标",
            "2.重点任务攻关计划",
            "进度甘特图",
            "4.潜在问题及应对举措",
            "（四）其他相关事项说明",
            "注：如果申报多个领域",
            "三、申报单位相关证明材料",
            "四、揭榜挂帅任务承诺书",
            "现就有关情况承诺如下",
            "揭榜之日起的3年内",
            "法定代表人（签字）",
            "单位（公章）",
        ],
    );
    let folder = common::folder("miit-2021-ai-devices");
    let made = book(&fonts(), &of(&folder, &folder.samples["sample"], Language::Zh)).unwrap();
    in_order(
        &text_of(&made),
        &["推荐单位：", "加盖单位公章", "申报表", "一、单位情况", "（一）2023年预期目标", "力求在2023年"],
    );
}

/// A call that does not say how its forms are printed has its sections printed; what forms leave out stands behind them.
#[test]
fn nothing_that_was_written_is_left_out() {
    let mut folder = folder("miit-2025-biomaterials-2");
    folder.call.forms.retain(|form| form.id == "task_book");
    let draft = folder.samples["sample"].clone();
    let text = text_of(&book(&fonts(), &of(&folder, &draft, Language::Zh)).unwrap());
    in_order(
        &text,
        &[
            "1.揭榜挂帅任务名称",
            "91320500MA0JB0012P",
            "上海示例血管器械有限公司",
            "真实性承诺",
            "法定代表人（签字）",
        ],
    );
    folder.call.forms.clear();
    let text = text_of(&book(&fonts(), &of(&folder, &draft, Language::Zh)).unwrap());
    in_order(&text, &["91320500MA0JB0012P", "聚对苯二甲酸乙二酯", "任务书（四）", "法定代表人（签字）"]);
}

#[test]
fn a_draft_says_so_on_each_page() {
    let folder = folder("miit-2025-ai-devices");
    let draft = &folder.samples["sample"];
    let input = Book { frozen: None, ..of(&folder, draft, Language::Zh) };
    let made = book(&fonts(), &input).unwrap();
    common::keep("draft", &made.bytes);
    assert_eq!(text_of(&made).matches("不作为申报依据").count(), made.pages);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let folder = folder("miit-2025-ai-devices");
    let fonts = fonts();
    let make = |draft: &Draft, language| book(&fonts, &of(&folder, draft, language)).unwrap().bytes;
    let draft = &folder.samples["sample"];
    let first = make(draft, Language::Zh);
    let english = make(draft, Language::En);
    let mut other = draft.clone();
    other.content.0.insert("task_name".to_owned(), Value::Text("另一个任务".to_owned()));
    make(&other, Language::Zh);
    assert!(english == make(draft, Language::En));
    assert!(first == make(draft, Language::Zh));
    // Other threads that set other books do not show either.
    std::thread::scope(|scope| {
        let busy = scope.spawn(|| make(&other, Language::En));
        assert!(first == make(draft, Language::Zh));
        busy.join().unwrap();
    });
    // Fonts that were found anew are the same fonts.
    let again = book(&Fonts::find(None).unwrap(), &of(&folder, draft, Language::Zh)).unwrap();
    assert!(first == again.bytes);
}

/// Text that would act if it were source, and text that has broken typesetters.
const HOSTILE: [&str; 8] = [
    "#panic(\"no\") #include \"/etc/passwd\" $x$ *bold* _it_ @ref <label> = heading\n- list\n+ enum",
    "\"]; #eval(\"1\") \\u{1F600} {{task}} {target_year} \\",
    "\u{202e}gnirts desrever\u{202c} \u{200f}\u{2067}א\u{2069} مرحبا",
    "\u{0}\u{1}\u{7}\u{8}\u{1b}[31m\u{7f}\u{85}\u{2028}\u{2029}",
    "👩‍👩‍👧‍👦 🇨🇳 ☺️ 😀 e\u{301}\u{301}\u{301}\u{301}\u{301}",
    "\u{e000}\u{f8ff}\u{fffd}\u{fffe}\u{10ffff}\u{378}",
    "葛\u{e0100}饰 𠮷野家 㐀 ㊙ ℃ ½",
    "<script>alert(1)</script> %PDF-1.7 endstream endobj (\\",
];

fn hostile(draft: &Draft, text: &str) -> Draft {
    let mut draft = draft.clone();
    for value in draft.content.0.values_mut() {
        spoil(value, text);
    }
    draft.applicant.name = text.to_owned();
    for file in &mut draft.evidence {
        file.name = text.to_owned();
        file.sha256 = text.to_owned();
    }
    for signature in draft.declarations.values_mut() {
        signature.signer = text.to_owned();
    }
    draft
}

fn spoil(value: &mut Value, text: &str) {
    match value {
        Value::Text(own) => *own = text.to_owned(),
        Value::Rows(rows) => {
            rows.iter_mut().flat_map(BTreeMap::values_mut).for_each(|value| spoil(value, text))
        }
        Value::Boolean(_) | Value::Promises(_) => {}
    }
}

#[test]
fn no_text_breaks_or_acts() {
    let folder = folder("miit-2025-biomaterials-2");
    let draft = &folder.samples["sample"];
    for (nth, text) in HOSTILE.into_iter().enumerate() {
        let draft = hostile(draft, text);
        let frozen =
            jiebang_documents::Frozen { number: text, sha256: text, address: "https://example.org/v" };
        let input =
            Book { frozen: Some(frozen), recommended_by: &[text], ..of(&folder, &draft, Language::Zh) };
        let made = book(&fonts(), &input).unwrap_or_else(|fault| panic!("{text:?}: {fault}"));
        common::keep(&format!("hostile-{nth}"), &made.bytes);
        if text.starts_with("#panic") {
            assert!(text_of(&made).contains("#panic("), "markup is shown as it was written");
        }
    }
}

#[test]
fn long_text_and_many_partners_only_take_pages() {
    let folder = folder("miit-2025-biomaterials-2");
    let mut draft = folder.samples["sample"].clone();
    draft.content.0.insert("statement.value".to_owned(), Value::Text("x".repeat(100_000)));
    draft.content.0.insert("overview".to_owned(), Value::Text("长".repeat(100_000)));
    let name = "苏州示例高分子材料与生物医用纤维工程技术研究开发及产业化服务有限责任公司".repeat(3);
    draft.content.0.insert("lead.name".to_owned(), Value::Text(name.clone()));
    draft.content.0.insert(
        "contact.email".to_owned(),
        Value::Text("a.very.long.address.of.a.person@subdomain.example.com".to_owned()),
    );
    draft.content.0.insert(
        "lead.introduction".to_owned(),
        Value::Text("\u{202e}gnirts desrever\u{202c} \u{200f}\u{2067}א\u{2069} مرحبا".to_owned()),
    );
    draft.applicant.name = name;
    let Some(Value::Rows(partners)) = draft.content.0.get_mut("partners") else { panic!("partners") };
    let one: Row = partners[0].clone();
    *partners = (0..40)
        .map(|nth| {
            let mut row = one.clone();
            let name = if nth == 7 {
                "七".repeat(5_000)
            } else {
                format!("示例联合单位{nth}号有限公司")
            };
            row.insert("name".to_owned(), Value::Text(name));
            row
        })
        .collect();
    let made = book(&fonts(), &of(&folder, &draft, Language::Zh)).unwrap();
    let text = text_of(&made);
    assert!(text.contains("示例联合单位39号有限公司"));
    assert!(text.matches('七').count() >= 5_000, "no row runs off its page");
    assert!(text.chars().filter(|character| *character == '长').count() >= 100_000);
    assert!(text.chars().filter(|character| *character == 'x').count() >= 100_000);
    common::keep("long", &made.bytes);
}

#[test]
fn missing_fonts_are_told_by_the_name_of_their_package() {
    let empty = std::env::temp_dir().join("jiebang-documents-without-fonts");
    std::fs::create_dir_all(&empty).unwrap();
    let fault = Fonts::find_only(&empty).unwrap_err();
    assert_eq!(fault, Fault::FontMissing);
    assert!(fault.message().zh.contains("fonts-noto-cjk") && fault.message().en.contains("fonts-noto-cjk"));
}

#[test]
fn the_code_on_every_page_leads_to_the_record() {
    let folder = folder("miit-2025-biomaterials-2");
    let input = of(&folder, &folder.samples["sample"], Language::Zh);
    let made = book(&fonts(), &input).unwrap();
    // A page of prose, one of tables.
    for page in [1, 3, made.pages] {
        assert_eq!(codes_of(&made, page), [ADDRESS], "page {page}");
    }
    let draft = book(&fonts(), &Book { frozen: None, ..input }).unwrap();
    assert!(codes_of(&draft, 1).is_empty(), "nobody has a record of a draft");
}
