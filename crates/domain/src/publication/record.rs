//! The record behind a list: all that goes into it, so that whoever holds it can compute the list again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::ListEntry;
use crate::call::Call;
use crate::selection::{Entrant, Inputs, Override, Plan, Selection, Stage, select};
use crate::shared::{Digest, Finding, Number, Severity, Text};

/// Bytes of a label.
const LABEL_BYTES: usize = 6;

/// Everything that a list of one stage follows from (遴选底稿), frozen when the list is published. It names neither
/// experts nor applications, so that anybody may have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Id of the call.
    pub call: String,
    /// Version of the call: the digest of its files.
    pub call_version: String,
    /// Version of the plan.
    pub plan_version: u32,
    /// SHA-256 of the plan.
    pub plan_sha256: Digest,
    /// Id of the stage.
    pub stage: String,
    /// Seed of the lots, by [`lot_seed`].
    pub seed: String,
    /// Applications that take part, by label.
    pub entrants: Vec<RecordedEntrant>,
    /// Applications that do not, because the form check refused them: labels, in order.
    pub refused: Vec<String>,
    /// Caps that were lifted, by group and class.
    pub overrides: Vec<Override>,
}

/// An application that takes part, with its sheets (参评底稿).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedEntrant {
    /// Its label, by [`label_of`]: who is not on the list stays unknown.
    pub label: String,
    /// Group that it competes in.
    pub group: String,
    /// Its sheets, by digest.
    pub sheets: Vec<RecordedSheet>,
}

/// Who is behind a label (底稿对照表), by label: for auditor and court.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roster(pub BTreeMap<String, RosterLine>);

/// One line of a roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterLine {
    /// Id of the application.
    pub application: String,
    /// Its number.
    pub number: String,
    /// Lead organisation.
    pub unit: String,
    /// Task.
    pub task: String,
}

/// Scores of one sheet (评分底稿).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedSheet {
    /// SHA-256 of the submitted sheet, which its event in the ledger names.
    pub sha256: Digest,
    /// Scores by criterion.
    pub scores: BTreeMap<String, Number>,
    /// Vetoes that are ticked.
    pub vetoes: BTreeSet<String>,
}

/// A published list as a file (名单文件): what its digest is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListFile {
    /// Id of the call.
    pub call: String,
    /// Id of the stage.
    pub stage: String,
    /// Version from 1.
    pub version: u32,
    /// `notice` or `final`.
    pub kind: super::VersionStage,
    /// Why there is this version.
    pub reason: super::VersionReason,
    /// The facts behind it.
    pub note: String,
    /// The upheld objection, where it is the reason.
    pub objection: Option<String>,
    /// SHA-256 of the record that it follows from.
    pub record_sha256: Digest,
    /// SHA-256 of the roster of that record.
    pub roster_sha256: Digest,
    /// Labels that were taken out since, in order.
    pub taken_out: Vec<String>,
    /// What stands on it.
    pub entries: Vec<ListEntry>,
}

/// The seed of the lots (抽签种子): nobody chooses it. It is the SHA-256 of the digests of the plan and of all sheets, in order, a
/// line each.
pub fn lot_seed<'d>(plan: &Digest, sheets: impl Iterator<Item = &'d Digest>) -> String {
    let sorted: BTreeSet<&str> = sheets.map(Digest::as_str).collect();
    let mut hash = Sha256::new();
    for line in std::iter::once(plan.as_str()).chain(sorted) {
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The label of an application at a stage (底稿代号): twelve hexadecimal digits of the SHA-256 of both, a line each. Ids of applications
/// are random and known to those who deal with them only, so that a label leads back to nobody.
pub fn label_of(application: &str, stage: &str) -> String {
    let digest = Sha256::digest(format!("{application}\n{stage}\n").as_bytes());
    digest.iter().take(LABEL_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

impl Record {
    /// Places everybody again.
    ///
    /// # Errors
    /// A seed that does not follow from the sheets; a sheet that the rubric does not allow; everything that [`select`] finds.
    pub fn select(&self, call: &Call, stage: &Stage) -> Result<Selection, Vec<Finding>> {
        let mut findings = Vec::new();
        let sheets =
            self.entrants.iter().flat_map(|entrant| entrant.sheets.iter().map(|sheet| &sheet.sha256));
        if lot_seed(&self.plan_sha256, sheets) != self.seed {
            findings.push(seed_differs());
        }
        let mut entrants = Vec::with_capacity(self.entrants.len());
        for recorded in &self.entrants {
            let mut sheets = Vec::with_capacity(recorded.sheets.len());
            for (nth, sheet) in recorded.sheets.iter().enumerate() {
                // Two experts may have written the same.
                let expert = format!("{nth} {}", sheet.sha256);
                match stage.rubric.mark_scores(&expert, &sheet.scores, &sheet.vetoes) {
                    Ok(marked) => sheets.push(marked),
                    Err(faults) => findings.extend(faults),
                }
            }
            let (application, group) = (recorded.label.clone(), recorded.group.clone());
            entrants.push(Entrant { application, group, sheets });
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let inputs = Inputs { entrants: &entrants, overrides: &self.overrides, seed: Some(&self.seed) };
        select(stage, &call.limits, &inputs)
    }

    /// What stands on the list: label and class of those in listed classes, by class, group and place, less what was taken out.
    pub fn listed<'s>(
        &self,
        stage: &'s Stage,
        selection: &'s Selection,
        taken_out: &[String],
    ) -> Vec<(&'s str, &'s str)> {
        let mut listed = Vec::new();
        for class in stage.classes.iter().filter(|class| class.listed) {
            let placed = selection.of_class(&class.id).map(|placement| placement.application.as_str());
            listed.extend(
                placed
                    .filter(|label| !taken_out.iter().any(|out| out == label))
                    .map(|label| (label, class.id.as_str())),
            );
        }
        listed
    }

    /// Everything in which a published list differs from what follows from this record, call and plan; empty where it is the same.
    ///
    /// # Errors
    /// As [`Record::select`]; a stage that the plan does not have.
    pub fn recompute(
        &self,
        call: &Call,
        plan: &Plan,
        list: &ListFile,
    ) -> Result<Vec<Departure>, Vec<Finding>> {
        let stage = plan.stage(&self.stage).ok_or_else(|| vec![stage_unknown(&self.stage)])?;
        let selection = self.select(call, stage)?;
        let listed = self.listed(stage, &selection, &list.taken_out);
        let follows: BTreeMap<&str, &str> = listed.iter().copied().collect();
        let stands: BTreeMap<&str, &str> =
            list.entries.iter().map(|entry| (entry.label.as_str(), entry.class.as_str())).collect();
        let labels: BTreeSet<&str> = follows.keys().chain(stands.keys()).copied().collect();
        let mut all: Vec<Departure> = labels
            .into_iter()
            .filter(|label| follows.get(label) != stands.get(label))
            .map(|label| Departure {
                label: label.to_owned(),
                follows: follows.get(label).map(|class| (*class).to_owned()),
                stands: stands.get(label).map(|class| (*class).to_owned()),
            })
            .collect();
        let order = list.entries.iter().map(|entry| (entry.label.as_str(), entry.class.as_str()));
        if all.is_empty() && !order.eq(listed.iter().copied()) {
            all.push(Departure { label: String::new(), follows: None, stands: None });
        }
        Ok(all)
    }
}

/// One entry in which a list departs from what follows from its record (不一致); without label and classes, the order alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Departure {
    /// Label.
    pub label: String,
    /// Class that follows from the record; `None` for not listed.
    pub follows: Option<String>,
    /// Class on the list; `None` for not listed.
    pub stands: Option<String>,
}

fn finding(code: &str, field: &str, message: Text, remedy: Text) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: None,
        field: Some(field.to_owned()),
        message,
        remedy,
    }
}

fn seed_differs() -> Finding {
    finding(
        "lot_seed_differs",
        "seed",
        Text::new(
            "抽签种子与方案和评分表的摘要不符",
            "The seed of the lots does not follow from plan and sheets",
        ),
        Text::new(
            "底稿被改动过，向主办单位索取原件",
            "The record was altered; ask the office for the original",
        ),
    )
}

fn stage_unknown(stage: &str) -> Finding {
    finding(
        "stage_unknown",
        "stage",
        Text::new(format!("方案中没有阶段 {stage}"), format!("The plan has no stage {stage}")),
        Text::new("核对方案的版本", "Check the version of the plan"),
    )
}
