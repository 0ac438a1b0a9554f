//! The order of priority (推荐排序), and when two applications are one project.

use std::collections::{BTreeMap, BTreeSet};

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
    findings.extend(misplaced(ranks));
    if findings.is_empty() {
        let mut order: Vec<&(String, u32)> = ranks.iter().collect();
        order.sort_by_key(|(_, rank)| *rank);
        Ok(order.into_iter().map(|(application, _)| application.clone()).collect())
    } else {
        Err(findings)
    }
}

/// Ranks that are none, that stand more than once, or that are left out below the last one.
fn misplaced(ranks: &[(String, u32)]) -> Vec<Finding> {
    let mut times: BTreeMap<u32, usize> = BTreeMap::new();
    for (_, rank) in ranks {
        *times.entry(*rank).or_default() += 1;
    }
    let last = u32::try_from(ranks.len()).unwrap_or(u32::MAX);
    let highest = times.last_key_value().map_or(0, |(rank, _)| *rank);
    let none = times.contains_key(&0).then(|| Text::new("序号 0 无效", "Rank 0 is none"));
    let doubled = times.iter().filter(|(rank, count)| **rank > 0 && **count > 1).map(|(rank, count)| {
        let (zh, en) = match count {
            2 => ("两次".to_owned(), "twice".to_owned()),
            count => (format!(" {count} 次"), format!("{count} times")),
        };
        Text::new(format!("序号 {rank} 出现{zh}"), format!("Rank {rank} stands {en}"))
    });
    let left_out = (1..=last.min(highest)).filter(|rank| !times.contains_key(rank));
    let remedy =
        Text::new(format!("序号应为 1 至 {last}，各出现一次"), format!("Give each of 1 to {last} once"));
    none.into_iter()
        .chain(doubled)
        .chain(gaps(left_out))
        .map(|message| finding("ranking_not_in_order", message, remedy.clone()))
        .collect()
}

/// Ranks that are left out, in order: one by one, or from where to where if they are many in a row.
fn gaps(ranks: impl Iterator<Item = u32>) -> Vec<Text> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for rank in ranks {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == rank => *last = rank,
            _ => runs.push((rank, rank)),
        }
    }
    let one = |rank: u32| Text::new(format!("缺少序号 {rank}"), format!("Rank {rank} is left out"));
    let told = |(first, last): (u32, u32)| match last - first {
        0 | 1 => (first..=last).map(one).collect(),
        _ => vec![Text::new(
            format!("缺少序号 {first} 至 {last}"),
            format!("Ranks {first} to {last} are left out"),
        )],
    };
    runs.into_iter().flat_map(told).collect()
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
    fn every_double_and_every_gap_is_told() {
        let wrong = ranks(&[("a", 1), ("b", 1), ("c", 1), ("d", 4), ("e", 4), ("f", 0)]);
        let told: Vec<String> =
            ranking(&wrong).unwrap_err().into_iter().map(|finding| finding.message.zh).collect();
        let all = ["序号 0 无效", "序号 1 出现 3 次", "序号 4 出现两次", "缺少序号 2", "缺少序号 3"];
        assert_eq!(told, all);
        let wide = ranks(&[("a", 5), ("b", 5), ("c", 5), ("d", 1), ("e", 7), ("f", 7), ("g", 9)]);
        let told: Vec<String> =
            ranking(&wide).unwrap_err().into_iter().map(|finding| finding.message.en).collect();
        let all = [
            "Rank 5 stands 3 times",
            "Rank 7 stands twice",
            "Ranks 2 to 4 are left out",
            "Rank 6 is left out",
        ];
        assert_eq!(told, all);
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
