//! Recommendation tables of the calls that come with the product.

mod common;

use std::io::Read;

use common::{ADDRESS, at, codes_of, folder, fonts, frozen, page_text_of, text_of};
use jiebang_documents::{
    RecommendationTable, Recommended, RecommendedRow, recommendation_table, recommendation_workbook,
};
use jiebang_domain::shared::{Language, Region};

const HOSTILE: &str = "=HYPERLINK(\"http://x\") #panic() \u{202e}\u{0}\u{7}😀";

#[test]
fn tables_have_the_columns_of_the_call() {
    for call in ["miit-2025-ai-devices", "miit-2025-biomaterials-2", "miit-2021-ai-devices"] {
        let folder = folder(call);
        for language in [Language::Zh, Language::En] {
            let recommended = folder.samples.values().zip(1..).map(|(draft, place)| Recommended {
                place,
                content: &draft.content,
                reason: "技术指标先进",
                note: "",
            });
            let rows: Vec<RecommendedRow> =
                recommended.map(|of| RecommendedRow::of(&folder.call, language, of)).collect();
            let table = RecommendationTable {
                call: &folder.call,
                region: Region::parse("35").unwrap(),
                rows: &rows,
                language,
                frozen: Some(frozen()),
                at: at(),
            };
            let made = recommendation_table(&fonts(), &table).unwrap();
            let text = text_of(&made);
            for (label, _) in &folder.call.recommendation.as_ref().unwrap().columns {
                let label = label.get(language).replace(' ', "");
                assert!(text.contains(&label), "{call}: {label}");
            }
            common::keep(&format!("{call}-recommendation-{}", language.tag()), &made.bytes);
            assert_eq!(codes_of(&made, 1), [ADDRESS], "the code leads to the record");
            assert!(made.bytes == recommendation_table(&fonts(), &table).unwrap().bytes);
        }
    }
}

#[test]
fn workbooks_are_the_same_each_time_and_hold_no_formula() {
    let folder = folder("miit-2025-biomaterials-2");
    let content = &folder.samples["sample"].content;
    let long = "长".repeat(100_000);
    let rows = [
        Recommended { place: 1, content, reason: HOSTILE, note: &long },
        Recommended { place: 2, content, reason: "", note: "" },
    ];
    let rows = rows.map(|of| RecommendedRow::of(&folder.call, Language::Zh, of));
    let table = RecommendationTable {
        call: &folder.call,
        region: Region::parse("32").unwrap(),
        rows: &rows,
        language: Language::Zh,
        frozen: None,
        at: at(),
    };
    let first = recommendation_workbook(&table).unwrap();
    assert!(first == recommendation_workbook(&table).unwrap());
    // Nothing in it comes from the clock: its parts have the zero of their format, and it was made when the table says.
    let mut parts = zip::ZipArchive::new(std::io::Cursor::new(&first)).unwrap();
    for nth in 0..parts.len() {
        let part = parts.by_index(nth).unwrap();
        assert_eq!(part.last_modified(), Some(zip::DateTime::default()), "part {nth}");
    }
    let mut properties = String::new();
    parts.by_name("docProps/core.xml").unwrap().read_to_string(&mut properties).unwrap();
    let made = at().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(properties.matches(&made).count(), 2, "{properties}");
    assert!(first.starts_with(b"PK"));
    common::keep("recommendation-workbook", &first);
    let pages = recommendation_table(&fonts(), &table).unwrap();
    common::keep("recommendation-provisional", &pages.bytes);
    assert!(pages.pages > 1);
    assert!(codes_of(&pages, 1).is_empty(), "nobody has a record of what is provisional");
    assert_eq!(text_of(&pages).matches("暂定名单").count(), pages.pages);
}

/// The last project stands with the seals on one page, unless it is longer than a page; nothing runs off.
#[test]
fn seals_stand_with_a_project_and_long_rows_take_pages() {
    let folder = folder("miit-2025-ai-devices");
    let content = &folder.samples["sample"].content;
    let pages = |count: u32, reason: &str| {
        let rows: Vec<RecommendedRow> = (1..=count)
            .map(|place| Recommended { place, content, reason, note: "" })
            .map(|of| RecommendedRow::of(&folder.call, Language::Zh, of))
            .collect();
        let table = RecommendationTable {
            call: &folder.call,
            region: Region::parse("35").unwrap(),
            rows: &rows,
            language: Language::Zh,
            frozen: Some(frozen()),
            at: at(),
        };
        recommendation_table(&fonts(), &table).unwrap()
    };
    for count in [0, 1, 5, 6, 7, 8, 9, 40] {
        let made = pages(count, "技术指标先进");
        let seals = page_text_of(&made, made.pages);
        assert!(seals.contains("药品监督管理部门"), "{count}: {seals}");
        assert_eq!(seals.contains("福州示例智能医疗科技有限公司"), count > 0, "{count}: {seals}");
    }
    let long = pages(2, &"理".repeat(5_000));
    assert!(text_of(&long).matches('理').count() >= 10_000);
    common::keep("recommendation-long", &long.bytes);
}
