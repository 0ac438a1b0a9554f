//! A browser without scripts: keeps cookies, reads forms, follows nothing by itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::client::legacy::Client as Hyper;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::page::{self, Form, Link};

/// What parts of a multipart form are kept apart by.
pub const BOUNDARY: &str = "----jiebang-test-boundary";

/// A client with its own cookies (测试用浏览器).
#[derive(Clone, Debug)]
pub struct Client {
    hyper: Hyper<HttpConnector, Full<Bytes>>,
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
}

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Path that was asked for.
    pub path: String,
    /// Status.
    pub status: StatusCode,
    /// Headers; the last one of a name.
    pub headers: BTreeMap<String, String>,
    /// Cookies as they were set.
    pub cookies: Vec<String>,
    /// Body as text.
    pub body: String,
    /// Body as it came.
    pub bytes: Bytes,
}

impl Answer {
    /// The answer, if it has this status.
    ///
    /// # Panics
    /// With the words of the page when the status is another: the test has failed.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        let words: String = self.words().chars().take(700).collect();
        assert_eq!(
            self.status.as_u16(),
            status,
            "{} leads to “{}” and says: {words}",
            self.path,
            self.location()
        );
        self
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none: the test has failed.
    pub fn value(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.path, self.body))
    }

    /// Where a redirect leads; empty when it is none.
    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// A header; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The value of the first input with this name.
    pub fn value_of(&self, name: &str) -> Option<String> {
        self.forms().iter().find_map(|form| form.value(name).map(str::to_owned))
    }

    /// All forms of the page.
    pub fn forms(&self) -> Vec<Form> {
        page::forms(&self.body)
    }

    /// The form that is sent to this address.
    ///
    /// # Panics
    /// When the page has none: the test has failed.
    #[track_caller]
    pub fn form(&self, action: &str) -> Form {
        let found = self.forms().into_iter().find(|form| form.action == action);
        found.unwrap_or_else(|| {
            panic!("{} ({}) has no form to {action}: {}", self.path, self.status, self.words())
        })
    }

    /// All links of the page.
    pub fn links(&self) -> Vec<Link> {
        page::links(&self.body)
    }

    /// Ids of the elements of the page.
    pub fn ids(&self) -> Vec<String> {
        page::ids(&self.body)
    }

    /// The words of the page.
    pub fn words(&self) -> String {
        page::words(&self.body)
    }

    /// Whether the page says this, white space and links apart.
    pub fn says(&self, words: &str) -> bool {
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        bare(&self.words()).contains(&bare(words))
    }
}

impl Client {
    /// A client of a server.
    pub fn new(address: SocketAddr) -> Self {
        let hyper = Hyper::builder(TokioExecutor::new()).build_http();
        Self { hyper, address, cookies: BTreeMap::new(), headers: BTreeMap::new() }
    }

    /// A header that every request carries from now on.
    pub fn header(&mut self, name: &str, value: &str) {
        self.headers.insert(name.to_owned(), value.to_owned());
    }

    /// A header that no request carries any more.
    pub fn drop_header(&mut self, name: &str) {
        self.headers.remove(name);
    }

    /// A cookie that it holds.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Sets a cookie.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Fetches a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Bytes::new()).await
    }

    /// Follows a redirect to its end.
    ///
    /// # Panics
    /// When it leads nowhere: the test has failed.
    pub async fn follow(&mut self, answer: Answer) -> Answer {
        let mut answer = answer;
        for _ in 0..5 {
            if !answer.status.is_redirection() {
                return answer;
            }
            let path = answer.location().split('#').next().unwrap_or_default().to_owned();
            assert!(path.starts_with('/'), "{} leads to “{path}”", answer.path);
            answer = self.get(&path).await;
        }
        panic!("{} leads nowhere", answer.path);
    }

    /// The token that every request carries from now on.
    pub fn bearer(&mut self, token: &str) {
        self.header("authorization", &format!("Bearer {token}"));
    }

    /// Sends JSON.
    ///
    /// # Panics
    /// When the server cannot be reached: the test has failed.
    pub async fn json(&mut self, method: &str, path: &str, body: &serde_json::Value) -> Answer {
        let method = method.parse().expect("a method");
        self.send(method, path, Some("application/json".to_owned()), Bytes::from(body.to_string())).await
    }

    /// Posts a form.
    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let body: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let kind = "application/x-www-form-urlencoded".to_owned();
        self.send(Method::POST, path, Some(kind), Bytes::from(body.join("&"))).await
    }

    /// Posts a multipart form: fields, then files as (input, file name, content).
    pub async fn upload(
        &mut self,
        path: &str,
        pairs: &[(&str, &str)],
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        self.send(Method::POST, path, Some(multipart_kind()), multipart(pairs, files)).await
    }

    /// Sends a form as it was filled in, by the button of this name and value or, if it is empty, by Enter.
    pub async fn submit(
        &mut self,
        form: &Form,
        button: (&str, &str),
        files: &[(&str, &str, &[u8])],
    ) -> Answer {
        let pairs = form.pairs();
        let mut pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if !button.0.is_empty() {
            pairs.push(button);
        }
        if !form.multipart {
            return self.post(&form.action, &pairs).await;
        }
        // A box for a file that was left empty is sent with an empty name.
        let chosen = |name: &str| files.iter().any(|(input, _, _)| *input == name);
        let left = form.files().into_iter().filter(|name| !chosen(name)).map(|name| (name, "", &b""[..]));
        let files: Vec<(&str, &str, &[u8])> = files.iter().copied().chain(left).collect();
        self.upload(&form.action, &pairs, &files).await
    }

    /// Sends anything.
    ///
    /// # Panics
    /// When the server cannot be reached: the test has failed.
    pub async fn send(&mut self, method: Method, path: &str, kind: Option<String>, body: Bytes) -> Answer {
        self.try_send(method, path, kind, body).await.expect("an answer")
    }

    /// Sends anything to a server that may be gone.
    ///
    /// # Errors
    /// When no whole answer comes.
    ///
    /// # Panics
    /// When the request cannot be made.
    pub async fn try_send(
        &mut self,
        method: Method,
        path: &str,
        kind: Option<String>,
        body: Bytes,
    ) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body)).expect("a request");
        let response = self.hyper.request(request).await?;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await?.to_bytes();
        let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let cookies: Vec<String> = parts.headers.get_all(header::SET_COOKIE).iter().map(text).collect();
        self.keep(&cookies);
        Ok(Answer {
            path: path.to_owned(),
            status: parts.status,
            headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            cookies,
            body: String::from_utf8_lossy(&bytes).into_owned(),
            bytes,
        })
    }

    fn keep(&mut self, cookies: &[String]) {
        for cookie in cookies {
            let (name, value) =
                cookie.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
            if value.is_empty() || cookie.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Content type of a multipart form.
pub fn multipart_kind() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// A multipart form as browsers write it: fields, then files as (input, file name, content).
pub fn multipart(pairs: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Bytes {
    let quoted = |name: &str| name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let mut body = Vec::new();
    for (name, value) in pairs {
        let name = quoted(name);
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .as_bytes(),
        );
    }
    for (name, file, content) in files {
        let (name, file) = (quoted(name), quoted(file));
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Bytes::from(body)
}

/// Percent-encodes a name or value of a form.
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

/// What somebody does who has sent raw bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Waits for the answer.
    Waits,
    /// Says that nothing more follows.
    HangsUp,
}

/// Sends bytes as they are over a connection of their own, all of them before anything is read, and returns what comes back:
/// one answer, or nothing where the server hangs up without a word.
///
/// # Panics
/// When the server cannot be reached, or neither answers nor hangs up within ten seconds: the test has failed.
pub async fn raw(address: SocketAddr, request: &[u8], then: Then) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let mut answer = Vec::new();
    let talk = async {
        // A server that has heard enough may hang up while it is still being talked to.
        if stream.write_all(request).await.is_ok() && then == Then::HangsUp {
            drop(stream.shutdown().await);
        }
        while !is_whole(&answer) {
            match stream.read_buf(&mut answer).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(10), talk).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(waited.is_ok(), "no whole answer in time: {answer}");
    answer
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .to_ascii_lowercase()
        .split("content-length: ")
        .nth(1)
        .map(|rest| rest.lines().next().unwrap_or("").to_owned());
    length.and_then(|length| length.trim().parse::<usize>().ok()).is_some_and(|length| {
        answer.len() >= answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(0) + 4 + length
    })
}
