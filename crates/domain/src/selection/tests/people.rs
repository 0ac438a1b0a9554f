use jiff::civil::{Date, date};

use super::super::{
    Conflict, ConflictRule, Declaration, Declarer, Employment, Expert, Party, Recusal, Refusal, Team,
    conflicts, may_assign,
};
use crate::call::Source;
use crate::shared::OrganisationCode;

const LEAD: &str = "91350100M000100Y43";
const PARTNER: &str = "914403001922038216";
const STRANGER: &str = "91110000802100433B";
const DAY: Date = date(2022, 3, 1);

fn party(code: &str) -> Party {
    Party { code: OrganisationCode::parse(code).unwrap(), name: format!("单位{}", &code[..4]) }
}

fn team() -> Team {
    Team { application: "A1".to_owned(), lead: party(LEAD), partners: vec![party(PARTNER)] }
}

fn expert(code: &str, until: Option<Date>) -> Expert {
    let employment = Employment { employer: party(code), from: None, until };
    Expert { id: "e1".to_owned(), employers: vec![employment] }
}

fn found(expert: &Expert, declared: &[Declaration]) -> Vec<Conflict> {
    let rule = Recusal { former_years: 3, source: Source::Operator };
    conflicts(&rule, std::slice::from_ref(expert), &[team()], declared, DAY)
}

fn rules(found: &[Conflict]) -> Vec<ConflictRule> {
    found.iter().map(|conflict| conflict.rule).collect()
}

#[test]
fn employers_make_conflicts_now_and_for_some_years() {
    for (code, until, expected) in [
        (LEAD, None, Some(ConflictRule::SameEntity)),
        // The 9-character code names the same organisation.
        ("M000100Y4", None, Some(ConflictRule::SameEntity)),
        (PARTNER, Some(date(2030, 1, 1)), Some(ConflictRule::SameEntity)),
        (PARTNER, Some(DAY), Some(ConflictRule::SameEntity)),
        (PARTNER, Some(date(2022, 2, 28)), Some(ConflictRule::FormerEntity)),
        (PARTNER, Some(date(2019, 3, 2)), Some(ConflictRule::FormerEntity)),
        (PARTNER, Some(date(2019, 3, 1)), None),
        (STRANGER, None, None),
    ] {
        let found = found(&expert(code, until), &[]);
        assert_eq!(rules(&found), expected.into_iter().collect::<Vec<_>>(), "{code} {until:?}");
    }
    let words = found(&expert(LEAD, None), &[])[0].evidence();
    assert_eq!(words.zh, format!("任职于牵头单位单位9135（{LEAD}）"));
    assert_eq!(words.en, format!("works for the lead, 单位9135 ({LEAD})"));
}

#[test]
fn declared_relations_hold_for_an_application_or_an_organisation() {
    let declared = |expert: &str, with: &str| Declaration {
        expert: expert.to_owned(),
        with: with.to_owned(),
        by: Declarer::Expert,
        words: "合作论文".to_owned(),
    };
    let nobody = expert(STRANGER, None);
    for (with, count) in [("A1", 1), (PARTNER, 1), ("192203821", 1), (STRANGER, 0), ("A2", 0)] {
        assert_eq!(found(&nobody, &[declared("e1", with)]).len(), count, "{with}");
    }
    let twice = found(&nobody, &[declared("e1", "A1"), declared("e1", LEAD)]);
    assert_eq!(twice.len(), 1, "one relation is told once");
    assert_eq!(twice[0].evidence_zh, "专家本人申明：合作论文");
}

#[test]
fn nobody_is_assigned_in_spite_of_a_conflict() {
    let declaration = Declaration {
        expert: "e1".to_owned(),
        with: "A1".to_owned(),
        by: Declarer::Applicant,
        words: "竞争关系".to_owned(),
    };
    let all = found(&expert(LEAD, None), &[declaration]);
    let Err(Refusal::Conflicts(findings)) = may_assign(&all, "e1", "A1") else { panic!() };
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["conflict_same_entity", "conflict_declared"]);
    assert!(findings.iter().all(|finding| !finding.remedy.zh.is_empty() && !finding.message.en.is_empty()));
    assert_eq!(may_assign(&all, "e2", "A1"), Ok(()));
    assert_eq!(may_assign(&all, "e1", "A2"), Ok(()));
}
