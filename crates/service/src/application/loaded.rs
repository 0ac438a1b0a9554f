//! One application with everything that belongs to it, read in one snapshot.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiebang_domain::application::{
    Application, ApplicationState, Content, Draft, EvidenceFile, Signature, Submission, Value,
};
use jiebang_domain::call::{Bound, Counted, Field, Limit, Section};
use jiebang_store::{
    ApplicationFilter, ApplicationRow, Connection, FileRow, OrganisationRow, SectionRow, StoreError,
};
use jiff::Timestamp;

use crate::access::{Action, Actor, Resource};
use crate::call::Calls;
use crate::{LoadedCall, Service, ServiceError};

/// An application with its rows and the call that it is bound to.
pub(super) struct Loaded {
    pub(super) rows: Rows,
    pub(super) call: Arc<LoadedCall>,
}

/// The rows of one application.
pub(super) struct Rows {
    pub(super) application: ApplicationRow,
    pub(super) organisation: OrganisationRow,
    pub(super) sections: Vec<SectionRow>,
    pub(super) files: Vec<FileRow>,
    /// Applications that the organisation leads under the call besides this one, where a rule asks for them.
    pub(super) led_before: i64,
    /// Their names and numbers, where there are too many of them.
    pub(super) led: Vec<String>,
}

/// Reads the rows of an application. What it is bound to says whether other applications count.
pub(super) async fn rows_of(
    rows: &mut dyn Connection,
    calls: &Calls,
    id: &str,
) -> Result<Option<Rows>, StoreError> {
    let Some(application) = rows.application(id).await? else { return Ok(None) };
    let Some(mut organisation) = rows.organisation(&application.organisation_id).await? else {
        return Ok(None);
    };
    if let ("submitted" | "withdrawn", Some(number)) = (application.state.as_str(), &application.number) {
        // What was submitted stands under what the register said then: in the form, in its findings, and for whose desk it is.
        let receipt = format!("{number}-{}", application.version);
        if let Some(submission) = rows.submission_by_receipt(&receipt).await? {
            as_submitted(&mut organisation, &submission.content);
        }
    }
    let sections = rows.sections(id).await?;
    let files = rows.files(id).await?;
    let call = calls.version(&application.call_id, &application.call_version);
    let led_before = if call.is_some_and(|call| call.counts_led) {
        rows.count_led(&application.call_id, &application.organisation_id, id).await?
    } else {
        0
    };
    Ok(Some(Rows { application, organisation, sections, files, led_before, led: Vec::new() }))
}

/// Puts what a frozen copy says of the lead organisation in the place of what the register says by now.
fn as_submitted(organisation: &mut OrganisationRow, content: &str) {
    let frozen: serde_json::Value = serde_json::from_str(content).unwrap_or_default();
    let said = &frozen["applicant"];
    let OrganisationRow { code, name, kind, region, legal_representative, .. } = organisation;
    let fields = [
        ("code", code),
        ("name", name),
        ("kind", kind),
        ("region", region),
        ("legal_representative", legal_representative),
    ];
    for (key, field) in fields {
        if let Some(text) = said[key].as_str() {
            text.clone_into(field);
        }
    }
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
    pub(super) fn content(&self) -> Result<Content, ServiceError> {
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

    pub(super) fn resource(&self) -> Resource {
        resource(&self.rows.application, &self.rows.organisation, &self.call)
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
    pub(super) async fn loaded(&self, id: &str) -> Result<Loaded, ServiceError> {
        let (key, calls) = (id.to_owned(), self.calls.clone());
        let found = self
            .store
            .read::<_, ServiceError>(Box::new(move |rows| {
                Box::pin(async move { Ok(rows_of(rows, &calls, &key).await?) })
            }))
            .await?;
        self.with_call(found).await
    }

    pub(super) async fn loaded_for(
        &self,
        actor: Option<&Actor>,
        action: Action,
        id: &str,
    ) -> Result<Loaded, ServiceError> {
        let loaded = match self.loaded(id).await {
            // Who is not logged in learns nothing about which applications exist.
            Err(ServiceError::NotFound) if actor.is_none() => return Err(ServiceError::LoginRequired),
            other => other?,
        };
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
        Ok(Loaded { rows, call })
    }
}
