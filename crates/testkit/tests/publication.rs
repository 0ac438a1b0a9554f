//! From scores to a certificate over HTTP: what a list would be, public notice, an objection, the final list.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod room;

use std::collections::BTreeMap;

use jiebang_domain::publication::Roster;
use jiebang_service::{Audience, ExportCheck, Lifted, Piece, Recompute, Recomputed, Role, export};
use jiebang_testkit::{Answer, Client, ledger_key};

use room::{CALL, Room, SCORES, login};

const DRAFT: &str = "/calls/miit-2025-ai-devices/lists/shortlist/draft";
const LIST: &str = "/calls/miit-2025-ai-devices/lists/shortlist";

/// The first application is scored three times, the form of the second one refused.
async fn scored() -> (Room, Client) {
    let mut room = Room::build().await;
    room.passes(0).await;
    for (expert, name) in [(0, "专家一"), (2, "专家三"), (3, "专家四")] {
        room.assign(0, name).await.expect(303);
        let path = room.sheet(0);
        let page = room.experts[expert].get(&path).await.expect(200);
        let clear = page.forms().into_iter().find(|form| form.value("act") == Some("clear")).unwrap();
        room.experts[expert].submit(&clear, ("", ""), &[]).await.expect(303);
        room.save(expert, 0, "submit", &SCORES).await.expect(303);
    }
    let mut office = room.app.client();
    jiebang_testkit::Applicant::login(&mut office, "office").await.expect(303);
    (room, office)
}

async fn publish(office: &mut Client, changes: &[(&str, &str)]) -> Answer {
    let forms = office.get(DRAFT).await.expect(200).forms();
    let mut form = forms.into_iter().find(|form| form.value("act") == Some("publish")).unwrap();
    for (name, value) in changes {
        form.set(name, value);
    }
    office.submit(&form, ("", ""), &[]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_goes_from_scores_through_its_notice_to_certificates() {
    let (mut room, mut office) = scored().await;

    // Nothing is published while anything is missing.
    let missing = office.get(DRAFT).await.expect(200);
    assert!(missing.says("还没有形式审查结论"), "{}", missing.words());
    assert!(missing.forms().iter().all(|form| form.value("act") != Some("publish")));
    office.post(DRAFT, &[("seen", "0"), ("reason", "first")]).await.expect(422);
    room.answer(1, "no", "承诺书没有盖章").await.expect(303);
    let draft = office.get(DRAFT).await.expect(200);
    assert!(draft.says("参评 1 项，形式审查不通过 1 项") && draft.says("第1名，平均"), "{}", draft.words());

    // The first version is a public notice of five working days; nobody publishes over what was not seen.
    let first = draft.forms().into_iter().find(|form| form.value("act") == Some("publish")).unwrap();
    let published = office.submit(&first, ("", ""), &[]).await.expect(303);
    assert_eq!(published.location(), format!("{LIST}/1"));
    office.submit(&first, ("", ""), &[]).await.expect(409);
    let mut public = room.app.client();
    let list = public.get(LIST).await.expect(200);
    for words in ["入围遴选 公示名单", "公示中", "（1 项）", "示例"] {
        assert!(list.says(words), "{words}: {}", list.words());
    }
    assert!(room.app.client().get(&format!("{LIST}?lang=en")).await.says("under public notice"));
    let number = list.value_of("number").unwrap_or_default();
    assert!(number.is_empty(), "the form begins empty");
    public.get(&format!("{LIST}/2")).await.expect(404);
    office.get(&format!("/teams/{}", room.id(0))).await.expect(404);
    let early = publish(&mut office, &[("reason", "notice_over"), ("kind", "final")]).await.expect(422);
    assert!(early.says("公示"), "{}", early.words());

    // Nobody objects without a name.
    let form = list.form(LIST);
    let told = public.submit(&form, ("", ""), &[]).await.expect(422);
    assert!(told.says("匿名") || told.says("姓名"), "{}", told.words());
    let mut named = form.clone();
    named
        .set("name", "王实名")
        .set("contact", "13800000000")
        .set("text", "指标与事实不符")
        .set("number", "JB-1");
    let told = public.submit(&named, ("", ""), &[]).await.expect(422);
    assert_eq!(told.form(LIST).value("name"), Some("王实名"));
    named.set("number", "");
    let lodged = public.submit(&named, ("", ""), &[]).await.expect(303);
    let received = public.get(lodged.location()).await.expect(200);
    assert!(received.says("异议已收到"), "{}", received.words());
    assert!(!public.get(LIST).await.says("王实名"), "who objects is for the desk");

    // It is answered by the office; until then the list is not final.
    let desk = format!("/calls/{CALL}/objections");
    public.get(&desk).await.expect(303);
    let page = office.get(&desk).await.expect(200);
    assert!(page.says("王实名") && page.says("待答复"), "{}", page.words());
    room.app.jump("2025-04-08T09:00:00+08:00");
    let open = publish(&mut office, &[("reason", "notice_over"), ("kind", "final")]).await.expect(422);
    assert!(open.says("异议"), "{}", open.words());
    let mut answer = page.forms().into_iter().find(|form| form.action == desk).unwrap();
    answer.set("outcome", "dismissed");
    office.submit(&answer, ("", ""), &[]).await.expect(422);
    answer.set("answer", "经核实，指标有检测报告");
    office.submit(&answer, ("", ""), &[]).await.expect(303);
    office.submit(&answer, ("", ""), &[]).await.expect(422);
    assert!(public.submit(&named, ("", ""), &[]).await.expect(422).says("公示"));

    // The final list has certificates.
    let done = publish(&mut office, &[("reason", "notice_over"), ("kind", "final")]).await.expect(303);
    assert_eq!(done.location(), format!("{LIST}/2"));
    let team = office.get(&format!("/teams/{}", room.id(0))).await.expect(200);
    assert!(team.says("示例"), "the final shortlist opens the race: {}", team.words());
    office.get(&format!("/teams/{}", room.id(1))).await.expect(404);
    let list = public.get(LIST).await.expect(200);
    assert!(list.says("最终名单") && list.forms().iter().all(|form| form.action != LIST));
    let certificate = list.links().into_iter().find(|link| link.href.contains("/certificates/")).unwrap();
    let shown = public.get(&certificate.href).await.expect(200);
    assert!(shown.says("核验一致") && shown.says("JBC1|"), "{}", shown.words());
    let pdf = public.get(&format!("{}/certificate.pdf", certificate.href)).await;
    assert!([200, 202].contains(&pdf.status.as_u16()), "{}", pdf.words());
    public.get(&certificate.href.replace("/2/", "/1/")).await.expect(404);
    public.get(&format!("{}x", certificate.href)).await.expect(404);

    // The files say the same, and the first version stays as it was.
    for file in ["list.json", "list.csv", "list.xlsx"] {
        public.get(&format!("{LIST}/2/{file}")).await.expect(200);
    }
    let json = public.get(&format!("{LIST}/1/list.json")).await.expect(200).value();
    assert_eq!((json["version"].as_u64(), json["kind"].as_str()), (Some(1), Some("notice")));
    let old = public.get(&format!("{LIST}/1")).await.expect(200);
    assert!(old.says("名单已有第 2 版"), "{}", old.words());

    // Who has left is taken out by another version, and the certificate does not stand any more.
    let number = json["entries"][0]["number"].as_str().unwrap().to_owned();
    publish(&mut office, &[("reason", "withdrawal"), ("note", "团队申请退出"), ("take_out", "no-such")])
        .await
        .expect(422);
    let changes = [("reason", "withdrawal"), ("note", "团队申请退出"), ("take_out", number.as_str())];
    publish(&mut office, &changes).await.expect(303);
    assert!(public.get(&certificate.href).await.expect(200).says("现行名单上已没有"));
    room.app.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_office_decides_what_is_published() {
    let (mut room, mut office) = scored().await;
    room.answer(1, "no", "承诺书没有盖章").await.expect(303);
    let sent = [("seen", "0"), ("reason", "first")];
    let lift =
        [("act", "lift"), ("group", "x"), ("class", "shortlisted"), ("cap", "9"), ("reason", "数量多")];
    let answer = [("number", "x"), ("outcome", "dismissed"), ("answer", "不成立")];
    let mut auditor = login(&room.app, "auditor", Role::Auditor).await;
    auditor.get(DRAFT).await.expect(200);
    for client in [&mut auditor, &mut room.office] {
        client.post(DRAFT, &sent).await.expect(403);
        client.post(DRAFT, &lift).await.expect(403);
        client.post(&format!("/calls/{CALL}/objections"), &answer).await.expect(403);
    }
    let mut expert = room.experts.remove(0);
    expert.get(DRAFT).await.expect(403);
    expert.get(&format!("/calls/{CALL}/objections")).await.expect(403);
    room.app.client().get(DRAFT).await.expect(303);

    // A class without a cap has nothing to lift, and a group that nobody is in is none.
    let told = office.post(DRAFT, &lift).await.expect(422);
    assert!(told.says("x"), "{}", told.words());
    // Where nobody takes part there is nothing to publish.
    let winners = format!("/calls/{CALL}/lists/winners/draft");
    assert!(office.get(&winners).await.expect(200).says("还没有项目参评"));
    office.post(&winners, &sent).await.expect(422);
    office.get(&format!("/calls/{CALL}/lists/nowhere/draft")).await.expect(404);
    office.get("/calls/nowhere/lists").await.expect(404);
    let lists = room.app.client().get(&format!("/calls/{CALL}/lists")).await.expect(200);
    assert!(lists.says("还没有公布") && !lists.says("试算"), "{}", lists.words());
    room.app.assert_whole().await;
}

/// An export in memory.
#[derive(Clone)]
struct Handed {
    head: String,
    events: Vec<String>,
    contents: BTreeMap<String, String>,
    listed: Option<Roster>,
}

async fn handed(room: &Room, audience: Audience) -> Handed {
    let (sender, mut pieces) = tokio::sync::mpsc::channel(4);
    let taking = tokio::spawn(async move {
        let (mut events, mut contents, mut listed) = (Vec::new(), BTreeMap::new(), None);
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Event(line) => events.push(line),
                Piece::Content { sha256, text } => drop(contents.insert(sha256, text)),
                Piece::Listed(text) => listed = Some(serde_json::from_str(&text).unwrap()),
            }
        }
        (events, contents, listed)
    });
    let done = export(room.app.service.store(), CALL, audience, sender).await.unwrap();
    let (events, contents, listed) = taking.await.unwrap();
    Handed { head: done.head.to_json().unwrap(), events, contents, listed }
}

impl Handed {
    fn recomputed(&self) -> Recomputed {
        let key = ledger_key();
        let mut computing = Recompute::begin(&self.head, Some(key.verifier())).unwrap();
        let mut lifted = Lifted::default();
        for line in &self.events {
            computing.event(line, &mut lifted).unwrap();
        }
        computing.run(&|digest| self.contents.get(digest).cloned(), self.listed.as_ref())
    }

    /// The digest of a content that holds a text.
    fn with(&self, text: &str) -> String {
        self.contents.iter().find(|(_, content)| content.contains(text)).unwrap().0.clone()
    }

    fn verified(&self) -> Vec<String> {
        let mut check = ExportCheck::begin(&self.head, ledger_key().verifier()).unwrap().unwrap();
        for line in &self.events {
            check.event(line).unwrap().unwrap();
        }
        let mut told: Vec<String> =
            self.contents.keys().filter(|digest| !check.content(digest)).cloned().collect();
        told.extend(check.end().1.into_iter().map(|text| text.en));
        told
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_holds_an_export_computes_the_lists_again() {
    let (mut room, mut office) = scored().await;
    room.answer(1, "no", "承诺书没有盖章").await.expect(303);
    publish(&mut office, &[]).await.expect(303);
    room.app.jump("2025-04-08T09:00:00+08:00");
    publish(&mut office, &[("reason", "notice_over"), ("kind", "final")]).await.expect(303);
    while room.app.service.extend_ledger().await.unwrap() {}

    let full = handed(&room, Audience::Full).await;
    let public = handed(&room, Audience::Public).await;
    for (name, export) in [("full", &full), ("public", &public)] {
        assert_eq!(export.verified(), Vec::<String>::new(), "{name}");
        let found = export.recomputed();
        assert_eq!((found.lists, found.equal), (2, 2), "{name}: {:#?}", found.differences);
        // Also without the lists themselves.
        let mut without = export.clone();
        without.contents.retain(|_, content| !content.contains("\"taken_out\""));
        assert!(without.contents.len() < export.contents.len());
        assert_eq!(without.recomputed().equal, 2, "{name}");
    }

    // The public one names no expert, nobody who is not listed, and nothing that was written.
    let texts: String = public.contents.values().chain(&public.events).map(String::as_str).collect();
    let refused = room.applications[1].application.clone();
    for secret in ["专家", "算法新颖", "承诺书没有盖章", refused.as_str()] {
        assert!(!texts.contains(secret), "{secret}");
    }
    assert!(full.contents.values().any(|content| content.contains("算法新颖")));

    // Whatever is altered is told.
    type Change = fn(&mut Handed);
    let changes: [(&str, Change, &str); 5] = [
        ("a score of the record", |of| of.alter("\"entrants\"", "\"8.5\"", "\"9.5\""), "record"),
        ("a submitted sheet", |of| of.alter("算法新颖", "\"8.5\"", "\"9.5\""), "sheet"),
        ("a least mean of the plan", |of| of.alter("plan.for", "least = 75", "least = 60"), "plan"),
        (
            "a class of the list",
            |of| of.alter("\"taken_out\"", "shortlisted", "not_shortlisted"),
            "list file",
        ),
        ("an event", |of| of.events.retain(|line| !line.contains("plan_published")), "plan"),
    ];
    for (what, change, word) in changes {
        let mut altered = full.clone();
        change(&mut altered);
        let found = altered.recomputed();
        assert!(found.equal < 2, "{what}");
        assert!(
            found.differences.iter().any(|text| text.en.contains(word)),
            "{what}: {:#?}",
            found.differences
        );
    }
    let forged = full.head.replacen("\\n\\n", "\\nx\\n\\n", 1);
    assert_ne!(forged, full.head);
    assert!(Recompute::begin(&forged, Some(ledger_key().verifier())).is_err());
    room.app.assert_whole().await;
}

impl Handed {
    /// Replaces a text in the content that holds another one, under its old name.
    fn alter(&mut self, holds: &str, from: &str, to: &str) {
        let digest = self.with(holds);
        let content = self.contents.get_mut(&digest).unwrap();
        assert!(content.contains(from), "{content}");
        *content = content.replace(from, to);
    }
}
