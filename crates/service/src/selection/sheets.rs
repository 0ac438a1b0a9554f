//! What an expert is to score: the list, and one sheet. Nobody else reads a sheet before it is submitted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiebang_domain::selection::{Rubric, ScoreSheet, SheetState};
use jiebang_domain::shared::{Finding, Number, Text};
use jiebang_store::{AssignmentRow, Connection, ExpertRow, SheetKey, SheetRow};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ground::{Ground, day_of};
use super::{finding, key_of};
use crate::access::{Action, Actor, Resource, Role};
use crate::{LoadedCall, Service, ServiceError};

/// What stands on a sheet, as it was typed (评分表内容).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetContent {
    /// Scores by criterion; on a draft, whatever was typed.
    pub scores: BTreeMap<String, String>,
    /// Comments by criterion or veto.
    pub comments: BTreeMap<String, String>,
    /// Vetoes that are ticked.
    pub vetoes: BTreeSet<String>,
}

/// How far a sheet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SheetStanding {
    /// The expert has not said yet whether there is a conflict.
    Undeclared,
    /// It is written.
    Drafted,
    /// It is submitted, in this version.
    Submitted(i64),
    /// A new version is written; this one counts until then.
    Revising(i64),
}

/// An application that an expert is to score.
#[derive(Clone, Debug)]
pub struct SheetEntry {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Stage.
    pub stage: String,
    /// Its name.
    pub stage_name: Text,
    /// Application.
    pub application: String,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// How far it is.
    pub standing: SheetStanding,
}

/// A sheet.
#[derive(Clone, Debug)]
pub struct SheetView {
    /// What it is of.
    pub entry: SheetEntry,
    /// Names of the members, the lead first.
    pub members: Vec<String>,
    /// What is scored.
    pub rubric: Rubric,
    /// What stands on it.
    pub content: SheetContent,
    /// Why there is another version; may be empty.
    pub reason: String,
    /// Revision that an editor sees.
    pub revision: i64,
    /// When it was saved.
    pub at: Option<Timestamp>,
    /// The list of the stage is published: nothing changes any more.
    pub published: bool,
}

impl SheetStanding {
    fn of(row: Option<&SheetRow>) -> Self {
        match row {
            None => Self::Undeclared,
            Some(row) if row.submitted_at.is_some() => Self::Submitted(row.version),
            Some(row) if row.version > 1 => Self::Revising(row.version.saturating_sub(1)),
            Some(_) => Self::Drafted,
        }
    }
}

/// What a row holds.
pub(super) fn content_of(row: &SheetRow) -> Result<SheetContent, ServiceError> {
    serde_json::from_str(&row.content).map_err(|error| {
        ServiceError::Internal(format!("sheet of {} for {}: {error}", row.expert_id, row.application_id))
    })
}

/// A stored sheet as the rules see it.
///
/// # Errors
/// `Invalid` with one finding for each score that is no number; `Internal` where it cannot be read.
pub fn score_sheet(row: &SheetRow) -> Result<ScoreSheet, ServiceError> {
    let content = content_of(row)?;
    let version = u32::try_from(row.version).unwrap_or(u32::MAX);
    let state = match row.submitted_at {
        Some(_) => SheetState::Submitted { version },
        None => SheetState::Drafted { after: version.checked_sub(1).filter(|after| *after > 0) },
    };
    let mut faults = Vec::new();
    let mut scores = BTreeMap::new();
    for (id, typed) in content.scores.iter().filter(|(_, typed)| !typed.trim().is_empty()) {
        match Number::parse(typed.trim()) {
            Ok(number) => drop(scores.insert(id.clone(), number)),
            Err(_) => faults.push(no_number(id, typed)),
        }
    }
    if !faults.is_empty() {
        return Err(ServiceError::Invalid(faults));
    }
    let mut sheet = ScoreSheet::new(&*row.expert_id, &*row.application_id);
    sheet.state = state;
    sheet.scores = scores;
    sheet.comments = content.comments;
    sheet.vetoes = content.vetoes;
    Ok(sheet)
}

fn no_number(id: &str, typed: &str) -> Finding {
    let shown: String = typed.chars().take(40).collect();
    finding(
        "score_no_number",
        id,
        Text::new(format!("“{shown}”不是数"), format!("“{shown}” is no number")),
        Text::new("填写分数，如 8.5", "Write a score such as 8.5"),
    )
}

/// What an expert may score now: an assignment that stands, without a conflict.
pub(super) struct Seat {
    pub(super) ground: Ground,
    pub(super) key: SheetKey,
    pub(super) members: Vec<String>,
}

/// The seat of an account at an application and stage; `None` where it has none, or something is known against it.
pub(super) async fn seat_of(
    rows: &mut dyn Connection,
    call: Arc<LoadedCall>,
    account: &str,
    (application, stage): (&str, &str),
    now: Timestamp,
) -> Result<Option<Seat>, ServiceError> {
    let Some(expert) = rows.expert_of_account(account).await? else { return Ok(None) };
    let key = SheetKey {
        application_id: application.to_owned(),
        stage: stage.to_owned(),
        expert_id: expert.id.clone(),
    };
    let given = rows.assignment(&key).await?;
    if expert.active == 0 || given.is_none_or(|given| given.withdrawn_at.is_some()) {
        return Ok(None);
    }
    let ground = Ground::of(rows, call).await?;
    let Some(contest) = ground.contest(rows, application).await? else { return Ok(None) };
    if !ground.conflicts(&contest, std::slice::from_ref(&expert), day_of(now))?.is_empty() {
        return Ok(None);
    }
    let members = std::iter::once(&contest.team.lead).chain(&contest.team.partners);
    let members = members.map(|party| party.name.clone()).collect();
    Ok(Some(Seat { ground, key, members }))
}

/// The resource of a sheet that its expert asks for.
pub(super) fn resource(application: &str, owner: Option<String>, submitted: bool) -> Resource {
    Resource::Sheet { application_id: application.to_owned(), owner, submitted }
}

impl Service {
    /// What an expert is to score, by call, stage and application. What there is a conflict with is not in it.
    ///
    /// # Errors
    /// `Forbidden` for anybody who is no expert.
    pub async fn sheets_to(&self, actor: &Actor) -> Result<Vec<SheetEntry>, ServiceError> {
        if actor.role != Role::Expert {
            return Err(ServiceError::Forbidden);
        }
        let (account, calls, now) = (actor.account_id.clone(), self.calls.clone(), self.clock.now());
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let Some(expert) = rows.expert_of_account(&account).await? else { return Ok(Vec::new()) };
                    let mut grounds: BTreeMap<String, Ground> = BTreeMap::new();
                    let mut entries = Vec::new();
                    for given in rows.assignments_to(&expert.id).await? {
                        let Some((call, _)) = calls.latest(&given.call_id) else { continue };
                        if !grounds.contains_key(&given.call_id) {
                            grounds.insert(given.call_id.clone(), Ground::of(rows, call).await?);
                        }
                        let Some(ground) = grounds.get(&given.call_id) else { continue };
                        entries.extend(entry(rows, ground, &expert, &given, now).await?);
                    }
                    Ok(entries)
                })
            }))
            .await
    }

    /// The sheet of the actor for an application at a stage.
    ///
    /// # Errors
    /// `NotFound` where it is not the actor's to score, or something is known against it.
    pub async fn sheet(
        &self,
        actor: &Actor,
        application: &str,
        stage: &str,
    ) -> Result<SheetView, ServiceError> {
        let call = self.call_of_sheet(application).await?;
        let (account, now) = (actor.account_id.clone(), self.clock.now());
        let (id, stage) = (application.to_owned(), stage.to_owned());
        let found = match call {
            None => None,
            Some(call) => {
                self.store
                    .read::<_, ServiceError>(Box::new(move |rows| {
                        Box::pin(async move { view(rows, call, &account, (&id, &stage), now).await })
                    }))
                    .await?
            }
        };
        let owner = found.as_ref().map(|_| actor.account_id.clone());
        self.access.require(Some(actor), Action::ReadSheet, &resource(application, owner, false))?;
        found.ok_or(ServiceError::NotFound)
    }

    /// The published call of an application.
    pub(super) async fn call_of_sheet(
        &self,
        application: &str,
    ) -> Result<Option<Arc<LoadedCall>>, ServiceError> {
        let id = application.to_owned();
        let row = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.application(&id).await?) })
            }))
            .await?;
        Ok(row.and_then(|row| self.calls.latest(&row.call_id)).map(|(call, _)| call))
    }
}

async fn view(
    rows: &mut dyn Connection,
    call: Arc<LoadedCall>,
    account: &str,
    (application, stage): (&str, &str),
    now: Timestamp,
) -> Result<Option<SheetView>, ServiceError> {
    let Some(Seat { ground, key, members }) = seat_of(rows, call, account, (application, stage), now).await?
    else {
        return Ok(None);
    };
    let of = ground.stage(stage)?;
    let Some(found) = rows.application(application).await? else { return Ok(None) };
    let row = rows.sheet(&key).await?;
    let lists = rows.published_lists(&ground.call.call.id).await?;
    Ok(Some(SheetView {
        entry: SheetEntry {
            call: ground.call.clone(),
            stage: of.id.clone(),
            stage_name: of.name.clone(),
            application: found.id,
            number: found.number.unwrap_or_default(),
            title: found.title,
            standing: SheetStanding::of(row.as_ref()),
        },
        members,
        rubric: of.rubric.clone(),
        content: row.as_ref().map(content_of).transpose()?.unwrap_or_default(),
        reason: row.as_ref().map(|row| row.reason.clone()).unwrap_or_default(),
        revision: row.as_ref().map_or(0, |row| row.revision),
        at: row.and_then(|row| Timestamp::from_microsecond(row.updated_at).ok()),
        published: lists.iter().any(|list| list.stage == stage),
    }))
}

async fn entry(
    rows: &mut dyn Connection,
    ground: &Ground,
    expert: &ExpertRow,
    given: &AssignmentRow,
    now: Timestamp,
) -> Result<Option<SheetEntry>, ServiceError> {
    let Some(stage) = ground.plan.stage(&given.stage) else { return Ok(None) };
    if given.withdrawn_at.is_some()
        || expert.active == 0
        || !ground.is_free(rows, expert, &given.application_id, day_of(now)).await?
    {
        return Ok(None);
    }
    let Some(application) = rows.application(&given.application_id).await? else { return Ok(None) };
    let row = rows.sheet(&key_of(given)).await?;
    Ok(Some(SheetEntry {
        call: ground.call.clone(),
        stage: stage.id.clone(),
        stage_name: stage.name.clone(),
        application: application.id,
        number: application.number.unwrap_or_default(),
        title: application.title,
        standing: SheetStanding::of(row.as_ref()),
    }))
}
