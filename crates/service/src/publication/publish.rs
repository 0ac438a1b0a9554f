//! Publishing a version of a list.

use std::sync::Arc;

use jiebang_domain::publication::{
    ListEntry, ListFile, ListStanding, NewVersion, NoticePeriod, PublishedList, VersionReason, VersionStage,
};
use jiebang_domain::shared::{Digest, Finding, Severity, Text};
use jiebang_store::{Connection, PublishedListRow, RecordRow, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::standing::{self, Standing};
use super::{digest, lists, objections_to, refused, resource};
use crate::access::{Action, Actor};
use crate::idempotency::Once;
use crate::race::Opened;
use crate::{LoadedCall, Service, ServiceError, ledger};

/// Most numbers that are taken out at once.
const TAKEN_OUT_MAX: usize = 500;

/// A version of a list to publish.
#[derive(Clone, Debug)]
pub struct PublishList {
    /// Call.
    pub call: String,
    /// Stage.
    pub stage: String,
    /// Version that was seen to count, 0 for none.
    pub seen: u32,
    /// Digest of the record that was looked at, where the list is made from it.
    pub record_sha256: Option<String>,
    /// What it is for; `None` for the first version: public notice where the plan asks for one.
    pub kind: Option<VersionStage>,
    /// Why.
    pub reason: VersionReason,
    /// The facts behind it.
    pub note: String,
    /// Number of the upheld objection.
    pub objection: Option<String>,
    /// Numbers to take out.
    pub take_out: Vec<String>,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

/// What a version is made of.
struct Made {
    record_sha256: Digest,
    roster_sha256: Digest,
    /// Record and roster, where they are new ones.
    frozen: Option<[String; 2]>,
    taken_out: Vec<String>,
    entries: Vec<ListEntry>,
}

impl Service {
    /// Publishes a version of a list. The first one, and one that is made anew, follows from what stands now; any other keeps what the
    /// version before followed from.
    ///
    /// # Errors
    /// `Invalid` with everything in its way; `Stale` when it is not what was seen; `KeyReused`.
    pub async fn publish_list(&self, actor: &Actor, sent: PublishList) -> Result<u32, ServiceError> {
        let call = self.call(&sent.call)?.call;
        self.access.require(Some(actor), Action::PublishList, &resource(&call))?;
        let note = crate::recommendation::said("note", &sent.note, false)?;
        let now = self.clock.now();
        let by = actor.account_id.clone();
        let asked = format!("publish {sent:?}");
        let once = Once::new(actor, sent.key.clone(), &asked, now);
        let notice = self.running_notice(actor, &call, &sent).await?;
        self.store
            .act::<u32, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    if let Some(before) = once.before(rows).await? {
                        return Ok(before.parse().unwrap_or(sent.seen));
                    }
                    let standing = standing::read(rows, &call, &sent.stage).await?;
                    let (list, files) =
                        lists::history(rows, &standing.plan, &call.call.id, &sent.stage).await?;
                    let counts = list.current().map_or(0, |version| version.version);
                    if counts != sent.seen {
                        return Err(StoreError::Stale.into());
                    }
                    let publishing = Publishing { call, sent, note, by, now, notice };
                    let version = publishing.publish(rows, &standing, list, files.last()).await?;
                    once.keep(rows, &version.to_string()).await?;
                    Ok(version)
                })
            }))
            .await
    }

    /// The public notice of the version that counts.
    async fn running_notice(
        &self,
        actor: &Actor,
        call: &Arc<LoadedCall>,
        sent: &PublishList,
    ) -> Result<Option<NoticePeriod>, ServiceError> {
        if sent.seen == 0 {
            // A list whose notice nobody can reckon is not published at all.
            let plan = self.plan(Some(actor), &sent.call).await?.ok_or(ServiceError::NotFound)?;
            let kind = sent.kind.unwrap_or(VersionStage::Notice);
            let reckoned = self.notice_of(call, &plan, kind, self.clock.now()).transpose();
            return reckoned.map(|_| None).map_err(|finding| ServiceError::Invalid(vec![*finding]));
        }
        let view = self.list_version(Some(actor), &sent.call, &sent.stage, Some(sent.seen)).await?;
        match view.notice_fault {
            Some(finding) => Err(ServiceError::Invalid(vec![finding])),
            None => Ok(view.notice),
        }
    }
}

/// An act of publication.
struct Publishing {
    call: Arc<LoadedCall>,
    sent: PublishList,
    note: String,
    by: String,
    now: Timestamp,
    notice: Option<NoticePeriod>,
}

impl Publishing {
    async fn publish(
        self,
        rows: &mut dyn Connection,
        standing: &Standing,
        list: PublishedList,
        before: Option<&ListFile>,
    ) -> Result<u32, ServiceError> {
        let made = self.made(standing, before)?;
        let wanted = match (self.sent.kind, &standing.plan.plan.notice, before) {
            (Some(kind), _, _) => kind,
            (None, _, Some(before)) => before.kind,
            (None, Some(_), None) => VersionStage::Notice,
            (None, None, None) => VersionStage::Final,
        };
        let file = ListFile {
            call: self.call.call.id.clone(),
            stage: self.sent.stage.clone(),
            version: self.sent.seen.saturating_add(1),
            kind: wanted,
            reason: self.sent.reason,
            note: self.note.clone(),
            objection: self.sent.objection.clone(),
            record_sha256: made.record_sha256.clone(),
            roster_sha256: made.roster_sha256.clone(),
            taken_out: made.taken_out,
            entries: made.entries,
        };
        let content =
            serde_jcs::to_string(&file).map_err(|error| ServiceError::Internal(format!("list: {error}")))?;
        let sha256 = ledger::sha256(content.as_bytes());
        let objections = objections_to(rows, &self.call.call, &self.sent.stage).await?;
        let new = NewVersion {
            stage: file.kind,
            reason: file.reason,
            note: file.note.clone(),
            objection: file.objection.clone(),
            digest: digest(&sha256)?,
            entries: file.entries.clone(),
        };
        let bearing = ListStanding { notice: self.notice.as_ref(), objections: &objections };
        list.publish(new, bearing, self.now).map_err(|refusal| refused(&refusal, &standing.plan.plan))?;
        for content in made.frozen.into_iter().flatten() {
            rows.add_selection_record(&RecordRow {
                sha256: ledger::sha256(content.as_bytes()),
                call_id: file.call.clone(),
                stage: file.stage.clone(),
                content,
            })
            .await?;
        }
        let opens = standing.plan.plan.stages.iter().any(|later| {
            let goes_on = |class: &String| standing.stage().is_ok_and(|stage| stage.class(class).is_some());
            later.id != file.stage && later.from.iter().any(goes_on)
        });
        if file.kind == VersionStage::Final && opens {
            self.open_race(rows, standing, &file).await?;
        }
        self.keep(rows, &file, content, sha256).await
    }

    /// Those whose class goes on to a later stage begin to race.
    async fn open_race(
        &self,
        rows: &mut dyn Connection,
        standing: &Standing,
        file: &ListFile,
    ) -> Result<(), ServiceError> {
        let stages = &standing.plan.plan.stages;
        let goes_on = |class: &String| stages.iter().any(|later| later.from.contains(class));
        let entries = file.entries.iter().filter(|entry| goes_on(&entry.class));
        let opened = Opened {
            version: i64::from(file.version),
            entries: entries.map(|entry| (entry.application.clone(), entry.class.clone())).collect(),
            at: self.now,
            by: self.by.clone(),
        };
        crate::race::open_race(rows, &self.call, &opened).await?;
        Ok(())
    }

    async fn keep(
        self,
        rows: &mut dyn Connection,
        file: &ListFile,
        content: String,
        sha256: String,
    ) -> Result<u32, ServiceError> {
        let at = self.now.as_microsecond();
        let facts = json!({
            "stage": file.stage,
            "version": file.version,
            "kind": file.kind.id(),
            "reason": file.reason.id(),
            "content_sha256": sha256,
            "record_sha256": file.record_sha256.as_str(),
            "roster_sha256": file.roster_sha256.as_str(),
            "note": file.note,
            "objection": file.objection,
            "taken_out": file.taken_out,
        });
        let event = ledger::event("list_published", &file.call, Some(self.by.clone()), &facts, at);
        let position = rows.add_event(&event).await?;
        rows.add_published_list(&PublishedListRow {
            call_id: file.call.clone(),
            stage: file.stage.clone(),
            version: i64::from(file.version),
            reason_code: file.reason.id().to_owned(),
            reason: file.note.clone(),
            content,
            content_sha256: sha256,
            published_at: at,
            published_by: self.by,
            position,
        })
        .await?;
        Ok(file.version)
    }

    /// What the version consists of.
    fn made(&self, standing: &Standing, before: Option<&ListFile>) -> Result<Made, ServiceError> {
        let mut taken_out = before.map(|before| before.taken_out.clone()).unwrap_or_default();
        taken_out.extend(self.take_out(before)?);
        taken_out.sort();
        taken_out.dedup();
        let anew = matches!(
            self.sent.reason,
            VersionReason::First
                | VersionReason::Correction
                | VersionReason::ObjectionUpheld
                | VersionReason::Added
        );
        if let Some(before) = before.filter(|_| !anew) {
            let stays = |entry: &&ListEntry| !taken_out.contains(&entry.label);
            let entries = before.entries.iter().filter(stays).cloned().collect();
            let (record_sha256, roster_sha256) = (before.record_sha256.clone(), before.roster_sha256.clone());
            return Ok(Made { record_sha256, roster_sha256, frozen: None, taken_out, entries });
        }
        let Some(selection) = &standing.selection else {
            return Err(ServiceError::Invalid(standing.findings.clone()));
        };
        let record = standing.content()?;
        let sha256 = ledger::sha256(record.as_bytes());
        if self.sent.record_sha256.as_ref().is_some_and(|seen| *seen != sha256) {
            return Err(StoreError::Stale.into());
        }
        let roster = serde_jcs::to_string(&standing.roster)
            .map_err(|error| ServiceError::Internal(format!("roster: {error}")))?;
        let listed = standing.record.listed(standing.stage()?, selection, &taken_out);
        let entry = |(label, class): (&str, &str)| {
            standing.roster.0.get(label).map(|line| ListEntry {
                label: label.to_owned(),
                application: line.application.clone(),
                number: line.number.clone(),
                unit: line.unit.clone(),
                task: line.task.clone(),
                class: class.to_owned(),
            })
        };
        Ok(Made {
            entries: listed.into_iter().filter_map(entry).collect(),
            record_sha256: digest(&sha256)?,
            roster_sha256: digest(&ledger::sha256(roster.as_bytes()))?,
            frozen: Some([record, roster]),
            taken_out,
        })
    }

    /// Labels of the numbers to take out, each on the list.
    fn take_out(&self, before: Option<&ListFile>) -> Result<Vec<String>, ServiceError> {
        let named: Vec<&str> = self.sent.take_out.iter().map(|number| number.trim()).collect();
        let named: Vec<&str> = named.into_iter().filter(|number| !number.is_empty()).collect();
        if named.len() > TAKEN_OUT_MAX {
            return Err(ServiceError::Invalid(vec![refusal(
                Text::new(
                    format!("一次最多移出 {TAKEN_OUT_MAX} 项"),
                    format!("At most {TAKEN_OUT_MAX} are taken out at once"),
                ),
                Text::new("分几次办理", "Do it in several versions"),
            )]));
        }
        let (mut labels, mut strangers) = (Vec::new(), Vec::new());
        for number in named {
            let entry = before.and_then(|before| before.entries.iter().find(|entry| entry.number == number));
            match entry {
                Some(entry) => labels.push(entry.label.clone()),
                None => strangers.push(refusal(
                    Text::new(
                        format!("{number} 不在现行名单上"),
                        format!("{number} is not on the list that counts"),
                    ),
                    Text::new("照名单上的受理编号填写，每行一个", "Write numbers of the list, one a line"),
                )),
            }
        }
        if strangers.is_empty() { Ok(labels) } else { Err(ServiceError::Invalid(strangers)) }
    }
}

fn refusal(message: Text, remedy: Text) -> Finding {
    Finding {
        code: "take_out_unknown".to_owned(),
        severity: Severity::Refusal,
        clause: None,
        field: Some("take_out".to_owned()),
        message,
        remedy,
    }
}
