//! The record behind a list: all that goes into it, so that whoever holds it can compute the list again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::ListEntry;
use crate::call::Call;
use crate::selection::{Entrant, Inputs, Override, Plan, Selection, Stage, select};
use crate::shared::{Digest, Finding, Number, Severity, Text};

/// Everything that a list of one stage follows from (遴选底稿), frozen when the list is published. It names experts by the places
/// of their sheets only.
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
    /// Applications that take part, by number.
    pub entrants: Vec<RecordedEntrant>,
    /// Applications that do not, because the form check refused them: numbers, in order.
    pub refused: Vec<String>,
    /// Caps that were lifted, by group and class.
    pub overrides: Vec<Override>,
}

/// An application that takes part, with its sheets (参评底稿).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedEntrant {
    /// Id of the application.
    pub application: String,
    /// Its number.
    pub number: String,
    /// Lead organisation.
    pub unit: String,
    /// Task.
    pub task: String,
    /// Group that it competes in.
    pub group: String,
    /// Its sheets, by digest.
    pub sheets: Vec<RecordedSheet>,
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
    /// Numbers that were taken out since, in order.
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
            for sheet in &recorded.sheets {
                match stage.rubric.mark_scores(sheet.sha256.as_str(), &sheet.scores, &sheet.vetoes) {
                    Ok(marked) => sheets.push(marked),
                    Err(faults) => findings.extend(faults),
                }
            }
            let (application, group) = (recorded.number.clone(), recorded.group.clone());
            entrants.push(Entrant { application, group, sheets });
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let inputs = Inputs { entrants: &entrants, overrides: &self.overrides, seed: Some(&self.seed) };
        select(stage, &call.limits, &inputs)
    }

    /// What stands on the list: the classes that are listed, by group and place, less what was taken out.
    pub fn entries(&self, stage: &Stage, selection: &Selection, taken_out: &[String]) -> Vec<ListEntry> {
        let by_number: BTreeMap<&str, &RecordedEntrant> =
            self.entrants.iter().map(|entrant| (entrant.number.as_str(), entrant)).collect();
        let mut entries = Vec::new();
        for class in stage.classes.iter().filter(|class| class.listed) {
            for placement in selection.of_class(&class.id) {
                let Some(entrant) = by_number.get(placement.application.as_str()) else { continue };
                if taken_out.contains(&placement.application) {
                    continue;
                }
                entries.push(ListEntry {
                    application: entrant.application.clone(),
                    number: entrant.number.clone(),
                    unit: entrant.unit.clone(),
                    task: entrant.task.clone(),
                    class: class.id.clone(),
                });
            }
        }
        entries
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
    ) -> Result<Vec<super::Difference>, Vec<Finding>> {
        let stage = plan.stage(&self.stage).ok_or_else(|| vec![stage_unknown(&self.stage)])?;
        let selection = self.select(call, stage)?;
        let entries = self.entries(stage, &selection, &list.taken_out);
        Ok(super::differences(&entries, &list.entries))
    }
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
