//! The version that counts stays readable, whatever is done to the draft behind it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiebang_service::{Role, SaveSection, Submit};
use jiebang_testkit::{Answer, Client, PASSWORD, Ready, Sample, TestApp, add_user, ready_draft};
use jiff::SignedDuration;

const CALL: &str = "miit-2025-ai-devices";
const NOW: &str = "2025-03-20T09:00:00+08:00";
const CHANGED: &str = "principal.phone";
const NEW: &str = "010-60000000";

/// A submitted application, reopened, changed, and with a file taken off.
struct Reopened {
    app: TestApp,
    sample: Sample,
    ready: Ready,
    receipt: String,
    old: String,
    /// Address of the file that was taken off.
    file: String,
}

impl Reopened {
    async fn build() -> Self {
        let app = TestApp::start(NOW).await;
        let sample = app.sample(CALL);
        let ready = ready_draft(&app.service, &sample, "applicant").await;
        let id = ready.application.clone();
        let submit =
            Submit { application: id.clone(), seen: None, key: None, received_at: app.service.clock().now() };
        let receipt = app.service.submit(&ready.actor, submit).await.unwrap().number;
        app.service.reopen(&ready.actor, &id).await.unwrap();
        let view = app.service.application(Some(&ready.actor), &id).await.unwrap();
        let old = view.content.text(CHANGED).to_owned();
        let section = sample.call().section_of(CHANGED).unwrap().id.clone();
        let revision = view.sections.iter().find(|of| of.id == section).unwrap().revision;
        let pairs = vec![(CHANGED.to_owned(), NEW.to_owned())];
        let save = SaveSection { application: id.clone(), section, revision, pairs };
        app.service.save_section(&ready.actor, save).await.unwrap();
        let file = view.evidence.iter().flat_map(|item| &item.files).next().unwrap().id.clone();
        app.service.remove_file(&ready.actor, &id, &file).await.unwrap();
        let file = format!("/applications/{id}/files/{file}");
        Self { app, sample, ready, receipt, old, file }
    }

    async fn login(&self, name: &str) -> Client {
        let mut client = self.app.client();
        client.post("/login", &[("username", name), ("password", PASSWORD)]).await.expect(303);
        client
    }

    async fn officer(&self, role: Role, region: Option<&str>) -> Client {
        add_user(&self.app.service, role.id(), role, region, None).await;
        self.login(role.id()).await
    }

    fn section(&self) -> String {
        let section = &self.sample.call().section_of(CHANGED).unwrap().id;
        format!("/applications/{}/{section}", self.ready.application)
    }

    /// The page says what was submitted, and nothing of the draft.
    fn shows_submitted(&self, page: &Answer) {
        let (old, new) = (page.body.contains(&self.old), page.body.contains(NEW));
        assert!(old && !new, "{} shows old {old}, new {new}", page.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn officers_read_the_version_that_counts_while_the_next_is_written() {
    let case = Reopened::build().await;
    let region = case.ready.actor.organisation.clone().unwrap().region;
    let officers = [(Role::ProgrammeOffice, None), (Role::IndustryAuthority, Some(region.as_str()))];
    for (role, region) in officers {
        let mut officer = case.officer(role, region).await;
        let page = officer.get(&format!("/applications/{}", case.ready.application)).await.expect(200);
        assert!(page.says("以此版为准"), "{}", page.words());
        case.shows_submitted(&officer.get(&case.section()).await.expect(200));
        officer.get(&case.file).await.expect(200);
        let whole = officer.get(&format!("/receipts/{}/application", case.receipt)).await.expect(200);
        case.shows_submitted(&whole);
        assert!(whole.links().iter().any(|link| link.href == case.file), "no link to {}", case.file);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_was_never_submitted_is_the_applicants_own() {
    let case = Reopened::build().await;
    let mut owner = case.login("applicant").await;
    let sample = case.sample.files().remove(0);
    let evidence = sample.evidence.clone();
    let section = case.sample.call().section_of(&format!("evidence.{evidence}")).unwrap().id.clone();
    let path = format!("/applications/{}/{section}", case.ready.application);
    owner.get(&path).await.expect(200);
    let view = case.app.service.application(Some(&case.ready.actor), &case.ready.application).await.unwrap();
    let revision = view.sections.iter().find(|of| of.id == section).unwrap().revision.to_string();
    let files = [(sample.input(), "new.pdf", sample.content.clone())];
    let files: Vec<(&str, &str, &[u8])> =
        files.iter().map(|(input, name, content)| (input.as_str(), *name, content.as_slice())).collect();
    owner.upload(&path, &[("version", &revision)], &files).await.expect(303);
    let view = case.app.service.application(Some(&case.ready.actor), &case.ready.application).await.unwrap();
    let new = view.evidence.iter().flat_map(|item| &item.files).find(|file| file.name == "new.pdf").unwrap();
    let address = format!("/applications/{}/files/{}", case.ready.application, new.id);
    owner.get(&address).await.expect(200);
    owner.get(&case.file).await.expect(200);
    let mut officer = case.officer(Role::ProgrammeOffice, None).await;
    officer.get(&address).await.expect(404);
    // Taken off again, it is gone: no version names it.
    case.app.service.remove_file(&case.ready.actor, &case.ready.application, &new.id).await.unwrap();
    owner.get(&address).await.expect(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_deadline_an_abandoned_draft_is_not_shown() {
    let case = Reopened::build().await;
    let mut owner = case.login("applicant").await;
    assert!(owner.get(&case.section()).await.expect(200).body.contains(NEW), "the draft is written on");
    case.shows_submitted(&owner.get(&format!("/receipts/{}/application", case.receipt)).await.expect(200));
    case.app.jump_to(case.sample.deadline() + SignedDuration::from_secs(1));
    case.shows_submitted(&owner.get(&case.section()).await.expect(200));
    let review = owner.get(&format!("/applications/{}/submit", case.ready.application)).await.expect(200);
    case.shows_submitted(&review);
    assert!(review.links().iter().any(|link| link.href == case.file), "the file is not shown");
    owner.get(&case.file).await.expect(200);
    // What was written and not submitted is its writers' own, and stays readable to them.
    let tasks = owner.get(&format!("/applications/{}", case.ready.application)).await.expect(200);
    let draft = format!("/applications/{}/draft", case.ready.application);
    assert!(tasks.links().iter().any(|link| link.href == draft), "{}", tasks.words());
    let page = owner.get(&draft).await.expect(200);
    assert!(page.body.contains(NEW) && page.says("没有提交"), "{}", page.words());
    let mut officer = case.officer(Role::ProgrammeOffice, None).await;
    let tasks = officer.get(&format!("/applications/{}", case.ready.application)).await.expect(200);
    assert!(tasks.links().iter().all(|link| link.href != draft));
    officer.get(&draft).await.expect(403);
    case.app.assert_whole().await;
}
