//! Caps and quotas.

use jiebang_domain::call::{Bound, Counted, Limit};
use jiebang_domain::shared::{Number, RegionKind, money_in};

use super::{Lowering, strength};
use crate::diagnostic::Place;
use crate::document::{CountsName, FieldKindName, LimitTable, RegionKindName};

impl<'d> Lowering<'d> {
    pub(super) fn limits(&mut self) -> Vec<Limit> {
        let document = self.document;
        let mut limits: Vec<Limit> = Vec::new();
        for (nth, table) in document.limit.iter().enumerate() {
            let place = Place::root().key("limit").nth(nth);
            let source = self.source(table.clause.as_ref(), table.source, &place);
            self.group_key_known(&table.per, &place);
            self.judged(table, &place);
            self.money_has_unit(table, &place);
            self.money_has_field(table, &place);
            let Some(bound) = self.bound(table, &place) else { continue };
            let limit = Limit {
                code: table.code.clone(),
                counts: counted(table.counts),
                per: table.per.clone(),
                regions: table.regions.iter().map(|kind| region_kind(*kind)).collect(),
                bound,
                unit: table.unit.clone(),
                field: table.field.clone(),
                strength: strength(table.strength),
                row: table.row.clone(),
                source,
            };
            for earlier in &limits {
                self.limits_agree(earlier, &limit, &place);
            }
            limits.push(limit);
        }
        limits
    }

    fn group_key_known(&mut self, per: &str, place: &Place) {
        let known = self.group_keys();
        if !known.contains(&per) {
            self.unknown("group_key_unknown", place.key("per"), per, ("分组", "group key"), known);
        }
    }

    fn group_keys(&self) -> Vec<&'d str> {
        let document = self.document;
        let fixed = ["application", "organisation", "recommender", "call"];
        fixed.into_iter().chain(document.levels.keys().map(String::as_str)).collect()
    }

    /// What is counted is counted for one kind of group only; a limit for another would be judged wrongly, or not at all.
    /// Places on lists are counted by who calls the rules, for any group.
    fn judged(&mut self, table: &LimitTable, place: &Place) {
        let (counts, group) = match table.counts {
            CountsName::Partners => ("partners", "application"),
            CountsName::Members => ("members", "application"),
            CountsName::Funding => ("funding", "application"),
            CountsName::ApplicationsLed => ("applications_led", "organisation"),
            CountsName::Recommendations => ("recommendations", "recommender"),
            CountsName::Shortlisted | CountsName::Winners => return,
        };
        let per = table.per.as_str();
        if per == group || !self.group_keys().contains(&per) {
            return;
        }
        self.error(
            "limit_not_judged",
            place.key("per"),
            (
                format!("{counts} 只按 {group} 判定，不按 {per} 判定"),
                format!("A limit on {counts} is judged per {group} only, not per {per}"),
            ),
            (
                format!("写 per = \"{group}\"；别的分组写成 [[rule]]，用 decided_by 写明由谁核对"),
                format!("Write per = \"{group}\"; for another group, a [[rule]] with decided_by says who checks it"),
            ),
        );
    }

    /// A cap on money says in which unit it is stated.
    fn money_has_unit(&mut self, table: &LimitTable, place: &Place) {
        let blank = table.unit.as_deref().is_none_or(|unit| unit.trim().is_empty());
        if table.counts == CountsName::Funding && blank {
            self.error(
                "unit_missing",
                place.clone(),
                (
                    format!("{} 没有写金额的单位", table.code),
                    format!("{} gives no unit of money", table.code),
                ),
                ("写上 unit，如 unit = \"万元\"", "Add unit, such as unit = \"万元\""),
            );
        }
    }

    /// The field of a cap on money holds a number; nothing else is counted in a field.
    fn money_has_field(&mut self, table: &LimitTable, place: &Place) {
        let Some(field) = &table.field else { return };
        let fields = self.placed_fields();
        let numbers = fields.iter().filter(|of| of.kind == Some(FieldKindName::Number));
        let known: Vec<&str> = numbers.map(|of| of.id.as_str()).collect();
        let place = place.key("field");
        if table.counts != CountsName::Funding {
            self.no_field_for_money(
                place,
                field,
                (
                    "只有 counts = \"funding\" 的限制才写 field；删去它",
                    "Only a limit on funding names a field; take it out",
                ),
            );
        } else if known.is_empty() {
            self.no_field_for_money(
                place,
                field,
                (
                    "表单没有 type = \"number\" 的栏目：加一个，或删去 field",
                    "The form has no field of type number: add one, or leave field out",
                ),
            );
        } else if !known.contains(&field.as_str()) {
            self.unknown("field_unknown", place, field, ("金额栏目", "field for money"), known);
        }
    }

    fn no_field_for_money(&mut self, place: Place, field: &str, help: (&str, &str)) {
        let message = (format!("没有金额栏目 {field}"), format!("There is no field for money {field}"));
        self.error("field_unknown", place, message, help);
    }

    fn bound(&mut self, table: &LimitTable, place: &Place) -> Option<Bound> {
        let given = [table.max.map(Bound::Max), table.min.map(Bound::Min), table.percent.map(Bound::Percent)];
        let mut given = given.into_iter().flatten();
        let (Some(bound), None) = (given.next(), given.next()) else {
            self.error(
                "bound_missing",
                place.clone(),
                (
                    "数量限制要写 max、min、percent 中的一个，且只写一个",
                    "A limit gives exactly one of max, min, percent",
                ),
                ("只留一个", "Keep exactly one of them"),
            );
            return None;
        };
        match bound {
            Bound::Percent(share) if share > 100 => {
                self.error(
                    "limits_conflict",
                    place.key("percent"),
                    (format!("{share} % 超过全部"), format!("{share} % is more than all")),
                    ("写1至100的整数", "Write a whole number from 1 to 100"),
                );
                return None;
            }
            Bound::Percent(_) if table.counts != CountsName::Recommendations => {
                self.error(
                    "percent_without_base",
                    place.key("percent"),
                    (
                        "只有推荐数量有申报数量作基数，其他数量不能用百分比",
                        "Only recommendations have a base, the applications; nothing else can be a percentage",
                    ),
                    ("写 max 或 min", "Write max or min"),
                );
                return None;
            }
            Bound::Percent(0) => {
                self.limit_zero(place.key("percent"), "什么也不能推荐", "nothing could be recommended")
            }
            Bound::Min(0) => self.limit_zero(place.key("min"), "这等于没有限制", "this limits nothing"),
            // A call may do without partners and without money; it cannot do without applications and places.
            Bound::Max(0) if !matches!(table.counts, CountsName::Partners | CountsName::Funding) => {
                self.limit_zero(place.key("max"), "这样谁也不能参加", "nobody could take part");
            }
            _ => {}
        }
        Some(bound)
    }

    /// A limit of zero that no notice can mean.
    pub(super) fn limit_zero(&mut self, place: Place, zh: &str, en: &str) {
        self.error(
            "limit_zero",
            place,
            (format!("限制写成了0：{zh}"), format!("The limit is 0: {en}")),
            (
                "写通知印出的数；没有限制的，删去这一段",
                "Write the number that the notice prints; where it sets no limit, take the entry out",
            ),
        );
    }

    /// Two limits on the same thing must not contradict each other, nor group by keys that nest.
    fn limits_agree(&mut self, earlier: &Limit, limit: &Limit, place: &Place) {
        let meet = earlier.regions.is_empty()
            || limit.regions.is_empty()
            || earlier.regions.iter().any(|kind| limit.regions.contains(kind));
        let same_bound = matches!(
            (earlier.bound, limit.bound),
            (Bound::Max(_) | Bound::Percent(_), Bound::Max(_) | Bound::Percent(_))
                | (Bound::Min(_), Bound::Min(_))
        );
        if earlier.counts == limit.counts && meet {
            if earlier.per == limit.per && same_bound {
                self.error(
                    "limits_conflict",
                    place.clone(),
                    (
                        format!("{} 与 {} 限制同一数量", limit.code, earlier.code),
                        format!("{} and {} limit the same count", limit.code, earlier.code),
                    ),
                    (
                        "只留一个，或用 regions 区分适用地区",
                        "Keep one, or tell apart by regions where each holds",
                    ),
                );
            } else if self.is_level(&earlier.per) && self.is_level(&limit.per) && earlier.per != limit.per {
                self.error(
                    "group_keys_overlap",
                    place.key("per"),
                    (
                        format!("同一数量既按 {} 又按 {} 分组", earlier.per, limit.per),
                        format!("The same count is grouped by {} and by {}", earlier.per, limit.per),
                    ),
                    ("只按任务树的一个层级分组", "Group by one level of the task tree only"),
                );
            }
            match (earlier.bound, limit.bound) {
                (Bound::Max(_), Bound::Min(_)) | (Bound::Min(_), Bound::Max(_)) => {
                    self.bounds_meet(earlier, limit, place);
                }
                _ => {}
            }
        }
        self.stages_agree(earlier, limit, place);
    }

    /// A least and a most leave something between them, whatever units they are stated in.
    fn bounds_meet(&mut self, earlier: &Limit, limit: &Limit, place: &Place) {
        let unit = |limit: &Limit| limit.unit.clone().unwrap_or_default();
        let (first, second) = (unit(earlier), unit(limit));
        let number = |bound: Bound| match bound {
            Bound::Max(number) | Bound::Min(number) | Bound::Percent(number) => {
                Number::from(i64::from(number))
            }
        };
        let one_field = earlier.field.is_some() && earlier.field == limit.field;
        let converted = money_in(&number(earlier.bound), &first, &second);
        match converted.filter(|_| !one_field || first.trim() == second.trim()) {
            None => self.units_differ(one_field, (&first, &second), place),
            Some(earlier_number) => {
                let crossed = match limit.bound {
                    Bound::Min(_) => earlier_number < number(limit.bound),
                    _ => earlier_number > number(limit.bound),
                };
                if crossed {
                    self.bounds_crossed(limit, earlier, place);
                }
            }
        }
    }

    /// Two limits on one amount in units that cannot be held against each other. Who fills in a field does so in one unit.
    fn units_differ(&mut self, one_field: bool, (first, second): (&str, &str), place: &Place) {
        let message = if one_field {
            (
                format!("同一栏目的限制，一个用“{first}”，一个用“{second}”"),
                format!("Of two limits on one field, one is in “{first}”, the other in “{second}”"),
            )
        } else {
            (format!("“{first}”与“{second}”不能相比"), format!("“{first}” and “{second}” cannot be compared"))
        };
        self.error(
            "units_differ",
            place.key("unit"),
            message,
            ("两个限制用同一个单位，即填写时用的单位", "State both in one unit, the one that is filled in"),
        );
    }

    /// Winners come out of the shortlist, partners out of the members.
    fn stages_agree(&mut self, earlier: &Limit, limit: &Limit, place: &Place) {
        let inner_then_outer = |one: &Limit, other: &Limit| {
            matches!(
                (one.counts, other.counts),
                (Counted::Winners, Counted::Shortlisted) | (Counted::Partners, Counted::Members)
            )
        };
        let pair = if inner_then_outer(earlier, limit) {
            Some((earlier, limit))
        } else if inner_then_outer(limit, earlier) {
            Some((limit, earlier))
        } else {
            None
        };
        if let Some((inner, outer)) = pair
            && inner.per == outer.per
            && let (Bound::Max(within), Bound::Max(around)) = (inner.bound, outer.bound)
            && within > around
        {
            self.bounds_crossed(limit, earlier, place);
        }
    }

    fn bounds_crossed(&mut self, limit: &Limit, earlier: &Limit, place: &Place) {
        self.error(
            "limits_conflict",
            place.clone(),
            (
                format!("{} 与 {} 不能同时满足", limit.code, earlier.code),
                format!("{} and {} cannot both be met", limit.code, earlier.code),
            ),
            ("改其中一个数", "Change one of the numbers"),
        );
    }

    fn is_level(&self, per: &str) -> bool {
        self.document.levels.contains_key(per)
    }
}

/// The kind of region that a name means.
pub(super) fn region_kind(name: RegionKindName) -> RegionKind {
    match name {
        RegionKindName::Province => RegionKind::Province,
        RegionKindName::SeparatelyPlannedCity => RegionKind::SeparatelyPlannedCity,
        RegionKindName::Corps => RegionKind::Corps,
    }
}

fn counted(name: CountsName) -> Counted {
    match name {
        CountsName::Partners => Counted::Partners,
        CountsName::Members => Counted::Members,
        CountsName::ApplicationsLed => Counted::ApplicationsLed,
        CountsName::Recommendations => Counted::Recommendations,
        CountsName::Shortlisted => Counted::Shortlisted,
        CountsName::Winners => Counted::Winners,
        CountsName::Funding => Counted::Funding,
    }
}
