//! The application book (申报书): cover, form, task book, evidence, letters.

mod form;
mod letters;
mod plan;
mod printed;
pub(crate) mod value;
mod view;

use jiebang_domain::application::{Draft, facts};
use jiebang_domain::call::{Call, Entry, Facts, Section, english_date};
use jiebang_domain::shared::{Language, Text};
use jiff::{Timestamp, civil::Date};

use crate::typeset::{Sheet, Template, typeset};
use crate::{Document, Fault, Fonts, qr};
use view::{Cover, CoverLine, Part, View, Words};

/// What an application book is made from (申报书).
#[derive(Clone, Copy, Debug)]
pub struct Book<'a> {
    /// The call, in the version that the application began under.
    pub call: &'a Call,
    /// What was written.
    pub draft: &'a Draft,
    /// Language of the book.
    pub language: Language,
    /// The submission; without one the book says on each page that it is a draft.
    pub frozen: Option<Frozen<'a>>,
    /// When the content was last changed; the date of the document. The instant of submission, where there is one.
    pub at: Timestamp,
    /// Authorities that recommend, where they are known; otherwise their line on the cover stays open.
    pub recommended_by: &'a [&'a str],
}

/// The submission that a book shows (已提交版本).
#[derive(Clone, Copy, Debug)]
pub struct Frozen<'a> {
    /// Number of the application.
    pub number: &'a str,
    /// SHA-256 of the frozen content, hexadecimal.
    pub sha256: &'a str,
    /// Where the book can be held against the record.
    pub address: &'a str,
}

/// What is shown while a book is laid out.
struct Scene<'a> {
    book: &'a Book<'a>,
    facts: Facts<'a>,
}

impl Scene<'_> {
    /// The wording in the language of the book.
    fn word(&self, zh: &'static str, en: &'static str) -> &'static str {
        word(self.book.language, zh, en)
    }

    /// A text of the call, with what its notice leaves to fill in.
    fn text(&self, text: &Text) -> String {
        let call = self.book.call;
        let year = call.target_year.as_ref().map(|target| target.year.to_string()).unwrap_or_default();
        let content = &self.book.draft.content;
        let task = match content.text("task_name").trim() {
            "" => call
                .node(content.text("task"))
                .map(|node| node.name.get(self.book.language))
                .unwrap_or_default(),
            name => name,
        };
        text.fill(&[("target_year", year), ("task", task.to_owned())]).get(self.book.language).to_owned()
    }

    fn date(&self, date: Date) -> String {
        date_words(self.book.language, date)
    }
}

/// The wording in a language.
pub(crate) fn word(language: Language, zh: &'static str, en: &'static str) -> &'static str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

fn date_words(language: Language, date: Date) -> String {
    match language {
        Language::Zh => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Language::En => english_date(date),
    }
}

/// The application book as PDF.
///
/// # Errors
/// See [`Fault`].
pub fn book(fonts: &Fonts, book: &Book<'_>) -> Result<Document, Fault> {
    let scene = Scene { book, facts: facts(book.call, book.draft) };
    let code = book.frozen.map(|frozen| qr::svg(frozen.address)).transpose()?;
    let view = view(&scene, fonts);
    let data = serde_json::to_value(&view).map_err(|fault| Fault::Typesetting(fault.to_string()))?;
    let ident = book.frozen.map_or_else(
        || format!("{} {}", book.call.id, book.draft.applicant.code),
        |frozen| format!("{} {}", frozen.number, frozen.sha256),
    );
    typeset(fonts, Sheet { template: Template::Book, data, code, ident, at: book.at })
}

fn view(scene: &Scene<'_>, fonts: &Fonts) -> View {
    let book = scene.book;
    View {
        language: match book.language {
            Language::Zh => "zh",
            Language::En => "en",
        },
        serif: fonts.serif().to_owned(),
        sans: fonts.sans().to_owned(),
        words: words(scene),
        title: book.call.title.get(book.language).to_owned(),
        author: book.draft.applicant.name.clone(),
        cover: cover(scene),
        footer: footer(scene),
        code: book.frozen.is_some(),
        depth: if book.call.forms.is_empty() { 1 } else { 2 },
        parts: if book.call.forms.is_empty() { sections(scene) } else { printed::forms(scene) },
    }
}

fn words(scene: &Scene<'_>) -> Words {
    Words {
        book: scene.word("申报材料", "Application book"),
        contents: scene.word("目　录", "Contents"),
        seal: scene.word("（加盖单位公章）", "(seal)"),
        verify: scene.word("扫码核验", "Scan to verify"),
        draft: scene.book.frozen.is_none().then_some(scene.word("草稿　未提交", "Draft, not submitted")),
        chart: scene.word("进度甘特图", "Gantt chart of the work plan"),
        code: scene.word("核验二维码", "QR code for verification"),
    }
}

fn footer(scene: &Scene<'_>) -> Vec<String> {
    match scene.book.frozen {
        Some(frozen) => {
            let hash: String = frozen.sha256.chars().take(16).collect();
            vec![
                format!("{}{}", scene.word("申报编号：", "Application "), frozen.number),
                format!("SHA-256{}{hash}…", scene.word("：", " ")),
            ]
        }
        None => vec![
            scene
                .word("草稿，未提交，不作为申报依据", "A draft that was not submitted; without effect")
                .to_owned(),
        ],
    }
}

fn cover(scene: &Scene<'_>) -> Cover {
    let Book { call, draft, language, .. } = *scene.book;
    let on = scene.book.at.to_zoned(call.zone.clone()).date();
    let date = if scene.book.frozen.is_some() { scene.date(on) } else { String::new() };
    let line = |label: &Text, field: Option<&str>, sealed: bool| CoverLine {
        label: label.get(language).to_owned(),
        value: match field.map(|id| (id, call.field(id))) {
            Some((id, Some(field))) => value::line(call, language, field, draft.content.0.get(id)),
            Some((_, None)) => String::new(),
            // A line that no field fills is sealed by those who recommend, or bears the date.
            None if sealed => scene.book.recommended_by.join(scene.word("、", ", ")),
            None => date.clone(),
        },
        sealed,
    };
    let lines = match &call.cover {
        Some(cover) => {
            cover.lines.iter().map(|(label, field, sealed)| line(label, field.as_deref(), *sealed)).collect()
        }
        None => vec![
            line(&Text::new("任务名称", "Task"), Some("task_name"), false),
            CoverLine {
                label: scene.word("牵头单位", "Lead organisation").to_owned(),
                value: draft.applicant.name.clone(),
                sealed: false,
            },
            line(&Text::new("申报日期", "Date"), None, false),
        ],
    };
    Cover {
        number: call.document_number.clone(),
        issuers: call.issuers.iter().map(|issuer| issuer.get(language).to_owned()).collect(),
        lines,
    }
}

/// The form in the call's own order, section by section: of calls that do not say how theirs is printed.
fn sections(scene: &Scene<'_>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut form = None;
    for section in &scene.book.call.sections {
        let title = scene.text(&section.title);
        let fields = form::asked(scene, section);
        if !fields.is_empty() {
            let prose = form::is_prose(&fields);
            let blocks = if prose { form::chapters(scene, &fields) } else { form::boxes(scene, &fields) };
            // Each form of the notice starts on a page of its own.
            let breaks = parts.is_empty() || form.as_deref() != form_of(section);
            form = form_of(section).map(str::to_owned);
            parts.push(Part::new(title.clone(), breaks, blocks));
        }
        for entry in &section.entries {
            match entry {
                Entry::Evidence => {
                    parts.push(Part::new(title.clone(), true, vec![letters::evidence(scene)]));
                }
                Entry::Declarations => {
                    let declarations = &scene.book.call.declarations;
                    parts.extend(
                        declarations.iter().map(|one| letters::letter(scene, one, scene.text(&one.title))),
                    );
                }
                Entry::Field(_) => {}
            }
        }
    }
    parts
}

/// The form of the notice that a section stands in: what its clause begins with, before any number.
fn form_of(section: &Section) -> Option<&str> {
    let id = section.source.clause()?.as_str();
    let number =
        |character: char| character.is_ascii_digit() || "(（一二三四五六七八九十".contains(character);
    id.split(number).next()
}
