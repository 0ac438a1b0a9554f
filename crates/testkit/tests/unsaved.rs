//! What somebody typed is not lost where the server cannot take it: their login has ended, or too much came at once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use jiebang_domain::call::{Entry, FieldKind};
use jiebang_testkit::{Answer, Client, PASSWORD, Ready, Setup, TestApp, encode, ready_draft};

const CALL: &str = "miit-2025-ai-devices";
const TYPED: &str = "一行\n第二行 <b>&\"'";

struct Editor {
    app: TestApp,
    ready: Ready,
    path: String,
    field: String,
}

impl Editor {
    async fn new(setup: Setup) -> Self {
        let app = TestApp::with(setup).await;
        let sample = app.sample(CALL);
        let ready = ready_draft(&app.service, &sample, "applicant").await;
        let field = sample.call().sections.iter().find_map(|section| {
            let texts = section.entries.iter().filter_map(|entry| match entry {
                Entry::Field(field)
                    if matches!(field.kind, FieldKind::LongText) && field.prefill.is_none() =>
                {
                    Some(field)
                }
                _ => None,
            });
            let field = texts.into_iter().next()?;
            Some((section.id.clone(), field.id.clone()))
        });
        let (section, field) = field.unwrap();
        let path = format!("/applications/{}/{section}", ready.application);
        Self { app, ready, path, field }
    }

    fn client(&self) -> Client {
        let mut client = self.app.client();
        client.set_cookie("session", &self.ready.token);
        client
    }

    /// The form of the section as it was filled in before the login ended.
    async fn typed(&self) -> Vec<(String, String)> {
        let page = self.client().get(&self.path).await.expect(200);
        let mut pairs = page.form(&self.path).pairs();
        pairs.iter_mut().find(|(name, _)| *name == self.field).unwrap().1 = TYPED.to_owned();
        pairs.push(("act".to_owned(), "next".to_owned()));
        pairs
    }

    async fn held(&self) -> String {
        self.client().get(&self.path).await.expect(200).value_of(&self.field).unwrap()
    }
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn sets_session(answer: &Answer) -> bool {
    answer.cookies.iter().any(|cookie| cookie.starts_with("session="))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_typed_passes_through_the_login() {
    let editor = Editor::new(Setup::default()).await;
    let before = editor.held().await;
    let pairs = editor.typed().await;
    editor.app.service.logout(&editor.ready.token).await.unwrap();

    let mut client = editor.client();
    let files = [("evidence.any", "agreement.pdf", &b"%PDF-"[..])];
    let page = client.upload(&editor.path, &borrowed(&pairs), &files).await.expect(401);
    assert!(page.says("刚才填写的内容没有保存") && page.says("所选的文件没有上传"), "{}", page.words());
    let mut form = page.form("/login");
    form.set("username", "applicant");
    form.set("password", "not the password");
    let again = client.submit(&form, ("", ""), &[]).await.expect(422);
    let mut form = again.form("/login");
    form.set("password", PASSWORD);
    let page = client.submit(&form, ("", ""), &[]).await.expect(200);
    assert!(sets_session(&page) && !page.body.contains(PASSWORD));
    assert!(page.says("还没有保存") && page.says("第二行 <b>&"), "{}", page.words());
    assert!(!page.body.contains("?lang="), "another language would lose what the page carries");

    // Nothing is sent until the button is pressed.
    let form = page.form(&editor.path);
    assert_eq!(form.value(&editor.field), Some(TYPED));
    let token = client.cookie("session").unwrap().to_owned();
    let editor = Editor { ready: Ready { token, ..editor.ready.clone() }, ..editor };
    assert_eq!(editor.held().await, before);
    client.submit(&form, ("", ""), &[]).await.expect(303);
    assert_eq!(editor.held().await.replace("\r\n", "\n"), TYPED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_act_without_a_login_says_that_it_was_not_done() {
    let editor = Editor::new(Setup::default()).await;
    let id = &editor.ready.application;
    for (act, page) in [
        (format!("/applications/{id}/submit"), format!("/applications/{id}/submit")),
        (format!("/applications/{id}/reopen"), format!("/applications/{id}")),
        (format!("/calls/{CALL}/applications"), format!("/calls/{CALL}")),
        (format!("/applications/{id}/withdraw"), format!("/applications/{id}/withdraw")),
        ("/account".to_owned(), "/account".to_owned()),
        ("/account/password".to_owned(), "/account".to_owned()),
        ("/organisation".to_owned(), "/organisation/change".to_owned()),
        ("/organisation/invitations".to_owned(), "/organisation".to_owned()),
    ] {
        let mut client = editor.app.client();
        let answer = client.post(&act, &[]).await.expect(303);
        assert_eq!(answer.location(), format!("/login?to={}&undone", encode(&page).replace("%2F", "/")));
        let login = client.follow(answer).await.expect(200);
        assert!(login.says("刚才的操作没有执行"), "{}", login.words());
        editor.client().get(&page).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_acts_keep_what_was_typed() {
    let editor = Editor::new(Setup { rate_limits: true, ..Setup::default() }).await;
    let pairs = editor.typed().await;
    let mut client = editor.client();
    while client.post("/account", &[("language", "zh")]).await.status != 429 {}
    let page = client.upload(&editor.path, &borrowed(&pairs), &[]).await.expect(429);
    assert!(!page.header("retry-after").is_empty());
    let form = page.form(&editor.path);
    editor.app.jump_to(editor.app.service.clock().now() + jiff::SignedDuration::from_secs(30));
    client.submit(&form, ("", ""), &[]).await.expect(303);
    assert_eq!(editor.held().await.replace("\r\n", "\n"), TYPED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_much_for_a_page_is_not_carried() {
    let editor = Editor::new(Setup::default()).await;
    let large = "字".repeat(200_000);
    let page = editor.app.client().upload(&editor.path, &[(&editor.field, &large)], &[]).await.expect(401);
    assert!(page.says("内容过多") && page.body.len() < 100_000, "{}", page.body.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_trusted_proxy_each_client_is_counted_alone() {
    let trusted = vec!["127.0.0.1".parse().unwrap()];
    for (trusted_proxies, alone) in [(trusted, true), (Vec::new(), false)] {
        let app =
            TestApp::with(Setup { rate_limits: true, publish: false, trusted_proxies, ..Setup::default() })
                .await;
        let mut refused = 0;
        for nth in 0..300 {
            let mut client = app.client();
            client.header("x-forwarded-for", &format!("203.0.113.9, 198.51.{}.{}", nth / 250, nth % 250));
            refused += u32::from(client.post("/logout", &[]).await.status == 429);
        }
        assert_eq!(refused == 0, alone, "{refused} were refused");
    }
}
