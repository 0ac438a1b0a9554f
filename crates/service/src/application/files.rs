//! Files attached as evidence.

use std::sync::Arc;

use jiebang_domain::shared::Text;
use jiebang_store::{Connection, FileRow, StoreError};
use serde_json::json;

use super::loaded::{Loaded, application_of};
use super::views::{self, FileView};
use crate::access::{Action, Actor};
use crate::idempotency::Once;
use crate::{LoadedCall, Service, ServiceError, ledger};

/// Most files of one application.
const FILES_MAX: usize = 100;

/// A file as sent.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Evidence id of the call.
    pub evidence: String,
    /// Member that it belongs to, the lead being 0.
    pub member: u32,
    /// Name as sent.
    pub name: String,
    /// Makes a repeated request the same request.
    pub key: Option<String>,
}

impl Service {
    /// Attaches a file that was stored under its hash.
    ///
    /// # Errors
    /// `Invalid` for unknown evidence or too many files, `Refused` after the deadline or in the wrong state.
    pub async fn attach_file(
        &self,
        actor: &Actor,
        application: &str,
        upload: Upload,
        stored: crate::files::Stored,
    ) -> Result<FileView, ServiceError> {
        let now = self.clock.now();
        let Upload { evidence, member, name, key } = &upload;
        let asked = format!("attach {application} {evidence} {member} {} {name}", stored.sha256);
        let once = Once::new(actor, key.clone(), &asked, now);
        self.may_upload(actor, application).await?;
        if let Some(id) = self.answered(&once).await? {
            return self.attached_file(Some(actor), application, &id).await;
        }
        let loaded = self.may_attach(actor, application, &upload).await?;
        let row = FileRow {
            id: self.random.id(now),
            application_id: application.to_owned(),
            evidence: upload.evidence,
            member: i64::from(upload.member),
            name: upload.name,
            media_type: stored.media_type,
            size_bytes: i64::try_from(stored.size_bytes).unwrap_or(i64::MAX),
            sha256: stored.sha256,
            pages: Some(i64::from(stored.pages)),
            created_at: now.as_microsecond(),
            created_by: actor.account_id.clone(),
            added_version: 0,
            removed_version: None,
        };
        let data = json!({ "evidence": row.evidence, "member": row.member, "sha256": row.sha256, "bytes": row.size_bytes });
        let (added, call) = (row.clone(), loaded.call.clone());
        self.change_files(actor, application, "file_attached", data, call, move |rows, submissions| {
            Box::pin(async move {
                // Others may have attached files while this one was received.
                if rows.files(&added.application_id).await?.len() >= FILES_MAX {
                    return Err(too_many_files(&added.evidence));
                }
                once.keep(rows, &added.id).await?;
                Ok(rows.add_file(&FileRow { added_version: submissions, ..added }).await?)
            })
        })
        .await?;
        Ok(views::file_view(&row))
    }

    /// Whether the actor may attach files to the application at all, before their bytes are received.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`.
    pub async fn may_upload(&self, actor: &Actor, application: &str) -> Result<(), ServiceError> {
        self.loaded_for(Some(actor), Action::AttachFile, application).await.map(|_| ())
    }

    /// Checks whether a file may be attached, before its bytes are received.
    ///
    /// # Errors
    /// As [`Service::attach_file`].
    pub async fn check_upload(
        &self,
        actor: &Actor,
        application: &str,
        upload: &Upload,
    ) -> Result<(), ServiceError> {
        self.may_attach(actor, application, upload).await.map(|_| ())
    }

    async fn may_attach(
        &self,
        actor: &Actor,
        application: &str,
        upload: &Upload,
    ) -> Result<Loaded, ServiceError> {
        let loaded = self.loaded_for(Some(actor), Action::AttachFile, application).await?;
        loaded.application().may_change(&loaded.call.call, self.clock.now())?;
        let field = format!("evidence.{}", upload.evidence);
        let known = loaded.call.call.evidence.iter().find(|evidence| evidence.id == upload.evidence);
        let members = match known {
            None => Vec::new(),
            Some(evidence) if evidence.per_member => loaded.content()?.members(),
            Some(_) => vec![0],
        };
        if !members.contains(&upload.member) {
            return Err(ServiceError::field(
                "evidence_unknown",
                &field,
                Text::new("没有这一项证明材料或这个单位", "There is no such evidence or unit"),
                Text::new("刷新页面后重新选择", "Reload the page and choose again"),
            ));
        }
        if loaded.rows.files.len() >= FILES_MAX {
            return Err(too_many_files(&upload.evidence));
        }
        Ok(loaded)
    }

    /// Takes a file off the draft; submitted versions keep theirs.
    ///
    /// # Errors
    /// `NotFound`, `Refused` after the deadline or in the wrong state.
    pub async fn remove_file(
        &self,
        actor: &Actor,
        application: &str,
        file: &str,
    ) -> Result<(), ServiceError> {
        let loaded = self.loaded_for(Some(actor), Action::AttachFile, application).await?;
        loaded.application().may_change(&loaded.call.call, self.clock.now())?;
        let row = loaded.rows.files.iter().find(|row| row.id == file).ok_or(ServiceError::NotFound)?;
        let data = json!({ "evidence": row.evidence, "member": row.member, "sha256": row.sha256 });
        let (id, call) = (row.id.clone(), loaded.call.clone());
        self.change_files(actor, application, "file_removed", data, call, move |rows, submissions| {
            Box::pin(async move {
                rows.remove_file(&id, submissions).await.map_err(|error| match error {
                    // Somebody else was quicker.
                    StoreError::Stale => ServiceError::NotFound,
                    other => other.into(),
                })
            })
        })
        .await
    }

    /// One act on the files of a draft; `change` is told how many submissions there are so far.
    async fn change_files(
        &self,
        actor: &Actor,
        application: &str,
        kind: &str,
        data: serde_json::Value,
        call: Arc<LoadedCall>,
        change: impl for<'a> FnOnce(
            &'a mut dyn Connection,
            i64,
        ) -> jiebang_store::BoxFuture<'a, Result<(), ServiceError>>
        + Send
        + 'static,
    ) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let at = now.as_microsecond();
        let event = ledger::event(kind, application, Some(actor.account_id.clone()), &data, at);
        let id = application.to_owned();
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut row = rows.application(&id).await?.ok_or(ServiceError::NotFound)?;
                    application_of(&row).may_change(&call.call, now)?;
                    change(&mut *rows, row.version).await?;
                    row.updated_at = at;
                    rows.change_application(&row).await?;
                    rows.add_event(&event).await?;
                    Ok(())
                })
            }))
            .await
    }

    /// A file for download: attached to what the actor may see, or named by a submitted version.
    ///
    /// # Errors
    /// `NotFound` when it is not there or not the actor's business.
    pub async fn attached_file(
        &self,
        actor: Option<&Actor>,
        application: &str,
        file: &str,
    ) -> Result<FileView, ServiceError> {
        let loaded = self.loaded_for(actor, Action::ReadFile, application).await?;
        if let Some(row) = loaded.rows.files.iter().find(|row| row.id == file) {
            return Ok(views::file_view(row));
        }
        let id = file.to_owned();
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| Box::pin(async move { Ok(rows.file(&id).await?) })))
            .await?;
        let submissions = loaded.rows.application.version;
        let own = self.access.allows(actor, Action::ReadDraft, &loaded.resource());
        let shown = |row: &FileRow| own || row.added_version < row.removed_version.unwrap_or(submissions);
        let row = found.filter(|row| row.application_id == application && shown(row));
        Ok(views::file_view(&row.ok_or(ServiceError::NotFound)?))
    }
}

fn too_many_files(evidence: &str) -> ServiceError {
    ServiceError::field(
        "files_too_many",
        &format!("evidence.{evidence}"),
        Text::new(format!("文件已达{FILES_MAX}个"), format!("There are {FILES_MAX} files already")),
        Text::new("合并或删除文件", "Merge or remove files"),
    )
}
