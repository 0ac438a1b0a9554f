//! A machine whose clock is set while the server runs: deadlines are judged by the clock as it stands when a request has been received
//! whole, logins by the same, and the order of the ledger by neither.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiebang_ledger::VerifierKey;
use jiebang_ledger::statement::{Verdict, verify};
use jiebang_service::Clock;
use jiebang_testkit::{Answer, Client, PASSWORD, Ready, Sample, Setup, TestApp, ready_draft};
use jiff::{SignedDuration, Timestamp};

const CALL: &str = "miit-2025-ai-devices";
const BEGIN: &str = "2025-03-20T09:00:00+08:00";

/// A server on the machine's own clock, and that clock's hand.
struct House {
    app: TestApp,
    set_by: Arc<AtomicI64>,
    sample: Sample,
}

impl House {
    async fn new() -> Self {
        let set_by = Arc::new(AtomicI64::new(0));
        let setup =
            Setup { publish: false, real_time: true, set_by: Some(set_by.clone()), ..Setup::default() };
        set(&set_by, BEGIN.parse().unwrap());
        let app = TestApp::with(setup).await;
        app.service.publish_for_demo(CALL, app.service.clock().now()).await.unwrap();
        let sample = app.sample(CALL);
        Self { app, set_by, sample }
    }

    fn set(&self, to: Timestamp) {
        set(&self.set_by, to);
    }

    async fn draft(&self, number: u32) -> Ready {
        ready_draft(&self.app.service, &self.sample.of_organisation(number), &format!("applicant-{number}"))
            .await
    }

    fn browser(&self, ready: &Ready) -> Client {
        let mut client = self.app.client();
        client.set_cookie("session", &ready.token);
        client
    }

    /// Sends the form that submits.
    async fn submit(&self, ready: &Ready) -> Answer {
        let path = format!("/applications/{}/submit", ready.application);
        self.browser(ready).post(&path, &[("idempotency_key", &ready.application)]).await
    }
}

/// Sets the machine's clock.
fn set(set_by: &AtomicI64, to: Timestamp) {
    let machine = Clock::system().now().as_microsecond();
    set_by.store(to.as_microsecond() - machine, Ordering::Release);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_is_judged_by_the_clock_as_it_stands() {
    let house = House::new().await;
    let deadline = house.sample.deadline();
    let drafts = [house.draft(1).await, house.draft(2).await, house.draft(3).await];
    let minute = SignedDuration::from_mins(1);
    house.set(deadline + minute);
    // Weeks have passed on this clock, and the logins with them.
    let led = house.submit(&drafts[0]).await.expect(303);
    assert!(led.location().starts_with("/login"), "{}", led.location());
    let mut again = house.app.client();
    again.post("/login", &[("username", "applicant-1"), ("password", PASSWORD)]).await.expect(303);
    let late = Ready { token: again.cookie("session").unwrap().to_owned(), ..drafts[0].clone() };
    let refused = house.submit(&late).await.expect(409);
    assert!(refused.says("已过截止时间") || refused.says("截止"), "{}", refused.words());
    // It was wrong: the call is open, and those who were logged in still are.
    house.set(deadline - SignedDuration::from_hours(24 * 10));
    for ready in &drafts[..2] {
        let led = house.submit(ready).await.expect(303);
        assert!(led.location().starts_with("/receipts/"), "{}", led.location());
    }
    // A login from the time that was wrong holds as well.
    house.browser(&late).get("/applications").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_of_seconds_opens_no_call_again() {
    let house = House::new().await;
    let deadline = house.sample.deadline();
    house.set(deadline - SignedDuration::from_mins(5));
    let (in_time, late) = (house.draft(1).await, house.draft(2).await);
    house.set(deadline - SignedDuration::from_secs(20));
    house.submit(&in_time).await.expect(303);
    house.set(deadline);
    house.submit(&late).await.expect(409);
    house.set(deadline - SignedDuration::from_secs(40));
    house.submit(&late).await.expect(409);
    assert!(house.app.service.clock().now() >= deadline);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_goes_by_positions_whatever_the_clock_shows() {
    let house = House::new().await;
    let begin: Timestamp = BEGIN.parse().unwrap();
    let mut given = Vec::new();
    for (number, hours) in (1..).zip([0, 48, 24, -24, 12]) {
        house.set(begin + SignedDuration::from_hours(hours));
        let ready = house.draft(number).await;
        let answer = house.submit(&ready).await.expect(303);
        // Sent again at another time it gets the same receipt.
        house.set(begin + SignedDuration::from_hours(hours + 2));
        assert_eq!(house.submit(&ready).await.expect(303).location(), answer.location());
        while house.app.service.extend_ledger().await.unwrap() {}
        let path = format!("{}.json", answer.location());
        let receipt = house.browser(&ready).get(&path).await.expect(200).body;
        given.push((receipt, begin + SignedDuration::from_hours(hours)));
    }
    let key = house.app.client().get("/.well-known/jiebang-ledger").await.expect(200).body;
    let key = VerifierKey::parse(&key).unwrap();
    let mut last = 0;
    for (receipt, shown) in given {
        let Ok(Verdict::Included(statement, _)) = verify(&receipt, &key) else { panic!("{receipt}") };
        assert!(statement.promise.position > last, "{receipt}");
        last = statement.promise.position;
        let at: Timestamp = statement.facts["received_at"].as_str().unwrap().parse().unwrap();
        let apart = at.duration_since(shown);
        assert!(!apart.is_negative() && apart < SignedDuration::from_mins(5), "{at} {shown}");
    }
    house.app.assert_whole().await;
}
