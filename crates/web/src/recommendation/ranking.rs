//! The list by priority: numbers beside applications, and what was verified and is not on it.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::call::Call;
use jiebang_domain::recommendation::{ListState, RANKED_MAX};
use jiebang_domain::shared::{Finding, Language, Severity, Text};
use jiebang_service::{Actor, DeskEntry, DeskPage, ListView, ServiceError, StoreError};

use super::sheet::Difference;
use super::wording::{self, EntryRow, Meter};
use super::{Head, Narrowed, Place, Search, is_id, kept, refusal, reload};
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form::Form;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::{ErrorLink, Refused, error_links};
use crate::words::pick;

/// Applications that are not on the list, on one page.
const PAGE_SIZE: i64 = 50;

/// What the names of the numbers begin with.
const RANK: &str = "rank.";

#[derive(Template)]
#[template(path = "pages/desk_ranking.html")]
struct RankingPage {
    page: Page,
    head: Head,
    title: String,
    refused: Refused,
    errors: Vec<ErrorLink>,
    differences: Vec<Difference>,
    /// What was typed and cannot be saved any more.
    unsaved: String,
    meter: Option<Meter>,
    lead: String,
    action: String,
    revision: String,
    may_rank: bool,
    listed: Vec<RankRow>,
    others: Vec<RankRow>,
    /// What stands in the place of the others where there are none.
    none: String,
    /// Where there are more of the others than one page shows.
    search: Option<Search>,
    newest: String,
    older: String,
    announce: String,
}

/// A row with its number.
#[derive(Debug)]
struct RankRow {
    entry: EntryRow,
    number: String,
    label: String,
    wrong: bool,
    handle: String,
}

/// Numbers as they were typed, and why they were not saved.
#[derive(Debug, Default)]
struct Typed {
    numbers: BTreeMap<String, String>,
    refused: Refused,
    findings: Vec<Finding>,
    stale: bool,
}

/// The page.
pub(super) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let (actor, place) = Place::of(&site, &visitor, parts, query.as_deref())?;
    let asked = Asked { actor, place: &place, narrowed: &Narrowed::of(query.as_deref()) };
    shown(&site, &visitor, asked, StatusCode::OK, None).await.map_err(|error| visitor.fail(error))
}

/// Puts applications on the list as their numbers say.
pub(super) async fn rank(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Result<Response, Response> {
    let (actor, place, form) = Place::of_act(&site, &visitor, parts, query.as_deref(), request).await?;
    let narrowed = Narrowed::of(query.as_deref());
    let error = match saved(&site, actor, &place, &form).await {
        Ok(()) => return Ok(Redirect::to(&narrowed.address(&place, "ranking")).into_response()),
        Err(error) => refusal(&visitor, error)?,
    };
    let status = status_of(&error);
    let language = visitor.language;
    let mut typed = Typed { numbers: numbers(&form), ..Typed::default() };
    match error {
        ServiceError::Invalid(findings) => typed.findings = findings,
        ServiceError::Store(StoreError::Stale) => {
            typed.stale = true;
            typed.refused = Refused::said(pick(
                language,
                "您打开本页之后，名单已有改动。没有覆盖任何内容；所填序号保留在下面，核对后可以再次保存。",
                "The list changed after you opened this page. Nothing was overwritten; the numbers that you filled in \
                 stand below. Compare them, then save again.",
            ));
        }
        error => typed.refused = Refused::of(&error, language),
    }
    let asked = Asked { actor, place: &place, narrowed: &narrowed };
    match shown(&site, &visitor, asked, status, Some(&typed)).await {
        Ok(response) => Ok(response),
        Err(error) => Ok(kept(&site, &visitor, form, &typed.refused, error).await),
    }
}

/// Numbers by application, as typed.
fn numbers(form: &Form) -> BTreeMap<String, String> {
    let typed = form.0.iter().filter_map(|(name, value)| {
        let id = name.strip_prefix(RANK).filter(|id| is_id(id))?;
        Some((id.to_owned(), value.trim().chars().take(20).collect()))
    });
    typed.collect()
}

async fn saved(site: &Site, actor: &Actor, place: &Place, form: &Form) -> Result<(), ServiceError> {
    let view = site.service.recommendation_list(actor, &place.call, place.region).await?;
    if !view.writes {
        return Err(ServiceError::Forbidden);
    }
    let ranks = read(form).map_err(ServiceError::Invalid)?;
    let revision = form.get("revision").parse::<i64>().map_err(|_| reload("revision"))?;
    site.service.rank(actor, &place.call, place.region, revision, &ranks).await.map(drop)
}

/// Applications with their ranks; those without a number are not on the list.
fn read(form: &Form) -> Result<Vec<(String, u32)>, Vec<Finding>> {
    let mut ranks = Vec::new();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    let mut fault = |code: &str, field: &str, message: Text, remedy: Text| {
        faults.push(Finding {
            code: code.to_owned(),
            severity: Severity::Refusal,
            clause: None,
            field: Some(field.chars().take(80).collect()),
            message,
            remedy,
        });
    };
    let again = || Text::new("刷新页面后重新填写", "Reload the page and fill it in again");
    for (name, value) in form.0.iter().filter(|(name, _)| name != "revision") {
        let Some(id) = name.strip_prefix(RANK).filter(|id| is_id(id)) else {
            let shown: String = name.chars().take(40).collect();
            let message = Text::new(format!("没有栏目“{shown}”"), format!("There is no field “{shown}”"));
            fault("field_unknown", "ranking", message, again());
            continue;
        };
        if !seen.insert(id) {
            let message = Text::new("同一件申报出现两次", "An application stands twice");
            fault("field_repeated", name, message, again());
            continue;
        }
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        match plain_digits(value).parse::<u32>() {
            Ok(rank) => ranks.push((id.to_owned(), rank)),
            Err(_) => {
                let shown: String = value.chars().take(20).collect();
                let message =
                    Text::new(format!("“{shown}”不能作序号"), format!("“{shown}” cannot be a rank"));
                let remedy = Text::new(
                    "填写 1、2、3……；不列入的留空",
                    "Write 1, 2, 3…; leave out what is not on the list",
                );
                fault("number_unreadable", name, message, remedy);
            }
        }
    }
    if faults.is_empty() { Ok(ranks) } else { Err(faults) }
}

/// With the digits that a Chinese input method writes as the usual ones.
fn plain_digits(text: &str) -> String {
    let plain = |character: char| match character {
        '０'..='９' => {
            char::from_u32(u32::from(character) - u32::from('０') + u32::from('0')).unwrap_or(character)
        }
        other => other,
    };
    text.chars().map(plain).collect()
}

/// Whose page it is, and which part of what is not on the list it shows.
#[derive(Clone, Copy)]
struct Asked<'a> {
    actor: &'a Actor,
    place: &'a Place,
    narrowed: &'a Narrowed,
}

/// A page of what is verified and not on the list, with all that a number was typed for; and where the next page begins.
async fn unlisted(
    site: &Site,
    Asked { actor, place, narrowed }: Asked<'_>,
    view: &ListView,
    typed: Option<&Typed>,
) -> Result<(Vec<DeskEntry>, Option<String>), ServiceError> {
    let (mut others, mut older) = (Vec::new(), None);
    if view.may_rank {
        let page = DeskPage {
            call: place.call.clone(),
            region: place.region,
            show: String::new(),
            find: narrowed.find.clone(),
            before: Some(narrowed.before.clone()).filter(|before| !before.is_empty()),
            limit: PAGE_SIZE,
        };
        (others, older) = site.service.verified_unranked(actor, page).await?;
    }
    if let Some(typed) = typed {
        // Another page may show them, or somebody has taken them off the list in the meantime.
        let there: BTreeSet<&str> = view.entries.iter().chain(&others).map(application).collect();
        let numbered =
            typed.numbers.iter().filter(|(id, number)| !number.is_empty() && !there.contains(id.as_str()));
        let ids: Vec<String> = numbered.map(|(id, _)| id.clone()).take(RANKED_MAX).collect();
        if !ids.is_empty() {
            others.extend(site.service.desk_entries(actor, &place.call, place.region, ids).await?);
        }
    }
    Ok((others, older))
}

fn application(entry: &DeskEntry) -> &str {
    &entry.candidate.application
}

async fn shown(
    site: &Site,
    visitor: &Visitor,
    asked: Asked<'_>,
    status: StatusCode,
    typed: Option<&Typed>,
) -> Result<Response, ServiceError> {
    let Asked { actor, place, narrowed } = asked;
    let view = site.service.recommendation_list(actor, &place.call, place.region).await?;
    let (others, older) = unlisted(site, asked, &view, typed).await?;
    let language = visitor.language;
    let call = &view.call.call;
    let region = place.region.name();
    let title = pick(language, &format!("{}：推荐排序", region.zh), &format!("{}: ranking", region.en));
    let made = |entry: &DeskEntry| rank_row(call, entry, typed, language);
    let mut listed: Vec<RankRow> = view.entries.iter().map(made).collect();
    let mut rest: Vec<RankRow> = others.iter().map(made).collect();
    // Typed numbers stand where they were typed; a row that was given one stands among the ranked.
    if let Some(typed) = typed.filter(|_| view.may_rank) {
        let all: Vec<RankRow> = listed.into_iter().chain(rest).collect();
        let (mut with, without): (Vec<_>, Vec<_>) = all.into_iter().partition(|row| !row.number.is_empty());
        with.sort_by_key(|row| row.number.parse::<u32>().unwrap_or(u32::MAX));
        (listed, rest) = (with, without);
        mark_doubles(&mut listed, typed);
    }
    let ranked = u32::try_from(view.entries.len()).unwrap_or(u32::MAX);
    let differences = match typed.filter(|typed| typed.stale) {
        Some(typed) => vec![difference(&view, &others, typed, language)],
        None => Vec::new(),
    };
    let unsaved = match typed.filter(|_| !view.may_rank) {
        Some(typed) => order_words(&view, &others, &typed.numbers, language),
        None => String::new(),
    };
    let page = RankingPage {
        page: place.page(visitor, title.clone()).keeping(&narrowed.kept(place)),
        head: Head::of(place, "ranking", &view.call, site.service.clock().now(), language),
        title,
        refused: typed.map(|typed| typed.refused.clone()).unwrap_or_default(),
        errors: typed.map(|typed| error_links(&typed.findings, language)).unwrap_or_default(),
        differences,
        unsaved,
        meter: wording::meter(call, view.quota.as_ref(), ranked, language),
        lead: lead(&view, language),
        action: narrowed.address(place, "ranking"),
        revision: view.revision.to_string(),
        may_rank: view.may_rank,
        listed,
        none: none(narrowed, language),
        others: rest,
        search: (older.is_some() || *narrowed != Narrowed::default())
            .then(|| narrowed.search(place, "ranking")),
        newest: narrowed.newest(place, "ranking"),
        older: narrowed.paged(older, place, "ranking"),
        announce: pick(language, "{name}：第 {place} 位，共 {count} 项", "{name}: place {place} of {count}"),
    };
    Ok(render(status, &page))
}

fn rank_row(call: &Call, entry: &DeskEntry, typed: Option<&Typed>, language: Language) -> RankRow {
    let row = wording::row(call, entry, "", language);
    let typed = typed.and_then(|typed| typed.numbers.get(&row.id));
    let (name, number) = (row.title.clone(), row.number.clone());
    RankRow {
        number: typed.cloned().unwrap_or_else(|| row.place.clone()),
        label: pick(language, &format!("序号：{name}（{number}）"), &format!("Rank of {name} ({number})")),
        handle: pick(language, &format!("移动：{name}"), &format!("Move {name}")),
        wrong: false,
        entry: row,
    }
}

/// Marks numbers that stand more than once or cannot be read.
fn mark_doubles(rows: &mut [RankRow], typed: &Typed) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.iter() {
        *times.entry(row.number.clone()).or_default() += 1;
    }
    for row in rows.iter_mut().filter(|_| !typed.findings.is_empty()) {
        let readable = row.number.parse::<u32>().is_ok_and(|number| number > 0);
        row.wrong = !readable || times.get(&row.number).is_some_and(|times| *times > 1);
    }
}

/// The list as it is stored beside the list as it was typed.
fn difference(view: &ListView, others: &[DeskEntry], typed: &Typed, language: Language) -> Difference {
    let stored: BTreeMap<String, String> = view
        .entries
        .iter()
        .filter_map(|entry| Some((entry.candidate.application.clone(), entry.place?.to_string())))
        .collect();
    Difference {
        label: pick(language, "名单", "The list"),
        theirs: order_words(view, others, &stored, language),
        yours: order_words(view, others, &typed.numbers, language),
    }
}

/// Numbers with names, one to a line.
fn order_words(
    view: &ListView,
    others: &[DeskEntry],
    numbers: &BTreeMap<String, String>,
    language: Language,
) -> String {
    let entries = view.entries.iter().chain(others);
    let entries: BTreeMap<&str, &DeskEntry> =
        entries.map(|entry| (entry.candidate.application.as_str(), entry)).collect();
    let name = |id: &str| {
        entries.get(id).map_or_else(
            || id.to_owned(),
            |entry| format!("{} {}", entry.candidate.number, entry.candidate.title.trim()),
        )
    };
    let mut ranked: Vec<(&String, &String)> = numbers.iter().filter(|(_, rank)| !rank.is_empty()).collect();
    ranked.sort_by_key(|(_, rank)| rank.parse::<u32>().unwrap_or(u32::MAX));
    if ranked.is_empty() {
        return pick(language, "没有列入项目", "Nothing on the list");
    }
    let lines: Vec<String> = ranked.into_iter().map(|(id, rank)| format!("{rank}. {}", name(id))).collect();
    lines.join("\n")
}

fn lead(view: &ListView, language: Language) -> String {
    match (view.state, view.may_rank) {
        (ListState::Confirmed { version }, _) => pick(
            language,
            &format!("名单已确认，第 {version} 版有效，不能改动。"),
            &format!("The list is confirmed; version {version} counts and cannot be changed."),
        ),
        (ListState::Open, true) => pick(
            language,
            "按优先次序填写序号，从 1 起，不重不漏；留空的不列入名单。",
            "Number them in order of priority from 1, each number once; what has no number is not on the list.",
        ),
        (ListState::Open, false) => pick(language, "名单在编制中。", "The list is in preparation."),
    }
}

fn none(narrowed: &Narrowed, language: Language) -> String {
    if narrowed.find.is_empty() {
        return String::new();
    }
    pick(
        language,
        &format!("没有找到“{}”。这里只有已核实、不在名单上的申报。", narrowed.find),
        &format!("“{}” was not found among what is verified and not on the list.", narrowed.find),
    )
}

#[cfg(test)]
mod tests {
    use super::{RANKED_MAX, read};
    use crate::form::Form;

    const ID: &str = "01JPMB4E7V0000000000000000";
    const OTHER: &str = "01JPMB4E7V0000000000000001";

    #[test]
    fn numbers_are_read_and_blanks_left_out() {
        let form = Form(vec![
            ("revision".to_owned(), "1".to_owned()),
            (format!("rank.{ID}"), " 2 ".to_owned()),
            (format!("rank.{OTHER}"), String::new()),
        ]);
        assert_eq!(read(&form).unwrap(), [(ID.to_owned(), 2)]);
    }

    #[test]
    fn a_full_list_can_be_sent_with_all_that_is_not_on_it() {
        let rank = |nth: usize| if nth < RANKED_MAX { (nth + 1).to_string() } else { String::new() };
        let pairs: Vec<String> =
            (0..2 * RANKED_MAX).map(|nth| format!("rank.01JPMB4E7V{nth:016}={}", rank(nth))).collect();
        let body = format!("revision=7&{}", pairs.join("&"));
        assert!(body.len() < crate::FORM_BYTES_MAX, "{}", body.len());
        let form = Form::parse(body.as_bytes()).unwrap();
        assert_eq!(read(&form).unwrap().len(), RANKED_MAX);
    }

    #[test]
    fn all_that_cannot_be_read_is_told() {
        let form = Form(vec![
            (format!("rank.{ID}"), "二".to_owned()),
            (format!("rank.{OTHER}"), "-1".to_owned()),
            (format!("rank.{ID}"), "1".to_owned()),
            ("rank.short".to_owned(), "1".to_owned()),
            ("odd".to_owned(), "1".to_owned()),
        ]);
        let codes: Vec<String> = read(&form).unwrap_err().into_iter().map(|of| of.code).collect();
        assert_eq!(
            codes,
            ["number_unreadable", "number_unreadable", "field_repeated", "field_unknown", "field_unknown"]
        );
    }
}
