//! PDF: whole, not encrypted, so many pages.
//!
//! Nothing is interpreted: pages are the objects of their type, wherever they stand. Since PDF 1.5 most programs pack objects away
//! in streams; these are unpacked piece by piece, up to a bound, and looked through in the same way.
//!
//! What must never happen: a file that unpacks without end; pages that are not counted because they are packed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::FILE_PAGES_MAX;
use super::inspect::{Fault, Kind, WINDOW_BYTES};

/// The longest thing looked for.
const PATTERN_BYTES: usize = 64;
/// A PDF ends with its mark in the last kilobyte.
const TAIL_BYTES: u64 = 1_024;
/// Longest dictionary of a stream of objects, before and behind its type.
const DICTIONARY_BYTES: u64 = 1_024;
/// Most streams of objects of one file.
const STREAMS_MAX: usize = 20_000;
/// Most bytes that the streams of one file may unpack to.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

/// The number of pages of a file that is whole, not encrypted and not too long.
pub(super) fn pages(file: &mut File, size: u64, head: &[u8]) -> io::Result<Result<u32, Fault>> {
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
    let Some(packed) = packed_pages(file, &marks.packed)? else { return Ok(Err(Fault::PagesUnknown)) };
    // A file prepared for the web says their number at its beginning. The larger of both counts, so that neither can hide pages.
    let counted = marks.pages.saturating_add(packed);
    Ok(match counted.max(promised_pages(head).unwrap_or(0)) {
        0 => Err(Fault::NoPages),
        pages if pages > FILE_PAGES_MAX => Err(Fault::Pages(pages)),
        pages => Ok(pages),
    })
}

#[derive(Default)]
struct Marks {
    pages: u32,
    encrypted: bool,
    /// Where the types of streams of objects stand.
    packed: Vec<u64>,
}

/// Looks through the file in windows that overlap by the longest pattern.
fn marks(reader: &mut impl Read) -> io::Result<Marks> {
    let mut marks = Marks::default();
    let mut window = Vec::with_capacity(WINDOW_BYTES + PATTERN_BYTES);
    let mut start = 0;
    loop {
        let before = window.len();
        reader.by_ref().take(WINDOW_BYTES as u64).read_to_end(&mut window)?;
        let last = window.len() == before;
        // What begins in the overlap is looked at when the rest of it is there.
        let end = if last { window.len() } else { window.len().saturating_sub(PATTERN_BYTES) };
        let names = window.iter().enumerate().take(end).filter(|(_, byte)| **byte == b'/');
        for (place, _) in names {
            let rest = window.get(place..).unwrap_or_default();
            marks.pages = marks.pages.saturating_add(u32::from(is_type(rest, b"/Page")));
            marks.encrypted |= is_encryption(rest);
            if is_type(rest, b"/ObjStm") && marks.packed.len() <= STREAMS_MAX {
                marks.packed.push(start + place as u64);
            }
        }
        if last {
            return Ok(marks);
        }
        window.drain(..end);
        start += end as u64;
    }
}

/// Pages in streams of objects; `None` where one of them cannot be read.
fn packed_pages(file: &mut File, streams: &[u64]) -> io::Result<Option<u32>> {
    if streams.len() > STREAMS_MAX {
        return Ok(None);
    }
    let (mut pages, mut left) = (0_u32, UNPACKED_BYTES_MAX);
    for stream in streams {
        let data = match data_of(file, *stream)? {
            Some(Data::Deflated(data)) => data,
            // It has been looked through already.
            Some(Data::Plain) => continue,
            None => return Ok(None),
        };
        file.seek(SeekFrom::Start(data))?;
        let unpacked = Unpacked::new(BufReader::with_capacity(WINDOW_BYTES, &mut *file));
        let mut bounded = unpacked.take(left);
        match marks(&mut bounded) {
            Ok(found) => pages = pages.saturating_add(found.pages),
            Err(error) if error.kind() == ErrorKind::InvalidData => return Ok(None),
            Err(error) => return Err(error),
        }
        left = bounded.limit();
        if left == 0 {
            return Ok(None);
        }
    }
    Ok(Some(pages))
}

/// What a stream holds, and where.
enum Data {
    Plain,
    Deflated(u64),
}

/// The data of the stream in whose dictionary this place is; `None` where it is packed in another way than by deflation.
fn data_of(file: &mut File, place: u64) -> io::Result<Option<Data>> {
    let from = place.saturating_sub(DICTIONARY_BYTES);
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.by_ref().take(2 * DICTIONARY_BYTES).read_to_end(&mut text)?;
    let (before, after) = text.split_at(text.len().min((place - from) as usize));
    let begin = before.windows(3).rposition(|window| window == b"obj").map_or(0, |place| place + 3);
    let Some(length) = find(after, b"stream") else { return Ok(None) };
    let end = before.len() + length;
    let dictionary = text.get(begin..end).unwrap_or_default();
    let Some(filters) = find(dictionary, b"/Filter") else { return Ok(Some(Data::Plain)) };
    let deflated = is_deflation(dictionary.get(filters..).unwrap_or_default());
    let predicted = find(dictionary, b"/Predictor").is_some();
    let line = text.get(end + b"stream".len()..).unwrap_or_default();
    let line = if line.starts_with(b"\r\n") { 2 } else { u64::from(line.starts_with(b"\n")) };
    let data = from + (end + b"stream".len()) as u64 + line;
    Ok((deflated && !predicted).then_some(Data::Deflated(data)))
}

/// `/Filter /FlateDecode` or `/Filter [/FlateDecode]`, and no other filter.
fn is_deflation(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"/Filter") else { return false };
    let rest = rest.trim_ascii_start();
    let list = rest.strip_prefix(b"[");
    let Some(after) = list.unwrap_or(rest).trim_ascii_start().strip_prefix(b"/FlateDecode") else {
        return false;
    };
    let after_name = after.first().is_none_or(|next| !next.is_ascii_alphanumeric());
    after_name && (list.is_none() || after.trim_ascii_start().starts_with(b"]"))
}

/// Deflated data, unpacked while it is read (解压流). What cannot be unpacked is `InvalidData`.
struct Unpacked<R> {
    packed: R,
    state: Box<InflateState>,
    ended: bool,
}

impl<R: BufRead> Unpacked<R> {
    fn new(packed: R) -> Self {
        // Readers of PDF do not look at the checksum either.
        Self { packed, state: InflateState::new_boxed(DataFormat::ZLibIgnoreChecksum), ended: false }
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !buffer.is_empty() {
            let input = self.packed.fill_buf()?;
            let step = inflate(&mut self.state, input, buffer, MZFlush::None);
            self.packed.consume(step.bytes_consumed);
            match step.status {
                Ok(MZStatus::StreamEnd) => self.ended = true,
                Ok(_) | Err(MZError::Buf) if step.bytes_consumed + step.bytes_written > 0 => {}
                _ => return Err(ErrorKind::InvalidData.into()),
            }
            if step.bytes_written > 0 {
                return Ok(step.bytes_written);
            }
        }
        Ok(0)
    }
}

/// `/Type /Page`, and not `/Type /Pages`.
fn is_type(text: &[u8], name: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"/Type") else { return false };
    let Some(rest) = rest.trim_ascii_start().strip_prefix(name) else { return false };
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
