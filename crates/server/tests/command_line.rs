//! The operator's commands as a shell runs them: exit codes, words, and what they leave alone.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod binary;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use binary::{Server, command};
use jiebang_testkit::Client;

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(arguments: &[&str], data: &Path, input: &str) -> Said {
    let mut command = command();
    command.args(arguments).arg("--data").arg(data);
    said(command, input)
}

fn said(mut command: Command, input: &str) -> Said {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[test]
fn a_data_folder_serves_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start("serve", folder.path(), &[]);
    for (arguments, words) in [
        (&["serve", "--lang", "zh", "--listen", "127.0.0.1:0"][..], "另一个 jiebang 正在使用数据文件夹"),
        (&["demo", "--lang", "en", "--listen", "127.0.0.1:0"], "Another jiebang is using the data folder"),
        (&["migrate", "--lang", "zh"], "另一个 jiebang 正在使用数据文件夹"),
    ] {
        let second = run(arguments, folder.path(), "");
        assert_eq!(second.code, Some(2), "{arguments:?}: {}", second.err);
        assert!(second.err.contains(words), "{arguments:?}: {}", second.err);
    }
    // Looking and keeping accounts goes on beside it.
    assert_eq!(run(&["doctor"], folder.path(), "").code, Some(0));
    server.kill();
    // Killed as it was, it leaves the folder free.
    assert_eq!(run(&["migrate"], folder.path(), "").code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_are_kept_beside_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_owned();
    let server = tokio::task::spawn_blocking(move || Server::start("serve", &data, &[])).await.unwrap();
    let user = |arguments: &[&str], input: &str| {
        let arguments = [&["--lang", "zh", "user"], arguments].concat();
        run(&arguments, folder.path(), input)
    };
    let add = ["add", "--role", "programme_office", "--username", "office", "--name", "周敏"];
    let added = user(&add, "the first password\n");
    assert_eq!((added.code, added.err.as_str()), (Some(0), ""));
    assert!(added.out.contains("已添加用户 office"), "{}", added.out);
    assert_eq!(user(&add, "the first password\n").code, Some(1));
    assert!(user(&add, "\n").err.contains("没有给出密码"));

    let logs_in = async |password: &str| {
        let pairs = [("username", "office"), ("password", password)];
        Client::new(server.address).post("/login", &pairs).await.status == 303
    };
    assert!(logs_in("the first password").await);
    let set = user(&["set-password", "office"], "the second password\n");
    assert_eq!(set.code, Some(0), "{}", set.err);
    assert!(set.out.contains("新密码"), "{}", set.out);
    assert!(!logs_in("the first password").await);
    assert!(logs_in("the second password").await);
    assert_eq!(user(&["set-password", "office"], "short\n").code, Some(1));

    let closed = user(&["disable", "office"], "");
    assert!(closed.code == Some(0) && closed.out.contains("已停用"), "{}", closed.err);
    assert!(!logs_in("the second password").await);
    let unknown = user(&["disable", "nobody"], "");
    assert!(unknown.code == Some(1) && unknown.err.contains("没有用户 nobody"), "{}", unknown.err);
    let elsewhere = run(&["user", "disable", "office"], &folder.path().join("mistyped"), "");
    assert_eq!(elsewhere.code, Some(2));
    assert!(!folder.path().join("mistyped").exists());
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn the_doctor_reports_what_it_cannot_read_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["doctor"], folder.path(), "").code, Some(2));
    let database = folder.path().join("jiebang.db");
    assert_eq!(run(&["migrate"], folder.path(), "").code, Some(0));
    let whole = std::fs::read(&database).unwrap();
    let middle = whole.len() / 2;
    let mut torn = whole.clone();
    torn[16..middle].fill(0x5a);
    for broken in [b"no database".repeat(1_000), Vec::new(), torn] {
        std::fs::write(&database, &broken).unwrap();
        let said = run(&["--lang", "zh", "doctor"], folder.path(), "");
        assert_eq!(said.code, Some(1), "{} {}", said.out, said.err);
        assert!(said.out.contains("1 处问题") && said.err.contains("数据库可能已损坏"), "{}", said.err);
    }
}

#[test]
fn a_file_that_is_no_database_cannot_be_read_and_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("jiebang.db");
    let letter = "no database ".repeat(1_000);
    std::fs::write(&database, &letter).unwrap();
    let add = ["--lang", "en", "user", "add", "--role", "operator", "--username", "office", "--name", "Zhou"];
    for (arguments, words) in [
        (&["--lang", "zh", "serve", "--listen", "127.0.0.1:0"][..], "这不是本版本能用的数据库"),
        (&["--lang", "en", "demo", "--listen", "127.0.0.1:0"], "no database that this version can use"),
        (&["--lang", "en", "migrate"], "restore a backup"),
        (&add, "no database that this version can use"),
    ] {
        let said = run(arguments, folder.path(), "a long password\n");
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.err);
        assert!(said.err.contains(words), "{arguments:?}: {}", said.err);
        assert_eq!(std::fs::read_to_string(&database).unwrap(), letter, "{arguments:?}");
    }
}

#[test]
fn a_region_that_nobody_knows_is_refused_by_its_code() {
    let folder = tempfile::tempdir().unwrap();
    for (region, code, words) in [
        ("99", 1, "没有代码为“99”的地区"),
        ("4403", 1, "没有代码为“4403”的地区"),
        (" ", 1, "没有选择"),
        ("66", 0, ""),
    ] {
        let name = format!("office{}", region.trim());
        let role = ["--lang", "zh", "user", "add", "--role", "industry_authority", "--name", "周敏"];
        let rest = ["--username", name.as_str(), "--region", region];
        let said = run(&[&role[..], &rest].concat(), folder.path(), "a long password\n");
        assert_eq!(said.code, Some(code), "{region}: {}", said.err);
        assert!(said.err.contains(words), "{region}: {}", said.err);
    }
}

#[test]
fn a_folder_that_cannot_be_used_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let said = run(&["--lang", "zh", "serve", "--listen", "127.0.0.1:0"], &file.join("below"), "");
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("路径中有一段不是文件夹"), "{}", said.err);
}

fn check(path: &Path) -> Said {
    let mut command = command();
    command.args(["--lang", "zh", "call", "check"]).arg(path);
    said(command, "")
}

/// All that comes with the product is clean, the holiday table among the shared files included.
#[test]
fn the_calls_that_come_with_the_product_are_clean() {
    let calls = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../calls");
    let whole = check(&calls);
    assert_eq!(whole.code, Some(0), "{}", whole.out);
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("holidays.toml");
    for (text, code, words) in [
        ("[[year]", 2, "holidays.toml:1:"),
        ("year = 1", 1, "holidays_faulty"),
        ("[[year]]\nyear = 2027\nnotice = \"\"\noff = []\nworking = []\n", 1, "2027年"),
    ] {
        std::fs::write(&table, text).unwrap();
        let said = check(&table);
        assert_eq!(said.code, Some(code), "{text}: {}", said.out);
        assert!(said.out.contains(words), "{text}: {}", said.out);
    }
}

#[test]
fn what_is_no_call_file_is_refused_without_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    for (path, words) in [
        (Path::new("/dev/zero"), "这不是普通文件"),
        (&pipe, "这不是普通文件"),
        (&empty, "文件夹中没有榜单文件"),
        (&folder.path().join("absent.toml"), "没有这个文件或文件夹"),
    ] {
        let said = check(path);
        assert_eq!(said.code, Some(2), "{}: {}", path.display(), said.out);
        assert!(said.out.contains(words), "{}: {}", path.display(), said.out);
    }
    let large = folder.path().join("large.toml");
    std::fs::write(&large, "# 大\n".repeat(1 << 20)).unwrap();
    let said = check(&large);
    assert!(said.code == Some(1) && said.out.contains("file_too_large"), "{}", said.out);
}

#[test]
fn complaints_are_in_the_language_that_was_chosen() {
    for (language, words) in [("zh", "没有命令“checkk”；是不是“check”？"), ("en", "unrecognized subcommand")]
    {
        let mut command = command();
        command.args(["--lang", language, "call", "checkk"]);
        let said = said(command, "");
        assert_eq!(said.code, Some(2));
        assert!(said.err.contains(words), "{}", said.err);
    }
    // The language is read wherever it stands, also behind what nobody knows.
    for (arguments, words) in [
        (&["nonsense", "--lang", "zh"][..], "没有命令“nonsense”"),
        (&["nonsense", "--lang", "en"], "unrecognized subcommand 'nonsense'"),
        (&["nonsense", "--lang=en"], "unrecognized subcommand 'nonsense'"),
        (&["user", "nonsense", "--lang", "zh"], "没有命令“nonsense”"),
        (&["help", "nonsense", "--lang", "zh"], "没有命令“nonsense”"),
        (&["help", "nonsense", "--lang", "en"], "unrecognized subcommand 'nonsense'"),
    ] {
        // A system in the other language.
        let mut command = command();
        let other = if arguments.contains(&"zh") { "en_US.UTF-8" } else { "zh_CN.UTF-8" };
        command.env("LC_ALL", other).args(arguments);
        let said = said(command, "");
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.out);
        assert!(said.err.contains(words), "{arguments:?}: {}", said.err);
    }
    for (arguments, words) in [
        (&["--lang", "zh", "serve", "--help"][..], "用法：jiebang serve"),
        (&["help", "--lang", "zh"], "用法：jiebang "),
        (&["help", "serve", "--lang", "zh"], "用法：jiebang serve"),
        (&["--lang", "zh", "help", "call", "check"], "用法：jiebang call check"),
        (&["help", "--lang", "en", "call", "check"], "Usage: jiebang call check"),
        (&["help", "--lang", "en"], "Usage: jiebang "),
    ] {
        let mut help = command();
        help.args(arguments);
        let said = said(help, "");
        assert!(said.code == Some(0) && said.out.contains(words), "{arguments:?}: {} {}", said.out, said.err);
    }
}

/// An operator's calls that cannot be used are told before anything is served; a folder that is not there ends it.
#[test]
fn calls_that_cannot_be_served_are_told_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    std::fs::create_dir_all(calls.join("broken")).unwrap();
    std::fs::write(calls.join("broken/call.toml"), "language = 1\nx=[").unwrap();
    let missing = folder.path().join("missing");
    let missing = run(&["serve", "--lang", "zh", "--calls", missing.to_str().unwrap()], folder.path(), "");
    assert_eq!(missing.code, Some(2));
    assert!(missing.err.contains("打不开榜单文件夹") && missing.err.contains("missing"), "{}", missing.err);
    // The start ends at the data folder, after the calls were looked at.
    std::fs::write(folder.path().join("jiebang.db"), "no database").unwrap();
    let told = run(&["serve", "--lang", "zh", "--calls", calls.to_str().unwrap()], folder.path(), "");
    assert_eq!(told.code, Some(2));
    assert!(told.err.contains("没有载入") && told.err.contains("broken/call.toml:2:"), "{}", told.err);
}

/// Each is refused before anything is asked, with the way to write it, and leaves nothing behind.
#[test]
fn addresses_and_settings_that_cannot_be_used_are_told_as_such() {
    let bucket: &[&str] = &["--files", "s3://files/a"];
    let endpoint = |address| [("AWS_ENDPOINT", address), ("AWS_REGION", "cn-north-1")];
    let none = [("AWS_REGION", "cn-north-1"); 2];
    for (arguments, environment, words) in [
        (&["--database", "mysql://u@h/d"][..], none, "postgres://用户:密码@主机:端口/库名"),
        (&["--database", ""], none, "postgres://用户:密码@主机:端口/库名"),
        (&["--database", "postgres://u@h:99999/d"], none, "postgres://用户:密码@主机:端口/库名"),
        (&["--database", "postgres://u@h/d?foo=bar"], none, "没有参数 foo"),
        (&["--files", "gs://files/a"], none, "s3://桶/前缀"),
        (&["--files", ""], none, "s3://桶/前缀"),
        (&["--files", "s3://a b/a"], none, "s3://桶/前缀"),
        (bucket, endpoint(":::"), "AWS_ENDPOINT 不能使用"),
        (bucket, endpoint("http://127.0.0.1:1"), "AWS_ALLOW_HTTP=true"),
        (bucket, [("AWS_REGION", "a b"); 2], "AWS_REGION 不能使用"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command();
        command.args(["--lang", "zh", "serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path());
        command.args(arguments).current_dir(folder.path()).env_remove("AWS_ALLOW_HTTP").envs(environment);
        let said = said(command, "");
        assert_eq!(said.code, Some(2), "{arguments:?} {environment:?}: {}", said.err);
        assert!(said.err.contains(words), "{arguments:?} {environment:?}: {}", said.err);
        assert!(!folder.path().join("gs:").exists());
    }
}
