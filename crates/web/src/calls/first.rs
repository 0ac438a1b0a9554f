//! What one screen of a call answers: who may apply for what until when, what comes after, where to start.

use std::collections::BTreeSet;

use jiebang_domain::call::{Actor as Clocked, Call, Check, Counted, Decider, Node, Rule, instant_words};
use jiebang_domain::shared::{ClauseId, Language, Region, RegionKind};
use jiebang_service::{Actor, CallCard, Role, Stage};
use jiff::Timestamp;

use super::{cites, list};
use crate::views::{ClauseView, ClockView};
use crate::words::{self, pick};

/// An answer with the clauses behind it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) label: &'static str,
    pub(super) texts: Vec<Cited>,
}

/// A sentence with the clauses behind it.
#[derive(Debug)]
pub(super) struct Cited {
    pub(super) text: String,
    pub(super) clauses: Vec<ClauseView>,
}

/// Where to start.
#[derive(Debug)]
pub(super) struct Start {
    /// Address that begins an application; empty where the visitor cannot.
    pub(super) act: String,
    /// Address that leads there by way of a login; empty where it is not needed.
    pub(super) login: String,
    /// What comes of it, or why it cannot be.
    pub(super) note: String,
}

/// Who, what, what comes after. A clause stands in one of them only, in its own short words.
pub(super) fn answers(call: &Call, language: Language) -> Vec<Answer> {
    let forms = form_clauses(call);
    let after = clauses_after(call);
    let mut taken: BTreeSet<&ClauseId> = after.iter().copied().chain(forms.iter().copied()).collect();
    let who = in_order(call, rules_about_applicants(call).filter(|clause| !taken.contains(clause)).collect());
    taken.extend(who.iter().copied());
    let what = in_order(call, rules_about_results(call).filter(|clause| !taken.contains(clause)).collect());
    let short = |clauses: &[&ClauseId]| -> Vec<Cited> {
        clauses
            .iter()
            .map(|id| {
                let clause = words::clause(call, id, language);
                Cited { text: stop(&clause.text, language), clauses: vec![clause] }
            })
            .collect()
    };
    let mut who = short(&who);
    who.extend(recommended_by(call, language));
    let mut all_tasks: Vec<Cited> = tasks(call, language).into_iter().collect();
    all_tasks.extend(short(&what));
    let after = short(&in_order(call, after));
    [("call-who", who), ("call-what", all_tasks), ("call-after", after)]
        .into_iter()
        .filter(|(_, texts)| !texts.is_empty())
        .map(|(label, texts)| Answer { label, texts })
        .collect()
}

/// A phrase as a sentence.
fn stop(text: &str, language: Language) -> String {
    let end = pick(language, "。", ".");
    if text.ends_with(['。', '.']) { text.to_owned() } else { format!("{text}{end}") }
}

/// Clauses in the order of the notice.
fn in_order<'a>(call: &'a Call, clauses: BTreeSet<&'a ClauseId>) -> Vec<&'a ClauseId> {
    call.clauses.iter().map(|clause| &clause.id).filter(|id| clauses.contains(id)).collect()
}

/// Clauses that the forms come from.
pub(super) fn form_clauses(call: &Call) -> BTreeSet<&ClauseId> {
    let sections = call.sections.iter().map(|section| &section.source);
    let evidence = call.evidence.iter().map(|evidence| &evidence.source);
    let declarations = call.declarations.iter().map(|declaration| &declaration.source);
    let cover = call.cover.iter().map(|cover| &cover.source);
    sections.chain(evidence).chain(declarations).chain(cover).flat_map(|source| source.clauses()).collect()
}

/// Clauses of rules on the applicant and its partners, and of limits on their number.
fn rules_about_applicants(call: &Call) -> impl Iterator<Item = &ClauseId> {
    let about = |rule: &&Rule| match &rule.check {
        Check::Expression { require, .. } => {
            ["applicant.", "partners."].iter().any(|name| require.source().contains(name))
        }
        Check::Decided(_) | Check::BuiltIn => false,
    };
    let rules = call.rules.iter().filter(about).filter_map(|rule| rule.source.clause());
    let counted = [Counted::Partners, Counted::Members, Counted::ApplicationsLed];
    let limits = call.limits.iter().filter(move |limit| counted.contains(&limit.counts));
    rules.chain(limits.filter_map(|limit| limit.source.clause()))
}

/// Clauses of what authorities verify before they recommend.
fn rules_about_results(call: &Call) -> impl Iterator<Item = &ClauseId> {
    let verified = |rule: &&Rule| matches!(rule.check, Check::Decided(Decider::RecommendingAuthority));
    let money = call.limits_on(Counted::Funding).filter_map(|limit| limit.source.clause());
    call.rules.iter().filter(verified).filter_map(|rule| rule.source.clause()).chain(money)
}

/// Clauses of what follows: recommendation, selection, the work and its end.
fn clauses_after(call: &Call) -> BTreeSet<&ClauseId> {
    let counted = [Counted::Recommendations, Counted::Shortlisted, Counted::Winners];
    let limits =
        call.limits.iter().filter(|limit| counted.contains(&limit.counts)).map(|limit| &limit.source);
    let closing = call.deadlines.iter().filter(|deadline| deadline.actor == Clocked::Recommender);
    let periods = call.periods.iter().map(|period| &period.source);
    let recommendation = call.recommendation.iter().map(|recommendation| &recommendation.source);
    let sources = limits.chain(closing.map(|deadline| &deadline.source)).chain(periods).chain(recommendation);
    sources.filter_map(|source| source.clause()).collect()
}

/// The regions whose authorities recommend.
pub(super) fn regions(call: &Call, language: Language) -> Option<String> {
    let recommendation = call.recommendation.as_ref()?;
    let count = |kind: RegionKind| Region::all().filter(|region| region.kind() == kind).count();
    let names: Vec<String> = recommendation
        .admits
        .iter()
        .map(|kind| match (kind, language) {
            (RegionKind::Province, Language::Zh) => format!("{} 个省级地区", count(*kind)),
            (RegionKind::Province, Language::En) => format!("{} provincial regions", count(*kind)),
            (RegionKind::SeparatelyPlannedCity, Language::Zh) => format!("{} 个计划单列市", count(*kind)),
            (RegionKind::SeparatelyPlannedCity, Language::En) => {
                format!("{} separately planned cities", count(*kind))
            }
            (RegionKind::Corps, Language::Zh) => "新疆生产建设兵团".to_owned(),
            (RegionKind::Corps, Language::En) => "the Xinjiang Corps".to_owned(),
        })
        .collect();
    (!names.is_empty()).then(|| list(&names, language))
}

fn recommended_by(call: &Call, language: Language) -> Option<Cited> {
    let regions = regions(call, language)?;
    let recommendation = call.recommendation.as_ref()?;
    let departments = list(&super::all(&recommendation.departments, language), language);
    let text = match language {
        Language::Zh => format!("由注册地的{departments}推荐：{regions}。"),
        Language::En => {
            let departments = departments.to_lowercase();
            format!("Recommended by the authorities of the place of registration ({departments}): {regions}.")
        }
    };
    let clauses = recommendation.source.clause().cloned().into_iter().collect::<Vec<_>>();
    Some(Cited { text, clauses: cites(call, &clauses, language) })
}

/// How many nodes of each level: `3 个类别`, `9 个揭榜方向`.
pub(super) fn counts(call: &Call, language: Language) -> Vec<String> {
    let mut levels: Vec<&str> = Vec::new();
    for node in &call.nodes {
        if !levels.contains(&node.level.as_str()) {
            levels.push(&node.level);
        }
    }
    levels
        .into_iter()
        .map(|level| {
            let count = call.nodes.iter().filter(|node| node.level == level).count();
            let name = call.levels.get(level).map_or(level, |name| name.get(language));
            match language {
                Language::Zh => format!("{count} 个{name}"),
                Language::En if count == 1 => format!("1 {}", name.to_lowercase()),
                Language::En => format!("{count} {}", plural(&name.to_lowercase())),
            }
        })
        .collect()
}

/// The English plural of a level's name.
fn plural(name: &str) -> String {
    if let Some((head, rest)) = name.split_once(" of ") {
        return format!("{} of {rest}", plural(head));
    }
    let vowel = |letter: Option<char>| letter.is_some_and(|letter| "aeiou".contains(letter));
    match name.strip_suffix('y') {
        Some(stem) if !vowel(stem.chars().last()) => format!("{stem}ies"),
        _ if name.ends_with(['s', 'x']) || name.ends_with("ch") => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

/// What one can apply for: the nodes at the root with the number of leaves below each.
fn tasks(call: &Call, language: Language) -> Option<Cited> {
    let roots: Vec<&Node> = call.nodes.iter().filter(|node| node.parent.is_none()).collect();
    let leaves = |root: &Node| {
        let leaf =
            |node: &&Node| !call.nodes.iter().any(|other| other.parent.as_deref() == Some(node.id.as_str()));
        let below = |node: &&Node| call.path(&node.id).first().is_some_and(|first| first.id == root.id);
        call.nodes.iter().filter(leaf).filter(below).count()
    };
    let names: Vec<String> = roots
        .iter()
        .map(|root| match (root.name.get(language), leaves(root), language) {
            (name, 1, _) => name.to_owned(),
            (name, count, Language::Zh) => format!("{name}（{count} 个）"),
            (name, count, Language::En) => format!("{name} ({count})"),
        })
        .collect();
    let counts = counts(call, language).join(pick(language, "，", ", ").as_str());
    let colon = pick(language, "：", ": ");
    (!names.is_empty()).then(|| Cited {
        text: stop(&format!("{counts}{colon}{}", list(&names, language)), language),
        clauses: cites(call, &clauses_of(&roots), language),
    })
}

/// The clause that all these nodes share, or else the leading ones of a few.
fn clauses_of(nodes: &[&Node]) -> Vec<ClauseId> {
    const MOST: usize = 3;
    let Some((first, others)) = nodes.split_first() else { return Vec::new() };
    let everywhere = |id: &&ClauseId| others.iter().all(|node| node.source.clauses().contains(id));
    match first.source.clauses().iter().find(everywhere) {
        Some(shared) => vec![shared.clone()],
        None if nodes.len() <= MOST => {
            nodes.iter().filter_map(|node| node.source.clause().cloned()).collect()
        }
        None => Vec::new(),
    }
}

/// The clock that binds: the applicants' until it has run out, then the recommenders'.
pub(super) fn clock(call: &Call, now: Timestamp, language: Language) -> Option<ClockView> {
    let applicant = call.deadline(Clocked::Applicant);
    let recommender = call.deadline(Clocked::Recommender);
    let running = |deadline: &&jiebang_domain::call::Deadline| now < deadline.at;
    let binding = applicant.filter(running).or(recommender.filter(running)).or(applicant).or(recommender)?;
    let label = match binding.actor {
        Clocked::Applicant => pick(language, "申报截止", "Applications close"),
        Clocked::Recommender => pick(language, "推荐截止", "Recommendations close"),
    };
    let mut clock = words::clock(call, binding, label, now, language);
    if binding.actor == Clocked::Applicant
        && let Some(next) = recommender.filter(running)
    {
        let until = instant_words(call, next);
        clock.note = match language {
            Language::Zh => format!("推荐单位另于 {} 前确认名单。", until.zh.trim_end_matches("之前")),
            Language::En => format!("Recommending authorities confirm their lists until {}.", until.en),
        };
    }
    Some(clock)
}

/// Where to start, for this visitor.
pub(super) fn start(card: &CallCard, actor: Option<&Actor>, language: Language) -> Start {
    let call = &card.call.call;
    let none =
        |zh: &str, en: &str| Start { act: String::new(), login: String::new(), note: pick(language, zh, en) };
    if call.sections.is_empty() {
        return none("本通知不直接受理申报。", "This notice takes no applications itself.");
    }
    match card.stage {
        Stage::Open => {}
        Stage::Recommending => {
            return none(
                "申报已截止，推荐单位正在确认名单。",
                "Applications have closed; the recommending authorities are confirming their lists.",
            );
        }
        Stage::Closed => {
            return none("申报和推荐均已截止。", "Applications and recommendations have closed.");
        }
        Stage::Timeless => return none("本通知没有申报时间。", "This notice has no time for applications."),
    }
    match actor {
        None => Start {
            act: String::new(),
            login: format!("/login?to=/calls/{}", call.id),
            note: pick(
                language,
                "先登录；单位没有注册的，约三分钟即可注册。草稿可分多次填写，截止前可以修改并再次提交，以最后一次提交为准。",
                "Log in first; registering an organisation takes about three minutes. Fill in the draft in as many sittings \
                 as you like. Until the deadline you may change and submit again; the last submission counts.",
            ),
        },
        Some(actor) if actor.role == Role::Applicant => Start {
            act: format!("/calls/{}/applications", call.id),
            login: String::new(),
            note: pick(
                language,
                "建立草稿后可分多次填写。截止前可以修改并再次提交，以最后一次提交为准。",
                "Fill in the draft in as many sittings as you like. Until the deadline you may change and submit again; the \
                 last submission counts.",
            ),
        },
        Some(_) => {
            none("申报由申报单位的账号办理。", "Applications are made from the accounts of applicants.")
        }
    }
}
