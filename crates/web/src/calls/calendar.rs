//! The calendar of a call with every actor's clock.

use jiebang_domain::call::{
    Actor as Clocked, Call, Check, Deadline, Decider, Period, Rule, anchor_words, instant_words, period_run,
    period_words,
};
use jiebang_domain::shared::{ClauseId, Language};
use jiff::Timestamp;

use crate::views::Step;
use crate::words::{self, pick};

/// All steps in order: published, deadlines, then what has no date yet.
pub(super) fn steps(call: &Call, published_at: Timestamp, now: Timestamp, language: Language) -> Vec<Step> {
    let mut steps = vec![Step {
        state: "done",
        at: words::machine(published_at),
        when: words::day(published_at, language),
        what: pick(language, "榜单在本系统发布", "Published here"),
        ..Step::default()
    }];
    let mut deadlines: Vec<&Deadline> = call.deadlines.iter().collect();
    deadlines.sort_by_key(|deadline| deadline.at);
    let next = deadlines.iter().find(|deadline| now < deadline.at).map(|deadline| deadline.at);
    steps.extend(deadlines.iter().map(|deadline| closing(call, deadline, next, now, language)));
    // Teams work between selection and evaluation.
    let (after, before): (Vec<&Rule>, Vec<&Rule>) = (call.rules.iter().filter(|rule| rule.step))
        .partition(|rule| matches!(rule.check, Check::Decided(Decider::EvaluationBody)));
    steps.extend(before.into_iter().map(|rule| undated(call, rule, language)));
    steps.extend(call.periods.iter().map(|period| work(call, period, language)));
    steps.extend(after.into_iter().map(|rule| undated(call, rule, language)));
    steps
}

fn closing(
    call: &Call,
    deadline: &Deadline,
    next: Option<Timestamp>,
    now: Timestamp,
    language: Language,
) -> Step {
    let (who, what) = match deadline.actor {
        Clocked::Applicant => {
            (pick(language, "申报单位：", "Applicants: "), pick(language, "申报截止", "applications close"))
        }
        Clocked::Recommender => (
            pick(language, "推荐单位：", "Recommending authorities: "),
            pick(language, "确认推荐名单", "lists are confirmed"),
        ),
    };
    // An event of the call's own is told in the words of its clause.
    let what = match clause(call, deadline.source.clause(), language) {
        Some(own) if deadline.event != "close" => own.text,
        _ => what,
    };
    let state = match next {
        _ if deadline.at <= now => "done",
        Some(next) if next == deadline.at => "now",
        _ => "todo",
    };
    let mut note = match language {
        Language::Zh => {
            format!("{}。原文写作“{}”", words::left(deadline.at, now, language), deadline.printed)
        }
        Language::En => {
            format!("{}. Printed as “{}”", words::left(deadline.at, now, language), deadline.printed)
        }
    };
    if deadline.on.is_some() {
        note += &pick(
            language,
            "，没有钟点，当日24:00（北京时间）截止。",
            ", without an hour: until 24:00 of that day, Beijing time.",
        );
    } else {
        note += &pick(language, "。", ".");
    }
    Step {
        state,
        at: words::machine(deadline.at),
        when: instant_words(call, deadline).get(language).to_owned(),
        what: format!("{who}{what}"),
        note,
        clause: clause(call, deadline.source.clause(), language),
    }
}

fn work(call: &Call, period: &Period, language: Language) -> Step {
    let (from, run) = (anchor_words(period.from), period_run(period));
    Step {
        state: "todo",
        when: pick(
            language,
            &format!("{}起{}", from.zh, run.zh),
            &format!("{} from {}", words::capital(&run.en), from.en),
        ),
        what: pick(
            language,
            &format!("揭榜单位：{}", period_words(period).zh),
            &format!("Teams: {}", period_words(period).en),
        ),
        clause: clause(call, period.source.clause(), language),
        ..Step::default()
    }
}

/// What a body decides on a day that the notice leaves open.
fn undated(call: &Call, rule: &Rule, language: Language) -> Step {
    Step {
        state: "todo",
        when: pick(language, "日期未定", "No date yet"),
        what: rule.text.get(language).to_owned(),
        clause: clause(call, rule.source.clause(), language),
        ..Step::default()
    }
}

fn clause(call: &Call, id: Option<&ClauseId>, language: Language) -> Option<crate::views::ClauseView> {
    id.map(|id| words::clause(call, id, language))
}
