//! Somebody who applies for an organisation, page by page and form by form.

use crate::client::{Answer, Client};
use crate::page::Form;
use crate::sample::{PASSWORD, Sample};

/// A person who applies with a sample in hand (申报人).
#[derive(Clone, Debug)]
pub struct Applicant {
    /// Browser.
    pub client: Client,
    /// What is typed in.
    pub sample: Sample,
    /// Login name.
    pub username: String,
}

/// A receipt as its page and its download say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Address of its page.
    pub path: String,
    /// The page.
    pub page: String,
    /// Canonical JSON as downloaded.
    pub json: String,
    /// The frozen copy as downloaded.
    pub content: String,
}

impl Receipt {
    /// A value of the JSON.
    ///
    /// # Panics
    /// When it is missing: the test has failed.
    pub fn value(&self, key: &str) -> serde_json::Value {
        let json: serde_json::Value = serde_json::from_str(&self.json).expect("JSON");
        json.get(key).unwrap_or_else(|| panic!("no {key} in {}", self.json)).clone()
    }
}

impl Applicant {
    /// Registers the organisation of the sample by the form; the person is logged in.
    ///
    /// # Panics
    /// When the form is refused: the test has failed.
    pub async fn register(client: Client, sample: Sample, username: &str) -> Self {
        let mut applicant = Self { client, sample, username: username.to_owned() };
        let mut form = applicant.client.get("/register").await.expect(200).form("/register");
        for (name, value) in applicant.sample.registration(username) {
            form.set(name, &value);
        }
        let answer = applicant.client.submit(&form, ("", ""), &[]).await.expect(303);
        applicant.client.follow(answer).await.expect(200);
        assert!(applicant.client.cookie("session").is_some(), "nobody is logged in after registering");
        applicant
    }

    /// Logs in by the form.
    ///
    /// # Panics
    /// When it is refused: the test has failed.
    pub async fn login(client: &mut Client, username: &str) -> Answer {
        let mut form = client.get("/login").await.expect(200).form("/login");
        form.set("username", username).set("password", PASSWORD);
        client.submit(&form, ("", ""), &[]).await.expect(303)
    }

    /// Begins an application with the button on the page of the call and returns its id.
    ///
    /// # Panics
    /// When the page has no button or the act is refused: the test has failed.
    pub async fn begin(&mut self) -> String {
        let call = format!("/calls/{}", self.sample.call().id);
        let form = self.client.get(&call).await.expect(200).form(&format!("{call}/applications"));
        let answer = self.client.submit(&form, ("", ""), &[]).await.expect(303);
        let id = answer.location().strip_prefix("/applications/").expect("an application").to_owned();
        let id = id.split(['?', '#', '/']).next().unwrap_or_default().to_owned();
        assert_eq!(id.len(), 26, "{id}");
        id
    }

    /// The form of a section.
    ///
    /// # Panics
    /// When it cannot be changed: the test has failed.
    pub async fn section(&mut self, id: &str, section: &str) -> Form {
        let path = format!("/applications/{id}/{section}");
        self.client.get(&path).await.expect(200).form(&path)
    }

    /// Fills in and saves a section as its page offers it, adding rows by their button.
    ///
    /// # Panics
    /// When the page does not offer what the sample holds: the test has failed.
    pub async fn fill(&mut self, id: &str, section: &str) {
        let pairs = self.sample.pairs(section);
        let mut form = self.section(id, section).await;
        let mut saves = 0;
        loop {
            let mut missing = Vec::new();
            for (name, value) in &pairs {
                // The page counts rows itself, and a unit that the call fixes is not asked for.
                if name.ends_with(".rows") || name.ends_with(".unit") && !form.offers(name) {
                    continue;
                }
                if form.offers(name) {
                    form.set(name, value);
                } else {
                    missing.push(name.as_str());
                }
            }
            let table = missing.iter().find_map(|name| {
                let table = pairs.iter().filter_map(|(table, _)| table.strip_suffix(".rows"));
                table
                    .into_iter()
                    .find(|table| name.strip_prefix(*table).is_some_and(|rest| rest.starts_with('.')))
            });
            let add = table.map(|table| format!("add.{table}"));
            let act = add.as_deref().unwrap_or("stay");
            let answer = self.client.submit(&form, ("act", act), &[]).await.expect(303);
            let page = self.client.follow(answer).await.expect(200);
            if missing.is_empty() {
                return;
            }
            saves += 1;
            assert!(saves < 20, "{id}/{section} never offers {missing:?}");
            form = page.form(&format!("/applications/{id}/{section}"));
        }
    }

    /// Fills in every section in order.
    ///
    /// # Panics
    /// As [`Applicant::fill`].
    pub async fn fill_all(&mut self, id: &str) {
        let sections: Vec<String> =
            self.sample.call().sections.iter().map(|section| section.id.clone()).collect();
        for section in sections {
            if !self.sample.pairs(&section).is_empty() {
                self.fill(id, &section).await;
            }
        }
    }

    /// Section that files are attached in.
    ///
    /// # Panics
    /// When the call asks for no evidence.
    pub fn evidence_section(&self) -> String {
        let call = self.sample.call();
        let holds = |section: &&jiebang_domain::call::Section| {
            section.entries.iter().any(|entry| matches!(entry, jiebang_domain::call::Entry::Evidence))
        };
        call.sections.iter().find(holds).expect("a section with evidence").id.clone()
    }

    /// Attaches the files of the sample, several at once where boxes allow it.
    ///
    /// # Panics
    /// When one is refused: the test has failed.
    pub async fn attach_all(&mut self, id: &str) {
        let section = self.evidence_section();
        let mut files = self.sample.files();
        while !files.is_empty() {
            let mut form = self.section(id, &section).await;
            let boxes: Vec<String> = form.files().into_iter().map(str::to_owned).collect();
            // One file a box each time.
            let mut now: Vec<(String, String, Vec<u8>)> = Vec::new();
            files.retain(|file| {
                let free = !now.iter().any(|(input, _, _)| *input == file.input());
                assert!(boxes.contains(&file.input()), "no box {} among {boxes:?}", file.input());
                if free {
                    now.push((file.input(), file.name.clone(), file.content.clone()));
                }
                !free
            });
            for (name, value) in self.sample.pairs(&section) {
                if form.offers(&name) {
                    form.set(&name, &value);
                }
            }
            let sent: Vec<(&str, &str, &[u8])> = now
                .iter()
                .map(|(input, name, content)| (input.as_str(), name.as_str(), content.as_slice()))
                .collect();
            let answer = self.client.submit(&form, ("act", "stay"), &sent).await.expect(303);
            self.client.follow(answer).await.expect(200);
        }
    }

    /// Submits by the form of the page that shows what will be submitted.
    ///
    /// # Panics
    /// When the page does not offer it: the test has failed.
    pub async fn submit(&mut self, id: &str) -> Receipt {
        let path = format!("/applications/{id}/submit");
        let form = self.client.get(&path).await.expect(200).form(&path);
        let answer = self.client.submit(&form, ("", ""), &[]).await.expect(303);
        let receipt = answer.location().to_owned();
        assert!(receipt.starts_with("/receipts/"), "submitting leads to {receipt}");
        self.receipt(&receipt).await
    }

    /// Reads a receipt: page, JSON, frozen copy.
    ///
    /// # Panics
    /// When one of them cannot be read: the test has failed.
    pub async fn receipt(&mut self, path: &str) -> Receipt {
        let page = self.client.get(path).await.expect(200);
        let download =
            page.links().into_iter().find(|link| link.href.starts_with(path) && link.href.ends_with(".json"));
        let download = download.expect("a link to download the receipt").href;
        let json = self.client.get(&download).await.expect(200);
        let content = self.client.get(&format!("{path}/content")).await.expect(200);
        Receipt { path: path.to_owned(), page: page.body, json: json.body, content: content.body }
    }

    /// Reopens by the button on the application's page.
    ///
    /// # Panics
    /// When the page does not offer it: the test has failed.
    pub async fn reopen(&mut self, id: &str) {
        let page = self.client.get(&format!("/applications/{id}")).await.expect(200);
        let form = page.form(&format!("/applications/{id}/reopen"));
        let answer = self.client.submit(&form, ("", ""), &[]).await.expect(303);
        self.client.follow(answer).await.expect(200);
    }
}
