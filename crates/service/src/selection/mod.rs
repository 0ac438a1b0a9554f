//! Selecting: the operator's published plan, and what follows from it.

mod plan;

pub use plan::{PlanView, PublishPlan};
