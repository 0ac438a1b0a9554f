//! PDF: whole, not encrypted, so many pages.
//!
//! The file is followed as readers follow it: from its end to the table of its objects, from there to the tree of its pages. Only
//! what lies on that way is read, a small piece of the file at a time; streams of objects are unpacked whole, up to a bound.
//!
//! What must never happen: a file that costs time, memory or stack without end; pages that are not counted; text in a stream that is
//! taken for structure. Where a file says two things at once, and readers differ in which one they believe, it is refused.
//!
//! There are libraries that read PDF. None can be bounded from outside: they unpack and keep whatever a file holds, go down into
//! it by calling themselves, and repair what is broken by leaving it out, pages included.

mod lexer;
mod stream;
mod table;

use std::collections::{HashSet, VecDeque};
use std::io::{self, Read, Seek};
use std::rc::Rc;

use super::FILE_PAGES_MAX;
use super::inspect::Fault;
use lexer::{DAMAGED, Dictionary, Lexer, Reference, Stop, Token, UNKNOWN, Value, Windowed, Work};
use table::{Entry, Table};

/// A PDF ends with its mark in the last kilobyte; readers look for it in the last four.
const TAIL_BYTES: u64 = 4_096;
/// Most bytes looked at, unpacked or made by unpacking. It bounds the time.
const WORK_BYTES_MAX: u64 = 64 << 20;
/// Most bytes of streams of objects that are kept, and most of these streams.
const KEPT_BYTES_MAX: usize = stream::STREAM_BYTES_MAX;
const KEPT_MAX: usize = 256;
/// Most objects of one stream.
const PACKED_MAX: u64 = 200_000;
/// Most nodes of the tree of pages.
const NODES_MAX: usize = 100_000;
/// How often a reference may lead to a reference.
const STEPS_MAX: usize = 8;

/// The number of pages of a file that is whole, not encrypted and not too long. `header` is where its first line begins.
pub(super) fn pages<R: Read + Seek>(reader: R, size: u64, header: u64) -> io::Result<Result<u32, Fault>> {
    match counted(reader, size, header) {
        Ok(0) => Ok(Err(Fault::NoPages)),
        Ok(pages) if pages > u64::from(FILE_PAGES_MAX) => {
            Ok(Err(Fault::Pages(u32::try_from(pages).unwrap_or(u32::MAX))))
        }
        Ok(pages) => Ok(Ok(pages as u32)),
        Err(Stop::Fault(fault)) => Ok(Err(fault)),
        Err(Stop::Disk(error)) => Err(error),
    }
}

fn counted<R: Read + Seek>(reader: R, size: u64, header: u64) -> Result<u64, Stop> {
    let (mut file, work) = (Windowed::new(reader, size), Work::new(WORK_BYTES_MAX));
    let start = start(&mut file, &work, size)?;
    let base = base(&mut file, &work, header, start)?;
    let (table, trailer) = Table::read(&mut file, &work, base, start)?;
    if trailer.encrypted {
        return Err(Stop::Fault(Fault::Encrypted));
    }
    let mut document = Document { file, table, work: &work, kept: VecDeque::new() };
    let Value::Reference(root) = trailer.root else { return Err(DAMAGED) };
    let Some(Value::Dictionary(catalog)) = document.object(root)? else { return Err(DAMAGED) };
    let Value::Reference(tree) = catalog.get("Pages") else { return Err(UNKNOWN) };
    document.pages(*tree)
}

/// Where the newest part of the table begins, by the last lines of the file.
fn start<R: Read + Seek>(file: &mut Windowed<R>, work: &Work, size: u64) -> Result<u64, Stop> {
    let from = size.saturating_sub(TAIL_BYTES);
    let mut tail = Vec::new();
    while from + (tail.len() as u64) < size {
        match file.piece(from + tail.len() as u64)? {
            [] => break,
            piece => tail.extend_from_slice(piece),
        }
    }
    let last = |text: &[u8], wanted: &[u8]| text.windows(wanted.len()).rposition(|window| window == wanted);
    let (word, end) = (last(&tail, b"startxref").ok_or(DAMAGED)?, last(&tail, b"%%EOF").ok_or(DAMAGED)?);
    let mut lexer = Lexer::new(file, work, from + (word + b"startxref".len()) as u64);
    match lexer.token()? {
        // One that was cut while it was saved again ends with the word.
        Token::Integer(start) if word < end => u64::try_from(start).or(Err(DAMAGED)),
        _ => Err(DAMAGED),
    }
}

/// What places are counted from: the head of the file, or its first byte, whichever leads to a table.
fn base<R: Read + Seek>(file: &mut Windowed<R>, work: &Work, header: u64, start: u64) -> Result<u64, Stop> {
    let mut leads = |base: u64| -> Result<bool, Stop> {
        let place = base.checked_add(start).ok_or(DAMAGED)?;
        let mut lexer = Lexer::new(file, work, place);
        match lexer.token() {
            Ok(word) if word.is_word("xref") => return Ok(true),
            Err(Stop::Disk(error)) => return Err(error.into()),
            _ => lexer.place = place,
        }
        match lexer.object() {
            Err(Stop::Fault(_)) => Ok(false),
            found => Ok(found?.is_some()),
        }
    };
    match (leads(header)?, leads(0)?) {
        (true, true) if header != 0 => Err(UNKNOWN),
        (true, _) => Ok(header),
        (false, true) => Ok(0),
        (false, false) => Err(DAMAGED),
    }
}

/// A stream of objects, unpacked.
struct Packed {
    stream: u32,
    data: Vec<u8>,
    /// Numbers of its objects, and where they begin.
    objects: Vec<(u32, u32)>,
}

impl Packed {
    /// Reads where the objects begin, which the data say first.
    fn new(stream: u32, dictionary: &Dictionary, data: Vec<u8>, work: &Work) -> Result<Self, Stop> {
        let (Some(count), Some(first)) = (dictionary.number("N"), dictionary.number("First")) else {
            return Err(DAMAGED);
        };
        if count > PACKED_MAX {
            return Err(UNKNOWN);
        }
        let (mut source, mut objects) = (data.as_slice(), Vec::new());
        let mut lexer = Lexer::new(&mut source, work, 0);
        for _ in 0..count {
            let (Token::Integer(number), Token::Integer(place)) = (lexer.token()?, lexer.token()?) else {
                return Err(DAMAGED);
            };
            let place =
                u64::try_from(place).ok().and_then(|place| place.checked_add(first)).ok_or(DAMAGED)?;
            objects.push((u32::try_from(number).or(Err(DAMAGED))?, u32::try_from(place).or(Err(DAMAGED))?));
        }
        Ok(Self { stream, data, objects })
    }

    fn bytes(&self) -> usize {
        self.data.len() + self.objects.len() * size_of::<(u32, u32)>()
    }
}

/// A file whose table is known (PDF文件).
struct Document<'a, R> {
    file: Windowed<R>,
    table: Table,
    work: &'a Work,
    /// Streams of objects that were used last, the newest first.
    kept: VecDeque<Rc<Packed>>,
}

impl<R: Read + Seek> Document<'_, R> {
    /// Leaves of the tree, or what its root says if that is more, so that neither can hide pages.
    fn pages(&mut self, tree: Reference) -> Result<u64, Stop> {
        let Some(Value::Dictionary(root)) = self.object(tree)? else { return Err(UNKNOWN) };
        let promised = match self.resolved(root.get("Count"))? {
            Value::Integer(count) => u64::try_from(count).unwrap_or(0),
            _ => 0,
        };
        if promised > u64::from(FILE_PAGES_MAX) {
            return Ok(promised);
        }
        let (mut leaves, mut nodes) = (0, HashSet::new());
        let mut waiting = vec![tree];
        while let Some(node) = waiting.pop() {
            let Some(Value::Dictionary(found)) = self.object(node)? else { return Err(UNKNOWN) };
            let Some(kids) = self.kids(&found)? else {
                // A tree that is a page itself: something else was meant.
                if node == tree {
                    return Err(UNKNOWN);
                }
                leaves += 1;
                if leaves > u64::from(FILE_PAGES_MAX) {
                    return Ok(leaves);
                }
                continue;
            };
            // Each part of the tree hangs in one place: otherwise it has a circle, or grows without end.
            if !nodes.insert(node.0) || nodes.len() + waiting.len() + kids.len() > NODES_MAX {
                return Err(UNKNOWN);
            }
            for kid in kids {
                let Value::Reference(kid) = kid else { return Err(UNKNOWN) };
                waiting.push(kid);
            }
        }
        Ok(if leaves > 0 { leaves.max(promised) } else { 0 })
    }

    /// What hangs on a part of the tree; `None` for a page.
    fn kids(&mut self, node: &Dictionary) -> Result<Option<Vec<Value>>, Stop> {
        let kind = self.resolved(node.get("Type"))?;
        let is = |name: &str| kind == Value::Name(name.as_bytes().to_vec());
        match self.resolved(node.get("Kids"))? {
            Value::List(kids) if !is("Page") => Ok(Some(kids)),
            Value::Null if !is("Pages") => Ok(None),
            _ => Err(UNKNOWN),
        }
    }

    /// A value, or what it refers to.
    fn resolved(&mut self, value: &Value) -> Result<Value, Stop> {
        let mut value = value.clone();
        for _ in 0..STEPS_MAX {
            let Value::Reference(reference) = value else { return Ok(value) };
            value = self.object(reference)?.unwrap_or(Value::Null);
        }
        Err(UNKNOWN)
    }

    /// An object; `None` where there is none of this number. One that is not where the table says is `Damaged`.
    fn object(&mut self, reference: Reference) -> Result<Option<Value>, Stop> {
        self.work.spend(self.table.sections())?;
        match self.table.find(reference.0) {
            Entry::Free => Ok(None),
            Entry::At(place, generation) => {
                let mut lexer = self.lexer(reference, place, generation)?;
                lexer.value().map(Some)
            }
            Entry::In(stream, nth) => {
                let packed = self.packed(stream)?;
                let found = packed.objects.get(nth as usize).filter(|(number, _)| (*number, 0) == reference);
                let (_, place) = *found.ok_or(DAMAGED)?;
                Lexer::new(&mut packed.data.as_slice(), self.work, u64::from(place)).value().map(Some)
            }
        }
    }

    /// Behind the head of the object that begins at this place.
    fn lexer(
        &mut self,
        reference: Reference,
        place: u32,
        generation: u32,
    ) -> Result<Lexer<'_, Windowed<R>>, Stop> {
        let place = self.table.base.checked_add(u64::from(place)).ok_or(DAMAGED)?;
        let mut lexer = Lexer::new(&mut self.file, self.work, place);
        if lexer.object()? != Some(reference) || reference.1 != generation {
            return Err(DAMAGED);
        }
        Ok(lexer)
    }

    /// The stream of objects with this number, which must itself stand in the file.
    fn packed(&mut self, stream: u32) -> Result<Rc<Packed>, Stop> {
        if let Some(place) = self.kept.iter().position(|packed| packed.stream == stream) {
            let found = self.kept.remove(place).ok_or(UNKNOWN)?;
            self.kept.push_front(found.clone());
            return Ok(found);
        }
        let Entry::At(place, generation) = self.table.find(stream) else { return Err(DAMAGED) };
        let mut lexer = self.lexer((stream, 0), place, generation)?;
        let Value::Dictionary(dictionary) = lexer.value()? else { return Err(DAMAGED) };
        let place = lexer.data()?.filter(|_| dictionary.is("Type", "ObjStm")).ok_or(DAMAGED)?;
        let length = self.length(&dictionary)?;
        let data = stream::unpack(&mut self.file, self.work, &dictionary, place, length)?;
        let packed = Rc::new(Packed::new(stream, &dictionary, data, self.work)?);
        self.kept.push_front(packed.clone());
        let mut room = KEPT_BYTES_MAX;
        self.kept.retain(|packed| {
            let left = room.checked_sub(packed.bytes());
            room = left.unwrap_or(0);
            left.is_some()
        });
        self.kept.truncate(KEPT_MAX);
        Ok(packed)
    }

    /// The length that a stream states, which may be an object of its own. It is looked up in the file only: one that is packed
    /// itself could lead in a circle.
    fn length(&mut self, dictionary: &Dictionary) -> Result<Option<u64>, Stop> {
        let Value::Reference(reference) = *dictionary.get("Length") else {
            return Ok(dictionary.number("Length"));
        };
        let Entry::At(place, generation) = self.table.find(reference.0) else { return Ok(None) };
        match self.lexer(reference, place, generation)?.value()? {
            Value::Integer(length) => Ok(u64::try_from(length).ok()),
            _ => Ok(None),
        }
    }
}
