//! Organisations and people over HTTP: registering, logging in and out, sessions, limits on attempts, languages, roles.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiebang_domain::shared::OrganisationCode;
use jiebang_service::Role;
use jiebang_store::{EventRow, StoreError};
use jiebang_testkit::{
    Answer, Applicant, Client, PASSWORD, Setup, TestApp, add_user, organisation_code, registration,
};
use jiff::SignedDuration;

const NOW: &str = "2025-03-20T09:00:00+08:00";

/// What somebody types into the register form; `changes` over a registration that is in order.
fn typed(number: u32, username: &str, changes: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let mut pairs = registration(
        &organisation_code(number),
        "示例医疗器械公司",
        "device_manufacturer",
        "11",
        "王法人",
        username,
    );
    for (name, value) in changes {
        let pair = pairs.iter_mut().find(|(known, _)| known == name).expect("a field of the form");
        (*value).clone_into(&mut pair.1);
    }
    pairs
}

async fn register(client: &mut Client, pairs: &[(&'static str, String)]) -> Answer {
    let mut form = client.get("/register").await.expect(200).form("/register");
    for (name, value) in pairs {
        form.set(name, value);
    }
    client.submit(&form, ("", ""), &[]).await
}

async fn login(client: &mut Client, username: &str, password: &str) -> Answer {
    let mut form = client.get("/login").await.expect(200).form("/login");
    form.set("username", username).set("password", password);
    client.submit(&form, ("", ""), &[]).await
}

/// Whether a client is logged in, by the page of its account.
async fn is_logged_in(client: &mut Client) -> bool {
    let answer = client.get("/account").await;
    if answer.status.is_redirection() {
        assert_eq!(answer.location(), "/login?to=/account");
        return false;
    }
    let _ = answer.expect(200);
    true
}

async fn events(app: &TestApp) -> Vec<EventRow> {
    let store = app.service.store();
    store
        .read::<_, StoreError>(Box::new(|rows| Box::pin(async move { rows.events_after(0, 500).await })))
        .await
        .unwrap()
}

/// Each refusal stands above the form with a link to its field, and beside the field.
fn assert_located(answer: &Answer, field: &str) {
    let link = format!("#{}", field.replace('.', "-"));
    assert!(answer.links().iter().any(|found| found.href == link), "no link {link}: {}", answer.words());
    assert!(answer.ids().contains(&field.to_owned()), "no element {field}");
    assert!(answer.ids().contains(&format!("{field}-error")), "nothing beside {field}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_wrong_with_a_registration_is_said_at_once_and_what_was_typed_stays() {
    let app = TestApp::start_empty(NOW).await;
    for (language, words) in [
        (
            "zh",
            [
                "未填写代码",
                "单位名称未填写",
                "没有选择单位性质",
                "没有选择注册地",
                "法定代表人未填写",
                "没有选择是否在中华人民共和国境内注册",
                "没有选择是否具有独立法人资格",
                "姓名未填写",
                "未填写用户名",
                "未填写密码",
            ],
        ),
        (
            "en",
            [
                "The code is missing",
                "The name is missing",
                "No kind of organisation is chosen",
                "No region of registration is chosen",
                "The legal representative is missing",
                "“Registered in mainland China” is not answered",
                "“An independent legal person” is not answered",
                "The name of the person is missing",
                "The username is missing",
                "The password is missing",
            ],
        ),
    ] {
        let mut client = app.client();
        client.set_cookie("lang", language);
        let blank: Vec<(&str, &str)> = vec![("address", "示例路1号"), ("email", "someone@example.com")];
        let answer = client.post("/register", &blank).await.expect(422);
        for word in words {
            assert!(answer.says(word), "“{word}” is not said: {}", answer.words());
        }
        for field in
            ["code", "name", "kind", "region", "legal_representative", "person_name", "username", "password"]
        {
            assert_located(&answer, field);
        }
        let form = answer.form("/register");
        assert_eq!(
            (form.value("address"), form.value("email")),
            (Some("示例路1号"), Some("someone@example.com"))
        );
    }
    let mut client = app.client();
    let answer = register(&mut client, &typed(1, "li", &[("password", "secret-word")])).await.expect(422);
    assert_eq!(answer.form("/register").value("password"), Some(""), "a password is sent back");
    assert!(!answer.body.contains("secret-word"));
    assert_eq!(client.cookie("session"), None);
    assert!(events(&app).await.is_empty(), "a refused registration left something behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faulty_codes_names_and_usernames_are_refused_with_the_place_and_the_remedy() {
    let app = TestApp::start_empty(NOW).await;
    let right = organisation_code(1);
    let wrong = format!("{}{}", &right[..17], if right.ends_with('0') { '1' } else { '0' });
    let full_width: String =
        right.chars().map(|letter| char::from_u32(u32::from(letter) + 0xfee0).unwrap()).collect();
    let expected = right.chars().last().unwrap().to_string();
    let expects = format!("末位应为“{expected}”");
    let expects_en = format!("it should end in “{expected}”");
    let long = "字".repeat(101);
    for (field, value, zh, en) in [
        ("code", wrong.as_str(), expects.as_str(), expects_en.as_str()),
        ("code", full_width.as_str(), "全角", "full-width"),
        ("code", "9111", "现为4位", "this one has 4"),
        ("code", "91110000MAI000001X", "“I”", "“I”"),
        ("code", "12345678\u{0}", "", ""),
        ("name", "示例公司🚀", "图形符号", "is a picture"),
        ("name", "示例\u{7}公司", "U+0007", "U+0007"),
        ("name", "示例\u{202e}公司", "U+202E", "U+202E"),
        ("name", long.as_str(), "有101字，上限100字", "has 101 characters; the limit is 100"),
        ("legal_representative", "王\u{200b}某", "控制字符", "control character"),
        ("person_name", "李🙂", "图形符号", "is a picture"),
        ("username", "ｌｉｍｉｎｇ", "全角", "full-width"),
        ("username", "李明", "“李”不能使用", "“李”, cannot be used"),
        ("username", "li", "用户名有2个字符", "has 2 characters"),
        ("password", "short", "密码只有5个字符", "has only 5 characters"),
        ("password", "applicant-one-and-more", "密码中有用户名", "holds the username"),
        ("email", "someone@@example", "不是电子邮箱地址", "is not an e-mail address"),
        ("email", "ａ@example.com", "全角", "full-width"),
    ] {
        for (language, word) in [("zh", zh), ("en", en)] {
            let mut client = app.client();
            client.set_cookie("lang", language);
            let answer =
                register(&mut client, &typed(1, "applicant-one", &[(field, value)])).await.expect(422);
            assert!(answer.says(word), "{field} = {value:?}: “{word}” is not said: {}", answer.words());
            assert_located(&answer, field);
        }
    }
    assert!(events(&app).await.is_empty());
    // Lower case and white space around it are no faults.
    let spaced = format!("  {} ", right.to_lowercase());
    register(&mut app.client(), &typed(1, "applicant-one", &[("code", &spaced)])).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_choice_that_is_not_offered_is_refused() {
    let app = TestApp::start_empty(NOW).await;
    for (field, value) in [("kind", "wizard"), ("region", "99"), ("region", "110000")] {
        let mut pairs = typed(1, "applicant", &[]);
        pairs.retain(|(name, _)| *name != field);
        let mut pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.push((field, value));
        let answer = app.client().post("/register", &pairs).await.expect(422);
        assert_located(&answer, field);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_registers_once_and_a_username_is_given_once() {
    let app = TestApp::start_empty(NOW).await;
    register(&mut app.client(), &typed(1, "applicant", &[])).await.expect(303);
    // The nine characters inside the code name the same unit.
    let nine = OrganisationCode::parse(&organisation_code(1)).unwrap().organisation_part().to_owned();
    let same_unit = if OrganisationCode::parse(&nine).is_ok() {
        vec![organisation_code(1), nine]
    } else {
        vec![organisation_code(1)]
    };
    for code in same_unit {
        let answer = register(&mut app.client(), &typed(2, "another", &[("code", &code)])).await.expect(422);
        assert!(answer.says("该代码的单位已经注册") && answer.says("发送邀请"), "{}", answer.words());
        assert_located(&answer, "code");
    }
    for username in ["applicant", "Applicant", " APPLICANT "] {
        let answer = register(&mut app.client(), &typed(2, username, &[])).await.expect(422);
        assert!(answer.says("该用户名已被使用"), "{}", answer.words());
        assert_located(&answer, "username");
    }
    // Both faults at once; and two who register the same organisation at the same moment.
    let answer = register(&mut app.client(), &typed(1, "applicant", &[])).await.expect(422);
    assert!(answer.says("该代码的单位已经注册") && answer.says("该用户名已被使用"));
    let racing: Vec<_> = (0..6)
        .map(|nth| {
            let mut client = app.client();
            tokio::spawn(async move { register(&mut client, &typed(7, &format!("racer-{nth}"), &[])).await })
        })
        .collect();
    let mut first = 0;
    for race in racing {
        let answer = race.await.unwrap();
        match answer.status.as_u16() {
            303 => first += 1,
            _ => assert!(answer.expect(422).says("该代码的单位已经注册")),
        }
    }
    assert_eq!(first, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_and_an_unknown_username_are_the_same_refusal() {
    let app = TestApp::start_empty(NOW).await;
    register(&mut app.client(), &typed(1, "applicant", &[])).await.expect(303);
    for (language, words) in [("zh", "用户名或密码不对"), ("en", "The username or the password is wrong")]
    {
        let mut pages = Vec::new();
        for (username, password) in [
            ("applicant", "wrong password"),
            ("nobody-here", PASSWORD),
            ("applicant", ""),
            ("", ""),
            ("nobody-here", &"x".repeat(300)),
        ] {
            let mut client = app.client();
            client.set_cookie("lang", language);
            let answer = login(&mut client, username, password).await.expect(422);
            assert!(answer.says(words), "{}", answer.words());
            assert_located(&answer, "username");
            assert_eq!(client.cookie("session"), None);
            assert!(!answer.body.contains(PASSWORD) && !answer.body.contains("wrong password"));
            pages.push(answer.body.replace(&format!("value=\"{username}\""), "value=\"\""));
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "the refusals differ");
    }
    let mut client = app.client();
    login(&mut client, " APPLICANT ", PASSWORD).await.expect(303);
    assert!(is_logged_in(&mut client).await, "usernames are told apart by capitals");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logging_out_ends_the_session_everywhere_and_no_other_one() {
    let app = TestApp::start_empty(NOW).await;
    let mut first = app.client();
    register(&mut first, &typed(1, "applicant", &[])).await.expect(303);
    let mut second = app.client();
    login(&mut second, "applicant", PASSWORD).await.expect(303);
    let token = first.cookie("session").unwrap().to_owned();
    assert_ne!(Some(token.as_str()), second.cookie("session"), "two logins share a session");
    let mut copy = app.client();
    copy.set_cookie("session", &token);
    assert!(is_logged_in(&mut first).await && is_logged_in(&mut copy).await);
    let out = first.post("/logout", &[]).await.expect(303);
    assert_eq!((out.location(), first.cookie("session")), ("/", None));
    assert!(!is_logged_in(&mut copy).await, "a session outlives its logout");
    assert!(is_logged_in(&mut second).await, "a logout ended another session");
    // Nobody is logged out twice, and nobody who is not logged in meets an error.
    copy.post("/logout", &[]).await.expect(303);
    app.client().post("/logout", &[]).await.expect(303);
    let ended = events(&app).await.iter().filter(|row| row.event.kind == "logged_out").count();
    assert_eq!(ended, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_cannot_be_guessed_made_up_or_set_from_outside() {
    let app = TestApp::with(Setup {
        now: NOW.to_owned(),
        secure_cookies: true,
        publish: false,
        ..Setup::default()
    })
    .await;
    let mut client = app.client();
    // Who comes with a session of their own choice is given another one when logging in.
    client.set_cookie("session", &"0".repeat(64));
    let answer = register(&mut client, &typed(1, "applicant", &[])).await.expect(303);
    let cookie = answer.cookies.iter().find(|cookie| cookie.starts_with("session=")).unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Secure", "Max-Age="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let token = client.cookie("session").unwrap().to_owned();
    assert!(token.len() == 64 && token != "0".repeat(64));
    let mut shorter = token.clone();
    shorter.pop();
    let flipped = format!("{}{}", &token[..63], if token.ends_with('0') { '1' } else { '0' });
    for other in [
        shorter,
        flipped,
        token.to_uppercase() + "0",
        "x".repeat(64),
        "0".repeat(5_000),
        "'; DROP TABLE session".to_owned(),
    ] {
        let mut stranger = app.client();
        stranger.set_cookie("session", &other);
        assert!(!is_logged_in(&mut stranger).await, "{other}");
    }
    let mut same = app.client();
    same.set_cookie("session", &token);
    assert!(is_logged_in(&mut same).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_logs_in_goes_on_where_they_came_from_but_never_to_another_site() {
    let app = TestApp::start_empty(NOW).await;
    register(&mut app.client(), &typed(1, "applicant", &[])).await.expect(303);
    for (to, leads) in [
        ("/organisation", "/organisation"),
        ("/calls/x?a=b", "/calls/x?a=b"),
        ("https://evil.example/", "/applications"),
        ("//evil.example/", "/applications"),
        ("/\\evil.example", "/applications"),
        ("/login", "/applications"),
        ("javascript:alert(1)", "/applications"),
    ] {
        let mut client = app.client();
        let page = client.get(&format!("/login?to={}", jiebang_testkit::encode(to))).await.expect(200);
        let mut form = page.form("/login");
        form.set("username", "applicant").set("password", PASSWORD);
        let answer = client.submit(&form, ("", ""), &[]).await.expect(303);
        assert_eq!(answer.location(), leads, "{to}");
        // Also where somebody sends the field without the page.
        let pairs = [("username", "applicant"), ("password", PASSWORD), ("to", to)];
        let answer = app.client().post("/login", &pairs).await.expect(303);
        assert_eq!(answer.location(), leads, "{to}");
    }
    let mut client = app.client();
    let asked = client.get("/applications").await.expect(303);
    assert_eq!(asked.location(), "/login?to=/applications");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_eleventh_wrong_password_waits_and_nothing_else_does() {
    let setup = Setup { now: NOW.to_owned(), rate_limits: true, publish: false, ..Setup::default() };
    let app = TestApp::with(setup).await;
    register(&mut app.client(), &typed(1, "applicant", &[])).await.expect(303);
    register(&mut app.client(), &typed(2, "colleague", &[])).await.expect(303);
    for _ in 0..10 {
        login(&mut app.client(), "applicant", "wrong password").await.expect(422);
    }
    for (language, words) in [("zh", "操作次数过多"), ("en", "Too many attempts")] {
        let mut client = app.client();
        client.set_cookie("lang", language);
        let answer = login(&mut client, "applicant", PASSWORD).await.expect(429);
        assert!(answer.says(words), "{}", answer.words());
        let wait: u64 = answer.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    login(&mut app.client(), "colleague", PASSWORD).await.expect(303);
    app.jump_to(app.service.clock().now() + SignedDuration::from_secs(61));
    let mut client = app.client();
    login(&mut client, "applicant", PASSWORD).await.expect(303);
    // Attempts that succeed do not count.
    for _ in 0..12 {
        login(&mut app.client(), "colleague", PASSWORD).await.expect(303);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_cannot_flood_with_acts_but_reading_and_those_logged_in_go_on() {
    let setup = Setup { now: NOW.to_owned(), rate_limits: true, publish: false, ..Setup::default() };
    let app = TestApp::with(setup).await;
    register(&mut app.client(), &typed(1, "applicant", &[])).await.expect(303);
    let mut colleague = app.client();
    login(&mut colleague, "applicant", PASSWORD).await.expect(303);
    let mut client = app.client();
    let mut refused = None;
    for nth in 0..1_000 {
        let answer = client.post("/logout", &[]).await;
        if answer.status == 429 {
            refused = Some((nth, answer));
            break;
        }
    }
    let (nth, answer) = refused.expect("a thousand acts at once are let through");
    assert!(nth >= 200, "{nth} acts are too few");
    assert!(!answer.header("retry-after").is_empty());
    assert!(answer.says("本次操作没有执行"), "{}", answer.body);
    let english = client.post("/logout?lang=en", &[]).await.expect(429);
    assert!(english.says("This was not done"), "{}", english.body);
    client.get("/").await.expect(200);
    // Somebody behind the same address who is logged in is counted alone, and not without bound.
    let mut refused = false;
    for nth in 0..1_000 {
        let answer = colleague.post("/account", &[("language", "zh")]).await;
        refused = answer.status == 429;
        if refused {
            assert!(nth >= 200, "{nth} acts are too few");
            break;
        }
    }
    assert!(refused, "a thousand acts of one account are let through");
    app.jump_to(app.service.clock().now() + SignedDuration::from_secs(30));
    client.post("/logout", &[]).await.expect(303);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_language_is_chosen_by_address_then_cookie_then_account_then_browser() {
    let app = TestApp::start_empty(NOW).await;
    let zh = |answer: &Answer| answer.body.contains("<html lang=\"zh");
    let en = |answer: &Answer| answer.body.contains("<html lang=\"en\"");
    let mut client = app.client();
    assert!(zh(&client.get("/").await), "Chinese is not the default");
    client.header("accept-language", "en-GB,en;q=0.9,zh;q=0.8");
    assert!(en(&client.get("/").await));
    client.header("accept-language", "fr, zh-CN;q=0.5");
    assert!(zh(&client.get("/").await));
    // An account keeps the language it was registered in, and changes it on its page.
    client.header("accept-language", "en");
    register(&mut client, &typed(1, "applicant", &[])).await.expect(303);
    client.drop_header("accept-language");
    assert!(en(&client.get("/account").await));
    let chosen = client.get("/account?lang=zh").await.expect(200);
    assert!(zh(&chosen) && client.cookie("lang") == Some("zh"), "{:?}", chosen.cookies);
    assert!(zh(&client.get("/account").await), "the choice is not kept");
    let mut form = client.get("/account").await.form("/account");
    form.set("language", "zh");
    let answer = client.submit(&form, ("", ""), &[]).await.expect(303);
    client.follow(answer).await.expect(200);
    let mut elsewhere = app.client();
    elsewhere.header("accept-language", "en");
    login(&mut elsewhere, "applicant", PASSWORD).await.expect(303);
    assert!(zh(&elsewhere.get("/account").await), "the account's language is not kept");
    for odd in ["xx", "", "en%00", "%FF"] {
        let _ = app.client().get(&format!("/?lang={odd}")).await.expect(200);
    }
    // Every page links to itself in the other language.
    let page = client.get("/account").await;
    assert!(page.links().iter().any(|link| link.href == "/account?lang=en"), "{:?}", page.links());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_logs_in_and_sees_who_it_is() {
    let app = TestApp::start(NOW).await;
    register(&mut app.client(), &typed(1, "applicant", &[])).await.expect(303);
    let code = organisation_code(1);
    for role in Role::ALL {
        let region = role.has_region().then_some("440300");
        let organisation = role.has_organisation().then_some(code.as_str());
        add_user(&app.service, &format!("user-{}", role.id()), role, region, organisation).await;
        for language in ["zh", "en"] {
            let mut client = app.client();
            client.set_cookie("lang", language);
            let answer = login(&mut client, &format!("user-{}", role.id()), PASSWORD).await.expect(303);
            let start = client.follow(answer).await.expect(200);
            let name = role.name();
            let label = if language == "zh" { &name.zh } else { &name.en };
            assert!(start.says(label), "{} is not called {label}: {}", role.id(), start.words());
            let account = client.get("/account").await.expect(200);
            assert!(
                account.says(label) && account.says(&format!("user-{}", role.id())),
                "{}",
                account.words()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleague_joins_by_an_invitation_that_works_once() {
    let app = TestApp::start(NOW).await;
    let sample = app.sample("miit-2025-ai-devices");
    let mut applicant = Applicant::register(app.client(), sample, "applicant").await;
    let id = applicant.begin().await;
    let page = applicant.client.get("/organisation").await.expect(200);
    let form = page.form("/organisation/invitations");
    let answer = applicant.client.submit(&form, ("", ""), &[]).await.expect(303);
    let page = applicant.client.follow(answer).await.expect(200);
    let place = page.body.find("/join/").expect("the page shows the invitation");
    let path: String = page.body[place..].chars().take("/join/".len() + 64).collect();
    let again = applicant.client.get("/organisation").await.expect(200);
    assert!(!again.body.contains(&path), "the invitation is shown twice");

    let mut colleague = app.client();
    let page = colleague.get(&path).await.expect(200);
    assert!(page.says(applicant.sample.applicant("name")), "{}", page.words());
    let mut form = page.form(&path);
    let blank = colleague.submit(&form, ("", ""), &[]).await.expect(422);
    for field in ["person_name", "username", "password"] {
        assert_located(&blank, field);
    }
    form.set("person_name", "同事").set("username", "colleague").set("password", PASSWORD);
    colleague.submit(&form, ("", ""), &[]).await.expect(303);
    let list = colleague.get("/applications").await.expect(200);
    assert!(list.links().iter().any(|link| link.href == format!("/applications/{id}")), "{}", list.words());
    let people = applicant.client.get("/organisation").await.expect(200);
    assert!(people.says("同事") && people.says("colleague"), "{}", people.words());

    let mut late = app.client();
    for answer in [late.get(&path).await, late.submit(&form, ("", ""), &[]).await] {
        let answer = answer.expect(422);
        assert!(answer.says("邀请已使用或已过期"), "{}", answer.words());
    }
    for unknown in ["/join/none".to_owned(), format!("/join/{}", "0".repeat(64))] {
        late.get(&unknown).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_is_changed_by_its_people_and_keeps_its_code() {
    let app = TestApp::start_empty(NOW).await;
    let mut client = app.client();
    register(&mut client, &typed(1, "applicant", &[])).await.expect(303);
    let mut form = client.get("/organisation/change").await.expect(200).form("/organisation");
    assert!(!form.offers("code"));
    form.set("name", "新名称🚀").set("legal_representative", "");
    let refused = client.submit(&form, ("", ""), &[]).await.expect(422);
    assert_located(&refused, "name");
    assert_located(&refused, "legal_representative");
    form.set("name", "新名称医疗公司").set("legal_representative", "新法人").set("region", "440300");
    let mut pairs = form.pairs();
    pairs.push(("code".to_owned(), organisation_code(9)));
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    // A code that is sent along is refused, not dropped in silence.
    client.post("/organisation", &pairs).await.expect(422);
    let answer = client.submit(&form, ("", ""), &[]).await.expect(303);
    let page = client.follow(answer).await.expect(200);
    for word in ["新名称医疗公司", "新法人", "深圳", &organisation_code(1)] {
        assert!(page.says(word), "{word}: {}", page.words());
    }
    assert!(!page.says(&organisation_code(9)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_changed_by_who_knows_it_and_ends_other_sessions() {
    let app = TestApp::start_empty(NOW).await;
    let mut client = app.client();
    register(&mut client, &typed(1, "applicant", &[])).await.expect(303);
    let mut elsewhere = app.client();
    login(&mut elsewhere, "applicant", PASSWORD).await.expect(303);

    let new = "another horse entirely";
    for (present, chosen, field) in
        [("not the password", new, "password"), (PASSWORD, "short", "new_password")]
    {
        let mut form = client.get("/account").await.form("/account/password");
        form.set("password", present).set("new_password", chosen);
        let refused = client.submit(&form, ("", ""), &[]).await.expect(422);
        assert!(refused.links().iter().any(|link| link.href == format!("#{field}")), "{:?}", refused.links());
        assert!(!refused.body.contains(present) && !refused.body.contains(new), "a password is sent back");
    }
    let mut form = client.get("/account").await.form("/account/password");
    form.set("password", PASSWORD).set("new_password", new);
    let answer = client.submit(&form, ("", ""), &[]).await.expect(303);
    assert!(client.follow(answer).await.expect(200).says("密码已更改"));
    assert!(!is_logged_in(&mut elsewhere).await, "the other session still stands");
    login(&mut app.client(), "applicant", PASSWORD).await.expect(422);
    login(&mut app.client(), "applicant", new).await.expect(303);
    // Nobody changes it without a session.
    app.client()
        .post("/account/password", &[("password", new), ("new_password", PASSWORD)])
        .await
        .expect(303);
    login(&mut app.client(), "applicant", new).await.expect(303);
}
