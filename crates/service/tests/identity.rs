//! Organisations, people and logins on a real store.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::net::IpAddr;
use std::sync::Arc;

use jiebang_callfile::Library;
use jiebang_domain::shared::{Language, OrganisationCode};
use jiebang_service::{
    AcceptInvitation, Actor, AddUser, ChangeOrganisation, Clock, FileStore, Login, Random,
    RegisterOrganisation, Role, SecretKey, Service, ServiceError, Session, Settings,
};
use jiebang_store::{EventRow, StoreError};
use jiebang_store_sqlite::{SqliteOptions, SqliteStore};
use jiff::{SignedDuration, Timestamp};

const PASSWORD: &str = "correct horse battery";
const NOW: &str = "2025-03-20T09:00:00+08:00";

struct House {
    service: Arc<Service>,
    _folder: tempfile::TempDir,
}

impl House {
    async fn new() -> Self {
        Self::with(true).await
    }

    async fn with(rate_limits: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            SqliteStore::open(&folder.path().join("jiebang.db"), SqliteOptions::default()).await.unwrap();
        let files = FileStore::new(&folder.path().join("files")).unwrap();
        let clock = Clock::demo(NOW.parse().unwrap());
        let key = SecretKey::from_seed("test", &[7; 32]).unwrap();
        let settings = Settings { password_cost: (8, 1), rate_limits, ..Settings::new(key) };
        let service = Service::start(store, files, clock, Random::seeded(1), Library::default(), settings)
            .await
            .unwrap();
        Self { service, _folder: folder }
    }

    fn pass(&self, seconds: i64) {
        let to = self.service.clock().now() + SignedDuration::from_secs(seconds);
        assert!(self.service.clock().jump(to));
    }

    async fn login(&self, username: &str, password: &str) -> Result<Session, ServiceError> {
        self.login_from(username, password, "192.0.2.1").await
    }

    async fn login_from(
        &self,
        username: &str,
        password: &str,
        address: &str,
    ) -> Result<Session, ServiceError> {
        let address: IpAddr = address.parse().unwrap();
        self.service
            .login(Login { username: username.to_owned(), password: password.to_owned(), address })
            .await
    }

    async fn events(&self) -> Vec<EventRow> {
        self.service
            .store()
            .read::<_, StoreError>(Box::new(|rows| Box::pin(async move { rows.events_after(0, 500).await })))
            .await
            .unwrap()
    }

    async fn kinds(&self) -> Vec<String> {
        self.events().await.into_iter().map(|row| row.event.kind).collect()
    }
}

fn code(number: u32) -> String {
    OrganisationCode::with_check(&format!("91110000MA{number:07}")).unwrap().to_string()
}

fn registration(number: u32, username: &str) -> RegisterOrganisation {
    RegisterOrganisation {
        code: code(number),
        name: format!("示例医疗器械公司{number}"),
        kind: "device_manufacturer".to_owned(),
        region: "11".to_owned(),
        legal_representative: "王秘密".to_owned(),
        address: "示例路1号".to_owned(),
        mainland: Some(true),
        legal_person: Some(true),
        person_name: "李秘密".to_owned(),
        username: username.to_owned(),
        password: PASSWORD.to_owned(),
        email: "secret@example.org".to_owned(),
        language: Language::Zh,
    }
}

fn colleague(username: &str) -> AcceptInvitation {
    AcceptInvitation {
        person_name: "赵秘密".to_owned(),
        username: username.to_owned(),
        password: PASSWORD.to_owned(),
        email: String::new(),
        language: Language::En,
    }
}

fn user(username: &str, role: Role) -> AddUser {
    AddUser {
        username: username.to_owned(),
        password: PASSWORD.to_owned(),
        person_name: "孙秘密".to_owned(),
        email: String::new(),
        role,
        organisation_code: None,
        region: None,
        language: Language::Zh,
    }
}

/// Fields and codes of the findings.
fn findings<T: std::fmt::Debug>(result: Result<T, ServiceError>) -> Vec<(String, String)> {
    match result {
        Err(ServiceError::Invalid(findings)) => findings
            .into_iter()
            .map(|finding| {
                assert!(!finding.message.zh.is_empty() && !finding.message.en.is_empty());
                assert!(!finding.remedy.zh.is_empty() && !finding.remedy.en.is_empty());
                (finding.field.unwrap_or_default(), finding.code)
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn one(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

#[tokio::test]
async fn an_organisation_registers_and_its_person_is_logged_in() {
    let house = House::new().await;
    let mut sent = registration(1, " Li.Ming ");
    sent.code = format!(" {} ", sent.code.to_lowercase());
    let session = house.service.register(sent).await.unwrap();
    let actor = house.service.session(&session.token).await.unwrap().unwrap();
    assert_eq!(actor, session.actor);
    assert_eq!(
        (actor.role, actor.username.as_str(), actor.language),
        (Role::Applicant, "li.ming", Language::Zh)
    );
    let organisation = actor.organisation.clone().unwrap();
    assert_eq!(organisation.code, code(1));
    assert_eq!(house.service.organisation(&actor).await.unwrap(), organisation);
    assert!(house.login("LI.MING", PASSWORD).await.is_ok());
    let kinds = house.kinds().await;
    assert_eq!(kinds, ["account_added", "logged_in", "organisation_registered", "logged_in"]);
}

#[tokio::test]
async fn registration_says_everything_that_is_wrong_at_once() {
    let house = House::new().await;
    house.service.register(registration(1, "liming")).await.unwrap();
    let sent = RegisterOrganisation {
        code: "９1110000MA0000001X".to_owned(),
        name: "器\u{0}械".to_owned(),
        kind: "castle".to_owned(),
        region: "99".to_owned(),
        legal_representative: "王".repeat(51),
        address: "路\u{202e}甲".to_owned(),
        mainland: Some(true),
        legal_person: Some(true),
        person_name: "李🚀".to_owned(),
        username: "liming".to_owned(),
        password: "short".to_owned(),
        email: "nowhere".to_owned(),
        language: Language::En,
    };
    let expected: Vec<(String, String)> = [
        ("code", "code_invalid"),
        ("name", "control_character"),
        ("kind", "choice_unknown"),
        ("region", "region_unknown"),
        ("legal_representative", "text_too_long"),
        ("address", "control_character"),
        ("person_name", "picture_character"),
        ("password", "password_too_short"),
        ("email", "email_invalid"),
        ("username", "username_taken"),
    ]
    .map(|(field, code)| (field.to_owned(), code.to_owned()))
    .into();
    assert_eq!(findings(house.service.register(sent).await), expected);
    let blank = RegisterOrganisation {
        code: String::new(),
        name: " ".to_owned(),
        kind: String::new(),
        region: String::new(),
        legal_representative: String::new(),
        address: String::new(),
        mainland: Some(false),
        legal_person: Some(false),
        person_name: String::new(),
        username: String::new(),
        password: String::new(),
        email: String::new(),
        language: Language::Zh,
    };
    let found = findings(house.service.register(blank).await);
    assert_eq!(found.len(), 8, "{found:?}");
    assert!(found.iter().all(|(_, code)| code == "field_blank"));
    assert_eq!(house.kinds().await.len(), 3);
}

#[tokio::test]
async fn a_second_registration_is_sent_to_a_colleague() {
    let house = House::new().await;
    house.service.register(registration(1, "liming")).await.unwrap();
    let result = house.service.register(registration(1, "wang")).await;
    let shown = format!("{result:?}");
    assert_eq!(findings(result), one("code", "organisation_registered"));
    for secret in ["liming", "李秘密", "王秘密", "secret@example.org"] {
        assert!(!shown.contains(secret));
    }
    // The older code is the same unit.
    let old = "M000100Y4";
    let mut sent = registration(2, "zhao");
    sent.code = old.to_owned();
    house.service.register(sent.clone()).await.unwrap();
    sent.code = "91350100M000100Y43".to_owned();
    sent.username = "qian".to_owned();
    assert_eq!(findings(house.service.register(sent).await), one("code", "organisation_registered"));
}

#[tokio::test]
async fn of_many_registrations_at_once_one_stands() {
    let house = House::new().await;
    let tasks: Vec<_> = (0..8)
        .map(|number| {
            let service = house.service.clone();
            tokio::spawn(async move { service.register(registration(1, &format!("user{number}"))).await })
        })
        .collect();
    let mut stood = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => stood += 1,
            error => assert_eq!(findings(error), one("code", "organisation_registered")),
        }
    }
    assert_eq!((stood, house.kinds().await.len()), (1, 3));
}

#[tokio::test]
async fn a_wrong_login_tells_nothing() {
    let house = House::with(false).await;
    house.service.register(registration(1, "liming")).await.unwrap();
    house.service.register(registration(2, "closed")).await.unwrap();
    house.service.disable_user("closed").await.unwrap();
    let long = "x".repeat(10_000);
    let mut answers = Vec::new();
    for (username, password) in [
        ("liming", "wrong password"),
        ("nobody", PASSWORD),
        ("closed", PASSWORD),
        ("", ""),
        ("liming\0", PASSWORD),
        ("' or 1=1 --", PASSWORD),
        (long.as_str(), PASSWORD),
        ("liming", long.as_str()),
    ] {
        answers.push(format!("{:?}", house.login(username, password).await.unwrap_err()));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert!(answers[0].contains("credentials_wrong"));
}

#[tokio::test]
async fn attempts_are_limited() {
    let house = House::new().await;
    house.service.register(registration(1, "liming")).await.unwrap();
    for _ in 0..10 {
        assert_eq!(
            findings(house.login("liming", "wrong password").await),
            one("username", "credentials_wrong")
        );
    }
    // The clock ticks on, so that the wait may be shorter by a second.
    let refused = house.login("liming", PASSWORD).await;
    assert!(matches!(refused, Err(ServiceError::TooMany(58..=60))), "{refused:?}");
    assert!(house.login_from("liming", PASSWORD, "192.0.2.2").await.is_ok());
    house.pass(60);
    assert!(house.login("liming", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn sessions_end() {
    let house = House::new().await;
    house.service.register(registration(1, "liming")).await.unwrap();
    let one = house.login("liming", PASSWORD).await.unwrap();
    let two = house.login("liming", PASSWORD).await.unwrap();
    assert_ne!(one.token, two.token);
    for token in ["", "x", &"g".repeat(64), &"a".repeat(64), &one.token[1..]] {
        assert_eq!(house.service.session(token).await.unwrap(), None);
    }
    assert!(house.service.session(&one.token).await.unwrap().is_some());
    house.service.logout(&one.token).await.unwrap();
    house.service.logout(&one.token).await.unwrap();
    assert_eq!(house.service.session(&one.token).await.unwrap(), None);
    assert!(house.service.session(&two.token).await.unwrap().is_some());
    house.service.disable_user("liming").await.unwrap();
    assert_eq!(house.service.session(&two.token).await.unwrap(), None);
    assert!(house.login("liming", PASSWORD).await.is_err());
    assert!(matches!(house.service.disable_user("nobody").await, Err(ServiceError::NotFound)));
    let kinds = house.kinds().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "logged_out").count(), 1);
    assert_eq!(kinds.last().unwrap(), "account_disabled");
}

#[tokio::test]
async fn a_session_in_a_demo_outlives_its_leaps_but_not_everything() {
    let house = House::new().await;
    let session = house.service.register(registration(1, "liming")).await.unwrap();
    assert!(house.service.session(&session.token).await.unwrap().is_some());
    house.pass(3600 * 24 * 365 * 10);
    assert!(house.service.session(&session.token).await.unwrap().is_some());
    assert_eq!(house.service.sweep().await.unwrap(), 0);
    house.pass(3600 * 24 * 365 * 11);
    assert_eq!(house.service.session(&session.token).await.unwrap(), None);
    assert_eq!(house.service.sweep().await.unwrap(), 1);
}

#[tokio::test]
async fn changes_show_in_the_session_at_once() {
    let house = House::new().await;
    let session = house.service.register(registration(1, "liming")).await.unwrap();
    let actor = house.service.session(&session.token).await.unwrap().unwrap();
    house.service.change_language(&actor, Language::En).await.unwrap();
    house.service.change_language(&actor, Language::En).await.unwrap();
    let change = ChangeOrganisation {
        name: "改名公司".to_owned(),
        kind: "enterprise".to_owned(),
        region: "440300".to_owned(),
        legal_representative: "王秘密".to_owned(),
        address: String::new(),
        mainland: Some(true),
        legal_person: Some(true),
    };
    let seen = ChangeOrganisation::from(actor.organisation.as_ref().unwrap());
    house.service.change_organisation(&actor, seen, change.clone()).await.unwrap();
    house.service.change_organisation(&actor, change.clone(), change.clone()).await.unwrap();
    let now = house.service.session(&session.token).await.unwrap().unwrap();
    assert_eq!(now.language, Language::En);
    let organisation = now.organisation.clone().unwrap();
    assert_eq!((organisation.name.as_str(), organisation.region.as_str()), ("改名公司", "440300"));
    assert_eq!(organisation.code, code(1));
    let events = house.events().await;
    let changes: Vec<&str> = events
        .iter()
        .filter(|row| row.event.kind.ends_with("_changed"))
        .map(|row| row.event.data.as_str())
        .collect();
    assert_eq!(
        changes,
        [
            r#"{"language":"en"}"#,
            r#"{"changed":["name","kind","region","address"],"kind":"enterprise","region":"440300"}"#,
        ]
    );
    let wrong = ChangeOrganisation { name: String::new(), region: "0".to_owned(), ..change.clone() };
    assert_eq!(findings(house.service.change_organisation(&now, change, wrong).await).len(), 2);
}

#[tokio::test]
async fn what_a_colleague_changed_meanwhile_is_not_undone() {
    let house = House::new().await;
    let session = house.service.register(registration(1, "liming")).await.unwrap();
    let (service, actor) = (&house.service, &session.actor);
    let seen = ChangeOrganisation::from(&service.organisation(actor).await.unwrap());
    let one = ChangeOrganisation { legal_representative: "新法人".to_owned(), ..seen.clone() };
    service.change_organisation(actor, seen.clone(), one).await.unwrap();
    // Who still sees the old one and changes something else keeps it.
    let other = ChangeOrganisation { address: "新址".to_owned(), ..seen.clone() };
    service.change_organisation(actor, seen.clone(), other).await.unwrap();
    let row = service.organisation(actor).await.unwrap();
    assert_eq!((row.legal_representative.as_str(), row.address.as_str()), ("新法人", "新址"));
    // Who changes the same gets both states.
    let third = ChangeOrganisation { legal_representative: "另一人".to_owned(), ..seen.clone() };
    let Err(ServiceError::Conflict(both)) = service.change_organisation(actor, seen, third).await else {
        panic!("nothing may be overwritten")
    };
    assert_eq!(both.stored, serde_json::json!({ "legal_representative": "新法人" }));
    assert_eq!(both.sent, serde_json::json!({ "legal_representative": "另一人" }));
    assert_eq!(service.organisation(actor).await.unwrap(), row);
}

#[tokio::test]
async fn a_colleague_joins_by_invitation_once() {
    let house = House::new().await;
    let session = house.service.register(registration(1, "liming")).await.unwrap();
    let invitation = house.service.invite(&session.actor).await.unwrap();
    let view = house.service.invitation(&invitation.token).await.unwrap();
    assert_eq!((view.organisation.as_str(), view.expires_at), ("示例医疗器械公司1", invitation.expires_at));
    let taken = house.service.accept_invitation(&invitation.token, colleague("liming")).await;
    assert_eq!(findings(taken), one("username", "username_taken"));
    let joined = house.service.accept_invitation(&invitation.token, colleague("zhao")).await.unwrap();
    assert_eq!(joined.actor.role, Role::Applicant);
    assert_eq!(joined.actor.organisation, session.actor.organisation);
    assert_eq!(house.service.session(&joined.token).await.unwrap().unwrap(), joined.actor);
    let names: Vec<String> =
        house.service.colleagues(&joined.actor).await.unwrap().into_iter().map(|one| one.username).collect();
    assert_eq!(names, ["liming", "zhao"]);
    let again = house.service.accept_invitation(&invitation.token, colleague("qian")).await;
    assert_eq!(findings(again), one("invitation", "invitation_ended"));
    let unknown = house.service.accept_invitation(&"0".repeat(64), colleague("qian")).await;
    assert!(matches!(unknown, Err(ServiceError::NotFound)));
    let late = house.service.invite(&session.actor).await.unwrap();
    house.pass(7 * 24 * 3600);
    let late = house.service.accept_invitation(&late.token, colleague("qian")).await;
    assert_eq!(findings(late), one("invitation", "invitation_ended"));
    assert!(house.kinds().await.ends_with(&["colleague_joined".to_owned(), "colleague_invited".to_owned()]));
}

#[tokio::test]
async fn of_many_who_take_one_invitation_one_joins() {
    let house = House::new().await;
    let session = house.service.register(registration(1, "liming")).await.unwrap();
    let invitation = house.service.invite(&session.actor).await.unwrap();
    let tasks: Vec<_> = (0..6)
        .map(|number| {
            let (service, token) = (house.service.clone(), invitation.token.clone());
            tokio::spawn(async move {
                service.accept_invitation(&token, colleague(&format!("user{number}"))).await
            })
        })
        .collect();
    let mut joined = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => joined += 1,
            error => assert_eq!(findings(error), one("invitation", "invitation_ended")),
        }
    }
    assert_eq!(joined, 1);
    assert_eq!(house.service.colleagues(&session.actor).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_invitation_falls_with_whoever_made_it() {
    let house = House::new().await;
    let session = house.service.register(registration(1, "liming")).await.unwrap();
    let invitation = house.service.invite(&session.actor).await.unwrap();
    house.service.disable_user("liming").await.unwrap();
    assert_eq!(
        findings(house.service.invitation(&invitation.token).await),
        one("invitation", "invitation_ended")
    );
}

#[tokio::test]
async fn the_operator_adds_people_of_every_role() {
    let house = House::new().await;
    house.service.register(registration(1, "liming")).await.unwrap();
    for role in Role::ALL {
        let mut sent = user(role.id(), role);
        sent.organisation_code = role.has_organisation().then(|| code(1));
        sent.region = role.has_region().then(|| "440300".to_owned());
        house.service.add_user(sent).await.unwrap();
        let actor = house.login(role.id(), PASSWORD).await.unwrap().actor;
        assert_eq!(actor.role, role);
        assert_eq!(actor.organisation.is_some(), role.has_organisation());
        assert_eq!(actor.region.map(|region| region.code()), role.has_region().then_some("440300"));
        if !role.has_organisation() {
            for refused in [
                house.service.organisation(&actor).await.map(drop),
                house.service.invite(&actor).await.map(drop),
            ] {
                assert!(matches!(refused, Err(ServiceError::Forbidden)), "{role:?}");
            }
        }
    }
}

#[tokio::test]
async fn the_operator_is_told_what_does_not_fit() {
    let house = House::new().await;
    let add = |sent: AddUser| house.service.add_user(sent);
    let mut sent = user("li", Role::Applicant);
    sent.region = Some("11".to_owned());
    let found = findings(add(sent).await);
    assert_eq!(
        found,
        [
            one("username", "username_invalid"),
            one("organisation_code", "field_blank"),
            one("region", "region_unexpected")
        ]
        .concat()
    );
    let mut sent = user("liming", Role::Partner);
    sent.organisation_code = Some(code(1));
    assert_eq!(findings(add(sent).await), one("organisation_code", "organisation_unknown"));
    let mut sent = user("liming", Role::DrugRegulator);
    sent.organisation_code = Some(code(1));
    let found = findings(add(sent).await);
    assert_eq!(
        found,
        [one("organisation_code", "organisation_unexpected"), one("region", "field_blank")].concat()
    );
    assert!(house.events().await.is_empty());
}

#[tokio::test]
async fn a_new_password_ends_old_sessions() {
    let house = House::new().await;
    let session = house.service.register(registration(1, "liming")).await.unwrap();
    assert!(house.service.session(&session.token).await.unwrap().is_some());
    assert_eq!(
        findings(house.service.set_password("liming", "short").await),
        one("password", "password_too_short")
    );
    house.service.set_password("LiMing", "another horse").await.unwrap();
    assert_eq!(house.service.session(&session.token).await.unwrap(), None);
    assert!(house.login("liming", PASSWORD).await.is_err());
    assert!(house.login("liming", "another horse").await.is_ok());
}

#[tokio::test]
async fn an_actor_that_was_made_up_gets_nowhere() {
    let house = House::new().await;
    let session = house.service.register(registration(1, "liming")).await.unwrap();
    let actor = Actor { role: Role::Auditor, ..session.actor };
    assert!(house.service.organisation(&actor).await.is_ok());
    assert!(matches!(house.service.invite(&actor).await, Err(ServiceError::Forbidden)));
    assert!(matches!(house.service.colleagues(&actor).await, Err(ServiceError::Forbidden)));
    let actor = Actor { role: Role::Expert, ..actor };
    assert!(matches!(house.service.organisation(&actor).await, Err(ServiceError::NotFound)));
}

#[tokio::test]
async fn events_and_debug_output_hold_no_personal_data() {
    let house = House::new().await;
    let session = house.service.register(registration(1, "liming")).await.unwrap();
    let invitation = house.service.invite(&session.actor).await.unwrap();
    let joined = house.service.accept_invitation(&invitation.token, colleague("zhao")).await.unwrap();
    house.service.add_user(user("auditor1", Role::Auditor)).await.unwrap();
    house.service.logout(&joined.token).await.unwrap();
    let mut text: String = house.events().await.iter().map(|row| format!("{row:?}\n")).collect();
    text += &format!(
        "{session:?} {invitation:?} {:?} {:?} {:?}",
        registration(1, "liming"),
        colleague("zhao"),
        user("auditor1", Role::Auditor)
    );
    for secret in [
        "秘密",
        "liming",
        "zhao",
        "auditor1",
        "example.org",
        PASSWORD,
        "argon2",
        &session.token,
        &invitation.token,
    ] {
        assert!(!text.contains(secret), "{secret}");
    }
    for row in house.events().await {
        let value: serde_json::Value = serde_json::from_str(&row.event.data).unwrap();
        assert_eq!(serde_jcs::to_string(&value).unwrap(), row.event.data);
        let at = Timestamp::from_microsecond(row.event.at).unwrap();
        assert!(at >= NOW.parse().unwrap());
    }
}
