//! Certificates of those that stand on a final list.

use std::sync::Arc;

use jiebang_domain::publication::{Certificate, ListFile, VersionStage};
use jiff::Timestamp;

use super::objections::list_version;
use super::{ListVersionView, resource};
use crate::access::{Action, Actor};
use crate::{LoadedCall, Service, ServiceError};

/// A certificate (证书) as anybody may verify it.
#[derive(Clone, Debug)]
pub struct CertificateView {
    /// Call.
    pub call: Arc<LoadedCall>,
    /// What it states, in Chinese as it is printed.
    pub certificate: Certificate,
    /// Name of its class.
    pub class: jiebang_domain::shared::Text,
    /// Number of the application.
    pub number: String,
    /// The list that it is of.
    pub file: ListFile,
    /// When that list was published.
    pub at: Timestamp,
    /// Address where anybody can verify it.
    pub address: String,
    /// The version that counts says the same.
    pub stands: bool,
}

impl Service {
    /// The certificate of an application that stands on a version of a final list; the latest version where none is named.
    ///
    /// # Errors
    /// `NotFound` where the list is not final or the application does not stand on it.
    pub async fn certificate(
        &self,
        actor: Option<&Actor>,
        call: &str,
        stage: &str,
        version: Option<u32>,
        number: &str,
    ) -> Result<CertificateView, ServiceError> {
        let loaded = self.call(call)?.call;
        self.access.require(actor, Action::ReadCall, &resource(&loaded))?;
        let latest = self.list_version(actor, call, stage, None).await?;
        let view = match version {
            Some(version) if version != latest.file.version => {
                self.list_version(actor, call, stage, Some(version)).await?
            }
            _ => latest.clone(),
        };
        let stands = latest.file.kind == VersionStage::Final
            && latest
                .file
                .entries
                .iter()
                .any(|entry| entry.number == number && view.file.entries.iter().any(|own| own == entry));
        certificate_of(&view, number, stands, &self.settings.public_url)
    }
}

fn certificate_of(
    view: &ListVersionView,
    number: &str,
    stands: bool,
    public_url: &str,
) -> Result<CertificateView, ServiceError> {
    let call = &view.call.call;
    let entry = view.file.entries.iter().find(|entry| entry.number == number);
    let entry = entry.ok_or(ServiceError::NotFound)?;
    let stage = view.plan.plan.stage(&view.file.stage).ok_or(ServiceError::NotFound)?;
    let class = stage.class(&entry.class).map(|class| class.name.clone()).ok_or(ServiceError::NotFound)?;
    let task = call.node(&entry.task).map_or(entry.task.as_str(), |node| node.name.zh.as_str());
    let own = format!("{number}-V{}", view.file.version);
    let list = format!("{}/{}", call.id, view.file.stage);
    let version = list_version(view)?;
    let certificate = Certificate::of(&own, &entry.application, (task, &class.zh), &list, &version)
        .map_err(|_| ServiceError::NotFound)?;
    let address = format!(
        "{public_url}/calls/{}/lists/{}/{}/certificates/{number}",
        call.id, view.file.stage, view.file.version
    );
    Ok(CertificateView {
        call: view.call.clone(),
        certificate,
        class,
        number: number.to_owned(),
        file: view.file.clone(),
        at: view.at,
        address,
        stands,
    })
}
