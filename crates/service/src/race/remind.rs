//! Reminders of reports that are due, sent through the outbox by a sweep.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiebang_domain::race::{Reminder, reminders};
use jiebang_store::{Connection, TeamRow};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use super::track::{due_of, race_of, terms_of};
use crate::{LoadedCall, Service, ServiceError};

/// Name of the day up to which teams were reminded; what was due by then is not sent again.
const REMINDED: &str = "race_reminded_on";
/// Most tasks of a call.
const TASKS_MAX: i64 = 2_000;

impl Service {
    /// Puts into the outbox what teams are to be reminded of and were not yet: of reports that come due, and once of each that is
    /// overdue. Returns how many messages there were. Asking late loses none, and sends none that a later one has overtaken.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn remind_of_reports(&self) -> Result<u64, ServiceError> {
        let now = self.clock.now();
        let calls: Vec<Arc<LoadedCall>> = self.board().into_iter().map(|card| card.call).collect();
        self.store
            .act::<u64, ServiceError>(Box::new(move |rows| {
                Box::pin(async move {
                    let before = rows.setting(REMINDED).await?;
                    let before = before.and_then(|day| day.parse::<Timestamp>().ok());
                    let mut sent = 0;
                    for call in calls {
                        sent += remind(rows, &call, before, now).await?;
                    }
                    rows.set_setting(REMINDED, &now.to_string()).await?;
                    Ok(sent)
                })
            }))
            .await
    }
}

/// Reminds the teams of a call, task by task.
async fn remind(
    rows: &mut dyn Connection,
    call: &Arc<LoadedCall>,
    before: Option<Timestamp>,
    now: Timestamp,
) -> Result<u64, ServiceError> {
    let tasks = rows.raced_tasks(&call.call.id, "", TASKS_MAX).await?;
    if tasks.is_empty() {
        return Ok(0);
    }
    let Some(terms) = terms_of(rows, call).await? else { return Ok(0) };
    let day = |at: Timestamp| at.to_zoned(call.call.zone.clone()).date();
    let mut sent = 0;
    for task in tasks {
        let mut received: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for report in rows.task_reports(&call.call.id, &task.task).await? {
            received.entry(report.application_id).or_default().insert(report.due_at);
        }
        for team in rows.teams(&call.call.id, &task.task).await? {
            let received = received.remove(&team.application_id).unwrap_or_default();
            let race = race_of(call, &team, Some(&terms))?;
            for reminder in new(call, &team, &race, &received, (before.map(day), day(now))) {
                let notice = json!({
                    "event": "report_due",
                    "application": team.application_id,
                    "report": reminder.report,
                    "key": reminder.key(),
                });
                rows.add_outbox("notify", &notice.to_string(), now.as_microsecond()).await?;
                sent += 1;
            }
        }
    }
    Ok(sent)
}

/// What a team is to be reminded of on a day and was not to be on the day of the last sweep.
fn new(
    call: &LoadedCall,
    team: &TeamRow,
    race: &jiebang_domain::race::Race,
    received: &BTreeSet<i64>,
    (before, today): (Option<Date>, Date),
) -> Vec<Reminder> {
    let Some(schedule) = &race.schedule else { return Vec::new() };
    let due = due_of(call, team, race);
    let numbers: BTreeSet<u32> = due
        .iter()
        .filter(|of| received.contains(&of.closes_at.as_microsecond()))
        .map(|of| of.number)
        .collect();
    let known = before.map(|before| reminders(schedule, &due, &numbers, before)).unwrap_or_default();
    let now = reminders(schedule, &due, &numbers, today);
    now.into_iter().filter(|reminder| !known.contains(reminder)).collect()
}
