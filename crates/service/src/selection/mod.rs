//! Selecting: the operator's published plan, and what follows from it.

mod plan;

pub(crate) use plan::view as plan_view;
pub use plan::{PlanView, PublishPlan};
