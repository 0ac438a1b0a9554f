//! Help, and the reference of rules: what each code of a finding means, in which calls, by which clause.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use jiebang_domain::call::{Call, Check, Provision, provisions};
use jiebang_domain::shared::Language;
use jiebang_service::{CallCard, ServiceError};

use crate::Site;
use crate::cache::Pages;
use crate::error::Failure;
use crate::page::{Page, render};
use crate::request::{Address, Visitor};
use crate::views::ClauseView;
use crate::words::{self, pick};

/// Routes of the room.
pub fn routes() -> Router<Site> {
    Router::new()
        .route("/help", get(help))
        .route("/rules", get(rules))
        .route("/rules/{code}", get(rule))
        .layer(Extension(Arc::new(Pages::default())))
}

/// Topics of the help page with the number of their paragraphs (`help-…` in the translations).
const TOPICS: [(&str, u8); 10] = [
    ("start", 2),
    ("sections", 3),
    ("partners", 2),
    ("count", 2),
    ("evidence", 2),
    ("check", 2),
    ("submit", 3),
    ("deadline", 2),
    ("recommend", 2),
    ("access", 2),
];

/// Checks of the product itself, by what they concern (`rule-…` in the translations).
const BUILT_IN: [(&str, &[&str]); 6] = [
    (
        "form",
        &[
            "field_blank",
            "text_too_long",
            "choice_unknown",
            "code_invalid",
            "number_invalid",
            "date_invalid",
            "email_invalid",
            "phone_invalid",
            "postal_code_invalid",
            "full_width",
            "control_character",
            "picture_character",
            "rows_too_many",
            "value_too_large",
            "field_unknown",
            "field_repeated",
            "encoding_wrong",
        ],
    ),
    ("indicators", &["promise_below_threshold", "promise_unit_wrong", "promise_kind_wrong"]),
    ("signatures", &["declaration_missing", "signer_differs"]),
    (
        "evidence",
        &[
            "evidence_missing",
            "evidence_unknown",
            "file_type_refused",
            "file_type_mismatch",
            "file_name_unreadable",
            "file_empty",
            "file_damaged",
            "file_encrypted",
            "file_pages_too_many",
            "image_too_large",
            "files_too_many",
            "upload_broken_off",
        ],
    ),
    (
        "limits",
        &[
            "deadline_passed",
            "region_not_admitted",
            "funding_negative",
            "funding_unit_wrong",
            "drafts_too_many",
        ],
    ),
    (
        "accounts",
        &[
            "organisation_registered",
            "region_unknown",
            "username_invalid",
            "username_taken",
            "password_too_short",
            "password_too_long",
            "password_is_username",
            "credentials_wrong",
            "invitation_ended",
        ],
    ),
];

/// A topic of the help page.
#[derive(Debug)]
struct Topic {
    anchor: &'static str,
    title: String,
    paragraphs: Vec<String>,
}

#[derive(Template)]
#[template(path = "pages/help.html")]
struct HelpPage {
    page: Page,
    topics: Vec<Topic>,
}

async fn help(
    State(site): State<Site>,
    Extension(pages): Extension<Arc<Pages>>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if visitor.actor.is_some() {
        return Ok(render(StatusCode::OK, &help_page(&visitor)));
    }
    pages.page(&site, &visitor, &headers, || help_page(&visitor))
}

fn help_page(visitor: &Visitor) -> HelpPage {
    let page = visitor.page(pick(visitor.language, "帮助", "Help"));
    let topics = TOPICS
        .iter()
        .map(|(anchor, paragraphs)| Topic {
            anchor,
            title: page.t(&format!("help-{anchor}")),
            paragraphs: (1..=*paragraphs).map(|nth| page.t(&format!("help-{anchor}-{nth}"))).collect(),
        })
        .collect();
    HelpPage { page, topics }
}

/// What a code means.
#[derive(Debug)]
struct Reference {
    code: String,
    title: String,
    text: String,
    example: String,
    remedy: String,
    clauses: Vec<ClauseView>,
}

/// Codes under one heading.
#[derive(Debug)]
struct Group {
    anchor: String,
    title: String,
    note: String,
    rules: Vec<Reference>,
}

#[derive(Template)]
#[template(path = "pages/rules.html")]
struct RulesPage {
    page: Page,
    groups: Vec<Group>,
}

#[derive(Template)]
#[template(path = "pages/rule.html")]
struct RulePage {
    page: Page,
    rule: Reference,
    places: Vec<Place>,
}

/// A code in one call.
#[derive(Debug)]
struct Place {
    call: String,
    href: String,
    clauses: Vec<ClauseView>,
    tag: String,
    style: &'static str,
    text: String,
}

async fn rules(
    State(site): State<Site>,
    Extension(pages): Extension<Arc<Pages>>,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if visitor.actor.is_some() {
        return Ok(render(StatusCode::OK, &rules_page(&site, &visitor)));
    }
    pages.page(&site, &visitor, &headers, || rules_page(&site, &visitor))
}

fn rules_page(site: &Site, visitor: &Visitor) -> RulesPage {
    let page = visitor.page(pick(visitor.language, "规则", "Rules"));
    let cards = site.service.board();
    let calls = declared_rules(&cards);
    let known: BTreeSet<&str> = BUILT_IN.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
    let mut groups: Vec<Group> = BUILT_IN
        .iter()
        .map(|(family, codes)| Group {
            anchor: (*family).to_owned(),
            title: page.t(&format!("rules-{family}")),
            note: String::new(),
            rules: codes.iter().map(|code| built_in(&page, &calls, code)).collect(),
        })
        .collect();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (call, rules) in &calls {
        let own = rules.iter().filter(|rule| !known.contains(rule.code.as_str()));
        let own: Vec<&Provision> = own.filter(|rule| seen.insert(rule.code.clone())).collect();
        if !own.is_empty() {
            groups.push(Group {
                anchor: call.id.clone(),
                title: call.title.get(page.language).to_owned(),
                note: page.t("rules-of-call"),
                rules: own.into_iter().map(|rule| declared(&calls, call, rule, page.language)).collect(),
            });
        }
    }
    RulesPage { page, groups }
}

async fn rule(
    State(site): State<Site>,
    address: Address<String>,
    visitor: Visitor,
) -> Result<Response, Failure> {
    let code = visitor.address(address)?;
    let language = visitor.language;
    let page = visitor.page("");
    let cards = site.service.board();
    let calls = declared_rules(&cards);
    let is_built_in = BUILT_IN.iter().any(|(_, codes)| codes.contains(&code.as_str()));
    let first =
        calls.iter().find_map(|(call, rules)| Some((*call, rules.iter().find(|rule| rule.code == code)?)));
    let reference = match (is_built_in, first) {
        (true, _) => built_in(&page, &calls, &code),
        (false, Some((call, rule))) => declared(&calls, call, rule, language),
        (false, None) => return Err(visitor.fail(ServiceError::NotFound)),
    };
    let places = calls.iter().flat_map(|(call, rules)| places(call, rules, &code, language)).collect();
    let page = page.titled(reference.title.clone());
    Ok(render(StatusCode::OK, &RulePage { page, rule: reference, places }))
}

/// Published calls with their rules in words.
type Declared<'a> = Vec<(&'a Call, Vec<Provision>)>;

/// Rules of all calls; what is merely stated is none.
fn declared_rules(cards: &[CallCard]) -> Declared<'_> {
    cards
        .iter()
        .map(|card| {
            let call = &card.call.call;
            let stated = |rule: &Provision| call.statements.iter().any(|statement| statement.id == rule.code);
            (call, provisions(call).into_iter().filter(|rule| !stated(rule)).collect())
        })
        .collect()
}

fn built_in(page: &Page, calls: &Declared<'_>, code: &str) -> Reference {
    Reference {
        code: code.to_owned(),
        title: page.t(&format!("rule-{code}")),
        text: page.t(&format!("rule-{code}-text")),
        example: page.t(&format!("rule-{code}-example")),
        remedy: String::new(),
        clauses: clauses(calls, code, page.language),
    }
}

/// A rule that a call declares: the rule in words, what a finding says, what puts it right.
fn declared(calls: &Declared<'_>, call: &Call, provision: &Provision, language: Language) -> Reference {
    let check = call.rule(&provision.code).map(|rule| &rule.check);
    let (example, remedy) = match check {
        Some(Check::Expression { message, remedy, .. }) => {
            (message.get(language).to_owned(), remedy.get(language).to_owned())
        }
        _ => (String::new(), String::new()),
    };
    Reference {
        code: provision.code.clone(),
        title: words::capital(provision.text.get(language)),
        text: String::new(),
        example,
        remedy,
        clauses: clauses(calls, &provision.code, language),
    }
}

/// Leading clauses of a code in all calls, each with the number of its notice.
fn clauses(calls: &Declared<'_>, code: &str, language: Language) -> Vec<ClauseView> {
    let mut found = Vec::new();
    for (call, rules) in calls {
        let of_code = rules.iter().filter(|rule| rule.code == code);
        let leading: BTreeSet<_> = of_code.filter_map(|rule| rule.source.clause()).collect();
        let name = call.document_number.clone().unwrap_or_else(|| call.title.get(language).to_owned());
        found.extend(leading.into_iter().take(CLAUSES_SHOWN_MAX).map(|id| {
            let clause = words::clause(call, id, language);
            ClauseView { label: format!("{name} {}", clause.label), ..clause }
        }));
    }
    found
}

/// Most clauses of one call that the list shows beside a code; the page of the code shows all.
const CLAUSES_SHOWN_MAX: usize = 3;

fn places(call: &Call, rules: &[Provision], code: &str, language: Language) -> Vec<Place> {
    rules
        .iter()
        .filter(|provision| provision.code == code)
        .map(|provision| {
            let (tag, style) = words::strength(provision.strength, language);
            Place {
                call: call.title.get(language).to_owned(),
                href: format!("/calls/{}", call.id),
                clauses: provision
                    .source
                    .clauses()
                    .iter()
                    .map(|id| words::clause(call, id, language))
                    .collect(),
                tag,
                style,
                text: words::capital(provision.text.get(language)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, TOPICS};
    use crate::translations::t;
    use jiebang_domain::shared::Language;

    #[test]
    fn every_code_and_topic_has_its_words_in_both_languages() {
        let mut keys = Vec::new();
        for (family, codes) in BUILT_IN {
            keys.push(format!("rules-{family}"));
            keys.extend(
                codes
                    .iter()
                    .flat_map(|code| ["", "-text", "-example"].map(|end| format!("rule-{code}{end}"))),
            );
        }
        for (topic, paragraphs) in TOPICS {
            keys.push(format!("help-{topic}"));
            keys.extend((1..=paragraphs).map(|nth| format!("help-{topic}-{nth}")));
        }
        for key in keys {
            let (zh, en) = (t(Language::Zh, &key), t(Language::En, &key));
            assert!(!zh.contains(&key) && !en.contains(&key) && zh != en, "{key}: {zh} / {en}");
        }
    }
}
