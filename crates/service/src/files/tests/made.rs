//! PDF made piece by piece, with tables that are right.

use std::collections::BTreeMap;

#[derive(Clone, Copy)]
enum Place {
    Free,
    At(usize),
    In(u32, usize),
}

/// A PDF as a program writes it: objects, a table, and again after each change.
#[derive(Clone)]
pub struct Made {
    bytes: Vec<u8>,
    /// Objects since the last table.
    written: BTreeMap<u32, Place>,
    /// Where the last table is.
    table: Option<usize>,
    /// What places are counted from.
    base: usize,
}

impl Made {
    pub fn new() -> Self {
        Self::behind("", 0)
    }

    /// A file that begins with this text, its places counted from `base`.
    pub fn behind(before: &str, base: usize) -> Self {
        let bytes = format!("{before}%PDF-1.7\n").into_bytes();
        Self { bytes, written: [(0, Place::Free)].into(), table: None, base }
    }

    fn here(&self) -> usize {
        self.bytes.len() - self.base
    }

    /// A catalog (1), a tree of one part (2), and so many pages from 3 on.
    pub fn tree(self, pages: u32) -> Self {
        tree(pages).into_iter().fold(self, |made, (number, text)| made.object(number, text))
    }

    pub fn object(mut self, number: u32, text: impl AsRef<[u8]>) -> Self {
        self.written.insert(number, Place::At(self.here()));
        self.bytes.extend(format!("{number} 0 obj\n").as_bytes());
        self.bytes.extend(text.as_ref());
        self.bytes.extend(b"\nendobj\n");
        self
    }

    pub fn stream(self, number: u32, dictionary: &str, data: &[u8]) -> Self {
        let head = format!("<<{dictionary}/Length {}>>\nstream\r\n", data.len());
        self.object(number, [head.as_bytes(), data, b"\nendstream"].concat())
    }

    /// A stream of these objects, deflated.
    pub fn packed(self, stream: u32, objects: &[(u32, String)]) -> Self {
        self.packed_as(stream, "/Filter/FlateDecode", objects, |data| deflated(&data))
    }

    /// A stream of these objects, with these filters.
    pub fn packed_as(
        mut self,
        stream: u32,
        filters: &str,
        objects: &[(u32, String)],
        pack: impl Fn(Vec<u8>) -> Vec<u8>,
    ) -> Self {
        let (mut head, mut body) = (String::new(), String::new());
        for (number, text) in objects {
            head += &format!("{number} {} ", body.len());
            body += &format!("{text}\n");
        }
        let dictionary = format!("/Type/ObjStm/N {}/First {}{filters}", objects.len(), head.len());
        self = self.inside(stream, objects.iter().map(|(number, _)| *number));
        self.stream(stream, &dictionary, &pack((head + &body).into_bytes()))
    }

    /// Says that these objects are in this stream.
    pub fn inside(mut self, stream: u32, numbers: impl IntoIterator<Item = u32>) -> Self {
        for (nth, number) in numbers.into_iter().enumerate() {
            self.written.insert(number, Place::In(stream, nth));
        }
        self
    }

    pub fn free(mut self, number: u32) -> Self {
        self.written.insert(number, Place::Free);
        self
    }

    /// Objects that follow each other, by the first.
    fn runs(&self) -> Vec<(u32, Vec<Place>)> {
        let mut runs: Vec<(u32, Vec<Place>)> = Vec::new();
        for (number, place) in &self.written {
            match runs.last_mut() {
                Some((first, places)) if *first + places.len() as u32 == *number => places.push(*place),
                _ => runs.push((*number, vec![*place])),
            }
        }
        runs
    }

    fn size(&self) -> u32 {
        self.written.keys().max().unwrap() + 1
    }

    fn previous(&self) -> String {
        self.table.map_or_else(String::new, |place| format!("/Prev {place}"))
    }

    /// A table in text with this in its trailer; what is packed is free in it. It begins a new state of the file.
    pub fn table(mut self, trailer: &str) -> Self {
        let (start, previous) = (self.here(), self.previous());
        let mut text = String::from("xref\n");
        for (first, places) in self.runs() {
            text += &format!("{first} {}\n", places.len());
            for place in places {
                text += &match place {
                    Place::At(place) => format!("{place:010} 00000 n \n"),
                    Place::In(..) | Place::Free => "0000000000 65535 f \n".to_owned(),
                };
            }
        }
        text += &format!("trailer\n<</Size {}/Root 1 0 R{previous}{trailer}>>\n", self.size());
        self.bytes.extend(text.as_bytes());
        self.end(start)
    }

    /// A table that is a stream, with this in its dictionary, its rows of 8 bytes packed like this.
    pub fn rows(mut self, number: u32, trailer: &str, pack: impl Fn(Vec<u8>) -> Vec<u8>) -> Self {
        let start = self.here();
        self.written.insert(number, Place::At(start));
        self = self.rows_apart(number, trailer, pack);
        self.end(start)
    }

    /// The stream of such a table alone.
    fn rows_apart(self, number: u32, trailer: &str, pack: impl Fn(Vec<u8>) -> Vec<u8>) -> Self {
        let (mut index, mut data) = (String::new(), Vec::new());
        for (first, places) in self.runs() {
            index += &format!("{first} {} ", places.len());
            for place in places {
                let (kind, one, two) = match place {
                    Place::Free => (0, 0, 0),
                    Place::At(place) => (1, place as u32, 0),
                    Place::In(stream, nth) => (2, stream, nth as u32),
                };
                data.push(kind);
                data.extend(&one.to_be_bytes());
                data.extend(&two.to_be_bytes()[1..]);
            }
        }
        let (size, previous) = (self.size(), self.previous());
        let dictionary =
            format!("/Type/XRef/Size {size}/Root 1 0 R/W[1 4 3]/Index[{index}]{previous}{trailer}");
        let written = self.written.clone();
        Self { written, ..self.stream(number, &dictionary, &pack(data)) }
    }

    /// A table in text, and beside it a stream for what is packed.
    pub fn hybrid(self, number: u32) -> Self {
        let (beside, all) = (self.here(), self.written.clone());
        let packed = all.iter().filter(|(_, place)| matches!(place, Place::In(..)));
        let apart = Self { written: packed.map(|(number, place)| (*number, *place)).collect(), ..self };
        let apart = apart.rows_apart(number, "/Filter/FlateDecode", |data| deflated(&data));
        Self { written: all, ..apart }.table(&format!("/XRefStm {beside}"))
    }

    fn end(mut self, start: usize) -> Self {
        self.bytes.extend(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        self.table = Some(start);
        self.written.clear();
        self
    }

    pub fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The bytes, with the last of `before` replaced.
    pub fn changed(self, before: &str, after: &str) -> Vec<u8> {
        let mut bytes = self.bytes;
        let place = bytes.windows(before.len()).rposition(|window| window == before.as_bytes()).unwrap();
        bytes.splice(place..place + before.len(), after.bytes());
        bytes
    }
}

/// A catalog (1), a tree of one part (2), and so many pages from 3 on.
pub fn tree(pages: u32) -> Vec<(u32, String)> {
    let kids: String = (3..pages + 3).map(|number| format!("{number} 0 R ")).collect();
    let mut objects = vec![
        (1, "<</Type/Catalog/Pages 2 0 R>>".to_owned()),
        (2, format!("<< /Type /Pages /Count {pages} /Kids [{kids}] >>")),
    ];
    objects.extend((3..pages + 3).map(|number| (number, "<< /Type /Page /Parent 2 0 R >>".to_owned())));
    objects
}

pub fn deflated(data: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(data, 6)
}

/// Rows of 8 bytes as PNG predicts them, the kinds of prediction in turn.
pub fn predicted(data: &[u8]) -> Vec<u8> {
    let (mut above, mut all) = ([0; 8], Vec::new());
    for (nth, row) in data.chunks(8).enumerate() {
        all.push((nth % 5) as u8);
        for place in 0..row.len() {
            let (left, corner) = if place > 0 { (row[place - 1], above[place - 1]) } else { (0, 0) };
            let up = above[place];
            let guess = match nth % 5 {
                0 => 0,
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                _ => {
                    let about = i32::from(left) + i32::from(up) - i32::from(corner);
                    [left, up, corner]
                        .into_iter()
                        .min_by_key(|near| (about - i32::from(*near)).abs())
                        .unwrap()
                }
            };
            all.push(row[place].wrapping_sub(guess));
        }
        above[..row.len()].copy_from_slice(row);
    }
    all
}
