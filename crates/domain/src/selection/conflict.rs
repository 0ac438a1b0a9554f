//! Conflicts of interest (回避): what keeps an expert from an application, computed and declared.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::shared::{OrganisationCode, Text};

/// A unit that an expert works or has worked for (任职单位).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Employer {
    /// Unified social credit code or organisation code; empty where it is not known.
    #[serde(default)]
    pub code: String,
    /// Name.
    pub name: String,
    /// First day; `None` where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last day; `None` while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

/// A unit that applies, alone or with others (申报各方).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// It leads.
    pub leads: bool,
}

/// What relation keeps an expert away (回避情形).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// The expert's unit leads it.
    Lead,
    /// The expert's unit is one of its partners.
    Partner,
    /// It was declared.
    Declared,
}

/// A conflict with what it rests on (回避关系).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// What relation.
    pub relation: Relation,
    /// What it rests on.
    pub grounds: Text,
}

/// Everything that keeps an expert from an application: units that are one legal entity with one of the parties, at present or until
/// less than `years` years before the day, and what was declared.
///
/// Units are compared by their codes, and by their names only where an employer has none.
pub fn conflicts(
    employers: &[Employer],
    parties: &[Party],
    declared: Option<&str>,
    day: Date,
    years: i16,
) -> Vec<Conflict> {
    let mut all = Vec::new();
    for employer in employers.iter().filter(|of| is_recent(of, day, years)) {
        for party in parties.iter().filter(|party| is_same(employer, party)) {
            let (relation, zh, en) = if party.leads {
                (Relation::Lead, "牵头单位", "leads it")
            } else {
                (Relation::Partner, "联合单位", "is one of its partners")
            };
            let past = employer.to.is_some_and(|to| to < day);
            let grounds = Text::new(
                format!("专家{}在{zh}“{}”任职", if past { "曾" } else { "" }, party.name),
                format!(
                    "The expert {} “{}”, which {en}",
                    if past { "worked for" } else { "works for" },
                    party.name
                ),
            );
            all.push(Conflict { relation, grounds });
        }
    }
    if let Some(note) = declared {
        let grounds =
            Text::new(format!("已申报利害关系：{note}"), format!("A relation was declared: {note}"));
        all.push(Conflict { relation: Relation::Declared, grounds });
    }
    all
}

fn is_recent(employer: &Employer, day: Date, years: i16) -> bool {
    let since = day.checked_sub(jiff::Span::new().years(years)).unwrap_or(Date::MIN);
    employer.to.is_none_or(|to| to >= since)
}

/// One legal entity, under whichever form of its code.
fn is_same(employer: &Employer, party: &Party) -> bool {
    let entity =
        |code: &str| OrganisationCode::parse(code).ok().map(|code| code.organisation_part().to_owned());
    match (entity(&employer.code), entity(&party.code)) {
        (Some(one), Some(other)) => one == other,
        _ => !employer.name.trim().is_empty() && employer.name.trim() == party.name.trim(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Employer, Party, Relation, conflicts};

    #[test]
    fn one_legal_entity_is_one_under_either_code_and_by_name_only_without() {
        let employer = |code: &str, name: &str, to| Employer {
            code: code.to_owned(),
            name: name.to_owned(),
            from: None,
            to,
        };
        let party =
            |code: &str, name: &str, leads| Party { code: code.to_owned(), name: name.to_owned(), leads };
        let day = date(2026, 3, 1);
        let parties =
            [party("91350100M000100Y43", "甲公司", true), party("12100000400013997R", "乙医院", false)];
        let found = |employer: Employer, declared| {
            let all = conflicts(&[employer], &parties, declared, day, 3);
            all.into_iter().map(|of| of.relation).collect::<Vec<_>>()
        };
        assert_eq!(found(employer("91350100M000100Y43", "别名", None), None), [Relation::Lead]);
        // The older nine-character code of the same entity.
        assert_eq!(found(employer("M000100Y4", "别名", None), None), [Relation::Lead]);
        assert_eq!(found(employer("", " 乙医院 ", None), None), [Relation::Partner]);
        assert_eq!(found(employer("91110000802100433B", "甲公司", None), None), []);
        assert_eq!(found(employer("91350100M000100Y43", "", Some(date(2023, 3, 1))), None), [Relation::Lead]);
        assert_eq!(found(employer("91350100M000100Y43", "", Some(date(2023, 2, 28))), None), []);
        assert_eq!(found(employer("", "丙", None), Some("师生")), [Relation::Declared]);
    }
}
