//! The objection desk (异议受理).

use jiebang_domain::publication::{
    AnswerObjection, LodgeObjection, NoticeStage, Objection, Objector, Outcome,
};
use jiebang_domain::shared::Text;
use jiebang_store::ObjectionRow;
use jiff::Timestamp;
use serde_json::json;

use super::{PAGE, notice_rule, read_objection, refused, resource};
use crate::access::{Action, Actor};
use crate::recommendation::said;
use crate::selection::plan_of;
use crate::{Service, ServiceError, ledger};

/// Longest name or contact, in characters.
const LINE_MAX: usize = 200;
/// Most objections to one call that the desk takes; a flood of them is dealt with by people.
const OBJECTIONS_MAX: usize = 2_000;

/// An objection to lodge.
#[derive(Clone, Debug)]
pub struct FileObjection {
    /// Call.
    pub call: String,
    /// Stage of the list.
    pub stage: String,
    /// Who: the real name of a person. Nobody objects anonymously.
    pub name: String,
    /// How the person is reached.
    pub contact: String,
    /// Number of the entry that it is about; `None` for the whole list.
    pub number: Option<String>,
    /// Facts and reasons.
    pub text: String,
}

/// Answers an objection.
#[derive(Clone, Debug)]
pub struct GiveAnswer {
    /// Call.
    pub call: String,
    /// Number of the objection.
    pub number: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What was found, and what follows.
    pub answer: String,
}

/// An objection as the desk sees it.
#[derive(Clone, Debug)]
pub struct ObjectionView {
    /// Stage of the list.
    pub stage: String,
    /// The objection.
    pub objection: Objection,
    /// Number of the application that it is about.
    pub about: Option<String>,
    /// It waits, and its day has passed.
    pub overdue: bool,
}

impl Service {
    /// Lodges an objection to the list under public notice. Returns its number.
    ///
    /// # Errors
    /// `Invalid` with everything in its way: anonymous, outside the notice, nothing said.
    pub async fn file_objection(
        &self,
        actor: Option<&Actor>,
        sent: FileObjection,
    ) -> Result<String, ServiceError> {
        let call = self.call(&sent.call)?.call;
        self.access.require(actor, Action::FileObjection, &resource(&call))?;
        let view = self.list_version(actor, &sent.call, &sent.stage, None).await?;
        let rule = notice_rule(&view.plan.plan);
        let (Some(notice), Some(rule)) = (&view.notice, rule) else { return Err(not_noticed()) };
        let now = self.clock.now();
        let number = self.random.id(now);
        let application = match &sent.number {
            None => None,
            Some(number) => {
                let entry = view.file.entries.iter().find(|entry| entry.number == *number);
                // A number that is not on the list is told by the rules.
                Some(entry.map_or_else(|| number.clone(), |entry| entry.application.clone()))
            }
        };
        let lodged = LodgeObjection {
            number: number.clone(),
            objector: objector(&sent)?,
            application,
            text: said("text", &sent.text, false).or_else(long_text(&sent.text))?,
            evidence: Vec::new(),
        };
        let version = list_version(&view)?;
        let zone = &call.call.zone;
        let objection = Objection::lodge(lodged, &version, notice, &rule, &self.calls.holidays, zone, now)
            .map_err(|refusal| refused(&refusal, &view.plan.plan))?;
        let row = row_of(&sent, &objection, now, zone)?;
        let id = call.call.id.clone();
        let by = actor.map(|actor| actor.account_id.clone());
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let open = rows.objections(&id, "", (OBJECTIONS_MAX + 1) as i64).await?;
                    if open.len() > OBJECTIONS_MAX {
                        return Err(ServiceError::TooMany(3_600));
                    }
                    // Who objects is for the desk alone: the event says that there is an objection.
                    let facts = json!({ "objection": row.id, "stage": row.stage, "version": row.version,
                        "content_sha256": ledger::sha256(row.content.as_bytes()) });
                    rows.add_event(&ledger::event("objection_filed", &row.id, by, &facts, row.filed_at))
                        .await?;
                    Ok(rows.add_objection(&row).await?)
                })
            }))
            .await?;
        Ok(number)
    }

    /// Objections to the lists of a call, the newest first.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn objections(&self, actor: &Actor, call: &str) -> Result<Vec<ObjectionView>, ServiceError> {
        let call = self.call(call)?.call;
        self.access.require(Some(actor), Action::ReadSelection, &resource(&call))?;
        let id = call.call.id.clone();
        let rows = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let mut all: Vec<ObjectionRow> = Vec::new();
                    let mut after = String::new();
                    while all.len() <= OBJECTIONS_MAX {
                        let page = rows.objections(&id, &after, PAGE).await?;
                        let Some(last) = page.last() else { break };
                        after.clone_from(&last.id);
                        all.extend(page);
                    }
                    Ok(all)
                })
            }))
            .await?;
        let today = self.clock.now().to_zoned(call.call.zone.clone()).date();
        let view = |row: &ObjectionRow| {
            let objection = read_objection(row)?;
            let overdue = objection.is_overdue(today);
            Ok(ObjectionView { stage: row.stage.clone(), about: row_about(row), objection, overdue })
        };
        rows.iter().rev().map(view).collect()
    }

    /// Answers an objection.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` without words, or when it is answered already; `Stale`.
    pub async fn answer_objection(&self, actor: &Actor, sent: GiveAnswer) -> Result<(), ServiceError> {
        let call = self.call(&sent.call)?.call;
        self.access.require(Some(actor), Action::AnswerObjection, &resource(&call))?;
        let answer = said("answer", &sent.answer, false)?;
        let now = self.clock.now();
        let by = actor.account_id.clone();
        self.store
            .act::<(), ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let plan = plan_of(rows, &call).await?.ok_or(ServiceError::NotFound)?;
                    let row = rows.objection(&sent.number).await?;
                    let mut row =
                        row.filter(|row| row.call_id == call.call.id).ok_or(ServiceError::NotFound)?;
                    let given =
                        AnswerObjection { outcome: sent.outcome, answer: answer.clone(), by: by.clone() };
                    read_objection(&row)?
                        .answer(given, now)
                        .map_err(|refusal| refused(&refusal, &plan.plan))?;
                    let at = now.as_microsecond();
                    row.outcome = sent.outcome.id().to_owned();
                    row.answer = answer;
                    row.answered_at = Some(at);
                    row.answered_by = Some(by.clone());
                    rows.answer_objection(&row).await?;
                    let facts = json!({ "objection": row.id, "outcome": row.outcome, "answer": row.answer });
                    rows.add_event(&ledger::event("objection_answered", &row.id, Some(by), &facts, at))
                        .await?;
                    Ok(())
                })
            }))
            .await
    }
}

fn not_noticed() -> ServiceError {
    ServiceError::field(
        "no_notice",
        "text",
        Text::new("这份名单不在公示期内", "This list is not under public notice"),
        Text::new(
            "异议在公示期内提出；此后可以依法申诉",
            "Objections are taken during the notice; after it the law's own ways are open",
        ),
    )
}

/// An objection may be longer than what a desk writes; the rules of the room bound it.
fn long_text(text: &str) -> impl FnOnce(ServiceError) -> Result<String, ServiceError> {
    let text = text.trim().replace("\r\n", "\n");
    move |error| match &error {
        ServiceError::Invalid(findings) if findings.iter().all(|finding| finding.code == "text_too_long") => {
            Ok(text)
        }
        _ => Err(error),
    }
}

fn objector(sent: &FileObjection) -> Result<Objector, ServiceError> {
    let line = |field: &str, text: &str| {
        let text = said(field, text, false)?;
        if text.chars().count() > LINE_MAX {
            return Err(ServiceError::field(
                "text_too_long",
                field,
                Text::new(format!("上限 {LINE_MAX} 个字符"), format!("The limit is {LINE_MAX} characters")),
                Text::new("缩短", "Make it shorter"),
            ));
        }
        Ok(text)
    };
    let (name, contact) = (line("name", &sent.name)?, line("contact", &sent.contact)?);
    Ok(if name.is_empty() { Objector::Anonymous } else { Objector::Named { name, contact } })
}

pub(super) fn list_version(
    view: &super::ListVersionView,
) -> Result<jiebang_domain::publication::ListVersion, ServiceError> {
    Ok(jiebang_domain::publication::ListVersion {
        version: view.file.version,
        stage: view.file.kind,
        reason: view.file.reason,
        note: view.file.note.clone(),
        objection: view.file.objection.clone(),
        published_at: view.at,
        digest: super::digest(&view.sha256)?,
        entries: view.file.entries.clone(),
    })
}

fn row_of(
    sent: &FileObjection,
    objection: &Objection,
    now: Timestamp,
    zone: &jiff::tz::TimeZone,
) -> Result<ObjectionRow, ServiceError> {
    let fault = |error: &dyn std::fmt::Display| ServiceError::Internal(format!("objection: {error}"));
    let (name, contact) = match &objection.objector {
        Objector::Named { name, contact } => (name.clone(), contact.clone()),
        Objector::Sealed { organisation, contact, .. } => (organisation.clone(), contact.clone()),
        Objector::Anonymous => (String::new(), String::new()),
    };
    let due =
        jiebang_domain::shared::close_of_day(objection.answer_on, zone).map_err(|error| fault(&error))?;
    let stored = json!({ "objection": objection, "about": sent.number });
    Ok(ObjectionRow {
        id: objection.number.clone(),
        call_id: sent.call.clone(),
        stage: sent.stage.clone(),
        version: i64::from(objection.version),
        name,
        contact,
        sealed: i64::from(matches!(objection.objector, Objector::Sealed { .. })),
        content: ledger::canonical(&stored),
        filed_at: now.as_microsecond(),
        due_at: due.as_microsecond(),
        outcome: "open".to_owned(),
        answer: String::new(),
        answered_at: None,
        answered_by: None,
    })
}

fn row_about(row: &ObjectionRow) -> Option<String> {
    let stored: serde_json::Value = serde_json::from_str(&row.content).ok()?;
    stored.get("about")?.as_str().map(str::to_owned)
}

impl super::ListVersionView {
    /// Whether objections to it are taken at an instant.
    pub fn takes_objections(&self, now: Timestamp) -> bool {
        let runs = self.notice.as_ref().is_some_and(|notice| notice.stage(now) == NoticeStage::Running);
        runs && self.latest == self.file.version
    }
}
