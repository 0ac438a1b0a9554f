//! What a file is, by its content: PDF, JPEG or PNG, whole, not encrypted, not too long. Pictures are not unpacked.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use jiebang_domain::shared::Text;

use super::{FILE_PAGES_MAX, FILE_PIXELS_MAX, name, pdf};
use crate::ServiceError;

/// Bytes that decide the type.
const HEAD_BYTES: u64 = 4_096;
/// Bytes read at once while a file is looked through.
const WINDOW_BYTES: usize = 64 * 1024;
/// Bytes that one byte of a PNG's data can stand for at most.
const DEFLATE_RATIO_MAX: u64 = 1_032;
/// Most segments of a picture's head.
const SEGMENTS_MAX: usize = 100_000;

/// How the first line of a PDF begins.
const PDF_HEADER: &[u8] = b"%PDF-";
/// Readers look for it among so many bytes.
const PDF_BEFORE_BYTES: usize = 1_024;

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
    pub(super) pages: u32,
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
    /// The way to the pages cannot be followed, or is too long.
    PagesUnknown,
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
        Kind::Pdf => {
            let header = pdf_header(&head).unwrap_or(0) as u64;
            Ok(pdf::pages(file, size, header)?.map(|pages| Content { kind, pages }))
        }
        Kind::Png => png(file, size).map(|pixels| picture(kind, pixels)),
        Kind::Jpeg => jpeg(file).map(|pixels| picture(kind, pixels)),
    }
}

fn kind_of(head: &[u8]) -> Result<Kind, Fault> {
    let printed = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if printed.starts_with(PDF_HEADER) {
        return Ok(Kind::Pdf);
    }
    if head.starts_with(&[0xff, 0xd8, 0xff]) {
        return Ok(Kind::Jpeg);
    }
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Kind::Png);
    }
    // Mail and web programs leave lines before a PDF. What they leave is no file of another type.
    let header = pdf_header(head).filter(|place| *place < PDF_BEFORE_BYTES);
    match infer::get(header.and_then(|place| head.get(..place)).unwrap_or(head)) {
        None if header.is_some() => Ok(Kind::Pdf),
        found => Err(Fault::Type(found.map(|found| found.extension()))),
    }
}

/// Where the first line of a PDF is.
fn pdf_header(head: &[u8]) -> Option<usize> {
    head.windows(PDF_HEADER.len()).position(|window| window == PDF_HEADER)
}

fn picture(kind: Kind, pixels: Option<u64>) -> Result<Content, Fault> {
    match pixels {
        None | Some(0) => Err(Fault::Damaged(kind)),
        Some(pixels) if pixels > FILE_PIXELS_MAX => Err(Fault::Pixels(pixels)),
        Some(_) => Ok(Content { kind, pages: 1 }),
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
            Self::PagesUnknown => (
                "file_pages_unknown",
                Text::new(
                    format!("“{name}”的页数无法读出"),
                    format!("The pages of “{name}” cannot be counted"),
                ),
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
            Self::NoPages | Self::PagesUnknown => Text::new(
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
