//! Lists and certificates as documents.

use bytes::Bytes;
use jiebang_documents::{
    CertificatePaper, PublishedListPaper, certificate, published_list, published_list_workbook,
};
use jiebang_domain::shared::{Language, Text};
use serde_json::json;

use super::{CertificateView, ListVersionView};
use crate::papers::{self, Paper, Stamp};
use crate::{Actor, Service, ServiceError, TableForm, ledger};

impl Service {
    /// A version of a list as pages or as a workbook.
    ///
    /// # Errors
    /// `NotFound` where it is not published; `TooMany` when too many documents wait; `Document`.
    pub async fn list_paper(
        &self,
        actor: Option<&Actor>,
        (call, stage, version): (&str, &str, u32),
        form: TableForm,
        language: Language,
    ) -> Result<Paper, ServiceError> {
        let view = self.list_version(actor, call, stage, Some(version)).await?;
        let fonts = match form {
            TableForm::Pages => Some(self.papers.fonts().await?),
            TableForm::Workbook => None,
        };
        let stamp = self.stamp_of(&view);
        let key = ledger::canonical(&json!({
            "kind": "published_list",
            "fonts": fonts.as_ref().map(jiebang_documents::Fonts::digest),
            "call": [view.call.call.id, view.call.version],
            "plan": view.plan.sha256,
            "list": view.sha256,
            "until": view.notice.as_ref().map(|notice| notice.last_on.to_string()),
            "language": language.tag(),
            "address": stamp.address,
        }));
        let stage = view.plan.plan.stage(&view.file.stage).cloned().ok_or(ServiceError::NotFound)?;
        let work = papers::set(move || {
            let paper = PublishedListPaper {
                call: &view.call.call,
                stage: &stage,
                file: &view.file,
                notice_until: view.notice.as_ref().map(|notice| notice.last_on),
                language,
                frozen: stamp.frozen(),
                at: view.at,
            };
            Ok(match fonts {
                Some(fonts) => Bytes::from(published_list(&fonts, &paper)?.bytes),
                None => Bytes::from(published_list_workbook(&paper)?),
            })
        });
        self.papers.get(&key, work).await
    }

    fn stamp_of(&self, view: &ListVersionView) -> Stamp {
        let (call, stage, version) = (&view.call.call.id, &view.file.stage, view.file.version);
        Stamp {
            number: format!("{call}/{stage}/{version}"),
            sha256: view.sha256.clone(),
            address: format!("{}/calls/{call}/lists/{stage}/{version}", self.settings.public_url),
        }
    }

    /// A certificate as a page.
    ///
    /// # Errors
    /// As [`Service::certificate`]; `TooMany`; `Document`.
    pub async fn certificate_paper(
        &self,
        view: CertificateView,
        language: Language,
    ) -> Result<Paper, ServiceError> {
        let fonts = self.papers.fonts().await?;
        let key = ledger::canonical(&json!({
            "kind": "certificate",
            "fonts": fonts.digest(),
            "call": [view.call.call.id, view.call.version],
            "certificate": view.certificate.to_string(),
            "language": language.tag(),
            "address": view.address,
        }));
        let work = papers::set(move || {
            let call = &view.call.call;
            let entry = view.file.entries.iter().find(|entry| entry.number == view.number);
            let task = entry.and_then(|entry| call.node(&entry.task)).map(|node| node.name.clone());
            let task = task.unwrap_or_else(|| Text::new(&*view.certificate.task, &*view.certificate.task));
            let paper = CertificatePaper {
                call,
                certificate: &view.certificate,
                class: &view.class,
                task: &task,
                language,
                address: &view.address,
                at: view.at,
            };
            Ok(Bytes::from(certificate(&fonts, &paper)?.bytes))
        });
        self.papers.get(&key, work).await
    }
}
