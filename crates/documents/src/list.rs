//! Published lists (名单) as pages and workbook, and certificates (证书) of those that stand on them.

use jiebang_domain::call::Call;
use jiebang_domain::publication::{Certificate, ListEntry, ListFile, VersionStage};
use jiebang_domain::selection::Stage;
use jiebang_domain::shared::{Language, Text};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, XlsxError};
use serde::Serialize;

use crate::book::{Frozen, word};
use crate::recommendation::shortened;
use crate::typeset::{Sheet, Template, typeset};
use crate::{Document, Fault, Fonts, qr};

/// A version of a list to be set (名单文书).
#[derive(Clone, Copy, Debug)]
pub struct PublishedListPaper<'a> {
    /// The call.
    pub call: &'a Call,
    /// Stage of the plan: its name and the names of its classes.
    pub stage: &'a Stage,
    /// The list.
    pub file: &'a ListFile,
    /// Last day of its public notice.
    pub notice_until: Option<Date>,
    /// Language.
    pub language: Language,
    /// Number, digest and address where anybody can hold it against the record.
    pub frozen: Frozen<'a>,
    /// When it was published.
    pub at: Timestamp,
}

/// A certificate to be set.
#[derive(Clone, Copy, Debug)]
pub struct CertificatePaper<'a> {
    /// The call.
    pub call: &'a Call,
    /// What it states.
    pub certificate: &'a Certificate,
    /// Name of the class.
    pub class: &'a Text,
    /// Name of the task.
    pub task: &'a Text,
    /// Language.
    pub language: Language,
    /// Address where anybody can verify it.
    pub address: &'a str,
    /// When the list was published.
    pub at: Timestamp,
}

#[derive(Serialize)]
struct View {
    language: &'static str,
    serif: String,
    sans: String,
    words: Words,
    title: String,
    author: String,
    footer: Vec<String>,
    code: bool,
    facts: Vec<String>,
    columns: [&'static str; 4],
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Words {
    book: String,
    verify: &'static str,
    code: &'static str,
    draft: Option<&'static str>,
    colon: &'static str,
}

#[derive(Serialize)]
struct Group {
    heading: String,
    rows: Vec<[String; 4]>,
}

#[derive(Serialize)]
struct CertificateView {
    language: &'static str,
    serif: String,
    sans: String,
    words: Words,
    title: String,
    author: String,
    footer: Vec<String>,
    code: bool,
    unit: String,
    statement: String,
    issuers: Vec<String>,
    date: String,
    lines: Vec<String>,
}

impl PublishedListPaper<'_> {
    fn word(&self, zh: &'static str, en: &'static str) -> &'static str {
        word(self.language, zh, en)
    }

    fn columns(&self) -> [&'static str; 4] {
        [
            self.word("序号", "No."),
            self.word("受理编号", "Number"),
            self.word("牵头单位", "Lead organisation"),
            self.word("揭榜任务", "Task"),
        ]
    }

    fn name(&self) -> String {
        let (stage, kind) = (self.stage.name.get(self.language), self.file.kind.name());
        format!("{stage}{}{}", self.word("　", ": "), kind.get(self.language))
    }

    /// What is said of it above the table.
    fn facts(&self) -> Vec<String> {
        let zone = &self.call.zone;
        let day = self.at.to_zoned(zone.clone()).date();
        let version = self.file.version;
        let mut facts = vec![match self.language {
            Language::Zh => format!("第{version}版，{day}发布。"),
            Language::En => format!("Version {version}, published on {day}."),
        }];
        if let Some(last) = self.notice_until.filter(|_| self.file.kind == VersionStage::Notice) {
            facts.push(match self.language {
                Language::Zh => format!("公示至{last}。对名单有异议的，请在公示期内以真实姓名或盖章提出。"),
                Language::En => format!(
                    "Public notice until {last}. Objections are taken until then, by name or under seal."
                ),
            });
        }
        if self.file.version > 1 {
            let reason = self.file.reason.name();
            let colon = self.word("：", ": ");
            facts.push(format!("{}{colon}{}", reason.get(self.language), self.file.note));
        }
        facts
    }

    fn task(&self, entry: &ListEntry) -> String {
        let node = self.call.node(&entry.task);
        node.map_or_else(|| entry.task.clone(), |node| node.name.get(self.language).to_owned())
    }

    /// Rows by class, in the order of the stage.
    fn groups(&self) -> Vec<Group> {
        let listed = self.stage.classes.iter().filter(|class| class.listed);
        listed
            .map(|class| {
                let entries: Vec<&ListEntry> =
                    self.file.entries.iter().filter(|entry| entry.class == class.id).collect();
                let name = class.name.get(self.language);
                let heading = match self.language {
                    Language::Zh => format!("{name}（{}项）", entries.len()),
                    Language::En => format!("{name} ({})", entries.len()),
                };
                let row = |(nth, entry): (usize, &&ListEntry)| {
                    [(nth + 1).to_string(), entry.number.clone(), entry.unit.clone(), self.task(entry)]
                };
                Group { heading, rows: entries.iter().enumerate().map(row).collect() }
            })
            .filter(|group| !group.rows.is_empty())
            .collect()
    }

    fn footer(&self, digits: usize) -> Vec<String> {
        let hash: String = self.frozen.sha256.chars().take(digits).collect();
        let rest = if hash.len() < self.frozen.sha256.len() { "…" } else { "" };
        vec![
            format!("{}{}", self.word("名单编号：", "List "), self.frozen.number),
            format!("SHA-256{}{hash}{rest}", self.word("：", " ")),
        ]
    }
}

/// A list as PDF.
///
/// # Errors
/// See [`Fault`].
pub fn published_list(fonts: &Fonts, paper: &PublishedListPaper<'_>) -> Result<Document, Fault> {
    let issuers: Vec<&str> = paper.call.issuers.iter().map(|of| of.get(paper.language)).collect();
    let view = View {
        language: paper.word("zh", "en"),
        serif: fonts.serif().to_owned(),
        sans: fonts.sans().to_owned(),
        words: Words {
            book: paper.name(),
            verify: paper.word("扫码核验", "Scan to verify"),
            code: paper.word("核验二维码", "QR code for verification"),
            draft: None,
            colon: "",
        },
        title: paper.call.title.get(paper.language).to_owned(),
        author: issuers.join(paper.word("、", ", ")),
        footer: paper.footer(16),
        code: true,
        facts: paper.facts(),
        columns: paper.columns(),
        groups: paper.groups(),
    };
    let data = serde_json::to_value(view).map_err(|fault| Fault::Typesetting(fault.to_string()))?;
    let code = Some(qr::svg(paper.frozen.address)?);
    let ident = format!("{} {}", paper.frozen.number, paper.frozen.sha256);
    typeset(fonts, Sheet { template: Template::List, data, code, ident, at: paper.at })
}

/// A list as a workbook (XLSX): one row an entry, everything as text and never as a formula.
///
/// # Errors
/// [`Fault::Typesetting`] where the format has no room for it.
pub fn published_list_workbook(paper: &PublishedListPaper<'_>) -> Result<Vec<u8>, Fault> {
    workbook(paper).map_err(|fault| Fault::Typesetting(fault.to_string()))
}

fn workbook(paper: &PublishedListPaper<'_>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let title = format!("{} {}", paper.call.title.get(paper.language), paper.name());
    let at = paper.at.to_zoned(TimeZone::UTC);
    let created = ExcelDateTime::from_timestamp(at.timestamp().as_second())?;
    let properties =
        DocProperties::new().set_title(&title).set_author("Jiebang").set_creation_datetime(&created);
    workbook.set_properties(&properties);
    let strong = Format::new().set_bold();
    let head = Format::new().set_bold().set_border(FormatBorder::Thin);
    let body = Format::new().set_text_wrap().set_border(FormatBorder::Thin);
    let sheet = workbook.add_worksheet();
    sheet.set_name(paper.word("名单", "List"))?;
    sheet.write_string_with_format(0, 0, shortened(&title), &strong)?;
    sheet.write_string(1, 0, shortened(&paper.facts().join(paper.word("", " "))))?;
    sheet.write_string(2, 0, paper.footer(usize::MAX).join(paper.word("　", "  ")))?;
    let [nth, number, unit, task] = paper.columns();
    let class = paper.word("类别", "Class");
    for (column, (label, width)) in (0..).zip([(nth, 6), (class, 14), (number, 24), (unit, 40), (task, 40)]) {
        sheet.write_string_with_format(3, column, label, &head)?;
        sheet.set_column_width(column, width)?;
    }
    let mut row = 4;
    for group in paper.groups() {
        for [nth, number, unit, task] in group.rows {
            for (column, text) in (0..).zip([nth, group.heading.clone(), number, unit, task]) {
                sheet.write_string_with_format(row, column, shortened(&text), &body)?;
            }
            row += 1;
        }
    }
    sheet.set_freeze_panes(4, 0)?.set_repeat_rows(3, 3)?.set_print_fit_to_pages(1, 0);
    workbook.save_to_buffer()
}

/// A certificate as PDF.
///
/// # Errors
/// See [`Fault`].
pub fn certificate(fonts: &Fonts, paper: &CertificatePaper<'_>) -> Result<Document, Fault> {
    let said = |zh: &'static str, en: &'static str| word(paper.language, zh, en);
    let title = paper.call.title.get(paper.language);
    let (class, task) = (paper.class.get(paper.language), paper.task.get(paper.language));
    let stated = paper.certificate;
    let day = paper.at.to_zoned(paper.call.zone.clone()).date();
    let (statement, date) = match paper.language {
        Language::Zh => (
            format!("你单位牵头的团队，在“{title}”中承担“{task}”任务，经遴选列入“{class}”名单。特发此证。"),
            format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        ),
        Language::En => (
            format!(
                "The team that you lead stands on the list “{class}” of “{title}”, for the task “{task}”."
            ),
            day.to_string(),
        ),
    };
    let view = CertificateView {
        language: said("zh", "en"),
        serif: fonts.serif().to_owned(),
        sans: fonts.sans().to_owned(),
        words: Words {
            book: said("证书", "Certificate").to_owned(),
            verify: said("扫码核验", "Scan to verify"),
            code: said("核验二维码", "QR code for verification"),
            draft: None,
            colon: said("：", ":"),
        },
        title: title.to_owned(),
        author: "Jiebang".to_owned(),
        footer: vec![format!("{}{}", said("证书编号：", "Certificate "), stated.number)],
        code: false,
        unit: stated.unit.clone(),
        statement,
        issuers: paper.call.issuers.iter().map(|of| of.get(paper.language).to_owned()).collect(),
        date,
        lines: vec![
            format!("{}{}", said("证书编号：", "Certificate "), stated.number),
            match paper.language {
                Language::Zh => format!("名单：{} 第{}版", stated.list, stated.version),
                Language::En => format!("List: {}, version {}", stated.list, stated.version),
            },
            format!("SHA-256{}{}", said("：", " "), stated.digest),
        ],
    };
    let data = serde_json::to_value(view).map_err(|fault| Fault::Typesetting(fault.to_string()))?;
    let code = Some(qr::svg(paper.address)?);
    typeset(
        fonts,
        Sheet { template: Template::Certificate, data, code, ident: stated.to_string(), at: paper.at },
    )
}
