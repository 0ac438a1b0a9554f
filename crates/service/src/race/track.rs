//! One team with everything that the rules of the race look at, read in one snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiebang_domain::call::{FieldKind, ListItem};
use jiebang_domain::race::{
    Baseline, ChangeKind, ChangeRequest, Decision, ExecutionPeriod, ProgressReport, Race, ReportDue,
    ReportSchedule, Ruling, Statement, Track, TrackState, reports_due,
};
use jiebang_domain::selection::RaceTerms;
use jiebang_domain::shared::Region;
use jiebang_store::{ApplicationRow, BaselineRow, ChangeRow, Connection, ReportRow, TeamRow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::statement::{self, internal};
use crate::access::{Action, Actor, Decision as Access, Resource};
use crate::call::Calls;
use crate::selection::plan_view;
use crate::{LoadedCall, Service, ServiceError};

/// Years that a race without a period is reckoned to, so that its plan has bounds.
const YEARS_MAX: i16 = 50;

/// A team with its race, its track and its reports.
pub(super) struct LoadedTeam {
    pub(super) call: Arc<LoadedCall>,
    pub(super) application: ApplicationRow,
    pub(super) team: TeamRow,
    pub(super) terms: Option<RaceTerms>,
    pub(super) race: Race,
    pub(super) track: Track,
    pub(super) changes: Vec<ChangeRow>,
    pub(super) reports: Vec<ReportRow>,
    pub(super) due: Vec<ReportDue>,
}

/// What is stored of a request besides its reason.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredChange {
    pub(super) kind: ChangeKind,
    /// The statement as it would be, as it would be stored.
    pub(super) statement: serde_json::Value,
}

/// The team of an application, for a page or within an act; `None` where it does not race.
pub(super) async fn loaded(
    rows: &mut dyn Connection,
    calls: &Calls,
    id: &str,
) -> Result<Option<LoadedTeam>, ServiceError> {
    let Some(team) = rows.team(id).await? else { return Ok(None) };
    let Some(application) = rows.application(id).await? else { return Ok(None) };
    let call = calls
        .version(&application.call_id, &application.call_version)
        .ok_or_else(|| ServiceError::Internal(format!("the call of {id} is not loaded")))?;
    let terms = terms_of(rows, &call).await?;
    let race = race_of(&call, &team, terms.as_ref())?;
    let (baselines, changes, reports) =
        (rows.baselines(id).await?, rows.changes(id).await?, rows.reports(id).await?);
    let track = track_of(id, &baselines, &changes)?;
    let due = due_of(&call, &team, &race);
    Ok(Some(LoadedTeam { call, application, team, terms, race, track, changes, reports, due }))
}

/// What the plan that counts says of the race.
pub(super) async fn terms_of(
    rows: &mut dyn Connection,
    call: &Arc<LoadedCall>,
) -> Result<Option<RaceTerms>, ServiceError> {
    let Some(row) = rows.plan(&call.call.id).await? else { return Ok(None) };
    Ok(plan_view(call.clone(), row)?.plan.race)
}

/// Lanes of the plan, in printed order.
pub(super) fn lanes(call: &LoadedCall) -> &[ListItem] {
    let list = call.call.fields().find_map(|(_, field)| match &field.kind {
        FieldKind::WorkPlan(list) => list.as_ref(),
        _ => None,
    });
    list.and_then(|list| call.call.lists.get(list)).map_or(&[], |list| &list.items)
}

/// The race of a team.
pub(super) fn race_of(
    call: &LoadedCall,
    team: &TeamRow,
    terms: Option<&RaceTerms>,
) -> Result<Race, ServiceError> {
    let at = |micros: i64| Timestamp::from_microsecond(micros).map_err(internal);
    let day = |at: Timestamp| at.to_zoned(call.call.zone.clone()).date();
    let opens_at = at(team.starts_at)?;
    let published_on = day(opens_at);
    let (last_on, closes_at) = match team.ends_at {
        Some(ends) => (day(at(ends.saturating_sub(1))?), at(ends)?),
        None => {
            let years = jiff::Span::new().try_years(YEARS_MAX).map_err(internal)?;
            (published_on.checked_add(years).map_err(internal)?, Timestamp::MAX)
        }
    };
    let schedule = terms.map(|terms| ReportSchedule {
        every_months: terms.report_months,
        due_days: u16::from(terms.report_days),
        remind_days_before: vec![u16::from(terms.remind_days)],
        source: terms.source.clone(),
    });
    Ok(Race {
        task: team.task.clone(),
        period: ExecutionPeriod { published_on, last_on, counted_to: None, opens_at, closes_at },
        schedule,
        lanes: lanes(call).iter().map(|lane| lane.id.clone()).collect(),
    })
}

/// The reports that a team owes; none without an end, because the last one covers what is left of the period.
pub(super) fn due_of(call: &LoadedCall, team: &TeamRow, race: &Race) -> Vec<ReportDue> {
    let schedule = race.schedule.as_ref().filter(|_| team.ends_at.is_some());
    let due = schedule.map(|schedule| reports_due(schedule, &race.period, &call.call.zone));
    due.and_then(Result::ok).unwrap_or_default()
}

/// A track as it was stored.
pub(super) fn track_of(
    id: &str,
    baselines: &[BaselineRow],
    changes: &[ChangeRow],
) -> Result<Track, ServiceError> {
    let numbers: BTreeMap<&str, u32> = changes.iter().map(|row| row.id.as_str()).zip(1..).collect();
    let baselines = baselines.iter().map(|row| {
        Ok(Baseline {
            version: u32::try_from(row.version).map_err(internal)?,
            statement: statement::thawed(&row.content)?,
            frozen_at: Timestamp::from_microsecond(row.frozen_at).map_err(internal)?,
            change: row.request_id.as_deref().and_then(|id| numbers.get(id).copied()),
        })
    });
    let baselines = baselines.collect::<Result<Vec<_>, ServiceError>>()?;
    let changes = (1..).zip(changes).map(|(number, row)| change_of(number, row));
    let changes = changes.collect::<Result<Vec<_>, ServiceError>>()?;
    Track::restore(id.to_owned(), TrackState::Running, baselines, changes)
        .ok_or_else(|| ServiceError::Internal(format!("the track of {id} has gaps")))
}

fn change_of(number: u32, row: &ChangeRow) -> Result<ChangeRequest, ServiceError> {
    let instant = |at: i64| Timestamp::from_microsecond(at).map_err(internal);
    let StoredChange { kind, statement } = serde_json::from_str(&row.content).map_err(internal)?;
    let decision = match (row.decided_at, row.decision.as_str()) {
        (Some(at), ruling) => Some(Decision {
            ruling: if ruling == "approved" { Ruling::Approved } else { Ruling::Refused },
            reason: row.note.clone(),
            by: row.decided_by.clone().unwrap_or_default(),
            at: instant(at)?,
        }),
        (None, _) => None,
    };
    Ok(ChangeRequest {
        number,
        kind,
        based_on: u32::try_from(row.baseline_version).map_err(internal)?,
        proposed: proposed(&statement)?,
        reason: row.reason.clone(),
        requested_at: instant(row.requested_at)?,
        decision,
    })
}

/// The statement of a request.
fn proposed(statement: &serde_json::Value) -> Result<Statement, ServiceError> {
    statement::thawed(&crate::ledger::canonical(statement))
}

/// What a stored report says.
pub(super) fn report_of(row: &ReportRow) -> Result<ProgressReport, ServiceError> {
    serde_json::from_str(&row.content).map_err(internal)
}

impl LoadedTeam {
    /// Whom the team belongs to, for access.
    pub(super) fn resource(&self) -> Resource {
        let registered = self.application.region.as_deref().and_then(Region::parse);
        let region = match (&self.call.call.recommendation, registered) {
            (Some(recommendation), Some(region)) => Some(recommendation.recommender_of(region)),
            _ => None,
        };
        Resource::Team {
            application_id: self.application.id.clone(),
            organisation_id: self.application.organisation_id.clone(),
            region,
        }
    }

    /// The stored report that is due by the end of one of the schedule.
    pub(super) fn report(&self, due: &ReportDue) -> Option<&ReportRow> {
        self.reports.iter().find(|row| row.due_at == due.closes_at.as_microsecond())
    }

    /// Progress told last by milestone, in the reports received before one.
    pub(super) fn progress_before(
        &self,
        number: u32,
    ) -> Result<BTreeMap<String, jiebang_domain::race::MilestoneProgress>, ServiceError> {
        let mut progress = BTreeMap::new();
        for row in self.reports.iter().filter(|row| row.submitted_at.is_some()) {
            let report = report_of(row)?;
            if report.number < number {
                progress.extend(report.milestones.into_iter().map(|of| (of.milestone.clone(), of)));
            }
        }
        Ok(progress)
    }
}

impl Service {
    /// A team that an actor may act on like this.
    pub(super) async fn team_for(
        &self,
        actor: Option<&Actor>,
        action: Action,
        id: &str,
    ) -> Result<LoadedTeam, ServiceError> {
        let (key, calls) = (id.to_owned(), self.calls.clone());
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { loaded(rows, &calls, &key).await })
            }))
            .await?;
        let Some(found) = found else {
            return Err(Access::absent(actor).result().err().unwrap_or(ServiceError::NotFound));
        };
        self.access.require(actor, action, &found.resource())?;
        Ok(found)
    }
}
