//! Several people and several requests at once: nothing is overwritten, nothing happens twice, no limit is passed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use jiebang_domain::application::{Content, Value};
use jiebang_store::{StoreError, SubmissionRow};
use jiebang_testkit::{Answer, Client, Form, Ready, Sample, TestApp, ready_draft};

const NOW: &str = "2025-03-20T09:00:00+08:00";
const CALL: &str = "miit-2025-ai-devices";
/// The call that lets an organisation lead three applications.
const CAPPED: &str = "miit-2025-biomaterials-2";
/// A section, and two of its fields.
const SECTION: &str = "people";
const FIELD: &str = "principal.phone";
const OTHER_FIELD: &str = "contact.phone";

struct Desk {
    app: TestApp,
    sample: Sample,
    ready: Ready,
}

impl Desk {
    async fn with_ready_draft(call: &str) -> Self {
        let app = TestApp::start(NOW).await;
        let sample = app.sample(call);
        let ready = ready_draft(&app.service, &sample, "applicant").await;
        Self { app, sample, ready }
    }

    /// Somebody of the organisation, with a browser of their own.
    fn browser(&self) -> Client {
        let mut client = self.app.client();
        client.set_cookie("session", &self.ready.token);
        client
    }

    fn path(&self, rest: &str) -> String {
        format!("/applications/{}/{rest}", self.ready.application)
    }

    fn section(&self) -> String {
        self.sample.call().section_of(FIELD).map_or_else(|| SECTION.to_owned(), |section| section.id.clone())
    }

    async fn form(&self) -> Form {
        let path = self.path(&self.section());
        self.browser().get(&path).await.expect(200).form(&path)
    }

    async fn stored(&self) -> Content {
        self.app.service.application(Some(&self.ready.actor), &self.ready.application).await.unwrap().content
    }

    /// Submitted versions, newest first, without their content.
    async fn submissions(&self, application: &str) -> Vec<SubmissionRow> {
        let id = application.to_owned();
        let store = self.app.service.store();
        store
            .read::<_, StoreError>(Box::new(|rows| Box::pin(async move { rows.submissions(&id).await })))
            .await
            .unwrap()
    }

    /// The frozen copy of the newest version.
    async fn submitted_content(&self) -> String {
        let number = self.submissions(&self.ready.application).await.remove(0).receipt_number;
        self.app.service.receipt(Some(&self.ready.actor), &number).await.unwrap().content
    }
}

/// Sends requests at the same time and returns the answers.
async fn at_once<F>(requests: Vec<F>) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let sent: Vec<_> = requests.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::new();
    for request in sent {
        answers.push(request.await.unwrap());
    }
    answers
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_save_the_same_field_get_both_states_and_nothing_is_overwritten() {
    let desk = Desk::with_ready_draft(CALL).await;
    let (mut one, mut two) = (desk.form().await, desk.form().await);
    one.set(FIELD, "010-11111111");
    two.set(FIELD, "010-22222222");
    let requests = [one, two].map(|form| {
        let mut client = desk.browser();
        async move { client.submit(&form, ("act", "stay"), &[]).await }
    });
    let answers = at_once(requests.into()).await;
    assert_eq!(statuses(&answers), [303, 409]);
    let stored = desk.stored().await;
    let winner = stored.text(FIELD).to_owned();
    let loser = if winner == "010-11111111" { "010-22222222" } else { "010-11111111" };
    assert_ne!(winner, loser);

    let conflict = answers.into_iter().find(|answer| answer.status == 409).unwrap();
    assert!(
        conflict.says(&winner) && conflict.says(loser) && conflict.says("没有覆盖任何内容"),
        "{}",
        conflict.words()
    );
    let path = desk.path(&desk.section());
    for (choice, kept) in [("theirs", winner.as_str()), ("yours", loser)] {
        let mut form = conflict.form(&path);
        form.set(&format!("keep.{FIELD}"), choice);
        let answer = desk.browser().submit(&form, ("", ""), &[]).await;
        // The second choice comes from a page that is older than the first: it is asked again.
        let answer = if answer.status == 409 {
            let mut form = answer.form(&path);
            form.set(&format!("keep.{FIELD}"), choice);
            desk.browser().submit(&form, ("", ""), &[]).await
        } else {
            answer
        };
        answer.expect(303);
        assert_eq!(desk.stored().await.text(FIELD), kept, "{choice}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_save_different_fields_keep_both() {
    let desk = Desk::with_ready_draft(CALL).await;
    let (mut one, mut two) = (desk.form().await, desk.form().await);
    one.set(FIELD, "010-11111111");
    two.set(OTHER_FIELD, "010-22222222");
    desk.browser().submit(&one, ("act", "stay"), &[]).await.expect(303);
    desk.browser().submit(&two, ("act", "stay"), &[]).await.expect(303);
    let stored = desk.stored().await;
    assert_eq!((stored.text(FIELD), stored.text(OTHER_FIELD)), ("010-11111111", "010-22222222"));
}

/// What both changed is asked; what only one of them changed is kept without a question, whoever it was.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_both_changed_is_asked() {
    let desk = Desk::with_ready_draft(CALL).await;
    let (mut one, mut two) = (desk.form().await, desk.form().await);
    one.set(FIELD, "010-11111111");
    one.set(OTHER_FIELD, "010-33333333");
    two.set(FIELD, "010-22222222");
    let name = "principal.name";
    two.set(name, "赵六");
    desk.browser().submit(&one, ("act", "stay"), &[]).await.expect(303);
    let conflict = desk.browser().submit(&two, ("act", "stay"), &[]).await.expect(409);
    assert!(!conflict.says("010-33333333") && !conflict.says("赵六"), "{}", conflict.words());
    let form = conflict.form(&desk.path(&desk.section()));
    assert_eq!(form.value(&format!("keep.{FIELD}")), Some("yours"));
    desk.browser().submit(&form, ("", ""), &[]).await.expect(303);
    let stored = desk.stored().await;
    let found = [FIELD, OTHER_FIELD, name].map(|field| stored.text(field));
    assert_eq!(found, ["010-22222222", "010-33333333", "赵六"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_saves_with_one_version_one_is_taken() {
    let desk = Desk::with_ready_draft(CALL).await;
    let before = desk.form().await;
    let requests = (0..20).map(|nth| {
        let (mut client, mut form) = (desk.browser(), before.clone());
        form.set(FIELD, &format!("010-000000{nth:02}"));
        async move { client.submit(&form, ("act", "stay"), &[]).await }
    });
    let answers = at_once(requests.collect()).await;
    assert_eq!(statuses(&answers), [vec![303], vec![409; 19]].concat());
    let version = |form: &Form| form.value("version").unwrap().parse::<i64>().unwrap();
    assert_eq!(version(&desk.form().await), version(&before) + 1, "more than one save was taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_submits_with_one_key_give_one_receipt() {
    let desk = Desk::with_ready_draft(CALL).await;
    let path = desk.path("submit");
    let form = desk.browser().get(&path).await.expect(200).form(&path);
    let requests = (0..20).map(|_| {
        let (mut client, form) = (desk.browser(), form.clone());
        async move { client.submit(&form, ("", ""), &[]).await }
    });
    let answers = at_once(requests.collect()).await;
    assert_eq!(statuses(&answers), [303; 20]);
    let receipts: BTreeSet<&str> = answers.iter().map(Answer::location).collect();
    assert_eq!(receipts.len(), 1, "{receipts:?}");
    assert_eq!(desk.submissions(&desk.ready.application).await.len(), 1);
    // Also later, and also when the application has moved on.
    let again = desk.browser().submit(&form, ("", ""), &[]).await.expect(303);
    assert!(receipts.contains(again.location()));
    desk.browser().post(&desk.path("reopen"), &[]).await.expect(303);
    let again = desk.browser().submit(&form, ("", ""), &[]).await.expect(303);
    assert!(receipts.contains(again.location()), "a repeated request became a new submission");
    assert_eq!(desk.submissions(&desk.ready.application).await.len(), 1);
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn submits_with_different_keys_make_one_version() {
    let desk = Desk::with_ready_draft(CALL).await;
    let path = desk.path("submit");
    let requests = (0..20).map(|nth| {
        let (mut client, path) = (desk.browser(), path.clone());
        async move { client.post(&path, &[("idempotency_key", &format!("key-{nth}"))]).await }
    });
    let answers = at_once(requests.collect()).await;
    assert_eq!(statuses(&answers), [vec![303], vec![409; 19]].concat());
    let submissions = desk.submissions(&desk.ready.application).await;
    assert_eq!(submissions.iter().map(|row| row.version).collect::<Vec<_>>(), [1]);
    // Those that came too late took no number.
    let next = desk.ready.another(&desk.app.service, &desk.app.sample(CALL)).await;
    let path = format!("/applications/{}/submit", next.application);
    let answer = desk.browser().post(&path, &[("idempotency_key", "next")]).await.expect(303);
    assert_eq!(answer.location(), format!("/receipts/{CALL}-000002-1"));
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_of_another_application_is_refused() {
    let desk = Desk::with_ready_draft(CALL).await;
    let other = desk.ready.another(&desk.app.service, &desk.sample).await;
    let key = [("idempotency_key", "the-same-key")];
    desk.browser().post(&desk.path("submit"), &key).await.expect(303);
    // The same key is the same request only when the same was looked at.
    desk.browser().post(&desk.path("submit"), &key).await.expect(303);
    let differs = [("idempotency_key", "the-same-key"), ("seen", "something else")];
    desk.browser().post(&desk.path("submit"), &differs).await.expect(422);
    let path = format!("/applications/{}/submit", other.application);
    for (language, words) in
        [("zh", "同一标识已用于另一个请求"), ("en", "The key belongs to another request")]
    {
        let mut client = desk.browser();
        client.set_cookie("lang", language);
        let refused = client.post(&path, &key).await.expect(422);
        assert!(refused.says(words), "{}", refused.words());
    }
    assert!(desk.submissions(&other.application).await.is_empty());
    // Without a key, with one too long to be kept, twice or with something else beside it, nothing is done.
    let long = "k".repeat(201);
    for (sent, words) in [
        (vec![], "请求没有标识"),
        (vec![("idempotency_key", " ")], "请求没有标识"),
        (vec![("idempotency_key", long.as_str())], "请求的标识超过200个字节"),
        (vec![("idempotency_key", "a"), ("idempotency_key", "a")], "栏目 idempotency_key 出现两次"),
        (vec![("idempotency_key", "a"), ("extra", "1")], "没有栏目 extra"),
    ] {
        let refused = desk.browser().post(&path, &sent).await.expect(422);
        assert!(refused.says(words), "{}", refused.words());
    }
    assert!(desk.submissions(&other.application).await.is_empty());
    desk.browser().post(&path, &[("idempotency_key", &long[..200])]).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_looked_at_is_not_submitted() {
    let desk = Desk::with_ready_draft(CALL).await;
    let path = desk.path("submit");
    let seen = desk.browser().get(&path).await.expect(200).form(&path);
    let mut form = desk.form().await;
    form.set(FIELD, "010-33333333");
    desk.browser().submit(&form, ("act", "stay"), &[]).await.expect(303);
    let refused = desk.browser().submit(&seen, ("", ""), &[]).await.expect(409);
    assert!(refused.says("内容有改动，没有提交") && refused.says("010-33333333"), "{}", refused.words());
    assert!(desk.submissions(&desk.ready.application).await.is_empty());
    let again = refused.form(&path);
    desk.browser().submit(&again, ("", ""), &[]).await.expect(303);
    // A save that was sent before the submission and arrives after it.
    form.set(FIELD, "010-44444444");
    desk.browser().submit(&form, ("act", "stay"), &[]).await.expect(409);
    let content = desk.submitted_content().await;
    assert!(content.contains("010-33333333") && !content.contains("010-44444444"), "{content}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_save_and_a_submit_at_once_come_one_after_the_other() {
    let desk = Desk::with_ready_draft(CALL).await;
    let path = desk.path("submit");
    let (mut saved_first, mut submitted_first) = (0, 0);
    for round in 0..30 {
        let value = format!("010-555555{round:02}");
        let seen = desk.browser().get(&path).await.expect(200).form(&path);
        let mut form = desk.form().await;
        form.set(FIELD, &value);
        let (mut saver, mut submitter) = (desk.browser(), desk.browser());
        let save = tokio::spawn(async move { saver.submit(&form, ("act", "stay"), &[]).await });
        let submit = tokio::spawn(async move { submitter.submit(&seen, ("", ""), &[]).await });
        let (save, submit) = (save.await.unwrap(), submit.await.unwrap());
        let held = desk.stored().await.text(FIELD) == value;
        match (save.status.as_u16(), submit.status.as_u16()) {
            // The save came first: what was looked at is no longer what is there.
            (303, 409) => {
                assert!(held);
                saved_first += 1;
            }
            (409, 303) => {
                assert!(!held, "a save that was refused is stored");
                submitted_first += 1;
                let content = desk.submitted_content().await;
                assert!(!content.contains(&value), "more was submitted than was looked at");
                desk.browser().post(&desk.path("reopen"), &[]).await.expect(303);
            }
            (303, 303) => {
                let content = desk.submitted_content().await;
                panic!(
                    "round {round}: both were taken, the save {}",
                    if content.contains(&value) { "unseen" } else { "lost" }
                );
            }
            other => panic!("{other:?}: {} / {}", save.words(), submit.words()),
        }
    }
    assert!(saved_first + submitted_first == 30, "{saved_first} {submitted_first}");
    desk.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_leads_three_applications_even_when_two_are_submitted_at_once() {
    let app = TestApp::start(NOW).await;
    for organisation in 1..=4 {
        let sample = app.sample(CAPPED).of_organisation(organisation);
        let first = ready_draft(&app.service, &sample, &format!("applicant-{organisation}")).await;
        let mut drafts = vec![first.application.clone()];
        for _ in 0..3 {
            drafts.push(first.another(&app.service, &sample).await.application);
        }
        let submit = |id: &str| {
            let mut client = app.client();
            client.set_cookie("session", &first.token);
            let path = format!("/applications/{id}/submit");
            async move { client.post(&path, &[("idempotency_key", &path)]).await }
        };
        for id in &drafts[..2] {
            submit(id).await.expect(303);
        }
        let answers = at_once(vec![submit(&drafts[2]), submit(&drafts[3])]).await;
        assert_eq!(statuses(&answers), [303, 422], "organisation {organisation}");
        let refused = answers.iter().find(|answer| answer.status == 422).unwrap();
        assert!(refused.says("二(三)"), "{}", refused.words());
        // Which one it is does not matter; a place that is given back can be taken.
        let left = if refused.path.contains(&drafts[2]) { &drafts[2] } else { &drafts[3] };
        submit(left).await.expect(422);
        let mut client = app.client();
        client.set_cookie("session", &first.token);
        client.post(&format!("/applications/{}/withdraw", drafts[0]), &[]).await.expect(303);
        submit(left).await.expect(303);
    }
    app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acts_on_a_state_happen_once() {
    let desk = Desk::with_ready_draft(CALL).await;
    desk.browser().post(&desk.path("submit"), &[("idempotency_key", "once")]).await.expect(303);
    for act in ["reopen", "withdraw"] {
        let requests = (0..10).map(|_| {
            let (mut client, path) = (desk.browser(), desk.path(act));
            async move { client.post(&path, &[]).await }
        });
        let answers = at_once(requests.collect()).await;
        assert_eq!(statuses(&answers), [vec![303], vec![409; 9]].concat(), "{act}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_taken_off_once() {
    let desk = Desk::with_ready_draft(CALL).await;
    let view = desk.app.service.application(Some(&desk.ready.actor), &desk.ready.application).await.unwrap();
    let file = view.evidence.iter().flat_map(|item| &item.files).next().unwrap().id.clone();
    let section =
        desk.sample.call().section_of(&format!("evidence.{}", desk.sample.call().evidence[0].id)).unwrap();
    let requests = (0..8).map(|_| {
        let (mut client, path, act) = (desk.browser(), desk.path(&section.id), format!("detach.{file}"));
        async move { client.upload(&path, &[("act", &act)], &[]).await }
    });
    let answers = at_once(requests.collect()).await;
    assert_eq!(statuses(&answers), [303; 8]);
    let store = desk.app.service.store();
    let events = store
        .read::<_, StoreError>(Box::new(|rows| Box::pin(async move { rows.events_after(0, 500).await })))
        .await
        .unwrap();
    assert_eq!(events.iter().filter(|row| row.event.kind == "file_removed").count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_button_that_is_pressed_twice_begins_one_application() {
    let desk = Desk::with_ready_draft(CALL).await;
    let call = format!("/calls/{CALL}");
    let form = desk.browser().get(&call).await.expect(200).form(&format!("{call}/applications"));
    let requests = (0..6).map(|_| {
        let (mut client, form) = (desk.browser(), form.clone());
        async move { client.submit(&form, ("", ""), &[]).await }
    });
    let answers = at_once(requests.collect()).await;
    assert_eq!(statuses(&answers), [303; 6]);
    let begun: std::collections::BTreeSet<&str> = answers.iter().map(|answer| answer.location()).collect();
    assert_eq!(begun.len(), 1, "{begun:?}");
    // The page read anew begins another.
    let form = desk.browser().get(&call).await.expect(200).form(&format!("{call}/applications"));
    let other = desk.browser().submit(&form, ("", ""), &[]).await.expect(303);
    assert!(!begun.contains(other.location()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_on_drafts_and_files_hold_under_parallel_requests() {
    let desk = Desk::with_ready_draft(CALL).await;
    let begin = format!("/calls/{CALL}/applications");
    let requests = (0..25).map(|_| {
        let (mut client, begin) = (desk.browser(), begin.clone());
        async move { client.post(&begin, &[]).await }
    });
    let answers = at_once(requests.collect()).await;
    assert_eq!(statuses(&answers), [vec![303; 19], vec![422; 6]].concat(), "20 drafts are the most");
    let refused = answers.iter().find(|answer| answer.status == 422).unwrap();
    assert!(refused.says("已有20份未提交的草稿"), "{}", refused.words());

    let call = desk.sample.call();
    let holds = |section: &&jiebang_domain::call::Section| {
        section.entries.iter().any(|entry| matches!(entry, jiebang_domain::call::Entry::Evidence))
    };
    let path = desk.path(&call.sections.iter().find(holds).unwrap().id);
    let input = format!("evidence.{}.0", call.evidence[0].id);
    let pdf = jiebang_testkit::files::pdf("one", 1);
    let attached = desk.sample.files().len();
    let names: Vec<String> = (attached..97).map(|nth| format!("{nth}.pdf")).collect();
    let files: Vec<(&str, &str, &[u8])> =
        names.iter().map(|name| (input.as_str(), name.as_str(), pdf.as_slice())).collect();
    desk.browser().upload(&path, &[], &files).await.expect(303);
    let requests = (0..8).map(|nth| {
        let (mut client, path, input, pdf) = (desk.browser(), path.clone(), input.clone(), pdf.clone());
        async move { client.upload(&path, &[], &[(&input, &format!("last-{nth}.pdf"), &pdf)]).await }
    });
    let answers = at_once(requests.collect()).await;
    assert_eq!(statuses(&answers), [vec![303; 3], vec![422; 5]].concat(), "100 files are the most");
    assert!(answers.iter().filter(|answer| answer.status == 422).all(|answer| answer.says("文件已达100个")));
    let view = desk.app.service.application(Some(&desk.ready.actor), &desk.ready.application).await.unwrap();
    assert_eq!(view.evidence.iter().map(|item| item.files.len()).sum::<usize>(), 100);
    assert!(matches!(view.content.0.get("task"), Some(Value::Text(_))), "the content went with the files");
}
