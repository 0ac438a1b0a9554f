//! One application with everything that belongs to it, read in one snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiebang_domain::application::{
    Application, ApplicationState, Content, Draft, EvidenceFile, PARTNERS, Row, Signature, Submission, Value,
};
use jiebang_domain::call::{Actor as Clocked, Bound, Counted, Field, Limit, Section, deadline_finding};
use jiebang_domain::shared::Region;
use jiebang_store::{
    ApplicationFilter, ApplicationRow, Connection, FileRow, OrganisationRow, SectionRow, StoreError,
    SubmissionRow,
};
use jiff::Timestamp;
use serde::Deserialize;

use crate::access::{Action, Actor, Resource};
use crate::call::Calls;
use crate::{LoadedCall, Service, ServiceError};

/// An application with its rows and the call that it is bound to.
pub(super) struct Loaded {
    pub(super) rows: Rows,
    pub(super) call: Arc<LoadedCall>,
    /// The submitted version that counts, or the one that was asked for.
    submitted: Option<Submitted>,
    /// Form and facts of the submitted version, where that one is shown in the place of the draft.
    shown: Option<(Content, FrozenFacts)>,
    /// Position of the event of the submitted version, where its copy was erased by law.
    erased: Option<i64>,
    /// Account of the expert who asks, where it is to score the application and nothing is known against it.
    reviewer: Option<String>,
}

/// The rows of one application.
pub(super) struct Rows {
    pub(super) application: ApplicationRow,
    pub(super) organisation: OrganisationRow,
    pub(super) sections: Vec<SectionRow>,
    pub(super) files: Vec<FileRow>,
    /// The submitted version that counts, or the one that was asked for, with its files; until it has been read.
    submitted: Option<(SubmissionRow, Vec<FileRow>)>,
    /// Applications that the organisation leads under the call besides this one, where a rule asks for them.
    pub(super) led_before: i64,
    /// Their names and numbers, where there are too many of them.
    pub(super) led: Vec<String>,
}

/// Reads the rows of an application, with this submitted version or the last one. What it is bound to says whether other
/// applications count.
pub(super) async fn rows_of(
    rows: &mut dyn Connection,
    calls: &Calls,
    id: &str,
    version: Option<i64>,
) -> Result<Option<Rows>, StoreError> {
    let Some(application) = rows.application(id).await? else { return Ok(None) };
    let Some(organisation) = rows.organisation(&application.organisation_id).await? else {
        return Ok(None);
    };
    let version = version.unwrap_or(application.version);
    let submission = match &application.number {
        Some(number) => rows.submission_by_receipt(&receipt_number(number, version)).await?,
        None => None,
    };
    let submitted = match submission {
        Some(submission) => {
            let files = rows.files_of_version(id, version).await?;
            Some((submission, files))
        }
        None => None,
    };
    let sections = rows.sections(id).await?;
    let files = rows.files(id).await?;
    let call = calls.version(&application.call_id, &application.call_version);
    let led_before = if call.is_some_and(|call| call.counts_led) {
        rows.count_led(&application.call_id, &application.organisation_id, id).await?
    } else {
        0
    };
    let led = Vec::new();
    Ok(Some(Rows { application, organisation, sections, files, submitted, led_before, led }))
}

/// The number of the receipt of a version.
pub(crate) fn receipt_number(number: &str, version: i64) -> String {
    format!("{number}-{version}")
}

/// A submitted version: its form and its files, under the lead organisation as it was.
struct Submitted {
    facts: FrozenFacts,
    organisation: OrganisationRow,
    fields: Content,
    files: Vec<FileRow>,
}

impl Submitted {
    fn of(rows: &mut Rows) -> Result<Option<Self>, ServiceError> {
        let Some((submission, files)) = rows.submitted.take() else { return Ok(None) };
        let Some(FrozenCopy { applicant, fields }) = frozen_copy(&submission)? else { return Ok(None) };
        let members = fields.members();
        let goes_with =
            |file: &FileRow| u32::try_from(file.member).is_ok_and(|member| members.contains(&member));
        let organisation = OrganisationRow {
            code: applicant.code,
            kind: applicant.kind,
            legal_representative: applicant.legal_representative,
            name: applicant.name,
            region: applicant.region,
            ..rows.organisation.clone()
        };
        let files = files.into_iter().filter(goes_with).collect();
        let facts = FrozenFacts {
            version: submission.version,
            receipt_number: submission.receipt_number,
            sha256: submission.content_sha256,
            received_at: submission.received_at,
        };
        Ok(Some(Self { facts, organisation, fields, files }))
    }
}

/// What the record says of a submitted version.
pub(super) struct FrozenFacts {
    pub(super) version: i64,
    pub(super) receipt_number: String,
    /// SHA-256 of the frozen copy, hexadecimal.
    pub(super) sha256: String,
    /// Microseconds since the epoch.
    pub(super) received_at: i64,
}

/// What a frozen copy says, as far as it is shown again.
#[derive(Deserialize)]
struct FrozenCopy {
    applicant: FrozenLead,
    fields: Content,
}

/// The lead organisation as it was.
#[derive(Deserialize)]
struct FrozenLead {
    code: String,
    kind: String,
    legal_representative: String,
    name: String,
    region: String,
}

/// What a frozen copy says; `None` where it was erased by law.
fn frozen_copy(submission: &SubmissionRow) -> Result<Option<FrozenCopy>, ServiceError> {
    if submission.content.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(&submission.content).map(Some).map_err(|error| {
        ServiceError::Internal(format!("frozen copy {}: {error}", submission.receipt_number))
    })
}

/// Codes and names of the members in a frozen copy, the lead first; `None` where it was erased by law.
pub(crate) fn frozen_team(submission: &SubmissionRow) -> Result<Option<Vec<(String, String)>>, ServiceError> {
    let Some(FrozenCopy { applicant, fields }) = frozen_copy(submission)? else { return Ok(None) };
    let said = |row: &Row, column: &str| match row.get(column) {
        Some(Value::Text(text)) => text.trim().to_owned(),
        _ => String::new(),
    };
    let partners = fields.rows(PARTNERS).iter().map(|row| (said(row, "code"), said(row, "name")));
    Ok(Some(std::iter::once((applicant.code, applicant.name)).chain(partners).collect()))
}

/// The form in a frozen copy; `None` where it was erased by law.
pub(crate) fn frozen_fields(submission: &SubmissionRow) -> Result<Option<Content>, ServiceError> {
    Ok(frozen_copy(submission)?.map(|copy| copy.fields))
}

/// The other applications that the organisation leads under the call, by name and number.
async fn led_names(rows: &mut dyn Connection, own: &ApplicationRow) -> Result<Vec<String>, StoreError> {
    let filter = ApplicationFilter {
        call_id: Some(own.call_id.clone()),
        organisation_id: Some(own.organisation_id.clone()),
        limit: 200,
        ..ApplicationFilter::default()
    };
    let counts = |row: &ApplicationRow| {
        row.id != own.id && row.version > 0 && matches!(row.state.as_str(), "submitted" | "reopened")
    };
    let name = |row: ApplicationRow| format!("“{}” {}", row.title, row.number.unwrap_or_default());
    Ok(rows.applications(&filter).await?.into_iter().filter(counts).map(name).collect())
}

impl Loaded {
    /// The submitted version in the place of the draft, where there is one.
    pub(super) fn into_submitted(mut self) -> Self {
        if let Some(Submitted { facts, organisation, fields, files }) = self.submitted.take() {
            self.rows.organisation = organisation;
            self.rows.files = files;
            self.shown = Some((fields, facts));
        }
        self
    }

    /// The submitted version that is shown, if it is not the draft.
    pub(super) fn version_shown(&self) -> Option<i64> {
        self.frozen().map(|facts| facts.version)
    }

    /// What the record says of the submitted version that is shown.
    pub(super) fn frozen(&self) -> Option<&FrozenFacts> {
        self.shown.as_ref().map(|(_, facts)| facts)
    }

    pub(super) fn content(&self) -> Result<Content, ServiceError> {
        if let Some((fields, _)) = &self.shown {
            return Ok(fields.clone());
        }
        let mut all = BTreeMap::new();
        for section in &self.rows.sections {
            all.extend(content_of(section)?.0);
        }
        for (_, field, value) in self.registered() {
            all.insert(field.id.clone(), Value::Text(value.to_owned()));
        }
        Ok(Content(all))
    }

    /// Fields that say who leads, with their sections and values. They come from the registration in the same snapshot, so that the
    /// form never names another organisation than the one that the rules look at.
    pub(super) fn registered(&self) -> impl Iterator<Item = (&Section, &Field, &str)> {
        let organisation = &self.rows.organisation;
        self.call.call.fields().filter_map(move |(section, field)| {
            let value = match field.prefill.as_deref()? {
                "organisation.name" => &organisation.name,
                "organisation.code" => &organisation.code,
                "organisation.address" => &organisation.address,
                "organisation.legal_representative" => &organisation.legal_representative,
                _ => return None,
            };
            // What the registration leaves open is written into the form.
            (!value.is_empty()).then_some((section, field, value.as_str()))
        })
    }

    pub(super) fn draft(&self) -> Result<Draft, ServiceError> {
        let content = self.content()?;
        let declarations = self
            .call
            .call
            .declarations
            .iter()
            .map(|declaration| (declaration.id.clone(), signature(&content, &declaration.id)))
            .collect();
        // What a unit attached that has been taken out is shown until it is removed, and goes no further.
        let members = content.members();
        Ok(Draft {
            applicant: crate::identity::organisation_of(&self.rows.organisation)?,
            led_before: u32::try_from(self.rows.led_before).unwrap_or(u32::MAX),
            led: self.rows.led.clone(),
            content,
            declarations,
            evidence: self
                .rows
                .files
                .iter()
                .map(evidence_file)
                .filter(|file| members.contains(&file.member))
                .collect(),
        })
    }

    pub(super) fn application(&self) -> Application {
        application_of(&self.rows.application)
    }

    /// Who recommends the version that counts.
    pub(super) fn recommender(&self) -> Option<Region> {
        match self.resource() {
            Resource::Application { region, .. } => region,
            _ => None,
        }
    }

    pub(super) fn resource(&self) -> Resource {
        // What was submitted belongs to the desk of the region that the lead was registered in then.
        let organisation =
            self.submitted.as_ref().map_or(&self.rows.organisation, |submitted| &submitted.organisation);
        match resource(&self.rows.application, organisation, &self.call) {
            Resource::Application { id, organisation_id, call_id, state, region, .. } => {
                let reviewer = self.reviewer.clone();
                Resource::Application { id, organisation_id, call_id, state, region, reviewer }
            }
            other => other,
        }
    }
}

pub(super) fn resource(row: &ApplicationRow, organisation: &OrganisationRow, call: &LoadedCall) -> Resource {
    let region = jiebang_domain::shared::Region::parse(&organisation.region);
    let recommender = match (&call.call.recommendation, region) {
        (Some(recommendation), Some(region)) => Some(recommendation.recommender_of(region)),
        _ => None,
    };
    Resource::Application {
        id: row.id.clone(),
        organisation_id: row.organisation_id.clone(),
        call_id: row.call_id.clone(),
        state: row.state.clone(),
        region: recommender,
        reviewer: None,
    }
}

pub(super) fn content_of(section: &SectionRow) -> Result<Content, ServiceError> {
    serde_json::from_str(&section.content).map_err(|error| {
        ServiceError::Internal(format!("section {} of {}: {error}", section.section, section.application_id))
    })
}

fn signature(content: &Content, id: &str) -> Signature {
    let accepted = matches!(content.0.get(&format!("declaration.{id}.accepted")), Some(Value::Boolean(true)));
    Signature { accepted, signer: content.text(&format!("declaration.{id}.signer")).to_owned() }
}

fn evidence_file(row: &FileRow) -> EvidenceFile {
    EvidenceFile {
        evidence: row.evidence.clone(),
        member: u32::try_from(row.member).unwrap_or(0),
        name: row.name.clone(),
        size_bytes: u64::try_from(row.size_bytes).unwrap_or(0),
        sha256: row.sha256.clone(),
    }
}

/// The state that a row stands for.
pub(crate) fn application_of(row: &ApplicationRow) -> Application {
    let submission = row
        .submitted_at
        .and_then(|at| Timestamp::from_microsecond(at).ok())
        .map(|received_at| Submission { version: u32::try_from(row.version).unwrap_or(0), received_at });
    let state = match (row.state.as_str(), submission) {
        ("submitted", Some(submission)) => ApplicationState::Submitted(submission),
        ("reopened", Some(submission)) => ApplicationState::Reopened(submission),
        ("withdrawn", submission) => ApplicationState::Withdrawn(submission),
        _ => ApplicationState::Draft,
    };
    Application { state }
}

impl Service {
    /// The application with its draft.
    pub(super) async fn loaded(&self, id: &str) -> Result<Loaded, ServiceError> {
        self.loaded_with(id, None).await
    }

    async fn loaded_with(&self, id: &str, version: Option<i64>) -> Result<Loaded, ServiceError> {
        let (key, calls) = (id.to_owned(), self.calls.clone());
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows_of(rows, &calls, &key, version).await?) })
            }))
            .await?;
        self.with_call(found).await
    }

    /// The application as it is the actor's business: the draft while it can still become a version, and otherwise the submitted
    /// version that counts.
    pub(super) async fn loaded_for(
        &self,
        actor: Option<&Actor>,
        action: Action,
        id: &str,
    ) -> Result<Loaded, ServiceError> {
        let loaded = self.permitted(actor, action, id, None).await?;
        let working = match loaded.application().state {
            ApplicationState::Draft => true,
            ApplicationState::Reopened(_) => {
                deadline_finding(&loaded.call.call, Clocked::Applicant, None, self.clock.now()).is_none()
                    && self.access.allows(actor, Action::ReadDraft, &loaded.resource())
            }
            ApplicationState::Submitted(_) | ApplicationState::Withdrawn(_) => false,
        };
        // Writers keep what they wrote when only a version of it was erased; of an application that was erased nothing is left.
        let kept = || {
            loaded.erased.is_some()
                && !matches!(loaded.application().state, ApplicationState::Withdrawn(_))
                && self.access.allows(actor, Action::ReadDraft, &loaded.resource())
        };
        if working || kept() { Ok(loaded) } else { self.standing(loaded).await }
    }

    /// A submitted version of the application; `Erased` when its copy was.
    pub(super) async fn loaded_version(
        &self,
        actor: Option<&Actor>,
        action: Action,
        id: &str,
        version: i64,
    ) -> Result<Loaded, ServiceError> {
        self.standing(self.permitted(actor, action, id, Some(version)).await?).await
    }

    pub(super) async fn permitted(
        &self,
        actor: Option<&Actor>,
        action: Action,
        id: &str,
        version: Option<i64>,
    ) -> Result<Loaded, ServiceError> {
        let mut loaded = match self.loaded_with(id, version).await {
            // Who is not logged in learns nothing about which applications exist.
            Err(ServiceError::NotFound) if actor.is_none() => return Err(ServiceError::LoginRequired),
            other => other?,
        };
        loaded.reviewer = self.reviewer(actor, id, &loaded.rows.application.call_id).await?;
        self.access.require(actor, action, &loaded.resource())?;
        Ok(loaded)
    }

    pub(super) async fn with_call(&self, found: Option<Rows>) -> Result<Loaded, ServiceError> {
        let mut rows = found.ok_or(ServiceError::NotFound)?;
        let call = self.bound_call(&rows.application.call_id, &rows.application.call_version)?;
        let leads = rows.led_before.saturating_add(1);
        let exceeds = |limit: &Limit| matches!(limit.bound, Bound::Max(most) if i64::from(most) < leads);
        if call.call.limits_on(Counted::ApplicationsLed).any(exceeds) {
            let own = rows.application.clone();
            rows.led = self
                .store
                .read::<_, ServiceError>(Box::new(move |rows| {
                    Box::pin(async move { Ok(led_names(rows, &own).await?) })
                }))
                .await?;
        }
        let erased = rows.submitted.as_ref().filter(|(copy, _)| copy.content.is_empty());
        let erased = erased.map(|(copy, _)| copy.position);
        let submitted = Submitted::of(&mut rows)?;
        Ok(Loaded { rows, call, submitted, shown: None, erased, reviewer: None })
    }

    /// Refuses to show something else in the place of a submitted version that was erased.
    async fn standing(&self, loaded: Loaded) -> Result<Loaded, ServiceError> {
        let Some(position) = loaded.erased else { return Ok(loaded.into_submitted()) };
        Err(ServiceError::Erased(self.erasure(position).await?))
    }
}

/// The call of an application, and who recommends it, for what a desk does with it.
pub(crate) async fn loaded_for_desk(
    service: &Service,
    actor: &Actor,
    action: Action,
    id: &str,
) -> Result<(Arc<LoadedCall>, Option<Region>), ServiceError> {
    let loaded = service.permitted(Some(actor), action, id, None).await?;
    let region = loaded.recommender();
    Ok((loaded.call, region))
}
