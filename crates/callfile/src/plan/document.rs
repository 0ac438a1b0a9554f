//! The language of plans: what a `plan.toml` may hold.
//!
//! These types are the only description of it, as those of [`crate::document`] are of calls. An entry that names neither clause nor
//! source has that of `[plan]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::{Clauses, Pair, Source, StrengthName};

/// A whole plan.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDocument {
    /// Version of the language, 1.
    pub language: u32,
    /// What it is for.
    pub plan: PlanTable,
    /// Items of the form check, in order.
    #[serde(default)]
    pub check: Vec<CheckTable>,
    /// When an expert may not score; where it is absent, only present employers and declared relations count.
    pub recusal: Option<RecusalTable>,
    /// Placings, in order.
    #[serde(default)]
    pub stage: Vec<StageTable>,
    /// What experts score, in order.
    #[serde(default)]
    pub criterion: Vec<CriterionTable>,
    /// What keeps an application out whatever its scores.
    #[serde(default)]
    pub veto: Vec<VetoTable>,
    /// How scores become an order.
    pub aggregation: Option<AggregationTable>,
    /// Classes of result, of each stage the best one first; its last one takes everybody else and is not published.
    #[serde(default)]
    pub class: Vec<ClassTable>,
    /// Public notice of lists.
    pub notice: Option<NoticeTable>,
    /// Race.
    pub race: Option<RaceTable>,
    /// Evaluation.
    pub evaluation: Option<EvaluationTable>,
}

/// `[plan]`: what it is for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanTable {
    /// Id of the call.
    #[serde(rename = "for")]
    pub call: String,
    /// Title.
    pub title: Pair,
    /// Clause of the notice that the plan carries out.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

/// An item of the form check, answered with yes or no.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckTable {
    /// Id, also the name of the fault where the answer is no.
    pub id: String,
    /// What must be so.
    pub text: Pair,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

/// `[recusal]`: when an expert may not score.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecusalTable {
    /// For so many years after leaving it, an expert does not score what a former employer takes part in.
    pub former_years: u8,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

/// A placing of applications into classes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StageTable {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Pair,
    /// What its places are counted as in the limits of the call.
    pub counts: StageCountsName,
    /// What applications compete within: `call`, `region`, `lead`, `recommender`, or a level of the call's task tree.
    pub per: String,
    /// Classes of the stage before it that go on; absent in the first.
    #[serde(default)]
    pub from: Vec<String>,
    /// Its own chain of ties, instead of that of `[aggregation]`.
    pub ties: Option<Vec<TieTable>>,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

/// What places are counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StageCountsName {
    /// 入围.
    Shortlisted,
    /// 优胜.
    Winners,
}

/// What experts score, from 0 to `max`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CriterionTable {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Pair,
    /// What to look at.
    pub text: Option<Pair>,
    /// Its share of 100.
    pub weight: u32,
    /// Best score.
    pub max: f64,
    /// Scores are whole multiples of this.
    pub step: f64,
    /// A score needs a comment.
    #[serde(default)]
    pub comment: bool,
    /// Stages that score it; all when absent.
    #[serde(default)]
    pub stages: Vec<String>,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

/// What keeps an application out whatever its scores.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VetoTable {
    /// Id.
    pub id: String,
    /// What is wrong with such an application.
    pub text: Pair,
    /// It holds when so many sheets tick it.
    pub sheets: u32,
    /// Stages that ask for it; all when absent.
    #[serde(default)]
    pub stages: Vec<String>,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

/// `[aggregation]`: how scores become an order.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AggregationTable {
    /// How the sheets of one application become one number.
    pub method: MethodName,
    /// Fewest submitted sheets of one application.
    pub scores_min: u32,
    /// Sheets so many points apart or further are pointed out as a dispute.
    pub dispute_gap: Option<f64>,
    /// What parts those with the same mean, in order; the last one is `lot` or `all_tied_admitted`.
    pub ties: Vec<TieTable>,
}

/// How sheets become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MethodName {
    /// 平均分: the mean, exact.
    Mean,
}

/// A step that parts those with the same mean.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TieTable {
    /// By what.
    pub by: TieName,
    /// The criterion, where it is by one.
    pub criterion: Option<String>,
}

/// What parts those with the same mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TieName {
    /// The higher mean of one criterion.
    Criterion,
    /// More score sheets.
    Scores,
    /// 抽签, from a published seed.
    Lot,
    /// 并列一并入选: they share the place.
    AllTiedAdmitted,
}

/// A class of result.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassTable {
    /// Id.
    pub id: String,
    /// Name.
    pub name: Pair,
    /// Stage; may be absent where there is only one.
    pub stage: Option<String>,
    /// Most of it in one group; absent for as many as there are.
    pub cap: Option<u32>,
    /// How strictly the cap binds.
    #[serde(default)]
    pub strength: StrengthName,
    /// Least mean, in points from 0 to 100.
    pub least: Option<f64>,
    /// Its places are counted against the call's own limit on the stage.
    #[serde(default = "yes")]
    pub counted: bool,
    /// Stands on the published list.
    #[serde(default = "yes")]
    pub listed: bool,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

fn yes() -> bool {
    true
}

/// `[notice]`: public notice of lists.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeTable {
    /// How long it stands, in working days.
    pub working_days: u8,
    /// The day of publication counts as the first of them, where it is a working day; true unless said otherwise.
    #[serde(default = "counted")]
    pub first_day_counts: bool,
    /// Within how many working days an objection is answered.
    pub answer_days: u8,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

/// `[race]`: reports of progress.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RaceTable {
    /// A report every so many months.
    pub report_months: u8,
    /// Days after the end of such a period within which the report is due.
    pub report_days: u8,
    /// Days before it is due on which teams are reminded.
    pub remind_days: u8,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

/// `[evaluation]`: what holds where a team's own plan of evaluation does not say.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationTable {
    /// How uncertainty of measurement enters a verdict.
    pub decision_rule: DecisionRuleName,
    /// Part of the expanded uncertainty that is the guard band, above 0 and at most 1; for the guarded rules.
    pub guard_band: Option<f64>,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
}

/// How uncertainty of measurement enters a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecisionRuleName {
    /// The measured value alone decides.
    Simple,
    /// 保护带接受: met only where the value less its guard band is.
    GuardedAcceptance,
    /// 保护带拒绝: not met only where the value with its guard band is not.
    GuardedRejection,
}

/// The ministries' notices count the day of publication.
fn counted() -> bool {
    true
}
