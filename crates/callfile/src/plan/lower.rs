//! Turns a plan of the right shape into a [`Plan`], and reports every fault of meaning at once.

use jiebang_domain::call::{Call, Source};
use jiebang_domain::selection::{
    CheckItem, Criterion, DecisionRule, EvaluationTerms, NoticeTerms, Plan, Points, RaceTerms, Recusal,
    Rubric, RubricFault, Veto,
};
use jiebang_domain::shared::{ClauseId, Number, Text};
use std::collections::BTreeSet;

use super::ROOT;
use super::document::{DecisionRuleName, PlanDocument, StageTable};
use crate::diagnostic::{Fault, Place, nearest};
use crate::document::{self, Clauses};
use crate::lower::ids::id_twice;
use crate::lower::text;

/// Most points of a sheet.
const POINTS_MAX: f64 = 100.0;

/// Lowers a plan. Without its call, clauses and groups are taken as they stand.
pub(super) fn lower(document: &PlanDocument, call: Option<&Call>) -> (Plan, Vec<Fault>) {
    let mut lowering = Lowering { document, call, source: Source::Operator, errors: Vec::new() };
    let plan = lowering.plan();
    (plan, lowering.errors)
}

pub(super) struct Lowering<'d> {
    pub(super) document: &'d PlanDocument,
    pub(super) call: Option<&'d Call>,
    /// Source of whatever names none of its own.
    source: Source,
    errors: Vec<Fault>,
}

impl Lowering<'_> {
    fn plan(&mut self) -> Plan {
        let document = self.document;
        let root = Place::root();
        if document.language != 1 {
            self.error(
                "language_unknown",
                root.key("language"),
                (
                    format!("没有第 {} 版语言", document.language),
                    format!("There is no version {} of the language", document.language),
                ),
                ("写 language = 1", "Write language = 1"),
            );
        }
        let table = &document.plan;
        let place = root.key(ROOT);
        if table.clause.is_none() && table.source.is_none() {
            self.error(
                "source_missing",
                place.clone(),
                ("没有写依据", "No source is given"),
                (
                    "写 source = \"operator\"，或写 clause = \"…\"",
                    "Write source = \"operator\", or clause = \"…\"",
                ),
            );
        }
        self.source = self.source(table.clause.as_ref(), table.source, &place);
        self.ids_stand_once();
        let checks = document.check.iter().enumerate().map(|(nth, check)| CheckItem {
            id: check.id.clone(),
            text: text(&check.text),
            source: self.source(check.clause.as_ref(), check.source, &root.key("check").nth(nth)),
        });
        Plan {
            call: table.call.clone(),
            title: text(&table.title),
            checks: checks.collect(),
            recusal: self.recusal(),
            stages: self.stages(),
            notice: self.notice(),
            race: self.race(),
            evaluation: self.evaluation(),
            source: self.source.clone(),
        }
    }

    fn ids_stand_once(&mut self) {
        let document = self.document;
        let root = Place::root();
        self.once(document.check.iter().map(|check| check.id.as_str()), &root.key("check"));
        self.once(document.stage.iter().map(|stage| stage.id.as_str()), &root.key("stage"));
        self.once(document.criterion.iter().map(|criterion| criterion.id.as_str()), &root.key("criterion"));
        self.once(document.veto.iter().map(|veto| veto.id.as_str()), &root.key("veto"));
    }

    /// Ids that stand twice in one list.
    fn once<'i>(&mut self, ids: impl Iterator<Item = &'i str>, place: &Place) {
        let mut known = BTreeSet::new();
        for (nth, id) in ids.enumerate() {
            if !known.insert(id) {
                self.errors.push(id_twice(place.nth(nth).key("id"), id));
            }
        }
    }

    fn recusal(&mut self) -> Recusal {
        let place = Place::root().key("recusal");
        match &self.document.recusal {
            None => Recusal { former_years: 0, source: self.source.clone() },
            Some(table) => Recusal {
                former_years: table.former_years,
                source: self.source(table.clause.as_ref(), table.source, &place),
            },
        }
    }

    fn notice(&mut self) -> Option<NoticeTerms> {
        let table = self.document.notice.as_ref()?;
        let place = Place::root().key("notice");
        self.above_zero(table.working_days, place.key("working_days"));
        self.above_zero(table.answer_days, place.key("answer_days"));
        Some(NoticeTerms {
            working_days: table.working_days,
            first_day_counts: table.first_day_counts,
            answer_days: table.answer_days,
            source: self.source(table.clause.as_ref(), table.source, &place),
        })
    }

    fn race(&mut self) -> Option<RaceTerms> {
        let table = self.document.race.as_ref()?;
        let place = Place::root().key("race");
        self.above_zero(table.report_months, place.key("report_months"));
        self.above_zero(table.report_days, place.key("report_days"));
        Some(RaceTerms {
            report_months: table.report_months,
            report_days: table.report_days,
            remind_days: table.remind_days,
            source: self.source(table.clause.as_ref(), table.source, &place),
        })
    }

    fn evaluation(&mut self) -> Option<EvaluationTerms> {
        let table = self.document.evaluation.as_ref()?;
        let place = Place::root().key("evaluation");
        let decision_rule = match table.decision_rule {
            DecisionRuleName::Simple => DecisionRule::Simple,
            DecisionRuleName::GuardedAcceptance => DecisionRule::GuardedAcceptance,
            DecisionRuleName::GuardedRejection => DecisionRule::GuardedRejection,
        };
        let guarded = decision_rule != DecisionRule::Simple;
        let fits = table.guard_band.is_none_or(|band| guarded && band > 0.0 && band <= 1.0);
        if !fits || (guarded && table.guard_band.is_none()) {
            self.error(
                "guard_band_wrong",
                place.key("guard_band"),
                (
                    "保护带只用于 guarded_acceptance、guarded_rejection，且须大于0、不大于1",
                    "A guard band goes with guarded_acceptance and guarded_rejection, is above 0 and at most 1",
                ),
                (
                    "写如 guard_band = 1.0；decision_rule = \"simple\" 的，删去",
                    "Write guard_band = 1.0, for example; with decision_rule = \"simple\" take it out",
                ),
            );
        }
        Some(EvaluationTerms {
            decision_rule,
            guard_band: table.guard_band.and_then(|band| Number::from_f64_shortest(band).ok()),
            source: self.source(table.clause.as_ref(), table.source, &place),
        })
    }

    /// A number of days or months that cannot be zero.
    fn above_zero(&mut self, number: u8, place: Place) {
        if number == 0 {
            self.limit_zero(place);
        }
    }

    pub(super) fn limit_zero(&mut self, place: Place) {
        self.error(
            "limit_zero",
            place,
            ("此处写成了0", "The number here is 0"),
            ("写大于0的整数", "Write a whole number above 0"),
        );
    }

    /// What a stage scores. `place` is that of the stage.
    pub(super) fn rubric(&mut self, stage: &StageTable, place: &Place) -> Option<Rubric> {
        let document = self.document;
        let root = Place::root();
        let of_stage = |stages: &[String]| stages.is_empty() || stages.contains(&stage.id);
        let mut criteria = Vec::new();
        let mut criteria_at = Vec::new();
        for (nth, table) in document.criterion.iter().enumerate().filter(|(_, table)| of_stage(&table.stages))
        {
            let place = root.key("criterion").nth(nth);
            let numbers = (Number::from_f64_shortest(table.max), Number::from_f64_shortest(table.step));
            let (Ok(max), Ok(step)) = numbers else {
                self.scale_wrong(place);
                return None;
            };
            criteria.push(Criterion {
                id: table.id.clone(),
                name: text(&table.name),
                text: table.text.as_ref().map(text).unwrap_or_default(),
                weight: table.weight,
                max,
                step,
                comment: table.comment,
                source: self.source(table.clause.as_ref(), table.source, &place),
            });
            criteria_at.push(place);
        }
        let mut vetoes = Vec::new();
        let mut vetoes_at = Vec::new();
        for (nth, table) in document.veto.iter().enumerate().filter(|(_, table)| of_stage(&table.stages)) {
            let place = root.key("veto").nth(nth);
            vetoes.push(Veto {
                id: table.id.clone(),
                text: text(&table.text),
                sheets: table.sheets,
                source: self.source(table.clause.as_ref(), table.source, &place),
            });
            vetoes_at.push(place);
        }
        match Rubric::new(criteria, vetoes) {
            Ok(rubric) => Some(rubric),
            Err(faults) => {
                for fault in faults {
                    self.rubric_fault(&fault, place, &criteria_at, &vetoes_at);
                }
                None
            }
        }
    }

    fn rubric_fault(&mut self, fault: &RubricFault, stage: &Place, criteria: &[Place], vetoes: &[Place]) {
        let at = |places: &[Place], nth: usize| places.get(nth).cloned().unwrap_or_else(|| stage.clone());
        match fault {
            RubricFault::Empty => self.error(
                "criteria_missing",
                stage.clone(),
                ("这一阶段没有评分指标", "Nothing is scored in this stage"),
                ("加上 [[criterion]]", "Add a [[criterion]]"),
            ),
            RubricFault::Weights { sum } => self.error(
                "weights_differ",
                stage.clone(),
                (
                    format!("这一阶段各指标权重合计{sum}，应为100"),
                    format!("The weights of this stage sum to {sum}, not 100"),
                ),
                ("调整 weight，使合计为100", "Change weight so that the sum is 100"),
            ),
            RubricFault::Weightless(nth) => self.limit_zero(at(criteria, *nth).key("weight")),
            RubricFault::Scale(nth) => self.scale_wrong(at(criteria, *nth)),
            RubricFault::Step(nth) => self.error(
                "step_uneven",
                at(criteria, *nth).key("step"),
                ("满分不是 step 的整数倍", "max is no whole multiple of step"),
                ("如 max = 10、step = 0.5", "Write max = 10 and step = 0.5, for example"),
            ),
            RubricFault::Fine(nth) => self.error(
                "scale_too_fine",
                at(criteria, *nth).key("step"),
                ("一个指标超过1000档", "The scale has more than 1000 steps"),
                ("加大 step", "Make step larger"),
            ),
            RubricFault::Apart => self.error(
                "scales_apart",
                stage.clone(),
                ("各指标的档数相差太大，无法精确合计", "The scales differ too much to be added exactly"),
                ("各指标用同样的 max 和 step", "Give the criteria the same max and step"),
            ),
            // Ids of a list are looked through once for all stages.
            RubricFault::Twice(_) | RubricFault::VetoTwice(_) => {}
            RubricFault::VetoAlways(nth) => self.limit_zero(at(vetoes, *nth).key("sheets")),
        }
    }

    fn scale_wrong(&mut self, place: Place) {
        self.error(
            "scale_wrong",
            place,
            ("max 和 step 须大于0", "max and step are above 0"),
            ("如 max = 10、step = 1", "Write max = 10 and step = 1, for example"),
        );
    }

    /// Points from 0 to 100.
    pub(super) fn points(&mut self, number: Option<f64>, place: Place) -> Option<Points> {
        let number = number?;
        let exact = Number::from_f64_shortest(number).ok().and_then(|number| Points::of(&number));
        if exact.is_none() || !(0.0..=POINTS_MAX).contains(&number) {
            self.error(
                "points_off_scale",
                place,
                (format!("{number} 不在0至100分之间"), format!("{number} is not from 0 to 100 points")),
                ("总分为100分，写0至100的数", "A sheet has 100 points: write a number from 0 to 100"),
            );
            return None;
        }
        exact
    }

    /// The clauses that an entry cites, which the call must have; the plan's own source where it cites none.
    pub(super) fn source(
        &mut self,
        clause: Option<&Clauses>,
        operator: Option<document::Source>,
        place: &Place,
    ) -> Source {
        let at = place.key("clause");
        let cited: Vec<(&String, Place)> = match clause {
            None if operator.is_some() => return Source::Operator,
            None => return self.source.clone(),
            Some(Clauses::One(one)) => vec![(one, at)],
            Some(Clauses::Several(several)) => {
                several.iter().enumerate().map(|(nth, clause)| (clause, at.nth(nth))).collect()
            }
        };
        let mut clauses = Vec::new();
        for (written, place) in cited {
            let id = ClauseId::new(written);
            let call = self.call;
            if call.is_some_and(|call| !call.clauses.iter().any(|clause| clause.id == id)) {
                let known = call.into_iter().flat_map(|call| &call.clauses).map(|clause| clause.id.as_str());
                self.unknown("clause_unknown", place, written, ("条款", "clause"), known);
            }
            clauses.push(id);
        }
        if clauses.is_empty() { self.source.clone() } else { Source::Clauses(clauses) }
    }

    /// A reference to something that must exist.
    pub(super) fn unknown<'n>(
        &mut self,
        code: &'static str,
        place: Place,
        written: &str,
        what: (&str, &str),
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let known: Vec<&str> = known.into_iter().collect();
        let some = known.iter().take(12).copied().collect::<Vec<_>>().join(", ");
        let help = match nearest(written, known.iter().copied()) {
            Some(near) => (format!("是否指 {near}？"), format!("Did you mean {near}?")),
            None if known.is_empty() => (
                format!("还没有任何{}：先写一个", what.0),
                format!("There is no {} at all: write one first", what.1),
            ),
            None => (format!("可用：{some}"), format!("Known: {some}")),
        };
        let message = (format!("没有{} {written}", what.0), format!("There is no {} {written}", what.1));
        self.error(code, place, message, help);
    }

    pub(super) fn error(
        &mut self,
        code: &'static str,
        place: Place,
        message: (impl Into<String>, impl Into<String>),
        help: (impl Into<String>, impl Into<String>),
    ) {
        self.errors.push(Fault::new(code, place, Text::new(message.0, message.1), Text::new(help.0, help.1)));
    }
}
