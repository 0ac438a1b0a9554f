//! A team asks for a change of its task statement, and the programme office decides.

use std::collections::BTreeMap;

use jiebang_domain::call::promise_finding;
use jiebang_domain::race::{
    ChangeKind, DecideChange, Milestone, RaceFault, Refusal, RequestChange, Ruling, Statement, Track,
    TrackEvent,
};
use jiebang_domain::shared::{Promise, Text};
use jiebang_store::{BaselineRow, ChangeRow, Connection, StoreError};
use jiff::civil::Date;
use serde_json::json;

use super::refused;
use super::statement::{self, internal};
use super::track::{LoadedTeam, StoredChange, loaded};
use crate::access::{Action, Actor};
use crate::idempotency::Once;
use crate::recommendation::faults_of;
use crate::{Service, ServiceError, ledger};

/// What is to be changed.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Another promise for an indicator.
    Promise {
        /// Id of the item.
        item: String,
        /// What was typed, by the names of the inputs of an indicator.
        typed: BTreeMap<String, String>,
    },
    /// Another plan for a milestone.
    Milestone {
        /// Id in the baseline.
        id: String,
        /// What is to be done.
        name: String,
        /// First day.
        from: Date,
        /// Last day.
        to: Date,
    },
}

/// A request for a change, as sent by a form.
#[derive(Clone, Debug)]
pub struct AskChange {
    /// Application.
    pub application: String,
    /// Version of the baseline that the team saw.
    pub based_on: u32,
    /// Revision of the team that was seen.
    pub revision: i64,
    /// What is to be changed.
    pub asked: Asked,
    /// Why.
    pub reason: String,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

/// A decision of the programme office, as sent by a form.
#[derive(Clone, Debug)]
pub struct DecideTeamChange {
    /// Application.
    pub application: String,
    /// Number of the request.
    pub number: u32,
    /// Revision of the team that was seen.
    pub revision: i64,
    /// The decision.
    pub ruling: Ruling,
    /// Why; needed where it is refused.
    pub note: String,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

impl Service {
    /// Asks for a change. Returns its number.
    ///
    /// # Errors
    /// `Invalid` with everything that stands against it, a promise below the threshold of the call among them; `Stale` when the team
    /// has moved on; `KeyReused`.
    pub async fn ask_change(&self, actor: &Actor, sent: AskChange) -> Result<u32, ServiceError> {
        self.team_for(Some(actor), Action::ReportProgress, &sent.application).await?;
        let mut faults = faults_of("reason", &sent.reason, false);
        if let Asked::Milestone { name, .. } = &sent.asked {
            faults.extend(faults_of("name", name, true));
        }
        if !faults.is_empty() {
            return Err(ServiceError::Invalid(faults));
        }
        let now = self.clock.now();
        let asked = format!(
            "change {} {} {} {:?} {}",
            sent.application, sent.based_on, sent.revision, sent.asked, sent.reason
        );
        let once = Once::new(actor, sent.key.clone(), &asked, now);
        let (calls, by, id) = (self.calls.clone(), actor.account_id.clone(), self.random.id(now));
        self.store
            .act::<u32, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if let Some(before) = once.before(rows).await? {
                        return Ok(before.parse().unwrap_or_default());
                    }
                    let mut team = seen(rows, &calls, &sent.application, sent.revision).await?;
                    let (kind, content, proposed) = proposed(&team, &sent.asked)?;
                    let reason = sent.reason.trim().replace("\r\n", "\n");
                    let (based_on, digest) = (sent.based_on, proposed.digest.to_string());
                    let request = RequestChange { kind, based_on, proposed, reason: reason.clone() };
                    let (_, event) = (team.track.clone())
                        .request_change(&team.race, request, now)
                        .map_err(|refusal| refused(&refusal, team.terms.as_ref()))?;
                    let TrackEvent::ChangeRequested { number } = event else {
                        return Err(internal("a request came to something else"));
                    };
                    let at = now.as_microsecond();
                    let statement = serde_json::from_str(&content).map_err(internal)?;
                    rows.add_change(&ChangeRow {
                        id,
                        application_id: sent.application.clone(),
                        baseline_version: i64::from(based_on),
                        content: serde_json::to_value(StoredChange { kind, statement })
                            .map(|value| ledger::canonical(&value))
                            .map_err(internal)?,
                        reason: reason.clone(),
                        requested_at: at,
                        requested_by: by.clone(),
                        decision: "open".to_owned(),
                        note: String::new(),
                        decided_at: None,
                        decided_by: None,
                    })
                    .await?;
                    let facts = json!({
                        "number": number,
                        "kind": kind.id(),
                        "based_on": based_on,
                        "content_sha256": digest,
                        "reason_sha256": ledger::sha256(reason.as_bytes()),
                    });
                    tell(rows, &mut team, ("change_requested", number), Some(by), &facts, at).await?;
                    once.keep(rows, &number.to_string()).await?;
                    Ok(number)
                })
            }))
            .await
    }

    /// Decides a request. One that is approved freezes the next baseline, which counts from now on.
    ///
    /// # Errors
    /// `Invalid` with everything that stands against it; `Stale` when the team has moved on; `KeyReused`.
    pub async fn decide_change(&self, actor: &Actor, sent: DecideTeamChange) -> Result<(), ServiceError> {
        self.team_for(Some(actor), Action::DecideChange, &sent.application).await?;
        let faults = faults_of("note", &sent.note, false);
        if !faults.is_empty() {
            return Err(ServiceError::Invalid(faults));
        }
        let now = self.clock.now();
        let asked = format!(
            "decide {} {} {} {:?} {}",
            sent.application, sent.number, sent.revision, sent.ruling, sent.note
        );
        let once = Once::new(actor, sent.key.clone(), &asked, now);
        let (calls, by) = (self.calls.clone(), actor.account_id.clone());
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if once.before(rows).await?.is_some() {
                        return Ok(());
                    }
                    let mut team = seen(rows, &calls, &sent.application, sent.revision).await?;
                    let note = sent.note.trim().replace("\r\n", "\n");
                    let decided = DecideChange {
                        number: sent.number,
                        ruling: sent.ruling,
                        reason: note.clone(),
                        by: by.clone(),
                    };
                    let (track, event) = (team.track.clone())
                        .decide_change(decided, now)
                        .map_err(|refusal| refused(&refusal, team.terms.as_ref()))?;
                    decide(rows, &mut team, &track, &event, (&note, &by, now.as_microsecond())).await?;
                    once.keep(rows, "decided").await
                })
            }))
            .await
    }
}

/// The team as it was seen; nobody acts on what has moved on.
async fn seen(
    rows: &mut dyn Connection,
    calls: &crate::call::Calls,
    id: &str,
    revision: i64,
) -> Result<LoadedTeam, ServiceError> {
    let team = loaded(rows, calls, id).await?.ok_or(ServiceError::NotFound)?;
    if team.team.revision == revision { Ok(team) } else { Err(StoreError::Stale.into()) }
}

/// Writes down a decision, and the baseline that it makes.
async fn decide(
    rows: &mut dyn Connection,
    team: &mut LoadedTeam,
    track: &Track,
    event: &TrackEvent,
    (note, by, at): (&str, &str, i64),
) -> Result<(), ServiceError> {
    let (kind, number) = match event {
        TrackEvent::ChangeApproved { number, .. } => ("change_approved", *number),
        TrackEvent::ChangeRefused { number } => ("change_refused", *number),
        _ => return Err(internal("a decision came to something else")),
    };
    let place = usize::try_from(number).unwrap_or(0).saturating_sub(1);
    let mut row = team.changes.get(place).cloned().ok_or(ServiceError::NotFound)?;
    row.decision = kind.trim_start_matches("change_").to_owned();
    note.clone_into(&mut row.note);
    (row.decided_at, row.decided_by) = (Some(at), Some(by.to_owned()));
    rows.decide_change(&row).await?;
    let made = match (event, track.baseline()) {
        (TrackEvent::ChangeApproved { version, .. }, Some(baseline)) => {
            let of = &baseline.statement;
            let (content, statement) = statement::frozen(of.indicators.clone(), of.milestones.clone())?;
            Some((i64::from(*version), content, statement.digest.to_string()))
        }
        _ => None,
    };
    let mut facts = json!({ "number": number, "note_sha256": ledger::sha256(note.as_bytes()) });
    if let Some((version, _, digest)) = &made {
        facts["baseline"] = json!(version);
        facts["content_sha256"] = json!(digest);
        team.team.baseline_version = *version;
    }
    let position = tell(rows, team, (kind, number), Some(by.to_owned()), &facts, at).await?;
    let Some((version, content, content_sha256)) = made else { return Ok(()) };
    let application_id = team.team.application_id.clone();
    let request_id = Some(row.id);
    let frozen_by = by.to_owned();
    Ok(rows
        .add_baseline(&BaselineRow {
            application_id,
            version,
            content,
            content_sha256,
            request_id,
            frozen_at: at,
            frozen_by,
            position,
        })
        .await?)
}

/// Event and message of an act on a team, which moves on by it. Returns the position of the event.
async fn tell(
    rows: &mut dyn Connection,
    team: &mut LoadedTeam,
    (kind, number): (&str, u32),
    by: Option<String>,
    facts: &serde_json::Value,
    at: i64,
) -> Result<i64, ServiceError> {
    let id = team.team.application_id.clone();
    let position = rows.add_event(&ledger::event(kind, &id, by, facts, at)).await?;
    rows.change_team(&team.team).await?;
    let notice = json!({ "event": kind, "application": id, "change": number });
    rows.add_outbox("notify", &notice.to_string(), at).await?;
    Ok(position)
}

/// The statement as it would be: its kind, its canonical JSON, and itself.
fn proposed(team: &LoadedTeam, asked: &Asked) -> Result<(ChangeKind, String, Statement), ServiceError> {
    let counts = team.track.baseline().ok_or_else(|| internal("a track without a baseline"))?;
    let mut indicators = counts.statement.indicators.clone();
    let mut milestones = counts.statement.milestones.clone();
    let kind = match asked {
        Asked::Promise { item, typed } if item.starts_with(statement::OWN) => {
            let place = indicators.iter().position(|line| line.item == *item);
            let place = place.ok_or_else(|| unknown("what"))?;
            let requirement = typed.get("value").map_or("", |text| text.trim());
            let faults = faults_of("promise", requirement, true);
            if !faults.is_empty() {
                return Err(ServiceError::Invalid(faults));
            }
            indicators[place] = statement::own_line(&indicators[place], requirement);
            ChangeKind::Indicators
        }
        Asked::Promise { item, typed } => {
            let call = &team.call.call;
            let known = call.items_of(&team.team.task).into_iter().find(|known| known.id == *item);
            let place = indicators.iter().position(|line| line.item == *item);
            let (Some(known), Some(place)) = (known, place) else { return Err(unknown("what")) };
            let typed: BTreeMap<&str, &str> = typed.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let promise = Promise::read(&known.threshold, &typed).ok_or_else(blank)?;
            if let Some(mut finding) = promise_finding(known, &promise) {
                finding.field = Some("promise".to_owned());
                return Err(ServiceError::Invalid(vec![finding]));
            }
            indicators[place] = statement::line(item, &known.name, &known.threshold, &promise)?;
            ChangeKind::Indicators
        }
        Asked::Milestone { id, name, from, to } => {
            let place = milestones.iter().position(|of| of.id == *id).ok_or_else(|| unknown("what"))?;
            let name = name.trim().to_owned();
            milestones[place] = Milestone { name, from: *from, to: *to, ..milestones[place].clone() };
            ChangeKind::Plan
        }
    };
    let (content, statement) = statement::frozen(indicators, milestones)?;
    if statement.digest == counts.statement.digest {
        return Err(refused(&Refusal { faults: vec![RaceFault::ChangeEmpty] }, team.terms.as_ref()));
    }
    Ok((kind, content, statement))
}

fn unknown(field: &str) -> ServiceError {
    ServiceError::field(
        "change_unknown",
        field,
        Text::new("任务书中没有这一项", "The task statement has no such entry"),
        Text::new(
            "从现行任务书中选择一项指标或节点",
            "Choose an indicator or a milestone of the one that counts",
        ),
    )
}

fn blank() -> ServiceError {
    ServiceError::field(
        "field_blank",
        "promise",
        Text::new("没有填写变更后的承诺值", "The new promise is missing"),
        Text::new("填写变更后的承诺值", "Write the new promise"),
    )
}
