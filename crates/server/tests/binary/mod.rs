//! The real binary as a child of a test.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A server of the binary, which does not outlive its test.
pub struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts a command that serves on a data folder, and waits until it says that it is ready.
    pub fn start(command: &str, data: &Path, more: &[&str]) -> Self {
        let mut given = self::command();
        given.args([command, "--listen", "127.0.0.1:0", "--no-rate-limits", "--data"]).arg(data).args(more);
        Self::of(given)
    }

    /// Starts a command that serves, and waits until it says that it is ready.
    pub fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
        let mut out = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        let address = loop {
            line.clear();
            let read = out.read_line(&mut line).expect("a line");
            assert!(read > 0, "the server ended before it was ready: {:?}", child.wait());
            if let Some(address) = line.strip_prefix("ready http://") {
                break address.trim_end().strip_suffix('/').expect("an address").parse().expect("an address");
            }
        };
        Self { child, out, address }
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("kills");
        self.child.wait().expect("ends");
    }

    /// Asks it to stop, and returns its exit code and what else it printed.
    pub fn stop(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(&id).status().expect("kill").success());
        let code = self.child.wait().expect("ends").code();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("text");
        (code, rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The binary, without the settings of whoever runs the tests.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiebang"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("JIEBANG_")) {
        command.env_remove(name);
    }
    command
}
