//! Published lists to read.

use std::sync::Arc;

use jiebang_domain::publication::{
    ListFile, ListVersion, NoticePeriod, PublishedList, VersionReason, VersionStage, notice_period,
};
use jiebang_domain::shared::Finding;
use jiebang_store::{Connection, PublishedListRow};
use jiff::Timestamp;

use super::{digest, kind_of, notice_rule, resource, source_of};
use crate::access::{Action, Actor};
use crate::selection::plan_of;
use crate::{LoadedCall, PlanView, Service, ServiceError};

/// A version of a list, without its entries.
#[derive(Clone, Debug)]
pub struct ListSummary {
    /// Stage.
    pub stage: String,
    /// Version from 1.
    pub version: u32,
    /// Why.
    pub reason: VersionReason,
    /// The facts behind it.
    pub note: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// When.
    pub at: Option<Timestamp>,
}

/// A version of a list to read (公布名单).
#[derive(Clone, Debug)]
pub struct ListVersionView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// The plan that counts now.
    pub plan: PlanView,
    /// The list.
    pub file: ListFile,
    /// It as it was published, canonical JSON.
    pub content: String,
    /// SHA-256 of `content`.
    pub sha256: String,
    /// When it was published.
    pub at: Timestamp,
    /// Its public notice, where it is one.
    pub notice: Option<NoticePeriod>,
    /// Why the notice cannot be reckoned.
    pub notice_fault: Option<Finding>,
    /// The version that counts now.
    pub latest: u32,
}

impl Service {
    /// All versions of all lists of a call, the newest first.
    ///
    /// # Errors
    /// `NotFound` where no such call is published.
    pub async fn list_versions(
        &self,
        actor: Option<&Actor>,
        call: &str,
    ) -> Result<Vec<ListSummary>, ServiceError> {
        let call = self.call(call)?.call;
        self.access.require(actor, Action::ReadCall, &resource(&call))?;
        let id = call.call.id.clone();
        let rows = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows.published_lists(&id).await?) })
            }))
            .await?;
        Ok(rows.into_iter().map(summary).collect())
    }

    /// A version of a list; the latest where none is named.
    ///
    /// # Errors
    /// `NotFound` where it is not published.
    pub async fn list_version(
        &self,
        actor: Option<&Actor>,
        call: &str,
        stage: &str,
        version: Option<u32>,
    ) -> Result<ListVersionView, ServiceError> {
        let call = self.call(call)?.call;
        self.access.require(actor, Action::ReadCall, &resource(&call))?;
        let (loaded, stage) = (call.clone(), stage.to_owned());
        let (plan, latest, row) = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let plan = plan_of(rows, &loaded).await?.ok_or(ServiceError::NotFound)?;
                    let latest = latest_of(rows, &loaded.call.id, &stage).await?;
                    let wanted = version.map_or(latest, i64::from);
                    let row = rows.published_list(&loaded.call.id, &stage, wanted).await?;
                    Ok((plan, latest, row.ok_or(ServiceError::NotFound)?))
                })
            }))
            .await?;
        let file = read_file(&row)?;
        let at = instant(row.published_at)?;
        let notice = self.notice_of(&call, &plan, file.kind, at);
        let (notice, notice_fault) = match notice.transpose() {
            Ok(notice) => (notice, None),
            Err(finding) => (None, Some(*finding)),
        };
        let (content, sha256) = (row.content, row.content_sha256);
        let latest = u32::try_from(latest).unwrap_or(u32::MAX);
        Ok(ListVersionView { call, plan, file, content, sha256, at, notice, notice_fault, latest })
    }

    /// The public notice of a version that was published then; `None` where it is final or the plan asks for none.
    pub(super) fn notice_of(
        &self,
        call: &LoadedCall,
        plan: &PlanView,
        kind: VersionStage,
        at: Timestamp,
    ) -> Option<Result<NoticePeriod, Box<Finding>>> {
        let rule = notice_rule(&plan.plan).filter(|_| kind == VersionStage::Notice)?;
        let on = at.to_zoned(call.call.zone.clone()).date();
        let period = notice_period(&rule, on, &self.calls.holidays, &call.call.zone);
        Some(period.map_err(|fault| Box::new(fault.finding(source_of(&plan.plan)))))
    }
}

fn summary(row: PublishedListRow) -> ListSummary {
    ListSummary {
        stage: row.stage,
        version: u32::try_from(row.version).unwrap_or(u32::MAX),
        reason: VersionReason::parse(&row.reason_code).unwrap_or(VersionReason::Correction),
        note: row.reason,
        sha256: row.content_sha256,
        at: Timestamp::from_microsecond(row.published_at).ok(),
    }
}

/// The version of a list that counts, 0 before there is one.
pub(super) async fn latest_of(
    rows: &mut dyn Connection,
    call: &str,
    stage: &str,
) -> Result<i64, ServiceError> {
    let all = rows.published_lists(call).await?;
    Ok(all.iter().filter(|row| row.stage == stage).map(|row| row.version).max().unwrap_or(0))
}

/// A list with all its versions.
pub(super) async fn history(
    rows: &mut dyn Connection,
    plan: &PlanView,
    call: &str,
    stage: &str,
) -> Result<(PublishedList, Vec<ListFile>), ServiceError> {
    let latest = latest_of(rows, call, stage).await?;
    let (mut versions, mut files) = (Vec::new(), Vec::new());
    for version in 1..=latest {
        let row = rows.published_list(call, stage, version).await?.ok_or(ServiceError::NotFound)?;
        let file = read_file(&row)?;
        versions.push(ListVersion {
            version: file.version,
            stage: file.kind,
            reason: file.reason,
            note: file.note.clone(),
            objection: file.objection.clone(),
            published_at: instant(row.published_at)?,
            digest: digest(&row.content_sha256)?,
            entries: file.entries.clone(),
        });
        files.push(file);
    }
    let list = PublishedList::restore(kind_of(&plan.plan, stage), versions);
    let list =
        list.ok_or_else(|| ServiceError::Internal(format!("versions of the list {stage} of {call}")))?;
    Ok((list, files))
}

fn read_file(row: &PublishedListRow) -> Result<ListFile, ServiceError> {
    serde_json::from_str(&row.content)
        .map_err(|error| ServiceError::Internal(format!("list {}: {error}", row.content_sha256)))
}

pub(super) fn instant(at: i64) -> Result<Timestamp, ServiceError> {
    Timestamp::from_microsecond(at).map_err(|error| ServiceError::Internal(format!("list: {error}")))
}
