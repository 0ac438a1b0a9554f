//! Recommendation (推荐): the two departments of a region verify what was submitted, rank it within the quota and co-sign one list.
//!
//! ```text
//! Open ──one signs──▶ half signed ──the other signs the same──▶ Confirmed ──reopen, with reason──▶ Open
//!  ▲──────────── any change: a signature stands for what was signed ──┘
//! ```
//!
//! What must never happen: a list confirmed against its obstacles; a signature that stands for another list than the one signed; one
//! project on the confirmed lists of two regions.

mod list;
mod obstacles;
mod quota;
mod ranking;

pub use list::{
    Answer, Assessment, Candidate, Change, Department, ListState, Opinion, Overrun, RecommendationList,
    Refusal, Stance, questions,
};
pub use obstacles::obstacles;
pub use quota::{Quota, quota};
pub use ranking::{RANKED_MAX, project_key, ranking};
