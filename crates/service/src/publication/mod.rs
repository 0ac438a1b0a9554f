//! Publishing: what a list follows from, its versions, objections to it, and certificates.
//!
//! ```text
//! candidates, sheets, lifted caps ──▶ Record (frozen) ──select──▶ entries ──▶ version 1 (public notice) ──▶ version 2 (final) ──▶ certificates
//!                                                                              └── objections ── answers
//! ```

mod certificate;
mod lists;
mod objections;
mod papers;
mod publish;
mod standing;

pub use certificate::CertificateView;
pub use lists::{ListSummary, ListVersionView};
pub use objections::{FileObjection, GiveAnswer, ObjectionView};
pub use publish::PublishList;
pub use standing::{LiftCap, StandingView};

use jiebang_domain::call::{Call, Source};
use jiebang_domain::publication::{FirstDay, NoticeRule, Objection, ObjectionState, Outcome, Refusal};
use jiebang_domain::selection::Plan;
use jiebang_domain::shared::{Digest, ListKind};
use jiebang_store::{Connection, ObjectionRow};
use jiff::Timestamp;

use crate::access::{Action, Actor, Resource};
use crate::{LoadedCall, Service, ServiceError};

/// Most rows of one reading.
const PAGE: i64 = 500;

fn resource(call: &LoadedCall) -> Resource {
    Resource::Call { id: call.call.id.clone(), published: true }
}

/// What kind of list a stage makes: the last one names the winners.
fn kind_of(plan: &Plan, stage: &str) -> ListKind {
    let last = plan.stages.last().is_some_and(|last| last.id == stage);
    if last { ListKind::Winners } else { ListKind::Shortlist }
}

/// The rule of the public notice, where the plan has one.
fn notice_rule(plan: &Plan) -> Option<NoticeRule> {
    plan.notice.as_ref().map(|terms| NoticeRule {
        working_days: terms.working_days.into(),
        first_day: if terms.first_day_counts { FirstDay::Counted } else { FirstDay::NotCounted },
        answer_working_days: terms.answer_days.into(),
        source: terms.source.clone(),
    })
}

/// What the rules of this room say against an act, with their source.
fn refused(refusal: &Refusal, plan: &Plan) -> ServiceError {
    let source = plan.notice.as_ref().map_or(&plan.source, |terms| &terms.source);
    ServiceError::Invalid(refusal.findings(source))
}

fn source_of(plan: &Plan) -> &Source {
    plan.notice.as_ref().map_or(&plan.source, |terms| &terms.source)
}

/// A digest that the store keeps.
fn digest(text: &str) -> Result<Digest, ServiceError> {
    Digest::parse(text).map_err(|_| ServiceError::Internal(format!("{text} is no digest")))
}

/// All objections to the lists of one stage, in the order in which they came.
async fn objections_to(
    rows: &mut dyn Connection,
    call: &Call,
    stage: &str,
) -> Result<Vec<Objection>, ServiceError> {
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = rows.objections(&call.id, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after.clone_from(&last.id);
        for row in page.iter().filter(|row| row.stage == stage) {
            all.push(read_objection(row)?);
        }
    }
}

/// An objection as it was lodged, and what was answered since.
fn read_objection(row: &ObjectionRow) -> Result<Objection, ServiceError> {
    #[derive(serde::Deserialize)]
    struct Stored {
        objection: Objection,
    }
    let fault =
        |error: &dyn std::fmt::Display| ServiceError::Internal(format!("objection {}: {error}", row.id));
    let Stored { mut objection } = serde_json::from_str(&row.content).map_err(|error| fault(&error))?;
    if let Some((at, by)) = row.answered_at.zip(row.answered_by.clone()) {
        let outcome = Outcome::parse(&row.outcome).ok_or_else(|| fault(&row.outcome))?;
        let at = Timestamp::from_microsecond(at).map_err(|error| fault(&error))?;
        objection.state = ObjectionState::Answered { outcome, answer: row.answer.clone(), by, at };
    }
    Ok(objection)
}

impl Service {
    /// Whether somebody sees how the selection of a call goes.
    pub fn follows_selection(&self, actor: &Actor, call: &str) -> bool {
        self.may_for(actor, Action::ReadSelection, call)
    }

    /// Whether somebody decides what is published.
    pub fn decides_lists(&self, actor: &Actor, call: &str) -> bool {
        self.may_for(actor, Action::PublishList, call)
    }

    /// Whether somebody answers objections.
    pub fn answers_objections(&self, actor: &Actor, call: &str) -> bool {
        self.may_for(actor, Action::AnswerObjection, call)
    }

    fn may_for(&self, actor: &Actor, action: Action, call: &str) -> bool {
        let resource = Resource::Call { id: call.to_owned(), published: true };
        self.access.allows(Some(actor), action, &resource)
    }
}
