//! What a file is, by its content: PDF, JPEG or PNG, whole, not encrypted, not too long. Nothing is unpacked.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use jiebang_domain::shared::Text;

use super::{FILE_PAGES_MAX, FILE_PIXELS_MAX, name};
use crate::ServiceError;

/// Bytes that decide the type.
const HEAD_BYTES: u64 = 4_096;
/// Bytes read at once while a PDF is looked through, and the longest thing looked for in it.
const WINDOW_BYTES: usize = 64 * 1024;
const PATTERN_BYTES: usize = 64;
/// A PDF ends with its mark in the last kilobyte.
const TAIL_BYTES: u64 = 1_024;
/// Bytes that one byte of a PNG's data can stand for at most.
const DEFLATE_RATIO_MAX: u64 = 1_032;
/// Most segments of a picture's head.
const SEGMENTS_MAX: usize = 100_000;

/// A type that is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pdf,
    Jpeg,
    Png,
}

impl Kind {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    pub(super) fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
        }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) kind: Kind,
    pub(super) pages: Option<u32>,
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Empty,
    /// Another type, by its ending if it is a known one.
    Type(Option<&'static str>),
    Mismatch {
        kind: Kind,
        ending: String,
    },
    Damaged(Kind),
    Encrypted,
    Pages(u32),
    NoPages,
    Pixels(u64),
}

/// Looks at a file that was written whole.
pub(super) fn inspect(file: &mut File, size: u64, name: &str) -> io::Result<Result<Content, Fault>> {
    if size == 0 {
        return Ok(Err(Fault::Empty));
    }
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    let kind = match kind_of(&head) {
        Ok(kind) => kind,
        Err(fault) => return Ok(Err(fault)),
    };
    if let Some(ending) = name::ending(name).filter(|ending| !kind.endings().contains(&ending.as_str())) {
        return Ok(Err(Fault::Mismatch { kind, ending }));
    }
    match kind {
        Kind::Pdf => pdf(file, size, &head),
        Kind::Png => png(file, size).map(|pixels| picture(kind, pixels)),
        Kind::Jpeg => jpeg(file).map(|pixels| picture(kind, pixels)),
    }
}

fn kind_of(head: &[u8]) -> Result<Kind, Fault> {
    let printed = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if printed.starts_with(b"%PDF-") {
        Ok(Kind::Pdf)
    } else if head.starts_with(&[0xff, 0xd8, 0xff]) {
        Ok(Kind::Jpeg)
    } else if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Ok(Kind::Png)
    } else {
        Err(Fault::Type(infer::get(head).map(|found| found.extension())))
    }
}

fn picture(kind: Kind, pixels: Option<u64>) -> Result<Content, Fault> {
    match pixels {
        None | Some(0) => Err(Fault::Damaged(kind)),
        Some(pixels) if pixels > FILE_PIXELS_MAX => Err(Fault::Pixels(pixels)),
        Some(_) => Ok(Content { kind, pages: Some(1) }),
    }
}

/// Width times height, if all chunks up to the last one are there and hold enough for a picture of that size.
fn png(file: &mut File, size: u64) -> io::Result<Option<u64>> {
    let mut reader = BufReader::new(file);
    let mut place = 8;
    reader.seek(SeekFrom::Start(place))?;
    let mut pixels = None;
    let (mut needed, mut held) = (0, 0);
    for _ in 0..SEGMENTS_MAX {
        let Some(head) = bytes::<8>(&mut reader)? else { return Ok(None) };
        let [a, b, c, d, kind @ ..] = head;
        let length = u64::from(u32::from_be_bytes([a, b, c, d]));
        place += 12 + length;
        if place > size {
            return Ok(None);
        }
        if pixels.is_none() {
            let Some([a, b, c, d, e, f, g, h, depth, colour]) = bytes::<10>(&mut reader)? else {
                return Ok(None);
            };
            if kind != *b"IHDR" || length != 13 {
                return Ok(None);
            }
            let channels = match colour {
                0 | 3 => 1,
                2 => 3,
                4 => 2,
                6 => 4,
                _ => return Ok(None),
            };
            let size =
                u64::from(u32::from_be_bytes([a, b, c, d])) * u64::from(u32::from_be_bytes([e, f, g, h]));
            needed = size.saturating_mul(channels * u64::from(depth)) / 8 / DEFLATE_RATIO_MAX;
            pixels = Some(size);
        }
        if kind == *b"IDAT" {
            held += length;
        }
        if kind == *b"IEND" {
            // What is too large anyway is told so.
            let fits = |pixels: &u64| *pixels > FILE_PIXELS_MAX || held > 0 && held >= needed;
            return Ok(pixels.filter(fits));
        }
        reader.seek(SeekFrom::Start(place))?;
    }
    Ok(None)
}

/// Width times height, if the head can be read and the mark of the end follows.
fn jpeg(file: &mut File) -> io::Result<Option<u64>> {
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(2))?;
    let mut pixels = None;
    for _ in 0..SEGMENTS_MAX {
        let Some([0xff, mut marker]) = bytes::<2>(&mut reader)? else { return Ok(None) };
        while marker == 0xff {
            let Some([next]) = bytes::<1>(&mut reader)? else { return Ok(None) };
            marker = next;
        }
        let Some(length) = bytes::<2>(&mut reader)?.map(u16::from_be_bytes).filter(|length| *length >= 2)
        else {
            return Ok(None);
        };
        let mut rest = i64::from(length) - 2;
        match marker {
            // Start of frame, of any coding.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let Some([_, a, b, c, d]) = bytes::<5>(&mut reader)? else { return Ok(None) };
                rest -= 5;
                pixels = Some(u64::from(u16::from_be_bytes([a, b])) * u64::from(u16::from_be_bytes([c, d])));
            }
            // Start of scan.
            0xda => {
                let held = scanned(&mut reader)?;
                return Ok(pixels.filter(|_| held.is_some_and(|held| held > 0)));
            }
            _ => {}
        }
        reader.seek_relative(rest)?;
    }
    Ok(None)
}

/// Bytes up to the mark of the end, if it follows; inside a scan the byte 0xff is always followed by 0.
fn scanned(reader: &mut impl Read) -> io::Result<Option<u64>> {
    let (mut last, mut held) = (0, 0);
    let mut buffer = vec![0; WINDOW_BYTES];
    loop {
        let count = reader.read(&mut buffer)?;
        if count == 0 {
            return Ok(None);
        }
        for byte in buffer.iter().take(count) {
            if last == 0xff && *byte == 0xd9 {
                return Ok(Some(held));
            }
            held += 1;
            last = *byte;
        }
    }
}

fn bytes<const N: usize>(reader: &mut impl Read) -> io::Result<Option<[u8; N]>> {
    let mut all = [0; N];
    match reader.read_exact(&mut all) {
        Ok(()) => Ok(Some(all)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whole, not encrypted, not too long.
fn pdf(file: &mut File, size: u64, head: &[u8]) -> io::Result<Result<Content, Fault>> {
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES)))?;
    file.read_to_end(&mut tail)?;
    if find(&tail, b"%%EOF").is_none() {
        return Ok(Err(Fault::Damaged(Kind::Pdf)));
    }
    file.seek(SeekFrom::Start(0))?;
    let marks = marks(file)?;
    if marks.encrypted {
        return Ok(Err(Fault::Encrypted));
    }
    // Page objects may be packed away; a file prepared for the web says their number at its beginning. The larger of both
    // counts, so that neither can hide pages.
    let pages = match (marks.pages, promised_pages(head)) {
        (0, None) => None,
        (counted, promised) => Some(counted.max(promised.unwrap_or(0))),
    };
    Ok(match pages {
        // Only a file that packs its objects away may show no page.
        Some(0) => Err(Fault::NoPages),
        None if !marks.packed => Err(Fault::NoPages),
        Some(pages) if pages > FILE_PAGES_MAX => Err(Fault::Pages(pages)),
        pages => Ok(Content { kind: Kind::Pdf, pages }),
    })
}

#[derive(Default)]
struct Marks {
    pages: u32,
    encrypted: bool,
    packed: bool,
}

/// Looks through the file in windows that overlap by the longest pattern.
fn marks(reader: &mut impl Read) -> io::Result<Marks> {
    let mut marks = Marks::default();
    let mut window = Vec::with_capacity(WINDOW_BYTES + PATTERN_BYTES);
    loop {
        let before = window.len();
        reader.by_ref().take(WINDOW_BYTES as u64).read_to_end(&mut window)?;
        let last = window.len() == before;
        // What begins in the overlap is looked at when the rest of it is there.
        let end = if last { window.len() } else { window.len().saturating_sub(PATTERN_BYTES) };
        let names = window.iter().enumerate().take(end).filter(|(_, byte)| **byte == b'/');
        for (place, _) in names {
            let rest = window.get(place..).unwrap_or_default();
            marks.pages = marks.pages.saturating_add(u32::from(is_page(rest)));
            marks.encrypted |= is_encryption(rest);
            marks.packed |= rest.starts_with(b"/ObjStm");
        }
        if last {
            return Ok(marks);
        }
        window.drain(..end);
    }
}

/// `/Type /Page`, and not `/Type /Pages`.
fn is_page(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"/Type") else { return false };
    let Some(rest) = rest.trim_ascii_start().strip_prefix(b"/Page") else { return false };
    rest.first().is_none_or(|next| !next.is_ascii_alphanumeric())
}

/// `/Encrypt 5 0 R` or `/Encrypt <<`, as in a trailer.
fn is_encryption(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"/Encrypt") else { return false };
    let rest = rest.trim_ascii_start();
    let number = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let after = |text: &[u8], count: usize| text.get(count..).unwrap_or_default().trim_ascii_start().to_vec();
    let object = number(rest);
    let generation = after(rest, object);
    let reference = after(&generation, number(&generation));
    rest.starts_with(b"<<") || (object > 0 && number(&generation) > 0 && reference.starts_with(b"R"))
}

/// The number of pages that a file prepared for the web gives in its first object.
fn promised_pages(head: &[u8]) -> Option<u32> {
    let start = find(head, b"/Linearized")?;
    let object = head.get(start..)?;
    let object = object.get(..find(object, b">>")?)?;
    let rest = object.get(find(object, b"/N ")? + 3..)?.trim_ascii_start();
    let digits: &[u8] = rest.get(..rest.iter().take_while(|byte| byte.is_ascii_digit()).count())?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

impl Fault {
    /// The finding at a field about a file of this name.
    pub(super) fn error(&self, field: &str, name: &str) -> ServiceError {
        let (code, message) = match self {
            Self::Empty => {
                ("file_empty", Text::new(format!("“{name}”是空文件"), format!("“{name}” is empty")))
            }
            Self::Type(found) => ("file_type_refused", type_message(name, *found)),
            Self::Mismatch { kind, ending } => {
                let kind = kind.name();
                let zh = format!("“{name}”的扩展名是 .{ending}，内容却是{kind}");
                (
                    "file_type_mismatch",
                    Text::new(zh, format!("“{name}” ends in .{ending}, but its content is {kind}")),
                )
            }
            Self::Damaged(kind) => {
                let kind = kind.name();
                let zh = format!("“{name}”是不完整或损坏的{kind}文件");
                (
                    "file_damaged",
                    Text::new(zh, format!("“{name}” is a {kind} file that is incomplete or damaged")),
                )
            }
            Self::Encrypted => {
                ("file_encrypted", Text::new(format!("“{name}”已加密"), format!("“{name}” is encrypted")))
            }
            Self::Pages(pages) => (
                "file_pages_too_many",
                Text::new(
                    format!("“{name}”有{pages}页，上限{FILE_PAGES_MAX}页"),
                    format!("“{name}” has {pages} pages; the limit is {FILE_PAGES_MAX}"),
                ),
            ),
            Self::NoPages => (
                "file_pages_unknown",
                Text::new(format!("“{name}”中没有读到任何一页"), format!("No page can be found in “{name}”")),
            ),
            Self::Pixels(pixels) => (
                "image_too_large",
                Text::new(
                    format!("“{name}”有{pixels}像素，上限{FILE_PIXELS_MAX}"),
                    format!("“{name}” has {pixels} pixels; the limit is {FILE_PIXELS_MAX}"),
                ),
            ),
        };
        ServiceError::field(code, field, message, self.remedy())
    }

    fn remedy(&self) -> Text {
        match self {
            Self::Type(_) => Text::new(
                "另存为PDF，或扫描为JPEG、PNG后再上传",
                "Save it as PDF, or scan it to JPEG or PNG, and upload that",
            ),
            Self::Mismatch { kind, .. } => {
                let first = kind.endings().first().copied().unwrap_or_default();
                Text::new(
                    format!("把扩展名改为 .{first} 后再上传"),
                    format!("Rename it to end in .{first}, then upload it"),
                )
            }
            Self::Empty | Self::Damaged(_) => Text::new(
                "在本机打开确认内容，重新生成后再上传",
                "Open it on your computer, make it anew and upload that",
            ),
            Self::Encrypted => Text::new(
                "去掉密码和权限限制后再上传",
                "Remove its password and restrictions, then upload it",
            ),
            Self::NoPages => Text::new(
                "用“打印为 PDF”重新生成后再上传",
                "Make it anew by printing it to PDF, then upload that",
            ),
            Self::Pages(_) => Text::new("只上传需要的页", "Upload only the pages that are needed"),
            Self::Pixels(_) => Text::new("缩小图片后再上传", "Make the picture smaller, then upload it"),
        }
    }
}

fn type_message(name: &str, found: Option<&str>) -> Text {
    match found {
        Some(found) => Text::new(
            format!("“{name}”的内容是 {found} 文件；只接受PDF、JPEG、PNG"),
            format!("“{name}” holds a file of type {found}; only PDF, JPEG and PNG are accepted"),
        ),
        None => Text::new(
            format!("“{name}”的内容不是PDF、JPEG或PNG"),
            format!("The content of “{name}” is not PDF, JPEG or PNG"),
        ),
    }
}
