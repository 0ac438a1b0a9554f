//! Recommending: the desk of a region, what it finds out, its list, and the signatures of its two departments.

mod assess;
mod candidates;
mod desk;
mod list;
mod sign;
mod table;
mod views;

use jiebang_domain::call::{Call, Recommendation};
use jiebang_domain::recommendation::Department;
use jiebang_domain::shared::{Finding, Region, Severity, Text};

use crate::access::{Actor, Resource, Role};
use crate::{Service, ServiceError};

pub use assess::Assess;
pub(crate) use desk::returned_view;
pub use desk::{DeskPage, Neighbours};
pub use sign::Sign;
pub use table::{Recorded, TableForm, WhichList};
pub use views::{
    AssessmentView, ConfirmedView, DeskApplication, DeskEntry, DeskSummary, DeskView, ListView, OpinionView,
    OverrunView, QuotaView, ReturnedView, SignatureView,
};

/// Longest text that a desk writes, in Unicode characters.
pub const DESK_TEXT_MAX: usize = 2_000;

/// The department that somebody acts for.
fn department_of(actor: &Actor) -> Result<Department, ServiceError> {
    match actor.role {
        Role::IndustryAuthority => Ok(Department::IndustryAuthority),
        Role::DrugRegulator => Ok(Department::DrugRegulator),
        _ => Err(ServiceError::Forbidden),
    }
}

/// Regions of registration whose units a region recommends.
fn registered_under(recommendation: &Recommendation, region: Region) -> Vec<Region> {
    Region::all().filter(|of| recommendation.recommender_of(*of) == region).collect()
}

fn recommendation_of(call: &Call) -> Result<&Recommendation, ServiceError> {
    call.recommendation.as_ref().ok_or(ServiceError::NotFound)
}

fn resource(call: &str, region: Region) -> Resource {
    Resource::Desk { call_id: call.to_owned(), region }
}

/// Refuses what is empty where something must be said, what is too long, and characters that nobody sees.
pub(crate) fn said(field: &str, text: &str, needed: bool) -> Result<String, ServiceError> {
    match faults_of(field, text, needed) {
        faults if faults.is_empty() => Ok(text.trim().replace("\r\n", "\n")),
        faults => Err(ServiceError::Invalid(faults)),
    }
}

/// What is wrong with a text that a desk writes.
pub(crate) fn faults_of(field: &str, text: &str, needed: bool) -> Vec<Finding> {
    let text = text.trim();
    let mut faults = Vec::new();
    let mut add = |code: &str, message: Text, remedy: Text| {
        faults.push(Finding {
            code: code.to_owned(),
            severity: Severity::Refusal,
            clause: None,
            field: Some(field.to_owned()),
            message,
            remedy,
        });
    };
    if needed && text.is_empty() {
        add(
            "field_blank",
            Text::new("没有写明理由或意见", "Nothing is said"),
            Text::new("填写后再试", "Write it, then try again"),
        );
    }
    let count = text.chars().count();
    if count > DESK_TEXT_MAX {
        add(
            "text_too_long",
            Text::new(
                format!("有 {count} 个字符，上限 {DESK_TEXT_MAX} 个"),
                format!("It has {count} characters; the limit is {DESK_TEXT_MAX}"),
            ),
            Text::new("缩短文字", "Make it shorter"),
        );
    }
    let hidden = |character: char| {
        character.is_control() && !matches!(character, '\n' | '\r' | '\t')
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(place) = text.chars().position(hidden) {
        add(
            "control_character",
            Text::new(
                format!("第 {} 个字符是不可见的控制符", place + 1),
                format!("Character {} is an invisible control character", place + 1),
            ),
            Text::new("删去该字符；从其他软件粘贴时先粘贴为纯文本", "Delete it; paste as plain text first"),
        );
    }
    faults
}

impl Service {
    /// The region of a desk that somebody asks for: an authority's own one, or the one that is named.
    ///
    /// # Errors
    /// `NotFound` where neither is there.
    pub fn desk_region(&self, actor: &Actor, asked: Option<&str>) -> Result<Region, ServiceError> {
        match (actor.region, asked) {
            (_, Some(code)) => Region::parse(code).ok_or(ServiceError::NotFound),
            (Some(own), None) => Ok(own),
            (None, None) => Err(ServiceError::NotFound),
        }
    }
}
