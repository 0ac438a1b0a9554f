//! The race (赛马攻关): the page of a team with its plan, reports and changes, and the board that sets teams side by side.

mod board;
mod change;
mod report;
mod team;

use axum::Router;
use axum::routing::get;

use crate::Site;

/// Routes of the room. Acts are sent to the page that they are begun from.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/teams/{id}", get(team::page).post(team::act))
        .route("/calls/{id}/race", get(board::page))
        .route("/calls/{id}/race.csv", get(board::table))
}

/// Whether an address takes what a team or the office types.
pub(crate) fn is_team(path: &str) -> bool {
    matches!(path.trim_start_matches('/').split('/').collect::<Vec<_>>()[..], ["teams", id] if !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::is_team;

    #[test]
    fn addresses_that_take_what_is_typed() {
        for (path, team) in [
            ("/teams/1", true),
            ("/teams/", false),
            ("/teams", false),
            ("/teams/1/x", false),
            ("/calls/1", false),
        ] {
            assert_eq!(is_team(path), team, "{path}");
        }
    }
}
