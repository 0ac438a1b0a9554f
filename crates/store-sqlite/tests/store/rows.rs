//! Rows to begin with, and one of each kind.

use crate::act;
use jiebang_store::{
    AccountRow, ApplicationRow, CallRow, Connection, FileRow, InvitationRow, NewEvent, OrganisationRow,
    SectionRow, SessionRow, StoreError, SubmissionRow,
};
use jiebang_store_sqlite::SqliteStore;

/// The organisation, account and call that the other rows refer to.
pub async fn lay_ground(store: &SqliteStore) -> Result<(), StoreError> {
    act!(store, connection => {
        connection.add_organisation(&organisation("o1")).await?;
        connection.add_account(&account("a1")).await?;
        connection.add_call(&call("c1", "v1")).await
    })
}

pub fn organisation(id: &str) -> OrganisationRow {
    OrganisationRow {
        id: id.to_owned(),
        code: format!("code of {id}"),
        name: "骨科材料有限公司".to_owned(),
        kind: "enterprise".to_owned(),
        region: "11".to_owned(),
        legal_representative: "王".to_owned(),
        mainland: true,
        legal_person: false,
        address: "北京市".to_owned(),
        created_at: 1,
    }
}

pub fn account(id: &str) -> AccountRow {
    AccountRow {
        id: id.to_owned(),
        username: format!("name of {id}"),
        password_hash: "hash".to_owned(),
        name: "李".to_owned(),
        role: "applicant".to_owned(),
        organisation_id: Some("o1".to_owned()),
        region: None,
        email: String::new(),
        language: "zh".to_owned(),
        created_at: 2,
        disabled_at: None,
    }
}

pub fn session(token: &str, expires_at: i64) -> SessionRow {
    SessionRow { token_sha256: token.to_owned(), account_id: "a1".to_owned(), created_at: 3, expires_at }
}

pub fn invitation(token: &str) -> InvitationRow {
    InvitationRow {
        token_sha256: token.to_owned(),
        organisation_id: "o1".to_owned(),
        created_by: "a1".to_owned(),
        created_at: 4,
        expires_at: 5,
        used_at: None,
    }
}

pub fn call(id: &str, version: &str) -> CallRow {
    CallRow { id: id.to_owned(), version: version.to_owned(), sources: "{}".to_owned(), published_at: 6 }
}

pub fn application(id: &str) -> ApplicationRow {
    ApplicationRow {
        id: id.to_owned(),
        call_id: "c1".to_owned(),
        call_version: "v1".to_owned(),
        organisation_id: "o1".to_owned(),
        state: "draft".to_owned(),
        title: "可降解骨修复材料".to_owned(),
        task: String::new(),
        number: None,
        version: 0,
        submitted_at: None,
        created_at: 7,
        created_by: "a1".to_owned(),
        updated_at: 7,
        revision: 1,
        region: None,
        lead: None,
    }
}

pub fn section(application_id: &str, name: &str, revision: i64) -> SectionRow {
    SectionRow {
        application_id: application_id.to_owned(),
        section: name.to_owned(),
        revision,
        content: r#"{"title":"骨"}"#.to_owned(),
        updated_at: 8,
        updated_by: "a1".to_owned(),
    }
}

pub fn file(id: &str, application_id: &str, created_at: i64) -> FileRow {
    FileRow {
        id: id.to_owned(),
        application_id: application_id.to_owned(),
        evidence: "credit".to_owned(),
        member: 0,
        name: "信用.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size_bytes: 5_000_000_000,
        sha256: "ab".to_owned(),
        pages: Some(3),
        created_at,
        created_by: "a1".to_owned(),
        added_version: 0,
        removed_version: None,
    }
}

pub fn submission(application_id: &str, version: i64) -> SubmissionRow {
    SubmissionRow {
        application_id: application_id.to_owned(),
        version,
        receipt_number: format!("receipt of {application_id} {version}"),
        content: "字".repeat(1_400),
        content_sha256: "cd".to_owned(),
        receipt: "{}".to_owned(),
        received_at: 9,
        submitted_by: "a1".to_owned(),
        position: 7,
    }
}

pub fn event(subject: &str) -> NewEvent {
    NewEvent {
        kind: "application_submitted".to_owned(),
        subject: subject.to_owned(),
        account_id: Some("a1".to_owned()),
        data: "{}".to_owned(),
        at: 10,
    }
}

/// What a submission writes, for one application: row, frozen copy, event, outbox.
pub async fn submit(connection: &mut dyn Connection, id: &str) -> Result<(), StoreError> {
    connection.add_application(&application(id)).await?;
    connection.add_submission(&submission(id, 1)).await?;
    connection.add_event(&event(id)).await?;
    connection.add_outbox("notify", id, 11).await
}

/// How much of `submit` is there: 0 for nothing, 4 for all.
pub async fn submitted(connection: &mut dyn Connection, id: &str) -> Result<usize, StoreError> {
    let row = connection.application(id).await?;
    let copies = connection.submissions(id).await?;
    let events = connection.events_of(id).await?;
    let outbox = connection.outbox(100_000).await?;
    let outbox = outbox.iter().filter(|entry| entry.payload == id).count();
    Ok(usize::from(row.is_some()) + copies.len() + events.len() + outbox)
}
