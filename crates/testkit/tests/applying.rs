//! Applying, page by page: every call that takes applications, in both languages, from the call's page to the day after its
//! deadline.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use jiebang_domain::shared::{Language, Severity};
use jiebang_service::{Actor, Service, ServiceError, Submit};
use jiebang_store::{EventRow, StoreError};
use jiebang_testkit::{Answer, Applicant, Receipt, Sample, TestApp, ready_draft};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

/// Calls that take applications, each with an instant at which it is open.
const CALLS: [(&str, &str); 3] = [
    ("miit-2021-ai-devices", "2021-12-01T09:00:00+08:00"),
    ("miit-2025-ai-devices", "2025-03-20T09:00:00+08:00"),
    ("miit-2025-biomaterials-2", "2025-03-20T09:00:00+08:00"),
];

/// What pages say in the one language and in the other.
struct Words {
    language: Language,
    ready: &'static str,
    submitted: &'static str,
    late: &'static str,
    superseded: &'static str,
    wrong_state: &'static str,
}

const ZH: Words = Words {
    language: Language::Zh,
    ready: "可以提交",
    submitted: "已提交",
    late: "已过截止时间",
    superseded: "已由第 2 版取代",
    wrong_state: "不能",
};

const EN: Words = Words {
    language: Language::En,
    ready: "Ready to submit",
    submitted: "Submitted",
    late: "The deadline has passed",
    superseded: "has been replaced by version 2",
    wrong_state: "does not allow",
};

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A field that every call asks for, to be changed between two submissions.
const CHANGED: &str = "principal.phone";

struct Journey {
    app: TestApp,
    applicant: Applicant,
    words: Words,
    id: String,
}

impl Journey {
    async fn begin((call, now): (&str, &str), words: Words) -> Self {
        let app = TestApp::start(now).await;
        let mut client = app.client();
        client.header("accept-language", words.language.tag());
        let sample = app.sample(call);
        let board = client.get("/").await.expect(200);
        assert!(
            board.links().iter().any(|link| link.href.starts_with(&format!("/calls/{call}"))),
            "{}",
            board.words()
        );
        let mut applicant = Applicant::register(client, sample, "applicant").await;
        let id = applicant.begin().await;
        Self { app, applicant, words, id }
    }

    fn path(&self, rest: &str) -> String {
        if rest.is_empty() {
            format!("/applications/{}", self.id)
        } else {
            format!("/applications/{}/{rest}", self.id)
        }
    }

    async fn get(&mut self, rest: &str) -> Answer {
        let path = self.path(rest);
        let answer = self.applicant.client.get(&path).await.expect(200);
        assert!(
            answer.body.contains(&format!("<html lang=\"{}\">", self.words.language.tag())),
            "{path} is in another language"
        );
        answer
    }

    async fn actor(&self) -> Actor {
        let token = self.applicant.client.cookie("session").unwrap();
        self.app.service.session(token).await.unwrap().unwrap()
    }

    /// Everything that is wrong stands on one page, each with its clause, its remedy and a link to its field.
    async fn findings_are_shown_at_once(&mut self) {
        let actor = self.actor().await;
        let view = self.app.service.application(Some(&actor), &self.id).await.unwrap();
        assert!(view.blocked && view.findings.len() > 10, "{}", view.findings.len());
        let page = self.get("check").await;
        let links: Vec<String> = page.links().into_iter().map(|link| link.href).collect();
        let mut sections: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for finding in &view.findings {
            assert!(page.says(finding.message.get(self.words.language)), "{:?}", finding.message);
            assert!(page.says(finding.remedy.get(self.words.language)), "{:?}", finding.remedy);
            if let Some(clause) = &finding.clause {
                assert!(page.says(clause.as_str()), "{clause}");
            }
            let Some(place) = view.locate(finding) else { continue };
            let link = format!("/applications/{}/{}?check#{}", self.id, place.section, place.field);
            assert!(links.contains(&link), "no link {link}");
            sections.entry(place.section).or_default().push(place.field);
        }
        for (section, fields) in sections {
            let ids = self.get(&format!("{section}?check")).await.ids();
            for field in fields {
                assert!(ids.contains(&field), "the page of {section} has no element {field}");
            }
        }
    }

    /// A draft with refusals is not submitted, and the refusal shows all of them.
    async fn a_faulty_draft_is_refused(&mut self) {
        let actor = self.actor().await;
        let view = self.app.service.application(Some(&actor), &self.id).await.unwrap();
        let page = self.get("submit").await;
        assert!(page.forms().iter().all(|form| form.action != self.path("submit")));
        let path = self.path("submit");
        let refused =
            self.applicant.client.post(&path, &[("idempotency_key", "too-early")]).await.expect(422);
        for finding in view.findings.iter().filter(|finding| finding.severity != Severity::Warning) {
            assert!(refused.says(finding.message.get(self.words.language)), "{:?}", finding.message);
        }
    }

    /// The receipt is canonical, its hash is that of the frozen copy, and the page says the same.
    async fn holds(&mut self, receipt: &Receipt, version: i64) {
        let json: serde_json::Value = serde_json::from_str(&receipt.json).unwrap();
        assert_eq!(serde_jcs::to_string(&json).unwrap(), receipt.json, "not canonical");
        let content: serde_json::Value = serde_json::from_str(&receipt.content).unwrap();
        assert_eq!(serde_jcs::to_string(&content).unwrap(), receipt.content, "not canonical");
        let hash = sha256(receipt.content.as_bytes());
        assert_eq!(receipt.value("content_sha256"), hash);
        assert_eq!(receipt.value("version"), version);
        assert_eq!(receipt.value("application"), self.id);
        assert_eq!(receipt.value("call"), self.applicant.sample.call().id);
        let number = receipt.value("number").as_str().unwrap().to_owned();
        assert_eq!(receipt.path, format!("/receipts/{number}"));
        let received: jiff::Timestamp = receipt.value("received_at").as_str().unwrap().parse().unwrap();
        let age = self.app.service.clock().now().duration_since(received);
        assert!((0..60).contains(&age.as_secs()), "received {age:?} ago");
        let bare: String = receipt.page.split_whitespace().collect();
        assert!(receipt.page.contains(&number) && bare.contains(&hash), "the page lacks number or hash");
        assert_eq!(content["version"], version);
        assert_eq!(content["applicant"]["code"], self.applicant.sample.applicant("code"));
    }

    /// What was attached is what is downloaded and what is frozen.
    async fn files_are_whole(&mut self, receipt: &Receipt) {
        let content: serde_json::Value = serde_json::from_str(&receipt.content).unwrap();
        let mut frozen: Vec<String> = content["evidence"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["sha256"].as_str().unwrap().to_owned())
            .collect();
        let mut attached: Vec<String> =
            self.applicant.sample.files().iter().map(|file| sha256(&file.content)).collect();
        frozen.sort();
        attached.sort();
        assert_eq!(frozen, attached);
        let section = self.applicant.evidence_section();
        let prefix = self.path("files/");
        let links = self.get(&section).await.links();
        let mut downloaded = Vec::new();
        for link in links.iter().filter(|link| link.href.starts_with(&prefix)) {
            let file = self.applicant.client.get(&link.href).await.expect(200);
            assert!(file.header("content-disposition").starts_with("attachment"), "{:?}", file.headers);
            assert_eq!(
                (file.header("content-type"), file.header("x-content-type-options")),
                ("application/pdf", "nosniff")
            );
            downloaded.push(sha256(&file.bytes));
        }
        downloaded.sort();
        assert_eq!(downloaded, attached);
    }

    /// What was submitted cannot be changed or submitted again without reopening.
    async fn a_submitted_application_is_locked(&mut self) {
        let section = self.applicant.sample.call().sections[0].id.clone();
        let page = self.get(&section).await;
        assert!(
            page.forms().iter().all(|form| form.action != self.path(&section)),
            "a locked section has a form"
        );
        let path = self.path(&section);
        let refused =
            self.applicant.client.post(&path, &[("version", "1"), (CHANGED, "1")]).await.expect(409);
        assert!(
            refused.says(self.words.wrong_state) && refused.says(self.words.submitted),
            "{}",
            refused.words()
        );
        let path = self.path("submit");
        self.applicant.client.post(&path, &[("idempotency_key", "again")]).await.expect(409);
    }

    async fn change(&mut self, value: &str) {
        let call = self.applicant.sample.call();
        let section = call.section_of(CHANGED).unwrap().id.clone();
        let mut form = self.applicant.section(&self.id, &section).await;
        form.set(CHANGED, value);
        self.applicant.client.submit(&form, ("act", "next"), &[]).await.expect(303);
    }

    /// After the deadline every act is refused with the clause, and everything can be read.
    async fn too_late_for_every_act(&mut self, receipts: &[Receipt]) {
        let call = self.applicant.sample.call.clone();
        let clause = call.call.deadlines[0].source.clause().unwrap().as_str().to_owned();
        let section = call.call.section_of(CHANGED).unwrap().id.clone();
        let evidence = self.applicant.evidence_section();
        let begin = format!("/calls/{}/applications", call.call.id);
        let first = self.applicant.sample.files().remove(0);
        let (input, pdf) = (first.input(), first.content);
        let (words, id) = (&self.words, self.id.clone());
        let late = |answer: Answer| {
            let answer = answer.expect(409);
            assert!(answer.says(words.late) && answer.says(&clause), "{}: {}", answer.path, answer.words());
            assert!(answer.body.contains(&format!("<html lang=\"{}\">", words.language.tag())));
        };
        let client = &mut self.applicant.client;
        let path = |rest: &str| format!("/applications/{id}/{rest}");
        late(client.post(&path(&section), &[("version", "1"), (CHANGED, "0")]).await);
        late(client.upload(&path(&evidence), &[("version", "0")], &[(&input, "late.pdf", &pdf)]).await);
        late(client.post(&path("submit"), &[("idempotency_key", "late")]).await);
        late(client.post(&path("reopen"), &[]).await);
        late(client.post(&path("withdraw"), &[]).await);
        late(client.post(&begin, &[]).await);
        let page = client.get(&format!("/calls/{}", call.call.id)).await.expect(200);
        assert!(page.forms().iter().all(|form| form.action != begin), "the call's page still has its button");
        for section in &call.call.sections {
            let page = self.get(&section.id).await;
            assert!(page.forms().iter().all(|form| form.action != self.path(&section.id)), "{}", section.id);
        }
        for rest in ["", "check", "submit", "withdraw"] {
            let page = self.get(rest).await;
            let offers = page.forms().iter().any(|form| form.action.starts_with(&self.path("")));
            assert!(!offers, "{} offers an act after the deadline", self.path(rest));
        }
        for receipt in receipts {
            let again = self.applicant.receipt(&receipt.path).await;
            assert_eq!((&again.json, &again.content), (&receipt.json, &receipt.content));
        }
    }

    async fn events(&self) -> Vec<EventRow> {
        let store = self.app.service.store();
        store
            .read::<_, StoreError>(Box::new(|rows| Box::pin(async move { rows.events_after(0, 500).await })))
            .await
            .unwrap()
    }
}

/// Register, apply, findings, mend, submit, receipt, reopen, resubmit, too late.
async fn journey(call: (&str, &str), words: Words) {
    let mut journey = Journey::begin(call, words).await;
    assert!(!journey.get("").await.says(journey.words.submitted));
    journey.findings_are_shown_at_once().await;
    journey.a_faulty_draft_is_refused().await;
    let id = journey.id.clone();
    journey.applicant.fill_all(&id).await;
    journey.applicant.attach_all(&id).await;
    assert!(journey.get("check").await.says(journey.words.ready));

    let first = journey.applicant.submit(&id).await;
    journey.holds(&first, 1).await;
    journey.files_are_whole(&first).await;
    assert!(journey.get("").await.says(journey.words.submitted));
    journey.a_submitted_application_is_locked().await;

    journey.applicant.reopen(&id).await;
    journey.change("010-61234567").await;
    let again = journey.applicant.receipt(&first.path).await;
    assert_eq!(
        (&again.json, &again.content),
        (&first.json, &first.content),
        "reopening changed what was submitted"
    );
    let second = journey.applicant.submit(&id).await;
    journey.holds(&second, 2).await;
    assert!(second.content.contains("010-61234567") && !first.content.contains("010-61234567"));
    let again = journey.applicant.receipt(&first.path).await;
    assert_eq!((&again.json, &again.content), (&first.json, &first.content), "version 2 changed version 1");
    assert!(journey.applicant.client.get(&first.path).await.says(journey.words.superseded));
    let number = |receipt: &Receipt| receipt.value("number").as_str().unwrap().to_owned();
    let (one, two) = (number(&first), number(&second));
    assert_eq!((one.strip_suffix("-1"), one.len()), (two.strip_suffix("-2"), two.len()), "{one} {two}");

    // Reopened and not submitted again in time: the submitted version counts.
    journey.applicant.reopen(&id).await;
    let deadline = journey.applicant.sample.deadline();
    journey.app.jump_to(deadline - SignedDuration::from_secs(30));
    journey.change("010-60000000").await;
    journey.app.jump_to(deadline);
    journey.too_late_for_every_act(&[first.clone(), second.clone()]).await;

    // Nothing that happened lacks its event, and nothing else has one.
    let events = journey.events().await;
    let mut kinds: Vec<&str> =
        events.iter().filter(|row| row.event.subject == id).map(|row| row.event.kind.as_str()).collect();
    assert_eq!(kinds.first(), Some(&"application_begun"));
    kinds.retain(|kind| !["application_begun", "section_saved", "file_attached"].contains(kind));
    assert_eq!(
        kinds,
        ["application_submitted", "application_reopened", "application_submitted", "application_reopened"]
    );
    let attached = events.iter().filter(|row| row.event.kind == "file_attached").count();
    assert_eq!(attached, journey.applicant.sample.files().len());
    journey.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ai_device_of_2021_is_applied_for_in_chinese() {
    journey(CALLS[0], ZH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ai_device_of_2021_is_applied_for_in_english() {
    journey(CALLS[0], EN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ai_device_of_2025_is_applied_for_in_chinese() {
    journey(CALLS[1], ZH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ai_device_of_2025_is_applied_for_in_english() {
    journey(CALLS[1], EN).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_biomaterial_is_applied_for_in_chinese() {
    journey(CALLS[2], ZH).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_biomaterial_is_applied_for_in_english() {
    journey(CALLS[2], EN).await;
}

/// Every sample of every call, not only the first of each, can be typed in as its pages offer it and is then received.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_sample_can_be_typed_in_and_submitted() {
    let mut received = 0;
    for (call, now) in CALLS {
        let app = TestApp::start(now).await;
        let open: Vec<String> = app.ministry_calls().iter().map(|call| call.call.id.clone()).collect();
        let known: Vec<&str> = CALLS.iter().map(|(call, _)| *call).collect();
        assert!(open.len() == known.len() && open.iter().all(|id| known.contains(&id.as_str())), "{open:?}");
        let card = app.service.call(call).unwrap();
        for (nth, sample) in Sample::all(&card.call).into_iter().enumerate() {
            // The first of each is played in `journey`.
            if sample.name == "sample" {
                continue;
            }
            let mut applicant = Applicant::register(app.client(), sample, &format!("applicant-{nth}")).await;
            let id = applicant.begin().await;
            applicant.fill_all(&id).await;
            applicant.attach_all(&id).await;
            let receipt = applicant.submit(&id).await;
            assert_eq!(receipt.value("content_sha256"), sha256(receipt.content.as_bytes()));
            received += 1;
        }
        app.assert_whole().await;
    }
    assert!(received >= 6, "{received}");
}

async fn submitted_at(
    service: &Service,
    ready: &jiebang_testkit::Ready,
    at: jiff::Timestamp,
) -> Result<String, ServiceError> {
    let submit = Submit { application: ready.application.clone(), seen: None, key: None, received_at: at };
    service.submit(&ready.actor, submit).await.map(|receipt| receipt.received_at)
}

/// The instant that counts is the one at which the request has been received whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_millisecond_is_in_time_and_the_next_is_late() {
    for (call, now) in CALLS {
        let app = TestApp::start(now).await;
        let sample = app.sample(call);
        let deadline = sample.deadline();
        let ready = ready_draft(&app.service, &sample, "applicant").await;
        for late in
            [deadline, deadline + SignedDuration::from_micros(1), deadline + SignedDuration::from_hours(1)]
        {
            let refused = submitted_at(&app.service, &ready, late).await.unwrap_err();
            assert!(format!("{refused:?}").contains("deadline_passed"), "{refused:?}");
        }
        let received =
            submitted_at(&app.service, &ready, deadline - SignedDuration::from_millis(1)).await.unwrap();
        let whole: jiff::Timestamp = received.parse().unwrap();
        assert_eq!(deadline.duration_since(whole), SignedDuration::from_millis(1));
    }
}

/// A withdrawn application is no longer submitted and cannot come back; what was received stays readable.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_is_withdrawn() {
    for words in [ZH, EN] {
        let app = TestApp::start(CALLS[2].1).await;
        let sample = app.sample(CALLS[2].0);
        let ready = ready_draft(&app.service, &sample, "applicant").await;
        let draft = ready.another(&app.service, &sample).await.application;
        let mut applicant = Applicant { client: app.client(), sample, username: ready.username.clone() };
        applicant.client.set_cookie("lang", words.language.tag());
        applicant.client.set_cookie("session", &ready.token);
        let id = ready.application;
        let receipt = applicant.submit(&id).await;
        for id in [&id, &draft] {
            let path = format!("/applications/{id}/withdraw");
            let page = applicant.client.get(&format!("/applications/{id}")).await.expect(200);
            assert!(page.links().iter().any(|link| link.href == path), "{}", page.words());
            let form = applicant.client.get(&path).await.expect(200).form(&path);
            let answer = applicant.client.submit(&form, ("", ""), &[]).await.expect(303);
            applicant.client.follow(answer).await.expect(200);
            let again = applicant.client.post(&path, &[]).await.expect(409);
            assert!(again.says(words.wrong_state), "{}", again.words());
            for rest in ["submit", "reopen"] {
                let key = [("idempotency_key", "withdrawn")];
                let sent = if rest == "submit" { &key[..] } else { &[] };
                applicant.client.post(&format!("/applications/{id}/{rest}"), sent).await.expect(409);
            }
            let section = applicant.sample.call().section_of(CHANGED).unwrap().id.clone();
            let save = [("version", "2"), (CHANGED, "1")];
            applicant.client.post(&format!("/applications/{id}/{section}"), &save).await.expect(409);
        }
        let again = applicant.receipt(&receipt.path).await;
        assert_eq!((again.json, again.content), (receipt.json, receipt.content));
        app.assert_whole().await;
    }
}

/// A limit in characters is counted by the one definition, and the finding says by how much to shorten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_is_too_long_is_kept_and_refused_with_its_clause() {
    let app = TestApp::start(CALLS[1].1).await;
    let ready = ready_draft(&app.service, &app.sample(CALLS[1].0), "applicant").await;
    let mut applicant =
        Applicant { client: app.client(), sample: app.sample(CALLS[1].0), username: ready.username };
    applicant.client.set_cookie("session", &ready.token);
    let section = applicant.sample.call().section_of("lead.introduction").unwrap().id.clone();
    let id = ready.application;
    // 499 Han characters and one run of Latin letters are 500; one more sign is too much.
    let most = format!("{} PET-CT", "字".repeat(499));
    for (text, over) in [(most.clone(), false), (format!("{most}。"), true)] {
        let mut form = applicant.section(&id, &section).await;
        form.set("lead.introduction", &text);
        let answer = applicant.client.submit(&form, ("act", "stay"), &[]).await.expect(303);
        let page = applicant.client.follow(answer).await.expect(200);
        assert_eq!(
            page.form(&format!("/applications/{id}/{section}")).value("lead.introduction"),
            Some(text.as_str())
        );
        assert_eq!(page.says("现有501字，上限500字"), over, "{}", page.words());
        let check = applicant.client.get(&format!("/applications/{id}/check")).await.expect(200);
        assert_eq!(check.says("删减1字") && check.says("F-表一"), over);
    }
}

/// A draft that was begun under one version of a call can be found again; a call that is not published cannot be applied for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_applications_are_listed_and_unknown_calls_are_not_applied_for() {
    let app = TestApp::start_empty(CALLS[1].1).await;
    app.service.publish_for_demo(CALLS[1].0, app.service.clock().now()).await.unwrap();
    let mut applicant = Applicant::register(app.client(), app.sample(CALLS[1].0), "applicant").await;
    let list = applicant.client.get("/applications").await.expect(200);
    assert!(list.says("还没有申报"), "{}", list.words());
    let id = applicant.begin().await;
    let list = applicant.client.get("/applications").await.expect(200);
    assert!(list.links().iter().any(|link| link.href == format!("/applications/{id}")), "{}", list.words());
    for call in [CALLS[2].0, "no-such-call", "..%2F..", "%FF"] {
        applicant.client.post(&format!("/calls/{call}/applications"), &[]).await.expect(404);
    }
}

/// Files belong to a unit, not to the place of its row: taking out a partner leaves those of the others where they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_stay_with_their_unit_when_a_partner_is_taken_out() {
    let app = TestApp::start(CALLS[2].1).await;
    let mut applicant = Applicant::register(app.client(), app.sample(CALLS[2].0), "applicant").await;
    let id = applicant.begin().await;
    applicant.fill_all(&id).await;
    let mut form = applicant.section(&id, "partners").await;
    let answer = applicant.client.submit(&form, ("act", "add.partners"), &[]).await.expect(303);
    form = applicant.client.follow(answer).await.expect(200).form(&format!("/applications/{id}/partners"));
    form.set("partners.2.name", "后来加入的医院");
    applicant.client.submit(&form, ("act", "stay"), &[]).await.expect(303);

    let section = applicant.evidence_section();
    let pdf = jiebang_testkit::files::pdf("信用证明", 1);
    for (member, name) in [(1, "first.pdf"), (2, "second.pdf")] {
        let form = applicant.section(&id, &section).await;
        let file = [(format!("evidence.credit.{member}"), name, pdf.as_slice())];
        let sent: Vec<_> =
            file.iter().map(|(input, name, content)| (input.as_str(), *name, *content)).collect();
        applicant.client.submit(&form, ("act", "stay"), &sent).await.expect(303);
    }
    let form = applicant.section(&id, "partners").await;
    applicant.client.submit(&form, ("act", "remove.partners.1"), &[]).await.expect(303);

    let session = applicant.client.cookie("session").unwrap().to_owned();
    let actor = app.service.session(&session).await.unwrap().unwrap();
    let credit = |view: &jiebang_service::ApplicationView| {
        let item = view.evidence.iter().find(|item| item.id == "credit").unwrap().clone();
        let unit = |number: i64| {
            item.members
                .iter()
                .find(|of| of.number == number)
                .map_or("nobody", |of| of.name.as_str())
                .to_owned()
        };
        item.files.iter().map(|file| (file.name.clone(), unit(file.member))).collect::<Vec<_>>()
    };
    let owned =
        |pairs: [(&str, &str); 2]| pairs.map(|(file, unit)| (file.to_owned(), unit.to_owned())).to_vec();
    let view = app.service.application(Some(&actor), &id).await.unwrap();
    assert_eq!(credit(&view), owned([("first.pdf", "nobody"), ("second.pdf", "后来加入的医院")]));

    // Who joins later does not inherit the number, and with it the files, of who has left.
    let form = applicant.section(&id, "partners").await;
    let answer = applicant.client.submit(&form, ("act", "add.partners"), &[]).await.expect(303);
    let mut form =
        applicant.client.follow(answer).await.expect(200).form(&format!("/applications/{id}/partners"));
    form.set("partners.2.name", "又一家医院");
    applicant.client.submit(&form, ("act", "stay"), &[]).await.expect(303);
    let view = app.service.application(Some(&actor), &id).await.unwrap();
    assert_eq!(credit(&view), owned([("first.pdf", "nobody"), ("second.pdf", "后来加入的医院")]));
    assert_eq!(view.content.members(), [0, 2, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cap_on_applications_led_names_those_that_count() {
    let app = TestApp::start("2025-03-20T09:00:00+08:00").await;
    let sample = app.sample("miit-2025-biomaterials-2");
    let last = ready_draft(&app.service, &sample, "applicant").await;
    let (mut submitted, mut numbers) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        submitted.push(last.another(&app.service, &sample).await.application);
    }
    for application in &submitted {
        let received_at = app.service.clock().now();
        let submit = Submit { application: application.clone(), seen: None, key: None, received_at };
        let receipt = app.service.submit(&last.actor, submit).await.unwrap();
        numbers.push(receipt.number.rsplit_once('-').unwrap().0.to_owned());
    }
    let mut client = app.client();
    client.set_cookie("session", &last.token);
    for (tag, remedy) in [
        ("zh", "从已提交的申报中撤回1项，或不提交本项"),
        ("en", "Withdraw 1 of those submitted, or do not submit this one"),
    ] {
        let check =
            client.get(&format!("/applications/{}/check?lang={tag}", last.application)).await.expect(200);
        assert!(check.says(remedy), "{}", check.words());
        for number in &numbers {
            assert!(check.says(number), "{number}: {}", check.words());
        }
    }
    // One is withdrawn, as the remedy says, and nothing stands in the way any more.
    let path = format!("/applications/{}/withdraw", submitted[1]);
    let form = client.get(&path).await.expect(200).form(&path);
    client.submit(&form, ("", ""), &[]).await.expect(303);
    let check = client.get(&format!("/applications/{}/check?lang=zh", last.application)).await.expect(200);
    assert!(check.says("可以提交") && !check.says(&numbers[0]), "{}", check.words());
}

/// The limit on drafts is one on what lies about: what is withdrawn makes room.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn withdrawn_drafts_do_not_count_against_the_limit_of_drafts() {
    let app = TestApp::start(CALLS[1].1).await;
    let ready = ready_draft(&app.service, &app.sample(CALLS[1].0), "applicant").await;
    let mut client = app.client();
    client.set_cookie("session", &ready.token);
    let begin = format!("/calls/{}/applications", CALLS[1].0);
    for _ in 1..20 {
        client.post(&begin, &[]).await.expect(303);
    }
    let refused = client.post(&begin, &[]).await.expect(422);
    assert!(refused.says("20份未提交的草稿"), "{}", refused.words());
    client.post(&format!("/applications/{}/withdraw", ready.application), &[]).await.expect(303);
    client.post(&begin, &[("zzz", "1")]).await.expect(422);
    client.post(&begin, &[]).await.expect(303);
    client.post(&begin, &[]).await.expect(422);
}
