//! One expert's sheet for one application: sealed until it is submitted, and never changed afterwards without a new version.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::faults::refusal;
use super::rubric::{Criterion, Marked, Rubric};
use crate::shared::{Finding, Number};

/// Longest comment or reason, in characters.
const COMMENT_MAX: usize = 4_000;

/// State of a sheet (评分表状态).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetState {
    /// Being written; nobody but its expert reads it. `after` is the version that counts meanwhile.
    Drafted {
        /// Version submitted before, if any.
        after: Option<u32>,
    },
    /// Submitted; this version counts.
    Submitted {
        /// Version from 1.
        version: u32,
    },
}

/// Scores of one expert for one application (评分表).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreSheet {
    /// Expert.
    pub expert: String,
    /// Number of the application.
    pub application: String,
    /// State.
    pub state: SheetState,
    /// Scores by criterion.
    pub scores: BTreeMap<String, Number>,
    /// Comments by criterion or veto.
    pub comments: BTreeMap<String, String>,
    /// Vetoes that are ticked.
    pub vetoes: BTreeSet<String>,
}

/// Why an act on a sheet is refused (拒绝).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetRefusal {
    /// What is wrong with the scores, all of it.
    Findings(Vec<Finding>),
    /// It is submitted; what changes it is a new version, with a reason.
    Submitted {
        /// Version that counts.
        version: u32,
    },
    /// It is being written; there is nothing to revise.
    NotSubmitted,
}

impl ScoreSheet {
    /// An empty sheet.
    pub fn new(expert: impl Into<String>, application: impl Into<String>) -> Self {
        Self {
            expert: expert.into(),
            application: application.into(),
            state: SheetState::Drafted { after: None },
            scores: BTreeMap::new(),
            comments: BTreeMap::new(),
            vetoes: BTreeSet::new(),
        }
    }

    /// Version that counts: the one submitted last, also while a new one is written.
    pub fn counts(&self) -> Option<u32> {
        match self.state {
            SheetState::Drafted { after } => after,
            SheetState::Submitted { version } => Some(version),
        }
    }

    /// Nobody but its expert may read what stands on it now.
    pub fn is_sealed(&self) -> bool {
        matches!(self.state, SheetState::Drafted { .. })
    }

    /// Whether anything on it may change now.
    ///
    /// # Errors
    /// `Submitted`.
    pub fn may_change(&self) -> Result<(), SheetRefusal> {
        match self.state {
            SheetState::Drafted { .. } => Ok(()),
            SheetState::Submitted { version } => Err(SheetRefusal::Submitted { version }),
        }
    }

    /// Submits it: the next state, and its scores as they count. A version after the first needs a reason.
    ///
    /// # Errors
    /// `Submitted`, or `Findings` with everything that is wrong.
    pub fn submit(&self, rubric: &Rubric, reason: &str) -> Result<(SheetState, Marked), SheetRefusal> {
        self.may_change()?;
        let after = self.counts();
        let marked = rubric.mark(self);
        let reasonless = after.is_some() && reason.trim().is_empty();
        match marked {
            Ok(marked) if !reasonless => {
                let version = after.unwrap_or(0).saturating_add(1);
                Ok((SheetState::Submitted { version }, marked))
            }
            marked => {
                let mut findings = marked.err().unwrap_or_default();
                findings.extend(reasonless.then(change_without_reason));
                Err(SheetRefusal::Findings(findings))
            }
        }
    }

    /// Opens a submitted sheet for a new version; the old one counts until then.
    ///
    /// # Errors
    /// `NotSubmitted`.
    pub fn revise(&self) -> Result<SheetState, SheetRefusal> {
        match self.state {
            SheetState::Submitted { version } => Ok(SheetState::Drafted { after: Some(version) }),
            SheetState::Drafted { .. } => Err(SheetRefusal::NotSubmitted),
        }
    }

    fn comment(&self, of: &str) -> &str {
        self.comments.get(of).map_or("", |comment| comment.trim())
    }
}

fn change_without_reason() -> Finding {
    refusal(
        "change_without_reason",
        None,
        Some("reason"),
        ("改动已提交的评分要写理由", "A change of submitted scores needs a reason"),
        ("写明为何改动", "Write why they change"),
    )
}

impl Rubric {
    /// The scores of a sheet as they count, whatever its state.
    ///
    /// # Errors
    /// All findings: a criterion without a score, a score off the scale or between steps, a comment that is missing or too long,
    /// names that the rubric does not have.
    pub fn mark(&self, sheet: &ScoreSheet) -> Result<Marked, Vec<Finding>> {
        let mut findings = Vec::new();
        for criterion in self.criteria() {
            if criterion.comment && sheet.comment(&criterion.id).is_empty() {
                findings.push(comment_missing(&criterion.id, &criterion.name.zh, &criterion.name.en));
            }
        }
        for veto in self.vetoes().iter().filter(|veto| sheet.vetoes.contains(&veto.id)) {
            if sheet.comment(&veto.id).is_empty() {
                findings.push(comment_missing(&veto.id, &veto.text.zh, &veto.text.en));
            }
        }
        findings.extend(self.stray_comments(sheet));
        match self.mark_scores(&sheet.expert, &sheet.scores, &sheet.vetoes) {
            Ok(marked) if findings.is_empty() => Ok(marked),
            Ok(_) => Err(findings),
            Err(mut faults) => {
                faults.extend(findings);
                Err(faults)
            }
        }
    }

    /// Scores and vetoes as they count, where the comments are not at hand: they were asked for when the sheet was submitted.
    ///
    /// # Errors
    /// As [`Rubric::mark`], without what it says of comments.
    pub fn mark_scores(
        &self,
        expert: &str,
        scores: &BTreeMap<String, Number>,
        vetoes: &BTreeSet<String>,
    ) -> Result<Marked, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut steps = Vec::new();
        for (nth, criterion) in self.criteria().iter().enumerate() {
            match scores.get(&criterion.id) {
                None => findings.push(score_missing(criterion)),
                Some(score) => match self.steps_of(nth, score) {
                    Some(found) => steps.push(found),
                    None => findings.push(score_off_scale(criterion, score)),
                },
            }
        }
        let ticked = self.vetoes().iter().enumerate().filter(|(_, veto)| vetoes.contains(&veto.id));
        let ticked = ticked.map(|(nth, _)| nth).collect();
        let scores = scores.keys().filter(|id| !self.is_criterion(id));
        let vetoes = vetoes.iter().filter(|id| !self.is_veto(id));
        let unknown: BTreeSet<&String> = scores.chain(vetoes).collect();
        findings.extend(unknown.into_iter().map(|id| criterion_unknown(id)));
        if findings.is_empty() {
            Ok(Marked { expert: expert.to_owned(), steps, vetoes: ticked })
        } else {
            Err(findings)
        }
    }

    fn is_criterion(&self, id: &str) -> bool {
        self.criteria().iter().any(|criterion| criterion.id == id)
    }

    fn is_veto(&self, id: &str) -> bool {
        self.vetoes().iter().any(|veto| veto.id == id)
    }

    /// Comments on what the rubric does not have, and comments without end.
    fn stray_comments(&self, sheet: &ScoreSheet) -> Vec<Finding> {
        let known = |id: &&String| {
            self.is_criterion(id)
                || self.is_veto(id)
                // A score or a veto of that name is told already.
                || sheet.scores.contains_key(*id)
                || sheet.vetoes.contains(*id)
        };
        let unknown = sheet.comments.keys().filter(|id| !known(id));
        let mut all: Vec<Finding> = unknown.map(|id| criterion_unknown(id)).collect();
        for (id, comment) in &sheet.comments {
            let length = comment.chars().count();
            if length > COMMENT_MAX {
                all.push(comment_too_long(id, length));
            }
        }
        all
    }
}

fn score_missing(criterion: &Criterion) -> Finding {
    refusal(
        "score_missing",
        criterion.source.clause(),
        Some(&criterion.id),
        (format!("“{}”还没有打分", criterion.name.zh), format!("“{}” has no score yet", criterion.name.en)),
        (format!("打0至{}分", criterion.max), format!("Give 0 to {}", criterion.max)),
    )
}

fn score_off_scale(criterion: &Criterion, score: &Number) -> Finding {
    let (max, step) = (&criterion.max, &criterion.step);
    refusal(
        "score_off_scale",
        criterion.source.clause(),
        Some(&criterion.id),
        (
            format!("“{}”的{score}分不在评分刻度上", criterion.name.zh),
            format!("{score} for “{}” is not on the scale", criterion.name.en),
        ),
        (format!("打0至{max}分，以{step}分为一档"), format!("Give 0 to {max} in steps of {step}")),
    )
}

fn comment_missing(id: &str, zh: &str, en: &str) -> Finding {
    refusal(
        "comment_missing",
        None,
        Some(id),
        (format!("“{zh}”要写评语"), format!("“{en}” needs a comment")),
        ("写明打分或否决的依据", "Write what the score or the veto rests on"),
    )
}

fn comment_too_long(id: &str, length: usize) -> Finding {
    refusal(
        "comment_too_long",
        None,
        Some(id),
        (
            format!("评语有{length}个字符，上限{COMMENT_MAX}"),
            format!("The comment has {length} characters; the limit is {COMMENT_MAX}"),
        ),
        ("缩短评语", "Shorten it"),
    )
}

fn criterion_unknown(id: &str) -> Finding {
    refusal(
        "criterion_unknown",
        None,
        Some(id),
        (format!("评分表中没有 {id}"), format!("The sheet has no {id}")),
        ("只填评分表中的指标和否决项", "Fill in the criteria and vetoes of the sheet only"),
    )
}
