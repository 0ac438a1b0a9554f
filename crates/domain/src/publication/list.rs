//! Lists in versions: what was published never changes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{NoticePeriod, NoticeStage, Objection, PublicationFault, Refusal};
use crate::shared::{Digest, ListKind, Text};

/// A team on a list (名单条目).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListEntry {
    /// Label that it has in the record behind the list, by [`super::label_of`].
    pub label: String,
    /// Application.
    pub application: String,
    /// Its number.
    pub number: String,
    /// Lead organisation, as published.
    pub unit: String,
    /// Task of the call.
    pub task: String,
    /// Result class of the call or plan, by id.
    pub class: String,
}

/// What a version is for (版本性质).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionStage {
    /// Shown to the public, who may object (公示).
    Notice,
    /// Final (公布).
    Final,
}

/// Why a version was published (版本原因).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionReason {
    /// 首次公布.
    First,
    /// 公示结束: the same list, now final.
    NoticeOver,
    /// 更正: a slip.
    Correction,
    /// 退出: a team has left; the version only takes out.
    Withdrawal,
    /// 异议成立.
    ObjectionUpheld,
    /// 取消资格: by a decision of the programme office.
    Disqualified,
    /// 增补: a team was added, or its class changed, by a decision of the programme office.
    Added,
}

/// A version of a list as it was published (名单版本).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListVersion {
    /// Version from 1.
    pub version: u32,
    /// What it is for.
    pub stage: VersionStage,
    /// Why.
    pub reason: VersionReason,
    /// The facts behind it; empty for the first only.
    pub note: String,
    /// The upheld objection, where it is the reason.
    pub objection: Option<String>,
    /// When.
    pub published_at: Timestamp,
    /// SHA-256 of the list as canonical JSON.
    pub digest: Digest,
    /// Entries in published order.
    pub entries: Vec<ListEntry>,
}

/// Publishes a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    /// What it is for.
    pub stage: VersionStage,
    /// Why.
    pub reason: VersionReason,
    /// The facts behind it.
    pub note: String,
    /// Number of the upheld objection, where it is the reason.
    pub objection: Option<String>,
    /// SHA-256 of the list as canonical JSON.
    pub digest: Digest,
    /// Entries in published order.
    pub entries: Vec<ListEntry>,
}

/// What bears on a publication: the last notice of the list, and its objections.
#[derive(Clone, Copy, Debug)]
pub struct ListStanding<'a> {
    /// The last notice; `None` where neither call nor plan asks for one.
    pub notice: Option<&'a NoticePeriod>,
    /// Objections to any version.
    pub objections: &'a [Objection],
}

/// A list with all its versions (名单).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedList {
    /// Which list.
    pub kind: ListKind,
    versions: Vec<ListVersion>,
}

/// What differs between two versions, by application (差异).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Stands on the new one only.
    Added(ListEntry),
    /// Stands on the old one only.
    TakenOut(ListEntry),
    /// Stands on both, not alike: before, after.
    Changed(ListEntry, ListEntry),
}

impl VersionReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::First,
        Self::NoticeOver,
        Self::Correction,
        Self::Withdrawal,
        Self::ObjectionUpheld,
        Self::Disqualified,
        Self::Added,
    ];

    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::NoticeOver => "notice_over",
            Self::Correction => "correction",
            Self::Withdrawal => "withdrawal",
            Self::ObjectionUpheld => "objection_upheld",
            Self::Disqualified => "disqualified",
            Self::Added => "added",
        }
    }

    /// The reason of an id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.id() == id)
    }

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::First => Text::new("首次公布", "First publication"),
            Self::NoticeOver => Text::new("公示结束", "Public notice over"),
            Self::Correction => Text::new("更正", "Correction"),
            Self::Withdrawal => Text::new("退出", "Withdrawal"),
            Self::ObjectionUpheld => Text::new("异议成立", "Objection upheld"),
            Self::Disqualified => Text::new("取消资格", "Disqualified"),
            Self::Added => Text::new("增补", "Added"),
        }
    }
}

impl VersionStage {
    /// Stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Final => "final",
        }
    }

    /// Its name.
    pub fn name(self) -> Text {
        match self {
            Self::Notice => Text::new("公示名单", "List under public notice"),
            Self::Final => Text::new("最终名单", "Final list"),
        }
    }
}

impl PublishedList {
    /// A list of which nothing is published.
    pub fn new(kind: ListKind) -> Self {
        Self { kind, versions: Vec::new() }
    }

    /// A list as it was stored; `None` where its versions do not run from 1.
    pub fn restore(kind: ListKind, versions: Vec<ListVersion>) -> Option<Self> {
        let whole = (1..).zip(&versions).all(|(nth, version)| version.version == nth);
        whole.then_some(Self { kind, versions })
    }

    /// All versions.
    pub fn versions(&self) -> &[ListVersion] {
        &self.versions
    }

    /// The version that counts.
    pub fn current(&self) -> Option<&ListVersion> {
        self.versions.last()
    }

    /// Publishes a version; all earlier ones stay as they are.
    ///
    /// # Errors
    /// Every fault of [`Self::version_faults`].
    pub fn publish(
        mut self,
        new: NewVersion,
        standing: ListStanding<'_>,
        at: Timestamp,
    ) -> Result<Self, Refusal> {
        Refusal::of(self.version_faults(&new, standing, at))?;
        let version = self.next_version();
        let NewVersion { stage, reason, note, objection, digest, entries } = new;
        let published_at = at;
        self.versions.push(ListVersion {
            version,
            stage,
            reason,
            note,
            objection,
            published_at,
            digest,
            entries,
        });
        Ok(self)
    }

    /// Everything that stands against a version.
    pub fn version_faults(
        &self,
        new: &NewVersion,
        standing: ListStanding<'_>,
        at: Timestamp,
    ) -> Vec<PublicationFault> {
        let mut faults = Vec::new();
        let version = self.next_version();
        let current = self.current();
        if (new.reason == VersionReason::First) != current.is_none() || self.notice_over_misplaced(new) {
            faults.push(PublicationFault::ReasonOutOfPlace { version, reason: new.reason });
        }
        if current.is_some() && new.note.trim().is_empty() && new.reason != VersionReason::NoticeOver {
            faults.push(PublicationFault::NoteMissing);
        }
        faults.extend(unupheld(new, standing.objections));
        let mut seen = BTreeSet::new();
        let repeats = new.entries.iter().filter(|entry| !seen.insert(entry.application.as_str()));
        faults.extend(
            repeats.map(|entry| PublicationFault::EntryRepeats { application: entry.application.clone() }),
        );
        if let Some(current) = current {
            faults.extend(against_current(new, current));
        }
        if new.stage == VersionStage::Final {
            faults.extend(unready(standing, at));
        }
        faults
    }

    fn next_version(&self) -> u32 {
        u32::try_from(self.versions.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// What a notice was about becomes final as it is.
    fn notice_over_misplaced(&self, new: &NewVersion) -> bool {
        let shown = self
            .current()
            .is_some_and(|current| current.stage == VersionStage::Notice && current.entries == new.entries);
        new.reason == VersionReason::NoticeOver && !(shown && new.stage == VersionStage::Final)
    }
}

fn unupheld(new: &NewVersion, objections: &[Objection]) -> Option<PublicationFault> {
    if new.reason != VersionReason::ObjectionUpheld {
        return None;
    }
    let number = new.objection.clone().unwrap_or_default();
    let upheld = objections.iter().any(|objection| objection.number == number && objection.is_upheld());
    (!upheld).then_some(PublicationFault::ObjectionNotUpheld { number })
}

fn against_current(new: &NewVersion, current: &ListVersion) -> Vec<PublicationFault> {
    let mut faults = Vec::new();
    let differences = differences(&current.entries, &new.entries);
    let reordered = current.entries != new.entries;
    if !reordered && new.stage == current.stage && new.digest == current.digest {
        faults.push(PublicationFault::VersionUnchanged);
    }
    let only_out = differences.iter().all(|difference| matches!(difference, Difference::TakenOut(_)));
    if new.reason == VersionReason::Withdrawal && (!only_out || differences.is_empty()) {
        faults.push(PublicationFault::WithdrawalAdds);
    }
    let back = current.stage == VersionStage::Final && new.stage == VersionStage::Notice;
    if back && only_out {
        faults.push(PublicationFault::BackToNotice);
    }
    faults
}

/// A final list waits for the end of its notice and for every answer.
fn unready(standing: ListStanding<'_>, at: Timestamp) -> Vec<PublicationFault> {
    let mut faults = Vec::new();
    if let Some(notice) = standing.notice.filter(|notice| notice.stage(at) != NoticeStage::Over) {
        faults.push(PublicationFault::NoticeRunning { last: notice.last_on });
    }
    let open = standing.objections.iter().filter(|objection| objection.is_open());
    let numbers: Vec<String> = open.map(|objection| objection.number.clone()).collect();
    if !numbers.is_empty() {
        faults.push(PublicationFault::ObjectionsOpen { numbers });
    }
    faults
}

/// What differs between two versions, in the order of the applications; the order of the lists alone is no difference.
pub fn differences(before: &[ListEntry], after: &[ListEntry]) -> Vec<Difference> {
    let by = |entries: &[ListEntry]| -> BTreeMap<String, ListEntry> {
        entries.iter().map(|entry| (entry.application.clone(), entry.clone())).collect()
    };
    let (before, after) = (by(before), by(after));
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    all.into_iter()
        .filter_map(|application| match (before.get(application), after.get(application)) {
            (None, Some(new)) => Some(Difference::Added(new.clone())),
            (Some(old), None) => Some(Difference::TakenOut(old.clone())),
            (Some(old), Some(new)) if old != new => Some(Difference::Changed(old.clone(), new.clone())),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests;
