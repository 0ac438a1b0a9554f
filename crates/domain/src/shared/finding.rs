//! What a rule has to say about an application: one finding per fault.

use serde::{Deserialize, Serialize};

use super::{ClauseId, Text};

/// How much a finding weighs (严重程度).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Stops the act: the clause says must (必须).
    Refusal,
    /// Passes only with a recorded reason and an approver: the clause says in principle (原则上).
    InPrinciple,
    /// Does not stop anything; the clause encourages or informs (提示).
    Warning,
}

/// One fault that a rule found, with the clause behind it and what would put it right (问题).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable name of the fault, such as `partner_cap_exceeded`.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// The clause that is not met; `None` where the rule's source is the operator's published plan.
    pub clause: Option<ClauseId>,
    /// Path of the form field to mend, such as `lead.introduction` or `partners.2.code`.
    pub field: Option<String>,
    /// What is wrong, with the value.
    pub message: Text,
    /// What would put it right.
    pub remedy: Text,
}
