//! Filling in: saving a section, and what happens when two people do.

use jiebang_domain::application::{Content, Value, findings};
use jiebang_domain::call::{Field, FieldKind, Section};
use jiebang_domain::shared::{Finding, OrganisationCode, Severity, Text};
use jiebang_store::{SectionRow, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::decode_section;
use super::loaded::{Loaded, application_of, content_of};
use super::views::SavedSection;
use crate::access::{Action, Actor};
use crate::error::Conflict;
use crate::{Service, ServiceError, ledger};

/// Characters of a name in lists.
const TITLE_CHARACTERS: usize = 200;

/// A section as sent by a form: what the editor saw, and what it holds now.
#[derive(Clone, Debug)]
pub struct SaveSection {
    /// Application.
    pub application: String,
    /// Section.
    pub section: String,
    /// Revision that the editor saw, 0 for none.
    pub revision: i64,
    /// Field paths and values as sent, in order.
    pub pairs: Vec<(String, String)>,
}

impl Service {
    /// Saves a section. Values that cannot be read are refused with findings; values that break a rule are saved, since a
    /// draft may be wrong.
    ///
    /// # Errors
    /// `Invalid`, `Refused` after the deadline or in the wrong state, `Conflict` with both states.
    pub async fn save_section(&self, actor: &Actor, save: SaveSection) -> Result<SavedSection, ServiceError> {
        let loaded = self.loaded_for(Some(actor), Action::EditApplication, &save.application).await?;
        let now = self.clock.now();
        loaded.application().may_change(&loaded.call.call, now)?;
        let section = loaded
            .call
            .call
            .sections
            .iter()
            .find(|section| section.id == save.section)
            .ok_or(ServiceError::NotFound)?;
        let task = loaded.content()?.text("task").to_owned();
        let pairs = without_registered(&loaded, save.pairs)?;
        let content = changed(&loaded, section, &task, &pairs)?;
        let row = SectionRow {
            application_id: save.application.clone(),
            section: save.section.clone(),
            revision: save.revision,
            content: serde_json::to_string(&content)
                .map_err(|error| ServiceError::Internal(error.to_string()))?,
            updated_at: now.as_microsecond(),
            updated_by: actor.account_id.clone(),
        };
        match self.store_section(actor, &loaded, row, &content).await {
            Err(ServiceError::Store(StoreError::Stale)) => {
                Err(self.conflict(&save.application, &save.section, &content).await?)
            }
            Err(error) => Err(error),
            Ok(revision) => {
                let loaded = self.loaded(&save.application).await?;
                let all = findings(&loaded.call.call, &loaded.draft()?);
                let inside = |finding: &Finding| {
                    finding
                        .field
                        .as_deref()
                        .and_then(|path| loaded.call.call.section_of(path))
                        .is_some_and(|of| of.id == save.section)
                };
                Ok(SavedSection { revision, findings: all.into_iter().filter(inside).collect() })
            }
        }
    }

    async fn store_section(
        &self,
        actor: &Actor,
        loaded: &Loaded,
        row: SectionRow,
        content: &Content,
    ) -> Result<i64, ServiceError> {
        let at = row.updated_at;
        let deadline_call = loaded.call.clone();
        let names = ["task", "task_name"].map(|name| content.0.contains_key(name));
        let (title, task) = named(content);
        let event = ledger::event(
            "section_saved",
            &row.application_id,
            Some(actor.account_id.clone()),
            &json!({ "section": row.section, "sha256": ledger::sha256(row.content.as_bytes()) }),
            at,
        );
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let Some(mut application) = rows.application(&row.application_id).await? else {
                        return Err(ServiceError::NotFound);
                    };
                    let instant = Timestamp::from_microsecond(at)
                        .map_err(|error| ServiceError::Internal(error.to_string()))?;
                    application_of(&application).may_change(&deadline_call.call, instant)?;
                    let revision = rows.save_section(&row).await?;
                    // Lists show the version that counts, and until there is one the draft.
                    let [names_task, names_title] = names.map(|names| names && application.version == 0);
                    if names_task {
                        application.task = task;
                    }
                    if names_title {
                        application.title = title;
                    }
                    application.updated_at = at;
                    rows.change_application(&application).await?;
                    rows.add_event(&event).await?;
                    Ok(revision)
                })
            }))
            .await
    }

    /// Both states of a section that somebody else saved first.
    async fn conflict(&self, id: &str, section: &str, sent: &Content) -> Result<ServiceError, ServiceError> {
        let loaded = self.loaded(id).await?;
        let stored = loaded.rows.sections.iter().find(|row| row.section == section);
        let by = match stored {
            Some(row) => self.account_name(&row.updated_by).await?,
            None => String::new(),
        };
        let json = |content: &Content| {
            let mut whole = content.clone();
            for (_, field, value) in loaded.registered().filter(|(of, ..)| of.id == section) {
                whole.0.insert(field.id.clone(), Value::Text(value.to_owned()));
            }
            serde_json::to_value(whole).unwrap_or_default()
        };
        let content = stored.map(content_of).transpose()?.unwrap_or_default();
        Ok(ServiceError::Conflict(Box::new(Conflict {
            revision: stored.map_or(0, |row| row.revision),
            by,
            stored: json(&content),
            sent: json(sent),
        })))
    }
}

/// The content of a section after these pairs were sent, without what is registered.
pub(super) fn changed(
    loaded: &Loaded,
    section: &Section,
    task: &str,
    pairs: &[(String, String)],
) -> Result<Content, ServiceError> {
    let stored = loaded.rows.sections.iter().find(|row| row.section == section.id);
    let before = stored.map(content_of).transpose()?.unwrap_or_default();
    let members =
        before.members().into_iter().map(i64::from).chain(loaded.rows.files.iter().map(|file| file.member));
    let taken = members.max().and_then(|most| u32::try_from(most).ok()).unwrap_or(0);
    let mut content = decode_section(&loaded.call.call, section, task, before.clone(), pairs)?;
    content.part_from(&before);
    content.0.retain(|path, _| !loaded.registered().any(|(_, field, _)| field.id == *path));
    content.number_members(taken);
    Ok(content)
}

/// Name and task of an application in lists, as its form says them.
pub(super) fn named(content: &Content) -> (String, String) {
    (content.text("task_name").chars().take(TITLE_CHARACTERS).collect(), content.text("task").to_owned())
}

/// The pairs without those that repeat what is registered; another value is refused, since the form takes it from the registration.
pub(super) fn without_registered(
    loaded: &Loaded,
    mut pairs: Vec<(String, String)>,
) -> Result<Vec<(String, String)>, ServiceError> {
    let mut faults = Vec::new();
    for (_, field, value) in loaded.registered() {
        let one_form = |text: &str| match field.kind {
            FieldKind::OrganisationCode => {
                OrganisationCode::parse(text).map_or_else(|_| text.to_owned(), String::from)
            }
            _ => text.trim().to_owned(),
        };
        let sent: Vec<_> = pairs.extract_if(.., |(path, _)| *path == field.id).collect();
        if sent.iter().any(|(_, sent)| one_form(sent) != one_form(value)) {
            faults.push(registered_differs(field, value));
        }
    }
    if faults.is_empty() { Ok(pairs) } else { Err(ServiceError::Invalid(faults)) }
}

fn registered_differs(field: &Field, value: &str) -> Finding {
    Finding {
        code: "registered_differs".to_owned(),
        severity: Severity::Refusal,
        clause: field.source.clause().cloned(),
        field: Some(field.id.clone()),
        message: Text::new(
            format!("“{}”取自单位注册信息：{value}", field.label.zh),
            format!("“{}” comes from the registration: {value}", field.label.en),
        ),
        remedy: Text::new(
            "名称有变更的，在“本单位”页修改；其他单位牵头的，由该单位申报",
            "Change a name on the page of your organisation; another lead applies by itself",
        ),
    }
}
