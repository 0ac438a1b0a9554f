//! What the publication of a list sets off in other rooms.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Text;

/// Kind of a published list (名单类别).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// Teams that may race (入围名单).
    Shortlist,
    /// Winning teams (优胜名单).
    Winners,
}

impl ListKind {
    /// Both, in the order of a programme.
    pub const ALL: [Self; 2] = [Self::Shortlist, Self::Winners];

    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Shortlist => "shortlist",
            Self::Winners => "winners",
        }
    }

    /// The kind of an id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::Shortlist => Text::new("入围名单", "Shortlist"),
            Self::Winners => Text::new("优胜名单", "List of winners"),
        }
    }
}

/// A list was published (名单公布); publication of the shortlist opens the race.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPublished {
    /// Which list.
    pub kind: ListKind,
    /// The day of publication in the call's zone.
    pub on: Date,
}
