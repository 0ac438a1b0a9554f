//! The desk: what waits, and one application with everything around it.

use std::collections::HashSet;

use jiebang_domain::application::ApplicationState;
use jiebang_domain::call::{Actor as Clocked, deadline_finding};
use jiebang_domain::recommendation::{Assessment, Department, Stance};
use jiebang_domain::shared::Region;
use jiebang_store::{AssessmentRow, Connection, DeskCounts, DeskFilter, OpinionRow, ReturnRow};
use jiff::Timestamp;

use super::candidates::{self, Brief, entry_of, quota_view};
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
    /// Only those with this in their title, number or lead; empty for all.
    pub find: String,
    /// Only what comes before this id.
    pub before: Option<String>,
    /// Most entries.
    pub limit: i64,
}

impl DeskPage {
    /// What the store is asked for; of which regions of registration is said later.
    fn filter(&self, region: Region, limit: i64) -> DeskFilter {
        DeskFilter {
            call_id: self.call.clone(),
            region: region.code().to_owned(),
            registered: String::new(),
            show: self.show.clone(),
            find: self.find.trim().chars().take(FIND_MAX).collect(),
            before_id: self.before.clone(),
            limit,
        }
    }
}

/// Characters of what is looked for.
const FIND_MAX: usize = 100;

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
        let (brief, entries, counts) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let filter = page.filter(region, limit);
                    let counts = counted(rows, &loaded, region).await?;
                    let brief =
                        candidates::brief(rows, &loaded, region, candidates::small(counts.received)).await?;
                    Ok((brief, found(rows, &loaded, region, &filter).await?, counts))
                })
            }))
            .await?;
        let whole = i64::try_from(entries.len()).unwrap_or(limit) == limit;
        let older = entries.last().map(|row| row.id.clone()).filter(|_| whole);
        Ok(DeskView {
            summary: self.summary_of(actor, &call, brief, candidates::small(counts.open)),
            counts,
            entries: entries.iter().map(|row| entry_of(&call.call, row)).collect::<Result<_, _>>()?,
            older,
            call,
        })
    }

    /// A page of the applications that are verified and not on the list, newest first; and where the next page begins.
    ///
    /// # Errors
    /// `NotFound` where there is no such desk, or it is not the actor's business.
    pub async fn verified_unranked(
        &self,
        actor: &Actor,
        page: DeskPage,
    ) -> Result<(Vec<DeskEntry>, Option<String>), ServiceError> {
        let call = self.call(&page.call)?.call;
        recommendation_of(&call.call)?;
        let (loaded, region, limit) = (call.clone(), page.region, page.limit.clamp(1, ROWS_MAX));
        self.access.require(Some(actor), Action::ReadDesk, &resource(&call.call.id, region))?;
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let filter = DeskFilter { show: "verified".to_owned(), ..page.filter(region, limit) };
                    found(rows, &loaded, region, &filter).await
                })
            }))
            .await?;
        let whole = i64::try_from(found.len()).unwrap_or(limit) == limit;
        let older = found.last().map(|row| row.id.clone()).filter(|_| whole);
        Ok((found.iter().map(|row| entry_of(&call.call, row)).collect::<Result<_, _>>()?, older))
    }

    /// These applications of a desk, in any order, whatever has become of them; others are left out.
    ///
    /// # Errors
    /// `NotFound` where there is no such desk, or it is not the actor's business.
    pub async fn desk_entries(
        &self,
        actor: &Actor,
        call: &str,
        region: Region,
        ids: Vec<String>,
    ) -> Result<Vec<DeskEntry>, ServiceError> {
        let call = self.call(call)?.call;
        let regions = registered_under(recommendation_of(&call.call)?, region);
        self.access.require(Some(actor), Action::ReadDesk, &resource(&call.call.id, region))?;
        let loaded = call.clone();
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let own: HashSet<String> = rows
                        .standing(&loaded.call.id, &ids)
                        .await?
                        .into_iter()
                        .filter(|(_, code)| Region::parse(code).is_some_and(|of| regions.contains(&of)))
                        .map(|(id, _)| id)
                        .collect();
                    let mut found = rows.desk_rows_of(&loaded.call.id, region.code(), &ids).await?;
                    found.retain(|row| own.contains(&row.id));
                    Ok(found)
                })
            }))
            .await?;
        found.iter().map(|row| entry_of(&call.call, row)).collect()
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
                    let recommendation = recommendation_of(&loaded.call)?;
                    let lists = rows.recommendations(&loaded.call.id).await?;
                    let came = rows.tally_desks(&loaded.call.id).await?;
                    let mut all = Vec::new();
                    for region in regions {
                        let under = registered_under(recommendation, region);
                        let own =
                            came.iter().filter(|of| under.iter().any(|under| under.code() == of.region));
                        let (received, open) =
                            own.fold((0, 0), |(received, open), of| (received + of.received, open + of.open));
                        if received == 0 && lists.iter().all(|row| row.region != region.code()) {
                            continue;
                        }
                        let received = candidates::small(received);
                        let brief = candidates::brief(rows, &loaded, region, received).await?;
                        all.push((brief, candidates::small(open)));
                    }
                    Ok(all)
                })
            }))
            .await?;
        let summary = |(brief, unassessed)| self.summary_of(Some(actor), &call, brief, unassessed);
        Ok(found.into_iter().map(summary).collect())
    }

    fn summary_of(
        &self,
        actor: Option<&Actor>,
        call: &LoadedCall,
        Brief { row, list, ranked }: Brief,
        unassessed: u32,
    ) -> DeskSummary {
        let (region, now) = (list.region, self.clock.now());
        let desk = resource(&call.call.id, region);
        let approves = || self.access.allows(actor, Action::ApproveOverrun, &desk);
        DeskSummary {
            region,
            received: list.received,
            unassessed,
            ranked,
            quota: quota_view(&call.call, region, list.received, now),
            state: list.state,
            overrun: candidates::overrun_view(&row),
            may_approve: list.may_change(&call.call, now).is_ok() && approves(),
            signed: list.signed,
        }
    }

    /// The applications before and after one among those that a desk shows.
    ///
    /// # Errors
    /// `NotFound` where there is no such desk, or it is not the actor's business.
    pub async fn desk_neighbours(
        &self,
        actor: &Actor,
        page: DeskPage,
        id: &str,
    ) -> Result<Neighbours, ServiceError> {
        let call = self.call(&page.call)?.call;
        let (region, id) = (page.region, id.to_owned());
        let regions = registered_under(recommendation_of(&call.call)?, region);
        self.access.require(Some(actor), Action::ReadDesk, &resource(&call.call.id, region))?;
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut beside = Neighbours::default();
                    for registered in regions {
                        let code = registered.code().to_owned();
                        let filter = DeskFilter { registered: code, ..page.filter(region, 1) };
                        let (newer, older) =
                            (rows.desk_newer(&filter, &id).await?, rows.desk_older(&filter, &id).await?);
                        beside.newer = [beside.newer, newer].into_iter().flatten().min();
                        beside.older = beside.older.max(older);
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
