//! What the drivers over HTTP share: the binary as a child, connections that are kept open, times.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiebang_testkit::Database;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The binary on a prepared folder and database; it ends with its driver.
pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub started: Duration,
}

impl Server {
    /// Starts it; `JIEBANG_BINARY` names another binary than the one of this build.
    pub fn start(data: &Path, database: &Database, now: &str) -> Result<Self, Failure> {
        let begun = Instant::now();
        let own = env!("CARGO_BIN_EXE_jiebang").to_owned();
        let mut command = Command::new(std::env::var("JIEBANG_BINARY").unwrap_or(own));
        command
            .args(["demo", "--listen", "127.0.0.1:0", "--no-rate-limits", "--serve-only", "--now", now])
            .arg("--data")
            .arg(data);
        if let Database::Postgres(server, name, _) = database {
            command.args(["--database", &format!("{server}/{name}")]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut out = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut line = String::new();
        while !line.starts_with("ready ") {
            line.clear();
            if out.read_line(&mut line)? == 0 {
                return Err("the server did not start".into());
            }
        }
        let address = line.trim().trim_start_matches("ready http://").trim_end_matches('/').parse()?;
        std::thread::spawn(move || drop(std::io::copy(&mut out, &mut std::io::sink())));
        let mut server = Self { child, address, started: Duration::ZERO };
        Connection::open(address)?.get("/healthz", "")?;
        server.started = begun.elapsed();
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An answer: its status and head, and how many bytes came in all.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub bytes: usize,
}

/// One connection that is kept open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(Self { stream, buffer: Vec::with_capacity(1 << 16) })
    }

    /// Asks for a page, which has to be there; `who` is a line of the head that says who asks, or nothing.
    pub fn get(&mut self, path: &str, who: &str) -> Result<Answer, Failure> {
        let answer = self.try_get(path, who)?;
        if answer.status == 200 {
            return Ok(answer);
        }
        let first = answer.head.lines().next().unwrap_or_default();
        Err(format!("{path}: {first}, {} bytes", answer.bytes).into())
    }

    /// Asks for a page.
    pub fn try_get(&mut self, path: &str, who: &str) -> Result<Answer, Failure> {
        self.ask("GET", path, who, "")
    }

    /// Sends a request and reads the whole answer.
    pub fn ask(&mut self, method: &str, path: &str, who: &str, body: &str) -> Result<Answer, Failure> {
        let end = if who.is_empty() { "" } else { "\r\n" };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\n{who}{end}content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.write_all(head.as_bytes())?;
        self.buffer.clear();
        let mut chunk = [0_u8; 1 << 15];
        let mut read = None;
        loop {
            let count = self.stream.read(&mut chunk)?;
            if count == 0 {
                return Err(format!("{path}: the connection was closed").into());
            }
            self.buffer.extend_from_slice(&chunk[..count]);
            read = read.or_else(|| Head::read(&self.buffer));
            if let Some(head) = read.take_if(|head| head.is_whole(&self.buffer)) {
                return Ok(Answer { status: head.status, head: head.text, bytes: self.buffer.len() });
            }
        }
    }
}

/// The head of an answer.
struct Head {
    status: u16,
    text: String,
    /// Bytes before the body.
    end: usize,
    /// Bytes of the body; `None` where it comes in chunks.
    length: Option<usize>,
}

impl Head {
    fn read(buffer: &[u8]) -> Option<Self> {
        let end = buffer.windows(4).position(|window| window == b"\r\n\r\n")?;
        let text = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length = length.and_then(|value| value.trim().parse().ok());
        let status = text.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let chunked = text.contains("transfer-encoding: chunked");
        Some(Self { status, end: end + 4, length: length.or((!chunked).then_some(0)), text })
    }

    fn is_whole(&self, buffer: &[u8]) -> bool {
        match self.length {
            Some(length) => buffer.len() >= self.end + length,
            None => buffer.ends_with(b"\r\n0\r\n\r\n"),
        }
    }
}

/// The time that so many hundredths of them do not pass, in the unit they are in.
pub fn share(times: &mut [f64], hundredths: usize) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() * hundredths / 100).copied().unwrap_or(f64::NAN)
}

/// Milliseconds since an instant.
pub fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The line of a head that says whose session asks.
pub fn session(token: &str) -> String {
    format!("cookie: session={token}")
}
