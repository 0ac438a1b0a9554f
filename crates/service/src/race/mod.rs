//! The race (赛马攻关): a published list opens it, teams report and ask for changes, the office decides, and the board compares.
//!
//! ```text
//! list published ──▶ open ──▶ team + first baseline ──▶ report …
//!                                     └──▶ ask for a change ──▶ decide ──▶ next baseline
//! ```

mod board;
mod change;
mod open;
mod remind;
mod report;
mod statement;
mod team;
mod track;

use jiebang_domain::call::Source;
use jiebang_domain::race::Refusal;
use jiebang_domain::selection::RaceTerms;

use crate::ServiceError;

pub use board::{BoardTask, BoardTeam, RaceBoard};
pub use change::{AskChange, Asked, DecideTeamChange};
pub use open::Opened;
pub(crate) use open::open_race;
pub use report::SaveReport;
pub use team::{ChangeView, DueReport, TeamView};

/// Longest text that a team or the office writes in the race, in Unicode characters.
pub const TEAM_TEXT_MAX: usize = crate::recommendation::DESK_TEXT_MAX;

/// What the rules of the race refuse, as findings under the source of its terms.
fn refused(refusal: &Refusal, terms: Option<&RaceTerms>) -> ServiceError {
    let source = terms.map_or(&Source::Operator, |terms| &terms.source);
    ServiceError::Invalid(refusal.findings(source))
}
