//! Recommending: the desk of a region, what it finds out, its list, and the signatures of its two departments.

mod assess;
mod candidates;
mod desk;
mod list;
mod sign;
mod views;

use jiebang_domain::call::{Call, Recommendation};
use jiebang_domain::recommendation::Department;
use jiebang_domain::shared::{Region, Text};

use crate::access::{Actor, Resource, Role};
use crate::{Service, ServiceError};

pub use assess::Assess;
pub use desk::DeskPage;
pub(crate) use desk::returned_view;
pub use sign::Sign;
pub use views::{
    AssessmentView, ConfirmedView, DeskApplication, DeskEntry, DeskSummary, DeskView, ListView, OpinionView,
    QuotaView, ReturnedView, SignatureView,
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

/// Refuses what is empty where something must be said, and what is too long.
fn said(field: &str, text: &str, needed: bool) -> Result<String, ServiceError> {
    let text = text.trim();
    if needed && text.is_empty() {
        return Err(ServiceError::field(
            "field_blank",
            field,
            Text::new("没有写明理由或意见", "Nothing is said"),
            Text::new("填写后再试", "Write it, then try again"),
        ));
    }
    let count = text.chars().count();
    if count > DESK_TEXT_MAX {
        return Err(ServiceError::field(
            "text_too_long",
            field,
            Text::new(
                format!("有{count}个字符，上限{DESK_TEXT_MAX}"),
                format!("It has {count} characters; the limit is {DESK_TEXT_MAX}"),
            ),
            Text::new("缩短文字", "Make it shorter"),
        ));
    }
    Ok(text.to_owned())
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
