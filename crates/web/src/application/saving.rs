//! Saving a section: what was sent, what is saved of it, where to go from there.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiebang_domain::call::{Entry, Field as CallField, FieldKind, Section};
use jiebang_domain::shared::{Finding, Text};
use jiebang_service::{Actor, ApplicationView, SaveSection, SavedSection, ServiceError, StoreError};

use super::findings::is_malformed;
use super::forms::{self, Attach, Sent};
use super::section::{Shown, section_of, stored};
use super::values::Values;
use super::{Address, address, address_of, conflict, unsaved};
use crate::Site;
use crate::error::{Failure, status_of};
use crate::form;
use crate::request::Visitor;
use crate::views::Refused;

/// Saves a section, with the files that came with it.
pub(super) async fn save(
    State(site): State<Site>,
    visitor: Visitor,
    parts: Address<(String, String)>,
    request: Request,
) -> Result<Response, Failure> {
    let (id, name) = address(parts, &visitor)?;
    if !form::is_form(request.headers()) && !forms::is_multipart(request.headers()) {
        return Ok(form::unsupported());
    }
    let actor = match visitor.known() {
        Ok(actor) => actor,
        Err(error) => return Ok(unsaved::refused(&site, &visitor, request, error).await),
    };
    let view = match site.service.application(Some(actor), &id).await {
        Ok(view) => view,
        // The database does not answer: what was typed must not go with it.
        Err(error @ ServiceError::Store(_)) => {
            return Ok(unsaved::refused(&site, &visitor, request, error).await);
        }
        Err(error) => return Err(visitor.fail(error)),
    };
    let section = section_of(&view, &name).ok_or_else(|| visitor.fail(ServiceError::NotFound))?;
    let mut sent = Sent::default();
    let read = forms::read(request, Attach { site: &site, to: Some((actor, &id)) }, &mut sent).await;
    let mut form = SentForm::new(sent, section, &view);
    form.remove_row();
    let saved = match read {
        Ok(()) => form.save_merged(&site, actor, &view, section).await,
        Err(error) => Err(error),
    };
    let now = match site.service.application(Some(actor), &id).await {
        Ok(now) => now,
        Err(error @ ServiceError::Store(_)) if saved.is_err() => {
            // That it is not known whether it was saved is more than that it cannot be read.
            let error = match saved {
                Err(unsure @ ServiceError::Store(StoreError::Unsure(_))) => unsure,
                _ => error,
            };
            return Ok(unsaved::answer(&site, &visitor, form.into_sent(), None, error).await);
        }
        Err(error) => return Err(visitor.fail(error)),
    };
    let section = section_of(&now, &name).ok_or_else(|| visitor.fail(ServiceError::NotFound))?;
    match saved {
        Ok(_) if !form.sent.faults.is_empty() || form.sent.error.is_some() => {
            Ok(form.only_files_refused(&visitor, &now, section).page(&site, &visitor, &now, section))
        }
        Ok(saved) => Ok(Redirect::to(&form.after(&view, &now, section, saved.as_ref())).into_response()),
        Err(ServiceError::Conflict(found)) => {
            let typed = conflict::Typed { pairs: &form.sent.pairs, seen: &form.seen };
            let page = conflict::page(&visitor, &now, section, &found, &typed);
            Ok(page.unwrap_or_else(|| Redirect::to(&address_of(&id, &name)).into_response()))
        }
        Err(error @ (ServiceError::NotFound | ServiceError::LoginRequired | ServiceError::Forbidden)) => {
            Err(visitor.fail(error))
        }
        Err(error) => Ok(form.refused(error, &visitor, &now).page(&site, &visitor, &now, section)),
    }
}

/// How often a save is tried again when others go on saving the same section.
const MERGES_MAX: usize = 3;

/// A form that was sent for a section, with what is not content taken out.
struct SentForm {
    sent: Sent,
    act: String,
    version: String,
    seen: String,
}

impl SentForm {
    fn new(mut sent: Sent, section: &Section, view: &ApplicationView) -> Self {
        let act = sent.take("act");
        let version = sent.take("version");
        let seen = sent.take("seen");
        keep_chosen(&mut sent.pairs);
        let declared = section.entries.iter().any(|entry| matches!(entry, Entry::Declarations));
        for declaration in view.summary.call.call.declarations.iter().filter(|_| declared) {
            // A box that is not ticked is not sent.
            let accepted = format!("declaration.{}.accepted", declaration.id);
            let signer = format!("declaration.{}.signer", declaration.id);
            let holds = |name: &str| sent.pairs.iter().any(|(key, _)| key == name);
            if holds(&signer) && !holds(&accepted) {
                sent.pairs.push((accepted, "no".to_owned()));
            }
        }
        if !is_act(&act, section) {
            sent.faults.push(forms::fault(
                "act_unknown",
                "act",
                Text::new("这一操作不能识别", "What was asked for is not known here"),
                Text::new("刷新页面后重新操作", "Reload the page and try again"),
            ));
        }
        Self { sent, act, version, seen }
    }

    /// The form as it was sent, to be sent again.
    fn into_sent(mut self) -> Sent {
        let taken = [("act", self.act), ("version", self.version), ("seen", self.seen)];
        let taken = taken.into_iter().filter(|(_, value)| !value.is_empty());
        self.sent.pairs.extend(taken.map(|(name, value)| (name.to_owned(), value)));
        self.sent
    }

    /// `remove.<table>.<row>` takes a row out of what was typed.
    fn remove_row(&mut self) {
        let Some(row) = self.act.strip_prefix("remove.") else { return };
        let row = format!("{row}.");
        self.sent.pairs.retain(|(name, _)| !name.starts_with(&row));
    }

    /// Saves; where somebody else saved first and the two changed different things, both changes are kept.
    async fn save_merged(
        &mut self,
        site: &Site,
        actor: &Actor,
        view: &ApplicationView,
        section: &Section,
    ) -> Result<Option<SavedSection>, ServiceError> {
        for _ in 0..MERGES_MAX {
            let found = match self.save(site, actor, view, section).await {
                Err(ServiceError::Conflict(found)) => found,
                other => return other,
            };
            let Some((theirs, seen)) = conflict::merged(&found, &self.seen) else {
                return Err(ServiceError::Conflict(found));
            };
            leave(&mut self.sent.pairs, &theirs);
            (self.version, self.seen) = (found.revision.to_string(), seen);
        }
        self.save(site, actor, view, section).await
    }

    /// Takes a file off, then saves what was typed. `None` where the section holds no values.
    async fn save(
        &self,
        site: &Site,
        actor: &Actor,
        view: &ApplicationView,
        section: &Section,
    ) -> Result<Option<SavedSection>, ServiceError> {
        let id = &view.summary.id;
        if let Some(file) = self.act.strip_prefix("detach.") {
            match site.service.remove_file(actor, id, file).await {
                // It is gone already: sent twice, or taken off by somebody else.
                Ok(()) | Err(ServiceError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        if self.sent.faults.iter().any(|fault| !about_file(fault)) {
            return Err(ServiceError::Invalid(Vec::new()));
        }
        let holds_values = section.entries.iter().any(|entry| !matches!(entry, Entry::Evidence));
        if !holds_values && self.sent.pairs.is_empty() {
            return Ok(None);
        }
        let save = SaveSection {
            application: id.clone(),
            section: section.id.clone(),
            revision: revision(&self.version)?,
            pairs: self.sent.pairs.clone(),
        };
        site.service.save_section(actor, save).await.map(Some)
    }

    /// Where to go after saving.
    fn after(
        &self,
        before: &ApplicationView,
        now: &ApplicationView,
        section: &Section,
        saved: Option<&SavedSection>,
    ) -> String {
        let call = &now.summary.call.call;
        let here = address_of(&now.summary.id, &section.id);
        if let Some(table) = self.act.strip_prefix("add.") {
            let row = now.content.rows(table).len() + 1;
            let field = call.field(table);
            let anchor = field
                .map_or_else(|| table.to_owned(), |field| format!("{table}.{row}.{}", first_column(field)));
            return format!("{here}?add={}#{anchor}", crate::error::encode(table));
        }
        if let Some((table, _)) = self.act.strip_prefix("remove.").and_then(|row| row.rsplit_once('.')) {
            return format!("{here}#{table}");
        }
        if let Some((evidence, _)) = self.act.strip_prefix("upload.").and_then(|slot| slot.rsplit_once('.')) {
            return format!("{here}#evidence.{evidence}");
        }
        if self.act.starts_with("detach.") {
            return here;
        }
        if self.act != "next" {
            return format!("{here}?check");
        }
        let malformed = |finding: &Finding| is_malformed(call, finding);
        if saved.is_some_and(|saved| saved.findings.iter().any(malformed)) {
            return format!("{here}?check");
        }
        let new = |id: &&String| {
            !before.applicable.contains(id) && call.section_of(id).is_some_and(|of| of.id == section.id)
        };
        if let Some(field) = now.applicable.iter().find(new) {
            return format!("{here}#{field}");
        }
        let place = call.sections.iter().position(|of| of.id == section.id).unwrap_or(0);
        match call.sections.get(place + 1) {
            Some(next) => address_of(&now.summary.id, &next.id),
            None => address_of(&now.summary.id, ""),
        }
    }

    /// The page after what was typed has been saved and a file has not.
    fn only_files_refused<'s>(
        self,
        visitor: &Visitor,
        view: &ApplicationView,
        section: &Section,
    ) -> Shown<'s> {
        let error = self.sent.error.as_ref();
        Shown {
            status: error.map_or(StatusCode::UNPROCESSABLE_ENTITY, status_of),
            findings: self.sent.faults,
            refused: error.map(|error| Refused::of(error, visitor.language)).unwrap_or_default(),
            ..stored(view, section, false)
        }
    }

    /// The page again with what was typed, and why it was not saved.
    fn refused<'s>(self, error: ServiceError, visitor: &Visitor, view: &ApplicationView) -> Shown<'s> {
        let status = status_of(&error);
        let mut refused = Refused::default();
        let mut findings = self.sent.faults;
        match error {
            ServiceError::Invalid(faults) => findings.extend(faults),
            other => refused = Refused::of(&other, visitor.language),
        }
        Shown {
            status,
            values: Values::typed(&view.content, &self.sent.pairs),
            findings,
            refused,
            version: revision(&self.version).unwrap_or(0),
            seen: self.seen,
            add: "",
            typed: self.sent.pairs,
        }
    }
}

/// Whether a button of the section's page asks for this.
fn is_act(act: &str, section: &Section) -> bool {
    let table = |id: &str| {
        section.entries.iter().any(|entry| match entry {
            Entry::Field(field) => {
                field.id == id && matches!(field.kind, FieldKind::Table(_) | FieldKind::WorkPlan(_))
            }
            Entry::Evidence | Entry::Declarations => false,
        })
    };
    match act.split_once('.') {
        None => matches!(act, "" | "stay" | "next"),
        Some(("add", id)) => table(id),
        Some(("remove", row)) => {
            row.rsplit_once('.').is_some_and(|(id, row)| table(id) && row.parse::<usize>().is_ok())
        }
        Some(("upload" | "detach", rest)) => !rest.is_empty(),
        Some(_) => false,
    }
}

fn about_file(fault: &Finding) -> bool {
    fault.field.as_deref().is_some_and(|field| field.starts_with("evidence."))
}

fn revision(version: &str) -> Result<i64, ServiceError> {
    let version = version.trim();
    if version.is_empty() {
        return Ok(0);
    }
    version.parse().map_err(|_| {
        ServiceError::field(
            "version_unreadable",
            "version",
            Text::new("表单的版本号不能识别", "The version of the form cannot be read"),
            Text::new("刷新页面后重新填写", "Reload the page and fill it in again"),
        )
    })
}

/// After a conflict: what is kept as the other saved it is not sent again.
fn keep_chosen(pairs: &mut Vec<(String, String)>) {
    let theirs: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| value == "theirs")
        .filter_map(|(name, _)| name.strip_prefix("keep.").map(str::to_owned))
        .collect();
    pairs.retain(|(name, _)| !name.starts_with("keep."));
    leave(pairs, &theirs);
}

/// Takes out what stands under these paths.
fn leave(pairs: &mut Vec<(String, String)>, paths: &[String]) {
    let under = |name: &str, path: &str| {
        name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    pairs.retain(|(name, _)| !paths.iter().any(|path| under(name, path)));
}

fn first_column(field: &CallField) -> &str {
    match &field.kind {
        FieldKind::Table(columns) => columns.first().map_or("", |column| &column.id),
        _ => "what",
    }
}

#[cfg(test)]
mod tests {
    use super::keep_chosen;

    #[test]
    fn what_the_other_saved_is_not_sent_again() {
        let mut pairs: Vec<(String, String)> = [
            ("keep.a", "theirs"),
            ("keep.b", "yours"),
            ("keep.partners", "theirs"),
            ("a", "1"),
            ("ab", "2"),
            ("b", "3"),
            ("partners.rows", "1"),
            ("partners.1.name", "x"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        keep_chosen(&mut pairs);
        let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ab", "b"]);
    }
}
