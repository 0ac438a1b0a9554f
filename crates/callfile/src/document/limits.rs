//! Caps, quotas, deadlines and periods.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Clauses, Pair, RegionKindName, Source, StrengthName};

/// A cap or quota. Exactly one of `max`, `min` or `percent` is given.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitTable {
    /// Name of the fault, such as `partner_cap_exceeded`.
    pub code: String,
    /// What is counted.
    pub counts: CountsName,
    /// Group key: `application` for partners, members and funding, `organisation` for applications led, `recommender` for
    /// recommendations, `call` or a level of the task tree for places on lists.
    pub per: String,
    /// Kinds of region that it holds for; all when absent.
    #[serde(default)]
    pub regions: Vec<RegionKindName>,
    /// Most.
    pub max: Option<u32>,
    /// Least.
    pub min: Option<u32>,
    /// Most, as a percentage of the base: applications submitted under the recommender and not withdrawn at applicant close.
    pub percent: Option<u32>,
    /// Money: the unit of `max` or `min`, such as `万元`.
    pub unit: Option<String>,
    /// Money: the number field of the form in which it is asked for, in that unit.
    pub field: Option<String>,
    /// How strictly it binds.
    #[serde(default)]
    pub strength: StrengthName,
    /// Clause.
    pub clause: Option<Clauses>,
    /// `operator` where no clause says it.
    pub source: Option<Source>,
    /// Row of the rule catalogue.
    pub row: Option<String>,
}

/// What a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountsName {
    /// 联合单位 of an application.
    Partners,
    /// Members of the consortium, the lead included.
    Members,
    /// Applications that one organisation leads.
    ApplicationsLed,
    /// Applications of one recommender's list.
    Recommendations,
    /// 入围 teams.
    Shortlisted,
    /// 优胜 teams.
    Winners,
    /// Public money asked for.
    Funding,
}

/// An instant that closes an act.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadlineTable {
    /// Whose clock it is.
    pub actor: ActorName,
    /// What closes; `close` unless a call has several for one actor.
    pub event: Option<String>,
    /// TOML date (until 24:00 of that day in the call's zone) or offset date-time (exclusive).
    #[schemars(with = "String", extend("format" = "toml-datetime"))]
    pub at: toml::value::Datetime,
    /// As printed.
    pub printed: String,
    /// Clause.
    pub clause: Clauses,
    /// Row of the rule catalogue.
    pub row: Option<String>,
}

/// Whose clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorName {
    /// The applicant.
    Applicant,
    /// The recommending authority.
    Recommender,
}

/// A period that runs from an event.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodTable {
    /// Name of the period, such as `work`.
    pub id: String,
    /// What runs, where the notice has its own word: 实施周期; 攻关期 when absent.
    pub name: Option<Pair>,
    /// How the length binds: `exactly` (2年), `at_most` (不超过2年), `within` (2年内); `exactly` when absent, as calls that
    /// were published before there was this key mean it.
    #[serde(default)]
    pub span: SpanName,
    /// Years.
    #[serde(default)]
    pub years: u8,
    /// Months.
    #[serde(default)]
    pub months: u8,
    /// Event that starts it.
    pub from: AnchorName,
    /// `operator` where the notice gives the length but not the day that it runs from.
    pub from_source: Option<Source>,
    /// How strictly it binds.
    #[serde(default)]
    pub strength: StrengthName,
    /// Clause.
    pub clause: Clauses,
    /// Row of the rule catalogue.
    pub row: Option<String>,
}

/// How the length of a period binds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SpanName {
    /// This long: 2年.
    #[default]
    Exactly,
    /// This long or shorter: 不超过2年.
    AtMost,
    /// The same limit in other words: 2年内.
    Within,
}

/// What starts a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnchorName {
    /// The day that the shortlist is published.
    ListPublished,
    /// The day that the contract is signed.
    ContractSigned,
}

/// Year that the forms name as target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetYearTable {
    /// The year.
    pub year: u16,
    /// Clause.
    pub clause: Clauses,
    /// Row of the rule catalogue.
    pub row: Option<String>,
}
