//! The data of the template: what stands on the pages, without how it looks.

use serde::Serialize;

/// The whole book.
#[derive(Debug, Serialize)]
pub(super) struct View {
    pub(super) language: &'static str,
    pub(super) serif: String,
    pub(super) sans: String,
    /// Words of the product itself.
    pub(super) words: Words,
    pub(super) title: String,
    /// Who wrote it, for readers of PDF files.
    pub(super) author: String,
    pub(super) cover: Cover,
    /// Left part of the footer, line by line.
    pub(super) footer: Vec<String>,
    /// A QR code stands beside it.
    pub(super) code: bool,
    /// Levels of headings that the contents show.
    pub(super) depth: u8,
    pub(super) parts: Vec<Part>,
}

#[derive(Debug, Serialize)]
pub(super) struct Words {
    pub(super) book: &'static str,
    pub(super) contents: &'static str,
    pub(super) seal: &'static str,
    pub(super) verify: &'static str,
    /// Stands across each page of a draft.
    pub(super) draft: Option<&'static str>,
    pub(super) chart: &'static str,
    pub(super) code: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Cover {
    pub(super) number: Option<String>,
    pub(super) issuers: Vec<String>,
    pub(super) lines: Vec<CoverLine>,
}

#[derive(Debug, Serialize)]
pub(super) struct CoverLine {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) sealed: bool,
}

/// A part with a heading of its own.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    pub(super) title: String,
    /// Starts a page.
    pub(super) breaks: bool,
    /// A letter: its heading stands in the middle.
    pub(super) letter: bool,
    /// Paragraphs that the form prints at its beginning.
    pub(super) text: Vec<String>,
    pub(super) blocks: Vec<Block>,
    /// Notes at the end of the form.
    pub(super) notes: Vec<String>,
}

/// What stands in a part.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Block {
    /// Boxes of the form.
    Grid { rows: Vec<GridRow> },
    /// A heading of the task book; what follows belongs to it. 2 is below the part.
    Heading { text: String, level: u8 },
    /// The name of a field under a heading that it shares with others.
    Label { text: String },
    /// Paragraphs.
    Prose { value: Cell },
    /// Rows with columns.
    Table { columns: Vec<Column>, rows: Vec<Vec<Cell>> },
    /// Phases on an axis of time.
    Gantt { ticks: Vec<Tick>, lanes: Vec<Lane> },
    /// A declaration with who signs it.
    Letter { wording: Wording, signature: Vec<SignatureLine>, sealed: bool },
}

/// A row of the form.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum GridRow {
    /// A box over the whole width.
    Full { label: String, value: Cell },
    /// A wide and a narrow box side by side.
    Pair { left: Labelled, right: Labelled },
    /// Boxes about one person, two beside each other.
    Group { label: String, boxes: Vec<Labelled> },
    /// The heading of a part of the form.
    Head { text: String },
    /// Rows with columns in a box.
    Rows { label: String, columns: Vec<Column>, rows: Vec<Vec<Cell>> },
    /// A declaration in a box, with who signs it.
    Signed { label: String, wording: Wording, signature: Vec<SignatureLine>, sealed: bool },
}

/// What a declaration says: paragraphs, items, paragraphs.
#[derive(Debug, Serialize)]
pub(super) struct Wording {
    pub(super) opening: Vec<String>,
    pub(super) items: Vec<String>,
    pub(super) closing: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Labelled {
    pub(super) label: String,
    pub(super) value: Cell,
}

/// What stands in one box.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Cell {
    /// Paragraphs.
    Text { lines: Vec<String> },
    /// What could be ticked and what is.
    Choices { groups: Vec<Group> },
}

#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) label: String,
    pub(super) options: Vec<Choice>,
}

#[derive(Debug, Serialize)]
pub(super) struct Choice {
    pub(super) on: bool,
    pub(super) label: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Column {
    pub(super) label: String,
    /// Share of the width; nothing for a column as wide as what stands in it.
    pub(super) share: Option<u32>,
    /// Width in millimetres of a column for codes, which have to stand on one line.
    pub(super) wide: Option<u32>,
}

/// A mark on the axis, its place from 0 to 1.
#[derive(Debug, Serialize)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Lane {
    /// Empty where the call has no lanes.
    pub(super) label: String,
    pub(super) bars: Vec<Bar>,
}

#[derive(Debug, Serialize)]
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) from: f64,
    pub(super) width: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct SignatureLine {
    pub(super) label: String,
    pub(super) value: String,
}

impl Part {
    /// A part with its blocks alone.
    pub(super) fn new(title: String, breaks: bool, blocks: Vec<Block>) -> Self {
        Self { title, breaks, letter: false, text: Vec::new(), blocks, notes: Vec::new() }
    }
}

impl Column {
    /// A column with a share of the width, or as wide as what stands in it.
    pub(super) fn new(label: impl Into<String>, share: Option<u32>) -> Self {
        Self { label: label.into(), share, wide: None }
    }
}

impl Cell {
    /// Text by its lines; a dash where there is none.
    pub(super) fn text(text: &str) -> Self {
        let lines: Vec<String> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Self::Text { lines: if lines.is_empty() { vec!["—".to_owned()] } else { lines } }
    }

    /// Yes and no, as boxes.
    pub(super) fn choices(options: impl IntoIterator<Item = (bool, String)>) -> Self {
        let options = options.into_iter().map(|(on, label)| Choice { on, label }).collect();
        Self::Choices { groups: vec![Group { label: String::new(), options }] }
    }
}
