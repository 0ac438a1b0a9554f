//! Selecting: the operator's published plan, and what follows from it.

mod plan;

pub(crate) use plan::plan_of;
pub use plan::{PlanView, PublishPlan};
