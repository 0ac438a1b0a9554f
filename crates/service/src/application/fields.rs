//! Changing fields by path, of any section, in one act: how programs fill in.

use std::collections::{BTreeMap, BTreeSet};

use jiebang_domain::application::{Content, PARTNERS, Value};
use jiebang_domain::call::{FieldKind, Section};
use jiebang_domain::shared::{Finding, Severity, Text};
use jiebang_store::{NewEvent, SectionRow, StoreError};
use jiff::Timestamp;
use serde_json::json;

use super::loaded::{Loaded, application_of};
use super::sections::{changed, named, without_registered};
use crate::access::{Action, Actor};
use crate::error::Conflict;
use crate::idempotency::Once;
use crate::{Service, ServiceError, ledger};

/// How often something is tried again when others go on changing the application.
const TRIES_MAX: usize = 3;

/// Fields as sent by a program: what it saw, and what they hold now.
#[derive(Clone, Debug)]
pub struct ChangeFields {
    /// Application.
    pub application: String,
    /// [`ApplicationView::revision`](super::ApplicationView::revision) that was seen.
    pub revision: i64,
    /// Field paths and values as a form would send them. Cells that come without the `rows` of their table change these cells; with
    /// it the table is replaced whole.
    pub pairs: Vec<(String, String)>,
}

/// What a change writes.
struct Changed {
    rows: Vec<(SectionRow, NewEvent)>,
    /// Task and name, where the change holds their section.
    task: Option<String>,
    title: Option<String>,
    /// Numbers of the partners, where the change holds their table.
    partners: Vec<u32>,
}

impl Service {
    /// Changes fields by path and returns the application's new revision. All faults are told at once, and then nothing is saved;
    /// values that break a rule are saved, since a draft may be wrong.
    ///
    /// # Errors
    /// `Invalid`, `Refused` after the deadline or in the wrong state, `Conflict` with both states.
    pub async fn change_fields(&self, actor: &Actor, change: ChangeFields) -> Result<i64, ServiceError> {
        let loaded = self.loaded_for(Some(actor), Action::EditApplication, &change.application).await?;
        let now = self.clock.now();
        loaded.application().may_change(&loaded.call.call, now)?;
        if loaded.rows.application.revision != change.revision {
            return Err(self.conflict_of(&loaded, &change).await?);
        }
        let changed = prepare(&loaded, actor, &change.pairs, now)?;
        match self.store_fields(&loaded, changed, None, now).await {
            Err(ServiceError::Store(StoreError::Stale)) => {
                let loaded = self.loaded(&change.application).await?;
                Err(self.conflict_of(&loaded, &change).await?)
            }
            other => other,
        }
    }

    /// Adds a partner at the end of the table of partners and returns its number. The pairs are columns and values; others may change
    /// the application meanwhile, for nothing of theirs is touched.
    ///
    /// # Errors
    /// `Invalid`, `Refused` after the deadline or in the wrong state, `KeyReused`; `Busy` where others go on changing it.
    pub async fn add_partner(
        &self,
        actor: &Actor,
        application: &str,
        pairs: &[(String, String)],
        key: Option<String>,
    ) -> Result<u32, ServiceError> {
        let now = self.clock.now();
        let once = Once::new(actor, key, &format!("partner {application} {pairs:?}"), now);
        for _ in 0..TRIES_MAX {
            let loaded = self.loaded_for(Some(actor), Action::EditApplication, application).await?;
            if let Some(before) = self.answered(&once).await? {
                return before.parse().map_err(|_| ServiceError::Internal(format!("kept answer {before}")));
            }
            loaded.application().may_change(&loaded.call.call, now)?;
            let place = loaded.content()?.rows(PARTNERS).len() + 1;
            let cell =
                |(column, value): &(String, String)| (format!("{PARTNERS}.{place}.{column}"), value.clone());
            let mut cells: Pairs = pairs.iter().map(cell).collect();
            if cells.is_empty() {
                cells.push((format!("{PARTNERS}.{place}.name"), String::new()));
            }
            let changed = prepare(&loaded, actor, &cells, now)?;
            let number = changed.partners.get(place - 1).copied().ok_or_else(blank_partner)?;
            let keep = Some((once.clone(), number.to_string()));
            match self.store_fields(&loaded, changed, keep, now).await {
                Err(ServiceError::Store(StoreError::Stale)) => {}
                other => return other.map(|_| number),
            }
        }
        Err(StoreError::Busy.into())
    }

    /// What a request was answered before, if it was done.
    pub(crate) async fn answered(&self, once: &Once) -> Result<Option<String>, ServiceError> {
        let once = once.clone();
        self.store
            .read::<_, ServiceError>(Box::new(move |rows| Box::pin(async move { once.before(rows).await })))
            .await
    }

    async fn store_fields(
        &self,
        loaded: &Loaded,
        changed: Changed,
        keep: Option<(Once, String)>,
        now: Timestamp,
    ) -> Result<i64, ServiceError> {
        let (id, seen) = (loaded.rows.application.id.clone(), loaded.rows.application.revision);
        let call = loaded.call.clone();
        self.store
            .act::<i64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut application = rows.application(&id).await?.ok_or(ServiceError::NotFound)?;
                    application_of(&application).may_change(&call.call, now)?;
                    if application.revision != seen {
                        return Err(StoreError::Stale.into());
                    }
                    for (row, event) in &changed.rows {
                        rows.save_section(row).await?;
                        rows.add_event(event).await?;
                    }
                    // Lists show the version that counts, and until there is one the draft.
                    if application.version == 0 {
                        application.task = changed.task.unwrap_or(application.task);
                        application.title = changed.title.unwrap_or(application.title);
                    }
                    application.updated_at = now.as_microsecond();
                    rows.change_application(&application).await?;
                    if let Some((once, answer)) = keep {
                        once.keep(rows, &answer).await?;
                    }
                    Ok(seen + 1)
                })
            }))
            .await
    }

    /// Both states of an application that somebody else changed first.
    async fn conflict_of(
        &self,
        loaded: &Loaded,
        change: &ChangeFields,
    ) -> Result<ServiceError, ServiceError> {
        let last = loaded.rows.sections.iter().max_by_key(|row| row.updated_at);
        let by = match last {
            Some(row) => self.account_name(&row.updated_by).await?,
            None => String::new(),
        };
        let sent: BTreeMap<&str, &str> =
            change.pairs.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
        Ok(ServiceError::Conflict(Box::new(Conflict {
            revision: loaded.rows.application.revision,
            by,
            stored: serde_json::to_value(loaded.content()?).unwrap_or_default(),
            sent: json!(sent),
        })))
    }
}

/// The sections that change, as they will be.
fn prepare(
    loaded: &Loaded,
    actor: &Actor,
    pairs: &[(String, String)],
    now: Timestamp,
) -> Result<Changed, ServiceError> {
    let mut faults = Vec::new();
    let content = loaded.content()?;
    let sent_task = pairs.iter().find(|(path, _)| path == "task").map(|(_, value)| value.as_str());
    let task = sent_task.unwrap_or_else(|| content.text("task")).to_owned();
    let mut prepared = Changed { rows: Vec::new(), task: None, title: None, partners: Vec::new() };
    for (section, mut pairs) in by_section(loaded, pairs, &mut faults) {
        let stored = rows_of_tables(section, &content, &pairs);
        pairs.extend(stored);
        let of_section =
            without_registered(loaded, pairs).and_then(|pairs| changed(loaded, section, &task, &pairs));
        match of_section {
            Ok(content) => {
                let (title, task) = named(&content);
                prepared.task = content.0.contains_key("task").then_some(task).or(prepared.task);
                prepared.title = content.0.contains_key("task_name").then_some(title).or(prepared.title);
                prepared.partners.extend(content.members().into_iter().skip(1));
                prepared.rows.push(row_of(loaded, actor, section, &content, now)?);
            }
            Err(ServiceError::Invalid(found)) => faults.extend(found),
            Err(other) => return Err(other),
        }
    }
    if faults.is_empty() { Ok(prepared) } else { Err(ServiceError::Invalid(faults)) }
}

type Pairs = Vec<(String, String)>;

/// The pairs by their sections, in the order of the form. A path of no section is told.
fn by_section<'l>(
    loaded: &'l Loaded,
    pairs: &[(String, String)],
    faults: &mut Vec<Finding>,
) -> Vec<(&'l Section, Pairs)> {
    let call = &loaded.call.call;
    let mut sorted: Vec<(&Section, Pairs)> =
        call.sections.iter().map(|section| (section, Vec::new())).collect();
    for (path, value) in pairs {
        let of = call.section_of(path).map(|section| section.id.as_str());
        match sorted.iter_mut().find(|(section, _)| Some(section.id.as_str()) == of) {
            Some((_, pairs)) => pairs.push((path.clone(), value.clone())),
            None => faults.push(unknown(path)),
        }
    }
    sorted.retain(|(_, pairs)| !pairs.is_empty());
    sorted
}

/// The stored cells of tables of which only cells were sent, as a form would send them.
fn rows_of_tables(section: &Section, content: &Content, sent: &[(String, String)]) -> Pairs {
    let mut pairs = Vec::new();
    let paths: BTreeSet<&str> = sent.iter().map(|(path, _)| path.as_str()).collect();
    let tables = section.entries.iter().filter_map(|entry| match entry {
        jiebang_domain::call::Entry::Field(field)
            if matches!(field.kind, FieldKind::Table(_) | FieldKind::WorkPlan(_)) =>
        {
            Some(field.id.as_str())
        }
        _ => None,
    });
    for table in tables {
        let inside = |path: &str| path.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'));
        let marker = format!("{table}.rows");
        if paths.contains(marker.as_str()) || !paths.iter().any(|path| inside(path)) {
            continue;
        }
        let rows = content.rows(table);
        pairs.push((marker, rows.len().to_string()));
        for (nth, (column, cell)) in
            (1..).zip(rows).flat_map(|(nth, row)| row.iter().map(move |cell| (nth, cell)))
        {
            let path = format!("{table}.{nth}.{column}");
            let value = match cell {
                Value::Text(text) => text.clone(),
                Value::Boolean(yes) => if *yes { "yes" } else { "no" }.to_owned(),
                Value::Rows(_) | Value::Promises(_) => continue,
            };
            if !paths.contains(path.as_str()) {
                pairs.push((path, value));
            }
        }
    }
    pairs
}

fn row_of(
    loaded: &Loaded,
    actor: &Actor,
    section: &Section,
    content: &Content,
    now: Timestamp,
) -> Result<(SectionRow, NewEvent), ServiceError> {
    let stored = loaded.rows.sections.iter().find(|row| row.section == section.id);
    let at = now.as_microsecond();
    let row = SectionRow {
        application_id: loaded.rows.application.id.clone(),
        section: section.id.clone(),
        revision: stored.map_or(0, |row| row.revision),
        content: serde_json::to_string(content).map_err(|error| ServiceError::Internal(error.to_string()))?,
        updated_at: at,
        updated_by: actor.account_id.clone(),
    };
    let facts = json!({ "section": row.section, "sha256": ledger::sha256(row.content.as_bytes()) });
    let by = Some(actor.account_id.clone());
    let event = ledger::event("section_saved", &row.application_id, by, &facts, at);
    Ok((row, event))
}

fn blank_partner() -> ServiceError {
    ServiceError::field(
        "field_blank",
        "name",
        Text::new("没有填写联合单位", "Nothing is said of the partner"),
        Text::new("填写单位名称", "Give its name"),
    )
}

fn unknown(path: &str) -> Finding {
    let shown: String = path.chars().take(80).collect();
    Finding {
        code: "field_unknown".to_owned(),
        severity: Severity::Refusal,
        clause: None,
        message: Text::new(format!("申报书没有栏目 {shown}"), format!("The form has no field {shown}")),
        field: Some(shown),
        remedy: Text::new("按通知列出的栏目路径填写", "Use the paths that the call lists under fields"),
    }
}
