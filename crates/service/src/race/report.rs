//! A team writes its progress report: drafts are saved, what is submitted stands.

use jiebang_domain::race::{
    MilestoneProgress, ProgressReport, RaceFault, RaceStage, Refusal, Risk, TrackState, report_faults,
};
use jiebang_domain::shared::Finding;
use jiebang_store::{ReportRow, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::refused;
use super::track::{LoadedTeam, loaded};
use crate::access::{Action, Actor};
use crate::idempotency::Once;
use crate::recommendation::faults_of;
use crate::{Service, ServiceError, ledger};

/// A report as sent by a form.
#[derive(Clone, Debug, Default)]
pub struct SaveReport {
    /// Application.
    pub application: String,
    /// Number in the schedule.
    pub number: u32,
    /// Version of the baseline that the team saw.
    pub baseline: u32,
    /// Revision of the report that the team saw, 0 for none.
    pub revision: i64,
    /// The progress in all, and what stands in its way.
    pub summary: String,
    /// Milestone by milestone.
    pub milestones: Vec<MilestoneProgress>,
    /// It is handed in; otherwise a draft is saved.
    pub submit: bool,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

impl Service {
    /// Saves a report of a team, or hands it in. Returns its new revision. A report that comes after its due day is taken, and is
    /// late; one that was handed in never changes.
    ///
    /// # Errors
    /// `Invalid` with everything that stands against it, `Stale` when somebody else saved it, `KeyReused`.
    pub async fn save_report(&self, actor: &Actor, sent: SaveReport) -> Result<i64, ServiceError> {
        self.team_for(Some(actor), Action::ReportProgress, &sent.application).await?;
        let faults = text_faults(&sent);
        if !faults.is_empty() {
            return Err(ServiceError::Invalid(faults));
        }
        let report = read(&sent);
        let content = serde_json::to_value(&report).map(|value| ledger::canonical(&value));
        let content = content.map_err(super::statement::internal)?;
        let now = self.clock.now();
        let asked = format!("report {} {} {} {content}", sent.application, sent.revision, sent.submit);
        let once = Once::new(actor, sent.key.clone(), &asked, now);
        let (calls, by) = (self.calls.clone(), actor.account_id.clone());
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if let Some(before) = once.before(rows).await? {
                        return Ok(before.parse().unwrap_or(sent.revision));
                    }
                    let team =
                        loaded(rows, &calls, &sent.application).await?.ok_or(ServiceError::NotFound)?;
                    let due_at = check(&team, &report, &sent, now)?;
                    let at = now.as_microsecond();
                    let row = ReportRow {
                        application_id: sent.application.clone(),
                        due_at,
                        content,
                        submitted_at: sent.submit.then_some(at),
                        revision: sent.revision,
                        updated_at: at,
                        updated_by: by.clone(),
                    };
                    let facts = json!({
                        "number": sent.number,
                        "baseline": report.baseline,
                        "late": sent.submit && at >= due_at,
                        "content_sha256": ledger::sha256(row.content.as_bytes()),
                    });
                    let kind = if sent.submit { "report_submitted" } else { "report_saved" };
                    let revision = rows.save_report(&row).await?;
                    rows.add_event(&ledger::event(kind, &sent.application, Some(by), &facts, at)).await?;
                    if sent.submit {
                        let notice =
                            json!({ "event": kind, "application": sent.application, "report": sent.number });
                        rows.add_outbox("notify", &notice.to_string(), at).await?;
                    }
                    once.keep(rows, &revision.to_string()).await?;
                    Ok(revision)
                })
            }))
            .await
    }
}

/// The instant that a report is due by, where nothing stands against it. A draft only needs to belong to the schedule.
fn check(
    team: &LoadedTeam,
    report: &ProgressReport,
    sent: &SaveReport,
    now: Timestamp,
) -> Result<i64, ServiceError> {
    let fail = |faults: Vec<RaceFault>| refused(&Refusal { faults }, team.terms.as_ref());
    let Some(due) = team.due.iter().find(|due| due.number == report.number) else {
        return Err(fail(vec![RaceFault::ReportUnknown { number: report.number }]));
    };
    if team.report(due).is_some_and(|row| row.submitted_at.is_some() || row.revision != sent.revision) {
        return Err(StoreError::Stale.into());
    }
    // The last report is due after the period has ended, so that only its beginning counts here.
    let mut faults = Vec::new();
    if team.race.stage(now) == RaceStage::NotBegun {
        faults.push(RaceFault::RaceNotBegun { first: team.race.period.published_on });
    }
    if team.track.state != TrackState::Running {
        faults.push(RaceFault::TrackEnded { state: team.track.state.name() });
    }
    if sent.submit
        && let Some(baseline) = team.track.baseline()
    {
        let before = team.progress_before(report.number)?;
        let before = before.into_iter().map(|(id, of)| (id, of.percent)).collect();
        let today = now.to_zoned(team.call.call.zone.clone()).date();
        faults.extend(report_faults(report, &team.due, baseline, &before, today));
    }
    if faults.is_empty() { Ok(due.closes_at.as_microsecond()) } else { Err(fail(faults)) }
}

/// What cannot be kept at all.
fn text_faults(sent: &SaveReport) -> Vec<Finding> {
    let mut faults = faults_of("summary", &sent.summary, sent.submit);
    for of in &sent.milestones {
        faults.extend(faults_of(&format!("progress.{}.note", of.milestone), &of.note, false));
    }
    faults
}

/// The report without milestones of which nothing is told.
fn read(sent: &SaveReport) -> ProgressReport {
    let told = |of: &&MilestoneProgress| {
        of.percent > 0 || of.reached_on.is_some() || of.risk != Risk::None || !of.note.trim().is_empty()
    };
    let clean = |of: &MilestoneProgress| MilestoneProgress {
        note: of.note.trim().replace("\r\n", "\n"),
        ..of.clone()
    };
    ProgressReport {
        number: sent.number,
        baseline: sent.baseline,
        summary: sent.summary.trim().replace("\r\n", "\n"),
        milestones: sent.milestones.iter().filter(told).map(clean).collect(),
    }
}
