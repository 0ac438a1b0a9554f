//! The race (赛马攻关): the page of a team with its plan, reports and changes, and the board that sets teams side by side.

mod board;
mod change;
mod report;
mod team;

use axum::Router;
use axum::routing::get;
use jiebang_domain::shared::Language;

use jiebang_service::ServiceError;

use crate::Site;
use crate::form::Form;
use crate::views::ReviewRow;
use crate::words::pick;

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

/// Texts that people type on the page of a team: name and label.
const TYPED: [(&str, &str, &str); 7] = [
    ("summary", "总体进展与存在的问题", "Progress and problems"),
    ("promise.value", "变更后的承诺", "New promise"),
    ("name", "阶段任务", "What is to be done"),
    ("from", "开始日期", "First day"),
    ("to", "结束日期", "Last day"),
    ("reason", "变更理由", "Why"),
    ("note", "意见", "Note"),
];

/// What was typed on the page of a team, in rows to read; blanks are left out.
pub(crate) fn typed_rows(pairs: &[(String, String)], language: Language) -> Vec<ReviewRow> {
    let label = |name: &str| {
        let own = TYPED.iter().find(|(known, ..)| *known == name);
        let progress = || name.starts_with("progress.") && name.ends_with(".note");
        match own {
            Some((_, zh, en)) => Some(pick(language, zh, en)),
            None => progress().then(|| pick(language, "节点进展", "Progress of a milestone")),
        }
    };
    let filled = pairs.iter().filter(|(_, value)| !value.trim().is_empty());
    let row = |(name, value): &(String, String)| {
        Some(ReviewRow { key: label(name)?, value: value.clone(), ..ReviewRow::default() })
    };
    filled.filter_map(row).collect()
}

/// Most bytes of the key of a form.
const KEY_BYTES_MAX: usize = 128;

/// The key that makes a repeated form the same request; `None` where none was sent.
///
/// # Errors
/// `Invalid` for what no page sends.
fn key(form: &Form) -> Result<Option<String>, ServiceError> {
    match form.some("key") {
        Some(key) if key.len() > KEY_BYTES_MAX || !key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(crate::recommendation::reload("key"))
        }
        key => Ok(key.map(str::to_owned)),
    }
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
