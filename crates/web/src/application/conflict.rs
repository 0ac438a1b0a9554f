//! Two saves of the same section: both states side by side, nothing overwritten.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use jiebang_domain::application::{Content, Value};
use jiebang_domain::call::{Call, Section};
use jiebang_domain::shared::Language;
use jiebang_service::{ApplicationView, Conflict};
use sha2::{Digest, Sha256};

use super::{address_of, summary};
use crate::page::{Page, render};
use crate::request::Visitor;
use crate::words::{self, pick};

#[derive(Template)]
#[template(path = "pages/conflict.html")]
struct ConflictPage {
    page: Page,
    conflict: ConflictView,
}

/// What the page of a conflict shows.
#[derive(Debug)]
struct ConflictView {
    section_href: String,
    section: String,
    what: String,
    action: String,
    version: i64,
    seen: String,
    fields: Vec<ConflictField>,
    /// What only the other one changed: it stays.
    theirs: Vec<String>,
    /// What only this one changed, to be sent again.
    yours: Vec<(String, String)>,
}

/// A field with both states.
#[derive(Debug)]
struct ConflictField {
    /// Path.
    id: String,
    label: String,
    theirs: String,
    theirs_by: String,
    yours: String,
    yours_by: String,
    /// What was typed, to be sent again.
    inputs: Vec<(String, String)>,
}

/// What the later editor sent.
pub(super) struct Typed<'t> {
    pub(super) pairs: &'t [(String, String)],
    /// Digests of the values that the editor's page was made of.
    pub(super) seen: &'t str,
}

impl Typed<'_> {
    /// What was typed under a path.
    fn under(&self, path: &str) -> Vec<(String, String)> {
        let under =
            |name: &str| name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.pairs.iter().filter(|(name, _)| under(name)).cloned().collect()
    }
}

/// The smallest things that are chosen between: fields, and items of indicator fields.
fn units(content: &Content) -> BTreeMap<String, Content> {
    let mut units = BTreeMap::new();
    for (path, value) in &content.0 {
        match value {
            Value::Promises(promises) => {
                for (item, promise) in promises {
                    let only = Value::Promises(BTreeMap::from([(item.clone(), promise.clone())]));
                    units.insert(format!("{path}.{item}"), Content(BTreeMap::from([(path.clone(), only)])));
                }
            }
            Value::Text(text) if text.is_empty() => {}
            Value::Rows(rows) if rows.is_empty() => {}
            other => {
                units.insert(path.clone(), Content(BTreeMap::from([(path.clone(), other.clone())])));
            }
        }
    }
    units
}

fn digest(unit: &Content) -> String {
    let json = serde_json::to_vec(unit).unwrap_or_default();
    hex::encode(&Sha256::digest(json)[..6])
}

/// Digests of all values of a section, for the page to send back; never empty.
pub(super) fn seen(content: &Content) -> String {
    let units = units(content);
    let pairs = units.iter().map(|(path, unit)| format!(" {path}={}", digest(unit)));
    std::iter::once("seen".to_owned()).chain(pairs).collect()
}

/// Who changed something that two states differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Changed {
    /// Only the other one, who saved first.
    Theirs,
    /// Only this one.
    Yours,
    /// Both, or it cannot be told.
    Both,
}

/// What the two states differ in, and who changed it.
fn changes(
    stored: &BTreeMap<String, Content>,
    sent: &BTreeMap<String, Content>,
    seen: &str,
) -> BTreeMap<String, Changed> {
    let base: BTreeMap<&str, &str> = seen.split(' ').filter_map(|pair| pair.split_once('=')).collect();
    let paths: BTreeSet<&String> = stored.keys().chain(sent.keys()).collect();
    let differ = paths.into_iter().filter(|path| stored.get(*path) != sent.get(*path));
    differ
        .map(|path| {
            let was = base.get(path.as_str()).copied();
            let same = |now: &BTreeMap<String, Content>| now.get(path).map(digest).as_deref() == was;
            let changed = match (seen.is_empty(), same(sent), same(stored)) {
                (false, true, _) => Changed::Theirs,
                (false, _, true) => Changed::Yours,
                _ => Changed::Both,
            };
            (path.clone(), changed)
        })
        .collect()
}

fn read(json: &serde_json::Value) -> Content {
    serde_json::from_value(json.clone()).unwrap_or_default()
}

/// Where nothing was changed by both: what only the other one changed, which is not sent again, and digests of what stands now.
pub(super) fn merged(conflict: &Conflict, seen_before: &str) -> Option<(Vec<String>, String)> {
    let stored = read(&conflict.stored);
    let changes = changes(&units(&stored), &units(&read(&conflict.sent)), seen_before);
    if changes.values().any(|changed| *changed == Changed::Both) {
        return None;
    }
    let theirs = changes.into_iter().filter(|(_, changed)| *changed == Changed::Theirs);
    Some((theirs.map(|(path, _)| path).collect(), seen(&stored)))
}

/// The page of a conflict; `None` where both hold the same.
pub(super) fn page(
    visitor: &Visitor,
    view: &ApplicationView,
    section: &Section,
    conflict: &Conflict,
    typed: &Typed<'_>,
) -> Option<Response> {
    let language = visitor.language;
    let (stored, sent) = (read(&conflict.stored), read(&conflict.sent));
    let (stored_units, sent_units) = (units(&stored), units(&sent));
    let changes = changes(&stored_units, &sent_units, typed.seen);
    if changes.is_empty() {
        return None;
    }
    let of = |wanted: Changed| {
        changes.iter().filter(move |(_, changed)| **changed == wanted).map(|(path, _)| path.clone())
    };
    let both: Vec<String> = of(Changed::Both).collect();
    let fields = differences(visitor, view, section, conflict, &stored_units, &sent_units, typed, &both);
    let shown = ConflictView {
        section_href: address_of(&view.summary.id, &section.id),
        section: section.title.get(language).to_owned(),
        what: what(&conflict.by, fields.len(), language),
        action: address_of(&view.summary.id, &section.id),
        version: conflict.revision,
        seen: seen(&stored),
        fields,
        theirs: of(Changed::Theirs).collect(),
        yours: of(Changed::Yours).flat_map(|path| typed.under(&path)).collect(),
    };
    let page = visitor.page(visitor.page("").t("conflict-title"));
    Some(render(StatusCode::CONFLICT, &ConflictPage { page, conflict: shown }))
}

fn what(by: &str, count: usize, language: Language) -> String {
    match language {
        Language::Zh => {
            let by = if by.is_empty() { "另有人" } else { by };
            format!(
                "本页打开之后，{by}保存了这一节，其中 {count} 栏与本次填写的不同。没有覆盖任何内容，请逐栏选择。"
            )
        }
        Language::En => {
            let by = if by.is_empty() { "somebody" } else { by };
            let differ =
                if count == 1 { "One field differs".to_owned() } else { format!("{count} fields differ") };
            format!(
                "After you opened the page, {by} saved this section. {differ} from what you typed. Nothing was \
                 overwritten; choose for each field."
            )
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "both states of a section, who looks at them, and which fields"
)]
fn differences(
    visitor: &Visitor,
    view: &ApplicationView,
    section: &Section,
    conflict: &Conflict,
    stored: &BTreeMap<String, Content>,
    sent: &BTreeMap<String, Content>,
    typed: &Typed<'_>,
    both: &[String],
) -> Vec<ConflictField> {
    let language = visitor.language;
    let call = &view.summary.call.call;
    let saved =
        view.sections.iter().find(|summary| summary.id == section.id).and_then(|summary| summary.saved_at);
    let at = saved.map(|at| words::minute(at, language)).unwrap_or_default();
    let own = visitor.actor.as_ref().map(|actor| actor.name.clone()).unwrap_or_default();
    both.iter()
        .map(|path| ConflictField {
            id: path.clone(),
            label: label(call, path, language),
            theirs: said(call, stored.get(path), language),
            theirs_by: pick(language, &format!("{}，{at}", conflict.by), &format!("{}, {at}", conflict.by)),
            yours: said(call, sent.get(path), language),
            yours_by: pick(language, &format!("{own}，未保存"), &format!("{own}, not saved")),
            inputs: typed.under(path),
        })
        .collect()
}

/// The label of a field, of an item, of a declaration.
fn label(call: &Call, path: &str, language: Language) -> String {
    if let Some(field) = call.field(path) {
        return field.label.get(language).to_owned();
    }
    if let Some(item) = call.items().find(|item| path.ends_with(&format!(".{}", item.id))) {
        return item.name.get(language).to_owned();
    }
    let declaration = path.strip_prefix("declaration.").and_then(|rest| rest.rsplit_once('.'));
    let found = declaration.and_then(|(id, part)| {
        call.declarations
            .iter()
            .find(|declaration| declaration.id == id)
            .map(|declaration| (declaration, part))
    });
    match found {
        Some((declaration, "signer")) => {
            let title = declaration.title.get(language);
            pick(language, &format!("{title}：签署人"), &format!("{title}: signer"))
        }
        Some((declaration, _)) => declaration.title.get(language).to_owned(),
        None => path.to_owned(),
    }
}

fn said(call: &Call, unit: Option<&Content>, language: Language) -> String {
    let blank = || pick(language, "（空）", "(blank)");
    let Some((path, value)) = unit.and_then(|unit| unit.0.first_key_value()) else { return blank() };
    let words = match (call.field(path), value) {
        (Some(field), value) => summary::words(call, field, Some(value), language),
        (None, Value::Boolean(true)) => pick(language, "已承诺", "Declared"),
        (None, Value::Boolean(false)) => pick(language, "未承诺", "Not declared"),
        (None, Value::Text(text)) => text.clone(),
        (None, Value::Rows(_) | Value::Promises(_)) => String::new(),
    };
    if words.is_empty() { blank() } else { words }
}

#[cfg(test)]
mod tests {
    use super::{seen, units};
    use jiebang_domain::application::Content;

    fn content(json: &str) -> Content {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn items_of_indicators_are_chosen_one_by_one() {
        let content = content(
            r#"{"a":"x","b":"","p":{"i.1":{"value":{"number":"3"}},"i.2":{"value":{"number":"4"}}}}"#,
        );
        assert_eq!(units(&content).into_keys().collect::<Vec<_>>(), ["a", "p.i.1", "p.i.2"]);
    }

    #[test]
    fn digests_tell_what_was_changed() {
        let one = seen(&content(r#"{"a":"x","b":true}"#));
        let other = seen(&content(r#"{"a":"y","b":true}"#));
        let changed = one.split(' ').zip(other.split(' ')).filter(|(one, other)| one != other).count();
        assert_eq!((changed, one.split(' ').count()), (1, 3));
    }
}
