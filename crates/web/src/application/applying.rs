//! Sections of which nothing applies: the choice that decides, and where it is made.

use jiebang_domain::application::PARTNERS;
use jiebang_domain::call::{Call, Entry, Field as CallField, FieldKind, Section};
use jiebang_domain::shared::Language;
use jiebang_service::ApplicationView;

use super::address_of;
use crate::views::Link;
use crate::words::pick;

/// Why nothing of a section applies (不适用).
pub(super) struct NotApplying {
    /// Nothing has been chosen yet, so that it may still apply.
    pub(super) open: bool,
    pub(super) words: String,
    /// Where the choice is made.
    pub(super) link: Option<Link>,
}

impl NotApplying {
    pub(super) fn of(view: &ApplicationView, section: &Section, language: Language) -> Self {
        let call = &view.summary.call.call;
        let Some((place, field)) = decider(call, section) else {
            let words = pick(
                language,
                "按单位的注册信息，本节不需要填写。",
                "As your organisation is registered, nothing is to be filled in here.",
            );
            return Self { open: false, words, link: None };
        };
        let open = view.content.0.get(&field.id).is_none_or(jiebang_domain::application::Value::is_blank);
        let label = field.label.get(language);
        let words = if open {
            pick(
                language,
                &format!("本节填写的内容由“{label}”决定，请先填写该项。"),
                &format!("What is to be filled in here depends on “{label}”; fill that in first."),
            )
        } else {
            pick(
                language,
                &format!("按“{label}”所填的内容，本节不需要填写。"),
                &format!("As “{label}” stands, nothing is to be filled in here."),
            )
        };
        let name = pick(
            language,
            &format!("到“{}”填写", place.title.get(language)),
            &format!("Go to “{}”", place.title.get(language)),
        );
        let href = format!("{}#{}", address_of(&view.summary.id, &place.id), field.id);
        Self { open, words, link: Some(Link { href, name }) }
    }
}

/// The first field of the form that the conditions of a section speak of, with its section.
fn decider<'c>(call: &'c Call, section: &Section) -> Option<(&'c Section, &'c CallField)> {
    let conditions: Vec<_> = section
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Field(field) => field.when.as_ref(),
            Entry::Evidence | Entry::Declarations => None,
        })
        .collect();
    call.fields().find(|(_, field)| {
        let known_as = match field.kind {
            FieldKind::Task => "task",
            _ if field.id == PARTNERS => PARTNERS,
            _ => "",
        };
        let own = format!("form.{}", field.id);
        conditions.iter().any(|when| when.mentions(&own) || (!known_as.is_empty() && when.mentions(known_as)))
    })
}
