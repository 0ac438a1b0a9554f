//! The recommendation table (推荐表), with the call's own columns: as pages to sign and seal, and as a workbook.

use jiebang_domain::application::Content;
use jiebang_domain::call::{Call, FieldKind};
use jiebang_domain::shared::{Language, Region, Text};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use serde::Serialize;

use crate::book::{Frozen, value, word};
use crate::typeset::{Sheet, Template, typeset};
use crate::{Document, Fault, Fonts, qr};

/// Most characters of a cell in the format.
const CELL_CHARACTERS_MAX: usize = 32_767;
/// A4 in the numbers of the format.
const A4: u8 = 9;
/// Columns of the workbook begin with this row.
const HEAD: u32 = 3;

/// What a recommendation table is made from (推荐表).
#[derive(Clone, Copy, Debug)]
pub struct RecommendationTable<'a> {
    /// The call.
    pub call: &'a Call,
    /// Who recommends.
    pub region: Region,
    /// Recommended applications in order of priority.
    pub rows: &'a [RecommendedRow],
    /// Language of the table.
    pub language: Language,
    /// The confirmed list; without it the table says on each page that it is provisional.
    pub frozen: Option<Frozen<'a>>,
    /// When the list was last changed; the date of the document.
    pub at: Timestamp,
}

/// A recommended application (推荐项目).
#[derive(Clone, Copy, Debug)]
pub struct Recommended<'a> {
    /// Place on the list, from 1.
    pub place: u32,
    /// What was submitted.
    pub content: &'a Content,
    /// Why it is recommended.
    pub reason: &'a str,
    /// Note.
    pub note: &'a str,
}

/// A row of a table: of an application nothing but what the call's columns show, so that long lists take little memory.
#[derive(Clone, Debug)]
pub struct RecommendedRow(Vec<Value>);

/// What stands in a cell.
#[derive(Clone, Debug)]
enum Value {
    Number(f64),
    Date(Date),
    Text(String),
}

#[derive(Serialize)]
struct View {
    language: &'static str,
    serif: String,
    sans: String,
    flipped: bool,
    words: Words,
    title: String,
    author: String,
    footer: Vec<String>,
    code: bool,
    region: String,
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
    signatures: Vec<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Words {
    book: &'static str,
    by: &'static str,
    seal: &'static str,
    verify: &'static str,
    draft: Option<&'static str>,
    code: &'static str,
    date: &'static str,
    notes: &'static str,
}

#[derive(Serialize)]
struct Column {
    label: String,
    share: Option<u32>,
}

fn columns(call: &Call) -> &[(Text, String)] {
    call.recommendation.as_ref().map(|recommendation| recommendation.columns.as_slice()).unwrap_or_default()
}

impl RecommendedRow {
    /// The row of an application, by the call's columns.
    pub fn of(call: &Call, language: Language, recommended: Recommended<'_>) -> Self {
        Self(columns(call).iter().map(|(_, from)| value(call, language, recommended, from)).collect())
    }
}

fn value(call: &Call, language: Language, recommended: Recommended<'_>, from: &str) -> Value {
    let Recommended { place, content, reason, note } = recommended;
    let level = from.strip_prefix("task.").filter(|level| call.levels.contains_key(*level));
    match (from, level) {
        ("order", _) => Value::Number(f64::from(place)),
        ("reason", _) => Value::Text(reason.to_owned()),
        ("note", _) => Value::Text(note.to_owned()),
        (_, Some(level)) => {
            let path = call.path(content.text("task"));
            let node = path.into_iter().find(|node| node.level == level);
            Value::Text(node.map(|node| node.name.get(language).to_owned()).unwrap_or_default())
        }
        _ => {
            let written = content.text(from).trim();
            let field = call.field(from);
            match field.map(|field| &field.kind) {
                Some(FieldKind::Number)
                    if let Ok(number) = written.parse::<f64>()
                        && number.is_finite() =>
                {
                    Value::Number(number)
                }
                Some(FieldKind::Date) if let Ok(date) = written.parse() => Value::Date(date),
                _ => Value::Text(
                    field
                        .map(|field| value::line(call, language, field, content.0.get(from)))
                        .unwrap_or_default(),
                ),
            }
        }
    }
}

impl RecommendationTable<'_> {
    fn word(&self, zh: &'static str, en: &'static str) -> &'static str {
        word(self.language, zh, en)
    }

    fn title(&self) -> &str {
        self.call.title.get(self.language)
    }

    /// Which list it is, in lines: its number and digest, or that it is provisional.
    fn standing(&self, digits: usize) -> Vec<String> {
        match self.frozen {
            Some(frozen) => {
                let hash: String = frozen.sha256.chars().take(digits).collect();
                let rest = if hash.len() < frozen.sha256.len() { "…" } else { "" };
                vec![
                    format!("{}{}", self.word("名单编号：", "List "), frozen.number),
                    format!("SHA-256{}{hash}{rest}", self.word("：", " ")),
                ]
            }
            None => vec![
                self.word(
                    "暂定名单，未经两部门确认",
                    "A provisional list, not confirmed by both departments",
                )
                .to_owned(),
            ],
        }
    }
}

/// The recommendation table as PDF.
///
/// # Errors
/// See [`Fault`].
pub fn recommendation_table(fonts: &Fonts, table: &RecommendationTable<'_>) -> Result<Document, Fault> {
    let code = table.frozen.map(|frozen| qr::svg(frozen.address)).transpose()?;
    let data =
        serde_json::to_value(view(fonts, table)).map_err(|fault| Fault::Typesetting(fault.to_string()))?;
    let ident = table.frozen.map_or_else(
        || format!("{} {}", table.call.id, table.region.code()),
        |frozen| format!("{} {}", frozen.number, frozen.sha256),
    );
    typeset(fonts, Sheet { template: Template::Recommendation, data, code, ident, at: table.at })
}

fn view(fonts: &Fonts, table: &RecommendationTable<'_>) -> View {
    let language = table.language;
    let recommendation = table.call.recommendation.as_ref();
    let region = table.region.name().get(language).to_owned();
    let cell = |value: &Value| match value {
        Value::Number(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Text(text) => text.clone(),
    };
    let rows = table.rows.iter().map(|row| row.0.iter().map(cell).collect());
    let columns = columns(table.call).iter().map(|(label, from)| Column {
        label: label.get(language).to_owned(),
        share: match from.as_str() {
            "order" => None,
            "reason" => Some(6),
            "task_name" => Some(5),
            "lead.name" => Some(4),
            task if task.starts_with("task.") => Some(4),
            "contact.name" => Some(2),
            _ => Some(3),
        },
    });
    let texts = |texts: &mut dyn Iterator<Item = &Text>| -> Vec<String> {
        texts.map(|text| text.get(language).to_owned()).collect()
    };
    View {
        language: table.word("zh", "en"),
        serif: fonts.serif().to_owned(),
        sans: fonts.sans().to_owned(),
        flipped: true,
        words: words(table),
        title: table.title().to_owned(),
        author: region.clone(),
        footer: table.standing(16),
        code: table.frozen.is_some(),
        region: format!("{}{region}", table.word("推荐地区：", "Region: ")),
        columns: columns.collect(),
        rows: rows.collect(),
        signatures: recommendation.map(|of| texts(&mut of.departments.iter())).unwrap_or_default(),
        notes: recommendation
            .map(|of| texts(&mut of.notes.iter().map(|note| &note.text)))
            .unwrap_or_default(),
    }
}

fn words(table: &RecommendationTable<'_>) -> Words {
    Words {
        book: table.word("推荐表", "Recommendation table"),
        by: table.word("推荐单位：", "Recommended by: "),
        seal: table.word("（盖章）", " (seal)"),
        verify: table.word("扫码核验", "Scan to verify"),
        draft: table.frozen.is_none().then_some(table.word("暂定　未确认", "Provisional, not confirmed")),
        code: table.word("核验二维码", "QR code for verification"),
        date: table.word("　　年　　月　　日", "Date:"),
        notes: table.word("注：", "Notes:"),
    }
}

/// The recommendation table as a workbook (XLSX): numbers and dates as such, everything else as text and never as a formula.
///
/// # Errors
/// [`Fault::Typesetting`] where the format has no room for it.
pub fn recommendation_workbook(table: &RecommendationTable<'_>) -> Result<Vec<u8>, Fault> {
    workbook(table).map_err(|fault| Fault::Typesetting(fault.to_string()))
}

fn workbook(table: &RecommendationTable<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let title = format!("{}{}", table.title(), table.word("推荐表", ": recommendation table"));
    let at = table.at.to_zoned(TimeZone::UTC);
    let created = ExcelDateTime::from_timestamp(at.timestamp().as_second())?;
    workbook.set_properties(
        &DocProperties::new().set_title(title.as_str()).set_author("Jiebang").set_creation_datetime(&created),
    );
    let sheet = workbook.add_worksheet();
    sheet.set_name(table.word("推荐表", "Recommendations"))?.set_landscape().set_paper_size(A4);
    fill(sheet, table, &title)?;
    workbook.save_to_buffer()
}

fn fill(sheet: &mut Worksheet, table: &RecommendationTable<'_>, title: &str) -> Result<(), XlsxError> {
    let strong = Format::new().set_bold();
    let head = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_border(FormatBorder::Thin)
        .set_align(FormatAlign::Center);
    let body = Format::new().set_text_wrap().set_border(FormatBorder::Thin).set_align(FormatAlign::Top);
    let date = body.clone().set_num_format("yyyy-mm-dd");
    sheet.write_string_with_format(0, 0, title, &strong)?;
    let region =
        format!("{}{}", table.word("推荐地区：", "Region: "), table.region.name().get(table.language));
    sheet.write_string(1, 0, region)?;
    sheet.write_string(2, 0, table.standing(usize::MAX).join(table.word("　", "  ")))?;
    for (column, (label, from)) in (0..).zip(columns(table.call)) {
        sheet.write_string_with_format(HEAD, column, label.get(table.language), &head)?;
        sheet.set_column_width(column, width(from))?;
    }
    // Printed, it keeps its columns on one page and their names on each.
    sheet.set_freeze_panes(HEAD + 1, 0)?.set_repeat_rows(HEAD, HEAD)?.set_print_fit_to_pages(1, 0);
    sheet.set_footer("&P / &N");
    for (row, at) in table.rows.iter().zip(HEAD + 1..) {
        for (column, value) in (0..).zip(&row.0) {
            match value {
                Value::Number(number) => sheet.write_number_with_format(at, column, *number, &body)?,
                Value::Date(day) => match excel_date(*day) {
                    Some(day) => sheet.write_datetime_with_format(at, column, &day, &date)?,
                    None => sheet.write_string_with_format(at, column, day.to_string(), &body)?,
                },
                Value::Text(text) => sheet.write_string_with_format(at, column, shortened(text), &body)?,
            };
        }
    }
    Ok(())
}

/// Width of a column in characters of the format.
fn width(from: &str) -> u8 {
    match from {
        "order" => 6,
        "reason" => 48,
        _ => 24,
    }
}

/// The format knows days from 1900 on.
fn excel_date(day: Date) -> Option<ExcelDateTime> {
    let part = |part: i8| u8::try_from(part).ok();
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, part(day.month())?, part(day.day())?).ok()
}

/// As much as a cell holds, counted as the format counts: in UTF-16; without what no XML may hold.
pub(crate) fn shortened(text: &str) -> String {
    let mut units = 0;
    let room = |character: &char| {
        units += character.len_utf16();
        units < CELL_CHARACTERS_MAX
    };
    let holds = |character: &char| {
        (!character.is_control() || *character == '\n') && !matches!(character, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().filter(holds).take_while(room).collect()
}
