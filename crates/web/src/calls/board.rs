//! The bulletin board: what is open, what is under way, what a search finds.

use jiebang_domain::call::{Actor as Clocked, Call, Counted, instant_words, limit_words};
use jiebang_domain::shared::{Language, Text};
use jiebang_service::{CallCard, Stage};
use jiff::Timestamp;

use super::{first, list};
use crate::views::ClockView;
use crate::words::{self, pick};

/// Most tasks that a search shows beside a call.
const TASKS_SHOWN_MAX: usize = 4;

/// A call that takes applications.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) href: String,
    pub(super) issuers: String,
    pub(super) number: String,
    pub(super) title: String,
    pub(super) facts: Vec<String>,
    pub(super) clock: Option<ClockView>,
}

/// A call that no longer takes applications.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) number: String,
    pub(super) stage: String,
    pub(super) now: String,
}

/// A list that was published.
#[derive(Debug)]
pub(super) struct List {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) places: String,
    pub(super) on: String,
    pub(super) published: String,
}

/// What a search finds in a call: nothing, or the names of the tasks it is found in, which are none where the call itself is
/// meant. All words of the search must stand in one of its texts or another.
pub(super) fn matches(call: &Call, query: &str, language: Language) -> Option<Vec<String>> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let holds = |text: &str, word: &String| stands_in(&text.to_lowercase(), word);
    let either = |text: &Text, word: &String| holds(&text.zh, word) || holds(&text.en, word);
    let in_call = |word: &String| {
        either(&call.title, word)
            || call.document_number.as_deref().is_some_and(|number| holds(number, word))
            || call.issuers.iter().any(|issuer| either(issuer, word))
    };
    let left: Vec<&String> = words.iter().filter(|word| !in_call(word)).collect();
    if left.is_empty() {
        return Some(Vec::new());
    }
    let found = call.nodes.iter().filter(|node| {
        left.iter().all(|word| {
            either(&node.name, word)
                || node.aliases.iter().any(|alias| holds(alias, word))
                || node.text.as_ref().is_some_and(|text| either(text, word))
                || node.lists.iter().flat_map(|list| &list.items).any(|item| either(item, word))
        })
    });
    let names: Vec<String> = found.map(|node| node.name.get(language).to_owned()).collect();
    (!names.is_empty()).then_some(names)
}

/// Whether a word stands in a text: Latin letters and digits from the beginning of a word, so that PET is not found in competition.
fn stands_in(text: &str, word: &str) -> bool {
    let latin = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    let begins = latin(word.chars().next());
    text.match_indices(word)
        .any(|(place, _)| !begins || !latin(text.get(..place).and_then(|before| before.chars().next_back())))
}

/// One sentence on what the page shows.
pub(super) fn standing(
    open: &[&(&CallCard, Vec<String>)],
    found: usize,
    query: &str,
    language: Language,
) -> String {
    let zh = language == Language::Zh;
    if !query.is_empty() {
        return match (found, zh) {
            (0, true) => format!("没有与“{query}”有关的榜单。"),
            (0, false) => format!("No call matches “{query}”."),
            (_, true) => format!("与“{query}”有关的榜单 {found} 项。"),
            (1, false) => format!("1 call matches “{query}”."),
            (_, false) => format!("{found} calls match “{query}”."),
        };
    }
    let deadlines: Vec<_> = open
        .iter()
        .filter_map(|(card, _)| Some((card, card.call.call.deadline(Clocked::Applicant)?)))
        .collect();
    let Some((card, first)) = deadlines.iter().min_by_key(|(_, deadline)| deadline.at) else {
        return match (found, zh) {
            (0, _) => String::new(),
            (_, true) => format!("已发布 {found} 项。"),
            (_, false) => format!("{found} published."),
        };
    };
    let until = instant_words(&card.call.call, first);
    let until = until.get(language).trim_end_matches("之前");
    let same = deadlines.iter().all(|(_, deadline)| deadline.at == first.at);
    match (deadlines.len(), same, zh) {
        (1, _, true) => format!("1 项正在申报，{until} 截止。"),
        (1, _, false) => format!("1 call is open for application, {}.", closing(until)),
        (count, true, true) => format!("{count} 项正在申报，均于 {until} 截止。"),
        (count, true, false) => format!("{count} calls are open for application, all {}.", closing(until)),
        (count, false, true) => format!("{count} 项正在申报，最近的于 {until} 截止。"),
        (count, false, false) => {
            format!("{count} calls are open for application, the first {}.", closing(until))
        }
    }
}

fn closing(until: &str) -> String {
    if until.starts_with("before") { format!("closing {until}") } else { format!("closing at {until}") }
}

/// An open call.
pub(super) fn entry(card: &CallCard, tasks: &[String], now: Timestamp, language: Language) -> Entry {
    let call = &card.call.call;
    let issuers: Vec<String> = super::all(&call.issuers, language);
    let mut facts = first::counts(call, language);
    facts.extend(first::regions(call, language));
    let partners = call.limits_on(Counted::Partners).chain(call.limits_on(Counted::ApplicationsLed));
    facts.extend(partners.map(|limit| limit_words(call, limit).get(language).to_owned()));
    facts.extend(found_in(tasks, language));
    Entry {
        href: format!("/calls/{}", call.id),
        issuers: issuers.join(" · "),
        number: call.document_number.clone().unwrap_or_default(),
        title: call.title.get(language).to_owned(),
        facts: facts.iter().map(|fact| words::capital(fact)).collect(),
        clock: first::clock(call, now, language),
    }
}

/// A call under way.
pub(super) fn row(card: &CallCard, tasks: &[String], language: Language) -> Row {
    let call = &card.call.call;
    let stage = match card.stage {
        Stage::Open => pick(language, "申报", "Open"),
        Stage::Recommending => pick(language, "推荐", "Recommendation"),
        Stage::Closed => pick(language, "已截止", "Closed"),
        Stage::Timeless => pick(language, "实施", "In force"),
    };
    let mut now = match (card.stage, call.deadline(Clocked::Recommender)) {
        (Stage::Recommending, Some(deadline)) => {
            let until = instant_words(call, deadline);
            match language {
                Language::Zh => format!("推荐单位确认推荐名单，{}截止", until.zh.trim_end_matches("之前")),
                Language::En => {
                    format!("Recommending authorities confirm their lists, {}", closing(&until.en))
                }
            }
        }
        (Stage::Timeless, _) => pick(language, "本通知不直接受理申报", "Takes no applications itself"),
        _ => pick(language, "申报和推荐均已截止", "Applications and recommendations have closed"),
    };
    if let Some(found) = found_in(tasks, language) {
        now = format!("{now}{}{found}", pick(language, "；", "; "));
    }
    Row {
        href: format!("/calls/{}", call.id),
        title: call.title.get(language).to_owned(),
        number: call.document_number.clone().unwrap_or_default(),
        stage,
        now,
    }
}

fn found_in(tasks: &[String], language: Language) -> Option<String> {
    if tasks.is_empty() {
        return None;
    }
    let shown = list(&tasks[..tasks.len().min(TASKS_SHOWN_MAX)], language);
    let more = tasks.len().saturating_sub(TASKS_SHOWN_MAX);
    Some(match (language, more) {
        (Language::Zh, 0) => format!("找到：{shown}"),
        (Language::Zh, _) => format!("找到：{shown}等 {} 项", tasks.len()),
        (Language::En, 0) => format!("Found: {shown}"),
        (Language::En, _) => format!("Found: {shown} and {more} more"),
    })
}

#[cfg(test)]
mod tests {
    use super::stands_in;

    #[test]
    fn latin_words_are_found_from_their_beginning() {
        for (text, word, found) in [
            ("open competition", "pet", false),
            ("pet-ct", "pet", true),
            ("用pet和ct", "pet", true),
            ("competition for pet", "pet", true),
            ("骨科手术机器人", "手术", true),
            ("algorithms", "algo", true),
        ] {
            assert_eq!(stands_in(text, word), found, "{text} {word}");
        }
    }
}
