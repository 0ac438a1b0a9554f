//! What the tests of documents share.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use jiebang_cases::Folder;
use jiebang_documents::{Document, Fonts, Frozen};
use jiff::Timestamp;

static FONTS: LazyLock<Fonts> = LazyLock::new(|| Fonts::find(None).expect("Chinese fonts"));

pub fn fonts() -> Fonts {
    FONTS.clone()
}

pub fn folder(call: &str) -> Folder {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../calls").join(call);
    Folder::read(&path).expect("a call with its samples")
}

pub fn at() -> Timestamp {
    "2025-03-20T02:03:04Z".parse().expect("an instant")
}

/// As long as real ones are.
pub const ADDRESS: &str = "https://jiebang.example.org/verify?number=miit-2025-biomaterials-2-000042-1&sha256=\
                           0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub fn frozen() -> Frozen<'static> {
    Frozen {
        number: "JB-2025-000042",
        sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        address: ADDRESS,
    }
}

/// A page as a picture in shades of grey, 200 dots to the inch: width, height, rows from the top.
fn picture_of(document: &Document, page: usize) -> (usize, usize, Vec<u8>) {
    let page = page.to_string();
    let picture = piped("pdftoppm", &["-gray", "-r", "200", "-f", &page, "-l", &page, "-"], document);
    // `P5 <width> <height> 255`, then a byte for each dot.
    let head =
        picture.iter().enumerate().filter(|(_, byte)| byte.is_ascii_whitespace()).nth(3).expect("a head").0;
    let words = std::str::from_utf8(&picture[..head]).expect("words");
    let numbers: Vec<usize> =
        words.split_whitespace().skip(1).map(|word| word.parse().expect("a number")).collect();
    assert!(words.starts_with("P5") && numbers[2] == 255, "{words}");
    (numbers[0], numbers[1], picture[head + 1..].to_vec())
}

/// What the codes in the picture of a page say.
pub fn codes_of(document: &Document, page: usize) -> Vec<String> {
    let (width, height, dots) = picture_of(document, page);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| dots[y * width + x]);
    let codes = picture.detect_grids();
    codes.into_iter().map(|code| code.decode().expect("a code that can be read").1).collect()
}

/// The text of a document, without white space and what only lays it out.
pub fn text_of(document: &Document) -> String {
    read(document, &[])
}

/// The same of one page.
pub fn page_text_of(document: &Document, page: usize) -> String {
    let page = page.to_string();
    read(document, &["-f", &page, "-l", &page])
}

fn read(document: &Document, pages: &[&str]) -> String {
    let text = piped("pdftotext", &[pages, &["-raw", "-enc", "UTF-8", "-", "-"]].concat(), document);
    String::from_utf8_lossy(&text).replace([' ', '\n', '\r', '\u{200b}', '\u{c}'], "")
}

/// What a tool of poppler makes of a document.
fn piped(tool: &str, arguments: &[&str], document: &Document) -> Vec<u8> {
    let mut reader = Command::new(tool)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{tool}, from the package poppler-utils: {error}"));
    let mut input = reader.stdin.take().expect("its input");
    let bytes = document.bytes.clone();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = reader.wait_with_output().expect("its output");
    writer.join().expect("joins").expect("writes");
    output.stdout
}

/// Leaves a document to be looked at, where `JIEBANG_KEEP_DOCUMENTS` names a folder.
pub fn keep(name: &str, bytes: &[u8]) {
    let Some(folder) = std::env::var_os("JIEBANG_KEEP_DOCUMENTS").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{name}.pdf")), bytes).expect("a file");
}
