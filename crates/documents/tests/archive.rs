//! PDF/A-2a, as far as a file shows it without a validator: no registry that the tests may use has one.

mod common;

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{ADDRESS, at, codes_of, folder, fonts, frozen, keep, page_text_of, text_of};
use jiebang_documents::{
    Book, Document, RecommendationTable, Recommended, RecommendedRow, book, recommendation_table,
};
use jiebang_domain::application::Value;
use jiebang_domain::shared::{Language, Region};
use serde_json::{Map, Value as Json};

/// What qpdf says of a document, which it reads from a file only.
fn qpdf(arguments: &[&str], document: &Document) -> Vec<u8> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let nth = NEXT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("jiebang-archive-{}-{nth}.pdf", std::process::id()));
    std::fs::write(&path, &document.bytes).expect("a file");
    let told = Command::new("qpdf").args(arguments).arg(&path).output();
    std::fs::remove_file(&path).expect("removed");
    told.expect("qpdf, from the package qpdf").stdout
}

/// A file as qpdf reads it: every object by its number.
struct File {
    objects: Map<String, Json>,
    text: String,
}

impl File {
    fn read(document: &Document) -> Self {
        let json = qpdf(&["--json=2", "--json-key=qpdf"], document);
        let mut json: Json = serde_json::from_slice(&json).expect("the objects of a file without faults");
        let Json::Object(objects) = json["qpdf"][1].take() else { panic!("objects") };
        Self { objects, text: String::from_utf8_lossy(&document.bytes).into_owned() }
    }

    /// What stands under a reference, or the value itself.
    fn at<'f>(&'f self, value: &'f Json) -> &'f Json {
        match value.as_str().and_then(|reference| self.objects.get(&format!("obj:{reference}"))) {
            Some(object) if object["stream"].is_object() => &object["stream"]["dict"],
            Some(object) => &object["value"],
            None => value,
        }
    }

    fn of_type(&self, kind: &str) -> Vec<&Json> {
        let all = self.objects.values().map(|object| &object["value"]);
        all.filter(|object| object["/Type"] == kind).collect()
    }
}

/// Every kind of document, in each language, with text that few fonts have.
fn documents() -> Vec<(String, Document)> {
    let folder = folder("miit-2025-biomaterials-2");
    let draft = &folder.samples["sample"];
    let mut odd = draft.clone();
    odd.content.0.insert(
        "overview".to_owned(),
        Value::Text("葛\u{e0100} 𠮷 ℃ ½ 😀 \u{202e}x מרחבא \u{e000}".to_owned()),
    );
    let mut all = Vec::new();
    for language in [Language::Zh, Language::En] {
        let tag = language.tag();
        let input = Book {
            call: &folder.call,
            draft,
            language,
            frozen: Some(frozen()),
            at: at(),
            recommended_by: &[],
        };
        all.push((format!("book {tag}"), book(&fonts(), &input).expect("a book")));
        let input = Book { draft: &odd, frozen: None, ..input };
        all.push((format!("draft {tag}"), book(&fonts(), &input).expect("a book")));
        let recommended = Recommended { place: 1, content: &draft.content, reason: "理由", note: "" };
        let rows = [RecommendedRow::of(&folder.call, language, recommended)];
        let region = Region::parse("35").expect("a region");
        for frozen in [Some(frozen()), None] {
            let table =
                RecommendationTable { call: &folder.call, region, rows: &rows, language, frozen, at: at() };
            let name = format!("table {tag}, confirmed: {}", frozen.is_some());
            all.push((name, recommendation_table(&fonts(), &table).expect("a table")));
        }
    }
    all
}

#[test]
fn files_have_what_archives_ask() {
    for (name, document) in documents() {
        let file = File::read(&document);
        let trailer = &file.objects["trailer"]["value"];
        let catalogue = file.at(&trailer["/Root"]);
        assert_eq!(trailer["/ID"].as_array().map(Vec::len), Some(2), "{name}: an identity");
        for part in [
            "<pdfaid:part>2</pdfaid:part>",
            "<pdfaid:conformance>A</pdfaid:conformance>",
            "<xmp:CreateDate>2025-03-20T02:03:04",
        ] {
            assert!(file.text.contains(part), "{name}: {part}");
        }
        // Tagged, in a language, with bookmarks and names of pages.
        assert_eq!(catalogue["/MarkInfo"]["/Marked"], true, "{name}");
        assert!(file.at(&catalogue["/StructTreeRoot"])["/K"] != Json::Null, "{name}: a tree of what is what");
        assert!(catalogue["/Lang"].as_str().is_some_and(|language| language.starts_with("u:")), "{name}");
        assert!(
            file.at(&catalogue["/Outlines"])["/Count"].as_i64().is_some_and(|count| count != 0),
            "{name}"
        );
        assert!(catalogue["/PageLabels"] != Json::Null, "{name}: names of pages");
        // Colours are defined by a profile in the file.
        let intent = file.at(&file.at(&catalogue["/OutputIntents"])[0]);
        assert_eq!(intent["/S"], "/GTS_PDFA1", "{name}");
        assert_eq!(file.at(&intent["/DestOutputProfile"])["/N"], 3, "{name}");
        fonts_are_complete(&name, &file);
        for forbidden in
            ["/Encrypt", "/JavaScript", "/EmbeddedFiles", "/AA", "/OpenAction", "/Launch", "/XFA"]
        {
            let found = file.objects.values().any(|object| holds(object, forbidden));
            assert!(!found, "{name}: {forbidden}");
        }
    }
}

/// Every font is in the file, and says which characters its glyphs are.
fn fonts_are_complete(name: &str, file: &File) {
    let fonts = file.of_type("/Font");
    assert!(fonts.len() >= 2, "{name}");
    for font in fonts {
        if font["/Subtype"] == "/Type0" {
            assert!(file.at(&font["/ToUnicode"]).is_object(), "{name}: {font}");
            continue;
        }
        let descriptor = file.at(&font["/FontDescriptor"]);
        let embedded =
            ["/FontFile", "/FontFile2", "/FontFile3"].map(|key| file.at(&descriptor[key]).is_object());
        assert!(embedded.contains(&true), "{name}: {font}");
    }
}

/// Whether a key or a name stands anywhere in a value.
fn holds(value: &Json, name: &str) -> bool {
    match value {
        Json::String(text) => text == name,
        Json::Array(values) => values.iter().any(|value| holds(value, name)),
        Json::Object(fields) => fields.iter().any(|(key, value)| key == name || holds(value, name)),
        _ => false,
    }
}

#[test]
fn files_have_no_fault_of_structure() {
    for (name, document) in documents() {
        let told = qpdf(&["--check"], &document);
        let told = String::from_utf8_lossy(&told);
        assert!(told.contains("No syntax or stream encoding errors found"), "{name}: {told}");
        assert!(text_of(&document).starts_with(page_text_of(&document, 1).trim_end()), "{name}");
        let codes = codes_of(&document, 1);
        assert!(codes.is_empty() || codes == [ADDRESS], "{name}: {codes:?}");
        keep(&name, &document.bytes);
    }
}
