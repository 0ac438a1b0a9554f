//! The typesetter: a world of few files that never change their names.

use std::sync::LazyLock;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp as PdfTimestamp};

use crate::legible::legible;
use crate::{Document, Fault, Fonts};

/// Renders after which what the typesetter remembers is forgotten unless it was used again. Without this, every document stays
/// in memory.
const MEMORY_RENDERS: usize = 2;

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static HOUSE: LazyLock<Source> =
    LazyLock::new(|| source("/house.typ", include_str!("../templates/house.typ")));
static BOOK: LazyLock<Source> = LazyLock::new(|| source("/book.typ", include_str!("../templates/book.typ")));
static RECOMMENDATION: LazyLock<Source> =
    LazyLock::new(|| source("/recommendation.typ", include_str!("../templates/recommendation.typ")));
static LIST: LazyLock<Source> = LazyLock::new(|| source("/list.typ", include_str!("../templates/list.typ")));
static CERTIFICATE: LazyLock<Source> =
    LazyLock::new(|| source("/certificate.typ", include_str!("../templates/certificate.typ")));
static DATA: LazyLock<FileId> = LazyLock::new(|| id("/data.json"));
static CODE: LazyLock<FileId> = LazyLock::new(|| id("/code.svg"));

/// The templates.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Template {
    /// Application book.
    Book,
    /// Recommendation table.
    Recommendation,
    /// Published list.
    List,
    /// Certificate.
    Certificate,
}

impl Template {
    fn source(self) -> &'static Source {
        match self {
            Self::Book => &BOOK,
            Self::Recommendation => &RECOMMENDATION,
            Self::List => &LIST,
            Self::Certificate => &CERTIFICATE,
        }
    }
}

/// What is typeset.
pub(crate) struct Sheet {
    /// Template.
    pub(crate) template: Template,
    /// What stands in it.
    pub(crate) data: Value,
    /// QR code as SVG.
    pub(crate) code: Option<String>,
    /// Identifies the document to readers of PDF files.
    pub(crate) ident: String,
    /// When its content came to be.
    pub(crate) at: Timestamp,
}

struct Desk<'a> {
    fonts: &'a Fonts,
    main: &'static Source,
    data: Bytes,
    code: Option<Bytes>,
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        [self.main, &*HOUSE].into_iter().find(|source| source.id() == id).cloned().ok_or_else(|| unknown(id))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match &self.code {
            _ if id == *DATA => Ok(self.data.clone()),
            Some(code) if id == *CODE => Ok(code.clone()),
            _ => Err(unknown(id)),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    /// A document has no clock; its dates come with its data.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn id(path: &'static str) -> FileId {
    #[expect(clippy::expect_used, reason = "the paths are constants of this file")]
    let path = VirtualPath::new(path).expect("a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

fn source(path: &'static str, text: &str) -> Source {
    Source::new(id(path), text.to_owned())
}

fn unknown(id: FileId) -> FileError {
    FileError::NotFound(id.get().vpath().get_with_slash().into())
}

/// Forgets old documents, whether this one came about or not.
struct Forget;

impl Drop for Forget {
    fn drop(&mut self) {
        comemo::evict(MEMORY_RENDERS);
    }
}

/// Sets a sheet as PDF/A-2a.
pub(crate) fn typeset(fonts: &Fonts, mut sheet: Sheet) -> Result<Document, Fault> {
    let _forget = Forget;
    legible(&mut sheet.data, fonts);
    let desk = Desk {
        fonts,
        main: sheet.template.source(),
        data: Bytes::from_string(sheet.data.to_string()),
        code: sheet.code.map(Bytes::from_string),
    };
    let pages = typst::compile::<PagedDocument>(&desk).output.map_err(|faults| fault(&faults))?;
    let standards = PdfStandards::new(&[PdfStandard::A_2a])
        .map_err(|fault| Fault::Typesetting(fault.message().to_string()))?;
    let options = PdfOptions {
        ident: Smart::Custom(sheet.ident),
        creator: Smart::Custom(Some("Jiebang".to_owned())),
        timestamp: stamp(sheet.at),
        standards,
        ..PdfOptions::default()
    };
    let bytes = typst_pdf::pdf(&pages, &options).map_err(|faults| fault(&faults))?;
    Ok(Document { bytes, pages: pages.pages().len() })
}

fn fault(faults: &[SourceDiagnostic]) -> Fault {
    let words: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
    Fault::Typesetting(words.join("; "))
}

fn stamp(at: Timestamp) -> Option<PdfTimestamp> {
    let at = at.to_zoned(TimeZone::UTC);
    let part = |part: i8| u8::try_from(part).ok();
    let moment = Datetime::from_ymd_hms(
        i32::from(at.year()),
        part(at.month())?,
        part(at.day())?,
        part(at.hour())?,
        part(at.minute())?,
        part(at.second())?,
    )?;
    Some(PdfTimestamp::new_utc(moment))
}
