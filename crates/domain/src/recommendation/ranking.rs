//! The order of priority (推荐排序), and when two applications are one project.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use crate::shared::{Finding, Severity, Text};

/// Most applications on one list.
pub const RANKED_MAX: usize = 5_000;

/// The order that ranks stand for: 1 comes first, each rank stands once, none is left out.
///
/// # Errors
/// All findings: too many, a rank that is none, doubles, gaps, an application that stands twice.
pub fn ranking(ranks: &[(String, u32)]) -> Result<Vec<String>, Vec<Finding>> {
    let mut findings = Vec::new();
    if ranks.len() > RANKED_MAX {
        findings.push(finding(
            "ranking_too_long",
            Text::new(
                format!("名单有{}项，上限{RANKED_MAX}项", ranks.len()),
                format!("The list has {} entries; the limit is {RANKED_MAX}", ranks.len()),
            ),
            Text::new("减少推荐项目", "Take out entries"),
        ));
        return Err(findings);
    }
    let mut seen = BTreeSet::new();
    if let Some((twice, _)) = ranks.iter().find(|(application, _)| !seen.insert(application)) {
        findings.push(finding(
            "ranking_repeats",
            Text::new(format!("{twice} 在名单中出现两次"), format!("{twice} stands on the list twice")),
            Text::new("只保留一个", "Keep one of them"),
        ));
    }
    let mut order: Vec<&(String, u32)> = ranks.iter().collect();
    order.sort_by_key(|(_, rank)| *rank);
    let places = || (1_u32..).zip(&order);
    if let Some((_, (_, rank))) = places().find(|(place, (_, rank))| place != rank) {
        let doubled = order.iter().filter(|(_, of)| of == rank).count() > 1;
        let missing = places().find(|(place, (_, rank))| place < rank).map(|(place, _)| place);
        let message = match (doubled, missing) {
            (true, _) => Text::new(format!("序号 {rank} 出现两次"), format!("Rank {rank} stands twice")),
            (false, Some(missing)) => {
                Text::new(format!("缺少序号 {missing}"), format!("Rank {missing} is left out"))
            }
            (false, None) => Text::new(format!("序号 {rank} 无效"), format!("Rank {rank} is none")),
        };
        let last = order.len();
        findings.push(finding(
            "ranking_not_in_order",
            message,
            Text::new(format!("序号应为 1 至 {last}，各出现一次"), format!("Give each of 1 to {last} once")),
        ));
    }
    if findings.is_empty() {
        Ok(order.into_iter().map(|(application, _)| application.clone()).collect())
    } else {
        Err(findings)
    }
}

fn finding(code: &str, message: Text, remedy: Text) -> Finding {
    Finding {
        code: code.to_owned(),
        severity: Severity::Refusal,
        clause: None,
        field: Some("ranking".to_owned()),
        message,
        remedy,
    }
}

/// What makes two applications one project: the task, and the name without signs, spaces, width and case. Empty names are no
/// project.
pub fn project_key(task: &str, title: &str) -> Option<String> {
    let name: String =
        title.nfkc().flat_map(char::to_lowercase).filter(|letter| letter.is_alphanumeric()).collect();
    (!name.is_empty()).then(|| format!("{task}\u{1f}{name}"))
}

#[cfg(test)]
mod tests {
    use super::{RANKED_MAX, project_key, ranking};

    fn ranks(of: &[(&str, u32)]) -> Vec<(String, u32)> {
        of.iter().map(|(application, rank)| ((*application).to_owned(), *rank)).collect()
    }

    #[test]
    fn ranks_stand_for_one_order() {
        assert_eq!(ranking(&ranks(&[("c", 3), ("a", 1), ("b", 2)])).unwrap(), ["a", "b", "c"]);
        assert_eq!(ranking(&[]).unwrap(), Vec::<String>::new());
        for (wrong, code, says) in [
            (ranks(&[("a", 1), ("b", 1)]), "ranking_not_in_order", "序号 1 出现两次"),
            (ranks(&[("a", 1), ("b", 3)]), "ranking_not_in_order", "缺少序号 2"),
            (ranks(&[("a", 0)]), "ranking_not_in_order", "序号 0 无效"),
            (ranks(&[("a", 2)]), "ranking_not_in_order", "缺少序号 1"),
            (ranks(&[("a", u32::MAX)]), "ranking_not_in_order", "缺少序号 1"),
            (ranks(&[("a", 1), ("a", 2)]), "ranking_repeats", "a 在名单中出现两次"),
        ] {
            let findings = ranking(&wrong).unwrap_err();
            assert_eq!((findings.len(), findings[0].code.as_str()), (1, code), "{wrong:?}");
            assert!(findings[0].message.zh.contains(says), "{wrong:?}: {}", findings[0].message.zh);
        }
    }

    #[test]
    fn a_list_has_an_end() {
        let many: Vec<(String, u32)> =
            (1..).take(RANKED_MAX).map(|rank: u32| (rank.to_string(), rank)).collect();
        assert_eq!(ranking(&many).unwrap().len(), RANKED_MAX);
        let more = [many, ranks(&[("x", 5_001)])].concat();
        assert_eq!(ranking(&more).unwrap_err()[0].code, "ranking_too_long");
    }

    #[test]
    fn one_project_is_recognised_by_its_name() {
        let same = project_key("t", "冠脉 支架（Ａ型）").unwrap();
        assert_eq!(project_key("t", "冠脉支架(a型)").unwrap(), same);
        assert_ne!(project_key("u", "冠脉支架(a型)").unwrap(), same);
        assert_eq!(project_key("t", " —— "), None);
    }
}
