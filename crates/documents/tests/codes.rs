//! The codes on the pages: what a reader finds in the picture of a page is the address of the record.

mod common;

use common::{at, folder, fonts, frozen, picture_of};
use jiebang_documents::{
    Book, Document, Frozen, RecommendationTable, Recommended, RecommendedRow, book, recommendation_table,
};
use jiebang_domain::shared::{Language, Region};

/// As long as real ones are.
const ADDRESS: &str = "https://jiebang.example.org/verify?number=miit-2025-biomaterials-2-000042-1&sha256=\
                       0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn read(document: &Document, page: usize) -> Vec<String> {
    let (width, height, dots) = picture_of(document, page);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| dots[y * width + x]);
    let codes = picture.detect_grids();
    codes.into_iter().map(|code| code.decode().expect("a code that can be read").1).collect()
}

#[test]
fn the_code_on_every_page_leads_to_the_record() {
    let folder = folder("miit-2025-biomaterials-2");
    let draft = &folder.samples["sample"];
    let frozen = Frozen { address: ADDRESS, ..frozen() };
    let input = Book {
        call: &folder.call,
        draft,
        language: Language::Zh,
        frozen: Some(frozen),
        at: at(),
        recommended_by: &[],
    };
    let made = book(&fonts(), &input).unwrap();
    // A page of prose, one of tables.
    for page in [1, 3, made.pages] {
        assert_eq!(read(&made, page), [ADDRESS], "page {page}");
    }
    let draft = Book { frozen: None, ..input };
    assert!(read(&book(&fonts(), &draft).unwrap(), 1).is_empty(), "nobody has a record of a draft");
}

#[test]
fn the_code_on_a_table_leads_to_the_record() {
    let folder = folder("miit-2021-ai-devices");
    let content = &folder.samples["sample"].content;
    let recommended = Recommended { place: 1, content, reason: "技术指标先进", note: "" };
    let rows = [RecommendedRow::of(&folder.call, Language::Zh, recommended)];
    let table = RecommendationTable {
        call: &folder.call,
        region: Region::parse("44").unwrap(),
        rows: &rows,
        language: Language::Zh,
        frozen: Some(Frozen { address: ADDRESS, ..frozen() }),
        at: at(),
    };
    assert_eq!(read(&recommendation_table(&fonts(), &table).unwrap(), 1), [ADDRESS]);
    let provisional = RecommendationTable { frozen: None, ..table };
    assert!(read(&recommendation_table(&fonts(), &provisional).unwrap(), 1).is_empty());
}
