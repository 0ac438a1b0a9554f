//! What a test needs to be there, made through the same use cases that people use.

use std::convert::Infallible;

use hyper::body::Bytes;
use jiebang_domain::shared::Language;
use jiebang_service::{
    Actor, AddUser, FILE_BYTES_MAX, RegisterOrganisation, Role, SaveSection, Service, Session, Upload,
};

use crate::sample::{PASSWORD, Sample};

/// A draft that can be submitted as it stands (待提交的草稿).
#[derive(Clone, Debug)]
pub struct Ready {
    /// Login name of its applicant.
    pub username: String,
    /// Session of its applicant.
    pub token: String,
    /// Application.
    pub application: String,
    /// Its applicant.
    pub actor: Actor,
}

/// Registers the organisation of a sample.
async fn register(service: &Service, sample: &Sample, username: &str) -> Session {
    let sent = RegisterOrganisation {
        code: sample.applicant("code").to_owned(),
        name: sample.applicant("name").to_owned(),
        kind: sample.applicant("kind").to_owned(),
        region: sample.applicant("region").to_owned(),
        legal_representative: sample.applicant("legal_representative").to_owned(),
        address: "示例路1号".to_owned(),
        mainland: Some(true),
        legal_person: Some(true),
        person_name: "经办人".to_owned(),
        username: username.to_owned(),
        password: PASSWORD.to_owned(),
        email: String::new(),
        language: Language::Zh,
    };
    service.register(sent).await.expect("registers")
}

/// Registers the organisation of a sample and writes a draft for it that nothing refuses.
///
/// # Panics
/// When a use case refuses: the test has failed.
pub async fn ready_draft(service: &Service, sample: &Sample, username: &str) -> Ready {
    let session = register(service, sample, username).await;
    let application = another_draft(service, sample, &session.actor).await;
    Ready { username: username.to_owned(), token: session.token, application, actor: session.actor }
}

impl Ready {
    /// One more draft of the same organisation.
    ///
    /// # Panics
    /// When a use case refuses.
    pub async fn another(&self, service: &Service, sample: &Sample) -> Self {
        let application = another_draft(service, sample, &self.actor).await;
        Self { application, ..self.clone() }
    }
}

async fn another_draft(service: &Service, sample: &Sample, actor: &Actor) -> String {
    let id = service.begin_application(actor, &sample.call().id, None).await.expect("begins");
    for section in &sample.call().sections {
        let pairs = sample.pairs(&section.id);
        if pairs.is_empty() {
            continue;
        }
        let view = service.application(Some(actor), &id).await.expect("an application");
        let known = view.sections.iter().find(|known| known.id == section.id);
        let revision = known.map_or(0, |known| known.revision);
        let save = SaveSection { application: id.clone(), section: section.id.clone(), revision, pairs };
        service.save_section(actor, save).await.expect("saves");
    }
    for file in sample.files() {
        let content = [Ok::<_, Infallible>(Bytes::from(file.content.clone()))];
        let stream = futures_util::stream::iter(content);
        let stored =
            service.files().put(&file.evidence, &file.name, stream, FILE_BYTES_MAX).await.expect("keeps");
        let upload = Upload {
            evidence: file.evidence.clone(),
            member: file.member,
            name: stored.name.clone(),
            key: None,
        };
        service.attach_file(actor, &id, upload, stored).await.expect("attaches");
    }
    let view = service.application(Some(actor), &id).await.expect("an application");
    assert!(!view.blocked, "{} of {}: {:?}", sample.name, sample.call().id, view.findings);
    id
}

/// Adds an account that the operator keeps; the region is for authorities, the code for applicants and partners.
///
/// # Panics
/// When it is refused.
pub async fn add_user(
    service: &Service,
    username: &str,
    role: Role,
    region: Option<&str>,
    organisation: Option<&str>,
) {
    let sent = AddUser {
        username: username.to_owned(),
        password: PASSWORD.to_owned(),
        person_name: role.name().zh,
        email: String::new(),
        role,
        organisation_code: organisation.map(str::to_owned),
        region: region.map(str::to_owned),
        language: Language::Zh,
    };
    service.add_user(sent).await.expect("adds");
}
