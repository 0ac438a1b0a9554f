//! The desk: what waits, and one application with everything around it.

use std::cmp::Ordering;

use jiebang_domain::application::ApplicationState;
use jiebang_domain::call::{Actor as Clocked, deadline_finding};
use jiebang_domain::recommendation::{Assessment, Department, Stance};
use jiebang_domain::shared::Region;
use jiebang_store::{AssessmentRow, Connection, DeskCounts, DeskFilter, OpinionRow, ReturnRow};
use jiff::Timestamp;

use super::candidates::{self, entry_of, quota_view, received};
use super::views::{
    AssessmentView, DeskApplication, DeskEntry, DeskSummary, DeskView, OpinionView, ReturnedView,
};
use super::{recommendation_of, registered_under, resource};
use crate::access::{Action, Actor};
use crate::{LoadedCall, Service, ServiceError};

/// Which page of a desk (页).
#[derive(Clone, Debug)]
pub struct DeskPage {
    /// Call.
    pub call: String,
    /// Who recommends.
    pub region: Region,
    /// Empty for all, or as in [`DeskFilter::show`].
    pub show: String,
    /// Only what comes before this id.
    pub before: Option<String>,
    /// Most entries.
    pub limit: i64,
}

/// Most rows that are read at once.
const ROWS_MAX: i64 = 200;

/// The applications beside one in the order of a desk (上一件、下一件).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbours {
    /// The next newer one.
    pub newer: Option<String>,
    /// The next older one.
    pub older: Option<String>,
}

impl Neighbours {
    /// Goes down the applications of one region until the id is passed.
    async fn look(
        &mut self,
        rows: &mut dyn Connection,
        filter: &mut DeskFilter,
        id: &str,
    ) -> Result<(), ServiceError> {
        loop {
            let found = rows.desk_rows(filter).await?;
            for row in &found {
                match row.id.as_str().cmp(id) {
                    Ordering::Greater => {
                        if self.newer.as_deref().is_none_or(|newer| row.id.as_str() < newer) {
                            self.newer = Some(row.id.clone());
                        }
                    }
                    Ordering::Equal => {}
                    Ordering::Less => {
                        if self.older.as_deref().is_none_or(|older| row.id.as_str() > older) {
                            self.older = Some(row.id.clone());
                        }
                        return Ok(());
                    }
                }
            }
            match found.last() {
                Some(last) if i64::try_from(found.len()).is_ok_and(|count| count == filter.limit) => {
                    filter.before_id = Some(last.id.clone());
                }
                _ => return Ok(()),
            }
        }
    }
}

/// What the store knows of one application besides its form.
struct Around {
    assessment: Option<AssessmentRow>,
    opinions: Vec<OpinionRow>,
    returned: Option<ReturnRow>,
}

impl Service {
    /// A page of a desk.
    ///
    /// # Errors
    /// `NotFound` where there is no such desk, or it is not the actor's business.
    pub async fn desk(&self, actor: Option<&Actor>, page: DeskPage) -> Result<DeskView, ServiceError> {
        let call = self.call(&page.call)?.call;
        recommendation_of(&call.call)?;
        self.access.require(actor, Action::ReadDesk, &resource(&page.call, page.region))?;
        let (loaded, region, limit) = (call.clone(), page.region, page.limit.clamp(1, ROWS_MAX));
        let (read, entries, counts) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let read = candidates::read(rows, &loaded, region).await?;
                    let filter = DeskFilter {
                        call_id: page.call,
                        region: region.code().to_owned(),
                        registered: String::new(),
                        show: page.show,
                        before_id: page.before,
                        limit,
                    };
                    let found = found(rows, &loaded, region, &filter).await?;
                    Ok((read, found, counted(rows, &loaded, region).await?))
                })
            }))
            .await?;
        let whole = i64::try_from(entries.len()).unwrap_or(limit) == limit;
        let older = entries.last().map(|row| row.id.clone()).filter(|_| whole);
        Ok(DeskView {
            summary: self.summary_of(actor, &call, read, u32::try_from(counts.open).unwrap_or(u32::MAX)),
            counts,
            entries: entries.iter().map(|row| entry_of(&call.call, row)).collect::<Result<_, _>>()?,
            older,
            call,
        })
    }

    /// Applications that are verified and not on the list, newest first, at most so many; and whether there are more.
    ///
    /// # Errors
    /// `NotFound` where there is no such desk, or it is not the actor's business.
    pub async fn verified_unranked(
        &self,
        actor: &Actor,
        call: &str,
        region: Region,
        most: usize,
    ) -> Result<(Vec<DeskEntry>, bool), ServiceError> {
        let call = self.call(call)?.call;
        let regions = registered_under(recommendation_of(&call.call)?, region);
        self.access.require(Some(actor), Action::ReadDesk, &resource(&call.call.id, region))?;
        let id = call.call.id.clone();
        let mut found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut all = Vec::new();
                    for registered in regions {
                        let mut filter = DeskFilter {
                            call_id: id.clone(),
                            region: region.code().to_owned(),
                            registered: registered.code().to_owned(),
                            show: "assessed".to_owned(),
                            before_id: None,
                            limit: ROWS_MAX,
                        };
                        let mut left = most + 1;
                        while left > 0 {
                            let some = rows.desk_rows(&filter).await?;
                            filter.before_id = some.last().map(|row| row.id.clone());
                            let whole = i64::try_from(some.len()).is_ok_and(|count| count == ROWS_MAX);
                            let before = all.len();
                            all.extend(some.into_iter().filter(|row| row.place.is_none()));
                            left = if whole { left.saturating_sub(all.len() - before) } else { 0 };
                        }
                    }
                    Ok(all)
                })
            }))
            .await?;
        found.sort_by(|one, other| other.id.cmp(&one.id));
        let more = found.len() > most;
        found.truncate(most);
        Ok((found.iter().map(|row| entry_of(&call.call, row)).collect::<Result<_, _>>()?, more))
    }

    /// How far the desks of a call are, in official order; those that nothing was submitted under are left out.
    ///
    /// # Errors
    /// `Forbidden` for whom the desks are no business of.
    pub async fn desks(&self, actor: &Actor, call: &str) -> Result<Vec<DeskSummary>, ServiceError> {
        let call = self.call(call)?.call;
        let admits = &recommendation_of(&call.call)?.admits;
        let regions: Vec<Region> = Region::all().filter(|region| admits.contains(&region.kind())).collect();
        let seen = |region: &Region| {
            self.access.allows(Some(actor), Action::ReadDesk, &resource(&call.call.id, *region))
        };
        let regions: Vec<Region> = regions.into_iter().filter(seen).collect();
        if regions.is_empty() {
            return Err(ServiceError::Forbidden);
        }
        let loaded = call.clone();
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let lists = rows.recommendations(&loaded.call.id).await?;
                    let mut all = Vec::new();
                    for region in regions {
                        let touched = lists.iter().any(|row| row.region == region.code());
                        if !touched && received(rows, &loaded, region).await? == 0 {
                            continue;
                        }
                        let read = candidates::read(rows, &loaded, region).await?;
                        all.push((read, unassessed(rows, &loaded, region).await?));
                    }
                    Ok(all)
                })
            }))
            .await?;
        let summary = |(read, unassessed)| self.summary_of(Some(actor), &call, read, unassessed);
        Ok(found.into_iter().map(summary).collect())
    }

    fn summary_of(
        &self,
        actor: Option<&Actor>,
        call: &LoadedCall,
        read: candidates::Read,
        unassessed: u32,
    ) -> DeskSummary {
        let (region, now) = (read.list.region, self.clock.now());
        let desk = resource(&call.call.id, region);
        let approves = || self.access.allows(actor, Action::ApproveOverrun, &desk);
        DeskSummary {
            region,
            received: read.list.received,
            unassessed,
            ranked: u32::try_from(read.list.ranked.len()).unwrap_or(u32::MAX),
            quota: quota_view(&call.call, region, read.list.received, now),
            state: read.list.state,
            overrun: candidates::overrun_view(&read.row),
            may_approve: read.list.may_change(&call.call, now).is_ok() && approves(),
            signed: read.list.signed,
        }
    }

    /// The applications before and after one among those that a desk shows.
    ///
    /// # Errors
    /// `NotFound` where there is no such desk, or it is not the actor's business.
    pub async fn desk_neighbours(
        &self,
        actor: &Actor,
        call: &str,
        region: Region,
        show: &str,
        id: &str,
    ) -> Result<Neighbours, ServiceError> {
        let call = self.call(call)?.call;
        let regions = registered_under(recommendation_of(&call.call)?, region);
        self.access.require(Some(actor), Action::ReadDesk, &resource(&call.call.id, region))?;
        let (show, id) = (show.to_owned(), id.to_owned());
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut beside = Neighbours::default();
                    for registered in regions {
                        let mut filter = DeskFilter {
                            call_id: call.call.id.clone(),
                            region: region.code().to_owned(),
                            registered: registered.code().to_owned(),
                            show: show.clone(),
                            before_id: None,
                            limit: ROWS_MAX,
                        };
                        beside.look(rows, &mut filter, &id).await?;
                    }
                    Ok(beside)
                })
            }))
            .await
    }

    /// An application as its desk works on it: the version that counts, with what was found out about it.
    ///
    /// # Errors
    /// `NotFound` when it is not there or not the actor's business.
    pub async fn desk_application(&self, actor: &Actor, id: &str) -> Result<DeskApplication, ServiceError> {
        let (view, recommender, resource) = self.version_that_counts(actor, id).await?;
        let region = recommender.ok_or(ServiceError::NotFound)?;
        self.access.require(
            Some(actor),
            Action::ReadDesk,
            &super::resource(&view.summary.call.call.id, region),
        )?;
        let version = view.summary.version;
        // A draft is at no desk.
        if version == 0 {
            return Err(ServiceError::NotFound);
        }
        let around = self.around(id, version).await?;
        let now = self.clock.now();
        let call = &view.summary.call.call;
        let open = deadline_finding(call, Clocked::Recommender, None, now).is_none();
        let allows = |action| self.access.allows(Some(actor), action, &resource);
        let submitted = view.summary.state == "submitted";
        let correctable = deadline_finding(call, Clocked::Applicant, None, now).is_none();
        let mut opinions = Vec::new();
        for row in around.opinions.iter().filter(|row| row.version == version) {
            opinions.extend(self.opinion_view(row).await?);
        }
        let assessment = match around.assessment {
            Some(row) => Some(self.assessment_view(row).await?),
            None => None,
        };
        Ok(DeskApplication {
            region,
            returned: around.returned.map(|row| returned_view(&view.summary.call, &row)),
            writes: allows(Action::AssessApplication),
            may_assess: open && allows(Action::AssessApplication),
            may_return: submitted && correctable && allows(Action::ReturnApplication),
            assessment,
            opinions,
            view,
        })
    }

    async fn around(&self, id: &str, version: i64) -> Result<Around, ServiceError> {
        let id = id.to_owned();
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    Ok(Around {
                        assessment: rows.assessment(&id).await?,
                        opinions: rows.opinions(&id).await?,
                        returned: rows.return_of(&id, version).await?,
                    })
                })
            }))
            .await
    }

    pub(super) async fn assessment_view(&self, row: AssessmentRow) -> Result<AssessmentView, ServiceError> {
        let fault = |error: serde_json::Error| ServiceError::Internal(format!("assessment: {error}"));
        Ok(AssessmentView {
            assessment: Assessment {
                version: u32::try_from(row.version).unwrap_or(0),
                answers: serde_json::from_str(&row.answers).map_err(fault)?,
                preferences: serde_json::from_str(&row.preferences).map_err(fault)?,
                note: row.note,
                reason: row.reason,
                remark: row.remark,
            },
            revision: row.revision,
            by: self.account_name(&row.updated_by).await?,
            at: Timestamp::from_microsecond(row.updated_at).ok(),
        })
    }

    async fn opinion_view(&self, row: &OpinionRow) -> Result<Option<OpinionView>, ServiceError> {
        let known = (Department::parse(&row.department), Stance::parse(&row.stance));
        let (Some(department), Some(stance)) = known else { return Ok(None) };
        Ok(Some(OpinionView {
            department,
            version: u32::try_from(row.version).unwrap_or(0),
            stance,
            note: row.note.clone(),
            by: self.account_name(&row.updated_by).await?,
            at: Timestamp::from_microsecond(row.updated_at).ok(),
        }))
    }
}

/// The rows of a page, of all regions whose units the desk recommends.
async fn found(
    rows: &mut dyn Connection,
    call: &LoadedCall,
    region: Region,
    filter: &DeskFilter,
) -> Result<Vec<jiebang_store::DeskRow>, ServiceError> {
    let mut found = Vec::new();
    for registered in registered_under(recommendation_of(&call.call)?, region) {
        let code = registered.code().to_owned();
        found.extend(rows.desk_rows(&DeskFilter { registered: code, ..filter.clone() }).await?);
    }
    found.sort_by(|one, other| other.id.cmp(&one.id));
    found.truncate(usize::try_from(filter.limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// How many applications of each kind there are under a region.
async fn counted(
    rows: &mut dyn Connection,
    call: &LoadedCall,
    region: Region,
) -> Result<DeskCounts, ServiceError> {
    let mut all = DeskCounts::default();
    for registered in registered_under(recommendation_of(&call.call)?, region) {
        let some = rows.count_desk(&call.call.id, region.code(), registered.code()).await?;
        all.received += some.received;
        all.open += some.open;
        all.assessed += some.assessed;
        all.objected += some.objected;
        all.returned += some.returned;
        all.ranked += some.ranked;
    }
    Ok(all)
}

/// How many applications under a region wait to be verified.
async fn unassessed(
    rows: &mut dyn Connection,
    call: &LoadedCall,
    region: Region,
) -> Result<u32, ServiceError> {
    let mut count = 0;
    for registered in registered_under(recommendation_of(&call.call)?, region) {
        count += rows.count_unassessed(&call.call.id, registered.code()).await?;
    }
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A return as the applicant and the desk read it.
pub(crate) fn returned_view(call: &LoadedCall, row: &ReturnRow) -> ReturnedView {
    let department = Department::parse(&row.department).unwrap_or(Department::IndustryAuthority);
    ReturnedView {
        by: department.name(&call.call),
        note: row.note.clone(),
        at: Timestamp::from_microsecond(row.returned_at).ok(),
    }
}

/// The state has a version that a desk works on.
pub(super) fn stands(state: &ApplicationState) -> bool {
    matches!(state, ApplicationState::Submitted(_) | ApplicationState::Reopened(_))
}
