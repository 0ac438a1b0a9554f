//! A published shortlist opens the race: each team begins with its task statement as it was submitted, frozen.

use jiebang_domain::call::Anchor;
use jiebang_domain::race::{LastDay, Track, execution_period};
use jiebang_domain::shared::{ListKind, ListPublished, Text, close_of_day};
use jiebang_store::{ApplicationRow, BaselineRow, Connection, TeamRow};
use jiff::Timestamp;
use serde_json::json;

use super::{refused, statement};
use crate::application::{frozen_fields, receipt_number};
use crate::{LoadedCall, Service, ServiceError, ledger};

/// A shortlist as it is published (入围名单).
#[derive(Clone, Debug)]
pub struct Opened {
    /// Version of the list, from 1.
    pub version: i64,
    /// Applications on it, each with its class.
    pub entries: Vec<(String, String)>,
    /// When it is published; the day in the call's zone sets off the period.
    pub at: Timestamp,
    /// Account that publishes it.
    pub by: String,
}

/// Lets the teams of a list into the race, in the act that publishes it. Returns how many are new. A team that is in the race keeps its
/// period and its baselines, whatever a later list says of it: only its class follows the list. A team that a corrected list leaves
/// out keeps its track: the rules end one by the team's own act or the office's, and a list is neither.
///
/// # Errors
/// `Invalid` where an application has no submitted version or the period cannot be reckoned.
pub(crate) async fn open_race(
    rows: &mut dyn Connection,
    call: &LoadedCall,
    list: &Opened,
) -> Result<usize, ServiceError> {
    let (starts_at, ends_at) = period(call, list.at)?;
    let mut new = 0;
    for (application, class) in &list.entries {
        if let Some(team) = rows.team(application).await? {
            reclassify(rows, team, class, list).await?;
            continue;
        }
        let row = rows.application(application).await?.ok_or(ServiceError::NotFound)?;
        if row.call_id != call.call.id {
            return Err(ServiceError::NotFound);
        }
        let (content, task) = first_statement(rows, call, &row).await?;
        let team = TeamRow {
            application_id: application.clone(),
            call_id: call.call.id.clone(),
            task,
            class: class.clone(),
            list_version: list.version,
            starts_at,
            ends_at,
            baseline_version: 1,
            revision: 1,
        };
        begin(rows, &team, &content, list).await?;
        new += 1;
    }
    Ok(new)
}

/// Adds a team with its first baseline.
async fn begin(
    rows: &mut dyn Connection,
    team: &TeamRow,
    content: &str,
    list: &Opened,
) -> Result<(), ServiceError> {
    let at = list.at.as_microsecond();
    let statement = statement::thawed(content)?;
    let digest = statement.digest.to_string();
    let (track, _) = Track::begin(team.application_id.clone(), statement, list.at);
    let version = track.baseline().map_or(1, |baseline| i64::from(baseline.version));
    let facts = json!({
        "list_version": list.version,
        "class": team.class,
        "baseline": version,
        "content_sha256": digest,
        "ends_at": team.ends_at,
    });
    let event = ledger::event("race_opened", &team.application_id, Some(list.by.clone()), &facts, at);
    let position = rows.add_event(&event).await?;
    rows.add_team(team).await?;
    rows.add_baseline(&BaselineRow {
        application_id: team.application_id.clone(),
        version,
        content: content.to_owned(),
        content_sha256: digest,
        request_id: None,
        frozen_at: at,
        frozen_by: list.by.clone(),
        position,
    })
    .await?;
    let notice = json!({ "event": "race_opened", "application": team.application_id });
    Ok(rows.add_outbox("notify", &notice.to_string(), at).await?)
}

/// Gives a team that races the class of a corrected list; the same list again changes nothing.
async fn reclassify(
    rows: &mut dyn Connection,
    mut team: TeamRow,
    class: &str,
    list: &Opened,
) -> Result<(), ServiceError> {
    if team.class == class || list.version <= team.list_version {
        return Ok(());
    }
    let facts = json!({ "list_version": list.version, "class": class });
    let (by, at) = (Some(list.by.clone()), list.at.as_microsecond());
    rows.add_event(&ledger::event("team_reclassified", &team.application_id, by, &facts, at)).await?;
    class.clone_into(&mut team.class);
    Ok(rows.change_team(&team).await?)
}

/// The statement of the submitted version that counts, frozen, and its task.
async fn first_statement(
    rows: &mut dyn Connection,
    call: &LoadedCall,
    row: &ApplicationRow,
) -> Result<(String, String), ServiceError> {
    let number = row.number.as_deref().unwrap_or_default();
    let copy = rows.submission_by_receipt(&receipt_number(number, row.version)).await?;
    let fields = copy.as_ref().map(frozen_fields).transpose()?.flatten();
    let Some(fields) = fields else {
        return Err(ServiceError::field(
            "submission_missing",
            "entries",
            Text::new(
                format!("申报 {} 没有可用的提交版本", row.id),
                format!("The application {} has no submitted version", row.id),
            ),
            Text::new("从名单中去掉该申报", "Take it off the list"),
        ));
    };
    let (content, _) = statement::submitted(&call.call, &fields)?;
    Ok((content, fields.text("task").to_owned()))
}

/// When the work of a list begins and, exclusively, ends, in microseconds; a call without a period from its list has no end.
fn period(call: &LoadedCall, at: Timestamp) -> Result<(i64, Option<i64>), ServiceError> {
    let zone = &call.call.zone;
    let on = at.to_zoned(zone.clone()).date();
    let own = call.call.periods.iter().find(|period| period.from == Anchor::ListPublished);
    let Some(own) = own else {
        let opens = on.yesterday().map_err(statement::internal)?;
        let opens =
            close_of_day(opens, zone).map_err(|error| ServiceError::Internal(format!("{error:?}")))?;
        return Ok((opens.as_microsecond(), None));
    };
    let published = ListPublished { kind: ListKind::Shortlist, on };
    // Neither calls nor plans move the last day yet.
    let period = execution_period(published, own, LastDay::AsCounted, zone)
        .map_err(|faults| refused(&jiebang_domain::race::Refusal { faults }, None))?;
    Ok((period.opens_at.as_microsecond(), Some(period.closes_at.as_microsecond())))
}

impl Service {
    /// Opens the race of a list that somebody names, without publishing it; refused outside a demo.
    ///
    /// # Errors
    /// `Forbidden` outside a demo; otherwise as publication does.
    pub async fn open_race_for_demo(&self, call: &str, list: Opened) -> Result<usize, ServiceError> {
        if !self.clock.is_demo() {
            return Err(ServiceError::Forbidden);
        }
        let call = self.call(call)?.call;
        self.store
            .act::<usize, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { open_race(rows, &call, &list).await })
            }))
            .await
    }
}
