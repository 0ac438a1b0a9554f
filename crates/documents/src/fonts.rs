//! Chinese fonts as they are found on the machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fontdb::{Database, FaceInfo, Source, Style, Weight};
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::{LazyHash, hash128};

use crate::Fault;

/// The package of Debian that brings the fonts.
pub const FONT_PACKAGE: &str = "fonts-noto-cjk";

/// Families for the text (宋体), the preferred first.
const SERIF: [&str; 11] = [
    "Noto Serif CJK SC",
    "Noto Serif SC",
    "Source Han Serif SC",
    "Source Han Serif CN",
    "Songti SC",
    "SimSun",
    "STSong",
    "AR PL UMing CN",
    // Licensed fonts that an operator may bring.
    "FangSong_GB2312",
    "仿宋_GB2312",
    "FangSong",
];
/// Families for headings (黑体), the preferred first.
const SANS: [&str; 9] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
];

/// The fonts of the documents, read once and shared (字体).
#[derive(Clone)]
pub struct Fonts(Arc<Inner>);

struct Inner {
    fonts: Vec<Font>,
    book: LazyHash<FontBook>,
    serif: String,
    sans: String,
}

impl std::fmt::Debug for Fonts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Fonts").field("serif", &self.0.serif).field("sans", &self.0.sans).finish()
    }
}

impl Fonts {
    /// Fonts of the system, and of `folder` before them where one is given: an operator may keep licensed fonts there.
    ///
    /// # Errors
    /// [`Fault::FontMissing`] where none of them is Chinese.
    pub fn find(folder: Option<&Path>) -> Result<Self, Fault> {
        let mut own = Database::new();
        if let Some(folder) = folder {
            own.load_fonts_dir(folder);
        }
        let mut system = Database::new();
        system.load_system_fonts();
        Self::among(&[own, system])
    }

    /// Fonts of `folder` alone.
    ///
    /// # Errors
    /// [`Fault::FontMissing`] where none of them is Chinese.
    pub fn find_only(folder: &Path) -> Result<Self, Fault> {
        let mut own = Database::new();
        own.load_fonts_dir(folder);
        Self::among(&[own])
    }

    fn among(databases: &[Database]) -> Result<Self, Fault> {
        let serif = databases.iter().find_map(|database| family(database, &SERIF));
        let sans = databases.iter().find_map(|database| family(database, &SANS));
        let (serif, sans) = match (serif, sans) {
            (Some(serif), Some(sans)) => (serif, sans),
            (Some(only), None) | (None, Some(only)) => (only.clone(), only),
            (None, None) => return Err(Fault::FontMissing),
        };
        // Text is set in the regular and the bold serif, headings in the bold sans; no other face is read.
        let faces = [pick(&serif, Weight::NORMAL), pick(&serif, Weight::BOLD), pick(&sans, Weight::BOLD)];
        let mut files: BTreeMap<PathBuf, Bytes> = BTreeMap::new();
        let mut fonts: Vec<Font> = Vec::new();
        let mut names = Vec::new();
        for (path, index) in faces.into_iter().flatten() {
            let Some(data) = read(&mut files, &path) else { continue };
            let Some(font) = Font::new(data, index) else { continue };
            names.push(font.info().family.clone());
            if !fonts.contains(&font) {
                fonts.push(font);
            }
        }
        let (Some(serif), Some(sans)) = (names.first(), names.last()) else {
            return Err(Fault::FontMissing);
        };
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        Ok(Self(Arc::new(Inner { serif: serif.clone(), sans: sans.clone(), fonts, book })))
    }

    /// Family of the text.
    pub fn serif(&self) -> &str {
        &self.0.serif
    }

    /// Family of the headings.
    pub fn sans(&self) -> &str {
        &self.0.sans
    }

    /// A digest of the faces: two machines with the same one set the same pages.
    pub fn digest(&self) -> String {
        format!("{:032x}", hash128(&self.0.fonts))
    }

    /// Whether any of them has a glyph for `character`.
    pub(crate) fn has(&self, character: char) -> bool {
        self.0.fonts.iter().any(|font| font.info().coverage.contains(character.into()))
    }

    pub(crate) fn book(&self) -> &LazyHash<FontBook> {
        &self.0.book
    }

    pub(crate) fn font(&self, index: usize) -> Option<Font> {
        self.0.fonts.get(index).cloned()
    }
}

/// A face: where its file is, and its place in it.
type Face = (PathBuf, u32);

/// The upright faces of the first of `names` that there is.
fn family(database: &Database, names: &[&str]) -> Option<Vec<(Weight, Face)>> {
    names.iter().find_map(|name| {
        let mut faces: Vec<(Weight, Face)> = database
            .faces()
            .filter(|face| face.style == Style::Normal && !face.monospaced && is_of(face, name))
            .filter_map(|face| Some((face.weight, (path(face)?, face.index))))
            .collect();
        // Folders are listed in any order; the same machine has to choose the same file each time.
        faces.sort();
        (!faces.is_empty()).then_some(faces)
    })
}

fn is_of(face: &FaceInfo, name: &str) -> bool {
    face.families.iter().any(|(family, _)| family == name)
}

fn path(face: &FaceInfo) -> Option<PathBuf> {
    match &face.source {
        Source::File(path) | Source::SharedFile(path, _) => Some(path.clone()),
        Source::Binary(_) => None,
    }
}

/// The face whose weight is nearest.
fn pick(faces: &[(Weight, Face)], weight: Weight) -> Option<Face> {
    faces.iter().min_by_key(|(own, _)| own.0.abs_diff(weight.0)).map(|(_, face)| face.clone())
}

fn read(files: &mut BTreeMap<PathBuf, Bytes>, path: &Path) -> Option<Bytes> {
    if let Some(data) = files.get(path) {
        return Some(data.clone());
    }
    let data = Bytes::new(std::fs::read(path).ok()?);
    files.insert(path.to_owned(), data.clone());
    Some(data)
}
