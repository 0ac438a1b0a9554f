//! A table that somebody hands in as a workbook (.xlsx): read as text, bounded, with the place of every cell.
//!
//! The file is hostile until it has been read: it is a ZIP archive, which may unpack to anything, and a sheet may claim a cell in its
//! last row and last column. Only cells that are there are read, formulas never: of a cell with one, the value that was saved with it.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, copy, sink};

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use jiebang_domain::shared::Text;
use thiserror::Error;
use zip::ZipArchive;

use crate::Fault;

/// Largest file, in bytes.
pub const WORKBOOK_BYTES_MAX: usize = 5 << 20;
/// Most bytes that its parts unpack to, together.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;
/// Most parts.
const PARTS_MAX: usize = 500;
/// Most rows, the heading counted.
pub const ROWS_MAX: u32 = 20_000;
/// Most columns.
const COLUMNS_MAX: u32 = 100;
/// Longest text of a cell, in characters.
const CELL_CHARACTERS_MAX: usize = 4_000;

/// The first sheet of a workbook (工作表).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// The headings of its first row by column, from 0; white space around them taken off.
    pub headings: BTreeMap<u32, String>,
    /// The rows under it that have something in them.
    pub rows: Vec<Row>,
}

/// A row of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its number as the workbook counts, from 1.
    pub number: u32,
    /// What stands in it by column, from 0; white space around it taken off, empty cells left out.
    pub cells: BTreeMap<u32, String>,
}

impl Row {
    /// What stands in a column; empty where nothing does.
    pub fn text(&self, column: Option<u32>) -> &str {
        column.and_then(|column| self.cells.get(&column)).map_or("", String::as_str)
    }
}

impl Sheet {
    /// The column under a heading.
    pub fn column(&self, heading: &str) -> Option<u32> {
        self.headings.iter().find(|(_, found)| found.as_str() == heading).map(|(column, _)| *column)
    }
}

/// Why a workbook cannot be read (工作簿无法读取).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WorkbookFault {
    /// It is no workbook, or a damaged or protected one.
    #[error("this is no .xlsx workbook that can be read: {0}")]
    Unreadable(String),
    /// It is too large, packed or unpacked.
    #[error("the workbook is too large")]
    TooLarge,
    /// It has too many rows.
    #[error("the sheet has more than {ROWS_MAX} rows")]
    TooManyRows,
    /// It has too many columns.
    #[error("the sheet has more than {COLUMNS_MAX} columns")]
    TooManyColumns,
    /// A cell holds too much.
    #[error("cell {0} holds more than {CELL_CHARACTERS_MAX} characters")]
    CellTooLong(String),
    /// A cell holds an error, such as `#REF!`.
    #[error("cell {0} holds an error")]
    CellFaulty(String),
    /// It has no sheet, or nothing stands in its first row.
    #[error("the first sheet has no headings")]
    Empty,
}

impl WorkbookFault {
    /// What is wrong and what to do, for people.
    pub fn message(&self) -> Text {
        let megabytes = WORKBOOK_BYTES_MAX >> 20;
        match self {
            Self::Unreadable(_) => Text::new(
                "文件不是可以读取的 .xlsx 工作簿（可能已损坏、加密，或是旧的 .xls 格式）；请用表格软件另存为 .xlsx 后再上传",
                "The file is no .xlsx workbook that can be read (damaged, encrypted, or an old .xls); save it as .xlsx, then upload it again",
            ),
            Self::TooLarge => Text::new(
                format!("工作簿超过 {megabytes} MiB，或解压后过大；请删去图片和无关的工作表，或分次导入"),
                format!(
                    "The workbook is larger than {megabytes} MiB, or unpacks to too much; take out pictures and other sheets, or import it in parts"
                ),
            ),
            Self::TooManyRows => Text::new(
                format!("工作表超过 {ROWS_MAX} 行；请分次导入"),
                format!("The sheet has more than {ROWS_MAX} rows; import it in parts"),
            ),
            Self::TooManyColumns => Text::new(
                format!("工作表超过 {COLUMNS_MAX} 列；请删去无关的列"),
                format!("The sheet has more than {COLUMNS_MAX} columns; take out those that are not needed"),
            ),
            Self::CellTooLong(place) => Text::new(
                format!("单元格 {place} 超过 {CELL_CHARACTERS_MAX} 个字符；请缩短"),
                format!("Cell {place} holds more than {CELL_CHARACTERS_MAX} characters; make it shorter"),
            ),
            Self::CellFaulty(place) => Text::new(
                format!("单元格 {place} 是公式错误；请改正公式或改为数值"),
                format!("Cell {place} holds the error of a formula; mend it or write the value"),
            ),
            Self::Empty => Text::new(
                "第一个工作表的第一行没有列名；请按模板填写",
                "The first row of the first sheet has no headings; fill in the template",
            ),
        }
    }
}

/// Reads the first sheet of a workbook.
///
/// # Errors
///
/// The first [`WorkbookFault`] that is met.
pub fn read_workbook(bytes: &[u8]) -> Result<Sheet, WorkbookFault> {
    check_size(bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let name = workbook.sheet_names().into_iter().next().ok_or(WorkbookFault::Empty)?;
    let mut reader = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
    let mut rows: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
    while let Some(cell) = reader.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        let text = text_of(cell.get_value(), row, column)?;
        if text.is_empty() {
            continue;
        }
        if row >= ROWS_MAX {
            return Err(WorkbookFault::TooManyRows);
        }
        if column >= COLUMNS_MAX {
            return Err(WorkbookFault::TooManyColumns);
        }
        rows.entry(row).or_default().insert(column, text);
    }
    let headings = rows.remove(&0).ok_or(WorkbookFault::Empty)?;
    let rows = rows.into_iter().map(|(row, cells)| Row { number: row + 1, cells }).collect();
    Ok(Sheet { name, headings, rows })
}

/// Unpacks every part once and throws it away, so that what reads it afterwards cannot meet more than is allowed.
fn check_size(bytes: &[u8]) -> Result<(), WorkbookFault> {
    if bytes.len() > WORKBOOK_BYTES_MAX {
        return Err(WorkbookFault::TooLarge);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    if archive.len() > PARTS_MAX {
        return Err(WorkbookFault::TooLarge);
    }
    let mut left = UNPACKED_BYTES_MAX;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(unreadable)?;
        let read = copy(&mut part.take(left + 1), &mut sink()).map_err(unreadable)?;
        left = left.checked_sub(read).ok_or(WorkbookFault::TooLarge)?;
    }
    Ok(())
}

/// What a cell says, as text. A date is written `2026-03-01`, a number without the zeros that nobody typed.
fn text_of(value: &DataRef<'_>, row: u32, column: u32) -> Result<String, WorkbookFault> {
    let text = match value {
        DataRef::Empty => return Ok(String::new()),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.trim().to_owned()
        }
        DataRef::SharedString(text) => text.trim().to_owned(),
        DataRef::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        DataRef::Error(_) => return Err(WorkbookFault::CellFaulty(place_of(row, column))),
    };
    if text.chars().count() > CELL_CHARACTERS_MAX {
        return Err(WorkbookFault::CellTooLong(place_of(row, column)));
    }
    Ok(text)
}

/// A workbook to fill in: its headings and one row that shows how, all as text.
///
/// # Errors
/// [`Fault::Typesetting`] where the format has no room for it.
pub fn template_workbook(name: &str, columns: &[(&str, &str)]) -> Result<Vec<u8>, Fault> {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let made = fill_template(&mut workbook, name, columns).and_then(|()| workbook.save_to_buffer());
    made.map_err(|fault| Fault::Typesetting(fault.to_string()))
}

fn fill_template(
    workbook: &mut rust_xlsxwriter::Workbook,
    name: &str,
    columns: &[(&str, &str)],
) -> Result<(), rust_xlsxwriter::XlsxError> {
    let head = rust_xlsxwriter::Format::new().set_bold();
    let sheet = workbook.add_worksheet();
    sheet.set_name(name)?;
    for (column, (heading, example)) in (0..).zip(columns) {
        sheet.write_string_with_format(0, column, *heading, &head)?;
        sheet.write_string(1, column, *example)?;
        sheet.set_column_width(column, 28)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// The place of a cell as the workbook writes it, such as `B7`; both are counted from 0.
pub fn place_of(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = u64::from(column) + 1;
    while rest > 0 {
        rest -= 1;
        letters.push(b'A' + u8::try_from(rest % 26).unwrap_or_default());
        rest /= 26;
    }
    letters.reverse();
    format!("{}{}", String::from_utf8_lossy(&letters), u64::from(row) + 1)
}

fn unreadable(error: impl Into<XlsxFault>) -> WorkbookFault {
    WorkbookFault::Unreadable(error.into().0)
}

/// What a library says of a file that it cannot read.
struct XlsxFault(String);

impl From<XlsxError> for XlsxFault {
    fn from(error: XlsxError) -> Self {
        Self(error.to_string())
    }
}

impl From<zip::result::ZipError> for XlsxFault {
    fn from(error: zip::result::ZipError) -> Self {
        Self(error.to_string())
    }
}

impl From<std::io::Error> for XlsxFault {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rust_xlsxwriter::{Format, Formula, Workbook, XlsxError};
    use zip::write::SimpleFileOptions;

    use super::{Sheet, WorkbookFault, place_of, read_workbook};

    fn written(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet) -> Result<(), XlsxError>) -> Vec<u8> {
        let mut workbook = Workbook::new();
        fill(workbook.add_worksheet()).unwrap();
        workbook.save_to_buffer().unwrap()
    }

    fn read(
        fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet) -> Result<(), XlsxError>,
    ) -> Result<Sheet, WorkbookFault> {
        read_workbook(&written(fill))
    }

    #[test]
    fn every_kind_of_cell_is_read_as_text_at_its_place() {
        let sheet = read(|sheet| {
            sheet.write(0, 0, " 编号 ")?.write(0, 2, "数值")?;
            sheet.write(2, 0, "E-01")?.write(2, 2, 4.5)?.write(3, 2, 12)?.write(4, 2, true)?;
            sheet.write_with_format(5, 2, 46_082, &Format::new().set_num_format("yyyy-mm-dd"))?;
            sheet.write(6, 2, Formula::new("=1+1").set_result("2"))?;
            Ok(())
        })
        .unwrap();
        assert_eq!(sheet.column("编号"), Some(0));
        assert_eq!(sheet.column("数值"), Some(2));
        assert_eq!(sheet.column("没有"), None);
        let values: Vec<_> = sheet.rows.iter().map(|row| (row.number, row.text(Some(2)))).collect();
        assert_eq!(values, [(3, "4.5"), (4, "12"), (5, "TRUE"), (6, "2026-03-01"), (7, "2")]);
        assert_eq!(sheet.rows[0].text(None), "");
    }

    #[test]
    fn what_is_no_workbook_is_refused() {
        for bytes in
            [&b""[..], b"PK\x03\x04", b"a,b\n1,2\n", &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]]
        {
            assert!(matches!(read_workbook(bytes), Err(WorkbookFault::Unreadable(_))), "{bytes:?}");
        }
        let whole = written(|sheet| sheet.write(0, 0, "编号").map(drop));
        for end in (0..whole.len()).step_by(97) {
            assert!(read_workbook(&whole[..end]).is_err(), "{end}");
        }
        assert_eq!(read(|_| Ok(())), Err(WorkbookFault::Empty));
    }

    #[test]
    fn sizes_are_bounded() {
        assert_eq!(read(|sheet| sheet.write(1_048_575, 0, 1).map(drop)), Err(WorkbookFault::TooManyRows));
        assert_eq!(read(|sheet| sheet.write(0, 16_383, 1).map(drop)), Err(WorkbookFault::TooManyColumns));
        assert_eq!(
            read(|sheet| sheet.write(1, 1, "长".repeat(4_001)).map(drop)),
            Err(WorkbookFault::CellTooLong("B2".to_owned()))
        );
        assert_eq!(read_workbook(&vec![0; (5 << 20) + 1]), Err(WorkbookFault::TooLarge));
        let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        bomb.start_file("xl/workbook.xml", SimpleFileOptions::default()).unwrap();
        for _ in 0..65 {
            bomb.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        assert_eq!(read_workbook(&bomb.finish().unwrap().into_inner()), Err(WorkbookFault::TooLarge));
    }

    #[test]
    fn errors_of_formulas_are_named_by_their_place() {
        let sheet = read(|sheet| {
            sheet.write(0, 0, "编号")?.write(1, 27, Formula::new("=1/0").set_result("#DIV/0!"))?;
            Ok(())
        });
        assert!(matches!(&sheet, Err(WorkbookFault::CellFaulty(place)) if place == "AB2"), "{sheet:?}");
    }

    #[test]
    fn places_are_written_as_the_workbook_writes_them() {
        for ((row, column), place) in
            [((0, 0), "A1"), ((6, 25), "Z7"), ((0, 26), "AA1"), ((1_048_575, 16_383), "XFD1048576")]
        {
            assert_eq!(place_of(row, column), place);
        }
    }
}
