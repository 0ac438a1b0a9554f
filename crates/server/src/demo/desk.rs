//! What desks do in the demo's season: verify, return, say where they stand, rank, sign; planned from the stories, carried out
//! through the same use cases that people use.

use std::sync::Arc;

use jiebang_domain::call::Actor as Clocked;
use jiebang_domain::recommendation::{Answer, Stance, questions};
use jiebang_domain::shared::Region;
use jiebang_service::{Actor, Assess, DeskEntry, DeskPage, LoadedCall, Role, Service, ServiceError, Sign};
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::season::{Act, DeskWork, Draw, Fate, Plan, Season, Story, instant};
use super::writer::applicant;

/// A desk looks at an application between these times after it came in.
const LOOKED_AT: (SignedDuration, SignedDuration) =
    (SignedDuration::from_hours(3), SignedDuration::from_hours(30));
/// Nothing is returned later than this before applicants close.
const RETURNED_BEFORE: SignedDuration = SignedDuration::from_hours(48);
/// Most applications of one desk in the season.
const ENTRIES_MAX: i64 = 200;

/// Something that a desk does (推荐单位的动作).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskAct {
    /// Both departments look at the application of this story.
    Verify(usize),
    /// The industry department does, and the drug regulator objects.
    Object(usize),
    /// It is returned for correction.
    Return(usize),
    /// The list is made.
    Rank,
    /// Both departments sign it.
    Sign,
}

/// The acts of all desks. They are drawn from a stream of their own, so that they change no name of the season.
///
/// # Errors
/// When an instant is none.
pub fn acts(
    season: &Season,
    calls: &[Arc<LoadedCall>],
    stories: &[Story],
    planned: &[(Timestamp, Act)],
    seed: u64,
) -> Result<Vec<(Timestamp, Act)>, String> {
    let mut draw = Draw { stream: ChaCha20Rng::seed_from_u64(!seed), season };
    let mut acts = Vec::new();
    for (desk, work) in season.desk.iter().enumerate() {
        let Some(call) = calls.iter().find(|call| call.call.id == work.call) else {
            return Err(format!("there is no call {}", work.call));
        };
        let closes = call.call.deadline(Clocked::Applicant).map(|deadline| deadline.at);
        let came: Vec<(Timestamp, usize)> = arrivals(work, call, stories, planned);
        let looked_at = came.len().saturating_sub(work.waiting);
        for (nth, (at, story)) in came.into_iter().take(looked_at).enumerate() {
            let when = draw.between(at + LOOKED_AT.0, at + LOOKED_AT.1);
            let returns = nth < work.returned && closes.is_some_and(|closes| when < closes - RETURNED_BEFORE);
            let act = if returns {
                DeskAct::Return(story)
            } else if nth < work.returned + work.objected {
                DeskAct::Object(story)
            } else {
                DeskAct::Verify(story)
            };
            acts.push((when, Act::Desk(desk, act)));
        }
        acts.push((instant(&work.rank)?, Act::Desk(desk, DeskAct::Rank)));
        if let Some(sign) = &work.sign {
            acts.push((instant(sign)?, Act::Desk(desk, DeskAct::Sign)));
        }
    }
    Ok(acts)
}

/// Stories whose applications come to a desk and stay as they were submitted, by the time of it.
fn arrivals(
    work: &DeskWork,
    call: &LoadedCall,
    stories: &[Story],
    planned: &[(Timestamp, Act)],
) -> Vec<(Timestamp, usize)> {
    let recommender = |region: Region| {
        let recommendation = call.call.recommendation.as_ref();
        recommendation.is_some_and(|recommendation| recommendation.recommender_of(region) == work.region)
    };
    let own =
        |story: &Story| story.call == work.call && story.fate == Fate::Submitted && recommender(story.region);
    let mut came: Vec<(Timestamp, usize)> = planned
        .iter()
        .filter_map(|(at, act)| match act {
            Act::Submit(nth) => stories.get(*nth).filter(|story| own(story)).map(|_| (*at, *nth)),
            _ => None,
        })
        .collect();
    came.sort_unstable();
    came
}

/// Carries out an act of a desk.
///
/// # Errors
/// When a use case refuses it.
pub async fn carry_out(
    service: &Service,
    plan: &Plan,
    work: &DeskWork,
    act: DeskAct,
) -> Result<(), ServiceError> {
    let industry = officer(service, plan, work.region, Role::IndustryAuthority).await?;
    let drug = officer(service, plan, work.region, Role::DrugRegulator).await?;
    let story = |nth: usize| plan.stories.get(nth).ok_or(ServiceError::NotFound);
    let remarks = &plan.season.remarks;
    match act {
        DeskAct::Verify(nth) => {
            let id = verify(service, plan, &industry, story(nth)?, nth).await?;
            service.give_opinion(&industry, &id.0, id.1, Stance::Agrees, "").await?;
            service.give_opinion(&drug, &id.0, id.1, Stance::Agrees, "").await
        }
        DeskAct::Object(nth) => {
            let id = verify(service, plan, &industry, story(nth)?, nth).await?;
            service.give_opinion(&industry, &id.0, id.1, Stance::Agrees, "").await?;
            let why = one(&remarks.objections, nth);
            service.give_opinion(&drug, &id.0, id.1, Stance::Objects, why).await
        }
        DeskAct::Return(nth) => {
            let (_, id) = applicant(service, story(nth)?).await?;
            service.return_application(&drug, &id, one(&remarks.returns, nth), None).await
        }
        DeskAct::Rank => rank(service, &industry, work).await,
        DeskAct::Sign => {
            for actor in [&industry, &drug] {
                let list = service.recommendation_list(actor, &work.call, work.region).await?;
                if list.entries.is_empty() {
                    return Ok(());
                }
                let sign =
                    Sign { call: work.call.clone(), region: work.region, seen: Some(list.digest), key: None };
                service.sign_list(actor, sign).await?;
            }
            Ok(())
        }
    }
}

fn one(of: &[String], nth: usize) -> &str {
    of.get(nth % of.len().max(1)).map_or("", String::as_str)
}

/// The person who acts for a department of a region.
async fn officer(service: &Service, plan: &Plan, region: Region, role: Role) -> Result<Actor, ServiceError> {
    let login = plan
        .season
        .login
        .iter()
        .find(|login| login.role == role.id() && login.region.as_deref() == Some(region.code()));
    let login = login.ok_or_else(|| {
        ServiceError::Internal(format!("nobody acts for {} as {}", region.code(), role.id()))
    })?;
    service.actor_for_demo(&login.username).await
}

/// Fills in the sheet of a story's application; returns its id and the version that was looked at.
async fn verify(
    service: &Service,
    plan: &Plan,
    actor: &Actor,
    story: &Story,
    nth: usize,
) -> Result<(String, u32), ServiceError> {
    let (_, id) = applicant(service, story).await?;
    let found = service.desk_application(actor, &id).await?;
    let call = &found.view.summary.call.call;
    let version = u32::try_from(found.view.summary.version).unwrap_or(0);
    let criteria = call.recommendation.as_ref().map_or(0, |of| of.preferences.len());
    let remarks = &plan.season.remarks;
    let sent = Assess {
        application: id.clone(),
        version,
        revision: found.assessment.as_ref().map_or(0, |of| of.revision),
        answers: questions(call).map(|question| (question.code.clone(), Answer::Met)).collect(),
        preferences: (0..criteria).filter(|place| !(place + nth).is_multiple_of(3)).collect(),
        note: one(&remarks.notes, nth).to_owned(),
        reason: one(&remarks.reasons, nth).to_owned(),
        remark: String::new(),
    };
    service.assess(actor, sent).await?;
    Ok((id, version))
}

/// Puts what is verified and not objected to on the list, the earliest first.
async fn rank(service: &Service, actor: &Actor, work: &DeskWork) -> Result<(), ServiceError> {
    let page = DeskPage {
        call: work.call.clone(),
        region: work.region,
        show: "assessed".to_owned(),
        find: String::new(),
        before: None,
        limit: ENTRIES_MAX,
    };
    let desk = service.desk(Some(actor), page).await?;
    let objected = |entry: &DeskEntry| {
        entry.candidate.opinions.iter().flatten().any(|opinion| opinion.stance == Stance::Objects)
    };
    let mut good: Vec<&DeskEntry> = desk.entries.iter().filter(|entry| !objected(entry)).collect();
    good.sort_by(|one, other| one.candidate.number.cmp(&other.candidate.number));
    let ranks: Vec<(String, u32)> = good
        .into_iter()
        .take(work.places)
        .map(|entry| entry.candidate.application.clone())
        .zip(1..)
        .collect();
    let list = service.recommendation_list(actor, &work.call, work.region).await?;
    service.rank(actor, &work.call, work.region, list.revision, &ranks).await.map(drop)
}
