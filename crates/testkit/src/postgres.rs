//! A PostgreSQL server of one test, which may be stopped, started again and cut off, and which speaks TLS.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a standby may take until it follows.
const STARTED_IN: Duration = Duration::from_secs(30);

/// A server on a free port of this machine (测试用数据库服务). It takes anybody over its socket, and over TCP only with TLS and
/// the password. Thrown away when it is dropped.
pub struct PostgresServer {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl PostgresServer {
    /// Name of the role of the tests.
    pub const ROLE: &'static str = "jiebang";
    /// Its password.
    pub const PASSWORD: &'static str = "corr3ct-h0rse";

    /// Makes and starts a server with one empty database, `jiebang`. Blocks.
    ///
    /// # Panics
    /// When PostgreSQL or openssl is missing (`scripts/setup.sh test`) or it does not start: the test has failed.
    pub fn start() -> Self {
        let server = Self::prepare();
        let data = server.data();
        run(server
            .program("initdb")
            .args(["-U", Self::ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])
            .arg("-D")
            .arg(&data));
        let hosts = "local all,replication all trust\nhostssl all all samehost scram-sha-256\n";
        std::fs::write(data.join("pg_hba.conf"), hosts).expect("its hosts");
        server.resume();
        let password = format!("alter role {} password '{}'", Self::ROLE, Self::PASSWORD);
        server.administer("postgres", &password);
        server.administer("postgres", "create database jiebang");
        server
    }

    /// Makes and starts a standby of this server. From now on this one acknowledges no commit that the standby has not made durable
    /// too. Blocks until both are at work.
    ///
    /// # Panics
    /// When one of them is not.
    pub fn standby(&self) -> Self {
        let standby = Self::prepare();
        let mut copy = self.client_program("pg_basebackup");
        run(copy.args(["--write-recovery-conf", "--checkpoint=fast", "-D"]).arg(standby.data()));
        standby.resume();
        self.administer("postgres", "alter system set synchronous_standby_names = '*'");
        self.administer("postgres", "select pg_reload_conf()");
        let follows = "select count(*) from pg_stat_replication where sync_state = 'sync'";
        let started = Instant::now();
        while self.administer("postgres", follows).trim() != "1" {
            assert!(started.elapsed() < STARTED_IN, "the standby does not follow");
            std::thread::sleep(Duration::from_millis(20));
        }
        standby
    }

    /// Makes a standby the primary. Blocks until it takes writes.
    ///
    /// # Panics
    /// When it does not.
    pub fn promote(&self) {
        run(&mut self.control("promote"));
    }

    /// A folder with certificates and a port, and no server yet.
    fn prepare() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        certificates(folder.path());
        if is_root() {
            run(Command::new("chown").args(["-R", "postgres"]).arg(folder.path()));
        }
        Self { folder, programs: programs(), port }
    }

    /// Starts it again after [`PostgresServer::stop`]. Blocks until it takes connections.
    ///
    /// # Panics
    /// When it does not start.
    pub fn resume(&self) {
        let folder = self.folder.path().display();
        let options = format!(
            "-k {folder} -p {} -c listen_addresses=localhost -c max_connections=100 -c ssl=on \
             -c ssl_cert_file={folder}/server.crt -c ssl_key_file={folder}/server.key",
            self.port
        );
        let mut start = self.control("start");
        run(start.arg("-l").arg(self.folder.path().join("log")).args(["-o", &options]));
    }

    /// Stops it at once, as a machine that goes down. Blocks.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        run(self.control("stop").args(["-m", "immediate"]));
    }

    /// Address of a database over the socket.
    pub fn address(&self, database: &str) -> String {
        let socket = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgres://{}@{socket}:{}/{database}", Self::ROLE, self.port)
    }

    /// Address of a database on this server or another one, over their sockets: wherever it takes writes.
    pub fn address_with(&self, other: &Self, database: &str) -> String {
        let place = |server: &Self| {
            let socket = server.folder.path().to_string_lossy().replace('/', "%2F");
            format!("{socket}:{}", server.port)
        };
        let (own, other) = (place(self), place(other));
        format!("postgres://{}@{own},{other}/{database}?target_session_attrs=read-write", Self::ROLE)
    }

    /// The socket itself.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(format!(".s.PGSQL.{}", self.port))
    }

    /// Address of the database over TCP, by this name of the machine, with these parameters.
    pub fn tcp_address(&self, host: &str, password: &str, parameters: &str) -> String {
        format!("postgres://{}:{password}@{host}:{}/jiebang{parameters}", Self::ROLE, self.port)
    }

    /// A certificate beside the server: `root.crt` issued the server's, for the name `localhost`; `other.crt` issued none.
    pub fn certificate(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs statements on a database as its owner and returns what they answer, a row on a line. Blocks.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn administer(&self, database: &str, statements: &str) -> String {
        let mut psql = self.program("psql");
        psql.arg("-h").arg(self.folder.path()).args(["-p", &self.port.to_string(), "-U", Self::ROLE]);
        run(psql.args(["-v", "ON_ERROR_STOP=1", "-AtX", "-d", database, "-c", statements]))
    }

    /// One of PostgreSQL's own programs on the socket, such as `pg_dump`, as the user that owns the server's files.
    pub fn client_program(&self, name: &str) -> Command {
        let mut program = self.program(name);
        program.arg("-h").arg(self.folder.path()).args(["-p", &self.port.to_string(), "-U", Self::ROLE]);
        program
    }

    /// A folder in which that user may write.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn control(&self, what: &str) -> Command {
        let mut command = self.program("pg_ctl");
        command.arg("-D").arg(self.data()).args(["-w", what]);
        command
    }

    /// A program of the server's. It refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let mut stop = self.control("stop");
        drop(stop.args(["-m", "immediate"]).stdout(Stdio::null()).stderr(Stdio::null()).status());
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The folder with the newest release's programs.
fn programs() -> PathBuf {
    let releases = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = releases.map(|entry| entry.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").is_file());
    folders.sort();
    folders.pop().expect("PostgreSQL: apt-get install postgresql")
}

/// Two roots, and a certificate for `localhost` by the first.
fn certificates(folder: &Path) {
    let openssl = |arguments: &[&str]| run(Command::new("openssl").current_dir(folder).args(arguments));
    for root in ["root", "other"] {
        let (key, certificate, name) = (format!("{root}.key"), format!("{root}.crt"), format!("/CN={root}"));
        let made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let made: Vec<&str> =
            [&made[..], &["-days", "2", "-subj", &name, "-keyout", &key, "-out", &certificate]].concat();
        openssl(&made);
    }
    let key =
        ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"];
    openssl(&[&key[..], &["-keyout", "server.key", "-out", "server.csr"]].concat());
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").expect("a file");
    let signed = ["x509", "-req", "-in", "server.csr", "-CA", "root.crt", "-CAkey", "root.key", "-days", "2"];
    openssl(&[&signed[..], &["-CAcreateserial", "-extfile", "names", "-out", "server.crt"]].concat());
}

/// Runs a program to its end and returns what it printed.
fn run(command: &mut Command) -> String {
    // A server that goes on running would hold a pipe open: what it says goes to a file.
    let (out, errors) = (tempfile::tempfile().expect("a file"), tempfile::tempfile().expect("a file"));
    let status = command
        .stdin(Stdio::null())
        .stdout(out.try_clone().expect("a file"))
        .stderr(errors.try_clone().expect("a file"))
        .status();
    let said = |mut file: std::fs::File| {
        use std::io::{Read, Seek};
        let mut text = String::new();
        file.rewind().and_then(|()| file.read_to_string(&mut text)).expect("text");
        text
    };
    let (out, errors) = (said(out), said(errors));
    assert!(status.is_ok_and(|status| status.success()), "{command:?}: {out}{errors}");
    out
}
