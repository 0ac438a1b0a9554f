//! What pages of a desk say in the same words: clocks, the state of a list, the quota, where an application stands.

use jiebang_domain::application::ApplicationState;
use jiebang_domain::call::{Actor as Clocked, Call};
use jiebang_domain::recommendation::{
    Answer, Assessment, Candidate, Department, ListState, Stance, questions,
};
use jiebang_domain::shared::{ClauseId, Finding, Language, Severity};
use jiebang_service::{DeskEntry, QuotaView};
use jiff::Timestamp;

use super::{Place, application_address};
use crate::application;
use crate::views::{ClauseView, ClockView, FindingView};
use crate::words::{self, pick};

/// A drawn mark with its word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mark {
    pub(crate) kind: &'static str,
    pub(crate) word: String,
}

pub(crate) fn mark(kind: &'static str, language: Language, zh: &str, en: &str) -> Mark {
    Mark { kind, word: pick(language, zh, en) }
}

/// The clocks of applicants and of those who recommend.
pub(super) fn clocks(call: &Call, now: Timestamp, language: Language) -> Vec<ClockView> {
    let applicants = application::clock(call, now, language);
    let applicants = applicants.map(|clock| ClockView { note: String::new(), ..clock });
    applicants.into_iter().chain(recommender_clock(call, now, language)).collect()
}

/// The clock of those who recommend; `None` where the call has none.
pub(super) fn recommender_clock(call: &Call, now: Timestamp, language: Language) -> Option<ClockView> {
    let deadline = call.deadline(Clocked::Recommender)?;
    Some(words::clock(call, deadline, pick(language, "确认推荐名单截止", "Lists close"), now, language))
}

/// How far the list is.
pub(super) fn list_state(state: ListState, signed: &[Department], call: &Call, language: Language) -> Mark {
    match (state, signed.first()) {
        (ListState::Confirmed { version }, _) => mark(
            "done",
            language,
            &format!("已确认，第 {version} 版"),
            &format!("Confirmed, version {version}"),
        ),
        (ListState::Open, Some(department)) => {
            let by = department.name(call);
            mark("partial", language, &format!("{}已签署", by.zh), &format!("Signed by: {}", by.en))
        }
        (ListState::Open, None) => mark("todo", language, "编制中", "In preparation"),
    }
}

/// A quota with its arithmetic, and how much of it is taken (名额).
#[derive(Debug)]
pub(super) struct Meter {
    pub(super) max: u32,
    pub(super) value: u32,
    pub(super) over: bool,
    pub(super) words: String,
    pub(super) arithmetic: String,
    pub(super) rule: String,
    pub(super) clause: Option<ClauseView>,
    pub(super) notes: Vec<String>,
}

/// The meter of a quota; `None` where the call sets none.
pub(super) fn meter(
    call: &Call,
    quota: Option<&QuotaView>,
    ranked: u32,
    language: Language,
) -> Option<Meter> {
    let quota = quota?;
    let over = ranked > quota.places;
    let mut notes = Vec::new();
    if quota.provisional {
        notes.push(pick(
            language,
            "申报尚未截止，以上按目前收到的件数暂计；截止时定数。",
            "Applicants have not closed: this is counted on what has come in so far, and settled when they close.",
        ));
    }
    if over && quota.in_principle {
        notes.push(pick(
            language,
            "超出名额的，写明理由，报主办单位批准后才能确认。",
            "More than that takes a reason, and the approval of the programme office before the list is confirmed.",
        ));
    }
    Some(Meter {
        max: quota.places.max(ranked).max(1),
        value: ranked.min(quota.places),
        over,
        words: taken(ranked, Some(quota), language),
        arithmetic: pick(
            language,
            &format!("名额：{}", quota.arithmetic.zh),
            &format!("Places: {}", quota.arithmetic.en),
        ),
        rule: words::capital(quota.rule.get(language)),
        clause: clause(call, quota.clause.as_ref(), language),
        notes,
    })
}

/// How many of how many places are taken.
pub(super) fn taken(ranked: u32, quota: Option<&QuotaView>, language: Language) -> String {
    match (quota.map(|quota| quota.places), language) {
        (Some(places), Language::Zh) if ranked > places => {
            format!("名单 {ranked} 项，名额 {places} 项，超出 {} 项", ranked - places)
        }
        (Some(places), Language::En) if ranked > places => {
            format!("{ranked} on the list, {places} {}: {} too many", places_word(places), ranked - places)
        }
        (Some(places), Language::Zh) => format!("名单 {ranked} 项，名额 {places} 项"),
        (Some(places), Language::En) => {
            format!("{ranked} on the list, {places} {}", places_word(places))
        }
        (None, Language::Zh) => format!("名单 {ranked} 项，不限名额"),
        (None, Language::En) => format!("{ranked} on the list, no limit"),
    }
}

fn places_word(places: u32) -> &'static str {
    if places == 1 { "place" } else { "places" }
}

pub(super) fn clause(call: &Call, id: Option<&ClauseId>, language: Language) -> Option<ClauseView> {
    id.map(|id| words::clause(call, id, language))
}

/// An application in the tables of a desk.
#[derive(Debug)]
pub(super) struct EntryRow {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) title: String,
    pub(super) number: String,
    pub(super) lead: String,
    pub(super) task: String,
    pub(super) at: String,
    pub(super) when: String,
    pub(super) verified: Mark,
    /// What becomes of it besides; may be empty.
    pub(super) note: String,
    /// One for each department, in the order of the call.
    pub(super) opinions: Vec<Mark>,
    pub(super) place: String,
}

/// A row of an application, as one comes to it from a filtered queue.
pub(super) fn row(call: &Call, entry: &DeskEntry, show: &str, language: Language) -> EntryRow {
    let candidate = &entry.candidate;
    let title = candidate.title.trim();
    EntryRow {
        id: candidate.application.clone(),
        href: application_address(&call.id, &candidate.application, show),
        title: if title.is_empty() {
            pick(language, "未命名的申报", "Application without a name")
        } else {
            title.to_owned()
        },
        number: candidate.number.clone(),
        lead: candidate.lead.clone(),
        task: entry.task.as_ref().map(|task| task.get(language).to_owned()).unwrap_or_default(),
        at: entry.submitted_at.map(words::machine).unwrap_or_default(),
        when: entry.submitted_at.map(|at| words::minute(at, language)).unwrap_or_default(),
        verified: verified(call, candidate, language),
        note: fate(entry, language),
        opinions: Department::ALL.map(|department| opinion(candidate, department, language)).to_vec(),
        place: entry.place.map(|place| place.to_string()).unwrap_or_default(),
    }
}

/// How far the verification of an application is.
pub(super) fn verified(call: &Call, candidate: &Candidate, language: Language) -> Mark {
    match (candidate.assessed(), &candidate.assessment) {
        (Some(assessment), _) => found(call, assessment, language),
        (None, Some(_)) => mark("partial", language, "须重新核实", "Verify again"),
        (None, None) => mark("todo", language, "待核实", "To be verified"),
    }
}

/// What the answers come to.
pub(super) fn found(call: &Call, assessment: &Assessment, language: Language) -> Mark {
    let answers = || questions(call).map(|question| assessment.answers.get(&question.code));
    if answers().any(|answer| answer == Some(&Answer::NotMet)) {
        mark("wrong", language, "有不符合项", "Something is not met")
    } else if answers().any(|answer| answer.is_none()) {
        mark("partial", language, "核实未完", "Not all verified")
    } else {
        mark("done", language, "已核实", "Verified")
    }
}

fn fate(entry: &DeskEntry, language: Language) -> String {
    match (&entry.candidate.state, entry.returned) {
        (_, true) => pick(language, "已退回补正", "Returned for correction"),
        (ApplicationState::Reopened(_), false) => {
            pick(language, "申报单位正在修改", "The applicant is changing it")
        }
        (ApplicationState::Withdrawn(_), false) => pick(language, "已撤回", "Withdrawn"),
        (ApplicationState::Draft | ApplicationState::Submitted(_), false) => String::new(),
    }
}

fn opinion(candidate: &Candidate, department: Department, language: Language) -> Mark {
    match candidate.opinion(department).map(|opinion| opinion.stance) {
        Some(Stance::Agrees) => mark("done", language, "同意", "Agrees"),
        Some(Stance::Objects) => mark("wrong", language, "不同意", "Objects"),
        None => Mark::default(),
    }
}

/// A finding on a list, with a link to where it is mended.
pub(super) fn finding(
    call: &Call,
    found: &Finding,
    nth: usize,
    place: &Place,
    language: Language,
) -> FindingView {
    let (severity, word) = match found.severity {
        Severity::Refusal => ("wrong", pick(language, "必须", "Must")),
        Severity::InPrinciple => ("principle", pick(language, "原则上", "In principle")),
        Severity::Warning => ("hint", pick(language, "提示", "Advice")),
    };
    // An application that was withdrawn since is open to nobody; it is taken off on the page of the ranking.
    let gone = ["application_withdrawn", "application_not_submitted", "project_repeated"];
    let (href, word_of_place) = match &found.field {
        Some(id) if !gone.contains(&found.code.as_str()) => {
            (application_address(&call.id, id, ""), pick(language, "该件申报", "the application"))
        }
        _ if ["deadline_passed", "region_not_admitted", "quota_provisional"]
            .contains(&found.code.as_str()) =>
        {
            (String::new(), String::new())
        }
        _ => (place.address("ranking"), pick(language, "推荐排序", "the ranking")),
    };
    FindingView {
        id: format!("finding-{nth}"),
        severity,
        word,
        clause: clause(call, found.clause.as_ref(), language),
        message: found.message.get(language).to_owned(),
        remedy: application::sentence(&[found.remedy.get(language)], language),
        href,
        place: word_of_place,
    }
}

/// The departments of a call that recommend.
pub(super) fn departments(call: &Call, language: Language) -> Vec<String> {
    Department::ALL.iter().map(|department| department.name(call).get(language).to_owned()).collect()
}
