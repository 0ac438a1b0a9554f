//! Stages of a plan: their groups, classes and chains of ties.

use jiebang_domain::call::{Call, Counted, Strength};
use jiebang_domain::selection::{Aggregation, Cap, Class, GroupKey, Stage, Tie};

use super::document::{ClassTable, StageCountsName, StageTable, TieName, TieTable};
use super::lower::Lowering;
use crate::diagnostic::Place;
use crate::lower::{strength, text};

/// Groups that are no level of a task tree.
const GROUPS: [&str; 4] = ["call", "region", "lead", "recommender"];

impl<'d> Lowering<'d> {
    pub(super) fn stages(&mut self) -> Vec<Stage> {
        let document = self.document;
        self.stages_are_known();
        let mut stages: Vec<Stage> = Vec::new();
        for (nth, table) in document.stage.iter().enumerate() {
            let place = Place::root().key("stage").nth(nth);
            let earlier = nth.checked_sub(1).and_then(|before| document.stage.get(before));
            self.follows(table, earlier, &place);
            self.group_fits(table, &place);
            if document.stage.iter().take(nth).any(|earlier| earlier.counts == table.counts) {
                self.error(
                    "stage_repeats",
                    place.key("counts"),
                    ("两个阶段的名额算作同一种", "Two stages count their places as the same"),
                    (
                        "入围写 shortlisted，优胜写 winners，各一个阶段",
                        "One stage is shortlisted, another winners",
                    ),
                );
            }
            let source = self.source(table.clause.as_ref(), table.source, &place);
            let classes = self.classes(table, &place);
            let aggregation = self.aggregation(table, &classes, &place);
            let rubric = self.rubric(table, &place);
            let (Some(rubric), Some(aggregation)) = (rubric, aggregation) else { continue };
            stages.push(Stage {
                id: table.id.clone(),
                name: text(&table.name),
                counts: counted(table),
                per: GroupKey::parse(&table.per),
                from: table.from.clone(),
                rubric,
                aggregation,
                classes,
                source,
            });
        }
        stages
    }

    /// Criteria, vetoes and classes name stages that there are.
    fn stages_are_known(&mut self) {
        let document = self.document;
        let root = Place::root();
        let mut named: Vec<(&str, Place)> = Vec::new();
        let of_criteria = document.criterion.iter().map(|of| &of.stages).zip(0..).map(|at| (at, "criterion"));
        let of_vetoes = document.veto.iter().map(|of| &of.stages).zip(0..).map(|at| (at, "veto"));
        for ((stages, nth), list) in of_criteria.chain(of_vetoes) {
            let place = root.key(list).nth(nth).key("stages");
            named.extend(stages.iter().enumerate().map(|(nth, stage)| (stage.as_str(), place.nth(nth))));
        }
        for (nth, class) in document.class.iter().enumerate() {
            let place = root.key("class").nth(nth);
            match &class.stage {
                Some(stage) => named.push((stage, place.key("stage"))),
                None if document.stage.len() == 1 => {}
                None => self.error(
                    "stage_missing",
                    place,
                    ("没有写是哪个阶段的类别", "The class does not say of which stage it is"),
                    ("写 stage = \"…\"", "Add stage = \"…\""),
                ),
            }
        }
        for (stage, place) in named {
            if !document.stage.iter().any(|known| known.id == stage) {
                let known = document.stage.iter().map(|known| known.id.as_str());
                self.unknown("stage_unknown", place, stage, ("阶段", "stage"), known);
            }
        }
    }

    /// A stage after the first says who goes on to it.
    fn follows(&mut self, table: &StageTable, earlier: Option<&StageTable>, place: &Place) {
        let Some(earlier) = earlier else {
            if !table.from.is_empty() {
                self.error(
                    "from_without_stage",
                    place.key("from"),
                    ("第一个阶段之前没有类别", "Before the first stage there are no classes"),
                    ("删去 from", "Take from out"),
                );
            }
            return;
        };
        let known: Vec<&str> = self.tables_of(earlier).map(|(_, class)| class.id.as_str()).collect();
        if table.from.is_empty() {
            self.error(
                "from_missing",
                place.clone(),
                (
                    "没有写上一阶段的哪些类别进入这一阶段",
                    "It does not say which classes of the stage before go on to it",
                ),
                (
                    format!("写 from = […]；可用：{}", known.join(", ")),
                    format!("Add from = […]; known: {}", known.join(", ")),
                ),
            );
        }
        for (nth, class) in table.from.iter().enumerate() {
            if !known.contains(&class.as_str()) {
                let place = place.key("from").nth(nth);
                self.unknown("class_unknown", place, class, ("类别", "class"), known.iter().copied());
            }
        }
    }

    /// The group is one that the call knows, and the one by which it limits the places.
    fn group_fits(&mut self, table: &StageTable, place: &Place) {
        let Some(call) = self.call else { return };
        let per = table.per.as_str();
        if !GROUPS.contains(&per) && !call.levels.contains_key(per) {
            let known = GROUPS.into_iter().chain(call.levels.keys().map(String::as_str));
            return self.unknown("group_key_unknown", place.key("per"), per, ("分组", "group key"), known);
        }
        if let Some(limit) = call.limits_on(counted(table)).find(|limit| limit.per != per) {
            self.error(
                "group_key_differs",
                place.key("per"),
                (
                    format!("通知按 {} 限制名额，这里却按 {per} 分组", limit.per),
                    format!("The notice limits places per {}, but this groups by {per}", limit.per),
                ),
                (format!("写 per = \"{}\"", limit.per), format!("Write per = \"{}\"", limit.per)),
            );
        }
    }

    /// Classes of a stage, with their places in the file.
    fn tables_of(&self, stage: &StageTable) -> impl Iterator<Item = (usize, &'d ClassTable)> {
        let id = stage.id.clone();
        let only = self.document.stage.len() == 1;
        let of_stage = move |class: &ClassTable| class.stage.as_ref().map_or(only, |named| *named == id);
        self.document.class.iter().enumerate().filter(move |(_, class)| of_stage(class))
    }

    fn classes(&mut self, stage: &StageTable, place: &Place) -> Vec<Class> {
        let tables: Vec<(usize, &ClassTable)> = self.tables_of(stage).collect();
        if tables.len() < 2 {
            self.error(
                "classes_missing",
                place.clone(),
                (
                    "一个阶段至少有两个类别：入选的，和其余的",
                    "A stage has two classes at least: who is in, and everybody else",
                ),
                ("加上 [[class]]，最后一个收其余全部", "Add a [[class]]; the last one takes everybody else"),
            );
        }
        let mut classes: Vec<Class> = Vec::new();
        for (nth, (at, table)) in tables.iter().enumerate() {
            let place = Place::root().key("class").nth(*at);
            let last = nth + 1 == tables.len();
            if classes.iter().any(|earlier| earlier.id == table.id) {
                self.errors_twice(&place, &table.id);
            }
            if last && (table.cap.is_some() || table.least.is_some()) {
                self.error(
                    "class_last_limited",
                    place.clone(),
                    (
                        "最后一个类别收其余全部，不能有上限或最低分",
                        "The last class takes everybody else and has neither cap nor least mean",
                    ),
                    (
                        "删去 cap 和 least，或在后面再加一个类别",
                        "Take cap and least out, or add a class after it",
                    ),
                );
            }
            self.class_is_limited(stage, table, last, &place);
            classes.push(Class {
                id: table.id.clone(),
                name: text(&table.name),
                cap: table.cap.map(|most| Cap { most, strength: strength(table.strength) }),
                least: self.points(table.least, place.key("least")),
                counted: table.counted && !last,
                listed: table.listed && !last,
                source: self.source(table.clause.as_ref(), table.source, &place),
            });
        }
        classes
    }

    fn errors_twice(&mut self, place: &Place, id: &str) {
        let message = (format!("编号 {id} 出现两次"), format!("The id {id} stands twice"));
        let help = ("给其中一个换一个编号", "Give one of them another id");
        self.error("id_twice", place.key("id"), message, help);
    }

    /// A cap is above zero and within the limit of the call; a class before the last has something that keeps others out.
    fn class_is_limited(&mut self, stage: &StageTable, table: &ClassTable, last: bool, place: &Place) {
        let limit =
            self.call.and_then(|call| most_of(call, counted(stage))).filter(|_| table.counted && !last);
        if table.cap == Some(0) {
            self.limit_zero(place.key("cap"));
        }
        if let (Some(cap), Some(most)) = (table.cap, limit)
            && cap > most
        {
            self.error(
                "limits_conflict",
                place.key("cap"),
                (
                    format!("上限{cap}超过通知的{most}"),
                    format!("The cap of {cap} is above the notice's own {most}"),
                ),
                (
                    "改小；确需突破的，在遴选时写明理由并经批准；不占通知名额的类别写 counted = false",
                    "Make it smaller and lift it with a reason when it is needed; write counted = false for a class that \
                     the notice's limit does not count",
                ),
            );
        }
        let open = table.cap.is_none() && table.least.is_none() && limit.is_none();
        // Without the call nobody knows whether its limit keeps others out.
        let sure = self.call.is_some() || !table.counted;
        if !last && open && sure {
            self.error(
                "class_unlimited",
                place.clone(),
                (
                    "这个类别没有上限也没有最低分，后面的类别永远轮不到",
                    "This class has neither cap nor least mean: nobody would ever reach the next one",
                ),
                ("写 cap 或 least", "Add cap or least"),
            );
        }
    }

    fn aggregation(&mut self, stage: &StageTable, classes: &[Class], place: &Place) -> Option<Aggregation> {
        let root = Place::root().key("aggregation");
        let Some(table) = &self.document.aggregation else {
            self.error(
                "aggregation_missing",
                place.clone(),
                ("没有写评分如何合成、同分如何处理", "It does not say how scores become an order"),
                ("加上 [aggregation]", "Add [aggregation]"),
            );
            return None;
        };
        if table.scores_min == 0 {
            self.limit_zero(root.key("scores_min"));
        }
        let (ties, at) = match &stage.ties {
            Some(ties) => (ties, place.key("ties")),
            None => (&table.ties, root.key("ties")),
        };
        Some(Aggregation {
            scores_min: table.scores_min,
            dispute_gap: self.points(table.dispute_gap, root.key("dispute_gap")),
            ties: self.ties(stage, ties, classes, &at),
        })
    }

    /// The chain of ties ends with a step that parts or admits everybody, and no step comes after it.
    fn ties(
        &mut self,
        stage: &StageTable,
        tables: &[TieTable],
        classes: &[Class],
        place: &Place,
    ) -> Vec<Tie> {
        let mut ties = Vec::new();
        for (nth, table) in tables.iter().enumerate() {
            let here = place.nth(nth);
            let tie = match table.by {
                TieName::Criterion => match self.tie_criterion(stage, table, &here) {
                    Some(id) => Tie::Criterion(id),
                    None => continue,
                },
                TieName::Scores => Tie::Scores,
                TieName::Lot => Tie::Lot,
                TieName::AllTiedAdmitted => Tie::AllTied,
            };
            let ends = ties.iter().any(|tie| matches!(tie, Tie::Lot | Tie::AllTied));
            if ends || ties.contains(&tie) {
                self.error(
                    "tie_unreachable",
                    here,
                    ("这一步永远轮不到", "This step is never reached"),
                    ("删去，或移到前面", "Take it out, or move it up"),
                );
                continue;
            }
            ties.push(tie);
        }
        match ties.last() {
            Some(Tie::AllTied) => self.all_tied_fits(classes, place),
            Some(Tie::Lot) => {}
            _ => self.error(
                "ties_open",
                place.clone(),
                ("同分处理没有最后一步", "The chain of ties does not end"),
                (
                    "最后写 { by = \"lot\" }（抽签）或 { by = \"all_tied_admitted\" }（并列一并入选）",
                    "End it with { by = \"lot\" } or { by = \"all_tied_admitted\" }",
                ),
            ),
        }
        ties
    }

    fn tie_criterion(&mut self, stage: &StageTable, table: &TieTable, place: &Place) -> Option<String> {
        let document = self.document;
        let of_stage = |stages: &[String]| stages.is_empty() || stages.contains(&stage.id);
        let scored = document.criterion.iter().filter(|criterion| of_stage(&criterion.stages));
        let known: Vec<&str> = scored.map(|criterion| criterion.id.as_str()).collect();
        match &table.criterion {
            Some(id) if known.contains(&id.as_str()) => Some(id.clone()),
            Some(id) => {
                self.unknown(
                    "criterion_unknown",
                    place.key("criterion"),
                    id,
                    ("评分指标", "criterion"),
                    known,
                );
                None
            }
            None => {
                self.error(
                    "criterion_missing",
                    place.clone(),
                    ("没有写按哪个指标", "It does not say by which criterion"),
                    ("写 criterion = \"…\"", "Add criterion = \"…\""),
                );
                None
            }
        }
    }

    /// Whoever is tied at a cap is admitted by lifting it, which a cap that binds forbids.
    fn all_tied_fits(&mut self, classes: &[Class], place: &Place) {
        let binds = |class: &&Class| class.cap.as_ref().is_some_and(|cap| cap.strength == Strength::Must);
        if let Some(class) = classes.iter().find(binds) {
            self.error(
                "tie_against_cap",
                place.clone(),
                (
                    format!("{}的上限不是“原则上”，并列的不能一并入选", class.name.zh),
                    format!("The cap of {} binds: not all who are tied can be admitted", class.name.en),
                ),
                (
                    "改用抽签，或把上限写成 strength = \"in_principle\"",
                    "Part ties by lot, or give the cap strength = \"in_principle\"",
                ),
            );
        }
    }
}

fn counted(stage: &StageTable) -> Counted {
    match stage.counts {
        StageCountsName::Shortlisted => Counted::Shortlisted,
        StageCountsName::Winners => Counted::Winners,
    }
}

/// The narrowest limit of the call on places.
fn most_of(call: &Call, counts: Counted) -> Option<u32> {
    let most = |limit: &jiebang_domain::call::Limit| match limit.bound {
        jiebang_domain::call::Bound::Max(most) => Some(most),
        _ => None,
    };
    call.limits_on(counts).filter_map(most).min()
}
