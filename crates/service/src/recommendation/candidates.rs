//! Rows of a desk as the rules see them.

use std::collections::BTreeMap;

use jiebang_domain::application::{ApplicationState, Submission};
use jiebang_domain::call::{Call, limit_words};
use jiebang_domain::recommendation::{
    Assessment, Candidate, Department, ListState, Opinion, Overrun, RecommendationList, Stance, project_key,
    quota,
};
use jiebang_domain::shared::Region;
use jiebang_store::{Connection, DeskRow, ProjectRow, RecommendationRow, SignatureRow};
use jiff::Timestamp;
use serde_json::json;

use super::views::{DeskEntry, OverrunView, QuotaView};
use super::{recommendation_of, registered_under};
use crate::{LoadedCall, ServiceError, ledger};

/// A list as it is read in one snapshot.
pub(super) struct Read {
    pub(super) row: RecommendationRow,
    pub(super) list: RecommendationList,
    pub(super) entries: Vec<DeskEntry>,
    pub(super) signatures: Vec<SignatureRow>,
    pub(super) digest: String,
}

pub(super) fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The row of a list that nobody has touched yet.
pub(super) fn untouched(call: &str, region: Region) -> RecommendationRow {
    RecommendationRow {
        call_id: call.to_owned(),
        region: region.code().to_owned(),
        revision: 0,
        versions: 0,
        confirmed_version: None,
        overrun_reason: String::new(),
        overrun_places: None,
        overrun_note: String::new(),
        updated_at: 0,
    }
}

pub(super) fn state_of(row: &RecommendationRow) -> ListState {
    match row.confirmed_version {
        Some(version) => ListState::Confirmed { version: small(version) },
        None => ListState::Open,
    }
}

/// How many applications are submitted under a region.
pub(super) async fn received(
    rows: &mut dyn Connection,
    call: &LoadedCall,
    region: Region,
) -> Result<u32, ServiceError> {
    let mut count = 0;
    for registered in registered_under(recommendation_of(&call.call)?, region) {
        count += rows.count_received(&call.call.id, registered.code()).await?;
    }
    Ok(small(count))
}

/// The list of a region with everything that it is judged by.
pub(super) async fn read(
    rows: &mut dyn Connection,
    call: &LoadedCall,
    region: Region,
) -> Result<Read, ServiceError> {
    let (id, code) = (call.call.id.as_str(), region.code());
    let row = rows.recommendation(id, code).await?.unwrap_or_else(|| untouched(id, region));
    let ranked = rows.ranked_rows(id, code).await?;
    let elsewhere = rows.projects_elsewhere(id, code).await?;
    let signatures = rows.signatures(id, code).await?;
    let received = received(rows, call, region).await?;
    let projects = by_project(&elsewhere);
    let mut entries = Vec::with_capacity(ranked.len());
    for row in &ranked {
        let mut entry = entry_of(&call.call, row)?;
        entry.candidate.elsewhere = elsewhere_of(&entry.candidate, &projects, &elsewhere);
        entries.push(entry);
    }
    let ranked: Vec<Candidate> = entries.iter().map(|entry| entry.candidate.clone()).collect();
    let overrun = (!row.overrun_reason.is_empty() || row.overrun_places.is_some())
        .then(|| Overrun { reason: row.overrun_reason.clone(), approved: row.overrun_places.map(small) });
    let digest = digest(&row, &ranked);
    let signed = signatures
        .iter()
        .filter(|signature| signature.list_sha256 == digest)
        .filter_map(|signature| Department::parse(&signature.department))
        .collect();
    let list = RecommendationList { region, state: state_of(&row), ranked, received, overrun, signed };
    Ok(Read { row, list, entries, signatures, digest })
}

/// How far a list is, for those who do not look at what stands on it.
pub(super) struct Brief {
    pub(super) row: RecommendationRow,
    pub(super) list: RecommendationList,
    pub(super) ranked: u32,
}

/// Where a list stands. What is on it is read only where somebody has signed: a signature stands for what was signed.
pub(super) async fn brief(
    rows: &mut dyn Connection,
    call: &LoadedCall,
    region: Region,
    received: u32,
) -> Result<Brief, ServiceError> {
    let (id, code) = (call.call.id.as_str(), region.code());
    if rows.signatures(id, code).await?.is_empty() {
        let row = rows.recommendation(id, code).await?.unwrap_or_else(|| untouched(id, region));
        let ranked = rows.count_ranked(id).await?;
        let ranked = ranked.iter().find(|(region, _)| region == code).map_or(0, |(_, ranked)| small(*ranked));
        return Ok(Brief { list: unsigned(&row, region, received), row, ranked });
    }
    let read = read(rows, call, region).await?;
    let ranked = u32::try_from(read.list.ranked.len()).unwrap_or(u32::MAX);
    Ok(Brief { row: read.row, list: read.list, ranked })
}

/// A list that nobody has signed, without what stands on it.
pub(super) fn unsigned(row: &RecommendationRow, region: Region, received: u32) -> RecommendationList {
    let (state, ranked, signed) = (state_of(row), Vec::new(), Vec::new());
    RecommendationList { region, state, ranked, received, overrun: None, signed }
}

fn by_project(projects: &[ProjectRow]) -> BTreeMap<&str, &str> {
    projects.iter().map(|row| (row.project.as_str(), row.region.as_str())).collect()
}

/// Another region that has confirmed the application, or one of the same name under the same task.
fn elsewhere_of(
    candidate: &Candidate,
    projects: &BTreeMap<&str, &str>,
    elsewhere: &[ProjectRow],
) -> Option<Region> {
    let same = elsewhere.iter().find(|row| row.application_id == candidate.application);
    let key = project_key(&candidate.task, &candidate.title);
    let code = same.map(|row| row.region.as_str()).or_else(|| projects.get(key.as_deref()?).copied())?;
    Region::parse(code)
}

/// What is signed: who stands on the list, in which order and version, for which reason, and how many are allowed.
fn digest(row: &RecommendationRow, ranked: &[Candidate]) -> String {
    let entries: Vec<_> = ranked
        .iter()
        .map(|candidate| {
            let assessment = candidate.assessed();
            json!({
                "application": candidate.application,
                "version": candidate.version(),
                "reason": assessment.map(|of| of.reason.as_str()).unwrap_or_default(),
                "remark": assessment.map(|of| of.remark.as_str()).unwrap_or_default(),
            })
        })
        .collect();
    let list = json!({
        "call": row.call_id,
        "region": row.region,
        "entries": entries,
        "versions": row.versions,
        "overrun": { "reason": row.overrun_reason, "places": row.overrun_places },
    });
    ledger::sha256(ledger::canonical(&list).as_bytes())
}

/// An application as the rules see it.
pub(super) fn entry_of(call: &Call, row: &DeskRow) -> Result<DeskEntry, ServiceError> {
    let fault = |error: serde_json::Error| ServiceError::Internal(format!("desk row {}: {error}", row.id));
    let received_at = row.submitted_at.and_then(|at| Timestamp::from_microsecond(at).ok());
    let submission = received_at.map(|received_at| Submission { version: small(row.version), received_at });
    let state = match (row.state.as_str(), submission) {
        ("submitted", Some(submission)) => ApplicationState::Submitted(submission),
        ("reopened", Some(submission)) => ApplicationState::Reopened(submission),
        ("withdrawn", submission) => ApplicationState::Withdrawn(submission),
        _ => ApplicationState::Draft,
    };
    let assessment = match (row.assessed, &row.answers, &row.preferences) {
        (Some(version), Some(answers), Some(preferences)) => Some(Assessment {
            version: small(version),
            answers: serde_json::from_str(answers).map_err(fault)?,
            preferences: serde_json::from_str(preferences).map_err(fault)?,
            note: row.note.clone().unwrap_or_default(),
            reason: row.reason.clone().unwrap_or_default(),
            remark: row.remark.clone().unwrap_or_default(),
        }),
        _ => None,
    };
    let opinion = |version: Option<i64>, stance: &Option<String>, note: &Option<String>| {
        let stance = Stance::parse(stance.as_deref()?)?;
        Some(Opinion { version: small(version?), stance, note: note.clone().unwrap_or_default() })
    };
    Ok(DeskEntry {
        candidate: Candidate {
            application: row.id.clone(),
            number: row.number.clone().unwrap_or_default(),
            title: row.title.clone(),
            task: row.task.clone(),
            lead: row.lead.clone().unwrap_or_default(),
            state,
            assessment,
            opinions: [
                opinion(row.industry_version, &row.industry_stance, &row.industry_note),
                opinion(row.drug_version, &row.drug_stance, &row.drug_note),
            ],
            elsewhere: None,
        },
        task: call.node(&row.task).map(|node| node.name.clone()),
        place: row.place.map(small),
        submitted_at: received_at,
        returned: row.returned == row.version && row.state == "reopened",
    })
}

/// The quota of a region, explained.
pub(super) fn quota_view(call: &Call, region: Region, received: u32, at: Timestamp) -> Option<QuotaView> {
    quota(call, region, received, at).map(|quota| QuotaView {
        places: quota.places,
        arithmetic: quota.arithmetic(),
        rule: limit_words(call, quota.limit),
        clause: quota.limit.source.clause().cloned(),
        provisional: quota.provisional,
        in_principle: quota.in_principle(),
    })
}

/// What a region asks for beyond its quota, and what came of it.
pub(super) fn overrun_view(row: &RecommendationRow) -> Option<OverrunView> {
    (!row.overrun_reason.is_empty()).then(|| OverrunView {
        reason: row.overrun_reason.clone(),
        places: row.overrun_places.map(small),
        note: row.overrun_note.clone(),
    })
}
