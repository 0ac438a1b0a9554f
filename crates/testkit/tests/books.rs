//! Application books over HTTP, and what the code on their pages leads to.

use jiebang_service::{Role, Submit};
use jiebang_testkit::{Answer, Client, PASSWORD, TestApp, add_user, ready_draft};

const CALL: &str = "miit-2025-ai-devices";
const NOW: &str = "2025-03-20T09:00:00+08:00";

/// Asks until the document is there.
async fn book(client: &mut Client, path: &str) -> Answer {
    for _ in 0..30 {
        let answer = client.get(path).await;
        if answer.status.as_u16() != 202 {
            return answer;
        }
        assert_eq!(answer.header("refresh"), "2");
    }
    panic!("{path} is not made")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_is_made_of_what_one_may_read_and_leads_to_the_record() {
    let app = TestApp::start(NOW).await;
    let sample = app.sample(CALL);
    let ready = ready_draft(&app.service, &sample, "applicant").await;
    let id = ready.application.clone();
    let login = async |name: &str| {
        let mut client = app.client();
        client.post("/login", &[("username", name), ("password", PASSWORD)]).await.expect(303);
        client
    };
    let mut owner = login("applicant").await;
    add_user(&app.service, "office", Role::ProgrammeOffice, None, None).await;
    let mut office = login("office").await;
    let of_draft = format!("/applications/{id}/book.pdf");
    let draft = book(&mut owner, &of_draft).await.expect(200);
    assert_eq!(draft.header("content-type"), "application/pdf");
    assert!(draft.header("content-disposition").starts_with("attachment"));
    assert!(draft.bytes.starts_with(b"%PDF-1.7"));
    office.get(&of_draft).await.expect(404);

    let received_at = app.service.clock().now();
    let submit = Submit { application: id.clone(), seen: None, key: None, received_at };
    let receipt = app.service.submit(&ready.actor, submit).await.unwrap();
    let of_version = format!("/receipts/{}/book.pdf", receipt.number);
    let whole = book(&mut office, &of_version).await.expect(200);
    assert_ne!(whole.bytes, draft.bytes);
    // The same content is the same book, for whoever asks and by whatever address.
    assert_eq!(book(&mut owner, &of_version).await.bytes, whole.bytes);
    assert_eq!(book(&mut office, &of_draft).await.bytes, whole.bytes);
    let english = book(&mut owner, &format!("{of_version}?lang=en")).await.expect(200);
    assert_ne!(english.bytes, whole.bytes);

    let code = |number: &str, sha256: &str| format!("/verify?number={number}&sha256={sha256}");
    let mut anyone = app.client();
    let right = anyone.get(&code(&receipt.number, &receipt.content_sha256)).await.expect(200);
    assert!(right.says("文书与记录一致") && right.says(&receipt.number), "{}", right.words());
    let other = anyone.get(&code(&receipt.number, &"0".repeat(64))).await.expect(200);
    let unknown = anyone.get(&code(&format!("{CALL}-000009-1"), &receipt.content_sha256)).await.expect(200);
    for wrong in [&other, &unknown] {
        assert!(wrong.says("没有这样的记录") && !wrong.says("一致"), "{}", wrong.words());
    }
    anyone.get("/verify?number=%00&number=x&sha256").await.expect(200);
}
