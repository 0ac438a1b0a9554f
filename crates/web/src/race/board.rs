//! The board of a race: task by task, what each team promises beside what the call asks for, and the report that came last.

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{BoardTask, BoardTeam, RaceBoard};

use crate::Site;
use crate::application::attachment;
use crate::error::{Failure, encode};
use crate::page::{Page, render};
use crate::recommendation::asked;
use crate::request::{Address, Visitor};
use crate::views::Link;
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/race_board.html")]
struct BoardPage {
    page: Page,
    back: Link,
    title: String,
    standing: String,
    tasks: Vec<Task>,
    first: String,
    next: String,
    table: String,
}

#[derive(Debug)]
struct Task {
    name: String,
    teams: Vec<Team>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Team {
    href: String,
    name: String,
    lead: String,
    progress: String,
    report: String,
    /// `done`, `principle` or `todo`.
    kind: &'static str,
    word: String,
}

/// An indicator with the promise of each team.
#[derive(Debug)]
struct Row {
    name: String,
    required: String,
    promised: Vec<Cell>,
}

/// A promise under the name of its team, for narrow pages.
#[derive(Debug)]
struct Cell {
    team: String,
    promised: String,
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let id = visitor.address(parts)?;
    // A text with a zero in it is nowhere, and no database can be asked for it.
    let after = asked(query.as_deref(), "after").filter(|after| !after.contains('\0')).unwrap_or_default();
    let board = site.service.race_board(visitor.actor.as_ref(), &id, &after).await;
    let board = board.map_err(|error| visitor.fail(error))?;
    let language = visitor.language;
    let call = &board.call.call;
    let title = pick(language, "赛马看板", "Board of the race");
    let address = format!("/calls/{id}/race");
    let page = BoardPage {
        page: visitor.page(title.clone()),
        back: Link { href: format!("/calls/{id}"), name: call.title.get(language).to_owned() },
        title,
        standing: standing(&board, language),
        tasks: board.tasks.iter().map(|task| task_view(task, language)).collect(),
        first: if after.is_empty() { String::new() } else { address.clone() },
        next: board
            .after
            .as_ref()
            .map(|task| format!("{address}?after={}", encode(task)))
            .unwrap_or_default(),
        table: format!("{address}.csv"),
    };
    Ok(render(StatusCode::OK, &page))
}

fn standing(board: &RaceBoard, language: Language) -> String {
    let (tasks, teams) = (board.tasks_all, board.teams_all);
    if teams == 0 {
        return pick(
            language,
            "还没有团队进入攻关；入围名单公布后，团队在这里出现。",
            "No team races yet; teams appear here when the shortlist is published.",
        );
    }
    pick(language, &format!("{tasks} 项任务，{teams} 个团队。"), &format!("Tasks: {tasks}. Teams: {teams}."))
}

fn task_view(task: &BoardTask, language: Language) -> Task {
    let names: Vec<String> = task.teams.iter().map(|team| name_of(team).to_owned()).collect();
    let row = |row: &jiebang_domain::race::BoardRow| Row {
        name: row.name.get(language).to_owned(),
        required: say(task.thresholds.get(&row.item), language),
        promised: row
            .promised
            .iter()
            .zip(&names)
            .map(|(promised, team)| Cell { team: team.clone(), promised: say(promised.as_ref(), language) })
            .collect(),
    };
    Task {
        name: task.name.get(language).to_owned(),
        teams: task.teams.iter().map(|team| team_view(team, language)).collect(),
        rows: task.board.rows.iter().map(row).collect(),
    }
}

fn say(text: Option<&Text>, language: Language) -> String {
    text.map_or_else(|| "—".to_owned(), |text| text.get(language).to_owned())
}

fn name_of(team: &BoardTeam) -> &str {
    let lead = team.name.lead.as_deref().unwrap_or_default();
    if team.name.title.trim().is_empty() { lead } else { &team.name.title }
}

fn team_view(team: &BoardTeam, language: Language) -> Team {
    let (percent, baseline) = (team.percent, team.baseline);
    let (kind, word) = match (&team.latest, team.at_risk) {
        (None, _) => ("todo", pick(language, "还没有报告", "No report yet")),
        (Some(_), 0) => ("done", pick(language, "按计划", "As planned")),
        (Some(_), at_risk) => (
            "principle",
            pick(language, &format!("{at_risk} 个节点有风险"), &format!("Milestones at risk: {at_risk}")),
        ),
    };
    Team {
        href: format!("/teams/{}", team.name.application_id),
        name: name_of(team).to_owned(),
        lead: team.name.lead.clone().unwrap_or_default(),
        progress: pick(
            language,
            &format!("进度 {percent} %，任务书第 {baseline} 版"),
            &format!("{percent} % done, statement in version {baseline}"),
        ),
        report: team
            .latest
            .as_ref()
            .map(|(report, at)| {
                let (number, at) = (report.number, words::minute(*at, language));
                pick(language, &format!("第{number}期，{at}"), &format!("No. {number}, {at}"))
            })
            .unwrap_or_default(),
        kind,
        word,
    }
}

/// The whole board as a table: a line for each indicator of each team.
pub(super) async fn table(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
) -> Result<Response, Failure> {
    let id = visitor.address(parts)?;
    let board = site.service.whole_race_board(visitor.actor.as_ref(), &id).await;
    let board = board.map_err(|error| visitor.fail(error))?;
    let text = csv(&board, visitor.language);
    Ok(attachment("text/csv; charset=utf-8", &format!("{id}-race.csv"), Body::from(text)))
}

fn csv(board: &RaceBoard, language: Language) -> String {
    let head = [
        ("任务", "task"),
        ("编号", "number"),
        ("项目", "title"),
        ("牵头单位", "lead"),
        ("类别", "class"),
        ("指标", "indicator"),
        ("要求", "required"),
        ("承诺", "promised"),
        ("任务书版本", "statement version"),
        ("最近报告", "latest report"),
        ("提交时间", "handed in"),
        ("进度（%）", "progress (%)"),
    ];
    // Without the mark, spreadsheets read the file in the encoding of the machine.
    let mut out = String::from('\u{feff}');
    line(&mut out, head.map(|(zh, en)| pick(language, zh, en)));
    for task in &board.tasks {
        for (nth, team) in task.teams.iter().enumerate() {
            for row in &task.board.rows {
                let latest = team.latest.as_ref();
                line(
                    &mut out,
                    [
                        task.name.get(language).to_owned(),
                        team.name.number.clone().unwrap_or_default(),
                        team.name.title.clone(),
                        team.name.lead.clone().unwrap_or_default(),
                        team.name.class.clone(),
                        row.name.get(language).to_owned(),
                        say(task.thresholds.get(&row.item), language),
                        say(row.promised.get(nth).and_then(Option::as_ref), language),
                        team.baseline.to_string(),
                        latest.map(|(report, _)| report.number.to_string()).unwrap_or_default(),
                        latest.map(|(_, at)| words::machine(*at)).unwrap_or_default(),
                        team.percent.to_string(),
                    ],
                );
            }
        }
    }
    out
}

fn line(out: &mut String, cells: [String; 12]) {
    out.push_str(&cells.map(|text| cell(&text)).join(","));
    out.push_str("\r\n");
}

/// A cell in quotes. What people wrote is text: what a spreadsheet would take for a formula begins with an apostrophe.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_text() {
        for (text, written) in [
            ("a,b", "\"a,b\""),
            ("说\"好\"", "\"说\"\"好\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@x", "\"'@x\""),
            ("≥ 5 mm", "\"≥ 5 mm\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
