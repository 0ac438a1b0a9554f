//! Who stands for a stage, and how far each is: the start of the secretariat.

use std::sync::Arc;

use jiebang_domain::shared::Text;
use jiebang_store::{CandidateRow, Connection};

use super::ground::Ground;
use crate::access::{Action, Actor, Resource};
use crate::{LoadedCall, Service, ServiceError};

/// Applications that are read at once.
const BATCH: i64 = 500;
/// Most applications of one page.
const PAGE_MAX: usize = 200;

/// A page of candidates that is asked for.
#[derive(Clone, Debug, Default)]
pub struct CandidatesPage {
    /// Call.
    pub call: String,
    /// Stage; the first one where it is empty.
    pub stage: String,
    /// `open`, `passed`, `refused`, `short` (passed, and fewer experts than sheets are needed); everything else narrows nothing.
    pub show: String,
    /// The page begins after this id.
    pub after: String,
    /// Most applications.
    pub limit: usize,
}

/// A stage by id and name.
#[derive(Clone, Debug)]
pub struct StageName {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Text,
}

/// An application that stands for a stage.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Id.
    pub id: String,
    /// Number.
    pub number: String,
    /// Version that counts.
    pub version: i64,
    /// Title.
    pub title: String,
    /// Task.
    pub task: String,
    /// Lead as it was.
    pub lead: String,
    /// `open`, `passed` or `refused`.
    pub outcome: String,
    /// Experts that are to score it.
    pub assigned: i64,
    /// Sheets submitted.
    pub submitted: i64,
}

/// How many candidates are how far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CandidateCounts {
    /// All.
    pub all: usize,
    /// Forms that are to be checked.
    pub open: usize,
    /// Forms that passed.
    pub passed: usize,
    /// Forms that were refused.
    pub refused: usize,
    /// Passed, and fewer experts than sheets are needed.
    pub short: usize,
    /// Assignments that stand.
    pub assigned: i64,
    /// Sheets submitted.
    pub submitted: i64,
}

/// Candidates of a stage.
#[derive(Clone, Debug)]
pub struct CandidatesView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// Stages of the plan.
    pub stages: Vec<StageName>,
    /// The stage that is shown.
    pub stage: StageName,
    /// Fewest sheets of one application.
    pub scores_min: u32,
    /// How far they are.
    pub counts: CandidateCounts,
    /// A page of them, by id.
    pub entries: Vec<Candidate>,
    /// The next page begins after this id.
    pub next: Option<String>,
    /// The actor may check forms.
    pub may_check: bool,
    /// The actor may assign experts.
    pub may_assign: bool,
}

impl From<CandidateRow> for Candidate {
    fn from(row: CandidateRow) -> Self {
        let CandidateRow { id, number, version, title, task, lead, outcome, assigned, submitted, .. } = row;
        let outcome = outcome.unwrap_or_else(|| "open".to_owned());
        Self { id, number, version, title, task, lead, outcome, assigned, submitted }
    }
}

/// All candidates of a stage, by id.
pub(super) async fn all_candidates(
    rows: &mut dyn Connection,
    ground: &Ground,
    stage: &str,
) -> Result<Vec<Candidate>, ServiceError> {
    let mut all: Vec<Candidate> = Vec::new();
    let (call, pool) = (&ground.call.call.id, ground.pool(stage));
    loop {
        let after = all.last().map(|last| last.id.clone()).unwrap_or_default();
        let batch = rows.candidates(call, stage, pool, &after, BATCH).await?;
        if batch.is_empty() {
            return Ok(all);
        }
        all.extend(batch.into_iter().map(Candidate::from));
    }
}

impl CandidateCounts {
    fn of(all: &[Candidate], least: u32) -> Self {
        let outcome = |of: &str| all.iter().filter(|one| one.outcome == of).count();
        Self {
            all: all.len(),
            open: outcome("open"),
            passed: outcome("passed"),
            refused: outcome("refused"),
            short: all.iter().filter(|one| one.is_short(least)).count(),
            assigned: all.iter().map(|one| one.assigned).sum(),
            submitted: all.iter().map(|one| one.submitted).sum(),
        }
    }
}

impl Candidate {
    /// It passed, and has fewer experts than sheets are needed.
    fn is_short(&self, least: u32) -> bool {
        self.outcome == "passed" && self.assigned < i64::from(least)
    }

    fn is_shown(&self, show: &str, least: u32) -> bool {
        match show {
            "open" | "passed" | "refused" => self.outcome == show,
            "short" => self.is_short(least),
            _ => true,
        }
    }
}

impl Service {
    /// Candidates of a stage, how far each is, and how far all of them are.
    ///
    /// # Errors
    /// `NotFound` for a call without a plan or a stage that is not in it, `Forbidden`.
    pub async fn candidates(
        &self,
        actor: &Actor,
        page: CandidatesPage,
    ) -> Result<CandidatesView, ServiceError> {
        let call = self.call(&page.call)?.call;
        let resource = Resource::Call { id: call.call.id.clone(), published: true };
        self.access.require(Some(actor), Action::ReadSelection, &resource)?;
        let may = |action| self.access.allows(Some(actor), action, &resource);
        let (may_check, may_assign) = (may(Action::CheckForms), may(Action::AssignExperts));
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let ground = Ground::of(rows, call).await?;
                    let first = ground.plan.stages.first().map(|stage| stage.id.clone());
                    let asked = if page.stage.is_empty() { first.unwrap_or_default() } else { page.stage };
                    let stage = ground.stage(&asked)?;
                    let least = stage.aggregation.scores_min;
                    let all = all_candidates(rows, &ground, &asked).await?;
                    let counts = CandidateCounts::of(&all, least);
                    let limit = page.limit.clamp(1, PAGE_MAX);
                    let shown = all.into_iter().filter(|one| one.id > page.after);
                    let mut entries: Vec<Candidate> = shown
                        .filter(|one| one.is_shown(&page.show, least))
                        .take(limit.saturating_add(1))
                        .collect();
                    let more = entries.len() > limit;
                    entries.truncate(limit);
                    let next = entries.last().filter(|_| more).map(|last| last.id.clone());
                    let name = |stage: &jiebang_domain::selection::Stage| StageName {
                        id: stage.id.clone(),
                        name: stage.name.clone(),
                    };
                    Ok(CandidatesView {
                        stages: ground.plan.stages.iter().map(name).collect(),
                        stage: name(stage),
                        call: ground.call.clone(),
                        scores_min: least,
                        counts,
                        entries,
                        next,
                        may_check,
                        may_assign,
                    })
                })
            }))
            .await
    }
}
