//! The race board: the teams of each task side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiebang_domain::race::{Board, ProgressReport, Track, TrackState, board};
use jiebang_domain::shared::Text;
use jiebang_store::{BaselineRow, Connection, ReportRow, TaskTeams, TeamName};
use jiff::Timestamp;

use super::statement;
use super::track::{report_of, track_of};
use crate::access::{Action, Actor, Resource};
use crate::{LoadedCall, Service, ServiceError};

/// Tasks on one page of a board.
const PAGE_TASKS: i64 = 5;
/// Most tasks whose teams are counted; no notice lists as many.
const TASKS_MAX: i64 = 2_000;

/// A page of the board of a call (赛马看板).
#[derive(Clone, Debug)]
pub struct RaceBoard {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Tasks that teams race on.
    pub tasks_all: usize,
    /// Teams of the call.
    pub teams_all: i64,
    /// The tasks of the page.
    pub tasks: Vec<BoardTask>,
    /// Where the next page begins; `None` on the last.
    pub after: Option<String>,
}

/// The teams of a task, side by side.
#[derive(Clone, Debug)]
pub struct BoardTask {
    /// Task.
    pub task: String,
    /// Its name.
    pub name: Text,
    /// Teams in the order of [`Board::teams`].
    pub teams: Vec<BoardTeam>,
    /// What each promises.
    pub board: Board,
    /// What the call asks for, in words, by item.
    pub thresholds: BTreeMap<String, Text>,
}

/// A team on a board.
#[derive(Clone, Debug)]
pub struct BoardTeam {
    /// What it is called.
    pub name: TeamName,
    /// Baseline that counts.
    pub baseline: u32,
    /// The report that it handed in last, and when.
    pub latest: Option<(ProgressReport, Timestamp)>,
    /// Mean progress over the milestones that count, in percent, rounded down.
    pub percent: u32,
    /// Milestones that its last report marks as at risk.
    pub at_risk: usize,
    /// Reports handed in.
    pub reports: usize,
}

impl Service {
    /// A page of the board, from the task after one.
    ///
    /// # Errors
    /// `NotFound` where no such call is published, `Forbidden` for whom the race is no business of.
    pub async fn race_board(
        &self,
        actor: Option<&Actor>,
        call: &str,
        after: &str,
    ) -> Result<RaceBoard, ServiceError> {
        self.board_page(actor, call, after, PAGE_TASKS).await
    }

    /// Whether somebody may see the board of a published call.
    pub fn may_read_race(&self, actor: Option<&Actor>, call: &str) -> bool {
        let resource = Resource::Call { id: call.to_owned(), published: true };
        self.access.allows(actor, Action::ReadRace, &resource)
    }

    /// The whole board, for a table.
    ///
    /// # Errors
    /// As [`Self::race_board`].
    pub async fn whole_race_board(
        &self,
        actor: Option<&Actor>,
        call: &str,
    ) -> Result<RaceBoard, ServiceError> {
        self.board_page(actor, call, "", TASKS_MAX).await
    }

    async fn board_page(
        &self,
        actor: Option<&Actor>,
        call: &str,
        after: &str,
        limit: i64,
    ) -> Result<RaceBoard, ServiceError> {
        let call = self.call(call)?.call;
        let resource = Resource::Call { id: call.call.id.clone(), published: true };
        self.access.require(actor, Action::ReadRace, &resource)?;
        let (loaded, after) = (call.clone(), after.to_owned());
        let (all, tasks) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let id = &loaded.call.id;
                    let all = rows.raced_tasks(id, "", TASKS_MAX).await?;
                    let mut tasks = Vec::new();
                    for TaskTeams { task, .. } in rows.raced_tasks(id, &after, limit).await? {
                        tasks.push(task_of(rows, &loaded, task).await?);
                    }
                    Ok((all, tasks))
                })
            }))
            .await?;
        let last = tasks.last().map(|of| of.task.clone());
        let more = |last: &String| all.iter().any(|of| of.task > *last);
        Ok(RaceBoard {
            call,
            tasks_all: all.len(),
            teams_all: all.iter().map(|of| of.teams).sum(),
            after: last.filter(more),
            tasks,
        })
    }
}

/// The board of a task, by one statement each for names, baselines and reports.
async fn task_of(
    rows: &mut dyn Connection,
    call: &LoadedCall,
    task: String,
) -> Result<BoardTask, ServiceError> {
    let id = &call.call.id;
    let mut names: BTreeMap<String, TeamName> = BTreeMap::new();
    names.extend(rows.team_names(id, &task).await?.into_iter().map(|of| (of.application_id.clone(), of)));
    let mut baselines: BTreeMap<String, Vec<BaselineRow>> = BTreeMap::new();
    for row in rows.task_baselines(id, &task).await? {
        baselines.entry(row.application_id.clone()).or_default().push(row);
    }
    let mut reports: BTreeMap<String, Vec<ReportRow>> = BTreeMap::new();
    for row in rows.task_reports(id, &task).await? {
        reports.entry(row.application_id.clone()).or_default().push(row);
    }
    baselines.values_mut().for_each(|rows| rows.sort_by_key(|row| row.version));
    reports.values_mut().for_each(|rows| rows.sort_by_key(|row| row.due_at));
    let tracks = baselines.iter().map(|(team, rows)| track_of(team, rows, &[]));
    let tracks = tracks.collect::<Result<Vec<Track>, ServiceError>>()?;
    let board = board(&tracks);
    let mut teams = Vec::new();
    for (team, version) in &board.teams {
        let track = tracks.iter().find(|track| track.application == *team);
        let name = names.remove(team);
        let (Some(track), Some(name)) = (track, name) else {
            return Err(statement::internal(format!("team {team} is not on its own board")));
        };
        teams.push(team_of(track, name, *version, reports.get(team).map_or(&[], Vec::as_slice))?);
    }
    let items = call.call.items_of(&task);
    let thresholds = items.into_iter().map(|item| (item.id.clone(), item.threshold.words())).collect();
    let name = call.call.node(&task).map_or_else(|| Text::new(&*task, &*task), |node| node.name.clone());
    Ok(BoardTask { task, name, teams, board, thresholds })
}

fn team_of(
    track: &Track,
    name: TeamName,
    baseline: u32,
    rows: &[ReportRow],
) -> Result<BoardTeam, ServiceError> {
    let mut percents = BTreeMap::new();
    let mut latest = None;
    for row in rows {
        let report = report_of(row)?;
        percents.extend(report.milestones.iter().map(|of| (of.milestone.clone(), u32::from(of.percent))));
        let at = row.submitted_at.and_then(|at| Timestamp::from_microsecond(at).ok());
        latest = at.map(|at| (report, at)).or(latest);
    }
    let milestones = track.baseline().map_or(&[][..], |of| &of.statement.milestones);
    let done: u32 = milestones.iter().filter_map(|of| percents.get(&of.id)).sum();
    let count = u32::try_from(milestones.len()).unwrap_or(u32::MAX).max(1);
    let risky = |of: &&jiebang_domain::race::MilestoneProgress| of.risk != jiebang_domain::race::Risk::None;
    let at_risk = latest.as_ref().map_or(0, |(report, _)| report.milestones.iter().filter(risky).count());
    debug_assert_eq!(track.state, TrackState::Running);
    Ok(BoardTeam { name, baseline, latest, percent: done / count, at_risk, reports: rows.len() })
}
