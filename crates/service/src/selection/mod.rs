//! Selecting: the operator's published plan, the library of experts, form checks, assignments, sheets.
//!
//! ```text
//! plan ─▶ candidates ─ form check ─▶ passed ─ assign, without a conflict ─▶ sheet: cleared ─ draft ─ submitted
//!                                                          │                                   ▲         │
//!                                    a conflict is known ──┴─▶ withdrawn, everything closed    └─ revise ┘
//! ```
//!
//! What must never happen: an expert who reads or scores in spite of a conflict; a sheet that somebody else reads before it is
//! submitted; an import that does something else than what was shown.

mod assign;
mod candidates;
mod checks;
mod experts;
mod ground;
mod import;
mod plan;
mod rows;
mod sheet_acts;
mod sheets;
mod turn;

use jiebang_domain::shared::{Finding, Severity, Text};
use jiebang_store::{AssignmentRow, SheetKey};

use crate::ServiceError;

pub use assign::{AssignView, Assigned, Choosable, SeatKey};
pub use candidates::{Candidate, CandidateCounts, CandidatesPage, CandidatesView, StageName};
pub use checks::{FormCheckView, SaveFormCheck};
pub use experts::{ExpertView, ExpertsPage};
pub use import::{EXPERTS_BYTES_MAX, ImportPlan, ImportRow, RowKind};
pub(crate) use plan::plan_of;
pub(crate) use plan::view as plan_view;
pub use plan::{PlanView, PublishPlan};
pub use rows::EXPERT_COLUMNS;
pub use sheet_acts::SaveSheet;
pub use sheets::{SheetContent, SheetEntry, SheetStanding, SheetView, score_sheet};
pub use turn::InTurn;

/// Longest text that is written in this room besides comments on scores, in Unicode characters.
const WORDS_MAX: usize = 2_000;

fn key_of(given: &AssignmentRow) -> SheetKey {
    SheetKey {
        application_id: given.application_id.clone(),
        stage: given.stage.clone(),
        expert_id: given.expert_id.clone(),
    }
}

/// A finding on a field.
pub(crate) fn finding(code: &str, field: &str, message: Text, remedy: Text) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: None,
        field: Some(field.to_owned()),
        message,
        remedy,
    }
}

/// What is wrong with a text: it is too long, or holds what nobody sees.
pub(crate) fn text_faults(field: &str, text: &str, most: usize) -> Vec<Finding> {
    let mut faults = Vec::new();
    let count = text.chars().count();
    if count > most {
        faults.push(finding(
            "text_too_long",
            field,
            Text::new(
                format!("有 {count} 个字符，上限 {most} 个"),
                format!("It has {count} characters; the limit is {most}"),
            ),
            Text::new("缩短文字", "Make it shorter"),
        ));
    }
    let unseen = |character: char| {
        character.is_control() && !matches!(character, '\n' | '\r' | '\t')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(place) = text.chars().position(unseen) {
        faults.push(finding(
            "control_character",
            field,
            Text::new(
                format!("第 {} 个字符是不可见的控制符", place + 1),
                format!("Character {} is an invisible control character", place + 1),
            ),
            Text::new("删去该字符；从其他软件粘贴时先粘贴为纯文本", "Delete it; paste as plain text first"),
        ));
    }
    faults
}

/// A reason that must be given.
fn reason(field: &str, text: &str) -> Result<String, ServiceError> {
    let mut faults = text_faults(field, text, WORDS_MAX);
    if text.trim().is_empty() {
        faults.push(finding(
            "field_blank",
            field,
            Text::new("没有写明理由", "No reason is given"),
            Text::new("填写后再试", "Write it, then try again"),
        ));
    }
    if faults.is_empty() { Ok(text.trim().replace("\r\n", "\n")) } else { Err(ServiceError::Invalid(faults)) }
}

fn written(value: &impl serde::Serialize) -> Result<String, ServiceError> {
    serde_json::to_string(value).map_err(|error| ServiceError::Internal(error.to_string()))
}
