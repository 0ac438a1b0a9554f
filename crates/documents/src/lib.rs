//! Official documents: from the tree that the form is made from to pages that are signed and sealed.
//!
//! ```text
//! Call, Draft ─ book ─▶ view (data) ─┬─ templates/book.typ ─▶ typst ─▶ PDF/A-2a, tagged
//! Fonts ─────────────── legible ─────┘
//! ```
//!
//! Pure: the same input with the same fonts gives the same bytes. What people wrote reaches the typesetter as data and
//! never as source; what no font can show becomes 〓, so that no text can stop a document.
//!
//! What must never happen: a document without Chinese glyphs; text that acts as markup; a cache that grows.

mod book;
mod fonts;
mod legible;
mod list;
mod qr;
mod recommendation;
mod typeset;
mod workbook;

pub use book::{Book, Frozen, book};
pub use fonts::{FONT_PACKAGE, Fonts};
pub use list::{CertificatePaper, PublishedListPaper, certificate, published_list, published_list_workbook};
pub use recommendation::{
    RecommendationTable, Recommended, RecommendedRow, recommendation_table, recommendation_workbook,
};

pub use workbook::{
    ROWS_MAX, Row, Sheet, WORKBOOK_BYTES_MAX, WorkbookFault, place_of, read_workbook, template_workbook,
};

use jiebang_domain::shared::Text;
use thiserror::Error;

/// A finished document (文书).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file.
    pub bytes: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
}

/// Why a document could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// No Chinese font is installed.
    #[error("no Chinese font was found; install the package {FONT_PACKAGE}")]
    FontMissing,
    /// The verification address does not fit into a QR code.
    #[error("the verification address is too long for a QR code")]
    AddressTooLong,
    /// The typesetter refused.
    #[error("the document could not be typeset: {0}")]
    Typesetting(String),
}

impl Fault {
    /// What is wrong and what to do, for people.
    pub fn message(&self) -> Text {
        match self {
            Self::FontMissing => Text::new(
                format!("没有找到中文字体，请在服务器上安装 {FONT_PACKAGE} 软件包后重试；其他功能不受影响"),
                format!(
                    "No Chinese font was found. Install the package {FONT_PACKAGE} on the server and try again; everything else works"
                ),
            ),
            Self::AddressTooLong => Text::new(
                "核验地址过长，无法制成二维码，请缩短服务器的公开地址",
                "The verification address is too long for a QR code; shorten the public address of the server",
            ),
            Self::Typesetting(_) => Text::new(
                "文书排版失败，原因已记入日志，申报内容不受影响",
                "The document could not be typeset; the reason is in the log, the application is not affected",
            ),
        }
    }
}
