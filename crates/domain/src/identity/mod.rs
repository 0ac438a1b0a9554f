//! Organisations and people, left of every stage.

use crate::shared::Region;

/// An organisation that applies or takes part (单位).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Name.
    pub name: String,
    /// Code, checked.
    pub code: String,
    /// Kind, an id of the list of organisation kinds.
    pub kind: String,
    /// Region of registration.
    pub region: Region,
    /// Legal representative.
    pub legal_representative: String,
    /// Registered in mainland China.
    pub mainland: bool,
    /// Has independent legal personality.
    pub legal_person: bool,
}
