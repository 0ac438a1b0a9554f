//! A team as a page shows it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiebang_domain::race::{
    Baseline, ChangeRequest, Difference, ExecutionPeriod, MilestoneProgress, ProgressReport, RaceStage,
    ReportDue, ReportState, TrackState, differences,
};
use jiebang_domain::shared::Text;
use jiff::Timestamp;
use jiff::civil::Date;

use super::track::{LoadedTeam, lanes, report_of};
use crate::access::{Action, Actor};
use crate::{LoadedCall, Service, ServiceError};

/// A team (攻关团队).
#[derive(Clone, Debug)]
pub struct TeamView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Application.
    pub application: String,
    /// Number of the application.
    pub number: Option<String>,
    /// Name of the product.
    pub title: String,
    /// What the lead was called.
    pub lead: String,
    /// Task.
    pub task: String,
    /// Class of the list.
    pub class: String,
    /// Revision that an act on the team starts from.
    pub revision: i64,
    /// When it works; where [`Self::ends`] is false its end is only a bound.
    pub period: ExecutionPeriod,
    /// The period has an end.
    pub ends: bool,
    /// Where the race stands.
    pub stage: RaceStage,
    /// Where the team stands.
    pub state: TrackState,
    /// The day on which it is looked at.
    pub today: Date,
    /// Lanes of its plan by id, in printed order.
    pub lanes: Vec<(String, Text)>,
    /// Versions of the task statement, the first one first; never empty.
    pub baselines: Vec<Baseline>,
    /// Progress reported last, by milestone.
    pub progress: BTreeMap<String, MilestoneProgress>,
    /// Reports of the schedule.
    pub reports: Vec<DueReport>,
    /// Requests for change, the first one first.
    pub changes: Vec<ChangeView>,
    /// The actor may report and ask for changes.
    pub may_report: bool,
    /// The actor may ask for a change now.
    pub may_ask: bool,
    /// The actor may decide.
    pub may_decide: bool,
}

/// A report of the schedule, with what there is of it.
#[derive(Clone, Debug)]
pub struct DueReport {
    /// When it is due.
    pub due: ReportDue,
    /// Where it stands.
    pub state: ReportState,
    /// When it was submitted.
    pub submitted_at: Option<Timestamp>,
    /// What it says; a draft only for who may write it.
    pub report: Option<ProgressReport>,
    /// Revision that a save starts from.
    pub revision: i64,
}

/// A request for change, with what it changes.
#[derive(Clone, Debug)]
pub struct ChangeView {
    /// The request.
    pub request: ChangeRequest,
    /// What it changes of the version that it starts from.
    pub differences: Vec<Difference>,
}

impl Service {
    /// Whether an application races; who may see its team is another question.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn races(&self, id: &str) -> Result<bool, ServiceError> {
        let id = id.to_owned();
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.team(&id).await?.is_some()) })
            }))
            .await
    }

    /// A team.
    ///
    /// # Errors
    /// `NotFound` where the application does not race, or it is not the actor's business.
    pub async fn team(&self, actor: Option<&Actor>, id: &str) -> Result<TeamView, ServiceError> {
        let team = self.team_for(actor, Action::ReadTeam, id).await?;
        let resource = team.resource();
        let may_report = self.access.allows(actor, Action::ReportProgress, &resource);
        let may_decide = self.access.allows(actor, Action::DecideChange, &resource);
        let now = self.clock.now();
        let reports = due_reports(&team, may_report, now)?;
        let progress = team.progress_before(u32::MAX)?;
        let may_act = team.track.may_act(&team.race, now).is_ok() && team.track.pending().is_none();
        let changes = team
            .track
            .changes()
            .iter()
            .map(|request| ChangeView { request: request.clone(), differences: changed(&team, request) });
        Ok(TeamView {
            application: id.to_owned(),
            number: team.application.number.clone(),
            title: team.application.title.clone(),
            lead: team.application.lead.clone().unwrap_or_default(),
            task: team.team.task.clone(),
            class: team.team.class.clone(),
            revision: team.team.revision,
            ends: team.team.ends_at.is_some(),
            stage: team.race.stage(now),
            state: team.track.state.clone(),
            today: now.to_zoned(team.call.call.zone.clone()).date(),
            lanes: lanes(&team.call).iter().map(|lane| (lane.id.clone(), lane.name.clone())).collect(),
            baselines: team.track.baselines().to_vec(),
            progress,
            reports,
            changes: changes.collect(),
            may_report,
            may_ask: may_report && may_act,
            may_decide,
            period: team.race.period,
            call: team.call,
        })
    }
}

fn changed(team: &LoadedTeam, request: &ChangeRequest) -> Vec<Difference> {
    let from = team.track.baselines().iter().find(|baseline| baseline.version == request.based_on);
    from.map(|from| differences(&from.statement, &request.proposed)).unwrap_or_default()
}

fn due_reports(team: &LoadedTeam, drafts: bool, now: Timestamp) -> Result<Vec<DueReport>, ServiceError> {
    let view = |due: &ReportDue| {
        let row = team.report(due);
        let submitted_at = row.and_then(|row| row.submitted_at);
        let submitted_at = submitted_at.and_then(|at| Timestamp::from_microsecond(at).ok());
        let shown = row.filter(|_| submitted_at.is_some() || drafts);
        Ok(DueReport {
            state: due.state(submitted_at, now, &team.call.call.zone),
            due: due.clone(),
            submitted_at,
            report: shown.map(report_of).transpose()?,
            revision: row.map_or(0, |row| row.revision),
        })
    };
    team.due.iter().map(view).collect()
}
