//! Connections to PostgreSQL over TLS: encrypted as asked, refused where the certificate is not the one that was asked for, and
//! no password in anything that is said or logged.

use jiebang_testkit::PostgresServer;

use crate::binary;

/// Exit code, and all that was said and logged.
fn migrate(address: &str, language: &str) -> (Option<i32>, String) {
    let data = tempfile::tempdir().unwrap();
    let output = binary::command()
        .args(["--lang", language, "migrate", "--data"])
        .arg(data.path())
        .env("JIEBANG_DATABASE", address)
        .env("JIEBANG_LOG", "trace")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn a_connection_is_protected_as_asked_or_refused() {
    let server = PostgresServer::start();
    let path = |name: &str| server.certificate(name).display().to_string();
    let (right, wrong, none) = (path("root.crt"), path("other.crt"), path("none.crt"));
    let insecure = "与数据库的连接不能按要求加密";
    for (host, parameters, refused) in [
        // Encrypted, by whomever.
        ("localhost", "?sslmode=require".to_owned(), None),
        ("localhost", format!("?sslmode=verify-full&sslrootcert={right}"), None),
        // The certificate says localhost.
        ("127.0.0.1", format!("?sslmode=verify-ca&sslrootcert={right}"), None),
        ("127.0.0.1", format!("?sslmode=verify-full&sslrootcert={right}"), Some(insecure)),
        ("localhost", format!("?sslmode=verify-full&sslrootcert={wrong}"), Some(insecure)),
        ("localhost", format!("?sslmode=require&sslrootcert={wrong}"), Some(insecure)),
        ("localhost", "?sslmode=verify-full".to_owned(), Some(insecure)),
        (
            "localhost",
            format!("?sslmode=verify-full&sslrootcert={none}"),
            Some("of sslrootcert cannot be read"),
        ),
        // The server takes no plain connection.
        ("localhost", "?sslmode=disable".to_owned(), Some("no encryption")),
    ] {
        let address = server.tcp_address(host, PostgresServer::PASSWORD, &parameters);
        let (code, said) = migrate(&address, "zh");
        let wanted = if refused.is_some() { 3 } else { 0 };
        assert_eq!(code, Some(wanted), "{host}{parameters}: {said}");
        assert!(said.contains(refused.unwrap_or("数据库已是本版本")), "{host}{parameters}: {said}");
        assert!(!said.contains(PostgresServer::PASSWORD), "{host}{parameters}: {said}");
    }
    let address = server.tcp_address(
        "localhost",
        PostgresServer::PASSWORD,
        &format!("?sslmode=verify-full&sslrootcert={wrong}"),
    );
    let (_, zh) = migrate(&address, "zh");
    assert!(zh.contains("请核对地址中的 sslmode 和 sslrootcert"), "{zh}");
    let (_, en) = migrate(&address, "en");
    assert!(en.contains("the connection to the database cannot be protected"), "{en}");
    assert!(en.contains("the root must have issued the server's certificate"), "{en}");
}

#[test]
fn no_password_is_said_or_logged() {
    let server = PostgresServer::start();
    let wrong = "wr0ng-pass";
    for (address, expected) in [
        (server.tcp_address("localhost", wrong, "?sslmode=require"), 3),
        (server.tcp_address("localhost", wrong, &format!("?sslmode=require&password={wrong}")), 3),
        (server.tcp_address("localhost", "", &format!("?sslmode=require&passwrod={wrong}")), 2),
        (server.tcp_address("localhost", "", &format!("?sslmode={wrong}")), 2),
        (format!("postgres://jiebang:{wrong}@localhost:1/jiebang"), 3),
        (format!("postgres://jiebang:{wrong}@localhost:port/jiebang"), 2),
        (format!("mysql://jiebang:{wrong}@localhost/jiebang"), 2),
    ] {
        let (code, said) = migrate(&address, "en");
        assert_eq!(code, Some(expected), "{said}");
        assert!(said.contains("This could not be done") && !said.contains(wrong), "{address}: {said}");
    }
}
