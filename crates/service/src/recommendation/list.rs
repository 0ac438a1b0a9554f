//! The list: its order, and leave for more places.

use std::collections::HashMap;
use std::sync::Arc;

use jiebang_domain::recommendation::{Department, ListState, obstacles, ranking};
use jiebang_domain::shared::{Region, Text};
use jiebang_store::{BoxFuture, Connection, RecommendationRow, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::candidates::{self, quota_view, received};
use super::views::{ListView, SignatureView};
use super::{recommendation_of, registered_under, resource, said};
use crate::access::{Action, Actor};
use crate::{LoadedCall, Service, ServiceError, ledger};

/// A change of a list, as it is judged and written down (名单变更).
struct Change {
    action: Action,
    /// Kind of its event.
    kind: &'static str,
    /// What the event says.
    facts: serde_json::Value,
    /// Revision that the editor saw; `None` for one who does not edit the list.
    seen: Option<i64>,
}

impl Service {
    /// The list of a region with everything that stands in its way.
    ///
    /// # Errors
    /// `NotFound` where there is no such desk, or it is not the actor's business.
    pub async fn recommendation_list(
        &self,
        actor: &Actor,
        call: &str,
        region: Region,
    ) -> Result<ListView, ServiceError> {
        let call = self.call(call)?.call;
        recommendation_of(&call.call)?;
        let desk = resource(&call.call.id, region);
        self.access.require(Some(actor), Action::ReadDesk, &desk)?;
        let loaded = call.clone();
        let read = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { candidates::read(rows, &loaded, region).await })
            }))
            .await?;
        let now = self.clock.now();
        let allows = |action| self.access.allows(Some(actor), action, &desk);
        let open = read.list.may_change(&call.call, now).is_ok();
        let mut signatures = Vec::new();
        for row in &read.signatures {
            let department = Department::parse(&row.department);
            let Some(department) = department else { continue };
            signatures.push(SignatureView {
                department,
                by: self.account_name(&row.signed_by).await?,
                at: Timestamp::from_microsecond(row.signed_at).ok(),
                stands: row.list_sha256 == read.digest
                    || matches!(read.list.state, ListState::Confirmed { .. }),
            });
        }
        Ok(ListView {
            region,
            state: read.list.state,
            revision: read.row.revision,
            versions: u32::try_from(read.row.versions).unwrap_or(u32::MAX),
            digest: read.digest,
            received: read.list.received,
            quota: quota_view(&call.call, region, read.list.received, now),
            obstacles: obstacles(&call.call, &read.list, now),
            writes: allows(Action::RankApplications),
            decides: allows(Action::ApproveOverrun),
            may_rank: open && allows(Action::RankApplications),
            may_sign: open && allows(Action::SignList),
            may_reopen: read.list.reopen(&call.call, now).is_ok() && allows(Action::SignList),
            may_approve: open && allows(Action::ApproveOverrun),
            entries: read.entries,
            overrun: candidates::overrun_view(&read.row),
            signatures,
            call,
        })
    }

    /// Puts applications on the list with their ranks, in the place of those that stood there. Returns the list's new revision.
    ///
    /// # Errors
    /// `Invalid` for ranks with gaps or doubles and for applications of another desk, `List` when it is late or confirmed,
    /// `Stale` when somebody else changed the list first.
    pub async fn rank(
        &self,
        actor: &Actor,
        call: &str,
        region: Region,
        revision: i64,
        ranks: &[(String, u32)],
    ) -> Result<i64, ServiceError> {
        let order = ranking(ranks).map_err(ServiceError::Invalid)?;
        let facts = json!({ "applications": order.len() });
        let change =
            Change { action: Action::RankApplications, kind: "list_ranked", facts, seen: Some(revision) };
        self.change_list(actor, call, region, change, move |rows, call, row| {
            Box::pin(async move {
                let regions = registered_under(recommendation_of(&call.call)?, region);
                let standing: HashMap<String, String> =
                    rows.standing(&call.call.id, &order).await?.into_iter().collect();
                let belongs = |id: &String| {
                    let registered = standing.get(id).and_then(|code| Region::parse(code));
                    registered.is_some_and(|registered| regions.contains(&registered))
                };
                if let Some(id) = order.iter().find(|id| !belongs(id)) {
                    return Err(not_here(id));
                }
                rows.save_ranking(&row.call_id, &row.region, &order).await?;
                Ok(row)
            })
        })
        .await
    }

    /// Says why the list holds more than the quota has places for; an empty reason takes the request back.
    ///
    /// # Errors
    /// `Invalid` for a text too long, `List`, `Stale`.
    pub async fn ask_overrun(
        &self,
        actor: &Actor,
        call: &str,
        region: Region,
        revision: i64,
        reason: &str,
    ) -> Result<i64, ServiceError> {
        let reason = said("overrun_reason", reason, false)?;
        let facts = json!({ "sha256": ledger::sha256(reason.as_bytes()) });
        let change =
            Change { action: Action::RankApplications, kind: "overrun_asked", facts, seen: Some(revision) };
        self.change_list(actor, call, region, change, move |_, _, mut row| {
            Box::pin(async move {
                if row.overrun_reason != reason {
                    // Leave was given for another reason.
                    row.overrun_places = None;
                    row.overrun_note.clear();
                }
                row.overrun_reason = reason;
                Ok(row)
            })
        })
        .await
    }

    /// Approves so many places in all, or says why not.
    ///
    /// # Errors
    /// `Invalid` without a note or where nobody asked, `List`.
    pub async fn approve_overrun(
        &self,
        actor: &Actor,
        call: &str,
        region: Region,
        places: Option<u32>,
        note: &str,
    ) -> Result<i64, ServiceError> {
        let note = said("overrun_note", note, true)?;
        let facts = json!({ "places": places, "sha256": ledger::sha256(note.as_bytes()) });
        let change = Change { action: Action::ApproveOverrun, kind: "overrun_decided", facts, seen: None };
        self.change_list(actor, call, region, change, move |_, _, mut row| {
            Box::pin(async move {
                if row.overrun_reason.is_empty() {
                    return Err(ServiceError::field(
                        "overrun_not_asked",
                        "overrun_places",
                        Text::new("推荐单位没有申请超额", "The region has not asked for more places"),
                        Text::new("由推荐单位先写明理由", "Let the region give its reason first"),
                    ));
                }
                row.overrun_places = places.map(i64::from);
                row.overrun_note = note;
                Ok(row)
            })
        })
        .await
    }

    /// One act on an open list. Returns its new revision.
    async fn change_list(
        &self,
        actor: &Actor,
        call: &str,
        region: Region,
        Change { action, kind, facts, seen }: Change,
        change: impl for<'a> FnOnce(
            &'a mut dyn Connection,
            Arc<LoadedCall>,
            RecommendationRow,
        ) -> BoxFuture<'a, Result<RecommendationRow, ServiceError>>
        + Send
        + 'static,
    ) -> Result<i64, ServiceError> {
        let call = self.call(call)?.call;
        recommendation_of(&call.call)?;
        self.access.require(Some(actor), action, &resource(&call.call.id, region))?;
        let now = self.clock.now();
        let subject = subject(&call.call.id, region);
        let event =
            ledger::event(kind, &subject, Some(actor.account_id.clone()), &facts, now.as_microsecond());
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let (id, code) = (call.call.id.as_str(), region.code());
                    let row = rows.recommendation(id, code).await?;
                    let mut row = row.unwrap_or_else(|| candidates::untouched(id, region));
                    let received = received(rows, &call, region).await?;
                    candidates::unsigned(&row, region, received).may_change(&call.call, now)?;
                    if seen.is_some_and(|seen| seen != row.revision) {
                        return Err(StoreError::Stale.into());
                    }
                    row.updated_at = now.as_microsecond();
                    let row = change(&mut *rows, call.clone(), row).await?;
                    let revision = rows.save_recommendation(&row).await?;
                    rows.add_event(&event).await?;
                    Ok(revision)
                })
            }))
            .await
    }
}

/// What events of a list are about.
pub(super) fn subject(call: &str, region: Region) -> String {
    format!("{call} {}", region.code())
}

fn not_here(id: &str) -> ServiceError {
    ServiceError::field(
        "application_of_another_desk",
        "ranking",
        Text::new(
            format!("{id} 不是本推荐单位收到的有效申报"),
            format!("{id} is not submitted under this region"),
        ),
        Text::new("从名单中移出", "Take it off the list"),
    )
}
