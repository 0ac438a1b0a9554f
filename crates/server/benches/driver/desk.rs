//! A desk with ten thousand submitted applications: a few made through the use cases, the rest their copies, row by row.

use std::collections::BTreeMap;

use jiebang_domain::recommendation::{Answer, Stance, questions};
use jiebang_domain::shared::Region;
use jiebang_service::{DeskPage, FILE_BYTES_MAX, Role, ServiceError, Sign, Stored, Submit};
use jiebang_store::{
    ApplicationRow, AssessmentRow, Connection, FileRow, NewEvent, OpinionRow, ReturnRow, SectionRow,
    SubmissionRow,
};
use jiebang_testkit::{PASSWORD, Ready, Setup, TestApp, add_user, files::pdf, ready_draft};
use sha2::{Digest, Sha256};

use crate::driver::Failure;

/// A ministry's call with a fixed quota, so that a list can be confirmed while applications come in.
pub const CALL: &str = "miit-2021-ai-devices";
/// The region of the desk.
pub const REGION: &str = "44";
/// What the clock shows while they come in.
pub const NOW: &str = "2021-12-01T09:00:00+08:00";
/// An officer of the desk.
pub const OFFICER: &str = "industry";
/// Applications at the desk.
pub const APPLICATIONS: usize = 10_000;
/// Those that are copied.
const ORIGINALS: usize = 20;
/// Copies that one act makes.
const COPIES_OF_ACT: usize = 50;
/// Bytes of a large file.
const LARGE_BYTES: usize = 4 << 20;
/// Places on the list; the quota of the call.
const RANKED: usize = 25;

/// The desk.
pub struct Desk {
    pub app: TestApp,
    /// Applications with the files of each, the newest last.
    pub applications: Vec<(String, Vec<String>)>,
}

/// The rows of a submitted application.
#[derive(Clone)]
struct Original {
    application: ApplicationRow,
    sections: Vec<SectionRow>,
    files: Vec<FileRow>,
    submission: SubmissionRow,
}

impl Original {
    fn ids(&self) -> (String, Vec<String>) {
        (self.application.id.clone(), self.files.iter().map(|file| file.id.clone()).collect())
    }
}

impl Desk {
    /// Makes it in a fresh folder; on PostgreSQL where `JIEBANG_TEST_POSTGRES` names a server.
    pub async fn build() -> Result<Self, Failure> {
        let app = TestApp::with(Setup { now: NOW.to_owned(), ..Setup::default() }).await;
        for (name, role) in [(OFFICER, Role::IndustryAuthority), ("drug", Role::DrugRegulator)] {
            add_user(&app.service, name, role, Some(REGION), None).await;
        }
        let (mut originals, mut applications) = (Vec::new(), Vec::new());
        for nth in 0..ORIGINALS {
            let original = original(&app, nth).await?;
            applications.push(original.ids());
            originals.push(original);
        }
        let answers = answers(&app)?;
        let officer = app.service.actor_for_demo(OFFICER).await?.account_id;
        let large = large(&app).await?;
        let mut nth = ORIGINALS;
        while nth < APPLICATIONS {
            let end = APPLICATIONS.min(nth + COPIES_OF_ACT);
            let copies: Vec<Original> =
                (nth..end).map(|nth| copy(&originals[nth % ORIGINALS], nth, &large)).collect();
            applications.extend(copies.iter().map(Original::ids));
            write(&app, copies, nth, officer.clone(), answers.clone()).await?;
            nth = end;
        }
        confirm(&app).await?;
        Ok(Self { app, applications })
    }

    /// Closes what this process has open of it, so that the binary can take it.
    pub async fn close(&mut self) -> Result<(), Failure> {
        self.app.stop().await;
        Ok(self.app.service.store().close().await?)
    }

    /// A session of somebody.
    pub async fn session(&self, username: &str) -> Result<String, Failure> {
        let mut client = self.app.client();
        client.post("/login", &[("username", username), ("password", PASSWORD)]).await.expect(303);
        Ok(client.cookie("session").ok_or("no session")?.to_owned())
    }
}

/// What every sheet answers.
fn answers(app: &TestApp) -> Result<String, Failure> {
    let call = app.service.call(CALL)?.call;
    let met: BTreeMap<String, Answer> =
        questions(&call.call).map(|question| (question.code.clone(), Answer::Met)).collect();
    Ok(serde_json::to_string(&met)?)
}

/// Submits an application and reads its rows.
async fn original(app: &TestApp, nth: usize) -> Result<Original, Failure> {
    let number = u32::try_from(nth)? + 1;
    let sample = app.sample(CALL).of_organisation(number).of_region(REGION, &title(nth));
    let Ready { application: id, actor, .. } =
        ready_draft(&app.service, &sample, &format!("applicant-{number}")).await;
    let received_at = app.service.clock().now();
    let submit = Submit { application: id.clone(), seen: None, key: None, received_at };
    let receipt = app.service.submit(&actor, submit).await?.number;
    app.service
        .store()
        .read::<_, ServiceError>(Box::new(move |rows| {
            Box::pin(async move {
                let absent = || ServiceError::NotFound;
                Ok(Original {
                    application: rows.application(&id).await?.ok_or_else(absent)?,
                    sections: rows.sections(&id).await?,
                    files: rows.files(&id).await?,
                    submission: rows.submission_by_receipt(&receipt).await?.ok_or_else(absent)?,
                })
            })
        }))
        .await
        .map_err(Failure::from)
}

/// A file as large as scans are; it stands in the place of the first of each copy.
async fn large(app: &TestApp) -> Result<Stored, Failure> {
    let content = bytes::Bytes::from(pdf(&"a".repeat(LARGE_BYTES), 2));
    let stream = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(content)]);
    let evidence = &app.service.call(CALL)?.call.call.evidence[0].id;
    Ok(app.service.files().put(evidence, "evidence.pdf", stream, FILE_BYTES_MAX).await?)
}

fn file_id(nth: usize, place: usize) -> String {
    format!("01ZZZZZZZZ{place:06}{nth:010}")
}

fn title(nth: usize) -> String {
    format!("示例产品{nth:05}号")
}

/// The same application under another id and title; its number it gets when it is written.
fn copy(original: &Original, nth: usize, large: &Stored) -> Original {
    let mut copy = original.clone();
    let id = format!("01ZZZZZZZZ{nth:016}");
    copy.application.id.clone_from(&id);
    copy.application.title = title(nth);
    for section in &mut copy.sections {
        section.application_id.clone_from(&id);
        section.revision = 0;
    }
    for (place, file) in copy.files.iter_mut().enumerate() {
        file.id = file_id(nth, place);
        file.application_id.clone_from(&id);
    }
    if let Some(file) = copy.files.first_mut() {
        (file.sha256, file.size_bytes) = (large.sha256.clone(), large.size_bytes as i64);
    }
    let content = copy.submission.content.replace(&original.application.id, &id);
    copy.submission.content = content.replace(&original.application.title, &title(nth));
    copy.submission.content_sha256 = hex::encode(Sha256::digest(&copy.submission.content));
    copy.submission.application_id = id;
    copy
}

/// Writes copies, and what the desk has found out about them.
async fn write(
    app: &TestApp,
    copies: Vec<Original>,
    first: usize,
    officer: String,
    answers: String,
) -> Result<(), Failure> {
    app.service
        .store()
        .act::<(), ServiceError>(Box::new(move |rows| {
            Box::pin(async move {
                for (nth, copy) in (first..).zip(copies) {
                    let (id, at) = (copy.application.id.clone(), copy.submission.received_at);
                    add(rows, copy, nth).await?;
                    judge(rows, &id, nth, (&officer, &answers), at).await?;
                }
                Ok(())
            })
        }))
        .await
        .map_err(Failure::from)
}

async fn add(rows: &mut dyn Connection, copy: Original, nth: usize) -> Result<(), ServiceError> {
    let Original { mut application, sections, files, mut submission } = copy;
    let (old, old_sha256) =
        (receipt_number(&submission.receipt), value(&submission.receipt, "content_sha256"));
    let place = rows.next_number(&application.call_id).await?;
    let number = format!("{}-{place:06}", application.call_id);
    submission.receipt_number = format!("{number}-1");
    submission.receipt = submission
        .receipt
        .replace(&old, &submission.receipt_number)
        .replace(&old_sha256, &submission.content_sha256)
        .replace(&value(&submission.receipt, "application"), &application.id);
    application.number = Some(number);
    if nth % 100 == 99 {
        application.state = "reopened".to_owned();
    }
    rows.add_application(&application).await?;
    for section in &sections {
        rows.save_section(section).await?;
    }
    for file in &files {
        rows.add_file(file).await?;
    }
    let event = NewEvent {
        kind: "application_submitted".to_owned(),
        subject: submission.application_id.clone(),
        account_id: Some(submission.submitted_by.clone()),
        data: submission.receipt.clone(),
        at: submission.received_at,
    };
    submission.position = rows.add_event(&event).await?;
    rows.add_submission(&submission).await?;
    Ok(())
}

fn receipt_number(receipt: &str) -> String {
    value(receipt, "number")
}

/// A text of a receipt.
fn value(receipt: &str, key: &str) -> String {
    let receipt: serde_json::Value = serde_json::from_str(receipt).unwrap_or_default();
    receipt[key].as_str().unwrap_or_default().to_owned()
}

/// Of a hundred applications seventy are verified, two of them objected to, and one is returned.
async fn judge(
    rows: &mut dyn Connection,
    id: &str,
    nth: usize,
    (officer, answers): (&str, &str),
    at: i64,
) -> Result<(), ServiceError> {
    let application_id = id.to_owned();
    if nth % 100 == 99 {
        rows.add_return(&ReturnRow {
            application_id: application_id.clone(),
            version: 1,
            department: "industry_authority".to_owned(),
            note: "请补充检验报告的页码。".to_owned(),
            returned_at: at,
            returned_by: officer.to_owned(),
        })
        .await?;
    }
    if nth % 100 >= 70 {
        return Ok(());
    }
    rows.save_assessment(&AssessmentRow {
        application_id: application_id.clone(),
        version: 1,
        answers: answers.to_owned(),
        preferences: "[]".to_owned(),
        note: "已核对材料原件。".to_owned(),
        reason: "指标领先，已有临床应用。".to_owned(),
        remark: String::new(),
        revision: 0,
        updated_at: at,
        updated_by: officer.to_owned(),
    })
    .await?;
    for department in ["industry_authority", "drug_regulator"] {
        let objects = department == "drug_regulator" && nth.is_multiple_of(50);
        rows.save_opinion(&OpinionRow {
            application_id: application_id.clone(),
            department: department.to_owned(),
            version: 1,
            stance: if objects { "objects" } else { "agrees" }.to_owned(),
            note: if objects { "注册检验尚未完成。" } else { "" }.to_owned(),
            updated_at: at,
            updated_by: officer.to_owned(),
        })
        .await?;
    }
    Ok(())
}

/// Makes a list, has it signed by both departments, and opens it again: there is a confirmed version and an open list.
async fn confirm(app: &TestApp) -> Result<(), Failure> {
    let region = Region::parse(REGION).ok_or("no region")?;
    let (industry, drug) =
        (app.service.actor_for_demo(OFFICER).await?, app.service.actor_for_demo("drug").await?);
    let page = DeskPage {
        call: CALL.to_owned(),
        region,
        show: "assessed".to_owned(),
        find: String::new(),
        before: None,
        limit: 200,
    };
    let found = app.service.desk(Some(&industry), page).await?.entries;
    let good = found.into_iter().filter(|entry| {
        entry.candidate.opinions.iter().flatten().all(|opinion| opinion.stance == Stance::Agrees)
    });
    let ranks: Vec<(String, u32)> =
        good.map(|entry| entry.candidate.application).take(RANKED).zip(1..).collect();
    app.service.rank(&industry, CALL, region, 0, &ranks).await?;
    for actor in [&industry, &drug] {
        let seen = Some(app.service.recommendation_list(actor, CALL, region).await?.digest);
        app.service.sign_list(actor, Sign { call: CALL.to_owned(), region, seen, key: None }).await?;
    }
    app.service.reopen_list(&industry, CALL, region, "核对排序", None).await?;
    Ok(())
}
